"""People: recognised in three ways, given roles, shown what is theirs, forgotten; and strangers learn nothing."""

import asyncio
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.units import make_units
from models import binding, inbox, letters, me, people, roles
from models.base import Base, Refused
from models.binding import Claim, Code, Miss, NewClaim, Outcome
from models.database import make_engine
from models.house import House
from models.letters import Letter
from models.people import Account, Grant, Member, Person, Role
from models.traces import Trace
from tests.institute import ADMIN, MONDAY, Institute, Phone, fill, running

SHARE = "📱 发送我的手机号"


def newcomer(session: Session, number: str = "0700", **more: Any) -> Member:
    """Somebody on the roster who has not come yet."""
    facts = {"name": "孙丽", "phone": "13900000009", "kinds": [], "tags": [], **more}
    member = Member(number=number, **facts)
    session.add(member)
    session.flush()
    return member


async def arrive(institute: Institute, **facts: Any) -> None:
    """The same, at the institute at work."""
    await institute.change(lambda session: newcomer(session, **facts).id)


def account(session: Session, number: int) -> Person:
    """Somebody on Telegram whom nobody knows."""
    found = Account(id=number, name=f"网友{number}", first_at=MONDAY, reachable=True)
    session.add(found)
    session.flush()
    return Person(found, None)


def who(session: Session, number: str) -> Person:
    """Somebody of the cast, as the roster sees them now."""
    query = select(Account).join(Member, Account.member_id == Member.id).where(Member.number == number)
    return people.person_of(session, session.scalars(query).unique().one(), frozenset())


def boss(session: Session) -> Person:
    """The admin of the settings."""
    found = session.get(Account, ADMIN) or Account(id=ADMIN, name="管理员", first_at=MONDAY, reachable=True)
    session.add(found)
    session.flush()
    return Person(found, None, frozenset({Role.ADMIN}))


@contextmanager
def opened(url: str) -> Iterator[Session]:
    engine = make_engine(url, pool=2)
    with Session(engine, info={"house": House(admins=frozenset({ADMIN}))}) as found:
        fill(found, MONDAY, -1)
        found.flush()
        yield found
    engine.dispose()


@pytest.fixture
def either(url: str) -> Iterator[Session]:
    """The cast in both kinds of databases: for what is said to the database in its own way."""
    with opened(url) as found:
        yield found


@pytest.fixture
def session(sqlite_url: str) -> Iterator[Session]:
    with opened(sqlite_url) as found:
        yield found


def code(error: pytest.ExceptionInfo[Refused]) -> str:
    return error.value.code


# By one's own phone


@pytest.mark.parametrize("phone", ["8613900000009", "+8613900000009"])
def test_one_s_own_number_binds(session: Session, phone: str) -> None:
    member, person = newcomer(session), account(session, 1)
    assert binding.by_phone(session, person, phone, 1, MONDAY) is member
    assert people.person_of(session, person.account, frozenset()).member is member
    assert binding.by_phone(session, Person(person.account, member), phone, 1, MONDAY) is member


def test_somebody_else_s_contact_does_not_bind(session: Session) -> None:
    newcomer(session)
    for owner in (2, None):
        with pytest.raises(Refused) as no:
            binding.by_phone(session, account(session, 10 + (owner or 0)), "8613900000009", owner, MONDAY)
        assert code(no) == "people.not_your_contact"


def test_a_number_from_utah_is_no_number_from_hebei(session: Session) -> None:
    newcomer(session, phone="13855551234")
    with pytest.raises(Refused) as no:
        binding.by_phone(session, account(session, 1), "13855551234", 1, MONDAY)
    assert code(no) == "people.phone_unknown"


def test_two_with_one_number_and_leavers_are_not_found(session: Session) -> None:
    newcomer(session)
    newcomer(session, "0701")
    newcomer(session, "0702", phone="13900000010", left_on=MONDAY.date())
    for phone in ("8613900000009", "8613900000010", "8613911111111", "", "x"):
        with pytest.raises(Refused) as no:
            binding.by_phone(session, account(session, len(phone) + 1000 + hash(phone) % 1000), phone, None, MONDAY)
        assert code(no) in ("people.not_your_contact", "people.phone_unknown")
    with pytest.raises(Refused) as no:
        binding.by_phone(session, account(session, 3), "8613900000009", 3, MONDAY)
    assert code(no) == "people.phone_unknown"


