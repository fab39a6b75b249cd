"""Scripts that prove themselves: they are run, and a changed number stops them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.pasted import convert
from engine.pasted.written import module_script, notebook, numpy_script, torch_script
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.support.models import run_of

CONFIGS = {preset.name: preset.config for preset in presets()}
SAMPLE = ("chain_rule", "circle", "moons", "features", "diverging", "early_stopping", "dropout", "batch_norm")
MODULES = ("one_neuron", "circle", "iris", "sine", "range_test", "pytorch")
EDITED = [
    {"iteration": 5, "parameter": "dense1.weight", "index": [0, 1], "value": 0.5},
    {"iteration": 7, "set": {"optimizer.learning_rate": 0.01}},
]


def run(name: str, **changes: Any) -> Run:
    return Run(parse_config({**CONFIGS[name], **changes}))


def proved(script: str | None) -> dict[str, Any]:
    """What is there after the script has run."""
    assert script is not None
    scope: dict[str, Any] = {}
    exec(compile(script, "script", "exec"), scope)
    return scope


@pytest.mark.parametrize("name", SAMPLE)
def test_a_script_of_numpy_agrees_with_every_loss(name: str) -> None:
    proved(numpy_script(run(name), 3, name))


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "float32"},
        {"optimizer": {"type": "adam"}},
        {"schedule": {"type": "plateau"}},
        {"edits": EDITED},
    ],
    ids=str,
)
def test_it_does_so_with_memory_edits_and_short_numbers(changes: dict[str, Any]) -> None:
    proved(numpy_script(run_of(**changes), 2, "changed"))


@pytest.mark.torch
@pytest.mark.parametrize("name", ["circle", "dropout", "batch_norm"])
def test_a_script_of_pytorch_line_by_line_agrees_too(name: str) -> None:
    pytest.importorskip("torch")
    proved(torch_script(run(name), 3, name))


@pytest.mark.torch
@pytest.mark.parametrize("name", MODULES)
def test_pytorchs_own_modules_optimizers_and_autograd_agree(name: str) -> None:
    pytest.importorskip("torch")
    proved(module_script(run(name), 0, name))


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw", "adagrad", "rmsprop", "adadelta", "adamax", "nadam"])
def test_every_optimizer_of_pytorch_agrees_in_its_script(kind: str) -> None:
    pytest.importorskip("torch")
    optimizer = {"type": kind, "weight_decay": 0.01} | ({"momentum": 0.9, "nesterov": True} if kind == "sgd" else {})
    proved(module_script(run("circle", optimizer=optimizer), 0, kind))


@pytest.mark.parametrize(
    "changes",
    [
        {"regularization": {"l2": 0.1}},
        {"clip": {"norm": 1.0}},
        {"optimizer": {"type": "lion"}},
        {"loss": {"type": "mse", "reduction": "half_sum"}},
        {"loss": "hinge"},
    ],
    ids=str,
)
def test_what_pytorchs_modules_do_otherwise_is_no_script_of_theirs(changes: dict[str, Any]) -> None:
    assert module_script(run("circle", **changes), 0, "circle") is None


@pytest.mark.parametrize("old", [r"W2 = np\.array\(\[\[", r"expected = \[\n    \d\."])
def test_a_script_with_another_number_in_it_stops(old: str) -> None:
    script = numpy_script(run("circle"), 0, "circle")
    changed, count = re.subn(old, lambda match: match[0] + ("9" if "expected" in old else "1+"), script, count=1)
    assert count == 1
    with pytest.raises(AssertionError, match="iteration 0"):
        proved(changed)


def test_every_iteration_is_in_the_script() -> None:
    scope = proved(numpy_script(run("circle"), 0, "circle"))
    last = bool(np.isclose(float(scope["loss"]), scope["expected"][-1]))
    assert (scope["i"], len(scope["expected"]), last) == (9, 10, True)


@pytest.mark.parametrize("title", ['"""\nraise SystemExit\n"""', "\\", 'a" "b', "\x00\u2028end"])
def test_a_title_never_ends_the_words_of_a_script(title: str) -> None:
    proved(numpy_script(run("circle"), 0, title))


def test_texts_of_ones_own_in_the_configuration_never_end_their_line() -> None:
    data = {"inputs": [[1.0], [2.0]], "targets": [[1.0], [3.0]], "title": "'''\nraise SystemExit\n'''\\"}
    given = {"data": data, "layers": [{"units": 1}], "optimizer": {"type": "sgd", "learning_rate": 0.01}}
    made = Run(parse_config(given))
    script = numpy_script(made, 0, "own")
    proved(script)
    found = convert(script, "pytorch").config
    assert found is not None
    assert parse_config(found).id == made.config.id


def test_a_notebook_holds_the_script_cell_by_cell() -> None:
    document = json.loads(notebook(numpy_script(run("iris"), 0, "iris")))
    scope: dict[str, Any] = {}
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), scope)
    kinds = [cell["cell_type"] for cell in document["cells"]]
    ids = [cell["id"] for cell in document["cells"]]
    assert (document["nbformat"], kinds[:3], len(set(ids)), bool(np.isfinite(scope["loss"]))) == (
        4,
        ["markdown", "markdown", "code"],
        len(ids),
        True,
    )


@pytest.mark.parametrize("name", ["circle", "iris", "digits", "dropout", "chain_rule"])
@pytest.mark.parametrize("write", [module_script, torch_script, numpy_script])
def test_what_was_exported_comes_back_as_the_same_run(name: str, write: Callable[..., str | None]) -> None:
    given = run(name)
    script = write(given, 0, name)
    if script is None:
        pytest.skip("not made of PyTorch's own modules")
    found = convert(script, "pytorch")
    assert found.config is not None
    assert (parse_config(found.config).id, [n for n in found.notes if n.level == "refused"]) == (given.config.id, [])


def test_what_was_changed_in_an_exported_script_holds_and_the_rest_stays() -> None:
    given = run("circle")
    script = module_script(given, 0, "circle")
    assert script is not None
    changed = convert(script.replace("nn.Tanh()", "nn.ReLU()", 1), "pytorch").config
    before = given.config.to_dict()
    assert changed is not None
    same_layer = changed["layers"][0] | {"activation": "tanh"}
    assert ({name for name in before if before[name] != changed[name]}, same_layer["units"]) == ({"layers"}, 4)
    assert changed["layers"][1:] == before["layers"][1:]


@pytest.mark.parametrize("text", ['{"layers": 3}', "{", '{"a": ' + "[" * 5000 + "]" * 5000 + "}"])
def test_a_run_in_a_script_that_is_none_is_refused_by_its_line(text: str) -> None:
    found = convert(f"import torch\nBACKSCOPE_RUN = r'''{text}}}'''".replace("}}'''", "}'''"), "pytorch")
    assert (found.config, [(n.line, n.level) for n in found.notes if n.level == "refused"]) == (None, [(2, "refused")])
