"""The pictures of all layers: what they show is the iteration's, and what they add up is the number that it has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.explain.derivation import Cell, derivation
from engine.explain.sentences import explanation
from engine.explain.stage.place import Stage, StageSum
from engine.explain.stage.stage import stage
from engine.foundation.errors import NoDataError, RangeError, UnknownValueError
from engine.presets import presets
from engine.run.task import parse_config
from engine.run.trace import Trace
from tests.engine.support.models import LAYERS, SEQUENCES, run_of

MODELS = LAYERS | SEQUENCES
T = 2
MOST = 12  # values of a layer that are selected: of a recurrent one there are hundreds


@cache
def model(name: str) -> tuple[Run, Trace]:
    run = run_of(**MODELS[name])
    return run, run.trace_at(T)


@cache
def preset(name: str, t: int = 5) -> tuple[Run, Trace]:
    run = Run(parse_config(next(p.config for p in presets() if p.name == name)))
    return run, run.trace_at(t)


def pictures(name: str, sample: int = 1) -> Iterator[tuple[Run, Trace, Stage]]:
    run, traced = model(name)
    for layer in run.names:
        yield run, traced, stage(run, traced, layer, sample)


def of(found: Stage, role: str) -> Any:
    return next(part.numbers for part in found.parts if part.role == role)


def sums(found: Stage) -> dict[str, StageSum]:
    return {each.role: each for each in found.sums}


@pytest.mark.parametrize("name", MODELS)
def test_every_part_that_names_a_value_is_cut_from_it_at_the_place_that_it_says(name: str) -> None:
    for _, traced, found in pictures(name):
        for part in found.parts:
            if part.value:
                cut = traced[part.value][tuple(slice(None) if i is None else i for i in part.index)]
                assert part.numbers.tolist() == np.asarray(cut).tolist()


@pytest.mark.parametrize("name", MODELS)
def test_every_sum_is_that_of_its_largest_addends_and_the_rest_and_counts_those_that_are_0(name: str) -> None:
    for _, _, found in pictures(name):
        for each in found.sums:
            assert sum(share.product for share in each.largest) + each.rest == pytest.approx(each.total, abs=1e-12)
            sizes = [abs(share.product) for share in each.largest]
            assert (sizes, all(sizes), bool(each.smaller)) == (
                sorted(sizes, reverse=True),
                True,
                each.smaller > 0 and len(sizes) == 5,
            )


@pytest.mark.parametrize("name", MODELS)
def test_whatever_cell_is_selected_its_layer_has_a_picture_of_it(name: str) -> None:
    run, traced = model(name)
    for layer in run.names:
        own = [value for value in traced if traced.program.name(value).layer == layer]
        for value in own[:: max(1, len(own) // MOST)]:
            index = tuple(n // 2 for n in traced[value].shape)
            found = stage(run, traced, layer, 0, Cell(value, index))
            assert (found.layer, found.crumbs[0].text) == (layer, found.title)


def test_a_score_is_what_its_products_add_up_to_over_the_root_and_its_gradient_has_the_short_form() -> None:
    for name in ("attention", "cross attention"):
        run, traced = model(name)
        for query in range(4):
            at = (1, 0, query, query // 2)
            found = stage(run, traced, "attention1", 1, Cell("attention1.scores", at))
            assert (
                sums(found)["score"].total / of(found, "root"),
                traced["attention1.weights"][at] * of(found, "above"),
            ) == pytest.approx((traced["attention1.scores"][at], traced["attention1.scores.grad"][at]), abs=1e-14)


def test_the_loss_falls_when_a_score_goes_the_way_that_the_picture_says() -> None:
    run, traced = preset("reversing")
    gradient = traced["attention1.scores.grad"]
    for query in range(8):
        at = (2, 0, query, 3)
        text = stage(run, traced, "attention1", 2, Cell("attention1.scores", at)).says["backward"]
        assert text.endswith("should go up." if gradient[at] < 0 else "should go down.")


def test_the_row_says_which_key_a_query_looks_at_most() -> None:
    run, traced = preset("reversing", 60)
    found = stage(run, traced, "attention1", 3, Cell("attention1.scores", (3, 0, 2, 5)))
    weights = traced["attention1.weights"][3, 0, 2]
    assert (int(np.argmax(weights)), found.says["forward"]) == (
        5,
        "Query 3 c looks most at key 6 a: of its weights, which add up to 1, that one is 0.7728.",
    )


CONVOLUTIONS = [
    name for name in MODELS if any(layer.get("type") == "conv2d" for layer in MODELS[name].get("layers", []))
]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_window_weight_and_pixel_of_a_convolution_add_up_to_the_numbers_of_the_iteration(name: str) -> None:
    run, traced = model(name)
    for layer in (n for n in run.names if n.startswith("conv2d")):
        places = [(0, 0, 0), *[tuple(n - 1 for n in traced[f"{layer}.z"].shape[1:])]]
        for k, i, j in places:
            found = stage(run, traced, layer, 1, Cell(f"{layer}.z", (1, k, i, j)))
            bias = of(found, "bias") if any(part.role == "bias" for part in found.parts) else 0.0
            assert sums(found)["window"].total + bias == pytest.approx(traced[f"{layer}.z"][1, k, i, j], abs=1e-13)
            if "pixel" in sums(found):
                _check_pixel(found)


def _check_pixel(found: Stage) -> None:
    row, column = (int(at) for at in of(found, "pixel"))
    back = of(found, "input.grad")
    if 0 <= row < back.shape[1] and 0 <= column < back.shape[2]:
        here = back[found.focus["of_input"], row, column]
        assert sums(found)["pixel"].total == pytest.approx(here, abs=1e-14)


def test_the_samples_shares_of_a_weights_gradient_add_up_to_it() -> None:
    """Of a kernel over its places, of a dense and of a recurrent layer's weight."""
    run, traced = preset("digits_conv", 2)
    index = (2, 1, 0, 1)
    cell = Cell("conv2d2.weight.grad", index)
    shares = [sums(stage(run, traced, "conv2d2", n, cell))["weight"].total for n in range(32)]
    assert sum(shares) == pytest.approx(traced["conv2d2.weight.grad"][index], rel=1e-12)
    dense = stage(run, traced, "dense1", 4, Cell("dense1.weight.grad", (3, 5)))
    assert sums(dense)["weight"].total == pytest.approx(traced["dense1.weight.grad"][3, 5], rel=1e-12)
    run, traced = preset("remembering", 2)
    at = Cell("gru1.weight_hh.grad", (18, 7))
    times = [float(of(stage(run, traced, "gru1", n, at), "shares").sum()) for n in range(20)]
    assert sum(times) == pytest.approx(traced["gru1.weight_hh.grad"][18, 7], rel=1e-12)


