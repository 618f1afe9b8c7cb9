"""Speaking: our words (bot/voice.py) turned into calls of python-telegram-bot, in one place.

What happens every day is not an error here: a message that is not modified, one that is gone, a press that is answered
too late. Everything else is raised as `NotSaid`, with its fate.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import MessageLimit, ParseMode
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.fate import Fate, NotSaid, Verdict, classify
from bot.pacer import Priority
from bot.pieces import length, pieces
from bot.voice import Alert, Keyboard, Say, Show

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove
Result = TypeVar("Result")

TEXT = int(MessageLimit.MAX_TEXT_LENGTH)
CAPTION = int(MessageLimit.CAPTION_LENGTH)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
GONE = frozenset({"message_gone", "not_editable", "too_long"})  # an edit that cannot be: said anew
PAUSES = (0.5, 2.0)  # seconds before an answer that surely did not leave is tried again

counts: Counter[str] = Counter()  # what happened, by cause


@dataclass(frozen=True)
class Said:
    """What came of it: the message that carries the words and buttons, and the id of a file that went with it."""

    message_id: int
    file: str | None = None


async def say(
    bot: ExtBot[Any],
    chat_id: int,
    word: Say,
    *,
    thread_id: int | None = None,
    document_id: str | None = None,
    priority: Priority = Priority.ANSWER,
) -> Said:
    """Say something new in a chat, in several messages if it is long. NotSaid: see the fate.

    `document_id` names a document that Telegram has already.
    """
    to: dict[str, Any] = {"chat_id": chat_id, "message_thread_id": thread_id, "rate_limit_args": priority}
    calls: list[Callable[[], Awaitable[Message]]] = []
    markup = markup_of(word.keyboard, clear=word.clear)
    text = word.text
    if word.photo is not None or word.document is not None or document_id is not None:
        caption = text if length(text) <= CAPTION else ""
        text = text if not caption else ""
        calls.append(_file_call(bot, to, word, document_id, caption, None if text else markup))
    chunks = pieces(text, TEXT) if text else []
    for number, chunk in enumerate(chunks, 1):
        calls.append(_text_call(bot, to, chunk, markup if number == len(chunks) else None))
    spoken = len(calls) - 1  # the message with the words and buttons
    if word.spot is not None:
        latitude, longitude = word.spot
        own = markup if not calls else None
        calls.append(lambda: bot.send_location(latitude=latitude, longitude=longitude, reply_markup=own, **to))
    sent: list[Message] = []
    for call in calls:
        sent.append(await _make(call, priority, begun=bool(sent)))
    return Said(sent[spoken].message_id, file_of(sent[0]))


def is_one(text: str, *, file: bool) -> bool:
    """Whether this is said in one message, alone or with a file."""
    return length(text) <= CAPTION if file else length(text) <= TEXT and len(pieces(text, TEXT)) == 1


async def show(
    bot: ExtBot[Any],
    chat_id: int,
    message_id: int | None,
    word: Show,
    *,
    is_photo: bool = False,
    thread_id: int | None = None,
    priority: Priority = Priority.ANSWER,
) -> Said:
    """Put words in place of a message; if it is gone or cannot be changed, say them anew. NotSaid: see the fate."""
    limit = CAPTION if is_photo else TEXT
    reply_keyboard = any(button.contact or button.spot for row in word.keyboard or [] for button in row)
    if message_id is not None and not reply_keyboard and length(word.text) <= limit:
        try:
            await edit(bot, chat_id, message_id, word, is_photo=is_photo, priority=priority)
        except NotSaid as no:
            if no.fate.cause not in GONE:
                raise
        else:
            return Said(message_id)
    return await say(bot, chat_id, Say(word.text, word.keyboard), thread_id=thread_id, priority=priority)


async def edit(
    bot: ExtBot[Any],
    chat_id: int,
    message_id: int,
    word: Show,
    *,
    is_photo: bool = False,
    priority: Priority = Priority.ANSWER,
) -> None:
    """Change a message. That it shows this already is fine; an edit may be repeated, so a silence is asked again."""
    markup = markup_of(word.keyboard)
    assert not isinstance(markup, ReplyKeyboardMarkup | ReplyKeyboardRemove)
    to: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id, "parse_mode": ParseMode.HTML}
    to |= {"reply_markup": markup, "rate_limit_args": priority}

    def call() -> Awaitable[Message | bool]:
        if is_photo:
            return bot.edit_message_caption(caption=word.text, **to)
        return bot.edit_message_text(text=word.text, link_preview_options=NO_PREVIEW, **to)

    try:
        try:
            await _make(call, priority)
        except NotSaid as no:
            if no.fate.verdict is not Verdict.UNKNOWN or priority is Priority.LETTER:
                raise
            await _make(call, priority)
    except NotSaid as no:
        if no.fate.cause != "not_modified":
            raise


async def is_there(bot: ExtBot[Any], chat_id: int, message_id: int, keyboard: Keyboard | None) -> bool | None:
    """Whether a message of ours with these buttons is there; nobody sees that we look. NotSaid: it cannot be told.

    None: another message was there, and was given these buttons.
    """
    markup = markup_of(keyboard)
    assert not isinstance(markup, ReplyKeyboardMarkup | ReplyKeyboardRemove)
    to: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id, "rate_limit_args": Priority.LETTER}
    try:
        await _make(lambda: bot.edit_message_reply_markup(reply_markup=markup, **to), Priority.LETTER)
    except NotSaid as no:
        if no.fate.cause == "not_modified":
            return True
        if no.fate.cause in ("message_gone", "not_editable"):
            return False
        raise
    return None


async def answer(bot: ExtBot[Any], callback_id: str, alert: Alert | None = None) -> None:
    """Answer a press, so that the button stops waiting; one that comes too late is counted and let go."""
    alert = alert or Alert("")
    try:
        await _make(
            lambda: bot.answer_callback_query(
                callback_id,
                text=alert.text or None,
                show_alert=alert.popup or None,
                url=alert.url,
                rate_limit_args=Priority.ANSWER,
            ),
            Priority.ANSWER,
        )
    except NotSaid as no:
        if no.fate.cause != "too_late":
            raise


async def _make(call: Callable[[], Awaitable[Result]], priority: Priority, begun: bool = False) -> Result:
    """Make one call. What surely did not leave is tried again for whoever waits, and for the rest of something begun.

    If the rest cannot be said, the whole is neither said nor not said.
    """
    pauses = list(PAUSES) if priority is Priority.ANSWER or begun else []
    while True:
        try:
            return await call()
        except TelegramError as error:
            fate = classify(error)
            counts[fate.cause] += 1
            wait = fate.after if begun and fate.after is not None else 0.0
            if fate.verdict is Verdict.RETRY and pauses and (fate.cause == "no_network" or 0 < wait <= 60):
                await asyncio.sleep(max(pauses.pop(0), wait))
                continue
            raise NotSaid(Fate(Verdict.UNKNOWN, "partly") if begun else fate) from error


def _text_call(
    bot: ExtBot[Any], to: dict[str, Any], text: str, markup: Markup | None
) -> Callable[[], Awaitable[Message]]:
    return lambda: bot.send_message(
        text=text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW, reply_markup=markup, **to
    )


def _file_call(
    bot: ExtBot[Any], to: dict[str, Any], word: Say, document_id: str | None, caption: str, markup: Markup | None
) -> Callable[[], Awaitable[Message]]:
    more: dict[str, Any] = {**to, "caption": caption or None, "parse_mode": ParseMode.HTML, "reply_markup": markup}
    if word.photo is not None:
        photo = word.photo
        return lambda: bot.send_photo(photo=photo, **more)
    document = document_id or InputFile(word.document[1], filename=word.document[0]) if word.document else document_id
    assert document is not None
    return lambda: bot.send_document(document=document, **more)


def file_of(message: Message) -> str | None:
    """The id under which Telegram keeps the file of a message."""
    if message.photo:
        return message.photo[-1].file_id
    return message.document.file_id if message.document else None


def markup_of(keyboard: Keyboard | None, *, clear: bool = False) -> Markup | None:
    """A keyboard as Telegram wants it: under the message, or in place of the letters when it asks for a contact.

    A message carries one keyboard only: where there are buttons, `clear` yields to them.
    """
    if not keyboard:
        return ReplyKeyboardRemove() if clear else None
    if any(button.contact or button.spot for row in keyboard for button in row):
        return ReplyKeyboardMarkup(
            [
                [
                    KeyboardButton(
                        button.label,
                        request_contact=button.contact or None,
                        request_location=button.spot or None,
                    )
                    for button in row
                ]
                for row in keyboard
            ],
            resize_keyboard=True,
            one_time_keyboard=True,
        )
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, callback_data=button.data, url=button.url) for button in row]
            for row in keyboard
        ]
    )
