"""Pasted code: what it becomes, what PyTorch makes of the same code, and that nothing of it is ever run."""

from __future__ import annotations

import ast
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine.pasted
from engine.analysis.evaluation import outputs
from engine.foundation.errors import ConfigError
from engine.pasted import Converted, convert
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.pasted.more_snippets import MORE
from tests.engine.pasted.repeated_snippets import REPEATED
from tests.engine.pasted.snippets import KERAS, TEXTBOOK
from tests.engine.pasted.snippets import TORCH as FIRST

TORCH = FIRST | MORE | REPEATED

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
BLOCK = """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
    def forward(self, x):
{body}
model = Block()
"""


def described(layer: dict[str, Any]) -> str:
    activation = layer.get("activation")
    named = activation["type"] if isinstance(activation, dict) else activation
    return ":".join(str(part) for part in (layer["type"], layer.get("units"), named) if part is not None)


def refusals(found: Converted) -> list[str]:
    return [note.text for note in found.notes if note.level == "refused"]


def config_of(source: str) -> dict[str, Any]:
    found = convert(source, "pytorch")
    assert found.config is not None, refusals(found)
    return found.config


@pytest.mark.parametrize(
    ("source", "dialect", "layers"),
    [
        *(pytest.param(source, "pytorch", layers, id=name) for name, (source, layers) in TORCH.items()),
        *(pytest.param(source, "keras", layers, id=f"keras-{name}") for name, (source, layers) in KERAS.items()),
    ],
)
def test_a_script_becomes_the_layers_that_it_makes(source: str, dialect: Any, layers: list[str]) -> None:
    found = convert(source, dialect)
    assert found.config is not None, refusals(found)
    made = [described(layer) for layer in found.config["layers"]]
    assert [a for a, b in zip(made, layers, strict=True) if not a.startswith(b)] == []
    assert Run(parse_config(found.config)).trace_at(1)["loss"] is not None


@pytest.mark.torch
@pytest.mark.parametrize("name", TORCH)
def test_pytorch_computes_the_same_outputs_with_the_same_weights(name: str) -> None:
    torch = pytest.importorskip("torch")
    source = TORCH[name][0]
    run = Run(parse_config(config_of(source)))
    scope: dict[str, Any] = {}
    made = "\n".join(line for line in source.splitlines() if "optimizer" not in line and "for epoch" not in line)
    exec(HEAD + made.partition("inputs = torch")[0], scope)
    model = next(value for value in reversed(scope.values()) if isinstance(value, torch.nn.Module) and _is_model(value))
    model.double().eval()
    state = run.state_at(0)
    with torch.no_grad():
        for theirs, ours in zip(model.parameters(), run.parameters, strict=True):
            theirs.copy_(torch.tensor(run.layout.view(state.parameters, ours.name)).reshape(theirs.shape))
        inputs = run.inputs[:6]
        given = torch.tensor(inputs) if inputs.dtype.kind == "i" else torch.tensor(np.asarray(inputs, float))
        expected = model(given)
    found = outputs(run, state, inputs)
    assert np.allclose(found, expected.numpy().reshape(found.shape), rtol=1e-12, atol=1e-14)


def _is_model(value: Any) -> bool:
    return "Loss" not in type(value).__name__


def test_the_textbook_module_is_a_run_at_once() -> None:
    found = convert(TEXTBOOK, "pytorch")
    assert found.config is not None
    config = found.config
    assert (config["loss"], config["optimizer"]["type"], config["optimizer"]["learning_rate"]) == ("mse", "sgd", 0.01)
    assert np.array(config["data"]["inputs"]).shape == (32, 10)
    assert refusals(found) == []


def test_every_line_of_code_has_a_note() -> None:
    noted = {note.line for note in convert(TEXTBOOK, "pytorch").notes}
    lines = {k for k, line in enumerate(TEXTBOOK.splitlines(), 1) if line.strip()}
    assert lines - noted == set()


