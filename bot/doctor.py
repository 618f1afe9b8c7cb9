"""The doctor: looks at everything that must be right, and says what to do for each thing that is not."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp_socks import ProxyConnector, ProxyError
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from telegram import ChatMemberBanned, ChatMemberLeft, ChatMemberMember, ChatMemberRestricted
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

import models
from bot import log
from bot.config import FAILED, OK, WRONG, ConfigError, Settings, load
from bot.transport import environment_proxy, make_request
from models import binding, facts, people, sealed
from models.cases import CLOSED, Case, handlers_of
from models.database import make_engine
from models.inbox import Inbox
from models.letters import Grade, Letter, State
from models.people import Role, Unit
from models.schema import current, newest

LEAST = 500 * 1024 * 1024  # bytes of free disk
LATELY = timedelta(days=7)
SKEW = 30.0  # seconds a clock may be off


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, whether it is right, and what to do if not."""

    what: str
    good: bool
    remark: str
    advice: str = ""


def examine(path: Path) -> int:
    """Print every finding. Exit code 0 if all is well, 1 if something is not, 2 if the settings are wrong."""
    try:
        settings = load(path)
    except ConfigError as error:
        _print(Finding("settings", False, str(error), "mend the line or the variable named above"))
        return WRONG
    log.set_up("ERROR", settings.log.format)
    findings = [Finding("settings", True, str(path)), *look(settings)]
    for finding in findings:
        _print(finding)
    return OK if all(finding.good for finding in findings) else FAILED


def look(settings: Settings) -> Iterator[Finding]:
    """Everything but the settings themselves."""
    yield _disk(settings)
    engine = make_engine(settings.database.url.get_secret_value(), pool=1)
    try:
        database = _database(settings, engine)
        yield database
        group = None
        if database.good:
            models.load()
            with Session(engine, info={"house": settings.house}) as session:
                yield from _state(session, settings)
                yield from _kinds(session, settings)
                yield from _sealing(session, settings)
                group = _group(session)
    finally:
        engine.dispose()
    yield _font()
    if settings.telegram.token is None:
        yield Finding("token", False, "not set", "set STAFFHOME_TELEGRAM__TOKEN to the token @BotFather gave you")
        return
    yield from asyncio.run(_telegram(settings, group))


def _print(finding: Finding) -> None:
    print(f"{'✓' if finding.good else '✗'} {finding.what}: {finding.remark}")
    if not finding.good:
        print(f"    → {finding.advice}")


def _disk(settings: Settings) -> Finding:
    folder = settings.file.parent if settings.file else Path()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding("disk", free >= LEAST, f"{free // 2**20:,} MiB free", "free some space, or move data/ elsewhere")


def _database(settings: Settings, engine: Engine) -> Finding:
    if settings.file is not None and not settings.file.exists():
        return Finding("database", False, f"{settings.file} is not there yet", "run `staffhome migrate`")
    try:
        at = current(engine)
    except SQLAlchemyError as error:
        return Finding("database", False, type(error).__name__, "check database.url and that the server runs")
    good = at == newest()
    return Finding("database", good, f"at {at}, wanted {newest()}", "stop the bot and run `staffhome migrate`")


def _state(session: Session, settings: Settings) -> Iterator[Finding]:
    """What waits for a human."""
    bound = [member for member in people.in_role(session, Role.ADMIN) if binding.account_of(session, member)]
    count = len(settings.admins) + len(bound)
    advice = "put your Telegram number into STAFFHOME_ADMINS and start the bot anew; it tells you the number on /help"
    yield Finding("admins", count > 0, str(count) if count else "nobody may administer", advice)
    parked = session.scalar(select(func.count()).select_from(Inbox).where(Inbox.parked.is_not(None))) or 0
    advice = "look in the log for what failed; they are forgotten after nine days"
    yield Finding("updates", not parked, f"{parked} put aside after an error", advice)
    doubtful = (Letter.state == State.UNKNOWN, Letter.grade != Grade.PERISHABLE)
    recent = Letter.due_at > datetime.now(UTC) - LATELY
    unknown = session.scalar(select(func.count()).select_from(Letter).where(*doubtful, recent)) or 0
    advice = "ask those people whether they know; the officers were told which letters these are"
    yield Finding("letters", not unknown, f"{unknown} of the last week may not have arrived", advice)


def _kinds(session: Session, settings: Settings) -> Iterator[Finding]:
    """The kinds of case against the roster: a department that leads must be there, and have somebody who answers."""
    found: list[str] = []
    for name, kind in settings.cases.items():
        if not kind.lead:
            continue
        unit = session.scalar(select(Unit.id).where(Unit.name == kind.lead))
        if unit is None:
            found.append(f"cases.{name}.lead: the roster knows no department {kind.lead}")
        elif not handlers_of(session, unit):
            found.append(f"cases.{name}.lead: {kind.lead} has nobody who answers")
    gone = select(Case.preset).where(Case.preset.not_in(list(settings.cases)), Case.state.not_in(CLOSED)).distinct()
    found += [
        f"cases.{name}: gone from the settings, but cases of that kind are open" for name in session.scalars(gone)
    ]
    advice = "mend it in config.yaml, or name somebody in that department who answers; until then the office has it"
    yield Finding("cases", not found, "; ".join(found) or f"{len(settings.cases)} kinds", advice)


