"""Everything that is sent besides words: what the bot gets back, what it is refused, and what people can do."""

import base64
import io
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import telegram
from PIL import Image

from sandbox import CannotDo, Clock, Group, Person, Sandbox, Someone, World
from sandbox.dice import FACES
from sandbox.files import LARGEST_DOWNLOAD
from sandbox.kinds import KINDS
from tests.test_sandbox_socket import whole

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"moving" * 40
OGG = b"OggS" + b"voice" * 40
MP3 = b"ID3" + b"music" * 40


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), colour: str = "teal") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind)
    return target.getvalue()


class Bot:
    """The bot's end of the line."""

    def __init__(self, world: World, http: httpx.AsyncClient) -> None:
        self.world = world
        self.http = http

    async def ask(self, method: str, files: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        answer = await self.http.post(f"/bot{self.world.token}/{method}", data=fields, files=files)
        body: dict[str, Any] = answer.json()
        assert answer.status_code == body.get("error_code", 200)
        return body

    async def __call__(self, method: str, files: dict[str, Any] | None = None, **params: Any) -> Any:
        body = await self.ask(method, files, **params)
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, files: dict[str, Any] | None = None, **params: Any) -> str:
        body = await self.ask(method, files, **params)
        assert not body["ok"], body
        return str(body["description"])

    async def bytes_of(self, file_id: str) -> bytes:
        path = (await self("getFile", file_id=file_id))["file_path"]
        return (await self.http.get(f"/file/bot{self.world.token}/{path}")).content


@pytest.fixture
def world() -> World:
    people = [Someone("李梅", username="limei"), Someone("王强"), Someone("陈静")]
    world = World(people=people, group=Group("群", ["李梅", "王强"]), clock=Clock(ticking=False))
    world.person("李梅").start()
    world.queue.drop()
    return world


@pytest.fixture
def li(world: World) -> Person:
    return world.person("李梅")


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield Bot(world, client)


def heard(world: World) -> list[dict[str, Any]]:
    return [json.loads(update.text) for update in world.queue.waiting]


def parsed(message: dict[str, Any]) -> telegram.Message:
    read = telegram.Message.de_json(message, None)
    whole(read)
    return read


SENT = {
    "Photo": ("sendPhoto", "photo", ("a.png", picture()), {}),
    "Video": ("sendVideo", "video", ("clip.mp4", MP4), {"width": 320, "height": 240, "duration": 7}),
    "Animation": ("sendAnimation", "animation", ("cat.gif", picture("GIF")), {"width": 64, "height": 48}),
    "Audio": ("sendAudio", "audio", ("song.mp3", MP3), {"performer": "李", "title": "歌", "duration": 200}),
    "Document": ("sendDocument", "document", ("名单.csv", b"a,b"), {}),
    "VoiceNote": ("sendVoice", "voice", ("v.ogg", OGG), {"duration": 4}),
    "VideoNote": ("sendVideoNote", "video_note", ("round.mp4", MP4 + b"round"), {"length": 240, "duration": 9}),
    "Sticker": ("sendSticker", "sticker", ("s.webp", picture("WEBP", (512, 512))), {"emoji": "😀"}),
}


async def send(bot: Bot, kind: str, chat: int, **more: Any) -> Any:
    method, field, upload, details = SENT[kind]
    return await bot(method, {field: upload}, chat_id=chat, **details, **more)


def file_of(message: dict[str, Any], kind: str) -> dict[str, Any]:
    field = SENT[kind][1]
    found: dict[str, Any] = message[field][-1] if kind == "Photo" else message[field]
    return found


@pytest.mark.parametrize("kind", SENT)
async def test_whatever_the_bot_sends_is_told_as_telegram_tells_it(bot: Bot, li: Person, kind: str) -> None:
    message = await send(bot, kind, li.id)
    parsed(message)
    file = file_of(message, kind)
    assert file["file_id"].startswith(KINDS[kind].prefix)
    for name, value in SENT[kind][3].items():
        assert file[name] == value
    found = await bot("getFile", file_id=file["file_id"])
    assert found["file_path"].startswith(f"{KINDS[kind].folder}/")
    assert file["file_size"] == found["file_size"]
    if kind != "Photo":  # those are made anew
        assert await bot.bytes_of(file["file_id"]) == SENT[kind][2][1]
    again = await bot(SENT[kind][0], chat_id=li.id, **{SENT[kind][1]: file["file_id"]})
    assert file_of(again, kind) == file


