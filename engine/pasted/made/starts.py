"""How parameters start, as a script says it: of one layer, or of every layer of a kind."""

from __future__ import annotations

import ast
from typing import Any

from engine.pasted.literals import arguments, dotted, last_name
from engine.pasted.notes import RefusedError
from engine.pasted.torch_model import Model, Piece
from engine.pasted.torch_training import INITIALIZERS, named_by

IN_PLACE = {"normal_": ("mean", "std"), "uniform_": ("a", "b"), "zero_": (), "fill_": ("val",)}
_SAME_AS = {"zero_": "zeros_", "fill_": "constant_"}
KINDS = {"Linear": "dense", "Conv1d": "conv1d", "Conv2d": "conv2d", "Embedding": "embedding"}
NORMS = ("BatchNorm1d", "BatchNorm2d", "LayerNorm")
EVERY = "*"
Start = tuple[str, str, dict[str, Any]]


def path(node: ast.AST) -> str:
    """`net.0.weight` of `net[0].weight`; empty for what is no place of a network."""
    if isinstance(node, ast.Attribute):
        before = path(node.value)
        return f"{before}.{node.attr}" if before else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is int:
        before = path(node.value)
        return f"{before}.{node.slice.value}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def started(node: ast.Call, names: dict[str, Any]) -> tuple[ast.expr, dict[str, Any]] | None:
    """What a line gives its start, and which: `nn.init.normal_(p, std=0.1)` and `p.data.normal_(0, 0.1)` alike.

    Raises: RefusedError for an initializer that is not there.
    """
    name, own = last_name(node.func) or getattr(node.func, "attr", ""), node.func
    if is_initial(node):
        if name not in INITIALIZERS:
            raise RefusedError(own, f"{name} is not known", ", ".join(INITIALIZERS))
        given = arguments(node, ("tensor", *INITIALIZERS[name][1]), names, name)
        return _bare(given.given["tensor"]), named_by(INITIALIZERS[name], given)
    if name not in IN_PLACE or not isinstance(own, ast.Attribute):
        return None
    given = arguments(node, IN_PLACE[name], names, name)
    return _bare(own.value), named_by(INITIALIZERS[_SAME_AS.get(name, name)], given)


def is_initial(node: ast.Call) -> bool:
    """Whether this calls a function of `torch.nn.init`."""
    return dotted(node.func).rpartition(".")[0].split(".")[-1] == "init"


def _bare(node: ast.expr) -> ast.expr:
    """`p` of `p.data`."""
    return node.value if isinstance(node, ast.Attribute) and node.attr == "data" else node


def start_of(node: ast.Call, names: dict[str, Any], model: Model | None, self_name: str = "") -> Start | None:
    """Which module's parameter a line gives a start, and which.

    Raises: RefusedError where that is no weight or bias of a layer that is known.
    """
    found = started(node, names)
    if found is None or (found[1]["type"] == "zeros" and path(found[0]).endswith("grad")):
        return None
    module, _, parameter = path(found[0]).rpartition(".")
    root, _, rest = module.partition(".")
    module = rest if rest and (root == self_name or isinstance(names.get(root), Model)) else module
    if parameter not in ("weight", "bias") or model is None or module not in model.pieces:
        raise RefusedError(node, "a start is read of one layer's weight or bias", "nn.init.normal_(self.out.weight)")
    return module, parameter, found[1]


def apply_starts(model: Model) -> None:
    """Gives each layer the start that was named for it, or for its kind."""
    for module, parameter, initializer in model.starts:
        option = "initializer" if parameter == "weight" else "bias_initializer"
        for place in _places(model, module):
            if option == "initializer" or model.wiring.layers[place].get("bias", True):
                model.wiring.layers[place][option] = initializer["type"] if len(initializer) == 1 else initializer


def _places(model: Model, module: str) -> list[int]:
    if module.startswith(EVERY):
        kinds = (module.removeprefix(EVERY),)
        return [i for i, layer in enumerate(model.wiring.layers) if layer["type"] in kinds]
    piece = model.pieces.get(module)
    return model.places.get(piece, []) if isinstance(piece, Piece) else []


class OfEachLayer:
    """Reads what is done to each layer in turn: starts by its kind."""

    def __init__(self, model: Model, names: dict[str, Any], turn: str) -> None:
        self.model, self.names, self.turn = model, names, turn

    def read(self, body: list[ast.stmt], kinds: tuple[str, ...] = tuple(KINDS)) -> None:
        """Keeps the starts that the lines give.

        Raises: RefusedError for a line that is none, where it would change something.
        """
        for node in body:
            if isinstance(node, ast.If):
                self.model.notes.understood(node, "for layers of a kind")
                self.read(node.body, self._kinds(node.test, kinds))
                self.read(node.orelse, kinds)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self._start(node, node.value, kinds)
            elif isinstance(node, ast.Expr | ast.Pass | ast.Return):
                self.model.notes.ignored(node, "a comment")
            else:
                raise self._unread(node)

    def _unread(self, node: ast.AST) -> RefusedError:
        return RefusedError(node, "of each layer, starts by its kind are read", "if isinstance(m, nn.Linear): ...")

    def _kinds(self, test: ast.expr, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if ast.unparse(test) in (f"{self.turn}.bias is not None", f"hasattr({self.turn}, 'bias')", f"{self.turn}.bias"):
            return kinds
        if isinstance(test, ast.Call) and dotted(test.func) == "isinstance" and len(test.args) == 2:
            named = test.args[1]
        elif isinstance(test, ast.Compare) and ast.unparse(test.left) == f"type({self.turn})":
            named = test.comparators[0]
        else:
            raise self._unread(test)
        found = tuple(last_name(item) for item in (named.elts if isinstance(named, ast.Tuple | ast.List) else [named]))
        if not set(found) <= {*KINDS, *NORMS}:
            raise self._unread(test)
        return found

    def _start(self, node: ast.Expr, call: ast.Call, kinds: tuple[str, ...]) -> None:
        found = started(call, self.names)
        place = path(found[0]) if found is not None else ""
        if found is None or place not in (f"{self.turn}.weight", f"{self.turn}.bias"):
            raise self._unread(node)
        if set(kinds) & set(NORMS) and found[1] not in ({"type": "zeros"}, {"type": "ones"}) and "val" not in found[1]:
            raise RefusedError(node, "a norm starts at 1 and 0 here", "nn.init.ones_(m.weight)")
        parameter = place.rpartition(".")[2]
        for kind in kinds:
            if kind in KINDS and not (kind == "Embedding" and parameter == "bias"):
                self.model.starts.append((EVERY + KINDS[kind], parameter, found[1]))
        self.model.notes.understood(node, f"how the {parameter} starts")


def starts_layers(node: ast.FunctionDef) -> bool:
    """Whether a function says how the layer that it is given starts, as for `net.apply(f)`."""
    if len(node.args.args) != 1:
        return False
    turn, text = node.args.args[0].arg, ast.unparse(node)
    return any(f"{check}({turn}" in text for check in ("isinstance", "type")) or f"_({turn}.weight" in text
