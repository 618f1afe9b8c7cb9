"""Polls and quizzes that the bot asks, and stops."""

import json
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ValidationError, ValidationInfo

from sandbox import access, asking, errors, markup, polls
from sandbox.chats import Chat, Json
from sandbox.entities import Words
from sandbox.errors import ApiError, Refusal
from sandbox.methods import poll_media
from sandbox.methods.poll_media import InputPollOption, PollMedia
from sandbox.methods.sending import place, send, words
from sandbox.polls import Design
from sandbox.requests import JSON_TEXT, ChatId, Entities, InlineMarkup, Markup, Reply, Request, Sending, method
from sandbox.world import World

LARGEST_INTEGER = 2**31


def _list_from(value: Any, unreadable: Refusal, no_list: Refusal) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as wrong:
            raise unreadable() from wrong
    if value is None:
        return []
    if not isinstance(value, list):
        raise no_list()
    return value


def _options(value: Any, info: ValidationInfo) -> list[InputPollOption]:
    """Answer options: objects, or (as older libraries send them) their words alone."""
    return [_option(one, info) for one in _list_from(value, errors.POLL_OPTIONS_JSON, errors.POLL_OPTIONS_LIST)]


def _option(value: Any, info: ValidationInfo) -> InputPollOption:
    if isinstance(value, str):
        return InputPollOption(text=value)
    if not isinstance(value, dict):
        raise errors.POLL_OPTION(why="Expected InputPollOption to be an Object")
    if "text" not in value:
        raise errors.POLL_OPTION(why='Can\'t find field "text"')
    try:
        return InputPollOption.model_validate(value, context=info.context)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise errors.POLL_OPTION(why=f"{where}: {first['msg']}") from wrong


def _numbers(value: Any) -> list[int]:
    numbers = _list_from(value, errors.CORRECT_JSON, errors.CORRECT_LIST)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise errors.CORRECT_NO_NUMBER()
        if number != int(number) or not -LARGEST_INTEGER <= number < LARGEST_INTEGER:
            raise errors.CORRECT_INVALID()
    return [int(number) for number in numbers]


class SendPoll(Request):
    """Polls cannot be sent to a channel's direct messages, so this is no ``Sending`` with its parameters for those."""

    legacy: ClassVar[frozenset[str]] = frozenset(("correct_option_id",))

    business_connection_id: str | None = None
    chat_id: ChatId
    message_thread_id: int | None = None
    question: str
    question_parse_mode: str | None = None
    question_entities: Entities = None
    options: Annotated[list[InputPollOption], BeforeValidator(_options)]
    is_anonymous: bool | None = None
    type: str | None = None
    allows_multiple_answers: bool | None = None
    allows_revoting: bool | None = None
    shuffle_options: bool | None = None
    allow_adding_options: bool | None = None
    hide_results_until_closes: bool | None = None
    members_only: bool | None = None
    country_codes: Annotated[list[str] | None, JSON_TEXT] = None
    correct_option_ids: Annotated[list[int] | None, BeforeValidator(_numbers)] = None
    correct_option_id: int | None = None
    explanation: str | None = None
    explanation_parse_mode: str | None = None
    explanation_entities: Entities = None
    explanation_media: PollMedia = None
    open_period: int | None = None
    close_date: int | None = None
    is_closed: bool | None = None
    description: str | None = None
    description_parse_mode: str | None = None
    description_entities: Entities = None
    media: PollMedia = None
    disable_notification: bool | None = None
    protect_content: bool | None = None
    allow_paid_broadcast: bool | None = None
    message_effect_id: str | None = None
    reply_parameters: Reply = None
    reply_markup: Markup = None


@method
def send_poll(world: World, ask: SendPoll) -> Json:
    """Ask everybody in the chat."""
    design = _design(ask)
    sending = Sending.model_construct(**{name: value for name, value in ask if name in Sending.model_fields})
    chat, reply = place(world, sending, "polls", "can_send_polls")
    _checked(world, ask, design, chat)
    _add_media(world, ask, design)
    return send(world, sending, chat, reply, polls.content(polls.make(world, world.bot, design)))


