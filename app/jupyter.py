"""Backscope among the launchers of JupyterLab: jupyter-server-proxy finds `server` by its entry point."""

from __future__ import annotations

import sys
from typing import Any

from app.http.assets import folder


def server() -> dict[str, Any]:
    """How to start a server and pass requests on to it.

    It listens on its own machine only, and Jupyter lets nobody else through: it is told its own Host and Origin, since
    Jupyter has checked the visitor's by then. Links are relative, so it need not know the folder that it stands in.
    """
    own = "127.0.0.1:{port}"
    return {
        "command": [sys.executable, "-m", "app", "--port", "{port}", "--no-browser"],
        "timeout": 60,
        "absolute_url": False,
        "request_headers_override": {"Host": own, "Origin": f"http://{own}"},
        "launcher_entry": {"title": "Backscope", "icon_path": str(folder("_templates", "templates") / "icon.svg")},
    }
