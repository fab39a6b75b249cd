"""Every sentence, formula, code line and symbol is the one in the files beside: see `expected`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from engine.analysis import diagnosis
from engine.ops import OPS
from tests.engine.explain.expected import cases
from tests.engine.explain.expected.files import FILES, path
from tests.engine.explain.expected.findings import found

ALL_CASES = cases.activations() | cases.losses() | cases.layers() | cases.expressions()


@pytest.mark.parametrize("name", FILES)
def test_what_the_engine_says_is_what_is_expected(name: str) -> None:
    said = FILES[name]().splitlines()

    assert said == path(name).read_text(encoding="utf-8").splitlines()


def test_every_op_and_every_vjp_is_a_step_of_a_case() -> None:
    shown = {
        (step.op, step.argument) for config in ALL_CASES.values() for step in cases.run_of(config).program_at(0).steps
    }

    assert _functions() - shown == set()


def _functions() -> set[tuple[str, str | None]]:
    return {(op.name, argument) for op in OPS.values() for argument in (None, *op.vjps)}


def test_every_finding_of_the_diagnosis_is_in_a_case() -> None:
    shown = {finding.title for _, said in found() for finding in said.findings}

    assert _titles() == shown


def _titles() -> set[str]:
    """The titles that the analysis gives: what stands third in every `Finding(...)` of its sources."""
    sources = Path(diagnosis.__file__).parent.rglob("*.py")
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in sources]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Finding"]
    return {str(node.value) for call in named for node in ast.walk(call.args[2]) if isinstance(node, ast.Constant)} - {
        "nan"
    }
