"""The compiler: what it derives, and that each step's line of code is what the step does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from engine.data.batches import Batches
from engine.execution.interpreter import run_step, trace
from engine.explain.blocks import blocks, short_title
from engine.explain.notation import Symbols, code, formula
from engine.model.initializers import parse_initializer
from engine.model.layers import LAYERS as KINDS
from engine.model.layers import Layer, Scope
from engine.model.losses import parse_loss
from engine.model.network import Model
from engine.ops import OPS
from engine.program.compile import compile_program
from engine.program.program import PHASES, Program
from engine.update.update_spec import parse_update
from tests.engine.ops.code_scopes import numpy_scope
from tests.engine.support.models import LAYERS, LOSSES, OPTIMIZERS, SEQUENCES, UPDATES, net, run_of

VARIANTS = (
    {name: {"optimizer": optimizer} for name, optimizer in OPTIMIZERS.items()} | LOSSES | LAYERS | SEQUENCES | UPDATES
)


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_the_line_of_code_of_every_step_computes_what_the_step_does(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    traced = run.trace_at(5)
    symbols = Symbols(traced.program, run.names)
    names = {symbols[name].code: value for name, value in traced.table.items()}
    assert len(names) == len(traced.table), "two values share a name in code"
    for step in traced.program.steps:
        line = code(step, symbols)
        scope: dict[str, Any] = {**numpy_scope(line), **names}
        exec(line, scope)
        np.testing.assert_allclose(scope[line.split(" = ")[0]], traced[step.output], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_every_formula_has_balanced_braces_and_no_open_placeholder(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    for step in program.steps:
        text = formula(step, symbols)
        assert text.count("{") == text.count("}")
        assert "$" not in text
        assert text.count(r"\left") == text.count(r"\right")


def test_a_gradient_is_bracketed_where_it_is_transposed_or_indexed() -> None:
    run = run_of()
    program = run.program_at(0)
    texts = {step.output: formula(step, Symbols(program, run.names)) for step in program.steps}
    delta = r"\left({\frac{\partial L}{\partial z^{(2)}}}\right)"
    assert texts["dense2.weight.grad"].endswith(delta + r"^{\top} a^{(1)}")
    assert texts["dense2.bias.grad"].endswith(delta + "_{n}")
    assert texts["dense2.z"].endswith(r"a^{(1)}\, {W^{(2)}}^{\top} + b^{(2)}")


def test_phases_come_in_order_and_each_value_is_written_once() -> None:
    steps = run_of().program_at(0).steps
    assert list(dict.fromkeys(step.phase for step in steps)) == list(PHASES)
    assert Counter(step.output for step in steps).most_common(1)[0][1] == 1
    assert [step.index for step in steps] == list(range(len(steps)))


def test_a_step_reads_only_what_is_there_before_it() -> None:
    program = run_of(optimizer=OPTIMIZERS["adamw amsgrad"]).program_at(0)
    known = set(program.sources)
    for step in program.steps:
        assert known.issuperset(step.inputs)
        known.add(step.output)


def test_the_backward_pass_goes_from_the_last_layer_to_the_first() -> None:
    steps = [step for step in run_of().program_at(0).steps if step.phase == "backward"]
    assert list(dict.fromkeys(step.layer for step in steps)) == ["loss", "dense3", "dense2", "dense1"]
    assert [step.output for step in steps if step.layer == "dense2"] == [
        "dense2.z.grad",
        "dense2.weight.grad",
        "dense2.bias.grad",
        "dense1.a.grad",
    ]


def test_blocks_cover_all_steps_in_order() -> None:
    run = run_of()
    program = run.program_at(0)
    found = blocks(program, run.names)
    assert [k for block in found for k in range(block.first, block.last + 1)] == list(range(len(program.steps)))
    assert [block.label for block in found if block.phase in ("batch", "forward", "loss", "update")] == [
        *("batch", "dense 1", "tanh", "dense 2", "tanh", "dense 3", "identity", "mean squared error"),
        *("W¹ b¹", "W² b²", "W³ b³"),
    ]


def test_layers_of_several_types_go_by_their_titles_in_blocks_symbols_and_code() -> None:
    run = run_of(layers=[{"units": 2}, {"type": "dropout", "p": 0.5}, {"units": 1}])
    symbols = Symbols(run.program_at(0), run.names)
    updates = [block.label for block in blocks(run.program_at(0), run.names) if block.phase == "update"]
    weight = symbols["dense2.weight"]
    assert (updates, weight.latex, weight.code) == (
        ["dense 1: W b", "dense 2: W b"],
        r"W^{(\text{dense 2})}",
        "W_dense2",
    )


def test_every_type_of_layer_has_a_short_title_of_its_own() -> None:
    shorts = [short_title(f"{name}2") for name in KINDS]
    assert len(set(shorts)) == len(shorts)


def test_a_block_calls_activation_and_loss_what_the_settings_call_them() -> None:
    layers = [{"units": 2, "activation": "relu"}, {"units": 3}]
    run = run_of(data={"name": "iris"}, layers=layers, loss={"type": "cross_entropy", "label_smoothing": 0.1})
    found = [block.label for block in blocks(run.program_at(0), run.names) if block.phase in ("forward", "loss")]
    assert found == ["dense 1", "ReLU", "dense 2", "identity", "cross-entropy"]


def test_what_comes_before_the_optimizer_is_one_block_each() -> None:
    run = run_of(
        layers=[{"units": 2, "activation": "tanh"}, {"units": 1}],
        schedule="exponential",
        regularization={"l1": 0.1, "l2": 0.1},
        clip={"norm": 1.0},
        optimizer="adam",
    )
    found = [(block.label, block.layer) for block in blocks(run.program_at(0), run.names) if block.phase == "update"]
    before = [(name, name) for name in ("schedule", "penalty", "clipping")]
    assert found == [*before, ("step size", "optimizer"), ("W¹ b¹", "dense1"), ("W² b²", "dense2")]


def test_the_gradient_of_a_layer_without_bias_has_none() -> None:
    layers = [{"units": 3, "bias": False, "activation": "tanh"}, {"units": 1}]
    assert "dense1.bias.grad" not in run_of(layers=layers).trace_at(0)


def test_nothing_trainable_means_no_update() -> None:
    layers = [{"units": 1, "frozen": ["weight", "bias"]}]
    run = run_of(layers=layers)
    assert {step.phase for step in run.program_at(0).steps} == set(PHASES) - {"update"}
    np.testing.assert_array_equal(run.state_at(9).parameters, run.initial_state().parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice(Layer):
    """A layer that uses its weight two times, so that gradients have to add up."""

    type: ClassVar[str] = "twice"

    def build(self, scope: Scope, *sources: str) -> str:
        size = scope.shape(sources[0])[1]
        weight = scope.parameter("weight", (size, size), parse_initializer("xavier_normal"), fans=(size, size))
        z = scope.emit(OPS["linear_without_bias"], (sources[0], weight), "z")
        return scope.emit(OPS["linear_without_bias"], (z, weight), "a")


def test_gradients_of_a_value_used_twice_are_added_in_a_step_of_their_own() -> None:
    program = _twice()
    rng = np.random.default_rng(0)
    rows, weight = rng.normal(size=(5, 3)), rng.normal(size=(3, 3))
    sources = {name: np.zeros(shape) for name, shape in program.sources.items()}
    sources |= {"data.inputs": rows, "data.targets": np.zeros((5, 3)), "twice1.weight": weight}
    values = trace(program, sources | {"batch.indices": np.arange(5)})
    dz = values["loss.grad"] * 2 / 15 * values["twice1.a"]
    expected = dz.T @ (rows @ weight.T) + (dz @ weight).T @ rows
    np.testing.assert_allclose(values["twice1.weight.grad"], expected, rtol=1e-13)
    step = program.steps[program.producer["twice1.weight.grad"]]
    assert (step.op, step.inputs) == ("accumulate", ("twice1.weight.grad.1", "twice1.weight.grad.2"))


def _twice() -> Program:
    floats = np.dtype(np.float64)
    model = Model((Twice(),), parse_loss("mse"), (3,), (5, 3), floats, floats)
    return compile_program(model, parse_update({}).rules(1), 5)


def test_a_step_run_again_on_its_inputs_gives_its_output() -> None:
    traced = run_of(optimizer=OPTIMIZERS["adam"]).trace_at(17)
    for step in traced.program.steps:
        np.testing.assert_array_equal(run_step(step, traced.table), traced[step.output])


def test_batches_are_a_function_of_seed_and_iteration() -> None:
    one, other = Batches(30, 7, True, 1), Batches(30, 7, True, 2)
    again, before = one.indices(9).tolist(), one.indices(3).tolist()
    assert [one.indices(t).tolist() for t in (9, 3, 9)] == [again, before, again]
    assert one.indices(0).tolist() != other.indices(0).tolist() != one.indices(5).tolist()


def test_a_full_batch_and_an_unshuffled_one_keep_the_order() -> None:
    assert Batches(6, 6, True, 1).indices(4).tolist() == [0, 1, 2, 3, 4, 5]
    assert Batches(6, 4, False, 1).indices(3).tolist() == [4, 5]


def test_the_program_does_not_depend_on_the_learning_rate() -> None:
    run = run_of().branch([{"iteration": 5, "set": {"optimizer.learning_rate": 1.0}}])
    assert run.program_at(4) is run.program_at(5)
    rates = [float(run.trace_at(t)["optimizer.learning_rate"]) for t in (4, 5)]
    assert rates == [net()["optimizer"]["learning_rate"], 1.0]
