"""Iterations whose findings are written down: at least one for every finding that there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.analysis.diagnosis import Cure, Diagnosis, Finding, diagnose
from tests.engine.analysis.diagnosis.examples import EXAMPLES, PRESETS, dense, diagnosis, inline, run_with, sgd
from tests.engine.explain.expected.cases import Config, run_of, worked


def _of_run(config: Mapping[str, Any], t: int) -> Diagnosis:
    run = run_of(dict(config))
    return diagnose(run, run.trace_at(t))


def _of_expression(text: str, rate: float = 0.1, t: int = 1, **inputs: float) -> Diagnosis:
    return _of_run({"expression": text, "inputs": inputs, "optimizer": sgd(rate)}, t)


def _of_expressions() -> Iterator[tuple[str, Diagnosis]]:
    yield "a way down", _of_expression("L = a * a", a=1.0)
    yield "a step too far", _of_expression("L = a * a", rate=1.5, a=1.0)
    yield "a minimum", _of_expression("L = a * a", t=0, a=0.0)
    yield "a maximum", _of_expression("L = 1 - a * a", t=0, a=0.0)
    yield "the top, uphill", _uphill("L = 1 - a * a", 0.0)
    yield "the bottom, uphill", _uphill("L = a * a", 0.0)
    yield "a way up", _uphill("L = a * a", 1.0)
    yield "a very large gradient, uphill", _uphill("L = a * a * 1000", 1.0)
    yield "a flat place", _of_expression("L = relu(a)", t=0, a=-1.0)
    yield "a rate of 0", _of_expression("L = a * a", rate=0.0, t=0, a=1.0)
    yield "a very large gradient", _of_expression("L = a * a * 1000", t=0, a=1.0)
    yield "nothing trained", _of_run({"expression": "L = a * a", "inputs": {"a": 1.0}, "train": []}, 0)
    yield "divided by 0", _of_expression("L = a / b", t=0, a=1.0, b=0.0)
    yield "0 by 0", _of_expression("L = a / b", t=0, a=0.0, b=0.0)
    yield "the logarithm of less than 0", _of_expression("L = log(a)", t=0, a=-1.0)
    yield "the exponential of much", _of_expression("L = exp(a)", t=0, a=1000.0)
    yield "too large a product", _of_expression("L = a * b", t=0, a=1e200, b=1e150)


def _uphill(text: str, a: float) -> Diagnosis:
    return _of_run({"expression": text, "inputs": {"a": a}, "optimizer": {**sgd(0.1), "maximize": True}}, 0)


def _sharp() -> Config:
    layers = [
        {**layer, "initializer": {"type": "normal", "std": 3.0}} if layer["type"] == "attention" else layer
        for layer in PRESETS["reversing"]["layers"]
    ]
    return {**PRESETS["reversing"], "layers": layers}


def _of_runs() -> Iterator[tuple[str, Diagnosis]]:
    yield "a worked example", _of_run(worked(), 0)
    yield "too large a weight", _of_run(single(1e160), 0)
    yield "in single precision", _of_run(single(1e30) | {"dtype": "float32"}, 0)
    yield "a divisor of 0 in the update", _of_run(single(0.0, optimizer={"type": "rmsprop", "eps": 0.0}), 0)
    yield "a dead layer", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_closed()), 0)
    yield "a tanh that is flat to the last digit", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_flat()), 0)
    yield "a sigmoid far out", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_flat("sigmoid", -40.0)), 0)
    yield "targets that are all equal", _of_run(inline([1, 2], [[3.0], [3.0]], layers=dense((1, "identity"))), 0)
    yield "dead units beside a step", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_stepped()), 0)
    yield "nothing arrives at the first layer", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_cut()), 0)
    yield (
        "a gradient that grows on its way back",
        _of_run(inline([1e-9, 2e-9], [[1.0], [2.0]], layers=_steep(), optimizer=sgd(1e-9)), 0),
    )
    yield "a gradient that grows over time", _of_run(_remembering(), 0)
    yield "attention with one winner a row", _of_run(_sharp(), 0)
    uphill = {"optimizer": sgd(0.1, maximize=True), "layers": dense((1, "tanh"))}
    yield "an error that is maximized, of outputs with bounds", _of_run(inline([1, 2], [[0.5], [0.7]], **uphill), 0)
    yield "a loss without an upper bound, uphill", _of_run(worked(optimizer={**sgd(0.1), "maximize": True}), 0)
    yield "rows that are all equal", _of_run(_alike(), 0)
    yield "a batch within its margin", _of_run(_within(1.0), 0)
    yield "a batch that chance cut off", _of_run(_dropped(), 1)
    yield "answers worse than one for all", _of_run(_within(-9.0), 100)
    yield "a mirrored unit", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_mirrored()), 0)
    yield "a softmax over one unit inside", _of_run(inline([1, 2], [[1.0], [2.0]], layers=_of_one()), 0)
    yield "a softmax that is sure and wrong", _of_run(inline([1, 2], [1, 0], layers=_sure(), loss="mse"), 0)
    yield "one target", _of_run(inline([1], [[3.0]], layers=dense((1, "sigmoid"))), 0)
    yield "one row", _of_run(inline([1], [[0.0]], layers=[{"units": 1, "weight": [[0.0]], "bias_values": [0.0]}]), 0)


def _within(weight: float) -> Mapping[str, Any]:
    """Twenty rows told apart by their sign, one by one: with a weight of 1 most within hinge's margin."""
    rows = [(i - 9.5) / 2 for i in range(20)]
    layers = [{"units": 1, "weight": [[weight]], "bias_values": [0.0]}]
    config = inline(rows, [int(x > 0) for x in rows], layers=layers, loss="hinge", optimizer=sgd(0.001))
    return {**config, "batch_size": 1, "shuffle": True}


