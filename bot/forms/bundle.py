"""Several photos and documents, sent one after another or as an album: none of them is lost on the way.

Each is an update of its own. Those of an album go on arriving when "done" was pressed already, so whatever comes while
another question is asked still goes where files belong.
"""

from bot.forms import core, fields, view
from bot.forms.core import Answers, Problem
from bot.forms.desk import Desk
from bot.forms.fields import Ask, Kind
from bot.forms.read import hear_paper, tidy

OWN = (Kind.PHOTO, Kind.UPLOAD)  # questions that take a file themselves
REST = 400  # characters of words without a place that are remembered


def home(desk: Desk) -> Ask | None:
    """The line of the form that files belong to now: the present question's, or the first that takes several."""
    ask = desk.ask
    if ask is not None and ask.kind in (*OWN, Kind.FILES):
        return ask if ask.kind is Kind.FILES else None
    plan = core.plan(desk.sheet.model, desk.draft.answers)
    return next((one for one in plan if one.kind is Kind.FILES), None)


def line(desk: Desk) -> Ask | None:
    """Where the photo or document they sent just now belongs; None: none came, or it answers by itself."""
    return home(desk) if desk.context.incoming.attachment is not None else None


def add(desk: Desk, ask: Ask) -> str | None:
    """Take one more file. Gives back the words under it when they may answer the question that is being asked."""
    there, most = view.several(desk.draft, ask), fields.files_of(ask).most
    heard = Problem("too_many_files", {"most": most}) if len(there) >= most else hear_paper(desk.context, ask)
    words = tidy(desk.context.incoming.text)
    if isinstance(heard, Problem):
        desk.tell(desk.sheet.problem(ask.name, heard))
    elif heard.value in there:
        desk.tell(desk.context.html("form.files.twice"))
    else:
        _put(desk, ask, [*there, heard.value])
    if words and desk.ask is not None and desk.ask.name != ask.name:
        return words
    if words:
        rest = (desk.draft.pending or {}).get("rest", "")
        desk.note(rest=f"{rest}\n{words}".strip()[:REST])
    return None


def take_out(desk: Desk, ask: Ask, number: int) -> None:
    """Leave one of them out; the button says which, so that a double tap takes out one."""
    desk.lay_files(ask.name, [one for one in view.several(desk.draft, ask) if one != number])
    desk.draft.touched_at = desk.context.now


def lay_out(desk: Desk, before: Answers) -> None:
    """A step back to a question of files finds them all there."""
    for ask in fields.asks(desk.sheet.model):
        if ask.kind is Kind.FILES and before.get(ask.name) and ask.name not in desk.draft.answers:
            desk.lay_files(ask.name, before[ask.name])


def forget(desk: Desk, name: str | None) -> None:
    """A line that was to be changed stays as it was."""
    if name is not None and (desk.draft.pending or {}).get("files", {}).get(name) is not None:
        desk.lay_files(name, None)


def _put(desk: Desk, ask: Ask, numbers: list[int]) -> None:
    desk.note(fresh=None)
    present = desk.ask
    if present is not None and present.name == ask.name:
        desk.lay_files(ask.name, numbers)
        return
    if ask.name in desk.draft.answers:
        desk.draft.answers = {**desk.draft.answers, ask.name: numbers}
    else:
        desk.lay_files(ask.name, numbers)
    label = desk.sheet.label(ask)
    desk.tell(desk.context.html("form.files.added", label=label, value=desk.sheet.files(numbers)))
