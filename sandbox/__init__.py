"""A Telegram to practise on: a Bot API server on this computer, with people who have phones.

It knows nothing of the bot that talks to it, and imports nothing of it. Begin with ``World`` (the state), ``Person``
(what people do) and ``Sandbox`` (the server); ``serving`` puts it on a port.
"""

from sandbox.clock import Clock
from sandbox.errors import ApiError, ConnectionDropped
from sandbox.faults import Fault
from sandbox.people import CannotDo, Person, Press
from sandbox.server import Sandbox
from sandbox.serving import run, serving
from sandbox.world import Call, Group, Settings, Someone, Toast, World

__all__ = [
    "ApiError",
    "Call",
    "CannotDo",
    "Clock",
    "ConnectionDropped",
    "Fault",
    "Group",
    "Person",
    "Press",
    "Sandbox",
    "Settings",
    "Someone",
    "Toast",
    "World",
    "run",
    "serving",
]
