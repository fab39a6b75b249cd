"""Runs of expressions that several tests look at."""

from __future__ import annotations

from typing import Any

from engine import Run, Store
from engine.run.task import parse_config

LECTURE: dict[str, Any] = {
    "expression": "L = (a*b + c) * tanh(d)",
    "inputs": {"a": 2, "b": -3, "c": 10, "d": 0.5},
    "optimizer": {"type": "sgd", "learning_rate": 0.01},
}
MICROGRAD: dict[str, Any] = {
    # the example of micrograd's README (Karpathy 2020), each value given one name only
    "expression": (
        "c = a + b; d = a*b + b**3; c1 = c + c + 1; c2 = c1 + 1 + c1 + (-a); d1 = d + d*2 + relu(b + a); "
        "d2 = d1 + 3*d1 + relu(b - a); e = c2 - d2; f = e**2; g0 = f / 2.0; g = g0 + 10.0 / f"
    ),
    "inputs": {"a": -4.0, "b": 2.0},
}
EVERYTHING = (
    "u = exp(a / 4) + log(b) - sqrt(b) * square(c); v = sin(u) / cos(d) + abs(a - b); w = max(u, v) - min(c, d);"
    "k = 1/4; p = b ** a + 2 ** c + a ** -2 + b ** k;"
    "s = sigmoid(w) + tanh(p) + relu(v) + leaky_relu(-u) + elu(c) + selu(d) + gelu(a) + silu(b) + softplus(u);"
    "L = (s + identity(p) * k - 3 + 0.5 * d) / 10 + max(a, -1)"
)
EXPRESSIONS: dict[str, dict[str, Any]] = {
    "lecture": LECTURE,
    "micrograd": MICROGRAD | {"optimizer": {"type": "sgd", "learning_rate": 1e-4}},
    "everything": {
        "expression": EVERYTHING,
        "inputs": {"a": 1.3, "b": 2.1, "c": -0.4, "d": 0.6},
        "optimizer": {"type": "adam", "learning_rate": 0.01},
    },
    "a copy": {"expression": "a", "inputs": {"a": 3}, "optimizer": {"type": "sgd", "learning_rate": 0.1}},
    "used again": {"expression": "b = a; c = b*b; L = c*a + a + c", "inputs": {"a": 0.7}, "train": ["a"]},
    "fixed": {"expression": "L = (w*x + b - t)**2", "inputs": {"w": 1, "x": 2, "b": 0, "t": 3}, "train": ["w", "b"]},
    "names that are taken": {
        "expression": "a_1 = a*a; loss = a_1*np + da*erf + learning_rate * momentum_a / step + x * target ** rows",
        "inputs": {"a": 1.5, "np": 2, "da": 3, "erf": 4, "learning_rate": 5, "momentum_a": 6, "step": 7}
        | {"x": 1.2, "target": 2, "rows": 3},
        "optimizer": {"type": "sgd", "learning_rate": 1e-3, "momentum": 0.9},
    },
    "all of the update": {
        "expression": "L = (1 - x)**2 + 100*(y - x**2)**2",
        "inputs": {"x": -1.2, "y": 1.0},
        "optimizer": {"type": "adamw", "learning_rate": 0.02},
        "schedule": {"type": "cosine", "iterations": 50},
        "regularization": {"l1": 0.01, "l2": 0.1},
        "clip": {"norm": 5.0},
    },
    "single": {**LECTURE, "dtype": "float32", "optimizer": {"type": "rmsprop", "learning_rate": 0.01}},
}


def run_of_expression(given: dict[str, Any], store: Store | None = None, **changes: Any) -> Run:
    """A run of one of the expressions above, with changes."""
    return Run(parse_config(given | changes), store)
