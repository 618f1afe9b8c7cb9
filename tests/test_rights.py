"""Rights: every declared handler is really tried by everybody, everywhere, and held against its declaration.

Where somebody is not admitted, the handler is not called, nothing in the database changes and nothing personal is
shown. Where they are, it is called and nothing breaks; a handler declared `whose="own"` touches nobody else's rows.
"""

import functools
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.forms import core
from bot.forms.fields import Kind
from bot.router import Place, Route, Where, Who
from models.base import Base
from models.drafts import Draft
from models.people import Account, Grant, Member, Role
from sandbox.chats import Chat
from sandbox.people import Press
from sandbox.world import Call
from tests.hostile_rows import Rows, kept, put_back, snapshot, watched
from tests.hostile_things import (
    LEAVER,
    NEWCOMER,
    NEWCOMERS_PHONE,
    SECOND_ADMIN,
    SECRET_CASE,
    SECRET_TITLE,
    STRANGER,
    TURN,
    Things,
    furnish,
)
from tests.hostile_updates import DAILY, Ear, dump, listening
from tests.institute import ADMIN, CAST, MONDAY, Institute, running
from tests.office import PNG

# What the words of a declaration mean, said once more and independently of the code that holds them.
WHO = {
    Who.ANYONE: {"stranger", "leaver", "member", "handler", "delegate", "officer", "chair", "admin", "named"},
    Who.STRANGER: {"stranger", "leaver", "named"},
    Who.MEMBER: {"member", "handler", "delegate", "officer", "chair", "admin"},
    Who.KNOWN: {"member", "handler", "delegate", "officer", "chair", "admin", "named"},
    Who.HANDLER: {"handler"},
    Who.DELEGATE: {"delegate"},
    Who.OFFICER: {"officer", "chair", "admin", "named"},
    Who.CHAIR: {"chair", "admin", "named"},
    Who.ADMIN: {"admin", "named"},
}
WHERE = {
    Where.PRIVATE: {Place.PRIVATE},
    Where.STAFF: {Place.STAFF},
    Where.ANYWHERE: {Place.PRIVATE, Place.STAFF},
    Where.GROUP: {Place.STAFF, Place.FOREIGN},
}
PEOPLE = {
    "stranger": "路人",
    "leaver": LEAVER,
    "member": "李梅",
    "handler": "韩处理",
    "delegate": "戴代表",
    "officer": "周敏",
    "chair": "郝主席",
    "admin": SECOND_ADMIN,
    "named": "管理员",  # named in the settings, not on the roster
}
ACCOUNTS = {
    "stranger": STRANGER,
    "leaver": 5_100_000_618,
    "member": 5_100_000_417,
    "handler": 5_200_000_001,
    "delegate": 5_200_000_002,
    "chair": 5_200_000_003,
    "officer": 5_100_000_001,
    "admin": 5_100_000_502,
    "named": ADMIN,
}
# What somebody's being forgotten takes along, though it stands in others' names: it tells of them.
TELLING = {"imports", "letters"}
PERSONAL = [*(phone[2:] for *_, phone in CAST), NEWCOMERS_PHONE, "1985"]  # phones, and the year of every birthday


@dataclass
class House:
    """The institute, something of everything in it, and a note of every handler that was called."""

    institute: Institute
    things: Things
    ear: Ear
    called: list[tuple[str, str, str]] = field(default_factory=list)  # sort, name, who

    def chat(self, role: str, place: Place) -> Chat:
        """The chat of this kind that the person is in."""
        group = self.things.foreign if place is Place.FOREIGN else self.institute.group
        return self.institute.world.chats[ACCOUNTS[role] if place is Place.PRIVATE else group]

    async def rows(self) -> Rows:
        """Everything in the database."""
        found: Rows = await self.institute.look(snapshot)
        return found


@asynccontextmanager
async def house_of(url: str) -> AsyncIterator[House]:
    """The institute with something of everything, and with people of every role in both groups."""
    called: list[tuple[str, str, str]] = []
    with listening() as ear:
        async with running(url, registry=watched(called)) as institute:
            for role in ("handler", "delegate", "chair"):
                institute.stranger(PEOPLE[role], id=ACCOUNTS[role])
                await institute.change(functools.partial(hire, role=Role(role)))
            things = await furnish(institute)
            for name in PEOPLE.values():
                institute.world.person(name).join(institute.group)
            await institute.settle()
            yield House(institute, things, ear, called)


