"""The engine's errors in the words of a form."""

from __future__ import annotations

import pytest

from app.convert.mistakes import field_errors, in_words
from engine.foundation.errors import ConfigError, Facts


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("clip is by one of value, parameter_norm", "clip is by one of value, by norm"),
        ("batch_size is at least 1; given -1.0", "batch size is at least 1; given −1"),
        (
            "cross_entropy needs one unit per class, mse does not",
            "cross-entropy needs one unit per class, mean squared error does not",
        ),
        (
            "batch_norm2 takes one input; batch_norm2.scale is 4.",
            "batch norm 2 takes one input; batch_norm2.scale is 4.",
        ),
        ("dense3 has 1 unit; dense3.weight is 3x4.", "dense 3 has 1 unit; dense3.weight is 3x4."),
        (
            "at most 9. `backscope --limit batch_size=-1` raises it",
            "at most 9. `backscope --limit batch_size=-1` raises it",
        ),
        (
            "unknown field 'weight_decay' of batch_norm1; did you mean bias? Allowed here: leaky_relu",
            "unknown field 'weight_decay' of batch norm 1; did you mean bias? Allowed here: leaky_relu",
        ),
        ("tanh ends at 1.05, 10-5-1", "tanh ends at 1.05, 10-5-1"),
        ("no_such_thing is 1e-3", "no_such_thing is 1e-3"),
    ],
)
def test_a_message_is_said_with_what_the_menus_call_things(message: str, words: str) -> None:
    assert in_words(message) == words


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        (Facts("-3", "a number at least 0"), "Needs a number at least 0, not −3."),
        (Facts("'fast'", "a number at least 0"), "Needs a number at least 0, not fast."),
        (Facts("''", "a number"), "Needs a number."),
        (Facts("[0.9]", "two numbers", "0.9, 0.999"), "Needs two numbers, not [0.9]. For example 0.9, 0.999."),
    ],
)
def test_a_value_that_its_setting_does_not_take_is_told_by_what_it_takes(facts: Facts, hint: str) -> None:
    (found,) = field_errors(ConfigError("a sentence for the API", "here", facts))
    assert (found.hint, found.message, found.code) == (hint, "a sentence for the API", "setting")


def test_what_is_wrong_with_a_formula_is_said_with_the_names_that_are_typed() -> None:
    (found,) = field_errors(ConfigError("there is no function softmax; did you write leaky_relu?", "expression"))
    assert (found.hint, found.message) == ("", "there is no function softmax; did you write leaky_relu?")


def test_what_reads_the_same_in_a_form_has_no_hint_of_its_own() -> None:
    (found,) = field_errors(ConfigError("line 1, column 2: nothing ends here", "expression"))
    assert (found.hint, found.code, found.params) == ("", "config", None)
