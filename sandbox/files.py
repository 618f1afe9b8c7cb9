"""All files that were sent, and the ids by which Telegram hands them out again. They live in memory only."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox import errors, kinds
from sandbox.chats import Json
from sandbox.kinds import KINDS, Kind
from sandbox.wire import Upload

LARGEST_UPLOAD = 50 << 20
LARGEST_PHOTO = 10 << 20
LARGEST_DOWNLOAD = 20 << 20
LARGEST_THUMBNAIL = 204_799
PHOTO_SIDE = 1280  # Telegram makes every photo smaller than this
THUMBNAIL_SIDE = 320
STICKER_SIDE = 512
LARGEST_ALBUM = 10


@dataclass(frozen=True)
class File:
    """One stored file; a photo has a File for each of its sizes."""

    id: str
    unique_id: str
    kind: str  # a name of the table in ``kinds.py``
    name: str
    mime: str
    data: bytes
    path: str
    about: Json = field(default_factory=dict)  # what is told of it besides its ids and size
    sizes: tuple[str, ...] = ()  # of a photo: the ids of all its sizes, small to large
    thumbnail: "File | None" = None

    def json(self) -> Json:
        """Telegram's PhotoSize, Video, Document and so on."""
        json: Json = dict(self.about)
        if self.thumbnail:
            json["thumbnail"] = self.thumbnail.json()
        return json | {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


@dataclass
class Files:
    """All files of this Telegram, by id and by download path."""

    by_id: dict[str, File] = field(default_factory=dict)
    by_path: dict[str, File] = field(default_factory=dict)

    def find(self, file_id: str) -> File | None:
        """The file of that id, if there is one."""
        return self.by_id.get(file_id)

    def add(
        self,
        kind: Kind,
        name: str,
        mime: str,
        data: bytes,
        details: Mapping[str, Any] | None = None,
        thumbnail: Upload | None = None,
    ) -> File:
        """Keep a file as it is; what the sender says of it is believed."""
        if kind is kinds.PHOTO:
            return self.add_photo(data)
        _sized(data)
        name = PurePath(name.replace("\\", "/")).name or "file"
        mime = kind.mime_of(name, mime, data)
        about = kind.about(details or {}, name, mime)
        if kind is kinds.STICKER:
            about = _sticker(mime, data) | about
        return self._keep(kind, name, mime, data, about, self._thumbnail(thumbnail))

    def add_document(self, name: str, mime: str, data: bytes) -> File:
        """Keep a document as it is."""
        return self.add(kinds.DOCUMENT, name, mime, data)

    def add_photo(self, data: bytes) -> File:
        """Make a photo of the picture as Telegram does: a JPEG in two sizes, stripped of everything else."""
        if not data:
            raise errors.FILE_EMPTY()
        if len(data) > LARGEST_PHOTO:
            raise errors.PHOTO_TOO_BIG(size=len(data))
        try:
            with Image.open(BytesIO(data)) as picture:
                width, height = picture.size
                if width + height > 10000 or max(width, height) > 20 * min(width, height):
                    raise errors.PHOTO_SHAPE()
                picture.draft("RGB", (PHOTO_SIDE, PHOTO_SIDE))
                image = picture.convert("RGB")
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as wrong:
            raise errors.PHOTO_UNREADABLE() from wrong
        sides = [side for side in (THUMBNAIL_SIDE,) if max(width, height) > side] + [PHOTO_SIDE]
        made: list[tuple[str, bytes, tuple[int, int]]] = []
        for side in sides:
            sized = image.copy()
            sized.thumbnail((side, side))
            target = BytesIO()
            sized.save(target, "JPEG", quality=87)
            made.append((_new_id(kinds.PHOTO), target.getvalue(), sized.size))
        ids = tuple(row[0] for row in made)
        for file_id, jpeg, (wide, high) in made:
            path = f"photos/file_{len(self.by_path)}.jpg"
            about = {"width": wide, "height": high}
            unique = _unique("AQAD", jpeg)
            self._store(File(file_id, unique, "Photo", "", "image/jpeg", jpeg, path, about, sizes=ids))
        return self.by_id[ids[-1]]

    def photo(self, file: File) -> list[Json]:
        """Telegram's list of PhotoSize for a photo, small to large."""
        return [self.by_id[file_id].json() for file_id in file.sizes]

    def content(self, file: File) -> Json:
        """The fields of a message that shows the file."""
        if file.kind == "Photo":
            return {"photo": self.photo(file)}
        json = file.json()
        content: Json = {KINDS[file.kind].field: json}
        if file.kind == "Animation":  # for bots that know no animations
            known = ("file_name", "mime_type", "thumbnail", "file_id", "file_unique_id", "file_size")
            content["document"] = {key: json[key] for key in known if key in json}
        return content

    def sent(
        self,
        given: str | Upload,
        kind: Kind,
        details: Mapping[str, Any] | None = None,
        thumbnail: str | Upload | None = None,
    ) -> File:
        """The file a bot named in its request: an upload, or the id of something already here, told of as it was."""
        if isinstance(given, Upload):
            own = thumbnail if isinstance(thumbnail, Upload) else None  # only a fresh picture can be a thumbnail
            return self.add(kind, given.name, given.mime, given.data, details, own)
        if given.startswith(("http://", "https://")):
            raise errors.FILE_URL()  # the sandbox never goes out
        file = self.find(given)
        if file is None:
            raise errors.FILE_ID_WRONG()
        if file.kind != kind.name:
            raise errors.FILE_WRONG_KIND(have=file.kind, want=kind.name)
        return file

    def _thumbnail(self, given: Upload | None) -> File | None:
        """A small picture of the file; one that is too large or cannot be read is left out, as Telegram does."""
        if given is None or not 0 < len(given.data) <= LARGEST_THUMBNAIL:
            return None
        try:
            with Image.open(BytesIO(given.data)) as picture:
                width, height = picture.size
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
            return None
        about = {"width": width, "height": height}
        mime = kinds.THUMBNAIL.mime_of(given.name, given.mime, given.data)
        return self._keep(kinds.THUMBNAIL, given.name, mime, given.data, about, None)

    def _keep(self, kind: Kind, name: str, mime: str, data: bytes, about: Json, thumbnail: File | None) -> File:
        path = f"{kind.folder}/file_{len(self.by_path)}{kind.ending(name, mime)}"
        unique = _unique("AgAD", data)
        return self._store(File(_new_id(kind), unique, kind.name, name, mime, data, path, about, thumbnail=thumbnail))

    def _store(self, file: File) -> File:
        self.by_id[file.id] = file
        self.by_path[file.path] = file
        return file


def new_album() -> str:
    """The word that the messages of one album have in common."""
    return str(secrets.randbits(53) | 1 << 53)


def _sized(data: bytes) -> None:
    if not data:
        raise errors.FILE_EMPTY()
    if len(data) > LARGEST_UPLOAD:
        raise errors.TOO_LARGE


def _sticker(mime: str, data: bytes) -> Json:
    """What is told of every sticker; a still one is measured, the moving ones are all of one size."""
    if not mime:
        raise errors.WRONG_VALUE(name="sticker", why="a .WEBP, .TGS or .WEBM file is expected")
    width = height = STICKER_SIDE
    if mime == "image/webp":
        try:
            with Image.open(BytesIO(data)) as picture:
                width, height = picture.size
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as wrong:
            raise errors.WRONG_VALUE(name="sticker", why="the picture cannot be read") from wrong
    moving = {"is_animated": mime == "application/x-tgsticker", "is_video": mime == "video/webm"}
    return {"type": "regular", "width": width, "height": height} | moving


def _new_id(kind: Kind) -> str:
    return kind.prefix + secrets.token_urlsafe(36)


def _unique(prefix: str, data: bytes) -> str:
    """The same bytes have the same unique id, whoever sends them."""
    return prefix + hashlib.sha256(data).hexdigest()[:12]
