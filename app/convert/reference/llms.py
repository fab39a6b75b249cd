"""`/llms.txt`: for a program that writes configurations, all that one can name, from the catalog itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import presets as known
from engine.catalog import Entry, Parameter, catalog

HEAD = """\
# Backscope

> A microscope for backpropagation: small networks are trained exactly, and every number of an iteration is there, with
> its formula, the terms of its sum, a sentence, and a check against central differences.

A run is a configuration and nothing else. `POST /api/runs` takes one and answers its id, a hash of it; what is asked of
the id afterwards is a GET whose answer never changes. An edit at an iteration makes another run (`/branches`).

    {"data": {"name": "circle"}, "batch_size": 10, "loss": "mse", "seed": 0,
     "layers": [{"type": "dense", "units": 4, "activation": "tanh"}, {"type": "dense", "units": 1}],
     "optimizer": {"type": "sgd", "learning_rate": 0.03}}

Own data stand in `data` as {"inputs": [[...], ...], "targets": [...]}. A formula instead of layers and data is
{"expression": "L = (a*b + c) * tanh(d)", "inputs": {"a": 2, "b": -3, "c": 10, "d": 0.5}, "train": ["a"]}.

Names of values: `x`, `target`, `loss`; of a layer `dense1.weight`, `dense1.bias`, `dense1.z` (before its activation),
`dense1.a` (after it); of all these `.grad`; of parameters `.update` and `.next` too. Indices count from 0, in code's
order. An iteration's numbers are those before its update.

Conditions (`/find`), measures (`/series`): `loss < 0.1`, `norm(dense1.weight.grad) < 1e-4 for 5`,
`share(dense1.a == 0) > 0.3`, `dense3.weight[0,2] crosses 0`, `rises(test_loss, 5)`, `not finite(loss)`.

- [The API](docs): every request, to try; [as OpenAPI](openapi.json)
- [The Python client](docs/python): every method and every operation
"""
RUN = "Settings of a run"


def llms_text(operations: Iterable[tuple[str, str, str]]) -> str:
    """The whole text. operations: method, path and summary of each request."""
    requests = "\n".join(f"- `{method} {path}`: {summary}" for method, path, summary in operations)
    presets = "\n".join(f"- `{p.name}`: {p.title}. {p.summary}" for p in known.presets())
    parts = [HEAD, *_sections(), f"## Presets, ready configurations\n\n{presets}\n", f"## Requests\n\n{requests}\n"]
    return "\n".join(parts)


def _sections() -> Iterator[str]:
    found = catalog()
    yield f"## {RUN}\n\n{_settings(found.run.parameters)}\n"
    yield _section("Sections of a run", (found.run.regularization, found.run.clip, found.run.early_stopping))
    for title, entries in _lists(found).items():
        yield _section(title, entries)
    yield f"## Branches\n\nAn edit may set: {', '.join(found.settable)}, and any cell of a parameter.\n"


def _lists(found: Any) -> Mapping[str, Iterable[Entry]]:
    return {
        "data.name: data sets": found.datasets,
        "layers[].type": found.layers,
        "layers[].activation": found.activations,
        "loss": found.losses,
        "optimizer.type": found.optimizers,
        "layers[].initializer": found.initializers,
        "schedule.type": found.schedules,
        "backward: other ways back than backpropagation": found.backward,
        "features: what is made of inputs": found.features,
        "Functions of expressions": found.functions,
    }


def _section(title: str, entries: Iterable[Entry]) -> str:
    """A list; a setting that several have is written out for the first of them."""
    said: set[str] = set()
    return f"## {title}\n\n" + "\n".join(_entry(entry, said) for entry in entries) + "\n"


def _entry(entry: Entry, said: set[str]) -> str:
    lines = {p.name: _setting(p) for p in entry.parameters}
    again = [name for name, line in lines.items() if line in said]
    fresh = [f"  - {line}" for line in lines.values() if line not in said]
    said.update(lines.values())
    repeated = [f"  - as above: {', '.join(again)}"] if again else []
    return "\n".join([f"- `{entry.name}`: {entry.description}", *fresh, *repeated])


def _settings(parameters: Iterable[Parameter]) -> str:
    return "\n".join(f"- {_setting(p)}" for p in parameters)


def _setting(p: Parameter) -> str:
    usual = "" if p.default is None else f"; {_written(p.default)} unless given"
    return f"{p.name} ({p.allowed}{usual}): {p.description}"


def _written(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)
