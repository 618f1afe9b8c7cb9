"""What the bot says: words, places, and how all that is sent finds its chat (files are in ``media.py``)."""

from sandbox import access, entities, errors, markup, quoting, topics
from sandbox.chats import Chat, Json, Message
from sandbox.entities import CAPTION_LIMIT, TEXT_LIMIT, Words
from sandbox.requests import Addressed, ChatId, Entities, LinkPreview, Request, Sending, method
from sandbox.shapes import ForceReply, InlineKeyboardMarkup, ReplyKeyboardMarkup
from sandbox.world import World

ACTIONS = frozenset(
    (
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    )
)


def words(source: str | None, mode: str | None, given: list[Json] | None) -> Words:
    """A caption (or nothing), read."""
    return entities.read(source or "", mode, given)


def caption(world: World, read: Words) -> Json:
    """The caption's fields, if there is one."""
    entities.limited(read, CAPTION_LIMIT, errors.CAPTION_TOO_LONG())
    read.entities = world.fill_mentions(read.entities)
    return read.fields("caption") if read.text else {}


def place(world: World, ask: Addressed, what: str, permission: str) -> tuple[Chat, Message | None]:
    """Where the message goes and what it answers, after all of Telegram's questions."""
    if isinstance(ask, Sending) and ask.business_connection_id:
        raise errors.NO_BUSINESS()
    chat = access.writable(world, ask.chat_id, what, permission)
    if ask.direct_messages_topic_id:
        raise errors.NO_THREAD()
    reply = None
    if ask.reply_parameters:
        reply = quoting.answered(world, chat, ask.reply_parameters)
    topics.check(chat, world.bot.id, ask.message_thread_id, reply)
    return chat, reply


def send(world: World, ask: Addressed, chat: Chat, reply: Message | None, content: Json) -> Json:
    """Put the message into the chat, with its keyboard."""
    shown = markup.checked(ask.reply_markup, chat)
    if ask.reply_parameters:
        content = content | quoting.fields(world, chat, ask.reply_parameters, reply)
    world.flood.check(chat.id, chat.private, world.clock.now())
    return put(world, ask, chat, reply, content, shown).json


def put(
    world: World, ask: Addressed, chat: Chat, reply: Message | None, content: Json, shown: Json | None = None
) -> Message:
    """The same once everything has been checked: nothing is refused any more."""
    inline = isinstance(ask.reply_markup, InlineKeyboardMarkup)
    if shown and inline:
        content = content | {"reply_markup": shown}
    message = world.post(
        chat,
        world.bot,
        content,
        reply_to=reply,
        locked=isinstance(ask.reply_markup, (ReplyKeyboardMarkup, ForceReply)),
        protected=bool(ask.protect_content),
        thread=topics.place(chat, ask.message_thread_id, reply),
    )
    if shown and not inline:
        _put_keyboard(chat, shown, message, reply)
    return message


def _put_keyboard(chat: Chat, shown: Json, message: Message, reply: Message | None) -> None:
    """Show a reply keyboard to everyone in the chat, or only to those the message is meant for."""
    people = [chat.id] if chat.private else [user_id for user_id, member in chat.members.items() if member.present]
    if shown.get("selective") and not chat.private:
        meant = {entity["user"]["id"] for entity in message.json.get("entities", ()) if "user" in entity}
        if reply:
            meant.add(reply.author.id)
        people = [user_id for user_id in people if user_id in meant]
    for user_id in people:
        if "remove_keyboard" in shown:
            chat.keyboards.pop(user_id, None)
        else:
            chat.keyboards[user_id] = shown | {"message_id": message.id}


class SendMessage(Sending):
    text: str
    parse_mode: str | None = None
    entities: Entities = None
    link_preview_options: LinkPreview = None


@method
def send_message(world: World, ask: SendMessage) -> Json:
    """Say something."""
    read = words(ask.text, ask.parse_mode, ask.entities)
    chat, reply = place(world, ask, "text messages", "can_send_messages")
    entities.limited(read, TEXT_LIMIT, errors.TEXT_TOO_LONG())
    read.entities = world.fill_mentions(read.entities)
    content = read.fields("text")
    if ask.link_preview_options and (preview := ask.link_preview_options.json_dict()):
        content["link_preview_options"] = preview
    return send(world, ask, chat, reply, content)


class SendLocation(Sending):
    latitude: float
    longitude: float
    horizontal_accuracy: float | None = None
    live_period: int | None = None
    heading: int | None = None
    proximity_alert_radius: int | None = None


def location(latitude: float, longitude: float) -> Json:
    """Telegram's Location, if there is such a place."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise errors.WRONG_PLACE()
    return {"latitude": latitude, "longitude": longitude}


@method
def send_location(world: World, ask: SendLocation) -> Json:
    """Show a place on the map."""
    spot = location(ask.latitude, ask.longitude)
    chat, reply = place(world, ask, "locations", "can_send_messages")
    more = {"horizontal_accuracy": ask.horizontal_accuracy, "live_period": ask.live_period, "heading": ask.heading}
    spot |= {name: value for name, value in more.items() if value is not None}
    return send(world, ask, chat, reply, {"location": spot})


class SendVenue(Sending):
    latitude: float
    longitude: float
    title: str
    address: str
    foursquare_id: str | None = None
    foursquare_type: str | None = None
    google_place_id: str | None = None
    google_place_type: str | None = None


@method
def send_venue(world: World, ask: SendVenue) -> Json:
    """Show a place with its name and address."""
    spot = location(ask.latitude, ask.longitude)
    chat, reply = place(world, ask, "locations", "can_send_messages")
    venue = {"location": spot, "title": ask.title, "address": ask.address}
    return send(world, ask, chat, reply, {"location": spot, "venue": venue})


class SendChatAction(Request):
    business_connection_id: str | None = None
    chat_id: ChatId
    message_thread_id: int | None = None
    action: str


@method
def send_chat_action(world: World, ask: SendChatAction) -> bool:
    """Show "typing…" for a few seconds."""
    if ask.action not in ACTIONS:
        raise errors.WRONG_ACTION()
    chat = access.writable(world, ask.chat_id)
    topics.check(chat, world.bot.id, ask.message_thread_id)
    world.changed(chat, action=ask.action)
    return True
