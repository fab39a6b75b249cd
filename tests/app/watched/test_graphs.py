"""Models that are no chain, watched and derived again: residual ones, images, shared modules, joins, autocast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import backscope
from app.convert.watched import recorded_run
from app.http.problems import Problem
from engine.run.recorded import RecordedRun
from engine.run.run import Run
from engine.run.task import parse_config

pytest.importorskip("torch")
import torch
from torch import nn
from torch.nn import functional
from torch.nn.functional import mse_loss

pytestmark = pytest.mark.torch
Forward = Callable[[Any, Any], Any]


class Written(nn.Module):  # type: ignore[misc]
    """A module of these parts with this forward pass."""

    def __init__(self, forward: Forward, **parts: Any) -> None:
        super().__init__()
        self.written = forward
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Any) -> Any:
        return self.written(self, x)


def residual(m: Any, x: Any) -> Any:
    hidden = functional.relu(m.first(x))
    for layer in m.layers:
        hidden = hidden + torch.tanh(layer(hidden))
    return m.last(m.norm(hidden))


def branches(m: Any, x: Any) -> Any:
    a, b = m.a(x).relu(), torch.sigmoid(m.b(x))
    return m.last(torch.cat([a * b, a], dim=1))


def image(m: Any, x: Any) -> Any:
    hidden = functional.max_pool2d(functional.relu(m.a(x)), 2)
    added = m.b(hidden)
    added += hidden
    hidden = m.pool(m.norm(added).relu_())
    return m.last(hidden.view(hidden.size(0), -1))


def again(m: Any, x: Any) -> Any:
    hidden = m.first(x)
    for _ in range(3):
        hidden = torch.sigmoid(m.shared(hidden))
    return m.last(hidden)


def deep(m: Any, x: Any) -> Any:
    for layer in m.layers:
        x = torch.sigmoid(layer(x))
    return m.last(x)


MODELS: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "residual": (
        lambda: Written(
            residual,
            first=nn.Linear(3, 5),
            layers=nn.ModuleList([nn.Linear(5, 5), nn.Linear(5, 5)]),
            norm=nn.LayerNorm(5),
            last=nn.Linear(5, 3),
        ),
        (3,),
    ),
    "two branches": (lambda: Written(branches, a=nn.Linear(3, 4), b=nn.Linear(3, 4), last=nn.Linear(8, 3)), (3,)),
    "image": (
        lambda: Written(
            image,
            a=nn.Conv2d(1, 2, 3, padding=1),
            b=nn.Conv2d(2, 2, 3, padding=1),
            norm=nn.BatchNorm2d(2),
            pool=nn.AvgPool2d(2),
            last=nn.Linear(2 * 2 * 2, 3),
        ),
        (1, 8, 8),
    ),
    "global pool": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 3, 3, stride=2), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)
        ),
        (1, 8, 8),
    ),
    "shared": (lambda: Written(again, first=nn.Linear(3, 4), shared=nn.Linear(4, 4), last=nn.Linear(4, 3)), (3,)),
}


def recorded(tmp_path: Path, model: Any, x: Any, y: Any, loss_of: Any) -> RecordedRun:
    file, optimizer = tmp_path / "loop.backscope", torch.optim.Adam(model.parameters(), lr=0.01)
    with backscope.watch(model, optimizer, every=2, to=file) as watching:
        for _ in range(3):
            optimizer.zero_grad()
            loss_of(model(x), y).backward()
            optimizer.step()
    assert watching.notes == []
    return recorded_run(file.read_bytes())


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_is_no_chain_is_derived_again_and_goes_on_as_a_run(tmp_path: Path, name: str) -> None:
    torch.manual_seed(0)
    make, shape = MODELS[name]
    model = make()
    run = recorded(tmp_path, model, torch.randn(6, *shape), torch.randint(0, 3, (6,)), nn.CrossEntropyLoss())
    weights = {part.name for part in run.about.rederived if "→" in part.op}
    modules = {n for n, m in model.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)}
    assert (run.about.first, weights) == (None, modules)
    assert Run(parse_config(run.about.continues)).trace_at(0)["loss"] < run.trace_at(0)["loss"]


def test_a_loss_that_the_script_imported_by_its_name_is_seen_and_given_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    before = mse_loss
    run = recorded(tmp_path, nn.Linear(3, 1), torch.randn(4, 3), torch.randn(4, 1), lambda a, b: mse_loss(a, b))
    assert (run.about.first, mse_loss is before) == (None, True)


def test_autocast_is_held_to_what_its_numbers_can_say(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))

    def loss_of(output: Any, target: Any) -> Any:
        return mse_loss(output.float(), target)

    def forward(m: Any, x: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return m.inner(x)

    run = recorded(tmp_path, Written(forward, inner=model), torch.randn(6, 3), torch.randn(6, 1), loss_of)
    assert (run.about.dtype, run.about.first) == ("bfloat16", None)


def test_everything_that_is_not_known_is_named_at_once(tmp_path: Path) -> None:
    def forward(m: Any, x: Any) -> Any:
        found, _ = m.attention(x, x, x)
        return m.last(m.drop(found.mean(1)))

    parts = {"attention": nn.MultiheadAttention(4, 2, batch_first=True), "last": nn.Linear(4, 1), "drop": nn.Dropout()}
    with pytest.raises(Problem) as caught:
        recorded(tmp_path, Written(forward, **parts), torch.randn(3, 5, 4), torch.randn(3, 1), nn.MSELoss())
    detail = caught.value.detail
    named = ("multi_head_attention_forward", "mean (mean)", "drop (dropout)", "watch with its p at 0")
    assert [name in detail for name in named] == [True] * len(named)


def test_ten_sigmoid_layers_in_a_loop_say_that_their_gradient_vanishes(tmp_path: Path) -> None:
    from tests.app.watched.test_watching import kinds_of

    torch.manual_seed(0)
    model = Written(deep, layers=nn.ModuleList([nn.Linear(8, 8) for _ in range(10)]), last=nn.Linear(8, 1))
    run = recorded(tmp_path, model, torch.randn(32, 8), torch.randn(32, 1), nn.MSELoss())
    assert (run.about.first, "vanishes" in kinds_of(run, 1)) == (None, True)


def test_what_is_left_of_a_loss_that_is_nearly_0_is_held_to_its_rounding(tmp_path: Path) -> None:
    """Of numbers that cancel nearly all, float32 keeps few digits; our own float32 says how few."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    file, optimizer = tmp_path / "loop.backscope", torch.optim.Adam(model.parameters(), lr=0.1)
    x, y = torch.randn(6, 2), torch.randint(0, 2, (6,))
    with backscope.watch(model, optimizer, every=150, to=file):
        for _ in range(301):
            optimizer.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            optimizer.step()
    about = recorded_run(file.read_bytes()).about
    assert (about.first, about.worst > about.tolerance) == (None, True)
