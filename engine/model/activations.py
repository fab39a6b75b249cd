"""The registry of activations: what each is, its settings, range and slope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from string import Template
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.foundation.registry import parse_named, wire_form
from engine.ops import OPS
from engine.ops.core.op import Array, Op

NEARLY_FLAT = 0.05


@dataclass(frozen=True, slots=True)
class ActivationKind:
    """An entry of the catalog.

    derivative:       LaTeX of f'(z).
    minimum, maximum: the range of f, with the default settings.
    saturates:        whether f flattens out without being exactly flat, so that gradients fade.
    check:            raises ConfigError for settings that do not go together, given their path.
    """

    op: Op
    title: str
    description: str
    derivative: str
    minimum: float = -inf
    maximum: float = inf
    options: tuple[Option, ...] = ()
    saturates: bool = False
    check: Callable[[Mapping[str, Any], str], None] | None = None

    @property
    def is_flat(self) -> bool:
        """Whether its slope is 0 everywhere, so that no gradient ever passes."""
        return self.derivative == "0"

    @property
    def formula(self) -> str:
        """LaTeX of a = f(z), settings by their symbols."""
        symbols = {option.name: option.symbol for option in self.options}
        return Template(self.op.function.formula).substitute(symbols, out="a", z="z")


@dataclass(frozen=True, slots=True)
class ActivationSpec:
    """An activation with its settings, as a layer has it."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def op(self) -> Op:
        """The op that runs: GELU has two."""
        return OPS["gelu_tanh"] if self.params.get("approximate") == "tanh" else ACTIVATIONS[self.type].op

    @property
    def op_params(self) -> dict[str, Any]:
        """The settings that the op takes."""
        return {name: value for name, value in self.params.items() if name != "approximate"}

    def to_dict(self) -> str | dict[str, Any]:
        """The name, or an object with all settings if one is not the default."""
        return wire_form(self.type, self.params, ACTIVATIONS[self.type])


def parse_activation(given: Any, path: str = "activation") -> ActivationSpec:
    """``"tanh"`` or ``{"type": "leaky_relu", "negative_slope": 0.2}``.

    Raises: ConfigError for an unknown activation, field or value.
    """
    name, settings = parse_named(given, ACTIVATIONS, "activation", path)
    check = ACTIVATIONS[name].check
    if check is not None:
        check(settings, path)
    return ActivationSpec(name, settings)


def slope(spec: ActivationSpec, z: Array, a: Array) -> Array | None:
    """f'(z) for every cell; None for softmax and its log, whose outputs depend on all of a row."""
    if spec.type in ("softmax", "log_softmax"):
        return None
    with np.errstate(all="ignore"):
        return spec.op.vjp("z", np.ones_like(z), z, output=a, **spec.op_params)


def dead(spec: ActivationSpec, z: Array, a: Array) -> Array | None:
    """Where the slope is exactly 0, so that no gradient passes."""
    found = slope(spec, z, a)
    return None if found is None else found == 0


def saturated(spec: ActivationSpec, z: Array, a: Array) -> Array | None:
    """Where a curve that flattens out has |f'(z)| below 0.05. Straight pieces can be dead, not saturated."""
    found = slope(spec, z, a)
    if found is None:
        return None
    return np.abs(found) < NEARLY_FLAT if ACTIVATIONS[spec.type].saturates else np.zeros(z.shape, bool)


def _check_limits(settings: Mapping[str, Any], path: str) -> None:
    low, high = settings["min_val"], settings["max_val"]
    if low >= high:
        raise ConfigError(f"min_val is below max_val; given {low:g} and {high:g}", join(path, "min_val"))


_LAMBDA = Option("lambd", "number", 0.5, "How near to 0 is nothing.", title="lambda", minimum=0.0, symbol=r"\lambda")

