"""How parameters start: PyTorch's torch.nn.init, with its names, definitions and defaults."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.foundation.options import Option
from engine.foundation.registry import parse_named, wire_form

Array = np.ndarray[Any, np.dtype[np.float64]]
Shape = tuple[int, ...]
Draw = Callable[..., Array]


@dataclass(frozen=True, slots=True)
class InitializerKind:
    """An entry of the catalog. ``draw(rng, shape, fan_in, fan_out, **params)`` makes the numbers."""

    draw: Draw
    title: str
    description: str
    formula: str
    source: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class InitializerSpec:
    """An initializer with its settings."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_dict(self) -> str | dict[str, Any]:
        """The name, or an object with all settings if one is not the default."""
        return wire_form(self.type, self.params, INITIALIZERS[self.type])


def parse_initializer(given: Any, path: str = "initializer") -> InitializerSpec:
    """``"xavier_uniform"`` or ``{"type": "normal", "std": 0.1}``.

    Raises: ConfigError for an unknown initializer, field or value.
    """
    return InitializerSpec(*parse_named(given, INITIALIZERS, "initializer", path))


def draw(spec: InitializerSpec, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
    """The initial numbers of one parameter.

    Args:    spec; rng: its own stream; shape; fan_in, fan_out: of its layer, also for a bias.
    Returns: float64 array.
    """
    return INITIALIZERS[spec.type].draw(rng, shape, fan_in, fan_out, **spec.params)


def calculate_gain(nonlinearity: str, a: float) -> float:
    """The factor that makes up for how much an activation shrinks a signal: sqrt(2) for relu, which cuts half off.

    Source: He et al. 2015, section 2.2; matches torch.nn.init.calculate_gain.
    """
    fixed = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, "leaky_relu": math.sqrt(2 / (1 + a * a))}
    return fixed.get(nonlinearity, 1.0)


# --- draws -------------------------------------------------------------------------------------------


def _constant(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, val: float = 0.0) -> Array:
    return np.full(shape, val)


def _ones(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
    return np.ones(shape)


def _normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, mean: float, std: float) -> Array:
    return rng.normal(mean, std, shape)


def _uniform(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, a: float, b: float) -> Array:
    return rng.uniform(a, b, shape)


def _xavier_uniform(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, gain: float) -> Array:
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


def _xavier_normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, gain: float) -> Array:
    return rng.normal(0, gain * math.sqrt(2 / (fan_in + fan_out)), shape)


def _kaiming_std(fan_in: int, fan_out: int, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def _kaiming_uniform(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, **settings: Any) -> Array:
    bound = math.sqrt(3) * _kaiming_std(fan_in, fan_out, **settings)
    return rng.uniform(-bound, bound, shape)


def _kaiming_normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, **settings: Any) -> Array:
    return rng.normal(0, _kaiming_std(fan_in, fan_out, **settings), shape)


def _lecun_normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
    return rng.normal(0, math.sqrt(1 / fan_in), shape)


