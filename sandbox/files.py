"""Photos and documents: what was sent, and the ids by which Telegram hands it out again."""

import hashlib
import mimetypes
import secrets
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath

from PIL import Image, UnidentifiedImageError

from sandbox import errors
from sandbox.chats import Json
from sandbox.wire import Upload

LARGEST_UPLOAD = 50 << 20
LARGEST_PHOTO = 10 << 20
LARGEST_DOWNLOAD = 20 << 20
PHOTO_SIDE = 1280  # Telegram makes every photo smaller than this
THUMBNAIL_SIDE = 320
FOLDER = {"Photo": "photos", "Document": "documents"}


@dataclass(frozen=True)
class File:
    """One stored file; a photo has a File for each of its sizes."""

    id: str
    unique_id: str
    kind: str  # "Photo" or "Document"
    name: str
    mime: str
    data: bytes
    path: str
    width: int = 0
    height: int = 0
    sizes: tuple[str, ...] = ()  # of a photo: the ids of all its sizes, small to large

    def json(self) -> Json:
        """Telegram's PhotoSize or Document."""
        common: Json = {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}
        if self.kind == "Photo":
            return common | {"width": self.width, "height": self.height}
        return {"file_name": self.name, "mime_type": self.mime} | common


@dataclass
class Files:
    """All files of this Telegram, by id and by download path."""

    by_id: dict[str, File] = field(default_factory=dict)
    by_path: dict[str, File] = field(default_factory=dict)

    def find(self, file_id: str) -> File | None:
        """The file of that id, if there is one."""
        return self.by_id.get(file_id)

    def add_document(self, name: str, mime: str, data: bytes) -> File:
        """Keep a document as it is."""
        if not data:
            raise errors.FILE_EMPTY()
        if len(data) > LARGEST_UPLOAD:
            raise errors.TOO_LARGE
        name = PurePath(name.replace("\\", "/")).name or "file"
        if mime in ("", "application/octet-stream"):
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return self._keep("Document", name, mime, data)

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
        made: list[tuple[str, str, bytes, tuple[int, int]]] = []
        for side in sides:
            sized = image.copy()
            sized.thumbnail((side, side))
            target = BytesIO()
            sized.save(target, "JPEG", quality=87)
            made.append((_new_id("AgACAgI"), _unique("AQAD", target.getvalue()), target.getvalue(), sized.size))
        ids = tuple(row[0] for row in made)
        for file_id, unique, jpeg, size in made:
            path = f"photos/file_{len(self.by_path)}.jpg"
            self._store(File(file_id, unique, "Photo", "", "image/jpeg", jpeg, path, *size, sizes=ids))
        return self.by_id[ids[-1]]

    def photo(self, file: File) -> list[Json]:
        """Telegram's list of PhotoSize for a photo, small to large."""
        return [self.by_id[file_id].json() for file_id in file.sizes]

    def sent(self, given: str | Upload, kind: str) -> File:
        """The file a bot named in its request: an upload, or the id of something already here."""
        if isinstance(given, Upload):
            if kind == "Photo":
                return self.add_photo(given.data)
            return self.add_document(given.name, given.mime, given.data)
        if given.startswith(("http://", "https://")):
            raise errors.FILE_URL()  # the sandbox never goes out
        file = self.find(given)
        if file is None:
            raise errors.FILE_ID_WRONG()
        if file.kind != kind:
            raise errors.FILE_WRONG_KIND(have=file.kind, want=kind)
        return file

    def _keep(self, kind: str, name: str, mime: str, data: bytes) -> File:
        path = f"{FOLDER[kind]}/file_{len(self.by_path)}{PurePath(name).suffix}"
        return self._store(File(_new_id("BQACAgI"), _unique("AgAD", data), kind, name, mime, data, path))

    def _store(self, file: File) -> File:
        self.by_id[file.id] = file
        self.by_path[file.path] = file
        return file


def _new_id(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(36)


def _unique(prefix: str, data: bytes) -> str:
    """The same bytes have the same unique id, whoever sends them."""
    return prefix + hashlib.sha256(data).hexdigest()[:12]
