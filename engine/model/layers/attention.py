"""Attention layers: what each position takes from all others, or from those of another sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    Scope,
    Shape,
    alike,
    check_sequence,
    check_shape,
    given_option,
)
from engine.model.layers.dense import bias_option, frozen_option, units_option
from engine.ops import OPS

PROJECTIONS = ("weight_q", "weight_k", "weight_v", "weight_o")
BIASES = ("bias_q", "bias_k", "bias_v", "bias_o")
Matrix = tuple[tuple[float, ...], ...]
Vector = tuple[float, ...]
ADDITIVE = ("weight_q", "weight_k", "bias", "weight_score")


_LETTERS: Letters = {
    **LETTERS,
    **{f"weight_{letter}": Letter(f"W^{{{letter.upper()}}}", f"w^{{{letter.upper()}}}") for letter in "qkvo"},
    **alike(**{f"bias_{letter}": f"b^{{{letter.upper()}}}" for letter in "qkvo"}),
    **{letter: Letter(letter.upper(), letter) for letter in "qkv"},
    **{f"{letter}_heads": Letter(rf"\hat {letter.upper()}", rf"\hat {letter}") for letter in "qkv"},
    "scores": Letter("S", "s"),
    "weights": Letter("A", r"\alpha"),
    "attended": Letter(r"\hat C", r"\hat c"),
    "merged": Letter("C", "c"),
    "weight_score": Letter("v", "v"),
    "pairs": Letter("E", "e"),
    "bent": Letter(r"\tilde E", r"\tilde e"),
}


def _sequences(scope: Scope, sources: tuple[str, ...], causal: bool) -> tuple[str, str]:
    """Where queries come from, and where keys and values do.

    Raises: ConfigError if they are not sequences, or the future is to be hidden in one of another length.
    """
    query, key = sources[0], sources[-1]
    shape, other = check_sequence(scope, query), check_sequence(scope, key)
    if causal and shape[1] != other[1]:
        raise scope.error(
            f"causal hides the future of a sequence from itself; {query} has {shape[1]} positions, {key} {other[1]}",
            "causal",
        )
    return query, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention(Layer):
    """Multi-head attention: each position asks, all positions answer, as much as their keys fit the query.

    Formula: q, k, v = x W^Q, x W^K, x W^V; A = softmax(q kᵀ / sqrt(d)) head by head; a = (A v) W^O
    Args:    x (N, T, D); a second input (N, S, E) gives keys and values instead of it. Weights (D, D) and (D, E).
    Source:  Vaswani et al. 2017, section 3.2; matches torch.nn.MultiheadAttention(D, heads, batch_first=True).
    """

    type: ClassVar[str] = "attention"
    letters: ClassVar[Letters] = _LETTERS

    initializer: InitializerSpec
    out_initializer: InitializerSpec
    bias_initializer: InitializerSpec
    heads: int = 1
    causal: bool = False
    bias: bool = True
    frozen: tuple[str, ...] = ()
    weight_q: Matrix | None = None
    weight_k: Matrix | None = None
    weight_v: Matrix | None = None
    weight_o: Matrix | None = None
    bias_q: Vector | None = None
    bias_k: Vector | None = None
    bias_v: Vector | None = None
    bias_o: Vector | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `q`, `k`, `v`, `scores` and `weights` (N, H, T, S), and `a` (N, T, D).

        Raises: ConfigError if it is not given sequences, or their features cannot be shared by the heads.
        """
        query, key = _sequences(scope, sources, self.causal)
        features, of_key = scope.shape(query)[2], scope.shape(key)[2]
        if features % self.heads:
            raise scope.error(f"{self.heads} heads cannot share {features} features equally", "heads")
        fan_out = 3 * features if of_key == features else features  # as PyTorch draws the three: in one piece if it can
        q, k, v = (
            self._heads(scope, letter, source, features, fan_out)
            for letter, source in (("q", query), ("k", key), ("v", key))
        )
        scores = scope.emit(OPS["scaled_scores"], (q, k), "scores")
        weights = scope.emit(OPS["attention_weights"], (scores,), "weights", causal=self.causal)
        attended = scope.emit(OPS["attend"], (weights, v), "attended")
        merged = scope.emit(OPS["merge_heads"], (attended,), "merged", heads=self.heads)
        return self._projection(scope, "o", merged, "a", features, features, self.out_initializer)

    def _heads(self, scope: Scope, letter: str, source: str, features: int, fan_out: int) -> str:
        """Queries, keys or values, split into heads."""
        projected = self._projection(scope, letter, source, letter, features, fan_out, self.initializer)
        return scope.emit(OPS["split_heads"], (projected,), f"{letter}_heads", heads=self.heads)

    def _projection(
        self, scope: Scope, letter: str, source: str, key: str, features: int, fan_out: int, start: InitializerSpec
    ) -> str:
        """A linear map of every position, with parameters of its own."""
        fan_in = scope.shape(source)[2]
        drawn: list[tuple[str, Shape, InitializerSpec]] = [(f"weight_{letter}", (features, fan_in), start)]
        drawn += [(f"bias_{letter}", (features,), self.bias_initializer)] if self.bias else []
        for name, shape, _ in drawn:
            check_shape(scope, name, shape, getattr(self, name), name)
        parameters = [
            scope.parameter(
                name,
                shape,
                initializer,
                fans=(fan_in, fan_out),
                values=getattr(self, name),
                trainable=name not in self.frozen,
            )
            for name, shape, initializer in drawn
        ]
        op = OPS["linear_sequence" if self.bias else "linear_sequence_without_bias"]
        return scope.emit(op, (source, *parameters), key)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditiveAttention(Layer):
    """Attention whose scores a small network makes of every pair of positions.

    Formula: e_ts = v · tanh(W q_t + U k_s + b); A = softmax(e); a_t = sum_s A_ts k_s
    Args:    x (N, T, D); a second input (N, S, E) gives keys instead of it. W (units, D), U (units, E), v (units).
    Source:  Bahdanau, Cho and Bengio 2015, section 3.1 and A.1.2.
    """

    type: ClassVar[str] = "additive_attention"
    letters: ClassVar[Letters] = _LETTERS

    units: int
    initializer: InitializerSpec
    bias_initializer: InitializerSpec
    causal: bool = False
    frozen: tuple[str, ...] = ()
    weight_q: Matrix | None = None
    weight_k: Matrix | None = None
    weight_score: Vector | None = None
    bias_values: Vector | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `pairs` (N, T, S, units), `scores` and `weights` (N, T, S), and `a` (N, T, E).

        Raises: ConfigError if it is not given sequences.
        """
        query, key = _sequences(scope, sources, self.causal)
        of_query, of_key = scope.shape(query)[2], scope.shape(key)[2]
        w, b = self._parameter(scope, "weight_q", self.units, of_query), self._parameter(scope, "bias", self.units)
        u, v = (
            self._parameter(scope, "weight_k", self.units, of_key),
            self._parameter(scope, "weight_score", self.units),
        )
        q = scope.emit(OPS["linear_sequence"], (query, w, b), "q")
        k = scope.emit(OPS["linear_sequence_without_bias"], (key, u), "k")
        pairs = scope.emit(OPS["pairwise_add"], (q, k), "pairs")
        bent = scope.emit(OPS["tanh"], (pairs,), "bent")
        scores = scope.emit(OPS["dot_vector"], (bent, v), "scores")
        weights = scope.emit(OPS["attention_weights"], (scores,), "weights", causal=self.causal)
        return scope.emit(OPS["attend"], (weights, key), "a")

    def _parameter(self, scope: Scope, key: str, *shape: int) -> str:
        start = self.bias_initializer if key == "bias" else self.initializer
        fans = (shape[-1], self.units if len(shape) == 2 else 1)
        field = "bias_values" if key == "bias" else key
        values = getattr(self, field)
        check_shape(scope, key, shape, values, field)
        return scope.parameter(key, shape, start, fans=fans, values=values, trainable=key not in self.frozen)


def _check_biases(settings: Mapping[str, Any], path: str) -> None:
    for name in BIASES:
        if settings[name] is not None and not settings["bias"]:
            raise ConfigError(f"{name} is given but bias is false; leave one of them out", join(path, name))


_OF = {"q": "the queries", "k": "the keys", "v": "the values", "o": "the output"}
_CAUSAL = Option("causal", "boolean", False, "Whether each position sees only itself and those before it.")

ATTENTION_LAYERS = (
    LayerKind(
        Attention,
        "attention",
        "Each position takes from all positions, most from those whose key fits its query; several heads do so side by "
        "side. With a second input, keys and values come from there.",
        (
            Option("heads", "integer", 1, "How many attend side by side; they share the features.", minimum=1),
            _CAUSAL,
            bias_option("Whether the four linear maps add numbers of their own."),
            frozen_option(*PROJECTIONS, *BIASES),
            *(given_option(name, "matrix", f"weights of {_OF[name[-1]]} (D, features)") for name in PROJECTIONS),
            *(given_option(name, "vector", f"biases of {_OF[name[-1]]} (D)") for name in BIASES),
        ),
        r"a = \operatorname{softmax}\!\left(\frac{Q K^{\top}}{\sqrt{d}}\right) V\, {W^{O}}^{\top}",
        "Vaswani et al. 2017, Attention Is All You Need, section 3.2; matches torch.nn.MultiheadAttention.",
        initializers=("initializer", "out_initializer", "bias_initializer"),
        starts={"initializer": "xavier_uniform", "bias_initializer": "zeros"},
        parameters=(*PROJECTIONS, *BIASES),
        second=True,
        check=_check_biases,
        short="attn",
    ),
    LayerKind(
        AdditiveAttention,
        "additive attention",
        "Attention whose scores come from a small network that looks at every pair of positions: the first kind that "
        "was invented. With a second input, keys come from there.",
        (
            units_option("How wide the network is that scores a pair."),
            _CAUSAL,
            frozen_option(*ADDITIVE),
            given_option("weight_q", "matrix", "weights of the query (units, features)"),
            given_option("weight_k", "matrix", "weights of the key (units, features)"),
            given_option("weight_score", "vector", "weights of the score (units)"),
            given_option("bias_values", "vector", "biases (units)"),
        ),
        r"a_t = \sum_s \operatorname{softmax}_s\!\left(v \cdot \tanh(W x_t + U x_s + b)\right) x_s",
        "Bahdanau, Cho and Bengio 2015, Neural machine translation by jointly learning to align and translate, 3.1.",
        initializers=("initializer", "bias_initializer"),
        starts={"initializer": "xavier_uniform", "bias_initializer": "zeros"},
        required={"units": 4},
        parameters=ADDITIVE,
        second=True,
        short="additive attn",
    ),
)
