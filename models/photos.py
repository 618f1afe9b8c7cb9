"""Photos people send, made safe to keep: upright, of a sensible size, without the place where they were taken."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from models.base import Refused

LIMIT = 20 * 1024 * 1024  # bytes; what a bot may fetch at all
PIXELS = 50_000_000  # a phone's largest; beyond it, a small file may be made to fill the memory
SIDE = 2560  # pixels of the longer side that are kept
QUALITY = 88
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "MPO")  # only these decoders are let near a stranger's bytes


def clean(content: bytes) -> bytes:
    """The photo as we keep it: a JPEG, upright, its longer side at most 2,560 pixels, no EXIF and so no place.

    Refuses (`form.not_a_photo`) what is broken, too large or made to harm.
    """
    if not content or len(content) > LIMIT:
        raise Refused("form.not_a_photo")
    try:
        return _encode(content)
    # Decoders fail on crafted bytes in more ways than they document; whatever it is, it is no photo.
    except (UnidentifiedImageError, Image.DecompressionBombError, Warning, OSError, ValueError, SyntaxError):
        raise Refused("form.not_a_photo") from None
    except (TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError, MemoryError):
        raise Refused("form.not_a_photo") from None


def _encode(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=FORMATS) as photo:
        if photo.width * photo.height > PIXELS:
            raise ValueError("too many pixels")
        photo.draft("RGB", (SIDE, SIDE))  # a large JPEG is decoded small at once
        upright = ImageOps.exif_transpose(photo)
        upright.thumbnail((SIDE, SIDE))
        canvas = Image.new("RGB", upright.size, "white")  # a new picture carries no metadata; white where it was clear
        visible = upright.convert("RGBA")
        canvas.paste(visible, mask=visible.getchannel("A"))
        out = io.BytesIO()
        canvas.save(out, "JPEG", quality=QUALITY, optimize=True)
        return out.getvalue()
