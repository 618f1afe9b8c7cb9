"""The calendar and the workdays: known traps, every day of two centuries, and a second library as a witness."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lunar_python import Solar
from lunar_python.util import HolidayUtil
from tyme4py.lunar import LunarMonth, LunarYear
from tyme4py.solar import SolarTerm

from models import calendar, holidays, workdays
from models.calendar import (
    Birthday,
    DogDays,
    Festival,
    Leapless,
    LunarDate,
    Missing,
    Term,
    birthday_in,
    birthdays,
    festivals_on,
    kept_on,
    lunar,
    solar,
)
from models.holidays import Notice, read_notice
from models.people import Calendar
from models.workdays import Book, Due, add_workdays, certain, workday, workdays_between

DAY = timedelta(days=1)
FIRST, LAST = date(1900, 1, 31), date(2101, 1, 28)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


# A second library as a witness, asked in its own words: where every month begins, and nothing else of ours.


@cache
def witness(year: int) -> dict[tuple[int, bool], tuple[date, int]]:
    """The months of a lunar year by tyme4py: (number, leap) → (first day, length)."""
    found = {}
    for month in LunarYear.from_year(year).get_months():
        assert isinstance(month, LunarMonth)
        first = month.get_first_day().get_solar_day()
        day = date(first.get_year(), first.get_month(), first.get_day())
        found[abs(month.get_month_with_leap()), month.is_leap()] = (day, month.get_day_count())
    return found


def expected(birthday: Birthday, year: int) -> date | None:
    """The day a birthday is kept for a year of its own calendar, by the witness and the rules as they are written."""
    if birthday.calendar is Calendar.SOLAR:
        try:
            return date(year, birthday.month, birthday.day)
        except ValueError:
            return date(year, 3, 1) - (DAY if birthday.missing == "before" else 0 * DAY)
    table = witness(year)
    wanted = (birthday.month, birthday.calendar is Calendar.LUNAR_LEAP)
    if wanted not in table:
        if birthday.leapless == "never":
            return None
        wanted = (birthday.month, False)
    first, length = table[wanted]
    if birthday.day <= length:
        return first + (birthday.day - 1) * DAY
    return first + (length - 1) * DAY if birthday.missing == "before" else first + length * DAY


@st.composite
def kept(draw: st.DrawFn) -> Birthday:
    """Any birthday anybody may have, by any of the rules; the awkward days more often than life has them."""
    kind = draw(st.sampled_from(list(Calendar)))
    month = draw(st.integers(1, 12))
    if kind is Calendar.SOLAR:
        on = draw(st.one_of(st.just(date(2000, 2, 29)), st.dates(date(2000, 1, 1), date(2000, 12, 31))))
        month, day = on.month, on.day
    else:
        day = draw(st.one_of(st.just(30), st.integers(1, 30)))
    return Birthday(kind, month, day, draw(st.sampled_from(list(Missing))), draw(st.sampled_from(list(Leapless))))


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(kept(), st.integers(1901, 2100))
def test_ten_thousand_birthdays_as_a_second_library_has_them(birthday: Birthday, year: int) -> None:
    start, end = date(year, 1, 1), date(year, 12, 31)
    keys = (
        [year] if birthday.calendar is Calendar.SOLAR else [each for each in (year - 2, year - 1, year) if each >= 1900]
    )
    wanted = [(key, on) for key in keys if (on := expected(birthday, key)) and start <= on <= end]
    assert birthdays(birthday, start, end) == wanted


@settings(max_examples=300, deadline=None)
@given(kept(), st.dates(date(1900, 3, 1), date(2100, 12, 31)))
def test_who_is_to_be_greeted_is_found_from_the_day_as_from_the_birthday(birthday: Birthday, day: date) -> None:
    found = [each.year for each in kept_on(day) if each.fits(birthday)]
    assert found == [year for year, _ in birthdays(birthday, day, day)]


def test_whoever_is_greeted_on_any_day_of_five_years_is_whose_birthday_it_is() -> None:
    """The same, for every birthday there can be in all rules: none is lost, none is greeted twice."""
    rules = [(missing, leapless) for missing in Missing for leapless in Leapless]
    all_ = [
        Birthday(Calendar.SOLAR, on.month, on.day, *rule)
        for on in days(date(2000, 1, 1), date(2000, 12, 31))
        for rule in rules
    ]
    lunar_ones = (Calendar.LUNAR, Calendar.LUNAR_LEAP)
    all_ += [
        Birthday(kind, m, d, *rule) for kind in lunar_ones for m in range(1, 13) for d in range(1, 31) for rule in rules
    ]
    by_columns: dict[tuple[Calendar, int, int], list[Birthday]] = {}
    for birthday in all_:
        by_columns.setdefault((birthday.calendar, birthday.month, birthday.day), []).append(birthday)
    start, end = date(2023, 1, 1), date(2027, 12, 31)
    greeted: dict[Birthday, list[tuple[int, date]]] = {}
    for day in days(start, end):
        for each in kept_on(day):
            for birthday in by_columns[each.calendar, each.month, each.day]:
                if each.fits(birthday):
                    greeted.setdefault(birthday, []).append((each.year, day))
    for birthday in all_:
        assert greeted.get(birthday, []) == birthdays(birthday, start, end), birthday


def test_every_day_of_two_centuries_there_and_back() -> None:
    before = None
    for day in days(FIRST, LAST):
        found = lunar(day)
        assert solar(found) == day
        if before is not None:
            steps = (
                before.day + 1 == found.day and before.month == found.month and before.leap == found.leap
            ) or found.day == 1
            assert steps, day
        before = found
    assert lunar(FIRST) == LunarDate(1900, 1, 1)
    assert lunar(LAST).year == 2100


def test_every_month_of_two_centuries_is_where_the_second_library_has_it() -> None:
    for year in range(calendar.FIRST, calendar.LAST + 1):
        ours = {
            (month.number, month.leap): (date.fromordinal(month.first), month.days) for month in calendar.months(year)
        }
        assert ours == witness(year), year


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(1933, 7, 23), 6),  # new moon at 00:03 in Beijing (閏五月 before it)
        (date(1954, 11, 25), 11),  # 20:31
        (date(1978, 9, 3), 8),  # 00:09; some tables begin the month a day early
        (date(2057, 9, 29), 9),  # within a minute of midnight
        (date(2089, 9, 4), 8),  # 23:58
        (date(2097, 8, 7), 7),  # within a minute of midnight; this library and its witness take the earlier day
    ],
)
def test_months_that_begin_about_midnight(day: date, month: int) -> None:
    assert lunar(day) == LunarDate(day.year, month, 1, False)
    assert lunar(day - DAY).day in (29, 30)
    assert lunar(day - DAY).month == month - 1


def test_people_born_in_the_disputed_months_are_not_a_day_off() -> None:
    assert lunar(date(1978, 9, 17)) == LunarDate(1978, 8, 15)
    assert lunar(date(1954, 12, 24)) == LunarDate(1954, 11, 30)
    assert lunar(date(1954, 12, 25)) == LunarDate(1954, 12, 1)


def test_leap_months() -> None:
    assert solar(LunarDate(2023, 2, 15, leap=True)) == date(2023, 4, 5)
    assert solar(LunarDate(2025, 6, 15, leap=True)) == date(2025, 8, 8)
    assert solar(LunarDate(2026, 6, 15, leap=True)) is None
    assert lunar(date(2033, 12, 22)) == LunarDate(2033, 11, 1, leap=True)


def test_the_thirtieth_of_the_last_month_that_is_not_there() -> None:
    assert [solar(LunarDate(year, 12, 30)) for year in (2024, 2025, 2026)] == [None, None, None]
    eve = Birthday(Calendar.LUNAR, 12, 30)
    assert birthday_in(eve, 2025) == date(2026, 2, 16)
    assert birthday_in(eve, 2023) == date(2024, 2, 9)  # that year has one
    assert birthday_in(Birthday(Calendar.LUNAR, 12, 30, Missing.AFTER), 2025) == date(2026, 2, 17)
    spring = Birthday(Calendar.LUNAR, 12, 30, Missing.AFTER)
    assert birthdays(spring, date(2026, 1, 1), date(2026, 12, 31)) == [(2025, date(2026, 2, 17))]


def test_the_thirtieth_of_a_leap_month_follows_both_rules() -> None:
    later = Birthday(Calendar.LUNAR_LEAP, 6, 30, Missing.AFTER)
    assert birthday_in(Birthday(Calendar.LUNAR_LEAP, 6, 30), 2025) == date(2025, 8, 22)
    assert birthday_in(later, 2025) == date(2025, 8, 23)
    assert lunar(date(2025, 8, 23)) == LunarDate(2025, 7, 1)
    assert birthday_in(Birthday(Calendar.LUNAR_LEAP, 6, 30, leapless=Leapless.NEVER), 2026) is None
    assert birthday_in(Birthday(Calendar.LUNAR_LEAP, 6, 15), 2026) == birthday_in(Birthday(Calendar.LUNAR, 6, 15), 2026)


def test_the_29th_of_february() -> None:
    before, after = (Birthday(Calendar.SOLAR, 2, 29, rule) for rule in Missing)
    assert [birthday_in(before, year) for year in (2024, 2026)] == [date(2024, 2, 29), date(2026, 2, 28)]
    assert [birthday_in(after, year) for year in (2024, 2026, 2100)] == [
        date(2024, 2, 29),
        date(2026, 3, 1),
        date(2100, 3, 1),
    ]
    assert not any(each.fits(before) for each in kept_on(date(2024, 2, 28)))
    assert any(each.fits(before) for each in kept_on(date(2026, 2, 28)))


def test_a_lunar_birthday_twice_in_one_year_and_never_in_the_next_is_two_by_its_own_years() -> None:
    laba = Birthday(Calendar.LUNAR, 12, 8)
    by_year = {year: birthdays(laba, date(year, 1, 1), date(year, 12, 31)) for year in range(2000, 2050)}
    twice = {year: found for year, found in by_year.items() if len(found) == 2}
    never = [year for year, found in by_year.items() if not found]
    assert twice
    assert never
    assert all(first[0] + 1 == second[0] for first, second in twice.values())
    keys = [key for found in by_year.values() for key, _ in found]
    assert keys == sorted(set(keys)) == list(range(keys[0], keys[-1] + 1))  # every lunar year once, none forgotten
    assert [len(by_year[year]) for year in (2027, 2028, 2029, 2030)] == [1, 1, 1, 1]
    assert [len(by_year[year]) for year in (2022, 2023, 2024, 2025)] == [2, 0, 1, 1]


@pytest.mark.parametrize("day", [(13, 1), (0, 1), (1, 31), (1, 0)])
@pytest.mark.parametrize("kind", [Calendar.LUNAR, Calendar.LUNAR_LEAP])
def test_a_birthday_that_cannot_be_is_not_taken(kind: Calendar, day: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no lunar year"):
        Birthday(kind, *day)
    with pytest.raises(ValueError, match=r"day|month"):
        Birthday(Calendar.SOLAR, 2, 30)


@pytest.mark.parametrize("day", [FIRST - DAY, LAST + DAY])
def test_days_outside_the_two_centuries_are_not_guessed(day: date) -> None:
    with pytest.raises(ValueError, match=r"1900|2100"):
        lunar(day)


def test_all_terms_of_seven_years_as_the_second_library_has_them() -> None:
    for year in range(2024, 2031):
        for number, term in enumerate(Term):
            their = SolarTerm.from_index(year, number + 1).get_julian_day().get_solar_day()
            assert calendar.solar_term(year, term) == date(their.get_year(), their.get_month(), their.get_day())
            assert calendar.term_on(calendar.solar_term(year, term)) is term
    assert calendar.solar_term(2021, Term.DONGZHI) == date(2021, 12, 21)  # at 23:59
    assert sum(calendar.term_on(day) is not None for day in days(date(2026, 1, 1), date(2026, 12, 31))) == 24


FESTIVALS = {
    Festival.SPRING_FESTIVAL: "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03",
    Festival.DRAGON_BOAT: "2024-06-10 2025-05-31 2026-06-19 2027-06-09 2028-05-28 2029-06-16 2030-06-05",
    Festival.MID_AUTUMN: "2024-09-17 2025-10-06 2026-09-25 2027-09-15 2028-10-03 2029-09-22 2030-09-12",
    Festival.QINGMING: "2024-04-04 2025-04-04 2026-04-05 2027-04-05 2028-04-04 2029-04-04 2030-04-05",
    Festival.SPRING_FESTIVAL_EVE: "2024-02-09 2025-01-28 2026-02-16 2027-02-05 2028-01-25 2029-02-12 2030-02-02",
    Festival.CHONGYANG: "2024-10-11 2025-10-29 2026-10-18",
    Festival.WOMEN: "2024-03-08 2030-03-08",
}


@pytest.mark.parametrize(
    ("festival", "day"), [(festival, each) for festival, words in FESTIVALS.items() for each in words.split()]
)
def test_festivals_fall_where_the_printed_calendars_have_them(festival: Festival, day: str) -> None:
    on = date.fromisoformat(day)
    assert festival in festivals_on(on)
    assert calendar.next_festival(on, [festival]) == (on, festival)
    assert calendar.next_festival(on + DAY, [festival])[0] > on + 300 * DAY


def test_two_festivals_on_one_day_and_none_in_a_leap_month() -> None:
    assert festivals_on(date(2020, 10, 1)) == (Festival.NATIONAL, Festival.MID_AUTUMN)
    assert festivals_on(date(1995, 10, 9)) == ()  # 闰八月十五
    assert lunar(date(1995, 10, 9)) == LunarDate(1995, 8, 15, leap=True)
    assert calendar.next_festival(date(2026, 11, 23)) == (date(2026, 12, 22), Festival.WINTER_SOLSTICE)


def test_the_hottest_and_the_coldest_days() -> None:
    assert calendar.dog_days(2026) == {
        DogDays.FIRST: date(2026, 7, 15),
        DogDays.MIDDLE: date(2026, 7, 25),
        DogDays.LAST: date(2026, 8, 14),
    }
    stretches, nines = {"初伏": "first", "中伏": "middle", "末伏": "last"}, "一二三四五六七八九"
    for day in days(date(2024, 1, 1), date(2031, 12, 31)):
        their = Solar.fromYmd(day.year, day.month, day.day).getLunar()
        heat, cold = their.getFu(), their.getShuJiu()
        assert calendar.dog_days_on(day) == (heat and (stretches[heat.getName()], heat.getIndex())), day
        assert calendar.nines_on(day) == (cold and (nines.index(cold.getName()[0]) + 1, cold.getIndex())), day


# Workdays


def facts_of(year: int) -> tuple[set[date], set[date]]:
    """Weekdays off and weekend days worked, by the library that is only used here."""
    off: set[date] = set()
    work: set[date] = set()
    for each in HolidayUtil.getHolidays(year):
        (work if each.isWork() else off).add(date.fromisoformat(each.getDay()))
    return changed(off, work)


def changed(off: Iterable[date], work: Iterable[date]) -> tuple[set[date], set[date]]:
    """What is not as the weekday has it; whether a weekend beside a holiday is counted with it changes nothing."""
    return {day for day in off if day.weekday() < 5}, {day for day in work if day.weekday() >= 5}


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_the_years_that_are_shipped(year: int, count: int) -> None:
    known = Book()
    assert changed(known.years[year].off, known.years[year].work) == facts_of(year)
    everything = days(date(year, 1, 1), date(year, 12, 31))
    assert sum(workday(known, day) for day in everything) == count
    assert workdays_between(known, date(year - 1, 12, 31), date(year, 12, 31))[0] == count
    for day in holidays.statutory(year):
        assert not workday(known, day)
    for first, last in workdays.stretches(known.years[year].off):
        assert not any(workday(known, day) for day in days(first, last))


def test_a_deadline_steps_over_holidays_and_onto_the_saturdays_that_make_up_for_them() -> None:
    known = Book()
    assert add_workdays(known, date(2026, 9, 30), 1) == Due(date(2026, 10, 8), True)
    assert add_workdays(known, date(2026, 9, 30), 3) == Due(date(2026, 10, 10), True)  # a Saturday that is worked
    assert add_workdays(known, date(2026, 9, 30), 4) == Due(date(2026, 10, 12), True)
    assert add_workdays(known, date(2026, 2, 13), 15) == Due(date(2026, 3, 12), True)
    assert add_workdays(known, date(2026, 10, 8), -1) == Due(date(2026, 9, 30), True)
    assert add_workdays(known, date(2026, 10, 3), 0) == Due(date(2026, 10, 8), True)
    assert add_workdays(known, date(2026, 10, 8), 0) == Due(date(2026, 10, 8), True)


def test_a_year_without_a_notice_is_never_certain() -> None:
    known = Book()
    assert add_workdays(known, date(2026, 12, 24), 1) == Due(date(2026, 12, 25), True)
    assert add_workdays(known, date(2026, 12, 25), 1) == Due(date(2026, 12, 28), False)  # 2027's may still take it
    due = add_workdays(known, date(2026, 12, 31), 1)
    assert due == Due(date(2027, 1, 4), False)  # 1 January is off by law, the weekend by the week
    assert not certain(known, date(2027, 6, 1))
    assert certain(known, date(2025, 12, 31))
    assert workdays_between(known, date(2026, 12, 31), date(2027, 1, 31)) == (20, False)
    assert len(holidays.statutory(2027)) == 13
    assert len(holidays.statutory(2024)) == 11
    assert {day for day in holidays.statutory(2027) if day.month == 2} == set(days(date(2027, 2, 5), date(2027, 2, 8)))


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(1, 60))
def test_counting_on_and_counting_back_agree(start: date, count: int) -> None:
    known = Book()
    due = add_workdays(known, start, count)
    assert workday(known, due.day)
    assert workdays_between(known, start, due.day) == (count, due.certain)
    if workday(known, start):
        assert add_workdays(known, due.day, -count).day == start


# The notices, in their own form; the sentences are ours, the facts are the State Council's.

NOTICES = {
    2024: """