def test_a_second_account_is_told_clearly(session: Session) -> None:
    with pytest.raises(Refused) as no:
        binding.by_phone(session, account(session, 1), "8613900000002", 1, MONDAY)
    assert code(no) == "people.taken"


# By a code


def test_a_code_binds_once_within_ten_minutes(either: Session) -> None:
    member, zhou = newcomer(either), who(either, "0001")
    made = binding.issue_code(either, zhou, member.id, MONDAY)
    assert made not in str(either.execute(select(Code.digest)).all())
    spoken = f" {made[:3].lower()}-{made[3:6]} {made[6:]} "
    late = MONDAY + binding.LIFE
    assert binding.redeem(either, account(either, 1), spoken, late) is Outcome.WRONG
    assert binding.redeem(either, account(either, 2), spoken, late - timedelta(seconds=1)) is Outcome.BOUND
    assert binding.redeem(either, account(either, 3), spoken, MONDAY) is Outcome.WRONG
    assert who(either, "0700").account.id == 2


def test_a_newer_code_ends_the_older(session: Session) -> None:
    member, zhou = newcomer(session), who(session, "0001")
    first = binding.issue_code(session, zhou, member.id, MONDAY)
    binding.issue_code(session, zhou, member.id, MONDAY)
    assert binding.redeem(session, account(session, 1), first, MONDAY) is Outcome.WRONG


def test_five_wrong_codes_and_one_must_wait(session: Session) -> None:
    member, zhou, person = newcomer(session), who(session, "0001"), account(session, 1)
    right = binding.issue_code(session, zhou, member.id, MONDAY)
    for _ in range(binding.MISSES):
        assert binding.redeem(session, person, "ABC-DEF-GH2", MONDAY) is Outcome.WRONG
    assert binding.redeem(session, person, right, MONDAY) is Outcome.SLOW
    assert binding.redeem(session, account(session, 2), "ABC", MONDAY) is Outcome.WRONG
    hour = MONDAY + binding.HOUR
    again = binding.issue_code(session, zhou, member.id, hour)
    assert binding.redeem(session, person, again, hour + timedelta(seconds=1)) is Outcome.BOUND


def test_codes_are_for_officers_to_give_and_not_for_who_is_bound(session: Session) -> None:
    member = newcomer(session)
    with pytest.raises(Refused) as no:
        binding.issue_code(session, who(session, "0417"), member.id, MONDAY)
    assert code(no) == "common.not_allowed"
    li = who(session, "0417").member
    assert li is not None
    with pytest.raises(Refused) as no:
        binding.issue_code(session, who(session, "0001"), li.id, MONDAY)
    assert code(no) == "people.bound_to_somebody"


def test_an_officer_cannot_become_an_admin_through_a_code(session: Session) -> None:
    member = newcomer(session)
    session.add(Grant(member_id=member.id, role=Role.ADMIN, scope="", by_account=ADMIN, at=MONDAY))
    session.flush()
    with pytest.raises(Refused) as no:
        binding.issue_code(session, who(session, "0001"), member.id, MONDAY)
    assert code(no) == "people.admins_only"
    assert binding.issue_code(session, boss(session), member.id, MONDAY)


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_not(text: str) -> None:
    found = binding.looks_like_code(text)
    assert found is None or (len(found) == binding.LENGTH and set(found) <= set(binding.ALPHABET))


# By asking


def test_the_first_officer_decides_and_the_second_is_told(session: Session) -> None:
    newcomer(session)
    person = account(session, 1)
    made = binding.claim(session, person, NewClaim(name="孙丽", number="0700"), MONDAY)
    zhou, admin = who(session, "0001"), boss(session)
    binding.decide(session, zhou, made.id, True, MONDAY)
    assert who(session, "0700").account.id == 1
    for yes in (True, False):
        with pytest.raises(Refused) as no:
            binding.decide(session, admin, made.id, yes, MONDAY)
        assert (code(no), no.value.params) == ("people.claim_decided", {"name": "周敏", "granted": True})


def test_a_claim_to_a_bound_member_moves_only_when_meant(either: Session) -> None:
    person, zhou = account(either, 1), who(either, "0001")
    made = binding.claim(either, person, NewClaim(name="李梅", number="0417"), MONDAY)
    with pytest.raises(Refused) as no:
        binding.decide(either, zhou, made.id, True, MONDAY)
    assert code(no) == "people.bound_to_somebody"
    binding.decide(either, zhou, made.id, True, MONDAY, move=True)
    assert who(either, "0417").account.id == 1
    texts = list(either.scalars(select(Letter.text).order_by(Letter.id)))
    assert texts.count("people.letters.unbound") == 1
    assert texts.count("people.letters.granted") == 1