async def test_types_come_from_the_name_and_from_the_first_bytes(bot: Bot, li: Person) -> None:
    async def told(method: str, field: str, name: str, data: bytes) -> Any:
        return (await bot(method, {field: (name, data, "application/octet-stream")}, chat_id=li.id))[field]

    assert (await told("sendVideo", "video", "a.webm", b"x"))["mime_type"] == "video/webm"
    assert (await told("sendVideo", "video", "a.txt", b"x"))["mime_type"] == "video/mp4"
    assert (await told("sendAudio", "audio", "a.m4a", b"x"))["mime_type"] == "audio/mp4"
    assert (await told("sendVoice", "voice", "blob", MP3))["mime_type"] == "audio/mpeg"
    assert "file_name" not in await told("sendVoice", "voice", "a.ogg", OGG)
    gif = await bot("sendDocument", {"document": ("cat.gif", picture("GIF"))}, chat_id=li.id)
    assert gif["animation"]["mime_type"] == "image/gif"
    assert gif["document"]["file_id"] == gif["animation"]["file_id"]
    kept = await bot(
        "sendDocument",
        {"document": ("cat.gif", picture("GIF"))},
        chat_id=li.id,
        disable_content_type_detection=True,
    )
    assert "animation" not in kept


async def test_covers_captions_thumbnails_and_beginnings_are_kept(bot: Bot, li: Person) -> None:
    small = picture("JPEG", (90, 60))
    files = {"video": ("v.mp4", MP4), "thumb": ("t.jpg", small), "front": ("f.png", picture())}
    message = await bot(
        "sendVideo",
        files,
        chat_id=li.id,
        caption="<b>看</b>",
        parse_mode="HTML",
        has_spoiler=True,
        show_caption_above_media=True,
        thumbnail="attach://thumb",
        cover="attach://front",
        start_timestamp=3,
        duration=10**9,
    )
    parsed(message)
    assert message["has_media_spoiler"]
    assert message["show_caption_above_media"]
    assert message["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    video = message["video"]
    assert (video["start_timestamp"], video["duration"]) == (3, 86_400)
    assert (video["thumbnail"]["width"], video["thumbnail"]["height"]) == (90, 60)
    assert await bot.bytes_of(video["thumbnail"]["file_id"]) == small
    assert video["cover"][-1]["width"] == 64
    line = li.last()
    assert line["spoiler"]
    assert line["caption_above"]
    assert line["video"]["cover"] == video["cover"][-1]["file_id"]
    assert (
        "thumbnail"
        not in (
            await bot("sendAudio", {"audio": ("a.mp3", MP3), "thumbnail": ("t.jpg", b"no picture")}, chat_id=li.id)
        )["audio"]
    )


@pytest.mark.parametrize("kind", SENT)
async def test_a_file_id_is_of_one_kind_only(bot: Bot, li: Person, kind: str) -> None:
    file_id = file_of(await send(bot, kind, li.id), kind)["file_id"]
    for other, (method, field, _, _) in SENT.items():
        if other != kind:
            words = await bot.refused(method, chat_id=li.id, **{field: file_id})
            assert words == f"Bad Request: can't use file of type {kind} as {other}"


async def test_what_cannot_be_sent_is_refused_in_telegrams_words(bot: Bot, world: World, li: Person) -> None:
    missing = {"video": "video", "audio": "audio", "voice": "voice", "animation": "animation"}
    missing |= {"video_note": "video note", "sticker": "sticker", "photo": "photo", "document": "document"}
    for method, field, _, _ in SENT.values():
        assert await bot.refused(method, chat_id=li.id) == f"Bad Request: there is no {missing[field]} in the request"
        assert await bot.refused(method, {field: ("x", b"")}, chat_id=li.id) == "Bad Request: file must be non-empty"
        words = await bot.refused(method, chat_id=li.id, **{field: "no-such-id"})
        assert words == "Bad Request: wrong file identifier/HTTP URL specified"
        words = await bot.refused(method, chat_id=li.id, **{field: "https://example.com/a"})
        assert words == "Bad Request: failed to get HTTP URL content"
    words = await bot.refused("sendVideo", {"video": ("v.mp4", MP4)}, chat_id=li.id, caption="长" * 1025)
    assert words == "Bad Request: message caption is too long"
    words = await bot.refused("sendPhoto", {"photo": ("p.png", b"no")}, chat_id=li.id)
    assert words == "Bad Request: IMAGE_PROCESS_FAILED"
    for name, data in (("a.txt", b"words"), ("a.webp", b"RIFF....WEBPbroken")):
        assert "sticker" in await bot.refused("sendSticker", {"sticker": (name, data)}, chat_id=li.id)
    assert await bot.refused("sendDice", chat_id=li.id, emoji="🍎") == "Bad Request: EMOTICON_INVALID"
    words = await bot.refused("sendContact", chat_id=li.id, first_name="王")
    assert words == 'Bad Request: parameter "phone_number" is required'


async def test_large_files_can_be_sent_but_not_fetched(bot: Bot, li: Person) -> None:
    large = MP4 + bytes(LARGEST_DOWNLOAD)
    video = (await bot("sendVideo", {"video": ("v.mp4", large)}, chat_id=li.id))["video"]
    assert await bot.refused("getFile", file_id=video["file_id"]) == "Bad Request: file is too big"
    too_large = bytes((50 << 20) + 1)
    assert await bot.refused("sendVideo", {"video": ("v.mp4", too_large)}, chat_id=li.id) == "Request Entity Too Large"
    words = await bot.refused("sendPhoto", {"photo": ("p.png", bytes((10 << 20) + 1))}, chat_id=li.id)
    assert words.endswith("bytes is too big for a photo; the maximum size is 10485760 bytes")


async def test_a_group_decides_what_may_be_sent(bot: Bot, world: World, li: Person) -> None:
    group = world.chat("群")
    li.restrict(group, ["can_send_messages"])
    for kind, (method, field, upload, _) in SENT.items():
        words = await bot.refused(method, {field: upload}, chat_id=group.id)
        assert words == f"Bad Request: not enough rights to send {KINDS[kind].words} to the chat"
    assert await bot.refused("sendDice", chat_id=group.id) == "Bad Request: not enough rights to send dice to the chat"
    await bot("sendContact", chat_id=group.id, phone_number="1", first_name="王")
    one, two = {"type": "photo", "media": "attach://a"}, {"type": "video", "media": "attach://b"}
    li.restrict(group, ["can_send_messages", "can_send_photos"])
    files = {"a": ("a.png", picture()), "b": ("b.mp4", MP4)}
    words = await bot.refused("sendMediaGroup", files, chat_id=group.id, media=[one, two])
    assert words == "Bad Request: not enough rights to send videos to the chat"


async def test_dice_fall_as_far_as_they_can_and_no_further(bot: Bot, li: Person) -> None:
    random.seed(5)
    for emoji, faces in FACES.items():
        values = {(await bot("sendDice", chat_id=li.id, emoji=emoji))["dice"]["value"] for _ in range(faces * 12)}
        assert values == set(range(1, faces + 1)) if faces < 10 else values <= set(range(1, 65))
    random.seed(1)
    first = parsed(await bot("sendDice", chat_id=li.id)).dice
    random.seed(1)
    second = parsed(await bot("sendDice", chat_id=li.id)).dice
    assert first == second
    assert first
    assert first.emoji == "🎲"
    assert li.text().endswith(f"<dice 🎲 {first.value}>")
    football = await bot("sendDice", chat_id=li.id, emoji="⚽\ufe0f")
    assert football["dice"]["emoji"] == "⚽"
    assert await bot.refused("editMessageText", chat_id=li.id, message_id=football["message_id"], text="1") == (
        "Bad Request: there is no text in the message to edit"
    )


async def test_a_contact_is_handed_over_with_its_card(bot: Bot, li: Person) -> None:
    message = await bot(
        "sendContact",
        chat_id=li.id,
        phone_number="+86 10 1234",
        first_name="总机",
        last_name="一层",
        vcard="BEGIN:VCARD",
    )
    assert parsed(message).contact == telegram.Contact("+86 10 1234", "总机", "一层", vcard="BEGIN:VCARD")


ALBUM = [
    {"type": "photo", "media": "attach://one", "caption": "<i>一</i>", "parse_mode": "HTML", "has_spoiler": True},
    {"type": "video", "media": "attach://two", "duration": 5, "width": 16, "height": 9, "caption": "二"},
    {"type": "photo", "media": "attach://three"},
]
FILES = {"one": ("1.png", picture()), "two": ("2.mp4", MP4), "three": ("3.png", picture(colour="red"))}


async def test_an_album_is_so_many_messages_that_belong_together(bot: Bot, li: Person) -> None:
    first = li.send("看看")
    sent = await bot(
        "sendMediaGroup", FILES, chat_id=li.id, media=ALBUM, reply_parameters={"message_id": first["message_id"]}
    )
    assert [message["message_id"] for message in sent] == list(range(sent[0]["message_id"], sent[0]["message_id"] + 3))
    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message.get("caption") for message in sent] == ["一", "二", None]
    assert sent[0]["caption_entities"]
    assert sent[0]["has_media_spoiler"]
    assert sent[1]["video"]["duration"] == 5
    for message in sent:
        parsed(message)
        assert message["reply_to_message"]["message_id"] == first["message_id"]
    other = await bot("sendMediaGroup", FILES, chat_id=li.id, media=ALBUM)
    assert other[0]["media_group_id"] != sent[0]["media_group_id"]
    ids = [message["photo"][-1]["file_id"] for message in (sent[0], sent[2])]
    again = await bot("sendMediaGroup", chat_id=li.id, media=[{"type": "photo", "media": one} for one in ids * 5])
    assert len(again) == 10
    (alone,) = await bot("sendMediaGroup", chat_id=li.id, media=[{"type": "photo", "media": ids[0]}])
    assert "media_group_id" not in alone
    lines = li.transcript()
    assert [line.get("album") for line in lines[-14:-11]] == [other[0]["media_group_id"]] * 3


