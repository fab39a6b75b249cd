"""Every function of the update phase with operands and settings: what its registry-driven tests run over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array, Function
from engine.ops.update.gradients import ALL_OPS
from engine.ops.update.optimizers import UPDATE_OPS, result_shape, update_function

SHAPE = (3, 2)
COUNT = 3  # parameters, for an op that takes one number of each


@dataclass(frozen=True)
class UpdateCase:
    """One op on random positive operands, but for those that are given; a gradient and a parameter have both signs."""

    op: str
    params: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    @property
    def name(self) -> str:
        texts = [f"{name}={value}" for name, value in (*self.params.items(), *self.given.items())]
        return f"{self.op}({', '.join(texts)})"

    @property
    def function(self) -> Function:
        return update_function(self.op, COUNT)

    @cached_property
    def operands(self) -> dict[str, Array]:
        """By name, in the order in which the kernel takes them."""
        rng = np.random.default_rng(self.seed)
        parts = self.function.relation.split("->")[0].split(",")
        found = {}
        for name, letters in zip(self.function.operands, parts, strict=True):
            low = -1.0 if letters and name in ("grad", "p", "direction", "first", "second", "third") else 0.2
            drawn = rng.uniform(low, 1.0, SHAPE if letters else ())
            found[name] = np.broadcast_to(np.float64(self.given.get(name, drawn)), drawn.shape).copy()
        return found

    @property
    def result_shape(self) -> tuple[int, ...]:
        return result_shape(self.function, SHAPE)

    def run(self, operands: Mapping[str, Array] | None = None, xp: Any = EAGER, out: Array | None = None) -> Array:
        """The kernel's result on these operands (its own if not given)."""
        given = self.operands if operands is None else operands
        out = np.empty(self.result_shape) if out is None else out
        self.function.kernel(xp, out, *given.values(), **self.params)
        return out


MIXED = np.array([[-1.0, 1.0], [0.0, -1.0], [1.0, 0.0]])
GROWING = {"beta": 0.9, "momentum_decay": 0.1}
SIZES = {"shrink": 0.5, "grow": 1.2, "smallest": 0.3, "largest": 0.9}
RENEWED = {"factor": 0.5, "base": 0.2, "rate": 0.1}

