"""Sizes that code says of what its layers take: which samples they imply, and where they contradict each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.model.layers import parse_layer
from engine.model.network import shapes_of
from engine.pasted.notes import RefusedError
from engine.pasted.wiring import INPUT, Said, Tensor, Wiring

LARGEST = 256  # side of an image that is looked for
LONGEST = 64  # sequence that is looked for: a recurrent layer is as many layers as it has positions
ALIKE = 4  # shapes with one and the same misfit say that it does not depend on the shape
SIDES = (28, 32, 8, 16, 64, 224)  # of images that are tried first, since many sizes give the same numbers
RECURRENT = ("rnn", "lstm", "gru")
POSITIONS = 5  # of a sequence of which the code says no length
NUMBERS = 2  # of a sample of which the code says nothing

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A shape that the samples of a network may have.

    ahead: layers in front of the network, which give rows this shape; words: what it is, empty where the code says it.
    """

    numbers: int
    ahead: tuple[Mapping[str, Any], ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A size that is said, and not given by the source for this sample."""

    said: Said
    given: int
    source: str
    sample: Sample


def _of_sequences(wiring: Wiring) -> int | None:
    """How many numbers a position has, where a recurrent layer comes first."""
    first = [said for said in wiring.said if said.place == 0]
    recurrent = bool(wiring.layers) and wiring.layers[0]["type"] in RECURRENT
    return first[0].size if recurrent and first else None


def samples(wiring: Wiring) -> Iterator[Sample]:
    """The shapes that samples can have, the usual ones first."""
    if wiring.channels is not None:
        for side in dict.fromkeys((*SIDES, *range(4, LARGEST + 1), 1, 2, 3)):
            shape = (wiring.channels, side, side)
            yield Sample(math.prod(shape), ({"type": "reshape", "shape": shape},), f"images of {side} x {side}")
    elif (width := _of_sequences(wiring)) is not None:
        for positions in dict.fromkeys((POSITIONS, *range(1, LONGEST + 1))):
            ahead = ({"type": "reshape", "shape": (positions, width)},)
            yield Sample(positions * width, ahead, f"sequences of {positions} positions, {width} numbers each")
    elif wiring.inputs is not None:
        yield Sample(wiring.inputs)
    else:
        for numbers in dict.fromkeys((NUMBERS, *range(1, LONGEST + 1))):
            yield Sample(numbers, (), f"samples of {numbers} numbers")


def fitting(wiring: Wiring) -> Iterator[Sample]:
    """The shapes of samples with which every layer is given what the code says; else the first one, to be refused.

    Raises: RefusedError at the size that no shape gives; ConfigError of a layer that is none.
    """
    layers, found, misfits = wiring.named(), 0, list[Misfit]()
    for sample in samples(wiring):
        shapes = _shapes(layers, sample)
        misfit = _misfit(wiring, shapes, sample)
        if misfit is not None:
            misfits.append(misfit)
            if not found and len(misfits) == ALIKE and len({(each.said, each.given) for each in misfits}) == 1:
                break
        elif len(shapes) == len(layers) + 1:
            found += 1
            yield sample
    if not found and misfits:
        raise _refusal(misfits)
    if not found:
        yield next(samples(wiring))


def _shapes(layers: Sequence[Mapping[str, Any]], sample: Sample) -> list[Shape]:
    """What the network is given, then what each of its layers gives, up to the first that does not fit."""
    ahead = len(sample.ahead)
    parsed = [parse_layer(layer, f"layers[{i - ahead}]") for i, layer in enumerate([*sample.ahead, *layers])]
    found = [(sample.numbers,), *shapes_of(parsed, (sample.numbers,)).values()]
    return found[ahead:]


def _misfit(wiring: Wiring, shapes: Sequence[Shape], sample: Sample) -> Misfit | None:
    """The first size that is another one than what its layer is given."""
    stands = wiring.stands()
    for said in wiring.said:
        source = wiring.sources[said.place][0]
        if source == INPUT and sample.words and not sample.ahead:
            continue  # of such samples nothing is known
        place = stands[source] + 1
        given = said.of(shapes[place]) if place < len(shapes) else said.size
        if given != said.size:
            return Misfit(said, given, wiring.title(Tensor(source)), sample)
    return None


def _refusal(misfits: Sequence[Misfit]) -> RefusedError:
    """Of the shape with which most layers fit. The others are spoken of where the size depends on the shape."""
    last = max(misfits, key=lambda misfit: misfit.said.place)
    said, given = last.said, last.given
    text = f"{said.title} takes {said.size} {said.unit}, and {last.source} gives {given}"
    if len({misfit.given for misfit in misfits if misfit.said is said}) > 1:
        others = f"square image of up to {LARGEST} x {LARGEST}" if last.sample.ahead else f"length up to {LONGEST}"
        text += f" for {last.sample.words}; no {others} gives {said.size}"
    return RefusedError(said.node, text, said.instead.format(given))
