"""Targets that are texts, or true and false: classes by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.foundation.errors import ConfigError

INPUTS = [[0.1], [0.9], [0.2], [0.7]]


def config(targets: Any, loss: str = "cross_entropy", units: int = 3, **data: Any) -> RunConfig:
    given = {"inputs": INPUTS, "targets": targets, **data}
    return RunConfig.from_dict({"data": given, "layers": [{"units": units}], "loss": loss})


@pytest.mark.parametrize(
    "targets",
    [["dog", "cat", "emu", "cat"], [["dog"], ["cat"], ["emu"], ["cat"]], np.array(["dog", "cat", "emu", "cat"])],
)
def test_texts_become_classes_in_the_order_of_their_names_as_in_scikit_learn(targets: Any) -> None:
    data = config(targets).to_dict()["data"]

    assert (data["targets"], data["class_names"]) == ([1, 0, 2, 0], ["cat", "dog", "emu"])


def test_scikit_learn_counts_them_the_same() -> None:
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    labels = ["b", "A", "a", "10"]
    encoder = preprocessing.LabelEncoder().fit(labels)

    data = config(labels, units=4).to_dict()["data"]

    assert (data["targets"], data["class_names"]) == (encoder.transform(labels).tolist(), encoder.classes_.tolist())


def test_given_names_say_the_order_and_may_be_more_than_there_are() -> None:
    data = config(["dog", "cat", "dog", "cat"], class_names=["dog", "emu", "cat"]).to_dict()["data"]

    assert (data["targets"], data["class_names"]) == ([0, 2, 0, 2], ["dog", "emu", "cat"])


@pytest.mark.parametrize("targets", [[True, False, True, True], np.array([True, False, True, True]), [np.True_] * 4])
def test_true_and_false_are_two_classes_also_where_one_is_missing(targets: Any) -> None:
    run = Run(config(targets, "bce_with_logits", 1))

    assert (run.classes, run.targets[:, 0].tolist()) == (("false", "true"), [float(t) for t in targets])


def test_the_normal_form_is_a_configuration_of_the_same_id() -> None:
    first = config(["dog", "cat", "emu", "cat"])

    assert RunConfig.from_dict(first.to_dict()).id == first.id


@pytest.mark.parametrize(
    ("targets", "more", "path", "message"),
    [
        (["a", 1, "a", "b"], {}, "data.targets[1]", "labels are all of one kind; row 0 is a text, row 1 is 1"),
        ([1, "a", "b", "b"], {}, "data.targets[0]", "labels are all of one kind; others are texts, row 0 is 1"),
        ([True, 0, 1, 1], {}, "data.targets[1]", "labels are all of one kind; row 0 is true or false, row 1 is 0"),
        (
            ["dog", "cta", "dog", "dog"],
            {"class_names": ["cat", "dog"]},
            "data.targets[1]",
            "'cta' is none of the class_names; there are cat, dog",
        ),
        (["", "a", "b", "a"], {}, "data.class_names[0]", "a name is a text that is not empty; given ''"),
    ],
)
def test_what_is_no_label_is_refused_with_its_row(targets: Any, more: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config(targets, **more)

    assert (refused.value.path, refused.value.message) == (path, message)
