"""Layers and the data that they are fitted to: the part of a run that an expression does not have."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.config.run_config import RunConfig
from engine.data import Dataset, load
from engine.data.batches import Batches
from engine.foundation.cached import cached_property
from engine.foundation.errors import ConfigError
from engine.model.graph import Graph
from engine.model.layers import times
from engine.model.layers.embedding import Embedding
from engine.model.network import Model, layer_names, takes_tokens
from engine.model.targets import encode
from engine.ops.core.op import Array


class Fitting:
    """A configured model on its data, as arrays; a `Subject`.

    Raises: ConfigError if layers, data and loss do not fit together.
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.data: Dataset = load(config.data, config.seed)
        self.dtype = np.dtype(config.dtype)
        self.outline: Graph = config.outline
        self.names = layer_names(config.layers)
        self.inputs, self.targets = self._arrays(self.data.train_inputs, self.data.train_targets, 0)
        self.test_inputs, self.test_targets = self._arrays(
            self.data.test_inputs, self.data.test_targets, len(self.inputs)
        )
        rows = len(self.inputs)
        self.batches = Batches(rows, min(config.batch_size or rows, rows), config.shuffle, config.seed)
        self.arrays = {"data.inputs": self.inputs, "data.targets": self.targets}

    @cached_property
    def model(self) -> Model:
        """The layers with the loss, over data of these shapes."""
        layers, loss, features = self.config.layers, self.config.loss, self.config.features
        sample, target = self.inputs.shape[1:], self.targets
        return Model(layers, loss, sample, target.shape, target.dtype, self.dtype, features)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that the outputs tell apart; those that the data has no name for are called by their index."""
        names, outputs = self.data.classes, max(self.outline.shapes[self.outline.prediction][-1], 2)
        return (*names, *(str(i) for i in range(len(names), outputs))) if names else ()

    def _arrays(self, inputs: Array, raw: Array, first: int) -> tuple[Array, Array]:
        """Inputs and targets in the run's number type, targets in the form that the loss takes.

        first: where these rows begin among all rows, so that an error names a row as the data does.
        """
        rows = self.data.rows[first:]
        given = self.tokens(inputs, rows) if self.takes_tokens else inputs
        targets = self._encoded(raw, rows)
        return _as(given, self.dtype), _as(targets, self.dtype)

    def _encoded(self, raw: Array, rows: Array) -> Array:
        """Targets as the loss takes them; those of sequences position by position."""
        shape = self.outline.shapes[self.outline.prediction]
        positions = raw.shape[1] if len(shape) == 3 and raw.ndim > 1 else 1
        self._check_positions(raw, shape)
        flat = raw.reshape(-1, *raw.shape[2:]) if len(shape) == 3 else raw
        targets = encode(
            flat,
            classes=len(self.data.classes),
            units=shape[-1],
            loss=self.config.loss,
            activation=self.config.layers[-1].output_activation,
            path="data.targets",
            layer=self.names[-1],
            rows=np.repeat(rows, positions),
        )
        return targets.reshape(-1, positions, *targets.shape[1:]) if len(shape) == 3 else targets

    def _check_positions(self, raw: Array, shape: tuple[int, ...]) -> None:
        """Outputs are rows, or sequences with a target at every position."""
        last = self.names[-1]
        if len(shape) not in (2, 3):
            text = f"{last} gives {times(shape[1:])} a sample, and the loss takes rows; put a flatten layer at the end"
            raise ConfigError(text, f"layers[{len(self.names) - 1}]")
        if len(shape) == 2 and raw.ndim == 2 and raw.dtype.kind == "i":
            raise ConfigError(
                f"the data has {raw.shape[1]} targets a sample, one at each position, and {last} gives one output; "
                "begin with an embedding layer, and let the layers after it keep the positions",
                "data.targets",
            )
        if len(shape) == 3 and (raw.ndim < 2 or raw.shape[1] != shape[1]):
            given = f"{raw.shape[1]} targets" if raw.ndim > 1 else "one target"
            raise ConfigError(
                f"{last} gives an output at each of {shape[1]} positions, and the data has {given} a sample; "
                "make one output of all positions before it, or give a target for each",
                "data.targets",
            )

    def rows(self, test: bool) -> tuple[Array, Array]:
        """Inputs and targets of the training (or test) set."""
        return (self.test_inputs, self.test_targets) if test else (self.inputs, self.targets)

    @property
    def takes_tokens(self) -> bool:
        """Whether inputs are tokens, whole numbers."""
        return takes_tokens(self.config.layers)

    def tokens(self, inputs: Array, rows: Array, path: str = "data.inputs") -> Array:
        """Inputs as whole numbers that every embedding has a row for.

        Raises: ConfigError naming the first that is none.
        """
        named = zip(self.names, self.config.layers, strict=True)
        sizes = {name: layer.tokens for name, layer in named if isinstance(layer, Embedding)}
        name, known = min(sizes.items(), key=lambda item: item[1])
        for n, k in np.argwhere((inputs != np.floor(inputs)) | (inputs < 0) | (inputs >= known))[:1]:
            text = f"{name} takes tokens 0 to {known - 1}; given {inputs[n, k]:g} at row {rows[n]}, column {k}"
            raise ConfigError(text, path)
        return inputs.astype(np.int64)


@np.errstate(all="ignore")  # numbers past the number type's largest are infinite: shown, not warned of
def _as(array: Array, dtype: np.dtype[Any]) -> Array:
    """In the run's number type, row after row; whole numbers (class indices, tokens) as they are."""
    return np.ascontiguousarray(array, array.dtype if array.dtype.kind == "i" else dtype)
