"""Forward mode: a tangent goes along with every value, and the loss's is the derivative in one direction.

No op needs a rule of its own for this. What an op's VJPs are like decides how its Jacobian meets a tangent:

* a scalar result: the inner product with the VJP of 1;
* a symmetric Jacobian, as of everything that works cell by cell, and of softmax: the VJP itself;
* a linear argument: the op on the tangent, with all that its VJP does not need set to 0;
* anything else: its VJPs on unit vectors, one for every cell of a sample where samples do not mix; and on ones, where
  besides each cell reaches one cell alone, as in pooling.

Which of these holds is found out once an op, on its own example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import numpy as np

from engine.model.graph import Node, leading_to
from engine.ops.core.op import Array, Index, Op, Shape, reached

Nature = Literal["symmetric", "linear", "apart", "any"]
Params = Mapping[str, Any]
KEPT = 64  # maps of what reaches what
_NATURES: dict[tuple[str, str, str], Nature] = {}
_PLACES: dict[tuple[Any, ...], Array | None] = {}


def directional_derivative(nodes: Sequence[Node], values: Mapping[str, Array], tangents: Mapping[str, Array]) -> float:
    """The derivative of the loss as the values given a tangent move along it.

    Formula: dL = sum_v <dL/dv, tangent of v>, without any gradient: tangents are pushed from op to op
    Args:    nodes: of a graph, or those of them that the tangents reach; values: of one iteration, by name.
    Source:  Wengert 1964; Baydin et al. 2018, Automatic differentiation in machine learning, section 3.1.
    """
    moving = dict(tangents)
    for node in nodes:
        given = {a: moving[name] for a, name in zip(node.op.args, node.inputs, strict=True) if name in moving}
        given = {a: tangent for a, tangent in given.items() if a in node.op.vjps}
        if given:
            args = [values[name] for name in node.inputs]
            moving[node.output] = jvp(node.op, given, *args, output=values[node.output], **node.params)
    return float(moving["loss"]) if "loss" in moving else 0.0


def on_the_way(nodes: Sequence[Node], name: str) -> list[Node]:
    """The nodes between a value and the loss."""
    ends, reaching, found = leading_to("loss", nodes), {name}, []
    for node in nodes:
        if node.output in ends and reaching.intersection(node.differentiable):
            reaching.add(node.output)
            found.append(node)
    return found


def jvp(op: Op, tangents: Mapping[str, Array], *args: Array, output: Array | None = None, **params: Any) -> Array:
    """How the result of an op changes as its arguments move along tangents.

    Formula: sum_a J_a t_a, with J_a the Jacobian in argument a
    Args:    tangents: of some arguments, by name; output: of the op, computed if not given.
    Returns: of the shape of the result.
    """
    output = op.forward(*args, **params) if output is None else output
    total = np.zeros(output.shape, output.dtype)
    for argument, tangent in tangents.items():
        total += _part(op, argument, tangent, args, output, params)
    return total


def _part(op: Op, argument: str, tangent: Array, args: Sequence[Array], output: Array, params: Params) -> Array:
    """J_a t_a for one argument."""
    if not output.shape:
        slope = op.vjp(argument, np.ones_like(output), *args, output=output, **params)
        return np.sum(slope * tangent)  # type: ignore[no-any-return]
    nature = nature_of(op, argument)
    if nature == "symmetric":
        return op.vjp(argument, tangent, *args, output=output, **params)
    if nature == "linear":
        return op.forward(*_instead(op, argument, tangent, args), **params)
    if nature == "apart" and (places := _places(op, argument, args, output, params)) is not None:
        slope = op.vjp(argument, np.ones_like(output), *args, output=output, **params)
        return _gathered(slope * tangent, places, output)
    return _by_units(op, argument, tangent, args, output, params, nature == "apart")


def _instead(op: Op, argument: str, tangent: Array, args: Sequence[Array]) -> Iterator[Array]:
    """The arguments with a tangent in place of one, and zeros where the VJP of that one does not look."""
    needed = op.vjps[argument].operands
    for name, value in zip(op.args, args, strict=True):
        yield tangent if name == argument else value if name in needed else np.zeros_like(value)


def _by_units(
    op: Op, argument: str, tangent: Array, args: Sequence[Array], output: Array, params: Params, apart: bool
) -> Array:
    """Row after row of the Jacobian; the rows of all samples at once where these do not mix."""
    total, unit = np.zeros(output.shape, output.dtype), np.zeros(output.shape, output.dtype)
    for index in np.ndindex(output.shape[1:] if apart else output.shape):
        at = (slice(None), *index) if apart else index
        unit[at] = 1
        rows = op.vjp(argument, unit, *args, output=output, **params) * tangent
        total[at] = rows.reshape(len(output), -1).sum(axis=1) if apart else rows.sum()
        unit[at] = 0
    return total


def _gathered(products: Array, places: Array, output: Array) -> Array:
    """The sum of the products that each cell of the result is reached by."""
    total, samples = np.zeros(output.shape, output.dtype), np.arange(len(output))
    np.add.at(total.reshape(len(output), -1), (samples[:, None], places), products.reshape(len(output), -1))
    return total


def _places(op: Op, argument: str, args: Sequence[Array], output: Array, params: Params) -> Array | None:
    """Of every cell of a sample, the one cell of the result that it reaches, counted within it; None if one has more.

    A cell that reaches none has a slope of 0: it may go anywhere.
    """
    shapes = tuple(a.shape for a in args)
    key = (op.name, op.function.code, argument, shapes, repr(sorted(params.items())))
    if key not in _PLACES:
        if len(_PLACES) >= KEPT:
            _PLACES.clear()
        _PLACES[key] = _placed(op, op.args.index(argument), shapes, output.shape, params)
    return _PLACES[key]


def _placed(op: Op, place: int, shapes: Sequence[Shape], shape: Shape, params: Params) -> Array | None:
    found = []
    for index in np.ndindex(shapes[place][1:]):
        cells = list(islice(reached(op.function, place, (0, *index), shapes, shape, params), 2))
        if len(cells) > 1:
            return None
        found.append(int(np.ravel_multi_index(cells[0], shape)) if cells else 0)
    return np.array(found)


# --- what an op's Jacobian is like ---------------------------------------------------------------------------------


def nature_of(op: Op, argument: str) -> Nature:
    """What the Jacobian of an op in an argument is like, tried on the op's own example."""
    key = (op.name, op.function.code, argument)
    if key not in _NATURES:
        _NATURES[key] = _tried(op, argument)
    return _NATURES[key]


