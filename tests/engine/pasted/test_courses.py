"""Scripts of courses, trained here and in PyTorch from the same weights; and what a script changes in its network."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from engine.pasted import convert
from engine.pasted.torch_model import Piece
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.pasted.course_snippets import COURSES

MADE = "import torch\nfrom torch import nn\nnet = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))\n"
STEPS = 3


def layers_of(source: str) -> list[dict[str, Any]]:
    found = convert(source, "pytorch")
    assert found.config is not None, found.notes
    assert [note for note in found.notes if note.level == "refused"] == []
    return list(found.config["layers"])


@pytest.mark.torch
@pytest.mark.parametrize("name", COURSES)
def test_a_script_trains_as_it_does_in_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    source, *names = COURSES[name]
    layers = layers_of(source)
    config = convert(source, "pytorch").config
    run = Run(parse_config(config))
    scope: dict[str, Any] = {}
    exec(source, scope)
    model, loss_of, optimizer = (scope[each] for each in names)
    model.double()
    with torch.no_grad():
        for theirs, ours in zip(model.parameters(), run.parameters, strict=True):
            theirs.copy_(torch.tensor(run.layout.view(run.state_at(0).parameters, ours.name)).reshape(theirs.shape))
    theirs_at = []
    for t in range(STEPS):
        found = run.trace_at(t)
        x, y = np.asarray(found["x"]), torch.tensor(np.asarray(found["target"]))
        given = torch.tensor(x.reshape(-1, *layers[0]["shape"]) if layers[0]["type"] == "reshape" else x)
        outputs = model(given)
        loss = loss_of(*_shaped(outputs, y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        theirs_at.append(loss.item())
    ours_at = [float(np.asarray(run.trace_at(t)["loss"]).ravel()[0]) for t in range(STEPS)]
    assert np.allclose(ours_at, theirs_at, rtol=1e-8)


def _shaped(outputs: Any, y: Any) -> tuple[Any, Any]:
    """As PyTorch's losses want them: a class for each row, or as many numbers as there are outputs."""
    rows = outputs.reshape(-1, outputs.shape[-1])
    if y.numel() == len(rows) and (rows.shape[1] > 1 or not y.dtype.is_floating_point):
        return rows, y.reshape(-1).long()
    if y.shape == rows.shape and set(y.unique().tolist()) <= {0.0, 1.0}:
        return rows, y.argmax(-1)
    return outputs, y.reshape(outputs.shape)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("net[0].weight.data.normal_(0, 0.01)", ("initializer", {"type": "normal", "mean": 0.0, "std": 0.01})),
        ("nn.init.ones_(net[0].weight)", ("initializer", "ones")),
        ("with torch.no_grad():\n    net[0].bias.fill_(0.5)", ("bias_initializer", {"type": "constant", "val": 0.5})),
        ("for p in net[0].parameters():\n    p.requires_grad = False", ("frozen", ["bias", "weight"])),
        ("net[0].weight.requires_grad_(False)", ("frozen", ["weight"])),
        ("for n, p in net.named_parameters():\n    if 'bias' in n:\n        pass", ("frozen", [])),
        (
            "def start(m):\n    if isinstance(m, nn.Linear):\n        nn.init.zeros_(m.bias)\nnet.apply(start)",
            ("bias_initializer", "zeros"),
        ),
        (
            "for m in net.modules():\n    if type(m) == nn.Linear:\n        nn.init.orthogonal_(m.weight)",
            ("initializer", "orthogonal"),
        ),
        (
            "for p in net.parameters():\n    if p.dim() > 1:\n        nn.init.xavier_uniform_(p)",
            ("initializer", "xavier_uniform"),
        ),
    ],
)
def test_how_a_network_starts_and_what_is_not_trained_is_taken_over(line: str, changed: tuple[str, Any]) -> None:
    name, value = changed
    layer = layers_of(f"{MADE}{line}\n")[0]
    found = layer[name]
    assert ({key: found[key] for key in value} if isinstance(value, dict) else _type(found)) == value


def _type(found: Any) -> Any:
    return found["type"] if isinstance(found, dict) else found


def test_a_step_by_hand_says_the_rate() -> None:
    lines = "with torch.no_grad():\n    for p in net.parameters():\n        p -= 0.25 * p.grad\n"
    config = convert(MADE + lines, "pytorch").config
    assert config is not None
    assert (config["optimizer"]["type"], config["optimizer"]["learning_rate"]) == ("sgd", 0.25)


@pytest.mark.parametrize(
    "line",
    [
        "net[2] = nn.Linear(8, 5)",
        "net.add_module('x', nn.Linear(2, 3))",
        "net.append(nn.Linear(2, 1))",
        "net[2].weight = net[0].weight",
        "del net[2]",
        "net.apply(unheard_of)",
        "nn.utils.parametrizations.weight_norm(net[0])",
        "torch.nn.utils.prune.random_unstructured(net[0], 'weight', 0.5)",
        "for p in net.parameters():\n    p.mul_(0.5)",
        "with torch.no_grad():\n    net[0].weight.mul_(2)",
    ],
)
def test_another_change_of_a_network_is_refused_and_not_passed_over(line: str) -> None:
    refused = [note.line for note in convert(f"{MADE}{line}\n", "pytorch").notes if note.level == "refused"]
    assert refused == [len(f"{MADE}{line}".splitlines())]


@pytest.mark.parametrize("line", ["net = torch.compile(net)", "net = nn.DataParallel(net)", "net = net.to('cuda')"])
def test_where_a_network_runs_is_no_other_network(line: str) -> None:
    assert [layer["units"] for layer in layers_of(f"{MADE}{line}\nnn.init.zeros_(net[0].bias)\n")] == [8, 2]


def test_a_loss_by_its_function_is_the_loss_of_the_run() -> None:
    found = convert(f"{MADE}loss_func = nn.functional.cross_entropy\n", "pytorch").config
    assert found is not None
    assert found["loss"] == "cross_entropy"


def test_a_state_that_does_not_start_at_0_is_refused() -> None:
    lines = "        h = torch.randn(1, 2, 5)\n        out, _ = self.rnn(x, h)\n        return out[:, -1]\n"
    made = f"        super().__init__()\n        self.rnn = nn.RNN(3, 5)\n    def forward(self, x):\n{lines}"
    found = convert(
        f"from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n{made}net = Net()\n", "pytorch"
    )
    assert [note.line for note in found.notes if note.level == "refused"] == [7]


KERAS = "model = keras.Sequential([layers.Dense(4, trainable=False, input_shape=(3,)), layers.Dense(2)])\n"


@pytest.mark.parametrize(
    "line",
    [
        "model.pop()",
        "model.layers[0].trainable = False",
        "for layer in model.layers:\n    layer.trainable = False",
        'model.compile(optimizer="sgd", loss="mse", loss_weights=[2.0])',
        "model.fit(x, y, class_weight={0: 1.0, 1: 3.0})",
    ],
)
def test_what_changes_a_network_of_keras_is_refused_too(line: str) -> None:
    found = convert(KERAS + line, "keras")
    assert [note.line for note in found.notes if note.level == "refused"] == [len((KERAS + line).splitlines())]
    assert found.config is not None
    assert [layer["frozen"] for layer in found.config["layers"]] == [["bias", "weight"], []]


def test_pieces_that_are_written_alike_are_two() -> None:
    """A layer is known by its piece itself: by where it lies in memory another one could be taken for it."""
    call = ast.parse("nn.Linear(2, 2)", mode="eval").body
    assert isinstance(call, ast.Call)
    assert len({Piece("Linear", call), Piece("Linear", call)}) == 2
