"""When Telegram, the line, the disk or our own code fails: nothing is lost, nothing is done twice, and it goes on."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram.error import Conflict

from bot.app import App, discover
from bot.context import Context
from bot.intake import Intake
from bot.lease import Lease, Lost
from bot.router import ANYONE, PRIVATE, Registry, Router
from models import facts
from models.drafts import Draft
from models.events import Entry, EntryState
from models.inbox import Inbox
from models.letters import Letter
from models.people import Account
from sandbox.faults import Fault
from sandbox.people import Press
from sandbox.server import Sandbox
from tests.hostile_storage import engine_of, failing_at, failing_on, full, locked
from tests.hostile_things import furnish
from tests.hostile_updates import CANARY, listening
from tests.institute import Institute, running
from tests.wire import Wire

BROKEN_LINES = [
    Fault(code=502),
    Fault(kind="drop"),
    Fault(kind="silence"),
    Fault(code=429, retry_after=1),
    Fault(kind="drop", after=True),
    Fault(code=500, after=True),
]
EVERYBODY_OUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def called(fault: Fault) -> str:
    """A fault in a word."""
    return f"{fault.kind}{fault.code if fault.kind == 'error' else ''}{'-after' if fault.after else ''}"


class Working:
    """A bot as an operator starts it, with everything that works by itself, on the same database and Telegram."""

    def __init__(self, institute: Institute) -> None:
        sandbox = Sandbox(institute.world)
        self.app = App(institute.settings, clock=institute.clock, requests=(Wire(sandbox), Wire(sandbox)))
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(self.app.run(self.stop))


async def until(holds: Callable[[], bool]) -> None:
    """Go on as soon as it is so."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.002)


async def entries(institute: Institute) -> list[EntryState]:
    """How the sign-ups stand."""
    found: list[EntryState] = await institute.look(lambda s: list(s.scalars(select(Entry.state).order_by(Entry.id))))
    return found


async def undone(institute: Institute) -> int:
    """How many updates are written down and not done."""
    query = select(func.count()).select_from(Inbox).where(Inbox.done_at.is_(None))
    found: int = await institute.look(lambda session: session.scalar(query))
    return found


# Telegram


@pytest.mark.parametrize("fault", BROKEN_LINES, ids=called)
async def test_pulling_goes_on_after_any_answer(institute: Institute, fault: Fault) -> None:
    intake = institute.app.intake
    before = intake.pulled_at
    institute.world.faults.add(Fault(**{**vars(fault), "method": "getUpdates"}))
    assert "李梅" in await institute.phone("李梅").says("/start")
    assert "王强" in await institute.phone("王强").says("/start")
    assert institute.world.faults.waiting == []
    assert before is not None
    assert intake.pulled_at is not None
    assert intake.pulled_at > before


@pytest.mark.parametrize("fault", BROKEN_LINES, ids=called)
async def test_a_reply_that_does_not_get_through_spoils_nothing(institute: Institute, fault: Fault) -> None:
    li = institute.phone("李梅")
    institute.world.faults.add(Fault(**{**vars(fault), "method": "sendMessage"}))
    await li.says("/help")
    assert await undone(institute) == 0
    heard = li.reads().count("/me")
    assert heard <= 1  # never said twice
    surely_not_said = not fault.after and fault.code in (429,)
    assert heard == 1 or not (fault.after or surely_not_said)
    assert "李梅" in await li.says("/start")


@pytest.mark.parametrize("fault", BROKEN_LINES, ids=called)
async def test_a_press_whose_answer_fails_is_done_once(institute: Institute, fault: Fault) -> None:
    things = await furnish(institute)
    zhou = institute.phone("周敏")
    institute.world.faults.add(Fault(**{**vars(fault), "method": "answerCallbackQuery"}))
    await zhou.forges(f"events.join:{things.item}")
    assert (await entries(institute)).count(EntryState.WAITING) == 1
    assert await undone(institute) == 0
    await zhou.forges(f"events.leave:{things.item}")
    assert "已退出" in zhou.toast