def test_the_map_of_a_kernels_weight_is_delta_times_the_pixel_under_it_at_every_place() -> None:
    run, traced = preset("digits_conv", 30)
    found = stage(run, traced, "conv2d1", 3, Cell("conv2d1.weight.grad", (2, 0, 1, 0)))
    x = np.pad(traced["reshape1.a"][3, 0], 1)
    delta = traced["conv2d1.z.grad"][3, 2]
    by_hand = [[delta[i, j] * x[i + 1, j] for j in range(8)] for i in range(8)]
    first, weight = sums(found)["weight"].largest[0], sums(found)["weight"]
    assert of(found, "map").tolist() == by_hand
    assert (first.at, weight.smaller, [(zero.count, zero.why) for zero in weight.zeros], round(weight.total, 6)) == (
        (5, 3),
        6,
        [(49, "δ is 0"), (4, "the pixel is 0")],
        -0.011787,
    )


@pytest.mark.parametrize("tap", [(0, 0), (0, 1), (1, 1), (2, 2)])
def test_near_and_in_the_dock_a_kernels_weight_acts_at_as_many_places(tap: tuple[int, int]) -> None:
    run, traced = preset("digits_conv", 2)
    index = (1, 0, *tap)
    said = stage(run, traced, "conv2d1", 0, Cell("conv2d1.weight.grad", index)).says["backward"]
    places, padded = (int(n) for n in (*re.findall(r"at (\d+) (?:places|of them)", said), "0")[:2])
    found = derivation(run, traced, "conv2d1.weight.grad", index)
    each = f"{places - padded} places of each of {traced.program.batch} samples,"
    assert f"A sum of {(places - padded) * traced.program.batch} terms, {each} that comes to " in explanation(
        run, traced, found
    )


def test_every_window_of_a_maximum_names_the_cell_that_it_gives_on_and_that_alone_gets_its_gradient() -> None:
    run, traced = preset("digits_conv", 30)
    found = stage(run, traced, "max_pool2d1", 3)
    winners, taken = of(found, "winners").astype(int), traced["conv2d1.a"][3].reshape(8, -1)
    back = np.zeros((8, 64))
    for channel in range(8):
        np.add.at(back[channel], winners[channel].ravel(), traced["max_pool2d1.a.grad"][3, channel].ravel())
    assert np.array_equal(np.take_along_axis(taken, winners.reshape(8, -1), 1), of(found, "a").reshape(8, -1))
    assert np.array_equal(back.reshape(8, 8, 8), of(found, "input.grad"))


NORMS = ["batch norm", "plain norms", "attention", "cross attention"]


@pytest.mark.parametrize("name", NORMS)
def test_the_ways_of_a_normalizations_gradient_add_up_to_what_it_hands_back(name: str) -> None:
    run, traced = model(name)
    for layer in (n for n in run.names if n.split("_norm")[0] in ("batch", "layer", "rms")):
        found = stage(run, traced, layer, 1)
        source = run.outline.inputs[layer][0]
        ways = [p.numbers for p in found.parts if p.role in ("direct", "through_mean", "through_variance")]
        line = next(part.index for part in found.parts if part.role == "x")
        whole = traced[f"{source}.grad"][tuple(slice(None) if i is None else i for i in line)]
        assert of(found, "total").tolist() == pytest.approx(np.sum(ways, axis=0).tolist(), abs=1e-15)
        assert of(found, "total").tolist() == pytest.approx(whole.tolist(), abs=1e-14)


