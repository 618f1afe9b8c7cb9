"""Topics: a forum's threads as a bot meets them, with the General topic that nobody names."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import telegram

from sandbox import CannotDo, Group, Sandbox, Someone, World
from sandbox.chats import Chat, Json
from sandbox.people import Person
from tests.test_sandbox_groups import Stage, whole

RIGHTS = ("can_manage_topics", "can_delete_messages", "can_pin_messages")


class Forum(Stage):
    """A forum with the bot as an admin who manages topics."""

    @property
    def forum(self) -> Chat:
        return self.world.chat("论坛")

    async def topic(self, name: str = "羽毛球", **more: Any) -> int:
        made = await self.done("createForumTopic", chat_id=self.forum.id, name=name, **more)
        whole(telegram.ForumTopic.de_json(made, None))
        return int(made["message_thread_id"])


@pytest.fixture
async def stage() -> AsyncIterator[Forum]:
    world = World(
        people=[Someone("李梅"), Someone("王强"), Someone("陈静")],
        group=[Group("论坛", ["李梅", "王强", "陈静"], kind="forum"), Group("群", ["李梅", "王强"])],
    )
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as line:
        stage = Forum(world, line)
        stage.give(*RIGHTS, chat=stage.forum)
        world.queue.drop()
        yield stage


async def test_a_new_topic_opens_with_a_line_that_lends_it_its_number(stage: Forum) -> None:
    made = await stage.done("createForumTopic", chat_id=stage.forum.id, name="羽毛球", icon_color=7322096)
    assert made == {"message_thread_id": made["message_thread_id"], "name": "羽毛球", "icon_color": 7322096}
    ((kind, opening),) = stage.heard()
    assert kind == "message"
    assert opening["message_id"] == opening["message_thread_id"] == made["message_thread_id"]
    assert opening["forum_topic_created"] == {"name": "羽毛球", "icon_color": 7322096}
    assert opening["chat"]["is_forum"] is True
    assert (await stage.done("getChat", chat_id=stage.forum.id))["is_forum"] is True
    assert await stage.done("getForumTopicIconStickers") == []


async def test_every_way_of_sending_reaches_a_topic(stage: Forum) -> None:
    number = await stage.topic()
    where = {"chat_id": stage.forum.id, "message_thread_id": number}
    said = await stage.done("sendMessage", **where, text="hi")
    whole(telegram.Message.de_json(said, None))
    assert (said["message_thread_id"], said["is_topic_message"]) == (number, True)
    assert said["reply_to_message"]["forum_topic_created"]["name"] == "羽毛球"
    source = {"from_chat_id": stage.forum.id, "message_id": said["message_id"]}
    for method, params in (
        ("sendLocation", {"latitude": 1, "longitude": 2}),
        ("sendVenue", {"latitude": 1, "longitude": 2, "title": "厅", "address": "楼"}),
        ("sendPoll", {"question": "几点？", "options": [{"text": "早"}, {"text": "晚"}]}),
        ("sendDice", {}),
        ("forwardMessage", source),
    ):
        sent = await stage.done(method, **where, **params)
        assert sent["message_thread_id"] == number, method
    copied = await stage.done("copyMessage", **where, **source)
    assert stage.forum.messages[copied["message_id"]].json["message_thread_id"] == number
    assert await stage.done("sendChatAction", **where, action="typing")


async def test_general_is_addressed_without_a_number(stage: Forum) -> None:
    said = await stage.done("sendMessage", chat_id=stage.forum.id, text="大家好")
    assert "message_thread_id" not in said
    assert "is_topic_message" not in said
    for number in (1, 999):
        words = await stage.refused("sendMessage", chat_id=stage.forum.id, message_thread_id=number, text="hi")
        assert words == "Bad Request: message thread not found"
    words = await stage.refused("sendMessage", chat_id=stage.group.id, message_thread_id=5, text="hi")
    assert words == "Bad Request: message thread not found"
    words = await stage.refused("sendChatAction", chat_id=stage.forum.id, message_thread_id=9, action="typing")
    assert words == "Bad Request: message thread not found"


async def test_an_answer_follows_the_message_into_its_topic(stage: Forum) -> None:
    number = await stage.topic()
    said = stage.wang.in_topic(number).send("谁来？", stage.forum)
    answer = {"message_id": said["message_id"]}
    sent = await stage.done("sendMessage", chat_id=stage.forum.id, text="我", reply_parameters=answer)
    assert sent["message_thread_id"] == number
    assert sent["reply_to_message"]["text"] == "谁来？"


async def test_people_write_into_topics_and_the_bot_sees_where(stage: Forum) -> None:
    number = await stage.topic()
    stage.heard()
    stage.wang.in_topic(number).send("在这里", stage.forum)
    stage.wang.in_topic(1).send("在综合", stage.forum)
    (_, inside), (_, general) = stage.heard()
    assert (inside["message_thread_id"], inside["is_topic_message"]) == (number, True)
    assert "message_thread_id" not in general
    assert [line["text"] for line in stage.li.transcript(stage.forum, topic=number) if "service" not in line] == [
        "在这里"
    ]
    assert stage.li.text(stage.forum).endswith("#羽毛球 王强: 在这里\n王强: 在综合")
    with pytest.raises(CannotDo):
        stage.wang.in_topic(999).send("哪里", stage.forum)


async def test_privacy_does_not_take_every_word_in_the_bots_topic_for_an_answer(stage: Forum) -> None:
    number = await stage.topic()
    stage.give(chat=stage.forum)
    stage.heard()
    stage.wang.in_topic(number).send("自言自语", stage.forum)
    assert stage.heard() == []
    said = await stage.done("sendMessage", chat_id=stage.forum.id, message_thread_id=number, text="hi")
    stage.wang.send("好", stage.forum, reply_to=said["message_id"])
    assert [message["text"] for _, message in stage.heard()] == ["好"]


async def test_a_closed_topic_is_for_those_who_manage_topics(stage: Forum) -> None:
    number = stage.li.open_topic(stage.forum, "公告")
    await stage.done("closeForumTopic", chat_id=stage.forum.id, message_thread_id=number)
    with pytest.raises(CannotDo):
        stage.wang.in_topic(number).send("hi", stage.forum)
    stage.li.in_topic(number).send("hi", stage.forum)
    await stage.done("sendMessage", chat_id=stage.forum.id, message_thread_id=number, text="hi")
    stage.give(chat=stage.forum)
    words = await stage.refused("sendMessage", chat_id=stage.forum.id, message_thread_id=number, text="hi")
    assert words == "Bad Request: TOPIC_CLOSED"
    stage.give(*RIGHTS, chat=stage.forum)
    await stage.done("reopenForumTopic", chat_id=stage.forum.id, message_thread_id=number)
    stage.wang.in_topic(number).send("hi", stage.forum)
    services = [set(message) & {"forum_topic_closed", "forum_topic_reopened"} for _, message in stage.heard()]
    assert [one for one in services if one] == [{"forum_topic_closed"}, {"forum_topic_reopened"}]


async def test_a_topic_is_renamed_and_deleted_with_all_its_words(stage: Forum) -> None:
    number = await stage.topic()
    stage.wang.in_topic(number).send("hi", stage.forum)
    stage.heard()
    where = {"chat_id": stage.forum.id, "message_thread_id": number}
    await stage.done("editForumTopic", **where, name="乒乓球")
    ((_, line),) = stage.heard()
    assert (line["forum_topic_edited"], line["message_thread_id"]) == ({"name": "乒乓球"}, number)
    await stage.done("deleteForumTopic", **where)
    assert [line for line in stage.li.transcript(stage.forum) if line["topic"] == number] == []
    words = await stage.refused("sendMessage", **where, text="hi")
    assert words == "Bad Request: message thread not found"


async def test_the_general_topic_has_methods_of_its_own(stage: Forum) -> None:
    chat = {"chat_id": stage.forum.id}
    await stage.done("editGeneralForumTopic", **chat, name="闲聊")
    await stage.done("closeGeneralForumTopic", **chat)
    with pytest.raises(CannotDo):
        stage.wang.send("hi", stage.forum)
    await stage.done("reopenGeneralForumTopic", **chat)
    await stage.done("hideGeneralForumTopic", **chat)
    assert stage.forum.topics[1].closed
    await stage.done("reopenGeneralForumTopic", **chat)
    assert not stage.forum.topics[1].hidden
    await stage.done("hideGeneralForumTopic", **chat)
    await stage.done("unhideGeneralForumTopic", **chat)
    said = [kind for _, message in stage.heard() for kind in message if "forum_topic" in kind]
    assert said == [
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
    ]


async def test_unpinning_clears_one_topic_only(stage: Forum) -> None:
    number = await stage.topic()
    inside = await stage.done("sendMessage", chat_id=stage.forum.id, message_thread_id=number, text="里")
    outside = await stage.done("sendMessage", chat_id=stage.forum.id, text="外")
    for message in (inside, outside):
        await stage.done("pinChatMessage", chat_id=stage.forum.id, message_id=message["message_id"])
    await stage.done("unpinAllForumTopicMessages", chat_id=stage.forum.id, message_thread_id=number)
    assert stage.forum.pinned == [outside["message_id"]]
    await stage.done("unpinAllGeneralForumTopicMessages", chat_id=stage.forum.id)
    assert stage.forum.pinned == []


Case = tuple[str, dict[str, Any], tuple[str, ...], str]
NEW, OLD = {"name": "x"}, {"message_thread_id": 0}
CASES: list[Case] = [
    ("createForumTopic", NEW, (), "not enough rights to create a topic"),
    ("createForumTopic", {"name": " "}, RIGHTS, "title must be non-empty"),
    ("createForumTopic", NEW | {"icon_color": 5}, RIGHTS, "invalid icon color specified"),
    ("editForumTopic", OLD | NEW, (), "not enough rights to edit the topic"),
    ("editForumTopic", OLD | {"name": "别人的"}, RIGHTS, "TOPIC_NOT_MODIFIED"),
    ("editForumTopic", {"message_thread_id": 999} | NEW, RIGHTS, "TOPIC_ID_INVALID"),
    ("closeForumTopic", OLD, (), "not enough rights to close or open the topic"),
    ("closeForumTopic", {"message_thread_id": 1}, RIGHTS, "TOPIC_ID_INVALID"),
    ("reopenForumTopic", OLD, RIGHTS, "TOPIC_NOT_MODIFIED"),
    ("deleteForumTopic", OLD, ("can_manage_topics",), "not enough rights to delete the topic"),
    (
        "unpinAllForumTopicMessages",
        OLD,
        ("can_manage_topics",),
        "not enough rights to manage pinned messages in the chat",
    ),
    ("unpinAllForumTopicMessages", {"message_thread_id": 999}, RIGHTS, "TOPIC_ID_INVALID"),
    ("editGeneralForumTopic", NEW, (), "not enough rights to edit the topic"),
    ("editGeneralForumTopic", {"name": "General"}, RIGHTS, "TOPIC_NOT_MODIFIED"),
    ("closeGeneralForumTopic", {}, (), "not enough rights to close or open the topic"),
    ("reopenGeneralForumTopic", {}, RIGHTS, "TOPIC_NOT_MODIFIED"),
    ("hideGeneralForumTopic", {}, (), "not enough rights to close or open the topic"),
    ("unhideGeneralForumTopic", {}, RIGHTS, "TOPIC_NOT_MODIFIED"),
    ("unpinAllGeneralForumTopicMessages", {}, (), "not enough rights to manage pinned messages in the chat"),
]


@pytest.mark.parametrize(("method", "params", "rights", "words"), CASES)
async def test_every_refusal_has_telegrams_words(
    stage: Forum, method: str, params: dict[str, Any], rights: tuple[str, ...], words: str
) -> None:
    number = stage.li.open_topic(stage.forum, "别人的")
    stage.give(*rights, chat=stage.forum)
    given = {name: value or number for name, value in params.items()}
    assert await stage.refused(method, chat_id=stage.forum.id, **given) == f"Bad Request: {words}"
    words = await stage.refused(method, chat_id=stage.group.id, **given)
    assert words == "Bad Request: the chat is not a forum"


async def test_people_manage_topics_and_their_own_they_always_may(stage: Forum) -> None:
    with pytest.raises(CannotDo):
        stage.wang.open_topic(stage.forum, "我的")
    stage.li.restrict(stage.forum, [*stage.forum.permissions, "can_manage_topics"])
    number = stage.wang.open_topic(stage.forum, "我的")
    stage.wang.rename_topic(stage.forum, number, "咱们的")
    stage.wang.close_topic(stage.forum, number)
    for forbidden in (
        lambda: stage.chen.close_topic(stage.forum, number, closed=False),
        lambda: stage.wang.close_topic(stage.forum, number),
        lambda: stage.wang.hide_general(stage.forum),
        lambda: stage.li.delete_topic(stage.forum, 1),
        lambda: stage.li.delete_topic(stage.forum, 999),
    ):
        with pytest.raises(CannotDo):
            forbidden()
    stage.wang.close_topic(stage.forum, number, closed=False)
    stage.li.hide_general(stage.forum)
    stage.li.delete_topic(stage.forum, number)
    assert list(stage.forum.topics) == [1]
    stage.li.divide(stage.forum, divided=False)
    assert "is_forum" not in stage.forum.json()
    stage.li.divide(stage.group)
    assert stage.group.forum


async def test_the_people_side_does_the_same_over_http(stage: Forum) -> None:
    async def act(what: str, /, **body: Any) -> Json:
        response = await stage.line.post(f"/sim/{what}", json=body)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    li: Person = stage.li
    forum = stage.forum.id
    number = (await act("topic", **{"as": "李梅"}, chat=forum, name="羽毛球"))["number"]
    sent = await act("send", **{"as": "王强"}, chat=forum, topic=number, text="hi")
    assert sent["message"]["message_thread_id"] == number
    view = (await stage.line.get(f"/sim/chats/{forum}/messages", params={"as": "王强", "topic": number})).json()
    assert [line["topic"] for line in view["messages"]] == [number, number]
    assert view["me"]["silenced"] == ""
    await act("pin", **{"as": "李梅"}, chat=forum, message=sent["message"]["message_id"])
    for action in ("close", "reopen", "hide", "unhide"):
        await act("topic", **{"as": "李梅"}, chat=forum, number=number, action=action)
    await act("topic", **{"as": "李梅"}, chat=forum, number=number, action="rename", name="球")
    state = (await stage.line.get("/sim/state")).json()
    shown = next(one for one in state["groups"] if one["id"] == forum)
    assert [topic["name"] for topic in shown["topics"]] == ["General", "球"]
    wrong = await stage.line.post("/sim/topic", json={"as": "李梅", "chat": forum, "action": "paint"})
    assert wrong.status_code == 400

    made = await act("groups", **{"as": "李梅"}, title="频道", kind="channel")
    channel = made["chat"]
    link = (await act("invite", **{"as": "李梅"}, chat=channel, asks=True))["link"]
    assert await act("link", **{"as": "陈静"}, link=link) == {"chat": channel, "inside": False}
    view = (await stage.line.get(f"/sim/chats/{channel}/messages", params={"as": "李梅"})).json()
    assert [one["name"] for one in view["me"]["requests"]] == ["陈静"]
    await act("decide", **{"as": "李梅"}, chat=channel, who="陈静")
    await act("ask", **{"as": "王强"}, chat=channel, bio="我")
    await act("decide", **{"as": "李梅"}, chat=channel, who="王强", approve=False)
    await act("invite", **{"as": "李梅"}, chat=channel, link=link)
    await act("chat", **{"as": "李梅"}, chat=channel, title="新频道", description="说明", username="news")
    assert stage.world.chat("@news").title == "新频道"
    for action in ("promote", "demote", "mute", "unmute", "kick", "unban"):
        await act("member", **{"as": "李梅"}, chat=forum, who="王强", action=action)
    assert not stage.forum.has(stage.wang.id)
    assert stage.forum.members[li.id].status == "creator"
    assert json.loads((await stage.line.get("/sim/state")).text)["groups"]
