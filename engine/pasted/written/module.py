"""A script as one writes it in PyTorch: a Sequential, a loss, an optimizer and autograd, which have to agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.model.activations import ACTIVATIONS
from engine.pasted.torch_layers import CURVES
from engine.pasted.torch_training import LOSSES, OPTIMIZERS
from engine.pasted.written.literals import UNPACK, literal
from engine.pasted.written.script import CELL, COUNT, TOLERANCES, config_line, head_of, losses_text
from engine.run.run import Run
from engine.update.equations import RATE

_CLASSES = {build_name.lower(): build_name for build_name in OPTIMIZERS}
_CURVES = {
    name: theirs
    for theirs in CURVES
    for name in ACTIVATIONS
    if name.replace("_", "") == theirs.lower() and name not in ("softmax", "log_softmax")
} | {"softmax": "Softmax", "log_softmax": "LogSoftmax"}
_SETTINGS = {"leaky_relu": ("negative_slope",), "elu": ("alpha",)}
_LOSSES = {ours: (theirs, options) for theirs, (ours, options) in LOSSES.items()}
_PLAIN = ("features", "backward", "regularization", "clip", "early_stopping", "edits")
Cancelled = Callable[[], bool]


def module_script(run: Run, start: int, title: str, cancelled: Cancelled | None = None) -> str | None:
    """The script; None for a run that PyTorch's own modules do not make up, or that begins amid an optimizer's memory.

    It takes dense layers, activations, layer norms, flattening and convolutions, each after the other.
    """
    config = run.config.to_dict()
    if not _is_plain(run, config, start):
        return None
    modules = _modules(run, config["layers"])
    if modules is None:
        return None
    state = run.state_at(start, cancelled)
    losses, rates, rows = [], [], []
    for t in range(start, start + COUNT):
        rows.append(run.batches.indices(t).tolist())
        traced, state = run.step(state, t)
        rates.append(float(traced[RATE]))
        losses.append(float(traced["loss"]))
    return "\n\n".join(_parts(run, config, start, title, modules, losses, rates, rows)) + "\n"


def _is_plain(run: Run, config: Mapping[str, Any], start: int) -> bool:
    """Whether PyTorch's own loss, optimizer and modules are all that there is to it."""
    if not run.has_data or any(config.get(name) for name in _PLAIN) or not all(p.trainable for p in run.parameters):
        return False
    known = config["optimizer"]["type"] in _CLASSES and _loss(config["loss"]) is not None
    slots = run.state_at(start).slots
    return known and (start == 0 or not slots)


def _loss(given: Any) -> str | None:
    loss = given if isinstance(given, dict) else {"type": given}
    theirs, options = _LOSSES.get(loss["type"], ("", ()))
    own = {name: value for name, value in loss.items() if name not in ("type", "reduction") and value is not None}
    if not theirs or set(own) - set(options) or loss["type"] == "kl_div":
        return None
    reduction = {} if loss.get("reduction", "mean") == "mean" else {"reduction": loss["reduction"]}
    return None if loss.get("reduction") == "half_sum" else f"nn.{theirs}({_arguments(own | reduction)})"


def _modules(run: Run, layers: list[dict[str, Any]]) -> list[str] | None:
    found: list[str] = []
    for name, layer in zip(run.names, layers, strict=True):
        if layer.get("inputs"):
            return None
        shape = run.outline.shapes[run.outline.inputs[name][0]][1:]
        made = _module(layer, shape)
        curve = _curve(layer.get("activation", "identity"), layer["type"])
        if made is None or curve is None:
            return None
        found += [part for part in (made, curve) if part]
    return found


def _module(layer: Mapping[str, Any], shape: tuple[int, ...]) -> str | None:
    kind, bias = layer["type"], "" if layer.get("bias", True) else ", bias=False"
    if kind == "dense" and len(shape) == 1:
        return f"nn.Linear({shape[0]}, {layer['units']}{bias})"
    if kind == "activation":
        return ""
    if kind == "flatten":
        return "nn.Flatten()"
    if kind == "reshape":
        return f"nn.Unflatten(1, {tuple(layer['shape'])})"
    if kind == "conv2d" and not set(layer) - _CONVOLUTION:
        places = ", ".join(f"{name}={layer[name]!r}" for name in ("stride", "padding", "dilation") if name in layer)
        return f"nn.Conv2d({shape[0]}, {layer['units']}, {layer['kernel']!r}, {places}{bias})"
    return None


