"""The life of a session: who may poll, how fast, and what becomes of a bot that closes or logs out."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import Clock, Sandbox, Settings, Someone, World
from sandbox.pace import Pace
from tests.endpoint import endpoint, eventually

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@pytest.fixture
def world() -> World:
    world = World(people=[Someone("李梅")], clock=Clock(NOON, ticking=False))
    world.person("李梅").start()
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1/bot{world.token}/") as client:
        yield client


async def ask(client: httpx.AsyncClient, method: str, **params: Any) -> Any:
    """The result, or the refusal's words."""
    answer = (await client.post(method, json=params)).json()
    return answer["result"] if answer["ok"] else answer["description"]


def test_whoever_asks_the_same_again_at_once_must_wait_and_gets_one_at_a_time() -> None:
    pace = Pace()
    assert pace.ask(5, 100, 0, now=1000.0) == (100, 0)
    assert pace.ask(5, 100, 0, now=1000.4) == (1, 3)
    assert pace.ask(5, 100, 2, now=1003.3) == (100, 3), "it counts from the last time"
    assert pace.ask(5, 100, 0, now=1006.3) == (100, 0)
    assert pace.ask(5, 100, 30, now=1006.4) == (1, 30), "who waits longer anyway waits as long as it wished"
    assert pace.ask(6, 100, 0, now=1006.5) == (100, 0), "a step forward is no loop"


def test_only_the_first_of_many_conflicts_is_told_at_once() -> None:
    pace = Pace()
    assert [pace.conflict(now) for now in (10.0, 10.1, 12.9, 13.0, 13.1)] == [0, 3, 3, 0, 3]


async def test_strict_polling_makes_a_tight_loop_slow(client: httpx.AsyncClient, world: World) -> None:
    world.settings.strict_polling = True
    offset = (await ask(client, "getUpdates"))[-1]["update_id"] + 1
    assert await ask(client, "getUpdates", offset=offset) == []
    world.pace.asked += 1000  # however slow this machine is, that was just now
    again = asyncio.create_task(ask(client, "getUpdates", offset=offset))
    await eventually(lambda: world.queue.polled)
    for number in range(3):
        world.person("李梅").send(str(number))
    assert len(await again) == 1, "it had to wait, and got one"


async def test_strict_polling_holds_back_the_second_conflict(client: httpx.AsyncClient, world: World) -> None:
    world.settings.strict_polling = True
    offset = (await ask(client, "getUpdates"))[-1]["update_id"] + 1
    world.pace.conflict_at = time.monotonic() + 1000  # however slow this machine is, there was one just now
    older = asyncio.create_task(ask(client, "getUpdates", offset=offset, timeout=50))
    await eventually(lambda: world.queue.polled)
    begun = time.monotonic()
    newer = asyncio.create_task(ask(client, "getUpdates", offset=offset, timeout=50))
    assert await older == OTHER
    assert time.monotonic() - begun > 2.9
    world.person("李梅").send("好")
    assert len(await newer) == 1


async def test_the_playground_is_never_slow(client: httpx.AsyncClient, world: World) -> None:
    assert not Settings().strict_polling
    assert World(strict_flood=True).settings.strict_polling, "who wants one limit wants the other"
    offset = (await ask(client, "getUpdates"))[-1]["update_id"] + 1
    async with asyncio.timeout(2):
        for _ in range(5):
            assert await ask(client, "getUpdates", offset=offset) == []
    assert world.pending() == 0


async def test_after_a_silent_week_the_numbers_begin_anew(client: httpx.AsyncClient, world: World) -> None:
    first = (await ask(client, "getUpdates"))[-1]["update_id"]
    world.clock.move(timedelta(days=6, hours=23))
    world.person("李梅").send("六天")
    second = (await ask(client, "getUpdates", offset=first + 1))[-1]["update_id"]
    assert second == first + 1
    world.clock.move(timedelta(days=7))
    world.person("李梅").send("七天")
    (update,) = await ask(client, "getUpdates", offset=second + 1)
    assert update["update_id"] != second + 1
    assert await ask(client, "getUpdates", offset=update["update_id"] + 1) == []


