"""Moments of a sequence and gates of a state: taken out, put together, averaged.

A sequence (N, T, D) lies row after row; what is taken of one moment is a matrix (N, D) like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, cell
from engine.ops.core.slices import gathered_moments, gathered_units
from engine.ops.core.structure import ZERO

# --- one moment -------------------------------------------------------------------------------------------------------


def _at_time(xp: Any, out: Array, x: Array, t: int) -> None:
    xp.copyto(out, x[:, t])


def _at_time_vjp(xp: Any, out: Array, grad: Array, x: Array, t: int) -> None:
    xp.copyto(out, 0.0)
    xp.copyto(out[:, t], grad)


def _moment_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, d = index
    yield (cell(operands, "x", (n, params["t"], d)),)


def _moment_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, t, d = index
    yield (cell(operands, "grad", (n, d)),) if t == params["t"] else ZERO


def _moment_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    n, t, d = index
    return ((n, d),) if t == params["t"] else ()


def _moment_vjp_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    """Of x only the shape counts."""
    return () if operand else ((index[0], params["t"], index[1]),)


def _at_time_shape(x: Shape, t: int) -> Shape:
    if len(x) != 3 or not 0 <= t < x[1]:
        raise ShapeError(f"a moment t, from 0 to T - 1, is taken of x (N, T, D); given t = {t} and {x}")
    return (x[0], x[2])


AT_TIME = Op(
    name="at_time",
    title="one time of a sequence",
    args=("x",),
    function=Function(
        _at_time,
        ("x",),
        "ntd->nd",
        "$out = {$x}_{t = $t}",
        "$x[:, $t]",
        _moment_terms,
        _moment_reach,
        says="Takes one time of the sequence.",
        places=("t",),
    ),
    vjps={
        "x": Function(
            _at_time_vjp,
            ("grad", "x"),
            "nd,ntd->ntd",
            r"$out = \left[t = $t\right] $grad",
            "np.where(np.arange($x.shape[1])[:, None] == $t, $grad[:, None], 0)",
            _moment_vjp_terms,
            _moment_vjp_reach,
            places=("t",),
            says="The gradient of each time goes back to its place in the sequence.",
        )
    },
    shape=_at_time_shape,
    source="Goodfellow et al. 2016, section 10.1 (unfolding in time); matches torch.select(x, 1, t).",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"t": 1}),
    order="columns",
    gather=gathered_moments,
)


# --- all moments ------------------------------------------------------------------------------------------------------


_SAYS_STACK = "Puts the times back together into a sequence."
_SAYS_MOMENT = "Each time gets the gradient that stands in its place."


@lru_cache
def stack_time(count: int) -> Op:
    """The op that makes a sequence (N, count, D) of `count` values (N, D)."""
    names = tuple(f"part{i}" for i in range(1, count + 1))
    listed = ", ".join(f"${name}" for name in names)
    relation = ",".join(["nd"] * count) + "->ntd"
    formula, code = rf"$out = \left[{listed}\right]", f"np.stack([{listed}], axis=1)"
    return Op(
        name=f"stack_time_{count}",
        title="times made a sequence",
        args=names,
        function=Function(_stack, names, relation, formula, code, _stack_terms, _placed, says=_SAYS_STACK),
        vjps={name: _moment_of_gradient(t) for t, name in enumerate(names)},
        shape=_stack_shape,
        source="Goodfellow et al. 2016, section 10.2; matches torch.stack(parts, dim=1).",
        example=lambda rng: (tuple(rng.normal(size=(3, 4)) for _ in names), {}),
        order="rows",
    )


def _stack(xp: Any, out: Array, *parts: Array) -> None:
    for t, part in enumerate(parts):
        xp.copyto(out[:, t], part)


def _stack_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, t, d = index
    yield (cell(operands, f"part{t + 1}", (n, d)),)


def _placed(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    return ((index[0], operand, index[1]),)


def _stack_shape(*parts: Shape) -> Shape:
    if len(parts[0]) != 2 or set(parts) != {parts[0]}:
        raise ShapeError(f"a sequence is made of values (N, D) of one shape; given {', '.join(map(str, parts))}")
    return (parts[0][0], len(parts), parts[0][1])


def _moment_of_gradient(t: int) -> Function:
    """What comes back to the part that stands at `t`."""

    def kernel(xp: Any, out: Array, grad: Array) -> None:
        _at_time(xp, out, grad, t)

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        yield (cell(operands, "grad", (index[0], t, index[1])),)

    def reach(
        operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
    ) -> Iterable[Index]:
        return _moment_reach(operand, index, shapes, shape, {"t": t})

    formula, code = f"$out = {{$grad}}_{{t = {t + 1}}}", f"$grad[:, {t}]"
    return Function(kernel, ("grad",), "ntd->nd", formula, code, terms, reach, says=_SAYS_MOMENT)


# --- the mean ---------------------------------------------------------------------------------------------------------


def _mean(xp: Any, out: Array, x: Array) -> None:
    total = np.empty((x.shape[0], x.shape[2]), x.dtype)
    xp.add.reduce(x, 1, None, total)
    xp.divide(total, float(x.shape[1]), out)


def _mean_vjp(xp: Any, out: Array, grad: Array, x: Array) -> None:
    share = np.empty(grad.shape, grad.dtype)  # row after row, as the sequence lies
    xp.divide(grad, float(x.shape[1]), share)
    xp.copyto(out, share[:, None])


def _one_share(length: int) -> Factor:
    return Factor(1 / length, symbol=rf"\tfrac{{1}}{{{length}}}")


def _mean_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, d = index
    length = operands["x"].shape[1]
    for t in range(length):
        yield (cell(operands, "x", (n, t, d)), _one_share(length))


def _mean_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, _, d = index
    yield (cell(operands, "grad", (n, d)), _one_share(operands["x"].shape[1]))


def _mean_vjp_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    """Of x only the shape counts."""
    return () if operand else [(index[0], t, index[1]) for t in range(shape[1])]


def _mean_shape(x: Shape) -> Shape:
    if len(x) != 3:
        raise ShapeError(f"the mean over time is taken of x (N, T, D); given {x}")
    return (x[0], x[2])


MEAN_TIME = Op(
    name="mean_time",
    title="mean over time",
    args=("x",),
    function=Function(
        _mean,
        ("x",),
        "ntd->nd",
        r"$out = \tfrac{1}{T} \textstyle\sum_t {$x}_{t}",
        "$x.mean(axis=1)",
        _mean_terms,
        says="Takes the mean over all times.",
    ),
    vjps={
        "x": Function(
            _mean_vjp,
            ("grad", "x"),
            "nd,ntd->ntd",
            r"$out = \tfrac{1}{T} $grad",
            "np.repeat($grad[:, None] / $x.shape[1], $x.shape[1], axis=1)",
            _mean_vjp_terms,
            _mean_vjp_reach,
            says="Each time gets the same share of the gradient.",
        )
    },
    shape=_mean_shape,
    source="Goodfellow et al. 2016, section 10.2 (one output for a whole sequence); matches torch.mean(x, dim=1).",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {}),
    order="columns",
)


# --- gates ------------------------------------------------------------------------------------------------------------


def _slice(xp: Any, out: Array, z: Array, start: int, stop: int) -> None:
    xp.copyto(out, z[:, start:stop])


def _slice_vjp(xp: Any, out: Array, grad: Array, z: Array, start: int, stop: int) -> None:
    xp.copyto(out, 0.0)
    xp.copyto(out[:, start:stop], grad)


def _slice_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, j = index
    yield (cell(operands, "z", (n, params["start"] + j)),)


def _slice_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, k = index
    inside = params["start"] <= k < params["stop"]
    yield (cell(operands, "grad", (n, k - params["start"])),) if inside else ZERO


def _slice_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    n, k = index
    return ((n, k - params["start"]),) if params["start"] <= k < params["stop"] else ()


def _slice_vjp_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    """Of z only the shape counts."""
    return () if operand else ((index[0], index[1] + params["start"]),)


def _slice_shape(z: Shape, start: int, stop: int) -> Shape:
    if len(z) != 2 or not 0 <= start < stop <= z[1]:
        raise ShapeError(f"units start to stop - 1 are taken of z (N, K); given {start}, {stop} and {z}")
    return (z[0], stop - start)


SLICE_UNITS = Op(
    name="slice_units",
    title="some of the units",
    args=("z",),
    function=Function(
        _slice,
        ("z",),
        "nk->nj",
        "$out = {$z}_{:,\\, $start:$stop}",
        "$z[:, $start:$stop]",
        _slice_terms,
        _slice_reach,
        places=("start",),
        says="Takes out the units of one gate.",
    ),
    vjps={
        "z": Function(
            _slice_vjp,
            ("grad", "z"),
            "nj,nk->nk",
            r"$out = \left[0,\ $grad,\ 0\right]",
            "np.pad($grad, ((0, 0), ($start, $z.shape[1] - $stop)))",
            _slice_vjp_terms,
            _slice_vjp_reach,
            says="Each gate's gradient goes back to its place among the units.",
            torch="F.pad($grad, ($start, $z.shape[1] - $stop))",
        )
    },
    shape=_slice_shape,
    source="Hochreiter and Schmidhuber 1997, section 4 (gates); matches torch.narrow(z, 1, start, stop - start).",
    example=lambda rng: ((rng.normal(size=(3, 6)),), {"start": 1, "stop": 4}),
    order="columns",
    gather=gathered_units,
)

SEQUENCE_OPS = (AT_TIME, stack_time(2), stack_time(3), MEAN_TIME, SLICE_UNITS)
