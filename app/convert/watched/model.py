"""The model of a recording as a configuration, op by op; what is not known is named, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

import numpy as np

from app.convert.watched.reading import Record, Watched
from app.http.problems import Problem
from app.wire.forms import Array
from engine.config.run_config import RunConfig
from engine.foundation.errors import ConfigError
from engine.model.activations import ACTIVATIONS
from engine.pasted.torch_training import LOSS_FUNCTIONS, LOSSES, OPTIMIZERS
from engine.run.recorded import Kept, RecordedConfig, RecordedRun
from engine.update.optimizers import parse_optimizer

SLOTS = {"momentum_buffer": "momentum"}  # PyTorch's names, where ours are others
LONGEST_TITLE = 60  # characters
THROUGH = {"flatten", "identity", "view", "reshape", "dropout"}  # which leave rows as they are, dropout only when off


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of the recorded model.

    name:   the module, or the function where it is in none; kind: what it is.
    layer:  of the configuration, and the value of it that this op wrote; names: its parameters, theirs to ours.
    number: in the recording.
    """

    name: str
    kind: str
    value: str
    names: Mapping[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Model:
    """A recording as a run, and its operations in order."""

    run: RecordedRun
    ops: tuple[Op, ...]
    records: tuple[Record, ...]


def model_of(watched: Watched) -> Model:
    """The recorded model.

    Raises: Problem naming the first operation that is not known, and what to do.
    """
    records = _alike(watched)
    first = records[0]
    layers, ops = _layers(first)
    names = {theirs: ours for op in ops for theirs, ours in op.names.items()}
    config: dict[str, Any] = {
        "seed": 0,
        "data": {"inputs": _rows(records, "x"), "targets": _rows(records, "target"), "title": _title(watched)},
        "batch_size": len(first.tensors["x"]),
        "shuffle": False,
        "layers": layers,
        "loss": _loss(first),
        "optimizer": _optimizer(watched),
    }
    try:
        parsed = RunConfig.from_dict(config)
        kept = [_kept(record, names, config["optimizer"]) for record in records]
        return Model(RecordedRun(_named(parsed, watched.digest), kept), tuple(ops), records)
    except ConfigError as error:
        raise refused(f"the recorded model cannot be a run: {error}") from None


def _named(config: RunConfig, digest: str) -> RecordedConfig:
    fields = {field.name: getattr(config, field.name) for field in dataclass_fields(RunConfig)}
    return RecordedConfig(**fields, digest=digest)


def refused(detail: str) -> Problem:
    """What stands in the way of explaining a recording."""
    return Problem(422, "not-known", f"{detail[:1].upper()}{detail[1:]}.", "", title="Cannot be explained")


def _alike(watched: Watched) -> tuple[Record, ...]:
    """The recordings that have the values of a whole batch, all of one size."""
    full = [r for r in watched.records if {"x", "target", "loss"} <= r.tensors.keys()]
    if not full:
        notes = "; ".join(watched.about.get("notes", []))
        why = f" ({notes})" if notes else ""
        raise refused(
            "no iteration was recorded with its inputs, targets and a loss of torch.nn"
            f"{why}: record with values='full', and compute the loss by a function of torch.nn.functional or its module"
        )
    return tuple(r for r in full if r.tensors["x"].shape == full[0].tensors["x"].shape)


def _layers(record: Record) -> tuple[list[dict[str, Any]], list[Op]]:
    """A chain of dense layers with their activations, as the ops follow one another."""
    if record.about.get("forwards", 1) > 1:
        raise refused("the loop adds up the gradients of several forward passes before an update: that is not known")
    layers: list[dict[str, Any]] = []
    ops: list[Op] = []
    last = -1
    for number, op in enumerate(record.about["ops"]):
        kind, name = op["op"].lower(), op["module"] or op["op"]
        if op["from"] != last:
            raise refused(f"{name} ({op['op']}) does not take what the operation before it gave: only chains are known")
        last = number
        if kind == "linear":
            layers.append(_dense(record, op))
            own = dict(zip(op["parameters"], (f"dense{len(layers)}.weight", f"dense{len(layers)}.bias"), strict=False))
            ops.append(Op(name, f"Linear {_widths(layers[-1])}", f"dense{len(layers)}.z", own, number))
        elif kind in ACTIVATIONS and layers and "activation" not in layers[-1]:
            layers[-1]["activation"] = {"type": kind, **_settings(kind, op["settings"])}
            ops.append(Op(name, ACTIVATIONS[kind].title, f"dense{len(layers)}.a", {}, number))
        elif not (kind in THROUGH and _through(record, number)):
            raise refused(
                f"{name} ({op['op']}) is not known, so nothing can be derived through it: linear layers, their "
                "activations and losses of torch.nn are"
            )
    if not layers:
        raise refused("no linear layer was recorded")
    return [{"activation": "identity"} | layer for layer in layers], ops


def _dense(record: Record, op: Mapping[str, Any]) -> dict[str, Any]:
    weight, *bias = (record.tensors[f"p/{name}"] for name in op["parameters"])
    given: dict[str, Any] = {"type": "dense", "units": len(weight), "weight": weight.tolist(), "bias": bool(bias)}
    return given | ({"bias_values": bias[0].tolist()} if bias else {})


def _widths(layer: Mapping[str, Any]) -> str:
    return f"{len(layer['weight'][0])}→{layer['units']}"


def _settings(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {option.name for option in ACTIVATIONS[kind].options}
    return {name: value for name, value in given.items() if name in known}


def _through(record: Record, number: int) -> bool:
    """Whether an op gave on what it took."""
    came = record.tensors["x"] if number == 0 else record.tensors[f"op/{number - 1}/out"]
    gave = record.tensors[f"op/{number}/out"]
    return came.ndim == 2 and came.shape == gave.shape and bool(np.array_equal(came, gave))


def _title(watched: Watched) -> str:
    """The script's name, as the title of its data."""
    return str(watched.about["source"])[:LONGEST_TITLE]


def _rows(records: Sequence[Record], name: str) -> Any:
    return np.concatenate([record.tensors[name] for record in records]).tolist()


def _loss(record: Record) -> dict[str, Any]:
    said = record.about["loss"]
    if said["weighted"]:
        raise refused(f"{said['op']} with weights of the classes is not known")
    ours, options = LOSSES[LOSS_FUNCTIONS[said["op"]]]
    settings = said["settings"]
    own = {name: settings[name] for name in options if settings.get(name) is not None}
    reduction = settings.get("reduction", "mean")
    return {"type": ours, **own} | ({} if reduction == "mean" else {"reduction": reduction})


def _optimizer(watched: Watched) -> dict[str, Any]:
    """Without one that is known, plain gradient descent, whose updates are then not compared."""
    told = watched.about["optimizer"]
    if told["type"] not in OPTIMIZERS or len(told["groups"]) != 1:
        return {"type": "sgd", "learning_rate": 0.0}
    group = told["groups"][0]
    own = {name: group[name] for name in OPTIMIZERS[told["type"]] if name in group and name not in ("params", "lr")}
    return {"type": told["type"].lower(), "learning_rate": group["lr"], **own}


def _kept(record: Record, names: Mapping[str, str], optimizer: Mapping[str, Any]) -> Kept:
    groups = record.about.get("groups") or [{}]
    slots = {
        slot.name: {ours: _slot(record, slot.name, theirs, slot.start) for theirs, ours in names.items()}
        for slot in parse_optimizer(dict(optimizer)).rules.slots
    }
    counts = [value for name, value in record.tensors.items() if name.startswith("slot/step/")]
    return Kept(
        int(record.about["iteration"]),
        {ours: record.tensors[f"p/{theirs}"] for theirs, ours in names.items()},
        slots,
        float(groups[0].get("lr", 0.0)),
        int(counts[0]) if counts else 0,
    )


def _slot(record: Record, slot: str, parameter: str, start: Any) -> Array:
    """As it was recorded; before the first update as it starts."""
    theirs = next((name for name, ours in SLOTS.items() if ours == slot), slot)
    found = record.tensors.get(f"slot/{theirs}/{parameter}")
    return found if found is not None else np.full(record.tensors[f"p/{parameter}"].shape, float(start))


def continued(model: Model) -> dict[str, Any]:
    """A run that begins with the parameters after the last recording; what the optimizer remembers begins anew."""
    config, last = model.run.config.to_dict(), model.records[-1]
    after = {ours: last.tensors[f"next/{theirs}"].tolist() for op in model.ops for theirs, ours in op.names.items()}
    for number, layer in enumerate(config["layers"], start=1):
        layer["weight"] = after[f"dense{number}.weight"]
        if layer.get("bias_values") is not None:
            layer["bias_values"] = after[f"dense{number}.bias"]
    rate = model.run.kept[-1].rate
    return config | {"optimizer": config["optimizer"] | {"learning_rate": rate}}
