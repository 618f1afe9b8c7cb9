"""The practice Telegram's clock: what happens by itself, when time passes and when it is moved."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import Clock, World, serving

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_moved_clock_lets_everything_happen_in_its_order() -> None:
    clock, rung = Clock(NOON, ticking=False), []
    clock.alarm(NOON + timedelta(hours=2), lambda: rung.append("late"))
    clock.alarm(NOON + timedelta(hours=1), lambda: rung.append("early"))
    gone = clock.alarm(NOON + timedelta(hours=1), lambda: rung.append("never"))
    clock.cancel(gone)
    clock.cancel(gone)
    clock.move(timedelta(minutes=59))
    assert rung == []
    clock.move(timedelta(days=1))
    assert rung == ["early", "late"]


def test_an_alarm_may_set_the_next_one_and_both_ring_in_one_move() -> None:
    clock, rung = Clock(NOON, ticking=False), []

    def again() -> None:
        rung.append(len(rung))
        if len(rung) < 3:
            clock.alarm(NOON + timedelta(hours=len(rung)), again)

    clock.alarm(NOON, again)
    clock.move(timedelta(hours=5))
    assert rung == [0, 1, 2]


async def test_a_clock_that_ticks_rings_by_itself_and_hears_of_moves() -> None:
    world, rung = World(), []
    async with serving(world):
        world.clock.run_in(asyncio.get_running_loop())
        world.clock.alarm(world.clock.now() + timedelta(seconds=0.05), lambda: rung.append("soon"))
        world.clock.alarm(world.clock.now() + timedelta(hours=1, seconds=0.05), lambda: rung.append("in an hour"))
        for _ in range(100):
            if rung:
                break
            await asyncio.sleep(0.02)
        assert rung == ["soon"]
        world.clock.move(timedelta(hours=1))
        for _ in range(100):
            if len(rung) > 1:
                break
            await asyncio.sleep(0.02)
        assert rung == ["soon", "in an hour"]


@pytest.mark.parametrize("days", [-40_000, 3_000_000])
def test_the_clock_stays_where_calendars_reach(days: int) -> None:
    clock = Clock(NOON)
    with pytest.raises(ValueError, match="from 1970 to 3000"):
        clock.move(timedelta(days=days))
    assert abs(clock.now() - NOON) < timedelta(minutes=1)
    assert clock.moved == timedelta()


def test_a_new_beginning_has_no_alarms() -> None:
    world, rung = World(clock=Clock(NOON, ticking=False)), []
    world.clock.alarm(NOON + timedelta(hours=1), lambda: rung.append("old"))
    world.reset()
    world.clock.move(timedelta(days=1))
    assert rung == []
