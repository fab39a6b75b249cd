"""What is shipped around the server: container, compose file, workflows, Jupyter's launcher."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from app import cli, jupyter
from app.main import create_app
from tests.app.conftest import CIRCLE
from tests.app.front import nginx
from tests.app.test_cli import status_of
from tests.serving import serving

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_actions_by_their_full_hash_and_may_do_nothing_by_default(path: Path) -> None:
    text = path.read_text()
    used = re.findall(r"uses: (\S+)", text)
    loose = [name for name in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)]
    assert (bool(used), loose, "permissions:\n  contents: read\n" in text) == (True, [], True)


def test_the_container_starts_the_command_with_options_that_it_knows() -> None:
    text = (ROOT / "Dockerfile").read_text()
    name, *options = re.findall(r'"([^"]+)"', text.split("ENTRYPOINT", 1)[1])
    compose = re.findall(r"    - (--\S+)", (ROOT / "compose.yaml").read_text())
    known = cli.parser().format_help()
    assert (name, [option for option in [*options, *compose] if option.startswith("--") and option not in known]) == (
        "backscope",
        [],
    )
    assert cli.parser().parse_args(options).port == 8765


def test_the_container_runs_as_nobody_in_particular_and_is_watched() -> None:
    last = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert re.findall(r"^(USER|HEALTHCHECK|VOLUME|EXPOSE)", last, re.MULTILINE) == [
        *("USER", "VOLUME", "EXPOSE", "HEALTHCHECK")
    ]


def test_nginx_knows_the_servers_of_the_compose_file() -> None:
    servers = re.findall(r"^  (\w+): \*server", (ROOT / "compose.yaml").read_text(), re.MULTILINE)
    upstream = re.findall(r"server (\w+):8765", (ROOT / "nginx.conf").read_text())
    assert (servers, sorted(set(upstream))) == (["one", "two"], ["one", "two"])


@pytest.mark.skipif(bool(nginx.missing()), reason=nginx.missing())
def test_two_servers_behind_the_shipped_nginx_are_one() -> None:
    with serving(create_app()) as one, serving(create_app()) as two, nginx.shipped([one, two]) as front:
        for server in (one, two):
            httpx.post(f"{server}/api/runs", json=CIRCLE)
        run = httpx.post(f"{front}/api/runs", json=CIRCLE, headers={"origin": front}).json()["id"]
        statuses = {httpx.get(f"{front}/api/runs/{run}/iterations/{t}").status_code for t in range(8)}
    assert statuses == {200}


def test_jupyter_finds_a_launcher_that_starts_a_server_it_can_reach() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, name = project["entry-points"]["jupyter_serverproxy_servers"]["backscope"].split(":")
    found = getattr(import_module(module), name)()
    port = nginx.free_port()
    command = [part.format(port=port) for part in found["command"]]
    headers = {key: text.format(port=port) for key, text in found["request_headers_override"].items()}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            status_of(f"http://127.0.0.1:{port}/api/health")
            given = {"x-forwarded-host": "hub.example", "sec-fetch-site": "same-origin", **headers}
            made = httpx.post(
                f"http://127.0.0.1:{port}/api/runs",
                headers=given,
                json={"expression": "a*b", "inputs": {"a": 1, "b": 2}},
            )
        finally:
            process.terminate()
    assert (made.status_code, Path(found["launcher_entry"]["icon_path"]).is_file()) == (201, True)
    assert jupyter.server() == found
