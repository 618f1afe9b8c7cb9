"""Take the handbook's pictures: the demo as a newcomer starts it, at a fixed hour, in a real browser.

`make pictures` plays the story of the handbook in both languages and writes docs/pictures/<language>/*.png. It needs
Chromium and a Chinese font, as the browser tests do.
"""

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from docs import case_story

HERE = Path(__file__).parent
FOLDER = HERE / "pictures"
CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run"]
QUIET += [f"--disable-{what}" for what in ("background-networking", "component-update", "lcd-text")]
HOUR = "2026-11-23T10:00:00+08:00"  # a Monday morning in Beijing, for the demo and for the browser
# The demo as it is, only that it believes it is that hour.
DEMO = f"""
import datetime, sys, time_machine
time_machine.travel(datetime.datetime.fromisoformat("{HOUR}"), tick=True).start()
from bot.__main__ import main
sys.exit(main(["demo", "--port", "0"]))
"""
DESK, PHONE = (1280, 800), (390, 844)
PATIENCE = 20.0  # seconds until what should appear is missed
COLOURS = 160  # in a picture's palette

# Under the day that floats at the top.
TO_THE_TOP = """line => {
  line.scrollIntoView({block: "start"});
  let pane = line.parentElement;
  while (pane.scrollHeight <= pane.clientHeight) pane = pane.parentElement;
  pane.scrollTop -= 36;
}"""

ZH = {
    "locale": "zh-CN",
    "home": "想办什么",
    "event": "羽毛球友谊赛 周五下午3点到5点 体育馆二层 2人 周四17点截止\n请自带球拍，球由工会准备。",
    "title": "羽毛球友谊赛",
    "review": "请核对",
    "preview_button": "👀 预览",
    "preview": "大家看到的就是这样",
    "publish": "📣 发布到职工群",
    "published": "已发布到职工群",
    "join": "✅ 报名",
    "leave": "↩️ 退出",
    "full": "已报名 2 / 2 人，候补 1 人",
    "joined": "报名成功",
    "moved_up": "递补成功",
    "roll_button": "👥 名单",
    "roll": "陈静",
    "write_button": "✉️ 写给已报名的人",
    "write_ask": "想告诉大家什么",
    "note": "球拍不够的同事请告诉我，工会可以借。",
    "send": "✉️ 发送",
    "sent": "已写给 2 人",
    "edit_button": "✏️ 修改",
    "edit": "要改哪一行",
    "change_place": "改：地点",
    "place_ask": "在哪里",
    "place": "体育馆一层",
    "save": "💾 保存",
    "saved": "已更新",
    "back_button": "⬅️ 这个活动",
    "two_in": "已报名 2 / 2 人\n",
    "two_in_words": "已报名 2 / 2 人\n",
    "changed": "有变动",
    "reminder": "别忘了",
    "desk": "今天要办哪一件",
    "wishes_desk": "🎂 祝福",
    "wishes_shown": "没有人过生日",
    "birthday": "生日",
    "gift": "冬至饺子 12月10日前选 12月15-17日 9:00-11:30 工会办公室领\n韭菜饺子 60元\n白菜饺子 58.5元 200份",
    "gift_review": "请核对",
    "gift_preview_button": "👀 看人数和金额",
    "gift_preview": "预计",
    "gift_open": "🎁 发放（6 人）",
    "gift_came": "白菜饺子",
    "gift_choose": "白菜饺子",
    "gift_chosen": "选好了",
    "gift_code": "📱 领取码",
    "gift_shown": "领取码 ",
    "notice": "@光电子实验室 明早9点停电\n请提前保存数据，关好仪器。",
    "notice_preview": "共 2 人",
    "notice_send": "✉️ 发送（2 人）",
    "notice_sent": "已阅 0 / 2 人",
    "notice_read": "✅ 已阅",
    "notice_noted": "好的，已阅",
    "notice_again": "🔄 刷新",
    "notice_one": "已阅 1 / 2 人",
    "me": "我的信息",
    "bind": "🪪 认证身份",
    "share": "发送我的手机号",
    "bound": "请看看对不对",
}
EN = {
    "locale": "en-GB",
    "home": "What would you like to do",
    "event": "Badminton friendly, Friday 3pm to 5pm, at the gym, 2 people\n"
    "Bring your racket; the union brings the shuttles.",
    "title": "Badminton friendly",
    "review": "Please check",
    "preview_button": "👀 Preview",
    "preview": "This is what everybody will see",
    "publish": "📣 Publish to the staff group",
    "published": "is out in the staff group",
    "join": "✅ 报名",  # the group's card speaks the house's language
    "leave": "↩️ 退出",
    "full": "已报名 2 / 2 人，候补 1 人",
    "joined": "You are in",
    "moved_up": "A place is free",
    "roll_button": "👥 Who is in",
    "roll": "陈静",
    "write_button": "✉️ Write to all who signed up",
    "write_ask": "What would you like to say",
    "note": "No racket? Tell me; the union has some to lend.",
    "send": "✉️ Send",
    "sent": "Written to 2 people",
    "edit_button": "✏️ Change",
    "edit": "Which line would you like",
    "change_place": "Change: Place",
    "place_ask": "Where is it",
    "place": "Hall B of the gym",
    "save": "💾 Save",
    "saved": "is up to date",
    "back_button": "⬅️ This event",
    "two_in": "已报名 2 / 2 人\n",
    "two_in_words": "2 of 2 signed up\n",
    "changed": "has changed",
    "reminder": "Coming up",
    "desk": "Desk\nWhat would you like",
    "wishes_desk": "🎂 Greetings",
    "wishes_shown": "nobody's birthday",
    "birthday": "irthday",
    "gift": "Winter festival, choose by 10 December, 15-17 December, collect at the union office\n"
    "Dumplings 60 yuan\nNoodles 58 yuan 200 pcs",
    "gift_review": "Is this right",
    "gift_preview_button": "👀 People and cost",
    "gift_preview": "yuan",
    "gift_open": "🎁 Give it (6)",
    "gift_came": "Noodles",
    "gift_choose": "Noodles",
    "gift_chosen": "Noodles it is",
    "gift_code": "📱 My code",
    "gift_shown": "code",
    "notice": "@光电子实验室 Power off tomorrow at 9\nPlease save your data and switch off the instruments.",
    "notice_preview": "2 people",
    "notice_send": "✉️ Send to 2",
    "notice_sent": "0 of 2 have read it",
    "notice_read": "✅ I have read it",
    "notice_noted": "Thank you, noted",
    "notice_again": "🔄 Refresh",
    "notice_one": "1 of 2 have read it",
    "me": "About me",
    "bind": "🪪 Say who you are",
    "share": "Send my phone number",
    "bound": "Is it right",
}
ZHOU, LI, WANG, CHEN, ZHAO, LIN = "周敏", "李梅", "王强", "陈静", "赵磊", "林晓"


