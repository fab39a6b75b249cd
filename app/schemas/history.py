"""Series over many iterations."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from app.schemas.common import Number, Wire
from app.schemas.iterations import Nonfinite


class Point(Wire):
    """A number at an iteration."""

    iteration: int
    value: Number


class Series(Wire):
    """Series over the iterations from `from` up to, but without, `to`."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, serialize_by_alias=True)

    from_: Annotated[int, Field(alias="from")]
    to: int
    loss: list[Number]
    train_loss: list[Point]
    test_loss: list[Point]
    accuracy: list[Point]
    learning_rate: list[Number]
    clipped: list[int]


class Stop(Wire):
    """Where early stopping ends training (null if not yet), and the best iteration until then."""

    iteration: int | None
    best: int | None


class History(Series):
    """The series, where the run stopped being finite, and where early stopping ends it; null without."""

    first_nonfinite: Nonfinite | None
    early_stopping: Stop | None