async def test_a_press_answered_too_late_still_counts_and_shows(institute: Institute) -> None:
    things = await furnish(institute)
    zhou = institute.phone("周敏")
    words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    institute.world.faults.add(Fault(method="answerCallbackQuery", code=400, description=words))
    with listening() as ear:
        await zhou.forges(f"events.join:{things.item}")
        assert "健步走" in zhou.sees()
        assert not ear.errors
    assert (await entries(institute)).count(EntryState.WAITING) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(code=500), Fault(kind="drop"), Fault(code=400, description="Bad Request: file is too big")],
    ids=["500", "drop", "too big"],
)
async def test_a_file_that_cannot_be_fetched_is_asked_for_again(institute: Institute, fault: Fault) -> None:
    institute.world.faults.add(Fault(**{**vars(fault), "method": "getFile"}))
    admin = institute.phone("管理员")
    answer = await admin.sends_file("名册.csv", "工号,姓名\n0001,周敏\n".encode())
    assert "再发" in answer or "太大" in answer
    assert await undone(institute) == 0


async def test_another_poller_is_borne_for_a_while_and_then_too_much(institute: Institute) -> None:
    app, li = institute.app, institute.phone("李梅")
    wire = Wire(Sandbox(institute.world))
    with listening() as ear:
        await wire.post(f"{app.bot.base_url}/getUpdates?timeout=1")  # it waits too: that ends the older call
        await until(lambda: any("another poller" in line for line in ear.lines))
    assert "李梅" in await li.says("/start")
    intake = Intake(app.bot, wire, app.units, app.clock, app.lanes, 0, patience=0.0)
    institute.world.faults.add(Fault(method="getUpdates", code=409, description="Conflict: other", times=100))
    with pytest.raises(Conflict):
        await intake.run()
    institute.world.faults.clear()


# The queue


async def test_numbers_that_begin_again_lower_are_handled(institute: Institute) -> None:
    li, queue = institute.phone("李梅"), institute.world.queue
    assert "李梅" in await li.says("/start")
    queue.next_id = 1000  # after a week of silence Telegram chooses them anew
    assert "没有这个命令" in await li.says("/nothing")
    assert "李梅" in await li.says("/start")
    numbers = await institute.look(lambda session: list(session.scalars(select(Inbox.id).order_by(Inbox.id))))
    assert numbers[0] == 1000


async def test_what_telegram_gives_again_is_done_once(sqlite_url: str) -> None:
    """Killed after the work and before the confirmation: Telegram gives it all again."""
    async with running(sqlite_url) as institute:
        things = await furnish(institute)
        zhou = institute.phone("周敏")
        institute.world.faults.add(Fault(method="getUpdates", times=1000))
        press = zhou.person.press_data(f"events.join:{things.item}")
        zhou.person.send("/help")
        await until(lambda: press.answered)
        await institute.app.lanes.idle()
        helped = zhou.reads().count("/me")
        assert institute.world.pending() == 2
    institute.world.faults.clear()
    async with running(sqlite_url, institute.world, seed=False) as again:
        assert again.world.pending() == 0
        assert (await entries(again)).count(EntryState.WAITING) == 1
        assert again.phone("周敏").reads().count("/me") == helped
        assert await undone(again) == 0


async def test_a_form_goes_on_after_a_restart(sqlite_url: str) -> None:
    async with running(sqlite_url) as institute:
        zhou = institute.phone("周敏")
        await zhou.says("/desk")
        await zhou.taps("➕ 发起活动")
        await zhou.says("奥森健步走")
        asked = zhou.sees()
    async with running(sqlite_url, institute.world, seed=False) as again:
        zhou = again.phone("周敏")
        zhou.person.send("12月1日下午3点到5点")
        await again.settle()
        assert "2026年12月1日" in zhou.sees()
        assert zhou.sees() != asked
        await zhou.taps("对")
        draft = await again.look(lambda session: session.scalars(select(Draft)).one())
        assert draft.answers["title"] == "奥森健步走"


# Storage


