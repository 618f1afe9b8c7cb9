"""Lanes: order for one person, freedom between people, and what a hostile update may not break."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.lanes import Lanes, lane_of


async def test_one_person_in_order_and_different_people_at_once() -> None:
    seen: list[tuple[int, str]] = []
    running = most = 0

    async def handle(number: int, raw: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001 * (number % 3))
        seen.append((number, raw))
        running -= 1

    lanes = Lanes(handle, width=8)
    for number in range(200):
        lanes.put(number % 20, (number, str(number % 20)))
    await lanes.idle()
    assert len(seen) == 200
    for lane in range(20):
        mine = [number for number, raw in seen if raw == str(lane)]
        assert mine == sorted(mine)
    assert 1 < most <= 8
    assert lanes.length == 0


async def test_closing_lets_what_runs_end_and_leaves_the_rest() -> None:
    seen: list[int] = []

    async def handle(number: int, raw: str) -> None:
        await asyncio.sleep(0.01)
        seen.append(number)

    lanes = Lanes(handle, width=1)
    for number in range(50):
        lanes.put(1, (number, ""))
    await asyncio.sleep(0.005)
    await lanes.close()
    assert seen == [0]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: (
        st.lists(children) | st.dictionaries(st.text() | st.sampled_from(["from", "id", "chat"]), children)
    ),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text() | st.sampled_from(["message", "callback_query"]), json, max_size=4))
def test_any_update_has_a_lane(update: dict[str, object]) -> None:
    assert isinstance(lane_of(update), int)
