"""Noise as an op: the draws come in as a value, so that each can be seen, and replayed."""

from __future__ import annotations

from typing import Any

from engine.foundation.errors import ShapeError
from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Function, Op, Shape, elementwise, same_shape
from engine.ops.core.slips import Slip
from engine.ops.core.structure import same
from engine.ops.core.terms import Part, products, setting

DROPOUT = "Srivastava et al. 2014, Dropout"


def _both(x: Shape, noise: Shape, **params: Any) -> Shape:
    if x != noise:
        raise ShapeError(f"noise has the shape of what it is for; given {x} and {noise}")
    return x


# --- dropout --------------------------------------------------------------------------------------


def _mask(xp: Any, out: Array, u: Array, p: float) -> None:
    xp.greater_equal(u, constant(p, out), out)
    xp.multiply(out, constant(1 / (1 - p), out), out)


def _apply(xp: Any, out: Array, x: Array, mask: Array) -> None:
    xp.multiply(x, mask, out)


_KEPT: Part = ("u", r"\mathbf{1}\left[$u \ge $p\right]", lambda u, p: u >= p)

BERNOULLI_MASK = Op(
    name="bernoulli_mask",
    title="dropout mask",
    args=("u",),
    function=Function(
        _mask,
        ("u",),
        "...->...",
        r"$out = \frac{\mathbf{1}\left[$u \ge $p\right]}{1 - $p}",
        "($u >= $p) / (1 - $p)",
        products(
            (
                ("u", r"\mathbf{1}\left[$u \ge $p\right]", lambda u, p: u >= p),
                (r"\tfrac{1}{1 - $p}", lambda p: 1 / (1 - p)),
            )
        ),
        says="Draws which numbers of $where are silenced in this iteration, and scales up the rest.",
        slips=(
            Slip(
                "scale_left_out",
                "scale left out",
                "You left out the scale: what is kept is divided by the share that is kept.",
                "1.0 * ($u >= $p)",
            ),
        ),
    ),
    vjps={},
    shape=same_shape,
    source=f"{DROPOUT}, section 10 (scaled at training time); as in torch.nn.Dropout.",
    example=lambda rng: ((rng.uniform(size=(4, 3)),), {"p": 0.4}),
)

APPLY_MASK = Op(
    name="apply_mask",
    title="dropout",
    args=("x", "mask"),
    function=Function(
        _apply,
        ("x", "mask"),
        "...,...->...",
        r"$out = $x \odot $mask",
        "$x * $mask",
        elementwise("x", "mask"),
        says="Silences the chosen numbers of $where.",
        slips=(Slip("mask_left_out", "mask left out", "You left out the mask of $where.", "$x"),),
    ),
    vjps={
        "x": Function(
            _apply,
            ("grad", "mask"),
            "...,...->...",
            r"$out = $grad \odot $mask",
            "$grad * $mask",
            elementwise("grad", "mask"),
            says="Only the numbers that were not silenced pass the gradient on.",
            slips=(
                Slip(
                    "mask_left_out",
                    "mask left out",
                    "You left out the mask of $where: what was dropped gets no gradient, the rest is scaled as it was.",
                    "$grad",
                ),
                Slip(
                    "scale_left_out",
                    "scale left out",
                    "You left out the scale: what is kept is divided by the share that is kept.",
                    "$grad * ($mask > 0)",
                ),
            ),
        )
    },
    shape=_both,
    source=f"{DROPOUT}, section 4; matches torch.nn.Dropout for a mask of these numbers.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.choice([0, 1.25], (4, 3))), {}),
)


# --- noise that is added --------------------------------------------------------------------------


def _add(xp: Any, out: Array, x: Array, noise: Array, sigma: float) -> None:
    xp.multiply(noise, sigma, out)
    xp.add(x, out, out)


ADD_NOISE = Op(
    name="add_noise",
    title="added noise",
    args=("x", "noise"),
    function=Function(
        _add,
        ("x", "noise"),
        "...,...->...",
        r"$out = $x + $sigma\, $noise",
        "$x + $sigma * $noise",
        products(("x",), (setting("sigma"), "noise")),
        says="Adds this iteration's noise to what $where is given.",
    ),
    vjps={
        "x": Function(
            same,
            ("grad",),
            "...->...",
            "$out = $grad",
            "$grad.copy()",
            elementwise("grad"),
            says="The noise is no function of the input, so the gradient passes as it is.",
        )
    },
    shape=_both,
    source="Bishop 1995, Training with noise is equivalent to Tikhonov regularization; Goodfellow et al. 2016, 7.5.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.normal(size=(4, 3))), {"sigma": 0.3}),
)

NOISE_OPS = (BERNOULLI_MASK, APPLY_MASK, ADD_NOISE)
