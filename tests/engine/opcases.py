"""Every function of every op as one case: what the registry-driven tests run over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine.ops import OPS
from engine.ops.base import Array, Function, Op
from engine.ops.namespace import EAGER


@dataclass(frozen=True)
class Case:
    """One function of an op, the forward one (argument None) or a VJP, with random operands."""

    op: Op
    argument: str | None
    seed: int = 0

    @property
    def name(self) -> str:
        return f"{self.op.name}.{self.argument or 'forward'}"

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
        args, params = self.example
        known: dict[str, Any] = dict(zip(self.op.args, args, strict=True))
        known["output"] = self.op.forward(*args, **params)
        known["grad"] = np.random.default_rng(self.seed + 1).normal(size=known["output"].shape)
        return {name: np.asarray(known[name]) for name in self.function.operands}

    @property
    def beside(self) -> tuple[Array, ...]:
        """What the kernel takes beside the operands."""
        args, _ = self.example
        known = dict(zip(self.op.args, args, strict=True))
        return tuple(np.asarray(known[name]) for name in self.function.beside)

    @property
    def result_shape(self) -> tuple[int, ...]:
        args, params = self.example
        if self.argument is None:
            return self.op.shape(*(a.shape for a in args), **params)
        shape: tuple[int, ...] = args[self.op.args.index(self.argument)].shape
        return shape

    def run(self, operands: dict[str, Array] | None = None, xp: Any = EAGER, out: Array | None = None) -> Array:
        """The kernel's result on these operands (its own if not given)."""
        given = self.operands if operands is None else operands
        out = np.empty(self.result_shape) if out is None else out
        beside = (value.astype(given["grad"].dtype) for value in self.beside)
        self.function.kernel(xp, out, *given.values(), *beside, **self.params)
        return out


CASES = tuple(Case(op, argument) for op in OPS.values() for argument in (None, *op.vjps))
VJP_CASES = tuple(case for case in CASES if case.argument)


def case_name(case: Case) -> str:
    """How pytest calls a case."""
    return case.name
