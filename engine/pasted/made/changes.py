"""What a script does to a network once it is made: how parameters start, which are not trained, steps by hand.

Any other change of a network is refused: passed over, it would be another network in silence.
"""

from __future__ import annotations

import ast
from typing import Any

from engine.pasted.literals import UNKNOWN, known
from engine.pasted.made.starts import EVERY, KINDS, OfEachLayer, apply_starts, path, start_of, started
from engine.pasted.notes import Notes, Refused, RefusedError, SaidBeforeError
from engine.pasted.torch_model import Model, Piece

OVER = ("parameters", "named_parameters", "modules", "named_modules", "children", "named_children")
CHANGING = ("add_module", "register_module", "append", "extend", "insert", "pop", "remove", "clear", "reverse")
PARAMETERS: dict[str, tuple[str, ...]] = dict.fromkeys(("dense", "conv1d", "conv2d"), ("weight", "bias"))
PARAMETERS |= {"embedding": ("weight",), "prelu": ("weight",)}
WITHOUT = ("activation", "flatten", "dropout", "max_pool2d", "avg_pool2d", "reshape", "add", "concat")
FREEZE = "what is not trained is read of whole layers with weight and bias"


class Changes:
    """Reads the lines of a script that change its network; `settings` are those of the run."""

    def __init__(self, notes: Notes, names: dict[str, Any], model: Model | None, settings: dict[str, Any]) -> None:
        self.notes, self.names, self._model, self.settings = notes, names, model, settings

    def read(self, node: ast.stmt) -> bool:
        """Whether a line changes a network that is known; what it comes to is taken over.

        Raises: RefusedError where it cannot be.
        """
        if isinstance(node, ast.For):
            return self._loop(node)
        place = _touched(node)
        if place is None:
            return False
        root = self.names.get(_root(place))
        if isinstance(root, list) and root and isinstance(node, ast.Expr):
            return self._shortened(node, _root(place))
        if not isinstance(root, Model | Piece):
            return False
        trains = _trains(node, self.names)
        if trains is not None:
            self._freeze(node, _owner(node, place), not trains)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._called(node, node.value)
        else:
            raise self._unread(node)
        return True

    def _unread(self, node: ast.AST) -> RefusedError:
        return RefusedError(node, "this changes a network that is made, which is not read", "the network as it is then")

    @property
    def model(self) -> Model:
        """Raises: SaidBeforeError where it was refused."""
        if self._model is None:
            raise SaidBeforeError(ast.Pass(lineno=1, col_offset=0), "the model")
        return self._model

    def _shortened(self, node: ast.Expr, name: str) -> bool:
        call = node.value
        if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") != "pop" or call.args:
            raise RefusedError(node, "a list of layers grows, and its last is taken off by pop()", "layers.append(...)")
        self.names[name] = self.names[name][:-1]
        self.notes.understood(node, "without the last layer")
        return True

    def _called(self, node: ast.Expr, call: ast.Call) -> None:
        """`net.apply(f)`, and a start written in place."""
        if getattr(call.func, "attr", "") == "apply" and len(call.args) == 1:
            function = self.names.get(path(call.args[0]))
            if not isinstance(function, ast.FunctionDef) or not function.args.args:
                raise RefusedError(node, "what is applied is no function that is read here", "a function of one layer")
            OfEachLayer(self.model, self.names, function.args.args[-1].arg).read(function.body)
            apply_starts(self.model)
            return self.notes.understood(node, f"the lines of {function.name}, for each layer")
        start = start_of(call, self.names, self.model)
        if start is None:
            raise self._unread(node)
        self.model.starts.append(start)
        apply_starts(self.model)
        return self.notes.understood(node, f"how the {start[1]} starts")

    # --- what is not trained -----------------------------------------------------------------------------------------

    def _freeze(self, node: ast.AST, owner: str, frozen: bool) -> None:
        """Layers, or one parameter of one, that are not trained."""
        parameter = owner.rpartition(".")[2] if owner.rpartition(".")[2] in ("weight", "bias") else ""
        for place in self._places(node, owner.removesuffix(f".{parameter}") if parameter else owner):
            layer = self.model.wiring.layers[place]
            if layer["type"] in WITHOUT:
                continue
            own = [p for p in PARAMETERS.get(layer["type"], ()) if p == "weight" or layer.get("bias", True)]
            if not own:
                raise RefusedError(node, FREEZE, "layers of nn.Linear and nn.Conv2d")
            chosen = {parameter} if parameter else set(own)
            before = set(layer.get("frozen", ()))
            layer["frozen"] = [p for p in own if p in ((before | chosen) if frozen else (before - chosen))]
        self.notes.understood(node, "not trained" if frozen else "trained")

    def _places(self, node: ast.AST, owner: str) -> list[int]:
        _, _, rest = owner.partition(".")
        if not rest:
            return list(range(len(self.model.wiring.layers)))
        inside = [
            piece for key, piece in self.model.pieces.items() if key in (rest, owner) or key.startswith(f"{rest}.")
        ]
        places = [p for piece in inside if isinstance(piece, Piece) for p in self._of(piece)]
        if not places or any(isinstance(piece, Refused) for piece in inside):
            raise RefusedError(node, FREEZE, "net[0].parameters()")
        return sorted(set(places))

    def _of(self, piece: Piece) -> list[int]:
        inner = [place for _, part in piece.parts for place in self._of(part)]
        return [*self.model.places.get(piece, []), *inner]

    # --- loops over parameters and layers ----------------------------------------------------------------------------

    def _loop(self, node: ast.For) -> bool:
        call, turn = node.iter, node.target.elts[-1] if isinstance(node.target, ast.Tuple) else node.target
        over = call.func if isinstance(call, ast.Call) else None
        if not isinstance(over, ast.Attribute) or over.attr not in OVER or not isinstance(turn, ast.Name):
            return False
        if not isinstance(self.names.get(_root(over)), Model | Piece):
            return False
        self.notes.understood(node, "each in turn")
        if "parameters" not in over.attr:
            if any(_starts(line, self.names) for line in ast.walk(node)):
                OfEachLayer(self.model, self.names, turn.id).read(node.body)
                apply_starts(self.model)
            return True
        for line in node.body:
            self._parameter(line, turn.id, path(over.value), ("weight", "bias"))
        return True

    def _parameter(self, node: ast.stmt, turn: str, owner: str, which: tuple[str, ...]) -> None:
        if isinstance(node, ast.If):
            which = _which(node.test, turn) or which
            if not _which(node.test, turn) and any(_touches(line, turn) for line in ast.walk(node)):
                raise RefusedError(node, "a choice would have to be run to know which of both holds", "if p.dim() > 1:")
            self.notes.understood(node, " and ".join(which))
            for line in node.body:
                self._parameter(line, turn, owner, which)
            return
        trains = _trains(node, self.names)
        rate = _rate(node, turn, self.names)
        if trains is not None and _root(_touched(node) or node) == turn:
            for name in which if len(which) == 1 else ("",):
                self._freeze(node, f"{owner}.{name}".removesuffix("."), not trains)
        elif rate is not UNKNOWN:
            self.settings["optimizer"] = {"type": "sgd", "learning_rate": rate}
            self.notes.understood(node, "the update: sgd")
        elif _touches(node, turn) and "grad" not in path(_touched(node) or node):
            self._each_starts(node, turn, which)
        else:
            self.notes.ignored(
                node, "gradients start at 0 in every iteration" if _touches(node, turn) else "only shown"
            )

    def _each_starts(self, node: ast.stmt, turn: str, which: tuple[str, ...]) -> None:
        call = node.value if isinstance(node, ast.Expr) else None
        found = started(call, self.names) if isinstance(call, ast.Call) else None
        if found is None or path(found[0]) != turn:
            raise self._unread(node)
        self.model.starts += [(EVERY + kind, p, found[1]) for kind in KINDS.values() for p in which]
        apply_starts(self.model)
        self.notes.understood(node, "how parameters start")


