"""Figures for Prometheus: requests by route, how long they took, and how much work waits.

The library is an extra. Where it is missing nothing is counted, and `/metrics` says how to get it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where the library, as it is imported, finds the figures of other processes
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Meter:
    """What one server counts."""

    def __init__(self, client: Any, waiting: Callable[[], int]) -> None:
        self._client = client
        self._registry = registry = client.CollectorRegistry()
        if SHARED not in os.environ:
            client.ProcessCollector(registry=registry)  # its memory and its time
        names = ("route", "method", "status")
        self._seconds = client.Histogram(
            "backscope_request_seconds", "Time to an answer's end.", names, registry=registry, buckets=BUCKETS
        )
        self._bytes = client.Counter("backscope_response_bytes", "Bytes of answers.", ("route",), registry=registry)
        gauge = client.Gauge(
            "backscope_work", "Requests whose work runs or waits.", registry=registry, multiprocess_mode="livesum"
        )
        self._waiting: Callable[[], None] = lambda: gauge.set(waiting())

    def observe(self, route: str, method: str, status: int, seconds: float, sent: int) -> None:
        """One answer."""
        self._seconds.labels(route, method, str(status)).observe(seconds)
        self._bytes.labels(route).inc(sent)

    def text(self) -> tuple[bytes, str]:
        """All figures, of every process, and their media type."""
        self._waiting()
        registry = self._registry
        if SHARED in os.environ:
            registry = self._client.CollectorRegistry()
            collect: Any = import_module("prometheus_client.multiprocess").MultiProcessCollector
            collect(registry)
        text: bytes = self._client.generate_latest(registry)
        return text, str(self._client.CONTENT_TYPE_LATEST)


def meter(waiting: Callable[[], int]) -> Meter | None:
    """A meter; none where the library is not installed."""
    try:
        return Meter(import_module("prometheus_client"), waiting)
    except ImportError:
        return None


def share_figures(folder: Path) -> None:
    """Called before processes begin: they put their figures into one folder, and each tells those of all."""
    folder.mkdir()
    os.environ[SHARED] = str(folder)
