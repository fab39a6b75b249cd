r"""How a value is written: in LaTeX (``\frac{\partial L}{\partial W^{(2)}}``) and in code (``dW2``).

Symbols name the layer: the third dense layer's pre-activation is z with (3) above, in code z3. Where there are layers
of several types a number would be another one than in the layer's title, so the title stands there: W_dense3. Cells are
written as the literature does, counted from one: w_{3,2} goes from unit 2 to unit 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from string import Template

from engine.explain.blocks import is_numbered, short_title
from engine.explain.spelling import legible
from engine.explain.sums import moment_of
from engine.foundation.numbers import BUSY, latex_number, unlike
from engine.foundation.symbols import Symbol
from engine.foundation.value_name import Moment, ValueName
from engine.model.layers.base import LETTERS, Letter
from engine.ops.core.op import Index
from engine.program.program import Program, Step
from engine.update.equations import SECTIONS

LOSS = ValueName("", "loss")
_CARRIED = re.compile(r"\{\$(\w+)\}(?=[\^_])")

_ALONE = {
    "x": ("x", "x"),
    "target": ("t", "target"),
    "loss": ("L", "loss"),
    "loss.outputs": ("y", "outputs"),
    "loss.targets": ("t", "loss_targets"),
    "batch.indices": (r"\mathcal{B}", "rows"),
    "data.inputs": (r"X", "inputs"),
    "data.targets": (r"T", "targets"),
}


class Symbols(Mapping[str, Symbol]):
    """The symbols of a program's values, and those of their cells."""

    def __init__(self, program: Program, layers: Sequence[str]) -> None:
        self._program = program
        numbered = is_numbered(layers)
        self._mark = {
            name: f"{i + 1}" if numbered else rf"\text{{{short_title(name)}}}" for i, name in enumerate(layers)
        }
        self._ending = {name: f"{i + 1}" if numbered else f"_{name}" for i, name in enumerate(layers)}
        self._given = program.symbols
        self._update = program.update.rules.symbols
        self._parameters = {p.name for p in program.parameters}
        self._times = dict(_times_of_parts(program))
        self._renamed = self._codes(self) if program.symbols else {}
        self._cells: dict[tuple[str, Index], str] = {}  # of those that were asked for: the same ones are, many times

    def __getitem__(self, name: str) -> Symbol:
        if name not in self._program.sources and name not in self._program.producer:
            raise KeyError(name)
        parsed = self._program.name(name)
        return Symbol(self._latex(parsed, None), self._renamed.get(name) or self._code(parsed))

    def __iter__(self) -> Iterator[str]:
        return chain(self._program.sources, self._program.producer)

    def __len__(self) -> int:
        return len(self._program.sources) + len(self._program.steps)

    def rank(self, name: str) -> int:
        """How many indices a cell of a value has."""
        return len(self._program.shape(name))

    def cell(self, name: str, index: Index) -> str:
        r"""LaTeX of one cell, counted from one: ``w^{(2)}_{3,\,2}``."""
        if (known := self._cells.get((name, index))) is None:
            # a scalar is its own only cell
            known = self._cells[name, index] = self._latex(self._program.name(name), _subscript(index) or None)
        return known

    def unit(self, name: str, index: Index) -> str:
        """LaTeX of a cell with its sample left out, where the sample is the same throughout: ``a^{(1)}_{2}``."""
        return self.cell(name, index[1:] if self._has_sample(name, index) else index)

    def of_samples(self, name: str, index: Index) -> str:
        r"""LaTeX of a cell with ``n`` for its sample, to be summed over: ``a^{(1)}_{n,\,2}``."""
        if not self._has_sample(name, index):
            return self.cell(name, index)
        return self._latex(self._program.name(name), f"_{{n,\\,{_numbers(index[1:])}}}")

    def of_row(self, name: str, index: Index) -> str:
        r"""LaTeX of a cell with ``k`` for its last index, to be summed over: ``a^{(1)}_{2,\,k}``."""
        row = index[: self.rank(name)][:-1]
        return self._latex(self._program.name(name), f"_{{{_numbers(row)},\\,k}}" if row else "_{k}")

    def _has_sample(self, name: str, index: Index) -> bool:
        """Whether the first of a cell's indices is its sample, and there are others."""
        return len(index) > 1 and str(self._program.name(name).subject) not in self._parameters

    def _latex(self, name: ValueName, at: str | None) -> str:
        text = str(name)
        if text in self._given:
            return self._given[text].latex
        if text in _ALONE:
            return _ALONE[text][0] + (at or "")
        if name.layer in SECTIONS and text in self._update:
            return self._update[text].latex + (at or "")
        if name.gradient:
            return self._gradient_latex(name, at)
        if name.next:
            now = self._latex(name.now, at)
            return f"{now}'" if name.derived else Template(self._update["next"].latex).substitute(p=now)
        if name.derived:
            return Template(self._update[name.derived].latex).substitute(p=self._latex(name.subject, at))
        return self._own_latex(name, at)

    def _gradient_latex(self, name: ValueName, at: str | None) -> str:
        time = self._times.get(str(name))
        part = rf"^{{{_moment(time)}}}" if time else rf"^{{[{name.part}]}}" if name.part else ""
        change = r"\partial" if name.gradient == "grad" else r"\tilde{\partial}"  # what stands in for the gradient
        of = replace(name, gradient="", part=None)
        return rf"\frac{{{change} {self._latex(LOSS, None)}}}{{\partial {self._latex(of, at)}}}{part}"

    def _own_latex(self, name: ValueName, at: str | None) -> str:
        own = self._letter(name)
        letter = own.whole if at is None else own.cell
        letter = rf"\bar {letter}" if name.moment and name.moment.held else letter
        whole = f"{{{letter}}}" if set("^_") & set(letter) else letter  # TeX takes one of each only
        moment = _moment(name.moment) if name.moment else ""
        return rf"{whole}^{{({self._mark.get(name.layer, '0')}){moment}}}{at or ''}"

    def _letter(self, name: ValueName) -> Letter:
        known = self._program.letters.get(name.layer, LETTERS)
        return known.get(name.key) or Letter(_word(name.key), _word(name.key))

    def _codes(self, names: Iterable[str]) -> dict[str, str]:
        """What each value is called in code: names that the model has given stay, others keep clear of them."""
        found = {name: symbol.code for name, symbol in self._given.items()}
        taken = {*BUSY, *found.values()}
        for name in names:
            if name not in found:
                found[name] = unlike(self._code(self._program.name(name)), taken)
                taken.add(found[name])
        return found

    def _code(self, name: ValueName) -> str:
        text = str(name)
        if text in self._given:
            return self._given[text].code
        if text in _ALONE:
            return _ALONE[text][1]
        if name.layer in SECTIONS and text in self._update:
            return self._update[text].code
        if name.gradient:
            time = self._times.get(str(name))
            part = f"t{time}" if time else f"{name.part or ''}"
            ends = ("feedback" if name.gradient == "feedback" else "", part)
            return "_".join((f"d{self._code(replace(name, gradient='', part=None))}", *filter(None, ends)))
        if name.next:
            return f"{self._code(name.now)}_next"
        if name.derived:
            return f"{self._update[name.derived].code}_{self._code(name.subject)}"
        moment = f"_t{name.moment}" if name.moment else ""
        return f"{self._letter(name).code or name.key}{self._ending.get(name.layer, '')}{moment}"


