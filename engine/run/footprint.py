"""How many bytes a run holds, beside what is in the store."""

from __future__ import annotations

from engine.execution.fast_tracer import LARGEST
from engine.run.memory_cost import numbers_in_iteration
from engine.run.run import Run

OVERHEAD = 300_000  # of a compiled program's Python objects, in bytes
STEPS = 6_000  # the same for each step forward, with what follows from it


def footprint(run: Run) -> int:
    """About how many bytes a run holds beside what is in the store: its data, buffers for one iteration, and if it is
    small others to trace it, with the places of its values in memory and on the wire.
    """
    if not run.has_data:
        return OVERHEAD
    arrays = [run.inputs, run.targets, run.test_inputs, run.test_targets]
    numbers = numbers_in_iteration(run.fitting.config, len(run.inputs), run.outline)
    buffers = 8 * numbers + 24 * min(numbers, LARGEST)
    wide = int(run.inputs.nbytes) + 8 * len(run.inputs)  # the inputs once more, with a column of ones
    return 2 * sum(int(a.nbytes) for a in arrays) + wide + buffers + OVERHEAD + STEPS * len(run.outline.nodes)
