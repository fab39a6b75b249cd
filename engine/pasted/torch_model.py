"""A model of PyTorch: what `__init__` makes and `forward` does with it, or a Sequential, followed symbol by symbol."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.pasted.arguments import Arguments, arguments
from engine.pasted.literals import UNKNOWN, dotted, known, last_name, literal
from engine.pasted.notes import Notes, Refused, RefusedError, SaidBeforeError
from engine.pasted.torch_layers import CHANNELS, FEATURES, FUNCTIONS, MODULES
from engine.pasted.torch_training import INITIALIZERS, named_by
from engine.pasted.wiring import Said, Tensor, Wiring

MOST_LAYERS = 200
WITHOUT_PARAMETERS = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Dropout", "Flatten")  # can be used again


@dataclass(frozen=True, slots=True)
class Piece:
    """A module that was made: its kind and the call that made it, or several in a row."""

    kind: str
    call: ast.Call
    given: Arguments | None = None
    parts: tuple[tuple[str, Piece], ...] = ()


@dataclass(slots=True)
class Model:
    """What is known of a model while it is read. places: of each piece its layers, by the piece's identity."""

    notes: Notes
    names: dict[str, Any]
    pieces: dict[str, Piece | Refused] = field(default_factory=dict)
    wiring: Wiring = field(default_factory=Wiring)
    places: dict[int, list[int]] = field(default_factory=dict)
    starts: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)


# --- making modules -----------------------------------------------------------------------------------------------


def piece_of(node: ast.expr, names: dict[str, Any]) -> Piece | None:
    """The module that an expression makes; None for any other expression.

    Raises: RefusedError for a module that is not there.
    """
    if not isinstance(node, ast.Call):
        return None
    kind = last_name(node.func)
    if kind == "Sequential":
        return Piece(kind, node, parts=_parts(node, names))
    if kind in MODULES:
        return Piece(kind, node, arguments(node, MODULES[kind].signature, names, kind))
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
    if len(given) == 1 and isinstance(given[0], ast.Starred) and isinstance(given[0].value, ast.List | ast.Tuple):
        given = given[0].value.elts
    return tuple((str(i), _made(node, names)) for i, node in enumerate(given))


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
    if piece.kind == "Sequential":
        for _, part in piece.parts:
            tensor = run_piece(model, part, part.call, tensor)
        return tensor
    _check_free(model, piece, node)
    assert piece.given is not None, "only a Sequential is without"
    built = MODULES[piece.kind].build(piece.given)
    if MODULES[piece.kind].activation:
        return _curve(model, piece, node, built, tensor)
    return _layer(model, piece, built, tensor)


def _check_free(model: Model, piece: Piece, node: ast.AST) -> None:
    if id(piece) in model.places and piece.kind not in WITHOUT_PARAMETERS:
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
    model.places[id(piece)] = [made.place]
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


