"""The same small bot twice, on two libraries that share no code: what both read rightly is Telegram's."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import telebot
import telegram
from telebot import asyncio_helper
from telebot.async_telebot import AsyncTeleBot
from telegram import Update
from telegram.ext import Application, CallbackContext, TypeHandler
from telegram.request import HTTPXRequest

from sandbox.serving import Address

QUESTION, OPTIONS, RIGHT = "中国的首都？", ("上海", "北京", "西安"), 1
WHY = "<i>北京</i>"

# What Telegram sends for the sake of older bots, and of which python-telegram-bot says that it is old.
LEGACY = (
    "correct_option_id",  # of a quiz: since there may be several right answers it is correct_option_ids
)
# Where pyTelegramBotAPI calls a field something else than Telegram does.
RENAMED = {"from": "from_user", "inline_keyboard": "keyboard"}


class Client(Protocol):
    """The bot, whatever it is built on."""

    notes: list[Any]  # what it understood of votes and polls

    async def poll(self) -> None:
        """Begin to ask for updates."""

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates pushed there."""

    async def fed(self, update: dict[str, Any]) -> None:
        """An update was pushed."""

    async def end(self) -> None:
        """Stop asking, or have nothing pushed any more."""


def whole(thing: object) -> None:
    """Nothing in what python-telegram-bot was answered is unknown to it."""
    if isinstance(thing, telegram.TelegramObject):
        assert not thing.api_kwargs, f"{type(thing).__name__} does not know {set(thing.api_kwargs)}"
        for name in (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())):
            if name not in ("_bot", "api_kwargs"):
                whole(getattr(thing, name, None))
    elif isinstance(thing, tuple | list):
        for part in thing:
            whole(part)


def misread(thing: Any, raw: Any, path: str = "") -> Iterator[str]:
    """Where what pyTelegramBotAPI made of an answer differs from the answer."""
    if isinstance(raw, dict) and not isinstance(thing, dict):
        for key, value in raw.items():
            name = RENAMED.get(key, key)
            if not hasattr(thing, name):
                yield f"{path}.{key} is not there"
            else:
                yield from misread(getattr(thing, name), value, f"{path}.{key}")
    elif isinstance(raw, list) and isinstance(thing, list) and len(thing) == len(raw):
        for number, (part, value) in enumerate(zip(thing, raw, strict=True)):
            yield from misread(part, value, f"{path}[{number}]")
    elif thing != raw:
        yield f"{path} is {thing!r} and not {raw!r}"


