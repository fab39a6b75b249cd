"""Requests drawn from the API's own description, right and wrong ones: ``python -m tests.app.front.fuzz [seconds]``.

It says which requests came to a mistake of ours, and how often each operation refuses what its schema allows.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from app.main import create_app
from app.settings import Limits, Settings
from tests.app.asgi import Heard, ask
from tests.app.conftest import CIRCLE

SECONDS = 120.0
TENSORS = "application/vnd.safetensors"
DRAWN = 3
LIMITS = Limits(iterations=300, seconds=5.0, resolution=20, iterations_per_request=300, samples=500)


@dataclass(slots=True)
class Found:
    """What came of it: how much was asked, what was refused though its schema allows it, and our mistakes."""

    asked: Counter[str] = field(default_factory=Counter)
    allowed: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.asked.total()} requests of {len(self.asked)} operations, {len(self.mistakes)} mistakes"


class Fuzz:
    """One server, and what it was asked."""

    def __init__(self, drawn: int = DRAWN) -> None:
        self.examples = drawn  # requests of an operation in one turn
        self.app = create_app(Settings(limits=LIMITS))
        described = schemathesis.openapi.from_dict(self.app.openapi())
        self.operations: list[Any] = [result.ok() for result in described.get_all_operations()]  # type: ignore[union-attr]
        made = ask(self.app, "/api/runs", "POST", json.dumps(CIRCLE), content_type="application/json")
        self.run = json.loads(made.body)["id"]
        self.found = Found()

    def turn(self, number: int, until: float = math.inf) -> None:
        """Some requests of every operation, right and wrong ones."""
        for operation in random.Random(number).sample(self.operations, len(self.operations)):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if time.monotonic() < until:
                    self.drawn(operation, mode, number, until)

    def drawn(self, operation: Any, mode: GenerationMode, number: int, until: float = math.inf) -> None:
        """Some requests of one operation, while there is time."""

        @seed(number)
        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=_cases(operation, mode))
        def drawn(case: Any) -> None:
            if time.monotonic() < until:
                self._asked(operation, mode, *_request(case, self.run))

        with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
            drawn()

    def _asked(self, operation: Any, mode: GenerationMode, target: str, body: str, kind: str) -> None:
        label = operation.label
        heard = ask(self.app, target, operation.method.upper(), body, content_type=kind or "application/json")
        self.found.asked[label] += 1
        if not is_documented(heard):
            self.found.mistakes.append(f"{heard.status} of {operation.method} {target} {body[:500]}")
        if mode == GenerationMode.POSITIVE:
            self.found.allowed[label] += 1
            if heard.status in (400, 422):
                self.found.refused[label, _why(heard)] += 1


def is_documented(heard: Heard) -> bool:
    """An answer that is one, or a problem that says what is wrong."""
    if heard.status < 400:
        return True
    problem = heard.headers["content-type"] == "application/problem+json"
    return heard.status < 500 and problem and bool(json.loads(heard.body)["detail"])


def _cases(operation: Any, mode: GenerationMode) -> st.SearchStrategy[Any]:
    forms = operation.definition.raw.get("requestBody", {}).get("content", {})
    if set(forms) == {TENSORS}:  # of which no schema says more than that they are bytes
        return st.builds(_Bytes, st.just(operation), st.binary(max_size=64))
    cases: st.SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)
    return cases


@dataclass(frozen=True, slots=True)
class _Bytes:
    operation: Any
    raw: bytes

    @property
    def body(self) -> str:
        return self.raw.decode("latin-1")

    path_parameters: Any = None
    query: Any = None
    media_type: str = TENSORS


def _request(case: Any, run: str) -> tuple[str, str, str]:
    """Where a request goes, its body and its media type."""
    path = case.operation.path
    for name, value in (case.path_parameters or {"run_id": run}).items():
        path = path.replace(f"{{{name}}}", run if name == "run_id" else quote(_text(value), safe=""))
    query = urlencode([(name, text) for name, value in (case.query or {}).items() for text in _texts(value)])
    body = case.body
    text = "" if isinstance(body, NotSet) else body if isinstance(body, str) and "json" not in case.media_type else None
    return f"{path}?{query}", json.dumps(body, default=str) if text is None else text, case.media_type or ""


def _texts(value: Any) -> Iterator[str]:
    yield from map(_text, value if isinstance(value, list) else [value])


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.encode("utf-8", "replace").decode() or "0"


def _why(heard: Heard) -> str:
    problem = json.loads(heard.body)
    place = problem["errors"][0]["path"] if problem.get("errors") else ""
    return f"{problem['type']} {place}"


def fuzzed(seconds: float) -> Found:
    """What came of so many seconds."""
    fuzz, began, number = Fuzz(), time.monotonic(), 0
    while time.monotonic() < began + seconds:
        fuzz.turn(number, began + seconds)
        number += 1
    return fuzz.found


if __name__ == "__main__":
    found = fuzzed(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    print(found, *found.mistakes, sep="\n")
    for (label, why), count in found.refused.most_common():
        print(f"{count} of {found.allowed[label]} {label}: {why}")
    sys.exit(bool(found.mistakes))
