"""All that checks look at of an iteration, each computed when the first check asks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.analysis.diagnosis.finding import Place
from engine.analysis.diagnosis.words import answered, percent
from engine.analysis.divergence import NonFinite, first_nonfinite
from engine.analysis.evaluation import classes_of, forward_values, mean_loss_of, merged, merged_targets, outputs
from engine.analysis.layer_statistics import norm, own_parameters
from engine.execution.cancellation import Wanted
from engine.explain.blocks import layer_title
from engine.foundation.cached import cached_property
from engine.foundation.value_name import gradient_name, update_name
from engine.model.activations import ACTIVATIONS, NEARLY_FLAT
from engine.model.losses import estimates
from engine.ops import OPS
from engine.ops.core.op import Array
from engine.program.program import Step
from engine.run.run import Run
from engine.run.trace import Trace
from engine.update.optimizers import RATE
from engine.update.update_spec import UpdateSpec

WINDOW = 50  # iterations whose loss is looked at
ROWS = 500  # training rows that the model is asked about at the most: its errors are then known to about 2 in 100
FEWEST, NUMBERS = 50, 2**19  # of a large model fewer, so that asking computes about so many numbers
CURVES = {kind.op.name: name for name, kind in ACTIVATIONS.items()} | {"gelu_tanh": "gelu"}
FADED = 1e-3  # the first layer's gradient over the last one's: that of five sigmoids in a row
SHUT = 1e-5  # a slope: an activation that has no larger one is as good as closed
DONE_R2 = 0.99  # less than a hundredth of the variance is left
POOR_ACCURACY, POOR_R2 = 0.9, 0.8  # answers from here on may be as good as noise lets them be
OF_A_ROW = ("softmax", "log_softmax")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """An activation, wherever it stands: of a layer, or of a cell at all moments of its sequence.

    steps: one, or one a moment; unit: the axis of units; is_output: whether the model's output comes of it.
    """

    layer: str
    key: str
    type: str
    steps: tuple[Step, ...]
    is_output: bool

    @property
    def title(self) -> str:
        """`dense 1`, or `rnn 1` with the letter of a gate."""
        gate = f" ({self.key})" if len(self.steps) > 1 and self.key != "h" else ""
        return layer_title(self.layer) + gate

    @property
    def saturates(self) -> bool:
        """Whether it flattens out without being exactly flat."""
        return ACTIVATIONS[self.type].saturates

    @property
    def is_flat(self) -> bool:
        """Whether no gradient ever passes it."""
        return ACTIVATIONS[self.type].is_flat

    @property
    def units(self) -> int:
        """How many units it has: channels of images, else numbers of a row or of a position."""
        shape = self.steps[0].shape
        return shape[1] if len(shape) == 4 else shape[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A layer's parameters as they are judged; `trained` are the names of those that are.

    gradient: the norm of all; update, size: the norms of what is added to the trained ones, and of them.
    """

    layer: str
    names: tuple[str, ...]
    trained: tuple[str, ...]
    gradient: float
    update: float
    size: float
    start: float
    count: int

    @property
    def small(self) -> bool:
        """Whether the weights are so small that any step is large beside them: about a thousandth each."""
        return self.size < 1e-3 * math.sqrt(self.count)

    @property
    def title(self) -> str:
        """As it is said: dense 1."""
        return layer_title(self.layer)

    @property
    def ratio(self) -> float | None:
        """Update over weight; None for weights so near to 0 that nothing compares to them."""
        return self.update / self.size if self.size > 0.1 * self.start and self.size else None