class Ptb:
    """On python-telegram-bot: its Application with its own httpx transport."""

    def __init__(self, address: Address) -> None:
        self.notes: list[Any] = []
        self._quiz: telegram.Message | None = None
        self.app: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder()
            .token(address.world.token)
            .base_url(address.base_url)
            .base_file_url(address.base_file_url)
            .request(HTTPXRequest(connection_pool_size=8))
            .build()
        )
        self.app.add_handler(TypeHandler(Update, self._heard))
        self.app.add_error_handler(self._failed)

    async def poll(self) -> None:
        assert self.app.updater
        await self.app.start()
        await self.app.updater.start_polling(timeout=5, allowed_updates=Update.ALL_TYPES)

    async def set_webhook(self, url: str, secret: str) -> None:
        await self.app.bot.set_webhook(url, secret_token=secret, max_connections=3, allowed_updates=Update.ALL_TYPES)
        info = await self.app.bot.get_webhook_info()
        whole(info)
        assert (info.url, info.max_connections, info.ip_address) == (url, 3, "127.0.0.1")

    async def fed(self, update: dict[str, Any]) -> None:
        await self.app.process_update(Update.de_json(update, self.app.bot))

    async def end(self) -> None:
        if self.app.running:
            assert self.app.updater
            await self.app.updater.stop()
            await self.app.stop()
        else:
            assert await self.app.bot.delete_webhook()

    async def _failed(self, update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
        self.notes.append(context.error)

    async def _heard(self, update: Update, context: CallbackContext[Any, Any, Any, Any]) -> None:
        whole(update)
        bot, message = self.app.bot, update.message
        if query := update.callback_query:
            assert await query.answer("已报名")
            whole(await query.edit_message_text(f"{query.from_user.first_name}已报名"))
        elif answer := update.poll_answer:
            assert answer.user
            self.notes.append(("answer", answer.user.first_name, list(answer.option_ids)))
        elif poll := update.poll:
            self.notes.append(("poll", poll.total_voter_count, poll.is_closed, list(poll.correct_option_ids)))
        elif message and message.document:
            file = await message.document.get_file()
            whole(file)
            data = bytes(await file.download_as_bytearray())
            name = message.document.file_name
            whole(
                await message.reply_document(
                    data[::-1], filename=f"{name}.back", caption="<b>还你</b>", parse_mode="HTML"
                )
            )
        elif message and message.text == "/start":
            join = telegram.InlineKeyboardButton("报名", callback_data="join")
            keyboard = telegram.InlineKeyboardMarkup([[join]])
            sent = await bot.send_message(message.chat_id, "<b>你好</b> 😀", parse_mode="HTML", reply_markup=keyboard)
            whole(sent)
            assert sent.parse_entities() == {sent.entities[0]: "你好"}
        elif message and message.text == "/quiz":
            self._quiz = await bot.send_poll(
                message.chat_id,
                QUESTION,
                list(OPTIONS),
                is_anonymous=False,
                type="quiz",
                correct_option_ids=[RIGHT],
                explanation=WHY,
                explanation_parse_mode="HTML",
                open_period=600,
            )
            whole(self._quiz)
        elif message and message.text == "/stop":
            assert self._quiz
            stopped = await bot.stop_poll(message.chat_id, self._quiz.message_id)
            whole(stopped)
            self.notes.append(("stopped", [option.voter_count for option in stopped.options], stopped.is_closed))


class Tele:
    """On pyTelegramBotAPI's AsyncTeleBot, with its own aiohttp transport."""

    def __init__(self, address: Address) -> None:
        self.notes: list[Any] = []
        self.world = address.world
        self._quiz: telebot.types.Message | None = None
        self._polling: asyncio.Task[None] | None = None
        self.bot = AsyncTeleBot(address.world.token, exception_handler=_Noted(self.notes))
        self.bot.register_message_handler(self._message, content_types=["text", "document"])
        self.bot.register_callback_query_handler(self._pressed, func=lambda _: True)
        self.bot.register_poll_answer_handler(self._answered, func=lambda _: True)
        self.bot.register_poll_handler(self._polled, func=lambda _: True)

    async def poll(self) -> None:
        self._polling = asyncio.create_task(
            self.bot.polling(timeout=5, request_timeout=60, allowed_updates=telebot.util.update_types)
        )

    async def set_webhook(self, url: str, secret: str) -> None:
        kinds = telebot.util.update_types
        assert await self.bot.set_webhook(url, secret_token=secret, max_connections=3, allowed_updates=kinds)
        info = await self.bot.get_webhook_info()
        assert (info.url, info.max_connections, info.ip_address) == (url, 3, "127.0.0.1")

    async def fed(self, update: dict[str, Any]) -> None:
        read = telebot.types.Update.de_json(update)
        assert list(misread(read, update)) == []
        await self.bot.process_new_updates([read])

    async def end(self) -> None:
        if self._polling:
            self.bot._polling = False
            self._polling.cancel()
            await asyncio.wait([self._polling])
        else:
            assert await self.bot.delete_webhook()

    def _right(self, method: str, thing: Any) -> None:
        """What the call gave back was read rightly."""
        assert list(misread(thing, self.world.sent(method)[-1].result)) == []

    async def _pressed(self, query: telebot.types.CallbackQuery) -> None:
        assert await self.bot.answer_callback_query(query.id, "已报名")
        chat, number = query.message.chat.id, query.message.message_id
        text = f"{query.from_user.first_name}已报名"
        self._right("editMessageText", await self.bot.edit_message_text(text, chat, number))

    async def _answered(self, answer: telebot.types.PollAnswer) -> None:
        assert answer.user
        self.notes.append(("answer", answer.user.first_name, answer.option_ids))

    async def _polled(self, poll: telebot.types.Poll) -> None:
        self.notes.append(("poll", poll.total_voter_count, poll.is_closed, poll.correct_option_ids))

    async def _message(self, message: telebot.types.Message) -> None:
        bot, chat = self.bot, message.chat.id
        if message.content_type == "document":
            file = await bot.get_file(message.document.file_id)
            self._right("getFile", file)
            data = await bot.download_file(file.file_path)
            back = telebot.types.InputFile(io.BytesIO(data[::-1]), f"{message.document.file_name}.back")
            sent = await bot.send_document(chat, back, caption="<b>还你</b>", parse_mode="HTML")
            self._right("sendDocument", sent)
        elif message.text == "/start":
            keyboard = telebot.types.InlineKeyboardMarkup()
            keyboard.add(telebot.types.InlineKeyboardButton("报名", callback_data="join"))
            sent = await bot.send_message(chat, "<b>你好</b> 😀", parse_mode="HTML", reply_markup=keyboard)
            self._right("sendMessage", sent)
            assert sent.html_text == "<b>你好</b> 😀"
        elif message.text == "/quiz":
            self._quiz = await bot.send_poll(
                chat,
                QUESTION,
                [telebot.types.InputPollOption(option) for option in OPTIONS],
                is_anonymous=False,
                type="quiz",
                correct_option_ids=[RIGHT],
                explanation=WHY,
                explanation_parse_mode="HTML",
                open_period=600,
            )
            self._right("sendPoll", self._quiz)
        elif message.text == "/stop":
            assert self._quiz
            stopped = await bot.stop_poll(chat, self._quiz.message_id)
            self._right("stopPoll", stopped)
            self.notes.append(("stopped", [option.voter_count for option in stopped.options], stopped.is_closed))


class _Noted(telebot.ExceptionHandler):
    def __init__(self, notes: list[Any]) -> None:
        self._notes = notes

    async def handle(self, exception: Exception) -> bool:
        self._notes.append(exception)
        return True


@asynccontextmanager
async def client(kind: str, address: Address) -> AsyncIterator[Client]:
    """The bot on that library."""
    if kind == "python-telegram-bot":
        ptb = Ptb(address)
        async with ptb.app:
            yield ptb
        return
    before = asyncio_helper.API_URL, asyncio_helper.FILE_URL
    asyncio_helper.API_URL = f"{address.base_url}{{0}}/{{1}}"
    asyncio_helper.FILE_URL = f"{address.base_file_url}{{0}}/{{1}}"
    try:
        yield Tele(address)
    finally:
        asyncio_helper.API_URL, asyncio_helper.FILE_URL = before
        if session := asyncio_helper.session_manager.session:
            await session.close()
