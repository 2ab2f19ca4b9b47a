"""The database under the gradebook, SQLite or a server: made whole, waited for, and what its troubles mean.

It knows nbgrader's tables only as a whole; `scores` fills them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

import nbgrader
import psutil
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy import Connection, Inspector, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from autograder.errors import EnvironmentProblem

BUSY_SECONDS = 5.0  # for a lock that somebody else has
PAUSES = (0.05, 0.2, 0.8, 2.0)  # seconds before a transaction that others have stopped is tried again
TRANSIENT = {"40001", "40P01", "23505"}  # PostgreSQL: could not serialise, deadlock, somebody has added the same row
LOCKED = {*TRANSIENT, "55P03"}
DISK_FULL = "53100"
OVER_A_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "fuse")
Result = TypeVar("Result")
LATEST = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"


def prepare(url: str) -> None:
    """Make nbgrader's tables in one transaction, unless they exist already; refuse those of an older nbgrader.

    SQLite is told to write ahead (WAL), so that whoever reads does not keep others from writing; not over a network,
    where that is not safe.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            there = inspect(connection)
            missing = not there.get_table_names()
            if not missing:
                _require_current(there, engine.url)
            database = engine.url.database
            if engine.dialect.name == "sqlite" and database and not _is_over_a_network(Path(database)):
                _write_ahead(connection)
        if missing:
            latest = _latest()
            with engine.begin() as connection:
                begin(connection)
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(20201)"))  # one maker at a time
                if not inspect(connection).get_table_names():
                    api.Base.metadata.create_all(connection)
                    connection.execute(text(LATEST))
                    connection.execute(text("INSERT INTO alembic_version VALUES (:latest)"), {"latest": latest})
    finally:
        engine.dispose()


def _require_current(there: Inspector, url: URL) -> None:
    """Check that a gradebook has every table and column that this nbgrader asks for."""
    columns = {
        table: {str(column["name"]) for column in found} for (_, table), found in there.get_multi_columns().items()
    }
    for table in api.Base.metadata.sorted_tables:
        missing = {column.name for column in table.columns} - columns.get(table.name, set())
        if missing:
            shown = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
            raise EnvironmentProblem(
                f"The gradebook {shown} was made by an older nbgrader (its table {table.name} has no "
                f"{min(missing)}): back it up, run `nbgrader db upgrade` in the course folder, and start again."
            )


def _latest() -> str | None:
    """Return the name of nbgrader's newest tables; nbgrader itself starts a program for seconds to learn it."""
    from alembic.script import ScriptDirectory  # new gradebooks are rare

    return ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head()


