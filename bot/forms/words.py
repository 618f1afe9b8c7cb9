"""How a form speaks: its sentences in the locale, its choices, and how an answer is shown to a reader.

A field's sentences are `{form}.{field}.ask`, `.label`, `.hint`, `.options.{value}`, `.errors.{code}`; the form's own
are `{form}.form.title`, `.review`, `.submit`, `.errors.{code}`. A form declared with `texts="events.new"` borrows
whatever it does not say itself.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.context import Context
from bot.forms.core import Model, Problem
from bot.forms.fields import Ask, Kind, asks, of, options_of
from bot.router import Route
from bot.texts import WEEKDAYS
from models.files import File

CLIP = 300  # characters of one value that are shown
PHOTO = "photo.jpg"  # how a photo is called that came without a name
FLAGS = ((True, "aye"), (False, "nay"))  # yes and no would be booleans to YAML


@dataclass(frozen=True)
class Offer:
    """One choice: what a button carries for it, what it means, and how it is called."""

    token: str
    value: Any
    label: str


def keys(route: Route, *parts: str) -> list[str]:
    """Where a sentence of this form may stand, nearest first."""
    return [".".join((form, *parts)) for form in (route.name, *route.texts)]


def missing_texts(route: Route, has_text: Callable[[str], bool]) -> list[str]:
    """The sentences this form cannot do without and does not have; the start asks every form."""
    assert route.model is not None
    return [
        found[0] for found in (keys(route, *parts) for parts in _needed(route.model)) if not any(map(has_text, found))
    ]


def _needed(model: Model) -> Iterator[tuple[str, ...]]:
    yield ("form", "title")
    for ask in asks(model):
        if ask.given:
            continue
        yield (ask.name, "ask")
        yield (ask.name, "label")
        if ask.kind is Kind.CHOICE:
            yield from ((ask.name, "options", str(value)) for value in ask.choices)


@dataclass(frozen=True)
class Sheet:
    """One form before one reader."""

    context: Context
    route: Route
    target_id: int | None = None  # what the form is about

    @property
    def model(self) -> Model:
        """What the form collects."""
        assert self.route.model is not None
        return self.route.model

    def key(self, *parts: str) -> str | None:
        """The form's own sentence of this name, or None."""
        return next((key for key in keys(self.route, *parts) if self.context.texts.has(key)), None)

    def html(self, *parts: str, otherwise: str = "", **params: Any) -> str:
        """The form's own sentence for a chat, or the house's; empty when there is neither."""
        key = self.key(*parts) or otherwise
        return self.context.html(key, **params) if key else ""

    def plain(self, *parts: str, otherwise: str = "", **params: Any) -> str:
        """The form's own sentence for a label, or the house's."""
        key = self.key(*parts) or otherwise
        return self.context.plain(key, **params) if key else ""

    @property
    def title(self) -> str:
        """What the form is called."""
        return self.plain("form", "title")

    def label(self, ask: Ask) -> str:
        """What the field is called."""
        return self.plain(ask.name, "label")

    def problem(self, name: str | None, problem: Problem) -> str:
        """What is wrong, for a chat: the field's own sentence, the form's, the house's, or a plain "does not fit"."""
        texts = self.context.texts
        places = [*keys(self.route, name, "errors", problem.code)] if name else []
        places += [*keys(self.route, "form", "errors", problem.code), f"form.errors.{problem.code}"]
        places += [problem.code, f"{self.route.capability}.{problem.code}"]
        key = next((key for key in places if texts.has(key)), "form.errors.other")
        return self.context.html(key, **problem.params)

    def offers(self, ask: Ask) -> list[Offer]:
        """What can be chosen now."""
        if ask.kind is Kind.FLAG:
            return [
                Offer(code, value, self.plain(ask.name, "options", code, otherwise=f"form.{code}"))
                for value, code in FLAGS
            ]
        if ask.kind is Kind.CHOICE:
            return [Offer(token(v), v, self.plain(ask.name, "options", str(v))) for v in ask.choices]
        if ask.kind is Kind.PICK:
            pick = options_of(ask)
            given = (self.context.session, self.target_id) if pick.of_target else (self.context.session,)
            return [Offer(token(value), value, self._named(ask, value) or text) for value, text in pick.options(*given)]
        return []

    def _named(self, ask: Ask, value: int | str) -> str:
        """How the locale calls a code that the database offers; empty where it has no word for it."""
        return self.plain(ask.name, "options", value) if isinstance(value, str) else ""

    def said(self, ask: Ask, value: Any, clip: int = CLIP) -> str:
        """An answer as a reader knows it, in plain text."""
        text = self._said(ask, value)
        return text if len(text) <= clip else text[: clip - 1] + "…"

    def _said(self, ask: Ask, value: Any) -> str:
        if value is None or value in ([], ""):
            return self.context.plain("form.empty")
        if ask.kind in (Kind.FLAG, Kind.CHOICE, Kind.PICK):
            names = {offer.token: offer.label for offer in self.offers(ask)}
            values = value if isinstance(value, list) else [value]
            return self.context.plain("form.list", items=[self._chosen(ask, one, names) for one in values])
        if ask.kind is Kind.MOMENT:
            return self.moment(datetime.fromisoformat(value))
        if ask.kind is Kind.DAY:
            return self.day(date.fromisoformat(value[:10]))
        if ask.kind is Kind.PHOTO:
            return self.context.plain("form.photo")
        if ask.kind is Kind.UPLOAD:
            file = self.context.session.get(File, value)
            return file.name if file else self.context.plain("form.document")
        if ask.kind is Kind.FILES:
            return self.files(value)
        if ask.kind is Kind.SPOT:
            return f"{value['latitude']:.5f}, {value['longitude']:.5f}"
        return str(value)

    def files(self, numbers: list[int]) -> str:
        """2 files: 1 photo, report.pdf. What a camera took has no name worth saying."""
        found = [self.context.session.get(File, number) for number in numbers]
        names = [file.name for file in found if file is not None and file.name != PHOTO]
        photos = sum(file is not None and file.name == PHOTO for file in found)
        return self.context.plain("form.files.said", count=len(numbers), names=names, photos=photos)

    def _chosen(self, ask: Ask, value: Any, names: dict[str, str]) -> str:
        found = names.get(dict(FLAGS).get(value, "") if ask.kind is Kind.FLAG else token(value))
        if found is None and ask.kind is Kind.PICK:
            name = options_of(ask).label
            found = name(self.context.session, value) if name else None
        return found or str(value)

    def moment(self, value: datetime, end: datetime | None = None) -> str:
        """2026年12月4日 周五 15:00–17:00（12天后）: the day of the week and the distance show a slip at once."""
        zone = self.context.texts.zone
        start = value.astimezone(zone)
        text = self.context.texts.moment(start, self._language)
        if end is not None:
            last = end.astimezone(zone)
            same = last.date() == start.date()
            text += f"–{last:%H:%M}" if same else f" – {self.context.texts.moment(last, self._language)}"
        gone = value < self.context.now and start.date() == self._today
        distance = self.context.plain("form.distance.past") if gone else self._distance(start.date())
        return self.context.plain("form.near", text=text, distance=distance)

    def day(self, value: date) -> str:
        """2026年12月4日 周五（12天后）"""
        text = self.context.texts.day(value, self._language)
        return self.context.plain("form.near", text=text, distance=self._distance(value))

    def brief(self, value: datetime | date, end: datetime | None = None) -> str:
        """12-04 周五 15:00–17:00, for a button."""
        if not isinstance(value, datetime):
            return f"{value:%Y-%m-%d} {WEEKDAYS[self._language][value.weekday()]}"
        zone = self.context.texts.zone
        local = value.astimezone(zone)
        text = f"{local:%Y-%m-%d} {WEEKDAYS[self._language][local.weekday()]} {local:%H:%M}"
        return text + (f"–{end.astimezone(zone):%H:%M}" if end else "")

    def _distance(self, day: date) -> str:
        days = (day - self._today).days
        code = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days, "ahead" if days > 0 else "ago")
        return self.context.plain(f"form.distance.{code}", days=abs(days))

    @property
    def _today(self) -> date:
        return self.context.now.astimezone(self.context.texts.zone).date()

    @property
    def _language(self) -> str:
        return self.context.texts.known(self.context.language)


class SoFar(Mapping[str, str]):
    """The answers so far as a question may name them; what is not answered, or left empty, is empty."""

    def __init__(self, sheet: Sheet, answers: Mapping[str, Any]) -> None:
        self._sheet, self._answers = sheet, answers

    def __getitem__(self, name: str) -> str:
        ask, value = of(self._sheet.model, name), self._answers.get(name)
        return "" if ask is None or value in (None, "", []) else self._sheet.said(ask, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)


def token(value: Any) -> str:
    """What a button carries for a value: itself when it is short, else its fingerprint."""
    text = str(value)
    return text if len(text.encode()) <= 40 else hashlib.sha256(text.encode()).hexdigest()[:24]
