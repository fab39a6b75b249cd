"""Trials that share a program, trained side by side: those that differ by their seeds and rates alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from engine.analysis.evaluation import score_of
from engine.config.run_config import RunConfig
from engine.execution.lifting import NotStackableError
from engine.execution.state import State
from engine.foundation.errors import EngineError
from engine.run.memory_cost import numbers_in_iteration, numbers_in_row
from engine.run.run import Run
from engine.run.stack import Net, Stack
from engine.run.task import parse_config
from engine.search.outcome import Check, Outcome, Reached, outcome_of, points, run_trial
from engine.search.schedule import Task
from engine.search.space import Search
from engine.search.trials import config_of, settings_of, trial

Begun = tuple[Task, Reached | None]
Ended = tuple[Outcome, Reached | None]
MOST_NETS = 128  # side by side: more are no faster
A_SECOND = 2**28  # numbers that are about a second's work
MOST_NUMBERS = 2**22  # of all nets of a stack
_RATE = "optimizer.learning_rate"


@dataclass(frozen=True, slots=True)
class _Member:
    """A trial in a stack; run: of its seed, with the rate of any of them."""

    index: int
    config: RunConfig
    run: Run
    before: Reached


def program_key(search: Search, index: int) -> str:
    """The same for trials that share a program: all settings of a trial but its rate, which is a number of it."""
    return _key(settings_of(search, index // len(search.seeds), but=_RATE))


def _key(settings: Mapping[str, Any]) -> str:
    return json.dumps({path: value for path, value in settings.items() if path != _RATE}, sort_keys=True)


def in_a_second(search: Search, until: int) -> int:
    """About how many trials like the base are trained in a second, side by side."""
    config = parse_config(search.base)
    assert isinstance(config, RunConfig), "a search is on data"
    return A_SECOND // (until * numbers_in_iteration(config, config.data.rows, config.outline))


def run_tasks(search: Search, tasks: Sequence[Begun], check: Check = lambda _: None) -> list[Ended]:
    """Trials trained up to where their tasks say, in their order, each on from where it was left.

    Those that were trained beside others are not `exact`: adding up many nets may round otherwise.
    """
    found: dict[int, Ended] = {}
    for places in _groups(search, tasks):
        found |= zip(places, _together(search, [tasks[i] for i in places], check), strict=True)
    return [found[i] for i in range(len(tasks))]


def _groups(search: Search, tasks: Sequence[Begun]) -> list[list[int]]:
    """The places of tasks that may be trained side by side."""
    groups: dict[object, list[int]] = {}
    apart = bool(search.objective.condition or search.base.get("edits"))
    for i, (task, before) in enumerate(tasks):
        key = (program_key(search, task.index), task.until, before.iteration if before else 0)
        groups.setdefault(i if apart or task.alone else key, []).append(i)
    return list(groups.values())


def _together(search: Search, tasks: Sequence[Begun], check: Check) -> list[Ended]:
    if len(tasks) == 1:
        return [_alone(search, *tasks[0], check)]
    until = tasks[0][0].until
    found: dict[int, Ended] = {}
    for members in _stacks(_members(search, tasks, check)):
        found |= _stacked(search, members, until)
    return [found.get(task.index) or _alone(search, task, before, check) for task, before in tasks]


def _alone(search: Search, task: Task, before: Reached | None, check: Check) -> Ended:
    return run_trial(search, task.index, task.until, before, check)


def _members(search: Search, tasks: Sequence[Begun], check: Check) -> list[_Member]:
    """The trials that can be run; one run serves all that have its seed."""
    parsed: dict[str, RunConfig] = {}
    runs: dict[int, tuple[Run, State]] = {}
    members = []
    for task, before in tasks:
        try:
            config = _config(search, task.index, parsed)
            check(config)
            if config.seed not in runs:
                run = Run(config, like=next((other for other, _ in runs.values()), None))
                runs[config.seed] = run, run.initial_state()
        except EngineError:
            continue  # it says so when it is run alone
        run, start = runs[config.seed]
        members.append(_Member(task.index, config, run, before or Reached(0, start)))
    return members


def _config(search: Search, index: int, parsed: dict[str, RunConfig]) -> RunConfig:
    """The configuration of a trial; `parsed`, by program, is read once for all its rates and seeds."""
    tried = trial(search, index)
    key = _key(tried.settings)
    if key not in parsed:
        config = parse_config(config_of(search, tried))
        assert isinstance(config, RunConfig), "a search is on data"
        parsed[key] = config
    config = parsed[key]
    if _RATE in tried.settings:
        config = config.with_rate(tried.settings[_RATE])
    return config if config.seed == tried.seed else config.with_seed(tried.seed)


def _stacks(members: Sequence[_Member]) -> Iterator[Sequence[_Member]]:
    """Parts of which each has room, and at least two members."""
    if not members:
        return
    run, config = members[0].run, members[0].config
    rows = len(run.inputs) + len(run.test_inputs)
    numbers = numbers_in_iteration(config, len(run.inputs), run.outline) + rows * numbers_in_row(run.outline)
    most = min(MOST_NETS, MOST_NUMBERS // numbers)
    for start in range(0, len(members) if most > 1 else 0, most or 1):
        part = members[start : start + most]
        if len(part) > 1:
            yield part


def _stacked(search: Search, members: Sequence[_Member], until: int) -> dict[int, Ended]:
    """What came of the members whose numbers stayed far from overflow; none of a program that cannot be stacked."""
    nets = [Net(m.run, m.config.update_at(0).learning_rate, m.before.state) for m in members]
    try:
        stack = Stack(nets, members[0].before.iteration)
    except NotStackableError:
        return {}
    wanted = points(search.iterations, until)
    losses = [m.before.losses_at(wanted) for m in members]
    test = len(members[0].run.test_inputs) > 0
    for a, b in pairwise(sorted({stack.iteration, *(t for t in wanted if t > stack.iteration)})):
        if a in wanted and a not in losses[0]:
            _note(losses, stack, a, test)
        stack.advance(b)
    _note(losses, stack, until, test)
    return _outcomes(search, members, stack, losses, wanted)


def _note(losses: Sequence[dict[int, float]], stack: Stack, t: int, test: bool) -> None:
    for known, loss in zip(losses, stack.evaluate(test).loss, strict=True):
        known[t] = float(loss)


def _outcomes(
    search: Search,
    members: Sequence[_Member],
    stack: Stack,
    losses: Sequence[dict[int, float]],
    wanted: tuple[int, ...],
) -> dict[int, Ended]:
    """What came of each member; one that came near to overflow is left out, and says where when it is run alone."""
    has_test = len(members[0].run.test_inputs) > 0
    train, test = stack.evaluate(test=False), stack.evaluate(test=True) if has_test else None
    found: dict[int, Ended] = {}
    for i, member in enumerate(members):
        if member.before.large or not stack.tame[i]:
            continue
        reached = Reached(stack.iteration, stack.state(i), losses[i])
        scores = score_of(member.run, train.prediction[i], float(train.loss[i]))
        tested = score_of(member.run, test.prediction[i], float(test.loss[i]), test=True) if test else None
        name, objective = member.config.id, search.objective
        outcome = outcome_of(member.index, name, objective, reached, wanted, scores, tested)
        found[member.index] = replace(outcome, exact=False), reached
    return found
