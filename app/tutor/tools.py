"""What a tutor can ask: each answer is the server's own, cut to what is read, with a link into the studio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

import numpy as np
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from app import __version__
from backscope import Backscope, BackscopeError, Run

MOST_NUMBERS = 400  # of one value: beyond it a reader wants its shape and its norm
MOST_TERMS = 12
INSTRUCTIONS = """\
Backscope trains small networks and explains every number of their training exactly. Begin with `presets` or `make_run`;
a run's id goes into all else. Iterations count from 0 and an answer is about the state before an iteration's update.
Values are called dense1.weight, dense1.z, dense1.a, with .grad and .update behind; indices count from 0.
Give no number that no tool gave you, and hand on the link of an answer: it opens that place in the studio.
Let a learner try before you tell: `exercise` asks without the answer, and `grade` names the slip that was made.
The resource backscope://llms.txt lists all that a configuration can name."""

Document = dict[str, Any]


@dataclass
class Tutor:
    """The tools, over one server.

    Args: server: whom they ask. `runs`: those that were made here or asked about, so that a server that was restarted
          is told of them again.
    """

    server: Backscope
    runs: dict[str, Run] = field(default_factory=dict)

    def presets(self) -> Document:
        """Ready runs, group by group: each with its sentence, the place in it that tells most, and a link to that."""
        return {"presets": [self._preset(preset) for preset in self.server.presets()]}

    def make_run(self, preset: str = "", config: Document | None = None, code: str = "") -> Document:
        """Make a run of a preset's name, of a configuration, or of pasted PyTorch or Keras code (read, never executed).

        A configuration is like {"data": {"name": "circle"}, "layers": [{"units": 4, "activation": "tanh"},
        {"units": 1}], "optimizer": {"type": "sgd", "learning_rate": 0.1}}; what is left out has a default.
        """
        if (bool(preset) + bool(code) + (config is not None)) != 1:
            raise ToolError("A run is made of one of preset, config and code; give one of them.")
        notes: list[Document] = []
        if preset:
            config = self._named(preset)["config"]
        elif code:
            config, notes = self._converted(code)
        made = self._known(self.server.run(config or {}))
        return self._described(made) | ({"notes": notes} if notes else {})

    def trace(self, run: str, iteration: int, values: Sequence[str] = (), sample: int | None = None) -> Document:
        """Numbers of an iteration by name, such as loss, dense1.weight.grad or dense2.a; without names, what there is.
        sample: a row of the batch, from 0, instead of the whole batch.
        """
        handle = self._run(run)
        found = handle.trace(iteration, values or None, sample)
        shown = {name: _numbers(array) if values else list(array.shape) for name, array in found.items()}
        return {"iteration": iteration, "values" if values else "shapes": shown, "link": handle.link(iteration)}

    def derive(
        self, run: str, iteration: int, value: str, index: Sequence[int] = (), sample: int | None = None
    ) -> Document:
        """Where one number came from: the formula, the same with its numbers, the terms of its sum and a sentence.
        With sample, of a parameter's gradient, what that row of the batch brings to it.
        """
        handle = self._run(run)
        found = handle.derivation(iteration, value, index, sample, limit=MOST_TERMS)
        chain = found.get("chain")
        kept = ("value", "index", "result", "symbol", "formula", "numbers", "explanation", "terms_total")
        told = {name: found[name] for name in kept}
        told["terms"] = [{"factors": _factors(term), "product": term["product"]} for term in found["terms"]]
        told["chain_rule"] = {"formula": chain["latex"], "numbers": chain["numbers"]} if chain else None
        return told | {"link": handle.link(iteration, value, index, sample, found["step"])}

    def check(self, run: str, iteration: int) -> Document:
        """Every gradient of an iteration beside central differences of the loss, and whether they agree."""
        handle = self._run(run)
        return handle.gradient_check(iteration) | {"link": handle.link(iteration)}

    def diagnose(self, run: str, iteration: int) -> Document:
        """How training goes at an iteration: findings with their cures, the worst first, and what was measured."""
        handle = self._run(run)
        found = handle.iteration(iteration)
        findings = [
            {**finding, "link": handle.link(finding["at"]["iteration"], finding["at"]["value"], finding["at"]["index"])}
            for finding in found["diagnosis"]
        ]
        kept = ("iteration", "epoch", "loss", "gradient_norms", "update_ratios", "first_nonfinite")
        measured = [{name: said[name] for name in ("check", "text", "passed")} for said in found["measured"]]
        told = {name: found[name] for name in kept}
        return told | {"findings": findings, "measured": measured, "link": handle.link(iteration)}

    def find(self, run: str, condition: str, start: int = 0, end: int = 500, limit: int = 10) -> Document:
        """The iterations at which a condition begins to hold, such as `norm(dense1.weight.grad) < 1e-4 for 5`,
        `loss < 0.1` or `rises(test_loss, 5)`, each with a link.
        """
        handle = self._run(run)
        found = handle.find(condition, start, end, limit=limit)
        return found | {"hits": [{**hit, "link": handle.link(hit["iteration"])} for hit in found["hits"]]}

    def branch(self, run: str, iteration: int, edit: Document) -> Document:
        """Another run, which is the first up to an iteration and then differs, by an edit such as
        {"set": {"optimizer.learning_rate": 0.01}} or {"parameter": "dense1.weight", "index": [0, 1], "value": 0.5}.
        """
        made = self._known(self._run(run).branch({"iteration": iteration, **edit}))
        return self._described(made) | {"link": made.link(iteration)}

    def skills(self) -> Document:
        """What can be practised: each skill with those that it builds on and the kinds of questions that it has."""
        kept = ("name", "title", "phase", "needs", "kinds", "about", "preset", "iteration")
        skills = [{name: skill[name] for name in kept} for skill in self._skills.values()]
        return {"skills": skills, "link": f"{self.server.url}/practice"}

    def exercise(
        self, skill: str = "", run: str = "", iteration: int | None = None, kind: str = "", seed: int = 0
    ) -> Document:
        """A question without its answer: on a skill's own run, or on any run and iteration. A seed always asks
        the same. The fields of `ask` are what `grade` wants answers to.
        """
        asked = self._asked(skill, run, iteration, kind)
        found = self._ask("get_exercise", **asked, seed=seed, skill=skill or None)
        return found | {"run": asked["run_id"], "iteration": asked["t"], "link": self._practice(asked, found)}

    def grade(
        self,
        answers: Mapping[str, str],
        skill: str = "",
        run: str = "",
        iteration: int | None = None,
        kind: str = "",
        seed: int = 0,
    ) -> Document:
        """The verdict on a learner's answers, by field as they were typed, to the exercise of the same arguments:
        right, or the slip that gives this number, its step and its line of code.
        """
        asked = self._asked(skill, run, iteration, kind)
        body = {"answers": {name: str(text) for name, text in answers.items()}}
        found = self._ask("grade_exercise", body, **asked, seed=seed, skill=skill or None)
        return found | {"link": self._run(asked["run_id"]).link(asked["t"])}

    def reference(self) -> str:
        """All that a configuration and a condition can name, and every request of the API."""
        return self.server.request("GET", "/llms.txt").text

    def _preset(self, preset: Document) -> Document:
        look, known = preset["look"], ("name", "title", "group", "summary")
        run = Run(self.server, {"id": "", "config": preset["config"]})
        cell = look["selection"] or {"value": None, "index": ()}
        link = run.link(look["iteration"], cell["value"], cell["index"], step=look["step"])
        return {name: preset[name] for name in known} | {"look": look["sentence"], "link": link}

    def _named(self, name: str) -> Document:
        presets = {preset["name"]: preset for preset in self.server.presets()}
        if name not in presets:
            raise ToolError(f"There is no preset {name!r}; there are {', '.join(presets)}.")
        return presets[name]

    def _converted(self, code: str) -> tuple[Document, list[Document]]:
        dialect = "keras" if "keras" in code and "torch" not in code else "pytorch"
        found = self.server.call("convert_code", {"source": code, "dialect": dialect})
        told = [note for note in found["notes"] if note["level"] != "understood"]
        if found["config"] is None:
            refused = [f"line {n['line']}: {n['text']}" for n in told if n["level"] == "refused"]
            raise ToolError("This code makes no run. " + " ".join(refused))
        return found["config"], told

    def _known(self, run: Run) -> Run:
        self.runs[run.id] = run
        return run

    def _run(self, run_id: str) -> Run:
        if run_id not in self.runs:
            self._known(Run(self.server, self.server.call("get_run", run_id=run_id)))
        return self.runs[run_id]

    def _described(self, run: Run) -> Document:
        kept = ("id", "title", "task", "parameter_count", "batch_size", "iterations_per_epoch", "samples")
        shapes = {p["name"]: p["shape"] for p in run.info["parameters"]}
        told = {name: run.info[name] for name in kept}
        return told | {"parameters": shapes, "config": _readable(run.config), "link": run.link()}

    @cached_property
    def _skills(self) -> dict[str, Document]:
        """All of them by name; a server has the same for as long as it runs."""
        return {item["name"]: item for item in self.server.call("get_skills")}

    def _asked(self, skill: str, run: str, iteration: int | None, kind: str) -> Document:
        """Where a question is asked, and how: on a run, or on the one that a skill has for it."""
        if run:
            return {"run_id": self._run(run).id, "t": iteration or 0, "kind": kind or "number"}
        if skill not in self._skills:
            raise ToolError(f"An exercise needs a run or a skill; skills are {', '.join(self._skills)}.")
        own, kinds = self._skills[skill], self._skills[skill]["kinds"]
        made = self._known(self.server.run(own["config"]))
        at = own["iteration"] if iteration is None else iteration
        return {"run_id": made.id, "t": at, "kind": kind or ("number" if "number" in kinds else kinds[0])}

    def _ask(self, name: str, body: Any = None, **given: Any) -> Document:
        """An operation on a run; one that the server has forgotten is made again."""
        return dict(self._run(given["run_id"])._retold(lambda: self.server.call(name, body, **given)))

    def _practice(self, asked: Document, found: Document) -> str:
        """The page with the same question, where it is on a skill's own run; else the iteration that it is about."""
        own = self._skills.get(found["skill"])
        if own and own["iteration"] == asked["t"] and self.server.run(own["config"]).id == asked["run_id"]:
            return f"{self.server.url}/practice#{found['skill']}/{found['kind']}/{found['seed']}"
        return self._run(asked["run_id"]).link(asked["t"])


