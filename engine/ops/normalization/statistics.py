r"""Statistics that normalization is made of: means, means of squares, and the inverse root that brings them to scale.

A parameter `axes` names the axes that are averaged over, in ascending order: (0,) of (N, K) and (0, 2, 3) of images
for batch norm, (1,) of (N, K) and (2,) of sequences for layer norm. The mean of squares is the variance where x was
centered before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.axes import (
    Axes,
    Params,
    across,
    count,
    first_across,
    kept_shape,
    spread,
    spread_terms,
    summed,
    sums,
    sums_of_products,
)
from engine.ops.core.op import (
    Array,
    Factor,
    Function,
    Index,
    Op,
    Operands,
    Shape,
    Term,
    cell,
    elementwise,
    said,
    same_shape,
)
from engine.ops.core.slips import Slip, root_left_out, sign_reversed, two_left_out

BATCH_NORM = "Ioffe and Szegedy 2015, Batch normalization, algorithm 1"
LAYER_NORM = "Ba, Kiros and Hinton 2016, Layer normalization, equation 3"
RMS_NORM = "Zhang and Sennrich 2019, Root mean square layer normalization, equation 4"


def over_samples(x: Shape, axes: Axes) -> Shape:
    """The shape of a statistic of the whole batch.

    Raises: ShapeError if the axes do not fit, or the samples are not among them.
    """
    if 0 not in axes:
        raise ShapeError(f"a statistic of the batch is taken over axis 0 too, the samples; given axes {axes}")
    return kept_shape(x, axes)


def within_samples(x: Shape, axes: Axes) -> Shape:
    """The shape of a statistic that each sample has for itself.

    Raises: ShapeError if the axes do not fit, or the samples are among them.
    """
    if 0 in axes:
        raise ShapeError(f"a statistic of each sample leaves axis 0, the samples, alone; given axes {axes}")
    return kept_shape(x, axes)


def _share(operands: Operands, params: Params, times: int = 1) -> Factor:
    """So many times one over the number of cells that a mean is of."""
    return Factor(times / count(operands["x"].shape, params["axes"]), symbol=rf"\tfrac{{{times}}}{{m}}")


def _statistic(
    name: str, title: str, forward: Function, backward: Function, batch: bool, source: str, says: str, says_x: str
) -> Op:
    """An average over the batch, or within each sample."""
    axes = (0, 2) if batch else (1,)
    return Op(
        name=name,
        title=title,
        args=("x",),
        function=said(forward, says),
        vjps={"x": said(backward, says_x)},
        shape=over_samples if batch else within_samples,
        source=source,
        example=lambda rng: ((rng.normal(size=(4, 3, 2)) + 1,), {"axes": axes}),
    )


# --- mean -----------------------------------------------------------------------------------------


def _mean(xp: Any, out: Array, x: Array, axes: Axes) -> None:
    sums(xp, out, x, axes)
    xp.divide(out, float(count(x.shape, axes)), out)


def _mean_x(xp: Any, out: Array, grad: Array, x: Array, axes: Axes) -> None:
    """Every cell has the same part in the mean."""
    part = xp.empty_like(grad)
    xp.divide(grad, float(count(x.shape, axes)), part)
    xp.copyto(out, spread(part, axes))


def _mean_term(operands: Operands, at: Index, index: Index, params: Params) -> Term:
    return _share(operands, params), cell(operands, "x", at)


def _mean_x_term(operands: Operands, index: Index, at: Index, params: Params) -> Term:
    return cell(operands, "grad", at), _share(operands, params)


def _held(name: str, what: str) -> Slip:
    """No gradient through a statistic."""
    says = f"You held the {what} constant: every number that it is of moves it."
    return Slip(f"{name}_held_constant", f"{name} held constant", says, "np.zeros_like($x)")


def _sum_for_mean(code: str) -> Slip:
    return Slip("sum_for_mean", "sum for mean", "You left out the division by how many there are.", code)


def _mean_function(relation: str) -> Function:
    formula, code = r"$out = \tfrac{1}{m} \textstyle\sum_{i=1}^{m} {$x}_{i}", "$x.mean(axis=$axes)"
    slips = (_sum_for_mean("$x.sum(axis=$axes)"),)
    return Function(_mean, ("x",), relation, formula, code, summed(_mean_term, "x"), across, slips=slips)


_MEAN_X = Function(
    _mean_x,
    ("grad", "x"),
    "...,...->...",
    r"$out = \tfrac{1}{m}\, $grad",
    "np.broadcast_to(np.expand_dims($grad * ($grad.size / $x.size), $axes), $x.shape)",
    spread_terms(_mean_x_term),
    first_across,
    slips=(
        _held("mean", "mean"),
        _sum_for_mean("np.broadcast_to(np.expand_dims($grad, $axes), $x.shape)"),
    ),
)

BATCH_MEAN = _statistic(
    "batch_mean",
    "mean over the batch",
    _mean_function("n...->k"),
    _MEAN_X,
    True,
    f"{BATCH_NORM}; matches torch.mean.",
    "The mean of every unit of $where over the batch.",
    "Each sample's share of the mean: the same for all.",
)
SAMPLE_MEAN = _statistic(
    "sample_mean",
    "mean of each sample",
    _mean_function("n...->n..."),
    _MEAN_X,
    False,
    f"{LAYER_NORM}; matches torch.mean.",
    "The mean over the units of $where, sample by sample.",
    "Each unit's share of its sample's mean: the same for all.",
)


# --- mean of squares ------------------------------------------------------------------------------


def _mean_square(xp: Any, out: Array, x: Array, axes: Axes) -> None:
    sums_of_products(xp, out, x, x, axes)
    xp.divide(out, float(count(x.shape, axes)), out)


def _mean_square_x(xp: Any, out: Array, grad: Array, x: Array, axes: Axes) -> None:
    part = xp.empty_like(grad)
    xp.multiply(grad, 2 / count(x.shape, axes), part)
    xp.multiply(x, spread(part, axes), out)


def _mean_square_term(operands: Operands, at: Index, index: Index, params: Params) -> Term:
    x = float(operands["x"][at])
    return _share(operands, params), Factor(x * x, "x", at, "{$x}^{2}", x)


def _mean_square_x_term(operands: Operands, index: Index, at: Index, params: Params) -> Term:
    return cell(operands, "grad", at), _share(operands, params, 2), cell(operands, "x", index)


def _mean_square_function(relation: str) -> Function:
    formula, code = r"$out = \tfrac{1}{m} \textstyle\sum_{i=1}^{m} {$x}_{i}^{2}", "np.square($x).mean(axis=$axes)"
    not_squared = Slip("not_squared", "not squared", "You left out the squares.", "$x.mean(axis=$axes)")
    slips = (_sum_for_mean("np.square($x).sum(axis=$axes)"), not_squared)
    return Function(_mean_square, ("x",), relation, formula, code, summed(_mean_square_term, "x"), across, slips=slips)


_MEAN_SQUARE_X = Function(
    _mean_square_x,
    ("grad", "x"),
    "...,...->...",
    r"$out = \tfrac{2}{m}\, $grad \odot $x",
    "np.expand_dims($grad * (2 * $grad.size / $x.size), $axes) * $x",
    spread_terms(_mean_square_x_term),
    across,
    slips=(
        _held("variance", "mean square"),
        _sum_for_mean("np.expand_dims($grad * 2, $axes) * $x"),
        two_left_out("np.expand_dims($grad * ($grad.size / $x.size), $axes) * $x"),
    ),
)

BATCH_MEAN_SQUARE = _statistic(
    "batch_mean_square",
    "mean of squares over the batch",
    _mean_square_function("n...->k"),
    _MEAN_SQUARE_X,
    True,
    f"{BATCH_NORM}; of centered numbers, matches torch.var(unbiased=False).",
    "The variance of every unit of $where over the batch: the mean square of what is centered.",
    "Each sample's share of the variance: the larger the further it is from the mean.",
)
SAMPLE_MEAN_SQUARE = _statistic(
    "sample_mean_square",
    "mean of squares of each sample",
    _mean_square_function("n...->n..."),
    _MEAN_SQUARE_X,
    False,
    f"{LAYER_NORM}; {RMS_NORM}; of centered numbers, matches torch.var(unbiased=False).",
    "The mean square over the units of $where, sample by sample.",
    "Each unit's share of the mean square: the larger the further it is from 0.",
)


# --- inverse root ---------------------------------------------------------------------------------


def _inverse_root(xp: Any, out: Array, square: Array, eps: float) -> None:
    xp.add(square, eps, out)
    xp.sqrt(out, out)
    xp.reciprocal(out, out)


def _inverse_root_square(xp: Any, out: Array, grad: Array, output: Array, eps: float) -> None:
    xp.multiply(output, output, out)
    xp.multiply(out, output, out)
    xp.multiply(grad, out, out)
    xp.multiply(out, -0.5, out)


INVERSE_ROOT = Op(
    name="inverse_root",
    title="one over the root",
    args=("square",),
    function=Function(
        _inverse_root,
        ("square",),
        "...->...",
        r"$out = \frac{1}{\sqrt{$square + $eps}}",
        "1 / np.sqrt($square + $eps)",
        elementwise(("square", r"\tfrac{1}{\sqrt{$square + $eps}}", lambda s, eps: 1 / np.sqrt(s + eps))),
        says="One over the root: multiplying by it brings the spread to 1.",
        slips=(
            root_left_out("1 / ($square + $eps)"),
            Slip("not_inverted", "not inverted", "That is the root: it is one over it.", "np.sqrt($square + $eps)"),
        ),
    ),
    vjps={
        "square": Function(
            _inverse_root_square,
            ("grad", "output"),
            "...,...->...",
            r"$out = -\tfrac{1}{2}\, $grad \odot {$output}^{3}",
            "-$grad * $output**3 / 2",
            elementwise("grad", ("output", r"-\tfrac{1}{2} {$output}^{3}", lambda r, eps: -(r**3) / 2)),
            says="Back through one over the root, to the mean square.",
            slips=(
                sign_reversed("$grad * $output**3 / 2"),
                Slip("power_left_out", "power left out", "You left out the third power.", "-$grad * $output / 2"),
                Slip("half_left_out", "1/2 left out", "You left out the 1/2 of the root.", "-$grad * $output**3"),
            ),
        )
    },
    shape=same_shape,
    letters={"eps": r"\epsilon"},
    source=f"{BATCH_NORM}; eps is where torch.nn.BatchNorm1d has it; matches torch.rsqrt.",
    example=lambda rng: ((rng.uniform(0.2, 3, (4, 3)),), {"eps": 1e-5}),
)

STATISTIC_OPS = (BATCH_MEAN, SAMPLE_MEAN, BATCH_MEAN_SQUARE, SAMPLE_MEAN_SQUARE, INVERSE_ROOT)
