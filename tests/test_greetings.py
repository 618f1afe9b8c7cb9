"""Greetings: birthdays, festivals and what people decide about them, as their phones show it."""

from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.pictures import Pictures
from bot.texts import LANGUAGES, Texts
from models import greetings, occasions, wordings
from models.greetings import Greeting
from models.letters import Letter, State
from models.occasions import Occasion
from models.people import Account, Calendar, Member, Sex
from tests.institute import Institute, Phone, running

ZONE = ZoneInfo("Asia/Shanghai")
TEXTS = Texts(ZONE)


async def at(institute: Institute, moment: str) -> None:
    """Let it be this local moment, and what is due happen."""
    wanted = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    institute.clock.move(wanted - institute.clock.now())
    await institute.app.tick()
    await institute.settle()


async def born(institute: Institute, name: str, month: int | None, day: int | None, **more: Any) -> None:
    """The roster says that somebody was born then; their day of joining is out of the way."""
    values = {"born_month": month, "born_day": day, "born_year": None, "joined_on": None, **more}
    await institute.change(lambda s: s.execute(update(Member).where(Member.name == name).values(**values)))


async def only(institute: Institute, name: str, month: int, day: int, **more: Any) -> Phone:
    """Nobody else has a birthday."""
    everybody = update(Member).values(born_month=None, born_day=None, joined_on=None)
    await institute.change(lambda s: s.execute(everybody))
    await born(institute, name, month, day, **more)
    return institute.phone(name)


def greeted(phone: Phone) -> int:
    """How many birthday greetings a phone has got."""
    return phone.reads().count("生日快乐！")


async def pictures_of(institute: Institute, key: str) -> tuple[str, dict[str, Any]]:
    """The card that goes with a letter."""
    query = select(Letter.picture).where(Letter.key.like(key)).limit(1)
    name, facts = await institute.look(lambda s: s.scalars(query).one())
    return name, facts


async def turn_off(institute: Institute, *codes: str) -> None:
    """Officers do not greet these."""

    def work(session: Session) -> None:
        occasions.ensure(session)
        session.execute(update(Occasion).where(Occasion.code.in_(codes)).values(enabled=False))

    await institute.change(work)


async def test_a_birthday_is_greeted_at_nine_and_once(anywhere: Institute) -> None:
    institute = anywhere
    li = await only(institute, "李梅", 12, 4)
    await at(institute, "2026-12-04 08:59")
    assert greeted(li) == 0
    await at(institute, "2026-12-04 09:00")
    assert "李梅，生日快乐！" in li.sees()
    for moment in ("2026-12-04 09:01", "2026-12-04 15:00", "2026-12-05 09:00"):
        await at(institute, moment)
    assert greeted(li) == 1
    assert greeted(institute.phone("王强")) == 0
    assert "生日快乐" not in li.reads(institute.group)  # she has not said that it may
    assert "岁" not in li.sees().replace("又长一岁", "").replace("岁岁", "")
    assert not institute.world.refused()


async def test_a_bot_that_was_down_at_nine_greets_at_two_but_never_the_next_day(anywhere: Institute) -> None:
    institute = anywhere
    li = await only(institute, "李梅", 12, 4)
    await born(institute, "王强", 12, 5)
    await at(institute, "2026-12-04 14:00")
    assert greeted(li) == 1
    await at(institute, "2026-12-06 09:00")  # down for the whole of the fifth
    assert greeted(institute.phone("王强")) == 0


async def test_in_the_evening_it_is_too_late(institute: Institute) -> None:
    li = await only(institute, "李梅", 12, 4)
    await at(institute, "2026-12-04 21:00")
    await at(institute, "2026-12-05 09:00")
    assert greeted(li) == 0


