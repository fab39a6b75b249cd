"""The table of all updates: its numbers are the iteration's, its order that of any column, its sentence true."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.analysis.updates.table import BEFORE, RATIO, STEP, Row, update_table
from engine.foundation.errors import RangeError, UnknownValueError
from engine.run.trace import Trace
from tests.engine.support.models import run_of

LAYERS = [{"units": 4, "activation": "tanh"}, {"units": 1}]
ADAM: dict[str, Any] = {
    "optimizer": {"type": "adam", "learning_rate": 0.02},
    "regularization": {"l2": 0.01},
    "clip": {"norm": 0.05},
}
CELL = ("dense1.weight", (2, 1))


def traced(t: int = 3, **changes: Any) -> Trace:
    return run_of(layers=LAYERS, **changes).trace_at(t)


def value(of: Trace, row: Row, column: str) -> float:
    """What the trace says stands in a column of a row."""
    found = of.table.get(row.parameter if column == BEFORE else f"{row.parameter}.{column}")
    return math.nan if found is None else float(found[row.index])


def test_adam_with_penalty_and_clipping_has_a_column_for_each_stage() -> None:
    assert update_table(traced(**ADAM)).columns == (
        *(BEFORE, "grad", "l2_grad", "total_grad", "clipped_grad", "exp_avg.next", "exp_avg_sq.next"),
        *("corrected", "corrected_sq", "scale", "update", "next", RATIO),
    )  # fmt: skip


@pytest.mark.parametrize("column", ["update", "grad", "l2_grad", BEFORE, RATIO])
@pytest.mark.parametrize("descending", [True, False])
def test_rows_hold_the_numbers_of_the_iteration_by_the_size_of_a_column(column: str, descending: bool) -> None:
    of = traced(**ADAM)
    table = update_table(of, column, descending, limit=500)
    place = table.columns.index(column)
    sizes = [abs(row.numbers[place]) for row in table.rows]
    known = [size for size in sizes if not math.isnan(size)]
    assert sizes[: len(known)] == known
    assert all(a >= b if descending else a <= b for a, b in pairwise(known))
    assert len({(row.parameter, row.index) for row in table.rows}) == table.total == len(table.rows)
    for row in table.rows:
        wanted = [value(of, row, key) for key in table.columns[:-1]]
        np.testing.assert_array_equal(row.numbers[:-1], wanted)
        assert row.numbers[-1] == pytest.approx(abs(wanted[-2]) / abs(wanted[0]) if wanted[0] else math.inf)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_ratio_is_the_same_number_in_its_row_as_in_the_column_that_is_sorted() -> None:
    edits = [{"iteration": 3, "parameter": "dense1.weight", "index": index, "value": 0} for index in ([0, 0], [2, 1])]
    for rate in (0.0, 0.1, 1e308):  # steps that are 0, some number, and none at all, of numbers that are 0 and others
        of = traced(edits=edits, optimizer={"type": "sgd", "learning_rate": rate, "weight_decay": 1e308})
        table = update_table(of, RATIO, limit=500)
        with np.errstate(all="ignore"):
            wanted = [abs(np.float64(row.numbers[-3])) / abs(np.float64(row.numbers[0])) for row in table.rows]
        np.testing.assert_array_equal([row.numbers[-1] for row in table.rows], wanted)


def test_pages_go_on_where_the_one_before_ended_and_a_part_of_a_name_leaves_the_rest_out() -> None:
    of = traced(**ADAM)
    whole = update_table(of, limit=500)
    pages = [update_table(of, offset=at, limit=5).rows for at in range(0, whole.total, 5)]
    assert tuple(row for page in pages for row in page) == whole.rows
    assert {row.parameter for row in update_table(of, part="dense2").rows} == {"dense2.weight", "dense2.bias"}


def test_the_row_of_a_cell_says_how_many_are_before_it() -> None:
    whole = update_table(traced(**ADAM), limit=500, cell=CELL)
    assert whole.chosen is not None
    assert whole.rows[whole.chosen.rank] == whole.chosen
    assert update_table(traced(**ADAM), part="dense2", cell=CELL).chosen is None


def test_a_step_is_told_beside_the_one_that_its_gradient_alone_asks_for() -> None:
    of = traced(**ADAM)
    table = update_table(of, cell=CELL)
    step, plain = float(of["dense1.weight.update"][2, 1]), -0.02 * float(of["dense1.weight.grad"][2, 1])
    ways = [f"{'up' if x > 0 else 'down'} by {abs(x):.4g}" for x in (step, plain)]
    assert table.says == f"It moves {ways[0]}; its gradient alone, times the learning rate, would move it {ways[1]}."
    plainly = traced(optimizer={"type": "sgd", "learning_rate": 0.1})
    moved = float(plainly["dense1.weight.update"][2, 1])
    assert update_table(plainly, cell=CELL).says == (
        f"It moves {'up' if moved > 0 else 'down'} by {abs(moved):.4g}: against its gradient, times the learning rate."
    )


def test_what_is_not_there_is_refused() -> None:
    for given in ({"sort": "momentum"}, {"cell": ("dense7.weight", (0, 0))}):
        with pytest.raises(UnknownValueError):
            update_table(traced(), **given)
    with pytest.raises(RangeError):
        update_table(traced(), STEP, cell=("dense1.weight", (9, 0)))
