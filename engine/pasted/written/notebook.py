"""A script as a notebook: a cell for each of its parts."""

from __future__ import annotations

import ast
import json
from typing import Any

from engine.pasted.written.script import CELL


def notebook(script: str) -> str:
    """The script's parts as cells of a notebook (nbformat 4.5).

    Args: script: with its words first, then parts that begin with `# %%` and a title.
    """
    head, *parts = script.split(f"\n{CELL} ")
    words = ast.get_docstring(ast.parse(head)) or ""
    cells = [_cell(0, "markdown", words)]
    for i, part in enumerate(parts, 1):
        title, _, body = part.partition("\n")
        cells += [_cell(2 * i, "markdown", f"### {title}"), _cell(2 * i + 1, "code", body.strip())]
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "cells": cells,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    lines = text.splitlines(keepends=True)
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": lines, **code}
