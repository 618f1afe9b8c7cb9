"""The voice: what will be said to the person in front of us, kept back until the commit.

So the bot never promises what the database then refuses, and a handler can be run again without having spoken.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Button:
    """One button: with data it comes back to us, with a url it opens something, with neither it asks for a contact."""

    label: str
    data: str | None = None
    url: str | None = None
    contact: bool = False  # a reply-keyboard button that shares the person's own phone number
    spot: bool = False  # a reply-keyboard button that shares where they are


Keyboard = list[list[Button]]


@dataclass(frozen=True)
class Say:
    """A new message in the same chat."""

    text: str
    keyboard: Keyboard | None = None
    photo: str | bytes | None = None  # a file id, or bytes for the first time
    document: tuple[str, bytes] | None = None  # name and content
    spot: tuple[float, float] | None = None
    clear: bool = False  # take a reply keyboard away


@dataclass(frozen=True)
class Show:
    """Edit the message whose button was pressed; if it is gone, say it anew."""

    text: str
    keyboard: Keyboard | None = None


@dataclass(frozen=True)
class Alert:
    """The answer to a press: a toast, or a window that must be closed."""

    text: str
    popup: bool = False
    url: str | None = None


@dataclass
class Voice:
    """Everything to be said after this unit of work."""

    words: list[Say | Show] = field(default_factory=list)
    alert: Alert | None = None
    menus: set[int] = field(default_factory=set)  # accounts whose command menu may have changed

    def clear(self) -> None:
        """Take everything back."""
        self.words.clear()
        self.menus.clear()
        self.alert = None