def _sealing(session: Session, settings: Settings) -> Iterator[Finding]:
    """Whether what is confidential can be sealed, and what is sealed be opened."""
    kinds = [name for name, kind in settings.cases.items() if kind.confidential]
    count, closed = sealed.closed(session)
    if closed:
        advice = (
            "set STAFFHOME_SEALING__KEY to the key it was sealed with, or add that one to STAFFHOME_SEALING__OLD_KEYS"
        )
        yield Finding("sealing", False, f"{closed} of {count} cannot be opened", advice)
    elif kinds and settings.sealing.key is None:
        advice = "`staffhome key` prints one; set STAFFHOME_SEALING__KEY, and keep a copy that is not with the backups"
        yield Finding("sealing", False, f"{', '.join(kinds)} is confidential, and there is no key", advice)
    else:
        yield Finding("sealing", True, f"{count} sealed, the key opens them" if count else "nothing is sealed")
    if kinds and not people.in_role(session, Role.COUNSELLOR):
        advice = "give somebody the role (/find and the name); until then nobody reads what is handed in"
        yield Finding("counsellors", False, f"{', '.join(kinds)} is confidential, and nobody may read it", advice)


def _group(session: Session) -> int | None:
    group = facts.get(session, facts.STAFF_GROUP)
    return int(group) if group is not None else None


def _font() -> Finding:
    """Pillow must be able to read the photos people send."""
    from PIL import features

    missing = [name for name in ("jpg", "zlib", "webp") if not features.check(name)]
    return Finding("pictures", not missing, "readable" if not missing else f"no {missing}", "install Pillow's wheel")


async def _telegram(settings: Settings, group: int | None) -> list[Finding]:
    assert settings.telegram.token is not None
    proxy = settings.telegram.proxy.get_secret_value() if settings.telegram.proxy else None
    lines = [make_request(settings.telegram.transport, proxy=proxy, pool=1) for _ in range(2)]
    bot: ExtBot[Any] = ExtBot(
        settings.telegram.token.get_secret_value(),
        base_url=f"{settings.telegram.api}/bot",
        request=lines[0],
        get_updates_request=lines[1],
    )
    began = time.monotonic()
    try:
        await bot.initialize()
    except InvalidToken:
        return [Finding("token", False, "Telegram does not know it", "ask @BotFather for the token again")]
    except TelegramError as error:
        advice = "check the network, telegram.api and telegram.proxy"
        return [Finding("Telegram", False, f"no answer from {settings.telegram.api} ({type(error).__name__})", advice)]
    else:
        took = time.monotonic() - began
        found = [Finding("token", True, f"@{bot.username}, answered in {took:.1f} s")]
        return [*found, await _clock(settings, proxy), *await _rights(bot, group)]
    finally:
        for each in lines:
            await each.shutdown()


async def _clock(settings: Settings, proxy: str | None) -> Finding:
    """Our clock against the one that Telegram's server tells in every answer."""
    api = settings.telegram.api
    try:
        proxy = proxy or environment_proxy(api)
        socks = proxy is not None and proxy.startswith("socks")
        connector = ProxyConnector.from_url((proxy or "").replace("socks5h:", "socks5:"), rdns=True) if socks else None
        async with (
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(10)) as session,
            session.head(api, proxy=None if socks else proxy) as answer,
        ):
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, ProxyError, OSError, KeyError, ValueError) as error:
        advice = f"the clock itself may be right: see whether {api} answers with the time"
        return Finding("clock", False, f"could not be compared ({type(error).__name__})", advice)
    advice = "let the machine keep its time by NTP (timedatectl set-ntp true)"
    off = abs((datetime.now(UTC) - theirs).total_seconds())
    return Finding("clock", off <= SKEW, f"{off:.0f} s off, zone {settings.timezone}", advice)


async def _rights(bot: ExtBot[Any], group: int | None) -> list[Finding]:
    if group is None:
        advice = "add the bot to the staff group; there, an admin sends /here"
        return [Finding("staff group", False, "not chosen yet", advice)]
    try:
        chat = await bot.get_chat(group)
        me = await bot.get_chat_member(group, bot.id)
    except TelegramError as error:
        return [Finding("staff group", False, str(error), "add the bot to the group again and send /here there")]
    gone = isinstance(me, ChatMemberLeft | ChatMemberBanned)
    mute = isinstance(me, ChatMemberRestricted) and not me.can_send_messages
    permissions = chat.permissions
    hushed = isinstance(me, ChatMemberMember) and permissions is not None and not permissions.can_send_messages
    if gone or mute or hushed:
        advice = "add the bot to the group again" if gone else "let the bot send messages, or make it an administrator"
        return [Finding("staff group", False, f"{chat.title}: the bot may not speak there", advice)]
    return [Finding("staff group", True, f"{chat.title}: the bot is there and may speak")]
