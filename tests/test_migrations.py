"""Migrations: they build exactly the tables the models describe, on both databases, forward and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from models.base import Base
from models.database import make_engine
from models.schema import FOLDER, current, migrate, newest, step_back


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/empty.db", pool=1)
    else:
        url: str = request.getfixturevalue("postgres_url")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


def test_they_build_what_the_models_describe(empty: Engine) -> None:
    assert current(empty) is None
    migrate(empty)
    assert current(empty) == newest()
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_last_step_can_be_taken_back(empty: Engine) -> None:
    migrate(empty)
    step_back(empty)
    migrate(empty)
    assert {table.name for table in Base.metadata.sorted_tables} <= set(inspect(empty).get_table_names())


def test_they_are_numbered_one_after_the_other() -> None:
    numbers = sorted(int(file.name[:4]) for file in (FOLDER / "versions").glob("[0-9]*.py"))
    assert numbers == list(range(1, len(numbers) + 1))
