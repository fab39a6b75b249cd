"""Interview cards filled in, and how an answer to one does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Literal

from app.convert.learn.lessons import LessonClaim
from app.convert.learn.scene import LessonPlace, RunOf, Scene
from app.lessons.card import Ask, AskKind, Card, SoftmaxPicture
from app.lessons.files import lessons
from app.lessons.markdown import number_html, to_html
from engine.analysis.samples.softmax_slopes import SoftmaxSlopes, slopes_of_sample
from engine.execution.cancellation import Wanted
from engine.practice.reading import read_number
from engine.run.run import Run

COARSE = 10  # times the tolerance: that near, it was only rounded too much
Verdict = Literal["right", "coarse", "wrong", "unreadable"]


@dataclass(frozen=True, slots=True)
class CardEntry:
    """A card in the list of all."""

    name: str
    title: str
    skill: str
    lesson: str
    graded: bool


@dataclass(frozen=True, slots=True)
class CardAsk:
    """What can be graded: a number, one of the options, or their order; the answer is not in it."""

    kind: AskKind
    label: str
    options: Annotated[tuple[str, ...], "Of an order in a shuffled one."]
    tolerance: Annotated[float, "A share of the number."]


@dataclass(frozen=True, slots=True)
class ClassesMoment:
    """A sample at one iteration: a number for each class, and what each column sums to."""

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    cross_entropy: Annotated[tuple[float, ...], "Its slope in the scores: p − y."]
    squared_error: Annotated[tuple[float, ...], "Its slope in the scores: 2p (d − Σ dp), with d = p − y."]
    sums: Annotated[tuple[float, float, float], "Of probabilities and both slopes."]
    loss: float
    harder: Annotated[float, "How many times harder cross-entropy pulls the right class up."]


@dataclass(frozen=True, slots=True)
class ClassesPicture:
    """The sample of a card's place under two losses, from iteration 0 on; `right` is its class, from 0."""

    title: str
    classes: tuple[str, ...]
    right: int
    moments: tuple[ClassesMoment, ...]


@dataclass(frozen=True, slots=True)
class FilledCard:
    """A card with every number filled in."""

    name: str
    title: str
    skill: str
    lesson: str
    lesson_step: Annotated[int, "Which of the lesson's steps answers it, from 1; the first where none is named."]
    question: Annotated[str, "HTML."]
    ask: CardAsk | None
    answer: Annotated[str, "HTML."]
    points: Annotated[tuple[str, ...], "What a good answer names."]
    place: LessonPlace
    claims: tuple[LessonClaim, ...]
    picture: ClassesPicture | None


@dataclass(frozen=True, slots=True)
class CardGrade:
    """How an answer does."""

    verdict: Verdict
    score: Annotated[float, "From 0 to 1."]
    sentence: Annotated[str, "HTML."]


def card_entry(card: Card) -> CardEntry:
    """A card in the list."""
    return CardEntry(card.name, card.title, card.skill, card.lesson, card.ask is not None)


def scene_of(card: Card, run_of: RunOf, cancelled: Wanted | None = None) -> Scene:
    """A card's place and its numbers."""
    return Scene(card.where, card.runs, run_of, cancelled)


def filled_card(card: Card, run_of: RunOf, cancelled: Wanted | None = None) -> FilledCard:
    """A card with its numbers.

    Raises: EngineError for a place, a number or a claim that cannot be; CancelledWorkError.
    """
    scene = scene_of(card, run_of, cancelled)
    return FilledCard(
        card.name,
        card.title,
        card.skill,
        card.lesson,
        _step_of(card),
        to_html(card.question, scene.fill),
        _shown_ask(card.ask) if card.ask else None,
        to_html(card.answer, scene.fill),
        card.points,
        scene.place(),
        tuple(LessonClaim(text, scene.holds(text)) for text in card.claims),
        _picture(card.picture, card, scene.run(), cancelled) if card.picture else None,
    )


