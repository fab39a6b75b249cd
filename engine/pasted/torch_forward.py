"""The forward pass of a model of PyTorch, followed line by line, loop by loop."""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.pasted.literals import UNKNOWN, arguments, dotted, known, last_name
from engine.pasted.notes import Refused, RefusedError, SaidBeforeError
from engine.pasted.repeated import turns_of, values_of
from engine.pasted.torch_layers import FUNCTIONS, MODULES
from engine.pasted.torch_model import LISTS, Model, Piece, piece_of, run_piece
from engine.pasted.wiring import Said, Tensor


@dataclass(frozen=True, slots=True)
class LastState:
    """What a recurrent layer gives beside all its states: the last of them."""

    states: Tensor


MOVED = ("to", "cuda", "detach", "requires_grad_")
ZEROS = object()
"""What a name stands for that is a state to start from, all 0."""


class Forward:
    """Follows the lines of a forward pass; a name stands for a tensor, for several, or for a number."""

    def __init__(self, model: Model, self_name: str, names: dict[str, Any], inside: tuple[str, ...] = ()) -> None:
        self.model, self.self_name, self.names, self.inside = model, self_name, names, inside

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
        if isinstance(node, ast.For):
            return self._loop(node)
        if isinstance(node, ast.If):
            return self._choice(node)
        self._line(node)
        return None

    def _line(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            self._assign(node.target, ast.copy_location(ast.BinOp(node.target, node.op, node.value), node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            self.model.notes.ignored(node, "a comment")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value.func) == "print":
            self.model.notes.ignored(node, "the studio shows it")
        elif not isinstance(node, ast.Pass):
            raise RefusedError(node, "a forward pass is read line by line, with loops over layers", "one line a layer")

    def _loop(self, node: ast.For) -> Tensor | None:
        over = values_of(self._counted(node.iter), self._numbers(), self._layers)
        for turn in turns_of(self.model.notes, node, over, "a ModuleList, a range"):
            self.names |= turn
            for statement in node.body:
                found = self._statement(statement)
                if found is not None:
                    return found
        return None

    def _choice(self, node: ast.If) -> Tensor | None:
        holds = known(self._counted(node.test), self._numbers())
        if not isinstance(holds, bool | int):
            raise RefusedError(node, "a choice would have to be run to know which of both holds", "the one you mean")
        self.model.notes.understood(node, "holds" if holds else "does not hold")
        for statement in node.body if holds else node.orelse:
            found = self._statement(statement)
            if found is not None:
                return found
        return None

    def _layers(self, node: ast.expr) -> Any:
        """The modules that a loop goes over: `self.layers`, or a part of it."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            whole, ends = self._layers(node.value), (node.slice.lower, node.slice.upper, node.slice.step)
            bounds = [None if end is None else known(self._counted(end), self._numbers()) for end in ends]
            cut = whole is not UNKNOWN and UNKNOWN not in bounds and bounds[2] != 0
            return whole[slice(*bounds)] if cut else UNKNOWN
        piece = self._piece(node)
        return tuple(part for _, part in piece.parts) if piece is not None and piece.kind in LISTS else UNKNOWN

    def _piece(self, node: ast.expr) -> Piece | None:
        """A module by its name, or by its place in a list: `self.layers[i]`."""
        if isinstance(node, ast.Subscript):
            whole, place = self._piece(node.value), known(self._counted(node.slice), self._numbers())
            there = whole is not None and type(place) is int and -len(whole.parts) <= place < len(whole.parts)
            return whole.parts[place][1] if whole is not None and there else None
        if isinstance(node, ast.Name):
            found = self.names.get(node.id)
        else:
            found = self.model.pieces.get(dotted(node).removeprefix(f"{self.self_name}."))
        return found if isinstance(found, Piece) else None

    def _counted(self, node: ast.expr) -> ast.expr:
        """The same with `len(self.layers)` as a number."""
        forward = self

        class Counted(ast.NodeTransformer):
            def visit_Call(self, call: ast.Call) -> ast.AST:
                whole: Any = forward._layers(call.args[0]) if last_name(call.func) == "len" and call.args else UNKNOWN
                return call if whole is UNKNOWN else ast.copy_location(ast.Constant(len(whole)), call)

        counted: ast.expr = Counted().visit(copy.deepcopy(node))
        return counted

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
            found = self.names[target.elts[0].id] = self._tensor(
                value
            )  # of a recurrent layer: all states, and the last
            self._last_states(target.elts[1:], value, found)
        elif isinstance(target, ast.Name):
            self.names[target.id] = self._value(value)
        else:
            raise RefusedError(target, "only names are assigned to in a forward pass", "x = ...")

    def _last_states(self, targets: list[ast.expr], value: ast.expr, states: Tensor) -> None:
        """`out, h = gru(x)` and `out, (h, c) = lstm(x)`: h is the state at the end, of the one layer there is."""
        piece = self._piece(value.func) if isinstance(value, ast.Call) else None
        last = LastState(states) if piece is not None and piece.kind in ("RNN", "GRU", "LSTM") else UNKNOWN
        pair = targets[0].elts if targets and isinstance(targets[0], ast.Tuple) else targets
        for other in pair:
            if isinstance(other, ast.Name):
                self.names[other.id] = last
                last = UNKNOWN  # what an LSTM keeps inside is no tensor here

    def _value(self, node: ast.expr) -> Any:
        number = known(node, self._numbers())
        if number is not UNKNOWN:
            return number
        if isinstance(node, ast.Call) and last_name(node.func) == "size":
            return UNKNOWN
        if self._is_zero(node):
            return ZEROS
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return UNKNOWN
        return self._tensor(node)

    def _is_zero(self, node: ast.expr) -> bool:
        """Whether this is what a recurrent layer starts from here: zeros, or nothing."""
        while isinstance(node, ast.Call) and getattr(node.func, "attr", "") in (
            "to",
            "cuda",
            "detach",
            "requires_grad_",
        ):
            node = node.func.value  # type: ignore[attr-defined]
        if isinstance(node, ast.Tuple):
            return bool(node.elts) and all(self._is_zero(item) for item in node.elts)
        if isinstance(node, ast.Call):
            method = self.names.get(dotted(node.func))
            if isinstance(method, ast.FunctionDef) and isinstance(method.body[-1], ast.Return):  # self.init_hidden(n)
                last = method.body[-1].value
                return last is not None and not isinstance(last, ast.Name) and self._is_zero(last)
            return (last_name(node.func) or getattr(node.func, "attr", "")) in ("zeros", "zeros_like", "new_zeros")
        nothing = isinstance(node, ast.Constant) and node.value is None
        return nothing or (isinstance(node, ast.Name) and self.names.get(node.id) is ZEROS)

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
        index = ast.unparse(node.slice).replace(" ", "").strip("()")
        if index in ("-1", "0") and (last := self._last(node.value)) is not None:
            return self._more(node, {"type": "last_position"}, last)
        tensor = self._tensor(node.value)
        if index in (":,-1", ":,-1,:"):
            return self._more(node, {"type": "last_position"}, tensor)
        if index == "0":
            return tensor
        raise RefusedError(node, f"[{index}] of a tensor is not there", "x[:, -1], the last position")

    def _last(self, node: ast.expr) -> Tensor | None:
        """All states, where a name stands for the last of them."""
        found = self.names.get(node.id) if isinstance(node, ast.Name) else None
        return found.states if isinstance(found, LastState) else None

    def _squeezed(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        last = self._last(given[0])
        return self._tensor(given[0]) if last is None else self._more(node, {"type": "last_position"}, last)

    def _call(self, node: ast.Call) -> Tensor:
        name, own = last_name(node.func) or getattr(node.func, "attr", ""), node.func
        if isinstance(own, ast.Attribute) and dotted(own.value) == self.self_name:
            return self._module(node, own.attr)
        if isinstance(own, ast.Name) and isinstance(self.names.get(own.id), Piece):
            return run_piece(self.model, self.names[own.id], node, self._only_tensor(node))
        if isinstance(own, ast.Subscript):  # self.layers[0](x)
            part = self._piece(own)
            if part is None:
                raise RefusedError(own, f"{ast.unparse(own)[:60]} is no layer that is known here", "self.layers[0]")
            return run_piece(self.model, part, node, self._only_tensor(node))
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
        method = self.names.get(f"{self.self_name}.{name}")
        if piece is None and isinstance(method, ast.FunctionDef) and len(method.args.args) == 2:
            return self._method(node, method)
        if piece is None:
            raise RefusedError(node.func, f"{self.self_name}.{name} was not made in __init__", "a layer of __init__")
        return run_piece(self.model, piece, node, self._only_tensor(node))

    def _method(self, node: ast.Call, method: ast.FunctionDef) -> Tensor:
        """What a method of the class makes of a tensor, its lines read in place."""
        if method.name in self.inside:
            raise RefusedError(node, f"{method.name} calls itself", "its lines one after the other")
        own, takes = (arg.arg for arg in method.args.args)
        names = {**self.names, takes: self._only_tensor(node)}
        self.model.notes.understood(node, f"the lines of {method.name}")
        return Forward(self.model, own, names, (*self.inside, method.name)).run(method.body)

    def _only_tensor(self, node: ast.Call) -> Tensor:
        if not node.args:
            raise RefusedError(node, "a layer is called with a tensor", "layer(x)")
        for more in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
            if not self._is_zero(more):
                raise RefusedError(more, "a layer takes one tensor here, and a state starts at 0", "layer(x)")
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
            "squeeze": self._squeezed,
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
        return {name: value for name, value in self.names.items() if not isinstance(value, Tensor | LastState)}

    def _flat(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        return self._more(node, {"type": "flatten"}, self._tensor(given[0]))

    def _viewed(self, node: ast.Call, given: list[ast.expr]) -> Tensor:
        """`x.view(n, -1)` flattens; `x.view(-1, 1, 8, 8)` gives each sample another shape."""
        tensor, sizes = self._tensor(given[0]), [known(size, self._numbers()) for size in given[1:]]
        if len(sizes) == 2 and (sizes[1] == -1 or (sizes[0] == -1 and self._counts_all(given[2]))):
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

    def _counts_all(self, node: ast.expr) -> bool:
        """Whether a method multiplies the sizes of a sample: `self.num_flat_features(x)`."""
        method = self.names.get(dotted(node.func)) if isinstance(node, ast.Call) else None
        text = ast.unparse(method) if isinstance(method, ast.FunctionDef) else ""
        return "*=" in text and any(sizes in text for sizes in (".size()[1:]", ".shape[1:]"))

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
