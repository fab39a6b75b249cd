"""Training written out by hand, to measure the engine against: numpy and nothing around it.

Each net becomes one Python function without a loop over layers, a name to look up or an array to allocate. All that can
be folded is: activations overwrite what they are of, every slope is computed in one call, weight and bias have one
gradient, the optimizer's constants are one number. So nothing in it could be shown; that is what the engine adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Names = dict[str, Any]
Train = Callable[[Sequence[Array], int], float]


@dataclass(frozen=True)
class Case:
    """A net of dense layers and how it is trained; `sizes` begins with the number of features."""

    name: str
    sizes: tuple[int, ...]
    activation: str
    output: str
    loss: str
    optimizer: str
    rate: float
    batch: int
    rows: int

    @property
    def layers(self) -> range:
        return range(1, len(self.sizes))

    @property
    def last(self) -> int:
        return len(self.sizes) - 1


CASES = {
    case.name: case
    for case in (
        Case("W0", (10, 5, 1), "relu", "identity", "mse", "sgd", 0.01, 1, 256),
        Case("W1", (2, 4, 2, 1), "tanh", "tanh", "mse", "sgd", 0.03, 10, 500),
        Case("W2", (2, 8, 8, 8, 1), "tanh", "identity", "bce_with_logits", "adam", 0.003, 32, 512),
        Case("W3", (64, 64, 32, 10), "relu", "identity", "cross_entropy", "adam", 0.001, 32, 1797),
        Case("W4", (784, 128, 64, 10), "relu", "identity", "cross_entropy", "momentum", 0.01, 64, 2048),
        Case("W5", (1024, 1024, 1024, 10), "relu", "identity", "cross_entropy", "adam", 0.001, 256, 1024),
    )
}


def straight(case: Case, inputs: Array, targets: Array) -> Train:
    """A function that trains on batches of row numbers, from weights of its own, and returns the last loss.

    Args: inputs (rows, features); targets (rows, outputs), one-hot for classes; both in the type to compute in.
    """
    names = _constants(case, inputs.dtype) | _parameters(case, inputs.dtype) | _activations(case, inputs.dtype)
    names |= {"inputs": np.c_[inputs, np.ones_like(inputs[:, :1])], "targets": targets}
    body = [*_forward(case), *_loss(case), *_backward(case), *_update(case)]
    text = "\n  ".join(
        ["def train(batches, first):", "for number, rows in enumerate(batches, first + 1):", *indented(body)]
    )
    exec(f"{text}\n  return float(loss)", names)
    train: Train = names["train"]
    return train


def indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


# --- buffers ---------------------------------------------------------------------------------------------------------


def _constants(case: Case, dtype: Any) -> Names:
    functions = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "greater", "copyto", "tanh", "exp")
    more = ("log", "log1p", "absolute", "negative", "sqrt")
    cells = case.batch * (1 if case.loss == "cross_entropy" else case.sizes[-1])
    numbers = {"one": 1, "rate": case.rate, "mu": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "step": 0}
    numbers |= {"zero": 0, "share": (2 if case.loss == "mse" else 1) / cells}
    return {
        **{name: getattr(np, name) for name in (*functions, *more)},
        **{name: np.array(number, dtype) for name, number in numbers.items()},
        "maximum_of": np.maximum.reduce,
        "sum_of": np.add.reduce,
        "cells": cells,
    }


def _parameters(case: Case, dtype: Any) -> Names:
    """p, its gradient and slots as flat vectors; J is a layer's weight with the bias below it, W the weight alone."""
    shapes = [(before + 1, units) for before, units in zip(case.sizes, case.sizes[1:], strict=False)]
    size = sum(rows * columns for rows, columns in shapes)
    names: Names = {name: np.zeros(size, dtype) for name in ("p", "g", "m", "v", "spare")}
    names["p"][:] = np.random.default_rng(0).normal(size=size) / np.sqrt(max(case.sizes))
    end = 0
    for i, shape in enumerate(shapes, 1):
        start, end = end, end + shape[0] * shape[1]
        names[f"J{i}"] = names["p"][start:end].reshape(shape)
        names[f"W{i}"], names[f"J{i}T"] = names[f"J{i}"][:-1], names[f"J{i}"].T
        names[f"G{i}"] = names["g"][start:end].reshape(shape)
    return names


