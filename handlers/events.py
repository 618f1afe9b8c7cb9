"""Events: the card in the group, /events, one-tap sign-up, and what officers do with an event."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms, lists
from bot.context import Context, Painting, Words
from bot.router import ANYONE, ANYWHERE, MEMBER, OFFICER, PRIVATE, NotMine, Router
from bot.voice import Button, Keyboard
from handlers._event_sentence import understand
from models import entries, events, files, organising, sheets
from models.base import Refused
from models.events import EntryState, Event, EventState, NewEvent
from models.fields import Long

router = Router("events")
router.tick(entries.release_leavers)
router.tick(entries.remind)
router.tick(organising.close_due)
router.desk("events.new", order=10)
router.desk("events.manage", order=11)
router.home("events.browse", order=10)


class Reason(BaseModel):
    """Why an event is called off."""

    reason: Annotated[str, Field(min_length=2, max_length=200)]


class Note(BaseModel):
    """What an officer writes to everybody who signed up."""

    text: Annotated[str, Field(min_length=2, max_length=1500), Long()]


@router.painter("events")
def paint(painting: Painting, event_id: int) -> None:
    """The card in the group, as things stand."""
    event = events.by_id(painting.session, event_id)
    buttons = card_buttons(painting, event, painting.now)
    painting.paint("events.card", buttons=buttons, **events.facts_of(event, painting.now))


@router.command("events", who=ANYONE, where=PRIVATE)
def browse(context: Context) -> None:
    """List what one can still go to."""
    page(context, 1)


@router.button("events.browse", who=ANYONE, where=PRIVATE)
def page(context: Context, number: int = 1) -> None:
    """One page of what one can still go to."""
    rows = events.open_to(context.session, context.now)
    lists.show(context, "events.list", rows, number, "events.browse", lambda event: _row(context, event, "events.view"))


@router.link("event", who=ANYONE, where=PRIVATE)
@router.button("events.view", who=ANYONE, where=PRIVATE)
def view(context: Context, event_id: int) -> None:
    """One event, with the button that fits: sign up, or leave."""
    event = events.by_id(context.session, event_id)
    if event.state is EventState.DRAFT:
        raise Refused("events.unknown")
    _view(context, event)


@router.button("events.join", who=MEMBER, where=ANYWHERE, whose="own")
def join(context: Context, item_id: int) -> None:
    """Sign up with one tap."""
    entry = entries.sign_up(context.session, context.member, item_id, context.now)
    place = entries.place_in_line(context.session, entry)
    here = "events.in" if entry.remind_at else "events.in_unreminded"
    context.alert(here if entry.state is EntryState.IN else "events.in_line", place=place)
    _again(context, entry.item.event)


@router.button("events.leave", who=MEMBER, where=ANYWHERE, whose="own")
def leave(context: Context, item_id: int) -> None:
    """Give the place back."""
    entry = entries.leave(context.session, context.member, item_id, context.now)
    context.alert("events.out")
    _again(context, entry.item.event)


@router.button("events.where", who=ANYONE, where=PRIVATE)
def show_place(context: Context, event_id: int) -> None:
    """Where it is, on the map."""
    event = events.by_id(context.session, event_id)
    if event.latitude is None or event.longitude is None or event.state is EventState.DRAFT:
        raise Refused("events.unknown")
    context.say("events.here", place=event.place, spot=(event.latitude, event.longitude))


@router.message("text", who=OFFICER, where=PRIVATE)
def said(context: Context) -> None:
    """An officer says an event in one sentence."""
    text = context.incoming.text
    if understand(context, text) is None:
        raise NotMine
    forms.begin(context, "events.new", text=text)


@router.button("events.new", who=OFFICER, where=PRIVATE)
def begin(context: Context) -> None:
    """Begin a new event."""
    forms.begin(context, "events.new")


@router.form("events.new", NewEvent, who=OFFICER, where=PRIVATE, reader=understand)
def finish(context: Context, new: NewEvent, target_id: int | None) -> None:
    """Show the officer the card as everybody will see it."""
    _preview(context, organising.draft(context.session, new, context.person, context.now))


@router.button("events.preview", who=OFFICER, where=PRIVATE)
def preview(context: Context, event_id: int) -> None:
    """A draft, as everybody will see it."""
    _preview(context, events.by_id(context.session, event_id))


@router.button("events.publish", who=OFFICER, where=PRIVATE)
def publish(context: Context, event_id: int) -> None:
    """Post it to the staff group and open the sign-up."""
    form = forms.current(context)
    if form is not None and form.form == "events.edit" and form.target_id == event_id:
        raise Refused("events.being_edited")
    event = organising.publish(context.session, event_id, context.person, context.now)
    context.show("events.is_out", title=event.title, url=context.url("event", event.id), buttons=_desk(context, event))


@router.button("events.discard", who=OFFICER, where=PRIVATE)
def discard(context: Context, event_id: int) -> None:
    """Throw a draft away."""
    organising.discard(context.session, event_id)
    context.show("events.discarded", buttons=[[context.button("start.desk")]])


@router.button("events.manage", who=OFFICER, where=PRIVATE)
def manage(context: Context, number: int = 1) -> None:
    """All events, drafts and coming ones first."""
    rows = events.managed(context.session, context.now)
    lists.show(
        context,
        "events.managed",
        rows,
        number,
        "events.manage",
        lambda event: _row(context, event, "events.desk"),
        below=[[context.button("start.desk")]],
    )


@router.button("events.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context, event_id: int) -> None:
    """What an officer can do with one event."""
    event = events.by_id(context.session, event_id)
    if event.state is EventState.DRAFT:
        _preview(context, event)
    else:
        facts = events.facts_of(event, context.now)
        context.show("events.one", reason=event.reason, buttons=_desk(context, event), **facts)


@router.button("events.roll", who=OFFICER, where=PRIVATE)
def roll(context: Context, event_id: int, number: int = 1) -> None:
    """Who is in, who is in line, and whom no letter reaches."""
    event = events.by_id(context.session, event_id)
    rows = entries.roll(context.session, event)
    lists.lines(
        context,
        "events.roll",
        rows,
        number,
        "events.roll",
        event.id,
        below=[[context.button("events.export", event.id)], [context.button("events.desk", event.id)]],
        **events.facts_of(event, context.now),
    )


@router.button("events.export", who=OFFICER, where=PRIVATE)
def export(context: Context, event_id: int) -> None:
    """The same as a spreadsheet."""
    event = events.by_id(context.session, event_id)
    columns = ("place", "number", "name", "unit", "state", "at")
    head: list[sheets.Cell] = [context.plain(f"events.columns.{name}") for name in columns]
    rows: list[list[sheets.Cell]] = [
        [row.place, row.number, row.name, row.unit, context.plain(f"events.states.{row.state}"), row.at]
        for row in entries.roll(context.session, event)
    ]
    content = sheets.write([sheets.Sheet(event.title, [head, *rows])], context.house.zone)
    context.say("events.exported", title=event.title, document=(f"{event.title[:40]}.xlsx", content))


@router.button("events.repost", who=OFFICER, where=PRIVATE)
def repost(context: Context, event_id: int) -> None:
    """Post the card once more: the old one has scrolled away, or nobody knows whether it arrived."""
    organising.repost(context.session, event_id, context.person, context.now)
    context.alert("events.reposted")


@router.button("events.write", who=OFFICER, where=PRIVATE)
def write(context: Context, event_id: int) -> None:
    """Begin a letter to everybody who signed up."""
    event = events.by_id(context.session, event_id)
    count = event.item.taken + event.item.waiting
    if not count:
        raise Refused("events.nobody_yet")
    context.alert("events.writing_to", title=event.title, count=count)
    forms.begin(context, "events.write", target_id=event_id)


@router.form("events.write", Note, who=OFFICER, where=PRIVATE)
def send(context: Context, new: Note, target_id: int) -> None:
    """Send it."""
    count = organising.write_to_all(context.session, target_id, new.text, context.person, context.now)
    context.show("events.sent", count=count, buttons=[[context.button("events.desk", target_id)]])


@router.button("events.edit", who=OFFICER, where=PRIVATE)
def change(context: Context, event_id: int) -> None:
    """Begin to change an event."""
    event = events.by_id(context.session, event_id)
    forms.begin(context, "events.edit", target_id=event.id, answers=events.as_answers(event))


@router.form("events.edit", NewEvent, who=OFFICER, where=PRIVATE, texts="events.new")
def changed(context: Context, new: NewEvent, target_id: int) -> None:
    """Change it; who must know hears of it."""
    event = organising.edit(context.session, target_id, new, context.person, context.now)
    if event.state is EventState.DRAFT:
        _preview(context, event)
    else:
        over = max(0, event.item.taken - event.item.places) if event.item.places is not None else 0
        count = event.item.taken + event.item.waiting
        context.show("events.is_changed", title=event.title, over=over, count=count, buttons=_desk(context, event))


@router.button("events.cancel", who=OFFICER, where=PRIVATE)
def call_off(context: Context, event_id: int) -> None:
    """Begin to call an event off."""
    event = events.by_id(context.session, event_id)
    context.alert("events.calling_off", title=event.title)
    forms.begin(context, "events.cancel", target_id=event_id)


@router.form("events.cancel", Reason, who=OFFICER, where=PRIVATE)
def called_off(context: Context, new: Reason, target_id: int) -> None:
    """Call it off; everybody in and in line hears why."""
    event = organising.cancel(context.session, target_id, new.reason, context.person, context.now)
    count = event.item.taken + event.item.waiting
    context.show("events.is_called_off", title=event.title, count=count, buttons=_desk(context, event))


def card_buttons(words: Words, event: Event, now: datetime) -> Keyboard | None:
    """What the card in the group offers: to sign up until the close, to leave until the start."""
    if event.state is not EventState.OPEN or event.starts_at <= now:
        return None
    leaving = words.button("events.leave", event.item.id)
    rows = [[words.button("events.join", event.item.id), leaving]] if event.closes_at > now else [[leaving]]
    if event.latitude is not None:
        rows.append([words.link("events.buttons.where", "event", event.id)])
    return rows


def _row(words: Words, event: Event, button: str) -> Button:
    state = "open" if event.state is EventState.OPEN else event.state.value
    return words.button(button, event.id, text=f"events.rows.{state}", title=event.title, starts_at=event.starts_at)


def _view(context: Context, event: Event) -> None:
    entry = events.entry_of(context.session, event, context.person.member)
    facts = events.facts_of(event, context.now)
    rows: Keyboard = []
    if entry is None and facts["open"]:
        rows.append([context.button("events.join", event.item.id)])
    elif entry is not None and event.starts_at > context.now and not facts["cancelled"]:
        rows.append([context.button("events.leave", event.item.id)])
    if event.latitude is not None:
        rows.append([context.button("events.where", event.id)])
    rows.append([context.button("events.browse", 1)])
    line = entries.place_in_line(context.session, entry) if entry else 0
    context.show("events.one", mine=entry.state.value if entry else "", line=line, buttons=rows, **facts)


def _again(context: Context, event: Event) -> None:
    """In private the page shows what has changed; the card in the group is repainted by itself."""
    if context.incoming.chat_type == "private":
        _view(context, event)


def _preview(context: Context, event: Event) -> None:
    facts = events.facts_of(event, context.now)
    rows = [
        [context.button("events.publish", event.id)],
        [context.button("events.edit", event.id), context.button("events.discard", event.id)],
    ]
    photo = files.bytes_of(context.session, event.photo_id)
    if photo is None:
        context.show("events.preview", buttons=rows, **facts)
    else:
        context.say("events.preview", buttons=rows, photo=photo, **facts)


def _desk(context: Context, event: Event) -> Keyboard:
    """What an officer can do with this event as it stands."""
    number = event.id
    rows = [[context.button("events.roll", number), context.button("events.export", number)]]
    if event.state is EventState.OPEN and event.starts_at > context.now:
        rows.append([context.button("events.write", number), context.button("events.edit", number)])
        rows.append([context.button("events.repost", number), context.button("events.cancel", number)])
    return [*rows, [context.button("events.manage", 1)]]
