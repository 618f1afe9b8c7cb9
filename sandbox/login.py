"""Whether the bot is logged in here, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sandbox import errors

REST = timedelta(minutes=10)  # how soon after a launch a bot may not close, and after a logOut not come back


@dataclass
class Login:
    """The life of one session: it begins with the first call, and ends with close or logOut."""

    launched: datetime | None = None
    left: datetime | None = None

    def away(self, now: datetime) -> bool:
        """Whether the bot logged out a short while ago."""
        return self.left is not None and timedelta() <= now - self.left < REST

    def enter(self, now: datetime) -> bool:
        """The bot calls; whether this launches it. Whoever logged out must stay away for ten minutes."""
        if self.away(now):
            raise errors.LOGGED_OUT
        if self.launched is not None:
            return False
        self.launched, self.left = now, None
        return True

    def close(self, now: datetime) -> None:
        """End the session, or refuse it to a bot that has just been launched; the next call begins another."""
        if self.launched is not None and timedelta() <= now - self.launched < REST:
            raise errors.flood(ceil((self.launched + REST - now).total_seconds()))
        self.launched = None

    def log_out(self, now: datetime) -> None:
        """End the session for good (for ten minutes)."""
        self.launched, self.left = None, now
