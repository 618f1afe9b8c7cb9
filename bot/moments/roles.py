"""Words beside a moment: what it is for (截止, from), how sure it is (左右), and words that add nothing (在, at)."""

from __future__ import annotations

from bot.moments.words import Fill, Lexicon, Mark, Role, To

WORDS = Lexicon()

# --- roles, ranges and the rest ------------------------------------------------------------------------------------

WORDS.always(
    "报截停征投接",
    r"(?:报名|征稿|投稿|接龙|投票|提交|申报)?(?:截止|截至|截稿)(?:日期|时间|到|至|于)?:?(?:报名)?",
    Role("by", True, True),
)
WORDS.always("最不d", r"最[晚迟]|不[晚迟]于|deadline:?|due(?: by)?\b", Role("by", True, True))
WORDS.always("b", r"(?:by|before)\b", Role("by", True, False))
WORDS.always(
    "前之以",
    r"(?:之|以)?前(?!往|台|厅|门|排|期|后|来|去|线|言|沿|景|程|列|辈|面|提)(?:报名|提交)?",
    Role("by", False, True),
)
WORDS.always(
    "开s",
    r"(?:开始|开会|开幕|开场|开赛)(?:日期|时间)?:?|start(?:s|ing)?(?: (?:at|on|from|time))?\b:?",
    Role("start", True, True),
)
WORDS.always("从自fs", r"从|自(?!己|由|行|带|愿|我|习|助|驾|选|主|然)|from\b|since\b", Role("start", True, False))
WORDS.always("起", r"起(?:始)?(?!床|点|来|草|飞|步|码|名|因|立|诉|身)", Role("start", False, True))
WORDS.always(
    "结散e", r"(?:结束|散会|散场)(?:日期|时间)?:?|end(?:s|ing)?(?: (?:at|on|time))?\b:?", Role("end", True, True)
)
WORDS.always("止为", r"(?:为止|止)(?![^\W_])", Role("by", False, True))
WORDS.always("到至utb", r"到|至(?!少|今|于)|(?:until|till|to|through)\b", To(True))
WORDS.always("-~", r"-{1,2}>?|~{1,2}", To(False))
WORDS.always(
    "左前大约差可也估暂am",
    r"左右|前后|大概|大约|约(?!会|定|谈|请)|差不多|可能|也许|估计|暂定|about\b|around\b|approx\b|maybe\b",
    Mark("vague", fatal=False),
)
WORDS.always("时日活集td", r"(?:活动|集合)?(?:时间|日期)(?:是|为|定在|:)*|time\b:?|date\b:?|when\b:?", Fill())
WORDS.always("北", r"北京时间", Mark("beijing", fatal=False))
WORDS.always(
    "的在于是就吧呢啊哦嗯那定准改", r"的|在|于|是|就|吧|呢|啊|哦|嗯|那就|那(?=[周下明后])|定在|准时|改[到为成]", Fill()
)
WORDS.always("aoti", r"(?:at|on|of|the|in)\b", Fill())
