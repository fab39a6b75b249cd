"""Pooling of images: the largest or the mean cell of each window, and the mean of each whole channel.

Kernels take a tap of all windows at a time: a slice of the image's cells, and one of the results. Cells in the padding
are left out of a maximum, and count as 0 in a mean.

In formulas, tap (a, b) of window (i, j) lies on the cell (h(i, a), w(j, b)) of the image: see `windows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.axes import spread, sums
from engine.ops.core.fast import kept_where
from engine.ops.core.op import CALL, Array, Factor, Fast, Function, Index, Op, Operands, Shape, Term, cell
from engine.ops.core.slips import Slip
from engine.ops.image.windows import Pair, Windows, checked_windows, windows

Params = Mapping[str, Any]

_LECUN = "LeCun et al. 1998, section II.B (subsampling)"


# --- shared ---------------------------------------------------------------------------------------


def _shape(x: Shape, kernel: Pair, stride: Pair, padding: Pair) -> Shape:
    if len(x) != 4:
        raise ShapeError(f"images to pool are (N, C, H, W); given {x}")
    found = checked_windows(x, kernel, stride, padding)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ShapeError(f"padding is at most half of the kernel {tuple(kernel)}; given {tuple(padding)}")
    return (*x[:2], *found.counts)


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(2, 2, 5, 4)),), {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}


def _places(found: Windows) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Of every tap, the windows and the cells, where it lies on the image."""
    return [found.slices(tap) for tap in found.taps if any(found.along(tap))]


def _windows_of(index: Index, found: Windows) -> list[Index]:
    """The windows that a cell lies in, with its sample and channel."""
    return [(*index[:2], *window) for window, _ in found.over(index[2:])]


def _cells_of(index: Index, found: Windows) -> list[Index]:
    """The cells of a window, with its sample and channel."""
    return [(*index[:2], *place) for _, place in found.under(index[2:])]


def _forward_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params
) -> Iterable[Index]:
    return _windows_of(index, windows(shapes[0], **params))


def _scratch(shapes: Sequence[Shape], shape: Shape, params: Params) -> int:
    """A call for each tap."""
    return CALL * math.prod(params["kernel"])


# --- maximum --------------------------------------------------------------------------------------


def _largest(xp: Any, out: Array, x: Array, **params: Pair) -> None:
    xp.copyto(out, -math.inf)
    for results, cells in _places(windows(x.shape, **params)):
        xp.maximum(out[results], x[cells], out=out[results])


def _largest_x(xp: Any, out: Array, grad: Array, x: Array, output: Array, **params: Pair) -> None:
    _to_the_largest(xp, out, grad, x, output, _kept_where, params)


def _fast_largest_x(xp: Any, out: Array, grad: Array, x: Array, output: Array, **params: Pair) -> None:
    _to_the_largest(xp, out, grad, x, output, kept_where, params)


def _to_the_largest(
    xp: Any, out: Array, grad: Array, x: Array, output: Array, keep: Callable[..., None], params: Params
) -> None:
    """To the first cell of each window that is not less than the maximum, tap by tap."""
    less, wanting, hit = (np.empty_like(output, dtype=bool) for _ in range(3))
    part = np.empty_like(output)
    xp.copyto(out, 0.0)
    xp.copyto(wanting, np.True_)
    for at, cells in _places(windows(x.shape, **params)):
        xp.less(x[cells], output[at], less[at])
        xp.greater(wanting[at], less[at], hit[at])
        xp.logical_and(wanting[at], less[at], wanting[at])
        keep(xp, part[at], grad[at], hit[at])
        xp.add(out[cells], part[at], out[cells])


def _kept_where(xp: Any, out: Array, grad: Array, hit: Array) -> None:
    """The gradient where a cell is hit, 0 elsewhere, also for an infinite one."""
    xp.copyto(out, 0.0)
    xp.copyto(out, grad, where=hit)


def _winner(index: Index, operands: Operands, found: Windows) -> Index:
    """The first cell of a window that is not less than its maximum."""
    x, largest = operands["x"], operands["output"][index]
    return next(at for at in _cells_of(index, found) if not x[at] < largest)


