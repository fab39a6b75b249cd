"""A second engine to compare with: the textbook forward pass under autograd, optimizers restated in plain numpy.

It shares no code with the engine: only the initial parameters, the rows of each batch and the data come from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad

from engine import Run
from tests.engine.support.reference_layers import forward

Tree = dict[str, np.ndarray[Any, Any]]
Memory = dict[str, Any]
Update = Callable[[Tree, Tree, Memory, int], Tree]


def _cross_entropy(y: Any, t: Any) -> Any:
    shifted = y - anp.max(y, axis=1, keepdims=True)
    logs = shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))
    return -anp.mean(logs[np.arange(len(t)), t])


def _huber(y: Any, t: Any, delta: float) -> Any:
    e = anp.abs(y - t)
    return anp.mean(anp.where(e <= delta, 0.5 * e**2, delta * (e - 0.5 * delta)))


LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda y, t: anp.mean((y - t) ** 2),
    "mae": lambda y, t: anp.mean(anp.abs(y - t)),
    "huber": _huber,
    "bce": lambda y, t: -anp.mean(t * anp.log(y) + (1 - t) * anp.log(1 - y)),
    "bce_with_logits": lambda y, t: anp.mean(anp.log(1 + anp.exp(y)) - y * t),
    "cross_entropy": _cross_entropy,
}


def _sgd(lr: float, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0) -> Update:
    def update(p: Tree, g: Tree, memory: Memory, t: int) -> Tree:
        new = {}
        for k in p:
            d = g[k] + weight_decay * p[k]
            if momentum:
                memory[k] = momentum * memory.get(k, 0) + d
                d = d + momentum * memory[k] if nesterov else memory[k]
            new[k] = p[k] - lr * d
        return new

    return update


def _adam(lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, decoupled: float = 0.0) -> Update:
    def update(p: Tree, g: Tree, memory: Memory, t: int) -> Tree:
        new = {}
        for k in p:
            m, v = memory.get(k, (0.0, 0.0))
            m, v = betas[0] * m + (1 - betas[0]) * g[k], betas[1] * v + (1 - betas[1]) * g[k] ** 2
            memory[k] = (m, v)
            step = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
            new[k] = p[k] * (1 - lr * decoupled) - lr * step
        return new

    return update


def _rmsprop(lr: float, alpha: float = 0.99, eps: float = 1e-8) -> Update:
    def update(p: Tree, g: Tree, memory: Memory, t: int) -> Tree:
        for k in p:
            memory[k] = alpha * memory.get(k, 0) + (1 - alpha) * g[k] ** 2
        return {k: p[k] - lr * g[k] / (np.sqrt(memory[k]) + eps) for k in p}

    return update


def _adagrad(lr: float, eps: float = 1e-10) -> Update:
    def update(p: Tree, g: Tree, memory: Memory, t: int) -> Tree:
        for k in p:
            memory[k] = memory.get(k, 0) + g[k] ** 2
        return {k: p[k] - lr * g[k] / (np.sqrt(memory[k]) + eps) for k in p}

    return update


def optimizer(settings: dict[str, Any]) -> Update:
    """The restated optimizer of a configuration."""
    rest: dict[str, Any] = {k: v for k, v in settings.items() if k not in ("type", "learning_rate")}
    lr: float = settings["learning_rate"]
    if settings["type"] == "adamw":
        return _adam(lr, decoupled=rest.pop("weight_decay", 0.01), **rest)
    makers: dict[str, Callable[..., Update]] = {"sgd": _sgd, "adam": _adam, "rmsprop": _rmsprop, "adagrad": _adagrad}
    return makers[settings["type"]](lr, **rest)


# --- before the optimizer: penalties, clipping, and the schedule's rate ---------------------------------------------


def _penalized(spec: Any, p: Tree, g: Tree) -> Tree:
    meant = {k for k in p if spec is not None and (spec.biases or k.endswith("weight"))}
    return {k: g[k] + spec.l2 * p[k] + spec.l1 * np.sign(p[k]) if k in meant else g[k] for k in p}


def _clipped(spec: Any, g: Tree) -> Tree:
    if spec is None:
        return g
    if spec.value is not None:
        return {k: np.clip(g[k], -spec.value, spec.value) for k in g}
    norms = {k: np.linalg.norm(g[k]) for k in g}
    together = np.linalg.norm(list(norms.values()))
    limit = spec.norm or spec.parameter_norm
    return {k: g[k] * min(1.0, limit / ((together if spec.norm else norms[k]) + 1e-6)) for k in g}


SCHEDULES: dict[str, Callable[..., float]] = {
    "exponential": lambda t, gamma, **_: gamma**t,
    "step": lambda t, gamma, step_size, **_: gamma ** (t // step_size),
}


def _rate(spec: Any, rate: float, t: int) -> float:
    return rate if spec is None else rate * SCHEDULES[spec.type](t, **spec.settings)


# --- both, side by side ---------------------------------------------------------------------------------------------


def disagreement(run: Run, settings: dict[str, Any], iterations: int = 6) -> float:
    """The largest scaled difference between the engine, run step by step, and this reference over some iterations."""
    state, worst = run.state_at(0), 0.0
    parameters = {p.name: run.layout.view(state.parameters, p.name).copy() for p in run.parameters}
    memory: Memory = {}
    for t in range(iterations):
        traced, next_state = run.step(state, t)
        loss, gradients, after = _iteration(run, settings, t, parameters, traced, memory)
        worst = max(worst, _scaled(traced["loss"], np.asarray(loss)))
        for name, value in after.items():
            worst = max(worst, _scaled(traced[f"{name}.grad"], gradients[name]), _scaled(traced[f"{name}.next"], value))
        parameters, state = after, next_state
    return worst


def _iteration(
    run: Run, settings: dict[str, Any], t: int, parameters: Tree, draws: Any, memory: Memory
) -> tuple[float, Tree, Tree]:
    """The reference's own loss, gradients and new parameters."""
    config, rows = run.fitting.config, run.batches.indices(t)
    spec, update = config.loss, config.update

    def loss_of(p: Tree) -> Any:
        outputs = forward(run.names, config.layers, p, run.inputs[rows], draws)
        return LOSSES[spec.type](outputs, run.targets[rows], **spec.params)

    loss, gradients = value_and_grad(loss_of)(parameters)
    taken = _clipped(update.clip, _penalized(update.regularization, parameters, gradients))
    rate = _rate(update.schedule, settings["learning_rate"], t)
    step = optimizer(settings | {"learning_rate": rate})
    return loss, gradients, step(parameters, taken, memory, t + 1)


def _scaled(ours: Any, theirs: Any) -> float:
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return float("inf")
    largest = float(np.max(np.abs(theirs)))
    return float(np.max(np.abs(ours - theirs))) / (largest or 1.0)
