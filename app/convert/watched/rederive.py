"""What PyTorch had beside what our own equations give, op by op."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.convert.watched.graph import Op
from app.convert.watched.model import Model, continued
from app.convert.watched.reading import Record, Watched
from app.wire.forms import Array
from engine.foundation.value_name import gradient_name, next_name
from engine.run.trace import Trace

TOLERANCE = {"torch.float64": 1e-10, "torch.float32": 2e-5, "torch.float16": 2e-2, "torch.bfloat16": 6e-2}

EXPLAINED = 20  # times as much as our own rounding: PyTorch adds in another order


@dataclass(frozen=True, slots=True)
class Rederived:
    """The largest difference of one op's values, gradients and updates, relative to the largest number of its tensor,
    over all recordings; null where nothing of it was recorded."""

    name: str
    op: str
    difference: float | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where first, in the order of the recordings, more differs than the number type explains."""

    iteration: int
    name: str
    what: str
    difference: float


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """A recording: its script, how many of its loop's iterations are kept, and whether they were derived again.

    iterations: which they are; worst: the largest difference; first: the first disagreement, null if there is none;
    continues: the configuration of a run that goes on from the last recording, on the rows that were kept.
    """

    source: str
    torch: str
    dtype: str
    every: int
    kept: int
    of: int
    iterations: list[int]
    rederived: list[Rederived]
    worst: float
    tolerance: float
    first: Disagreement | None
    notes: list[str]
    continues: dict[str, Any]


def rederived(watched: Watched, model: Model) -> RecordingInfo:
    """Everything that was recorded beside what is derived from the parameters and the batch alone."""
    dtype = model.records[0].about["ops"][0]["dtype"]
    tolerance = TOLERANCE.get(dtype, TOLERANCE["torch.float32"])
    worst: dict[tuple[str, str], float | None] = {}
    first: Disagreement | None = None
    for k, record in enumerate(model.records):
        traced = model.run.trace_at(k)
        rough = model.coarse.trace_at(k) if model.coarse else traced
        for name, op, what, difference, rounded in _compared(watched, model, record, (traced, rough), tolerance):
            worst[name, op] = max(worst.get((name, op)) or 0.0, difference)
            if first is None and not difference <= max(tolerance, EXPLAINED * rounded):
                first = Disagreement(int(record.about["iteration"]), name, what, difference)
    found = [Rederived(name, op, difference) for (name, op), difference in worst.items()]
    about = watched.about
    return RecordingInfo(
        str(about["source"]),
        str(about["torch"]),
        dtype.removeprefix("torch."),
        int(about["every"]),
        len(model.records),
        int(about["of"]),
        [kept.iteration for kept in model.run.kept],
        found,
        max((r.difference or 0.0 for r in found), default=0.0),
        tolerance,
        first,
        [*map(str, about.get("notes", [])), *_rounding_notes(model, tolerance)],
        continued(model),
    )


def _compared(
    watched: Watched, model: Model, record: Record, traces: tuple[Trace, Trace], tolerance: float
) -> Iterator[tuple[str, str, str, float, float]]:
    """Each tensor that both have, as the op's name, its kind, what it is, and the difference.

    With it what our own numbers differ by in the recording's number type: where an output is nearly its target, what is
    left between them is little more than rounding.
    """
    for name, kind, what, theirs, ours, scale in _named(watched, model, record, tolerance):
        if theirs in record.tensors and ours in traces[0]:
            exact, rough = traces[0][ours], traces[1][ours]
            yield name, kind, what, _difference(record.tensors[theirs], exact, scale), _difference(rough, exact, scale)


def _named(
    watched: Watched, model: Model, record: Record, tolerance: float
) -> Iterator[tuple[str, str, str, str, str, float]]:
    """What is compared: op, kind, what, PyTorch's name and ours, and the scale of a gradient's parts."""
    for op in model.ops:
        beside = record.tensors.get(f"op/{op.number}/grad")
        for what, theirs, ours in _pairs(op, record):
            scale = _largest(beside) if beside is not None and what == "gradient" else 0.0
            yield op.name, op.kind, what, theirs, ours, scale
    yield "loss", str(record.about["loss"]["op"]), "value", "loss", "loss", 0.0
    if record.about.get("groups") and len(record.about["groups"]) == 1 and model.run.config.update_at(0).learning_rate:
        kind = str(watched.about["optimizer"]["type"])
        names = {theirs: (op, ours) for op in model.ops for theirs, ours in op.names.items()}
        for theirs, (op, ours) in names.items():
            if not _is_rounding(record, op, theirs, tolerance):
                yield "step", kind, "update", f"next/{theirs}", next_name(ours), 0.0


def _is_rounding(record: Record, op: Op, parameter: str, tolerance: float) -> bool:
    """Whether a gradient is the rounding of a sum that is 0, as of a bias before a norm: an optimizer that divides by
    its size then goes where the rounding points."""
    own, beside = record.tensors.get(f"own/{parameter}"), record.tensors.get(f"op/{op.number}/grad")
    return own is not None and beside is not None and _largest(own) < tolerance * _largest(beside)


def _rounding_notes(model: Model, tolerance: float) -> list[str]:
    found = dict.fromkeys(
        theirs
        for record in model.records
        for op in model.ops
        for theirs in op.names
        if _is_rounding(record, op, theirs, tolerance)
    )
    many = "are sums that are 0 but for rounding, so their updates are" if len(found) > 1 else ""
    one = "is a sum that is 0 but for rounding, so its update is"
    names = ", ".join(found)
    return [f"the gradient{'s' if many else ''} of {names} {many or one} not compared"] if found else []


def _pairs(op: Op, record: Record) -> Iterator[tuple[str, str, str]]:
    yield "value", f"op/{op.number}/out", op.value
    yield "gradient", f"op/{op.number}/grad", gradient_name(op.value)
    for theirs, ours in op.names.items():
        yield "gradient", f"own/{theirs}", gradient_name(ours)


def _difference(theirs: Array, ours: Array, scale: float = 0.0) -> float:
    """The largest, relative to the largest number of the tensor; where both are not finite in the same way, none.

    Args: scale: of the numbers that a gradient is a sum of: where they cancel, as before a norm, only rounding is left.
    """
    one, other = np.asarray(theirs, np.float64), np.asarray(ours, np.float64).reshape(theirs.shape)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    apart = np.where(same, 0.0, np.abs(one - other))
    return float(np.max(apart, initial=0.0)) / (max(_largest(one), scale) or 1.0)


def _largest(values: Array) -> float:
    """The size of the largest finite number."""
    sizes = np.abs(np.asarray(values, np.float64))
    return float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))
