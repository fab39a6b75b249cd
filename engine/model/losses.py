"""The registry of losses, and how outputs are read as probabilities and classes.

With one unit, two classes are two numbers: 0 and 1, or -1 and 1 where the last activation reaches -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

import numpy as np

from engine.foundation.options import Option
from engine.foundation.registry import parse_named, wire_form
from engine.model.activations import ACTIVATIONS, ActivationSpec
from engine.ops import OPS
from engine.ops.core.op import Array, Op, Shape

BINARY_LOGITS = ("bce_with_logits", "focal")
REDUCTION = Option(
    "reduction",
    "choice",
    "mean",
    "What the loss of a batch is: the mean, the sum, or half the sum as in many textbooks. A sum grows with the batch, "
    "and so do its gradients.",
    choices=("mean", "sum", "half_sum"),
    implied=True,
)
MARGINS = ("hinge", "squared_hinge")
LOG_PROBABILITIES = ("nll", "kl_div")
OF_NUMBERS = ("mse", "mae", "huber", "smooth_l1", "gaussian_nll")
OF_COUNTS = ("poisson_nll",)


@dataclass(frozen=True, slots=True)
class LossKind:
    """An entry of the catalog.

    weighted: whether the settings that are not at their defaults take another op, ``weighted_`` before its name.
    """

    op: Op
    title: str
    description: str
    settings: tuple[Option, ...] = ()
    weighted: bool = False

    @property
    def options(self) -> tuple[Option, ...]:
        """Its own settings, and what every loss has."""
        return (*self.settings, REDUCTION)

    @property
    def formula(self) -> str:
        """LaTeX of L as a function of outputs y and targets t, settings by their symbols."""
        return self.formula_of(self.op)

    def formula_of(self, op: Op) -> str:
        """The same for one of the loss's ops."""
        symbols = {option.name: option.symbol for option in self.options}
        return Template(op.function.formula).substitute(symbols, out="L", prediction="y", target="t")


@dataclass(frozen=True, slots=True)
class LossSpec:
    """A loss with its settings."""

    type: str
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def kind(self) -> LossKind:
        """The catalog's entry."""
        return LOSSES[self.type]

    @property
    def _weighted(self) -> bool:
        return self.kind.weighted and any(self.settings[o.name] != o.default for o in self.kind.settings)

    @property
    def reduction(self) -> str:
        """`mean`, `sum` or `half_sum`: what the batch's loss is of those of its cells."""
        return str(self.settings[REDUCTION.name])

    @property
    def is_plain_mean(self) -> bool:
        """Whether the loss of a batch is the mean of its samples' losses, each counting as much as any other."""
        return self.reduction == "mean" and np.ndim(self.params.get("weight", 1.0)) == 0

    def op(self, target: Shape) -> Op:
        """The op for targets of this shape: cross-entropy has one for indices, one for probabilities."""
        soft = self.type == "cross_entropy" and len(target) == 2
        reduced = "" if self.reduction == REDUCTION.default else f"{self.reduction}_"
        return OPS[reduced + "weighted_" * self._weighted + self.type + "_of_probabilities" * soft]

    @property
    def params(self) -> dict[str, Any]:
        """The settings that the op takes; classes without weights all weigh 1."""
        if self.kind.weighted and not self._weighted:
            return {}
        own = {option.name: self.settings[option.name] for option in self.kind.settings}
        return {name: 1.0 if value is None else value for name, value in own.items()}

    def to_dict(self) -> str | dict[str, Any]:
        """The name, or an object with all settings if one is not the default; the mean is not written."""
        return wire_form(self.type, self.settings, self.kind)


def parse_loss(given: Any, path: str = "loss") -> LossSpec:
    """``"mse"`` or ``{"type": "huber", "delta": 0.5}``.

    Raises: ConfigError for an unknown loss, field or value.
    """
    return LossSpec(*parse_named(given, LOSSES, "loss", path))


def coding(loss: LossSpec, activation: ActivationSpec) -> tuple[float, float]:
    """The numbers that stand for the first and the second of two classes when there is one unit."""
    centred = loss.type in OF_NUMBERS and ACTIVATIONS[activation.type].minimum <= -1
    return (-1.0, 1.0) if centred or loss.type in MARGINS else (0.0, 1.0)


def of_logarithms(loss: LossSpec) -> bool:
    """Whether outputs are the logarithms of what the targets are."""
    return loss.type in OF_COUNTS


def estimates(loss: LossSpec, outputs: Array) -> Array:
    """What outputs say that the targets are: of a loss of counts they are its logarithms."""
    if not of_logarithms(loss):
        return outputs
    with np.errstate(all="ignore"):
        counts: Array = np.exp(outputs)
    return counts


def probabilities(loss: LossSpec, activation: ActivationSpec, outputs: Array) -> Array | None:
    """The probability of every class (N, K), one unit making two; None if outputs are no probabilities."""
    if loss.type == "cross_entropy":
        return _quietly(OPS["softmax"], outputs)
    if loss.type in BINARY_LOGITS:
        return _both_classes(_quietly(OPS["sigmoid"], outputs))
    if activation.type == "log_softmax":
        chances: Array = np.exp(outputs)
        return chances
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
    middle = 0.0 if loss.type in BINARY_LOGITS else sum(coding(loss, activation)) / 2
    above: Array = outputs[:, 0] > middle
    return above.astype(np.int64)


