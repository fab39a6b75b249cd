"""A model of PyTorch: what `__init__` makes and `forward` does with it, or a Sequential, followed symbol by symbol."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.pasted.literals import Arguments, arguments, dotted, last_name, literal
from engine.pasted.notes import Notes, Refused, RefusedError, SaidBeforeError
from engine.pasted.repeated import elements
from engine.pasted.torch_layers import CHANNELS, FEATURES, MODULES
from engine.pasted.wiring import Said, Tensor, Wiring

MOST_LAYERS = 200
WITHOUT_PARAMETERS = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Dropout", "Flatten")  # can be used again


@dataclass(frozen=True, slots=True, eq=False)  # each is another one, though written alike
class Piece:
    """A module that was made: its kind and the call that made it, or several in a row.

    inner: of a class of the script, its forward pass in a model that it is a part of.
    """

    kind: str
    call: ast.Call
    given: Arguments | None = None
    parts: tuple[tuple[str, Piece], ...] = ()
    inner: Callable[[Model, Tensor], Tensor] | None = None


LISTS = ("Sequential", "ModuleList")


@dataclass(slots=True)
class Model:
    """What is known of a model while it is read. places: the layers of each piece."""

    notes: Notes
    names: dict[str, Any]
    pieces: dict[str, Piece | Refused] = field(default_factory=dict)
    wiring: Wiring = field(default_factory=Wiring)
    places: dict[Piece, list[int]] = field(default_factory=dict)
    starts: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)


# --- making modules -----------------------------------------------------------------------------------------------


def piece_of(node: ast.expr, names: dict[str, Any]) -> Piece | None:
    """The module that an expression makes; None for any other expression.

    Raises: RefusedError for a module that is not there.
    """
    if not isinstance(node, ast.Call):
        return None
    kind = last_name(node.func)
    if kind in LISTS:
        return Piece(kind, node, parts=_parts(node, names))
    if callable(names.get(kind)) and isinstance(node.func, ast.Name):
        made: Piece = names[kind](node, names)
        return made
    if kind in MODULES:
        # what names stand for here and now: a loop gives them other numbers later
        return Piece(kind, node, arguments(node, MODULES[kind].signature, dict(names), kind))
    if dotted(node.func).startswith(("nn.", "torch.nn.")) and kind[:1].isupper() and not kind.endswith("Loss"):
        raise RefusedError(node.func, f"{kind} is not there", f"there are {', '.join(sorted(MODULES))}")
    return None


def _parts(call: ast.Call, names: dict[str, Any]) -> tuple[tuple[str, Piece], ...]:
    """What stands in a Sequential, under the names of an OrderedDict or numbered."""
    given = call.args
    if len(given) == 1 and isinstance(given[0], ast.Call) and last_name(given[0].func) == "OrderedDict":
        pairs = given[0].args[0] if given[0].args else ast.List([])
        if not isinstance(pairs, ast.List | ast.Tuple):
            raise RefusedError(
                given[0], "an OrderedDict is read from a list of pairs", "OrderedDict([('name', layer)])"
            )
        return tuple(_pair(pair, names) for pair in pairs.elts)
    whole = given[0] if last_name(call.func) == "ModuleList" and len(given) == 1 else ast.List(given)
    return tuple((str(i), part) for i, part in enumerate(made_of(whole, names)))


def made_of(node: ast.expr, names: dict[str, Any]) -> list[Piece]:
    """The modules of a list, of a comprehension, or of a list that grew.

    Raises: RefusedError for what would have to be run.
    """
    if isinstance(node, ast.Name) and isinstance(names.get(node.id), list):
        return list(names[node.id])
    if isinstance(node, ast.List | ast.Tuple):
        return [
            piece
            for item in node.elts
            for piece in (made_of(item.value, names) if isinstance(item, ast.Starred) else [_made(item, names)])
        ]
    found = elements(node, names)
    if found is None:
        raise RefusedError(node, f"{ast.unparse(node)[:60]} would have to be run", "a list of layers, or a range")
    return [_made(item, dict(own)) for item, own in found]


def _pair(node: ast.expr, names: dict[str, Any]) -> tuple[str, Piece]:
    if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
        raise RefusedError(node, "this is no pair of a name and a layer", "('name', layer)")
    return str(literal(node.elts[0], names)), _made(node.elts[1], names)


def _made(node: ast.expr, names: dict[str, Any]) -> Piece:
    piece = names.get(node.id) if isinstance(node, ast.Name) else piece_of(node, names)
    if isinstance(piece, Refused):
        raise SaidBeforeError(node, ast.unparse(node))
    if not isinstance(piece, Piece):
        raise RefusedError(node, f"{ast.unparse(node)[:60]} is no layer that is known here", "a layer of torch.nn")
    return piece


# --- the forward pass ---------------------------------------------------------------------------------------------


def run_piece(model: Model, piece: Piece, node: ast.AST, tensor: Tensor) -> Tensor:
    """What a module makes of a tensor, as one layer more, or several."""
    if piece.kind in LISTS:
        if piece.kind == "ModuleList":
            raise RefusedError(node, "a ModuleList has no forward pass", "for layer in self.layers: x = layer(x)")
        for _, part in piece.parts:
            tensor = run_piece(model, part, part.call, tensor)
        return tensor
    if piece.inner is not None:
        model.notes.understood(node, f"the lines of {piece.kind}")
        return piece.inner(model, tensor)
    _check_free(model, piece, node)
    assert piece.given is not None, "only a Sequential is without"
    built = MODULES[piece.kind].build(piece.given)
    if MODULES[piece.kind].activation:
        return _curve(model, piece, node, built, tensor)
    return _layer(model, piece, built, tensor)


def _check_free(model: Model, piece: Piece, node: ast.AST) -> None:
    if piece in model.places and piece.kind not in WITHOUT_PARAMETERS:
        text = f"{piece.kind} of line {piece.call.lineno} is used a second time"
        raise RefusedError(node, text, "a layer of its own")
    if len(model.wiring.layers) >= MOST_LAYERS:
        raise RefusedError(node, f"more than {MOST_LAYERS} layers")


def _curve(model: Model, piece: Piece, node: ast.AST, built: Any, tensor: Tensor) -> Tensor:
    if built == "identity":
        model.notes.understood(node, "as it is")
        return tensor
    made = model.wiring.add(node, {"type": "activation", "activation": built}, tensor)
    model.notes.understood(node, f"{piece.kind} of {model.wiring.title(tensor)}")
    return made


def _layer(model: Model, piece: Piece, built: dict[str, Any], tensor: Tensor) -> Tensor:
    assert piece.given is not None, "only a Sequential is without"
    wiring = model.wiring
    made = wiring.add(piece.call, built, tensor)
    model.places[piece] = [made.place]
    model.notes.understood(piece.call, wiring.title(made))
    _size_said(wiring, piece, piece.given, made)
    return made


def _size_said(wiring: Wiring, piece: Piece, given: Arguments, made: Tensor) -> None:
    """Keeps what a module says of the size that it takes, and what follows for a sample."""
    takes = MODULES[piece.kind].takes
    size = takes.size(given) if takes else None
    if takes is None or size is None:
        return
    instead = f"nn.{piece.kind}({{}}, ...)" if len(given.given) > 1 else f"nn.{piece.kind}({{}})"
    node = given.given[takes.argument]
    wiring.said.append(Said(made.place, size, takes.axis, node, piece.kind, takes.unit, instead))
    if takes is FEATURES and wiring.inputs is None and wiring.keeps_size():
        wiring.inputs = size
    if takes is CHANNELS and made.place == 0:
        wiring.channels = size
