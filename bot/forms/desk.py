"""The desk: a half-filled form laid open before its owner, for one unit of work."""

from dataclasses import dataclass
from typing import Any

from bot.context import Context
from bot.forms import core, fields, view
from bot.forms.fields import Ask
from bot.forms.words import Sheet
from models.drafts import Draft

KEPT = ("rest", "guesses", "ticked", "files")  # what is remembered from one question to the next


@dataclass
class Desk:
    """A draft laid open before its owner, for one unit of work."""

    context: Context
    draft: Draft
    sheet: Sheet
    moved: bool = False  # what was asked is no longer the question
    stale: bool = False
    notice: str = ""  # goes before the next thing shown

    @property
    def ask(self) -> Ask | None:
        """The question being asked; None at the review."""
        plan = core.plan(self.sheet.model, self.draft.answers)
        return next((ask for ask in plan if ask.name == self.draft.asking), None)

    @property
    def said(self) -> int:
        """How many answers there are, beside what was given beforehand."""
        return sum(fields.of(self.sheet.model, name) is not None for name in self.draft.answers)

    def note(self, **changes: Any) -> None:
        """Remember beside the answers; None forgets."""
        pending = {**(self.draft.pending or {}), **changes}
        self.draft.pending = {name: value for name, value in pending.items() if value is not None} or None

    def lay_files(self, name: str, numbers: list[int] | None) -> None:
        """Remember the files sent for a question that is not answered yet; None forgets them."""
        found = {**(self.draft.pending or {}).get("files", {}), name: numbers}
        self.note(files={key: value for key, value in found.items() if value is not None} or None)

    def tell(self, html: str) -> None:
        """Say this before the next question."""
        self.notice = f"{self.notice}\n{html}".strip()

    def put(self, page: view.Page, anew: bool = False) -> None:
        """Show a page, after what is still to be told."""
        html, keyboard = page
        view.put(self.sheet, (f"{self.notice}\n\n{html}".strip(), keyboard), anew)
        self.notice = ""

    def show(self, notice: str = "", anew: bool = False) -> None:
        """Show where the form stands."""
        if notice:
            self.tell(notice)
        page = view.present(self.sheet, self.draft, self.notice)
        self.notice = ""
        self.put(page, anew)

    def ask_for(self, name: str | None) -> None:
        """Turn to another question (None: the review). Buttons of earlier ones are old from now on."""
        pending = self.draft.pending or {}
        if "keyboard" in pending:
            self.context.say("form.noted", clear=True)
        self.draft.asking = name
        self.draft.pending = {key: pending[key] for key in KEPT if key in pending} or None
        self.draft.waiting = None
        self.draft.touched_at = self.context.now
        # One update puts at most one new question, so its number tells questions, and drafts, apart.
        self.draft.step = self.context.incoming.update_id % 2**31
        guesses = dict(pending.get("guesses", {}))
        if name in guesses:
            self.note(moments=guesses.pop(name), guesses=guesses or None)
        ticked = dict(pending.get("ticked", {}))
        if name in ticked:
            several, find = ticked.pop(name)
            self.note(several=several, find=find or None, ticked=ticked or None)

    def go_on(self) -> None:
        """Turn to the next question without an answer, or to the review."""
        ask = core.asking(self.sheet.model, self.draft.answers)
        self.ask_for(ask.name if ask else None)
