"""The `backscope` command, as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import __version__, cli
from app.uvicorn_server import FIRST_PORT, LAST_PORT, CannotListenError, listen
from tests.app.asgi import completed
from tests.app.conftest import CIRCLE

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-W", "error", "-m", "app"]


@contextmanager
def started(*arguments: str, browser: str | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command running, and the address that it printed."""
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "SSH_CONNECTION", "DISPLAY")}
    environment |= {"DISPLAY": ":0", "BROWSER": browser} if browser else {}
    command = [*COMMAND, *arguments, *([] if browser else ["--no-browser"])]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, line + (process.stderr.read() if process.stderr and process.poll() is not None else "")
            yield process, found[0]
        finally:
            process.kill()


def end(process: subprocess.Popen[str], sig: signal.Signals) -> tuple[int, str, float]:
    """Exit code, what stderr said, and how long it took to end."""
    began = time.monotonic()
    process.send_signal(sig)
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors, time.monotonic() - began


def complaint(*arguments: str) -> tuple[int, str]:
    """Exit code and stderr of a command that does not start."""
    done = subprocess.run([*COMMAND, *arguments, "--no-browser"], cwd=ROOT, capture_output=True, text=True, timeout=20)
    return done.returncode, done.stderr


def test_it_answers_as_soon_as_it_says_so() -> None:
    with started("--port", "0") as (_, address):
        assert httpx.get(f"{address}api/health").json() == {"status": "ok", "version": __version__}


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_when_told_to_even_with_an_open_stream(sig: signal.Signals) -> None:
    with started("--port", "0") as (process, address), httpx.Client(base_url=address) as api:
        run = api.post("/api/runs", json=CIRCLE).json()["id"]
        url, events = f"/api/runs/{run}/history?to=20000&every=1", {"accept": "text/event-stream"}
        with api.stream("GET", url, headers=events) as stream:
            lines = stream.iter_lines()  # kept: a dropped iterator closes the connection
            next(lines)
            code, errors, seconds = end(process, sig)
    assert (code, errors, seconds < 2) == (0, "", True)


