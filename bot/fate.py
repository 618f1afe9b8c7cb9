"""What became of a call: every error of Telegram or of the way there, in the few words that decide what to do next."""

from dataclasses import dataclass
from enum import StrEnum

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.pacer import seconds_of
from bot.transport import was_not_sent


class Verdict(StrEnum):
    """The three answers there are, and one that is a change of address."""

    RETRY = "retry"  # it surely did not happen, and may if asked again
    NO = "no"  # it surely did not happen, and will not
    MOVED = "moved"  # the group has another id
    UNKNOWN = "unknown"  # it may have happened


@dataclass(frozen=True)
class Fate:
    """A verdict and its cause as a code."""

    verdict: Verdict
    cause: str
    after: float | None = None  # seconds Telegram wants us to wait
    chat_id: int | None = None  # where the group moved to


class NotSaid(TelegramError):
    """Something was not said, or may not have been. Its text is the cause as a code, never words or addresses."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate.cause)
        self.fate = fate


# Telegram has no codes, only words. Looked for in this order in what it answers, in small letters.
REFUSALS = (
    ("not modified", "not_modified"),
    ("query is too old", "too_late"),
    ("blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("can't initiate conversation", "never_started"),
    ("send messages to the bot", "to_a_bot"),
    ("bot was kicked", "kicked"),
    ("not a member of", "not_member"),
    ("group chat was deleted", "group_deleted"),
    ("chat not found", "chat_not_found"),
    ("peer_id_invalid", "chat_not_found"),
    ("message to edit not found", "message_gone"),
    ("message_id_invalid", "message_gone"),
    ("message can't be edited", "not_editable"),
    ("no text in the message to edit", "not_editable"),
    ("no caption in the message to edit", "not_editable"),
    ("message thread not found", "no_thread"),
    ("not enough rights", "no_rights"),
    ("have no rights", "no_rights"),
    ("administrator rights", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
    ("too big", "file_too_big"),
    ("too large", "file_too_big"),
    ("is too long", "too_long"),
    ("message_too_long", "too_long"),
    ("can't parse entities", "bad_markup"),
    ("file identifier", "bad_file"),
    ("invalid file_id", "bad_file"),
)


def classify(error: BaseException) -> Fate:
    """The fate of a call that raised this. BadRequest and TimedOut are both NetworkErrors; their order matters here."""
    match error:
        case NotSaid():
            return error.fate
        case RetryAfter():
            return Fate(Verdict.RETRY, "flood", seconds_of(error))
        case ChatMigrated():
            return Fate(Verdict.MOVED, "moved", chat_id=error.new_chat_id)
        case Forbidden() | BadRequest():
            return Fate(Verdict.NO, _cause(error.message))
        case InvalidToken() | Conflict():  # refused before it was looked at; an operator is changing something
            return Fate(Verdict.RETRY, "token", 60.0)
        case NetworkError() if was_not_sent(error):
            return Fate(Verdict.RETRY, "no_network")
        case NetworkError() if "too large" in error.message.lower():  # 413 has no class of its own
            return Fate(Verdict.NO, "file_too_big")
        case TelegramError():
            return Fate(Verdict.UNKNOWN, type(error).__name__)
    return Fate(Verdict.UNKNOWN, f"bug:{type(error).__name__}")


def _cause(words: str) -> str:
    words = words.lower()
    return next((cause for part, cause in REFUSALS if part in words), "other_4xx")
