"""What an op is: a forward function, one VJP per argument, a shape rule, formulas, and its source.

An op has no state and no cache. Its kernels write into `out` through numpy calls on `xp` only (see `numpy_calls`), with
no branch on the data, so that the calls can be recorded once and run many times. Scratch arrays are made with
`np.empty` and the like, directly: they are made once when recorded. What is made with `xp.empty_like` is shared with
the kernels that follow.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np

from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.slips import Slip
from engine.ops.core.torch_lines import in_torch

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]
Index = Annotated[tuple[int, ...], "Position of a cell, counted from 0; empty for a scalar."]
Operands = Mapping[str, Array]
Kernel = Callable[..., None]
Order = Literal["columns", "rows", "same"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a term: a cell of an operand, a function of one, or a constant.

    `number` enters the product. For a function of a cell, `symbol` is its LaTeX and `cell` what the cell holds;
    `numeric` is the LaTeX to put the number into, where `symbol` names more than this cell.
    """

    number: float
    operand: str | None = None
    index: Index = ()
    symbol: str = ""
    cell: float | None = None
    numeric: str = ""


Term = tuple[Factor, ...]
Terms = Callable[[Index, Operands, Mapping[str, Any]], Iterator[Term]]
Reach = Callable[[int, Index, Sequence[Shape], Shape, Mapping[str, Any]], Iterable[Index]]
"""``(operand, index, shapes of the operands, shape of the result, params)`` to cells of the result."""
Scratch = Callable[[Sequence[Shape], Shape, Mapping[str, Any]], int]
"""``(shapes of the operands, shape of the result, params)`` to a number of numbers."""
CALL = 100  # about the numbers that would fit into the memory of one numpy call bound to its arrays


