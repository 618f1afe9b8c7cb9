"""Changing what was said: edit, delete, pin, react."""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from sandbox import access, entities, errors, groups, input_media, kinds, markup, rights
from sandbox.chats import Chat, Json, Message
from sandbox.entities import TEXT_LIMIT
from sandbox.errors import ApiError
from sandbox.input_media import InputMedia
from sandbox.methods.media import shown
from sandbox.methods.sending import caption, words
from sandbox.requests import (
    JSON_TEXT,
    ChatId,
    Editing,
    Entities,
    LinkPreview,
    Request,
    method,
)
from sandbox.shapes import ReactionType
from sandbox.world import World

DELETABLE = timedelta(hours=48)
CONTENT = ("text", "entities", "caption", "caption_entities", "link_preview_options", *kinds.FIELDS)
FLAGS = ("has_media_spoiler", "show_caption_above_media")
EMOJIS = """
👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈
😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
REACTIONS = frozenset(EMOJIS.split())


def _own(world: World, ask: Editing) -> tuple[Chat, Message]:
    """The bot's own message that shall change; a message with a reply keyboard never can."""
    if ask.inline_message_id:
        raise errors.NOT_OFFERED(what="inline messages")
    if ask.business_connection_id:
        raise errors.NO_BUSINESS()
    if ask.chat_id is None:
        raise errors.CHAT_ID_EMPTY() if ask.message_id else errors.MESSAGE_ID_MISSING()
    chat = access.reachable(world, ask.chat_id)
    message = access.message(chat, ask.message_id, "edit")
    own = message.author is world.bot
    if chat.channel:  # there the right counts, not who wrote it
        right = "can_post_messages" if own else "can_edit_messages"
        own = rights.has_right(chat, world.bot.id, right)
    if not own or message.locked or "forward_origin" in message.json:
        raise errors.CANT_EDIT()
    return chat, message


def _change(world: World, ask: Editing, chat: Chat, message: Message, content: Json | None) -> Json:
    """Give the message its new content (None: keep it) and keyboard, unless nothing would change."""
    shown = markup.checked(ask.reply_markup, chat)
    old = {key: value for key, value in message.json.items() if key in CONTENT + FLAGS}
    new = old if content is None else content
    if _same(old, new) and message.json.get("reply_markup") == shown:
        raise errors.NOT_MODIFIED()
    kept = {key: value for key, value in message.json.items() if key not in (*CONTENT, *FLAGS, "reply_markup")}
    if content is not None:
        kept["edit_date"] = world.clock.seconds()
    message.json = kept | new | ({"reply_markup": shown} if shown else {})
    world.changed(chat)
    return message.json


def _same(old: Json, new: Json) -> bool:
    return _identity(old) == _identity(new)


def _identity(content: Json) -> Json:
    """What counts as the content: files by what is in them, not by their ids."""
    same = {key: value for key, value in content.items() if key != "link_preview_options"}
    for name in kinds.FIELDS:
        if name in same:
            file = same[name][-1] if name == "photo" else same[name]
            same[name] = file["file_unique_id"]
    return same


class EditMessageText(Editing):
    text: str
    parse_mode: str | None = None
    entities: Entities = None
    link_preview_options: LinkPreview = None


@method
def edit_message_text(world: World, ask: EditMessageText) -> Json:
    """Other words in the same place."""
    read = words(ask.text, ask.parse_mode, ask.entities)
    chat, message = _own(world, ask)
    if "text" not in message.json:
        raise errors.NO_TEXT_TO_EDIT()
    entities.limited(read, TEXT_LIMIT, errors.TEXT_TOO_LONG())
    read.entities = world.fill_mentions(read.entities)
    content = read.fields("text")
    if ask.link_preview_options and (preview := ask.link_preview_options.json_dict()):
        content["link_preview_options"] = preview
    return _change(world, ask, chat, message, content)


class EditMessageCaption(Editing):
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: Entities = None
    show_caption_above_media: bool | None = None


@method
def edit_message_caption(world: World, ask: EditMessageCaption) -> Json:
    """Other words under the same picture or file."""
    read = words(ask.caption, ask.parse_mode, ask.caption_entities)
    chat, message = _own(world, ask)
    kind = kinds.held(message.json)
    if kind is None or not kind.captioned:
        raise errors.NO_CAPTION_TO_EDIT()
    media: Json = {key: message.json[key] for key in (*kinds.FIELDS, "has_media_spoiler") if key in message.json}
    if ask.show_caption_above_media and kind.coverable:
        media["show_caption_above_media"] = True
    return _change(world, ask, chat, message, media | caption(world, read))


class EditMessageMedia(Editing):
    media: Annotated[InputMedia, BeforeValidator(input_media.one)]


