"""What recurrent layers have in common: one cell, moment after moment, each step of it a step of the program.

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

from engine.foundation.value_name import Moment
from engine.model.initializers import InitializerSpec
from engine.model.layers.base import LETTERS, Layer, Letter, Letters, Scope, Shape, alike, check_sequence, check_shape
from engine.model.layers.recurrent.truncated_backprop import pieces
from engine.ops import OPS
from engine.ops.sequence.positions import stack_time

State = tuple[str, ...]

SAYS: Mapping[str, str] = {
    "ih": "What the input contributes to the units of $where at time $t.",
    "hh": "What the previous state contributes to the units of $where at time $t.",
    "z": "Adds what input and state contribute to $where at time $t.",
    "h": "The state of $where at time $t.",
}
STATE_LETTERS: Letters = {
    **LETTERS,
    "weight_ih": Letter("W^{ih}", "w^{ih}"),
    "weight_hh": Letter("W^{hh}", "w^{hh}"),
    **alike(bias_ih="b^{ih}", bias_hh="b^{hh}", ih="p^{ih}", hh="p^{hh}", h="h"),
}


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

    letters: ClassVar[Letters] = STATE_LETTERS
    says: ClassVar[Mapping[str, str]] = SAYS
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
