"""The catalogue of refusals: every way Telegram says no, provoked and compared word for word."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from sandbox import Group, Sandbox, Someone, World, run

Case = tuple[str, Callable[[World], Any], str, dict[str, Any], int, str]
LI, STRANGER, UNSTARTED, BLOCKER, GONE = 5_000_000_001, 5_000_000_002, 5_000_000_003, 5_000_000_004, 5_000_000_005


@pytest.fixture
def world() -> World:
    people = [
        Someone("李梅", id=LI),
        Someone("路人", id=STRANGER),
        Someone("王强", id=UNSTARTED),
        Someone("陈静", id=BLOCKER),
        Someone("赵磊", id=GONE),
    ]
    world = World(people=people, group=Group("群", ["李梅", "王强"]))
    for name in ("李梅", "陈静", "赵磊"):
        world.person(name).start()
    world.person("陈静").block()
    world.person("赵磊").vanish()
    world.users[UNSTARTED].seen = True
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def call(client: httpx.AsyncClient, world: World, method: str, **params: Any) -> dict[str, Any]:
    """Call a method the way a library does: everything is text, objects are JSON text."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in params.items()
    }
    response = await client.post(f"/bot{world.token}/{method}", data=texts)
    body: dict[str, Any] = response.json()
    assert response.status_code == body.get("error_code", 200)
    assert response.headers["content-type"] == "application/json"
    return body


def buttons(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def button(data: str = "x", text: str = "b") -> dict[str, Any]:
    return {"text": text, "callback_data": data}


HI = {"chat_id": LI, "text": "hi"}


async def test_an_edit_must_change_something_and_may_not_touch_a_reply_keyboard(
    client: httpx.AsyncClient, world: World
) -> None:
    keyboard = buttons([button()])
    sent = (await call(client, world, "sendMessage", **HI, reply_markup=keyboard))["result"]
    same = {"chat_id": LI, "message_id": sent["message_id"], "text": "<i></i>hi ", "parse_mode": "HTML"}
    answer = await call(client, world, "editMessageText", **same, reply_markup=keyboard)
    assert answer["description"] == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )
    edited = (await call(client, world, "editMessageText", **same))["result"]
    assert "reply_markup" not in edited
    assert edited["edit_date"]
    locked = await call(client, world, "sendMessage", **HI, reply_markup={"keyboard": [["a"]]})
    assert "reply_markup" not in locked["result"]
    answer = await call(
        client, world, "editMessageText", chat_id=LI, message_id=locked["result"]["message_id"], text="other"
    )
    assert answer["description"] == "Bad Request: message can't be edited"


async def test_a_button_is_answered_once_and_soon(client: httpx.AsyncClient, world: World) -> None:
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    li = world.person("李梅")
    press = li.press_data("x")
    assert (await call(client, world, "answerCallbackQuery", callback_query_id=press.id, text="好"))["ok"]
    assert press.toast
    assert press.toast.text == "好"
    assert (await call(client, world, "answerCallbackQuery", callback_query_id=press.id))["description"] == late
    press = li.press_data("x")
    world.clock.move(world.settings.answer_window * 2)
    assert (await call(client, world, "answerCallbackQuery", callback_query_id=press.id))["description"] == late


async def test_rights_are_asked_before_pinning_and_deleting(client: httpx.AsyncClient, world: World) -> None:
    chat, li = world.chat("群"), world.person("李梅")
    said = li.send("大家好", chat)
    pin = {"chat_id": chat.id, "message_id": said["message_id"]}
    answer = await call(client, world, "pinChatMessage", **pin)
    assert answer["description"] == "Bad Request: not enough rights to manage pinned messages in the chat"
    assert (await call(client, world, "deleteMessage", **pin))["description"] == "Bad Request: message can't be deleted"
    li.promote(chat, world.bot.id)
    assert (await call(client, world, "pinChatMessage", **pin))["ok"]
    assert (await call(client, world, "getChat", chat_id=chat.id))["result"]["pinned_message"]["text"] == "大家好"
    assert (await call(client, world, "deleteMessage", **pin))["ok"]
    assert "pinned_message" not in (await call(client, world, "getChat", chat_id=chat.id))["result"]


async def test_a_private_message_older_than_two_days_stays(client: httpx.AsyncClient, world: World) -> None:
    sent = (await call(client, world, "sendMessage", **HI))["result"]
    world.clock.move(world.settings.answer_window * 4 * 60 * 49)
    answer = await call(client, world, "deleteMessage", chat_id=LI, message_id=sent["message_id"])
    assert answer["description"] == "Bad Request: message can't be deleted for everyone"


