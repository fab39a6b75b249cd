"""PyTorch loops watched, and derived again."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

import backscope
from app.convert.watched import recorded_run
from app.http.problems import Problem
from app.runs.workers import Ticket
from backscope.sample import Sample
from engine.run.recorded import RecordedRun
from tests.app.conftest import make_run

pytestmark = pytest.mark.torch
README = Path(__file__).parents[3] / "README.md"


def mlp(activation: Any, outputs: int = 1) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(3, 5), activation, nn.Linear(5, 4), activation, nn.Linear(4, outputs))


def train(model: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any], target: Any, steps: int = 7) -> None:
    import torch

    x = torch.randn(6, 3)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model(x), target).backward()
        optimizer.step()


def watched(tmp_path: Path, model: Any, optimizer: Any, loss_of: Any, target: Any, every: int = 3) -> bytes:
    file = tmp_path / "loop.backscope"
    with backscope.watch(model, optimizer, every=every, to=file):
        train(model, optimizer, loss_of, target)
    return file.read_bytes()


@pytest.fixture
def recording(tmp_path: Path) -> bytes:
    import torch
    from torch import nn

    torch.manual_seed(1)
    model = mlp(nn.Tanh())
    return watched(tmp_path, model, torch.optim.Adam(model.parameters(), lr=0.01), nn.MSELoss(), torch.randn(6, 1))


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "Adam": {"lr": 0.01, "amsgrad": True},
    "AdamW": {"lr": 0.01},
    "RMSprop": {"lr": 0.01, "centered": True, "momentum": 0.5},
    "Adagrad": {"lr": 0.1},
    "NAdam": {"lr": 0.01},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_recorded_value_gradient_and_update_is_derived_again(tmp_path: Path, name: str) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    model = mlp(nn.LeakyReLU(0.2), outputs=3)
    optimizer = getattr(torch.optim, name)(model.parameters(), **OPTIMIZERS[name])
    run = recorded_run(watched(tmp_path, model, optimizer, nn.CrossEntropyLoss(), torch.randint(0, 3, (6,))))
    about = run.about
    found = {r.op for r in about.rederived}
    assert (about.first, about.iterations, {name, "cross_entropy", "leaky ReLU"} <= found) == (None, [0, 3, 6], True)


def test_an_activation_in_place_and_a_schedule_change_nothing(tmp_path: Path) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(inplace=True), nn.Linear(5, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)

    file = tmp_path / "loop.backscope"
    with backscope.watch(model, optimizer, every=2, to=file):
        for _ in range(6):
            train(model, optimizer, nn.functional.mse_loss, torch.randn(6, 1), steps=1)
            schedule.step()
    run = recorded_run(file.read_bytes())
    assert (run.about.first, [round(kept.rate, 9) for kept in run.kept]) == (None, [0.1, 0.01, 0.001])


def test_a_number_that_pytorch_did_not_have_is_named_with_its_place(recording: bytes) -> None:
    length = int.from_bytes(recording[:8], "little")
    metadata = json.loads(recording[8 : 8 + length])["__metadata__"]
    tensors = dict(load(recording))
    tensors["1/op/2/grad"] = tensors["1/op/2/grad"] * np.float32(1.01)
    first = recorded_run(save(tensors, metadata)).about.first
    assert (first.iteration, first.name, first.what) == (3, "2", "gradient")
    assert first.difference == pytest.approx(0.01 / 1.01, rel=1e-3)


def test_a_recorded_run_is_explained_like_any_other(api: Any, recording: bytes) -> None:
    answer = api.post("/api/recordings", content=recording, headers={"content-type": "application/vnd.safetensors"})
    path = f"/api/runs/{answer.json()['id']}"
    asked = [
        "/program",
        "/iterations/2",
        "/iterations/1/derivation?value=dense2.weight.grad&index=0,1&check=true",
        "/history?from=0&to=3",
        "/frames?from=0&to=3",
        "/iterations/2/evaluation",
    ]
    assert [api.get(path + part).status_code for part in asked] == [200] * len(asked)
    assert api.get(f"{path}/iterations/3").status_code == 422
    check = api.get(path + asked[2]).json()["check"]
    assert check["agrees"]
    assert make_run(api, answer.json()["recording"]["continues"]) != path


def test_what_is_not_known_is_refused_by_its_name(tmp_path: Path) -> None:
    import torch
    from torch import nn

    class Snake(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x + torch.sin(x) ** 2

    model = mlp(Snake())
    data = watched(tmp_path, model, torch.optim.SGD(model.parameters(), 0.1), nn.MSELoss(), torch.randn(6, 1))
    with pytest.raises(Problem, match=r"through 1 \(Snake\): known are"):
        recorded_run(data)


def test_a_file_that_is_no_recording_is_refused() -> None:
    for data in (b"", b"12345678", save({"a": np.zeros(2)}), b"\xff" * 100):
        with pytest.raises(Problem, match="no recording"):
            recorded_run(data)


def test_a_loop_goes_on_whatever_becomes_of_the_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from torch import nn

    def fails(*_: Any) -> None:
        raise ValueError("no room")

    monkeypatch.setattr(Sample, "keep_all", fails)
    model = mlp(nn.Tanh())
    with (
        pytest.warns(UserWarning, match="no room"),
        backscope.watch(model, torch.optim.SGD(model.parameters(), 0.1), every=2) as watching,
    ):
        train(model, torch.optim.SGD(model.parameters(), 0.1), nn.MSELoss(), torch.randn(6, 1))
    assert watching.notes == ["stopped at iteration 0: ValueError: no room"]


def test_afterwards_the_model_has_no_hooks_and_the_losses_are_pytorch_s_own() -> None:
    import torch
    from torch import nn

    model, before = mlp(nn.Tanh()), nn.functional.mse_loss
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with backscope.watch(model, optimizer, every=2):
        train(model, optimizer, nn.MSELoss(), torch.randn(6, 1))
    pickle.loads(pickle.dumps(model))
    hooks = [getattr(m, f"_forward_{kind}") for m in model.modules() for kind in ("hooks", "pre_hooks")]
    assert (any(hooks), nn.functional.mse_loss is before) == (False, True)


def test_forward_passes_that_are_not_trained_on_count_for_nothing() -> None:
    import torch
    from torch import nn

    model = mlp(nn.Tanh())
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with backscope.watch(model, optimizer, every=1) as watching:
        for _ in range(3):
            with torch.no_grad():
                model(torch.randn(2, 3))
            train(model, optimizer, nn.MSELoss(), torch.randn(6, 1), steps=1)
    assert (watching.kept, [r["forwards"] for r in watching.about()["records"]]) == ([0, 1, 2], [1, 1, 1])


def test_checkpointed_and_shared_modules_are_recorded_once_a_call() -> None:
    import torch
    from torch import nn
    from torch.utils.checkpoint import checkpoint

    class Twice(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.mid = nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return checkpoint(lambda v: torch.tanh(self.mid(v)), self.mid(x), use_reentrant=False)

    model = Twice()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with backscope.watch(model, optimizer, every=1) as watching:
        train(model, optimizer, nn.MSELoss(), torch.randn(6, 3), steps=1)
    ops = watching.about()["records"][0]["ops"]
    assert ([op["op"] for op in ops], watching.notes) == (["linear", "linear", "tanh"], [])


def test_a_compiled_model_is_said_to_be_one() -> None:
    import torch
    from torch import nn

    class Compiled(nn.Module):  # type: ignore[misc]  # what torch.compile makes has its original under this name
        def __init__(self, model: Any) -> None:
            super().__init__()
            self._orig_mod = model

        def forward(self, x: Any) -> Any:
            return self._orig_mod(x)

    model = Compiled(mlp(nn.Tanh()))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with backscope.watch(model, optimizer, every=1) as watching:
        train(model, optimizer, nn.MSELoss(), torch.randn(6, 1), steps=1)
    assert "compiled" in watching.notes[0]


def test_a_full_memory_keeps_every_second_recording() -> None:
    import torch
    from torch import nn

    model = mlp(nn.Tanh())
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with backscope.watch(model, optimizer, every=1, budget=8000) as watching:
        train(model, optimizer, nn.MSELoss(), torch.randn(6, 1), steps=20)
    assert watching.kept == list(range(0, 20, watching.every))
    assert watching.every > 1
    assert sum(sample.size for sample in watching._samples) <= 8000


def test_the_readme_s_loop_can_be_watched_and_says_why_its_gradient_fades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = next(c for c in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if "backscope.watch" in c)
    monkeypatch.chdir(tmp_path)
    exec(compile(code.replace("600", "101"), "README.md", "exec"), {"__name__": "__main__"})
    run = recorded_run((tmp_path / "loop.backscope").read_bytes())
    assert (run.about.first, run.about.iterations, run.about.source) == (None, [0, 50, 100], "README.md")


def test_a_deep_sigmoid_net_of_somebody_else_says_that_its_gradient_vanishes(tmp_path: Path) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers: list[Any] = [nn.Linear(3, 6)]
    for _ in range(8):
        layers += [nn.Sigmoid(), nn.Linear(6, 6)]
    model = nn.Sequential(*layers, nn.Sigmoid(), nn.Linear(6, 1))
    data = watched(tmp_path, model, torch.optim.SGD(model.parameters(), 0.1), nn.MSELoss(), torch.randn(6, 1))
    assert "vanishes" in kinds_of(recorded_run(data))


def kinds_of(run: RecordedRun, t: int = 2) -> set[str]:
    from app.convert.iterations import iteration_answer

    return {finding.kind for finding in iteration_answer(run, t, Ticket(60)).document.diagnosis}
