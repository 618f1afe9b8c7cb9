"""Whatever people and forged clients send: an answer, no unhandled exception, and nothing given away.

Each run draws new mischief and prints its seed; HOSTILE_SEED=<number> plays it again, HOSTILE_TIMES=5 plays more.
"""

import asyncio
import json
import os
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Update

from bot.incoming import decent, read
from models.inbox import Inbox
from sandbox.updates import KINDS
from sandbox.world import Call
from tests.hostile_things import NEWCOMERS_PHONE, furnish
from tests.hostile_updates import CANARY, DAILY, Ear, Mischief, dump, listening, spoiled
from tests.institute import CAST, Institute, Phone, running

SEED = int(os.environ.get("HOSTILE_SEED", random.SystemRandom().randrange(10**6)))
TIMES = int(os.environ.get("HOSTILE_TIMES", "1"))
WHOLE, BROKEN, UPDATES = 18, 2, 1000  # shards, and updates in each: 20,000 in all
BATCH = 88  # updates that arrive together
PERSONAL = [phone[2:] for *_, phone in CAST] + [
    NEWCOMERS_PHONE,
    "1985",
]  # phone numbers, and the year of every birthday
MISADDRESSED = re.compile(
    r"chat not found|query is too old|can't initiate conversation|bot was blocked|chat_id is empty"
)


@asynccontextmanager
async def besieged(url: str, seed: int) -> AsyncIterator[tuple[Institute, Mischief, Ear]]:
    """The institute with something of everything, strangers and a leaver about, and an ear on its log."""
    print(f"HOSTILE_SEED={seed}")
    with listening() as ear:
        async with running(url) as institute:
            institute.stranger("بعيد")
            things = await furnish(institute)
            groups = [institute.world.chats[number] for number in (institute.group, things.foreign)]
            mischief = Mischief(institute, random.Random(seed), institute.world.people(), groups)
            yield institute, mischief, ear


async def fates(institute: Institute) -> dict[int, tuple[bool, str | None, str | None]]:
    """What became of every update: done or not, parked or not, and the words that are still kept."""

    def look(session: Session) -> dict[int, tuple[bool, str | None, str | None]]:
        return {row.id: (row.done_at is not None, row.parked, row.raw) for row in session.scalars(select(Inbox))}

    found: dict[int, tuple[bool, str | None, str | None]] = await institute.look(look)
    return found


def refusals(institute: Institute, *expected: re.Pattern[str]) -> list[tuple[str, str, Any]]:
    """The calls that the strict Telegram refused, beside those that belong to a day."""
    calls: list[Call] = institute.world.refused()
    wrong = [call for call in calls if not any(pattern.search(call.description) for pattern in expected)]
    return [(call.method, call.description, call.params) for call in wrong]


def nothing_given_away(institute: Institute, ear: Ear) -> None:
    """Nothing personal was said in a group; the log holds nothing that people wrote, and no secret."""
    for call in institute.world.calls:
        if str(call.params.get("chat_id", "")).startswith("-"):
            words = dump([call.params.get(name) for name in ("text", "caption", "reply_markup")])
            assert not [secret for secret in PERSONAL if secret in words], f"said in a group: {words}"
    log = "\n".join(ear.lines)
    assert CANARY not in log
    assert institute.world.token.partition(":")[2] not in log
    assert not [phone for phone in PERSONAL[:-1] if phone in log]


async def everybody_is_answered(institute: Institute) -> None:
    """After all that, /start brings an answer to each."""
    for person in institute.world.people():
        before = len(institute.world.sent(chat=person.id))
        await Phone(institute, person).starts()
        assert len(institute.world.sent(chat=person.id)) > before, f"{person.name} hears nothing"


@pytest.mark.parametrize("number", range(WHOLE * TIMES))
async def test_whatever_is_sent_is_answered(sqlite_url: str, number: int) -> None:
    async with besieged(sqlite_url, SEED + number) as (institute, mischief, ear):
        while len(mischief.sent) < UPDATES:
            for _ in range(BATCH):
                mischief.act()
            await institute.settle()
            await mischief.walk(12)
        kept = await fates(institute)
        assert not [update for update in mischief.sent if kept[update] != (True, None, None)]
        assert not [press.data for press in mischief.presses if not press.answered]
        assert not [record.getMessage() for record in ear.errors]
        assert refusals(institute, DAILY) == []
        assert mischief.kinds >= set(KINDS) - {"callback_query"}
        await everybody_is_answered(institute)
        nothing_given_away(institute, ear)
        print(f"{len(mischief.sent)} updates, {len(institute.world.calls)} calls")


