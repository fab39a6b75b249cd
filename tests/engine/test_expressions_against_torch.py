"""Random scalar programs against PyTorch: the loss and the gradient of every input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from engine.expressions.functions import FUNCTIONS
from tests.engine.scalars import Numbers, graph_of, points, programs, run_by_python, values_of, walked

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
pytestmark = pytest.mark.torch

THEIRS: dict[str, Any] = {
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "sin": torch.sin,
    "cos": torch.cos,
    "abs": torch.abs,
    "max": torch.maximum,
    "min": torch.minimum,
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "elu": torch.nn.functional.elu,
    "selu": torch.nn.functional.selu,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "softplus": torch.nn.functional.softplus,
}
PAIRS = ("max", "min")
OF_ONE = tuple(name for name in THEIRS if name not in ("exp", "log", "sqrt", *PAIRS))


def constant(value: float) -> Any:
    return torch.tensor(value, dtype=torch.float64)


def of_torch(text: str, inputs: Numbers) -> tuple[float, Numbers]:
    leaves = {name: constant(value).requires_grad_() for name, value in inputs.items()}
    loss = run_by_python(text, leaves, THEIRS, constant)
    loss.backward()
    return float(loss.detach()), {name: float(leaf.grad) for name, leaf in leaves.items()}


def far(found: tuple[float, Numbers], expected: tuple[float, Numbers]) -> float:
    """The largest difference, as a share of the largest number."""
    a, b = (np.array([loss, *(grads[name] for name in sorted(grads))]) for loss, grads in (found, expected))
    return float(np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b))))


def test_every_function_of_expressions_is_compared_here() -> None:
    assert set(THEIRS) == set(FUNCTIONS)


@settings(max_examples=500)
@given(programs(OF_ONE, PAIRS), points)
def test_a_random_program_agrees_with_pytorch(text: str, inputs: Numbers) -> None:
    assume(all(abs(value) < 1e3 for value in values_of(graph_of(text, **inputs)).values()))

    assert far(walked(text, **inputs), of_torch(text, inputs)) < 1e-12


@pytest.mark.parametrize("at", [-30.0, -1.5, 0.0, 0.4, 25.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_agrees_with_pytorch_also_at_its_kink_and_far_out(name: str, at: float) -> None:
    text = f"{name}(a, 0) + b" if name in PAIRS else f"{name}(abs(a) + 0.1) * b" if name in ("log", "sqrt") else ""
    text = text or f"{name}(a) * b"

    assert far(walked(text, a=at, b=0.5), of_torch(text, {"a": at, "b": 0.5})) < 1e-12


@pytest.mark.parametrize("text", ["a/0 + b", "log(a - a) * b", "10**10**10 * a + b", "sqrt(-a) + b", "b*0/0 + a"])
def test_inf_and_nan_come_about_where_they_do_in_pytorch(text: str) -> None:
    found, expected = walked(text, a=2.0, b=3.0), of_torch(text, {"a": 2.0, "b": 3.0})

    np.testing.assert_equal([found[0], found[1]["a"], found[1]["b"]], [expected[0], *expected[1].values()])