_CONVOLUTION = {"type", "units", "kernel", "stride", "padding", "dilation", "bias", "activation", "initializer"} | {
    *("bias_initializer", "frozen")
}


def _curve(given: Any, kind: str) -> str | None:
    """The module of an activation; empty where a layer has none of its own."""
    own = given if isinstance(given, dict) else {"type": given}
    name = own["type"]
    if name == "identity":
        return "nn.Identity()" if kind == "activation" else ""
    settings = {key: value for key, value in own.items() if key != "type"}
    if name not in _CURVES or set(settings) - set(_SETTINGS.get(name, ())):
        return None
    last = {"dim": -1} if name in ("softmax", "log_softmax") else {}
    return f"nn.{_CURVES[name]}({_arguments(settings | last)})"


def _arguments(settings: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}={tuple(value) if isinstance(value, list) else value!r}" for name, value in settings.items()
    )


def _parts(
    run: Run,
    config: Mapping[str, Any],
    start: int,
    title: str,
    modules: list[str],
    losses: list[float],
    rates: list[float],
    rows: list[list[int]],
) -> Iterator[str]:
    dtype, state = str(run.config.dtype), run.state_at(start)
    relative, absolute = TOLERANCES.get(dtype, TOLERANCES["float32"])
    optimizer = {name: value for name, value in config["optimizer"].items() if name not in ("type", "learning_rate")}
    kind = _CLASSES[config["optimizer"]["type"]]
    own = {name: value for name, value in optimizer.items() if name in OPTIMIZERS[kind]}
    yield head_of(title, run.config.id, start, "PyTorch and numpy")
    yield f"{CELL} What is used\nimport base64\n\nimport numpy as np\nimport torch\nfrom torch import nn"
    yield f"torch.set_default_dtype(torch.{dtype})\n\n\n{UNPACK}"
    yield f"{CELL} The run: pasted back into the studio, this script opens it again\n{config_line(config)}"
    yield f"{CELL} Data, as they go into the network"
    yield f"inputs = {literal(run.inputs, True)}\ntargets = {literal(run.targets, True)}"
    yield f"{CELL} The network, its loss and its optimizer"
    yield "model = nn.Sequential(\n" + "".join(f"    {module},\n" for module in modules) + ")"
    yield f"criterion = {_loss(config['loss'])}"
    rate = config["optimizer"]["learning_rate"]
    yield f"optimizer = torch.optim.{kind}(model.parameters(), lr={rate!r}{', ' if own else ''}{_arguments(own)})"
    yield f"{CELL} Weights, bit for bit as they are before iteration {start}"
    weights = [run.layout.view(state.parameters, p.name) for p in run.parameters]
    yield "weights = [\n" + "".join(f"    {literal(weight, True)},\n" for weight in weights) + "]"
    yield "with torch.no_grad():\n    for parameter, weight in zip(model.parameters(), weights):\n" + (
        "        parameter.copy_(weight.reshape(parameter.shape))"
    )
    yield f"{CELL} What Backscope computed, with the rows and the learning rate of each iteration"
    yield f"expected = {losses_text(tuple(losses))}\nbatches = {_listed(rows)}\nrates = {rates!r}"
    yield f"{CELL} The iterations: every gradient is autograd's own"
    yield (
        "for i, batch in enumerate(batches):\n"
        '    for group in optimizer.param_groups:\n        group["lr"] = rates[i]\n'
        "    optimizer.zero_grad()\n"
        "    loss = criterion(model(inputs[batch]), targets[batch])\n"
        "    loss.backward()\n"
        "    optimizer.step()\n"
        f"    agrees = np.isclose(loss.item(), expected[i], rtol={relative:g}, atol={absolute:g}, equal_nan=True)\n"
        f'    assert agrees, f"iteration {{{start} + i}}: {{loss.item()}} is not {{expected[i]}}"\n'
        f'    print(f"iteration {{{start} + i}}: loss {{loss.item():.6g}}, as Backscope has it")'
    )


def _listed(rows: list[list[int]]) -> str:
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]"
