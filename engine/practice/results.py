"""Files of results graded again from scratch: nothing that stands in them about right and wrong is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.foundation.errors import EngineError
from engine.practice.exercise import KINDS, Exercise, grade
from engine.practice.nets import practice_run, run_of
from engine.practice.question import LONGEST_ANSWER, NoQuestionError
from engine.practice.skills import SKILLS, Skill
from engine.presets import presets

MOST = 5_000  # results of a file
LATEST = 1_000  # iteration of a preset: a file must not make a teacher wait


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
        config, iteration, friendly = _asked_on(known, seed, raw)
        found = grade(run_of(config), Exercise(kind, iteration, seed, skill, friendly), texts)
    except EngineError:
        return None
    return Result(skill, kind, seed, found.score, tuple(v.tag for v in found.fields.values()))


def _asked_on(skill: Skill, seed: int, raw: Mapping[str, Any]) -> tuple[dict[str, Any], int, bool]:
    """The configuration and the iteration of a result: of the preset that it names, or of its skill.

    Raises: NoQuestionError where there is no such preset, or no such iteration of it.
    """
    name, iteration, friendly = raw.get("preset"), raw.get("iteration"), raw.get("friendly") is True
    if name is None:
        return *practice_run(skill, seed, friendly), friendly
    config = next((preset.config for preset in presets() if preset.name == name), None)
    if config is None or type(iteration) is not int or not 0 <= iteration <= LATEST:
        raise NoQuestionError(f"there is no iteration up to {LATEST} of such a preset")
    return config, iteration, friendly


def slips_counted(results: Iterable[Result]) -> Counter[str]:
    """How often each tag occurs that is not `right`; of two slips that give one number, each."""
    return Counter(tag for r in results for tags in r.tags for tag in tags.split("+") if tag != "right")
