"""Convolution and pooling as layers: settings, fans, given kernels, what they refuse, and how they are explained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.analysis.diagnosis import diagnose
from engine.analysis.layer_statistics import layer_figures
from engine.explain.derivation import derivation
from engine.explain.formulas import cell_formula, cell_numbers
from engine.explain.paths import paths
from engine.explain.sentences import explanation, step_sentence
from engine.foundation.errors import ConfigError
from engine.run.trace import Trace
from tests.engine.support.models import inline, run_of

IMAGE = {"type": "reshape", "shape": [1, 4, 4]}
CONV = {"type": "conv2d", "units": 2, "kernel": 3, "activation": "relu"}
LAST = [{"type": "flatten"}, {"units": 1}]


def images(*layers: dict[str, Any], inputs: Any = None, **changes: Any) -> Run:
    """A run over images of 4x4 that ends in one unit."""
    rows = np.random.default_rng(4).normal(size=(5, 16)) if inputs is None else np.asarray(inputs)
    data = inline(rows, np.arange(len(rows)) / len(rows))
    return run_of(**{"data": data, "layers": [IMAGE, *layers, *LAST], "batch_size": None} | changes)


# --- settings ----------------------------------------------------------------------------------------------------


def test_a_number_stands_for_both_sides() -> None:
    one = images({**CONV, "kernel": 3, "padding": 1.0}, {"type": "max_pool2d", "kernel": 2})
    pair = images({**CONV, "kernel": [3, 3], "padding": [1, 1]}, {"type": "max_pool2d", "kernel": [2, 2]})
    assert one.config.id == pair.config.id


def test_a_pool_moves_by_its_own_sides_unless_it_says_otherwise() -> None:
    run = images({"type": "avg_pool2d", "kernel": [2, 1]}, {"type": "max_pool2d", "kernel": 2, "stride": 1})
    assert [run.outline.shapes[name][1:] for name in ("avg_pool2d1.a", "max_pool2d1.a")] == [(1, 2, 4), (1, 1, 3)]


def test_a_normalized_configuration_of_images_gives_itself() -> None:
    config = images(CONV, {"type": "max_pool2d"}).config
    assert RunConfig.from_dict(config.to_dict()).to_dict() == config.to_dict()


def test_the_fans_of_a_kernel_count_its_cells() -> None:
    run = images({**CONV, "kernel": [2, 3]}, {**CONV, "units": 3, "kernel": [2, 1]})
    assert [(p.shape, p.fan_in, p.fan_out) for p in run.parameters[:4]] == [
        ((2, 1, 2, 3), 6, 12),
        ((2,), 6, 12),
        ((3, 2, 2, 1), 4, 6),
        ((3,), 4, 6),
    ]


def test_a_given_kernel_is_a_row_of_its_numbers_and_is_not_turned_around() -> None:
    edge = [[-1, 0, 1, -2, 0, 2, -1, 0, 1]]
    image = np.tile([0.0, 0.0, 1.0, 1.0], 4)
    run = images({**CONV, "units": 1, "weight": edge, "bias_values": [0.5]}, inputs=[image])
    assert run.trace_at(0)["conv2d1.z"].tolist() == [[[[4.5, 4.5], [4.5, 4.5]]]]


def test_a_frozen_kernel_has_a_gradient_and_stays() -> None:
    run = images({**CONV, "frozen": ["weight"]})
    traced = run.trace_at(9)
    np.testing.assert_array_equal(traced["conv2d1.weight"], run.trace_at(0)["conv2d1.weight"])
    assert (bool(traced["conv2d1.weight.grad"].any()), "conv2d1.weight.next" in traced) == (True, False)


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "path", "says"),
    [
        ([CONV], "layers[0]", "takes images (N, C, H, W), and is given 16 a sample; put a reshape layer before it"),
        ([{"type": "max_pool2d"}], "layers[0]", "max_pool2d1 takes images (N, C, H, W), and is given 16 a sample"),
        ([{"type": "global_avg_pool"}], "layers[0]", "global_avg_pool1 takes images"),
        ([IMAGE, {**CONV, "kernel": 5}], "layers[1].kernel", "kernel of conv2d1 is 5x5, larger than its images of 4x4"),
        (
            [IMAGE, {**CONV, "kernel": [3, 2], "dilation": [3, 1], "padding": 1}],
            "layers[1].kernel",
            "3x2, with dilation 3x1 over 7x2 cells, larger than its images of 4x4, with padding 6x6; give it a smaller",
        ),
        ([IMAGE, {"type": "avg_pool2d", "kernel": [1, 5]}], "layers[1].kernel", "1x5, larger than its images of 4x4"),
        ([IMAGE, {**CONV, "padding": 5}], "layers[1].padding", "at most the image's own sides, here 4x4; given 5x5"),
        ([IMAGE, {"type": "max_pool2d", "padding": 2}], "layers[1].padding", "at most half of the kernel, here 2x2"),
        ([IMAGE, {**CONV, "kernel": 0}], "layers[1].kernel", "kernel is at least 1; given 0"),
        ([IMAGE, {**CONV, "stride": [1, 0]}], "layers[1].stride[1]", "stride is at least 1; given 0"),
        ([IMAGE, {**CONV, "kernel": [3, 3, 3]}], "layers[1].kernel", "a whole number, or a list of 2; given [3, 3, 3]"),
        ([IMAGE, {**CONV, "kernel": True}], "layers[1].kernel", "kernel is a whole number; given True"),
        ([IMAGE, {"type": "conv2d"}], "layers[1].units", "a conv2d layer needs units, for example 4"),
        ([IMAGE, {**CONV, "weight": [[1, 2]]}], "layers[1].weight", "conv2d1.weight is 2x9 here, given 1x2"),
        ([IMAGE, {**CONV, "bias_values": [1]}], "layers[1].bias_values", "conv2d1.bias is 2 here, given 1"),
        ([IMAGE, {**CONV, "bias": False, "bias_values": [1, 2]}], "layers[1].bias_values", "bias is false"),
        ([IMAGE, {"units": 3}], "layers[1]", "put a flatten layer before it"),
        ([IMAGE, {**CONV, "padding": 1}, {**CONV, "share": "conv2d1"}], "layers[2].share", "needs weight 2x2x3x3"),
        ([IMAGE, {**CONV, "units": 1}], "layers[1]", "put a flatten layer at the end"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(layers: Any, path: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        images(layers=layers)
    assert (caught.value.path, says in caught.value.message) == (path, True), caught.value


# --- figures -----------------------------------------------------------------------------------------------------


def test_a_channel_without_a_slope_anywhere_is_a_dead_unit() -> None:
    run = images({**CONV, "units": 4, "bias_values": [-99, 9, 9, -99]})
    traced = run.trace_at(0)
    (finding,) = (finding for finding in diagnose(run, traced).findings if finding.kind == "dead_units")
    assert (layer_figures(run, traced)["conv2d1"].dead, finding.text) == (
        0.5,
        "2 of 4 units have slope 0 for all samples of this batch and for all 5 training rows, so no gradient "
        "passes them: 2 in conv2d 1.",
    )


# --- explanations ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explained() -> tuple[Run, Trace]:
    run = images({**CONV, "padding": 1}, {"type": "max_pool2d"})
    return run, run.trace_at(3)


def test_a_weight_that_is_used_at_many_places_has_no_one_chain(explained: tuple[Run, Trace]) -> None:
    found = derivation(*explained, "conv2d1.weight.grad", (0, 0, 1, 1), sample=0)
    assert (found.chain, found.terms_total) == (None, 16)


def test_where_a_sample_uses_a_weight_once_there_is_a_chain() -> None:
    run = images({**CONV, "kernel": 4})
    traced = run.trace_at(3)
    found = derivation(run, traced, "conv2d1.weight.grad", (0, 0, 1, 1), sample=2)
    assert found.chain is not None
    assert found.chain.product == traced["conv2d1.z.grad"][2, 0, 0, 0] * traced["reshape1.a"][2, 0, 1, 1]


def test_the_paths_of_all_samples_sum_to_the_gradient_of_a_kernel(explained: tuple[Run, Trace]) -> None:
    run, traced = explained
    shares = [paths(run, traced, "conv2d1.weight", (1, 0, 0, 2), sample).sum for sample in range(5)]
    assert sum(shares) == pytest.approx(traced["conv2d1.weight.grad"][1, 0, 0, 2], rel=1e-12)


def test_a_path_from_a_kernel_goes_by_the_places_where_it_was_used(explained: tuple[Run, Trace]) -> None:
    run, traced = explained
    found = paths(run, traced, "conv2d1.weight", (1, 0, 0, 2), 2)
    largest = np.argwhere(traced["conv2d1.a.grad"][2, 1]).tolist()  # of their windows in the pool
    assert {path.cells[1].index for path in found.paths} == {(2, 1, i, j) for i, j in largest if i > 0 and j < 3}


def test_a_cell_that_no_window_took_has_no_term(explained: tuple[Run, Trace]) -> None:
    run, traced = explained
    index = tuple(int(i) for i in np.argwhere(traced["conv2d1.a.grad"] == 0)[0])
    found = derivation(run, traced, "conv2d1.a.grad", index)
    assert (found.terms, cell_numbers(found), cell_formula(found)) == (
        (),
        f"{found.symbol} = 0",
        f"{found.symbol} = 0",
    )
    assert explanation(run, traced, found).endswith("Nothing comes to this cell, so it is 0.")


def test_a_unit_of_an_image_is_named_with_its_place(explained: tuple[Run, Trace]) -> None:
    run, traced = explained
    found = derivation(run, traced, "conv2d1.z.grad", (0, 1, 2, 3))
    assert explanation(run, traced, found).startswith("Unit 2 of conv2d 1 at row 3, column 4 receives ")


def test_every_step_over_images_has_a_sentence_of_its_own() -> None:
    pools: list[dict[str, Any]] = [
        {"type": "max_pool2d"},
        {"type": "avg_pool2d", "kernel": 1},
        {"type": "global_avg_pool"},
    ]
    run = images({**CONV, "padding": 1}, {**CONV, "padding": 1, "bias": False}, *pools)
    steps = [step for step in run.program_at(0).steps if step.op.startswith(("conv2d", "max_", "avg_", "global_"))]
    sentences = {step_sentence(step) for step in steps}
    assert len(sentences) == len(steps)
    assert not any(text.startswith(("What comes back", "Every unit of global")) for text in sentences)
