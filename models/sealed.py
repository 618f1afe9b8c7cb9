"""What is sealed, for those entitled to it: the words and papers of confidential cases, never through the chat.

Whoever has a seat at the case reads it: its author, the counsellors, the handlers of the department it was given to.
Every reading leaves a trace that says who and when.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, files, sealing, steps
from models.base import Refused
from models.cases import Answer, Attachment, Case, Outcome, Seat
from models.files import SEALED, File
from models.people import Person
from models.steps import Step, StepKind
from models.traces import trace

READERS = (Seat.AUTHOR, Seat.OFFICE, Seat.LEAD, Seat.CO)
NEWEST = 20  # sealed files that are tried when the key is looked at; words are tried all
_INSIDE = (Seat.OFFICE, Seat.LEAD, Seat.CO)


@dataclass(frozen=True)
class Said:
    """Words that were said about a case after it was handed in: an answer, or the reason of a step."""

    at: datetime
    words: str
    kind: StepKind | None = None  # of the step; None: an answer
    outcome: Outcome | None = None
    released: bool = True


@dataclass(frozen=True)
class Words:
    """Everything that is written in a confidential case, as far as this reader may read it."""

    title: str
    wrong: str
    wish: str
    place: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Paper:
    """A photo or document of a confidential case, opened."""

    id: int  # of the attachment
    name: str
    kind: str
    content: bytes


def words_of(session: Session, number: int, person: Person, now: datetime) -> Words:
    """The words of a confidential case. Who may not read it hears the same as of one that does not exist."""
    case, seat = _open(session, number, person)
    said = {"title": case.title, "wrong": case.wrong, "wish": case.wish, "place": case.place or ""}
    if case.sealed is not None:
        said.update(sealing.unseal(session, case.sealed))
    trace(session, person, "cases.read", f"case:{case.id}", now)
    names = ("title", "wrong", "wish", "place")
    return Words(**{name: str(said.get(name) or "") for name in names}, said=tuple(_said(session, case, seat)))


def attach(
    session: Session, number: int, name: str, kind: str, content: bytes, by: Person, now: datetime
) -> Attachment:
    """Keep a photo or document with a confidential case, sealed. The bytes have been cleaned (`papers.clean`)."""
    case, _ = _open(session, number, by)
    token = sealing.seal_file(session, name, kind, content)
    file = files.keep(session, "", SEALED, token, now)  # its name may say too much, so it is inside
    found = Attachment(case_id=case.id, file_id=file.id, added_at=now)
    session.add(found)
    session.flush()
    trace(session, by, "cases.attached", f"case:{case.id}", now, attachment=found.id)
    return found


def papers_of(session: Session, number: int, person: Person, now: datetime) -> list[Paper]:
    """The photos and documents of a confidential case, opened."""
    case, seat = _open(session, number, person)
    query = select(Attachment.id, Attachment.answer_id, File.content).join(File, File.id == Attachment.file_id)
    found = []
    for attachment, answer, content in session.execute(query.where(Attachment.case_id == case.id, File.kind == SEALED)):
        if answer is not None and seat not in _INSIDE and not session.get_one(Answer, answer).released_at:
            continue
        found.append(Paper(attachment, *sealing.unseal_file(session, content)))
    trace(session, person, "cases.read", f"case:{case.id}", now, papers=len(found))
    return found


def closed(session: Session) -> tuple[int, int]:
    """How much is sealed, and how much of it the keys of the settings do not open; for the doctor."""
    count = unopened = 0
    for sealed in _everything(session):
        count += 1
        try:
            sealing.anew(session, sealed)
        except Refused:
            unopened += 1
    return count, unopened


def reseal(session: Session) -> int:
    """Seal everything anew under the key that seals now; after that the old keys may go. Returns how much it was."""
    count = 0
    for row in _rows(session):
        assert row.sealed is not None
        row.sealed = sealing.anew(session, row.sealed)
        count += 1
    for number in session.scalars(select(File.id).where(File.kind == SEALED)).all():
        file = session.get_one(File, number)
        file.content = sealing.anew(session, file.content)
        session.flush()
        session.expire(file)  # one file's bytes at a time
        count += 1
    return count


def _rows(session: Session) -> Iterator[Case | Step | Answer]:
    yield from session.scalars(select(Case).where(Case.sealed.is_not(None))).unique()
    yield from session.scalars(select(Step).where(Step.sealed.is_not(None)))
    yield from session.scalars(select(Answer).where(Answer.sealed.is_not(None)))


def _everything(session: Session) -> Iterator[bytes]:
    yield from (row.sealed for row in _rows(session) if row.sealed is not None)
    newest = select(File.content).where(File.kind == SEALED).order_by(File.id.desc())
    yield from session.scalars(newest.limit(NEWEST))


def _open(session: Session, number: int, person: Person) -> tuple[Case, Seat]:
    case, seat = cases.for_reader(session, number, person)
    if seat not in READERS or not cases.preset_of(session, case).confidential:
        raise Refused("cases.unknown")
    return case, seat


def _said(session: Session, case: Case, seat: Seat) -> Iterator[Said]:
    found = []
    for step in steps.history(session, case, seat):
        words = step.words or (sealing.unseal(session, step.sealed) if step.sealed is not None else "")
        if words:
            found.append(Said(step.at, words, kind=step.kind))
    for answer in cases.answers_of(session, case):
        if answer.released_at is not None or seat in _INSIDE:
            words = answer.words or (sealing.unseal(session, answer.sealed) if answer.sealed is not None else "")
            released = answer.released_at is not None
            found.append(Said(answer.released_at or answer.made_at, words, outcome=answer.outcome, released=released))
    yield from sorted(found, key=lambda each: each.at)
