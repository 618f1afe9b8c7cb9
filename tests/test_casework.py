"""Casework: what officers and departments decide, and that each author hears of each step once."""

from tests.caseworld import filed, kinds, staffed, state, told
from tests.institute import Institute


async def test_the_whole_life_of_a_proposal_with_two_departments(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute)
    zhou, li, zhao, chen = (institute.phone(name) for name in ("周敏", "李梅", "赵磊", "陈静"))
    print(zhou.sees(), zhou.buttons())
    await zhou.taps("查看")
    print(zhou.sees(), zhou.buttons())
    await zhou.taps("✅ 立案")
    print(zhou.sees(), zhou.buttons(), zhou.toast)
    await zhou.taps("所办公室")
    print(zhou.sees(), zhou.buttons())
    await zhou.taps("➕ 加协办部门")
    print(zhou.sees(), zhou.buttons())
    await zhou.taps("半导体材料实验室")
    await zhou.taps("选好了")
    print(zhou.sees(), zhou.buttons())
    await zhou.taps("📨 确定交办")
    print(zhou.sees(), zhou.buttons())
    print("ZHAO", zhao.sees(), zhao.buttons())
    await zhao.taps("✍️ 答复")
    print("ZHAO", zhao.sees(), zhao.buttons())
    await zhao.says("从下周起延长到19:30。")
    print("ZHAO", zhao.sees(), zhao.buttons())
    await zhao.taps("A 已解决")
    print("ZHAO", zhao.sees(), zhao.buttons())
    print("CHEN", chen.sees(), chen.buttons())
    await chen.taps("✅ 同意会签")
    print("CHEN", chen.sees(), chen.buttons())
    print("ZHOU", zhou.sees(), zhou.buttons())
    await zhou.taps("📤 发出")
    print("ZHOU", zhou.sees(), zhou.buttons())
    print(li.reads())
    print(await kinds(institute, number), await state(institute, number), await told(institute, number, "李梅"))
    assert not institute.world.refused()
