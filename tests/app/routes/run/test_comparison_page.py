"""Runs beside each other as a page to print: its facts are those of the other answers."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from app.convert.files.course_picture import HEIGHT, WIDTH, picture
from tests.app.conftest import CIRCLE, EXPRESSION, make_run
from tests.app.routes.run.test_exports import HOSTILE

RELU = CIRCLE | {"layers": [{"type": "dense", "units": 3, "activation": "relu"}, {"type": "dense", "units": 1}]}
FASTER = CIRCLE | {"edits": [{"iteration": 12, "set": {"optimizer.learning_rate": 0.5}}]}
WILD = CIRCLE | {"optimizer": {"type": "sgd", "learning_rate": 1e160}}


def page_of(api: httpx.Client, configs: list[dict[str, Any]], t: int = 20) -> str:
    first, *others = (make_run(api, config) for config in configs)
    ids = ",".join(path.rpartition("/")[2] for path in others)
    answer = api.get(f"{first}/export/comparison", params={"with": ids, "iteration": t})
    assert answer.status_code == 200, answer.text
    return answer.text


def told(page: str) -> list[list[str]]:
    """The rows of the page's tables, as texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_only_the_settings_that_differ_are_printed(api: httpx.Client) -> None:
    rows = told(page_of(api, [CIRCLE, RELU, WILD]))
    settings = [row for row in rows if row[0].startswith(("layers", "optimizer", "data", "batch", "loss."))]
    assert settings == [
        ["layers[0].activation", "tanh", "relu", "tanh"],
        ["optimizer.learning_rate", "0.1", "0.1", "1e+160"],
    ]


def test_the_first_difference_of_each_pair_is_the_one_that_compare_tells(api: httpx.Client) -> None:
    page = page_of(api, [CIRCLE, FASTER])
    here, there = (make_run(api, config) for config in (CIRCLE, FASTER))
    first = api.get(f"{here}/compare", params={"with": there.rpartition("/")[2], "to": 21}).json()["first_difference"]
    words = "It is there before the first step. Its numbers: 0.1 and 0.5, 0.4 apart."
    assert [row for row in told(page) if row[0] == "A, B"] == [
        ["A, B", f"iteration {first['iteration']}, {first['value']}{words}"]
    ]


def test_the_numbers_are_those_of_the_iteration(api: httpx.Client) -> None:
    runs = [CIRCLE, RELU]
    rows = {row[0]: row[1:] for row in told(page_of(api, runs))}
    scores = [api.get(f"{make_run(api, run)}/iterations/20/evaluation").json() for run in runs]
    norms = [api.get(f"{make_run(api, run)}/iterations/20").json()["gradient_norms"] for run in runs]
    assert [rows["loss, training set"], rows["accuracy, test set"], rows["dense1.weight"]] == [
        [f"{score['train']['loss']:.4g}" for score in scores],
        [f"{score['test']['accuracy']:.4g}" for score in scores],
        [f"{norm['dense1.weight']:.4g}" for norm in norms],
    ]


def test_a_run_that_was_lost_is_told_and_its_line_ends(api: httpx.Client) -> None:
    page = page_of(api, [CIRCLE, WILD])
    assert "B is no longer finite from iteration 1 on" in page
    assert "nan" not in "".join(re.findall(r'points="([^"]*)"', page))


def test_expressions_and_one_with_itself_have_a_page(api: httpx.Client) -> None:
    page = page_of(api, [EXPRESSION, EXPRESSION, EXPRESSION | {"inputs": EXPRESSION["inputs"] | {"a": 3}}], 3)
    assert ("Every value has the same bits up to iteration 3." in page, "Loss, training set" in page) == (True, False)


def test_nothing_that_a_person_wrote_is_markup_in_the_comparison(api: httpx.Client) -> None:
    page = page_of(api, [HOSTILE, HOSTILE | {"seed": 1}], 1)
    assert ("<script" in page, "<img" in page) == (False, False)


@pytest.mark.parametrize(("others", "status"), [("", 422), ("nothing", 404), (4, 422)])
def test_less_than_two_and_more_than_four_runs_are_refused(
    api: httpx.Client, circle: str, others: str | int, status: int
) -> None:
    ids = others if isinstance(others, str) else ",".join([circle.rpartition("/")[2]] * others)
    answer = api.get(f"{circle}/export/comparison", params={"with": ids})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (status, "query.with")


def test_lines_share_one_scale_and_end_where_a_number_is_lost() -> None:
    drawn = picture([[(0, 2.0), (1, 1.0)], [(0, 1.5), (1, float("nan")), (2, 1.0)]])
    assert [line.parts for line in drawn.lines] == [
        (f"0.0,0.0 {WIDTH / 2:.1f},{HEIGHT:.1f}",),
        (f"0.0,{HEIGHT / 2:.1f}", f"{WIDTH:.1f},{HEIGHT:.1f}"),
    ]


def test_losses_of_many_sizes_stand_by_their_powers_of_ten() -> None:
    drawn = picture([[(0, 100.0), (1, 1.0), (2, 0.01)]])
    assert (drawn.log, drawn.lines[0].parts) == (
        True,
        (f"0.0,0.0 {WIDTH / 2:.1f},{HEIGHT / 2:.1f} {WIDTH:.1f},{HEIGHT:.1f}",),
    )
