"""RunConfig: the frozen value that a run is, and its id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.data import DataSpec, parse_data
from engine.edits import Edit, parse_edit, updated
from engine.errors import ConfigError
from engine.feedback import BackwardSpec, parse_backward
from engine.layers import Layer, parse_layer
from engine.losses import LossSpec, parse_loss
from engine.model import outline
from engine.ops.atoms import parse_feature
from engine.options import Option, parse_options, shown
from engine.stopping import EarlyStopping, parse_early_stopping
from engine.targets import as_meant
from engine.updates import SECTIONS, UpdateSpec, parse_update

RUN_OPTIONS = (
    Option("seed", "integer", 0, "Fixes every random draw: data, split, initial parameters, order.", minimum=0),
    Option(
        "dtype",
        "choice",
        "float64",
        "The number type of the whole computation.",
        title="number type",
        choices=("float64", "float32"),
    ),
    Option(
        "batch_size",
        "integer",
        None,
        "Samples in one iteration; without a number, all of them. The last batch of an epoch may be smaller.",
        title="batch size",
        minimum=1,
        nullable=True,
    ),
    Option("shuffle", "boolean", True, "Whether each epoch takes the samples in a new order."),
)
_OWN = ("data", "features", "layers", "loss", "backward", *SECTIONS, "early_stopping", "edits")


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run depends on. Two equal configurations are the same run.

    Args: see the fields; `features` are made of the raw inputs, none to take these as they are; `edits` change a
          hyper-parameter or one parameter cell at an iteration; `backward` is a variant of backpropagation, none for
          the true gradient.
    """

    data: DataSpec
    layers: tuple[Layer, ...]
    loss: LossSpec
    update: UpdateSpec
    seed: int = 0
    dtype: str = "float64"
    batch_size: int | None = None
    shuffle: bool = True
    features: tuple[str, ...] = ()
    backward: BackwardSpec | None = None
    early_stopping: EarlyStopping | None = None
    edits: tuple[Edit, ...] = ()

    @classmethod
    def from_dict(cls, given: Any) -> RunConfig:
        """The configuration from its JSON form, defaults filled in.

        Raises: ConfigError with the path of what is wrong.
        """
        if not isinstance(given, Mapping):
            raise ConfigError(f"a run's configuration is a JSON object; given {shown(given)}")
        plain = parse_options(RUN_OPTIONS, _without_own(given), "")
        data = parse_data(_required(given, "data", '{"name": "circle"}'), "data")
        if "shuffle" not in given:
            plain["shuffle"] = not data.inline
        features = _parse_features(given.get("features"), len(data.columns))
        layers = _parse_layers(_required(given, "layers", '[{"type": "dense", "units": 1}]'))
        loss = parse_loss(given.get("loss", "mse"), "loss")
        model = outline(layers, (len(data.columns),), plain["dtype"], features)
        shape = model.shapes[model.prediction]
        positions = shape[1] if len(shape) == 3 else None
        config = cls(
            data=as_meant(data, loss, layers[-1].output_activation, shape[-1], positions),
            features=features,
            layers=layers,
            loss=loss,
            update=parse_update(given),
            backward=parse_backward(given.get("backward"), layers, model),
            early_stopping=parse_early_stopping(given.get("early_stopping")),
            **plain,
        )
        return config.with_edits(given.get("edits", []), "edits")

    def with_edits(self, given: Any, path: str = "edits") -> RunConfig:
        """The same run with more edits: a branch."""
        if not isinstance(given, Sequence) or isinstance(given, str):
            raise ConfigError(f"edits is a list; given {shown(given)}", path)
        edits = tuple(parse_edit(edit, f"{path}[{i}]") for i, edit in enumerate(given))
        config = replace(self, edits=tuple(sorted(self.edits + edits, key=lambda edit: edit.iteration)))
        if config.edits:
            config.update_at(config.edits[-1].iteration)  # complains of what cannot be set, then or later
        return config

    def update_at(self, iteration: int) -> UpdateSpec:
        """The update with every edit up to this iteration."""
        spec = self.update
        for edit in self.edits:
            if edit.iteration <= iteration:
                spec = updated(spec, edit)
        return spec

    def before(self, iteration: int) -> RunConfig:
        """The run without the edits from this iteration on: what the past up to it depends on."""
        return replace(self, edits=tuple(edit for edit in self.edits if edit.iteration < iteration))

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

    @cached_property
    def id(self) -> str:
        """A hash of the canonical JSON: 20 hexadecimal digits of SHA-256."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:20]


def _without_own(given: Mapping[str, Any]) -> dict[str, Any]:
    known = (*_OWN, *(option.name for option in RUN_OPTIONS))
    for name in given:
        if name not in known:
            raise ConfigError(f"unknown field {name!r}; a run has {', '.join(known)}", str(name))
    return {name: value for name, value in given.items() if name not in _OWN}


def _required(given: Mapping[str, Any], name: str, example: str) -> Any:
    if name not in given:
        raise ConfigError(f"{name} is missing, for example {example}", name)
    return given[name]


def _parse_features(given: Any, inputs: int) -> tuple[str, ...]:
    """The features made of the raw inputs; none if these are taken as they are."""
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(name, str) for name in given):
        raise ConfigError(f"features is a list like ['x1', 'x2', 'x1*x2', 'sin(x1)']; given {shown(given)}", "features")
    for i, name in enumerate(given):
        parse_feature(name, inputs, f"features[{i}]")
    return tuple(given)


def _parse_layers(given: Any) -> tuple[Layer, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ConfigError(f"layers is a list of at least one layer; given {shown(given)}", "layers")
    return tuple(parse_layer(layer, f"layers[{i}]") for i, layer in enumerate(given))