@pytest.mark.parametrize(
    ("source", "dialect"),
    [*((source, "pytorch") for source, _ in TORCH.values()), *((source, "keras") for source, _ in KERAS.values())],
)
def test_every_statement_of_every_script_has_a_note(source: str, dialect: Any) -> None:
    noted = {note.line for note in convert(source, dialect).notes}
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    whole = [node for node in statements if not hasattr(node, "body")]
    lines = {ast.unparse(node): range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in whole}
    assert [text for text, its in lines.items() if noted.isdisjoint(its)] == []


def test_a_line_whose_module_was_refused_or_does_nothing_has_a_note_too() -> None:
    body = "self.fc = nn.Linear(3, 2)\n        self.norm = nn.Identity()\n        self.odd = nn.GroupNorm(1, 2)"
    forward = "h = self.fc(x)\n        h = self.norm(h)\n        h = self.odd(h)\n        return h"
    start = f"class Net(nn.Module):\n    def __init__(self):\n        {body}\n"
    found = convert(f"{start}    def forward(self, x):\n        {forward}\nmodel = Net()\n", "pytorch")
    assert {note.line for note in found.notes} == set(range(1, 12))
    assert [note.line for note in found.notes if note.level == "refused"] == [5]


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        ("loss = crit(model(x), y)\nloss = loss + 0.1 * l2\nloss.backward()", [5]),
        ("loss = crit(model(x), y)\nloss += 0.1 * l2\nloss.backward()", [5]),
        ("l = F.mse_loss(model(x), y)\nobjective = 0.5 * l + penalty\nobjective.backward()", [5]),
        ("l = crit(model(x), y)\n(l / 4).backward()", [5]),
        ("l = crit(model(x), y)\ntotal = total + l.item()\nrunning += l.item() * 3\nl.backward()", []),
        ("l = crit(model(x), y)\nshown = l * 100\nl.backward()", []),
        ('best = float("inf")\nloss = crit(model(x), y)\nloss.backward()', []),
    ],
)
def test_a_gradient_of_more_than_the_loss_is_refused_and_what_is_only_counted_is_not(
    lines: str, refused: list[int]
) -> None:
    source = f"from torch import nn\nmodel = nn.Sequential(nn.Linear(2, 1))\ncrit = nn.MSELoss()\n{lines}\n"
    found = convert(source, "pytorch")
    assert [note.line for note in found.notes if note.level == "refused"] == refused
    assert [note.text for note in found.notes if "float64" in note.text] == []


def test_rows_that_are_drawn_are_called_so_and_counts_are_counts() -> None:
    data = config_of("model = nn.Sequential(nn.Linear(2, 1))\ncrit = nn.PoissonNLLLoss()\n")["data"]
    targets = np.array(data["targets"])
    assert (data["title"], bool(np.all((targets >= 0) & (targets == np.floor(targets))))) == ("drawn rows", True)


def test_a_start_that_keras_cuts_off_is_told() -> None:
    source = 'model = keras.Sequential([layers.Dense(4, kernel_initializer="he_normal", input_shape=(3,))])'
    told = {default.yours: default.theirs for default in convert(source, "keras").defaults}
    assert told["kaiming_normal"] == "he_normal, drawn anew beyond two deviations"


def test_settings_stand_beside_pytorchs_defaults() -> None:
    source = (
        "model = nn.Sequential(nn.Linear(2, 1))\nopt = torch.optim.Adam(model.parameters(), lr=0.1, betas=(0.8, 0.9))"
    )
    defaults = {default.path: (default.yours, default.theirs) for default in convert(source, "pytorch").defaults}
    assert defaults["optimizer.learning_rate"] == (0.1, 0.001)
    assert defaults["optimizer.betas"] == ([0.8, 0.9], (0.9, 0.999))


def test_the_loop_sets_loader_seed_clipping_and_schedule() -> None:
    config = config_of(
        """
torch.manual_seed(3)
model = nn.Sequential(nn.Linear(4, 1))
optimizer = optim.RMSprop(model.parameters(), lr=0.02, momentum=0.5)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
loader = DataLoader(data, batch_size=8, shuffle=True)
for epoch in range(10):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.l1_loss(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    scheduler.step()
"""
    )
    said = (config["seed"], config["batch_size"], config["shuffle"], config["loss"], config["clip"])
    assert said == (3, 8, True, "mae", {"norm": 1.0})
    assert config["schedule"] == {"type": "step", "step_size": 5, "gamma": 0.5, "per": "epoch"}
    assert (config["optimizer"]["type"], config["optimizer"]["momentum"]) == ("rmsprop", 0.5)


