"""Features made of the raw inputs: powers, products, sines, as a linear model needs them to draw a curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Reach, Shape, Term, Terms, cell
from engine.ops.dense.feature_names import Atom, Feature, parse_feature

Params = Mapping[str, Any]


# --- kernels --------------------------------------------------------------------------------------


def _write(xp: Any, out: Array, x: Array, atom: Atom) -> None:
    if atom.wave:
        getattr(xp, atom.wave)(x, out)
    else:
        _power(xp, out, x, atom.power)


def _write_slope(xp: Any, out: Array, x: Array, atom: Atom) -> None:
    if atom.wave == "sin":
        xp.cos(x, out)
    elif atom.wave == "cos":
        xp.sin(x, out)
        xp.negative(out, out)
    else:
        _power(xp, out, x, atom.power - 1)
        if atom.power > 1:
            xp.multiply(out, float(atom.power), out)


def _power(xp: Any, out: Array, x: Array, power: int) -> None:
    """The plain cases as themselves: a power takes twenty times as long as a product."""
    if power == 0:
        xp.copyto(out, 1.0)
    elif power == 1:
        xp.copyto(out, x)
    elif power == 2:
        xp.multiply(x, x, out)
    else:
        xp.power(x, float(power), out)


def _multiply_by(xp: Any, out: Array, x: Array, atoms: Iterable[Atom]) -> None:
    factor = xp.empty_like(out)
    for atom in atoms:
        _write(xp, factor, x[:, atom.input], atom)
        xp.multiply(out, factor, out)


def _columns(terms: Sequence[Feature]) -> Callable[..., None]:
    def kernel(xp: Any, out: Array, x: Array) -> None:
        for m, (first, *others) in enumerate(terms):
            _write(xp, out[:, m], x[:, first.input], first)
            _multiply_by(xp, out[:, m], x, others)

    return kernel


def _columns_x(terms: Sequence[Feature]) -> Callable[..., None]:
    def kernel(xp: Any, out: Array, grad: Array, x: Array) -> None:
        """The product rule: a contribution of every atom."""
        xp.copyto(out, 0.0)
        part = np.empty(len(x), out.dtype)
        for m, k, atom, others in _uses(terms):
            _write_slope(xp, part, x[:, k], atom)
            _multiply_by(xp, part, x, others)
            xp.multiply(grad[:, m], part, part)
            xp.add(out[:, k], part, out[:, k])

    return kernel


def _uses(terms: Sequence[Feature]) -> Iterator[tuple[int, int, Atom, Feature]]:
    """Every atom: its feature, its input, itself, and the other atoms of the feature."""
    for m, atoms in enumerate(terms):
        for i, atom in enumerate(atoms):
            yield m, atom.input, atom, (*atoms[:i], *atoms[i + 1 :])


# --- terms and reach ------------------------------------------------------------------------------


def _factor(atom: Atom, n: int, operands: Operands) -> Factor:
    x = float(operands["x"][n, atom.input])
    return Factor(atom(x), "x", (n, atom.input), atom.symbol, x if atom.symbol else None)


def _terms(features: Sequence[Feature]) -> Terms:
    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        yield tuple(_factor(atom, index[0], operands) for atom in features[index[1]])

    return terms


def _terms_x(features: Sequence[Feature]) -> Terms:
    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        n, x = index[0], float(operands["x"][index])
        for m, k, atom, others in _uses(features):
            if k == index[1]:
                symbol, slope = atom.slope
                steep = (Factor(float(slope(x)), "x", index, symbol, x),) * ((atom.power, atom.wave) != (1, ""))
                yield cell(operands, "grad", (n, m)), *steep, *(_factor(other, n, operands) for other in others)

    return terms


def _reach(features: Sequence[Feature]) -> Reach:
    def reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
        return {(index[0], m) for m, k, _, _ in _uses(features) if k == index[1]}

    return reach


def _reach_x(features: Sequence[Feature]) -> Reach:
    """A gradient reaches the inputs of its feature; an input those that are with it in one, or itself."""

    def reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
        n, at = index
        if operand == 0:
            return {(n, atom.input) for atom in features[at]}
        return {(n, atom.input) for atoms in features if any(a.input == at for a in atoms) for atom in atoms}

    return reach


# --- the op ---------------------------------------------------------------------------------------


@lru_cache
def features(names: tuple[str, ...], inputs: int) -> Op:
    """The op that makes these features of the raw inputs, one a column.

    Formula: out_nm = product of the atoms of feature m, of x_n
    Args:    x (N, D) raw inputs, D = `inputs`.
    Returns: (N, M), one column for each name.
    Raises:  ConfigError if a name is none of a feature; ShapeError if x has not as many columns as said.
    Source:  Bishop 2006, Pattern Recognition and Machine Learning, section 3.1 (basis functions).
    """
    parsed = tuple(parse_feature(name, inputs) for name in names)

    def shape(x: Shape) -> Shape:
        if x[1:] != (inputs,):
            raise ShapeError(f"these features are of (N, {inputs}); given {x}")
        return (x[0], len(parsed))

    return Op(
        name="features",
        title="features",
        args=("x",),
        function=_forward(parsed),
        vjps={"x": _backward(parsed, inputs)},
        shape=shape,
        source="Bishop 2006, Pattern Recognition and Machine Learning, section 3.1 (basis functions).",
        example=lambda rng: ((rng.normal(size=(4, inputs)),), {}),
        order="columns",
    )


_SAYS = "Turns the raw inputs into the features that the first layer takes."
_SAYS_X = "Back to the raw inputs: through the slope of every feature they are in."


def _forward(parsed: Sequence[Feature]) -> Function:
    columns = [r" \odot ".join(atom.latex for atom in atoms) for atoms in parsed]
    lines = [" * ".join(atom.code for atom in atoms) for atoms in parsed]
    formula, code = r"$out = \left[" + r",\; ".join(columns) + r"\right]", f"np.stack([{', '.join(lines)}], axis=1)"
    return Function(_columns(parsed), ("x",), "nd->nm", formula, code, _terms(parsed), _reach(parsed), says=_SAYS)


def _backward(parsed: Sequence[Feature], inputs: int) -> Function:
    formula = r"$out = \textstyle\sum_m {$grad}_{m} \odot \frac{\partial \varphi_m}{\partial $x}"
    lines = [_column_code(parsed, k) for k in range(inputs)]
    code = f"np.stack([{', '.join(lines)}], axis=1)"
    return Function(
        _columns_x(parsed), ("grad", "x"), "nm,nd->nd", formula, code, _terms_x(parsed), _reach_x(parsed), says=_SAYS_X
    )


def _column_code(parsed: Sequence[Feature], k: int) -> str:
    """The gradient of one input; of an input that is in no feature, zeros."""
    parts = [
        " * ".join((f"$grad[:, {m}]", atom.slope_code, *(other.code for other in others)))
        for m, at, atom, others in _uses(parsed)
        if at == k
    ]
    return " + ".join(parts) or "np.zeros(len($x), $x.dtype)"


FEATURES = features(("x1", "x2", "x1^2", "x1*x2", "sin(x1)", "cos(x2)", "x2^3", "x1^2*sin(x1)"), 2)
