"""What tests against PyTorch share: ours and theirs on the same numbers, values and gradients by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Op
from tests.engine.support.tape import Lay, Tape

Named = dict[str, Array]


def of_op(op: Op, args: Mapping[str, Array], grad: Array, params: Mapping[str, Any]) -> Named:
    """The value of an op, and the gradient of each argument that has one."""
    output = op.forward(*args.values(), **params)
    return {"value": output, **{name: op.vjp(name, grad, *args.values(), **params) for name in op.vjps}}


def of_tape(build: Callable[[Tape], str], args: Mapping[str, Array], grad: Array, lay: Lay) -> Named:
    """The value of several ops in a row, and the gradient of each thing that they start from."""
    tape = Tape(lay, **args)
    output = build(tape)
    grads = tape.gradients(output, grad)
    return {"value": tape.values[output], **{name: grads[name] for name in args if name in grads}}


def of_torch(torch: Any, function: Callable[..., Any], args: Mapping[str, Array], grad: Array) -> Named:
    """The value of a function of PyTorch, and the gradient of each argument that is no whole number."""
    leaves = {name: torch.tensor(a, requires_grad=a.dtype.kind == "f") for name, a in args.items()}
    output = function(*leaves.values())
    real = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    grads = torch.autograd.grad(output, list(real.values()), torch.tensor(grad))
    return {"value": output.detach().numpy(), **{n: g.numpy() for n, g in zip(real, grads, strict=True)}}


def differences(ours: Named, theirs: Named, bound: float) -> dict[str, float]:
    """Where we differ by more than `bound`, as a share of PyTorch's largest number or 1. Both have the same names."""
    assert set(ours) == set(theirs)
    found = {name: float(np.max(np.abs(ours[name] - a)) / max(1, np.max(np.abs(a)))) for name, a in theirs.items()}
    return {name: difference for name, difference in found.items() if not difference < bound}
