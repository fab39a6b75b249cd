"""Programs over the wire: every value comes with its name taken apart."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.convert.program import Program
from engine.foundation.value_name import Moment, ValueName
from engine.run.run import Run
from engine.run.task import parse_config
from tests.app.answers import read
from tests.engine.support.preset_runs import BY_NAME


def program(api: httpx.Client, config: dict[str, Any]) -> Any:
    run = api.post("/api/runs", json=config).json()["id"]
    return read(Program, api.get(f"/api/runs/{run}/program").content)


@pytest.mark.parametrize("preset", ["xor", "remembering", "feedback", "chain_rule"])
def test_every_value_of_a_program_comes_with_its_parsed_name(api: httpx.Client, preset: str) -> None:
    config = BY_NAME[preset].config
    wanted = Run(parse_config(config)).program_at(0)
    names = program(api, config).names
    found = {
        text: ValueName(
            name.layer,
            name.key,
            name.moment and Moment(name.moment.number, name.moment.piece, name.moment.held),
            name.derived,
            name.gradient,
            name.part,
            name.next,
        )
        for text, name in names.items()
    }
    assert found == {text: wanted.name(text) for text in (*wanted.sources, *wanted.producer)}


def test_a_name_says_what_it_is_about(api: httpx.Client) -> None:
    names = program(api, {**BY_NAME["chain_rule"].config, "optimizer": "adam"}).names
    inputs = [name for name in names if name.isalpha() and f"{name}.exp_avg" in names]
    assert [names[f"{name}.exp_avg.next"].subject for name in inputs] == inputs
