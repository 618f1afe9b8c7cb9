"""The kinds of files Telegram knows: how it calls them, where it keeps them, and what it tells of each."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from sandbox.chats import Json

ANYTHING = "application/octet-stream"
LONGEST = 86_400  # seconds
WIDEST = 10_000  # pixels
NUMBERS_OF_A_VIDEO = (("width", WIDEST), ("height", WIDEST), ("duration", LONGEST))

# What an ending means; the machine's own list differs from one to the next.
TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/x-wav",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".tgs": "application/x-tgsticker",
}
ENDINGS = {"audio/ogg": ".oga", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "image/gif": ".gif", "image/jpeg": ".jpg"}


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    name: str  # in refusals: "can't use file of type Video as Photo"
    field: str  # of a message
    folder: str  # of the download path
    prefix: str  # of its ids
    words: str = ""  # in refusals: "not enough rights to send videos to the chat"
    permission: str = "can_send_other_messages"
    numbers: tuple[tuple[str, int], ...] = ()  # what its sender says of it, and the most that is believed
    texts: tuple[str, ...] = ()  # the same in words, told only where there are any
    named: bool = True  # whether Telegram tells its name
    typed: bool = True  # whether Telegram tells its MIME type
    types: tuple[str, ...] = ()  # its MIME type begins with one of these (none: it may be anything)…
    mime: str = ANYTHING  # …or is this
    album: str = ""  # kinds with the same word here may stand in one album
    captioned: bool = True
    coverable: bool = False  # may lie under a spoiler, or under its caption
    replaceable: bool = True  # editMessageMedia may put it into a message, or put something else in its place

    @property
    def details(self) -> tuple[str, ...]:
        """What its sender may say of it."""
        return (*(name for name, _ in self.numbers), *self.texts)

    def mime_of(self, name: str, declared: str, data: bytes) -> str:
        """Its MIME type: by its first bytes where they speak clearly, else by its name, else as it was declared."""
        declared = "" if declared == ANYTHING else declared
        if not self.types:
            return declared or mimetypes.guess_type(name)[0] or self.mime
        named = TYPES.get(PurePath(name).suffix.lower(), "")
        for guess in (_gif(data), named, _sniffed(data), declared):
            if guess and guess.startswith(self.types):
                return guess
        return self.mime

    def about(self, details: Mapping[str, Any], name: str, mime: str) -> Json:
        """What Telegram tells of such a file besides its ids and size."""
        told: Json = {key: min(max(int(details.get(key) or 0), 0), most) for key, most in self.numbers}
        told |= {key: str(details[key]) for key in self.texts if details.get(key)}
        if self.named and name:
            told["file_name"] = name
        if self.typed:
            told["mime_type"] = mime
        return told

    def ending(self, name: str, mime: str) -> str:
        """How its download path ends: as its name does, or as its type wants it."""
        own = PurePath(name).suffix if self.named else ""
        return own or ENDINGS.get(mime, next((end for end, known in TYPES.items() if known == mime), ""))


def _gif(data: bytes) -> str:
    return "image/gif" if data[:4] == b"GIF8" else ""


def _sniffed(data: bytes) -> str:
    """What the first bytes say of a file without a telling name."""
    if data[:4] == b"OggS":
        return "audio/ogg"
    if data[:3] == b"ID3" or data[:2] in (b"\xff\xfb", b"\xff\xf3"):
        return "audio/mpeg"
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    if data[:4] == b"\x1aE\xdf\xa3":
        return "video/webm"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


PHOTO = Kind(
    "Photo",
    "photo",
    "photos",
    "AgACAgI",
    "photos",
    "can_send_photos",
    named=False,
    mime="image/jpeg",
    types=("image/jpeg",),
    album="visual",
    coverable=True,
)
VIDEO = Kind(
    "Video",
    "video",
    "videos",
    "BAACAgI",
    "videos",
    "can_send_videos",
    numbers=NUMBERS_OF_A_VIDEO,
    mime="video/mp4",
    types=("video/",),
    album="visual",
    coverable=True,
)
ANIMATION = Kind(
    "Animation",
    "animation",
    "animations",
    "CgACAgI",
    "animations",
    numbers=NUMBERS_OF_A_VIDEO,
    mime="video/mp4",
    types=("image/gif", "video/"),
    coverable=True,
)
AUDIO = Kind(
    "Audio",
    "audio",
    "music",
    "CQACAgI",
    "music",
    "can_send_audios",
    numbers=(("duration", LONGEST),),
    texts=("performer", "title"),
    mime="audio/mpeg",
    types=("audio/",),
    album="audio",
)
DOCUMENT = Kind("Document", "document", "documents", "BQACAgI", "documents", "can_send_documents", album="document")
VOICE = Kind(
    "VoiceNote",
    "voice",
    "voice",
    "AwACAgI",
    "voice notes",
    "can_send_voice_notes",
    numbers=(("duration", LONGEST),),
    named=False,
    mime="audio/ogg",
    types=("audio/ogg", "audio/mpeg", "audio/mp4"),
    replaceable=False,
)
VIDEO_NOTE = Kind(
    "VideoNote",
    "video_note",
    "video_notes",
    "DQACAgI",
    "video notes",
    "can_send_video_notes",
    numbers=(("length", 640), ("duration", 60)),
    named=False,
    typed=False,
    mime="video/mp4",
    types=("video/",),
    captioned=False,
    replaceable=False,
)
STICKER = Kind(
    "Sticker",
    "sticker",
    "stickers",
    "CAACAgI",
    "stickers",
    texts=("emoji",),
    named=False,
    typed=False,
    mime="",
    types=("image/webp", "video/webm", "application/x-tgsticker"),
    captioned=False,
    replaceable=False,
)
THUMBNAIL = Kind("Thumbnail", "thumbnail", "thumbnails", "AAMCAgADGQE", mime="image/jpeg", types=("image/",))

KINDS = {kind.name: kind for kind in (PHOTO, VIDEO, ANIMATION, AUDIO, DOCUMENT, VOICE, VIDEO_NOTE, STICKER, THUMBNAIL)}
# The fields of a message that hold a file; an animation stands in "document" too, so it comes before it.
FIELDS = {kind.field: kind for kind in KINDS.values() if kind is not THUMBNAIL}


def held(message: Json) -> Kind | None:
    """The kind of file that a message holds, if it holds one."""
    return next((kind for field, kind in FIELDS.items() if field in message), None)
