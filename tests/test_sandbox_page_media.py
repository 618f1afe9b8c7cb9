"""Pictures, players, stickers, dice and albums on the sandbox's chat page, in a real browser."""

from __future__ import annotations

import asyncio
import struct
import wave
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

from sandbox.cast import default_world
from sandbox.serving import serving
from tests.test_page import DESK, PHONE, Stage, browser, fits, pytestmark

__all__ = ["browser", "pytestmark"]


@pytest_asyncio.fixture(loop_scope="module")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    world = default_world()
    world.person("李梅").start()
    async with (
        serving(world) as address,
        httpx.AsyncClient(base_url=f"{address.base_url}{world.token}/", timeout=10) as http,
    ):
        yield Stage(world, address.url, browser, http)
        for context in browser.contexts:
            await context.close()


def picture(width: int = 900, height: int = 600, colour: str = "teal", kind: str = "PNG") -> bytes:
    target = BytesIO()
    Image.new("RGB", (width, height), colour).save(target, kind)
    return target.getvalue()


def sound(seconds: int) -> bytes:
    target = BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        beats = (struct.pack("<h", 12_000 if at % 40 < 20 and at % 4000 < 2000 else 0) for at in range(8000 * seconds))
        out.writeframes(b"".join(beats))
    return target.getvalue()


async def send_album(stage: Stage, count: int, chat: int, caption: str = "") -> list[int]:
    shapes = [(1200, 800), (800, 1200), (1000, 1000), (1600, 900)]
    files = {f"f{at}": (f"{at}.png", picture(*shapes[at % 4], colour="navy")) for at in range(count)}
    media = [{"type": "photo", "media": f"attach://f{at}"} for at in range(count)]
    media[1]["caption"] = caption
    sent = await stage.bot("sendMediaGroup", files, chat_id=chat, media=media)
    return [message["message_id"] for message in sent]


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_an_album_is_one_bubble_with_a_mosaic(stage: Stage, size: tuple[int, int]) -> None:
    li = stage.world.person("李梅")
    page = await stage.page("/limei/bot", size)
    for count in (2, 3, 5, 10):
        ids = await send_album(stage, count, li.id, f"一共 {count} 张")
        row = page.locator(".row", has_text=f"一共 {count} 张")
        tiles = row.locator(".mosaic .tile")
        await expect(tiles).to_have_count(count)
        assert [int(one or 0) for one in await tiles.evaluate_all("all => all.map(one => one.dataset.part)")] == ids
        boxes = await tiles.evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.width, box.height])"
        )
        assert all(width > 40 and height > 40 for width, height in boxes)
        width, height = await row.locator(".mosaic").evaluate("node => [node.offsetWidth, node.offsetHeight]")
        assert 0.4 < height / width < 2.2
    assert await fits(page)
    await page.locator(".mosaic .photo").first.click()
    await expect(page.locator(".lightbox img")).to_be_visible()


async def test_one_picture_of_an_album_can_be_answered_and_taken_away(stage: Stage) -> None:
    li = stage.world.person("李梅")
    page = await stage.page("/limei/bot")
    ids = await send_album(stage, 3, li.id, "三张")
    await page.locator(f'[data-part="{ids[2]}"]').click(button="right")
    await page.get_by_role("menuitem", name="删除").click()
    await expect(page.locator(".mosaic .tile")).to_have_count(2)
    assert ids[2] not in li.private.messages
    answer = await stage.bot(
        "sendMessage", chat_id=li.id, text="说的是这张", reply_parameters={"message_id": ids[1], "quote": "三张"}
    )
    row = page.locator(f'.row[data-id="{answer["message_id"]}"]')
    await expect(row.locator(".quote.chosen .quote-text")).to_have_text("三张")
    await row.locator(".quote").click()
    await expect(page.locator(".row.found .mosaic")).to_have_count(1)


async def test_several_chosen_pictures_become_an_album(stage: Stage) -> None:
    page = await stage.page("/limei/bot")
    await page.get_by_role("button", name="附件").click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("menuitem", name="照片或视频").click()
    chooser = await choosing.value
    assert chooser.is_multiple()
    picked = [{"name": f"{at}.png", "mimeType": "image/png", "buffer": picture()} for at in range(3)]
    await chooser.set_files(picked)  # type: ignore[arg-type]
    box = page.get_by_role("dialog", name="发送 3 个文件")
    await expect(box.locator("img")).to_have_count(3)
    await box.get_by_label("说明").fill("春游")
    await box.get_by_text("盖上遮罩").click()
    await page.keyboard.press("Enter")
    heard = [await stage.hears("message") for _ in range(4)][1:]
    assert len({message["media_group_id"] for message in heard}) == 1
    assert [message.get("caption") for message in heard] == ["春游", None, None]
    assert all(message["has_media_spoiler"] for message in heard)
    await expect(page.locator(".row.mine .mosaic .covered")).to_have_count(3)


