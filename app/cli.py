"""The `backscope` command: bind a port, start the server, open the browser when it answers."""

from __future__ import annotations

import argparse
import errno
import json
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from app import __version__
from app.settings import Limits, Settings
from app.watching.logs import LEVELS


class UsageError(Exception):
    """What was asked for cannot be; the text goes to the terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["grade"]:
        from app.results_command import grade_files  # which needs the engine: a server starts without

        return grade_files(given[1:])
    if given[:1] == ["mcp"]:
        from app.tutor.command import serve_tutor

        return serve_tutor(given[1:])
    if given[:1] == ["open"]:
        given = given[1:]
    options = parser().parse_args(given)
    try:
        return serve(options)
    except UsageError as error:
        print(f"backscope: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="backscope",
        description="A microscope for backpropagation: real training, step by step, in the browser.",
        epilog="backscope open FILE: the same, or a loop that backscope.watch recorded; "
        "backscope grade *.json --csv: grade records of practice again, from scratch; "
        "backscope mcp: tools for a tutor (extra `mcp`)",
    )
    p.add_argument("config", nargs="?", type=Path, metavar="CONFIG.json", help="a run to open: its configuration")
    p.add_argument("--host", type=_host, default="127.0.0.1", help="address to listen on (default: this machine only)")
    p.add_argument("--port", type=_port, help="port to listen on; 0: any (default: the first free of 8765 to 8864)")
    p.add_argument("--no-browser", action="store_true", help="do not open a browser")
    p.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="keep runs and the library here, so that a restarted server knows them "
        "(default: the library in your user data folder, no runs)",
    )
    p.add_argument("--ephemeral", action="store_true", help="keep nothing: the library ends with the server")
    p.add_argument("--database", metavar="postgresql://...", help="keep the library there, for several servers")
    p.add_argument(
        "--dask", metavar="tcp://...", help="have searches run by the workers of this Dask scheduler (extra: dask)"
    )
    p.add_argument("--token", help="what clients beyond this machine must show (default: made up when needed)")
    p.add_argument(
        "--root-path",
        type=_root_path,
        default="",
        metavar="/FOLDER",
        help="the folder that a proxy has put the server into, if it passes it on or the server asks for a token",
    )
    p.add_argument("--workers", type=_count, default=1, metavar="N", help="processes, of which any answers for any run")
    p.add_argument(
        "--log-level", choices=LEVELS, default="warning", help="what is logged on stderr; info: a line for each request"
    )
    p.add_argument(
        "--public", action="store_true", help="for everybody: no token, nothing that a visitor keeps, shared answers"
    )
    p.add_argument("--allow-host", action="append", default=[], metavar="NAME", help="another name of this server")
    p.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N", help="change a limit, like parameters=500000"
    )
    p.add_argument("--version", action="version", version=f"backscope {__version__}")
    return p


def _host(text: str) -> str:
    """A host; an IPv6 address also as it stands in addresses, in brackets."""
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _count(text: str) -> int:
    count = int(text) if text.isdecimal() and len(text) < 4 else 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"a number of processes is a whole number above 0; given {text}")
    return count


def _root_path(text: str) -> str:
    from app.http.addresses import ROOT_PATH
    from app.http.assets import is_own

    path = text.rstrip("/")
    if not ROOT_PATH.fullmatch(path) or is_own(path):
        raise argparse.ArgumentTypeError(f"it is a path like /backscope, and none of the server's own; given {text}")
    return path


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() and len(text) < 6 else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535; given {text}")
    return port


def serve(options: argparse.Namespace) -> int:
    """Serve until the end.

    Raises: UsageError if the options cannot be.
    """
    watched = options.config is not None and options.config.suffix == ".backscope"
    config, iteration = read_run(options.config) if options.config and not watched else (None, 0)
    limits = _limits(options.limit)
    listener = _listener(options.host, options.port)
    with listener:
        port = listener.getsockname()[1]
        # from here on imports take a while; a busy port was told before
        from app.start import load
        from app.storage.database import DatabaseError
        from app.uvicorn_server import Server
        from app.watching.logs import configure

        create_app = load()
        configure(options.log_level)
        settings = _settings(options, port, limits)
        _check_cluster(settings.dask)
        try:
            app = create_app(settings)
        except DatabaseError as error:
            raise UsageError(str(error)) from None
        run_id = _open_run(app, options.config, config) if config is not None else ""
        run_id = _open_recording(app, options.config) if watched else run_id
        address = address_of(base_of(options.host, port, options.root_path), app.state.door.token, run_id, iteration)

        def ready() -> None:
            _announce(address, not options.no_browser)

        if options.workers == 1:
            Server(app, ready).run(sockets=[listener])
        else:
            app.state.services.library.close()
            _serve_in_processes(replace(settings, token=app.state.door.token), options.workers, listener, config, ready)
    return 0


def _serve_in_processes(
    settings: Settings, count: int, listener: socket.socket, config: Any, ready: Callable[[], None]
) -> None:
    from app.processes import Supervisor, shared_folder
    from app.watching.metrics import share_figures

    with shared_folder() as folder:
        share_figures(Path(folder) / "figures")
        shared = settings if settings.data_dir else replace(settings, shared_runs=Path(folder) / "runs")
        Supervisor(shared, count, listener, config).run(ready)


def read_run(path: Path) -> tuple[Any, int]:
    """The configuration in a file, and the iteration to open it at: an exported run has both in it.

    Raises: UsageError if the file cannot be read or is no JSON.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}") from None
    exported = isinstance(document, dict) and "config" in document and "layers" not in document
    if not exported:
        return document, 0
    iteration = document.get("iteration")
    return document["config"], iteration if type(iteration) is int and iteration > 0 else 0


