"""Expressions against PyTorch: losses and gradients of random programs, and a hundred updates of whole runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from engine.expressions.functions import FUNCTIONS
from tests.engine.support.expression_runs import EXPRESSIONS, run_of_expression
from tests.engine.support.scalars import Numbers, graph_of, points, programs, run_by_python, values_of, walked

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
    "mish": torch.nn.functional.mish,
    "hardtanh": torch.nn.functional.hardtanh,
    "relu6": torch.nn.functional.relu6,
    "hardsigmoid": lambda z: torch.nn.functional.relu6(z + 3) / 6,  # its own slope is 1/6 in single precision
    "hardswish": torch.nn.functional.hardswish,
    "softsign": torch.nn.functional.softsign,
    "logsigmoid": torch.nn.functional.logsigmoid,
    "tanhshrink": torch.nn.functional.tanhshrink,
    "softshrink": torch.nn.functional.softshrink,
    "hardshrink": torch.nn.functional.hardshrink,
    "tan": torch.tan,
    "ln": torch.log,
}
JUMPS = ("hardshrink", "tan")  # where a last bit may decide
PAIRS = ("max", "min")
OF_ONE = tuple(name for name in THEIRS if name not in ("exp", "log", "ln", "sqrt", *JUMPS, *PAIRS))


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
    text = (
        f"{name}(a, 0) + b" if name in PAIRS else f"{name}(abs(a) + 0.1) * b" if name in ("log", "ln", "sqrt") else ""
    )
    text = text or f"{name}(a) * b"

    assert far(walked(text, a=at, b=0.5), of_torch(text, {"a": at, "b": 0.5})) < 1e-12


@pytest.mark.parametrize("text", ["a/0 + b", "log(a - a) * b", "10**10**10 * a + b", "sqrt(-a) + b", "b*0/0 + a"])
def test_inf_and_nan_come_about_where_they_do_in_pytorch(text: str) -> None:
    found, expected = walked(text, a=2.0, b=3.0), of_torch(text, {"a": 2.0, "b": 3.0})

    np.testing.assert_equal([found[0], found[1]["a"], found[1]["b"]], [expected[0], *expected[1].values()])


UPDATES = 100
OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sgd": (torch.optim.SGD, {"learning_rate": 0.002}),
    "sgd momentum": (torch.optim.SGD, {"learning_rate": 0.001, "momentum": 0.9, "weight_decay": 0.01}),
    "adam": (torch.optim.Adam, {"learning_rate": 0.01}),
    "rmsprop": (torch.optim.RMSprop, {"learning_rate": 0.005}),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", ["lecture", "everything", "used again", "fixed"])
def test_a_hundred_updates_agree_with_pytorch(name: str, optimizer: str) -> None:
    kind, options = OPTIMIZERS[optimizer]
    run = run_of_expression(EXPRESSIONS[name], optimizer={"type": optimizer.split()[0], **options})
    spec = run.config.to_dict()
    leaves = {key: constant(value).requires_grad_(key in spec["train"]) for key, value in spec["inputs"].items()}
    own = {"lr": options["learning_rate"]} | {k: v for k, v in options.items() if k != "learning_rate"}
    updates = kind([leaves[key] for key in spec["train"]], **own)

    theirs = []
    for _ in range(UPDATES):
        updates.zero_grad()
        loss = run_by_python(spec["expression"], leaves, THEIRS, constant)
        loss.backward()
        theirs.append([float(loss.detach()), *(float(leaf.detach()) for leaf in leaves.values())])
        updates.step()

    ours = [[float(run.trace_at(t)[key]) for key in ("loss", *leaves)] for t in range(UPDATES)]
    scale = np.max(np.abs(theirs), axis=0)
    assert np.max(np.abs(np.array(ours) - theirs) / scale) <= 1e-12
