"""The C library's allocator, told to share."""

from __future__ import annotations

import ctypes
import platform
from types import SimpleNamespace

import pytest

from app.allocator import share_arenas


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas to share")
def test_where_there_is_glibc_threads_share_their_arenas() -> None:
    assert share_arenas()


@pytest.mark.parametrize("found", [SimpleNamespace(), None])
def test_where_there_is_another_library_nothing_happens(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: found)
    assert not share_arenas()