def test_claims_are_few(session: Session) -> None:
    person = account(session, 1)
    for _ in range(binding.CLAIMS):
        binding.claim(session, person, NewClaim(name="孙丽", number="0700"), MONDAY)
    with pytest.raises(Refused) as no:
        binding.claim(session, person, NewClaim(name="孙丽", number="0700"), MONDAY)
    assert code(no) == "people.claims_many"
    assert len(binding.claims(session)) == 1


def test_old_codes_tries_and_claims_are_swept_away(either: Session) -> None:
    member, person = newcomer(either), account(either, 1)
    binding.issue_code(either, who(either, "0001"), member.id, MONDAY)
    binding.redeem(either, person, "x", MONDAY)
    made = binding.claim(either, person, NewClaim(name="孙丽", number="0700"), MONDAY)
    binding.decide(either, who(either, "0001"), made.id, False, MONDAY)
    binding.forget_old(either, MONDAY + timedelta(days=40))
    for table in (Code, Miss, Claim):
        assert either.scalar(select(func.count()).select_from(table)) == 0


async def test_two_accounts_race_for_one_member(url: str) -> None:
    units = make_units(url, House(admins=frozenset({ADMIN})))

    def prepare(session: Session) -> list[int]:
        fill(session, MONDAY, -1)
        newcomer(session)
        for number in range(1, 9):
            account(session, number)
        return list(range(1, 9))

    def share(number: int) -> Any:
        def work(session: Session) -> str:
            person = people.person_of(session, session.get_one(Account, number), frozenset())
            try:
                binding.by_phone(session, person, "8613900000009", number, MONDAY)
            except Refused as no:
                return no.code
            return "bound"

        return units.write(work)

    try:
        numbers = await units.write(prepare)
        outcomes = await asyncio.gather(*(share(number) for number in numbers))
    finally:
        units.close()
    assert sorted(outcomes) == ["bound", *["people.taken"] * 7]


# Roles


def test_roles_hold_at_once_and_are_traced(either: Session) -> None:
    admin, li = boss(either), who(either, "0417")
    assert li.member is not None
    roles.grant(either, admin, li.member.id, "officer", MONDAY)
    roles.grant(either, admin, li.member.id, "officer", MONDAY)
    assert who(either, "0417").may(Role.OFFICER)
    roles.withdraw(either, admin, li.member.id, "officer", MONDAY)
    roles.withdraw(either, admin, li.member.id, "officer", MONDAY)
    assert not who(either, "0417").may(Role.OFFICER)
    assert list(either.scalars(select(Trace.what).order_by(Trace.id))) == ["roles.granted", "roles.withdrawn"]


def test_only_admins_give_roles_and_only_real_ones(session: Session) -> None:
    li = who(session, "0417").member
    assert li is not None
    for by, role, wrong in (
        (who(session, "0001"), "officer", "common.not_allowed"),
        (boss(session), "emperor", "common.old_button"),
        (boss(session), "judge", "common.old_button"),
    ):
        with pytest.raises(Refused) as no:
            roles.grant(session, by, li.id, role, MONDAY)
        assert code(no) == wrong
    li.left_on = MONDAY.date()
    with pytest.raises(Refused) as no:
        roles.grant(session, boss(session), li.id, "officer", MONDAY)
    assert code(no) == "people.unknown"


def test_the_last_admin_stays_unless_the_settings_name_one(session: Session) -> None:
    session.info["house"] = House()
    admin, li, wang = boss(session), who(session, "0417").member, who(session, "0423").member
    assert li is not None
    assert wang is not None
    roles.grant(session, admin, li.id, "admin", MONDAY)
    with pytest.raises(Refused) as no:
        roles.withdraw(session, who(session, "0417"), li.id, "admin", MONDAY)
    assert code(no) == "roles.last_admin"
    with pytest.raises(Refused):
        me.erase(session, who(session, "0417"), MONDAY)
    roles.grant(session, admin, wang.id, "admin", MONDAY)
    roles.withdraw(session, who(session, "0417"), li.id, "admin", MONDAY)
    session.info["house"] = House(admins=frozenset({ADMIN}))
    roles.withdraw(session, who(session, "0423"), wang.id, "admin", MONDAY)


