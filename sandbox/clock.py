"""What time it is in the sandbox: the real time, moved forward or back as far as somebody wishes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # Telegram counts the seconds from here
LATEST = datetime(3000, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class Alarm:
    """Something that happens by itself at a moment: a poll closes, a ban ends, an update is pushed again."""

    at: datetime
    run: Callable[[], None]


class Clock:
    """A clock that can be moved ("tomorrow, 08:59").

    It ticks by itself unless it was made with ``ticking=False``; then it stands still between moves.
    What happens by itself at a moment is set with ``alarm``; whoever must notice a move (the bot's own clock)
    registers with ``listen``.
    """

    def __init__(self, at: datetime | None = None, *, ticking: bool = True) -> None:
        self._ticking = ticking
        self._frozen = _aware(at) if at else datetime.now(UTC)
        self._offset = self._frozen - datetime.now(UTC) if at else timedelta()
        self.moved = timedelta()  # by hand, since the beginning
        self._listeners: list[Callable[[datetime], None]] = []
        self._alarms: list[Alarm] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> datetime:
        """The sandbox's moment, always with a zone (UTC)."""
        return datetime.now(UTC) + self._offset if self._ticking else self._frozen

    def seconds(self) -> int:
        """The same moment the way Telegram writes it: whole seconds since 1970."""
        return int(self.now().timestamp())

    def move(self, by: timedelta) -> datetime:
        """Move the clock by so much and tell the listeners; where no calendar reaches, it does not go."""
        if not EARLIEST - self.now() <= by <= LATEST - self.now():
            raise ValueError(f"the clock goes from {EARLIEST.year} to {LATEST.year}")
        self._offset += by
        self.moved += by
        self._frozen += by
        self.ring()
        now = self.now()
        for listener in list(self._listeners):
            listener(now)
        return now

    def set(self, to: datetime) -> datetime:
        """Move the clock to that moment and tell the listeners."""
        return self.move(_aware(to) - self.now())

    def listen(self, listener: Callable[[datetime], None]) -> Callable[[], None]:
        """Call ``listener(now)`` on every move; the answer is a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # What happens by itself

    def alarm(self, at: datetime, run: Callable[[], None]) -> Alarm:
        """Let something happen at that moment, by itself while the sandbox is served, or when the clock is moved."""
        alarm = Alarm(_aware(at), run)
        self._alarms.append(alarm)
        self._wind()
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """It shall not happen after all (nor is it wrong to say so twice)."""
        if alarm in self._alarms:
            self._alarms.remove(alarm)

    def forget_alarms(self) -> None:
        """Nothing is going to happen by itself any more."""
        self._alarms.clear()

    def ring(self) -> None:
        """Let happen what is due, the earliest first; an alarm may set others."""
        while due := [alarm for alarm in self._alarms if alarm.at <= self.now()]:
            first = min(due, key=lambda alarm: alarm.at)
            self._alarms.remove(first)
            first.run()
        self._wind()

    def run_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop whose timers make the alarms ring."""
        if self._loop is not loop:
            self._loop, self._timer = loop, None
            self._wind()

    def _wind(self) -> None:
        """Set the loop's timer to the next alarm; whoever moves the clock may do so from another thread."""
        if self._ticking and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._set_timer)

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._loop and self._alarms:
            wait = (min(alarm.at for alarm in self._alarms) - self.now()).total_seconds()
            self._timer = self._loop.call_later(max(wait, 0.001), self.ring)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
