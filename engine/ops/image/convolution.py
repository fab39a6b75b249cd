"""Convolution of images, as matrix products over the windows that slide over them.

What a window covers is a column of a matrix, so that the weights of all windows are one matrix product. The columns
of some rows of windows at a time are copied together, to be still in the cache when the product reads them. Samples
are last in memory (order `columns`): then a copy moves long runs, and a sum over samples and places is one product.

In formulas, tap (a, b) of window (i, j) lies on the cell (h(i, a), w(j, b)) of the image: see `windows`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.foundation.errors import ShapeError
from engine.ops.core.axes import sums
from engine.ops.core.op import CALL, Array, Function, Index, Op, Operands, Shape, Term, cell, sum_of_products
from engine.ops.core.slips import Slip, averaged, bias_left_out, kernel_flipped, weights_updated
from engine.ops.image.windows import Pair, Windows, checked_windows, windows

Params = Mapping[str, Any]

BLOCK = 2**16  # numbers in the columns that are copied together: half of a usual cache of the second level


# --- memory ---------------------------------------------------------------------------------------


def _samples_last(xp: Any, x: Array) -> Array:
    """(N, C, H, W) as (C, H, W, N) without gaps: the memory itself where it lies so."""
    seen = x.transpose(1, 2, 3, 0)
    if seen.flags.c_contiguous:
        return seen
    copy = np.empty(seen.shape, x.dtype)
    xp.copyto(copy, seen)
    return copy


def _room(x: Array, padding: Pair = (0, 0)) -> Array:
    """Where to write (N, C, H, W) as (C, H, W, N) with padding of 0: x itself where it lies so and has none."""
    seen = x.transpose(1, 2, 3, 0)
    channels, height, width, samples = seen.shape
    if padding == (0, 0) and seen.flags.c_contiguous:
        return seen
    return np.zeros((channels, height + 2 * padding[0], width + 2 * padding[1], samples), x.dtype)


def _inside(padded: Array, padding: Pair) -> Array:
    """The image in its padding, as (N, C, H, W)."""
    (_, height, width, _), (above, left) = padded.shape, padding
    return padded[:, above : height - above, left : width - left].transpose(3, 0, 1, 2)


def _padded(xp: Any, x: Array, padding: Pair) -> Array:
    room = _room(x, padding)
    if not np.may_share_memory(room, x):
        xp.copyto(_inside(room, padding), x)
    return room


def _matrix(xp: Any, weight: Array) -> Array:
    """(O, C, KH, KW) as a matrix with a row for each output channel."""
    rows = _rows(weight)
    if not np.may_share_memory(rows, weight):
        xp.copyto(rows.reshape(weight.shape), weight)
    return rows


def _rows(weight: Array) -> Array:
    """Room for that matrix: the weight's own memory where it lies row after row."""
    room = weight if weight.flags.c_contiguous else np.empty(weight.shape, weight.dtype)
    return room.reshape(len(room), -1)


def _slid(padded: Array, found: Windows, writeable: bool = False) -> Array:
    """The windows over (C, H, W, N) as (C, KH, KW, OH, OW, N), a view: neighbours share cells."""
    rows, columns = found.rows, found.columns
    seen = sliding_window_view(padded, (rows.span, columns.span), (1, 2), writeable=writeable)
    some = seen[:, :: rows.stride, :: columns.stride, :, :: rows.dilation, :: columns.dilation]
    return some.transpose(0, 4, 5, 1, 2, 3)


