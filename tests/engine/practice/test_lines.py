"""Lines of numpy that are typed: what is on the list is computed, everything else is refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.practice.code.lines import LineError, evaluated
from engine.practice.kinds.typed_line import hidden_nets
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config

X, W = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3)
NAMES = {"x": X, "W": W}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x @ W.T", X @ W.T),
        ("x.T.sum(axis=1, keepdims=True)", X.T.sum(axis=1, keepdims=True)),
        ("np.where(x > 2, x, 0) / len(x)", np.where(X > 2, X, 0) / 2),
        ("-x**2 + 1e-3 * x.size", -(X**2) + 6e-3),
        ("x[:, 1:] * x[:, None, 0]", X[:, 1:] * X[:, None, 0]),
        ("np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)", np.exp(X) / np.exp(X).sum(axis=-1, keepdims=True)),
    ],
)
def test_a_line_is_computed_as_numpy_does(line: str, expected: np.ndarray) -> None:
    np.testing.assert_allclose(evaluated(line, NAMES), expected, rtol=1e-15)


@pytest.mark.parametrize(
    "line",
    [
        *("__import__('os')", "().__class__", "x.__class__", "np.load('a')", "np.fromfile('a')", "open('a')"),
        *("np.lib", "np.random.rand(3)", "[i for i in x]", "lambda: 1", "x := 1", "x.tofile('a')", "'a' * 9"),
        *("np.zeros(3)", "np.linspace(0, 1, 9)", "np.ones((3, 3)).T", "np.diagonal(x)"),
        *("x.data", "np.eye(99999)", "np.arange(10**12)", "np.einsum('ij->i', x)", "x if 1 else 2", "f'{x}'"),
        *(
            "x @ W",
            "y + 1",
            "",
            "x =",
            "9**9**9 @ x",
            "x.sum(dtype=object)",
            "x.sum(**W)",
            "np.broadcast_to(1, (9**9,))",
        ),
        *("(" * 300, "x[:, None, None, None] * " * 20 + "x", "np.where", "import os", "x; x", "x\nx", "x[9]"),
        *("x[:, None, None] * np.broadcast_to(x[0, 0], (99999, 1, 99999))", "b'x' + x", "not x", "x and x"),
    ],
)
def test_a_line_with_anything_else_in_it_is_refused(line: str) -> None:
    with pytest.raises(LineError):
        evaluated(line, NAMES)


def test_numbers_that_would_take_forever_are_infinite_at_once() -> None:
    assert evaluated("9.0**9**9", NAMES) == np.inf


def test_no_line_makes_a_large_array() -> None:
    wide = {"x": np.zeros((2000, 1)), "y": np.zeros((1, 2000))}
    with pytest.raises(LineError, match="more than"):
        evaluated("x * y", wide)
    with pytest.raises(LineError):
        evaluated("(x + np.roll(x, 1))[:, None, :] * y[:, :, None]", wide)


@pytest.mark.parametrize("name", ["characters", "remembering", "transformer"])
def test_every_step_has_its_three_hidden_nets_or_none(name: str) -> None:
    """Of an op that takes one moment of a sequence, or some of the units, the sizes are not free."""
    preset = next(preset for preset in presets() if preset.name == name)
    back = [step for step in Run(parse_config(preset.config)).program_at(0).steps if step.phase == "backward"]
    found = {(step.op, step.argument): len(hidden_nets(step)) for step in back}
    assert set(found.values()) == {0, 3}
