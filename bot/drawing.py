"""Pictures of letters: each is drawn once and goes over the wire once, however many people get it."""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.fate import NotSaid, Verdict
from bot.sending import Said

log = logging.getLogger(__name__)

Draw = Callable[[str, dict[str, Any], str], bytes | None]
Speak = Callable[[str | bytes | None], Awaitable[Said]]  # says the words with this picture, or without any

PLATES = 64  # pictures remembered
AT_ONCE = 2  # drawn at the same time
# What Telegram may have against a picture and not against the words.
REFUSED = frozenset({"bad_file", "file_too_big", "other_4xx", "no_rights"})


@dataclass(frozen=True)
class Picture:
    """What is to be drawn, and in which language."""

    name: str
    facts: dict[str, Any] = field(hash=False)
    language: str

    @property
    def key(self) -> str:
        return json.dumps([self.name, self.language, self.facts], sort_keys=True)


@dataclass
class _Plate:
    """One picture that may be wanted again."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    content: bytes | None = None  # until Telegram has it
    file_id: str | None = None
    blank: bool = False  # it cannot be drawn


class Drawer:
    """Draws what a letter shows. Whatever goes wrong with a picture, the words are said without it."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._plates: OrderedDict[str, _Plate] = OrderedDict()
        self._hands = asyncio.Semaphore(AT_ONCE)

    async def say(self, picture: Picture, speak: Speak) -> Said:
        """Say something with its picture. NotSaid: see the fate; then nothing was said."""
        plate = self._plate(picture.key)
        for _ in range(2):
            used = plate.file_id
            if used is not None:
                try:
                    return await speak(used)
                except NotSaid as no:
                    if not _refused(no):
                        raise
            async with plate.lock:  # the first one uploads; the others wait for the id that Telegram gives it
                if plate.file_id == used:
                    plate.file_id = None
                    if (said := await self._upload(plate, picture, speak)) is not None:
                        return said
                    break
        return await speak(None)

    async def _upload(self, plate: _Plate, picture: Picture, speak: Speak) -> Said | None:
        """Draw and send the bytes. None if there is no picture, or Telegram does not want it."""
        if plate.content is None and not plate.blank:
            plate.content = await self._drawn(picture)
            plate.blank = plate.content is None
        if plate.content is None:
            return None
        try:
            said = await speak(plate.content)
        except NotSaid as no:
            if not _refused(no):
                raise
            log.warning("picture %s was refused (%s)", picture.name, no.fate.cause)
            if no.fate.cause != "no_rights":  # that is the chat's affair
                plate.content, plate.blank = None, True
            return None
        plate.file_id = said.file
        if said.file is not None:
            plate.content = None
        return said

    async def _drawn(self, picture: Picture) -> bytes | None:
        try:
            async with self._hands:
                return await asyncio.to_thread(self._draw, picture.name, picture.facts, picture.language)
        except Exception as error:
            log.warning("picture %s was not drawn (%s)", picture.name, type(error).__name__)
            return None

    def _plate(self, key: str) -> _Plate:
        plate = self._plates.setdefault(key, _Plate())
        self._plates.move_to_end(key)
        while len(self._plates) > PLATES:
            self._plates.popitem(last=False)
        return plate


def _refused(no: NotSaid) -> bool:
    return no.fate.verdict is Verdict.NO and no.fate.cause in REFUSED