def test_how_a_parameter_starts_is_taken_over() -> None:
    source = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(2, 1)
        nn.init.kaiming_normal_(self.out.weight, nonlinearity="relu")
        nn.init.constant_(self.out.bias, 0.5)
    def forward(self, x):
        return self.out(x)
model = Net()
"""
    layer = config_of(source)["layers"][0]
    assert layer["initializer"] == {"type": "kaiming_normal", "a": 0.0, "mode": "fan_in", "nonlinearity": "relu"}
    assert layer["bias_initializer"] == {"type": "constant", "val": 0.5}


def test_how_the_parameters_of_a_part_start_is_taken_over_too() -> None:
    source = """
class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        nn.init.zeros_(self.fc.weight)
    def forward(self, x):
        return torch.relu(self.fc(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Part()
        self.out = nn.Linear(3, 1)
    def forward(self, x):
        return self.out(self.part(x))
model = Net()
"""
    assert [layer["initializer"] for layer in config_of(source)["layers"]] == ["zeros", "torch_default"]


def test_a_value_that_is_used_before_and_after_its_activation_keeps_both() -> None:
    config = config_of(BLOCK.format(body="        z = self.a(x)\n        return z + torch.relu(z)"))
    assert [described(layer) for layer in config["layers"]] == ["dense:3:identity", "activation:relu", "add"]


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("model = nn.Sequential(\n    nn.Linear(2, 3),\n    nn.Weird(3))", 3, "Weird is not there"),
        ("model = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1))", 1, "takes 4 numbers, and dense 1 gives 3"),
        (
            "layers = []\nfor i in range(depth):\n    layers.append(nn.Linear(2, 2))\nmodel = nn.Sequential(*layers)",
            4,
            "layers would have to be run",
        ),
        (BLOCK.format(body="        while True:\n            x = self.a(x)"), 7, "line by line"),
        (BLOCK.format(body="        return self.b(x)"), 7, "self.b was not made"),
        (BLOCK.format(body="        return self.a(self.a(x))"), 7, "a second time"),
        (BLOCK.format(body="        return torch.fft.fft(x)"), 7, "fft is not known"),
        (BLOCK.format(body="        self.a(x)"), 7, "line by line"),
        ("model = nn.Sequential(nn.Linear(2, 1))\nopt = torch.optim.LBFGS(model.parameters())", 2, ""),
        ("model = nn.Sequential(nn.Linear(2, n))", 1, "would have to be run"),
        ("model = nn.Sequential(nn.Linear(2, -3))", 1, "units is at least 1"),
        ("x = 3", 1, "no network was found"),
    ],
)
def test_what_cannot_be_taken_over_says_its_line_and_why(source: str, line: int, said: str) -> None:
    found = convert(source, "pytorch")
    assert [note.line for note in found.notes if note.level == "refused" or not said][-1:] == [line]
    assert said in " ".join(refusals(found))


IMAGE = "nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.Flatten()"


@pytest.mark.torch
@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (f"{IMAGE}, nn.Linear(8*4*4, 10)", [1, 8, 8]),
        (f"{IMAGE}, nn.Linear(8*7*7, 10), nn.Linear(10, 3)", [1, 14, 14]),
        ("nn.Conv2d(3, 4, 11, stride=4), nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(4*11*11, 2)", [3, 99, 99]),
        ("nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)", [1, 28, 28]),
        ("nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 2)", [5]),
    ],
)
def test_the_shape_of_a_sample_is_the_one_that_the_sizes_further_on_imply(layers: str, shape: list[int]) -> None:
    config = config_of(f"model = nn.Sequential({layers})")
    given = config["layers"][0].get("shape") or [len(config["data"]["inputs"][0])]
    torch = pytest.importorskip("torch")
    model = eval(f"nn.Sequential({layers})", {"nn": torch.nn})
    sample = torch.zeros((2, *given), dtype=torch.int64 if layers.startswith("nn.Embedding") else torch.float32)
    assert (list(given), len(model(sample))) == (shape, 2)


@pytest.mark.parametrize(
    ("layers", "place", "said", "instead"),
    [
        (
            f"{IMAGE}, nn.Linear(160, 10)",
            "160",
            "Linear takes 160 numbers, and flatten 1 gives 1568 for images of 28 x 28; "
            "no square image of up to 256 x 256 gives 160",
            "nn.Linear(1568, ...)",
        ),
        (
            f"{IMAGE}, nn.Linear(128, 10), nn.Linear(11, 2)",
            "11, 2",
            "Linear takes 11 numbers, and dense 1 gives 10",
            "nn.Linear(10, ...)",
        ),
        (
            "nn.Conv2d(3, 8, 3), nn.Conv2d(16, 4, 3)",
            "16,",
            "Conv2d takes 16 channels, and conv2d 1 gives 8",
            "(8, ...)",
        ),
        ("nn.Conv2d(1, 6, 5), nn.BatchNorm2d(8)", "8)", "BatchNorm2d takes 8 channels, and conv2d 1 gives 6", "2d(6)"),
        ("nn.Linear(4, 6), nn.BatchNorm1d(7)", "7)", "BatchNorm1d takes 7 numbers, and dense 1 gives 6", "1d(6)"),
        ("nn.Linear(4, 6), nn.LayerNorm(7)", "7)", "LayerNorm takes 7 numbers, and dense 1 gives 6", "Norm(6)"),
        ("nn.Conv2d(1, 2, 3), nn.LayerNorm([2, 26, 26])", "nn.LayerNorm", "over the last axis only", "LayerNorm(26)"),
        ("nn.Embedding(9, 4), nn.LSTM(5, 3)", "5,", "LSTM takes 5 numbers, and embedding 1 gives 4", "LSTM(4, ...)"),
    ],
)
def test_a_size_that_contradicts_what_a_layer_is_given_is_refused_where_it_is_said(
    layers: str, place: str, said: str, instead: str
) -> None:
    source = f"model = nn.Sequential({layers})"
    found = convert(source, "pytorch")
    (note,) = [note for note in found.notes if note.level == "refused"]
    column = source.rindex(place) + 1
    assert (found.config, said in note.text, instead in note.instead, note.column) == (None, True, True, column)


def test_what_a_view_says_of_its_numbers_holds_too() -> None:
    body = "        x = self.a(x)\n        return x.view(-1, 5)"
    assert refusals(convert(BLOCK.format(body=body), "pytorch")) == ["view takes 5 numbers, and dense 1 gives 3"]


def test_a_layer_without_parameters_is_used_again() -> None:
    source = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc = nn.Linear(16 * 5 * 5, 10)
    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        return self.fc(x.view(-1, 16 * 5 * 5))
net = Net()
"""
    assert config_of(source)["layers"][0]["shape"] == [3, 32, 32]


@pytest.mark.parametrize(
    "source",
    [
        BLOCK.format(body="        return self.n(self.a(x))").replace(
            "(3, 3)", "(3, 4)\n        self.n = nn.GroupNorm(2, 4)"
        )
        + "nn.init.zeros_(model.a.bias)",
        "n = nn.GroupNorm(2, 4)\nmodel = nn.Sequential(nn.Linear(3, 4), n)",
    ],
)
def test_what_was_refused_where_it_was_made_is_refused_once(source: str) -> None:
    found = convert(source, "pytorch")
    assert (found.config, refusals(found)) == (None, ["GroupNorm is not there"])


def test_a_network_that_is_refused_half_way_is_no_network() -> None:
    found = convert(BLOCK.format(body="        x = self.a(x)\n        return torch.fft.fft(x)"), "pytorch")
    assert found.config is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1 +", "line 1, column 8"),
        ("a" * 50_000, "at most 40000"),
        ("-" * 5000 + "1", "cannot read|nested deeper"),
        ("x = '\0'", "null|cannot read"),
    ],
)
def test_what_is_no_python_is_refused(source: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        convert(source, "pytorch")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("opt = optim.LBFGS(model.parameters())", "the optimizer LBFGS is not there"),
        ("criterion = nn.TripletMarginLoss()", "the loss TripletMarginLoss is not there"),
        ("s = lr_scheduler.ReduceLROnPlateau(opt, 'min')", "the schedule ReduceLROnPlateau is not read"),
        ("sched = torch.optim.lr_scheduler.OneCycleLR(opt, 0.1)", "the schedule OneCycleLR is not read"),
        ("loss = torch.logsumexp(model(x), 1)", "this loss is written out, and not read"),
        ("loss = criterion(model(x), y) + 0.1 * penalty(model)", "what is done to the loss here is not read"),
    ],
)
def test_nothing_takes_the_place_of_what_is_not_there_in_silence(line: str, said: str) -> None:
    found = convert(f"from torch import nn, optim\nmodel = nn.Sequential(nn.Linear(2, 1))\n{line}\n", "pytorch")
    assert [(note.line, note.text, bool(note.instead)) for note in found.notes if note.level == "refused"] == [
        (3, said, True)
    ]


