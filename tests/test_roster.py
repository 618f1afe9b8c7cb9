"""The roster: an office's own file goes in as it is, or not at all."""

import io
import threading
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.texts import LANGUAGES, Texts
from models import roster, roster_cells, roster_rows, roster_views, sheets
from models.base import Refused
from models.database import make_engine
from models.house import House
from models.people import Account, Calendar, Grant, Member, Person, Role, Sex, Unit
from models.sheets import Cell, Sheet
from tests.institute import CAST, MONDAY, Institute

HEAD = ["工号", "姓名", "性别", "部门", "生日", "历法", "入职日期", "手机", "身份", "标签"]
ZHANG = ["000101", "张三", "男", "人事处", "1985-03-08", "公历", "2010-07-01", "13800000101", "在编、会员", "一线"]
LI = ["000102", "李四", "女", "光电子研究室", "1990-08-15", "农历", "2015年9月1日", "138-0000-0102", "博士后", ""]
WANG = ["000103", "王五", "男", "人事处", "1979/12/30", "", "2003.7.8", "+86 138 0000 0103", "在编", "一线，女职工委员"]
TODAY = date(2026, 11, 23)


def book(*rows: list[Any], name: str = "花名册", **more: list[list[Any]]) -> bytes:
    return sheets.write([Sheet(name, list(rows)), *(Sheet(title, each) for title, each in more.items())])


def reading(*rows: list[Any], numbers: set[str] | None = None) -> roster_rows.Reading:
    """Interpret rows as a sheet gives them, without a file."""
    width = max(map(len, rows))
    whole = [[cell if cell != "" else None for cell in row] + [None] * (width - len(row)) for row in rows]
    return roster_rows.interpret([Sheet("x", whole)], TODAY, numbers or set())


@contextmanager
def opened(url: str) -> Iterator[Session]:
    engine = make_engine(url, pool=2)
    with Session(engine, info={"house": House()}) as session:
        yield session
    engine.dispose()


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    with opened(url) as found:
        yield found


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Session]:
    with opened(sqlite_url) as found:
        yield found


def bring(session: Session, *rows: list[Any], leave: bool = True, sure: bool = False) -> roster.Plan:
    plan = roster.plan(session, book(*rows), "花名册.xlsx", MONDAY)
    roster.apply(session, plan, None, MONDAY, leave=leave, sure=sure)
    return plan


def member(session: Session, number: str) -> Member:
    return session.scalars(select(Member).where(Member.number == number)).one()


def admin(session: Session, number: str = "") -> Person:
    account = Account(id=7, name="管理员", first_at=MONDAY, reachable=True)
    if number:
        account.member_id = member(session, number).id
    session.add(account)
    session.flush()
    return Person(account, account.member if number else None, frozenset({Role.ADMIN}))


# Going in


def test_the_columns_of_a_personnel_office(session: Session) -> None:
    bring(session, HEAD, ZHANG, LI, WANG)
    zhang, li, wang = (member(session, number) for number in ("000101", "000102", "000103"))
    assert (zhang.name, zhang.sex, zhang.unit and zhang.unit.name) == ("张三", Sex.MAN, "人事处")
    assert (zhang.calendar, zhang.born_year, zhang.born_month, zhang.born_day) == (Calendar.SOLAR, 1985, 3, 8)
    assert (zhang.joined_on, zhang.phone) == (date(2010, 7, 1), "13800000101")
    assert (zhang.kinds, zhang.tags) == (["在编", "会员"], ["一线"])
    assert (li.calendar, li.born_month, li.born_day) == (Calendar.LUNAR, 8, 15)
    assert (li.phone, li.joined_on, li.tags) == ("13800000102", date(2015, 9, 1), [])
    assert (wang.phone, wang.joined_on, wang.tags) == ("13800000103", date(2003, 7, 8), ["一线", "女职工委员"])
    assert wang.unit_id == zhang.unit_id
    assert session.scalar(select(func.count()).select_from(Unit)) == 2


def test_again_changes_nothing(session: Session) -> None:
    bring(session, HEAD, ZHANG, LI)
    plan = bring(session, HEAD, ZHANG, LI)
    assert plan.idle
    assert plan.unchanged == 2
    assert session.scalar(select(func.count()).select_from(Member)) == 2


