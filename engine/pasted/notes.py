"""What became of each line, said by place: nothing is dropped in silence."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["understood", "ignored", "refused"]
RANKS: tuple[Level, ...] = ("refused", "understood", "ignored")


@dataclass(frozen=True, slots=True)
class Note:
    """What became of a place in the code.

    line, column: from 1; becomes: what of the run it is, in few words; instead: what to write where it was refused.
    """

    line: int
    column: int
    level: Level
    text: str
    becomes: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Default:
    """A setting beside the other library's default; they differ or not."""

    path: str
    yours: Any
    theirs: Any


class RefusedError(Exception):
    """A place that cannot be taken over: why, and what to write instead."""

    def __init__(self, node: ast.AST, text: str, instead: str = "") -> None:
        super().__init__(text)
        self.node, self.text, self.instead = node, text, instead


class SaidBeforeError(RefusedError):
    """A place that takes what was refused where it was made: that refusal says what to do."""

    def __init__(self, node: ast.AST, name: str) -> None:
        super().__init__(node, f"{name} was refused above")


class Refused:
    """What a name stands for whose making was refused."""


@dataclass(slots=True)
class Notes:
    """The notes of a reading, in the order in which they are made."""

    found: list[Note] = field(default_factory=list)

    def understood(self, node: ast.AST, becomes: str, text: str = "") -> None:
        self._add(node, "understood", text or becomes, becomes)

    def ignored(self, node: ast.AST, why: str) -> None:
        self._add(node, "ignored", why, why)

    def refused(self, error: RefusedError) -> None:
        if isinstance(error, SaidBeforeError):
            return self.ignored(error.node, error.text)
        return self._add(error.node, "refused", error.text, "", error.instead)

    def _add(self, node: ast.AST, level: Level, text: str, becomes: str, instead: str = "") -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        self.found.append(Note(line, column, level, text, becomes, instead))

    def drop(self, line: int) -> None:
        """Takes back that a line is ignored: it turned out to matter."""
        self.found = [note for note in self.found if (note.line, note.level) != (line, "ignored")]

    def complete(self, tree: ast.AST, understood: bool) -> None:
        """A note on every line with a statement that has none: what it says was told where it is used.

        Args: understood: whether a network was read; else such lines were not, because of what was refused.
        """
        told = {note.line for note in self.found}
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and told.isdisjoint(range(node.lineno, _head(node) + 1)):
                if understood:
                    self.understood(node, "read with the lines that use it")
                else:
                    self.ignored(node, "not read: something that it belongs to was refused")

    def ordered(self) -> tuple[Note, ...]:
        """Each once, by place; of one line the weightiest first."""
        return tuple(
            sorted(dict.fromkeys(self.found), key=lambda note: (note.line, RANKS.index(note.level), note.column))
        )


def _head(node: ast.stmt) -> int:
    """The last line of a statement; of one that holds others the last before the first of them."""
    body = getattr(node, "body", None)
    return max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
