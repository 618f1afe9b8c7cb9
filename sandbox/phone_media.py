"""What a person sends besides words: pictures, videos, voices, stickers, dice, albums."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox import dice, entities, kinds
from sandbox.cannot import CannotDo
from sandbox.chats import Chat, Json
from sandbox.files import LARGEST_ALBUM, new_album
from sandbox.kinds import Kind

if TYPE_CHECKING:
    from sandbox.world import World

Where = Chat | int | str | None
NAMES = {"Video": "video.mp4", "Animation": "animation.gif", "Audio": "music.mp3", "Document": "file"}


class MediaPhone:
    """The part of a phone that sends files and what moves by itself."""

    world: "World"

    def send_photo(self, data: bytes, caption: str = "", chat: Where = None, *, spoiler: bool = False) -> Json:
        """Send a picture."""
        return self._post(self._file("photo", data, caption, spoiler=spoiler), chat)

    def send_document(self, name: str, data: bytes, caption: str = "", chat: Where = None, mime: str = "") -> Json:
        """Send a file."""
        return self._post(self._file("document", data, caption, name=name, mime=mime), chat)

    def send_video(self, data: bytes, caption: str = "", chat: Where = None, **details: Any) -> Json:
        """Send a video; ``name, mime, width, height, duration, spoiler`` may be told."""
        return self._post(self._file("video", data, caption, **details), chat)

    def send_animation(self, data: bytes, caption: str = "", chat: Where = None, **details: Any) -> Json:
        """Send a GIF; the same may be told as of a video."""
        return self._post(self._file("animation", data, caption, **details), chat)

    def send_audio(self, data: bytes, caption: str = "", chat: Where = None, **details: Any) -> Json:
        """Send music; ``name, mime, duration, performer, title`` may be told."""
        return self._post(self._file("audio", data, caption, **details), chat)

    def send_voice(self, data: bytes, caption: str = "", chat: Where = None, **details: Any) -> Json:
        """Say something aloud; ``duration, mime`` may be told."""
        return self._post(self._file("voice", data, caption, **details), chat)

    def send_video_note(self, data: bytes, chat: Where = None, **details: Any) -> Json:
        """Send a round video; ``length, duration`` may be told."""
        return self._post(self._file("video_note", data, "", **details), chat)

    def send_sticker(self, data: bytes, chat: Where = None, emoji: str = "") -> Json:
        """Send a sticker."""
        return self._post(self._file("sticker", data, "", emoji=emoji), chat)

    def send_dice(self, emoji: str = "🎲", chat: Where = None) -> Json:
        """Throw a die."""
        thrown = dice.thrown(emoji)
        if thrown is None:
            raise CannotDo(f"{emoji} cannot be thrown")
        return self._post({"dice": thrown}, chat)

    def send_album(self, items: Iterable[Mapping[str, Any]], chat: Where = None) -> list[Json]:
        """Send up to ten files at once: ``{"kind": "photo", "data": b"…", "caption": "…", …}`` each."""
        chosen = [dict(item) for item in items]
        fields = [str(item.pop("kind", "photo")) for item in chosen]
        albums = {kinds.FIELDS[field].album for field in fields if field in kinds.FIELDS}
        if not 2 <= len(chosen) <= LARGEST_ALBUM:
            raise CannotDo("an album is two to ten files")
        if albums == {""} or len(albums) != 1 or not kinds.FIELDS.keys() >= set(fields):
            raise CannotDo("only photos and videos, or only documents, or only music make an album")
        contents = [self._file(field, **item) for field, item in zip(fields, chosen, strict=True)]
        group = new_album()
        return [self._post({"media_group_id": group} | content, chat) for content in contents]

    def _file(
        self,
        field: str,
        data: bytes,
        caption: str = "",
        *,
        name: str = "",
        mime: str = "",
        spoiler: bool = False,
        **details: Any,
    ) -> Json:
        """The fields of a message with that file."""
        kind: Kind = kinds.FIELDS[field]
        if unknown := details.keys() - set(kind.details):
            raise CannotDo(f"nothing is known of {', '.join(sorted(unknown))} in a {field}")
        file = self.world.files.add(kind, name or NAMES.get(kind.name, ""), mime, data, details)
        content = self.world.files.content(file)
        words = entities.written(caption)
        if words.text:
            content |= words.fields("caption")
        if spoiler and kind.coverable:
            content["has_media_spoiler"] = True
        return content

    def _post(self, content: Json, chat: Where, reply_to: int | Json | None = None) -> Json:
        raise NotImplementedError
