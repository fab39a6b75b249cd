"""Schedules and clipping beside PyTorch in float64: rate by rate, and gradient by gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from engine.ops.core.op import Array
from engine.update.clipping import Clip
from engine.update.schedules import SCHEDULES, parse_schedule
from tests.engine.support.stages import rates_of, run_stages

torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/run installs it with pip and runs these")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:.*lr_scheduler.step.*:UserWarning")]

STEPS, PER_EPOCH, BASE = 200, 4, 0.1
BY_HAND = ("constant", "range_test")  # PyTorch has none


def _warmup_cosine(optimizer: Any, warmup: int, start: float, length: int, minimum: float) -> Any:
    parts = [
        torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=start, total_iters=warmup),
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=length - warmup, eta_min=minimum),
    ]
    return torch.optim.lr_scheduler.SequentialLR(optimizer, parts, milestones=[warmup])


def _cyclic(**settings: Any) -> Callable[[Any], Any]:
    return lambda o: torch.optim.lr_scheduler.CyclicLR(o, base_lr=BASE, cycle_momentum=False, **settings)


def _one_cycle(**settings: Any) -> Callable[[Any], Any]:
    return lambda o: torch.optim.lr_scheduler.OneCycleLR(o, cycle_momentum=False, **settings)


CASES: list[tuple[dict[str, Any], Callable[[Any], Any]]] = [
    (
        {"type": "step", "step_size": 30, "gamma": 0.3},
        lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=30, gamma=0.3),
    ),
    (
        {"type": "exponential", "gamma": 0.97},
        lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.97),
    ),
    (
        {"type": "multi_step", "milestones": [3, 20, 20, 150], "gamma": 0.3},
        lambda o: torch.optim.lr_scheduler.MultiStepLR(o, milestones=[3, 20, 20, 150], gamma=0.3),
    ),
    ({"type": "linear"}, lambda o: torch.optim.lr_scheduler.LinearLR(o)),
    (
        {"type": "linear", "start_factor": 1.0, "end_factor": 0.0, "total_iters": 150},
        lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=150),
    ),
    (
        {"type": "inverse_time", "decay": 0.07},
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda n: 1 / (1 + 0.07 * n)),
    ),
    (
        {"type": "cosine", "iterations": 70},
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=70),
    ),
    (
        {"type": "cosine", "iterations": 199, "minimum": 0.01},
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=199, eta_min=0.01),
    ),
    (
        {"type": "warmup_cosine", "iterations": 199, "warmup": 40, "start_factor": 0.25, "minimum": 0.01},
        lambda o: _warmup_cosine(o, 40, 0.25, 199, 0.01),
    ),
    ({"type": "one_cycle", "iterations": 200}, _one_cycle(max_lr=BASE, total_steps=200)),
    (
        {"type": "one_cycle", "iterations": 200, "maximum": 0.7, "pct_start": 0.13, "div_factor": 7.0}
        | {"final_div_factor": 30.0},
        _one_cycle(max_lr=0.7, total_steps=200, pct_start=0.13, div_factor=7.0, final_div_factor=30.0),
    ),
    (
        {"type": "cyclical", "maximum": 0.9, "step_size_up": 17},
        _cyclic(max_lr=0.9, step_size_up=17),
    ),
    (
        {"type": "cyclical", "maximum": 0.9, "step_size_up": 10, "step_size_down": 23, "mode": "triangular2"},
        _cyclic(max_lr=0.9, step_size_up=10, step_size_down=23, mode="triangular2"),
    ),
    (
        {"type": "cyclical", "maximum": 0.9, "step_size_up": 9, "mode": "exp_range", "gamma": 0.98},
        _cyclic(max_lr=0.9, step_size_up=9, mode="exp_range", gamma=0.98),
    ),
]


def sgd(rate: float = BASE) -> Any:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)


def torch_rates(make: Callable[[Any], Any], every: int) -> list[float]:
    """The rates of 200 iterations, with a step of the scheduler after every so many."""
    optimizer = sgd()
    scheduler = make(optimizer)
    found = []
    for t in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (t + 1) % every == 0 and t + 1 < STEPS:
            scheduler.step()
    return found


def scaled_difference(a: Sequence[float] | Array, b: Sequence[float] | Array) -> float:
    return float(np.max(np.abs(np.subtract(a, b))) / np.max(np.abs(b)))


def case_name(value: Any) -> str:
    return " ".join(str(v) for v in value.values()) if isinstance(value, dict) else ""


@pytest.mark.parametrize(("per", "every"), [("iteration", 1), ("epoch", PER_EPOCH)])
@pytest.mark.parametrize(("given", "make"), CASES, ids=case_name)
def test_a_schedule_has_pytorchs_rate_at_each_of_200_steps(
    given: dict[str, Any], make: Callable[[Any], Any], per: str, every: int
) -> None:
    spec = parse_schedule({**given, "per": per})
    assert spec is not None

    ours = rates_of(spec, BASE, PER_EPOCH, [1.0] * STEPS)

    assert scaled_difference(ours, torch_rates(make, every)) < 1e-12


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patience": 2, "factor": 0.5},
        {"patience": 1, "factor": 0.3, "threshold": 0.05, "cooldown": 3},
        {"patience": 0, "factor": 0.5, "cooldown": 1, "minimum": 0.004},
        {"patience": 0, "factor": 0.2, "eps": 1e-3},
    ],
    ids=case_name,
)
@pytest.mark.parametrize("seed", range(4))
def test_reduce_on_plateau_has_pytorchs_rate_at_each_of_200_steps(settings: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    losses = np.exp(-0.1 * np.arange(STEPS)) + rng.uniform(0, 0.3, STEPS)
    spec = parse_schedule({"type": "plateau", **settings})
    optimizer = sgd()
    theirs = {("min_lr" if name == "minimum" else name): value for name, value in settings.items()}
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **theirs)
    expected = []
    for epoch in losses.reshape(-1, PER_EPOCH):
        expected += [optimizer.param_groups[0]["lr"]] * PER_EPOCH
        scheduler.step(epoch.sum() / PER_EPOCH)
    assert spec is not None

    ours = rates_of(spec, BASE, PER_EPOCH, losses.tolist())

    assert scaled_difference(ours, expected) < 1e-12
    assert len(set(expected)) > 1


def test_every_schedule_that_pytorch_has_is_compared_with_it() -> None:
    assert {given["type"] for given, _ in CASES} | {"plateau", *BY_HAND} == set(SCHEDULES)


# --- clipping --------------------------------------------------------------------------------------------------------

SHAPES = {"dense1.weight": (4, 3), "dense1.bias": (4,), "conv1.weight": (2, 3, 3, 2)}


def gradients(size: float) -> dict[str, Array]:
    rng = np.random.default_rng(5)
    return {name: np.asarray(size * rng.normal(size=shape)) for name, shape in SHAPES.items()}


def clipped_by_torch(given: dict[str, Array], clip: Callable[[list[Any]], object]) -> dict[str, Array]:
    tensors = {name: torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for name, g in given.items()}
    for name, tensor in tensors.items():
        tensor.grad = torch.tensor(given[name])
    clip(list(tensors.values()))
    return {name: tensor.grad.numpy() for name, tensor in tensors.items()}


def _each(clip: Callable[[Any], object]) -> Callable[[list[Any]], object]:
    return lambda tensors: [clip(tensor) for tensor in tensors]


UTILS = torch.nn.utils
CLIPS: dict[str, tuple[Clip, Callable[[list[Any]], object]]] = {
    "value": (Clip(value=0.5), lambda tensors: UTILS.clip_grad_value_(tensors, 0.5)),
    "norm": (Clip(norm=2.0), lambda tensors: UTILS.clip_grad_norm_(tensors, 2.0)),
    "parameter_norm": (Clip(parameter_norm=2.0), _each(lambda tensor: UTILS.clip_grad_norm_([tensor], 2.0))),
}


@pytest.mark.parametrize("size", [0.01, 1.0, 100.0])
@pytest.mark.parametrize(("clip", "by_torch"), CLIPS.values(), ids=CLIPS)
def test_gradients_are_clipped_as_in_pytorch(clip: Clip, by_torch: Callable[[list[Any]], object], size: float) -> None:
    given = gradients(size)

    _, ours = run_stages(clip.stages, {name: np.zeros(shape) for name, shape in SHAPES.items()}, given)

    theirs = clipped_by_torch(given, by_torch)
    assert max(scaled_difference(ours[name], theirs[name]) for name in SHAPES) < 1e-12
