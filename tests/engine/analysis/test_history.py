"""The course of a run, its scores, its pictures in bulk, and where it stops being finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.animation import frames
from engine.analysis.divergence import lost_in
from engine.analysis.evaluation import LISTED, evaluate, mean_loss, outputs, predict, row_losses
from engine.analysis.history import history, slices
from engine.analysis.input_plane import boundary, maps
from engine.analysis.layer_statistics import gradient_norms, layer_figures, update_ratios
from engine.foundation.errors import RangeError, ShapeError
from engine.program.shelf import EVALUATIONS
from engine.update.early_stopping import Stop
from tests.engine.support.models import OPTIMIZERS, inline, run_of


def diverging() -> dict[str, Any]:
    return {"optimizer": {"type": "sgd", "learning_rate": 1e3}, "layers": [{"units": 4}, {"units": 1}]}


def test_the_history_is_the_loss_of_every_trace() -> None:
    run = run_of()
    found = history(run, 60, 70)
    assert found.loss.tolist() == [float(run.trace_at(t)["loss"]) for t in range(60, 70)]


def test_the_history_in_slices_is_the_history() -> None:
    whole = history(run_of(), 0, 600, every=50)
    parts = list(slices(run_of(), 0, 600, every=50))
    assert np.concatenate([p.loss for p in parts]).tolist() == whole.loss.tolist()
    assert tuple(point for p in parts for point in p.points) == whole.points
    assert [p.iteration for p in whole.points] == list(range(0, 600, 50))


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_early_stopping_looks_at_every_epoch_wherever_the_history_begins(patience: int) -> None:
    layers = [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "tanh"}]
    settings: dict[str, Any] = {"optimizer": {"type": "sgd", "learning_rate": 1.2, "momentum": 0.5}, "batch_size": 35}
    run = run_of(layers=layers, **settings, early_stopping={"patience": patience, "monitor": "train_loss"})
    epochs = range(0, 100, run.batches.per_epoch)
    losses = [mean_loss(run, run.state_at(t)) for t in epochs]
    waits = (
        i
        for i in range(patience, len(losses))
        if min(losses[i - patience + 1 : i + 1]) >= min(losses[: i - patience + 1])
    )
    first = next(waits)
    best = int(np.argmin(losses[: first + 1]))
    assert history(run, 90, 100).stop == Stop(epochs[first], epochs[best])


def test_what_a_jump_went_through_is_not_trained_again_for_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    edits = [{"iteration": 100, "set": {"optimizer.learning_rate": 0.01}}]
    expected = history(run_of(edits=edits), 0, 256).loss
    run, trained, advance = run_of(edits=edits), [], Run.advance
    run.state_at(300)

    def noted(run: Run, start: int, end: int, state: Any, *rest: Any) -> Any:
        trained.append((start, end))
        return advance(run, start, end, state, *rest)

    monkeypatch.setattr(Run, "advance", noted)

    found = history(run, 0, 256, every=1000).loss

    assert found.tobytes() == expected.tobytes()
    assert trained == [(64, 100), (100, 128)]  # the stride with an edit in it, which the jump had in two pieces


def test_scores_are_taken_once_an_epoch_and_more_rarely_over_long_ranges() -> None:
    run = run_of(batch_size=70)
    assert [p.iteration for p in history(run, 0, 8).points] == [0, 2, 4, 6]
    assert len(history(run, 0, 1000).points) == 125


def test_a_branch_has_the_history_of_its_parent_up_to_the_edit() -> None:
    run = run_of()
    branch = run.branch([{"iteration": 70, "set": {"optimizer.learning_rate": 0.3}}])
    ours, theirs = history(run, 0, 100).loss, history(branch, 0, 100).loss
    assert ours[:71].tolist() == theirs[:71].tolist()
    assert ours[71] != theirs[71]


def test_divergence_is_told_at_its_first_step() -> None:
    run = run_of(**diverging())
    found = history(run, 0, 400).first_nonfinite
    assert found is not None
    assert found.step is not None
    traced = run.trace_at(found.iteration)
    assert not np.isfinite(traced[found.value]).all()
    before = traced.program.steps[: found.step.index]
    assert all(np.isfinite(traced[step.output]).all() for step in before)
    assert all(lost_in(run.trace_at(t)) is None for t in range(found.iteration))


def test_numbers_stay_in_the_history_when_they_are_not_finite() -> None:
    losses = history(run_of(**diverging()), 0, 400).loss
    assert np.isfinite(losses[0])
    assert np.isnan(losses[-1])


def test_a_run_that_behaves_has_no_divergence() -> None:
    assert history(run_of(), 0, 100).first_nonfinite is None


@pytest.mark.parametrize(("start", "end"), [(5, 5), (9, 3), (-1, 4)])
def test_an_empty_or_backward_range_is_refused(start: int, end: int) -> None:
    with pytest.raises(RangeError, match="from and to"):
        history(run_of(), start, end)


def test_the_evaluation_counts_every_row_once() -> None:
    run = run_of(loss="cross_entropy", layers=[{"units": 6, "activation": "relu"}, {"units": 2}])
    found = evaluate(run, 200)
    assert found.train.confusion is not None
    assert found.test is not None
    assert found.test.confusion is not None
    assert (found.train.confusion.sum(), found.test.confusion.sum()) == (140, 60)
    assert found.train.accuracy == pytest.approx(np.trace(found.train.confusion) / 140)
    assert found.batch.probabilities is not None
    np.testing.assert_allclose(found.batch.probabilities.sum(axis=1), 1, rtol=1e-12)


def test_the_loss_of_a_full_batch_is_the_loss_over_the_training_set() -> None:
    run = run_of(batch_size=None)
    assert evaluate(run, 7).train.loss == float(run.trace_at(7)["loss"])


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "bce_with_logits", "hinge", "focal", "cross_entropy"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_losses_of_the_rows_have_the_loss_of_the_batch_as_their_mean(loss: str, dtype: str) -> None:
    run = run_of(loss=loss, dtype=dtype, layers=[{"units": 2 if loss == "cross_entropy" else 1}])
    losses = evaluate(run, 9).batch.losses
    assert losses is not None
    rows = len(run.trace_at(9)["batch.indices"])
    assert (losses.shape, len(set(losses.tolist())) > 1) == ((rows,), True)
    assert losses.mean() == pytest.approx(float(run.trace_at(9)["loss"]), rel=1e-5 if dtype == "float32" else 1e-12)


def test_with_class_weights_the_loss_of_the_batch_is_the_weighted_mean_of_the_rows() -> None:
    run = run_of(loss={"type": "cross_entropy", "weight": [1.0, 3.0]}, layers=[{"units": 2}])
    traced, losses = run.trace_at(9), evaluate(run, 9).batch.losses
    assert losses is not None
    weights = np.array([1.0, 3.0])[traced["target"]]
    assert len(set(weights)) == 2
    assert np.average(losses, weights=weights) == pytest.approx(float(traced["loss"]), rel=1e-12)


def test_the_loss_of_a_row_is_that_of_its_outputs_and_targets() -> None:
    run = run_of(loss="mse")
    traced = run.trace_at(4)
    errors = traced[traced.program.prediction] - traced["target"]
    losses = row_losses(run, traced[traced.program.prediction], traced["target"])
    np.testing.assert_allclose(losses, (errors**2).mean(axis=1), rtol=1e-12)


def test_the_outputs_of_a_regression_are_given_row_by_row() -> None:
    run = run_of(data={"name": "sine"})
    found = evaluate(run, 6)
    assert found.test is not None
    state = run.state_at(6)
    given = [found.train.outputs, found.test.outputs]
    assert [None if rows is None else rows.tolist() for rows in given] == [
        outputs(run, state, inputs).tolist() for inputs in (run.inputs, run.test_inputs)
    ]


def test_rows_past_the_limit_are_not_listed() -> None:
    x = np.linspace(-1, 1, LISTED + 1)[:, None]
    found = evaluate(run_of(data=inline(x, 2 * x), layers=[{"units": 1}], batch_size=None), 0)
    assert (found.train.outputs, found.batch.losses) == (None, None)


def test_a_perfect_line_has_r2_one() -> None:
    x = np.linspace(-1, 1, 9)[:, None]
    layers = [{"units": 1, "weight": [[2.0]], "bias_values": [0.5]}]
    run = run_of(data=inline(x, 2 * x + 0.5), layers=layers, batch_size=None)
    assert evaluate(run, 0).train.r2 == pytest.approx(1)


def test_predictions_scale_new_inputs_as_the_training_data() -> None:
    run = run_of(data={"name": "iris"}, loss="cross_entropy", layers=[{"units": 3}])
    raw = run.inputs[:5] * run.data.std + run.data.mean
    np.testing.assert_allclose(predict(run, 30, raw), outputs(run, run.state_at(30), run.inputs[:5]), rtol=1e-12)


def test_predictions_of_any_number_of_rows_leave_only_a_few_programs_behind() -> None:
    run, row = run_of(), np.array([[0.5, 0.25]])
    first = predict(run, 3, row)

    for rows in range(1, 40):
        assert len(predict(run, 3, np.repeat(row, rows, axis=0))) == rows

    assert len(run.shelf.evaluations) == EVALUATIONS
    assert predict(run, 3, row).tobytes() == first.tobytes()


def test_inputs_of_the_wrong_width_are_refused() -> None:
    with pytest.raises(ShapeError, match="rows of 2 numbers"):
        predict(run_of(), 0, np.zeros((1, 3)))


def test_the_boundary_is_the_model_at_the_grid_points() -> None:
    run = run_of()
    where, found = boundary(run, 25, 7)
    assert where.y is not None
    assert found.shape == (7, 7, 1)
    at = np.array([[where.x[5], where.y[2]]])
    assert found[2, 5, 0] == pytest.approx(float(predict(run, 25, at)[0, 0]), rel=1e-12)


def test_maps_show_the_inputs_themselves_and_every_unit() -> None:
    run = run_of()
    where, found = maps(run, 25, 5)
    assert {name: values.shape for name, values in found.items()} == {
        "x": (2, 5, 5),
        "dense1.a": (4, 5, 5),
        "dense2.a": (3, 5, 5),
        "dense3.a": (1, 5, 5),
    }
    np.testing.assert_array_equal(found["x"][0][3], where.x)


def test_one_input_gives_a_curve_and_three_give_no_picture() -> None:
    assert boundary(run_of(data={"name": "sine"}), 0, 9)[1].shape == (9, 1)
    with pytest.raises(RangeError, match="4 inputs"):
        boundary(run_of(data={"name": "iris"}, layers=[{"units": 3}], loss="cross_entropy"), 0, 9)


def test_frames_are_the_traces_stacked() -> None:
    run = run_of(optimizer=OPTIMIZERS["adam"])
    found = frames(run, 20, 30, stride=3, sample=2, resolution=6)
    assert found["iteration"].tolist() == [20, 23, 26, 29]
    assert {len(values) for values in found.values()} == {4}
    for row, t in enumerate((20, 23, 26, 29)):
        traced = run.trace_at(t)
        np.testing.assert_array_equal(found["dense2.weight"][row], traced["dense2.weight"])
        np.testing.assert_array_equal(found["dense1.a"][row], traced["dense1.a"][2])
        assert found["gradient_norms/dense1"][row] == layer_figures(run, traced)["dense1"].gradient_norm


def test_frames_without_a_sample_show_the_mean_of_the_batch() -> None:
    run = run_of()
    found, traced = frames(run, 3, 4), run.trace_at(3)
    np.testing.assert_allclose(found["dense1.a"][0], traced["dense1.a"].mean(axis=0))
    np.testing.assert_allclose(found["dense1.z.grad"][0], traced["dense1.bias.grad"], rtol=1e-12)


def test_norms_and_ratios_are_those_of_the_arrays() -> None:
    run = run_of()
    traced = run.trace_at(11)
    for p in run.parameters:
        gradient, update = traced[f"{p.name}.grad"], traced[f"{p.name}.update"]
        assert gradient_norms(run, traced)[p.name] == pytest.approx(float(np.linalg.norm(gradient)))
        ratio = float(np.linalg.norm(update) / np.linalg.norm(traced[p.name]))
        assert update_ratios(run, traced)[p.name] == pytest.approx(ratio)


def test_penalty_and_clipped_gradient_of_a_layer_have_norms() -> None:
    run = run_of(regularization={"l1": 0.1, "l2": 0.3}, clip={"norm": 0.01})
    traced = run.trace_at(5)
    figures = layer_figures(run, traced)["dense2"]
    penalty = traced["dense2.weight.total_grad"] - traced["dense2.weight.grad"]
    clipped = [traced[f"dense2.{name}.clipped_grad"].ravel() for name in ("weight", "bias")]
    wanted = (float(np.linalg.norm(penalty)), float(np.linalg.norm(np.concatenate(clipped))))
    assert (figures.penalty_norm, figures.clipped_norm) == pytest.approx(wanted)


def test_without_penalty_and_clipping_there_are_no_norms_of_them() -> None:
    figures = layer_figures(run_of(), run_of().trace_at(5)).values()
    assert [(f.penalty_norm, f.clipped_norm) for f in figures] == [(None, None)] * len(figures)


def test_dead_units_are_counted() -> None:
    layers = [
        {"units": 2, "activation": "relu", "weight": [[1.0], [1.0]], "bias_values": [-9.0, 1.0]},
        {"units": 1},
    ]
    run = run_of(data=inline([[0.0], [2.0]], [[0.0], [1.0]]), layers=layers, batch_size=None)
    assert layer_figures(run, run.trace_at(0))["dense1"].dead == 0.5
