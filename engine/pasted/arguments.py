"""The arguments of a call, matched with the names that a signature gives them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.pasted.literals import known, literal
from engine.pasted.notes import RefusedError


@dataclass(frozen=True, slots=True)
class Arguments:
    """Expressions by the name of their parameter; `title` is how the call is called in messages."""

    call: ast.Call
    title: str
    given: Mapping[str, ast.expr]
    names: Mapping[str, Any]

    def number(self, name: str, default: Any = None) -> Any:
        """The literal of an argument, else the default."""
        return literal(self.given[name], self.names) if name in self.given else default

    def maybe(self, name: str, default: Any = None) -> Any:
        """The same; UNKNOWN instead of a refusal."""
        return known(self.given[name], self.names) if name in self.given else default

    def only(self, *taken: str) -> None:
        """Refuses an argument that would change what is computed and has no place here, unless it is a default.

        Raises: RefusedError.
        """
        for name, node in self.given.items():
            if name not in taken and known(node, self.names) not in (None, False):
                allowed = ", ".join(taken) or "none"
                raise RefusedError(node, f"{self.title} takes no {name} here", f"leave it out; there are {allowed}")


def arguments(call: ast.Call, signature: tuple[str, ...], names: Mapping[str, Any], title: str = "") -> Arguments:
    """The arguments of a call; positional ones take the names of the signature.

    Raises: RefusedError for `*args`, or more than the signature has.
    """
    title = title or ast.unparse(call.func)
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(k.arg is None for k in call.keywords):
        raise RefusedError(call, f"{title} is called with * or **", "each argument by itself")
    if len(call.args) > len(signature):
        raise RefusedError(call.args[len(signature)], f"{title} takes {len(signature)} arguments here")
    positional = dict(zip(signature, call.args, strict=False))
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    return Arguments(call, title, {**positional, **keywords}, names)
