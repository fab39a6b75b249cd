"""The registry of ops: name -> Op."""

from __future__ import annotations

from engine.ops.activations import TANH
from engine.ops.base import Op
from engine.ops.linear import LINEAR, LINEAR_WITHOUT_BIAS

OPS: dict[str, Op] = {op.name: op for op in (LINEAR, LINEAR_WITHOUT_BIAS, TANH)}
