"""What shown lines of code find when they run: the library, and the helpers that they call."""

from __future__ import annotations

from typing import Any

from engine.ops.core.helpers import HELPERS, PRELUDE, TORCH_PRELUDE, called


def numpy_scope(*lines: str) -> dict[str, Any]:
    """Names for lines of numpy."""
    return _scope(PRELUDE, [HELPERS[name].numpy for name in _needed(lines, False)])


def torch_scope(*lines: str, dtype: str = "float64") -> dict[str, Any]:
    """Names for lines of PyTorch."""
    return _scope(TORCH_PRELUDE.format(dtype=dtype), [HELPERS[name].pytorch for name in _needed(lines, True)])


def _needed(lines: tuple[str, ...], pytorch: bool) -> list[str]:
    return list(dict.fromkeys(name for line in lines for name in called(line, pytorch)))


def _scope(prelude: str, bodies: list[str]) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    for text in (prelude, *bodies):
        exec(text, scope)
    return scope
