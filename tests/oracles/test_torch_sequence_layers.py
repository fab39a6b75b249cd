"""Whole sequence models beside PyTorch: its own RNN, LSTM, GRU, Embedding and MultiheadAttention, fed our parameters.

Truncated backpropagation is compared with a loop that detaches the state and calls backward once a piece.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.model.layers.recurrent.truncated_backprop import pieces
from engine.ops.core.op import Array
from engine.ops.dense.embedding import sinusoids
from tests.engine.support.models import EACH, LAST, SEQUENCES, run_of

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
pytestmark = pytest.mark.torch
F = torch.nn.functional

ITERATIONS = 100
# at twice the rate, recurrent nets of rectifiers overshoot, and a last bit grows tenfold every ten iterations
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "adam": {"type": "adam", "learning_rate": 0.01},
}
Tensors = dict[str, Any]


@pytest.fixture
def double_precision() -> None:
    torch.set_default_dtype(torch.float64)


# --- layers by PyTorch ------------------------------------------------------------------------------------------------


def own(p: Tensors, name: str) -> Tensors:
    """A layer's parameters by their last names."""
    return {key.rpartition(".")[2]: value for key, value in p.items() if key.startswith(f"{name}.")}


def dense(layer: Any, p: Tensors, x: Any) -> Any:
    z = F.linear(x, p["weight"], p.get("bias"))
    return torch.tanh(z) if layer.activation.type == "tanh" else z


def convolution(layer: Any, p: Tensors, x: Any) -> Any:
    z = F.conv1d(x.mT, p["weight"], p.get("bias"), layer.stride, layer.padding, layer.dilation).mT
    return torch.tanh(z) if layer.activation.type == "tanh" else z


def recurrence(layer: Any, p: Tensors, x: Any) -> Any:
    kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    settings = {"nonlinearity": layer.activation.type} if layer.type == "rnn" else {}
    module = kinds[layer.type](x.shape[2], layer.units, bias=layer.bias, batch_first=True, **settings)
    states, _ = torch.func.functional_call(module, {f"{name}_l0": value for name, value in p.items()}, (x,))
    return states if layer.return_sequence else states[:, -1]


def attention(layer: Any, p: Tensors, x: Any, keys: Any) -> Any:
    features = x.shape[2]
    same = keys.shape[2] == features
    module = torch.nn.MultiheadAttention(
        features, layer.heads, bias=layer.bias, batch_first=True, kdim=keys.shape[2], vdim=keys.shape[2]
    )
    weights = [p[f"weight_{letter}"] for letter in "qkv"]
    names = [f"{letter}_proj_weight" for letter in "qkv"]
    given = {"in_proj_weight": torch.cat(weights)} if same else dict(zip(names, weights, strict=True))
    given["out_proj.weight"] = p["weight_o"]
    if layer.bias:
        given |= {"in_proj_bias": torch.cat([p[f"bias_{letter}"] for letter in "qkv"]), "out_proj.bias": p["bias_o"]}
    future = torch.ones(x.shape[1], keys.shape[1], dtype=torch.bool).triu(1) if layer.causal else None
    settings = {"attn_mask": future, "need_weights": False}
    return torch.func.functional_call(module, given, (x, keys, keys), settings)[0]


def additive(layer: Any, p: Tensors, x: Any, keys: Any) -> Any:
    pairs = F.linear(x, p["weight_q"], p["bias"]).unsqueeze(2) + F.linear(keys, p["weight_k"]).unsqueeze(1)
    scores = torch.tanh(pairs) @ p["weight_score"]
    if layer.causal:
        scores = scores.masked_fill(torch.ones(scores.shape[1:], dtype=torch.bool).triu(1), -torch.inf)
    return torch.softmax(scores, -1) @ keys


def positions(layer: Any, p: Tensors, x: Any) -> Any:
    return x + (p["weight"] if layer.kind == "learned" else torch.tensor(sinusoids(*x.shape[1:]), dtype=x.dtype))


