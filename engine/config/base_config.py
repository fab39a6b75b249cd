"""What the configuration of every run has, whatever it trains: the update, seed, number type and edits."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import Any, Self

from engine.config.edits import Edit, parse_edit, updated
from engine.foundation.cached import cached_property
from engine.foundation.errors import ConfigError, Together
from engine.foundation.meant import unknown
from engine.foundation.options import Option, parse_options, shown
from engine.update.optimizers import parse_optimizer
from engine.update.update_spec import UpdateSpec

COMMON_OPTIONS = (
    Option("seed", "integer", 0, "Fixes every random draw: data, split, initial parameters, order.", minimum=0),
    Option(
        "dtype",
        "choice",
        "float64",
        "The number type of the whole computation.",
        title="number type",
        choices=("float64", "float32"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A frozen value that a run is. Two equal configurations are the same run.

    Args: update: how gradients become updates; `edits` change a hyper-parameter or one parameter cell at an iteration.
    """

    update: UpdateSpec
    seed: int = 0
    dtype: str = "float64"
    edits: tuple[Edit, ...] = ()

    def with_edits(self, given: Any, path: str = "edits") -> Self:
        """The same run with more edits: a branch."""
        if not isinstance(given, Sequence) or isinstance(given, str):
            raise ConfigError(f"edits is a list; given {shown(given)}", path)
        together = Together()
        edits = [together.attempt(partial(parse_edit, edit, f"{path}[{i}]")) for i, edit in enumerate(given)]
        together.settle()
        config = replace(self, edits=tuple(sorted((*self.edits, *edits), key=lambda edit: edit.iteration)))
        if config.edits:
            config.update_at(config.edits[-1].iteration)  # complains of what cannot be set, then or later
        return config

    def with_seed(self, seed: int) -> Self:
        """The same run by another draw."""
        return self._but(seed=seed)

    def with_rate(self, rate: Any) -> Self:
        """The same run at another learning rate.

        Raises: ConfigError for a rate that the optimizer does not take.
        """
        optimizer = parse_optimizer({**self.update.optimizer.to_dict(), "learning_rate": rate})
        return self._but(update=replace(self.update, optimizer=optimizer))

    def _but(self, **changed: Any) -> Self:
        """The same run but for its seed or update: the rest of it is not written out once more."""
        other = replace(self, **changed)
        vars(other)["_written"] = {**self._written, "seed": other.seed, **other.update.to_dict()}
        return other

    def update_at(self, iteration: int) -> UpdateSpec:
        """The update with every edit up to this iteration."""
        return self._updates[bisect_right(self.edits, iteration, key=lambda edit: edit.iteration)]

    @cached_property
    def _updates(self) -> tuple[UpdateSpec, ...]:
        """The update without any edit, with the first of them, with two of them, and so on."""
        return tuple(accumulate(self.edits, updated, initial=self.update))

    def before(self, iteration: int) -> Self:
        """The run without the edits from this iteration on: what the past up to it depends on."""
        return replace(self, edits=tuple(edit for edit in self.edits if edit.iteration < iteration))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, normalized: equal configurations give equal dicts."""
        raise NotImplementedError

    @cached_property
    def _written(self) -> Mapping[str, Any]:
        """The JSON form, made once."""
        return self.to_dict()

    @cached_property
    def id(self) -> str:
        """A hash of the canonical JSON: 20 hexadecimal digits of SHA-256."""
        text = json.dumps(self._written, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:20]


def parse_plain(options: Sequence[Option], others: Sequence[str], given: Any, what: str) -> dict[str, Any]:
    """The settings of a run itself, defaults filled in; `others` are the fields that are read elsewhere.

    Raises: ConfigError if it is no JSON object, or has a field that `what` does not have.
    """
    if not isinstance(given, Mapping):
        raise not_an_object(given)
    known = (*others, *(option.name for option in options))
    together = Together()
    for name in given:
        if name not in known:
            together.add(ConfigError(unknown(f"unknown field {name!r}", name, known, f"{what} has"), str(name)))
    own = {option.name: given[option.name] for option in options if option.name in given}
    plain: dict[str, Any] = together.attempt(partial(parse_options, options, own, ""))
    together.settle()
    return plain


def not_an_object(given: Any) -> ConfigError:
    """What to say of a configuration that is none."""
    return ConfigError(f"a run's configuration is a JSON object; given {shown(given)}")