def test_a_newer_file_updates_and_says_what(session: Session) -> None:
    bring(session, HEAD, ZHANG, LI)
    moved = [*ZHANG[:3], "所办公室", "1985-03-09", *ZHANG[5:7], "", *ZHANG[8:]]
    plan = bring(session, HEAD, moved, LI)
    [change] = plan.changed
    assert sorted(change.fields) == ["born", "phone", "unit"]
    assert plan.emptied == 1
    assert plan.units == ["所办公室"]
    zhang = member(session, "000101")
    assert (zhang.unit and zhang.unit.name, zhang.phone, zhang.born_day) == ("所办公室", None, 9)


def test_what_a_file_does_not_have_stays(session: Session) -> None:
    bring(session, HEAD, ZHANG)
    bring(session, ["姓名", "工号", "部门"], ["张三丰", "000101", "人事处"])
    zhang = member(session, "000101")
    assert (zhang.name, zhang.phone, zhang.born_year, zhang.tags) == ("张三丰", "13800000101", 1985, ["一线"])


def test_who_is_not_in_the_file_leaves_with_every_role_and_may_return(session: Session) -> None:
    people = [[f"0002{n:02d}", f"赵{chr(0x4E00 + n)}"] for n in range(10)]
    bring(session, ["工号", "姓名"], *people)
    gone = member(session, "000209")
    session.add(Grant(member_id=gone.id, role=Role.OFFICER, scope="", by_account=7, at=MONDAY))
    session.add(Account(id=9, member_id=gone.id, name="x", first_at=MONDAY, reachable=True))
    session.flush()
    plan = roster.plan(session, book(["工号", "姓名"], *people[:9]), "a.xlsx", MONDAY)
    assert [number for _, number, _ in plan.leavers] == ["000209"]
    assert [account.id for account in roster.apply(session, plan, None, MONDAY, leave=True)] == [9]
    assert member(session, "000209").left_on == TODAY
    assert session.scalar(select(func.count()).select_from(Grant)) == 0
    back = bring(session, ["工号", "姓名"], *people)
    assert len(back.returned) == 1
    assert member(session, "000209").left_on is None
    assert session.scalar(select(func.count()).select_from(Grant)) == 0


def test_a_part_of_the_roster_makes_nobody_leave_unless_it_is_said_twice(session: Session) -> None:
    bring(session, HEAD, ZHANG, LI, WANG)
    plan = roster.plan(session, book(HEAD, ZHANG), "a.xlsx", MONDAY)
    assert plan.partial
    with pytest.raises(Refused, match=r"roster\.too_many_leave"):
        roster.apply(session, plan, None, MONDAY, leave=True)
    roster.apply(session, plan, None, MONDAY, leave=False)
    assert member(session, "000102").left_on is None
    roster.apply(session, plan, None, MONDAY, leave=True, sure=True)
    assert member(session, "000102").left_on == TODAY


def test_nobody_removes_themselves(quick: Session) -> None:
    bring(quick, HEAD, ZHANG, LI)
    by = admin(quick, "000101")
    plan = roster.plan(quick, book(HEAD, LI), "a.xlsx", MONDAY)
    with pytest.raises(Refused, match=r"roster\.you_would_leave"):
        roster.apply(quick, plan, by, MONDAY, leave=True, sure=True)


def test_a_row_with_an_error_is_nobody_s_leaving(quick: Session) -> None:
    bring(quick, HEAD, ZHANG, LI)
    plan = roster.plan(quick, book(HEAD, ZHANG, [*LI[:2], "?", *LI[3:]]), "a.xlsx", MONDAY)
    assert not plan.leavers
    with pytest.raises(Refused, match=r"roster\.has_errors"):
        roster.apply(quick, plan, None, MONDAY, leave=True)


def test_what_was_erased_does_not_come_back(session: Session) -> None:
    bring(session, HEAD, ZHANG)
    zhang = member(session, "000101")
    for name, value in Member.privacy.blank.items():
        setattr(zhang, name, value)
    zhang.erased_at = MONDAY
    session.flush()
    assert roster.plan(session, book(HEAD, ZHANG), "a.xlsx", MONDAY).idle
    bring(session, HEAD, [*ZHANG[:3], "所办公室", *ZHANG[4:]])
    session.refresh(zhang)
    assert (zhang.unit and zhang.unit.name, zhang.phone, zhang.born_day, zhang.tags) == ("所办公室", None, None, [])


