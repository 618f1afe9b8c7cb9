"""Filing: how a case is handed in, and taken back by its author; and which others are like it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import cases, likeness, sealing, seconding, steps
from models.base import Refused
from models.cases import CLOSED, UNANSWERED, Attachment, Case, CaseState, Seat, Second
from models.fields import Files, Given, Long, Pick, When
from models.house import house
from models.people import Account, Member, Person, Unit
from models.presets import Preset
from models.steps import StepKind

FILED_HERE = ("proposal", "suggestion")  # of the house's own kinds; repairs and comments have doors of their own
TITLE = 60  # characters
LOOKED_AT = 800  # open cases, the newest, that a new one is compared with
SHOWN = 3  # of those that are like it


def themes(session: Session) -> list[tuple[str, str]]:
    """What a case may be about, by the settings of all kinds that are handed in here."""
    found = [theme for kind in kinds(session) for theme in house(session).cases[kind].themes]
    return [(theme, theme) for theme in dict.fromkeys(found)]


def colleagues(session: Session) -> list[tuple[int, str]]:
    """Whom one can ask by name: who works here and is bound. A name that several bear comes with the department."""
    query = (
        select(Member.id, Member.name, Unit.name)
        .join(Account, Account.member_id == Member.id)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .where(Member.left_on.is_(None))
        .order_by(Member.number)
    )
    rows = session.execute(query).all()
    names = Counter(name for _, name, _ in rows)
    return [(number, name if names[name] == 1 else f"{name} · {unit or number}") for number, name, unit in rows]


def colleague(session: Session, number: int) -> str | None:
    """The name of somebody who was chosen, bound or not."""
    found = session.get(Member, number)
    return found.name if found else None


class NewSuggestion(BaseModel):
    """An opinion or a suggestion: it goes to the office at once."""

    preset: Annotated[str, Given()] = "suggestion"
    hideable: Annotated[bool, Given()] = True
    title: Annotated[str, Field(min_length=2, max_length=TITLE)]
    wrong: Annotated[str, Field(min_length=2, max_length=1500), Long()]
    wish: Annotated[str | None, Field(max_length=800), Long()] = None
    files: Annotated[list[int], Files()] = []
    theme: Annotated[str | None, Pick(themes)] = None
    hidden: Annotated[bool, When(lambda answers: answers.get("hideable", True), required=True)] = False


class NewProposal(NewSuggestion):
    """A proposal: colleagues may second it."""

    preset: Annotated[str, Given()] = "proposal"
    shared: Annotated[bool, When(lambda answers: True, required=True)] = True
    seconders: Annotated[
        list[int], Field(max_length=10), Pick(colleagues, colleague), When(lambda answers: answers["shared"])
    ] = []


@dataclass(frozen=True)
class Alike:
    """An open case that is like another."""

    number: int
    title: str
    likeness: float
    preset: str
    kind: dict[str, str]
    state: CaseState
    seconds: int = 0
    mine: bool = False  # who asks has seconded it


def kinds(session: Session) -> list[str]:
    """The kinds that are handed in by hand: proposals, suggestions, and what the settings have added with a name."""
    found = house(session).cases
    return [name for name, rules in found.items() if (name in FILED_HERE or rules.name) and not rules.confidential]


def hand_in(
    session: Session,
    member: Member,
    preset: str,
    new: BaseModel,
    now: datetime,
    *,
    subject: str | None = None,
    place: str | None = None,
    since: datetime | None = None,
) -> Case:
    """Hand a case in. It looks for seconders if its kind needs some, or goes to its department, or to the office.

    `new` says what it has of title, wrong, wish, place, theme, files, hidden, shared and seconders. Whoever wants no
    seconders for a kind that needs them hands in the kind that needs none. What is answered together with others is
    due so many days `since` a later moment, and calls nobody before.
    """
    said = _Said(new)
    rules = house(session).cases.get(preset)
    if rules is None:
        raise Refused("proposals.no_such_kind")
    if rules.seconders and not said.flag("shared"):
        preset = rules.unseconded
        rules = house(session).cases.get(preset, Preset())
    files = said.value("files") or []
    if rules.confidential and files:
        raise Refused("proposals.no_files")  # they would lie open, in Telegram and here
    case = Case(
        preset=preset, state=CaseState.RECEIVED, author_id=member.id, subject=subject, filed_at=now, begun_at=now
    )
    case.hidden = rules.hidden and said.flag("hidden")
    words = {name: said.text(name) for name in ("title", "wrong", "wish")} | {"place": place or said.text("place")}
    if rules.confidential:
        case.sealed = sealing.seal(session, words)
    else:
        case.title, case.wrong, case.wish = words["title"], words["wrong"], words["wish"]
        case.place = words["place"] or None
        case.shared = said.flag("shared")
        case.theme = said.text("theme") if said.text("theme") in rules.themes else None
    session.add(case)
    session.flush()
    session.add_all(Attachment(case_id=case.id, file_id=number, added_at=now) for number in dict.fromkeys(files))
    seconded = rules.seconders and case.shared
    if seconded:
        steps.enter(session, case, CaseState.SECONDING, now, steps.term(session, now, rules.second_days))
    else:
        seconding.put_on_desk(session, case, now, since=since)
    by = seconding.as_person(session, member)
    steps.take(session, case, StepKind.FILED, now, by if by.account.id else None)
    if seconded:
        seconding.ask_seconders(session, case, said.value("seconders") or [], now)
    elif since is None:
        seconding.call(session, case, now)
    return case


def withdraw(session: Session, number: int, by: Person, now: datetime, *, turn: int | None = None) -> Case:
    """The author takes the case back, as long as it is not answered and nobody else's has been merged into it."""
    case, seat = cases.for_reader(session, number, by, lock=True)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    if case.state is CaseState.WITHDRAWN:
        return case  # a second tap
    steps.expect(case, turn, *UNANSWERED, session=session)
    if session.scalars(select(Case.id).where(Case.merged_into == case.id).limit(1)).first() is not None:
        raise Refused("proposals.others_joined")
    desk = [] if case.state is CaseState.SECONDING else steps.readers_at(session, case)
    supporters = [(f"m{each.member_id}", each.member) for each in cases.seconds_of(session, case)]
    steps.enter(session, case, CaseState.WITHDRAWN, now)
    steps.take(session, case, StepKind.WITHDRAWN, now, by)
    facts = cases.facts_of(session, case, Seat.COLLEAGUE)
    said = {name: facts[name] for name in ("preset", "kind", "title")}
    steps.post(session, case, "withdrawn", [*desk, *supporters], "proposals.withdrawn_news", now, buttons=[], **said)
    return case


