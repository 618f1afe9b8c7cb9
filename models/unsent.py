"""What is written and not sent: whoever stopped in the middle of handing something in, or of answering, is asked.

Nothing is ever "saved but not sent" without a word: the same day, and the two days after, the house asks whether to go
on or to let it go.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import letters
from models.drafts import Draft
from models.house import house
from models.letters import Grade, Letter
from models.people import Account, Member

# Forms in which a case is handed in, answered or decided. Searches and settings may be left lying.
FORMS = ("proposals.", "suggestions.", "casework.", "repairs.", "consultations.", "ratings.")
NOT = (".find", ".search", ".filter")
SINCE, UNTIL = time(16, 30), time(21)  # of the day, here
BUSY = timedelta(minutes=30)  # touched since: it is being filled at this moment
DAYS = timedelta(days=3)  # so long it is asked about; then it lies until it is forgotten


def remind_unsent(session: Session, now: datetime) -> None:
    """Ask everybody with a half-filled form of a case whether to go on or to let it go, once a day. A tick."""
    local = house(session).local(now)
    if not SINCE <= local.time() < UNTIL:
        return
    drafts = select(Draft, Account).join(Account, Account.id == Draft.account_id).join(Member)
    drafts = drafts.where(Member.left_on.is_(None), Draft.touched_at > now - DAYS, Draft.touched_at <= now - BUSY)
    for draft, account in session.execute(drafts).unique():
        if not _matters(draft):
            continue
        letters.post(
            session,
            f"draft:{account.id}:{draft.form}:{local.date()}",
            account,
            "reminders.unsent",
            now,
            grade=Grade.PERISHABLE,
            expires_at=now + timedelta(hours=24),
            check="drafts.unsent",
            buttons=[
                [letters.button("ratings.resume", draft.form)],
                [letters.button("ratings.drop", draft.form)],
            ],
            form=draft.form,
        )


def _matters(draft: Draft) -> bool:
    """Whether something has been said in it, and it is of those that somebody waits for."""
    said = bool(draft.answers) and not (draft.pending or {}).get("fresh")
    return said and draft.form.startswith(FORMS) and not draft.form.endswith(NOT)


@letters.check("drafts.unsent")
def _unsent(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the form still lies there."""
    draft = session.get(Draft, letter.chat_id)
    return draft is not None and draft.form == letter.params["form"] and _matters(draft)