@pytest.mark.parametrize(
    ("line", "loss"),
    [
        ("loss = ((model(x) - y) ** 2).mean()", "mse"),
        ("loss = torch.mean((out - y) ** 2)", "mse"),
        ("loss = (out - y).pow(2).sum()", {"type": "mse", "reduction": "sum"}),
        ("loss = torch.abs(out - y).mean()", "mae"),
    ],
)
def test_a_loss_that_is_written_out_is_the_one_with_that_name(line: str, loss: Any) -> None:
    found = config_of(f"model = nn.Sequential(nn.Linear(2, 1))\n{line}\n")["loss"]
    assert ({k: found[k] for k in loss} if isinstance(loss, dict) else found) == loss


def test_keras_names_its_loss_optimizer_start_and_callbacks_before_they_are_used() -> None:
    source = """
model = tf.keras.Sequential([
    tf.keras.Input((4,)),
    tf.keras.layers.Dense(8, kernel_initializer="he_normal"),
    tf.keras.layers.LeakyReLU(),
    tf.keras.layers.Dense(3),
])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
opt = tf.keras.optimizers.SGD(0.1, clipvalue=0.5)
stop = tf.keras.callbacks.EarlyStopping(patience=3)
model.compile(opt, loss_fn, ["accuracy"])
model.fit(x, y, batch_size=8, callbacks=[stop])
"""
    config = convert(source, "keras").config
    assert config is not None
    first = config["layers"][0]
    assert (first["activation"], first["initializer"]["type"], config["loss"], config["clip"]) == (
        {"type": "leaky_relu", "negative_slope": 0.3},
        "kaiming_normal",
        "cross_entropy",
        {"value": 0.5},
    )
    assert (config["optimizer"]["learning_rate"], config["early_stopping"]["patience"]) == (0.1, 3)


