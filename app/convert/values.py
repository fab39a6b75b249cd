"""Values of an iteration: traces, steps, parameters, pictures and frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from app.answers import Answer
from app.convert.runs import step_document
from app.jobs import Ticket
from app.problems import Problem, over_limit
from app.settings import Limits
from app.wire import Array, Bundle, Form, Series, form
from engine.evaluate import BatchScore, Score, evaluate, parameters, predict
from engine.explain import check_sample, derivation
from engine.frames import boundary, frame_count, frames, maps
from engine.packed import Packed, Plan
from engine.run import Run, Trace
from engine.symbols import Symbols
from engine.wording import cell_numbers

_FORMS: WeakKeyDictionary[Plan, Form] = WeakKeyDictionary()


def trace(run: Run, t: int, names: Sequence[str] | None, sample: int | None, ticket: Ticket) -> Answer:
    """All values of an iteration, or those asked for; of the batch, or of one sample in it."""
    traced = run.trace_at(t, ticket)
    if sample is not None:
        check_sample(traced, sample)
    elif not names:
        return whole_trace(run, traced)
    values = {name: _cut(traced, name, sample) for name in (names or traced)}
    return _values(run, traced, values)


def whole_trace(run: Run, traced: Trace) -> Answer:
    """All values of an iteration."""
    return _values(run, traced, bundled(traced.table) if isinstance(traced.table, Packed) else dict(traced))


def _values(run: Run, traced: Trace, values: Mapping[str, Array] | Bundle) -> Answer:
    about = {"run": run.config.id, "iteration": str(traced.iteration)}
    return Answer({"iteration": traced.iteration, "values": values}, values, about)


def bundled(packed: Packed) -> Bundle:
    """All values of an iteration without the data that its batch is from, in a form that is made once a plan."""
    found = _FORMS.get(packed.plan)
    if found is None:
        places = packed.plan.places
        found = _FORMS[packed.plan] = form({name: (place.dtype, place.shape) for name, place in places.items()})
    return Bundle(found, packed.rows())


def _cut(traced: Trace, name: str, sample: int | None) -> Array:
    """A value; of one whose first axis is the batch, only the sample's row."""
    if name not in traced.table:
        known = ", ".join(list(traced)[:40])
        raise Problem(422, "unknown-value", f"unknown value {name!r}; this iteration has {known}", "query.values")
    value = traced[name]
    return value if sample is None or not batched(traced, name) else value[sample : sample + 1]


def batched(traced: Trace, name: str) -> bool:
    """Whether a value has a row for every sample: a parameter, or a matrix in its place, may by chance."""
    own = {p.name for p in traced.program.parameters}
    of_parameter = any(name == p or name.startswith(f"{p}.") for p in own)
    of_weight = name.endswith(("feedback_weight", "sign_weight"))
    value = traced[name]
    return not (of_parameter or of_weight) and value.ndim > 0 and len(value) == traced.program.batch


def step_answer(run: Run, t: int, k: int, ticket: Ticket) -> Answer:
    """One step with its numbers."""
    traced = run.trace_at(t, ticket)
    steps = traced.program.steps
    if not 0 <= k < len(steps):
        last = len(steps) - 1
        raise Problem(
            422, "range", f"iteration {t} has the steps 0 to {last}; given {k}", "path.k", title="Out of range"
        )
    step = steps[k]
    document = step_document(step, Symbols(traced.program, run.names))
    return Answer(
        {
            name: document[name]
            for name in ("index", "phase", "layer", "op", "argument", "formula", "code", "description")
        }
        | {
            "numbers": cell_numbers(derivation(run, traced, step.output, (0,) * len(step.shape))),
            "inputs": [_named(name, traced) for name in step.inputs],
            "output": _named(step.output, traced),
        }
    )


def _named(name: str, traced: Trace) -> dict[str, Any]:
    value = traced[name]
    return {"name": name, "shape": value.shape, "data": Series(value.ravel())}


def parameter_values(run: Run, t: int, ticket: Ticket) -> Answer:
    """The parameters before an iteration."""
    values = parameters(run, run.state_at(t, ticket))
    return Answer({"iteration": t, "values": values}, values, {"run": run.config.id, "iteration": str(t)})


