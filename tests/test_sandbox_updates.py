"""What the bot hears, when, and how long Telegram keeps it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox import Fault, Group, Sandbox, Someone, World
from sandbox.errors import ConnectionDropped


@pytest.fixture
def world() -> World:
    world = World(people=[Someone("李梅"), Someone("王强")])
    world.person("李梅").start()
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1/bot{world.token}/") as client:
        yield client


async def updates(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    response = await client.post("getUpdates", json=params)
    body = response.json()
    assert body["ok"], body
    found: list[dict[str, Any]] = body["result"]
    return found


def texts(found: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in found]


async def test_an_update_stays_until_a_later_call_confirms_it(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("李梅")
    li.send("二")
    first = await updates(client)
    assert texts(first) == ["/start", "二"]
    assert await updates(client) == first, "a bot that died gets it again"
    assert await updates(client, offset=first[0]["update_id"]) == first
    assert await updates(client, offset=first[1]["update_id"]) == first[1:]
    assert world.pending() == 1
    li.send("三")
    assert texts(await updates(client, limit=1)) == ["二"]
    assert texts(await updates(client, offset=first[1]["update_id"] + 999)) == ["二", "三"], "the future is the head"
    assert texts(await updates(client, offset=-1)) == ["三"]
    last = await updates(client)
    assert texts(last) == ["三"]
    assert await updates(client, offset=last[0]["update_id"] + 1) == []
    assert world.pending() == 0
    assert last[0]["update_id"] == first[0]["update_id"] + 2


async def test_waiting_ends_with_the_first_update(client: httpx.AsyncClient, world: World) -> None:
    begun = await updates(client)
    asking = asyncio.create_task(updates(client, offset=begun[-1]["update_id"] + 1, timeout=30))
    await asyncio.sleep(0.05)
    assert not asking.done()
    world.person("李梅").send("来了")
    assert texts(await asyncio.wait_for(asking, 1)) == ["来了"]


async def test_of_two_pollers_the_older_is_turned_away(client: httpx.AsyncClient, world: World) -> None:
    offset = (await updates(client))[-1]["update_id"] + 1
    older = asyncio.create_task(client.post("getUpdates", json={"offset": offset, "timeout": 30}))
    await asyncio.sleep(0.05)
    assert await updates(client, offset=offset) == []
    assert not older.done(), "whoever does not wait turns nobody away"
    newer = asyncio.create_task(client.post("getUpdates", json={"offset": offset, "timeout": 30}))
    answer = (await asyncio.wait_for(older, 1)).json()
    assert (answer["error_code"], answer["description"]) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    told = (await client.post("setWebhook", json={"url": "http://127.0.0.1:9/hook"})).json()
    assert told == {"ok": True, "result": True, "description": "Webhook was set"}
    assert (await newer).json()["description"] == "Conflict: terminated by setWebhook request"
    assert (await client.get("getUpdates")).json()["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert (await client.get("deleteWebhook")).json()["description"] == "Webhook was deleted"
    assert (await client.get("deleteWebhook")).json()["description"] == "Webhook is already deleted"


async def test_nothing_waits_for_ever(client: httpx.AsyncClient, world: World) -> None:
    world.person("李梅").press_data("x")
    assert world.pending() == 2
    world.clock.move(timedelta(seconds=151))
    assert texts(await updates(client)) == ["/start"]
    world.clock.move(timedelta(hours=24))
    assert await updates(client) == []


async def test_wanted_kinds_are_remembered_and_hold_for_what_comes(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("李梅")
    await updates(client, allowed_updates=["callback_query"])
    li.send("不要")
    li.press_data("x")
    assert [list(update)[1] for update in await updates(client)] == ["message", "callback_query"]
    await updates(client, allowed_updates="nonsense")
    li.send("还是不要")
    await updates(client, allowed_updates=[])
    li.send("要")
    assert [update.get("message", {}).get("text") for update in await updates(client)] == ["/start", None, "要"]


async def test_a_slow_bot_may_ask_for_too_much_and_too_long(client: httpx.AsyncClient, world: World) -> None:
    for number in range(150):
        world.person("李梅").send(str(number))
    assert len(await updates(client, limit=1000, timeout=9999)) == 100
    assert len(await updates(client, limit=0)) == 100


async def test_any_object_can_be_slipped_in(client: httpx.AsyncClient, world: World) -> None:
    await updates(client, allowed_updates=["callback_query"])
    number = world.inject({"message": {"text": "\ud83d", "message_id": 2**70}})
    found = await updates(client, offset=number)
    assert found == [{"update_id": number, "message": {"text": "\ud83d", "message_id": 2**70}}]


def heard(world: World) -> list[str]:
    return [update.kind for update in world.queue.waiting]


def test_privacy_mode_lets_only_what_is_meant_for_the_bot_through() -> None:
    world = World(people=[Someone("李梅"), Someone("王强")], group=Group("群", ["李梅", "王强"]))
    li, chat = world.person("李梅"), world.chat("群")
    world.queue.drop()
    li.send("早上好", chat)
    li.send("/events", chat)
    assert heard(world) == [], "a bare command goes to the bot that spoke last, and it has not spoken"
    li.send("/events@staffhome_bot", chat)
    assert heard(world) == ["message"]
    said = world.post(chat, world.bot, {"text": "有"})
    li.send("好", chat, reply_to=said.id)
    li.send("/events", chat)
    assert heard(world) == ["message"] * 3
    li.promote(chat, world.bot.id)
    li.send("早上好", chat)
    assert heard(world) == ["message"] * 3 + ["my_chat_member", "message"]


def test_who_may_know_of_members() -> None:
    world = World(people=[Someone("李梅"), Someone("王强")], group=Group("群", ["李梅"]))
    li, wang, chat = world.person("李梅"), world.person("王强"), world.chat("群")
    world.queue.drop()
    wang.join(chat)
    wang.leave(chat)
    assert heard(world) == ["message"] * 2
    li.promote(chat, world.bot.id)
    world.queue.allow(["chat_member", "my_chat_member"])
    world.queue.drop()
    wang.join(chat)
    li.kick(chat, wang.id)
    assert heard(world) == ["chat_member"] * 2
    li.block()
    li.unblock()
    assert heard(world)[2:] == ["my_chat_member"] * 2
    with pytest.raises(ValueError, match="nobody lets you in"):
        wang.join(chat)


async def test_trouble_strikes_as_ordered(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("李梅")
    hi = {"chat_id": li.id, "text": "hi"}
    world.faults.add(Fault(method="sendMessage", code=429, retry_after=7))
    answer = await client.post("sendMessage", json=hi)
    assert (answer.status_code, answer.json()["parameters"]) == (429, {"retry_after": 7})
    world.faults.add(Fault(method="sendMessage", chat_id=li.id, code=502, after=True, skip=1))
    assert (await client.post("sendMessage", json=hi)).status_code == 200
    assert (await client.post("sendMessage", json=hi)).json()["description"] == "Bad Gateway"
    world.faults.add(Fault("drop", after=True, contains="hi"))
    with pytest.raises(ConnectionDropped):
        await client.post("sendMessage", json=hi)
    world.faults.add(Fault("delay", delay=0.05, times=2))
    assert (await client.get("getMe")).status_code == 200
    world.faults.clear()
    world.faults.add(Fault("silence"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.post("sendMessage", json=hi)
    assert [call.status for call in world.calls if call.method == "sendMessage"] == [429, 200, 502, 0, 0]
    assert len(world.sent("sendMessage", li.id)) == 3
    assert len(world.refused()) == 2
    assert li.text().count("hi") == 3, "what took effect stays, though the bot does not know"


async def test_a_reset_leaves_the_running_bot_alone(client: httpx.AsyncClient, world: World) -> None:
    offset = (await updates(client))[-1]["update_id"] + 1
    await client.post("setMyCommands", json={"commands": [{"command": "help", "description": "帮助"}]})
    waiting = asyncio.create_task(updates(client, offset=offset, timeout=30))
    await asyncio.sleep(0.05)
    world.reset()
    world.person("李梅").start()
    found = await asyncio.wait_for(waiting, 1)
    assert texts(found) == ["/start"]
    assert found[0]["update_id"] == offset
    assert (await client.get("getMyCommands")).json()["result"][0]["command"] == "help"