@pytest.mark.parametrize("number", range(BROKEN * TIMES))
async def test_what_cannot_be_read_is_put_aside_and_nothing_else(sqlite_url: str, number: int) -> None:
    async with besieged(sqlite_url, SEED + number) as (institute, mischief, ear):
        world, chance = institute.world, mischief.chance
        made: list[Any] = []
        mischief.inject = lambda kind, payload: made.append({kind: payload})  # type: ignore[method-assign]
        ways = [mischief.says, mischief.commands, mischief.follows, mischief.sends, mischief.odd, mischief.forged]
        readable: dict[int, bool] = {}
        while len(readable) < UPDATES:
            for _ in range(BATCH):
                if chance.random() < 0.7:
                    chance.choice(ways)()
                else:  # a press, taken back before it is delivered
                    mischief.who().press_data(mischief.data())
                    made.append({"callback_query": json.loads(world.queue.waiting.pop().text)["callback_query"]})
                broken = spoiled(made.pop(), chance)
                update = world.inject(broken)
                readable[update] = can_be_read(institute, {"update_id": update, **broken})
            await institute.settle()
        kept = await fates(institute)
        done = {update for update in readable if kept[update][0]}
        assert done == {update for update, fine in readable.items() if fine}
        assert all(kept[update][1] for update in readable.keys() - done)
        assert {record.msg for record in ear.errors} == {"update %d failed"}
        assert {record.args[0] for record in ear.errors} == readable.keys() - done  # type: ignore[index]
        assert refusals(institute, DAILY, MISADDRESSED) == []
        assert any("已搁置" in line["text"] for line in Phone(institute, world.person("管理员")).person.transcript())
        await everybody_is_answered(institute)
        nothing_given_away(institute, ear)
        print(f"{len(readable)} updates, {len(readable) - len(done)} put aside, {len(world.calls)} calls")


def can_be_read(institute: Institute, update: Any) -> bool:
    """Whether the library, and we, can make anything of it."""
    try:
        read(Update.de_json(decent(json.loads(json.dumps(update))), institute.app.bot), "staffhome_bot")
    except Exception:
        return False
    return True


async def test_updates_without_a_proper_number_are_left_out_and_the_others_go_on(institute: Institute) -> None:
    world, li = institute.world, institute.phone("李梅")
    with listening() as ear:
        for number in ("x", -1, 1.5, [], {}):
            world.inject({"update_id": number, "message": {"text": CANARY}})
        assert "没有" in await li.says("/nothing_like_this")
        assert CANARY not in "\n".join(ear.lines)
    assert "周敏" in await institute.phone("周敏").says("/start")


async def test_names_and_titles_of_any_kind_come_back_as_they_were(institute: Institute) -> None:
    """What people call themselves and their events is shown as text, whatever it looks like."""
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    for title in ("<b>健步走</b>", "{{ 7 * 7 }}", "=1+1", "مرحبا", "👩🏽‍🚀 家属日", "a\u0300\u0301" * 20, "%s&amp;"):
        await zhou.says("/desk")
        await zhou.taps("➕ 发起活动")
        await zhou.says(title)
        await zhou.says("12月1日下午3点到5点")
        await zhou.taps("对")
        if "结束" in zhou.sees():
            await zhou.taps("跳过")
        await zhou.says(title)
        while "👀 预览" not in zhou.buttons():
            await zhou.taps("跳过")
        await zhou.taps("👀 预览")
        await zhou.taps("📣 发布到职工群")
        assert title in li.sees(institute.group)
        assert institute.world.refused() == []


async def test_a_flood_of_presses_by_one_person_leaves_the_others_in_peace(institute: Institute) -> None:
    li, wang = institute.phone("李梅").person, institute.phone("王强").person
    presses = [li.press_data(f"events.view:{number}") for number in range(200)]
    last = wang.press_data("events.browse:1")
    while last.toast is None:
        await asyncio.sleep(0)
    assert sum(press.toast is not None for press in presses) < 100
    await institute.settle()
    assert all(press.answered for press in presses)