def hire(session: Session, role: Role) -> None:
    """One more colleague, who holds this role."""
    account, name = ACCOUNTS[role], PEOPLE[role]
    row = Member(number=str(account), name=name, kinds=[], tags=[])
    session.add(row)
    session.flush()
    session.merge(Account(id=account, member_id=row.id, name=name, first_at=MONDAY, bound_at=MONDAY, reachable=True))
    session.add(Grant(member_id=row.id, role=role, scope="", by_account=ADMIN, at=MONDAY))


# Ways to reach a handler


def arguments(route: Route, things: Things) -> list[list[str]]:
    """Plausible arguments: the ids of real things, in every choice that matters."""
    turned = any(each.name == "turn" for each in route.arguments)  # it decides, if the turn is right
    choices = {
        "event_id": (things.event, things.draft),
        "item_id": (things.item,),
        "member_id": (things.newcomer, things.colleague),
        "claim_id": (things.claim,),
        "import_id": (things.imported,),
        "minutes": (60,),
        "text": (things.code,),
        "role": ("handler",),
        "code": ("en",),
        "name": ("late",),
        "query": ("李",),
        "notice_id": (things.notice, things.told),
        "days": (3,),
        "which": ("all", "group", 9),
        "entitlement_id": (1, things.entitlement),
        "machine_id": things.machines,
        "consultation_id": things.consultations,
        # what decides is tried on every desk at its right turn, all else where there is something to be seen
        "case_id": things.cases
        if turned
        else (things.proposal, things.suggestion, things.repair, things.answered, things.public),
        "answer_id": (0,),  # the last of the case
        "form": ("proposals.suggest",),
        "kind": ("proposal",),
        "turn": (TURN,),
        "unit_id": (things.unit,),
        "other_id": (things.suggestion,),
        "ground": ("personal",),
        "preset": ("repair",),
        "co": ("",),
        "words": ("大扫除",),
        "origin": ("m1", "s1.大扫除", "x"),
        "state": ("received",),
        "year": (2026,),
    }
    found = []
    for each in route.arguments:
        fitting = [one for one in choices.get(each.name, ()) if isinstance(one, int) is (each.kind is int)]
        found.append(fitting or [1 if each.kind is int else "x"])
    return [list(map(str, parts)) for parts in itertools.product(*found)]


def attempts(house: House, route: Route, role: str, place: Place) -> list[Callable[[], Press | None]]:
    """The ways somebody tries this handler here."""
    world = house.institute.world
    person = world.person(ACCOUNTS[role])
    tries = arguments(route, house.things)
    data = [":".join([route.name, *parts]) for parts in tries] if route.sort == "button" else []
    if place is Place.CHANNEL:
        gone = {"chat": {"id": -1009000000001, "type": "channel", "title": "频道"}, "message_id": 1, "date": 0}
        return [functools.partial(world.new_press, person, world.chats[person.id], gone, each) for each in data]
    chat = house.chat(role, place)
    at = "" if place is Place.PRIVATE else "@staffhome_bot"
    say = functools.partial(silently, person.send, chat=chat)
    match route.sort:
        case "button":
            return [functools.partial(person.press_data, each, None, chat) for each in data]
        case "command":
            return [functools.partial(say, " ".join([f"/{route.name}{at}", *parts])) for parts in tries]
        case "link":
            return [functools.partial(say, f"/start{at} {'_'.join([route.name, *parts[:1]])}") for parts in tries]
    file, words = f"名册{(*route.endings, '')[0]}", f"{(*route.begins, '')[0]}全体 随便说说"
    return {
        "contact": [functools.partial(silently, person.send_contact, chat=chat)],
        "text": [functools.partial(say, words)],
        "photo": [functools.partial(silently, person.send_photo, PNG, words, chat)],
        "document": [functools.partial(silently, person.send_document, file, b"x", words, chat)],
    }[route.name]


def silently(act: Callable[..., Any], *arguments: Any, **more: Any) -> None:
    """Do something that is no press."""
    act(*arguments, **more)


def admitted(route: Route, role: str, place: Place) -> bool:
    """What the declaration promises."""
    return role in WHO[route.who] and place in WHERE[route.where]


# What is checked


