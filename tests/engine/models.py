"""Configurations that several tests train."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import Run, RunConfig, Store

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"type": "sgd", "learning_rate": 0.05},
    "sgd weight decay": {"type": "sgd", "learning_rate": 0.05, "weight_decay": 0.01},
    "sgd momentum": {"type": "sgd", "learning_rate": 0.02, "momentum": 0.9},
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

LOG_LAYERS = [{"units": 3, "activation": "tanh"}, {"units": 2, "activation": "log_softmax"}]
LOSSES: dict[str, dict[str, Any]] = {
    "mse": {},
    "mae": {"loss": "mae"},
    "huber": {"loss": {"type": "huber", "delta": 0.3}},
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
