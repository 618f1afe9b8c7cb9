"""What arrived, in the few words a handler needs: Telegram's hundred optional fields narrowed once."""

import re
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from telegram import Message, Update, User

UNKEEPABLE = re.compile("[\0\ud800-\udfff]")  # NUL, and half a character: no database takes both
# The library takes any value for any field; what is of another kind than Telegram says stops here, and unspoken.
STRICT = ConfigDict(strict=True, hide_input_in_errors=True)

Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]


@dataclass(frozen=True, config=STRICT)
class Attachment:
    """A photo or document somebody sent; its bytes are fetched only when a handler asks for them."""

    file_id: str
    name: str
    kind: str  # media type
    size: int  # bytes, as Telegram says


@dataclass(frozen=True, config=STRICT)
class Incoming:
    """One update."""

    sort: str  # command, text, button, photo, document, contact, location, membership, migration, other
    update_id: Id
    chat_id: Id
    chat_type: str  # private, group, supergroup, channel
    user_id: Id
    user_name: str
    user_language: str | None
    message_id: int | None = None
    thread_id: int | None = None
    text: str = ""  # what was typed, the caption, or what the button carries
    command: str = ""
    arguments: str = ""
    callback_id: str | None = None
    has_photo: bool = False  # the message with the button is a photo: its words are a caption
    attachment: Attachment | None = None
    phone: str | None = None
    phone_owner: Id | None = None
    spot: tuple[float, float] | None = None
    status: str = ""  # of ourselves in the chat
    moved_to: Id | None = None
    addressed: bool = True  # in a group: a command with our name, or without any name


def decent(update: Any) -> Any:
    """The update without signs that no database keeps and no call can carry."""
    if isinstance(update, str):
        return UNKEEPABLE.sub("", update) if UNKEEPABLE.search(update) else update
    if isinstance(update, dict):
        return {key: decent(value) for key, value in update.items()}
    return [decent(value) for value in update] if isinstance(update, list) else update


def read(update: Update, me: str) -> Incoming | None:
    """Narrow an update. None for what does not concern us: posts in channels, edits, what people chat in groups."""
    if update.callback_query is not None:
        return _button(update)
    if update.my_chat_member is not None:
        change = update.my_chat_member
        return Incoming(
            "membership",
            update.update_id,
            change.chat.id,
            change.chat.type,
            *_who(change.from_user),
            status=change.new_chat_member.status,
        )
    message = update.message
    if message is None:
        return None
    if message.migrate_to_chat_id is not None:
        return Incoming(
            "migration",
            update.update_id,
            message.chat.id,
            message.chat.type,
            0,
            "",
            None,
            moved_to=message.migrate_to_chat_id,
        )
    if message.from_user is None or message.from_user.is_bot:
        return None
    found = _message(update.update_id, message, message.from_user, me)
    # What colleagues say to each other in a group is none of our business: nobody is noted down for it.
    return found if found.chat_type == "private" or (found.sort == "command" and found.addressed) else None


def _who(user: User) -> tuple[int, str, str | None]:
    return user.id, user.full_name or "", user.language_code  # a deleted account has no name at all


def _button(update: Update) -> Incoming | None:
    query = update.callback_query
    assert query is not None
    message = query.message
    if message is None or query.data is None:
        return None
    return Incoming(
        "button",
        update.update_id,
        message.chat.id,
        message.chat.type,
        *_who(query.from_user),
        message_id=message.message_id,
        thread_id=message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None,
        text=query.data,
        callback_id=query.id,
        has_photo=isinstance(message, Message) and bool(message.photo),
    )


def _message(update_id: int, message: Message, user: User, me: str) -> Incoming:
    facts: dict[str, Any] = {"text": message.text or message.caption or ""}
    sort = "other"
    if message.text is not None:
        sort = "text"
        if message.text.startswith("/") and len(message.text) > 1:
            sort = "command"
            first, _, rest = message.text[1:].partition(" ")
            first = first.split("\n", 1)[0]
            name, _, whom = first.partition("@")
            facts |= {"command": name.lower(), "arguments": rest.strip()}
            facts["addressed"] = not whom or whom.lower() == me.lower()
    elif message.photo:
        sort = "photo"
        largest = message.photo[-1]
        facts["attachment"] = Attachment(largest.file_id, "photo.jpg", "image/jpeg", largest.file_size or 0)
    elif message.document is not None:
        sort = "document"
        document = message.document
        facts["attachment"] = Attachment(
            document.file_id,
            document.file_name or "document",
            document.mime_type or "application/octet-stream",
            document.file_size or 0,
        )
    elif message.contact is not None:
        sort = "contact"
        facts |= {"phone": message.contact.phone_number, "phone_owner": message.contact.user_id}
    elif message.venue is not None or message.location is not None:
        sort = "location"
        location = message.venue.location if message.venue is not None else message.location
        assert location is not None
        facts["spot"] = (location.latitude, location.longitude)
    return Incoming(
        sort,
        update_id,
        message.chat.id,
        message.chat.type,
        *_who(user),
        message_id=message.message_id,
        thread_id=message.message_thread_id if message.is_topic_message else None,
        **facts,
    )
