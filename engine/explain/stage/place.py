"""Where somebody looks: a layer, a sample, perhaps a cell; and what a picture of it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.explain.blocks import layer_title, short_title
from engine.explain.derivation import Cell
from engine.explain.sums import size
from engine.foundation.errors import RangeError
from engine.foundation.value_name import gradient_name, member_name
from engine.model.activations import ActivationSpec, slope
from engine.ops.core.op import Array, Index
from engine.program.program import Step
from engine.run.run import Run
from engine.run.trace import Trace

LISTED = 5  # addends that are named; the rest is one number
_CURVE = 61  # points of an activation's curve
_WIDEST = 3.0  # the least that it reaches to either side
Pattern = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class StagePart:
    """Numbers of a picture.

    role:  what they are in it: `weights`, `patch`, `products`.
    value: whose cells they are; nothing for what is computed for the picture alone.
    index: where in that value, None for an axis that runs: with (2, None) cell (i,) of the numbers is cell (2, i).
    needs: the values that the numbers rest on: they mean nothing before these are computed.
    """

    role: str
    value: str
    index: Pattern
    needs: tuple[str, ...]
    numbers: Array


@dataclass(frozen=True, slots=True)
class StageShare:
    """An addend of a sum: where in the picture it is, its factors, and their product."""

    at: Index
    factors: tuple[float, ...]
    product: float


@dataclass(frozen=True, slots=True)
class StageZeros:
    """How many addends are 0 for one reason."""

    count: int
    why: str


@dataclass(frozen=True, slots=True)
class StageSum:
    """A sum of a picture: its largest addends, the smaller ones as one, those that are 0 counted.

    Formula: total = sum of the largest products + rest
    """

    role: str
    total: float
    largest: tuple[StageShare, ...]
    rest: float
    smaller: int
    zeros: tuple[StageZeros, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A level of the way from the network to a cell: what it is called, and the cell that stands for it."""

    text: str
    cell: Cell | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """The picture of a layer at one sample.

    kind:   which picture: `attention`, `convolution`, ...
    sample: the position in the batch.
    focus:  what is looked at, counted from 0: of attention head, query and key.
    cell:   the cell that the picture is about, where one was asked for or chosen.
    facts:  other whole numbers of the layer, such as the stride of a convolution.
    labels: what the entries of an axis are called.
    says:   what is to be seen, in a sentence for each of `forward` and `backward`.
    """

    layer: str
    kind: str
    title: str
    sample: int
    focus: dict[str, int]
    cell: Cell | None
    crumbs: tuple[Crumb, ...]
    parts: tuple[StagePart, ...]
    sums: tuple[StageSum, ...] = ()
    facts: dict[str, int] = field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A layer of a run in an iteration, a sample of its batch, and the cell that is selected anywhere."""

    run: Run
    traced: Trace
    layer: str
    sample: int
    cell: Cell | None = None

    def own(self, key: str) -> str:
        """The name of a value of the layer."""
        return member_name(self.layer, key)

    def parameter(self, key: str) -> str:
        """The name of a value of the layer, or of the layer whose parameters it shares."""
        taken = (value for step in self.steps("forward") for value in step.inputs if value in self._parameters)
        return next((value for value in taken if self.traced.program.name(value).key == key), self.own(key))

    @property
    def _parameters(self) -> set[str]:
        return {parameter.name for parameter in self.traced.program.parameters}

    def grad(self, key: str) -> str:
        """The name of the gradient of a value of the layer."""
        return gradient_name(self.parameter(key))

    @property
    def title(self) -> str:
        """The layer's name as it is said."""
        return layer_title(self.layer)

    @property
    def short(self) -> str:
        """The layer's name in few letters."""
        return short_title(self.layer)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The values that the layer takes."""
        return self.run.outline.inputs[self.layer]

    @property
    def output(self) -> str:
        """The value that the layer gives."""
        return self.traced.program.outputs[self.layer]

    @property
    def activation(self) -> ActivationSpec:
        """The layer's activation; the identity where it has none."""
        return self.run.config.layers[self.run.names.index(self.layer)].output_activation

    def has(self, value: str) -> bool:
        """Whether the iteration has such a value: of what is frozen or is a token there is no gradient."""
        return value in self.traced.table

    def array(self, value: str) -> Array:
        """A value of the iteration."""
        return self.traced.table[value]

    def row(self, value: str) -> Array:
        """A value's row of the sample."""
        return np.asarray(self.traced.table[value][self.sample])

    def part(self, role: str, value: str, index: Pattern = (), *needs: str) -> tuple[StagePart, ...]:
        """Cells of a value, if there is one: of the sample where no index is given."""
        if not self.has(value):
            return ()
        array = self.array(value)
        where = index or (self.sample, *(None,) * (array.ndim - 1))
        taken = array[tuple(slice(None) if i is None else i for i in where)]
        return (StagePart(role, value, where, (value, *needs), np.asarray(taken)),)

    def whole(self, role: str, value: str) -> tuple[StagePart, ...]:
        """All cells of a value, if there is one."""
        return self.part(role, value, (None,) * self.array(value).ndim) if self.has(value) else ()

    def handed_back(self, source: str) -> str:
        """The value with what this layer adds to its input's gradient; nothing if it sends none back."""
        made = [step.output for step in self.steps("backward") if self._is_of(step, source)]
        return made[-1] if made else ""

    def _is_of(self, step: Step, source: str) -> bool:
        found = self.traced.program.name(step.output)
        return step.op != "accumulate" and str(found.of_gradient or "") == source

    def steps(self, phase: str) -> tuple[Step, ...]:
        """The layer's steps of a phase."""
        return tuple(step for step in self.traced.program.steps if step.phase == phase and step.layer == self.layer)

    def chosen(self, *keys: str) -> Index | None:
        """The selected cell's index if it is, or is the gradient of, a value of the layer with one of these keys."""
        if self.cell is None:
            return None
        name = self.traced.program.name(self.cell.value)
        is_own = str(name.subject) in {self.parameter(key) for key in keys}
        return self.cell.index if is_own and self.cell.index else None

    def chosen_input(self) -> Index | None:
        """The index of the selected cell if it is, or is the gradient of, a cell of the layer's input."""
        if self.cell is None or not self.cell.index:
            return None
        subject = str(self.traced.program.name(self.cell.value).subject)
        return self.cell.index if subject in self.inputs else None