def _limits(assignments: Sequence[str]) -> Limits:
    limits = Limits()
    for assignment in assignments:
        try:
            limits = limits.with_text(assignment)
        except ValueError as error:
            raise UsageError(f"--limit {assignment}: {error}") from None
    return limits


def _listener(host: str, port: int | None) -> socket.socket:
    from app.uvicorn_server import CannotListenError, listen

    try:
        return listen(host, port)
    except CannotListenError as error:
        raise UsageError(str(error)) from None


def _settings(options: argparse.Namespace, port: int, limits: Limits) -> Settings:
    from app.http.guard import SHORTEST_TOKEN

    if options.token is not None and len(options.token) < SHORTEST_TOKEN:
        raise UsageError(f"--token has at least {SHORTEST_TOKEN} characters, so that nobody guesses it")
    settings = Settings(
        host=options.host,
        port=port,
        token=options.token,
        allowed_hosts=tuple(options.allow_host),
        root_path=options.root_path,
        log_level=options.log_level,
        public=options.public,
        data_dir=options.data_dir,
        library_dir=_library_folder(options),
        database=options.database,
        dask=options.dask,
        limits=limits,
    )
    if settings.runs_folder is not None:
        _make_folder(settings.runs_folder, options.data_dir)
    return settings


def _check_cluster(address: str | None) -> None:
    """Raises: UsageError if searches cannot run there."""
    if address is None:
        return
    from app.search.cluster import Cluster, ClusterError

    cluster = Cluster(address)
    try:
        _say(f"Searches run on {cluster.workers} threads of the Dask cluster at {address}")
    except ClusterError as error:
        raise UsageError(f"--dask: {error}") from None
    finally:
        cluster.stop()


def _library_folder(options: argparse.Namespace) -> Path | None:
    """Where saved runs are kept if nothing was said of it: in the user's data folder, if there can be one."""
    if options.ephemeral or options.data_dir or options.database:
        return None
    import platformdirs

    folder = platformdirs.user_data_path("backscope", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    _say(f"{folder} cannot be written: what you save ends with this server. --data-dir names another folder")
    return None


def _make_folder(folder: Path, data_dir: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise UsageError(f"cannot use {data_dir} for --data-dir: {error.strerror}") from None


def _open_run(app: Any, path: Path, config: Any) -> str:
    from app.http.problems import Problem

    try:
        return str(app.state.services.add_run(config))
    except Problem as problem:
        place = problem.errors[0].path if problem.errors else ""
        raise UsageError(f"{path}: {place}{': ' if place else ''}{problem.detail}") from None


def _open_recording(app: Any, path: Path) -> str:
    from app.http.problems import Problem

    try:
        return str(app.state.services.add_recording(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except Problem as problem:
        raise UsageError(f"{path}: {problem.detail}") from None


def base_of(host: str, port: int, root_path: str = "") -> str:
    """Where the server's addresses begin, for a browser on its own machine."""
    name = {"": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}{root_path}/"


def address_of(base: str, token: str | None, run_id: str, iteration: int = 0) -> str:
    """The address that a browser opens."""
    asked = (("token", token), ("run", run_id), ("iteration", iteration if run_id else 0))
    query = urlencode({name: value for name, value in asked if value})
    return f"{base}{'?' if query else ''}{query}"


def _announce(address: str, browser: bool) -> None:
    _say(f"Backscope {__version__} at {address} (Ctrl-C ends it)")
    if browser and has_desktop():
        # a browser that starts slowly must not hold the server up
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _say(line: str) -> None:
    """Print a line, if there is anywhere to print it: a full disk or a closed terminal ends no server."""
    try:
        print(line, flush=True)
    except OSError:
        # what could not be written would be tried again, and fail again, when the process ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def has_desktop() -> bool:
    """Whether opening a browser makes sense: not on a build machine, nor through SSH, nor without a display."""
    if os.environ.keys() & {"CI", "SSH_CONNECTION"}:
        return False
    return sys.platform in ("win32", "darwin") or bool(os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"})
