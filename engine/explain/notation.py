r"""How a value is written: in LaTeX (``\frac{\partial L}{\partial W^{(2)}}``) and in code (``dW2``).

Symbols follow the layer's place in the model: the third layer's pre-activation is z with (3) above. Cells are written
as the literature does, counted from one: w_{32} goes from unit 2 to unit 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from string import Template

from engine.explain.layer_words import VALUE_LETTERS
from engine.explain.sequence_words import SEQUENCE_LETTERS, moment_latex, moment_letter
from engine.explain.update_words import PARAMETER_WORDS, SCALAR_WORDS
from engine.foundation.numbers import BUSY, unlike
from engine.foundation.value_name import ValueName
from engine.model.graph import Symbol
from engine.program.program import Program, Step

Index = tuple[int, ...]
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
    "optimizer.learning_rate": (r"\eta", "learning_rate"),
    "optimizer.decayed_rate": (r"\eta_t", "decayed_rate"),
    "optimizer.step": ("t", "step"),
    "optimizer.bias_correction1": (r"c_1", "correction1"),
    "optimizer.bias_correction2": (r"c_2", "correction2"),
    "optimizer.mu": (r"\mu_t", "mu"),
    "optimizer.mu_next": (r"\mu_{t+1}", "mu_next"),
    "optimizer.mu_product": (r"\pi_t", "mu_product"),
    "optimizer.mu_product_next": (r"\pi_{t+1}", "mu_product_next"),
    "optimizer.gradient_weight": (r"\omega_g", "gradient_weight"),
    "optimizer.momentum_weight": (r"\omega_m", "momentum_weight"),
} | {name: (words.latex, words.code) for name, words in SCALAR_WORDS.items()}

_LETTERS = {"weight": ("W", "w"), "bias": ("b", "b"), "z": ("z", "z"), "a": ("a", "a")} | SEQUENCE_LETTERS
_LETTERS |= {"feedback_weight": ("B", "B"), "sign_weight": ("V", "V")}  # Lillicrap et al. 2016, Liao et al. 2016
_LEARNED = {"weight": r"\gamma", "bias": r"\beta"}  # of a normalization
_NORMS = ("batch_norm", "layer_norm", "rms_norm")
_CODE = {"weight": "W", "bias": "b", "feedback_weight": "B", "sign_weight": "V"}


# what an optimizer derives from a parameter: LaTeX with the parameter as subscript, and the prefix in code
_DERIVED = {
    "update": (r"\Delta $p", "update"),
    "next": (r"{$p}_{\,\mathrm{next}}", "next"),
    "decayed_grad": (r"\tilde g_{$p}", "decayed_grad"),
    "lookahead": (r"\bar g_{$p}", "lookahead"),
    "momentum": (r"m_{$p}", "momentum"),
    "sum": (r"s_{$p}", "sum"),
    "square_avg": (r"v_{$p}", "square_avg"),
    "grad_avg": (r"\bar m_{$p}", "grad_avg"),
    "exp_avg": (r"m_{$p}", "exp_avg"),
    "exp_avg_sq": (r"v_{$p}", "exp_avg_sq"),
    "max_exp_avg_sq": (r"v^{\max}_{$p}", "max_exp_avg_sq"),
    "corrected": (r"\hat m_{$p}", "corrected"),
    "corrected_sq": (r"\hat v_{$p}", "corrected_sq"),
    "scale": (r"d_{$p}", "scale"),
    "decay": (r"\Delta^{\lambda}_{$p}", "decay"),
    "adaptive": (r"\Delta^{\eta}_{$p}", "adaptive"),
    "acc_delta": (r"u_{$p}", "acc_delta"),
    "reach": (r"r_{$p}", "reach"),
    "delta": (r"\delta_{$p}", "delta"),
    "exp_inf": (r"u_{$p}", "exp_inf"),
    "prev": (r"g^{\mathrm{prev}}_{$p}", "prev"),
    "agreement": (r"s_{$p}", "agreement"),
    "step_size": (r"\gamma_{$p}", "step_size"),
    "direction": (r"c_{$p}", "direction"),
} | {name: (words.latex, words.code) for name, words in PARAMETER_WORDS.items()}


class Symbols(Mapping[str, Symbol]):
    """The symbols of a program's values, and those of their cells."""

    def __init__(self, program: Program, layers: Sequence[str]) -> None:
        self._program = program
        self._number = {name: i + 1 for i, name in enumerate(layers)}
        self._given = program.symbols
        self._renamed = self._codes(self) if program.symbols else {}

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
        """LaTeX of one cell, counted from one: ``w^{(2)}_{32}``."""
        return self._latex(self._program.name(name), index)

    def _latex(self, name: ValueName, index: Index | None) -> str:
        text = str(name)
        if text in self._given:
            return self._given[text].latex
        if text in _ALONE:
            return _ALONE[text][0] + _subscript(index)
        if name.gradient:
            return self._gradient_latex(name, index)
        if name.next:
            now = self._latex(name.now, index)
            return f"{now}'" if name.derived else Template(_DERIVED["next"][0]).substitute(p=now)
        if name.derived:
            return Template(_derived(name.derived)[0]).substitute(p=self._latex(name.subject, index))
        return self._own_latex(name, index)

    def _gradient_latex(self, name: ValueName, index: Index | None) -> str:
        part = rf"^{{[{name.part}]}}" if name.part else ""
        change = r"\partial" if name.gradient == "grad" else r"\tilde{\partial}"  # what stands in for the gradient
        of = replace(name, gradient="", part=None)
        return rf"\frac{{{change} {self._latex(LOSS, None)}}}{{\partial {self._latex(of, index)}}}{part}"

    def _own_latex(self, name: ValueName, index: Index | None) -> str:
        letter = _letter(name)[0 if index is None else 1]
        whole = f"{{{letter}}}" if set("^_") & set(letter) else letter  # TeX takes one of each only
        moment = moment_latex(name.moment) if name.moment else ""
        return rf"{whole}^{{({self._number.get(name.layer, 0)}){moment}}}{_subscript(index)}"

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
        if name.gradient:
            ends = ("feedback" if name.gradient == "feedback" else "", f"{name.part or ''}")
            return "_".join((f"d{self._code(replace(name, gradient='', part=None))}", *filter(None, ends)))
        if name.next:
            return f"{self._code(name.now)}_next"
        if name.derived:
            return f"{_derived(name.derived)[1]}_{self._code(name.subject)}"
        moment = f"_t{name.moment}" if name.moment else ""
        return f"{_CODE.get(name.key, name.key)}{self._number.get(name.layer, '')}{moment}"


