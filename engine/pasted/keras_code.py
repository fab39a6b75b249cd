"""A Sequential model of Keras: its layers, what it is compiled with, and how it is fitted."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from engine.pasted.literals import UNKNOWN, Arguments, arguments, known, last_name
from engine.pasted.made.changes import PARAMETERS, WITHOUT
from engine.pasted.notes import Default, RefusedError, SaidBeforeError
from engine.pasted.torch_code import Script
from engine.pasted.torch_model import Model
from engine.pasted.wiring import INPUT, Tensor

Layer = dict[str, Any]
LOSSES = {
    "mse": "mse",
    "mean_squared_error": "mse",
    "mae": "mae",
    "mean_absolute_error": "mae",
    "huber": "huber",
    "huber_loss": "huber",
    "binary_crossentropy": "bce",
    "categorical_crossentropy": "nll",
    "sparse_categorical_crossentropy": "nll",
    "hinge": "hinge",
    "squared_hinge": "squared_hinge",
}
CLASSES = {
    "MeanSquaredError": "mse",
    "MeanAbsoluteError": "mae",
    "Huber": "huber",
    "BinaryCrossentropy": "binary_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "Hinge": "hinge",
}
CURVES = {
    "linear": "identity",
    "swish": "silu",
    **{name: name for name in ("relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "silu")},
    **{name: name for name in ("softplus", "softsign", "mish")},
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"type": "sgd", "learning_rate": 0.01},
    "adam": {"type": "adam", "learning_rate": 0.001, "eps": 1e-7},
    "adamw": {"type": "adamw", "learning_rate": 0.001, "eps": 1e-7, "weight_decay": 0.004},
    "rmsprop": {"type": "rmsprop", "learning_rate": 0.001, "alpha": 0.9, "eps": 1e-7},
    "adagrad": {"type": "adagrad", "learning_rate": 0.001, "initial_accumulator_value": 0.1, "eps": 1e-7},
    "adadelta": {"type": "adadelta", "learning_rate": 0.001, "rho": 0.95, "eps": 1e-7},
    "adamax": {"type": "adamax", "learning_rate": 0.001, "eps": 1e-7},
    "nadam": {"type": "nadam", "learning_rate": 0.001, "eps": 1e-7},
}
"""With Keras's own defaults, which are not PyTorch's."""
_SETTINGS = {
    "learning_rate": "learning_rate",
    "lr": "learning_rate",
    "momentum": "momentum",
    "nesterov": "nesterov",
    "weight_decay": "weight_decay",
    "rho": "rho",
    "epsilon": "eps",
    "amsgrad": "amsgrad",
}
_CLIPS = {"clipvalue": "value", "global_clipnorm": "norm", "clipnorm": "parameter_norm"}
STOPPING = "EarlyStopping"
NOTHING = "it changes nothing that a run is made of"
_COMMON = ("name", "input_shape", "input_dim", "dtype", "trainable", "kernel_initializer", "bias_initializer")
STARTS: dict[str, Any] = {
    "glorot_uniform": "xavier_uniform",
    "glorot_normal": "xavier_normal",
    "he_uniform": {"type": "kaiming_uniform", "nonlinearity": "relu"},
    "he_normal": {"type": "kaiming_normal", "nonlinearity": "relu"},
    "random_normal": {"type": "normal", "std": 0.05},
    "random_uniform": {"type": "uniform", "a": -0.05, "b": 0.05},
    "orthogonal": "orthogonal",
    "zeros": "zeros",
    "ones": "ones",
}
CUT = {
    "xavier_normal": "glorot_normal, drawn anew beyond two deviations",
    "kaiming_normal": "he_normal, drawn anew beyond two deviations",
}
"""Those of Keras of which no number is further out; here they are not cut."""


def _dense(given: Arguments) -> Layer:
    given.only("units", "activation", "use_bias", *_COMMON)
    return {"type": "dense", "units": given.number("units"), **_started(given)}


def _started(given: Arguments) -> Layer:
    """Keras starts from Glorot's uniform weights and biases of 0."""
    bias = given.number("use_bias", True)
    return {
        "activation": _curve(given),
        "initializer": _start(given, "kernel_initializer", "glorot_uniform"),
        **({"bias_initializer": _start(given, "bias_initializer", "zeros")} if bias else {"bias": False}),
    }


