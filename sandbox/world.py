"""The whole state of one practice Telegram: who is there, what was said, what waits for the bot.

Everything happens in one thread (the event loop's); tests that live in the same loop call these functions directly.
"""

import json
import random
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config

from sandbox import chats, delivery, polls, topics
from sandbox.chats import Chat, Json, Member, Message, User
from sandbox.clock import Clock
from sandbox.faults import Faults, Flood
from sandbox.files import Files
from sandbox.login import Login
from sandbox.pace import Pace
from sandbox.people import Person, Press
from sandbox.polls import Poll
from sandbox.profile import Profile
from sandbox.updates import UpdateQueue
from sandbox.webhook import Webhook

TOKEN = "1000001:practice-token-nobody-needs-to-keep-secret"  # noqa: S105 (it opens nothing)
CALLS_KEPT = 10_000


@dataclass
class Settings:
    """What may differ between a playground and a strict test."""

    privacy: bool = True  # in groups the bot hears only what is meant for it
    answer_window: timedelta = timedelta(seconds=15)  # how long a pressed button waits for its answer
    strict_polling: bool = False  # slow down a bot that asks the same again and again, as Telegram does
    webhook_timeout: timedelta = timedelta(seconds=60)  # how long a webhook may think (real time)


@dataclass(frozen=True)
class Call:
    """One call the bot made, whether it was carried out, and what the bot was told (after a fault these may differ)."""

    method: str
    params: Json
    status: int  # 0: the bot got no answer
    body: bytes
    done: bool

    @property
    def ok(self) -> bool:
        """Whether the bot was told that it worked."""
        return self.status == 200

    @property
    def answer(self) -> Json:
        """The whole envelope."""
        answer: Json = json.loads(self.body)
        return answer

    @property
    def result(self) -> Any:
        """What Telegram gave back (nothing when it refused)."""
        return self.answer.get("result")

    @property
    def description(self) -> str:
        """The refusal's words."""
        return str(self.answer.get("description", ""))


@dataclass(frozen=True)
class Toast:
    """What pops up on a phone after a button was pressed."""

    person_id: int
    text: str
    show_alert: bool
    url: str
    data: str


@with_config(ConfigDict(extra="forbid"))
@dataclass
class Someone:
    """A person to begin with (for the seed)."""

    first_name: Annotated[str, Field(min_length=1, max_length=64)]
    last_name: str = ""
    username: str = ""
    id: Annotated[int, Field(gt=0, lt=1 << 52)] | None = None
    language_code: str = "zh-hans"
    phone: str = ""


@dataclass
class Group:
    """A group to begin with (for the seed); members are named by username or first name, the first one owns it."""

    title: str
    members: list[str] = field(default_factory=list)
    supergroup: bool = True
    bot: bool = True
    bot_admin: bool = False
    kind: str = ""  # "group", "supergroup", "forum" or "channel", if ``supergroup`` does not say enough


