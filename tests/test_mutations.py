"""The list of faults that the tests have to notice keeps up with the sources, and the check itself can say no."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutate import ROOT, Fault, Verdict, chosen, command_of, read_faults, suites_of, tried

KINDS = ("engine/", "app/", "static/src/")


def test_every_fault_changes_one_place_of_the_sources_as_they_are() -> None:
    counts = {f.what: (ROOT / f.file).read_text(encoding="utf-8").count(f.old) for f in read_faults()}
    assert {what: count for what, count in counts.items() if count != 1} == {}


def test_every_fault_changes_something() -> None:
    assert [f.what for f in read_faults() if f.old == f.new] == []


def test_every_fault_names_tests_that_are_there() -> None:
    assert [test for f in read_faults() for test in f.tests if not (ROOT / test.partition("::")[0]).exists()] == []


def test_no_fault_is_listed_twice() -> None:
    assert [what for what, count in Counter(f.what for f in read_faults()).items() if count > 1] == []


def test_the_list_is_long_and_covers_engine_server_and_studio() -> None:
    counts = {kind: sum(f.file.startswith(kind) for f in read_faults()) for kind in KINDS}
    assert sum(counts.values()) >= 60
    assert min(counts.values()) >= 10


@pytest.fixture
def sum_of_two(tmp_path: Path) -> Path:
    """A tiny project with one function and one test."""
    (tmp_path / "adder.py").write_text("def add(a, b):\n    return a + b\n")
    (tmp_path / "test_adder.py").write_text("from adder import add\n\n\ndef test_adds():\n    assert add(2, 2) == 4\n")
    return tmp_path


@pytest.mark.parametrize(("new", "caught"), [("a - b", True), ("a * b", False)])
def test_a_fault_is_caught_if_a_test_fails_and_survives_if_none_does(sum_of_two: Path, new: str, caught: bool) -> None:
    verdict = tried(Fault("another sum", "adder.py", "a + b", new, ("test_adder.py",)), sum_of_two)
    assert (verdict.caught, (sum_of_two / "adder.py").read_text()) == (caught, "def add(a, b):\n    return a + b\n")


def test_a_surviving_fault_is_printed_in_capitals() -> None:
    fault = Fault("up for down", "a.py", "down", "up", ("tests",))
    assert str(Verdict(fault, False, "")) == "SURVIVED  up for down  (a.py)"


def test_faults_are_chosen_by_any_of_some_words() -> None:
    faults = [Fault("up for down", "a.py", "down", "up", ()), Fault("betas swapped", "b.py", "x", "y", ())]
    assert [f.what for f in chosen(faults, ["BETA"])] == ["betas swapped"]


def test_a_fault_of_the_studio_is_left_to_the_tests_that_reach_its_file() -> None:
    command = command_of(Fault("", "static/src/a.ts", "", "", suites_of("static/src/a.ts", ())))
    assert (command[3:5], command[-1]) == (["vitest", "related"], "src/a.ts")


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("engine/run/checkpoints.py", ("tests/engine/run",)),
        ("engine/ops/loss/margin.py", ("tests/engine/explain/test_expected.py", "tests/engine/ops")),
        ("engine/catalog.py", ("tests/engine/explain/test_expected.py", "tests/engine/test_catalog.py")),
        ("app/http/guard.py", ("tests/app/http",)),
    ],
)
def test_a_fault_of_engine_or_server_is_left_to_the_suites_of_its_room(file: str, tests: tuple[str, ...]) -> None:
    assert suites_of(file, ()) == tests


def test_the_tests_that_a_fault_names_are_pytests() -> None:
    """Those of the studio are found by Vitest itself; pytest would fail on them with or without the fault."""
    named = {test for fault in read_faults() for test in fault.tests}
    assert {test for test in named if not test.startswith("tests/")} == set()
