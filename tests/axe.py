"""axe-core, which comes with the tools of static/."""

from __future__ import annotations

from functools import cache

from tests.browser import STATIC, development_node


@cache
def axe_source() -> str:
    """Its script; whoever asks first waits until the tools are there, another process may be installing them."""
    development_node()
    return (STATIC / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
