"""The recorded operations as layers: each by what it is called in PyTorch, wired to those whose outputs it took."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.convert.watched.reading import Record
from app.http.problems import Problem
from app.wire.forms import Array
from engine.foundation.value_name import member_name
from engine.model.activations import ACTIVATIONS
from engine.pasted.wiring import INPUT, Tensor, Wiring, layer_names

Layer = dict[str, Any]
Said = Mapping[str, Any]
THROUGH = {"flatten", "identity", "view", "reshape", "dropout", "squeeze", "unsqueeze", "contiguous", "clone", "to"}
"""Which may leave every number as it is, dropout when it is off."""
NOWHERE = ast.Pass()  # a recording has no lines


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of the recorded model.

    name:   the module, or the function where it is in none; kind: what it is.
    value:  of the run, which this op wrote; names: its parameters, theirs to ours; number: in the recording.
    """

    name: str
    kind: str
    value: str
    names: Mapping[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Known:
    """A function of PyTorch: the layer that it is here, and what its parameters are called.

    arguments: in the order of its signature, after what it computes on and its parameters.
    build: of the recorded tensors' parameters and the arguments by name; None where this use of it is not known.
    """

    title: str
    arguments: tuple[str, ...]
    build: Callable[[Sequence[Array], Mapping[str, Any]], Layer | None]


def refused(detail: str) -> Problem:
    """What stands in the way of explaining a recording."""
    return Problem(422, "not-known", f"{detail[:1].upper()}{detail[1:]}.", "", title="Cannot be explained")


def _dense(weights: Sequence[Array], _: Mapping[str, Any]) -> Layer:
    return {"type": "dense", "units": len(weights[0]), "bias": len(weights) > 1, "activation": "identity"}


def _conv(kind: str) -> Callable[[Sequence[Array], Mapping[str, Any]], Layer | None]:
    def build(weights: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
        if given.get("groups", 1) != 1 or isinstance(given.get("padding"), str):
            return None
        units, _, *kernel = weights[0].shape
        own = {name: _one(given[name]) for name in ("stride", "padding", "dilation") if name in given}
        return {
            "type": kind,
            "units": units,
            "kernel": _one(kernel),
            "bias": len(weights) > 1,
            "activation": "identity",
        } | own

    return build


def _pool(kind: str) -> Callable[[Sequence[Array], Mapping[str, Any]], Layer | None]:
    def build(_: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
        plain = _one(given.get("dilation", 1)) == 1 and not given.get("ceil_mode")
        own = {name: _one(given[name]) for name in ("stride", "padding") if given.get(name) not in (None, [])}
        return {"type": kind, "kernel": _one(given["kernel_size"]), **own} if plain else None

    return build


def _global_pool(_: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
    return {"type": "global_avg_pool"} if _one(given.get("output_size")) == 1 else None


def _batch_norm(weights: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
    return _norm("batch_norm", weights, given) if given.get("training") else None


def _layer_norm(weights: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
    return _norm("layer_norm", weights, given) if len(given["normalized_shape"]) == 1 else None


def _norm(kind: str, weights: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
    layer = {"type": kind, "eps": given.get("eps", 1e-5)}
    return layer if len(weights) == 2 else ({**layer, "affine": False} if not weights else None)


def _concat(_: Sequence[Array], given: Mapping[str, Any]) -> Layer | None:
    axis = given.get("dim", 0)
    return {"type": "concat", "axis": axis} if axis > 0 else None


def _join(kind: str) -> Callable[[Sequence[Array], Mapping[str, Any]], Layer | None]:
    return lambda _, given: {"type": kind} if given.get("alpha", 1) == 1 else None


KERNEL, POOL = ("stride", "padding", "dilation", "groups"), ("kernel_size", "stride", "padding")
NORM = ("training", "momentum", "eps")
ADD, MULTIPLY = Known("sum", (), _join("add")), Known("product", (), _join("multiply"))
FUNCTIONS: dict[str, Known] = {
    "linear": Known("Linear", (), _dense),
    "conv2d": Known("Conv2d", KERNEL, _conv("conv2d")),
    "max_pool2d": Known("MaxPool2d", (*POOL, "dilation", "ceil_mode"), _pool("max_pool2d")),
    "avg_pool2d": Known("AvgPool2d", (*POOL, "ceil_mode"), _pool("avg_pool2d")),
    "adaptive_avg_pool2d": Known("AdaptiveAvgPool2d", ("output_size",), _global_pool),
    "batch_norm": Known("BatchNorm", NORM, _batch_norm),
    "layer_norm": Known("LayerNorm", ("normalized_shape", "eps"), _layer_norm),
    "cat": Known("cat", ("dim",), _concat),
    **dict.fromkeys(("add", "__add__", "__radd__", "__iadd__", "add_"), ADD),
    **dict.fromkeys(("mul", "__mul__", "__rmul__", "__imul__", "mul_"), MULTIPLY),
}


def read_layers(record: Record) -> tuple[list[Layer], list[Op]]:
    """The layers of a recorded forward pass, and each operation with the value that it wrote.

    Raises: Problem naming every operation that is not known.
    """
    if record.about.get("forwards", 1) > 1:
        raise refused("the loop adds up the gradients of several forward passes before an update: that is not known")
    reading = _Reading(record)
    reading.read()
    return reading.layers(), reading.ops()


class _Reading:
    """Operations on their way into layers."""

    def __init__(self, record: Record) -> None:
        self.record, self.said = record, record.about["ops"]
        self.wiring = Wiring()
        self.at: dict[int, Tensor] = {INPUT: self._input()}
        self.places: dict[int, tuple[int, str, Sequence[str]]] = {}  # of what became a layer: its place, kind, names
        self.shared: dict[str, int] = {}  # the place of the layer that has a parameter

    def _input(self) -> Tensor:
        shape = self.record.tensors["x"].shape
        if len(shape) < 2:
            raise refused("the model takes numbers without a batch: give it rows, as (N, features)")
        layer = {"type": "reshape", "shape": list(shape[1:])}
        return self.wiring.add(NOWHERE, layer, Tensor(INPUT)) if len(shape) > 2 else Tensor(INPUT)

    def read(self) -> None:
        unknown = [self._add(number, op) for number, op in enumerate(self.said)]
        names = list(dict.fromkeys(name for name in unknown if name))
        if names:
            raise refused(
                f"nothing can be derived through {', '.join(names)}: known are linear and convolution layers, pooling, "
                f"norms, sums and concatenations, the usual activations and the losses of torch.nn{self._advice()}"
            )
        if not any(layer["type"] in ("dense", "conv2d") for layer in self.wiring.layers):
            raise refused("no linear layer was recorded")
        self.named, self.stands = self.wiring.named(), self.wiring.stands()
        self.names = layer_names(self.named)

    def _advice(self) -> str:
        """What to do about an operation that draws numbers of its own."""
        draws = any(op["op"] == "dropout" and not self._through(k, op) for k, op in enumerate(self.said) if op["from"])
        return ". What dropout drew is not recorded: watch with its p at 0" if draws else ""

    def _add(self, number: int, op: Said) -> str:
        """Take an operation in; what it is called where it is not known."""
        takes = [self.at.get(source) for source in op["from"] if source is not None]
        known = [tensor for tensor in takes if tensor is not None]
        called = f"{op['module'] or op['op']} ({op['op']})"
        if not known or len(known) != len(op["from"]):
            self.at[number] = known[0] if known else Tensor(INPUT)  # so that what follows is judged by itself
            return f"{called}, which takes what was not recorded,"
        built = self._built(number, op)
        if built is None:
            self.at[number] = known[0]
            return "" if self._through(number, op) else called
        self.at[number] = self.wiring.add(NOWHERE, built, *known)
        self._keep(number, op, built)
        return ""

    def _built(self, number: int, op: Said) -> Layer | None:
        kind, shape = op["op"].lower(), self.record.tensors[f"op/{number}/out"].shape
        known = FUNCTIONS.get(kind)
        if known in (ADD, MULTIPLY) and len(op["from"]) < 2:
            return None  # with a number
        if known is not None:
            weights = [self.record.tensors[f"p/{name}"] for name in op["parameters"]]
            given = dict(zip(known.arguments, op.get("args", ()), strict=False)) | op["settings"]
            return known.build(weights, given)
        if kind.rstrip("_") in ACTIVATIONS and len(op["from"]) == 1:
            name = kind.rstrip("_")
            return {"type": "activation", "activation": {"type": name, **_settings(name, op["settings"])}}
        if kind in THROUGH and len(shape) == 2 and len(self._came(op).shape) > 2 and not self._flat(op):
            return {"type": "flatten"}
        return None

    def _keep(self, number: int, op: Said, built: Layer) -> None:
        place, parameters = self.at[number].place, op["parameters"]
        known = FUNCTIONS.get(op["op"].lower())
        title = (
            known.title if known else ACTIVATIONS[built["activation"]["type"]].title if "activation" in built else ""
        )
        self.places[number] = (place, title or op["op"], parameters)
        if parameters and parameters[0] in self.shared:
            self.wiring.layers[place]["share"] = self.shared[parameters[0]]
        self.shared |= {name: place for name in parameters if name not in self.shared}

    def _came(self, op: Said) -> Array:
        source = op["from"][0]
        return self.record.tensors["x" if source == INPUT else f"op/{source}/out"]

    def _flat(self, op: Said) -> bool:
        """Whether what an operation takes is one number a channel already."""
        place = self.at[op["from"][0]].place
        return place != INPUT and self.wiring.layers[place]["type"] == "global_avg_pool"

    def _through(self, number: int, op: Said) -> bool:
        """Whether an operation gave on what it took."""
        came, gave = self._came(op), self.record.tensors[f"op/{number}/out"]
        same = came.size == gave.size and bool(np.array_equal(came.ravel(), gave.ravel()))
        shaped = came.shape == gave.shape or self._flat(op) or op["op"] in ("squeeze", "unsqueeze")
        return op["op"].lower() in THROUGH and same and shaped

    def layers(self) -> list[Layer]:
        """Of the configuration."""
        return [
            layer | ({"share": self.names[self.stands[layer["share"]]]} if "share" in layer else {})
            for layer in self.named
        ]

    def ops(self) -> list[Op]:
        """With the values of the configuration's layers."""
        found = []
        for number, (place, kind, parameters) in self.places.items():
            name = self.names[self.stands[place]]
            weighted = self.wiring.layers[place].get("activation") == "identity"
            own = {} if "share" in self.wiring.layers[place] else _own(name, parameters)
            title = self.said[number]["module"] or self.said[number]["op"]
            kind = f"{kind} {_widths(self.record, parameters)}".strip() if weighted else kind
            found.append(Op(title, kind, member_name(name, "z" if weighted else "a"), own, number))
        return found


def _own(layer: str, parameters: Sequence[str]) -> dict[str, str]:
    """PyTorch's names of parameters, in the order of their functions, by ours."""
    return dict(zip(parameters, (member_name(layer, "weight"), member_name(layer, "bias")), strict=False))


def _widths(record: Record, parameters: Sequence[str]) -> str:
    units, takes = record.tensors[f"p/{parameters[0]}"].shape[:2]
    return f"{takes}→{units}"


def _one(sizes: Any) -> Any:
    """One number for sizes that are all the same."""
    listed = list(sizes) if isinstance(sizes, tuple | list) else [sizes]
    return listed[0] if len(set(listed)) == 1 else listed


def _settings(kind: str, given: Said) -> dict[str, Any]:
    known = {option.name for option in ACTIVATIONS[kind].options}
    return {name: value for name, value in given.items() if name in known}