async def test_limits_count_characters_after_parsing(client: httpx.AsyncClient, world: World) -> None:
    exact = "<b>" + "😀" * 4096 + "</b>"
    assert (await call(client, world, "sendMessage", chat_id=LI, text=exact, parse_mode="HTML"))["ok"]
    assert (await call(client, world, "sendMessage", **HI, reply_markup=buttons([button("中" * 21 + "x")])))["ok"]
    files = {"document": ("a.txt", b"a", "text/plain")}
    for length, told in ((1024, None), (1025, "Bad Request: message caption is too long")):
        response = await client.post(
            f"/bot{world.token}/sendDocument", data={"chat_id": str(LI), "caption": "中" * length}, files=files
        )
        assert response.json().get("description") == told


async def test_half_an_emoji_is_no_text(client: httpx.AsyncClient, world: World) -> None:
    half = "\ud83d"
    for more in ({"text": half}, {"text": "x", "reply_markup": buttons([button(text=half)])}):
        body = json.dumps({"chat_id": LI, **more})
        response = await client.post(
            f"/bot{world.token}/sendMessage", content=body, headers={"content-type": "application/json"}
        )
        assert response.json()["description"] == "Bad Request: strings must be encoded in UTF-8"


async def test_flood_limits_hold_when_switched_on(client: httpx.AsyncClient, world: World) -> None:
    world.flood.on = True
    answers = [
        await client.post(f"/bot{world.token}/sendMessage", data={k: str(v) for k, v in HI.items()}) for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    body = answers[-1].json()
    wait = body["parameters"]["retry_after"]
    assert body["description"] == f"Too Many Requests: retry after {wait}"
    assert answers[-1].headers["retry-after"] == str(wait)
    assert 1 <= wait <= 3
    world.clock.move(world.settings.answer_window)
    assert (await call(client, world, "sendMessage", **HI))["ok"]
    group = world.chat("群").id
    codes = []
    for _ in range(21):
        world.clock.move(world.settings.answer_window / 15)
        codes.append((await call(client, world, "sendMessage", chat_id=group, text="hi")).get("error_code", 200))
    assert codes == [200] * 20 + [429]


async def test_wrong_tokens_and_paths_are_turned_away(client: httpx.AsyncClient, world: World) -> None:
    answers = {
        "/bot1:wrong/getMe": (401, "Unauthorized"),
        "/botnonsense/getMe": (401, "Unauthorized: invalid token specified"),
        "/bot0123:x/getMe": (401, "Unauthorized: invalid token specified"),
        f"/bot1:{'x' * 80}/getMe": (401, "Unauthorized: invalid token specified"),
        "/bot1": (404, "Not Found"),
        "/file/bot1:wrong/photos/a.jpg": (401, "Unauthorized"),
        f"/file/bot{world.token}/photos/a.jpg": (404, "Not Found"),
    }
    for path, (code, words) in answers.items():
        assert (await client.get(path)).json() == {"ok": False, "error_code": code, "description": words}


async def test_only_this_computer_is_let_in(client: httpx.AsyncClient, world: World) -> None:
    for path in (f"/bot{world.token}/getMe", "/sim/state", "/"):
        assert (await client.get(path, headers={"host": "evil.example"})).status_code == 403
    assert (await client.get("/sim/state", headers={"host": "localhost:8081"})).status_code == 200
    assert (await client.get("/sim/state", headers={"host": "LocalHost"})).status_code == 200
    for origin, status in (("https://evil.example", 403), ("null", 403), ("http://localhost.evil.example", 403)):
        assert (await client.post(path, headers={"origin": origin})).status_code == status
    assert (await client.post(path, headers={"origin": "http://127.0.0.1:8081"})).status_code != 403
    # A form on a foreign page may be sent to any address, but not as JSON.
    assert (await client.post("/sim/reset", data={})).status_code == 415


@pytest.mark.parametrize("nested", ["reply_markup", "entities", "reply_parameters"])
async def test_json_that_goes_down_without_end_is_refused(nested: str, client: httpx.AsyncClient, world: World) -> None:
    answer = await client.post(
        f"/bot{world.token}/sendMessage", data={"chat_id": 1, "text": "x", nested: "[" * 100_000}
    )
    assert answer.status_code == 400
    as_json = {"Content-Type": "application/json"}
    for body in (b"[" * 200_000, b'{"chat_id": NaN, "text": "x"}'):
        answer = await client.post(f"/bot{world.token}/sendMessage", content=body, headers=as_json)
        assert answer.status_code == 400
    assert (await client.get("/sim/calls")).status_code == 200


def test_a_wrong_token_or_port_is_told_in_words() -> None:
    with pytest.raises(SystemExit, match="a token is"):
        run(token="nonsense")
    with pytest.raises(SystemExit, match="port 99999"):
        run(port=99_999)


async def test_an_answer_to_a_chat_that_is_no_number_finds_no_chat(client: httpx.AsyncClient, world: World) -> None:
    li = world.people()[0]
    li.start()
    for named in ("--5", "x", "²"):
        ask = {"chat_id": li.id, "text": "x", "reply_parameters": {"message_id": 1, "chat_id": named}}
        answer = (await client.post(f"/bot{world.token}/sendMessage", json=ask)).json()
        assert answer["description"] == "Bad Request: chat not found"
