"""The machine: one update, one unit of work, then the words.

An update that fails is tried again; after the third time it is parked, the person gets an apology, and the admins hear
of it. A storage error is nobody's fault: it is waited out and not counted.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session
from telegram import Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot import menu, sending
from bot.clock import Clock
from bot.context import Beforehand, Context, Fetch
from bot.dispatch import dispatch
from bot.incoming import Attachment, Incoming, decent, read
from bot.probe import Numbers
from bot.router import Place, Registry
from bot.texts import Texts
from bot.units import Units
from bot.voice import Alert, Say, Voice
from models import asking, facts, inbox, letters, rounds
from models.base import Refused
from models.house import house
from models.letters import Writings
from models.people import Person, Role, recognise

log = logging.getLogger(__name__)

Wake = Callable[[Writings], None]  # told after every commit what it has left to be done

LARGEST = 20 * 1024 * 1024  # bytes Telegram lets a bot download
STORAGE = (OperationalError, InterfaceError)


@dataclass
class Done:
    """What a unit leaves to be done after its commit."""

    voice: Voice
    incoming: Incoming
    writings: Writings


class Machine:
    """Takes updates from the lanes and answers them."""

    def __init__(
        self,
        bot: ExtBot[Any],
        units: Units,
        clock: Clock,
        registry: Registry,
        texts: Texts,
        wake: Wake,
        numbers: Numbers | None = None,
    ) -> None:
        self._bot = bot
        self._units = units
        self._clock = clock
        self._registry = registry
        self._texts = texts
        self._wake = wake
        self._numbers = numbers  # kept only where letters in doubt are asked about

    async def handle(self, number: int, raw: str) -> None:
        """Answer one update of the inbox; never raises."""
        done = await self._settle(number, raw)
        if done is not None:
            self._wake(done.writings)
            await self._speak(done)

    async def _settle(self, number: int, raw: str) -> Done | None:
        pause = 0.2
        while True:
            try:
                return await self._unit(number, raw)
            except STORAGE as error:
                log.warning("storage failed under update %d (%s); again in %.1f s", number, type(error).__name__, pause)
                await asyncio.sleep(pause)
                pause = min(30.0, pause * 2)
            except Exception as error:
                log.exception("update %d failed", number)
                try:
                    if await self._units.write(lambda s, e=error: self._fail(s, number, e, raw)):  # type: ignore[misc]
                        return await self._sorry(raw, number)
                except STORAGE:
                    log.warning("storage failed while counting update %d", number)

    async def _unit(self, number: int, raw: str) -> Done | None:
        """Parse, then run the unit; bytes that a handler turns out to need are fetched in between."""
        update = Update.de_json(decent(json.loads(raw)), self._bot)
        incoming = read(update, self._bot.username)
        self._note(update, incoming)
        if incoming is None:
            now = self._clock.now()
            await self._units.write(lambda session: inbox.take(session, number, now))
            return None
        fetched: dict[str, Any] = {}
        while True:
            try:
                return await self._units.write(lambda session: self._work(session, number, incoming, fetched))
            except Fetch as wanted:
                fetched[wanted.attachment.file_id] = await self._download(wanted.attachment)
            except Beforehand as wanted:
                fetched[wanted.key] = await asyncio.to_thread(_or_no, wanted.work)

    def _note(self, update: Update, incoming: Incoming | None) -> None:
        """Remember who talks with us, before they are answered."""
        if self._numbers is None:
            return
        if update.message is not None:
            self._numbers.told(update.message.chat.id, update.message.message_id)
        if incoming is not None and incoming.chat_type == "private":
            self._numbers.talked(incoming.chat_id)

    def _work(self, session: Session, number: int, incoming: Incoming, fetched: dict[str, Any]) -> Done | None:
        """The unit of work: effects, letters, and the inbox's "done" together."""
        now = self._clock.now()
        if not inbox.take(session, number, now):
            return None
        if self._numbers is not None and incoming.chat_type == "private":
            asking.talked(session, incoming.chat_id)
        context = Context(
            self._texts,
            self._texts.default,
            self._registry,
            self._bot.username,
            session,
            self._who(session, incoming, now),
            incoming,
            place_of(session, incoming),
            now,
            fetched,
        )
        context.language = self._texts.known(context.person.account.language)
        dispatch(context)
        session.flush()
        return Done(context.voice, incoming, Writings.of(session))

    def _who(self, session: Session, incoming: Incoming, now: datetime) -> Person:
        """Who speaks; that a group has moved is told by nobody, so it is us."""
        if incoming.sort == "migration":
            return recognise(session, self._bot.id, "", None, frozenset(), now, private=False)
        admins = house(session).admins
        private = incoming.chat_type == "private"  # a press in a group does not prove that our messages reach them
        name, language = incoming.user_name, incoming.user_language
        return recognise(session, incoming.user_id, name, language, admins, now, private=private)

    def _fail(self, session: Session, number: int, error: Exception, raw: str) -> bool:
        """Count the failure; when it was the last, tell the admins, by number and kind and nothing else."""
        if not inbox.fail(session, number, type(error).__name__):
            return False
        now = self._clock.now()
        for name, admin in rounds.readers(session, Role.ADMIN):
            letters.post(
                session,
                f"inbox:{number}:parked:{name}",
                admin,
                "common.parked",
                now,
                urgent=True,
                number=number,
                kind=type(error).__name__,
            )
        return True

    async def _sorry(self, raw: str, number: int) -> Done | None:
        """An apology to whoever sent it, if we can tell who that is and it was in private."""
        update = decent(json.loads(raw))
        self._wake(Writings(letters=True))
        query, message = update.get("callback_query"), update.get("message")
        chat = message.get("chat") if isinstance(message, dict) else None
        try:
            if isinstance(query, dict) and isinstance(query.get("id"), str):
                text = self._texts.plain("common.sorry", None, {"number": number})
                await sending.answer(self._bot, query["id"], Alert(text, True))
            elif isinstance(chat, dict) and chat.get("type") == "private" and isinstance(chat.get("id"), int):
                say = Say(self._texts.html("common.sorry", None, {"number": number}))
                await sending.say(self._bot, chat["id"], say)
        except TelegramError as error:
            log.warning("could not apologise for update %d (%s)", number, type(error).__name__)
        return None

    async def _speak(self, done: Done) -> None:
        """Say what the unit wanted to say. The record is safe whatever becomes of the words."""
        incoming, voice = done.incoming, done.voice
        try:
            if voice.alert is not None and incoming.callback_id is not None:
                await sending.answer(self._bot, incoming.callback_id, voice.alert)
            for word in voice.words:
                if isinstance(word, Say):
                    await sending.say(self._bot, incoming.chat_id, word, thread_id=incoming.thread_id)
                else:
                    await sending.show(
                        self._bot, incoming.chat_id, incoming.message_id, word, is_photo=incoming.has_photo
                    )
            for account in voice.menus:
                await menu.refresh(self._bot, self._units, self._registry, self._texts, account)
        except TelegramError as error:
            log.warning("could not answer update %d (%s)", incoming.update_id, type(error).__name__)
        except STORAGE as error:
            log.warning("storage failed after update %d (%s)", incoming.update_id, type(error).__name__)
        except Exception:
            log.exception("update %d could not be answered", incoming.update_id)

    async def _download(self, attachment: Attachment) -> bytes | Refused:
        if attachment.size > LARGEST:
            return Refused("common.file_too_big")
        try:
            file = await self._bot.get_file(attachment.file_id)
            return bytes(await file.download_as_bytearray())
        except BadRequest:
            return Refused("common.file_too_big")
        except TelegramError as error:
            log.warning("could not fetch a file (%s)", type(error).__name__)
            return Refused("common.file_lost")


def _or_no(work: Callable[[], Any]) -> Any:
    """What the work gives, or its no, to be said when the handler asks for it."""
    try:
        return work()
    except Refused as no:
        return no


def place_of(session: Session, incoming: Incoming) -> Place:
    """What kind of chat this is to us."""
    if incoming.chat_type == "private":
        return Place.PRIVATE
    if incoming.chat_type == "channel":
        return Place.CHANNEL
    return Place.STAFF if facts.get(session, facts.STAFF_GROUP) == incoming.chat_id else Place.FOREIGN
