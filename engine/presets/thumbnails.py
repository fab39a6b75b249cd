"""A small picture of what a preset shows: numbers of its own run, to be drawn a thumb's size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from engine.analysis.gradient_flow import gradient_flow
from engine.analysis.history import history
from engine.analysis.input_plane import boundary
from engine.analysis.layer_statistics import gradient_norms
from engine.explain.blocks import layer_title
from engine.foundation.errors import UnknownValueError
from engine.foundation.meant import unknown
from engine.foundation.value_name import ValueName
from engine.ops.core.op import Array
from engine.presets import Preset, presets
from engine.run.run import Run
from engine.run.task import parse_config

FINE, COARSE = 40, 80  # points along an axis: of a plane, and of one input
SHOWN = 60  # training points that are drawn at the most
Kind = Literal["plane", "classes", "curve", "bars", "lines", "matrices", "tokens", "graph", "path"]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """What is drawn, by kind.

    plane:    values (R, R) from -1 to 1, rows go up; points (M, 3): both places from 0 to 1, the class as -1 or 1.
    classes:  points (M, 3): two features from 0 to 1, and the class.
    curve:    values (R), 0 to 1, from left to right; points (M, 3): place and target from 0 to 1; 1 for a test point.
    bars:     values (L): norms of the gradient, first layer or time first, to be read on a log scale.
    lines:    values (S, T): losses over the iterations; of the training set and the test set, or of the batch alone.
    matrices: values (M, H, W).
    tokens:   names: the tokens of a text.
    graph:    points (M, 2): depth and row of each node; values (E, 2): from which node to which.
    path:     points (T, 2): where two numbers were, iteration by iteration.
    """

    kind: Kind
    iteration: int
    caption: str
    values: Array
    points: Array
    names: tuple[str, ...] = ()


NONE = np.zeros(0)
Draw = Callable[[Run, int], Thumbnail]


def thumbnail(name: str) -> Thumbnail:
    """The small picture of a preset, of its run at its own iteration.

    Raises: UnknownValueError for a preset that there is none of.
    """
    preset = _named(name)
    draw, iteration = _PICTURES[name]
    with np.errstate(all="ignore"):
        return draw(Run(parse_config(preset.config)), iteration)


def _named(name: str) -> Preset:
    every = {preset.name: preset for preset in presets()}
    if name not in every:
        raise UnknownValueError(unknown("preset", name, every), "path.name")
    return every[name]


def _unit(array: Array) -> Array:
    """Scaled to [0, 1] along the first axis."""
    low, high = array.min(axis=0), array.max(axis=0)
    return np.asarray((array - low) / np.where(high > low, high - low, 1.0))


def _within(array: Array, low: Array, high: Array) -> Array:
    return np.asarray((array - low) / np.where(high > low, high - low, 1.0))


# --- what a model makes of its inputs ---


def _plane(run: Run, iteration: int) -> Thumbnail:
    """The output over the plane, from -1 for one class to 1 for the other."""
    where, found = boundary(run, iteration, FINE)
    labels = run.targets if run.targets.ndim == 1 else run.targets[:, 0]
    low, high = float(labels.min()), float(labels.max())
    value = found[..., 1] - found[..., 0] if found.shape[-1] == 2 else 2 * (found[..., 0] - low) / (high - low) - 1
    assert where.y is not None, "a plane has two inputs"
    corner = np.array([where.x[0], where.y[0]])
    places = _within(run.inputs[:SHOWN, :2], corner, np.array([where.x[-1], where.y[-1]]))
    signs = np.where(labels[:SHOWN] > (low + high) / 2, 1.0, -1.0)
    points = np.column_stack([places, signs])
    return Thumbnail(
        "plane",
        iteration,
        f"output over the inputs at iteration {iteration}",
        np.round(np.clip(value, -1, 1), 3),
        points,
    )


def _classes(run: Run, iteration: int) -> Thumbnail:
    """Points by the last two features; a class each a mark."""
    places = _unit(run.inputs[:, -2:])
    points = np.column_stack([places, run.targets.astype(float)])[: 2 * SHOWN]
    return Thumbnail("classes", iteration, "petal length and width, a mark a species", NONE, points)


def _curve(run: Run, iteration: int) -> Thumbnail:
    """The output over one input, with the points that it learns from and those that it is tested on."""
    where, found = boundary(run, iteration, COARSE)
    rows = [np.column_stack([x[:, 0], t[:, 0]]) for x, t in _sets(run)]
    every = np.concatenate(rows)
    low = np.array([where.x[0], every[:, 1].min()])
    high = np.array([where.x[-1], every[:, 1].max()])
    points = np.column_stack([_within(every, low, high), np.repeat([0.0, 1.0], [len(part) for part in rows])])
    values = np.round(_within(found[:, 0], low[1], high[1]), 4)
    return Thumbnail("curve", iteration, f"output over the input at iteration {iteration}", values, points)


def _sets(run: Run) -> tuple[tuple[Array, Array], ...]:
    return (run.inputs, run.targets), (run.test_inputs, run.test_targets)


# --- how much of the gradient arrives ---


def _bars(run: Run, iteration: int) -> Thumbnail:
    norms = gradient_norms(run, run.trace_at(iteration))
    names = {p.name: ValueName.parse(p.name) for p in run.parameters}
    shown = {layer_title(name.layer): norms[p] for p, name in names.items() if name.key == "weight"}
    caption = f"norm of the weights' gradient per layer at iteration {iteration}, log scale"
    return Thumbnail("bars", iteration, caption, np.array(list(shown.values())), NONE, tuple(shown))


def _bars_in_time(run: Run, iteration: int) -> Thumbnail:
    flow = next(layer for layer in gradient_flow(run, run.trace_at(iteration)).layers if layer.times)
    caption = f"gradient norm per time at iteration {iteration}, log scale"
    times = tuple(str(at.time) for at in flow.times)
    return Thumbnail("bars", iteration, caption, np.array([at.gradient for at in flow.times]), NONE, times)


# --- how the loss goes ---


def _batch_loss(run: Run, iteration: int) -> Thumbnail:
    loss = history(run, 0, iteration).loss
    return Thumbnail("lines", iteration, f"loss of the batch up to iteration {iteration}", loss[None], NONE)


def _train_and_test(run: Run, iteration: int) -> Thumbnail:
    past = history(run, 0, iteration, every=max(1, iteration // COARSE))
    curves = [[point.train_loss for point in past.points], [point.test_loss for point in past.points]]
    caption = f"training and test loss up to iteration {iteration}"
    return Thumbnail("lines", iteration, caption, np.array(curves, float), NONE)


# --- what stands in the layers ---


def _images(value: str, side: int, run: Run, iteration: int) -> Thumbnail:
    """Rows of weights as images."""
    rows = run.trace_at(iteration)[value][:15].reshape(-1, side, side)
    return Thumbnail("matrices", iteration, f"{value} at iteration {iteration}, unit by unit", rows, NONE)


def _first(value: str, run: Run, iteration: int) -> Thumbnail:
    """What a value is for the first sample: channels of an image, heads of an attention, or one matrix."""
    array = run.trace_at(iteration)[value]
    shown = array[0] if array.ndim == 4 else array
    matrices = shown if shown.ndim == 3 else shown[None]
    return Thumbnail("matrices", iteration, f"{value} at iteration {iteration}", matrices, NONE)


def _tokens(run: Run, iteration: int) -> Thumbnail:
    text = [run.data.classes[k] for k in run.inputs[0].astype(int)]
    return Thumbnail("tokens", iteration, "the text that it reads, a character at a time", NONE, NONE, tuple(text))


# --- formulas ---


def _graph(run: Run, iteration: int) -> Thumbnail:
    """The values of a formula by depth, and which is made of which."""
    steps = [step for step in run.trace_at(iteration).program.steps if step.phase in ("forward", "loss")]
    depth: dict[str, int] = {}
    for step in steps:
        for name in step.inputs:
            depth.setdefault(name, 0)
        depth[step.output] = 1 + max((depth[name] for name in step.inputs), default=0)
    names = list(depth)
    rows = {name: sum(depth[other] == depth[name] for other in names[:k]) for k, name in enumerate(names)}
    edges = [[names.index(name), names.index(step.output)] for step in steps for name in step.inputs]
    points = np.array([[depth[name], rows[name]] for name in names], float)
    return Thumbnail(
        "graph", iteration, "each value, and what it is made of", np.array(edges, float), points, tuple(names)
    )


def _path(run: Run, iteration: int) -> Thumbnail:
    """Where the two inputs of a formula were, iteration by iteration."""
    states = [run.state_at(t) for t in range(iteration)]
    places = np.array([[float(run.layout.view(s.parameters, p.name)) for p in run.parameters] for s in states])
    names = tuple(p.name for p in run.parameters)
    return Thumbnail(
        "path", iteration, f"the way of {' and '.join(names)} in {iteration} iterations", NONE, _unit(places), names
    )


_PICTURES: dict[str, tuple[Draw, int]] = {
    "chain_rule": (_graph, 0),
    "one_neuron": (_plane, 112),
    "circle": (_plane, 280),
    "xor": (_plane, 112),
    "moons": (_plane, 112),
    "spiral": (_plane, 1400),
    "features": (_plane, 560),
    "iris": (_classes, 0),
    "feedback": (_plane, 300),
    "sine": (_curve, 210),
    "pytorch": (partial(_first, "dense1.weight"), 100),
    "vanishing": (_bars, 30),
    "diverging": (_batch_loss, 55),
    "range_test": (_batch_loss, 156),
    "overfitting": (_curve, 600),
    "kaiming": (_bars, 30),
    "batch_norm": (_bars, 30),
    "residual": (_bars, 30),
    "clipping": (_batch_loss, 200),
    "label_smoothing": (_plane, 300),
    "weight_penalty": (_curve, 600),
    "dropout": (_curve, 600),
    "early_stopping": (_train_and_test, 600),
    "digits": (partial(_images, "dense1.weight", 8), 240),
    "digits_conv": (partial(_first, "conv2d1.a"), 40),
    "characters": (_tokens, 0),
    "forgetting": (_bars_in_time, 30),
    "remembering": (_bars_in_time, 30),
    "transformer": (partial(_first, "attention1.weights"), 100),
    "reversing": (partial(_first, "attention1.weights"), 300),
    "micrograd": (_graph, 0),
    "valley": (_path, 120),
    "rosenbrock": (_path, 320),
    "saddle": (_path, 100),
}