def _design(ask: SendPoll) -> Design:
    """What the request asks for, as far as it can be read without looking at the chat."""
    question = _plain(words(ask.question, ask.question_parse_mode, ask.question_entities))
    options = [_read_option(option) for option in ask.options]
    if ask.type not in (None, "regular", "quiz"):
        raise errors.POLL_TYPE()
    quiz = ask.type == "quiz"
    design = Design(question, options, quiz)
    design.anonymous = ask.is_anonymous is not False
    design.several = bool(ask.allows_multiple_answers)
    design.revoting = not quiz if ask.allows_revoting is None else ask.allows_revoting
    design.shuffled = bool(ask.shuffle_options)
    design.hides_results = bool(ask.hide_results_until_closes)
    design.adding = bool(ask.allow_adding_options)
    design.members_only = bool(ask.members_only)
    design.countries = ask.country_codes or []
    if quiz:
        design.explanation = words(ask.explanation, ask.explanation_parse_mode, ask.explanation_entities)
        if ask.correct_option_ids is not None:
            design.correct = ask.correct_option_ids
        elif ask.correct_option_id is not None:
            design.correct = [ask.correct_option_id]
    design.description = words(ask.description, ask.description_parse_mode, ask.description_entities)
    # Telegram looks at the date only where no period is given.
    design.open_period = ask.open_period or 0
    design.close_date = 0 if design.open_period else ask.close_date or 0
    design.closed = bool(ask.is_closed)
    return design


def _plain(read: Words) -> Words:
    """Questions and options keep no marks but custom emoji."""
    return Words(read.text, [entity for entity in read.entities if entity["type"] == "custom_emoji"])


def _read_option(option: InputPollOption) -> Words:
    try:
        return _plain(words(option.text, option.text_parse_mode, option.text_entities))
    except ApiError as wrong:
        why = wrong.description.removeprefix("Bad Request: ")
        if why == errors.TEXT_BLANK.words:
            raise
        raise errors.POLL_OPTION(why=why[0].upper() + why[1:]) from wrong


def _add_media(world: World, ask: SendPoll, design: Design) -> None:
    design.media = poll_media.shown(world, ask.media)
    if design.quiz:
        design.explanation_media = poll_media.shown(world, ask.explanation_media)
    design.option_media = [poll_media.shown(world, option.media) for option in ask.options]


def _checked(world: World, ask: SendPoll, design: Design, chat: Chat) -> None:
    """Telegram's questions about the poll itself, in its order."""
    asking.check_question(design.question)
    asking.check_options(design)
    asking.check_adding(design)
    if design.quiz:
        asking.check_quiz(design)
        design.explanation.entities = world.fill_mentions(design.explanation.entities)
    if len(design.description.text) > polls.DESCRIPTION_LIMIT:
        raise errors.CAPTION_TOO_LONG()
    design.description.entities = world.fill_mentions(design.description.entities)
    _check_times(world, ask, design)
    polls.allowed(chat, design)
    if chat.type != "channel" and (design.members_only or design.countries):
        name = "members_only" if design.members_only else "country_codes"
        raise errors.WRONG_VALUE(name=name, why="it is for channel chats only")
    if len(design.countries) > polls.COUNTRIES_LIMIT:
        raise errors.WRONG_VALUE(name="country_codes", why=f"more than {polls.COUNTRIES_LIMIT} of them")


def _check_times(world: World, ask: SendPoll, design: Design) -> None:
    allowed = range(polls.SHORTEST, polls.LONGEST + 1)
    if ask.open_period is not None and ask.open_period not in allowed:
        why = f"it must be {polls.SHORTEST}-{polls.LONGEST} seconds"
        raise errors.WRONG_VALUE(name="open_period", why=why)
    if design.close_date and design.close_date - world.clock.seconds() not in allowed:
        why = f"it must be {polls.SHORTEST}-{polls.LONGEST} seconds ahead"
        raise errors.WRONG_VALUE(name="close_date", why=why)


class StopPoll(Request):
    business_connection_id: str | None = None
    chat_id: ChatId
    message_id: int
    reply_markup: InlineMarkup = None


@method
def stop_poll(world: World, ask: StopPoll) -> Json:
    """No more votes; the answer is how it ended."""
    if ask.business_connection_id:
        raise errors.NO_BUSINESS()
    chat = access.reachable(world, ask.chat_id)
    message = chat.messages.get(ask.message_id)
    if message is None:
        raise errors.NO_POLL_MESSAGE()
    if "poll" not in message.json:
        raise errors.NO_POLL()
    if message.author is not world.bot or "forward_origin" in message.json:
        raise errors.POLL_CANT_BE_STOPPED()
    poll = polls.of(world, message)
    if poll.closed:
        raise errors.POLL_CLOSED()
    shown = markup.checked(ask.reply_markup, chat)
    message.json = {key: value for key, value in message.json.items() if key != "reply_markup"}
    if shown:
        message.json["reply_markup"] = shown
    polls.close(world, poll, by_hand=True)
    return poll.json(solved=True, described=False)
