"""The golden table: what goes wrong, what the bot asks for, and Telegram's code and words for it, by topic.

Each row is (case, method, parameters, code, words). Parameters that need something to have happened first are functions
of the world: they let it happen, and say what the bot asks for then.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox import Clock, Group, Someone, World
from sandbox.chats import Chat, Json
from sandbox.files import LARGEST_DOWNLOAD
from sandbox.methods.answers import AnswerCallbackQuery, answer_callback_query
from sandbox.methods.polls import SendPoll, send_poll

Params = dict[str, Any] | Callable[[World], dict[str, Any]]
Row = tuple[str, str, Params, int, str]

LI, STRANGER, UNSTARTED, BLOCKER, GONE = 5_000_000_001, 5_000_000_002, 5_000_000_003, 5_000_000_004, 5_000_000_005
BOT = 1_000_001
HI = {"chat_id": LI, "text": "hi"}
POLL = {"chat_id": LI, "question": "Where to?", "options": ["Park", "Lake"]}
QUIZ = POLL | {"type": "quiz"}
NOWHERE = {"chat_id": LI, "message_id": 999}
FROM_NOWHERE = NOWHERE | {"from_chat_id": LI}
BAD = "Bad Request: "
MARKS = BAD + "can't parse entities: "
NO = "Forbidden: "


def world() -> World:
    """People of every kind, a group of each kind, a channel and a forum; the bot is in all of them."""
    people = [
        Someone("李梅", id=LI, username="limei"),
        Someone("路人", id=STRANGER),
        Someone("王强", id=UNSTARTED),
        Someone("陈静", id=BLOCKER),
        Someone("赵磊", id=GONE),
    ]
    pair = ["李梅", "王强"]
    groups = [
        Group("群", pair),
        Group("小群", pair, supergroup=False),
        Group("频道", pair, kind="channel"),
        Group("论坛", pair, kind="forum"),
    ]
    made = World(people=people, group=groups, clock=Clock(ticking=False))
    for name in ("李梅", "陈静", "赵磊"):
        made.person(name).start()
    made.person("陈静").block()
    made.person("赵磊").vanish()
    made.users[UNSTARTED].seen = True
    return made


def text(source: str, mode: str = "") -> Json:
    """Words for 李梅."""
    return {"chat_id": LI, "text": source} | ({"parse_mode": mode} if mode else {})


def inline(*rows: list[Json]) -> Json:
    """Words with these buttons."""
    return HI | {"reply_markup": {"inline_keyboard": list(rows)}}


def button(data: str = "x", label: str = "b") -> Json:
    return {"text": label, "callback_data": data}


def kicked(title: str) -> Callable[[World], Json]:
    """The bot was thrown out."""

    def happen(world: World) -> Json:
        world.person("李梅").kick(world.chat(title), BOT)
        return {"chat_id": world.chat(title).id, "text": "hi"}

    return happen


def left(title: str) -> Callable[[World], Json]:
    """The bot is not in there any more."""

    def happen(world: World) -> Json:
        chat = world.chat(title)
        chat.members[BOT].status = "left"
        return {"chat_id": chat.id, "text": "hi"}

    return happen


def deleted(world: World) -> Json:
    chat = world.chat("小群")
    world.person("李梅").delete_group(chat)
    return {"chat_id": chat.id, "text": "hi"}


def upgraded(world: World) -> Json:
    chat = world.chat("小群")
    world.person("李梅").upgrade(chat)
    return {"chat_id": chat.id, "text": "hi"}


def without_bot(world: World) -> Json:
    return {"chat_id": world.person("李梅").create_group("别的群", bot=False).id, "text": "hi"}


def silenced(more: Json) -> Callable[[World], Json]:
    """Nobody in the group may send anything."""

    def happen(world: World) -> Json:
        chat = world.chat("群")
        world.person("李梅").restrict(chat, [])
        return {"chat_id": chat.id, **more}

    return happen


def of(title: str, **more: Any) -> Callable[[World], Json]:
    """Something in a chat of that title."""
    return lambda world: {"chat_id": world.chat(title).id, **more}


def said(title: str, **more: Any) -> Callable[[World], Json]:
    """Something with what 李梅 says there."""

    def happen(world: World) -> Json:
        chat: Chat = world.chat(title)
        return {"chat_id": chat.id, "message_id": world.person("李梅").send("大家好", chat)["message_id"], **more}

    return happen


def own(age: timedelta = timedelta(0), content: Json | None = None, **more: Any) -> Callable[[World], Json]:
    """Something with what the bot said to 李梅, so long ago."""

    def happen(world: World) -> Json:
        chat = world.chats[LI]
        message = world.post(chat, world.bot, content or {"text": "hi"})
        world.clock.move(age)
        return {"chat_id": LI, "message_id": message.id, **more}

    return happen


def pressed(times: int, late: bool = False) -> Callable[[World], Json]:
    """李梅 pressed a button, and was answered so often."""

    def happen(world: World) -> Json:
        press = world.person("李梅").press_data("x")
        for _ in range(times):
            answer_callback_query(world, AnswerCallbackQuery(callback_query_id=press.id))
        if late:
            world.clock.move(world.settings.answer_window * 2)
        return {"callback_query_id": press.id}

    return happen


def large_file(world: World) -> Json:
    file = world.person("李梅").send_document("large.bin", bytes(LARGEST_DOWNLOAD + 1))
    return {"file_id": file["document"]["file_id"]}


def closed_poll(world: World) -> Json:
    sent = send_poll(world, SendPoll.model_validate(POLL | {"is_closed": True}))
    return {"chat_id": LI, "message_id": sent["message_id"]}


OLD_QUERY = BAD + "query is too old and response timeout expired or query ID is invalid"
SAME = (
    BAD + "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)

WHERE: list[Row] = [
    ("nobody has that id", "sendMessage", {"chat_id": 1, "text": "hi"}, 400, BAD + "chat not found"),
    ("a person never met", "sendMessage", {"chat_id": STRANGER, "text": "hi"}, 400, BAD + "chat not found"),
    ("no id at all", "sendMessage", {"chat_id": "x", "text": "hi"}, 400, BAD + "chat not found"),
    ("the @name of a person", "sendMessage", {"chat_id": "@limei", "text": "hi"}, 400, BAD + "chat not found"),
    ("a group without the bot", "sendMessage", without_bot, 400, BAD + "chat not found"),
    ("asking about nobody", "getChat", {"chat_id": 1}, 400, BAD + "chat not found"),
    ("no chat named", "sendMessage", {"text": "hi"}, 400, BAD + "chat_id is empty"),
    ("an empty chat named", "sendMessage", {"chat_id": "", "text": "hi"}, 400, BAD + "chat_id is empty"),
    ("an edit without a chat", "editMessageText", {"message_id": 1, "text": "hi"}, 400, BAD + "chat_id is empty"),
    ("a deletion without a chat", "deleteMessage", {"message_id": 1}, 400, BAD + "chat identifier is not specified"),
    ("deletions without a chat", "deleteMessages", {"message_ids": [1]}, 400, BAD + "chat identifier is not specified"),
    ("Start never pressed", "sendMessage", {"chat_id": UNSTARTED, "text": "hi"}, 403, NO + "bot can't initiate conversation with a user"),
    ("blocked", "sendMessage", {"chat_id": BLOCKER, "text": "hi"}, 403, NO + "bot was blocked by the user"),
    ("account deleted", "sendMessage", {"chat_id": GONE, "text": "hi"}, 403, NO + "user is deactivated"),
    ("to itself", "sendMessage", {"chat_id": BOT, "text": "hi"}, 403, NO + "the bot can't send messages to the bot"),
    ("kicked out of a group", "sendMessage", kicked("小群"), 403, NO + "bot was kicked from the group chat"),
    ("kicked out of a supergroup", "sendMessage", kicked("群"), 403, NO + "bot was kicked from the supergroup chat"),
    ("kicked out of a channel", "sendMessage", kicked("频道"), 403, NO + "bot was kicked from the channel chat"),
    ("left a group", "sendMessage", left("小群"), 403, NO + "bot is not a member of the group chat"),
    ("left a supergroup", "sendMessage", left("群"), 403, NO + "bot is not a member of the supergroup chat"),
    ("left a channel", "sendMessage", left("频道"), 403, NO + "bot is not a member of the channel chat"),
    ("the group was deleted", "sendMessage", deleted, 403, NO + "the group chat was deleted"),
    ("the group moved", "sendMessage", upgraded, 400, BAD + "group chat was upgraded to a supergroup chat"),
]  # fmt: skip

WORDS: list[Row] = [
    ("no text", "sendMessage", {"chat_id": LI}, 400, BAD + "message text is empty"),
    ("empty text", "sendMessage", text(""), 400, BAD + "message text is empty"),
    ("only blanks", "sendMessage", text(" \n "), 400, BAD + "text must be non-empty"),
    ("nothing left of it", "sendMessage", text("<b></b>", "HTML"), 400, BAD + "text must be non-empty"),
    ("4,097 characters", "sendMessage", text("中" * 4097), 400, BAD + "message is too long"),
    ("more than 32,768 bytes", "sendMessage", text("中" * 11000), 400, BAD + "text is too long"),
    ("a caption of 1,025", "editMessageCaption", own(content={"document": {"file_unique_id": "x"}}, caption="中" * 1025), 400, BAD + "message caption is too long"),
    ("a mode nobody knows", "sendMessage", text("hi", "BBCode"), 400, BAD + "unsupported parse_mode"),
    ("no such tag", "sendMessage", text("中<x>", "HTML"), 400, MARKS + 'Unsupported start tag "x" at byte offset 3'),
    ("half a tag", "sendMessage", text("中<b", "HTML"), 400, MARKS + "Unclosed start tag at byte offset 3"),
    ("the wrong end", "sendMessage", text("<b>中</i>", "HTML"), 400, MARKS + 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
    ("an end of nothing", "sendMessage", text("a</b>", "HTML"), 400, MARKS + "Unexpected end tag at byte offset 1"),
    ("no end", "sendMessage", text("<b>a", "HTML"), 400, MARKS + 'Can\'t find end tag corresponding to start tag "b"'),
    ("an unescaped stop", "sendMessage", text("a.", "MarkdownV2"), 400, MARKS + "Character '.' is reserved and must be escaped with the preceding '\\'"),
    ("no end in MarkdownV2", "sendMessage", text("中*a", "MarkdownV2"), 400, MARKS + "Can't find end of Bold entity at byte offset 3"),
    ("marks that are no JSON", "sendMessage", HI | {"entities": "{"}, 400, BAD + "can't parse entities JSON object"),
]  # fmt: skip

MESSAGES: list[Row] = [
    ("nothing changed", "editMessageText", own(text="<i></i>hi ", parse_mode="HTML"), 400, SAME),
    ("nothing to edit", "editMessageText", NOWHERE | {"text": "hi"}, 400, BAD + "message to edit not found"),
    ("nothing to delete", "deleteMessage", NOWHERE, 400, BAD + "message to delete not found"),
    ("nothing to pin", "pinChatMessage", NOWHERE, 400, BAD + "message to pin not found"),
    ("nothing to answer", "sendMessage", HI | {"reply_parameters": {"message_id": 999}}, 400, BAD + "message to be replied not found"),
    ("nothing to copy", "copyMessage", FROM_NOWHERE, 400, BAD + "message to copy not found"),
    ("nothing to forward", "forwardMessage", FROM_NOWHERE, 400, BAD + "message to forward not found"),
    ("nothing to like", "setMessageReaction", NOWHERE, 400, BAD + "message to react not found"),
    ("no poll to stop", "stopPoll", NOWHERE, 400, BAD + "message with poll to stop not found"),
    ("somebody else's words", "editMessageText", said("群", text="x"), 400, BAD + "message can't be edited"),
    ("somebody else's in a group", "deleteMessage", said("群"), 400, BAD + "message can't be deleted"),
    ("older than two days", "deleteMessage", own(timedelta(hours=49)), 400, BAD + "message can't be deleted for everyone"),
    ("pinning without the right", "pinChatMessage", said("群"), 400, BAD + "not enough rights to manage pinned messages in the chat"),
    ("no text allowed", "sendMessage", silenced({"text": "hi"}), 400, BAD + "not enough rights to send text messages to the chat"),
    ("no polls allowed", "sendPoll", silenced({"question": "?", "options": ["a", "b"]}), 400, BAD + "not enough rights to send polls to the chat"),
    ("which message to edit?", "editMessageText", {"text": "hi"}, 400, BAD + "message identifier is not specified"),
    ("which message to delete?", "deleteMessage", {"chat_id": LI}, 400, BAD + "message identifier is not specified"),
    ("which file?", "getFile", {}, 400, BAD + "file_id not specified"),
    ("no such file", "getFile", {"file_id": "x"}, 400, BAD + "invalid file_id"),
    ("a file above 20 MB", "getFile", large_file, 400, BAD + "file is too big"),
    ("from which chat?", "forwardMessage", NOWHERE, 400, BAD + 'parameter "from_chat_id" is required'),
    ("no photo", "sendPhoto", {"chat_id": LI}, 400, BAD + "there is no photo in the request"),
    ("a photo that is none", "sendPhoto", {"chat_id": LI, "photo": "x"}, 400, BAD + "wrong file identifier/HTTP URL specified"),
    ("no document", "sendDocument", {"chat_id": LI}, 400, BAD + "there is no document in the request"),
    ("doing what?", "sendChatAction", {"chat_id": LI, "action": "x"}, 400, BAD + "wrong parameter action in request"),
]  # fmt: skip

KEYBOARDS: list[Row] = [
    ("data of 66 bytes", "sendMessage", inline([button("中" * 22)]), 400, BAD + "BUTTON_DATA_INVALID"),
    ("empty data", "sendMessage", inline([button("")]), 400, BAD + "BUTTON_DATA_INVALID"),
    ("a button without words", "sendMessage", inline([button(label="")]), 400, BAD + "inline keyboard button text must be non-empty"),
    ("a button without a field for words", "sendMessage", inline([{"callback_data": "x"}]), 400, BAD + "can't parse inline keyboard button: Can't find field \"text\""),
    ("a button that does nothing", "sendMessage", inline([{"text": "b"}]), 400, BAD + "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ("no JSON", "sendMessage", HI | {"reply_markup": "{"}, 400, BAD + "can't parse reply keyboard markup JSON object"),
    ("no object", "sendMessage", HI | {"reply_markup": "[]"}, 400, BAD + "object expected as reply markup"),
    ("no rows", "sendMessage", HI | {"reply_markup": {"inline_keyboard": [button()]}}, 400, BAD + 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
    ("nine in a row", "sendMessage", inline([button()] * 9), 400, BAD + "reply markup is too long"),
    ("101 buttons", "sendMessage", inline(*[[button()]] * 101), 400, BAD + "reply markup is too long"),
    ("more than 10 KB", "sendMessage", inline(*[[button(label="长" * 60)]] * 60), 400, BAD + "reply markup is too long"),
    ("an unknown press", "answerCallbackQuery", {"callback_query_id": "1"}, 400, OLD_QUERY),
    ("answered before", "answerCallbackQuery", pressed(1), 400, OLD_QUERY),
    ("answered late", "answerCallbackQuery", pressed(0, late=True), 400, OLD_QUERY),
]  # fmt: skip

POLLS: list[Row] = [
    ("a quiz without an answer", "sendPoll", QUIZ, 400, BAD + "correct quiz option list must be non-empty"),
    ("answers out of order", "sendPoll", QUIZ | {"correct_option_ids": [1, 0]}, 400, BAD + "correct quiz option list must be increasing"),
    ("an answer that is no option", "sendPoll", QUIZ | {"correct_option_ids": [2]}, 400, BAD + "wrong quiz correct_option_id"),
    ("13 options", "sendPoll", POLL | {"options": [str(n) for n in range(13)]}, 400, BAD + "poll can't have more than 12 options"),
    ("no options", "sendPoll", POLL | {"options": []}, 400, BAD + "poll must have at least one answer option"),
    ("an option of 101", "sendPoll", POLL | {"options": ["中" * 101, "b"]}, 400, BAD + "poll options length must not exceed 100"),
    ("a question of 301", "sendPoll", POLL | {"question": "中" * 301}, 400, BAD + "poll question length must not exceed 300"),
    ("options that are no JSON", "sendPoll", POLL | {"options": "["}, 400, BAD + "can't parse options JSON object"),
    ("options that are no list", "sendPoll", POLL | {"options": "{}"}, 400, BAD + "expected an Array of String as options"),
    ("a kind nobody knows", "sendPoll", POLL | {"type": "vote"}, 400, BAD + "unsupported poll type specified"),
    ("names in a channel", "sendPoll", of("频道", question="?", options=["a", "b"], is_anonymous=False), 400, BAD + "non-anonymous polls can't be sent to channel chats"),
    ("stopped before", "stopPoll", closed_poll, 400, BAD + "poll has already been closed"),
]  # fmt: skip

GROUPS: list[Row] = [
    ("no topics in private", "sendMessage", HI | {"message_thread_id": 1}, 400, BAD + "message thread not found"),
    ("no such topic", "sendMessage", of("论坛", text="hi", message_thread_id=999), 400, BAD + "message thread not found"),
    ("General by its number", "sendMessage", of("论坛", text="hi", message_thread_id=1), 400, BAD + "message thread not found"),
    ("admins in private", "getChatAdministrators", {"chat_id": LI}, 400, BAD + "there are no administrators in the private chat"),
    ("restricting in a small group", "restrictChatMember", of("小群", user_id=UNSTARTED, permissions={}), 400, BAD + "method is available only for supergroups"),
    ("unbanning in a small group", "unbanChatMember", of("小群", user_id=UNSTARTED), 400, BAD + "method is available for supergroup and channel chats only"),
]  # fmt: skip

REQUESTS: list[Row] = [
    ("no such method", "nonsense", {}, 404, "Not Found: method not found"),
    ("a parameter that we do not know", "sendMessage", HI | {"colour": "red"}, 400, BAD + 'unknown parameter "colour"'),
    ("a wrong name of a command", "setMyCommands", {"commands": [{"command": "Hi!", "description": "x"}]}, 400, BAD + "BOT_COMMAND_INVALID"),
    ("no address", "setWebhook", {"url": "nonsense"}, 400, BAD + "invalid webhook URL specified"),
    ("a secret of 257", "setWebhook", {"url": "http://127.0.0.1:9/", "secret_token": "a" * 257}, 400, BAD + "secret token is too long"),
    ("a secret with a blank", "setWebhook", {"url": "http://127.0.0.1:9/", "secret_token": "a b"}, 400, BAD + "secret token contains unallowed characters"),
]  # fmt: skip

TABLE = WHERE + WORDS + MESSAGES + KEYBOARDS + POLLS + GROUPS + REQUESTS