def personal(house: House, role: str) -> list[str]:
    """What may not be shown to somebody who is not admitted."""
    names = {name for name, *_ in CAST} | {NEWCOMER, PEOPLE["handler"], PEOPLE["delegate"]}
    return [
        *PERSONAL,
        SECRET_TITLE,
        SECRET_CASE,
        house.things.code,
        house.things.code[:3] + "-",
        *(names - {PEOPLE[role]}),
    ]


def words(calls: list[Call]) -> str:
    """What the calls say, without the numbers they are addressed by."""
    return dump([[call.params.get(name) for name in ("text", "caption", "reply_markup")] for call in calls])


def others(session: Session, role: str) -> Rows:
    """The rows that belong to somebody else."""
    account = session.get(Account, ACCOUNTS[role])
    mine = {ACCOUNTS[role]} | ({account.member_id} if account and account.member_id else set())
    found: Rows = {}
    for mapper in Base.registry.mappers:
        table, whose = mapper.local_table, mapper.class_.privacy.whose
        if whose is not None:
            column = table.c["id" if mapper.class_ is Account else whose]
            found[table.name] = {
                tuple(map(repr, row)) for row in session.execute(select(table).where(~column.in_(mine)))
            }
    return found


def no_trouble(house: House) -> None:
    """Nothing broke, and the strict Telegram took everything that was said."""
    assert not [house.ear.format(record) for record in house.ear.errors]
    assert not [call.description for call in house.institute.world.refused() if not DAILY.search(call.description)]


def test_everything_that_can_be_declared_is_known_here() -> None:
    assert set(WHO) == set(Who)
    assert set(WHERE) == set(Where)


@pytest.mark.parametrize("role", PEOPLE)
async def test_who_is_not_admitted_changes_nothing_and_learns_nothing(sqlite_url: str, role: str) -> None:
    async with house_of(sqlite_url) as house:
        institute, world = house.institute, house.institute.world
        before, tried = await house.rows(), 0
        for place in Place:
            closed = [
                route
                for route in institute.app.registry.routes
                if route.sort != "form"
                and not admitted(route, role, place)
                # in private a word or a file that one handler may not take may be another's
                and not (route.sort == "message" and place is Place.PRIVATE)
            ]
            since = len(world.calls)
            presses = [attempt() for route in closed for attempt in attempts(house, route, role, place)]
            tried += len(presses)
            await institute.settle()
            assert not {each[:2] for each in house.called} & {(route.sort, route.name) for route in closed}
            house.called.clear()
            assert await house.rows() == before
            assert all(press.answered for press in presses if press)
            shown = words(list(world.calls)[since:])
            assert not [secret for secret in personal(house, role) if secret in shown]
        no_trouble(house)
        print(f"{tried} attempts")


@pytest.mark.parametrize("role", PEOPLE)
async def test_who_is_admitted_is_served_and_touches_only_what_is_theirs(sqlite_url: str, role: str) -> None:
    async with house_of(sqlite_url) as house:
        institute, tried = house.institute, 0
        everything = await institute.look(kept)
        for place in Place:
            for route in institute.app.registry.routes:
                as_any_member = role in ("handler", "delegate") and route.who in (Who.ANYONE, Who.MEMBER)
                if route.sort != "form" and admitted(route, role, place) and not as_any_member:
                    for attempt in attempts(house, route, role, place):
                        await served(house, route, role, attempt)
                        await institute.change(functools.partial(put_back, before=everything))
                        tried += 1
        no_trouble(house)
        print(f"{tried} attempts")


async def served(house: House, route: Route, role: str, attempt: Callable[[], Press | None]) -> None:
    """One attempt of somebody who is admitted."""
    institute, world = house.institute, house.institute.world
    look, since = functools.partial(others, role=role), len(world.calls)
    before = await institute.look(look) if route.whose == "own" else {}
    house.called.clear()
    press = attempt()
    await institute.settle()
    assert (route.sort, route.name, PEOPLE[role]) in house.called
    assert press is None or press.answered
    calls = list(world.calls)[since:]
    assert calls, f"{route.sort} {route.name} says nothing"
    in_groups = words([call for call in calls if str(call.params.get("chat_id", "")).startswith("-")])
    assert not [secret for secret in PERSONAL if secret in in_groups]
    if before:
        after = await institute.look(look)
        touched = {name for name in before if before[name] - after[name]}
        free = TELLING if route.name == "people.erase_now" else set()
        if role == "stranger":
            free = free - {"imports"}
        assert touched <= free, f"{route.name} touches what is others'"