def _largest_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    x = operands["x"]
    cells = _cells_of(index, windows(x.shape, **params))
    yield (cell(operands, "x", cells[int(np.argmax([x[at] for at in cells]))]),)


def _largest_x_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    found = windows(operands["x"].shape, **params)
    for window in _windows_of(index, found):
        if _winner(window, operands, found) == index:
            yield (cell(operands, "grad", window),)


def _largest_x_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params
) -> Iterable[Index]:
    """Of x, all cells that share a window: any of them may be the largest instead."""
    found = windows(shapes[1], **params)
    if operand == 1:
        return {at for window in _windows_of(index, found) for at in _cells_of(window, found)}
    return _cells_of(index, found)


def _which_is_largest(x: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    """The tap of each window that is the first to be largest, counted row after row."""
    found = windows(x.shape, kernel, stride, padding)
    taps: Array = np.full((*x.shape[:2], *found.counts, len(found.taps)), -math.inf)
    for number, tap in enumerate(found.taps):
        results, cells = found.slices(tap)
        taps[..., number][results] = x[cells]
    return np.asarray(taps.argmax(axis=-1))


_TAP = "{$x}_{n,c,h(i,a),w(j,b)}"
_LIE_THERE = r"h(i,a)=h,\, w(j,b)=w"

MAX_POOL2D = Op(
    name="max_pool2d",
    title="max pooling",
    args=("x",),
    function=Function(
        _largest,
        ("x",),
        "nchw->ncij",
        rf"$out = \max_{{a,b}} {_TAP}",
        "max_pool($x, $kernel, $stride, $padding)",
        _largest_terms,
        _forward_reach,
        scratch=_scratch,
        says="Keeps the largest number of each window of $where.",
        slips=(
            Slip(
                *("mean_for_largest", "mean for the largest", "You took the mean of the window: its largest counts."),
                "avg_pool($x, $kernel, $stride, $padding)",
            ),
        ),
        torch="F.max_pool2d($x, $kernel, $stride, $padding)",
    ),
    vjps={
        "x": Function(
            _largest_x,
            ("grad", "x", "output"),
            "ncij,nchw,ncij->nchw",
            rf"$out = \textstyle\sum_{{{_LIE_THERE}}} {{$grad}}_{{ncij}}\, "
            rf"\mathbf{{1}}\left[(a,b) = \operatorname{{argmax}}_{{a',b'}} {{$x}}_{{n,c,h(i,a'),w(j,b')}}\right]",
            "max_pool_input($grad, $x, $kernel, $stride, $padding)",
            _largest_x_terms,
            _largest_x_reach,
            says="Each window's gradient goes to its largest cell, whole; the others get nothing.",
            slips=(
                Slip(
                    *(
                        "shared_out",
                        "shared out",
                        "You shared the gradient out over the window: its largest gets it all.",
                    ),
                    "avg_pool_input($grad, $x, $kernel, $stride, $padding)",
                ),
            ),
            stops="not the largest of a window",
            fast=Fast(_fast_largest_x),
        )
    },
    shape=_shape,
    source="Jarrett et al. 2009, What is the best multi-stage architecture, section 2.1; of cells that are equal the "
    "first is taken; matches torch.nn.functional.max_pool2d.",
    example=_example,
    regions=_which_is_largest,
    order="columns",
)


# --- mean -----------------------------------------------------------------------------------------


def _mean(xp: Any, out: Array, x: Array, **params: Pair) -> None:
    xp.copyto(out, 0.0)
    for results, cells in _places(windows(x.shape, **params)):
        xp.add(out[results], x[cells], out[results])
    xp.divide(out, float(math.prod(params["kernel"])), out)


def _mean_x(xp: Any, out: Array, grad: Array, x: Array, **params: Pair) -> None:
    part = np.empty_like(grad)
    xp.divide(grad, float(math.prod(params["kernel"])), part)
    xp.copyto(out, 0.0)
    for at, cells in _places(windows(x.shape, **params)):
        xp.add(out[cells], part[at], out[cells])


def _share(count: int) -> Factor:
    return Factor(1 / count, symbol=rf"\tfrac{{1}}{{{count}}}")


def _mean_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    share = _share(math.prod(params["kernel"]))
    for at in _cells_of(index, windows(operands["x"].shape, **params)):
        yield share, cell(operands, "x", at)


def _mean_x_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    share = _share(math.prod(params["kernel"]))
    for window in _windows_of(index, windows(operands["x"].shape, **params)):
        yield cell(operands, "grad", window), share


def _mean_x_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    """Of x, which is there for its shape only, none."""
    return () if operand else _cells_of(index, windows(shape, **params))


_K = r"\tfrac{1}{K_H K_W} \textstyle"

AVG_POOL2D = Op(
    name="avg_pool2d",
    title="average pooling",
    args=("x",),
    function=Function(
        _mean,
        ("x",),
        "nchw->ncij",
        rf"$out = {_K} \sum_{{a,b}} {_TAP}",
        "avg_pool($x, $kernel, $stride, $padding)",
        _mean_terms,
        _forward_reach,
        scratch=_scratch,
        says="Takes the mean of each window of $where.",
        torch="F.avg_pool2d($x, $kernel, $stride, $padding)",
    ),
    vjps={
        "x": Function(
            _mean_x,
            ("grad", "x"),
            "ncij,nchw->nchw",
            rf"$out = {_K} \sum_{{{_LIE_THERE}}} {{$grad}}_{{ncij}}",
            "avg_pool_input($grad, $x, $kernel, $stride, $padding)",
            _mean_x_terms,
            _mean_x_reach,
            says="Each window's gradient, in equal shares to its cells.",
        )
    },
    shape=_shape,
    source=f"{_LECUN}; matches torch.nn.functional.avg_pool2d, count_include_pad=True.",
    example=_example,
    order="columns",
)


# --- mean of each channel -------------------------------------------------------------------------


def _whole(xp: Any, out: Array, x: Array) -> None:
    sums(xp, out, x, (2, 3))
    xp.divide(out, float(math.prod(x.shape[2:])), out)


def _whole_x(xp: Any, out: Array, grad: Array, x: Array) -> None:
    part = np.empty_like(grad)
    xp.divide(grad, float(math.prod(x.shape[2:])), part)
    xp.copyto(out, spread(part, (2, 3)))


def _whole_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    image = operands["x"].shape[2:]
    for place in np.ndindex(*image):
        yield _share(math.prod(image)), cell(operands, "x", (*index, *place))


def _whole_x_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    yield cell(operands, "grad", index[:2]), _share(math.prod(operands["x"].shape[2:]))


def _whole_x_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params
) -> Iterable[Index]:
    """Of x, which is there for its shape only, none."""
    return () if operand else [(*index, *place) for place in np.ndindex(*shape[2:])]


