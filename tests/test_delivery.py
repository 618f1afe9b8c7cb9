"""Letters: each arrives once, in its reader's words, at a decent hour; and what becomes of it is always known."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from bot.router import Registry
from models import facts, files, letters
from models.cards import Card, put_up
from models.letters import CHECKS, OUTCOMES, Grade, Letter, State
from models.people import Account, recognise
from sandbox.faults import Fault
from tests.office import MORNING, PNG, Office, office, router

MUST, ONCE, PERISHABLE = Grade.MUST, Grade.ONCE, Grade.PERISHABLE
HOUR = timedelta(hours=1)


@pytest.fixture
async def at(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_url, tmp_path / "locales") as found:
        yield found


@pytest.fixture
async def anywhere(url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On both databases."""
    async with office(url, tmp_path / "locales") as found:
        yield found


async def test_a_letter_is_said_once_in_the_readers_language_with_its_buttons(anywhere: Office) -> None:
    at = anywhere
    buttons = [[letters.button("post.go", 12), letters.button("link:event", 12, text="post.buttons.open")]]
    assert await at.post("event:12:news", buttons=buttons)
    assert not await at.post("event:12:news", buttons=buttons)
    await at.units.write(lambda s: s.execute(update(Account).where(Account.id == at.wang.id).values(language="en")))
    await at.post("event:12:news:wang", "王强", buttons=buttons)
    assert await at.deliver() == 2
    assert at.said(at.li) == ["您好，event:12:news"]
    assert at.said(at.wang) == ["Hello event:12:news:wang"]
    keyboard = at.world.sent(chat=at.li.id)[0].result["reply_markup"]["inline_keyboard"]
    labels = [(button["text"], button.get("url")) for row in keyboard for button in row]
    assert labels == [("去看看", None), ("打开", "https://t.me/staffhome_bot?start=event_12")]
    letter = await at.letter("event:12:news")
    assert (letter.state, letter.sent_at, letter.chat_id) == (State.SENT, MORNING, at.li.id)
    assert letter.message_id == at.li.last()["id"]
    assert not at.world.refused()


def _block(at: Office) -> None:
    at.li.block()


def _vanish(at: Office) -> None:
    at.li.vanish()


def _never_started(at: Office) -> None:
    at.li.user.started = False


def _unknown(at: Office) -> None:
    at.li.user.seen = False


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (_block, "blocked"),
        (_vanish, "deactivated"),
        (_never_started, "never_started"),
        (_unknown, "chat_not_found"),
    ],
)
async def test_who_cannot_be_reached_is_not_written_to_again(
    at: Office, trouble: Callable[[Office], None], cause: str
) -> None:
    trouble(at)
    await at.post("a")
    assert await at.deliver() == 0
    letter = await at.letter("a")
    assert (letter.state, letter.cause) == (State.DEAD, cause)
    assert not (await at.account(at.li)).reachable
    calls = len(at.world.calls)
    await at.post("b")
    await at.deliver()
    assert (await at.letter("b")).cause == "unreachable"
    assert len(at.world.calls) == calls


async def test_who_writes_again_after_blocking_is_written_to_again(at: Office) -> None:
    at.li.block()
    await at.post("a")
    await at.deliver()
    at.li.start()
    await at.units.write(lambda s: recognise(s, at.li.id, "李梅", None, frozenset(), MORNING))
    await at.post("b")
    assert await at.deliver() == 1
    assert at.said(at.li) == ["您好，b"]


async def test_who_has_no_account_or_has_left_is_noted(at: Office) -> None:
    await at.post("a", "陈静")
    await at.post("b", "王强")
    await at.units.write(
        lambda s: s.execute(update(letters.Member).where(letters.Member.name == "王强").values(left_on=MORNING.date()))
    )
    assert await at.deliver() == 0
    assert (await at.letter("a")).cause == "no_account"
    assert (await at.letter("b")).cause == "left"
    assert not at.world.sent("sendMessage")


def _kick(at: Office) -> None:
    at.li.kick(at.group, at.world.bot.id)


def _leave(at: Office) -> None:
    member = at.world.chat(at.group).member(at.world.bot.id)
    assert member is not None
    member.status = "left"


def _delete(at: Office) -> None:
    at.li.delete_group(at.group)


def _restrict(at: Office) -> None:
    at.li.restrict(at.group, [])


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [(_kick, "kicked"), (_leave, "not_member"), (_delete, "group_deleted"), (_restrict, "no_rights")],
)
async def test_a_lost_group_is_noted_and_the_admins_hear_of_it(
    at: Office, trouble: Callable[[Office], None], cause: str
) -> None:
    trouble(at)
    await at.post("a", at.group)
    await at.deliver()
    assert (await at.letter("a")).cause == cause
    note = await at.units.read(lambda s: facts.get(s, f"group:{at.group}:lost"))
    assert note["cause"] == cause
    assert at.said(at.li) == [f"post.hello {cause}"]  # she is the admin by setting


