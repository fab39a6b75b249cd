"""The words of the update phase: every value that an equation writes can be written down and explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template
from typing import Any

import pytest

from engine.explain.sentences import step_sentence
from engine.explain.update_words import PARAMETER_WORDS, RULE_WORDS, SCALAR_WORDS, Words
from engine.update.clipping import Clip
from engine.update.equations import RATE, Equation
from engine.update.optimizers import parse_optimizer
from engine.update.penalties import Regularization
from engine.update.schedules import SCHEDULES, parse_schedule
from tests.engine.support.models import OPTIMIZERS, run_of

SETTINGS = (
    *({"type": name} for name in SCHEDULES),
    {"type": "warmup_cosine", "minimum": 0.1},
    {"type": "cyclical", "mode": "triangular2"},
    {"type": "plateau", "cooldown": 1},
)
ALL_WORDS = {**SCALAR_WORDS, **PARAMETER_WORDS}


def equations() -> Iterator[Equation]:
    for given in SETTINGS:
        spec = parse_schedule(given)
        yield from spec.equations(3) if spec else ()
    for stages in (Regularization(1, 1).stages, *(Clip(**{k: 1}).stages for k in ("value", "norm", "parameter_norm"))):
        yield from (equation for stage in stages for equation in stage.equations)


def test_every_value_of_schedules_penalties_and_clipping_has_words_and_no_word_is_of_nothing() -> None:
    written = {equation.output.removesuffix(".next") for equation in equations()} - {RATE}

    assert written | {"optimizer.base_rate"} == set(ALL_WORDS)


def test_what_optimizers_compute_on_their_way_has_a_sentence_and_no_sentence_is_of_nothing() -> None:
    """An update and what it renews are explained as such, whatever op they come from."""
    rules = [parse_optimizer(given).rules for given in OPTIMIZERS.values()]
    on_the_way = {
        equation.op
        for rule in rules
        for equation in (*rule.scalars, *rule.equations)
        if equation.output not in ("update", "next")
    }

    assert on_the_way == set(RULE_WORDS)
    assert all(sentence.endswith(".") for sentence in RULE_WORDS.values())


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_step_of_an_update_is_told_in_a_sentence(optimizer: dict[str, Any]) -> None:
    steps = [step for step in run_of(optimizer=optimizer).program_at(0).steps if step.phase == "update"]

    assert all(re.fullmatch(r"[A-Z0-9][^$]*\.", step_sentence(step)) for step in steps)


def test_no_two_scalars_of_a_section_are_written_alike() -> None:
    for section in ("schedule.", "clip."):
        latex = [words.latex for name, words in SCALAR_WORDS.items() if name.startswith(section)]
        assert len(set(latex)) == len(latex)


@pytest.mark.parametrize("words", ALL_WORDS.values(), ids=ALL_WORDS)
def test_words_are_a_symbol_a_name_and_a_sentence(words: Words) -> None:
    latex = Template(words.latex).substitute(p="W")

    assert latex.count("{") == latex.count("}")
    assert words.code.isidentifier()
    assert words.sentence.endswith(".")