def apply(layer: Any, p: Tensors, parts: list[Any]) -> Any:
    x = parts[0]
    makers: dict[str, Callable[[], Any]] = {
        "dense": lambda: dense(layer, p, x),
        "conv1d": lambda: convolution(layer, p, x),
        "embedding": lambda: F.embedding(x, p["weight"]),
        "positional_encoding": lambda: positions(layer, p, x),
        "attention": lambda: attention(layer, p, x, parts[-1]),
        "additive_attention": lambda: additive(layer, p, x, parts[-1]),
        "last_position": lambda: x[:, -1],
        "mean_over_time": lambda: x.mean(1),
        "reshape": lambda: x.reshape(-1, *layer.shape),
        "add": lambda: parts[0] + parts[1],
        "layer_norm": lambda: F.layer_norm(x, x.shape[-1:], p["weight"], p["bias"], layer.eps),
        "rms_norm": lambda: F.rms_norm(x, x.shape[-1:], p["weight"]),
    }
    return makers.get(layer.type, lambda: recurrence(layer, p, x))()


# --- both side by side ------------------------------------------------------------------------------------------------


class Twin:
    """The same run in both: theirs starts from our initial parameters, and takes our batches."""

    def __init__(self, run: Run) -> None:
        self.run = run
        start = run.trace_at(0)
        self.parameters = {p.name: torch.tensor(start[p.name], requires_grad=p.trainable) for p in run.parameters}
        settings = dict(run.config.update.optimizer.settings)
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[run.config.update.optimizer.type]
        trained = [p for p in self.parameters.values() if p.requires_grad]
        self.optimizer = kind(trained, lr=settings.pop("learning_rate"), **settings)

    def backward(self, x: Any, target: Any) -> Any:
        """The loss, all gradients computed."""
        values, last = {"x": x}, "x"
        for name, layer in zip(self.run.names, self.run.config.layers, strict=True):
            parts = [values[given] for given in layer.inputs or (last,)]
            values[name], last = apply(layer, own(self.parameters, layer.share or name), parts), name
        loss = loss_of(values[last], target)
        loss.backward()
        return loss

    def step(self, t: int) -> dict[str, tuple[Array, Array]]:
        """One iteration of both: every number that has to be the same, ours and theirs."""
        traced = self.run.trace_at(t)
        self.optimizer.zero_grad()
        loss = self.backward(torch.tensor(traced["x"]), torch.tensor(traced["target"]))
        pairs = {"loss": (traced["loss"], loss.detach().numpy())}
        trained = {name: p for name, p in self.parameters.items() if p.requires_grad}
        pairs |= {f"{n}.grad": (traced[f"{n}.grad"], p.grad.numpy().copy()) for n, p in trained.items()}
        self.optimizer.step()
        return pairs | {f"{n}.next": (traced[f"{n}.next"], p.detach().numpy().copy()) for n, p in trained.items()}


def loss_of(outputs: Any, target: Any) -> Any:
    """Of every position as if it were a sample."""
    return F.cross_entropy(outputs.reshape(-1, outputs.shape[-1]), target.reshape(-1))


def scaled(pairs: list[tuple[Array, Array]]) -> float:
    ours, theirs = (np.concatenate([np.ravel(pair[side]) for pair in pairs]) for side in (0, 1))
    return float(np.max(np.abs(ours - theirs)) / max(np.max(np.abs(theirs)), 1e-30))


def worst(twin: Twin, iterations: int = ITERATIONS) -> float:
    """The largest difference of a value over its course, as a share of its largest entry."""
    courses = [twin.step(t) for t in range(iterations)]
    return max(scaled([step[name] for step in courses]) for name in courses[0])


WHOLE = {name: changes for name, changes in SEQUENCES.items() if not any("k2" in layer for layer in changes["layers"])}


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("changes", WHOLE.values(), ids=WHOLE)
def test_every_sequence_layer_trains_as_in_pytorch(changes: dict[str, Any], optimizer: dict[str, Any]) -> None:
    assert worst(Twin(run_of(**changes, optimizer=optimizer))) <= 1e-10


@pytest.mark.parametrize("changes", WHOLE.values(), ids=WHOLE)
def test_every_sequence_layer_trains_as_in_pytorch_in_single_precision(changes: dict[str, Any]) -> None:
    assert worst(Twin(run_of(**changes, dtype="float32")), 20) <= 1e-4


# --- truncated backpropagation ----------------------------------------------------------------------------------------


