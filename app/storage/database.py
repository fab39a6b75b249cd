"""A database behind one call: a transaction that runs statements. SQLite here, or Postgres beyond one machine.

Two backends of forty lines instead of an object mapper and its migrations: those cost 29 MB and 0.17 s of import, for
one table. Statements are written so that both understand them, with `?` for values.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from weakref import finalize

Execute = Callable[..., list[tuple[Any, ...]]]  # a statement and its values -> rows
BUSY = 10.0  # seconds that one process waits for another that writes
LOCK = 8_274_511  # whoever holds this number in Postgres is the one that writes


class DatabaseError(Exception):
    """The database cannot be used; the text says why."""


class Database(Protocol):
    """What the library needs of a database."""

    def transaction(self) -> AbstractContextManager[Execute]:
        """Statements that are all done once it ends, on the disk itself, or not at all.

        Raises: DatabaseError.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class UnreachableError(DatabaseError):
    """The file cannot be opened: it may be later."""


class Sqlite:
    """A file, or, without one, memory that ends with the process; opened when it is first used."""

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def _opened(self) -> sqlite3.Connection:
        try:
            found = sqlite3.connect(
                self._file or ":memory:", timeout=BUSY, isolation_level=None, check_same_thread=False
            )
            finalize(self, found.close)  # also of what nobody closes, as the app of a test
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = FULL")  # what was acknowledged outlives a power cut too
        except sqlite3.OperationalError as error:
            raise UnreachableError(f"{self._file}: {error}") from error
        except sqlite3.Error as error:
            raise DatabaseError(f"{self._file}: {error}") from error
        return found

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        with self._lock:
            connection = self._connection = self._connection or self._opened()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield lambda statement, values=(): connection.execute(statement, values).fetchall()
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise DatabaseError(str(error)) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class Postgres:
    """A database that several servers share. psycopg is imported here: nobody else needs to have it."""

    def __init__(self, address: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise DatabaseError("--database postgresql:// needs psycopg: pip install 'backscope[postgres]'") from None
        self._psycopg: Any = psycopg
        self._address = address
        self._lock = threading.Lock()
        self._connection: Any = None

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        with self._lock:
            try:
                connection = self._connected()
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                    yield lambda statement, values=(): self._execute(cursor, statement, values)
            except self._psycopg.Error as error:
                self._forget()
                raise DatabaseError(str(error).strip()) from error

    def _connected(self) -> Any:
        """The connection; a new one after the last was lost."""
        if self._connection is None or self._connection.closed:
            self._connection = self._psycopg.connect(self._address, connect_timeout=int(BUSY), autocommit=True)
        return self._connection

    def _execute(self, cursor: Any, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        cursor.execute(statement.replace("?", "%s"), values)
        return list(cursor.fetchall()) if cursor.description else []

    def _forget(self) -> None:
        if self._connection is not None and self._connection.broken:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()


def database(address: str | None, file: Path | None) -> Database:
    """The database at an address; the file, or memory, without one.

    Raises: DatabaseError.
    """
    if address is None:
        return Sqlite(file)
    if not address.startswith(("postgresql://", "postgres://")):
        raise DatabaseError(f"a database is given as postgresql://user@host/name; given {address}")
    return Postgres(address)
