"""What targets given inline mean beside a loss and a last layer: classes, or the numbers that they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.analysis.evaluation import evaluate
from engine.analysis.history import history
from engine.data.dataset import parse_data
from engine.foundation.errors import ConfigError

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def run_on(targets: Any, loss: str, activation: str = "identity", units: int = 1, **data: Any) -> Run:
    layers = [{"units": 3, "activation": "tanh"}, {"units": units, "activation": activation}]
    given = {"inputs": CORNERS, "targets": targets, **data}
    return Run(RunConfig.from_dict({"data": given, "layers": layers, "loss": loss}))


@pytest.mark.parametrize("activation", ["identity", "tanh"])
@pytest.mark.parametrize("targets", [[0, 1, 1, 0], [0, 1, 2, 3], [[0], [1], [2], [3]]])
def test_one_output_is_compared_with_whole_numbers_as_they_stand(targets: Any, activation: str) -> None:
    run = run_on(targets, "mse", activation)
    assert run.targets.tolist() == np.reshape(targets, (4, 1)).tolist()
    assert (run.data.task, run.classes) == ("regression", ())


def test_a_column_of_whole_numbers_is_split_without_regard_to_classes() -> None:
    inputs, targets = [[i] for i in range(40)], list(range(40))
    data = {"inputs": inputs, "targets": targets, "test_fraction": 0.25}
    run = Run(RunConfig.from_dict({"data": data, "layers": [{"units": 1}]}))
    assert (len(run.test_targets), run.test_targets.max() > 10) == (10, True)


@pytest.mark.parametrize(
    ("targets", "loss", "activation", "units"),
    [
        ([0, 1, 1, 0], "bce", "sigmoid", 1),
        ([[0], [1], [1], [0]], "bce", "sigmoid", 1),
        ([[0], [1], [1], [0]], "bce_with_logits", "identity", 1),
        ([0, 1, 1, 0], "mse", "sigmoid", 1),
        ([0, 1, 1, 0], "cross_entropy", "identity", 2),
        ([[0], [1], [1], [0]], "cross_entropy", "identity", 2),
        ([[1, 0], [0, 1], [0, 1], [1, 0]], "cross_entropy", "identity", 2),
        ([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [1, 0]], "cross_entropy", "identity", 2),
        ([[1, 0], [0, 1], [0, 1], [1, 0]], "mse", "softmax", 2),
    ],
)
def test_targets_of_classes_have_labels_however_they_are_written(
    targets: Any, loss: str, activation: str, units: int
) -> None:
    run = run_on(targets, loss, activation, units)
    scored = evaluate(run, 0)
    assert (run.classes, scored.batch.labels.tolist()) == (("0", "1"), [0, 1, 1, 0])  # type: ignore[union-attr]
    assert scored.train.confusion.sum(axis=1).tolist() == [2, 2]  # type: ignore[union-attr]


def test_classes_with_names_stay_classes_beside_a_loss_of_numbers() -> None:
    run = run_on([0, 1, 1, 0], "mse", "tanh", class_names=["no", "yes"])
    assert (run.classes, run.targets[:, 0].tolist()) == (("no", "yes"), [-1.0, 1.0, 1.0, -1.0])


def test_rows_that_are_not_one_hot_are_numbers() -> None:
    run = run_on([[1, 1], [0, 1], [0, 1], [1, 0]], "mse", units=2)
    assert (run.data.task, run.data.train_labels) == ("regression", None)


@pytest.mark.parametrize(
    ("targets", "loss", "activation", "units", "classes"),
    [
        ([0, 1, 0, 1], "cross_entropy", "identity", 4, ("0", "1", "2", "3")),
        ([0, 0, 0, 0], "cross_entropy", "identity", 2, ("0", "1")),
        ([0, 0, 0, 0], "bce", "sigmoid", 1, ("0", "1")),
    ],
)
def test_an_output_without_samples_is_a_class_that_can_be_predicted(
    targets: Any, loss: str, activation: str, units: int, classes: tuple[str, ...]
) -> None:
    run = run_on(targets, loss, activation, units)
    sign = [-1.0] * (units - 1) + [1.0]
    wrong = run.branch(
        [{"iteration": 0, "parameter": "dense2.bias", "index": [j], "value": 50 * v} for j, v in enumerate(sign)]
    )
    scored = evaluate(wrong, 0).train
    assert (wrong.classes, scored.accuracy) == (classes, 0.0)
    assert scored.confusion[:, -1].sum() == 4  # type: ignore[index]
    assert history(wrong, 0, 1).points[0].accuracy == 0.0


@pytest.mark.parametrize(
    "targets", [[0, 1, 1, 0], [0, 1, 2, 3], [[0], [1], [1], [0]], [[1, 0], [0, 1], [0, 1], [1, 0]]]
)
@pytest.mark.parametrize("loss", ["mse", "bce_with_logits", "cross_entropy"])
def test_a_normalized_configuration_means_the_same_again(targets: Any, loss: str) -> None:
    units = 4 if loss == "cross_entropy" and np.ndim(targets) == 1 else np.reshape(targets, (4, -1)).shape[1]
    layers = [{"units": 2 if loss == "cross_entropy" and units == 1 else units}]
    config = RunConfig.from_dict({"data": {"inputs": CORNERS, "targets": targets}, "layers": layers, "loss": loss})
    assert RunConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize("given", [[1.0], [1.0, 0.0], [1.0, -2.0], "mean", [1.0, "two"], [float("inf"), 1.0]])
def test_a_scale_of_targets_is_a_mean_and_a_deviation_above_0(given: Any) -> None:
    with pytest.raises(ConfigError) as error:
        parse_data({"inputs": [[1.0], [2.0]], "targets": [[0.5], [1.5]], "target_scale": given})
    assert error.value.path.startswith("data.target_scale")


def test_classes_with_names_have_no_scale() -> None:
    with pytest.raises(ConfigError, match="targets that are numbers"):
        parse_data({"inputs": [[1.0], [2.0]], "targets": ["a", "b"], "target_scale": [0.0, 2.0]})


def test_a_scale_of_targets_is_kept_and_data_without_one_say_nothing_of_it() -> None:
    plain = {"inputs": [[1.0], [2.0]], "targets": [[0.5], [1.5]]}
    kept = parse_data(parse_data(plain | {"target_scale": [3, 2]}).to_dict())
    assert (kept.target_scale, "target_scale" in parse_data(plain).to_dict()) == ((3.0, 2.0), False)
