"""From a source to a configuration, with a note on every line and every default that differs."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

import numpy as np

from engine.foundation.errors import ConfigError, EngineError
from engine.model.layers import parse_layer
from engine.model.network import shapes_of
from engine.pasted.keras_code import read_keras
from engine.pasted.notes import Default, Note, Notes, RefusedError
from engine.pasted.sizes import Sample, fitting
from engine.pasted.torch_code import Script, read_torch
from engine.pasted.written.own_export import merged, taken_apart
from engine.run.task import parse_config, subject_of
from engine.update.optimizers import OPTIMIZERS

Dialect = Literal["pytorch", "keras"]
LONGEST = 40_000  # characters of a source
DEEPEST = 60  # expressions in one another
DRAWN = "drawn rows"  # nobody's own: the code does not hold any
COUNTS = 1.5  # on average
ROWS = 64  # where the code does not say how many
MOST_ROWS = 1000
MOST_SHAPES = 60  # of samples that are tried with their data
NUMBERS = 25_000  # of all rows together
CLASSES = ("cross_entropy", "nll", "multi_margin")
TWO = ("bce", "bce_with_logits", "hinge", "squared_hinge")


@dataclass(frozen=True, slots=True)
class Converted:
    """config: None where no run can be made of it; the notes say why."""

    config: dict[str, Any] | None
    notes: tuple[Note, ...]
    defaults: tuple[Default, ...]


def convert(source: str, dialect: Dialect) -> Converted:
    """Reads a source. Nothing of it is run, imported or called.

    Raises: ConfigError if it is too long, or no Python at all.
    """
    bare, run, line = taken_apart(source)
    found = _converted(bare, dialect)
    if run is None:
        return found
    config, note = merged(run, line, found.config, lambda code: _bare(code, dialect))
    others = [_of_the_proof(other) for other in found.notes if other.line != line]
    return Converted(config, tuple(sorted((note, *others), key=lambda item: (item.line, item.column))), found.defaults)


def _bare(code: str, dialect: Dialect) -> dict[str, Any] | None:
    """What code says without the configuration in it."""
    return _converted(taken_apart(code)[0], dialect).config if code else None


def _of_the_proof(note: Note) -> Note:
    """In a script of ours nothing is refused: what makes no network belongs to the numbers, and to the asserts."""
    if note.level != "refused":
        return note
    return replace(note, level="ignored", text="belongs to the data, the weights or the proof", becomes="", instead="")


def _converted(source: str, dialect: Dialect) -> Converted:
    tree = _tree(source)
    script = (read_torch if dialect == "pytorch" else read_keras)(tree)
    notes, config = script.notes, None
    if script.model is None or not script.model.wiring.layers:
        if all(note.level != "refused" for note in notes.found):
            notes.refused(RefusedError(ast.Pass(lineno=1, col_offset=0), "no network was found", _EXAMPLE[dialect]))
    else:
        config = _config(script, notes)
    notes.complete(tree, config is not None)
    return Converted(config, notes.ordered(), tuple(_defaults(script, config)))


_EXAMPLE = {"pytorch": "model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))"} | {
    "keras": "model = keras.Sequential([layers.Dense(4, activation='relu', input_shape=(2,)), layers.Dense(1)])"
}


def _tree(source: str) -> ast.Module:
    if len(source) > LONGEST:
        raise ConfigError(f"the code has {len(source)} characters; at most {LONGEST} are read", "source")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ConfigError(f"line {error.lineno}, column {error.offset}: {error.msg}", "source") from None
    except (ValueError, RecursionError, MemoryError):
        raise ConfigError("the code holds what Python cannot read", "source") from None
    if _depth(tree) > DEEPEST:
        raise ConfigError(f"the code is nested deeper than {DEEPEST} levels", "source")
    return tree


def _depth(tree: ast.AST) -> int:
    """Walked by a list, since the source chooses how deep it goes."""
    deepest, left = 0, [(tree, 1)]
    while left:
        node, depth = left.pop()
        deepest = max(deepest, depth)
        left += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return deepest


def _config(script: Script, notes: Notes) -> dict[str, Any] | None:
    assert script.model is not None, "asked with a model only"
    script.settings.setdefault("loss", "mse")
    try:
        return _sized(script)
    except RefusedError as error:
        notes.refused(error)
    except EngineError as error:
        notes.refused(_refused(script, error))
    return None


def _sized(script: Script) -> dict[str, Any]:
    """The configuration, for samples of the first shape that fits.

    Raises: RefusedError where sizes contradict each other, else of the usual shape where none fits.
    """
    assert script.model is not None, "asked with a model only"
    wiring, refused = script.model.wiring, list[RefusedError]()
    layers = wiring.named()
    for sample in islice(fitting(wiring), MOST_SHAPES):
        whole = [*sample.ahead, *layers]
        try:
            data = _data(script, sample.numbers, _positions(whole, sample.numbers))
            config = parse_config({**script.settings, "layers": whole, "data": data})
            subject_of(config)  # layers, loss and data have to fit together
        except EngineError as error:
            refused.append(_refused(script, error, len(sample.ahead)))
            continue
        _tell(script, sample)
        return dict(config.to_dict())
    raise refused[0]


def _tell(script: Script, sample: Sample) -> None:
    """What was made of samples of which the code says no shape."""
    assert script.model is not None, "asked with a model only"
    if sample.words:
        script.notes.understood(ast.Pass(lineno=script.model.wiring.line(0), col_offset=0), sample.words)


def _refused(script: Script, error: EngineError, ahead: int = 0) -> RefusedError:
    """At the layer that the error's path names, which counts those ahead of the code's; else at the first line."""
    assert script.model is not None, "asked with a model only"
    number = error.path.removeprefix("layers[").partition("]")[0]
    named = error.path.startswith("layers[") and number.isdigit()
    line = script.model.wiring.line(max(int(number) - ahead, 0)) if named else 1
    return RefusedError(ast.Pass(lineno=line, col_offset=0), error.message)


def _positions(layers: Sequence[Mapping[str, Any]], numbers: int) -> int:
    """How many positions of a sequence have an output of their own; 0 where a sample has one."""
    parsed = [parse_layer(layer, f"layers[{i}]") for i, layer in enumerate(layers)]
    last = [(numbers,), *shapes_of(parsed, (numbers,)).values()][-1]
    return last[0] if len(last) == 2 else 0


def _data(script: Script, features: int, positions: int) -> dict[str, Any]:
    """Rows of the right shape, drawn from the seed: the code does not hold any."""
    assert script.model is not None, "asked with a model only"
    wiring = script.model.wiring
    loss, outputs = script.settings["loss"], _outputs(wiring.layers)
    kind = loss["type"] if isinstance(loss, Mapping) else loss
    rows = min(script.rows or ROWS, MOST_ROWS, max(8, NUMBERS // features))
    random = np.random.default_rng(int(script.settings.get("seed", 0)))
    if wiring.layers and wiring.layers[0]["type"] == "embedding":
        inputs = random.integers(0, wiring.layers[0]["tokens"], (rows, features))
    else:
        inputs = np.round(random.standard_normal((rows, features)), 4)
    targets = _targets(random, kind, rows * max(positions, 1), outputs)
    if positions:
        targets = [targets[i : i + positions] for i in range(0, len(targets), positions)]
    return {"inputs": inputs.tolist(), "targets": targets, "title": DRAWN}


def _targets(random: np.random.Generator, loss: str, rows: int, outputs: int) -> list[Any]:
    if loss in CLASSES:
        labels = np.arange(rows) % max(outputs, 2)
        return [int(label) for label in random.permutation(labels)]
    if loss in TWO:
        low = -1.0 if loss.endswith("hinge") else 0.0
        signs = np.where(random.standard_normal((rows, outputs)) > 0, 1.0, low)
        return list(signs.tolist())
    if loss == "poisson_nll":
        return list(random.poisson(COUNTS, (rows, outputs)).astype(float).tolist())
    return list(np.round(random.standard_normal((rows, outputs)), 4).tolist())


def _outputs(layers: list[dict[str, Any]]) -> int:
    """How many numbers the network gives: those of the last layer that says so."""
    units = [layer["units"] for layer in layers if isinstance(layer.get("units"), int) and layer["units"] > 0]
    return min(units[-1], MOST_ROWS) if units else 1


def _defaults(script: Script, config: Mapping[str, Any] | None) -> list[Default]:
    """Beside the other library's: what the code left out is what that library would have taken."""
    if config is None:
        return []
    optimizer = config["optimizer"]
    kind = OPTIMIZERS[optimizer["type"]]
    own = [Default(f"optimizer.{o.name}", optimizer[o.name], o.default) for o in kind.options if o.name in optimizer]
    named = {default.path for default in script.defaults}
    return [*(default for default in own if default.path not in named), *script.defaults]
