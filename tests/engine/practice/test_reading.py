"""Numbers as people type them."""

from __future__ import annotations

import pytest

from engine.practice.reading import Reading, read_number


@pytest.mark.parametrize(
    ("text", "number", "digits"),
    [
        ("0.25", 0.25, 2),
        ("  0,250 ", 0.25, 3),
        ("−0.25", -0.25, 2),
        ("–.5", -0.5, 1),
        ("+3.", 3.0, 1),
        ("1/3", 1 / 3, 0),
        ("-3 / 8", -0.375, 0),
        ("1e-3", 1e-3, 1),
        ("2,5E-3", 2.5e-3, 2),
        ("2.5·10^-3", 2.5e-3, 2),
        ("2.5 × 10^{-3}", 2.5e-3, 2),
        ("2.5*10**-3", 2.5e-3, 2),
        ("2.5×10⁻³", 2.5e-3, 2),
        ("10⁻³", 1e-3, 1),
        ("-10^2", -100.0, 1),
        ("0", 0.0, 1),
    ],
)
def test_a_number_is_read_in_all_its_spellings(text: str, number: float, digits: int) -> None:
    assert read_number(text) == Reading(number, digits)


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "nan", "inf", "-inf", "0x10", "1e999", "1e-9999", "1/0", "1/2/3", "1.000,5", "1,000,000", "1_000",
     "__import__('os')", "9" * 50, "1 2", "²", "٣", "1e5e5", "10^", "∞", "--1", "1/"],
)  # fmt: skip
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    assert isinstance(read_number(text), str)
