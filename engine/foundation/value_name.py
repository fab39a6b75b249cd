"""The names of layers and values, read and written in one place: ``lstm1.h3r2``, ``dense1.weight.grad.2``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

Kind = Literal["", "grad", "feedback"]
_WITH_MOMENT = re.compile(r"([a-z]+)(0|[1-9][0-9]*)(?:(d)|r([1-9][0-9]*))?")
_COUNTED = re.compile(r"(.*[^0-9])([1-9][0-9]*)")
_NUMBER = re.compile(r"[1-9][0-9]*")
_OF_ALL = ("update",)  # what the update makes of every parameter, also of one that belongs to no layer


@dataclass(frozen=True, slots=True)
class Moment:
    """The place of a value in a sequence: `h3` is the state after moment 3, `h0` the one before all.

    piece: of truncated backpropagation, if the value is computed once more for it: ``h3r2``.
    held:  whether the value is held still, so that no gradient goes back from here: ``h3d``.
    """

    number: int
    piece: int | None = None
    held: bool = False

    def __str__(self) -> str:
        return f"{self.number}" + ("d" if self.held else f"r{self.piece}" if self.piece else "")


@dataclass(frozen=True, slots=True)
class ValueName:
    """The parsed name of a value.

    layer:    the layer, or the section of the update (`optimizer`, `schedule`, `clip`); empty for a value without one,
              such as `x`, `loss` or a value of an expression.
    key:      what the value is called there: `z`, `weight`, and with a moment `h`.
    moment:   its place in a sequence, if it has one.
    derived:  what the update makes of a parameter: a slot (`exp_avg`), `update`, `clipped_grad`.
    gradient: `grad` for ∂L/∂value, `feedback` for what a variant of backpropagation puts in its place.
    part:     the number of one contribution to a gradient, where several add up.
    next:     whether it is what the value becomes in this iteration.
    """

    layer: str
    key: str
    moment: Moment | None = None
    derived: str = ""
    gradient: Kind = ""
    part: int | None = None
    next: bool = False

    @classmethod
    def parse(cls, text: str, alone: Collection[str] = ()) -> ValueName:
        """The parsed form of a name; `str` gives the same name back.

        Args: alone: parameters that belong to no layer, as the inputs of an expression: ``a.exp_avg`` is a slot of `a`.
        """
        return _parsed(text, frozenset(alone))

    def __str__(self) -> str:
        own = self.key + ("" if self.moment is None else str(self.moment))
        after = (self.derived, self.gradient, "" if self.part is None else str(self.part), "next" * self.next)
        return ".".join((*([self.layer] if self.layer else []), own, *(end for end in after if end)))

    @property
    def subject(self) -> ValueName:
        """What it is about: of a weight's gradient, slot or update the weight."""
        return ValueName(self.layer, self.key, self.moment)

    @property
    def whole(self) -> ValueName:
        """The gradient that this is a contribution to; any other value is itself."""
        return replace(self, part=None)

    @property
    def of_gradient(self) -> ValueName | None:
        """The value whose gradient, or a contribution to it, this is; None if it is no true gradient."""
        return replace(self, gradient="", part=None) if self.gradient == "grad" else None

    @property
    def now(self) -> ValueName:
        """What it is before this iteration changes it."""
        return replace(self, next=False)


@dataclass(frozen=True, slots=True)
class LayerName:
    """The parsed name of a layer: its type, and which of that type it is."""

    type: str
    number: int | None = None

    @classmethod
    def parse(cls, text: str) -> LayerName:
        """The parsed form of a name; `str` gives the same name back. A step of an expression has its value's name."""
        found = _COUNTED.fullmatch(text)
        return cls(found[1], int(found[2])) if found else cls(text)

    def __str__(self) -> str:
        return self.type + ("" if self.number is None else str(self.number))

    @property
    def title(self) -> str:
        """`batch_norm2` as it is said: batch norm 2."""
        return " ".join((self.type.replace("_", " "), *([] if self.number is None else [str(self.number)])))


def gradient_name(value: str) -> str:
    """The name of ∂L/∂value."""
    return f"{value}.grad"


def update_name(parameter: str) -> str:
    """The name of what is added to a parameter."""
    return f"{parameter}.update"


def next_name(value: str) -> str:
    """The name of what a parameter, a slot or a memory becomes in this iteration."""
    return f"{value}.next"


def member_name(owner: str, key: str) -> str:
    """The name of a layer's value, or of what the update makes of a parameter."""
    return f"{owner}.{key}"


def is_data(value: str) -> bool:
    """Whether it is the whole of a data set, which each batch is taken from."""
    return ValueName.parse(value).layer == "data"


@lru_cache(maxsize=2**12)  # the same names come again in every iteration
def _parsed(text: str, alone: frozenset[str]) -> ValueName:
    parts = text.split(".")
    rest, then = _without_end(parts if all(parts) else [text], "next")
    rest, gradient, part = _without_gradient(rest)
    layer, key, derived = _placed(rest, alone)
    found = _WITH_MOMENT.fullmatch(key) if layer and not derived else None
    key, moment = (found[1], _moment(found)) if found else (key, None)
    return ValueName(layer, key, moment, derived, gradient, part, then)


def _without_end(parts: list[str], end: str) -> tuple[list[str], bool]:
    found = len(parts) > 1 and parts[-1] == end
    return (parts[:-1] if found else parts), found


def _without_gradient(parts: list[str]) -> tuple[list[str], Kind, int | None]:
    """The name before `grad` or `feedback`, and the contribution's number behind it."""
    numbered = len(parts) > 2 and _NUMBER.fullmatch(parts[-1])
    rest, part = (parts[:-1], int(parts[-1])) if numbered else (parts, None)
    for kind in _KINDS:
        shorter, found = _without_end(rest, kind)
        if found:
            return shorter, kind, part
    return parts, "", None


_KINDS: tuple[Kind, ...] = ("grad", "feedback")


def _placed(parts: list[str], alone: Collection[str]) -> tuple[str, str, str]:
    """Layer, key, and what is derived of them."""
    first, *rest = parts
    by_itself = not rest or first in alone or (len(rest) == 1 and rest[0] in _OF_ALL)
    return ("", first, ".".join(rest)) if by_itself else (first, rest[0], ".".join(rest[1:]))


def _moment(found: re.Match[str]) -> Moment:
    return Moment(int(found[2]), int(found[4]) if found[4] else None, found[3] == "d")
