r"""How values and settings are written: in LaTeX (``\hat m_{$p}``) and in code (``corrected``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.foundation.numbers import Latex
from engine.foundation.options import Option


@dataclass(frozen=True, slots=True)
class Symbol:
    """One value's name on paper and in code."""

    latex: Latex
    code: str


class Setting(float):
    r"""A setting that knows its letter: 0.9, written ``\beta_1``. What is computed from it is a plain number."""

    latex: str

    def __new__(cls, value: float, latex: str) -> Setting:
        """The number, with its letter."""
        made = super().__new__(cls, value)
        made.latex = latex
        return made


def lettered(options: Sequence[Option], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings whose numbers know the letters that their options give them; of a pair, each number has its own.

    Whole numbers, which count iterations or epochs, stay as they are.
    """
    symbols = {option.name: option.symbol for option in options}
    return {name: _lettered(value, symbols[name]) for name, value in settings.items()}


def _lettered(value: Any, symbol: str) -> Any:
    if isinstance(value, tuple) and symbol:
        return tuple(map(_lettered, value, symbol.split(", ")))
    return Setting(value, symbol) if isinstance(value, float) and symbol else value


def letters(params: Mapping[str, Any]) -> dict[str, str]:
    """The letters of those parameters that are settings."""
    return {name: value.latex for name, value in params.items() if isinstance(value, Setting)}


def plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as plain numbers, without their letters."""
    return {name: float(value) if isinstance(value, Setting) else value for name, value in params.items()}