@method
def edit_message_media(world: World, ask: EditMessageMedia) -> Json:
    """Another picture or file in the same place."""
    media, kind = ask.media, input_media.kind_of(ask.media)
    read = words(media.caption, media.parse_mode, media.caption_entities)
    chat, message = _own(world, ask)
    old = kinds.held(message.json)
    if "text" not in message.json and (old is None or not old.replaceable):
        raise errors.CANT_EDIT_MEDIA()
    if "media_group_id" in message.json and old and kind is not old:
        if not kind.album:
            raise errors.ALBUM_UNFIT()
        if kind.album != old.album:
            raise errors.ALBUM_OTHER_KIND()
    content = shown(world, kind, media.media, media)
    return _change(world, ask, chat, message, content | caption(world, read))


class EditMessageReplyMarkup(Editing):
    pass


@method
def edit_message_reply_markup(world: World, ask: EditMessageReplyMarkup) -> Json:
    """Other buttons under the same message, or none."""
    chat, message = _own(world, ask)
    return _change(world, ask, chat, message, None)


class DeleteMessage(Request):
    absent: ClassVar[dict[str, ApiError]] = {"chat_id": errors.CHAT_TO_DELETE_FROM_MISSING()}

    chat_id: ChatId
    message_id: int


@method
def delete_message(world: World, ask: DeleteMessage) -> bool:
    """Take a message back, within two days."""
    chat = access.readable(world, ask.chat_id)
    message = access.message(chat, ask.message_id, "delete")
    _delete(world, chat, message)
    return True


def _delete(world: World, chat: Chat, message: Message) -> None:
    bot = chat.member(world.bot.id)
    admin = bool(bot and bot.may("can_delete_messages"))
    if not (chat.private or admin or message.author is world.bot) or "forum_topic_created" in message.json:
        raise errors.CANT_DELETE()
    age = world.clock.now().timestamp() - message.date
    if age > DELETABLE.total_seconds() and not (admin and chat.type in ("supergroup", "channel")):
        raise errors.CANT_DELETE_FOR_ALL()
    world.remove(chat, message)


class DeleteMessages(Request):
    absent: ClassVar[dict[str, ApiError]] = {"chat_id": errors.CHAT_TO_DELETE_FROM_MISSING()}

    chat_id: ChatId
    message_ids: Annotated[list[int], JSON_TEXT]


@method
def delete_messages(world: World, ask: DeleteMessages) -> bool:
    """Take several messages back; those that are gone already are skipped."""
    chat = access.readable(world, ask.chat_id)
    if not ask.message_ids:
        raise errors.MESSAGE_IDS_MISSING()
    if len(ask.message_ids) > 100:
        raise errors.TOO_MANY_MESSAGE_IDS()
    for message_id in ask.message_ids:
        if message_id in chat.messages:
            _delete(world, chat, chat.messages[message_id])
    return True


def _may_pin(world: World, chat: Chat) -> None:
    if chat.private:
        return
    if not rights.may(chat, world.bot.id, "can_edit_messages" if chat.channel else "can_pin_messages"):
        raise errors.NO_RIGHT_TO_PIN()


class PinChatMessage(Request):
    business_connection_id: str | None = None
    chat_id: ChatId
    message_id: int
    disable_notification: bool | None = None


@method
def pin_chat_message(world: World, ask: PinChatMessage) -> bool:
    """Pin a message to the top of the chat; the chat says so in a line of its own."""
    chat = access.reachable(world, ask.chat_id)
    message = access.message(chat, ask.message_id, "pin")
    _may_pin(world, chat)
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    chat.pinned.append(message.id)
    groups.service(world, chat, world.bot, {"pinned_message": message.quoted()}, message.json.get("message_thread_id"))
    return True


class UnpinChatMessage(Request):
    business_connection_id: str | None = None
    chat_id: ChatId
    message_id: int | None = None


@method
def unpin_chat_message(world: World, ask: UnpinChatMessage) -> bool:
    """Unpin that message, or the newest pinned one."""
    chat = access.reachable(world, ask.chat_id)
    _may_pin(world, chat)
    if ask.message_id is not None:
        access.message(chat, ask.message_id, "unpin")
        if ask.message_id in chat.pinned:
            chat.pinned.remove(ask.message_id)
    elif chat.pinned:
        chat.pinned.pop()
    world.changed(chat)
    return True


class UnpinAllChatMessages(Request):
    chat_id: ChatId


@method
def unpin_all_chat_messages(world: World, ask: UnpinAllChatMessages) -> bool:
    """Unpin everything."""
    chat = access.reachable(world, ask.chat_id)
    _may_pin(world, chat)
    chat.pinned.clear()
    world.changed(chat)
    return True


class SetMessageReaction(Request):
    chat_id: ChatId
    message_id: int
    reaction: Annotated[list[ReactionType] | None, JSON_TEXT] = None
    is_big: bool | None = None


@method
def set_message_reaction(world: World, ask: SetMessageReaction) -> bool:
    """Put one emoji under a message, or take it away."""
    chat = access.reachable(world, ask.chat_id)
    message = access.message(chat, ask.message_id, "react")
    emojis = [reaction.emoji or "" for reaction in ask.reaction or ()]
    if len(emojis) > 1:
        raise errors.REACTIONS_TOO_MANY()
    if not REACTIONS.issuperset(emojis):
        raise errors.REACTION_INVALID()
    message.reactions[world.bot.id] = emojis
    world.changed(chat)
    return True