async def test_a_group_that_moved_is_followed_everywhere_and_hears_the_letter_once(anywhere: Office) -> None:
    at = anywhere
    old = at.group
    await at.units.write(lambda s: facts.put(s, facts.STAFF_GROUP, old))
    await at.units.write(lambda s: put_up(s, "tally", 1, old, 5, MORNING))
    await at.post("later", old, due_at=MORNING + HOUR)
    new = at.li.upgrade(old).id
    await at.post("a", old)
    assert await at.deliver() == 1
    assert at.said(new) == ["您好，a"]
    assert await at.units.read(lambda s: facts.get(s, facts.STAFF_GROUP)) == new
    assert await at.units.read(lambda s: s.scalars(select(Card.chat_id)).all()) == [new]
    assert (await at.letter("later")).chat_id == new
    assert (await at.letter("a")).state is State.SENT


async def test_a_pause_puts_the_letter_back_and_lets_others_pass(at: Office) -> None:
    at.world.faults.add(Fault(code=429, retry_after=1, chat_id=at.li.id))
    await at.post("a")
    await at.post("b", "王强")
    assert await at.delivery.deliver_due() == 1
    letter = await at.letter("a")
    assert (letter.state, letter.tries) == (State.DUE, 1)
    assert at.said(at.wang) == ["您好，b"]
    assert await at.deliver(until=4) == 1
    assert at.said(at.li) == ["您好，a"]  # no repeat: it surely had not been there


async def test_our_own_mistake_is_buried_and_told_to_the_admins_once(at: Office) -> None:
    await at.post("a", "王强", text="post.broken")
    await at.post("b", "王强", text="post.broken")
    await at.post("c", "王强", text="post.no_such_sentence")
    await at.deliver()
    assert [(await at.letter(key)).cause for key in "abc"] == ["bad_markup", "bad_markup", "bug:KeyError"]
    assert sorted(at.said(at.li)) == ["post.broken bad_markup", "post.no_such_sentence bug:KeyError"]


async def test_two_at_once_never_send_a_letter_twice(anywhere: Office) -> None:
    at = anywhere
    for number in range(40):
        await at.post(f"a{number}", ["李梅", "王强", "周敏"][number % 3])
    other = Delivery(at.units, at.bot, at.texts, Registry([router]), at.clock)
    sent = await asyncio.gather(at.delivery.deliver_due(), other.deliver_due())
    assert sum(sent) == 40
    assert len(at.world.sent("sendMessage")) == 40


async def test_a_stuck_chat_holds_up_nobody_and_keeps_its_order(at: Office) -> None:
    at.world.faults.add(Fault(kind="delay", delay=0.8, chat_id=at.li.id))
    for number in range(5):
        await at.post(f"a{number}")
    for number in range(5):
        await at.post(f"b{number}", "王强")
    delivering = asyncio.create_task(at.delivery.deliver_due())
    await at.until(lambda: len(at.said(at.wang)) == 5)
    assert not at.said(at.li)
    await delivering
    assert at.said(at.li) == [f"您好，a{number}" for number in range(5)]


async def test_what_can_wait_waits_for_the_morning(at: Office) -> None:
    at.clock.set(MORNING + 12 * HOUR)  # ten at night
    await at.post("can wait")
    await at.post("urgent", urgent=True)
    await at.post("group", at.group)
    await at.units.write(
        lambda s: s.execute(
            update(Account).where(Account.id == at.wang.id).values(quiet_from=time(23), quiet_until=time(6))
        )
    )
    await at.post("owl", "王强")
    await at.deliver()
    assert at.said(at.li) == ["您好，urgent"]
    assert at.said(at.wang) == ["您好，owl"]
    assert (await at.letter("can wait")).due_at == MORNING + 22 * HOUR  # eight in the morning
    at.clock.move(11 * HOUR)
    await at.deliver()
    assert at.said(at.li) == ["您好，urgent", "您好，can wait"]
    assert at.said(at.group) == ["您好，group"]


