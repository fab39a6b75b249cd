"""Expressions: what is taught with a few numbers, before there are layers."""

from __future__ import annotations

from engine.presets.shorthand import Described, sgd

FORMULAS: tuple[Described, ...] = (
    (
        "chain_rule",
        "the chain rule by hand",
        "A neuron with one weight, written out: a single path leads from w to the loss, and the slopes along it, "
        "multiplied, are the gradient.",
        {
            "expression": "z = w*x + b\ny = sigmoid(z)\nL = (y - t)**2",
            "inputs": {"w": 0.5, "x": 2, "b": -0.4, "t": 1},
            "train": ["w", "b"],
            "optimizer": sgd(1.0),
        },
    ),
    (
        "micrograd",
        "micrograd's example",
        "As in micrograd's README, with its gradients of 138.8338 and 645.5773: values are used several times, so "
        "watch their gradients add up.",
        {
            "expression": (
                "c = a + b\nd = a*b + b**3\nc1 = c + c + 1\nc2 = c1 + 1 + c1 + (-a)\nd1 = d + d*2 + relu(b + a)\n"
                "d2 = d1 + 3*d1 + relu(b - a)\ne = c2 - d2\nf = e**2\ng = f/2 + 10/f"
            ),
            "inputs": {"a": -4, "b": 2},
            "optimizer": sgd(1e-5),
        },
    ),
    (
        "valley",
        "a narrow valley",
        "Across this valley it is 500 times as steep as along it: momentum keeps what all steps share, so 102 "
        "iterations bring the loss below 0.01 for good, and with a momentum of 0 it takes 1344.",
        {
            "expression": "L = (x**2 + 500*y**2) / 2",
            "inputs": {"x": -8, "y": 1},
            "optimizer": {**sgd(0.003), "momentum": 0.9},
        },
    ),
    (
        "rosenbrock",
        "Rosenbrock's valley",
        "The floor of this valley bends and is nearly flat: with momentum 318 iterations bring the loss below 0.01 for "
        "good, and with a momentum of 0 it takes 3925.",
        {
            "expression": "L = (1 - x)**2 + 100*(y - x**2)**2",
            "inputs": {"x": -1.2, "y": 1},
            "optimizer": {**sgd(0.001), "momentum": 0.9},
        },
    ),
    (
        "saddle",
        "a saddle",
        "Along x it is a valley, along y a ridge: the run all but stops where there is no minimum, and leaves because "
        "it starts a thousandth beside the ridge, which a start at y = 0 never does.",
        {
            "expression": "L = x**2/2 + (y**2 - 1)**2/4",
            "inputs": {"x": -2, "y": 0.001},
            "optimizer": sgd(0.1),
        },
    ),
)
