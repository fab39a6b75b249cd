"""The pages and files that a browser loads; all else is the API."""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app import __version__
from app.convert.reference.client import operations, parts
from app.convert.reference.llms import llms_text
from app.http.addresses import origin, root_from
from app.http.assets import PAGES, folder, page_of, read_interface, render, static_folder
from app.http.responses import quality

UNCHANGING = "public, max-age=31536000, immutable"
INTERVIEW = "/practice/interview"
ALWAYS_ASK = {"cache-control": "no-cache"}

router = APIRouter(include_in_schema=False)

# not every system's own table has these right
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


class BuiltFiles(StaticFiles):
    """What Vite built: names with a hash never change their contents."""

    async def check_config(self) -> None:
        """Nothing: in a checkout the folder may come later, and until then nothing is found in it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        suffix, encoding = self._compressed(path, Headers(scope=scope).get("accept-encoding", ""))
        response = await super().get_response(path + suffix, scope)
        response.headers["cache-control"] = UNCHANGING if path.startswith("assets/") else "no-cache"
        response.headers["vary"] = "Accept-Encoding"
        if encoding:
            response.headers["content-encoding"] = encoding
            response.headers["content-type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return response

    def _compressed(self, path: str, accepted: str) -> tuple[str, str]:
        """The suffix of the smallest form that the build made of a file and the browser takes, and its name."""
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            if quality(accepted or "identity", encoding) and self.lookup_path(path + suffix)[1]:
                return suffix, encoding
        return "", ""


@router.get("/")
def studio(
    request: Request, run: Annotated[str, Query(max_length=64)] = "", iteration: Annotated[int, Query(ge=0)] = 0
) -> HTMLResponse:
    """The page shell; the UI asks the API for the run named here, if any, and opens it at the iteration."""
    interface = read_interface(static_folder())
    if interface is None:
        return _shell(request, "unbuilt.html", 503)
    return _shell(request, "index.html", interface=interface, run=run, iteration=iteration, version=__version__)


def page_beside_the_studio(request: Request) -> HTMLResponse:
    """The shell of another page; the place in it is in the rest of the path and in the fragment."""
    page = "learn" if request.url.path == INTERVIEW else page_of(request.url.path)
    interface = read_interface(static_folder(), f"src/{page}/main.ts")
    if interface is None:
        return _shell(request, "unbuilt.html", 503)
    return _shell(request, "page.html", interface=interface, title=PAGES[page], version=__version__)


# the drill is a part of the page Learn, and stands where people look for practice too
router.add_api_route(INTERVIEW, page_beside_the_studio, methods=["GET"], response_class=HTMLResponse)
for _page in PAGES:
    for _path in (f"/{_page}", f"/{_page}/{{place:path}}"):
        router.add_api_route(_path, page_beside_the_studio, methods=["GET"], response_class=HTMLResponse)


@router.get("/docs")
def reference(request: Request) -> HTMLResponse:
    """The API reference, from files of our own: it works offline and under the strict policy."""
    built = (static_folder() / "docs").is_dir()
    return _shell(request, "docs.html") if built else _shell(request, "unbuilt.html", 503)


@router.get("/docs/python")
def client_reference(request: Request) -> HTMLResponse:
    """The Python client: its own docstrings, and every operation of this server."""
    address = origin(request, request.app.state.services.settings.root_path).rstrip("/")
    listed = operations(request.app.openapi())
    return _shell(request, "client.html", parts=parts(), operations=listed, address=address)


@router.get("/llms.txt")
def llms(request: Request) -> PlainTextResponse:
    """All that a configuration can name and all that can be asked, for a program that reads."""
    paths = request.app.openapi()["paths"]
    asked = [(method.upper(), path, said["summary"]) for path, ways in paths.items() for method, said in ways.items()]
    return PlainTextResponse(llms_text(asked), headers=ALWAYS_ASK)


def _shell(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    page = render(template, root=root_from(request.scope), **values)
    return HTMLResponse(page, status, headers=ALWAYS_ASK)


@router.get("/plain.css")
def plain_style() -> FileResponse:
    """The style of the pages that must work without the built UI."""
    return FileResponse(folder("_templates", "templates") / "plain.css", headers=ALWAYS_ASK)


@router.get("/icon.svg")
def icon() -> FileResponse:
    """The page's icon."""
    return FileResponse(folder("_templates", "templates") / "icon.svg", headers=ALWAYS_ASK)