def _tried(op: Op, argument: str) -> Nature:
    rng = np.random.default_rng(0)
    args, params = op.example(rng)
    if _is_symmetric(op, argument, args, params, rng):
        return "symmetric"
    if _is_linear(op, argument, args, params, rng):
        return "linear"
    return "apart" if _keeps_samples_apart(op, argument, args, params) else "any"


def _is_symmetric(op: Op, argument: str, args: Sequence[Array], params: Params, rng: np.random.Generator) -> bool:
    """Whether <u, J v> is <v, J u>."""
    shape = op.shape(*(a.shape for a in args), **params)
    if args[op.args.index(argument)].shape != shape:
        return False
    u, v = rng.normal(size=(2, *shape))
    there, back = (np.vdot(a, op.vjp(argument, b, *args, **params)) for a, b in ((u, v), (v, u)))
    return bool(abs(there - back) <= 1e-12 * (abs(there) + abs(back)))


def _is_linear(op: Op, argument: str, args: Sequence[Array], params: Params, rng: np.random.Generator) -> bool:
    """Whether the VJP does not depend on the argument, and 0 gives 0."""
    place, output = op.args.index(argument), op.forward(*args, **params)
    moved = [*args]
    moved[place] = np.asarray(rng.normal(size=args[place].shape))
    grad = np.asarray(rng.normal(size=output.shape))
    before, after = op.vjp(argument, grad, *args, **params), op.vjp(argument, grad, *moved, **params)
    nothing = op.forward(*_instead(op, argument, np.zeros_like(args[place]), args), **params)
    return np.array_equal(before, after) and not nothing.any()


def _keeps_samples_apart(op: Op, argument: str, args: Sequence[Array], params: Params) -> bool:
    """Whether every cell of a sample reaches cells of the same sample only."""
    place, shapes = op.args.index(argument), [a.shape for a in args]
    shape = op.shape(*shapes, **params)
    samples = len(args[place]) == shape[0]

    def stays(index: Index) -> bool:
        return all(cell[0] == index[0] for cell in reached(op.function, place, index, shapes, shape, params))

    return samples and all(map(stays, np.ndindex(args[place].shape)))