def _torch_default(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
    bound = 1 / math.sqrt(fan_in)
    return rng.uniform(-bound, bound, shape)


def _torch_recurrent(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
    bound = 1 / math.sqrt(fan_out)
    return rng.uniform(-bound, bound, shape)


def _orthogonal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int, gain: float) -> Array:
    """Q of a normal matrix's QR decomposition; the signs of R make it uniformly distributed."""
    rows = shape[0]
    columns = math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    return gain * (q if rows >= columns else q.T).reshape(shape)


# --- registry ----------------------------------------------------------------------------------------

_GAIN = Option("gain", "number", 1.0, "A factor for all numbers.", symbol="g")
_KAIMING = (
    Option("a", "number", 0.0, "The negative slope of the leaky ReLU that follows.", symbol="a"),
    Option(
        "mode",
        "choice",
        "fan_in",
        "Whether to keep the variance of the forward pass (fan_in) or of the backward pass (fan_out).",
        choices=("fan_in", "fan_out"),
    ),
    Option(
        "nonlinearity",
        "choice",
        "leaky_relu",
        "The activation whose gain is made up for.",
        choices=("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
    ),
)
_XAVIER = "Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
_HE = "He et al. 2015, Delving deep into rectifiers"

INITIALIZERS: dict[str, InitializerKind] = {
    "zeros": InitializerKind(
        _constant,
        "zeros",
        "All 0. Right for biases; as weights, all units of a layer stay equal for ever.",
        "w = 0",
        "Goodfellow et al. 2016, section 8.4; matches torch.nn.init.zeros_.",
    ),
    "ones": InitializerKind(
        _ones,
        "ones",
        "All 1. As weights, all units of a layer stay equal for ever.",
        "w = 1",
        "matches torch.nn.init.ones_.",
    ),
    "constant": InitializerKind(
        _constant,
        "constant",
        "All the same number.",
        "w = c",
        "matches torch.nn.init.constant_.",
        (Option("val", "number", 0.0, "The number.", symbol="c"),),
    ),
    "normal": InitializerKind(
        _normal,
        "normal",
        "Normal numbers of a fixed spread, whatever the size of the layer.",
        r"w \sim \mathcal{N}(\mu, \sigma^{2})",
        "matches torch.nn.init.normal_.",
        (
            Option("mean", "number", 0.0, "Their mean.", symbol=r"\mu"),
            Option(
                "std",
                "number",
                1.0,
                "Their standard deviation.",
                title="standard deviation",
                minimum=0.0,
                symbol=r"\sigma",
            ),
        ),
    ),
    "uniform": InitializerKind(
        _uniform,
        "uniform",
        "Uniform numbers between two bounds, whatever the size of the layer.",
        r"w \sim \mathcal{U}(a, b)",
        "matches torch.nn.init.uniform_.",
        (
            Option("a", "number", 0.0, "The lower bound.", symbol="a"),
            Option("b", "number", 1.0, "The upper bound.", symbol="b"),
        ),
    ),
    "xavier_uniform": InitializerKind(
        _xavier_uniform,
        "Xavier uniform",
        "Bounds that keep the variance of signals and of gradients about the same through tanh layers.",
        r"w \sim \mathcal{U}(-b, b), \quad b = g \sqrt{\tfrac{6}{\text{fan in} + \text{fan out}}}",
        f"{_XAVIER}; matches torch.nn.init.xavier_uniform_.",
        (_GAIN,),
    ),
    "xavier_normal": InitializerKind(
        _xavier_normal,
        "Xavier normal",
        "The normal numbers with the same variance as Xavier uniform.",
        r"w \sim \mathcal{N}(0, \sigma^{2}), \quad"
        r" \sigma = g \sqrt{\tfrac{2}{\text{fan in} + \text{fan out}}}",
        f"{_XAVIER}; matches torch.nn.init.xavier_normal_.",
        (_GAIN,),
    ),
    "kaiming_uniform": InitializerKind(
        _kaiming_uniform,
        "Kaiming uniform",
        "Bounds that keep the variance through ReLU layers, which cut off half of the signal.",
        r"w \sim \mathcal{U}(-b, b), \quad b = g \sqrt{\tfrac{3}{\text{fan}}},"
        r" \quad g = \sqrt{\tfrac{2}{1 + a^{2}}}",
        f"{_HE}; matches torch.nn.init.kaiming_uniform_.",
        _KAIMING,
    ),
    "kaiming_normal": InitializerKind(
        _kaiming_normal,
        "Kaiming normal",
        "The normal numbers with the same variance as Kaiming uniform.",
        r"w \sim \mathcal{N}(0, \sigma^{2}), \quad \sigma = \tfrac{g}{\sqrt{\text{fan}}},"
        r" \quad g = \sqrt{\tfrac{2}{1 + a^{2}}}",
        f"{_HE}; matches torch.nn.init.kaiming_normal_.",
        _KAIMING,
    ),
    "lecun_normal": InitializerKind(
        _lecun_normal,
        "LeCun normal",
        "Normal numbers that keep the variance through straight layers; SELU expects them.",
        r"w \sim \mathcal{N}(0, \sigma^{2}), \quad \sigma = \sqrt{\tfrac{1}{\text{fan in}}}",
        'LeCun et al. 1998, Efficient BackProp; matches kaiming_normal_ with nonlinearity="linear".',
    ),
    "orthogonal": InitializerKind(
        _orthogonal,
        "orthogonal",
        "Rows (or columns) at right angles and of length 1: the layer turns a signal without stretching it.",
        r"W W^{\top} = g^{2} I \ \text{ or } \ W^{\top} W = g^{2} I",
        "Saxe, McClelland and Ganguli 2014, Exact solutions; matches torch.nn.init.orthogonal_.",
        (_GAIN,),
    ),
    "torch_default": InitializerKind(
        _torch_default,
        "PyTorch default",
        "What torch.nn.Linear does for weights and biases: Kaiming uniform with a = sqrt(5), a third of the "
        "variance that would keep a signal.",
        r"w \sim \mathcal{U}(-b, b), \quad b = \tfrac{1}{\sqrt{\text{fan in}}}",
        "matches torch.nn.Linear.reset_parameters.",
    ),
    "torch_recurrent": InitializerKind(
        _torch_recurrent,
        "PyTorch recurrent",
        "What torch.nn.RNN, LSTM and GRU do for all weights and biases: bounds by the number of units alone.",
        r"w \sim \mathcal{U}(-b, b), \quad b = \tfrac{1}{\sqrt{\text{fan out}}}",
        "matches torch.nn.RNN.reset_parameters.",
    ),
}
