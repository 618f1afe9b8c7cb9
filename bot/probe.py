"""The probe: finds out whether a letter in doubt is there, without anybody seeing that we ask.

Messages in private chats and small groups are numbered from one count for the whole bot, so a letter in doubt can only
have one of the few numbers that are not accounted for. Telegram is asked to give each of them the buttons that the
letter has: "not modified" means that it is there, "not found" that it is not. See docs/decisions/0009-probe.md.
"""

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session
from telegram.ext import ExtBot

from bot import sending
from bot.clock import Clock
from bot.fate import NotSaid, Verdict, classify
from bot.pacer import Priority
from bot.units import Units
from bot.voice import Keyboard
from models import asking
from models.letters import Letter

log = logging.getLogger(__name__)

AT_ONCE = 8
VAIN = 3  # times that a letter is asked about in vain
PAUSE = 2.0  # seconds before what could not be asked is asked again; it doubles
MOST = 64  # numbers asked about; with more, something happened that we know nothing of
BEYOND = 24  # numbers after the last known one: the letter itself may be the latest message of all
TALK = timedelta(minutes=1)  # how long an answer to somebody may be under way
KNOWN = 50_000  # numbers remembered
CHATS = 5_000


class Answer(StrEnum):
    THERE = "there"
    NOT_THERE = "not_there"
    UNSURE = "unsure"  # its grade decides
    LATER = "later"  # Telegram could not be asked, or we have heard of no later message yet


@dataclass(frozen=True)
class Question:
    """A letter in doubt, its buttons, and the numbers it may have."""

    letter_id: int
    tries: int
    chat_id: int
    keyboard: Keyboard | None
    numbers: tuple[int, ...]
    sure: bool  # it can have no other number


@dataclass(frozen=True)
class Asked:
    """What Telegram said about it."""

    question: Question
    answer: Answer
    message_id: int | None = None
    after: float | None = None  # seconds Telegram wants us to wait


class Numbers:
    """What is known of the count of messages: the pacer tells of every call, the machine of every update."""

    def __init__(self, clock: Clock) -> None:
        self.latest: int | None = None  # the highest number known; None: what came after it cannot be told
        self.heard_at: datetime | None = None
        self._clock = clock
        self._known: OrderedDict[int, None] = OrderedDict()
        self._talks: OrderedDict[int, datetime] = OrderedDict()

    async def restore(self, units: Units) -> None:
        """Take up the count where the last run left it, if nobody can have been answered since."""
        self.latest = await units.read(lambda session: asking.latest(session, TALK))

    def heard(self, chat: int | str | None, answer: Any) -> None:
        """A call that says something was carried out."""
        for message in answer if isinstance(answer, list) else [answer]:
            if isinstance(message, dict) and isinstance(message.get("message_id"), int):
                where = message.get("chat", {}).get("id", chat)
                if isinstance(where, int) and where > asking.OWN_COUNT:
                    self._note(message["message_id"])
                    self.latest = max(self.latest or 0, message["message_id"])
                    self.heard_at = self._clock.now()

    def lost(self, chat: int | str | None, priority: Priority, error: BaseException) -> None:
        """Nobody knows what became of a call. That a letter is in doubt is written down; an answer only here."""
        if priority is Priority.ANSWER and classify(error).verdict is Verdict.UNKNOWN:
            self.lose_sight()
            if isinstance(chat, int):
                self.talked(chat)

    def told(self, chat: int, message_id: int) -> None:
        """Somebody wrote something."""
        if chat > asking.OWN_COUNT:
            self._note(message_id)
            if self.latest is not None:  # an update of yesterday says nothing about what was said since
                self.latest = max(self.latest, message_id)

    def talked(self, chat: int) -> None:
        """Somebody is talking with us: answers are on their way."""
        self._talks[chat] = self._clock.now()
        self._talks.move_to_end(chat)
        while len(self._talks) > CHATS:
            self._talks.popitem(last=False)

    def talks(self, chat: int) -> bool:
        """Whether an answer to this person may still be under way."""
        at = self._talks.get(chat)
        return at is not None and at > self._clock.now() - TALK

    def lose_sight(self) -> None:
        """There may be messages of ours whose numbers we do not know; what is said next is newer than they are."""
        self.latest = None

    def before(self, chat: int) -> int | None:
        """The number below all those that a letter to this person can get; None if it could not be asked about."""
        return self.latest if chat > 0 and not self.talks(chat) else None

    def free(self, session: Session, after: int, since: datetime) -> tuple[tuple[int, ...], bool]:
        """The numbers that a letter begun at this moment may have got, and whether it can have no other.

        It cannot if this run has heard of a later message: since then only what is in doubt can be unknown to us, and
        that is less than we look beyond.
        """
        last = max(self.latest or 0, after) + BEYOND
        taken = asking.accounted(session, after, last)
        not_it = taken | self._known.keys()
        free = tuple(number for number in range(after + 1, last + 1) if number not in not_it)
        return free, self.heard_at is not None and self.heard_at >= since

    def _note(self, number: int) -> None:
        self._known[number] = None
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)


