"""A script of PyTorch: the model, its loss, its optimizer, the loader and the loop that trains it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.pasted.literals import UNKNOWN, Settings, arguments, dotted, known, last_name
from engine.pasted.made.changes import Changes
from engine.pasted.made.starts import apply_starts, is_initial, start_of, starts_layers
from engine.pasted.notes import Default, Notes, Refused, RefusedError, SaidBeforeError
from engine.pasted.repeated import bound, grows, turns_of, values_of
from engine.pasted.torch_classes import grown, init, inner, returned, returned_piece
from engine.pasted.torch_forward import Forward
from engine.pasted.torch_layers import MODULES
from engine.pasted.torch_model import LISTS, Model, Piece, piece_of, run_piece
from engine.pasted.torch_training import (
    BY_ITSELF,
    CHANGED,
    LOSS_FUNCTIONS,
    LOSS_VALUE,
    LOSSES,
    MANUAL,
    OPTIMIZERS,
    SCHEDULES,
    Changed,
    loss_of,
    named_by,
    of_losses,
    optimizer_of,
    written_loss,
)
from engine.pasted.wiring import INPUT, Tensor

QUIET = {
    "print": "the studio shows it",
    "zero_grad": "gradients start at 0 in every iteration",
    "train": "training is what a run does",
    "eval": "the studio evaluates by itself",
    "append": "the studio keeps every number",
    "double": "numbers are float64 here",
    "float": "numbers are float64 here",
    "to": "it runs where the server is",
    "cuda": "it runs where the server is",
    "half": "numbers are float64 here",
    "load_state_dict": "weights are given as a file, .safetensors, beside the code",
    "item": "the studio shows it",
    "plot": "the studio draws",
    "show": "the studio draws",
}


@dataclass(slots=True)
class Script:
    """What is known of a script so far."""

    notes: Notes = field(default_factory=Notes)
    names: dict[str, Any] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    model: Model | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    defaults: list[Default] = field(default_factory=list)
    rows: int | None = None
    tried: set[str] = field(default_factory=set)  # classes that were made, or refused when they were


def read_torch(tree: ast.Module) -> Script:
    """Everything that a script says of a run; what it says is in the notes, line by line."""
    script = Script()
    for node in tree.body:
        _read(script, node)
    if script.model is None:
        _last_class(script, tree)
    return script


def _last_class(script: Script, tree: ast.Module) -> None:
    """A class that nothing makes an instance of is the model all the same."""
    for node in reversed([node for name, node in script.classes.items() if name not in script.tried]):
        _guarded(script, node, lambda node: _build_class(script, node, ast.Call(ast.Name(node.name), [], [])))
        return
    pieces = [piece for piece in script.names.values() if isinstance(piece, Piece)]
    if pieces:
        _guarded(script, pieces[-1].call, lambda _: _build_piece(script, pieces[-1]))


def _guarded(script: Script, node: Any, read: Any) -> None:
    try:
        read(node)
    except RefusedError as error:
        script.notes.refused(error)


def _read(script: Script, node: ast.stmt) -> None:
    _guarded(script, node, lambda node: _statement(script, node))


def _statement(script: Script, node: ast.stmt) -> None:
    if grown(script.names, node):
        script.notes.understood(node, "a layer more")
    elif Changes(script.notes, script.names, script.model, script.settings).read(node):
        pass  # it says by itself what it did
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        _assign(script, node, target, node.value)
    elif isinstance(node, ast.AugAssign):
        changed = ast.BinOp(ast.Name(ast.unparse(node.target)), node.op, node.value)
        _assign(script, node, node.target, ast.fix_missing_locations(ast.copy_location(changed, node)))
    elif isinstance(node, ast.Expr):
        _expression(script, node)
    elif isinstance(node, ast.If):
        _choice(script, node)
    else:
        _block(script, node)


def _block(script: Script, node: ast.stmt) -> None:
    """What holds other lines, or says nothing by itself."""
    if isinstance(node, ast.ClassDef):
        _class(script, node)
    elif isinstance(node, ast.FunctionDef):
        _function(script, node)
    elif isinstance(node, ast.For) and _builds(script, node):
        _turns(script, node)
    elif isinstance(node, ast.For | ast.While):
        script.notes.understood(node, "iterations, or epochs: play as long as you like")
        _body(script, node.body)
    elif isinstance(node, ast.With):
        _with(script, node)
    else:
        script.notes.ignored(node, _IDLE.get(type(node), NOTHING))


def _class(script: Script, node: ast.ClassDef) -> None:
    settings = Settings.of(node, script.names)
    if settings is not None:
        script.names[node.name] = settings
        return script.notes.understood(node, "settings")
    script.classes[node.name] = node
    script.names[node.name] = partial(inner, script.notes, node)
    return script.notes.understood(node, "the network")


def _function(script: Script, node: ast.FunctionDef) -> None:
    if returned(node) is not None:
        script.names[node.name] = partial(returned_piece, node)
        return script.notes.understood(node, "what it returns, where it is called")
    if starts_layers(node):
        script.names[node.name] = node
        return script.notes.understood(node, "how layers start, where it is applied")
    script.notes.understood(node, "its lines are read")
    return _body(script, node.body)


def _builds(script: Script, node: ast.For) -> bool:
    """Whether a loop puts layers into a list."""
    return any(
        grows(inner) and _makes_something(script, inner) for inner in ast.walk(node) if isinstance(inner, ast.stmt)
    )


def _turns(script: Script, node: ast.For) -> None:
    for turn in turns_of(script.notes, node, values_of(node.iter, script.names)):
        script.names |= turn
        _body(script, node.body)


NOTHING = "it changes nothing that a run is made of"
_IDLE: dict[type[ast.stmt], str] = {
    ast.Import: "import",
    ast.ImportFrom: "import",
}
WITHOUT_GRADIENTS = ("no_grad", "inference_mode")


def _with(script: Script, node: ast.With) -> None:
    """Without gradients a script evaluates, or writes into its parameters; all else is read."""
    made = node.items[0].context_expr
    if last_name(made.func if isinstance(made, ast.Call) else made) not in WITHOUT_GRADIENTS:
        script.notes.ignored(node, NOTHING)
        return _body(script, node.body)
    script.notes.ignored(node, "the studio evaluates by itself")
    for line in node.body:
        _guarded(script, line, Changes(script.notes, script.names, script.model, script.settings).read)
    return None


def _body(script: Script, body: list[ast.stmt]) -> None:
    for node in body:
        _read(script, node)


def _choice(script: Script, node: ast.If) -> None:
    if "__name__" in ast.unparse(node.test):
        script.notes.ignored(node, "the script's own start")
        return _body(script, node.body)
    holds = known(node.test, script.names)
    if isinstance(holds, bool | int):
        script.notes.understood(node, "holds" if holds else "does not hold")
        return _body(script, node.body if holds else node.orelse)
    if _makes_something(script, node):
        raise RefusedError(node, "a choice would have to be run to know which of both holds", "the one that you mean")
    for line in [node, *node.body, *node.orelse]:
        script.notes.ignored(line, NOTHING)
    return None


def _makes_something(script: Script, node: ast.AST) -> bool:
    """Whether a part of the script makes a layer, a loss or an optimizer."""
    made = {last_name(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
    return bool(made & {*LOSSES, *OPTIMIZERS, *MODULES, *LISTS, *script.classes})


# --- assignments --------------------------------------------------------------------------------------------------


def _assign(script: Script, node: ast.stmt, target: ast.expr, value: ast.expr) -> None:
    name = target.id if isinstance(target, ast.Name) else ""
    number = known(value, script.names)
    if number is not UNKNOWN:
        script.names |= bound(target, number)
        return script.notes.understood(node, f"{ast.unparse(target)} = {number}")
    call = _without_moves(value)
    if not isinstance(call, ast.Call):
        return _uncalled(script, node, name, call)
    return _made(script, node, name, call)


def _uncalled(script: Script, node: ast.stmt, name: str, value: ast.expr) -> None:
    """A network or a loss under another name, or what is computed from a loss."""
    if isinstance(value, ast.Name) and isinstance(script.names.get(value.id), Model | Piece):
        script.names[name] = script.names[value.id]
        return script.notes.ignored(node, "it runs where the server is")
    kind = last_name(value)
    if kind in LOSS_FUNCTIONS:  # loss_func = F.cross_entropy
        script.settings["loss"] = LOSSES[LOSS_FUNCTIONS[kind]][0]
        script.names[name] = "loss"
        return script.notes.understood(node, "the loss")
    if name == "loss" and any(isinstance(part, ast.Call) for part in ast.walk(value)):
        raise RefusedError(value, CHANGED, BY_ITSELF)
    if name and of_losses(script.names, value):
        script.names[name] = Changed(value)  # which matters where the gradient starts from it
    return script.notes.ignored(node, NOTHING)


def _without_moves(node: ast.expr) -> ast.expr:
    """`Net().to(device)` is `Net()`, and so is a compiled one: where it runs is no part of a run."""
    while isinstance(node, ast.Call) and node.args and last_name(node.func) in _WRAPS:
        node = node.args[0]
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MOVES:
        node = node.func.value
    return node


_WRAPS = ("compile", "DataParallel", "DistributedDataParallel")
_MOVES = ("to", "cuda", "cpu", "double", "float", "train", "eval")


def _made(script: Script, node: ast.stmt, name: str, call: ast.Call) -> None:
    kind, before = last_name(call.func), dict(script.names)
    if isinstance(before.get(kind), Settings):
        script.names[name] = before[kind].with_(call, before)
        return script.notes.understood(node, "settings")
    script.names[name] = Refused()  # unless the next lines come to something else
    if kind in script.classes:
        script.tried.add(kind)
        _build_class(script, script.classes[kind], call)
        script.names[name] = script.model
        return script.notes.understood(node, "one model")
    piece = piece_of(call, before)
    if piece is not None:
        script.names[name] = piece
        if piece.kind == "Sequential":
            _build_piece(script, piece, name)
            return script.notes.understood(node, "the network")
        return script.notes.understood(node, f"a layer, {kind}")
    script.names[name] = UNKNOWN
    return _settings(script, node, name, kind, call)


def _settings(script: Script, node: ast.stmt, name: str, kind: str, call: ast.Call) -> None:
    read = next((read for table, read in _READERS if kind in table), None)
    if read is not None:
        return read(script, node, name, kind, call)
    _not_there(call, kind)
    if name == "loss":
        return _written_loss(script, node, name, kind, call)
    return _used(script, node, name, call)


def _loss(script: Script, node: ast.stmt, name: str, kind: str, call: ast.Call) -> None:
    script.settings["loss"] = loss_of(kind, arguments(call, (), script.names, kind))
    script.names[name] = "loss"
    script.notes.understood(node, "the loss")


def _schedule(script: Script, node: ast.stmt, _: str, kind: str, call: ast.Call) -> None:
    given = arguments(call, ("optimizer", *SCHEDULES[kind][1]), script.names, kind)
    script.settings["schedule"] = {**named_by(SCHEDULES[kind], given), "per": "epoch"}
    script.notes.understood(node, "the schedule, once an epoch")


def _written_loss(script: Script, node: ast.stmt, name: str, _: str, call: ast.Call) -> None:
    """What else a script computes as its loss is refused."""
    found, used = written_loss(call), script.names.get(dotted(call.func))
    if found is not None and name:
        kind, reduction = found
        script.names[name], ours = LOSS_VALUE, LOSSES[kind][0]
        script.settings.setdefault("loss", ours if reduction == "mean" else {"type": ours, "reduction": reduction})
        script.notes.understood(node, f"the loss, {ours}")
    elif name == "loss" and "loss" not in script.settings and not isinstance(used, Model | Piece) and used != "loss":
        raise RefusedError(call, "this loss is written out, and not read", "a loss of torch.nn, as nn.MSELoss()")
    else:
        _used(script, node, name, call)


def _not_there(call: ast.Call, kind: str) -> None:
    """Refuses an optimizer or a loss of PyTorch that is not known, instead of taking another one in silence.

    Raises: RefusedError.
    """
    owner = dotted(call.func)
    if (
        kind.endswith("LR")
        or kind == "ReduceLROnPlateau"
        or (owner.split(".")[-2:-1] == ["lr_scheduler"] and kind[:1].isupper())
    ):
        raise RefusedError(call.func, f"the schedule {kind} is not read", ", ".join(SCHEDULES))
    if owner.startswith(("optim.", "torch.optim.")) and kind[:1].isupper():
        raise RefusedError(call.func, f"the optimizer {kind} is not there", ", ".join(OPTIMIZERS))
    if owner.startswith(("nn.", "torch.nn.")) and kind.endswith("Loss"):
        raise RefusedError(call.func, f"the loss {kind} is not there", ", ".join(LOSSES))


def _optimizer(script: Script, node: ast.stmt, name: str, kind: str, call: ast.Call) -> None:
    given = arguments(call, OPTIMIZERS[kind], script.names, kind)
    if "params" in given.given and isinstance(given.given["params"], ast.List | ast.ListComp):
        raise RefusedError(given.given["params"], "groups of parameters with their own settings", "model.parameters()")
    script.settings["optimizer"] = optimizer_of(kind, given)
    script.names[name] = "optimizer"
    script.notes.understood(node, "the optimizer")


def _loss_function(script: Script, node: ast.stmt, name: str, kind: str, call: ast.Call) -> None:
    """`F.mse_loss(out, y)` in the loop says the loss as well."""
    named = ast.copy_location(ast.Call(call.func, [], call.keywords), call)
    script.settings.setdefault("loss", loss_of(LOSS_FUNCTIONS[kind], arguments(named, (), script.names, kind)))
    script.names[name] = LOSS_VALUE
    script.notes.understood(node, "the loss, forward")


def _loader(script: Script, node: ast.stmt, _: str, __: str, call: ast.Call) -> None:
    given = arguments(call, ("dataset", "batch_size", "shuffle"), script.names, "DataLoader")
    size, shuffle = given.maybe("batch_size", 1), given.maybe("shuffle", False)
    if size is UNKNOWN or shuffle is UNKNOWN:
        script.notes.ignored(node, "its batch size is not known here")
        return
    if "batch_size" not in script.settings:  # the first loader is the one of the training set
        script.settings |= {"batch_size": size, "shuffle": shuffle}
        script.defaults += [Default("batch_size", size, 1), Default("shuffle", shuffle, False)]
    script.notes.understood(node, "batch size and order")


def _rows(script: Script, node: ast.stmt, _: str, __: str, call: ast.Call) -> None:
    """`torch.randn(64, 10)`: how many rows there are; their numbers are drawn by torch, and others here."""
    sizes = [known(arg, script.names) for arg in call.args]
    if script.rows is None and len(sizes) >= 2 and isinstance(sizes[0], int):
        script.rows = sizes[0]
    script.notes.understood(node, "rows of data, drawn anew here")


def _used(script: Script, node: ast.stmt, name: str, call: ast.Call) -> None:
    """What a loop does with a model, a loss or an optimizer that is known."""
    used = script.names.get(dotted(call.func))
    if isinstance(used, Model | Piece):
        return script.notes.understood(node, "forward")
    if used == "loss":
        script.names[name] = LOSS_VALUE
        return script.notes.understood(node, "the loss, forward")
    script.names[name] = UNKNOWN
    why = "it is read from elsewhere, and no part of the code" if name else NOTHING
    method = isinstance(call.func, ast.Attribute)  # float("inf") moves no tensor
    return script.notes.ignored(node, QUIET.get(last_name(call.func), why) if method else why)


_READERS: tuple[tuple[Any, Callable[[Script, ast.stmt, str, str, ast.Call], None]], ...] = (
    (LOSSES, _loss),
    (OPTIMIZERS, _optimizer),
    (SCHEDULES, _schedule),
    (LOSS_FUNCTIONS, _loss_function),
    (("DataLoader",), _loader),
    (("randn", "rand", "randint", "zeros", "ones"), _rows),
    (MANUAL, _written_loss),
)


def _expression(script: Script, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Call):
        return script.notes.ignored(node, "a comment")
    call, name = node.value, last_name(node.value.func) or getattr(node.value.func, "attr", "")
    if is_initial(call):
        return _late_start(script, node, call)
    if name == "manual_seed":
        seed = known(call.args[0], script.names) if call.args else UNKNOWN
        if isinstance(seed, int):
            script.settings["seed"] = seed
        return script.notes.understood(node, "the seed; it draws other numbers here than in torch")
    if name in ("clip_grad_norm_", "clip_grad_value_"):
        return _clip(script, node, name, call)
    if name == "backward":
        return _backward(script, node, call)
    return _step(script, node, name, call)


def _step(script: Script, node: ast.Expr, name: str, call: ast.Call) -> None:
    if name == "step":
        scheduler = "sched" in dotted(call.func)
        return script.notes.understood(node, "the schedule" if scheduler else "update")
    if any(part in dotted(call.func) for part in _OTHER_LAYERS):
        raise RefusedError(call.func, f"{name} changes a layer, which is not read", "the layer by itself")
    return script.notes.ignored(node, QUIET.get(name, NOTHING))


_OTHER_LAYERS = ("prune.", "weight_norm", "spectral_norm", "parametri")


def _backward(script: Script, node: ast.Expr, call: ast.Call) -> None:
    """Raises: RefusedError where the gradient starts from more than the loss that was read."""
    start = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    found = script.names.get(dotted(start)) if isinstance(start, ast.Name) else None
    if isinstance(found, Changed):
        script.notes.drop(found.value.lineno)
        raise RefusedError(found.value, CHANGED, BY_ITSELF)
    if isinstance(start, ast.BinOp):
        raise RefusedError(start, CHANGED, BY_ITSELF)
    script.notes.understood(node, "backward")


def _late_start(script: Script, node: ast.Expr, call: ast.Call) -> None:
    if script.model is None and any(isinstance(value, Refused) for value in script.names.values()):
        raise SaidBeforeError(node, "the model")
    if script.model is None:
        raise RefusedError(node, "the model is not made yet", "this line after the one that makes the model")
    start = start_of(call, script.names, script.model)
    if start is not None:
        script.model.starts.append(start)
    apply_starts(script.model)
    script.notes.understood(node, "how it starts")


def _clip(script: Script, node: ast.Expr, name: str, call: ast.Call) -> None:
    given = arguments(call, ("parameters", "max_norm" if name == "clip_grad_norm_" else "clip_value"), script.names)
    key = "norm" if name == "clip_grad_norm_" else "value"
    script.settings["clip"] = {key: given.number("max_norm" if key == "norm" else "clip_value")}
    script.notes.understood(node, "clipping")


def _build_piece(script: Script, piece: Piece, name: str = "model") -> None:
    model = Model(script.notes, script.names)
    model.pieces = {name: piece, **dict(piece.parts), **{f"{name}.{key}": part for key, part in piece.parts}}
    script.model = None  # what is refused half-way is no network
    run_piece(model, piece, piece.call, Tensor(INPUT))
    script.model = model


def _build_class(script: Script, node: ast.ClassDef, call: ast.Call) -> None:
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    if "forward" not in methods:
        raise RefusedError(node, f"{node.name} has no forward", "def forward(self, x): return ...")
    names = {name: value for name, value in script.names.items() if value is not UNKNOWN}
    script.model = None  # what is refused half-way is no network
    model = Model(script.notes, names)
    if "__init__" in methods:
        init(script.notes, model, methods["__init__"], call, methods.values())
    forward = methods["forward"]
    inputs = [arg.arg for arg in forward.args.args]
    if len(inputs) != 2:
        raise RefusedError(forward, "a forward pass takes one tensor here", "def forward(self, x):")
    script.notes.understood(forward, "forward")
    Forward(model, inputs[0], {**names, inputs[1]: Tensor(INPUT)}).run(forward.body)
    apply_starts(model)
    script.model = model
