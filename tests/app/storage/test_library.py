"""The library of saved runs: the same in a file and in Postgres, of every version, through every kill."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.storage.database import Database, DatabaseError, Postgres, Sqlite, database
from app.storage.library import MIGRATIONS, Library, Stored
from tests.app.storage.kills import lost
from tests.app.storage.postgres import missing, postgres

FIRST_VERSION = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (1);
CREATE TABLE library (run_id TEXT NOT NULL PRIMARY KEY, saved DOUBLE PRECISION NOT NULL, entry TEXT NOT NULL);
INSERT INTO library VALUES ('b3f1c0a79d5e42ab8c61', 1764500000.5, '{"name": "circle", "tags": ["deep"]}');
"""  # as a file of the first version is: never to be changed
FIRST = Stored("b3f1c0a79d5e42ab8c61", 1764500000.5, {"name": "circle", "tags": ["deep"]})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if reason := missing():
        pytest.skip(reason)
    with postgres() as address:
        yield address


def emptied(server: str) -> Postgres:
    made = Postgres(server)
    with made.transaction() as execute:
        execute("DROP TABLE IF EXISTS library")
        execute("DROP TABLE IF EXISTS schema_version")
    return made


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made: Database
    if request.param == "sqlite":
        made = Sqlite(tmp_path / "library.sqlite3")
    else:
        made = emptied(request.getfixturevalue("server"))
    yield made
    made.close()


def stored(run_id: str, name: str = "") -> Stored:
    return Stored(run_id, 2.5, {"name": name, "note": "50 % of “it”, it's ? and %s\n"})


def test_what_was_put_is_there_and_the_last_word_wins(backend: Database) -> None:
    library = Library(backend)
    library.put(stored("a"), stored("b", "first"))
    library.put(stored("b", "second"))
    assert sorted(library.entries(), key=lambda entry: entry.run_id) == [stored("a"), stored("b", "second")]
    assert (library.get("b"), library.get("c")) == (stored("b", "second"), None)


def test_what_was_deleted_is_handed_back_once(backend: Database) -> None:
    library = Library(backend)
    library.put(stored("a"))
    assert (library.delete("a"), library.delete("a"), library.entries()) == (stored("a"), None, [])


def test_of_entries_that_are_put_together_all_or_none_are_kept(backend: Database) -> None:
    library = Library(backend)
    with pytest.raises(DatabaseError):
        library.put(stored("a"), Stored(None, 0.0, {}))  # type: ignore[arg-type]
    assert library.entries() == []


def test_an_older_library_is_brought_up_to_date_once_and_a_newer_one_refused(backend: Database) -> None:
    Library(backend).put(stored("a"))
    newer = (*MIGRATIONS, "ALTER TABLE library ADD COLUMN colour TEXT NOT NULL DEFAULT ''")
    assert [Library(backend, newer).entries() for _ in range(2)] == [[stored("a")]] * 2
    with pytest.raises(DatabaseError, match="newer Backscope"):
        Library(backend)


def test_a_file_of_the_first_version_opens(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "library.sqlite3")
    connection.executescript(FIRST_VERSION)
    connection.close()
    with closing(Library(Sqlite(tmp_path / "library.sqlite3"))) as library:
        assert library.entries() == [FIRST]


def test_two_processes_may_write_into_one_file(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite3"
    with closing(Library(Sqlite(file))) as here, closing(Library(Sqlite(file))) as there:
        here.put(stored("a"))
        there.put(stored("b"))
        assert {entry.run_id for entry in here.entries()} == {"a", "b"}


def test_a_server_that_comes_back_is_found_again(server: str) -> None:
    with closing(emptied(server)) as shared:
        library = Library(shared)
        with pytest.raises(DatabaseError), shared.transaction() as execute:
            execute("SELECT pg_terminate_backend(pg_backend_pid())")
        library.put(stored("again"))
        assert library.get("again") == stored("again")


@pytest.mark.parametrize(
    ("address", "said"), [("mysql://here", "postgresql://"), ("postgresql://nobody@127.0.0.1:1/none", "refused")]
)
def test_a_database_that_cannot_be_used_is_named(address: str, said: str) -> None:
    if reason := missing() if address.startswith("postgresql") else "":
        pytest.skip(reason)
    with pytest.raises(DatabaseError, match=said):
        Library(database(address, None))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite3").write_text("not a database, but a text that is long enough to look like none" * 9)
    with pytest.raises(DatabaseError, match=r"library\.sqlite3"):
        Library(Sqlite(tmp_path / "library.sqlite3"))


def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Three kills; `python -m tests.app.storage.kills` does two hundred."""
    assert lost(tmp_path / "library.sqlite3", 3) == (set(), set())
