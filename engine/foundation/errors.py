"""What can go wrong in the engine: one small tree, each error with the place that it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """What a mistake in a setting is about, as data: a form beside the setting says it in fewer words.

    given: what was given, cut to a length that fits; allowed: what would do; remedy: an example of it, if it takes one.
    """

    given: str
    allowed: str
    remedy: str = ""


class EngineError(Exception):
    """Base of all engine errors.

    Args: message: what was given, what is allowed, how to fix it.
          path: the place in the configuration or request, like ``layers[1].units``.
          facts: the same as data, of a value that its setting does not take.
    """

    def __init__(self, message: str, path: str = "", facts: Facts | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.facts = facts
        self.others: tuple[EngineError, ...] = ()

    @property
    def all(self) -> tuple[EngineError, ...]:
        """This one, and those that were found beside it."""
        return self, *self.others


class ConfigError(EngineError):
    """A configuration that cannot be: an unknown name, a wrong type, a value out of its range."""


class ConditionError(EngineError):
    """A text that is no measure, condition or claim of a run."""


class ShapeError(EngineError):
    """Arrays whose shapes do not fit together."""


class RangeError(EngineError):
    """An iteration, step, index or sample that does not exist."""


class UnknownValueError(EngineError):
    """A value name that the program does not have."""


class NoDataError(EngineError):
    """Something about data was asked of a run that has none."""


class CancelledWorkError(EngineError):
    """The work was no longer wanted, so it stopped.

    Args: reached: the iteration up to which training is kept, so that the same work goes on from there; none if all of
          it would be done again.
    """

    def __init__(self, reached: int | None = None) -> None:
        super().__init__("the work was cancelled before it was done")
        self.reached = reached


class Together:
    """Parts that do not depend on each other: what is wrong with any is raised as one, the first with the rest."""

    def __init__(self) -> None:
        self._errors: list[EngineError] = []

    def add(self, *errors: EngineError) -> None:
        """More that is wrong."""
        self._errors += errors

    def attempt(self, part: Callable[..., Any], *needed: Any) -> Any:
        """What `part` makes of what it needs; None if it fails, or if what it needs failed before."""
        if any(item is None for item in needed):
            return None
        try:
            return part(*needed)
        except ConfigError as error:
            self.add(*error.all)
            return None

    def settle(self) -> None:
        """Go on only if nothing was wrong.

        Raises: the first error, with the others in it.
        """
        if self._errors:
            first, *rest = self._errors
            first.others = tuple(rest)
            raise first
