"""What a handler may use: one object, made for one update, gone after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.incoming import Attachment, Incoming
from bot.router import Place, Registry, label
from bot.texts import Texts
from bot.voice import Alert, Button, Keyboard, Say, Show, Voice
from models.base import Refused
from models.house import House, house
from models.people import Account, Member, Person


class Fetch(Exception):
    """A handler wants the bytes of an attachment that are not here yet.

    The machine undoes the unit, fetches them, and runs the handler again: the network is never waited for inside a
    transaction, and nothing is fetched that nobody asked for.
    """

    def __init__(self, attachment: Attachment) -> None:
        super().__init__(attachment.file_id)
        self.attachment = attachment


class Beforehand(Exception):
    """A handler wants something that takes long: it is done in a thread of its own, with no transaction open."""

    def __init__(self, key: str, work: Callable[[], Any]) -> None:
        super().__init__(key)
        self.key = key
        self.work = work


@dataclass
class Words:
    """Sentences and buttons for one reader: what contexts, letters and painted cards share."""

    texts: Texts
    language: str
    registry: Registry
    me: str  # the bot's user name, without @

    def html(self, key: str, /, **params: Any) -> str:
        """The sentence for a chat."""
        return self.texts.html(key, self.language, params)

    def plain(self, key: str, /, **params: Any) -> str:
        """The sentence for a label or an alert."""
        return self.texts.plain(key, self.language, params)

    def button(self, name: str, /, *arguments: int | str, text: str | None = None, **params: Any) -> Button:
        """A declared button; `text` is the key of another label than its own."""
        route = self.registry.buttons[name]
        parts = [name, *map(str, arguments)]
        route.read(parts[1:])
        data = ":".join(parts)
        if len(data.encode()) > 64:
            raise ValueError(f"the button {name} carries more than 64 bytes")
        return Button(self.plain(text or label(name), **params), data)

    def url(self, word: str, argument: int | str = "") -> str:
        """The deep link that opens the private chat at this point."""
        if word not in self.registry.links and word != "start":
            raise LookupError(f"nobody declares the link {word}")
        payload = f"{word}_{argument}" if argument != "" else word
        return f"https://t.me/{self.me}?start={payload}"

    def link(self, text: str, word: str, argument: int | str = "", /, **params: Any) -> Button:
        """A button that opens the private chat at this point."""
        return Button(self.plain(text, **params), url=self.url(word, argument))


@dataclass
class Context(Words):
    """The unit of work of one update: who speaks, where, the open session, and the voice."""

    session: Session
    person: Person
    incoming: Incoming
    place: Place
    now: datetime
    fetched: Mapping[str, Any] = field(default_factory=dict)  # what was got between two runs of the unit
    voice: Voice = field(default_factory=Voice)

    @property
    def house(self) -> House:
        """The settings that decide what is true."""
        return house(self.session)

    @property
    def member(self) -> Member:
        """The roster row of who speaks; only for handlers declared for members."""
        assert self.person.member is not None, "declare who=MEMBER"
        return self.person.member

    def say(
        self,
        key: str,
        /,
        *,
        buttons: Keyboard | None = None,
        photo: str | bytes | None = None,
        document: tuple[str, bytes] | None = None,
        spot: tuple[float, float] | None = None,
        clear: bool = False,
        **params: Any,
    ) -> None:
        """Say something in this chat, after the commit."""
        self.voice.words.append(Say(self.html(key, **params), buttons, photo, document, spot, clear))

    def show(self, key: str, /, *, buttons: Keyboard | None = None, **params: Any) -> None:
        """Put this in place of the message whose button was pressed; to a typed word, say it."""
        if self.incoming.sort == "button":
            self.voice.words.append(Show(self.html(key, **params), buttons))
        else:
            self.say(key, buttons=buttons, **params)

    def alert(self, key: str, /, *, popup: bool = False, url: str | None = None, **params: Any) -> None:
        """Answer the press with a toast only this person sees; to a typed word, say it."""
        if self.incoming.sort == "button":
            self.voice.alert = Alert(self.plain(key, **params)[:200], popup, url)
        else:
            self.say(key, **params)

    def content(self) -> bytes:
        """The bytes of what they sent. The first time, the unit is undone and run again when they are here."""
        attachment = self.incoming.attachment
        assert attachment is not None
        if attachment.file_id not in self.fetched:
            raise Fetch(attachment)
        content = self.fetched[attachment.file_id]
        if isinstance(content, Refused):
            raise content
        assert isinstance(content, bytes)
        return content

    def beforehand(self, key: str, work: Callable[[], Any]) -> Any:
        """What the work gives. The first time, the unit is undone and run again when it is done; it may refuse."""
        if key not in self.fetched:
            raise Beforehand(key, work)
        found = self.fetched[key]
        if isinstance(found, Refused):
            raise found
        return found

    def refresh_menu(self, account: Account) -> None:
        """Show an account the commands it may use now, after the commit: roles have changed, or a binding."""
        self.voice.menus.add(account.id)


@dataclass
class Painting(Words):
    """What a painter of cards uses: it reads the thing and says how the card looks now."""

    session: Session
    now: datetime
    text: str = ""
    keyboard: Keyboard | None = None

    def paint(self, key: str, /, *, buttons: Keyboard | None = None, **params: Any) -> None:
        """Say how the card looks."""
        self.text = self.html(key, **params)
        self.keyboard = buttons