def _blocks(slid: Array) -> Iterator[tuple[slice, Array]]:
    """Some rows of windows at a time, and room for what they cover: the same memory for all."""
    *taps, height, width, samples = slid.shape
    a_row = math.prod(taps) * width * samples
    step = min(height, max(1, BLOCK // a_row))
    memory = np.empty(step * a_row, slid.dtype)
    for first in range(0, height, step):
        count = min(step, height - first)
        yield slice(first, first + count), memory[: count * a_row].reshape(*taps, count, width, samples)


def _columns(room: Array) -> Array:
    """(C, KH, KW, rows, OW, N) as a matrix with a column for each window."""
    return room.reshape(math.prod(room.shape[:3]), -1)


def _rows_of(image: Array, rows: slice) -> Array:
    """Some rows of (O, OH, OW, N) as a matrix with a row for each channel, a view."""
    return image[:, rows].reshape(len(image), -1, copy=False)


# --- kernels --------------------------------------------------------------------------------------


def _forward(xp: Any, out: Array, x: Array, weight: Array, *bias: Array, **params: Pair) -> None:
    slid = _slid(_padded(xp, x, params["padding"]), windows(x.shape, weight.shape, **params))
    matrix, room = _matrix(xp, weight), _room(out)
    for rows, block in _blocks(slid):
        result = _rows_of(room, rows)
        xp.copyto(block, slid[:, :, :, rows])
        xp.matmul(matrix, _columns(block), result)
        for offset in bias:
            xp.add(result, offset[:, None], result)
    _hand_over(xp, out, room)


def _hand_over(xp: Any, out: Array, room: Array, padding: Pair = (0, 0)) -> None:
    """Copies a result to its place if it was made elsewhere."""
    if not np.may_share_memory(room, out):
        xp.copyto(out, _inside(room, padding))


def _weight(xp: Any, out: Array, grad: Array, x: Array, weight: Array, **params: Pair) -> None:
    """A product for each block, added up."""
    slid = _slid(_padded(xp, x, params["padding"]), windows(x.shape, weight.shape, **params))
    incoming, total = _samples_last(xp, grad), _rows(out)
    part = np.empty_like(total)
    for rows, block in _blocks(slid):
        xp.copyto(block, slid[:, :, :, rows])
        xp.matmul(_rows_of(incoming, rows), _columns(block).T, part if rows.start else total)
        if rows.start:
            xp.add(total, part, total)
    if not np.may_share_memory(total, out):
        xp.copyto(out, total.reshape(out.shape))


def _bias(xp: Any, out: Array, grad: Array, **params: Pair) -> None:
    sums(xp, out, grad, (0, 2, 3))


def _x(xp: Any, out: Array, grad: Array, weight: Array, x: Array, **params: Pair) -> None:
    """What flows to each tap of each window, added up where the tap lies. A tap at a time, no two share a cell."""
    padding = params["padding"]
    found, room = windows(x.shape, weight.shape, **params), _room(out, padding)
    slid, incoming, matrix = _slid(room, found, writeable=True), _samples_last(xp, grad), _matrix(xp, weight)
    xp.copyto(room, 0.0)
    for rows, block in _blocks(slid):
        xp.matmul(matrix.T, _rows_of(incoming, rows), _columns(block))
        for a, b in found.taps:
            place = slid[:, a, b, rows]
            xp.add(place, block[:, a, b], place)
    _hand_over(xp, out, room, padding)


# --- terms ----------------------------------------------------------------------------------------


def _forward_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    (n, o, *window), x, weight = index, operands["x"], operands["weight"]
    found = windows(x.shape, weight.shape, **params)
    for c, (tap, place) in itertools.product(range(x.shape[1]), found.under(window)):
        yield cell(operands, "x", (n, c, *place)), cell(operands, "weight", (o, c, *tap))
    if "bias" in operands:
        yield (cell(operands, "bias", (o,)),)


def _weight_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    (o, c, *tap), x = index, operands["x"]
    found = windows(x.shape, operands["weight"].shape, **params)
    for n, (window, place) in itertools.product(range(len(x)), found.along(tap)):
        yield cell(operands, "grad", (n, o, *window)), cell(operands, "x", (n, c, *place))


def _x_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    (n, c, *place), weight = index, operands["weight"]
    found = windows(operands["x"].shape, weight.shape, **params)
    for o, (window, tap) in itertools.product(range(len(weight)), found.over(place)):
        yield cell(operands, "grad", (n, o, *window)), cell(operands, "weight", (o, c, *tap))


# --- reach ----------------------------------------------------------------------------------------


def _forward_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params
) -> Iterable[Index]:
    found = windows(shapes[0], shapes[1], **params)
    if operand == 0:
        return [(index[0], o, *w) for o in range(shape[1]) for w, _ in found.over(index[2:])]
    if operand == 1:
        return [(n, index[0], *w) for n in range(shape[0]) for w, _ in found.along(index[2:])]
    return ((n, index[0], i, j) for n, i, j in np.ndindex(shape[0], *shape[2:]))


def _weight_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    found = windows(shapes[1], shape, **params)
    if operand == 0:
        return [(index[1], c, *tap) for c in range(shape[1]) for tap, _ in found.under(index[2:])]
    if operand == 1:
        return [(o, index[1], *tap) for o in range(shape[0]) for _, tap in found.over(index[2:])]
    return ()  # the weight is there for its shape only


def _x_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    found = windows(shape, shapes[1], **params)
    if operand == 0:
        return [(index[0], c, *place) for c in range(shape[1]) for _, place in found.under(index[2:])]
    if operand == 1:
        return [(n, index[1], *place) for n in range(shape[0]) for _, place in found.along(index[2:])]
    return ()  # x is there for its shape only


# --- shapes and examples --------------------------------------------------------------------------


def _shape(x: Shape, weight: Shape, *bias: Shape, stride: Pair, padding: Pair, dilation: Pair) -> Shape:
    if len(x) != 4 or len(weight) != 4 or x[1] != weight[1] or any(b != weight[:1] for b in bias):
        given = ", ".join(map(str, (x, weight, *bias)))
        raise ShapeError(f"conv2d takes x (N, C, H, W), weight (O, C, KH, KW) and bias (O,); given {given}")
    return (x[0], weight[0], *checked_windows(x, weight, stride, padding, dilation).counts)


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    (x, weight), params = _example_without_bias(rng)
    return (x, weight, rng.normal(size=3)), params


def _example_without_bias(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    params = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    return (rng.normal(size=(2, 2, 5, 4)), rng.normal(size=(3, 2, 3, 2))), params


def _scratch(shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]) -> int:
    """Copies of all that a row of windows covers, and a call for each tap of each row."""
    weight, (samples, _, rows, columns) = shapes[1], shape
    return math.prod(weight[1:]) * columns * samples + CALL * math.prod(weight[2:]) * rows


# --- the ops --------------------------------------------------------------------------------------

_SETTINGS = "$stride, $padding, $dilation"
_CONVOLVED = f"conv2d($x, $weight, {_SETTINGS})"
_SUMMED = r"\textstyle\sum_{c,a,b} {$weight}_{ocab}\, {$x}_{n,c,h(i,a),w(j,b)}"

_VJP_WEIGHT = Function(
    _weight,
    ("grad", "x", "weight"),
    "noij,nchw,ocab->ocab",
    r"$out = \textstyle\sum_{n,i,j} {$grad}_{noij}\, {$x}_{n,c,h(i,a),w(j,b)}",
    f"conv2d_weight($x, $weight.shape, $grad, {_SETTINGS})",
    _weight_terms,
    _weight_reach,
    says="Each weight of a kernel of $where: the gradient at every place times the input it saw there, over the batch.",
    slips=(
        averaged(f"conv2d_weight($x, $weight.shape, $grad, {_SETTINGS}) / len($x)"),
        kernel_flipped(f"conv2d_weight($x, $weight.shape, $grad, {_SETTINGS})[:, :, ::-1, ::-1]"),
    ),
    torch=f"torch.nn.grad.conv2d_weight($x, $weight.shape, $grad, {_SETTINGS})",
)
_VJP_BIAS = Function(
    _bias,
    ("grad",),
    "noij->o",
    r"$out = \textstyle\sum_{n,i,j} {$grad}_{noij}",
    "$grad.sum(axis=(0, 2, 3))",
    sum_of_products(("noij->o", ("grad",))),
    says="Each bias of $where: the gradient of its channel, over all places and the batch.",
    slips=(
        averaged("$grad.mean(axis=(0, 2, 3))"),
        Slip(
            "one_place_only",
            "one place only",
            "That is one place of the image: the kernel is used at all, and their parts add up.",
            "$grad[:, :, 0, 0].sum(axis=0)",
        ),
    ),
)
_VJP_X = Function(
    _x,
    ("grad", "weight", "x"),
    "noij,ocab,nchw->nchw",
    r"$out = \textstyle\sum_{o} \sum_{h(i,a)=h,\, w(j,b)=w} {$grad}_{noij}\, {$weight}_{ocab}",
    f"conv2d_input($x.shape, $weight, $grad, {_SETTINGS})",
    _x_terms,
    _x_reach,
    says="What $where hands back: to every cell through each weight that lay on it.",
    torch=f"torch.nn.grad.conv2d_input($x.shape, $weight, $grad, {_SETTINGS})",
    slips=(
        kernel_flipped(f"conv2d_input($x.shape, $weight[:, :, ::-1, ::-1], $grad, {_SETTINGS})"),
        weights_updated(f"conv2d_input($x.shape, $next, $grad, {_SETTINGS})"),
    ),
)


def _one_channel_only(code: str) -> Slip:
    says = "You took the first channel alone: the windows of all channels add up."
    return Slip("one_channel_only", "one channel only", says, code)


_SOURCE = (
    "LeCun et al. 1998, section II.A; Dumoulin and Visin 2016, A guide to convolution arithmetic; "
    "matches torch.nn.functional.conv2d."
)

CONV2D = Op(
    name="conv2d",
    title="convolution",
    args=("x", "weight", "bias"),
    function=Function(
        _forward,
        ("x", "weight", "bias"),
        "nchw,ocab,o->noij",
        rf"$out = {_SUMMED} + {{$bias}}_{{o}}",
        f"{_CONVOLVED} + $bias[:, None, None]",
        _forward_terms,
        _forward_reach,
        scratch=_scratch,
        says="Every unit of $where slides its kernel over the image, sums what it covers, and adds its bias.",
        torch="F.conv2d($x, $weight, $bias, $stride, $padding, $dilation)",
        slips=(
            bias_left_out(_CONVOLVED),
            kernel_flipped(f"conv2d($x, $weight[:, :, ::-1, ::-1], {_SETTINGS}) + $bias[:, None, None]"),
            _one_channel_only(f"conv2d($x[:, :1], $weight[:, :1], {_SETTINGS}) + $bias[:, None, None]"),
        ),
    ),
    vjps={"weight": _VJP_WEIGHT, "bias": _VJP_BIAS, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example,
    order="columns",
    windowed=True,
)

CONV2D_WITHOUT_BIAS = Op(
    name="conv2d_without_bias",
    title="convolution without bias",
    args=("x", "weight"),
    function=Function(
        _forward,
        ("x", "weight"),
        "nchw,ocab->noij",
        f"$out = {_SUMMED}",
        _CONVOLVED,
        _forward_terms,
        _forward_reach,
        scratch=_scratch,
        says="Every unit of $where slides its kernel over the image, and sums what it covers.",
        torch="F.conv2d($x, $weight, None, $stride, $padding, $dilation)",
    ),
    vjps={"weight": _VJP_WEIGHT, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example_without_bias,
    order="columns",
    windowed=True,
)

CONVOLUTION_OPS = (CONV2D, CONV2D_WITHOUT_BIAS)
