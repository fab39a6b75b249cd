"""A recording's bytes: a length, a JSON document, the numbers of all stacks, and that compressed."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app import __version__
from app.convert.recording.stacks import Packer, Stack, equal, from_trace
from app.convert.recording.stretch import Answers, Moments
from app.wire.forms import Array
from app.wire.json_numbers import dumps

MAPS = "maps/"
BOUNDARY = "boundary"
LEVEL = 7  # of compression: 9 takes three times as long for less than one in a hundred


@dataclass(frozen=True, slots=True)
class About:
    """What a recording is of: `start` to `end`, the last not included."""

    run: str
    title: str
    version: str
    start: int
    end: int
    iteration: int
    explained: list[int]


@dataclass(frozen=True, slots=True)
class Group:
    """Iterations whose programs have the same shapes: their values are stacked."""

    iterations: list[int]
    steps: Any
    values: dict[str, Stack]


@dataclass(frozen=True, slots=True)
class Document:
    """All of a recording but the numbers in bulk."""

    about: About
    answers: Answers
    said: list[Answers]
    numbers: list[list[str]]
    groups: list[Group]
    frames: dict[str, Stack]
    rows: list[str]
    axes: Any


def about(run: str, title: str, start: int, end: int, iteration: int, explained: Iterable[int]) -> About:
    """What the recording is of."""
    return About(run, title, __version__, start, end, iteration, sorted(explained))


def bundle(told: About, answers: Answers, parts: Sequence[Moments], axes: Any) -> bytes:
    """The whole recording, compressed."""
    packer = Packer()
    traces = [trace for part in parts for trace in part.traces]
    steps = [step for part in parts for step in part.steps]
    drawn = {name: np.concatenate([part.frames[name] for part in parts]) for name in parts[0].frames}
    document = Document(
        told,
        answers,
        [said for part in parts for said in part.said],
        [numbers for part in parts for numbers in part.numbers],
        _groups(packer, told.start, traces, steps),
        _frames(packer, drawn, traces),
        _rows(drawn, traces),
        axes,
    )
    text = dumps(document)
    text += b" " * (-(len(text) + 8) % 8)
    return gzip.compress(len(text).to_bytes(8, "little") + text + packer.buffer, LEVEL, mtime=0)


def packed(answers: Answers) -> bytes:
    """About what answers take in a recording as a file."""
    return base64.b64encode(gzip.compress(dumps(answers), LEVEL))


def _groups(packer: Packer, start: int, traces: Sequence[Mapping[str, Array]], steps: Sequence[Any]) -> list[Group]:
    """Iterations with the same values of the same shapes, in the order in which the first of each comes."""
    found: dict[Any, list[int]] = {}
    for at, trace in enumerate(traces):
        found.setdefault(tuple((name, value.shape) for name, value in trace.items()), []).append(at)
    return [
        Group(
            [start + at for at in members],
            steps[members[0]],
            packer.plain({name: np.stack([traces[at][name] for at in members]) for name in traces[members[0]]}),
        )
        for members in found.values()
    ]


def _frames(packer: Packer, drawn: Mapping[str, Array], traces: Sequence[Mapping[str, Array]]) -> dict[str, Stack]:
    """What an animation shows; that which the trace has already only names it."""
    maps = {name: array for name, array in drawn.items() if name.startswith(MAPS) or name == BOUNDARY}
    known = {name: array for name, array in drawn.items() if name not in maps and _in(traces, name, array)}
    rest = {name: array for name, array in drawn.items() if name not in maps and name not in known}
    found = packer.plain(rest) | packer.maps(maps, BOUNDARY)
    return found | {name: from_trace(array) for name, array in known.items()}


def _in(traces: Sequence[Mapping[str, Array]], name: str, array: Array) -> bool:
    """Whether the traces have these very numbers under this name."""
    return all(name in trace and equal(trace[name], one) for trace, one in zip(traces, array, strict=True))


def _rows(drawn: Mapping[str, Array], traces: Sequence[Mapping[str, Array]]) -> list[str]:
    """The values of which an animation of one sample shows that sample's row."""
    first = {name: value for name, value in traces[0].items() if value.ndim}
    shown = {name: array.shape[1:] for name, array in drawn.items() if name in first}
    return [name for name, shape in shown.items() if first[name].shape[1:] == shape != first[name].shape]
