"""Broadcasts: many letters watched, stopped and resumed as one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audiences, broadcasts, letters
from models.audiences import Audience
from models.letters import Letter, State
from models.people import Account, person_of
from tests.institute import Institute


async def send(institute: Institute, held: bool = False, urgent: bool = True) -> int:
    """周敏 writes to everybody and watches."""

    def work(session: Session) -> int:
        now = institute.clock.now()
        account = session.scalars(select(Account).where(Account.name == "周敏")).one()
        by = person_of(session, account, frozenset())
        broadcast = broadcasts.begin(session, "test:1", by, now)
        broadcast.held = held
        members = audiences.members_of(session, Audience())
        letters.post_all(session, "test:1", members, "people.corrected", now, broadcast_id=broadcast.id, urgent=urgent)
        broadcasts.watch(session, broadcast, account, now)
        return broadcast.id

    number: int = await institute.change(work)
    return number


def progress(institute: Institute) -> dict[str, Any]:
    """The message that 周敏 watches."""
    lines = institute.world.person("周敏").transcript()
    return next(line for line in reversed(lines) if "送达" in str(line.get("text")))


async def test_one_message_moves_until_all_are_written_to(anywhere: Institute) -> None:
    institute = anywhere
    institute.world.person("王强").block()
    await send(institute)
    await institute.settle()
    shown = progress(institute)
    assert "发送完毕" in shown["text"]
    assert "送达 4 / 5 人" in shown["text"]
    assert "联系不上 1 人" in shown["text"]
    assert "buttons" not in shown
    assert not institute.world.refused() or {c.description for c in institute.world.refused()} == {
        "Forbidden: bot was blocked by the user"
    }


async def test_the_same_again_writes_to_nobody_twice(anywhere: Institute) -> None:
    await send(anywhere)
    await anywhere.settle()
    await send(anywhere)
    await anywhere.settle()
    assert (await anywhere.letters()).count("people.corrected") == 5


async def test_a_stopped_broadcast_waits_and_goes_on(anywhere: Institute) -> None:
    institute = anywhere
    number = await send(institute, held=True)
    await institute.settle()
    zhou = institute.phone("周敏")
    assert "已暂停" in zhou.sees()
    assert "等待 5 人" in zhou.sees()
    await institute.pass_time(hours=1)
    assert (await institute.letters()).count("people.corrected") == 0
    now = institute.clock.now()
    assert (await institute.look(lambda s: broadcasts.progress(s, broadcasts.by_id(s, number), now))).left is None
    await zhou.taps("▶️ 接着发")
    assert zhou.toast == "接着发了。"
    assert (await institute.letters()).count("people.corrected") == 5
    assert "发送完毕\n\n送达 5 / 5 人" in zhou.reads()


async def test_an_officer_stops_what_has_not_gone_yet(institute: Institute) -> None:
    number = await send(institute, held=True)
    await institute.settle()
    await institute.phone("李梅").forges(f"broadcasts.resume:{number}")
    assert (await institute.letters()).count("people.corrected") == 0
    later = institute.clock.now() + timedelta(hours=2)
    await institute.change(lambda s: s.execute(update(Letter).values(due_at=later)))
    zhou = institute.phone("周敏")
    await zhou.taps("▶️ 接着发")
    await zhou.taps("⏸ 先停一停")
    assert zhou.toast == "已暂停，还有 5 人没发。"
    await institute.pass_time(hours=3)
    assert (await institute.letters()).count("people.corrected") == 0


async def test_what_lost_its_worth_meanwhile_is_not_sent_any_more(institute: Institute) -> None:
    await send(institute, held=True)
    await institute.settle()
    soon = institute.clock.now() + timedelta(hours=1)
    mine = Letter.broadcast_id.is_not(None)
    await institute.change(lambda s: s.execute(update(Letter).where(mine).values(expires_at=soon)))
    await institute.pass_time(hours=2)
    await institute.phone("周敏").taps("▶️ 接着发")
    assert "已过时、不再发 5 人" in progress(institute)["text"]
    assert await institute.look(lambda s: set(s.scalars(select(Letter.state).where(mine)))) == {State.DEAD}


async def test_what_waits_for_the_morning_says_so(anywhere: Institute) -> None:
    institute = anywhere
    institute.clock.move(timedelta(hours=12))  # ten at night
    await send(institute, urgent=False)
    await institute.settle()
    assert "2026年11月24日 周二 08:00 开始发送" in progress(institute)["text"]
    await institute.pass_time(hours=11)
    assert "送达 5 / 5 人" in progress(institute)["text"]


async def test_how_long_it_takes_is_told_from_how_fast_it_goes(institute: Institute) -> None:
    number = await send(institute, held=True)
    now = institute.clock.now()

    def fill(session: Session) -> None:
        for each in range(200):
            sent = each < 100
            state = State.SENT if sent else State.DUE
            at = now - timedelta(seconds=each / 20) if sent else None  # twenty a second, for five seconds
            row = {"key": f"x{each}", "text": "people.corrected", "grade": letters.Grade.MUST, "due_at": now}
            session.add(Letter(**row, broadcast_id=number, state=state, sent_at=at, params={}, buttons=[]))
        session.get_one(broadcasts.Broadcast, number).held = False

    await institute.change(fill)

    def left(session: Session, later: float = 0.0) -> float:
        found = broadcasts.progress(session, broadcasts.by_id(session, number), now + timedelta(seconds=later)).left
        assert found is not None
        return found.total_seconds()

    assert 5 <= await institute.look(left) <= 5.5  # 105 wait
    assert await institute.look(lambda s: left(s, 3600)) == 105 / broadcasts.PACE  # resumed after an hour


async def test_a_letter_of_its_own_does_not_wait_for_a_broadcast(anywhere: Institute) -> None:
    institute = anywhere
    await send(institute)
    await institute.change(
        lambda s: letters.post(
            s,
            "own",
            s.scalars(select(Account).where(Account.name == "赵磊")).one(),
            "people.exported",
            institute.clock.now(),
        )
    )
    await institute.settle()
    assert (await institute.letters()).count("people.corrected") == 5
    ids = await institute.look(lambda s: dict(s.execute(select(Letter.key, Letter.message_id)).all()))
    assert ids["own"] == 1 + min(ids.values())  # before it only the one that shows the progress
