"""Keyboards under messages: read from a request, and checked as strictly as Telegram checks them."""

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from sandbox import errors
from sandbox.chats import Chat, Json
from sandbox.html import checked_link
from sandbox.shapes import AnyMarkup, ForceReply, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove

Markup = TypeVar("Markup", InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove, ForceReply)

BUTTON_LIMIT = 100
ROW_LIMIT = 8
SIZE_LIMIT = 10_240  # bytes of JSON
DATA_LIMIT = 64  # bytes
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def from_json(value: Any) -> AnyMarkup | None:
    """The ``reply_markup`` parameter, which travels as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as wrong:
            raise errors.MARKUP_JSON() from wrong
    if value is None:
        return None
    if not isinstance(value, dict):
        raise errors.MARKUP_OBJECT()
    if "inline_keyboard" in value:
        _rows(value, "inline_keyboard", "InlineKeyboardMarkup", "inline keyboard")
        return _shape(InlineKeyboardMarkup, value, "inline keyboard")
    if "keyboard" in value:
        _rows(value, "keyboard", "ReplyKeyboardMarkup", "keyboard")
        return _shape(ReplyKeyboardMarkup, value, "keyboard")
    if "remove_keyboard" in value:
        return _shape(ReplyKeyboardRemove, value, "keyboard")
    if "force_reply" in value:
        return _shape(ForceReply, value, "keyboard")
    raise errors.MARKUP_OBJECT()


def inline_from_json(value: Any) -> InlineKeyboardMarkup | None:
    """The same where only an inline keyboard is possible (editing)."""
    markup = from_json(value)
    if markup is not None and not isinstance(markup, InlineKeyboardMarkup):
        raise errors.MARKUP_ROWS(field="inline_keyboard", type="InlineKeyboardMarkup")
    return markup


def _rows(value: Json, field: str, type: str, kind: str) -> None:
    rows = value[field]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise errors.MARKUP_ROWS(field=field, type=type)
    for row in rows:
        for button in row:
            if isinstance(button, dict):
                if "text" not in button:
                    raise errors.BUTTON_NO_TEXT(kind=kind)
                if kind == "inline keyboard" and button.keys().isdisjoint(ACTIONS):
                    raise errors.BUTTON_TYPE()


def _shape(model: type[Markup], value: Json, kind: str) -> Markup:
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise errors.BUTTON_WRONG(kind=kind, why=f"{where}: {first['msg']}") from wrong


def checked(markup: AnyMarkup | None, chat: Chat) -> Json | None:
    """The keyboard as the chat will show it, after the checks that Telegram makes last."""
    if markup is None:
        return None
    if isinstance(markup, InlineKeyboardMarkup):
        return _checked_inline(markup)
    shown = markup.json_dict()
    if isinstance(markup, ReplyKeyboardMarkup):
        for row in markup.keyboard:
            for button in row:
                if not button.text:
                    raise errors.BUTTON_TEXT(kind="keyboard")
                if button.request_contact and not chat.private:
                    raise errors.BUTTON_PRIVATE_ONLY(what="phone number")
                if button.request_location and not chat.private:
                    raise errors.BUTTON_PRIVATE_ONLY(what="location")
                if button.request_poll and not chat.private:
                    raise errors.BUTTON_PRIVATE_ONLY(what="poll")
        shown["keyboard"] = [row for row in shown["keyboard"] if row]
        _sized(shown, shown["keyboard"], row_limit=12)
    return shown


def _checked_inline(markup: InlineKeyboardMarkup) -> Json | None:
    rows = []
    for row in markup.inline_keyboard:
        for button in row:
            if not button.text:
                raise errors.BUTTON_TEXT(kind="inline keyboard")
            if button.callback_data is not None and not 1 <= len(button.callback_data.encode()) <= DATA_LIMIT:
                raise errors.BUTTON_DATA()
            if button.url is not None and not (url := checked_link(button.url)):
                raise errors.BUTTON_URL(url=button.url)
            if button.url is not None:
                button.url = url
        if row:
            rows.append([button.json_dict() for button in row])
    if not rows:
        return None
    shown: Json = {"inline_keyboard": rows}
    _sized(shown, rows, ROW_LIMIT)
    return shown


def _sized(shown: Json, rows: list[list[Json]], row_limit: int) -> None:
    buttons = sum(len(row) for row in rows)
    if buttons > BUTTON_LIMIT or any(len(row) > row_limit for row in rows):
        raise errors.MARKUP_TOO_LONG()
    if len(json.dumps(shown, ensure_ascii=False).encode()) > SIZE_LIMIT:
        raise errors.MARKUP_TOO_LONG()
