"""Many values in one block of memory a number type, and the plan of where each lies."""

from __future__ import annotations

import numpy as np
import pytest

from engine.execution.trace_memory import Arena, Packed, plan
from engine.ops.core.op import Array

FLOAT, WHOLE = np.dtype(np.float64), np.dtype(np.int64)


def packed() -> tuple[Packed, dict[str, Array]]:
    """Values as a tracer lays them: one of them turned, one of whole numbers, one that lies elsewhere."""
    arena = Arena({FLOAT: 12, WHOLE: 3})
    values = {"w": arena.empty((2, 3), FLOAT), "rows": arena.empty((3,), WHOLE), "loss": arena.empty((), FLOAT)}
    values["w"][...] = [[1, 2, 3], [4, 5, 6]]
    values["rows"][...] = [7, 8, 9]
    values["loss"][...] = 0.5
    values["w turned"] = values["w"].T
    blocks = {dtype: block.copy() for dtype, block in arena.blocks.items()}
    found = Packed(plan(values, arena.blocks), blocks, {"rate": np.array(0.1)})
    return found, {"rate": np.array(0.1), **{name: value.copy() for name, value in values.items()}}


def test_every_value_is_found_where_it_lies() -> None:
    found, values = packed()
    assert {name: found[name].tolist() for name in found} == {name: v.tolist() for name, v in values.items()}


def test_others_come_first_and_all_are_counted() -> None:
    found, _ = packed()
    assert (list(found), len(found), "w" in found, "b" in found) == (
        ["rate", "w", "rows", "loss", "w turned"],
        5,
        True,
        False,
    )


def test_rows_are_all_numbers_of_a_type_value_after_value() -> None:
    rows = packed()[0].rows()
    expected = {FLOAT: [1, 2, 3, 4, 5, 6, 0.5, 1, 4, 2, 5, 3, 6], WHOLE: [7, 8, 9]}
    assert {dtype: numbers.tolist() for dtype, numbers in rows.items()} == expected


def test_blocks_hold_what_is_in_use_and_no_more() -> None:
    assert packed()[0].plan.nbytes == 7 * 8 + 3 * 8


def test_a_value_that_is_not_there_is_no_key() -> None:
    with pytest.raises(KeyError):
        packed()[0]["b"]
