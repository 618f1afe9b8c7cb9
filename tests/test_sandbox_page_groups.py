"""Groups, topics and channels on the chat page, in a real browser."""

import re

from playwright.async_api import Page, expect

from sandbox import Group, Someone, World
from tests.test_sandbox_page import Desk, desk


def world() -> World:
    return World(
        people=[Someone("李梅"), Someone("王强"), Someone("陈静"), Someone("赵磊")],
        group=[
            Group("论坛", ["李梅", "王强", "陈静"], kind="forum"),
            Group("通知", ["李梅", "王强"], kind="channel"),
        ],
    )


async def be(desk: Desk, who: str, chat: str) -> Page:
    """Be somebody in that chat, whether they can write there or not."""
    await desk.page.goto(f"{desk.address.url}/#/{desk.world.person(who).id}/{desk.world.chat(chat).id}")
    await expect(desk.page.locator(".chat-title")).to_contain_text(chat)
    return desk.page


async def test_topics_are_chips_and_the_chosen_one_takes_the_words() -> None:
    async with desk(world()) as place:
        page = await be(place, "李梅", "论坛")
        await page.get_by_role("button", name="New topic").click()
        await page.get_by_role("textbox", name="Topic name").fill("羽毛球")
        await page.keyboard.press("Enter")
        chip = page.locator(".topic", has_text="羽毛球")
        await expect(chip).to_have_attribute("aria-current", "true")
        await page.locator("textarea.field").fill("周六三点")
        await page.keyboard.press("Enter")
        await expect(place.last(".text")).to_contain_text("周六三点")
        forum = place.world.chat("论坛")
        number = max(forum.topics)
        assert next(reversed(forum.messages.values())).json["message_thread_id"] == number
        await place.bot("sendMessage", chat_id=forum.id, text="在综合里说")
        await page.wait_for_timeout(300)
        await expect(page.locator("[role=article]")).to_have_count(1)
        await page.locator(".topic", has_text="All").click()
        await expect(page.locator("[role=article]")).to_have_count(2)
        await page.locator(".topic-tag", has_text="羽毛球").click()
        await expect(page.locator("[role=article]")).to_have_count(1)

        await chip.click()
        await page.get_by_role("menuitem", name="Close topic").click()
        await expect(page.locator(".service").last).to_contain_text("closed the topic")
        page = await be(place, "王强", "论坛")
        await page.locator(".topic", has_text="羽毛球").click()
        await expect(page.locator(".gate.silent")).to_have_text("This topic is closed")
        await page.locator(".topic", has_text="General").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("textarea.field")).to_be_visible()
        assert await page.get_by_role("button", name="New topic").count() == 0


async def test_an_admin_decides_in_the_list_of_members() -> None:
    async with desk(world(), width=390) as place:
        page = await be(place, "李梅", "论坛")
        forum = place.world.chat("论坛")
        wang = place.world.person("王强")
        await page.locator(".chat-title").click()
        await page.locator("[data-member]", has_text="王强").click()
        await page.get_by_role("menuitem", name="Mute", exact=True).click()
        await expect(page.locator("[data-member]", has_text="王强")).to_contain_text("muted")
        assert forum.members[wang.id].status == "restricted"
        await page.locator("[data-member]", has_text="王强").click()
        await page.get_by_role("menuitem", name="Unmute").click()
        await expect(page.locator("[data-member]", has_text="王强")).not_to_contain_text("muted")
        await page.locator("[data-member]", has_text="王强").click()
        await page.get_by_role("menuitem", name="Make admin…").click()
        await page.get_by_label("Manage topics").check()
        await page.get_by_label("Mute and ban").uncheck()
        await page.get_by_label("Custom title (optional)").fill("副手")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("[data-member]", has_text="王强")).to_contain_text("副手")
        assert forum.members[wang.id].may("can_manage_topics")
        assert not forum.members[wang.id].may("can_restrict_members")
        await page.locator("[data-member]", has_text="陈静").click()
        await page.get_by_role("menuitem", name="Remove and ban").click()
        await expect(page.locator("[data-member]", has_text="陈静")).to_contain_text("banned")
        await page.locator("[data-member]", has_text="陈静").click()
        await page.get_by_role("menuitem", name="Lift the ban").click()
        await expect(page.locator("[data-member]", has_text="陈静")).to_have_count(0)
        await page.locator("[data-member]", has_text="王强").click()
        await page.get_by_role("menuitem", name="Be them").click()
        await expect(page.locator(".status-who")).to_contain_text("王强")
        assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


