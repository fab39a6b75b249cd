"""Every sentence, formula, code line and symbol is the one in the files beside: see `expected`."""

from __future__ import annotations

import pytest

from engine.ops import OPS
from tests.engine.explain.expected import cases
from tests.engine.explain.expected.files import FILES, path

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
