"""What people can do with their phones, in process and over HTTP."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from PIL import Image

from sandbox import CannotDo, Group, Sandbox, Someone, World
from sandbox.cast import default_world
from sandbox.sim import _events


@pytest.fixture
def world() -> World:
    people = [Someone("李梅", username="limei", phone="8613900000001"), Someone("王强")]
    return World(people=people, group=Group("群", ["李梅", "王强"]))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def picture(side: int = 800) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (side, side // 2), "red").save(target, "PNG")
    return target.getvalue()


def newest(world: World) -> dict[str, Any]:
    update: dict[str, Any] = json.loads(world.queue.waiting[-1].text)
    return update


async def bot(client: httpx.AsyncClient, world: World, method: str, **params: Any) -> Any:
    body = (await client.post(f"/bot{world.token}/{method}", json=params)).json()
    assert body["ok"], body
    return body["result"]


def test_what_a_person_sends_reaches_the_bot_as_telegram_writes_it(world: World) -> None:
    li = world.person("李梅")
    assert world.person("@limei") == li == world.person(li.id)
    assert li.id > 2**32
    li.start("event_7")
    message = newest(world)["message"]
    assert message["text"] == "/start event_7"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["chat"] == {"id": li.id, "first_name": "李梅", "username": "limei", "type": "private"}
    said = li.send("你好")
    li.edit(said, "你们好")
    assert newest(world)["edited_message"]["text"] == "你们好"
    li.send_contact()
    assert newest(world)["message"]["contact"] == {
        "phone_number": "8613900000001",
        "first_name": "李梅",
        "user_id": li.id,
    }
    li.send_contact(world.person("王强"))
    assert newest(world)["message"]["contact"]["user_id"] == world.person("王强").id
    li.send_location(31.2, 121.5)
    assert newest(world)["message"]["location"] == {"latitude": 31.2, "longitude": 121.5}
    li.send_document("../花名册.xlsx", b"x", "本月 #名单")
    document = newest(world)["message"]["document"]
    assert document["file_name"] == "花名册.xlsx"
    assert document["mime_type"].endswith("spreadsheetml.sheet")
    li.send_photo(picture(), "照片")
    sizes = newest(world)["message"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(320, 160), (800, 400)]
    li.send("长" * 5000)
    assert len(newest(world)["message"]["text"]) == 5000 - 4096


async def test_buttons_are_pressed_by_what_they_say(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("李梅")
    li.start()
    keyboard = {
        "inline_keyboard": [
            [{"text": "报名", "callback_data": "e:1"}, {"text": "网页", "url": "https://example.com"}],
            [{"text": "详情", "url": "https://t.me/staffhome_bot?start=event_1"}],
            [{"text": "号码", "copy_text": {"text": "123"}}],
        ]
    }
    sent = await bot(client, world, "sendMessage", chat_id=li.id, text="健步走", reply_markup=keyboard)
    press = li.press("报名")
    query = newest(world)["callback_query"]
    assert (query["id"], query["data"], query["message"]) == (press.id, "e:1", sent)
    assert not press.answered
    await bot(client, world, "answerCallbackQuery", callback_query_id=press.id, text="已报名", show_alert=True)
    assert press.answered
    assert [(toast.text, toast.show_alert) for toast in li.toasts()] == [("已报名", True)]
    assert li.press("e:1", sent).data == "e:1"
    assert li.press("网页").url == "https://example.com/"
    assert li.press("号码").copied == "123"
    li.press("详情")
    assert newest(world)["message"]["text"] == "/start event_1"
    with pytest.raises(CannotDo, match="退出"):
        li.press("退出")
    li.press_data("伪造", 99999)
    assert newest(world)["callback_query"]["message"] == {
        "chat": world.chat(li.id).json(),
        "message_id": 99999,
        "date": 0,
    }


async def test_the_reply_keyboard_types_for_people(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("李梅")
    li.start()
    keys = {"keyboard": [["好的"], [{"text": "手机号", "request_contact": True}]], "one_time_keyboard": True}
    await bot(client, world, "sendMessage", chat_id=li.id, text="?", reply_markup=keys)
    assert li.keyboard() == [["好的"], ["手机号"]]
    li.tap("手机号")
    assert newest(world)["message"]["contact"]["user_id"] == li.id
    assert li.keyboard() == []
    await bot(client, world, "sendMessage", chat_id=li.id, text="?", reply_markup={"keyboard": [["好的"]]})
    li.tap("好的")
    assert newest(world)["message"]["text"] == "好的"
    await bot(client, world, "sendMessage", chat_id=li.id, text="!", reply_markup={"remove_keyboard": True})
    with pytest.raises(CannotDo):
        li.tap("好的")
    asked = await bot(client, world, "sendMessage", chat_id=li.id, text="姓名?", reply_markup={"force_reply": True})
    li.send("李梅")
    assert newest(world)["message"]["reply_to_message"]["message_id"] == asked["message_id"]


def test_a_phone_does_not_do_what_cannot_be_done(world: World) -> None:
    li, other = world.person("李梅"), world.add_person("新人")
    with pytest.raises(CannotDo):
        other.send("大家好", world.chat("群"))
    li.start()
    li.block()
    with pytest.raises(CannotDo):
        li.send("喂")
    with pytest.raises(CannotDo):
        other.edit(1, "x")
    with pytest.raises(KeyError):
        world.person("没有这个人")


async def test_the_transcript_is_what_the_person_sees(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("李梅")
    li.start()
    button = {"inline_keyboard": [[{"text": "报名", "callback_data": "e:1"}]]}
    sent = await bot(
        client, world, "sendMessage", chat_id=li.id, text="<b>健步走</b>", parse_mode="HTML", reply_markup=button
    )
    await bot(client, world, "pinChatMessage", chat_id=li.id, message_id=sent["message_id"])
    await bot(
        client, world, "setMessageReaction", chat_id=li.id, message_id=1, reaction=[{"type": "emoji", "emoji": "👍"}]
    )
    await bot(client, world, "forwardMessage", chat_id=li.id, from_chat_id=li.id, message_id=sent["message_id"])
    await bot(client, world, "sendVenue", chat_id=li.id, latitude=1, longitude=2, title="大厅", address="一楼")
    start, walk, pin, passed, venue = li.transcript()
    assert (start["mine"], start["reactions"]) == (True, ["👍"])
    assert (walk["bot"], walk["pinned"], walk["entities"][0]["type"]) == (True, True, "bold")
    assert walk["buttons"] == [[{"text": "报名", "kind": "callback_data", "value": "e:1"}]]
    assert pin["service"] == {"kind": "pinned", "by": "职工之家", "message": sent["message_id"]}
    assert passed["forwarded_from"] == "职工之家"
    assert venue["venue"]["title"] == "大厅"
    assert li.text().splitlines()[:3] == ["李梅: /start", "职工之家: 健步走", "  [报名]"]
    assert li.last()["id"] == venue["id"]


async def test_everything_can_be_done_over_http(client: httpx.AsyncClient, world: World) -> None:
    li, chat = world.person("李梅").id, world.chat("群").id

    async def sim(path: str, **body: Any) -> dict[str, Any]:
        response = await client.post(f"/sim/{path}", json=body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    await sim("start", **{"as": "李梅", "payload": "x"})
    said = (await sim("send", **{"as": str(li), "text": "你好"}))["message"]
    await sim("edit", **{"as": li, "message": said["message_id"], "text": "您好"})
    await sim("send", **{"as": li, "chat": chat, "text": "大家好"})
    photo = (await sim("photo", **{"as": li, "bytes": base64.b64encode(picture()).decode()}))["message"]["photo"]
    document = await sim("document", **{"as": li, "name": "a.html", "bytes": base64.b64encode(b"<p>").decode()})
    await sim("contact", **{"as": li})
    await sim("location", **{"as": li, "latitude": 1, "longitude": 2})
    await sim("react", **{"as": li, "message": said["message_id"], "emoji": "👍"})
    pressed = await sim("press", **{"as": li, "data": "forged"})
    assert pressed["press"]["data"] == "forged"
    await sim("block", **{"as": li})
    await sim("block", **{"as": li, "blocked": False})
    new = (await sim("people", first_name="新人"))["id"]
    await sim("join", **{"as": new, "chat": chat})
    await sim("join", **{"as": li, "chat": chat, "action": "promote", "who": "bot"})
    await sim("join", **{"as": li, "chat": chat, "action": "kick", "who": new})
    small = (await sim("groups", **{"as": li, "title": "小群", "members": [new], "supergroup": False}))["chat"]
    assert (await sim("join", **{"as": li, "chat": small, "action": "upgrade"}))["chat"] < -1_000_000_000_000
    assert (await sim("clock", to="2030-01-01T08:59:00+08:00"))["now"].startswith("2030-01-01T00:59:0")
    assert (await sim("clock", days=1))["now"].startswith("2030-01-02T00:59:0")
    assert len((await sim("faults", method="sendMessage", times=2))["waiting"]) == 1
    assert (await sim("faults", clear=True))["waiting"] == []
    assert (await sim("inject", update={"message": {}}))["update_id"]

    state = (await client.get("/sim/state")).json()
    me = next(person for person in state["people"] if person["id"] == li)
    assert me["started"]
    assert {chat["title"] for chat in me["chats"]} == {"职工之家", "群", "小群"}
    seen = (await client.get(f"/sim/chats/{li}/messages", params={"as": "李梅"})).json()
    assert [line["text"] for line in seen["messages"]][:2] == ["/start x", "您好"]
    assert "李梅: 您好" in (await client.get(f"/sim/chats/{li}/text", params={"as": "李梅"})).text
    assert "李梅: 您好" in (await client.get("/sim/chats/bot/text", params={"as": "李梅"})).text
    assert (await client.get(f"/sim/file/{photo[-1]['file_id']}")).headers["content-type"] == "image/jpeg"
    file = await client.get(f"/sim/file/{document['message']['document']['file_id']}")
    assert file.headers["content-disposition"] == "attachment"
    assert (await client.get("/sim/toasts", params={"as": "李梅"})).json() == {"toasts": []}
    await bot(client, world, "getMe")
    calls = (await client.get("/sim/calls")).json()["calls"]
    assert calls[-1]["method"] == "getMe"
    await sim("reset")
    assert world.pending() < 5
    assert len(world.people()) == 2


async def test_nonsense_over_http_is_answered_with_words(client: httpx.AsyncClient) -> None:
    for path, body in (
        ("send", {}),
        ("send", {"as": "nobody", "text": "x"}),
        ("send", {"as": "李梅", "chat": 5, "text": "x"}),
        ("press", {"as": "李梅", "button": "x"}),
        ("photo", {"as": "李梅", "bytes": "!"}),
        ("photo", {"as": "李梅", "bytes": "AAAA"}),
        ("clock", {"to": "yesterday"}),
        ("clock", {"parsecs": 3}),
        ("faults", {"colour": "red"}),
        ("people", {}),
        ("join", {"as": "李梅", "chat": "群", "action": "dance"}),
        ("send", []),
        ("send", {"as": "李梅", "text": None}),
        ("send", {"as": "李梅", "text": {"a": 1}}),
        ("send", {"as": "李梅", "chat": "--5", "text": "x"}),
        ("location", {"as": "李梅", "latitude": 91, "longitude": 0}),
        ("photo", {"as": "李梅", "bytes": "…"}),
        ("photo", {"as": "李梅", "bytes": 5}),
        ("album", {"as": "李梅", "items": [1, 2]}),
        ("join", {"as": "李梅", "chat": None}),
        ("people", {"first_name": ""}),
        ("people", {"first_name": 5}),
        ("people", {"first_name": "x", "id": 10**30}),
        ("faults", {"times": "often"}),
        ("faults", {"kind": "quarrel"}),
        ("faults", {"code": 9}),
        ("clock", {"days": 10**12}),
        ("clock", {"days": 10**9}),
        ("clock", {"to": "9999-12-31T23:59:59+00:00"}),
    ):
        response = await client.post(f"/sim/{path}", json=body)
        assert response.status_code == 400, (path, body)
        assert response.json()["error"]
    for body in (
        b'{"as": "\xe6\x9d\x8e\xe6\xa2\x85", "text": "\\ud83d"}',
        b'{"as": "x", "text": NaN}',
        b'{"as": 1e999, "text": "x"}',
        b'{"as": "x", "topic": 1e999}',
        b"[" * 200_000,
    ):
        response = await client.post("/sim/send", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400, body[:40]
    assert (await client.get("/sim/state")).status_code == 200
    assert (await client.get("/sim/calls", params={"last": -1})).json() == {"calls": []}
    assert (await client.post("/sim/dance", json={})).status_code == 404
    assert (await client.get("/sim/chats/1/messages")).status_code == 400
    assert (await client.get("/sim/file/x")).status_code == 404


async def test_whoever_watches_is_told_what_changed(world: World) -> None:
    li = world.person("李梅")
    watching = _events(world)
    assert await anext(watching) == ": welcome\n\n"
    soon = asyncio.create_task(anext(watching))
    await asyncio.sleep(0.01)
    li.start()
    li.send("你好")
    await asyncio.sleep(0)
    assert await asyncio.wait_for(soon, 1) == f'event: changed\ndata: {{"chats": [{li.id}]}}\n\n'
    world.changed(closing=True)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(watching), 1)


def test_an_empty_sandbox_has_people_in_it() -> None:
    world = default_world()
    assert len(world.people()) == 5
    assert world.chat("工会群").has(world.bot.id)