async def test_a_link_is_opened_by_somebody_else_and_who_asks_is_let_in() -> None:
    async with desk(world()) as place:
        page = await be(place, "李梅", "通知")
        channel = place.world.chat("通知")
        chen, zhao = place.world.person("陈静"), place.world.person("赵磊")
        await page.get_by_role("button", name="More").last.click()
        await page.get_by_role("menuitem", name="Invite link").click()
        await page.get_by_role("button", name="Who opens this link?").click()
        await page.locator(".dialog .person-row", has_text="陈静").click()
        await expect(page.locator(".chat-title")).to_contain_text("4 subscribers")
        assert channel.has(chen.id)

        await page.get_by_role("button", name="More").last.click()
        await page.get_by_role("menuitem", name="Invite link").click()
        primary = await page.locator(".invite-link").text_content()
        await page.get_by_label("People must ask first").check()
        await expect(page.locator(".invite-link")).not_to_have_text(str(primary))
        await page.get_by_role("button", name="Who opens this link?").click()
        await page.locator(".dialog .person-row", has_text="赵磊").click()
        await expect(page.locator(".asking")).to_contain_text("赵磊")
        assert not channel.has(zhao.id)
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator(".asking")).to_be_hidden()
        assert channel.has(zhao.id)


async def test_a_channel_is_read_by_all_and_written_by_admins() -> None:
    async with desk(world(), locale="zh-CN") as place:
        page = await be(place, "李梅", "通知")
        await page.locator("textarea.field").fill("周五开会")
        await page.keyboard.press("Enter")
        post = page.locator("[role=article]")
        await expect(post.locator(".author")).to_have_text("通知")
        await expect(post).to_have_class(re.compile("other"))
        page = await be(place, "王强", "通知")
        await expect(page.locator(".gate.silent")).to_have_text("只有管理员可以在频道里发言")
        await expect(page.locator("textarea.field")).to_be_hidden()


async def test_a_new_forum_is_made_renamed_and_left() -> None:
    async with desk(world()) as place:
        page = await be(place, "王强", "论坛")
        await page.get_by_role("button", name="More").first.click()
        await page.get_by_role("menuitem", name="New group or channel").click()
        await page.get_by_label("Title").fill("新论坛")
        await page.get_by_label("Forum (with topics)").check()
        await page.get_by_label("Make the bot an admin").check()
        await page.get_by_role("button", name="Create").click()
        await expect(page.locator(".chat-title")).to_contain_text("新论坛")
        await expect(page.locator(".topic", has_text="General")).to_be_visible()
        made = place.world.chat("新论坛")
        assert made.members[place.world.bot.id].admin
        await page.get_by_role("button", name="More").last.click()
        await page.get_by_role("menuitem", name="Edit…").click()
        await page.get_by_label("Title").fill("老论坛")
        await page.get_by_label("Public name (optional)").fill("oldforum")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".chat-title")).to_contain_text("老论坛")
        await expect(page.locator(".service").last).to_contain_text("老论坛")
        assert made.username == "oldforum"
        await page.get_by_role("button", name="More").last.click()
        await page.get_by_role("menuitem", name="Leave group").click()
        await page.get_by_role("button", name="Leave group").click()
        await expect(page.locator(".chat-row", has_text="老论坛")).to_have_count(0)
