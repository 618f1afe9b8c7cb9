"""The command `staffhome` (and `python -m bot`)."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import log
from bot.config import OK, WRONG, ConfigError, Settings, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands. Exit code 0 when done, 1 when it failed, 2 when settings or words are wrong."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="staffhome", description="StaffHome 职工之家: the union's bot")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), metavar="FILE", help="default: config.yaml")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start the bot")
    run.set_defaults(command=_run)

    demo = commands.add_parser("demo", help="start a practice Telegram and the bot with a made-up institute")
    demo.add_argument("--port", type=int, default=8010, help="of the chat page (default 8010; 0: any free one)")
    demo.set_defaults(command=_demo)

    sandbox = commands.add_parser("sandbox", help="start a practice Telegram for any bot")
    sandbox.add_argument("--port", type=int, default=8081, help="default 8081; 0: any free one")
    sandbox.add_argument("--token", default="", help="the token the bot will use (default: the one it prints)")
    sandbox.set_defaults(command=_sandbox)

    migrate = commands.add_parser("migrate", help="bring the database to this version")
    migrate.set_defaults(command=_migrate)

    doctor = commands.add_parser("doctor", help="look whether everything is in order, and say what to do where not")
    doctor.set_defaults(command=_doctor)

    people = commands.add_parser("people", help="the roster").add_subparsers(required=True, metavar="COMMAND")
    bring = people.add_parser("import", help="read the personnel office's own file: shows first, then asks")
    bring.add_argument("file", type=Path)
    bring.add_argument("--yes", action="store_true", help="apply without asking, if the file has no errors")
    bring.add_argument("--leavers", action="store_true", help="accept that many people would leave the roster")
    bring.set_defaults(command=_people_import)

    backup = commands.add_parser("backup", help="write a copy of the database to FILE while the bot runs (SQLite)")
    backup.add_argument("file", type=Path)
    backup.set_defaults(command=_backup)

    restore = commands.add_parser("restore", help="put a backup back; letters that were waiting are held (SQLite)")
    restore.add_argument("file", type=Path)
    restore.set_defaults(command=_restore)

    key = commands.add_parser("key", help="print a new key for the words of confidential cases")
    key.set_defaults(command=_key)

    reseal = commands.add_parser(
        "reseal", help="seal everything anew with sealing.key, so that sealing.old_keys may go"
    )
    reseal.set_defaults(command=_reseal)

    rights = commands.add_parser("rights", help="print the table of who may do what, where")
    rights.set_defaults(command=_rights)
    return parser


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings, and logs that keep their secrets."""
    settings = load(options.config)
    secrets = [
        secret.get_secret_value()
        for secret in (
            settings.telegram.token,
            settings.telegram.proxy,
            settings.database.url,
            settings.sealing.key,
            *settings.sealing.old_keys,
        )
        if secret is not None and not secret.get_secret_value().startswith("sqlite")
    ]
    log.set_up(settings.log.level, settings.log.format, secrets)
    if settings.file is not None:
        settings.file.parent.mkdir(parents=True, exist_ok=True)  # SQLite does not make it
    return settings


def _run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    if settings.telegram.token is None:
        raise ConfigError("STAFFHOME_TELEGRAM__TOKEN is not set: expected the token that @BotFather gave you")
    from telegram.error import InvalidToken

    from bot.app import App, OutOfDate, prepare

    try:
        prepare(settings)
    except OutOfDate as error:
        raise ConfigError(f"{error}: stop the bot, make a backup, and run `staffhome migrate`") from None

    async def work() -> int:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        return await App(settings).run(stop)

    try:
        return asyncio.run(work())
    except InvalidToken:
        raise ConfigError("STAFFHOME_TELEGRAM__TOKEN: Telegram does not know this token; ask @BotFather") from None


def _demo(options: argparse.Namespace) -> int:
    from bot.demo import run

    return run(options.port)


def _sandbox(options: argparse.Namespace) -> int:
    from bot.demo import sandbox

    return sandbox(options.port, options.token)


def _migrate(options: argparse.Namespace) -> int:
    from models.database import make_engine
    from models.schema import current, migrate, newest

    settings = settings_of(options)
    engine = make_engine(settings.database.url.get_secret_value(), pool=1)
    before = current(engine) or "empty"
    migrate(engine)
    engine.dispose()
    print(f"{before} → {newest()}" if before != newest() else f"{newest()}: nothing to do")
    return OK


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor import examine

    return examine(options.config)


def _people_import(options: argparse.Namespace) -> int:
    from bot.roster import bring_in

    return bring_in(settings_of(options), options.file, yes=options.yes, leavers=options.leavers)


def _backup(options: argparse.Namespace) -> int:
    from bot.backup import backup

    return backup(settings_of(options), options.file)


def _restore(options: argparse.Namespace) -> int:
    from bot.backup import restore

    return restore(settings_of(options), options.file)


def _key(options: argparse.Namespace) -> int:
    from models.sealing import new_key

    print(new_key())
    return OK


def _reseal(options: argparse.Namespace) -> int:
    from bot.keys import reseal

    return reseal(settings_of(options))


def _rights(options: argparse.Namespace) -> int:
    from bot.rights import table

    print(table())
    return OK


if __name__ == "__main__":
    logging.captureWarnings(True)
    sys.exit(main())