async def test_music_and_files_are_sent_as_what_they_are(stage: Stage) -> None:
    page = await stage.page("/limei/bot")
    kinds = []
    for name, mime, data in (
        ("song.wav", "audio/wav", sound(3)),
        ("a.gif", "image/gif", picture(kind="GIF")),
        ("a.pdf", "application/pdf", b"%PDF"),
    ):
        await page.get_by_role("button", name="附件").click()
        plain = mime == "application/pdf"
        async with page.expect_file_chooser() as choosing:
            await page.get_by_role("menuitem", name="文件" if plain or "audio" in mime else "照片或视频").click()
        await (await choosing.value).set_files({"name": name, "mimeType": mime, "buffer": data})
        await page.get_by_role("dialog").get_by_role("button", name="发送", exact=True).click()
        message = await stage.hears("message")
        while "text" in message:
            message = await stage.hears("message")
        kinds.append([kind for kind in ("audio", "animation", "document") if kind in message])
        if "audio" in message:
            assert message["audio"]["duration"] == 3
    assert kinds == [["audio"], ["animation", "document"], ["document"]]


async def test_a_voice_plays_and_can_be_moved_along(stage: Stage) -> None:
    li = stage.world.person("李梅")
    await stage.bot("sendVoice", {"voice": ("v.ogg", sound(4))}, chat_id=li.id, duration=4)
    await stage.bot(
        "sendAudio", {"audio": ("s.mp3", sound(5))}, chat_id=li.id, title="歌", performer="合唱团", duration=5
    )
    page = await stage.page("/limei/bot")
    voice, music = page.get_by_role("group", name="语音"), page.get_by_role("group", name="歌")
    await expect(voice.locator(".player-clock")).to_have_text("0:04")
    heights = "all => new Set(all.map(one => one.getAttribute('height'))).size"
    async with asyncio.timeout(10):  # asked from here: the page's own policy forbids it to eval a predicate
        while await page.locator(".wave rect").evaluate_all(heights) <= 3:
            await asyncio.sleep(0.05)
    await voice.get_by_role("button", name="播放").click()
    await expect(voice.get_by_role("button", name="暂停")).to_be_visible()
    await music.get_by_role("button", name="播放").click()
    await expect(voice.get_by_role("button", name="播放")).to_be_visible()  # only one is heard
    await music.get_by_role("button", name="暂停").click()
    slider = voice.get_by_role("slider", name="播放位置")
    await slider.focus()
    await slider.press("End")
    await expect(voice.locator(".wave rect.heard")).to_have_count(44)
    # A line that is drawn anew still knows where it was.
    await stage.bot("setMessageReaction", chat_id=li.id, message_id=next(iter(li.private.messages)) + 1, reaction=[])
    await expect(voice.locator(".wave rect.heard")).to_have_count(44)


async def test_a_spoiler_opens_by_a_tap_and_stays_open(stage: Stage) -> None:
    li = stage.world.person("李梅")
    sent = await stage.bot(
        "sendPhoto", {"photo": ("p.png", picture())}, chat_id=li.id, has_spoiler=True, caption="猜猜"
    )
    page = await stage.page("/limei/bot", PHONE)
    cover = page.get_by_role("button", name="点开看")
    await expect(cover).to_be_visible()
    assert await page.locator(".covered .photo").evaluate("node => node.inert")  # nothing reaches under the cover
    await cover.focus()
    await page.keyboard.press("Enter")
    await expect(cover).to_have_count(0)
    await stage.bot("editMessageCaption", chat_id=li.id, message_id=sent["message_id"], caption="猜到了")
    await expect(page.locator(".bubble", has_text="猜到了")).to_be_visible()
    await expect(page.locator(".covered")).to_have_count(0)
    await page.get_by_role("button", name="放大照片").click()
    await expect(page.locator(".lightbox img")).to_be_visible()