# op -> its cases: settings and operands that are not drawn
EXAMPLES: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "weight_decay": [({"weight_decay": 0.01}, {})],
    "momentum": [({"momentum": 0.9}, {})],
    "damped_momentum": [({"momentum": 0.9}, {})],
    "undamped": [({"dampening": 0.3}, {"step": n}) for n in (1, 2, 9)],
    "negative": [({}, {})],
    "nesterov": [({"momentum": 0.9}, {})],
    "descend": [({}, {})],
    "accumulate_square": [({}, {})],
    "average": [({"beta": 0.9}, {})],
    "average_square": [({"beta": 0.9}, {})],
    "maximum": [({}, {})],
    "bias_correction": [({"beta": 0.9}, {"step": 3})],
    "rate_decay": [({"lr_decay": 0.1}, {"step": 3})],
    "correct": [({}, {})],
    "root": [({"eps": 0.01}, {})],
    "centered_root": [({"eps": 0.01}, {"square": 1.5})],
    "adaptive_descend": [({}, {})],
    "momentum_ratio": [({"momentum": 0.9}, {})],
    "decoupled_decay": [({"weight_decay": 0.01}, {})],
    "sum": [({}, {})],
    "agreement": [({}, {})],
    "resize": [(SIZES, {"agreement": MIXED})],
    "keep_agreeing": [({}, {"agreement": MIXED})],
    "sign_descend": [({}, {})],
    "sign_descend_by_size": [({}, {})],
    "decayed_maximum": [({"beta": 0.9, "eps": 0.01}, {})],
    "decaying_square": [({"rho": 0.9}, {})],
    "root_of_sum": [({"eps": 0.01}, {})],
    "rescale": [({}, {})],
    "growing_momentum": [(GROWING, {"step": 3})],
    "next_momentum": [(GROWING, {"step": 3})],
    "momentum_product": [(GROWING, {"step": 1, "momentum": 0.45 * (2 - 0.96**0.1)})],
    "next_product": [({}, {})],
    "gradient_weight": [({}, {})],
    "momentum_weight": [({}, {})],
    "blend": [({}, {})],
    "position": [({}, {"step": 7})],
    "epoch": [({"per_epoch": 3}, {"step": n}) for n in (1, 3, 4)],
    "progress": [({"start": 2, "length": 6}, {"position": n}) for n in (1, 3, 9)],
    "turns": [({"length": 6}, {"position": 9})],
    "power": [({"gamma": 0.9}, {"exponent": 5})],
    "step_power": [({"gamma": 0.5, "step_size": 3}, {"position": n}) for n in (2, 7)],
    "milestone_power": [({"gamma": 0.5, "milestones": (2, 5, 5)}, {"position": n}) for n in (1, 2, 7)],
    "inverse_time": [({"decay": 0.3}, {"position": n}) for n in (0, 4)],
    "cosine_between": [({"first": 0.1, "last": 0.9}, {})],
    "linear_between": [({"first": 0.1, "last": 0.9}, {})],
    "exponential_between": [({"first": 0.1, "last": 0.9}, {})],
    "cycle": [({"period": 5}, {"position": n}) for n in (4, 12)],
    "triangle": [({"up": 2, "down": 3}, {"position": n, "cycle": 1}) for n in (6, 7, 9)],
    "scaled": [({}, {})],
    "down_to": [({"minimum": 0.1}, {})],
    "up_to": [({"maximum": 2.0}, {})],
    "epoch_total": [({"per_epoch": 3}, {"step": n}) for n in (4, 5)],
    "epoch_mean": [({"per_epoch": 3}, {"step": n}) for n in (4, 6)],
    "epoch_ends": [({"per_epoch": 3}, {"step": n}) for n in (5, 6)],
    "better": [
        ({"threshold": 0.1}, {"ends": ends, "best": 1, "mean": mean}) for ends in (0, 1) for mean in (0.8, 0.95)
    ],
    "best": [({}, {"better": flag}) for flag in (0, 1)],
    "excused": [({}, {"better": flag, "cooldown": n}) for flag, n in ((0, 0), (1, 0), (0, 2))],
    "waited": [({}, {"bad": 2, "ends": ends, "excused": flag}) for ends, flag in ((0, 0), (1, 0), (1, 1))],
    "exceeds_patience": [({"patience": 2}, {"waited": n}) for n in (2, 3)],
    "restart": [({}, {"waited": 3, "lower": flag}) for flag in (0, 1)],
    "cool_down": [
        ({"rest": 4}, {"cooldown": n, "ends": ends, "lower": flag})
        for n, ends, flag in ((3, 1, 0), (0, 1, 0), (0, 1, 1), (2, 0, 0))
    ],
    "lowered": [({"shrink": 0.5, "minimum": low}, {"rate": 0.4}) for low in (0.1, 0.3)],
    "renewed_factor": [
        ({"eps": eps}, {**RENEWED, "lowered": 0.01, "lower": flag}) for eps, flag in ((0.01, 1), (0.01, 0), (0.1, 1))
    ],
    "l2_gradient": [({"l2": 0.1}, {})],
    "l1_gradient": [({"l1": 0.1}, {}), ({"l1": 0.1}, {"p": MIXED})],
    "sum_of_three": [({}, {})],
    "square_norm": [({}, {})],
    "largest": [({}, {})],
    "norm": [({}, {})],
    "clip_factor": [({"limit": 0.5}, {"norm": n}) for n in (0.4, 2.0)],
    "clip": [({"limit": 0.4}, {})],
    "scale_gradient": [({}, {})],
    "below": [({"limit": 0.5}, {"number": n}) for n in (0.5, 0.4)],
    "above": [({"limit": 0.5}, {"number": n}) for n in (0.5, 0.6)],
    "norm_of_all": [({}, {})],
    "largest_of_all": [({}, {})],
    "smallest_of_all": [({}, {})],
}

NAMES = (*UPDATE_OPS, *ALL_OPS)
UPDATE_CASES = tuple(UpdateCase(op, *example) for op in NAMES for example in EXAMPLES[op])
