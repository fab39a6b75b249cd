"""From the bytes of a file to its text."""

from __future__ import annotations

import codecs

from engine.foundation.errors import ConfigError

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decoded(content: bytes) -> str:
    """The text of a file: by its mark, else UTF-8, else as Western Europe's older spreadsheets write it.

    Raises: ConfigError for what is no text, as a spreadsheet's own format.
    """
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    try:
        text = content.decode(marked or "utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text or content.startswith(b"PK\x03\x04"):
        raise ConfigError("this is no text: a spreadsheet saves its table as CSV, with Save as or Export", "body")
    return text
