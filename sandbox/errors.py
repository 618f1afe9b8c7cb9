"""Every way Telegram says no, in its own words; nothing else in the sandbox spells out a refusal.

The words were taken from the Bot API server's behaviour, not invented; the few that are ours (Telegram would let the
mistake pass) stand at the end under "stricter than Telegram".
"""

from dataclasses import dataclass, field
from typing import Any

PREFIX = {400: "Bad Request: ", 401: "Unauthorized", 403: "Forbidden: ", 404: "Not Found", 409: "Conflict: "}


class ApiError(Exception):
    """A refused call: HTTP status, the words, and what Telegram adds for machines (``retry_after``, …)."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters or {}

    def body(self) -> dict[str, Any]:
        """The envelope as it goes over the wire."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class ConnectionDropped(ConnectionError):
    """The connection breaks without an answer (a fault somebody asked for)."""


class NoAnswer(Exception):
    """Nothing ever comes back, while the connection stays open (a fault somebody asked for)."""


@dataclass(frozen=True)
class Refusal:
    """One row of the catalogue; calling it makes the error, filling the blanks in its words."""

    code: int
    words: str
    parameters: tuple[str, ...] = field(default=())

    def __call__(self, **blanks: Any) -> ApiError:
        """The error to raise; blanks that are machine parameters are passed on as such."""
        words = _lowered(self.words.format(**blanks))
        return ApiError(self.code, PREFIX.get(self.code, "") + words, {name: blanks[name] for name in self.parameters})


def _lowered(words: str) -> str:
    """Telegram's rule: a small first letter, unless the words are a CONSTANT."""
    if len(words) > 1 and (words[1] == "_" or words[1].isupper()):
        return words
    return words[:1].lower() + words[1:]


