"""PyTorch's losses, optimizers, schedules and initializers, as those of a configuration."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.pasted.literals import Arguments, dotted, last_name
from engine.pasted.notes import RefusedError

LOSSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "MSELoss": ("mse", ()),
    "L1Loss": ("mae", ()),
    "HuberLoss": ("huber", ("delta",)),
    "SmoothL1Loss": ("smooth_l1", ("beta",)),
    "PoissonNLLLoss": ("poisson_nll", ()),
    "BCELoss": ("bce", ()),
    "BCEWithLogitsLoss": ("bce_with_logits", ("pos_weight",)),
    "CrossEntropyLoss": ("cross_entropy", ("label_smoothing",)),
    "NLLLoss": ("nll", ()),
    "KLDivLoss": ("kl_div", ()),
    "MultiMarginLoss": ("multi_margin", ("p", "margin")),
}
LOSS_FUNCTIONS = {
    "mse_loss": "MSELoss",
    "l1_loss": "L1Loss",
    "huber_loss": "HuberLoss",
    "smooth_l1_loss": "SmoothL1Loss",
    "poisson_nll_loss": "PoissonNLLLoss",
    "binary_cross_entropy": "BCELoss",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "cross_entropy": "CrossEntropyLoss",
    "nll_loss": "NLLLoss",
}
_OWN = {
    "SGD": ("momentum", "dampening", "weight_decay", "nesterov", "maximize"),
    "Adam": ("betas", "eps", "weight_decay", "amsgrad", "maximize"),
    "AdamW": ("betas", "eps", "weight_decay", "amsgrad", "maximize"),
    "Adagrad": ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"),
    "RMSprop": ("alpha", "eps", "weight_decay", "momentum", "centered"),
    "Adadelta": ("rho", "eps", "weight_decay"),
    "Adamax": ("betas", "eps", "weight_decay"),
    "NAdam": ("betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay"),
    "Rprop": ("etas", "step_sizes"),
}
OPTIMIZERS: dict[str, tuple[str, ...]] = {name: ("params", "lr", *own) for name, own in _OWN.items()}
"""Each with its arguments in their order; all but the parameters and `lr` are called the same here."""
SCHEDULES: dict[str, tuple[str, dict[str, str]]] = {
    "StepLR": ("step", {"step_size": "step_size", "gamma": "gamma"}),
    "MultiStepLR": ("multi_step", {"milestones": "milestones", "gamma": "gamma"}),
    "ExponentialLR": ("exponential", {"gamma": "gamma"}),
    "CosineAnnealingLR": ("cosine", {"T_max": "iterations", "eta_min": "minimum"}),
    "LinearLR": (
        "linear",
        {"start_factor": "start_factor", "end_factor": "end_factor", "total_iters": "total_iters"},
    ),
}
INITIALIZERS: dict[str, tuple[str, dict[str, str]]] = {
    "zeros_": ("zeros", {}),
    "ones_": ("ones", {}),
    "constant_": ("constant", {"val": "val"}),
    "normal_": ("normal", {"mean": "mean", "std": "std"}),
    "uniform_": ("uniform", {"a": "a", "b": "b"}),
    "xavier_uniform_": ("xavier_uniform", {"gain": "gain"}),
    "xavier_normal_": ("xavier_normal", {"gain": "gain"}),
    "kaiming_uniform_": ("kaiming_uniform", {"a": "a", "mode": "mode", "nonlinearity": "nonlinearity"}),
    "kaiming_normal_": ("kaiming_normal", {"a": "a", "mode": "mode", "nonlinearity": "nonlinearity"}),
    "orthogonal_": ("orthogonal", {"gain": "gain"}),
}
REDUCTIONS = ("mean", "sum")


def loss_of(name: str, given: Arguments) -> Any:
    """The loss of a configuration."""
    ours, options = LOSSES[name]
    given.only("reduction", *options)
    reduction = given.number("reduction", "mean")
    if reduction not in REDUCTIONS:
        raise RefusedError(
            given.given["reduction"], f"the reduction {reduction!r} is none of a training loss", "'mean'"
        )
    own = {key: given.number(key) for key in options if key in given.given}
    own |= {} if reduction == "mean" else {"reduction": reduction}
    return {"type": ours, **own} if own else ours


def optimizer_of(name: str, given: Arguments) -> dict[str, Any]:
    """The optimizer of a configuration."""
    given.only(*OPTIMIZERS[name])
    own = {key: given.number(key) for key in given.given if key in _OWN[name]}
    rate = {"learning_rate": given.number("lr")} if "lr" in given.given else {}
    return {"type": name.lower(), **rate, **own}


def named_by(table: tuple[str, dict[str, str]], given: Arguments) -> dict[str, Any]:
    """A schedule or an initializer: its type, and its settings under our names."""
    ours, options = table
    return {"type": ours} | {options[key]: given.number(key) for key in given.given if key in options}


MANUAL = ("mean", "sum")
_SIZES = {"abs": "L1Loss", "square": "MSELoss", "pow": "MSELoss"}


def written_loss(call: ast.Call) -> tuple[str, str] | None:
    """The module that computes what a script writes out, as `((out - y) ** 2).mean()`, and its reduction."""
    reduction, inner = _applied(call)
    if reduction not in MANUAL or inner is None:
        return None
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
        return ("MSELoss", reduction) if _is_difference(inner.left) and _is_two([inner.right]) else None
    size, given = _applied(inner)
    if size not in _SIZES or given is None or not _is_difference(given):
        return None
    exponent = inner.args[-1:] if isinstance(inner, ast.Call) and size == "pow" else None
    return (_SIZES[size], reduction) if exponent is None or _is_two(exponent) else None


def _applied(node: ast.expr) -> tuple[str, ast.expr | None]:
    """A function's name and what it is applied to: of `torch.mean(x)` and `x.mean()` alike."""
    if not isinstance(node, ast.Call):
        return "", None
    if isinstance(node.func, ast.Attribute) and dotted(node.func.value) != "torch":
        return node.func.attr, node.func.value
    return last_name(node.func), node.args[0] if node.args else None


def _is_difference(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _is_two(nodes: list[ast.expr]) -> bool:
    return [getattr(node, "value", None) for node in nodes] == [2]


CHANGED, BY_ITSELF = "what is done to the loss here is not read", "the loss by itself; weight_decay"
LOSS_VALUE = "a number of the loss"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a name stands for that was computed from the loss and more."""

    value: ast.expr


def of_losses(names: Mapping[str, Any], value: ast.expr) -> bool:
    """Whether an expression computes with the loss itself, and not only with its number, as `total + loss.item()`."""
    if isinstance(value, ast.BinOp):
        return of_losses(names, value.left) or of_losses(names, value.right)
    if isinstance(value, ast.Call):
        return last_name(value.func) in LOSS_FUNCTIONS or names.get(dotted(value.func)) == "loss"
    found = names.get(value.id) if isinstance(value, ast.Name) else None
    return found == LOSS_VALUE or isinstance(found, Changed)
