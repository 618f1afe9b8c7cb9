"""How words reach Telegram: python-telegram-bot's transport on aiohttp, at about a third of the processor time.

It keeps to what the stock transport (:class:`telegram.request.HTTPXRequest`) does: the same bytes of a request, the
same time-outs, proxies and errors; ``tests/test_transport.py`` runs both through the same trials. Where they differ
is listed in ``docs/decisions/0002-aiohttp-transport.md``.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import logging
import os
import re
import select
import socket
import ssl
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import SplitResult, unquote, urlencode, urlsplit
from urllib.request import getproxies
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.payload import Payload
from aiohttp_socks import ProxyConnector, ProxyError, ProxyTimeoutError, ProxyType
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection
    from telegram._utils.types import ODVInput

KEEPALIVE = 5.0
"""Seconds an idle connection is kept: httpx's own figure, well below the patience of Telegram's servers."""

_NOT_ASKED = type(BaseRequest.DEFAULT_NONE)
_POOL_TIMEOUT = (
    "Pool timeout: All connections in the connection pool are occupied. Request was *not* sent to Telegram. "
    "Consider adjusting the connection pool size or the pool timeout."
)
_HEADERS = {"User-Agent": BaseRequest.USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_SHUT = "This AiohttpRequest is not initialized!"
_log = logging.getLogger(__name__)


def make_request(
    kind: Literal["aiohttp", "httpx"],
    *,
    proxy: str | None = None,
    pool: int = 256,
    read_timeout: float | None = 5.0,
    write_timeout: float | None = 5.0,
    connect_timeout: float | None = 5.0,
    pool_timeout: float | None = 1.0,
    media_write_timeout: float | None = 20.0,
) -> BaseRequest:
    """Build the transport that the settings name; both kinds get the same limits.

    ``pool`` is the number of connections, all of which may stay open between requests (the library by itself leaves
    httpx at 20 idle ones and so reopens the rest all the time). Times are in seconds, ``None`` waits for ever.
    ``proxy`` is an ``http``, ``https``, ``socks5`` or ``socks5h`` address, with ``user:password@`` where it needs one;
    without it the environment (``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY``) decides. ``ValueError`` for any other
    proxy; ``RuntimeError`` for a socks proxy with httpx when its extra (``python-telegram-bot[socks]``) is missing.
    """
    if kind == "aiohttp":
        return AiohttpRequest(
            connection_pool_size=pool,
            read_timeout=read_timeout,
            write_timeout=write_timeout,
            connect_timeout=connect_timeout,
            pool_timeout=pool_timeout,
            proxy=proxy,
            media_write_timeout=media_write_timeout,
        )
    limits = httpx.Limits(max_connections=pool, max_keepalive_connections=pool, keepalive_expiry=KEEPALIVE)
    return HTTPXRequest(
        connection_pool_size=pool,
        read_timeout=read_timeout,
        write_timeout=write_timeout,
        connect_timeout=connect_timeout,
        pool_timeout=pool_timeout,
        proxy=proxy,
        media_write_timeout=media_write_timeout,
        httpx_kwargs={"limits": limits},
    )


def was_not_sent(error: TelegramError) -> bool:
    """Say whether a failed request surely never left this machine, so that repeating it cannot double a message.

    A letter whose fate is unknown (the answer did not come, or the line broke after writing began) may already stand in
    somebody's chat: it must not be repeated blindly. ``True`` only for what is certain: no free connection, no
    connection to Telegram or through the proxy, a transport that is shut down. ``False`` is *unknown*, also for
    errors which Telegram itself answered: those (429, 4xx) tell their meaning by their class.
    """
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, WireError):
            return cause.not_sent
        if isinstance(cause, httpx.PoolTimeout | httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError):
            return True
        if isinstance(cause, httpx.UnsupportedProtocol | httpx.InvalidURL):
            return True
        if isinstance(cause, RuntimeError) and str(cause).endswith("is not initialized!"):
            return True
        cause = cause.__cause__
    return False


class WireError(Exception):
    """What went wrong on the way to Telegram, told without the address, for the address holds the bot's token."""

    def __init__(self, text: str, *, not_sent: bool) -> None:
        super().__init__(text)
        self.not_sent = not_sent


