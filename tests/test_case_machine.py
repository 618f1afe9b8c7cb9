"""No case is forgotten, whatever happens: random histories, searched and shrunk by hypothesis.

`python -m tests.case_histories --count 10000` plays the same moves by the thousand.
"""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, insert, update

from models.base import Refused
from models.cases import Answer, Case, Second
from models.letters import Letter
from tests.case_walk import MOVES, Broken, World, play, ready

RATED = {"words": "", "outcome": "A", "by_account": 1, "made_at": World.now, "remark": "", "rating": "good"}
CHANCE = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with the people of the histories."""
    made = ready(f"sqlite:///{tmp_path_factory.mktemp('histories') / 'cases.db'}")
    yield made
    made.dispose()


def machine(engine: Engine) -> type[RuleBasedStateMachine]:
    """A machine with one rule for every move. `check` runs after each; it raises what is broken."""

    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = World(engine, random.Random(0))

        def teardown(self) -> None:
            self.world.close()

    for name in MOVES:
        setattr(Histories, name, _rule(name))
    return Histories


def _rule(name: str) -> Callable[..., Any]:
    def move(self: Any, chance: random.Random) -> None:
        self.world.rng = chance
        self.world.move(name)

    move.__name__ = name
    made: Callable[..., Any] = rule(chance=CHANCE)(move)
    if name in ("hand_in", "hire", "days", "holidays", "name_handler"):
        return made
    return precondition(lambda self: self.world.books)(made)  # type: ignore[no-any-return]


def test_no_history_forgets_a_case(engine: Engine) -> None:
    limits = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(machine(engine), settings=limits)


@pytest.mark.parametrize("seed", range(12))
def test_no_seeded_history_forgets_a_case(engine: Engine, seed: int) -> None:
    world = play(engine, seed, (20, 40))
    assert sum(world.done.values()) >= 20


def test_the_same_histories_hold_on_postgresql(postgres_url: str) -> None:
    engine = ready(postgres_url)
    for seed in range(3):
        play(engine, 700 + seed, (20, 30))
    engine.dispose()


# That the invariants would notice


def spoilt(engine: Engine, spoil: Callable[[World], None]) -> str:
    """What is said of a world in which this was done behind everybody's back."""
    world = World(engine, random.Random(3))
    try:
        world.move("hand_in")
        for _ in range(4):
            world.move("days")
        spoil(world)
        world.check_all()
    except Broken as broken:
        return str(broken)
    finally:
        world.close()
    return ""


def behind(statement: Any) -> Callable[[World], None]:
    """Do this to the tables."""

    def do(world: World) -> None:
        with world.unit() as session:
            session.execute(statement)

    return do


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (update(Case).values(next_at=None), "no next moment"),
        (update(Case).values(step_count=0), "gap"),
        (delete(Letter).where(Letter.key.like("%:step:%")), "missing"),
        (insert(Second).values(case_id=1, member_id=5, hidden=False, at=World.now), "stand"),
        (insert(Answer).values({**RATED, "case_id": 1}), "rated"),
    ],
)
def test_a_broken_world_is_noticed(engine: Engine, statement: Any, said: str) -> None:
    assert said in spoilt(engine, behind(statement))


def test_a_world_left_alone_is_whole(engine: Engine) -> None:
    assert spoilt(engine, lambda world: None) == ""


def test_silence_past_a_term_is_noticed(engine: Engine) -> None:
    world = World(engine, random.Random(5))
    try:
        for _ in range(5):
            world.move("hand_in")
        world.now += timedelta(days=30)  # and nothing ticks
        with world.unit() as session, pytest.raises(Broken, match="nobody has said so"):
            world.none_late_without_escalation(session)
    finally:
        world.close()


def test_a_refusal_that_leaves_something_behind_is_noticed(engine: Engine) -> None:
    world = World(engine, random.Random(7))

    def leaves_something() -> None:
        with world.unit() as session:
            session.execute(update(Case).values(title="改了"))
        raise Refused("after.all")

    try:
        world.move("hand_in")
        world.leaves_something = leaves_something  # type: ignore[attr-defined]
        with pytest.raises(Broken, match="has changed"):
            world.move("leaves_something")
    finally:
        world.close()
