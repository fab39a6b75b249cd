"""What is left of the gradient at each layer and time, beside a backward pass by hand in numpy."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.gradient_flow import GradientFlow, gradient_flow
from engine.foundation.errors import NoDataError, RangeError
from engine.run.task import parse_config
from tests.engine.support.models import SEQUENCES, run_of

SIGMOIDS: dict[str, Any] = {
    "layers": [*({"units": 4, "activation": "sigmoid"} for _ in range(5)), {"units": 1}],
}
RNN: dict[str, Any] = {
    "data": {"name": "parity"},
    "loss": "cross_entropy",
    "layers": [
        {"type": "embedding", "tokens": 2, "units": 3},
        {"type": "rnn", "units": 4, "return_sequence": False},
        {"type": "dense", "units": 2},
    ],
}


def flow_of(run: Run, sample: int | None = None) -> GradientFlow:
    return gradient_flow(run, run.trace_at(2), sample)


def by_hand(run: Run, sample: int | None) -> list[tuple[float, float]]:
    """Of a chain of sigmoids before a linear layer and a mean squared error, by its own backward pass."""
    t = run.trace_at(2)
    rows = slice(None) if sample is None else slice(sample, sample + 1)
    count = len(run.names)
    outputs = [t["x"], *(t[f"dense{k}.a"] for k in range(1, count + 1))]
    gradient = 2 * (outputs[-1] - t["target"]) / outputs[-1].size
    found = []
    for k in range(count, 0, -1):
        slope = outputs[k] * (1 - outputs[k]) if k < count else 1.0
        before = (gradient * slope) @ t[f"dense{k}.weight"]
        sizes = [float(np.sqrt(np.square(g[rows]).sum())) for g in (gradient, before)]
        found.append((sizes[0], sizes[1] / sizes[0]))
        gradient = before
    return found[::-1]


@pytest.mark.parametrize("sample", [None, 0, 2])
def test_norms_and_what_each_layer_keeps_are_those_of_a_backward_pass_by_hand(sample: int | None) -> None:
    run = run_of(**SIGMOIDS)
    found = flow_of(run, sample)
    assert [(layer.gradient, layer.kept) for layer in found.layers] == [
        pytest.approx(pair, rel=1e-12) for pair in by_hand(run, sample)
    ]


@pytest.mark.parametrize("sample", [None, 1])
def test_in_a_chain_the_last_norm_times_what_is_kept_on_the_way_is_the_first(sample: int | None) -> None:
    layers = flow_of(run_of(**SIGMOIDS), sample).layers
    kept = [layer.kept or math.nan for layer in layers[1:]]
    assert (layers[-1].gradient or 0) * math.prod(kept) == pytest.approx(layers[0].gradient, rel=1e-12)


def test_the_states_of_a_recurrent_layer_keep_what_its_weights_and_slopes_leave() -> None:
    run = run_of(**RNN)
    t, layer = run.trace_at(2), flow_of(run).layers[1]
    length = len(layer.times)
    gradient, norms = t["rnn1.a.grad"], []
    for time in range(length, 0, -1):
        norms.append(float(np.sqrt(np.square(gradient).sum())))
        gradient = (gradient * (1 - t[f"rnn1.h{time}"] ** 2)) @ t["rnn1.weight_hh"]
    norms.reverse()
    assert length > 2
    assert [(part.time, part.value) for part in layer.times] == [(n, f"rnn1.h{n}") for n in range(1, length + 1)]
    assert [part.gradient for part in layer.times] == pytest.approx(norms, rel=1e-12)
    kept = [part.kept or math.nan for part in layer.times]
    assert kept == pytest.approx([*(a / b for a, b in pairwise(norms)), math.nan], rel=1e-12, nan_ok=True)


def test_no_gradient_goes_back_to_tokens() -> None:
    assert [layer.kept is None for layer in flow_of(run_of(**RNN)).layers] == [True, False, False]


@pytest.mark.parametrize("changes", SEQUENCES.values(), ids=SEQUENCES)
def test_every_layer_hands_on_what_the_layers_before_it_got(changes: dict[str, Any]) -> None:
    """Where a layer alone takes another's output, it keeps what makes that one's norm of its own."""
    run = run_of(**changes)
    found = {layer.value: layer for layer in flow_of(run).layers}
    for name in run.names:
        layer, inputs = found[run.outline.outputs[name]], run.outline.inputs[name]
        if len(inputs) == 1 and inputs[0] in found and layer.kept is not None and layer.gradient:
            assert layer.kept * layer.gradient == pytest.approx(found[inputs[0]].gradient, rel=1e-12)


def test_a_sample_that_the_batch_has_not_is_refused() -> None:
    with pytest.raises(RangeError):
        flow_of(run_of(**SIGMOIDS), 1000)


def test_an_expression_has_no_layers() -> None:
    with pytest.raises(NoDataError):
        flow_of(Run(parse_config({"expression": "a", "inputs": {"a": 3}})))
