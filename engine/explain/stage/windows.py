"""Convolution from near: one window, one weight over all places, and what goes back to one pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.explain.derivation import Cell
from engine.explain.stage.place import Crumb, Place, Stage, StagePart, StageSum, addition, computed, curve, largest_of
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array, Index

Pair = tuple[int, int]
_PLACES = ("δ is 0", "the pixel is 0")
_WINDOW = ("the pixel is 0", "the weight is 0")
_PIXEL = ("δ is 0", "the weight is 0")


@dataclass(frozen=True, slots=True)
class Focus:
    """Of a convolution: its output's channel and place, its input's channel, and the weight's place in the kernel."""

    channel: int
    of_input: int
    ky: int
    kx: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Sliding:
    """How a kernel slides over an image."""

    stride: Pair
    padding: Pair
    dilation: Pair

    @classmethod
    def of(cls, params: Any) -> Sliding:
        """Of the step that runs it."""
        return cls(params["stride"], params["padding"], params.get("dilation", (1, 1)))

    def padded(self, image: Array) -> Array:
        """The image (C, H, W) with zeros around it."""
        return np.pad(image, ((0, 0), *((p, p) for p in self.padding)))

    def seen(self, padded: Array, tap: Pair, counts: Pair) -> Array:
        """The pixels under one tap of the kernel, one for each place of the output: (C, rows, columns)."""
        cut = tuple(
            slice(d * t, d * t + s * (n - 1) + 1, s)
            for d, t, s, n in zip(self.dilation, tap, self.stride, counts, strict=True)
        )
        return padded[:, *cut]

    def window(self, padded: Array, place: Pair, kernel: Pair) -> Array:
        """The pixels under the whole kernel at one place: (C, kernel rows, kernel columns)."""
        cut = tuple(
            slice(s * p, s * p + d * (k - 1) + 1, d)
            for s, p, d, k in zip(self.stride, place, self.dilation, kernel, strict=True)
        )
        return padded[:, *cut]


def convolution(place: Place) -> Stage:
    """Window · kernel = products; a weight's δ · x at every place; a pixel's δ · w of all windows that it lies in.

    Formula: z_kij = Σ_cab w_kcab x_c,i+a,j+b + b_k; ∂L/∂w_kcab = Σ_ij δ_kij x_c,i+a,j+b;
             ∂L/∂x_cuv = Σ_kab δ_k,u−a,v−b w_kcab
    """
    sliding = Sliding.of(place.steps("forward")[0].params)
    padded = sliding.padded(place.row(place.inputs[0]))
    focus, mode = _focus(place, sliding, padded)
    weight, z = place.parameter("weight"), place.own("z")
    kernel = (focus.channel, focus.of_input, None, None)
    crumbs, cell = _crumbs(place, focus, mode)
    return Stage(
        place.layer,
        "convolution",
        place.title,
        place.sample,
        {name: getattr(focus, name) for name in Focus.__slots__},
        cell,
        crumbs,
        (
            *place.part("input", place.inputs[0]),
            *place.part("kernel", weight, kernel),
            *place.part("kernel.grad", gradient_name(weight), kernel),
            *place.part("z", z),
            *place.part("a", place.output),
            *place.part("delta", gradient_name(z)),
            *place.part("input.grad", place.handed_back(place.inputs[0])),
            *place.part("bias", place.parameter("bias"), (focus.channel,)),
            *_window_parts(place, sliding, padded, focus),
            *_weight_parts(place, sliding, padded, focus),
            *_pixel_parts(place, sliding, focus),
            *curve(place, float(place.row(z)[focus.channel, focus.row, focus.column])),
        ),
        _sums(place, sliding, padded, focus),
        {
            f"{name}_{axis}": getattr(sliding, name)[i]
            for name in ("stride", "padding", "dilation")
            for i, axis in enumerate(("rows", "columns"))
        },
        says=_says(place, sliding, padded, focus, mode),
    )


def _delta(place: Place) -> Array | None:
    name = place.grad("z")
    return place.row(name) if place.has(name) else None


