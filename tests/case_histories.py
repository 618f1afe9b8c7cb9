"""Many histories of cases: `python -m tests.case_histories --count 10000`. Prints what happened in them, and how long.

A history that breaks an invariant is printed with its seed, move by move; `--seed N --count 1` plays it again.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from models.cases import Case
from models.letters import Letter
from models.steps import Step
from tests.case_walk import World, play, ready

LENGTH = (10, 50)  # moves of a history


def main() -> int:
    """Play the histories; the exit code says whether all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--length", type=int, nargs=2, default=LENGTH, help="fewest and most moves of a history")
    parser.add_argument("--stop", action="store_true", help="at the first that breaks")
    options = parser.parse_args()
    moves: Counter[str] = Counter()
    states: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    broken: list[int] = []
    days = 0.0

    def figures(world: World) -> None:
        with world.unit() as session:
            states.update(state.value for state in session.scalars(select(Case.state)))
            steps = session.execute(select(Step.kind, func.count()).group_by(Step.kind))
            sums.update({f"step {kind.value}": count for kind, count in steps})
            sums["letters"] += session.scalar(select(func.count()).select_from(Letter)) or 0

    with tempfile.TemporaryDirectory() as folder:
        engine = ready(f"sqlite:///{Path(folder) / 'cases.db'}")
        begun = time.monotonic()
        for seed in range(options.seed, options.seed + options.count):
            try:
                world = play(engine, seed, tuple(options.length), figures)
            except Exception as error:
                broken.append(seed)
                print(f"seed {seed}: {type(error).__name__} {error}", flush=True)
                if options.stop or options.count == 1:
                    raise
                continue
            moves.update(world.done)
            sums["cases"] += len(world.books)
            days += (world.now - world.began).total_seconds() / 86400
            if (seed + 1 - options.seed) % 500 == 0:
                print(f"{seed + 1 - options.seed} histories, {time.monotonic() - begun:.0f} s", flush=True)
        engine.dispose()
    print(f"{options.count} histories, {sum(moves.values())} moves, {days:.0f} days, {time.monotonic() - begun:.0f} s")
    for title, counter in (("moves", moves), ("states at the end", states), ("written", sums)):
        print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in sorted(counter.items())))
    print(f"broken: {len(broken)} {broken[:20]}")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
