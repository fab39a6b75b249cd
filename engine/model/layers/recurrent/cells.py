"""The cells of recurrent layers: what one moment computes of the input and of the state before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.model.activations import ActivationSpec
from engine.model.layers.base import Letter, Letters, alike
from engine.model.layers.recurrent.base import SAYS, STATE_LETTERS, Emitter, Recurrent, State


def gate_letters(gates: str) -> dict[str, Letter]:
    """The gates, and what each is the activation of."""
    return alike(**{gate: gate for gate in gates}, **{f"z{gate}": f"z^{{{gate}}}" for gate in gates})


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
        **STATE_LETTERS,
        **gate_letters("ifgo"),
        **alike(c="c", s=r"\hat c", new="c^{+}", kept=r"\check c"),
    }
    says: ClassVar[Mapping[str, str]] = {
        **SAYS,
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
        **STATE_LETTERS,
        **gate_letters("rzn"),
        **alike(**{f"x{gate}": f"p^{{i{gate}}}" for gate in "rzn"}, **{f"u{gate}": f"p^{{h{gate}}}" for gate in "rzn"}),
        **alike(m="m", e="e", kept=r"\check c"),
    }
    says: ClassVar[Mapping[str, str]] = {
        **SAYS,
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
