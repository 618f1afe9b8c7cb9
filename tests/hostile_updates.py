"""Hostile updates out of chance: whatever people, forged clients and strange new Telegrams may send.

What `Mischief` makes is well-formed (the bot must answer all of it in order); `spoiled` damages an update at random
places until it is not (the bot may put it aside, and nothing else).
"""

import copy
import itertools
import json
import logging
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.log import Redacting
from bot.router import Route
from sandbox.chats import Chat
from sandbox.people import Person
from tests.hostile_kinds import KINDS, Forger
from tests.institute import Institute

Json = dict[str, Any]

# What a strict Telegram refuses every day, and nobody minds.
DAILY = re.compile(
    r"message is not modified|message to edit not found|message can't be edited|"
    r"there is no (text|caption) in the message to edit|invalid file_id"
)
CANARY = "kanarie7351"  # stands in what people write: it must never stand in a log
ODD_WORDS = [
    "",
    " ",
    "\n" * 50,
    "你好",
    "🎉",
    "👩🏽‍🚀👨‍👩‍👧‍👦🇨🇳",
    "مرحبا بالعالم",
    "\u202eabc\u202d",
    "\u2066\u2067\u2068",
    "\u200b\u200c\u200d\u2060\ufeff",
    "a\u0300\u0301\u0302" * 300,
    "Z̸̡͓͕̩̺̻a̵l̷g̶o̴" * 30,
    "a\0b",
    "\0",
    "\ud83d",
    "\udc00\ud800",
    "x\ud83dy",
    "字" * 4096,
    "a" * 4096,
    "𝕏" * 2048,
    "👍" * 2048,
    "\ufdfa" * 900,
    "<b>",
    "</code></pre><a href='tg://user?id=1'>",
    "&lt;&amp;&#0;&#x110000;",
    "{{ 7 * 7 }}{% for x in () %}",
    "%s%n%(name)s {0} {name}",
    "'; DROP TABLE members; --",
    "%_%\\",
    "=HYPERLINK(1)",
    "../../etc/passwd",
    "\r\n\t\x1b[31m",
    "\u2028\u2029\x85",
    "_*[]()~`>#+-=|{}.!",
    "10000-12-31 25:61",
    "0000年13月32日",
    "2月30日下午13点",
    "三十二月九十九日下午三点到两点",
    "明天" * 60,
    "-9999999999999999",
    "1e999",
    "NaN",
    "９９９",
    "١٢٣",
    "零点五",
    "〇" * 30,
    "39.9, 116.4",
    "999, 999",
    "我是李梅 0417",
    "ABCDE2345",
    "@staffhome_bot",
    "https://t.me/staffhome_bot?start=event_1",
]
ODD_ARGUMENTS = [
    "",
    "0",
    "1",
    "2",
    "-1",
    "+1",
    "007",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775808",
    "1" * 40,
    "1.5",
    "1e9",
    "0x10",
    "١",
    "１",
    "²",
    "Ⅷ",
    "true",
    "null",
    "en",
    "zh_CN",
    "never",
    "officer",
    "admin",
    "judge",
    "' OR 1=1 --",
    "\0",
    "\ud83d",
    "\u202e1",
    "5100000417",
    "5000000001",
    "字" * 20,
    "handler",
    "delegate",
    "60",
    "late",
    CANARY,
]
SENSIBLE = [
    "奥森健步走",
    "12月1日下午3点到5点",
    "明天下午3点",
    "12月1日",
    "3",
    "南门",
    "下大雨了",
    "李梅",
    "0700",
    "有",
]
STARTS = ["/desk", "/desk", "/events", "/me", "/start", "/bind", "/find 李", "/help", "/cancel"]
FORM_ACTS = ["x", "xx", "g", "u", "b", "s", "o", "+", "-", "n", "p", "a", "m", "t", "h", "e", "ok", "d", "", "??"]
FORM_WORDS = [
    "",
    "1",
    "-1",
    "title",
    "form",
    "model_config",
    "253402300800",
    "-99999999999999",
    "1+1",
    "1+-1",
    "2026-02-30",
]
ENDINGS = [".pdf", ".exe", "", ".tar.gz", ".jpg", ".xlsm", ".XLS"]  # none that the roster reads: those cost a process
POLL = {
    "id": "1",
    "question": "?",
    "options": [],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
CHOSEN = {"option_ids": [0, 99], "option_persistent_ids": ["a", "b"]}
REACTIONS: Json = {"old_reaction": [], "new_reaction": []}


class Mischief:
    """Makes well-formed but hostile updates for an institute at work."""

    def __init__(self, institute: Institute, chance: random.Random, people: list[Person], chats: list[Chat]) -> None:
        self.institute = institute
        self.world = institute.world
        self.chance = chance
        self.people = people
        self.chats = chats  # groups
        self.routes: list[Route] = institute.app.registry.routes
        self.presses: list[Any] = []
        self.sent: set[int] = set()  # ids of the updates
        self.kinds: set[str] = set()
        self._turns = itertools.cycle(KINDS)
        self.forger = Forger(chance, self.word, lambda: self.sender(self.who()), lambda: self.where(self.who()).json())
        self._number = 10_000

    # What is said

    def word(self) -> str:
        """A few odd words, most with the canary among them."""
        chosen = "".join(self.chance.choice(ODD_WORDS) for _ in range(self.chance.choice((1, 1, 1, 2, 3))))
        return (CANARY + chosen)[:4096] if self.chance.random() < 0.7 else chosen[:4096]

    def argument(self) -> str:
        return self.chance.choice(ODD_ARGUMENTS)

    def data(self) -> str:
        """What a button may carry, forged."""
        if self.chance.random() < 0.3:
            return self._form_data()
        name = self.chance.choice([route.name for route in self.routes if route.sort == "button"])
        wanted = len(self.institute.app.registry.buttons[name].arguments)
        count = max(0, wanted + self.chance.choice((0, 0, 0, 0, 0, -1, 1, 5)))
        if self.chance.random() < 0.5:  # plausible: somebody's or something's small number
            return ":".join([name, *(str(self.chance.randint(0, 4)) for _ in range(count))])
        if self.chance.random() < 0.1:
            name = self.chance.choice((name.upper(), name + ".", "." + name, name.replace(".", ":"), self.word()[:60]))
        return ":".join([name, *(self.argument() for _ in range(count))])

    def _form_data(self) -> str:
        step = self.chance.choice([self.argument(), str(self.world.queue.next_id % 2**31), "7"])
        return ":".join(["form", step, self.chance.choice(FORM_ACTS), self.chance.choice(FORM_WORDS)])[:64]

    # Who and where

    def who(self) -> Person:
        return self.chance.choice((*self.people, *self.people[:1], self.world.person("管理员")))

    def where(self, person: Person) -> Chat:
        """Mostly in private, else in one of the groups."""
        if self.chance.random() < 0.6:
            return self.world.chats[person.id]
        return self.chance.choice(self.chats)

    def sender(self, person: Person) -> Json:
        """Somebody, some of them under an odd name."""
        user = person.user.json()
        if self.chance.random() < 0.3:
            user |= {"first_name": self.word(), "last_name": self.word()}
        if self.chance.random() < 0.1:
            user["language_code"] = self.chance.choice(("", "xx", "zh", "en-GB", "\ud83d", CANARY, "z" * 300))
        return user

    def message(self, person: Person, chat: Chat, **content: Any) -> Json:
        self._number += 1
        head = {"message_id": self._number, "date": self.world.clock.seconds(), "chat": chat.json()}
        return {**head, "from": self.sender(person), **content}

    # A whole conversation

    async def walk(self, steps: int) -> None:
        """Somebody goes on with what the bot offers: mostly its own buttons, now and then words or mischief."""
        person = self.chance.choice([self.who(), *self.people[:1], self.world.person("管理员")])
        chat = self.world.chats[person.id]
        self.inject("message", self.message(person, chat, text=self.chance.choice(STARTS)))
        for _ in range(steps):
            await self.institute.settle()
            spoken = [message for message in chat.messages.values() if message.author is self.world.bot]
            rows = spoken[-1].json.get("reply_markup", {}).get("inline_keyboard", ()) if spoken else ()
            offered = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
            draw = self.chance.random()
            if offered and draw < 0.65:
                self.presses.append(person.press_data(self.chance.choice(offered), spoken[-1].id, chat))
                self.sent.add(self.world.queue.next_id - 1)
            elif draw < 0.85:
                self.inject("message", self.message(person, chat, text=self.chance.choice(SENSIBLE)))
            elif draw < 0.95:
                self.inject("message", self.message(person, chat, text=self.word() or "x"))
            else:
                self.inject("message", self.message(person, chat, **self._content(person)))
        await self.institute.settle()

    # One update

    def act(self) -> None:
        """Do one hostile thing."""
        kinds = [self.says] * 4 + [self.commands] * 3 + [self.forges] * 6 + [self.presses_on] * 4
        kinds += [self.follows, self.sends, self.sends, self.odd] + [self.forged] * 5
        self.chance.choice(kinds)()

    def inject(self, kind: str, payload: Json) -> None:
        self.kinds.add(kind)
        self.sent.add(self.world.inject({kind: payload}))

    def forged(self) -> None:
        """Any kind of update, with anything in it, from somebody who is there."""
        person, kind = self.who(), next(self._turns)
        payload = self.forger.payload(kind)
        chat = self.where(person)
        if kind == "callback_query":
            payload.pop("message", None)  # of a message that the bot never wrote: nobody could answer it
        elif kind == "my_chat_member":
            chat = self.world.chats[person.id]
        if "chat" in payload:
            payload["chat"] = chat.json()
        if "from" in payload or kind == "message":
            payload["from"] = self.sender(person)
        self.inject(kind, payload)

    def says(self) -> None:
        person = self.who()
        text = self.word() or "x"
        self.inject("message", self.message(person, self.where(person), text=text))

    def commands(self) -> None:
        person = self.who()
        name = self.chance.choice([route.name for route in self.routes if route.sort == "command"])
        name = self.chance.choice(
            (name, name, name, name.upper(), name + "@staffhome_bot", name + "@other_bot", "nope")
        )
        parts = [self.chance.choice((self.argument(), self.word())) for _ in range(self.chance.randint(0, 3))]
        text = self.chance.choice((" ", " ", "\n", "  ")).join([f"/{name}", *parts])[:4096]
        entities = [{"type": "bot_command", "offset": 0, "length": len(name) + 1}]
        self.inject("message", self.message(person, self.where(person), text=text, entities=entities))

    def follows(self) -> None:
        """A deep link with garbage behind it."""
        person = self.who()
        words = [route.name for route in self.routes if route.sort == "link"] + ["", "start", "_", "nope"]
        payload = self.chance.choice(("_", "", "__")).join((self.chance.choice(words), self.argument()))
        chat = self.world.chats[person.id]
        self.inject("message", self.message(person, chat, text=f"/start {payload}"))

    def forges(self) -> None:
        """A button nobody offered, on the bot's latest message or on one that is gone."""
        person = self.who()
        self._press(person, self.where(person), self.data())

    def presses_on(self) -> None:
        """A button that is really there, somewhere among the last few messages."""
        person = self.who()
        chat = self.where(person)
        recent = list(chat.messages.values())[-12:]
        rows = [row for message in recent for row in message.json.get("reply_markup", {}).get("inline_keyboard", ())]
        offered = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        self._press(person, chat, self.chance.choice(offered) if offered else self.data())

    def _press(self, person: Person, chat: Chat, data: str) -> None:
        if not chat.has(person.id):
            chat = self.world.chats[person.id]
        mine = [message.id for message in chat.messages.values() if message.author is self.world.bot]
        message = self.chance.choice((mine[-1], mine[-1], mine[0], 999_999)) if mine else 999_999
        self.presses.append(person.press_data(data, message, chat))
        self.sent.add(self.world.queue.next_id - 1)

    def sends(self) -> None:
        """Anything but text."""
        person = self.who()
        self.inject("message", self.message(person, self.where(person), **self._content(person)))

    def _content(self, person: Person) -> Json:
        chance, word = self.chance, self.word
        other = self.who()
        size = chance.choice((0, 1, 2**31, 2**40, 25_000_000))
        photo = [
            {"file_id": chance.choice(("gone", word()[:40] or "x")), "file_unique_id": "u", "width": 1, "height": 1}
        ]
        document = {"file_id": "gone", "file_unique_id": "u", "file_size": size}
        named = {
            "file_name": word() + chance.choice(ENDINGS),
            "mime_type": chance.choice(("image/png", "", word()[:50])),
        }
        kinds: list[Json] = [
            {"contact": {"phone_number": other.user.phone, "first_name": word(), "user_id": other.id}},
            {"contact": {"phone_number": chance.choice(("", "+", "１３９", word()[:30])), "first_name": word()}},
            {"contact": {"phone_number": word()[:64], "first_name": "x", "user_id": person.id}},
            {"location": {"latitude": chance.choice((-90.0, 39.9, 1e9)), "longitude": chance.choice((180.0, -1e300))}},
            {"venue": {"location": {"latitude": 1, "longitude": 2}, "title": word(), "address": word()}},
            {"photo": photo, "caption": word()[:1024]},
            {"photo": [photo[0] | {"file_size": size}], "media_group_id": "1"},
            {"document": document | named, "caption": word()[:1024]},
            {"document": document},
            {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 1}},
            {"sticker": {"file_id": "s", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1}
             | {"is_animated": False, "is_video": False}},
            {"dice": {"emoji": "🎲", "value": 6}},
            {"poll": POLL | {"question": word()[:300] or "?"}},
            {"new_chat_title": word()[:128]},
            {"new_chat_members": [self.sender(other)]},
            {"left_chat_member": self.sender(other)},
            {"pinned_message": {"chat": self.chats[0].json(), "message_id": 1, "date": 0}},
            {"text": word() or "x", "via_bot": self.world.bot.json()},
            {"text": word() or "x", "reply_to_message": self.message(other, self.chats[0], text=word())},
            {"text": word() or "x", "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": word()}},
            {"something_new": {"deep": [word()]}},
            {},
        ]  # fmt: skip
        return chance.choice(kinds)

    def odd(self) -> None:
        """What is well-formed but nobody's words: edits, channels, anonymous admins, kinds we never asked for."""
        chance, person, group = self.chance, self.who(), self.chance.choice(self.chats)
        channel = {"id": -1009000000001, "type": "channel", "title": self.word()}
        anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        as_group = self.message(person, group, text="/here") | {"from": anonymous, "sender_chat": group.json()}
        posted = {"message_id": 5, "date": 1, "chat": channel, "text": self.word() or "x"}
        member = {"user": self.world.bot.json(), "status": chance.choice(("member", "left", "brandnew"))}
        own = {"chat": self.world.chats[person.id].json(), "from": self.sender(person), "date": 1}
        kinds: list[tuple[str, Json]] = [
            ("edited_message", self.message(person, self.where(person), text=self.word() or "x", edit_date=1)),
            ("edited_message", self.message(person, group, text="/here", edit_date=1)),
            ("channel_post", posted),
            ("edited_channel_post", posted),
            ("message", as_group),
            ("message", {key: value for key, value in as_group.items() if key != "from"}),
            ("message", self.message(person, group, text=self.word() or "x") | {"sender_chat": channel}),
            ("message", as_group | {"from": self.sender(person) | {"is_bot": True}}),
            ("my_chat_member", own | {"old_chat_member": member, "new_chat_member": member}),
            ("my_chat_member", own | {"chat": channel, "old_chat_member": member, "new_chat_member": member}),
            ("chat_member", own | {"old_chat_member": member, "new_chat_member": member}),
            ("poll_answer", {"poll_id": self.word(), "user": self.sender(person), **CHOSEN}),
            ("poll", POLL),
            ("inline_query", {"id": "1", "from": self.sender(person), "query": self.word(), "offset": self.word()}),
            ("message_reaction", {"chat": group.json(), "message_id": 1, "date": 1, **REACTIONS}),
            ("brand_new_kind", {"anything": [self.word(), None, {"x": 2**70}]}),
        ]  # fmt: skip
        self.inject(*chance.choice(kinds))


