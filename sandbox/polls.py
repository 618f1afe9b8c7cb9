"""Polls and quizzes: what they are, how the bot is shown them, and how they close, by hand or by their own clock.

One poll may stand in several messages (forwards show the same poll); each of them shows it as it is now.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox import errors
from sandbox.chats import Chat, Json, Message, User
from sandbox.clock import Alarm
from sandbox.entities import Words

if TYPE_CHECKING:
    from sandbox.world import World

QUESTION_LIMIT = 300
QUESTION_LIMIT_OF_PEOPLE = 255
OPTION_LIMIT = 100
OPTIONS_LIMIT = 12
EXPLANATION_LIMIT = 200
EXPLANATION_LINE_FEEDS = 2
DESCRIPTION_LIMIT = 1024
SHORTEST, LONGEST = 5, 2_628_000  # seconds a poll may be open
COUNTRIES_LIMIT = 12


@dataclass
class Design:
    """What whoever makes a poll decides about it."""

    question: Words
    options: list[Words]
    quiz: bool = False
    anonymous: bool = True
    several: bool = False
    revoting: bool = True
    shuffled: bool = False
    hides_results: bool = False
    adding: bool = False  # voters may add options
    members_only: bool = False
    countries: list[str] = field(default_factory=list)
    correct: list[int] = field(default_factory=list)
    explanation: Words = field(default_factory=lambda: Words("", []))
    description: Words = field(default_factory=lambda: Words("", []))
    media: Json = field(default_factory=dict)  # Telegram's PollMedia, beside the description,
    explanation_media: Json = field(default_factory=dict)  # beside the explanation,
    option_media: list[Json] = field(default_factory=list)  # and beside each option that came with the poll
    open_period: int = 0  # seconds from now on
    close_date: int = 0  # or until then
    closed: bool = False  # from the beginning: only to be looked at


@dataclass(eq=False)
class Poll:
    """One poll and its votes."""

    id: str
    author: User
    design: Design
    option_ids: list[str]  # they stay the same whatever happens to the options' order
    made: int
    open_period: int = 0
    close_date: int = 0
    closed: bool = False
    votes: dict[int, tuple[int, ...]] = field(default_factory=dict)
    masks: dict[int, Json] = field(default_factory=dict)  # in which chat's name an anonymous admin voted
    known: bool = False  # the bot has seen it, so it hears when somebody stops it
    added: dict[int, tuple[User, int]] = field(default_factory=dict)  # options that came later: by whom, when
    messages: list[tuple[Chat, Message]] = field(default_factory=list)  # where it stands
    alarm: Alarm | None = None

    @property
    def home(self) -> Chat:
        """The chat it was made for, wherever it was passed on to."""
        return self.messages[0][0]

    @property
    def voters(self) -> int:
        """How many people voted."""
        return len(self.votes)

    def counts(self) -> list[int]:
        """How many votes each option has."""
        given = [option for vote in self.votes.values() for option in vote]
        return [given.count(option) for option in range(len(self.option_ids))]

    def json(self, *, solved: bool, described: bool) -> Json:
        """Telegram's Poll, with or without what is right, and with its description only inside a message."""
        design = self.design
        poll: Json = {"id": self.id} | _fields("question", design.question)
        poll["options"] = [self._option(number, count) for number, count in enumerate(self.counts())]
        poll |= {
            "total_voter_count": self.voters,
            "is_closed": self.closed,
            "is_anonymous": design.anonymous,
            "allows_multiple_answers": design.several,
            "allows_revoting": design.revoting,
            "members_only": design.members_only,
            "type": "quiz" if design.quiz else "regular",
        }
        if design.countries:
            poll["country_codes"] = design.countries
        if design.quiz and (solved or self.closed):
            poll["correct_option_ids"] = design.correct
            if len(design.correct) == 1:
                poll["correct_option_id"] = design.correct[0]
            poll |= _fields("explanation", design.explanation)
            if design.explanation_media:
                poll["explanation_media"] = design.explanation_media
        # Telegram names the two together, and no longer once the poll is closed.
        if self.close_date and not self.closed:
            poll |= {"open_period": self.open_period, "close_date": self.close_date}
        if described:
            poll |= _fields("description", design.description)
            if design.media:
                poll["media"] = design.media
        return poll

    def media_of(self, number: int) -> Json:
        """The picture or place beside an option."""
        shown = self.design.option_media
        return shown[number] if number < len(shown) else {}

    def _option(self, number: int, count: int) -> Json:
        option: Json = {"persistent_id": self.option_ids[number]} | _fields("text", self.design.options[number])
        option["voter_count"] = count
        if media := self.media_of(number):
            option["media"] = media
        if number in self.added:
            user, date = self.added[number]
            option |= {"added_by_user": user.json(), "addition_date": date}
        return option


