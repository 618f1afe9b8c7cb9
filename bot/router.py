"""Routers: a handler file declares what people may send and press, who may, and where.

    router = Router("events")

    @router.button("events.join", who=MEMBER, where=ANYWHERE)
    def join(context: Context, item_id: int) -> None:
        '''Sign up with one tap.'''

Nothing undeclared runs: a handler without `who` or `where`, a second one of the same name, or a button without a
label stops the start. What a button carries is only a request; rights are looked up when it is pressed.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from models.people import Person, Role

if TYPE_CHECKING:
    from bot.context import Context, Painting
    from bot.forms.core import Understood
    from bot.voice import Keyboard


class Who(StrEnum):
    """Who may use a handler. The roster is asked at every press."""

    ANYONE = "anyone"
    STRANGER = "stranger"  # only who is not bound to the roster
    MEMBER = "member"
    KNOWN = "known"  # on the roster, or named in the settings
    HANDLER = "handler"
    DELEGATE = "delegate"
    OFFICER = "officer"
    CHAIR = "chair"
    ADMIN = "admin"

    def admits(self, person: Person) -> bool:
        """Whether this person is one of them now."""
        if self is Who.ANYONE:
            return True
        if self is Who.STRANGER:
            return person.member is None
        if self is Who.MEMBER:
            return person.member is not None
        if self is Who.KNOWN:
            return person.member is not None or bool(person.roles)
        return person.may(Role(self.value))


class Where(StrEnum):
    """In which chats a handler answers."""

    PRIVATE = "private"
    STAFF = "staff"  # the staff group
    ANYWHERE = "anywhere"  # private chats and the staff group
    GROUP = "group"  # any group, the staff group or not

    def admits(self, chat: "Place") -> bool:
        """Whether the chat is one of them."""
        return {
            Where.PRIVATE: chat is Place.PRIVATE,
            Where.STAFF: chat is Place.STAFF,
            Where.ANYWHERE: chat in (Place.PRIVATE, Place.STAFF),
            Where.GROUP: chat in (Place.STAFF, Place.FOREIGN),
        }[self]


class Place(StrEnum):
    """The kinds of chats there are."""

    PRIVATE = "private"
    STAFF = "staff"
    FOREIGN = "foreign"  # a group that is not ours
    CHANNEL = "channel"


ANYONE, STRANGER, MEMBER, KNOWN = Who.ANYONE, Who.STRANGER, Who.MEMBER, Who.KNOWN
HANDLER, OFFICER, ADMIN = Who.HANDLER, Who.OFFICER, Who.ADMIN
PRIVATE, STAFF, ANYWHERE, GROUP = Where.PRIVATE, Where.STAFF, Where.ANYWHERE, Where.GROUP

Handler = TypeVar("Handler", bound=Callable[..., None])
Chore = Callable[[Session, datetime], object]
Painter = Callable[["Painting", int], None]
Reader = Callable[["Context", str], "Understood | None"]
Aside = Callable[["Context", Mapping[str, Any]], "tuple[str, Keyboard]"]


class Undeclared(Exception):
    """A handler that does not say who may use it and where, or clashes with another: the start stops."""


class Garbled(Exception):
    """What came with a button or a command does not fit its handler."""


class NotMine(Exception):
    """A handler of messages finds that this one is not meant for it: the next one is asked."""


_NUMBER = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True)
class Argument:
    name: str
    kind: type
    default: Any

    def read(self, text: str) -> int | str:
        """One argument as the handler wants it. Numbers stay within what both databases hold as an id."""
        if self.kind is str:
            return text
        if not _NUMBER.fullmatch(text) or not -(2**31) <= int(text) < 2**31:
            raise Garbled(self.name)
        return int(text)


@dataclass(frozen=True)
class Route:
    """One declared handler."""

    sort: str  # command, button, form, link, message
    name: str
    call: Callable[..., None]
    who: Who
    where: Where
    whose: str  # whose object it touches: own, any, or nothing; the domain function holds it
    capability: str
    arguments: tuple[Argument, ...]
    model: type[BaseModel] | None = None
    menu: bool = False
    endings: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()  # the forms whose sentences it borrows, nearest first
    reader: Reader | None = None  # reads a whole message into the form's answers
    at_once: bool = False  # a form that is sent off with its last answer, without a review
    aside: Aside | None = None  # what stands beside the review

    def read(self, parts: Sequence[str]) -> list[int | str]:
        """The arguments as the handler's signature wants them."""
        if len(parts) > len(self.arguments):
            raise Garbled(self.name)
        values = [argument.read(part) for argument, part in zip(self.arguments, parts, strict=False)]
        if any(argument.default is inspect.Parameter.empty for argument in self.arguments[len(parts) :]):
            raise Garbled(self.name)
        return values


