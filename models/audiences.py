"""Audiences: whom something is for, as a small typed question to the roster.

The same question decides who receives a notice, who may sign up, who is greeted and who is reminded. It is kept as
JSON beside the thing it belongs to and asked anew each time, so that newcomers are in and leavers are out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from models.people import Account, Member, Sex, Unit

NAMED = re.compile(r"@([^\s@，,。；;：:]+)[：:，,]?\s*")
GROUP = re.compile(r"^@(?:职工群|大群|群里|群|group)[\s:：,，]+(.*)$", re.S | re.I)  # @群 明早停电: to the staff group
EVERYBODY = frozenset({"全体", "全体职工", "所有人", "大家", "everybody", "everyone", "all"})
WOMEN = frozenset({"女职工", "女同志", "女士", "women"})
MEN = frozenset({"男职工", "男同志", "男士", "men"})


class Audience(BaseModel):
    """Who is meant: everybody who works here and fits every line that is filled. Empty means everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: tuple[int, ...] = ()  # any of these departments
    sex: Sex | None = None
    kinds: tuple[str, ...] = ()  # any of these: 在编, 学生, 会员 …
    tags: tuple[str, ...] = ()  # any of these: 一线, 女职工委员 …
    members: tuple[int, ...] = ()  # only these people

    @property
    def everybody(self) -> bool:
        """Whether nobody is left out."""
        return self == Audience()

    def kept(self) -> dict[str, Any]:
        """As it is stored: only what is said."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def _has(self, kinds: list[str], tags: list[str]) -> bool:
        """The part that is asked of lists, which the two databases search differently."""
        if self.kinds and not set(self.kinds) & set(kinds):
            return False
        return not self.tags or bool(set(self.tags) & set(tags))


@dataclass(frozen=True)
class Headcount:
    """How many are meant, and how many of them a message can reach."""

    people: int
    unbound: int = 0  # on the roster, but not here yet
    blocked: int = 0  # here, but the bot may not write to them

    @property
    def reached(self) -> int:
        return self.people - self.unbound - self.blocked


@dataclass(frozen=True)
class Unknown:
    """Names after an @ that nobody here goes by."""

    names: tuple[str, ...]


def ids_of(session: Session, audience: Audience) -> list[int]:
    """The members who are meant, by number."""
    query = select(Member.id, Member.kinds, Member.tags).where(Member.left_on.is_(None)).order_by(Member.number)
    if audience.units:
        query = query.where(Member.unit_id.in_(audience.units))
    if audience.sex is not None:
        query = query.where(Member.sex == audience.sex)
    if audience.members:
        query = query.where(Member.id.in_(audience.members))
    return [number for number, kinds, tags in session.execute(query) if audience._has(kinds, tags)]


def members_of(session: Session, audience: Audience) -> list[Member]:
    """The same as rows of the roster."""
    return rows_of(session, ids_of(session, audience))


def rows_of(session: Session, numbers: Iterable[int]) -> list[Member]:
    """Members by their ids, in the roster's order; any number of them."""
    wanted = list(numbers)
    found: list[Member] = []
    for first in range(0, len(wanted), 900):
        query = select(Member).where(Member.id.in_(wanted[first : first + 900])).options(lazyload(Member.unit))
        found += session.scalars(query)
    return sorted(found, key=lambda member: member.number)


def count(session: Session, audience: Audience) -> Headcount:
    """How many are meant, and how many of them are out of reach."""
    wanted = set(ids_of(session, audience))
    here = dict(
        session.execute(select(Account.member_id, Account.reachable).where(Account.member_id.is_not(None))).all()
    )
    unbound = sum(1 for number in wanted if number not in here)
    blocked = sum(1 for number in wanted if here.get(number) is False)
    return Headcount(len(wanted), unbound, blocked)


def read(session: Session, text: str) -> tuple[Audience | Unknown | None, str]:
    """Read the `@光电子实验室 @女职工` at the beginning of a message, and what is left of it.

    None: nobody is named. Unknown: somebody is, whom we do not know; then nothing is guessed.
    """
    units = {name: number for number, name in session.execute(select(Unit.id, Unit.name))}
    kinds, tags = _words(session)
    found: dict[str, Any] = {"units": [], "kinds": [], "tags": [], "members": []}
    unknown: list[str] = []
    rest, named = text.lstrip(), False
    while match := NAMED.match(rest):
        name, named = match[1], True
        if name in units:
            found["units"].append(units[name])
        elif name.lower() in EVERYBODY:
            pass
        elif name.lower() in WOMEN:
            found["sex"] = Sex.WOMAN
        elif name.lower() in MEN:
            found["sex"] = Sex.MAN
        elif name in kinds:
            found["kinds"].append(name)
        elif name in tags:
            found["tags"].append(name)
        elif len(alike := _alike(name, units)) == 1:
            found["units"].append(units[alike[0]])
        elif len(same := _called(session, name)) == 1:
            found["members"].append(same[0])
        else:
            unknown.append(name)
        rest = rest[match.end() :]
    if not named:
        return None, text
    if unknown:
        return Unknown(tuple(unknown)), rest
    return Audience(**{key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}), rest


def names_of(session: Session, audience: Audience) -> dict[str, Any]:
    """The audience as parameters of the sentence that names it."""
    units = session.scalars(select(Unit.name).where(Unit.id.in_(audience.units)).order_by(Unit.name)).all()
    people = session.scalars(select(Member.name).where(Member.id.in_(audience.members)).order_by(Member.number)).all()
    return {
        "everybody": audience.everybody,
        "units": list(units),
        "sex": audience.sex.value if audience.sex else "",
        "kinds": list(audience.kinds),
        "tags": list(audience.tags),
        "people": list(people[:3]),
        "more": max(0, len(people) - 3),
    }


def _alike(name: str, units: Iterable[str]) -> list[str]:
    """Departments of which somebody typed a part."""
    return [unit for unit in units if name in unit]


def _called(session: Session, name: str) -> list[int]:
    query = select(Member.id).where(Member.name == name, Member.left_on.is_(None)).limit(2)
    return list(session.scalars(query))


def _words(session: Session) -> tuple[set[str], set[str]]:
    """Every kind and tag that somebody on the roster has."""
    kinds: set[str] = set()
    tags: set[str] = set()
    for has, bears in session.execute(select(Member.kinds, Member.tags).where(Member.left_on.is_(None))):
        kinds.update(has)
        tags.update(bears)
    return kinds, tags
