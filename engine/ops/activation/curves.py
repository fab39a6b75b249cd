"""More smooth activations: mish, softsign, tanhshrink and the log of the sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.activation.piecewise import logistic, sigmoid
from engine.ops.core.cellwise import backward, constant, example, forward, positive
from engine.ops.core.op import Array, Op, same_shape

# --- log of the sigmoid -----------------------------------------------------------------------------


def _logsigmoid(xp: Any, out: Array, z: Array) -> None:
    """min(0, z) - log(1 + e^-|z|): far from 0 neither overflows."""
    soft = np.empty_like(out)
    _log1p_exp_minus_size(xp, soft, z)
    xp.minimum(z, np.zeros_like(z), out=out)
    xp.subtract(out, soft, out)


def _log1p_exp_minus_size(xp: Any, out: Array, z: Array) -> None:
    xp.absolute(z, out)
    xp.negative(out, out)
    xp.exp(out, out)
    xp.log1p(out, out)


def _logsigmoid_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.negative(z, out)
    sigmoid(xp, out, out)
    xp.multiply(grad, out, out)


LOGSIGMOID = Op(
    name="logsigmoid",
    title="log-sigmoid",
    args=("z",),
    function=forward(
        _logsigmoid,
        r"\log \sigma\left($z\right)",
        "np.minimum($z, 0) - np.log1p(np.exp(-np.abs($z)))",
        r"\log \sigma\left($z\right)",
        lambda z: np.minimum(z, 0) - np.log1p(np.exp(-abs(z))),
        torch="F.logsigmoid($z)",
    ),
    vjps=backward(
        _logsigmoid_vjp,
        "z",
        r"\sigma\left(-$z\right)",
        "$grad / (1 + np.exp($z))",
        lambda z: logistic(-z),
        r"\sigma\left(-$z\right)",
    ),
    shape=same_shape,
    source="Goodfellow et al. 2016, section 3.10; matches torch.nn.LogSigmoid.",
    example=example(),
)


# --- mish -------------------------------------------------------------------------------------------


def _mish(xp: Any, out: Array, z: Array) -> None:
    _tanh_of_softplus(xp, out, z)
    xp.multiply(z, out, out)


def _tanh_of_softplus(xp: Any, out: Array, z: Array) -> None:
    rest = np.empty_like(out)
    _log1p_exp_minus_size(xp, rest, z)
    xp.maximum(z, np.zeros_like(z), out=out)
    xp.add(out, rest, out)
    xp.tanh(out, out)


def _mish_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    curve, share = np.empty_like(out), np.empty_like(out)
    _tanh_of_softplus(xp, curve, z)
    sigmoid(xp, share, z)
    xp.multiply(curve, curve, out)
    xp.subtract(constant(1, out), out, out)
    xp.multiply(share, out, out)
    xp.multiply(z, out, out)
    xp.add(out, curve, out)
    xp.multiply(grad, out, out)


def _mish_slope(z: Any) -> Any:
    t = np.tanh(np.logaddexp(0, z))
    return t + z * logistic(z) * (1 - t * t)


_TANH_SOFTPLUS = "np.tanh(np.logaddexp(0, $z))"
_MISH_SLOPE = r"\tau + $z \cdot \sigma\left($z\right) \left(1 - \tau^{2}\right)"
_TAU = r", \quad \tau = \tanh \log\left(1 + e^{$z}\right)"

MISH = Op(
    name="mish",
    title="Mish",
    args=("z",),
    function=forward(
        _mish,
        r"$z \odot \tanh \log\left(1 + e^{$z}\right)",
        f"$z * {_TANH_SOFTPLUS}",
        r"\operatorname{mish}\left($z\right)",
        lambda z: z * np.tanh(np.logaddexp(0, z)),
        torch="F.mish($z)",
    ),
    vjps=backward(
        _mish_vjp,
        "z",
        _MISH_SLOPE,
        f"$grad * ({_TANH_SOFTPLUS} + $z / (1 + np.exp(-$z)) * (1 - {_TANH_SOFTPLUS}**2))",
        _mish_slope,
        rf"\left({_MISH_SLOPE}\right){_TAU}",
    ),
    shape=same_shape,
    source="Misra 2020, Mish: a self regularized non-monotonic activation function; matches torch.nn.Mish.",
    example=example(),
)


# --- softsign, tanhshrink ---------------------------------------------------------------------------


def _softsign(xp: Any, out: Array, z: Array) -> None:
    xp.absolute(z, out)
    xp.add(out, constant(1, out), out)
    xp.divide(z, out, out)


def _softsign_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.absolute(z, out)
    xp.add(out, constant(1, out), out)
    xp.multiply(out, out, out)
    xp.divide(grad, out, out)


def _tanhshrink(xp: Any, out: Array, z: Array) -> None:
    xp.tanh(z, out)
    xp.subtract(z, out, out)


def _tanhshrink_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.tanh(z, out)
    xp.multiply(out, out, out)
    xp.multiply(grad, out, out)


_SOFTSIGN = r"\frac{$z}{1 + \left|$z\right|}"
_SOFTSIGN_SLOPE = r"\frac{1}{\left(1 + \left|$z\right|\right)^{2}}"

SOFTSIGN = Op(
    name="softsign",
    title="softsign",
    args=("z",),
    function=forward(
        _softsign, _SOFTSIGN, "$z / (1 + np.abs($z))", _SOFTSIGN, lambda z: z / (1 + abs(z)), torch="F.softsign($z)"
    ),
    vjps=backward(
        _softsign_vjp,
        "z",
        _SOFTSIGN_SLOPE,
        "$grad / (1 + np.abs($z))**2",
        lambda z: 1 / (1 + abs(z)) ** 2,
        _SOFTSIGN_SLOPE,
    ),
    shape=same_shape,
    source="Glorot and Bengio 2010, section 3.1; matches torch.nn.Softsign.",
    example=example(),
    regions=positive,
)

TANHSHRINK = Op(
    name="tanhshrink",
    title="tanhshrink",
    args=("z",),
    function=forward(
        _tanhshrink,
        r"$z - \tanh\left($z\right)",
        "$z - np.tanh($z)",
        r"\left($z - \tanh\left($z\right)\right)",
        lambda z: z - np.tanh(z),
        torch="F.tanhshrink($z)",
    ),
    vjps=backward(
        _tanhshrink_vjp,
        "z",
        r"\tanh^{2}\left($z\right)",
        "$grad * np.tanh($z)**2",
        lambda z: np.tanh(z) ** 2,
        r"\tanh^{2}\left($z\right)",
    ),
    shape=same_shape,
    source="Goodfellow et al. 2016, section 6.3.2, for tanh; matches torch.nn.Tanhshrink.",
    example=example(),
)

CURVE_OPS = (MISH, SOFTSIGN, TANHSHRINK, LOGSIGMOID)
