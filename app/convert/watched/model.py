"""The model of a recording as a configuration, op by op; what is not known is named, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from typing import Any

import numpy as np

from app.convert.watched.graph import Op, read_layers, refused
from app.convert.watched.reading import Record, Watched
from app.wire.forms import Array
from engine.config.run_config import RunConfig
from engine.foundation.errors import ConfigError
from engine.pasted.torch_training import LOSS_FUNCTIONS, LOSSES, OPTIMIZERS
from engine.pasted.weights import with_weights
from engine.run.recorded import Kept, RecordedConfig, RecordedRun
from engine.update.optimizers import parse_optimizer

SLOTS = {"momentum_buffer": "momentum"}  # PyTorch's names, where ours are others
IMAGE = ("channels", "height", "width")
LONGEST_TITLE = 60  # characters


@dataclass(frozen=True, slots=True)
class Model:
    """A recording as a run, and its operations in order.

    coarse: the same run in the recording's own number type, where we have it: what the two differ by is rounding.
    """

    run: RecordedRun
    ops: tuple[Op, ...]
    records: tuple[Record, ...]
    coarse: RecordedRun | None


def model_of(watched: Watched) -> Model:
    """The recorded model.

    Raises: Problem naming the first operation that is not known, and what to do.
    """
    records = _alike(watched)
    first = records[0]
    layers, ops = read_layers(first)
    names = {theirs: ours for op in ops for theirs, ours in op.names.items()}
    config: dict[str, Any] = {
        "seed": 0,
        "data": {"inputs": _rows(records, "x"), "targets": _rows(records, "target"), **_origin(watched, first)},
        "batch_size": len(first.tensors["x"]),
        "shuffle": False,
        "layers": layers,
        "loss": _loss(first),
        "optimizer": _optimizer(watched),
    }
    try:
        exact = _named(RunConfig.from_dict(config), watched.digest)
        kept = [_kept(record, names, config["optimizer"]) for record in records]
        coarse = RecordedRun(replace(exact, dtype="float32"), kept) if is_single(first) else None
        return Model(RecordedRun(exact, kept), tuple(ops), records, coarse)
    except ConfigError as error:
        raise refused(f"the recorded model cannot be a run: {error}") from None


def is_single(record: Record) -> bool:
    """Whether PyTorch computed in float32."""
    return bool(record.about["ops"][0]["dtype"] == "torch.float32")


def _named(config: RunConfig, digest: str) -> RecordedConfig:
    fields = {field.name: getattr(config, field.name) for field in dataclass_fields(RunConfig)}
    return RecordedConfig(**fields, digest=digest)


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


def _origin(watched: Watched, record: Record) -> dict[str, Any]:
    """The script's name, as the title of its data; the sizes of its images."""
    shape = record.tensors["x"].shape[1:]
    image = {"image": list(shape)} if len(shape) == len(IMAGE) else {}
    return {"title": str(watched.about["source"])[:LONGEST_TITLE], **image}


def _rows(records: Sequence[Record], name: str) -> Any:
    """The rows of all batches; an image or a sequence is one row of numbers."""
    rows = np.concatenate([record.tensors[name] for record in records])
    return (rows.reshape(len(rows), -1) if rows.ndim > 2 else rows).tolist()


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
    last = model.records[-1]
    after = {ours: last.tensors[f"next/{theirs}"] for op in model.ops for theirs, ours in op.names.items()}
    config = with_weights(model.run, after)
    rate = model.run.kept[-1].rate
    return config | {"optimizer": config["optimizer"] | {"learning_rate": rate}}
