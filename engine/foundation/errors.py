"""What can go wrong in the engine: one small tree, each error with the place that it speaks of."""

from __future__ import annotations


class EngineError(Exception):
    """Base of all engine errors.

    Args: message: what was given, what is allowed, how to fix it.
          path: the place in the configuration or request, like ``layers[1].units``.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class ConfigError(EngineError):
    """A configuration that cannot be: an unknown name, a wrong type, a value out of its range."""


class ShapeError(EngineError):
    """Arrays whose shapes do not fit together."""


class RangeError(EngineError):
    """An iteration, step, index or sample that does not exist."""


class UnknownValueError(EngineError):
    """A value name that the program does not have."""


class NoDataError(EngineError):
    """Something about data was asked of a run that has none."""


class CancelledWorkError(EngineError):
    """The work was no longer wanted, so it stopped."""

    def __init__(self) -> None:
        super().__init__("the work was cancelled before it was done")
