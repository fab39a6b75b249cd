"""Reading a head field by field: what is missing, of another kind or unknown is said with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from app.lessons.blocks import LessonError

_REQUIRED: Any = object()


class Head:
    """A table of a head; `done` refuses the fields that nobody has asked for."""

    def __init__(self, given: Mapping[str, Any], where: str) -> None:
        self._given, self.where = given, where
        self._asked: set[str] = set()

    def _field(self, name: str, kinds: tuple[type, ...], default: Any, what: str) -> Any:
        self._asked.add(name)
        found = self._given.get(name, default)
        if found is _REQUIRED:
            raise LessonError(f"{self.where}: {name} is missing; it is {what}")
        if found is not default and (not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds)):
            raise LessonError(f"{self.where}: {name} is {what}")
        return found

    def text(self, name: str, default: str = _REQUIRED) -> str:
        """A text."""
        return str(self._field(name, (str,), default, "a text"))

    @overload
    def whole(self, name: str, default: int) -> int: ...
    @overload
    def whole(self, name: str, default: None) -> int | None: ...
    def whole(self, name: str, default: int | None) -> int | None:
        """A whole number, not below 0."""
        found: int | None = self._field(name, (int,), default, "a whole number")
        if found is not None and found < 0:
            raise LessonError(f"{self.where}: {name} is 0 or more")
        return found

    def number(self, name: str, default: float) -> float:
        """A number."""
        return float(self._field(name, (int, float), default, "a number"))

    def text_or_whole(self, name: str, default: int) -> str | int:
        """A text or a whole number."""
        found: str | int = self._field(name, (str, int), default, "a text or a whole number")
        return found

    def flag(self, name: str) -> bool:
        """True or false."""
        return bool(self._field(name, (bool,), False, "true or false"))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found: Sequence[Any] = self._field(name, (list,), (), "a list of texts")
        if not all(isinstance(item, str) for item in found):
            raise LessonError(f"{self.where}: {name} is a list of texts")
        return tuple(found)

    def chosen(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """A list of some of these."""
        found = self.texts(name)
        if set(found) - set(allowed):
            raise LessonError(f"{self.where}: {name} lists some of {', '.join(allowed)}")
        return found

    def table(self, name: str) -> Mapping[str, Any]:
        """A table; an empty one where there is none."""
        found: Mapping[str, Any] = self._field(name, (dict,), {}, "a table")
        return found

    def tables(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """A list of tables."""
        found: Sequence[Any] = self._field(name, (list,), (), "a list of tables")
        if not all(isinstance(item, dict) for item in found):
            raise LessonError(f"{self.where}: {name} is a list of tables")
        return tuple(found)

    def done(self) -> None:
        """Refuse what is left over: a field that is spelled wrong would be passed over in silence."""
        unknown = sorted(set(self._given) - self._asked)
        if unknown:
            raise LessonError(f"{self.where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(self._asked))}")
