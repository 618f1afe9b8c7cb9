"""Draw a few cards for the handbook: docs/pictures/cards/*.jpg, small. `make pictures` runs it; it needs no browser."""

import io
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

from bot.pictures import Pictures
from bot.texts import Texts

FOLDER = Path(__file__).parent / "pictures" / "cards"
WIDTH, GAP = 300, 16  # of one card on its sheet, and between two
COMMON = {"sign": "半导体所工会", "on": "2026-11-23"}
WISH = "愿新的一岁，身体健康，工作顺心，家人平安。谢谢您这一年里的每一份认真。"
WALK = [
    ("光电子器件中心", 1284350),
    ("超晶格实验室", 1190220),
    ("集成光电子学实验室", 1020110),
    ("材料科学实验室", 870100),
    ("机关", 640000),
]
SHEETS: dict[str, list[tuple[str, dict[str, object]]]] = {
    "birthdays": [
        ("birthday_ink", {"name": "李梅", "wish": WISH}),
        ("birthday_lanterns", {"name": "欧阳震华", "wish": WISH}),
        ("birthday_night", {"name": "王䶮堃", "wish": WISH}),
    ],
    "festivals": [
        ("festival", {"festival": key, "title": title, "name": "", "wish": wish})
        for key, title, wish in (
            ("spring_festival", "春节快乐", "辞旧迎新，阖家团圆，岁岁平安。"),
            ("dragon_boat", "端午安康", "粽叶飘香，岁岁安康。"),
            ("mid_autumn", "中秋团圆", "月圆人安，愿您和家人共赏清辉。"),
            ("winter", "冬至", "天最短的一天，回家吃顿热饺子。"),
        )
    ],
    "care": [
        ("summer", {"name": "", "wish": "高温天里您还在一线坚守，辛苦了。清凉包已送到各工会小组，记得领取。"}),
        ("winter", {"name": "李梅", "wish": "天冷了，工会惦记着您。有任何困难，请随时告诉我们。"}),
    ],
    "honours": [
        (
            "certificate",
            {
                "name": "王䶮堃",
                "reason": "在百日健步行活动中，连续一百天完成打卡，累计步数位居全所前列。",
                "award": "健步之星",
                "number": "2026-0417",
            },
        ),
        (
            "ranking",
            {
                "title": "百日健步行 · 部门榜",
                "subtitle": "第 60 天，共 1,312 人参加",
                "unit": "步",
                "rows": [{"name": name, "value": value} for name, value in WALK],
            },
        ),
    ],
}


def main() -> None:
    """Draw every sheet."""
    pictures = Pictures(Texts(ZoneInfo("Asia/Shanghai")))
    FOLDER.mkdir(exist_ok=True)
    for sheet, cards in SHEETS.items():
        drawn = []
        for name, facts in cards:
            data = pictures.draw(name, {**COMMON, **facts}, "zh_CN")
            if data is None:
                raise SystemExit(f"{name} cannot be drawn")
            image = Image.open(io.BytesIO(data))
            drawn.append(image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS))
        tallest = max(image.height for image in drawn)
        whole = Image.new("RGB", (len(drawn) * (WIDTH + GAP) + GAP, tallest + 2 * GAP), "#ffffff")
        for index, image in enumerate(drawn):
            whole.paste(image, (GAP + index * (WIDTH + GAP), GAP + (tallest - image.height) // 2))
        file = FOLDER / f"{sheet}.jpg"
        whole.save(file, quality=85)
        print(f"{file.relative_to(FOLDER.parent.parent.parent)}: {file.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
