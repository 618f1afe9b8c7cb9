"""Forms: questions to a person, one at a time, until a review is sent off. The machine calls; capabilities `begin`.

A form is a pydantic model (markers in `models/fields.py`) declared with `@router.form`. What has been said is a row,
so that a restart loses nothing; who may is asked again at every answer and at the end.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from bot.context import Context
from bot.forms import core, fields, steps, view
from bot.forms.core import Understood
from bot.forms.presses import run
from bot.forms.read import Taken, hear_paper, tidy
from bot.forms.words import missing_texts
from models.base import Refused
from models.drafts import Draft

__all__ = [
    "Understood",
    "answer",
    "begin",
    "cancel",
    "current",
    "drop",
    "interrupt",
    "missing_texts",
    "paper",
    "press",
    "resume",
]


def begin(
    context: Context,
    form: str,
    *,
    target_id: int | None = None,
    answers: Mapping[str, Any] | None = None,
    text: str | None = None,
) -> None:
    """Open a form. What `answers` (python values) give is not asked; when they give all, the review is shown.

    `text` is a whole message for the form's reader. If another form is half-filled, that one is offered first.
    """
    if not context.registry.forms[form].who.admits(context.person):
        raise Refused("form.no_right")
    given = {} if answers is None else {name: to_jsonable_python(value) for name, value in answers.items()}
    wish = {"form": form, "target_id": target_id, "answers": given, "text": text}
    desk = steps.lay_open(context, quiet=True)
    if desk is not None and steps.worth_keeping(desk):
        desk.draft.waiting = json.dumps(wish)
        desk.put(view.offer(desk.sheet, desk.draft, held=False), anew=True)
        return
    steps.start(context, wish, anew=True)


def paper(context: Context, form: str, name: str) -> int:
    """Keep the photo or document they sent, as this field of the form would; the value is its id."""
    ask = fields.of(_model(context, form), name)
    assert ask is not None
    heard = hear_paper(context, ask)
    if isinstance(heard, Taken):
        return int(heard.value)
    raise Refused(heard.code if heard.code.startswith("form.") else f"form.errors.{heard.code}", **heard.params)


def drop(context: Context, *names: str) -> None:
    """Let the form go without a question, if it is one of these."""
    draft = current(context)
    if draft is not None and draft.form in names:
        desk = steps.lay_open(context, quiet=True)
        if desk is not None:
            steps.let_go(desk)


def _model(context: Context, form: str) -> core.Model:
    model = context.registry.forms[form].model
    assert model is not None
    return model


def current(context: Context) -> Draft | None:
    """The half-filled form of who is speaking."""
    return context.session.get(Draft, context.person.account.id)


def answer(context: Context) -> bool:
    """Take what they sent as an answer; False when no form is open.

    After hours, or with another wish pending, it is kept and they are asked before it goes into the form.
    """
    if current(context) is None:
        return False
    desk = steps.lay_open(context)
    if desk is None:
        return True
    if desk.moved or desk.stale or desk.draft.waiting:
        steps.hold(desk)
        desk.put(view.offer(desk.sheet, desk.draft, held=True))
    else:
        steps.listen(desk)
    return True


def press(context: Context, data: str) -> str | None:
    """A button of a form. Gives back the command they had typed before, when they chose it over the form."""
    _, _, rest = data.partition(":")
    step, _, rest = rest.partition(":")
    act, _, argument = rest.partition(":")
    if current(context) is None:
        context.alert("form.over")
        return None
    desk = steps.lay_open(context)
    if desk is None:
        return None
    if desk.moved or step != str(desk.draft.step):
        steps.too_old(desk)
        return None
    return run(desk, act, argument)


def interrupt(context: Context, command_text: str) -> bool:
    """A command in the middle of a form: ask whether to go on or let the form go; False when nothing is at stake."""
    if current(context) is None:
        return False
    desk = steps.lay_open(context, quiet=True)
    if desk is None:
        return False
    if not steps.worth_keeping(desk):
        steps.let_go(desk)
        return False
    desk.draft.waiting = tidy(command_text)
    desk.put(view.offer(desk.sheet, desk.draft, held=False))
    return True


def cancel(context: Context) -> None:
    """/cancel: let the form go; many answers are not thrown away without a question."""
    if current(context) is None:
        context.say("form.nothing_open")
        return
    desk = steps.lay_open(context)
    if desk is not None:
        steps.cancel(desk)


def resume(context: Context) -> bool:
    """Show where they stopped; False when no form is open."""
    if current(context) is None:
        return False
    desk = steps.lay_open(context)
    if desk is not None:
        desk.draft.waiting = None
        desk.show(context.html("form.resume"))
    return True
