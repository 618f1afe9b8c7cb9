"""Papers people send with a matter: checked to be what their name says, and rid of what they tell unasked.

Photos become clean JPEGs (`photos.clean`). Office files of the present kinds (docx, xlsx, pptx) lose their properties:
author, company, who changed them last. Names in comments and tracked changes stay, and so does all of a PDF and of an
old office file: to take them out would be to change what was sent, and the handbook says so.
"""

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from models import photos
from models.base import Refused

NAME = 80  # characters of a name that are kept, beside its ending
UNPACKED = 100 * 1024 * 1024  # bytes that an office file may come to; beyond it, a small file may be made to harm
PARTS = 5000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
_OFFICE = "application/vnd.openxmlformats-officedocument."
MODERN = {  # ending → the folder that only this kind has, and its media type
    ".docx": ("word/", f"{_OFFICE}wordprocessingml.document"),
    ".xlsx": ("xl/", f"{_OFFICE}spreadsheetml.sheet"),
    ".pptx": ("ppt/", f"{_OFFICE}presentationml.presentation"),
}
OLD = {".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint"}
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EMPTY = {  # the properties of an office file, with nothing in them; left out altogether, some readers call it broken
    "docProps/core.xml": _HEAD
    + b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docProps/app.xml": _HEAD + f'<Properties xmlns="{_PROPERTIES}"/>'.encode(),
    "docProps/custom.xml": _HEAD + f'<Properties xmlns="{_PROPERTIES.replace("extended", "custom")}"/>'.encode(),
}


@dataclass(frozen=True)
class Paper:
    """A photo or document as we keep it."""

    name: str
    kind: str  # media type
    content: bytes


def clean(name: str, kind: str, content: bytes) -> Paper:
    """What was sent, as we keep it. Refuses (`form.not_a_photo`, `form.not_that_kind`) what is not what it says.

    `kind` is what the sender's program calls it; it is believed only of endings we do not know.
    """
    name = named(name)
    ending = PurePath(name).suffix.lower()
    if ending in PICTURES:
        return Paper(f"{PurePath(name).stem}.jpg", "image/jpeg", photos.clean(content))
    if ending in MODERN:
        return Paper(name, MODERN[ending][1], _office(name, ending, content))
    found = kind
    fits: Callable[[bytes], bool] | None = None
    if ending == ".pdf":
        fits, found = _pdf, "application/pdf"
    elif ending in OLD:
        fits, found = _ole, OLD[ending]
    elif ending == ".txt":
        fits, found = _text, "text/plain"
    if not content or (fits is not None and not fits(content)):
        raise Refused("form.not_that_kind", name=name)
    return Paper(name, found, content)


def named(name: str) -> str:
    """The name without folders, and short, so that its ending is never cut off."""
    last = PurePath(name.replace("\\", "/")).name or "document"
    ending = PurePath(last).suffix[:12]
    return last.removesuffix(ending)[:NAME] + ending


def _pdf(content: bytes) -> bool:
    return b"%PDF-" in content[:1024]


def _ole(content: bytes) -> bool:
    return content.startswith(OLE)


def _text(content: bytes) -> bool:
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for coding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        return not any(sign < " " and sign not in "\t\n\r\f" for sign in text)
    return False


def _office(name: str, ending: str, content: bytes) -> bytes:
    """The office file with its properties emptied."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as found:
            parts = found.infolist()
            names = {part.filename for part in parts}
            folder = MODERN[ending][0]
            if "[Content_Types].xml" not in names or not any(one.startswith(folder) for one in names):
                raise ValueError("not of that kind")
            if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
                raise ValueError("too large inside")
            if any(one.lower().endswith("vbaproject.bin") for one in names):
                raise ValueError("macros")
            return _emptied(found, parts) if names & EMPTY.keys() else content
    # What is crafted to break a reader of archives does so in many ways; whatever it is, it is no office file.
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, KeyError, NotImplementedError, RuntimeError):
        raise Refused("form.not_that_kind", name=name) from None


def _emptied(found: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in parts:
            made.writestr(part.filename, EMPTY.get(part.filename) or found.read(part))
    return out.getvalue()
