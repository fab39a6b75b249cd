"""Slips: each is a line that runs, gives a number of its own, and has a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from string import Template

import numpy as np
import pytest

from engine.ops import OPS
from engine.ops.core.op import Function, Op
from engine.ops.core.slips import Slip
from engine.ops.update.optimizers import UPDATE_OPS
from engine.practice.code.lines import evaluated
from engine.practice.nets import NETS, net
from engine.practice.slips import rewrites, run_wrong, tags
from engine.program.program import Step
from engine.run.run import Run
from engine.run.task import parse_config

# without a mask, at a kink, with ∂L/∂L = 1, of one channel, of a norm that is always past its bound
NO_EFFECT = {
    ("attention_weights", "mask_left_out"),
    ("relu", "slope_at_a"),
    ("divide", "gradient_left_out"),
    ("conv2d", "one_channel_only"),
    ("clip_factor", "always_scaled"),
}


def slips_of_ops() -> Iterator[tuple[Op, Function, Slip]]:
    for op in OPS.values():
        for function in (op.function, *op.vjps.values()):
            yield from ((op, function, slip) for slip in function.slips if not slip.takes)


@pytest.mark.parametrize("op", [op for op in OPS.values() if any(f.slips for f in (op.function, *op.vjps.values()))],
                         ids=lambda op: op.name)  # fmt: skip
def test_every_slip_of_an_op_is_a_line_that_runs(op: Op) -> None:
    arguments, params = op.example(np.random.default_rng(0))
    output = op.forward(*arguments, **params)
    known = dict(zip(op.args, arguments, strict=True)) | {"output": output, "grad": np.ones_like(output)} | params
    for function in (op.function, *op.vjps.values()):
        for slip in function.slips:
            if slip.takes or slip.tag == "weight_transposed":
                continue
            names = {name: name for name in (*function.operands, *params)}
            made = np.asarray(evaluated(Template(slip.code).substitute(names), known, ours=True))
            right = (
                output.shape
                if function is op.function
                else known[next(a for a, f in op.vjps.items() if f is function)].shape
            )
            np.broadcast_shapes(made.shape, right)


def test_every_slip_has_one_name_for_its_tag() -> None:
    named: dict[str, set[str]] = {}
    for tag, name in tags():
        named.setdefault(tag, set()).add(name)
    assert {tag: names for tag, names in named.items() if len(names) > 1} == {}


def test_every_sentence_of_a_slip_ends_as_one() -> None:
    functions = [f for op in OPS.values() for f in (op.function, *op.vjps.values())] + list(UPDATE_OPS.values())
    assert [slip.tag for f in functions for slip in f.slips if not slip.says.endswith(".")] == []


def test_every_slip_of_a_program_gives_another_number_in_some_net() -> None:
    moved: dict[tuple[str, str], bool] = {}
    for name in NETS:
        traced = Run(parse_config(net(name))).trace_at(7)
        for step in traced.program.steps:
            for rewrite in rewrites(step, traced.program):
                made, key = run_wrong(rewrite, traced.table), (step.op, rewrite.slip.tag)
                moved[key] = moved.get(key, False) or (made is not None and _differs(made, traced.table[step.output]))
    assert {key for key, differs in moved.items() if not differs} <= NO_EFFECT


def _differs(made: np.ndarray, right: np.ndarray) -> bool:
    return not np.allclose(made, right, rtol=1e-6, atol=0, equal_nan=True)


def test_a_rewritten_step_shows_its_line() -> None:
    run = Run(parse_config(net("circle")))
    program = run.program_at(0)
    step: Step = program.steps[program.producer["dense2.z.grad"]]
    found = next(rewrite for rewrite in rewrites(step, program) if rewrite.slip.tag == "slope_left_out")
    assert (found.sentence, found.wrong.function.code, replace(found.wrong, function=step.function)) == (
        "You left out the slope of tanh.",
        "$grad",
        replace(step, beside=()),
    )
