"""The painter of cards: keeps the messages that show how a thing stands true, in few edits.

A touched card is repainted shortly after the first touch, then at most once in a while; the last state is always
shown. A touch that comes while an edit is under way is not lost: every touch makes the card's version grow.
"""

import asyncio
import hashlib
import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from telegram.ext import ExtBot

from bot import loops, sending
from bot.clock import Clock
from bot.context import Painting
from bot.fate import Fate, Verdict, classify
from bot.pacer import Priority
from bot.router import Registry
from bot.texts import Texts
from bot.units import Units
from bot.voice import Show
from models import cards, groups, rounds
from models.cards import Card
from models.house import house
from models.people import Account

log = logging.getLogger(__name__)

AT_ONCE = 8
LOOK = 15.0  # seconds between looks when nothing is touched
TOUCHED = select(Card.id, Card.touched_at, Card.painted_at).where(Card.touched_at.is_not(None)).limit(200)
GONE = frozenset({"message_gone", "not_editable"})
LONGEST_REST = 300.0  # seconds


@dataclass(frozen=True)
class Sketch:
    """How a card looks now, and as of which version."""

    card_id: int
    version: int
    chat_id: int
    message_id: int
    photo: bool
    show: Show | None  # None: it shows this already, or nobody can paint it
    digest: str | None