async def test_an_album_goes_out_whole_or_not_at_all(bot: Bot, li: Person) -> None:
    before = len(li.transcript())
    files = FILES | {"bad": ("x.png", b"no picture"), "text": ("a.txt", b"a"), "song": ("a.mp3", MP3)}
    photo, document = {"type": "photo", "media": "attach://one"}, {"type": "document", "media": "attach://text"}
    audio = {"type": "audio", "media": "attach://song"}

    async def refused(media: Any) -> str:
        words = await bot.refused("sendMediaGroup", files, chat_id=li.id, media=media)
        assert words.startswith("Bad Request: ")
        return words.removeprefix("Bad Request: ")

    assert await refused([]) == "there are no messages to send"
    assert await refused([photo] * 11) == "too many messages to send as an album"
    assert await refused([photo, document]) == "document can't be mixed with other media types"
    assert await refused([audio, photo]) == "audio can't be mixed with other media types"
    assert await refused([audio, document]) == "audio can't be mixed with other media types"
    assert await refused([photo, {"type": "photo", "media": "attach://nothing"}]) == (
        "can't parse InputMedia: media not found"
    )
    assert await refused([photo, {"type": "animation", "media": "attach://one"}]) == (
        "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup"
    )
    assert await refused([photo, {"type": "dream", "media": "x"}]) == (
        'can\'t parse InputMedia: type "dream" is unsupported'
    )
    assert await refused([photo, {"media": "attach://one"}]) == "can't parse InputMedia: Can't find field \"type\""
    assert await refused([photo, "words"]) == "can't parse InputMedia: expected an Object"
    assert (await refused([photo, photo | {"size": 1}])).startswith("can't parse InputMedia: size:")
    assert await refused({"type": "photo"}) == "expected an Array of InputMedia"
    assert await refused("{") == "can't parse media JSON object"
    assert await refused([photo, {"type": "photo", "media": "attach://bad"}]) == (
        'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"'
    )
    assert await refused([photo, photo | {"show_caption_above_media": True}]) == (
        "parameter show_caption_above_media must be the same for all messages"
    )
    assert await refused([photo, photo | {"caption": "长" * 1025}]) == "message caption is too long"
    assert await bot.refused("sendMediaGroup", chat_id=li.id) == 'Bad Request: parameter "media" is required'
    assert len(li.transcript()) == before