_CLASS_WEIGHTS = Option(
    "weight",
    "vector",
    None,
    "How much each class counts, one number per class; the loss is the weighted mean.",
    title="class weights",
    minimum=0.0,
    exclusive_minimum=True,
    nullable=True,
    symbol="w",
)

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
    "smooth_l1": LossKind(
        OPS["smooth_l1"],
        "smooth L1 loss",
        "Squared error for differences below beta, beyond it the absolute error: the Huber loss divided by its delta, "
        "so that its slope is 1 far out.",
        (
            Option(
                "beta",
                "number",
                1.0,
                "The difference from which on the loss is straight.",
                minimum=0.0,
                exclusive_minimum=True,
                symbol=r"\beta",
            ),
        ),
    ),
    "gaussian_nll": LossKind(
        OPS["gaussian_nll"],
        "Gaussian negative log-likelihood",
        "Minus the log-probability of the target where outputs are means with a Gaussian noise around them: the "
        "squared error over twice the variance, and half the log of the variance. A larger variance pulls less.",
        (
            Option(
                "var",
                "number",
                1.0,
                "The variance of the noise, the same for all targets.",
                title="variance",
                minimum=1e-6,
                symbol="v",
            ),
        ),
    ),
    "poisson_nll": LossKind(
        OPS["poisson_nll"],
        "Poisson negative log-likelihood",
        "For counts: minus the log-probability of the target where an output is the logarithm of the mean count, "
        "without the part that no output changes. The last layer has the identity.",
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
        (
            Option(
                "pos_weight",
                "vector",
                None,
                "How much a target of 1 counts against one of 0, one number per unit: above 1 where ones are rare.",
                title="weight of positives",
                minimum=0.0,
                nullable=True,
                symbol="w^{+}",
            ),
        ),
        weighted=True,
    ),
    "cross_entropy": LossKind(
        OPS["cross_entropy"],
        "cross-entropy",
        "Minus the log of the probability that softmax gives to the right class: the usual loss for classes. "
        "It takes logits, so the last layer has the identity and one unit per class.",
        (
            _CLASS_WEIGHTS,
            Option(
                "label_smoothing",
                "number",
                0.0,
                "Share of each target that is spread evenly over all classes, so that no logit has to grow for ever.",
                title="label smoothing",
                minimum=0.0,
                maximum=1.0,
                symbol=r"\varepsilon",
            ),
        ),
        weighted=True,
    ),
    "nll": LossKind(
        OPS["nll"],
        "negative log-likelihood",
        "Minus the log-probability of the right class: cross-entropy in two steps, with log_softmax as the last "
        "layer's activation.",
        (_CLASS_WEIGHTS,),
        weighted=True,
    ),
    "kl_div": LossKind(
        OPS["kl_div"],
        "KL divergence",
        "How far the predicted probabilities are from those of the target, summed over classes and averaged over "
        "samples. The last layer has log_softmax; the least possible loss is 0.",
    ),
    "hinge": LossKind(
        OPS["hinge"],
        "hinge loss",
        "The loss of support-vector machines: classes are -1 and 1, and an output past 1 on the right side costs and "
        "pulls nothing. The last layer has the identity. Several units are asked one by one whether the class is "
        "theirs (one against the rest); multi_margin compares the classes with each other.",
    ),
    "squared_hinge": LossKind(
        OPS["squared_hinge"],
        "squared hinge loss",
        "The hinge loss squared: it has no bend, and outputs far on the wrong side pull harder. Several units are "
        "asked one by one (one against the rest); multi_margin with p = 2 compares the classes with each other.",
    ),
    "multi_margin": LossKind(
        OPS["multi_margin"],
        "multi-class hinge loss",
        "The hinge loss of several classes: the right class's output is to be a margin above each other one, and what "
        "is so already costs and pulls nothing. One unit per class; the last layer has the identity.",
        (
            Option(
                "p",
                "integer",
                1,
                "The power: 1, or 2 to pull harder the more is missing.",
                title="power",
                minimum=1,
                maximum=2,
                symbol="p",
            ),
            Option(
                "margin", "number", 1.0, "How far above the others the right class is to be.", minimum=0.0, symbol="m"
            ),
        ),
    ),
    "focal": LossKind(
        OPS["focal"],
        "focal loss",
        "Binary cross-entropy of logits in which what is nearly right already counts less, so that many easy samples "
        "do not drown a few hard ones. The last layer has the identity.",
        (
            Option(
                "alpha",
                "number",
                0.25,
                "Weight of targets of 1; those of 0 have the rest to 1, so at one half both count the same.",
                minimum=0.0,
                maximum=1.0,
                symbol=r"\alpha",
            ),
            Option(
                "gamma",
                "number",
                2.0,
                "How much less easy samples count; at 0 all count the same.",
                minimum=0.0,
                symbol=r"\gamma",
            ),
        ),
    ),
}
