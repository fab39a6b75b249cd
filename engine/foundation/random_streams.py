"""Random draws as functions of seed, purpose and index.

No generator is ever carried along: the noise of the data, the split, the initial value of `dense1.weight`, the
order of epoch 7, the dropout of one layer in one iteration each have their own stream, so any of them can be made again
without the others.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

NoiseKind = Literal["uniform", "normal"]


def generator(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """The random stream for one purpose, for example ``generator(0, "shuffle", epoch)``.

    Args:    seed: of the run; purpose: a name (its CRC-32 enters the seed sequence); index: which draw of it.
    Returns: a PCG64 generator, the same on every call with the same arguments.
    Source:  numpy.random.SeedSequence, spawn keys.
    """
    key = (zlib.crc32(purpose.encode()), index)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


@dataclass(frozen=True, slots=True)
class Noise:
    """Random numbers that a layer asks for anew in every iteration: uniform in [0, 1), or standard normal."""

    name: str
    shape: tuple[int, ...]
    kind: NoiseKind

    def fill(self, out: np.ndarray[Any, np.dtype[Any]], seed: int, iteration: int) -> None:
        """Writes the numbers of an iteration into `out`, which lies row after row, in its number type."""
        rng = generator(seed, self.name, iteration)
        (rng.random if self.kind == "uniform" else rng.standard_normal)(dtype=out.dtype, out=out)