INTERRUPTED = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background does not have
moment = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupter())
from app.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("moment", ["app.cli", "app.settings", "app.main", "numpy", "uvicorn", "engine.run.run"])
def test_ctrl_c_while_it_starts_ends_it_without_a_word(moment: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, moment, "--port", "0", "--no-browser"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("nowhere", [">&-", ">/dev/full", "2>&- >&-"])
def test_it_serves_and_ends_as_ever_where_nothing_can_be_printed(nowhere: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["sh", "-c", f'exec "$@" {nowhere}', "sh", *COMMAND, "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stderr=subprocess.PIPE) as process:
        try:
            status = status_of(f"http://127.0.0.1:{port}/api/health")
            code, errors, _ = end(process, signal.SIGINT)
        finally:
            process.kill()
    assert (status, code, errors) == (200, 0, "")


def status_of(url: str) -> int:
    """What it answers, once it does."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url).status_code
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this system has no IPv6")
def test_every_address_of_the_machine_is_of_either_kind() -> None:
    with listen("::", 0) as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=5).close()


@pytest.mark.parametrize(("given", "host"), [("[::1]", "::1"), ("::1", "::1"), ("[::]", "::"), ("lab", "lab")])
def test_an_address_in_brackets_is_that_address(given: str, host: str) -> None:
    assert cli.parser().parse_args(["--host", given]).host == host


def test_a_busy_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, errors = complaint("--port", str(port))
    text = f"backscope: port {port} of 127.0.0.1 is in use; leave --port out to take the first free one\n"
    assert (code, errors) == (2, text)


def test_without_a_port_it_takes_the_first_free_one_of_ours() -> None:
    with ExitStack() as stack:
        first = stack.enter_context(listen("127.0.0.1", None))
        second = stack.enter_context(listen("127.0.0.1", None))
        ports = [s.getsockname()[1] for s in (first, second)]
    assert FIRST_PORT <= ports[0] < ports[1] <= LAST_PORT


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements() -> None:
    async def nodelay() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            found.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listen("127.0.0.1", 0)
        async with await asyncio.start_server(accepted, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            result = await found
            writer.close()
            await writer.wait_closed()
            return result

    assert completed(nodelay()) != 0


def test_when_all_ports_of_ours_are_in_use_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("app.uvicorn_server.FIRST_PORT", port)
        monkeypatch.setattr("app.uvicorn_server.LAST_PORT", port)
        with pytest.raises(CannotListenError, match=f"ports {port} to {port} are all in use"):
            listen("127.0.0.1", None)


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_is_a_clear_error(host: str) -> None:
    with pytest.raises(CannotListenError, match=f"cannot listen on {host}"):
        listen(host, 0)


@pytest.mark.parametrize(
    ("document", "iteration"),
    [(CIRCLE, ""), ({"format": "backscope run", "iteration": 36, "config": CIRCLE}, "36")],
    ids=["a configuration", "an exported run"],
)
def test_a_file_is_opened_at_its_run_and_iteration(tmp_path: Path, document: dict[str, Any], iteration: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps(document))
    with started(str(file), "--port", "0") as (_, address):
        home, _, query = address.partition("?run=")
        run, _, at = query.partition("&iteration=")
        assert (httpx.get(f"{home}api/runs/{run}").json()["title"], at) == ("circle 2-3-1", iteration)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot read"),
        ("{", "is not JSON"),
        ("[]", "is a JSON object"),
        (json.dumps({**CIRCLE, "layers": [{"units": 0}]}), "layers[0].units: units is at least 1"),
        (json.dumps({**CIRCLE, "layers": [{"units": 10**6}]}), "the limit 'units'"),
    ],
)
def test_a_configuration_that_cannot_be_run_is_a_clear_error(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "run.json"
    if text is not None:
        file.write_text(text)
    code, errors = complaint(str(file), "--port", "0")
    assert (code, words in errors, "Traceback" in errors) == (2, True, False), errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "0 to 65535"),
        (["--port", "many"], "--port"),
        (["--limit", "wishes=3"], "no limit 'wishes'"),
        (["--limit", "units=-3"], "above 0"),
        (["--limit", "units=many"], "units=many"),
        (["--token", "short"], "at least 16"),
        (["--data-dir", "/dev/null/x"], "cannot use"),
        (["--surprise"], "--surprise"),
    ],
)
def test_an_option_that_cannot_be_is_a_clear_error(arguments: list[str], words: str) -> None:
    code, errors = complaint("--port", "0", *arguments)
    assert (code, words in errors, "Traceback" in errors) == (2, True, False), errors


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--limit", "units=many"], "the limit units is a whole number above 0; given many"),
        (["--limit", "seconds="], "the limit seconds is a number above 0; given nothing"),
        (["--port", "http"], "a port is a number from 0 to 65535; given http"),
        (["--port", "70000"], "a port is a number from 0 to 65535; given 70000"),
    ],
)
def test_a_number_that_is_none_is_a_clear_error(options: list[str], says: str) -> None:
    code, errors = complaint(*options)
    assert (code, says in errors) == (2, True)


def test_a_folder_that_cannot_hold_runs_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    code, errors = complaint("--port", "0", "--data-dir", str(tmp_path))
    assert (code, errors) == (2, f"backscope: cannot use {tmp_path} for --data-dir: File exists\n")


def test_limits_can_be_raised() -> None:
    with started("--port", "0", "--limit", "units=5000", "--limit", "seconds=2.5") as (_, address):
        limits = httpx.get(f"{address}api/limits").json()
    assert (limits["units"], limits["seconds"]) == (5000, 2.5)


def test_a_server_for_the_network_prints_an_address_with_its_token() -> None:
    with started("--host", "0.0.0.0", "--port", "0") as (process, address):
        home, _, token = address.partition("?token=")
        statuses = [
            httpx.get(f"{home}api/presets", headers=headers).status_code
            for headers in ({}, {"authorization": f"Bearer {token}"})
        ]
        page = httpx.get(address)
        _, errors, _ = end(process, signal.SIGINT)
    assert (statuses, "set-cookie" in page.headers, token in errors) == ([401, 200], True, False)


def test_runs_and_searches_are_kept_in_a_folder_that_it_makes(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    search = {"base": CIRCLE, "axes": [], "seeds": 3, "iterations": 100_000}
    for attempt in range(2):
        with started("--port", "0", "--data-dir", str(folder)) as (_, address):
            if attempt == 0:
                run = httpx.post(f"{address}api/runs", json=CIRCLE).json()["id"]
                asked = httpx.post(f"{address}api/searches", json=search).json()["id"]
            assert httpx.get(f"{address}api/runs/{run}").status_code == 200
            assert httpx.get(f"{address}api/searches/{asked}").json()["state"] in ("waiting", "running")


def test_the_browser_is_opened_once_the_server_answers(tmp_path: Path) -> None:
    """The `browser` is a script that fetches the address and writes down what it got."""
    script, seen = tmp_path / "browser", tmp_path / "seen"
    fetch = "import sys, urllib.request as u; a = sys.argv[1]"
    fetch += f"; open({str(seen)!r}, 'w').write(a + ' ' + u.urlopen(a + 'api/health').read().decode())"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{fetch}" "$1"\n')
    script.chmod(0o755)
    with started("--port", "0", browser=str(script)) as (_, address):
        deadline = time.monotonic() + 10
        while not (seen.exists() and seen.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert seen.read_text().startswith(f'{address} {{"status":"ok"')


@pytest.mark.parametrize(
    ("variables", "opens"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({}, False),
        ({"DISPLAY": ":0", "CI": "1"}, False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "10.0.0.1"}, False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], opens: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "environ", variables)
    assert cli.has_desktop() == opens


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8765/"),
        ("0.0.0.0", "http://localhost:8765/"),
        ("::", "http://localhost:8765/"),
        ("::1", "http://[::1]:8765/"),
        ("lab.example", "http://lab.example:8765/"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(host: str, address: str) -> None:
    assert cli.address_of(cli.base_of(host, 8765), None, "") == address


def test_the_address_carries_token_and_run() -> None:
    base = cli.base_of("127.0.0.1", 1, "/lab")
    assert cli.address_of(base, "a/b", "c3") == "http://127.0.0.1:1/lab/?token=a%2Fb&run=c3"
    assert cli.address_of(base, None, "c3", 36) == "http://127.0.0.1:1/lab/?run=c3&iteration=36"


@pytest.mark.parametrize("path", ["lab", "/a b", "/api/x", "/learn", "/a/../b?", "http://x/"])
def test_a_root_path_is_a_path_and_none_of_the_servers_own(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["--root-path", path])
    assert "it is a path like /backscope" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert (exit_.value.code, capsys.readouterr().out) == (0, f"backscope {__version__}\n")


def test_the_version_is_that_of_the_package() -> None:
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()
