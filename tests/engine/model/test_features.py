"""Features by name: what they are, their slopes, and the names that are refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config.run_config import RunConfig
from engine.foundation.errors import ConfigError
from engine.ops.dense.feature_names import POWER, Atom, parse_feature
from engine.ops.dense.features import features

atoms = st.one_of(
    st.builds(lambda k: f"x{k}", st.integers(1, 3)),
    st.builds(lambda k, p: f"x{k}^{p}", st.integers(1, 3), st.integers(1, POWER)),
    st.builds(lambda f, k: f"{f}(x{k})", st.sampled_from(["sin", "cos"]), st.integers(1, 3)),
)
names = st.lists(atoms, min_size=1, max_size=3).map("*".join)


def as_python(name: str) -> str:
    """The name as an expression of Python."""
    text = re.sub(r"x(\d)", lambda m: f"x[:, {int(m[1]) - 1}]", name.replace("^", "**"))
    return re.sub(r"(sin|cos)", r"np.\1", text)


@given(st.lists(names, min_size=1, max_size=5).map(tuple))
def test_a_column_is_what_its_name_says(chosen) -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))

    found = features(chosen, 3).forward(x)

    expected = np.stack([eval(as_python(name), {"x": x, "np": np}) for name in chosen], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@given(st.lists(names, min_size=1, max_size=5).map(tuple))
def test_the_gradient_of_the_inputs_is_that_of_the_complex_step(chosen) -> None:
    rng = np.random.default_rng(0)
    x, grad = rng.uniform(-1, 1, (4, 3)), rng.normal(size=(4, len(chosen)))

    found = features(chosen, 3).vjp("x", grad, x)

    expected = np.empty_like(x)
    for k in range(3):
        moved = x + 1e-200j * (np.arange(3) == k)
        steep = [eval(as_python(name), {"x": moved, "np": np}).imag / 1e-200 for name in chosen]
        expected[:, k] = (grad * np.stack(steep, axis=1)).sum(axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@given(st.lists(names, min_size=1, max_size=5).map(tuple))
def test_the_terms_of_a_feature_and_of_its_gradient_sum_to_the_cell(chosen) -> None:
    rng = np.random.default_rng(1)
    op, x, grad = features(chosen, 3), rng.normal(size=(2, 3)), rng.normal(size=(2, len(chosen)))
    there, back = op.forward(x), op.vjp("x", grad, x)

    def summed(function, operands, shape):
        cells = [function.terms(index, operands, {}) for index in np.ndindex(shape)]
        totals = [sum(np.prod([factor.number for factor in term]) for term in terms) for terms in cells]
        return np.reshape(totals, shape)

    np.testing.assert_allclose(summed(op.function, {"x": x}, there.shape), there, rtol=1e-12)
    terms = summed(op.vjps["x"], {"grad": grad, "x": x}, back.shape)
    np.testing.assert_allclose(terms, back, rtol=1e-11, atol=1e-12)


def test_spaces_around_the_factors_of_a_product_do_not_matter() -> None:
    assert parse_feature("x1^2 * sin(x2)", 2) == (Atom(0, 2), Atom(1, 1, "sin"))


REFUSED = [
    ("", "unknown feature ''; a feature is x1, x1^2, sin(x1), cos(x1) or a product like x1*x2"),
    ("x", "unknown feature 'x'; a feature is"),
    ("x1^", "unknown feature 'x1^'; a feature is"),
    ("sin(x1)^2", "unknown feature 'sin(x1)^2'; a feature is"),
    ("tan(x1)", "unknown feature 'tan(x1)'; a feature is"),
    ("x1*", "unknown feature 'x1*'; a feature is"),
    ("x3", "feature 'x3' is of x3; the data has x1 to x2"),
    ("x1*sin(x0)", "feature 'x1*sin(x0)' is of x0; the data has x1 to x2"),
    ("x1^13", "feature 'x1^13' has the power 13; powers are 1 to 12"),
    ("x2^0", "feature 'x2^0' has the power 0; powers are 1 to 12"),
]


@pytest.mark.parametrize(("name", "message"), REFUSED)
def test_a_name_of_no_feature_is_refused_with_what_there_is(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as raised:
        parse_feature(name, 2, "layers[0].terms[1]")

    assert raised.value.path == "layers[0].terms[1]"


@pytest.mark.parametrize("count", [13, 100_000])
def test_a_feature_of_too_many_factors_is_refused_before_any_of_them_is_read(count: int) -> None:
    with pytest.raises(ConfigError, match=f"a feature has at most 12 factors; .* has {count}$") as raised:
        parse_feature("*".join(["x1"] * count), 1)

    assert len(raised.value.message) < 200


def test_a_feature_may_have_as_many_factors_as_a_power() -> None:
    assert len(parse_feature("*".join(["x1"] * 12), 1)) == 12


def test_more_features_than_inputs_may_have_are_refused_before_any_of_them_is_read() -> None:
    config = {"data": {"name": "circle"}, "features": ["x1"] * 5000, "layers": [{"units": 1}]}
    with pytest.raises(ConfigError, match="at most 4096 features; given 5000") as raised:
        RunConfig.from_dict(config)

    assert raised.value.path == "features"


def test_data_of_one_input_is_told_as_such() -> None:
    with pytest.raises(ConfigError, match="the data has x1 only"):
        parse_feature("x2", 1)


def test_the_features_of_a_playground_are_written_as_on_paper_and_in_numpy() -> None:
    function = features(("x1", "x2^2", "x1*x2", "sin(x1)"), 2).function

    assert (function.formula, function.code) == (
        r"$out = \left[{$x}_{1},\; {$x}_{2}^{2},\; {$x}_{1} \odot {$x}_{2},\; \sin\left({$x}_{1}\right)\right]",
        "np.stack([$x[:, 0], $x[:, 1]**2, $x[:, 0] * $x[:, 1], np.sin($x[:, 0])], axis=1)",
    )
