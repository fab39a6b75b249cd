"""The lessons and cards that come with the server: in a wheel inside app/, in a checkout in static/lessons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.http.assets import folder
from app.lessons.card import Card, parse_cards
from app.lessons.lesson import Lesson, parse_lesson

ORDER = (  # in which one builds on the other
    *("one_weight", "chain_rule", "one_iteration", "one_batch", "losses", "activations", "vanishing"),
    *("learning_rate", "optimizers", "initialization", "overfitting", "exploding", "batch_norm", "shared_weights"),
)


def lessons_folder() -> Path:
    """Where they are."""
    return folder("_lessons", "static/lessons")


@cache
def lessons() -> Mapping[str, Lesson]:
    """All lessons by name, in their order.

    Raises: LessonError.
    """
    paths = ((name, lessons_folder() / f"{name}.md") for name in ORDER)
    return {name: parse_lesson(path.read_text(encoding="utf-8"), name) for name, path in paths if path.is_file()}


@cache
def cards() -> Mapping[str, Card]:
    """All cards by name, file by file.

    Raises: LessonError.
    """
    paths = sorted((lessons_folder() / "cards").glob("*.md"))
    found = [card for path in paths for card in parse_cards(path.read_text(encoding="utf-8"), path.stem)]
    return {card.name: card for card in found}
