"""Deliberately wrong engines: the mistakes that people make in backpropagation, each of which must be noticed.

The judge is the reference engine, over a few iterations; it finds nothing wrong with the engine as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.execution.recorder import Recorder
from engine.ops import OPS
from engine.ops.core.op import Function
from engine.ops.core.structure import accumulate
from engine.ops.update.gradients import ALL_OPS
from engine.ops.update.optimizers import UPDATE_OPS
from engine.update.equations import Stage
from engine.update.optimizers import OPTIMIZERS, STEP, Equation, OptimizerKind, Rules
from tests.engine.support.reference import disagreement

Patch = pytest.MonkeyPatch
SGD: dict[str, Any] = {"type": "sgd", "learning_rate": 0.1}
ADAM: dict[str, Any] = {"type": "adam", "learning_rate": 0.01}


def wrong_vjp(op: str, argument: str, kernel: Callable[..., None], operands: tuple[str, ...] | None = None) -> Any:
    """A mistake in one VJP."""

    def apply(patch: Patch) -> None:
        function = OPS[op].vjps[argument]
        patch.setitem(OPS[op].vjps, argument, _with(function, kernel, operands))

    return apply


def wrong_forward(op: str, kernel: Callable[..., None]) -> Any:
    """A mistake in what an op computes."""
    return lambda patch: patch.setitem(OPS, op, replace(OPS[op], function=_with(OPS[op].function, kernel, None)))


def wrong_uses(kernel: Callable[..., None]) -> Any:
    """A mistake in how the gradients of a value's uses are put together."""
    return lambda patch: patch.setattr(
        "engine.program.backward.accumulate", lambda count: _with(accumulate(count), kernel, None)
    )


def wrong_of_all(name: str, kernel: Callable[..., None]) -> Any:
    """A mistake in a number of all parameters together."""
    right = ALL_OPS[name]
    return lambda patch: patch.setitem(ALL_OPS, name, lambda count: _with(right(count), kernel, None))


def both(*mistakes: Any) -> Any:
    """Several mistakes, which only together are the one that is meant."""

    def apply(patch: Patch) -> None:
        for mistake in mistakes:
            mistake(patch)

    return apply


def wrong_update(name: str, kernel: Callable[..., None]) -> Any:
    """A mistake in one equation of an optimizer."""
    return lambda patch: patch.setitem(UPDATE_OPS, name, _with(UPDATE_OPS[name], kernel, None))


def wrong_rules(name: str, change: Callable[[Equation], Equation]) -> Any:
    """A mistake in how an optimizer puts its equations together."""

    def apply(patch: Patch) -> None:
        kind = OPTIMIZERS[name]

        def rules(settings: Any) -> Rules:
            right = kind.rules(settings)
            return Rules(
                right.slots, tuple(map(change, right.scalars)), tuple(change(equation) for equation in right.equations)
            )

        wrong: OptimizerKind = replace(kind, rules=rules)
        patch.setitem(OPTIMIZERS, name, wrong)

    return apply


def _with(function: Function, kernel: Callable[..., None], operands: tuple[str, ...] | None) -> Function:
    return replace(function, kernel=kernel, operands=operands or function.operands, fast=None)