# Forms: what counts is who may when the form is sent off, not when it was begun

SAMPLES: dict[Kind, Any] = {
    Kind.TEXT: "一些样例文字",
    Kind.NUMBER: 1,
    Kind.FLAG: True,
    Kind.MOMENT: (MONDAY + timedelta(days=10)).isoformat(),
    Kind.DAY: (MONDAY + timedelta(days=10)).date().isoformat(),
    Kind.PICK: 1,
    Kind.SPOT: {"latitude": 39.9, "longitude": 116.4},
}
WORDS = {
    "lines": "跑步机 健身房",
    "options": "粽子 10元",
    "greetings.add_own.day": "9月6日",
}  # texts that must mean something


def filled(route: Route) -> dict[str, Any]:
    """Answers that make the form complete."""
    assert route.model is not None
    answers: dict[str, Any] = {}
    while (ask := core.asking(route.model, answers)) is not None:
        word = WORDS.get(ask.name) or WORDS.get(f"{route.name}.{ask.name}")
        found = word or SAMPLES.get(ask.kind, ask.choices[0] if ask.kind is Kind.CHOICE else None)
        assert ask.optional or found is not None, f"say in SAMPLES how {route.name}.{ask.name} is answered"
        answers[ask.name] = ask.default if ask.optional else [found] if ask.several else found
    assert core.problems(route.model, answers) == []
    return answers


@pytest.mark.parametrize("role", PEOPLE)
async def test_a_form_is_taken_only_from_who_may_send_it_off(sqlite_url: str, role: str) -> None:
    async with house_of(sqlite_url) as house:
        institute, person = house.institute, house.institute.world.person(ACCOUNTS[role])
        everything = await institute.look(kept)
        for route in institute.app.registry.forms.values():
            for place in (Place.PRIVATE, Place.STAFF, Place.FOREIGN):
                draft = {"account_id": person.id, "form": route.name, "target_id": house.things.event}
                draft |= {"answers": filled(route), "step": 7, "touched_at": institute.clock.now()}
                await institute.change(lambda session, draft=draft: session.add(Draft(**draft)))
                before = await house.rows()
                house.called.clear()
                press = person.press_data("form:7:ok", chat=house.chat(role, place))
                await institute.settle()
                after = await house.rows()
                may = admitted(route, role, place)
                assert (("form", route.name, PEOPLE[role]) in house.called) == may, f"{route.name} {place}"
                assert press.answered
                if not may:
                    assert {name for name in before if before[name] != after[name]} <= {"drafts"}
                await institute.change(functools.partial(put_back, before=everything))
        no_trouble(house)


# Rights that end


async def test_a_role_withdrawn_ends_at_the_next_press_and_the_form_with_it(institute: Institute) -> None:
    zhou, admin = institute.phone("周敏"), institute.phone("管理员")
    await admin.starts()
    await zhou.says("/desk")
    await admin.forges("roles.take:1:officer")
    await zhou.taps("➕ 发起活动")
    assert "过期" in zhou.toast
    await admin.forges("roles.give:1:officer")
    await zhou.taps("➕ 发起活动")
    await zhou.says("奥森健步走")
    await admin.forges("roles.take:1:officer")
    await zhou.says("12月1日下午3点到5点")
    assert await institute.look(lambda session: session.scalars(select(Draft)).all()) == []
    assert "没有这项功能" in await zhou.says("/desk") or "干事" in zhou.sees()


async def test_a_leaver_loses_every_right_at_once(institute: Institute) -> None:
    things = await furnish(institute)
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.says("/desk")
    await institute.change(lambda session: leave(session, "周敏", "李梅"))
    seen = zhou.reads().count(SECRET_TITLE)  # what came while it was still hers to know
    await zhou.taps("➕ 发起活动")
    assert "过期" in zhou.toast
    assert "干事" in await zhou.says("/desk")
    assert zhou.reads().count(SECRET_TITLE) == seen
    await li.forges(f"events.leave:{things.item}", institute.group)
    assert "职工身份" in li.toast
    assert "13900000002" not in await li.says("/find 李梅")


def leave(session: Session, *names: str) -> None:
    """They do not work here any more."""
    for row in session.scalars(select(Member).where(Member.name.in_(names))):
        row.left_on = MONDAY.date()
