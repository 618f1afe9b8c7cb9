"""Units of work: grouped commits, losers of races, and storage that fails."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from bot.units import Units, make_units
from models.house import House
from models.people import Unit


@pytest.fixture
async def units(url: str) -> AsyncIterator[Units]:
    found = make_units(url, House())
    yield found
    found.close()


def name(unit: str) -> object:
    def work(session: Session) -> str:
        session.add(Unit(name=unit))
        session.flush()
        return unit

    return work


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Unit)) or 0


async def test_many_units_at_once_are_all_kept(units: Units) -> None:
    done = await asyncio.gather(*[units.write(name(f"室 {number}")) for number in range(300)])
    assert len(done) == 300
    assert await units.read(count) == 300


async def test_one_bad_unit_spoils_no_other(units: Units) -> None:
    def bad(session: Session) -> None:
        session.add(Unit(name="half done"))
        session.flush()
        raise ValueError("a bug")

    works = [units.write(name(f"室 {n}")) if n % 3 else units.write(bad) for n in range(30)]
    done = await asyncio.gather(*works, return_exceptions=True)
    assert sum(isinstance(each, ValueError) for each in done) == 10
    assert await units.read(count) == 20


async def test_a_name_taken_twice_is_taken_once(units: Units) -> None:
    done = await asyncio.gather(*[units.write(name("同名")) for _ in range(20)], return_exceptions=True)
    assert sum(isinstance(each, IntegrityError) for each in done) == 19
    assert await units.read(count) == 1


async def test_a_loser_of_a_race_runs_again_and_sees_the_winner(units: Units) -> None:
    runs = []

    def once(session: Session) -> str:
        runs.append(1)
        if len(runs) > 1 and session.scalar(select(Unit).where(Unit.name == "唯一")):
            return "seen"
        session.add(Unit(name="唯一"))
        session.flush()
        return "made"

    await units.write(name("唯一"))
    assert await units.write(once) == "seen"


async def test_readers_change_nothing_on_sqlite(sqlite_url: str) -> None:
    units = make_units(sqlite_url, House())
    with pytest.raises(OperationalError):
        await units.read(name("nur lesen"))
    assert await units.read(count) == 0
    units.close()


async def test_a_full_disk_fails_one_by_one_and_heals(sqlite_url: str) -> None:
    """A group that does not fit is run again one by one: what fits is kept, what does not is told, and it goes on."""
    units = make_units(sqlite_url, House())
    pages = await units.read(lambda session: session.scalar(text("PRAGMA page_count")))

    def limit(session: Session, size: int) -> None:
        session.execute(text(f"PRAGMA max_page_count={size}"))

    await units.write(lambda session: limit(session, pages + 6))
    done = await asyncio.gather(
        *[units.write(name(f"{number} " + "很长的名字" * 200)) for number in range(40)], return_exceptions=True
    )
    failed = [each for each in done if isinstance(each, Exception)]
    assert 0 < len(failed) < 40
    assert all(isinstance(each, OperationalError) for each in failed)
    assert await units.read(count) == 40 - len(failed)
    await units.write(lambda session: limit(session, 1_000_000))
    await units.write(name("又有地方了"))
    units.close()