class World:
    """One practice Telegram with one bot in it."""

    def __init__(
        self,
        token: str = TOKEN,
        people: Iterable[Someone] = (),
        group: Group | Iterable[Group] = (),
        *,
        clock: Clock | None = None,
        bot_name: str = "职工之家",
        bot_username: str = "staffhome_bot",
        settings: Settings | None = None,
        strict_flood: bool = False,
    ) -> None:
        self.token = token
        self.clock = clock or Clock()
        self.settings = settings or Settings(strict_polling=strict_flood)
        self.bot = User(int(token.split(":")[0]), bot_name, username=bot_username, is_bot=True, seen=True)
        self.flood = Flood(on=strict_flood)
        self.queue = UpdateQueue(self.clock)
        self.profile = Profile()
        self.webhook: Webhook | None = None
        self.login = Login()
        self.pace = Pace()
        self._people = list(people)
        self._groups = [group] if isinstance(group, Group) else list(group)
        self._listeners: list[Callable[[Json], None]] = []
        self.reset()

    def reset(self) -> None:
        """Begin again with the people and groups it was made with.

        The clock stays, and so does what the bot said about itself and its waiting call: it goes on running.
        """
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.queue.drop()
        self.clock.forget_alarms()
        self.presses: dict[str, Press] = {}
        self.polls: dict[str, Poll] = {}
        self.toasts: deque[Toast] = deque(maxlen=1000)
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.faults = Faults()
        self.flood = Flood(on=self.flood.on)
        self.chat_instance = str(random.getrandbits(62))
        self._next_person = 5_100_000_001  # beyond 32 bits, as real ids are
        self._next_group = 4_000_001
        self._next_message = 1
        for someone in self._people:
            self.add_person(**vars(someone))
        for seed in self._groups:
            self._seed_group(seed)
        self.changed(reset=True)

    def _seed_group(self, seed: Group) -> None:
        members = [self.person(name) for name in seed.members]
        if not members:
            raise ValueError("a group needs at least its owner")
        owner, *others = members
        chat = owner.create_group(
            seed.title, others, bot=seed.bot, kind=seed.kind or ("supergroup" if seed.supergroup else "group")
        )
        if seed.bot and seed.bot_admin:
            owner.promote(chat, self.bot.id)

    # Who and where

    def add_person(
        self,
        first_name: str,
        last_name: str = "",
        username: str = "",
        id: int | None = None,
        language_code: str = "zh-hans",
        phone: str = "",
    ) -> Person:
        """A new person with a phone."""
        if id is None:
            while self._next_person in self.users:
                self._next_person += 1
            id = self._next_person
        if id in self.users or id <= 0:
            raise ValueError(f"there is somebody with the id {id} already, or the id is not above zero")
        phone = phone or f"86139{id % 100_000_000:08d}"
        user = User(id, first_name, last_name, username, language_code, phone)
        self.users[id] = user
        self.chats[id] = Chat(id, "private", person=user)
        self.changed(people=True)
        return Person(self, user)

    def person(self, who: int | str) -> Person:
        """The phone of a person, by id, username, first name or full name."""
        if isinstance(who, int) and who in self.users and not self.users[who].is_bot:
            return Person(self, self.users[who])
        name = str(who).removeprefix("@")
        for user in self.users.values():
            if name and not user.is_bot and name in (user.username, user.first_name, user.name):
                return Person(self, user)
        raise KeyError(f"nobody here is called {who!r}")

    def people(self) -> list[Person]:
        """Everybody with a phone."""
        return [Person(self, user) for user in self.users.values() if not user.is_bot]

    def chat(self, chat: int | str | Chat) -> Chat:
        """A chat by its id, @name or title."""
        if isinstance(chat, Chat):
            return chat
        if isinstance(chat, int):
            if chat in self.chats:
                return self.chats[chat]
        elif name := chat.removeprefix("@"):
            for known in self.chats.values():
                if name in (known.title, known.username):
                    return known
        raise KeyError(f"there is no chat {chat!r}")

    def new_chat(self, type: str, title: str) -> Chat:
        """An empty group, supergroup or channel."""
        number = self._next_group
        self._next_group += 1
        chat = Chat(-number if type == "group" else -1_000_000_000_000 - number, type, title)
        self.chats[chat.id] = chat
        return chat

    @property
    def bot_member_json(self) -> Json:
        """The bot as getMe shows it."""
        return self.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.settings.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    # What is said

    def post(
        self,
        chat: Chat,
        author: User,
        content: Json,
        *,
        reply_to: Message | None = None,
        locked: bool = False,
        protected: bool = False,
        thread: int | None = None,
    ) -> Message:
        """Put a message into a chat. Telling the bot about it is a matter of ``delivery``."""
        if chat.type in ("supergroup", "channel"):
            chat.last_id += 1
            number = chat.last_id
        else:
            number = self._next_message
            self._next_message += 1
        body: Json = {
            "message_id": number,
            **chats.voice(chat, author),
            "chat": chat.json(),
            "date": self.clock.seconds(),
            **topics.marks(chat, thread),
        }
        if reply_to:
            body["reply_to_message"] = reply_to.quoted()
        if protected:
            body["has_protected_content"] = True
        body |= content
        message = Message(body, author, locked, protected)
        chat.messages[number] = message
        if "poll" in content:
            polls.show(self, chat, message)
        if author.is_bot:
            chat.bot_spoke = True
        self.changed(chat)
        return message

    def remove(self, chat: Chat, message: Message) -> None:
        """Take a message out of a chat, for everybody."""
        del chat.messages[message.id]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        self.changed(chat)

    def fill_mentions(self, entities: list[Json]) -> list[Json]:
        """Put the people into mentions made with a link; whom the bot does not know is not mentioned."""
        if not any("_user" in entity for entity in entities):
            return entities
        filled = []
        for entity in entities:
            if "_user" not in entity:
                filled.append(entity)
                continue
            user = self.users.get(entity["_user"])
            if user and user.seen:
                filled.append({key: entity[key] for key in ("type", "offset", "length")} | {"user": user.json()})
        return filled

    # What the bot hears

    def tell(self, kind: str, payload: Json) -> int | None:
        """Queue an update for the bot (unless it said that it does not want such, or has logged out)."""
        return None if self.login.away(self.clock.now()) else self.queue.add(kind, payload)

    def inject(self, update: Json) -> int:
        """Queue any object as an update, past all rules: for hostile tests."""
        return self.queue.inject(update)

    def enter(self) -> None:
        """The bot calls: refused if it has logged out; after a close this launches it again."""
        if self.login.enter(self.clock.now()) and self.webhook:
            self.webhook.wake()

    def replace_webhook(self, new: Webhook | None) -> None:
        """Push to there from now on (or nowhere)."""
        if self.webhook:
            self.webhook.stop()
        self.webhook = self.queue.reader = new

    def pending(self) -> int:
        """How many updates the bot has not confirmed yet."""
        return self.queue.pending()

    def new_press(self, person: Person, chat: Chat, message: Json | None, data: str) -> Press:
        """A pressed button: the bot hears of it and has a short while to answer."""
        press = Press(str(secrets.randbits(62)), person, data, self.clock.now())
        self.presses[press.id] = press
        if len(self.presses) > CALLS_KEPT:
            del self.presses[next(iter(self.presses))]
        delivery.meet(self, person.user)
        query: Json = {"id": press.id, "from": person.user.json()}
        if message:
            query["message"] = message
        self.tell("callback_query", query | {"chat_instance": self.chat_instance, "data": data})
        return press

    # What tests look at

    def sent(self, method: str = "", chat: int | Chat | None = None) -> list[Call]:
        """The calls that took effect, of one method or for one chat."""
        wanted = chat.id if isinstance(chat, Chat) else chat
        return [
            call
            for call in self.calls
            if call.done
            and (not method or call.method == method)
            and (wanted is None or str(call.params.get("chat_id")) == str(wanted))
        ]

    def refused(self) -> list[Call]:
        """The calls that Telegram refused: in a good test there are none."""
        return [call for call in self.calls if not call.done]

    # Who watches

    def listen(self, listener: Callable[[Json], None]) -> Callable[[], None]:
        """Call ``listener(event)`` whenever something changes for the eye; the answer is a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self, chat: Chat | None = None, **more: Any) -> None:
        """Tell whoever watches that a chat looks different now."""
        if self._listeners:
            event: Json = {"chat": chat.id} if chat else {}
            for listener in list(self._listeners):
                listener(event | more)


__all__ = ["Call", "Group", "Member", "Settings", "Someone", "Toast", "World", "chats"]