# The server and the bot's own standing
NO_SUCH_PATH = Refusal(404, "")
NO_SUCH_METHOD = ApiError(404, "Not Found: method not found")
WRONG_TOKEN = Refusal(401, "")
MALFORMED_TOKEN = ApiError(401, "Unauthorized: invalid token specified")
UNALLOWED_TOKEN = ApiError(421, "Misdirected Request: unallowed token specified")
LOGGED_OUT = ApiError(400, "Logged out")
RESTARTED = ApiError(500, "Internal Server Error: restart")
TOO_LARGE = ApiError(413, "Request Entity Too Large")
OTHER_POLLER = Refusal(409, "terminated by other getUpdates request; make sure that only one bot instance is running")
WEBHOOK_SET_WHILE_POLLING = Refusal(409, "terminated by setWebhook request")
WEBHOOK_ACTIVE = Refusal(
    409, "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


def flood(retry_after: int) -> ApiError:
    """Too much in too short a time; the bot must wait ``retry_after`` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def broken(code: int) -> ApiError:
    """Telegram's own trouble (5xx)."""
    words = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
    return ApiError(code, words.get(code, "Internal Server Error"))


# Whom and where
CHAT_ID_EMPTY = Refusal(400, "chat_id is empty")
CHAT_NOT_FOUND = Refusal(400, "chat not found")
USER_ID_INVALID = Refusal(400, "invalid user_id specified")
NEVER_STARTED = Refusal(403, "bot can't initiate conversation with a user")
BLOCKED = Refusal(403, "bot was blocked by the user")
DEACTIVATED = Refusal(403, "user is deactivated")
TO_A_BOT = Refusal(403, "the bot can't send messages to the bot")
KICKED = Refusal(403, "bot was kicked from the {kind} chat")
NOT_A_MEMBER = Refusal(403, "bot is not a member of the {kind} chat")
GROUP_DELETED = Refusal(403, "the group chat was deleted")
UPGRADED = Refusal(400, "group chat was upgraded to a supergroup chat", ("migrate_to_chat_id",))
NO_ADMINS_HERE = Refusal(400, "there are no administrators in the private chat")
NO_RIGHT_TO_SEND = Refusal(400, "not enough rights to send {what} to the chat")
NO_RIGHT_TO_PIN = Refusal(400, "not enough rights to manage pinned messages in the chat")
CANT_LEAVE_PRIVATE = Refusal(400, "can't leave private chats")
NO_THREAD = Refusal(400, "message thread not found")
NO_BUSINESS = Refusal(400, "business connection not found")

# Groups, channels and their members
MEMBER_NOT_FOUND = Refusal(400, "member not found")
NEED_ADMIN_IN_CHANNEL = Refusal(400, "need administrator rights in the channel chat")
MEMBERS_HIDDEN = Refusal(400, "member list is inaccessible")
ADMIN_REQUIRED = Refusal(400, "CHAT_ADMIN_REQUIRED")
NOT_A_PARTICIPANT = Refusal(400, "USER_NOT_PARTICIPANT")
SUPERGROUPS_ONLY = Refusal(400, "method is available only for supergroups")
SUPERGROUPS_AND_CHANNELS_ONLY = Refusal(400, "method is available for supergroup and channel chats only")
CANT_BAN_PRIVATE = Refusal(400, "can't ban members in private chats")
CANT_REMOVE_OWNER = Refusal(400, "can't remove chat owner")
CANT_RESTRICT_SELF = Refusal(400, "can't restrict self")
CANT_PROMOTE_SELF = Refusal(400, "can't promote self")
IS_AN_ADMIN = Refusal(400, "user is an administrator of the chat")
NO_RIGHT_TO_RESTRICT = Refusal(400, "not enough rights to restrict/unrestrict chat member")
NO_RIGHT_TO_PROMOTE = Refusal(400, "not enough rights")
RIGHT_FORBIDDEN = Refusal(400, "RIGHT_FORBIDDEN")
OWNER_TITLE = Refusal(400, "only creator can edit their custom title")
NOT_AN_ADMIN = Refusal(400, "user is not an administrator")
NO_RIGHT_TO_ENTITLE = Refusal(400, "not enough rights to change custom title of the user")
TITLE_INVALID = Refusal(400, "ADMIN_RANK_INVALID")
TITLE_EMOJI = Refusal(400, "ADMIN_RANK_EMOJI_NOT_ALLOWED")
CANT_CHANGE_PRIVATE = Refusal(400, "can't change private chat {what}")
CANT_CHANGE_CHANNEL = Refusal(400, "can't change channel chat permissions")
NO_RIGHT_TO_CHANGE = Refusal(400, "not enough rights to change chat {what}")
NO_RIGHT_TO_DESCRIBE = Refusal(400, "not enough rights to set chat description")
TITLE_EMPTY = Refusal(400, "title must be non-empty")
TITLE_NOT_MODIFIED = Refusal(400, "chat title is not modified")
CHAT_NOT_MODIFIED = Refusal(400, "CHAT_NOT_MODIFIED")
DESCRIPTION_NOT_MODIFIED = Refusal(400, "chat description is not modified")

# Invite links and people who ask
NO_INVITES_IN_PRIVATE = Refusal(400, "can't invite members to a private chat")
NO_RIGHT_TO_INVITE = Refusal(400, "not enough rights to manage chat invite link")
LINK_EMPTY = Refusal(400, "invite link must be non-empty")
LINK_UNKNOWN = Refusal(400, "INVITE_HASH_EXPIRED")
LINK_REVOKED = Refusal(400, "INVITE_REVOKED_MISSING")
LINK_PERMANENT = Refusal(400, "CHAT_INVITE_PERMANENT")
LIMIT_AND_REQUEST = Refusal(400, "member limit can't be specified for links requiring administrator approval")
USAGE_LIMIT_INVALID = Refusal(400, "USAGE_LIMIT_INVALID")
EXPIRE_DATE_INVALID = Refusal(400, "EXPIRE_DATE_INVALID")
NO_REQUEST = Refusal(400, "HIDE_REQUESTER_MISSING")
ALREADY_IN = Refusal(400, "USER_ALREADY_PARTICIPANT")

# Topics
NOT_A_FORUM = Refusal(400, "the chat is not a forum")
NO_RIGHT_TO_CREATE_TOPIC = Refusal(400, "not enough rights to create a topic")
NO_RIGHT_TO_EDIT_TOPIC = Refusal(400, "not enough rights to edit the topic")
NO_RIGHT_TO_CLOSE_TOPIC = Refusal(400, "not enough rights to close or open the topic")
NO_RIGHT_TO_DELETE_TOPIC = Refusal(400, "not enough rights to delete the topic")
TOPIC_UNKNOWN = Refusal(400, "TOPIC_ID_INVALID")
TOPIC_NOT_MODIFIED = Refusal(400, "TOPIC_NOT_MODIFIED")
TOPIC_CLOSED = Refusal(400, "TOPIC_CLOSED")
ICON_COLOUR = Refusal(400, "invalid icon color specified")

# Words
TEXT_EMPTY = Refusal(400, "message text is empty")
TEXT_BLANK = Refusal(400, "text must be non-empty")
TEXT_TOO_LONG = Refusal(400, "message is too long")
TEXT_RAW_TOO_LONG = Refusal(400, "text is too long")
CAPTION_TOO_LONG = Refusal(400, "message caption is too long")
NOT_UTF8 = Refusal(400, "strings must be encoded in UTF-8")
PARSE_MODE = Refusal(400, "unsupported parse_mode")
ENTITIES = Refusal(400, "can't parse entities: {why}")
ENTITIES_JSON = Refusal(400, "can't parse entities JSON object")
ENTITY_OUT_OF_RANGE = Refusal(400, "receive an entity with incorrect {field} {value}")
ENTITY_BEGINS_LATE = Refusal(400, "entity begins after the end of the text at UTF-16 offset {start}")
ENTITY_ENDS_LATE = Refusal(
    400, "entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
)
ENTITY_BEGINS_INSIDE = Refusal(400, "entity begins in a middle of a UTF-16 symbol at byte offset {byte}")
ENTITY_ENDS_INSIDE = Refusal(
    400, "entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol at byte offset {byte}"
)
ENTITY_URL = Refusal(400, "entity URL '{url}' is invalid: Wrong HTTP URL")

# Messages
NO_MESSAGE = Refusal(400, "message to {act} not found")
MESSAGE_ID_MISSING = Refusal(400, "message identifier is not specified")
CHAT_TO_DELETE_FROM_MISSING = Refusal(400, "chat identifier is not specified")
MESSAGE_IDS_MISSING = Refusal(400, "message identifiers are not specified")
TOO_MANY_MESSAGE_IDS = Refusal(400, "too many message identifiers specified")
NOT_MODIFIED = Refusal(
    400,
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message",
)
CANT_EDIT = Refusal(400, "message can't be edited")
CANT_DELETE = Refusal(400, "message can't be deleted")
CANT_DELETE_FOR_ALL = Refusal(400, "message can't be deleted for everyone")
CANT_FORWARD = Refusal(400, "message can't be forwarded")
CANT_COPY = Refusal(400, "message can't be copied")
NOTHING_TO_FORWARD = Refusal(400, "there are no messages to forward")
MESSAGE_IDS_ORDER = Refusal(400, "message identifiers must be in a strictly increasing order")
QUOTE = Refusal(400, "QUOTE_TEXT_INVALID")
CANT_EDIT_MEDIA = Refusal(400, "message media can't be edited")
NO_TEXT_TO_EDIT = Refusal(400, "there is no text in the message to edit")
NO_CAPTION_TO_EDIT = Refusal(400, "there is no caption in the message to edit")
REACTION_INVALID = Refusal(400, "REACTION_INVALID")
REACTIONS_TOO_MANY = Refusal(400, "REACTIONS_TOO_MANY")
WRONG_ACTION = Refusal(400, "wrong parameter action in request")
DICE_EMOJI = Refusal(400, "EMOTICON_INVALID")
WRONG_PLACE = Refusal(400, "wrong location specified")

# Keyboards
MARKUP_JSON = Refusal(400, "can't parse reply keyboard markup JSON object")
MARKUP_OBJECT = Refusal(400, "object expected as reply markup")
MARKUP_ROWS = Refusal(400, 'field "{field}" of the {type} must be an Array of Arrays')
MARKUP_TOO_LONG = Refusal(400, "reply markup is too long")
BUTTON_TEXT = Refusal(400, "{kind} button text must be non-empty")
BUTTON_NO_TEXT = Refusal(400, "can't parse {kind} button: Can't find field \"text\"")
BUTTON_TYPE = Refusal(400, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
BUTTON_WRONG = Refusal(400, "can't parse {kind} button: {why}")
BUTTON_DATA = Refusal(400, "BUTTON_DATA_INVALID")
BUTTON_URL = Refusal(400, "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
BUTTON_PRIVATE_ONLY = Refusal(400, "{what} can be requested in private chats only")

# Polls and quizzes
POLL_OPTIONS_JSON = Refusal(400, "can't parse options JSON object")
POLL_OPTIONS_LIST = Refusal(400, "expected an Array of String as options")
POLL_OPTION = Refusal(400, "can't parse InputPollOption: {why}")
POLL_NO_OPTIONS = Refusal(400, "poll must have at least one answer option")
POLL_TOO_MANY_OPTIONS = Refusal(400, "poll can't have more than {limit} options")
POLL_OPTION_TOO_LONG = Refusal(400, "poll options length must not exceed {limit}")
POLL_QUESTION_TOO_LONG = Refusal(400, "poll question length must not exceed {limit}")
POLL_TYPE = Refusal(400, "unsupported poll type specified")
POLL_NOT_ANONYMOUS = Refusal(400, "non-anonymous polls can't be sent to channel chats")
CORRECT_JSON = Refusal(400, "can't parse correct option identifiers JSON object")
CORRECT_LIST = Refusal(400, "expected an Array of correct option identifiers")
CORRECT_NO_NUMBER = Refusal(400, "correct option identifier must be of type Number")
CORRECT_INVALID = Refusal(400, "invalid correct option identifier specified")
CORRECT_EMPTY = Refusal(400, "correct quiz option list must be non-empty")
CORRECT_ORDER = Refusal(400, "correct quiz option list must be increasing")
CORRECT_WRONG = Refusal(400, "wrong quiz correct_option_id")
NO_POLL_MESSAGE = Refusal(400, "message with poll to stop not found")
NO_POLL = Refusal(400, "message is not a poll")
POLL_CANT_BE_STOPPED = Refusal(400, "poll can't be stopped")
POLL_CLOSED = Refusal(400, "poll has already been closed")

# Callback answers
QUERY_TOO_OLD = Refusal(400, "query is too old and response timeout expired or query ID is invalid")
CALLBACK_TEXT_TOO_LONG = Refusal(400, "MESSAGE_TOO_LONG")

# Files
NO_FILE = Refusal(400, "there is no {kind} in the request")
FILE_ID_MISSING = Refusal(400, "file_id not specified")
FILE_ID_INVALID = Refusal(400, "invalid file_id")
FILE_ID_WRONG = Refusal(400, "wrong file identifier/HTTP URL specified")
FILE_WRONG_KIND = Refusal(400, "can't use file of type {have} as {want}")
FILE_EMPTY = Refusal(400, "file must be non-empty")
FILE_TOO_BIG = Refusal(400, "file is too big")
FILE_URL = Refusal(400, "failed to get HTTP URL content")
PHOTO_TOO_BIG = Refusal(400, "file of size {size} bytes is too big for a photo; the maximum size is 10485760 bytes")
PHOTO_SHAPE = Refusal(400, "PHOTO_INVALID_DIMENSIONS")
PHOTO_UNREADABLE = Refusal(400, "IMAGE_PROCESS_FAILED")

# Media and albums
MEDIA_JSON = Refusal(400, "can't parse media JSON object")
MEDIA_ARRAY = Refusal(400, "expected an Array of InputMedia")
MEDIA_WRONG = Refusal(400, "can't parse InputMedia: {why}")
ALBUM_EMPTY = Refusal(400, "there are no messages to send")
ALBUM_TOO_LONG = Refusal(400, "too many messages to send as an album")
ALBUM_MIXED = Refusal(400, "{kind} can't be mixed with other media types")
ALBUM_CAPTIONS = Refusal(400, "parameter show_caption_above_media must be the same for all messages")
ALBUM_ITEM = Refusal(400, 'failed to send message #{number} with the error message "{why}"')
ALBUM_OTHER_KIND = Refusal(400, "can't change media type in the album")
ALBUM_UNFIT = Refusal(400, "message content type can't be used in an album")

# The bot's profile
COMMAND_INVALID = Refusal(400, "BOT_COMMAND_INVALID")
COMMAND_DESCRIPTION_INVALID = Refusal(400, "BOT_COMMAND_DESCRIPTION_INVALID")
COMMANDS_TOO_MANY = Refusal(400, "BOT_COMMANDS_TOO_MUCH")
LANGUAGE_INVALID = Refusal(400, "invalid language code specified")
NAME_TOO_LONG = Refusal(400, "bot name is too long")
DESCRIPTION_TOO_LONG = Refusal(400, "bot description is too long")

# Webhook
WEBHOOK_URL = Refusal(400, "invalid webhook URL specified")
BAD_WEBHOOK = Refusal(400, "bad webhook: {why}")
SECRET_TOO_LONG = Refusal(400, "secret token is too long")
SECRET_CHARACTERS = Refusal(400, "secret token contains unallowed characters")

# Requests as such
MISSING = Refusal(400, 'parameter "{name}" is required')
NOT_JSON = Refusal(400, "can't parse {name} JSON object")

# Stricter than Telegram, which ignores the first and guesses at the others: a bot under test should hear of it.
UNKNOWN_PARAMETER = Refusal(400, 'unknown parameter "{name}"')
WRONG_VALUE = Refusal(400, 'wrong value of parameter "{name}": {why}')
UNREADABLE_BODY = Refusal(400, "can't read the request: {why}")
NOT_OFFERED = Refusal(400, "the sandbox does not offer {what}")

# What a required parameter's absence is called, where Telegram has words of its own for it.
MISSING_WORDS = {
    "chat_id": CHAT_ID_EMPTY(),
    "text": TEXT_EMPTY(),
    "message_id": MESSAGE_ID_MISSING(),
    "message_ids": MESSAGE_IDS_MISSING(),
    "file_id": FILE_ID_MISSING(),
    "user_id": USER_ID_INVALID(),
    "photo": NO_FILE(kind="photo"),
    "document": NO_FILE(kind="document"),
    "video": NO_FILE(kind="video"),
    "audio": NO_FILE(kind="audio"),
    "voice": NO_FILE(kind="voice"),
    "animation": NO_FILE(kind="animation"),
    "video_note": NO_FILE(kind="video note"),
    "sticker": NO_FILE(kind="sticker"),
    "action": WRONG_ACTION(),
    "callback_query_id": QUERY_TOO_OLD(),
    "question": TEXT_BLANK(),
    "options": POLL_OPTIONS_JSON(),
}


def missing(name: str) -> ApiError:
    """A required parameter is not there."""
    known = MISSING_WORDS.get(name)
    return ApiError(known.code, known.description) if known else MISSING(name=name)
