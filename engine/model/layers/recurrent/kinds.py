"""Recurrent layers in the registry: their settings, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.model.layers.base import Layer, LayerKind, Picture
from engine.model.layers.dense import bias_option, frozen_option, units_option
from engine.model.layers.recurrent.cells import Gru, Lstm, Rnn

PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _check(settings: Mapping[str, Any], path: str) -> None:
    k1, k2 = settings["k1"], settings["k2"]
    if k1 is not None and k2 is None:
        raise ConfigError("k1 goes with k2, the moments that a gradient goes back; give both", join(path, "k1"))
    if k1 is not None and k1 > k2:
        raise ConfigError(f"k1 is at most k2, which is {k2}; given {k1}", join(path, "k1"))
    if k1 is not None and not settings["return_sequence"]:
        raise ConfigError("k1 is for outputs at every moment; with the last state alone k2 says all", join(path, "k1"))
    for name in ("bias_ih", "bias_hh"):
        if settings[name] is not None and not settings["bias"]:
            raise ConfigError(f"{name} is given but bias is false; leave one of them out", join(path, name))


def _given(name: str, kind: Any, text: str) -> Option:
    return Option(name, kind, None, f"Explicit {text} to start from, instead of an initializer.", nullable=True)


def _start_option(name: str, what: str) -> Option:
    text = f"The {what} before the first time (units), the same for every sample; without numbers, zeros."
    return Option(name, "vector", None, text, title=f"first {what}", nullable=True)


_OPTIONS = (
    units_option("How many numbers the state has."),
    Option(
        "return_sequence",
        "boolean",
        True,
        "Whether the states of all times are the output, or the last one alone.",
        title="return sequence",
    ),
    bias_option("Whether each gate adds two numbers of its own, one beside the input, one beside the state."),
    Option(
        "k2",
        "integer",
        None,
        "Truncated backpropagation: how many times back a gradient goes back; without a number, to the first.",
        minimum=1,
        nullable=True,
        symbol="k_2",
    ),
    Option(
        "k1",
        "integer",
        None,
        "Truncated backpropagation: after how many times the next piece begins, at most k2; without a number, k2.",
        minimum=1,
        nullable=True,
        symbol="k_1",
    ),
    frozen_option(*PARAMETERS),
    _given("weight_ih", "matrix", "weights of the input (gates * units, features)"),
    _given("weight_hh", "matrix", "weights of the state (gates * units, units)"),
    _given("bias_ih", "vector", "biases beside the input (gates * units)"),
    _given("bias_hh", "vector", "biases beside the state (gates * units)"),
    _start_option("h0", "state"),
)


def _kind(
    layer: type[Layer],
    title: str,
    description: str,
    formula: str,
    source: str,
    moments: tuple[str, ...],
    activation: str | None = None,
    more: tuple[Option, ...] = (),
) -> LayerKind:
    drawn = ("initializer", "recurrent_initializer", "bias_initializer")
    return LayerKind(
        layer,
        title,
        description,
        (*_OPTIONS, *more),
        formula,
        source,
        activation=activation,
        initializers=drawn,
        starts=dict.fromkeys(drawn, "torch_recurrent"),
        required={"units": 4},
        parameters=PARAMETERS,
        unrolled=True,
        picture=Picture(moments=moments),
        check=_check,
    )


RECURRENT_LAYERS = (
    _kind(
        Rnn,
        "RNN",
        "Reads a sequence one time after the other; its state is what it makes of the input and of the state before. "
        "The gradient goes back through the same weights at every time, and fades or grows on the way.",
        r"h_t = f\left(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}\right)",
        "Elman 1990, Finding structure in time; matches torch.nn.RNN.",
        ("z",),
        "tanh",
    ),
    _kind(
        Lstm,
        "LSTM",
        "Carries a cell along beside its state: gates say what is written to it, kept in it and read from it. Through "
        "an open forget gate the gradient goes back undiminished.",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)",
        "Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000; matches torch.nn.LSTM.",
        ("i", "f", "g", "o", "c"),
        more=(_start_option("c0", "cell"),),
    ),
    _kind(
        Gru,
        "GRU",
        "Mixes the state before with a new one, as a gate says: what is kept passes unchanged, and so does its "
        "gradient.",
        r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
        "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder; matches torch.nn.GRU.",
        ("r", "z", "n"),
    ),
)
