"""Which rows are trained on and which are kept aside."""

from __future__ import annotations

import numpy as np

from engine.data.dataset_kind import Integers


def split(
    n: int, fraction: float, rng: np.random.Generator, labels: Integers | None = None
) -> tuple[Integers, Integers]:
    """Training and test row numbers: disjoint, complete, each in ascending order.

    Formula: n_test = floor(n * fraction + 1/2), at most n - 1
    Args:    n: rows; fraction: share for the test; rng: the seed's stream for "split";
             labels (n,): with them every class gives the same share, to within one row.
    Returns: two arrays of row numbers; the second is empty where the share comes to no row.
    """
    count = min(int(n * fraction + 0.5), n - 1)
    test = stratified_choice(np.zeros(n, dtype=np.int64) if labels is None else labels, count, rng)
    kept = np.ones(n, dtype=bool)
    kept[test] = False
    return np.flatnonzero(kept), test


def stratified_choice(labels: Integers, count: int, rng: np.random.Generator) -> Integers:
    """`count` of the rows in ascending order, drawn so that the classes keep their proportions."""
    classes, sizes = np.unique(labels, return_counts=True)
    quotas = shares(sizes, count)
    chosen = [
        rng.permutation(np.flatnonzero(labels == label))[:quota] for label, quota in zip(classes, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def shares(sizes: Integers, count: int) -> Integers:
    """`count` divided in proportion to `sizes`.

    Formula: floor(count * size / sum(sizes)); the rest goes to the largest remainders, of equals the first
    Source:  the Hamilton method of apportionment
    """
    total = int(sizes.sum())
    exact = sizes * count
    quotas = exact // total
    rest = int(count - quotas.sum())
    quotas[np.argsort(-(exact % total), kind="stable")[:rest]] += 1
    return quotas