def _whole_shape(x: Shape) -> Shape:
    if len(x) != 4:
        raise ShapeError(f"images to pool are (N, C, H, W); given {x}")
    return x[:2]


GLOBAL_AVG_POOL = Op(
    name="global_avg_pool",
    title="global average pooling",
    args=("x",),
    function=Function(
        _whole,
        ("x",),
        "nchw->nc",
        r"$out = \tfrac{1}{HW} \textstyle\sum_{h,w} {$x}_{nchw}",
        "$x.mean(axis=(2, 3))",
        _whole_terms,
        says="Takes the mean of each whole channel.",
    ),
    vjps={
        "x": Function(
            _whole_x,
            ("grad", "x"),
            "nc,nchw->nchw",
            r"$out = \tfrac{1}{HW} {$grad}_{nc}",
            "np.broadcast_to($grad[:, :, None, None] * ($grad.size / $x.size), $x.shape)",
            _whole_x_terms,
            _whole_x_reach,
            says="Each channel's gradient, in equal shares to its cells.",
        )
    },
    shape=_whole_shape,
    source="Lin, Chen and Yan 2014, Network in network, section 3.2; matches torch.nn.AdaptiveAvgPool2d(1).",
    example=lambda rng: ((rng.normal(size=(3, 2, 3, 4)),), {}),
    order="columns",
)

POOLING_OPS = (MAX_POOL2D, AVG_POOL2D, GLOBAL_AVG_POOL)
