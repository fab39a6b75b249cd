"""A script that was exported here and comes back: its configuration stands in it; what was changed in code holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from engine.foundation.errors import EngineError
from engine.pasted.notes import Note
from engine.pasted.written.module import module_script
from engine.pasted.written.script import CONFIG
from engine.run.run import Run
from engine.run.task import parse_config

LONGEST = 4_000_000  # characters of the configuration
_RUN = re.compile(rf"^{CONFIG} = r'''(\{{[^'\n]*\}})'''$", re.MULTILINE)
_PACKED = re.compile(
    r'unpack\(\n(?: *"[A-Za-z0-9+/=]*",?\n){1,100000} *"[<>|=]\w{1,4}", \([\d, ]{0,60}\),\n\s*\)', re.ASCII
)
_PARTS = ("layers", "loss", "optimizer")
Reader = Callable[[str], dict[str, Any] | None]


def taken_apart(source: str) -> tuple[str, str | None, int]:
    """The code without packed numbers, on as many lines; the text of the configuration in it, and its line."""
    match = _RUN.search(source)
    if match is None or len(match[1]) > LONGEST:
        return source, None, 0
    line = source.count("\n", 0, match.start()) + 1
    bare = source[: match.start()] + f"{CONFIG} = ''" + source[match.end() :]
    return _PACKED.sub(lambda packed: "0" + "\n" * packed[0].count("\n"), bare), match[1], line


def merged(text: str, line: int, read: dict[str, Any] | None, reader: Reader) -> tuple[dict[str, Any] | None, Note]:
    """The run of an exported script, with what was changed in its code, and a note on it.

    Args: text: of the configuration; read: what the code says; reader: what code says, for the script as it was.
    """
    try:
        run = Run(parse_config(json.loads(text)))
        config: dict[str, Any] = run.config.to_dict()
        changed = _changed(config, read, reader(module_script(run, 0, "run") or "")) if read else {}
        whole = parse_config({**config, **changed}).to_dict() if changed else config
    except (EngineError, ValueError, RecursionError, TypeError) as error:
        said = error.message if isinstance(error, EngineError) else "it is no JSON"
        return None, Note(line, 1, "refused", f"the run in this line cannot be read: {said}", "", "export it again")
    told = f"the run that this script was exported from{', but for ' + ', '.join(changed) if changed else ''}"
    return whole, Note(line, 1, "understood", told, told, "")


def _changed(config: dict[str, Any], read: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Parts that the code has differently from how it was exported; a layer that is as it was keeps its settings."""
    if before is None:
        return {}
    found = {part: read[part] for part in _PARTS if read[part] != before[part]}
    if "layers" in found and len(read["layers"]) == len(before["layers"]) == len(config["layers"]):
        layers = zip(read["layers"], before["layers"], config["layers"], strict=True)
        found["layers"] = [own if now == then else now for now, then, own in layers]
    return found
