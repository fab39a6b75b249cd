"""TypeScript types of the wire, from the server's own OpenAPI. Write them anew with ``python -m tests.wire_types``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser import STATIC, development_node

TYPES = STATIC / "src/api/openapi.d.ts"
WORDS = {"description", "summary", "title", "example", "examples", "default"}


def schemas() -> dict[str, Any]:
    """What the answers and bodies are made of, without the words about them and without the routes."""
    from app.main import create_app

    document = create_app().openapi()
    return {
        "openapi": document["openapi"],
        "info": {"title": "Backscope", "version": "1"},
        "paths": {},
        "components": {"schemas": wordless(document["components"]["schemas"])},
    }


def wordless(schema: Any, names: bool = True) -> Any:
    """A schema without its words; below `properties` and the like, keys are names and stay."""
    if isinstance(schema, list):
        return [wordless(part, names=False) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: wordless(part, names=key == "properties" and not names)
        for key, part in schema.items()
        if names or key not in WORDS
    }


def generated() -> str:
    """The types, as openapi-typescript writes them.

    Raises: RuntimeError if this machine has no Node.js for it.
    """
    node = development_node()
    if node is None:
        raise RuntimeError("openapi-typescript needs Node.js 20.19, or 22.12 and later")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "openapi.d.ts")
        source.write_text(json.dumps(schemas()), encoding="utf-8")
        program = STATIC / "node_modules/openapi-typescript/bin/cli.js"
        command = [node.program, str(program), str(source), "--output", str(target)]
        subprocess.run(command, cwd=STATIC, env=node.environment(), check=True, capture_output=True)
        return target.read_text(encoding="utf-8")


if __name__ == "__main__":
    TYPES.write_text(generated(), encoding="utf-8")
    print(f"wrote {TYPES}", file=sys.stderr)
