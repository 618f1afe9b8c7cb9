"""The wire of the tests: python-telegram-bot's transport that calls the sandbox's ASGI application directly."""

import json
from typing import Any
from urllib.parse import unquote

from telegram._utils.types import ODVInput
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from sandbox.errors import ConnectionDropped
from sandbox.server import Sandbox


class Wire(BaseRequest):
    """No socket: one request is one call of the application. What it carries is what a socket would carry."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        body, kind = _encode(request_data)
        path, _, query = ("/" + url.split("://", 1)[1].split("/", 1)[1]).partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (b"host", b"127.0.0.1"),
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        incoming = [{"type": "http.request", "body": body, "more_body": False}]
        status, parts = 0, []

        async def receive() -> dict[str, Any]:
            return incoming.pop() if incoming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        try:
            await self._sandbox(scope, receive, send)
        except ConnectionDropped:
            raise NetworkError("the connection was dropped") from None
        return status, b"".join(parts)


def _encode(data: RequestData | None) -> tuple[bytes, str]:
    if data is None:
        return b"", "application/json"
    if not data.contains_files:
        return json.dumps(data.json_parameters).encode(), "application/json"
    edge = "----------edge"
    out = []
    for name, value in data.json_parameters.items():
        out.append(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file, content, mime) in data.multipart_data.items():
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        out.append(f"{head}Content-Type: {mime}\r\n\r\n".encode() + content + b"\r\n")
    out.append(f"--{edge}--\r\n".encode())
    return b"".join(out), f"multipart/form-data; boundary={edge}"
