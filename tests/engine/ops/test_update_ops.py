"""What every function of the update phase must keep to: each test runs over the whole registry."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from string import Template
from typing import Any

import numpy as np
import pytest

from engine.execution.recorder import Recorder
from engine.ops.core.op import Array, Index, reached
from engine.ops.update.gradients import ALL_OPS
from engine.ops.update.optimizers import UPDATE_OPS
from engine.update.clipping import Clip
from engine.update.optimizers import parse_optimizer
from engine.update.penalties import Regularization
from engine.update.schedules import parse_schedule
from tests.engine.support.models import OPTIMIZERS
from tests.engine.support.update_cases import EXAMPLES, UPDATE_CASES, UpdateCase

every_case = pytest.mark.parametrize("case", UPDATE_CASES, ids=lambda case: case.name)


def difference(a: Array, b: Array) -> float:
    """The largest difference, as a share of the largest number."""
    return float(np.max(np.abs(a - b)) / (np.max(np.abs(b)) or 1.0))


def reached_cells(case: UpdateCase, position: int, index: Index) -> set[Index]:
    shapes = [operand.shape for operand in case.operands.values()]
    return set(reached(case.function, position, index, shapes, case.result_shape, case.params))


def columns(array: Array) -> Array:
    """The same numbers as a view into a longer vector, its first axis last."""
    vector = np.concatenate([[9.0], array.ravel(order="F"), [9.0]]).astype(array.dtype)
    return vector[1:-1].reshape(array.shape, order="F")


def test_every_function_has_an_example() -> None:
    assert set(EXAMPLES) == {*UPDATE_OPS, *ALL_OPS}


@every_case
def test_the_products_of_the_terms_sum_to_the_cell(case: UpdateCase) -> None:
    result = case.run()
    sums = np.empty_like(result)

    for index in np.ndindex(result.shape):
        terms = case.function.terms(index, case.operands, case.params)
        sums[index] = math.fsum(math.prod(factor.number for factor in term) for term in terms)

    assert difference(sums, result) < 1e-12


@every_case
def test_a_factor_is_the_cell_that_it_names_or_can_be_written(case: UpdateCase) -> None:
    known = {*case.operands, *case.params}
    wrong = []

    for index in np.ndindex(case.result_shape):
        for factor in (f for term in case.function.terms(index, case.operands, case.params) for f in term):
            cell = case.operands[factor.operand][factor.index] if factor.operand else None
            held = factor.cell if factor.symbol else factor.number
            unknown = set(Template(factor.symbol).get_identifiers()) - known
            if unknown or held != cell or not (factor.symbol or factor.operand):
                wrong.append(factor)

    assert wrong == []


@every_case
def test_the_code_shown_gives_what_the_kernel_gives(case: UpdateCase) -> None:
    names = {name: name for name in (*case.operands, *case.params)}

    shown = eval(Template(case.function.code).substitute(names), {"np": np, **case.operands, **case.params})

    assert difference(np.asarray(shown), case.run()) < 1e-14
    assert "\n" not in case.function.code


@every_case
def test_the_formula_renders_with_every_placeholder_known_and_every_brace_closed(case: UpdateCase) -> None:
    known = {name: name for name in (*case.operands, *case.params, "out")}

    latex = Template(case.function.formula).substitute(known)

    pairs = [(r"\{", r"\}"), (r"\\left(?![a-z])", r"\\right(?![a-z])"), (r"\\begin", r"\\end")]
    assert [len(re.findall(a, latex)) - len(re.findall(b, latex)) for a, b in pairs] == [0, 0, 0]
    assert latex.startswith("out = ")


@every_case
def test_changing_a_cell_changes_only_the_cells_that_the_relation_names(case: UpdateCase) -> None:
    before, outside = case.run(), []

    for position, (name, operand) in enumerate(case.operands.items()):
        for index in np.ndindex(operand.shape):
            changed = operand.copy()
            changed[index] = operand[index] * 0.7
            after = case.run(case.operands | {name: changed})
            found = {cell for cell in np.ndindex(case.result_shape) if after[cell] != before[cell]}
            outside += [(name, index, cell) for cell in found - reached_cells(case, position, index)]

    assert outside == []


@every_case
def test_no_cell_of_the_result_is_out_of_reach_of_any_operand(case: UpdateCase) -> None:
    cells = set(product(*map(range, case.result_shape)))

    for position, operand in enumerate(case.operands.values()):
        assert {c for i in np.ndindex(operand.shape) for c in reached_cells(case, position, i)} == cells


@every_case
def test_a_function_writes_into_its_result_and_nowhere_else(case: UpdateCase) -> None:
    before = {name: operand.tobytes() for name, operand in case.operands.items()}
    for operand in case.operands.values():
        operand.flags.writeable = False

    result = case.run(out=np.full(case.result_shape, np.nan))

    assert not np.isnan(result).any()
    assert {name: operand.tobytes() for name, operand in case.operands.items()} == before


def renewing() -> Iterator[str]:
    """The ops that write over their first operand in the fast path: a slot, a memory, the parameter or the gradient."""
    equations = [e for given in OPTIMIZERS.values() for e in parse_optimizer(given).rules.equations]
    plateau = parse_schedule({"type": "plateau", "cooldown": 2})
    equations += plateau.equations(3) if plateau else ()
    for equation in equations:
        renewed = "p" if equation.output == "next" else equation.output.removesuffix(".next")
        if equation.inputs[0] == renewed:
            yield equation.op
    for stages in (Regularization(l2=1).stages, Regularization(1, 1).stages, Clip(value=1).stages, Clip(norm=1).stages):
        yield from (e.op for stage in stages for e in stage.equations if e.output == stage.gradient)


RENEWING = sorted(set(renewing()))


@pytest.mark.parametrize("case", [c for c in UPDATE_CASES if c.op in RENEWING], ids=lambda case: case.name)
def test_what_is_renewed_may_be_written_over(case: UpdateCase) -> None:
    operands = {name: operand.copy() for name, operand in case.operands.items()}
    first = next(iter(operands.values()))

    case.run(operands, out=first)

    assert first.tobytes() == case.run().tobytes()


def test_the_ops_that_write_over_their_first_operand_include_memories_and_gradients() -> None:
    assert {"momentum", "sum", "best", "cool_down", "renewed_factor", "sum_of_three", "clip"} <= set(RENEWING)


@every_case
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_recorded_calls_run_again_on_new_numbers_give_the_bits_of_the_eager_run(case: UpdateCase, dtype: Any) -> None:
    buffers = {name: columns(operand.astype(dtype)) for name, operand in case.operands.items()}
    recorder, out = Recorder(), np.full(case.result_shape, np.nan, dtype, "F")
    case.run(buffers, recorder, out)
    bits = []

    for seed in (0, 7):
        fresh = {n: a.astype(dtype, order="F") for n, a in replace(case, seed=seed).operands.items()}
        for name, buffer in buffers.items():
            np.copyto(buffer, fresh[name])
        for call in recorder.calls:
            call()
        eager = case.run(fresh, out=np.empty_like(out))
        bits.append(out.tobytes() == eager.tobytes())

    assert bits == [True, True]


@every_case
def test_a_float32_run_agrees_with_the_float64_one_to_single_precision(case: UpdateCase) -> None:
    small = {name: operand.astype(np.float32) for name, operand in case.operands.items()}
    same = {name: operand.astype(np.float64) for name, operand in small.items()}

    result = case.run(small, out=np.empty(case.result_shape, np.float32))

    assert difference(result.astype(float), case.run(same)) < 2e-6


@every_case
def test_the_numbers_do_not_depend_on_how_a_parameter_lies_in_memory(case: UpdateCase) -> None:
    turned = {name: columns(operand) for name, operand in case.operands.items()}

    assert difference(case.run(turned), case.run()) < 1e-15


def test_a_norm_is_summed_along_memory_whatever_the_number_of_axes() -> None:
    row = np.random.default_rng(0).normal(size=2 * 3 * 5 * 7)
    filters = np.moveaxis(row.reshape(3, 5, 7, 2), -1, 0)
    function = UPDATE_OPS["square_norm"]
    recorder, found = Recorder(), [np.empty(()) for _ in range(4)]

    for xp, out, grad in zip((np, np, recorder), found, (row, filters.copy(order="K"), filters), strict=False):
        function.kernel(xp, out, grad)
    for call in recorder.calls:
        call()
    function.kernel(np, found[3], np.stack([row, row], axis=1)[:, 0])

    assert [out.tobytes() for out in found] == [np.add.reduce(row * row).tobytes()] * 4


def test_a_recorded_norm_of_what_has_gaps_sees_new_numbers() -> None:
    gaps = np.ones((4, 6))[:, ::2]
    recorder, out = Recorder(), np.empty(())
    UPDATE_OPS["square_norm"].kernel(recorder, out, gaps)

    gaps[...] = 2.0
    for call in recorder.calls:
        call()

    assert out == 48.0


@pytest.mark.parametrize("op", ["largest", "square_norm", "clip", "clip_factor", "scale_gradient"])
def test_a_gradient_that_is_not_a_number_is_not_made_one_by_clipping(op: str) -> None:
    case = next(case for case in UPDATE_CASES if case.op == op)
    first = next(iter(case.operands))
    lost = np.full(np.shape(case.operands[first]), np.nan)

    assert np.isnan(case.run(case.operands | {first: lost})).all()


def test_one_number_of_every_parameter_is_of_any_number_of_parameters() -> None:
    parts = [np.float64(9.0), np.float64(16.0)]
    found = {}

    for name, of in ALL_OPS.items():
        found[name] = [np.empty(()) for _ in parts]
        for count in (1, 2):
            of(count).kernel(np, found[name][count - 1], *parts[:count])

    assert {name: [float(a) for a in arrays] for name, arrays in found.items()} == {
        "norm_of_all": [3.0, 5.0],
        "largest_of_all": [9.0, 16.0],
        "smallest_of_all": [9.0, 9.0],
    }
