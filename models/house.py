"""What a domain function may know of the house's settings; it travels with the session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.presets import PRESETS, Preset


@dataclass(frozen=True)
class House:
    """The few settings that decide what is true, as opposed to how it is said."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    language: str = "zh_CN"
    admins: frozenset[int] = field(default_factory=frozenset)
    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)
    leads: tuple[int, ...] = (1440, 60)  # minutes before an event
    gift_caps: Mapping[str, int] = field(default_factory=dict)  # kind of gift → fen a member and year; absent: no cap
    cases: Mapping[str, Preset] = field(default_factory=lambda: PRESETS)
    key: bytes | None = field(default=None, repr=False)  # what confidential cases are sealed with
    old_keys: tuple[bytes, ...] = field(default=(), repr=False)  # these open what was sealed before, and seal nothing

    def local(self, moment: datetime) -> datetime:
        """The moment on the wall clock here."""
        return moment.astimezone(self.zone)


def house(session: Session) -> House:
    """The house this session belongs to."""
    found = session.info["house"]
    assert isinstance(found, House)
    return found
