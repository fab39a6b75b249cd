"""Every function of every op as one case: what the registry-driven tests run over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from engine.ops import OPS
from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array, Function, Op


@dataclass(frozen=True)
class Case:
    """One function of an op, the forward one (argument None) or a VJP, with random operands.

    fast: by its fast kernel, not by the plain one.
    """

    op: Op
    argument: str | None
    seed: int = 0
    fast: bool = False

    @property
    def name(self) -> str:
        return f"{self.op.name}.{self.argument or 'forward'}{' fast' if self.fast else ''}"

    @property
    def function(self) -> Function:
        return self.op.function if self.argument is None else self.op.vjps[self.argument]

    @cached_property
    def example(self) -> tuple[tuple[Array, ...], dict[str, Any]]:
        return self.op.example(np.random.default_rng(self.seed))

    @property
    def params(self) -> dict[str, Any]:
        return self.example[1]

    @cached_property
    def operands(self) -> dict[str, Array]:
        """By name, in the order in which the kernel takes them."""
        return {name: self._known[name] for name in self.function.operands}

    @cached_property
    def taken(self) -> dict[str, Array]:
        """The operands, and what the kernel takes besides."""
        beside = self.function.all_beside if self.fast else self.function.beside
        return self.operands | {name: self._known[name] for name in beside}

    @cached_property
    def _known(self) -> dict[str, Array]:
        args, params = self.example
        known: dict[str, Any] = dict(zip(self.op.args, args, strict=True))
        known["output"] = self.op.forward(*args, **params)
        known["grad"] = np.random.default_rng(self.seed + 1).normal(size=known["output"].shape)
        return {name: np.asarray(value) for name, value in known.items()}

    @property
    def result_shape(self) -> tuple[int, ...]:
        args, params = self.example
        if self.argument is None:
            return self.op.shape(*(a.shape for a in args), **params)
        shape: tuple[int, ...] = args[self.op.args.index(self.argument)].shape
        return shape

    def run(self, operands: dict[str, Array] | None = None, xp: Any = EAGER, out: Array | None = None) -> Array:
        """The kernel's result on these operands (its own where none is given)."""
        given = self.taken | (operands or {})
        out = np.empty(self.result_shape) if out is None else out
        kernel = self.function.quick if self.fast else self.function.kernel
        kernel(xp, out, *given.values(), **self.params)
        return out


PLAIN_CASES = tuple(Case(op, argument) for op in OPS.values() for argument in (None, *op.vjps))
FAST_CASES = tuple(replace(case, fast=True) for case in PLAIN_CASES if case.function.fast)
CASES = PLAIN_CASES + FAST_CASES
VJP_CASES = tuple(case for case in CASES if case.argument)


def case_name(case: Case) -> str:
    """How pytest calls a case."""
    return case.name
