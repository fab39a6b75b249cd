"""What a data set is: its description, its settings and the function that makes its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine.foundation.options import Option

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Rows as they come, and each row's number.

    inputs: (N, D), tokens as whole numbers; targets: labels (N,) or numbers (N, K), with a target at each of T
    positions labels (N, T) or numbers (N, T).
    """

    inputs: Floats
    targets: Integers | Floats
    rows: Integers


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the numbers of a data set stand for, known before any is made.

    features:  the names of the input columns.
    classes:   the names of the labels, none for a regression.
    tokens:    the names of token 0, 1, ... where inputs are tokens.
    positions: how many targets a row has, one at each position; None for one target a row.
    image:     channels, height and width where a row of inputs is an image, in row-major order.
    rows:      how many rows there are where no option says it.
    """

    features: tuple[str, ...]
    classes: tuple[str, ...] = ()
    tokens: tuple[str, ...] | None = None
    positions: int | None = None
    image: tuple[int, int, int] | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class DatasetKind:
    """One data set that can be asked for by name.

    generate: called with a generator and every option but those of splitting and scaling.
    means:    what its numbers stand for, given all options.
    check:    raises ConfigError for options that do not go together, given their path.
    """

    name: str
    title: str
    description: str
    task: Task
    options: tuple[Option, ...]
    generate: Callable[..., Raw]
    means: Callable[[Mapping[str, Any]], Meaning]
    formula: str = ""
    source: str = ""
    samples_maximum: int | None = None
    check: Callable[[Mapping[str, Any], str], None] | None = None

    @property
    def usual(self) -> Meaning:
        """What its numbers stand for with the default options."""
        return self.means({option.name: option.default for option in self.options})


def always(meaning: Meaning) -> Callable[[Mapping[str, Any]], Meaning]:
    """The same meaning whatever the options."""
    return lambda options: meaning


TEST_FRACTION = Option(
    "test_fraction",
    "number",
    0.3,
    "Share of the rows kept aside to test on what was not trained on.",
    title="test fraction",
    minimum=0,
    maximum=1,
    exclusive_maximum=True,
)


def samples_option(default: int = 200, maximum: int | None = None) -> Option:
    """How many rows, from 2 up to all that a table has."""
    return Option(
        "samples",
        "integer",
        default,
        "Number of rows, training and test together.",
        title="samples",
        minimum=2,
        maximum=maximum,
        symbol="N",
    )


def standardize_option(default: bool) -> Option:
    """Whether inputs are moved and scaled to mean 0 and standard deviation 1."""
    text = "Give each input mean 0 and standard deviation 1, measured on the training rows only."
    return Option("standardize", "boolean", default, text, title="standardize")


def noise_option(description: str) -> Option:
    """How far points stray from the exact shape."""
    return Option("noise", "number", 0.1, description, title="noise", minimum=0, maximum=5, symbol=r"\sigma")
