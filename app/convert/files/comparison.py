"""Two to four runs beside each other as a page to print: what differs, their losses, where they part, their numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any

from app.convert.files.course_picture import DASHES, Curve, Picture, picture
from app.convert.files.solution import number_text
from app.convert.runs import run_title
from app.http.assets import render
from app.runs.workers import Ticket
from engine.analysis.comparison import differing, first_difference, value_difference
from engine.analysis.evaluation import Evaluation, evaluate
from engine.analysis.history import History, history
from engine.analysis.layer_statistics import gradient_norms
from engine.explain.sentences import step_sentence
from engine.foundation.errors import RangeError, UnknownValueError
from engine.run.run import Run

MOST = 4
LETTERS = "ABCD"
NOTHING = "\N{EN DASH}"
SETS = {"train": "training set", "test": "test set"}
SCORES = {"loss": "loss", "accuracy": "accuracy", "r2": "R²"}
LONGEST = 60  # characters of a setting: more are numbers that nobody reads in a table


@dataclass(frozen=True, slots=True)
class Side:
    """A run: its letter, its title, the dashes of its line, and how its loss went."""

    letter: str
    title: str
    run: str
    dashes: str
    course: History


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it tells, and a text for each run."""

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two runs part, None where they do not. words: of the step that wrote the value; apart: by how much."""

    pair: str
    iteration: int | None = None
    value: str = ""
    words: str = ""
    apart: str = ""


def comparison_page(run: Run, others: Sequence[str], get: Callable[[str, str], Run], t: int, ticket: Ticket) -> str:
    """The page of the iterations up to and with `t`; it stands alone, with no script in it.

    Raises: RangeError if there are not two to four runs.
    """
    if not 1 <= len(others) < MOST:
        raise RangeError(f"a run is compared with one to {MOST - 1} others; given {len(others)}", "query.with")
    runs = [run, *(get(other, "query.with") for other in others)]
    sides = [_side(run, letter, t, ticket) for run, letter in zip(runs, LETTERS, strict=False)]
    settings, equal = _settings(runs)
    return render(
        "comparison.html",
        iteration=t,
        sides=sides,
        settings=settings,
        equal=equal,
        pictures=list(_pictures(sides)),
        alike=len({json.dumps(_loss_of(run), sort_keys=True) for run in runs}) == 1,
        partings=[_parting(a, b, t, ticket) for a, b in combinations(zip(LETTERS, runs, strict=False), 2)],
        numbers=_numbers(runs, sides, t, ticket),
        norms=_norms(runs, t, ticket),
    )


def _side(run: Run, letter: str, t: int, ticket: Ticket) -> Side:
    dashes = DASHES[LETTERS.index(letter)]
    return Side(letter, run_title(run), run.config.id, dashes, history(run, 0, t + 1, None, ticket))


def _loss_of(run: Run) -> Any:
    given = run.config.to_dict()
    return given.get("loss", given.get("expression"))


# --- settings --------------------------------------------------------------------------------------------------------


def _settings(runs: Sequence[Run]) -> tuple[list[Row], int]:
    """Each setting in which not all are the same, in the order of the configurations; how many all of them share."""
    given = [run.config.to_dict() for run in runs]
    found = [differing(given[0], other) for other in given[1:]]
    unlike = {(i, item.path): item.there for i, (items, _) in enumerate(found) for item in items}
    first = {item.path: item.here for items, _ in found for item in items}
    rows = [
        Row(path, (_setting(here), *(_setting(unlike.get((i, path), here)) for i in range(len(found)))))
        for path, here in first.items()
    ]
    most = max(len(items) + equal for items, equal in found)
    return rows, most - len(rows)


def _setting(value: Any) -> str:
    """A setting as it is written, the start of a long one; a dash where a run does not have it."""
    if value is None:
        return NOTHING
    if value in ([], {}):
        return "none"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


# --- losses ----------------------------------------------------------------------------------------------------------


def _pictures(sides: Sequence[Side]) -> Iterator[tuple[str, Picture]]:
    """The losses over whole sets; those of the batches where there are no sets."""
    sets = {name: [_points(side.course, name) for side in sides] for name in ("train_loss", "test_loss")}
    if any(sets["train_loss"]):
        yield "Loss, training set", picture(sets["train_loss"])
    else:
        yield "Loss", picture([list(enumerate(side.course.loss.tolist())) for side in sides])
    if any(sets["test_loss"]):
        yield "Loss, test set", picture(sets["test_loss"])


def _points(course: History, name: str) -> Curve:
    found = [(point.iteration, getattr(point, name)) for point in course.points]
    return [(t, value) for t, value in found if value is not None]


# --- where they part -------------------------------------------------------------------------------------------------


def _parting(a: tuple[str, Run], b: tuple[str, Run], t: int, ticket: Ticket) -> Parting:
    (first, here), (second, there) = a, b
    pair = f"{first}, {second}"
    found = first_difference(here, there, t + 1, ticket)
    if found is None:
        return Parting(pair)
    words = "It is there before the first step." if found.step is None else step_sentence(found.step)
    apart = _apart(here, there, found.iteration, found.value, ticket)
    return Parting(pair, found.iteration, found.value, words, apart)


def _apart(here: Run, there: Run, t: int, value: str, ticket: Ticket) -> str:
    """The cell that is farthest apart with its two numbers; why there is none where the shapes differ."""
    try:
        found = value_difference(here, there, t, value, ticket)
    except UnknownValueError as reason:
        return f"{reason}."
    if found.index is None:
        return "Only bits differ that are no number: 0 and \N{MINUS SIGN}0, or two that are not finite."
    cell = f"Cell [{', '.join(map(str, found.index))}] is farthest apart" if found.index else "Its numbers"
    here_text, there_text = (number_text(float(side[found.index])) for side in (found.here, found.there))
    return f"{cell}: {here_text} and {there_text}, {number_text(found.largest)} apart."


# --- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(runs: Sequence[Run], sides: Sequence[Side], t: int, ticket: Ticket) -> list[Row]:
    """What is known of each run at the iteration; a line that no run has is left out."""
    scores = [evaluate(run, t, ticket) if run.has_data else None for run in runs]
    rows = [
        Row("parameters", tuple(str(sum(prod(p.shape) for p in run.parameters)) for run in runs)),
        _row("loss of the batch", [float(side.course.loss[t]) for side in sides]),
        _row("learning rate", [float(side.course.rate[t]) for side in sides]),
        *(_scored(of, key, scores) for of in ("train", "test") for key in SCORES),
    ]
    return [row for row in rows if any(text != NOTHING for text in row.texts)]


def _scored(of: str, key: str, scores: Sequence[Evaluation | None]) -> Row:
    return _row(f"{SCORES[key]}, {SETS[of]}", [getattr(getattr(score, of, None), key, None) for score in scores])


def _norms(runs: Sequence[Run], t: int, ticket: Ticket) -> list[Row]:
    """The gradient's norm of every parameter that some run has."""
    found = [gradient_norms(run, run.trace_at(t, ticket)) for run in runs]
    names = dict.fromkeys(name for norms in found for name in norms)
    return [_row(name, [norms.get(name) for norms in found]) for name in names]


def _row(name: str, numbers: Sequence[float | None]) -> Row:
    return Row(name, tuple(NOTHING if number is None else number_text(number) for number in numbers))
