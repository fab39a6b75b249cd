"""Layers with windows and attention beside PyTorch eager: their ops forward and backward, and small nets of them.

The engine's part is what its fast path does: each numpy call bound once to fixed buffers, then made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from engine import Run, RunConfig
from engine.execution.recorder import Recorder
from engine.ops import OPS
from engine.ops.core.op import Array, Op
from tests.benchmarks._peers import of_training
from tests.benchmarks._timing import Work

Shape = tuple[int, ...]
Theirs = Callable[..., Any]


# --- ops ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """Some ops in a row, each on values by name and writing one, and the same as a function of PyTorch."""

    name: str
    sources: dict[str, Shape]
    ops: Sequence[tuple[str, tuple[str, ...], str]]
    theirs: Theirs
    params: dict[str, dict[str, Any]] = field(default_factory=dict)


def _convolution(name: str, image: Shape, weight: Shape, side: int) -> Piece:
    params = {"stride": (1, 1), "padding": (side, side), "dilation": (1, 1)}
    return Piece(
        name,
        {"x": image, "weight": weight, "bias": weight[:1]},
        [("conv2d", ("x", "weight", "bias"), "out")],
        lambda x, weight, bias: functional.conv2d(x, weight, bias, padding=side),
        {"conv2d": params},
    )


def _pool(name: str, op: str, image: Shape, theirs: Theirs, kernel: int, stride: int, padding: int) -> Piece:
    params = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "padding": (padding,) * 2}
    return Piece(name, {"x": image}, [(op, ("x",), "out")], lambda x: theirs(x, kernel, stride, padding), {op: params})


def _attention(name: str, shape: Shape) -> Piece:
    return Piece(
        name,
        dict.fromkeys(("query", "key", "value"), shape),
        [
            ("scaled_scores", ("query", "key"), "scores"),
            ("attention_weights", ("scores",), "weights"),
            ("attend", ("weights", "value"), "out"),
        ],
        lambda query, key, value: torch.softmax(query @ key.mT / shape[-1] ** 0.5, -1) @ value,
        {"attention_weights": {"causal": False}},
    )


PARAMETERS = ("weight", "bias")  # they lie row after row
IMAGES = (32, 8, 28, 28)
PIECES = (
    _convolution("conv 1-8 3x3, 32x28x28", (32, 1, 28, 28), (8, 1, 3, 3), 1),
    _convolution("conv 8-16 3x3, 32x28x28", IMAGES, (16, 8, 3, 3), 1),
    _convolution("conv 8-16 3x3, 32x8x8", (32, 8, 8, 8), (16, 8, 3, 3), 1),
    _pool("max pool 2x2, 32x8x28x28", "max_pool2d", IMAGES, functional.max_pool2d, 2, 2, 0),
    _pool("max pool 3x3/2, 32x8x28x28", "max_pool2d", IMAGES, functional.max_pool2d, 3, 2, 1),
    _pool("avg pool 2x2, 32x8x28x28", "avg_pool2d", IMAGES, functional.avg_pool2d, 2, 2, 0),
    _attention("attention, 32x4 heads, 16x8", (32, 4, 16, 8)),
)


def of_ops(piece: Piece, values: dict[str, Array], grad: Array) -> Work:
    """Forward and all gradients of the engine's ops, bound to buffers."""
    recorder, nodes, first = Recorder(), [], OPS[piece.ops[0][0]]
    known = {name: value if name in PARAMETERS else _laid(recorder, value, first) for name, value in values.items()}
    for name, inputs, output in piece.ops:
        op, params, args = OPS[name], piece.params.get(name, {}), [known[given] for given in inputs]
        known[output] = _room(recorder, op.shape(*(a.shape for a in args), **params), grad.dtype, op)
        op.function.quick(recorder, known[output], *args, **params)
        nodes.append((op, params, inputs, output))
    known["out.grad"] = _laid(recorder, grad, nodes[-1][0])
    for op, params, inputs, output in reversed(nodes):
        own = {arg: known[given] for arg, given in zip(op.args, inputs, strict=True)}
        own |= {"output": known[output], "grad": known[f"{output}.grad"]}
        for argument, function in op.vjps.items():
            given = inputs[op.args.index(argument)]
            known[f"{given}.grad"] = np.empty_like(known[given])
            function.quick(
                recorder,
                known[f"{given}.grad"],
                *(own[o] for o in (*function.operands, *function.all_beside)),
                **params,
            )
    calls = recorder.calls

    def work(count: int) -> None:
        with np.errstate(all="ignore"):
            for _ in range(count):
                for call in calls:
                    call()

    return work


def _room(recorder: Recorder, shape: Shape, dtype: Any, op: Op) -> Array:
    """Room for a value in the order of memory that an op's result has."""
    return recorder.blank(shape, dtype) if op.order == "columns" and len(shape) > 1 else np.empty(shape, dtype)


def _laid(recorder: Recorder, value: Array, op: Op) -> Array:
    """A value as the op before would have left it."""
    room = _room(recorder, value.shape, value.dtype, op)
    room[...] = value
    return room


def of_functions(piece: Piece, values: dict[str, Array], grad: Array) -> Work:
    """The same in PyTorch."""
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}
    incoming = torch.tensor(grad)

    def work(count: int) -> None:
        for _ in range(count):
            torch.autograd.grad(piece.theirs(**leaves), list(leaves.values()), incoming)

    return work


def pieces(dtype: str) -> list[tuple[str, list[Work]]]:
    """Every piece, as it is done here and by PyTorch."""
    return [(f"{piece.name} {dtype}", _works(piece, dtype)) for piece in PIECES]


def _works(piece: Piece, dtype: str) -> list[Work]:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=shape).astype(dtype) for name, shape in piece.sources.items()}
    leaves = {name: torch.tensor(value) for name, value in values.items()}
    grad = rng.normal(size=tuple(piece.theirs(**leaves).shape)).astype(dtype)
    return [of_ops(piece, values, grad), of_functions(piece, values, grad)]


# --- nets ---------------------------------------------------------------------------------------------------------


def net(side: int, dtype: str) -> Run:
    """A small convolutional net over images of one channel, on random data."""
    rng = np.random.default_rng(1)
    data = {"inputs": rng.normal(size=(128, side * side)).tolist(), "targets": rng.integers(0, 10, 128).tolist()}
    conv = {"type": "conv2d", "kernel": 3, "padding": 1, "activation": "relu"}
    layers = [
        {"type": "reshape", "shape": [1, side, side]},
        conv | {"units": 8},
        {"type": "max_pool2d"},
        conv | {"units": 16},
        {"type": "max_pool2d"},
        {"type": "flatten"},
        {"units": 10},
    ]
    optimizer = {"type": "adam", "learning_rate": 0.001}
    config = {"dtype": dtype, "data": data, "batch_size": 32, "layers": layers, "loss": "cross_entropy"}
    return Run(RunConfig.from_dict(config | {"optimizer": optimizer}))


def torch_net(run: Run) -> Work:
    """The same net in PyTorch, trained on the same batches."""
    side = int(run.inputs.shape[1] ** 0.5)
    parts = [
        *(nn.Unflatten(1, (1, side, side)), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        nn.Linear(16 * (side // 4) ** 2, 10),
    ]
    model: Any = nn.Sequential(*parts).to(torch.tensor(run.inputs).dtype)
    return of_training(model, torch.optim.Adam(model.parameters(), lr=0.001), run)
