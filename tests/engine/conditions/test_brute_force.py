"""Random conditions on random nets, held against a search that traces every iteration and knows no fast path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.analysis.evaluation import mean_loss, score
from engine.conditions.evaluate import atoms_of, bind
from engine.conditions.find import find, series
from engine.conditions.scope import scope_of
from engine.conditions.syntax import parse_measure
from engine.run.task import parse_config
from tests.engine.support.preset_runs import BY_NAME, started

ITERATIONS = 90
Truth = list[bool]

NETS: dict[str, dict[str, Any]] = {
    "adam and clipping": {
        "data": {"name": "circle", "samples": 61},
        "batch_size": 8,
        "layers": [{"units": 4, "activation": "relu"}, {"type": "dropout", "p": 0.2}, {"units": 1}],
        "loss": "bce_with_logits",
        "optimizer": {"type": "adam", "learning_rate": 0.05},
        "clip": {"norm": 0.4},
        "regularization": {"l2": 0.01},
    },
    "batch norm, float32": {
        "dtype": "float32",
        "data": {"name": "moons", "samples": 40},
        "batch_size": 10,
        "layers": [{"units": 5, "activation": "tanh"}, {"type": "batch_norm"}, {"units": 1}],
        "loss": "bce_with_logits",
        "optimizer": {"type": "sgd", "learning_rate": 0.2, "momentum": 0.9},
    },
    "another optimizer from 40 on": {
        "data": {"name": "circle", "samples": 30},
        "batch_size": 7,
        "layers": [{"units": 3, "activation": "sigmoid", "frozen": ["bias"]}, {"units": 1, "activation": "tanh"}],
        "loss": "mse",
        "optimizer": {"type": "sgd", "learning_rate": 0.5},
        "edits": [
            {"iteration": 40, "set": {"optimizer.momentum": 0.9}},
            {"iteration": 41, "parameter": "dense1.weight", "index": [0, 1], "value": 2.5},
        ],
    },
}


@pytest.fixture(scope="module", params=NETS)
def run(request: pytest.FixtureRequest) -> Run:
    return Run(RunConfig.from_dict(NETS[request.param]))


# --- numbers ---------------------------------------------------------------------------------------------------------

MEASURES = [
    *("loss", "norm({p}.grad)", "mean({p})", "max(abs({p}.update))", "min(x)", "sum({p} * {p}.grad)"),
    *("{p}[0,0]", "{p}.next[0,0] - {p}[0,0]", "{p}.grad[0,0]", "ratio({p}.update, {p})", "gradient_norm({layer})"),
    *("update_ratio({layer})", "dead({layer})", "saturated({layer})", "share({layer}.z > 0)", "mean(slope({layer}))"),
    *("optimizer.rate", "norm({p}.grad - {p})", "log(loss) ** 2 + 1", "sqrt(norm({p}.next)) / 3", "-exp(-loss)"),
]


@lru_cache(maxsize=2 * ITERATIONS)
def traced(run: Run, t: int) -> Mapping[str, Any]:
    return run.trace_at(t)


def plainly(run: Run, text: str, t: int) -> float | None:
    """The number of a measure with one atom, from a trace alone."""
    scope, node = scope_of(run, ITERATIONS), parse_measure(text)
    (atom,) = atoms_of(scope, node)
    read = bind(scope, atom, traced(run, t))
    return None if read is None else read()


@pytest.mark.parametrize("form", [m for m in MEASURES if m[0] not in "-l" and "/" not in m and " - {p}[" not in m])
def test_a_series_is_the_traces_numbers_to_the_bit(run: Run, form: str) -> None:
    text = form.format(p="dense1.weight", layer="dense1")
    numbers = [plainly(run, text, t) for t in range(ITERATIONS)]
    found = series(run, text, 0, ITERATIONS)
    expected = [(t, number) for t, number in enumerate(numbers) if number is not None]
    assert list(zip(found.iterations.tolist(), found.values.tolist(), strict=True)) == expected


def test_a_series_stands_where_its_value_stands(run: Run) -> None:
    rows = [run.batches.size_at(t) for t in range(ITERATIONS)]
    last = max(rows) - 1
    found = series(run, f"x[{last},0]", 0, ITERATIONS)
    assert found.iterations.tolist() == [t for t, n in enumerate(rows) if n > last]


def test_every_value_of_a_trace_can_be_watched(run: Run) -> None:
    traces = [run.trace_at(t) for t in (0, 43)]
    for name, value in traces[1].items():
        index = f"[{','.join('0' for _ in value.shape)}]" if value.shape else ""
        found = series(run, f"{name}{index}", 43, 44)
        assert found.values.tolist() == [float(value[(0,) * value.ndim])], name


@pytest.mark.parametrize("preset", BY_NAME)
def test_watched_numbers_of_every_preset_are_those_of_its_trace(preset: str) -> None:
    run = started(preset)
    traced = run.trace_at(1)
    names = [name for name, value in traced.items() if value.dtype.kind == "f"][:: max(1, len(traced) // 12)]
    watched = {name: series(run, f"norm({name})", 1, 2).values.tolist() for name in names}
    assert watched == {name: [plainly(run, f"norm({name})", 1)] for name in names}


def test_values_of_an_expression_are_watched_too() -> None:
    run = Run(parse_config({"expression": "z = a*b; L = (z - 2)**2", "inputs": {"a": 1, "b": 3}}))
    found = series(run, "a * b - z", 0, 9)
    assert (found.iterations.tolist(), found.values.tolist()) == (list(range(9)), [0.0] * 9)


# --- conditions ------------------------------------------------------------------------------------------------------


class Drawn:
    """A condition drawn at random: its text, and where it holds by its own slow meaning; None where it is unknown."""

    def __init__(self, run: Run, seed: int) -> None:
        self.run, self.random = run, np.random.default_rng(seed)
        layer = self.random.choice(["dense1", "dense2"])
        self.names = {"p": f"{layer}.weight", "layer": layer}

    def condition(self) -> tuple[str, list[bool | None]]:
        text, truth = self.part(2)
        if self.random.random() < 0.3:
            n = int(self.random.integers(2, 5))
            held = [value is True for value in truth]
            return f"{text} for {n}", [t + 1 >= n and all(held[t + 1 - n : t + 1]) for t in range(len(held))]
        return text, truth

    def part(self, depth: int) -> tuple[str, list[bool | None]]:
        kind = self.random.choice(["single", "not", "and", "or"]) if depth else "single"
        if kind == "single":
            return self.single()
        text, truth = self.part(depth - 1)
        if kind == "not":
            return f"not ({text})", [None if value is None else not value for value in truth]
        other, second = self.part(depth - 1)
        both: Callable[[Any, Any], Any] = _and if kind == "and" else _or
        return f"({text}) {kind} ({other})", [both(a, b) for a, b in zip(truth, second, strict=True)]

    def single(self) -> tuple[str, list[bool | None]]:
        text, numbers = self.measure()
        known = sorted({n for n in numbers if n is not None and np.isfinite(n)})
        level = float(np.mean(self.random.choice(known, 2))) if known else 0.0
        match self.random.choice(["<", ">=", "crosses", "rises", "falls"]):
            case "<":
                return f"{text} < {level!r}", [None if n is None else n < level for n in numbers]
            case ">=":
                return f"{text} >= {level!r}", [None if n is None else n >= level for n in numbers]
            case "crosses":
                return f"{text} crosses {level!r}", _by_last(
                    numbers, 1, lambda a: np.sign(a[0] - level) != np.sign(a[1] - level)
                )
            case "rises":
                return f"rises({text}, 2)", _by_last(numbers, 2, lambda a: a[0] < a[1] < a[2])
        return f"falls({text}, 1)", _by_last(numbers, 1, lambda a: a[0] > a[1])

    def measure(self) -> tuple[str, list[float | None]]:
        if self.random.random() < 0.25:
            name = str(self.random.choice(["train_loss", "test_loss", "accuracy"]))
            if name != "accuracy" or self.run.data.task != "regression":
                return name, [self.evaluated(name, t) for t in range(ITERATIONS)]
        text = str(self.random.choice([m for m in MEASURES[:18] if " - {p}[" not in m])).format(**self.names)
        return text, [plainly(self.run, text, t) for t in range(ITERATIONS)]

    def evaluated(self, name: str, t: int) -> float | None:
        if t % self.run.batches.per_epoch:
            return None
        state = self.run.state_at(t)
        if name == "accuracy":
            return score(self.run, state, True).accuracy
        return mean_loss(self.run, state, name == "test_loss")


def _and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    return True if a is True or b is True else None if a is None or b is None else False


def _by_last(numbers: list[float | None], back: int, holds: Callable[[list[float]], Any]) -> list[bool | None]:
    """From the last numbers that are there."""
    seen: list[float] = []
    found: list[bool | None] = []
    for number in numbers:
        if number is None:
            found.append(None)
            continue
        seen.append(number)
        found.append(len(seen) > back and bool(holds(seen[-back - 1 :])))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_sixty_random_conditions_agree_with_brute_force_in_both_directions(run: Run, seed: int) -> None:
    text, truth = Drawn(run, seed).condition()
    onsets = [t for t in range(ITERATIONS) if truth[t] is True and not (t and truth[t - 1] is True)]
    start, end = sorted(np.random.default_rng(seed + 1000).choice(ITERATIONS + 1, 2, replace=False).tolist())
    within = [t for t in onsets if start <= t < end]
    runs = [run, Run(run.config)]  # one that has been searched before, and a fresh one
    forward = [[hit.iteration for hit in find(one, text, start, end).hits] for one in runs]
    back = [[hit.iteration for hit in find(one, text, start, end, "back").hits] for one in runs]
    assert (forward, back) == ([within, within], [within[::-1], within[::-1]]), text


@pytest.mark.parametrize("direction", ["forward", "back"])
def test_a_search_with_a_limit_goes_on_where_it_stopped(run: Run, direction: Any) -> None:
    text, start, end, pieces = "loss crosses 0.5 or rises(loss, 2)", 0, ITERATIONS, []
    whole = [hit.iteration for hit in find(run, text, 0, ITERATIONS, direction).hits]
    while True:
        found = find(run, text, start, end, direction, limit=2)
        pieces += [hit.iteration for hit in found.hits]
        if not found.more:
            break
        start, end = (found.end, end) if direction == "forward" else (start, found.start)
    assert pieces == whole


def test_watching_changes_no_bit_of_training(run: Run) -> None:
    watched = Run(run.config)
    series(watched, "norm(dense1.weight.grad) + norm(dense2.weight.update)", 0, ITERATIONS)
    states = [one.state_at(ITERATIONS) for one in (watched, Run(run.config))]
    assert [a.tobytes() for a in states[0].arrays] == [a.tobytes() for a in states[1].arrays]


def test_what_was_watched_before_is_not_trained_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = series(run, "norm(dense1.weight.grad)", 0, ITERATIONS)
    monkeypatch.setattr(Run, "advance", None)
    again = series(run, "2 * norm(dense1.weight.grad)", 0, ITERATIONS)
    assert (again.values == 2 * first.values).all()
