"""PyTorch's modules and functions, each as the layer or activation that it is here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.pasted.literals import Arguments
from engine.pasted.notes import RefusedError

Layer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Takes:
    """An argument that says how long an axis of a sample is; unit: what is counted along it."""

    argument: str
    axis: int
    unit: str

    def size(self, given: Arguments) -> int | None:
        """What it says; None where it is no whole number."""
        value = given.maybe(self.argument)
        if isinstance(value, tuple | list) and len(value) == 1:
            (value,) = value
        return value if type(value) is int else None


FEATURES, SHAPE = Takes("in_features", -1, "numbers"), Takes("normalized_shape", -1, "numbers")
CHANNELS, STEPS = Takes("in_channels", 0, "channels"), Takes("in_channels", -1, "channels")
UNITS, PLANES = Takes("num_features", 0, "numbers"), Takes("num_features", 0, "channels")
ELEMENTS = Takes("input_size", -1, "numbers")


@dataclass(frozen=True, slots=True)
class Module:
    """A module of `torch.nn`: its arguments in order, and the layer that they make.

    activation: whether it is a curve rather than a layer, which the layer before it can take over;
    takes: the argument that says a size of what it takes, where it says one.
    """

    signature: tuple[str, ...]
    build: Callable[[Arguments], Any]
    activation: bool = False
    takes: Takes | None = None


def _linear(given: Arguments) -> Layer:
    given.only("in_features", "out_features", "bias")
    layer = {"type": "dense", "units": given.number("out_features"), "activation": "identity"}
    return layer if given.number("bias", True) else {**layer, "bias": False}


def _conv(kind: str) -> Callable[[Arguments], Layer]:
    def build(given: Arguments) -> Layer:
        given.only("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "bias")
        layer = {"type": kind, "units": given.number("out_channels"), "kernel": given.number("kernel_size")}
        layer |= {name: given.number(name) for name in ("stride", "padding", "dilation") if name in given.given}
        layer |= {} if given.number("bias", True) else {"bias": False}
        return {**layer, "activation": "identity"}

    return build


def _pool(kind: str) -> Callable[[Arguments], Layer]:
    def build(given: Arguments) -> Layer:
        given.only("kernel_size", "stride", "padding")
        layer = {"type": kind, "kernel": given.number("kernel_size")}
        return layer | {name: given.number(name) for name in ("stride", "padding") if name in given.given}

    return build


def _global_pool(given: Arguments) -> Layer:
    if given.number("output_size") not in (1, (1, 1)):
        raise RefusedError(given.call, f"{given.title} to other sizes than 1 is not there", "AdaptiveAvgPool2d(1)")
    return {"type": "global_avg_pool"}


def _dropout(given: Arguments) -> Layer:
    given.only("p", "inplace", "training")
    return {"type": "dropout", "p": given.number("p", 0.5)}


def _norm(kind: str) -> Callable[[Arguments], Layer]:
    def build(given: Arguments) -> Layer:
        given.only("num_features", "normalized_shape", "eps", "momentum", "affine", "elementwise_affine")
        shape = given.maybe("normalized_shape")
        if isinstance(shape, tuple | list) and len(shape) > 1:
            raise RefusedError(
                given.call, f"{given.title} goes over the last axis only here", f"{given.title}({shape[-1]})"
            )
        layer = {"type": kind} | {name: given.number(name) for name in ("eps", "momentum") if name in given.given}
        affine = given.number("affine", True) and given.number("elementwise_affine", True)
        return layer if affine else {**layer, "affine": False}

    return build


def _recurrent(kind: str) -> Callable[[Arguments], Layer]:
    def build(given: Arguments) -> Layer:
        given.only("input_size", "hidden_size", "batch_first", "bias", "num_layers", "nonlinearity")
        if given.number("num_layers", 1) != 1:
            raise RefusedError(given.call, f"{given.title} with several layers at once", "one after the other")
        layer = {"type": kind, "units": given.number("hidden_size")}
        layer |= {} if given.number("bias", True) else {"bias": False}
        curve = given.number("nonlinearity", "tanh")
        return layer if kind != "rnn" or curve == "tanh" else {**layer, "activation": curve}

    return build


def _embedding(given: Arguments) -> Layer:
    given.only("num_embeddings", "embedding_dim")
    return {"type": "embedding", "tokens": given.number("num_embeddings"), "units": given.number("embedding_dim")}


def _curve(name: str, **options: str) -> Module:
    """An activation; options: ours by theirs."""

    def build(given: Arguments) -> Any:
        given.only(*options, "inplace", "dim", "input", "approximate")
        if name == "gelu" and given.number("approximate", "none") != "none":
            raise RefusedError(given.call, "GELU is the exact one here", "nn.GELU()")
        own = {ours: given.number(theirs) for theirs, ours in options.items() if theirs in given.given}
        return {"type": name, **own} if own else name

    return Module((*options, "inplace"), build, activation=True)


def _prelu(given: Arguments) -> Layer:
    given.only("num_parameters", "init")
    return {"type": "prelu"} | {name: given.number(name) for name in ("num_parameters", "init") if name in given.given}


_KERNEL = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation")
_POOL = ("kernel_size", "stride", "padding")
_BATCH = ("num_features", "eps", "momentum", "affine")
_CELLS = ("input_size", "hidden_size", "num_layers")

CURVES: dict[str, Module] = {
    "ReLU": _curve("relu"),
    "Sigmoid": _curve("sigmoid"),
    "Tanh": _curve("tanh"),
    "LeakyReLU": _curve("leaky_relu", negative_slope="negative_slope"),
    "ELU": _curve("elu", alpha="alpha"),
    "SELU": _curve("selu"),
    "GELU": _curve("gelu"),
    "SiLU": _curve("silu"),
    "Softplus": _curve("softplus"),
    "Mish": _curve("mish"),
    "Hardtanh": _curve("hardtanh"),
    "ReLU6": _curve("relu6"),
    "Hardsigmoid": _curve("hardsigmoid"),
    "Hardswish": _curve("hardswish"),
    "Softsign": _curve("softsign"),
    "LogSigmoid": _curve("logsigmoid"),
    "Tanhshrink": _curve("tanhshrink"),
    "Softmax": _curve("softmax"),
    "LogSoftmax": _curve("log_softmax"),
    "Identity": _curve("identity"),
}
MODULES: dict[str, Module] = {
    **CURVES,
    "Linear": Module(("in_features", "out_features", "bias"), _linear, takes=FEATURES),
    "Conv1d": Module(_KERNEL, _conv("conv1d"), takes=STEPS),
    "Conv2d": Module(_KERNEL, _conv("conv2d"), takes=CHANNELS),
    "MaxPool2d": Module(_POOL, _pool("max_pool2d")),
    "AvgPool2d": Module(_POOL, _pool("avg_pool2d")),
    "AdaptiveAvgPool2d": Module(("output_size",), _global_pool),
    "Dropout": Module(("p", "inplace"), _dropout),
    "BatchNorm1d": Module(_BATCH, _norm("batch_norm"), takes=UNITS),
    "BatchNorm2d": Module(_BATCH, _norm("batch_norm"), takes=PLANES),
    "LayerNorm": Module(("normalized_shape", "eps", "elementwise_affine"), _norm("layer_norm"), takes=SHAPE),
    "Flatten": Module(("start_dim", "end_dim"), lambda _: {"type": "flatten"}),
    "Embedding": Module(("num_embeddings", "embedding_dim"), _embedding),
    "RNN": Module(_CELLS, _recurrent("rnn"), takes=ELEMENTS),
    "LSTM": Module(_CELLS, _recurrent("lstm"), takes=ELEMENTS),
    "GRU": Module(_CELLS, _recurrent("gru"), takes=ELEMENTS),
    "PReLU": Module(("num_parameters", "init"), _prelu),
}
FUNCTIONS: dict[str, str] = {
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "softplus": "Softplus",
    "mish": "Mish",
    "hardtanh": "Hardtanh",
    "softsign": "Softsign",
    "logsigmoid": "LogSigmoid",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "max_pool2d": "MaxPool2d",
    "avg_pool2d": "AvgPool2d",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "dropout": "Dropout",
}
"""Functions by the module that does the same; their first argument is the tensor."""
