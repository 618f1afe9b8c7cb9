"""Three stages for the same story: in process, over real sockets, and in a real browser.

The last two play against `staffhome demo` as a newcomer starts it, in a process of its own.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.institute import Institute

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 15.0  # seconds until something that should appear is missed


class Stage(Protocol):
    """What a person can do and see, wherever the story is played."""

    async def says(self, who: str, text: str) -> None: ...
    async def taps(self, who: str, button: str, *, group: bool = False) -> None: ...
    async def sees(self, who: str, text: str, *, group: bool = False) -> None: ...
    async def does_not_see(self, who: str, text: str) -> None: ...
    async def later(self, **by: float) -> None: ...


class InProcess:
    """Everything in one process and one loop; nothing waits."""

    def __init__(self, institute: Institute) -> None:
        self.institute = institute

    async def says(self, who: str, text: str) -> None:
        await self.institute.phone(who).says(text)

    async def taps(self, who: str, button: str, *, group: bool = False) -> None:
        await self.institute.phone(who).taps(button, self.institute.group if group else None)

    async def sees(self, who: str, text: str, *, group: bool = False) -> None:
        for _ in range(10):  # a card is repainted a few seconds after the tap
            phone = self.institute.phone(who)
            toasts = " ".join(toast.text for toast in phone.person.toasts())
            if text in phone.reads(self.institute.group if group else None) or text in toasts:
                return
            await self.institute.pass_time(seconds=1)
        raise AssertionError(f"{who} does not see {text!r}")

    async def does_not_see(self, who: str, text: str) -> None:
        assert text not in self.institute.phone(who).reads()

    async def later(self, **by: float) -> None:
        await self.institute.pass_time(**by)


class OverSockets:
    """The demo as its own process; people act through the practice Telegram's own address."""

    def __init__(self, client: httpx.AsyncClient, group: int) -> None:
        self.client = client
        self.group = group

    async def says(self, who: str, text: str) -> None:
        await self._act("send", {"as": who, "text": text})
        await self._quiet()

    async def taps(self, who: str, button: str, *, group: bool = False) -> None:
        wish: dict[str, Any] = {"as": who, "button": button}
        if group:
            wish["chat"] = self.group
        await self._patiently(lambda: self._act("press", wish), f"{who} has no button {button!r}")
        await self._quiet()

    async def sees(self, who: str, text: str, *, group: bool = False) -> None:
        async def look() -> None:
            assert text in await self._reads(who, group)

        await self._patiently(look, f"{who} does not see {text!r}")

    async def does_not_see(self, who: str, text: str) -> None:
        assert text not in await self._reads(who, False)

    async def later(self, **by: float) -> None:
        await self._act("clock", dict(by))

    async def _reads(self, who: str, group: bool) -> str:
        chat = self.group if group else (await self._person(who))["id"]
        words = await self.client.get(f"/sim/chats/{chat}/text", params={"as": who})
        toasts = (await self.client.get("/sim/toasts", params={"as": who})).json()["toasts"]
        return words.text + " ".join(toast["text"] for toast in toasts)

    async def _person(self, who: str) -> dict[str, Any]:
        people = (await self.client.get("/sim/state")).json()["people"]
        return next(person for person in people if person["name"] == who)

    async def _act(self, act: str, wish: dict[str, Any]) -> None:
        answer = await self.client.post(f"/sim/{act}", json=wish)
        assert answer.status_code == 200, answer.text

    async def _quiet(self) -> None:
        """Until the bot has taken what was said; what it answers is waited for where it is looked for."""

        async def look() -> None:
            assert (await self.client.get("/sim/state")).json()["pending"] == 0

        await self._patiently(look, "the bot does not take its updates")

    async def _patiently(self, attempt: Any, complaint: str) -> None:
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                await attempt()
                return
            except AssertionError as error:
                if asyncio.get_running_loop().time() > end:
                    raise AssertionError(f"{complaint}: {error}") from None
            await asyncio.sleep(0.05)


class InBrowser:
    """The chat page, clicked and typed into."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def says(self, who: str, text: str) -> None:
        await self._as(who, group=False)
        field = self.page.locator("textarea.field")
        await field.fill(text)
        await field.press("Enter")

    async def taps(self, who: str, button: str, *, group: bool = False) -> None:
        await self._as(who, group=group)
        await self._lines().locator("button.key", has_text=button).last.click()

    async def sees(self, who: str, text: str, *, group: bool = False) -> None:
        await self._as(who, group=group)
        seen = self.page.locator(".bubble, .toast, [role=alertdialog]").filter(has_text=text)
        await expect(seen.last).to_be_visible(timeout=PATIENCE * 1000)

    async def does_not_see(self, who: str, text: str) -> None:
        await self._as(who, group=False)
        await expect(self._lines().filter(has_text=text)).to_have_count(0)

    async def later(self, **by: float) -> None:
        await self.page.evaluate(
            "by => fetch('/sim/clock', {method: 'POST', headers: {'Content-Type': 'application/json'},"
            " body: JSON.stringify(by)})",
            dict(by),
        )

    def _lines(self) -> Locator:
        return self.page.locator("[role=article]")

    async def _as(self, who: str, *, group: bool) -> None:
        row = self.page.locator(".person-row", has_text=who)
        if await row.get_attribute("aria-pressed") != "true":
            await row.click()
        chat = self.page.locator(".chat-row").filter(has_text="职工群" if group else "机器人").first
        if await chat.get_attribute("aria-current") != "true":
            await chat.click()


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[str]:
    """`staffhome demo` in an empty folder; gives the address it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--port",
        "0",
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path.cwd())},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        while True:
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            assert line, "the demo ended by itself"
            if "http://" in line:
                break
        yield line.strip()
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 15)
        process._transport.close()  # type: ignore[attr-defined]  # else its pipe outlives the loop


@asynccontextmanager
async def over_sockets(folder: Path) -> AsyncIterator[OverSockets]:
    """The demo, and people who act through HTTP."""
    async with demo(folder) as address, httpx.AsyncClient(base_url=address, trust_env=False) as client:
        state = (await client.get("/sim/state")).json()
        yield OverSockets(client, state["groups"][0]["id"])


@asynccontextmanager
async def in_browser(folder: Path) -> AsyncIterator[InBrowser]:
    """The demo, and a browser that has opened its page. Without Chromium: skipped, unless it is insisted on."""
    if not CHROMIUM.exists():
        assert os.environ.get("REQUIRE_BROWSER") is None, "Chromium is not installed"
        pytest.skip("no Chromium here")
    async with demo(folder) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        yield InBrowser(page)
        await browser.close()
        assert not complaints
