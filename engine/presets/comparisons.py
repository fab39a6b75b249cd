"""Runs worth seeing side by side: each differs from the others in one thing, and a sentence says where to look.

What a sentence states is written beside it as claims, in the language of conditions: a test holds every one of them.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.presets import presets
from engine.run.task import parse_config

Settings = dict[str, Any]
FIRST, LAST = "norm(dense1.weight.grad)", "norm(dense11.weight.grad)"


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the runs, with the name that sets it apart."""

    name: str
    config: Settings


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs beside each other, seen at an iteration, their courses drawn up to another.

    claims: of which run, counted from 0, and what holds there: what the sentence states.
    """

    name: str
    title: str
    sentence: str
    iteration: int
    to: int
    runs: tuple[Shown, ...]
    claims: tuple[tuple[int, str], ...]


@lru_cache(maxsize=1)
def comparisons() -> tuple[Comparison, ...]:
    """All of them, their configurations in normal form."""
    known = {preset.name: preset.config for preset in presets()}
    return (
        _deep(known),
        _rates(known),
        _initializations(known),
        _optimizers(known),
        _normalized(known),
        _dropout(known),
        _penalty(known),
        _clipped(known),
        _batches(known),
        _feedback(known),
    )


def _with(config: Settings, name: str, **changes: Any) -> Shown:
    """A run that differs from a preset in some settings; `hidden` and `every` are of its layers."""
    made = deepcopy(config)
    for layer in made["layers"][:-1]:
        layer |= changes.get("hidden", {})
    for layer in made["layers"]:
        layer |= changes.get("every", {})
    made |= {key: value for key, value in changes.items() if key not in ("hidden", "every")}
    return Shown(name, parse_config(made).to_dict())


def _rate(config: Settings, rate: float, name: str) -> Shown:
    return _with(config, name, optimizer={"type": "sgd", "learning_rate": rate})


def _deep(known: dict[str, Settings]) -> Comparison:
    sigmoid = known["vanishing"]
    return Comparison(
        "activations",
        "sigmoid, tanh and ReLU in ten layers",
        "Look at the magenta bars: with sigmoid the gradient of dense 1 is less than a millionth of that of dense 11; "
        "with tanh and with ReLU it arrives larger than it set out.",
        200,
        400,
        (
            Shown("sigmoid", sigmoid),
            _with(sigmoid, "tanh", hidden={"activation": "tanh"}),
            Shown("ReLU", known["kaiming"]),
        ),
        (
            (0, f"{FIRST} @ 200 < 1e-6 * {LAST} @ 200"),
            (1, f"{FIRST} @ 200 > {LAST} @ 200"),
            (2, f"{FIRST} @ 200 > {LAST} @ 200"),
        ),
    )


def _rates(known: dict[str, Settings]) -> Comparison:
    circle = known["circle"]
    return Comparison(
        "learning_rates",
        "a learning rate too small, right and too high",
        "Look at the losses: the small steps have hardly begun after 420 iterations, the large ones end above their "
        "start, and those between them are nearly done.",
        420,
        420,
        (
            _rate(circle, 0.001, "too small"),
            _rate(circle, 0.12, "right"),
            _rate(circle, 3.0, "too high"),
        ),
        (
            (0, "train_loss @ 420 > 0.8 * train_loss @ 0"),
            (1, "train_loss @ 420 < 0.02 * train_loss @ 0"),
            (2, "train_loss @ 420 > train_loss @ 0"),
        ),
    )


def _initializations(known: dict[str, Settings]) -> Comparison:
    relu = known["kaiming"]
    return Comparison(
        "initializations",
        "three ways to draw the first weights",
        "Look at the gradient of dense 1: from zeros it is 0 and stays 0, from weights of variance 1 the loss starts "
        "above 20, and from Kaiming's, which fit ReLU, ten layers learn.",
        196,
        392,
        (
            _with(relu, "zeros", every={"initializer": "zeros"}),
            _with(relu, "variance 1", every={"initializer": "normal"}),
            Shown("Kaiming", relu),
        ),
        (
            (0, f"{FIRST} @ 196 == 0"),
            (0, f"{FIRST} @ 0 == 0"),
            (1, "train_loss @ 0 > 20"),
            (2, "train_loss @ 392 < 0.01"),
        ),
    )


def _optimizers(known: dict[str, Settings]) -> Comparison:
    spiral = known["spiral"]
    made = {
        "SGD": {"type": "sgd", "learning_rate": 0.02},
        "momentum": {"type": "sgd", "learning_rate": 0.02, "momentum": 0.9},
        "RMSprop": {"type": "rmsprop", "learning_rate": 0.02},
        "Adam": {"type": "adam", "learning_rate": 0.02},
    }
    return Comparison(
        "optimizers",
        "four optimizers from one start",
        "Look at the losses at 700: plain SGD has lost less than half of its loss, momentum three quarters, Adam more, "
        "and RMSprop nearly all, with the same rate from the same weights.",
        700,
        1400,
        tuple(_with(spiral, name, optimizer=optimizer) for name, optimizer in made.items()),
        (
            (0, "train_loss @ 700 > 0.5 * train_loss @ 0"),
            (1, "train_loss @ 700 < 0.26 * train_loss @ 0"),
            (1, "train_loss @ 700 > 0.24 * train_loss @ 0"),
            (3, "train_loss @ 700 < 0.24 * train_loss @ 0"),
            (3, "train_loss @ 700 > 0.1 * train_loss @ 0"),
            (2, "train_loss @ 700 < 0.05 * train_loss @ 0"),
        ),
    )


def _normalized(known: dict[str, Settings]) -> Comparison:
    return Comparison(
        "batch_norm",
        "without and with batch norm",
        "Look at the magenta bars: the same ten sigmoid layers, and with a batch norm behind each the gradient reaches "
        "dense 1 as large as it set out.",
        200,
        400,
        (Shown("without", known["vanishing"]), Shown("with batch norm", known["batch_norm"])),
        ((0, f"{FIRST} @ 200 < 1e-6 * {LAST} @ 200"), (1, f"{FIRST} @ 200 > {LAST} @ 200")),
    )


def _dropout(known: dict[str, Settings]) -> Comparison:
    return Comparison(
        "dropout",
        "without and with dropout",
        "Look at the test losses: without dropout the test loss climbs while the training loss falls; with dropout "
        "both stay together.",
        600,
        1000,
        (Shown("without", known["overfitting"]), Shown("with dropout", known["dropout"])),
        (
            (0, "test_loss @ 600 > 2 * test_loss @ 0"),
            (0, "train_loss @ 600 < 0.02 * train_loss @ 0"),
            (1, "test_loss @ 600 < 1.1 * train_loss @ 600"),
        ),
    )


def _penalty(known: dict[str, Settings]) -> Comparison:
    weights = "norm(dense2.weight)"
    return Comparison(
        "l2",
        "without and with an L2 penalty",
        "Look at the test losses: the penalty holds the weights of dense 2 below where they began, and the test loss "
        "falls instead of climbing.",
        600,
        1000,
        (Shown("without", known["overfitting"]), Shown("with L2", known["weight_penalty"])),
        (
            (0, "test_loss @ 600 > 2 * test_loss @ 0"),
            (0, f"{weights} @ 600 > {weights} @ 0"),
            (1, f"{weights} @ 600 < {weights} @ 0"),
            (1, "test_loss @ 600 < 0.5 * test_loss @ 0"),
        ),
    )


def _clipped(known: dict[str, Settings]) -> Comparison:
    return Comparison(
        "clipping",
        "a rate too high, without and with clipping",
        "Look at the losses: at the same rate the one run is no longer finite at iteration 60, and the other, whose "
        "gradient is cut to a norm of 0.1, goes on learning.",
        56,
        196,
        (Shown("without", known["diverging"]), Shown("clipped", known["clipping"])),
        (
            (0, "not finite(loss @ 60)"),
            (1, "norm(dense1.weight.clipped_grad) @ 100 <= 0.1"),
            (1, "train_loss @ 196 < 0.05 * train_loss @ 0"),
        ),
    )


def _batches(known: dict[str, Settings]) -> Comparison:
    circle = known["circle"]
    return Comparison(
        "batch_sizes",
        "batches of one, of ten, and of all",
        "Look at the losses: after 420 steps of one sample each more than half of the loss is left at this rate, after "
        "steps of ten or of all samples less than a fiftieth.",
        420,
        420,
        (
            _with(circle, "one", batch_size=1),
            Shown("ten", circle),
            _with(circle, "all", batch_size=None),
        ),
        (
            (0, "train_loss @ 420 > 0.5 * train_loss @ 0"),
            (1, "train_loss @ 420 < 0.02 * train_loss @ 0"),
            (2, "train_loss @ 420 < 0.02 * train_loss @ 0"),
        ),
    )


def _feedback(known: dict[str, Settings]) -> Comparison:
    circle = known["circle"]
    return Comparison(
        "feedback",
        "the true gradient and random feedback",
        "Look at the losses: what comes back through fixed random weights instead of the true ones still teaches, but "
        "after 840 iterations more than a quarter of the loss is left, with the true gradient less than a hundredth.",
        840,
        840,
        (
            Shown("true gradient", circle),
            _with(circle, "random feedback", backward={"type": "feedback_alignment"}),
        ),
        (
            (0, "train_loss @ 840 < 0.01 * train_loss @ 0"),
            (1, "train_loss @ 840 < 0.5 * train_loss @ 0"),
            (1, "train_loss @ 840 > 0.25 * train_loss @ 0"),
        ),
    )
