"""Write all expected texts anew: ``python -m tests.engine.explain.expected``."""

from __future__ import annotations

from tests.engine.explain.expected.files import FILES, path

for name, text in FILES.items():
    path(name).write_text(text(), encoding="utf-8")
