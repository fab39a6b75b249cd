"""A configuration before it is a run: what is wrong with it, and what its layers are as far as that can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.config.run_config import RunConfig, parse_features
from engine.data import DataSpec, parse_data
from engine.foundation.errors import ConfigError, EngineError
from engine.foundation.value_name import LayerName
from engine.model.layers import LAYERS, parse_layer
from engine.model.network import FEATURES, shapes_of
from engine.run.task import Config, check_cells, parse_config, subject_of

INPUT = "x"
LONGEST_TYPE = 40  # characters of what is no type of layer


@dataclass(frozen=True, slots=True)
class LayerSketch:
    """A layer of a configuration that need not be right.

    inputs: the layers that it takes, `x` for the inputs of the model; sources: what it could take; owners: the layers
    whose parameters it could share; shape: of its output for one sample, null if that cannot be said.
    """

    name: str
    type: str
    title: str
    inputs: tuple[str, ...]
    sources: tuple[str, ...]
    owners: tuple[str, ...]
    shape: tuple[int, ...] | None


def parsed(given: Any) -> tuple[Config | None, tuple[EngineError, ...]]:
    """The configuration, or all that is wrong with parts of it that do not depend on each other."""
    try:
        return parse_config(given), ()
    except EngineError as error:
        return None, error.all


def misfits(config: Config) -> tuple[EngineError, ...]:
    """What keeps a configuration, right in its parts, from being a run: `Run` refuses the same."""
    try:
        subject = subject_of(config)
        check_cells(config, subject.outline.parameters)
        subject.model.graph(min(subject.batches.sizes))  # what the smallest batch takes, the others do
    except EngineError as error:
        return error.all
    return ()


def sketches(given: Mapping[str, Any], config: Config | None = None) -> tuple[LayerSketch, ...]:
    """The layers of a configuration as far as they can be said; none if it has no list of them.

    Args: config: the same parsed, if it can be.
    """
    layers = given.get("layers")
    if not isinstance(layers, Sequence) or isinstance(layers, str):
        return ()
    names = _names(layers)
    shapes = _known_shapes(config) if isinstance(config, RunConfig) else _shapes(given, layers)
    first = FEATURES if given.get("features") else INPUT
    return tuple(_sketch(i, layers, names, shapes, first) for i in range(len(layers)))


def _sketch(
    i: int, layers: Sequence[Any], names: Sequence[LayerName], shapes: Mapping[str, tuple[int, ...]], first: str
) -> LayerSketch:
    name = names[i]
    before = tuple(map(str, names[:i]))
    sources = (INPUT, *([FEATURES] if first == FEATURES else []), *before)
    named = _named_inputs(layers[i])
    owners = [other for other, layer in zip(before, layers, strict=False) if _owns(layer, name.type)]
    return LayerSketch(
        str(name),
        name.type,
        name.title,
        named or ((before or (first,))[-1],),
        sources,
        tuple(owners) if name.type in LAYERS and LAYERS[name.type].parameters else (),
        shapes.get(str(name)),
    )


def _type(layer: Any) -> str:
    given = layer.get("type", "dense") if isinstance(layer, Mapping) else "layer"
    return given[:LONGEST_TYPE] if isinstance(given, str) else "layer"


def _names(layers: Sequence[Any]) -> list[LayerName]:
    seen: Counter[str] = Counter()
    names = []
    for kind in map(_type, layers):
        seen[kind] += 1
        names.append(LayerName(kind, seen[kind]))
    return names


def _named_inputs(layer: Any) -> tuple[str, ...]:
    given = layer.get("inputs") if isinstance(layer, Mapping) else None
    return tuple(name for name in given if isinstance(name, str)) if isinstance(given, (list, tuple)) else ()


def _owns(layer: Any, kind: str) -> bool:
    """Whether a layer is of this type and has parameters of its own."""
    return _type(layer) == kind and isinstance(layer, Mapping) and not layer.get("share")


def _known_shapes(config: RunConfig) -> dict[str, tuple[int, ...]]:
    graph = config.outline
    return {name: graph.shapes[output][1:] for name, output in graph.outputs.items()}


def _shapes(given: Mapping[str, Any], layers: Sequence[Any]) -> dict[str, tuple[int, ...]]:
    """What the layers give, up to the first one that is wrong or does not fit."""
    try:
        data: DataSpec = parse_data(given.get("data", {}))
        features = parse_features(given.get("features"), len(data.columns))
    except ConfigError:
        return {}
    right = []
    for i, layer in enumerate(layers):
        try:
            right.append(parse_layer(layer, f"layers[{i}]"))
        except ConfigError:
            break
    return shapes_of(right, (len(data.columns),), features) if right else {}
