"""The nets in JAX: one compiled function an iteration, so that every step can be looked at between."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np

from engine import Run
from tests.benchmarks._cases import full_batches
from tests.benchmarks._straight import Case
from tests.benchmarks._timing import Work

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)

_ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "identity": lambda z: z}


def training_of(case: Case, run: Run) -> Work:
    """One jit call an iteration, made and finished before the next: on arrays as small a second thread only costs."""
    inputs, targets = jnp.asarray(run.inputs), jnp.asarray(run.targets)
    step = jax.jit(lambda carried, rows: _iteration(case, carried, inputs, targets, rows))
    batches = [jnp.asarray(rows) for rows in full_batches(case, run)]

    def work(count: int) -> None:
        carried = _start(case, run)
        for i in range(count):
            carried = step(carried, batches[i % len(batches)])
        jax.block_until_ready(carried)

    return work


def _start(case: Case, run: Run) -> Any:
    """Parameters, two slots of their size, and the number of the iteration."""
    rng = np.random.default_rng(0)
    pairs = zip(case.sizes, case.sizes[1:], strict=False)
    layers = [(rng.normal(size=(a, b)) / np.sqrt(a), np.zeros(b)) for a, b in pairs]
    parameters = jax.tree.map(lambda p: jnp.asarray(p, run.dtype), layers)
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    return parameters, zeros, zeros, jnp.zeros((), run.dtype)


def _loss(case: Case, parameters: Any, x: Any, t: Any) -> Any:
    for i, (weight, bias) in enumerate(parameters, 1):
        x = _ACTIVATIONS[case.output if i == case.last else case.activation](x @ weight + bias)
    if case.loss == "mse":
        return jnp.mean((x - t) ** 2)
    if case.loss == "cross_entropy":
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), t[:, None], axis=1))
    return jnp.mean((1 - t) * x - jax.nn.log_sigmoid(x))


def _iteration(case: Case, carried: Any, inputs: Any, targets: Any, rows: Any) -> Any:
    p, m, v, t = carried
    grad = jax.grad(lambda p: _loss(case, p, inputs[rows], targets[rows]))(p)
    if case.optimizer == "sgd":
        return jax.tree.map(lambda p, g: p - case.rate * g, p, grad), m, v, t + 1
    if case.optimizer == "momentum":
        m = jax.tree.map(lambda m, g: 0.9 * m + g, m, grad)
        return jax.tree.map(lambda p, m: p - case.rate * m, p, m), m, v, t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grad)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grad)
    one, two = 1 - 0.9 ** (t + 1), 1 - 0.999 ** (t + 1)
    new = jax.tree.map(lambda p, m, v: p - case.rate * (m / one) / (jnp.sqrt(v / two) + 1e-8), p, m, v)
    return new, m, v, t + 1
