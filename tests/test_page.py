"""The sandbox's chat page in a real browser, with a bot that the test plays by hand."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.cast import default_world
from sandbox.chats import Chat, Json
from sandbox.serving import Address, serving
from sandbox.world import World

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ("background-networking", "component-update")  # what Chromium would otherwise look up by itself
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
DESK = (1280, 800)
PHONE = (390, 844)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("REQUIRE_BROWSER") is None, reason="there is no Chromium here"
    ),
]


@dataclass
class Stage:
    """A sandbox with its page's address, a browser, and the bot's end of the line."""

    world: World
    url: str
    browser: Browser
    http: httpx.AsyncClient
    offset: int = 0

    @property
    def group(self) -> Chat:
        return self.world.chat("工会群")

    async def bot(self, method: str, files: Any = None, **params: Any) -> Any:
        """Call a method of the Bot API; it must work."""
        fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        answer = (await self.http.post(method, data=fields, files=files)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def hears(self, kind: str) -> Json:
        """Wait for the bot's next update of that kind."""
        while True:
            for update in await self.bot("getUpdates", offset=self.offset, timeout=5, limit=1):
                self.offset = update["update_id"] + 1
                if kind in update and "new_chat_members" not in update[kind]:
                    return dict(update[kind])

    async def page(self, where: str, size: tuple[int, int] = DESK, locale: str = "zh-CN") -> Page:
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=locale, timezone_id="America/New_York"
        )
        context.set_default_timeout(5000)
        page = await context.new_page()
        page.on("pageerror", lambda wrong: pytest.fail(f"the page stumbled: {wrong}"))
        await page.goto(f"{self.url}/#{where}")
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        running = await play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    world = default_world()
    address: Address
    async with (
        serving(world) as address,
        httpx.AsyncClient(base_url=f"{address.base_url}{world.token}/", timeout=10) as http,
    ):
        yield Stage(world, address.url, browser, http)
        for context in browser.contexts:
            await context.close()


def inline(*rows: list[tuple[str, str]]) -> Json:
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row] for row in rows]}


