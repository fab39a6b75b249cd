"""Addresses of places in a run: what the studio's Share makes, from Python."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

COMPRESSED = "z"


def fragment(place: Mapping[str, Any]) -> str:
    """What stands behind the # of a link: the place, deflated, in letters that need no escaping."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(orjson.dumps(place, option=orjson.OPT_SERIALIZE_NUMPY)) + packer.flush()
    return COMPRESSED + base64.urlsafe_b64encode(packed).decode().rstrip("=")
