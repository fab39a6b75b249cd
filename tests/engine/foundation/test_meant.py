"""What is said of a name that is not known: other people's words lead to ours, and slips to what was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from engine import RunConfig
from engine.config.run_config import RUN_OPTIONS
from engine.data import DATASETS
from engine.foundation.errors import ConfigError
from engine.foundation.meant import ELSEWHERE, WORDS, meant, unknown
from engine.model.activations import ACTIVATIONS
from engine.model.initializers import INITIALIZERS
from engine.model.layers import LAYERS
from engine.model.losses import LOSSES
from engine.update.clipping import CLIP_OPTIONS
from engine.update.optimizers import OPTIMIZERS
from engine.update.penalties import REGULARIZATION_OPTIONS
from engine.update.schedules import SCHEDULES

REGISTRIES: dict[str, Mapping[str, Any]] = {
    "layers": LAYERS,
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "initializers": INITIALIZERS,
    "datasets": DATASETS,
}
FIELDS = ("units", "data", "layers", "loss", "optimizer", "schedule", "regularization", "clip", "features", "inputs")
OURS = {
    *FIELDS,
    "targets",
    "name",
    "activation",
    "initializer",
    "bias_initializer",
    "return_sequence",
    "heads",
    "frozen",
}
NET: dict[str, Any] = {"data": {"name": "circle"}, "layers": [{"units": 1}]}


def classes_of(kind: Any) -> list[str]:
    """PyTorch's classes that an entry says it matches."""
    source = getattr(kind, "source", "") or kind.op.source
    return re.findall(r"\b(?:nn|optim|lr_scheduler)\.(?!functional|utils|init|lr_)([A-Z]\w+)", source)


MATCHES = [
    (registry, name, theirs)
    for registry, kinds in REGISTRIES.items()
    if registry not in ("datasets", "initializers")  # whose sources name the layers that start so
    for name, kind in kinds.items()
    for theirs in classes_of(kind)
]


@pytest.mark.parametrize(("registry", "name", "theirs"), MATCHES, ids=str)
def test_the_name_of_pytorchs_class_leads_to_the_entry_that_matches_it(registry: str, name: str, theirs: str) -> None:
    others = {ours for where, ours, word in MATCHES if (where, word) == (registry, theirs)}

    assert theirs in REGISTRIES[registry] or meant(theirs, REGISTRIES[registry]) in {name, *others}


def test_most_of_the_registries_name_a_class_of_pytorchs() -> None:
    assert len(MATCHES) > 40


@pytest.mark.parametrize(
    ("registry", "given", "name"),
    [
        ("layers", "Linear", "dense"),
        ("layers", "Dense", "dense"),
        ("layers", "MaxPooling2D", "max_pool2d"),
        ("layers", "BatchNormalization", "batch_norm"),
        ("layers", "BatchNorm2d", "batch_norm"),
        ("layers", "MultiHeadAttention", "attention"),
        ("layers", "GlobalAveragePooling2D", "global_avg_pool"),
        ("activations", "ReLU", "relu"),
        ("activations", "relu ", "relu"),
        ("activations", "Tanh", "tanh"),
        ("activations", "thanh", "tanh"),
        ("activations", "linear", "identity"),
        ("activations", "swish", "silu"),
        ("activations", "hard_sigmoid", "hardsigmoid"),
        ("losses", "MSELoss", "mse"),
        ("losses", "mean_squared_error", "mse"),
        ("losses", "L1Loss", "mae"),
        ("losses", "categorical_crossentropy", "cross_entropy"),
        ("losses", "SparseCategoricalCrossentropy", "cross_entropy"),
        ("losses", "sigmoid_cross_entropy", "bce_with_logits"),
        ("losses", "BCEWithLogitsLoss", "bce_with_logits"),
        ("losses", "binary_crossentropy", "bce"),
        ("losses", "KLDivLoss", "kl_div"),
        ("optimizers", "Adam", "adam"),
        ("optimizers", "RMSProp", "rmsprop"),
        ("optimizers", "gradient descent", "sgd"),
        ("schedules", "MultiStepLR", "multi_step"),
        ("schedules", "ReduceLROnPlateau", "plateau"),
        ("schedules", "linear_lr", "linear"),
        ("initializers", "glorot_uniform", "xavier_uniform"),
        ("initializers", "he_normal", "kaiming_normal"),
        ("datasets", "make_moons", "moons"),
        ("datasets", "mnist", "digits"),
    ],
)
def test_words_of_keras_and_of_textbooks_lead_to_ours(registry: str, given: str, name: str) -> None:
    assert meant(given, REGISTRIES[registry]) == name


