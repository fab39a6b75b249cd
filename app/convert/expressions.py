"""What a run has to say of its expression over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from app.wire.forms import OPTIONAL
from engine.expressions.latex import formulas
from engine.expressions.model import ExpressionModel
from engine.expressions.names import inputs_of, with_constants
from engine.expressions.parse import parse
from engine.foundation.numbers import Latex
from engine.run.run import Run

LONGEST_TITLE = 40  # characters


@dataclass(frozen=True, slots=True)
class ExpressionBody:
    """The text of an expression."""

    expression: str


@dataclass(frozen=True, slots=True)
class ExpressionInputs:
    """The names that no statement gives a value and that no function has, in the order of their first use."""

    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """How many rows to train and to test on."""

    train: int
    test: int


@dataclass(frozen=True, slots=True)
class LossInfo:
    """The loss; reduction: what the batch's is of those of its samples, none for an expression.

    logarithms: whether outputs are the logarithms of what the targets are, so that exp of them is compared.
    """

    name: str
    title: str
    formula: Latex
    reduction: str | None = None
    logarithms: bool = field(default=False, metadata=OPTIONAL)


@dataclass(frozen=True, slots=True)
class ExpressionInfo:
    """An expression: its statements as formulas, and what is worth knowing of its inputs."""

    statements: tuple[Latex, ...]
    notes: tuple[str, ...]


def expression_fields(run: Run) -> dict[str, Any]:
    """What is there instead of data and layers. Its inputs count as one sample, which every iteration takes."""
    assert isinstance(run.subject, ExpressionModel)
    spec = run.subject.spec
    written = formulas(spec.expression)
    return {
        "kind": "expression",
        "title": title(spec.text),
        "samples": Samples(1, 0),
        "task": None,
        "features": [],
        "classes": [],
        "tokens": None,
        "positions": None,
        "image": None,
        "output_kind": "none",
        "loss": LossInfo("expression", run.subject.listing.loss_name, written[-1]),
        "expression": ExpressionInfo(written, spec.notes),
        "own_units": None,
    }


def expression_inputs(text: Any) -> ExpressionInputs:
    """What numbers an expression asks for."""
    return ExpressionInputs(inputs_of(with_constants(parse(text))))


def title(text: str) -> str:
    """What to call a run: its text in one line, cut where it is long."""
    line = "; ".join(
        part.strip() for part in re.sub("#[^\n]*", "", text).replace(";", "\n").splitlines() if part.strip()
    )
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
