"""Points that a typed rule tells apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.data.reading import Wishes, read_table
from engine.expressions.drawn import drawn_table
from engine.foundation.errors import ConfigError


def rows(rule: str, **given: Any) -> tuple[list[str], list[list[str]]]:
    first, *others = drawn_table({"rule": rule, **given}).splitlines()
    return first.split(","), [line.split(",") for line in others]


def test_a_rule_of_two_inputs_tells_points_apart() -> None:
    names, found = rows("y > sin(x)", rows=50)
    assert (names, [row[2] for row in found]) == (
        ["x", "y", "rule"],
        [str(float(y) > math.sin(float(x))).lower() for x, y, _ in found],
    )


def test_statements_come_before_the_comparison_and_both_sides_may_use_them() -> None:
    names, found = rows("r = u*u + v*v; r < 2*abs(u) + pi", rows=20, low=-2, high=2)
    wanted = [float(u) ** 2 + float(v) ** 2 < 2 * abs(float(u)) + math.pi for u, v, _ in found]
    assert (names, [row[2] == "true" for row in found]) == (["u", "v", "rule"], wanted)


def test_a_rule_without_comparison_is_a_number_called_as_it_is() -> None:
    names, found = rows("z = 2*x + 1", rows=3)
    assert names == ["x", "z"]
    np.testing.assert_allclose([float(row[1]) for row in found], [2 * float(row[0]) + 1 for row in found], rtol=1e-5)


def test_where_a_rule_has_no_value_the_row_is_left_out_by_name() -> None:
    table = read_table(drawn_table({"rule": "y = log(x)", "rows": 40}), Wishes())
    assert {item.reason for item in table.left_out} == {"empty: without a target it cannot train"}


def test_the_same_seed_draws_the_same_points_and_noise_moves_values_only() -> None:
    (_, plain), (_, again), (_, noisy) = rows("z = x"), rows("z = x"), rows("z = x", noise=0.5)
    assert plain == again
    assert ([row[0] for row in plain] == [row[0] for row in noisy], plain == noisy) == (True, False)


@pytest.mark.parametrize(
    ("given", "path", "part"),
    [
        ({"rule": "x > y > 1"}, "expression", "column 7: a rule has one comparison"),
        ({"rule": "y > foo(x)"}, "expression", "column 5: "),
        ({"rule": "  y > sin(x"}, "expression", "column 10: ( is never closed"),
        ({"rule": "a = x\n b = foo(x); y >= b"}, "expression", "line 2, column 6: "),
        ({"rule": "> 1"}, "expression", "nothing stands left of >"),
        ({"rule": "1 > 2"}, "expression", "this one has 0"),
        ({"rule": "a+b+c+d+f+g+h+i+j > 0"}, "expression", "this one has 9"),
        ({"rule": "__import__('os') > x"}, "expression", "cannot be a name"),
        ({"rule": 3}, "expression", "an expression is a text"),
        ({"rule": "x > 1", "rows": 10**9}, "rows", "at most 5000"),
        ({"rule": "x > 1", "low": 3, "high": 1}, "low", "low is below high"),
        ({"rule": "x > 1", "colour": 1}, "colour", "unknown field"),
        ({"rule": "a = b; b = x; a > 1"}, "expression", "used before it has a value"),
    ],
)
def test_a_rule_that_is_none_says_where(given: dict[str, Any], path: str, part: str) -> None:
    with pytest.raises(ConfigError) as refused:
        drawn_table(given)
    assert (refused.value.path, part in refused.value.message) == (path, True), refused.value.message
