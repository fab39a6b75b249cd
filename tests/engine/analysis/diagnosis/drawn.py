"""Configurations drawn at random, and what the findings of any of them may never say.

`python -m tests.engine.analysis.diagnosis.drawn FROM TO` looks at those of many seeds.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.analysis.diagnosis import Diagnosis, diagnose
from engine.analysis.diagnosis.finding import Cure, Finding
from engine.analysis.history import history
from engine.foundation.errors import ConfigError
from engine.foundation.value_name import gradient_name
from engine.model.activations import ACTIVATIONS
from engine.model.losses import LOSSES
from engine.run.run import Run
from engine.run.task import parse_config
from engine.run.trace import Trace
from tests.engine.support.models import OPTIMIZERS

CURVES = [name for name in ACTIVATIONS if name not in ("softmax", "log_softmax")]
LAST = {"bce": ["sigmoid"], "nll": ["log_softmax"], "kl_div": ["log_softmax"]}
OF_CLASSES = ("cross_entropy", "nll", "kl_div", "multi_margin")
SPREADS = [*({"type": "normal", "std": std} for std in (1e-3, 1.0, 5.0, 20.0)), {"type": "constant", "val": 0.5}]
NUMBER = r"(−?\d[\d.]*(?:e[+−]?\d+)?)"


def config(seed: int) -> dict[str, Any]:
    """A small net on some data, well or badly set."""
    draw = random.Random(seed)
    loss = draw.choice(list(LOSSES))
    data, units = _data(draw, loss)
    starts = ["xavier_uniform", "kaiming_normal", "zeros", *SPREADS]
    hidden: list[dict[str, Any]] = [
        {
            "units": draw.randint(1, 5),
            "activation": draw.choice([*CURVES, *("relu", "tanh", "sigmoid") * 4]),
            "initializer": draw.choice(starts),
        }
        for _ in range(draw.choice([0, 1, 1, 2, 3, 6]))
    ]
    if hidden and draw.random() < 0.25:
        hidden.append({"type": draw.choice(["batch_norm", "layer_norm", "dropout"])})
    free = ["identity", "identity", "identity", "tanh", "sigmoid", "relu", "softmax"]
    last = {"units": units, "activation": draw.choice(LAST.get(loss, free)), "initializer": draw.choice(starts)}
    optimizer = dict(draw.choice(list(OPTIMIZERS.values())))
    optimizer["learning_rate"] = optimizer.get("learning_rate", 0.01) * draw.choice([0, 1e-4, 0.1, 1, 1, 1, 10, 100])
    return {
        "seed": seed,
        "dtype": draw.choice(["float64", "float64", "float64", "float32"]),
        "data": data,
        "layers": [*hidden, last],
        "loss": loss,
        "batch_size": draw.choice([None, 1, 2, 7, 32]),
        "shuffle": draw.random() < 0.8,
        "optimizer": optimizer,
        **draw.choice(
            [{}, {}, {"regularization": {"l2": 0.5}}, {"regularization": {"l1": 1.0}}, {"clip": {"norm": 0.1}}]
        ),
    }


def _data(draw: random.Random, loss: str) -> tuple[dict[str, Any], int]:
    """Data, and how many outputs they ask for."""
    name = draw.choice(["circle", "xor", "spiral", "iris", "sine", "own"])
    two = 2 if loss in OF_CLASSES else 1
    if name == "iris":
        return {"name": "iris"}, 3
    if name != "own":
        return {"name": name, **({"samples": 60} if name != "xor" else {})}, two
    rng, rows = np.random.default_rng(draw.randrange(10**6)), draw.choice([1, 2, 5, 30])
    inputs = (draw.choice([1e-3, 1.0, 1.0, 100.0]) * rng.normal(size=(rows, 2))).round(6).tolist()
    if draw.random() < 0.5:
        return {"inputs": inputs, "targets": rng.integers(0, 2, rows).tolist()}, two
    columns = draw.choice([1, 2])
    targets = (draw.choice([1e-4, 1.0, 1.0, 50.0]) * rng.normal(size=(rows, columns))).round(6).tolist()
    return {"inputs": inputs, "targets": targets}, columns


def run_of(seed: int) -> Run | None:
    """The run of a drawn configuration; None if it is refused."""
    try:
        return Run(parse_config(config(seed)))
    except ConfigError:
        return None


def iterations(seed: int) -> list[int]:
    """The start, and two places later on."""
    draw = random.Random(seed + 1)
    return [0, draw.randint(1, 20), draw.randint(50, 150)]


# --- what may not be said ----------------------------------------------------------------------------------------


def faults(run: Run, t: int) -> Iterator[str]:
    """What is wrong with an iteration's findings."""
    traced = run.trace_at(t)
    found = diagnose(run, traced)
    for text in _texts(found):
        yield from (f"{fault}: {text}" for fault in faults_of(text))
    yield from _contradictions(run, traced, found)
    for finding in found.findings:
        yield from _place(run, finding)
        for cure in finding.cures:
            yield from (f"{finding.kind}, {cure.title}: {fault}" for fault in _cure(run, cure))
    lost = history(run, 0, t + 1).first_nonfinite
    told = [f.at.iteration for f in found.findings if f.kind in ("nonfinite", "undefined_slope")]
    if told != ([lost.iteration] if lost else []):
        yield f"the history loses its numbers at {lost and lost.iteration}, the diagnosis at {told}"


