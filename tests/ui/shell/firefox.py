"""A Firefox driven over WebDriver BiDi, as far as a smoke test needs it: keys, clicks, scripts and its complaints."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox-esr", "firefox")
PATIENCE = 90.0  # seconds
KEYS = {
    "ArrowRight": "\ue014",
    "ArrowLeft": "\ue012",
    "Space": " ",
    "Escape": "\ue00c",
    "Home": "\ue011",
}


def find() -> str | None:
    """Path of a Firefox; None if there is none here."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened(program: str) -> Iterator[Firefox]:
    """One window, with a profile of its own."""
    with TemporaryDirectory() as profile:
        Path(profile, "user.js").write_text('user_pref("remote.active-protocols", 1);\n')
        command = [program, "--headless", "--profile", profile, "--no-remote", "--remote-debugging-port", "0"]
        with subprocess.Popen([*command, "about:blank"], stderr=subprocess.PIPE, text=True) as process:
            try:
                with connect(f"{_address(process)}/session", max_size=None) as socket:
                    yield Firefox(socket)
            finally:
                process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"BiDi listening on (ws://\S+)", line):
            return found[1]
    raise RuntimeError("Firefox ended before it could be driven")


class Firefox:
    """The window, and what its console said."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count()
        self.complaints: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._window = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(self._socket.recv(timeout=PATIENCE))
            if heard.get("method") == "log.entryAdded" and heard["params"]["level"] in ("warn", "error"):
                self.complaints.append(str(heard["params"]["text"]))
            if heard.get("id") == number:
                assert heard["type"] == "success", heard
                return heard["result"]

    def go(self, address: str, width: int = 1440, height: int = 900) -> None:
        """Open a page."""
        self._ask("browsingContext.setViewport", context=self._window, viewport={"width": width, "height": height})
        # it cannot wait for the end of it: a page that changes its own address ends another navigation
        self._ask("browsingContext.navigate", context=self._window, url=address, wait="none")
        self.until(f"location.href.startsWith({json.dumps(address)}) && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """What an expression comes to."""
        target = {"context": self._window}
        heard = self._ask("script.evaluate", expression=script, target=target, awaitPromise=True)
        assert heard["type"] == "success", heard
        return heard["result"].get("value")

    def until(self, script: str, hold: Callable[[Any], bool] = bool) -> Any:
        """What the expression comes to as soon as that is so."""
        end = time.monotonic() + PATIENCE
        while not hold(seen := self.run(script)):
            assert time.monotonic() < end, f"still not so: {script} is {seen!r}"
            time.sleep(0.05)
        return seen

    def press(self, key: str) -> None:
        """One key, down and up."""
        value = KEYS.get(key, key)
        actions = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def click(self, script: str) -> None:
        """In the middle of the element that the expression finds."""
        box = json.loads(self.run(f"JSON.stringify(({script}).getBoundingClientRect())"))
        middle = {axis: round(box[axis] + box[size] / 2) for axis, size in (("x", "width"), ("y", "height"))}
        buttons = [{"type": name, "button": 0} for name in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "actions": [{"type": "pointerMove", **middle}, *buttons]})

    def _act(self, source: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._window, actions=[source])
