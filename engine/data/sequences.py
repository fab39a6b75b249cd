"""Data sets of sequences: tokens, a wave, and a text of our own.

A row of inputs is a sequence of T whole numbers, the tokens, for a model that begins with an embedding; those of the
wave are T numbers, for one that begins by reshaping them to T x 1. Targets are one a row, or one at each position.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from string import ascii_lowercase
from typing import Any

import numpy as np

from engine.data.dataset_kind import (
    TEST_FRACTION,
    DatasetKind,
    Integers,
    Meaning,
    Raw,
    Task,
    noise_option,
    samples_option,
)
from engine.data.tables import table_bytes
from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join

BLANK = "_"
SPACE = "␣"  # what a space is called, so that it can be seen
LENGTHS = (3, 200)
OURS = "our own text, tables/backpropagation.txt"
DRAWN = "drawn from the seed"


def copied(tokens: Integers, delay: int) -> Integers:
    """Each token again after a delay, and before the first the blank, token 0.

    Formula: t_n,i = x_n,i-delay, 0 where i < delay
    Args:    tokens (N, T); delay: below T.
    Returns: (N, T).
    Source:  Arjovsky, Shah and Bengio 2016, section 5.1, without the pause and the signal.
    """
    targets = np.zeros_like(tokens)
    targets[:, delay:] = tokens[:, : tokens.shape[1] - delay]
    return targets


@lru_cache(maxsize=1)
def text() -> str:
    """The text: small letters, commas, full stops, and one space between words."""
    return " ".join(table_bytes("backpropagation.txt").decode().split()).lower()


@lru_cache(maxsize=1)
def characters() -> tuple[str, ...]:
    """The characters of the text in the order of the alphabet, the space first: what its tokens are called."""
    return tuple(SPACE if character == " " else character for character in sorted(set(text())))


def windows(length: int) -> int:
    """How many windows of that many characters the text has side by side, each with a character after it."""
    return (len(text()) - 1) // length


def _copy(rng: np.random.Generator, samples: int, length: int, tokens: int, delay: int) -> Raw:
    drawn = rng.integers(1, tokens + 1, (samples, length))
    return _raw(drawn, copied(drawn, delay))


def _reverse(rng: np.random.Generator, samples: int, length: int, tokens: int) -> Raw:
    drawn = rng.integers(0, tokens, (samples, length))
    return _raw(drawn, drawn[:, ::-1].copy())


def _sort(rng: np.random.Generator, samples: int, length: int, tokens: int) -> Raw:
    drawn = rng.integers(0, tokens, (samples, length))
    return _raw(drawn, np.sort(drawn, axis=1))


def _parity(rng: np.random.Generator, samples: int, length: int) -> Raw:
    drawn = rng.integers(0, 2, (samples, length))
    return _raw(drawn, drawn.sum(axis=1) % 2)


def _first(rng: np.random.Generator, samples: int, length: int, tokens: int) -> Raw:
    drawn = rng.integers(0, tokens, (samples, length))
    return _raw(drawn, drawn[:, 0].copy())


def _text(rng: np.random.Generator, length: int) -> Raw:
    """The windows one after the other: they share no character that is to be predicted."""
    codes = np.unique(list(text()), return_inverse=True)[1]
    used = windows(length) * length
    return _raw(codes[:used].reshape(-1, length), codes[1 : used + 1].reshape(-1, length))


def _wave(rng: np.random.Generator, samples: int, length: int, noise: float) -> Raw:
    period, phase = rng.uniform(8, 16, (samples, 1)), rng.uniform(0, 1, (samples, 1))
    exact = np.sin(2 * np.pi * (np.arange(length + 1) / period + phase))
    series = exact + noise * rng.standard_normal(exact.shape)
    return Raw(series[:, :-1].copy(), series[:, 1:].copy(), np.arange(samples))


def _raw(tokens: Integers, targets: Integers) -> Raw:
    return Raw(tokens.astype(np.float64), targets.astype(np.int64), np.arange(len(tokens)))


# --- what they mean ------------------------------------------------------------------------------------------


def _letters(options: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(ascii_lowercase[: options["tokens"]])


def _positions(word: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{word} {i + 1}" for i in range(options["length"]))


def _each(names: Callable[[Mapping[str, Any]], tuple[str, ...]]) -> Callable[[Mapping[str, Any]], Meaning]:
    """A token at each position, and a token to be given at each."""

    def means(options: Mapping[str, Any]) -> Meaning:
        known = names(options)
        return Meaning(_positions("token", options), known, known, positions=options["length"])

    return means


def _copy_names(options: Mapping[str, Any]) -> tuple[str, ...]:
    return (BLANK, *_letters(options))


def _parity_means(options: Mapping[str, Any]) -> Meaning:
    return Meaning(_positions("token", options), ("even", "odd"), ("0", "1"))


def _first_means(options: Mapping[str, Any]) -> Meaning:
    return Meaning(_positions("token", options), _letters(options), _letters(options))


def _wave_means(options: Mapping[str, Any]) -> Meaning:
    return Meaning(_positions("time", options), positions=options["length"])


def _text_means(options: Mapping[str, Any]) -> Meaning:
    length, known = options["length"], characters()
    features = _positions("character", options)
    return Meaning(features, known, known, positions=length, rows=windows(length))


def _check_delay(options: Mapping[str, Any], path: str) -> None:
    delay, length = options["delay"], options["length"]
    if delay >= length:
        raise ConfigError(f"delay is below length, which is {length}; given {delay}", join(path, "delay"))


# --- the registry's entries ----------------------------------------------------------------------------------


def _length(default: int) -> Option:
    text = "How many positions a sequence has."
    return Option("length", "integer", default, text, minimum=LENGTHS[0], maximum=LENGTHS[1], symbol="T")


TOKENS = Option("tokens", "integer", 4, "How many different tokens there are.", minimum=2, maximum=26, symbol="V")
DELAY = Option("delay", "integer", 3, "After how many positions a token is asked for again.", minimum=0, symbol="d")
JITTERED = "Standard deviation of what is added to each number of a series."


def _kind(
    name: str,
    title: str,
    description: str,
    formula: str,
    generate: Callable[..., Raw],
    means: Callable[[Mapping[str, Any]], Meaning],
    *options: Option,
    task: Task = "classification",
    check: Callable[[Mapping[str, Any], str], None] | None = None,
    source: str = DRAWN,
) -> DatasetKind:
    given = (*options, TEST_FRACTION)
    return DatasetKind(name, title, description, task, given, generate, means, formula, source, check=check)


SEQUENCES: tuple[DatasetKind, ...] = (
    _kind(
        "copy",
        "copy with a delay",
        "Each token is to be said again some positions later. A network that reads one token after the other has to "
        "keep that many in mind at once.",
        r"t_i = x_{i-d},\quad t_i = \_ \text{ for } i \le d,\quad x_i \sim \mathcal{U}\{1, \dots, V\}",
        _copy,
        _each(_copy_names),
        samples_option(),
        _length(10),
        TOKENS,
        DELAY,
        check=_check_delay,
    ),
    _kind(
        "reverse",
        "reversed sequence",
        "The sequence backwards. What is to be said first comes in last, so the network has to look at the whole "
        "sequence before it answers.",
        r"t_i = x_{T+1-i},\quad x_i \sim \mathcal{U}\{0, \dots, V - 1\}",
        _reverse,
        _each(_letters),
        samples_option(),
        _length(8),
        TOKENS,
    ),
    _kind(
        "sort",
        "sorted sequence",
        "The tokens in the order of the alphabet. Each answer depends on how often every token occurs, not on where.",
        r"t = \operatorname{sort}(x),\quad x_i \sim \mathcal{U}\{0, \dots, V - 1\}",
        _sort,
        _each(_letters),
        samples_option(),
        _length(8),
        TOKENS,
    ),
    _kind(
        "parity",
        "parity of bits",
        "Whether the number of ones is odd. Every bit turns the answer around, so none can be left out, and a part of "
        "the sequence says nothing.",
        r"t = \Bigl(\sum_{i=1}^{T} x_i\Bigr) \bmod 2,\quad x_i \sim \mathcal{U}\{0, 1\}",
        _parity,
        _parity_means,
        samples_option(),
        _length(8),
    ),
    _kind(
        "first_token",
        "remember the first token",
        "Only the first token counts, and it is asked for at the end. The gradient has to go back over the whole "
        "sequence, and the longer it is the less arrives.",
        r"t = x_1,\quad x_i \sim \mathcal{U}\{0, \dots, V - 1\}",
        _first,
        _first_means,
        samples_option(),
        _length(10),
        TOKENS,
    ),
    _kind(
        "text",
        "next character of a text",
        "At each position of a short text about backpropagation the character that comes next. Common words are "
        "learned first; what a sentence is about is beyond so small a network.",
        r"t_i = x_{i+1}",
        _text,
        _text_means,
        _length(20),
        source=OURS,
    ),
    _kind(
        "wave",
        "next value of a wave",
        "At each position of a sine wave its next value. Period and start differ from row to row, so one value is not "
        "enough: the network has to remember whether the wave is rising.",
        r"t_i = x_{i+1},\quad x_i = \sin\bigl(2\pi(i / P + \varphi)\bigr) + \varepsilon_i,\quad P \sim "
        r"\mathcal{U}(8, 16),\quad \varphi \sim \mathcal{U}(0, 1),\quad \varepsilon_i \sim \mathcal{N}(0, \sigma^2)",
        _wave,
        _wave_means,
        samples_option(),
        _length(20),
        noise_option(JITTERED),
        task="regression",
    ),
)
