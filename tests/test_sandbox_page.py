"""The chat page in a real browser: what people click there, and what they see of it."""

import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

from sandbox import Group, Someone, World, serving
from sandbox.serving import Address
from tests.stages import CHROMIUM, QUIET


@dataclass
class Desk:
    """An open page, the sandbox behind it, and the bot that talks there."""

    page: Page
    address: Address

    @property
    def world(self) -> World:
        return self.address.world

    async def bot(self, method: str, **params: Any) -> Any:
        """Let the bot do something."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = (await client.post(f"{self.address.base_url}{self.world.token}/{method}", json=params)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def be(self, who: str, chat: str = "bot") -> None:
        """Be somebody, in the chat of that title."""
        person = self.world.person(who)
        place = "bot" if chat == "bot" else str(self.world.chat(chat).id)
        await self.page.goto(f"{self.address.url}/#/{person.id}/{place}")
        await expect(self.page.locator("textarea.field")).to_be_visible()

    def last(self, kind: str) -> Locator:
        """The newest thing of that kind in the open chat."""
        return self.page.locator(f"[role=article] {kind}").last


@asynccontextmanager
async def desk(world: World, locale: str = "en-GB", width: int = 1280) -> AsyncIterator[Desk]:
    """A browser with the page of a sandbox open; nothing may go wrong in it. Without Chromium: skipped."""
    if not CHROMIUM.exists():
        assert os.environ.get("REQUIRE_BROWSER") is None, "Chromium is not installed"
        pytest.skip("no Chromium here")
    async with serving(world) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(viewport={"width": width, "height": 844}, locale=locale)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address.url)
        yield Desk(page, address)
        await browser.close()
        assert not complaints


@pytest.fixture
def world() -> World:
    return World(people=[Someone("Li"), Someone("Wang")], group=Group("Group", ["Li", "Wang"]))


def votes(world: World) -> list[list[int]]:
    """What the bot has been told of votes, oldest first."""
    updates = [json.loads(update.text) for update in world.queue.waiting]
    return [update["poll_answer"]["option_ids"] for update in updates if "poll_answer" in update]


async def test_a_quiz_is_answered_by_a_click_and_says_what_was_right_and_why(world: World) -> None:
    async with desk(world) as it:
        group = world.chat("Group")
        quiz = {"question": "Two and two?", "options": ["three", "four"], "type": "quiz", "correct_option_ids": [1]}
        await it.bot("sendPoll", chat_id=group.id, **quiz, explanation="Count.", is_anonymous=False, open_period=600)
        await it.be("Li", "Group")
        poll = it.last(".poll")
        await expect(poll).to_contain_text("Public quiz")
        await expect(poll.locator(".poll-percent")).to_have_count(0)
        await expect(poll.get_by_role("timer")).to_contain_text(":")
        await poll.get_by_role("button", name="three").click()
        await expect(poll).to_contain_text("Not quite")
        await expect(poll.get_by_role("note")).to_have_text("Count.")
        await expect(poll.get_by_role("listitem", name="three, 100%, 1 answer, your choice, wrong")).to_be_visible()
        await expect(poll.get_by_role("listitem", name="four, 0%, 0 answers, correct answer")).to_be_visible()
        assert votes(world) == [[0]]
        await poll.get_by_role("button", name="Why?").click()
        await expect(poll.get_by_role("note")).to_be_hidden()

        await it.be("Wang", "Group")
        await poll.get_by_role("button", name="four").focus()
        await it.page.keyboard.press("Enter")
        await expect(poll).to_contain_text("Correct")
        await expect(poll).to_be_focused()
        assert votes(world) == [[0], [1]]
        world.clock.move(timedelta(minutes=10))
        await expect(poll).to_contain_text("Final results")
        await expect(poll.get_by_role("timer")).to_have_count(0)


async def test_ticks_are_sent_together_and_can_be_taken_back_on_a_phone_too(world: World) -> None:
    async with desk(world, "zh-CN", width=390) as it:
        group = world.chat("Group")
        options = {"options": ["茶", "水", "酒"], "allows_multiple_answers": True, "is_anonymous": False}
        message = await it.bot("sendPoll", chat_id=group.id, question="喝什么？", **options)
        await it.be("Li", "Group")
        poll = it.last(".poll")
        send = poll.get_by_role("button", name="投票")
        await expect(send).to_be_disabled()
        await poll.get_by_role("checkbox", name="酒").click()
        await poll.get_by_role("checkbox", name="茶").click()
        world.person("Wang").vote("茶", message)
        await expect(poll).to_contain_text("1 人已投票")
        await expect(poll.get_by_role("checkbox", name="酒")).to_be_checked()
        await send.click()
        await expect(poll.get_by_role("listitem", name="茶, 100%, 2 票, 你的选择")).to_be_visible()
        assert votes(world) == [[0], [0, 2]]
        await poll.get_by_role("button", name="2 人已投票").click()
        await expect(it.page.get_by_role("dialog")).to_contain_text("Wang")
        await it.page.keyboard.press("Escape")
        await poll.locator(".poll-question").click(button="right")
        await it.page.get_by_role("menuitem", name="撤回投票").click()
        await expect(poll.get_by_role("checkbox", name="酒")).not_to_be_checked()
        assert votes(world)[-1] == []


async def test_an_option_is_added_where_voters_may(world: World) -> None:
    async with desk(world) as it:
        group = world.chat("Group")
        wishes = {"is_anonymous": False, "allow_adding_options": True}
        await it.bot("sendPoll", chat_id=group.id, question="Where to?", options=["Park"], **wishes)
        await it.be("Li", "Group")
        await it.last(".poll").get_by_role("button", name="Add an option").click()
        await it.page.get_by_role("textbox", name="Add an option").fill("Lake")
        await it.page.keyboard.press("Enter")
        await it.last(".poll").get_by_role("button", name="Lake").click()
        await expect(it.last(".poll").get_by_role("listitem", name="Lake, 100%")).to_be_visible()
        await expect(it.page.locator(".row.service").last).to_contain_text("added an option")


async def test_a_poll_shows_its_pictures(world: World) -> None:
    async with desk(world) as it:
        li = world.person("Li")
        picture = io.BytesIO()
        Image.new("RGB", (640, 480), "teal").save(picture, "PNG")
        photo = {"type": "photo", "media": li.send_photo(picture.getvalue())["photo"][-1]["file_id"]}
        options = [{"text": "This one", "media": photo}, {"text": "None"}]
        await it.bot("sendPoll", chat_id=li.id, question="Which?", options=options, media=photo)
        await it.be("Li")
        poll = it.last(".poll")
        await expect(poll.get_by_role("button", name="Enlarge photo")).to_be_visible()
        await expect(poll.locator(".poll-thumb")).to_have_count(1)
        for image in await poll.locator("img").all():
            await expect(image).to_have_js_property("complete", True)
            await expect(image).not_to_have_js_property("naturalWidth", 0)
        await poll.get_by_role("button", name="This one").click()
        await expect(poll.get_by_role("listitem", name="This one, 100%")).to_be_visible()


async def test_a_button_asks_for_a_quiz_and_gets_it(world: World) -> None:
    async with desk(world) as it:
        li = world.person("Li")
        li.start()
        keys = {"keyboard": [[{"text": "Ask me", "request_poll": {"type": "quiz"}}]]}
        await it.bot("sendMessage", chat_id=li.id, text="What would you ask?", reply_markup=keys)
        await it.be("Li")
        await it.page.locator(".reply-key", has_text="Ask me").click()
        form = it.page.get_by_role("dialog", name="New quiz")
        await form.get_by_role("textbox", name="Question").fill("Why?")
        await form.get_by_role("textbox", name="Option 1").fill("Because")
        await form.get_by_role("textbox", name="Option 2").fill("So")
        await form.get_by_role("checkbox", name="correct answer: Option 1").check()
        await form.get_by_role("button", name="Create").click()
        await expect(it.last(".poll")).to_contain_text("Why?")
        assert json.loads(world.queue.waiting[-1].text)["message"]["poll"]["correct_option_id"] == 0


async def test_a_person_makes_a_quiz_and_stops_it(world: World) -> None:
    async with desk(world) as it:
        await it.be("Li", "Group")
        await it.page.get_by_role("button", name="Attach").click()
        await it.page.get_by_role("menuitem", name="Poll").click()
        form = it.page.get_by_role("dialog")
        await form.get_by_role("textbox", name="Question").fill("Capital of France?")
        await form.get_by_role("textbox", name="Option 1").fill("Rome")
        await form.get_by_role("textbox", name="Option 2").fill("Paris")
        await form.get_by_role("switch", name="Quiz").check()
        await form.get_by_role("checkbox", name="correct answer: Option 2").check()
        await form.get_by_role("textbox", name="Explanation").fill("It always was.")
        await form.get_by_role("button", name="Create").click()
        poll = it.last(".poll")
        await poll.get_by_role("button", name="Paris").click()
        await expect(poll).to_contain_text("Correct")
        await poll.locator(".poll-question").click(button="right")
        await it.page.get_by_role("menuitem", name="Stop poll").click()
        await expect(poll).to_contain_text("Final results")
        await expect(it.page.locator(".chat-row.current")).to_contain_text("Capital of France?")


async def test_a_question_asked_in_one_place_is_not_sent_from_another(world: World) -> None:
    async with desk(world) as it:
        await it.be("Li", "Group")
        await it.page.get_by_role("button", name="Attach").click()
        await it.page.get_by_role("menuitem", name="Poll").click()
        await expect(it.page.get_by_role("dialog")).to_be_visible()
        await it.page.locator("[data-person]", has_text="Wang").first.click()
        await expect(it.page.get_by_role("dialog")).to_be_hidden()
