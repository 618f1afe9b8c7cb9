"""Updates of every kind that Telegram has, made up from the library's own classes, field by field."""

import datetime as dtm
import inspect
import random
import typing
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from types import UnionType
from typing import Any

import telegram
from telegram import Chat, MaybeInaccessibleMessage, Message, TelegramObject, Update, User
from telegram._utils import types as library_types

from bot.incoming import decent

Json = dict[str, Any]
NAMES = {**vars(typing), **vars(library_types), **vars(telegram), "dtm": dtm, "Sequence": Sequence}
DATES = (0, 1, 1_795_000_000, 2**31 - 1, 253_402_300_799)
NUMBERS = (0, 1, -1, 99, 2**31, 2**53, 2**63 - 1, -(2**63))
DEEPEST = 4
# What Telegram says only where it is true: that a group moved, and in which topic something was said.
# The library itself wants no old names any more.
NEVER = frozenset(
    ("migrate_to_chat_id", "migrate_from_chat_id", "message_thread_id", "correct_option_id", "api_kwargs", "self")
)


def fields(cls: type) -> dict[str, tuple[Any, bool]]:
    """What an object holds: the kind of each field, and whether it must be there."""
    found = {}
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        if name not in NEVER and parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            kind = parameter.annotation
            kind = eval(kind, NAMES) if isinstance(kind, str) else kind
            found[name] = (kind, parameter.default is inspect.Parameter.empty)
    return found


FIELDS: dict[type, dict[str, tuple[Any, bool]]] = {}
KINDS = sorted(fields(Update).keys() - {"update_id"})


def payload_class(kind: str) -> type:
    """The class of what an update of this kind carries."""
    return next(_classes(fields(Update)[kind][0]))


def _classes(kind: Any) -> Iterator[type]:
    for part in typing.get_args(kind) or (kind,):
        name = getattr(part, "__forward_arg__", part)
        part = getattr(telegram, name) if isinstance(name, str) else part
        if isinstance(part, type) and issubclass(part, TelegramObject):
            yield part


class Forger:
    """Fills objects in at random; words, people and chats come from whoever asks."""

    def __init__(self, chance: random.Random, word: Any, user: Any, chat: Any) -> None:
        self.chance = chance
        self.word = word
        self.user = user
        self.chat = chat

    def payload(self, kind: str) -> Json:
        """What an update of this kind carries, as far as the library takes it for one."""
        while True:
            try:
                made: Json = self.object(payload_class(kind), 0)
                Update.de_json(decent({"update_id": 1, kind: made}), None)
                return made
            except TypeError:  # some fields are called optional, and are not
                continue

    def object(self, cls: type, depth: int) -> Any:
        """An object of this class (or of one that stands for it)."""
        if cls is User:
            return self.user()
        if cls is Chat:
            return self.chat()
        if cls is MaybeInaccessibleMessage:
            cls = Message
        stand_ins = [sub for sub in cls.__subclasses__() if sub.__module__.startswith("telegram._")]
        if stand_ins and cls is not Message:
            cls = self.chance.choice(stand_ins)
        if cls not in FIELDS:
            FIELDS[cls] = fields(cls)
        wanted = 0.12 if len(FIELDS[cls]) > 20 else 0.6
        made: Json = {}
        for name, (kind, required) in FIELDS[cls].items():
            if required or (depth < DEEPEST and self.chance.random() < wanted / (depth + 1)):
                value = self.value(kind, name, depth + 1)
                if value is not None:
                    made["from" if name == "from_user" else name] = value
        if "type" in made or "status" in made or "source" in made or cls.__mro__[1] is TelegramObject:
            return made
        whole = cls.de_json(made, None).to_dict()  # type: ignore[attr-defined]
        return {**made, **{name: whole[name] for name in ("type", "status", "source") if name in whole}}

    def value(self, kind: Any, name: str, depth: int) -> Any:
        """Something of that kind."""
        chance = self.chance
        kind = getattr(kind, "__forward_arg__", kind)
        if isinstance(kind, str):
            kind = getattr(telegram, kind, str)
        origin = typing.get_origin(kind)
        if origin in (typing.Union, UnionType):
            parts = [part for part in typing.get_args(kind) if part is not type(None)]
            if datetime in parts or timedelta in parts:
                return chance.choice(DATES)
            return self.value(chance.choice(parts), name, depth)
        if origin is not None and issubclass(origin, Sequence):
            return [self.value(typing.get_args(kind)[0], name, depth) for _ in range(chance.choice((0, 1, 1, 2)))]
        if origin is typing.Literal:
            return chance.choice(typing.get_args(kind))
        if kind in (datetime, timedelta):
            return chance.choice(DATES)
        if kind is bool:
            return chance.random() < 0.5
        if kind is int:
            return chance.choice(NUMBERS)
        if kind is float:
            return chance.choice((0.0, -90.0, 39.9, 1e300))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return chance.choice([member.value for member in kind])
        if isinstance(kind, type) and issubclass(kind, TelegramObject):
            return self.object(kind, depth)
        return self.word()
