"""Groups and channels as a bot sees them: who may do what, in which words it is refused, and what the bot is told."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
import telegram
from PIL import Image

from sandbox import CannotDo, Clock, Group, Sandbox, Someone, World
from sandbox.chats import PERMISSIONS, Chat, Json
from sandbox.people import Person

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALL_KINDS = ["message", "channel_post", "my_chat_member", "chat_member", "chat_join_request"]
EVERYTHING = ("can_restrict_members", "can_promote_members", "can_invite_users", "can_change_info", "can_pin_messages")
MUTED = {"can_send_messages": False}


def whole(thing: object) -> None:
    """Nothing in what we answer is unknown to python-telegram-bot."""
    if isinstance(thing, telegram.TelegramObject):
        assert not thing.api_kwargs, thing
        for name in (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())):
            if name not in ("_bot", "api_kwargs"):
                whole(getattr(thing, name, None))
    elif isinstance(thing, tuple | list):
        for part in thing:
            whole(part)


@dataclass
class Stage:
    """A world with a line to its Bot API."""

    world: World
    line: httpx.AsyncClient

    @property
    def li(self) -> Person:
        return self.world.person("李梅")

    @property
    def wang(self) -> Person:
        return self.world.person("王强")

    @property
    def chen(self) -> Person:
        return self.world.person("陈静")

    @property
    def group(self) -> Chat:
        return self.world.chat("群")

    @property
    def channel(self) -> Chat:
        return self.world.chat("公告")

    async def call(self, method: str, **params: Any) -> Json:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        body: Json = (await self.line.post(f"/bot{self.world.token}/{method}", data=texts)).json()
        return body

    async def done(self, method: str, **params: Any) -> Any:
        answer = await self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> str:
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        return str(answer["description"])

    def heard(self) -> list[tuple[str, Json]]:
        """What waits for the bot, each understood by python-telegram-bot; then it is forgotten."""
        updates = [json.loads(update.text) for update in self.world.queue.take(0, 100)]
        self.world.queue.drop()
        for update in updates:
            parsed = telegram.Update.de_json(update, None)
            whole(parsed)
        return [next((kind, value) for kind, value in update.items() if kind != "update_id") for update in updates]

    async def status(self, who: Person, chat: Chat | None = None) -> Json:
        where = chat or self.group
        member: Json = await self.done("getChatMember", chat_id=where.id, user_id=who.id)
        whole(telegram.ChatMember.de_json(member, None))
        return member

    def give(self, *rights: str, chat: Chat | None = None) -> None:
        """Make the bot an admin with exactly these rights."""
        self.li.promote(chat or self.group, self.world.bot.id, rights)

    def later(self, **by: float) -> int:
        return int((self.world.clock.now() + timedelta(**by)).timestamp())


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    world = World(
        people=[Someone("李梅"), Someone("王强"), Someone("陈静"), Someone("赵磊")],
        group=[Group("群", ["李梅", "王强", "陈静"]), Group("公告", ["李梅", "王强"], kind="channel")],
        clock=Clock(NOON, ticking=False),
    )
    world.queue.allow(ALL_KINDS)
    world.queue.drop()
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as line:
        stage = Stage(world, line)
        stage.give(*EVERYTHING)
        world.queue.drop()
        yield stage


# Bans


async def test_a_banned_person_is_gone_and_stays_out(stage: Stage) -> None:
    await stage.done("banChatMember", chat_id=stage.group.id, user_id=stage.wang.id)
    assert await stage.status(stage.wang) == {"user": stage.wang.user.json(), "status": "kicked", "until_date": 0}
    kinds = [(kind, update.get("new_chat_member", {}).get("status")) for kind, update in stage.heard()]
    assert kinds == [("message", None), ("chat_member", "kicked")]
    with pytest.raises(CannotDo):
        stage.wang.join(stage.group)
    assert await stage.done("getChatMemberCount", chat_id=stage.group.id) == 3


async def test_a_ban_ends_by_itself(stage: Stage) -> None:
    until = stage.later(minutes=10)
    await stage.done("banChatMember", chat_id=stage.group.id, user_id=stage.wang.id, until_date=until)
    assert (await stage.status(stage.wang))["until_date"] == until
    stage.world.clock.move(timedelta(minutes=9))
    assert (await stage.status(stage.wang))["status"] == "kicked"
    stage.world.clock.move(timedelta(minutes=1))
    assert (await stage.status(stage.wang))["status"] == "left"
    stage.wang.join(stage.group)


async def test_a_newer_ban_outlives_the_end_of_an_older_one(stage: Stage) -> None:
    await stage.done("banChatMember", chat_id=stage.group.id, user_id=stage.wang.id, until_date=stage.later(minutes=10))
    await stage.done("banChatMember", chat_id=stage.group.id, user_id=stage.wang.id)
    stage.world.clock.move(timedelta(days=1))
    assert (await stage.status(stage.wang))["status"] == "kicked"


@pytest.mark.parametrize("ahead", [{"seconds": 20}, {"days": 367}, {"days": -1}])
async def test_too_near_or_too_far_an_end_means_forever(stage: Stage, ahead: dict[str, float]) -> None:
    until = stage.later(**ahead)
    await stage.done("banChatMember", chat_id=stage.group.id, user_id=stage.wang.id, until_date=until)
    assert (await stage.status(stage.wang))["until_date"] == 0


async def test_unbanning_lets_somebody_back_and_throws_a_member_out(stage: Stage) -> None:
    await stage.done("unbanChatMember", chat_id=stage.group.id, user_id=stage.wang.id, only_if_banned=True)
    assert (await stage.status(stage.wang))["status"] == "member"
    await stage.done("unbanChatMember", chat_id=stage.group.id, user_id=stage.wang.id)
    assert (await stage.status(stage.wang))["status"] == "left"
    await stage.done("banChatMember", chat_id=stage.group.id, user_id=stage.chen.id)
    await stage.done("unbanChatMember", chat_id=stage.group.id, user_id=stage.chen.id, only_if_banned=True)
    assert (await stage.status(stage.chen))["status"] == "left"
    stage.chen.join(stage.group)


# Restrictions


async def test_a_muted_person_cannot_write_until_the_time_is_over(stage: Stage) -> None:
    until = stage.later(hours=1)
    await stage.done(
        "restrictChatMember", chat_id=stage.group.id, user_id=stage.wang.id, permissions=MUTED, until_date=until
    )
    muted = await stage.status(stage.wang)
    assert (muted["status"], muted["is_member"], muted["until_date"]) == ("restricted", True, until)
    assert not any(muted[permission] for permission in PERMISSIONS)
    with pytest.raises(CannotDo):
        stage.wang.send("hi", stage.group)
    assert [kind for kind, _ in stage.heard()] == ["chat_member"]
    stage.world.clock.move(timedelta(hours=1))
    stage.wang.send("hi", stage.group)
    assert (await stage.status(stage.wang))["status"] == "member"


async def test_some_permissions_bring_others_along_unless_independent(stage: Stage) -> None:
    await stage.done(
        "restrictChatMember",
        chat_id=stage.group.id,
        user_id=stage.wang.id,
        permissions={"can_send_other_messages": True},
    )
    member = await stage.status(stage.wang)
    assert member["can_send_messages"]
    assert member["can_send_photos"]
    assert not member["can_send_polls"]
    await stage.done(
        "restrictChatMember",
        chat_id=stage.group.id,
        user_id=stage.wang.id,
        permissions={"can_send_other_messages": True},
        use_independent_chat_permissions=True,
    )
    member = await stage.status(stage.wang)
    assert [permission for permission in PERMISSIONS if member[permission]] == ["can_send_other_messages"]


async def test_who_may_everything_again_is_an_ordinary_member(stage: Stage) -> None:
    where = {"chat_id": stage.group.id, "user_id": stage.wang.id}
    await stage.done("restrictChatMember", **where, permissions=MUTED)
    await stage.done("restrictChatMember", **where, permissions=dict.fromkeys(PERMISSIONS, True))
    assert (await stage.status(stage.wang))["status"] == "member"


async def test_a_restriction_outlives_leaving(stage: Stage) -> None:
    await stage.done("restrictChatMember", chat_id=stage.group.id, user_id=stage.wang.id, permissions=MUTED)
    stage.wang.leave(stage.group)
    assert (await stage.status(stage.wang))["is_member"] is False
    stage.wang.join(stage.group)
    with pytest.raises(CannotDo):
        stage.wang.send("hi", stage.group)


async def test_a_restricted_bot_is_told_what_it_may_not_send(stage: Stage) -> None:
    stage.give()
    stage.li.mute(stage.group, stage.world.bot.id, ["can_send_messages"])
    await stage.done("sendMessage", chat_id=stage.group.id, text="hi")
    words = await stage.refused("sendDocument", chat_id=stage.group.id, document="x")
    assert words == "Bad Request: not enough rights to send documents to the chat"
    stage.li.mute(stage.group, stage.world.bot.id)
    words = await stage.refused("sendMessage", chat_id=stage.group.id, text="hi")
    assert words == "Bad Request: not enough rights to send text messages to the chat"


async def test_the_groups_permissions_hold_for_everybody_but_admins(stage: Stage) -> None:
    await stage.done("setChatPermissions", chat_id=stage.group.id, permissions={"can_send_polls": True})
    shown = (await stage.done("getChat", chat_id=stage.group.id))["permissions"]
    assert [name for name in PERMISSIONS if shown[name]] == ["can_send_messages", "can_send_polls"]
    stage.wang.send("hi", stage.group)
    with pytest.raises(CannotDo):
        stage.wang.send_photo(_png(), chat=stage.group)
    words = await stage.refused("setChatPermissions", chat_id=stage.group.id, permissions={"can_send_polls": True})
    assert words == "Bad Request: CHAT_NOT_MODIFIED"


def _png() -> bytes:
    target = BytesIO()
    Image.new("RGB", (8, 8), "red").save(target, "PNG")
    return target.getvalue()


# Admins


async def test_an_admin_of_the_bots_making_has_just_those_rights(stage: Stage) -> None:
    where = {"chat_id": stage.group.id, "user_id": stage.wang.id}
    await stage.done("promoteChatMember", **where, can_pin_messages=True, can_post_messages=True)
    await stage.done("setChatAdministratorCustomTitle", **where, custom_title="组长")
    admin = await stage.status(stage.wang)
    assert [right for right, given in admin.items() if right.startswith("can_") and given] == [
        "can_be_edited",
        "can_manage_chat",
        "can_pin_messages",
    ]
    assert "can_post_messages" not in admin
    assert admin["custom_title"] == "组长"
    await stage.done("promoteChatMember", **where, can_invite_users=True)
    assert (await stage.status(stage.wang))["custom_title"] == "组长"
    await stage.done("promoteChatMember", **where)
    assert (await stage.status(stage.wang))["status"] == "member"
    administrators = await stage.done("getChatAdministrators", chat_id=stage.group.id)
    assert {member["user"]["id"] for member in administrators} == {stage.li.id, stage.world.bot.id}


async def test_an_anonymous_admin_speaks_in_the_groups_name(stage: Stage) -> None:
    await stage.done("promoteChatMember", chat_id=stage.group.id, user_id=stage.wang.id, is_anonymous=True)
    stage.heard()
    stage.wang.send("hi", stage.group)
    ((kind, message),) = stage.heard()
    assert kind == "message"
    assert message["from"]["username"] == "GroupAnonymousBot"
    assert message["sender_chat"]["id"] == stage.group.id
    assert stage.li.transcript(stage.group)[-1]["from"] == "群"


# Name and description


async def test_the_groups_name_and_description_change(stage: Stage) -> None:
    await stage.done("setChatTitle", chat_id=stage.group.id, title="新群")
    await stage.done("setChatDescription", chat_id=stage.world.chat("新群").id, description="说明")
    ((kind, message),) = stage.heard()
    assert (kind, message["new_chat_title"]) == ("message", "新群")
    chat = await stage.done("getChat", chat_id=message["chat"]["id"])
    whole(telegram.ChatFullInfo.de_json(chat, None))
    assert (chat["title"], chat["description"]) == ("新群", "说明")
    assert chat["invite_link"].startswith("https://t.me/+")


# Every refusal

Case = tuple[str, str, dict[str, Any], tuple[str, ...], str]
FULL, NONE = EVERYTHING, ("can_manage_chat",)
CASES: list[Case] = [
    ("banChatMember", "private", {"user_id": "wang"}, FULL, "can't ban members in private chats"),
    ("banChatMember", "group", {"user_id": "li"}, FULL, "can't remove chat owner"),
    ("banChatMember", "group", {"user_id": "bot"}, FULL, "can't restrict self"),
    (
        "banChatMember",
        "group",
        {"user_id": "wang"},
        NONE,
        "not enough rights to restrict/unrestrict chat member",
    ),
    ("banChatMember", "group", {"user_id": "admin"}, FULL, "user is an administrator of the chat"),
    ("banChatMember", "group", {"user_id": 77}, FULL, "member not found"),
    ("banChatMember", "group", {}, FULL, "invalid user_id specified"),
    ("banChatMember", "basic", {"user_id": "wang"}, FULL, "CHAT_ADMIN_REQUIRED"),
    (
        "unbanChatMember",
        "basic",
        {"user_id": "wang"},
        FULL,
        "method is available for supergroup and channel chats only",
    ),
    ("unbanChatMember", "group", {"user_id": "wang"}, NONE, "not enough rights to restrict/unrestrict chat member"),
    (
        "restrictChatMember",
        "basic",
        {"user_id": "wang", "permissions": {}},
        FULL,
        "method is available only for supergroups",
    ),
    (
        "restrictChatMember",
        "channel",
        {"user_id": "wang", "permissions": {}},
        FULL,
        "method is available only for supergroups",
    ),
    ("restrictChatMember", "group", {"user_id": "li", "permissions": {}}, FULL, "can't remove chat owner"),
    ("restrictChatMember", "group", {"user_id": "bot", "permissions": {}}, FULL, "can't restrict self"),
    (
        "restrictChatMember",
        "group",
        {"user_id": "admin", "permissions": {}},
        FULL,
        "user is an administrator of the chat",
    ),
    (
        "restrictChatMember",
        "group",
        {"user_id": "wang", "permissions": {}},
        NONE,
        "not enough rights to restrict/unrestrict chat member",
    ),
    (
        "promoteChatMember",
        "basic",
        {"user_id": "wang"},
        FULL,
        "method is available for supergroup and channel chats only",
    ),
    ("promoteChatMember", "group", {"user_id": "li"}, FULL, "can't remove chat owner"),
    ("promoteChatMember", "group", {"user_id": "bot", "can_pin_messages": True}, FULL, "can't promote self"),
    ("promoteChatMember", "group", {"user_id": "wang", "can_pin_messages": True}, NONE, "not enough rights"),
    ("promoteChatMember", "group", {"user_id": "wang", "can_delete_messages": True}, FULL, "RIGHT_FORBIDDEN"),
    ("promoteChatMember", "group", {"user_id": "admin", "can_pin_messages": True}, FULL, "CHAT_ADMIN_REQUIRED"),
    ("promoteChatMember", "group", {"user_id": "gone", "can_pin_messages": True}, FULL, "USER_NOT_PARTICIPANT"),
    (
        "setChatAdministratorCustomTitle",
        "channel",
        {"user_id": "wang", "custom_title": "x"},
        FULL,
        "method is available only for supergroups",
    ),
    (
        "setChatAdministratorCustomTitle",
        "group",
        {"user_id": "li", "custom_title": "x"},
        FULL,
        "only creator can edit their custom title",
    ),
    (
        "setChatAdministratorCustomTitle",
        "group",
        {"user_id": "wang", "custom_title": "x"},
        FULL,
        "user is not an administrator",
    ),
    (
        "setChatAdministratorCustomTitle",
        "group",
        {"user_id": "admin", "custom_title": "x"},
        FULL,
        "not enough rights to change custom title of the user",
    ),
    (
        "setChatAdministratorCustomTitle",
        "group",
        {"user_id": "own", "custom_title": "x" * 17},
        FULL,
        "ADMIN_RANK_INVALID",
    ),
    (
        "setChatAdministratorCustomTitle",
        "group",
        {"user_id": "own", "custom_title": "😀"},
        FULL,
        "ADMIN_RANK_EMOJI_NOT_ALLOWED",
    ),
    ("setChatPermissions", "private", {"permissions": {}}, FULL, "can't change private chat permissions"),
    ("setChatPermissions", "channel", {"permissions": {}}, FULL, "can't change channel chat permissions"),
    ("setChatPermissions", "group", {"permissions": {}}, NONE, "not enough rights to change chat permissions"),
    ("setChatTitle", "private", {"title": "x"}, FULL, "can't change private chat title"),
    ("setChatTitle", "group", {"title": " "}, FULL, "title must be non-empty"),
    ("setChatTitle", "group", {"title": "x"}, NONE, "not enough rights to change chat title"),
    ("setChatTitle", "group", {"title": "群"}, FULL, "chat title is not modified"),
    ("setChatDescription", "private", {}, FULL, "can't change private chat description"),
    ("setChatDescription", "group", {"description": "x"}, NONE, "not enough rights to set chat description"),
    ("setChatDescription", "group", {}, FULL, "chat description is not modified"),
    ("leaveChat", "private", {}, FULL, "can't leave private chats"),
    ("exportChatInviteLink", "private", {}, FULL, "can't invite members to a private chat"),
    ("exportChatInviteLink", "group", {}, NONE, "not enough rights to manage chat invite link"),
    ("createChatInviteLink", "group", {"member_limit": 100_000}, FULL, "USAGE_LIMIT_INVALID"),
    ("createChatInviteLink", "group", {"expire_date": 1000}, FULL, "EXPIRE_DATE_INVALID"),
    (
        "createChatInviteLink",
        "group",
        {"member_limit": 1, "creates_join_request": True},
        FULL,
        "member limit can't be specified for links requiring administrator approval",
    ),
    ("editChatInviteLink", "group", {"invite_link": "https://t.me/+x"}, FULL, "INVITE_HASH_EXPIRED"),
    ("revokeChatInviteLink", "group", {"invite_link": "https://t.me/+x"}, FULL, "INVITE_HASH_EXPIRED"),
    ("approveChatJoinRequest", "group", {"user_id": "gone"}, FULL, "HIDE_REQUESTER_MISSING"),
    ("approveChatJoinRequest", "group", {"user_id": "wang"}, FULL, "USER_ALREADY_PARTICIPANT"),
    ("declineChatJoinRequest", "group", {"user_id": "gone"}, FULL, "HIDE_REQUESTER_MISSING"),
    ("declineChatJoinRequest", "group", {"user_id": "gone"}, NONE, "not enough rights to manage chat invite link"),
]


@pytest.mark.parametrize(("method", "where", "params", "rights", "words"), CASES)
async def test_every_refusal_has_telegrams_words(
    stage: Stage, method: str, where: str, params: dict[str, Any], rights: tuple[str, ...], words: str
) -> None:
    li, wang, chen = stage.li, stage.wang, stage.chen
    li.start()
    zhao = stage.world.person("赵磊")
    zhao.user.seen = True
    chats = {
        "private": li.id,
        "group": stage.group.id,
        "channel": stage.channel.id,
        "basic": li.create_group("小群", [wang]).id,
    }
    await stage.done("promoteChatMember", chat_id=stage.group.id, user_id=wang.id, can_pin_messages=True)
    people = {
        "li": li.id,
        "wang": wang.id,
        "admin": chen.id,
        "gone": zhao.id,
        "bot": stage.world.bot.id,
        "own": wang.id,
    }
    if params.get("user_id") == "wang":
        await stage.done("promoteChatMember", chat_id=stage.group.id, user_id=wang.id)
    li.promote(stage.group, chen.id)
    stage.give(*rights)
    given = {name: people.get(str(value), value) if name == "user_id" else value for name, value in params.items()}
    assert await stage.refused(method, chat_id=chats[where], **given) == f"Bad Request: {words}"


# Invite links


async def test_a_link_lets_so_many_in_and_no_more(stage: Stage) -> None:
    made = await stage.done(
        "createChatInviteLink", chat_id=stage.group.id, name="赠票", member_limit=1, expire_date=stage.later(days=1)
    )
    whole(telegram.ChatInviteLink.de_json(made, None))
    assert made["name"] == "赠票"
    zhao = stage.world.person("赵磊")
    assert zhao.join_link(made["invite_link"]) is stage.group
    kinds = stage.heard()
    assert [kind for kind, _ in kinds] == ["chat_member", "message"]
    assert kinds[0][1]["invite_link"]["name"] == "赠票"
    zhao.leave(stage.group)
    with pytest.raises(CannotDo):
        stage.world.add_person("Bea").join_link(made["invite_link"])


async def test_a_link_ends_when_it_expires_or_is_revoked(stage: Stage) -> None:
    made = await stage.done("createChatInviteLink", chat_id=stage.group.id, expire_date=stage.later(hours=1))
    stage.world.clock.move(timedelta(hours=1))
    zhao = stage.world.person("赵磊")
    with pytest.raises(CannotDo):
        zhao.join_link(made["invite_link"])
    edited = await stage.done("editChatInviteLink", chat_id=stage.group.id, invite_link=made["invite_link"], name="新")
    assert (edited["name"], "expire_date" in edited) == ("新", False)
    assert (await stage.done("revokeChatInviteLink", chat_id=stage.group.id, invite_link=made["invite_link"]))[
        "is_revoked"
    ]
    with pytest.raises(CannotDo):
        zhao.join_link(made["invite_link"])
    words = await stage.refused("editChatInviteLink", chat_id=stage.group.id, invite_link=made["invite_link"])
    assert words == "Bad Request: INVITE_REVOKED_MISSING"


async def test_a_new_primary_link_replaces_the_old_one(stage: Stage) -> None:
    first = await stage.done("exportChatInviteLink", chat_id=stage.group.id)
    second = await stage.done("exportChatInviteLink", chat_id=stage.group.id)
    assert first != second == (await stage.done("getChat", chat_id=stage.group.id))["invite_link"]
    with pytest.raises(CannotDo):
        stage.world.person("赵磊").join_link(first)
    words = await stage.refused("editChatInviteLink", chat_id=stage.group.id, invite_link=second, name="x")
    assert words == "Bad Request: CHAT_INVITE_PERMANENT"
    revoked = await stage.done("revokeChatInviteLink", chat_id=stage.group.id, invite_link=second)
    assert (revoked["is_primary"], revoked["is_revoked"]) == (True, True)
    assert (await stage.done("getChat", chat_id=stage.group.id))["invite_link"] not in (first, second)


# People who ask


async def test_whoever_asks_is_announced_written_to_and_let_in(stage: Stage) -> None:
    made = await stage.done("createChatInviteLink", chat_id=stage.group.id, creates_join_request=True)
    zhao = stage.world.person("赵磊")
    zhao.join_link(made["invite_link"])
    assert not stage.group.has(zhao.id)
    ((kind, request),) = stage.heard()
    assert (kind, request["from"]["id"], request["user_chat_id"]) == ("chat_join_request", zhao.id, zhao.id)
    assert request["invite_link"]["pending_join_request_count"] == 1
    await stage.done("sendMessage", chat_id=request["user_chat_id"], text="您是哪位？")
    await stage.done("approveChatJoinRequest", chat_id=stage.group.id, user_id=zhao.id)
    assert stage.group.has(zhao.id)
    (_, standing), (_, line) = stage.heard()
    assert standing["via_join_request"] is True
    assert standing["from"]["id"] == stage.world.bot.id
    assert line["new_chat_members"][0]["id"] == line["from"]["id"] == zhao.id
    words = await stage.refused("sendMessage", chat_id=zhao.id, text="hi")
    assert words == "Forbidden: bot can't initiate conversation with a user"


async def test_the_door_to_whoever_asks_is_open_for_five_minutes(stage: Stage) -> None:
    zhao = stage.world.person("赵磊")
    zhao.ask(stage.group, bio="新来的")
    ((_, request),) = stage.heard()
    assert request["bio"] == "新来的"
    stage.world.clock.move(timedelta(minutes=5))
    words = await stage.refused("sendMessage", chat_id=zhao.id, text="hi")
    assert words == "Forbidden: bot can't initiate conversation with a user"
    await stage.done("declineChatJoinRequest", chat_id=stage.group.id, user_id=zhao.id)
    assert not stage.group.has(zhao.id)
    assert stage.group.requests == {}


async def test_a_bot_that_may_not_invite_hears_of_nobody_who_asks(stage: Stage) -> None:
    stage.give("can_restrict_members")
    stage.heard()
    zhao = stage.world.person("赵磊")
    zhao.ask(stage.group)
    assert stage.heard() == []
    stage.li.answer(stage.group, zhao.id)
    assert stage.group.has(zhao.id)


async def test_others_standing_is_told_only_to_an_admin_that_asked_for_it(stage: Stage) -> None:
    stage.world.queue.allow([])
    stage.li.kick(stage.group, stage.wang.id)
    assert [kind for kind, _ in stage.heard()] == ["message"]
    stage.world.queue.allow(ALL_KINDS)
    stage.give()
    stage.heard()
    stage.li.mute(stage.group, stage.chen.id)
    assert stage.heard() == []


# Channels


async def test_a_channel_speaks_in_its_own_name(stage: Stage) -> None:
    post = await stage.done("sendMessage", chat_id=stage.channel.id, text="通知")
    whole(telegram.Message.de_json(post, None))
    assert "from" not in post
    assert post["sender_chat"]["type"] == post["chat"]["type"] == "channel"
    said = stage.li.send("大家好", stage.channel)
    ((kind, heard),) = stage.heard()
    assert (kind, heard["text"]) == ("channel_post", "大家好")
    stage.world.queue.allow(["channel_post", "edited_channel_post"])
    stage.li.edit(said, "各位好", stage.channel)
    ((kind, heard),) = stage.heard()
    assert (kind, heard["text"]) == ("edited_channel_post", "各位好")
    with pytest.raises(CannotDo):
        stage.wang.send("hi", stage.channel)
    assert {line["from"] for line in stage.wang.transcript(stage.channel)} == {"公告"}


async def test_a_bot_edits_and_passes_on_what_others_posted_if_it_may(stage: Stage) -> None:
    said = stage.li.send("大家好", stage.channel)
    await stage.done("editMessageText", chat_id=stage.channel.id, message_id=said["message_id"], text="各位好")
    stage.li.start()
    passed = await stage.done(
        "forwardMessage", chat_id=stage.li.id, from_chat_id=stage.channel.id, message_id=said["message_id"]
    )
    whole(telegram.Message.de_json(passed, None))
    assert passed["forward_origin"]["type"] == "channel"
    stage.give("can_post_messages", chat=stage.channel)
    words = await stage.refused("editMessageText", chat_id=stage.channel.id, message_id=said["message_id"], text="喂")
    assert words == "Bad Request: message can't be edited"


async def test_a_bot_needs_to_be_a_posting_admin_of_the_channel(stage: Stage) -> None:
    words = "Bad Request: need administrator rights in the channel chat"
    stage.give("can_delete_messages", chat=stage.channel)
    assert await stage.refused("sendMessage", chat_id=stage.channel.id, text="hi") == words
    stage.give(chat=stage.channel)
    assert await stage.refused("sendMessage", chat_id=stage.channel.id, text="hi") == words
    assert await stage.refused("getChatAdministrators", chat_id=stage.channel.id) == (
        "Bad Request: member list is inaccessible"
    )
    stage.li.kick(stage.channel, stage.world.bot.id)
    words = "Forbidden: bot was kicked from the channel chat"
    assert await stage.refused("sendMessage", chat_id=stage.channel.id, text="hi") == words
    stage.li.unban(stage.channel, stage.world.bot.id)
    words = "Forbidden: bot is not a member of the channel chat"
    assert await stage.refused("sendMessage", chat_id=stage.channel.id, text="hi") == words


async def test_a_public_name_stands_for_the_id(stage: Stage) -> None:
    stage.li.set_username(stage.channel, "notices")
    stage.li.set_username(stage.group, "ourgroup")
    assert (await stage.done("sendMessage", chat_id="@notices", text="hi"))["chat"]["username"] == "notices"
    await stage.done("sendMessage", chat_id="@OurGroup", text="hi")
    stage.li.kick(stage.group, stage.world.bot.id)
    stage.li.unban(stage.group, stage.world.bot.id)
    chat = await stage.done("getChat", chat_id="@ourgroup")
    assert chat["active_usernames"] == ["ourgroup"]
    words = "Forbidden: bot is not a member of the supergroup chat"
    assert await stage.refused("sendMessage", chat_id="@ourgroup", text="hi") == words


async def test_a_channels_admins_have_a_channels_rights(stage: Stage) -> None:
    bot = await stage.done("getChatMember", chat_id=stage.channel.id, user_id=stage.world.bot.id)
    whole(telegram.ChatMember.de_json(bot, None))
    assert bot["can_post_messages"]
    assert "can_pin_messages" not in bot
    await stage.done("leaveChat", chat_id=stage.channel.id)
    ((kind, update),) = stage.heard()
    assert (kind, update["new_chat_member"]["status"]) == ("my_chat_member", "left")


# People among themselves


async def test_a_phone_offers_only_what_one_may(stage: Stage) -> None:
    for forbidden in (
        lambda: stage.wang.kick(stage.group, stage.chen.id),
        lambda: stage.wang.mute(stage.group, stage.chen.id),
        lambda: stage.wang.promote(stage.group, stage.chen.id),
        lambda: stage.wang.set_title(stage.group, "x"),
        lambda: stage.wang.answer(stage.group, stage.chen.id),
        lambda: stage.wang.pin(1, stage.group),
        lambda: stage.wang.delete(stage.li.send("hi", stage.group), stage.group),
        lambda: stage.wang.join_link("https://t.me/+nothing"),
        lambda: stage.li.create_group("x", kind="party"),
    ):
        with pytest.raises(CannotDo):
            forbidden()
    stage.li.promote(stage.group, stage.wang.id, ["can_restrict_members"], title="副手")
    stage.wang.mute(stage.group, stage.chen.id, ["can_send_messages"], until=stage.later(hours=2))
    stage.chen.send("hi", stage.group)
    with pytest.raises(CannotDo):
        stage.wang.kick(stage.group, stage.li.id)
    stage.wang.kick(stage.group, stage.chen.id)
    stage.wang.unban(stage.group, stage.chen.id)
    stage.chen.join(stage.group)


async def test_people_invite_each_other_by_link(stage: Stage) -> None:
    zhao = stage.world.person("赵磊")
    link = stage.wang.invite_link(stage.group)
    zhao.join_link(link)
    assert stage.group.has(zhao.id)
    other = stage.li.invite_link(stage.channel, asks=True)
    zhao.join_link(other)
    assert not stage.channel.has(zhao.id)
    stage.li.answer(stage.channel, zhao.id, approved=False)
    with pytest.raises(CannotDo):
        stage.li.answer(stage.channel, zhao.id)
    stage.li.revoke_link(stage.channel, other)
    with pytest.raises(CannotDo):
        zhao.join_link(other)


def test_only_its_owner_upgrades_or_deletes_a_group() -> None:
    world = World(people=[Someone("李梅"), Someone("王强")], group=Group("群", ["李梅", "王强"], kind="group"))
    li, wang = world.person("李梅"), world.person("王强")
    for act in (wang.upgrade, wang.delete_group):
        with pytest.raises(CannotDo, match="only the owner"):
            act("群")
    new = li.upgrade("群")
    with pytest.raises(CannotDo, match="only a group"):
        li.upgrade(new)
    li.delete_group(new)
    assert new.deleted