def test_a_file_waits_for_its_yes_and_only_as_it_was_shown(session: Session) -> None:
    by = admin(session)
    _, kept = roster.look(session, by, book(HEAD, ZHANG), "a.xlsx", MONDAY)
    assert kept is not None
    session.add(Member(number="000101", name="张三", calendar=Calendar.SOLAR, kinds=[], tags=[]))
    session.flush()
    with pytest.raises(Refused, match=r"roster\.changed_meanwhile"):
        roster.load(session, by, kept.id, MONDAY, leave=True)
    _, again = roster.look(session, by, book(HEAD, ZHANG), "a.xlsx", MONDAY)
    assert again is not None
    number = again.id
    with pytest.raises(Refused, match=r"roster\.gone"):
        roster.load(session, Person(Account(id=8), None, frozenset({Role.ADMIN})), number, MONDAY, leave=True)
    roster.load(session, by, number, MONDAY, leave=True)
    with pytest.raises(Refused, match=r"roster\.gone"):
        roster.load(session, by, number, MONDAY, leave=True)
    assert session.scalar(select(func.count()).select_from(roster.Import)) == 0


def test_only_an_admin_brings_a_roster(quick: Session) -> None:
    by = admin(quick)
    by.roles = frozenset({Role.OFFICER})
    with pytest.raises(Refused, match=r"common\.not_allowed"):
        roster.look(quick, by, book(HEAD, ZHANG), "a.xlsx", MONDAY)


# Understanding


FILES: dict[str, list[list[Any]]] = {
    "as the manual says": [HEAD, ZHANG, LI, WANG],
    "another order": [["姓名", "手机", "工号"], ["张三", "13800000101", "000101"], ["李四", "13800000102", "000102"]],
    "other headings": [
        ["序号", "职工号", "职工姓名", "所属部门", "性 别", "出生日期", "来所时间", "联系电话", "人员类别", "备注"],
        [1, "000101", "张三", "人事处", "男", date(1985, 3, 8), date(2010, 7, 1), 13800000101, "在编", "x"],
        [2, "000102", "李四", "光电子研究室", "女", date(1990, 8, 15), date(2015, 9, 1), 13800000102, "博士后", ""],
    ],
    "a title, a line of hints, a total, a signature": [
        ["半导体研究所职工花名册", "", "", ""],
        ["（2026年11月）", "", "", ""],
        ["工号*", "姓名*", "所在部门", "手机号码（必填）"],
        ["", "", "写全称", "11位"],
        ["000101", "张　三", "人事处", "13800000101"],
        ["000102", "李四", "光电子研究室", "13800000102"],
        ["合计", "", "2人", ""],
        ["制表人：王某", "", "审核：赵某", ""],
    ],
    "english": [
        ["Employee ID", "Full Name", "Gender", "Department", "Date of Birth", "Mobile Phone"],
        ["000101", "张三", "M", "人事处", "8 Mar 1985", "+8613800000101"],
        ["000102", "李四", "Female", "光电子研究室", "Aug 15, 1990", "13800000102"],
    ],
    "no headings, the usual order": [ZHANG, LI, WANG],
    "no headings, any order": [
        ["张三", "人事处", "13800000101", "000101", "男", "2010-07-01", "1985-03-08"],
        ["李四", "光电子研究室", "13800000102", "000102", "女", "2015-09-01", "1990-08-15"],
        ["王五", "人事处", "13800000103", "000103", "男", "2003-07-08", "1979-12-30"],
    ],
    "a heading nobody knows above the numbers": [
        ["人事系统识别码", "姓名", "部门", "配偶姓名", "紧急联系电话", "身份证号"],
        ["000101", "张三", "人事处", "钱某", "13911111111", "110101198503080011"],
        ["000102", "李四", "光电子研究室", "孙某", "13922222222", "110101199008150022"],
    ],
    "a mere count beside the numbers": [
        ["编号", "员工号", "姓名"], ["1", "000101", "张三"], ["2", "000102", "李四"]
    ],
    "the heading again in the middle": [HEAD, ZHANG, HEAD, LI],
    "a repeated heading": [
        ["工号", "姓名", "手机", "手机"], ["000101", "张三", "13800000101", ""], ["000102", "李四", "", ""]
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_an_office_s_own_file(name: str) -> None:
    found = reading(*FILES[name])
    assert not found.errors
    people = {row.number: row for row in found.rows}
    assert set(people) - {"000103"} == {"000101", "000102"}
    assert people["000101"].name == "张三"
    assert people["000101"].values.get("phone", "13800000101") == "13800000101"
    assert people["000101"].values.get("unit", "人事处") == "人事处"
    assert people["000101"].values.get("sex", Sex.MAN) is Sex.MAN
    assert people["000101"].values.get("born_year", 1985) == 1985
    assert people["000101"].values.get("joined_on", date(2010, 7, 1)) == date(2010, 7, 1)


def test_how_a_column_was_known_is_told() -> None:
    columns = reading(*FILES["no headings, any order"]).columns
    assert [(column.field, column.how) for column in columns] == [
        (field, "content") for field in ("name", "unit", "phone", "number", "sex", "joined", "born")
    ]
    assert {column.how for column in reading(*FILES["no headings, the usual order"]).columns} == {"order"}
    unknown = reading(*FILES["a heading nobody knows above the numbers"])
    assert [(c.field, c.how) for c in unknown.columns][:4] == [
        ("number", "content"), ("name", "heading"), ("unit", "heading"), (None, "")
    ]  # fmt: skip
    assert "phone" not in unknown.mapping.fields


def test_titles_and_sums_are_told_not_taken_for_people() -> None:
    found = reading(*FILES["a title, a line of hints, a total, a signature"])
    assert found.skipped == [4, 7, 8]


def test_the_larger_sheet_is_read_and_the_other_named(quick: Session) -> None:
    content = book(HEAD, ZHANG, LI, 离职=[HEAD, WANG])
    found = roster.plan(quick, content, "a.xlsx", MONDAY)
    assert found.people == 2
    assert found.reading.others == ["离职"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["姓名", "部门"], ["张三", "人事处"], ["李四", "财务处"]], "roster.no_number"),
        ([["工号", "部门"], ["000101", "人事处"]], "roster.no_name"),
        ([["今天天气不错"], ["是啊"]], "roster.no_number"),
        ([["工号", "姓名"]], "roster.nobody"),
        ([["编号", "姓名"], [1, "张三"], [2, "李四"], [3, "王五"]], "roster.no_number"),
    ],
)
def test_a_file_without_people_is_refused(rows: list[list[Any]], code: str) -> None:
    with pytest.raises(Refused) as no:
        reading(*rows)
    assert no.value.code == code


