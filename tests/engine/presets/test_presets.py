"""Every preset does what its sentence promises."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from engine.analysis.evaluation import Score, evaluate, forward_values
from engine.analysis.gradient_angles import layer_angles
from engine.analysis.history import history
from engine.analysis.layer_statistics import layer_figures
from engine.explain.paths import paths
from engine.model.activations import dead
from engine.presets import Preset, presets
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.support.preset_runs import BY_NAME, started


def scores(name: str, iteration: int) -> tuple[Score, Score]:
    found = evaluate(started(name), iteration)
    assert found.test is not None
    return found.train, found.test


def gradient_ratio(run: Run, iteration: int) -> float:
    """The gradient norm of the first layer over that of the last."""
    norms = [figures.gradient_norm for figures in layer_figures(run, run.trace_at(iteration)).values()]
    return norms[0] / norms[-1]


def test_the_promised_presets_are_there_in_order() -> None:
    assert list(BY_NAME) == [
        "chain_rule", "one_neuron", "circle",
        "xor", "moons", "spiral", "features", "iris", "feedback",
        "sine", "pytorch",
        "vanishing", "diverging", "range_test", "overfitting",
        "kaiming", "batch_norm", "residual", "clipping", "label_smoothing",
        "weight_penalty", "dropout", "early_stopping",
        "digits", "digits_conv",
        "characters", "forgetting", "remembering", "transformer", "reversing",
        "micrograd", "valley", "rosenbrock", "saddle",
    ]  # fmt: skip


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_a_preset_has_a_title_one_sentence_and_a_normalized_configuration(preset: Preset) -> None:
    assert preset.title
    assert preset.summary.endswith(".")
    assert not re.search(r"[.!?] ", preset.summary)
    assert parse_config(preset.config).to_dict() == preset.config


def test_no_two_presets_are_the_same_run() -> None:
    assert len({parse_config(preset.config).id for preset in presets()}) == len(presets())


@pytest.mark.parametrize(
    ("name", "iteration", "train", "test"),
    [
        ("xor", 200, 0.98, 0.95),
        ("circle", 200, 0.98, 0.95),
        ("spiral", 1500, 0.98, 0.95),
        ("moons", 300, 0.98, 0.95),
        ("iris", 200, 0.95, 0.95),
        ("digits", 300, 0.96, 0.95),
        ("digits_conv", 500, 0.98, 0.97),
        ("kaiming", 500, 0.98, 0.93),
        ("one_neuron", 100, 0.98, 0.95),
        ("remembering", 600, 0.99, 0.99),
        ("transformer", 100, 0.96, 0.94),
        ("transformer", 200, 0.98, 0.95),
        ("reversing", 200, 0.98, 0.98),
        ("features", 200, 0.98, 0.95),
        ("batch_norm", 800, 0.95, 0.9),
        ("residual", 800, 0.98, 0.95),
        ("label_smoothing", 50, 0.98, 0.95),
        ("feedback", 800, 0.98, 0.95),
    ],
)
def test_a_classifying_preset_learns_its_classes_quickly(name: str, iteration: int, train: float, test: float) -> None:
    start, (trained, tested) = scores(name, 0)[0], scores(name, iteration)
    assert (start.accuracy or 0) < 0.75
    assert (trained.accuracy or 0) >= train
    assert (tested.accuracy or 0) >= test
    assert trained.loss < start.loss / 2


@pytest.mark.parametrize(("name", "iteration", "r2"), [("pytorch", 400, 0.95), ("sine", 800, 0.94)])
def test_a_regression_preset_explains_nearly_all_of_its_targets(name: str, iteration: int, r2: float) -> None:
    trained, tested = scores(name, iteration)
    assert (trained.r2 or 0) > r2
    assert (tested.r2 or 0) > r2 - 0.05


def test_the_gradient_vanishes_through_ten_sigmoid_layers_and_nothing_is_learned() -> None:
    run = started("vanishing")
    assert gradient_ratio(run, 0) < 1e-6
    assert gradient_ratio(run, 500) < 1e-5
    assert evaluate(run, 500).train.loss == pytest.approx(np.log(2), rel=0.02)


def test_the_gradient_keeps_its_size_through_ten_relu_layers_with_kaiming_weights() -> None:
    assert 0.2 < gradient_ratio(started("kaiming"), 0) < 5


def test_ten_sigmoid_and_ten_relu_layers_differ_in_nothing_else() -> None:
    vanishing, kaiming = (dict(BY_NAME[name].config) for name in ("vanishing", "kaiming"))
    units = [[layer["units"] for layer in config.pop("layers")] for config in (vanishing, kaiming)]
    assert units == [[6] * 10 + [1]] * 2
    assert vanishing == kaiming


def test_too_high_a_learning_rate_first_learns_then_diverges_to_infinity() -> None:
    course = history(started("diverging"), 0, 100)
    first = int(np.flatnonzero(~np.isfinite(course.loss))[0])
    assert 20 < first < 90
    assert course.loss[:30].min() < course.loss[0] / 3
    assert course.loss[first - 1] > 1e50
    assert course.first_nonfinite is not None
    assert first - 1 <= course.first_nonfinite.iteration <= first


def test_most_of_the_gradient_on_iris_soon_comes_from_few_flowers() -> None:
    run = started("iris")
    state = run.state_at(200)
    logits = forward_values(run, state, run.inputs, [run.prediction])[run.prediction]
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    pull = np.linalg.norm(chances - np.eye(3)[run.targets], axis=1)
    largest = np.argsort(-pull)[:12]
    assert pull[largest].sum() > pull.sum() / 2
    assert (run.targets[largest] != 0).all()


def test_the_first_weights_of_dead_digit_units_stay_as_they_were_drawn() -> None:
    run = started("digits")
    layer = run.config.layers[0]
    values = forward_values(run, run.state_at(300), run.inputs, ["dense1.z", "dense1.a"])
    silent = dead(layer.output_activation, values["dense1.z"], values["dense1.a"])
    assert silent is not None
    before, after = (run.layout.view(run.state_at(t).parameters, "dense1.weight") for t in (0, 300))
    moved = np.linalg.norm(after - before, axis=1)
    units = silent.all(axis=0)
    assert 1 <= units.sum() <= 10
    assert moved[units].max() < moved[~units].min()


def test_the_convolution_makes_fewer_errors_than_the_dense_net_with_fewer_weights() -> None:
    sizes = [started(name).layout.size for name in ("digits", "digits_conv")]
    right = [
        sum(scores(name, t)[1].accuracy or 0 for t in (400, 500, 600, 800)) / 4 for name in ("digits", "digits_conv")
    ]
    assert (sizes, right[1] > right[0]) == ([2410, 1898], True)


def test_a_kernel_marks_its_stroke_wherever_it_lies() -> None:
    run = started("digits_conv")
    state, images = run.state_at(500), run.inputs[:50].reshape(-1, 8, 8)
    before, after = (
        forward_values(run, state, moved.reshape(-1, 64), ["conv2d1.a"])["conv2d1.a"]
        for moved in (images, np.roll(images, 1, axis=2))
    )
    np.testing.assert_allclose(after[..., 2:7], before[..., 1:6], rtol=0, atol=1e-12)


def test_the_angle_of_random_feedback_falls_below_a_right_one_and_goes_on_shrinking() -> None:
    run = started("feedback")
    turned = [layer_angles(run, run.trace_at(t))["dense1"] for t in range(600)]
    means = [float(np.mean(turned[start:end])) for start, end in ((0, 50), (100, 150), (200, 250), (400, 600))]
    assert means == sorted(means, reverse=True)
    assert means[0] == pytest.approx(136, abs=1)
    assert means[1] < 90
    assert max(turned[250:]) < 60
    assert means[3] < 40
    assert {layer_angles(run, run.trace_at(t))["dense2"] for t in (0, 300)} == {0.0}


def test_one_neuron_has_two_weights_and_a_bias() -> None:
    assert [p.shape for p in started("one_neuron").parameters] == [(1, 2), (1,)]


# --- expressions -----------------------------------------------------------------------------------------------------


def test_the_slopes_along_the_one_path_of_a_neuron_are_its_gradient() -> None:
    run = started("chain_rule")
    traced = run.trace_at(0)
    (path,) = paths(run, traced, "w", (), 0).paths
    assert [cell.value for cell in path.cells] == ["w", "v1", "z", "y", "v2", "loss"]
    assert math.prod(factor.number for factor in path.factors) == pytest.approx(float(traced["w.grad"]), rel=1e-14)


def test_micrograds_example_has_its_gradients_as_sums_of_contributions() -> None:
    traced = started("micrograd").trace_at(0)
    found = [f"{float(traced[name]):.4f}" for name in ("loss", "a.grad", "b.grad")]
    added = {step.output for step in traced.program.steps if step.op == "accumulate"}
    assert (found, {"a.grad", "b.grad"} <= added) == (["24.7041", "138.8338", "645.5773"], True)


def test_momentum_leads_through_the_valley_in_a_thirteenth_of_the_iterations() -> None:
    run = started("valley")
    plain = run.branch([{"iteration": 0, "set": {"optimizer.momentum": 0.0}}])
    assert [int(np.flatnonzero(r.losses(0, 2000) >= 0.01)[-1]) + 1 for r in (run, plain)] == [102, 1344]


def test_momentum_leads_along_rosenbrocks_floor_in_a_twelfth_of_the_iterations() -> None:
    run = started("rosenbrock")
    plain = run.branch([{"iteration": 0, "set": {"optimizer.momentum": 0.0}}])
    assert [int(np.flatnonzero(r.losses(0, 4000) >= 0.01)[-1]) + 1 for r in (run, plain)] == [318, 3925]


def test_a_thousandth_beside_the_ridge_of_the_saddle_is_enough_to_leave_it() -> None:
    beside, config = started("saddle"), BY_NAME["saddle"].config
    upon = Run(parse_config({**config, "inputs": {"x": -2, "y": 0}}))
    slowest = min(range(60), key=lambda t: float(np.hypot(*(beside.trace_at(t)[f"{k}.grad"] for k in "xy"))))
    assert (slowest, beside.losses(100, 101)[0] < 1e-5, upon.losses(2000, 2001)[0]) == (38, True, 0.25)


# --- sequences ---------------------------------------------------------------------------------------------------


def arriving(name: str, layer: str) -> float:
    """The gradient of the state after the first token over that after the last one, at the start."""
    traced = started(name).trace_at(0)
    first, last = (float(np.linalg.norm(traced[f"{layer}.h{moment}.grad"])) for moment in (1, 20))
    return first / last


def test_the_characters_are_first_guessed_by_how_common_they_are_and_then_known_by_heart() -> None:
    targets = started("characters").targets
    common = np.bincount(targets.ravel()).max() / targets.size
    early, late, end = (scores("characters", t) for t in (30, 200, 1000))
    assert common < (early[0].accuracy or 0) < 0.4
    assert [0.3 < (test.accuracy or 0) < 0.5 for _, test in (late, end)] == [True, True]
    assert (end[0].accuracy or 0) > 0.9
    assert end[1].loss > late[1].loss + 1


def test_the_gradient_of_the_first_token_fades_and_it_is_never_remembered() -> None:
    assert 1e-8 < arriving("forgetting", "rnn1") < 1e-6
    assert [(scores("forgetting", t)[1].accuracy or 0) < 0.35 for t in (300, 600, 1000)] == [True] * 3


def test_through_gates_much_more_of_it_arrives() -> None:
    assert arriving("remembering", "gru1") > 100 * arriving("forgetting", "rnn1")
    assert (scores("remembering", 100)[1].accuracy or 0) < 0.4


def test_a_network_that_forgets_and_one_that_remembers_differ_in_nothing_else() -> None:
    one, other = (dict(BY_NAME[name].config) for name in ("forgetting", "remembering"))
    kinds = [[layer["type"] for layer in config.pop("layers")] for config in (one, other)]
    assert kinds == [["embedding", "rnn", "dense"], ["embedding", "gru", "dense"]]
    assert one == other


def attention(name: str, iteration: int) -> np.ndarray[Any, Any]:
    """The attention weights, the mean over batch and heads."""
    weights: np.ndarray[Any, Any] = started(name).trace_at(iteration)["attention1.weights"].mean(axis=(0, 1))
    return weights


def test_to_sort_attention_stays_spread_over_all_positions() -> None:
    assert attention("transformer", 300).max() < 0.3


def test_to_turn_around_attention_gathers_at_the_mirrored_position() -> None:
    start, learned = (np.fliplr(attention("reversing", t)).diagonal() for t in (0, 200))
    assert start.mean() < 0.2
    assert learned.min() > 0.8
