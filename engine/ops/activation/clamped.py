"""Activations of straight pieces, some of them flat: step, hardtanh, ReLU6, hardsigmoid, hardswish, two shrinks.

Where two pieces meet the slope is PyTorch's. A piece of slope 0 stops every gradient, an infinite one too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.ops.core.cellwise import backward, constant, example, forward
from engine.ops.core.op import Array, Op, same_shape


def _between(xp: Any, out: Array, z: Array, low: float, high: float) -> None:
    xp.maximum(z, constant(low, z), out=out)
    xp.minimum(out, constant(high, out), out=out)


def _stop_outside(xp: Any, out: Array, z: Array, low: float, high: float) -> None:
    """0 where z is at one of the ends or beyond."""
    below, outside = (np.empty_like(z, dtype=bool) for _ in range(2))
    xp.less_equal(z, constant(low, z), below)
    xp.greater_equal(z, constant(high, z), outside)
    xp.logical_or(below, outside, outside)
    xp.copyto(out, constant(0, out), where=outside)


def _third(z: Array, low: float, high: float) -> Array:
    """Which of the three pieces each cell is in: up to the lower end, between, or from the upper end on."""
    return np.add(z > low, z >= high, dtype=int)


# --- step -------------------------------------------------------------------------------------------


def _step(xp: Any, out: Array, z: Array) -> None:
    xp.heaviside(z, constant(1, z), out)


def _step_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.copyto(out, constant(0, out))


STEP = Op(
    name="step",
    title="step",
    args=("z",),
    function=forward(
        _step,
        r"\mathbf{1}\left[$z \ge 0\right]",
        "np.heaviside($z, 1.0)",
        r"\mathbf{1}\left[$z \ge 0\right]",
        lambda z: np.heaviside(z, 1.0),
        torch="torch.heaviside($z, torch.ones_like($z))",
    ),
    vjps={
        "z": replace(
            backward(_step_vjp, "z", "0", "np.zeros_like($grad)", lambda z: 0.0, "0")["z"],
            says="No gradient passes through a step: its slope is 0 everywhere, so nothing before it learns.",
        )
    },
    shape=same_shape,
    source="McCulloch and Pitts 1943; Rosenblatt 1958, The perceptron.",
    example=example(),
    regions=lambda z: (z >= 0).astype(int),
)


# --- hardtanh, relu6 --------------------------------------------------------------------------------


def _hardtanh(xp: Any, out: Array, z: Array, min_val: float, max_val: float) -> None:
    _between(xp, out, z, min_val, max_val)


def _hardtanh_vjp(xp: Any, out: Array, grad: Array, z: Array, min_val: float, max_val: float) -> None:
    xp.copyto(out, grad)
    _stop_outside(xp, out, z, min_val, max_val)


def _relu6(xp: Any, out: Array, z: Array) -> None:
    _between(xp, out, z, 0.0, 6.0)


def _relu6_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    _hardtanh_vjp(xp, out, grad, z, 0.0, 6.0)


HARDTANH = Op(
    name="hardtanh",
    title="hardtanh",
    args=("z",),
    function=forward(
        _hardtanh,
        r"\operatorname{clip}\left($z,\, $min_val,\, $max_val\right)",
        "np.clip($z, $min_val, $max_val)",
        r"\operatorname{clip}\left($z,\, $min_val,\, $max_val\right)",
        lambda z, min_val, max_val: np.clip(z, min_val, max_val),
        torch="F.hardtanh($z, $min_val, $max_val)",
    ),
    vjps=backward(
        _hardtanh_vjp,
        "z",
        r"\mathbf{1}\left[$min_val < $z < $max_val\right]",
        "np.where(($min_val < $z) & ($z < $max_val), $grad, 0)",
        lambda z, min_val, max_val: min_val < z < max_val,
        r"\mathbf{1}\left[$min_val < $z < $max_val\right]",
    ),
    shape=same_shape,
    source="Collobert 2004, Large scale machine learning; matches torch.nn.Hardtanh.",
    example=example(min_val=-1.2, max_val=0.8),
    regions=lambda z, min_val, max_val: _third(z, min_val, max_val),
)

RELU6 = Op(
    name="relu6",
    title="ReLU6",
    args=("z",),
    function=forward(
        _relu6,
        r"\min\left(\max\left(0, $z\right), 6\right)",
        "np.clip($z, 0, 6)",
        r"\min\left(\max\left(0, $z\right), 6\right)",
        lambda z: np.clip(z, 0, 6),
        torch="F.relu6($z)",
    ),
    vjps=backward(
        _relu6_vjp,
        "z",
        r"\mathbf{1}\left[0 < $z < 6\right]",
        "np.where((0 < $z) & ($z < 6), $grad, 0)",
        lambda z: 0 < z < 6,
        r"\mathbf{1}\left[0 < $z < 6\right]",
    ),
    shape=same_shape,
    source="Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10; matches torch.nn.ReLU6.",
    example=example(),
    regions=lambda z: _third(z, 0.0, 6.0),
)


# --- hardsigmoid, hardswish -------------------------------------------------------------------------


def _hardsigmoid(xp: Any, out: Array, z: Array) -> None:
    xp.add(z, constant(3, z), out)
    _between(xp, out, out, 0.0, 6.0)
    xp.divide(out, constant(6, out), out)


def _hardsigmoid_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.divide(grad, constant(6, out), out)
    _stop_outside(xp, out, z, -3.0, 3.0)


def _hardswish(xp: Any, out: Array, z: Array) -> None:
    _hardsigmoid(xp, out, z)
    xp.multiply(z, out, out)


def _hardswish_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    """0 up to -3, z/3 + 1/2 between, 1 from 3 on."""
    flat, straight = (np.empty_like(z, dtype=bool) for _ in range(2))
    xp.less_equal(z, constant(-3, z), flat)
    xp.greater_equal(z, constant(3, z), straight)
    xp.divide(z, constant(3, out), out)
    xp.add(out, constant(0.5, out), out)
    xp.multiply(grad, out, out)
    xp.copyto(out, grad, where=straight)
    xp.copyto(out, constant(0, out), where=flat)


_HARDSIGMOID = r"\frac{\min\left(\max\left(0, $z + 3\right), 6\right)}{6}"
_HARDSWISH_SLOPE = (
    r"\begin{cases} 0 & $z \le -3 \\ \tfrac{1}{3} \cdot $z + \tfrac{1}{2} & -3 < $z < 3 \\ 1 & $z \ge 3 \end{cases}"
)


def _hardswish_slope(z: Any) -> Any:
    return 0.0 if z <= -3 else z / 3 + 0.5 if z < 3 else 1.0


HARDSIGMOID = Op(
    name="hardsigmoid",
    title="hardsigmoid",
    args=("z",),
    function=forward(
        _hardsigmoid,
        _HARDSIGMOID,
        "np.clip($z + 3, 0, 6) / 6",
        _HARDSIGMOID,
        lambda z: np.clip(z + 3, 0, 6) / 6,
        torch="F.hardsigmoid($z)",
    ),
    vjps=backward(
        _hardsigmoid_vjp,
        "z",
        r"\tfrac{1}{6} \cdot \mathbf{1}\left[-3 < $z < 3\right]",
        "np.where((-3 < $z) & ($z < 3), $grad / 6, 0)",
        lambda z: (-3 < z < 3) / 6,
    ),
    shape=same_shape,
    source="Courbariaux, Bengio and David 2015, BinaryConnect; matches torch.nn.Hardsigmoid.",
    example=example(),
    regions=lambda z: _third(z, -3.0, 3.0),
)

HARDSWISH = Op(
    name="hardswish",
    title="hardswish",
    args=("z",),
    function=forward(
        _hardswish,
        rf"$z \odot {_HARDSIGMOID}",
        "$z * np.clip($z + 3, 0, 6) / 6",
        rf"$z \cdot {_HARDSIGMOID}",
        lambda z: z * np.clip(z + 3, 0, 6) / 6,
        torch="F.hardswish($z)",
    ),
    vjps=backward(
        _hardswish_vjp,
        "z",
        _HARDSWISH_SLOPE,
        "np.where($z <= -3, 0, np.where($z < 3, $grad * ($z / 3 + 0.5), $grad))",
        _hardswish_slope,
        _HARDSWISH_SLOPE,
    ),
    shape=same_shape,
    source="Howard et al. 2019, Searching for MobileNetV3, section 5.2; matches torch.nn.Hardswish.",
    example=example(),
    regions=lambda z: _third(z, -3.0, 3.0),
)


# --- softshrink, hardshrink -------------------------------------------------------------------------


def _softshrink(xp: Any, out: Array, z: Array, lambd: float) -> None:
    """z less z held between -lambda and lambda."""
    near = np.empty_like(out)
    _between(xp, near, z, -lambd, lambd)
    xp.subtract(z, near, out)


def _hardshrink(xp: Any, out: Array, z: Array, lambd: float) -> None:
    xp.copyto(out, z)
    _stop_near(xp, out, z, lambd)


def _shrink_vjp(xp: Any, out: Array, grad: Array, z: Array, lambd: float) -> None:
    xp.copyto(out, grad)
    _stop_near(xp, out, z, lambd)


def _stop_near(xp: Any, out: Array, z: Array, lambd: float) -> None:
    """0 where z is between -lambda and lambda, or at one of them."""
    size, near = np.empty_like(z), np.empty_like(z, dtype=bool)
    xp.absolute(z, size)
    xp.less_equal(size, constant(lambd, size), near)
    xp.copyto(out, constant(0, out), where=near)


def _shrink_regions(z: Array, lambd: float) -> Array:
    """-1, 0 or 1: below -lambda, between, above lambda."""
    return np.subtract(z > lambd, z < -lambd, dtype=int)


_FAR = r"\mathbf{1}\left[\left|$z\right| > $lambd\right]"
_FAR_CODE = "np.where(np.abs($z) > $lambd, $grad, 0)"

SOFTSHRINK = Op(
    name="softshrink",
    title="softshrink",
    args=("z",),
    function=forward(
        _softshrink,
        r"$z - \operatorname{clip}\left($z,\, -$lambd,\, $lambd\right)",
        "$z - np.clip($z, -$lambd, $lambd)",
        r"\operatorname{softshrink}\left($z\right)",
        lambda z, lambd: z - np.clip(z, -lambd, lambd),
        torch="F.softshrink($z, $lambd)",
    ),
    vjps=backward(_shrink_vjp, "z", _FAR, _FAR_CODE, lambda z, lambd: abs(z) > lambd, _FAR),
    shape=same_shape,
    source="Donoho 1995, De-noising by soft-thresholding; matches torch.nn.Softshrink.",
    example=example(lambd=0.7),
    regions=_shrink_regions,
)

HARDSHRINK = Op(
    name="hardshrink",
    title="hardshrink",
    args=("z",),
    function=forward(
        _hardshrink,
        rf"$z \odot {_FAR}",
        "np.where(np.abs($z) > $lambd, $z, 0)",
        r"\operatorname{hardshrink}\left($z\right)",
        lambda z, lambd: z if abs(z) > lambd else 0.0,
        torch="F.hardshrink($z, $lambd)",
    ),
    vjps=backward(_shrink_vjp, "z", _FAR, _FAR_CODE, lambda z, lambd: abs(z) > lambd, _FAR),
    shape=same_shape,
    source="Donoho and Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage; matches torch.nn.Hardshrink.",
    example=example(lambd=0.7),
    regions=_shrink_regions,
)

CLAMPED_OPS = (STEP, HARDTANH, RELU6, HARDSIGMOID, HARDSWISH, SOFTSHRINK, HARDSHRINK)