async def test_a_restart_and_a_clock_that_jumps_back_greet_nobody_twice(url: str) -> None:
    async with running(url) as institute:
        li = await only(institute, "李梅", 12, 4)
        await at(institute, "2026-12-04 09:00")
        assert greeted(li) == 1
        world = institute.world
    async with running(url, world, seed=False) as institute:
        await at(institute, "2026-12-04 10:00")
        await at(institute, "2026-12-03 23:00")
        await at(institute, "2026-12-04 09:00")
        assert greeted(institute.phone("李梅")) == 1


async def test_her_own_choice_takes_two_acts_and_may_be_lunar(anywhere: Institute) -> None:
    institute = anywhere
    li = await only(institute, "李梅", 3, 8)
    assert "您的生日：3月8日（花名册里的）" in await li.says("/birthdays")
    await li.says("农历冬月初一")
    assert "✅ 改好了。" in li.sees()
    assert "您的生日：农历冬月初一" in li.sees()
    assert "下一次：2026年12月9日 周三" in li.sees()
    await at(institute, "2026-12-09 09:00")
    assert greeted(li) == 1
    await at(institute, "2027-03-08 09:00")  # the roster's does not count any more; it is Women's Day only
    assert greeted(li) == 1
    await li.taps("⚙️ 生日设置")
    await li.taps("按花名册里的生日")
    assert "您的生日：3月8日（花名册里的）" in li.sees()


async def test_a_day_that_may_be_two_is_asked_and_never_guessed(institute: Institute) -> None:
    li = await only(institute, "李梅", 12, 4)
    await li.says("/birthdays")
    await li.says("3/8")
    assert li.sees() == "是哪一天？"
    assert li.buttons() == ["3月8日", "8月3日"]
    await li.taps("8月3日")
    assert "您的生日：8月3日" in li.sees()
    await li.says("八月十五")
    assert li.buttons() == ["农历八月十五", "8月15日"]
    await li.taps("农历八月十五")
    assert "您的生日：农历八月十五" in li.sees()
    await li.says("生日 2月30日")
    assert "没看出是哪一天" in li.sees()


async def test_a_date_in_passing_is_no_birthday(institute: Institute) -> None:
    li = await only(institute, "李梅", 12, 4)
    await li.says("9月17")
    assert "没看懂" in li.sees()
    await li.says("生日改成9月17")  # but so it is
    assert "您的生日：9月17日" in li.sees()


async def test_with_one_tap_the_solar_day_becomes_the_lunar_one(institute: Institute) -> None:
    li = await only(institute, "李梅", 9, 17, born_year=1978)
    await li.says("/me")
    await li.taps("🎂 生日和祝福")
    await li.taps("🌙 改过农历八月十五")  # the sky's day; one well-known library says the sixteenth
    assert "您的生日：农历八月十五" in li.sees()


async def test_the_29th_of_february_the_thirtieth_and_a_leap_month_go_by_their_own_rules(anywhere: Institute) -> None:
    institute = anywhere
    li = await only(institute, "李梅", 2, 29)
    await at(institute, "2027-02-28 09:00")
    assert greeted(li) == 1
    await li.taps("⚙️ 生日设置")
    await li.taps("平年过3月1日")
    await at(institute, "2029-02-28 09:00")
    assert greeted(li) == 1
    await at(institute, "2029-03-01 09:00")
    assert greeted(li) == 2
    await at(institute, "2032-02-29 09:00")
    assert greeted(li) == 3
    wang, chen = institute.phone("王强"), institute.phone("陈静")
    await born(institute, "王强", 12, 30, calendar=Calendar.LUNAR)
    await born(institute, "陈静", 6, 3, calendar=Calendar.LUNAR_LEAP)
    await at(institute, "2032-07-09 09:00")  # 六月初三; 2032 has no leap sixth month
    assert greeted(chen) == 1
    await chen.taps("⚙️ 生日设置")
    assert "农历闰六月初三" in chen.sees()
    await chen.taps("只在有闰月的年份过")
    await at(institute, "2033-06-29 09:00")
    assert greeted(chen) == 1
    await at(institute, "2034-02-18 09:00")  # 腊月三十
    assert greeted(wang) == 1
    await at(institute, "2035-02-07 09:00")  # 三十 again
    assert greeted(wang) == 2
    await at(institute, "2036-01-27 09:00")
    assert greeted(wang) == 3


