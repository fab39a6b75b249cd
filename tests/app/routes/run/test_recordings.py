"""A recording holds the API's own answers."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
from types import SimpleNamespace
from typing import Any, cast

import httpx
import numpy as np
import pytest

from app.convert.recording.stacks import Packer
from app.http.problems import Problem
from app.routes import dependencies
from app.routes.dependencies import RunReply
from app.routes.run import stretches
from app.runs.workers import busy
from tests.app.asgi import completed
from tests.app.conftest import CIRCLE, make_run
from tests.app.tensors import from_safetensors

START, END = 3, 9


class Recording:
    """The document and the numbers of an HTML file, as the studio's script reads them."""

    def __init__(self, page: str) -> None:
        packed = re.search(r'<script type="text/plain" id="recording">([^<]+)<', page)
        assert packed
        whole = gzip.decompress(base64.b64decode(packed[1]))
        length = int.from_bytes(whole[:8], "little")
        self.document: dict[str, Any] = json.loads(whole[8 : 8 + length])
        self.buffer = whole[8 + length :]

    def value(self, t: int, name: str) -> Any:
        """One iteration's numbers, which are kept to the bit."""
        group = next(g for g in self.document["groups"] if t in g["iterations"])
        stack = group["values"][name]
        return self.plain(group["values"][stack["of"]] if "of" in stack else stack)[group["iterations"].index(t)]

    def plain(self, stack: dict[str, Any]) -> Any:
        planes = np.frombuffer(self.buffer, np.uint8, stack["bytes"], stack["at"])
        return planes.reshape(8, -1).T.reshape(-1).copy().view(np.float64).reshape(stack["shape"])


@pytest.fixture(scope="module")
def file(api: httpx.Client) -> str:
    answer = api.get(f"{make_run(api, CIRCLE)}/export/html?from={START}&to={END}&iteration=5")
    assert answer.is_success, answer.text
    return answer.text


@pytest.fixture(scope="module")
def recording(file: str) -> Recording:
    return Recording(file)


def test_a_recording_has_every_number_of_every_iteration_to_the_bit(
    api: httpx.Client, circle: str, recording: Recording
) -> None:
    accept = {"accept": "application/vnd.safetensors"}
    differ = []
    for t in range(START, END):
        traced = from_safetensors(api.get(f"{circle}/iterations/{t}/trace", headers=accept).content)[0]
        differ += [n for n, v in traced.items() if recording.value(t, n).tobytes() != np.float64(v).tobytes()]
    assert differ == []


def test_what_a_recording_says_of_an_iteration_is_what_the_api_says(
    api: httpx.Client, circle: str, recording: Recording
) -> None:
    paths = ("", "/evaluation", "/flow")
    asked = [{path: api.get(f"{circle}/iterations/{t}{path}").json() for path in paths} for t in range(START, END)]
    assert recording.document["said"] == asked


def test_a_step_is_told_with_the_formula_and_the_numbers_that_the_api_gives(
    api: httpx.Client, circle: str, recording: Recording
) -> None:
    t, k = 5, 11
    asked = api.get(f"{circle}/iterations/{t}/steps/{k}").json()
    group = next(g for g in recording.document["groups"] if t in g["iterations"])
    told = {name: item for name, item in group["steps"][k].items() if name not in ("inputs", "output", "shape")}
    told["numbers"] = recording.document["numbers"][t - START][k]
    named = [asked.pop("inputs"), asked.pop("output")]
    assert told == asked
    assert [group["steps"][k]["inputs"], group["steps"][k]["output"]] == [
        [v["name"] for v in named[0]],
        named[1]["name"],
    ]


def test_every_explanation_in_a_recording_is_the_answer_at_its_address(
    api: httpx.Client, circle: str, recording: Recording
) -> None:
    answers = recording.document["answers"]
    explained = [path for path in answers if "/iterations/" in path]
    sample = explained[:: max(1, len(explained) // 25)]
    assert {path: answers[path] for path in sample} == {path: api.get(path).json() for path in sample}
    assert sorted({int(path.split("/")[5]) for path in explained}) == recording.document["about"]["explained"]


def test_a_recording_fetches_nothing_and_allows_no_script_but_its_own(file: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', file)
    assert policy
    assert "default-src 'none'" in policy[1]
    outside = re.sub(r'<script type="text/plain"[^<]+', "", file)
    assert re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"|https?://", outside) == []


def test_maps_are_kept_to_a_shade_and_the_output_to_three_digits() -> None:
    drawn = np.random.default_rng(0).normal(size=(4, 1, 5, 5)).astype(np.float32)
    packer = Packer()
    stacks = packer.maps({"maps/a": drawn * 3, "boundary": drawn, "maps/out": drawn}, "boundary")
    shades = np.frombuffer(packer.buffer, np.uint8, stacks["maps/a"].bytes, stacks["maps/a"].at).reshape(drawn.shape)
    low, high = stacks["maps/a"].low, stacks["maps/a"].high
    read = low + (high - low) * np.cumsum(shades, axis=0, dtype=np.uint8) / 255
    planes = np.frombuffer(packer.buffer, np.uint8, stacks["boundary"].bytes, stacks["boundary"].at)
    changes = planes.reshape(4, -1).T.copy().view(np.uint32).reshape(drawn.shape)
    rounded = np.cumsum(changes, axis=0, dtype=np.uint32).view(np.float32)
    assert float(np.abs(read - drawn * 3).max()) <= (high - low) / 255
    assert float((np.abs(rounded - drawn) / np.abs(drawn)).max()) < 5e-4
    assert (stacks["maps/out"].coding, stacks["maps/out"].of) == ("same", "boundary")


def test_a_recording_of_too_many_numbers_is_refused_with_how_many_iterations_would_fit(
    api: httpx.Client, circle: str
) -> None:
    answer = api.get(f"{circle}/export/html?from=0&to=20000")
    assert (answer.status_code, "would fit" in answer.json()["detail"]) == (422, True)


def test_how_much_of_a_recording_is_there_is_told_and_then_the_same_file(api: httpx.Client, circle: str) -> None:
    address = f"{circle}/export/html?from={START}&to={START + 25}&iteration=5"
    told = api.get(address, headers={"accept": "text/event-stream"}).text
    events = [dict(line.split(": ", 1) for line in one.splitlines()) for one in told.split("\n\n") if "event: " in one]
    said = [(one["event"], json.loads(one["data"])) for one in events]
    plain = api.get(address)
    assert said == [
        ("made", {"done": 20, "of": 25}),
        ("made", {"done": 25, "of": 25}),
        ("file", {"name": plain.headers["content-disposition"].split('"')[1], "html": plain.text}),
    ]


def test_a_recording_that_is_refused_says_so_among_its_events(api: httpx.Client, circle: str) -> None:
    told = api.get(f"{circle}/export/html?from=0&to=20000", headers={"accept": "text/event-stream"})
    assert "would fit" in told.text


def test_a_part_of_a_recording_is_asked_for_again_while_the_server_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    async def work(done: Any) -> Any:
        tried.append(done)
        if len(tried) < 3:
            raise busy()
        return "there"

    monkeypatch.setattr(dependencies, "sleep", lambda _: asyncio.sleep(0))
    reply = cast(Any, SimpleNamespace(work=work))
    assert completed(RunReply.patiently(reply, lambda *_: None, stretches.PATIENCE)) == "there"
    assert len(tried) == 3
    tried.clear()
    with pytest.raises(Problem):
        completed(RunReply.patiently(reply, lambda *_: None, turns=1))
    assert len(tried) == 2
