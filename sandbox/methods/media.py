"""Files the bot sends: photos, videos, music, voices, documents, stickers."""

from pydantic import BaseModel

from sandbox import kinds
from sandbox.chats import Json
from sandbox.kinds import Kind
from sandbox.methods.sending import caption, place, send, words
from sandbox.requests import Entities, Sending, method
from sandbox.shapes import InputFile
from sandbox.wire import Upload
from sandbox.world import World


class Captioned(Sending):
    """What all that has a caption takes for it."""

    caption: str | None = None
    parse_mode: str | None = None
    caption_entities: Entities = None


class Coverable(Captioned):
    """What pictures that move or stand still take besides."""

    show_caption_above_media: bool | None = None
    has_spoiler: bool | None = None


def shown(world: World, kind: Kind, given: str | Upload, ask: BaseModel) -> Json:
    """The fields of a message that shows a file, as ``ask`` wants it shown."""
    details = {name: getattr(ask, name, None) for name in kind.details}
    file = world.files.sent(given, kind, details, getattr(ask, "thumbnail", None))
    content = world.files.content(file)
    if cover := getattr(ask, "cover", None):
        content["video"] |= {"cover": world.files.photo(world.files.sent(cover, kinds.PHOTO))}
    if (start := getattr(ask, "start_timestamp", None) or 0) > 0:
        content["video"] |= {"start_timestamp": start}
    if getattr(ask, "has_spoiler", None):
        content["has_media_spoiler"] = True
    if getattr(ask, "show_caption_above_media", None):
        content["show_caption_above_media"] = True
    return content


def _send(world: World, ask: Sending, kind: Kind, given: str | Upload) -> Json:
    read = words(ask.caption, ask.parse_mode, ask.caption_entities) if isinstance(ask, Captioned) else None
    chat, reply = place(world, ask, kind.words, kind.permission)
    content = shown(world, kind, given, ask)
    if read:
        content |= caption(world, read)
    return send(world, ask, chat, reply, content)


class SendPhoto(Coverable):
    photo: InputFile


@method
def send_photo(world: World, ask: SendPhoto) -> Json:
    """Show a picture."""
    return _send(world, ask, kinds.PHOTO, ask.photo)


class SendDocument(Captioned):
    document: InputFile
    thumbnail: InputFile | None = None
    disable_content_type_detection: bool | None = None


@method
def send_document(world: World, ask: SendDocument) -> Json:
    """Hand over a file; a GIF becomes an animation unless it shall stay a file."""
    fresh = ask.document if isinstance(ask.document, Upload) else None
    moving = fresh and not ask.disable_content_type_detection and fresh.data.startswith(b"GIF8")
    return _send(world, ask, kinds.ANIMATION if moving else kinds.DOCUMENT, ask.document)


class SendVideo(Coverable):
    video: InputFile
    duration: int | None = None
    width: int | None = None
    height: int | None = None
    thumbnail: InputFile | None = None
    cover: InputFile | None = None
    start_timestamp: int | None = None
    supports_streaming: bool | None = None


@method
def send_video(world: World, ask: SendVideo) -> Json:
    """Show a video."""
    return _send(world, ask, kinds.VIDEO, ask.video)


class SendAnimation(Coverable):
    animation: InputFile
    duration: int | None = None
    width: int | None = None
    height: int | None = None
    thumbnail: InputFile | None = None


@method
def send_animation(world: World, ask: SendAnimation) -> Json:
    """Show a GIF, or a short video without sound."""
    return _send(world, ask, kinds.ANIMATION, ask.animation)


class SendAudio(Captioned):
    audio: InputFile
    duration: int | None = None
    performer: str | None = None
    title: str | None = None
    thumbnail: InputFile | None = None


@method
def send_audio(world: World, ask: SendAudio) -> Json:
    """Play some music."""
    return _send(world, ask, kinds.AUDIO, ask.audio)


class SendVoice(Captioned):
    voice: InputFile
    duration: int | None = None


@method
def send_voice(world: World, ask: SendVoice) -> Json:
    """Say something aloud."""
    return _send(world, ask, kinds.VOICE, ask.voice)


class SendVideoNote(Sending):
    video_note: InputFile
    duration: int | None = None
    length: int | None = None
    thumbnail: InputFile | None = None


@method
def send_video_note(world: World, ask: SendVideoNote) -> Json:
    """Show one's face in a round video."""
    return _send(world, ask, kinds.VIDEO_NOTE, ask.video_note)


class SendSticker(Sending):
    sticker: InputFile
    emoji: str | None = None


@method
def send_sticker(world: World, ask: SendSticker) -> Json:
    """Show a sticker."""
    return _send(world, ask, kinds.STICKER, ask.sticker)