async def test_documents_and_music_have_albums_of_their_own(bot: Bot, li: Person) -> None:
    for type_, upload in (("document", ("a.gif", picture("GIF"))), ("audio", ("a.mp3", MP3))):
        media = [{"type": type_, "media": "attach://a"}, {"type": type_, "media": "attach://a", "caption": "完"}]
        sent = await bot("sendMediaGroup", {"a": upload}, chat_id=li.id, media=media)
        assert [type_ in message and "animation" not in message for message in sent] == [True, True]
        assert parsed(sent[1]).caption == "完"


async def test_an_album_counts_as_many_messages(bot: Bot, world: World, li: Person) -> None:
    world.flood.on = True
    sent = await bot("sendMediaGroup", FILES, chat_id=li.id, media=ALBUM)
    answer = await bot.ask("sendMessage", chat_id=li.id, text="还有")
    assert answer["parameters"] == {"retry_after": 3}
    world.clock.move(timedelta(seconds=3))
    ids = [message["photo"][-1]["file_id"] for message in (sent[0], sent[2])] * 5
    ten = [{"type": "photo", "media": one} for one in ids]
    await bot("sendMediaGroup", chat_id=li.id, media=ten)
    answer = await bot.ask("sendMessage", chat_id=li.id, text="还有")
    assert answer["parameters"] == {"retry_after": 8}  # as long as ten single ones would have taken
    world.clock.move(timedelta(seconds=8))
    await bot("sendMessage", chat_id=li.id, text="还有")
    answer = await bot.ask("sendMediaGroup", chat_id=li.id, media=ten)
    assert answer["error_code"] == 429
    assert len(li.transcript()) == 1 + 3 + 10 + 1
    group = world.chat("群").id
    await bot("sendMediaGroup", chat_id=group, media=ten)
    world.clock.move(timedelta(seconds=5))
    await bot("sendMediaGroup", chat_id=group, media=ten)
    answer = await bot.ask("sendMessage", chat_id=group, text="第 21 条")
    assert answer["parameters"] == {"retry_after": 55}


@pytest.mark.parametrize("kind", SENT)
async def test_all_of_it_can_be_forwarded_and_copied(bot: Bot, world: World, li: Person, kind: str) -> None:
    group = world.chat("群").id
    captioned = KINDS[kind].captioned
    original = await send(bot, kind, li.id, **({"caption": "原话"} if captioned else {}))
    number = original["message_id"]
    forwarded = await bot("forwardMessage", chat_id=group, from_chat_id=li.id, message_id=number)
    assert file_of(forwarded, kind) == file_of(original, kind)
    assert parsed(forwarded).forward_origin
    await bot("copyMessage", chat_id=group, from_chat_id=li.id, message_id=number, caption="新话")
    await bot("copyMessage", chat_id=group, from_chat_id=li.id, message_id=number, caption="")
    await bot("copyMessage", chat_id=group, from_chat_id=li.id, message_id=number)
    copies = list(world.chat(group).messages.values())[-3:]
    for copy in copies:
        assert file_of(copy.json, kind) == file_of(original, kind)
        assert "forward_origin" not in copy.json
    assert [copy.json.get("caption") for copy in copies] == (["新话", None, "原话"] if captioned else [None] * 3)