ACTIVATIONS: dict[str, ActivationKind] = {
    "identity": ActivationKind(
        OPS["identity"],
        "identity",
        "Passes z on as it is. The usual output of a regression, and of losses that take logits.",
        "1",
    ),
    "sigmoid": ActivationKind(
        OPS["sigmoid"],
        "sigmoid",
        "Squeezes z into 0 to 1, so an output can be read as a probability. Its slope is at most 1/4, so "
        "gradients shrink in every such layer.",
        r"\sigma(z)\left(1 - \sigma(z)\right)",
        0.0,
        1.0,
        saturates=True,
    ),
    "tanh": ActivationKind(
        OPS["tanh"],
        "tanh",
        "Squeezes z into -1 to 1, with slope 1 at 0. Far from 0 it is flat and gradients fade.",
        r"1 - \tanh^{2}(z)",
        -1.0,
        1.0,
        saturates=True,
    ),
    "relu": ActivationKind(
        OPS["relu"],
        "ReLU",
        "Keeps what is positive and cuts the rest to 0. The gradient passes whole or not at all; a unit "
        "that is negative for all samples is dead.",
        r"\begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}",
        0.0,
    ),
    "leaky_relu": ActivationKind(
        OPS["leaky_relu"],
        "leaky ReLU",
        "ReLU with a small slope below 0, so that no unit dies.",
        r"\begin{cases} 1 & z > 0 \\ s & z \le 0 \end{cases}",
        options=(Option("negative_slope", "number", 0.01, "The slope below 0.", title="negative slope", symbol="s"),),
    ),
    "elu": ActivationKind(
        OPS["elu"],
        "ELU",
        "Straight above 0; below, an exponential that levels off at minus alpha, so that outputs average nearer to 0.",
        r"\begin{cases} 1 & z > 0 \\ \alpha\, e^{z} & z \le 0 \end{cases}",
        -1.0,
        options=(Option("alpha", "number", 1.0, "Where it levels off below 0.", minimum=0.0, symbol=r"\alpha"),),
        saturates=True,
    ),
    "selu": ActivationKind(
        OPS["selu"],
        "SELU",
        "ELU with the two constants for which, with lecun_normal weights, outputs keep mean 0 and variance 1 "
        "from layer to layer.",
        r"\lambda \begin{cases} 1 & z > 0 \\ \alpha\, e^{z} & z \le 0 \end{cases}",
        -1.7580993408473766,
        saturates=True,
    ),
    "gelu": ActivationKind(
        OPS["gelu"],
        "GELU",
        "z times the probability that a standard normal number is below z: a smooth ReLU, usual in transformers.",
        r"\Phi(z) + z\, \varphi(z)",
        -0.16997120747990369,
        options=(
            Option(
                "approximate",
                "choice",
                "none",
                "Whether to use the error function itself or the older formula with tanh.",
                choices=("none", "tanh"),
            ),
        ),
        saturates=True,
    ),
    "silu": ActivationKind(
        OPS["silu"],
        "SiLU",
        "z times its sigmoid, also called swish: a smooth ReLU that dips a little below 0.",
        r"\sigma(z)\left(1 + z\left(1 - \sigma(z)\right)\right)",
        -0.27846454276107374,
        saturates=True,
    ),
    "softplus": ActivationKind(
        OPS["softplus"],
        "softplus",
        "A smooth ReLU that is always positive; its slope is the sigmoid.",
        r"\sigma(\beta z)",
        0.0,
        options=(
            Option(
                "beta",
                "number",
                1.0,
                "How sharp the bend at 0 is.",
                minimum=0.0,
                exclusive_minimum=True,
                symbol=r"\beta",
            ),
            Option(
                "threshold",
                "number",
                20.0,
                "Past this value of beta z, where it makes no difference, z itself is taken.",
                symbol=r"\theta",
            ),
        ),
        saturates=True,
    ),
    "mish": ActivationKind(
        OPS["mish"],
        "Mish",
        "z times the tanh of its softplus: a smooth ReLU like SiLU, a little steeper above 0.",
        r"\tau + z\, \sigma(z)\left(1 - \tau^{2}\right), \quad \tau = \tanh \log\left(1 + e^{z}\right)",
        -0.30884341301725043,
        saturates=True,
    ),
    "step": ActivationKind(
        OPS["step"],
        "step",
        "1 from 0 on and 0 below: the hard limit of the perceptron. Its slope is 0 everywhere, so nothing before it "
        "learns.",
        "0",
        0.0,
        1.0,
    ),
    "hardtanh": ActivationKind(
        OPS["hardtanh"],
        "hardtanh",
        "z itself between two limits, and the limit beyond: tanh in straight pieces. Beyond, no gradient passes.",
        r"\mathbf{1}\left[z_{\min} < z < z_{\max}\right]",
        -1.0,
        1.0,
        options=(
            Option("min_val", "number", -1.0, "The lower limit.", title="lower limit", symbol=r"z_{\min}"),
            Option("max_val", "number", 1.0, "The upper limit.", title="upper limit", symbol=r"z_{\max}"),
        ),
        check=_check_limits,
    ),
    "relu6": ActivationKind(
        OPS["relu6"],
        "ReLU6",
        "ReLU that stays at 6, so that its output fits into few bits. Below 0 and above 6 no gradient passes.",
        r"\mathbf{1}\left[0 < z < 6\right]",
        0.0,
        6.0,
    ),
    "hardsigmoid": ActivationKind(
        OPS["hardsigmoid"],
        "hardsigmoid",
        "The sigmoid in straight pieces: 0 up to -3, 1 from 3 on, and a line between. On the flat pieces no gradient "
        "passes.",
        r"\tfrac{1}{6}\, \mathbf{1}\left[-3 < z < 3\right]",
        0.0,
        1.0,
    ),
    "hardswish": ActivationKind(
        OPS["hardswish"],
        "hardswish",
        "z times its hardsigmoid: SiLU without an exponential, as small devices compute it.",
        r"\begin{cases} 0 & z \le -3 \\ \tfrac{z}{3} + \tfrac{1}{2} & -3 < z < 3 \\ 1 & z \ge 3 \end{cases}",
        -0.375,
    ),
    "softsign": ActivationKind(
        OPS["softsign"],
        "softsign",
        "Squeezes z into -1 to 1 as tanh does, but approaches the ends far more slowly, so gradients fade later.",
        r"\frac{1}{\left(1 + |z|\right)^{2}}",
        -1.0,
        1.0,
        saturates=True,
    ),
    "logsigmoid": ActivationKind(
        OPS["logsigmoid"],
        "log-sigmoid",
        "The logarithm of the sigmoid, without the loss of digits of taking it later: minus the softplus of minus z.",
        r"\sigma(-z)",
        maximum=0.0,
        saturates=True,
    ),
    "tanhshrink": ActivationKind(
        OPS["tanhshrink"],
        "tanhshrink",
        "What tanh takes away from z: nearly nothing around 0, where the slope is nearly 0 too, and nearly z far out.",
        r"\tanh^{2}(z)",
    ),
    "softshrink": ActivationKind(
        OPS["softshrink"],
        "softshrink",
        "Moves z towards 0 by lambda, and what is nearer than that to 0: small numbers, such as noise, are silenced.",
        r"\mathbf{1}\left[|z| > \lambda\right]",
        options=(_LAMBDA,),
    ),
    "hardshrink": ActivationKind(
        OPS["hardshrink"],
        "hardshrink",
        "Sets what is nearer to 0 than lambda to 0, and passes the rest on as it is; at lambda it jumps.",
        r"\mathbf{1}\left[|z| > \lambda\right]",
        options=(_LAMBDA,),
    ),
    "softmax": ActivationKind(
        OPS["softmax"],
        "softmax",
        "Turns the outputs of a layer into probabilities that sum to 1, so each depends on all. The "
        "cross_entropy loss contains it already and takes the identity.",
        r"\frac{\partial a_j}{\partial z_k} = a_j \left(\delta_{jk} - a_k\right)",
        0.0,
        1.0,
    ),
    "log_softmax": ActivationKind(
        OPS["log_softmax"],
        "log-softmax",
        "The logarithms of the probabilities that softmax gives, without the loss of digits of taking them later: "
        "what the losses nll and kl_div compare.",
        r"\frac{\partial a_j}{\partial z_k} = \delta_{jk} - e^{a_k}",
        maximum=0.0,
    ),
}
