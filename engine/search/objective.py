"""What makes one trial better than another: a score at the end, the least on the way, or how soon a condition holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from engine.conditions.find import Search as Looking
from engine.foundation.errors import ConfigError, NoDataError
from engine.foundation.options import shown
from engine.run.run import Run

Kind = Literal["test_loss@last", "train_loss@last", "test_accuracy@last", "test_loss@least", "iterations"]
SCORES: tuple[Kind, ...] = ("test_loss@last", "train_loss@last", "test_accuracy@last", "test_loss@least")
UNTIL = "iterations until "


@dataclass(frozen=True, slots=True)
class Objective:
    """kind: which score, or `iterations` for how soon; condition: what has to hold, empty for a score."""

    kind: Kind
    condition: str = ""

    @property
    def text(self) -> str:
        """As it is written in a search."""
        return UNTIL + self.condition if self.condition else self.kind

    @property
    def larger_is_better(self) -> bool:
        """Only of accuracy."""
        return self.kind == "test_accuracy@last"

    @property
    def is_loss(self) -> bool:
        """Whether it is a loss, which is compared by ratios rather than by differences."""
        return self.kind in ("test_loss@last", "train_loss@last", "test_loss@least")

    @property
    def needs_test_set(self) -> bool:
        """Whether there has to be a test set."""
        return self.kind not in ("train_loss@last", "iterations")

    def cost(self, found: float | None) -> float:
        """What is to be small: the objective, turned round where larger is better, infinite where there is none.

        A number that is not one is worse than any other.
        """
        if found is None or math.isnan(found):
            return math.inf
        return -found if self.larger_is_better else found


def parse_objective(given: object, path: str = "objective") -> Objective:
    """An objective from its text.

    Raises: ConfigError for a text that is none; whether a condition can be read, a run has to say.
    """
    if given in SCORES:
        return Objective(next(kind for kind in SCORES if kind == given))
    if isinstance(given, str) and given.startswith(UNTIL) and given.removeprefix(UNTIL).strip():
        return Objective("iterations", given.removeprefix(UNTIL).strip())
    text = f"objective is one of {', '.join(SCORES)}, or like '{UNTIL}train_loss < 0.1'"
    raise ConfigError(f"{text}; given {shown(given)}", path)


def check_objective(objective: Objective, run: Run, iterations: int, path: str = "objective") -> None:
    """Whether a run has what the objective asks for.

    Raises: ConfigError if it has no test set or no classes; NoDataError for an expression; ConditionError.
    """
    if not run.has_data:
        raise NoDataError("a search compares runs on data; this base is an expression", "base")
    if objective.needs_test_set and not len(run.test_inputs):
        raise ConfigError(f"{objective.text} needs a test set; the base has none: give data.test_fraction", path)
    if objective.larger_is_better and run.data.task != "classification":
        raise ConfigError("accuracy is there for classes only; this base is a regression", path)
    if objective.condition:
        Looking(run, objective.condition, iterations, path)
