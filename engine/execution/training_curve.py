"""The losses that a stretch of training passes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.ops.core.op import Array


@dataclass(frozen=True, slots=True)
class Course:
    """What the fast path notes of each iteration: the batch loss, the learning rate, whether clipping acted.

    large: whether a number was so large that a product with another may overflow, or was not finite.
    """

    loss: Array
    rate: Array
    clipped: Array
    large: Array

    @property
    def nbytes(self) -> int:
        """What keeping it takes."""
        return self.loss.nbytes + self.rate.nbytes + self.clipped.nbytes + self.large.nbytes


def joined(parts: Sequence[Course]) -> Course:
    """Courses one after the other."""
    return Course(
        np.concatenate([part.loss for part in parts]),
        np.concatenate([part.rate for part in parts]),
        np.concatenate([part.clipped for part in parts]),
        np.concatenate([part.large for part in parts]),
    )


def part(course: Course, start: int, stop: int) -> Course:
    """A piece of a course."""
    piece = slice(start, stop)
    return Course(course.loss[piece], course.rate[piece], course.clipped[piece], course.large[piece])