async def test_the_group_names_only_who_agreed_in_one_post_a_day(anywhere: Institute) -> None:
    institute = anywhere
    li = await only(institute, "李梅", 12, 4)
    for name in ("王强", "陈静", "赵磊"):
        await born(institute, name, 12, 4)
    for name in ("李梅", "王强"):
        await institute.phone(name).says("/birthdays")
        await institute.phone(name).taps("群里也祝")
    await at(institute, "2026-12-04 09:00")
    await at(institute, "2026-12-04 09:05")
    group = li.reads(institute.group)
    assert group.count("🎂 今天过生日的同事") == 1
    assert "今天过生日的同事：李梅、王强。" in li.sees(institute.group)
    assert "陈静" not in li.sees(institute.group)
    assert greeted(institute.phone("陈静")) == 1
    await at(institute, "2026-12-05 09:00")
    assert li.reads(institute.group).count("🎂 今天过生日的同事") == 1


async def test_whoever_wants_no_greeting_gets_none(institute: Institute) -> None:
    li = await only(institute, "李梅", 1, 1)
    wang = institute.phone("王强")
    await born(institute, "王强", 1, 1)
    await li.says("/birthdays")
    await li.taps("都不要")
    await wang.says("/birthdays")
    await wang.taps("只要节日祝福")
    await at(institute, "2027-01-01 09:00")
    assert "元旦" not in li.reads()
    assert greeted(li) == 0
    assert "元旦" in wang.sees()
    assert greeted(wang) == 0


async def test_an_officer_leaves_somebody_in_peace_and_nobody_hears_of_it(anywhere: Institute) -> None:
    institute = anywhere
    li, zhou = await only(institute, "李梅", 1, 1), institute.phone("周敏")
    await li.says("/birthdays")
    await li.taps("群里也祝")
    before = li.reads()
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🤫 暂停的人")
    await zhou.taps("🤫 找一个人")
    await zhou.says("李梅")
    await zhou.taps("100 天")
    assert "李梅：到 2027年3月3日" in zhou.sees()
    await at(institute, "2027-01-01 09:00")
    assert li.reads() == before
    assert "李梅" not in li.reads(institute.group)
    assert "元旦" in institute.phone("王强").sees()
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🤫 暂停的人")
    await zhou.taps("恢复 李梅")
    await at(institute, "2028-01-01 09:00")
    assert greeted(li) == 1


async def test_all_can_be_paused_and_what_was_missed_is_not_made_up_for_on_another_day(institute: Institute) -> None:
    li, zhou = await only(institute, "李梅", 12, 4), institute.phone("周敏")
    await born(institute, "王强", 12, 5)
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("⏸ 全部暂停")
    assert "现在全部暂停" in zhou.sees()
    await at(institute, "2026-12-04 09:00")
    await at(institute, "2026-12-05 09:00")
    await zhou.taps("▶️ 恢复祝福")
    await at(institute, "2026-12-05 11:00")
    assert greeted(li) == 0
    assert greeted(institute.phone("王强")) == 1


async def test_who_has_left_is_greeted_no_more(institute: Institute) -> None:
    li = await only(institute, "李梅", 12, 4)
    await born(institute, "李梅", 12, 4, left_on=date(2026, 12, 1))
    await at(institute, "2026-12-04 09:00")
    assert greeted(li) == 0


