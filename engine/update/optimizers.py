"""Optimizers: which memory (slots) a parameter has, and the equations that take its gradient to its update.

An optimizer is data: a list of equations over `p` (the parameter), `grad`, its slots and scalars. The compiler writes
them out as steps for every parameter; the fast path runs the same equations once over the flat vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join, written
from engine.foundation.registry import parse_named
from engine.foundation.symbols import lettered
from engine.update.adaptive_optimizers import ADAPTIVE
from engine.update.equations import (
    AHEAD,
    BETAS,
    BY_GRADIENT,
    BY_MOMENTUM,
    BY_SCALED_AVERAGE,
    BY_SCALED_GRADIENT,
    CORRECTION1,
    CORRECTION2,
    FIRST_MOMENT,
    L2,
    LOOKAHEAD,
    MAXIMIZE,
    MOMENTUM,
    MOMENTUM_SLOT,
    NEXT,
    RATE,
    SCALE,
    SECOND_MOMENT,
    SQUARE_AVERAGE,
    STEP,
    Equation,
    OptimizerKind,
    Rules,
    Settings,
    Slot,
    bias_correction,
    decay_option,
    decayed_step,
    eps_option,
    maximizing,
    rate_option,
    with_decay,
)
from engine.update.sign_optimizers import SIGNED

__all__ = ["OPTIMIZERS", "RATE", "STEP", "Equation", "OptimizerKind", "OptimizerSpec", "Rules", "parse_optimizer"]


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """An optimizer with its settings, as a run is configured with."""

    type: str
    settings: Mapping[str, Any]

    @property
    def rules(self) -> Rules:
        """Its slots and equations with these settings."""
        kind = OPTIMIZERS[self.type]
        rules = kind.rules(lettered(kind.options, self.settings))
        return maximizing(rules) if self.settings.get(MAXIMIZE.name) else rules

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, every setting named but those that are implied."""
        settings = written(OPTIMIZERS[self.type].options, self.settings)
        return {"type": self.type} | {k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()}


def parse_optimizer(given: Any, path: str = "optimizer") -> OptimizerSpec:
    """An `OptimizerSpec` from `"adam"` or `{"type": "adam", "learning_rate": 0.01}`, defaults filled in.

    Raises: ConfigError for an unknown type, an unknown setting, or a value out of its range.
    """
    named = {"type": given} if isinstance(given, str) else given
    named = {"type": "sgd", **named} if isinstance(named, Mapping) else named
    name, settings = parse_named(named, OPTIMIZERS, "optimizer", path)
    OPTIMIZERS[name].check(settings, path)
    return OptimizerSpec(name, MappingProxyType(settings))


SHARE = "optimizer.gradient_share"
_DAMPENING = Option(
    "dampening",
    "number",
    0.0,
    "What of the gradient does not go into the momentum, from the second iteration on.",
    minimum=0,
    maximum=1,
    symbol=r"\tau",
    implied=True,
)
_AMSGRAD = Option("amsgrad", "boolean", False, "Divide by the largest second moment seen so far, not the current one.")

# --- rules ---------------------------------------------------------------------------------------------------------


def _check_sgd(s: Settings, path: str) -> None:
    if s["nesterov"] and not s["momentum"]:
        raise ConfigError("nesterov needs a momentum above 0, for example 0.9", join(path, "nesterov"))
    if s["nesterov"] and s["dampening"]:
        raise ConfigError(
            f"nesterov goes without dampening; given {s['dampening']:g}, leave one out", join(path, "dampening")
        )
    if s["dampening"] and not s["momentum"]:
        raise ConfigError("dampening needs a momentum above 0, for example 0.9", join(path, "dampening"))


def _sgd(s: Settings) -> Rules:
    grad, equations = with_decay(s)
    mu = {"momentum": s["momentum"]}
    slots: tuple[Slot, ...] = ()
    scalars: tuple[Equation, ...] = ()
    if s["momentum"]:
        slots = (MOMENTUM_SLOT,)
        operands: tuple[str, ...] = ("momentum", grad)
        if s["dampening"]:
            scalars = (Equation(SHARE, "undamped", (STEP,), {"dampening": s["dampening"]}, r"\rho"),)
            operands += (SHARE,)
        equations += (Equation("momentum.next", "damped_momentum" if scalars else "momentum", operands, mu),)
        if s["nesterov"]:
            equations += (Equation("lookahead", "nesterov", (grad, "momentum.next"), mu, LOOKAHEAD),)
        grad = "lookahead" if s["nesterov"] else "momentum.next"
    says = {"lookahead": f"{AHEAD}.", "momentum.next": BY_MOMENTUM}.get(grad, BY_GRADIENT)
    return Rules(slots, scalars, (*equations, Equation("update", "descend", (RATE, grad), says=says), NEXT))