def writes(value: Callable[..., Any]) -> Callable[..., None]:
    """A kernel from an expression."""

    def kernel(xp: Any, out: Any, *operands: Any, **params: Any) -> None:
        def call() -> None:
            out[...] = value(*operands, **params)

        if isinstance(xp, Recorder):
            xp.calls.append(call)
        else:
            call()

    return kernel


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and a net in which it matters; of layers that are given, the last has to give 3 outputs."""

    apply: Any
    hidden: str = "tanh"
    last: str = "identity"
    loss: Any = "mse"
    optimizer: Any = None
    layers: Any = None
    update: Any = None


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def onehot(t: Any, z: Any) -> Any:
    return np.eye(z.shape[1])[t]


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def turned(right: Callable[..., None]) -> Callable[..., None]:
    """A kernel whose weights are turned around."""

    def kernel(xp: Any, out: Any, grad: Any, weight: Any, x: Any, **params: Any) -> None:
        right(xp, out, grad, weight[:, :, ::-1, ::-1], x, **params)

    return kernel


def turning(right: Callable[..., None]) -> Callable[..., None]:
    """A kernel whose result is turned around."""

    def kernel(xp: Any, out: Any, *operands: Any, **params: Any) -> None:
        right(xp, out[:, :, ::-1, ::-1], *operands, **params)

    return kernel


def at_first_place(right: Callable[..., None]) -> Callable[..., None]:
    """A kernel that takes the gradient of the first place of each image alone."""

    def kernel(xp: Any, out: Any, grad: Any, *operands: Any, **params: Any) -> None:
        first = np.zeros_like(grad)
        first[:, :, 0, 0] = grad[:, :, 0, 0]
        right(xp, out, first, *operands, **params)

    return kernel


def images(*layers: dict[str, Any]) -> list[dict[str, Any]]:
    """Two convolutions over images of 4x4 with layers between them and the outputs."""
    conv = {"type": "conv2d", "units": 2, "kernel": 3, "padding": 1, "activation": "tanh"}
    start: list[dict[str, Any]] = [{"units": 16, "activation": "tanh"}, {"type": "reshape", "shape": [1, 4, 4]}]
    return [*start, conv, conv, *layers, {"type": "flatten"}, {"units": 3}]


HIDDEN: dict[str, Any] = {"units": 3, "activation": "tanh"}
POOL: dict[str, Any] = {"type": "max_pool2d", "kernel": 2}
NORMED = [HIDDEN, {"type": "batch_norm"}, {"type": "activation", "activation": "tanh"}, {"units": 3}]
DROPPED = [HIDDEN, {"type": "dropout", "p": 0.4}, {"units": 3}]
RESIDUAL = [HIDDEN, HIDDEN, {"type": "add", "inputs": ["dense1", "dense2"]}, {"units": 3}]
MISTAKES: dict[str, Mistake] = {
    "the weight's gradient transposed": Mistake(wrong_vjp("linear", "weight", writes(lambda g, x: (g.T @ x).T))),
    "the gradient sent back through W instead of its transpose": Mistake(
        wrong_vjp("linear", "x", writes(lambda g, w: g @ w.T))
    ),
    "the bias's gradient as a mean": Mistake(wrong_vjp("linear", "bias", writes(lambda g, x: g.mean(axis=0)))),
    "the bias's gradient of the first sample only": Mistake(wrong_vjp("linear", "bias", writes(lambda g, x: g[0]))),
    "the weight's gradient from absolute inputs": Mistake(
        wrong_vjp("linear", "weight", writes(lambda g, x: g.T @ abs(x)))
    ),
    "mse without 1/N": Mistake(wrong_vjp("mse", "prediction", writes(lambda g, y, t: g * 2 * (y - t) / y.shape[1]))),
    "mse without the 2": Mistake(wrong_vjp("mse", "prediction", writes(lambda g, y, t: g * (y - t) / y.size))),
    "mse with the sign turned": Mistake(
        wrong_vjp("mse", "prediction", writes(lambda g, y, t: g * 2 * (t - y) / y.size))
    ),
    "tanh's slope at the pre-activation": Mistake(
        wrong_vjp("tanh", "z", writes(lambda g, z: g * (1 - z * z)), ("grad", "z"))
    ),
    "tanh's slope forgotten": Mistake(wrong_vjp("tanh", "z", writes(lambda g, a: g))),
    "sigmoid's slope without 1 - a": Mistake(wrong_vjp("sigmoid", "z", writes(lambda g, a: g * a)), hidden="sigmoid"),
    "relu's gate on the gradient": Mistake(
        wrong_vjp("relu", "z", writes(lambda g, z: g * (g > 0)), ("grad", "z")), hidden="relu"
    ),
    "softplus's slope as tanh's": Mistake(
        wrong_vjp("softplus", "z", writes(lambda g, z, **_: g * np.tanh(z)), ("grad", "z")), hidden="softplus"
    ),
    "softmax's diagonal only": Mistake(
        wrong_vjp("softmax", "z", writes(lambda g, a: g * a * (1 - a)), ("grad", "output")), last="softmax"
    ),
    "cross-entropy averaged over cells": Mistake(
        wrong_vjp("cross_entropy", "prediction", writes(lambda g, z, t: g * (softmax(z) - onehot(t, z)) / z.size)),
        loss="cross_entropy",
    ),
    "cross-entropy without softmax": Mistake(
        wrong_vjp("cross_entropy", "prediction", writes(lambda g, z, t: g * (z - onehot(t, z)) / len(z))),
        loss="cross_entropy",
    ),
    "prediction minus target whatever the output": Mistake(
        wrong_vjp("bce", "prediction", writes(lambda g, y, t: g * (y - t) / y.size)), last="sigmoid", loss="bce"
    ),
    "logits taken for probabilities": Mistake(
        wrong_vjp("bce_with_logits", "prediction", writes(lambda g, z, t: g * (z - t) / z.size)), loss="bce_with_logits"
    ),
    "huber never turning linear": Mistake(
        wrong_vjp("huber", "prediction", writes(lambda g, y, t, delta: g * (y - t) / y.size)),
        loss={"type": "huber", "delta": 0.2},
    ),
    "going up the gradient": Mistake(wrong_update("descend", writes(lambda rate, d: rate * d))),
    "momentum of the old gradient only": Mistake(
        wrong_update("momentum", writes(lambda m, g, momentum: momentum * (m + g))), optimizer=SGD | {"momentum": 0.9}
    ),
    "nesterov without looking ahead": Mistake(
        wrong_update("nesterov", writes(lambda g, m, momentum: m)), optimizer=SGD | {"momentum": 0.9, "nesterov": True}
    ),
    "weight decay with the sign turned": Mistake(
        wrong_update("weight_decay", writes(lambda g, p, weight_decay: g - weight_decay * p)),
        optimizer=SGD | {"weight_decay": 0.1},
    ),
    "adam without bias correction": Mistake(wrong_update("correct", writes(lambda m, c: m)), optimizer=ADAM),
    "adam's epsilon inside the root": Mistake(
        wrong_update("root", writes(lambda v, eps: np.sqrt(v + eps))), optimizer=ADAM
    ),
    "adam counting from 0": Mistake(
        wrong_update("bias_correction", writes(lambda step, beta: 1 - beta ** (step + 1))), optimizer=ADAM
    ),
    "adam's second moment of the gradient, not of its square": Mistake(
        wrong_update("average_square", writes(lambda v, g, beta: beta * v + (1 - beta) * abs(g))), optimizer=ADAM
    ),
    "adamw's decay without the learning rate": Mistake(
        wrong_update("decoupled_decay", writes(lambda rate, p, weight_decay: -weight_decay * p)),
        optimizer={"type": "adamw", "learning_rate": 0.01, "weight_decay": 0.1},
    ),
    "adam dividing by the uncorrected moment": Mistake(
        wrong_rules("adam", lambda e: replace(e, inputs=("exp_avg_sq.next",)) if e.output == "scale" else e),
        optimizer=ADAM,
    ),
    "one bias correction for both moments": Mistake(
        wrong_rules(
            "adam",
            lambda e: replace(e, params={"beta": 0.9}, inputs=(STEP,)) if e.output.startswith("optimizer.") else e,
        ),
        optimizer=ADAM,
    ),
    "rmsprop forgetting nothing": Mistake(
        wrong_update("average_square", writes(lambda v, g, beta: v + (1 - beta) * g * g)),
        optimizer={"type": "rmsprop", "learning_rate": 0.01},
    ),
    "adagrad forgetting everything": Mistake(
        wrong_update("accumulate_square", writes(lambda s, g: g * g)),
        optimizer={"type": "adagrad", "learning_rate": 0.1},
    ),
}

MISTAKES |= {
    "a convolution's kernel turned around on the way back": Mistake(
        wrong_vjp("conv2d", "x", turned(OPS["conv2d"].vjps["x"].kernel)), layers=images(POOL)
    ),
    "the kernel's gradient turned around": Mistake(
        wrong_vjp("conv2d", "weight", turning(OPS["conv2d"].vjps["weight"].kernel)), layers=images(POOL)
    ),
    "the kernel's gradient of one place only": Mistake(
        wrong_vjp("conv2d", "weight", at_first_place(OPS["conv2d"].vjps["weight"].kernel)), layers=images(POOL)
    ),
    "a convolution's bias with the mean over places": Mistake(
        wrong_vjp("conv2d", "bias", writes(lambda g, **_: g.mean(axis=(2, 3)).sum(axis=0))), layers=images(POOL)
    ),
    "max pooling's gradient to all cells of a window": Mistake(
        wrong_vjp("max_pool2d", "x", writes(lambda g, x, y, **_: np.kron(g, np.ones((2, 2))))), layers=images(POOL)
    ),
    "average pooling's gradient not shared out": Mistake(
        wrong_vjp("avg_pool2d", "x", writes(lambda g, x, **_: np.kron(g, np.ones((2, 2))))),
        layers=images(POOL | {"type": "avg_pool2d"}),
    ),
    "global average pooling's gradient not shared out": Mistake(
        wrong_vjp("global_avg_pool", "x", writes(lambda g, x: np.broadcast_to(g[:, :, None, None], x.shape))),
        layers=images({"type": "global_avg_pool"}),
    ),
    "batch norm's mean and variance without gradients": Mistake(
        both(
            wrong_vjp("center", "mean", writes(lambda *_, **__: 0.0)),
            wrong_vjp("rescale", "factor", writes(lambda *_, **__: 0.0)),
        ),
        layers=NORMED,
    ),
    "batch norm's mean without a gradient": Mistake(
        wrong_vjp("center", "mean", writes(lambda *_, **__: 0.0)), layers=images({"type": "batch_norm"})
    ),
    "batch norm with the variance of a sample": Mistake(
        wrong_forward("batch_mean_square", writes(lambda x, axes: (x * x).sum(axis=axes) / (len(x) - 1))),
        layers=NORMED,
    ),
    "dropout without scaling": Mistake(wrong_forward("bernoulli_mask", writes(lambda u, p: u >= p)), layers=DROPPED),
    "dropout's mask forgotten on the way back": Mistake(
        wrong_vjp("apply_mask", "x", writes(lambda g, mask: g)), layers=DROPPED
    ),
    "of a residual connection only one way back": Mistake(wrong_uses(writes(lambda *parts: parts[0])), layers=RESIDUAL),
    "a shared weight whose second contribution is forgotten": Mistake(
        wrong_uses(writes(lambda *parts: parts[0])), layers=[HIDDEN, HIDDEN | {"share": "dense1"}, {"units": 3}]
    ),
    "gradients of several uses averaged": Mistake(
        wrong_uses(writes(lambda *parts: sum(parts) / len(parts))), layers=RESIDUAL
    ),
    "the penalty added to biases too": Mistake(
        lambda patch: patch.setattr(Stage, "concerns", lambda stage, parameter: True),
        update={"regularization": {"l2": 0.1}},
    ),
    "l2 without its half taken": Mistake(
        wrong_update("l2_gradient", writes(lambda p, l2: 2 * l2 * p)), update={"regularization": {"l2": 0.1}}
    ),
    "l1 without the sign": Mistake(
        wrong_update("l1_gradient", writes(lambda p, l1: l1 * np.ones_like(p))), update={"regularization": {"l1": 0.1}}
    ),
    "clipping by the sum of the norms": Mistake(
        wrong_of_all("norm_of_all", writes(lambda *squares: np.sum(np.sqrt(squares)))), update={"clip": {"norm": 0.1}}
    ),
    "clipping by the norm of the first parameter": Mistake(
        wrong_of_all("norm_of_all", writes(lambda *squares: np.sqrt(squares[0]))), update={"clip": {"norm": 0.1}}
    ),
    "small gradients scaled up to the bound": Mistake(
        wrong_update("clip_factor", writes(lambda norm, limit: limit / (norm + 1e-6))), update={"clip": {"norm": 10.0}}
    ),
    "a schedule one iteration ahead": Mistake(
        wrong_update("position", writes(lambda step: step)), update={"schedule": {"type": "step", "step_size": 3}}
    ),
    "the decay of a schedule taken twice": Mistake(
        wrong_update("scaled", writes(lambda rate, share: rate * share**2)),
        update={"schedule": {"type": "exponential", "gamma": 0.9}},
    ),
}


def run_of(mistake: Mistake) -> Run:
    """A net with square weights, so that a transposed matrix still fits."""
    rng = np.random.default_rng(11)
    inputs, numbers = rng.normal(size=(9, 3)), rng.normal(size=(9, 3))
    chances = mistake.loss in ("bce", "bce_with_logits")
    labels = [0, 1, 2, 2, 1, 0, 0, 1, 2]
    targets: Any = labels if mistake.loss == "cross_entropy" else (numbers > 0).astype(float) if chances else numbers
    config = {
        "data": {"inputs": inputs.tolist(), "targets": np.asarray(targets).tolist()},
        "layers": mistake.layers
        or [{"units": 3, "activation": a} for a in (mistake.hidden, mistake.hidden, mistake.last)],
        "loss": mistake.loss,
        "optimizer": mistake.optimizer or SGD,
        **(mistake.update or {}),
    }
    return Run(RunConfig.from_dict(config))


def judged(mistake: Mistake) -> float:
    with np.errstate(all="ignore"):
        return disagreement(run_of(mistake), mistake.optimizer or SGD)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_engine_is_noticed_and_the_right_one_is_not(mistake: Mistake, monkeypatch: Patch) -> None:
    right = judged(mistake)
    mistake.apply(monkeypatch)
    assert right <= 1e-12
    assert judged(mistake) > 1e-6
