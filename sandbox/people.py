"""What a person can do with a phone. The same functions serve the tests in process and ``/sim`` over HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from sandbox import asking, entities, polls, rights, topics, transcript, voting
from sandbox.asking import Wishes
from sandbox.cannot import CannotDo
from sandbox.chats import GENERAL, Chat, Json, Member, Message, User
from sandbox.delivery import deliver, meet
from sandbox.group_life import GroupLife
from sandbox.phone_media import MediaPhone

if TYPE_CHECKING:
    from sandbox.world import Toast, World

__all__ = ["CannotDo", "Person", "Press"]


@dataclass
class Press:
    """A pressed inline button; ``toast`` appears when the bot has answered."""

    id: str
    person: "Person"
    data: str
    at: datetime
    toast: "Toast | None" = None
    url: str = ""  # of a button that only opens a link
    copied: str = ""  # of a button that only copies text

    @property
    def answered(self) -> bool:
        """Whether the little clock on the button has stopped."""
        return self.toast is not None


@dataclass
class Person(MediaPhone, GroupLife):
    """One person's phone (files stand in ``phone_media.py``, groups in ``group_life.py``)."""

    world: "World" = field(repr=False)
    user: User
    topic: int | None = None  # the topic that is open: in a forum, what is sent goes there

    @property
    def id(self) -> int:
        """The person's Telegram id (and the id of their private chat with the bot)."""
        return self.user.id

    @property
    def name(self) -> str:
        """The person's name."""
        return self.user.name

    def in_topic(self, topic: int | None) -> "Person":
        """The same phone with a forum's topic open (1 is the General one)."""
        return replace(self, topic=None if topic == GENERAL else topic)

    # Talking

    def start(self, payload: str = "") -> Json:
        """Open the chat with the bot and press Start, or follow a deep link with a payload."""
        if self.user.blocked:
            self.unblock()
        return self.send(f"/start {payload}".strip())

    def send(self, text: str, chat: Chat | int | str | None = None, *, reply_to: int | Json | None = None) -> Json:
        """Write something, to the bot or in a group."""
        words = entities.written(text)
        if not words.text:
            raise CannotDo("there is nothing to send")
        last: Json = {}
        # A phone cuts what is too long into several messages.
        for begin in range(0, len(words.text), entities.TEXT_LIMIT):
            part = entities.written(words.text[begin : begin + entities.TEXT_LIMIT])
            last = self._post(part.fields("text"), chat, reply_to)
        return last

    def send_contact(self, of: "Person | None" = None, chat: Chat | int | str | None = None) -> Json:
        """Send a phone number: one's own, or that of somebody in one's address book."""
        user = (of or self).user
        contact: Json = {"phone_number": user.phone, "first_name": user.first_name}
        if user.last_name:
            contact["last_name"] = user.last_name
        contact["user_id"] = user.id
        return self._post({"contact": contact}, chat)

    def send_location(self, latitude: float, longitude: float, chat: Chat | int | str | None = None) -> Json:
        """Send a place."""
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise CannotDo("there is no such place on earth")
        return self._post({"location": {"latitude": latitude, "longitude": longitude}}, chat)

    def edit(self, message: int | Json, text: str, chat: Chat | int | str | None = None) -> Json:
        """Change one's own words (or the caption) afterwards."""
        where = self._chat(chat, message)
        found = self._message(where, message)
        if found.author is not self.user:
            raise CannotDo("only one's own messages can be edited")
        if "poll" in found.json:
            raise CannotDo("a poll stays as it is")
        name = "text" if "text" in found.json else "caption"
        marks = "entities" if name == "text" else "caption_entities"
        kept = {key: value for key, value in found.json.items() if key not in (name, marks)}
        found.json = kept | entities.written(text).fields(name) | {"edit_date": self.world.clock.seconds()}
        self.world.changed(where)
        deliver(self.world, where, found, "edited_message")
        return found.json

    def delete(self, message: int | Json, chat: Chat | int | str | None = None) -> None:
        """Take a message away; the bot is never told."""
        where = self._chat(chat, message)
        found = self._message(where, message)
        own = found.author is self.user or where.private
        if not (own or rights.has_right(where, self.id, "can_delete_messages")):
            raise CannotDo("only admins can delete what others said")
        self.world.remove(where, found)

    def react(self, message: int | Json, emoji: str = "", chat: Chat | int | str | None = None) -> None:
        """Put an emoji under a message, or take it away."""
        where = self._chat(chat, message)
        found = self._message(where, message)
        old, new = found.reactions.get(self.id, []), [emoji] if emoji else []
        found.reactions[self.id] = new
        self.world.changed(where)
        bot = where.member(self.world.bot.id)
        if where.private or (bot and bot.admin):
            self.world.tell(
                "message_reaction",
                {
                    "chat": where.json(),
                    "message_id": found.id,
                    "user": self.user.json(),
                    "date": self.world.clock.seconds(),
                    "old_reaction": [{"type": "emoji", "emoji": one} for one in old],
                    "new_reaction": [{"type": "emoji", "emoji": one} for one in new],
                },
            )

    # Polls

    def send_poll(
        self, question: str, options: Iterable[str], chat: Chat | int | str | None = None, **wishes: Unpack[Wishes]
    ) -> Json:
        """Ask everybody in a group something; the keywords are the fields of ``asking.Wishes``."""
        where = self._chat(chat)
        message = self._post(asking.of_person(self.world, self.user, question, list(options), wishes), where)
        asking.told(self.world, where, message)
        return message

    def vote(
        self,
        options: int | str | Iterable[int | str],
        message: int | Json | None = None,
        chat: Chat | int | str | None = None,
    ) -> None:
        """Choose options by their words or numbers (from 0 on), in that poll or in the chat's latest one."""
        where, found = self._poll_message(message, chat)
        poll = polls.of(self.world, found)
        voting.vote(self.world, poll, where, self.user, voting.chosen(poll, options))

    def retract(self, message: int | Json | None = None, chat: Chat | int | str | None = None) -> None:
        """Take one's vote back."""
        where, found = self._poll_message(message, chat)
        voting.retract(self.world, polls.of(self.world, found), where, self.user)

    def add_option(self, text: str, message: int | Json | None = None, chat: Chat | int | str | None = None) -> Json:
        """Add an option to a poll that lets voters do so."""
        where, found = self._poll_message(message, chat)
        return asking.add_option(self.world, polls.of(self.world, found), where, found, self.user, text)

    def stop_poll(self, message: int | Json | None = None, chat: Chat | int | str | None = None) -> None:
        """End a poll of one's own before its time."""
        poll = polls.of(self.world, self._poll_message(message, chat)[1])
        if poll.author is not self.user or poll.closed:
            raise CannotDo("only one's own open polls can be stopped")
        polls.close(self.world, poll, by_hand=True)

    # Pressing

    def press(self, button: str, message: int | Json | None = None, chat: Chat | int | str | None = None) -> Press:
        """Press an inline button by its label (or its data), on that message or on the latest one that has it."""
        where = self._chat(chat, message)
        found, pressed = self._button(where, button, message)
        if url := pressed.get("url", ""):
            link = f"://t.me/{self.world.bot.username}?start="
            if link in url:
                self.start(url.split(link)[1])
            return Press("", self, "", self.world.clock.now(), url=url)
        if "copy_text" in pressed:
            return Press("", self, "", self.world.clock.now(), copied=pressed["copy_text"]["text"])
        if "callback_data" not in pressed:
            raise CannotDo(f"the button {button!r} does nothing here")
        return self.world.new_press(self, where, found.json, pressed["callback_data"])

    def press_data(self, data: str, message: int | Json | None = None, chat: Chat | int | str | None = None) -> Press:
        """Press a button that is not there: forged data on any message (or on a message that is gone)."""
        where = self._chat(chat, message)
        number = message["message_id"] if isinstance(message, dict) else message
        found = where.messages.get(number) if number is not None else next(reversed(where.messages.values()), None)
        if found:
            return self.world.new_press(self, where, found.json, data)
        gone: Json = {"chat": where.json(), "message_id": number or 0, "date": 0}
        return self.world.new_press(self, where, gone, data)

    def tap(self, button: str, chat: Chat | int | str | None = None) -> Json:
        """Press a button of the reply keyboard: sends its label, one's own number, or where one is."""
        where = self._chat(chat)
        keyboard = where.keyboards.get(self.id)
        for row in (keyboard or {}).get("keyboard", ()):
            for key in row:
                if key["text"] == button:
                    if key.get("request_poll"):
                        raise CannotDo("this button asks for a poll: use send_poll")
                    if keyboard and keyboard.get("one_time_keyboard"):
                        del where.keyboards[self.id]
                    if key.get("request_contact"):
                        return self.send_contact(chat=where)
                    if key.get("request_location"):
                        return self.send_location(39.9042, 116.4074, chat=where)
                    return self.send(button, where)
        raise CannotDo(f"there is no button {button!r} on the keyboard")

    # Coming and going

    def block(self) -> None:
        """Block the bot."""
        self._block(True)

    def unblock(self) -> None:
        """Let the bot write again."""
        self._block(False)

    def _block(self, blocked: bool) -> None:
        if self.user.blocked == blocked:
            return
        self.user.blocked = blocked
        states = [Member(self.world.bot, "kicked" if state else "member").json() for state in (not blocked, blocked)]
        payload = {
            "chat": self.private.json(),
            "from": self.user.json(),
            "date": self.world.clock.seconds(),
            "old_chat_member": states[0],
            "new_chat_member": states[1],
        }
        meet(self.world, self.user)
        self.world.tell("my_chat_member", payload)
        self.world.changed(self.private, people=True)

    def vanish(self) -> None:
        """Delete one's account."""
        self.user.deleted = True
        self.world.changed(self.private, people=True)

    # Looking

    @property
    def private(self) -> Chat:
        """The chat with the bot."""
        return self.world.chats[self.id]

    def chats(self) -> list[Chat]:
        """All chats this person sees, the liveliest first."""
        here = [chat for chat in self.world.chats.values() if chat.has(self.id)]
        mine = [chat for chat in here if not (chat.migrated_to or chat.deleted)]
        return sorted(mine, key=lambda chat: chat.last_date, reverse=True)

    def transcript(
        self, chat: Chat | int | str | None = None, last: int | None = None, topic: int | None = None
    ) -> list[Json]:
        """The chat as this person sees it, oldest first (see ``transcript.py`` for the fields)."""
        return transcript.seen_by(self.world, self.user, self._chat(chat), last, topic)

    def text(self, chat: Chat | int | str | None = None) -> str:
        """The same as plain lines, for asserting and reading."""
        return transcript.as_text(self.transcript(chat))

    def last(self, chat: Chat | int | str | None = None) -> Json:
        """The latest message of the bot, as this person sees it."""
        for line in reversed(self.transcript(chat)):
            if line["from_id"] == self.world.bot.id and not line.get("service"):
                return line
        raise CannotDo("the bot has said nothing yet")

    def keyboard(self, chat: Chat | int | str | None = None) -> list[list[str]]:
        """The labels of the reply keyboard, row by row."""
        keys = self._chat(chat).keyboards.get(self.id, {}).get("keyboard", [])
        return [[key["text"] for key in row] for row in keys]

    def toasts(self) -> "list[Toast]":
        """What popped up on this phone, oldest first."""
        return [toast for toast in self.world.toasts if toast.person_id == self.id]

    # Finding

    def _chat(self, chat: Chat | int | str | None, message: int | Json | None = None) -> Chat:
        if chat is None:
            chat = message["chat"]["id"] if isinstance(message, dict) and "chat" in message else self.id
        found = self.world.chat(chat)
        if not found.has(self.id):
            raise CannotDo(f"{self.name} is not in {found.title or 'this chat'}")
        return found

    def _user(self, user_id: int) -> User:
        if user_id not in self.world.users:
            raise CannotDo(f"there is nobody with the id {user_id}")
        return self.world.users[user_id]

    @staticmethod
    def _message(chat: Chat, message: int | Json) -> Message:
        number = message.get("message_id", message.get("id")) if isinstance(message, dict) else message
        found = chat.messages.get(number) if number is not None else None
        if found is None:
            raise CannotDo(f"there is no message {number} here")
        return found

    def _button(self, chat: Chat, button: str, message: int | Json | None) -> tuple[Message, Json]:
        candidates = [self._message(chat, message)] if message is not None else reversed(chat.messages.values())
        for candidate in candidates:
            for row in candidate.json.get("reply_markup", {}).get("inline_keyboard", ()):
                for shown in row:
                    if button in (shown["text"], shown.get("callback_data")):
                        return candidate, shown
        raise CannotDo(f"there is no button {button!r}; there is:\n{transcript.as_text(self.transcript(chat)[-3:])}")

    def _poll_message(self, message: int | Json | None, chat: Chat | int | str | None) -> tuple[Chat, Message]:
        where = self._chat(chat, message)
        if where.migrated_to or where.deleted:
            raise CannotDo("nobody can vote here any more")
        latest = (one for one in reversed(where.messages.values()) if "poll" in one.json)
        found = next(latest, None) if message is None else self._message(where, message)
        if found is None or "poll" not in found.json:
            raise CannotDo("there is no poll")
        return where, found

    def _post(self, content: Json, chat: Chat | int | str | None, reply_to: int | Json | None = None) -> Json:
        where = self._chat(chat, reply_to)
        if where.migrated_to or where.deleted:
            raise CannotDo("nobody can write here any more")
        if where.private:
            if self.user.blocked:
                raise CannotDo("unblock the bot first")
            self.user.started = True
        reply = self._message(where, reply_to) if reply_to is not None else None
        force = where.keyboards.get(self.id, {})
        if "force_reply" in force:
            reply = reply or where.messages.get(force["message_id"])
        if self.topic is not None and where.forum and self.topic not in where.topics:
            raise CannotDo(f"there is no topic {self.topic} here")
        thread = topics.place(where, self.topic, reply)
        if why := rights.silenced(where, self.id, content, thread):
            raise CannotDo(why)
        if "force_reply" in force:
            del where.keyboards[self.id]
        message = self.world.post(where, self.user, content, reply_to=reply, thread=thread)
        deliver(self.world, where, message)
        return message.json
