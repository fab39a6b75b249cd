r"""An expression on paper: ``w1`` as ``w_{1}``, ``alpha`` as ``\alpha``, a statement as the formula that was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template

from engine.expressions.names import LOSS, labels
from engine.expressions.ops_of import Graph
from engine.expressions.parse import Apply, Expr, Expression, Name, Number
from engine.foundation.numbers import latex_number

_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu", "nu", "xi", "pi"),
    *("rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi"),
    *("Sigma", "Upsilon", "Phi", "Psi", "Omega"),
)
_LETTERS = {name: rf"\{name}" for name in _GREEK} | {"lam": r"\lambda"}
_DIGITS = 15  # what a typed number is written with


# --- names ----------------------------------------------------------------------------------------------------------


def symbol(name: str) -> str:
    r"""A name in LaTeX: ``w1`` and ``w_1`` are ``w_{1}``, ``x_12`` ``x_{12}``, ``w_out`` ``w_{\mathrm{out}}``."""
    first, *rest = re.findall(r"[A-Za-z]+|\d+", name)
    return _word(first) + (rf"_{{{','.join(_word(part) for part in rest)}}}" if rest else "")


def _word(part: str) -> str:
    if part in _LETTERS:
        return _LETTERS[part]
    return part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{part}}}"


def symbols(graph: Graph) -> dict[str, str]:
    """Every value of a graph in LaTeX: a constant without a name is its number, the loss has its name in the text."""
    names = [*graph.parameters, *graph.fixed, *(node.output for node in graph.nodes)]
    numbers = {
        name: latex_number(number, _DIGITS) if "." in name else symbol(name) for name, number in graph.constants.items()
    }
    return numbers | {name: symbol(name) for name in names} | {LOSS: symbol(graph.loss_name)}


# --- formulas -------------------------------------------------------------------------------------------------------

_SUM, _MINUS, _PRODUCT, _POWER, _ATOM = range(5)  # how tightly a formula holds together
_WRITTEN: Mapping[str, tuple[str, int, tuple[int, ...]]] = {
    # template, how tightly it holds, and how tightly each argument has to, not to need brackets
    "add": ("$a + $b", _SUM, (_SUM, _PRODUCT)),
    "subtract": ("$a - $b", _SUM, (_SUM, _PRODUCT)),
    "negative": ("-$a", _MINUS, (_PRODUCT,)),
    "multiply": (r"$a \cdot $b", _PRODUCT, (_MINUS, _POWER)),
    "divide": (r"\frac{$a}{$b}", _POWER, (_SUM, _SUM)),
    "power": ("{$a}^{$b}", _POWER, (_ATOM, _SUM)),
    "square": ("{$a}^{2}", _POWER, (_ATOM,)),
    "sqrt": (r"\sqrt{$a}", _ATOM, (_SUM,)),
    "absolute": (r"\left|$a\right|", _ATOM, (_SUM,)),
    "sigmoid": (r"\sigma\left($a\right)", _ATOM, (_SUM,)),
    "identity": ("$a", _ATOM, (_ATOM,)),
}
_KNOWN_TO_LATEX = ("exp", "log", "sin", "cos", "tan", "tanh")
_OF_SEVERAL = {"maximum": "max", "minimum": "min"}


def formulas(expression: Expression) -> tuple[str, ...]:
    r"""Each statement in LaTeX, as typed: ``L = \left(a \cdot b + c\right) \cdot \tanh\left(d\right)``."""
    named = zip(labels(expression), expression.statements, strict=True)
    return tuple(f"{symbol(name)} = {written(statement.value)}" for name, statement in named)


def written(expr: Expr) -> str:
    """A formula in LaTeX, with the brackets that it needs and no others."""
    return _with_strength(expr)[0]


def _with_strength(expr: Expr) -> tuple[str, int]:
    if isinstance(expr, Name):
        return symbol(expr.name), _ATOM
    if isinstance(expr, Number) and expr.latex:
        return expr.latex, _PRODUCT if " " in expr.latex else _ATOM
    if isinstance(expr, Number):
        number = latex_number(expr.value, _DIGITS)
        return number, _PRODUCT if "times" in number else _ATOM
    if expr.op in _OF_SEVERAL:
        values = ", ".join(written(value) for value in _beside(expr, expr.op))
        return rf"\{_OF_SEVERAL[expr.op]}\left({values}\right)", _ATOM
    template, strength, wanted = _template(expr)
    args = (_bracketed(argument, least) for argument, least in zip(expr.args, wanted, strict=True))
    text = Template(template).substitute(dict(zip("ab", args, strict=False)))
    return text, min(strength, _MINUS) if text.startswith("-") else strength


def _beside(expr: Expr, op: str) -> tuple[Expr, ...]:
    """The values that an op takes two by two, from the left."""
    if isinstance(expr, Apply) and expr.op == op:
        return (*_beside(expr.args[0], op), expr.args[1])
    return (expr,)


def _template(expr: Apply) -> tuple[str, int, tuple[int, ...]]:
    if expr.op in _WRITTEN:
        return _WRITTEN[expr.op]
    word = rf"\{expr.op}" if expr.op in _KNOWN_TO_LATEX else rf"\operatorname{{{expr.op.replace('_', ' ')}}}"
    return rf"{word}\left($a\right)", _ATOM, (_SUM,)


def _bracketed(expr: Expr, least: int) -> str:
    text, strength = _with_strength(expr)
    return text if strength >= least else rf"\left({text}\right)"
