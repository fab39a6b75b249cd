"""How exercises fare: `python -m tests.practice_rates [seeds] [first]` over all presets, skills' nets and kinds.

Prints, of every kind, how often the right answer and its rounding to three digits pass, how many slips are named as
themselves, how many pass (none should); of what is chosen or typed as a line, whether one answer is right and no other;
and how ambiguous our questions are at our tolerance, beside cells that were
not chosen.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np

from engine.practice.desk import Desk, Span
from engine.practice.exercise import KINDS, Exercise, problem
from engine.practice.kinds.asking import Draw
from engine.practice.kinds.worksheet import Worksheet
from engine.practice.nets import NETS, net
from engine.practice.question import Kind, NoQuestionError, Problem
from engine.practice.skills import SKILLS, steps_of
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config

SEEDS = 200
WORKSHEETS = ("number", "chain", "table")
ITERATION = 20
AT_ONCE = 10  # seeds of one run before the next: what is known of its program is used again
HOSTILE = (
    "",
    "nan",
    "-inf",
    "1e999",
    "0x10",
    "１２",
    "٣",
    "⁵",
    "1_000",
    "1 000",
    "+-1",
    "1//2",
    "1/0",
    "\u202e1",
    "10^",
    "'",
)


def runs() -> Iterator[tuple[str, Run]]:
    """Every preset and every net of the skills."""
    yield from ((f"preset {preset.name}", Run(parse_config(preset.config))) for preset in presets())
    yield from ((f"net {name}", Run(parse_config(net(name)))) for name in NETS)


def drawn(run: Run, kind: Kind, seed: int, iteration: int = ITERATION, skill: str = "") -> Problem | None:
    """An exercise, or nothing where there is none."""
    try:
        return problem(run, Exercise(kind, iteration, seed, skill))
    except NoQuestionError:
        return None


def tally(sheet: Worksheet) -> Counter[str]:
    """Of each field: whether what is right passes, and what becomes of slips, zeros and flipped signs."""
    counts: Counter[str] = Counter()
    right = answers(sheet)
    verdicts = sheet.grade(right)
    counts["fields"] += len(verdicts)
    counts["right"] += sum(v.verdict == "right" for v in verdicts.values())
    rounded = sheet.grade({name: f"{float(text):.3g}" for name, text in right.items()})
    counts["rounded"] += sum(v.verdict == "right" for v in rounded.values())
    for field, key in zip(sheet.fields, sheet.keys, strict=True):
        for miss in key.misses:
            found = sheet.grade({**right, field.name: repr(miss.number)})[field.name]
            counts["slips"] += 1
            counts["named"] += found.verdict == "slip" and miss.rewrite.slip.tag in found.tag.split("+")
            counts["alone"] += found.tag == miss.rewrite.slip.tag
            counts["passed"] += found.verdict in ("right", "coarse")
        for text in ("0", repr(-key.right)) if key.right else ():
            counts[
                "refused" if sheet.grade({**right, field.name: text})[field.name].verdict != "right" else "let in"
            ] += 1
    return counts


def tally_others(found: Problem, kind: Kind) -> Counter[str]:
    """Of a choice, a shape or a line: whether what is right passes, and whether anything else does."""
    (blank,) = found.question.ask
    right = [choice.name for choice in blank.choices]
    others = right
    if not blank.choices:
        shown = found.solution()[0].text
        right = [shown.partition(" = ")[2] if kind == "line" else shown.partition("(")[2].partition(")")[0]]
        others = [f"-({right[0]})", f"({right[0]}) * 2", "0"] if kind == "line" else ["", "0", f"{right[0]}, 7"]
    passed = sum(found.grade({"1": text})["1"].verdict == "right" for text in right)
    wrong = 0 if blank.choices else sum(found.grade({"1": text})["1"].verdict == "right" for text in others)
    hostile = sum(found.grade({"1": text})["1"].verdict == "right" for text in HOSTILE)
    return Counter(fields=1, right=int(passed == 1), rounded=int(passed == 1), **{"let in": wrong + hostile})


def answers(sheet: Worksheet) -> dict[str, str]:
    """What is right in every field."""
    return {field.name: repr(key.right) for field, key in zip(sheet.fields, sheet.keys, strict=True)}


# --- ambiguity --------------------------------------------------------------------------------------------------------


def ambiguity(run: Run, share: float, cells: int = 40) -> tuple[int, int]:
    """Of cells that were not chosen: how many there are, and in how many some slip lies within a share of right."""
    traced = run.trace_at(ITERATION)
    rng = np.random.default_rng(0)
    draw = Draw(run, traced, SKILLS["weight_gradient"], rng)
    desk, total, ambiguous = Desk(run, traced, 9), 0, 0
    for skill in ("weight_gradient", "slope", "through_weights"):
        for step in steps_of(SKILLS[skill], draw.program):
            span = Span((step,))
            right = span.run(desk)
            wrong = [made for rewrite in span.slips(draw.program) if (made := span.run(desk, rewrite)) is not None]
            if right is None or not wrong:
                continue
            for at in rng.integers(0, right.size, min(cells, right.size)):
                total += 1
                own = right.flat[at]
                off = [abs(w.flat[at] - own) for w in wrong]
                ambiguous += any(0 < o <= share * abs(own) or (own == 0 and o == 0) for o in off)
    return total, ambiguous


def tallied(seeds: range) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """What becomes of all questions of these seeds, by kind; and how many there are. Says now and then what is done."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    asked: Counter[str] = Counter()
    known = list(runs())
    for first in range(seeds.start, seeds.stop, AT_ONCE):
        block = range(first, min(first + AT_ONCE, seeds.stop))
        for (_, run), kind, seed in itertools.product(known, KINDS, block):
            found = drawn(run, kind, seed)
            if found is not None:
                asked[kind] += 1
                counts[kind] += tally(found) if isinstance(found, Worksheet) else tally_others(found, kind)
        together = sum(counts.values(), Counter[str]())
        parts = ("fields", "right", "rounded", "slips", "named", "alone", "passed", "let in")
        so_far = ", ".join(f"{part} {together[part]}" for part in parts)
        print(f"seeds {seeds.start} to {block[-1]}: {so_far}", file=sys.stderr, flush=True)
    return counts, asked


