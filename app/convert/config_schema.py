"""The JSON schema of a configuration, read off the catalog."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.catalog import Catalog, Entry, LayerEntry, Parameter, catalog
from engine.config.base_config import COMMON_OPTIONS
from engine.data.dataset import INLINE_OPTIONS
from engine.data.inline_data import TITLE_MAXIMUM
from engine.expressions.spec import MOST_INPUTS
from engine.expressions.text import EXAMPLE, LONGEST
from engine.foundation.options import Option

Schema = dict[str, Any]


def config_schemas() -> dict[str, Schema]:
    """JSON schemas of `RunConfig` and its parts, by name."""
    found = catalog()
    return {
        "RunConfig": _run_schema(found),
        "ExpressionConfig": _expression_schema(found),
        "Data": {"anyOf": [_object(e, "name") for e in found.datasets] + [_inline_schema()]},
        "Layer": {"anyOf": [_layer(e) for e in found.layers]},
        "Activation": _choice(found.activations, "How a unit's weighted sum becomes what it passes on."),
        "Loss": _choice(found.losses, "What training makes small."),
        "Optimizer": {"anyOf": [_names(found.optimizers), *(_object(e, "type") for e in found.optimizers)]},
        "Initializer": _choice(found.initializers, "How a parameter starts."),
        "Backward": _choice(found.backward, "What the gradient goes through on its way back."),
        "Schedule": _choice(found.schedules, "How the learning rate changes in the course of training."),
        **{_title(section): _section(section) for section in sections(found)},
        "Edit": {"anyOf": [_set_schema(), _cell_schema()]},
        "Branch": _closed("Edits to add.", {"edits": {"type": "array", "items": _part("Edit")}}, ["edits"]),
    }


def _run_schema(found: Catalog) -> Schema:
    return _closed(
        "A run: everything that its numbers depend on. Defaults are filled in; unknown fields are refused.",
        {
            "data": _part("Data"),
            "layers": {"type": "array", "minItems": 1, "items": _part("Layer")},
            "loss": {**_part("Loss"), "default": "mse"},
            "backward": _or_none(_part("Backward")),
            **_update(found, [section.name for section in sections(found)]),
            "features": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "What the first layer takes instead of the raw inputs: powers, products and waves.",
                "examples": [["x1", "x2", "x1^2", "x1*x2", "sin(x1)"]],
            },
            **_options(found.run.parameters),
            "edits": {"type": "array", "items": _part("Edit"), "default": []},
        },
        ["data", "layers"],
    )


def _expression_schema(found: Catalog) -> Schema:
    return _closed(
        "The run of an expression: a scalar program on numbers, without data and layers.",
        {
            "expression": {
                "type": "string",
                "maxLength": LONGEST,
                "description": "Statements, separated by new lines or semicolons; the last one is the loss.",
                "examples": [EXAMPLE],
            },
            "inputs": {
                "type": "object",
                "additionalProperties": {"type": "number"},
                "maxProperties": MOST_INPUTS,
                "description": "A number for every name that no statement gives a value.",
                "examples": [{"a": 2, "b": -3, "c": 10, "d": 0.5}],
            },
            "train": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The inputs that are trained; all of them without.",
                "examples": [["a"]],
            },
            **_update(found, ["regularization", "clip"]),
            **_options(COMMON_OPTIONS),
            "edits": {"type": "array", "items": _part("Edit"), "default": []},
        },
        ["expression", "inputs"],
    )


def _update(found: Catalog, names: Collection[str]) -> dict[str, Schema]:
    """How parameters are renewed."""
    return {
        "optimizer": {**_part("Optimizer"), "default": "sgd"},
        "schedule": _or_none(_part("Schedule")),
        **{section.name: _or_none(_part(_title(section))) for section in sections(found) if section.name in names},
    }


def sections(found: Catalog) -> tuple[Entry, ...]:
    """Objects that a run may have."""
    return found.run.regularization, found.run.clip, found.run.early_stopping


def _title(section: Entry) -> str:
    """`early_stopping` as a schema is called: EarlyStopping."""
    return section.name.title().replace("_", "")


def _section(entry: Entry) -> Schema:
    return _closed(entry.description, _options(entry.parameters), [])


def _or_none(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}], "default": None}


def _layer(entry: LayerEntry) -> Schema:
    named = {name: {**_part("Initializer"), "default": start} for name, start in entry.starts.items()}
    if entry.activation is not None:
        named["activation"] = {**_part("Activation"), "default": entry.activation}
    named["inputs"] = _inputs(entry.several, entry.second)
    if entry.shares:
        text = "An earlier layer of this type whose parameters this one takes; their gradients add up."
        named["share"] = {"type": ["string", "null"], "description": text, "examples": ["dense1"], "default": None}
    fields: Schema = {"type": {"const": entry.name}, **_options(entry.parameters), **named}
    needed = [*entry.required, *(["inputs"] if entry.several else [])]
    return _closed(entry.description, fields, needed if entry.name == "dense" else ["type", *needed])


def _inputs(several: bool, second: bool) -> Schema:
    text = "Layers whose outputs it takes, `x` for the inputs of the model; without, the layer before."
    schema: Schema = {"type": "array", "items": {"type": "string"}, "description": text, "examples": [["x"]]}
    return schema | ({"minItems": 2} if several else {"maxItems": 1 + second})


def _inline_schema() -> Schema:
    numbers: Schema = {"type": "array", "items": {"type": "number"}}
    rows = {"type": "array", "minItems": 1, "items": numbers}
    names = {"type": "array", "items": {"type": "string"}}
    fields: Schema = {
        "inputs": {**rows, "description": "One row of numbers per sample."},
        "targets": {
            "anyOf": [numbers, rows, {"type": "array", "items": {"type": ["string", "boolean"]}}],
            "description": "Class indices or numbers, or a row of numbers per sample; or labels: texts, or true and "
            "false: classes in the order of their names.",
        },
        "feature_names": names,
        "class_names": names,
        "title": {"type": "string", "maxLength": TITLE_MAXIMUM, "description": "What the data is called."},
        "target_name": {"type": "string", "maxLength": TITLE_MAXIMUM, "description": "What the targets are."},
        "rows": {"type": "array", "items": {"type": "integer"}, "description": "Each row's number in its file."},
        "target_scale": {
            "type": "array",
            "items": {"type": "number"},
            "description": "Mean and deviation by which targets that are numbers were moved and scaled: in their own "
            "unit they are target * deviation + mean.",
        },
        "image": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "description": "Channels, height and width where a row of inputs is an image.",
        },
        **_options(INLINE_OPTIONS),
    }
    return _closed("Data given as numbers.", fields, ["inputs", "targets"])


def _set_schema() -> Schema:
    settings = {"type": "object", "examples": [{"optimizer.learning_rate": 0.01}]}
    fields: Schema = {"iteration": {"type": "integer", "minimum": 0}, "set": settings}
    return _closed("Hyper-parameters from an iteration on.", fields, ["iteration", "set"])


def _cell_schema() -> Schema:
    fields: Schema = {
        "iteration": {"type": "integer", "minimum": 0},
        "parameter": {"type": "string", "examples": ["dense1.weight"]},
        "index": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "value": {"type": "number"},
    }
    return _closed("One cell of a parameter at an iteration.", fields, list(fields))


def _choice(entries: Iterable[Entry], description: str) -> Schema:
    entries = list(entries)
    with_settings = [_object(entry, "type") for entry in entries if entry.parameters]
    return {"description": description, "anyOf": [_names(entries), *with_settings]}


def _names(entries: Iterable[Entry]) -> Schema:
    return {"type": "string", "enum": [entry.name for entry in entries]}


def options_schema(description: str, options: Iterable[Option], **required: Schema) -> Schema:
    """A body of options that may be left out, beside what is required."""
    return _closed(description, {**required, **_options(options)}, list(required))


def _object(entry: Entry, key: str) -> Schema:
    return _closed(entry.description, {key: {"const": entry.name}, **_options(entry.parameters)}, [key])


def _closed(description: str, properties: Mapping[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _part(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _options(options: Iterable[Option | Parameter]) -> dict[str, Schema]:
    return {option.name: _option(option) for option in options}


def _option(option: Option | Parameter) -> Schema:
    cell = {**_range(option), **({} if option.choices is None else {"enum": list(option.choices)})}
    schema = {**_of_cells(_KINDS[option.kind], cell), "description": option.description}
    types = [schema["type"]]
    if option.length is not None:  # a list of so many, or one number for all
        schema |= {**cell, "minItems": option.length, "maxItems": option.length}
        types.append("integer")
    if option.nullable:
        types.append("null")
    return schema | {"type": types if len(types) > 1 else types[0], "default": option.default}


def _of_cells(schema: Schema, cell: Schema) -> Schema:
    """The schema with what holds of a value; of lists, with what holds of each of their numbers or names."""
    if schema["type"] != "array":
        return schema | cell
    return schema | {"items": _of_cells(schema["items"], cell)}


def _range(option: Option | Parameter) -> Schema:
    names = {
        "exclusiveMinimum" if option.exclusive_minimum else "minimum": option.minimum,
        "exclusiveMaximum" if option.exclusive_maximum else "maximum": option.maximum,
    }
    return {name: bound for name, bound in names.items() if bound is not None and math.isfinite(bound)}


_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
_KINDS: dict[str, Schema] = {
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "choice": {"type": "string"},
    "pair": {**_NUMBERS, "minItems": 2, "maxItems": 2},
    "matrix": {"type": "array", "items": _NUMBERS},
    "vector": _NUMBERS,
    "integers": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
    "names": {"type": "array", "items": {"type": "string"}},
}
