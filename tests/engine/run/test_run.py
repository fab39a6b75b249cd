"""A run is a value: time travel, branches and caches never change a bit of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import Run, RunConfig, Store
from engine.execution.interpreter import trace
from engine.execution.state import State
from engine.execution.trace_memory import Packed
from engine.foundation.errors import CancelledWorkError, ConfigError, RangeError
from engine.ops.core.op import Array
from engine.run.checkpoints import STRIDE
from engine.run.task import parse_config
from tests.engine.support.models import DENSE, LAYERS, OPTIMIZERS, SEQUENCES, UPDATES, inline, net, run_of

ITERATIONS = STRIDE + 16  # across a checkpoint

LONE_WEIGHTS = {  # what lies behind each weight is not its bias
    "layers": [
        {**DENSE, "bias": False},
        {"type": "layer_norm"},
        {**DENSE, "frozen": ["bias"]},
        {"type": "rms_norm"},
        {**DENSE, "frozen": ["weight"]},
        {"units": 1},
    ]
}
EVERYTHING = {"lone weights": LONE_WEIGHTS}
EVERYTHING |= {name: {"optimizer": optimizer} for name, optimizer in OPTIMIZERS.items()} | LAYERS | SEQUENCES | UPDATES


def digest(state: State) -> tuple[bytes, dict[str, bytes]]:
    kept = {**state.slots, **state.memory}
    return state.parameters.tobytes(), {name: array.tobytes() for name, array in kept.items()}


def straight(run: Run, end: int, start: int = 0) -> State:
    """Trained step by step from where the run is at `start`, with no checkpoint and no fast path."""
    state = run.state_at(start)
    for t in range(start, end):
        _, state = run.step(state, t)
    return state


def lying(values: Mapping[str, Array]) -> list[tuple[Any, ...]]:
    """Every value in turn with its type, its shape, its order in memory and its bits."""
    return [
        (name, a.dtype, a.shape, a.strides if a.size > 1 else (), a.flags.writeable, a.tobytes())
        for name, a in values.items()
        if not name.startswith("data.")
    ]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("changes", EVERYTHING.values(), ids=EVERYTHING)
def test_the_fast_path_gives_the_same_bits_as_step_by_step(changes: dict[str, Any], dtype: str) -> None:
    run = run_of(**changes, dtype=dtype)
    for start, end in ((0, 13), (STRIDE - 7, ITERATIONS - 9)):  # an epoch and one more; and across a checkpoint
        assert digest(run.state_at(end)) == digest(straight(run, end, start))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("changes", EVERYTHING.values(), ids=EVERYTHING)
def test_a_trace_has_the_bits_of_every_step_run_by_itself(changes: dict[str, Any], dtype: str) -> None:
    run = run_of(**changes, dtype=dtype)
    for t in (0, 5, 11):
        traced = run.trace_at(t)
        assert isinstance(traced.table, Packed)
        assert lying(traced) == lying(trace(run.program_at(t), run.sources(t, run.state_at(t))))


@given(
    features=st.integers(1, 5),
    units=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    batch=st.integers(1, 9),
    activation=st.sampled_from(["identity", "tanh", "relu", "elu", "softplus"]),
    loss=st.sampled_from(["mse", "huber", "bce_with_logits", "cross_entropy"]),
    frozen=st.sampled_from([[], ["bias"], ["weight"]]),
    dtype=st.sampled_from(["float64", "float32"]),
)
def test_so_it_does_for_every_shape_of_net_and_batch(
    features: int, units: list[int], batch: int, activation: str, loss: str, frozen: list[str], dtype: str
) -> None:
    labels = loss == "cross_entropy"
    assume(units[-1] > 1 or not labels)
    rng = np.random.default_rng(features)
    targets = rng.integers(0, units[-1], 11) if labels else rng.uniform(size=(11, units[-1]))
    layers = [{"units": n, "activation": activation, "frozen": frozen if i == 0 else []} for i, n in enumerate(units)]
    data = inline(rng.normal(size=(11, features)), targets)
    run = run_of(data=data, layers=layers, loss=loss, batch_size=batch, dtype=dtype)
    assert digest(run.state_at(9)) == digest(straight(run, 9))
    np.testing.assert_array_equal(run.losses(0, 9), [run.trace_at(t)["loss"] for t in range(9)])
    assert lying(run.trace_at(8)) == lying(trace(run.program_at(8), run.sources(8, run.state_at(8))))


@pytest.mark.parametrize("changes", EVERYTHING.values(), ids=EVERYTHING)
def test_going_back_gives_the_same_bits_as_the_first_time(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    first = digest(run.state_at(STRIDE + 9))
    run.state_at(2 * STRIDE + 1)
    run.state_at(0)
    assert digest(run.state_at(STRIDE + 9)) == first == digest(run_of(**changes).state_at(STRIDE + 9))


def test_forgetting_everything_changes_nothing() -> None:
    roomy, cramped = run_of(), run_of(store=Store(max_bytes=3000))
    for t in (130, 7, 131, 64, 200):
        assert digest(roomy.state_at(t)) == digest(cramped.state_at(t))
    assert cramped.store.nbytes <= 3000


def test_a_trace_is_followed_by_the_state_that_it_ends_with() -> None:
    run = run_of()
    traced = run.trace_at(41)
    after = run.state_at(42)
    for p in run.parameters:
        np.testing.assert_array_equal(traced[f"{p.name}.next"], run.layout.view(after.parameters, p.name))


def test_values_of_a_trace_cannot_be_written_to() -> None:
    traced = run_of().trace_at(0)
    assert [name for name in traced if traced[name].flags.writeable] == []


def test_a_branch_shares_the_past_and_parts_at_its_edit() -> None:
    run = run_of()
    branch = run.branch([{"iteration": 50, "set": {"optimizer.learning_rate": 0.5}}])
    same = digest(run.state_at(50)) == digest(branch.state_at(50))
    parted = digest(run.state_at(51)) != digest(branch.state_at(51))
    assert (same, parted, run.config.id == branch.config.id) == (True, True, False)


def test_setting_a_cell_sets_that_cell_and_nothing_else() -> None:
    run = run_of()
    edit = {"iteration": 20, "parameter": "dense2.weight", "index": [2, 1], "value": 0.75}
    before, after = run.state_at(20).parameters, run.branch([edit]).state_at(20).parameters
    assert np.count_nonzero(before != after) == 1
    assert run.layout.view(after, "dense2.weight")[2, 1] == 0.75


def test_an_edit_may_turn_momentum_on_and_its_slot_starts_at_zero() -> None:
    run = run_of().branch([{"iteration": 10, "set": {"optimizer.momentum": 0.9}}])
    assert set(run.state_at(9).slots) == set()
    assert not run.state_at(10).slots["momentum"].any()
    assert digest(run.state_at(ITERATIONS)) == digest(straight(run, ITERATIONS))


def test_two_branches_made_in_either_order_are_the_same_run() -> None:
    rate = {"iteration": 30, "set": {"optimizer.learning_rate": 0.01}}
    cell = {"iteration": 12, "parameter": "dense1.bias", "index": [0], "value": 0.0}
    assert run_of().branch([rate]).branch([cell]).config.id == run_of().branch([cell, rate]).config.id


@pytest.mark.parametrize(
    ("edit", "path", "says"),
    [
        ({"iteration": 1, "set": {"optimizer.momentun": 0.9}}, "edits[0].set.optimizer.momentun", "cannot be set"),
        ({"iteration": 1, "set": {"optimizer.momentum": -1}}, "edits[0].set.optimizer.momentum", "at least 0"),
        ({"iteration": 1, "set": {"batch_size": 3}}, "edits[0].set.batch_size", "cannot be set"),
        ({"iteration": -1, "set": {"optimizer.momentum": 0}}, "edits[0].iteration", "at least 0"),
        (
            {"iteration": 1, "parameter": "dense9.weight", "index": [0, 0], "value": 1},
            "edits[0].parameter",
            "dense1.weight",
        ),
        ({"iteration": 1, "parameter": "dense1.weight", "index": [4, 0], "value": 1}, "edits[0].index", "4x2"),
        ({"iteration": 1}, "edits[0]", "an edit is"),
        ("no edit", "edits[0]", "an edit is an object"),
    ],
)
def test_an_impossible_edit_is_refused_with_its_place(edit: Any, path: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run_of().branch([edit])
    assert (caught.value.path, says in caught.value.message) == (path, True)


def test_the_place_of_an_edit_is_where_it_was_given_not_where_it_is_sorted() -> None:
    later = {"iteration": 9, "set": {"optimizer.learning_rate": 0.1}}
    wrong: list[dict[str, Any]] = [
        {"parameter": "dense1.weight", "index": [9, 9], "value": 1},
        {"set": {"optimizer.rho": 1}},
    ]
    found = []
    for edit in wrong:
        with pytest.raises(ConfigError) as caught:
            run_of().branch([later, {"iteration": 5, **edit}])
        found.append(caught.value.path)
    assert found == ["edits[1].index", "edits[1].set.optimizer.rho"]


def test_an_edit_that_makes_a_later_one_impossible_is_refused() -> None:
    nesterov = run_of(optimizer=OPTIMIZERS["sgd momentum"]).branch(
        [{"iteration": 9, "set": {"optimizer.nesterov": True}}]
    )
    with pytest.raises(ConfigError, match="nesterov needs a momentum"):
        nesterov.branch([{"iteration": 5, "set": {"optimizer.momentum": 0}}])


def test_edits_that_mean_the_same_are_the_same_run() -> None:
    run = run_of(optimizer=OPTIMIZERS["adam"])
    whole, broken = ([{"iteration": 2, "set": {"optimizer.betas": betas}}] for betas in ([0, 0.9], [0.0, 0.9]))
    assert run.branch(whole).config.id == run.branch(broken).config.id


def test_a_frozen_parameter_has_a_gradient_and_stays() -> None:
    layers = [{"units": 3, "activation": "tanh", "frozen": ["bias"]}, {"units": 1}]
    run = run_of(layers=layers, optimizer=OPTIMIZERS["adam"])
    bias = slice(*run.layout.slices["dense1.bias"][:2])
    moved = run.initial_state().parameters != run.state_at(ITERATIONS).parameters
    assert (moved[bias].any(), moved[: bias.start].all()) == (False, True)
    assert run.trace_at(0)["dense1.bias.grad"].any()
    assert "dense1.bias.next" not in run.trace_at(0)
    assert digest(run.state_at(ITERATIONS)) == digest(straight(run, ITERATIONS))


def test_a_batch_is_rows_of_the_training_set_and_an_epoch_takes_each_row_once() -> None:
    run = run_of()
    rows = np.concatenate([run.trace_at(t)["batch.indices"] for t in range(run.batches.per_epoch)])
    assert sorted(rows.tolist()) == list(range(len(run.inputs)))
    traced = run.trace_at(3)
    np.testing.assert_array_equal(traced["x"], run.inputs[traced["batch.indices"]])


def test_the_last_batch_of_an_epoch_is_smaller() -> None:
    run = run_of()
    assert [len(run.trace_at(t)["x"]) for t in (10, 11, 12)] == [12, 8, 12]


def test_work_that_is_no_longer_wanted_stops() -> None:
    with pytest.raises(CancelledWorkError):
        run_of().state_at(10_000, cancelled=lambda: True)


def test_a_negative_iteration_does_not_exist() -> None:
    with pytest.raises(RangeError, match="start at 0"):
        run_of().state_at(-1)


def test_the_id_is_of_the_meaning_not_of_the_spelling() -> None:
    spelled = net(seed=3.0, optimizer={"learning_rate": 0.05, "type": "sgd", "momentum": 0})
    assert RunConfig.from_dict(spelled).id == RunConfig.from_dict(net()).id


def test_a_normalized_configuration_gives_itself() -> None:
    config = RunConfig.from_dict(net(loss={"type": "huber", "delta": 0.5}, optimizer="adamw"))
    assert RunConfig.from_dict(config.to_dict()).to_dict() == config.to_dict()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"layers": []}, "layers"),
        ({"layers": [{"activation": "tanh"}]}, "layers[0].units"),
        ({"layers": [{"units": 0}]}, "layers[0].units"),
        ({"layers": [{"units": 2, "colour": "red"}, {"units": 1}]}, "layers[0].colour"),
        ({"layers": [{"units": 1, "activation": "tann"}]}, "layers[0].activation"),
        ({"layers": [{"type": "conv9"}]}, "layers[0].type"),
        ({"layers": [{"units": 1, "bias": False, "bias_values": [1]}]}, "layers[0].bias_values"),
        ({"optimizer": {"type": "sgd", "nesterov": True}}, "optimizer.nesterov"),
        ({"optimizer": {"type": "adam", "betas": [0.9, 1]}}, "optimizer.betas[1]"),
        ({"optimizer": "sdg"}, "optimizer.type"),
        ({"loss": "msee"}, "loss"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"dtype": "float16"}, "dtype"),
        ({"batchsize": 3}, "batchsize"),
        ({"edits": {}}, "edits"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_place(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run_of(**changes)
    assert caught.value.path == path


def test_given_weights_of_the_wrong_shape_say_both_shapes() -> None:
    layers = [{"units": 4}, {"units": 3, "weight": [[0.0] * 3] * 4}, {"units": 1}]
    with pytest.raises(ConfigError, match=r"dense2\.weight is 3x4 here, given 4x3") as caught:
        run_of(layers=layers)
    assert caught.value.path == "layers[1].weight"


def test_an_exported_run_is_told_from_its_configuration() -> None:
    exported = {"format": "backscope run", "config": {"layers": [{"units": 1}]}, "iteration": 3}
    with pytest.raises(ConfigError, match=r"^this is an exported run; its configuration is what stands under 'config'"):
        parse_config(exported)