def similar(
    session: Session, title: str, words: str, *, by: Person | None, apart_from: int | None = None
) -> list[Alike]:
    """Open cases that are like these words, the likest first. `by` sees what every colleague may read anyway, and not
    their own; None is the office, which sees all."""
    wanted = likeness.weigh(title, words)
    presets = house(session).cases
    query = select(Case.id, Case.title, Case.wrong, Case.wish, Case.preset, Case.state)
    query = query.where(Case.state.not_in(CLOSED), Case.sealed.is_(None), Case.id != (apart_from or 0))
    if by is not None:
        query = query.where(
            Case.shared, or_(Case.author_id.is_(None), Case.author_id != (by.member.id if by.member else 0))
        )
    found = []
    for number, name, wrong, wish, preset, state in session.execute(query.order_by(Case.id.desc()).limit(LOOKED_AT)):
        rules = presets.get(preset, Preset())
        share = likeness.likeness(wanted, likeness.weigh(name, f"{wrong}\n{wish}"))
        if share >= likeness.ALIKE and not rules.confidential:
            found.append(Alike(number, name, share, preset, dict(rules.name), state))
    likest = sorted(found, key=lambda each: (-each.likeness, each.number))[:SHOWN]
    return [_counted(session, each, by) for each in likest]


def _counted(session: Session, alike: Alike, by: Person | None) -> Alike:
    names = set(session.scalars(select(Second.member_id).where(Second.case_id == alike.number)))
    mine = by is not None and by.member is not None and by.member.id in names
    return replace(alike, seconds=len(names), mine=mine)


@dataclass(frozen=True)
class _Said:
    """What a form holds, whichever form it is."""

    new: BaseModel

    def value(self, name: str) -> Any:
        return getattr(self.new, name, None)

    def text(self, name: str) -> str:
        return str(self.value(name) or "")

    def flag(self, name: str) -> bool:
        return bool(self.value(name))
