"""Layers that a sequence model starts with: a row of numbers for every token, and for every position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.model.initializers import InitializerSpec
from engine.model.layers.base import (
    LETTERS,
    Layer,
    LayerKind,
    Letter,
    Letters,
    Picture,
    Scope,
    check_sequence,
    check_shape,
    given_option,
)
from engine.model.layers.dense import frozen_option, units_option
from engine.ops import OPS
from engine.ops.dense.embedding import sinusoids

SINUSOIDAL, LEARNED = KINDS = ("sinusoidal", "learned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding(Layer):
    """A row of a table for every token.

    Formula: a_nt = w_v, where v = x_nt
    Args:    tokens V, units D; x (N, T), whole numbers from 0 to V - 1; weight (V, D).
    Source:  Bengio et al. 2003, section 2; matches torch.nn.Embedding.
    """

    type: ClassVar[str] = "embedding"

    tokens: int
    units: int
    initializer: InitializerSpec
    weight: tuple[tuple[float, ...], ...] | None = None
    frozen: tuple[str, ...] = ()

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, T, D).

        Raises: ConfigError if it is given sequences of rows, or a table of another shape.
        """
        if len(scope.shape(sources[0])) != 2:
            raise scope.error(f"{scope.name} takes tokens (N, T), and is given {scope.shape(sources[0])[1:]} a sample")
        shape = (self.tokens, self.units)
        check_shape(scope, "weight", shape, self.weight, "weight")
        table = scope.parameter(
            "weight", shape, self.initializer, fans=shape, values=self.weight, trainable="weight" not in self.frozen
        )
        return scope.emit(OPS["embedding"], (sources[0], table), "a")


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionalEncoding(Layer):
    """Adds to every position a row of numbers that says which position it is.

    Formula: a_nt = x_nt + p_t; sinusoidal p_t,2i = sin(t / 10000^(2i/D)), p_t,2i+1 = cos of the same; or learned
    Args:    x (N, T, D); weight (T, D) if learned.
    Source:  Vaswani et al. 2017, section 3.5; Gehring et al. 2017, section 3.1 (learned).
    """

    type: ClassVar[str] = "positional_encoding"
    letters: ClassVar[Letters] = LETTERS | {"position": Letter("P", "p")}

    initializer: InitializerSpec | None = None
    kind: str = SINUSOIDAL
    frozen: tuple[str, ...] = ()
    weight: tuple[tuple[float, ...], ...] | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, T, D).

        Raises: ConfigError if it is not given sequences.
        """
        shape = check_sequence(scope, sources[0])[1:]
        return scope.emit(OPS["add_positions"], (sources[0], self._positions(scope, *shape)), "a")

    def _positions(self, scope: Scope, length: int, features: int) -> str:
        if self.kind == SINUSOIDAL:
            return scope.constant("position", (length, features), partial(sinusoids, length, features))
        assert self.initializer is not None, "the parser gives one"
        shape = (length, features)
        check_shape(scope, "weight", shape, self.weight, "weight")
        trainable = "weight" not in self.frozen
        return scope.parameter("weight", shape, self.initializer, fans=shape, values=self.weight, trainable=trainable)


def _check_kind(settings: Mapping[str, Any], path: str) -> None:
    if settings["frozen"] and settings["kind"] != LEARNED:
        raise ConfigError("there is nothing to freeze: sinusoidal positions are never trained", join(path, "frozen"))
    if settings["weight"] is not None and settings["kind"] != LEARNED:
        text = f'sinusoidal positions are fixed; for given ones take "kind": "{LEARNED}"'
        raise ConfigError(text, join(path, "weight"))


EMBEDDING_LAYERS = (
    LayerKind(
        Embedding,
        "embedding",
        "Gives every token a row of numbers of its own, which is learned: the table's row is the token's vector. Only "
        "the rows of tokens in the batch get a gradient.",
        (
            Option("tokens", "integer", 4, "How many different tokens there are: 0, 1, and so on.", minimum=1),
            units_option("How many numbers a token becomes."),
            frozen_option("weight"),
            Option(
                "weight",
                "matrix",
                None,
                "Explicit rows (tokens, units) to start from, instead of an initializer.",
                nullable=True,
            ),
        ),
        r"a_{nt} = w_{v}, \quad v = x_{nt}",
        "Bengio et al. 2003, A neural probabilistic language model, section 2; matches torch.nn.Embedding.",
        initializers=("initializer",),
        starts={"initializer": "normal"},
        required={"tokens": 4, "units": 4},
        parameters=("weight",),
        picture=Picture(table="tokens"),
        short="embed",
    ),
    LayerKind(
        PositionalEncoding,
        "positional encoding",
        "Adds to every position numbers that tell it from the others: attention by itself does not know the order of "
        "what it is given.",
        (
            Option(
                "kind",
                "choice",
                SINUSOIDAL,
                "Fixed waves from short to long, or a learned row for every position.",
                choices=KINDS,
            ),
            frozen_option("weight"),
            given_option("weight", "matrix", "rows of learned positions (positions, features)"),
        ),
        r"a_{nt} = x_{nt} + p_t, \quad p_{t,2i} = \sin \frac{t}{10000^{2i/D}}, \quad"
        r" p_{t,2i+1} = \cos \frac{t}{10000^{2i/D}}",
        "Vaswani et al. 2017, Attention Is All You Need, section 3.5; Gehring et al. 2017, section 3.1 (learned).",
        initializers=("initializer",),
        starts={"initializer": {"type": "normal", "std": 0.02}},
        parameters=("weight",),
        check=_check_kind,
        picture=Picture(table="positions"),
        short="position",
    ),
)
