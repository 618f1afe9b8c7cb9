"""What the page of one case says to somebody: its words, cut to fit a message; its history; what came with it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image
from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from models import case_views, cases, steps
from models.cases import Attachment, Case, CaseState, Seat
from models.files import File
from models.steps import NEWS, TOLD, Step, StepKind

INSIDE = (Seat.OFFICE, Seat.CHAIR, Seat.LEAD, Seat.CO)
ROOM = 3300  # of a message's 4,096 characters, for what people wrote; the rest of the page takes less than 700
CUTS = (900, 600, 400, 250)  # characters of each text, tried in turn until all fit
TEXTS = ("wrong", "wish", "answer", "draft")
PHOTO = 10 * 1024 * 1024  # bytes; what is larger, or very long and thin, goes as a file
SIDES, RATIO = 10_000, 20  # Telegram's limits for a photo: the sum of its sides, and how much longer one may be


@dataclass(frozen=True)
class Happening:
    """One line of a case's history."""

    kind: str
    at: datetime
    who: str  # only for those inside
    words: str


def facts_of(session: Session, case: Case, seat: Seat, now: datetime) -> dict[str, Any]:
    """Everything the page says to somebody in this seat; `cut` tells whether some words are only begun."""
    inside = seat in INSIDE
    last = cases.answer_of(session, case, released=True)
    draft = cases.answer_of(session, case, released=False) if inside else None
    facts = cases.facts_of(session, case, seat)
    texts = {"wrong": facts["wrong"], "wish": facts["wish"]}
    texts |= {"answer": last.words if last else "", "draft": draft.words if draft else ""}
    short, cut = shortened(texts)
    close = inside or seat in (Seat.AUTHOR, Seat.JOINED)
    return {
        **facts,
        **short,
        "cut": cut,
        "seat": seat.value,
        "inside": inside,
        "seconds": len(cases.seconds_of(session, case)),
        "planned_on": last.planned_on if last else None,
        "rating": last.rating.value if last and last.rating and close else "",
        "remark": last.remark if last and (inside or seat is Seat.AUTHOR) else "",
        "draft_outcome": draft.outcome.value if draft else "",
        "draft_planned_on": draft.planned_on if draft else None,
        "overdue": case_views.is_overdue(case, now),
        "reason": _reason(session, case, seat),
        "author_agrees": case.author_agrees,
        "office_agrees": case.office_agrees,
        "withheld": case.withheld,
    }


def shortened(texts: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    """The texts as they fit together into one message, and whether any had to be cut."""
    if sum(map(len, texts.values())) <= ROOM:
        return dict(texts), False
    for most in CUTS:
        short = {name: clip(text, most) for name, text in texts.items()}
        if sum(map(len, short.values())) <= ROOM:
            break
    return short, True


def clip(text: str, most: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def history(session: Session, case: Case, seat: Seat) -> list[Happening]:
    """What has happened, first first: those inside see who and why, the author why, everybody else what and when."""
    confidential = cases.preset_of(session, case).confidential
    return [
        Happening(
            step.kind.value,
            step.at,
            steps.who(session, step) if seat in INSIDE else "",
            step.words if not confidential and _why(step, seat) else "",
        )
        for step in steps.history(session, case, seat)
    ]


def _why(step: Step, seat: Seat) -> bool:
    """Whether the words that came with a step are for this seat."""
    if seat in INSIDE:
        return True
    if seat is Seat.AUTHOR:
        return step.kind in TOLD or step.kind is StepKind.RATED
    return step.kind in (NEWS if seat is not Seat.JOINED else TOLD)


def _reason(session: Session, case: Case, seat: Seat) -> str:
    """Why it was not taken up, in the office's own words."""
    if case.state is not CaseState.DECLINED or cases.preset_of(session, case).confidential:
        return ""
    query = select(Step).where(Step.case_id == case.id, Step.kind == StepKind.DECLINED).order_by(Step.number.desc())
    step = session.scalars(query.limit(1)).first()
    return step.words if step is not None and _why(step, seat) else ""


def count_attachments(session: Session, case: Case, seat: Seat) -> int:
    """How many photos and files somebody in this seat may see."""
    return session.scalar(select(func.count()).select_from(_attached(session, case, seat).subquery())) or 0


def attachments(session: Session, case: Case, seat: Seat) -> list[File]:
    """The photos and files of a case and of its answers; those of an answer on its way only for who works on it."""
    return list(session.scalars(_attached(session, case, seat)))


def _attached(session: Session, case: Case, seat: Seat) -> Any:
    query = select(File).join(Attachment, Attachment.file_id == File.id).where(Attachment.case_id == case.id)
    if cases.preset_of(session, case).confidential:
        query = query.where(false())
    if seat not in INSIDE:
        released = [answer.id for answer in cases.answers_of(session, case) if answer.released_at is not None]
        query = query.where(or_(Attachment.answer_id.is_(None), Attachment.answer_id.in_(released)))
    return query.order_by(Attachment.id)


def as_photo(kind: str, content: bytes) -> bool:
    """Whether Telegram takes it as a photo."""
    if kind not in ("image/jpeg", "image/png") or len(content) > PHOTO:
        return False
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return width + height <= SIDES and max(width, height) <= RATIO * min(width, height)


def texts_of(session: Session, case: Case, seat: Seat) -> dict[str, Any]:
    """All words of a case in full, for the pages of its long text."""
    last = cases.answer_of(session, case, released=True)
    draft = cases.answer_of(session, case, released=False) if seat in INSIDE else None
    return {
        "wrong": case.wrong,
        "wish": case.wish,
        "answer": last.words if last else "",
        "draft": draft.words if draft else "",
    }