@dataclass
class Studio:
    """The demo, people who act in it, and a browser that looks over their shoulders."""

    http: httpx.AsyncClient
    browser: Browser
    words: dict[str, str]
    folder: Path
    group: int = 0
    people: dict[str, int] = field(default_factory=dict)

    async def meet(self) -> None:
        """Learn who is there."""
        state = (await self.http.get("/sim/state")).json()
        self.group = state["groups"][0]["id"]
        self.people = {person["name"]: person["id"] for person in state["people"]}

    async def act(self, act: str, who: str, **wish: Any) -> None:
        """Let somebody do something; a button that is not there yet is waited for."""

        async def attempt() -> str:
            answer = await self.http.post(f"/sim/{act}", json={"as": who, **wish})
            return "" if answer.status_code == 200 else answer.text

        await patiently(attempt)

    async def says(self, who: str, text: str, then: str) -> None:
        """Let somebody type, and wait for the answer."""
        await self.act("send", who, text=text)
        await self.sees(who, then)

    async def taps(self, who: str, button: str, then: str, *, group: bool = False) -> None:
        """Let somebody tap, and wait for what follows."""
        chat = {"chat": self.group} if group else {}
        await self.act("press", who, button=self.words.get(button, button), **chat)
        await self.sees(who, then, group=group)

    async def sees(self, who: str, words: str, *, group: bool = False) -> None:
        """Wait until it stands in the chat, or in what flashed up."""
        wanted = self.words.get(words, words)

        async def attempt() -> str:
            chat = self.group if group else self.people[who]
            text = (await self.http.get(f"/sim/chats/{chat}/text", params={"as": who})).text
            toasts = (await self.http.get("/sim/toasts", params={"as": who})).json()["toasts"]
            said = text + " ".join(toast["text"] for toast in toasts)
            return "" if wanted in said else f"{who} does not see {wanted!r}:\n{said[-600:]}"

        await patiently(attempt)

    async def later(self, **by: float) -> None:
        """Move the clock of the demo."""
        await self.http.post("/sim/clock", json=by)

    @asynccontextmanager
    async def page(self, place: str, size: tuple[int, int] = PHONE) -> AsyncIterator[Page]:
        """The chat page, open at this place (`#/person/chat`), in the hour of the demo."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=1 if size == DESK else 1.5,
            locale=self.words["locale"],
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        page = await context.new_page()
        now = (await self.http.get("/sim/state")).json()["now"]
        await page.clock.install(time=now)
        await page.goto(f"{self.http.base_url}#{place}")
        await page.locator("[role=article]").last.wait_for()
        yield page
        await context.close()

    async def shoot(self, name: str, page: Page) -> None:
        """One picture of what is on the page now."""
        await page.wait_for_timeout(600)
        save(await page.screenshot(animations="disabled", caret="hide"), self.folder / f"{name}.png")

    async def take(self, name: str, who: str, *, group: bool = False, said: str = "") -> None:
        """One picture of somebody's phone: its end, or from the message that `said` this."""
        chat = self.group if group else "bot"
        async with self.page(f"/{self.people[who]}/{chat}") as page:
            if said:
                line = page.locator("[role=article]").filter(has_text=said).first
                await line.evaluate(TO_THE_TOP)
            await self.shoot(name, page)