@pytest.mark.parametrize("trouble", [locked, full], ids=["locked", "full"])
async def test_while_storage_fails_nothing_is_lost_and_afterwards_it_goes_on(
    institute: Institute, trouble: Callable[[Engine], Any]
) -> None:
    things = await furnish(institute)
    app, people = institute.app, [institute.phone(name) for name in ("周敏", "陈静", "王强")]
    with listening() as ear:
        with trouble(engine_of(app)) as struck:
            presses = [phone.person.press_data(f"events.join:{things.item}") for phone in people]
            for number in range(30):
                people[0].person.send(f"{number} " + "很长的话" * 500)
            await until(lambda: struck.struck >= 2)
            assert not any(press.answered for press in presses)
            app.check()
        healed = asyncio.get_running_loop().time()
        await institute.settle()
        assert not ear.errors
    assert asyncio.get_running_loop().time() - healed < 30
    assert all(press.answered for press in presses)
    assert await undone(institute) == 0
    assert (await entries(institute)).count(EntryState.WAITING) == 2
    assert app.intake.pulled_at is not None
    assert app.intake.pulled_at >= healed


@pytest.mark.parametrize("ending", ["healed", "stopped meanwhile"])
async def test_the_whole_bot_lives_through_a_storage_failure(sqlite_url: str, ending: str) -> None:
    """With everything that works by itself: letters, cards, ticks, the lease."""
    async with running(sqlite_url) as institute:
        things = await furnish(institute)
    working = Working(institute)
    zhou, wang = institute.phone("周敏").person, institute.phone("王强").person
    first = zhou.press_data("events.browse:1")
    await until(lambda: first.answered)
    with listening() as ear:
        with locked(engine_of(working.app)) as struck:
            press = zhou.press_data(f"events.join:{things.item}")
            left = wang.press_data(f"events.leave:{things.item}")
            await until(lambda: struck.struck >= 5)
            assert not working.task.done()
            if ending == "stopped meanwhile":
                working.stop.set()
                async with asyncio.timeout(15):
                    assert await working.task == 0
                return
        await until(lambda: press.answered and left.answered)
        await until(lambda: "递补成功" in institute.phone("周敏").reads() or "报名成功" in str(press.toast))
        working.stop.set()
        assert await working.task == 0
        assert not [ear.format(record) for record in ear.errors]


async def test_the_lease_is_kept_through_a_storage_failure_and_lost_only_to_another(institute: Institute) -> None:
    await institute.app.lease.release()
    lease = Lease(institute.app.units, renewal=0.01)
    await lease.take()
    holding = asyncio.create_task(lease.hold())
    with listening() as ear, locked(engine_of(institute.app)):
        await until(lambda: sum("under the lease" in line for line in ear.lines) >= 2)
        assert not holding.done()
    before = await institute.look(held_until)
    while await institute.look(held_until) == before:
        await asyncio.sleep(0.002)
    await institute.change(steal)
    with pytest.raises(Lost):
        await holding


def held_until(session: Session) -> float:
    """Until when the lease runs."""
    return float(facts.get(session, "poller")["until"])


def steal(session: Session) -> None:
    """Another machine has taken the lease."""
    facts.put(session, "poller", {"id": "x", "host": "elsewhere", "pid": 1, "until": held_until(session) + 1000})


async def test_an_error_at_any_statement_of_a_sign_up_changes_nothing_in_the_end(institute: Institute) -> None:
    """One press, once for every statement it needs: each fails once, and the result is the same."""
    things = await furnish(institute)
    zhou, engine = institute.phone("周敏"), engine_of(institute.app)
    place = missed = 0
    while missed < 3:
        with failing_at(engine, place) as trouble:
            press = zhou.person.press_data(f"events.{'leave' if place % 2 else 'join'}:{things.item}")
            await until(lambda press=press: press.answered)
            await institute.app.lanes.idle()
        missed = 0 if trouble.struck else missed + 1
        place += 1
        assert press.answered
        assert press.toast is not None
        assert ("已退出" if place % 2 == 0 else "候补") in press.toast.text, trouble.said
        assert (await entries(institute)).count(EntryState.WAITING) == place % 2
    print(f"{place - missed} statements")
    assert place > 20
    assert await undone(institute) == 0


async def test_storage_that_fails_under_an_update_is_waited_out_and_not_counted_as_a_mistake(
    institute: Institute,
) -> None:
    things = await furnish(institute)
    zhou = institute.phone("周敏")
    with listening() as ear, failing_on(engine_of(institute.app), "FROM items", 3) as trouble:
        await zhou.forges(f"events.join:{things.item}")
        assert trouble.struck == 3
        assert not ear.errors
    assert "候补" in zhou.toast
    assert await institute.look(lambda session: session.scalar(select(func.max(Inbox.tries)))) == 0


