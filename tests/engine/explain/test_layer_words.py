"""The words of layers: every op says what it does and what comes back through it, every value has a letter."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.explain.notation import Symbols
from engine.ops import ACTIVATION_OPS, LOSS_OPS, OPS
from engine.ops.core.op import Op
from tests.engine.support.models import LAYERS, SEQUENCES, run_of

SPOKEN = {op.name: op for op in OPS.values() if op not in (*ACTIVATION_OPS, *LOSS_OPS)}
OF_NUMBERS = (  # no layer is made of these
    *("divide", "power", "negative", "absolute", "exp", "log", "sqrt", "square", "raise_to", "sin", "cos", "tan"),
    *("scale_by", "add_constant"),
)


@pytest.mark.parametrize("op", [op for op in SPOKEN.values() if op.name not in OF_NUMBERS], ids=lambda op: op.name)
def test_every_op_and_every_vjp_of_a_layer_has_a_sentence(op: Op) -> None:
    sentences = [function.says for function in (op.function, *op.vjps.values())]

    assert all(re.fullmatch(r"[A-Z].*\.", text) for text in sentences)
    assert {word for text in sentences for word in re.findall(r"\$\w+", text)} <= {"$where"}


@pytest.mark.parametrize("name", [*OF_NUMBERS, "add", "subtract", "multiply", "maximum", "minimum", "identity"])
def test_every_op_between_numbers_names_its_operands(name: str) -> None:
    op = OPS[name]
    forward = set(re.findall(r"\$(\w+)", op.function.tells))

    assert forward >= set(op.args)
    assert all("$to" in vjp.tells or name in ("maximum", "minimum") for vjp in op.vjps.values())


@pytest.mark.parametrize("layers", [*LAYERS.values(), *SEQUENCES.values()], ids=[*LAYERS, *SEQUENCES])
def test_every_value_of_a_layer_is_written_with_a_letter(layers: dict[str, Any]) -> None:
    run = run_of(**layers)
    symbols = Symbols(run.program_at(0), run.names)
    words = re.compile(r"\\mathrm\{(?!run|next)")

    assert [name for name, symbol in symbols.items() if words.search(symbol.latex)] == []


def test_gates_of_the_same_key_are_told_by_the_layer_that_they_belong_to() -> None:
    said = {}
    for name in ("lstm", "gru"):
        run = run_of(**SEQUENCES[name])
        said[name] = {step.output: step.words for step in run.program_at(0).steps}

    assert (said["lstm"]["lstm1.z2"], said["gru"]["gru1.z2"]) == (
        "Adds what input and state contribute to $where at time 2.",
        "The update gate at time 2: how much of the previous state stays.",
    )
