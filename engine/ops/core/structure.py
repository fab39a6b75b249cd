"""Functions that move values without computing anything: taking the batch, starting and adding up gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Operands, Term
from engine.ops.core.slips import of_parts

ZERO: Term = (Factor(0.0, symbol="0"),)


def _take(xp: Any, out: Array, data: Array, indices: Array) -> None:
    rows = out if out.flags.c_contiguous else np.empty(out.shape, out.dtype)  # the one order that `take` writes in
    xp.take(data, indices, 0, rows, "clip")
    if rows is not out:
        xp.copyto(out, rows)


def same(xp: Any, out: Array, value: Array, **params: Any) -> None:
    """A copy, whatever the op's parameters. The fast path makes none: one buffer then stands for both values."""
    xp.copyto(out, value)


def _take_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    row = int(operands["indices"][index[0]])
    source = (row, *index[1:])
    yield (Factor(float(operands["data"][source]), "data", source),)


def _seed(xp: Any, out: Array, loss: Array) -> None:
    xp.copyto(out, 1.0)


def _seed_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    yield (Factor(1.0, symbol="1"),)


TAKE = Function(
    _take, ("data", "indices"), "m...,n->n...", r"$out = {$data}_{$indices}", "$data[$indices]", _take_terms
)
SEED = Function(
    _seed,
    ("loss",),
    "->",
    "$out = 1",
    "np.ones_like($loss)",
    _seed_terms,
    says="The backward pass starts from the loss itself: its derivative with respect to itself is 1.",
)


@lru_cache
def accumulate(count: int) -> Function:
    """The sum of `count` contributions to one gradient, added from the first to the last."""

    def kernel(xp: Any, out: Array, *parts: Array) -> None:
        xp.add(parts[0], parts[1], out)
        for part in parts[2:]:
            xp.add(out, part, out)

    names = tuple(f"part{i}" for i in range(1, count + 1))
    total = " + ".join(f"${name}" for name in names)
    relation = ",".join(["..."] * count) + "->..."
    says = "The value was used more than once, so the gradients of all its uses add up."
    slips = of_parts(names)
    return Function(kernel, names, relation, f"$out = {total}", total, _accumulate_terms, says=says, slips=slips)


def _accumulate_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for name, part in operands.items():
        yield (Factor(float(part[index]), name, index),)
