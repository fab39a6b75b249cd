"""A batch's loss taken apart: each sample's own, what it counts for, and the 1/N of the chain rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.analysis.samples.losses import mean_factor, sample_losses
from engine.explain.derivation import derivation
from engine.explain.sentences import explanation
from tests.engine.explain.drawn import drawn
from tests.engine.support.models import LOSSES, SEQUENCES, run_of

CASES = LOSSES | SEQUENCES


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_the_samples_losses_times_what_they_count_for_are_the_loss_of_the_batch(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    found = sample_losses(run, run.trace_at(2))
    assert len(found.losses) == len(found.weights) == run.program_at(2).batch
    assert float(np.sum(found.losses * found.weights)) == pytest.approx(found.loss, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_a_sample_s_own_loss_is_what_its_outputs_and_targets_make_it(seed: int) -> None:
    net = drawn(seed)
    batch = net.traced.program.batch
    own = [net.loss_of(net.parameters(), n) * batch for n in range(batch)]
    assert sample_losses(net.run, net.traced).losses.tolist() == pytest.approx(own, rel=1e-12)
    assert mean_factor(net.run, batch) == 1 / batch


@pytest.mark.parametrize("seed", range(10))
def test_behind_the_1_over_n_of_a_chain_stands_the_slope_of_the_sample_s_own_loss(seed: int) -> None:
    net, wrong = drawn(seed), []
    batch = net.traced.program.batch
    last = f"dense{len(net.activations)}"
    for index in np.ndindex(net.traced[f"{last}.bias.grad"].shape):
        for n in range(batch):
            found = derivation(net.run, net.traced, f"{last}.bias.grad", tuple(index), sample=n)
            assert found.chain is not None
            numbers = [factor.number for factor in found.chain.factors]
            own = net.slope(f"{last}.bias", tuple(index), n) * batch
            if (found.chain.mean or 1) != batch or not math.isclose(
                math.prod(numbers[batch > 1 :]), own, rel_tol=1e-5, abs_tol=1e-7
            ):
                wrong.append((index, n, numbers, own))
    assert wrong == []


@pytest.mark.parametrize(
    ("changes", "mean"),
    [
        ({}, 4),
        ({"loss": {"type": "mse", "reduction": "sum"}}, None),
        ({"layers": [{"units": 2}, {"type": "batch_norm"}, {"units": 1}]}, None),
        ({"backward": "feedback_alignment"}, None),
    ],
    ids=["a mean", "a sum", "behind batch norm", "with feedback"],
)
def test_only_of_a_plain_mean_is_1_over_n_a_factor(changes: dict[str, Any], mean: int | None) -> None:
    run = run_of(**{"layers": [{"units": 2, "activation": "tanh"}, {"units": 1}], "batch_size": 4, **changes})
    traced = run.trace_at(1)
    found = derivation(run, traced, "dense1.weight.grad", (0, 0), sample=1)
    assert found.chain is not None
    text = explanation(run, traced, found)
    assert (found.chain.mean, "the mean of 4, so 1/4 of it counts" in text) == (mean, mean is not None)
    assert found.chain.product == pytest.approx(found.result, rel=1e-12)
