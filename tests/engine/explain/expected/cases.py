"""The runs whose words are written down: at least one for every entry of every registry."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine import Run
from engine.checks.table import example
from engine.expressions.functions import FUNCTIONS, arity
from engine.foundation.errors import EngineError
from engine.foundation.options import Option
from engine.model.activations import ACTIVATIONS
from engine.model.layers import LAYERS
from engine.model.losses import LOSSES
from engine.run.task import parse_config
from engine.update.clipping import CLIP_OPTIONS
from engine.update.optimizers import OPTIMIZERS
from engine.update.penalties import REGULARIZATION_OPTIONS
from engine.update.schedules import SCHEDULES

Config = dict[str, Any]
Cases = dict[str, Config]

HIDDEN = {"units": 2, "activation": "tanh", "weight": [[0.5, -1.0], [1.0, 0.25]], "bias_values": [0.1, -0.2]}
OUTPUT = {"units": 1, "weight": [[1.5, -0.5]], "bias_values": [0.3]}
PAIR = {"units": 2, "weight": [[1.5, -0.5], [-1.0, 0.5]], "bias_values": [0.3, 0.0]}
ROWS = {"inputs": [[1.0, 0.5], [-0.5, 1.0], [0.25, -1.5]], "targets": [[1.0], [0.0], [1.0]], "test_fraction": 0}
CLASSES = {**ROWS, "targets": [0, 1, 0]}
SIDES = {**ROWS, "targets": [[1], [-1], [1]]}
SHARES = {**ROWS, "targets": [[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]]}
TOKENS = {"inputs": [[0, 1], [2, 0], [1, 2]], "targets": [[1, 0], [0, 2], [1, 1]], "test_fraction": 0}
THREE = {"inputs": [[0, 1, 2], [2, 0, 0], [1, 1, 2]], "targets": [[0, 1, 2], [2, 0, 0], [1, 1, 2]], "test_fraction": 0}
ONE = {**TOKENS, "targets": [0, 2, 1]}


def worked(**changes: Any) -> Config:
    """Two inputs, two hidden units, one output; all weights given."""
    net = {"seed": 1, "data": ROWS, "batch_size": None, "layers": [HIDDEN, OUTPUT], "loss": "mse"}
    return net | {"optimizer": {"type": "sgd", "learning_rate": 0.1}} | changes


def run_of(config: Config) -> Run:
    """The run of a case."""
    return Run(parse_config(config))


def worked_examples() -> Cases:
    """All of one small net, and what is said where nothing passes, where no update was yet, and of what never moves."""
    dead = {**HIDDEN, "activation": "relu", "bias_values": [-5.0, 0.5]}
    return {
        "tanh": worked(),
        "a dead unit": worked(layers=[dead, OUTPUT]),
        "sigmoid far out": worked(layers=[{**HIDDEN, "activation": "sigmoid", "bias_values": [-20.0, 5.0]}, OUTPUT]),
        "frozen": worked(layers=[{**HIDDEN, "frozen": ["weight"]}, OUTPUT], data={**ROWS, "targets": [[0.0]] * 3}),
    }


# --- activations and losses -------------------------------------------------------------------------------------------


def activations() -> Cases:
    """Every activation in the hidden layer, with its switches."""
    return {
        _called(name, settings): worked(layers=[{**HIDDEN, "activation": {"type": name, **settings}}, OUTPUT])
        for name, kind in ACTIVATIONS.items()
        for settings in combinations(kind.options)
    }


def _of_logits(loss: Any, data: Config = CLASSES, activation: str = "identity") -> Config:
    return worked(loss=loss, data=data, layers=[HIDDEN, {**PAIR, "activation": activation}])


_LOSSES: dict[str, Cases] = {
    "mse": {"mse": worked()},
    "mae": {"mae": worked(loss="mae")},
    "huber": {"huber": worked(loss={"type": "huber", "delta": 0.3})},
    "bce": {"bce": worked(loss="bce", layers=[HIDDEN, {**OUTPUT, "activation": "sigmoid"}])},
    "bce_with_logits": {
        "bce_with_logits": worked(loss="bce_with_logits"),
        "bce_with_logits pos_weight": worked(loss={"type": "bce_with_logits", "pos_weight": [3.0]}),
    },
    "cross_entropy": {
        "cross_entropy": _of_logits("cross_entropy"),
        "cross_entropy weight": _of_logits({"type": "cross_entropy", "weight": [0.5, 2.0]}),
        "cross_entropy smoothed": _of_logits({"type": "cross_entropy", "label_smoothing": 0.1}),
        "cross_entropy of shares": _of_logits("cross_entropy", SHARES),
        "cross_entropy of shares, weight": _of_logits({"type": "cross_entropy", "weight": [0.5, 2.0]}, SHARES),
    },
    "nll": {
        "nll": _of_logits("nll", activation="log_softmax"),
        "nll weight": _of_logits({"type": "nll", "weight": [0.5, 2.0]}, activation="log_softmax"),
    },
    "kl_div": {"kl_div": _of_logits("kl_div", SHARES, "log_softmax")},
    "multi_margin": {"multi_margin": _of_logits("multi_margin")},
    "hinge": {"hinge": worked(loss="hinge", data=SIDES)},
    "squared_hinge": {"squared_hinge": worked(loss="squared_hinge", data=SIDES)},
    "focal": {"focal": worked(loss="focal")},
}


def losses() -> Cases:
    """Every loss, with the settings that make another op of it."""
    means = _joined(_LOSSES.get(name) or {name: worked(loss=name)} for name in LOSSES)
    return means | {
        f"{name}, {reduction}": _reduced(config, reduction)
        for reduction in ("sum", "half_sum")
        for name, config in means.items()
    }


def _reduced(config: Config, reduction: str) -> Config:
    loss = config["loss"]
    return {**config, "loss": {**(loss if isinstance(loss, dict) else {"type": loss}), "reduction": reduction}}


# --- layers -----------------------------------------------------------------------------------------------------------

_IMAGE: list[Config] = [{"units": 12, "activation": "tanh"}, {"type": "reshape", "shape": [1, 3, 4]}]
_CONV = {"type": "conv2d", "units": 2, "kernel": 2, "activation": "relu"}
_END: list[Config] = [{"type": "flatten"}, {"units": 1}]
_PAIR: list[Config] = [HIDDEN, {"units": 2, "activation": "tanh", "inputs": ["x"]}]


def _of(*layers: Config, **changes: Any) -> Config:
    return worked(layers=list(layers), **changes)


def _join(kind: str) -> Config:
    return _of(*_PAIR, {"type": kind, "inputs": ["dense1", "dense2"]}, {"units": 1})


def _norm(kind: str, **settings: Any) -> Config:
    return _of(HIDDEN, {"type": kind, **settings}, OUTPUT)


def _of_tokens(*layers: Config, data: Config = TOKENS) -> Config:
    embedding = {"type": "embedding", "tokens": 3, "units": 2}
    return _of(embedding, *layers, {"units": 3}, data=data, loss="cross_entropy")


def _unrolled(kind: str) -> Cases:
    cell = {"type": kind, "units": 2}
    return {
        kind: _of_tokens(cell),
        f"{kind} last, without bias": _of_tokens({**cell, "bias": False, "return_sequence": False}, data=ONE),
        f"{kind} truncated": _of_tokens({**cell, "k1": 1, "k2": 2}, data=THREE),
    }


_LAYERS: dict[str, Cases] = {
    "dense": {
        "dense": worked(),
        "dense without bias": _of({"units": 2, "activation": "tanh", "bias": False}, OUTPUT),
        "dense on features": _of(
            {"units": 2, "activation": "tanh"}, OUTPUT, features=["x1", "x2^2", "x1*x2", "sin(x2)"]
        ),
        "dense shared": _of(HIDDEN, {"units": 2, "activation": "tanh"}, {"units": 2, "share": "dense2"}, OUTPUT),
        "dense on positions": _of_tokens({"units": 2, "bias": False}),
        "dense feedback alignment": _of(HIDDEN, OUTPUT, backward="feedback_alignment"),
        "dense direct feedback alignment": _of(HIDDEN, PAIR, OUTPUT, backward="direct_feedback_alignment"),
        "dense sign symmetry": _of(HIDDEN, OUTPUT, backward="sign_symmetry"),
    },
    "conv2d": {
        "conv2d": _of(*_IMAGE, _CONV, *_END),
        "conv2d without bias": _of(*_IMAGE, {**_CONV, "bias": False}, *_END),
    },
    "conv1d": {
        "conv1d": _of_tokens({"type": "conv1d", "units": 2, "padding": "same"}),
        "conv1d without bias": _of_tokens({"type": "conv1d", "units": 2, "kernel": 1, "bias": False}),
    },
    "max_pool2d": {"max_pool2d": _of(*_IMAGE, {"type": "max_pool2d"}, *_END)},
    "avg_pool2d": {"avg_pool2d": _of(*_IMAGE, {"type": "avg_pool2d"}, *_END)},
    "global_avg_pool": {"global_avg_pool": _of(*_IMAGE, _CONV, {"type": "global_avg_pool"}, {"units": 1})},
    "activation": {"activation": _of(HIDDEN, {"type": "activation", "activation": "relu"}, OUTPUT)},
    "prelu": {
        "prelu": _norm("prelu"),
        "prelu, one a unit": _norm("prelu", num_parameters=2, weight=[0.25, -0.5]),
    },
    "dropout": {"dropout": _norm("dropout", p=0.3)},
    "gaussian_noise": {"gaussian_noise": _norm("gaussian_noise", sigma=0.2)},
    "flatten": {"flatten": _of(HIDDEN, {"type": "reshape", "shape": [1, 2]}, *_END)},
    "reshape": {
        "reshape of a row": _of(HIDDEN, {"type": "reshape", "shape": [2]}, OUTPUT),
        "reshape": _of({"type": "reshape", "shape": [2, 1]}, {"units": 2, "activation": "tanh"}, *_END),
    },
    "add": {
        "add": _join("add"),
        "add of one twice": _of(HIDDEN, PAIR, {"type": "add", "inputs": ["dense1", "dense2"]}, OUTPUT),
    },
    "subtract": {"subtract": _join("subtract")},
    "multiply": {"multiply": _join("multiply")},
    "maximum": {"maximum": _join("maximum")},
    "concat": {
        "concat": _join("concat"),
        "concat of three": _of(*_PAIR, {"type": "concat", "inputs": ["dense1", "dense2", "x"]}, {"units": 1}),
    },
    "batch_norm": {"batch_norm": _norm("batch_norm"), "batch_norm plain": _norm("batch_norm", affine=False)},
    "layer_norm": {"layer_norm": _norm("layer_norm")},
    "rms_norm": {"rms_norm": _norm("rms_norm")},
    "embedding": {"embedding": _of_tokens()},
    "positional_encoding": {
        "positional_encoding": _of_tokens({"type": "positional_encoding"}),
        "positional_encoding learned": _of_tokens({"type": "positional_encoding", "kind": "learned"}),
    },
    "rnn": _unrolled("rnn"),
    "lstm": _unrolled("lstm"),
    "gru": _unrolled("gru"),
    "attention": {
        "attention": _of_tokens({"type": "attention", "heads": 2}),
        "attention causal, without bias": _of_tokens({"type": "attention", "causal": True, "bias": False}),
    },
    "additive_attention": {"additive_attention": _of_tokens({"type": "additive_attention", "units": 2})},
    "last_position": {"last_position": _of_tokens({"type": "last_position"}, data=ONE)},
    "mean_over_time": {"mean_over_time": _of_tokens({"type": "mean_over_time"}, data=ONE)},
}


def layers() -> Cases:
    """Every layer, with the settings that make other steps of it; one that is not listed as the checks have it."""
    return _joined(_LAYERS.get(name) or {name: example(name)} for name in LAYERS)


# --- the update -------------------------------------------------------------------------------------------------------


def optimizers() -> Cases:
    """Every optimizer with every combination of the settings that switch something on or off."""
    return {
        _called(name, settings): single(optimizer={"type": name, **settings})
        for name, kind in OPTIMIZERS.items()
        for settings in combinations(kind.options)
        if accepted(single(optimizer={"type": name, **settings})) and ("maximize" not in settings or len(settings) == 1)
    }


def schedules() -> Cases:
    """Every schedule, with every choice and every switch that it has."""
    return {
        _called(name, settings): single(schedule={"type": name, **settings})
        for name, kind in SCHEDULES.items()
        for settings in combinations(kind.options)
        if accepted(single(schedule={"type": name, **settings}))
    }


def penalties() -> Cases:
    """Every penalty alone, and all together."""
    return {
        _called("penalty", settings): worked(regularization=settings)
        for settings in combinations(REGULARIZATION_OPTIONS)
        if settings
    }


def clippings() -> Cases:
    """Every kind of clipping, with a bound that acts."""
    return {option.name: worked(clip={option.name: 0.05}) for option in CLIP_OPTIONS}


def single(**changes: Any) -> Config:
    """One layer with one weight: the update of one parameter."""
    layer = {"units": 1, "weight": [[0.5, -1.0]], "bias": False}
    return worked(layers=[layer], **changes)


# --- expressions ------------------------------------------------------------------------------------------------------

_INPUTS = {"a": 1.5, "b": 0.5}


def expressions() -> Cases:
    """Every sign and every function of the language, and the settings that make other ops of them."""
    signs = {sign: f"L = a {sign} b" for sign in ("+", "-", "*", "/", "**")}
    numbers = {f"{sign} 2": f"L = a {sign} 2" for sign in ("+", "-", "*", "/", "**")} | {"minus": "L = -a"}
    calls = {name: f"L = {name}({'a, b'[: 3 * arity(op) - 2]})" for name, op in FUNCTIONS.items()}
    texts = signs | numbers | calls | _MORE
    return {name: {"expression": text, "inputs": _used(text), "optimizer": _SGD} for name, text in texts.items()}


_SGD = {"type": "sgd", "learning_rate": 0.1}
_MORE = {
    "of three": "u = a * b; v = tanh(u); L = v * v + u",
    "to a power": "L = a ** 3 + a ** -1 + 2 ** b",
    "a copy": "L = a",
    "used three times": "L = a * b + a + a",
    "a fraction": "k = 1/4; L = k * a",
}


def _used(text: str) -> dict[str, float]:
    return {name: value for name, value in _INPUTS.items() if re.search(rf"\b{name}\b", text)}


# --- what combinations there are --------------------------------------------------------------------------------------


def combinations(options: Sequence[Option]) -> Iterator[Config]:
    """Every combination of what an option can be switched to; what stays at its default is left out."""
    for chosen in itertools.product(*(_switches(option) for option in options)):
        yield {option.name: value for option, value in zip(options, chosen, strict=True) if value is not None}


_SWITCHED_OFF = ("weight_decay", "warmup")  # settings that are on unless they are 0


def _switches(option: Option) -> tuple[Any, ...]:
    if option.kind == "boolean":
        return None, not option.default
    if option.kind == "choice":
        return None, *(choice for choice in option.choices or () if choice != option.default)
    if option.kind not in ("number", "integer"):
        return (None,)
    if option.default and option.name in _SWITCHED_OFF:
        return None, 0
    return (None,) if option.default else (None, 0.25 if option.kind == "number" else 2)


def accepted(config: Config) -> bool:
    """Whether these settings go together."""
    try:
        parse_config(config)
    except EngineError:
        return False
    return True


def _called(name: str, settings: Mapping[str, Any]) -> str:
    return ", ".join([name, *(f"{key} {value}" for key, value in settings.items())])


def _joined(parts: Any) -> Cases:
    return {name: config for part in parts for name, config in part.items()}
