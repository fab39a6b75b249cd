"""Drawn examples are the same in every run, and a slow machine fails no test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
