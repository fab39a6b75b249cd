"""From a table's text to data for a run: which rows and columns go in, and what every other cell kept out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.data.dataset import load, parse_data
from engine.data.reading.choice import as_target, check_names, chosen, kinds_of, no_inputs, targets_found, why_no_input
from engine.data.reading.column_read import LeftOut, Read, changed, column_of, read_column
from engine.data.reading.columns import MOST_CLASSES, Column
from engine.data.reading.dialect import Row, Sheet, sheet_of
from engine.data.reading.kept_rows import gaps, mended, nothing_left, of_width
from engine.data.reading.numbers_in import goes_in, inputs_of, natural, scale_of, targets_of
from engine.data.reading.wishes import FEWEST, Table, UnfitError, Wishes

MOST_LISTED = 200  # rows left out, and columns read differently
MOST_DRAWN = 100  # columns with bars


@np.errstate(all="ignore")  # numbers near the largest float overflow in a mean, which is then said to be infinite
def read_table(text: str, wishes: Wishes) -> Table:
    """The table as data: numbers as they are, a category as one input per value, the target as classes or numbers.

    Means and deviations of inputs are measured on the training rows when the run is made; the median that fills gaps,
    and the scale of targets that are numbers, on all rows that go in. Where the choice of target and columns makes no
    data, the table says why and has its columns all the same.

    Raises: ConfigError naming the row, column or setting that is wrong, and what to do about it.
    """
    sheet = mended(sheet_of(text, wishes.separator, wishes.decimal, wishes.header), wishes.mends)
    whole = [row for row in sheet.rows if len(row.cells) == len(sheet.names)]
    check_names(sheet, wishes)
    kinds = kinds_of(sheet, whole, wishes)
    reads = [
        read_column(name, kinds[name], [row.cells[i] for row in whole], sheet) for i, name in enumerate(sheet.names)
    ]
    by_name = {read.name: read for read in reads}
    found = targets_found(sheet, kinds, wishes)
    try:
        return _fitted(sheet, whole, by_name, found, wishes)
    except UnfitError as error:
        return _unfit(sheet, by_name, found[0] if found else "", wishes, error.message)


def _fitted(sheet: Sheet, whole: list[Row], by_name: dict[str, Read], found: list[str], wishes: Wishes) -> Table:
    """Raises: UnfitError where nothing can be learned."""
    if len(sheet.rows) < FEWEST:
        raise UnfitError("there is one row only; a run needs at least 2, so add more", "body")
    if not found:
        raise UnfitError(
            "no column can be a target by itself: each is a text for every row, a date or empty; choose one as the "
            "target, or add a column of numbers or of a few classes",
            "body",
        )
    target = found[0]
    by_name[target] = as_target(by_name[target], wishes)
    outs = {name: why_no_input(by_name[name], target, wishes, sheet) for name in sheet.names}
    inputs = chosen(outs, target)
    if not inputs:
        raise UnfitError(no_inputs(outs, target), "column")
    left = [
        *(of_width(row, sheet) for row in sheet.rows if len(row.cells) != len(sheet.names)),
        *gaps(whole, sheet, by_name, inputs, target, wishes),
    ]
    gone = {item.row for item in left}
    kept = [i for i, row in enumerate(whole) if row.number not in gone]
    if len(kept) < FEWEST:
        raise UnfitError(nothing_left(left, sheet), "body")
    return _table(_Fit(sheet, whole, by_name, inputs, target, outs, kept, left), wishes)


def _unfit(sheet: Sheet, reads: dict[str, Read], target: str, wishes: Wishes, refused: str) -> Table:
    """The columns as they are, and why no data is made of them."""
    columns = list[Column]()
    for name, read in reads.items():
        out = why_no_input(read, target, wishes, sheet)
        role = "target" if name == target else "input" if out is None else "out"
        column = column_of(read, role, out or "", [0] * len(read.values), 1, len(columns) < MOST_DRAWN)
        columns.append(replace(column, goes_in_as=goes_in(read, read.values) if role == "input" else ()))
    return Table(
        title=wishes.title,
        sheet=sheet,
        target=target,
        task="regression" if target and reads[target].kind == "number" else "classification",
        columns=tuple(columns),
        classes=(),
        rows=len(sheet.rows),
        train=0,
        test=0,
        out=0,
        left_out=(),
        read_differently=0,
        changed=(),
        data=None,
        refused=refused,
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """What of a sheet goes in: places of its whole rows, columns, and why not the others."""

    sheet: Sheet
    rows: Sequence[Row]
    reads: dict[str, Read]
    inputs: list[str]
    target: str
    outs: Mapping[str, str | None]
    kept: list[int]
    left: list[LeftOut]

    @property
    def aim(self) -> Read:
        return self.reads[self.target]

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the target; none for numbers."""
        if self.aim.kind != "category":
            return ()
        return tuple(sorted({self.aim.values[i] for i in self.kept}, key=natural))


