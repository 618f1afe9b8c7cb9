"""The steps of a form: opening it, listening to an answer, going on to the next question, letting it go."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_jsonable_python

from bot.context import Context
from bot.forms import bundle, core, fields, view
from bot.forms.core import Problem, Understood
from bot.forms.desk import Desk
from bot.forms.fields import Ask, Kind
from bot.forms.read import Find, Guess, Half, Taken, hear, tidy
from bot.forms.words import Sheet
from bot.incoming import Attachment, Incoming
from models.base import Refused
from models.drafts import Draft
from models.fields import EndOf

STALE = timedelta(hours=6)  # after that, what is typed is not taken for an answer without asking
DEAR = 3  # so many answers are not thrown away without asking


def lay_open(context: Context, quiet: bool = False) -> Desk | None:
    """The draft of who is speaking, brought up to date. If they may not go on with it, it is let go and they are told.

    Answers that no longer fit (after a deploy, or because a moment has passed) are dropped and asked anew.
    """
    draft = context.session.get(Draft, context.person.account.id)
    if draft is None:
        return None
    route = context.registry.forms.get(draft.form)
    if route is None or not route.who.admits(context.person):
        _delete(context, draft)
        if not quiet:
            context.show("form.gone" if route is None else "form.right_gone")
        return None
    sheet = Sheet(context, route, draft.target_id)
    desk = Desk(context, draft, sheet, stale=context.now - draft.touched_at > STALE)
    _refit(desk, draft.answers)
    plan = {ask.name for ask in core.plan(sheet.model, draft.answers)}
    unanswered = core.asking(sheet.model, draft.answers)
    if draft.asking not in plan if draft.asking is not None else unanswered is not None:
        desk.moved = True
        touched = draft.touched_at
        desk.go_on()
        draft.touched_at = touched
    return desk


def _refit(desk: Desk, answers: core.Answers) -> None:
    """Keep the answers that fit; tell them which of their lines must be said anew."""
    fit = core.fitting(desk.sheet.model, answers)
    lost = [fields.of(desk.sheet.model, name) for name in answers if name not in fit]
    called = {ask.name for ask in core.plan(desk.sheet.model, fit)}
    labels = [desk.sheet.label(ask) for ask in lost if ask is not None and ask.name in called]
    if labels:
        desk.tell(desk.context.html("form.changed", labels=labels))
    if fit != answers or answers is not desk.draft.answers:
        desk.draft.answers = fit


def start(context: Context, wish: Mapping[str, Any], anew: bool = False) -> None:
    """Open the form of a wish; it takes the place of any other draft."""
    draft = context.session.get(Draft, context.person.account.id)
    if draft is None:
        draft = Draft(account_id=context.person.account.id)
        context.session.add(draft)
    draft.form, draft.target_id = wish["form"], wish["target_id"]
    draft.answers, draft.pending, draft.waiting = {}, None, None
    desk = Desk(context, draft, Sheet(context, context.registry.forms[draft.form], draft.target_id))
    draft.answers = core.fitting(desk.sheet.model, dict(wish["answers"]))
    desk.go_on()
    context.session.flush()
    if wish.get("text") and _read_whole(desk, tidy(wish["text"])):
        desk.go_on()
    else:
        desk.note(fresh=True)
    desk.show(anew=anew)


def listen(desk: Desk) -> None:
    """Take what they typed or sent as the answer to the present question."""
    ask, incoming = desk.ask, desk.context.incoming
    desk.draft.touched_at = desk.context.now
    fresh = (desk.draft.pending or {}).get("fresh")  # the words under a first photo are read like words alone
    line = bundle.line(desk)
    if line is not None:
        said = bundle.add(desk, line)
        if said is None:
            desk.show()
            return
        # What was written under it answers the question.
        incoming = replace(incoming, sort="text", text=said, attachment=None)
        context = replace(desk.context, incoming=incoming)
        desk.context, desk.sheet = context, replace(desk.sheet, context=context)
    if ask is None:
        desk.show(desk.context.html("form.at_review"))
        return
    first = fresh and ask.name not in desk.draft.answers
    if first and incoming.sort == "text" and _read_whole(desk, tidy(incoming.text)):
        desk.go_on()
        if desk.ask is None and desk.sheet.route.at_once and not (desk.draft.pending or {}).get("rest"):
            submit(desk)
        else:
            desk.show()
        return
    heard = hear(desk.context, desk.sheet, ask, _known_day(desk, ask))
    match heard:
        case Taken(value):
            if ask.kind is Kind.PICK and ask.several:  # beside what is ticked
                value = list(dict.fromkeys([*(desk.draft.pending or {}).get("several", []), *value]))
            take(desk, ask, value)
        case Guess():
            _guess(desk, ask, heard)
        case Half(day):
            desk.ask_for(ask.name)
            desk.note(day=day)
            desk.show()
        case Find(text, sure):
            ticked = list(dict.fromkeys([*view.several(desk.draft, ask), *sure]))
            desk.ask_for(ask.name)
            desk.note(find=text, several=ticked or None)
            desk.show()
        case _:
            desk.show(desk.sheet.problem(ask.name, heard))


def take(desk: Desk, ask: Ask, value: Any, end: datetime | None = None) -> None:
    """Take a certain answer and go on, or say what is wrong with it."""
    model, before = desk.sheet.model, desk.draft.answers
    answers, problem = core.accept(model, before, ask.name, value)
    if problem is not None:
        desk.show(desk.sheet.problem(ask.name, problem))
        return
    if ask.kind is Kind.MOMENT:
        answers = core.take_end(model, before, answers, ask.name, end)
    desk.draft.answers = answers
    if ask.kind is Kind.FILES:
        desk.lay_files(ask.name, None)
    desk.go_on()
    again = desk.ask
    if again is not None and again.name in before:  # the new answer does not go with an older one
        desk.tell(desk.context.html("form.changed", labels=[desk.sheet.label(again)]))
    if again is None and desk.sheet.route.at_once:
        submit(desk)
    else:
        desk.show()


def submit(desk: Desk) -> None:
    """Send it off. If the house says no, all stays as it was and the reason is shown with the review."""
    context, draft, sheet = desk.context, desk.draft, desk.sheet
    if core.problems(sheet.model, draft.answers):
        desk.show()
        return
    new, target_id = core.complete(sheet.model, draft.answers), draft.target_id
    words, menus, alert = len(context.voice.words), set(context.voice.menus), context.voice.alert
    try:
        with context.session.begin_nested():
            # Gone before the call, so that what is called may open another form.
            let_go(desk)
            sheet.route.call(context, new, target_id)
            context.session.flush()
    except Refused as no:
        del context.voice.words[words:]
        context.voice.menus, context.voice.alert = menus, alert
        last = fields.of(sheet.model, next(reversed(draft.answers), ""))
        if sheet.route.at_once and last is not None and last.kind is not Kind.TEXT:
            draft.answers = core.back(sheet.model, draft.answers)  # it is asked again; what was written stays
            desk.ask_for(last.name)
        desk.show(sheet.problem(None, Problem(no.code, no.params)))


def hold(desk: Desk) -> None:
    """Keep what they sent until they say whether it belongs into the form."""
    incoming = desk.context.incoming
    before = (desk.draft.pending or {}).get("held")
    held = {
        "sort": incoming.sort,
        "text": tidy(incoming.text),
        "phone": incoming.phone,
        "spot": incoming.spot,
        "attachment": asdict(incoming.attachment) if incoming.attachment else None,
    }
    if before:
        held["text"] = f"{before['text']}\n{held['text']}".strip()[:4096]
        # Of an album, or of a photo and what was said after it, nothing is lost.
        held["before"] = before.get("before", []) + ([{**before, "before": []}] if before["attachment"] else [])
    desk.note(held=held)


def use_held(desk: Desk) -> None:
    """Answer with what they had sent before."""
    held = (desk.draft.pending or {})["held"]
    desk.note(held=None)
    desk.draft.waiting = None
    if bundle.home(desk) is not None:
        for earlier in held.get("before", []):
            _hear_held(desk, {**earlier, "text": ""})
    _hear_held(desk, held)


def _hear_held(desk: Desk, held: Mapping[str, Any]) -> None:
    incoming: Incoming = replace(
        desk.context.incoming,
        sort=held["sort"],
        text=held["text"],
        phone=held["phone"],
        spot=tuple(held["spot"]) if held["spot"] else None,
        attachment=Attachment(**held["attachment"]) if held["attachment"] else None,
    )
    context = replace(desk.context, incoming=incoming)
    listen(replace(desk, context=context, sheet=replace(desk.sheet, context=context)))


def worth_keeping(desk: Desk) -> bool:
    """Whether they have said anything that would be lost."""
    pending = desk.draft.pending or {}
    return not pending.get("fresh") and bool(desk.said or set(pending) - {"page", "keyboard"})


def cancel(desk: Desk) -> None:
    """Let the form go, after a question if much would be lost."""
    desk.draft.waiting = None
    if worth_keeping(desk) and desk.said >= DEAR:
        desk.put(view.sure(desk.sheet, desk.draft, desk.said))
    else:
        let_go(desk)
        desk.context.show("form.dropped", title=desk.sheet.title)


def let_go(desk: Desk) -> None:
    """Forget the form and all that was said in it."""
    _delete(desk.context, desk.draft)


def too_old(desk: Desk) -> None:
    """A button of a question that is past: say so, and show the present one."""
    desk.context.alert("form.old")
    desk.show()


def _delete(context: Context, draft: Draft) -> None:
    if "keyboard" in (draft.pending or {}):
        context.say("form.noted", clear=True)
    context.session.delete(draft)
    context.session.flush()


def _known_day(desk: Desk, ask: Ask) -> str | None:
    """A day that is settled, so that an hour alone is enough: said just now, or the day of the start."""
    day = (desk.draft.pending or {}).get("day")
    if day is not None:
        return str(day)
    mark = ask.mark(EndOf)
    start = desk.draft.answers.get(mark.field) if mark and ask.kind is Kind.MOMENT else None
    if not isinstance(start, str):
        return None
    value = fields.of(desk.sheet.model, mark.field).python(start)
    return str(value.astimezone(desk.context.house.zone).date())


def _guess(desk: Desk, ask: Ask, guess: Guess) -> None:
    """Show what was understood, for a tap; readings that the field would refuse are not offered."""
    model, answers = desk.sheet.model, desk.draft.answers
    checked = [(pair, core.check(model, answers, ask.name, pair[0])) for pair in guess.options]
    fit = [pair for pair, problem in checked if problem is None]
    problem = checked[0][1]
    if not fit and problem is not None:
        desk.show(desk.sheet.problem(ask.name, problem))
        return
    desk.ask_for(ask.name)
    desk.note(moments=fit[:6], doubt=guess.doubt or None, unread=guess.rest[:200] or None)
    desk.show()


def _read_whole(desk: Desk, text: str) -> bool:
    """Let the form's reader fill as much as one message says; False when it leaves it to the question."""
    reader = desk.sheet.route.reader
    understood: Understood | None = reader(desk.context, text) if reader else None
    if understood is None:
        return False
    model, answers = desk.sheet.model, desk.draft.answers
    for ask in fields.asks(model):
        if ask.name not in understood.answers:
            continue
        answers, problem = core.accept(model, answers, ask.name, understood.answers[ask.name])
        if problem is not None:
            desk.tell(desk.context.html("form.about", label=desk.sheet.label(ask)))
            desk.tell(desk.sheet.problem(ask.name, problem))
    desk.draft.answers = answers
    guesses = {
        name: [pair if isinstance(pair, list | tuple) else [pair, None] for pair in to_jsonable_python(options)]
        for name, options in understood.guesses.items()
    }
    ticked = {name: [to_jsonable_python(list(sure)), find] for name, (sure, find) in understood.ticked.items()}
    desk.note(guesses=guesses or None, ticked=ticked or None, rest=tidy(understood.rest)[:400] or None)
    return True
