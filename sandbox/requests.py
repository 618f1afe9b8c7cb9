"""What every request has in common: parameters arrive as text and become types; the first mistake is refused."""

import json
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from sandbox import entities, errors, markup
from sandbox.chats import Json
from sandbox.errors import ApiError
from sandbox.shapes import AnyMarkup, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from sandbox.wire import Upload

Asked = TypeVar("Asked", bound="Request")
Run = TypeVar("Run", bound=Callable[..., Any])


class Request(BaseModel):
    """The parameters of one Bot API method; the class bears the method's name with a capital letter."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, hide_input_in_errors=True)
    keeps_empty: ClassVar[frozenset[str]] = frozenset()  # where "" means something else than leaving it out
    absent: ClassVar[dict[str, ApiError]] = {}  # where this method has words of its own for what is missing
    legacy: ClassVar[frozenset[str]] = frozenset()  # what Telegram still takes though its list names it no more


def read(model: type[Asked], params: Json, files: dict[str, Upload]) -> Asked:
    """Check the parameters of a call; raises ApiError with Telegram's words."""
    given: Json = {}
    for name, value in params.items():
        if value is None or (value == "" and name not in model.keeps_empty):
            continue
        if isinstance(value, str):
            _utf8(value)
        elif isinstance(value, (list, dict)):
            _utf8(json.dumps(value))
        given[name] = value
    for name, upload in files.items():
        if name in model.model_fields:
            given[name] = upload
    try:
        return model.model_validate(given, context=files)
    except ValidationError as wrong:
        raise _refusal(wrong, model.absent) from wrong


def _refusal(wrong: ValidationError, absent: dict[str, ApiError]) -> ApiError:
    problems = wrong.errors(include_url=False, include_input=False)
    missing = [problem for problem in problems if problem["type"] == "missing" and len(problem["loc"]) == 1]
    first = (missing or problems)[0]
    name = str(first["loc"][0]) if first["loc"] else "request"
    if missing:
        return absent.get(name) or errors.missing(name)
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return errors.UNKNOWN_PARAMETER(name=name)
    inside = ".".join(str(part) for part in first["loc"][1:])
    return errors.WRONG_VALUE(name=name, why=f"{inside}: {first['msg']}" if inside else first["msg"])


def _utf8(value: str) -> None:
    """Half an emoji (a lone surrogate) is no text, neither plain nor escaped inside JSON text."""
    try:
        value.encode()
        if "\\u" in value and value[:1] in "[{":
            json.dumps(json.loads(value), ensure_ascii=False).encode()
    except UnicodeEncodeError as wrong:
        raise errors.NOT_UTF8() from wrong
    except ValueError:
        return  # not JSON at all: its own reader will say so


def _decoded(value: Any, info: ValidationInfo) -> Any:
    """JSON text to an object."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError as wrong:
            raise errors.NOT_JSON(name=info.field_name or "") from wrong
    return value


def _chat_id(value: Any) -> int | str:
    """A number, or the @name of a public chat; anything else is a chat nobody knows."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value).strip()
    if text.startswith("@"):
        return text
    try:
        return int(text)
    except ValueError as wrong:
        raise errors.CHAT_NOT_FOUND() from wrong


JSON_TEXT = BeforeValidator(_decoded)
ChatId = Annotated[int | str, BeforeValidator(_chat_id)]
Markup = Annotated[AnyMarkup | None, BeforeValidator(markup.from_json)]
InlineMarkup = Annotated[InlineKeyboardMarkup | None, BeforeValidator(markup.inline_from_json)]
Entities = Annotated[list[Json] | None, BeforeValidator(entities.from_json)]
Reply = Annotated[ReplyParameters | None, JSON_TEXT]
LinkPreview = Annotated[LinkPreviewOptions | None, JSON_TEXT]
Anything = Annotated[Json | None, JSON_TEXT]


class Addressed(Request):
    """Where a message goes, how, and with which keyboard."""

    chat_id: ChatId
    message_thread_id: int | None = None
    direct_messages_topic_id: int | None = None
    disable_notification: bool | None = None
    protect_content: bool | None = None
    allow_paid_broadcast: bool | None = None
    message_effect_id: str | None = None
    suggested_post_parameters: Anything = None
    reply_parameters: Reply = None
    reply_markup: Markup = None


class Sending(Addressed):
    """What all sending methods take besides what they send."""

    business_connection_id: str | None = None


class Editing(Request):
    """What all editing methods take besides the new content."""

    business_connection_id: str | None = None
    chat_id: Annotated[int | str | None, BeforeValidator(_chat_id)] = None
    message_id: int | None = None
    inline_message_id: str | None = None
    reply_markup: InlineMarkup = None


# The methods, by name in small letters (Telegram does not mind capitals).
METHODS: dict[str, "Method"] = {}


class Method:
    """One Bot API method: its name, its request, and the function that carries it out."""

    def __init__(self, request: type[Request], run: Callable[..., Any]) -> None:
        self.name = request.__name__[0].lower() + request.__name__[1:]
        self.request = request
        self.run = run


def method(run: Run) -> Run:
    """Register a function ``(world, ask: SomeMethod) -> result`` as the method its request is named after."""
    request = run.__annotations__["ask"]
    found = Method(request, run)
    METHODS[found.name.lower()] = found
    return run
