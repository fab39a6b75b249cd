"""Batch, layer and RMS norm, put together from their parts, against PyTorch: values, gradients, running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.ops import OPS
from engine.ops.core.op import Array
from tests.engine.support.tape import Lay, Tape, columns, rows

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
functional: Any = torch.nn.functional
pytestmark = pytest.mark.torch

EPS = 1e-5
SHAPES = {"table": (6, 4), "images": (5, 3, 4, 2)}
BATCH_AXES = {"table": (0,), "images": (0, 2, 3)}
SAMPLES = {"table": (6, 4), "sequences": (3, 5, 4)}

every_order = pytest.mark.parametrize("lay", [columns, rows])
every_batch = pytest.mark.parametrize("kind", list(SHAPES))
every_sample = pytest.mark.parametrize("kind", list(SAMPLES))


def numbers(shape: tuple[int, ...], units: int, dtype: str = "float64") -> dict[str, Array]:
    """x far from 0 with scales that differ, learned factors and offsets, and the gradient that comes in."""
    rng = np.random.default_rng(0)
    drawn = {"x": rng.normal(3, 2, shape), "gamma": rng.normal(size=units), "beta": rng.normal(size=units)}
    return {name: a.astype(dtype) for name, a in (drawn | {"grad": rng.normal(size=shape)}).items()}


def normalize(tape: Tape, axes: tuple[int, ...], axis: int, over: str) -> str:
    """Batch norm (over "batch") or layer norm (over "sample") of x in a tape."""
    tape.emit(OPS[f"{over}_mean"], ("x",), "mean", axes=axes)
    tape.emit(OPS["center"], ("x", "mean"), "centered", axes=axes)
    tape.emit(OPS[f"{over}_mean_square"], ("centered",), "variance", axes=axes)
    tape.emit(OPS["inverse_root"], ("variance",), "factor", eps=EPS)
    tape.emit(OPS["rescale"], ("centered", "factor"), "normalized", axes=axes)
    tape.emit(OPS["scale"], ("normalized", "gamma"), "scaled", axis=axis)
    return tape.emit(OPS["shift"], ("scaled", "beta"), "a", axis=axis)


def ours(given: dict[str, Array], lay: Lay, build: Any) -> dict[str, Array]:
    """What came out, and the gradients of what went in."""
    tape = Tape(lay, **{name: a for name, a in given.items() if name != "grad"})
    grads = tape.gradients(build(tape), given["grad"])
    return {"a": tape.values["a"], **{name: grads[name] for name in given if name in grads}}


def theirs(given: dict[str, Array], function: Any, *names: str) -> dict[str, Array]:
    leaves = {name: torch.tensor(given[name], requires_grad=True) for name in names}
    output = function(*leaves.values())
    grads = torch.autograd.grad(output, list(leaves.values()), torch.tensor(given["grad"]))
    return {"a": output.detach().numpy(), **{n: g.numpy() for n, g in zip(leaves, grads, strict=True)}}


def differences(ours: dict[str, Array], theirs: dict[str, Array], bound: float) -> dict[str, float]:
    """Where we differ by more than `bound`, as a share of PyTorch's largest number. Both have the same names."""
    assert set(ours) == set(theirs)
    found = {name: float(np.max(np.abs(ours[name] - a)) / np.max(np.abs(a))) for name, a in theirs.items()}
    return {name: difference for name, difference in found.items() if not difference < bound}


def of_batch_norm(kind: str, lay: Lay, dtype: str) -> tuple[dict[str, Array], dict[str, Array]]:
    shape = SHAPES[kind]
    given = numbers(shape, shape[1], dtype)
    here = ours(given, lay, lambda tape: normalize(tape, BATCH_AXES[kind], 1, "batch"))
    there = theirs(
        given,
        lambda x, gamma, beta: functional.batch_norm(x, None, None, gamma, beta, training=True, eps=EPS),
        *("x", "gamma", "beta"),
    )
    return here, there


def of_layer_norm(kind: str, lay: Lay, dtype: str) -> tuple[dict[str, Array], dict[str, Array]]:
    shape = SAMPLES[kind]
    given, last = numbers(shape, shape[-1], dtype), len(shape) - 1
    here = ours(given, lay, lambda tape: normalize(tape, (last,), last, "sample"))
    there = theirs(
        given,
        lambda x, gamma, beta: functional.layer_norm(x, shape[-1:], gamma, beta, EPS),
        *("x", "gamma", "beta"),
    )
    return here, there