async def test_dice_and_contacts_are_passed_on_as_they_fell(bot: Bot, world: World, li: Person) -> None:
    thrown = await bot("sendDice", chat_id=li.id, emoji="🎰")
    card = li.send_contact()
    for sent, field in ((thrown, "dice"), (card, "contact")):
        number = sent["message_id"]
        forwarded = await bot("forwardMessage", chat_id=li.id, from_chat_id=li.id, message_id=number)
        assert forwarded[field] == sent[field]
        await bot("copyMessage", chat_id=li.id, from_chat_id=li.id, message_id=number)
        assert next(reversed(li.private.messages.values())).json[field] == sent[field]


async def test_several_messages_are_passed_on_without_those_that_are_gone(bot: Bot, world: World, li: Person) -> None:
    wang = world.person("王强")
    wang.start()
    album = await bot("sendMediaGroup", FILES, chat_id=li.id, media=ALBUM)
    answer = await bot(
        "sendMessage", chat_id=li.id, text="好看", reply_parameters={"message_id": album[0]["message_id"]}
    )
    secret = await bot("sendMessage", chat_id=li.id, text="保密", protect_content=True)
    numbers = [*(one["message_id"] for one in album), answer["message_id"], secret["message_id"], 9999]
    where = {"chat_id": wang.id, "from_chat_id": li.id, "message_ids": numbers}
    forwarded = await bot("forwardMessages", **where)
    assert [set(one) for one in forwarded] == [{"message_id"}] * 4  # what is protected stays
    messages = [wang.private.messages[one["message_id"]].json for one in forwarded]
    assert len({one.get("media_group_id") for one in messages[:3]}) == 1
    assert messages[0]["media_group_id"] != album[0]["media_group_id"]
    assert messages[3]["reply_to_message"]["message_id"] == messages[0]["message_id"]
    assert all(one["forward_origin"]["sender_user"]["id"] == world.bot.id for one in messages)
    copied = await bot("copyMessages", **where, remove_caption=True)
    messages = [wang.private.messages[one["message_id"]].json for one in copied]
    assert len(messages) == 5  # bots may copy what is protected
    assert not any("caption" in one or "forward_origin" in one for one in messages)
    assert messages[3]["text"] == "好看"

    async def refused(method: str, **params: Any) -> str:
        return await bot.refused(method, **(where | params))

    for method in ("forwardMessages", "copyMessages"):
        assert await refused(method, message_ids=[9998, 9999]) == "Bad Request: there are no messages to forward"
        assert await refused(method, message_ids=[]) == "Bad Request: message identifiers are not specified"
        assert await refused(method, message_ids=list(range(101))) == (
            "Bad Request: too many message identifiers specified"
        )
        assert await refused(method, message_ids=[2, 1]) == (
            "Bad Request: message identifiers must be in a strictly increasing order"
        )
        assert await refused(method, from_chat_id=123) == "Bad Request: chat not found"
        assert await refused(method, chat_id=world.person("陈静").id) == "Bad Request: chat not found"
    assert await refused("forwardMessages", message_ids=[secret["message_id"]]) == (
        "Bad Request: there are no messages to forward"
    )
    joined = next(iter(world.chat("群").messages.values()))
    assert "new_chat_members" in joined.json
    one = {"chat_id": li.id, "from_chat_id": world.chat("群").id, "message_id": joined.id}
    assert await bot.refused("forwardMessage", **one) == "Bad Request: message can't be forwarded"
    assert await bot.refused("copyMessage", **one) == "Bad Request: message can't be copied"
    assert await bot.refused("copyMessage", **(one | {"message_id": 9999})) == "Bad Request: message to copy not found"
    assert await bot.refused("forwardMessage", **(one | {"message_id": 9999})) == (
        "Bad Request: message to forward not found"
    )


async def test_captions_are_edited_under_all_that_has_one(bot: Bot, li: Person) -> None:
    for kind in SENT:
        message = await send(bot, kind, li.id)
        place = {"chat_id": li.id, "message_id": message["message_id"], "caption": "新话"}
        if not KINDS[kind].captioned:
            words = await bot.refused("editMessageCaption", **place)
            assert words == "Bad Request: there is no caption in the message to edit"
            continue
        edited = await bot("editMessageCaption", **place)
        assert parsed(edited).caption == "新话"
        assert file_of(edited, kind) == file_of(message, kind)
        assert "message is not modified" in await bot.refused("editMessageCaption", **place)


