"""How Telegram slows down a bot that asks the same again and again, or that changes its webhook all the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox import errors

PATIENCE = 3.0  # seconds within which the same question, or one more conflict, counts as a loop
HASTE = 0.5
BETWEEN_WEBHOOKS = timedelta(seconds=1)


@dataclass
class Pace:
    """When the bot last asked what; moments are the machine's seconds, for it is the machine that is spared."""

    offset: int | None = None
    asked: float = 0.0
    conflict_at: float | None = None
    webhook_at: datetime | None = None

    def ask(self, offset: int, limit: int, timeout: int, now: float) -> tuple[int, int]:
        """The limit and timeout that a getUpdates call really gets."""
        if offset == self.offset:
            if timeout < PATIENCE and now < self.asked + PATIENCE:
                timeout = int(PATIENCE)
            if now < self.asked + HASTE:
                limit = 1
        self.offset, self.asked = offset, now
        return limit, timeout

    def conflict(self, now: float) -> float:
        """For how many seconds the news of a conflict is held back: not at all, but for the next ones soon after it."""
        if self.conflict_at is not None and now < self.conflict_at + PATIENCE:
            return PATIENCE
        self.conflict_at = now
        return 0.0

    def set_webhook(self, now: datetime) -> None:
        """Count one setWebhook call, or refuse it: one a second is enough."""
        if self.webhook_at is not None and timedelta() <= now - self.webhook_at < BETWEEN_WEBHOOKS:
            raise errors.flood(1)
        self.webhook_at = now