class AiohttpRequest(BaseRequest):
    """Carries the bot's calls to Telegram over a pool of kept connections.

    Times are in seconds, ``None`` waits for ever. Every failure is a :class:`telegram.error.TimedOut` or
    :class:`telegram.error.NetworkError` whose cause is a :class:`WireError`; neither ever shows the token or the
    proxy's password.
    """

    __slots__ = (
        "_attempts",
        "_closed",
        "_environment",
        "_pool",
        "_proxy",
        "_slots",
        "_timeouts",
        "_ways",
    )

    def __init__(
        self,
        connection_pool_size: int = 256,
        read_timeout: float | None = 5.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 1.0,
        proxy: str | None = None,
        media_write_timeout: float | None = 20.0,
    ) -> None:
        self._timeouts = {
            "read": read_timeout,
            "write": write_timeout,
            "media": media_write_timeout,
            "connect": connect_timeout,
            "pool": pool_timeout,
        }
        self._pool = connection_pool_size
        self._proxy = None if proxy is None else _checked(proxy)
        self._open()

    def _open(self) -> None:
        """Begin anew. Sessions are made when first needed: they belong to the loop that runs then."""
        self._closed = False
        self._ways: dict[str | None, _Way] = {}
        self._slots = asyncio.Semaphore(self._pool)
        self._attempts: set[_Attempt] = set()
        self._environment = _Environment()

    @property
    def read_timeout(self) -> float | None:
        """The seconds a request waits for Telegram's answer unless it says otherwise."""
        return self._timeouts["read"]

    async def initialize(self) -> None:
        """Make ready, also after a shutdown; a second call changes nothing."""
        if self._closed:
            self._open()

    async def shutdown(self) -> None:
        """Close every connection, also those in use; a second call changes nothing."""
        if self._closed:
            _log.debug("This AiohttpRequest is already shut down. Returning.")
            return
        self._closed = True
        for attempt in self._attempts:
            attempt.abort()
        for way in self._ways.values():
            await way.session.close()
        self._ways.clear()

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
        """Send one request and return the status and the body of the answer, whatever the status."""
        if self._closed:
            raise RuntimeError(_SHUT)
        body = _encode(request_data)
        if body is not None:
            body.write_timeout = self._seconds(write_timeout, "media" if body.files else "write")
        read = self._seconds(read_timeout, "read")
        connect = self._seconds(connect_timeout, "connect")
        try:
            async with asyncio.timeout(self._seconds(pool_timeout, "pool")):
                await self._slots.acquire()
        except TimeoutError:
            raise TimedOut(_POOL_TIMEOUT) from WireError("PoolTimeout", not_sent=True)
        try:
            return await self._exchange(url, method, body, read, connect)
        finally:
            self._slots.release()

    async def _exchange(
        self, url: str, method: str, body: _Body | None, read: float | None, connect: float | None
    ) -> tuple[int, bytes]:
        headers = _HEADERS if body is None else {**_HEADERS, "Content-Type": body.content_type}
        secure = url.startswith("https:")
        while True:
            if self._closed:  # while it waited for its turn
                raise RuntimeError(_SHUT)
            attempt = _Attempt()
            _attempt.set(attempt)
            self._attempts.add(attempt)
            try:
                way = self._way(url)
                async with way.session.request(
                    method,
                    url,
                    data=body,
                    headers=headers if secure else {**headers, **way.identity},
                    proxy_headers=way.identity if secure else None,
                    timeout=_timeout(connect, read, way),
                    allow_redirects=False,
                    ssl=_tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")) if secure else True,
                ) as response:
                    return response.status, await response.read()
            except _StaleError:
                continue
            except Exception as error:
                failure = _translate(error, handed=attempt.transport is not None)
            finally:
                self._attempts.discard(attempt)
                attempt.bury()
            # Raised out here so that the original, which shows the address, is not even its context.
            raise failure

    def _way(self, url: str) -> _Way:
        """The connections that lead to this address: directly, or through the proxy that is meant for it."""
        proxy = self._proxy or self._environment.proxy_for(url)
        if proxy not in self._ways:
            self._ways[proxy] = _direct() if proxy is None else _through(proxy)
        return self._ways[proxy]

    def _seconds(self, asked: ODVInput[float], default: str) -> float | None:
        """The wait to apply. aiohttp reads 0 as "for ever", the stock transport as "at once": meant is the latter."""
        seconds = self._timeouts[default] if isinstance(asked, _NOT_ASKED) else cast("float | None", asked)
        return None if seconds is None else max(seconds, 0.001)


