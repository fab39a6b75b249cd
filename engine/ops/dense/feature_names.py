"""Names of features, ``x1``, ``x1^2``, ``x1*x2``, ``sin(x1)``, and the atoms that they are products of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.foundation.errors import ConfigError

POWER = 12  # the largest: far from 0, higher powers are larger than all else in a layer
FACTORS = 12  # of one feature
LONGEST = 200  # characters of a name: more than so many factors need
_ATOM = re.compile(r"(?:(sin|cos)\()?x(\d{1,6})(?(1)\)|(?:\^(\d{1,6}))?)")


@dataclass(frozen=True, slots=True)
class Atom:
    """An input, counted from 0, to a power, or its sine or cosine."""

    input: int
    power: int = 1
    wave: str = ""

    @property
    def symbol(self) -> str:
        """LaTeX of a function of the cell; empty for the cell itself."""
        if self.wave:
            return rf"\{self.wave}\left($x\right)"
        return "" if self.power == 1 else f"{{$x}}^{{{self.power}}}"

    @property
    def latex(self) -> str:
        """LaTeX of the whole column."""
        column = f"{{$x}}_{{{self.input + 1}}}"
        if self.wave:
            return rf"\{self.wave}\left({column}\right)"
        return column if self.power == 1 else f"{column}^{{{self.power}}}"

    @property
    def code(self) -> str:
        """The numpy expression of the whole column."""
        column = f"$x[:, {self.input}]"
        if self.wave:
            return f"np.{self.wave}({column})"
        return column if self.power == 1 else f"{column}**{self.power}"

    @property
    def slope(self) -> tuple[str, Callable[[float], float]]:
        """LaTeX and value of its derivative."""
        if self.wave == "sin":
            return r"\cos\left($x\right)", np.cos
        if self.wave == "cos":
            return r"-\sin\left($x\right)", lambda x: -np.sin(x)
        return f"{self.power}\\, {{$x}}^{{{self.power - 1}}}", lambda x: self.power * x ** (self.power - 1)

    @property
    def slope_code(self) -> str:
        """The numpy expression of its derivative."""
        column = f"$x[:, {self.input}]"
        if self.wave:
            return f"np.cos({column})" if self.wave == "sin" else f"-np.sin({column})"
        return f"{self.power} * {column}**{self.power - 1}"

    def __call__(self, x: float) -> float:
        """Its value."""
        return float(getattr(np, self.wave)(x) if self.wave else x**self.power)


Feature = tuple[Atom, ...]


def parse_feature(name: str, inputs: int, path: str = "") -> Feature:
    """A feature by its name: ``x1``, ``x1^2``, ``x1*x2``, ``sin(x1)``.

    Args:   inputs: how many there are; path: where the name was given.
    Raises: ConfigError if it is no such name, of an input or a power that there is not, or has too many factors.
    """
    factors = name.count("*") + 1
    if factors > FACTORS or len(name) > LONGEST:
        short = f"{name[:40]}…" if len(name) > LONGEST else name
        raise ConfigError(f"a feature has at most {FACTORS} factors; {short!r} has {factors}", path)
    return tuple(_parse_atom(part.strip(), name, inputs, path) for part in name.split("*"))


def _parse_atom(text: str, name: str, inputs: int, path: str) -> Atom:
    match = _ATOM.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"unknown feature {name!r}; a feature is x1, x1^2, sin(x1), cos(x1) or a product like x1*x2", path
        )
    wave, number, power = match[1] or "", int(match[2]), int(match[3] or 1)
    if not 1 <= number <= inputs:
        there = "x1 only" if inputs == 1 else f"x1 to x{inputs}"
        raise ConfigError(f"feature {name!r} is of x{number}; the data has {there}", path)
    if not 1 <= power <= POWER:
        raise ConfigError(f"feature {name!r} has the power {power}; powers are 1 to {POWER}", path)
    return Atom(number - 1, power, wave)
