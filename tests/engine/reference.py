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

Tree = dict[str, np.ndarray[Any, Any]]
Memory = dict[str, Any]
Update = Callable[[Tree, Tree, Memory, int], Tree]


def _softmax(z: Any) -> Any:
    e = anp.exp(z - anp.max(z, axis=1, keepdims=True))
    return e / anp.sum(e, axis=1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: z * (z > 0),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "softmax": _softmax,
}


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


def forward(run: Run, parameters: Tree, x: Any) -> Any:
    """The model's output, from the textbook."""
    for name, layer in zip(run.names, run.config.layers, strict=True):
        z = anp.dot(x, parameters[f"{name}.weight"].T) + parameters[f"{name}.bias"]
        x = ACTIVATIONS[layer.output_activation.type](z)
    return x


def disagreement(run: Run, settings: dict[str, Any], iterations: int = 6) -> float:
    """The largest scaled difference between the engine and this reference over some iterations."""
    parameters = {p.name: run.trace_at(0)[p.name].copy() for p in run.parameters}
    update, worst = optimizer(settings), 0.0
    memory: Memory = {}
    spec = run.config.loss

    def loss_of(p: Tree, x: Any, t: Any) -> Any:
        return LOSSES[spec.type](forward(run, p, x), t, **spec.params)

    for t in range(iterations):
        traced = run.trace_at(t)
        rows = run.batches.indices(t)
        loss, gradients = value_and_grad(loss_of)(parameters, run.inputs[rows], run.targets[rows])
        worst = max(worst, _scaled(traced["loss"], np.asarray(loss)))
        parameters = update(parameters, gradients, memory, t + 1)
        for name, value in parameters.items():
            worst = max(worst, _scaled(traced[f"{name}.grad"], gradients[name]), _scaled(traced[f"{name}.next"], value))
    return worst


def _scaled(ours: Any, theirs: Any) -> float:
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return float("inf")
    largest = float(np.max(np.abs(theirs)))
    return float(np.max(np.abs(ours - theirs))) / (largest or 1.0)
