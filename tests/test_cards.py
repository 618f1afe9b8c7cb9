"""Cards: a message that shows how a thing stands is kept true in few edits, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import letters
from models.cards import Card, put_up, touch
from models.people import Member
from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.server import Sandbox
from tests.office import MORNING, Office, office
from tests.wire import Wire

LATER = MORNING + timedelta(days=1)


@pytest.fixture
async def at(url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On both databases, with the real clock running."""
    async with office(url, tmp_path / "locales", clock=Clock(MORNING)) as found:
        yield found


@asynccontextmanager
async def painting(at: Office) -> AsyncIterator[None]:
    running = asyncio.create_task(at.painter.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def card(at: Office, chat: int) -> int:
    """Put up a card; returns the message's id."""
    message = await at.bot.send_message(chat, "&lt;健步走&gt; 0人", parse_mode="HTML")
    await at.units.write(lambda s: put_up(s, "tally", 7, chat, message.message_id, at.clock.now()))
    return message.message_id


async def tap(at: Office, number: int) -> None:
    """One more letter, which the card counts."""

    def work(session: Session) -> None:
        member = session.scalars(select(Member).where(Member.name == "李梅")).one()
        letters.post(session, f"tap:{number}", member, "post.hello", LATER, name="")
        touch(session, "tally", 7, at.clock.now())

    await at.units.write(work)
    at.painter.wake()


async def the_card(at: Office) -> Card | None:
    return await at.units.read(lambda s: s.scalars(select(Card)).one_or_none())


async def quiet(at: Office) -> None:
    """Wait until the card shows what is true."""
    async with asyncio.timeout(15):
        while (found := await the_card(at)) is not None and found.touched_at is not None:
            await asyncio.sleep(0.02)


async def test_two_hundred_taps_are_a_few_edits_and_the_last_state_is_shown(at: Office) -> None:
    """At a tenth of the usual gaps: 200 taps within 0.1 s, 0.35 s between edits."""
    await card(at, at.group)
    async with painting(at):
        await asyncio.gather(*(tap(at, number) for number in range(200)))
        await quiet(at)
    assert at.li.last(at.group)["text"] == "<健步走> 200人"
    assert 1 <= len(at.world.sent("editMessageText")) <= 5
    assert at.painter.counts["painted"] == len(at.world.sent("editMessageText"))


async def test_what_it_shows_already_is_not_painted_again(at: Office) -> None:
    await card(at, at.group)
    await at.painter.paint_due()
    await at.units.write(lambda s: touch(s, "tally", 7, at.clock.now()))
    assert await at.painter.paint_due() == 0
    found = await the_card(at)
    assert found is not None
    assert found.touched_at is None
    assert len(at.world.sent("editMessageText")) == 1


class Slow(Wire):
    """A line on which an edit takes so long that somebody taps meanwhile."""

    during: Any = None

    async def do_request(self, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        if "/edit" in url and self.during is not None:
            during, self.during = self.during, None
            await during()
        return await super().do_request(url, *arguments, **more)


async def test_a_tap_during_the_edit_is_not_lost(at: Office) -> None:
    await card(at, at.group)
    slow = Slow(Sandbox(at.world))
    await at.bot.shutdown()
    at.begin(slow)
    await at.bot.initialize()
    slow.during = lambda: tap(at, 1)
    await at.painter.paint_due()
    assert at.li.last(at.group)["text"] == "<健步走> 1人"


async def test_a_restart_paints_what_was_touched(at: Office) -> None:
    await card(at, at.group)
    await tap(at, 1)
    await at.close()
    await at.open()
    async with painting(at):
        await quiet(at)
    assert at.li.last(at.group)["text"] == "<健步走> 1人"


async def test_a_card_that_somebody_took_down_is_forgotten(at: Office) -> None:
    message = await card(at, at.group)
    at.li.delete(message, at.group)
    assert await at.painter.paint_due() == 0
    assert await the_card(at) is None


async def test_a_card_in_a_group_we_may_not_write_in_is_left_alone(at: Office) -> None:
    await card(at, at.group)
    at.li.kick(at.group, at.world.bot.id)
    assert await at.painter.paint_due() == 0
    found = await the_card(at)
    assert found is not None
    assert found.touched_at is None
    assert at.painter.counts["cause:kicked"] == 1


async def test_a_card_follows_its_group(at: Office) -> None:
    await card(at, at.group)
    new = at.li.upgrade(at.group).id
    await at.painter.paint_due()
    found = await the_card(at)
    assert found is None or found.chat_id == new


async def test_trouble_on_the_way_is_tried_again_and_a_caption_is_a_caption(at: Office) -> None:
    message = await at.bot.send_document(at.group, b"%PDF-1.4", caption="0")  # a document has a caption as a photo has
    await at.units.write(lambda s: put_up(s, "tally", 7, at.group, message.message_id, at.clock.now(), photo=True))
    at.world.faults.add(Fault(code=502, method="editMessageCaption"))
    at.world.faults.add(Fault(code=429, retry_after=1, method="editMessageCaption"))
    async with painting(at):
        await quiet(at)
    assert at.li.last(at.group)["text"] == "<健步走> 0人"
    assert at.painter.counts["cause:NetworkError"] == 1
    assert at.painter.counts["cause:flood"] == 1


async def test_a_painter_that_breaks_does_not_stop_the_others(at: Office) -> None:
    await card(at, at.group)
    await at.units.write(lambda s: put_up(s, "nobody paints this", 1, at.group, 99, at.clock.now()))
    assert await at.painter.paint_due() == 1
    assert at.painter.counts["bug:KeyError"] == 1
    assert not await at.units.read(lambda s: s.scalars(select(Card).where(Card.touched_at.is_not(None))).all())
