"""What a server refuses, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx


class BackscopeError(Exception):
    """What the server refused, in its own words.

    Args: detail; status: of HTTP; errors: `{"path", "message"}` of each mistake; kind: the problem's type.
    """

    def __init__(self, detail: str, status: int, errors: Sequence[Mapping[str, str]] = (), kind: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.errors = list(errors)
        self.kind = kind


def refusal(response: httpx.Response) -> BackscopeError:
    """What the server said against a request."""
    try:
        problem = response.json()
        return BackscopeError(problem["detail"], response.status_code, problem.get("errors", ()), problem["type"])
    except (ValueError, KeyError, TypeError):
        return BackscopeError(f"the server answered {response.status_code}", response.status_code)
