"""Sequences: what is asked of each, what is known before they are made, and runs that train on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.analysis.evaluation import evaluate
from engine.data import DATASETS, Dataset, load, parse_data
from engine.data.dataset_kind import Raw
from engine.data.sequences import BLANK, SEQUENCES, SPACE, characters, copied, text
from engine.foundation.errors import ConfigError
from engine.foundation.random_streams import generator

NAMES = [kind.name for kind in SEQUENCES]
OF_TOKENS = [name for name in NAMES if name != "wave"]


def loaded(name: str, seed: int = 0, **options: Any) -> Dataset:
    return load(parse_data({"name": name, **options}), seed)


def drawn(name: str, **options: Any) -> Raw:
    spec = parse_data({"name": name, "samples": 60, **options})
    settings = {option: value for option, value in spec.options if option != "test_fraction"}
    return DATASETS[name].generate(generator(0, "data"), **settings)


def at_each_position(units: int, length: int, loss: str = "cross_entropy", **fields: Any) -> dict[str, Any]:
    """A model that looks at every position by itself, given a number there."""
    layers = [{"type": "reshape", "shape": [length, 1]}, {"units": 6, "activation": "tanh"}, {"units": units}]
    return {"layers": layers, "loss": loss, "batch_size": 5, **fields}


# --- what they are -----------------------------------------------------------------------------------------------


def test_a_copy_comes_after_its_delay_and_blanks_before() -> None:
    assert copied(np.array([[3, 1, 2, 2]]), 2).tolist() == [[0, 0, 3, 1]]
    assert copied(np.array([[3, 1, 2, 2]]), 0).tolist() == [[3, 1, 2, 2]]


def test_the_copy_task_draws_no_blank() -> None:
    raw = drawn("copy", delay=2, tokens=3)
    assert set(raw.inputs.ravel()) == {1, 2, 3}
    assert np.array_equal(raw.targets, copied(raw.inputs.astype(int), 2))


def test_reverse_is_the_sequence_backwards() -> None:
    raw = drawn("reverse")
    assert np.array_equal(raw.targets[:, ::-1], raw.inputs)


def test_sort_has_the_same_tokens_in_ascending_order() -> None:
    raw = drawn("sort")
    assert np.array_equal(raw.targets, np.sort(raw.inputs, axis=1))


def test_parity_says_whether_the_number_of_ones_is_odd() -> None:
    raw = drawn("parity")
    assert np.array_equal(raw.targets, raw.inputs.sum(axis=1) % 2)
    assert set(raw.inputs.ravel()) == {0, 1}


def test_the_first_token_is_what_is_asked_for() -> None:
    raw = drawn("first_token")
    assert np.array_equal(raw.targets, raw.inputs[:, 0])


def test_a_wave_without_noise_goes_on_as_its_targets_say() -> None:
    raw = drawn("wave", noise=0)
    assert np.array_equal(raw.targets[:, :-1], raw.inputs[:, 1:])
    turn = (raw.inputs[:, 2:] + raw.inputs[:, :-2]) / raw.inputs[:, 1:-1]  # 2 cos(2 pi / P) all along a row
    assert np.abs(turn - np.median(turn, axis=1, keepdims=True)).max() < 1e-9


def test_noise_moves_a_wave_and_what_follows_alike() -> None:
    exact, noisy = drawn("wave", noise=0), drawn("wave", noise=0.2)
    assert np.std(noisy.inputs - exact.inputs) == pytest.approx(0.2, rel=0.1)
    assert np.array_equal(noisy.targets[:, :-1], noisy.inputs[:, 1:])


def test_the_text_is_plain_and_long_enough() -> None:
    assert 1_500 < len(text()) < 3_000
    assert set(text()) <= set("abcdefghijklmnopqrstuvwxyz ,.")
    assert characters()[:3] == (SPACE, ",", ".")


def test_windows_of_the_text_put_together_are_the_text_and_targets_are_one_further() -> None:
    data = loaded("text", length=16)
    order = np.argsort(data.rows)
    inputs, targets = (
        np.concatenate(parts)[order].astype(int).ravel()
        for parts in ((data.train_inputs, data.test_inputs), (data.train_targets, data.test_targets))
    )
    names = [" " if name == SPACE else name for name in data.classes]
    assert "".join(names[i] for i in inputs) == text()[: len(inputs)]
    assert "".join(names[i] for i in targets) == text()[1 : len(targets) + 1]


@pytest.mark.parametrize("length", [3, 7, 20, 200])
def test_the_rows_of_a_text_are_known_from_the_length(length: int) -> None:
    spec = parse_data({"name": "text", "length": length})
    data = load(spec, 0)
    assert (len(data.rows), len(spec.columns)) == (spec.rows, length)


# --- what is known before they are made --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_are_what_was_known_of_them(name: str) -> None:
    spec = parse_data({"name": name, "length": 6})
    data, meaning = load(spec, 1), spec.meaning
    assert data.meaning == meaning
    assert len(data.rows) == spec.rows
    assert data.train_inputs.shape[1] == len(spec.columns) == len(set(spec.columns)) == 6
    assert data.train_targets.shape[1:] == ((6,) if meaning.positions else ())
    assert (data.train_labels is None) == (not meaning.classes) == (data.task == "regression")


@pytest.mark.parametrize("name", OF_TOKENS)
def test_tokens_are_whole_numbers_with_a_name_each_and_so_are_labels(name: str) -> None:
    data = loaded(name)
    tokens = data.meaning.tokens or ()
    assert np.array_equal(data.train_inputs, np.floor(data.train_inputs))
    assert 0 <= data.train_inputs.min() <= data.train_inputs.max() < len(tokens)
    assert data.train_targets.dtype == np.int64
    assert data.train_targets.max() < len(data.classes)
    assert len(set(tokens)) == len(tokens)
    assert (set(data.mean), set(data.std)) == ({0}, {1})


def test_vocabularies_are_called_by_letters_and_follow_the_options() -> None:
    found = {
        name: parse_data({"name": name, "tokens": 3}).meaning.tokens
        for name in ("copy", "reverse", "sort", "first_token")
    }
    letters = ("a", "b", "c")
    assert found == {"copy": (BLANK, *letters), "reverse": letters, "sort": letters, "first_token": letters}


def test_sequences_with_one_label_are_split_by_class_and_others_anyhow() -> None:
    one, each = loaded("parity", samples=100), loaded("sort", samples=100)
    assert (len(one.test_inputs), len(each.test_inputs)) == (30, 30)
    share = [np.bincount(labels)[1] / len(labels) for labels in (one.train_labels, one.test_labels)]  # type: ignore[arg-type]
    assert share[0] == pytest.approx(share[1], abs=0.02)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "text"])
def test_a_seed_gives_the_same_sequences_and_another_seed_does_not(name: str) -> None:
    first = loaded(name, 3).train_inputs
    load.cache_clear()
    assert np.array_equal(loaded(name, 3).train_inputs, first)
    assert not np.array_equal(loaded(name, 4).train_inputs, first)


def test_only_digits_are_images() -> None:
    images = {name: kind.usual.image for name, kind in DATASETS.items() if kind.usual.image}
    assert images == {"digits": (1, 8, 8)}


# --- runs --------------------------------------------------------------------------------------------------------


def test_a_token_at_each_position_is_learned_and_scored_position_by_position() -> None:
    data = {"name": "copy", "samples": 40, "length": 6, "tokens": 3, "delay": 0}
    optimizer = {"type": "adam", "learning_rate": 0.05}
    run = Run(RunConfig.from_dict(at_each_position(4, 6, data=data, optimizer=optimizer)))
    found = evaluate(run, 300)
    assert (run.inputs.shape, run.targets.shape, run.classes) == ((28, 6), (28, 6), (BLANK, "a", "b", "c"))
    assert found.train.accuracy == 1
    assert found.train.confusion is not None
    assert found.train.confusion.sum() == 28 * 6
    assert found.batch.labels is not None
    assert len(found.batch.labels) == 5 * 6


def recurrent(name: str, tokens: int, units: int, **data: Any) -> Run:
    """A recurrent network over the embedded tokens of a set, with an output at each position."""
    layers = [{"type": "embedding", "tokens": tokens, "units": 8}, {"type": "rnn", "units": units}, {"units": tokens}]
    optimizer = {"type": "adam", "learning_rate": 0.02}
    config = {"data": {"name": name, **data}, "layers": layers, "loss": "cross_entropy", "batch_size": 20}
    return Run(RunConfig.from_dict({**config, "optimizer": optimizer}))


def test_a_recurrent_network_keeps_tokens_in_mind_until_they_are_asked_for() -> None:
    run = recurrent("copy", 5, 24)
    found = evaluate(run, 300)
    assert run.inputs.dtype == np.int64
    assert found.test is not None
    assert (found.test.accuracy or 0) > 0.95


def test_a_recurrent_network_learns_more_of_the_text_than_its_commonest_character() -> None:
    found = evaluate(recurrent("text", len(characters()), 32), 300).test
    assert found is not None
    assert found.confusion is not None
    commonest = found.confusion.sum(axis=1).max() / found.confusion.sum()
    assert (found.accuracy or 0) > 1.5 * commonest


def test_a_position_by_itself_cannot_know_what_came_before() -> None:
    data = {"name": "copy", "samples": 200, "length": 8, "delay": 2}
    run = Run(RunConfig.from_dict(at_each_position(5, 8, data=data, optimizer={"type": "adam", "learning_rate": 0.05})))
    found = evaluate(run, 300)
    assert found.test is not None
    assert (found.test.accuracy or 1) < 0.5


@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_a_wave_has_a_number_at_each_position_or_a_row_of_them(loss: str) -> None:
    data = {"name": "wave", "samples": 20, "length": 6}
    each = Run(RunConfig.from_dict(at_each_position(1, 6, loss, data=data)))
    rows = Run(RunConfig.from_dict({"data": data, "layers": [{"units": 6}], "loss": loss}))
    assert (each.targets.shape, rows.targets.shape) == ((14, 6, 1), (14, 6))
    assert np.array_equal(each.targets[..., 0], rows.targets)


def test_a_label_for_the_whole_sequence_takes_a_row_of_outputs() -> None:
    config = {"data": {"name": "parity", "length": 3}, "layers": [{"units": 8, "activation": "tanh"}, {"units": 1}]}
    run = Run(RunConfig.from_dict({**config, "optimizer": {"type": "adam", "learning_rate": 0.03}}))
    assert evaluate(run, 800).train.accuracy == 1


@pytest.mark.parametrize(
    ("data", "layers", "message"),
    [
        (
            {"name": "sort", "length": 5},
            [{"units": 4}],
            "the data has 5 targets a sample, one at each position, and dense1 gives one output; "
            "begin with an embedding layer, and let the layers after it keep the positions",
        ),
        (
            {"name": "parity", "length": 5},
            [{"type": "reshape", "shape": [5, 1]}, {"units": 2}],
            "dense1 gives an output at each of 5 positions, and the data has one target a sample; "
            "make one output of all positions before it, or give a target for each",
        ),
    ],
)
def test_outputs_that_do_not_fit_the_positions_are_refused(data: Any, layers: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Run(RunConfig.from_dict({"data": data, "layers": layers, "loss": "cross_entropy"}))
    assert (caught.value.path, caught.value.message) == ("data.targets", message)


@pytest.mark.parametrize(
    ("loss", "units", "targets", "classes", "shape"),
    [
        ("cross_entropy", 3, [[0, 2], [1, 1], [2, 0]], ("0", "1", "2"), (3, 2)),
        ("bce_with_logits", 1, [[0, 1], [1, 1], [0, 0]], ("0", "1"), (3, 2, 1)),
        ("mse", 1, [[0, 2], [1, 1], [2, 0]], (), (3, 2, 1)),
    ],
)
def test_inline_rows_of_targets_are_one_a_position_where_outputs_are(
    loss: str, units: int, targets: Any, classes: Any, shape: Any
) -> None:
    data = {"inputs": [[0, 1], [1, 0], [2, 1]], "targets": targets}
    run = Run(RunConfig.from_dict(at_each_position(units, 2, loss, data=data)))
    labels = run.data.train_labels
    assert (run.classes, run.targets.shape, run.data.meaning.positions) == (classes, shape, 2)
    assert (labels.tolist() if labels is not None else None) == (targets if classes else None)
    assert RunConfig.from_dict(run.config.to_dict()).id == run.config.id
    assert np.isfinite(evaluate(run, 3).train.loss)