@dataclass(frozen=True, slots=True)
class Fast:
    """A kernel that gives the bits of a function's plain one in less time, by tricks that explain nothing.

    beside: what else it takes, after all that the plain one takes.
    """

    kernel: Kernel
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """One numpy function with everything that explains it.

    kernel:   ``kernel(xp, out, *operands, **params)`` writes the result into `out`.
    operands: names of what it takes, in order. For a VJP: `grad` (of the op's output), arguments, `output`.
    relation: which cells belong together, ``nk,jk,j->nj``; ``...`` is the same index, nothing a scalar. A letter only
              on the right stands for every index there. Letters behind ``...`` are the last axes: ``...k->...j``.
    formula:  LaTeX, with ``$name`` for an operand or parameter and ``$out`` for the result.
    code:     the numpy expression of the right-hand side, with the same placeholders; it may call `helpers`.
    torch:    the same in PyTorch, where that is not the numpy expression word for word.
    terms:    the terms of one cell of the result; the sum of their products is that cell.
    short:    fewer terms with the same sum, where a sum over the row has a shorter form: ``$grad_k`` stands for the
              cell of the same row at k.
    reach:    for what letters cannot say, as a window over an image: the cells of the result that depend on one cell
              of an operand.
    beside:   what else the kernel takes: the operands alone say what the result is, these in which order to add it up.
    places:   parameters that count from 0, as code does; formulas count from 1.
    says:     what it does, in a sentence: ``$where`` stands for the layer, ``$p`` for the parameter of an update.
    tells:    the same between single numbers that have names: ``$a`` stands for an operand or parameter, ``$to`` for
              what the gradient goes to.
    stops:    of a VJP why it passes nothing to some cells, after "0:", where its title does not say it.
    scratch:  the numbers that the kernel keeps besides, where these are more than a few times the result's.
    fast:     another kernel for training and tracing, where the plain one can be outdone: the same bits, by test.
    slips:    typical mistakes in it, each as a line that runs in its place.
    """

    kernel: Kernel
    operands: tuple[str, ...]
    relation: str
    formula: str
    code: str
    terms: Terms
    reach: Reach | None = None
    beside: tuple[str, ...] = ()
    says: str = ""
    places: tuple[str, ...] = ()
    scratch: Scratch | None = None
    tells: str = ""
    fast: Fast | None = None
    stops: str = ""
    torch: str = ""
    slips: tuple[Slip, ...] = ()
    short: Terms | None = None

    @property
    def pytorch(self) -> str:
        """The expression in PyTorch."""
        return self.torch or in_torch(self.code, self.operands)

    @property
    def quick(self) -> Kernel:
        """The fast kernel, or the plain one where there is no other."""
        return self.fast.kernel if self.fast else self.kernel

    @property
    def all_beside(self) -> tuple[str, ...]:
        """What the quick kernel takes beside the operands."""
        return self.beside + (self.fast.beside if self.fast else ())


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of the engine; see the module's docstring.

    regions: for an op with kinks, which smooth piece each cell is in: ``regions(*args, **params)``, an integer array.
    off_slope: for an op whose gradient is by definition not the slope everywhere: ``off_slope(*args, **params)`` says
             why not here, or nothing.
    example: arguments and parameters drawn at random for the registry's tests: ``example(rng)``.
    order:   how the result lies in memory: its first axis last (`columns`: what a product or a reduction over samples
             wants), row after row (`rows`: sequences), or as the first argument does. Only bits may depend on it.
    letters: LaTeX of parameters that are written as a letter, not as their number.
    gather:  for an op that takes a piece of its argument: the VJP of all pieces of one argument at once, given their
             parameters and the argument's shape; its operands are the pieces' gradients.
    affine:  whether it is the affine map of a dense layer, on rows or on sequences.
    windowed: whether it slides its weights over an image.
    """

    name: str
    title: str
    args: tuple[str, ...]
    function: Function
    vjps: Mapping[str, Function]
    shape: Callable[..., Shape]
    source: str
    example: Callable[[np.random.Generator], tuple[tuple[Array, ...], dict[str, Any]]]
    regions: Callable[..., Array] | None = None
    off_slope: Callable[..., str] | None = None
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    order: Order = "same"
    letters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    gather: Callable[[Sequence[Mapping[str, Any]], Shape], Function | None] | None = None
    affine: bool = False
    windowed: bool = False

    def forward(self, *args: Array, out: Array | None = None, **params: Any) -> Array:
        """The op's result on these arguments, in `out` if given."""
        result = np.empty(self.shape(*(a.shape for a in args), **params), _dtype(args)) if out is None else out
        self.function.kernel(EAGER, result, *args, **params)
        return result

    def vjp(self, argument: str, grad: Array, *args: Array, output: Array | None = None, **params: Any) -> Array:
        """∂L/∂argument, given ∂L/∂output as `grad`, the arguments and (computed if not given) the output."""
        output = self.forward(*args, **params) if output is None else output
        known = dict(zip(self.args, args, strict=True)) | {"grad": grad, "output": output}
        function = self.vjps[argument]
        result = np.empty_like(known[argument], dtype=grad.dtype)
        taken = (*function.operands, *function.beside)
        function.kernel(EAGER, result, *(known[name] for name in taken), **params)
        return result


def _dtype(args: Sequence[Array]) -> np.dtype[Any]:
    """That of the first real numbers: tokens are whole, what is looked up with them is not."""
    return next((a.dtype for a in args if a.dtype.kind == "f"), args[0].dtype)


def said(function: Function, says: str = "", tells: str = "", slips: tuple[Slip, ...] = ()) -> Function:
    """The function with its sentences, and the slips that it has besides its own."""
    return replace(function, says=says, tells=tells, slips=(*function.slips, *slips))


# --- which cells belong together ------------------------------------------------------------------------------------


