"""The proof table: every gradient of the registry beside differences of what it is the gradient of.

`python -m engine.checks` prints it: each VJP of each op on random arguments, then whole models, one a layer type.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.checks.gradient_check import gradient_check
from engine.config.run_config import RunConfig
from engine.foundation.value_name import gradient_name
from engine.model.layers import LAYERS
from engine.ops import OPS
from engine.ops.core.op import Array, Index, Op
from engine.run.run import Run

STEP = 1e-3  # of a difference of fourth order: truncation and rounding are both near 1e-12
OP_TOLERANCE, MODEL_TOLERANCE = 1e-8, 1e-6
SEEDS = range(3)  # examples of each op


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what was checked, in how many cells, how many lay at a kink, and the largest relative difference."""

    kind: str
    name: str
    argument: str
    cells: int
    kinks: int
    difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the difference is as small as it has to be."""
        return self.cells > 0 and self.difference <= self.tolerance

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DIFFERS"
        kinks = f"{self.kinks} at a kink" if self.kinks else ""
        named = f"{self.kind:<7}{self.name:<40}{self.argument:<12}"
        return f"{named}{self.cells:>6} cells  {self.difference:9.1e}  {verdict}  {kinks}".rstrip()


def main() -> int:
    """Prints the table; 1 if anything differs, else 0."""
    rows = []
    for row in (*op_rows(), *model_rows()):
        print(row, flush=True)
        rows.append(row)
    wrong = [row for row in rows if not row.agrees]
    print(f"\n{len(rows) - len(wrong)} of {len(rows)} agree")
    return 1 if wrong else 0


# --- ops --------------------------------------------------------------------------------------------------------------


def op_rows() -> Iterator[Row]:
    """A row for every VJP of every op."""
    for op in OPS.values():
        for argument in op.vjps:
            yield _op_row(op, argument)


@np.errstate(all="ignore")
def _op_row(op: Op, argument: str) -> Row:
    found = [_compared(op, argument, *op.example(np.random.default_rng(seed)), seed) for seed in SEEDS]
    differences = [difference for difference, _, _ in found]
    return Row(
        "op",
        op.name,
        argument,
        sum(c for _, c, _ in found),
        sum(k for _, _, k in found),
        max(differences),
        OP_TOLERANCE,
    )


def _compared(
    op: Op, argument: str, args: tuple[Array, ...], params: dict[str, Any], seed: int
) -> tuple[float, int, int]:
    """The largest difference as a share of the largest gradient, the cells compared, and those at a kink."""
    place = op.args.index(argument)
    grad = np.asarray(np.random.default_rng(100 + seed).normal(size=op.forward(*args, **params).shape))
    gradient = op.vjp(argument, grad, *args, **params)
    pairs, kinks = [], 0
    for index in np.ndindex(gradient.shape):
        moved = [_moved(args, place, index, times * STEP) for times in (-2, -1, 1, 2)]
        if _kink(op, moved, params):
            kinks += 1
            continue
        values = [float(np.sum(grad * op.forward(*given, **params))) for given in moved]
        slope = (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * STEP)
        pairs.append((float(gradient[index]), slope))
    largest = max((abs(slope) for _, slope in pairs), default=0.0) or 1.0
    return max((abs(a - b) for a, b in pairs), default=0.0) / largest, len(pairs), kinks


def _moved(args: tuple[Array, ...], place: int, index: Index, by: float) -> tuple[Array, ...]:
    changed = args[place].copy()
    changed[index] += by
    return (*args[:place], changed, *args[place + 1 :])


def _kink(op: Op, moved: Sequence[tuple[Array, ...]], params: dict[str, Any]) -> bool:
    """Whether some cell lies on two sides of a kink."""
    if op.regions is None:
        return False
    first, *others = (op.regions(*args, **params) for args in moved)
    return any(not np.array_equal(first, other) for other in others)


# --- whole models -----------------------------------------------------------------------------------------------------


def model_rows() -> Iterator[Row]:
    """A row for every type of layer: all parameters of a small model with that layer in it."""
    for name in LAYERS:
        traced = Run(RunConfig.from_dict(example(name))).trace_at(0)
        found = gradient_check(traced).parameters
        kinks, checked = sum(len(p.kinks) for p in found), sum(p.checked for p in found)
        # of the model's largest gradient: that of a key's bias is 0, because softmax is the same for scores moved alike
        largest = max(float(np.max(np.abs(traced[gradient_name(p.name)]))) for p in found)
        worst = max(p.largest_absolute for p in found) / largest
        worst = worst if math.isfinite(worst) else math.inf
        yield Row("model", name, "parameters", checked - kinks, kinks, worst, MODEL_TOLERANCE)


def example(name: str) -> dict[str, Any]:
    """A small model with a layer of a type between dense ones, on a circle; a type with needs of its own says them."""
    if name == "embedding":  # it takes tokens, and comes first
        layers = [{"type": name, "tokens": 4, "units": 3}, {"type": "mean_over_time"}, {"units": 1}]
        return {"data": {"name": "parity", "samples": 20, "length": 4}, "layers": layers, "loss": "bce_with_logits"}
    given = EXAMPLES.get(name, [{"type": name}])
    layers = [{"units": 4, "activation": "tanh"}, *given, {"units": 1}]
    return {"data": {"name": "circle", "samples": 20}, "batch_size": 5, "layers": layers, "loss": "bce_with_logits"}


def _on_images(**layer: Any) -> list[dict[str, Any]]:
    """A layer between an image made of the four numbers before it and a row for what comes after."""
    return [{"type": "reshape", "shape": [1, 2, 2]}, layer, {"type": "flatten"}]


def _on_sequences(**layer: Any) -> list[dict[str, Any]]:
    """A layer on two positions made of the four numbers before it."""
    return [{"type": "reshape", "shape": [2, 2]}, layer, {"type": "flatten"}]


_RECURRENT = ("rnn", "lstm", "gru")
_ON_SEQUENCES = ("positional_encoding", "attention", "last_position", "mean_over_time")
_JOINED = ("add", "subtract", "multiply", "maximum")
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "dense": [{"type": "dense", "units": 3, "activation": "gelu"}],
    "reshape": [{"type": "reshape", "shape": [2, 2]}, {"type": "flatten"}],
    "concat": [{"type": "concat", "inputs": ["dense1", "x"]}],
    "conv2d": _on_images(type="conv2d", units=3, kernel=2, padding=1, activation="tanh"),
    "conv1d": _on_sequences(type="conv1d", units=3, kernel=2, padding=1, activation="tanh"),
    "max_pool2d": _on_images(type="max_pool2d", kernel=2, stride=1),
    "avg_pool2d": _on_images(type="avg_pool2d", kernel=2, stride=1),
    "global_avg_pool": _on_images(type="global_avg_pool"),
    **{name: _on_sequences(type=name, units=3) for name in (*_RECURRENT, "additive_attention")},
    **{name: _on_sequences(type=name) for name in _ON_SEQUENCES},
    **{name: [{"units": 4}, {"type": name, "inputs": ["dense1", "dense2"]}] for name in _JOINED},
}
