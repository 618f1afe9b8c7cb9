"""The objects inside requests (keyboards, commands, reply parameters): a pydantic model each, nothing extra allowed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationInfo, model_validator

from sandbox import errors
from sandbox.wire import Upload


def _file(value: Any, info: ValidationInfo) -> str | Upload:
    """A file part, ``attach://part``, or the id of a file that Telegram has already."""
    if isinstance(value, Upload):
        return value
    text = str(value)
    if text.startswith("attach://"):
        files: dict[str, Upload] = info.context or {}
        if text[9:] not in files:
            raise errors.FILE_ID_WRONG()
        return files[text[9:]]
    return text


InputFile = Annotated[str | InstanceOf[Upload], BeforeValidator(_file)]


class Shape(BaseModel):
    """An object inside a request. Numbers must be numbers here, as the JSON text has real types."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def json_dict(self) -> dict[str, Any]:
        """As Telegram shows it."""
        return self.model_dump(exclude_none=True)


class WebAppInfo(Shape):
    url: str


class LoginUrl(Shape):
    url: str
    forward_text: str | None = None
    bot_username: str | None = None
    request_write_access: bool | None = None


class SwitchInlineQueryChosenChat(Shape):
    query: str | None = None
    allow_user_chats: bool | None = None
    allow_bot_chats: bool | None = None
    allow_group_chats: bool | None = None
    allow_channel_chats: bool | None = None


class CopyTextButton(Shape):
    text: str = Field(min_length=1, max_length=256)


class InlineKeyboardButton(Shape):
    text: str
    icon_custom_emoji_id: str | None = None
    style: Literal["danger", "success", "primary"] | None = None
    url: str | None = None
    callback_data: str | None = None
    web_app: WebAppInfo | None = None
    login_url: LoginUrl | None = None
    switch_inline_query: str | None = None
    switch_inline_query_current_chat: str | None = None
    switch_inline_query_chosen_chat: SwitchInlineQueryChosenChat | None = None
    copy_text: CopyTextButton | None = None
    callback_game: dict[str, Any] | None = None
    pay: bool | None = None


class InlineKeyboardMarkup(Shape):
    inline_keyboard: list[list[InlineKeyboardButton]]


class KeyboardButtonPollType(Shape):
    type: str | None = None


class KeyboardButton(Shape):
    text: str
    icon_custom_emoji_id: str | None = None
    style: Literal["danger", "success", "primary"] | None = None
    request_users: dict[str, Any] | None = None
    request_chat: dict[str, Any] | None = None
    request_managed_bot: dict[str, Any] | None = None
    request_contact: bool | None = None
    request_location: bool | None = None
    request_poll: KeyboardButtonPollType | None = None
    web_app: WebAppInfo | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        """A button may be written as its text alone."""
        return {"text": value} if isinstance(value, str) else value


class ReplyKeyboardMarkup(Shape):
    keyboard: list[list[KeyboardButton]]
    is_persistent: bool | None = None
    resize_keyboard: bool | None = None
    one_time_keyboard: bool | None = None
    input_field_placeholder: str | None = Field(default=None, max_length=64)
    selective: bool | None = None


class ReplyKeyboardRemove(Shape):
    remove_keyboard: Literal[True]
    selective: bool | None = None


class ForceReply(Shape):
    force_reply: Literal[True]
    input_field_placeholder: str | None = Field(default=None, max_length=64)
    selective: bool | None = None


AnyMarkup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply


class ReplyParameters(Shape):
    message_id: int
    chat_id: int | str | None = None
    allow_sending_without_reply: bool | None = None
    quote: str | None = None
    quote_parse_mode: str | None = None
    quote_entities: list[dict[str, Any]] | None = None
    quote_position: int | None = None
    checklist_task_id: int | None = None
    poll_option_id: str | None = None


class LinkPreviewOptions(Shape):
    is_disabled: bool | None = None
    url: str | None = None
    prefer_small_media: bool | None = None
    prefer_large_media: bool | None = None
    show_above_text: bool | None = None


class BotCommand(Shape):
    command: str
    description: str


class BotCommandScope(Shape):
    """Any of the seven scopes; which fields it needs depends on its type."""

    type: Literal[
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ]
    chat_id: int | str | None = None
    user_id: int | None = None

    @model_validator(mode="after")
    def _complete(self) -> "BotCommandScope":
        if self.type.startswith("chat") != (self.chat_id is not None):
            raise ValueError("chat_id belongs to the chat scopes, and they need it")
        if (self.type == "chat_member") != (self.user_id is not None):
            raise ValueError("user_id belongs to the scope chat_member, which needs it")
        return self

    def key(self) -> tuple[str, ...]:
        """The scope as a key of the profile."""
        return tuple(str(part) for part in (self.type, self.chat_id, self.user_id) if part is not None)


class MenuButton(Shape):
    type: Literal["commands", "web_app", "default"]
    text: str | None = None
    web_app: WebAppInfo | None = None


class ReactionType(Shape):
    type: Literal["emoji", "custom_emoji", "paid"]
    emoji: str | None = None
    custom_emoji_id: str | None = None


class ChatPermissions(Shape):
    can_send_messages: bool | None = None
    can_send_audios: bool | None = None
    can_send_documents: bool | None = None
    can_send_photos: bool | None = None
    can_send_videos: bool | None = None
    can_send_video_notes: bool | None = None
    can_send_voice_notes: bool | None = None
    can_send_polls: bool | None = None
    can_send_other_messages: bool | None = None
    can_add_web_page_previews: bool | None = None
    can_react_to_messages: bool | None = None
    can_edit_tag: bool | None = None
    can_change_info: bool | None = None
    can_invite_users: bool | None = None
    can_pin_messages: bool | None = None
    can_manage_topics: bool | None = None