class Look:
    """An iteration of a run under the eyes of the checks."""

    def __init__(self, run: Run, traced: Trace, cancelled: Wanted | None = None) -> None:
        self.run, self.traced, self.cancelled = run, traced, cancelled
        self.t, self.rate = traced.iteration, float(traced[RATE])

    @property
    def config(self) -> Any:
        """Of the run."""
        return self.run.config

    @cached_property
    def update(self) -> UpdateSpec:
        """How gradients become updates in this iteration, edits up to it included."""
        return self.run.config.update_at(self.t)

    @cached_property
    def at_start(self) -> Look:
        """The first iteration of the run."""
        return self if self.t == 0 else Look(self.run, self.run.trace_at(0, self.cancelled), self.cancelled)

    @property
    def answers_well(self) -> bool:
        """Whether hardly anything is left to learn: all answers are right, or R² is nearly 1."""
        if self.t < self.settled or self.fit is None:
            return False
        return self.fit >= (1.0 if self.labels is not None else DONE_R2)

    @property
    def climbs(self) -> bool:
        """Whether the optimizer goes uphill: what is computed last is to grow, not to fall."""
        return bool(self.update.optimizer.settings.get("maximize"))

    def at(self, value: str, index: tuple[int, ...] | None = None, t: int | None = None) -> Place:
        """A place in this iteration, or another."""
        return Place(self.t if t is None else t, value, index)

    @cached_property
    def lost(self) -> NonFinite | None:
        """The first number of the run that is not finite."""
        return first_nonfinite(self.run, self.t + 1, self.cancelled)

    @cached_property
    def losses(self) -> Array:
        """The batch losses of the last iterations, this one's included."""
        return self.recent(WINDOW)

    def recent(self, iterations: int, t: int | None = None) -> Array:
        """The batch losses of some iterations up to this one, or another."""
        t = self.t if t is None else t
        return self.run.past(max(0, t - iterations + 1), t + 1, self.cancelled).loss

    # --- the program -------------------------------------------------------------------------------------------------

    @cached_property
    def forward(self) -> tuple[Step, ...]:
        """The steps up to the model's output."""
        return tuple(step for step in self.traced.program.steps if step.phase == "forward")

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """Every activation but the identity, and those of a whole row, in the order in which they run."""
        found: dict[tuple[str, str, str], list[Step]] = {}
        for step in self.forward:
            kind = CURVES.get(step.op, "identity")
            if kind != "identity" and kind not in OF_A_ROW:
                found.setdefault((step.layer, self.traced.program.name(step.output).key, kind), []).append(step)
        return tuple(
            Curve(layer, key, kind, tuple(steps), steps[-1].output == self.run.prediction)
            for (layer, key, kind), steps in found.items()
        )

    def before_step(self, layer: str) -> bool:
        """Whether an activation whose slope is 0 everywhere stands in this layer or after it."""
        at = self.run.names.index
        return any(curve.is_flat and at(curve.layer) >= at(layer) for curve in self.curves)

    def slopes(self, curve: Curve, values: Any = None) -> list[Array]:
        """f'(z) of every cell, moment after moment, in this iteration or in other forward values."""
        values, found = values or self.traced, []
        for step in curve.steps:
            z, a = values[step.inputs[0]], values[step.output]
            with np.errstate(all="ignore"):
                found.append(OPS[step.op].vjp("z", np.ones_like(z), z, output=a, **step.params))
        return found

    def silent(self, curve: Curve, values: Any = None) -> Array:
        """Of each unit, whether its slope is 0 for every sample, place and moment."""
        flat = [(slope == 0) for slope in self.slopes(curve, values)]
        unit = 1 if flat[0].ndim == 4 else flat[0].ndim - 1
        others = tuple(axis for axis in range(flat[0].ndim) if axis != unit)
        return np.asarray(np.all([part.all(axis=others) for part in flat], axis=0))

    def flat_share(self, curve: Curve) -> float:
        """The share of cells whose slope is below 0.05, in size."""
        return float(np.mean([np.mean(np.abs(slope) < NEARLY_FLAT) for slope in self.slopes(curve)]))

    @cached_property
    def shut(self) -> dict[Curve, float]:
        """Hidden curves that flatten out and pass next to nothing in any cell, with the largest slope of each.

        Not of gates, nor of the new state that they choose: around those the state goes on.
        """
        found = {}
        for curve in self.curves:
            if curve.saturates and not curve.is_output and (len(curve.steps) == 1 or self.is_plain_cell(curve)):
                found[curve] = max(float(np.abs(slope).max()) for slope in self.slopes(curve))
        return {curve: slope for curve, slope in found.items() if 0 < slope < SHUT}

    def is_plain_cell(self, curve: Curve) -> bool:
        """Whether all of a recurrent layer's state goes through the curve at every moment."""
        return bool(self.config.layers[self.run.names.index(curve.layer)].type == "rnn")

    @cached_property
    def weights(self) -> tuple[Weights, ...]:
        """The layers that have parameters, from first to last."""
        own = {name: own_parameters(self.run, name) for name in self.run.names}
        return tuple(self._weights(name, parameters) for name, parameters in own.items() if parameters)

    def _weights(self, layer: str, parameters: Any) -> Weights:
        traced, trained = self.traced, tuple(p.name for p in parameters if p.trainable)
        start = self.run.state_at(0, self.cancelled).parameters
        return Weights(
            layer,
            tuple(p.name for p in parameters),
            trained,
            norm(*(traced[gradient_name(p.name)] for p in parameters)),
            norm(*(traced[update_name(name)] for name in trained)),
            norm(*(traced[name] for name in trained)),
            norm(*(self.run.layout.view(start, name) for name in trained)),
            sum(traced[name].size for name in trained),
        )

    @cached_property
    def gradients(self) -> dict[str, float]:
        """The norm of the gradient of every trained parameter."""
        return {p.name: norm(self.traced[gradient_name(p.name)]) for p in self.run.parameters if p.trainable}

    @cached_property
    def noisy(self) -> bool:
        """Whether chance has a part in a gradient, as with dropout."""
        return bool(self.traced.program.noise)

    @cached_property
    def over_rows(self) -> dict[str, float]:
        """The norm of the gradient of every trained parameter over the training rows that are looked at.

        What is left of terms that cancel is rounding, and counts as 0.
        """
        traced = self.run.trace_of_rows(self.t, self.rows, self.cancelled)
        norms = {name: norm(traced[gradient_name(name)]) for name in self.gradients}
        rounding = float(np.finfo(self.run.dtype).eps)
        return {name: size if size > rounding else 0.0 for name, size in norms.items()}

    @cached_property
    def perfect(self) -> bool:
        """Whether the loss is 0 for this batch and for every row that is looked at."""
        if not self.run.has_data or self.traced["loss"] != 0:
            return False
        return mean_loss_of(self.run, self.outputs, self.targets) == 0

    # --- the training rows -------------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> Array:
        """Which training rows the model is asked about: all, or some evenly spaced."""
        return evenly(len(self.run.inputs), self.most)

    @cached_property
    def most(self) -> int:
        """How many rows at the most."""
        each = sum(math.prod(step.shape) for step in self.forward) // self.traced.program.batch
        return min(ROWS, max(FEWEST, NUMBERS // max(each, 1)))

    def values(self, names: list[str]) -> Any:
        """Forward values for the rows, as the model is evaluated."""
        state = self.run.state_at(self.t, self.cancelled)
        return forward_values(self.run, state, self.run.inputs[self.rows], names, cancelled=self.cancelled)

    @cached_property
    def outputs(self) -> Array:
        """What the model gives for the rows, as rows: those of sequences position by position."""
        return self._outputs(self.t)

    def _outputs(self, t: int) -> Array:
        state = self.run.state_at(t, self.cancelled)
        return merged(self.run, outputs(self.run, state, self.run.inputs[self.rows], cancelled=self.cancelled))

    @cached_property
    def targets(self) -> Array:
        """What the rows' outputs are compared with."""
        return merged_targets(self.run.fitting, self.run.targets[self.rows])

    @cached_property
    def labels(self) -> Array | None:
        """The classes of the rows; None for a regression."""
        labels = self.run.data.train_labels
        return None if labels is None else labels[self.rows].reshape(-1)

    @cached_property
    def predicted(self) -> Array:
        """The classes that the model takes the rows for."""
        return classes_of(self.run, self.outputs)

    @cached_property
    def fit(self) -> float | None:
        """How good the answers are: the share of right ones, or R²; None where the targets do not differ."""
        return self.fit_of(self.outputs)

    def fit_of(self, given: Array) -> float | None:
        """The same of other outputs for the rows."""
        if self.labels is not None:
            return float(np.mean(classes_of(self.run, given) == self.labels))
        with np.errstate(all="ignore"):
            spread = float(np.sum((self.targets - self.targets.mean(axis=0)) ** 2))
            told = estimates(self.run.fitting.config.loss, given)
            return 1 - float(np.sum((self.targets - told) ** 2)) / spread if spread else None

    @cached_property
    def worse_than_one_answer(self) -> str:
        """In words, answers that are no better than the same one for every row; empty where they are better."""
        if not self.run.has_data or self.t < self.settled or self.fit is None:
            return ""
        if self.labels is None:
            return "" if self.fit > 0 else answered(self.fit, False)
        common = float(np.unique(self.labels, return_counts=True)[1].max()) / self.labels.size
        if self.fit > common or common == 1:
            return ""
        return f"{answered(self.fit, True)}, and the commonest class alone has {percent(common)}"

    @property
    def asked(self) -> str:
        """How many rows were asked about, in words."""
        total, rows = len(self.run.inputs), len(self.rows)
        if total == 1:
            return "the only training row"
        return f"all {rows} training rows" + (f" that were looked at (of {total})" if rows < total else "")

    @property
    def settled(self) -> int:
        """The iteration from which on what the model answers says something: an epoch, and fifty iterations."""
        return max(WINDOW, self.run.batches.per_epoch)


def evenly(total: int, most: int) -> Array:
    """All places up to a number of them, or so many evenly spaced."""
    return np.arange(total) if total <= most else np.linspace(0, total - 1, most).astype(np.int64)


def falling(losses: Array) -> tuple[float, float] | None:
    """The mean of the first and of the last third of a window, where the loss fell by a tenth or more."""
    if len(losses) < 25:
        return None
    third = len(losses) // 3
    before, now = float(losses[:third].mean()), float(losses[-third:].mean())
    return (before, now) if now < before - 0.1 * abs(before) else None


def of_layers(look: Look) -> str | None:
    """What only layers have."""
    return None if look.run.has_data else "an expression has no layers"