def reached(
    function: Function, operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    """The cells of a function's result that depend on one cell of an operand.

    Args: operand: its position; index: of the cell; shapes: of all operands; shape: of the result.
    """
    if function.reach is not None:
        return function.reach(operand, index, shapes, shape, params)
    return _related(function.relation, operand, index, shape)


def _related(relation: str, operand: int, index: Index, shape: Shape) -> Iterator[Index]:
    left, right = relation.split("->")
    part = left.split(",")[operand]
    if re.search(r"\.\.\.[a-z]", relation):
        ranked = (part, len(index)) if "..." in part else (right, len(shape))
        return _related(_spelled(relation, *ranked), operand, index, shape)
    known = _positions(part, index)
    letters, rest = right.replace("...", ""), known.get("...", ())
    sizes = dict(zip(letters, shape, strict=False))
    tail = shape[len(letters) :]
    spread = [range(sizes[a]) if a not in known else known[a] for a in letters]
    spread += [(i,) for i in rest] if rest or not tail else [range(n) for n in tail]
    return itertools.product(*spread)


def _spelled(relation: str, part: str, rank: int) -> str:
    """The relation with letters for `...`: as many as this part leaves for a value of this rank."""
    return relation.replace("...", "ABCDEFGH"[: rank - len(part.replace("...", ""))])


def _positions(letters: str, index: Index) -> dict[str, tuple[int, ...]]:
    named = letters.replace("...", "")
    places: dict[str, tuple[int, ...]] = {a: (i,) for a, i in zip(named, index, strict=False)}
    return places | {"...": index[len(named) :]} if "..." in letters else places


# --- terms -----------------------------------------------------------------------------------------------------------


def cell(operands: Operands, name: str, index: Index) -> Factor:
    """The factor that is simply one cell of an operand."""
    return Factor(float(operands[name][index]), name, index)


def sum_of_products(*products: tuple[str, tuple[str, ...]]) -> Terms:
    """Terms of a sum of products, each given by a relation and the operands in it.

    ``sum_of_products(("nk,jk->nj", ("x", "weight")), ("j->nj", ("bias",)))`` has a term for every k, and the bias.
    """

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        for relation, names in products:
            yield from _product_terms(relation, names, index, operands)

    return terms


def _product_terms(relation: str, names: tuple[str, ...], index: Index, operands: Operands) -> Iterator[Term]:
    left, right = relation.split("->")
    letters = left.split(",")
    if "..." in relation:
        part, name = next((part, name) for part, name in zip(letters, names, strict=True) if "..." in part)
        yield from _product_terms(_spelled(relation, part, operands[name].ndim), names, index, operands)
        return
    sizes = {
        a: n for text, name in zip(letters, names, strict=True) for a, n in zip(text, operands[name].shape, strict=True)
    }
    at = dict(zip(right, index, strict=True))
    summed = [a for a in sizes if a not in at]
    for values in itertools.product(*(range(sizes[a]) for a in summed)):
        where = at | dict(zip(summed, values, strict=True))
        yield tuple(
            cell(operands, name, tuple(where[a] for a in text)) for text, name in zip(letters, names, strict=True)
        )


def elementwise(*factors: str | tuple[str, str, Callable[..., Any]]) -> Terms:
    """The one term of a cell-by-cell function: a product of cells and of functions of a cell.

    A factor is the name of an operand (scalars broadcast), or ``(operand, LaTeX, function)`` for a function of it:
    ``elementwise("grad", ("output", r"1 - {$output}^2", lambda a: 1 - a * a))``. The function takes the cell, and the
    op's parameters as keywords.
    """

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        yield tuple(_local(f, index, operands, params) for f in factors)

    return terms


def _local(
    factor: str | tuple[str, str, Callable[..., Any]],
    index: Index,
    operands: Operands,
    params: Mapping[str, Any],
) -> Factor:
    name = factor if isinstance(factor, str) else factor[0]
    where = index if operands[name].ndim else ()
    plain = cell(operands, name, where)
    if isinstance(factor, str):
        return plain
    _, symbol, function = factor
    with np.errstate(all="ignore"):
        number = float(function(operands[name][where], **params))
    return Factor(number, name, where, symbol, plain.number)


# --- shape rules and examples ----------------------------------------------------------------------------------------


def same_shape(first: Shape, *rest: Shape, **params: Any) -> Shape:
    """The result has the first argument's shape."""
    return first
