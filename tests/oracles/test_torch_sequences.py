"""Ops for sequences against PyTorch, on shapes and orders of memory drawn at random; whole steps of recurrent cells."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ops import OPS
from engine.ops.core.op import Array
from engine.ops.dense.embedding import EMBEDDING_OPS
from engine.ops.dense.linear_sequence import LINEAR_SEQUENCE_OPS
from engine.ops.sequence.positions import SEQUENCE_OPS, stack_time
from tests.engine.support.tape import Lay, Tape, columns, laid_out, rows
from tests.oracles.torch_cases import Named, differences, of_op, of_tape, of_torch

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
functional: Any = torch.nn.functional
pytestmark = pytest.mark.torch

Shapes = list[tuple[int, ...]]
Spec = tuple[Callable[[Any], Shapes], Callable[[Any], dict[str, Any]], Callable[..., Any]]


def no_params(s: Any) -> dict[str, Any]:
    return {}


# of sizes n, t, d, j, each 1 to 4: the shapes of the arguments and the parameters; then what PyTorch makes of both
SPECS: dict[str, Spec] = {
    "embedding": (lambda s: [(s.n, s.t), (s.j, s.d)], no_params, functional.embedding),
    "add_positions": (lambda s: [(s.n, s.t, s.d), (s.t, s.d)], no_params, torch.add),
    "linear_sequence": (lambda s: [(s.n, s.t, s.d), (s.j, s.d), (s.j,)], no_params, functional.linear),
    "linear_sequence_without_bias": (lambda s: [(s.n, s.t, s.d), (s.j, s.d)], no_params, functional.linear),
    "at_time": (lambda s: [(s.n, s.t, s.d)], lambda s: {"t": s.t - 1}, lambda x, t: torch.select(x, 1, t)),
    "stack_time_2": (lambda s: [(s.n, s.d)] * 2, no_params, lambda *parts: torch.stack(parts, dim=1)),
    "stack_time_3": (lambda s: [(s.n, s.d)] * 3, no_params, lambda *parts: torch.stack(parts, dim=1)),
    "mean_time": (lambda s: [(s.n, s.t, s.d)], no_params, lambda x: torch.mean(x, dim=1)),
    "slice_units": (
        lambda s: [(s.n, s.d + s.j)],
        lambda s: {"start": s.d - 1, "stop": s.d + s.j - 1},
        lambda z, start, stop: torch.narrow(z, 1, start, stop - start),
    ),
}


@st.composite
def calls(draw: st.DrawFn, name: str) -> tuple[Named, dict[str, Any], Array]:
    """Arguments, parameters, and the gradient that comes in."""
    sizes = SimpleNamespace(**{letter: draw(st.integers(1, 4)) for letter in "ntdj"})
    shapes, params, _ = SPECS[name]
    args = {arg: draw(laid_out(shape)) for arg, shape in zip(OPS[name].args, shapes(sizes), strict=True)}
    if name == "embedding":
        args["x"] = (np.abs(args["x"]) * 100).astype(int) % sizes.j
    shape = OPS[name].shape(*(a.shape for a in args.values()), **params(sizes))
    return args, params(sizes), draw(laid_out(shape))


def test_every_op_for_sequences_is_compared_here() -> None:
    assert set(SPECS) == {op.name for op in (*EMBEDDING_OPS, *LINEAR_SEQUENCE_OPS, *SEQUENCE_OPS)}


@pytest.mark.parametrize("name", SPECS)
@given(data=st.data())
def test_an_op_for_sequences_agrees_with_pytorch(name: str, data: st.DataObject) -> None:
    args, params, grad = data.draw(calls(name))

    ours = of_op(OPS[name], args, grad, params)

    theirs = of_torch(torch, lambda *leaves: SPECS[name][2](*leaves, **params), args, grad)
    assert differences(ours, theirs, bound=1e-12) == {}


# --- recurrent cells ------------------------------------------------------------------------------

CELL = ("x", "h", "weight_ih", "weight_hh", "bias_ih", "bias_hh")


def start(gates: int, dtype: str = "float64") -> Named:
    """Input (N, 3), state (N, H) and the parameters of a cell of H = 4 units with so many gates."""
    shapes = [(5, 3), (5, 4), (4 * gates, 3), (4 * gates, 4), (4 * gates,), (4 * gates,)]
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in zip(CELL, shapes, strict=True)}


def emit(tape: Tape, name: str, *inputs: str, **params: Any) -> str:
    """An op's value under a name of its own."""
    return tape.emit(OPS[name], inputs, f"v{len(tape.nodes)}", **params)


def affine(tape: Tape) -> tuple[str, str]:
    """What the input and what the state give to all gates."""
    return emit(tape, "linear", "x", "weight_ih", "bias_ih"), emit(tape, "linear", "h", "weight_hh", "bias_hh")


def gates(tape: Tape, z: str, count: int) -> list[str]:
    return [emit(tape, "slice_units", z, start=4 * i, stop=4 * i + 4) for i in range(count)]


def rnn(tape: Tape) -> str:
    return emit(tape, "tanh", emit(tape, "add", *affine(tape)))


