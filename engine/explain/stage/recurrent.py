"""A recurrent layer from near: a cell for each time, its gates, and what is left of the gradient at each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.explain.derivation import Cell
from engine.explain.stage.moment import state_lines
from engine.explain.stage.place import Crumb, Place, Stage, StagePart, computed, largest_of, named_position, tokens_of
from engine.foundation.numbers import number
from engine.foundation.value_name import Moment, ValueName, gradient_name
from engine.model.layers import LAYERS
from engine.ops.core.op import Array, Index

_IN_PIECES = "The sequence goes back in pieces, each on a way of its own: there is no one ∂L/∂h of each time to draw."
_WEIGHTS = {"weight_hh": "hh", "weight_ih": "ih"}


def recurrent(place: Place) -> Stage:
    """States and gates (T, H), the norm of ∂L/∂h of each time, and a weight's gradient as one share a time.

    Formula: ∂L/∂w_jk of a sample = Σ_t δ_tj h_(t−1)k, of `weight_ih` Σ_t δ_tj x_tk
    """
    times = _times(place)
    shares = _Shares.of(place, times)
    time, unit = _focus(place, times, shares)
    source = place.inputs[0]
    state = _name(place, "h", time + 1)
    is_weight = place.chosen(*_WEIGHTS) is not None
    said = f"time {named_position(place, source, time)}"
    end = Crumb(_weight(place, shares), shares.cell(place))
    units = Crumb(f"unit {unit + 1}", Cell(state, (place.sample, unit)))
    return Stage(
        place.layer,
        "recurrent",
        place.title,
        place.sample,
        {"time": time, "unit": unit, "row": shares.row, "column": shares.column, "of_state": int(shares.of_state)},
        shares.cell(place) if is_weight else units.cell,
        (Crumb(place.title), Crumb(said, Cell(state, (place.sample, 0))), end if is_weight else units),
        (
            *_stacked(place, "h", times),
            *_stacked(place, "h", times, gradient=True),
            *(part for key in _gates(place) for part in _stacked(place, key, times)),
            *_sizes(place, times),
            *shares.parts(place),
        ),
        (),
        {"times": times},
        {
            "tokens": tokens_of(place, source),
            "gates": _gates(place),
            "made": state_lines(place, time + 1, (place.sample, unit), _gates(place)),
        },
        _says(place, times, shares),
    )


def _gates(place: Place) -> tuple[str, ...]:
    kind = place.run.config.layers[place.run.names.index(place.layer)].type
    return LAYERS[kind].picture.moments


def _weight(place: Place, shares: _Shares) -> str:
    """A weight by what it leads from and to: W_hn 3,8 from the eighth unit of h to the third of n."""
    units = place.array(_name(place, "h", 1)).shape[1]
    gates = _gates(place)
    to = gates[shares.row // units] if len(gates) > 1 else "h"
    return f"W_{'h' if shares.of_state else 'i'}{to} {shares.row % units + 1},{shares.column + 1}"


def _name(place: Place, key: str, time: int) -> str:
    return str(ValueName(place.layer, key, Moment(time)))


def _times(place: Place) -> int:
    """How many times there are."""
    return int(place.array(place.inputs[0]).shape[1])


def _rows(place: Place, key: str, times: int, gradient: bool = False) -> Array | None:
    """A value's rows of all times, None if one is missing: truncation computes some of them again in pieces."""
    names = [_name(place, key, t + 1) for t in range(times)]
    names = [gradient_name(name) for name in names] if gradient else names
    return np.stack([place.row(name) for name in names]) if all(map(place.has, names)) else None


def _stacked(place: Place, key: str, times: int, gradient: bool = False) -> tuple[StagePart, ...]:
    found = _rows(place, key, times, gradient)
    return () if found is None else computed(gradient_name(key) if gradient else key, found)


def _sizes(place: Place, times: int) -> tuple[StagePart, ...]:
    """|∂L/∂h_t| of every time, and what each time keeps of that of the time after; 1 at the last."""
    found = _rows(place, "h", times, gradient=True)
    if found is None:
        return ()
    with np.errstate(all="ignore"):
        sizes = np.sqrt(np.square(found).sum(1))
        kept = np.append(sizes[:-1] / sizes[1:], 1.0)
    return (*computed("sizes", sizes), *computed("kept", kept))


