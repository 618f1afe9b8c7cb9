"""Updates pushed to the bot: over real sockets, to a webhook that misbehaves on order."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import Clock, Fault, Settings, Someone, World, serving
from sandbox.updates import Update
from sandbox.webhook import Turn
from tests.endpoint import Answer, Endpoint, endpoint, eventually, hang_up, saying, status, when

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Bot:
    """The bot's side: its calls, and its webhook."""

    def __init__(self, world: World, client: httpx.AsyncClient, hook: Endpoint) -> None:
        self.world, self.client, self.hook = world, client, hook
        self.li, self.wang = world.person("李梅"), world.person("王强")

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.client.post(method, json=params)).json()
        return answer

    async def set(self, **params: Any) -> dict[str, Any]:
        return await self.ask("setWebhook", **{"url": self.hook.url} | params)

    async def info(self) -> dict[str, Any]:
        info: dict[str, Any] = (await self.ask("getWebhookInfo"))["result"]
        return info

    async def complains(self, words: str) -> None:
        """Wait until the last error is this one, of this moment."""
        hook, now = self.world.webhook, self.world.clock.seconds()
        assert hook
        await eventually(lambda: hook.last_error == (now, words), lambda: str(hook.last_error))
        assert (await self.info())["last_error_message"] == words

    async def barrier(self) -> None:
        """Let something pass that comes after whatever was going to happen now."""
        before = len(self.hook.heard)
        self.hook.orders.appendleft(status(200))
        self.wang.send("barrier")
        await eventually(lambda: len(self.hook.heard) > before)
        assert self.hook.heard.pop()["message"]["text"] == "barrier"
        await eventually(lambda: self.hook.under_way == 0)


@pytest.fixture
def world() -> World:
    world = World(people=[Someone("李梅"), Someone("王强")], clock=Clock(NOON, ticking=False))
    for person in world.people():
        person.start()
    world.queue.drop()
    return world


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    async with (
        endpoint() as hook,
        serving(world) as address,
        httpx.AsyncClient(base_url=f"{address.base_url}{world.token}/") as client,
    ):
        yield Bot(world, client, hook)


async def test_what_waits_and_what_comes_is_pushed_with_the_secret_over_one_connection(bot: Bot) -> None:
    bot.li.send("一")
    assert await bot.set(secret_token="s-e_cret1") == {"ok": True, "result": True, "description": "Webhook was set"}
    await bot.hook.has_heard("一")
    bot.li.send("二 😀")
    await bot.hook.has_heard("一", "二 😀")
    first, second = bot.hook.heard
    assert second["update_id"] == first["update_id"] + 1
    assert [headers["X-Telegram-Bot-Api-Secret-Token"] for headers in bot.hook.headers] == ["s-e_cret1"] * 2
    assert [headers["Content-Type"] for headers in bot.hook.headers] == ["application/json"] * 2
    assert bot.hook.headers[0]["Host"] in bot.hook.url
    assert len(set(bot.hook.lines)) == 1, "the connection is kept"
    await eventually(lambda: bot.world.pending() == 0)