def _start(given: Arguments, name: str, default: str) -> Any:
    """An initializer by its name, or by its class without settings."""
    node = given.given.get(name)
    if isinstance(node, ast.Call) and not node.args and all(k.arg == "seed" for k in node.keywords):
        said: Any = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last_name(node.func)).lower()
    else:
        said = default if node is None else known(node, given.names)
    if not isinstance(said, str) or said not in STARTS:
        assert node is not None, "the default is known"
        raise RefusedError(node, f"the initializer {ast.unparse(node)[:40]} is not known", ", ".join(STARTS))
    return STARTS[said]


def _curve(given: Arguments, default: str = "linear") -> str:
    name = given.number("activation", default) or "linear"
    if name not in CURVES:
        raise RefusedError(given.given["activation"], f"the activation {name!r} is not known", ", ".join(CURVES))
    return CURVES[name]


def _conv(given: Arguments) -> Layer:
    given.only("filters", "kernel_size", "strides", "padding", "activation", "use_bias", *_COMMON)
    layer = {"type": "conv2d", "units": given.number("filters"), "kernel": given.number("kernel_size")}
    layer |= {"stride": given.number("strides")} if "strides" in given.given else {}
    layer |= {"padding": "same"} if given.number("padding", "valid") == "same" else {}
    return {**layer, **_started(given)}


def _pool(kind: str) -> Callable[[Arguments], Layer]:
    def build(given: Arguments) -> Layer:
        given.only("pool_size", "strides", "padding", *_COMMON)
        layer = {"type": kind, "kernel": given.number("pool_size", 2)}
        return layer | ({"stride": given.number("strides")} if "strides" in given.given else {})

    return build


def _batch_norm(given: Arguments) -> Layer:
    given.only("momentum", "epsilon", *_COMMON)
    # Keras keeps this share of the old statistics, PyTorch and we take this share of the new ones
    return {
        "type": "batch_norm",
        "momentum": round(1 - given.number("momentum", 0.99), 12),
        "eps": given.number("epsilon", 1e-3),
    }


def _recurrent(kind: str) -> Callable[[Arguments], Layer]:
    def build(given: Arguments) -> Layer:
        given.only("units", "return_sequences", "activation", *_COMMON)
        if given.number("activation", "tanh") != "tanh":
            raise RefusedError(given.given["activation"], f"{given.title} with another activation", "tanh")
        layer = {"type": kind, "units": given.number("units"), "initializer": "xavier_uniform"}
        return layer if given.number("return_sequences", False) else {**layer, "return_sequence": False}

    return build


def _embedding(given: Arguments) -> Layer:
    given.only("input_dim", "output_dim", "input_length", *_COMMON)
    return {"type": "embedding", "tokens": given.number("input_dim"), "units": given.number("output_dim")}


def _activation(given: Arguments) -> Layer:
    return {"type": "activation", "activation": _curve(given)}


def _leaky(given: Arguments) -> Layer:
    """Keras's slope is 0.3 where PyTorch's is 0.01; it was called alpha before."""
    slope = given.number("negative_slope", given.number("alpha", 0.3))
    return {"type": "activation", "activation": {"type": "leaky_relu", "negative_slope": slope}}


def _elu(given: Arguments) -> Layer:
    return {"type": "activation", "activation": {"type": "elu", "alpha": given.number("alpha", 1.0)}}


def _dropout(given: Arguments) -> Layer:
    return {"type": "dropout", "p": given.number("rate", 0.5)}