# Mine


def test_everything_about_somebody_is_found_by_walking_the_tables(session: Session) -> None:
    li = who(session, "0417")
    assert li.member is not None
    me.correct(session, li.member, me.NewCorrection(text="生日应该是三月九日"), MONDAY)
    found = {each.table: each.rows for each in me.holdings(session, li)}
    assert {"members", "accounts", "corrections"} <= set(found)
    assert found["members"][0]["phone"] == "13900000002"
    assert "生日应该是三月九日" in str(found["corrections"])
    assert all(row.get("member_id", li.member.id) == li.member.id for rows in found.values() for row in rows)


def test_erasing_blanks_and_forgets(either: Session) -> None:
    li = who(either, "0417")
    assert li.member is not None
    number, told = li.member.id, []
    roles.grant(either, boss(either), number, "officer", MONDAY)
    me.correct(either, li.member, me.NewCorrection(text="电话换了"), MONDAY)
    either.flush()
    me.BEFORE_ERASING.append(lambda session, member, now: told.append(member.number))
    try:
        me.erase(either, li, MONDAY)
    finally:
        me.BEFORE_ERASING.pop()
    assert told == ["0417"]
    left = either.get_one(Member, number)
    assert (left.name, left.unit and left.unit.name, left.erased_at) == ("李梅", "光电子实验室", MONDAY)
    assert all(getattr(left, name) == value for name, value in Member.privacy.blank.items())
    assert either.scalar(select(func.count()).select_from(Account).where(Account.member_id == number)) == 0
    assert either.scalar(select(func.count()).select_from(Grant).where(Grant.member_id == number)) == 0
    assert not list(either.scalars(select(Letter.id).where(Letter.key.startswith("correction:"))))
    assert not list(either.scalars(select(me.Correction.id)))


def test_a_leaver_s_data_are_still_theirs(session: Session) -> None:
    li = who(session, "0417")
    assert li.member is not None
    li.member.left_on = MONDAY.date()
    leaver = people.person_of(session, li.account, frozenset())
    assert leaver.member is None
    assert "members" in {each.table for each in me.holdings(session, leaver)}
    me.erase(session, leaver, MONDAY)
    left = session.scalars(select(Member).where(Member.number == "0417")).one()
    assert (left.phone, left.born_day, left.erased_at) == (None, None, MONDAY)


async def test_what_is_erased_is_in_no_table(sqlite_url: str) -> None:
    canary = "金丝雀"
    async with running(sqlite_url) as institute:

        def prepare(session: Session) -> None:
            li = who(session, "0417")
            assert li.member is not None
            li.member.tags, li.member.phone = [canary], "13877777777"
            li.account.name = canary

        await institute.change(prepare)
        li, zhou = institute.phone("李梅"), institute.phone("周敏")
        li.person.user.first_name = canary
        await li.says("/me")
        await li.taps("✏️ 信息不对")
        await li.says(f"我的外号是{canary}")
        await li.taps("📨 告诉工会")
        assert canary in zhou.sees()
        await li.taps("« 我的信息")
        await li.taps("✏️ 信息不对")
        await li.says(f"还有{canary}")
        await li.says("/me")
        await li.taps("不填了，去 /me")
        assert canary in str(await institute.look(lambda s: list(s.scalars(select(Letter.params)))))
        assert canary in str(await institute.look(lambda s: list(s.scalars(select(Account.name)))))
        await li.taps("🗑 删除我的信息")
        assert "工会依法" in li.sees()
        await li.taps("我要删除")
        assert "已经删除了" in await li.taps("⚠️ 确认删除，不能恢复")
    file = sqlite_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
    connection.close()
    left = Path(file).read_bytes()
    for word in (canary, "13877777777", canary.encode("unicode_escape").decode()):
        assert word.encode() not in left
    assert "李梅".encode() in left  # the membership register


def test_every_personal_table_forgets_or_blanks_or_says_why_not() -> None:
    for mapper in Base.registry.mappers:
        privacy = mapper.class_.privacy
        if privacy.whose is not None:
            assert privacy.forget or privacy.blank or privacy.keeps, mapper.class_.__name__


# In the chat


