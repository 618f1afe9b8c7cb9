"""From an HTTP request to plain parameters: query string, form, JSON or multipart, as Telegram takes them all."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from sandbox import errors

LARGEST_BODY = 52 << 20  # 50 MB of file and room for the rest


@dataclass(frozen=True)
class Upload:
    """A file as it came in: its name, its declared type, its bytes."""

    name: str
    mime: str
    data: bytes


async def parameters(scope: Scope, receive: Receive) -> tuple[dict[str, Any], dict[str, Upload]]:
    """What the caller passed: plain parameters, and files by the name of their part."""
    given: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    if scope["query_string"]:
        given.update(_pairs(scope["query_string"]))
    headers = dict(scope["headers"])
    kind = headers.get(b"content-type", b"").decode("latin-1")
    try:
        declared = int(headers.get(b"content-length", b"0"))
    except ValueError:
        declared = 0
    if declared > LARGEST_BODY:
        raise errors.TOO_LARGE
    if kind.startswith("multipart/"):
        fields, files = await _multipart(scope, receive)
        given.update(fields)
        return given, files
    body = await _body(receive)
    given.update(_plain(body, kind))
    return given, files


async def read(body: bytes, kind: str) -> tuple[dict[str, Any], dict[str, Upload]]:
    """The same for a body that is at hand already: what a webhook answered."""
    if not kind.startswith("multipart/"):
        return _plain(body, kind), {}

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode("latin-1", "replace"))]
    return await _multipart({"type": "http", "method": "POST", "headers": headers}, receive)


def _plain(body: bytes, kind: str) -> dict[str, Any]:
    if not body:
        return {}
    return json_object(body) if kind.startswith("application/json") else dict(_pairs(body))


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts, size = [message.get("body", b"")], 0
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise errors.TOO_LARGE
    return b"".join(parts)


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as wrong:
        raise errors.NOT_UTF8() from wrong


def json_object(body: bytes) -> dict[str, Any]:
    """A body that must be a JSON object; what is no JSON (NaN) or nested without end is refused."""
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        raise errors.UNREADABLE_BODY(why="not JSON") from wrong
    if not isinstance(value, dict):
        raise errors.UNREADABLE_BODY(why="a JSON object is expected")
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


async def _multipart(scope: Scope, receive: Receive) -> tuple[dict[str, Any], dict[str, Upload]]:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise errors.TOO_LARGE
        return message

    given: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    try:
        async with Request(scope, counted).form(max_part_size=LARGEST_BODY) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    mime = part.content_type or "application/octet-stream"
                    files[name] = Upload(part.filename or "", mime, await part.read())
                else:
                    given[name] = part
    except (MultiPartException, HTTPException, KeyError) as wrong:
        raise errors.UNREADABLE_BODY(why="broken multipart body") from wrong
    return given, files