def _fields(name: str, words: Words) -> Json:
    if not words.text:
        return {}
    return {name: words.text} | ({f"{name}_entities": words.entities} if words.entities else {})


# Making and showing


def make(world: "World", author: User, design: Design) -> Poll:
    """A new poll; its own clock begins to run when it is shown."""
    now = world.clock.seconds()
    poll = Poll(
        id=str(random.randrange(10**18, 9 * 10**18)),
        author=author,
        design=design,
        option_ids=[new_option_id() for _ in design.options],
        made=now,
        closed=design.closed,
        known=author is world.bot,
    )
    if design.open_period:
        poll.open_period, poll.close_date = design.open_period, now + design.open_period
    elif design.close_date:
        poll.open_period, poll.close_date = design.close_date - now, design.close_date
    world.polls[poll.id] = poll
    return poll


def new_option_id() -> str:
    """What an option is called for ever, wherever it comes to stand."""
    return f"{random.getrandbits(32):08x}"


def content(poll: Poll) -> Json:
    """What a message with this poll contains; ``show`` puts in as much of it as the bot may see there."""
    return {"poll": {"id": poll.id}}


def show(world: "World", chat: Chat, message: Message) -> None:
    """From now on the new message shows its poll as it is."""
    poll = of(world, message)
    poll.messages.append((chat, message))
    _draw(world, poll, chat, message)
    if poll.close_date and not poll.closed and not poll.alarm:
        poll.alarm = world.clock.alarm(datetime.fromtimestamp(poll.close_date, UTC), lambda: _time_is_up(world, poll))


def of(world: "World", message: Message) -> Poll:
    """The poll of a message that has one."""
    return world.polls[message.json["poll"]["id"]]


def _draw(world: "World", poll: Poll, chat: Chat, message: Message) -> None:
    # What is right is shown to the bot that sent the quiz, and in its private chats; a forward keeps it secret.
    solved = "forward_origin" not in message.json and (poll.author is world.bot or chat.private)
    message.json = message.json | {"poll": poll.json(solved=solved, described=True)}


def changed(world: "World", poll: Poll) -> None:
    """Show the poll anew wherever it stands."""
    for chat, message in poll.messages:
        _draw(world, poll, chat, message)
        world.changed(chat)


# Passing on


def allowed(chat: Chat, design: Design) -> None:
    """In a channel nobody may see who voted."""
    if chat.type == "channel" and not design.anonymous:
        raise errors.POLL_NOT_ANONYMOUS()


def passed_on(chat: Chat, poll: Poll) -> Json:
    """What a forwarded message contains: the same poll, with the same votes."""
    allowed(chat, poll.design)
    return content(poll)


def said_again(world: "World", chat: Chat, original: Message) -> Json:
    """What a copy contains: the same question once more, open and without votes, its time counted from now."""
    poll = of(world, original)
    design = poll.design
    if design.quiz and "correct_option_ids" not in original.json["poll"]:
        raise errors.CANT_COPY()  # the bot does not know what is right
    allowed(chat, poll.design)
    ahead = design.close_date - world.clock.seconds()
    close_date = design.close_date if SHORTEST <= ahead <= LONGEST else 0
    return content(
        make(world, world.bot, replace(design, options=list(design.options), closed=False, close_date=close_date))
    )


# Closing


def close(world: "World", poll: Poll, *, by_hand: bool) -> None:
    """No more votes; the bot hears of its own polls, and of those it knows when somebody stops them."""
    poll.closed = True
    if poll.alarm:
        world.clock.cancel(poll.alarm)
        poll.alarm = None
    changed(world, poll)
    if poll.author is world.bot or (by_hand and poll.known):
        tell(world, poll)


def _time_is_up(world: "World", poll: Poll) -> None:
    poll.alarm = None
    close(world, poll, by_hand=False)


def tell(world: "World", poll: Poll) -> None:
    """The update ``poll``: how it stands."""
    world.tell("poll", poll.json(solved=poll.author is world.bot, described=False))