def _adagrad(s: Settings) -> Rules:
    grad, equations = with_decay(s)
    rate = RATE
    scalars: tuple[Equation, ...] = ()
    if s["lr_decay"]:
        rate = "optimizer.decayed_rate"
        scalars = (Equation(rate, "rate_decay", (STEP, RATE), {"lr_decay": s["lr_decay"]}, r"\eta_t"),)
    equations += (
        Equation("sum.next", "accumulate_square", ("sum", grad)),
        Equation("scale", "root", ("sum.next",), {"eps": s["eps"]}, SCALE),
        Equation("update", "adaptive_descend", (rate, grad, "scale"), says=BY_SCALED_GRADIENT),
        NEXT,
    )
    return Rules((Slot("sum", s["initial_accumulator_value"], "s_{$p}"),), scalars, equations)


def _rmsprop(s: Settings) -> Rules:
    grad, equations = with_decay(s)
    slots = [SQUARE_AVERAGE]
    eps, beta = {"eps": s["eps"]}, {"beta": s["alpha"]}
    equations += (Equation("square_avg.next", "average_square", ("square_avg", grad), beta),)
    if s["centered"]:
        slots += [Slot("grad_avg", latex=r"\bar m_{$p}")]
        equations += (
            Equation("grad_avg.next", "average", ("grad_avg", grad), beta),
            Equation("scale", "centered_root", ("square_avg.next", "grad_avg.next"), eps, SCALE),
        )
    else:
        equations += (Equation("scale", "root", ("square_avg.next",), eps, SCALE),)
    if s["momentum"]:
        slots += [MOMENTUM_SLOT]
        mu = {"momentum": s["momentum"]}
        equations += (
            Equation("momentum.next", "momentum_ratio", ("momentum", grad, "scale"), mu),
            Equation("update", "descend", (RATE, "momentum.next"), says=BY_MOMENTUM),
        )
    else:
        equations += (Equation("update", "adaptive_descend", (RATE, grad, "scale"), says=BY_SCALED_GRADIENT),)
    return Rules(tuple(slots), (), (*equations, NEXT))


def _moments(s: Settings, grad: str) -> tuple[tuple[Slot, ...], tuple[Equation, ...], tuple[Equation, ...]]:
    """Slots, scalars and equations that Adam and its kin share: both moments and their bias corrections."""
    beta1, beta2 = s["betas"]
    slots: tuple[Slot, ...] = (FIRST_MOMENT, SECOND_MOMENT)
    scalars = (bias_correction(1, beta1), bias_correction(2, beta2))
    equations: tuple[Equation, ...] = (
        Equation("exp_avg.next", "average", ("exp_avg", grad), {"beta": beta1}),
        Equation("exp_avg_sq.next", "average_square", ("exp_avg_sq", grad), {"beta": beta2}),
    )
    second = "exp_avg_sq.next"
    if s["amsgrad"]:
        slots += (Slot("max_exp_avg_sq", latex=r"v^{\max}_{$p}"),)
        equations += (Equation("max_exp_avg_sq.next", "maximum", ("max_exp_avg_sq", second)),)
        second = "max_exp_avg_sq.next"
    equations += (
        Equation("corrected", "correct", ("exp_avg.next", CORRECTION1), latex=r"\hat m_{$p}"),
        Equation("corrected_sq", "correct", (second, CORRECTION2), latex=r"\hat v_{$p}"),
        Equation("scale", "root", ("corrected_sq",), {"eps": s["eps"]}, SCALE),
    )
    return slots, scalars, equations


def _adam(s: Settings) -> Rules:
    grad, equations = with_decay(s)
    slots, scalars, moments = _moments(s, grad)
    step = Equation("update", "adaptive_descend", (RATE, "corrected", "scale"), says=BY_SCALED_AVERAGE)
    return Rules(slots, scalars, (*equations, *moments, step, NEXT))


