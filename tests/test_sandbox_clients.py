"""Two libraries that share no code, each with its own transport, tell the same story over real sockets."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import telebot
import telegram
from PIL import Image
from telebot import apihelper, asyncio_helper
from telebot.async_telebot import AsyncTeleBot

from sandbox import Group, Someone, World, serving
from sandbox.people import Person
from sandbox.serving import Address
from tests.clients import LEGACY, OPTIONS, QUESTION, RIGHT, Client, client, misread, whole
from tests.endpoint import endpoint, eventually

LIBRARIES = ("python-telegram-bot", "pyTelegramBotAPI")
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:.*`{name}` is deprecated:telegram.warnings.PTBDeprecationWarning")
    for name in LEGACY
]
DATA = "名单，第一行\n".encode() * 20_000


@pytest.fixture
async def address(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Address]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without it the library warns of its own future
    world = World(people=[Someone("李梅"), Someone("王强")], group=Group("群", ["李梅", "王强"]))
    world.queue.drop()
    async with serving(world) as address:
        yield address


async def story(li: Person, bot: Client) -> None:
    """A person greets the bot, signs up, hands in a file and answers a quiz; and again until its time is up."""
    world = li.world

    async def sees(words: str) -> None:
        await eventually(lambda: words in li.text(), lambda: f"{words!r} is not in\n{li.text()}\n{bot.notes}")

    async def notes(*expected: Any) -> None:
        await eventually(lambda: all(note in bot.notes for note in expected), lambda: str(bot.notes))

    li.start()
    await sees("你好 😀")
    press = li.press("报名")
    await sees("李梅已报名")
    assert press.toast
    assert press.toast.text == "已报名"

    li.send_document("名单.csv", DATA)
    await sees("还你")
    back = world.sent("sendDocument")[-1].result["document"]
    assert back["file_name"] == "名单.csv.back"
    assert world.files.by_id[back["file_id"]].data == DATA[::-1]

    li.send("/quiz")
    await sees(QUESTION)
    li.vote(OPTIONS[0])
    await notes(("answer", "李梅", [0]), ("poll", 1, False, [RIGHT]))
    li.send("/stop")
    await notes(("stopped", [1, 0, 0], True), ("poll", 1, True, [RIGHT]))

    bot.notes.clear()
    li.send("/quiz")
    await eventually(lambda: li.text().count(QUESTION) == 2)
    li.vote(OPTIONS[RIGHT])
    await notes(("answer", "李梅", [RIGHT]))
    world.clock.move(timedelta(minutes=11))
    await notes(("poll", 1, True, [RIGHT]))
    assert not [note for note in bot.notes if isinstance(note, Exception)]
    assert world.refused() == []


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_bot_that_polls(address: Address, library: str) -> None:
    async with client(library, address) as bot:
        await bot.poll()
        try:
            await story(address.world.person("李梅"), bot)
            await eventually(lambda: address.world.pending() == 0)
        finally:
            await bot.end()


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_bot_behind_a_webhook(address: Address, library: str) -> None:
    async with endpoint() as hook, client(library, address) as bot:
        hook.feed = bot.fed
        await bot.set_webhook(hook.url, "s3cret")
        try:
            await story(address.world.person("李梅"), bot)
            await eventually(lambda: address.world.pending() == 0)
            assert {headers["X-Telegram-Bot-Api-Secret-Token"] for headers in hook.headers} == {"s3cret"}
            assert len({update["update_id"] for update in hook.heard}) == len(hook.heard), "nothing came twice"
        finally:
            await bot.end()
        assert address.world.webhook is None


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (400, 300), "blue").save(target, "JPEG")
    return target.getvalue()


def everything_there_is_to_hear(world: World) -> None:
    """Let people do all that a bot can hear of."""
    li, wang, chat = world.person("李梅"), world.person("王强"), world.chat("群")
    li.promote(chat, world.bot.id)
    li.start("x")
    said = li.send("早上好 @staffhome_bot https://example.com 13800138000 😀 #报名")
    li.edit(said, "晚上好")
    li.send("好", reply_to=said)
    li.react(said, "👍")
    li.react(said)
    li.send_photo(picture(), "图 /start")
    li.send_document("名单.csv", "名单".encode(), "表")
    li.send_contact()
    li.send_location(39.9, 116.4)
    li.press_data("x", said)
    li.press_data("x")
    wang.send("大家好", chat)
    wang.leave(chat)
    wang.join(chat)
    li.kick(chat, wang.id)
    small = li.create_group("小群", [wang])
    li.promote(small, world.bot.id)
    li.upgrade(small)
    ours = wang.create_group("投票", [li])
    wang.promote(ours, world.bot.id)
    wang.send_poll("去哪？", ["山", "海"], ours)
    li.block()
    li.unblock()


async def kinds_of_updates(address: Address) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=f"{address.base_url}{address.world.token}/") as raw:
        await raw.post("getUpdates", json={"allowed_updates": telegram.Update.ALL_TYPES})
        everything_there_is_to_hear(address.world)
        found: list[dict[str, Any]] = (await raw.post("getUpdates", json={"timeout": 0})).json()["result"]
    kinds = {list(update)[1] for update in found}
    assert kinds >= {"message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction"}
    return found


async def test_python_telegram_bot_knows_every_field_of_every_update(address: Address) -> None:
    raw = await kinds_of_updates(address)
    async with telegram.Bot(address.world.token, base_url=address.base_url, base_file_url=address.base_file_url) as bot:
        found = await bot.get_updates()
    whole(found)
    assert [update.to_dict()["update_id"] for update in found] == [update["update_id"] for update in raw]
    assert not [update for update in found if update.effective_user is None and update.poll is None]


async def test_pytelegrambotapi_reads_every_field_of_every_update(address: Address) -> None:
    raw = await kinds_of_updates(address)
    async with client("pyTelegramBotAPI", address):
        bot = AsyncTeleBot(address.world.token)
        found = await bot.get_updates(timeout=1)
    wrong = [line for update, told in zip(found, raw, strict=True) for line in misread(update, told)]
    assert wrong == []


async def test_pytelegrambotapi_reads_all_that_its_calls_give_back(address: Address) -> None:
    world = address.world
    li, chat = world.person("李梅"), world.chat("群")
    li.start()
    types = telebot.types
    async with client("pyTelegramBotAPI", address):
        bot = AsyncTeleBot(world.token)
        said = await bot.send_message(li.id, "一")
        photo = await bot.send_photo(li.id, picture(), caption="<i>图</i>", parse_mode="HTML")
        number = photo.message_id
        await bot.set_my_commands([types.BotCommand("help", "帮助")])
        for wanted, call in (
            ("getMe", lambda: bot.get_me()),
            ("sendLocation", lambda: bot.send_location(li.id, 39.9, 116.4)),
            ("sendVenue", lambda: bot.send_venue(li.id, 39.9, 116.4, "厅", "楼")),
            ("sendContact", lambda: bot.send_contact(li.id, "+8613900000000", "张")),
            ("sendDice", lambda: bot.send_dice(li.id)),
            ("sendVideo", lambda: bot.send_video(li.id, b"video", duration=3, width=4, height=3)),
            ("sendVoice", lambda: bot.send_voice(li.id, b"OggS voice", duration=3)),
            ("sendMediaGroup", lambda: bot.send_media_group(li.id, [types.InputMediaPhoto(picture()) for _ in "12"])),
            (
                "sendMessage",
                lambda: bot.send_message(li.id, "答", reply_parameters=types.ReplyParameters(said.message_id)),
            ),
            ("forwardMessage", lambda: bot.forward_message(li.id, li.id, number)),
            ("copyMessage", lambda: bot.copy_message(li.id, li.id, number)),
            ("editMessageCaption", lambda: bot.edit_message_caption("图二", li.id, number)),
            ("getChat", lambda: bot.get_chat(chat.id)),
            ("getChatMember", lambda: bot.get_chat_member(chat.id, li.id)),
            ("getChatAdministrators", lambda: bot.get_chat_administrators(chat.id)),
            ("getMyCommands", lambda: bot.get_my_commands(None, None)),
            ("getWebhookInfo", lambda: bot.get_webhook_info()),
        ):
            thing = await call()
            assert list(misread(thing, world.sent(wanted)[-1].result, wanted)) == []
    assert world.refused() == []


async def test_what_both_are_told_of_trouble(address: Address) -> None:
    li = address.world.person("李梅")
    async with client("pyTelegramBotAPI", address):
        tele = AsyncTeleBot(address.world.token)
        with pytest.raises(asyncio_helper.ApiTelegramException, match="can't initiate") as refused:
            await tele.send_message(li.id, "hi")
        assert (refused.value.error_code, refused.value.description[:9]) == (403, "Forbidden")
    async with telegram.Bot(address.world.token, base_url=address.base_url) as ptb:
        with pytest.raises(telegram.error.Forbidden, match="can't initiate"):
            await ptb.send_message(li.id, "hi")


async def test_the_blocking_telebot_works_from_a_thread_of_its_own(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apihelper, "API_URL", f"{address.base_url}{{0}}/{{1}}")
    monkeypatch.setattr(apihelper, "FILE_URL", f"{address.base_file_url}{{0}}/{{1}}")
    monkeypatch.setattr(apihelper, "SESSION_TIME_TO_LIVE", 0)
    li, world = address.world.person("李梅"), address.world
    li.start()
    li.send_document("名单.csv", DATA)
    bot = telebot.TeleBot(world.token, threaded=False)

    def work() -> bytes:
        hello, document = bot.get_updates(long_polling_timeout=1)
        bot.send_message(hello.message.chat.id, "*你好*", parse_mode="MarkdownV2")
        file = bot.get_file(document.message.document.file_id)
        data: bytes = bot.download_file(file.file_path)
        bot.send_document(hello.message.chat.id, data, visible_file_name="again.csv")
        assert bot.get_updates(offset=document.update_id + 1, long_polling_timeout=1) == []
        return data

    assert await asyncio.to_thread(work) == DATA
    assert "你好" in li.text()
    assert world.files.by_id[world.sent("sendDocument")[-1].result["document"]["file_id"]].data == DATA
    assert world.pending() == 0


def test_what_was_misread_would_be_noticed() -> None:
    raw = {"id": "1", "from": {"id": 5, "is_bot": False, "first_name": "李"}, "chat_instance": "c", "data": "x"}
    read = telebot.types.CallbackQuery.de_json(raw)
    assert list(misread(read, raw)) == []
    wrong = raw | {"from": {"id": 6, "is_bot": False, "first_name": "李"}, "brand_new": [1]}
    assert list(misread(read, wrong, "query")) == ["query.from.id is 5 and not 6", "query.brand_new is not there"]
    with pytest.raises(AssertionError, match="User does not know"):
        whole([telegram.User.de_json({"id": 5, "is_bot": False, "first_name": "李", "brand_new": 1}, None)])
