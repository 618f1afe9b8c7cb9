"""The sandbox over a real socket, with the real python-telegram-bot."""

import asyncio
import io
from collections.abc import AsyncIterator

import httpx
import pytest
import telegram
from PIL import Image
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest

from sandbox import Fault, Group, Someone, World, serving
from sandbox.serving import Address


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    world = World(people=[Someone("李梅"), Someone("王强")], group=Group("群", ["李梅", "王强"]))
    world.queue.drop()
    async with serving(world) as address:
        yield address


@pytest.fixture
async def bot(address: Address) -> AsyncIterator[telegram.Bot]:
    request = HTTPXRequest(connection_pool_size=8, read_timeout=2, http_version="1.1")
    bot = telegram.Bot(
        address.world.token,
        base_url=address.base_url,
        base_file_url=address.base_file_url,
        request=request,
        get_updates_request=HTTPXRequest(read_timeout=2),
    )
    async with bot:
        yield bot


def whole(thing: object) -> None:
    """Nothing in what we answer is unknown to the library."""
    if isinstance(thing, telegram.TelegramObject):
        assert not thing.api_kwargs, thing
        for name in (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())):
            if name not in ("_bot", "api_kwargs"):
                whole(getattr(thing, name, None))
    elif isinstance(thing, tuple | list):
        for part in thing:
            whole(part)


async def test_a_bot_polls_answers_edits_and_passes_files(address: Address, bot: telegram.Bot) -> None:
    li = address.world.person("李梅")
    assert bot.username == "staffhome_bot"
    waiting = asyncio.create_task(bot.get_updates(timeout=1))
    await asyncio.sleep(0.05)
    li.start("x")
    (update,) = await waiting
    whole(update)
    assert update.message
    assert update.message.text == "/start x"
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("报名", callback_data="e:1")]])
    sent = await bot.send_message(li.id, "<b>健步走</b> 😀", parse_mode="HTML", reply_markup=keyboard)
    whole(sent)
    assert sent.parse_entities() == {sent.entities[0]: "健步走"}
    press = li.press("报名")
    (update,) = await bot.get_updates(offset=update.update_id + 1, timeout=1)
    whole(update)
    assert update.callback_query
    await update.callback_query.answer("已报名")
    assert press.toast
    await update.callback_query.edit_message_text("完")
    with pytest.raises(BadRequest, match="not modified"):
        await update.callback_query.edit_message_text("完")

    target = io.BytesIO()
    Image.new("RGB", (400, 300), "blue").save(target, "JPEG")
    photo = await bot.send_photo(li.id, target.getvalue(), caption="图")
    whole(photo)
    other = InputMediaPhoto(photo.photo[0].file_id, caption="另一张")
    edited = await bot.edit_message_media(other, li.id, photo.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.caption == "另一张"
    document = await bot.send_document(li.id, "名单".encode(), filename="名单.csv")
    assert document.document
    file = await bot.get_file(document.document)
    assert await file.download_as_bytearray() == "名单".encode()
    for thing in (
        await bot.send_location(li.id, 1, 2),
        await bot.send_venue(li.id, 1, 2, "厅", "楼"),
        await bot.forward_message(li.id, li.id, document.message_id),
        await bot.copy_message(li.id, li.id, photo.message_id),
        await bot.get_chat(address.world.chat("群").id),
        await bot.get_chat_administrators(address.world.chat("群").id),
        await bot.get_chat_member(address.world.chat("群").id, li.id),
        await bot.get_webhook_info(),
        await bot.get_me(),
    ):
        whole(thing)


async def test_everything_a_group_says_is_understood(address: Address, bot: telegram.Bot) -> None:
    li, wang = address.world.person("李梅"), address.world.person("王强")
    small = li.create_group("小群", [wang])
    li.promote(small, address.world.bot.id)
    wang.leave(small)
    wang.join(small)
    li.kick(small, wang.id)
    li.upgrade(small)
    li.start()
    li.block()
    li.unblock()
    li.send_contact()
    li.react(li.send("好"), "👍")
    await bot.get_updates(allowed_updates=telegram.Update.ALL_TYPES)
    li.react(li.send("好"), "👍")
    found = await bot.get_updates()
    whole(found)
    assert len(found) > 12


async def test_trouble_looks_like_trouble_to_the_library(
    address: Address, bot: telegram.Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without it the library warns of its own future
    li, faults = address.world.person("李梅"), address.world.faults
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(address.world.person("王强").id, "hi")
    with pytest.raises(Forbidden, match="can't initiate"):
        await bot.send_message(li.id, "hi")
    li.start()
    faults.add(Fault(code=429, retry_after=3))
    with pytest.raises(RetryAfter):
        await bot.send_message(li.id, "hi")
    faults.add(Fault(code=502))
    with pytest.raises(NetworkError):
        await bot.send_message(li.id, "hi")
    faults.add(Fault("drop"))
    with pytest.raises(NetworkError):
        await bot.send_message(li.id, "hi")
    faults.add(Fault("silence", after=True))
    with pytest.raises(TimedOut):
        await bot.send_message(li.id, "hi", read_timeout=0.1)
    assert li.text().count("hi") == 1
    li.block()
    with pytest.raises(Forbidden, match="blocked"):
        await bot.send_message(li.id, "hi")
    older = asyncio.create_task(bot.get_updates(offset=-1, timeout=0))
    await older
    offset = older.result()[-1].update_id + 1
    older = asyncio.create_task(bot.get_updates(offset=offset, timeout=5))
    await asyncio.sleep(0.05)
    async with httpx.AsyncClient(base_url=f"{address.base_url}{address.world.token}/") as other:
        await other.post("getUpdates", data={"offset": offset, "timeout": 1})
    with pytest.raises(Conflict):
        await older


async def test_the_page_hears_of_changes_at_once(address: Address) -> None:
    async with httpx.AsyncClient(base_url=address.url) as page, page.stream("GET", "/sim/events") as events:
        lines = events.aiter_lines()
        assert await anext(lines) == ": welcome"
        await page.post("/sim/start", json={"as": "李梅"})
        while not (line := await anext(lines)).startswith("data: "):
            pass
        assert str(address.world.person("李梅").id) in line
