"""A cell by its shorter form: where a long sum is known as a few terms, those few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.explain.sums import Addend, addends, operand_names, producer
from engine.ops.core.op import Index
from engine.program.program import Step
from engine.run.trace import Trace

_OF_NORMS = {
    "center": "",
    "rescale": "direct",
    **dict.fromkeys(("batch_mean", "sample_mean"), "through_mean"),
    **dict.fromkeys(("batch_mean_square", "sample_mean_square"), "through_variance"),
}
"""The ops that a normalization is made of, and the way back that each is."""


def short_form(step: Step, index: Index, traced: Trace) -> tuple[Addend, ...]:
    """The few terms of a cell's shorter form, whose products sum to the cell; none where there is no such form.

    Formula: softmax: a_j (g_j - sum_k a_k g_k); a normalization's input: direct + through_mean + through_variance,
             direct being the gradient with mean and variance held still.
    """
    if step.function.short is not None:
        operands = {o: traced.table[n] for o, n in operand_names(step).items()}
        with np.errstate(all="ignore"):
            return tuple(Addend(step, term) for term in step.function.short(index, operands, step.params))
    return tuple(_ways(step, index, traced)) if _is_normalized(step, traced) else ()


def _is_normalized(step: Step, traced: Trace) -> bool:
    """Whether it adds up the gradient of what a normalization takes: not of what stands inside of it."""
    own = traced.program.name(step.output).layer
    makers = [producer(traced.program, part) for part in step.inputs] if step.op == "accumulate" else []
    return any(made is not None and made.op in _OF_NORMS and made.layer != own for made in makers)


def _ways(step: Step, index: Index, traced: Trace) -> Iterator[Addend]:
    """The contributions to a gradient; of those by the ways through a normalization what each is itself a sum of."""
    if step.op != "accumulate":
        yield from _way(step, index, traced)
        return
    for part, addend in zip(step.inputs, addends(step, index, traced), strict=True):
        made = producer(traced.program, part)
        if made is None or made.op not in _OF_NORMS:
            yield addend
        elif made.op == "center":  # hands on what comes to x less its mean, as it is
            whole = producer(traced.program, made.inputs[0])
            yield from _ways(whole, index, traced) if whole else ()
        else:
            yield from _way(made, index, traced)


def _way(step: Step, index: Index, traced: Trace) -> Iterator[Addend]:
    name = _OF_NORMS.get(step.op, "")
    return (replace(addend, name=name) for addend in addends(step, index, traced))