SPOILS: list[Any] = [
    None,
    True,
    "",
    CANARY,
    "\ud800",
    -1,
    0,
    2**31,
    2**53,
    2**63,
    2**70,
    -(2**70),
    1.5,
    1e308,
    [],
    [[]],
    [None],
    {},
    {"id": CANARY},
    {"id": 1},
    "x" * 5000,
    [CANARY],
]


def spoiled(update: Json, chance: random.Random) -> Json:
    """The same update with one to three places taken away, or holding something else."""
    broken = copy.deepcopy(update)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(broken))
        holder, key = chance.choice(places)
        if chance.random() < 0.25:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(SPOILS))
        if not broken:
            break
    return broken


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


class Ear(logging.Handler):
    """Hears everything that is logged, as it would be written down."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.errors: list[logging.LogRecord] = []
        self.setFormatter(Redacting("text"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, and what is worse than a warning."""
        self.lines.append(self.format(record))
        if record.levelno >= logging.ERROR:
            self.errors.append(record)


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear on everything that an operator's log would hold at INFO."""
    ear, root = Ear(), logging.getLogger()
    before, others = root.level, root.handlers
    root.handlers = [ear]  # nobody else: to write every traceback out three times takes longer than the test
    root.setLevel(logging.INFO)
    try:
        yield ear
    finally:
        root.handlers = others
        root.setLevel(before)


def dump(value: Any) -> str:
    """A call's parameters as one string to look for something in."""
    return json.dumps(value, ensure_ascii=False, default=str)
