"""A place of a lesson or a card: where the studio opens it, its numbers, and what is claimed of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from app.lessons.lesson import Where
from app.lessons.markdown import Filled, number_html
from engine.conditions.find import claim, find, measured
from engine.conditions.syntax import Value, parse_measure, walk
from engine.execution.cancellation import Wanted
from engine.foundation.errors import ConfigError
from engine.model.layers import times
from engine.presets import presets
from engine.run.run import Run

Config = dict[str, Any]
RunOf = Callable[[Any], Run]
MOST_DIGITS = 17
_RUN = re.compile(r"([a-z]\w*):\s*(?=\S)")
_WHEN = re.compile(r"when (.+) before (\d+)")
_INNER = re.compile(r"\{([^{}]+)\}")
_CELL = re.compile(r"([\w.]+)(?:\[([\d,\s]*)\])?")


@dataclass(frozen=True, slots=True)
class CellAt:
    """A value, or one cell of it."""

    value: str
    index: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CourseBeside:
    """A run whose losses are drawn beside those of the place."""

    config: Config
    to: int


@dataclass(frozen=True, slots=True)
class LessonPlace:
    """A place in the studio, as a link holds it."""

    config: Config
    iteration: int
    step: int
    selection: CellAt | None
    sample: Annotated[int | None, "A position in the batch; null for the mean."]
    beside: tuple[CourseBeside, ...]


def cell_at(text: str) -> CellAt:
    """A value's name, with the indices of a cell or without.

    Raises: ConfigError.
    """
    found = _CELL.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"a value is written like dense1.weight or dense1.weight[0,2]; given {text!r}", "place")
    return CellAt(found[1], tuple(int(i) for i in (found[2] or "").split(",") if i.strip()))


def changed(config: Mapping[str, Any], change: Mapping[str, Any]) -> Config:
    """A configuration with settings changed: tables are gone into, unless they become of another type."""
    found = dict(config)
    for name, value in change.items():
        old = found.get(name)
        found[name] = changed(old, value) if isinstance(old, dict) and _same_type(old, value) else value
    return found


def _same_type(old: Mapping[str, Any], value: Any) -> bool:
    return isinstance(value, dict) and value.get("type", old.get("type")) == old.get("type")


class Scene:
    """A place of a lesson, the runs that the lesson names, and the numbers of both."""

    def __init__(self, where: Where, runs: Mapping[str, Where], run_of: RunOf, cancelled: Wanted | None = None) -> None:
        self._where, self._runs, self._run_of, self._cancelled = where, runs, run_of, cancelled
        self._made: dict[str, Run] = {}

    def run(self, name: str = "") -> Run:
        """The run of the place, or one of the lesson's by its name."""
        if name not in self._made:
            self._made[name] = self._run_of(self.config(Where(run=name) if name else self._where))
        return self._made[name]

    def config(self, where: Where) -> Config:
        """The configuration of a place.

        Raises: ConfigError for a name that nothing has.
        """
        known = {preset.name: preset.config for preset in presets()}
        if where.run and where.run not in self._runs:
            raise ConfigError(f"this lesson has no run {where.run!r}; it has: {', '.join(self._runs)}", "place.run")
        if where.preset and where.preset not in known:
            raise ConfigError(f"there is no preset {where.preset!r}; there are: {', '.join(known)}", "place.preset")
        base = self.config(self._runs[where.run]) if where.run else known[where.preset]
        found = changed(base, where.change)
        if where.every_layer:
            found["layers"] = [changed(layer, where.every_layer) for layer in found["layers"]]
        return {**found, "edits": [*found.get("edits", []), *where.edits]} if where.edits else found

    def place(self) -> LessonPlace:
        """The place as the studio opens it."""
        where, run = self._where, self.run()
        selection = cell_at(where.selection) if where.selection else None
        beside = tuple(CourseBeside(self._run_of(self.config(o.where)).config.to_dict(), o.to) for o in where.beside)
        return LessonPlace(run.config.to_dict(), where.iteration, self._step(run), selection, where.sample, beside)

    def _step(self, run: Run) -> int:
        """The number of a step; by the name of the value that it writes, or the end of a phase."""
        wanted, program = self._where.step, run.program_at(self._where.iteration)
        if isinstance(wanted, int):
            return min(wanted, len(program.steps) - 1)
        if wanted in program.producer:
            return program.producer[wanted]
        ends = [step.index for step in program.steps if step.phase == wanted]
        if not ends:
            raise ConfigError(f"no step of this run writes {wanted!r}, and no phase is called so", "place.step")
        return ends[-1]

    def named(self, text: str) -> tuple[Run, str]:
        """The run that a text speaks of, and the rest of it: `plain: loss @ 10` speaks of the lesson's run plain."""
        found = _RUN.match(text)
        if found and found[1] in self._runs:
            return self.run(found[1]), text[found.end() :]
        return self.run(), text

    def number(self, text: str) -> float:
        """The number of a measure, at the place's iteration unless it names its own.

        Raises: ConditionError.
        """
        run, measure = self.named(self._with_numbers(text))
        when = _WHEN.fullmatch(measure)
        if when is None:
            return measured(run, measure, self._where.iteration, self._cancelled)
        hits = find(run, when[1], 0, int(when[2]), limit=1, cancelled=self._cancelled).hits
        return float(hits[0].iteration) if hits else float("nan")

    def _with_numbers(self, text: str) -> str:
        """With the numbers of what stands in braces, which may be another run's."""
        return _INNER.sub(lambda inner: f"({_written(self.number(inner[1].strip()))})", text)

    def holds(self, text: str) -> bool:
        """Whether a claim is true; what stands in braces is put in as a number first.

        Raises: ConditionError.
        """
        run, rest = self.named(self._with_numbers(text))
        return claim(run, rest, self._cancelled).holds

    def fill(self, text: str) -> Filled:
        """What stands for a placeholder.

        Args: text: `measure | digits` or `| percent`, `when CONDITION before N`, `shape NAME`, or `setting PARTS`.
        """
        measure, _, form = (part.strip() for part in text.partition("|"))
        run, rest = self.named(measure)
        first, _, name = rest.partition(" ")
        if first == "shape":
            shape = times(run.program_at(self._where.iteration).shape(name))
            return Filled(shape.replace("x", " × "), f"shape of {name}", name)
        if first == "setting":
            return Filled(_setting(run.config.to_dict(), name.split()), rest)
        shown = _shown(self.number(measure), "whole" if first == "when" else form)
        here = run.config.id == self.run().config.id
        return Filled(
            shown, self._title(rest), *(_subject(run, self._with_numbers(rest)) if here and first != "when" else ())
        )

    def _title(self, measure: str) -> str:
        own = "@" in measure or measure.startswith("when ")
        return measure if own else f"{measure} in iteration {self._where.iteration}"