class Forward:
    """Follows the lines of a forward pass; a name stands for a tensor, for several, or for a number."""

    def __init__(self, model: Model, self_name: str, names: dict[str, Any]) -> None:
        self.model, self.self_name, self.names = model, self_name, names

    def run(self, body: list[ast.stmt]) -> Tensor:
        """The tensor that is returned."""
        for statement in body:
            found = self._statement(statement)
            if found is not None:
                return found
        raise RefusedError(body[-1], "the forward pass returns nothing", "return x")

    def _statement(self, node: ast.stmt) -> Tensor | None:
        if isinstance(node, ast.Return) and node.value is not None:
            found = self._tensor(node.value)
            self.model.notes.understood(node, f"{self.model.wiring.title(found)} is the output")
            return found
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            self._assign(node.target, ast.copy_location(ast.BinOp(node.target, node.op, node.value), node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            self.model.notes.ignored(node, "a comment")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value.func) == "print":
            self.model.notes.ignored(node, "the studio shows it")
        elif not isinstance(node, ast.Pass):
            raise RefusedError(
                node, "a forward pass is read line by line: no loops, no choices", "the layers one by one"
            )
        return None

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
            self.names[target.elts[0].id] = self._tensor(value)  # of a recurrent layer: all states, and the last
            for other in target.elts[1:]:
                if isinstance(other, ast.Name):
                    self.names[other.id] = UNKNOWN
        elif isinstance(target, ast.Name):
            self.names[target.id] = self._value(value)
        else:
            raise RefusedError(target, "only names are assigned to in a forward pass", "x = ...")

    def _value(self, node: ast.expr) -> Any:
        number = known(node, {k: v for k, v in self.names.items() if not isinstance(v, Tensor)})
        if number is not UNKNOWN:
            return number
        if isinstance(node, ast.Call) and last_name(node.func) == "size":
            return UNKNOWN
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return UNKNOWN
        return self._tensor(node)

    def _tensor(self, node: ast.expr) -> Tensor:
        if isinstance(node, ast.Name):
            found = self.names.get(node.id)
            if isinstance(found, Tensor):
                return found
            raise RefusedError(node, f"{node.id} is no tensor that is known here", "a name that was assigned before")
        if isinstance(node, ast.BinOp):
            return self._joined(node)
        if isinstance(node, ast.Subscript):
            return self._part(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise RefusedError(
            node, f"{ast.unparse(node)[:60]} is not known in a forward pass", "layers and functions of torch"
        )

    def _joined(self, node: ast.BinOp) -> Tensor:
        kinds: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply"}
        if type(node.op) not in kinds:
            raise RefusedError(node, "tensors are joined by +, - and * here", "x + y")
        left, right = self._tensor(node.left), self._tensor(node.right)
        return self._more(node, {"type": kinds[type(node.op)]}, left, right)

    def _part(self, node: ast.Subscript) -> Tensor:
        """`out[:, -1]` or `out[:, -1, :]`: the last position; `lstm(x)[0]`: all states."""
        tensor, index = self._tensor(node.value), ast.unparse(node.slice).replace(" ", "").strip("()")
        if index in (":,-1", ":,-1,:"):
            return self._more(node, {"type": "last_position"}, tensor)
        if index == "0":
            return tensor
        raise RefusedError(node, f"[{index}] of a tensor is not there", "x[:, -1], the last position")

    def _call(self, node: ast.Call) -> Tensor:
        name, own = last_name(node.func) or getattr(node.func, "attr", ""), node.func
        if isinstance(own, ast.Attribute) and dotted(own.value) == self.self_name:
            return self._module(node, own.attr)
        if isinstance(own, ast.Name) and isinstance(self.names.get(own.id), Piece):
            return run_piece(self.model, self.names[own.id], node, self._only_tensor(node))
        if isinstance(own, ast.Call):  # nn.ReLU()(x)
            piece = piece_of(own, self.names)
            if piece is not None:
                return run_piece(self.model, piece, node, self._only_tensor(node))
        function = isinstance(own, ast.Name) or dotted(own).startswith(("F.", "torch.", "nn.functional."))
        arguments_ = list(node.args) if function else [own.value, *node.args]  # type: ignore[attr-defined]
        return self._function(node, name, arguments_)

    def _module(self, node: ast.Call, name: str) -> Tensor:
        piece = self.model.pieces.get(name)
        if isinstance(piece, Refused):
            raise SaidBeforeError(node.func, f"{self.self_name}.{name}")
        if piece is None:
            raise RefusedError(node.func, f"{self.self_name}.{name} was not made in __init__", "a layer of __init__")
        return run_piece(self.model, piece, node, self._only_tensor(node))

    def _only_tensor(self, node: ast.Call) -> Tensor:
        if not node.args:
            raise RefusedError(node, "a layer is called with a tensor", "layer(x)")
        return self._tensor(node.args[0])

    def _function(self, node: ast.Call, name: str, given: list[ast.expr]) -> Tensor:
        if not given:
            raise RefusedError(node, f"{name} is called with a tensor", f"{name}(x)")
        special: dict[str, Callable[[ast.Call, list[ast.expr]], Tensor]] = {
            "flatten": self._flat,
            "view": self._viewed,
            "reshape": self._viewed,
            "cat": self._concatenated,
            "concat": self._concatenated,
            "add": lambda node, given: self._two(node, "add", given),
            "mean": self._mean,
            "squeeze": lambda _, given: self._tensor(given[0]),
        }
        if name in special:
            return special[name](node, given)
        if name not in FUNCTIONS:
            functions = ", ".join(sorted([*FUNCTIONS, *special]))
            raise RefusedError(node.func, f"{name or ast.unparse(node.func)} is not known in a forward pass", functions)
        kind = FUNCTIONS[name]
        tensor = self._tensor(given[0])
        call = ast.copy_location(ast.Call(node.func, given[1:], node.keywords), node)
        signature = MODULES[kind].signature if kind not in ("Softmax", "LogSoftmax") else ("dim",)
        piece = Piece(kind, call, arguments(call, signature, self._numbers(), name))
        return run_piece(self.model, piece, node, tensor)

    def _numbers(self) -> dict[str, Any]:
        return {name: value for name, value in self.names.items() if not isinstance(value, Tensor)}

    def _flat(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        return self._more(node, {"type": "flatten"}, self._tensor(given[0]))

    def _viewed(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        """`x.view(n, -1)` flattens; `x.view(-1, 1, 8, 8)` gives each sample another shape."""
        tensor, sizes = self._tensor(given[0]), [known(size, self._numbers()) for size in given[1:]]
        if len(sizes) == 2 and sizes[1] == -1:
            return self._more(node, {"type": "flatten"}, tensor)
        shape = sizes[1:]
        if shape and all(isinstance(size, int) and size > 0 for size in shape) and len(shape) > 1:
            if self.model.wiring.inputs is None and self.model.wiring.keeps_size():
                self.model.wiring.inputs = math.prod(shape)
            return self._more(node, {"type": "reshape", "shape": tuple(shape)}, tensor)
        if len(shape) == 1 and isinstance(shape[0], int) and shape[0] > 0:
            made = self._more(node, {"type": "flatten"}, tensor)
            said = Said(made.place, shape[0], None, given[2], "view", "numbers", "x.view(-1, {})")
            self.model.wiring.said.append(said)
            return made
        raise RefusedError(node, "the new shape is not known here", "x.view(x.size(0), -1), or numbers after the batch")

    def _concatenated(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        if not isinstance(given[0], ast.List | ast.Tuple):
            raise RefusedError(given[0], "what is joined is read from a list", "torch.cat([x, y], 1)")
        tensors = [self._tensor(item) for item in given[0].elts]
        place = next((k.value for k in node.keywords if k.arg in ("dim", "axis")), given[1] if len(given) > 1 else None)
        axis = 0 if place is None else known(place, self._numbers())
        if axis == 0:
            raise RefusedError(node, "along dimension 0 samples would be joined", "torch.cat([x, y], 1)")
        layer = {"type": "concat"} if axis in (1, UNKNOWN) else {"type": "concat", "axis": axis}
        return self._more(node, layer, *tensors)

    def _two(self, node: ast.Call, kind: str, given: list[ast.expr]) -> Tensor:
        return self._more(node, {"type": kind}, *(self._tensor(item) for item in given[:2]))

    def _mean(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        place = next((k.value for k in node.keywords if k.arg in ("dim", "axis")), given[1] if len(given) > 1 else None)
        axis = UNKNOWN if place is None else known(place, self._numbers())
        kinds = {1: "mean_over_time", (2, 3): "global_avg_pool"}
        if axis not in kinds:
            raise RefusedError(node, "a mean is taken over time (1) or over an image (2, 3)", "x.mean(dim=1)")
        return self._more(node, {"type": kinds[axis]}, self._tensor(given[0]))

    def _more(self, node: ast.AST, layer: dict[str, Any], *tensors: Tensor) -> Tensor:
        made = self.model.wiring.add(node, layer, *tensors)
        self.model.notes.understood(node, self.model.wiring.title(made))
        return made


# --- how parameters start -----------------------------------------------------------------------------------------


def start_of(node: ast.Call, names: dict[str, Any], self_name: str) -> tuple[str, str, dict[str, Any]] | None:
    """`nn.init.normal_(self.out.weight, std=0.1)`: which module, which parameter, and the initializer."""
    name = last_name(node.func)
    if not dotted(node.func).rpartition(".")[0].endswith("init"):
        return None
    if name not in INITIALIZERS:
        raise RefusedError(node.func, f"{name} is not known", ", ".join(INITIALIZERS))
    table = INITIALIZERS[name]
    given = arguments(node, ("tensor", *table[1]), names, name)
    module, _, parameter = dotted(given.given["tensor"]).removeprefix(f"{self_name}.").rpartition(".")
    if parameter not in ("weight", "bias") or not module:
        raise RefusedError(node, "a start is read of one layer's weight or bias", "nn.init.normal_(self.out.weight)")
    return module, parameter, named_by(table, given)


def apply_starts(model: Model) -> None:
    """Gives each layer the start that was named for it."""
    for module, parameter, initializer in model.starts:
        piece = model.pieces.get(module)
        for place in model.places.get(id(piece), []) if piece else []:
            option = "initializer" if parameter == "weight" else "bias_initializer"
            plain = initializer["type"] if len(initializer) == 1 else initializer
            model.wiring.layers[place][option] = plain
