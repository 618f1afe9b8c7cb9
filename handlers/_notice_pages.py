"""What a notice looks like to its readers, to the officer before it goes out, and afterwards."""

from bot.context import Context, Words
from bot.voice import Keyboard
from models import audiences, events, notices, quiet
from models.notices import Notice, NoticeState, Receipt


def keyboard(words: Words, notice: Notice, receipt: Receipt | None = None) -> Keyboard | None:
    """What a reader may do with it."""
    if notice.state is not NoticeState.SENT:
        return None
    rows = [] if receipt is not None and receipt.read_at is not None else [[words.button("notices.read", notice.id)]]
    if notice.event_id is not None:
        rows.append([words.link("notices.buttons.event", "event", notice.event_id)])
    if notice.days is not None and not notice.closed:
        here = words.button("notices.object", notice.id)
        rows.append([words.link("notices.buttons.object", "objection", notice.id) if notice.to_group else here])
    return rows or None


def preview(context: Context, notice: Notice) -> None:
    """As the readers will see it, for whom, and what can still be changed."""
    number = notice.id
    count = audiences.count(context.session, notice.whom)
    night = None if notice.urgent or notice.to_group else quiet.night(context.now, context.house, None)
    rows: Keyboard = []
    if notice.state is NoticeState.TIMED:
        rows.append(
            [
                context.button("notices.stay", number),
                context.button("notices.later", number, text="notices.buttons.other_time"),
            ]
        )
    else:
        label = "notices.buttons.send_group" if notice.to_group else "notices.buttons.send_to"
        rows.append([context.button("notices.send", number, text=label, count=count.reached)])
        rows.append([context.button("notices.later", number), context.button("notices.whom", number)])
    rows.append(
        [
            context.button("notices.rewrite", number),
            context.button("notices.event", number, text="notices.buttons.event_of"),
        ]
    )
    if notice.file_id is None or notice.days is not None:
        rows[-1].append(context.button("notices.public", number))
    if night is not None or notice.urgent:
        rows.append(
            [context.button("notices.hurry", number, text=f"notices.buttons.{'wait' if notice.urgent else 'hurry'}")]
        )
    rows.append([context.button("notices.discard", number), context.button("notices.manage", 1)])
    facts = notices.facts_of(notice) | {
        "whom": audiences.names_of(context.session, notice.whom),
        "to_group": notice.to_group,
        "people": count.people,
        "unbound": count.unbound,
        "blocked": count.blocked,
        "urgent": notice.urgent,
        "morning": night.until if night else None,
        "send_at": notice.send_at,
        "event": events.by_id(context.session, notice.event_id).title if notice.event_id else "",
        "file": bool(notice.file_id),
    }
    context.show("notices.preview", buttons=rows, **facts)


def desk(context: Context, notice: Notice) -> None:
    """A notice that was sent: who has read it, and what can be done."""
    number, readings = notice.id, notices.readings(context.session, notice)
    unread = sum(each.unread for each in readings)
    rows: Keyboard = []
    if not notice.to_group:
        if unread and notice.state is NoticeState.SENT:
            rows.append([context.button("notices.nudge", number, text="notices.buttons.nudge", count=unread)])
        rows.append([context.button("notices.readers", number), context.button("notices.export", number)])
    if notice.days is not None:
        rows.append([context.button("notices.objections", number)])
    if notice.state is NoticeState.SENT:
        rows.append(
            [
                context.button("notices.rewrite", number, text="notices.buttons.correct"),
                context.button("notices.recall", number),
            ]
        )
    rows.append(
        [context.button("notices.desk", number, text="notices.buttons.look_again"), context.button("notices.manage", 1)]
    )
    facts = notices.facts_of(notice) | {
        "to_group": notice.to_group,
        "sent_at": notice.sent_at,
        "whom": audiences.names_of(context.session, notice.whom),
        "people": sum(each.people for each in readings),
        "read": sum(each.read for each in readings),
        "unbound": sum(each.unbound for each in readings),
        "unread": unread,
        "against": len(notices.objections(context.session, notice)) if notice.days is not None else 0,
    }
    context.show("notices.one", buttons=rows, **facts)