@dataclass(frozen=True)
class Daily:
    """A chore of every local day at a time, run once a day, late rather than never."""

    name: str
    at: time
    call: Chore


@dataclass(frozen=True)
class DeskEntry:
    """A button on the officers' desk."""

    order: int
    button: str
    who: Who


@dataclass(frozen=True)
class HomeEntry:
    """A button on the first page. Whom the button admits sees it; one for strangers only is how they are recognised."""

    order: int
    button: str


class Router:
    """What one capability declares."""

    def __init__(self, capability: str) -> None:
        self.capability = capability
        self.routes: list[Route] = []
        self.dailies: list[Daily] = []
        self.ticks: list[Chore] = []
        self.painters: dict[str, Painter] = {}
        self.entries: list[DeskEntry] = []
        self.homes: list[HomeEntry] = []

    def command(
        self, name: str, *, who: Who | None = None, where: Where | None = None, whose: str = "", menu: bool = True
    ) -> Callable[[Handler], Handler]:
        """A slash command; with `menu` it stands in Telegram's menu and in /help for those who may use it."""
        return self._declare("command", name, who, where, whose, menu=menu)

    def button(
        self, name: str, *, who: Who | None = None, where: Where | None = None, whose: str = ""
    ) -> Callable[[Handler], Handler]:
        """A button, called `capability.verb`; its arguments follow from the function's signature."""
        return self._declare("button", name, who, where, whose)

    def form(
        self,
        name: str,
        model: type[BaseModel],
        *,
        who: Who | None = None,
        where: Where | None = None,
        whose: str = "",
        texts: str | tuple[str, ...] = (),
        reader: Reader | None = None,
        at_once: bool = False,
        aside: Aside | None = None,
    ) -> Callable[[Handler], Handler]:
        """A form over a pydantic model; the function takes (context, new, target_id) once it is confirmed.

        `texts` names the forms whose sentences this one borrows (events.edit asks as events.new does); `reader`
        takes what is typed at the first question and fills as much of the form as it says at once, or answers None.
        With `at_once` the last answer sends it off: for what changes nothing, like a search. `aside` looks at the
        answers and adds words and buttons to the review.
        """
        borrows = (texts,) if isinstance(texts, str) else texts
        more = {"model": model, "texts": borrows, "reader": reader, "at_once": at_once, "aside": aside}
        return self._declare("form", name, who, where, whose, **more)

    def link(
        self, word: str, *, who: Who | None = None, where: Where | None = None, whose: str = ""
    ) -> Callable[[Handler], Handler]:
        """A deep link `start=<word>_<argument>`."""
        return self._declare("link", word, who, where, whose)

    def message(
        self,
        sort: str,
        *,
        who: Who | None = None,
        where: Where | None = None,
        whose: str = "",
        endings: tuple[str, ...] = (),
        begins: tuple[str, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """A message that is neither command nor answer: `text`, `contact`, or `document` with one of these endings.

        The first that does not raise NotMine has it. Who names how its messages begin (`@`, `通知`) is asked before
        those who look at any.
        """
        return self._declare("message", sort, who, where, whose, endings=endings, begins=begins)

    def daily(self, at: str, chore: Chore) -> None:
        """Run a domain function `(session, now)` once every local day from this time on."""
        self.dailies.append(Daily(f"{self.capability}.{_name(chore)}", time.fromisoformat(at), chore))

    def tick(self, chore: Chore) -> None:
        """Run a domain function `(session, now)` every few seconds; it asks the database what is due."""
        self.ticks.append(chore)

    def painter(self, kind: str) -> Callable[[Painter], Painter]:
        """Paint the cards of this kind: `(painting, subject_id)`."""

        def declare(function: Painter) -> Painter:
            self.painters[kind] = function
            return function

        return declare

    def desk(self, button: str, *, order: int, who: Who = Who.OFFICER) -> None:
        """Put one of the buttons on the officers' desk."""
        self.entries.append(DeskEntry(order, button, who))

    def home(self, button: str, *, order: int) -> None:
        """Put one of the buttons on the first page of everybody whom it admits."""
        self.homes.append(HomeEntry(order, button))

    def _declare(
        self, sort: str, name: str, who: Who | None, where: Where | None, whose: str, **more: Any
    ) -> Callable[[Handler], Handler]:
        def declare(function: Handler) -> Handler:
            if who is None or where is None:
                raise Undeclared(f"{sort} {name} in {self.capability} does not say who may use it and where")
            route = Route(sort, name, function, who, where, whose, self.capability, _arguments(function), **more)
            self.routes.append(route)
            return function

        return declare


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))


