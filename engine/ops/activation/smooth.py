"""Activations made of exponentials: ELU, SELU, GELU, SiLU, softplus."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.ops.activation.piecewise import logistic, sigmoid
from engine.ops.core.cellwise import backward, constant, example, forward, positive
from engine.ops.core.op import Array, Op, same_shape

# --- elu, selu ------------------------------------------------------------------------------------

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _elu(xp: Any, out: Array, z: Array, alpha: float) -> None:
    _exponential(xp, out, z, alpha)
    _where_positive(xp, out, z, z)


def _elu_vjp(xp: Any, out: Array, grad: Array, z: Array, alpha: float) -> None:
    _exponential_slope(xp, out, z, alpha)
    _where_positive(xp, out, z, constant(1, out))
    xp.multiply(grad, out, out)


def _selu(xp: Any, out: Array, z: Array) -> None:
    _elu(xp, out, z, SELU_ALPHA)
    xp.multiply(out, constant(SELU_SCALE, out), out)


def _selu_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    _exponential_slope(xp, out, z, SELU_ALPHA)
    _where_positive(xp, out, z, constant(1, out))
    xp.multiply(out, constant(SELU_SCALE, out), out)
    xp.multiply(grad, out, out)


def _exponential(xp: Any, out: Array, z: Array, alpha: float) -> None:
    """alpha (e^z - 1); above 0, where it is not wanted, z is held at 0 so that nothing overflows."""
    xp.minimum(z, constant(0, out), out=out)
    xp.expm1(out, out)
    xp.multiply(out, constant(alpha, out), out)


def _exponential_slope(xp: Any, out: Array, z: Array, alpha: float) -> None:
    xp.minimum(z, constant(0, out), out=out)
    xp.exp(out, out)
    xp.multiply(out, constant(alpha, out), out)


def _where_positive(xp: Any, out: Array, z: Array, value: Array) -> None:
    above = np.empty_like(z, dtype=bool)
    xp.greater(z, constant(0, z), above)
    xp.putmask(out, above, value)


def _elu_cell(z: Any, alpha: float) -> Any:
    return z if z > 0 else alpha * np.expm1(z)


def _elu_slope(z: Any, alpha: float) -> Any:
    return 1.0 if z > 0 else alpha * np.exp(z)


_ELU_SLOPE = r"\begin{cases} 1 & $z > 0 \\ $alpha\, e^{$z} & $z \le 0 \end{cases}"
_SELU_SLOPE = r"\lambda \begin{cases} 1 & $z > 0 \\ \alpha\, e^{$z} & $z \le 0 \end{cases}"

ELU = Op(
    name="elu",
    title="ELU",
    args=("z",),
    function=forward(
        _elu,
        r"\begin{cases} $z & $z > 0 \\ $alpha \left(e^{$z} - 1\right) & $z \le 0 \end{cases}",
        "np.where($z > 0, $z, $alpha * np.expm1(np.minimum($z, 0)))",
        r"\operatorname{ELU}\left($z\right)",
        _elu_cell,
        torch="F.elu($z, $alpha)",
    ),
    vjps=backward(
        _elu_vjp,
        "z",
        _ELU_SLOPE,
        "$grad * np.where($z > 0, 1, $alpha * np.exp(np.minimum($z, 0)))",
        _elu_slope,
    ),
    shape=same_shape,
    source="Clevert, Unterthiner and Hochreiter 2016, ELU; matches torch.nn.functional.elu.",
    example=example(alpha=0.7),
    regions=positive,
)

SELU = Op(
    name="selu",
    title="SELU",
    args=("z",),
    function=forward(
        _selu,
        r"\lambda \begin{cases} $z & $z > 0 \\ \alpha \left(e^{$z} - 1\right) & $z \le 0 \end{cases}",
        f"{SELU_SCALE} * np.where($z > 0, $z, {SELU_ALPHA} * np.expm1(np.minimum($z, 0)))",
        r"\operatorname{SELU}\left($z\right)",
        lambda z: SELU_SCALE * _elu_cell(z, SELU_ALPHA),
        torch="F.selu($z)",
    ),
    vjps=backward(
        _selu_vjp,
        "z",
        _SELU_SLOPE,
        f"$grad * {SELU_SCALE} * np.where($z > 0, 1, {SELU_ALPHA} * np.exp(np.minimum($z, 0)))",
        lambda z: SELU_SCALE * _elu_slope(z, SELU_ALPHA),
    ),
    shape=same_shape,
    source="Klambauer et al. 2017, Self-normalizing neural networks; matches torch.selu.",
    example=example(),
    regions=positive,
)


# --- gelu -----------------------------------------------------------------------------------------

_PHI = 1 / math.sqrt(2 * math.pi)
_INNER = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


def _gelu(xp: Any, out: Array, z: Array) -> None:
    _normal_cdf(xp, out, z)
    xp.multiply(z, out, out)


def _gelu_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    density = np.empty_like(out)
    _normal_cdf(xp, out, z)
    xp.multiply(z, z, density)
    xp.multiply(density, constant(-0.5, out), density)
    xp.exp(density, density)
    xp.multiply(density, constant(_PHI, out), density)
    xp.multiply(z, density, density)
    xp.add(out, density, out)
    xp.multiply(grad, out, out)


def _normal_cdf(xp: Any, out: Array, z: Array) -> None:
    xp.multiply(z, constant(math.sqrt(0.5), out), out)
    xp.erf(out, out)
    xp.add(out, constant(1, out), out)
    xp.multiply(out, constant(0.5, out), out)


def _cdf(z: Any) -> Any:
    return 0.5 * (1 + math.erf(z * math.sqrt(0.5)))


GELU = Op(
    name="gelu",
    title="GELU",
    args=("z",),
    function=forward(
        _gelu,
        r"$z \odot \Phi\left($z\right)",
        "$z * 0.5 * (1 + erf($z / np.sqrt(2)))",
        r"$z\, \Phi\left($z\right)",
        lambda z: z * _cdf(z),
        torch="F.gelu($z)",
    ),
    vjps=backward(
        _gelu_vjp,
        "z",
        r"\Phi\left($z\right) + $z\, \varphi\left($z\right)",
        "$grad * (0.5 * (1 + erf($z / np.sqrt(2))) + $z * np.exp(-$z**2 / 2) / np.sqrt(2 * np.pi))",
        lambda z: _cdf(z) + z * _PHI * np.exp(-z * z / 2),
    ),
    shape=same_shape,
    source='Hendrycks and Gimpel 2016, GELU; matches torch.nn.functional.gelu(approximate="none").',
    example=example(),
)


def _gelu_tanh(xp: Any, out: Array, z: Array) -> None:
    _inner_tanh(xp, out, z)
    xp.add(out, constant(1, out), out)
    xp.multiply(out, constant(0.5, out), out)
    xp.multiply(z, out, out)


def _gelu_tanh_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    curve, inner = np.empty_like(out), np.empty_like(out)
    _inner_tanh(xp, curve, z)
    xp.multiply(z, z, inner)
    xp.multiply(inner, constant(3 * _CUBIC, out), inner)
    xp.add(inner, constant(1, out), inner)
    xp.multiply(inner, constant(0.5 * _INNER, out), inner)
    xp.multiply(z, inner, inner)
    xp.multiply(curve, curve, out)
    xp.subtract(constant(1, out), out, out)
    xp.multiply(inner, out, out)
    xp.add(curve, constant(1, out), curve)
    xp.multiply(curve, constant(0.5, out), curve)
    xp.add(curve, out, out)
    xp.multiply(grad, out, out)


def _inner_tanh(xp: Any, out: Array, z: Array) -> None:
    """tanh(sqrt(2/pi) (z + 0.044715 z^3))."""
    xp.multiply(z, z, out)
    xp.multiply(out, z, out)
    xp.multiply(out, constant(_CUBIC, out), out)
    xp.add(z, out, out)
    xp.multiply(out, constant(_INNER, out), out)
    xp.tanh(out, out)


def _gelu_tanh_slope(z: Any) -> Any:
    t = np.tanh(_INNER * (z + _CUBIC * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * _INNER * (1 + 3 * _CUBIC * z * z)


_TANH_CODE = "np.tanh(np.sqrt(2 / np.pi) * ($z + 0.044715 * $z**3))"

_TANH_SLOPE = (
    r"\tfrac{1 + \tau}{2} + \tfrac{$z \left(1 - \tau^{2}\right)}{2}"
    r" \sqrt{2/\pi} \left(1 + 0.134145\, {$z}^{2}\right)"
)
_TAU = r", \quad \tau = \tanh\left(\sqrt{2/\pi} \left($z + 0.044715\, {$z}^{3}\right)\right)"

GELU_TANH = Op(
    name="gelu_tanh",
    title="GELU (tanh)",
    args=("z",),
    function=forward(
        _gelu_tanh,
        r"\frac{1}{2} $z \odot \left(1 + \tanh\left(\sqrt{2/\pi}"
        r" \left($z + 0.044715\, {$z}^{3}\right)\right)\right)",
        f"0.5 * $z * (1 + {_TANH_CODE})",
        r"\operatorname{GELU}\left($z\right)",
        lambda z: 0.5 * z * (1 + np.tanh(_INNER * (z + _CUBIC * z**3))),
        torch='F.gelu($z, approximate="tanh")',
    ),
    vjps=backward(
        _gelu_tanh_vjp,
        "z",
        _TANH_SLOPE,
        f"$grad * (0.5 * (1 + {_TANH_CODE}) + 0.5 * $z * (1 - {_TANH_CODE}**2)"
        " * np.sqrt(2 / np.pi) * (1 + 0.134145 * $z**2))",
        _gelu_tanh_slope,
        rf"\left({_TANH_SLOPE}\right){_TAU}",
    ),
    shape=same_shape,
    source='Hendrycks and Gimpel 2016, section 2; matches torch.nn.functional.gelu(approximate="tanh").',
    example=example(),
)


# --- silu, softplus -------------------------------------------------------------------------------


def _silu(xp: Any, out: Array, z: Array) -> None:
    xp.negative(z, out)
    xp.exp(out, out)
    xp.add(out, constant(1, out), out)
    xp.divide(z, out, out)


def _silu_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    share = np.empty_like(out)
    sigmoid(xp, share, z)
    xp.subtract(constant(1, out), share, out)
    xp.multiply(z, out, out)
    xp.add(out, constant(1, out), out)
    xp.multiply(share, out, out)
    xp.multiply(grad, out, out)


SILU = Op(
    name="silu",
    title="SiLU",
    args=("z",),
    function=forward(
        _silu,
        r"$z \odot \sigma\left($z\right)",
        "$z / (1 + np.exp(-$z))",
        r"$z\, \sigma\left($z\right)",
        lambda z: z * logistic(z),
        torch="F.silu($z)",
    ),
    vjps=backward(
        _silu_vjp,
        "z",
        r"\sigma\left($z\right) \left(1 + $z \left(1 - \sigma\left($z\right)\right)\right)",
        "$grad / (1 + np.exp(-$z)) * (1 + $z * (1 - 1 / (1 + np.exp(-$z))))",
        lambda z: logistic(z) * (1 + z * (1 - logistic(z))),
    ),
    shape=same_shape,
    source="Elfwing, Uchibe and Doya 2018, Sigmoid-weighted linear units; matches torch.nn.functional.silu.",
    example=example(),
)


def _softplus(xp: Any, out: Array, z: Array, beta: float, threshold: float) -> None:
    straight = np.empty_like(z, dtype=bool)
    xp.multiply(z, constant(beta, out), out)
    xp.greater(out, constant(threshold, out), straight)
    xp.minimum(out, constant(threshold, out), out=out)
    xp.exp(out, out)
    xp.log1p(out, out)
    xp.divide(out, constant(beta, out), out)
    xp.putmask(out, straight, z)


def _softplus_vjp(xp: Any, out: Array, grad: Array, z: Array, beta: float, threshold: float) -> None:
    straight = np.empty_like(z, dtype=bool)
    xp.multiply(z, constant(beta, out), out)
    xp.greater(out, constant(threshold, out), straight)
    sigmoid(xp, out, out)
    xp.putmask(out, straight, constant(1, out))
    xp.multiply(grad, out, out)


def _softplus_cell(z: Any, beta: float, threshold: float) -> Any:
    return z if beta * z > threshold else np.log1p(np.exp(beta * z)) / beta


def _softplus_slope(z: Any, beta: float, threshold: float) -> Any:
    return 1.0 if beta * z > threshold else logistic(beta * z)


def _straight(z: Array, beta: float, threshold: float) -> Array:
    """Past the threshold softplus is z itself: a step of e^-threshold in value."""
    return (beta * z > threshold).astype(int)


SOFTPLUS = Op(
    name="softplus",
    title="softplus",
    args=("z",),
    function=forward(
        _softplus,
        r"\begin{cases} \frac{1}{$beta} \log\left(1 + e^{$beta\, $z}\right) & $beta\, $z \le $threshold \\"
        r" $z & \text{else} \end{cases}",
        "np.where($beta * $z > $threshold, $z, np.log1p(np.exp(np.minimum($beta * $z, $threshold))) / $beta)",
        r"\operatorname{softplus}\left($z\right)",
        _softplus_cell,
        torch="F.softplus($z, $beta, $threshold)",
    ),
    vjps=backward(
        _softplus_vjp,
        "z",
        r"\sigma\left($beta\, $z\right)",
        "$grad * np.where($beta * $z > $threshold, 1, 1 / (1 + np.exp(-$beta * $z)))",
        _softplus_slope,
    ),
    shape=same_shape,
    source="Dugas et al. 2001, Incorporating second-order functional knowledge for better option pricing;"
    " matches torch.nn.functional.softplus.",
    example=example(beta=1.5, threshold=2.0),
    regions=_straight,
)
