"""Of every kind of finding a run that has it, a run close to it that has not, and how long its cures take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engine.analysis.diagnosis import Diagnosis, diagnose
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config

Config = Mapping[str, Any]
PRESETS: dict[str, dict[str, Any]] = {preset.name: preset.config for preset in presets()}


@dataclass(frozen=True, slots=True)
class Example:
    """A run and an iteration at which a kind is found; `close` is one without it.

    after: iterations after which each cure has helped, counted from its branch, or from the start of a new run.
    """

    at: int
    config: Config
    close: Config
    after: int = 0
    close_at: int | None = None


def sgd(rate: float, **more: Any) -> dict[str, Any]:
    """Plain descent."""
    return {"type": "sgd", "learning_rate": rate, **more}


def dense(*layers: tuple[int, str], **more: Any) -> list[dict[str, Any]]:
    """Dense layers."""
    return [{"units": units, "activation": activation, **more} for units, activation in layers]


def on_circle(
    layers: list[dict[str, Any]], loss: str | dict[str, Any] = "bce", rate: float = 0.1, **more: Any
) -> Config:
    """Layers on the circle, in batches of ten."""
    return {
        "data": {"name": "circle"},
        "batch_size": 10,
        "loss": loss,
        "layers": layers,
        "optimizer": sgd(rate),
        **more,
    }


def inline(inputs: Any, targets: Any, **more: Any) -> Config:
    """One linear unit on rows of one's own, all in one batch."""
    data = {"inputs": np.asarray(inputs, float).reshape(len(inputs), -1).tolist(), "targets": targets}
    return {"data": data, "batch_size": None, "loss": "mse", "layers": [{"units": 1}], "optimizer": sgd(0.05), **more}


def expression(text: str, rate: float = 0.1, **inputs: float) -> Config:
    """Plain descent on an expression."""
    return {"expression": text, "inputs": inputs, "optimizer": sgd(rate)}


def changed(config: Config, **changes: Any) -> Config:
    """The same with other parts."""
    return {**config, **changes}


X = np.linspace(-1, 1, 40)
LINE = [[float(t)] for t in 0.5 * X - 0.2]
TWO = dense((4, "tanh"), (1, "sigmoid"))
DEAD = [
    {"units": 4, "activation": "relu", "weight": [[1, 0], [0, 1], [1, 1], [1, -1]], "bias_values": [-50, -50, 0, 0]},
    {"units": 1, "activation": "sigmoid"},
]
TEN = on_circle(dense(*[(6, "sigmoid")] * 10, (1, "sigmoid"), initializer="xavier_uniform"), rate=0.05, seed=33)
XOR = {
    "seed": 7,
    "data": {"inputs": [[0, 0], [0, 1], [1, 0], [1, 1]], "targets": [[0], [1], [1], [0]]},
    "batch_size": 1,
    "loss": "mse",
    "layers": dense((2, "sigmoid"), (1, "sigmoid"), initializer={"type": "uniform", "a": -1, "b": 1}),
    "optimizer": sgd(0.35),
}
RARE = {
    "inputs": np.column_stack([np.sin(np.arange(60)), np.cos(np.arange(60) * 1.7)]).tolist(),
    "targets": [[1 if i % 10 == 0 else 0] for i in range(60)],
}
SORTED = {"inputs": X[:, None].tolist(), "targets": [int(x > 0) for x in X]}
HOUSES = inline([2104, 1600, 2400, 1416, 3000], [[400], [330], [369], [232], [540]], optimizer=sgd(0.01))
STEEP = inline(X, LINE, layers=[{"units": 1, "activation": "sigmoid", "weight": [[2]], "bias_values": [8]}])

