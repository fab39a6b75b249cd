"""RunConfig: the configuration of a run that fits layers to data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np

from engine.config.base_config import COMMON_OPTIONS, Configuration, not_an_object, parse_plain
from engine.data import DataSpec, parse_data
from engine.foundation.cached import cached_property
from engine.foundation.errors import ConfigError, Together
from engine.foundation.options import Option, shown
from engine.model.graph import Graph
from engine.model.layers import Layer, parse_layer
from engine.model.losses import LossSpec, parse_loss
from engine.model.network import outline
from engine.model.targets import as_meant
from engine.ops.dense.feature_names import parse_feature
from engine.program.feedback_alignment import BackwardSpec, parse_backward
from engine.update.early_stopping import EarlyStopping, parse_early_stopping
from engine.update.update_spec import SECTIONS, parse_update

RUN_OPTIONS = (
    *COMMON_OPTIONS,
    Option(
        "batch_size",
        "integer",
        None,
        "Samples in one iteration; without a number, or with more than there are training rows, all of them. The last "
        "batch of an epoch may be smaller.",
        title="batch size",
        minimum=1,
        nullable=True,
    ),
    Option("shuffle", "boolean", True, "Whether each epoch takes the samples in a new order."),
)
FEATURES = 4096  # made of the raw inputs
_OWN = ("data", "features", "layers", "loss", "backward", *SECTIONS, "early_stopping", "edits")


@dataclass(frozen=True, kw_only=True)
class RunConfig(Configuration):
    """Everything that a run of layers on data depends on.

    Args: see the fields; `features` are made of the raw inputs, none to take these as they are; `backward` is a variant
          of backpropagation, none for the true gradient.
    """

    data: DataSpec
    layers: tuple[Layer, ...]
    loss: LossSpec
    batch_size: int | None = None
    shuffle: bool = True
    features: tuple[str, ...] = ()
    backward: BackwardSpec | None = None
    early_stopping: EarlyStopping | None = None

    @cached_property
    def outline(self) -> Graph:
        """What the layers come to, whatever the batch."""
        return _outline(self.layers, self.data, self.features, self.dtype)

    def _but(self, **changed: Any) -> Self:
        """What its layers come to, whatever is drawn, is not made once more either."""
        other = super()._but(**changed)
        vars(other)["outline"] = self.outline
        return other

    @classmethod
    def from_dict(cls, given: Any) -> RunConfig:
        """The configuration from its JSON form, defaults filled in.

        Raises: ConfigError with the path of what is wrong.
        """
        if not isinstance(given, Mapping):
            raise not_an_object(given)
        together = Together()
        attempt = together.attempt
        plain = attempt(lambda: parse_plain(RUN_OPTIONS, _OWN, given, "a run"))
        data = attempt(lambda: parse_data(_required(given, "data", '{"name": "circle"}'), "data"))
        features = attempt(lambda known: parse_features(given.get("features"), len(known.columns)), data)
        layers = attempt(lambda: _parse_layers(_required(given, "layers", '[{"type": "dense", "units": 1}]')))
        loss = attempt(lambda: parse_loss(given.get("loss", "mse"), "loss"))
        model = attempt(_outline, layers, data, features, (plain or {}).get("dtype", "float64"))
        attempt(_check_inline_range, data, (plain or {}).get("dtype", "float64"))
        parts = {
            "data": attempt(_read_as_meant, data, loss, layers, model),
            "update": attempt(lambda: parse_update(given)),
            "backward": attempt(partial(parse_backward, given.get("backward")), layers, model),
            "early_stopping": attempt(lambda: parse_early_stopping(given.get("early_stopping"))),
        }
        together.settle()
        if "shuffle" not in given:
            plain["shuffle"] = not data.inline
        config = cls(features=features, layers=layers, loss=loss, **parts, **plain)
        return config.with_edits(given.get("edits", []), "edits")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, normalized: equal configurations give equal dicts."""
        return {
            "seed": self.seed,
            "dtype": self.dtype,
            "data": self.data.to_dict(),
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "layers": [layer.to_dict() for layer in self.layers],
            "loss": self.loss.to_dict(),
            "backward": self.backward.to_dict() if self.backward else None,
            **self.update.to_dict(),
            "features": list(self.features),
            "early_stopping": self.early_stopping.to_dict() if self.early_stopping else None,
            "edits": [edit.to_dict() for edit in self.edits],
        }


def _check_inline_range(data: DataSpec, dtype: str) -> None:
    """Whether all numbers given inline are finite in the run's own precision.

    Raises: ConfigError naming the first cell that is not.
    """
    if data.inline is None:
        return
    largest = float(np.finfo(dtype).max)
    scaled = dict(data.options).get("standardize")  # before they are rounded
    given = {} if scaled else {"inputs": data.inline.inputs}
    for name, values in {**given, "targets": data.inline.targets}.items():
        beyond = np.argwhere(np.abs(values) > largest)
        if len(beyond):
            index = tuple(int(i) for i in beyond[0])
            where = "".join(f"[{i}]" for i in index)
            text = f"numbers in {dtype} reach to {largest:.4g}; given {shown(float(values[index]))}; scale it, or take"
            raise ConfigError(f"{text} float64", f"data.{name}{where}")


def _outline(layers: Sequence[Layer], data: DataSpec, features: Sequence[str], dtype: str) -> Graph:
    return outline(layers, (len(data.columns),), dtype, features)


def _read_as_meant(data: DataSpec, loss: LossSpec, layers: Sequence[Layer], model: Graph) -> DataSpec:
    """The data with its targets read as the loss and the last layer mean them."""
    shape = model.shapes[model.prediction]
    positions = shape[1] if len(shape) == 3 else None
    return as_meant(data, loss, layers[-1].output_activation, shape[-1], positions)


def _required(given: Mapping[str, Any], name: str, example: str) -> Any:
    if name not in given:
        raise ConfigError(f"{name} is missing, for example {example}", name)
    return given[name]


def parse_features(given: Any, inputs: int) -> tuple[str, ...]:
    """The features made of the raw inputs; none if these are taken as they are.

    Raises: ConfigError for what is no list of features.
    """
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(name, str) for name in given):
        raise ConfigError(f"features is a list like ['x1', 'x2', 'x1*x2', 'sin(x1)']; given {shown(given)}", "features")
    if len(given) > FEATURES:
        raise ConfigError(f"at most {FEATURES} features; given {len(given)}", "features")
    together = Together()
    for i, name in enumerate(given):
        together.attempt(partial(parse_feature, name, inputs, f"features[{i}]"))
    together.settle()
    return tuple(given)


def _parse_layers(given: Any) -> tuple[Layer, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ConfigError(f"layers is a list of at least one layer; given {shown(given)}", "layers")
    together = Together()
    layers = [together.attempt(partial(parse_layer, layer, f"layers[{i}]")) for i, layer in enumerate(given)]
    together.settle()
    return tuple(layers)
