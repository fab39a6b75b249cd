"""What each op of an expression does to its numbers, and what its chain rule does, in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from engine.expressions.ops_of import Node

_AS_IT_IS = "passes the gradient on to $to as it is."
_FORWARD: Mapping[str, str] = {
    "add": "Adds $a and $b.",
    "subtract": "Takes $b away from $a.",
    "multiply": "Multiplies $a by $b.",
    "divide": "Divides $a by $b.",
    "power": "Raises $a to the power $b.",
    "maximum": "Takes the larger of $a and $b.",
    "minimum": "Takes the smaller of $a and $b.",
    "negative": "Flips the sign of $z.",
    "exp": "Takes the exponential of $z.",
    "log": "Takes the logarithm of $z.",
    "sqrt": "Takes the square root of $z.",
    "sin": "Takes the sine of $z.",
    "cos": "Takes the cosine of $z.",
    "absolute": "Takes the size of $z, without its sign.",
    "square": "Multiplies $z by itself.",
    "raise_to": "Raises $z to the power $exponent.",
    "scale_by": "Multiplies $z by $factor.",
    "add_constant": "Adds $offset to $z.",
    "identity": "Takes $z as it is.",
}
_BACKWARD: Mapping[tuple[str, str], str] = {
    ("add", "a"): f"A sum {_AS_IT_IS}",
    ("add", "b"): f"A sum {_AS_IT_IS}",
    ("subtract", "a"): f"A difference {_AS_IT_IS}",
    ("subtract", "b"): "A difference passes the gradient on to $to with its sign flipped.",
    ("multiply", "a"): "A product passes the gradient on to $to times the other factor, $b.",
    ("multiply", "b"): "A product passes the gradient on to $to times the other factor, $a.",
    ("divide", "a"): "A quotient passes the gradient on to $to divided by $b.",
    ("divide", "b"): "A quotient passes the gradient on to $to times −$a divided by the square of $to.",
    ("power", "a"): "A power passes the gradient on to its base $to times $b times $to to the power $b − 1.",
    ("power", "b"): "A power passes the gradient on to its exponent $to times the power times the logarithm of $a.",
    ("maximum", "a"): "Only the larger of $a and $b gets the gradient; at a tie each gets half.",
    ("maximum", "b"): "Only the larger of $a and $b gets the gradient; at a tie each gets half.",
    ("minimum", "a"): "Only the smaller of $a and $b gets the gradient; at a tie each gets half.",
    ("minimum", "b"): "Only the smaller of $a and $b gets the gradient; at a tie each gets half.",
    ("negative", "z"): "The gradient goes on to $to with its sign flipped.",
    ("square", "z"): "A square passes the gradient on to $to times 2 times $to.",
    ("raise_to", "z"): "A power passes the gradient on to $to times $exponent times $to to the next lower power.",
    ("scale_by", "z"): "A product passes the gradient on to $to times the other factor, $factor.",
    ("add_constant", "z"): f"A sum {_AS_IT_IS}",
    ("identity", "z"): "The gradient goes on to $to as it is.",
}

_NOUNS = ("exp", "log", "sqrt", "sin", "cos", "absolute")  # whose titles are said with an article


def words(node: Node, called: Mapping[str, str]) -> dict[str, str]:
    """The sentence of a node's forward step under an empty name, those of its gradients under their arguments.

    Args: called: what a sentence calls each value.
    """
    names = dict(zip(node.op.args, (called[name] for name in node.inputs), strict=True))
    known = names | {name: f"{value:g}".replace("-", "−") for name, value in node.params.items()}
    forward = _FORWARD.get(node.op.name, f"Passes $z through {node.op.title}.")
    slopes = {argument: _backward(node, argument) for argument in node.op.vjps}
    return {"": Template(forward).substitute(known)} | {
        argument: Template(text).substitute(known, to=names[argument]) for argument, text in slopes.items()
    }


def _backward(node: Node, argument: str) -> str:
    the = "the " if node.op.name in _NOUNS else ""
    slope = f"The gradient goes back through {the}{node.op.title} to $to, times the slope there."
    return _BACKWARD.get((node.op.name, argument), slope)
