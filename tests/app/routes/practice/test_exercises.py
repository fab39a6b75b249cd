"""Exercises over the wire: asked, graded, hinted and solved, without a state to keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli import main
from app.convert.practice.exercises import ExerciseAnswer, SkillInfo, Solution
from engine.practice.question import ExerciseHint, Graded
from tests.app.answers import read
from tests.app.conftest import make_run


@pytest.fixture
def circle_skill(api: httpx.Client) -> dict[str, Any]:
    skills = api.get("/api/practice/skills").json()
    found: dict[str, Any] = next(skill for skill in skills if skill["name"] == "slope")
    return found


def test_every_skill_names_a_run_that_has_an_exercise_on_it(api: httpx.Client) -> None:
    skills = [read(SkillInfo, json.dumps(item).encode()) for item in api.get("/api/practice/skills").json()]
    assert len(skills) >= 25
    refused = []
    for skill in skills[::6]:
        run = make_run(api, skill.config)
        address = f"{run}/iterations/{skill.iteration}/exercises/{skill.kinds[0]}"
        found = api.get(address, params={"skill": skill.name})
        refused += [] if found.status_code == 200 else [(skill.name, found.json())]
    assert refused == []


def test_a_slip_is_named_with_its_step_and_its_line(api: httpx.Client, circle_skill: dict[str, Any]) -> None:
    run = make_run(api, circle_skill["config"])
    address = f"{run}/iterations/168/exercises/number"
    query: dict[str, Any] = {"seed": 2, "skill": "slope"}
    asked = read(ExerciseAnswer, api.get(address, params=query).content)
    arriving = next(given.text for given in asked.given if given.name.startswith("∂L/∂a"))
    body = {"answers": {"1": arriving}}
    twice = [api.post(f"{address}/grade", params=query, json=body).content for _ in range(2)]
    verdict = read(Graded, twice[0]).fields["1"]
    assert twice[0] == twice[1]
    assert (verdict.verdict, verdict.tag, verdict.sentence) == (
        "slip",
        "slope_left_out",
        "You left out the slope of tanh.",
    )
    assert verdict.rewrite is not None
    assert verdict.rewrite.after.split(" = ")[0] == verdict.rewrite.before.split(" = ")[0]


def test_hints_and_the_solution_lead_to_a_place_in_the_studio(api: httpx.Client, circle_skill: dict[str, Any]) -> None:
    run = make_run(api, circle_skill["config"])
    address = f"{run}/iterations/168/exercises/chain"
    query: dict[str, Any] = {"seed": 1, "skill": "slope"}
    asked = api.get(address, params=query).json()
    hints = [
        read(ExerciseHint, api.get(f"{address}/hints/{n + 1}", params=query).content) for n in range(asked["hints"])
    ]
    lines = read(Solution, api.get(f"{address}/solution", params=query).content).lines
    assert (all(hint.text for hint in hints), len(lines) >= len(asked["ask"])) == (True, True)
    assert {line.place.value for line in lines if line.place} >= {ask["value"] for ask in asked["ask"]}


def test_where_there_is_no_question_the_answer_says_why(api: httpx.Client, circle: str) -> None:
    found = api.get(f"{circle}/iterations/0/exercises/number", params={"skill": "attention_weights"})
    assert (found.status_code, found.json()["type"].endswith("no-question")) == (404, True)


@pytest.mark.parametrize(
    "answers", [[], {"1": 5}, {"1": "9" * 500}, {str(i): "1" for i in range(80)}, None, "1"], ids=str
)
def test_answers_that_are_no_texts_are_refused(api: httpx.Client, circle: str, answers: Any) -> None:
    address = f"{circle}/iterations/0/exercises/number/grade"
    assert api.post(address, json={"answers": answers}).status_code == 422


def test_a_sheet_has_its_questions_its_key_and_a_code_and_nothing_of_elsewhere(api: httpx.Client) -> None:
    found = api.get("/api/practice/sheet", params={"skills": "slope,through_weights", "count": 3, "seed": 4})
    again = api.get("/api/practice/sheet", params={"skills": "slope,through_weights", "count": 3, "seed": 4})
    assert (found.status_code, found.text == again.text) == (200, True)
    assert (found.text.count('class="answer"'), found.text.count("<svg"), "Key of sheet 4" in found.text) == (
        3,
        1,
        True,
    )
    assert "practice#set/slope,through_weights/3/4" in found.text


def test_a_sheet_of_friendly_numbers_is_a_sheet_of_its_own(api: httpx.Client) -> None:
    query: dict[str, Any] = {"skills": "through_weights", "count": 2, "seed": 4}
    plain, friendly = (api.get("/api/practice/sheet", params={**query, "friendly": f}).text for f in (False, True))
    posted = api.post("/api/practice/sheet", json={**query, "skills": ["through_weights"], "friendly": True}).text
    assert (friendly == posted, "set/through_weights/2/4?friendly=1" in friendly, "?friendly" in plain) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("query", [{"skills": "cooking"}, {"skills": "shape"}])
def test_a_sheet_of_no_skill_is_no_sheet(api: httpx.Client, query: dict[str, str]) -> None:
    assert api.get("/api/practice/sheet", params=query).status_code == 404


def test_records_are_graded_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = {"skill": "slope", "kind": "number", "seed": 5, "answers": {"1": "0"}}
    file = tmp_path / "ada.json"
    file.write_text(json.dumps({"practice": 1, "log": [own]}))
    assert main(["grade", str(file), "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "ada.json,slope,number,5,0,wrong"
    assert main(["grade", str(file)]) == 0
    assert "ada.json: 0 of 1 right at once" in capsys.readouterr().out
    strange = {**own, "skill": "cooking"}
    file.write_text(json.dumps({"practice": 1, "log": [own, strange, {"kind": "card", "card": "bptt"}, 5]}))
    assert main(["grade", str(file)]) == 0
    assert capsys.readouterr().err == f"backscope: {file}: 2 are no exercises of this version\n"
    for text in ("[]", '{"practice": 2, "log": []}'):
        file.write_text(text)
        assert main(["grade", str(file)]) == 2


def test_a_sheet_of_a_body_is_the_one_of_its_address(api: httpx.Client) -> None:
    posted = api.post("/api/practice/sheet", json={"skills": ["slope", "through_weights"], "count": 3, "seed": 4})
    got = api.get("/api/practice/sheet", params={"skills": "slope,through_weights", "count": 3, "seed": 4})
    assert (posted.status_code, posted.text) == (200, got.text)


def test_a_body_that_is_no_sheet_says_which_field(api: httpx.Client) -> None:
    for body, path in (
        ({"skills": "slope", "count": 3, "seed": 4}, "skills"),
        ({"skills": ["slope"], "count": 0, "seed": 4}, "count"),
        ({"skills": ["slope"], "count": 3, "seed": -1}, "seed"),
        ({"skills": ["slope"], "count": 3, "seed": 1, "friendly": 1}, "friendly"),
        ({"skills": ["slope"], "count": 3, "seed": 1, "colour": 1}, "colour"),
    ):
        answer = api.post("/api/practice/sheet", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
