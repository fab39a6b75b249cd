"""The README's animation and pictures, from the product itself: ``python -m tests.ui.shell.readme_pictures``."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.main import create_app
from tests import browser
from tests.serving import serving
from tests.ui.picture import link, step_of
from tests.ui.stage.photographs import AT_REST
from tests.ui.studio import PATIENCE, Studio

FOLDER = Path(__file__).parents[3] / "static/screenshots"
WEIGHT = ("dense2.weight.grad", [1, 2])
FRAMES, PAUSE = 10, 700  # of the animation, and milliseconds that each is seen
SIGNATURE = 8  # bytes before the first part of a PNG


def parts(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG file: kind and content."""
    at = SIGNATURE
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def part(kind: bytes, content: bytes) -> bytes:
    """A part as it stands in the file: with its length before it and its checksum behind."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def animated(pngs: Sequence[bytes], pause: int) -> bytes:
    """Pictures of one size as an animated PNG: the first one is the picture for whoever shows no animation.

    Source: Portable Network Graphics, third edition, section 11.3.6.
    """
    header = next(content for kind, content in parts(pngs[0]) if kind == b"IHDR")
    width, height = struct.unpack_from(">II", header)
    found = [pngs[0][:SIGNATURE], part(b"IHDR", header), part(b"acTL", struct.pack(">II", len(pngs), 0))]
    number = 0
    for png in pngs:
        control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, pause, 1000, 0, 0)
        found.append(part(b"fcTL", control))
        number += 1
        for content in (content for kind, content in parts(png) if kind == b"IDAT"):
            if png is pngs[0]:
                found.append(part(b"IDAT", content))
                continue
            found.append(part(b"fdAT", struct.pack(">I", number) + content))
            number += 1
    return b"".join([*found, part(b"IEND", b"")])


def opened(launched: Browser, address: str, size: tuple[int, int], preset: str, output: str, iteration: int) -> Page:
    """A page at a place in a preset, with a weight of the circle selected."""
    context = launched.new_context(
        base_url=address, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    context.add_init_script(path=AT_REST)
    page = context.new_page()
    config = next(p["config"] for p in page.request.get("/api/presets").json() if p["name"] == preset)
    selection = WEIGHT if preset == "circle" else None
    place = {"iteration": iteration, "step": step_of(page, config, output), "sample": 0}
    near = {} if selection else {"layer": "attention1"}
    Studio.opened(page, link(page, preset, selection, **place, **near))
    return page


def main() -> None:
    """The animation of a backward pass, and four pictures."""
    expect.set_options(timeout=PATIENCE * 1000)
    with serving(create_app()) as address, sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox", "--disable-gpu"])
        page = opened(launched, address, (1280, 800), "circle", "dense2.weight.grad", 120)
        page.screenshot(path=FOLDER / "studio.jpg", type="jpeg", quality=82)
        page.keyboard.press("p")
        Studio(page).rest()
        page.screenshot(path=FOLDER / "lecture.jpg", type="jpeg", quality=82)
        page = opened(launched, address, (390, 844), "circle", "dense2.weight.grad", 120)
        page.screenshot(path=FOLDER / "phone.jpg", type="jpeg", quality=82)
        page = opened(launched, address, (1280, 800), "reversing", "attention1.scores.grad", 60)
        page.screenshot(path=FOLDER / "attention.jpg", type="jpeg", quality=82)
        page = opened(launched, address, (960, 600), "circle", "dense3.a", 30)
        page.keyboard.press("Escape")
        pngs = []
        for _ in range(FRAMES):
            Studio(page).rest()
            pngs.append(page.get_by_role("main").screenshot())
            page.keyboard.press("ArrowRight")
        (FOLDER / "backward.png").write_bytes(animated(pngs, PAUSE))
        launched.close()


if __name__ == "__main__":
    main()