async def test_setting_and_deleting_are_told_in_telegrams_words(bot: Bot) -> None:
    assert (await bot.ask("deleteWebhook"))["description"] == "Webhook is already deleted"
    assert (await bot.set(url=""))["description"] == "Webhook is already deleted"
    assert (await bot.set())["description"] == "Webhook was set"
    again = await bot.set()
    assert (again["error_code"], again["parameters"]) == (429, {"retry_after": 1}), "once a second is enough"
    bot.world.clock.move(SECOND)
    assert (await bot.set())["description"] == "Webhook is already set"
    bot.world.clock.move(SECOND)
    assert (await bot.set(drop_pending_updates=True))["description"] == "Webhook was set"
    bot.world.clock.move(SECOND)
    assert (await bot.set(max_connections=3))["description"] == "Webhook was set"
    assert (await bot.set(url=""))["description"] == "Webhook was deleted"
    assert (await bot.info()) == {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


async def test_the_info_tells_how_things_stand(bot: Bot) -> None:
    bot.hook.otherwise = status(500)
    await bot.set(max_connections=1000, allowed_updates=["poll", "message"])
    bot.li.send("一")
    await bot.complains("Wrong response from the webhook: 500 Internal Server Error")
    assert await bot.info() == {
        "url": bot.hook.url,
        "has_custom_certificate": False,
        "pending_update_count": 1,
        "ip_address": "127.0.0.1",
        "last_error_date": int(NOON.timestamp()),
        "last_error_message": "Wrong response from the webhook: 500 Internal Server Error",
        "max_connections": 100,
        "allowed_updates": ["message", "poll"],
    }
    bot.li.press_data("x")
    assert bot.world.pending() == 1, "nobody asked for pressed buttons"
    bot.world.clock.move(SECOND)
    await bot.set(max_connections=0, drop_pending_updates=True)
    info = await bot.info()
    assert (info["max_connections"], info["pending_update_count"]) == (1, 0)
    assert info["allowed_updates"] == ["message", "poll"], "what was not named anew is remembered"
    assert "last_error_message" not in info, "a new webhook has a clean sheet"


UNKNOWN = "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
ELSEWHERE = [
    ("nonsense", {}, "Bad Request: invalid webhook URL specified"),
    ("ftp://127.0.0.1/hook", {}, "Bad Request: invalid webhook URL specified"),
    ("http://127.0.0.1:99999/hook", {}, "Bad Request: invalid webhook URL specified"),
    ("http:///hook", {}, "Bad Request: invalid webhook URL specified"),
    ("https://example.com/hook", {}, UNKNOWN),
    (
        "http://127.0.0.1.example.com/",
        {},
        "Bad Request: bad webhook: Failed to resolve host: Name or service not known",
    ),
    (
        "http://localhost@example.com/",
        {},
        "Bad Request: bad webhook: Failed to resolve host: Name or service not known",
    ),
    ("http://93.184.216.34/hook", {}, "Bad Request: bad webhook: IP address 93.184.216.34 is reserved"),
    ("http://0.0.0.0:8000/hook", {}, "Bad Request: bad webhook: IP address 0.0.0.0 is reserved"),
    ("http://[2606:2800::1]/hook", {}, "Bad Request: bad webhook: IPv6-only addresses are not allowed"),
    ("http://127.0.0.1/", {"ip_address": "8.8.8.8"}, "Bad Request: bad webhook: IP address 8.8.8.8 is reserved"),
    ("http://127.0.0.1/", {"ip_address": "home"}, "Bad Request: bad webhook: Invalid IP address specified"),
    ("http://127.0.0.1/", {"secret_token": "x" * 257}, "Bad Request: secret token is too long"),
    ("http://127.0.0.1/", {"secret_token": "a b"}, "Bad Request: secret token contains unallowed characters"),
    (
        "https://127.0.0.1/",
        {},
        "Bad Request: the sandbox does not offer webhooks over https; give an http:// address",
    ),
]


@pytest.mark.parametrize(("url", "more", "words"), ELSEWHERE, ids=[row[0] + str(row[1])[:30] for row in ELSEWHERE])
async def test_nothing_is_pushed_anywhere_but_on_this_computer(
    bot: Bot, url: str, more: dict[str, Any], words: str
) -> None:
    answer = await bot.set(url=url, **more)
    assert (answer["error_code"], answer["description"]) == (400, words)
    assert (await bot.info())["url"] == ""


async def test_a_fixed_address_stands_for_any_name(bot: Bot) -> None:
    port = bot.hook.url.split(":")[2].split("/")[0]
    url = f"http://bot.example.com:{port}/hook"
    assert (await bot.set(url=url, ip_address="127.0.0.1"))["ok"]
    bot.li.send("一")
    await bot.hook.has_heard("一")
    assert bot.hook.headers[0]["Host"] == f"bot.example.com:{port}"


async def test_localhost_is_this_computer_and_a_password_is_passed_on(bot: Bot) -> None:
    assert (await bot.set(url=bot.hook.url.replace("127.0.0.1", "li:mei@localhost")))["ok"]
    bot.li.send("一")
    await bot.hook.has_heard("一")
    assert bot.hook.headers[0]["Authorization"] == "Basic bGk6bWVp"


async def test_a_webhook_cannot_send_us_elsewhere(bot: Bot) -> None:
    async with endpoint() as other:
        bot.hook.otherwise = status(302, Location=other.url)
        await bot.set()
        bot.li.send("一")
        await bot.complains("Wrong response from the webhook: 302 Found")
        assert other.heard == []


async def test_what_is_refused_comes_again_at_once_and_then_ever_later(bot: Bot) -> None:
    bot.hook.orders.extend(map(status, (500, 502, 503, 504)))
    await bot.set()
    bot.li.send("一")
    await bot.complains("Wrong response from the webhook: 502 Bad Gateway")
    for seconds, words in ((2, "503 Service Unavailable"), (4, "504 Gateway Timeout")):
        heard = len(bot.hook.heard)
        bot.world.clock.move((seconds - 0.001) * SECOND)
        await bot.barrier()
        assert len(bot.hook.heard) == heard, "it is not yet time"
        bot.world.clock.move(0.001 * SECOND)
        await bot.complains(f"Wrong response from the webhook: {words}")
    bot.world.clock.move(8 * SECOND)
    await eventually(lambda: bot.world.pending() == 0)
    assert bot.hook.texts() == ["一"] * 5
    assert len({update["update_id"] for update in bot.hook.heard}) == 1, "it is the same update"
    assert (await bot.info())["last_error_message"].endswith("504 Gateway Timeout"), "the last trouble stays on record"


def test_nobody_waits_longer_than_two_minutes_for_the_next_try() -> None:
    turn = Turn(Update(1, "message", "{}", 0.0, ("chat", 1)))
    waits = [turn.failed(0) for _ in range(30)]
    assert waits[:6] == [0, 2, 4, 8, 16, 32]
    assert 60 <= waits[6] <= 64
    assert all(60 <= wait <= 120 for wait in waits[7:])
    assert len(set(waits[7:])) > 1, "drawn anew each time"


@pytest.mark.parametrize(("wished", "given"), [("30", 30), ("9999", 3600)])
async def test_a_webhook_may_ask_for_time(bot: Bot, wished: str, given: int) -> None:
    bot.hook.orders.append(status(503, Retry_After=wished))
    await bot.set()
    bot.li.send("一")
    await bot.complains("Wrong response from the webhook: 503 Service Unavailable")
    bot.world.clock.move((given - 1) * SECOND)
    await bot.barrier()
    assert bot.hook.texts() == ["一"]
    bot.world.clock.move(SECOND)
    await bot.hook.has_heard("一", "一")


async def test_what_nobody_takes_is_dropped_in_the_end(bot: Bot) -> None:
    bot.hook.otherwise = status(500, Retry_After="200")
    await bot.set()
    bot.li.press_data("x")
    await eventually(lambda: bot.world.pending() == 0)
    assert len(bot.hook.heard) == 1, "in 200 seconds the pressed button interests nobody"
    bot.li.send("一")
    bot.li.send("二")
    await bot.hook.has_heard("一")
    await eventually(lambda: bot.hook.under_way == 0)
    bot.world.clock.move(timedelta(hours=25))
    bot.hook.otherwise = status(200)
    bot.li.send("三")
    await bot.hook.has_heard("一", "三")


async def test_a_closed_connection_and_a_silent_webhook_count_as_refusals(bot: Bot) -> None:
    bot.world.settings.webhook_timeout = timedelta(seconds=0.2)
    bot.hook.orders.append(hang_up)
    await bot.set()
    bot.li.send("一")
    await bot.complains("Webhook connection closed")
    await bot.hook.has_heard("一", "一")
    await eventually(lambda: bot.world.pending() == 0)
    never = asyncio.Event()
    bot.hook.orders.append(when(never))
    bot.li.send("二")
    await bot.complains("Read timeout expired")
    await bot.hook.has_heard("一", "一", "二", "二")
    never.set()


async def test_a_bot_that_is_not_there_yet_gets_everything_when_it_comes(bot: Bot) -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    await bot.set(url=f"http://127.0.0.1:{port}/hook")
    bot.li.send("一")
    bot.li.send("二")
    await bot.complains("Connection refused")
    async with endpoint(port) as late:
        while len(late.heard) < 2:
            bot.world.clock.move(2 * SECOND)
            await asyncio.sleep(0.01)
        await late.has_heard("一", "二")


async def test_one_chat_keeps_its_order_and_others_do_not_wait_for_it(bot: Bot) -> None:
    go = asyncio.Event()
    bot.hook.orders.append(when(go))
    await bot.set()
    bot.li.send("一")
    bot.li.send("二")
    await bot.hook.has_heard("一")
    bot.wang.send("别人")
    bot.li.press_data("x")
    await eventually(lambda: len(bot.hook.heard) == 3)
    assert "callback_query" in bot.hook.heard[2] or "callback_query" in bot.hook.heard[1], "presses have their own line"
    assert bot.hook.texts() == ["一", "别人"]
    go.set()
    await bot.hook.has_heard("一", "别人", "二")


@pytest.mark.parametrize("most", [1, 3])
async def test_never_more_at_a_time_than_the_bot_allows(bot: Bot, most: int) -> None:
    go = asyncio.Event()
    bot.hook.otherwise = when(go)
    await bot.set(max_connections=most)
    for number in range(6):
        bot.world.add_person(f"P{number}").start()
    await eventually(lambda: bot.hook.under_way == most)
    go.set()
    await eventually(lambda: bot.world.pending() == 0)
    assert (len(bot.hook.heard), bot.hook.most_under_way) == (6, most)


def form(fields: bytes) -> Answer:
    return saying(fields, "application/x-www-form-urlencoded")


async def test_a_call_in_the_answer_is_carried_out(bot: Bot) -> None:
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="method"\r\n\r\nsendDocument\r\n'
        b'--b\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n%d\r\n'
        b'--b\r\nContent-Disposition: form-data; name="document"; filename="a.txt"\r\n\r\nabc\r\n--b--\r\n' % bot.li.id
    )
    bot.hook.orders.extend(
        (
            saying({"method": "sendMessage", "chat_id": bot.li.id, "text": "json"}),
            form(b"method=sendmessage&chat_id=%d&text=form" % bot.li.id),
            saying(parts, "multipart/form-data; boundary=b"),
        )
    )
    await bot.set()
    for text in ("一", "二", "三"):
        bot.li.send(text)
    await eventually(lambda: len(bot.world.sent("sendMessage")) == 2 and len(bot.world.sent("sendDocument")) == 1)
    assert "json" in bot.li.text()
    assert "form" in bot.li.text()
    assert bot.world.refused() == []


