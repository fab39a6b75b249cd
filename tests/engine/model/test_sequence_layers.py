"""Sequence layers: settings and starts, what they refuse, their blocks and words, and paths through time."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.analysis.animation import frames
from engine.analysis.diagnosis import diagnose
from engine.analysis.evaluation import evaluate, predict
from engine.analysis.input_plane import maps
from engine.checks.gradient_check import gradient_check
from engine.explain.blocks import blocks
from engine.explain.derivation import derivation
from engine.explain.notation import Symbols
from engine.explain.paths import paths
from engine.explain.sentences import step_sentence
from engine.foundation.errors import ConfigError, RangeError
from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array, Function, reached
from engine.ops.core.slices import gathered_moments, gathered_units
from tests.engine.support.models import EACH, SEQUENCES, inline, run_of

EMBEDDING = {"type": "embedding", "tokens": 3, "units": 4}
OUT = {"units": 3}


def tokens(*layers: dict[str, Any], data: dict[str, Any] = EACH, **changes: Any) -> Run:
    """A run over tokens that ends in the chances of three classes."""
    return run_of(data=data, loss="cross_entropy", layers=[*layers], **changes)


def unrolled(kind: str, length: int, units: int, **changes: Any) -> Run:
    """A recurrent layer over sequences of this length."""
    rows = np.random.default_rng(1).integers(0, 3, (6, length))
    return tokens(EMBEDDING, {"type": kind, "units": units, **changes}, OUT, data=inline(rows, rows))


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", SEQUENCES.values(), ids=SEQUENCES)
def test_a_normalized_configuration_of_sequences_gives_itself(changes: dict[str, Any]) -> None:
    config = run_of(**changes).config
    assert RunConfig.from_dict(config.to_dict()).to_dict() == config.to_dict()


def test_parameters_have_the_shapes_of_pytorch_gates_one_below_the_other() -> None:
    run = tokens(EMBEDDING, {"type": "lstm", "units": 2}, {"type": "gru", "units": 5}, OUT)
    assert {p.name: p.shape for p in run.parameters if "_" in p.name} == {
        "lstm1.weight_ih": (8, 4),
        "lstm1.weight_hh": (8, 2),
        "lstm1.bias_ih": (8,),
        "lstm1.bias_hh": (8,),
        "gru1.weight_ih": (15, 2),
        "gru1.weight_hh": (15, 5),
        "gru1.bias_ih": (15,),
        "gru1.bias_hh": (15,),
    }


def test_recurrent_parameters_start_within_bounds_that_depend_on_units_alone() -> None:
    start = unrolled("gru", 3, 25).trace_at(0)
    largest = [float(np.abs(start[f"gru1.{name}"]).max()) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    assert [0.18 < found <= 0.2 for found in largest] == [True] * 4


def test_attention_starts_like_one_matrix_of_query_key_and_value() -> None:
    run = tokens({**EMBEDDING, "units": 60}, {"type": "attention", "heads": 3}, OUT)
    start, bound = run.trace_at(0), math.sqrt(6 / (60 + 180))
    largest = [float(np.abs(start[f"attention1.weight_{letter}"]).max()) for letter in "qkvo"]
    assert largest == [pytest.approx(b, rel=0.02) for b in (bound, bound, bound, 1 / math.sqrt(60))]
    assert not any(start[f"attention1.bias_{letter}"].any() for letter in "qkvo")


def test_given_numbers_are_what_a_recurrent_layer_starts_from() -> None:
    given = {"weight_ih": [[1.0] * 4, [2.0] * 4], "weight_hh": [[0.5, 0.0], [0.0, 0.5]], "bias_hh": [3.0, 4.0]}
    start = tokens(EMBEDDING, {"type": "rnn", "units": 2, **given}, OUT).trace_at(0)
    assert {name: start[f"rnn1.{name}"].tolist() for name in given} == given


def test_attention_keeps_its_scores_and_weights_under_fixed_names() -> None:
    run = tokens(EMBEDDING, {"type": "attention", "heads": 2, "causal": True}, OUT)
    traced = run.trace_at(0)
    weights = traced["attention1.weights"]
    assert traced["attention1.scores"].shape == weights.shape == (12, 2, 4, 4)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-12)
    assert not np.triu(weights, 1).any()


def test_a_layer_of_weights_that_are_shared_has_none_of_its_own() -> None:
    run = run_of(**SEQUENCES["two lstm, one set of weights"])
    assert [p.name for p in run.parameters if p.name.startswith("lstm")] == [
        f"lstm1.{name}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "path", "says"),
    [
        ([{"type": "rnn", "units": 2}], "layers[0]", "takes sequences"),
        ([EMBEDDING, EMBEDDING], "layers[1]", "takes the tokens of the data"),
        ([OUT, EMBEDDING], "layers[1]", "begin with an embedding layer"),
        ([EMBEDDING, {"units": 3, "inputs": ["x"]}], "layers[1].inputs", "cannot take x"),
        ([{**EMBEDDING, "weight": [[0.0] * 4]}], "layers[0].weight", "3x4 here, given 1x4"),
        ([EMBEDDING, {"type": "attention", "heads": 3}], "layers[1].heads", "cannot share 4 features"),
        ([EMBEDDING, {"type": "rnn", "units": 2, "k1": 1}], "layers[1].k1", "give both"),
        ([EMBEDDING, {"type": "rnn", "units": 2, "k1": 3, "k2": 2}], "layers[1].k1", "at most k2"),
        (
            [EMBEDDING, {"type": "rnn", "units": 2, "k1": 1, "k2": 2, "return_sequence": False}],
            "layers[1].k1",
            "k2 says all",
        ),
        (
            [EMBEDDING, {"type": "gru", "units": 2, "bias": False, "bias_hh": [0.0] * 6}],
            "layers[1].bias_hh",
            "bias is false",
        ),
        (
            [EMBEDDING, {"type": "attention", "inputs": ["x", "x", "x"]}],
            "layers[1].inputs",
            "takes one or two inputs",
        ),
        ([EMBEDDING, {"type": "positional_encoding", "frozen": ["weight"]}], "layers[1].frozen", "nothing to freeze"),
        ([EMBEDDING, {"type": "last_position"}, {"type": "mean_over_time"}], "layers[2]", "takes sequences"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(layers: list[dict[str, Any]], path: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        tokens(*layers)
    assert (refused.value.path, says in refused.value.message) == (path, True)


def test_the_future_of_another_sequence_cannot_be_hidden() -> None:
    layers = [
        {"type": "reshape", "shape": [4, 2]},
        {"type": "reshape", "shape": [2, 4]},
        {"type": "additive_attention", "units": 2, "causal": True, "inputs": ["reshape1", "reshape2"]},
    ]
    with pytest.raises(ConfigError, match=r"4 positions, reshape2\.a 2") as refused:
        run_of(data=inline(np.zeros((3, 8)), np.zeros((3, 1))), layers=layers)
    assert refused.value.path == "layers[2].causal"


def test_a_token_that_an_embedding_has_no_row_for_is_refused_in_data_and_in_rows_to_predict() -> None:
    smaller = {**EMBEDDING, "tokens": 2, "inputs": ["x"]}
    with pytest.raises(ConfigError, match="embedding2 takes tokens 0 to 1; given 2 at row"):
        tokens(EMBEDDING, smaller, {"type": "add", "inputs": ["embedding1", "embedding2"]}, OUT)
    run = tokens(EMBEDDING, OUT)
    for rows in ([[0, 1, 2, 3]], [[0, 1, 2, 0.5]], [[0, 1, 2, -1]]):
        with pytest.raises(ConfigError, match="embedding1 takes tokens 0 to 2") as refused:
            predict(run, 0, np.array(rows, float))
        assert refused.value.path == "inputs"


def test_features_cannot_be_made_of_tokens() -> None:
    with pytest.raises(ConfigError, match="takes tokens") as refused:
        tokens(EMBEDDING, OUT, features=["x1", "x2", "x3", "x4"])
    assert refused.value.path == "features"


def test_a_model_of_too_many_steps_is_refused_before_it_is_made() -> None:
    began = time.process_time()
    with pytest.raises(ConfigError, match=r"more than 20,000 steps forward by lstm1"):
        unrolled("lstm", 400, 2, k1=1, k2=200)
    assert time.process_time() - began < 5


def test_there_is_no_plane_of_tokens() -> None:
    data = {"inputs": [[0, 1], [1, 2], [2, 0]], "targets": [[0, 1], [1, 2], [2, 0]]}
    with pytest.raises(RangeError, match="takes tokens"):
        maps(tokens(EMBEDDING, OUT, data=data), 0, 5)


# --- pieces -----------------------------------------------------------------------------------------------------------


def put_together(function: Function | None, size: tuple[int, ...], parts: list[Array]) -> Array:
    assert function is not None
    out = np.full(size, np.nan)
    function.kernel(EAGER, out, *parts)
    return out


@pytest.mark.parametrize("taken", [[0, 1, 2], [2, 0], [1]])
def test_moments_are_put_in_place_in_one_step_zeros_where_none_was_taken(taken: list[int]) -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(2, 4)) for _ in taken]
    expected = np.zeros((2, 3, 4))
    for t, part in zip(taken, parts, strict=True):
        expected[:, t] = part
    function = gathered_moments([{"t": t} for t in taken], (2, 3, 4))
    np.testing.assert_array_equal(put_together(function, (2, 3, 4), parts), expected)
    assert_explained(function, parts, expected)


@pytest.mark.parametrize("taken", [[(0, 2), (2, 5)], [(3, 4), (1, 2)], [(0, 1)]])
def test_units_are_put_in_place_in_one_step_zeros_where_none_was_taken(taken: list[tuple[int, int]]) -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(2, stop - start)) for start, stop in taken]
    expected = np.zeros((2, 5))
    for (start, stop), part in zip(taken, parts, strict=True):
        expected[:, start:stop] = part
    function = gathered_units([{"start": start, "stop": stop} for start, stop in taken], (2, 5))
    np.testing.assert_array_equal(put_together(function, (2, 5), parts), expected)
    assert_explained(function, parts, expected)


def assert_explained(function: Function | None, parts: list[Array], expected: Array) -> None:
    """Code, terms and reach say the same as the kernel."""
    assert function is not None
    operands = dict(zip(function.operands, parts, strict=True))
    np.testing.assert_array_equal(eval(function.code.replace("$", ""), {"np": np, **operands}), expected)
    for index in np.ndindex(expected.shape):
        (term,) = function.terms(index, operands, {})
        assert math.prod(f.number for f in term) == expected[index]
    shapes = [part.shape for part in parts]
    for position, part in enumerate(parts):
        for index in np.ndindex(part.shape):
            (cell,) = reached(function, position, index, shapes, expected.shape, {})
            assert expected[cell] == part[index]


def test_pieces_that_overlap_are_added_up_instead() -> None:
    assert gathered_moments([{"t": 1}, {"t": 1}], (2, 3, 4)) is None
    assert gathered_units([{"start": 0, "stop": 2}, {"start": 1, "stop": 3}], (2, 5)) is None


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_steps_grow_in_proportion_to_the_length_of_a_sequence(kind: str) -> None:
    counts = [len(unrolled(kind, length, 2).program_at(0).steps) for length in (4, 6, 8)]
    assert counts[2] - counts[1] == counts[1] - counts[0]


def test_the_gradient_of_all_moments_goes_back_in_one_step() -> None:
    program = unrolled("lstm", 5, 2).program_at(0)
    step = program.steps[program.producer["lstm1.ih.grad"]]
    assert (step.op, step.inputs) == ("at_time", tuple(f"lstm1.ih{t}.grad" for t in range(1, 6)))


# --- how they are shown -----------------------------------------------------------------------------------------------


def test_a_recurrent_layer_is_one_block_each_way() -> None:
    run = unrolled("lstm", 9, 2)
    found = blocks(run.program_at(0), run.names)
    assert [(block.phase, block.label) for block in found if block.layer == "lstm1" and block.phase != "update"] == [
        ("forward", "lstm 1"),
        ("backward", "lstm 1"),
    ]
    assert len(found) < 20


@pytest.mark.parametrize("changes", SEQUENCES.values(), ids=SEQUENCES)
def test_every_step_has_a_sentence_that_says_what_it_does(changes: dict[str, Any]) -> None:
    for step in run_of(**changes).program_at(0).steps:
        text = step_sentence(step)
        assert text.endswith(".")
        assert "{" not in text
        assert "None" not in text


def test_values_of_a_moment_are_said_and_written_by_it() -> None:
    run = unrolled("lstm", 5, 2, k1=1, k2=2)
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    names = ("lstm1.h3", "lstm1.zi3.grad", "lstm1.h2r2", "lstm1.c1d", "lstm1.weight_hh")
    assert [symbols[name].latex for name in names] == [
        r"h^{(\text{lstm 1})\langle 3\rangle}",
        r"\frac{\partial L}{\partial {z^{i}}^{(\text{lstm 1})\langle 3\rangle}}",
        r"h^{(\text{lstm 1})\langle 2\,|\,2\rangle}",
        r"\bar c^{(\text{lstm 1})\langle 1\rangle}",
        r"{W^{hh}}^{(\text{lstm 1})}",
    ]
    assert [symbols[name].code for name in names] == [
        "h_lstm1_t3",
        "dzi_lstm1_t3",
        "h_lstm1_t2r2",
        "c_lstm1_t1d",
        "weight_hh_lstm1",
    ]
    assert step_sentence(program.steps[program.producer["lstm1.f3"]]) == (
        "The forget gate at time 3: how much each cell keeps of its content."
    )


@pytest.mark.parametrize("changes", SEQUENCES.values(), ids=SEQUENCES)
def test_findings_and_frames_are_there_for_every_sequence_layer(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    assert diagnose(run, run.trace_at(3)).findings
    found = frames(run, 0, 3)
    assert all(len(values) == 3 for values in found.values())


def test_accuracy_is_over_all_positions() -> None:
    run = tokens(EMBEDDING, OUT, data={**EACH, "test_fraction": 0.0}, batch_size=None)
    found = evaluate(run, 0).train
    logits = run.trace_at(0)["dense1.a"]
    labels = np.asarray(EACH["targets"])[run.trace_at(0)["batch.indices"]]
    assert found.accuracy == pytest.approx(np.mean(logits.argmax(axis=-1) == labels))
    assert found.confusion is not None
    assert found.confusion.sum() == labels.size


def test_a_truncated_gradient_is_checked_as_what_it_is() -> None:
    run = unrolled("rnn", 6, 3, k1=1, k2=2)
    assert gradient_check(run.trace_at(2)).agrees


# --- paths through time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "length", "units"), [("lstm", 16, 8), ("gru", 16, 8), ("rnn", 100, 3)])
def test_the_largest_of_very_many_paths_are_found_in_no_time(kind: str, length: int, units: int) -> None:
    run = unrolled(kind, length, units)
    traced, began = run.trace_at(0), time.process_time()
    found = paths(run, traced, f"{kind}1.weight_hh", (1, 0), 0)
    assert time.process_time() - began < 5
    assert (len(found.paths), found.rest_count > 2**40) == (200, True)
    assert sum(p.product for p in found.paths) + found.rest == pytest.approx(found.sum)


def test_the_listed_paths_are_the_largest_of_all() -> None:
    run = unrolled("gru", 3, 2)
    traced = run.trace_at(0)
    every = paths(run, traced, "gru1.weight_hh", (1, 0), 0, limit=10**6)
    some = paths(run, traced, "gru1.weight_hh", (1, 0), 0, limit=10)
    assert (every.rest_count, len(every.paths)) == (0, some.rest_count + 10)
    assert [p.product for p in some.paths] == [p.product for p in every.paths[:10]]
    assert sum(p.product for p in every.paths) == pytest.approx(every.sum)


def test_the_chain_rule_of_a_weight_used_at_every_moment_is_no_single_product() -> None:
    run = unrolled("rnn", 4, 2)
    assert derivation(run, run.trace_at(0), "rnn1.weight_ih.grad", (0, 0), sample=0).chain is None
