"""Lanes: one person's updates one after the other, different people at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger(__name__)

Item = tuple[int, str]  # update id and raw text


def lane_of(update: dict[str, Any]) -> int:
    """Whose update this is: the person's id, else the chat's, else everybody's lane."""
    for part in update.values():
        if not isinstance(part, dict):
            continue
        for who in ("from", "user", "chat"):
            found = part.get(who)
            if isinstance(found, dict) and isinstance(found.get("id"), int):
                return int(found["id"])
    return 0


class Lanes:
    """Runs `handle` for every item: in order within a lane, up to `width` lanes at once."""

    def __init__(self, handle: Callable[[int, str], Awaitable[None]], width: int = 32) -> None:
        self._handle = handle
        self._open = asyncio.Semaphore(width)
        self._waiting: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._shorter = asyncio.Event()
        self.length = 0

    def put(self, lane: int, item: Item) -> None:
        """Queue an item; its lane starts moving by itself."""
        self.length += 1
        queue = self._waiting.get(lane)
        if queue is not None:
            queue.append(item)
            return
        self._waiting[lane] = deque([item])
        task = asyncio.create_task(self._drain(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, lane: int) -> None:
        queue = self._waiting[lane]
        try:
            while queue and not self._closing:
                async with self._open:
                    if self._closing:
                        break
                    item = queue.popleft()
                    try:
                        await self._handle(*item)
                    except Exception:  # a bug; the person's next words must not wait behind it for ever
                        log.exception("update %d was left behind", item[0])
                    finally:
                        self.length -= 1
                        self._shorter.set()
        finally:
            del self._waiting[lane]

    async def below(self, length: int) -> None:
        """Wait until at most this many items are in memory."""
        while self.length > length:
            self._shorter.clear()
            await self._shorter.wait()

    async def idle(self) -> None:
        """Wait until nothing is waiting."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self, grace: float = 4.0) -> None:
        """Let what is running end, leave the rest in the inbox for the next start. Waits `grace` seconds at most."""
        self._closing = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
