"""Every line of PyTorch that is shown gives what the numpy kernel gives: alone, and all lines of a preset in order."""

from __future__ import annotations

from string import Template
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.explain.notation import Symbols, code, pytorch
from engine.model.losses import REDUCTION
from engine.update.clipping import CLIP_OPTIONS
from engine.update.penalties import REGULARIZATION_OPTIONS
from tests.engine.ops.code_scopes import numpy_scope, torch_scope
from tests.engine.support.models import LOSSES, OPTIMIZERS, UPDATES, as_object, run_of
from tests.engine.support.op_cases import CASES, Case, case_name
from tests.engine.support.preset_runs import BY_NAME, started

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its lines of code are not run")

Values = dict[str, Any]


def tensor(value: Any) -> Any:
    return torch.from_numpy(np.array(value, order="C")) if np.ndim(value) else torch.tensor(value[()])


def far(shown: Any, value: Any) -> float:
    """The largest difference, as a share of the largest number."""
    given, wanted = np.asarray(shown, float), np.asarray(value, float)
    if given.shape != wanted.shape:
        return float("inf")
    same = (given == wanted) | (np.isnan(given) & np.isnan(wanted))
    size = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    return float(np.max(np.where(same, 0, np.abs(given - wanted)), initial=0.0)) / (size or 1.0)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_the_line_of_an_op_gives_what_its_kernel_gives(case: Case) -> None:
    names = {name: name for name in (*case.operands, *case.params)}
    line = Template(case.function.pytorch).substitute(names)
    scope = torch_scope(line) | {name: tensor(value) for name, value in case.operands.items()} | case.params

    shown = eval(line, scope)

    assert ("np." in line, "\n" in line) == (False, False)
    assert far(shown.numpy() if hasattr(shown, "numpy") else shown, case.run()) < 1e-12


def wrong_lines(run: Run, library: str) -> list[tuple[str, str, float]]:
    """The lines of an iteration that do not give the values shown, when they are run in order."""
    traced = run.trace_at(1)
    program = traced.program
    symbols = Symbols(program, run.names)
    write = code if library == "numpy" else pytorch
    lines = {step.output: write(step, symbols) for step in program.steps}
    scope = (numpy_scope if library == "numpy" else torch_scope)(*lines.values())
    given = (lambda value: value) if library == "numpy" else tensor
    scope |= {symbols[source].code: given(traced.table[source]) for source in program.sources}
    wrong = []
    for step in program.steps:
        exec(lines[step.output], scope)
        name = symbols[step.output].code
        shown, value = np.asarray(scope[name]), traced.table[step.output]
        rounding = 1e-13 * max(float(np.max(np.abs(traced.table[i]), initial=0)) for i in step.inputs)
        if far(shown, value) > 1e-9 and float(np.max(np.abs(shown - value))) > rounding:
            wrong.append((step.output, lines[step.output], far(shown, value)))
        scope[name] = given(value)  # a sum that is nothing but rounding would be told apart by what divides by it
    return wrong


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("library", ["numpy", "pytorch"])
def test_all_lines_of_an_iteration_run_in_order_give_every_value_shown(name: str, library: str) -> None:
    assert wrong_lines(started(name), library) == []


SETTINGS: dict[str, dict[str, Any]] = UPDATES | LOSSES
SETTINGS |= {f"optimizer {name}": {"optimizer": optimizer} for name, optimizer in OPTIMIZERS.items()}
SETTINGS |= {f"clip {option.name}": {"clip": {option.name: 0.01}} for option in CLIP_OPTIONS}
SETTINGS |= {
    f"penalty {option.name}": {"regularization": {option.name: 0.1, "biases": True}}
    for option in REGULARIZATION_OPTIONS
    if option.kind == "number"
}
SETTINGS |= {
    f"loss {name} {reduction}": {**changes, "loss": {**as_object(changes.get("loss", "mse")), "reduction": reduction}}
    for name, changes in LOSSES.items()
    for reduction in REDUCTION.choices or ()
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("library", ["numpy", "pytorch"])
def test_all_lines_of_every_schedule_clipping_penalty_reduction_and_optimizer_run(setting: str, library: str) -> None:
    assert wrong_lines(run_of(**SETTINGS[setting]), library) == []


def test_every_line_of_the_presets_is_short_enough_to_be_read() -> None:
    long = []
    for name in BY_NAME:
        run = started(name)
        symbols = Symbols(run.program_at(0), run.names)
        lines = {write(step, symbols) for step in run.program_at(0).steps for write in (code, pytorch)}
        long += [line for line in lines if len(line) > 260]
    assert long == []
