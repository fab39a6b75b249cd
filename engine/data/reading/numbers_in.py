"""The numbers that rows go in as: numbers as they are, a category as one input per value, targets scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.data.reading.cells import number
from engine.data.reading.column_read import Read
from engine.data.reading.wishes import UnfitError, Wishes


def natural(name: str) -> tuple[int, float, str]:
    """Numbers in their order, then texts in theirs."""
    found = number(name, ".")
    return (0, found.value, name) if found else (1, 0.0, name)


def inputs_of(reads: dict[str, Read], names: list[str], kept: list[int]) -> tuple[dict[str, tuple[str, ...]], Any]:
    """What each column goes in as, and the rows."""
    names_in: dict[str, tuple[str, ...]] = {}
    parts = []
    for name in names:
        read = reads[name]
        names_in[name] = goes_in(read, [read.values[i] for i in kept])
        if read.kind == "number":
            parts.append(_filled(read, kept)[:, None])
            continue
        values = _different([read.values[i] for i in kept])
        parts.append(np.array([[float(read.values[i] == value) for value in values] for i in kept]))
    return names_in, np.concatenate(parts, axis=1).tolist()


def goes_in(read: Read, values: Sequence[Any]) -> tuple[str, ...]:
    return (read.name,) if read.kind == "number" else tuple(f"{read.name} = {value}" for value in _different(values))


def _different(values: Sequence[Any]) -> list[str]:
    return sorted({value for value in values if value is not None}, key=natural)


def _filled(read: Read, kept: list[int]) -> np.ndarray:
    """Numbers of the rows that go in; a gap that is still there gets the median of the others."""
    column = np.array([np.nan if read.values[i] is None else read.values[i] for i in kept], dtype=np.float64)
    if np.isnan(column).all():
        raise UnfitError(f"column {read.name!r} has no number to take a median of; leave it out", "column")
    return np.where(np.isnan(column), np.nanmedian(column), column)


def targets_of(aim: Read, kept: list[int], classes: tuple[str, ...], wishes: Wishes) -> tuple[Any, float, float]:
    """Class indices, or rows of one number, and what these were moved and scaled by."""
    if classes:
        place = {name: i for i, name in enumerate(classes)}
        return [place[aim.values[i]] for i in kept], 0.0, 1.0
    values = np.array([aim.values[i] for i in kept])
    if np.ptp(values) == 0:
        message = f"every row has the target {values[0]:g}: there is nothing to learn; choose another target"
        raise UnfitError(message, "target")
    mean, std = (float(values.mean()), float(values.std())) if wishes.scale_target else (0.0, 1.0)
    mean, std = (mean, std) if std > 0 and np.isfinite(std) else (mean if np.isfinite(mean) else 0.0, 1.0)
    return ((values - mean) / std)[:, None].tolist(), mean, std


def scale_of(mean: float, std: float) -> dict[str, list[float]]:
    """What a configuration says of targets that were moved and scaled; nothing of those that were not."""
    return {} if (mean, std) == (0.0, 1.0) else {"target_scale": [mean, std]}
