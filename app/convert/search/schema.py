"""The JSON schema of a search, as `POST /api/searches` takes it."""

from __future__ import annotations

from typing import Any

from engine.search.axes import MOST_VALUES, SCALES
from engine.search.objective import SCORES, UNTIL
from engine.search.space import METHODS, MOST_AXES, MOST_SEEDS

Schema = dict[str, Any]


def search_schemas() -> dict[str, Schema]:
    """JSON schemas of `Search` and its parts, by name."""
    return {"Search": _search(), "Axis": {"anyOf": [_listed(), _ranged()]}}


def _search() -> Schema:
    whole = {"type": "integer", "minimum": 1}
    return _closed(
        "Many runs: a base with other settings, each tried with some seeds.",
        {
            "base": {"$ref": "#/components/schemas/RunConfig"},
            "axes": {"type": "array", "items": {"$ref": "#/components/schemas/Axis"}, "maxItems": MOST_AXES},
            "method": {"enum": list(METHODS), "default": "grid"},
            "trials": {
                "anyOf": [whole, {"type": "null"}],
                "description": "How many settings are drawn; none of a grid.",
            },
            "seeds": {
                "anyOf": [
                    {**whole, "maximum": MOST_SEEDS},
                    {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 0},
                        "minItems": 1,
                        "maxItems": MOST_SEEDS,
                    },
                ],
                "default": 1,
                "description": "How many, from the base's seed on, or which.",
            },
            "iterations": {**whole, "default": 500, "description": "How long each trial is trained."},
            "objective": {
                "anyOf": [{"enum": list(SCORES)}, {"type": "string", "pattern": f"^{UNTIL}"}],
                "default": SCORES[0],
            },
            "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "Fixes which settings are drawn."},
            "rungs": {
                "type": "array",
                "items": whole,
                "description": "Of halving: the iterations at which the best go on.",
            },
            "keep": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        },
        ["base"],
    )


def _listed() -> Schema:
    values = {"type": "array", "minItems": 1, "maxItems": MOST_VALUES, "items": {}}
    return _closed(
        "A setting and the values that it is tried with.", {"path": _path(), "values": values}, ["path", "values"]
    )


def _ranged() -> Schema:
    number = {"type": "number"}
    scale = {"enum": list(SCALES), "default": SCALES[0]}
    fields = {"path": _path(), "low": number, "high": number, "scale": scale}
    return _closed("A setting that takes any number of a range.", fields, ["path", "low", "high"])


def _path() -> Schema:
    return {"type": "string", "examples": ["optimizer.learning_rate", "layers[0].units", "layers[0,1].activation"]}


def _closed(description: str, fields: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": fields,
        "required": required,
        "additionalProperties": False,
    }
