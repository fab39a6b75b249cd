"""The registry of ops: name -> Op."""

from __future__ import annotations

from engine.ops.activation.clamped import CLAMPED_OPS
from engine.ops.activation.curves import CURVE_OPS
from engine.ops.activation.piecewise import IDENTITY, LEAKY_RELU, RELU, SIGMOID, TANH
from engine.ops.activation.prelu import PRELU
from engine.ops.activation.smooth import ELU, GELU, GELU_TANH, SELU, SILU, SOFTPLUS
from engine.ops.activation.softmax import LOG_SOFTMAX, SOFTMAX
from engine.ops.core.op import Op
from engine.ops.dense.embedding import EMBEDDING_OPS
from engine.ops.dense.features import FEATURES
from engine.ops.dense.linear import LINEAR, LINEAR_WITHOUT_BIAS
from engine.ops.dense.linear_sequence import LINEAR_SEQUENCE_OPS
from engine.ops.elementwise.elementary import ARITHMETIC_OPS
from engine.ops.elementwise.noise import NOISE_OPS
from engine.ops.elementwise.shaping import SHAPE_OPS
from engine.ops.elementwise.tangent import TAN
from engine.ops.image.convolution import CONVOLUTION_OPS
from engine.ops.image.pooling import POOLING_OPS
from engine.ops.loss.binary_cross_entropy import BCE, BCE_WITH_LOGITS
from engine.ops.loss.count_likelihood import GAUSSIAN_NLL, POISSON_NLL
from engine.ops.loss.cross_entropy import CROSS_ENTROPY, CROSS_ENTROPY_OF_PROBABILITIES
from engine.ops.loss.likelihood import KL_DIV, NLL, WEIGHTED_NLL
from engine.ops.loss.margin import HINGE, SQUARED_HINGE
from engine.ops.loss.multi_margin import MULTI_MARGIN
from engine.ops.loss.reduction import with_reductions
from engine.ops.loss.regression import HUBER, MAE, MSE, SMOOTH_L1
from engine.ops.loss.weighted_binary import FOCAL, WEIGHTED_BCE_WITH_LOGITS
from engine.ops.loss.weighted_cross_entropy import WEIGHTED_CROSS_ENTROPY, WEIGHTED_CROSS_ENTROPY_OF_PROBABILITIES
from engine.ops.normalization.rescale import NORM_OPS
from engine.ops.sequence.additive_attention import ADDITIVE_OPS
from engine.ops.sequence.convolution import CONV1D_OPS
from engine.ops.sequence.dot_product_attention import ATTENTION_OPS
from engine.ops.sequence.positions import SEQUENCE_OPS

LAYER_OPS = (LINEAR, LINEAR_WITHOUT_BIAS)
ACTIVATION_OPS = (
    *(IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, ELU, SELU, GELU, GELU_TANH),
    *(SILU, SOFTPLUS, SOFTMAX, LOG_SOFTMAX),
    *(*CLAMPED_OPS, *CURVE_OPS),
)
SEQUENTIAL_OPS = (
    *(*EMBEDDING_OPS, *LINEAR_SEQUENCE_OPS, *CONV1D_OPS),
    *(*SEQUENCE_OPS, *ATTENTION_OPS, *ADDITIVE_OPS),
)
LOSS_OPS = with_reductions(
    *(MSE, MAE, HUBER, SMOOTH_L1, GAUSSIAN_NLL, POISSON_NLL),
    *(BCE, BCE_WITH_LOGITS, WEIGHTED_BCE_WITH_LOGITS, FOCAL, HINGE, SQUARED_HINGE),
    *(CROSS_ENTROPY, CROSS_ENTROPY_OF_PROBABILITIES, NLL, KL_DIV, MULTI_MARGIN),
    *(WEIGHTED_CROSS_ENTROPY, WEIGHTED_CROSS_ENTROPY_OF_PROBABILITIES, WEIGHTED_NLL),
)

OPS: dict[str, Op] = {
    op.name: op
    for op in (
        *LAYER_OPS,
        *ACTIVATION_OPS,
        PRELU,
        *ARITHMETIC_OPS,
        TAN,
        *(*CONVOLUTION_OPS, *POOLING_OPS),
        *(*NORM_OPS, *SHAPE_OPS, *NOISE_OPS, FEATURES),
        *SEQUENTIAL_OPS,
        *LOSS_OPS,
    )
}