def predictions(run: Run, t: int, rows: Any, limits: Limits, ticket: Ticket) -> Answer:
    """The model's outputs before an iteration for rows of raw inputs."""
    inputs = matrix(rows, "inputs")
    if len(inputs) > limits.predict_rows:
        raise over_limit("predict_rows", limits.predict_rows, f"{len(inputs)} rows", "inputs")
    outputs = predict(run, t, inputs, ticket)
    return Answer({"iteration": t, "outputs": outputs}, {"outputs": outputs}, {"run": run.config.id})


def matrix(rows: Any, path: str) -> Array:
    """Rows of numbers as an array.

    Raises: Problem if they are not rows of equally many numbers.
    """
    listed = isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows)
    flat = [cell for row in rows for cell in row] if listed else []
    if not listed or len({len(row) for row in rows}) > 1 or not {type(c) for c in flat} <= {int, float}:
        raise Problem(422, "shape", f"{path} is a list of equally long rows of numbers", path)
    return np.array(flat, np.float64).reshape(len(rows), -1)


def boundary_picture(run: Run, t: int, resolution: int, ticket: Ticket) -> Answer:
    """The model's output over the input plane, or line."""
    where, outputs = boundary(run, t, resolution, ticket)
    outputs = outputs[..., 0] if outputs.shape[-1] == 1 else outputs
    return _picture(run, resolution, where.x, where.y, {"outputs": outputs}, {"outputs": outputs})


def unit_maps(run: Run, t: int, resolution: int, ticket: Ticket) -> Answer:
    """What every unit computes over the input plane, or line."""
    where, found = maps(run, t, resolution, ticket)
    return _picture(run, resolution, where.x, where.y, {"maps": found}, found)


def _picture(
    run: Run, resolution: int, x: Array, y: Array | None, fields: Mapping[str, Any], tensors: Mapping[str, Array]
) -> Answer:
    axes = {"x": Series(x), "y": None if y is None else Series(y)}
    named = {f"axis/{name}": axis for name, axis in (("x", x), ("y", y)) if axis is not None}
    return Answer({"resolution": resolution, **axes, **fields}, {**named, **tensors}, {"run": run.config.id})


def evaluation(run: Run, t: int, ticket: Ticket) -> Answer:
    """Scores of the training set, the test set and the batch."""
    found = evaluate(run, t, ticket)
    return Answer(
        {
            "iteration": found.iteration,
            "train": _score(found.train),
            "test": _score(found.test) if found.test else None,
            "batch": _batch(found.batch),
        }
    )


def _score(score: Score) -> dict[str, Any]:
    return asdict(score) | {"confusion": None if score.confusion is None else score.confusion.tolist()}


def _batch(batch: BatchScore) -> dict[str, Any]:
    return {
        "losses": None if batch.losses is None else Series(batch.losses),
        "labels": None if batch.labels is None else Series(batch.labels.astype(np.int64)),
        "predicted": None if batch.predicted is None else Series(batch.predicted),
        "probabilities": batch.probabilities,
    }


def animation(
    run: Run, start: int, end: int, stride: int, sample: int | None, resolution: int, limits: Limits, ticket: Ticket
) -> Answer:
    """What the studio shows of many iterations, stacked by name."""
    if sample is not None and not 0 <= sample < run.batches.size:
        last = run.batches.size - 1
        raise Problem(422, "range", f"the batch has the samples 0 to {last}; given {sample}", "query.sample")
    count = frame_count(start, end, stride)
    nbytes = count * frame_bytes(run, resolution)
    if nbytes > limits.frames_bytes:
        raise over_limit("frames_bytes", limits.frames_bytes, f"{count} frames are about {nbytes} bytes", "query.to")
    tensors = frames(run, start, end, stride, sample, resolution, ticket)
    return Answer(None, tensors, {"run": run.config.id, "from": str(start), "to": str(end), "stride": str(stride)})


def frame_bytes(run: Run, resolution: int) -> int:
    """About how many bytes one frame has."""
    if not run.has_data:
        return len(run.program_at(0).steps) * int(run.dtype.itemsize)
    shapes = run.outline.shapes
    sizes = [math.prod(shapes[a][1:]) for a in run.outline.outputs.values()]
    units = sum(sizes)
    cells = 2 * run.layout.size + 4 * units + run.inputs.shape[1] + 8 * len(run.names)
    points = int(resolution ** min(run.inputs.shape[1], 2))
    return int(cells * run.dtype.itemsize + 4 * (units + sizes[-1]) * points)
