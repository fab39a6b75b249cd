"""The runs that a person keeps: a row each, the last word wins. The schema has a version from the first one on."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.storage.database import Database, DatabaseError, Execute, UnreachableError

logger = logging.getLogger(__name__)

MIGRATIONS = (
    "CREATE TABLE library (run_id TEXT NOT NULL PRIMARY KEY, saved DOUBLE PRECISION NOT NULL, entry TEXT NOT NULL)",
)  # from version n to n + 1; what was released is never changed, only followed
WRITE = (
    "INSERT INTO library (run_id, saved, entry) VALUES (?, ?, ?) "
    "ON CONFLICT (run_id) DO UPDATE SET saved = excluded.saved, entry = excluded.entry"
)
READ = "SELECT run_id, saved, entry FROM library"


@dataclass(frozen=True, slots=True)
class Stored:
    """A saved run: its id, when it was saved, in seconds since 1970, and all that is kept of it as JSON."""

    run_id: str
    saved: float
    entry: dict[str, Any]


class Library:
    """The saved runs in a database. A file that cannot be opened is tried again whenever it is asked for.

    Raises: DatabaseError if it cannot be used, or was written by a newer version.
    """

    def __init__(self, database: Database, migrations: Sequence[str] = MIGRATIONS) -> None:
        self._database = database
        self._migrations: Sequence[str] = migrations
        try:
            with self._transaction():
                pass
        except UnreachableError as error:
            logger.warning("the library cannot be opened now, and is tried again later: %s", error)

    @contextmanager
    def _transaction(self) -> Iterator[Execute]:
        with self._database.transaction() as execute:
            if self._migrations:
                _migrate(execute, self._migrations)
            yield execute
        self._migrations = ()

    def entries(self) -> list[Stored]:
        """All of them, in no order."""
        with self._transaction() as execute:
            return [_stored(row) for row in execute(READ)]

    def get(self, run_id: str) -> Stored | None:
        """One of them, if it is there."""
        with self._transaction() as execute:
            return _first(execute(f"{READ} WHERE run_id = ?", (run_id,)))

    def put(self, *entries: Stored) -> None:
        """Keep entries, all or none; what was kept of the same runs goes."""
        with self._transaction() as execute:
            for kept in entries:
                execute(WRITE, (kept.run_id, kept.saved, json.dumps(kept.entry)))

    def delete(self, run_id: str) -> Stored | None:
        """Take one away; gives what it was."""
        with self._transaction() as execute:
            found = _first(execute(f"{READ} WHERE run_id = ?", (run_id,)))
            execute("DELETE FROM library WHERE run_id = ?", (run_id,))
            return found

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _stored(row: tuple[Any, ...]) -> Stored:
    return Stored(row[0], row[1], json.loads(row[2]))


def _first(rows: list[tuple[Any, ...]]) -> Stored | None:
    return _stored(rows[0]) if rows else None


def _migrate(execute: Execute, migrations: Sequence[str]) -> None:
    execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    rows = execute("SELECT version FROM schema_version")
    version = rows[0][0] if rows else 0
    if version > len(migrations):
        raise DatabaseError(
            f"the library was written by a newer Backscope: its schema is version {version}, this one knows "
            f"{len(migrations)}. Update Backscope, or choose another --data-dir"
        )
    for migration in migrations[version:]:
        execute(migration)
    execute("DELETE FROM schema_version")
    execute("INSERT INTO schema_version (version) VALUES (?)", (len(migrations),))
