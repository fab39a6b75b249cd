"""What the build leaves behind for the server to send."""

from __future__ import annotations

import gzip

from app.http.assets import static_folder


def test_a_compressed_file_is_the_file_itself() -> None:
    compressed = sorted(static_folder().rglob("*.gz"))
    assert compressed
    assert [f.name for f in compressed if gzip.decompress(f.read_bytes()) != f.with_suffix("").read_bytes()] == []


def test_every_large_script_and_style_has_both_forms() -> None:
    built = [f for kind in ("js", "css") for f in static_folder().rglob(f"*.{kind}") if f.stat().st_size >= 1400]
    texts = [f for f in built if f.parent.name != "recorded"]  # these go into recordings, which are files
    assert [f.name for f in texts if not all(f.with_name(f"{f.name}.{form}").is_file() for form in ("br", "gz"))] == []