def _adamw(s: Settings) -> Rules:
    slots, scalars, moments = _moments(s, "grad")
    if not s["weight_decay"]:
        return _adam(s)
    steps = decayed_step(s, "adaptive_descend", "corrected", "scale", says=BY_SCALED_AVERAGE)
    return Rules(slots, scalars, (*moments, *steps, NEXT))


OPTIMIZERS: dict[str, OptimizerKind] = {
    kind.name: kind
    for kind in (
        OptimizerKind(
            "sgd",
            "SGD",
            "Steps against the gradient of the batch; with momentum it keeps part of its last direction.",
            (
                rate_option(1e-3),
                MOMENTUM,
                Option("nesterov", "boolean", False, "Look ahead along the momentum before stepping."),
                decay_option(0.0, L2),
                _DAMPENING,
                MAXIMIZE,
            ),
            (r"m \leftarrow \mu m + g", r"w \leftarrow w - \eta m"),
            "Robbins and Monro 1951; Polyak 1964; Sutskever et al. 2013; matches torch.optim.SGD.",
            _sgd,
            _check_sgd,
        ),
        OptimizerKind(
            "adagrad",
            "AdaGrad",
            "Divides each parameter's step by the root of all its squared gradients so far, so steps only get smaller.",
            (
                rate_option(1e-2),
                Option(
                    "lr_decay",
                    "number",
                    0.0,
                    "Shrinks the learning rate as 1/(1 + (t - 1) decay).",
                    minimum=0,
                    symbol=r"\kappa",
                ),
                decay_option(0.0, L2),
                Option(
                    "initial_accumulator_value",
                    "number",
                    0.0,
                    "What the sum of squares starts at.",
                    minimum=0,
                    symbol="s_0",
                ),
                eps_option(1e-10),
                MAXIMIZE,
            ),
            (r"s \leftarrow s + g^2", r"w \leftarrow w - \eta\, \frac{g}{\sqrt{s} + \epsilon}"),
            "Duchi, Hazan and Singer 2011; matches torch.optim.Adagrad.",
            _adagrad,
        ),
        OptimizerKind(
            "rmsprop",
            "RMSprop",
            "Divides each step by a running root mean square of the gradient, which forgets the distant past.",
            (
                rate_option(1e-2),
                Option(
                    "alpha",
                    "number",
                    0.99,
                    "Decay of the running mean of squares.",
                    minimum=0,
                    maximum=1,
                    symbol=r"\alpha",
                ),
                eps_option(1e-8),
                decay_option(0.0, L2),
                MOMENTUM,
                Option(
                    "centered",
                    "boolean",
                    False,
                    "Divide by the standard deviation instead of the root mean square.",
                ),
                MAXIMIZE,
            ),
            (
                r"v \leftarrow \alpha v + (1 - \alpha) g^2",
                r"w \leftarrow w - \eta\, \frac{g}{\sqrt{v} + \epsilon}",
            ),
            "Hinton 2012, lecture 6e; matches torch.optim.RMSprop.",
            _rmsprop,
        ),
        OptimizerKind(
            "adam",
            "Adam",
            "Momentum and a running mean of squares together, both corrected for having started at zero.",
            (rate_option(1e-3), BETAS, eps_option(1e-8), decay_option(0.0, L2), _AMSGRAD, MAXIMIZE),
            (
                r"m \leftarrow \beta_1 m + (1 - \beta_1) g",
                r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2",
                r"\hat m = \frac{m}{1 - \beta_1^t},\quad \hat v = \frac{v}{1 - \beta_2^t}",
                r"w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
            ),
            "Kingma and Ba 2015; Reddi et al. 2018 for amsgrad; matches torch.optim.Adam.",
            _adam,
        ),
        OptimizerKind(
            "adamw",
            "AdamW",
            "Adam with the weight decay taken straight off the weights, outside the adaptive step.",
            (
                rate_option(1e-3),
                BETAS,
                eps_option(1e-8),
                decay_option(1e-2, "Shrinks each parameter by this times the rate."),
                _AMSGRAD,
                MAXIMIZE,
            ),
            (r"w \leftarrow w - \eta \lambda w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",),
            "Loshchilov and Hutter 2019; matches torch.optim.AdamW.",
            _adamw,
        ),
        *ADAPTIVE,
        *SIGNED,
    )
}
