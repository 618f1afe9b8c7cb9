"""The roster at the command line: shows what a file would do, asks, and then does it as one."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

import models
from bot.app import OutOfDate, prepare
from bot.clock import SystemClock
from bot.config import FAILED, OK, ConfigError, Settings
from bot.texts import Texts
from models import roster, sheets
from models.base import Refused
from models.database import WRITE, make_engine


def bring_in(settings: Settings, file: Path, *, yes: bool, leavers: bool) -> int:
    """Show, ask, apply. Exit code 0 when done or declined, 1 when the file has errors or cannot be read."""
    models.load()
    try:
        prepare(settings)
    except OutOfDate as error:
        raise ConfigError(f"{error}: run `staffhome migrate`") from None
    texts = Texts(settings.zone, settings.language)

    def say(key: str, /, **params: Any) -> None:
        print(texts.plain(key, settings.language, params))

    engine = make_engine(settings.database.url.get_secret_value(), pool=1)
    try:
        opened = sheets.read(file.read_bytes(), file.name)
        found = _unit(engine, settings, file, say, opened, sure=leavers)
        if found.errors:
            return FAILED
        if found.idle:
            return OK
        if not yes and not _agrees(texts, settings.language):
            return OK
        _unit(engine, settings, file, say, opened, sure=leavers, shown=found)
    except Refused as no:
        print(texts.plain(no.code, settings.language, no.params), file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return FAILED
    finally:
        engine.dispose()
    return OK


def _unit(
    engine: Engine,
    settings: Settings,
    file: Path,
    say: Callable[..., None],
    opened: list[sheets.Sheet],
    *,
    sure: bool,
    shown: roster.Plan | None = None,
) -> roster.Plan:
    """One transaction: a look, or the deed that was `shown`; the deed says only what came of it."""
    write = shown is not None

    def speak(key: str, /, **params: Any) -> None:
        if not write or key == "roster.loaded":
            say(key, **params)

    with (
        engine.connect().execution_options(**WRITE) as connection,
        Session(connection, info={"house": settings.house}, expire_on_commit=False) as session,
        session.begin(),
    ):
        return roster.import_file(
            session,
            file,
            SystemClock().now(),
            speak,
            write=write,
            sure=sure,
            read=lambda content, name: opened,
            shown=shown,
        )


def _agrees(texts: Texts, language: str) -> bool:
    """Ask at the terminal; no terminal is a no."""
    if not sys.stdin.isatty():
        print(texts.plain("common.say_yes", language, {}))
        return False
    return input(texts.plain("common.really", language, {}) + " [y/N] ").strip().lower() in ("y", "yes", "是")
