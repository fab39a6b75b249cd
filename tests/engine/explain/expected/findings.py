"""Iterations whose findings are written down: at least one for every finding that there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from engine.analysis.diagnosis import Layer, diagnose, findings
from engine.analysis.finding import Finding
from engine.analysis.layer_statistics import LayerHealth
from tests.engine.explain.expected.cases import Config, run_of, worked

_STEADY = (0.5,) * 50
_FALLING = tuple(np.linspace(1.0, 0.4, 50))


def layer(number: int, gradient: float = 0.1, ratio: float = 1e-3, dead: float = 0.0, saturated: float = 0.0) -> Layer:
    """A layer of 4 units in these figures."""
    return Layer(f"dense {number}", 4, "tanh", True, LayerHealth(gradient, ratio, dead, saturated, None, None))


def _given(*layers: Layer, losses: Sequence[float] = _STEADY, batch: int = 10, rate: float = 0.1) -> list[Finding]:
    return findings(layers, np.array(losses), batch, rate)


def _of_figures() -> Iterator[tuple[str, list[Finding]]]:
    yield "healthy", _given(layer(1, ratio=2e-3), layer(2))
    yield "healthy, the same in every layer", _given(layer(1), layer(2))
    yield "healthy, brisk", _given(layer(1, ratio=8e-2), layer(2, ratio=8e-2))
    yield "healthy, small steps", _given(layer(1, ratio=3e-5), layer(2, ratio=8e-5))
    yield "healthy, a sure output", _given(layer(1), layer(2, saturated=0.9))
    yield "it learns", _given(layer(1), losses=_FALLING)
    yield "a dead unit", _given(layer(1, dead=0.25), layer(2), batch=1)
    yield "dead units", _given(layer(1, dead=0.25), layer(2, dead=0.5))
    yield "a dead layer", _given(layer(1, dead=1.0), layer(2))
    yield "dead units in many layers", _given(*(layer(i, dead=0.5) for i in range(1, 7)))
    yield "saturated units", _given(layer(1, saturated=0.82), layer(2, saturated=0.5), layer(3))
    yield "the gradient vanishes a little", _given(layer(1, gradient=2e-5), layer(2))
    yield "the gradient vanishes", _given(layer(1, gradient=2e-9), layer(2))
    yield "the gradient explodes", _given(layer(1, gradient=600.0), layer(2))
    yield "a large gradient", _given(layer(1, gradient=2000.0), layer(2, gradient=5000.0))
    yield "large and tiny steps", _given(layer(1, ratio=0.3), layer(2, ratio=1e-7))
    yield "a rate of 0", _given(layer(1, ratio=0.0), rate=0.0)
    yield "the loss explodes a little", _given(layer(1), losses=(0.5, 0.4, 0.5, 2.0, 20.0))
    yield "the loss explodes", _given(layer(1), losses=(0.4, 4.0, 50.0, 2000.0))


def _of_expression(text: str, rate: float = 0.1, t: int = 1, **inputs: float) -> list[Finding]:
    config: Config = {"expression": text, "inputs": inputs, "optimizer": {"type": "sgd", "learning_rate": rate}}
    return _of_run(config, t)


def _of_run(config: Config, t: int) -> list[Finding]:
    run = run_of(config)
    return diagnose(run, run.trace_at(t))


def _of_expressions() -> Iterator[tuple[str, list[Finding]]]:
    yield "a way down", _of_expression("L = a * a", a=1.0)
    yield "a step too far", _of_expression("L = a * a", rate=1.5, a=1.0)
    yield "no slope", _of_expression("L = a * a", t=0, a=0.0)
    yield "one without a slope", _of_expression("L = a * a + b", t=0, a=0.0, b=1.0)
    yield "a very large gradient", _of_expression("L = a * a * 1000", t=0, a=1.0)
    yield "a rate of 0", _of_expression("L = a * a", rate=0.0, t=0, a=1.0)
    yield "nothing trained", _of_run({"expression": "L = a * a", "inputs": {"a": 1.0}, "train": []}, 0)
    yield "divided by 0", _of_expression("L = a / b", t=0, a=1.0, b=0.0)
    yield "0 by 0", _of_expression("L = a / b", t=0, a=0.0, b=0.0)
    yield "the logarithm of less than 0", _of_expression("L = log(a)", t=0, a=-1.0)
    yield "the exponential of much", _of_expression("L = exp(a)", t=0, a=1000.0)
    yield "too large a product", _of_expression("L = a * b", t=0, a=1e200, b=1e150)


def _of_runs() -> Iterator[tuple[str, list[Finding]]]:
    yield "a worked example", _of_run(worked(), 0)
    yield "too large a rate", _of_run(_diverging(), 12)
    yield "after too large a rate", _of_expression("L = a * a", rate=1.5, t=512, a=1.0)
    yield "long after it", _of_expression("L = a * a", rate=1.5, t=600, a=1.0)
    yield "too large a weight", _of_run(single(1e160), 0)
    yield "in single precision", _of_run(single(1e30) | {"dtype": "float32"}, 0)
    yield "a divisor of 0 in the update", _of_run(single(0.0, optimizer={"type": "rmsprop", "eps": 0.0}), 0)


def single(weight: float, **changes: Any) -> Config:
    """One weight on one sample, whose first input is 1 and whose second is 0."""
    layer = {"units": 1, "bias": False, "weight": [[weight, 1.0]]}
    data = {"inputs": [[1.0, 0.0]], "targets": [[0.5]], "test_fraction": 0}
    return worked(layers=[layer], data=data, **changes)


def _diverging() -> Config:
    layers: list[dict[str, Any]] = [{"units": 2, "activation": "relu"}, {"units": 1}]
    return worked(layers=layers, optimizer={"type": "sgd", "learning_rate": 5.0})


def found() -> Iterator[tuple[str, list[Finding]]]:
    """The findings of every case, with its name."""
    yield from _of_figures()
    yield from _of_expressions()
    yield from _of_runs()


def findings_text() -> str:
    """All of them as text."""
    return "\n".join(f"# {name}\n\n{''.join(map(_written, given))}" for name, given in found())


def _written(finding: Finding) -> str:
    return f"{finding.severity}: {finding.title} ({finding.phase})\n  {finding.text}\n"