async def test_a_stranger_shares_the_phone_and_is_welcome(institute: Institute) -> None:
    await arrive(institute, calendar=people.Calendar.LUNAR, born_month=8, born_day=15)
    sun = institute.stranger("孙丽", phone="8613900000009")
    assert "职工身份" in await sun.starts()
    await sun.taps("🪪 认证身份")
    await sun.keys(SHARE)
    assert "孙丽，欢迎" in sun.reads()
    assert "生日：农历8月15日" in sun.sees()
    assert "👍 没错" in sun.buttons()
    assert "孙丽，您好" in await sun.taps("👍 没错")
    assert "已经认证过" in await sun.says("/bind")


async def test_what_was_wanted_is_offered_again(institute: Institute) -> None:
    await arrive(institute)
    sun = institute.stranger("孙丽", phone="8613900000009")
    await sun.starts()
    await sun.forges("people.wrong")
    await sun.taps("🪪 认证身份")
    await sun.keys(SHARE)
    assert sun.buttons()[0] == "▶️ 接着办：✏️ 信息不对"
    await sun.taps(sun.buttons()[0])
    assert "哪里不对" in sun.sees()


async def test_an_officer_gives_a_code_by_link_or_word(institute: Institute) -> None:
    await arrive(institute)
    await arrive(institute, number="0701", name="钱芳", phone=None)
    zhou = institute.phone("周敏")
    await zhou.says("/find 孙丽")
    assert "还没认证" in await zhou.taps("孙丽 0700")
    seen = await zhou.taps("🔢 发绑定码")
    link = re.search(r"start=(\S+)", seen)
    assert link is not None
    sun = institute.stranger("孙丽2")
    await sun.starts(link[1])
    assert "孙丽，欢迎" in sun.reads()
    await zhou.says("/find 0701")
    await zhou.taps("钱芳 0701")
    spoken = re.search(r"[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{3}", await zhou.taps("🔢 发绑定码"))
    assert spoken is not None
    qian = institute.stranger("钱芳")
    assert "不对，或者已经用过" in await qian.says("ABC-DEF-GH2")
    await qian.says(spoken[0].lower())
    assert "钱芳，欢迎" in qian.reads()
    await zhou.says("/find 钱芳")
    await zhou.taps("钱芳 0701")
    await zhou.taps("🔓 解除绑定")
    assert "还没认证" in await zhou.taps("⚠️ 确认解除")
    assert "解除" in qian.sees()
    assert "认证" in await qian.says("你好")


async def test_wrong_codes_are_counted_although_they_are_refused(institute: Institute) -> None:
    sun = institute.stranger("孙丽")
    for _ in range(binding.MISSES):
        await sun.says("ABC-DEF-GH2")
    assert "过一小时" in await sun.says("ABC-DEF-GH2")


async def ask(phone: Phone, name: str, number: str) -> str:
    """Ask in one message, and confirm."""
    await phone.says(f"我是{name}，工号 {number}")
    return await phone.taps("📨 提交")


async def test_a_stranger_asks_and_an_officer_agrees(institute: Institute) -> None:
    await arrive(institute)
    sun, zhou = institute.stranger("阿丽"), institute.phone("周敏")
    assert "收到" in await ask(sun, "孙丽", "0700")
    assert "Telegram 名字：阿丽" in zhou.sees()
    assert "✅ 花名册里有：孙丽" in zhou.sees()
    assert "已同意" in await zhou.taps("✅ 同意")
    assert "核对好了" in sun.sees()
    assert "孙丽" in await sun.taps("👤 我的信息")
    await zhou.forges("people.deny:1")
    assert "周敏已经处理过了：同意" in zhou.toast


async def test_what_was_wanted_is_offered_when_an_officer_has_agreed(institute: Institute) -> None:
    await arrive(institute)
    sun, zhou = institute.stranger("阿丽"), institute.phone("周敏")
    await sun.starts()
    await sun.forges("people.wrong")
    await ask(sun, "孙丽", "0700")
    await zhou.taps("✅ 同意")
    assert sun.buttons() == ["✏️ 信息不对", "👤 我的信息"]
    zhao = institute.stranger("阿磊")
    await arrive(institute, number="0701", name="钱芳")
    await zhao.starts()
    await zhao.forges("events.join:x:y")
    await ask(zhao, "钱芳", "0701")
    await zhou.taps("✅ 同意")
    assert zhao.buttons() == ["👤 我的信息"]