def main(seeds: int, first: int = 0) -> int:
    """Prints both tables; 1 if a rate is below what is promised."""
    counts, asked = tallied(range(first, first + seeds))
    print("| kind | questions | right | rounded | slips named | alone | slips that pass | 0 and −x let in |")
    print("|---|---|---|---|---|---|---|---|")
    for name, c in counts.items():
        passing = [_share(c, part, "fields") for part in ("right", "rounded")]
        named = [_share(c, part, "slips") for part in ("named", "alone")]
        print("|", " | ".join([name, str(asked[name]), *passing, *named, str(c["passed"]), str(c["let in"])]), "|")
    print("\n| run | cells | some slip within 1 % | within 0.5 % | within 0.1 % | of our questions within 0.5 % |")
    print("|---|---|---|---|---|---|")
    for name, run in runs():
        if run.has_data:
            rows = [ambiguity(run, share) for share in (0.01, 0.005, 0.001)]
            parts = " | ".join(f"{n / t:.0%}" if t else "" for t, n in rows)
            print(f"| {name} | {rows[0][0]} | {parts} | {_ours(run):.0%} |")
    return int(
        any(
            c["passed"] or c["let in"] or c["right"] < c["fields"] or c["named"] < 0.95 * c["slips"]
            for c in counts.values()
        )
    )


def _ours(run: Run) -> float:
    """Of the questions that are asked here, how many have a slip within the tolerance."""
    sheets = [drawn(run, "number", seed) for seed in range(20)]
    counts = sum((tally(sheet) for sheet in sheets if isinstance(sheet, Worksheet)), Counter[str]())
    return counts["passed"] / counts["slips"] if counts["slips"] else 0.0


def _share(counts: Counter[str], part: str, whole: str) -> str:
    return f"{counts[part] / counts[whole]:.1%} of {counts[whole]}" if counts[whole] else ""


if __name__ == "__main__":
    sys.exit(main(*(map(int, sys.argv[1:]) if len(sys.argv) > 1 else (SEEDS,))))