async def patiently(attempt: Callable[[], Awaitable[str]]) -> None:
    """Try until there is no complaint."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while complaint := await attempt():
        if asyncio.get_running_loop().time() > end:
            raise TimeoutError(complaint)
        await asyncio.sleep(0.1)


def save(shot: bytes, file: Path) -> None:
    """Keep a picture with few colours: a tenth of the bytes, the same to the eye."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    picture.save(file, optimize=True)
    print(f"{file.relative_to(HERE.parent)}  {file.stat().st_size // 1024} KiB")


async def story(at: Studio) -> None:
    """What the handbook tells, with a picture wherever it shows one."""
    await at.act("start", LIN)
    for who in (ZHOU, LI, WANG, CHEN, ZHAO, LIN):
        if at.words["locale"] == EN["locale"]:
            await at.act("press", who, button="English")
        await at.sees(who, "bind" if who == LIN else "home")
    await at.take("welcome", LIN)
    await at.taps(LIN, "bind", "share")
    await at.take("bind", LIN)
    await at.act("contact", LIN)
    await at.sees(LIN, "bound")
    await at.says(LIN, "/me", "me")
    await at.take("me", LIN)

    await at.says(ZHOU, "/desk", "desk")
    await at.take("desk", ZHOU)
    await at.says(ZHOU, at.words["event"], "review")
    await at.take("sentence", ZHOU, said=at.words["title"])
    await at.taps(ZHOU, "preview_button", "preview")
    await at.take("preview", ZHOU)
    await at.taps(ZHOU, "publish", "published")
    await at.sees(LI, "title", group=True)
    for who in (LI, WANG):
        await at.taps(who, "join", "joined", group=True)
    await at.act("press", CHEN, button=at.words["join"], chat=at.group)
    await at.sees(CHEN, "full", group=True)
    await at.take("card", CHEN, group=True)
    await at.taps(ZHOU, "roll_button", "roll")
    await at.take("roll", ZHOU)
    await at.act("press", WANG, button=at.words["leave"], chat=at.group)
    await at.sees(CHEN, "moved_up")
    await at.sees(LI, "two_in", group=True)
    async with at.page(f"/{at.people[LI]}/{at.group}&/{at.people[CHEN]}/bot", DESK) as page:
        phones = page.locator(".pane")
        await phones.nth(1).locator("[role=article]").last.wait_for()
        await phones.nth(0).locator("button.key", has_text=at.words["join"]).last.click()
        await phones.nth(0).locator(".toast").wait_for()
        await at.shoot("demo", page)

    await at.taps(ZHOU, "back_button", "two_in_words")
    await at.taps(ZHOU, "edit_button", "edit")
    await at.taps(ZHOU, "change_place", "place_ask")
    await at.says(ZHOU, at.words["place"], "place")
    await at.taps(ZHOU, "save", "saved")
    await at.sees(LI, "changed")
    await at.says(ZHOU, at.words["notice"], "notice_preview")
    await at.take("notice_preview", ZHOU)
    await at.taps(ZHOU, "notice_send", "notice_sent")
    await at.sees(LI, "notice_read")
    await at.take("notice", LI)
    await at.taps(LI, "notice_read", "notice_noted")
    await at.taps(ZHOU, "notice_again", "notice_one")
    await at.take("notice_desk", ZHOU)
    await at.taps(ZHOU, "wishes_desk", "wishes_shown")
    await at.take("wishes", ZHOU, said=at.words["wishes_shown"])
    await at.says(ZHOU, at.words["gift"], "gift_review")
    await at.taps(ZHOU, "gift_preview_button", "gift_preview")
    await at.take("gift_preview", ZHOU)
    await at.taps(ZHOU, "gift_open", "gift_open")
    await at.sees(LI, "gift_came")
    await at.taps(LI, "gift_choose", "gift_chosen")
    await at.taps(LI, "gift_code", "gift_shown")
    await at.take("gift_code", LI)
    await case_story.play(at, ZHOU, LI, WANG, ZHAO)
    await at.later(hours=23, minutes=1)
    await at.sees(WANG, "birthday")
    await at.take("birthday", WANG)
    await at.later(hours=1)
    await case_story.afterwards(at, LI)
    await at.later(days=2, hours=5)
    await at.sees(LI, "reminder")
    await at.take("reminder", LI)


async def main() -> None:
    """Both languages, one demo each; and the practice Telegram by itself."""
    from docs import practice

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        await practice.take(browser)
        await browser.close()
    for name, words in (("zh", ZH | case_story.ZH), ("en", EN | case_story.EN)):
        with tempfile.TemporaryDirectory() as folder:
            async with demo(Path(folder)) as address, async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
                async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
                    studio = Studio(http, browser, words, FOLDER / name)
                    await studio.meet()
                    await story(studio)
                await browser.close()


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[str]:
    """`staffhome demo` in an empty folder; gives its address."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(HERE.parent)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DEMO, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        while "http://" not in (line := (await asyncio.wait_for(process.stdout.readline(), 60)).decode()):
            assert line, "the demo ended by itself"
        yield line.strip()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
