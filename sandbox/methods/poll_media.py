"""Pictures, files and places inside a poll: beside its description, its explanation, and its options."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ValidationInfo

from sandbox import errors, input_media
from sandbox.chats import Json
from sandbox.kinds import STICKER, Kind
from sandbox.methods import media
from sandbox.methods.sending import location
from sandbox.shapes import InputFile, Shape
from sandbox.world import World


class InputMediaLocation(Shape):
    type: Literal["location"]
    latitude: float
    longitude: float
    horizontal_accuracy: float | None = None


class InputMediaVenue(Shape):
    type: Literal["venue"]
    latitude: float
    longitude: float
    title: str
    address: str
    foursquare_id: str | None = None
    foursquare_type: str | None = None
    google_place_id: str | None = None
    google_place_type: str | None = None


class InputMediaSticker(Shape):
    type: Literal["sticker"]
    media: InputFile
    emoji: str | None = None


PLACES: dict[str, type[Shape]] = {"location": InputMediaLocation, "venue": InputMediaVenue}
FILES: dict[str, tuple[type[Shape], Kind]] = {
    **input_media.SHAPES,
    "sticker": (InputMediaSticker, STICKER),
}
BESIDE_WORDS = frozenset(("animation", "audio", "document", "location", "photo", "venue", "video"))
BESIDE_OPTIONS = frozenset(("animation", "location", "photo", "sticker", "venue", "video"))


def _read(value: Any, info: ValidationInfo, allowed: frozenset[str]) -> Shape | None:
    item = input_media.decoded(value)
    if item is None:
        return None
    shapes = PLACES | {name: shape for name, (shape, _) in FILES.items()}
    if isinstance(item, dict) and item.get("type") == "live_photo":
        raise errors.NOT_OFFERED(what="live photos")
    return input_media.shaped(item, info, {name: shapes[name] for name in allowed})


def _beside_words(value: Any, info: ValidationInfo) -> Shape | None:
    return _read(value, info, BESIDE_WORDS)


def _beside_option(value: Any, info: ValidationInfo) -> Shape | None:
    return _read(value, info, BESIDE_OPTIONS)


PollMedia = Annotated[Any, BeforeValidator(_beside_words)]


class InputPollOption(Shape):
    text: str
    text_parse_mode: str | None = None
    text_entities: list[Json] | None = None
    media: Annotated[Any, BeforeValidator(_beside_option)] = None


def shown(world: World, given: BaseModel | None) -> Json:
    """Telegram's PollMedia (nothing where nothing was given)."""
    if given is None:
        return {}
    if isinstance(given, InputMediaLocation):
        accuracy = {} if given.horizontal_accuracy is None else {"horizontal_accuracy": given.horizontal_accuracy}
        return {"location": location(given.latitude, given.longitude) | accuracy}
    if isinstance(given, InputMediaVenue):
        told = given.model_dump(exclude_none=True, exclude={"type", "latitude", "longitude"})
        return {"venue": {"location": location(given.latitude, given.longitude)} | told}
    kind = FILES[getattr(given, "type")][1]  # noqa: B009 (mypy does not know the kinds of files)
    content = media.shown(world, kind, getattr(given, "media"), given)  # noqa: B009
    return {kind.field: content[kind.field]}