def _table(fit: _Fit, wishes: Wishes) -> Table:
    names_in, matrix = inputs_of(fit.reads, fit.inputs, fit.kept)
    classes = fit.classes
    if len(classes) == 1:
        message = f"every row has the target {classes[0]!r}: there is nothing to tell apart; choose another target"
        raise UnfitError(message, "target")
    targets, mean, std = targets_of(fit.aim, fit.kept, classes, wishes)
    names = [name for columns in names_in.values() for name in columns]
    data = _data(fit, names, matrix, targets, classes, wishes) | scale_of(mean, std)
    loaded = load(parse_data(data), wishes.seed)
    scales = dict(zip(names, zip(loaded.mean.tolist(), loaded.std.tolist(), strict=True), strict=True))
    scaled = {name: [scales[part] for part in parts] for name, parts in names_in.items()}
    if not classes:
        scaled[fit.target] = [(mean, std)]
    others = changed(fit.reads, (*fit.inputs, fit.target), fit.sheet, fit.rows, set(fit.kept))
    return Table(
        title=wishes.title,
        sheet=fit.sheet,
        target=fit.target,
        task="classification" if classes else "regression",
        columns=_columns(fit, classes, names_in, scaled),
        classes=classes,
        rows=len(fit.sheet.rows),
        train=len(loaded.train_inputs),
        test=len(loaded.test_inputs),
        out=len(fit.left),
        left_out=tuple(fit.left[:MOST_LISTED]),
        read_differently=sum(i in fit.reads[name].notes for name in (*fit.inputs, fit.target) for i in fit.kept),
        changed=tuple(others[:MOST_LISTED]),
        data=data,
    )


def _data(
    fit: _Fit, names: list[str], matrix: Any, targets: Any, classes: tuple[str, ...], wishes: Wishes
) -> dict[str, Any]:
    """For a configuration."""
    return {
        "title": wishes.title,
        "inputs": matrix,
        "targets": targets,
        "feature_names": names,
        "class_names": list(classes),
        "target_name": fit.target,
        "rows": [fit.rows[i].number for i in fit.kept],
        "test_fraction": wishes.test_fraction,
        "standardize": wishes.standardize,
    }


def _columns(
    fit: _Fit,
    classes: tuple[str, ...],
    names_in: Mapping[str, tuple[str, ...]],
    scaled: Mapping[str, Sequence[tuple[float, float]]],
) -> tuple[Column, ...]:
    """Every column of the sheet, with its values by class and what they were moved and scaled by."""
    drawn = classes if 0 < len(classes) <= MOST_CLASSES else ()
    labels = [drawn.index(value) if value in drawn else len(drawn) for value in fit.aim.values]
    found = []
    for place, name in enumerate(fit.sheet.names):
        role = "target" if name == fit.target else "input" if name in fit.inputs else "out"
        shown = name == fit.target or place < MOST_DRAWN
        column = column_of(fit.reads[name], role, fit.outs[name] or "", labels, len(drawn) + 1, shown)
        moved = scaled.get(name, ())
        means, deviations = tuple(m for m, _ in moved), tuple(s for _, s in moved)
        found.append(replace(column, goes_in_as=names_in.get(name, ()), mean_in=means, std_in=deviations))
    return tuple(found)