LAYERS: dict[str, tuple[tuple[str, ...], Callable[[Arguments], Layer]]] = {
    "Dense": (("units", "activation"), _dense),
    "Conv2D": (("filters", "kernel_size", "strides", "padding"), _conv),
    "MaxPooling2D": (("pool_size", "strides"), _pool("max_pool2d")),
    "MaxPool2D": (("pool_size", "strides"), _pool("max_pool2d")),
    "AveragePooling2D": (("pool_size", "strides"), _pool("avg_pool2d")),
    "GlobalAveragePooling2D": ((), lambda _: {"type": "global_avg_pool"}),
    "GlobalAveragePooling1D": ((), lambda _: {"type": "mean_over_time"}),
    "Flatten": ((), lambda _: {"type": "flatten"}),
    "Dropout": (("rate",), _dropout),
    "BatchNormalization": (("axis",), _batch_norm),
    "LayerNormalization": (("axis",), lambda given: {"type": "layer_norm", "eps": given.number("epsilon", 1e-3)}),
    "Activation": (("activation",), _activation),
    "LeakyReLU": (("negative_slope",), _leaky),
    "ELU": (("alpha",), _elu),
    "Softmax": ((), lambda _: {"type": "activation", "activation": "softmax"}),
    "ReLU": ((), lambda _: {"type": "activation", "activation": "relu"}),
    "Embedding": (("input_dim", "output_dim"), _embedding),
    "SimpleRNN": (("units",), _recurrent("rnn")),
    "LSTM": (("units",), _recurrent("lstm")),
    "GRU": (("units",), _recurrent("gru")),
}


def read_keras(tree: ast.Module) -> Script:
    """Everything that a script says of a run."""
    script = Script()
    for node in tree.body:
        try:
            _statement(script, node)
        except RefusedError as error:
            script.notes.refused(error)
    _logits(script)
    return script


def _logits(script: Script) -> None:
    """Softmax under cross-entropy is one function here, as in PyTorch: the loss takes what goes into the softmax."""
    layers = script.model.wiring.layers if script.model else []
    if script.settings.get("loss") == "nll" and layers and layers[-1].get("activation") == "softmax":
        layers[-1]["activation"] = "identity"
        script.settings["loss"] = "cross_entropy"
        place = ast.Pass(lineno=script.model.wiring.lines[-1] if script.model else 1, col_offset=0)
        script.notes.understood(place, "the softmax is part of the loss")


def _statement(script: Script, node: ast.stmt) -> None:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return script.notes.ignored(node, "import")
    value = node.value if isinstance(node, ast.Assign | ast.Expr) else None
    if isinstance(node, ast.Assign) and value is not None:
        number = known(value, script.names)
        if number is not UNKNOWN and isinstance(node.targets[0], ast.Name):
            script.names[node.targets[0].id] = number
            return script.notes.understood(node, f"{node.targets[0].id} = {number}")
    _unchanged(node)
    if not isinstance(value, ast.Call):
        return script.notes.ignored(node, NOTHING)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_setting(value):
        script.names[node.targets[0].id] = value
        return script.notes.understood(node, f"{node.targets[0].id}, where it is used")
    return _call(script, node, value)