async def test_a_caption_may_stand_above(stage: Stage) -> None:
    li = stage.world.person("李梅")
    above = {"show_caption_above_media": True, "caption": "在上面"}
    await stage.bot("sendPhoto", {"photo": ("p.png", picture())}, chat_id=li.id, **above)
    page = await stage.page("/limei/bot")
    bubble = page.locator(".bubble", has_text="在上面")
    await expect(bubble.locator(".tile")).to_be_visible()
    tops = await bubble.locator(".text, .tile").evaluate_all("all => all.map(one => [one.className, one.offsetTop])")
    assert [name for name, _ in sorted(tops, key=lambda one: int(one[1]))] == ["text", "tile"]


async def test_stickers_and_dice_need_no_bubble(stage: Stage) -> None:
    li = stage.world.person("李梅")
    page = await stage.page("/limei/bot", locale="en-US")
    await page.emulate_media(reduced_motion="reduce")  # then nothing rolls
    await stage.bot("sendSticker", {"sticker": ("s.webp", picture(512, 300, kind="WEBP"))}, chat_id=li.id, emoji="😀")
    image = page.get_by_role("img", name="Sticker 😀")
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 512)
    for emoji in "🎲🎯🏀⚽🎳🎰":
        await page.get_by_role("button", name="Attach").click()
        await page.get_by_role("menuitem", name=f"Throw {emoji}").click()
        thrown = await stage.hears("message")
        while "dice" not in thrown:
            thrown = await stage.hears("message")
        drawn = page.get_by_role("img", name=f"{emoji} shows {thrown['dice']['value']}").last
        await expect(drawn).to_be_visible()
    bubbles = page.locator(".bubble.loose")
    await expect(bubbles).to_have_count(7)
    clear = await bubbles.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert set(clear) == {"rgba(0, 0, 0, 0)"}


async def test_every_face_of_every_die_can_be_drawn(stage: Stage) -> None:
    page = await stage.page("/limei/bot")
    faces = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
    drawn = await page.evaluate(
        """async (faces) => {
          const { diceCard } = await import("./dice.js");
          const looks = {};
          for (const [emoji, count] of Object.entries(faces)) {
            const all = Array.from({ length: count }, (_, at) => {
              const card = diceCard({ chat: 1, id: at, date: 0, dice: { emoji, value: at + 1 } });
              document.body.append(card);
              const drawing = card.querySelector("svg");
              const { x, y, width, height } = drawing.getBBox();
              const inside = Math.min(x, y) > -10 && x + width < 120 && y + height < 110;
              return inside && !card.classList.contains("rolls") ? drawing.outerHTML : "astray";
            });
            looks[emoji] = new Set(all).size - Number(all.includes("astray"));
          }
          return looks;
        }""",
        faces,
    )
    assert drawn == faces


async def test_what_stands_elsewhere_is_quoted(stage: Stage) -> None:
    li = stage.world.person("李梅")
    said = li.send("周六去爬山吗", stage.group)
    reply = {"chat_id": stage.group.id, "message_id": said["message_id"]}
    await stage.bot("sendMessage", chat_id=li.id, text="去", reply_parameters=reply)
    page = await stage.page("/limei/bot", PHONE)
    quote = page.locator(".quote.elsewhere")
    await expect(quote).to_contain_text("李梅")
    await expect(quote).to_contain_text("工会群")
    await expect(quote).to_contain_text("周六去爬山吗")


async def test_a_video_opens_over_everything(stage: Stage) -> None:
    li = stage.world.person("李梅")
    about = {"duration": 65, "width": 640, "height": 360}
    await stage.bot("sendVideo", {"video": ("v.mp4", b"\x00\x00\x00\x18ftypmp42")}, chat_id=li.id, **about)
    page = await stage.page("/limei/bot")
    video = page.get_by_role("button", name="播放视频 1:05")
    width, height = await video.evaluate("node => [node.offsetWidth, node.offsetHeight]")
    assert width / height == pytest.approx(16 / 9, rel=0.02)
    await video.click()
    await expect(page.locator(".lightbox video")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".lightbox")).to_have_count(0)


async def test_the_page_has_no_words_in_one_language_only() -> None:
    text = (Path(__file__).parent.parent / "sandbox" / "page" / "words.js").read_text("utf-8")
    chinese, english = text.split("\n  en: {")
    for kind in ("photo", "video", "animation", "audio", "voice", "video_note", "sticker", "dice", "document"):
        assert f"kind_{kind}:" in chinese
        assert f"kind_{kind}:" in english