def _derived(key: str) -> tuple[str, str]:
    return _DERIVED.get(key) or (rf"{_word(key)}_{{$p}}", key)


def _letter(name: ValueName) -> tuple[str, str]:
    """The letter of a layer's value, and that of one of its cells."""
    if name.moment:
        return (moment_letter(name.key, name.moment),) * 2
    if name.key in _LEARNED and name.layer.startswith(_NORMS):
        return (_LEARNED[name.key],) * 2
    return _LETTERS.get(name.key) or (VALUE_LETTERS.get(name.key, _word(name.key)),) * 2


def _word(name: str) -> str:
    """A name without a letter of its own."""
    return rf"\mathrm{{{name.replace('_', ' ')}}}"


def _subscript(index: Index | None) -> str:
    if not index:
        return ""
    separator = "" if all(i < 9 for i in index) else r",\,"
    return f"_{{{separator.join(str(i + 1) for i in index)}}}"


def formula(step: Step, symbols: Symbols) -> str:
    """A step's formula in LaTeX, with the symbols of its values."""
    names = _names(step, lambda name: symbols[name].latex, latex=True)
    text = Template(bracketed(step.function.formula, names)).substitute(names)
    single = not step.shape and not any(symbols.rank(name) for name in step.inputs)
    return text.replace(r"\odot", r"\cdot").replace("+ -", "- ") if single else text


def bracketed(template: str, names: Mapping[str, str]) -> str:
    """The template with brackets around each fraction that carries an index or a power: (dL/dz) transposed."""

    def bracket(match: re.Match[str]) -> str:
        return rf"\left({match[0]}\right)" if names.get(match[1], "").startswith(r"\frac") else match[0]

    return _CARRIED.sub(bracket, template)


def code(step: Step, symbols: Symbols) -> str:
    """A step as the numpy line that runs: ``dz2 = da2 * (1 - a2**2)``."""
    right = Template(step.function.code).substitute(_names(step, lambda name: symbols[name].code, latex=False))
    return f"{symbols[step.output].code} = {right}"


def _names(step: Step, write: Callable[[str], str], latex: bool) -> dict[str, str]:
    names = {operand: write(name) for operand, name in zip(step.function.operands, step.inputs, strict=True)}
    return (
        names | {"out": write(step.output)} | {k: param(step, k) if latex else repr(v) for k, v in step.params.items()}
    )


_PARAMS = {"momentum": r"\mu", "weight_decay": r"\lambda", "eps": r"\epsilon", "rho": r"\rho"}
_PARAMS |= {"momentum_decay": r"\psi", "shrink": r"\eta^{-}", "grow": r"\eta^{+}"}
_PARAMS |= {"smallest": r"\Gamma_{\min}", "largest": r"\Gamma_{\max}"}
_PARAMS |= {"l1": r"\lambda_1", "l2": r"\lambda_2", "minimum": r"\eta_{\min}", "maximum": r"\eta_{\max}"}
_PARAMS |= {"weight": "w", "pos_weight": "w^{+}"}
_BETAS = {"exp_avg": r"\beta_1", "exp_avg_sq": r"\beta_2", "bias_correction1": r"\beta_1"}
_BETAS |= {"bias_correction2": r"\beta_2", "square_avg": r"\alpha", "grad_avg": r"\alpha"}
_BETAS |= {"mu": r"\beta_1", "mu_next": r"\beta_1", "mu_product": r"\beta_1", "exp_inf": r"\beta_2"}
_BETAS |= {"direction": r"\beta_1", "momentum": r"\beta_2"}


def param(step: Step, name: str) -> str:
    """A parameter of a step in LaTeX: its letter if it has one, else its number."""
    if name == "beta" and step.phase == "update":
        output = ValueName.parse(step.output)
        return _BETAS[output.derived or output.key]
    value = step.params[name]
    return _PARAMS.get(name, f"{value:g}" if isinstance(value, float) else str(value))
