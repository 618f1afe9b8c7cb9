"""Wordings: the words of a greeting. Several come with the program; officers change, add and leave out.

A wish has a code that stays while its words change: `s2` is the second that comes with the program, `o7` one that an
officer wrote. Whoever was greeted with a code is not greeted with it again the next time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Level, Privacy, Refused
from models.fields import Long
from models.occasions import Occasion
from models.people import Person
from models.traces import trace

LENGTH = 300  # characters; a card has room for about a hundred, and makes its letters smaller for more
MOST = 30  # wishes of one occasion
SHIPPED = {"birthday": 6, "anniversary": 3, "own": 2, "heat": 3, "cold": 3, "spring_festival": 3, "mid_autumn": 3}
OTHERWISE = 2  # how many come with the program for every other occasion, in either language


class NewWording(BaseModel):
    """What an officer says when they write a wish."""

    text: Annotated[str, Field(min_length=4, max_length=LENGTH), Long()]


class Wording(Base):
    """An officer's words for an occasion: a wish of their own, or instead of one that came with the program."""

    __tablename__ = "wordings"
    __table_args__ = (UniqueConstraint("occasion_id", "language", "shipped"),)
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    occasion_id: Mapped[int] = mapped_column(ForeignKey("occasions.id"), index=True)
    language: Mapped[str]
    shipped: Mapped[int | None]  # the number of the one whose place it takes
    text: Mapped[str]  # empty: that one is left out


@dataclass(frozen=True)
class Wish:
    """One of the possible wishes of an occasion."""

    code: str
    said: str | dict[str, Any]  # words, or {"say": the sentence in the locale}


def pool(session: Session, occasion: Occasion, language: str) -> list[Wish]:
    """All wishes that may be said, in an order that stays."""
    query = select(Wording).where(Wording.occasion_id == occasion.id, Wording.language == language)
    rows = list(session.scalars(query.order_by(Wording.id)))
    instead = {row.shipped: row.text for row in rows if row.shipped is not None}
    found: list[Wish] = []
    for number in range(1, SHIPPED.get(occasion.words, OTHERWISE) + 1):
        text = instead.get(number)
        if text is None:
            found.append(Wish(f"s{number}", {"say": f"greetings.wishes.{occasion.words}.{number}"}))
        elif text:
            found.append(Wish(f"s{number}", text))
    return found + [Wish(f"o{row.id}", row.text) for row in rows if row.shipped is None]


def choose(wishes: list[Wish], turn: int, last: str | None) -> Wish:
    """The wish whose turn it is; never the last one again while there is another."""
    left = [wish for wish in wishes if wish.code != last] or wishes
    return left[turn % len(left)]


def by_code(session: Session, occasion: Occasion, language: str, code: str) -> Wish:
    """One wish."""
    found = next((wish for wish in pool(session, occasion, language) if wish.code == code), None)
    if found is None:
        raise Refused("greetings.wish_gone")
    return found


def add(session: Session, occasion: Occasion, language: str, new: NewWording, by: Person, now: datetime) -> Wish:
    """One wish more."""
    if len(pool(session, occasion, language)) >= MOST:
        raise Refused("greetings.wishes_full", most=MOST)
    row = Wording(occasion_id=occasion.id, language=language, text=new.text)
    session.add(row)
    session.flush()
    trace(session, by, "greetings.worded", f"occasion:{occasion.id}", now, wording=row.id)
    return Wish(f"o{row.id}", row.text)


def change(
    session: Session, occasion: Occasion, language: str, code: str, new: NewWording, by: Person, now: datetime
) -> Wish:
    """Other words for a wish."""
    _put(session, occasion, language, by_code(session, occasion, language, code), new.text)
    trace(session, by, "greetings.worded", f"occasion:{occasion.id}", now, wish=code)
    return Wish(code, new.text)


def drop(session: Session, occasion: Occasion, language: str, code: str, by: Person, now: datetime) -> None:
    """Leave a wish out; one must remain."""
    wish = by_code(session, occasion, language, code)
    if len(pool(session, occasion, language)) == 1:
        raise Refused("greetings.last_wish")
    _put(session, occasion, language, wish, "")
    trace(session, by, "greetings.wish_dropped", f"occasion:{occasion.id}", now, wish=code)


def _put(session: Session, occasion: Occasion, language: str, wish: Wish, text: str) -> None:
    number = int(wish.code[1:])
    if wish.code.startswith("o"):
        row = session.get_one(Wording, number)
        if text:
            row.text = text
        else:
            session.delete(row)
    else:
        query = select(Wording).where(
            Wording.occasion_id == occasion.id, Wording.language == language, Wording.shipped == number
        )
        row_ = session.scalars(query).one_or_none()
        if row_ is None:
            session.add(Wording(occasion_id=occasion.id, language=language, shipped=number, text=text))
        else:
            row_.text = text
    session.flush()
