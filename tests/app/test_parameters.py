"""What the documentation says of a parameter is what the server does: what is valid by its schema is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from app.main import create_app
from app.routes.query import known_to
from app.settings import Limits, Settings
from tests.app.conftest import CIRCLE

BODIES: dict[str, Any] = {
    "create_branch": {"edits": [{"iteration": 1, "set": {"optimizer.learning_rate": 0.2}}]},
    "predict": {"inputs": [[0.5, 0.5]]},
    "check_config": CIRCLE,
    "create_run": CIRCLE,
    "get_expression_inputs": {"expression": "L = a*b"},
    "grade_exercise": {"answers": {"1": "0.25"}},
}
EXAMPLES = {"value": "dense1.weight.grad", "parameter": "dense1.weight", "index": "0,1", "to": 5, "t": 0, "k": 0}
EXAMPLES |= {"directions": "random", "x": "batch_size", "y": "loss", "condition": "loss < 0.5", "expression": "loss"}
EXAMPLES |= {"a": 0.5, "b": -0.5}
EXAMPLES |= {"kind": "number", "number": 1, "layer": "dense1", "row": 0}
WITH_A_ROW = ("get_point", "follow_point")  # or with numbers: one of the two, which no schema says
AXES = [{"path": "batch_size", "values": [8]}, {"path": "loss", "values": ["mse"]}]
TABLE = "a,b,kind\n1,2,x\n2,1,y\n3,5,x\n4,4,y\n"  # the body of the one route that takes no JSON
NULL = {"type": "null"}
PAST_64_BITS = 10**23  # what computes and writes numbers takes none of these
LONGEST_ADDRESS = 60_000  # characters: the client makes none that is longer
APP = create_app()
PATHS: dict[str, Any] = APP.openapi()["paths"]


@dataclass(frozen=True, slots=True)
class Case:
    """One parameter of an operation, with a value that its schema allows or forbids."""

    name: str
    method: str
    path: str
    where: str
    parameter: str
    value: Any
    valid: bool

    def __str__(self) -> str:
        return f"{self.name}-{self.parameter}={self.value!r}-{'valid' if self.valid else 'not'}"


def cases() -> Iterator[Case]:
    for path, methods in PATHS.items():
        for method, operation in methods.items():
            for given in operation.get("parameters", []):
                if given["name"] not in ("run_id", "search_id"):
                    for value, valid in samples(given["schema"]):
                        name, where = operation["operationId"], given["in"]
                        yield Case(name, method, path, where, given["name"], value, valid)


def samples(schema: dict[str, Any]) -> list[tuple[Any, bool]]:
    """Values at the edges of a schema."""
    kinds = {kind["type"] for kind in schema.get("anyOf", [schema]) if kind != NULL}
    if "enum" in schema:
        return [(value, True) for value in schema["enum"]] + [("nothing", False), ("JSON", False)]
    if kinds == {"integer"}:
        return [*numbers(schema), ("x", False), ("1.5", False)]
    if kinds == {"boolean"}:
        return [("true", True), ("false", True), ("maybe", False)]
    if "pattern" in schema:
        return [("0,1", True), ("1,-1", False), ("a", False), ("1.0", False)]
    longest = max(kind.get("maxLength", 0) for kind in schema.get("anyOf", [schema]))
    return [("x" * (longest + 1), False)] if longest < LONGEST_ADDRESS else []


def numbers(schema: dict[str, Any]) -> Iterator[tuple[int, bool]]:
    least = schema.get("minimum", schema.get("anyOf", [{}])[0].get("minimum"))
    assert least is not None, "a number without a minimum"
    yield least, True
    yield least - 1, False
    most = schema.get("maximum", schema.get("anyOf", [{}])[0].get("maximum"))
    yield (
        PAST_64_BITS if most is None else most + 1,
        False,
    )  # else the run has one, as its batch
    if "not" in schema:
        yield schema["not"]["const"], False


CASES = list(cases())


@pytest.fixture(scope="module")
def search(api: httpx.Client) -> str:
    """Id of a search that is waiting for its turn, or beyond."""
    return str(api.post("/api/searches", json={"base": CIRCLE, "axes": AXES, "iterations": 1}).json()["id"])


@pytest.fixture(scope="module")
def special(api: httpx.Client) -> dict[str, str]:
    """Ids of the runs that some operations are about: two trained inputs for a plane, a range test for its band."""
    ranged = CIRCLE | {"schedule": {"type": "range_test", "end": 0.5, "iterations": 10}}
    given = {
        "get_plane": {"expression": "L = a*b", "inputs": {"a": 1, "b": 2}},
        "get_range_test": ranged,
    }
    return {name: str(api.post("/api/runs", json=config).json()["id"]) for name, config in given.items()}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_valid_by_the_schema_is_what_is_accepted(
    api: httpx.Client, circle: str, special: dict[str, str], search: str, case: Case
) -> None:
    known = special.get(case.name, circle.rpartition("/")[2])
    values: dict[str, Any] = EXAMPLES | {"format": "json", "with": known, case.parameter: case.value}
    path = case.path.format(run_id=known, search_id=search, **{name: str(value) for name, value in values.items()})
    query = {name: values[name] for name in asked_by(case)}
    answer = api.request(case.method.upper(), path, params=query, **sent(case))
    refused = answer.status_code == 422
    accepted = answer.is_success or answer.json()["type"].endswith("no-question")  # not every kind has one everywhere
    assert (refused, accepted) == (not case.valid, case.valid), answer.text
    if refused:
        named = {place.partition("[")[0] for place in places(answer)}
        assert named & {f"{case.where}.{case.parameter}", "query.to"}


def sent(case: Case) -> dict[str, Any]:
    """The body of a request."""
    if case.name == "read_table":
        return {"content": TABLE, "headers": {"content-type": "text/csv"}}
    return {"json": BODIES.get(case.name)}


def asked_by(case: Case) -> list[str]:
    """The query of a request: what has to be there, and what is tried."""
    operation = PATHS[case.path][case.method]
    query = [p for p in operation.get("parameters", []) if p["in"] == "query"]
    wanted = (case.parameter, "index", *(["row"] if case.name in WITH_A_ROW else []))
    return [p["name"] for p in query if p.get("required") or p["name"] in wanted]


def places(answer: httpx.Response) -> set[str]:
    return {error["path"] for error in answer.json()["errors"]}


def test_every_number_that_can_be_asked_for_is_tried() -> None:
    assert len([case for case in CASES if isinstance(case.value, int) and case.valid]) > 25


def test_the_largest_numbers_are_those_of_the_server_at_hand() -> None:
    document = create_app(Settings(limits=Limits(iterations=7, resolution=9))).openapi()
    operation = document["paths"]["/api/runs/{run_id}/iterations/{t}/boundary"]["get"]
    assert {p["name"]: p["schema"].get("maximum") for p in operation["parameters"]} == {
        "run_id": None,
        "t": 7,
        "resolution": 9,
    }


def test_no_operation_passes_over_a_parameter_that_it_does_not_know(api: httpx.Client) -> None:
    found = {}
    for path, methods in PATHS.items():
        for method, operation in methods.items():
            here = path.format(**{name: EXAMPLES.get(name, "x") for name in re.findall(r"{(\w+)}", path)})
            answer = api.request(method.upper(), here, params={"limitt": 3})
            found[operation["operationId"]] = (answer.status_code, answer.json()["type"], tuple(places(answer)))
    assert set(found.values()) == {(422, "urn:backscope:problem:unknown-parameter", ("query.limitt",))}, found


def test_no_operation_refuses_a_parameter_as_unknown_that_it_describes() -> None:
    described = {
        operation["operationId"]: {given["name"] for given in operation.get("parameters", ()) if given["in"] == "query"}
        for methods in PATHS.values()
        for operation in methods.values()
    }
    routes = [context.route for context in iter_route_contexts(APP.routes)]
    found = [route for route in routes if isinstance(route, APIRoute) and route.include_in_schema]
    assert {route.name: set(known_to(route.dependant)) for route in found} == described


def test_a_parameter_that_is_not_known_is_told_with_those_that_are(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/history", params={"form": 0, "to": 5, "until": 1})
    known = "to, from, every"
    assert answer.json()["errors"] == [
        {
            "path": f"query.{given}",
            "message": f"unknown query parameter '{given}'; {message}",
            "code": "unknown-parameter",
            "params": {"given": given, "allowed": known, "remedy": remedy},
        }
        for given, message, remedy in (
            ("form", f"did you mean from? Allowed here: {known}", "write from"),
            ("until", f"allowed here: {known}", "leave it out"),
        )
    ]


def test_the_version_of_the_studio_that_asks_may_stand_in_every_query(api: httpx.Client, circle: str) -> None:
    assert api.get(f"{circle}/history", params={"to": 2, "v": "1.2.3"}).status_code == 200
