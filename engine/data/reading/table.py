"""From a table's text to data for a run: which rows and columns go in, and what every other cell kept out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from engine.data.dataset import load, parse_data
from engine.data.reading.cells import cut, number
from engine.data.reading.column_read import LeftOut, Read, changed, column_of, left_out, read_column
from engine.data.reading.columns import (
    COUNTS,
    MOST_CLASSES,
    Column,
    Kind,
    class_like,
    kind_of,
    why_out,
)
from engine.data.reading.dialect import DECIMALS, WIDEST, Row, Sheet, sheet_of
from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown

Gaps = Literal["leave_out", "median"]
GAPS: tuple[Gaps, ...] = get_args(Gaps)
USUAL_TARGETS = ("target", "label", "class", "species", "y", "output")
MOST_LISTED = 200  # rows left out, and columns read differently
MOST_DRAWN = 100  # columns with bars
FEWEST = 2  # rows that a run can be made of


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of the reading; None where it is to be guessed.

    columns:     the inputs, instead of all that can be;
    numbers, categories: columns to be read so;
    gaps:        what becomes of a row with an empty input: it is left out, or gets the median of its column.
    mends:       cells that are read as something else: row, column from 0, text, as `47,2,51.6`;
    image:       whether the numbers of a row are an image: then each of them goes in, also one that is always the same;
    scale_target: whether targets that are numbers are moved to mean 0 and scaled to standard deviation 1.
    """

    target: str | None = None
    columns: tuple[str, ...] | None = None
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    separator: str | None = None
    decimal: str | None = None
    header: bool | None = None
    gaps: Gaps = "leave_out"
    standardize: bool = True
    scale_target: bool = True
    test_fraction: float = 0.3
    title: str = "own data"
    seed: int = 0
    mends: tuple[str, ...] = ()
    image: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read.

    rows: in the file; train, test: how many of those that go in; left_out: the first of them, `out` counts all;
    changed: for each column a first cell that was read differently, `read_differently` counts all; classes: of the
    target, none for numbers; data: for a configuration; refused: why there is none, with what to do about it.
    """

    title: str
    sheet: Sheet
    target: str
    task: Literal["classification", "regression"]
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    rows: int
    train: int
    test: int
    out: int
    left_out: tuple[LeftOut, ...]
    read_differently: int
    changed: tuple[LeftOut, ...]
    data: dict[str, Any] | None
    refused: str = ""


class UnfitError(ConfigError):
    """A table that can be read, and makes no data by what was chosen of it."""


@np.errstate(all="ignore")  # numbers near the largest float overflow in a mean, which is then said to be infinite
def read_table(text: str, wishes: Wishes) -> Table:
    """The table as data: numbers as they are, a category as one input per value, the target as classes or numbers.

    Means and deviations of inputs are measured on the training rows when the run is made; the median that fills gaps,
    and the scale of targets that are numbers, on all rows that go in. Where the choice of target and columns makes no
    data, the table says why and has its columns all the same.

    Raises: ConfigError naming the row, column or setting that is wrong, and what to do about it.
    """
    sheet = _mended(sheet_of(text, wishes.separator, wishes.decimal, wishes.header), wishes.mends)
    whole = [row for row in sheet.rows if len(row.cells) == len(sheet.names)]
    _check_names(sheet, wishes)
    kinds = _kinds(sheet, whole, wishes)
    reads = [
        read_column(name, kinds[name], [row.cells[i] for row in whole], sheet) for i, name in enumerate(sheet.names)
    ]
    by_name = {read.name: read for read in reads}
    found = _targets_found(sheet, kinds, wishes)
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
    by_name[target] = _as_target(by_name[target], wishes)
    outs = {name: _out(by_name[name], target, wishes, sheet) for name in sheet.names}
    inputs = _chosen(outs, target)
    if not inputs:
        raise UnfitError(_no_inputs(outs, target), "column")
    left = [
        *(_of_width(row, sheet) for row in sheet.rows if len(row.cells) != len(sheet.names)),
        *_gaps(whole, sheet, by_name, inputs, target, wishes),
    ]
    gone = {item.row for item in left}
    kept = [i for i, row in enumerate(whole) if row.number not in gone]
    if len(kept) < FEWEST:
        raise UnfitError(_nothing(left, sheet), "body")
    return _table(sheet, whole, by_name, inputs, target, outs, kept, left, wishes)


def _chosen(outs: dict[str, str | None], target: str) -> list[str]:
    """The inputs; columns that number the rows are among them where there are no others."""
    inputs = [name for name, why in outs.items() if name != target and why is None]
    counting = [name for name, why in outs.items() if why == COUNTS]
    if not inputs:
        outs.update(dict.fromkeys(counting))
    return inputs or counting


def _no_inputs(outs: dict[str, str | None], target: str) -> str:
    reasons = [f"{name} ({why})" for name, why in outs.items() if why]
    out = f": {', '.join(reasons[:3])}{' and others' * (len(reasons) > 3)}" if reasons else ""
    return f"no column is left to learn {target!r} from{out}; tick one, or choose another target"


def _unfit(sheet: Sheet, reads: dict[str, Read], target: str, wishes: Wishes, refused: str) -> Table:
    """The columns as they are, and why no data is made of them."""
    columns = list[Column]()
    for name, read in reads.items():
        out = _out(read, target, wishes, sheet)
        role = "target" if name == target else "input" if out is None else "out"
        column = column_of(read, role, out or "", [0] * len(read.values), 1, len(columns) < MOST_DRAWN)
        columns.append(replace(column, goes_in_as=_goes_in(read, read.values) if role == "input" else ()))
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


def _mended(sheet: Sheet, mends: tuple[str, ...]) -> Sheet:
    """The sheet with other cells in the places that are named."""
    rows = list(sheet.rows)
    for mend in mends:
        number, at, text = (*mend.split(",", 2), "", "")[:3]
        row = int(number) if number.isdecimal() and len(number) < 9 else 0
        column = int(at) if at.isdecimal() and len(at) < 9 else WIDEST
        if not (1 <= row <= len(rows) and column < len(rows[row - 1].cells)):
            message = f"a mend is row, column from 0, text, as 47,2,51.6, of a cell that there is; given {mend[:40]!r}"
            raise ConfigError(message, "mend")
        cells = rows[row - 1].cells
        rows[row - 1] = replace(rows[row - 1], cells=(*cells[:column], text.strip(), *cells[column + 1 :]))
    return replace(sheet, rows=tuple(rows))


def _of_width(row: Row, sheet: Sheet) -> LeftOut:
    reason = f"{len(row.cells)} cells, the table has {len(sheet.names)} columns"
    at = min(len(row.cells), len(sheet.names)) - 1
    return LeftOut(row.number, sheet.names[at], cut(row.cells[at]), row.cells, at, reason)


def _check_names(sheet: Sheet, wishes: Wishes) -> None:
    asked = {"target": [wishes.target] if wishes.target is not None else [], "column": wishes.columns or ()}
    asked |= {"number": wishes.numbers, "category": wishes.categories}
    for field, names in asked.items():
        for name in names:
            if name not in sheet.names:
                message = unknown(f"the table has no column {name[:60]!r}", name, sheet.names, "it has:")
                raise ConfigError(message, field)


def _kinds(sheet: Sheet, rows: Sequence[Row], wishes: Wishes) -> dict[str, Kind]:
    decimal = DECIMALS[sheet.decimal]
    found = {name: kind_of([row.cells[i] for row in rows], decimal) for i, name in enumerate(sheet.names)}
    for name in wishes.numbers:
        found[name] = "number"
    for name in wishes.categories:
        found[name] = "category"
    return found


def _targets_found(sheet: Sheet, kinds: dict[str, Kind], wishes: Wishes) -> list[str]:
    """The one asked for; else those that are called so, the last category, or the last column with numbers."""
    if wishes.target is not None:
        return [wishes.target]
    usual = [name for name in sheet.names if name.strip().lower() in USUAL_TARGETS and kinds[name] != "name"]
    last = [name for name in sheet.names[-1:] if kinds[name] in ("category", "number")]
    others = [name for name in reversed(sheet.names) if kinds[name] in ("category", "number")]
    return [*usual, *last, *others]


def _as_target(read: Read, wishes: Wishes) -> Read:
    """A target of few whole numbers stands for classes, unless it is asked for as numbers."""
    numbers = [value for value in read.values if value is not None]
    if read.kind == "number":
        if read.name in wishes.numbers or read.unreadable or not class_like(numbers):
            return read
        texts = [None if value is None else f"{value:.0f}" for value in read.values]
        return replace(read, kind="category", values=texts)
    return replace(read, kind="category")


def _out(read: Read, target: str, wishes: Wishes, sheet: Sheet) -> str | None:
    """Why a column is no input; None for one that is."""
    if read.name == target:
        return None
    if wishes.columns is not None:
        if read.name not in wishes.columns:
            return ""
        if read.kind in ("name", "date"):
            read.kind = "category"
        return None
    if wishes.image:
        return None if read.kind == "number" else ""
    return why_out(read.name, read.kind, read.cells, DECIMALS[sheet.decimal]) or None


def _gaps(
    rows: Sequence[Row], sheet: Sheet, reads: dict[str, Read], inputs: list[str], target: str, wishes: Wishes
) -> list[LeftOut]:
    """Rows that do not go in: unreadable cells first, then targets that are missing, then gaps."""
    unreadable: dict[int, LeftOut] = {}
    without: dict[int, LeftOut] = {}
    gaps: dict[int, LeftOut] = {}
    for name in (*inputs, target):
        read, at = reads[name], sheet.names.index(name)
        for i, row in enumerate(rows):
            if read.values[i] is not None:
                continue
            if i in read.unreadable:
                unreadable.setdefault(row.number, left_out(row, name, at, read.unreadable[i]))
            elif name == target:
                without.setdefault(row.number, left_out(row, name, at, "empty: without a target it cannot train"))
            elif wishes.gaps == "leave_out" or read.kind != "number":
                gaps.setdefault(row.number, left_out(row, name, at, "empty"))
    found = gaps | without | unreadable
    order = {number: (0 if number in unreadable else 1 if number in without else 2, number) for number in found}
    return [found[number] for number in sorted(found, key=order.__getitem__)]


def _nothing(left: Sequence[LeftOut], sheet: Sheet) -> str:
    first = left[0]
    kept = len(sheet.rows) - len({item.row for item in left})
    return (
        f"{kept} of {len(sheet.rows)} rows are left, a run needs {FEWEST}; row {first.row}, column {first.column}: "
        f"{first.reason}. Leave that column out, fill gaps with the median, or choose another target"
    )


def _table(
    sheet: Sheet,
    rows: list[Row],
    reads: dict[str, Read],
    inputs: list[str],
    target: str,
    outs: dict[str, str | None],
    kept: list[int],
    left: list[LeftOut],
    wishes: Wishes,
) -> Table:
    goes_in, matrix = _inputs(reads, inputs, kept)
    names = [name for columns in goes_in.values() for name in columns]
    aim = reads[target]
    classes = tuple(sorted({aim.values[i] for i in kept}, key=_natural)) if aim.kind == "category" else ()
    if len(classes) == 1:
        message = f"every row has the target {classes[0]!r}: there is nothing to tell apart; choose another target"
        raise UnfitError(message, "target")
    targets, mean, std = _targets(aim, kept, classes, wishes)
    data: dict[str, Any] = {
        "title": wishes.title,
        "inputs": matrix,
        "targets": targets,
        "feature_names": names,
        "class_names": list(classes),
        "target_name": target,
        "rows": [rows[i].number for i in kept],
        "test_fraction": wishes.test_fraction,
        "standardize": wishes.standardize,
    }
    loaded = load(parse_data(data), wishes.seed)
    scale = dict(zip(names, zip(loaded.mean.tolist(), loaded.std.tolist(), strict=True), strict=True))
    drawn = classes if 0 < len(classes) <= MOST_CLASSES else ()
    labels = [drawn.index(v) if v in drawn else len(drawn) for v in aim.values]
    columns: list[Column] = []
    for name in sheet.names:
        role = "target" if name == target else "input" if name in inputs else "out"
        shown = name == target or len(columns) < MOST_DRAWN
        column = column_of(reads[name], role, outs[name] or "", labels, len(drawn) + 1, shown)
        scaled = [(mean, std)] if name == target and not classes else [scale[part] for part in goes_in.get(name, ())]
        columns.append(
            replace(
                column,
                goes_in_as=goes_in.get(name, ()),
                mean_in=tuple(m for m, _ in scaled),
                std_in=tuple(s for _, s in scaled),
            )
        )
    others = changed(reads, (*inputs, target), sheet, rows, set(kept))
    return Table(
        title=wishes.title,
        sheet=sheet,
        target=target,
        task="classification" if classes else "regression",
        columns=tuple(columns),
        classes=classes,
        rows=len(sheet.rows),
        train=len(loaded.train_inputs),
        test=len(loaded.test_inputs),
        out=len(left),
        left_out=tuple(left[:MOST_LISTED]),
        read_differently=sum(i in reads[name].notes for name in (*inputs, target) for i in kept),
        changed=tuple(others[:MOST_LISTED]),
        data=data,
    )


def _natural(name: str) -> tuple[int, float, str]:
    """Numbers in their order, then texts in theirs."""
    found = number(name, ".")
    return (0, found.value, name) if found else (1, 0.0, name)


def _inputs(reads: dict[str, Read], names: list[str], kept: list[int]) -> tuple[dict[str, tuple[str, ...]], Any]:
    """What each column goes in as, and the rows."""
    goes_in: dict[str, tuple[str, ...]] = {}
    parts = []
    for name in names:
        read = reads[name]
        goes_in[name] = _goes_in(read, [read.values[i] for i in kept])
        if read.kind == "number":
            parts.append(_filled(read, kept)[:, None])
            continue
        values = _different([read.values[i] for i in kept])
        parts.append(np.array([[float(read.values[i] == value) for value in values] for i in kept]))
    return goes_in, np.concatenate(parts, axis=1).tolist()


def _goes_in(read: Read, values: Sequence[Any]) -> tuple[str, ...]:
    return (read.name,) if read.kind == "number" else tuple(f"{read.name} = {value}" for value in _different(values))


def _different(values: Sequence[Any]) -> list[str]:
    return sorted({value for value in values if value is not None}, key=_natural)


def _filled(read: Read, kept: list[int]) -> np.ndarray:
    """Numbers of the rows that go in; a gap that is still there gets the median of the others."""
    column = np.array([np.nan if read.values[i] is None else read.values[i] for i in kept], dtype=np.float64)
    if np.isnan(column).all():
        raise UnfitError(f"column {read.name!r} has no number to take a median of; leave it out", "column")
    return np.where(np.isnan(column), np.nanmedian(column), column)


def _targets(aim: Read, kept: list[int], classes: tuple[str, ...], wishes: Wishes) -> tuple[Any, float, float]:
    """Class indices, or rows of one number, and what these were moved and scaled by."""
    if classes:
        place = {name: i for i, name in enumerate(classes)}
        return [place[aim.values[i]] for i in kept], 0.0, 1.0
    values = np.array([aim.values[i] for i in kept])
    mean, std = (float(values.mean()), float(values.std())) if wishes.scale_target else (0.0, 1.0)
    mean, std = (mean, std) if std > 0 and np.isfinite(std) else (mean if np.isfinite(mean) else 0.0, 1.0)
    return ((values - mean) / std)[:, None].tolist(), mean, std