async def test_the_words_change_from_year_to_year(institute: Institute) -> None:
    li = await only(institute, "李梅", 12, 4)
    await turn_off(institute, *(each["code"] for each in occasions.SHIPPED if each["code"] != "birthday"))
    for year in range(2026, 2032):
        await at(institute, f"{year}-12-04 09:00")
    said = await institute.look(lambda s: list(s.scalars(select(Greeting.wish).order_by(Greeting.id))))
    assert len(said) == 6
    assert all(one != other for one, other in pairwise(said))
    assert len(set(said)) >= 3
    assert greeted(li) == 6


async def test_an_officer_writes_words_sends_a_test_to_herself_and_they_are_used(anywhere: Institute) -> None:
    institute = anywhere
    li, zhou = await only(institute, "李梅", 12, 4), institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🎂 生日")
    assert "祝词 6 条" in zhou.sees()
    await zhou.taps("✍️ 祝词")
    await zhou.taps("➕ 写一条")
    await zhou.says("半导体所是您的家，<b>生日</b>这天请多吃一块蛋糕。")
    await zhou.taps("👀 先发给自己看看")
    assert "周敏，生日快乐！" in zhou.sees()
    assert "多吃一块蛋糕" in zhou.sees()
    assert "生日快乐" not in li.reads()
    picture = await institute.look(lambda s: s.scalars(select(Letter.picture).order_by(Letter.id.desc())).first())
    assert picture[0].startswith("birthday_")
    assert Pictures(TEXTS).draw(*picture, "zh_CN") is not None
    await zhou.taps("⬅️ 全部祝词")
    for _ in range(6):
        await zhou.taps("第 1 条")
        await zhou.taps("🗑 不用这条")
    kept = await institute.look(lambda s: wordings.pool(s, occasions.by_code(s, "birthday"), "zh_CN"))
    assert [wish.code[0] for wish in kept] == ["o"]  # only hers is left
    await zhou.taps("第 1 条")
    await zhou.taps("🗑 不用这条")
    assert "只剩这一条" in zhou.toast
    await zhou.taps("✏️ 改")
    await zhou.says("生日这天，请多吃两块蛋糕。")
    await at(institute, "2026-12-04 09:00")
    assert "多吃两块蛋糕" in li.sees()


async def test_the_list_of_the_month_shows_birthdays_and_festivals(institute: Institute) -> None:
    await only(institute, "李梅", 12, 4)
    await born(institute, "王强", 12, 4)
    await born(institute, "陈静", 12, 22)
    await institute.phone("陈静").says("/birthdays")
    await institute.phone("陈静").taps("都不要")
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🗓 本月名单")
    assert "这个月没有要祝福的" in zhou.sees()
    await zhou.taps("下个月 »")
    assert "4日 🎂 李梅、王强" in zhou.sees()
    assert "22日 （另 1 人不发）" in zhou.sees()
    assert "陈静" not in zhou.sees()
    await zhou.taps("下个月 »")
    assert "2027年1月" in zhou.sees()
    assert "1日 🏮 元旦" in zhou.sees()


async def test_womens_day_is_for_women_and_everybody_elses_festival_for_all(anywhere: Institute) -> None:
    institute = anywhere
    await only(institute, "李梅", 12, 4)
    for name, sex in (("李梅", Sex.WOMAN), ("陈静", Sex.WOMAN), ("王强", Sex.MAN)):
        await institute.change(lambda s, n=name, x=sex: s.execute(update(Member).where(Member.name == n).values(sex=x)))
    await at(institute, "2027-03-08 09:00")
    assert "三八妇女节" in institute.phone("李梅").sees()
    assert "三八妇女节" in institute.phone("陈静").sees()
    assert "三八" not in institute.phone("王强").reads()
    assert "三八" not in institute.phone("赵磊").reads()  # the roster does not say
    await at(institute, "2027-05-01 09:00")
    await at(institute, "2027-05-01 12:00")
    assert institute.phone("王强").reads().count("劳动节\n") == 1
    sent = await institute.look(
        lambda s: s.scalars(select(Letter.key).where(Letter.key.like("festival:labour:2027%"))).all()
    )
    assert len(sent) == 5


