"""The handbook's pictures of cases: a proposal from its first line to its rating, and a repair."""

from typing import Any

ZH = {
    "proposal": "提案 食堂晚饭供应时间太短\n晚上做实验的同事赶不上六点半的晚饭，只能吃泡面。\n"
    "请延长到八点。\n附议 王强 赵磊",
    "proposal_title": "食堂晚饭供应时间太短",
    "proposal_review": "已经有人提过相近的",
    "hand_in": "提交",
    "handed_in": "收到了",
    "second": "👍 附议",
    "seconded": "附议好了",
    "intake": "食堂晚饭供应时间太短》，请看看是否立案",
    "open_it": "查看",
    "accept": "✅ 立案",
    "to_whom": "交给哪个部门",
    "lead": "⭐ 后勤保障处",
    "assign": "📨 确定交办",
    "assigned": "已交给后勤保障处",
    "to_answer": "食堂晚饭供应时间太短》由后勤保障处承办",
    "answer": "✍️ 答复",
    "answer_ask": "请写答复",
    "answer_words": "食堂已同意：从下周一起，晚餐延长到晚上八点，另设一个热餐窗口到八点半。",
    "answer_class": "点了就交出去",
    "done": "A 已解决",
    "answered": "的答复已经交出",
    "to_release": "请审核发出",
    "release": "📤 发出",
    "answer_came": "有答复了",
    "rate": "您满意吗",
    "good": "😊 满意",
    "thanks": "谢谢",
    "cases_desk": "📮 提案办理",
    "cases_shown": "最急的在前",
    "proposals": "/proposals",
    "front": "件件有落实",
    "board": "📊 公示栏",
    "board_shown": "公示栏",
    "report_desk": "📣 公开与年报",
    "report": "📈 2026 年度报告",
    "report_shown": "2026 年度报告（截至",
    "repair_ask": "跑步机",
    "repair_words": "跑起来皮带打滑，走一会儿就停。",
    "repair_send": "🔧 提交报修",
    "repair_sent": "6 号",
}
EN = {
    "proposal": "Proposal: the canteen closes too early for supper\n"
    "Whoever works in the lab until seven gets nothing warm.\n"
    "Please keep it open until eight.\nseconded by 王强 赵磊",
    "proposal_title": "canteen closes too early",
    "proposal_review": "Please look it over",
    "hand_in": "Submit",
    "handed_in": "We have it",
    "second": "👍 Second it",
    "seconded": "Seconded, thank you",
    "intake": "canteen closes too early for supper” has come in",
    "open_it": "Open",
    "accept": "✅ Take it up",
    "to_whom": "Which department",
    "lead": "⭐ 后勤保障处",
    "assign": "📨 Assign it",
    "assigned": "is with 后勤保障处",
    "to_answer": "canteen closes too early for supper” is with 后勤保障处",
    "answer": "✍️ Answer",
    "answer_ask": "What is the answer",
    "answer_words": "The canteen agrees: from next Monday supper goes on until eight, a warm counter till half past.",
    "answer_class": "Your tap sends it",
    "done": "A Done",
    "answered": "is on its way",
    "to_release": "Please look it over and send it",
    "release": "📤 Send it",
    "answer_came": "has an answer",
    "rate": "Are you satisfied",
    "good": "😊 Satisfied",
    "thanks": "glad it helped",
    "cases_desk": "📮 Cases",
    "cases_shown": "waiting",
    "proposals": "/proposals",
    "front": "Every one is settled",
    "board": "📊 Public board",
    "board_shown": "Public board 2026",
    "report_desk": "📣 Publishing",
    "report": "📈 Report 2026",
    "report_shown": "Report 2026 (until",
    "repair_ask": "跑步机",
    "repair_words": "The belt slips, and after a while it stops.",
    "repair_send": "🔧 Send the report",
    "repair_sent": "o. 6",
}


async def play(at: Any, zhou: str, li: str, wang: str, zhao: str) -> None:
    """A proposal is handed in, seconded, taken up, assigned, answered and released."""
    words = at.words
    await at.says(li, words["proposal"], "proposal_review")
    await at.take("proposal", li, said=words["proposal_title"])
    await at.taps(li, "hand_in", "handed_in")
    await at.sees(wang, "proposal_title")
    await at.take("second", wang)
    for who in (wang, zhao):
        await at.taps(who, "second", "seconded")
    await at.sees(zhou, "intake")
    await at.taps(zhou, "open_it", "accept")
    await at.take("intake", zhou)
    await at.taps(zhou, "accept", "to_whom")
    await at.taps(zhou, "lead", "assign")
    await at.take("assign", zhou)
    await at.taps(zhou, "assign", "assigned")
    await at.sees(zhao, "to_answer")
    await at.taps(zhao, "answer", "answer_ask")
    await at.says(zhao, words["answer_words"], "answer_class")
    await at.take("answer", zhao)
    await at.taps(zhao, "done", "answered")
    await at.sees(zhou, "to_release")
    await at.taps(zhou, "release", "release")
    await at.sees(li, "answer_came")
    await at.take("answered", li)
    await at.says(li, words["proposals"], "front")
    await at.taps(li, "board", "board_shown")
    await at.take("board", li)
    await at.says(zhou, "/desk", "cases_desk")
    await at.taps(zhou, "cases_desk", "cases_shown")
    await at.take("casework", zhou)
    await at.taps(zhou, "report_desk", "report")
    await at.taps(zhou, "report", "report_shown")
    await at.take("report", zhou)
    await at.act("start", li, payload="repair_1")
    await at.sees(li, "repair_ask")
    await at.says(li, words["repair_words"], "repair_words")
    await at.take("repair", li)
    await at.taps(li, "repair_send", "repair_sent")


async def afterwards(at: Any, li: str) -> None:
    """The next working day at ten she is asked whether it helped."""
    await at.sees(li, "rate")
    await at.take("rate", li)
    await at.taps(li, "good", "thanks")
