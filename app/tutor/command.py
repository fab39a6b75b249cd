"""`backscope mcp`: tools for a tutor over stdin and stdout, with a studio of their own unless another one is named."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

SECONDS_TO_START = 60.0
MISSING = "backscope mcp needs the extra: pip install 'backscope[mcp]'"


def serve_tutor(arguments: Sequence[str]) -> int:
    """Run the command until its input ends; gives the exit code."""
    options = _parser().parse_args(arguments)
    if find_spec("mcp") is None:
        print(MISSING, file=sys.stderr)
        return 2
    from app.tutor.tools import tutoring
    from backscope import Backscope

    with _address(options.server) as address, Backscope(address, options.token) as server:
        tutoring(server).run("stdio")
    return 0


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="backscope mcp",
        description="Tools of the Model Context Protocol over stdin and stdout: runs, derivations, checks, exercises.",
    )
    p.add_argument("--server", metavar="URL", help="a Backscope server to ask (default: one of its own, while it runs)")
    p.add_argument("--token", help="what that server asks for")
    return p


@contextmanager
def _address(given: str | None) -> Iterator[str]:
    """The server that was named, or one in this process: the links of the answers open there."""
    if given:
        yield given
        return
    from app.settings import Settings
    from app.start import load
    from app.uvicorn_server import Server, listen

    with listen("127.0.0.1", None) as listener:
        port = listener.getsockname()[1]
        ready = threading.Event()
        server = Server(load()(Settings(port=port)), ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        if not ready.wait(SECONDS_TO_START):
            raise RuntimeError("the studio did not start")
        address = f"http://127.0.0.1:{port}"
        print(f"Backscope at {address}", file=sys.stderr)
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join(timeout=5)