def _times_of_parts(program: Program) -> Iterator[tuple[str, Moment]]:
    """Of what is used at every time, the time of each contribution to its gradient, where that tells them apart."""
    for step in program.steps:
        if step.op == "accumulate":
            times = [None if program.name(part).moment else moment_of(part, program) for part in step.inputs]
            known = [(part, time) for part, time in zip(step.inputs, times, strict=True) if time]
            if len({time for _, time in known}) == len(times):
                yield from known


def _moment(moment: Moment) -> str:
    """A moment in LaTeX: 3, or 3 in piece 2."""
    again = rf"\,|\,{moment.piece}" if moment.piece else ""
    return rf"\langle {moment.number}{again}\rangle"


def _word(name: str) -> str:
    """A name without a letter of its own."""
    return rf"\mathrm{{{name.replace('_', ' ')}}}"


def _subscript(index: Index) -> str:
    return f"_{{{_numbers(index)}}}" if index else ""


def _numbers(index: Index) -> str:
    """Indices counted from one, with commas."""
    return r",\,".join(str(i + 1) for i in index)


def formula(step: Step, symbols: Symbols) -> str:
    """A step's formula in LaTeX, with the symbols of its values."""
    names = _names(step, lambda name: symbols[name].latex, latex=True)
    text = legible(Template(bracketed(step.function.formula, names)).substitute(names))
    single = not step.shape and not any(symbols.rank(name) for name in step.inputs)
    return text.replace(r"\odot", r"\cdot").replace("+ -", "- ") if single else text


def bracketed(template: str, names: Mapping[str, str]) -> str:
    """The template with brackets around each fraction that carries an index or a power: (dL/dz) transposed."""

    def bracket(match: re.Match[str]) -> str:
        return rf"\left({match[0]}\right)" if names.get(match[1], "").startswith(r"\frac") else match[0]

    return _CARRIED.sub(bracket, template)


def code(step: Step, symbols: Symbols) -> str:
    """A step as the numpy line that runs: ``dz2 = da2 * (1 - a2**2)``."""
    return _line(step, symbols, step.function.code)


def pytorch(step: Step, symbols: Symbols) -> str:
    """The same line in PyTorch."""
    return _line(step, symbols, step.function.pytorch)


def _line(step: Step, symbols: Symbols, expression: str) -> str:
    right = Template(expression).substitute(_names(step, lambda name: symbols[name].code, latex=False))
    return f"{symbols[step.output].code} = {_in_a_row(right)}"


_RUN = re.compile(r"(\w*?_t)(\d+)((?:(?P<sign>, | \+ )\1\d+)(?:(?P=sign)\1\d+){3,})(?!\w)")


def _in_a_row(code: str) -> str:
    """What is named after many times in a row, by its first and its last: ``times("h2_t", 1, 20)``."""

    def short(found: re.Match[str]) -> str:
        numbers = [int(found[2]), *map(int, re.findall(r"_t(\d+)", found[3]))]
        step = numbers[1] - numbers[0]
        if abs(step) != 1 or numbers != list(range(numbers[0], numbers[-1] + step, step)):
            return found[0]
        listed = f'times("{found[1]}", {numbers[0]}, {numbers[-1]})'
        return f"sum({listed})" if found["sign"] == " + " else f"*{listed}"

    return re.sub(r"\[\*(times\([^()]*\))\]", r"\1", _RUN.sub(short, code))


def _names(step: Step, write: Callable[[str], str], latex: bool) -> dict[str, str]:
    names = {operand: write(name) for operand, name in zip(step.function.operands, step.inputs, strict=True)}
    return (
        names | {"out": write(step.output)} | {k: param(step, k) if latex else repr(v) for k, v in step.params.items()}
    )


def param(step: Step, name: str) -> str:
    """A parameter of a step in LaTeX: its letter if it has one, else its number."""
    value = step.params[name]
    if name in step.function.places:
        value += 1
    return step.letters.get(name) or (latex_number(value, 6) if isinstance(value, float) else str(value))