# Cells


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("2001-02-03", (2001, 2, 3)),
        ("2001/2/3", (2001, 2, 3)),
        ("2001.2.3", (2001, 2, 3)),
        ("２００１－０２－０３", (2001, 2, 3)),
        ("20010203", (2001, 2, 3)),
        (20010203, (2001, 2, 3)),
        ("2001年2月3日", (2001, 2, 3)),
        ("2001 年 2 月 3 号", (2001, 2, 3)),
        ("2001-02-03 00:00:00", (2001, 2, 3)),
        (date(2001, 2, 3), (2001, 2, 3)),
        (datetime(2001, 2, 3, 12), (2001, 2, 3)),
        ("3 Feb 2001", (2001, 2, 3)),
        ("February 3, 2001", (2001, 2, 3)),
        ("2月3日", (None, 2, 3)),
        ("2001-02", "day_missing"),
        ("2001年2月", "day_missing"),
        ("200102", "day_missing"),
        (2001.2, "day_missing"),
        ("2001", "day_missing"),
        ("01-02-03", "day_odd"),
        ("3/2/2001", "day_odd"),
        (36925, "day_as_number"),
        ("明天", "day_odd"),
        ("2001-13-03", "day_unreal"),
        ("2001-02-30", "day_unreal"),
        ("1850-02-03", "born_when"),
        ("2020-02-03", "born_when"),
    ],
)
def test_days_as_offices_write_them(cell: Cell, seen: Any) -> None:
    found = reading(["工号", "姓名", "生日"], ["000101", "张三", cell])
    if isinstance(seen, str):
        assert [each.code for each in found.errors + found.doubts] == [seen]
        assert bool(found.doubts) == (seen == "day_missing")
        assert (found.errors + found.doubts)[0].row == 2
        assert (found.errors + found.doubts)[0].column == "C"
    else:
        values = found.rows[0].values
        assert (values["born_year"], values["born_month"], values["born_day"]) == seen


