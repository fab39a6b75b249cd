"""Derivations, paths, gradient checks and variants."""

from __future__ import annotations

from app.schemas.common import Index, Latex, Number, Wire


class Cell(Wire):
    """One element of a value."""

    value: str
    index: Index


class Factor(Wire):
    """A cell, a function of a cell, or (without a value) a constant; `number` enters the product."""

    value: str | None
    index: Index
    number: Number
    symbol: Latex
    cell: Number | None


class Term(Wire):
    """One addend: the product of its factors. `rest` says how many small terms a last one stands for."""

    factors: list[Factor]
    product: Number
    rest: int | None = None


class Link(Wire):
    """A factor of the chain rule as the derivative that it is; `expression` gives its number, if anything does.

    In both the sample's index is left out, as it is the same throughout.
    """

    factor: Factor
    derivative: Latex
    expression: Latex


class Chain(Wire):
    """One sample's gradient by the chain rule: as the factors that it is made of, and as a chain of derivatives."""

    sample: int
    latex: Latex
    numbers: Latex
    factors: list[Factor]
    links: list[Link]
    product: Number


class Check(Wire):
    """The gradient beside central differences over h and 2h, extrapolated. `digits`: to how many of the gradient's
    decimal digits they agree, null where both are 0; `uncertainty`: how far the two differences lie apart."""

    central_difference: Number
    difference: Number
    digits: int | None
    uncertainty: Number
    agrees: bool
    kink: bool


class Derivation(Wire):
    """How a cell came about: the products of its terms sum to `result`.

    symbol: of the cell; over_batch: of a parameter's gradient with one term a sample the sum over the batch, else "".
    """

    value: str
    index: Index
    result: Number
    symbol: Latex
    formula: Latex
    numbers: Latex
    explanation: str
    step: int | None
    terms: list[Term]
    terms_total: int
    used_by: list[Cell]
    over_batch: Latex
    chain: Chain | None = None
    check: Check | None = None


class PathCell(Cell):
    """A cell on a way to the loss, with its symbol: without the sample's index, as it is the same throughout."""

    symbol: Latex


class Path(Wire):
    """A way from a parameter to the loss."""

    factors: list[Factor]
    cells: list[PathCell]
    product: Number


class Rest(Wire):
    """The paths that are not listed, as one number; how many, rounded from 2^53 on."""

    count: float
    product: Number


class Paths(Wire):
    """All ways of one sample from a parameter cell to the loss, largest first."""

    parameter: str
    index: Index
    sample: int
    paths: list[Path]
    rest: Rest
    sum: Number


class ParameterCheck(Wire):
    """One parameter's gradient beside central differences."""

    name: str
    largest_absolute: Number
    largest_relative: Number
    cells: int
    checked: int
    kinks: list[Index]
    agrees: bool


class GradientCheck(Wire):
    """All gradients beside central differences."""

    parameters: list[ParameterCheck]
    agrees: bool
    step_size: float


class VariantParameter(Wire):
    """What a variant gives for one parameter, beside the true gradient, over the cells tried."""

    name: str
    angle: Number
    cosine: Number
    ratio: Number
    cells: int
    checked: int


class Variant(Wire):
    """One variant of backpropagation. `angle` in degrees, `ratio` of its norm to the true one, over all parameters.

    misfit: why it has no meaning for this model, else null; then there are no figures. The passes are those that all
    cells of all parameters take.
    """

    name: str
    misfit: str | None
    angle: Number
    cosine: Number
    ratio: Number
    forward_passes: int
    backward_passes: int
    step_size: float | None
    parameters: list[VariantParameter]


class Variants(Wire):
    """Every variant beside the true gradient; `used` is the one that the update takes."""

    iteration: int
    used: str
    variants: list[Variant]