def _touched(node: ast.AST) -> ast.expr | None:
    """What a line writes into: an attribute, an element, or what a method that changes its object is called on."""
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets[0] if isinstance(node.targets[0], ast.Attribute | ast.Subscript) else None
    if isinstance(node, ast.AugAssign):
        return node.target
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    name = call.func.attr
    if name in ("apply", *CHANGING) or (name.endswith("_") and not name.startswith("_")):
        initial = path(call.func.value).split(".")[-1] == "init" and call.args
        return call.args[0] if initial else call.func.value
    return None


def _touches(node: ast.AST, turn: str) -> bool:
    place = _touched(node)
    return place is not None and _root(place) == turn


def _starts(node: ast.AST, names: dict[str, Any]) -> bool:
    return isinstance(node, ast.Call) and started(node, names) is not None


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _trains(node: ast.AST, names: dict[str, Any]) -> bool | None:
    """Of `p.requires_grad = False` and `net.requires_grad_(False)`: False; of other lines None."""
    value: ast.expr | None = None
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        value = node.value if node.targets[0].attr == "requires_grad" else None
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        named = getattr(node.value.func, "attr", "") == "requires_grad_"
        value = (node.value.args[0] if node.value.args else ast.Constant(True)) if named else None
    found = UNKNOWN if value is None else known(value, names)
    return found if isinstance(found, bool) else None


def _owner(node: ast.AST, place: ast.expr) -> str:
    """`net.0` of `net[0].requires_grad = False` and of `net[0].requires_grad_(False)`."""
    return path(place).removesuffix(".requires_grad")


def _which(test: ast.expr, turn: str) -> tuple[str, ...]:
    """The parameters that a test picks: `p.dim() > 1`, `"bias" in name`."""
    text = ast.unparse(test)
    if text in (f"{turn}.dim() > 1", f"{turn}.dim() >= 2", f"{turn}.ndim > 1", f"len({turn}.shape) > 1"):
        return ("weight",)
    parts = [part for part in ("weight", "bias") if text == f"'{part}' in name"]
    return tuple(parts)


def _rate(node: ast.AST, turn: str, names: dict[str, Any]) -> Any:
    """The rate of a step by hand: `p -= rate * p.grad`, `p.data.sub_(p.grad.data * rate)`; else UNKNOWN."""
    step: ast.expr | None = None
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub) and path(node.target) in (turn, f"{turn}.data"):
        step = node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.value.args:
        subtracts = path(node.value.func) in (f"{turn}.sub_", f"{turn}.data.sub_") and not node.value.keywords
        step = node.value.args[0] if subtracts else None
    if not isinstance(step, ast.BinOp) or not isinstance(step.op, ast.Mult):
        return UNKNOWN
    sides = [step.left, step.right]
    gradient = [side for side in sides if path(side) in (f"{turn}.grad", f"{turn}.grad.data")]
    found = [known(side, names) for side in sides if side not in gradient]
    return found[0] if len(gradient) == 1 and isinstance(found[0], int | float) else UNKNOWN
