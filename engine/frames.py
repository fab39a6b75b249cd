"""Pictures in bulk: what every unit computes over the input plane, and all that an animation shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from engine.compare import layer_angles
from engine.errors import RangeError
from engine.evaluate import forward_values
from engine.history import point
from engine.interpreter import State, Values, Wanted, check
from engine.ops.base import Array
from engine.run import Run, Trace
from engine.summary import layer_figures

_BACK = re.compile(r"(x|\w+\.a)\.grad(\.\d+)?")  # numbered: what one of several takers hands back
_INNER = re.compile(r"\w+\.(weights|h[1-9]\d*(\.grad)?)")  # of attention, and the states of recurrent layers
MARGIN = 0.15  # of the data's extent, around it on the input plane


@dataclass(frozen=True, slots=True)
class Grid:
    """Points over one or two inputs. `y` is None for one input; rows of the plane go up."""

    x: Array
    y: Array | None

    @property
    def points(self) -> Array:
        """The grid as rows of inputs, x running fastest."""
        if self.y is None:
            return self.x[:, None]
        across, up = np.meshgrid(self.x, self.y)
        return np.stack([across.ravel(), up.ravel()], axis=1)

    def shaped(self, values: Array) -> Array:
        """Values (points, K) as (K, R, R), or (K, R) for one input."""
        sides = (len(self.x),) if self.y is None else (len(self.y), len(self.x))
        return np.ascontiguousarray(values.T).reshape(-1, *sides)


def grid(run: Run, resolution: int) -> Grid:
    """A grid over where the data lies, in the model's units.

    Raises: RangeError if the model has more than two inputs, or takes tokens: there is no plane to draw.
    """
    features = run.inputs.shape[1]
    if run.fitting.takes_tokens:
        raise RangeError("this run takes tokens; maps need one or two inputs that are numbers", "query.resolution")
    if features > 2:
        raise RangeError(f"this run has {features} inputs; maps need one or two", "query.resolution")
    if resolution < 2:
        raise RangeError(f"resolution is at least 2; given {resolution}", "query.resolution")
    every = np.concatenate([run.inputs, run.test_inputs])
    low, high = every.min(axis=0), every.max(axis=0)
    if features == 2:  # a square, so that distances look the same both ways
        low, high = np.full(2, low.min()), np.full(2, high.max())
    extent = np.where(high > low, high - low, 1.0) * MARGIN
    axes = [np.linspace(a, b, resolution, dtype=run.dtype) for a, b in zip(low - extent, high + extent, strict=True)]
    return Grid(axes[0], axes[1] if features == 2 else None)


def boundary(run: Run, iteration: int, resolution: int, cancelled: Wanted | None = None) -> tuple[Grid, Array]:
    """The model's output over the grid, before an iteration: (R, R, K), or (R, K) for one input."""
    where = grid(run, resolution)
    found = forward_values(run, run.state_at(iteration, cancelled), where.points)[run.prediction]
    return where, np.moveaxis(where.shaped(found), 0, -1)


def maps(run: Run, iteration: int, resolution: int, cancelled: Wanted | None = None) -> tuple[Grid, Values]:
    """What every unit computes over the grid: ``dense1.a`` as (units, R, R), and the inputs themselves."""
    where = grid(run, resolution)
    return where, _maps(run, run.state_at(iteration, cancelled), where)


def _maps(run: Run, state: State, where: Grid) -> Values:
    found = forward_values(run, state, where.points)
    rows = {name: found[value] for name, value in pictured(run).items() if found[value].ndim == 2}
    return {name: where.shaped(values) for name, values in rows.items()}


def pictured(run: Run) -> dict[str, str]:
    """The values whose maps are drawn, inputs and features first, by the names that they go by."""
    return {"x": "x", **{f"{layer}.a": value for layer, value in run.outline.outputs.items()}}


def frame_count(start: int, end: int, stride: int) -> int:
    """How many iterations an animation shows.

    Raises: RangeError if the range is empty or the stride is not positive.
    """
    if not 0 <= start < end or stride < 1:
        raise RangeError(
            f"from and to are a range like 0 to 60, stride is 1 or more; given {start}, {end}, {stride}",
            "query.to",
        )
    return len(range(start, end, stride))


def frames(
    run: Run,
    start: int,
    end: int,
    stride: int = 1,
    sample: int | None = None,
    resolution: int = 0,
    cancelled: Wanted | None = None,
) -> Values:
    """What an animation shows of the iterations start, start + stride, ..., stacked by name.

    Args:   sample: position in the batch, or the mean over it; resolution: of the units' maps, 0 for none.
    Raises: RangeError, CancelledWorkError.
    """
    frame_count(start, end, stride)
    where = grid(run, resolution) if resolution else None
    rows = []
    for t in range(start, end, stride):
        check(cancelled)
        rows.append(_frame(run, t, sample, where))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _frame(run: Run, t: int, sample: int | None, where: Grid | None) -> Values:
    traced = run.trace_at(t)
    found: Values = {
        "iteration": np.asarray(t, np.int64),
        "epoch": np.asarray(t / run.batches.per_epoch),
        "loss": traced["loss"],
    }
    for p in run.parameters:
        found |= {p.name: traced[p.name], f"{p.name}.grad": traced[f"{p.name}.grad"]}
    for name in _shown(run, traced):
        found[name] = of_sample(traced, name, sample)
    for layer, figures in layer_figures(run, traced).items():
        found[f"gradient_norms/{layer}"] = np.asarray(figures.gradient_norm)
        found[f"update_ratios/{layer}"] = np.asarray(figures.update_ratio)
    found |= {f"angles/{layer}": np.asarray(degrees) for layer, degrees in layer_angles(run, traced).items()}
    found |= _scores(run, t)
    if where is not None:
        drawn = _maps(run, run.state_at(t), where)
        with np.errstate(over="ignore"):  # where a run diverges, values beyond float32 are drawn as infinite
            found |= {f"maps/{name}": values.astype(np.float32) for name, values in drawn.items() if name != "x"}
        found["boundary"] = found[f"maps/{run.prediction}"]
    return found


def _shown(run: Run, traced: Trace) -> list[str]:
    """The batch, sums and outputs of all layers, and what flows back through them, whole and in parts.

    Without layers, every value up to the update.
    """
    if not run.names:
        return [step.output for step in traced.program.steps if step.phase != "update"]
    names = [f"{layer}.{value}" for layer in run.names for value in ("z", "a", "z.grad")]
    shown = [name for name in ("x", "target", "features.a", *names) if name in traced.table]
    return shown + [name for name in traced.table if _BACK.fullmatch(name) or _INNER.fullmatch(name)]


def of_sample(traced: Trace, name: str, sample: int | None) -> Array:
    """A value's row of one sample; without one the mean over the batch (of class indices: the first)."""
    value = traced[name]
    if not value.ndim:
        return value
    if value.dtype.kind == "i":
        return np.asarray(value[sample or 0])
    if sample is None:
        with np.errstate(all="ignore"):
            return np.asarray(np.ascontiguousarray(value).mean(axis=0))  # added in the order of the rows
    return np.asarray(value[min(sample, len(value) - 1)])


def _scores(run: Run, t: int) -> Values:
    """Whole-set losses once an epoch; nan between."""
    scored = point(run, t) if run.has_data and t % run.batches.per_epoch == 0 else None
    test = scored.test_loss if scored else None
    return {
        "train_loss": np.asarray(scored.train_loss if scored else np.nan),
        "test_loss": np.asarray(np.nan if test is None else test),
    }
