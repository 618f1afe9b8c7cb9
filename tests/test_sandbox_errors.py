"""The catalogue of refusals: every way Telegram says no, provoked and compared word for word."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from sandbox import Group, Sandbox, Someone, World

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
# (method, parameters, code, words)
PLAIN: list[tuple[str, dict[str, Any], int, str]] = [
    ("nonsense", {}, 404, "Not Found: method not found"),
    ("sendMessage", {"text": "hi"}, 400, "Bad Request: chat_id is empty"),
    ("sendMessage", {"chat_id": "", "text": "hi"}, 400, "Bad Request: chat_id is empty"),
    ("sendMessage", {"chat_id": 1, "text": "hi"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": "x", "text": "hi"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": STRANGER, "text": "hi"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": "@limei", "text": "hi"}, 400, "Bad Request: chat not found"),
    (
        "sendMessage",
        {"chat_id": UNSTARTED, "text": "hi"},
        403,
        "Forbidden: bot can't initiate conversation with a user",
    ),
    ("sendMessage", {"chat_id": BLOCKER, "text": "hi"}, 403, "Forbidden: bot was blocked by the user"),
    ("sendMessage", {"chat_id": GONE, "text": "hi"}, 403, "Forbidden: user is deactivated"),
    ("sendMessage", {"chat_id": 1000001, "text": "hi"}, 403, "Forbidden: the bot can't send messages to the bot"),
    ("sendMessage", {"chat_id": LI}, 400, "Bad Request: message text is empty"),
    ("sendMessage", {"chat_id": LI, "text": ""}, 400, "Bad Request: message text is empty"),
    ("sendMessage", {"chat_id": LI, "text": " \n "}, 400, "Bad Request: text must be non-empty"),
    ("sendMessage", HI | {"text": "<b></b>", "parse_mode": "HTML"}, 400, "Bad Request: text must be non-empty"),
    ("sendMessage", HI | {"text": "中" * 4097}, 400, "Bad Request: message is too long"),
    ("sendMessage", HI | {"text": "中" * 11000}, 400, "Bad Request: text is too long"),
    ("sendMessage", HI | {"parse_mode": "BBCode"}, 400, "Bad Request: unsupported parse_mode"),
    (
        "sendMessage",
        HI | {"text": "<x>", "parse_mode": "HTML"},
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0',
    ),
    ("sendMessage", HI | {"entities": "{"}, 400, "Bad Request: can't parse entities JSON object"),
    ("sendMessage", HI | {"message_thread_id": 1}, 400, "Bad Request: message thread not found"),
    (
        "sendMessage",
        HI | {"reply_parameters": {"message_id": 999}},
        400,
        "Bad Request: message to be replied not found",
    ),
    ("sendMessage", HI | {"reply_markup": "{"}, 400, "Bad Request: can't parse reply keyboard markup JSON object"),
    ("sendMessage", HI | {"reply_markup": "[]"}, 400, "Bad Request: object expected as reply markup"),
    (
        "sendMessage",
        HI | {"reply_markup": {"inline_keyboard": [button()]}},
        400,
        'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    ),
    ("sendMessage", HI | {"reply_markup": buttons([button("中" * 22)])}, 400, "Bad Request: BUTTON_DATA_INVALID"),
    ("sendMessage", HI | {"reply_markup": buttons([button("")])}, 400, "Bad Request: BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        HI | {"reply_markup": buttons([button(text="")])},
        400,
        "Bad Request: inline keyboard button text must be non-empty",
    ),
    (
        "sendMessage",
        HI | {"reply_markup": buttons([{"text": "b"}])},
        400,
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ("sendMessage", HI | {"reply_markup": buttons([button()] * 9)}, 400, "Bad Request: reply markup is too long"),
    ("sendMessage", HI | {"reply_markup": buttons(*[[button()]] * 101)}, 400, "Bad Request: reply markup is too long"),
    (
        "sendMessage",
        HI | {"reply_markup": buttons(*[[button(text="长" * 60)]] * 60)},
        400,
        "Bad Request: reply markup is too long",
    ),
    ("sendMessage", HI | {"colour": "red"}, 400, 'Bad Request: unknown parameter "colour"'),
    ("sendPhoto", {"chat_id": LI}, 400, "Bad Request: there is no photo in the request"),
    ("sendPhoto", {"chat_id": LI, "photo": "x"}, 400, "Bad Request: wrong file identifier/HTTP URL specified"),
    ("sendDocument", {"chat_id": LI}, 400, "Bad Request: there is no document in the request"),
    ("sendChatAction", {"chat_id": LI, "action": "x"}, 400, "Bad Request: wrong parameter action in request"),
    ("editMessageText", HI | {"message_id": 999}, 400, "Bad Request: message to edit not found"),
    ("editMessageText", HI, 400, "Bad Request: message identifier is not specified"),
    ("editMessageText", HI | {"message_id": 1}, 400, "Bad Request: message can't be edited"),
    ("deleteMessage", {"chat_id": LI, "message_id": 999}, 400, "Bad Request: message to delete not found"),
    ("pinChatMessage", {"chat_id": LI, "message_id": 999}, 400, "Bad Request: message to pin not found"),
    ("setMessageReaction", {"chat_id": LI, "message_id": 999}, 400, "Bad Request: message to react not found"),
    (
        "forwardMessage",
        {"chat_id": LI, "from_chat_id": LI, "message_id": 999},
        400,
        "Bad Request: message to forward not found",
    ),
    (
        "copyMessage",
        {"chat_id": LI, "from_chat_id": LI, "message_id": 999},
        400,
        "Bad Request: message to copy not found",
    ),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    ("getFile", {}, 400, "Bad Request: file_id not specified"),
    ("getFile", {"file_id": "x"}, 400, "Bad Request: invalid file_id"),
    ("getChat", {"chat_id": 1}, 400, "Bad Request: chat not found"),
    ("getChatAdministrators", {"chat_id": LI}, 400, "Bad Request: there are no administrators in the private chat"),
    (
        "setMyCommands",
        {"commands": [{"command": "Hi!", "description": "x"}]},
        400,
        "Bad Request: BOT_COMMAND_INVALID",
    ),
    ("setWebhook", {"url": "nonsense"}, 400, "Bad Request: invalid webhook URL specified"),
]


@pytest.mark.parametrize(("method", "params", "code", "words"), PLAIN)
async def test_a_mistake_is_refused_in_telegrams_words(
    client: httpx.AsyncClient, world: World, method: str, params: dict[str, Any], code: int, words: str
) -> None:
    answer = await call(client, world, method, **params)
    assert answer == {"ok": False, "error_code": code, "description": words}


def kicked(world: World) -> int:
    chat = world.chat("群")
    world.person("李梅").kick(chat, world.bot.id)
    return chat.id


def small_group(world: World) -> Any:
    return world.person("李梅").create_group("小群")


def left(world: World) -> int:
    chat = small_group(world)
    chat.members[world.bot.id].status = "left"
    return int(chat.id)


def kicked_small(world: World) -> int:
    chat = small_group(world)
    world.person("李梅").kick(chat, world.bot.id)
    return int(chat.id)


def deleted(world: World) -> int:
    chat = small_group(world)
    world.person("李梅").delete_group(chat)
    return int(chat.id)


def never_in(world: World) -> int:
    return world.person("李梅").create_group("别的群", bot=False).id


def silent(world: World) -> int:
    chat = world.chat("群")
    world.person("李梅").restrict(chat, [])
    return chat.id


GROUPS = [
    (kicked, 403, "Forbidden: bot was kicked from the supergroup chat"),
    (kicked_small, 403, "Forbidden: bot was kicked from the group chat"),
    (left, 403, "Forbidden: bot is not a member of the group chat"),
    (deleted, 403, "Forbidden: the group chat was deleted"),
    (never_in, 400, "Bad Request: chat not found"),
    (silent, 400, "Bad Request: not enough rights to send text messages to the chat"),
]


@pytest.mark.parametrize(("happen", "code", "words"), GROUPS)
async def test_a_group_that_cannot_be_written_to_says_why(
    client: httpx.AsyncClient, world: World, happen: Callable[[World], int], code: int, words: str
) -> None:
    answer = await call(client, world, "sendMessage", chat_id=happen(world), text="hi")
    assert (answer["error_code"], answer["description"]) == (code, words)


async def test_an_upgraded_group_names_its_successor(client: httpx.AsyncClient, world: World) -> None:
    old = small_group(world)
    new = world.person("李梅").upgrade(old)
    answer = await call(client, world, "sendMessage", chat_id=old.id, text="hi")
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }
    assert (await call(client, world, "sendMessage", chat_id=new.id, text="hi"))["ok"]


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
    # A form on a foreign page may be sent to any address, but not as JSON.
    assert (await client.post("/sim/reset", data={})).status_code == 415
