"""What comes back to a value of which several pieces were taken: all of them put in place in one step.

A sequence has T moments, a state several gates. One VJP a piece would fill the whole value each time, and adding them
up would take as many sums of mostly zeros: T times T moments. Put together, each cell is written once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from engine.ops.core.op import Array, Function, Index, Operands, Shape, Term, cell
from engine.ops.core.structure import ZERO

Params = Mapping[str, Any]
Piece = tuple[int, int]


def gathered_moments(params: Sequence[Params], shape: Shape) -> Function | None:
    """The gradient of x (N, T, D) from those of its moments (N, D); 0 at a moment that was not taken.

    Returns: None if a moment was taken twice, so that gradients have to be added.
    """
    return _gathered(tuple((p["t"], p["t"] + 1) for p in params), shape[1], True)


def gathered_units(params: Sequence[Params], shape: Shape) -> Function | None:
    """The gradient of z (N, K) from those of some of its units each; 0 for units that were not taken.

    Returns: None if a unit was taken twice, so that gradients have to be added.
    """
    return _gathered(tuple((p["start"], p["stop"]) for p in params), shape[1], False)


_SAYS_MOMENTS = "The gradient of each time goes back to its place in the sequence."
_SAYS_UNITS = "Each gate's gradient goes back to its place among the units."


@lru_cache
def _gathered(pieces: tuple[Piece, ...], size: int, moments: bool) -> Function | None:
    """The second axis, of this size, put together of pieces; of moments each piece has no second axis itself."""
    places = {at: (f"part{i}", at - start) for i, (start, stop) in enumerate(pieces, 1) for at in range(start, stop)}
    if len(places) < sum(stop - start for start, stop in pieces):
        return None

    def kernel(xp: Any, out: Array, *parts: Array) -> None:
        if len(places) < size:
            xp.copyto(out, 0.0)
        for part, (start, stop) in zip(parts, pieces, strict=True):
            xp.copyto(out[:, start] if moments else out[:, start:stop], part)

    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        n, at, *rest = index
        if at not in places:
            yield ZERO
            return
        name, inside = places[at]
        yield (cell(operands, name, (n, *rest) if moments else (n, inside)),)

    def reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
        start = pieces[operand][0]
        return ((index[0], start, index[1]) if moments else (index[0], start + index[1]),)

    names = tuple(f"part{i}" for i in range(1, len(pieces) + 1))
    formula, code = _written(pieces, size, moments)
    relation = ",".join(["nd" if moments else "nj"] * len(pieces)) + ("->ntd" if moments else "->nk")
    return Function(
        kernel, names, relation, formula, code, terms, reach, says=_SAYS_MOMENTS if moments else _SAYS_UNITS
    )


def _written(pieces: Sequence[Piece], size: int, moments: bool) -> tuple[str, str]:
    """The formula and the line of code: the pieces in the order of their places, zeros between them."""
    latex, code, end = [], [], 0
    for (start, stop), i in sorted((piece, i) for i, piece in enumerate(pieces, 1)):
        latex += [*["0"] * (start > end), f"$part{i}"]
        code += [*_zeros(start - end, moments), f"$part{i}"]
        end = stop
    latex += ["0"] * (size > end)
    code += _zeros(size - end, moments)
    joined = f"np.stack([{', '.join(code)}], axis=1)" if moments else f"np.hstack([{', '.join(code)}])"
    listed = r",\ ".join(latex)
    return rf"$out = \left[{listed}\right]", joined


def _zeros(count: int, moments: bool) -> list[str]:
    if moments:
        return ["np.zeros_like($part1)"] * count
    return [f"np.zeros((len($part1), {count}))"] * (count > 0)