def _activations(case: Case, dtype: Any) -> Names:
    """A: a layer's output (units, batch), below it a row of ones; H without the ones; E: the error that comes back.

    All A lie in one vector, so that the slopes of all layers are one call.
    """
    n, names = case.batch, {}
    every = np.ones(n * sum(units + 1 for units in case.sizes[1:]), dtype)
    names["a"], names["slope"] = every, np.empty_like(every)
    end = 0
    for i, units in enumerate(case.sizes[1:], 1):
        start, end = end, end + n * (units + 1)
        for name, vector in (("A", every), ("S", names["slope"])):
            names[f"{name}{i}"] = vector[start:end].reshape(units + 1, n)
        names[f"H{i}"], names[f"D{i}"] = names[f"A{i}"][:-1], names[f"S{i}"][:-1]
        names |= {f"{k}{i}": np.zeros((units, n), dtype) for k in "EZ"} | {f"M{i}": np.empty((units, n), bool)}
        names[f"E{i}T"] = names[f"E{i}"].T
    x, t = np.empty((n, case.sizes[0] + 1), dtype), np.empty((n, case.sizes[-1]), dtype)
    e = names[f"E{case.last}"]
    names |= {"x": x, "A0": x.T, "t": t, "T": t.T, "e": e.reshape(-1), "H": names[f"H{case.last}"], "E": e}
    names |= {"U": np.empty_like(e), "sums": np.empty(n, dtype), "highest": np.empty(n, dtype)}
    return names | {"u": names["U"].reshape(-1), "ones": np.ones(e.size, dtype), "h": names["H"].reshape(-1)}


# --- lines -----------------------------------------------------------------------------------------------------------


def _forward(case: Case) -> Iterator[str]:
    yield "inputs.take(rows, 0, x, 'clip')"
    yield "targets.take(rows, 0, t, 'clip')"
    for i in case.layers:
        yield f"J{i}T.dot(A{i - 1}, H{i})"
        match case.output if i == case.last else case.activation:
            case "tanh":
                yield f"tanh(H{i}, H{i})"
            case "relu":
                yield f"maximum(H{i}, Z{i}, out=H{i})"


def _loss(case: Case) -> list[str]:
    """The loss, and its gradient in E."""
    return {"mse": _SQUARES, "bce_with_logits": _LOGITS, "cross_entropy": _CLASSES}[case.loss] + [
        "multiply(E, share, E)"
    ]


_SQUARES = ["subtract(H, T, E)", "loss = e.dot(e) / cells"]
_LOGITS = [
    *("absolute(H, U)", "negative(U, U)", "exp(U, U)", "log1p(U, U)"),
    *("minimum(H, zero, out=E)", "subtract(E, U, U)"),  # U: the log of the sigmoid
    "loss = (h.dot(ones) - h.dot(t.reshape(-1)) - u.dot(ones)) / cells",
    *("exp(U, U)", "subtract(U, T, E)"),
]
_CLASSES = [
    *("maximum_of(H, 0, None, highest)", "subtract(H, highest, H)", "exp(H, E)", "sum_of(E, 0, None, sums)"),
    *("divide(E, sums, E)", "log(sums, sums)", "multiply(H, T, U)"),
    *("loss = (sums.dot(ones[:sums.size]) - u.dot(ones)) / cells", "subtract(E, T, E)"),
]


def _backward(case: Case) -> Iterator[str]:
    if case.activation == "tanh":
        yield from ("multiply(a, a, slope)", "subtract(one, slope, slope)")
    if case.output == "tanh":
        yield f"multiply(E, D{case.last}, E)"
    for i in reversed(case.layers):
        yield f"A{i - 1}.dot(E{i}T, G{i})"
        if i > 1:
            yield f"W{i}.dot(E{i}, E{i - 1})"
            if case.activation == "relu":
                yield from (f"greater(H{i - 1}, zero, M{i - 1})", f"copyto(D{i - 1}, M{i - 1})")
            yield f"multiply(E{i - 1}, D{i - 1}, E{i - 1})"


def _update(case: Case) -> list[str]:
    return {"sgd": _SGD, "momentum": ["multiply(m, mu, m)", "add(m, g, m)", *_descent("m")], "adam": _ADAM}[
        case.optimizer
    ]


def _descent(direction: str) -> list[str]:
    return [f"multiply({direction}, rate, spare)", "subtract(p, spare, p)"]


_SGD = _descent("g")
_ADAM = [  # with m / (1 - beta1) and v / (1 - beta2) in the slots: what is left out goes into the step and epsilon
    "root = ((1 - 0.999 ** number) / (1 - 0.999)) ** 0.5",
    "epsilon[()] = 1e-8 * root",
    "step[()] = rate * (1 - 0.9) / (1 - 0.9 ** number) * root",
    *("multiply(m, beta1, m)", "add(m, g, m)"),
    *("multiply(g, g, spare)", "multiply(v, beta2, v)", "add(v, spare, v)"),
    *("sqrt(v, spare)", "add(spare, epsilon, spare)", "divide(m, spare, spare)"),
    *("multiply(spare, step, spare)", "subtract(p, spare, p)"),
]
