"""The topics of a forum, and its General topic, which has methods of its own."""

from sandbox import access, errors, rights, topics
from sandbox.chats import GENERAL, ICON_COLOURS, Chat, Json, Topic
from sandbox.errors import Refusal
from sandbox.requests import ChatId, Request, method
from sandbox.world import World


def _forum(world: World, chat_id: int | str) -> Chat:
    chat = access.reachable(world, chat_id)
    if not chat.forum:
        raise errors.NOT_A_FORUM()
    return chat


class _InTopic(Request):
    chat_id: ChatId
    message_thread_id: int


def _topic(world: World, ask: _InTopic, right: str, refusal: Refusal) -> tuple[Chat, Topic]:
    """The topic that is meant, if the bot manages topics here or opened this one itself."""
    chat = _forum(world, ask.chat_id)
    topic = topics.find(chat, ask.message_thread_id)
    own = topic is not None and topic.author is world.bot
    if not (own or rights.has_right(chat, world.bot.id, right)):
        raise refusal()
    if topic is None:
        raise errors.TOPIC_UNKNOWN()
    return chat, topic


def _general(world: World, chat_id: int | str, refusal: Refusal = errors.NO_RIGHT_TO_CLOSE_TOPIC) -> tuple[Chat, Topic]:
    chat = _forum(world, chat_id)
    if not rights.has_right(chat, world.bot.id, "can_manage_topics"):
        raise refusal()
    return chat, chat.topics[GENERAL]


def _may_pin(world: World, chat: Chat) -> None:
    if not rights.may(chat, world.bot.id, "can_pin_messages"):
        raise errors.NO_RIGHT_TO_PIN()


class GetForumTopicIconStickers(Request):
    pass


@method
def get_forum_topic_icon_stickers(world: World, ask: GetForumTopicIconStickers) -> list[Json]:
    """The pictures a topic can have: the sandbox has none, only colours."""
    return []


class CreateForumTopic(Request):
    chat_id: ChatId
    name: str
    icon_color: int | None = None
    icon_custom_emoji_id: str | None = None


@method
def create_forum_topic(world: World, ask: CreateForumTopic) -> Json:
    """Open a topic."""
    chat = _forum(world, ask.chat_id)
    if not rights.may(chat, world.bot.id, "can_manage_topics"):
        raise errors.NO_RIGHT_TO_CREATE_TOPIC()
    if not ask.name.strip():
        raise errors.TITLE_EMPTY()
    if ask.icon_color is not None and ask.icon_color not in ICON_COLOURS:
        raise errors.ICON_COLOUR()
    topic = topics.create(world, chat, world.bot, ask.name.strip(), ask.icon_color, ask.icon_custom_emoji_id or "")
    return topic.json()


class EditForumTopic(_InTopic):
    keeps_empty = frozenset(("icon_custom_emoji_id",))
    name: str | None = None
    icon_custom_emoji_id: str | None = None


@method
def edit_forum_topic(world: World, ask: EditForumTopic) -> bool:
    """Another name or picture for a topic."""
    chat, topic = _topic(world, ask, "can_manage_topics", errors.NO_RIGHT_TO_EDIT_TOPIC)
    topics.edit(world, chat, world.bot, topic, (ask.name or "").strip(), ask.icon_custom_emoji_id)
    return True


class CloseForumTopic(_InTopic):
    pass


@method
def close_forum_topic(world: World, ask: CloseForumTopic) -> bool:
    """From now on only those who manage topics write there."""
    chat, topic = _topic(world, ask, "can_manage_topics", errors.NO_RIGHT_TO_CLOSE_TOPIC)
    topics.close(world, chat, world.bot, topic)
    return True


class ReopenForumTopic(_InTopic):
    pass


@method
def reopen_forum_topic(world: World, ask: ReopenForumTopic) -> bool:
    """Everybody writes there again."""
    chat, topic = _topic(world, ask, "can_manage_topics", errors.NO_RIGHT_TO_CLOSE_TOPIC)
    topics.close(world, chat, world.bot, topic, closed=False)
    return True


class DeleteForumTopic(_InTopic):
    pass


@method
def delete_forum_topic(world: World, ask: DeleteForumTopic) -> bool:
    """Delete a topic with everything in it."""
    chat, topic = _topic(world, ask, "can_delete_messages", errors.NO_RIGHT_TO_DELETE_TOPIC)
    topics.delete(world, chat, topic)
    return True


class UnpinAllForumTopicMessages(_InTopic):
    pass


@method
def unpin_all_forum_topic_messages(world: World, ask: UnpinAllForumTopicMessages) -> bool:
    """Unpin everything in a topic."""
    chat = _forum(world, ask.chat_id)
    _may_pin(world, chat)
    if topics.find(chat, ask.message_thread_id) is None:
        raise errors.TOPIC_UNKNOWN()
    topics.unpin(world, chat, ask.message_thread_id)
    return True


class EditGeneralForumTopic(Request):
    chat_id: ChatId
    name: str


@method
def edit_general_forum_topic(world: World, ask: EditGeneralForumTopic) -> bool:
    """Another name for the General topic."""
    chat, topic = _general(world, ask.chat_id, errors.NO_RIGHT_TO_EDIT_TOPIC)
    if not ask.name.strip():
        raise errors.TITLE_EMPTY()
    topics.edit(world, chat, world.bot, topic, ask.name.strip(), None)
    return True


class CloseGeneralForumTopic(Request):
    chat_id: ChatId


@method
def close_general_forum_topic(world: World, ask: CloseGeneralForumTopic) -> bool:
    """From now on only those who manage topics write in General."""
    chat, topic = _general(world, ask.chat_id)
    topics.close(world, chat, world.bot, topic)
    return True


class ReopenGeneralForumTopic(Request):
    chat_id: ChatId


@method
def reopen_general_forum_topic(world: World, ask: ReopenGeneralForumTopic) -> bool:
    """Everybody writes in General again."""
    chat, topic = _general(world, ask.chat_id)
    topics.close(world, chat, world.bot, topic, closed=False)
    return True


class HideGeneralForumTopic(Request):
    chat_id: ChatId


@method
def hide_general_forum_topic(world: World, ask: HideGeneralForumTopic) -> bool:
    """Take General out of the list of topics."""
    chat, _ = _general(world, ask.chat_id)
    topics.hide(world, chat, world.bot)
    return True


class UnhideGeneralForumTopic(Request):
    chat_id: ChatId


@method
def unhide_general_forum_topic(world: World, ask: UnhideGeneralForumTopic) -> bool:
    """Show General in the list of topics again."""
    chat, _ = _general(world, ask.chat_id)
    topics.hide(world, chat, world.bot, hidden=False)
    return True


class UnpinAllGeneralForumTopicMessages(Request):
    chat_id: ChatId


@method
def unpin_all_general_forum_topic_messages(world: World, ask: UnpinAllGeneralForumTopicMessages) -> bool:
    """Unpin everything in General."""
    chat = _forum(world, ask.chat_id)
    _may_pin(world, chat)
    topics.unpin(world, chat, GENERAL)
    return True
