"""The registry of losses, and how outputs are read as probabilities and classes.

With one unit, two classes are two numbers: 0 and 1, or -1 and 1 where the last activation reaches -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

import numpy as np

from engine.activations import ACTIVATIONS, ActivationSpec
from engine.named import parse_named, wire_form
from engine.ops import OPS
from engine.ops.base import Array, Op, Shape
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


def coding(loss: LossSpec, activation: ActivationSpec) -> tuple[float, float]:
    """The numbers that stand for the first and the second of two classes when there is one unit."""
    centred = loss.type in ("mse", "mae", "huber") and ACTIVATIONS[activation.type].minimum <= -1
    return (-1.0, 1.0) if centred else (0.0, 1.0)


def probabilities(loss: LossSpec, activation: ActivationSpec, outputs: Array) -> Array | None:
    """The probability of every class (N, K), one unit making two; None if outputs are no probabilities."""
    if loss.type == "cross_entropy":
        return _quietly(OPS["softmax"], outputs)
    if loss.type == "bce_with_logits":
        return _both_classes(_quietly(OPS["sigmoid"], outputs))
    return _both_classes(outputs) if loss.type == "bce" or activation.type == "softmax" else None


def _quietly(op: Op, outputs: Array) -> Array:
    with np.errstate(all="ignore"):
        return op.forward(outputs)


def _both_classes(outputs: Array) -> Array:
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


def predicted_classes(loss: LossSpec, activation: ActivationSpec, outputs: Array, classes: int) -> Array | None:
    """The predicted labels (N,): the largest output, or the code nearest to a single one; else None."""
    if classes == 0:
        return None
    if outputs.shape[1] > 1:
        labels: Array = outputs.argmax(axis=1)
        return labels
    middle = 0.0 if loss.type == "bce_with_logits" else sum(coding(loss, activation)) / 2
    above: Array = outputs[:, 0] > middle
    return above.astype(np.int64)


LOSSES: dict[str, LossKind] = {
    "mse": LossKind(
        OPS["mse"],
        "mean squared error",
        "The mean of squared differences: the usual loss of a regression. Its gradient grows with the error, "
        "so far outliers pull hardest.",
    ),
    "mae": LossKind(
        OPS["mae"],
        "mean absolute error",
        "The mean distance from the target. Every error pulls equally hard, so outliers count less, and the "
        "pull does not fade near the target.",
    ),
    "huber": LossKind(
        OPS["huber"],
        "Huber loss",
        "Squared error for differences below delta, straight beyond: outliers pull with a bounded force.",
        (
            Option(
                "delta",
                "number",
                1.0,
                "The difference from which on the loss is straight.",
                minimum=0.0,
                exclusive_minimum=True,
                symbol=r"\delta",
            ),
        ),
    ),
    "bce": LossKind(
        OPS["bce"],
        "binary cross-entropy",
        "Minus the log of the probability given to what is true, for outputs that are probabilities: the "
        "last layer has the sigmoid.",
    ),
    "bce_with_logits": LossKind(
        OPS["bce_with_logits"],
        "binary cross-entropy of logits",
        "Binary cross-entropy with the sigmoid built in, which stays exact where the sigmoid is flat: the "
        "last layer has the identity.",
    ),
    "cross_entropy": LossKind(
        OPS["cross_entropy"],
        "cross-entropy",
        "Minus the log of the probability that softmax gives to the right class: the usual loss for classes. "
        "It takes logits, so the last layer has the identity and one unit a class.",
    ),
}
