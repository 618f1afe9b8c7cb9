"""Forms: what holds whatever is said, and what the start checks."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel
from sqlalchemy.orm import Session

from bot import forms
from bot.forms import core
from bot.forms.fields import Kind, asks
from bot.router import Undeclared
from bot.texts import LANGUAGES
from models.drafts import Draft, forget_old
from models.fields import EndOf, Files, When
from tests.form_desk import (
    ME,
    NOW,
    Desk,
    NewOuting,
    at_a_desk,
    make_texts,
    outing,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with at_a_desk(tmp_path) as found:
        yield found


def test_the_start_finds_missing_sentences(desk: Desk) -> None:
    routes = desk.registry.forms
    for route in routes.values():
        assert forms.missing_texts(route, desk.texts.has) == []
    missing = forms.missing_texts(routes["outings.new"], lambda key: False)
    assert "outings.new.form.title" in missing
    assert "outings.new.sort.options.walk" in missing
    assert "notes.new.about_id.ask" not in forms.missing_texts(routes["notes.new"], lambda key: False)


def test_a_form_that_cannot_be_asked_stops_the_start() -> None:
    class Strange(BaseModel):
        what: dict[str, int]

    class Sometimes(BaseModel):
        late: bool
        why: Annotated[str, When(lambda said: bool(said["late"]))]

    class Endless(BaseModel):
        end: Annotated[AwareDatetime | None, EndOf("nothing")] = None

    class Names(BaseModel):
        names: list[str]

    class Single(BaseModel):
        paper: Annotated[int, Files()]

    for model in (Strange, Sometimes, Endless, Names, Single):
        with pytest.raises(Undeclared):
            asks(model)


def test_kinds_are_told_from_annotations() -> None:
    kinds = {ask.name: (ask.kind, ask.several, ask.optional) for ask in asks(NewOuting)}
    assert kinds["why"] == (Kind.TEXT, False, False)
    assert kinds["tags"] == (Kind.CHOICE, True, True)
    assert kinds["others"] == (Kind.PICK, True, True)
    assert kinds["fee"] == (Kind.NUMBER, False, True)
    assert kinds["closes_on"] == (Kind.DAY, False, True)
    assert kinds["papers"] == (Kind.FILES, True, True)
    assert kinds["spot"] == (Kind.SPOT, False, True)


def test_the_engine_says_the_same_in_both_languages() -> None:
    chinese, english = (
        {key for key in make_texts().sources[language] if key.startswith("form.")} for language in LANGUAGES
    )
    assert chinese == english


def test_drafts_of_last_month_are_let_go(desk: Desk) -> None:
    desk.begin("notes.new")
    with Session(desk.engine) as session, session.begin():
        forget_old(session, NOW + timedelta(days=29))
        assert session.get(Draft, ME) is not None
        forget_old(session, NOW + timedelta(days=31))
        assert session.get(Draft, ME) is None


YEAR = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": st.text(max_size=25),
    "sort": st.sampled_from(["walk", "lecture", "other", "nonsense", 5]),
    "why": st.none() | st.text(max_size=5),
    "starts_at": YEAR,
    "ends_at": st.none() | YEAR,
    "closes_on": st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    "places": st.integers(-5, 600),
    "fee": st.none() | st.decimals(0, 100, places=2),
    "bus": st.booleans(),
    "tags": st.lists(st.sampled_from(["walk", "lecture", "other"]), max_size=3),
    "unit": st.integers(0, 30),
    "others": st.lists(st.integers(0, 30), max_size=3),
    "about": st.none() | st.text(max_size=30),
    "photo": st.none() | st.integers(1, 9),
    "paper": st.none() | st.integers(1, 9),
    "papers": st.lists(st.integers(1, 9), max_size=4),
    "spot": st.none() | st.fixed_dictionaries({"latitude": st.floats(-99, 99), "longitude": st.floats(-190, 190)}),
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_said_the_answers_stay_fitting(data: st.DataObject) -> None:
    answers: core.Answers = {}
    steady = True  # no line was changed, so that the answers are a beginning of the plan
    for _ in range(data.draw(st.integers(0, 40))):
        plan = [ask.name for ask in core.plan(NewOuting, answers)]
        ask = core.asking(NewOuting, answers)
        act = data.draw(st.sampled_from(["say", "say", "say", "back", "change"]))
        if act == "back":
            shorter = core.back(NewOuting, answers)
            assert len(shorter) == max(0, len(answers) - 1)
            answers = core.fitting(NewOuting, shorter)
            continue
        name = ask.name if ask and act == "say" else data.draw(st.sampled_from(plan[: max(1, len(answers))]))
        value = data.draw(VALUES[name])
        said, problem = core.accept(NewOuting, answers, name, value)
        if problem is not None:
            assert said == answers
        elif name not in answers:
            assert core.back(NewOuting, said) == answers
        steady = steady and ask is not None and name == ask.name
        answers = said
        assert json.loads(json.dumps(answers)) == answers
        assert core.fitting(NewOuting, answers) == answers
        if steady:
            assert list(answers) == [ask.name for ask in core.plan(NewOuting, answers)][: len(answers)]
    if core.asking(NewOuting, answers) is None and not core.problems(NewOuting, answers):
        assert isinstance(core.complete(NewOuting, answers), NewOuting)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from([*VALUES, "gone"]), st.none() | st.booleans() | st.integers() | st.text()))
def test_any_stored_answers_can_be_opened(stored: dict[str, Any]) -> None:
    fit = core.fitting(NewOuting, stored)
    assert set(fit) <= set(stored) - {"gone"}
    assert core.fitting(NewOuting, fit) == fit
    core.asking(NewOuting, fit)


ODD = [
    "\u202eABC\u202c",
    "\u200b" * 50,
    "字" * 4096,
    "👩‍👩‍👧‍👦" * 500,
    "\x00\x01",
    "ا" * 4096,
    "<" * 4096,
    "\ud800x",
    "{{ 1 }}",
    "\u2028" * 9,
]
NASTY = st.text(max_size=60) | st.sampled_from(ODD)
ACTS = st.tuples(st.sampled_from(["type", "tap", "press", "command"]), NASTY, st.integers(0, 99))


@pytest.fixture(scope="module")
def tough(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One chat for all the odd words of the test below: a draft must bear whatever came before."""
    with at_a_desk(tmp_path_factory.mktemp("tough")) as found:
        yield found


@settings(max_examples=25, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_no_words_and_no_taps_ever_raise(tough: Desk, acts: list[tuple[str, str, int]]) -> None:
    tough.begin("outings.new", answers=outing())
    for act, text, number in acts:
        buttons = [one for one in tough.buttons if one.data] if tough.words else []
        if act == "type":
            tough.type(text)
        elif act == "command":
            tough.command("/" + text)
        elif act == "press":
            draft = tough.draft
            tough.press(f"form:{draft.step if draft and number % 2 else number}:{text[:40]}")
        elif buttons:
            tough.press(buttons[number % len(buttons)].data or "")
        if tough.draft is None:
            tough.begin("outings.new")
