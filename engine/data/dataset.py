"""From the `data` field of a configuration to arrays: parsed, drawn or read, split and standardized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from engine.data.dataset_kind import TEST_FRACTION, Floats, Integers, Meaning, Raw, Task, standardize_option
from engine.data.datasets import DATASETS
from engine.data.inline_data import Inline, parse_inline
from engine.data.scaling import mean_and_deviation, standardized
from engine.data.split import split
from engine.foundation.errors import ConfigError
from engine.foundation.meant import meant, unknown
from engine.foundation.options import Option, join, parse_options, shown
from engine.foundation.random_streams import generator

INLINE_OPTIONS: tuple[Option, ...] = (replace(TEST_FRACTION, default=0.0), standardize_option(False))
INLINE_FIELDS = (
    "inputs",
    "targets",
    "feature_names",
    "class_names",
    "title",
    "target_name",
    "rows",
    "image",
    "target_scale",
)


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Which data: a named set with its options, or rows given inline. Hashable; equal meaning is equal.

    classes:   how many classes the rows of inline targets stand for; 0 if they are numbers.
    positions: how many targets an inline row has, one at each position; None for one target a row.
    """

    name: str | None
    options: tuple[tuple[str, Any], ...]
    inline: Inline | None = None
    classes: int = 0
    positions: int | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        own = self.inline.origin.title if self.inline else (self.name or "").replace("_", " ")
        return own or "own data"

    @property
    def meaning(self) -> Meaning:
        """What its numbers stand for, before anything is loaded."""
        if self.inline is None:
            return DATASETS[self.name or ""].means(dict(self.options))
        names = self.inline.class_names or tuple(map(str, range(self.classes)))
        return Meaning(
            self.inline.feature_names,
            names,
            positions=self.positions,
            image=self.inline.origin.image,
            rows=self.inline.rows,
        )

    @property
    def task(self) -> Task:
        """Whether its targets are classes or numbers."""
        if self.inline is None:
            return DATASETS[self.name or ""].task
        return "classification" if self.meaning.classes else "regression"

    @property
    def target_scale(self) -> tuple[float, float]:
        """What targets were moved and scaled by before they came here; 0 and 1 where by nothing that is known."""
        return (self.inline and self.inline.origin.target_scale) or (0.0, 1.0)

    @property
    def rows(self) -> int:
        """How many rows there are, for training and test together, before anything is loaded."""
        return int(dict(self.options).get("samples") or self.meaning.rows or 0)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the inputs, before anything is loaded."""
        return self.meaning.features

    def to_dict(self) -> dict[str, Any]:
        """The canonical JSON form, defaults filled in; `parse_data` takes it back."""
        source = {"name": self.name} if self.inline is None else self.inline.to_dict()
        return {**source, **dict(self.options)}


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Data ready to train on. All arrays are read-only."""

    train_inputs: Floats  # (N, D), in the model's units
    train_targets: Integers | Floats  # raw: labels (N,) or numbers (N, K); at each position labels or numbers (N, T)
    test_inputs: Floats
    test_targets: Integers | Floats
    train_labels: Integers | None  # (N,) or (N, T): the class of each row or position, none for a regression
    test_labels: Integers | None
    task: Task
    meaning: Meaning
    mean: Floats  # (D,): 0 where nothing was standardized
    std: Floats  # (D,): 1 where nothing was standardized
    rows: Integers  # where each row stems from, training rows first, then test rows

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the input columns."""
        return self.meaning.features

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the labels, none for a regression."""
        return self.meaning.classes


def parse_data(given: Mapping[str, Any], path: str = "data") -> DataSpec:
    """The data that a configuration asks for.

    Args:    given: `{"name": ..., options}` or `{"inputs": ..., "targets": ..., ...}`; path: where it stands.
    Returns: DataSpec, defaults filled in.
    Raises:  ConfigError naming the field, row or cell that is wrong and what is allowed there.
    """
    if not isinstance(given, Mapping):
        name = meant(given, DATASETS) or "circle"
        example = f'an object like {{"name": "{name}"}}'
        raise ConfigError(f"data has a name, or inputs and targets: {example}; given {shown(given)}", path)
    inline = [name for name in ("inputs", "targets") if name in given]
    if "name" in given and inline:
        raise ConfigError("data has a name, or inputs and targets, not both", path)
    return _parse_inline(given, path) if inline else _parse_named(given, path)