async def test_what_may_not_stand_in_an_answer_is_not_carried_out(bot: Bot) -> None:
    for method in ("setWebhook", "deleteWebhook", "close", "LogOut", "getMe", "getUpdates"):
        bot.hook.orders.append(saying({"method": method}))
    bot.hook.orders.extend((saying(b"{broken"), saying([1]), saying(b"\xff\xfe", "text/plain"), saying({"ok": True})))
    bot.world.faults.add(Fault("drop", method="sendChatAction"))
    bot.hook.orders.append(saying({"method": "sendChatAction", "chat_id": bot.li.id, "action": "typing"}))
    bot.hook.orders.append(saying({"method": "sendMessage", "chat_id": bot.li.id, "text": "last"}))
    await bot.set()
    for number in range(12):
        bot.li.send(str(number))
    await eventually(lambda: "last" in bot.li.text())
    assert [call.method for call in bot.world.calls] == ["setWebhook", "sendChatAction", "sendMessage"]
    assert bot.hook.texts() == [str(number) for number in range(12)], "and each counts as accepted"


GONE = "Wrong response from the webhook: 410 Gone"


async def test_a_webhook_that_is_gone_for_23_hours_is_removed(bot: Bot) -> None:
    bot.hook.orders.append(status(500))
    bot.hook.otherwise = status(410)
    await bot.set()
    bot.li.send("一")
    await bot.complains(GONE)
    bot.world.clock.move(timedelta(hours=22, minutes=59))
    await bot.complains(GONE)
    bot.world.clock.move(timedelta(minutes=2))
    await eventually(lambda: bot.world.webhook is None)
    assert (await bot.info())["url"] == ""
    assert [update["message"]["text"] for update in (await bot.ask("getUpdates"))["result"]] == ["一"]