async def test_qingming_is_sober(institute: Institute) -> None:
    await at(institute, "2027-04-05 09:00")
    words = institute.phone("李梅").sees()
    assert "清明" in words
    assert "快乐" not in words
    assert "🎂" not in words
    letter = await institute.look(lambda s: s.scalars(select(Letter).where(Letter.key.like("festival:qing%"))).first())
    assert letter.picture is None


async def test_a_greeting_is_in_the_readers_language(institute: Institute) -> None:
    li = await only(institute, "李梅", 1, 1)
    await institute.change(lambda s: s.execute(update(Account).where(Account.name == "李梅").values(language="en")))
    await at(institute, "2027-01-01 09:00")
    assert "Happy birthday, 李梅!" in li.reads()
    assert "New Year's Day" in li.reads()
    assert "元旦" in institute.phone("王强").sees()


async def test_a_festival_may_be_switched_off_moved_before_the_holiday_and_to_another_hour(
    institute: Institute,
) -> None:
    await only(institute, "李梅", 12, 4)
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🏮 节日")
    await zhou.taps("✅ 元旦")
    await zhou.taps("📅 当天")
    await zhou.taps("⏰ 几点发")
    await zhou.taps("14:00")
    assert "遇上放假就在前一个工作日发" in zhou.sees()
    await at(institute, "2026-12-31 13:00")
    li = institute.phone("李梅")
    assert "元旦" not in li.reads()
    await at(institute, "2026-12-31 14:00")  # a Thursday; the first is a holiday
    assert "元旦" in li.sees()
    await at(institute, "2027-01-01 14:00")
    assert li.reads().count("元旦") == 1
    await zhou.taps("⏸ 不再发")
    await at(institute, "2027-12-31 14:00")
    assert li.reads().count("元旦") == 1


async def test_the_institutes_own_day_and_the_day_somebody_came(institute: Institute) -> None:
    await only(institute, "李梅", 12, 20, joined_on=date(2010, 12, 1))
    await born(institute, "王强", None, None, joined_on=date(2026, 12, 1))
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🏛 我们的日子")
    await zhou.taps("➕ 加一个日子")
    await zhou.says("所庆日")
    await zhou.says("不知道")
    assert "没看出是哪一天" in zhou.sees()
    await zhou.says("12月2日")
    await zhou.taps("➕ 加上")
    assert "所庆日（12月2日）" in zhou.sees()
    await zhou.taps("👥 发给谁")
    await zhou.says("@光电子实验室")
    assert "光电子实验室（2 人）" in zhou.sees()
    await at(institute, "2026-12-01 09:00")
    assert "今天是您入职 16 周年" in li.sees()
    assert "入职" not in institute.phone("王强").reads()
    await at(institute, "2026-12-02 09:00")
    assert "所庆日" in li.sees()
    assert "所庆日" not in institute.phone("陈静").reads()


async def test_care_in_the_heat_and_in_the_cold(institute: Institute) -> None:
    await only(institute, "李梅", 12, 4)

    def work(session: Session) -> None:
        occasions.ensure(session)
        mine = ("dog_days:first", "nines:3", "term:dashu")
        session.execute(update(Occasion).where(Occasion.code.in_(mine)).values(enabled=True))

    await institute.change(work)
    li, pictures = institute.phone("李梅"), []
    for moment, words, key in (
        ("2027-01-09 09:00", "三九", "nines:3:%"),
        ("2027-07-20 09:00", "头伏", "dog_days:first:%"),
        ("2027-07-23 09:00", "大暑", "term:dashu:%"),
    ):
        await at(institute, moment)
        assert words in li.sees()
        pictures.append(await pictures_of(institute, key))
    assert [name for name, _ in pictures] == ["winter", "summer", "festival"]
    for name, facts in pictures:
        for language in LANGUAGES:
            assert Pictures(TEXTS).draw(name, facts, language) is not None


