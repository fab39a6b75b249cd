"""A table over the wire: what each column is, what was left out and why, and the data that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.convert.config_schema import options_schema
from app.http.problems import over_limit
from app.settings import Limits
from engine.data.reading import Column, LeftOut, Table, Wishes, decoded, read_table, sheet_of
from engine.expressions.drawn import OPTIONS as DRAWN_OPTIONS
from engine.expressions.drawn import drawn_table
from engine.expressions.text import PATH as EXPRESSION
from engine.foundation.errors import ConfigError
from engine.foundation.options import LARGEST_INTEGER
from engine.pasted.table_run import image_shape, run_of

Separator = Literal["tab", "semicolon", "bar", "comma", "space"]
Names = Annotated[list[str], Field(max_length=5000)]


class Asked(BaseModel):
    """What is asked of the reading, as the query of an address."""

    model_config = ConfigDict(extra="forbid")

    target: str | None = Field(None, description="The column to learn; guessed without.")
    column: Names | None = Field(None, description="A column to learn from; once for each. Guessed without.")
    number: Names | None = Field(None, description="A column to be read as numbers.")
    category: Names | None = Field(None, description="A column to be read as categories.")
    separator: Separator | None = Field(None, description="What stands between cells; guessed without.")
    decimal: Literal["point", "comma"] | None = Field(None, description="The decimal mark; guessed without.")
    header: bool | None = Field(None, description="Whether the first line names the columns; guessed without.")
    gaps: Literal["leave_out", "median"] = Field(
        "leave_out", description="What becomes of a row with an empty number: it is left out, or gets the median."
    )
    scaling: Literal["standardize", "none"] = Field(
        "standardize", description="Whether inputs, and targets that are numbers, get mean 0 and deviation 1."
    )
    test_percent: int = Field(30, ge=0, le=90, description="Share of the rows to test with, in percent.")
    title: str = Field("own data", max_length=200, description="What the data is called.")
    image: str = Field("", max_length=11, description="Height and width where a row is a grey image, as `8x8`.")
    mend: Annotated[list[str], Field(max_length=1000)] | None = Field(
        None, description="A cell that is read as something else, once for each: row, column from 0, text: `47,2,51.6`."
    )
    seed: int = Field(0, ge=0, le=LARGEST_INTEGER, description="Of the split and of the run.")

    @property
    def wishes(self) -> Wishes:
        """The same for the engine."""
        return Wishes(
            target=self.target,
            columns=None if self.column is None else tuple(self.column),
            numbers=tuple(self.number or ()),
            categories=tuple(self.category or ()),
            separator=self.separator,
            decimal=self.decimal,
            header=self.header,
            gaps=self.gaps,
            standardize=self.scaling == "standardize",
            scale_target=self.scaling == "standardize",
            test_fraction=self.test_percent / 100,
            mends=tuple(self.mend or ()),
            image=bool(self.image),
            title=self.title or "own data",
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A separator that would do as well, and the first line's cells by it."""

    separator: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """A table that was read.

    rows: in the file; train, test: of those that go in; out: how many do not; left_out: the first of these, each with
    the cell that keeps it out; read_differently: cells that go in as something else than they are written as; changed:
    the first of them in each column.
    readings: where more than one separator is likely. data: for a configuration; config: a first run on it.
    """

    title: str
    separator: str
    decimal: str
    header: bool
    readings: tuple[Reading, ...]
    target: str
    task: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    train: int
    test: int
    out: int
    left_out: tuple[LeftOut, ...]
    read_differently: int
    changed: tuple[LeftOut, ...]
    data: Annotated[dict[str, Any] | None, "The data of a RunConfig; none where it is refused."]
    config: Annotated[dict[str, Any] | None, "A RunConfig on it."]
    refused: Annotated[str, "Why no data can be made of it as it was asked for; empty where it can."]


def table_answer(content: bytes, asked: Asked, limits: Limits) -> TableAnswer:
    """Reads the table; no cell of it is run.

    Raises: Problem past a limit; EngineError naming row, column or setting.
    """
    wishes = asked.wishes
    with _in_the_query():
        text = decoded(content)
        _check_size(text, wishes, limits)
        table = read_table(text, wishes)
        if table.data is None:
            return _answer(table, None, None)
        shape = image_shape(len(table.data["feature_names"]), asked.image)
    data = table.data | ({"image": shape} if shape else {})
    return _answer(table, data, run_of(data, wishes.seed))


def _check_size(text: str, wishes: Wishes, limits: Limits) -> None:
    """Before columns are looked at: that takes its time."""
    sheet = sheet_of(text, wishes.separator, wishes.decimal, wishes.header)
    if len(sheet.rows) > limits.samples:
        found = f"the table has {len(sheet.rows)} rows; leave out all but {limits.samples} of them: rows"
        raise over_limit("samples", limits.samples, f"{found} {len(sheet.rows)}", "body")
    if len(sheet.names) > limits.inputs:
        raise over_limit("inputs", limits.inputs, f"the table's columns: {len(sheet.names)}", "body")


DRAWN_BODY = options_schema(
    "A rule of one or more inputs, and how many points are drawn for it, from where to where.",
    DRAWN_OPTIONS,
    rule={"type": "string", "minLength": 1},
)


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """The points and what the rule says of each, as CSV."""

    text: str


def drawn_answer(given: dict[str, Any]) -> DrawnTable:
    """Draws points and asks the rule about each.

    Raises: EngineError naming the place in the rule, or the setting.
    """
    try:
        return DrawnTable(drawn_table(given))
    except ConfigError as error:
        raise ConfigError(error.message, "rule" if error.path == EXPRESSION else error.path) from error


@contextmanager
def _in_the_query() -> Iterator[None]:
    """What is wrong with a setting is wrong with a part of the query."""
    try:
        yield
    except ConfigError as error:
        path = error.path if error.path == "body" or "." in error.path else f"query.{error.path}"
        raise ConfigError(error.message, path) from error


def _answer(table: Table, data: dict[str, Any] | None, config: dict[str, Any] | None) -> TableAnswer:
    sheet = table.sheet
    return TableAnswer(
        title=table.title,
        separator=sheet.separator,
        decimal=sheet.decimal,
        header=sheet.header,
        readings=tuple(Reading(name, cells[:20]) for name, cells in sheet.readings),
        target=table.target,
        task=table.task,
        classes=table.classes,
        columns=table.columns,
        rows=table.rows,
        train=table.train,
        test=table.test,
        out=table.out,
        left_out=table.left_out,
        read_differently=table.read_differently,
        changed=table.changed,
        data=data,
        config=config,
        refused=table.refused,
    )
