"""The number on each edge of an expression's graph: how its result changes with what goes into it."""

from __future__ import annotations

import math

import pytest

from engine.explain.local_derivatives import slopes
from tests.engine.support.expression_runs import LECTURE, run_of_expression
from tests.engine.support.models import run_of


def test_every_edge_has_the_derivative_of_its_own_op_alone() -> None:
    """v1 = a b = -6, v2 = v1 + c = 4, v3 = tanh(d), L = v2 v3."""
    run = run_of_expression(LECTURE)
    expected = {
        "v2.grad": math.tanh(0.5),
        "v3.grad": 4.0,
        "v1.grad": 1.0,
        "c.grad": 1.0,
        "a.grad": -3.0,
        "b.grad": 2.0,
        "d.grad": 1 - math.tanh(0.5) ** 2,
    }
    assert slopes(run.trace_at(0)) == pytest.approx(expected, rel=1e-12)


def test_arrays_have_no_slopes() -> None:
    assert slopes(run_of().trace_at(0)) == {}
