"""The registry of losses: what each is for, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

from engine.named import parse_named, wire_form
from engine.ops import OPS
from engine.ops.base import Op, Shape
from engine.options import Option


@dataclass(frozen=True, slots=True)
class LossKind:
    """An entry of the catalog."""

    op: Op
    title: str
    description: str
    options: tuple[Option, ...] = ()

    @property
    def formula(self) -> str:
        """LaTeX of L as a function of outputs y and targets t, settings by their symbols."""
        symbols = {option.name: option.symbol for option in self.options}
        return Template(self.op.function.formula).substitute(symbols, out="L", prediction="y", target="t")


@dataclass(frozen=True, slots=True)
class LossSpec:
    """A loss with its settings."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def op(self, target: Shape) -> Op:
        """The op for targets of this shape: cross-entropy has one for indices, one for probabilities."""
        soft = self.type == "cross_entropy" and len(target) == 2
        return OPS["cross_entropy_of_probabilities"] if soft else LOSSES[self.type].op

    def to_dict(self) -> str | dict[str, Any]:
        """The name, or an object with all settings if one is not the default."""
        return wire_form(self.type, self.params, LOSSES[self.type])


def parse_loss(given: Any, path: str = "loss") -> LossSpec:
    """``"mse"`` or ``{"type": "huber", "delta": 0.5}``.

    Raises: ConfigError for an unknown loss, field or value.
    """
    return LossSpec(*parse_named(given, LOSSES, "loss", path))


LOSSES: dict[str, LossKind] = {
    "mse": LossKind(
        OPS["mse"],
        "mean squared error",
        "The mean of squared differences: the usual loss of a regression. Its gradient grows with the error, "
        "so far outliers pull hardest.",
    ),
    "cross_entropy": LossKind(
        OPS["cross_entropy"],
        "cross-entropy",
        "Minus the log of the probability that softmax gives to the right class: the usual loss for classes. "
        "It takes logits, so the last layer has the identity and one unit a class.",
    ),
}
