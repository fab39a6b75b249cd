"""What a data set is: its description, its settings and the function that makes its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.options import Option

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Rows as they come: inputs (N, D), targets as labels (N,) or numbers (N, K), and each row's number."""

    inputs: Floats
    targets: Integers | Floats
    rows: Integers


@dataclass(frozen=True, slots=True)
class DatasetKind:
    """One data set that can be asked for by name."""

    name: str
    title: str
    description: str
    task: Task
    features: tuple[str, ...]
    classes: tuple[str, ...]
    options: tuple[Option, ...]
    generate: Callable[..., Raw]  # generate(rng, samples=..., and noise=... where there is such an option)
    formula: str = ""
    source: str = ""
    samples_maximum: int | None = None

    @property
    def inputs(self) -> int:
        """The number of input columns."""
        return len(self.features)


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