class _Attempt:
    """One try of one request: remembers the connection it was handed, if it got that far."""

    __slots__ = ("transport",)

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def bury(self) -> None:
        """End a connection that was given up at once: closing politely waits for a peer that may never read on."""
        if self.transport is not None and self.transport.is_closing():
            self.transport.abort()


_attempt: ContextVar[_Attempt] = ContextVar("attempt")
_used: WeakSet[ResponseHandler] = WeakSet()


class _StaleError(Exception):
    """The kept connection was closed by the other side while it lay idle; nothing was written to it."""


class _Request(aiohttp.ClientRequest):
    """A request that looks at its connection before it writes."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        protocol, transport = conn.protocol, conn.transport
        if protocol is None or transport is None:
            raise _StaleError
        if protocol not in _used:
            _used.add(protocol)
            # Nothing waits unseen in a buffer of ours: "written" then means "in the kernel", as with httpx.
            # Not 0, which asyncio's TLS takes for "always full".
            transport.set_write_buffer_limits(high=1, low=0)
        elif _has_something_to_read(transport):
            raise _StaleError
        _attempt.get().transport = transport
        return await super().send(conn)


def _has_something_to_read(transport: asyncio.Transport) -> bool:
    """Whether an idle connection has an end (or an unasked word) waiting which the loop has not seen yet."""
    connection = transport.get_extra_info("socket")
    if connection is None or connection.fileno() < 0:
        return True
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Body(Payload):
    """The bytes of a request, piece by piece; every piece must be on its way within ``write_timeout`` seconds."""

    def __init__(self, pieces: Iterable[bytes], size: int | None, content_type: str, *, files: bool) -> None:
        super().__init__(pieces, content_type=content_type)
        self._size = size
        self.files = files
        self.write_timeout: float | None = None

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("a request body is not kept as text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        for piece in self._value:
            async with asyncio.timeout(self.write_timeout):
                await writer.write(piece)
                await writer.drain()

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        await self.write(writer)


def _encode(request_data: RequestData | None) -> _Body | None:
    """Encode as the stock transport does; forms with files by httpx's own encoder, so that they are the same bytes."""
    if request_data is None:
        return None
    parameters = request_data.json_parameters
    if files := request_data.multipart_data:
        form = httpx.Request("POST", "http://form", data=parameters, files=cast("Any", files))
        size = form.headers.get("Content-Length")
        pieces = cast("Iterable[bytes]", form.stream)
        return _Body(pieces, None if size is None else int(size), form.headers["Content-Type"], files=True)
    if parameters:
        content = urlencode(parameters).encode()
        return _Body((content,), len(content), "application/x-www-form-urlencoded", files=False)
    return None


def _translate(error: Exception, *, handed: bool) -> TelegramError:
    """Turn what aiohttp raised into what the library's callers expect."""
    text = _describe(error)
    timed_out = isinstance(error, TimeoutError | ProxyTimeoutError)
    failure = TimedOut() if timed_out else NetworkError(f"aiohttp.{text}")
    failure.__cause__ = WireError(text, not_sent=not handed)
    return failure


