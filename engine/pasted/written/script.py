"""The script: imports, helpers, data and weights, then the iterations with an assert for each loss."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from textwrap import indent
from typing import Any

import numpy as np

from engine.ops.core.helpers import PRELUDE, TORCH_PRELUDE
from engine.pasted.written.literals import UNPACK, literal
from engine.pasted.written.stretch import Stretch, stretch
from engine.run.run import Run

COUNT = 10  # iterations
CELL = "# %%"  # where a cell of a notebook begins
CONFIG = "BACKSCOPE_RUN"  # what the text of the configuration is called in a script
TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-4, 1e-6)}
Cancelled = Callable[[], bool]


def numpy_script(run: Run, start: int, title: str, cancelled: Cancelled | None = None) -> str:
    """A script of numpy alone that trains the iterations from `start` on and asserts our losses."""
    return _script(run, start, title, False, cancelled)


def torch_script(run: Run, start: int, title: str, cancelled: Cancelled | None = None) -> str:
    """The same line by line in PyTorch: every gradient is written out, none is left to autograd."""
    return _script(run, start, title, True, cancelled)


def _script(run: Run, start: int, title: str, torch: bool, cancelled: Cancelled | None) -> str:
    found = stretch(run, start, COUNT, torch, cancelled)
    prelude = TORCH_PRELUDE.format(dtype=run.config.dtype) if torch else PRELUDE
    head = head_of(title, run.config.id, start, "PyTorch and numpy" if torch else "numpy")
    imports = f"import base64\n{'import numpy as np' if torch else ''}\n{prelude}".replace("\n\n", "\n", 1)
    quiet = "" if torch else '\nnp.seterr(all="ignore")  # a run that diverges is shown as it is'
    parts = [
        head,
        f"{CELL} What is used\n{imports}{quiet}",
        "\n\n\n".join((UNPACK, *found.helpers)),
        f"{CELL} The run: pasted back into the studio, this script opens it again\n{config_line(run.config.to_dict())}",
        f"{CELL} Data, weights and settings, bit for bit as they are before iteration {start}",
        "\n".join(_first(found, torch)),
        f"{CELL} What Backscope computed",
        f"expected = {losses_text(found.losses)}",
        f"{CELL} The iterations, each line as the studio shows it",
        "\n".join(_loop(found, str(run.config.dtype))),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def head_of(title: str, run_id: str, start: int, needs: str) -> str:
    """The words at the top of a script. A title is foreign: nothing of it ends the words early."""
    safe = "".join(letter for letter in title if letter.isprintable()).replace("\\", "/").replace('"', "'")
    return (
        f'"""{safe}: iterations {start} to {start + COUNT - 1} of a Backscope run, which prove themselves.\n\n'
        f"Run it as it is; it needs {needs}. It holds the data and the weights, trains, and stops at the first loss\n"
        f'that is not the one that Backscope computed. Id of the run: {run_id}.\n"""'
    )


def config_line(config: Mapping[str, Any]) -> str:
    """The configuration as a text in a script: JSON without a quote that could end it."""
    text = json.dumps(config, separators=(",", ":")).replace("'", "\\u0027")
    return f"{CONFIG} = r'''{text}'''"


def losses_text(losses: tuple[float, ...]) -> str:
    """Losses as a list, bit for bit."""
    texts = [repr(loss) if np.isfinite(loss) else f'float("{loss}")' for loss in losses]
    return "[\n" + "".join(f"    {text},\n" for text in texts) + "]"


def _first(found: Stretch, torch: bool) -> Iterator[str]:
    """Definitions; what differs from iteration to iteration is a list, what an edit sets stands by its iteration."""
    carried = {name for part in found.carried for name, _ in part}
    changing = dict.fromkeys(name for part in found.given[1:] for name in part)
    for name, value in found.given[0].items():
        if name not in changing or name in carried:
            yield f"{name} = {literal(value, torch)}"
    for name in changing:
        if name in carried:
            entries = [f"{i}: {literal(part[name], torch)}" for i, part in enumerate(found.given) if i and name in part]
            yield f"edited_{name} = {{{', '.join(entries)}}}"
        else:
            yield f"every_{name} = [\n{indent(''.join(_each(found, name, torch)), '    ')}]"


def _each(found: Stretch, name: str, torch: bool) -> Iterator[str]:
    """The values that a name has, one for each iteration; None where it has none yet."""
    text = "None"
    for part in found.given:
        text = literal(part[name], torch) if name in part else text
        yield f"{text},\n"


def _loop(found: Stretch, dtype: str) -> Iterator[str]:
    relative, absolute = TOLERANCES.get(dtype, TOLERANCES["float32"])
    yield f"for i in range({len(found.lines)}):"
    carried = {name for part in found.carried for name, _ in part}
    for name in dict.fromkeys(name for part in found.given[1:] for name in part):
        edited = name in carried
        yield f"    {name} = edited_{name}.get(i, {name})" if edited else f"    {name} = every_{name}[i]"
    bodies = [
        (*lines, *(f"{now} = {later}" for now, later in carried_now))
        for lines, carried_now in zip(found.lines, found.carried, strict=True)
    ]
    kinds = list(dict.fromkeys(bodies))
    for k, body in enumerate(kinds):
        if len(kinds) > 1:
            members = [i for i, other in enumerate(bodies) if other == body]
            yield f"    {'el' if k else ''}if i in {tuple(members)}:"
        yield indent("\n".join(body), "        " if len(kinds) > 1 else "    ")
    close = f"rtol={relative:g}, atol={absolute:g}, equal_nan=True"
    yield f"    agrees = np.isclose(float({found.loss}), expected[i], {close})"
    yield f'    assert agrees, f"iteration {{{found.start} + i}}: {{float({found.loss})}} is not {{expected[i]}}"'
    yield f'    print(f"iteration {{{found.start} + i}}: loss {{float({found.loss}):.6g}}, as Backscope has it")'