async def test_any_other_answer_begins_the_23_hours_anew(bot: Bot) -> None:
    bot.hook.orders.extend(map(status, (500, 410, 410, 500)))
    bot.hook.otherwise = status(410)
    await bot.set()
    bot.li.send("一")
    await bot.complains(GONE)
    bot.world.clock.move(timedelta(hours=22))
    await bot.complains(GONE)
    bot.world.clock.move(timedelta(minutes=30))
    await bot.complains("Wrong response from the webhook: 500 Internal Server Error")
    bot.world.clock.move(timedelta(hours=1))
    await bot.complains(GONE)
    assert (await bot.info())["url"] == bot.hook.url


async def test_a_new_address_gets_what_the_old_one_refused_and_none_gets_what_was_dropped(bot: Bot) -> None:
    bot.hook.otherwise = status(500)
    await bot.set()
    bot.li.send("一")
    await bot.complains("Wrong response from the webhook: 500 Internal Server Error")
    async with endpoint() as other:
        bot.world.clock.move(SECOND)
        await bot.set(url=other.url)
        await other.has_heard("一")
        await eventually(lambda: bot.world.pending() == 0)
        bot.world.clock.move(SECOND)
        await bot.set()
        bot.li.send("二")
        await bot.complains("Wrong response from the webhook: 500 Internal Server Error")
        assert (await bot.ask("deleteWebhook", drop_pending_updates=True))["description"] == "Webhook was deleted"
        bot.li.send("三")
        assert [update["message"]["text"] for update in (await bot.ask("getUpdates"))["result"]] == ["三"]
        assert other.texts() == ["一"]