def _describe(error: BaseException) -> str:
    """The kind of an error and the system's reason for it: nothing else of its text, which may hold the address."""
    reasons: list[str] = []
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLError):  # aiohttp's own kinds of it lack what they inherit
            reasons.append(getattr(link, "verify_message", None) or getattr(link, "reason", None) or "")
        elif isinstance(link, socket.gaierror):
            reasons.append(link.strerror or "")
        elif isinstance(link, aiohttp.ClientHttpProxyError):
            reasons.append(f"the proxy answered {link.status}")
        elif isinstance(link, ProxyError):
            reasons.append(f"error code {link.error_code}")
        elif isinstance(link, OSError) and link.errno:
            reasons.append(os.strerror(link.errno))
        link = link.__cause__
    reason = next(filter(None, reversed(reasons)), "")
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to Telegram: its connections, and the words by which a proxy for web pages knows us."""

    session: aiohttp.ClientSession
    kind: Literal["direct", "http", "socks"]
    identity: dict[str, str] = field(default_factory=dict, repr=False)


def _direct() -> _Way:
    # No limit in any pool here: the semaphore in front of them is the limit, and it has a time-out of its own.
    return _Way(_session(aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE)), "direct")


def _through(proxy: str) -> _Way:
    address = urlsplit(proxy)
    host, user, password = address.hostname or "", unquote(address.username or ""), unquote(address.password or "")
    if address.scheme.startswith("socks"):
        connector = ProxyConnector(
            host=host,
            port=address.port or 1080,
            proxy_type=ProxyType.SOCKS5,
            username=user or None,
            password=password if user else None,
            rdns=True,  # the proxy looks the name up, for socks5 as for socks5h: so does httpx
            limit=0,
            keepalive_timeout=KEEPALIVE,
        )
        return _Way(_session(connector), "socks")
    # Not by aiohttp's own means: it puts the password into the keys of its pool, and knows only Latin letters.
    words = base64.b64encode(f"{user}:{password}".encode()).decode()
    identity = {"Proxy-Authorization": f"Basic {words}"} if user or password else {}
    nameless = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
    return _Way(_session(aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE), nameless), "http", identity)


def _session(connector: aiohttp.TCPConnector, proxy: str | None = None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        proxy=proxy,
        request_class=_Request,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Content-Type",),
        max_line_size=65536,
        max_field_size=65536,
    )


def _timeout(connect: float | None, read: float | None, way: _Way) -> aiohttp.ClientTimeout:
    """The waits of one request.

    On the direct way the name, the connection and TLS share ``connect`` seconds. Through a proxy there are three steps,
    each with the wait that httpx gives it: to the proxy, the proxy's answer, TLS behind it.
    """
    whole = step = connect
    if way.kind != "direct":
        whole = None if connect is None or read is None else 2 * connect + read
        if way.kind == "socks":
            step = whole  # the socks library has but one wait for all its steps
    return aiohttp.ClientTimeout(total=None, connect=whole, sock_connect=step, sock_read=read)


@cache
def _tls(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The authorities that the stock transport trusts; the arguments are the environment's that it looks at."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _checked(proxy: str) -> str:
    """The proxy's address, if we can use it. The error does not repeat it: it may hold a password."""
    address = urlsplit(proxy)
    if address.scheme not in ("http", "https", "socks5", "socks5h"):
        raise ValueError("A proxy address must begin with http://, https://, socks5:// or socks5h://.")
    if not address.hostname:
        raise ValueError("A proxy address needs a host.")
    return proxy


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for this address, as the transport would take it."""
    return _Environment().proxy_for(url)


class _Environment:
    """The proxies that the environment names, read once, by the rules of httpx."""

    def __init__(self) -> None:
        named = getproxies()
        exempt = [entry.strip() for entry in named.get("no", "").split(",") if entry.strip()]
        self._proxies = {
            scheme: _checked(address if "://" in address else f"http://{address}")
            for scheme in ("http", "https", "all")
            if (address := named.get(scheme)) and "*" not in exempt
        }
        self._exempt = [_exemption(entry) for entry in exempt]

    def proxy_for(self, url: str) -> str | None:
        """The proxy for this address, or ``None`` for the direct way."""
        if not self._proxies:
            return None
        address = urlsplit(url)
        if any(exempts(address) for exempts in self._exempt):
            return None
        return self._proxies.get(address.scheme) or self._proxies.get("all")


def _exemption(entry: str) -> Callable[[SplitResult], bool]:
    """One word of ``NO_PROXY``: a host, a domain with all below it, an address, or any of these with a port."""
    if "://" not in entry:
        bare = entry.split("/")[0]
        try:
            version = ipaddress.ip_address(bare).version
        except ValueError:
            entry = f"all://{entry}" if entry.lower() == "localhost" else f"all://*{entry}"
        else:
            entry = f"all://[{bare}]" if version == 6 else f"all://{bare}"
    pattern = urlsplit(entry)
    scheme, host, port = pattern.scheme, pattern.hostname or "", pattern.port
    domain = re.escape(host.lstrip("*"))
    if host.startswith("*."):
        domain = f".+{domain}"
    elif host.startswith("*"):
        domain = rf"(.+\.)?{domain}"

    def exempts(address: SplitResult) -> bool:
        return (
            scheme in ("all", address.scheme)
            and (host in ("", "*") or re.fullmatch(domain, address.hostname or "") is not None)
            and port in (None, address.port)
        )

    return exempts
