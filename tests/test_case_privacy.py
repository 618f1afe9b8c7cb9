"""Who may read a case, where its way takes a turn: merged, followed, opened again, unbound, taken back, given away."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from models import binding, cases, filing, handling, machines, publishing, rating, screening, seconding, staffing, steps
from models.base import Refused
from models.cases import Outcome, Rating, Seat
from models.files import keep
from models.house import House
from models.people import Role
from models.presets import PRESETS, Preset
from tests.case_desk import HOUSE, LAB, filed, give, hand, member, person, unit
from tests.institute import ADMIN, MONDAY, Institute
from tests.office import PNG

LATER = MONDAY + timedelta(hours=1)


def refused(call: object, *arguments: object) -> str:
    """The code of the no."""
    with pytest.raises(Refused) as no:
        call(*arguments)  # type: ignore[operator]
    return no.value.code


def answered(session: Session, number: int, words: str = "已经办好了。") -> int:
    """The office answers at once; the number of the answer."""
    handling.answer(session, number, None, words, Outcome.DONE, None, person(session, "周敏"), LATER)
    found = cases.answer_of(session, cases.by_id(session, number), released=True)
    assert found is not None
    return found.id


async def test_supporters_do_not_follow_into_what_only_its_author_and_the_office_may_read(institute: Institute) -> None:
    shared = await filed(institute, "李梅", "食堂晚饭太早", preset="proposal")
    private = await filed(institute, "王强", "食堂的晚饭时间")

    def merge(session: Session) -> None:
        seconding.second(session, member(session, "陈静"), shared, LATER)
        zhou = person(session, "周敏")
        no = refused(screening.merge, session, shared, None, private, "", zhou, LATER)
        assert no == "casework.merge_the_other_way"
        for who in ("陈静", "李梅"):
            assert cases.seat_of(session, cases.by_id(session, private), person(session, who)) is None

    await institute.change(merge)


async def test_following_does_not_outlast_the_work(institute: Institute) -> None:
    number = await filed(institute, "李梅")

    def given(session: Session) -> None:
        give(session, "赵磊", Role.HANDLER)
        session.flush()
        zhou, zhao = person(session, "周敏"), member(session, "赵磊")
        screening.accept(session, number, None, zhou, LATER)
        handling.assign(session, number, None, unit(session, HOUSE), [], zhou, LATER)
        assert refused(seconding.follow, session, zhao, number, LATER) == "cases.unknown"
        handling.assign(session, number, None, unit(session, LAB), [], zhou, LATER)
        assert cases.seat_of(session, cases.by_id(session, number), person(session, "赵磊")) is None

    await institute.change(given)


async def test_what_is_opened_again_is_public_no_more_and_the_next_answer_needs_a_new_yes(institute: Institute) -> None:
    number = await filed(institute, "李梅")

    def play(session: Session) -> None:
        first = answered(session, number)
        li, zhou = person(session, "李梅"), person(session, "周敏")
        publishing.agree(session, number, li, LATER)
        publishing.agree(session, number, zhou, LATER)
        case = cases.by_id(session, number)
        assert cases.seat_of(session, case, person(session, "陈静")) is Seat.COLLEAGUE
        rating.rate(session, number, first, Rating.POOR, li, LATER)
        assert cases.seat_of(session, case, person(session, "陈静")) is None
        assert publishing.news(session) == []
        give(session, "赵磊", Role.CHAIR)
        session.flush()
        chair = person(session, "赵磊")
        handling.answer(session, number, None, "第二次的答复", Outcome.DONE, None, chair, LATER)
        assert (case.author_agrees, case.office_agrees, case.published_at) == (None, False, None)
        assert cases.seat_of(session, case, person(session, "陈静")) is None

    await institute.change(play)


async def test_an_author_who_hides_stays_hidden_when_their_account_is_unbound(institute: Institute) -> None:
    number = await filed(institute, "李梅", hidden=True)

    def play(session: Session) -> None:
        give(session, "赵磊", Role.HANDLER)
        session.flush()
        zhou = person(session, "周敏")
        screening.accept(session, number, None, zhou, LATER)
        handling.assign(session, number, None, unit(session, HOUSE), [], zhou, LATER)
        rating.rate(session, number, answered(session, number), Rating.POOR, person(session, "李梅"), LATER)
        binding.unbind(session, zhou, member(session, "李梅").id, LATER)
        case = cases.by_id(session, number)
        names = {steps.who(session, step) for step in steps.history(session, case, Seat.LEAD)}
        assert "周敏" in names
        assert not any("李梅" in name for name in names)
        assert steps.moved_on(session, case).params["who"] != "李梅"

    await institute.change(play)


async def test_what_its_author_took_back_is_nobody_elses_any_more(institute: Institute) -> None:
    number = await filed(institute, "李梅", preset="proposal")

    def play(session: Session) -> None:
        seconding.second(session, member(session, "陈静"), number, LATER)
        seconding.follow(session, member(session, "王强"), number, LATER)
        filing.withdraw(session, number, person(session, "李梅"), LATER)
        for who in ("陈静", "王强"):
            assert refused(cases.for_reader, session, number, person(session, who)) == "cases.unknown"

    await institute.change(play)


async def test_a_settled_repair_of_somebody_else_answers_as_one_that_does_not_exist(institute: Institute) -> None:
    def play(session: Session) -> None:
        machines.add(session, machines.read_lines("跑步机 健身房"), person(session, "周敏"), MONDAY)
        machine = machines.working(session)[0].id
        case = machines.report(
            session, member(session, "李梅"), machines.NewRepair(machine=machine, wrong="坏了"), MONDAY
        )
        rating.rate(session, case.id, answered(session, case.id), Rating.GOOD, person(session, "李梅"), LATER)
        chen = member(session, "陈静")
        assert refused(machines.join, session, chen, case.id, LATER) == "cases.unknown"
        assert refused(machines.join, session, chen, 999, LATER) == "cases.unknown"

    await institute.change(play)


async def test_a_comment_stays_with_its_draft(institute: Institute) -> None:
    private = await filed(institute, "王强")

    def play(session: Session) -> None:
        new = filing.NewSuggestion(title="第三条", wrong="太含糊了")
        comment = filing.hand_in(session, member(session, "李梅"), "comment", new, MONDAY, subject="draft:1")
        zhou = person(session, "周敏")
        assert screening.kinds_for(session, comment) == {}
        assert refused(screening.merge, session, comment.id, None, private, "", zhou, LATER) == "casework.bound"

    await institute.change(play)


async def test_no_officer_appoints_who_may_read_what_is_confidential(institute: Institute) -> None:
    def play(session: Session) -> None:
        kinds = {**PRESETS, "care": Preset(confidential=True)}
        session.info["house"] = House(cases=kinds, key=Fernet.generate_key(), admins=frozenset({ADMIN}))
        number = hand(session, "李梅", "家里的难处", MONDAY, preset="care")
        cases.by_id(session, number).unit_id = unit(session, HOUSE)
        session.flush()
        zhao = member(session, "赵磊").id
        no = refused(staffing.name_handler, session, person(session, "周敏"), zhao, LATER)
        assert no == "casework.sealed_department"
        give(session, "陈静", Role.ADMIN)
        session.flush()
        staffing.name_handler(session, person(session, "陈静"), zhao, LATER)

    await institute.change(play)


async def test_the_name_of_a_file_does_not_give_its_author_away(institute: Institute) -> None:
    number = await filed(institute, "李梅", hidden=True)

    def attach(session: Session) -> None:
        give(session, "赵磊", Role.HANDLER)
        for name, kind, content in (("李梅的申诉.pdf", "application/pdf", b"%PDF-1"), ("李梅.png", "image/png", PNG)):
            file = keep(session, name, kind, content, MONDAY)
            session.add(cases.Attachment(case_id=number, file_id=file.id, added_at=MONDAY))
        session.flush()
        zhou = person(session, "周敏")
        screening.accept(session, number, None, zhou, LATER)
        handling.assign(session, number, None, unit(session, HOUSE), [], zhou, LATER)

    await institute.change(attach)
    await institute.settle()
    zhao, zhou = institute.phone("赵磊"), institute.phone("周敏")
    before = len(institute.world.sent(chat=zhao.person.id))
    await zhao.forges(f"cases.files:{number}")
    shown = [str(call.params) for call in institute.world.sent(chat=zhao.person.id)[before:]]
    assert any("附件1.pdf" in one for one in shown)
    assert not any("李梅" in one for one in shown)
    await zhou.forges(f"cases.files:{number}")
    assert any("李梅的申诉.pdf" in str(call.params) for call in institute.world.sent(chat=zhou.person.id))