@dataclass
class Plan:
    """What to ask next."""

    questions: list[Question] = field(default_factory=list)
    crowded: list[int] = field(default_factory=list)  # chats of letters that may still have too many numbers


class Probe:
    """Asks about letters in doubt, beside the sending."""

    def __init__(self, numbers: Numbers, after: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.numbers = numbers
        self.after = after  # how long after its call a letter is asked about
        self.tasks: dict[asyncio.Task[Asked], Question] = {}
        self.answers: list[Asked] = []  # not yet written down
        self._monotonic = monotonic
        self._vain: Counter[int] = Counter()  # letters that could not be asked about, and how often
        self._rest: dict[int, float] = {}  # chat → until when it is left alone

    @property
    def blind(self) -> bool:
        """Whether what is sent now could not be asked about."""
        return self.numbers.latest is None

    def busy(self) -> set[int]:
        """Chats that are not to be asked in now."""
        now = self._monotonic()
        self._rest = {chat: until for chat, until in self._rest.items() if until > now}
        return {question.chat_id for question in self.tasks.values()} | self._rest.keys()

    def settle(self, session: Session, answers: list[Asked], now: datetime) -> None:
        """Write down what was answered."""
        for asked in answers:
            number, tries, chat = asked.question.letter_id, asked.question.tries, asked.question.chat_id
            match asked.answer:
                case Answer.THERE if asked.message_id is not None:
                    asking.found(session, number, tries, chat, asked.message_id, now)
                case Answer.NOT_THERE:
                    asking.missing(session, number, tries, now)
                case Answer.UNSURE:
                    asking.unsure(session, number, tries, now)

    def plan(self, session: Session, keyboard: Callable[[Letter, int], Keyboard | None], now: datetime) -> Plan:
        """The letters to ask about now. One with too many numbers waits for later ones; then its grade decides."""
        plan, free = Plan(), AT_ONCE - len(self.tasks)
        for letter, chat in asking.due(session, now, self.busy()):
            if len(plan.questions) >= free:
                break
            if letter.after_id is None or chat is None or self._vain[letter.id] >= VAIN:
                asking.unsure(session, letter.id, letter.tries, now)
                continue
            numbers, sure = self.numbers.free(session, letter.after_id, letter.due_at - self.after)
            if len(numbers) <= MOST:
                buttons = keyboard(letter, chat)
                plan.questions.append(Question(letter.id, letter.tries, chat, buttons, numbers, sure))
            elif asking.later_than(session, letter.after_id):
                plan.crowded.append(chat)
            else:
                log.warning("letter %d may have %d numbers: its grade decides", letter.id, len(numbers))
                asking.unsure(session, letter.id, letter.tries, now)
        return plan

    def begin(self, bot: ExtBot[Any], plan: Plan) -> None:
        """Ask."""
        for question in plan.questions:
            self.tasks[asyncio.create_task(ask(bot, question))] = question
        for chat in plan.crowded:
            self._rest[chat] = self._monotonic() + PAUSE

    def collect(self) -> None:
        """Take what was answered meanwhile."""
        for task in [task for task in self.tasks if task.done()]:
            question, error = self.tasks.pop(task), task.exception()
            if error is not None:
                log.error("letter %d could not be asked about", question.letter_id, exc_info=error)
            self.answers.append(task.result() if error is None else Asked(question, Answer.UNSURE))

    def learn(self, asked: Asked) -> None:
        """What could not be asked is asked again, a few times."""
        number, chat = asked.question.letter_id, asked.question.chat_id
        if asked.answer is Answer.LATER:
            self._vain[number] += 1
            self._rest[chat] = self._monotonic() + (asked.after or PAUSE * 2.0 ** self._vain[number])
            return
        self._vain.pop(number, None)
        if asked.answer is Answer.UNSURE:
            self.numbers.lose_sight()

    def next_due(self, session: Session) -> datetime | None:
        """The moment of the next question."""
        return asking.next_due(session, self.busy())

    def stop(self) -> None:
        """Ask no more; the next run asks again."""
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()


async def ask(bot: ExtBot[Any], question: Question) -> Asked:
    """Go through the numbers, from the first."""
    try:
        for number in question.numbers:
            there = await sending.is_there(bot, question.chat_id, number, question.keyboard)
            if there is None:
                log.error("letter %d: another message was changed by asking for it", question.letter_id)
                return Asked(question, Answer.UNSURE)
            if there:
                return Asked(question, Answer.THERE, number)
    except NotSaid as no:
        if no.fate.verdict in (Verdict.RETRY, Verdict.UNKNOWN):  # asking twice does no harm
            return Asked(question, Answer.LATER, after=no.fate.after)
        log.info("letter %d cannot be asked about (%s)", question.letter_id, no.fate.cause)
        return Asked(question, Answer.UNSURE)
    return Asked(question, Answer.NOT_THERE if question.sure else Answer.LATER)
