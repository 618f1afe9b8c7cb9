"""Messages passed on: forwarded with the name of who wrote them, or copied as one's own words."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from sandbox import access, delivery, errors, kinds, polls, quoting
from sandbox.chats import Chat, Json, Message
from sandbox.errors import ApiError
from sandbox.files import new_album
from sandbox.methods.sending import caption, place, put, send, words
from sandbox.requests import JSON_TEXT, Addressed, ChatId, Entities, Request, method
from sandbox.world import World

MOST = 100
PASSED_ON = ("text", "entities", "location", "venue", "contact", "dice", "link_preview_options", *kinds.FIELDS)
CAPTION = ("caption", "caption_entities", "show_caption_above_media")
COVER = ("has_media_spoiler",)


def _kept(message: Message, *more: str) -> Json:
    """What of a message can be passed on as it stands."""
    content = {key: message.json[key] for key in PASSED_ON if key in message.json}
    return content | {key: message.json[key] for key in (*COVER, *more) if content and key in message.json}


def _may_go(message: Message) -> bool:
    """Whether there is anything to pass on; nothing of what the chat itself says."""
    return delivery.SERVICE.isdisjoint(message.json) and ("poll" in message.json or bool(_kept(message)))


def _forwarded(world: World, chat: Chat, message: Message) -> Json:
    """The message with the name of whoever wrote it first."""
    if message.protected or not _may_go(message):
        raise errors.CANT_FORWARD()
    content = _kept(message, *CAPTION)
    if "poll" in message.json:
        content |= polls.passed_on(chat, polls.of(world, message))
    return content | {"forward_origin": message.json.get("forward_origin", quoting.origin(message))}


def _copied(world: World, chat: Chat, message: Message, *, caption_too: bool = True) -> Json:
    """The message as one's own words; bots may copy what is protected, too."""
    if not _may_go(message):
        raise errors.CANT_COPY()
    content = _kept(message, *(CAPTION if caption_too else ()))
    if "poll" in message.json:
        content |= polls.said_again(world, chat, message)
    return content


class ForwardMessage(Request):
    chat_id: ChatId
    message_thread_id: int | None = None
    direct_messages_topic_id: int | None = None
    from_chat_id: ChatId
    video_start_timestamp: int | None = None
    disable_notification: bool | None = None
    protect_content: bool | None = None
    message_effect_id: str | None = None
    suggested_post_parameters: Any = None
    message_id: int


@method
def forward_message(world: World, ask: ForwardMessage) -> Json:
    """Pass a message on, with the name of who wrote it."""
    source = access.readable(world, ask.from_chat_id)
    original = access.message(source, ask.message_id, "forward")
    plain = Addressed(chat_id=ask.chat_id, message_thread_id=ask.message_thread_id, protect_content=ask.protect_content)
    chat, _ = place(world, plain, *_needs(original))
    content = _forwarded(world, chat, original)
    return send(world, plain, chat, None, _started(content, ask.video_start_timestamp))


class CopyMessage(Addressed):
    keeps_empty: ClassVar[frozenset[str]] = frozenset(("caption",))  # an empty caption takes the old one away

    from_chat_id: ChatId
    message_id: int
    video_start_timestamp: int | None = None
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: Entities = None
    show_caption_above_media: bool | None = None


@method
def copy_message(world: World, ask: CopyMessage) -> Json:
    """Say again what somebody said, as one's own words."""
    source = access.readable(world, ask.from_chat_id)
    original = access.message(source, ask.message_id, "copy")
    chat, reply = place(world, ask, *_needs(original))
    content = _copied(world, chat, original, caption_too=ask.caption is None)
    kind = kinds.held(content)
    if ask.caption is not None and kind and kind.captioned:
        content |= caption(world, words(ask.caption, ask.parse_mode, ask.caption_entities))
        if ask.show_caption_above_media and kind.coverable:
            content["show_caption_above_media"] = True
    content = _started(content, ask.video_start_timestamp)
    return {"message_id": send(world, ask, chat, reply, content)["message_id"]}


def _needs(message: Message) -> tuple[str, str]:
    """What the bot must be allowed to send there, and the name of the right."""
    if "poll" in message.json:
        return "polls", "can_send_polls"
    kind = kinds.held(message.json)
    return (kind.words, kind.permission) if kind else ("text messages", "can_send_messages")


def _started(content: Json, start: int | None) -> Json:
    """A video that begins elsewhere than the original did."""
    if start is None or "video" not in content:
        return content
    video = {key: value for key, value in content["video"].items() if key != "start_timestamp"}
    return content | {"video": video | ({"start_timestamp": start} if start > 0 else {})}


class Several(Request):
    """What is passed on in one go."""

    chat_id: ChatId
    message_thread_id: int | None = None
    direct_messages_topic_id: int | None = None
    from_chat_id: ChatId
    message_ids: Annotated[list[int], JSON_TEXT]
    disable_notification: bool | None = None
    protect_content: bool | None = None


class ForwardMessages(Several):
    pass


@method
def forward_messages(world: World, ask: ForwardMessages) -> list[Json]:
    """Pass several messages on; those that are gone or must stay are skipped."""
    chat, plain, originals = _several(world, ask)
    return _pass_on(world, chat, plain, originals, partial(_forwarded, world, chat))


class CopyMessages(Several):
    remove_caption: bool | None = None


@method
def copy_messages(world: World, ask: CopyMessages) -> list[Json]:
    """Say several messages again; those that are gone or cannot be copied are skipped."""
    chat, plain, originals = _several(world, ask)
    copied = partial(_copied, world, chat, caption_too=not ask.remove_caption)
    return _pass_on(world, chat, plain, originals, copied)


def _several(world: World, ask: Several) -> tuple[Chat, Addressed, list[Message]]:
    ids = ask.message_ids
    if not ids:
        raise errors.MESSAGE_IDS_MISSING()
    if len(ids) > MOST:
        raise errors.TOO_MANY_MESSAGE_IDS()
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise errors.MESSAGE_IDS_ORDER()
    plain = Addressed(chat_id=ask.chat_id, message_thread_id=ask.message_thread_id, protect_content=ask.protect_content)
    chat, _ = place(world, plain, "text messages", "can_send_messages")
    source = access.readable(world, ask.from_chat_id)
    found = [source.messages[number] for number in ids if number in source.messages]
    for needed in {_needs(message) for message in found}:
        place(world, plain, *needed)
    return chat, plain, found


def _pass_on(
    world: World, chat: Chat, plain: Addressed, originals: list[Message], likeness: Callable[[Message], Json]
) -> list[Json]:
    """Albums stay albums, and an answer to an earlier one of these messages answers its new likeness."""
    world.flood.check(chat.id, chat.private, world.clock.now(), len(originals))
    old_groups = [message.json.get("media_group_id") for message in originals]
    groups = {old: new_album() for old in old_groups if old and old_groups.count(old) > 1}
    made: dict[int, Message] = {}
    for message, old in zip(originals, old_groups, strict=True):
        try:
            content = likeness(message)
        except ApiError:
            continue
        grouped = {"media_group_id": groups[old]} if old in groups else {}
        reply = made.get(message.json.get("reply_to_message", {}).get("message_id", 0))
        made[message.id] = put(world, plain, chat, reply, grouped | content)
    if not made:
        raise errors.NOTHING_TO_FORWARD()
    return [{"message_id": message.id} for message in made.values()]
