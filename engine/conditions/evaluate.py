"""The numbers of an iteration that a condition rests on, bound to the arrays in which they stand.

What has to be computed in every iteration is an atom: a value, a cell, a function of cells, a figure of a layer. It is
bound once, to buffers that training writes again and again, or to the values of a trace: the same bits either way.
Cells are added up in the order of their indices, however they lie in memory. Arithmetic of atoms comes later, for many
iterations at once (see `course`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from engine.analysis.layer_statistics import dead_share, norm, own_parameters, ratio, saturated_share
from engine.conditions.scope import ALIASES, Scope, trained_parameters
from engine.conditions.syntax import CELLWISE, Binary, Call, Finite, Measure, Negative, Node, Number, Value, children
from engine.foundation.value_name import gradient_name, member_name, update_name
from engine.model.activations import ActivationSpec, slope
from engine.ops.core.op import Array

Values = Mapping[str, Array]
Read = Callable[[], float]
Cells = Callable[[], Array]

FUNCTIONS: dict[str, Callable[..., Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
}
_OVER_CELLS: dict[str, Callable[[Array], float]] = {  # of all cells in a row; ufuncs, as np.mean is ten times slower
    "mean": lambda cells: float(np.add.reduce(cells) / len(cells)),
    "share": lambda cells: float(np.count_nonzero(cells) / len(cells)),
    "sum": lambda cells: float(np.add.reduce(cells)),
    "min": lambda cells: float(np.minimum.reduce(cells)),
    "max": lambda cells: float(np.maximum.reduce(cells)),
}


def atoms_of(scope: Scope, node: Node) -> Iterator[Node]:
    """The parts that have to be computed in every iteration, from left to right."""
    if scope.is_evaluation(node):
        return
    if isinstance(node, Value | Finite) or (isinstance(node, Call) and node.function not in CELLWISE):
        yield node
        return
    for child in children(node):
        yield from atoms_of(scope, child)


def bind(scope: Scope, node: Node, values: Values) -> Read | None:
    """What reads an atom's number, now and whenever the arrays have other ones; None where there is none.

    Args: node: one of `atoms_of`; values: of an iteration, by name.
    """
    try:
        return _read(scope, node, values)
    except (KeyError, IndexError):  # a value that this iteration does not have, a row that this batch does not have
        return None


def _read(scope: Scope, node: Node, values: Values) -> Read:
    match node:
        case Value(name=name, index=index):
            return _item(values[ALIASES.get(name, name)], index or ())
        case Finite(measure=measure):
            cells = _cells(scope, measure, values)
            return lambda: float(np.isfinite(cells()).all())
        case Call(function="norm", args=(Value(name=name, index=None),)):
            return _norm([values[name]])
        case Call(function="norm", args=(measure,)):
            found = _cells(scope, measure, values)
            return lambda: norm(found())
        case Call(function="ratio", args=(over, under)):
            return _ratio(*(_read(scope, Call(a.place, "norm", (a,)), values) for a in (over, under)))
        case Call(function=function, args=(measure,)) if function in _OVER_CELLS:
            cells, fold = _cells(scope, measure, values), _OVER_CELLS[function]
            return lambda: fold(cells().ravel())
        case Call(function=function, args=(Value(name=layer),)):
            return _figure(scope, function, layer, values)
    raise AssertionError(f"{node} is no atom")


def _item(array: Array, index: tuple[int, ...]) -> Read:
    array[index]  # that of a row which this batch does not have raises here, not while training
    return lambda: float(array[index])


def _norm(arrays: list[Array]) -> Read:
    """As `norm`, and for one array of usual size in one call."""
    if len(arrays) != 1:
        return lambda: norm(*arrays)
    (array,) = arrays
    rows = array if array.flags.c_contiguous else np.empty(array.shape, array.dtype)
    flat = rows.reshape(-1)

    def read() -> float:
        if rows is not array:
            np.copyto(rows, array)
        squares = float(flat.dot(flat))
        return math.sqrt(squares) if 0 < squares < math.inf else norm(array)

    return read


def _ratio(over: Read, under: Read) -> Read:
    def read() -> float:
        a, b = over(), under()
        return a / b if b else math.nan if a == 0 or math.isnan(a) else math.inf

    return read


def _cells(scope: Scope, node: Measure, values: Values) -> Cells:
    """What computes the cells of a measure inside a function, in float64."""
    match node:
        case Number(value=value):
            number = np.asarray(value)
            return lambda: number
        case Negative(operand=operand):
            cells = _cells(scope, operand, values)
            return lambda: -cells()
        case Binary(sign=sign, left=left, right=right):
            a, b, function = _cells(scope, left, values), _cells(scope, right, values), FUNCTIONS[sign]
            return lambda: function(a(), b())
        case Call(function=function, args=args) if function in CELLWISE:
            cells, along = _cells(scope, args[0], values), FUNCTIONS[function]
            return lambda: along(cells())
        case Call(function="slope", args=(Value(name=layer),)):
            return _slopes(scope, layer, values)
        case Value(name=name, index=None):
            return _wide(values[ALIASES.get(name, name)])
    read = _read(scope, node, values)
    return lambda: np.asarray(read())


def _wide(array: Array) -> Cells:
    return (lambda: array) if array.dtype == np.float64 else (lambda: array.astype(np.float64))


# --- figures of a layer ----------------------------------------------------------------------------------------------


def _figure(scope: Scope, function: str, layer: str, values: Values) -> Read:
    if function == "gradient_norm":
        return _norm([values[gradient_name(p.name)] for p in own_parameters(scope.run, layer)])
    if function == "update_ratio":
        names = trained_parameters(scope, layer)
        updates, before = [values[update_name(p)] for p in names], [values[p] for p in names]
        return lambda: ratio(norm(*updates), norm(*before)) if names else 0.0
    activation = _activation(scope, layer)
    z, a = values.get(member_name(layer, "z")), values[scope.run.outline.outputs[layer]]
    share = saturated_share if function == "saturated" else dead_share
    return (lambda: 0.0) if z is None else lambda: share(activation, z, a)


def _activation(scope: Scope, layer: str) -> ActivationSpec:
    return scope.run.config.layers[scope.run.names.index(layer)].output_activation


def _slopes(scope: Scope, layer: str, values: Values) -> Cells:
    activation = _activation(scope, layer)
    z, a = values[member_name(layer, "z")], values[scope.run.outline.outputs[layer]]

    def cells() -> Array:
        found = slope(activation, z, a)
        assert found is not None  # what works on whole rows was refused
        return found

    return cells
