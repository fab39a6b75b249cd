"""Early stopping: the iteration at which training would have ended, read off the evaluated points of a history.

It is an event, not a change of the run: the iterations after it can still be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, parse_options, shown

Monitor = Literal["test_loss", "train_loss"]

STOPPING_OPTIONS = (
    Option("patience", "integer", 10, "Stops after so many evaluated points in a row without improvement.", minimum=1),
    Option(
        "min_delta",
        "number",
        0.0,
        "How far below the best loss a loss must be to count as an improvement.",
        title="smallest improvement",
        minimum=0,
        symbol=r"\delta",
    ),
    Option(
        "monitor",
        "choice",
        "test_loss",
        "Which loss it watches.",
        choices=("test_loss", "train_loss"),
    ),
)


class Evaluated(Protocol):
    """Whole-set losses before an iteration."""

    @property
    def iteration(self) -> int: ...

    @property
    def train_loss(self) -> float: ...

    @property
    def test_loss(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """When to stop: after `patience` points in a row without an improvement by more than `min_delta`.

    Source: Goodfellow et al. 2016, section 7.8, algorithm 7.1.
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: Monitor = "test_loss"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"patience": self.patience, "min_delta": self.min_delta, "monitor": self.monitor}


@dataclass(frozen=True, slots=True)
class Stop:
    """The iteration at which training stops, if it does, and the best one until then, whose parameters to keep."""

    iteration: int | None
    best: int | None


def parse_early_stopping(given: Any, path: str = "early_stopping") -> EarlyStopping | None:
    """An `EarlyStopping` from `{"patience": 5}`; None if there is none.

    Raises: ConfigError for an unknown field or a value out of its range.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ConfigError(f"early_stopping is an object like {{'patience': 5}}; given {shown(given)}", path)
    return EarlyStopping(**parse_options(STOPPING_OPTIONS, given, path))


def stops_at(points: Iterable[Evaluated], spec: EarlyStopping) -> Stop:
    """Where training stops, given the evaluated points in order.

    A point without the loss that is watched says nothing. A loss that is not a number is no improvement.
    """
    lowest, best, waited = float("inf"), None, 0
    for point in points:
        loss = point.test_loss if spec.monitor == "test_loss" else point.train_loss
        if loss is None:
            continue
        if loss < lowest - spec.min_delta:
            lowest, best, waited = loss, point.iteration, 0
        else:
            waited += 1
        if waited == spec.patience:
            return Stop(point.iteration, best)
    return Stop(None, best)