async def test_a_stranger_learns_nothing(institute: Institute) -> None:
    await arrive(institute)
    heard = []
    for index, (name, number) in enumerate([("孙丽", "0700"), ("孙丽", "9999"), ("李梅", "0417"), ("没有", "0700")]):
        phone = institute.stranger(f"路人{index}")
        await ask(phone, name, number)
        transcript = phone.reads().replace(f"路人{index}", "X").replace(name, "N").replace(number, "0")
        heard.append(transcript)
        for data in (
            "people.member:1",
            "people.claims:1",
            "roster.desk",
            "people.find",
            "roles.of:1",
            "roster.names:1:1",
        ):
            toast = await phone.forges(data)
            assert "孙" not in toast
            assert "李梅" not in phone.sees().replace(name, "")
    assert len(set(heard)) == 1
    for index in range(2):
        phone = institute.stranger(f"电话{index}", phone="8613911111111")
        await phone.starts()
        await phone.taps("🪪 认证身份")
        assert "没有对上" in await phone.keys(SHARE)


async def test_a_leaver_is_a_stranger_at_the_next_press(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await institute.change(lambda s: setattr(who(s, "0001").member, "left_on", MONDAY.date()))
    await zhou.taps("👥 花名册")
    assert "花名册" not in zhou.sees()
    assert "认证" in "".join(zhou.buttons()) or zhou.toast


async def test_an_admin_switches_roles_in_the_chat(institute: Institute) -> None:
    admin, li = institute.phone("管理员"), institute.phone("李梅")
    assert "只有工会干事" in await li.says("/desk")
    await admin.says("/desk")
    await admin.taps("🔑 角色")
    await admin.says("/find 李梅")
    await admin.taps("李梅 0417 · 光电子实验室")
    await admin.taps("🔑 角色")
    assert "李梅现在是工会干事" in (await admin.taps("⬜ 工会干事"), admin.toast)[1]
    assert "工作台" in await li.says("/desk")
    assert "🔑 角色" not in li.buttons()
    await admin.taps("✅ 工会干事")
    assert "只有工会干事" in await li.says("/desk")
    await li.forges("roles.give:2:admin")
    assert not await institute.look(lambda s: who(s, "0417").roles)


async def test_me_shows_and_keeps_habits(institute: Institute) -> None:
    li = institute.phone("李梅")
    seen = await li.says("/me")
    assert "工号：0417" in seen
    assert "生日：1985年3月8日" in seen
    assert "提前1天、提前1小时" in seen
    await li.taps("⏰ 活动提醒")
    await li.taps("提前7天")
    await li.taps("✅ 提前1小时")
    assert "✅ 提前7天" in li.buttons()
    assert await institute.look(lambda s: who(s, "0417").account.leads) == [10080, 1440]
    for button in ("✅ 提前7天", "✅ 提前1天"):
        await li.taps(button)
    assert "不会提醒您" in li.sees()
    await li.taps("« 我的信息")
    await li.taps("🌙 免打扰时间")
    await li.taps("不设，随时发")
    assert "✅ 不设，随时发" in li.buttons()
    await li.taps("« 我的信息")
    assert "Quiet hours: none" in await li.taps("English")
    assert "Quiet hours: none" in await li.says("/me")
    await li.forges("people.lead:7:1")
    await li.forges("people.night:nonsense")
    assert await institute.look(lambda s: who(s, "0417").account.leads) == []


async def test_one_file_holds_everything(institute: Institute) -> None:
    li = institute.phone("李梅")
    await institute.change(lambda s: setattr(who(s, "0417").member, "tags", ["=1+1"]))
    await li.says("/me")
    await li.taps("⬇️ 导出我的信息")
    document = li.person.last()["document"]
    content = institute.world.files.by_id[document["file_id"]].data
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {"我的信息", "花名册", "账号"} <= set(book.sheetnames)
    cells = {str(cell.value): cell for page in book for row in page for cell in row if cell.value is not None}
    assert {"0417", "13900000002", "光电子实验室"} <= set(cells)
    assert cells["=1+1"].data_type == "s"
    assert not any("王强" in text for text in cells)


@pytest.mark.parametrize(
    "words",
    [
        "🎉" * 20,
        "\u202e\u200f反的",
        "\u200b",
        "a" * 4096,
        "<b>&",
        "/bind " + "x" * 3000,
        "/find " + "%_\\" * 20,
        "0" * 40,
        "我是",
    ],
)
async def test_any_words_get_a_polite_answer(institute: Institute, words: str) -> None:
    for phone in (institute.stranger("路人"), institute.phone("周敏")):
        before = len(phone.person.transcript())
        await phone.says(words)
        assert len(phone.person.transcript()) > before + 1
        assert "抱歉" not in phone.reads()


FORGED = ["people.agree:999", "people.member:999", "people.code:999", "roster.load:9:1:1", "roles.give:1:emperor"]
FORGED += ["people.speak:xx", "people.night:", "people.lead:-1:9", "people.agree:x", "roster.names:99999999999999:1"]


@pytest.mark.parametrize("data", FORGED)
async def test_forged_buttons_do_nothing(institute: Institute, data: str) -> None:
    for name in ("李梅", "周敏", "管理员"):
        await institute.phone(name).forges(data)
        assert "抱歉" not in institute.phone(name).reads()
    bound = select(func.count()).select_from(Account).where(Account.member_id.is_not(None))
    assert await institute.look(lambda s: s.scalar(bound)) == 5
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Grant))) == 1


