"""Recurrent layers: one cell, moment after moment, each step of it a step of the program.

The inputs of all moments go through their weights at once, as one product of a whole sequence. The moments of that are
then taken one by one, and joined by what the state before gives. Nothing here knows of gradients: that every weight
gathers one from every moment, back through time, follows from its being used at every moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from string import Template
from typing import Any, ClassVar

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.foundation.value_name import Moment
from engine.model.activations import ActivationSpec
from engine.model.initializers import InitializerSpec
from engine.model.layers.base import (
    LETTERS,
    Layer,
    LayerKind,
    Letter,
    Letters,
    Picture,
    Scope,
    Shape,
    alike,
    check_sequence,
    check_shape,
)
from engine.model.layers.dense import bias_option, frozen_option, units_option
from engine.model.layers.truncated_backprop import pieces
from engine.ops import OPS
from engine.ops.sequence.positions import stack_time

PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
State = tuple[str, ...]


_SAYS: Mapping[str, str] = {
    "ih": "What the input contributes to the units of $where at time $t.",
    "hh": "What the previous state contributes to the units of $where at time $t.",
    "z": "Adds what input and state contribute to $where at time $t.",
    "h": "The state of $where at time $t.",
}
_LETTERS: Letters = {
    **LETTERS,
    "weight_ih": Letter("W^{ih}", "w^{ih}"),
    "weight_hh": Letter("W^{hh}", "w^{hh}"),
    **alike(bias_ih="b^{ih}", bias_hh="b^{hh}", ih="p^{ih}", hh="p^{hh}", h="h"),
}


def _gates(gates: str) -> dict[str, Letter]:
    """The gates, and what each is the activation of."""
    return alike(**{gate: gate for gate in gates}, **{f"z{gate}": f"z^{{{gate}}}" for gate in gates})


@dataclass(frozen=True, slots=True)
class Emitter:
    """Emits the values of one moment: `h` of moment 3 is ``h3``, of its repetition for the second piece ``h3r2``.

    says: what the steps do that make the values, by their keys; ``$t`` stands for the moment.
    """

    scope: Scope
    moment: Moment
    says: Mapping[str, str]

    def emit(self, op: str, inputs: tuple[str, ...], letter: str, **params: Any) -> str:
        """A step whose value is named after this moment."""
        return self.scope.emit(OPS[op], inputs, f"{letter}{self.moment}", self._said(letter), **params)

    def _said(self, letter: str) -> str:
        text = Template(self.says.get(letter, "")).safe_substitute(t=self.moment.number)
        return (
            f"{text} Computed again, because here its gradient stops at another time."
            if text and self.moment.piece
            else text
        )

    def parts(self, source: str, letters: str, prefix: str) -> list[str]:
        """Equal parts of the units of a value, one a gate."""
        units = self.scope.shape(source)[1] // len(letters)
        return [
            self.emit("slice_units", (source,), f"{prefix}{letter}", start=i * units, stop=(i + 1) * units)
            for i, letter in enumerate(letters)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrent(Layer):
    """What all recurrent layers have in common: everything but the cell.

    return_sequence: whether the states of all times are the output (N, T, H), or the last one alone (N, H).
    k1, k2:          truncated backpropagation; see `truncation`.
    """

    letters: ClassVar[Letters] = _LETTERS
    says: ClassVar[Mapping[str, str]] = _SAYS
    gates: ClassVar[int]
    carried: ClassVar[str] = "h"

    units: int
    initializer: InitializerSpec
    recurrent_initializer: InitializerSpec
    bias_initializer: InitializerSpec
    bias: bool = True
    return_sequence: bool = True
    k1: int | None = None
    k2: int | None = None
    weight_ih: tuple[tuple[float, ...], ...] | None = None
    weight_hh: tuple[tuple[float, ...], ...] | None = None
    bias_ih: tuple[float, ...] | None = None
    bias_hh: tuple[float, ...] | None = None
    frozen: tuple[str, ...] = ()
    h0: tuple[float, ...] | None = None

    def cell(self, now: Emitter, of_input: str, of_state: str, state: State) -> State:
        """The next state, of what the weights made of the input and of the state before."""
        raise NotImplementedError

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds the steps of all moments, and `a`: (N, T, H), or (N, H) if only the last state counts.

        Raises: ConfigError if it is not given sequences, or numbers that do not have a parameter's shape.
        """
        samples, length, features = check_sequence(scope, sources[0])
        known = self._parameters(scope, features)
        of_input, of_state = known[::2], known[1::2]
        kind = "" if self.bias else "_without_bias"
        projected = scope.emit(OPS[f"linear_sequence{kind}"], (sources[0], *of_input), "ih")
        inputs = [self._at(scope, t + 1).emit("at_time", (projected,), "ih", t=t) for t in range(length)]
        states = {0: tuple(self._start(scope, f"{key}0", samples) for key in self.carried)}
        for number, piece in enumerate(pieces(length, self.k1, self.k2, self.return_sequence), 1):
            state = _held(scope, self.carried, states[piece.first], piece.first)
            for t in range(piece.first + 1, piece.end + 1):
                now = self._at(scope, t, None if t > piece.start else number)
                hidden = now.emit(f"linear{kind}", (state[0], *of_state), "hh")
                state = self.cell(now, inputs[t - 1], hidden, state)
                if t > piece.start:
                    states[t] = state
        outputs = tuple(states[t][0] for t in range(1, length + 1))
        if self.return_sequence:
            return scope.emit(stack_time(length), outputs, "a")
        return scope.emit(OPS["identity"], outputs[-1:], "a")

    def _start(self, scope: Scope, key: str, samples: int) -> str:
        """The state before the first time, the same for every sample: given numbers, or zeros."""
        given = getattr(self, key)
        check_shape(scope, key, (self.units,), given, key)
        row = np.zeros(self.units) if given is None else np.array(given)
        return scope.constant(key, (samples, self.units), partial(np.tile, row, (samples, 1)))

    def _at(self, scope: Scope, number: int, piece: int | None = None) -> Emitter:
        return Emitter(scope, Moment(number, piece), self.says)

    def _parameters(self, scope: Scope, features: int) -> list[str]:
        """Those of the input and those of the state in turn."""
        rows = self.gates * self.units
        shapes: dict[str, Shape] = {"weight_ih": (rows, features), "weight_hh": (rows, self.units)}
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {}
        drawn = {"weight_ih": self.initializer, "weight_hh": self.recurrent_initializer}
        for key, shape in shapes.items():
            check_shape(scope, key, shape, getattr(self, key), key)
        return [
            scope.parameter(
                key,
                shape,
                drawn.get(key, self.bias_initializer),
                fans=(features if key.endswith("ih") else self.units, self.units),
                values=getattr(self, key),
                trainable=key not in self.frozen,
            )
            for key, shape in shapes.items()
        ]


