"""A Python client: runs on a Backscope server, their values as numpy arrays.

with Backscope("http://127.0.0.1:8765") as backscope:
    run = backscope.run({"data": {"name": "circle"}, "layers": [{"units": 4, "activation": "tanh"}, {"units": 1}]})
    gradient = run.trace(12)["dense1.weight.grad"]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
import numpy as np
import orjson
from safetensors.numpy import load

from backscope.calls import Operations, answer_of, sent
from backscope.decoding import Array, decoded, with_arrays
from backscope.errors import BackscopeError, refusal
from backscope.links import fragment
from backscope.local import Local
from backscope.notebook import Place, Played, still, widget
from backscope.search import Search

JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"
MOST_TURNS = 8  # in which a server that knows no run is told of it

T = TypeVar("T")
Config = Mapping[str, Any]
Document = dict[str, Any]
Values = dict[str, Array]
Query = Mapping[str, str | int | float | bool | None]


class Backscope:
    """A connection to a server.

    Args: url: its address; token: if it asks for one; seconds: how long to wait for an answer.
    """

    def __init__(self, url: str = "http://127.0.0.1:8765", token: str | None = None, seconds: float = 60) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=url, headers=headers, timeout=seconds)
        self._operations: Operations | None = None
        self._local: Local | None = None

    def __enter__(self) -> Backscope:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
        if self._local is not None:
            self._local.close()

    @classmethod
    def local(cls, command: Sequence[str] = ("backscope",), seconds: float = 60) -> Backscope:
        """A server of its own, where Backscope is installed: it keeps nothing and ends with the connection.

        Raises: BackscopeError if it does not start.
        """
        started = Local(command)
        server = cls(started.address, seconds=seconds)
        server._local = started
        return server

    def health(self) -> Document:
        """`{"status": "ok", "version": ...}`."""
        return self._json("GET", "/api/health")

    def catalog(self) -> Document:
        """Everything that a configuration can name, with settings and ranges."""
        return self._json("GET", "/api/catalog")

    def presets(self) -> list[Document]:
        """Runs worth looking at; the `config` of one can be given to `run`."""
        found: list[Document] = decoded(self.request("GET", "/api/presets").json())
        return found

    def run(self, config: Config) -> Run:
        """The run of a configuration, in which numpy arrays may stand for lists.

        Raises: BackscopeError if it cannot be run; `errors` says where the mistake is.
        """
        return Run(self, self._json("POST", "/api/runs", **_body(config)))

    def search(self, search: Config) -> Search:
        """A search, under way from now on: `{"base", "axes", "method", "seeds", "iterations", "objective"}`.

        Raises: BackscopeError if it cannot be; `errors` says where the mistake is.
        """
        return Search(self._json, self._json("POST", "/api/searches", **_body(search)))

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request to the API; a busy server is asked again when it says so.

        Raises: BackscopeError if the server refuses, or does not answer (its status is then 0).
        """
        try:
            response = sent(self._http, method, path, **options)
        except httpx.TransportError as error:
            raise BackscopeError(f"no answer from {self._http.base_url}: {error}", 0) from error
        if response.is_error:
            raise refusal(response)
        return response

    def call(self, name: str, body: Any = None, /, **given: Any) -> Any:
        """Any operation by its name in the API's documentation, such as `call("list_library", limit=10)` or
        `call("get_exercise", run_id=run.id, t=12, kind="number")`; a file comes as bytes.

        Raises: BackscopeError in the server's words; TypeError for an operation or a parameter that there is not.
        """
        if self._operations is None:
            self._operations = Operations.of(self.request("GET", "/openapi.json").json())
        asked = self._operations.request(name, body, **given)
        options = {"params": asked.query, "content": asked.content, "headers": asked.headers}
        return answer_of(self.request(asked.method, asked.path, **options))

    def open_recording(self, path: str | Path) -> Run:
        """The run of a loop that `backscope.watch` recorded."""
        options = {"content": Path(path).read_bytes(), "headers": {"content-type": SAFETENSORS}}
        return Run(self, self._json("POST", "/api/recordings", **options))

    def pages(self, name: str, /, **given: Any) -> Iterator[Document]:
        """The entries of a list that comes in pages, one after the other: `pages("list_library", tag="course")`."""
        after: Any = None
        while True:
            page = self.call(name, after=after, **given)
            yield from page["entries"]
            after = page.get("next")
            if after is None:
                return

    def _json(self, method: str, path: str, **options: Any) -> Document:
        found: Document = decoded(self.request(method, path, **options).json())
        return found


