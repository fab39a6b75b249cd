"""What the API says about itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.convert.config_schema import config_schemas
from app.main import create_app
from app.settings import Settings
from engine import catalog

DOCUMENT: dict[str, Any] = create_app().openapi()
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def references(item: Any) -> Iterator[str]:
    if isinstance(item, dict):
        yield from (text for name, text in item.items() if name == "$ref")
        item = list(item.values())
    if isinstance(item, list):
        for part in item:
            yield from references(part)


def test_operations_have_names_that_read_well() -> None:
    assert OPERATIONS.keys() == {
        "check_config",
        "check_gradients",
        "compare_runs",
        "convert_code",
        "cancel_search",
        "create_branch",
        "create_run",
        "create_search",
        "export_comparison",
        "export_recording",
        "export_run",
        "fill_lesson",
        "find_moments",
        "follow_point",
        "get_best",
        "get_boundary",
        "get_card",
        "get_cards",
        "get_catalog",
        "get_comparisons",
        "get_cells",
        "get_curves",
        "get_derivation",
        "get_difference",
        "get_distribution",
        "get_effect",
        "get_evaluation",
        "get_exercise",
        "get_expression_inputs",
        "get_flow",
        "get_frames",
        "get_health",
        "get_hint",
        "get_history",
        "get_importance",
        "get_iteration",
        "get_layers",
        "get_landscape",
        "get_landscape_spot",
        "get_lesson",
        "get_lessons",
        "get_limits",
        "get_maps",
        "get_parameters",
        "get_paths",
        "get_ready",
        "get_plane",
        "get_point",
        "get_presets",
        "get_program",
        "get_range_test",
        "get_run",
        "get_sample_losses",
        "get_search",
        "get_search_config",
        "get_samples",
        "get_series",
        "get_shares",
        "get_sheet",
        "get_skills",
        "get_solution",
        "get_stage",
        "get_step",
        "get_thumbnail",
        "get_trace",
        "get_trials",
        "get_updates",
        "get_variants",
        "grade_answer",
        "grade_exercise",
        "list_conditions",
        "list_differences",
        "list_library",
        "export_library",
        "forget_run",
        "save_run",
        "import_library",
        "list_searches",
        "make_sheet",
        "open_recording",
        "predict",
        "reach_iteration",
        "read_table",
        "load_weights",
        "draw_table",
    }


def test_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) - known == set()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_described(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    assert [p["name"] for p in operation.get("parameters", []) if not p.get("description")] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_declared_as_a_problem(name: str) -> None:
    path, _, operation = OPERATIONS[name]
    errors = {status: r for status, r in operation["responses"].items() if status >= "400"}
    rooms = (
        "runs",
        "expressions",
        "presets/",
        "lessons",
        "practice",
        "searches",
        "library",
        "convert",
        "tables",
        "recordings",
    )
    computes = path.startswith(tuple(f"/api/{room}" for room in rooms))
    expected = {"422", "503"} if computes else set()
    expected |= {"404", "406"} if "run_id" in path or name == "get_search" else {"404"} if "{" in path else set()
    expected |= {"413", "415"} if "requestBody" in operation else set()
    assert errors.keys() == expected
    assert all(list(error["content"]) == ["application/problem+json"] for error in errors.values())


def test_the_examples_work(api: httpx.Client) -> None:
    path = ""
    statuses = {}
    for name in ("create_run", "create_branch", "predict", "get_expression_inputs", "create_search"):
        template, _, operation = OPERATIONS[name]
        content = operation["requestBody"]["content"]["application/json"]
        examples = content.get("examples") or {"only": {"value": content["example"]}}
        answers = [api.post(template.format(run_id=path), json=example["value"]) for example in examples.values()]
        statuses[name] = all(answer.is_success for answer in answers)
        path = path or answers[0].json()["id"]
    assert statuses == dict.fromkeys(statuses, True)


@pytest.mark.parametrize(("token", "security"), [(None, None), ("a-token-for-the-tests", [{"token": []}])])
def test_a_token_is_declared_where_one_is_needed(token: str | None, security: Any) -> None:
    assert create_app(Settings(token=token)).openapi().get("security") == security


# --- the schema of a configuration -----------------------------------------------------------------------------------


def test_the_schema_of_a_configuration_has_every_name_of_the_catalog() -> None:
    text, found = json.dumps(config_schemas()), catalog()
    kinds = (found.datasets, found.activations, found.losses, found.optimizers, found.initializers, found.layers)
    assert [entry.name for kind in kinds for entry in kind if f'"{entry.name}"' not in text] == []


def test_the_schema_of_a_configuration_has_every_setting_with_its_default() -> None:
    run = config_schemas()["RunConfig"]["properties"]
    assert {option.name: run[option.name]["default"] for option in catalog().run.parameters} == {
        option.name: option.default for option in catalog().run.parameters
    }


def test_a_normalized_configuration_has_the_fields_of_its_schema(api: httpx.Client, circle: str) -> None:
    assert api.get(circle).json()["config"].keys() == config_schemas()["RunConfig"]["properties"].keys()


def test_bounds_of_settings_are_in_the_schema() -> None:
    circle = next(d for d in config_schemas()["Data"]["anyOf"] if d["properties"].get("name") == {"const": "circle"})
    noise = circle["properties"]["noise"]
    assert (noise["minimum"], noise["maximum"], noise["type"]) == (0, 5, "number")


def test_the_weights_of_classes_and_the_smoothing_of_labels_are_in_the_schema() -> None:
    losses = [loss for loss in config_schemas()["Loss"]["anyOf"] if loss["type"] == "object"]
    fields = {loss["properties"]["type"]["const"]: loss["properties"] for loss in losses}
    weights = {"type": ["array", "null"], "items": {"type": "number", "exclusiveMinimum": 0.0}, "default": None}
    smoothing = {"type": "number", "minimum": 0.0, "maximum": 1.0, "default": 0.0}
    found = {
        (loss, name): {key: value for key, value in fields[loss][name].items() if key != "description"}
        for loss, name in (("cross_entropy", "weight"), ("nll", "weight"), ("cross_entropy", "label_smoothing"))
    }
    assert found == {
        ("cross_entropy", "weight"): weights,
        ("nll", "weight"): weights,
        ("cross_entropy", "label_smoothing"): smoothing,
    }


def test_what_a_setting_takes_in_a_list_is_said_of_its_items() -> None:
    layers = {layer["properties"]["type"]["const"]: layer["properties"] for layer in config_schemas()["Layer"]["anyOf"]}
    frozen, shape = layers["dense"]["frozen"], layers["reshape"]["shape"]
    assert frozen["items"] == {"type": "string", "enum": ["weight", "bias"]}
    assert (shape["items"], shape["minItems"]) == ({"type": "integer", "minimum": 1}, 1)


def test_the_document_is_served_as_it_is(api: httpx.Client) -> None:
    assert api.get("/openapi.json").json() == json.loads(json.dumps(DOCUMENT))
