"""The registry of ops: name -> Op."""

from __future__ import annotations

from engine.ops.activations import IDENTITY, LEAKY_RELU, RELU, SIGMOID, TANH
from engine.ops.base import Op
from engine.ops.binary import BCE, BCE_WITH_LOGITS
from engine.ops.cross_entropy import CROSS_ENTROPY, CROSS_ENTROPY_OF_PROBABILITIES
from engine.ops.linear import LINEAR, LINEAR_WITHOUT_BIAS
from engine.ops.losses import HUBER, MAE, MSE
from engine.ops.smooth import ELU, GELU, GELU_TANH, SELU, SILU, SOFTPLUS
from engine.ops.softmax import SOFTMAX

LAYER_OPS = (LINEAR, LINEAR_WITHOUT_BIAS)
ACTIVATION_OPS = (
    *(IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, ELU, SELU, GELU, GELU_TANH),
    *(SILU, SOFTPLUS, SOFTMAX),
)
LOSS_OPS = (MSE, MAE, HUBER, BCE, BCE_WITH_LOGITS, CROSS_ENTROPY, CROSS_ENTROPY_OF_PROBABILITIES)

OPS: dict[str, Op] = {op.name: op for op in (*LAYER_OPS, *ACTIVATION_OPS, *LOSS_OPS)}
