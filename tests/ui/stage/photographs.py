"""Named states of the studio as pictures: ``python -m tests.ui.stage.photographs FOLDER [NAME ...]``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

from app.main import create_app
from tests import browser
from tests.serving import serving
from tests.ui.picture import link, step_of
from tests.ui.studio import PATIENCE, Studio

AT_REST = Path(__file__).parent.parent / "at_rest.js"
WIDE, SMALL, PHONE = (1440, 900), (1280, 800), (390, 844)


@dataclass(frozen=True)
class State:
    """A place in a preset: after the step that writes a value, and from near the layer that is named."""

    preset: str
    iteration: int
    output: str
    layer: str = ""
    selection: tuple[str, list[int]] | None = None
    sample: int = 3
    size: tuple[int, int] = WIDE
    dark: bool = False


KERNEL = ("conv2d1.weight.grad", [2, 0, 1, 0])
SCORE = ("attention1.scores.grad", [3, 0, 2, 5])
STATES = {
    "circle": State("circle", 5, "dense1.weight.grad"),
    "vanishing": State("vanishing", 30, "dense1.weight.grad"),
    "vanishing-first-layer": State("vanishing", 30, "dense1.weight.grad", "dense1"),
    "attention": State("reversing", 60, "attention1.scores.grad", "attention1", SCORE),
    "attention-small": State("reversing", 60, "attention1.scores.grad", "attention1", SCORE, size=SMALL),
    "attention-phone": State("reversing", 60, "attention1.scores.grad", "attention1", SCORE, size=PHONE),
    "attention-heads": State("transformer", 60, "attention1.scores.grad", "attention1"),
    "attention-heads-small": State("transformer", 60, "attention1.scores.grad", "attention1", size=SMALL, dark=True),
    "attention-dark": State("reversing", 60, "attention1.scores.grad", "attention1", SCORE, dark=True),
    "convolution-window": State("digits_conv", 30, "conv2d1.a", "conv2d1", ("conv2d1.z", [3, 2, 5, 3])),
    "convolution-weight": State("digits_conv", 30, "conv2d1.weight.grad", "conv2d1", KERNEL),
    "convolution-pixel": State("digits_conv", 30, "conv2d1.weight.grad", "conv2d2", ("max_pool2d1.a", [3, 2, 2, 1])),
    "pooling": State("digits_conv", 30, "conv2d1.a.grad", "max_pool2d1"),
    "gates": State("remembering", 300, "gru1.weight_hh.grad", "gru1", ("gru1.weight_hh.grad", [18, 7])),
    "fading": State("forgetting", 60, "rnn1.weight_hh.grad", "rnn1"),
    "batch-norm": State("batch_norm", 30, "dense5.a.grad", "batch_norm5", ("dense5.a", [3, 2])),
    "batch-norm-small": State(
        "batch_norm", 30, "dense5.a.grad", "batch_norm5", ("dense5.a", [3, 2]), size=SMALL, dark=True
    ),
    "gates-small": State("remembering", 300, "gru1.weight_hh.grad", "gru1", size=SMALL),
    "dense": State("spiral", 7, "dense1.weight.grad", "dense2", ("dense2.weight.grad", [2, 3])),
    "dropout": State("dropout", 30, "dense1.weight.grad", "dropout1"),
    "residual": State("residual", 30, "dense1.weight.grad", "add2"),
    "embedding": State("reversing", 60, "embedding1.weight.grad", "embedding1"),
    "update": State("spiral", 7, "dense2.weight.next", "dense2", ("dense2.weight.update", [2, 7])),
}


def photograph(opened: Browser, address: str, state: State, file: Path) -> None:
    """One state, at rest."""
    width, height = state.size
    scheme: Literal["dark", "light"] = "dark" if state.dark else "light"
    context = opened.new_context(
        base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_init_script(path=AT_REST)
    page = context.new_page()
    config = next(p["config"] for p in page.request.get("/api/presets").json() if p["name"] == state.preset)
    place = {"iteration": state.iteration, "step": step_of(page, config, state.output), "sample": state.sample}
    near = {"layer": state.layer} if state.layer else {}
    Studio.opened(page, link(page, state.preset, state.selection, **place, **near))
    page.screenshot(path=file)
    context.close()


def main(folder: str, *names: str) -> None:
    """All states, or those that are named, into a folder."""
    expect.set_options(timeout=PATIENCE * 1000)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with serving(create_app()) as address, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox", "--disable-gpu"])
        for name in names or STATES:
            photograph(opened, address, STATES[name], Path(folder) / f"{name}.png")
            print(name)
        opened.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
