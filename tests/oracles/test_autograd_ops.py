"""Every VJP against HIPS autograd, which differentiates the op written down once more, in its plainest form."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import make_vjp
from autograd.extend import defvjp, primitive

from engine.ops import OPS
from tests.engine.support.op_cases import CASES, VJP_CASES, Case, case_name
from tests.engine.support.plain_images import PLAIN_IMAGES
from tests.engine.support.plain_sequence import PLAIN_SEQUENCE
from tests.engine.support.plain_structure import PLAIN_STRUCTURE


@primitive
def erf(z):
    return np.vectorize(math.erf)(z)


defvjp(erf, lambda ans, z: lambda g: g * 2 / np.sqrt(np.pi) * np.exp(-(z**2)))


def softmax(z):
    return anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)


def elu(z, alpha):
    return anp.where(z > 0, z, alpha * (anp.exp(z) - 1))


def huber(y, t, delta):
    d = anp.abs(y - t)
    return anp.mean(anp.where(d < delta, d**2 / 2, delta * (d - delta / 2)))


def softplus(z, beta, threshold):
    return anp.where(beta * z > threshold, z, anp.log(1 + anp.exp(beta * z)) / beta)


def gelu_tanh(z):
    return 0.5 * z * (1 + anp.tanh(anp.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


def bce_with_logits(y, t):
    p = 1 / (1 + anp.exp(-y))
    return -anp.mean(t * anp.log(p) + (1 - t) * anp.log(1 - p))


def weighted_bce_with_logits(y, t, pos_weight):
    p = 1 / (1 + anp.exp(-y))
    return -anp.mean(np.array(pos_weight) * t * anp.log(p) + (1 - t) * anp.log(1 - p))


def multi_margin(y, t, p, margin):
    rows = np.arange(len(t))
    short = anp.maximum(0, margin + y - anp.reshape(y[rows, t], (-1, 1))) * (np.arange(y.shape[1]) != t[:, None])
    return anp.sum(short**p) / y.size


def focal(y, t, alpha, gamma):
    p = 1 / (1 + anp.exp(-y))
    ones = alpha * (1 - p) ** gamma * anp.log(p)
    return -anp.mean(t * ones + (1 - t) * (1 - alpha) * p**gamma * anp.log(1 - p))


def weighted_cross_entropy(y, t, weight, label_smoothing):
    logs = anp.log(softmax(y)) * np.array(weight)
    right = anp.sum(logs[np.arange(len(t)), t])
    return -((1 - label_smoothing) * right + label_smoothing * anp.sum(logs) / 3) / np.sum(np.array(weight)[t])


def weighted_cross_entropy_of_probabilities(y, t, weight, label_smoothing):
    smooth = t * (1 - label_smoothing) + label_smoothing / t.shape[1]
    return -anp.sum(smooth * anp.log(softmax(y)) * np.array(weight)) / len(t)


def weighted_nll(y, t, weight):
    return -anp.sum(y[np.arange(len(t)), t] * np.array(weight)[t]) / np.sum(np.array(weight)[t])


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "maximum": lambda a, b: anp.where(a > b, a, b),
    "minimum": lambda a, b: anp.where(a < b, a, b),
    "negative": lambda z: -z,
    "absolute": lambda z: anp.where(z > 0, z, -z),
    "exp": anp.exp,
    "log": anp.log,
    "sqrt": lambda z: z**0.5,
    "square": lambda z: z * z,
    "raise_to": lambda z, exponent: z**exponent,
    "sin": anp.sin,
    "cos": anp.cos,
    "tan": anp.tan,
    "scale_by": lambda z, factor: factor * z,
    "add_constant": lambda z, offset: z + offset,
}

PLAIN: dict[str, Callable[..., Any]] = {
    "linear": lambda x, weight, bias: anp.dot(x, weight.T) + bias,
    "linear_without_bias": lambda x, weight: anp.dot(x, weight.T),
    "identity": lambda z: z * 1.0,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.maximum(z, 0),
    "leaky_relu": lambda z, negative_slope: anp.where(z > 0, z, negative_slope * z),
    "elu": elu,
    "selu": lambda z: 1.0507009873554804934 * elu(z, 1.6732632423543772848),
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "gelu_tanh": gelu_tanh,
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "softplus": softplus,
    "mish": lambda z: z * anp.tanh(anp.log(1 + anp.exp(z))),
    "step": lambda z: anp.where(z >= 0, 1.0, 0.0) + 0 * z,
    "hardtanh": lambda z, min_val, max_val: anp.where(z < min_val, min_val, anp.where(z > max_val, max_val, z)),
    "relu6": lambda z: anp.where(z < 0, 0, anp.where(z > 6, 6, z)),
    "hardsigmoid": lambda z: anp.where(z < -3, 0, anp.where(z > 3, 1, z / 6 + 0.5)),
    "hardswish": lambda z: anp.where(z < -3, 0, anp.where(z > 3, z, z * (z + 3) / 6)),
    "softsign": lambda z: z / (1 + anp.abs(z)),
    "logsigmoid": lambda z: -anp.log(1 + anp.exp(-z)),
    "tanhshrink": lambda z: z - anp.tanh(z),
    "softshrink": lambda z, lambd: anp.where(z > lambd, z - lambd, anp.where(z < -lambd, z + lambd, 0)),
    "hardshrink": lambda z, lambd: anp.where(anp.abs(z) > lambd, z, 0),
    "prelu": lambda x, weight, axis: anp.where(x > 0, x, x * anp.reshape(weight, (1, -1, 1))),
    **ARITHMETIC,
    **PLAIN_STRUCTURE,
    **PLAIN_IMAGES,
    **PLAIN_SEQUENCE,
    "softmax": softmax,
    "log_softmax": lambda z: anp.log(softmax(z)),
    "mse": lambda y, t: anp.mean((y - t) ** 2),
    "mae": lambda y, t: anp.mean(anp.abs(y - t)),
    "huber": huber,
    "smooth_l1": lambda y, t, beta: huber(y, t, beta) / beta,
    "gaussian_nll": lambda y, t, var: anp.mean(np.log(var) / 2 + (y - t) ** 2 / (2 * var)),
    "poisson_nll": lambda y, t: anp.mean(anp.exp(y) - t * y),
    "multi_margin": multi_margin,
    "bce": lambda y, t: -anp.mean(t * anp.log(y) + (1 - t) * anp.log(1 - y)),
    "bce_with_logits": bce_with_logits,
    "weighted_bce_with_logits": weighted_bce_with_logits,
    "focal": focal,
    "hinge": lambda y, t: anp.mean(anp.maximum(0, 1 - t * y)),
    "squared_hinge": lambda y, t: anp.mean(anp.maximum(0, 1 - t * y) ** 2),
    "nll": lambda y, t: -anp.mean(y[np.arange(len(t)), t]),
    "weighted_nll": weighted_nll,
    "kl_div": lambda y, t: anp.sum(t * (np.log(t) - y)) / len(t),
    "weighted_cross_entropy": weighted_cross_entropy,
    "weighted_cross_entropy_of_probabilities": weighted_cross_entropy_of_probabilities,
    "cross_entropy": lambda y, t: -anp.mean(anp.log(softmax(y))[np.arange(len(t)), t]),
    "cross_entropy_of_probabilities": lambda y, t: -anp.sum(t * anp.log(softmax(y))) / len(t),
}


SUMMED = [name.removeprefix("half_sum_") for name in OPS if name.startswith("half_sum_")]


def counted(name: str, y: Any, t: Any, weight: Any = None, **params: Any) -> Any:
    """What the mean divides by: the cells, the samples, or the weight of their classes."""
    if name in ("weighted_nll", "weighted_cross_entropy"):
        return np.sum(np.array(weight)[t])
    return len(t) if "cross_entropy" in name or name in ("nll", "kl_div", "multi_margin") else t.size


def of_sum(name: str, share: float) -> Callable[..., Any]:
    return lambda y, t, **params: share * counted(name, y, t, **params) * PLAIN[name](y, t, **params)


PLAIN |= {f"sum_{name}": of_sum(name, 1.0) for name in SUMMED} | {
    f"half_sum_{name}": of_sum(name, 0.5) for name in SUMMED
}


def scaled_difference(a: Any, b: Any) -> float:
    largest = float(np.max(np.abs(b)))
    return float(np.max(np.abs(a - b))) / (largest or 1.0)


def test_every_op_is_written_down_here_too() -> None:
    assert set(PLAIN) == set(OPS)


@pytest.mark.parametrize("case", [c for c in CASES if c.argument is None], ids=case_name)
def test_the_forward_pass_agrees_with_the_plain_formula(case: Case) -> None:
    args, params = case.example

    assert scaled_difference(case.run(), PLAIN[case.op.name](*args, **params)) < 1e-12


@pytest.mark.parametrize("case", VJP_CASES, ids=case_name)
def test_a_vjp_agrees_with_autograd(case: Case) -> None:
    args, params = case.example
    place = case.op.args.index(str(case.argument))

    def of_one(value):
        return PLAIN[case.op.name](*args[:place], value, *args[place + 1 :], **params)

    pull_back, _ = make_vjp(of_one)(args[place])

    assert scaled_difference(case.run(), pull_back(case.operands["grad"])) < 1e-12
