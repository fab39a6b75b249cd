"""What is said of every preset at three iterations, as a file that can be read.

Rewrite with `python -m tests.engine.analysis.diagnosis.test_presets` and read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import PRESETS, kinds

FILE = Path(__file__).with_name("presets.txt")
ITERATIONS = (0, 60, 300)


def said(name: str) -> list[str]:
    run = Run(parse_config(PRESETS[name]))
    return [f"{name} {t}: {', '.join(kinds(run, t))}" for t in ITERATIONS]


def expected(name: str) -> list[str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(f"{name} ")]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_judged_as_what_it_shows(name: str) -> None:
    assert said(name) == expected(name)


def test_the_file_names_every_preset_and_no_other() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in lines} == set(PRESETS)


if __name__ == "__main__":
    FILE.write_text("\n".join(line for name in PRESETS for line in said(name)) + "\n", encoding="utf-8")
