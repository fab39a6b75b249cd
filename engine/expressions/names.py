"""What each name of an expression means: an input, or the result of one statement that comes before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine.expressions.functions import BASES, CONSTANTS, FUNCTIONS
from engine.expressions.parse import Apply, Expr, Expression, Name, Number, Statement
from engine.expressions.text import PATH, name_problem, wrong
from engine.foundation.errors import ConfigError

LOSS = "loss"  # the last statement's value in the program, whatever its name in the text
OF_THE_PROGRAM = ("optimizer", "schedule", "clip", "data", "batch")  # values of this name are there already


def input_problem(name: str) -> str:
    """Why a text cannot be the name of an input; nothing if it can."""
    if name in FUNCTIONS or name in BASES:
        return "it is a function"
    return name_problem(name) or _taken(name, last=False)


def _taken(name: str, last: bool) -> str:
    if name in OF_THE_PROGRAM:
        return "the program has values of this name already; take another"
    if name == LOSS and not last:
        return "that is what the value of the last statement is called; take another"
    return ""


def uses(expr: Expr) -> Iterator[Name]:
    """Every use of a name in a formula, from left to right."""
    if isinstance(expr, Name):
        yield expr
    elif isinstance(expr, Apply):
        for argument in expr.args:
            yield from uses(argument)


def inputs_of(expression: Expression) -> tuple[str, ...]:
    """The names that no statement gives a value: the inputs, in the order in which they are first used."""
    given = {statement.name for statement in expression.statements}
    used = (use.name for statement in expression.statements for use in uses(statement.value))
    return tuple(dict.fromkeys(name for name in used if name not in given))


def with_constants(expression: Expression, inputs: Collection[str] = ()) -> Expression:
    """The same with `pi` and `e` as the numbers that they stand for, where no input and no statement has their name."""
    given = {*inputs, *(statement.name for statement in expression.statements)}
    known = {name: number for name, number in CONSTANTS.items() if name not in given}
    statements = (replace(statement, value=_filled(statement.value, known)) for statement in expression.statements)
    return replace(expression, statements=tuple(statements))


def _filled(expr: Expr, known: Mapping[str, float]) -> Expr:
    if isinstance(expr, Name) and expr.name in known:
        return Number(known[expr.name], rf"\{expr.name}" if len(expr.name) > 1 else expr.name)
    if isinstance(expr, Apply):
        return replace(expr, args=tuple(_filled(argument, known) for argument in expr.args))
    return expr


def loss_name(expression: Expression) -> str:
    """What the text calls the loss; if it does not name it, L, or `loss` where L is something else."""
    last = expression.statements[-1].name
    if last is not None:
        return last
    taken = {*inputs_of(expression), *(statement.name for statement in expression.statements)}
    return "L" if "L" not in taken else LOSS


def labels(expression: Expression) -> tuple[str, ...]:
    """The user's name of each statement."""
    *others, _ = (str(statement.name) for statement in expression.statements)
    return (*others, loss_name(expression))


def check_names(expression: Expression, inputs: Collection[str]) -> None:
    """That every name has one meaning, known where it is used, and that the loss depends on every statement.

    Args:   inputs: the names that numbers are given for; one that is not used is no error.
    Raises: ConfigError with the place, the name and what is known there.
    """
    known = list(inputs)
    for statement in expression.statements:
        for use in uses(statement.value):
            if use.name not in known:
                raise wrong(expression.text, use.start, _unknown(expression, use.name, inputs))
        if statement.name is not None:
            _check_target(expression, statement, inputs, known)
            known.append(statement.name)
    _check_all_needed(expression, inputs)


def _unknown(expression: Expression, name: str, inputs: Collection[str]) -> str:
    if any(statement.name == name for statement in expression.statements):
        return f"{name} is used before it has a value; statements run from the first to the last"
    there = f"the inputs are {', '.join(inputs)}" if inputs else "there are no inputs"
    return f"{name} has no value; {there}: give it one there, or in a statement before"


def _check_target(expression: Expression, statement: Statement, inputs: Collection[str], known: list[str]) -> None:
    name = str(statement.name)
    problem = _taken(name, statement is expression.statements[-1])
    if name in inputs:
        problem = "it is an input, and a name is given a value once; take another"
    elif name in known:
        problem = "it has a value already, and a name is given one once; take another"
    if problem:
        raise wrong(expression.text, statement.start, f"{name} cannot be given a value: {problem}")


def _check_all_needed(expression: Expression, inputs: Collection[str]) -> None:
    """Walked from the loss back, as the gradient will be."""
    *others, last = expression.statements
    needed = {use.name for use in uses(last.value)}
    for statement in reversed(others):
        if statement.name in needed:
            needed |= {use.name for use in uses(statement.value)}
    for statement in others:
        if statement.name not in needed:
            what = f"{statement.name} is not used for the loss, which is the last statement: use it or leave it out"
            raise wrong(expression.text, statement.start, what)
    if needed.isdisjoint(inputs):
        raise ConfigError("the loss depends on no input, so there is no gradient: use a name", PATH)
