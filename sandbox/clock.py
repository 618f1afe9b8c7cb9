"""What time it is in the sandbox: the real time, moved forward or back as far as somebody wishes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that can be moved ("tomorrow, 08:59").

    It ticks by itself unless it was made with ``ticking=False``; then it stands still between moves.
    Whoever must notice a move (a poll that closes, the bot's own clock) registers with ``listen``.
    """

    def __init__(self, at: datetime | None = None, *, ticking: bool = True) -> None:
        self._ticking = ticking
        self._frozen = _aware(at) if at else datetime.now(UTC)
        self._offset = self._frozen - datetime.now(UTC) if at else timedelta()
        self.moved = timedelta()  # by hand, since the beginning
        self._listeners: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        """The sandbox's moment, always with a zone (UTC)."""
        return datetime.now(UTC) + self._offset if self._ticking else self._frozen

    def seconds(self) -> int:
        """The same moment the way Telegram writes it: whole seconds since 1970."""
        return int(self.now().timestamp())

    def move(self, by: timedelta) -> datetime:
        """Move the clock by so much and tell the listeners."""
        self._offset += by
        self.moved += by
        self._frozen += by
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


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
