"""What runs for ever: a failing storage is waited for, and is no reason to end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

FIRST, LONGEST = 0.5, 30.0  # seconds of rest after a failure; they double


async def forever(what: str, step: Callable[[], Awaitable[None]]) -> None:
    """Take the step again and again; what it could not do while the storage failed, the next one does."""
    pause = FIRST
    while True:
        try:
            await step()
            pause = FIRST
        except DBAPIError as error:
            log.warning("%s wait: storage failed (%s); again in %.1f s", what, type(error).__name__, pause)
            await asyncio.sleep(pause)
            pause = min(LONGEST, pause * 2)