def _unchanged(node: ast.stmt) -> None:
    """Raises: RefusedError for a line that changes a network after it is made, which would be another in silence."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and part.attr == "trainable":
            raise RefusedError(part, "what is not trained is read where a layer is made", "Dense(4, trainable=False)")
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "pop":
            raise RefusedError(part, "a layer is taken off, which is not read", "the layers that are left")


def _is_setting(call: ast.Call) -> bool:
    """Whether a loss, an optimizer or a callback is made, which `compile` or `fit` names later."""
    kind = last_name(call.func)
    return kind in CLASSES or kind.lower() in OPTIMIZERS or kind == STOPPING


def _meant(script: Script, node: ast.expr) -> ast.expr:
    """The call that a name stands for."""
    found = script.names.get(node.id) if isinstance(node, ast.Name) else None
    return found if isinstance(found, ast.Call) else node


def _call(script: Script, node: ast.stmt, call: ast.Call) -> None:
    name = last_name(call.func) or getattr(call.func, "attr", "")
    if name == "Sequential":
        return _sequential(script, node, call)
    if name == "add" and script.model is not None and call.args:
        model, script.model = script.model, None
        _layer(script, model, call.args[0])
        script.model = model
        return None
    if name == "add" and any(note.level == "refused" for note in script.notes.found):
        raise SaidBeforeError(node, "the model")
    if name == "compile":
        return _compile(script, node, call)
    if name == "fit":
        return _fit(script, node, call)
    if name in ("set_random_seed", "seed") and call.args:
        seed = known(call.args[0], script.names)
        script.settings |= {"seed": seed} if isinstance(seed, int) else {}
        return script.notes.understood(node, "the seed; it draws other numbers here than in Keras")
    if name == "Model":
        raise RefusedError(call.func, "models of Keras's functional interface are not read", "keras.Sequential([...])")
    weights = name in ("load_weights", "set_weights")
    why = "weights are given as a file, .safetensors, beside the code" if weights else NOTHING
    return script.notes.ignored(node, why)


def _sequential(script: Script, node: ast.stmt, call: ast.Call) -> None:
    script.model = model = Model(script.notes, script.names)
    script.notes.understood(node, "the network")
    listed = call.args[0] if call.args else ast.List([])
    if not isinstance(listed, ast.List | ast.Tuple):
        raise RefusedError(listed, "the layers are read from a list", "Sequential([layers.Dense(4), ...])")
    script.model = None  # what is refused half-way is no network
    for item in listed.elts:
        _layer(script, model, item)
    script.model = model


def _layer(script: Script, model: Model, node: ast.expr) -> None:
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    if isinstance(node, ast.Call) and name in ("Input", "InputLayer"):
        _shape(script, model, node, known_shape(arguments(node, ("shape",), script.names, name)))
        return
    if not isinstance(node, ast.Call) or name not in LAYERS:
        raise RefusedError(node, f"{name or ast.unparse(node)[:40]} is not there", f"there are {', '.join(LAYERS)}")
    signature, build = LAYERS[name]
    given = arguments(node, signature, script.names, name)
    shape = known_shape(given)
    if shape is not None and not model.wiring.layers:
        _shape(script, model, node, shape)
    before = Tensor(len(model.wiring.layers) - 1) if model.wiring.layers else Tensor(INPUT)
    layer = build(given)
    if given.maybe("trainable", True) is False and layer["type"] not in WITHOUT:
        own = [p for p in PARAMETERS.get(layer["type"], ()) if p == "weight" or layer.get("bias", True)]
        if not own:
            raise RefusedError(given.given["trainable"], f"{name} is trained here", "leave it out")
        layer["frozen"] = own
    made = model.wiring.add(node, layer, before)
    script.notes.understood(node, model.wiring.title(made))
    start = layer.get("initializer")
    kind = start["type"] if isinstance(start, dict) else start
    if kind in CUT:
        script.defaults.append(Default(f"{model.wiring.title(made)}: how its weights start", kind, CUT[kind]))


def known_shape(given: Arguments) -> tuple[int, ...] | None:
    """The shape of one sample, where a layer says it."""
    for name in ("shape", "input_shape", "input_dim"):
        value = given.maybe(name) if given.title != "Embedding" or name != "input_dim" else None
        if isinstance(value, int):
            return (value,)
        if isinstance(value, tuple) and value and all(isinstance(size, int) for size in value):
            return value
    return None


def _shape(script: Script, model: Model, node: ast.Call, shape: tuple[int, ...] | None) -> None:
    """Of an image (height, width, channels): here the channels come first."""
    if shape is None:
        return
    size = 1
    for each in shape:
        size *= each
    model.wiring.inputs = size
    if len(shape) == 3:
        model.wiring.add(node, {"type": "reshape", "shape": (shape[2], shape[0], shape[1])}, Tensor(INPUT))
    script.notes.understood(node, f"{size} inputs")


def _even(given: Arguments, *names: str) -> None:
    """Raises: RefusedError where losses or samples count unlike each other."""
    for name in names:
        if given.maybe(name) is not None:
            raise RefusedError(given.given[name], f"{given.title} takes no {name} here", "leave it out")


def _compile(script: Script, node: ast.stmt, call: ast.Call) -> None:
    given = arguments(call, ("optimizer", "loss", "metrics"), script.names, "compile")
    _even(given, "loss_weights")
    if "loss" in given.given:
        script.settings["loss"] = _loss(script, _meant(script, given.given["loss"]))
    if "optimizer" in given.given:
        script.settings["optimizer"] = _optimizer(script, _meant(script, given.given["optimizer"]))
    script.notes.understood(node, "loss and optimizer")


def _optimizer(script: Script, node: ast.expr) -> Layer:
    name = known(node, script.names)
    kind = str(name) if isinstance(name, str) else last_name(node.func) if isinstance(node, ast.Call) else ""
    if kind.lower() not in OPTIMIZERS:
        raise RefusedError(node, f"the optimizer {kind or ast.unparse(node)[:40]} is not known", ", ".join(OPTIMIZERS))
    found = dict(OPTIMIZERS[kind.lower()])
    defaults = dict(found)
    if isinstance(node, ast.Call):
        given = arguments(node, ("learning_rate",), script.names, kind)
        given.only(*_SETTINGS, *_CLIPS, "beta_1", "beta_2", "name")
        for name in _CLIPS.keys() & given.given.keys():
            script.settings["clip"] = {_CLIPS[name]: given.number(name)}
        found |= {_SETTINGS[name]: given.number(name) for name in given.given if name in _SETTINGS}
        if "beta_1" in given.given or "beta_2" in given.given:
            found["betas"] = (given.number("beta_1", 0.9), given.number("beta_2", 0.999))
    script.defaults += [Default(f"optimizer.{k}", found[k], v) for k, v in defaults.items() if k != "type"]
    return found


def _loss(script: Script, node: ast.expr) -> Any:
    name = known(node, script.names)
    logits = False
    if not isinstance(name, str) and isinstance(node, ast.Call):
        given = arguments(node, (), script.names, last_name(node.func))
        name = CLASSES.get(last_name(node.func), last_name(node.func))
        logits = bool(given.number("from_logits", False))
    if name not in LOSSES:
        raise RefusedError(node, f"the loss {ast.unparse(node)[:40]} is not known", ", ".join(LOSSES))
    ours = LOSSES[str(name)]
    if logits:
        return {"bce": "bce_with_logits", "nll": "cross_entropy"}.get(ours, ours)
    return ours


def _stopping(script: Script, node: ast.expr | None) -> None:
    """Early stopping among the callbacks; patience counts epochs, and so do we."""
    for item in node.elts if isinstance(node, ast.List | ast.Tuple) else []:
        call = _meant(script, item)
        if isinstance(call, ast.Call) and last_name(call.func) == STOPPING:
            given = arguments(call, ("monitor", "min_delta", "patience"), script.names, STOPPING)
            monitor = given.number("monitor", "val_loss")
            if monitor not in ("val_loss", "loss"):
                raise RefusedError(call, f"stopping by {monitor} is not there", "val_loss, or loss")
            script.settings["early_stopping"] = {
                "monitor": "test_loss" if monitor == "val_loss" else "train_loss",
                "patience": max(1, given.number("patience", 0)),
                "min_delta": given.number("min_delta", 0),
            }
            script.notes.understood(item, "early stopping")
        else:
            script.notes.ignored(item, "this callback has no part in a run")


def _fit(script: Script, node: ast.stmt, call: ast.Call) -> None:
    given = arguments(call, ("x", "y", "batch_size", "epochs"), script.names, "fit")
    _even(given, "class_weight", "sample_weight")
    size, shuffle = given.maybe("batch_size", 32), given.maybe("shuffle", True)
    if isinstance(size, int):
        script.settings["batch_size"] = size
        script.defaults.append(Default("batch_size", size, 32))
    if isinstance(shuffle, bool):
        script.settings["shuffle"] = shuffle
    _stopping(script, given.given.get("callbacks"))
    script.notes.understood(node, "batch size; play as many epochs as you like")
