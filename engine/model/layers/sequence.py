"""Layers that make one row of a sequence: its last position, or the mean of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.model.layers.base import Layer, LayerKind, Scope, check_sequence
from engine.ops import OPS


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPosition(Layer):
    """What a sequence has at its end.

    Formula: a_n = x_nT
    Args:    x (N, T, D).
    Source:  Goodfellow et al. 2016, section 10.2.2; matches x[:, -1] in PyTorch.
    """

    type: ClassVar[str] = "last_position"

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, D).

        Raises: ConfigError if it is not given sequences.
        """
        last = check_sequence(scope, sources[0])[1] - 1
        return scope.emit(OPS["at_time"], sources, "a", t=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOverTime(Layer):
    """The mean of all positions of a sequence.

    Formula: a_n = (1/T) sum_t x_nt
    Args:    x (N, T, D).
    Source:  matches torch.mean(x, dim=1).
    """

    type: ClassVar[str] = "mean_over_time"

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, D).

        Raises: ConfigError if it is not given sequences.
        """
        check_sequence(scope, sources[0])
        return scope.emit(OPS["mean_time"], sources, "a")


SEQUENCE_LAYERS = (
    LayerKind(
        LastPosition,
        "last position",
        "Keeps the last position of a sequence. All of the gradient goes back to that one.",
        (),
        r"a_n = x_{nT}",
        "Goodfellow et al. 2016, section 10.2.2; matches x[:, -1] in PyTorch.",
        short="last",
    ),
    LayerKind(
        MeanOverTime,
        "mean over time",
        "Takes the mean of all positions of a sequence. Each gets the same share of the gradient back.",
        (),
        r"a_n = \tfrac{1}{T} \textstyle\sum_t x_{nt}",
        "matches torch.mean(x, dim=1).",
        short="mean",
    ),
)