def lstm(tape: Tape) -> str:
    """The new state and the new cell, one above the other."""
    i, f, g, o = gates(tape, emit(tape, "add", *affine(tape)), 4)
    i, f, o = (emit(tape, "sigmoid", gate) for gate in (i, f, o))
    new = emit(tape, "multiply", i, emit(tape, "tanh", g))
    c = emit(tape, "add", emit(tape, "multiply", f, "c"), new)
    return tape.emit(stack_time(2), (emit(tape, "multiply", o, emit(tape, "tanh", c)), c), "states")


def gru(tape: Tape) -> str:
    of_x, of_h = affine(tape)
    (r_x, z_x, n_x), (r_h, z_h, n_h) = gates(tape, of_x, 3), gates(tape, of_h, 3)
    r, z = (emit(tape, "sigmoid", emit(tape, "add", *pair)) for pair in ((r_x, r_h), (z_x, z_h)))
    n = emit(tape, "tanh", emit(tape, "add", n_x, emit(tape, "multiply", r, n_h)))
    rest = emit(tape, "add_constant", emit(tape, "scale_by", z, factor=-1.0), offset=1.0)
    return emit(tape, "add", emit(tape, "multiply", rest, n), emit(tape, "multiply", z, "h"))


def torch_cell(module: Any) -> Callable[..., Any]:
    """A cell of PyTorch as a function of its parameters too. All that it gives comes as one value."""

    def function(x: Any, h: Any, *rest: Any) -> Any:
        weights, c = dict(zip(CELL[2:], rest, strict=False)), rest[4:]
        cell = module(3, 4, dtype=x.dtype)
        result = torch.func.functional_call(cell, weights, (x, (h, *c) if c else h))
        return torch.stack(result, dim=1) if c else result

    return function


CELLS = {"rnn": (rnn, 1, torch.nn.RNNCell), "lstm": (lstm, 4, torch.nn.LSTMCell), "gru": (gru, 3, torch.nn.GRUCell)}


def of_cell(kind: str, lay: Lay, dtype: str) -> tuple[Named, Named]:
    build, count, module = CELLS[kind]
    args, rng = start(count, dtype), np.random.default_rng(1)
    if kind == "lstm":
        args["c"] = rng.normal(size=(5, 4)).astype(dtype)
    grad = rng.normal(size=(5, 2, 4) if kind == "lstm" else (5, 4)).astype(dtype)
    return of_tape(build, args, grad, lay), of_torch(torch, torch_cell(module), args, grad)


@pytest.mark.parametrize("lay", [columns, rows])
@pytest.mark.parametrize("kind", CELLS)
def test_a_step_of_a_recurrent_cell_and_its_gradients_agree_with_pytorch(kind: str, lay: Lay) -> None:
    assert differences(*of_cell(kind, lay, "float64"), bound=1e-12) == {}


@pytest.mark.parametrize("kind", CELLS)
def test_a_step_of_a_recurrent_cell_agrees_with_pytorch_in_single_precision(kind: str) -> None:
    assert differences(*of_cell(kind, columns, "float32"), bound=1e-5) == {}


# --- from tokens to a loss ------------------------------------------------------------------------


@pytest.mark.parametrize("lay", [columns, rows])
def test_embedded_tokens_with_positions_through_a_recurrence_agree_with_pytorch(lay: Lay) -> None:
    """An Elman network over all moments: each weight gathers a gradient from every one of them."""
    rng = np.random.default_rng(0)
    shapes = {"table": (6, 3), "position": (4, 3), "weight_ih": (5, 3), "bias_ih": (5,), "weight_hh": (5, 5)}
    args = {"tokens": rng.integers(0, 6, (2, 4)), "h": rng.normal(size=(2, 5))}
    args |= {name: rng.normal(size=shape) for name, shape in shapes.items()}
    grad = rng.normal(size=(2, 4, 5))

    def build(tape: Tape) -> str:
        placed = emit(tape, "add_positions", emit(tape, "embedding", "tokens", "table"), "position")
        x = emit(tape, "linear_sequence", placed, "weight_ih", "bias_ih")
        states = ["h"]
        for t in range(4):
            recurrent = emit(tape, "linear_without_bias", states[-1], "weight_hh")
            states.append(emit(tape, "tanh", emit(tape, "add", emit(tape, "at_time", x, t=t), recurrent)))
        return tape.emit(stack_time(4), tuple(states[1:]), "states")

    def theirs(tokens: Any, h: Any, table: Any, position: Any, *weights: Any) -> Any:
        network = torch.nn.RNN(3, 5, batch_first=True, dtype=torch.float64)
        given = dict(zip(("weight_ih_l0", "bias_ih_l0", "weight_hh_l0"), weights, strict=True))
        given["bias_hh_l0"] = torch.zeros(5, dtype=torch.float64)
        x = functional.embedding(tokens, table) + position
        return torch.func.functional_call(network, given, (x, h[None]))[0]

    assert differences(of_tape(build, args, grad, lay), of_torch(torch, theirs, args, grad), bound=1e-12) == {}