async def test_a_reader_that_fails_leaves_no_connection_unfit_to_write(institute: Institute) -> None:
    engine, place, struck = engine_of(institute.app), 0, True
    while struck:
        with failing_at(engine, place) as trouble, suppress(OperationalError):
            await undone(institute)
        struck, place = bool(trouble.struck), place + 1
        for number in range(6):  # one after the other, so that every connection of the pool is used
            await institute.change(lambda session, number=number: facts.put(session, "tried", number))


async def test_a_database_server_that_throws_everybody_out_loses_nothing(postgres_url: str) -> None:
    operator = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    async with running(postgres_url) as institute:
        things = await furnish(institute)
        phones = [institute.phone(name).person for name in ("周敏", "陈静")]
        presses: list[Press] = []
        for number in range(40):
            which = "leave" if number % 2 else "join"
            presses += [person.press_data(f"events.{which}:{things.item}") for person in phones]
            if number % 8 == 0:
                await until(lambda last=presses[-1]: last.answered)
                with operator.connect() as connection:
                    connection.execute(EVERYBODY_OUT)
        await institute.settle()
        assert all(press.answered for press in presses)
        assert not [press.toast for press in presses if press.toast and "抱歉" in press.toast.text]
        assert await undone(institute) == 0
        assert (await entries(institute)).count(EntryState.LEFT) == 2
    operator.dispose()


# Our own mistakes

faulty = Router("start")


@faulty.link("boom", who=ANYONE, where=PRIVATE)
@faulty.button("start.language_en", who=ANYONE, where=PRIVATE)  # a name that has a label already
def boom(context: Context) -> None:
    """Write something, say something, and break."""
    context.person.account.wanted = "half done"
    context.say("common.lost")
    context.session.flush()
    raise ValueError(CANARY)


async def test_a_mistake_is_tried_three_times_put_aside_and_told_once(sqlite_url: str) -> None:
    registry = Registry([*discover().routers, faulty])
    with listening() as ear:
        async with running(sqlite_url, registry=registry) as institute:
            await institute.phone("管理员").starts()
            li, wang = institute.phone("李梅"), institute.phone("王强")
            li.person.start("boom")
            li.person.send("/start")
            wang.person.send("/start")
            await institute.settle()
            assert "王强" in wang.sees()
            assert "李梅" in li.sees()  # her next words are answered
            assert li.reads().count("抱歉") == 1
            await li.forges("start.language_en")
            assert "抱歉" in li.toast
            admin = institute.phone("管理员").reads()
            assert admin.count("已搁置") == 2
            assert "ValueError" in admin
            rows = await institute.look(
                lambda s: s.execute(select(Inbox.tries, Inbox.parked).where(Inbox.tries > 0)).all()
            )
            assert [tuple(row) for row in rows] == [(3, "ValueError")] * 2
            assert await institute.look(lambda s: s.get_one(Account, li.person.id).wanted) is None
            assert len(await institute.look(lambda s: s.scalars(select(Letter)).all())) == 2
    assert len(ear.errors) == 6
    assert CANARY not in "\n".join(ear.lines)


# Two of us


async def test_a_second_bot_stands_by_and_takes_over(sqlite_url: str) -> None:
    async with AsyncExitStack() as first:
        institute = await first.enter_async_context(running(sqlite_url))
        second = Working(institute)
        with listening() as ear:
            assert "李梅" in await institute.phone("李梅").says("/start")
            assert not any("another poller" in line for line in ear.lines)
            assert not second.task.done()
            await first.aclose()
            press = institute.phone("王强").person.press_data("events.browse:1")
            await until(lambda: press.answered)
            second.stop.set()
            assert await second.task == 0
            assert not [ear.format(record) for record in ear.errors]


async def test_a_bot_that_stands_by_can_be_stopped(institute: Institute) -> None:
    second = Working(institute)
    assert "李梅" in await institute.phone("李梅").says("/start")
    second.stop.set()
    assert await second.task == 0
    assert "王强" in await institute.phone("王强").says("/start")