def begin(connection: Connection) -> None:
    """Begin to write: with SQLite, nobody else writes from here on, so what is read stays true."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def retried(attempt: Callable[[], Result]) -> Result:
    """Return what an attempt returns; what others have stopped (a deadlock, a server that starts anew) is tried again.

    The attempt is one transaction: of one that was stopped, nothing is left.
    """
    for pause in PAUSES:
        try:
            return attempt()
        except DBAPIError as error:
            if not (error.connection_invalidated or sqlstate(error) in TRANSIENT):
                raise
        sleep(pause)
    return attempt()


def wait_for_others(dialect: str, seconds: float) -> Callable[[Any, Any], None]:
    """Return what makes a new connection wait so long for what others have locked, and not longer."""

    def connect(connection: Any, _: Any) -> None:
        milliseconds = int(1000 * seconds)
        if dialect == "sqlite":
            connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
            connection.execute("PRAGMA synchronous = FULL")  # what is committed survives a power loss
        elif dialect == "postgresql":
            connection.execute(f"SET lock_timeout = {milliseconds}")
            connection.commit()

    return connect


def require_gradebook(url: str) -> None:
    """Check that the gradebook can be written now.

    Raises
    ------
    EnvironmentProblem
        If another program holds it, it is not a database, or its server does not answer.
    """
    where = _parsed(url)
    if where.get_backend_name() != "sqlite":
        _require_server(where)
        return
    if not where.database or not has_gradebook(url):
        return
    try:
        with closing(sqlite3.connect(where.database, timeout=BUSY_SECONDS)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.rollback()
    except sqlite3.OperationalError as error:
        raise _busy(where.database, error) from error
    except sqlite3.DatabaseError as error:
        raise EnvironmentProblem(
            f"The gradebook {where.database} is damaged ({error}): restore it from a backup, or move it away to begin "
            "anew."
        ) from error


def _require_server(where: URL) -> None:
    shown = where.render_as_string(hide_password=True)
    try:
        engine = create_engine(where)
    except ImportError as error:
        raise EnvironmentProblem(
            f"The gradebook {shown} needs the Python package {error.name}: install it, or change "
            "c.CourseDirectory.db_url in nbgrader_config.py."
        ) from error
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise trouble(str(where), error) from error
    finally:
        engine.dispose()


def has_gradebook(url: str) -> bool:
    """Return whether there is a gradebook; a server is taken at its word."""
    where = _parsed(url)
    return where.get_backend_name() != "sqlite" or bool(where.database and Path(where.database).exists())


def trouble(url: str, error: DBAPIError) -> EnvironmentProblem:
    """Return the sentence for a gradebook that cannot be written."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return _busy(str(where.database), error.orig)
    shown = where.render_as_string(hide_password=True)
    if sqlstate(error) in LOCKED:
        return _busy(shown, error.orig)
    if sqlstate(error) == DISK_FULL:
        return _full(shown, error.orig)
    return EnvironmentProblem(
        f"The gradebook {shown} cannot be used ({_one_line(error.orig)}): see that its server runs and that "
        "c.CourseDirectory.db_url in nbgrader_config.py is right, and start again. What was graded so far is kept."
    )


def sqlstate(error: DBAPIError) -> str | None:
    """Return the code that PostgreSQL gives an error; None from other databases."""
    return getattr(error.orig, "sqlstate", None)


def _full(shown: str, error: BaseException | None) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"The gradebook {shown} cannot be written ({_one_line(error)}): make room on its disk and start again. "
        "What was graded so far is kept."
    )


def _busy(shown: str, error: BaseException | None) -> EnvironmentProblem:
    """Return the sentence for what SQLite or a lock says; closing another program helps against a lock only."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF  # without what it is in detail
    if code == sqlite3.SQLITE_FULL:
        return _full(shown, error)
    if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EnvironmentProblem(
            f"The gradebook {shown} cannot be used ({_one_line(error)}): see that its disk works and that you may "
            "write it and its folder, and start again. What was graded so far is kept."
        )
    return EnvironmentProblem(
        f"The gradebook {shown} cannot be written ({_one_line(error)}): close the program that holds it "
        "(a formgrader, another grading run) and start again. What was graded so far is kept."
    )


def _one_line(error: BaseException | None) -> str:
    return " ".join(str(error).split())


def _parsed(url: str) -> URL:
    try:
        where = make_url(url)
        where.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise EnvironmentProblem(
            f"c.CourseDirectory.db_url in nbgrader_config.py names no database ({_one_line(error)}): write it like "
            "sqlite:////folder/gradebook.db or postgresql://user@server/name."
        ) from error
    return where


def _write_ahead(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    except DBAPIError:
        connection.rollback()  # somebody has it open, or the file system cannot do it: it works as before


def _is_over_a_network(path: Path) -> bool:
    """Return whether a file lies on a file system that other machines have a part in."""
    path = path.absolute()
    found = [mount for mount in psutil.disk_partitions(all=True) if path.is_relative_to(mount.mountpoint)]
    return bool(found) and max(found, key=lambda mount: len(mount.mountpoint)).fstype.startswith(OVER_A_NETWORK)


@contextmanager
def open_gradebook(api: NbGraderAPI) -> Iterator[Gradebook]:
    """Open the course's gradebook for the time of a `with` statement.

    Raises
    ------
    EnvironmentProblem
        If it was made by an older nbgrader, or cannot be used.
    """
    url = api.coursedir.db_url
    try:
        prepare(url)
        with Gradebook(url, api.coursedir.course_id) as book:
            yield book
    except DBAPIError as error:
        raise trouble(url, error) from error
