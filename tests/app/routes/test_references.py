"""`/llms.txt` and the reference of the Python client: made of what they describe, all of it."""

from __future__ import annotations

import html
import inspect
import json
import re
from dataclasses import fields
from typing import Any

import backscope
from app.main import create_app
from engine import RunConfig, presets
from engine.catalog import catalog
from tests.app.asgi import ask

APP = create_app()


def named() -> set[str]:
    """Every name that a configuration can have, and every setting."""
    found, names = catalog(), set()
    for part in fields(found):
        entries: Any = getattr(found, part.name)
        if isinstance(entries, tuple) and part.name not in ("estimates", "settable"):
            names |= {entry.name for entry in entries} | {p.name for entry in entries for p in entry.parameters}
    return names | {p.name for p in found.run.parameters} | {preset.name for preset in presets.presets()}


def test_the_text_for_programs_names_all_that_a_configuration_can_name() -> None:
    text = ask(APP, "/llms.txt").body.decode()
    words = set(re.findall(r"`([^`]+)`", text)) | set(re.findall(r"^ *- (\w+) \(", text, re.MULTILINE))
    assert named() - words == set()


def test_the_text_for_programs_lists_every_request() -> None:
    text = ask(APP, "/llms.txt").body.decode()
    asked = [f"- `{m.upper()} {p}`: {o['summary']}" for p, ms in APP.openapi()["paths"].items() for m, o in ms.items()]
    assert [line for line in asked if line not in text] == []


def test_the_example_for_programs_is_a_run() -> None:
    text = ask(APP, "/llms.txt").body.decode()
    example = text[text.index("    {") : text.index("\n\nOwn data")]
    assert RunConfig.from_dict(json.loads(example)).seed == 0


def test_the_clients_page_has_every_public_method_and_every_operation() -> None:
    page = html.unescape(ask(APP, "/docs/python").body.decode())
    methods = {
        f'id="{name}.{member}"'
        for name in backscope.__all__
        if inspect.isclass(cls := getattr(backscope, name))
        for member in vars(cls)
        if not member.startswith("_") and callable(vars(cls)[member])
    }
    operations = {f'call("{o["operationId"]}"' for ways in APP.openapi()["paths"].values() for o in ways.values()}
    assert ({m for m in methods if m not in page}, {o for o in operations if o not in page}) == (set(), set())


def test_every_method_of_the_client_says_what_it_does() -> None:
    page = ask(APP, "/docs/python").body.decode()
    silent = re.findall(r'<dt id="([^"]+)"><code>[^<]*</code></dt>\s*<dd>(?:<p class="said"></p>)?</dd>', page)
    assert silent == []