async def test_any_media_takes_the_place_of_any_other(bot: Bot, li: Person) -> None:
    message = await bot("sendMessage", chat_id=li.id, text="先是字")
    place = {"chat_id": li.id, "message_id": message["message_id"]}
    for kind in ("Photo", "Video", "Animation", "Audio", "Document"):
        _, field, upload, details = SENT[kind]
        media = {"type": field, "media": "attach://x", "caption": kind, **details}
        edited = await bot("editMessageMedia", {"x": upload}, **place, media=media)
        parsed(edited)
        assert edited["caption"] == kind
        assert [name for name in ("text", "photo", "video", "audio") if name in edited] == (
            [field] if field in ("photo", "video", "audio") else []
        )
        for name, value in details.items():
            assert file_of(edited, kind)[name] == value
        words = await bot.refused("editMessageMedia", {"x": upload}, **place, media=media)
        assert words.startswith("Bad Request: message is not modified")
    assert li.transcript()[-1]["document"]["name"] == "名单.csv"
    media = {"type": "photo", "media": "attach://x"}
    for kind in ("VoiceNote", "VideoNote", "Sticker"):
        number = (await send(bot, kind, li.id))["message_id"]
        words = await bot.refused(
            "editMessageMedia", {"x": SENT["Photo"][2]}, chat_id=li.id, message_id=number, media=media
        )
        assert words == "Bad Request: message media can't be edited"
    number = (await bot("sendDice", chat_id=li.id))["message_id"]
    words = await bot.refused(
        "editMessageMedia", {"x": SENT["Photo"][2]}, chat_id=li.id, message_id=number, media=media
    )
    assert words == "Bad Request: message media can't be edited"
    for wrong, words in (
        ("{", "can't parse media JSON object"),
        ("[]", "can't parse InputMedia: expected an Object"),
        ('{"type": "voice", "media": "x"}', 'can\'t parse InputMedia: type "voice" is unsupported'),
        ('{"type": "photo"}', "can't parse InputMedia: media not found"),
        ('{"type": "photo", "media": "x"}', "wrong file identifier/HTTP URL specified"),
    ):
        assert await bot.refused("editMessageMedia", **place, media=wrong) == f"Bad Request: {words}"


async def test_an_album_keeps_its_kind(bot: Bot, li: Person) -> None:
    photo, video, _ = await bot("sendMediaGroup", FILES, chat_id=li.id, media=ALBUM)

    async def edit(message: dict[str, Any], type_: str, upload: Any) -> Any:
        media = {"type": type_, "media": "attach://x"}
        place = {"chat_id": li.id, "message_id": message["message_id"]}
        return await bot.ask("editMessageMedia", {"x": upload}, **place, media=media)

    changed = (await edit(photo, "video", ("n.mp4", MP4 + b"new")))["result"]
    assert changed["media_group_id"] == photo["media_group_id"]
    assert "video" in changed
    assert (await edit(video, "document", ("a.txt", b"a")))["description"] == (
        "Bad Request: can't change media type in the album"
    )
    assert (await edit(video, "animation", ("a.gif", picture("GIF"))))["description"] == (
        "Bad Request: message content type can't be used in an album"
    )


async def test_an_answer_to_another_chat_shows_what_was_said_there(bot: Bot, world: World, li: Person) -> None:
    group = world.chat("群")
    said = li.send("周六去爬山吗？谁报名", group)
    elsewhere = {"chat_id": group.id, "message_id": said["message_id"]}
    answer = await bot("sendMessage", chat_id=li.id, text="去", reply_parameters=elsewhere)
    parsed(answer)
    assert "reply_to_message" not in answer
    external = answer["external_reply"]
    assert external["origin"] == {"type": "user", "sender_user": li.user.json(), "date": said["date"]}
    assert (external["chat"]["id"], external["message_id"]) == (group.id, said["message_id"])
    assert answer["quote"] == {"text": "周六去爬山吗？谁报名", "position": 0}
    assert li.last()["external"] == {"from": "李梅", "kind": "", "text": "周六去爬山吗？谁报名", "title": "群"}
    assert li.text().endswith("(to 李梅 elsewhere: 周六去爬山吗？谁报名) 去")

    shown = li.send_photo(picture(), "", group, spoiler=True)
    reply = {"chat_id": group.id, "message_id": shown["message_id"]}
    answer = await bot("sendDice", chat_id=li.id, reply_parameters=reply)
    parsed(answer)
    assert answer["external_reply"]["photo"] == shown["photo"]
    assert answer["external_reply"]["has_media_spoiler"]
    assert "quote" not in answer
    assert li.last()["external"]["kind"] == "photo"

    private = li.send("悄悄话")
    reply = {"chat_id": li.id, "message_id": private["message_id"]}
    answer = await bot("sendMessage", chat_id=group.id, text="嗯", reply_parameters=reply)
    assert set(answer["external_reply"]) == {"origin"}  # where a private chat is, nobody is told

    same = await bot("sendMessage", chat_id=li.id, text="同一个聊天", reply_parameters=reply)
    assert same["reply_to_message"]["message_id"] == private["message_id"]
    assert "external_reply" not in same


