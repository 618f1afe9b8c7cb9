"""Several files as one album."""

from typing import Annotated

from pydantic import BeforeValidator

from sandbox import errors, input_media, kinds, quoting
from sandbox.chats import Json
from sandbox.errors import ApiError
from sandbox.files import LARGEST_ALBUM, new_album
from sandbox.input_media import InputMedia
from sandbox.methods.media import shown
from sandbox.methods.sending import caption, place, put, words
from sandbox.requests import Addressed, ChatId, Reply, Request, method
from sandbox.world import World

# What Telegram finds only while it processes a picture is told with the number of the item.
PROCESSING = (errors.PHOTO_SHAPE().description, errors.PHOTO_UNREADABLE().description)


class SendMediaGroup(Request):
    business_connection_id: str | None = None
    chat_id: ChatId
    message_thread_id: int | None = None
    direct_messages_topic_id: int | None = None
    media: Annotated[list[InputMedia], BeforeValidator(input_media.album)]
    disable_notification: bool | None = None
    protect_content: bool | None = None
    allow_paid_broadcast: bool | None = None
    message_effect_id: str | None = None
    reply_parameters: Reply = None


@method
def send_media_group(world: World, ask: SendMediaGroup) -> list[Json]:
    """Show two to ten files together; all are sent, or none. A single one goes alone, as an ordinary message."""
    if ask.business_connection_id:
        raise errors.NO_BUSINESS()
    read = [words(item.caption, item.parse_mode, item.caption_entities) for item in ask.media]
    plain = Addressed(**{name: getattr(ask, name) for name in Addressed.model_fields if hasattr(ask, name)})
    chosen = [input_media.kind_of(item) for item in ask.media]
    for kind in chosen or (kinds.PHOTO,):
        chat, reply = place(world, plain, kind.words, kind.permission)
    contents = []
    for number, (item, kind, said) in enumerate(zip(ask.media, chosen, read, strict=True), 1):
        try:
            contents.append(shown(world, kind, item.media, item) | caption(world, said))
        except ApiError as wrong:
            if wrong.description in PROCESSING:
                raise errors.ALBUM_ITEM(number=number, why=wrong.description.removeprefix("Bad Request: ")) from wrong
            raise
    _fits(ask.media)
    if ask.reply_parameters:
        quoted = quoting.fields(world, chat, ask.reply_parameters, reply)
        contents = [content | quoted for content in contents]
    if len(contents) > 1:
        group = new_album()
        contents = [{"media_group_id": group} | content for content in contents]
    world.flood.check(chat.id, chat.private, world.clock.now(), len(contents))
    return [put(world, plain, chat, reply, content).json for content in contents]


def _fits(media: list[InputMedia]) -> None:
    """Photos and videos go together, documents and music only among themselves."""
    if not media:
        raise errors.ALBUM_EMPTY()
    if len(media) > LARGEST_ALBUM:
        raise errors.ALBUM_TOO_LONG()
    groups = {input_media.kind_of(item).album: item.type for item in media}
    if len(groups) > 1:
        raise errors.ALBUM_MIXED(kind=next(kind for group, kind in groups.items() if group != "visual"))
    if len({bool(getattr(item, "show_caption_above_media", None)) for item in media}) > 1:
        raise errors.ALBUM_CAPTIONS()
