"""The proof table: complete, right, and able to say that something is wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import MappingProxyType

import pytest

from engine.checks import table
from engine.model.layers import LAYERS
from engine.ops import OPS


def test_the_table_has_every_gradient_and_every_layer_and_all_agree() -> None:
    rows = [*table.op_rows(), *table.model_rows()]
    ops = [(row.name, row.argument) for row in rows if row.kind == "op"]
    assert ops == [(op.name, argument) for op in OPS.values() for argument in op.vjps]
    assert [row.name for row in rows if row.kind == "model"] == list(LAYERS)
    assert [str(row) for row in rows if not row.agrees] == []


def test_a_wrong_gradient_differs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    tanh = OPS["tanh"]
    wrong = replace(tanh, vjps=MappingProxyType({"z": OPS["sigmoid"].vjps["z"]}))
    monkeypatch.setattr(table, "OPS", {"tanh": wrong})
    monkeypatch.setattr(table, "LAYERS", {})
    assert table.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 of 1 agree"


def test_a_gradient_that_was_compared_nowhere_does_not_agree() -> None:
    assert not table.Row("op", "relu", "z", 0, 9, 0.0, table.OP_TOLERANCE).agrees


def test_the_command_prints_it() -> None:
    found = subprocess.run([sys.executable, "-m", "engine.checks"], capture_output=True, text=True, check=False)
    lines = found.stdout.splitlines()
    assert (found.returncode, found.stderr, lines[-1]) == (0, "", f"{len(lines) - 2} of {len(lines) - 2} agree")
