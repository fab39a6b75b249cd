"""Reads a safetensors answer with the format's own library."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from safetensors.numpy import load


def from_safetensors(buffer: bytes) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, str]]:
    """The arrays of a buffer, and its metadata, which the library shows of files only."""
    size = int.from_bytes(buffer[:8], "little")
    return load(buffer), json.loads(buffer[8 : 8 + size]).get("__metadata__", {})
