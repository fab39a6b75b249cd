"""A file of lessons or cards: blocks, each a head in TOML between lines of `+++`, and a text in Markdown behind it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MARK = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
_PART = re.compile(r"^\*\*\*[ \t]*$", re.MULTILINE)
MOST_BLOCKS = 100


class LessonError(ValueError):
    """A file that is no lesson: what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class Block:
    """A head and its text; `parts` of a text are parted by a line of ***."""

    where: str
    head: Mapping[str, Any]
    parts: tuple[str, ...]


def read_blocks(text: str, where: str) -> tuple[Block, ...]:
    """The blocks of a file.

    Args:   where: what the file is called in messages.
    Raises: LessonError.
    """
    before, *rest = _MARK.split(text.replace("\r\n", "\n"))
    if before.strip() or not rest or len(rest) % 2:
        raise LessonError(f"{where}: a file begins with a line of +++, and every head ends with another")
    if len(rest) > 2 * MOST_BLOCKS:
        raise LessonError(f"{where}: up to {MOST_BLOCKS} steps; given {len(rest) // 2}")
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return tuple(_block(head, body, f"{where}, block {n}") for n, (head, body) in enumerate(pairs))


def _block(head: str, body: str, where: str) -> Block:
    try:
        return Block(where, tomllib.loads(head), tuple(part.strip() for part in _PART.split(body)))
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{where}: its head is no TOML: {error}") from None