def _arguments(function: Callable[..., Any]) -> tuple[Argument, ...]:
    signature = inspect.signature(function, eval_str=False)
    found = []
    for parameter in list(signature.parameters.values())[1:]:
        kind = {"int": int, "str": str, int: int, str: str}.get(parameter.annotation, object)
        found.append(Argument(parameter.name, kind, parameter.default))
    return tuple(found)


@dataclass
class Registry:
    """All routers together, checked once at the start."""

    routers: list[Router] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.commands: dict[str, Route] = {}
        self.buttons: dict[str, Route] = {}
        self.forms: dict[str, Route] = {}
        self.links: dict[str, Route] = {}
        self.messages: list[Route] = []
        self.painters: dict[str, Painter] = {}
        self.ticks: list[Chore] = []
        self.dailies: list[Daily] = []
        self.entries: list[DeskEntry] = []
        self.home: list[HomeEntry] = []
        for router in self.routers:
            self._add(router)
        self.messages.sort(key=lambda route: not route.begins)
        self.entries.sort(key=lambda entry: entry.order)
        self.home.sort(key=lambda entry: entry.order)
        for page, wanted in (("the desk", self.entries), ("the first page", self.home)):
            for entry in wanted:
                if entry.button not in self.buttons:
                    raise Undeclared(f"{page} wants the button {entry.button}, which nobody declares")

    @property
    def routes(self) -> list[Route]:
        return [route for router in self.routers for route in router.routes]

    def _add(self, router: Router) -> None:
        tables = {"command": self.commands, "button": self.buttons, "form": self.forms, "link": self.links}
        for route in router.routes:
            if route.sort == "message":
                self.messages.append(route)
                continue
            table = tables[route.sort]
            if route.name in table:
                raise Undeclared(f"{route.sort} {route.name} is declared twice")
            table[route.name] = route
        self.painters.update(router.painters)
        self.ticks += router.ticks
        self.dailies += router.dailies
        self.entries += router.entries
        self.home += router.homes

    def check(self, has_text: Callable[[str], bool]) -> None:
        """Every button has a label, every command a line for the menu."""
        for name in self.buttons:
            if not has_text(label(name)):
                raise Undeclared(f"the button {name} has no label {label(name)}")
        for name, route in self.commands.items():
            if not has_text(f"{route.capability}.commands.{name}"):
                raise Undeclared(f"the command /{name} has no line {route.capability}.commands.{name}")


def label(button: str) -> str:
    """The locale key of a button's label: events.join → events.buttons.join."""
    capability, _, verb = button.partition(".")
    return f"{capability}.buttons.{verb}"