def _written(number: float) -> str:
    """A number as the language of conditions has it, in which there is no word for nan."""
    return repr(number) if number == number else "inf - inf"


def _shown(number: float, form: str) -> str:
    if form not in ("", "percent", "whole") and not (form.isdigit() and 1 <= int(form) <= MOST_DIGITS):
        raise ConfigError(f"behind | stand digits, percent or whole; given {form!r}", "text")
    if form == "percent":
        return f"{number_html(100 * number)} %"
    if form == "whole":
        return f"{number:.0f}".replace("-", "−") if number == number else "NaN"
    return number_html(number, int(form or 3))


def _subject(run: Run, text: str) -> tuple[str, ...]:
    """The first value that a measure reads, and the cell of it."""
    names = run.program_at(0).producer.keys() | run.program_at(0).sources.keys()
    values = [node for node in walk(parse_measure(text)) if isinstance(node, Value) and node.name in names]
    return (values[0].name, ",".join(map(str, values[0].index or ()))) if values else ()


def _setting(config: Any, path: list[str]) -> str:
    """A setting by the parts of its path; positions in lists are numbers."""
    try:
        for part in path:
            config = config[int(part)] if isinstance(config, list) else config[part]
    except (KeyError, IndexError, ValueError, TypeError):
        raise ConfigError(f"there is no setting {' '.join(path)}", "text") from None
    return f"{config:g}".replace("-", "−") if isinstance(config, (int, float)) else str(config)
