"""Files of results graded again from scratch: nothing that stands in them about right and wrong is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.foundation.errors import EngineError
from engine.practice.exercise import KINDS, Exercise, grade
from engine.practice.nets import net
from engine.practice.question import LONGEST_ANSWER
from engine.practice.skills import SKILLS
from engine.run.run import Run
from engine.run.task import parse_config

MOST = 5_000  # results of a file


@dataclass(frozen=True, slots=True)
class Result:
    """One exercise of a file, graded again; tags: what was done in each field, `right` where it is."""

    skill: str
    kind: str
    seed: int
    score: float
    tags: tuple[str, ...]


def regraded(log: Iterable[Any]) -> Iterator[Result]:
    """The results of a record's log; what is no exercise of ours is left out."""
    for _, raw in zip(range(MOST), log, strict=False):
        found = _result(raw) if isinstance(raw, Mapping) else None
        if found is not None:
            yield found


def _result(raw: Mapping[str, Any]) -> Result | None:
    kind = next((known for known in KINDS if known == raw.get("kind")), None)
    skill, seed, answers = str(raw.get("skill")), raw.get("seed"), raw.get("answers")
    if skill not in SKILLS or kind is None or type(seed) is not int or not isinstance(answers, Mapping):
        return None
    texts = {str(field): text[:LONGEST_ANSWER] for field, text in answers.items() if isinstance(text, str)}
    known = SKILLS[skill]
    try:
        found = grade(_run(known.net), Exercise(kind, known.iteration, seed, skill), texts)
    except EngineError:
        return None
    return Result(skill, kind, seed, found.score, tuple(v.tag for v in found.fields.values()))


def slips_counted(results: Iterable[Result]) -> Counter[str]:
    """How often each tag occurs that is not `right`; of two slips that give one number, each."""
    return Counter(tag for r in results for tags in r.tags for tag in tags.split("+") if tag != "right")


@lru_cache(maxsize=32)
def _run(name: str) -> Run:
    return Run(parse_config(net(name)))
