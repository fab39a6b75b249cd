"""Names of values: what a name is made of, and that reading it and writing it are inverse to each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.foundation.value_name import (
    LayerName,
    Moment,
    ValueName,
    gradient_name,
    is_data,
    member_name,
    next_name,
    update_name,
)
from tests.engine.support.preset_runs import BY_NAME, started

PARTS = {
    "x": ValueName("", "x"),
    "loss.grad": ValueName("", "loss", gradient="grad"),
    "data.inputs": ValueName("data", "inputs"),
    "dense1.weight": ValueName("dense1", "weight"),
    "dense1.weight.grad": ValueName("dense1", "weight", gradient="grad"),
    "dense1.weight.grad.2": ValueName("dense1", "weight", gradient="grad", part=2),
    "dense1.a.feedback.12": ValueName("dense1", "a", gradient="feedback", part=12),
    "dense1.weight.update": ValueName("dense1", "weight", derived="update"),
    "dense1.weight.clipped_grad": ValueName("dense1", "weight", derived="clipped_grad"),
    "dense1.weight.next": ValueName("dense1", "weight", next=True),
    "dense1.weight.exp_avg.next": ValueName("dense1", "weight", derived="exp_avg", next=True),
    "batch_norm1.running_mean.next": ValueName("batch_norm1", "running_mean", next=True),
    "optimizer.bias_correction1": ValueName("optimizer", "bias_correction1"),
    "lstm1.h3": ValueName("lstm1", "h", Moment(3)),
    "lstm1.zi12.grad.1": ValueName("lstm1", "zi", Moment(12), gradient="grad", part=1),
    "gru1.h3r2.grad": ValueName("gru1", "h", Moment(3, piece=2), gradient="grad"),
    "gru1.h3d": ValueName("gru1", "h", Moment(3, held=True)),
    "h3": ValueName("", "h3"),
    "a.update": ValueName("", "a", derived="update"),
    "v1.grad.2": ValueName("", "v1", gradient="grad", part=2),
}


@pytest.mark.parametrize("text", PARTS)
def test_a_name_is_read_into_its_parts(text: str) -> None:
    assert ValueName.parse(text) == PARTS[text]


def test_a_slot_of_a_parameter_without_a_layer_is_told_from_a_value_of_a_layer() -> None:
    names = [str(name) for name in (ValueName.parse("a.exp_avg.next", ["a"]).subject, ValueName.parse("a.exp_avg"))]
    assert names == ["a", "a.exp_avg"]


@pytest.mark.parametrize("preset", BY_NAME)
def test_every_name_of_every_preset_is_written_as_it_was_read(preset: str) -> None:
    program = started(preset).program_at(0)
    names = [*program.sources, *program.producer]
    assert [str(program.name(name)) for name in names] == names


@pytest.mark.parametrize("preset", BY_NAME)
def test_the_output_of_every_step_is_about_a_value_of_its_layer(preset: str) -> None:
    program = started(preset).program_at(0)
    owners = {str(program.name(step.output).subject) for step in program.steps if step.phase == "update"}
    sections = {name for name in owners if program.name(name).layer in ("optimizer", "schedule", "clip")}
    assert owners - sections == {p.name for p in program.parameters if p.trainable}


@pytest.mark.parametrize("seed", range(200))
def test_every_drawn_name_is_read_back_as_it_was_written(seed: int) -> None:
    name = drawn(np.random.default_rng(seed))
    assert ValueName.parse(str(name)) == name


def drawn(rng: np.random.Generator) -> ValueName:
    """A name of a layer's value, of any kind that there is."""
    number = int(rng.integers(1, 30))
    moment = [Moment(number), Moment(number, held=True), Moment(number, piece=2)][rng.integers(3)]
    of_moment = ValueName(f"gru{number}", str(rng.choice(["h", "z", "xr", "kept"])), moment)
    plain = ValueName(f"dense{number}", str(rng.choice(["weight", "a", "running_mean"])))
    subject = of_moment if rng.integers(2) else plain
    part = number if rng.integers(2) else None
    gradients = replace(subject, gradient="grad", part=part), replace(subject, gradient="feedback", part=part)
    changed = replace(plain, derived="exp_avg", next=bool(rng.integers(2))), replace(plain, next=True)
    return [subject, *gradients, *changed][rng.integers(5)]


@pytest.mark.parametrize(
    "text", ["", ".", "..grad", "grad", "next", "1.2.3.grad.4", "a.b.c.d.e.next", "lstm1.h03", "é.grad.0"]
)
def test_any_text_is_written_as_it_was_read(text: str) -> None:
    assert str(ValueName.parse(text)) == text


def test_the_subject_of_a_gradient_or_slot_is_its_value() -> None:
    names = ("dense1.weight.grad.2", "dense1.weight.exp_avg.next", "lstm1.h3r2.grad", "loss.grad", "x")
    assert [str(ValueName.parse(name).subject) for name in names] == [
        *("dense1.weight", "dense1.weight", "lstm1.h3r2", "loss", "x")
    ]


def test_only_a_true_gradient_is_one_of_a_value() -> None:
    names = ("dense1.a.grad.2", "dense1.a.feedback", "dense1.weight.l2_grad", "dense1.a")
    assert [str(ValueName.parse(name).of_gradient or "") for name in names] == ["dense1.a", "", "", ""]


def test_a_contribution_is_a_part_of_the_whole_gradient() -> None:
    assert str(ValueName.parse("dense1.a.grad.2").whole) == "dense1.a.grad"


def test_names_are_made_the_same_way_that_they_are_read() -> None:
    made = [gradient_name("dense1.z"), update_name("a"), next_name("dense1.weight"), member_name("dense1", "z")]
    assert [ValueName.parse(name) for name in made] == [
        ValueName("dense1", "z", gradient="grad"),
        ValueName("", "a", derived="update"),
        ValueName("dense1", "weight", next=True),
        ValueName("dense1", "z"),
    ]


def test_only_whole_data_sets_are_data() -> None:
    assert [is_data(name) for name in ("data.inputs", "database", "x")] == [True, False, False]


@pytest.mark.parametrize("text", ["dense1", "conv2d12", "batch_norm2", "features", "v10", "w_0", "x2y", "7", ""])
def test_the_name_of_a_layer_is_written_as_it_was_read(text: str) -> None:
    assert str(LayerName.parse(text)) == text


def test_a_layer_is_said_by_its_type_and_number() -> None:
    names = ("batch_norm2", "conv2d12", "features", "a")
    assert [LayerName.parse(name).title for name in names] == ["batch norm 2", "conv2d 12", "features", "a"]


def test_the_type_of_a_layer_may_end_in_a_letter_behind_a_number() -> None:
    assert LayerName.parse("conv2d12") == LayerName("conv2d", 12)
