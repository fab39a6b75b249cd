"""Pictures in bulk: what every unit computes over the input plane, and all that an animation shows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.analysis.gradient_angles import layer_angles
from engine.analysis.history import point
from engine.analysis.input_plane import Grid, grid, maps_at
from engine.analysis.layer_statistics import layer_norms_along
from engine.analysis.stacked_traces import Stacked, stacked_traces
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import Values
from engine.foundation.errors import RangeError
from engine.foundation.value_name import Moment, ValueName, gradient_name, member_name
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.run.run import Run
from engine.run.trace import Trace

NORMS = ("gradient_norms", "update_ratios")


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


def frame_bytes(run: Run, resolution: int) -> int:
    """About how many bytes one frame has: parameters, values of one sample, figures, and maps in single precision."""
    if not run.has_data:
        return len(run.program_at(0).steps) * int(run.dtype.itemsize)
    shapes = run.outline.shapes
    sizes = [math.prod(shapes[a][1:]) for a in run.outline.outputs.values()]
    units, inputs = sum(sizes), run.inputs.shape[1]
    cells = 2 * run.layout.size + 4 * units + inputs + 8 * len(run.names)
    points = int(resolution ** min(inputs, 2))
    return int(cells * run.dtype.itemsize + 4 * (units + sizes[-1]) * points)


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

    Args:   sample: position in the batch, or the whole (see `of_sample`); resolution: of the units' maps, 0 for none.
    Raises: RangeError, CancelledWorkError.
    """
    frame_count(start, end, stride)
    if sample is not None and not 0 <= sample < run.batches.size:
        raise RangeError(f"the batch has the samples 0 to {run.batches.size - 1}; given {sample}", "query.sample")
    where = grid(run, resolution) if resolution else None
    wanted, shown = range(start, end, stride), _Shown(run)
    found: Values = {}
    for stacked in stacked_traces(run, wanted, cancelled):
        _put(found, _values(run, stacked, sample, shown), stacked.positions, len(wanted))
    alone = [_alone(run, t, where, cancelled) for t in wanted]
    return found | {name: np.stack([row[name] for row in alone]) for name in alone[0]}


def _put(found: Values, part: Values, positions: Sequence[int], count: int) -> None:
    """Some of the frames to their positions; of what the first frame has."""
    if not found:
        found |= {name: np.full((count, *rows.shape[1:]), _missing(rows), rows.dtype) for name, rows in part.items()}
    for name in part.keys() & found.keys():
        found[name][positions] = part[name]


def _missing(rows: Array) -> float:
    return np.nan if rows.dtype.kind == "f" else 0


def _values(run: Run, stacked: Stacked, sample: int | None, shown: _Shown) -> Values:
    """What is shown of the values of some iterations, one row each."""
    found: Values = {"loss": stacked["loss"]}
    for p in run.parameters:
        gradient = gradient_name(p.name)
        found |= {p.name: stacked[p.name], gradient: stacked[gradient]}
    for name in shown.names(stacked.traces[0]):
        found[name] = of_sample(stacked[name], sample, bool(stacked.program.name(name).gradient))
    for layer in run.names:
        of_layer = layer_norms_along(run, stacked, layer)
        found |= {f"{kind}/{layer}": figures for kind, figures in zip(NORMS, of_layer, strict=True)}
    turned = [layer_angles(run, traced) for traced in stacked.traces]
    return found | {f"angles/{layer}": np.array([degrees[layer] for degrees in turned]) for layer in turned[0]}


def _alone(run: Run, t: int, where: Grid | None, cancelled: Wanted | None) -> Values:
    """What is shown of an iteration that is not in its trace."""
    check(cancelled)
    epoch = np.asarray(t / run.batches.per_epoch)
    found = {"iteration": np.asarray(t, np.int64), "epoch": epoch, **_scores(run, t, cancelled)}
    if where is not None:
        drawn = maps_at(run, run.state_at(t, cancelled), where, cancelled)
        with np.errstate(over="ignore"):  # where a run diverges, values beyond float32 are drawn as infinite
            found |= {f"maps/{name}": values.astype(np.float32) for name, values in drawn.items() if name != "x"}
        found["boundary"] = found[f"maps/{run.prediction}"]
    return found


class _Shown:
    """Which values are shown: a matter of the program alone, of which a run has two or three."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._of: dict[int, tuple[Program, list[str]]] = {}  # each with its program, so that its number stays its own

    def names(self, traced: Trace) -> list[str]:
        program = traced.program
        if id(program) not in self._of:
            self._of[id(program)] = program, _shown(self._run, traced)
        return self._of[id(program)][1]


def _shown(run: Run, traced: Trace) -> list[str]:
    """The batch, sums and outputs of all layers, and what flows back through them, whole and in parts.

    Without layers, every value up to the update.
    """
    if not run.names:
        return [step.output for step in traced.program.steps if step.phase != "update"]
    own = [(member_name(layer, "z"), member_name(layer, "a")) for layer in run.names]
    names = [name for z, a in own for name in (z, a, gradient_name(z))]
    shown = [name for name in ("x", "target", "features.a", *names) if name in traced.table]
    return shown + [name for name in traced.table if _is_between(traced.program.name(name))]


def _is_between(name: ValueName) -> bool:
    """What layers hand back, whole or in parts; the weights of attention, and the states of recurrent layers."""
    value = name.of_gradient or name
    if name.moment:
        return value == ValueName(name.layer, "h", Moment(name.moment.number or 1)) and name.part is None
    if name.gradient:
        return value in (ValueName("", "x"), ValueName(name.layer, "a"))
    return name == ValueName(name.layer, "weights")


def of_sample(values: Array, sample: int | None, is_gradient: bool) -> Array:
    """The rows of one sample, in a smaller batch of its last; without one what the whole batch has of each.

    That is the mean of what is computed forwards (of class indices: the first), and of a gradient the sum: the loss is
    of the batch already, and what flows on to weights and biases is the sum.

    Args: values: [iterations, batch, ...], or [iterations] of what has no rows.
    """
    if values.ndim == 1:
        return values
    if sample is None and values.dtype.kind != "i":
        with np.errstate(all="ignore"):
            rows = np.ascontiguousarray(values)  # added in the order of the rows
            return np.asarray(rows.sum(axis=1) if is_gradient else rows.mean(axis=1))
    return np.asarray(values[:, min(sample or 0, values.shape[1] - 1)])


def _scores(run: Run, t: int, cancelled: Wanted | None) -> Values:
    """Whole-set losses once an epoch; nan between."""
    scored = point(run, t, cancelled) if run.has_data and t % run.batches.per_epoch == 0 else None
    test = scored.test_loss if scored else None
    return {
        "train_loss": np.asarray(scored.train_loss if scored else np.nan),
        "test_loss": np.asarray(np.nan if test is None else test),
    }
