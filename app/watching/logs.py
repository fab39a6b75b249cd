"""One JSON object a line on stderr, each with the id of the request that it is about."""

from __future__ import annotations

import contextvars
import json
import logging
import re
import secrets
import sys
import time

LEVELS = ("debug", "info", "warning", "error")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
access = logging.getLogger("backscope.access")


class JsonLines(logging.Formatter):
    """A record as one line: time, level, message, request, and what the caller added by `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {"request": request_id.get()} if request_id.get() else {}
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configure(level: str) -> None:
    """Have everything of this process logged so; where there is no stderr, nothing is."""
    handler = logging.StreamHandler(sys.stderr) if sys.stderr is not None else logging.NullHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("backscope").setLevel(level.upper())
    logging.raiseExceptions = False  # what cannot be written ends no request, and says nothing of itself


def identified(given: str) -> str:
    """The request's id: the one that a proxy gave it, if it looks like one, or a new one."""
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
