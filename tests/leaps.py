"""Time that leaps: an event loop whose clock jumps to the next timer, so that a minute of waiting takes no time."""

import asyncio
import random
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sandbox.clock import Clock
from sandbox.server import Sandbox
from tests.wire import Wire

Result = TypeVar("Result")
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class _Leap(selectors.DefaultSelector):
    """Never waits for a timer; still waits for threads when there is no timer at all."""

    moment = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout:
            self.moment += timeout
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop in which only the sum of all waits passes."""

    def __init__(self) -> None:
        self.leap = _Leap()
        super().__init__(self.leap)

    def time(self) -> float:
        return self.leap.moment


class LeapingClock(Clock):
    """The wall clock that goes with it."""

    def __init__(self) -> None:
        super().__init__(START, ticking=False)
        self.ahead = 0.0  # seconds the wall went on while no loop ran

    def now(self) -> datetime:
        try:
            return START + timedelta(seconds=self.ahead + monotonic())
        except RuntimeError:
            return START


def monotonic() -> float:
    return asyncio.get_running_loop().time()


def leaping(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it to its end in leaping time."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(work)


class Far(Wire):
    """Telegram at a distance: calls take 20 to 80 ms, and their moments of arrival are noted."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.arrivals: list[tuple[float, str, str]] = []  # moment, method, chat
        self._chance = random.Random(7)

    async def do_request(self, url: str, method: str, request_data: Any = None, **more: Any) -> tuple[int, bytes]:
        await asyncio.sleep(self._chance.uniform(0.01, 0.04))
        chat = str((request_data.parameters if request_data else {}).get("chat_id", ""))
        self.arrivals.append((monotonic(), url.rsplit("/", 1)[1], chat))
        answer = await super().do_request(url, method, request_data, **more)
        await asyncio.sleep(self._chance.uniform(0.01, 0.04))
        return answer

    def moments(self, chat: int | None = None) -> list[float]:
        """When messages arrived: all, or those for one chat."""
        return [
            moment
            for moment, name, to in self.arrivals
            if name.startswith(("send", "edit")) and chat in (None, int(to or 0))
        ]


def most_in(moments: list[float], window: float) -> int:
    """The most that happened in any stretch of so many seconds."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - window:
            first += 1
        most = max(most, last - first + 1)
    return most