async def test_what_was_refused_as_another_days_goes_out_when_it_is_that_day_after_all(institute: Institute) -> None:
    li = await only(institute, "李梅", 12, 4)
    wanted = datetime(2026, 12, 4, 9, 0, tzinfo=ZONE)
    institute.clock.move(wanted - institute.clock.now())
    await institute.app.tick()  # written, but the line is down
    institute.clock.move(datetime(2026, 12, 3, 12, 0, tzinfo=ZONE) - institute.clock.now())
    await institute.change(lambda s: s.execute(update(Letter).values(due_at=institute.clock.now())))
    await institute.settle()
    assert greeted(li) == 0
    assert await institute.letters(State.DEAD) == ["greetings.birthday"]
    await at(institute, "2026-12-04 10:00")
    assert greeted(li) == 1


async def test_an_officer_may_see_how_far_a_festivals_sending_is(institute: Institute) -> None:
    await only(institute, "李梅", 12, 4)
    await at(institute, "2027-01-01 09:00")
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🎂 祝福")
    await zhou.taps("🏮 节日")
    await zhou.taps("✅ 元旦")
    await zhou.taps("📊 发送进度")
    assert "送达 5 / 5 人" in zhou.reads()


async def test_only_officers_decide_and_everybody_only_for_themselves(institute: Institute) -> None:
    li = institute.phone("李梅")
    for data in ("greetings.all:1", "greetings.rest:3:0", "greetings.switch:1:0", "greetings.month"):
        await li.forges(data)
        assert "过期" in li.toast
    await institute.stranger().says("/birthdays")
    assert await institute.look(lambda s: not greetings.paused(s))
    for data in ("greetings.way:loud", "greetings.keep:solar:2:30", "greetings.keep:mayan:1:1"):
        await li.forges(data)
        assert "过期" in li.toast


# What comes with the program


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", occasions.SHIPPED, ids=lambda row: row["code"])
def test_every_occasion_has_its_words_and_its_card(row: dict[str, Any], language: str) -> None:
    occasion = Occasion(id=1, **row)
    count = wordings.SHIPPED.get(occasion.words, wordings.OTHERWISE)
    keys = [key for key in TEXTS.sources[language] if key.startswith(f"greetings.wishes.{occasion.words}.")]
    assert sorted(keys) == [f"greetings.wishes.{occasion.words}.{number}" for number in range(1, count + 1)]
    title = greetings.title(occasion)
    assert isinstance(title, dict)
    assert TEXTS.plain(title["say"], language, {})
    if occasion.sober:
        assert not occasion.card
        assert not any(
            "快乐" in TEXTS.plain(key, language, {}) or "Happy" in TEXTS.plain(key, language, {}) for key in keys
        )


def test_the_moods_of_the_birthday_card_are_all_there() -> None:
    assert sorted(greetings.MOODS) == Pictures(TEXTS).names("birthday")


def test_every_theme_of_a_festivals_card_is_one_that_the_template_knows() -> None:
    template = Path("bot/pictures/templates/festival.svg").read_text("utf-8")
    for row in occasions.SHIPPED:
        occasion = Occasion(id=1, **row)
        if occasion.kind in (occasions.Kind.FESTIVAL, occasions.Kind.TERM):
            theme = occasion.words if occasion.kind is occasions.Kind.TERM else occasion.theme
            assert f'"{greetings.THEMES.get(theme, theme)}"' in template, theme


def test_the_hour_is_nine_unless_set_otherwise() -> None:
    assert {row["at"] for row in occasions.SHIPPED} == {time(9, 0)}


@pytest.mark.parametrize("word", ["生日", "我的生日", "Birthday"])
async def test_the_bare_word_opens_the_page(institute: Institute, word: str) -> None:
    wang = institute.phone("王强")
    await wang.says(word)
    assert "您的生日" in wang.sees()