async def test_an_answer_needs_something_to_answer(bot: Bot, world: World, li: Person) -> None:
    group = world.chat("群")

    async def refused(**reply: Any) -> str:
        words = await bot.refused("sendVoice", {"voice": ("v.ogg", OGG)}, chat_id=li.id, reply_parameters=reply)
        return words.removeprefix("Bad Request: ")

    gone = "message to be replied not found"
    assert await refused(message_id=999) == gone
    assert await refused(message_id=999, chat_id=group.id) == gone
    assert await refused(message_id=999, chat_id=group.id, allow_sending_without_reply=True) == gone
    assert await refused(message_id=1, chat_id=-1) == "chat not found"
    assert await refused(message_id=1, chat_id="@nobody") == "chat not found"
    sent = await bot(
        "sendVoice",
        {"voice": ("v.ogg", OGG)},
        chat_id=li.id,
        reply_parameters={"message_id": 999, "allow_sending_without_reply": True},
    )
    assert "reply_to_message" not in sent
    secret = await bot("sendMessage", chat_id=group.id, text="保密", protect_content=True)
    reply = {"message_id": secret["message_id"], "chat_id": group.id}
    sent = await bot("sendMessage", chat_id=li.id, text="?", reply_parameters=reply)
    assert "external_reply" not in sent
    assert "quote" not in sent


