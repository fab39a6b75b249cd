"""Configurations that several tests train: examples, and by themselves what no example tries of what is registered."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine import Run, RunConfig, Store
from engine.model import layers, losses
from engine.update import optimizers, schedules
from tests.engine.support import registered

OPTIMIZER_EXAMPLES: dict[str, dict[str, Any]] = {
    "sgd": {"type": "sgd", "learning_rate": 0.05},
    "sgd weight decay": {"type": "sgd", "learning_rate": 0.05, "weight_decay": 0.01},
    "sgd momentum": {"type": "sgd", "learning_rate": 0.02, "momentum": 0.9},
    "sgd dampening": {"type": "sgd", "learning_rate": 0.02, "momentum": 0.9, "dampening": 0.3},
    "sgd maximize": {"type": "sgd", "learning_rate": 1e-4, "momentum": 0.5, "weight_decay": 0.01, "maximize": True},
    "sgd nesterov": {"type": "sgd", "learning_rate": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "adagrad": {"type": "adagrad", "learning_rate": 0.05, "weight_decay": 0.01},
    "adagrad decaying": {
        "type": "adagrad",
        "learning_rate": 0.05,
        "lr_decay": 0.1,
        "initial_accumulator_value": 0.1,
    },
    "rmsprop": {"type": "rmsprop", "learning_rate": 0.005, "weight_decay": 0.01},
    "rmsprop centered": {"type": "rmsprop", "learning_rate": 0.002, "centered": True, "eps": 1e-2},
    "rmsprop momentum": {"type": "rmsprop", "learning_rate": 0.002, "momentum": 0.9},
    "adam": {"type": "adam", "learning_rate": 0.003},
    "adam weight decay": {"type": "adam", "learning_rate": 0.003, "betas": [0.8, 0.99], "weight_decay": 0.01},
    "adam amsgrad": {"type": "adam", "learning_rate": 0.003, "amsgrad": True},
    "adamw": {"type": "adamw", "learning_rate": 0.003, "weight_decay": 0.1},
    "adamw amsgrad": {"type": "adamw", "learning_rate": 0.003, "amsgrad": True},
    "adamw without decay": {"type": "adamw", "learning_rate": 0.003, "weight_decay": 0.0},
    "adadelta": {"type": "adadelta"},
    "adadelta weight decay": {"type": "adadelta", "learning_rate": 0.5, "rho": 0.8, "eps": 1e-5, "weight_decay": 0.01},
    "adamax": {"type": "adamax", "learning_rate": 0.003},
    "adamax weight decay": {"type": "adamax", "betas": [0.8, 0.99], "weight_decay": 0.01},
    "nadam": {"type": "nadam", "learning_rate": 0.003},
    "nadam weight decay": {"type": "nadam", "betas": [0.8, 0.99], "momentum_decay": 0.1, "weight_decay": 0.01},
    "nadam decoupled": {"type": "nadam", "weight_decay": 0.1, "decoupled_weight_decay": True},
    "rprop": {"type": "rprop", "learning_rate": 0.002},
    "rprop bounded": {"type": "rprop", "etas": [0.3, 1.5], "step_sizes": [1e-3, 0.02]},
    "lion": {"type": "lion", "learning_rate": 0.002},
    "lion weight decay": {"type": "lion", "learning_rate": 0.001, "betas": [0.8, 0.95], "weight_decay": 0.1},
}
OPTIMIZER_EXAMPLES |= {
    f"{name} maximize": {"type": name, "learning_rate": 1e-4, "maximize": True}
    for name, kind in optimizers.OPTIMIZERS.items()
    if name not in ("sgd", "rprop") and "maximize" in {option.name for option in kind.options}
}
OPTIMIZER_EXAMPLES["rprop maximize"] = {  # bounded: where steps grow without end, the sign of a gradient is noise
    "type": "rprop",
    "learning_rate": 1e-4,
    "step_sizes": [1e-6, 1e-3],
    "maximize": True,
}

OPTIMIZERS = OPTIMIZER_EXAMPLES | {
    name: changes["optimizer"]
    for name, changes in registered.of_kind(optimizers.OPTIMIZERS, OPTIMIZER_EXAMPLES, "optimizer").items()
}


def as_object(loss: Any) -> dict[str, Any]:
    """A loss that may be given by its name alone."""
    return loss if isinstance(loss, dict) else {"type": loss}


LOG_LAYERS = [{"units": 3, "activation": "tanh"}, {"units": 2, "activation": "log_softmax"}]
LOSS_EXAMPLES: dict[str, dict[str, Any]] = {
    "mse": {},
    "mae": {"loss": "mae"},
    "huber": {"loss": {"type": "huber", "delta": 0.3}},
    "smooth_l1": {"loss": {"type": "smooth_l1", "beta": 0.3}},
    "gaussian_nll": {"loss": {"type": "gaussian_nll", "var": 0.4}},
    "poisson_nll": {"loss": "poisson_nll"},
    "multi_margin": {
        "loss": {"type": "multi_margin", "margin": 0.7},
        "layers": [{"units": 3, "activation": "silu"}, {"units": 2}],
    },
    "multi_margin squared": {
        "loss": {"type": "multi_margin", "p": 2},
        "layers": [{"units": 3, "activation": "silu"}, {"units": 2}],
    },
    "bce": {"loss": "bce", "layers": [{"units": 3, "activation": "gelu"}, {"units": 1, "activation": "sigmoid"}]},
    "bce_with_logits": {"loss": "bce_with_logits"},
    "cross_entropy": {"loss": "cross_entropy", "layers": [{"units": 3, "activation": "silu"}, {"units": 2}]},
    "nll": {"loss": "nll", "layers": LOG_LAYERS},
    "nll weighted": {"loss": {"type": "nll", "weight": [0.5, 2.0]}, "layers": LOG_LAYERS},
    "kl_div": {"loss": "kl_div", "layers": LOG_LAYERS},
    "hinge": {"loss": "hinge"},
    "squared_hinge": {"loss": "squared_hinge"},
    "focal": {"loss": "focal"},
    "pos_weight": {"loss": {"type": "bce_with_logits", "pos_weight": [3.0]}},
    "smoothed": {
        "loss": {"type": "cross_entropy", "label_smoothing": 0.1},
        "layers": [{"units": 3, "activation": "silu"}, {"units": 2}],
    },
    "weighted": {
        "loss": {"type": "cross_entropy", "weight": [0.5, 2.0]},
        "layers": [{"units": 3, "activation": "silu"}, {"units": 2}],
    },
    "softmax": {"layers": [{"units": 3, "activation": "softmax"}, {"units": 2, "activation": "softmax"}]},
}

SUMMED = {
    f"{name} summed": {**changes, "loss": {**as_object(changes.get("loss", "mse")), "reduction": "sum"}}
    for name, changes in LOSS_EXAMPLES.items()
    if name != "softmax"
}
LOSS_EXAMPLES |= SUMMED | {"mse half": {"loss": {"type": "mse", "reduction": "half_sum"}}}
_GIVEN = [{"type": name} for name in LOSS_EXAMPLES]  # some by their name alone
LOSSES = LOSS_EXAMPLES | registered.of_kind(losses.LOSSES, [*LOSS_EXAMPLES.values(), *_GIVEN], "loss")

DENSE = {"units": 4, "activation": "tanh"}


def image(*shape: int) -> list[dict[str, Any]]:
    """Layers that make images of rows."""
    return [{"units": math.prod(shape), "activation": "tanh"}, {"type": "reshape", "shape": list(shape)}]


CONV = {"type": "conv2d", "units": 2, "kernel": 3, "padding": 1, "activation": "tanh"}
LAYER_EXAMPLES: dict[str, dict[str, Any]] = {
    "dropout": {"layers": [DENSE, {"type": "dropout", "p": 0.3}, {"units": 1}]},
    "prelu": {"layers": [DENSE, {"type": "prelu"}, {"type": "prelu", "num_parameters": 4, "init": 0.1}, {"units": 1}]},
    "prelu of channels": {
        "layers": [
            *image(2, 3, 3),
            {**CONV, "activation": "identity"},
            {"type": "prelu", "num_parameters": 2, "weight": [0.3, -0.2]},
            {"type": "flatten"},
            {"units": 1},
        ]
    },
    "noise": {"layers": [{"type": "gaussian_noise", "sigma": 0.2}, DENSE, {"units": 1}]},
    "batch norm": {
        "layers": [DENSE, {"type": "batch_norm"}, {"type": "activation", "activation": "relu"}, {"units": 1}]
    },
    "plain norms": {
        "layers": [
            DENSE,
            {"type": "batch_norm", "affine": False, "momentum": 0.3},
            {"type": "layer_norm", "affine": False},
            {"type": "rms_norm", "affine": False, "eps": 1e-3},
            {"units": 1},
        ]
    },
    "layer norm": {"layers": [DENSE, {"type": "layer_norm"}, {"units": 1}]},
    "rms norm": {"layers": [DENSE, {"type": "rms_norm"}, {"units": 1}]},
    "residual": {"layers": [DENSE, DENSE, {"type": "add", "inputs": ["dense1", "dense2"]}, {"units": 1}]},
    "joins": {
        "layers": [
            DENSE,
            {**DENSE, "inputs": ["x"]},
            {"type": "multiply", "inputs": ["dense1", "dense2"]},
            {"type": "subtract", "inputs": ["multiply1", "dense1"]},
            {"type": "maximum", "inputs": ["subtract1", "dense2", "dense1"]},
            {"type": "concat", "inputs": ["maximum1", "x", "dense2"]},
            {"units": 1},
        ]
    },
    "shared": {"layers": [DENSE, DENSE, {**DENSE, "share": "dense2"}, {"units": 1}]},
    "shapes": {"layers": [DENSE, {"type": "reshape", "shape": [2, 2]}, {"type": "flatten"}, {"units": 1}]},
    "sequence": {"layers": [DENSE, {"type": "reshape", "shape": [2, 2]}, DENSE, {"type": "flatten"}, {"units": 1}]},
    "convolution": {
        "layers": [
            *image(1, 3, 4),
            {**CONV, "activation": "relu"},
            {"type": "max_pool2d"},
            {"type": "flatten"},
            {"units": 1},
        ]
    },
    "strides": {
        "layers": [
            *image(1, 3, 4),
            {**CONV, "kernel": [2, 3], "stride": [1, 2], "padding": [1, 2], "dilation": [2, 1], "bias": False},
            {"type": "avg_pool2d", "kernel": 2, "stride": 1, "padding": [0, 1]},
            {"type": "global_avg_pool"},
            {"units": 1},
        ]
    },
    "residual block": {
        "layers": [
            *image(1, 2, 3),
            {**CONV, "bias": False, "activation": "identity"},
            {"type": "batch_norm"},
            {"type": "activation", "activation": "tanh"},
            CONV,
            {"type": "add", "inputs": ["activation1", "conv2d2"]},
            {"type": "max_pool2d", "kernel": 3, "stride": 2, "padding": 1},
            {"type": "dropout", "p": 0.2},
            {"type": "flatten"},
            {"units": 1},
        ]
    },
    "channels": {
        "layers": [
            *image(1, 3, 3),
            CONV,
            {**CONV, "units": 1, "inputs": ["reshape1"]},
            {"type": "concat", "inputs": ["conv2d1", "conv2d2", "reshape1"]},
            {**CONV, "units": 4},
            {**CONV, "units": 4, "share": "conv2d3"},
            {"type": "global_avg_pool"},
            {"units": 1},
        ]
    },
    "features": {"features": ["x1", "x2", "x1^2", "x1*x2", "sin(x2)"], "layers": [DENSE, {"units": 1}]},
}
_RNG = np.random.default_rng(5)
_TOKENS = _RNG.integers(0, 3, (20, 4))
EACH = {"inputs": _TOKENS.tolist(), "targets": np.roll(_TOKENS, 1, axis=1).tolist(), "test_fraction": 0.2}
LAST = {**EACH, "targets": _TOKENS[:, 0].tolist()}
WAVES = {**EACH, "inputs": _RNG.normal(size=(20, 8)).tolist()}


def _of_tokens(*layers: dict[str, Any], data: dict[str, Any] = EACH, **changes: Any) -> dict[str, Any]:
    """Tokens through an embedding and these layers to the chances of three classes."""
    embedding = {"type": "embedding", "tokens": 3, "units": 4}
    return {"data": data, "loss": "cross_entropy", "layers": [embedding, *layers, {"units": 3}], **changes}


SEQUENCES: dict[str, dict[str, Any]] = {
    "rnn": _of_tokens({"type": "rnn", "units": 3}),
    "rnn last": _of_tokens(
        {"type": "rnn", "units": 3, "activation": "relu", "bias": False, "return_sequence": False}, data=LAST
    ),
    "conv1d": _of_tokens({"type": "conv1d", "units": 3, "padding": "same", "activation": "tanh"}),
    "conv1d over stretches": _of_tokens(
        {"type": "conv1d", "units": 3, "kernel": 2, "stride": 2, "padding": 1, "dilation": 2, "bias": False},
        {"type": "mean_over_time"},
        data=LAST,
    ),
    "lstm": _of_tokens({"type": "lstm", "units": 2}),
    "lstm last": _of_tokens({"type": "lstm", "units": 2, "return_sequence": False}, data=LAST),
    "lstm truncated": _of_tokens({"type": "lstm", "units": 2, "k1": 1, "k2": 2}),
    "gru": _of_tokens({"type": "gru", "units": 2}),
    "gru frozen": _of_tokens({"type": "gru", "units": 2, "bias": False, "frozen": ["weight_hh"]}),
    "gru truncated": _of_tokens({"type": "gru", "units": 2, "k2": 2, "return_sequence": False}, data=LAST),
    "two lstm, one set of weights": _of_tokens(
        {"type": "lstm", "units": 4}, {"type": "lstm", "units": 4, "share": "lstm1"}
    ),
    "rnn of numbers": {
        **_of_tokens(data=WAVES),
        "layers": [{"type": "reshape", "shape": [4, 2]}, {"type": "rnn", "units": 3, "k2": 3}, {"units": 3}],
    },
    "attention": _of_tokens(
        {"type": "positional_encoding", "kind": "learned"},
        {"type": "attention", "heads": 2, "causal": True, "frozen": ["bias_k"]},  # its gradient is 0
        {"type": "add", "inputs": ["positional_encoding1", "attention1"]},
        {"type": "layer_norm"},
    ),
    "cross attention": _of_tokens(
        {"units": 6, "activation": "tanh"},
        {"type": "attention", "bias": False, "inputs": ["dense1", "embedding1"]},
        {"type": "rms_norm"},
    ),
    "additive attention": _of_tokens(
        {"type": "positional_encoding"},
        {"type": "additive_attention", "units": 3},
        {"type": "mean_over_time"},
        data=LAST,
    ),
    "additive cross attention": _of_tokens(
        {"type": "rnn", "units": 3},
        {"type": "additive_attention", "units": 2, "causal": True, "inputs": ["rnn1", "embedding1"]},
        {"type": "last_position"},
        data=LAST,
    ),
}

MOMENTUM = {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9}
UPDATE_EXAMPLES: dict[str, dict[str, Any]] = {
    "penalties": {"regularization": {"l1": 0.01, "l2": 0.02}},
    "penalty on all": {"regularization": {"l2": 0.02, "biases": True}, "optimizer": MOMENTUM},
    "clip value": {"clip": {"value": 0.003}},
    "clip norm": {"clip": {"norm": 0.02}, "regularization": {"l2": 0.1}},
    "clip parameter norm": {"clip": {"parameter_norm": 0.02}, "optimizer": {"type": "adam", "learning_rate": 0.01}},
    "step": {"schedule": {"type": "step", "step_size": 4}},
    "exponential": {"schedule": {"type": "exponential", "gamma": 0.99}, "optimizer": MOMENTUM},
    "cosine": {"schedule": {"type": "cosine", "iterations": 30}},
    "warm-up": {"schedule": {"type": "warmup_cosine", "iterations": 40, "warmup": 9}},
    "one cycle": {"schedule": {"type": "one_cycle", "iterations": 40}, "clip": {"norm": 0.05}},
    "cyclical": {"schedule": {"type": "cyclical", "maximum": 0.2, "step_size_up": 7, "mode": "triangular2"}},
    "plateau": {"schedule": {"type": "plateau", "patience": 0, "cooldown": 1, "threshold": 0.05}},
    "range test": {"schedule": {"type": "range_test", "end": 0.1, "iterations": 50}},
}


UPDATES = UPDATE_EXAMPLES | registered.of_kind(
    {name: kind for name, kind in schedules.SCHEDULES.items() if name != "constant"},  # which is none
    UPDATE_EXAMPLES,
    "schedule",
)
LAYERS = LAYER_EXAMPLES | registered.of_layers(layers.LAYERS, [LAYER_EXAMPLES, SEQUENCES])


def net(**changes: Any) -> dict[str, Any]:
    """A small classifier of the plane with uneven batches (140 rows by 12), changed as asked."""
    return {
        "seed": 3,
        "data": {"name": "circle", "samples": 200, "noise": 0.1, "test_fraction": 0.3},
        "batch_size": 12,
        "layers": [{"units": 4, "activation": "tanh"}, {"units": 3, "activation": "tanh"}, {"units": 1}],
        "loss": "mse",
        "optimizer": {"type": "sgd", "learning_rate": 0.05},
    } | changes


def run_of(store: Store | None = None, **changes: Any) -> Run:
    return Run(RunConfig.from_dict(net(**changes)), store)


def inline(inputs: Any, targets: Any) -> dict[str, Any]:
    """Data given as arrays."""
    return {"inputs": np.asarray(inputs).tolist(), "targets": np.asarray(targets).tolist()}