@pytest.mark.parametrize(
    ("cell", "calendar", "seen"),
    [
        ("1990-08-15", "农历", (Calendar.LUNAR, 1990, 8, 15)),
        ("1990-02-30", "农历", (Calendar.LUNAR, 1990, 2, 30)),
        ("1990-05-08", "农历闰月", (Calendar.LUNAR_LEAP, 1990, 5, 8)),
        ("1990-05-08", "农历（闰月）", (Calendar.LUNAR_LEAP, 1990, 5, 8)),
        ("1990-05-08", "阴历", (Calendar.LUNAR, 1990, 5, 8)),
        ("八月十五", "农历", (Calendar.LUNAR, None, 8, 15)),
        ("1965年腊月廿三", "", (Calendar.LUNAR, 1965, 12, 23)),
        ("农历一九六五年正月初一", "", (Calendar.LUNAR, 1965, 1, 1)),
        ("闰四月初九", "农历", (Calendar.LUNAR_LEAP, None, 4, 9)),
        ("十一月三十", "农历", (Calendar.LUNAR, None, 11, 30)),
        ("1990-08-31", "农历", "day_unreal"),
        ("1990-13-01", "农历", "day_unreal"),
        ("八月十五", "公历", "calendar_conflict"),
        ("1990-08-15", "火星历", "calendar_odd"),
        ("1990-02-30", "公历", "day_unreal"),
        ("", "农历", (Calendar.SOLAR, None, None, None)),
    ],
)
def test_lunar_birthdays(cell: str, calendar: str, seen: Any) -> None:
    found = reading(["工号", "姓名", "生日", "历法"], ["000101", "张三", cell, calendar])
    if isinstance(seen, str):
        assert [each.code for each in found.errors] == [seen]
    else:
        v = found.rows[0].values
        assert (v["calendar"], v["born_year"], v["born_month"], v["born_day"]) == seen


def test_a_heading_may_say_that_birthdays_are_lunar() -> None:
    found = reading(["工号", "姓名", "农历生日"], ["000101", "张三", "1990-08-15"])
    assert found.rows[0].values["calendar"] is Calendar.LUNAR


@pytest.mark.parametrize(
    ("numbers", "known", "wrong"),
    [
        ([1001, 1002], set(), []),
        (["000101", 102], set(), ["102"]),
        ([1001, 102], set(), ["102"]),
        (["1001", "102"], set(), []),
        ([102], {"000101"}, ["102"]),
        ([102, 1001], {"102"}, []),
        (["A102", 1001], set(), []),
    ],
)
def test_leading_zeros_are_kept_and_lost_ones_noticed(numbers: list[Any], known: set[str], wrong: list[str]) -> None:
    rows = [[number, f"张{chr(0x4E00 + n)}"] for n, number in enumerate(numbers)]
    found = reading(["工号", "姓名"], *rows, numbers=known)
    assert [each.value for each in found.errors] == wrong
    assert all(each.code == "number_lost_zeros" for each in found.errors)
    assert [row.number for row in found.rows] == [str(number) for number in numbers]


def test_a_text_file_that_lost_its_zeros(quick: Session) -> None:
    plan = roster.plan(quick, "工号,姓名\n000101,张三\n102,李四\n".encode("gb18030"), "a.csv", MONDAY)
    assert [each.code for each in plan.errors] == ["number_lost_zeros"]


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("13800000101", "13800000101"),
        (13800000101, "13800000101"),
        ("+86 138-0000-0101", "13800000101"),
        ("0086 13800000101", "13800000101"),
        ("86138 0000 0101", "13800000101"),
        ("１３８０００００１０１\u200b", "13800000101"),
        ("13800000101/13900000000", "13800000101"),
        ("+49 151 2345678", "+491512345678"),
        ("+1 385 555 1234", "+13855551234"),
        ("", None),
        ("无", None),
    ],
)
def test_phones(cell: Cell, seen: str | None) -> None:
    found = reading(["工号", "姓名", "手机"], ["000101", "张三", cell])
    assert not found.errors + found.doubts
    assert found.rows[0].values["phone"] == seen