def _parse_named(given: Mapping[str, Any], path: str) -> DataSpec:
    known = ", ".join(DATASETS)
    if "name" not in given:
        raise ConfigError(f"data needs a name ({known}), or inputs and targets", path)
    name = given["name"]
    if not isinstance(name, str) or name not in DATASETS:
        raise ConfigError(unknown(f"unknown dataset {shown(name)}", name, DATASETS, "known:"), join(path, "name"))
    kind, fields = DATASETS[name], {field: value for field, value in given.items() if field != "name"}
    options = parse_options(kind.options, fields, path)
    if kind.check is not None:
        kind.check(options, path)
    return DataSpec(name, tuple(options.items()))


def _parse_inline(given: Mapping[str, Any], path: str) -> DataSpec:
    for field in ("inputs", "targets"):
        if field not in given:
            raise ConfigError(f"inline data has inputs and targets; {field} is missing", join(path, field))
    allowed = (*INLINE_FIELDS, *(option.name for option in INLINE_OPTIONS))
    for field in given:
        if field not in allowed:
            message = unknown(f"unknown field {field!r}", field, allowed, "allowed here:")
            raise ConfigError(message, join(path, field))
    settings = {field: value for field, value in given.items() if field not in INLINE_FIELDS}
    options = parse_options(INLINE_OPTIONS, settings, path)
    return DataSpec(None, tuple(options.items()), parse_inline(given, path))


@lru_cache(maxsize=8)
def load(spec: DataSpec, seed: int) -> Dataset:
    """The rows of `spec`, split and standardized: a function of its arguments, remembered.

    Args:    spec: from `parse_data`; seed: of the run (streams "data" and "split").
    Returns: Dataset; training rows come first in `rows`.
    """
    options, meaning = dict(spec.options), spec.meaning
    raw = _raw(spec, options, seed)
    labels = _labels(raw.targets, meaning.positions) if spec.task == "classification" else None
    strata = labels if meaning.positions is None else None
    train, test = split(len(raw.inputs), options["test_fraction"], generator(seed, "split"), strata)
    mean, std = _scale(raw.inputs[train], options.get("standardize", False))
    return Dataset(
        train_inputs=_frozen(standardized(raw.inputs[train], mean, std)),
        train_targets=_frozen(raw.targets[train]),
        test_inputs=_frozen(standardized(raw.inputs[test], mean, std)),
        test_targets=_frozen(raw.targets[test]),
        train_labels=None if labels is None else _frozen(labels[train]),
        test_labels=None if labels is None else _frozen(labels[test]),
        task=spec.task,
        meaning=meaning,
        mean=_frozen(mean),
        std=_frozen(std),
        rows=_frozen(raw.rows[np.concatenate([train, test])]),
    )


def _labels(targets: Integers | Floats, positions: int | None) -> Integers:
    """The class of each row: its index, as a number or in a column, or the column with the largest share.

    With a target at each position the class of each: its index.
    """
    if positions is not None:
        return targets.astype(np.int64)
    one_column = targets.ndim == 1 or targets.shape[1] == 1
    return targets.reshape(-1).astype(np.int64) if one_column else targets.argmax(axis=1)


def _raw(spec: DataSpec, options: dict[str, Any], seed: int) -> Raw:
    if spec.inline is not None:
        numbers = np.array(spec.inline.origin.rows or range(spec.inline.rows), dtype=np.int64)
        return Raw(spec.inline.inputs, spec.inline.targets, numbers)
    drawn = {name: value for name, value in options.items() if name not in ("test_fraction", "standardize")}
    return DATASETS[spec.name or ""].generate(generator(seed, "data"), **drawn)


def _scale(inputs: Floats, standardize: bool) -> tuple[Floats, Floats]:
    if standardize:
        return mean_and_deviation(inputs)
    return np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])


def _frozen(array: Any) -> Any:
    array.setflags(write=False)
    return array
