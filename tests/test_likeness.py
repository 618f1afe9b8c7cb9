"""Likeness: how alike two texts are, for any texts, and for some as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.likeness import ALIKE, likeness, pieces, weigh

WORDS = st.text(alphabet="食堂晚餐班车停车难的了，。 \nabcde XYZ09💡", max_size=60)
CASES = st.tuples(WORDS, WORDS)

CANTEEN = ("食堂晚餐延时", "加班同事七点以后下班，食堂已经关门，只能点外卖。希望晚餐供应延长到八点半。")
DINNER = ("食堂晚饭供应时间太短", "晚饭六点半就收摊了，实验做完赶不上吃饭，希望食堂晚饭时间能延长。")
TREADMILL = ("健身房跑步机坏了", "二楼健身房左边第二台跑步机皮带松了，跑起来打滑，请尽快维修。")
PLACES = ("停车位不够", "南门停车场每天早上九点就满了，建议规范停车，增加车位。")
PARKING = ("园区停车难", "车位少，外来车辆多，九点以后就找不到车位，建议给职工优先。")
NURSING = ("母婴室", "所里没有母婴室，哺乳期女职工很不方便，建议在一号楼设一间。")
BUS = ("班车增加晚班", "加班到九点没有班车，建议增加一趟晚上九点半的班车。")
LATE = ("Dinner in the canteen ends too early", "People who work late find the canteen closed after seven.")
HOURS = ("Longer canteen hours for dinner", "The canteen closes before people who work late can eat.")


@given(CASES, CASES)
def test_it_is_a_share_and_the_same_from_both_sides(one: tuple[str, str], other: tuple[str, str]) -> None:
    here, there = weigh(*one), weigh(*other)
    assert 0 <= likeness(here, there) <= 1
    assert likeness(here, there) == likeness(there, here)


@given(CASES)
def test_a_case_is_wholly_like_itself_if_it_says_anything(one: tuple[str, str]) -> None:
    weighed = weigh(*one)
    assert likeness(weighed, weighed) == (1 if weighed else 0)


@given(WORDS)
def test_nothing_in_common_is_nothing(words: str) -> None:
    assert likeness(weigh(words, words), weigh("qqq", "wwww")) == 0


@given(WORDS)
def test_a_title_counts_double(words: str) -> None:
    assert sum(weigh(words, "").values()) == 2 * len(pieces(words)) == 2 * sum(weigh("", words).values())


@given(WORDS)
def test_wide_letters_and_capitals_make_no_difference(words: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in words)
    assert pieces(wide) == pieces(words) == pieces(words.swapcase())


@pytest.mark.parametrize(("one", "other"), [(CANTEEN, DINNER), (PLACES, PARKING), (LATE, HOURS)])
def test_the_same_matter_in_other_words_is_alike(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert likeness(weigh(*one), weigh(*other)) >= ALIKE
    assert likeness(weigh(one[0], ""), weigh(*other)) >= ALIKE  # by its title alone


@pytest.mark.parametrize("other", [TREADMILL, PLACES, NURSING, BUS, LATE])
def test_another_matter_is_not(other: tuple[str, str]) -> None:
    assert likeness(weigh(*CANTEEN), weigh(*other)) < ALIKE


def test_what_everybody_writes_does_not_count() -> None:
    assert not pieces("希望大家可以在晚上九点以后的时候")
    assert pieces("食堂晚餐") == {"食堂", "堂晚", "晚餐"}
    assert pieces("The lifts are late") == {"lift", "late"}
