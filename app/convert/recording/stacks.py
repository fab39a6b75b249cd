"""Values of many iterations, stacked by name and written as small as they can be.

What is trained on, traced and derived is kept to the bit. Pictures are not: the maps inside the units have 256 shades,
and the model's output over the plane is rounded to more than three digits, which is what a reading shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from app.wire.forms import OPTIONAL, Array

SHADES = 255
KEPT_BITS = 12  # of the 23 of a single-precision number: more than three decimal digits
Coding = Literal["f8", "f4", "shades", "rounded", "same", "trace"]


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the numbers of one name lie in a recording.

    shape:     of all iterations; of: the name that has the very same numbers.
    low, high: of shades, the ends.
    """

    shape: tuple[int, ...]
    coding: Coding
    at: int = 0
    bytes: int = 0
    of: str = field(default="", metadata=OPTIONAL)
    low: float = field(default=0.0, metadata=OPTIONAL)
    high: float = field(default=0.0, metadata=OPTIONAL)


class Packer:
    """Collects numbers into one buffer; every stack says where its own are."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def buffer(self) -> bytes:
        """All numbers so far."""
        return b"".join(self._parts)

    def plain(self, values: Mapping[str, Array]) -> dict[str, Stack]:
        """Values to the bit; one that equals another only names it."""
        found: dict[str, Stack] = {}
        seen: dict[Any, str] = {}
        for name, array in values.items():
            kept = _kept(array)
            of = seen.setdefault(_print(kept), name)
            coding: Coding = "f4" if kept.dtype == np.float32 else "f8"
            found[name] = self._put(kept.shape, coding, _planes(kept)) if of == name else _same(kept.shape, of)
        return found

    def maps(self, values: Mapping[str, Array], exact: str) -> dict[str, Stack]:
        """Pictures: the one of this name rounded, the others in shades."""
        known = values.get(exact)
        found = {} if known is None else {exact: self._rounded(known)}
        for name, array in values.items():
            if name != exact:
                again = known is not None and equal(array, known)
                found[name] = _same(array.shape, exact) if again else self._shades(array)
        return found

    def _shades(self, array: Array) -> Stack:
        finite = array[np.isfinite(array)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        scaled = np.nan_to_num((array - low) / ((high - low) or 1), posinf=1, neginf=0)
        shades = np.clip(np.round(scaled * SHADES), 0, SHADES).astype(np.uint8)
        return self._put(array.shape, "shades", _changes(shades).tobytes(), low, high)

    def _rounded(self, array: Array) -> Stack:
        drop = 23 - KEPT_BITS
        bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
        kept = np.where(np.isfinite(array), bits + np.uint32(1 << (drop - 1)), bits) >> drop << drop
        return self._put(array.shape, "rounded", _planes(_changes(kept)))

    def _put(self, shape: tuple[int, ...], coding: Coding, data: bytes, low: float = 0.0, high: float = 0.0) -> Stack:
        at = self._size
        padded = data + bytes(-len(data) % 8)  # so that what follows can be read in place
        self._parts.append(padded)
        self._size += len(padded)
        return Stack(shape, coding, at, len(data), "", low, high)


def _same(shape: tuple[int, ...], of: str) -> Stack:
    return Stack(shape, "same", 0, 0, of)


def _planes(array: Array) -> bytes:
    """First the first byte of every number, then the second of every one: like beside like packs better."""
    return array.reshape(-1).view(np.uint8).reshape(-1, array.dtype.itemsize).T.tobytes()


def _changes(numbers: Array) -> Array:
    """From each iteration to the next, which packs better than the numbers themselves."""
    changes = numbers.copy()
    changes[1:] -= numbers[:-1]
    return changes


def equal(one: Array, other: Array) -> bool:
    """Whether two arrays are the same to the bit."""
    return _print(_kept(one)) == _print(_kept(other))


def from_trace(array: Array) -> Stack:
    """What an animation shows of a value that the trace has in the very same numbers."""
    return Stack(array.shape, "trace")


def _kept(array: Array) -> Array:
    """Whole numbers and truths as the browser has them."""
    return np.ascontiguousarray(array, np.float32 if array.dtype == np.float32 else np.float64)


def _print(array: Array) -> tuple[tuple[int, ...], str, bytes]:
    return array.shape, array.dtype.str, array.tobytes()
