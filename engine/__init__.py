"""Backscope's engine: backpropagation in numpy, one visible step at a time.

>>> from engine import Run, RunConfig
>>> run = Run(RunConfig.from_dict({"data": {"name": "xor"}, "layers": [{"units": 1}]}))
>>> run.trace_at(0)["dense1.weight.grad"].shape
(1, 2)
"""

from __future__ import annotations

from engine.catalog import catalog
from engine.config.run_config import RunConfig
from engine.foundation.errors import EngineError
from engine.run.checkpoints import Store
from engine.run.run import Run
from engine.run.trace import Trace

__all__ = ["EngineError", "Run", "RunConfig", "Store", "Trace", "catalog"]