@dataclass(frozen=True, slots=True)
class _Shares:
    """One weight's gradient, time by time: δ of its unit times what it acted on."""

    key: str
    row: int
    column: int
    delta: Array | None
    before: Array | None

    @classmethod
    def of(cls, place: Place, times: int) -> _Shares:
        """Of the selected weight; else of that with the largest gradient in this sample."""
        chosen = place.chosen(*_WEIGHTS)
        key = place.traced.program.name(place.cell.value).key if chosen and place.cell else "weight_hh"
        delta, before = _rows(place, _WEIGHTS[key], times, gradient=True), _acted_on(place, key, times)
        if chosen is None or len(chosen) != 2:
            chosen = _largest(place, key, delta, before)
        row, column = chosen
        return cls(
            key,
            row,
            column,
            None if delta is None else delta[:, row],
            None if before is None else before[:, column],
        )

    @property
    def of_state(self) -> bool:
        """Whether the weight acts on the state, not on the input."""
        return self.key == "weight_hh"

    @property
    def products(self) -> Array | None:
        """The share of each time."""
        if self.delta is None or self.before is None:
            return None
        with np.errstate(all="ignore"):
            return np.asarray(self.delta * self.before)

    def cell(self, place: Place) -> Cell:
        """The weight's gradient; the weight itself where it has none."""
        grad = place.grad(self.key)
        return Cell(grad if place.has(grad) else place.parameter(self.key), (self.row, self.column))

    def parts(self, place: Place) -> tuple[StagePart, ...]:
        """The shares, their factors, and their sum."""
        products = self.products
        if products is None or self.delta is None or self.before is None:
            return ()
        needs = place.grad(self.key)
        return (
            *computed("shares", products),
            *computed("shares.delta", self.delta),
            *computed("shares.before", self.before),
            *computed("shares.sum", float(products.sum()), needs),
            *place.part("shares.batch", needs, (self.row, self.column)),
        )


def _acted_on(place: Place, key: str, times: int) -> Array | None:
    """What the weights act on at each time: the state before, or the input."""
    if key == "weight_ih":
        return place.row(place.inputs[0])
    names = [_name(place, "h", t) for t in range(times)]
    return np.stack([place.row(name) for name in names]) if all(map(place.has, names)) else None


def _largest(place: Place, key: str, delta: Array | None, before: Array | None) -> Index:
    if delta is None or before is None:
        return largest_of(place.array(place.parameter(key)))
    with np.errstate(all="ignore"):
        return largest_of(delta.T @ before)


def _focus(place: Place, times: int, shares: _Shares) -> tuple[int, int]:
    """Time and unit: of the selected cell, of the largest share of the selected weight, else of the last time."""
    units = place.array(_name(place, "h", times)).shape[1]
    found = place.cell
    if found is not None and found.index:
        name = place.traced.program.name(found.value)
        if name.layer == place.layer and name.moment and name.moment.number and len(found.index) == 2:
            return min(name.moment.number, times) - 1, found.index[1] % units
        if name.layer == place.layer and name.key == "a":
            return (found.index[1] if len(found.index) == 3 else times - 1), found.index[-1] % units
    products = shares.products
    if products is None:
        return times - 1, shares.row % units
    return largest_of(products)[0], shares.row % units


def _says(place: Place, times: int, shares: _Shares) -> dict[str, str]:
    """How much of the gradient is there at the first time beside the last, and when the weight has its largest say."""
    found = _rows(place, "h", times, gradient=True)
    forward = f"The same weights act at each of the {times} times; the state is handed on from left to right."
    if found is None:
        return {"forward": forward} | ({"backward": _IN_PIECES} if place.steps("backward") else {})
    with np.errstate(all="ignore"):
        first, last = (float(np.sqrt(np.square(found[t]).sum())) for t in (0, -1))
    if not np.isfinite((first, last)).all() or not last:
        return {"forward": forward}
    text = (
        f"|∂L/∂h| is {number(last)} at time {times} and {number(first)} at time 1: {number(first / last)} times that."
    )
    return {"forward": forward, "backward": f"{text} {_largest_share(shares)}".rstrip()}


def _largest_share(shares: _Shares) -> str:
    products = shares.products
    if products is None or not np.isfinite(products).all() or not products.any():
        return ""
    at = largest_of(products)[0]
    return (
        f"The weight's gradient in this sample is the sum of {len(products)} shares, {number(float(products.sum()))}; "
        f"time {at + 1} adds most, {number(float(products[at]))}."
    )
