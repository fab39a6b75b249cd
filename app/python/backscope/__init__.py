"""Backscope from Python: runs on a server, their values as numpy arrays.

>>> from backscope import Backscope
>>> with Backscope("http://127.0.0.1:8765") as server:
...     gradient = server.run({"data": {"name": "xor"}, "layers": [{"units": 1}]}).trace(12)["dense1.weight.grad"]

It stands on httpx and numpy alone: a project that has a package `app` or `engine` of its own can import it.
"""

from __future__ import annotations

from backscope.calls import AsyncBackscope
from backscope.client import Backscope, Run
from backscope.errors import BackscopeError
from backscope.notebook import Place, Played
from backscope.search import Search
from backscope.watch import Watch, watch

__all__ = ["AsyncBackscope", "Backscope", "BackscopeError", "Place", "Played", "Run", "Search", "Watch", "watch"]