def _texts(found: Diagnosis) -> Iterator[str]:
    for finding in found.findings:
        yield from (finding.title, finding.text)
        for cure in finding.cures:
            yield from (cure.title, cure.why)
    for measured in found.measured:
        yield measured.text
    for left in found.not_measured:
        yield left.reason


def as_number(text: str) -> float:
    return float(text.replace("−", "-").rstrip("."))


NEVER = {
    "two numbers side by side": r"\d −?\d",
    "a hyphen for a minus": r"(?<![\w-])-\d",
    "a plural of one": r"\ball 1 [a-z]|\b1 (?:units|rows|layers|iterations)\b",
    "one end": rf"\bgo from {NUMBER}[,:;]",
    "a share of more than all": r"\b(?!100%)\d{3,}%",
}
PART = re.compile(rf"(?<!L2 of ){NUMBER} of {NUMBER} ")
WAY = re.compile(rf"\b(fell|falls|rose|grew|grows|go(?:es)?)\b[^.,]*?from (?:about )?{NUMBER}[^.]*? to {NUMBER}")


def faults_of(text: str) -> Iterator[str]:
    """What no sentence may have, whatever it is about."""
    yield from (fault for fault, pattern in NEVER.items() if re.search(pattern, text))
    if any(as_number(a) > as_number(b) for a, b in PART.findall(text)):
        yield "more than there are"
    for verb, before, after in WAY.findall(text):
        change = as_number(after) - as_number(before)
        if change == 0 or (change < 0) != verb.startswith("f"):
            yield "a way that is none"


def _contradictions(run: Run, traced: Trace, found: Diagnosis) -> Iterator[str]:
    kinds = [finding.kind for finding in found.findings]
    wrong = [finding.kind for finding in found.findings if finding.severity != "good"]
    still = run.parameters and not any(traced[gradient_name(p.name)].any() for p in run.parameters)
    if not kinds:
        yield "nothing is said"
    if "healthy" in kinds and (wrong or still):
        yield f"healthy beside {wrong or 'a gradient of 0'}"
    if "learns" in kinds and wrong and wrong != ["input_scale"] and {"standstill", "zero_gradient"} & set(wrong):
        yield f"learns beside {wrong}"
    for measured in found.measured:
        if measured.low is not None and not measured.low <= (measured.high or 0.0):
            yield f"{measured.check}: {measured.low} to {measured.high}"


def _place(run: Run, finding: Finding) -> Iterator[str]:
    table = run.trace_at(finding.at.iteration).table
    if finding.at.value not in table:
        yield f"{finding.kind}: there is no {finding.at.value}"
    elif finding.at.index is not None and np.shape(table[finding.at.value][finding.at.index]):
        yield f"{finding.kind}: {finding.at.index} is no cell of {finding.at.value}"


def _cure(run: Run, cure: Cure) -> Iterator[str]:
    other = run.branch(list(cure.edits)) if cure.edits else Run(parse_config(cure.config or {}), run.store)
    if other.config == run.config:
        yield "is the run itself"


def main(first: int, last: int) -> int:
    """How many faults there are in the runs of these seeds, each printed."""
    found = 0
    for seed in range(first, last):
        if run := run_of(seed):
            for fault in (f"iteration {t}: {fault}" for t in iterations(seed) for fault in faults(run, t)):
                found += 1
                print(f"seed {seed}, {fault}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])) > 0)
