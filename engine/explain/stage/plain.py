"""Layers without weights on their way, from near: masks, joins, tables, and what only lays numbers out anew."""

from __future__ import annotations

import numpy as np

from engine.explain.derivation import Cell
from engine.explain.sentences import step_sentence
from engine.explain.stage.place import Crumb, Place, Stage, StagePart, computed, largest_of
from engine.foundation.numbers import number
from engine.foundation.value_name import ValueName, gradient_name
from engine.ops.core.op import Array, Index


def _ends(place: Place) -> tuple[StagePart, ...]:
    """What comes in and goes out, and the gradients of both."""
    source = place.inputs[0]
    return (
        *place.part("x", source),
        *place.part("a", place.output),
        *place.part("a.grad", gradient_name(place.output)),
        *place.part("x.grad", place.handed_back(source)),
    )


def _cell(place: Place) -> Cell:
    """The selected cell of the output, else that with the largest gradient."""
    rank = place.array(place.output).ndim
    for found in (place.chosen("a", "mask"), place.chosen_input()):
        if found is not None and len(found) == rank:
            return Cell(place.output, found)
    grad = gradient_name(place.output)
    return Cell(place.output, (place.sample, *largest_of(place.row(grad if place.has(grad) else place.output))))


def _crumbs(place: Place, cell: Cell) -> tuple[Crumb, ...]:
    *before, unit = cell.index[1:]
    words = [f"position {before[0] + 1}", f"unit {unit + 1}"] if len(before) == 1 else [f"unit {unit + 1}"]
    if len(before) == 2:
        words = [f"channel {before[0] + 1}", f"row {before[1] + 1}, column {unit + 1}"]
    return (Crumb(place.title), *(Crumb(text) for text in words[:-1]), Crumb(words[-1], cell))


def plain(place: Place) -> Stage:
    """What comes in, what goes out, and the gradients of both."""
    cell = _cell(place)
    parts = (*_ends(place), *place.whole("weight", place.parameter("weight")))
    return Stage(
        place.layer,
        "plain",
        place.title,
        place.sample,
        _where(cell),
        cell,
        _crumbs(place, cell),
        parts,
        says=_plain_says(place),
    )


def _plain_says(place: Place) -> dict[str, str]:
    """What its steps say of themselves: the first on the way forward, and the one that hands the gradient back."""
    said = {"forward": step_sentence(place.steps("forward")[0])}
    back = place.handed_back(place.inputs[0])
    made = [step_sentence(step) for step in place.steps("backward") if step.output == back]
    return said | {"backward": made[-1]} if made else said


def _where(cell: Cell) -> dict[str, int]:
    return {f"axis{i}": at for i, at in enumerate(cell.index[1:])}


def dropout(place: Place) -> Stage:
    """The same mask both ways: 0 for what is dropped, else 1 / (1 − p)."""
    cell = _cell(place)
    mask = place.row(place.own("mask"))
    kept = int(np.count_nonzero(mask))
    here = float(place.array(place.own("mask"))[cell.index])
    of = f"unit {cell.index[-1] + 1}"
    says = {
        "forward": f"{kept} of {mask.size} units are kept in this iteration; "
        + (f"{of} is multiplied by {number(here)}." if here else f"{of} is dropped: 0 goes on."),
        "backward": f"The gradient of {of} is multiplied by the same {number(here)}."
        if here
        else f"{of[0].upper()}{of[1:]} was dropped, so no gradient goes back through it.",
    }
    parts = (*_ends(place), *place.part("mask", place.own("mask")))
    return Stage(
        place.layer, "dropout", place.title, place.sample, _where(cell), cell, _crumbs(place, cell), parts, says=says
    )


def join(place: Place) -> Stage:
    """What is put together, and how the gradient of what the branches come from is made up: a share for each way.

    Formula: share_i = g_i · g / (g · g), with g = Σ_i g_i; the shares add up to 1
    """
    cell = _cell(place)
    inputs = [
        part
        for i, source in enumerate(place.inputs, 1)
        for part in (*place.part(f"x{i}", source), *place.part(gradient_name(f"x{i}"), _back_to(place, source)))
    ]
    fork = _fork(place)
    ways = _contributions(place, fork) if fork else ()
    return Stage(
        place.layer,
        "join",
        place.title,
        place.sample,
        _where(cell),
        cell,
        _crumbs(place, cell),
        (
            *inputs,
            *place.part("a", place.output),
            *place.part("a.grad", gradient_name(place.output)),
            *ways,
        ),
        (),
        {"inputs": len(place.inputs)},
        {
            "inputs": tuple(_said(place, source) for source in place.inputs),
            "ways": tuple(_way(place, part) for part in _each(ways)),
        },
        _join_says(place, fork, ways),
    )


def _back_to(place: Place, source: str) -> str:
    """What this layer hands back to one input."""
    return place.handed_back(source) or gradient_name(source)