def _message(change: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as refused:
        RunConfig.from_dict(NET | change)
    return refused.value.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": [{"neurons": 3}]}, "unknown field 'neurons'; did you mean units? Allowed here: "),
        ({"layers": [{"hidden_size": 3}]}, "unknown field 'hidden_size'; did you mean units? Allowed here: "),
        (
            {"layers": [{"type": "ReLU"}]},
            "unknown layer type 'ReLU'; it is an activation: give it to a layer, or write",
        ),
        (
            {"layers": [{"units": 1, "activation": "prelu"}]},
            "unknown activation 'prelu'; it is a layer, as it learns its slope: ",
        ),
        ({"layers": [{"units": 1, "in_features": 2}]}, "unknown field 'in_features'; what a layer takes is known from"),
        ({"optimizer": {"lr": 0.1}}, "unknown field 'lr'; did you mean learning_rate? Allowed here: learning_rate, "),
        ({"layers": [4, 1]}, 'a layer is an object, dense without a type, like {"units": 4}; given 4'),
        ({"layers": ["Linear(2,4)"]}, 'a layer is an object, dense without a type, like {"units": 4}; given \'Linear'),
        ({"lr": 0.1}, "unknown field 'lr'; the rate belongs to the optimizer, as in "),
        ({"epochs": 10}, "unknown field 'epochs'; a run has no end: ask for any of its iterations; a run has data, "),
        ({"criterion": "mse"}, "unknown field 'criterion'; did you mean loss? A run has "),
        (
            {"data": {"name": "circle", "n_samples": 9}},
            "unknown field 'n_samples'; did you mean samples? Allowed here: ",
        ),
        ({"data": {"X": [[1]], "targets": [1]}}, "inline data has inputs and targets; inputs is missing"),
        ({"dtype": "Float64"}, "dtype is one of float64, float32 (did you mean float64?); given 'Float64'"),
        (
            {"edits": [{"iteration": 1, "set": {"optimizer.lr": 0.1}}]},
            "optimizer.lr cannot be set during a run (did you mean optimizer.learning_rate?); with sgd you can set ",
        ),
        ({"loss": "xyzzy"}, "unknown loss 'xyzzy'; there are mse, "),
    ],
)
def test_a_message_says_what_was_given_what_was_probably_meant_and_what_there_is(change, words: str) -> None:
    assert _message(change).startswith(words)


def test_every_word_of_the_table_leads_somewhere() -> None:
    settings = {option.name for kinds in REGISTRIES.values() for kind in kinds.values() for option in kind.options}
    run = {option.name for option in (*RUN_OPTIONS, *CLIP_OPTIONS, *REGULARIZATION_OPTIONS)}
    known = {*settings, *run, *OURS, *(name for kinds in REGISTRIES.values() for name in kinds)}
    known |= {"test_fraction", "standardize"}  # of all data

    assert {word: names for word, names in WORDS.items() if known.isdisjoint(names)} == {}


def test_every_word_is_written_as_it_is_looked_for() -> None:
    assert [word for word in (*WORDS, *ELSEWHERE) if re.search(r"[^a-z0-9]", word)] == []


@pytest.mark.parametrize("given", ["", "  ", "§", "x" * 10_000, 3, None, ["relu"]])
def test_what_is_no_name_is_no_riddle(given: Any) -> None:
    assert unknown("unknown thing", given, ["relu", "tanh"]) == "unknown thing; there are relu, tanh"