TOOLS = ("presets", "make_run", "trace", "derive", "check", "diagnose", "find", "branch", "skills", "exercise", "grade")


def tutoring(server: Backscope) -> MCPServer[Any]:
    """The server of the protocol, whose tools ask a Backscope server."""
    tutor = Tutor(server)
    made: MCPServer[Any] = MCPServer(
        "backscope", title="Backscope", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR"
    )
    for name in TOOLS:
        tool = getattr(tutor, name)
        made.add_tool(_refusing(tool), name=name, description=" ".join(str(tool.__doc__).split()))
    made.resource("backscope://llms.txt", mime_type="text/plain", description=tutor.reference.__doc__)(tutor.reference)
    return made


def _refusing(tool: Callable[..., Any]) -> Callable[..., Any]:
    """A tool whose refusals are the server's sentences, each with the place of the mistake."""

    @wraps(tool)
    def asked(*given: Any, **named: Any) -> Any:
        try:
            return _sendable(tool(*given, **named))
        except BackscopeError as error:
            more = [wrong for wrong in error.errors if wrong.get("path") and wrong["message"] not in error.detail]
            places = [f"{wrong['path']}: {wrong['message']}" for wrong in more]
            raise ToolError(" ".join([error.detail, *places])) from error

    return asked


def _readable(config: Document) -> Document:
    """A configuration without the rows of data that stand in it."""
    data = config.get("data")
    if not isinstance(data, dict) or "inputs" not in data:
        return config
    rows = ("inputs", "targets", "rows")
    return config | {"data": {**data, **{name: f"{len(data[name])} rows" for name in rows if name in data}}}


def _factors(term: Document) -> list[Document]:
    return [{name: factor[name] for name in ("value", "index", "number")} for factor in term["factors"]]


def _numbers(array: np.ndarray[Any, Any]) -> Any:
    """An array as lists; of one that is too long to read, its shape and its size."""
    if array.size <= MOST_NUMBERS:
        return array.tolist()
    norm = float(np.linalg.norm(array))
    left_out = f"{array.size} numbers: ask derive for single cells, or for one sample"
    return {"shape": list(array.shape), "norm": norm, "left_out": left_out}


def _sendable(found: Any) -> Any:
    """Arrays as lists, and what JSON has no number for as a word."""
    if isinstance(found, dict):
        return {name: _sendable(part) for name, part in found.items()}
    if isinstance(found, list | tuple):
        return [_sendable(part) for part in found]
    if isinstance(found, np.ndarray | np.generic):
        return _sendable(found.tolist())
    return str(found) if isinstance(found, float) and not np.isfinite(found) else found