async def fits(page: Page) -> bool:
    """Nothing sticks out at the side."""
    return bool(await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"))


async def test_start_press_and_see_the_answer(stage: Stage) -> None:
    page = await stage.page("/limei/bot")
    await page.get_by_role("button", name="开始", exact=True).click()
    started = await stage.hears("message")
    assert started["text"] == "/start"
    buttons = inline([("报名", "join"), ("规则", "rules")])
    await stage.bot(
        "sendMessage",
        chat_id=started["chat"]["id"],
        text="<b>健步走</b>，<i>周六</i> /events",
        parse_mode="HTML",
        reply_markup=buttons,
    )
    await expect(page.locator(".bubble strong")).to_have_text("健步走")
    join = page.get_by_role("button", name="报名", exact=True)
    await join.click()
    pressed = await stage.hears("callback_query")
    assert pressed["data"] == "join"
    await expect(join).to_have_attribute("aria-busy", "true")
    await stage.bot("answerCallbackQuery", callback_query_id=pressed["id"], text="报上了")
    await expect(page.locator(".toast")).to_have_text("报上了")
    await expect(join).not_to_have_attribute("aria-busy", "true")

    await page.get_by_role("button", name="规则", exact=True).click()
    pressed = await stage.hears("callback_query")
    await stage.bot("answerCallbackQuery", callback_query_id=pressed["id"], text="先到先得", show_alert=True)
    alert = page.get_by_role("alertdialog")
    await expect(alert).to_contain_text("先到先得")
    await alert.get_by_role("button", name="好").click()
    await expect(alert).to_have_count(0)

    await page.get_by_role("button", name="/events", exact=True).click()
    assert (await stage.hears("message"))["text"] == "/events"


async def test_be_several_people(stage: Stage) -> None:
    page = await stage.page("/limei/bot")
    await (
        page.get_by_label("以李梅", exact=False)
        .or_(page.get_by_role("button", name="开始", exact=True))
        .first.wait_for()
    )
    stage.world.person("王强").start()
    await stage.bot("sendMessage", chat_id=stage.world.person("王强").id, text="只给王强看")
    other = page.locator(".rail .person-row", has_text="王强")
    await expect(other.locator(".count")).to_have_text("1")
    await other.click()
    await expect(page.locator(".bubble", has_text="只给王强看")).to_be_visible()
    await expect(page.locator(".list-who")).to_contain_text("王强")
    await expect(other).to_have_attribute("aria-pressed", "true")
    assert page.url.endswith("#/wangqiang/bot")
    await page.reload()
    await expect(page.locator(".bubble", has_text="只给王强看")).to_be_visible()
    await expect(page.locator(".rail .current .count")).to_have_count(0)


async def test_group_and_side_by_side(stage: Stage) -> None:
    await stage.bot("setMyCommands", commands=[{"command": "events", "description": "活动"}])
    page = await stage.page(f"/limei/{stage.group.id}")
    await page.get_by_role("button", name="并排").click()
    left, right = page.locator(".pane").nth(0), page.locator(".pane").nth(1)
    await expect(right.locator(".status-who")).to_contain_text("王强")
    field = left.locator(".field")
    await field.fill("周末去爬山吗")
    await field.press("Shift+Enter")
    await field.type("香山")
    await field.press("Enter")
    seen = right.locator(".row.other", has_text="周末去爬山吗")
    await expect(seen.locator(".author")).to_contain_text("李梅")
    await expect(left.locator(".row.mine", has_text="香山")).to_be_visible()
    await field.press("/")
    await left.get_by_role("option", name="/events").click()
    heard = await stage.hears("message")
    assert heard["text"] == f"/events@{stage.world.bot.username}"


async def test_move_the_clock(stage: Stage) -> None:
    page = await stage.page("/limei")
    card = page.locator(".rail .clock-card")
    before = stage.world.clock.now()
    await card.get_by_role("button", name="+1 天").click()
    await expect(card.locator(".clock-gap")).to_have_text("拨快了 1 天")
    assert 86_390 < (stage.world.clock.now() - before).total_seconds() < 86_410
    await card.get_by_role("button", name="明天 08:59").click()
    await expect(card.locator(".clock-time")).to_have_text("08:59")  # in Beijing, wherever the browser is
    await card.get_by_text("拨到某一刻").click()
    await card.locator("input").fill("2027-03-08T15:30")
    await card.get_by_role("button", name="拨", exact=True).click()
    await expect(card.locator(".clock-time")).to_have_text("15:30")
    assert stage.world.clock.now().strftime("%Y-%m-%d %H:%M") == "2027-03-08 07:30"
    await card.get_by_role("button", name="回到现在").click()
    await expect(card.locator(".clock-home")).to_be_hidden()
    assert abs((stage.world.clock.now() - before).total_seconds()) < 60


async def test_share_the_phone_number(stage: Stage) -> None:
    person = stage.world.person("陈静")
    person.start()
    keyboard = {"keyboard": [[{"text": "发送手机号", "request_contact": True}], [{"text": "跳过"}]]}
    await stage.bot("sendMessage", chat_id=person.id, text="你是谁？", reply_markup=keyboard)
    page = await stage.page("/chenjing/bot")
    await page.get_by_role("button", name="发送手机号").click()
    await page.get_by_role("dialog").get_by_role("button", name="发送", exact=True).click()
    await expect(page.locator(".contact")).to_contain_text(person.user.phone)
    while "contact" not in (heard := await stage.hears("message")):
        pass
    assert heard["contact"]["user_id"] == person.id
    await page.get_by_role("button", name="跳过").click()
    assert (await stage.hears("message"))["text"] == "跳过"
    await stage.bot("sendMessage", chat_id=person.id, text="好的", reply_markup={"remove_keyboard": True})
    await expect(page.locator(".reply-keys")).to_be_hidden()


async def test_hostile_words_stay_words(stage: Stage) -> None:
    nasty = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    person = stage.world.add_person(nasty, "\u202egnorw\u202e", username="mallory")
    person.start()
    zalgo = "工" + "\u0301" * 300
    texts = [nasty, "啊" * 4096, "w" * 4096, "\u2067שלום\u200b\u200d" * 50, zalgo, "javascript:window.hacked=1"]
    for text in texts:
        await stage.bot("sendMessage", chat_id=person.id, text=text)
    link = [{"type": "text_link", "offset": 0, "length": 2, "url": "javascript:window.hacked=1"}]
    person.send("x" * 4096)
    person.private.messages[next(reversed(person.private.messages))].json["entities"] = link
    await stage.bot("sendMessage", chat_id=person.id, text="按钮", reply_markup=inline([(nasty * 20, "n")] * 1))
    for size in (DESK, PHONE):
        page = await stage.page("/mallory/bot", size)
        await expect(page.locator(".row").last).to_contain_text("按钮")
        await expect(page.locator(".status-who" if size == PHONE else ".list-who")).to_contain_text("<img src=x")
        assert await page.evaluate("window.hacked") is None
        assert await page.locator(".lines script, .lines img, a[href^=javascript]").count() == 0
        assert await fits(page)
        assert await page.locator(".stage").evaluate("node => node.scrollWidth <= node.clientWidth")
        widest = "nodes => Math.max(...nodes.map(one => one.getBoundingClientRect().right)) <= innerWidth"
        assert await page.locator(".bubble, .key").evaluate_all(widest)


async def test_on_a_phone(stage: Stage) -> None:
    stage.world.person("王强").send("大家好", stage.group)
    page = await stage.page("/limei", PHONE)
    row = page.locator(".chat-row", has_text="工会群")
    await expect(row.locator(".count")).to_have_text("1")
    await expect(page.locator(".chat-column")).to_be_hidden()
    await row.click()
    await expect(page.locator(".bubble", has_text="大家好")).to_be_visible()
    await expect(page.locator(".list-column")).to_be_hidden()
    assert await fits(page)
    await page.get_by_role("button", name="返回").click()
    await expect(row.locator(".count")).to_have_count(0)
    await page.locator(".status-who").click()
    await page.get_by_role("dialog").get_by_role("button", name="赵磊").click()
    await expect(page.locator(".status-who")).to_contain_text("赵磊")
    await page.locator(".status-clock").click()
    await page.get_by_role("dialog").get_by_role("button", name="+1 小时").click()
    await expect(page.get_by_role("dialog").locator(".clock-gap")).to_contain_text("1 小时")


async def test_reading_old_messages_is_not_disturbed(stage: Stage) -> None:
    person = stage.world.person("李梅")
    for number in range(300):
        person.send(f"第 {number} 条")
    page = await stage.page("/limei/bot")
    await expect(page.locator(".row", has_text="第 299 条")).to_be_in_viewport()
    assert await page.locator(".row.mine").count() < 100
    scroller = page.locator(".scroller")
    await scroller.evaluate("node => node.scrollTop = 300")
    await page.locator(".row", has_text="第 150 条").wait_for(state="attached")
    reading = page.locator(".row", has_text="第 222 条")
    await reading.scroll_into_view_if_needed()
    place = await reading.evaluate("node => node.getBoundingClientRect().top")
    await stage.bot("sendMessage", chat_id=person.id, text="新的")
    await stage.bot("sendMessage", chat_id=person.id, text="更新的")
    await expect(page.locator(".to-end")).to_have_text("2 条新消息")
    assert await reading.evaluate("node => node.getBoundingClientRect().top") == pytest.approx(place, abs=2)
    await page.locator(".to-end").click()
    await expect(page.locator(".row", has_text="更新的")).to_be_in_viewport()
    await expect(page.locator(".to-end")).to_be_hidden()


async def test_nothing_is_missed_while_the_line_is_down(stage: Stage) -> None:
    person = stage.world.person("李梅")
    person.start()
    page = await stage.page("/limei/bot")
    await expect(page.locator(".row.mine")).to_have_count(1)
    stage.world.changed(closing=True)  # the server ends the stream, as a restart would
    sent = await stage.bot("sendMessage", chat_id=person.id, text="断线时说的")
    await expect(page.locator(".bubble", has_text="断线时说的")).to_be_visible(timeout=10_000)
    await stage.bot("editMessageText", chat_id=person.id, message_id=sent["message_id"], text="改过了")
    await expect(page.locator(".bubble", has_text="改过了")).to_contain_text("已编辑")
    await stage.bot("deleteMessage", chat_id=person.id, message_id=sent["message_id"])
    await expect(page.locator(".bubble", has_text="改过了")).to_have_count(0)


async def test_pictures_files_places_and_deep_links(stage: Stage) -> None:
    picture = BytesIO()
    Image.new("RGB", (800, 500), "teal").save(picture, "PNG")
    link = {"inline_keyboard": [[{"text": "私聊", "url": f"https://t.me/{stage.world.bot.username}?start=e42"}]]}
    group = stage.group.id
    await stage.bot(
        "sendPhoto", {"photo": ("a.png", picture.getvalue())}, chat_id=group, caption="海报", reply_markup=link
    )
    await stage.bot("sendDocument", {"document": ("名单.xlsx", b"PK")}, chat_id=group)
    await stage.bot("sendVenue", chat_id=group, latitude=40.0, longitude=116.3, title="礼堂", address="一层")
    page = await stage.page(f"/anna/{group}", locale="en-US")
    await page.get_by_role("button", name="Enlarge photo").click()
    await expect(page.locator(".lightbox img")).to_be_visible()
    await page.keyboard.press("Escape")
    async with page.expect_download() as download:
        await page.locator("a.document").click()
    assert (await download.value).suggested_filename == "名单.xlsx"
    await expect(page.locator(".map-card")).to_contain_text("礼堂")
    await page.get_by_role("button", name="私聊").click()
    assert (await stage.hears("message"))["text"] == "/start e42"
    await expect(page.locator(".row.mine")).to_contain_text("/start e42")
    await page.get_by_role("button", name="More").last.click()
    await page.get_by_role("menuitem", name="Block bot").click()
    await expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    assert stage.world.person("anna").user.blocked
