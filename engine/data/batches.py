"""Which rows of the training set make up the batch of an iteration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.foundation.random_streams import generator
from engine.ops.core.op import Array


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of a run, any of them at once: a function of the seed and the iteration.

    A full batch keeps the rows in their order: shuffling it would change nothing but the last bits.
    """

    rows: int
    size: int
    shuffle: bool
    seed: int

    @property
    def per_epoch(self) -> int:
        """Batches, hence iterations, in one pass over the rows."""
        return -(-self.rows // self.size)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The batch sizes that occur: one, or two if the last batch of an epoch is smaller."""
        rest = self.rows % self.size
        return (self.size, rest) if rest else (self.size,)

    def size_at(self, iteration: int) -> int:
        """How many rows the batch of an iteration has."""
        last = iteration % self.per_epoch == self.per_epoch - 1
        return self.sizes[-1] if last else self.size

    def indices(self, iteration: int) -> Array:
        """The rows of one iteration's batch."""
        return self.between(iteration, iteration + 1)[0]

    def between(self, start: int, end: int) -> list[Array]:
        """The rows of the batches of the iterations from `start` to `end`, epoch by epoch."""
        found: list[Array] = []
        while start < end:
            epoch, first = divmod(start, self.per_epoch)
            last = min(self.per_epoch, first + end - start)
            rows = self.order(epoch)[first * self.size : last * self.size]
            whole = len(rows) // self.size * self.size
            found += [*rows[:whole].reshape(-1, self.size), *([rows[whole:]] if whole < len(rows) else [])]
            start += last - first
        return found

    def order(self, epoch: int) -> Array:
        """All rows, in the order in which an epoch takes them."""
        return _order(self.seed, epoch if self._shuffled else -1, self.rows)

    @property
    def _shuffled(self) -> bool:
        return self.shuffle and self.size < self.rows


@lru_cache(maxsize=64)
def _order(seed: int, epoch: int, rows: int) -> Array:
    order = np.arange(rows) if epoch < 0 else generator(seed, "shuffle", epoch).permutation(rows)
    order = order.astype(np.int64)
    order.flags.writeable = False
    return order
