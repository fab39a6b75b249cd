"""The verdict on one number: right, or what was done instead. First match wins, and nothing is remembered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.practice.cells import cell_name
from engine.practice.question import TOLERANCE, CellPlace, FieldVerdict, RewrittenLine, unreadable
from engine.practice.reading import Reading
from engine.practice.slips import Rewrite
from engine.program.program import Program, Step

POWERS = (*range(-6, 0), *range(1, 7))
FEW_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Miss:
    """The number that a slip gives, and the line of code right and wrong."""

    rewrite: Rewrite
    number: float
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Key:
    """All that an answer is compared with.

    right: worked out from what is given; exact: the iteration's own number; others: the cells around it.
    """

    place: CellPlace
    right: float
    exact: float
    batch: int
    misses: tuple[Miss, ...]
    others: tuple[tuple[CellPlace, float], ...]
    program: Program
    step: Step

    def is_right(self, given: float) -> bool:
        """Within the tolerance of what is right; 0 only if that is right."""
        return is_close(given, self.right) or (self.right != 0 and is_close(given, self.exact))


def is_close(given: float, right: float) -> bool:
    """Within the tolerance, which is a share: nothing but 0 is close to 0."""
    return abs(given - right) <= TOLERANCE * abs(right)


def grade_number(read: Reading | str, key: Key, followed: float | None = None) -> FieldVerdict:
    """The verdict on an answer.

    Args: followed: what comes out with the answers of earlier fields, where some of them were wrong.
    """
    if isinstance(read, str):
        return unreadable(read)
    if key.is_right(read.number):
        return FieldVerdict("right", "right", "Right.", place=key.place)
    return (
        _coarse(read, key)
        or _followed(read, followed, key)
        or _slipped(read, key)
        or _scaled(read, key)
        or _elsewhere(read, key)
        or _wrong(key)
    )


def _rounds_to(number: float, read: Reading) -> bool:
    """Whether a number, to as many digits as were typed, is what was typed."""
    if not number or not read.number or not read.digits or not math.isfinite(number):
        return False
    return float(f"{number:.{read.digits - 1}e}") == read.number


def _coarse(read: Reading, key: Key) -> FieldVerdict | None:
    slipped = any(is_close(read.number, miss.number) for miss in key.misses)
    if slipped or read.digits >= FEW_DIGITS or not _rounds_to(key.right, read):
        return None
    text = "That is right as far as it goes: give three digits."
    return FieldVerdict("coarse", "too_coarse", text, place=key.place)


def _followed(read: Reading, followed: float | None, key: Key) -> FieldVerdict | None:
    if followed is None or not followed or not is_close(read.number, followed):
        return None
    text = "Right with your own answer before: this step is as it should be."
    return FieldVerdict("follow_through", "follow_through", text, place=key.place)


def _slipped(read: Reading, key: Key) -> FieldVerdict | None:
    found = [miss for miss in key.misses if is_close(read.number, miss.number)]
    if not found and 1 < read.digits < FEW_DIGITS:
        found = [miss for miss in key.misses if _rounds_to(miss.number, read)]
    if not found:
        return None
    tags = dict.fromkeys(miss.rewrite.slip.tag for miss in found)
    sentences = dict.fromkeys(miss.rewrite.sentence for miss in found)
    first = found[0]
    step = first.rewrite.right
    shown = RewrittenLine(step.index, first.before, first.after)
    return FieldVerdict("slip", "+".join(tags), _either(list(sentences)), step.index, key.place, shown)


def _either(sentences: list[str]) -> str:
    """What was done; where two slips give one number, both are said."""
    if len(sentences) == 1:
        return sentences[0]
    return "This number comes about in more than one way. " + " Or: ".join(sentences)


def _scaled(read: Reading, key: Key) -> FieldVerdict | None:
    if not key.right or not read.number:
        return None
    for tag, factor, text in _factors(key.batch):
        if is_close(read.number, factor * key.right):
            return FieldVerdict("scaled", tag, text, key.step.index, key.place)
    return None


def _factors(batch: int) -> list[tuple[str, float, str]]:
    found = [
        ("sign", -1.0, "The size is right, the sign is the other one."),
        ("twice", 2.0, "That is twice the right number."),
        ("half", 0.5, "That is half the right number."),
    ]
    if batch > 1:
        found += [
            ("times_batch", float(batch), f"That is {batch} times the right number: once for every sample."),
            ("over_batch", 1 / batch, f"That is the right number divided by {batch}, the samples of the batch."),
        ]
    found += [("power_of_ten", 10.0**power, "The digits are right, the power of ten is not.") for power in POWERS]
    return found


def _elsewhere(read: Reading, key: Key) -> FieldVerdict | None:
    if not read.number:
        return None
    for place, other in key.others:
        if is_close(read.number, other):
            name = cell_name(key.program, place.value, place.index)
            return FieldVerdict("other_cell", "other_cell", f"That is another cell: {name}.", key.step.index, place)
    return None


def _wrong(key: Key) -> FieldVerdict:
    """Offers the first thing to look at; the number itself is not given away."""
    first = key.step.inputs[0] if key.step.inputs else key.place.value
    name = cell_name(key.program, first, ())
    text = f"This is none of the usual slips. Look at the first factor, {name}: is it the one of this cell?"
    return FieldVerdict("wrong", "wrong", text, key.step.index, key.place)