EXAMPLES: dict[str, Example] = {
    "nonfinite": Example(200, HOUSES, changed(HOUSES, optimizer=sgd(1e-7)), 200),
    "undefined_slope": Example(0, expression("L = sqrt(x**2)", x=0), expression("L = sqrt(x**2)", x=0.5), 0),
    "explodes": Example(15, inline(X * 3, LINE, optimizer=sgd(0.6)), inline(X * 3, LINE, optimizer=sgd(0.1)), 40),
    "penalty_diverges": Example(
        0,
        on_circle(TWO, regularization={"l2": 30.0}),
        on_circle(TWO, regularization={"l2": 1.0}),
        5,
    ),
    "nothing_trained": Example(
        3,
        on_circle(dense((4, "tanh"), (1, "sigmoid"), frozen=["weight", "bias"])),
        on_circle([*dense((4, "tanh"), frozen=["weight", "bias"]), *dense((1, "sigmoid"))]),
        3,
    ),
    "wrong_pair": Example(
        0,
        changed(on_circle(dense((4, "tanh"), (2, "softmax"))), loss="cross_entropy"),
        changed(on_circle(dense((4, "tanh"), (2, "identity"))), loss="cross_entropy"),
    ),
    "output_range": Example(
        20,
        inline(X, [[30 * t[0]] for t in LINE], layers=dense((4, "tanh"), (1, "tanh"))),
        inline(X, LINE, layers=dense((4, "tanh"), (1, "tanh"))),
    ),
    "input_scale": Example(0, inline(X * 300, LINE), inline(X * 3, LINE)),
    "target_scale": Example(0, inline(X, [[500 * t[0]] for t in LINE]), inline(X, LINE)),
    "sorted_batches": Example(
        30,
        {**on_circle(TWO), "data": SORTED, "shuffle": False},
        {**on_circle(TWO), "data": SORTED, "shuffle": True},
    ),
    "linear_model": Example(
        0, on_circle(dense((4, "identity"), (1, "sigmoid"))), on_circle(dense((4, "softplus"), (1, "sigmoid")))
    ),
    "equal_units": Example(
        100,
        on_circle(
            dense((4, "tanh"), (1, "sigmoid"), initializer={"type": "constant", "val": 0.5}, bias_initializer="zeros")
        ),
        on_circle(TWO),
        20,
    ),
    "dead_units": Example(0, on_circle(DEAD), on_circle(dense((4, "leaky_relu"), (1, "sigmoid"))), 20),
    "saturated_units": Example(
        0,
        on_circle(dense((4, "tanh"), (1, "sigmoid"), initializer={"type": "normal", "std": 20.0})),
        on_circle(TWO),
        20,
    ),
    "saturated_output": Example(
        0,
        changed(STEEP, data={"inputs": X[:, None].tolist(), "targets": [[0.0]] * 20 + [[0.3]] * 20}),
        changed(STEEP, data={"inputs": X[:, None].tolist(), "targets": [[1.0]] * 40}),
        100,
    ),
    "vanishes": Example(0, TEN, on_circle(dense((6, "sigmoid"), (6, "sigmoid"), (1, "sigmoid"))), 5),
    "vanishes_over_time": Example(0, PRESETS["forgetting"], PRESETS["reversing"], 200),
    "zero_gradient": Example(
        0,
        inline(
            [-1, 1],
            [[-1.0], [1.0]],
            layers=dense((4, "tanh"), (1, "tanh"), initializer="zeros", bias_initializer="zeros"),
        ),
        inline([-1, 1], [[-1.0], [1.0]], layers=dense((4, "tanh"), (1, "tanh"), bias_initializer="zeros")),
    ),
    "penalty_too_strong": Example(
        500,
        on_circle(dense((4, "tanh"), (2, "tanh"), (1, "tanh")), "mse", 0.03, regularization={"l2": 0.3}),
        on_circle(dense((4, "tanh"), (2, "tanh"), (1, "tanh")), "mse", 0.03, regularization={"l2": 0.001}),
        500,
    ),
    "constant_output": Example(
        60,
        on_circle(dense((4, "tanh"), (1, "sigmoid"), initializer={"type": "normal", "std": 1e-5}), rate=1e-3),
        on_circle(TWO),
        60,
    ),
    "one_class": Example(100, {**on_circle(TWO, rate=0.02), "data": RARE, "batch_size": None}, on_circle(TWO), 300),
    "overfits": Example(1500, PRESETS["overfitting"], PRESETS["weight_penalty"], 450),
    "standstill": Example(6000, XOR, changed(XOR, seed=8), 9000, close_at=9000),
    "large_steps": Example(40, on_circle(TWO, rate=1.0), on_circle(TWO), 60),
    "tiny_steps": Example(40, on_circle(TWO, rate=1e-5), on_circle(TWO), 40),
    "finished": Example(300, PRESETS["features"], PRESETS["features"], close_at=5),
    "learns": Example(60, PRESETS["circle"], TEN),
    "healthy": Example(60, PRESETS["circle"], on_circle(DEAD)),
}


@cache
def _run(kind: str, close: bool) -> Run:
    example = EXAMPLES[kind]
    return Run(parse_config(example.close if close else example.config))


def run_with(kind: str) -> Run:
    """The run that has it."""
    return _run(kind, False)


def diagnosis(run: Run, t: int) -> Diagnosis:
    """What an iteration says."""
    return diagnose(run, run.trace_at(t))


def kinds(run: Run, t: int) -> list[str]:
    """The kinds of its findings."""
    return [finding.kind for finding in diagnosis(run, t).findings]


def close_run(kind: str) -> tuple[Run, int]:
    """A run close to it that has not, and the iteration to look at."""
    example = EXAMPLES[kind]
    return _run(kind, True), example.at if example.close_at is None else example.close_at