class Run:
    """One run on a server. Its numbers never change, so neither does what these methods give.

    A server that has forgotten the run (it was restarted) is given the configuration again.
    """

    def __init__(self, server: Backscope, info: Document) -> None:
        self._server = server
        self.info = info
        self.id: str = info["id"]
        self.config: Document = info["config"]

    def __repr__(self) -> str:
        return f"<run {self.id}: {self.info['title']}>"

    def _repr_html_(self) -> str:
        return still(self)

    def place(self, t: int, value: str = "loss", index: Sequence[int] = (), sample: int | None = None) -> Place:
        """One number from near, as a picture that a notebook keeps: the network and its chain rule."""
        return Place(self, t, value, index, sample)

    def widget(self, t: int = 0, value: str = "loss", index: Sequence[int] = (), sample: int | None = None) -> Any:
        """The same to be moved in a notebook: iterations by a slider, weights by a click (extra `notebook`)."""
        return widget(Place(self, t, value, index, sample))

    def program(self, iteration: int = 0) -> Document:
        """The steps of an iteration, the symbols of its values, and the blocks that steps make up."""
        return self._json("/program", {"iteration": iteration})

    def samples(self) -> Values:
        """`inputs` and `targets` in the model's units, training rows first, and `is_test`."""
        return self._tensors("/samples")

    def iteration(self, t: int) -> Document:
        """Loss, norms, ratios, silent units and what they say."""
        return self._json(f"/iterations/{t}")

    def trace(self, t: int, values: Sequence[str] | None = None, sample: int | None = None) -> Values:
        """Values of an iteration by name: all, or those asked for; of the batch, or of one sample in it."""
        return self._tensors(
            f"/iterations/{t}/trace", {"values": ",".join(values) if values else None, "sample": sample}
        )

    def step(self, t: int, k: int) -> Document:
        """One step with its numbers: formula, code, inputs and output."""
        return self._json(f"/iterations/{t}/steps/{k}")

    def parameters(self, t: int) -> Values:
        """The parameters before an iteration, by name."""
        return self._tensors(f"/iterations/{t}/parameters")

    def evaluation(self, t: int) -> Document:
        """Loss, accuracy and confusion (or R²) over the training and the test set."""
        return self._json(f"/iterations/{t}/evaluation")

    def derivation(
        self,
        t: int,
        value: str,
        index: Sequence[int] = (),
        sample: int | None = None,
        check: bool = False,
        limit: int | None = None,
        short: bool = False,
    ) -> Document:
        """How one cell came about: terms whose products sum to it, a formula, and words.

        With `sample`, of a parameter's gradient, that sample's share; `limit`: how many terms, the rest as one;
        `short`: by the shorter form, where there is one.
        """
        at: Query = {"value": value, "index": _index(index)}
        form = "short" if short else None
        query: Query = {**at, "sample": sample, "check": check or None, "limit": limit, "form": form}
        return self._json(f"/iterations/{t}/derivation", query)

    def paths(self, t: int, parameter: str, index: Sequence[int], sample: int = 0) -> Document:
        """Every path from a parameter cell to the loss through one sample, largest first."""
        query: Query = {"parameter": parameter, "index": _index(index), "sample": sample}
        return self._json(f"/iterations/{t}/paths", query)

    def gradient_flow(self, t: int, sample: int | None = None) -> Document:
        """The norm of the gradient at every layer and time, and what each hands on of it."""
        return self._json(f"/iterations/{t}/flow", {"sample": sample})

    def update_effect(self, t: int) -> Document:
        """The loss of the iteration's batch before and after its update, and what the gradient foretold."""
        return self._json(f"/iterations/{t}/effect")

    def layer(
        self, t: int, name: str, sample: int = 0, value: str | None = None, index: Sequence[int] = ()
    ) -> Document:
        """One layer from near in one sample: its numbers, and the sums that they add up to.

        With `value` and `index` about that cell of the layer, else about the one that tells most.
        """
        query: Query = {"layer": name, "sample": sample, "value": value, "index": _index(index) if value else None}
        return self._json(f"/iterations/{t}/stage", query)

    def gradient_check(self, t: int) -> Document:
        """All gradients beside central differences."""
        return self._json(f"/iterations/{t}/gradient-check")

    def variants(self, t: int) -> Document:
        """Every variant of backpropagation beside the true gradient: angles, sizes, passes."""
        return self._json(f"/iterations/{t}/variants")

    def boundary(self, t: int, resolution: int = 60) -> Values:
        """`outputs` over the input plane, with `axis/x` and `axis/y`."""
        return self._tensors(f"/iterations/{t}/boundary", {"resolution": resolution})

    def maps(self, t: int, resolution: int = 30) -> Values:
        """What every unit computes over the input plane: `dense1.a` is (units, resolution, resolution)."""
        return self._tensors(f"/iterations/{t}/maps", {"resolution": resolution})

    def history(self, start: int = 0, end: int = 500, every: int | None = None) -> Document:
        """The whole answer of `/history`: `loss`, `learning_rate` and `clipped` of every iteration in [start, end) as
        arrays, and scores of whole sets now and then as `{"iteration", "value"}`.
        """
        return with_arrays(self._json("/history", {"from": start, "to": end, "every": every}))

    def find(
        self, condition: str, start: int = 0, end: int = 500, direction: str = "forward", limit: int | None = None
    ) -> Document:
        """The iterations in [start, end) in which a condition begins to hold, nearest first, as `hits`; for example
        `norm(dense1.weight.grad) < 1e-4 for 5`.
        """
        query: Query = {"condition": condition, "from": start, "to": end, "direction": direction, "limit": limit}
        return self._json("/find", query)

    def series(
        self, expression: str, start: int = 0, end: int = 500, every: int = 1, smooth: float | None = None
    ) -> Document:
        """A measure such as `norm(dense1.weight.grad)` over [start, end): `iterations` and `values` as arrays.

        With `smooth`, from 0 to below 1, its exponential average that keeps so much of itself at each number.
        """
        query: Query = {"expression": expression, "from": start, "to": end, "every": every, "smooth": smooth}
        return with_arrays(self._json("/series", query))

    def layers_over_time(self, start: int = 0, end: int = 500, every: int = 1) -> Document:
        """Gradient norm, update over weight, dead and saturated shares of every layer over [start, end)."""
        return self._json("/layers", {"from": start, "to": end, "every": every})

    def distribution(
        self, value: str, start: int = 0, end: int = 500, every: int = 10, bins: int = 40, scale: str = "linear"
    ) -> Document:
        """Histograms of a value's cells over [start, end) on one axis; scale "log" is of their sizes."""
        query: Query = {"value": value, "from": start, "to": end, "every": every, "bins": bins, "scale": scale}
        return self._json("/distribution", query)

    def compare(self, other: Run, to: int = 500) -> Document:
        """The settings in which another run differs, and the first value that does in the iterations before `to`."""
        return self._json("/compare", {"with": other.id, "to": to})

    def frames(self, start: int, end: int, stride: int = 1, sample: int | None = None, resolution: int = 0) -> Values:
        """What an animation shows of many iterations, stacked by name."""
        query = {"from": start, "to": end, "stride": stride, "sample": sample, "resolution": resolution}
        return self._tensors("/frames", query)

    def plane(self, to: int = 100, resolution: int = 48) -> Document:
        """The loss of an expression over its two trained inputs, and the path of its first iterations."""
        return with_arrays(self._json("/plane", {"to": to, "resolution": resolution}))

    def predict(self, inputs: Any, iteration: int = 0) -> Array:
        """The model's outputs for rows of inputs, with the parameters before an iteration."""
        options = _body({"inputs": np.asarray(inputs, np.float64)})
        options["headers"]["accept"] = SAFETENSORS
        answer = self._ask("POST", "/predict", params={"iteration": iteration}, **options)
        return self._read(answer)["outputs"]

    def branch(self, *edits: Config) -> Run:
        """Another run: this one with more edits, for example
        `{"iteration": 120, "set": {"optimizer.learning_rate": 0.01}}` or
        `{"iteration": 120, "parameter": "dense1.weight", "index": [0, 1], "value": 0.5}`.
        """
        answer = self._ask("POST", "/branches", **_body({"edits": edits}))
        return Run(self._server, decoded(answer.json()))

    def export(self, form: str = "json", iteration: int = 0, others: Sequence[Run] = ()) -> bytes:
        """The run as a file: `json` (all of it), `safetensors` (parameters), `csv` (history up to and with it),
        `numpy`, `pytorch`, `ipynb` (code that asserts its losses), `solution`, or `comparison` with one to three
        others.
        """
        beside = {"with": ",".join(run.id for run in others)} if others else {}
        return self._ask("GET", f"/export/{form}", params={"iteration": iteration, **beside}).content

    def link(
        self,
        t: int = 0,
        value: str | None = None,
        index: Sequence[int] = (),
        sample: int | None = None,
        step: int | None = None,
    ) -> str:
        """The address of a place in the run, as Share makes it: it holds the whole run and opens in any studio."""
        cell = {"value": value, "index": list(index)} if value else None
        sampled = "mean" if sample is None else sample
        place = {"config": self.config, "iteration": t, "step": step or 0, "selection": cell, "sample": sampled}
        return f"{self._server.url}/#{fragment(place)}"

    def play(self, start: int = 0, end: int = 200, iteration: int = 0) -> Played:
        """A stretch of the run that plays without a server: in a notebook in place, or as a file that is saved."""
        query = {"from": start, "to": end, "iteration": iteration}
        return Played(self._ask("GET", "/export/html", params=query).content, self.info["title"])

    def _json(self, path: str, query: Query | None = None) -> Document:
        found: Document = decoded(self._ask("GET", path, params=_given(query), headers={"accept": JSON}).json())
        return found

    def _read(self, answer: httpx.Response) -> Values:
        found: Values = load(answer.content)
        return found

    def _tensors(self, path: str, query: Query | None = None) -> Values:
        answer = self._ask("GET", path, params=_given(query), headers={"accept": SAFETENSORS})
        return self._read(answer)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        def send() -> httpx.Response:
            return self._server.request(method, f"/api/runs/{self.id}{path}", **options)

        return self._retold(send)

    def _retold(self, send: Callable[[], T]) -> T:
        """The answer; a server that does not know the run is told of it, and of several behind one address, each."""
        for _ in range(MOST_TURNS):
            try:
                return send()
            except BackscopeError as error:
                if not error.kind.endswith("unknown-run"):
                    raise
            self._server.run(self.config)
        return send()


def _body(document: Config) -> dict[str, Any]:
    """A JSON body; numpy arrays in it are written as lists."""
    content = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    return {"content": content, "headers": {"content-type": JSON}}


def _given(query: Query | None) -> dict[str, Any]:
    return {name: item for name, item in (query or {}).items() if item is not None}


def _index(index: Sequence[int]) -> str:
    return ",".join(map(str, index))