def _said(place: Place, value: str) -> str:
    """A value by the layer that gives it."""
    name = ValueName.parse(value)
    return Place(place.run, place.traced, name.layer, place.sample).title if name.layer else "input"


def _fork(place: Place) -> str:
    """The input whose gradient comes over several ways: where a skip connection begins."""
    return next((s for s in place.inputs if place.has(str(_part(s, 1))) and place.has(str(_part(s, 2)))), "")


def _part(source: str, count: int) -> ValueName:
    name = ValueName.parse(gradient_name(source))
    return ValueName(name.layer, name.key, name.moment, name.derived, "grad", count)


def _contributions(place: Place, fork: str) -> tuple[StagePart, ...]:
    names: list[str] = []
    while place.has(name := str(_part(fork, len(names) + 1))):
        names.append(name)
    rows = [place.row(name) for name in names]
    whole = place.row(gradient_name(fork))
    return (
        *(part for i, name in enumerate(names, 1) for part in place.part(f"way{i}", name)),
        *place.part("ways", gradient_name(fork)),
        *computed("share", _share(rows, whole), gradient_name(fork)),
    )


def _share(rows: list[Array], whole: Array) -> Array:
    with np.errstate(all="ignore"):
        size = float(np.vdot(whole, whole))
        return np.array([float(np.vdot(row, whole)) / size if size else 0.0 for row in rows])


def _each(ways: tuple[StagePart, ...]) -> tuple[StagePart, ...]:
    """The contributions by themselves: neither their sum nor their shares."""
    return tuple(part for part in ways if part.role not in ("ways", "share"))


def _way(place: Place, part: StagePart) -> str:
    """Through which layer a contribution came."""
    at = place.traced.program.producer.get(part.value)
    return _said(place, f"{place.traced.program.steps[at].layer}.a") if at is not None else ""


def _join_says(place: Place, fork: str, ways: tuple[StagePart, ...]) -> dict[str, str]:
    given = " and ".join(_said(place, source) for source in place.inputs)
    forward = f"{place.title[0].upper()}{place.title[1:]} puts {given} together, cell by cell."
    share = next((part.numbers for part in ways if part.role == "share"), None)
    if share is None or not np.isfinite(share).all():
        return {"forward": forward}
    said = ", ".join(
        f"{number(float(s))} through {_way(place, part)}" for s, part in zip(share, _each(ways), strict=True)
    )
    return {
        "forward": forward,
        "backward": f"Where the ways meet, at {_said(place, fork)}, the gradient's shares are {said}.",
    }


def embedding(place: Place) -> Stage:
    """The table, the rows that the sample takes, how often the batch takes each, and what comes back to them."""
    x, table = place.row("x"), place.array(place.parameter("weight"))
    taken = np.asarray(x, dtype=np.intp).ravel()
    batch = np.asarray(place.array("x"), dtype=np.intp).ravel()
    row, column = _row(place, taken)
    names = place.run.fitting.data.meaning.tokens or ()
    grad = place.grad("weight")
    cell = Cell(grad if place.has(grad) else place.parameter("weight"), (row, column))
    who = names[row] if names else str(row + 1)
    counts = np.bincount(batch, minlength=len(table))
    here = int((taken == row).sum())
    return Stage(
        place.layer,
        "embedding",
        place.title,
        place.sample,
        {"row": row, "column": column},
        cell,
        (Crumb(place.title), Crumb(f"token {who}"), Crumb(f"feature {column + 1}", cell)),
        (
            *place.whole("weight", place.parameter("weight")),
            *place.whole("weight.grad", grad),
            *computed("taken", taken.astype(float), "x"),
            *computed("counts", counts.astype(float), "x"),
            *place.part("a", place.output),
            *place.part("a.grad", gradient_name(place.output)),
        ),
        labels={"tokens": tuple(names), "taken": tuple(names[t] if names else str(t + 1) for t in taken)},
        says=_table_says(who, here, int(counts[row])),
    )


def _table_says(who: str, here: int, all_: int) -> dict[str, str]:
    forward = f"Token {who} is taken {_times(here)} in this sample, and {_times(all_)} in the batch."
    if not all_:
        return {"forward": forward, "backward": f"No sample of the batch has token {who}: its row gets no gradient."}
    comes = f"The gradient of row {who} adds up what comes back to it {_times(all_)}: once for each place that took it."
    return {"forward": forward, "backward": comes}


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _row(place: Place, taken: Array) -> Index:
    """The selected cell's row and column of the table; else those of the largest gradient of the sample."""
    if (found := place.chosen("weight")) is not None and len(found) == 2:
        return found
    if (found := place.chosen("a")) is not None and len(found) == 3:
        return int(taken[found[1]]), found[2]
    grad = gradient_name(place.output)
    at = largest_of(place.row(grad if place.has(grad) else place.output))
    return (int(taken[at[0]]), at[-1]) if len(at) == 2 else (int(taken[0]), at[-1])
