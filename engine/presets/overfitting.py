"""Presets of what is done about runs that go wrong: too few samples, too deep a network, too high a rate."""

from __future__ import annotations

from typing import Any

from engine.presets.shorthand import TEN_LAYERS, Described, adam, deep, dense, sgd

_HIDDEN = dense((32, "tanh"), initializer="xavier_uniform")
_OUTPUT = dense((1, "identity"), initializer="torch_default")
_FEW_POINTS: dict[str, Any] = {
    "seed": 1,
    "data": {"name": "sine", "samples": 30, "noise": 0.3, "test_fraction": 0.5},
    "loss": "mse",
    "optimizer": adam(0.02),
}
_PLANE: dict[str, Any] = {
    "data": {"name": "plane"},
    "batch_size": 10,
    "layers": dense((6, "silu"), (1, "identity"), initializer="torch_default"),
    "loss": "mse",
}


def _residual_blocks(count: int) -> list[dict[str, Any]]:
    """Pairs of layers, the sum with what each pair was given after it."""
    layers, last = deep((6, "identity")), "dense1"
    for i in range(1, count + 1):
        layers += [*deep((6, "sigmoid"), (6, "identity")), {"type": "add", "inputs": [last, f"dense{2 * i + 1}"]}]
        last = f"add{i}"
    return [*layers, *deep((1, "sigmoid"))]


REMEDIES: tuple[Described, ...] = (
    (
        "overfitting",
        "overfitting",
        "Fifteen noisy points, a thousand weights: the training loss goes on falling, the test loss turns around and "
        "ends higher than it began.",
        {**_FEW_POINTS, "layers": [*_HIDDEN, *_HIDDEN, *_OUTPUT]},
    ),
    (
        "weight_penalty",
        "overfitting held back by L2",
        "The network that overfits, with a penalty on large weights: they stay small, the curve stays smooth, and the "
        "test loss falls with the training loss.",
        {**_FEW_POINTS, "layers": [*_HIDDEN, *_HIDDEN, *_OUTPUT], "regularization": {"l2": 0.01}},
    ),
    (
        "dropout",
        "overfitting held back by dropout",
        "The network that overfits, a fifth of its units silenced at random in every iteration: the test loss stays "
        "low.",
        {**_FEW_POINTS, "layers": [*([*_HIDDEN, {"type": "dropout", "p": 0.2}] * 2), *_OUTPUT]},
    ),
    (
        "early_stopping",
        "overfitting stopped early",
        "The run that overfits, number for number: with a patience of fifty epochs training would have ended near "
        "iteration 100, soon after the lowest test loss.",
        {**_FEW_POINTS, "layers": [*_HIDDEN, *_HIDDEN, *_OUTPUT], "early_stopping": {"patience": 50}},
    ),
    (
        "features",
        "circle from squares",
        "Given the squares of the inputs, one unit draws the circle that otherwise takes a hidden layer: look at its "
        "two weights, which become alike, as the radius of a circle wants it.",
        {
            "data": {"name": "circle"},
            "features": ["x1^2", "x2^2"],
            "batch_size": 10,
            "layers": dense((1, "sigmoid"), initializer="xavier_uniform"),
            "loss": "bce",
            "optimizer": sgd(0.1),
        },
    ),
    (
        "batch_norm",
        "ten sigmoid layers with batch norm",
        "The ten sigmoid layers that learn nothing, with a batch norm after each: the gradient now arrives at the "
        "first layer about as large as it set out, and the loss falls.",
        {**TEN_LAYERS, "layers": [*([*deep((6, "sigmoid")), {"type": "batch_norm"}] * 10), *deep((1, "sigmoid"))]},
    ),
    (
        "residual",
        "five residual blocks",
        "Each block adds what it makes to what it was given, so the gradient has a way around its sigmoid: compare the "
        "norms of the first and the last layer, and follow a path that takes all the shortcuts.",
        {**TEN_LAYERS, "layers": _residual_blocks(5)},
    ),
    (
        "clipping",
        "learning rate too high, clipped",
        "The run that diverges, with gradients no longer than 0.1: most of them are clipped, and the loss falls "
        "instead of exploding.",
        {**_PLANE, "optimizer": sgd(0.9), "clip": {"norm": 0.1}},
    ),
    (
        "range_test",
        "learning-rate range test",
        "The rate grows from 0.001 to 10 within 200 iterations: read off where the loss falls and from where on it "
        "explodes, and choose a rate well below that.",
        {
            **_PLANE,
            "batch_size": 20,
            "optimizer": sgd(0.1),
            "schedule": {"type": "range_test", "start": 0.001, "end": 10.0, "iterations": 200},
        },
    ),
    (
        "label_smoothing",
        "smoothed labels",
        "Where a line parts the classes, exact labels would make the weights grow for ever: smoothed ones let them "
        "rest as soon as the right class has a probability of about 0.95.",
        {
            "data": {"name": "gauss"},
            "batch_size": 20,
            "layers": dense((2, "identity"), initializer="torch_default"),
            "loss": {"type": "cross_entropy", "label_smoothing": 0.1},
            "optimizer": sgd(0.5),
        },
    ),
)
