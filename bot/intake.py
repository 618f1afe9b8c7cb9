"""Intake: pulls a batch, writes it down as it came, and only then lets Telegram forget it.

Parsing comes later: an update that cannot be parsed must not make the bot fetch the same batch for ever. A storage
error is waited out; it never ends the pulling. Alive means "the last successful pull", not "running".
"""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bot.clock import Clock
from bot.lanes import Lanes, lane_of
from bot.units import Units
from models import inbox

log = logging.getLogger(__name__)

ALLOWED = ["message", "callback_query", "my_chat_member", "poll", "poll_answer"]
WAIT = 50  # seconds Telegram holds an empty answer back; its own upper limit
BACKLOG = 5_000  # updates in memory at most; the rest stays with Telegram
CONFLICT = 60  # seconds of "another poller" after which we give up: somebody runs a second bot with our token


class Intake:
    """The one puller."""

    def __init__(
        self,
        bot: ExtBot[Any],
        pulls: BaseRequest,
        units: Units,
        clock: Clock,
        lanes: Lanes,
        wait: int = WAIT,
        patience: float = CONFLICT,
    ) -> None:
        self._bot = bot
        self._pulls = pulls
        self._units = units
        self._clock = clock
        self._lanes = lanes
        self._wait = wait
        self._patience = patience
        self.pulled_at: float | None = None  # monotonic seconds of the last successful pull

    async def resume(self) -> int:
        """Take up what was written down and not done before the last stop. Returns how many."""

        left = await self._units.read(inbox.waiting)
        for number, raw in left:
            self._lanes.put(lane_of(json.loads(raw)), (number, raw))
        return len(left)

    async def run(self) -> None:
        """Pull until cancelled. Raises only when pulling is hopeless: a wrong token, a second bot."""
        offset: int | None = None
        pause = 0.0
        conflict_since: float | None = None
        while True:
            if pause:
                await asyncio.sleep(pause)
            await self._lanes.below(BACKLOG)
            try:
                batch = await self._pull(offset)
                await self._keep(batch)
            except InvalidToken:
                raise
            except Conflict:
                conflict_since = conflict_since or time.monotonic()
                if time.monotonic() - conflict_since > self._patience:
                    raise
                log.warning("another poller uses our token")
                pause = 3.0
            except RetryAfter as error:
                after = error.retry_after
                pause = after.total_seconds() if not isinstance(after, int | float) else float(after)
            except (TelegramError, SQLAlchemyError, OSError) as error:
                # the batch was not confirmed: Telegram gives it again
                pause = min(30.0, max(0.5, pause * 2))
                log.warning("pulling failed (%s); again in %.1f s", type(error).__name__, pause)
            except Exception:  # a bug, or an answer like none before: the next pull may be an ordinary one
                pause = min(30.0, max(0.5, pause * 2))
                log.exception("pulling failed; again in %.1f s", pause)
            else:
                pause, conflict_since = 0.0, None
                self.pulled_at = time.monotonic()
                if batch:
                    offset = int(batch[-1]["update_id"]) + 1

    async def _pull(self, offset: int | None) -> list[dict[str, Any]]:
        """Updates as they are on the wire; the library's own method would parse them and stumble over a strange one."""
        wishes = {"timeout": self._wait, "limit": 100, "allowed_updates": json.dumps(ALLOWED)}
        if offset is not None:
            wishes["offset"] = offset
        url = f"{self._bot.base_url}/getUpdates?{urlencode(wishes)}"
        answer: Any = await self._pulls.post(url, read_timeout=self._wait + 15)
        batch = [update for update in answer if isinstance(update, dict) and _numbered(update)]
        if len(batch) < len(answer):
            log.error("%d of %d updates have no number that can be kept", len(answer) - len(batch), len(answer))
            if not batch:
                raise ValueError("nothing here can be confirmed")
        return batch

    async def _keep(self, batch: list[dict[str, Any]]) -> None:
        """Write the batch down in one transaction, then hand on what is new."""
        if not batch:
            return

        now = self._clock.now()
        new = set(await self._units.write(lambda session: inbox.keep(session, batch, now)))
        for update in batch:
            if update["update_id"] in new:
                self._lanes.put(lane_of(update), (update["update_id"], json.dumps(update)))


def _numbered(update: dict[str, Any]) -> bool:
    number = update.get("update_id")
    return isinstance(number, int) and 0 <= number < 2**63 - 1
