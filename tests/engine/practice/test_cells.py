"""Which cells a cell is made of: what an operand's cells reach, turned round."""

from __future__ import annotations

import numpy as np
import pytest

from engine.ops.core.op import reached
from engine.practice.cells import drawn_from
from engine.practice.nets import net
from engine.run.run import Run
from engine.run.task import parse_config


@pytest.mark.parametrize("name", ["forgetting", "reversing", "digits_conv", "batch_norm"])
def test_a_cell_is_made_of_those_that_reach_it(name: str) -> None:
    program, rng = Run(parse_config(net(name))).program_at(0), np.random.default_rng(0)
    steps = {step.function.reach: step for step in program.steps if step.function.reach and "conv" not in step.op}
    for step in steps.values():
        shapes = [program.shape(given) for given in step.inputs]
        index = tuple(int(rng.integers(size)) for size in step.shape)
        for operand, shape in enumerate(shapes):
            scanned = [
                at
                for at in np.ndindex(shape)
                if index in set(reached(step.function, operand, at, shapes, step.shape, step.params))
            ]
            assert list(drawn_from(step, operand, index, shapes)) == scanned
