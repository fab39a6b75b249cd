"""Settings of a convolution in PyTorch's words, made into ours: nested kernels, and padding "same" or "valid"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown
from engine.foundation.options import join, shown
from engine.model.layers.base import times
from engine.model.layers.windowed.images import pair_option

WORDS = ("same", "valid")
NESTED = "nested kernels are (units, channels, rows, columns)"


def in_our_words(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The settings with padding in numbers, and each kernel as one row: channel after channel, row after row.

    Raises: ConfigError if there is no such padding, or kernels are not (units, channels, rows, columns).
    """
    found = dict(given)
    if isinstance(given.get("padding"), str):
        found["padding"] = _padding(given, path)
    if _is_nested(given.get("weight")):
        found["weight"] = _rows(given, join(path, "weight"), path)
    return found


def _sides(given: Mapping[str, Any], name: str, default: int, path: str) -> tuple[int, int]:
    found: tuple[int, int] = pair_option(name, (default, default), "").parse(given.get(name, default), join(path, name))
    return found


def _padding(given: Mapping[str, Any], path: str) -> list[int]:
    """As many zeros at each side as keep the image's size.

    Source: matches torch.nn.Conv2d(padding="same"), which takes one zero more at one side where they are uneven.
    """
    word, where = given["padding"], join(path, "padding")
    if word not in WORDS:
        text = unknown(f"padding is numbers, or a word; given {shown(word)}", word, WORDS, "the words are")
        raise ConfigError(text, where)
    if word == "valid":
        return [0, 0]
    if _sides(given, "stride", 1, path) != (1, 1):
        raise ConfigError('padding "same" goes with a stride of 1; give numbers instead', where)
    kernel, dilation = _sides(given, "kernel", 3, path), _sides(given, "dilation", 1, path)
    spread = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(n % 2 for n in spread):
        text = f'padding "same" needs as many zeros at both sides, so a kernel of odd sides; given {times(kernel)}'
        raise ConfigError(text, where)
    return [n // 2 for n in spread]


def _is_nested(weight: Any) -> bool:
    """Whether it has lists in the lists of its first list."""
    for _ in range(2):
        if not isinstance(weight, (list, tuple)) or not weight:
            return False
        weight = weight[0]
    return isinstance(weight, (list, tuple))


def _rows(given: Mapping[str, Any], where: str, path: str) -> list[list[Any]]:
    kernel = _sides(given, "kernel", 3, path)
    return [_row(unit, kernel, f"{where}[{i}]") for i, unit in enumerate(given["weight"])]


def _row(unit: Any, kernel: tuple[int, int], where: str) -> list[Any]:
    """The numbers of one kernel: channels of rows of numbers."""
    row: list[Any] = []
    for c, channel in enumerate(listed(unit, "channels", where)):
        lines = listed(channel, "rows", f"{where}[{c}]", kernel[0])
        for r, line in enumerate(lines):
            row += listed(line, "numbers", f"{where}[{c}][{r}]", kernel[1])
    return row


def listed(value: Any, of: str, where: str, count: int | None = None, shape: str = NESTED) -> list[Any]:
    """One of the lists that nested kernels are made of.

    Raises: ConfigError, beginning with `shape`, if it is none or has another length.
    """
    if not isinstance(value, (list, tuple)):
        raise ConfigError(f"{shape}: here is a list of {of}; given {shown(value)}", where)
    if count is not None and len(value) != count:
        raise ConfigError(f"{shape}: here are {count} {of}, as the kernel has; given {len(value)}", where)
    return list(value)
