"""Interview cards: a question, the answer in our own words, what a good one names, and where the studio shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.lessons.blocks import Block, LessonError, read_blocks
from app.lessons.heads import Head
from app.lessons.lesson import Where, parse_where

AskKind = Literal["number", "choice", "order"]
KINDS = ("number", "choice", "order")


@dataclass(frozen=True, slots=True)
class Ask:
    """What can be graded.

    kind:    a `number`, which a measure gives; one of `options`; or all of them in their `order`, as the file has it.
    right:   of the options, from 0.
    """

    kind: AskKind
    label: str
    measure: str = ""
    options: tuple[str, ...] = ()
    right: int = 0
    tolerance: float = 0.005


@dataclass(frozen=True, slots=True)
class SoftmaxPicture:
    """The sample of the place, class by class, under two losses; `until` is the last iteration that is shown."""

    title: str
    until: int


@dataclass(frozen=True, slots=True)
class Card:
    """One card; `lesson` is the lesson that answers it, and `step` the title of the step there that does."""

    name: str
    title: str
    skill: str
    lesson: str
    step: str
    where: Where
    runs: Mapping[str, Where]
    ask: Ask | None
    points: tuple[str, ...]
    claims: tuple[str, ...]
    picture: SoftmaxPicture | None
    question: str
    answer: str


def parse_cards(text: str, name: str) -> tuple[Card, ...]:
    """The cards of a file.

    Raises: LessonError that names the block and the field.
    """
    return tuple(_card(block) for block in read_blocks(text, name))


def _card(block: Block) -> Card:
    head = Head(block.head, block.where)
    if len(block.parts) != 2:
        raise LessonError(f"{block.where}: a card is a question, a line of *** and an answer")
    given, drawn = head.table("ask"), head.table("picture")
    card = Card(
        head.text("name"),
        head.text("title"),
        head.text("skill"),
        head.text("lesson"),
        head.text("step", ""),
        parse_where(Head(head.table("place"), f"{block.where}, place")),
        {run: parse_where(Head(own, f"{block.where}, runs.{run}")) for run, own in head.table("runs").items()},
        _ask(Head(given, f"{block.where}, ask")) if given else None,
        head.texts("points"),
        head.texts("claims"),
        _picture(Head(drawn, f"{block.where}, picture")) if drawn else None,
        *block.parts,
    )
    head.done()
    return card


def _picture(head: Head) -> SoftmaxPicture:
    picture = SoftmaxPicture(head.text("title"), head.whole("until", 60))
    head.done()
    return picture


def _ask(head: Head) -> Ask:
    kind: Any = head.text("kind")
    ask = Ask(
        kind,
        head.text("label", ""),
        head.text("measure", ""),
        head.texts("options"),
        head.whole("right", 0),
        head.number("tolerance", 0.005),
    )
    head.done()
    fits = ask.measure if kind == "number" else ask.right < len(ask.options) > 1 and kind in KINDS
    if not fits:
        raise LessonError(f"{head.where}: a number has a measure, a choice and an order have options")
    return ask