def _picture(picture: SoftmaxPicture, card: Card, run: Run, cancelled: Wanted | None) -> ClassesPicture:
    iteration, sample = card.where.iteration, card.where.sample or 0
    moments = list(slopes_of_sample(run, iteration, sample, picture.until, cancelled))
    right = int(moments[0].cross_entropy.argmin())
    return ClassesPicture(picture.title, run.classes, right, tuple(_moment(m, right) for m in moments))


def _moment(slopes: SoftmaxSlopes, right: int) -> ClassesMoment:
    columns = (slopes.probabilities, slopes.cross_entropy, slopes.squared_error)
    p, entropy, squared = (tuple(map(float, column)) for column in columns)
    sums = (sum(p), sum(entropy), sum(squared))
    harder = entropy[right] / squared[right] if squared[right] else math.inf
    return ClassesMoment(tuple(map(float, slopes.scores)), p, entropy, squared, sums, slopes.loss, harder)


def _step_of(card: Card) -> int:
    titles = [step.title for step in lessons()[card.lesson].steps]
    return 1 + titles.index(card.step) if card.step else 1


def _shown_ask(ask: Ask) -> CardAsk:
    options = tuple(ask.options[i] for i in shuffled(ask.options)) if ask.kind == "order" else ask.options
    return CardAsk(ask.kind, ask.label, options, ask.tolerance)


def shuffled(options: tuple[str, ...]) -> list[int]:
    """An order that tells nothing, and is the same every time; never the right one."""
    found = sorted(range(len(options)), key=lambda i: blake2b(options[i].encode()).digest())
    return found if found != sorted(found) else found[::-1]


def grade_card(card: Card, answer: str, run_of: RunOf, cancelled: Wanted | None = None) -> CardGrade | None:
    """How an answer does: of a number as text, of a choice by its position, of an order by positions, `2,0,1`.

    Returns: None for a card that nobody can grade.
    Raises:  EngineError; CancelledWorkError.
    """
    ask = card.ask
    if ask is None:
        return None
    if ask.kind == "number":
        return _number_grade(ask, answer, scene_of(card, run_of, cancelled).number(ask.measure))
    return _order_grade(ask, answer) if ask.kind == "order" else _choice_grade(ask, answer)


def _number_grade(ask: Ask, answer: str, truth: float) -> CardGrade:
    given = read_number(answer)
    if isinstance(given, str):
        return CardGrade("unreadable", 0.0, f"{given[:1].upper()}{given[1:]}.")
    off, said = abs(given.number - truth), f"It is {number_html(truth, 4)}."
    if off <= ask.tolerance * abs(truth) + 1e-12:
        return CardGrade("right", 1.0, said)
    coarse = off <= COARSE * ask.tolerance * abs(truth)
    return CardGrade("coarse", 0.5, f"Nearly. {said}") if coarse else CardGrade("wrong", 0.0, said)


def _choice_grade(ask: Ask, answer: str) -> CardGrade:
    if answer not in map(str, range(len(ask.options))):
        return CardGrade("unreadable", 0.0, "The position of one of the options, from 0.")
    right = int(answer) == ask.right
    said = f"It is: {ask.options[ask.right]}."
    return CardGrade("right", 1.0, said) if right else CardGrade("wrong", 0.0, said)


def _order_grade(ask: Ask, answer: str) -> CardGrade:
    """By how many neighbours stand the right way round."""
    shown, count = shuffled(ask.options), len(ask.options)
    parts = [part.strip() for part in answer.split(",")]
    if sorted(parts) != sorted(map(str, range(count))):
        return CardGrade("unreadable", 0.0, "All positions, each once, such as 2,0,1.")
    order = [shown[int(part)] for part in parts]
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    score = sum(a < b for a, b in pairs) / len(pairs)
    said = "The order is: " + ", ".join(ask.options) + "."
    return CardGrade("right" if score == 1 else "wrong", score, said)