def computed(role: str, numbers: Array | float, *needs: str) -> tuple[StagePart, ...]:
    """Numbers that the iteration has not, computed for the picture."""
    return (StagePart(role, "", (), needs, np.asarray(numbers)),)


def addition(role: str, factors: tuple[Array, ...], why: tuple[str, ...], *needs: str) -> StageSum:
    """The sum of the products of arrays of one shape, cell by cell; the largest addends first.

    Args: why: for each factor what is said of the addends in which it is the first that is 0.
    """
    flat = [np.broadcast_to(f, factors[0].shape).ravel() for f in factors]
    with np.errstate(all="ignore"):
        products = np.prod(flat, axis=0)
        total = float(products.sum())
    sizes = np.array([size(float(p)) for p in products])
    order = [int(i) for i in np.argsort(-sizes, kind="stable") if products[i] != 0]
    named, left = order[:LISTED], order[LISTED:]
    largest = tuple(
        StageShare(_at(factors[0].shape, i), tuple(float(f[i]) for f in flat), float(products[i])) for i in named
    )
    return StageSum(role, total, largest, float(products[left].sum()), len(left), _nothing(flat, products, why), needs)


def _at(shape: tuple[int, ...], flat: int) -> Index:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _nothing(flat: list[Array], products: Array, why: tuple[str, ...]) -> tuple[StageZeros, ...]:
    left = products == 0
    found = []
    for factor, text in zip(flat, why, strict=True):
        here = left & (factor == 0)
        found.append(StageZeros(int(here.sum()), text))
        left = left & ~here
    found.append(StageZeros(int(left.sum()), "too small for a number"))
    return tuple(nothing for nothing in found if nothing.count)


def largest_of(array: Array) -> Index:
    """The index of the cell of the largest size; the first of equal ones."""
    with np.errstate(all="ignore"):
        return _at(array.shape, int(np.argmax(np.nan_to_num(np.abs(array), nan=np.inf))))


def curve(place: Place, at: float) -> tuple[StagePart, ...]:
    """The activation's curve around a sum: rows z and f(z), and in `tangent` f(z) and the slope there.

    Returns: nothing for an activation of whole rows.
    """
    spec = place.activation
    reach = max(_WIDEST, 1.3 * abs(at)) if np.isfinite(at) else _WIDEST
    z = np.linspace(-reach, reach, _CURVE)
    here = np.array([at])
    value = spec.op.forward(here, **spec.op_params) if spec.type not in ("softmax", "log_softmax") else None
    found = None if value is None else slope(spec, here, value)
    if value is None or found is None:
        return ()
    drawn = spec.op.forward(z, **spec.op_params)
    needs = (place.own("z"),)
    return (
        *computed("curve", np.stack([z, drawn]), *needs),
        *computed("tangent", np.array([at, float(value[0]), float(found[0])]), *needs),
    )


def check_layer(run: Run, layer: str) -> None:
    """Raises: RangeError if the run has no such layer."""
    if layer not in run.names:
        raise RangeError(f"no layer {layer!r}; this run has {', '.join(run.names)}", "query.layer")


def tokens_of(place: Place, source: str) -> tuple[str, ...]:
    """The names of the sample's tokens, one for each position of a sequence; nothing where inputs are no tokens."""
    names = place.run.fitting.data.meaning.tokens
    x = place.row("x")
    if not names or x.dtype.kind not in "iu" or place.array(source).ndim < 3:
        return ()
    if len(x) != place.array(source).shape[1]:
        return ()
    return tuple(names[int(token)] for token in x)


def named_position(place: Place, source: str, position: int) -> str:
    """A position of a sequence as it is said: its number, counted from 1, and its token."""
    tokens = tokens_of(place, source)
    return f"{position + 1} {tokens[position]}" if tokens else f"{position + 1}"