def _shares(place: Place, sliding: Sliding, padded: Array, channel: int) -> Array | None:
    """The sample's share of the gradient of every weight of a kernel: (C, kernel rows, kernel columns)."""
    delta = _delta(place)
    if delta is None:
        return None
    rows, columns = place.array(place.parameter("weight")).shape[2:]
    counts = (delta.shape[1], delta.shape[2])
    with np.errstate(all="ignore"):
        taps = [
            [(sliding.seen(padded, (a, b), counts) * delta[channel]).sum((1, 2)) for b in range(columns)]
            for a in range(rows)
        ]
    return np.moveaxis(np.array(taps), -1, 0)


def _focus(place: Place, sliding: Sliding, padded: Array) -> tuple[Focus, str]:
    """What is looked at, and by what it was chosen: a weight, a place of the output, a pixel; else the layer."""
    if (found := place.chosen("weight")) is not None and len(found) == 4:
        return _at_weight(place, sliding, padded, found), "weight"
    if (found := place.chosen("z", "a")) is not None and len(found) == 4:
        return _at_place(place, sliding, padded, found[1:]), "place"
    if (found := place.chosen("bias")) is not None:
        return _at_channel(place, sliding, padded, found[0]), "channel"
    if (found := place.chosen_input()) is not None and len(found) == 4:
        return _at_pixel(place, sliding, padded, found[1:]), "pixel"
    delta = _delta(place)
    sizes = np.abs(place.row(place.own("z")) if delta is None else delta).sum((1, 2))
    return _at_channel(place, sliding, padded, int(np.argmax(np.nan_to_num(sizes)))), "layer"


def _at_channel(place: Place, sliding: Sliding, padded: Array, channel: int) -> Focus:
    shares = _shares(place, sliding, padded, channel)
    telling = place.array(place.parameter("weight"))[channel] if shares is None else shares
    return _at_weight(place, sliding, padded, (channel, *largest_of(telling)))


def _at_weight(place: Place, sliding: Sliding, padded: Array, index: Index) -> Focus:
    """Of a weight the place that adds most to its gradient."""
    channel, of_input, ky, kx = index
    z = place.row(place.own("z"))
    delta = _delta(place)
    with np.errstate(all="ignore"):
        seen = sliding.seen(padded, (ky, kx), (z.shape[1], z.shape[2]))[of_input]
        row, column = largest_of(seen if delta is None else seen * delta[channel])
    return Focus(channel, of_input, ky, kx, row, column)


def _at_place(place: Place, sliding: Sliding, padded: Array, index: Index) -> Focus:
    """Of a place the weight with the largest product there."""
    channel, row, column = index
    weight = place.array(place.parameter("weight"))[channel]
    with np.errstate(all="ignore"):
        products = sliding.window(padded, (row, column), (weight.shape[1], weight.shape[2])) * weight
    of_input, ky, kx = largest_of(products)
    return Focus(channel, of_input, ky, kx, row, column)


def _at_pixel(place: Place, sliding: Sliding, padded: Array, index: Index) -> Focus:
    """Of a pixel the window, among all that it lies in, that sends most back to it."""
    of_input, *pixel = index
    weight, z = place.array(place.parameter("weight")), place.row(place.own("z"))
    found = [
        (channel, ky, kx, i, j)
        for channel in range(weight.shape[0])
        for (i, ky) in _windows(sliding, 0, pixel[0], weight.shape[2], z.shape[1])
        for (j, kx) in _windows(sliding, 1, pixel[1], weight.shape[3], z.shape[2])
    ]
    delta = _delta(place)
    scored = z if delta is None else delta
    sizes = [abs(float(scored[k, i, j] * weight[k, of_input, a, b])) for k, a, b, i, j in found]
    channel, ky, kx, row, column = found[int(np.argmax(np.nan_to_num(sizes)))] if found else (0, 0, 0, 0, 0)
    return Focus(channel, of_input, ky, kx, row, column)