class Loop(Twin):
    """One recurrent layer, its sequence gone through in a loop: a detached state, and a backward call, each piece."""

    def backward(self, x: Any, target: Any) -> Any:
        layer: Any = self.run.fitting.config.layers[1]
        p = own(self.parameters, self.run.names[1])
        table, out = self.parameters["embedding1.weight"], own(self.parameters, "dense1")
        kinds = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
        cell = kinds[layer.type](table.shape[1], layer.units)
        length, total = x.shape[1], torch.zeros(())
        states: list[Any] = [self._start(layer, len(x))]
        for first, start, end in self._pieces(layer, length):
            state = detached(states[first])
            for t in range(first, end):
                state = torch.func.functional_call(cell, p, (F.embedding(x[:, t], table), state))
                if t < start:
                    continue
                states.append(state)
                h = state[0] if layer.type == "lstm" else state
                if layer.return_sequence:
                    total = total + loss_of(F.linear(h, **out), target[:, t]) / length
            if not layer.return_sequence and end == length:
                total = loss_of(F.linear(h, **out), target)
        total.backward()
        return total

    def _start(self, layer: Any, samples: int) -> Any:
        zeros = torch.zeros(samples, layer.units)
        return (zeros, zeros) if layer.type == "lstm" else zeros

    def _pieces(self, layer: Any, length: int) -> list[tuple[int, int, int]]:
        """First moment, start and end, written down anew: k1 moments each, and k2 - k1 before them once more."""
        if not layer.return_sequence:
            return [(0, 0, length - layer.k2), (length - layer.k2, length - layer.k2, length)]
        k1 = layer.k1 or layer.k2
        return [(max(0, s + k1 - layer.k2), s, min(s + k1, length)) for s in range(0, length, k1)]


def detached(state: Any) -> Any:
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


TRUNCATED: dict[str, dict[str, Any]] = {
    f"{kind} {k1} {k2}": {"type": kind, "units": 3, "k1": k1, "k2": k2}
    for kind, k1, k2 in [("rnn", 1, 1), ("rnn", 1, 3), ("lstm", 2, 2), ("lstm", 1, 2), ("gru", 2, 3), ("gru", 3, 3)]
} | {f"{kind} last": {"type": kind, "units": 3, "k2": 2, "return_sequence": False} for kind in ("rnn", "lstm", "gru")}


def truncated(layer: dict[str, Any], data: dict[str, Any] | None = None) -> Run:
    embedding = {"type": "embedding", "tokens": 3, "units": 4}
    data = data or (EACH if layer.get("return_sequence", True) else LAST)
    return run_of(data=data, loss="cross_entropy", layers=[embedding, layer, {"units": 3}])


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("layer", TRUNCATED.values(), ids=TRUNCATED)
def test_truncated_backpropagation_is_that_of_a_loop_that_detaches(layer: dict[str, Any]) -> None:
    assert worst(Loop(truncated(layer))) <= 1e-10


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize(("k1", "k2"), [(1, 4), (2, 5), (3, 7), (4, 4), (5, 6)])
def test_so_it_is_over_long_sequences_and_pieces_of_every_length(k1: int, k2: int) -> None:
    tokens = np.random.default_rng(1).integers(0, 3, (8, 11))
    data = {"inputs": tokens.tolist(), "targets": tokens[:, ::-1].tolist()}
    layer = {"type": "lstm", "units": 3, "k1": k1, "k2": k2}
    assert worst(Loop(truncated(layer, data)), 20) <= 1e-10


def test_truncation_changes_gradients_and_no_value() -> None:
    whole, cut = truncated({"type": "gru", "units": 3}), truncated({"type": "gru", "units": 3, "k1": 1, "k2": 2})
    one, other = whole.trace_at(0), cut.trace_at(0)
    np.testing.assert_array_equal(one["gru1.a"], other["gru1.a"])
    np.testing.assert_array_equal(other["gru1.h2"], other["gru1.h2r2"])
    assert not np.allclose(one["gru1.weight_hh.grad"], other["gru1.weight_hh.grad"])


def test_reaching_back_over_the_whole_sequence_is_no_truncation() -> None:
    whole, cut = truncated({"type": "lstm", "units": 3}), truncated({"type": "lstm", "units": 3, "k1": 2, "k2": 4})
    assert [step.output for step in whole.program_at(0).steps] == [step.output for step in cut.program_at(0).steps]


def test_pieces_cover_every_moment_once() -> None:
    for length in range(1, 9):
        for k2 in range(1, 10):
            for k1 in range(1, k2 + 1):
                cut = pieces(length, k1, k2, every=True)
                assert [t for piece in cut for t in range(piece.start, piece.end)] == list(range(length))