@pytest.mark.parametrize("cell", ["010-82300000", "1380000010", "138000001011", "内线 4321", 4321])
def test_a_desk_telephone_is_left_aside(quick: Session, cell: Cell) -> None:
    bring(quick, HEAD, ZHANG)
    plan = bring(quick, HEAD, [*ZHANG[:7], cell, *ZHANG[8:]])
    assert [(each.code, each.column) for each in plan.reading.doubts] == [("phone_odd", "H")]
    assert member(quick, "000101").phone == "13800000101"


def test_all_errors_are_told_at_once() -> None:
    found = reading(
        HEAD,
        ["", "张三", "中", "人事处", "昨天", "公历", "1800-01-01", "13800000101", "", ""],
        ["000102", "", "女", "人事处", "", "", "", "13800000102", "", ""],
        ["000102", "李四", "女", "", "", "", "", "13800000103", "", ""],
        ["000102", "李四", "女", "", "", "", "", "13800000103", "", ""],
        ["张工", "王五", "", "", "", "", "", "", "", ""],
        ["110101198503080011", "赵六", "", "", "", "", "", "", "", ""],
        ["000108", "字" * 50, "", "门" * 70, "", "", "", "", "签" * 40, ""],
    )
    assert [(each.row, each.column, each.code, each.other) for each in found.errors] == [
        (2, "A", "number_missing", 0), (2, "C", "sex_odd", 0), (2, "E", "day_odd", 0), (2, "G", "joined_when", 0),
        (3, "B", "name_missing", 0),
        (5, "A", "number_twice", 4), (5, "H", "phone_twice", 4),
        (6, "A", "number_odd", 0),
        (7, "A", "number_is_identity_card", 0),
        (8, "B", "name_long", 0), (8, "D", "unit_long", 0), (8, "I", "several_long", 0),
    ]  # fmt: skip
    assert all(len(each.value) <= roster_rows.SHOWN for each in found.errors)


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("在编、会员", ["在编", "会员"]),
        ("在编，会员,党员;团员；骨干", ["在编", "会员", "党员", "团员", "骨干"]),
        ("在编 会员", ["在编", "会员"]),
        ("visiting scholar/student", ["visiting scholar", "student"]),
        ("在编、在编、", ["在编"]),
        ("无", []),
        ("", []),
    ],
)
def test_several_words_in_one_cell(cell: str, seen: list[str]) -> None:
    assert roster_cells.several(cell) == seen


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("张　三", "张三"),
        (" 欧阳 震华 ", "欧阳震华"),
        ("Mary Jane Watson", "Mary Jane Watson"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("=1+1", "=1+1"),
        ("<b>王</b>", "<b>王</b>"),
        ("\u202e王\u200b五\u2069", "王五"),
        ("𬱖\ue863", "𬱖\ue863"),
        ("👩‍🔬", "👩🔬"),
    ],
)
def test_names_stay_as_they_are(cell: str, seen: str) -> None:
    assert roster_cells.name(cell) == seen


def test_months_that_excel_made_into_days_are_no_birthdays() -> None:
    rows = [[f"0001{n:02d}", f"张{chr(0x4E00 + n)}", date(1970 + n, 1 + n % 12, 1)] for n in range(12)]
    found = reading(["工号", "姓名", "出生年月"], *rows)
    assert [each.code for each in found.doubts] == ["days_all_first"]
    assert not any("born_day" in row.values for row in found.rows)
    rows[3][2] = date(1973, 4, 2)
    assert not reading(["工号", "姓名", "出生年月"], *rows).doubts


# Whatever the file


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from([*HEAD, *ZHANG, *LI, "合计", "农历", "闰四月初九", "1990-02", "=1+1", "\u202e", "张　三"]),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=11), min_size=1, max_size=12), st.booleans(), st.booleans())
def test_any_sheet_is_read_or_refused(rows: list[list[Cell]], headed: bool, typed: bool) -> None:
    width = max(map(len, rows))
    whole: list[list[Cell]] = [[*row, *[None] * (width - len(row))] for row in rows]
    if headed:
        whole.insert(0, [*HEAD, *[None] * width][:width])
    try:
        found = roster_rows.interpret([Sheet("", whole)], TODAY, {"000101"}, typed=typed)
    except Refused as no:
        assert no.code.startswith("roster.")  # noqa: PT017
        return
    numbers = [row.number for row in found.rows]
    assert all(number and len(number) <= 32 for number in numbers)
    if not found.errors:
        assert len(set(numbers)) == len(numbers)
        assert all(row.name.strip() for row in found.rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=10, max_size=10), max_size=5))