async def test_an_answer_carries_no_more_than_four_megabytes(client: httpx.AsyncClient, world: World) -> None:
    for number in range(60):
        world.inject({"message": {"text": "x" * 100_000, "message_id": number}})
    some = await ask(client, "getUpdates", offset=-60)
    assert 38 <= len(some) <= 42
    rest = await ask(client, "getUpdates", offset=some[-1]["update_id"] + 1)
    assert [update["message"]["message_id"] for update in some + rest] == list(range(60))


async def test_capital_letters_in_wanted_kinds_do_not_matter(client: httpx.AsyncClient, world: World) -> None:
    await ask(client, "getUpdates", allowed_updates=["Callback_Query", "no_such_kind"])
    assert (await ask(client, "getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    await ask(client, "getUpdates", allowed_updates=["message", 5])
    assert (await ask(client, "getWebhookInfo"))["allowed_updates"] == ["callback_query"], "that was no list of names"
    await ask(client, "getUpdates", allowed_updates=["no_such_kind"])
    assert "allowed_updates" not in await ask(client, "getWebhookInfo"), "the usual ones are not listed"


async def test_whoever_logs_out_stays_out_for_ten_minutes(client: httpx.AsyncClient, world: World) -> None:
    await ask(client, "setWebhook", url="http://127.0.0.1:9/")
    assert await ask(client, "logOut") is True
    assert (await client.get("getMe")).json() == {"ok": False, "error_code": 400, "description": "Logged out"}
    world.person("李梅").send("有人吗")
    assert await ask(client, "logOut") == "Logged out"
    world.clock.move(10 * MINUTE - timedelta(seconds=1))
    assert await ask(client, "sendMessage", chat_id=world.person("李梅").id, text="好") == "Logged out"
    world.clock.move(timedelta(seconds=1))
    assert (await ask(client, "getWebhookInfo"))["url"] == ""
    assert await ask(client, "getUpdates") == [], "nobody heard what was said meanwhile"
    world.person("李梅").send("回来了")
    assert len(await ask(client, "getUpdates")) == 1


@pytest.mark.parametrize(("leaving", "words"), [("logOut", "Logged out"), ("close", "Internal Server Error: restart")])
async def test_leaving_ends_a_waiting_poll(client: httpx.AsyncClient, world: World, leaving: str, words: str) -> None:
    offset = (await ask(client, "getUpdates"))[-1]["update_id"] + 1
    world.clock.move(10 * MINUTE)
    waiting = asyncio.create_task(ask(client, "getUpdates", offset=offset, timeout=50))
    await eventually(lambda: world.queue.polled)
    assert await ask(client, leaving) is True
    assert await waiting == words


async def test_a_bot_may_close_ten_minutes_after_it_was_launched(client: httpx.AsyncClient, world: World) -> None:
    await ask(client, "getMe")
    world.clock.move(4 * MINUTE)
    refused = await client.get("close")
    assert (refused.status_code, refused.json()["parameters"]) == (429, {"retry_after": 360})
    assert refused.headers["Retry-After"] == "360"
    world.clock.move(6 * MINUTE)
    assert await ask(client, "close") is True
    assert (await ask(client, "getMe"))["is_bot"], "the next call launches it again"
    assert await ask(client, "close") == "Too Many Requests: retry after 600"


async def test_to_a_closed_bot_nothing_is_pushed_until_it_calls(client: httpx.AsyncClient, world: World) -> None:
    world.queue.drop()
    async with endpoint() as hook:
        await ask(client, "setWebhook", url=hook.url)
        world.clock.move(10 * MINUTE)
        await ask(client, "close")
        world.person("李梅").send("一")
        await asyncio.sleep(0.05)
        assert hook.heard == []
        await ask(client, "getMe")
        await hook.has_heard("一")
        await ask(client, "deleteWebhook")


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("nonsense", 401, "Unauthorized: invalid token specified"),
        ("0123:x", 401, "Unauthorized: invalid token specified"),
        ("-5:x", 401, "Unauthorized: invalid token specified"),
        (f"{1 << 54}:x", 401, "Unauthorized: invalid token specified"),
        ("1:" + "x" * 79, 401, "Unauthorized: invalid token specified"),
        ("bot:x", 421, "Misdirected Request: unallowed token specified"),
        ("1000001:another-secret", 401, "Unauthorized"),
    ],
)
async def test_a_wrong_token_is_told_what_is_wrong(world: World, token: str, status: int, words: str) -> None:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get(f"/bot{token}/getMe")
    assert (answer.status_code, answer.json()["description"]) == (status, words)