def of_rms_norm(kind: str, lay: Lay, dtype: str) -> tuple[dict[str, Array], dict[str, Array]]:
    shape = SAMPLES[kind]
    given, last = numbers(shape, shape[-1], dtype), len(shape) - 1

    def build(tape: Tape) -> str:
        tape.emit(OPS["sample_mean_square"], ("x",), "mean_square", axes=(last,))
        tape.emit(OPS["inverse_root"], ("mean_square",), "factor", eps=EPS)
        tape.emit(OPS["rescale"], ("x", "factor"), "normalized", axes=(last,))
        return tape.emit(OPS["scale"], ("normalized", "gamma"), "a", axis=last)

    here = ours(given, lay, build)
    there = theirs(given, lambda x, gamma: functional.rms_norm(x, shape[-1:], gamma, EPS), "x", "gamma")
    return here, there


@every_order
@every_batch
def test_batch_norm_and_its_gradients_agree_with_pytorch(kind: str, lay: Lay) -> None:
    assert differences(*of_batch_norm(kind, lay, "float64"), bound=1e-12) == {}


@every_order
@every_sample
def test_layer_norm_and_its_gradients_agree_with_pytorch(kind: str, lay: Lay) -> None:
    assert differences(*of_layer_norm(kind, lay, "float64"), bound=1e-12) == {}


@every_order
@every_sample
def test_rms_norm_and_its_gradients_agree_with_pytorch(kind: str, lay: Lay) -> None:
    assert differences(*of_rms_norm(kind, lay, "float64"), bound=1e-12) == {}


@pytest.mark.parametrize(
    ("norm", "kind"),
    [(of_batch_norm, "table"), (of_batch_norm, "images"), (of_layer_norm, "sequences"), (of_rms_norm, "sequences")],
)
def test_normalization_agrees_with_pytorch_in_single_precision(norm: Any, kind: str) -> None:
    here, there = norm(kind, columns, "float32")

    assert differences(here, there, bound=1e-5) == {}
    assert {a.dtype for a in here.values()} == {np.dtype(np.float32)}


@every_order
@every_batch
def test_running_statistics_and_what_evaluation_makes_of_them_agree_with_pytorch(kind: str, lay: Lay) -> None:
    shape, axes, momentum = SHAPES[kind], BATCH_AXES[kind], 0.3
    module = {"table": torch.nn.BatchNorm1d, "images": torch.nn.BatchNorm2d}[kind]
    layer = module(shape[1], eps=EPS, momentum=momentum, affine=False, dtype=torch.float64)
    batches = np.random.default_rng(0).normal(3, 2, (3, *shape))
    tape = Tape(lay, running_mean=np.zeros(shape[1]), running_variance=np.ones(shape[1]))

    for batch in batches:
        layer(torch.tensor(batch))
        tape.values["x"] = lay(batch)
        tape.emit(OPS["batch_mean"], ("x",), "mean", axes=axes)
        tape.emit(OPS["center"], ("x", "mean"), "centered", axes=axes)
        tape.emit(OPS["batch_mean_square"], ("centered",), "variance", axes=axes)
        tape.emit(OPS["running_mean"], ("running_mean", "mean"), "running_mean", momentum=momentum)
        size = {"momentum": momentum, "count": batch.size // shape[1]}
        tape.emit(OPS["running_variance"], ("running_variance", "variance"), "running_variance", **size)
    tape.emit(OPS["center"], ("x", "running_mean"), "centered", axes=axes)
    tape.emit(OPS["inverse_root"], ("running_variance",), "factor", eps=EPS)
    tape.emit(OPS["rescale"], ("centered", "factor"), "a", axes=axes)

    names = ("running_mean", "running_variance", "a")
    evaluated = layer.eval()(torch.tensor(batches[-1]))
    expected = dict(zip(names, (layer.running_mean, layer.running_var, evaluated), strict=True))
    found = {name: tape.values[name] for name in names}
    assert differences(found, {name: t.numpy() for name, t in expected.items()}, bound=1e-12) == {}
