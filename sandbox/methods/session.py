"""Who the bot is and how it hears of things: getMe, getUpdates, the webhook."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox import errors
from sandbox.chats import Json
from sandbox.requests import Request, method
from sandbox.shapes import InputFile
from sandbox.world import World

LONGEST_POLL = 50


@dataclass(frozen=True)
class Raw:
    """A result that is JSON text already."""

    text: str


@dataclass(frozen=True)
class Told:
    """A result with a word of explanation beside it."""

    result: Any
    description: str


class GetMe(Request):
    pass


@method
def get_me(world: World, ask: GetMe) -> Json:
    """Who am I."""
    return world.bot_member_json


class GetUpdates(Request):
    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: Any = None


@method
async def get_updates(world: World, ask: GetUpdates) -> Raw:
    """What happened since; waits up to ``timeout`` seconds when nothing did."""
    if world.webhook:
        raise errors.WEBHOOK_ACTIVE()
    if ask.allowed_updates is not None:
        world.queue.allow(ask.allowed_updates)
    offset = ask.offset or 0
    limit = min(max(ask.limit or 100, 1), 100)
    timeout = min(max(ask.timeout or 0, 0), LONGEST_POLL)
    if world.settings.strict_polling:
        last_offset, last_start, last_end = world.queue.last_poll
        now = time.monotonic()
        if offset == last_offset:
            timeout = 3 if timeout < 3 and now < last_start + 3 else timeout
            limit = 1 if now < last_end + 0.5 else limit
    started = time.monotonic()
    try:
        taken = await world.queue.poll(offset, limit, timeout)
    finally:
        world.queue.last_poll = (offset, started, time.monotonic())
    return Raw("[" + ",".join(update.text for update in taken) + "]")


class SetWebhook(Request):
    keeps_empty: ClassVar[frozenset[str]] = frozenset(("url",))

    url: str
    certificate: InputFile | None = None
    ip_address: str | None = None
    max_connections: int | None = None
    allowed_updates: Any = None
    drop_pending_updates: bool | None = None
    secret_token: str | None = None


@method
def set_webhook(world: World, ask: SetWebhook) -> Told:
    """From now on updates are pushed to that address (the pushing itself is not built yet)."""
    if not ask.url:
        return delete_webhook(world, DeleteWebhook(drop_pending_updates=ask.drop_pending_updates))
    if not re.match(r"https?://[^\s/]+", ask.url):
        raise errors.WEBHOOK_URL()
    if ask.secret_token and len(ask.secret_token) > 256:
        raise errors.SECRET_TOO_LONG()
    if ask.secret_token and not re.fullmatch(r"[A-Za-z0-9_-]+", ask.secret_token):
        raise errors.SECRET_CHARACTERS()
    if ask.allowed_updates is not None:
        world.queue.allow(ask.allowed_updates)
    if ask.drop_pending_updates:
        world.queue.drop()
    new = {
        "url": ask.url,
        "has_custom_certificate": ask.certificate is not None,
        "max_connections": ask.max_connections or 40,
        "secret_token": ask.secret_token or "",
    }
    if world.webhook == new:
        return Told(True, "Webhook is already set")
    world.queue.interrupt(errors.WEBHOOK_SET_WHILE_POLLING())
    world.webhook = new
    return Told(True, "Webhook was set")


class DeleteWebhook(Request):
    drop_pending_updates: bool | None = None


@method
def delete_webhook(world: World, ask: DeleteWebhook) -> Told:
    """Back to getUpdates."""
    if ask.drop_pending_updates:
        world.queue.drop()
    if world.webhook is None:
        return Told(True, "Webhook is already deleted")
    world.webhook = None
    return Told(True, "Webhook was deleted")


class GetWebhookInfo(Request):
    pass


@method
def get_webhook_info(world: World, ask: GetWebhookInfo) -> Json:
    """How the webhook stands and how much waits."""
    hook = world.webhook or {}
    info: Json = {
        "url": hook.get("url", ""),
        "has_custom_certificate": hook.get("has_custom_certificate", False),
        "pending_update_count": world.queue.pending(),
    }
    if hook:
        info["max_connections"] = hook["max_connections"]
    if world.queue.allowed_listed:
        info["allowed_updates"] = world.queue.allowed_listed
    return info


class LogOut(Request):
    pass


@method
def log_out(world: World, ask: LogOut) -> bool:
    """Leave the cloud for a server of one's own; here it means nothing."""
    return True


class Close(Request):
    pass


@method
async def close(world: World, ask: Close) -> bool:
    """Close the bot before moving it to another server; here it means nothing."""
    await asyncio.sleep(0)
    return True
