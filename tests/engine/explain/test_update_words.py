"""The words of the update phase: every value that an equation writes can be written down and explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template
from typing import Any

import pytest

from engine.explain.notation import Symbols, code, formula
from engine.explain.sentences import step_sentence
from engine.foundation.options import Option
from engine.foundation.registry import HasOptions
from engine.foundation.symbols import Setting, Symbol, lettered
from engine.ops.update.gradients import ALL_OPS
from engine.ops.update.optimizers import UPDATE_OPS
from engine.update.clipping import CLIP_OPTIONS, Clip
from engine.update.equations import COMMON, Equation, Slot, Stage, UpdateRules, update_rules
from engine.update.optimizers import OPTIMIZERS, parse_optimizer
from engine.update.penalties import REGULARIZATION_OPTIONS, Regularization
from engine.update.schedules import SCHEDULES, parse_schedule
from tests.engine.support.models import OPTIMIZERS as CONFIGURED
from tests.engine.support.models import run_of

SETTINGS: tuple[dict[str, Any], ...] = (
    *({"type": name} for name in SCHEDULES if name != "constant"),
    {"type": "warmup_cosine", "minimum": 0.1},
    {"type": "cyclical", "mode": "triangular2"},
    {"type": "plateau", "cooldown": 1},
)
NUMBERS = ("number", "pair")


def _schedule(given: Any) -> UpdateRules:
    spec = parse_schedule(given)
    assert spec is not None
    return update_rules((), spec.memory, (Stage("once", spec.equations(3)),))


def _optimizer(given: Any) -> UpdateRules:
    rules = parse_optimizer(given).rules
    return update_rules(rules.slots, (), rules.stages)


RULES: dict[str, UpdateRules] = {
    **{name: _optimizer(given) for name, given in {**{name: name for name in OPTIMIZERS}, **CONFIGURED}.items()},
    **{f"schedule {i} {given['type']}": _schedule(given) for i, given in enumerate(SETTINGS)},
    "penalties": update_rules((), (), Regularization(1, 1).stages),
    **{
        f"clip {kind}": update_rules((), (), Clip(**{kind: 1.0}).stages) for kind in ("value", "norm", "parameter_norm")
    },
}


def equations(rules: UpdateRules) -> Iterator[Equation]:
    for stage in rules.stages:
        yield from stage.equations


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_every_value_of_an_update_has_a_letter_of_its_own_and_none_is_written_as_a_word(rules: UpdateRules) -> None:
    own = {name: symbol for name, symbol in rules.symbols.items() if name not in COMMON}

    assert [name for name, symbol in own.items() if symbol.latex.startswith(r"\mathrm{")] == []
    assert len({symbol.latex for symbol in own.values()}) == len(own)
    assert all(symbol.code.isidentifier() for symbol in own.values())
    assert all(Template(symbol.latex).substitute(p="W").count("$") == 0 for symbol in own.values())


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_every_number_that_an_option_gives_to_an_equation_is_written_with_its_letter(rules: UpdateRules) -> None:
    """Those without are counts of iterations, bounds that are always 1, and what is computed from several options."""
    plain = {
        name
        for equation in equations(rules)
        for name, value in equation.params.items()
        if isinstance(value, float) and name not in equation.letters
    }

    assert plain <= {"limit", "start", "length", "first", "last", "gamma"}


def test_every_real_setting_of_an_update_has_a_letter() -> None:
    kinds: list[HasOptions] = [*OPTIMIZERS.values(), *SCHEDULES.values()]
    options = [*(o for kind in kinds for o in kind.options), *CLIP_OPTIONS, *REGULARIZATION_OPTIONS]

    assert [option.name for option in options if option.kind in NUMBERS and not option.symbol] == []


def test_the_numbers_of_a_pair_have_the_letters_that_the_option_names_in_their_order() -> None:
    option = Option("betas", "pair", (0.5, 0.75), "", symbol="a, b")

    first, second = lettered([option], {"betas": (0.5, 0.75)})["betas"]

    assert (first, first.latex, second, second.latex) == (0.5, "a", 0.75, "b")


def test_an_equation_takes_the_letters_off_its_settings() -> None:
    equation = Equation("m.next", "average", ("m", "grad"), {"beta": Setting(0.9, r"\beta_1"), "count": 3})

    assert (equation.params, equation.letters) == ({"beta": 0.9, "count": 3}, {"beta": r"\beta_1"})
    assert type(equation.params["beta"]) is float


@pytest.mark.parametrize("name", [*UPDATE_OPS, *ALL_OPS])
def test_every_op_of_an_update_says_what_it_does(name: str) -> None:
    says = (UPDATE_OPS[name] if name in UPDATE_OPS else ALL_OPS[name](2)).says

    assert re.fullmatch(r"[A-Z0-9].*\.", says)
    assert set(re.findall(r"\$\w+", says)) <= {"$p"}


@pytest.mark.parametrize("optimizer", CONFIGURED.values(), ids=CONFIGURED)
def test_every_step_of_an_update_is_told_in_a_sentence(optimizer: dict[str, Any]) -> None:
    steps = [step for step in run_of(optimizer=optimizer).program_at(0).steps if step.phase == "update"]

    assert all(re.fullmatch(r"[A-Z0-9][^$]*\.", step_sentence(step)) for step in steps)


def test_the_moments_of_adam_are_written_with_their_own_beta_and_their_own_letter() -> None:
    run = run_of(optimizer={"type": "adam", "betas": [0.8, 0.99]})
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    written = {step.output: formula(step, symbols) for step in program.steps}
    gradient = r"\frac{\partial L}{\partial b^{(1)}}"

    assert [
        written["optimizer.bias_correction1"],
        written["optimizer.bias_correction2"],
        written["dense1.bias.exp_avg.next"],
        written["dense1.bias.exp_avg_sq.next"],
    ] == [
        r"c_1 = 1 - {\beta_1}^{t}",
        r"c_2 = 1 - {\beta_2}^{t}",
        rf"m_{{b^{{(1)}}}}' = \beta_1\, m_{{b^{{(1)}}}} + (1 - \beta_1)\, {gradient}",
        rf"v_{{b^{{(1)}}}}' = \beta_2\, v_{{b^{{(1)}}}} + (1 - \beta_2)\, \left({{{gradient}}}\right)^{{2}}",
    ]


def test_a_slot_without_a_letter_is_written_as_a_word_and_lines_of_code_tell_parameters_apart() -> None:
    assert (Slot("velocity").symbol, Equation("schedule.half_way", "position", ()).symbol) == (
        Symbol(r"\mathrm{velocity}_{$p}", "velocity"),
        Symbol(r"\mathrm{half way}", "half_way"),
    )
    run = run_of(optimizer="adam")
    program = run.program_at(0)
    lines = [code(step, Symbols(program, run.names)) for step in program.steps]
    assert len(set(lines)) == len(lines)
