"""Numbers given in the configuration, as PyTorch has them in its modules: parameters, first states, kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.foundation.errors import ConfigError
from engine.model.layers import LAYERS

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/run installs it with pip")
pytestmark = pytest.mark.torch

rng = np.random.default_rng(8)
SEQUENCES = rng.normal(size=(3, 8))  # four moments of two features
IMAGES = rng.normal(size=(3, 24))  # two channels of three rows of four
TARGETS = rng.normal(size=(3, 1))


def run_of(inputs: Any, *layers: dict[str, Any]) -> Run:
    data = {"inputs": inputs.tolist(), "targets": TARGETS.tolist(), "test_fraction": 0}
    last = {"units": 1, "bias": False, "initializer": "ones"}
    flat = [{"type": "flatten"}, last]
    return Run(RunConfig.from_dict({"data": data, "layers": [*layers, *flat], "loss": "mse", "batch_size": None}))


def state_of(module: Any) -> dict[str, Any]:
    return {name: p.detach().numpy().copy() for name, p in module.named_parameters()}


def compare(run: Run, output: Any, parameters: dict[str, Any], ours: str, called: dict[str, str]) -> None:
    """Values and gradients of one layer, whose outputs are all summed by a layer of ones."""
    loss = torch.nn.functional.mse_loss(output.flatten(1).sum(1, keepdim=True), torch.tensor(TARGETS))
    loss.backward()
    traced = run.trace_at(0)
    found = {name: traced[f"{ours}.{our}.grad"] for name, our in called.items()}
    assert float(traced["loss"]) == pytest.approx(float(loss.detach()), rel=1e-12)
    for name, grad in found.items():
        np.testing.assert_allclose(grad, parameters[name].grad.numpy().reshape(grad.shape), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_a_recurrent_layer_starts_from_the_given_state(kind: str) -> None:
    module = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[kind](2, 3, batch_first=True).double()
    start, cells = rng.normal(size=3), rng.normal(size=3)
    numbers = {name.removesuffix("_l0"): value.tolist() for name, value in state_of(module).items()}
    states = {"h0": start.tolist()} | ({"c0": cells.tolist()} if kind == "lstm" else {})

    run = run_of(SEQUENCES, {"type": "reshape", "shape": [4, 2]}, {"type": kind, "units": 3, **numbers, **states})

    first = torch.tensor(np.tile(start, (1, 3, 1)))
    given = (first, torch.tensor(np.tile(cells, (1, 3, 1)))) if kind == "lstm" else first
    output, _ = module(torch.tensor(SEQUENCES.reshape(3, 4, 2)), given)
    compare(run, output, dict(module.named_parameters()), f"{kind}1", {f"{name}_l0": name for name in numbers})


def test_attention_takes_the_four_maps_of_pytorchs() -> None:
    module = torch.nn.MultiheadAttention(2, 2, batch_first=True).double()
    weights, biases = rng.normal(size=(6, 2)), rng.normal(size=6)
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.tensor(weights))
        module.in_proj_bias.copy_(torch.tensor(biases))
    numbers = {f"weight_{letter}": weights[2 * i : 2 * i + 2].tolist() for i, letter in enumerate("qkv")}
    numbers |= {f"bias_{letter}": biases[2 * i : 2 * i + 2].tolist() for i, letter in enumerate("qkv")}
    numbers |= {"weight_o": module.out_proj.weight.detach().tolist(), "bias_o": module.out_proj.bias.detach().tolist()}

    run = run_of(SEQUENCES, {"type": "reshape", "shape": [4, 2]}, {"type": "attention", "heads": 2, **numbers})

    x = torch.tensor(SEQUENCES.reshape(3, 4, 2))
    called = {"out_proj.weight": "weight_o", "out_proj.bias": "bias_o"}
    compare(run, module(x, x, x)[0], dict(module.named_parameters()), "attention1", called)


@pytest.mark.parametrize(
    ("kind", "module"), [("batch_norm", torch.nn.BatchNorm1d), ("layer_norm", torch.nn.LayerNorm), ("rms_norm", None)]
)
def test_norms_take_their_scale_and_shift(kind: str, module: Any) -> None:
    layer = (module or torch.nn.RMSNorm)(8).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=8)))
    numbers = {{"bias": "bias_values"}.get(n, n): p.detach().tolist() for n, p in layer.named_parameters()}

    run = run_of(SEQUENCES, {"type": kind, **numbers})

    parameters = dict(layer.named_parameters())
    compare(run, layer(torch.tensor(SEQUENCES)), parameters, f"{kind}1", {name: name for name in parameters})


def test_kernels_may_be_nested_as_pytorch_has_them_and_are_the_same_configuration() -> None:
    module = torch.nn.Conv2d(2, 3, (3, 1), padding="same", dilation=(1, 2)).double()
    given = {name: value.tolist() for name, value in state_of(module).items()}
    conv = {"type": "conv2d", "units": 3, "kernel": [3, 1], "dilation": [1, 2], "bias_values": given["bias"]}
    image = {"type": "reshape", "shape": [2, 3, 4]}

    run = run_of(IMAGES, image, {**conv, "padding": "same", "weight": given["weight"]})

    rows = np.reshape(given["weight"], (3, -1)).tolist()
    assert run.config.id == run_of(IMAGES, image, {**conv, "padding": [1, 0], "weight": rows}).config.id
    parameters = dict(module.named_parameters())
    compare(run, module(torch.tensor(IMAGES.reshape(3, 2, 3, 4))), parameters, "conv2d1", {"weight": "weight"})


def test_kernels_of_sequences_may_be_nested_as_pytorch_has_them() -> None:
    module = torch.nn.Conv1d(2, 3, 2, padding="same", dilation=2).double()
    given = {name: value.tolist() for name, value in state_of(module).items()}
    conv = {"type": "conv1d", "units": 3, "kernel": 2, "dilation": 2, "bias_values": given["bias"]}
    positions = {"type": "reshape", "shape": [4, 2]}

    run = run_of(SEQUENCES, positions, {**conv, "padding": "same", "weight": given["weight"]})

    rows = np.reshape(given["weight"], (3, -1)).tolist()
    assert run.config.id == run_of(SEQUENCES, positions, {**conv, "padding": 1, "weight": rows}).config.id
    parameters = dict(module.named_parameters())
    compare(run, module(torch.tensor(SEQUENCES.reshape(3, 4, 2)).mT), parameters, "conv1d1", {"weight": "weight"})


@pytest.mark.parametrize(
    ("layer", "path", "message"),
    [
        ({"weight": [[[1, 2]]]}, "weight[0][0]", "nested kernels are (units, channels, positions): here are 3 numbers"),
        ({"weight": [[[1, 2, 3]]]}, "weight", "conv1d1.weight is 1x6 here, given 1x3"),
        ({"weight": [[[1, 2, 3]], 4]}, "weight[1]", "nested kernels are (units, channels, positions): here is a list "),
        ({"padding": "same", "kernel": 2}, "padding", 'padding "same" needs as many zeros at both ends, so an odd ker'),
        ({"padding": "same", "stride": 2}, "padding", 'padding "same" goes with a stride of 1; give a number instead'),
        ({"padding": "smae"}, "padding", "padding is a number, or a word; given 'smae'; did you mean same? The words "),
        ({"padding": 5}, "padding", "padding is at most the sequence's own length, here 4; given 5"),
        ({"kernel": 5}, "kernel", "the kernel of conv1d1 is 5, longer than its sequences of 4; give it a smaller kern"),
        (
            {"kernel": 4, "dilation": 3, "padding": 2},
            "kernel",
            "the kernel of conv1d1 is 4, with dilation 3 over 10 positions, longer than its sequences of 4, with padd",
        ),
        ({"kernel": 0, "padding": "same"}, "kernel", "kernel is at least 1; given 0"),
        ({"kernel": [3, 3]}, "kernel", "kernel is a whole number; given [3, 3]"),
    ],
)
def test_what_is_no_kernel_of_sequences_is_said_with_its_place(layer: dict[str, Any], path: str, message: str) -> None:
    conv = {"type": "conv1d", "units": 1, **layer}

    with pytest.raises(ConfigError) as refused:
        run_of(SEQUENCES, {"type": "reshape", "shape": [4, 2]}, conv)

    assert (refused.value.path, refused.value.message[: len(message)]) == (f"layers[1].{path}", message)


def test_learned_positions_take_their_rows() -> None:
    rows = rng.normal(size=(4, 2))
    layer = {"type": "positional_encoding", "kind": "learned", "weight": rows.tolist()}

    traced = run_of(SEQUENCES, {"type": "reshape", "shape": [4, 2]}, layer).trace_at(0)

    np.testing.assert_array_equal(traced["positional_encoding1.a"], SEQUENCES.reshape(3, 4, 2) + rows)


@pytest.mark.parametrize("name", [name for name, kind in LAYERS.items() if kind.parameters])
def test_every_parameter_of_every_layer_can_be_given_numbers(name: str) -> None:
    fields = {option.name for option in LAYERS[name].options}

    assert [key for key in LAYERS[name].parameters if not {key, f"{key}_values"} & fields] == []


@pytest.mark.parametrize(
    ("layer", "path", "message"),
    [
        (
            {"weight": [[[[1, 2], [3]]]]},
            "weight[0][0][1]",
            "nested kernels are (units, channels, rows, columns): here are 2",
        ),
        (
            {"weight": [[[[1, 2]]]]},
            "weight[0][0]",
            "nested kernels are (units, channels, rows, columns): here are 2 rows",
        ),
        (
            {"weight": [[[1, 2], [3, 4]]]},
            "weight[0][0][0]",
            "nested kernels are (units, channels, rows, columns): here is ",
        ),
        (
            {"padding": "same"},
            "padding",
            'padding "same" needs as many zeros at both sides, so a kernel of odd sides; ',
        ),
        ({"padding": "same", "kernel": 3, "stride": 2}, "padding", 'padding "same" goes with a stride of 1; '),
        ({"padding": "Same "}, "padding", "padding is numbers, or a word; given 'Same '; did you mean same? The words"),
    ],
)
def test_what_is_no_kernel_is_said_with_its_place(layer: dict[str, Any], path: str, message: str) -> None:
    conv = {"type": "conv2d", "units": 1, "kernel": 2, **layer}

    with pytest.raises(ConfigError) as refused:
        run_of(IMAGES, {"type": "reshape", "shape": [2, 3, 4]}, conv)

    assert (refused.value.path, refused.value.message[: len(message)]) == (f"layers[1].{path}", message)


@pytest.mark.parametrize(
    ("layer", "path", "message"),
    [
        ({"type": "lstm", "units": 3, "c0": [1, 2]}, "c0", "lstm1.c0 is 3 here, given 2"),
        ({"type": "attention", "weight_q": [[1, 2]]}, "weight_q", "attention1.weight_q is 2x2 here, given 1x2"),
        ({"type": "attention", "bias": False, "bias_q": [1, 2]}, "bias_q", "bias_q is given but bias is false; "),
        ({"type": "layer_norm", "affine": False, "weight": [1, 2]}, "weight", "weight is given but affine is false; "),
        ({"type": "layer_norm", "weight": [1]}, "weight", "layer_norm1.weight is 2 here, given 1"),
        ({"type": "positional_encoding", "weight": [[1]]}, "weight", "sinusoidal positions are fixed; for given ones"),
    ],
)
def test_numbers_that_do_not_fit_are_said_with_their_place(layer: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        run_of(SEQUENCES, {"type": "reshape", "shape": [4, 2]}, layer)

    assert (refused.value.path, refused.value.message[: len(message)]) == (f"layers[1].{path}", message)
