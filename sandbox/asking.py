"""What a poll may be like, whoever makes it; and the polls that people make."""

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypedDict

from sandbox import entities, errors, polls
from sandbox.cannot import CannotDo
from sandbox.chats import Chat, Json, Message, User
from sandbox.delivery import deliver, hears
from sandbox.entities import Words
from sandbox.polls import Design, Poll

if TYPE_CHECKING:
    from sandbox.world import World


def check_question(question: Words, limit: int = polls.QUESTION_LIMIT) -> None:
    """There must be one, and not too long."""
    if not question.text:
        raise errors.TEXT_BLANK()
    entities.limited(question, limit, errors.POLL_QUESTION_TOO_LONG(limit=limit))


def check_options(design: Design) -> None:
    """At least one option and at most twelve, none of them empty or long."""
    if not design.options:
        raise errors.POLL_NO_OPTIONS()
    if len(design.options) > polls.OPTIONS_LIMIT:
        raise errors.POLL_TOO_MANY_OPTIONS(limit=polls.OPTIONS_LIMIT)
    for option in design.options:
        if not option.text:
            raise errors.TEXT_BLANK()
        entities.limited(option, polls.OPTION_LIMIT, errors.POLL_OPTION_TOO_LONG(limit=polls.OPTION_LIMIT))


def check_adding(design: Design) -> None:
    """Who adds an option is no secret, and a quiz has the options it has."""
    if design.adding and (design.anonymous or design.quiz):
        raise errors.WRONG_VALUE(name="allow_adding_options", why="it is not for anonymous polls and quizzes")


def check_quiz(design: Design) -> None:
    """Right answers, each named once and in their order, and an explanation that is short."""
    correct = design.correct
    if not correct:
        raise errors.CORRECT_EMPTY()
    if any(first >= second for first, second in pairwise(correct)):
        raise errors.CORRECT_ORDER()
    if correct[0] < 0 or correct[-1] >= len(design.options):
        raise errors.CORRECT_WRONG()
    if len(design.explanation.text) > polls.EXPLANATION_LIMIT:
        raise errors.WRONG_VALUE(name="explanation", why=f"more than {polls.EXPLANATION_LIMIT} characters")
    if design.explanation.text.count("\n") > polls.EXPLANATION_LINE_FEEDS:
        raise errors.WRONG_VALUE(name="explanation", why=f"more than {polls.EXPLANATION_LINE_FEEDS} line feeds")


class Wishes(TypedDict, total=False):
    """What a person may choose when making a poll; with ``correct`` (option numbers) it becomes a quiz."""

    anonymous: bool
    several: bool
    revoting: bool
    shuffled: bool
    hides_results: bool
    adding: bool
    correct: list[int]
    explanation: str
    seconds: int


def of_person(world: "World", user: User, question: str, options: list[str], wishes: Wishes) -> Json:
    """The content of a message with a poll that a person makes."""
    quiz = "correct" in wishes
    design = Design(_plain(question), [_plain(option) for option in options], quiz)
    design.anonymous = wishes.get("anonymous", True)
    design.several = wishes.get("several", False)
    design.revoting = wishes.get("revoting", not quiz)
    design.shuffled = wishes.get("shuffled", False)
    design.hides_results = wishes.get("hides_results", False)
    design.adding = wishes.get("adding", False)
    design.correct = sorted(wishes.get("correct", []))
    design.explanation = entities.written(wishes.get("explanation", ""))
    design.open_period = wishes.get("seconds", 0)
    check_question(design.question, polls.QUESTION_LIMIT_OF_PEOPLE)
    check_options(design)
    check_adding(design)
    if quiz:
        check_quiz(design)
    if design.open_period and not polls.SHORTEST <= design.open_period <= polls.LONGEST:
        raise CannotDo(f"a poll is open for {polls.SHORTEST} to {polls.LONGEST} seconds")
    return polls.content(polls.make(world, user, design))


def _plain(text: str) -> Words:
    return Words(entities.written(text).text, [])


def add_option(world: "World", poll: Poll, chat: Chat, message: Message, user: User, text: str) -> Json:
    """One more option, from somebody who misses it; the chat tells of it, and so the bot hears."""
    words = _plain(text)
    if poll.closed or not poll.design.adding or "forward_origin" in message.json:
        raise CannotDo("no options can be added here")
    if words.text in [option.text for option in poll.design.options]:
        raise CannotDo("there is such an option already")
    check_options(replace(poll.design, options=[*poll.design.options, words]))
    poll.added[len(poll.option_ids)] = user, world.clock.seconds()
    poll.option_ids.append(polls.new_option_id())
    poll.design.options.append(words)
    polls.changed(world, poll)
    told = {"poll_message": message.quoted(), "option_persistent_id": poll.option_ids[-1], "option_text": words.text}
    topic = message.json.get("message_thread_id")
    service = world.post(chat, user, {"poll_option_added": told}, thread=topic)
    deliver(world, chat, service)
    if poll.author is world.bot:
        polls.tell(world, poll)
    return service.json


def told(world: "World", chat: Chat, message: Json) -> None:
    """Remember whether the bot came to know of a person's poll: then it hears when that is stopped."""
    world.polls[message["poll"]["id"]].known = hears(world, chat, message)
