"""Pictures of letters: drawn once, sent once, and never in the way of the words."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from sqlalchemy import update

from models.letters import OUTCOMES, State
from models.people import Account
from sandbox.faults import Fault
from tests.institute import Institute
from tests.office import PNG, Office, office

CARD = ("birthday", {"name": "李梅"})


class Pencil:
    """Draws what it is asked for, and remembers it."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, str]] = []
        self.threads: set[str] = set()

    def __call__(self, name: str, facts: dict[str, Any], language: str) -> bytes | None:
        self.drawn.append((name, language))
        self.threads.add(threading.current_thread().name)
        sleep(0.02)
        if name == "broken":
            raise ValueError("no ink")
        return PNG if name != "unknown" else None


@pytest.fixture
def pencil() -> Pencil:
    return Pencil()


@pytest.fixture
async def at(sqlite_url: str, tmp_path: Path, pencil: Pencil) -> AsyncIterator[Office]:
    async with office(sqlite_url, tmp_path / "locales") as found:
        await found.close()
        found.draw = pencil
        await found.open()
        yield found


def photos(at: Office) -> list[Any]:
    """What was given as the photo: an id, or bytes."""
    return [call.params["photo"] for call in at.world.sent("sendPhoto")]


def uploads(at: Office) -> int:
    return sum(not isinstance(photo, str) or photo.startswith("attach://") for photo in photos(at))


async def test_one_picture_for_many_is_drawn_and_uploaded_once_a_language(at: Office, pencil: Pencil) -> None:
    people = [at.world.add_person(f"第{number}位") for number in range(20)]
    for number, person in enumerate(people):
        person.user.seen = person.user.started = True
        account = Account(id=person.id, name=person.name, first_at=at.clock.now(), reachable=True)
        account.language = "en" if number % 2 else "zh_CN"
        await at.units.write(lambda s, a=account: s.add(a))
        await at.post(f"a{number}", person.id, picture=CARD)
    assert await at.deliver() == 20
    assert sorted(pencil.drawn) == [("birthday", "en"), ("birthday", "zh_CN")]
    assert uploads(at) == 2
    assert len(photos(at)) == 20
    assert at.said(people[0]) == ["您好，a0"]
    assert "MainThread" not in pencil.threads


@pytest.mark.parametrize("name", ["unknown", "broken"])
async def test_without_a_picture_the_words_go_alone(at: Office, name: str, pencil: Pencil) -> None:
    seen: list[bool] = []
    OUTCOMES["tests.pictured"] = lambda session, letter, now: seen.append(letter.picture is not None)
    await at.post("a", picture=(name, {}), outcome="tests.pictured")
    await at.post("b", "王强", picture=(name, {}), outcome="tests.pictured")
    await at.post("c", picture=CARD, outcome="tests.pictured")
    assert await at.deliver() == 3
    assert (at.said(at.li), at.said(at.wang)) == (["您好，a", "您好，c"], ["您好，b"])
    assert pencil.drawn.count((name, "zh_CN")) == 1
    assert sorted(seen) == [False, False, True]
    assert uploads(at) == 1


async def test_a_picture_that_telegram_does_not_want_keeps_nobody_waiting(at: Office) -> None:
    refusal = "Bad Request: IMAGE_PROCESS_FAILED"
    at.world.faults.add(Fault(code=400, description=refusal, method="sendPhoto"))
    await at.post("a", picture=CARD)
    await at.post("b", "王强", picture=CARD)
    assert await at.deliver() == 2
    assert (at.said(at.li), at.said(at.wang)) == (["您好，a"], ["您好，b"])
    assert not photos(at)


async def test_a_group_without_pictures_gets_the_words(at: Office) -> None:
    refusal = "Bad Request: not enough rights to send photos to the chat"
    at.world.faults.add(Fault(code=400, description=refusal, method="sendPhoto", chat_id=at.group))
    await at.post("a", at.group, picture=CARD)
    await at.post("b", picture=CARD)
    assert await at.deliver() == 2
    assert (at.said(at.group), at.said(at.li)) == (["您好，a"], ["您好，b"])
    assert len(photos(at)) == 1


async def test_an_id_that_is_no_longer_good_is_replaced(at: Office, pencil: Pencil) -> None:
    await at.post("a", picture=CARD)
    await at.deliver()
    refusal = "Bad Request: wrong file identifier/HTTP URL specified"
    at.world.faults.add(Fault(code=400, description=refusal, method="sendPhoto"))
    await at.post("b", "王强", picture=CARD)
    await at.post("c", picture=CARD)
    assert await at.deliver() == 2
    assert len(photos(at)) == 3
    assert uploads(at) == 2
    assert len(pencil.drawn) == 2


async def test_while_one_is_drawn_others_are_sent(at: Office, pencil: Pencil) -> None:
    gate = threading.Event()
    draw = pencil.__call__
    at.delivery._drawer._draw = lambda *what: (gate.wait(5), draw(*what))[1]  # type: ignore[union-attr]
    await at.post("slow", picture=CARD)
    await at.post("quick", "王强")
    delivering = asyncio.create_task(at.delivery.deliver_due())
    await at.until(lambda: at.said(at.wang) == ["您好，quick"])
    assert not at.said(at.li)
    gate.set()
    await delivering
    assert at.said(at.li) == ["您好，slow"]


async def test_many_words_stand_under_their_picture(at: Office) -> None:
    await at.post("a", picture=CARD, text="post.card", title="长" * 1500, count=3)
    assert await at.deliver() == 1
    assert [call.method for call in at.world.sent(chat=at.li.id)] == ["sendPhoto", "sendMessage"]
    assert (await at.letter("a")).state is State.SENT


async def test_the_houses_own_pictures_are_drawn(institute: Institute) -> None:
    from models import letters

    now = institute.clock.now()
    await institute.change(lambda s: s.execute(update(Account).values(language="zh_CN")))

    def work(session: Any) -> None:
        for account in session.query(Account).limit(2):
            facts = {"name": "李梅", "wish": "天冷了，工会惦记着您。", "sign": "所工会", "on": "2026-11-23"}
            letters.post(session, f"b:{account.id}", account, "people.exported", now, picture=("winter", facts))

    await institute.change(work)
    await institute.settle()
    sent = institute.world.sent("sendPhoto")
    assert len(sent) == 2
