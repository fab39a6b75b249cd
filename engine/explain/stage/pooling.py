"""Pooling from near: what each window gives on, and which cell its gradient goes back to."""

from __future__ import annotations

import numpy as np

from engine.explain.derivation import Cell
from engine.explain.stage.place import Crumb, Place, Stage, computed, largest_of
from engine.explain.stage.windows import Pair, Sliding
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array, Index


def pooling(place: Place) -> Stage:
    """The windows, what each gives on, and where its gradient goes: of a maximum to the largest cell alone."""
    step = place.steps("forward")[0]
    x, out = place.row(place.inputs[0]), place.row(place.output)
    is_max = step.op == "max_pool2d"
    whole = "kernel" not in step.params
    kernel: Pair = (x.shape[1], x.shape[2]) if whole else step.params["kernel"]
    sliding = Sliding(kernel, (0, 0), (1, 1)) if whole else Sliding.of(step.params)
    channel, row, column = _pooled(place, sliding, out.reshape(*out.shape, 1, 1) if whole else out, whole)
    winners = _winners(sliding, x, kernel, out.shape) if is_max else None
    handed = place.handed_back(place.inputs[0])
    at = (place.sample, channel) if whole else (place.sample, channel, row, column)
    cell = Cell(place.output, at)
    where = f"row {row + 1}, column {column + 1}"
    return Stage(
        place.layer,
        "pooling",
        place.title,
        place.sample,
        {"channel": channel, "row": row, "column": column},
        cell,
        (Crumb(place.title), Crumb(f"channel {channel + 1}"), *(() if whole else (Crumb(where, cell),))),
        (
            *place.part("input", place.inputs[0]),
            *place.part("a", place.output),
            *place.part("a.grad", gradient_name(place.output)),
            *place.part("input.grad", handed),
            *(computed("winners", winners, place.output) if winners is not None else ()),
        ),
        (),
        {
            "max": int(is_max),
            **{f"kernel_{axis}": kernel[i] for i, axis in enumerate(("rows", "columns"))},
            **{
                f"{name}_{axis}": getattr(sliding, name)[i]
                for name in ("stride", "padding")
                for i, axis in enumerate(("rows", "columns"))
            },
        },
        says=_pool_says(place, is_max, kernel, at, where),
    )


def _pooled(place: Place, sliding: Sliding, out: Array, whole: bool) -> tuple[int, int, int]:
    if (found := place.chosen("a")) is not None and len(found) == (2 if whole else 4):
        return (found[1], 0, 0) if whole else (found[1], found[2], found[3])
    if (found := place.chosen_input()) is not None and len(found) == 4:
        if whole:
            return found[1], 0, 0
        row, column = (
            min((found[2 + i] + sliding.padding[i]) // sliding.stride[i], out.shape[1 + i] - 1) for i in range(2)
        )
        return found[1], row, column
    grad = gradient_name(place.output)
    telling = place.row(grad) if place.has(grad) else place.row(place.output)
    best = largest_of(telling)
    return (best[0], 0, 0) if whole else (best[0], best[1], best[2])


def _winners(sliding: Sliding, x: Array, kernel: Pair, shape: tuple[int, ...]) -> Array:
    """Of each window the cell of the image with the largest number, the first of equal ones: row · width + column."""
    padded = np.pad(x, ((0, 0), *((p, p) for p in sliding.padding)), constant_values=-np.inf)
    found = np.zeros(shape)
    for channel, row, column in np.ndindex(shape):
        window = sliding.window(padded, (row, column), kernel)[channel]
        a, b = np.unravel_index(int(np.argmax(window)), kernel)
        r = sliding.stride[0] * row + int(a) - sliding.padding[0]
        c = sliding.stride[1] * column + int(b) - sliding.padding[1]
        found[channel, row, column] = r * x.shape[2] + c
    return found


def _pool_says(place: Place, is_max: bool, kernel: Pair, at: Index, where: str) -> dict[str, str]:
    value = number(float(place.array(place.output)[at]))
    rows, columns = kernel
    window = f"The window of {rows} × {columns} for {where}"
    forward = f"{window} gives on {'its largest cell' if is_max else 'its mean'}, {value}."
    grad = gradient_name(place.output)
    if not place.has(grad):
        return {"forward": forward}
    back = number(float(place.array(grad)[at]))
    goes = (
        f"Its gradient {back} goes to the cell that was the largest, ringed; the others get nothing from this window."
        if is_max
        else f"Its gradient {back} is shared out: each of the {rows * columns} cells gets 1/{rows * columns} of it."
    )
    return {"forward": forward, "backward": goes}
