"""What every table shares: naming, moments with a time zone, privacy, and the polite no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Enum, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON, BigInteger, TypeDecorator


class Refused(Exception):
    """A rule says no. Carries a code; the sentence for it is in the locale, with these parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Level(StrEnum):
    """How personal the words of a table are."""

    PUBLIC = "S0"
    STAFF = "S1"  # name, department, sign-ups
    CONTACT = "S2"  # phone, birthday, prizes, what somebody wrote to us
    SENSITIVE = "S3"  # health, hardship, counselling, children: never through Telegram


@dataclass(frozen=True)
class Privacy:
    """Whose the words of a table are, and what becomes of them when that person asks to be forgotten.

    `whose` names the column that points to the person: `member_id` or `account_id`. With `forget` the rows go; else
    the columns named in `blank` take the value given there, and `keeps` says in one code why the rest stays.
    """

    level: Level
    whose: str | None = None
    forget: bool = False
    blank: Mapping[str, Any] = field(default_factory=dict)
    keeps: str = ""


class Moment(TypeDecorator[datetime]):
    """A moment with its time zone. SQLite forgets zones, so all are stored as UTC and come back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The parent of every table. A table must say its `privacy`; a test insists."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    privacy: ClassVar[Privacy]
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
        list[Any]: JSON,
    }


BigId = BigInteger()  # Telegram's ids pass 32 bits


def choice(enum: type[StrEnum]) -> Enum:
    """A column that holds one of the enum's values as text, so that a new value needs no migration of types."""
    return Enum(enum, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e])
