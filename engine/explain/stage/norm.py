"""A normalization from near: the numbers that it ties together, and the three ways of the gradient back to each."""

from __future__ import annotations

import numpy as np

from engine.explain.derivation import Cell
from engine.explain.sentences import ways_sentence
from engine.explain.stage.place import Crumb, Pattern, Place, Stage, StagePart, computed, largest_of, named_position
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array, Index

_MEANS = ("batch_mean", "sample_mean")
_SQUARES = ("batch_mean_square", "sample_mean_square")


def norm(place: Place) -> Stage:
    """What is normalized together, as it comes and as it goes, and its gradient's ways, which add up.

    Formula: ∂L/∂x = direct + through_mean + through_variance; direct is the gradient with mean and variance held still
    """
    source = place.inputs[0]
    at = _focus(place)
    line = _line(place, at)
    which = at[0] if _is_of_batch(place) else at[-1]
    where = tuple(which if i is None else i for i in line)
    ways = _ways(place, line)
    cell = Cell(gradient_name(source) if place.has(gradient_name(source)) else source, at)
    unit = at[1] if len(at) == 4 or _is_of_batch(place) else at[-1]
    who = f"unit {unit + 1}" if len(at) < 4 else f"channel {unit + 1}"
    crumbs = [Crumb(place.title), Crumb(who, Cell(place.output, at)), Crumb(f"sample {at[0] + 1}", cell)]
    if len(at) == 3 and not _is_of_batch(place):
        crumbs = [Crumb(place.title), Crumb(f"position {named_position(place, source, at[1])}"), Crumb(who, cell)]
    return Stage(
        place.layer,
        "norm",
        place.title,
        place.sample,
        {"entry": _entry(place, line, at), "unit": unit},
        cell,
        tuple(crumbs),
        (
            *place.part("x", source, line),
            *_statistics(place, at),
            *place.part("normalized", place.own("normalized"), line),
            *place.part("y", place.output, line),
            *place.part("y.grad", gradient_name(place.output), line),
            *place.part("weight", place.parameter("weight"), (unit,)),
            *place.part("bias", place.parameter("bias"), (unit,)),
            *ways,
        ),
        (),
        {"of_batch": int(_is_of_batch(place)), "has_mean": int(place.has(place.own("mean")))},
        says=_says(place, ways, _entry(place, line, at), where),
    )


def _is_of_batch(place: Place) -> bool:
    return any(0 in step.params.get("axes", ()) for step in place.steps("forward"))


def _focus(place: Place) -> Index:
    """The cell of the input: the selected one's, else that of the sample with the largest gradient."""
    shape = place.array(place.inputs[0]).shape
    for found in (place.chosen("a", "normalized", "centered", "scaled"), place.chosen_input()):
        if found is not None and len(found) == len(shape):
            return found
    unit = place.chosen("weight", "bias", *(("mean", "variance", "factor") if _is_of_batch(place) else ()))
    grad = gradient_name(place.inputs[0])
    row = place.row(grad if place.has(grad) else place.inputs[0])
    if unit is not None and len(unit) == 1:
        row = np.where(_of_unit(row, unit[0]), row, 0)
        best = largest_of(row)
        return (place.sample, *(best if row.any() else _first(row, unit[0])))
    return (place.sample, *largest_of(row))


def _of_unit(row: Array, unit: int) -> Array:
    """Which cells of a sample are of a unit, or of a channel of an image."""
    axis = 0 if row.ndim == 3 else row.ndim - 1
    return np.asarray(np.indices(row.shape)[axis] == unit)


def _first(row: Array, unit: int) -> Index:
    return (unit, 0, 0) if row.ndim == 3 else (*(0,) * (row.ndim - 1), unit)


def _line(place: Place, at: Index) -> Pattern:
    """The cells that are normalized together with this one."""
    if not _is_of_batch(place):
        return (*at[:-1], None)
    return (None, at[1]) if len(at) == 2 else (None, None, at[2]) if len(at) == 3 else (None, at[1], None, None)


def _entry(place: Place, line: Pattern, at: Index) -> int:
    """Which of these it is, row by row."""
    shape = place.array(place.inputs[0]).shape
    runs = [i for i, fixed in enumerate(line) if fixed is None]
    return int(np.ravel_multi_index([at[i] for i in runs], [shape[i] for i in runs]))


def _statistics(place: Place, at: Index) -> tuple[StagePart, ...]:
    """Mean, and σ with the small number that keeps it from 0 in it: 1 / factor."""
    factor = place.array(place.own("factor"))
    where: Index = ((at[-1] if len(at) < 4 else at[1]),) if _is_of_batch(place) else at[:-1]
    where = where[: factor.ndim]
    with np.errstate(all="ignore"):
        sigma = 1 / float(factor[where])
    return (*place.part("mean", place.own("mean"), where), *computed("sigma", sigma, place.own("factor")))


def _ways(place: Place, line: Pattern) -> tuple[StagePart, ...]:
    """The parts of the input's gradient that this layer adds, by the way that they come, and their sum."""
    found: dict[str, str] = {}
    source = place.inputs[0]
    for step in place.steps("backward"):
        name = place.traced.program.name(step.output)
        of = str(name.of_gradient or "")
        if of not in (source, place.own("centered")) or step.op == "accumulate":
            continue
        if step.op in _MEANS:
            found["through_mean"] = step.output
        elif step.op in _SQUARES:
            found["through_variance"] = step.output
        elif step.op == "rescale":
            found["direct"] = step.output
    if "direct" not in found:
        return ()
    parts = [part for role, name in found.items() for part in place.part(role, name, line)]
    with np.errstate(all="ignore"):
        total = np.sum([part.numbers for part in parts], axis=0)
    return (*parts, *computed("total", total, *found.values()))


def _says(place: Place, ways: tuple[StagePart, ...], entry: int, where: Index) -> dict[str, str]:
    count = place.array(place.inputs[0]).shape[0] if _is_of_batch(place) else place.array(place.inputs[0]).shape[-1]
    tied = "samples of the batch" if _is_of_batch(place) else "units of the sample"
    forward = f"What comes out depends on all {count} {tied}: {_measures(place)} of them all."
    if not ways:
        return {"forward": forward}
    by = {part.role: float(part.numbers.ravel()[entry]) for part in ways}
    return {"forward": forward, "backward": ways_sentence(by, by["total"])}


def _measures(place: Place) -> str:
    return "on the mean and the variance" if place.has(place.own("mean")) else "on the mean square"
