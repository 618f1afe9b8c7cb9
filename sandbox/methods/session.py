"""Who the bot is and how it hears of things: getMe, getUpdates, the webhook."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox import errors, loopback
from sandbox.chats import Json
from sandbox.errors import ApiError
from sandbox.requests import Request, method
from sandbox.shapes import InputFile
from sandbox.updates import DEFAULT_KINDS
from sandbox.webhook import Target, Webhook
from sandbox.world import World

LONGEST_POLL = 50
LONGEST_SECRET = 256
MOST_CONNECTIONS = 100


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
        await _hold_back(world)
        raise errors.WEBHOOK_ACTIVE()
    _allow(world, ask.allowed_updates)
    offset = ask.offset or 0
    limit = min(max(ask.limit or 100, 1), 100)
    timeout = min(max(ask.timeout or 0, 0), LONGEST_POLL)
    if world.settings.strict_polling:
        limit, timeout = world.pace.ask(offset, limit, timeout, time.monotonic())
    try:
        taken = await world.queue.poll(offset, limit, timeout)
    except ApiError as refusal:
        if refusal.code == errors.OTHER_POLLER.code:
            await _hold_back(world)
        raise
    return Raw("[" + ",".join(update.text for update in taken) + "]")


async def _hold_back(world: World) -> None:
    """Two that fight for the updates are told so at once the first time, and then with a delay."""
    if world.settings.strict_polling:
        await asyncio.sleep(world.pace.conflict(time.monotonic()))


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
    """From now on updates are pushed to that address (if it lies on this computer)."""
    if not ask.url:
        return delete_webhook(world, DeleteWebhook(drop_pending_updates=ask.drop_pending_updates))
    if ask.certificate is not None:
        raise errors.NOT_OFFERED(what="certificates; give an http:// address")
    world.pace.set_webhook(world.clock.now())
    connections = 40 if ask.max_connections is None else min(max(ask.max_connections, 1), MOST_CONNECTIONS)
    target = Target(ask.url, connections, ask.ip_address or "", ask.secret_token or "")
    if world.webhook and world.webhook.target == target and not ask.drop_pending_updates:
        _allow(world, ask.allowed_updates)
        return Told(True, "Webhook is already set")
    # Telegram first takes the old webhook down, so a refused call leaves the bot with none.
    world.queue.interrupt(errors.WEBHOOK_SET_WHILE_POLLING())
    world.replace_webhook(None)
    if ask.drop_pending_updates:
        world.queue.drop()
    parts = loopback.read_url(target.url)
    if len(target.secret_token) > LONGEST_SECRET:
        raise errors.SECRET_TOO_LONG()
    if not re.fullmatch(r"[A-Za-z0-9_-]*", target.secret_token):
        raise errors.SECRET_CHARACTERS()
    _allow(world, ask.allowed_updates)
    addresses = loopback.addresses(parts, target.ip_address)
    if parts.scheme == "https":
        raise errors.NOT_OFFERED(what="webhooks over https; give an http:// address")
    world.replace_webhook(Webhook(world, target, addresses))
    return Told(True, "Webhook was set")


def _allow(world: World, kinds: Any) -> None:
    if kinds is not None:
        world.queue.allow(kinds)


class DeleteWebhook(Request):
    drop_pending_updates: bool | None = None


@method
def delete_webhook(world: World, ask: DeleteWebhook) -> Told:
    """Back to getUpdates."""
    if ask.drop_pending_updates:
        world.queue.drop()
    if world.webhook is None:
        return Told(True, "Webhook is already deleted")
    world.replace_webhook(None)
    return Told(True, "Webhook was deleted")


class GetWebhookInfo(Request):
    pass


@method
def get_webhook_info(world: World, ask: GetWebhookInfo) -> Json:
    """How the webhook stands and how much waits."""
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": world.queue.pending()}
    if world.webhook:
        info |= world.webhook.info()
    if world.queue.allowed != DEFAULT_KINDS:
        info["allowed_updates"] = world.queue.allowed_listed
    return info


class LogOut(Request):
    pass


@method
def log_out(world: World, ask: LogOut) -> bool:
    """Leave for another server: for ten minutes nothing works here, and what waited is gone."""
    world.login.log_out(world.clock.now())
    world.queue.interrupt(errors.LOGGED_OUT)
    world.replace_webhook(None)
    world.queue.drop()
    return True


class Close(Request):
    pass


@method
def close(world: World, ask: Close) -> bool:
    """End the session before moving to another server; nothing is pushed until the bot calls again."""
    world.login.close(world.clock.now())
    world.queue.interrupt(errors.RESTARTED)
    return True
