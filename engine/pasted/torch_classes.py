"""Classes and functions of a script that make modules: what `__init__` keeps, and parts that are made of parts."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import partial
from typing import Any

from engine.pasted.literals import UNKNOWN, arguments, dotted, known, last_name
from engine.pasted.made.changes import Changes
from engine.pasted.made.starts import EVERY, OfEachLayer, apply_starts, path, start_of
from engine.pasted.notes import Notes, Refused, RefusedError
from engine.pasted.repeated import grows, turns_of, values_of
from engine.pasted.torch_forward import Forward
from engine.pasted.torch_layers import MODULES
from engine.pasted.torch_model import LISTS, Model, Piece, made_of, piece_of
from engine.pasted.wiring import Tensor


def returned(node: ast.FunctionDef) -> ast.Call | None:
    """The module that a function makes and does nothing else."""
    last = node.body[-1]
    alone = all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in node.body[:-1])
    value = last.value if alone and isinstance(last, ast.Return) else None
    return value if isinstance(value, ast.Call) and last_name(value.func) in (*MODULES, *LISTS) else None


def returned_piece(node: ast.FunctionDef, call: ast.Call, names: dict[str, Any]) -> Piece:
    value = returned(node)
    made = None if value is None else piece_of(value, names | bound_to(node, call, names, 0))
    if made is None:
        raise RefusedError(call, f"{node.name} returns no layer that is known here", "a layer of torch.nn")
    return made


def bound_to(node: ast.FunctionDef, call: ast.Call, names: dict[str, Any], skip: int) -> dict[str, Any]:
    """The numbers that a function is called with, by its own names for them."""
    named = [arg.arg for arg in node.args.args][skip:]
    given = arguments(call, tuple(named), names, node.name).given
    defaults = dict(zip(reversed(named), reversed(node.args.defaults), strict=False))
    found = {name: given.get(name, defaults.get(name)) for name in named}
    values = {name: UNKNOWN if value is None else known(value, names) for name, value in found.items()}
    modules = {
        name: partial(module_named, last_name(node))
        for name, node in found.items()
        if node is not None and _is_module(node)
    }
    return {name: value for name, value in values.items() if value is not UNKNOWN} | modules


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and last_name(node) in MODULES


def module_named(kind: str, call: ast.Call, names: dict[str, Any]) -> Piece:
    """What `act()` makes where `act` stands for `nn.ReLU`."""
    return Piece(kind, call, arguments(call, MODULES[kind].signature, dict(names), kind))


def grown(names: dict[str, Any], node: ast.stmt) -> bool:
    """Put layers into a list that is known; whether that is what a line does."""
    found = grows(node)
    if found is None or not isinstance(names.get(found[0]), tuple | list):
        return False
    own = names[found[0]]
    if isinstance(own, tuple) and own:
        return False  # numbers
    names[found[0]] = [*own, *made_of(ast.List(found[1]), names)]
    return True


def init(
    notes: Notes, model: Model, node: ast.FunctionDef, call: ast.Call, methods: Iterable[ast.FunctionDef] = ()
) -> None:
    """The layers that are kept under a name; arguments of the call are numbers in it."""
    own = [arg.arg for arg in node.args.args]
    if not own:
        raise RefusedError(node, "a method takes the object first", "def __init__(self):")
    self_name = own[0]
    model.names |= bound_to(node, call, model.names, 1)
    model.names |= {f"{self_name}.{method.name}": method for method in methods}
    notes.understood(node, "the layers")
    for statement in node.body:
        try:
            _kept(notes, model, statement, self_name)
        except RefusedError as error:
            notes.refused(error)


def _kept(notes: Notes, model: Model, node: ast.stmt, self_name: str) -> None:
    if grown(model.names, node):
        return notes.understood(node, "a layer more")
    if isinstance(node, ast.For):
        return _kept_in_turns(notes, model, node, self_name)
    if isinstance(node, ast.Expr):
        return _in_start(notes, model, node, self_name)
    return _kept_as(notes, model, node, self_name)


def _kept_as(notes: Notes, model: Model, node: ast.stmt, self_name: str) -> None:
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        raise RefusedError(node, "__init__ is read line by line: no loops, no choices", "self.layer = nn.Linear(2, 3)")
    target, name = node.targets[0], dotted(node.targets[0])
    own = name.removeprefix(f"{self_name}.")
    model.pieces[own] = Refused()  # unless the next lines come to something else
    piece = piece_of(node.value, model.names)
    if piece is not None and name != own:
        model.pieces[own] = piece
        if piece.kind in LISTS:
            model.pieces |= {f"{own}.{key}": part for key, part in piece.parts}
        return None
    value = known(node.value, model.names)
    if value is UNKNOWN:
        raise RefusedError(
            node.value, f"{ast.unparse(node.value)[:60]} is no layer that is known here", "a layer of torch.nn"
        )
    del model.pieces[own]
    model.names[target.id if isinstance(target, ast.Name) else name] = value
    return notes.understood(node, f"a number, {value}")


def _kept_in_turns(notes: Notes, model: Model, node: ast.For, self_name: str) -> None:
    for turn in turns_of(notes, node, values_of(node.iter, model.names)):
        model.names |= turn
        for statement in node.body:
            _kept(notes, model, statement, self_name)


def inner(notes: Notes, node: ast.ClassDef, call: ast.Call, names: dict[str, Any]) -> Piece:
    """A module of a class of the script, as a part of another."""
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    if "forward" not in methods or len(methods["forward"].args.args) != 2:
        raise RefusedError(call, f"{node.name} has no forward of one tensor", "def forward(self, x): return ...")
    model = Model(notes, dict(names))
    if "__init__" in methods:
        init(notes, model, methods["__init__"], call, methods.values())
    if any(module.startswith(EVERY) for module, _, _ in model.starts):
        raise RefusedError(call, f"{node.name} gives every layer inside a start of its own", "in the whole model")
    own, takes = (arg.arg for arg in methods["forward"].args.args)

    def run(outer: Model, tensor: Tensor) -> Tensor:
        part = Model(outer.notes, model.names, model.pieces, outer.wiring, outer.places, model.starts)
        made = Forward(part, own, {**model.names, takes: tensor}).run(methods["forward"].body)
        apply_starts(part)
        return made

    return Piece(node.name, call, inner=run)


def _in_start(notes: Notes, model: Model, node: ast.Expr, self_name: str) -> None:
    if not isinstance(node.value, ast.Call):
        return notes.ignored(node, "a comment")
    if Changes(notes, model.names, model, {}).read(node):
        return None  # a list of layers lost its last
    start = start_of(node.value, model.names, model, self_name)
    if start is not None:
        model.starts.append(start)
        return notes.understood(node, f"how the {start[1]} of {start[0]} starts")
    name = path(node.value.func)
    called = model.names.get(name)
    if isinstance(called, ast.FunctionDef) and not node.value.args:  # self.init_weights()
        notes.understood(node, f"the lines of {called.name}")
        for line in called.body:
            _kept(notes, model, line, called.args.args[0].arg)
        return None
    if name == f"{self_name}.apply" and len(node.value.args) == 1:
        return _applied(notes, model, node, node.value.args[0])
    if name.startswith(f"{self_name}.") and (name.count(".") > 1 or name.endswith("_")):
        raise RefusedError(
            node, "this changes a layer that is made, which is not read", "nn.init.normal_(self.a.weight)"
        )
    return notes.ignored(node, "the base class's own start")


def _applied(notes: Notes, model: Model, node: ast.AST, given: ast.expr) -> None:
    """`self.apply(self._start)`."""
    function = model.names.get(path(given))
    if not isinstance(function, ast.FunctionDef) or not function.args.args:
        raise RefusedError(node, "what is applied is no function that is read here", "a function of one layer")
    OfEachLayer(model, model.names, function.args.args[-1].arg).read(function.body)
    notes.understood(node, f"the lines of {function.name}, for each layer")
