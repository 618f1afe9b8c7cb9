"""The pictures of docs/sandbox.md: the practice Telegram by itself, on a desk and on a phone.

`make pictures` takes them with the handbook's; here is only what happens before the camera.
"""

import io
import json
from datetime import datetime
from typing import Any

import httpx
from PIL import Image, ImageDraw
from playwright.async_api import Browser

from docs.pictures import DESK, FOLDER, HOUR, PHONE, save
from sandbox import serving
from sandbox.cast import default_world

HILLS = (("#f6c28b", "#d97757", "#7a3e48"), ("#a8d5ba", "#4f9d83", "#1f5f5b"), ("#a9c9ef", "#5b86c9", "#2b4b8c"))


async def take(browser: Browser) -> None:
    """Everything a bot and people may do that is worth a look, in one group and one chat."""
    world = default_world()
    world.clock.set(datetime.fromisoformat(HOUR))
    world.reset()  # so that the group, too, was made in that hour
    limei, wangqiang = world.person("李梅"), world.person("王强")
    group = next(chat for chat in world.chats.values() if not chat.private)
    for person in (limei, wangqiang):
        person.start()
    async with serving(world) as address, httpx.AsyncClient(trust_env=False) as http:

        async def bot(method: str, files: dict[str, Any] | None = None, **params: Any) -> Any:
            url = f"{address.base_url}{world.token}/{method}"
            answer = await (http.post(url, data=params, files=files) if files else http.post(url, json=params))
            assert answer.status_code == 200, answer.text
            return answer.json()["result"]

        await bot(
            "sendMessage",
            chat_id=limei.id,
            text="<b>周末徒步</b> 🥾\n周六 08:30，香山公园东门集合。\n<i>还有 12 个名额</i>",
            parse_mode="HTML",
            reply_markup={
                "inline_keyboard": [
                    [{"text": "✅ 我参加", "callback_data": "in"}, {"text": "👪 带家属", "callback_data": "more"}],
                    [{"text": "📍 集合地点", "callback_data": "where"}],
                ]
            },
        )
        limei.send("带孩子可以吗？")
        await bot("sendMessage", chat_id=limei.id, text="可以的，十岁以下请牵好手。")
        await bot(
            "sendVenue",
            chat_id=limei.id,
            latitude=39.99,
            longitude=116.19,
            title="香山公园东门",
            address="买卖街 40 号",
        )
        views = {
            f"view{number}": (f"view{number}.jpg", hill(colours), "image/jpeg") for number, colours in enumerate(HILLS)
        }
        album = [{"type": "photo", "media": f"attach://{name}"} for name in views]
        album[0]["caption"] = "上周的秋景，照片来自摄影协会 🍁"
        await bot("sendMediaGroup", files=views, chat_id=str(group.id), media=json.dumps(album))
        quiz = await bot(
            "sendPoll",
            chat_id=group.id,
            question="发现有人触电，第一步做什么？",
            options=[{"text": "用手把他拉开"}, {"text": "先切断电源"}, {"text": "泼水降温"}],
            type="quiz",
            correct_option_ids=[1],
            is_anonymous=False,
            open_period=120,
            explanation="先断电，再救人。",
        )
        limei.vote([1], quiz, group)
        wangqiang.vote([1], quiz, group)
        world.person("陈静").vote([0], quiz, group)
        wangqiang.send("长知识了 👍", group)
        shots = (
            ("desk", DESK, f"/limei/bot&/wangqiang/{group.id}"),
            ("phone", PHONE, f"/limei/{group.id}"),
        )
        for name, size, place in shots:
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                device_scale_factor=1 if size == DESK else 1.5,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            page = await context.new_page()
            await page.clock.install(time=world.clock.now())
            await page.goto(f"{address.url}/#{place}")
            await page.locator("[role=article]").last.wait_for()
            await page.wait_for_timeout(1200)
            save(await page.screenshot(animations="disabled", caret="hide"), FOLDER / "sandbox" / f"{name}.png")
            await context.close()


def hill(colours: tuple[str, str, str]) -> bytes:
    """A small landscape, drawn here."""
    sky, far, near = colours
    picture = Image.new("RGB", (960, 720), sky)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((640, 90, 800, 250), fill="#fff4dc")
    draw.polygon([(0, 520), (260, 250), (470, 440), (700, 220), (960, 470), (960, 720), (0, 720)], fill=far)
    draw.polygon([(0, 640), (330, 430), (620, 600), (960, 500), (960, 720), (0, 720)], fill=near)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
