"""The media inside requests: what an album is made of, and what replaces the media of a message."""

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import ValidationError, ValidationInfo

from sandbox import errors
from sandbox.chats import Json
from sandbox.kinds import ANIMATION, AUDIO, DOCUMENT, PHOTO, VIDEO, Kind
from sandbox.shapes import InputFile, Shape

Media = TypeVar("Media", bound=Shape)


class InputMediaPhoto(Shape):
    type: Literal["photo"]
    media: InputFile
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: list[Json] | None = None
    show_caption_above_media: bool | None = None
    has_spoiler: bool | None = None


class InputMediaVideo(Shape):
    type: Literal["video"]
    media: InputFile
    thumbnail: InputFile | None = None
    cover: InputFile | None = None
    start_timestamp: int | None = None
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: list[Json] | None = None
    show_caption_above_media: bool | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    supports_streaming: bool | None = None
    has_spoiler: bool | None = None


class InputMediaAnimation(Shape):
    type: Literal["animation"]
    media: InputFile
    thumbnail: InputFile | None = None
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: list[Json] | None = None
    show_caption_above_media: bool | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    has_spoiler: bool | None = None


class InputMediaAudio(Shape):
    type: Literal["audio"]
    media: InputFile
    thumbnail: InputFile | None = None
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: list[Json] | None = None
    duration: int | None = None
    performer: str | None = None
    title: str | None = None


class InputMediaDocument(Shape):
    type: Literal["document"]
    media: InputFile
    thumbnail: InputFile | None = None
    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: list[Json] | None = None
    disable_content_type_detection: bool | None = None


InputMedia = InputMediaPhoto | InputMediaVideo | InputMediaAnimation | InputMediaAudio | InputMediaDocument
SHAPES: dict[str, tuple[type[InputMedia], Kind]] = {
    "photo": (InputMediaPhoto, PHOTO),
    "video": (InputMediaVideo, VIDEO),
    "animation": (InputMediaAnimation, ANIMATION),
    "audio": (InputMediaAudio, AUDIO),
    "document": (InputMediaDocument, DOCUMENT),
}


MESSAGE_SHAPES: dict[str, type[InputMedia]] = {name: shape for name, (shape, _) in SHAPES.items()}


def kind_of(media: InputMedia) -> Kind:
    """The kind of file that it names."""
    return SHAPES[media.type][1]


def one(value: Any, info: ValidationInfo) -> InputMedia:
    """The ``media`` parameter of editMessageMedia, which travels as JSON text."""
    return shaped(decoded(value), info, MESSAGE_SHAPES)


def album(value: Any, info: ValidationInfo) -> list[InputMedia]:
    """The ``media`` parameter of sendMediaGroup, which travels as JSON text."""
    items = decoded(value)
    if items is None:
        return []
    if not isinstance(items, list):
        raise errors.MEDIA_ARRAY()
    for item in items:
        if isinstance(item, dict) and item.get("type") == "animation":
            raise errors.MEDIA_WRONG(why='type "animation" can\'t be used in sendMediaGroup')
    return [shaped(item, info, MESSAGE_SHAPES) for item in items]


def decoded(value: Any) -> Any:
    """JSON text to an object."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError as wrong:
            raise errors.MEDIA_JSON() from wrong
    return value


def shaped(item: Any, info: ValidationInfo, shapes: Mapping[str, type[Media]]) -> Media:
    """One object of those shapes, named by its type."""
    if not isinstance(item, dict):
        raise errors.MEDIA_WRONG(why="expected an Object")
    type_ = item.get("type")
    if not isinstance(type_, str):
        raise errors.MEDIA_WRONG(why='Can\'t find field "type"')
    if type_ not in shapes:
        raise errors.MEDIA_WRONG(why=f'type "{type_}" is unsupported')
    given = item.get("media")
    part = str(given)[9:] if str(given).startswith("attach://") else None
    filed = "media" in shapes[type_].model_fields
    if (filed and not given) or (part is not None and part not in (info.context or {})):
        raise errors.MEDIA_WRONG(why="media not found")
    try:
        return shapes[type_].model_validate(item, context=info.context)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise errors.MEDIA_WRONG(why=f"{'.'.join(str(at) for at in first['loc'])}: {first['msg']}") from wrong
