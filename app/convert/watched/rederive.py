"""What PyTorch had beside what our own equations give, op by op."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.convert.watched.model import Model, Op, continued
from app.convert.watched.reading import Record, Watched
from app.wire.forms import Array
from engine.foundation.value_name import gradient_name, next_name
from engine.run.trace import Trace

TOLERANCE = {"torch.float64": 1e-10, "torch.float32": 2e-5, "torch.float16": 2e-2, "torch.bfloat16": 6e-2}


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
        for name, op, what, difference in _compared(watched, model, record, traced):
            worst[name, op] = max(worst.get((name, op)) or 0.0, difference)
            if first is None and not difference <= tolerance:
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
        [str(note) for note in about.get("notes", [])],
        continued(model),
    )


def _compared(watched: Watched, model: Model, record: Record, traced: Trace) -> Iterator[tuple[str, str, str, float]]:
    """Each tensor that both have, as the op's name, its kind, what it is, and the difference."""
    for op in model.ops:
        for what, theirs, ours in _pairs(op, record):
            if theirs in record.tensors and ours in traced:
                yield op.name, op.kind, what, _difference(record.tensors[theirs], traced[ours])
    yield "loss", str(record.about["loss"]["op"]), "value", _difference(record.tensors["loss"], traced["loss"])
    if record.about.get("groups") and len(record.about["groups"]) == 1 and model.run.config.update_at(0).learning_rate:
        names = {theirs: ours for op in model.ops for theirs, ours in op.names.items()}
        for theirs, ours in names.items():
            updated = record.tensors[f"next/{theirs}"]
            yield (
                "step",
                str(watched.about["optimizer"]["type"]),
                "update",
                _difference(updated, traced[next_name(ours)]),
            )


def _pairs(op: Op, record: Record) -> Iterator[tuple[str, str, str]]:
    yield "value", f"op/{op.number}/out", op.value
    yield "gradient", f"op/{op.number}/grad", gradient_name(op.value)
    for theirs, ours in op.names.items():
        yield "gradient", f"own/{theirs}", gradient_name(ours)


def _difference(theirs: Array, ours: Array) -> float:
    """The largest, relative to the largest number of the tensor; where both are not finite in the same way, none."""
    one, other = np.asarray(theirs, np.float64), np.asarray(ours, np.float64).reshape(theirs.shape)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    apart = np.where(same, 0.0, np.abs(one - other))
    largest = float(np.max(np.abs(one), initial=0.0, where=np.isfinite(one)))
    return float(np.max(apart, initial=0.0)) / (largest or 1.0)
