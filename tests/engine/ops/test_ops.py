"""What every op must keep to: each test runs over the whole registry, so over a new op at once."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import re
from dataclasses import replace
from itertools import product
from string import Template

import numpy as np
import pytest

import engine.ops
from engine.execution.recorder import Recorder
from engine.foundation.numbers import BUSY
from engine.ops import OPS
from engine.ops.core.helpers import HELPERS
from engine.ops.core.op import Array, Index, Op, reached
from tests.engine.ops.code_scopes import numpy_scope
from tests.engine.support.op_cases import CASES, VJP_CASES, Case, case_name

every_function = pytest.mark.parametrize("case", CASES, ids=case_name)
every_vjp = pytest.mark.parametrize("case", VJP_CASES, ids=case_name)
every_op = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)


def scaled_difference(a: Array, b: Array) -> float:
    """The largest difference, as a share of the largest number."""
    largest = float(np.max(np.abs(b)))
    return float(np.max(np.abs(a - b))) / (largest or 1.0)


def reached_cells(case: Case, position: int, index: Index) -> set[Index]:
    """The cells of the result that are said to depend on one cell of an operand."""
    shapes = [operand.shape for operand in case.operands.values()]
    return set(reached(case.function, position, index, shapes, case.result_shape, case.params))


def fixed_cells(case: Case) -> set[Index]:
    """The cells of the result that are made of constants only."""
    return {
        index
        for index in np.ndindex(case.result_shape)
        if not any(f.operand for term in case.function.terms(index, case.operands, case.params) for f in term)
    }


@every_vjp
def test_a_vjp_agrees_with_central_differences(case: Case) -> None:
    args, params = case.example
    place, grad, step = case.op.args.index(str(case.argument)), case.operands["grad"], 1e-5
    numeric = np.empty_like(args[place])

    for index in np.ndindex(numeric.shape):
        up, down = ([a.copy() for a in args] for _ in range(2))
        up[place][index] += step
        down[place][index] -= step
        change = case.op.forward(*up, **params) - case.op.forward(*down, **params)
        numeric[index] = np.sum(grad * change) / (2 * step)

    assert scaled_difference(case.run(), numeric) < 1e-8


@every_vjp
def test_a_vjp_is_linear_in_the_gradient_that_comes_in(case: Case) -> None:
    doubled = case.operands | {"grad": 2 * case.operands["grad"]}

    assert scaled_difference(case.run(doubled), 2 * case.run()) < 1e-15


@every_function
def test_the_products_of_the_terms_sum_to_the_cell(case: Case) -> None:
    result = case.run()
    sums = np.empty_like(result)

    for index in np.ndindex(result.shape):
        terms = case.function.terms(index, case.operands, case.params)
        sums[index] = math.fsum(math.prod(factor.number for factor in term) for term in terms)

    assert scaled_difference(sums, result) < 1e-12


@every_function
def test_a_factor_without_a_symbol_is_the_cell_that_it_names_and_one_with_a_symbol_can_be_written(
    case: Case,
) -> None:
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


@every_function
def test_the_code_shown_gives_what_the_kernel_gives(case: Case) -> None:
    names = {name: name for name in (*case.operands, *case.params)}
    scope = numpy_scope(case.function.code) | case.operands | case.params

    shown = eval(Template(case.function.code).substitute(names), scope)

    assert scaled_difference(np.asarray(shown), case.run()) < 1e-14
    assert "\n" not in case.function.code


@every_function
def test_the_formula_renders_with_every_placeholder_known_and_every_brace_closed(case: Case) -> None:
    known = {name: name for name in (*case.operands, *case.params, "out")}

    latex = Template(case.function.formula).substitute(known)

    pairs = [(r"\{", r"\}"), (r"\\left(?![a-z])", r"\\right(?![a-z])"), (r"\\begin", r"\\end")]
    assert [len(re.findall(a, latex)) - len(re.findall(b, latex)) for a, b in pairs] == [0, 0, 0]
    assert latex.startswith("out = ")


@every_function
def test_changing_a_cell_changes_only_the_cells_that_the_relation_names(case: Case) -> None:
    before, outside = case.run(), []

    for position, (name, operand) in enumerate(case.operands.items()):
        for index in np.ndindex(operand.shape):
            changed = operand.copy()
            changed[index] = (operand[index] + 1) % 3 if operand.dtype.kind == "i" else operand[index] * 0.7
            after = case.run(case.operands | {name: changed})
            found = set(zip(*np.nonzero(np.atleast_1d(after != before)), strict=True))
            named = reached_cells(case, position, index)
            outside += [(name, index, cell) for cell in found - (named if before.shape else {(0,)})]

    assert outside == []


@every_function
def test_no_cell_of_the_result_is_out_of_reach_of_any_operand(case: Case) -> None:
    """Of all operands together where cells are named one by one: a piece of a concatenation is of one operand alone.

    A cell there that no operand's cell has a part in, as of the gradient outside a piece, is the same for all numbers.
    """
    cells = set(product(*map(range, case.result_shape)))
    reachable = [
        {c for i in np.ndindex(operand.shape) for c in reached_cells(case, position, i)}
        for position, operand in enumerate(case.operands.values())
    ]

    found = [set().union(*reachable, fixed_cells(case))] if case.function.reach else reachable

    assert found == [cells] * len(found)


@every_function
def test_a_function_writes_into_its_result_and_nowhere_else(case: Case) -> None:
    before = {name: operand.copy() for name, operand in case.operands.items()}
    for operand in case.operands.values():
        operand.flags.writeable = False

    case.run(out=np.full(case.result_shape, np.nan))

    assert {name: operand.tobytes() for name, operand in case.operands.items()} == {
        name: operand.tobytes() for name, operand in before.items()
    }


@every_function
def test_recorded_calls_run_again_on_new_numbers_give_the_bits_of_the_eager_run(case: Case) -> None:
    buffers = {name: operand.copy() for name, operand in case.taken.items()}
    recorder, out = Recorder(), np.full(case.result_shape, np.nan)
    case.run(buffers, recorder, out)
    bits = []

    for seed in (0, 7):
        fresh = replace(case, seed=seed)
        for name, buffer in buffers.items():
            np.copyto(buffer, fresh.taken[name])
        for call in recorder.calls:
            call()
        bits.append(out.tobytes() == fresh.run().tobytes())

    assert bits == [True, True]


@every_function
def test_a_float32_run_stays_in_float32_down_to_its_scratch_arrays(case: Case) -> None:
    small = {
        name: operand if operand.dtype.kind == "i" else operand.astype(np.float32)
        for name, operand in case.taken.items()
    }
    recorder, out = Recorder(), np.empty(case.result_shape, np.float32)

    case.run(small, recorder, out)

    used = [a for call in recorder.calls for a in (*call.args, *call.keywords.values())]  # type: ignore[attr-defined]
    kinds = {a.dtype for a in used if isinstance(a, np.ndarray) and a.dtype.kind == "f"}
    assert kinds == {np.dtype(np.float32)}


@every_function
def test_a_float32_run_agrees_with_the_float64_one_to_single_precision(case: Case) -> None:
    small = {
        name: operand if operand.dtype.kind == "i" else operand.astype(np.float32)
        for name, operand in case.taken.items()
    }

    result = case.run(small, out=np.empty(case.result_shape, np.float32))

    assert scaled_difference(result.astype(float), case.run()) < 2e-6


@every_op
def test_an_op_says_what_it_is_and_where_it_comes_from(op: Op) -> None:
    assert op.title
    assert re.search(r"\d{4}|matches torch", op.source)
    assert set(op.vjps) <= set(op.args)


def test_every_op_is_registered_under_its_own_name() -> None:
    assert [op.name for op in OPS.values()] == list(OPS)


def test_the_names_of_helpers_are_kept_clear_of_by_the_names_of_values() -> None:
    assert set(HELPERS) - BUSY == set()


def test_every_public_function_of_the_ops_has_a_docstring() -> None:
    found = pkgutil.walk_packages(engine.ops.__path__, "engine.ops.")
    modules = [importlib.import_module(module.name) for module in found]
    public = [
        (name, thing)
        for module in modules
        for name, thing in inspect.getmembers(module, lambda t: inspect.isfunction(t) or inspect.isclass(t))
        if thing.__module__ == module.__name__ and not name.startswith("_")
    ]

    assert len(public) > 50
    assert [name for name, thing in public if not inspect.getdoc(thing)] == []