async def test_a_quote_must_stand_in_the_message_exactly_so(bot: Bot, world: World, li: Person) -> None:
    said = await bot("sendMessage", chat_id=li.id, text="😀报名，<b>报名</b>，再报名", parse_mode="HTML")

    async def quoted(**more: Any) -> Any:
        reply = {"message_id": said["message_id"], **more}
        return await bot("sendMessage", chat_id=li.id, text="好", reply_parameters=reply)

    async def refused(**more: Any) -> str:
        reply = {"message_id": said["message_id"], **more}
        return await bot.refused("sendMessage", chat_id=li.id, text="好", reply_parameters=reply)

    plain = await quoted(quote="报名")
    parsed(plain)
    assert plain["reply_to_message"]["message_id"] == said["message_id"]
    assert plain["quote"] == {"text": "报名", "position": 2, "is_manual": True}
    assert (await quoted(quote="报名", quote_position=99))["quote"]["position"] == 9
    bold = {"type": "bold", "offset": 0, "length": 2}
    marked = {"text": "报名", "entities": [bold], "position": 5, "is_manual": True}
    assert (await quoted(quote="<b>报名</b>", quote_parse_mode="HTML"))["quote"] == marked
    assert (await quoted(quote="报名", quote_entities=[bold]))["quote"] == marked
    assert li.last()["quote"] == "报名"
    assert "(to: 报名) 好" in li.text()
    for wrong in ({"quote": "取消"}, {"quote": "<i>报名</i>", "quote_parse_mode": "HTML"}, {"quote": "报" * 1025}):
        assert await refused(**wrong) == "Bad Request: QUOTE_TEXT_INVALID"
    assert await refused(quote="<b>报名", quote_parse_mode="HTML") == (
        "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    )
    in_group = world.chat("群").id
    reply = {"message_id": said["message_id"], "chat_id": li.id, "quote": "再报名"}
    there = await bot("sendMessage", chat_id=in_group, text="好", reply_parameters=reply)
    assert there["quote"] == {"text": "再报名", "position": 8, "is_manual": True}
    assert "external_reply" in there


async def test_reactions_go_under_media_too(bot: Bot, li: Person) -> None:
    album = await bot("sendMediaGroup", FILES, chat_id=li.id, media=ALBUM)
    thumb = [{"type": "emoji", "emoji": "👍"}]
    await bot("setMessageReaction", chat_id=li.id, message_id=album[1]["message_id"], reaction=thumb)
    assert li.transcript()[-2]["reactions"] == ["👍"]
    words = await bot.refused(
        "setMessageReaction", chat_id=li.id, message_id=album[0]["message_id"], reaction=[*thumb, *thumb]
    )
    assert words == "Bad Request: REACTIONS_TOO_MANY"
    apple = [{"type": "emoji", "emoji": "🍏"}]
    words = await bot.refused("setMessageReaction", chat_id=li.id, message_id=album[0]["message_id"], reaction=apple)
    assert words == "Bad Request: REACTION_INVALID"
    assert await bot.refused("setMessageReaction", chat_id=li.id, message_id=9999) == (
        "Bad Request: message to react not found"
    )


async def test_what_people_send_reaches_the_bot(bot: Bot, world: World, li: Person) -> None:
    sent = [
        li.send_photo(picture(), "照片", spoiler=True),
        li.send_video(MP4, "视频", width=16, height=9, duration=3, spoiler=True),
        li.send_animation(picture("GIF")),
        li.send_audio(MP3, name="歌.mp3", title="歌", performer="李"),
        li.send_voice(OGG, duration=5),
        li.send_video_note(MP4, length=200, duration=8),
        li.send_sticker(picture("WEBP"), emoji="😀"),
        li.send_dice("🎯"),
    ]
    updates = [update["message"] for update in heard(world)]
    assert updates == sent
    for message in updates:
        parsed(message)
    fields = ["photo", "video", "animation", "audio", "voice", "video_note", "sticker", "dice"]
    assert [next(name for name in fields if name in message) for message in updates] == fields
    assert all(message["has_media_spoiler"] for message in updates[:2])
    assert await bot.bytes_of(updates[4]["voice"]["file_id"]) == OGG
    assert [line for line in li.text().splitlines() if "dice" not in line][1:] == [
        "李梅: <photo> 照片",
        "李梅: <video video.mp4> 视频",
        "李梅: <animation animation.gif>",
        "李梅: <audio 歌>",
        "李梅: <voice 5s>",
        "李梅: <video_note 8s>",
        "李梅: <sticker 😀>",
    ]
    li.edit(sent[1], "改过的")
    assert heard(world)[-1]["edited_message"]["caption"] == "改过的"
    with pytest.raises(CannotDo, match="thrown"):
        li.send_dice("🍎")
    with pytest.raises(CannotDo, match="colour"):
        li.send_video(MP4, colour="red")


def test_an_album_of_people_comes_as_so_many_updates(world: World, li: Person) -> None:
    items = [{"kind": "photo", "data": picture(), "caption": "都来看"}, {"kind": "video", "data": MP4, "duration": 2}]
    sent = li.send_album(items)
    assert [update["message"] for update in heard(world)] == sent
    assert len({message["media_group_id"] for message in sent}) == 1
    assert sent[0]["caption"] == "都来看"
    assert sent[1]["video"]["duration"] == 2
    photo, file = items[0], {"kind": "document", "data": b"x"}
    for wrong in ([photo], [photo] * 11, [photo, file], [{"kind": "voice", "data": OGG}] * 2, [{"kind": "x"}] * 2):
        with pytest.raises(CannotDo):
            li.send_album(wrong)
    assert len(heard(world)) == 2


async def test_the_same_over_http(bot: Bot, world: World, li: Person) -> None:
    def encoded(data: bytes) -> str:
        return base64.b64encode(data).decode()

    async def act(what: str, **body: Any) -> Any:
        answer = await bot.http.post(f"/sim/{what}", json={"as": "李梅", **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    photo = (await act("photo", bytes=encoded(picture()), caption="照片", spoiler=True))["message"]
    assert photo["has_media_spoiler"]
    assert (await act("document", name="a.txt", bytes=encoded(b"x")))["message"]["document"]["file_name"] == "a.txt"
    video = (await act("video", bytes=encoded(MP4), width=4, height=3, duration=9))["message"]["video"]
    assert (video["width"], video["duration"]) == (4, 9)
    assert "animation" in (await act("animation", bytes=encoded(picture("GIF"))))["message"]
    assert (await act("audio", bytes=encoded(MP3), name="a.mp3", title="歌"))["message"]["audio"]["title"] == "歌"
    assert (await act("voice", bytes=encoded(OGG), duration=2))["message"]["voice"]["duration"] == 2
    assert (await act("video_note", bytes=encoded(MP4), length=100))["message"]["video_note"]["length"] == 100
    sticker = (await act("sticker", bytes=encoded(picture("WEBP")), emoji="🙂"))["message"]["sticker"]
    assert sticker["emoji"] == "🙂"
    assert (await act("dice", emoji="🏀"))["message"]["dice"]["emoji"] == "🏀"
    items = [
        {"kind": "photo", "bytes": encoded(picture())},
        {"kind": "photo", "bytes": encoded(picture()), "caption": "完"},
    ]
    album = (await act("album", items=items))["messages"]
    assert album[1]["caption"] == "完"
    assert len(heard(world)) == 11
    for name, body in (("dice", {"emoji": "x"}), ("album", {"items": []}), ("album", {"items": 1}), ("video", {})):
        assert (await bot.http.post(f"/sim/{name}", json={"as": "李梅", **body})).status_code == 400
    bad = await bot.http.post("/sim/sticker", json={"as": "李梅", "bytes": encoded(b"words")})
    assert "sticker" in bad.json()["error"]


async def test_a_player_may_ask_for_a_piece_of_a_file(bot: Bot, li: Person) -> None:
    file_id = li.send_video(MP4)["video"]["file_id"]

    async def piece(span: str) -> httpx.Response:
        return await bot.http.get(f"/sim/file/{file_id}", headers={"Range": span})

    whole_file = await bot.http.get(f"/sim/file/{file_id}")
    assert whole_file.content == MP4
    assert whole_file.headers["content-type"] == "video/mp4"
    assert "content-disposition" not in whole_file.headers
    middle = await piece("bytes=4-11")
    assert (middle.status_code, middle.content) == (206, MP4[4:12])
    assert middle.headers["content-range"] == f"bytes 4-11/{len(MP4)}"
    assert (await piece("bytes=10-")).content == MP4[10:]
    assert (await piece("bytes=-5")).content == MP4[-5:]
    assert (await piece("bytes=0-99999")).content == MP4
    assert (await piece("bytes=99999-")).status_code == 416
    assert (await piece("pages=1-2")).status_code == 200


async def test_a_group_with_privacy_keeps_media_from_the_bot(world: World, li: Person, bot: Bot) -> None:
    group = world.chat("群")
    li.send_sticker(picture("WEBP"), group)
    li.send_dice(chat=group)
    assert not heard(world)
    said = await bot("sendDice", chat_id=group.id)
    li.send("接住", group, reply_to=said)
    assert heard(world)[-1]["message"]["reply_to_message"]["dice"] == said["dice"]
