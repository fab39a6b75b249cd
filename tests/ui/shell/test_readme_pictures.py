"""What the README shows is there, small, and moves."""

from __future__ import annotations

import re
from collections import Counter

from tests.ui.shell.readme_pictures import FOLDER, FRAMES, parts

MOST = 900_000  # bytes


def test_every_picture_of_the_readme_is_there_and_small_and_no_other() -> None:
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"static/screenshots/([\w.]+)", readme))
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert (named, [name for name, size in sizes.items() if size > MOST]) == (set(sizes), [])


def test_the_animation_has_all_its_frames_numbered_one_after_the_other() -> None:
    found = list(parts((FOLDER / "backward.png").read_bytes()))
    numbers = [int.from_bytes(content[:4], "big") for kind, content in found if kind in (b"fcTL", b"fdAT")]
    assert (Counter(kind for kind, _ in found)[b"fcTL"], numbers) == (FRAMES, list(range(len(numbers))))
