"""How single cells are written where the sample is the same throughout, or is summed over: derivatives, sums, paths."""

from __future__ import annotations

import math

import pytest

from engine import Run
from engine.explain.derivation import Chain, derivation
from engine.explain.notation import Symbols
from engine.explain.paths import paths
from engine.foundation.value_name import gradient_name
from engine.run.task import parse_config
from tests.engine.support.preset_runs import started

SOFTMAX = {"data": {"name": "iris"}, "layers": [{"units": 3, "activation": "softmax"}], "loss": "mse"}


def chain_of(run: Run, parameter: str, *index: int) -> Chain:
    found = derivation(run, run.trace_at(0), gradient_name(parameter), index, sample=3).chain
    assert found is not None
    return found


def over(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def test_a_chain_names_its_three_derivatives_and_leaves_the_sample_out() -> None:
    links = chain_of(started("xor"), "dense2.weight", 0, 1).links
    assert [(link.derivative, link.expression) for link in links] == [
        (r"\frac{1}{N}", r"\frac{1}{10}"),
        (over(r"\ell_{4}", "a^{(2)}_{1}"), ""),
        (over("a^{(2)}_{1}", "z^{(2)}_{1}"), r"a^{(2)}_{1} \left(1 - a^{(2)}_{1}\right)"),
        (over("z^{(2)}_{1}", r"w^{(2)}_{1,\,2}"), "a^{(1)}_{2}"),
    ]


def test_a_bias_sees_an_input_of_one() -> None:
    last = chain_of(started("xor"), "dense1.bias", 1).links[-1]
    assert (last.derivative, last.expression, last.factor.number) == (over("z^{(1)}_{2}", "b^{(1)}_{2}"), "1", 1.0)


def test_the_slope_of_the_identity_is_a_link_of_its_own() -> None:
    links = chain_of(started("iris"), "dense2.weight", 2, 1).links
    assert [(link.derivative, link.factor.number) for link in links[2:3]] == [(over("a^{(2)}_{3}", "z^{(2)}_{3}"), 1.0)]


def test_a_chain_starts_at_the_sum_where_the_activation_mixes_units() -> None:
    links = chain_of(Run(parse_config(SOFTMAX)), "dense1.weight", 2, 0).links
    assert [link.derivative for link in links[1:]] == [
        over(r"\ell_{4}", "z^{(1)}_{3}"),
        over("z^{(1)}_{3}", r"w^{(1)}_{3,\,1}"),
    ]


def test_a_chain_of_a_normalization_goes_through_its_own_values() -> None:
    links = chain_of(started("batch_norm"), "batch_norm1.weight", 1).links
    scaled = r"{\hat x_{\gamma}}^{(\text{batch norm 1})}_{2}"
    a = r"a^{(\text{batch norm 1})}_{2}"
    assert [(link.derivative, link.expression) for link in links] == [
        (over("L", a), ""),
        (over(a, scaled), ""),
        (over(scaled, r"\gamma^{(\text{batch norm 1})}_{2}"), r"\hat x^{(\text{batch norm 1})}_{2}"),
    ]


@pytest.mark.parametrize("preset", ["xor", "iris", "batch_norm", "residual"])
def test_the_links_of_a_chain_multiply_to_its_product(preset: str) -> None:
    run = started(preset)
    chains = [chain_of(run, p.name, *(0,) * len(p.shape)) for p in run.parameters]
    assert [math.prod(link.factor.number for link in c.links) for c in chains] == pytest.approx(
        [c.product for c in chains]
    )


def over_batch(run: Run, parameter: str, *index: int) -> str:
    return derivation(run, run.trace_at(0), gradient_name(parameter), index).over_batch


def test_a_gradient_is_a_sum_over_the_batch_with_the_sample_as_its_index() -> None:
    z = r"z^{(2)}_{n,\,1}"
    gradient = over("L", r"w^{(2)}_{1,\,2}")
    assert over_batch(started("xor"), "dense2.weight", 0, 1) == (
        rf"{gradient} = \sum_{{n}} {over('L', z)} \cdot a^{{(1)}}_{{n,\,2}}"
    )


@pytest.mark.parametrize(
    ("preset", "parameter"),
    [("digits_conv", "conv2d1.weight"), ("remembering", "gru1.weight_hh"), ("transformer", "dense1.weight")],
)
def test_a_gradient_with_several_terms_a_sample_is_no_sum_over_samples(preset: str, parameter: str) -> None:
    run = started(preset)
    shape = next(p.shape for p in run.parameters if p.name == parameter)
    assert over_batch(run, parameter, *(0,) * len(shape)) == ""


def test_the_cells_of_a_path_are_written_without_the_sample() -> None:
    run = started("xor")
    found = paths(run, run.trace_at(0), "dense1.weight", (0, 1), 2).paths[0]
    assert found.symbols == (r"w^{(1)}_{1,\,2}", "z^{(1)}_{1}", "a^{(1)}_{1}", "z^{(2)}_{1}", "a^{(2)}_{1}", "L")


def test_cells_of_sequence_layers_are_written_in_small_letters() -> None:
    run = started("transformer")
    attention = next(name for name in run.names if name.startswith("attention"))
    symbols = Symbols(run.program_at(0), run.names)
    number = r"\text{attn 1}"
    cells = {"weights": (0, 0, 1, 0), "q": (0, 1, 2), "weight_q": (2, 1)}
    assert [symbols.cell(f"{attention}.{key}", index) for key, index in cells.items()] == [
        rf"\alpha^{{({number})}}_{{1,\,1,\,2,\,1}}",
        rf"q^{{({number})}}_{{1,\,2,\,3}}",
        rf"{{w^{{Q}}}}^{{({number})}}_{{3,\,2}}",
    ]


def test_indices_have_commas() -> None:
    run = started("digits")
    assert Symbols(run.program_at(0), run.names).of_samples("x", (3, 11)) == r"x_{n,\,12}"
