"""A proposal said in one message: `提案 食堂晚餐延时`, what is wrong on the next lines, `附议 王强 陈静` anywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.context import Context
from bot.forms import Understood
from models import filing
from models.people import Member

BEGINS = ("提案", "意见", "建议", "proposal", "Proposal", "PROPOSAL", "suggestion", "Suggestion", "SUGGESTION")
_WORD = re.compile(
    r"\s*(?P<word>提案|意见(?:建议)?|建议|proposal|suggestion)(?:\s*[:：]\s*|\s+|(?=《)|$)(?P<rest>.*)", re.S | re.I
)
_PROPOSAL = ("提案", "proposal")
_SECONDERS = re.compile(
    r"(?:(?<=[\s，,。.；;！!、])|^)"
    r"(?P<word>(?:请|邀请)?(?:附议人?|联名人?)|seconded\s+by|seconders?)(?P<mark>\s*[:：]\s*|[^\S\n]*)(?P<names>[^\n。；;]+)",
    re.I | re.M,
)
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]+·[\u4e00-\u9fff·]+|[A-Za-z][A-Za-z'.-]*|[A-Za-z]?\d{2,12}")
_BETWEEN = re.compile(r"\s*(?:[、，,&和]|\band\b)\s*|[^\S\n]+", re.I)
_HIDDEN = re.compile(r"^[\s（(]*(?:请)?(?:匿名|不署名|不公开姓名|anonymous(?:ly)?)[\s）)。.]*$", re.I | re.M)
_WISH = re.compile(r"^[^\S\n]*(?:建议|希望|盼|请(?!假|示|教|问)|措施|(?:we\s+)?suggest|(?:my\s+)?wish|please\b)", re.I)
_EDGES = " \t\n,，;；。:：、《》|-—"
_THEMES = {
    "life": "食堂|早餐|午餐|晚餐|晚饭|饭菜|班车|停车|车位|宿舍|公寓|快递|热水|电梯|托班|canteen|bus|parking|dinner",
    "health": "体检|健康|健身|心理|医务|医疗|急救|母婴|哺乳|AED|gym|health|first aid",
    "culture": "文体|活动|球场|球馆|比赛|书屋|图书|协会|俱乐|sport|club|library",
    "welfare": "福利|慰问|补贴|补助|疗休|节日|工资|津贴|年票|subsidy|allowance|benefit",
    "people": "职称|晋升|考核|招聘|人才|培训|户口|落户|promotion|training|career",
    "research": "科研|实验|仪器|设备|课题|试剂|净化|论文|超净|laborator|instrument|cleanroom",
    "work": "办公|空调|照明|工位|会议|网络|报销|流程|审批|安全|office|network|reimburse",
}


@dataclass
class Seconders:
    """Who is named in a message: whom we know, and the names that nobody or several bear."""

    known: list[int] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    named: bool = False


def begun(text: str) -> tuple[str, str] | None:
    """The kind that a message begins with and what is said; None: it begins otherwise."""
    match = _WORD.fullmatch(text)
    if match is None:
        return None
    kind = "proposal" if match["word"].lower() in _PROPOSAL else "suggestion"
    return kind, match["rest"].strip()


def names_seconders(context: Context, text: str) -> bool:
    """Whether somebody is asked in it to second."""
    return _take_seconders(context, text)[0].named


def proposal(context: Context, text: str) -> Understood | None:
    """What is certain is filled in, who is doubtful is asked, no word is lost. None: it is only an answer.

    The first line is the title, what follows is what is wrong; from a line that begins with 建议 on, what is wished.
    """
    said = _said(text)
    return None if said is None else _understand(context, *_take_seconders(context, said))


def suggestion(context: Context, text: str) -> Understood | None:
    """The same of a kind that needs no seconders."""
    said = _said(text)
    return None if said is None else _understand(context, Seconders(), said)


def _said(text: str) -> str | None:
    match = begun(text)
    if match is not None:
        return match[1]
    return text.strip() if "\n" in text.strip() else None


def _understand(context: Context, seconders: Seconders, said: str) -> Understood:
    said, hidden = _HIDDEN.subn("", said)
    title, wrong, wish = _parts(said.strip())
    answers: dict[str, Any] = {"wish": wish, "theme": theme(context, said), "hidden": hidden > 0, "shared": True}
    if context.incoming.attachment is None:
        answers["files"] = []
    answers |= {name: value for name, value in (("title", title), ("wrong", wrong)) if value}
    if seconders.doubtful:
        find = next((name for name in seconders.doubtful if _bearers(context.session, [name])), "")
        ticked = {"seconders": (seconders.known, find)}
        return Understood(answers, rest=" ".join(seconders.doubtful), ticked=ticked)
    return Understood({**answers, "seconders": seconders.known})


def theme(context: Context, text: str) -> str | None:
    """What it is most likely about, if one theme is named more often than the others."""
    offered = {name for rules in context.house.cases.values() for name in rules.themes}
    counts = {name: len(re.findall(words, text, re.I)) for name, words in _THEMES.items() if name in offered}
    most = max(counts.values(), default=0)
    found = [name for name, count in counts.items() if count == most]
    return found[0] if most and len(found) == 1 else None


def _parts(said: str) -> tuple[str, str, str | None]:
    """Title, what is wrong, what is wished."""
    first, _, rest = said.partition("\n")
    title = first.strip(_EDGES)
    if len(title) > filing.TITLE:
        title, rest = "", said
    lines = rest.strip().splitlines()
    at = next((number for number, line in enumerate(lines) if number and _WISH.match(line)), len(lines))
    return title, "\n".join(lines[:at]).strip(), "\n".join(lines[at:]).strip() or None


def _take_seconders(context: Context, text: str) -> tuple[Seconders, str]:
    """Take `附议 王强 陈静` out of a text. Words that only look like it stay where they are."""
    found = Seconders()

    def take(match: re.Match[str]) -> str:
        names, left = _names(context.session, match["names"])
        known, doubtful = _resolve(context, names)
        if not names or (not match["mark"] and not known):
            return match[0]
        found.named = True
        found.known += [one for one in known if one not in found.known]
        found.doubtful += doubtful
        return left

    return found, _SECONDERS.sub(take, text)


def _names(session: Session, text: str) -> tuple[list[str], str]:
    """The names a text begins with, and what follows them. A name of several words is one if somebody bears it."""
    names: list[str] = []
    rest = text.strip()
    while rest:
        whole = re.match(r"[A-Za-z][A-Za-z'.-]*(?: [A-Za-z][A-Za-z'.-]*){1,3}", rest)
        match = _NAME.match(rest)
        if whole and _bearers(session, [whole[0]]):
            match = whole
        if match is None or not (_BETWEEN.match(rest, match.end()) or match.end() == len(rest)):
            break
        names.append(match[0])
        rest = _BETWEEN.sub("", rest[match.end() :], count=1) if match.end() < len(rest) else ""
    return names, rest


def _resolve(context: Context, names: Sequence[str]) -> tuple[list[int], list[str]]:
    """Whom the names stand for; and those that stand for nobody, for several, or for who is writing."""
    bearers: dict[str, list[int]] = {}
    for number, name, badge in _bearers(context.session, names):
        for said in {name, badge}:
            bearers.setdefault(said, []).append(number)
    me = context.person.member.id if context.person.member else 0
    known, doubtful = [], []
    for name in names:
        match bearers.get(name, []):
            case [number] if number != me:
                known.append(number)
            case _:
                doubtful.append(name)
    return known, doubtful


def _bearers(session: Session, names: Sequence[str]) -> list[tuple[int, str, str]]:
    """Who bears one of these names or numbers, and works here."""
    query = select(Member.id, Member.name, Member.number).where(Member.left_on.is_(None))
    rows = session.execute(query.where(or_(Member.name.in_(names), Member.number.in_(names))))
    return [(number, name, badge) for number, name, badge in rows]