def _windows(sliding: Sliding, axis: int, cell: int, kernel: int, count: int) -> list[Pair]:
    """``(window, tap)`` of every tap that lies on a pixel, along one axis."""
    stride, padding, dilation = (getattr(sliding, name)[axis] for name in ("stride", "padding", "dilation"))
    starts = ((tap, cell + padding - dilation * tap) for tap in range(kernel))
    return [(n // stride, tap) for tap, n in starts if n % stride == 0 and 0 <= n // stride < count]


def _crumbs(place: Place, focus: Focus, mode: str) -> tuple[tuple[Crumb, ...], Cell]:
    weight = place.parameter("weight")
    of_weight = Cell(
        gradient_name(weight) if place.has(gradient_name(weight)) else weight,
        (focus.channel, focus.of_input, focus.ky, focus.kx),
    )
    of_place = Cell(place.own("z"), (place.sample, focus.channel, focus.row, focus.column))
    layer = Crumb(place.title)
    several = place.array(weight).shape[1] > 1
    kernel = Crumb(f"kernel {focus.channel + 1}", Cell(place.parameter("bias"), (focus.channel,)))
    if not place.has(place.parameter("bias")):
        kernel = Crumb(kernel.text)
    if mode == "place":
        end = Crumb(f"row {focus.row + 1}, column {focus.column + 1}", of_place)
        return (layer, Crumb(f"channel {focus.channel + 1}", kernel.cell), end), of_place
    if mode == "pixel" and place.cell is not None:
        _, _, row, column = place.cell.index
        return (layer, Crumb(f"pixel at row {row + 1}, column {column + 1}", place.cell)), place.cell
    at = f"row {focus.ky + 1}, column {focus.kx + 1}"
    end = Crumb(f"channel {focus.of_input + 1}, {at}" if several else at, of_weight)
    return (layer, kernel, end), of_weight


def _window_parts(place: Place, sliding: Sliding, padded: Array, focus: Focus) -> tuple[StagePart, ...]:
    weight = place.array(place.parameter("weight"))[focus.channel]
    with np.errstate(all="ignore"):
        patch = sliding.window(padded, (focus.row, focus.column), (weight.shape[1], weight.shape[2]))
        products = patch * weight
    source = place.inputs[0]
    return (
        *computed("patch", patch[focus.of_input], source),
        *computed("products", products[focus.of_input], source),
        *computed("by_channel", products.sum((1, 2)), source, place.own("z")),
    )


def _weight_parts(place: Place, sliding: Sliding, padded: Array, focus: Focus) -> tuple[StagePart, ...]:
    delta = _delta(place)
    if delta is None:
        return ()
    counts = (delta.shape[1], delta.shape[2])
    with np.errstate(all="ignore"):
        map_ = sliding.seen(padded, (focus.ky, focus.kx), counts)[focus.of_input] * delta[focus.channel]
    name = place.grad("z")
    shares = _shares(place, sliding, padded, focus.channel)
    assert shares is not None
    return (
        *computed("map", map_, name),
        *computed("shares", shares[focus.of_input], name, place.grad("weight")),
    )


def _pixel(sliding: Sliding, focus: Focus) -> Pair:
    """The pixel under the weight, counted without the padding; it may lie in the padding."""
    taps, places = (focus.ky, focus.kx), (focus.row, focus.column)
    row, column = (
        s * at + d * tap - p
        for s, at, d, tap, p in zip(sliding.stride, places, sliding.dilation, taps, sliding.padding, strict=True)
    )
    return row, column


def _back(place: Place, sliding: Sliding, focus: Focus) -> tuple[Array, Array] | None:
    """δ and the weight of every tap that lies on the pixel, for all channels: (K, kernel rows, kernel columns).

    They lie as the windows do, so that the kernel appears turned by 180°; 0 where no window is.
    """
    delta, weight = _delta(place), place.array(place.parameter("weight"))
    if delta is None or sliding.stride != (1, 1) or sliding.dilation != (1, 1):
        return None
    pixel = _pixel(sliding, focus)
    rows, columns = weight.shape[2:]
    room = np.zeros((delta.shape[0], delta.shape[1] + 2 * rows, delta.shape[2] + 2 * columns), delta.dtype)
    room[:, rows : rows + delta.shape[1], columns : columns + delta.shape[2]] = delta
    top = pixel[0] + sliding.padding[0] - (rows - 1) + rows
    left = pixel[1] + sliding.padding[1] - (columns - 1) + columns
    return room[:, top : top + rows, left : left + columns], weight[:, focus.of_input, ::-1, ::-1]


def _pixel_parts(place: Place, sliding: Sliding, focus: Focus) -> tuple[StagePart, ...]:
    found = _back(place, sliding, focus)
    row, column = _pixel(sliding, focus)
    where = computed("pixel", np.array([row, column], float), place.inputs[0])
    if found is None:
        return where
    delta, turned = found
    name = place.grad("z")
    with np.errstate(all="ignore"):
        products = delta * turned
    return (
        *where,
        *computed("back.delta", delta[focus.channel], name),
        *computed("back.kernel", turned[focus.channel], name),
        *computed("back.products", products[focus.channel], name),
        *computed("back.by_channel", products.sum((1, 2)), name),
    )


def _sums(place: Place, sliding: Sliding, padded: Array, focus: Focus) -> tuple[StageSum, ...]:
    weight = place.array(place.parameter("weight"))[focus.channel]
    kernel = (weight.shape[1], weight.shape[2])
    patch = sliding.window(padded, (focus.row, focus.column), kernel)
    found = [addition("window", (patch, weight), _WINDOW, place.inputs[0], place.own("z"))]
    delta = _delta(place)
    if delta is not None:
        seen = sliding.seen(padded, (focus.ky, focus.kx), (delta.shape[1], delta.shape[2]))[focus.of_input]
        needs = (place.grad("z"), place.grad("weight"))
        found.append(addition("weight", (delta[focus.channel], seen), _PLACES, *needs))
    back = _back(place, sliding, focus)
    handed = place.handed_back(place.inputs[0])
    if back is not None and handed:
        found.append(addition("pixel", back, _PIXEL, handed))
    return tuple(found)


def _says(place: Place, sliding: Sliding, padded: Array, focus: Focus, mode: str) -> dict[str, str]:
    window, *rest = _sums(place, sliding, padded, focus)
    z = float(place.row(place.own("z"))[focus.channel, focus.row, focus.column])
    at = f"row {focus.row + 1}, column {focus.column + 1}"
    count = int(np.prod(place.array(place.parameter("weight")).shape[1:]))
    forward = (
        f"At {at} the window and kernel {focus.channel + 1} give {count} products, which add up to "
        f"{number(window.total)}{_with_bias(place, focus)}: z = {number(z)}."
    )
    if not rest:
        return {"forward": forward}
    share, *back = rest
    if mode == "pixel" and back:
        return {"forward": forward, "backward": _says_of_pixel(back[0])}
    nonzero, places = len(share.largest) + share.smaller, int(np.prod(place.row(place.own("z")).shape[1:]))
    acted = f"This weight acted at {places} places{_on_padding(place, sliding, focus)}"
    if not share.largest:
        return {"forward": forward, "backward": f"{acted}, and δ · x is 0 at each of them."}
    first = share.largest[0]
    return {
        "forward": forward,
        "backward": (
            f"{acted}: in this sample its gradient is the sum of δ · x over them, "
            f"{number(share.total)}. {nonzero} of them {'is' if nonzero == 1 else 'are'} not 0; row {first.at[0] + 1}, "
            f"column {first.at[1] + 1} adds most, {number(first.product)}."
        ),
    }


def _on_padding(place: Place, sliding: Sliding, focus: Focus) -> str:
    """At how many of its places a weight saw no pixel: there is no term in its gradient for those."""
    rows, columns = place.row(place.own("z")).shape[1:]
    inside = sliding.padded(np.ones_like(place.row(place.inputs[0])[:1]))
    count = int((sliding.seen(inside, (focus.ky, focus.kx), (rows, columns)) == 0).sum())
    return f", at {count} of them on the padding of zeros" if count else ""


def _says_of_pixel(back: StageSum) -> str:
    count = len(back.largest) + back.smaller
    if not count:
        return "Nothing comes back to this pixel: δ · w is 0 wherever a window of a kernel lay on it."
    return (
        f"This pixel gets δ · w from every window that lay on it, of every kernel: {count} of these products "
        f"{'is' if count == 1 else 'are'} not 0, and they add up to {number(back.total)}."
    )


def _with_bias(place: Place, focus: Focus) -> str:
    bias = place.parameter("bias")
    return f", and with the bias {number(float(place.array(bias)[focus.channel]))}" if place.has(bias) else ""
