"""Records of practice graded again, for the command line."""

from __future__ import annotations

from engine.practice.results import Result, regraded, slips_counted

__all__ = ["Result", "regraded", "slips_counted"]
