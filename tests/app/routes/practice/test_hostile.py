"""Answers that are no answers, straight at the grade route: a verdict or a refusal, never an error, never right."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.convert.practice.exercises import ExerciseAnswer, SkillInfo
from engine.practice.exercise import KINDS
from engine.practice.question import LONGEST_ANSWER, Graded, Kind
from tests.app.answers import read
from tests.app.conftest import make_run

NUMBERS = (
    *("", " ", "\t\n", "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "-1e999", "1e-999", "0", "-0", "−0", "0/1"),
    *("1/0", "0/0", "1e308*10", "+-1", "--1", "−−1", "–", "1//2", "1e", "1e5e5", "0x10", "0b1", "1_000", "1 000"),
    *("1,2,3,4,5", "1.2.3", "٣", "⁵", "１２", "½", "10^", "10^999", "2^2^2^2^9", "1j", "1%", "9" * LONGEST_ANSWER),
)
TEXTS = (
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;0", "' OR 1=1 --", '"; DROP TABLE runs; --'),
    *("%s%n%x", "{0.__class__}", "${7*7}", "{{7*7}}", "../../etc/passwd", "$(id)", "`id`", "💥", "\u202e1", "\x00"),
    *("1\x00", "\ufeff1\ufeff2", "\\d", "\ud7ff", "right", "up,down,still", "None", "True", "null", "[]", "{}", "()"),
)
LINES = (
    *("__import__('os').system('id')", "().__class__.__bases__", "(lambda: 1)()", "[x for x in range(9**9)]"),
    *("(x := 5)", "np.load('x')", "np.ones((99999, 99999))", "9**9**9", "2**99999999", "'a' * 9**9", "1 if 1 else 2"),
    *("(" * 190 + "1" + ")" * 190, "-" * 390 + "1", "+".join("1" * 200), "eval('1')", "globals()", "np.__dict__"),
    *("yield 1", "await x", "*a", "**a", "...", "a.b.c.d.e", "f'{1}'", "import os", "x;y", "del x", "print(1)"),
    *("np.where", "np.where()", "np.sum(axis=0)", "1 @ 1", "1.T", "1[0]", "1 is 1", "0 and 1", "not 0", "~0"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_that_is_none_is_right_or_breaks_the_grader(api: httpx.Client, kind: Kind) -> None:
    address, query, fields = asked(api, kind)
    found: dict[str, set[Any]] = {"status": set(), "verdict": set()}
    every = (*NUMBERS, *TEXTS, *LINES)
    texts = every if kind == "line" else every[list(KINDS).index(kind) % 2 :: 2]
    for few in (texts[i : i + len(fields)] for i in range(0, len(texts), len(fields))):
        answer = api.post(f"{address}/grade", params=query, json={"answers": dict(zip(fields, few, strict=False))})
        found["status"].add(answer.status_code)
        found["verdict"] |= {verdict.verdict for verdict in read(Graded, answer.content).fields.values()}
    assert (found["status"], found["verdict"] & {"right", "coarse", "follow_through"}) == ({200}, set())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"answers": {"1": "\\ud800"}}',
        b'{"answers": {"1": NaN}}',
        b'{"answers": {"1": {"1": "1"}}}',
        json.dumps({"answers": {"1": "9" * (LONGEST_ANSWER + 1)}}).encode(),
        b'{"answers":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"answers": {"1": "1"}, "score": 1}',
    ],
    ids=range(9),
)
def test_a_body_that_holds_no_answers_is_refused(api: httpx.Client, sent: bytes) -> None:
    address, query, _ = asked(api, "number")
    answer = api.post(f"{address}/grade", params=query, content=sent, headers={"content-type": "application/json"})
    assert (answer.status_code // 100, answer.headers["content-type"]) == (4, "application/problem+json")


def asked(api: httpx.Client, kind: Kind) -> tuple[str, dict[str, Any], list[str]]:
    """An exercise of a kind: its address, its query, and the fields that it asks for."""
    skills = [read(SkillInfo, json.dumps(item).encode()) for item in api.get("/api/practice/skills").json()]
    skill = next(skill for skill in skills if kind in skill.kinds)
    address = f"{make_run(api, skill.config)}/iterations/{skill.iteration}/exercises/{kind}"
    query: dict[str, Any] = {"seed": 1, "skill": skill.name}
    question = read(ExerciseAnswer, api.get(address, params=query).content)
    return address, query, [ask.field for ask in question.ask]
