"""What the catalog says of a run as a whole, held to what the engine takes."""

from __future__ import annotations

from collections.abc import Iterator

from engine import catalog
from engine.catalog import Entry, Parameter
from engine.foundation.errors import ConfigError
from engine.update.update_spec import parse_update

FOUND = catalog()
KINDS = {"optimizer": FOUND.optimizers, "schedule": FOUND.schedules}


def refused(section: str, entry: Entry, name: str, value: object) -> bool:
    """Whether a setting of a section of this kind cannot change in the middle of a run."""
    before = parse_update({section: {"type": entry.name}} if section in KINDS else {})
    try:
        before.with_settings({f"{section}.{name}": value}, "set")
    except ConfigError:
        return True
    return False


def usual(parameter: Parameter) -> object:
    return 1.0 if parameter.default is None else parameter.default


def settings(section: str) -> Iterator[tuple[Entry, Parameter]]:
    entries = KINDS.get(section) or (getattr(FOUND.run, section),)
    yield from ((entry, parameter) for entry in entries for parameter in entry.parameters)


def test_the_settable_sections_are_those_whose_every_setting_may_change_in_the_middle_of_a_run() -> None:
    free = [
        section
        for section in (*KINDS, "regularization", "clip", "early_stopping")
        if not any(refused(section, entry, parameter.name, usual(parameter)) for entry, parameter in settings(section))
    ]
    assert free == list(FOUND.settable)


def test_the_kind_of_optimizer_and_schedule_stays_for_a_whole_run() -> None:
    loose = [
        entry.name
        for section, entries in KINDS.items()
        for entry in entries
        if not refused(section, entry, "type", "sgd")
    ]
    assert loose == []
