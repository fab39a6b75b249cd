"""The file that `backscope.watch` writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from app.http.problems import Problem
from app.wire.forms import Array

FORMAT = "backscope watch"
HEADER = 8  # bytes, of the length of what describes the tensors


@dataclass(frozen=True, slots=True)
class Record:
    """One iteration: what is said of it, and its tensors."""

    about: Mapping[str, Any]
    tensors: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Watched:
    """A whole recording."""

    digest: str
    about: Mapping[str, Any]
    records: tuple[Record, ...]


def read(data: bytes) -> Watched:
    """The recording in a file's bytes.

    Raises: Problem if it is none.
    """
    try:
        length = int.from_bytes(data[:HEADER], "little")
        header = json.loads(data[HEADER : HEADER + length]) if 2 <= length < len(data) else {}
        about = json.loads(header["__metadata__"][FORMAT])
        tensors = {name: _plain(value) for name, value in load(data).items()}
        records = [Record(said, _of(tensors, k)) for k, said in enumerate(about["records"])]
    except (ValueError, KeyError, TypeError, SafetensorError, RecursionError):
        detail = "This is no recording: backscope.watch(...) in a PyTorch script writes one, as safetensors."
        raise Problem(422, "no-recording", detail, "", title="No recording") from None
    return Watched(hashlib.sha256(data).hexdigest()[:16], about, tuple(records))


def _plain(value: Array) -> Array:
    return np.asarray(value, np.float64) if value.dtype.kind != "i" else value


def _of(tensors: Mapping[str, Array], k: int) -> dict[str, Array]:
    start = f"{k}/"
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
