"""Units of work: a plain function over a session, run in a thread as one transaction, known done after the commit.

On SQLite one writer thread takes whatever units are waiting, runs each in its own savepoint, and commits them together:
one wait for the disk serves many people. If the group as a whole fails, its units are run again one by one. Readers run
beside it. On PostgreSQL a pool of threads runs units in transactions of their own.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from models.database import WRITE, make_engine
from models.house import House

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Work = Callable[[Session], Result]

GROUP = 64  # units in one commit
RACES = 5  # times a loser of a race is run again, and then sees the winner
THREADS = 16


class Units(Protocol):
    """Where units of work are run."""

    async def write(self, work: Work[Result]) -> Result:
        """Run it as one transaction. It may be run more than once; only the run that is committed counts."""
        ...

    async def read(self, work: Work[Result]) -> Result:
        """Run it beside the writers; it changes nothing."""
        ...

    def close(self) -> None:
        """Finish what is waiting and let the database go."""
        ...


def make_units(url: str, house: House) -> Units:
    """The way of working that suits the database."""
    engine = make_engine(url, pool=THREADS + 2)
    if engine.dialect.name == "sqlite":
        return OneWriter(engine, house)
    return ManyWriters(engine, house)


def lost_a_race(error: BaseException) -> bool:
    """Whether the same unit, run again, may well succeed: somebody else was first."""
    if isinstance(error, IntegrityError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return state in {"40001", "40P01"}  # serialisation failure, deadlock
    return False


@dataclass
class _Job:
    work: Work[Any]
    future: "Future[Any]"


class OneWriter:
    """SQLite: one writer thread, commits in groups, readers beside it."""

    def __init__(self, engine: Engine, house: House) -> None:
        self._engine = engine
        self._house = house
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(4, "reader")
        self._writer = threading.Thread(target=self._run, name="writer", daemon=True)
        self._writer.start()

    async def write(self, work: Work[Result]) -> Result:
        job = _Job(work, Future())
        self._jobs.put(job)
        result: Result = await asyncio.wrap_future(job.future)
        return result

    async def read(self, work: Work[Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def close(self) -> None:
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown()
        self._engine.dispose()

    def _read(self, work: Work[Result]) -> Result:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=on")
            try:
                with Session(connection, info={"house": self._house}) as session:
                    return work(session)
            finally:
                try:
                    connection.rollback()
                    connection.exec_driver_sql("PRAGMA query_only=off")
                except BaseException:
                    connection.invalidate()  # else the writer might be given a connection that only reads
                    raise

    def _run(self) -> None:
        open_for_work = True
        while open_for_work:
            job = self._jobs.get()
            group: list[_Job] = []
            while True:
                if job is None:
                    open_for_work = False
                    break
                if job.future.set_running_or_notify_cancel():
                    group.append(job)
                if len(group) == GROUP or self._jobs.empty():
                    break
                job = self._jobs.get()
            if group:
                self._commit(group)

    def _commit(self, group: list[_Job]) -> None:
        """Run the group in one transaction; if the transaction itself fails, run its units one by one."""
        try:
            settled = self._try(group)
        except Exception as error:
            if len(group) > 1:
                log.warning(
                    "a group of %d units failed (%s); running them one by one", len(group), type(error).__name__
                )
                for job in group:
                    self._commit([job])
            else:
                group[0].future.set_exception(error)
            return
        for job, outcome, failure in settled:
            if failure is not None:
                job.future.set_exception(failure)
            else:
                job.future.set_result(outcome)

    def _try(self, group: list[_Job]) -> list[tuple[_Job, Any, BaseException | None]]:
        settled: list[tuple[_Job, Any, BaseException | None]] = []
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            for job in group:
                try:
                    settled.append((job, self._unit(connection, job.work), None))
                except OperationalError:
                    raise  # the disk is full or the file locked: nothing in this group is safe
                except Exception as error:
                    settled.append((job, None, error))
        return settled

    def _unit(self, connection: Connection, work: Work[Result]) -> Result:
        return _again(lambda: self._savepoint(connection, work))

    def _savepoint(self, connection: Connection, work: Work[Result]) -> Result:
        with (
            Session(
                connection,
                join_transaction_mode="create_savepoint",
                expire_on_commit=False,
                info={"house": self._house},
            ) as session,
            session.begin(),
        ):
            return work(session)


class ManyWriters:
    """PostgreSQL: a pool of threads, each unit a transaction of its own."""

    def __init__(self, engine: Engine, house: House) -> None:
        self._engine = engine
        self._house = house
        self._threads = ThreadPoolExecutor(THREADS, "unit")

    async def write(self, work: Work[Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: _again(lambda: self._transaction(work))
        )

    async def read(self, work: Work[Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transaction, work)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    def _transaction(self, work: Work[Result]) -> Result:
        with Session(self._engine, expire_on_commit=False, info={"house": self._house}) as session, session.begin():
            return work(session)


def _again(run: Callable[[], Result]) -> Result:
    """Run it; a loser of a race runs again, a few times."""
    for _ in range(RACES - 1):
        try:
            return run()
        except DBAPIError as error:
            if not lost_a_race(error):
                raise
    return run()
