"""The command menu and /help, built from the routers for each role, in each language."""

import logging
from typing import Any

from sqlalchemy.orm import Session
from telegram import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.router import Registry, Route
from bot.texts import LANGUAGES, Texts
from bot.units import Units
from models.house import house
from models.people import Account, Grant, Person, person_of

log = logging.getLogger(__name__)

CODES = {"zh_CN": "zh", "en": "en"}  # as Telegram calls our languages


def commands(registry: Registry, person: Person | None) -> list[Route]:
    """The commands this person may use in private, in the order of declaration; None is somebody unknown."""
    return [
        route
        for route in registry.commands.values()
        if route.menu and (route.who.admits(person) if person else route.who in ("anyone", "stranger", "member"))
    ]


def line(texts: Texts, route: Route, language: str) -> str:
    """What a command is for, in one line."""
    return texts.plain(f"{route.capability}.commands.{route.name}", language, {})


async def publish(bot: ExtBot[Any], units: Units, registry: Registry, texts: Texts) -> None:
    """At the start: the menu for everybody in every language, and the larger one for those who may do more."""
    for language in LANGUAGES:
        menu = [BotCommand(route.name, line(texts, route, language)) for route in commands(registry, None)]
        for code in {CODES[language], ""} if language == texts.default else {CODES[language]}:
            await bot.set_my_commands(menu, scope=BotCommandScopeAllPrivateChats(), language_code=code or None)
    for account in await units.read(_privileged):
        await refresh(bot, units, registry, texts, account)


async def refresh(bot: ExtBot[Any], units: Units, registry: Registry, texts: Texts, account: int) -> None:
    """Show one account the commands it may use now. A menu is a convenience: failing to set it is only noted."""

    def look(session: Session) -> tuple[list[Route], str]:
        found = session.get(Account, account)
        if found is None:
            return commands(registry, None), texts.default
        person = person_of(session, found, house(session).admins)
        return commands(registry, person), texts.known(found.language)

    routes, language = await units.read(look)
    menu = [BotCommand(route.name, line(texts, route, language)) for route in routes]
    try:
        await bot.set_my_commands(menu, scope=BotCommandScopeChat(account))
    except TelegramError as error:
        log.info("no menu for an account (%s)", type(error).__name__)


def _privileged(session: Session) -> list[int]:
    holders = session.query(Account.id).join(Grant, Grant.member_id == Account.member_id).distinct()
    known = session.query(Account.id).filter(Account.id.in_(house(session).admins))
    return sorted({number for (number,) in holders} | {number for (number,) in known})