class CardPainter:
    """Repaints cards. `wake` after every commit that may have touched some."""

    def __init__(
        self,
        units: Units,
        bot: ExtBot[Any],
        texts: Texts,
        registry: Registry,
        clock: Clock,
        *,
        gap: float = 3.5,
        soon: float = 0.7,
        rest: float = 4.0,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._units = units
        self._bot = bot
        self._texts = texts
        self._registry = registry
        self._clock = clock
        self._gap = timedelta(seconds=gap)  # between two edits of one card
        self._soon = timedelta(seconds=soon)  # from the first touch to the edit
        self._first_rest = rest  # seconds a card is left alone after an edit that failed; it doubles
        self._stirred = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._rest: dict[int, tuple[float, int]] = {}  # card → until when it is left alone, failures in a row

    def wake(self) -> None:
        """Cards may have been touched."""
        self._stirred.set()

    async def run(self) -> None:
        """Repaint what is touched, for ever; also what was touched before the start."""
        try:
            await loops.forever("cards", self._step)
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _step(self) -> None:
        self._stirred.clear()
        await self._begin()
        await self._idle()

    async def paint_due(self) -> int:
        """Repaint every touched card now, without the usual wait, and wait for it. Returns the number of edits."""
        before = self.counts["painted"]
        await self._begin(at_once=True)
        while self._under_way:
            await asyncio.wait(self._under_way.values())
            await self._begin(at_once=True)
        return self.counts["painted"] - before

    async def _begin(self, at_once: bool = False) -> None:
        """Start to repaint the cards whose moment has come, a few at once."""
        for number in [number for number, task in self._under_way.items() if task.done()]:
            del self._under_way[number]
        now = self._clock.now()
        soon, gap = (timedelta(), timedelta()) if at_once else (self._soon, self._gap)
        due = await self._units.read(
            lambda session: [card.id for card in cards.touched(session, now - soon, now - gap, 200)]
        )
        moment = time.monotonic()
        for number in due:
            if len(self._under_way) == AT_ONCE:
                break
            if number not in self._under_way and self._rest.get(number, (0.0, 0))[0] <= moment:
                self._under_way[number] = asyncio.create_task(self._paint(number))

    async def _paint(self, number: int) -> None:
        now = self._clock.now()
        try:
            sketch = await self._units.read(lambda session: self._sketch(session, number, now))
            if sketch is None:
                return
            fate = await self._edit(sketch) if sketch.show is not None else None
            after = self._clock.now()
            await self._units.write(lambda session: self._settle(session, sketch, fate, after))
            self._learn(sketch, fate)
        except DBAPIError as error:
            log.warning("card %d waits: storage failed (%s)", number, type(error).__name__)
            self._rest[number] = (time.monotonic() + self._first_rest, 1)
        self._stirred.set()

    def _sketch(self, session: Session, number: int, now: datetime) -> Sketch | None:
        """Read the thing and say how its card looks. The version is read first: what is newer is painted again."""
        card = session.get(Card, number)
        if card is None or card.touched_at is None:
            return None
        reader = session.get(Account, card.chat_id) if card.chat_id > 0 else None
        language = self._texts.known(reader.language if reader else house(session).language)
        painting = Painting(self._texts, language, self._registry, self._bot.username, session, now)
        try:
            self._registry.painters[card.kind](painting, card.subject_id)
        except DBAPIError:
            raise
        except Exception as error:  # a bug: it would fail again; the next touch tries anew
            log.exception("card %d (%s) cannot be painted", number, card.kind)
            self.counts[f"bug:{type(error).__name__}"] += 1
            painting.text = ""
        show, digest = None, card.digest
        if painting.text:
            digest = hashlib.sha256(repr((painting.text, painting.keyboard)).encode()).hexdigest()
            show = Show(painting.text, painting.keyboard) if digest != card.digest else None
        return Sketch(number, card.version, card.chat_id, card.message_id, card.photo, show, digest)

    async def _edit(self, sketch: Sketch) -> Fate | None:
        """Change the message. Returns the fate if it was not, or perhaps not, changed."""
        assert sketch.show is not None
        try:
            await sending.edit(
                self._bot,
                sketch.chat_id,
                sketch.message_id,
                sketch.show,
                is_photo=sketch.photo,
                priority=Priority.LETTER,
            )
        except Exception as error:
            fate = classify(error)
            if fate.cause.startswith("bug:"):
                log.exception("card %d could not be painted", sketch.card_id)
            return fate
        return None

    def _settle(self, session: Session, sketch: Sketch, fate: Fate | None, now: datetime) -> None:
        """Write down what the card shows; what is not certain stays touched."""
        card = session.get(Card, sketch.card_id)
        if card is None:
            return
        verdict = fate.verdict if fate else None
        if sketch.show is not None and verdict is not Verdict.RETRY:
            card.painted_at = now
            card.digest = sketch.digest if fate is None else None
        if fate is not None and verdict is Verdict.MOVED and fate.chat_id is not None:
            groups.move(session, sketch.chat_id, fate.chat_id)
        elif fate is not None and verdict is Verdict.NO and fate.cause in GONE:
            session.delete(card)
        elif verdict in (None, Verdict.NO):
            session.flush()
            cards.settled(session, sketch.card_id, sketch.version)
            if fate is not None and sketch.chat_id < 0 and fate.cause in rounds.GROUP_LOST:
                groups.lost(session, sketch.chat_id, fate.cause, now)

    def _learn(self, sketch: Sketch, fate: Fate | None) -> None:
        if fate is None:
            self._rest.pop(sketch.card_id, None)
            self.counts["painted" if sketch.show is not None else "unchanged"] += 1
            return
        self.counts[f"cause:{fate.cause}"] += 1
        log.info("card %d: %s (%s)", sketch.card_id, fate.verdict, fate.cause)
        if fate.verdict in (Verdict.RETRY, Verdict.UNKNOWN):
            failures = self._rest.get(sketch.card_id, (0.0, 0))[1] + 1
            pause = fate.after or min(LONGEST_REST, self._first_rest * 2.0 ** min(failures - 1, 10))
            self._rest[sketch.card_id] = (time.monotonic() + pause, failures)

    async def _idle(self) -> None:
        """Wait for a touch, for the next card's moment, or for an edit to end."""
        touched = await self._units.read(lambda session: session.execute(TOUCHED).all())
        now, moment = self._clock.now(), time.monotonic()
        wait = LOOK
        for number, touched_at, painted_at in touched:
            if number not in self._under_way and touched_at is not None:
                at = max(touched_at + self._soon, painted_at + self._gap) if painted_at else touched_at + self._soon
                rest = self._rest.get(number, (0.0, 0))[0] - moment
                wait = min(wait, max((at - now).total_seconds(), rest))
        try:
            async with asyncio.timeout(max(0.1, wait)):
                await self._stirred.wait()
                await asyncio.sleep(0.1)  # many wake us at once
        except TimeoutError:
            pass
