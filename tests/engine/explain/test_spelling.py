"""Numbers never run together: in no formula of any op, preset or expression do two of them stand side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template

import numpy as np
import pytest

from engine import Run
from engine.explain.derivation import derivation
from engine.explain.formulas import cell_formula, cell_numbers, chain_formula, chain_numbers
from engine.explain.notation import Symbols, formula
from engine.explain.spelling import legible
from engine.foundation.numbers import latex_number
from engine.ops import OPS
from engine.ops.core.op import Factor
from engine.run.task import parse_config
from tests.engine.support.op_cases import CASES, Case, case_name
from tests.engine.support.preset_runs import BY_NAME, started

_NUMBER = re.compile(r"\d+(\.\d+)?")
_BETWEEN = re.compile(r"(?:\s|\\[,;: ]|~|[{}])+")


def together(latex: str) -> list[str]:
    """Pairs of numbers with nothing between them but space and braces: as they are seen, they are one number.

    What is written above or below, and what stands over a line, is apart from what comes before it.
    """
    seen, at, found = _flat(latex), 0, []
    while number := _NUMBER.search(seen, at):
        gap = _BETWEEN.match(seen, number.end())
        after = _NUMBER.match(seen, gap.end()) if gap else None
        found += [seen[number.start() : after.end()]] if after else []
        at = number.end()
    return found


def _flat(latex: str) -> str:
    """The formula with a sign where one thing ends for the eye: before a script, and in a fraction."""
    text = re.sub(r"\\[td]?frac", "|", latex)
    text = re.sub(r"(\|[^|]*?)\}\{", r"\1|", text) if "|" in text else text
    text = re.sub(r"[\^_]\{[^{}]*\}", "", re.sub(r"[\^_]\w", "", text))
    return re.sub(r"\\(?:prod|sum|max|log|exp|text\{[^}]*\})", "|", text)


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"2\, 5", r"2 \cdot 5"),
        (r"3\, {3}^{3-1}", r"3 \cdot {3}^{3-1}"),
        (r"\frac{1}{2\, 5}", r"\frac{1}{2 \cdot 5}"),
        (r"\sigma\left(1\, 2\right)", r"\sigma\left(1 \cdot 2\right)"),
        (r"-\tfrac{1}{2} {3.055}^{3}", r"-\tfrac{1}{2} \cdot {3.055}^{3}"),
        (r"2 \tfrac{1}{2}", r"2 \cdot \tfrac{1}{2}"),
        (r"2\, {{3}}", r"2 \cdot {{3}}"),
        (r"2{3}", r"2 \cdot {3}"),
        (r"5^2 3", r"5^2 \cdot 3"),
        (r"2 \left(-0.3\right)", r"2 \cdot \left(-0.3\right)"),
        (r"1.2\times 10^{-5}\, 4", r"1.2\times 10^{-5} \cdot 4"),
        (r"\left(\left(-0.3\right)\right)", r"\left(-0.3\right)"),
        (r"\prod_{i < 2} 0.9", r"\prod_{i < 2} 0.9"),
        (r"\operatorname{clip}\left(1,\, 0,\, 1\right)", r"\operatorname{clip}\left(1,\, 0,\, 1\right)"),
        (r"x\, W^{\top} + b", r"x\, W^{\top} + b"),
        (r"2\, x", r"2\, x"),
    ],
)
def test_a_dot_stands_where_factors_would_run_together_and_nowhere_else(latex: str, wanted: str) -> None:
    assert (legible(latex), legible(legible(latex))) == (wanted, wanted)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_a_template_never_sets_a_number_right_beside_a_placeholder(case: Case) -> None:
    """There nothing could tell, once numbers are in, where one ends."""
    symbols = {f.symbol for f in factors_of(case)}
    assert [text for text in (case.function.formula, *symbols) if re.search(r"\d\$|\$\w+\$|\}\$", text)] == []


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_no_two_numbers_stand_side_by_side_in_any_factor_of_any_op(case: Case) -> None:
    rng = np.random.default_rng(3)
    wrong = []
    for factor in factors_of(case):
        names = Template(factor.symbol).get_identifiers()
        numbers = {name: latex_number(float(rng.uniform(1, 9)), 4) for name in names}
        text = legible(Template(factor.symbol).substitute(numbers))
        wrong += [(factor.symbol, text)] if together(text) else []
    assert wrong == []


def factors_of(case: Case) -> list[Factor]:
    index = next(iter(np.ndindex(case.result_shape)), ())
    return [f for term in case.function.terms(index, case.operands, case.params) for f in term if f.symbol]


def texts(run: Run) -> Iterator[str]:
    """Formulas with numbers, and those in symbols in which settings are numbers: of each kind of step once."""
    traced = run.trace_at(1)
    symbols, seen = Symbols(traced.program, run.names), set()
    for step in traced.program.steps:
        kind = (step.phase, step.op, step.argument)
        if kind not in seen:
            seen.add(kind)
            found = derivation(run, traced, step.output, tuple(n - 1 for n in step.shape), sample=0)
            yield from (formula(step, symbols), cell_formula(found), cell_numbers(found))
            if found.chain:
                yield from (chain_formula(found.chain), chain_numbers(found.chain))
                yield from (link.expression for link in found.chain.links)


@pytest.mark.parametrize("name", BY_NAME)
def test_no_two_numbers_stand_side_by_side_in_any_formula_of_any_preset(name: str) -> None:
    assert [(text, found) for text in texts(started(name)) if (found := together(text))] == []


@pytest.mark.parametrize(
    "expression",
    ["L = a**2", "L = 2*3*a", "L = a**3 * 4", "L = sqrt(a)", "L = a**b", "L = (3*a)**2 / (2*b)", "L = log(2*a) * 5"],
)
def test_no_two_numbers_stand_side_by_side_in_an_expression(expression: str) -> None:
    inputs = {"a": 5.0} | ({"b": 2.0} if "b" in expression else {})
    run = Run(parse_config({"expression": expression, "inputs": inputs, "train": ["a"]}))
    assert [(text, found) for text in texts(run) if (found := together(text))] == []


def test_every_op_is_looked_at() -> None:
    assert {case.op.name for case in CASES} >= set(OPS)
