"""Activations: a = f(z), and the slope f'(z) that a gradient is multiplied by on its way back.

At a kink the slope is PyTorch's, so 0 for relu. A piece of slope 0 stops every gradient, an infinite one too: as a
product with 0 it would become nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.core.cellwise import backward, constant, example, forward, positive
from engine.ops.core.fast import FAST_RELU_VJP
from engine.ops.core.op import Array, Function, Op, elementwise, same_shape
from engine.ops.core.structure import same

# --- identity -------------------------------------------------------------------------------------


_SAME = "Passes the numbers of $where on unchanged."

IDENTITY = Op(
    name="identity",
    title="identity",
    args=("z",),
    function=Function(
        same, ("z",), "...->...", "$out = $z", "$z.copy()", elementwise("z"), says=_SAME, tells="Takes $z as it is."
    ),
    vjps={
        "z": Function(
            *(same, ("grad",), "...->...", "$out = $grad", "$grad.copy()", elementwise("grad")),
            says="The gradient passes as it is: the identity has slope 1 everywhere.",
            tells="The gradient goes on to $to as it is.",
        )
    },
    shape=same_shape,
    source="Goodfellow et al. 2016, section 6.2.2.1; matches torch.nn.Identity.",
    example=example(),
)


# --- sigmoid, tanh --------------------------------------------------------------------------------


def sigmoid(xp: Any, out: Array, z: Array) -> None:
    """1/(1 + e^-z). For z far below 0 the power is inf and the result 0, as it should be."""
    xp.negative(z, out)
    xp.exp(out, out)
    xp.add(out, constant(1, out), out)
    xp.reciprocal(out, out)


def _sigmoid_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    xp.subtract(constant(1, out), output, out)
    xp.multiply(output, out, out)
    xp.multiply(grad, out, out)


def logistic(z: Any, **params: Any) -> Any:
    """The sigmoid of a number, for terms."""
    return 1 / (1 + np.exp(-z))


SIGMOID = Op(
    name="sigmoid",
    title="sigmoid",
    args=("z",),
    function=forward(
        sigmoid,
        r"\frac{1}{1 + e^{-$z}}",
        "1 / (1 + np.exp(-$z))",
        r"\sigma\left($z\right)",
        logistic,
        torch="torch.sigmoid($z)",
    ),
    vjps=backward(
        _sigmoid_vjp,
        "output",
        r"$output \left(1 - $output\right)",
        "$grad * $output * (1 - $output)",
        lambda a: a * (1 - a),
        r"$output \odot \left(1 - $output\right)",
    ),
    shape=same_shape,
    source="Goodfellow et al. 2016, section 3.10; matches torch.sigmoid.",
    example=example(),
)


def _tanh(xp: Any, out: Array, z: Array) -> None:
    xp.tanh(z, out)


def _tanh_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    xp.multiply(output, output, out)
    xp.subtract(constant(1, out), out, out)
    xp.multiply(grad, out, out)


TANH = Op(
    name="tanh",
    title="tanh",
    args=("z",),
    function=forward(_tanh, r"\tanh\left($z\right)", "np.tanh($z)", r"\tanh\left($z\right)", np.tanh),
    vjps=backward(_tanh_vjp, "output", r"1 - {$output}^{2}", "$grad * (1 - $output**2)", lambda a: 1 - a * a),
    shape=same_shape,
    source="Goodfellow et al. 2016, section 6.3.2; matches torch.tanh.",
    example=example(),
)


# --- relu, leaky relu -----------------------------------------------------------------------------


def _relu(xp: Any, out: Array, z: Array) -> None:
    xp.maximum(z, np.zeros_like(z), out=out)  # an array of zeros: with a lone one it is three times as slow


def _relu_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    """The gradient, and 0 where z <= 0, also for an infinite one. At z = nan it goes on, as in PyTorch."""
    flat = np.empty_like(z, dtype=bool)
    xp.less_equal(z, constant(0, z), flat)
    xp.copyto(out, grad)
    xp.copyto(out, constant(0, out), where=flat)


RELU = Op(
    name="relu",
    title="ReLU",
    args=("z",),
    function=forward(
        _relu,
        r"\max\left(0, $z\right)",
        "np.maximum($z, 0)",
        r"\max\left(0, $z\right)",
        lambda z: np.maximum(z, 0),
        torch="torch.relu($z)",
    ),
    vjps=backward(
        _relu_vjp,
        "z",
        r"\mathbf{1}\left[$z > 0\right]",
        "np.where($z > 0, $grad, 0)",
        lambda z: z > 0,
        r"\mathbf{1}\left[$z > 0\right]",
        fast=FAST_RELU_VJP,
    ),
    shape=same_shape,
    source="Glorot, Bordes and Bengio 2011, Deep sparse rectifier neural networks; matches torch.relu.",
    example=example(),
    regions=positive,
)


def _leaky_relu(xp: Any, out: Array, z: Array, negative_slope: float) -> None:
    _leak(xp, out, z, z, negative_slope)


def _leaky_relu_vjp(xp: Any, out: Array, grad: Array, z: Array, negative_slope: float) -> None:
    _leak(xp, out, grad, z, negative_slope)


def _leak(xp: Any, out: Array, value: Array, z: Array, slope: float) -> None:
    """`value` where z > 0, else slope times it."""
    steep = np.empty_like(z, dtype=bool)
    xp.greater(z, constant(0, z), steep)
    xp.multiply(value, constant(slope, out), out)
    xp.putmask(out, steep, value)


LEAKY_RELU = Op(
    name="leaky_relu",
    title="leaky ReLU",
    args=("z",),
    function=forward(
        _leaky_relu,
        r"\begin{cases} $z & $z > 0 \\ $negative_slope\, $z & $z \le 0 \end{cases}",
        "np.where($z > 0, $z, $negative_slope * $z)",
        r"\operatorname{leaky}\left($z\right)",
        lambda z, negative_slope: z if z > 0 else negative_slope * z,
        torch="F.leaky_relu($z, $negative_slope)",
    ),
    vjps=backward(
        _leaky_relu_vjp,
        "z",
        r"\begin{cases} 1 & $z > 0 \\ $negative_slope & $z \le 0 \end{cases}",
        "$grad * np.where($z > 0, 1, $negative_slope)",
        lambda z, negative_slope: 1 if z > 0 else negative_slope,
        r"\begin{cases} 1 & $z > 0 \\ $negative_slope & $z \le 0 \end{cases}",
    ),
    shape=same_shape,
    source="Maas, Hannun and Ng 2013, Rectifier nonlinearities; matches torch.nn.functional.leaky_relu.",
    example=example(negative_slope=0.1),
    regions=positive,
)
