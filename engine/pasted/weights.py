"""Weights that were saved elsewhere, as a `state_dict` is, put into a configuration to start from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.value_name import ValueName
from engine.model.layers import LAYERS, ParameterSpec
from engine.ops.core.op import Array
from engine.run.run import Run

IGNORED = ("running_mean", "running_var", "num_batches_tracked")  # statistics, which are no parameters
_DIGITS = re.compile(r"(\d+)")
Group = dict[str, Array]


def with_weights(run: Run, tensors: Mapping[str, Array]) -> dict[str, Any]:
    """The run's configuration with these numbers as the first ones of its layers.

    Names are ours (`dense1.weight`), or those of modules in their order (`0.weight`, `fc1.weight`): what belongs to one
    module goes to the layer whose shapes it has.

    Args:    tensors: by name; statistics of batch norms are passed over.
    Returns: a configuration in its JSON form; its edits are left behind, since they belong to another start.
    Raises:  ConfigError naming the tensor or layer that does not fit.
    """
    groups = _grouped({name: array for name, array in tensors.items() if name.rpartition(".")[2] not in IGNORED})
    wanted = _wanted(run.parameters)
    config: dict[str, Any] = run.config.to_dict()
    places = dict(zip(run.names, config["layers"], strict=True))
    for layer, source in _matched(groups, wanted).items():
        for key, array in groups[source].items():
            _put(places[layer], layer, key, array)
    return {**config, "edits": []}


def _grouped(tensors: Mapping[str, Array]) -> dict[str, Group]:
    """Tensors by the module that they belong to, modules in the order of the numbers and letters in their names."""
    found: dict[str, Group] = {}
    for name in sorted(tensors, key=_natural):
        module, _, key = name.rpartition(".")
        found.setdefault(module, {})[key.replace("_l0", "")] = tensors[name]
    if not found:
        raise ConfigError("there is no weight in this file; save model.state_dict() as safetensors", "body")
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(name)]


def _wanted(parameters: tuple[ParameterSpec, ...]) -> dict[str, dict[str, tuple[int, ...]]]:
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for parameter in parameters:
        name = ValueName.parse(parameter.name)
        found.setdefault(name.layer, {})[name.key] = parameter.shape
    return found


def _matched(groups: Mapping[str, Group], wanted: Mapping[str, dict[str, tuple[int, ...]]]) -> dict[str, str]:
    """The module whose tensors each layer gets."""
    if set(groups) <= set(wanted):
        pairs = {name: name for name in groups}
    elif len(groups) == len(wanted):
        pairs = dict(zip(wanted, groups, strict=True))
        if any(_shapes(groups[source]) != _sizes(wanted[layer]) for layer, source in pairs.items()):
            pairs = _by_shape(groups, wanted)
    else:
        text = f"the file has weights of {len(groups)} modules ({', '.join(groups)[:120]}), the network {len(wanted)}"
        raise ConfigError(f"{text} layers with weights ({', '.join(wanted)[:120]})", "body")
    for layer, source in pairs.items():
        if _shapes(groups[source]) != _sizes(wanted[layer]):
            theirs, ours = _told(_shapes(groups[source])), _told(_sizes(wanted[layer]))
            raise ConfigError(f"{source or 'the file'} has {theirs}, {layer} has {ours}", "body")
    return pairs


def _by_shape(groups: Mapping[str, Group], wanted: Mapping[str, dict[str, tuple[int, ...]]]) -> dict[str, str]:
    """By shapes alone, where only one module has those of a layer; else in their order, which says what is wrong."""
    found = {
        layer: [name for name, group in groups.items() if _shapes(group) == _sizes(sizes)]
        for layer, sizes in wanted.items()
    }
    if all(len(names) == 1 for names in found.values()):
        return {layer: names[0] for layer, names in found.items()}
    return dict(zip(wanted, groups, strict=True))


def _shapes(group: Group) -> dict[str, int]:
    return {key: int(array.size) for key, array in group.items()}


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    return {key: int(np.prod(shape)) for key, shape in shapes.items()}


def _told(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{key} of {size} numbers" for key, size in sizes.items())


def _put(layer: dict[str, Any], title: str, key: str, array: Array) -> None:
    """The numbers as the layer's own setting.

    Raises: ConfigError if the layer takes no numbers for this parameter.
    """
    options = {option.name: option.kind for option in LAYERS[layer["type"]].options}
    name = next((name for name in (key, f"{key}_values") if options.get(name) in ("matrix", "vector")), None)
    if name is None:
        raise ConfigError(f"{title} cannot be given numbers for its {key}; leave it out of the file", "body")
    rows = array.reshape(array.shape[0], -1) if options[name] == "matrix" and array.ndim else array.reshape(-1)
    layer[name] = rows.astype(np.float64).tolist()