async def test_a_refused_address_leaves_no_webhook(bot: Bot) -> None:
    await bot.set()
    bot.world.clock.move(SECOND)
    bot.li.send("一")
    await bot.hook.has_heard("一")
    assert not (await bot.set(url="http://93.184.216.34/"))["ok"]
    assert (await bot.info())["url"] == ""


async def test_a_new_beginning_keeps_the_webhook_but_not_what_waited(bot: Bot) -> None:
    go = asyncio.Event()
    bot.hook.orders.append(when(go))
    await bot.set()
    bot.li.send("旧")
    bot.li.send("更旧")
    await bot.hook.has_heard("旧")
    bot.world.reset()
    go.set()
    bot.world.person("李梅").start()
    await bot.hook.has_heard("旧", "/start")
    await eventually(lambda: bot.world.pending() == 0)


async def test_any_object_can_be_pushed(bot: Bot) -> None:
    await bot.set()
    bot.world.inject({"message": {"text": "\ud83d", "message_id": 2**70}})
    await eventually(lambda: len(bot.hook.heard) == 1)
    assert bot.hook.heard[0]["message"] == {"text": "\ud83d", "message_id": 2**70}


async def test_a_clock_that_ticks_retries_by_itself() -> None:
    world = World(people=[Someone("李梅"), Someone("王强")])
    world.settings = Settings()
    async with (
        endpoint() as hook,
        serving(world) as address,
        httpx.AsyncClient(base_url=f"{address.base_url}{world.token}/") as client,
    ):
        hook.orders.extend(map(status, (500, 502)))
        await client.post("setWebhook", data={"url": hook.url, "allowed_updates": json.dumps(["message"])})
        world.person("李梅").start()
        await hook.has_heard("/start", "/start", "/start")
        assert world.clock.moved == timedelta()
