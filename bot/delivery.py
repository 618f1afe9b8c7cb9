"""Delivery: takes the letters that are due, sends them, and writes down what became of each.

One unit of work notes what the last calls came to and marks the next letters as being sent; only then are they sent.
At most eight are under way, so at most eight are in doubt after a crash.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from telegram.ext import ExtBot

from bot import loops, sending
from bot.clock import Clock
from bot.context import Words
from bot.drawing import Draw, Drawer, Picture
from bot.fate import Fate, Verdict, classify
from bot.pacer import Pacer, Priority, departures
from bot.probe import Asked, Plan, Probe
from bot.router import Registry
from bot.texts import Texts
from bot.units import Units
from bot.voice import Button, Keyboard, Say
from models import asking, rounds
from models.files import SEALED, File
from models.house import house
from models.letters import Grade, Letter
from models.people import Account

log = logging.getLogger(__name__)

UNDER_WAY = 8
LONGEST_CALL = 120.0  # seconds; shorter than the lease
GRACE = 2.0  # seconds that calls already begun get at the end
LOOK = 15.0  # seconds between looks when nothing is known to be due
LONGEST_REST = 60.0  # seconds
SILENCE = frozenset({"no_network", "token"})  # nobody can be written to
REPEAT = "common.repeat"


@dataclass(frozen=True)
class Call:
    """A letter ready to be sent: nothing in it needs the database any more."""

    letter_id: int
    tries: int
    chat_id: int
    word: Say
    document_id: str | None = None
    picture: Picture | None = None
    asked_about: bool = False  # if its outcome is unknown
    departed: list[str] = field(default_factory=list, compare=False)  # what of it was really begun


@dataclass(frozen=True)
class Result:
    """What a call came to: the message, or the fate."""

    call: Call
    said: sending.Said | None = None
    fate: Fate | None = None


@dataclass(frozen=True)
class _Past:
    """What is to be written down."""

    results: list[Result]
    answers: list[Asked]


@dataclass
class _Plan:
    """What is to be done next."""

    calls: list[Call] = field(default_factory=list)
    more: bool = False  # more letters may be due
    questions: Plan = field(default_factory=Plan)


class Delivery:
    """Sends letters. `recover` once at the start, then `run`; `wake` after every commit that may have written some."""

    def __init__(
        self,
        units: Units,
        bot: ExtBot[Any],
        texts: Texts,
        registry: Registry,
        clock: Clock,
        *,
        rest: float = 2.0,
        draw: Draw | None = None,
        probe: Probe | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._units = units
        self._bot = bot
        self._texts = texts
        self._registry = registry
        self._clock = clock
        self._first_rest = rest  # seconds a chat, or everybody, is left alone after a call that failed; it doubles
        self._drawer = Drawer(draw) if draw is not None else None
        self._probe = probe  # None: letters in doubt are not asked about
        self._monotonic = monotonic
        self._stirred = asyncio.Event()
        self._under_way: dict[asyncio.Task[Result], Call] = {}
        self._finished: list[Result] = []  # not yet written down
        self._unsent: list[Call] = []  # marked as being sent when the end came
        self._rest: dict[int, tuple[float, int]] = {}  # chat → until when it is left alone, failures in a row
        self._silent_until = 0.0  # the network is down: nothing is tried
        self._silences = 0

    def wake(self) -> None:
        """Letters may have been written."""
        self._stirred.set()

    async def recover(self) -> int:
        """At the start: whatever was being sent when the last run ended is in doubt. Returns how many letters were."""
        now = self._clock.now()
        found = await self._units.write(lambda session: rounds.interrupted(session, now, leased=True, ask=self._ask))
        if self._probe is not None:
            await self._probe.numbers.restore(self._units)
        if found:
            log.warning("%d letters were being sent when the bot stopped", found)
        return found

    async def run(self) -> None:
        """Send what is due, for ever. Cancelled, it ends the calls within two seconds and writes down what is known."""
        try:
            await loops.forever("letters", self._step)
        finally:
            await self._end()

    async def _step(self) -> None:
        """If the storage fails, what the calls came to is kept and written down by a later step."""
        self._stirred.clear()
        await self.deliver_due()
        await self._idle()

    async def deliver_due(self) -> int:
        """Send everything that may go now and wait for it. Returns how many letters arrived."""
        before = self.counts["sent"]
        while True:
            more = await self._round()
            if more and len(self._under_way) < UNDER_WAY:
                continue
            if not self._under_way and not (self._probe and self._probe.tasks):
                return self.counts["sent"] - before
            await self._wait()

    async def _round(self) -> bool:
        """Write down what came of the finished calls, take the next letters, and begin to send them."""
        now, busy = self._clock.now(), self._busy()
        past = _Past(list(self._finished), list(self._probe.answers) if self._probe else [])
        free = UNDER_WAY - len(self._under_way)
        if self._probe is not None and self._probe.blind:
            free = min(free, 1 - len(self._under_way))
        silent = any(result.fate is not None and result.fate.cause in SILENCE for result in past.results)
        quiet = silent or self._silent_until > self._monotonic() or self._pacer_pause() > 0
        if quiet:
            free = 0
        turn = asyncio.ensure_future(
            self._units.write(lambda session: self._turn(session, past, free, busy, quiet, now))
        )
        try:
            plan = await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait({turn})  # let it end, committed or not, and send nothing more
            if turn.exception() is None:
                self._unsent = turn.result().calls
            raise
        del self._finished[: len(past.results)]
        for result in past.results:
            self._learn(result)
        for call in plan.calls:
            self._under_way[asyncio.create_task(self._send(call))] = call
        if self._probe is not None:
            del self._probe.answers[: len(past.answers)]
            for asked in past.answers:
                self.counts[f"probe:{asked.answer}"] += 1
                self._probe.learn(asked)
            self._probe.begin(self._bot, plan.questions)
        return plan.more and free > 0

    def _turn(self, session: Session, past: "_Past", free: int, busy: set[int], quiet: bool, now: datetime) -> "_Plan":
        """The unit of work."""
        for result in past.results:
            self._settle(session, result, now)
        rounds.interrupted(session, now, ask=self._ask)
        plan = _Plan()
        session.flush()
        if self._probe is not None:
            self._probe.settle(session, past.answers, now)
            if not quiet:
                plan.questions = self._probe.plan(
                    session, lambda letter, chat: self._keyboard(session, letter, chat), now
                )
            session.flush()
            busy = busy | asking.chats(session)
        if free <= 0:
            return plan
        resting = busy | {result.call.chat_id for result in past.results if result.fate is not None}
        taken, more = rounds.take(session, now, free, resting)
        prepared = (self._prepare(session, letter, reader, now) for letter, reader in taken)
        plan.calls = [call for call in prepared if call is not None]
        plan.more = more or len(plan.calls) < len(taken)
        return plan

    def _settle(self, session: Session, result: Result, now: datetime) -> None:
        call, said, fate = result.call, result.said, result.fate
        number, tries, chat = call.letter_id, call.tries, call.chat_id
        if said is not None:
            rounds.arrived(session, number, tries, chat, said.message_id, said.file, now)
            return
        assert fate is not None
        match fate.verdict:
            case Verdict.RETRY:
                rounds.put_back(session, number, tries)
            case Verdict.MOVED if fate.chat_id not in (None, chat):
                rounds.moved(session, number, tries, chat, fate.chat_id or chat)
            case Verdict.NO | Verdict.MOVED:
                rounds.refused(session, number, tries, chat, fate.cause, now)
            case Verdict.UNKNOWN:
                rounds.doubted(session, number, tries, fate.cause, now, ask=self._ask)

    def _prepare(self, session: Session, letter: Letter, reader: rounds.Reader, now: datetime) -> Call | None:
        """Put the letter into the reader's words. One that cannot be is buried, and the admins hear of it."""
        try:
            words = self._words(session, reader.account)
            text = words.html(letter.text, **letter.params)
            if letter.doubts and letter.grade is Grade.MUST:
                text = f"{words.html(REPEAT)}\n{text}"
            picture = None
            if letter.picture and letter.file_id is None and self._drawer is not None:
                picture = Picture(letter.picture[0], letter.picture[1], words.language)
            if self._probe is not None and sending.is_one(text, file=bool(letter.file_id or picture)):
                letter.after_id = self._probe.numbers.before(reader.chat_id)
            return _call(session, letter, reader.chat_id, Say(text, _buttons(words, letter)), picture)
        except DBAPIError:
            raise
        except Exception as error:
            log.exception("letter %d cannot be put into words", letter.id)
            rounds.spoil(session, letter, type(error).__name__, now)
            return None

    def _words(self, session: Session, account: Account | None) -> Words:
        language = self._texts.known(account.language if account else house(session).language)
        return Words(self._texts, language, self._registry, self._bot.username)

    def _keyboard(self, session: Session, letter: Letter, chat: int) -> Keyboard | None:
        """The buttons as they were sent."""
        return _buttons(self._words(session, session.get(Account, chat)), letter)

    async def _send(self, call: Call) -> Result:
        """Make the call. A call that was never begun is surely no message, whatever ended it."""
        departures.set(call.departed)
        try:
            async with asyncio.timeout(LONGEST_CALL):
                if call.asked_about and self._probe is not None and self._probe.numbers.talks(call.chat_id):
                    # they began to talk while the letter was being taken
                    await self._units.write(lambda session: asking.talked(session, call.chat_id))
                said = await self._say(call)
            return Result(call, said)
        except asyncio.CancelledError:
            return Result(call, fate=Fate(Verdict.UNKNOWN if call.departed else Verdict.RETRY, "interrupted"))
        except TimeoutError:
            return Result(call, fate=Fate(Verdict.UNKNOWN if call.departed else Verdict.RETRY, "too_slow"))
        except DBAPIError:
            return Result(call, fate=Fate(Verdict.RETRY, "storage"))
        except Exception as error:
            fate = classify(error)
            if fate.cause.startswith("bug:"):
                log.exception("letter %d could not be sent", call.letter_id)
                fate = fate if call.departed else Fate(Verdict.NO, fate.cause)
            return Result(call, fate=fate)

    async def _say(self, call: Call) -> sending.Said:
        """Say it, with its picture if there is one."""

        async def speak(photo: str | bytes | None) -> sending.Said:
            word = call.word if photo is None else replace(call.word, photo=photo)
            return await sending.say(
                self._bot, call.chat_id, word, document_id=call.document_id, priority=Priority.LETTER
            )

        if call.picture is None or self._drawer is None:
            return await speak(None)
        return await self._drawer.say(call.picture, speak)

    async def _wait(self) -> None:
        """Wait until a call is over, or letters may have been written and one more can go."""
        stirred = asyncio.ensure_future(self._stirred.wait())
        awaited: set[asyncio.Future[Any]] = {*self._under_way, *(self._probe.tasks if self._probe else ())}
        try:
            await asyncio.wait(
                awaited | {stirred} if len(self._under_way) < UNDER_WAY else awaited,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stirred.cancel()
        self._stirred.clear()
        self._collect()

    def _collect(self) -> None:
        for task in [task for task in self._under_way if task.done()]:
            del self._under_way[task]
            self._finished.append(task.result())
        if self._probe is not None:
            self._probe.collect()

    async def _end(self) -> None:
        """Let the calls already begun end, call the others off, and write down what is known."""
        self._finished += [Result(call, fate=Fate(Verdict.RETRY, "interrupted")) for call in self._unsent]
        if self._probe is not None:
            self._probe.collect()
            self._probe.stop()
        for task, call in self._under_way.items():
            if not call.departed:
                task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=GRACE)
            for task in self._under_way:
                task.cancel()
            await asyncio.wait(self._under_way, timeout=GRACE)
        self._collect()
        past = _Past(self._finished, self._probe.answers if self._probe else [])
        now = self._clock.now()
        if past.results or past.answers:
            await self._units.write(lambda session: self._settle_all(session, past, now))

    def _settle_all(self, session: Session, past: "_Past", now: datetime) -> None:
        for result in past.results:
            self._settle(session, result, now)
        if self._probe is not None:
            self._probe.settle(session, past.answers, now)

    def _learn(self, result: Result) -> None:
        """Count, and remember whom to leave alone for a while."""
        chat, fate, now = result.call.chat_id, result.fate, self._monotonic()
        if fate is None:
            self.counts["sent"] += 1
            self._rest.pop(chat, None)
            self._silences = 0
            return
        self.counts[fate.verdict] += 1
        self.counts[f"cause:{fate.cause}"] += 1
        log.info("letter %d to a chat: %s (%s)", result.call.letter_id, fate.verdict, fate.cause)
        if fate.cause in SILENCE:  # it is not the chat's fault
            if self._silent_until <= now:  # eight that fail together are one failure
                self._silences += 1
                self._silent_until = now + self._pause(self._silences)
        elif fate.verdict in (Verdict.RETRY, Verdict.UNKNOWN):
            failures = self._rest.get(chat, (0.0, 0))[1] + 1
            self._rest[chat] = (now + (fate.after or self._pause(failures)), failures)

    def _pause(self, failures: int) -> float:
        return min(LONGEST_REST, self._first_rest * 2.0 ** min(failures - 1, 10))

    def _busy(self) -> set[int]:
        """Chats to which nothing may be sent now: a letter is under way, or they rest."""
        now = self._monotonic()
        self._rest = {chat: rest for chat, rest in self._rest.items() if rest[0] > now - LONGEST_REST}
        resting = {chat for chat, (until, _) in self._rest.items() if until > now}
        return {call.chat_id for call in self._under_way.values()} | resting

    @property
    def _ask(self) -> timedelta | None:
        return self._probe.after if self._probe is not None else None

    def _pacer_pause(self) -> float:
        limiter = self._bot.rate_limiter
        return limiter.paused_for() if isinstance(limiter, Pacer) else 0.0

    async def _idle(self) -> None:
        """Wait for the next moment at which something is due; one indexed query, then sleep."""
        resting = self._busy()
        due = await self._units.read(lambda session: self._next_due(session, resting))
        now = self._monotonic()
        wait = LOOK if due is None else (due - self._clock.now()).total_seconds()
        wait = min([LOOK, wait] + [until - now for until, _ in self._rest.values() if until > now])
        wait = max(wait, 0.05, self._silent_until - now, min(LOOK, self._pacer_pause()))
        try:
            async with asyncio.timeout(wait):
                await self._stirred.wait()
                if self._silent_until > now or self._pacer_pause() > 0:
                    await asyncio.sleep(wait)
        except TimeoutError:
            pass

    def _next_due(self, session: Session, resting: set[int]) -> datetime | None:
        if self._probe is None:
            return rounds.next_due(session, resting)
        moments = [rounds.next_due(session, resting | asking.chats(session)), self._probe.next_due(session)]
        return min((moment for moment in moments if moment is not None), default=None)


def _buttons(words: Words, letter: Letter) -> Keyboard | None:
    return [[_button(words, *each) for each in row] for row in letter.buttons] or None


def _button(words: Words, name: str, arguments: list[Any], text: str | None, params: dict[str, Any]) -> Button:
    if name.startswith("link:"):
        return words.link(text or "", name.removeprefix("link:"), *arguments, **params)
    return words.button(name, *arguments, text=text, **params)


def _call(session: Session, letter: Letter, chat_id: int, word: Say, picture: Picture | None) -> Call:
    document_id = None
    if letter.file_id is not None:
        file = session.get_one(File, letter.file_id)
        assert file.kind != SEALED, "what is sealed goes through no chat"
        if file.kind.startswith("image/"):
            word = replace(word, photo=file.telegram_id or file.content)
        elif file.telegram_id is not None:
            document_id = file.telegram_id
        else:
            word = replace(word, document=(file.name, file.content))
    return Call(letter.id, letter.tries, chat_id, word, document_id, picture, letter.after_id is not None)
