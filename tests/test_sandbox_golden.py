"""Every refusal of the catalogue, provoked and compared word for word; and a look whether any was forgotten."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import Sandbox, World
from tests import golden
from tests.endpoint import eventually

CATALOGUE = Path(__file__).parents[2] / "shared" / "botapi" / "behaviour.md"
SECTIONS = ("Error catalogue", "Limits", "Webhook", "Polls", "Groups")
# What a refusal looks like among all that stands in back quotes there: words in a row that are no code.
SENTENCE = re.compile(r"[A-Za-z…'\"].* .*")

# Proven below rather than in the table: they need two calls at once, or a switch.
CONFLICTS = [
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    "Conflict: terminated by setWebhook request",
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
]
FLOOD = "Too Many Requests: retry after 1"

# In the catalogue, and not in the table; the reason for each.
ELSEWHERE = {
    "…type must be non-empty": "the layer before it answers first: a button without a kind is not read at all",
    "bad webhook: An HTTPS URL must be provided for webhook": "the server is in local mode, where http is allowed",
    "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443": "local mode: any port is allowed",
    "Wrong response from the webhook: 500 Internal Server Error": "no refusal; tests/test_sandbox_webhook.py proves it",
    "Webhook was set": "no refusal; tests/test_sandbox_session.py and _webhook.py prove it",
    "Webhook is already set": "the same",
    "Webhook was deleted": "the same",
    "Webhook is already deleted": "the same",
    "parameters.retry_after: N": "no words; the test of the flood proves it",
}


@pytest.fixture
def world() -> World:
    return golden.world()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1/bot{world.token}/") as client:
        yield client


async def ask(client: httpx.AsyncClient, method: str, **params: Any) -> dict[str, Any]:
    """Call a method the way a library does: everything is text, objects are JSON text."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in params.items()
    }
    response = await client.post(method, data=texts)
    body: dict[str, Any] = response.json()
    assert response.status_code == body.get("error_code", 200)
    assert response.headers["content-type"] == "application/json"
    return body


@pytest.mark.parametrize("row", golden.TABLE, ids=lambda row: f"{row[1]}: {row[0]}")
async def test_a_mistake_is_refused_in_telegrams_words(
    client: httpx.AsyncClient, world: World, row: golden.Row
) -> None:
    _, method, params, code, words = row
    answer = await ask(client, method, **(params(world) if callable(params) else params))
    assert ("parameters" in answer) == ("upgraded" in words)
    answer.pop("parameters", None)
    assert answer == {"ok": False, "error_code": code, "description": words}
    assert [(call.method, call.done) for call in world.calls] == [(method, False)], "and nothing came of it"


def test_no_case_stands_there_twice() -> None:
    cases = [(case, method) for case, method, *_ in golden.TABLE]
    assert len(cases) == len(set(cases))


async def test_a_group_that_moved_names_its_successor(client: httpx.AsyncClient, world: World) -> None:
    answer = await ask(client, "sendMessage", **golden.upgraded(world))
    new = answer["parameters"]["migrate_to_chat_id"]
    assert (await ask(client, "sendMessage", chat_id=new, text="hi"))["ok"]


async def test_only_one_may_wait_for_updates_and_none_beside_a_webhook(client: httpx.AsyncClient, world: World) -> None:
    world.queue.drop()
    older = asyncio.create_task(ask(client, "getUpdates", timeout=50))
    await eventually(lambda: world.queue.polled)
    newer = asyncio.create_task(ask(client, "getUpdates", timeout=50))
    told = [await older]
    assert (await ask(client, "setWebhook", url="http://127.0.0.1:9/"))["description"] == "Webhook was set"
    told += [await newer, await ask(client, "getUpdates")]
    assert told == [{"ok": False, "error_code": 409, "description": words} for words in CONFLICTS]
    await ask(client, "deleteWebhook")


async def test_a_flood_is_told_how_long_to_wait(client: httpx.AsyncClient, world: World) -> None:
    world.flood.on = True
    answers = [await client.post("sendMessage", data={"chat_id": str(golden.LI), "text": "hi"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    body = answers[-1].json()
    wait = body["parameters"]["retry_after"]
    assert body == {
        "ok": False,
        "error_code": 429,
        "description": FLOOD.replace("1", str(wait)),
        "parameters": {"retry_after": wait},
    }
    assert answers[-1].headers["retry-after"] == str(wait)


def listed() -> list[str]:
    """The error words that the catalogue puts into back quotes."""
    sections = re.split(r"\n## ", CATALOGUE.read_text("utf-8"))
    wanted = "\n".join(section for section in sections if section.startswith(SECTIONS))
    found = [word for word in re.findall(r"`([^`]+)`", wanted) if SENTENCE.fullmatch(word)]
    return [
        word for word in dict.fromkeys(found) if not word.startswith(("id, question", "poll_id, user", "is_closed:"))
    ]


def proves(words: str, listed: str) -> bool:
    """Whether these words are the listed ones, small first letter or not, with … and N for anything."""
    pattern = re.escape(listed).replace("…", ".+").replace(r"\ N", r"\ \d+").replace('"x"', '"[\\w-]+"')
    return re.fullmatch(rf"(.*(: | ))?{pattern}", words, re.IGNORECASE) is not None


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue is not on this machine")
def test_the_table_proves_everything_in_the_catalogue() -> None:
    ours = [words for *_, words in golden.TABLE] + CONFLICTS + [FLOOD]
    wanted = listed()
    assert len(wanted) > 70, "the catalogue is read"
    missing = [words for words in wanted if not any(proves(each, words) for each in ours)]
    assert sorted(missing) == sorted(ELSEWHERE.keys() & wanted), "proven nowhere, or listed as such although proven"
    assert ELSEWHERE.keys() <= set(wanted), "excused, but not in the catalogue any more"
