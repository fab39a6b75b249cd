"""Backscope's engine: backpropagation in numpy, one visible step at a time.

>>> from engine import Run, RunConfig
>>> run = Run(RunConfig.from_dict({"data": {"name": "xor"}, "layers": [{"units": 1}]}))
>>> run.trace_at(0)["dense1.weight.grad"].shape
(1, 2)
"""

from __future__ import annotations

from engine.catalog import catalog
from engine.checkpoints import Store
from engine.config import RunConfig
from engine.errors import EngineError
from engine.run import Run, Trace

__all__ = ["EngineError", "Run", "RunConfig", "Store", "Trace", "catalog"]