async def test_what_would_perish_in_the_night_is_said_just_before_it(at: Office) -> None:
    dawn = MORNING + 20 * HOUR  # six in the morning
    await at.post("early bus", due_at=dawn, expires_at=dawn + HOUR)
    await at.post("late news", due_at=MORNING + 12 * HOUR, expires_at=MORNING + 24 * HOUR)
    assert (await at.letter("early bus")).due_at == MORNING + 11 * HOUR - timedelta(minutes=5)
    assert (await at.letter("late news")).due_at == MORNING + 12 * HOUR
    at.clock.set(MORNING + 12 * HOUR)
    await at.post("too late", due_at=dawn, expires_at=dawn + HOUR, grade=Grade.PERISHABLE)
    await at.post("must", due_at=dawn, expires_at=dawn + HOUR)
    await at.post("needed", due_at=dawn, needed_by=dawn + HOUR)
    await at.post("not so soon", due_at=dawn, needed_by=dawn + 5 * HOUR)
    at.clock.set(dawn)
    await at.deliver()
    assert (await at.letter("must")).state is State.SENT
    assert (await at.letter("needed")).state is State.SENT
    assert (await at.letter("not so soon")).state is State.DUE
    assert (await at.letter("too late")).cause == "quiet"


async def test_what_is_expired_or_no_longer_true_is_not_said(at: Office) -> None:
    CHECKS["tests.no"] = lambda session, letter, now: False
    CHECKS["tests.asks"] = lambda session, letter, now: letter.subject_id == 7
    CHECKS["tests.breaks"] = lambda session, letter, now: 1 / 0 > 0
    await at.post("old", expires_at=MORNING + HOUR, due_at=MORNING)
    await at.post("untrue", check="tests.no")
    await at.post("true", check="tests.asks", subject_id=7)
    await at.post("bug", "王强", check="tests.breaks")
    at.clock.move(2 * HOUR)
    await at.deliver()
    assert [(await at.letter(key)).cause for key in ("old", "untrue", "true", "bug")] == [
        "expired",
        "untrue",
        None,
        "bug:ZeroDivisionError",
    ]
    assert at.said(at.li) == ["您好，true", "post.hello bug:ZeroDivisionError"]


async def test_whoever_wants_it_is_told_where_the_letter_stands(at: Office) -> None:
    def remember(session: Session, letter: Letter, now: Any) -> None:
        assert letter.chat_id is not None
        assert letter.message_id is not None
        put_up(session, "tally", letter.subject_id or 0, letter.chat_id, letter.message_id, now)

    OUTCOMES["tests.card"] = remember
    OUTCOMES["tests.breaks"] = lambda session, letter, now: session.execute(delete(Account)).no_such_thing
    await at.post("a", at.group, outcome="tests.card", subject_id=3)
    await at.post("b", "王强", outcome="tests.breaks")
    await at.deliver()
    cards = await at.units.read(lambda s: s.execute(select(Card.chat_id, Card.message_id)).all())
    assert cards == [(at.group, at.li.last(at.group)["id"])]
    letter = await at.letter("b")
    assert (letter.state, letter.cause) == (State.SENT, "bug:AttributeError")
    assert await at.account(at.wang)  # what the broken one did is undone


async def test_a_file_goes_over_the_wire_once(at: Office) -> None:
    def keep(session: Session) -> tuple[int, int]:
        photo = files.keep(session, "海报.png", "image/png", PNG, MORNING)
        return photo.id, files.keep(session, "通知.pdf", "application/pdf", b"%PDF-1.4", MORNING).id

    photo, paper = await at.units.write(keep)
    for name in ("李梅", "王强"):
        await at.post(f"photo {name}", name, file_id=photo)
        await at.post(f"paper {name}", name, file_id=paper)
        await at.deliver()
    assert [call.method for call in at.world.sent()][1:] == ["sendPhoto", "sendDocument"] * 2
    given = [call.params.get("photo", call.params.get("document")) for call in at.world.sent()[1:]]
    assert [isinstance(each, str) and not each.startswith("attach://") for each in given] == [False, False, True, True]
    assert at.said(at.wang) == ["您好，photo 王强", "您好，paper 王强"]


async def test_it_sends_by_itself_when_woken_and_when_the_moment_comes(sqlite_url: str, tmp_path: Path) -> None:
    from sandbox.clock import Clock

    async with office(sqlite_url, tmp_path / "locales", clock=Clock(MORNING)) as at:
        running = asyncio.create_task(at.delivery.run())
        await asyncio.sleep(0.05)
        await at.post("now")
        soon = at.clock.now() + timedelta(seconds=0.6)
        await at.post("soon", due_at=soon)
        at.delivery.wake()
        await at.until(lambda: at.said(at.li) == ["您好，now"])
        await at.until(lambda: at.said(at.li) == ["您好，now", "您好，soon"])
        assert at.clock.now() >= soon
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