def _dropped() -> Mapping[str, Any]:
    layers = [*dense((2, "relu")), {"type": "dropout", "p": 0.9}, *dense((1, "identity"))]
    return {**inline([1, 2, 3], [[1.0], [2.0], [3.0]], layers=layers), "batch_size": 1}


def _flat(activation: str = "tanh", bias: float = 400.0) -> list[dict[str, Any]]:
    return [{"units": 1, "activation": activation, "weight": [[0.5]], "bias_values": [bias]}, *dense((1, "identity"))]


def _stepped() -> list[dict[str, Any]]:
    """Of two units before a step one is dead."""
    first = {"units": 2, "activation": "relu", "weight": [[0.5], [0.4]], "bias_values": [0.1, -9.0]}
    return [first, *dense((1, "step"), (1, "identity"))]


def _mirrored() -> list[dict[str, Any]]:
    first = {"units": 3, "activation": "tanh", "weight": [[0.5], [-0.5], [0.2]], "bias_values": [0.1, -0.1, 0.3]}
    return [first, {"units": 1, "weight": [[0.4, -0.4, 0.7]]}]


def _of_one() -> list[dict[str, Any]]:
    return dense((2, "tanh"), (1, "softmax"), (1, "identity"))


def _sure() -> list[dict[str, Any]]:
    return [{"units": 2, "activation": "softmax", "weight": [[9.0], [-9.0]], "bias_values": [0.0, 0.0]}]


def _alike() -> Mapping[str, Any]:
    """Three rows with the same inputs, all of the same class."""
    layers = [{"units": 1, "activation": "identity", "weight": [[0.5]], "bias_values": [0.0]}]
    return inline([0.5, 0.5, 0.5], [1, 1, 1], layers=layers, loss="bce_with_logits", optimizer=sgd(0.1))


def _closed() -> list[dict[str, Any]]:
    return [{"units": 1, "activation": "relu", "weight": [[-1.0]], "bias_values": [0.0]}, {"units": 1}]


def _cut() -> list[dict[str, Any]]:
    return [{"units": 2, "activation": "tanh"}, {"units": 1, "weight": [[0.0, 0.0]]}]


def _steep() -> list[dict[str, Any]]:
    steep: dict[str, Any] = {"initializer": {"type": "constant", "val": 9}, "bias_initializer": "zeros"}
    return dense((3, "identity"), (3, "tanh"), (3, "identity"), (3, "identity"), (1, "identity"), **steep)


def _remembering() -> Mapping[str, Any]:
    first: dict[str, Any] = {"type": "reshape", "shape": [8, 1]}
    recurrent = {"type": "rnn", "units": 1, "activation": "identity", "return_sequence": False}
    recurrent |= {"weight_ih": [[1.0]], "weight_hh": [[3.0]]}
    rows = [[0.1 * (i + j) for j in range(8)] for i in range(3)]
    return inline(rows, [[1.0], [2.0], [3.0]], layers=[first, recurrent, {"units": 1}], optimizer=sgd(1e-9))


def single(weight: float, **changes: Any) -> Config:
    """One weight on one sample, whose first input is 1 and whose second is 0."""
    layer = {"units": 1, "bias": False, "weight": [[weight, 1.0]]}
    data = {"inputs": [[1.0, 0.0]], "targets": [[0.5]], "test_fraction": 0}
    return worked(layers=[layer], data=data, **changes)


def found() -> Iterator[tuple[str, Diagnosis]]:
    """The findings of every case, with its name."""
    for kind, example in EXAMPLES.items():
        yield kind, diagnosis(run_with(kind), example.at)
    yield from _of_expressions()
    yield from _of_runs()


def findings_text() -> str:
    """All of them as text; of one run also what was measured, and what was not."""
    parts = [f"# {name}\n\n{''.join(map(_written, said.findings))}" for name, said in found()]
    return "\n".join([*parts, _checks("healthy"), _checks("vanishes_over_time")])


def _written(finding: Finding) -> str:
    place = f"{finding.at.value} at {finding.at.iteration}"
    head = f"{finding.severity}: {finding.title} ({finding.kind}, {finding.phase}, {place})\n  {finding.text}\n"
    return head + "".join(map(_cure, finding.cures))


def _cure(cure: Cure) -> str:
    return f"  {'branch' if cure.edits else 'new run'}: {cure.title}. {cure.why}\n"


def _checks(kind: str) -> str:
    said = diagnosis(run_with(kind), EXAMPLES[kind].at)
    made = [
        f"{'passed' if m.passed else 'failed'}: {m.check}: {m.text} ({', '.join(m.rests_on[:3])})\n"
        for m in said.measured
    ]
    left = [f"not measured: {m.check}: {m.reason}\n" for m in said.not_measured]
    return f"# the checks of {kind}\n\n{''.join((*made, *left))}"
