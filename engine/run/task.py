"""What a run trains, behind one small interface: layers on data, or an expression on its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from engine.config.run_config import RunConfig
from engine.data.batches import Batches
from engine.expressions.config import ExpressionConfig
from engine.expressions.model import ExpressionModel
from engine.model.graph import Computation, Graph
from engine.ops.core.op import Array
from engine.run.supervised_task import Fitting

Config = RunConfig | ExpressionConfig


class Subject(Protocol):
    """What a run needs to know of what it trains.

    names:   of its layers, if it has any.
    outline: what it comes to whatever the batch: parameters, and what is carried from iteration to iteration.
    model:   what programs are compiled from.
    batches: which rows of the data each iteration takes.
    arrays:  the data, by the names that programs have for it.
    """

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def outline(self) -> Graph: ...

    @property
    def model(self) -> Computation: ...

    @property
    def batches(self) -> Batches: ...

    @property
    def arrays(self) -> Mapping[str, Array]: ...


def subject_of(config: Config) -> Subject:
    """What a configuration describes, made runnable.

    Raises: ConfigError if its parts do not fit together.
    """
    return ExpressionModel(config) if isinstance(config, ExpressionConfig) else Fitting(config)


def parse_config(given: Any) -> Config:
    """The configuration of either kind from its JSON form: one with an `expression` is an expression's.

    Raises: ConfigError with the path of what is wrong.
    """
    is_expression = isinstance(given, Mapping) and "expression" in given
    return ExpressionConfig.from_dict(given) if is_expression else RunConfig.from_dict(given)