def _held(scope: Scope, carried: str, state: State, moment: int) -> State:
    """The state that a piece starts from, which no gradient goes back to."""
    if not moment:
        return state  # constants have none anyway
    held = zip(carried, state, strict=True)
    return tuple(scope.emit(OPS["stop_gradient"], (value,), f"{key}{Moment(moment, held=True)}") for key, value in held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rnn(Recurrent):
    """An Elman network: the state is an affine map of input and state before, through an activation.

    Formula: h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), h_0 = 0 or given
    Args:    x (N, T, D); units H; weight_ih (H, D), weight_hh (H, H), bias_ih and bias_hh (H).
    Source:  Elman 1990, Finding structure in time; matches torch.nn.RNN(batch_first=True).
    """

    type: ClassVar[str] = "rnn"
    gates: ClassVar[int] = 1

    activation: ActivationSpec

    @property
    def output_activation(self) -> ActivationSpec:
        """The layer's activation."""
        return self.activation

    def cell(self, now: Emitter, of_input: str, of_state: str, state: State) -> State:
        """Adds `z` and `h` of a moment."""
        z = now.emit("add", (of_input, of_state), "z")
        return (now.emit(self.activation.op.name, (z,), "h", **self.activation.op_params),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lstm(Recurrent):
    """Long short-term memory: a cell c that gates write to, keep, and read from.

    Formula: i, f, o = σ(z), g = tanh(z), each of its own quarter of z = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh;
             c_t = f c_{t-1} + i g;  h_t = o tanh(c_t);  h_0 = c_0 = 0 or given
    Args:    x (N, T, D); units H; weight_ih (4H, D), weight_hh (4H, H), biases (4H), gates in the order i, f, g, o.
    Source:  Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate); matches torch.nn.LSTM(batch_first=True).
    """

    type: ClassVar[str] = "lstm"
    letters: ClassVar[Letters] = {
        **_LETTERS,
        **_gates("ifgo"),
        **alike(c="c", s=r"\hat c", new="c^{+}", kept=r"\check c"),
    }
    says: ClassVar[Mapping[str, str]] = {
        **_SAYS,
        "i": "The input gate at time $t: how much is written to each cell.",
        "f": "The forget gate at time $t: how much each cell keeps of its content.",
        "o": "The output gate at time $t: how much of each cell is shown.",
        "g": "What is to be written to the cells at time $t.",
        "new": "What is written to each cell at time $t: the input gate times the new content.",
        "kept": "What is kept at time $t: the forget gate times what the cells held.",
        "c": "The cells at time $t: what they keep and what is written.",
        "s": "The cells at time $t, brought between −1 and 1 to be shown.",
        "h": "The state of $where at time $t: what the output gate shows of the cells.",
    }
    gates: ClassVar[int] = 4
    carried: ClassVar[str] = "hc"

    c0: tuple[float, ...] | None = None

    def cell(self, now: Emitter, of_input: str, of_state: str, state: State) -> State:
        """Adds the gates, `c` and `h` of a moment."""
        z = now.emit("add", (of_input, of_state), "z")
        zi, zf, zg, zo = now.parts(z, "ifgo", "z")
        i, f, o = (now.emit("sigmoid", (gate,), letter) for gate, letter in ((zi, "i"), (zf, "f"), (zo, "o")))
        g = now.emit("tanh", (zg,), "g")
        new, kept = now.emit("multiply", (i, g), "new"), now.emit("multiply", (f, state[1]), "kept")
        c = now.emit("add", (kept, new), "c")
        return now.emit("multiply", (o, now.emit("tanh", (c,), "s")), "h"), c


@dataclass(frozen=True, slots=True, kw_only=True)
class Gru(Recurrent):
    """Gated recurrent unit: one gate chooses between the state before and a new one, another opens the way to it.

    Formula: r, z = σ(of x and h);  n = tanh(W_in x_t + b_in + r (W_hn h_{t-1} + b_hn));
             h_t = (1 - z) n + z h_{t-1} = n + z (h_{t-1} - n);  h_0 = 0 or given
    Args:    x (N, T, D); units H; weight_ih (3H, D), weight_hh (3H, H), biases (3H), in the order r, z, n.
    Source:  Cho et al. 2014; matches torch.nn.GRU(batch_first=True), whose r comes after the product with W_hn.
    """

    type: ClassVar[str] = "gru"
    letters: ClassVar[Letters] = {
        **_LETTERS,
        **_gates("rzn"),
        **alike(**{f"x{gate}": f"p^{{i{gate}}}" for gate in "rzn"}, **{f"u{gate}": f"p^{{h{gate}}}" for gate in "rzn"}),
        **alike(m="m", e="e", kept=r"\check c"),
    }
    says: ClassVar[Mapping[str, str]] = {
        **_SAYS,
        "r": "The reset gate at time $t: how much of the previous state the new one sees.",
        "z": "The update gate at time $t: how much of the previous state stays.",
        "m": "What the reset gate lets the new state see of the one before, at time $t.",
        "n": "The new state that is proposed at time $t, before the update gate mixes it with the one before.",
        "zr": "Adds what input and state give to the reset gate at time $t.",
        "zz": "Adds what input and state give to the update gate at time $t.",
        "zn": "Adds what input and reset state give to the new state at time $t.",
        "e": "How far the previous state is from the new one at time $t.",
        "kept": "What stays at time $t: the update gate times how far the previous state is from the new one.",
        "h": "The state of $where at time $t: the new one, and what stays of the one before.",
    }
    gates: ClassVar[int] = 3

    def cell(self, now: Emitter, of_input: str, of_state: str, state: State) -> State:
        """Adds the gates, the new state `n`, and `h` of a moment."""
        (xr, xz, xn), (hr, hz, hn) = now.parts(of_input, "rzn", "x"), now.parts(of_state, "rzn", "u")
        r = now.emit("sigmoid", (now.emit("add", (xr, hr), "zr"),), "r")
        z = now.emit("sigmoid", (now.emit("add", (xz, hz), "zz"),), "z")
        n = now.emit("tanh", (now.emit("add", (xn, now.emit("multiply", (r, hn), "m")), "zn"),), "n")
        kept = now.emit("multiply", (z, now.emit("subtract", (state[0], n), "e")), "kept")
        return (now.emit("add", (n, kept), "h"),)


# --- the registry's entries -------------------------------------------------------------------------------------------


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