def test_any_file_goes_in_whole_or_not_at_all(quick: Session, rows: list[list[Cell]]) -> None:
    before = quick.scalar(select(func.count()).select_from(Member)) or 0
    plan = roster.plan(quick, book(HEAD, ZHANG, *rows), "a.xlsx", MONDAY)
    try:
        roster.apply(quick, plan, None, MONDAY, leave=True, sure=True)
    except Refused:
        assert quick.scalar(select(func.count()).select_from(Member)) == before
    else:
        again = roster.plan(quick, book(HEAD, ZHANG, *rows), "a.xlsx", MONDAY)
        assert again.idle
    quick.rollback()


def test_five_thousand_people(quick: Session, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        [f"{n:06d}", f"张{chr(0x4E00 + n)}", "男", f"第{n % 40}研究室", date(1960 + n % 40, 1 + n % 12, 1 + n % 28),
         "公历", "2001年2月3日", str(13800000000 + n), "在编、会员", ""] for n in range(5000)
    ]  # fmt: skip
    content = book(HEAD, *rows)
    begin = clock.perf_counter()
    plan = roster.plan(quick, content, "a.xlsx", MONDAY)
    seen = clock.perf_counter()
    roster.apply(quick, plan, None, MONDAY, leave=True)
    done = clock.perf_counter()
    with capsys.disabled():
        print(f" [5,000 people: seen in {seen - begin:.2f} s, in after {done - seen:.2f} s]", end="")
    assert roster_views.standing(quick).active == 5000
    assert roster.plan(quick, content, "a.xlsx", MONDAY).idle


def test_what_goes_out_comes_back_in(quick: Session) -> None:
    lunar = ["000104", "赵六", "女", "", "闰四月初九", "农历", "", "+491512345678", "", ""]
    bring(quick, HEAD, ZHANG, LI, WANG, lunar)
    words = {"man": "男", "woman": "女", "solar": "公历", "lunar": "农历", "lunar_leap": "农历闰月"}
    rows = roster_views.export(quick, admin(quick), lambda _, value: words[value], MONDAY)
    assert roster.plan(quick, book(HEAD, *map(list, rows)), "a.xlsx", MONDAY).idle


def test_excel_s_own_days_and_merged_titles(quick: Session) -> None:
    workbook = openpyxl.Workbook()
    page = workbook.active
    page.append(["半导体所职工名册"])
    page.merge_cells("A1:D1")
    page.append(["工号", "姓名", "出生日期", "手机"])
    page.append(["000101", "张三", datetime(1985, 3, 8), 13800000101])
    page.append(["000102", "=1+1", date(1990, 8, 15), None])
    page["B4"].data_type = "s"
    page.append([])
    out = io.BytesIO()
    workbook.save(out)
    plan = roster.plan(quick, out.getvalue(), "a.xlsx", MONDAY)
    assert not plan.errors
    assert [(row.name, row.values["born_year"]) for row in plan.new] == [("张三", 1985), ("=1+1", 1990)]


def test_the_command_line_shows_first_and_writes_when_told(quick: Session, tmp_path: Path) -> None:
    file, said = tmp_path / "花名册.xlsx", []
    file.write_bytes(book(HEAD, ZHANG, ["", "李四"]))
    roster.import_file(quick, file, MONDAY, lambda key, **params: said.append((key, params)), write=True)
    assert [key for key, _ in said] == ["roster.report", "roster.problem"]
    assert said[1][1]["row"] == 3
    file.write_bytes(book(HEAD, ZHANG))
    for write, count in ((False, 0), (True, 1)):
        roster.import_file(quick, file, MONDAY, lambda key, **params: said.append((key, params)), write=write)
        assert roster_views.standing(quick).active == count
    assert said[-1][0] == "roster.loaded"
    first = roster.plan(quick, file.read_bytes(), file.name, MONDAY)
    quick.scalars(select(Member)).first().phone = None  # type: ignore[union-attr]
    quick.flush()
    with pytest.raises(Refused, match=r"roster\.changed_meanwhile"):
        roster.import_file(quick, file, MONDAY, lambda key, **params: None, write=True, shown=first)
    texts = Texts(House().zone)
    for key, params in said:
        for language in LANGUAGES:
            assert "<" not in texts.plain(key, language, params)