国务院办公厅关于2024年部分节假日安排的通知
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励大家在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
""",
    2025: """
关于2025年部分节假日安排的通知
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
""",
    2026: """
关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
""",
}


def codes(notice: Notice) -> list[str]:
    return [each.code for each in notice.problems]


@pytest.mark.parametrize("year", NOTICES)
def test_the_notices_of_three_years_are_read(year: int) -> None:
    notice = read_notice(NOTICES[year])
    assert (notice.year, notice.problems, notice.doubts) == (year, (), ())
    assert changed(notice.off, notice.work) == facts_of(year)
    assert holidays.looks_like_notice(NOTICES[year])
    assert workdays.workdays_in(notice) == {2024: 251, 2025: 248, 2026: 248}[year]


def test_an_advice_is_no_holiday_and_is_handed_back() -> None:
    notice = read_notice(NOTICES[2024])
    assert date(2024, 2, 9) not in notice.off
    assert [words for words in notice.unused if "鼓励" in words]


def wrapped(text: str, width: int) -> str:
    """As it comes out of a narrow page: broken anywhere inside a sentence."""
    lines = []
    for line in text.strip().splitlines():
        lines += [line[at : at + width] for at in range(0, len(line), width)]
    return "\n".join(lines)


@pytest.mark.parametrize("year", NOTICES)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("（", "(").replace("）", ")").replace("：", ":").replace("，", ","),
        lambda text: text.translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
        lambda text: text.replace("日", " 日 ").replace("、", "、 ").replace("\n", "\r\n\u3000\u3000"),
        lambda text: text.replace("周", "星期"),
        lambda text: text.replace("至", "—").replace("上班", "正常上班"),
        lambda text: text.replace("。\n", "\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: (
            "首页 > 政策\n分享 打印 字号：大 中 小\n"
            + text
            + "节假日期间，请安排好值班。\n国务院办公厅\n2025年11月4日\n相关稿件"
        ),
        lambda text: text + text,
    ],
    ids=["half", "full", "blanks", "weekdays", "dashes", "stops", "lines", "noise", "twice"],
)
def test_the_same_however_it_was_copied(change: object, year: int) -> None:
    assert callable(change)
    notice = read_notice(change(NOTICES[year]))
    assert notice.problems == ()
    assert changed(notice.off, notice.work) == facts_of(year)


@pytest.mark.parametrize("width", [12, 13, 17, 23, 40])
def test_the_same_when_the_page_was_narrow(width: int) -> None:
    for year, text in NOTICES.items():
        title, _, body = text.strip().partition("\n")
        clauses = "\n".join(wrapped(line, width) for line in body.splitlines())
        notice = read_notice(f"{title}\n{clauses}")
        assert (codes(notice), changed(notice.off, notice.work)) == ([], facts_of(year))


def test_a_holiday_over_new_year() -> None:
    text = NOTICES[2026].replace("2026年", "2028年").splitlines()
    text[2] = "一、元旦：2027年12月31日（周五）至2028年1月2日（周日）放假，共3天。"
    notice = read_notice("\n".join(text[:3]))
    assert notice.clauses[0].off == (date(2027, 12, 31), date(2028, 1, 1), date(2028, 1, 2))
    assert set(codes(notice)) == {"missing"}  # the other six
    short = read_notice("\n".join([text[1], "一、元旦：12月31日（周五）至1月2日（周日）放假，共3天。"]))
    assert short.clauses[0].off == notice.clauses[0].off


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("1月4日（周日）", "1月4日（周六）", "weekday", "1月4日(周六)"),
        ("至6日（周一）放假，共3天", "至6日（周一）放假，共4天", "count", "共4天"),
        ("1月4日（周日）上班", "1月5日（周一）上班", "works_on_weekday", "1月5日"),
        ("农历正月初七", "农历正月初六", "lunar", "正月初六"),
        ("农历腊月二十八", "农历除夕", "not_the_day", "农历除夕"),
        ("农历腊月二十八", "重要的日子", "not_understood", "重要的日子"),
        ("五、端午节：6月19日（周五）至21日（周日）放假，共3天。\n", "", "missing", ""),
        ("6月19日（周五）至21日（周日）放假，共3天", "请看附件", "no_days", "端午节"),
        ("6月19日（周五）至21日（周日）放假", "6月21日（周日）至19日（周五）放假", "backwards", "6月21日"),
        ("6月19日（周五）至21日（周日）放假", "19日（周五）至21日（周日）放假", "no_month", "19日"),
        ("6月19日（周五）至21日（周日）放假", "6月31日至7月2日放假", "no_such_day", "6月31日"),
        (
            "2月14日（周六）、2月28日（周六）上班",
            "2月14日（周六）、还有2月28日（周六）上班",
            "not_understood",
            "还有2月28日",
        ),
        ("5月9日（周六）上班", "5月9日（周六）上半天班", "not_understood", None),
        ("9月25日（周五）至27日（周日）放假", "2027年9月25日至27日放假", "other_year", ""),
        ("2026年部分节假日", "部分节假日", "no_year", ""),
        ("关于2026年部分节假日安排的通知", "2025年节假日安排\n2026年节假日安排", "many_years", ""),
        ("9月20日（周日）、", "10月4日（周日）、", "day_twice", ""),
        ("四、劳动节", "放假日期见5月1日。\n四、劳动节", "not_understood", "放假日期见5月1日"),
    ],
)
def test_what_does_not_agree_is_named_with_its_words(old: str, new: str, code: str, words: str | None) -> None:
    assert old in NOTICES[2026]
    notice = read_notice(NOTICES[2026].replace(old, new))
    if words is None:  # neither a date with one of the words of a holiday, nor lost: it is handed back, and it shows
        assert [each for each in notice.unused if "上半天班" in each]
        assert [each.code for each in notice.doubts] == ["balance"]
        return
    assert code in codes(notice)
    found = next(each for each in notice.problems if each.code == code)
    assert words in found.words


def test_what_would_be_unusual_is_a_doubt() -> None:
    no_eve = (
        NOTICES[2025].replace("1月28日（农历除夕、周二）", "1月29日（周三）").replace("共8天。1月26", "共7天。1月26")
    )
    notice = read_notice(no_eve)
    assert notice.problems == ()
    assert [each.code for each in notice.doubts] == ["not_off"]
    lost = read_notice(NOTICES[2026].replace("2月14日（周六）、2月28日（周六）上班。", ""))
    assert [each.code for each in lost.doubts] == ["balance"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "周五下午3点 学术报告厅 健步走 30人 周四17点截止",
        "春节：2月15日至23日放假，回家过年",
        "元旦晚会：1月1日晚上七点，食堂三楼，欢迎大家来",
        "大家好，2027年放假安排出来了吗？",
        "请问五一、端午、中秋、国庆怎么放假？",
    ],
)
def test_what_only_talks_of_holidays_is_not_taken_for_the_notice(text: str) -> None:
    assert not holidays.looks_like_notice(text)


PIECES = [
    "元旦：",
    "二、春节：",
    "1月1日",
    "（周四）",
    "至",
    "3日",
    "放假",
    "调休",
    "，",
    "共3天",
    "。",
    "上班",
    "、",
    "\n",
    "2026年",
]
PIECES += [
    "节假日",
    "99日",
    "（农历正月初七）",
    "0000年",
    "9999年",
    "13月",
    "-",
    "国庆节、中秋节:",
    "鼓励",
    "(",
    ")",
    "٣月٣日",
]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_anything_may_be_pasted(text: str) -> None:
    holidays.looks_like_notice(text)
    notice = read_notice("2026年部分节假日安排\n" + text)
    assert notice.problems or {each for clause in notice.clauses for each in clause.festivals} >= set(
        holidays.STATUTORY
    )
