"""A run and its program over the wire: what holds at every iteration."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from app.convert.expressions import expression_fields
from app.http.responses import Answer
from app.wire.forms import Series
from engine.analysis.evaluation import merged_targets
from engine.analysis.layer_statistics import own_parameters
from engine.explain.blocks import blocks, layer_title
from engine.explain.notation import Symbols, code, formula
from engine.explain.sentences import step_sentence
from engine.foundation.value_name import ValueName, member_name
from engine.model.layers import Layer
from engine.program.program import Step
from engine.run.run import Run
from engine.run.supervised_task import Fitting
from engine.run.task import Config


def run_answer(run: Run) -> Answer:
    """Everything about a run that holds at every iteration."""
    config = run.config
    return Answer(
        {
            "id": config.id,
            "config": config.to_dict(),
            "layers": _layers(run),
            "parameters": [{"name": p.name, "shape": p.shape, "trainable": p.trainable} for p in run.parameters],
            "parameter_count": sum(math.prod(p.shape) for p in run.parameters),
            "iterations_per_epoch": run.batches.per_epoch,
            "parent": parent(config),
            **(_fitted(run.fitting) if run.has_data else expression_fields(run)),
        }
    )


def _fitted(fitting: Fitting) -> dict[str, Any]:
    """What only layers on data have."""
    return {
        "kind": "layers",
        "title": title(fitting),
        "samples": {"train": len(fitting.inputs), "test": len(fitting.test_inputs)},
        "task": fitting.data.task,
        "features": fitting.data.features,
        "classes": fitting.classes,
        "tokens": fitting.data.meaning.tokens,
        "positions": fitting.data.meaning.positions,
        "image": fitting.data.meaning.image,
        "output_kind": _output_kind(fitting),
        "loss": _loss(fitting),
        "expression": None,
    }


def title(fitting: Fitting) -> str:
    """What to call a run: its data, and the widths of its layers."""
    data = fitting.config.data.name or "own data"
    graph = fitting.outline
    changed = [units_of(graph.shapes[a]) for name, a in graph.outputs.items() if name in _widths(fitting)]
    return f"{data.replace('_', ' ')} {'-'.join(map(str, [fitting.inputs.shape[1], *changed]))}"


def _widths(fitting: Fitting) -> set[str]:
    """The layers that a title counts: those with units of their own."""
    return {name for name, layer in zip(fitting.names, fitting.config.layers, strict=True) if hasattr(layer, "units")}


def units_of(shape: tuple[int, ...]) -> int:
    """The last axis of rows and sequences, the channels of images."""
    return shape[1] if len(shape) == 4 else shape[-1]


def parent(config: Config) -> str | None:
    """The id of the run that this one branched off: the same without its last edits."""
    return config.before(config.edits[-1].iteration).id if config.edits else None


def _layers(run: Run) -> list[dict[str, Any]]:
    return [_layer(run, name, layer) for name, layer in zip(run.names, run.config.layers, strict=True)]


def _layer(run: Run, name: str, layer: Layer) -> dict[str, Any]:
    graph = run.outline
    inputs, a, z = graph.inputs[name], graph.outputs[name], member_name(name, "z")
    return {
        "name": name,
        "type": layer.type,
        "title": layer_title(name),
        "units": units_of(graph.shapes[a]),
        "fan_in": units_of(graph.shapes[inputs[0]]),
        "shape": graph.shapes[a][1:],
        "activation": layer.output_activation.type,
        "input": inputs[0],
        "inputs": inputs,
        "z": z if z in graph.shapes else None,
        "a": a,
        "parameters": [p.name for p in own_parameters(run, name)],
    }


def _loss(fitting: Fitting) -> dict[str, Any]:
    loss = fitting.config.loss
    formula = loss.kind.formula_of(loss.op(merged_targets(fitting, fitting.targets).shape))
    return {"name": loss.type, "title": loss.kind.title, "formula": formula}


def _output_kind(fitting: Fitting) -> str:
    """Which picture shows the model's output best."""
    rows = fitting.inputs.dtype.kind == "f" and len(fitting.outline.shapes[fitting.outline.prediction]) == 2
    pictures = {1: "curve", 2: "plane"} if rows else {}
    return pictures.get(fitting.inputs.shape[1], "classes" if fitting.classes else "none")


def sample_rows(run: Run) -> Answer:
    """The data in model units, training rows first."""
    data = run.data
    inputs = np.concatenate([run.inputs, run.test_inputs])
    targets = np.concatenate([run.targets, run.test_targets])
    split = ["train"] * len(run.inputs) + ["test"] * len(run.test_inputs)
    labelled = data.train_labels is not None and data.test_labels is not None
    document = {
        "inputs": inputs,
        "targets": targets,
        "labels": Series(np.concatenate([data.train_labels, data.test_labels]).reshape(-1)) if labelled else None,
        "split": split,
    }
    is_test = np.array([part == "test" for part in split])
    return Answer(document, {"inputs": inputs, "targets": targets, "is_test": is_test}, {"run": run.config.id})


# --- the program -----------------------------------------------------------------------------------------------------


def program_answer(run: Run, t: int) -> Answer:
    """The steps of an iteration, how its values are written, and the blocks that steps make up."""
    program = run.program_at(t)
    symbols = Symbols(program, run.names)
    return Answer(
        {
            "steps": [step_document(step, symbols) for step in program.steps],
            "symbols": {name: asdict(symbol) for name, symbol in symbols.items()},
            "names": {value: _name(program.name(value)) for value in symbols},
            "blocks": [asdict(block) for block in blocks(program, run.names)],
        }
    )


def _name(name: ValueName) -> dict[str, Any]:
    """A value's name, parsed; what it has nothing of is left empty."""
    moment = name.moment
    return {
        "subject": str(name.subject),
        "layer": name.layer,
        "key": name.key,
        "moment": None if moment is None else asdict(moment),
        "derived": name.derived,
        "gradient": name.gradient,
        "part": name.part,
        "next": name.next,
    }


def step_document(step: Step, symbols: Symbols) -> dict[str, Any]:
    """One step, without numbers."""
    return {
        "index": step.index,
        "phase": step.phase,
        "layer": step.layer,
        "op": step.op,
        "inputs": step.inputs,
        "output": step.output,
        "argument": step.argument,
        "shape": step.shape,
        "formula": formula(step, symbols),
        "code": code(step, symbols),
        "description": step_sentence(step),
    }
