"""The numbers in findings, computed once more from trace, data and losses by another way."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.analysis.diagnosis import diagnose
from engine.analysis.evaluation import evaluate
from engine.analysis.history import history
from engine.run.run import Run
from engine.run.task import parse_config
from engine.run.trace import Trace
from tests.engine.analysis.diagnosis.examples import EXAMPLES, PRESETS, expression, run_with

SEEDS = range(12)


def net(seed: int, activation: str, spread: float, **changes: Any) -> tuple[Run, Trace]:
    """A net whose weights are `spread` wide, so that units die or saturate."""
    rng = np.random.default_rng(seed)
    shapes = [2, *(int(n) for n in rng.integers(2, 6, rng.integers(1, 4))), 1]
    layers = [
        {
            "units": after,
            "activation": activation if i < len(shapes) - 2 else "identity",
            "weight": rng.normal(0, spread, (after, before)).tolist(),
            "bias_values": rng.normal(0, spread, after).tolist(),
        }
        for i, (before, after) in enumerate(pairwise(shapes))
    ]
    rows = int(rng.integers(2, 8))
    data = {"inputs": rng.normal(size=(rows, 2)).tolist(), "targets": rng.normal(size=rows).tolist()}
    config = {"seed": seed, "data": data, "batch_size": None, "layers": layers, "loss": "mse"}
    run = Run(parse_config(config | {"optimizer": {"type": "sgd", "learning_rate": 1e-3}} | changes))
    return run, run.trace_at(0)


def told(run: Run, kind: str, t: int = 0) -> str | None:
    """The text of a finding, if it was found."""
    return next((each.text for each in diagnose(run, run.trace_at(t)).findings if each.kind == kind), None)


def example(kind: str) -> tuple[Run, int, str]:
    run, t = run_with(kind), EXAMPLES[kind].at
    text = told(run, kind, t)
    assert text is not None
    return run, t, text


def as_number(text: str) -> float:
    return float(text.replace("−", "-").replace("%", "").rstrip(".,;:"))


def numbers(pattern: str, text: str) -> list[float]:
    """The numbers in the groups of a pattern."""
    found = re.search(pattern, text)
    assert found is not None, text
    return [as_number(group) for group in found.groups()]


def close(*values: float) -> Any:
    return pytest.approx(list(values), rel=6e-3)


def norm_of(traced: Trace, layer: str, kind: str) -> float:
    """The norm of weights and biases of a layer, or of what belongs to them."""
    parts = (traced[f"{layer}.{name}{kind}"] for name in ("weight", "bias"))
    return float(np.sqrt(sum(float((part**2).sum()) for part in parts)))


# --- units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_dead_units_are_those_that_no_row_reaches(seed: int) -> None:
    run, traced = net(seed, "relu", 1.5)
    hidden = run.names[:-1]
    counts = {name: int((traced[f"{name}.z"] <= 0).all(axis=0).sum()) for name in hidden}
    text = told(run, "dead_units")

    assert (text is None) == (sum(counts.values()) == 0)
    if text:
        each = {f"dense{n}": int(count) for count, n in re.findall(r"(\d+) in dense (\d+)", text)}
        units = sum(traced[f"{name}.z"].shape[1] for name in hidden)
        assert each == {name: count for name, count in counts.items() if count}
        assert numbers(r"^(\d+) of (\d+) unit", text) == [sum(counts.values()), units]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_saturated_share_of_a_layer_is_that_of_its_flat_cells(activation: str, seed: int) -> None:
    run, traced = net(seed, activation, 6.0)
    shares = {}
    for name in run.names[:-1]:
        a = traced[f"{name}.a"]
        slopes = 1 - a * a if activation == "tanh" else a * (1 - a)
        shares[f"dense {name[5:]}"] = 100 * float((slopes < 0.05).mean())
    found = re.findall(r"(\d+)% of (dense \d+)", told(run, "saturated_units") or "")

    assert {name: int(share) for share, name in found} == {
        name: pytest.approx(share, abs=0.51) for name, share in shares.items() if share >= 50
    }


def test_a_saturated_output_is_told_with_output_target_and_slope() -> None:
    run, t, text = example("saturated_output")
    output, _, slope = numbers(r"One is (\S+) for the target (\S+), where sigmoid has the slope (\S+):", text)
    z = run.inputs @ run.trace_at(t)["dense1.weight"].T + run.trace_at(t)["dense1.bias"]
    y = 1 / (1 + np.exp(-z[run.targets == 0]))
    assert [output, slope] == close(float(y.max()), float((y * (1 - y))[y.argmax()]))


def test_copies_are_counted() -> None:
    assert "4 of 4 units in dense 1" in example("equal_units")[2]


def test_a_constant_output_is_told_with_its_value_and_its_spread() -> None:
    run, t, text = example("constant_output")
    given = evaluate(run, t).batch.probabilities
    assert given is not None
    mean, spread = numbers(r"is the same, (\S+), to within a deviation of (\S+):", text)
    assert mean == pytest.approx(float(given[:, -1].mean()), rel=6e-3)
    assert 0 < spread < 1e-3


def test_one_class_is_told_with_the_share_of_rows_that_are_of_it() -> None:
    _, _, text = example("one_class")
    assert "Of all 60 training rows every one is taken for class 0, and 90% are of it" in text


# --- gradients and steps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gradient_that_vanishes_is_told_with_the_norms_of_both_ends(seed: int) -> None:
    run, traced = net(seed, "sigmoid", 0.02)
    first, last = (norm_of(traced, name, ".grad") for name in (run.names[0], run.names[-1]))
    text = told(run, "vanishes") or ""
    ends = re.findall(r"from (\S+) in dense (\d+) to (\S+) in dense (\d+)", text)

    assert [[as_number(part) for part in found] for found in ends] == [close(last, len(run.names), first, 1)] * (
        first < 1e-3 * last
    )


def test_a_gradient_that_vanishes_over_time_is_told_with_the_norms_at_both_ends() -> None:
    run, t, text = example("vanishes_over_time")
    norms = [float(np.linalg.norm(run.trace_at(t)[f"rnn1.h{moment}.grad"])) for moment in (20, 1)]
    found = numbers(r"from (\S+) at time 20 to (\S+) at time 1, (\S+) times smaller", text)
    assert found == close(*norms, norms[0] / norms[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ratio_of_update_to_weight_is_that_of_their_norms(seed: int) -> None:
    run, traced = net(seed, "tanh", 0.5, optimizer={"type": "sgd", "learning_rate": 1e-9})
    ratios = {name[5:]: norm_of(traced, name, ".update") / norm_of(traced, name, "") for name in run.names}
    pairs = re.findall(r"(\S+) in dense (\d+)", told(run, "tiny_steps") or "")
    assert {n: as_number(ratio) for ratio, n in pairs} == {n: pytest.approx(r, rel=6e-3) for n, r in ratios.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_whether_the_last_step_went_up_or_down_is_as_the_losses_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, rate = round(rng.uniform(0.1, 2), 2), round(rng.uniform(0.1, 1.9), 3)
    before, now = a * a, (a - rate * 2 * a) ** 2
    verb, kind = ("raised", "large_steps") if now > before else ("lowered", "learns")
    text = told(Run(parse_config(expression("L = a * a", rate, a=a))), kind, 1) or ""
    assert numbers(rf"{verb} the loss from (\S+) to ([\d.e−]+)[.:]", text) == pytest.approx([before, now], rel=1e-3)


@pytest.mark.parametrize("rate", [1e-3, 1e-8, 1e-13])
def test_two_losses_that_differ_are_told_with_digits_that_differ(rate: float) -> None:
    text = told(Run(parse_config(expression("L = a * a", rate, a=1.0))), "learns", 1) or ""
    before, now = numbers(r"from (\S+) to (\S+)\.", text)
    assert before > now


def test_what_was_measured_of_the_last_step_tells_two_losses_apart() -> None:
    run = Run(parse_config(expression("L = a * a", 1e-7, a=1.0)))
    (step,) = [m.text for m in diagnose(run, run.trace_at(1)).measured if m.check == "the last step"]
    assert step == "1, then 0.9999996"


# --- the loss ----------------------------------------------------------------------------------------------------


def test_a_falling_loss_is_told_with_the_means_of_both_ends() -> None:
    run, t, text = example("learns")
    losses = [float(run.trace_at(i)["loss"]) for i in range(t - 49, t + 1)]
    found = numbers(r"last 50 iterations the loss fell from about (\S+) to (\S+)\.$", text)
    assert found == close(sum(losses[:16]) / 16, sum(losses[-16:]) / 16)


def test_an_exploding_loss_is_told_with_its_ends_and_the_factor_in_the_middle() -> None:
    run, t, text = example("explodes")
    losses = [float(run.trace_at(i)["loss"]) for i in range(t + 1)]
    factors = sorted(b / a for a, b in pairwise(losses))
    found = numbers(
        r"grew from (\S+) to (\S+), by a factor of (\S+) per iteration \(median\), over the (\d+) iter", text
    )
    assert found == close(losses[0], losses[-1], factors[len(factors) // 2], t)


def test_overfitting_is_told_with_the_losses_of_both_sets_then_and_now() -> None:
    run, t, text = example("overfits")
    turn, least, now, times, train_then, train_now = numbers(
        r"Since iteration (\d+) the test loss rose from (\S+) to (\S+), (\S+) times as much, while the training loss "
        r"fell from (\S+) to (\S+)\.$",
        text,
    )
    then, here = evaluate(run, int(turn)), evaluate(run, t)
    assert then.test
    assert here.test
    assert [least, now, times, train_then, train_now] == close(
        then.test.loss, here.test.loss, here.test.loss / then.test.loss, then.train.loss, here.train.loss
    )


def test_a_standstill_is_told_with_the_means_of_first_and_last_quarter() -> None:
    run, t, text = example("standstill")
    losses = [float(loss) for loss in run.losses(t - 399, t + 1)]
    r2 = evaluate(run, t).train.r2
    assert r2 is not None
    means = [sum(losses[:100]) / 100, sum(losses[-100:]) / 100]
    mean, share = numbers(r"the loss has stood at (\S+), and (\d+)%", text)
    assert [mean, mean] == close(*means)
    assert share == pytest.approx(100 * r2, abs=0.51)


def test_a_penalty_that_is_too_strong_is_told_with_the_norms_of_the_weights() -> None:
    run, t, text = example("penalty_too_strong")
    norms = [np.sqrt(sum(float((run.trace_at(i)[f"dense{n}.weight"] ** 2).sum()) for n in (1, 2, 3))) for i in (0, t)]
    assert numbers(r"from (\S+) down to (\S+):", text) == close(*norms)


def test_a_penalty_that_diverges_is_told_with_rate_times_penalty() -> None:
    _, _, text = example("penalty_diverges")
    assert numbers(
        r"rate of (\S+) times the penalty λ = (\S+) is (\S+): .* multiplies a weight by (\S+),", text
    ) == close(0.1, 30, 3, -2)


# --- data and configuration --------------------------------------------------------------------------------------


def test_the_size_of_inputs_and_targets_is_their_root_mean_square() -> None:
    run, _, text = example("input_scale")
    assert numbers(r"typical size of (\S+)\. ", text) == close(float(np.sqrt(np.mean(run.inputs**2))))
    run, _, text = example("target_scale")
    size, spread = numbers(r"typical size of (\S+) and a deviation of (\S+):", text)
    assert [size, spread] == close(float(np.sqrt(np.mean(run.targets**2))), float(np.std(run.targets)))


def test_targets_out_of_reach_are_told_with_their_range_and_their_share() -> None:
    run, _, text = example("output_range")
    low, high, first, last, share = numbers(
        r"go from (\S+) to (\S+), but tanh gives (\S+) to (\S+): (\d+)% of them", text
    )
    assert [low, high] == close(float(run.targets.min()), float(run.targets.max()))
    assert [first, last] == [-1, 1]
    assert share == pytest.approx(100 * float((abs(run.targets) > 1).mean()), abs=2.6)


def test_sorted_rows_are_told_with_the_share_of_neighbours_of_one_class() -> None:
    run, _, text = example("sorted_batches")
    labels = run.targets[:, 0].tolist()
    same = 100 * sum(a == b for a, b in pairwise(labels)) / (len(labels) - 1)
    assert numbers(r"(\d+)% of neighbours", text) == [pytest.approx(same, abs=0.51)]


# --- healthy -----------------------------------------------------------------------------------------------------


def test_what_is_healthy_says_only_what_was_measured() -> None:
    """One linear unit has no activation: nothing is said of dead or saturated units."""
    run = Run(parse_config(PRESETS["pytorch"] | {"layers": [{"type": "dense", "units": 1}]}))
    text = told(run, "healthy") or ""
    assert "dead" not in text
    assert "saturated" not in text
    assert text.startswith("Every number is finite; update-to-weight ratio ")


def test_the_turning_point_is_the_one_at_which_early_stopping_finds_the_least_test_loss() -> None:
    run = Run(parse_config(PRESETS["early_stopping"]))
    text, stop = told(run, "overfits", 300), history(run, 0, 301).stop
    assert text is not None
    assert stop is not None
    assert numbers(r"Since iteration (\d+) ", text) == [stop.best]


@pytest.mark.parametrize(("rate", "kinds"), [(1e-5, ["finished"]), (1e-300, ["tiny_steps"])])
def test_an_expression_of_which_no_digit_changes_is_at_its_end_or_its_rate_is_too_small(
    rate: float, kinds: list[str]
) -> None:
    config = PRESETS["micrograd"]
    run = Run(parse_config({**config, "optimizer": {"type": "sgd", "learning_rate": rate}}))
    found = diagnose(run, run.trace_at(200)).findings
    moved = [run.branch(cure.edits or ()).losses(200, 202) for finding in found for cure in finding.cures]
    assert [f.kind for f in found] == kinds
    assert [before > after for before, after in moved] == [True] * len(moved)
