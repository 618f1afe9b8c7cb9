"""How a form looks: the question being asked, the review, and the offers between them, as words and buttons."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bot.forms import core
from bot.forms.fields import Ask, Kind, files_of
from bot.forms.read import bears
from bot.forms.words import Offer, Sheet, SoFar
from bot.voice import Button, Keyboard, Say, Show
from models.drafts import Draft
from models.fields import EndOf, Near

ROOM = 4000  # of Telegram's 4,096 characters
PAGE = {Kind.PICK: 8, Kind.CHOICE: 30, Kind.FLAG: 2}  # choices on one page
WIDE = 9  # a label up to this many characters shares its row with another
CLIPS = (300, 150, 60, 20, 8)  # shorter and shorter, until a long review fits
ENDS = (60, 120, 180)  # minutes: the quick choices for an end

Page = tuple[str, Keyboard]


def put(sheet: Sheet, page: Page, anew: bool = False) -> None:
    """Show it in place of the message whose button was pressed; after a typed word, or `anew`, say it."""
    html, keyboard = page
    in_place = sheet.context.incoming.sort == "button" and not anew
    sheet.context.voice.words.append(Show(html, keyboard) if in_place else Say(html, keyboard))


def present(sheet: Sheet, draft: Draft, notice: str = "") -> Page:
    """Where the form stands: its question, or the review."""
    ask = next((ask for ask in core.plan(sheet.model, draft.answers) if ask.name == draft.asking), None)
    return review(sheet, draft, notice) if ask is None else question(sheet, draft, ask, notice)


def question(sheet: Sheet, draft: Draft, ask: Ask, notice: str = "") -> Page:
    """One question with its buttons."""
    context, pending = sheet.context, _pending(draft, ask)
    plan = core.plan(sheet.model, draft.answers)
    parts = [notice, context.html("form.head", title=sheet.title, number=plan.index(ask) + 1, count=len(plan))]
    if "moments" in pending:
        parts += _understood(sheet, ask, pending)
    elif "day" in pending:
        parts.append(context.html("form.which_clock", text=sheet.day(date.fromisoformat(pending["day"]))))
    else:
        parts += [
            sheet.html(ask.name, "ask", said=SoFar(sheet, draft.answers)),
            sheet.html(ask.name, "hint", otherwise=_hint(sheet, ask), **_limits(ask)),
        ]
        if ask.kind is Kind.FILES:
            there = several(draft, ask)
            parts.append(context.html("form.files.there", value=sheet.files(there)) if there else "")
        elif ask.name in draft.answers:
            parts.append(context.html("form.now", value=sheet.said(ask, draft.answers[ask.name])))
    if rest := (draft.pending or {}).get("rest"):
        parts.append(context.html("form.unread", text=rest))
    if "find" in pending:
        parts.append(context.html("form.found", text=pending["find"]))
    keyboard = [*_choices(sheet, draft, ask), *_ways(sheet, draft, ask)]
    return _join(parts), keyboard


def review(sheet: Sheet, draft: Draft, notice: str = "") -> Page:
    """Everything they said, line by line, each to be changed with a tap, and the button that sends it off."""
    context, rest = sheet.context, (draft.pending or {}).get("rest", "")
    plan = core.plan(sheet.model, draft.answers)
    wrong = "\n".join(sheet.problem(name, problem) for name, problem in core.problems(sheet.model, draft.answers))
    unread = context.html("form.unread", text=rest) if rest else ""
    head = context.html("form.title", title=sheet.title)
    foot = sheet.html("form", "review", otherwise="form.review")
    aside, ways = sheet.route.aside(context, draft.answers) if sheet.route.aside else ("", [])
    for clip in CLIPS:
        lines = [
            context.html("form.line", label=sheet.label(ask), value=sheet.said(ask, draft.answers[ask.name], clip))
            for ask in plan
            if ask.name in draft.answers
        ]
        html = _join([notice, head, "\n".join(lines), unread, aside, wrong or foot])
        if _size(html) <= ROOM:
            break
    keyboard = [[Button(sheet.plain("form", "submit", otherwise="form.buttons.submit"), data(draft, "ok"))], *ways]
    changes = [
        Button(context.plain("form.buttons.change", label=sheet.label(ask)), data(draft, "e", ask.name)) for ask in plan
    ]
    keyboard += _rows(changes)
    keyboard.append([_button(sheet, draft, "cancel", "x")])
    return html, keyboard


def offer(sheet: Sheet, draft: Draft, held: bool) -> Page:
    """They were away, or want something else: go on with the half-filled form, or let it go?"""
    context = sheet.context
    ask = next((ask for ask in core.plan(sheet.model, draft.answers) if ask.name == draft.asking), None)
    at = sheet.label(ask) if ask else context.plain("form.at_the_review")
    parts = [context.html("form.half", title=sheet.title, at=at)]
    keyboard: Keyboard = []
    if held:
        parts.append(context.html("form.held"))
        if ask is not None:
            keyboard.append([_button(sheet, draft, "use", "u", label=sheet.label(ask))])
    keyboard.append([_button(sheet, draft, "go_on", "g")])
    if draft.waiting is None:
        keyboard.append([_button(sheet, draft, "cancel", "xx")])
    elif draft.waiting.startswith("/"):
        keyboard.append([_button(sheet, draft, "drop_for_command", "d", command=draft.waiting.split()[0][:32])])
    else:
        keyboard.append([_button(sheet, draft, "drop_for_form", "d")])
    return _join(parts), keyboard


def sure(sheet: Sheet, draft: Draft, count: int) -> Page:
    """So many answers would be gone: really?"""
    html = sheet.context.html("form.sure", title=sheet.title, count=count)
    return html, [[_button(sheet, draft, "go_on", "g")], [_button(sheet, draft, "drop", "xx")]]


def data(draft: Draft, act: str, argument: str = "") -> str:
    """What a button carries: the step it belongs to, the act, and at most one word."""
    text = f"form:{draft.step}:{act}" + (f":{argument}" if argument else "")
    assert len(text.encode()) <= 64, text
    return text


def several(draft: Draft, ask: Ask) -> list[Any]:
    """What is ticked, or was sent, so far."""
    pending = draft.pending or {}
    # What was sent outlasts its question: nobody sends six photos again because of a step back.
    said = pending.get("files", {}).get(ask.name) if ask.kind is Kind.FILES else pending.get("several")
    found = draft.answers.get(ask.name) if said is None else said
    return list(found) if isinstance(found, list) else []


def matching(sheet: Sheet, draft: Draft, ask: Ask) -> list[Offer]:
    """The choices that bear what they were looking for; without it all."""
    find = (draft.pending or {}).get("find")
    return [offer for offer in sheet.offers(ask) if find is None or bears(offer.label, find)]


def quick(sheet: Sheet, draft: Draft, ask: Ask) -> list[datetime | date]:
    """The choices that save typing: an hour after the start, tomorrow."""
    end, near = ask.mark(EndOf), ask.mark(Near)
    minutes: tuple[int, ...] = near.minutes if near else ENDS if end else ()
    field: str | None = near.field if near else end.field if end else None
    if field is None and ask.kind is Kind.DAY:
        local = sheet.context.now.astimezone(sheet.context.texts.zone)
        found: list[datetime | date] = [(local + timedelta(days=count // 1440)).date() for count in minutes]
    else:
        start = draft.answers.get(field or "")
        if not isinstance(start, str):
            return []
        base = datetime.fromisoformat(start)
        moved = [base + timedelta(minutes=count) for count in minutes]
        found = list(moved) if ask.kind is Kind.MOMENT else [value.date() for value in moved]
    return [value for value in found if core.check(sheet.model, draft.answers, ask.name, value) is None]


def carried(value: datetime | date, end: datetime | None = None) -> tuple[str, str]:
    """A moment or a day as a button carries it: its act and argument."""
    if not isinstance(value, datetime):
        return "t", value.isoformat()
    minutes = f"+{round((end - value).total_seconds() / 60)}" if end else ""
    return "m", f"{int(value.timestamp())}{minutes}"


def _pending(draft: Draft, ask: Ask) -> dict[str, Any]:
    """What waits for a yes, unless the field has become another kind of question since."""
    pending = dict(draft.pending or {})
    timed = {"T" in str(value) for value, _ in pending.get("moments", [])}
    if timed and timed != {ask.kind is Kind.MOMENT}:
        pending.pop("moments")
    return pending


def _understood(sheet: Sheet, ask: Ask, pending: dict[str, Any]) -> list[str]:
    """What was made of their words, for a yes; or the ways they may be meant."""
    context, label = sheet.context, sheet.label(ask)
    doubt = f"form.doubts.{pending.get('doubt')}"
    notes = [context.html(doubt)] if context.texts.has(doubt) else []
    if pending.get("unread"):
        notes.append(context.html("form.unread", text=pending["unread"]))
    if len(pending["moments"]) > 1:
        return [context.html("form.which", label=label), *notes]
    value, end = _parse(pending["moments"][0])
    text = sheet.moment(value, end) if isinstance(value, datetime) else sheet.day(value)
    return [context.html("form.understood", label=label, text=text), *notes]


def _parse(pair: Sequence[str | None]) -> tuple[datetime | date, datetime | None]:
    first, second = pair
    assert first is not None
    if "T" not in first:
        return date.fromisoformat(first), None
    return datetime.fromisoformat(first), datetime.fromisoformat(second) if second else None


def _choices(sheet: Sheet, draft: Draft, ask: Ask) -> Keyboard:
    """The buttons that answer."""
    pending = _pending(draft, ask)
    if ask.kind in (Kind.MOMENT, Kind.DAY):
        if "moments" in pending:
            found = [_parse(one) for one in pending["moments"]]
            if len(found) == 1:
                yes = Button(sheet.context.plain("form.buttons.right"), data(draft, *carried(*found[0])))
                return [[yes]]
            return [[Button(sheet.brief(*pair), data(draft, *carried(*pair)))] for pair in found]
        return [[Button(sheet.brief(value), data(draft, *carried(value)))] for value in quick(sheet, draft, ask)]
    if ask.kind is Kind.SPOT:
        return [[_button(sheet, draft, "here", "h")]]
    if ask.kind is Kind.FILES and (there := several(draft, ask)):
        done = _button(sheet, draft, "files_done", "n", count=len(there))
        return [[done], [_button(sheet, draft, "files_less", "-", str(there[-1]))]]
    if ask.kind not in PAGE:
        return []
    offers, size = matching(sheet, draft, ask), PAGE[ask.kind]
    page = max(0, min(int(pending.get("page", 0)), (len(offers) - 1) // size))
    ticked = several(draft, ask)
    buttons = []
    for one in offers[page * size : (page + 1) * size]:
        on = one.value in ticked
        act = ("-" if on else "+") if ask.several else "o"
        label = one.label if len(one.label) <= 60 else one.label[:59] + "…"
        buttons.append(Button(f"✓ {label}" if ask.several and on else label, data(draft, act, one.token)))
    rows = _rows(buttons)
    turns = [("earlier", page - 1)] if page > 0 else []
    if (page + 1) * size < len(offers):
        turns.append(("later", page + 1))
    if turns:
        rows.append([_button(sheet, draft, name, "p", str(number)) for name, number in turns])
    if "find" in pending:
        rows.append([_button(sheet, draft, "all", "a")])
    if ask.several:
        rows.append([_button(sheet, draft, "done", "n", count=len(ticked))])
    return rows


def _ways(sheet: Sheet, draft: Draft, ask: Ask) -> Keyboard:
    """The buttons that do not answer: skip, back, cancel."""
    context, changing = sheet.context, ask.name in draft.answers
    rows: Keyboard = []
    answered = bool(several(draft, ask)) if ask.kind is Kind.FILES else ask.several and changing
    if ask.optional and not answered:
        blank = ask.default in (None, "", [])
        if blank:
            without = "files_none" if ask.kind is Kind.FILES else "skip"
            rows.append([_button(sheet, draft, "leave_empty" if changing else without, "s")])
        else:
            rows.append([_button(sheet, draft, "default", "s", value=sheet.said(ask, ask.default, 30))])
    last = [_button(sheet, draft, "cancel", "x")]
    if changing:
        last = [Button(context.plain("form.buttons.keep"), data(draft, "b"))]
    elif {"moments", "day"} & set(draft.pending or {}) or core.back(sheet.model, draft.answers) != draft.answers:
        last.insert(0, _button(sheet, draft, "back", "b"))
    return [*rows, last]


def _hint(sheet: Sheet, ask: Ask) -> str:
    """The house's own hint for kinds of questions that need one."""
    if ask.kind is Kind.PICK and not sheet.offers(ask):
        return "form.hints.nothing"
    key = f"form.hints.{'several' if ask.several and ask.kind is not Kind.FILES else ask.kind.value}"
    return key if sheet.context.texts.has(key) else ""


def _limits(ask: Ask) -> dict[str, Any]:
    """What a hint may say of how many files, how large and of which kinds are taken."""
    if ask.kind is not Kind.FILES:
        return {}
    mark = files_of(ask)
    return {"most": mark.most, "limit": mark.limit // (1024 * 1024), "kinds": [one.lstrip(".") for one in mark.kinds]}


def _button(sheet: Sheet, draft: Draft, name: str, act: str, argument: str = "", **params: Any) -> Button:
    return Button(sheet.context.plain(f"form.buttons.{name}", **params), data(draft, act, argument))


def _rows(buttons: list[Button]) -> Keyboard:
    """Short labels two to a row, long ones alone."""
    rows: Keyboard = []
    for button in buttons:
        short = len(button.label) <= WIDE
        if short and rows and len(rows[-1]) == 1 and len(rows[-1][0].label) <= WIDE:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def _join(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _size(html: str) -> int:
    """As Telegram may count: in UTF-16 units, tags and all, to be on the safe side."""
    return len(html.encode("utf-16-le")) // 2
