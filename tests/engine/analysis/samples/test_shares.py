"""What each sample brings to a gradient adds up to it, is what the formulas say, and is told as it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.analysis.samples.shares import Shares, shares
from engine.explain.derivation import derivation, is_parameter_gradient
from engine.explain.sums import of_samples
from engine.foundation.errors import RangeError, UnknownValueError
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config
from engine.run.trace import Trace

T = 3
PLAIN = ("circle", "digits_conv", "batch_norm", "remembering")


def traced(preset: str, t: int = T) -> tuple[Run, Trace]:
    run = Run(parse_config(next(p.config for p in presets() if p.name == preset)))
    return run, run.trace_at(t)


def rounded(found: Shares) -> tuple[float, float]:
    scale = 10.0 ** (found.decimals - found.exponent)
    return sum(round(s.share * scale) for s in found.listed), round(found.total * scale)


def test_a_units_gradient_over_the_batch_is_the_sum_of_its_column() -> None:
    run, trace = traced("circle", 120)
    found, column = shares(run, trace, "dense2.z.grad", (1,)), trace["dense2.z.grad"][:, 1]
    order = sorted(range(len(column)), key=lambda n: -abs(column[n]))
    assert [(s.sample, s.share) for s in found.listed] == [(n, column[n]) for n in order]
    assert found.total == math.fsum(column) == found.listed[-1].so_far
    errors = (trace["dense3.a"] - trace["target"])[:, 0]
    assert [s.residual for s in found.listed] == [errors[n] for n in order]
    assert [s.loss for s in found.listed] == pytest.approx([errors[n] ** 2 for n in order], rel=1e-14)


@pytest.mark.parametrize("preset", PLAIN)
def test_the_samples_shares_of_any_parameter_add_up_to_its_gradient(preset: str) -> None:
    run, trace = traced(preset)
    for parameter in run.parameters:
        name = f"{parameter.name}.grad"
        if name not in trace.table or not is_parameter_gradient(trace.program, name):
            continue
        index = tuple(n // 2 for n in trace[name].shape)
        found = shares(run, trace, name, index)
        assert found.total == pytest.approx(float(trace[name][index]), rel=1e-9, abs=1e-15)
        first = found.listed[0]
        alone = derivation(run, trace, name, index, first.sample)
        assert alone.result == pytest.approx(first.share, rel=1e-12, abs=1e-18)


@pytest.mark.parametrize("preset", ["circle", "iris", "digits_conv"])
def test_rounded_shares_add_up_to_the_rounded_total_wherever_it_is_said(preset: str) -> None:
    run, trace = traced(preset)
    names = [n for n in trace.table if trace.program.name(n).gradient and of_samples(n, trace.program)]
    found = [shares(run, trace, name, (0,) * (trace[name].ndim - 1)) for name in names]
    off = [(f.value, *rounded(f)) for f in found if f.adds_up and rounded(f)[0] != rounded(f)[1]]
    assert off == []
    assert np.mean([f.adds_up for f in found]) > 0.9


def test_what_is_not_listed_is_one_number_and_the_sum_still_holds() -> None:
    run, trace = traced("circle")
    found, every = (shares(run, trace, "dense1.weight.grad", (0, 1), limit=n) for n in (3, 200))
    assert found.rest_count == len(every.listed) - 3
    assert math.fsum([*(s.share for s in found.listed), found.rest]) == pytest.approx(every.total, rel=1e-12)


def test_the_sentence_counts_by_sign_and_says_when_samples_are_tied_together() -> None:
    run, trace = traced("circle", 120)
    told = shares(run, trace, "dense2.weight.grad", (1, 1)).sentence
    assert told == "Of 10 samples, 3 pull it down by 0.0939559, 7 pull it up by 0.0282244: together −0.0657315."
    run, trace = traced("batch_norm")
    assert "ties the samples of a batch together" in shares(run, trace, "dense1.weight.grad", (0, 0)).sentence


def test_an_error_of_counts_is_the_rate_less_the_count() -> None:
    config = parse_config(
        {
            "data": {"inputs": [[0.0], [1.0], [2.0]], "targets": [[1.0], [0.0], [4.0]], "test_fraction": 0},
            "layers": [{"type": "dense", "units": 1}],
            "loss": "poisson_nll",
            "batch_size": 3,
        }
    )
    run = Run(config)
    trace = run.trace_at(0)
    errors = (np.exp(trace[run.prediction]) - trace["target"])[:, 0]
    found = shares(run, trace, "dense1.z.grad", (0,))
    assert {s.sample: s.residual for s in found.listed} == dict(enumerate(errors))


@pytest.mark.parametrize(
    ("value", "index", "error"),
    [
        ("dense1.z", (0,), RangeError),
        ("dense1.z.grad", (9,), RangeError),
        ("loss.grad", (), RangeError),
        ("dense9.z.grad", (0,), UnknownValueError),
    ],
)
def test_of_anything_but_a_gradient_there_are_no_shares(value: str, index: tuple[int, ...], error: type) -> None:
    run, trace = traced("circle")
    with pytest.raises(error):
        shares(run, trace, value, index)
