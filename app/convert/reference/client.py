"""The reference of the Python client, from its own signatures and docstrings and from the API's description."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CODE = "    "
LINE = re.compile(r"\n\s*(?!\s*\w+: )")  # where a sentence goes on; "Raises:" begins a line of its own


@dataclass(frozen=True, slots=True)
class Documented:
    """A function or a method: how it is called, and what is said of it, by paragraphs."""

    name: str
    call: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A class with its methods; a function stands alone."""

    name: str
    call: str
    said: tuple[str, ...]
    members: tuple[Documented, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A request of the API by the name that `call` knows it by."""

    name: str
    call: str
    summary: str
    request: str


def parts() -> list[Part]:
    """All that the package gives out."""
    import backscope  # here, because a server that is only asked for numbers need not wait for a client

    return [_part(name, getattr(backscope, name)) for name in backscope.__all__]


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document, by its name."""
    found = [
        _operation(method, path, said)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]
    return sorted(found, key=lambda operation: operation.name)


def _operation(method: str, path: str, said: Mapping[str, Any]) -> Operation:
    reserved = {"from": "from_", "with": "with_"}
    given = [reserved.get(p["name"], p["name"]) for p in said.get("parameters", []) if p["in"] != "header"]
    first = [f'"{said["operationId"]}"', *(["body"] if "requestBody" in said else [])]
    call = f"call({', '.join([*first, *(f'{name}=...' for name in given)])})"
    return Operation(said["operationId"], call, said["summary"], f"{method.upper()} {path}")


def _part(name: str, found: Any) -> Part:
    members = tuple(_members(found)) if inspect.isclass(found) else ()
    return Part(name, _call(name, found), _paragraphs(found), members)


def _members(found: type) -> Iterator[Documented]:
    """Public methods and properties in the order in which they are written."""
    for name, member in vars(found).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield Documented(name, name, _paragraphs(member))
        elif inspect.isfunction(member):
            yield Documented(name, _call(name, member, skip=1), _paragraphs(member))


def _call(name: str, found: Any, skip: int = 0) -> str:
    signature = inspect.signature(found)
    given = [p.replace(annotation=inspect.Parameter.empty) for p in list(signature.parameters.values())[skip:]]
    bare = signature.replace(parameters=given, return_annotation=inspect.Signature.empty)
    kind = "await " if inspect.iscoroutinefunction(found) else ""
    return f"{kind}{name}{bare}"


def _paragraphs(found: Any) -> tuple[str, ...]:
    """A docstring's paragraphs, each in one line; lines of code stay as they are."""
    said = (inspect.getdoc(found) or "").split("\n\n")
    return tuple(part if part.startswith(CODE) else re.sub(LINE, " ", part).strip() for part in said)
