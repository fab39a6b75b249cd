"""The registry of ops: name -> Op."""

from __future__ import annotations

from engine.ops.activations import IDENTITY, LEAKY_RELU, RELU, SIGMOID, TANH
from engine.ops.additive import ADDITIVE_OPS
from engine.ops.attention import ATTENTION_OPS
from engine.ops.base import Op
from engine.ops.binary import BCE, BCE_WITH_LOGITS
from engine.ops.convolution import CONVOLUTION_OPS
from engine.ops.cross_entropy import CROSS_ENTROPY, CROSS_ENTROPY_OF_PROBABILITIES
from engine.ops.elementary import ARITHMETIC_OPS
from engine.ops.embedding import EMBEDDING_OPS
from engine.ops.features import FEATURES
from engine.ops.likelihood import KL_DIV, NLL, WEIGHTED_NLL
from engine.ops.linear import LINEAR, LINEAR_WITHOUT_BIAS
from engine.ops.linear_sequence import LINEAR_SEQUENCE_OPS
from engine.ops.losses import HUBER, MAE, MSE
from engine.ops.margin import HINGE, SQUARED_HINGE
from engine.ops.noise import NOISE_OPS
from engine.ops.normalization import NORM_OPS
from engine.ops.pooling import POOLING_OPS
from engine.ops.sequence import SEQUENCE_OPS
from engine.ops.shaping import SHAPE_OPS
from engine.ops.smooth import ELU, GELU, GELU_TANH, SELU, SILU, SOFTPLUS
from engine.ops.softmax import LOG_SOFTMAX, SOFTMAX
from engine.ops.weighted_binary import FOCAL, WEIGHTED_BCE_WITH_LOGITS
from engine.ops.weighted_cross_entropy import WEIGHTED_CROSS_ENTROPY, WEIGHTED_CROSS_ENTROPY_OF_PROBABILITIES

LAYER_OPS = (LINEAR, LINEAR_WITHOUT_BIAS)
ACTIVATION_OPS = (
    *(IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, ELU, SELU, GELU, GELU_TANH),
    *(SILU, SOFTPLUS, SOFTMAX, LOG_SOFTMAX),
)
SEQUENTIAL_OPS = (*EMBEDDING_OPS, *LINEAR_SEQUENCE_OPS, *SEQUENCE_OPS, *ATTENTION_OPS, *ADDITIVE_OPS)
LOSS_OPS = (
    *(MSE, MAE, HUBER, BCE, BCE_WITH_LOGITS, WEIGHTED_BCE_WITH_LOGITS, FOCAL, HINGE, SQUARED_HINGE),
    *(CROSS_ENTROPY, CROSS_ENTROPY_OF_PROBABILITIES, NLL, KL_DIV),
    *(WEIGHTED_CROSS_ENTROPY, WEIGHTED_CROSS_ENTROPY_OF_PROBABILITIES, WEIGHTED_NLL),
)

OPS: dict[str, Op] = {
    op.name: op
    for op in (
        *LAYER_OPS,
        *ACTIVATION_OPS,
        *ARITHMETIC_OPS,
        *(*CONVOLUTION_OPS, *POOLING_OPS),
        *(*NORM_OPS, *SHAPE_OPS, *NOISE_OPS, FEATURES),
        *SEQUENTIAL_OPS,
        *LOSS_OPS,
    )
}
