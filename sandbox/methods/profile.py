"""What the bot says about itself: commands menu, name, descriptions, menu button."""

import re
from typing import Annotated

from sandbox import errors
from sandbox.chats import Json
from sandbox.requests import JSON_TEXT, Request, method
from sandbox.shapes import BotCommand, BotCommandScope, MenuButton
from sandbox.world import World

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
Scope = Annotated[BotCommandScope | None, JSON_TEXT]


def _language(code: str | None) -> str:
    if code and not re.fullmatch("[a-z]{2}", code):
        raise errors.LANGUAGE_INVALID()
    return code or ""


def _scope(scope: BotCommandScope | None) -> tuple[str, ...]:
    return scope.key() if scope else ("default",)


class SetMyCommands(Request):
    commands: Annotated[list[BotCommand], JSON_TEXT]
    scope: Scope = None
    language_code: str | None = None


@method
def set_my_commands(world: World, ask: SetMyCommands) -> bool:
    """The menu behind the "/" for a scope and a language."""
    key = (_scope(ask.scope), _language(ask.language_code))
    if len(ask.commands) > 100:
        raise errors.COMMANDS_TOO_MANY()
    shown = []
    for command in ask.commands:
        name = command.command.removeprefix("/")
        if not COMMAND.fullmatch(name):
            raise errors.COMMAND_INVALID()
        if not 1 <= len(command.description) <= 256:
            raise errors.COMMAND_DESCRIPTION_INVALID()
        shown.append({"command": name, "description": command.description})
    if shown:
        world.profile.commands[key] = shown
    else:
        world.profile.commands.pop(key, None)
    world.changed(commands=True)
    return True


class GetMyCommands(Request):
    scope: Scope = None
    language_code: str | None = None


@method
def get_my_commands(world: World, ask: GetMyCommands) -> list[Json]:
    """The menu of exactly this scope and language."""
    return world.profile.commands.get((_scope(ask.scope), _language(ask.language_code)), [])


class DeleteMyCommands(Request):
    scope: Scope = None
    language_code: str | None = None


@method
def delete_my_commands(world: World, ask: DeleteMyCommands) -> bool:
    """Take the menu of this scope and language away."""
    world.profile.commands.pop((_scope(ask.scope), _language(ask.language_code)), None)
    world.changed(commands=True)
    return True


def _keep(texts: dict[str, str], text: str | None, language: str | None) -> bool:
    code = _language(language)
    if text:
        texts[code] = text
    else:
        texts.pop(code, None)
    return True


def _in(texts: dict[str, str], language: str | None) -> str:
    return texts.get(_language(language), texts.get("", ""))


class SetMyName(Request):
    name: str | None = None
    language_code: str | None = None


@method
def set_my_name(world: World, ask: SetMyName) -> bool:
    """The bot's name."""
    if len(ask.name or "") > 64:
        raise errors.NAME_TOO_LONG()
    return _keep(world.profile.names, ask.name, ask.language_code)


class GetMyName(Request):
    language_code: str | None = None


@method
def get_my_name(world: World, ask: GetMyName) -> Json:
    """The bot's name in that language."""
    return {"name": _in(world.profile.names, ask.language_code) or world.bot.first_name}


class SetMyDescription(Request):
    description: str | None = None
    language_code: str | None = None


@method
def set_my_description(world: World, ask: SetMyDescription) -> bool:
    """What an empty chat with the bot shows."""
    if len(ask.description or "") > 512:
        raise errors.DESCRIPTION_TOO_LONG()
    return _keep(world.profile.descriptions, ask.description, ask.language_code)


class GetMyDescription(Request):
    language_code: str | None = None


@method
def get_my_description(world: World, ask: GetMyDescription) -> Json:
    """The description in that language."""
    return {"description": _in(world.profile.descriptions, ask.language_code)}


class SetMyShortDescription(Request):
    short_description: str | None = None
    language_code: str | None = None


@method
def set_my_short_description(world: World, ask: SetMyShortDescription) -> bool:
    """What the bot's profile page shows."""
    if len(ask.short_description or "") > 120:
        raise errors.DESCRIPTION_TOO_LONG()
    return _keep(world.profile.short_descriptions, ask.short_description, ask.language_code)


class GetMyShortDescription(Request):
    language_code: str | None = None


@method
def get_my_short_description(world: World, ask: GetMyShortDescription) -> Json:
    """The short description in that language."""
    return {"short_description": _in(world.profile.short_descriptions, ask.language_code)}


class SetChatMenuButton(Request):
    chat_id: int | None = None
    menu_button: Annotated[MenuButton | None, JSON_TEXT] = None


@method
def set_chat_menu_button(world: World, ask: SetChatMenuButton) -> bool:
    """The button left of the text field, for one private chat or for all."""
    button = ask.menu_button.json_dict() if ask.menu_button else {"type": "default"}
    world.profile.menu_buttons[ask.chat_id or 0] = button
    return True


class GetChatMenuButton(Request):
    chat_id: int | None = None


@method
def get_chat_menu_button(world: World, ask: GetChatMenuButton) -> Json:
    """The button left of the text field."""
    buttons = world.profile.menu_buttons
    return buttons.get(ask.chat_id or 0, buttons.get(0, {"type": "commands"}))
