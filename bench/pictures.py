"""What a card as picture costs: milliseconds and kilobytes of each template. Run it with `make bench`.

The medians are of one thread. Beside them stands how long the rest of the program could not run meanwhile: the longest
gap that a loop in another thread saw, which is what a person waiting for an answer would feel.
"""

import asyncio
import statistics
import sys
import time
from zoneinfo import ZoneInfo

from bot.pictures import Pictures
from bot.texts import Texts

FACTS = {
    "name": "王䶮堃",
    "wish": "愿新的一岁，身体健康，工作顺心，家人平安。谢谢您这一年里的每一份认真。",
    "sign": "半导体所工会",
    "on": "2026-11-23",
    "festival": "mid_autumn",
    "title": "中秋团圆",
    "subtitle": "第 60 天",
    "reason": "在百日健步行活动中，连续一百天完成打卡，累计步数位居全所前列。",
    "award": "健步之星",
    "number": "2026-0417",
    "unit": "步",
    "rows": [{"name": "集成光电子学实验室", "value": 1000 - 90 * place} for place in range(10)],
}


async def measure(pictures: Pictures, name: str, rounds: int) -> tuple[float, float, float]:
    """Median milliseconds, kilobytes, and the longest gap in the loop in milliseconds."""
    longest, stop = 0.0, False

    async def feel() -> None:
        nonlocal longest
        while not stop:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    await asyncio.to_thread(pictures.draw, name, FACTS, "zh_CN")  # compile, and look the glyphs up
    feeling, taken, size = asyncio.create_task(feel()), [], 0
    for _ in range(rounds):
        before = time.perf_counter()
        drawn = await asyncio.to_thread(pictures.draw, name, FACTS, "zh_CN")
        taken.append(time.perf_counter() - before)
        if drawn is None:
            raise SystemExit(f"{name} cannot be drawn")
        size = len(drawn)
    stop = True
    await feeling
    return 1000 * statistics.median(taken), size / 1024, 1000 * longest


def main() -> None:
    """One row a template."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    pictures = Pictures(Texts(ZoneInfo("Asia/Shanghai")))
    print(f"a card as picture, {rounds} rounds")
    print("| template | ms | KB | longest gap in the loop, ms |")
    print("|---|---|---|---|")
    for name in pictures.names():
        spent, size, gap = asyncio.run(measure(pictures, name, rounds))
        print(f"| {name} | {spent:.0f} | {size:.0f} | {gap:.0f} |", flush=True)


if __name__ == "__main__":
    main()
