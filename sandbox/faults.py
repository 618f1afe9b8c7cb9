"""Trouble on demand, so that tests see what a bot does when Telegram or the line fails; and the flood limits."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, with_config

from sandbox import errors
from sandbox.errors import ApiError

Kind = Literal["error", "silence", "drop", "delay"]
NotNegative = Annotated[int, Field(ge=0)]


@with_config(ConfigDict(extra="forbid"))
@dataclass
class Fault:
    """One kind of trouble, and how often it strikes.

    ``kind``: ``error`` answers with ``code`` (429 with ``retry_after``, 5xx, or any other with its ``description``);
    ``silence`` never answers; ``drop`` breaks the connection; ``delay`` only takes ``delay`` seconds longer.
    ``after`` says whether the call takes effect first (the bot cannot know: the cruellest case).
    """

    kind: Kind = "error"
    method: str = ""  # empty: any method but getUpdates
    chat_id: int | None = None
    times: Annotated[int, Field(ge=1)] = 1
    skip: NotNegative = 0  # let so many matching calls pass first
    after: bool = False
    code: Annotated[int, Field(ge=400, le=599)] = 500
    description: str = ""
    retry_after: NotNegative = 1
    delay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    contains: str = ""  # strikes only where the text or caption contains this

    def matches(self, method: str, chat_id: object, text: str) -> bool:
        """Whether this call is meant."""
        if self.method:
            if method.lower() != self.method.lower():
                return False
        elif method == "getUpdates":
            return False
        if self.chat_id is not None and str(chat_id) != str(self.chat_id):
            return False
        return self.contains in text

    def error(self) -> ApiError:
        """The refusal of an ``error`` fault."""
        if self.code == 429:
            return errors.flood(self.retry_after)
        return ApiError(self.code, self.description) if self.description else errors.broken(self.code)


@dataclass
class Faults:
    """The trouble that was ordered and has not struck yet."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Order some trouble."""
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Call it all off."""
        self.waiting.clear()

    def strike(self, method: str, chat_id: object, text: str) -> Fault | None:
        """The trouble for this call, if any; it counts as used."""
        for fault in self.waiting:
            if fault.matches(method, chat_id, text):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


@dataclass
class Flood:
    """How fast a bot may send: 30 a second, 1 a second to one person (short bursts pass), 20 a minute to a group.

    Telegram does not publish its algorithm; these are the numbers it names in its FAQ. Off unless ``on``.
    """

    on: bool = False
    per_second: int = 30
    private_burst: int = 3
    group_per_minute: int = 20
    _all: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=dict)

    def check(self, chat_id: int, private: bool, now: datetime, count: int = 1) -> None:
        """Count so many messages to that chat, or refuse them all with the seconds to wait.

        An album is so many messages. One that is larger than the limit needs a chat that was quiet, and the chat then
        stays closed for as long as its messages would have taken one by one.
        """
        if not self.on:
            return
        moment = now.timestamp()
        _forget(self._all, moment - 1)
        recent = self._chats.setdefault(chat_id, deque())
        # To a person: a burst of three, but not more than three in three seconds.
        span, limit = (float(self.private_burst), self.private_burst) if private else (60.0, self.group_per_minute)
        _forget(recent, moment - span)
        if recent and (over := len(recent) + count - limit) > 0:
            raise errors.flood(max(1, ceil(recent[min(over, len(recent)) - 1] + span - moment)))
        if self._all and len(self._all) + count > self.per_second:
            raise errors.flood(1)
        recent.extend(moment + max(0, number + 1 - limit) * span / limit for number in range(count))
        self._all.extend([moment] * count)


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
