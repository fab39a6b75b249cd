"""Activations: a = f(z), and the slope f'(z) that a gradient is multiplied by on its way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.base import Array, Function, Op, elementwise, same_shape


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)) * 2,), {}


def _tanh(xp: Any, out: Array, z: Array) -> None:
    xp.tanh(z, out)


def _tanh_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    xp.multiply(output, output, out)
    xp.subtract(1.0, out, out)
    xp.multiply(grad, out, out)


TANH = Op(
    name="tanh",
    title="tanh",
    args=("z",),
    function=Function(
        _tanh,
        ("z",),
        "...->...",
        r"$out = \tanh($z)",
        "np.tanh($z)",
        elementwise(("z", r"\tanh($z)", np.tanh)),
    ),
    vjps={
        "z": Function(
            _tanh_vjp,
            ("grad", "output"),
            "...,...->...",
            r"$out = $grad \odot \left(1 - {$output}^{2}\right)",
            "$grad * (1 - $output**2)",
            elementwise("grad", ("output", r"1 - {$output}^{2}", lambda a: 1 - a * a)),
        )
    },
    shape=same_shape,
    source="Goodfellow et al. 2016, section 6.3.2; matches torch.tanh.",
    example=_example,
)