@pytest.mark.parametrize("name", ["dropout", "attention", "rnn", "prelu"])
def test_a_dense_units_sums_are_its_z_its_weights_gradient_and_what_goes_back(name: str) -> None:
    run, traced = model(name)
    for layer in (n for n in run.names if n.startswith("dense")):
        found = stage(run, traced, layer, 1)
        unit, column = found.focus["unit"], found.focus["input"]
        got = [sums(found)["z"].total + of(found, "bias")[unit], sums(found)["weight"].total]
        wanted = [of(found, "z")[unit], of(found, "weight.grad")[unit, column]]
        if "back" in sums(found):
            got, wanted = [*got, sums(found)["back"].total], [*wanted, of(found, "x.grad")[column]]
        assert got == pytest.approx(wanted, abs=1e-13)


def test_the_tangent_is_that_of_the_curve_where_z_is() -> None:
    run, traced = preset("vanishing")
    found = stage(run, traced, "dense3", 2)
    z, a, slope = of(found, "tangent")
    (xs, ys) = of(found, "curve")
    near = np.interp([z - 1e-1, z + 1e-1], xs, ys)
    assert (a, slope) == pytest.approx((1 / (1 + np.exp(-z)), (near[1] - near[0]) / 2e-1), abs=2e-3)


def test_the_shares_of_the_ways_around_and_through_a_block_add_up_to_1() -> None:
    run, traced = preset("residual")
    found = [of(stage(run, traced, f"add{k}", 2), "share") for k in range(2, 6)]
    assert [share.sum() for share in found] == pytest.approx([1.0] * 4, abs=1e-12)


def test_the_mask_of_dropout_is_the_same_both_ways() -> None:
    run, traced = preset("dropout")
    found = stage(run, traced, "dropout1", 2)
    mask = of(found, "mask")
    assert (of(found, "x") * mask).tolist() == of(found, "a").tolist()
    assert (of(found, "a.grad") * mask).tolist() == of(found, "x.grad").tolist()


def test_an_embedding_counts_the_rows_that_were_taken() -> None:
    run, traced = preset("reversing")
    found = stage(run, traced, "embedding1", 2)
    rows = traced["embedding1.weight"][of(found, "taken").astype(int)]
    assert of(found, "a").tolist() == rows.tolist()
    assert of(found, "counts").tolist() == [int((traced["x"] == token).sum()) for token in range(4)]


def test_what_is_left_of_the_gradient_is_told_time_by_time() -> None:
    run, traced = preset("forgetting", 60)
    found = stage(run, traced, "rnn1", 2)
    sizes = [float(np.linalg.norm(traced[f"rnn1.h{t}.grad"][2])) for t in range(1, 21)]
    assert of(found, "sizes").tolist() == pytest.approx(sizes, rel=1e-12)
    assert of(found, "kept")[:-1].tolist() == pytest.approx((np.array(sizes[:-1]) / sizes[1:]).tolist(), rel=1e-12)


@pytest.mark.parametrize(
    ("layer", "sample", "cell", "error"),
    [
        ("dense9", 0, None, RangeError),
        ("dense1", 99, None, RangeError),
        ("dense1", 0, Cell("dense1.q", ()), UnknownValueError),
        ("dense1", 0, Cell("dense1.z", (0, 99)), RangeError),
    ],
)
def test_a_layer_sample_or_cell_that_there_is_not_is_refused(
    layer: str, sample: int, cell: Cell | None, error: type[Exception]
) -> None:
    run, traced = model("dropout")
    with pytest.raises(error):
        stage(run, traced, layer, sample, cell)


def test_an_expression_has_no_layers_to_look_at() -> None:
    run, traced = preset("chain_rule", 0)
    with pytest.raises(NoDataError):
        stage(run, traced, "dense1", 0)


@pytest.mark.parametrize("name", MODELS)
def test_a_state_is_told_in_numbers_that_come_to_it(name: str) -> None:
    known = {"tanh": math.tanh, "relu": lambda x: max(x, 0.0)}
    for _, _, found in pictures(name):
        for line in found.labels.get("made", ()):
            _, _, numbers, state = line.translate(str.maketrans("−·", "-*")).split(" = ")
            assert eval(numbers, known) == pytest.approx(float(state), rel=0.01, abs=2e-3), line


@pytest.mark.parametrize("name", MODELS)
def test_every_picture_says_in_a_sentence_what_happens_forward_and_back(name: str) -> None:
    for _, traced, found in pictures(name):
        ways = {"forward", "backward"} if f"{found.layer}.a.grad" in traced.table else {"forward"}
        assert {way for way in ways if not found.says.get(way, "").endswith(".")} == set(), found.layer