# In the chat


async def test_an_admin_sends_the_file_and_says_yes(institute: Institute) -> None:
    boss = institute.phone("管理员")
    cast = [[number, name] for name, number, *_ in CAST]
    seen = await boss.sends_file(
        "roster.xlsx", book(["工号", "姓名", "来所时间"], *cast, ["0700", "孙丽", "2020-07-01"])
    )
    assert "共 6 人：新增 1，有变化 5，没变化 0" in seen
    assert "A 列「工号」 → 工号" in seen
    label = next(button for button in boss.buttons() if "导入" in button)
    assert "导入好了" in await boss.taps(label)
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Member))) == 6


async def test_errors_are_told_and_nothing_is_kept(institute: Institute) -> None:
    boss = institute.phone("管理员")
    await boss.sends_file(
        "roster.xlsx", book(HEAD, ["", "张三", "中"], *([["", f"李{chr(0x4E00 + n)}"] for n in range(30)]))
    )
    said = boss.reads()
    assert "有 32 处错误" in said
    assert "第 2 行 C 列：性别只认“男”“女”（中）" in said
    assert "花名册里需要核对的地方.xlsx" in said
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(roster.Import))) == 0


async def test_a_broken_file_is_refused_politely(institute: Institute) -> None:
    boss = institute.phone("管理员")
    assert "坏了" in await boss.sends_file("roster.xlsx", b"PK\x03\x04 nonsense")
    assert "不是真正的表格" in await boss.sends_file("roster.xls", b"<html></html>")


async def test_nobody_else_brings_a_roster(institute: Institute) -> None:
    for name in ("李梅", "周敏"):
        await institute.phone(name).sends_file("roster.xlsx", book(HEAD, ZHANG))
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Member))) == 5


async def test_no_file_is_opened_while_a_transaction_is(institute: Institute, monkeypatch: pytest.MonkeyPatch) -> None:
    read, threads = sheets.read, []

    def watched(content: bytes, name: str) -> list[Sheet]:
        threads.append(threading.current_thread().name)
        return read(content, name)

    monkeypatch.setattr(sheets, "read", watched)
    boss = institute.phone("管理员")
    await boss.sends_file("roster.xlsx", book(["工号", "姓名"], ["0417", "李梅"]))
    await boss.taps("导入，并将 4 人记为离职…")
    await boss.taps("⚠️ 确认：4 人离职")
    assert "离职 4 人" in boss.sees()
    assert len(threads) == 3
    assert all(name.startswith("asyncio") for name in threads)


async def test_a_part_of_the_roster_is_asked_about_twice(institute: Institute) -> None:
    boss = institute.phone("管理员")
    seen = await boss.sends_file("roster.xlsx", book(["工号", "姓名"], ["0417", "李梅"]))
    assert "这份文件可能不全" in seen
    seen = await boss.taps("导入，并将 4 人记为离职…")
    assert "真的有 4 人离职吗" in seen
    await boss.taps("⚠️ 确认：4 人离职")
    assert "离职 4 人" in boss.sees()
    assert "只有工会干事能用" in await institute.phone("周敏").says("/desk")
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Grant))) == 0


async def test_saying_no_forgets_the_file(institute: Institute) -> None:
    boss = institute.phone("管理员")
    await boss.sends_file("roster.xlsx", book(["工号", "姓名"], ["0700", "孙丽"]))
    await boss.taps("不导入")
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(roster.Import))) == 0


async def test_officers_see_who_is_missing(institute: Institute) -> None:
    await institute.change(lambda s: bring(s, ["工号", "姓名", "部门"], ["0700", "=1+1", "所办公室"], leave=False))
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    assert "在册 6 人" in await zhou.taps("👥 花名册")
    assert "还没认证的职工：1 人" in await zhou.taps("🕗 还没认证的")
    assert "=1+1（0700）" in await zhou.taps("所办公室（1）")
    await zhou.says("/desk")
    await zhou.taps("👥 花名册")
    await zhou.taps("🕗 还没认证的")
    await zhou.taps("⬇️ 导出名单")
    assert "还没认证的职工.xlsx" in zhou.reads()
