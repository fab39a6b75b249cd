"""What a run trains, behind one small interface: layers on data, or an expression on its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.config.edits import CellEdit
from engine.config.run_config import RunConfig
from engine.data.batches import Batches
from engine.expressions.config import ExpressionConfig
from engine.expressions.model import ExpressionModel
from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown
from engine.model.graph import Computation, Graph
from engine.model.layers import ParameterSpec, times
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


def check_cells(config: Config, parameters: Sequence[ParameterSpec]) -> None:
    """Refuse edits of cells that are not there.

    Raises: ConfigError with the path in the edit.
    """
    shapes = {parameter.name: parameter.shape for parameter in parameters}
    for edit in config.edits:
        if isinstance(edit, CellEdit):
            _check_cell(edit, shapes)


def _check_cell(edit: CellEdit, shapes: Mapping[str, tuple[int, ...]]) -> None:
    if edit.parameter not in shapes:
        text = unknown(f"unknown parameter {edit.parameter!r}", edit.parameter, shapes, "this run has")
        raise ConfigError(text, f"{edit.path}.parameter")
    shape = shapes[edit.parameter]
    if len(edit.index) != len(shape) or any(i >= n for i, n in zip(edit.index, shape, strict=True)):
        text = f"{edit.parameter} is {times(shape)}; index {list(edit.index)} is not in it"
        raise ConfigError(text, f"{edit.path}.index")


def parse_config(given: Any) -> Config:
    """The configuration of either kind from its JSON form: one with an `expression` is an expression's.

    Raises: ConfigError with the path of what is wrong.
    """
    is_expression = isinstance(given, Mapping) and "expression" in given
    if isinstance(given, Mapping) and "format" in given and isinstance(given.get("config"), Mapping):
        raise ConfigError(
            "this is an exported run; its configuration is what stands under 'config': give that", "config"
        )
    return ExpressionConfig.from_dict(given) if is_expression else RunConfig.from_dict(given)