def test_keras_has_defaults_of_its_own() -> None:
    found = convert(KERAS["first"][0], "keras")
    assert found.config is not None
    dense = found.config["layers"][0]
    assert (found.config["optimizer"]["eps"], dense["initializer"], dense["bias_initializer"]) == (
        1e-7,
        "xavier_uniform",
        "zeros",
    )


def test_nothing_is_run() -> None:
    """No module of the room calls, imports or looks up anything by a name that comes from the source."""
    folder = Path(engine.pasted.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    for word in ("eval(", "exec(", "compile(", "__import__", "importlib", "getattr(script", "globals("):
        assert word not in text.replace('"eval"', "").replace("_compile(", "").replace("re.compile(", "")
    found = convert("import os\nos.system('touch /tmp/never')\nmodel = nn.Sequential(nn.Linear(2, 1))", "pytorch")
    assert found.config is not None


@pytest.mark.parametrize("dialect", ["pytorch", "keras"])
def test_damaged_scripts_are_refused_and_never_break_the_reader(dialect: Any) -> None:
    choose = random.Random(5)
    sources = [source for source, _ in (TORCH if dialect == "pytorch" else KERAS).values()]
    for _ in range(150):
        lines = choose.choice(sources).splitlines()
        at = choose.randrange(len(lines))
        tokens = lines[at].replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split(" ")
        tokens.pop(choose.randrange(len(tokens)))
        lines[at] = " ".join(tokens)
        with suppress(ConfigError):
            convert("\n".join(lines), dialect)