def test_words_put_aside_are_forgotten_with_the_person_and_by_themselves(either: Session) -> None:
    hers = {"update_id": 1, "message": {"from": {"id": 5100000417}, "text": "金丝雀"}}
    other = {"update_id": 2, "message": {"from": {"id": 51000004170}, "text": "别人的"}}
    inbox.keep(either, [hers, other], MONDAY)
    for number in (1, 2):
        for _ in range(inbox.TRIES):
            inbox.fail(either, number, "KeyError")
    me.erase(either, who(either, "0417"), MONDAY)
    rows = dict(either.execute(select(inbox.Inbox.id, inbox.Inbox.raw)).all())
    assert rows[1] is None
    assert rows[2] is not None
    inbox.forget(either, MONDAY + timedelta(days=10))
    assert not list(either.scalars(select(inbox.Inbox.id)))


def test_who_comes_back_by_their_own_will_is_filled_in_again(session: Session) -> None:
    li = who(session, "0417")
    assert li.member is not None
    member = li.member
    me.erase(session, li, MONDAY)
    assert session.get_one(Member, member.id).erased_at == MONDAY
    binding.bind(session, account(session, 77), session.get_one(Member, member.id), "claim", MONDAY)
    assert session.get_one(Member, member.id).erased_at is None


def test_old_letters_forget_what_they_told_but_not_that_they_were(either: Session) -> None:
    li = who(either, "0417").account
    for key, days in (("old", 91), ("young", 80), ("waiting", 91)):
        letters.post(either, key, li, "people.letters.denied", MONDAY - timedelta(days=days), name="金丝雀")
    either.execute(update(Letter).where(Letter.key != "waiting").values(state=letters.State.SENT))
    letters.forget_facts(either, MONDAY)
    told = dict(either.execute(select(Letter.key, Letter.params)).all())
    assert told == {"old": {}, "young": {"name": "金丝雀"}, "waiting": {"name": "金丝雀"}}
    assert not letters.post(either, "old", li, "people.letters.denied", MONDAY)


async def test_what_is_chatted_in_a_group_notes_nobody_down(institute: Institute) -> None:
    def known(session: Session) -> dict[int, bool]:
        return {found.id: found.reachable for found in session.scalars(select(Account)).unique()}

    visitor = institute.stranger("路人")
    visitor.person.join(institute.group)
    before = await institute.look(known)
    await visitor.says("中午吃什么", institute.group)
    await visitor.says("/help@another_bot", institute.group)
    assert await institute.look(known) == before
    await visitor.says("/help", institute.group)
    assert (await institute.look(known))[visitor.person.id] is False
    await visitor.starts()
    assert (await institute.look(known))[visitor.person.id] is True


async def test_losing_the_staff_group_is_told_to_the_admins(institute: Institute) -> None:
    zhou, boss = institute.phone("周敏"), institute.phone("管理员")
    institute.world.chats[institute.group].member(zhou.person.id).status = "creator"  # type: ignore[union-attr]
    zhou.person.kick(institute.group, institute.world.bot.id)
    await institute.settle()
    assert "移出了职工群" in boss.sees()


async def test_only_admins_choose_the_staff_group_and_others_are_told(institute: Institute) -> None:
    li = institute.phone("李梅")
    other = li.person.create_group("午饭群", [institute.phone("王强").person])
    await institute.settle()
    await li.says(f"/here@{institute.world.bot.username}", other.id)
    assert "只有管理员" in li.sees(other.id)
    await li.says("/here", institute.group)
    assert "只有管理员" in li.sees(institute.group)
