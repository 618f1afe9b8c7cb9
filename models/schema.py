"""The database's shape: which version it is at, and how it gets to the newest."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def newest() -> str:
    """The version this program wants: the highest number among the migrations."""
    return max(file.stem for file in (FOLDER / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """The version the database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a version. Alembic is only imported here: it is slow to load."""
    from alembic import command

    with engine.connect().execution_options(write=True) as connection:
        command.upgrade(_config(connection), revision)
        connection.commit()


def step_back(engine: Engine) -> None:
    """Undo the last migration."""
    from alembic import command

    with engine.connect().execution_options(write=True) as connection:
        command.downgrade(_config(connection), "-1")
        connection.commit()


def write_migration(name: str) -> None:
    """Write the next migration from the difference between the migrations so far and the tables; for developers."""
    from alembic import command

    from models.database import make_engine

    known = sorted((FOLDER / "versions").glob("[0-9]*.py"))
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.db", pool=1)
        if known:
            migrate(engine)
        with engine.connect() as connection:
            command.revision(_config(connection), name, autogenerate=True, rev_id=f"{len(known) + 1:04d}_{name}")
        engine.dispose()


def _config(connection: object) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = connection
    return config


if __name__ == "__main__":
    write_migration(sys.argv[1])
