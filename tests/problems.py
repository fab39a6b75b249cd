"""What a browser complains about while a test drives it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

CANCELLED = "net::ERR_ABORTED"  # by the page itself, which drops answers that come too late


@dataclass  # without slots: Playwright keeps its wrappers of the handlers on the object
class Problems:
    """Console warnings and errors, uncaught exceptions, failed or refused requests, requests elsewhere."""

    home: str
    found: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page; a test that opens a second page passes it here too."""
        page.on("console", self._console)
        page.on("pageerror", self._exception)
        page.on("request", self._request)
        page.on("requestfailed", self._failure)
        page.on("response", self._response)

    def expect(self, pattern: str) -> None:
        """Allow, and require, problems that the pattern matches: for tests that provoke one."""
        self.expected.append(pattern)

    def left(self) -> list[str]:
        """Problems that nobody expected, and expected ones that did not come."""
        surprises = [problem for problem in self.found if not self._is_expected(problem)]
        missed = [pattern for pattern in self.expected if not any(re.search(pattern, p) for p in self.found)]
        return surprises + [f"expected, but did not come: {pattern}" for pattern in missed]

    def _is_expected(self, problem: str) -> bool:
        return any(re.search(pattern, problem) for pattern in self.expected)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"console {message.type}: {message.text}")

    def _exception(self, error: Error) -> None:
        self.found.append(f"uncaught: {error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.found.append(f"request to elsewhere: {request.url}")

    def _failure(self, request: Request) -> None:
        if request.failure != CANCELLED:
            self.found.append(f"request failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.found.append(f"answer {response.status}: {response.url}")
