"""One call of a bot, from its parameters to the answer: the ordered fault, the check, the effect, the record."""

import asyncio
import inspect
import json
from dataclasses import dataclass
from typing import Any

from sandbox import errors, methods
from sandbox.chats import Json
from sandbox.errors import ApiError, ConnectionDropped
from sandbox.faults import Fault
from sandbox.methods.session import Raw, Told
from sandbox.requests import METHODS, read
from sandbox.wire import Upload
from sandbox.world import Call, World

__all__ = ["Answer", "answer_error", "call", "methods"]


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes
    retry_after: int | None = None


async def call(world: World, name: str, params: Json, files: dict[str, Upload]) -> Answer:
    """Carry out a call of the bot. Raises NoAnswer or ConnectionDropped if such a fault was ordered."""
    method = METHODS.get(name.lower())
    proper = method.name if method else name
    fault = None
    if world.faults.waiting:
        text = str(params.get("text") or params.get("caption") or "")
        fault = world.faults.strike(proper, params.get("chat_id"), text)
    answer, done = Answer(0, b"{}"), False
    try:
        if fault and not fault.after:
            await _trouble(fault)
        world.enter()
        if method is None:
            raise errors.NO_SUCH_METHOD
        result = method.run(world, read(method.request, params, files))
        if inspect.isawaitable(result):
            result = await result
        done = True
        if fault and fault.after:
            await _trouble(fault)
        answer = Answer(200, _success(result))
    except ApiError as refusal:
        answer = answer_error(refusal)
    except RecursionError:  # JSON in JSON text (a keyboard, say) that goes down without end
        answer = answer_error(errors.UNREADABLE_BODY(why="nested too deeply"))
    finally:
        # Polling says nothing about what the bot did, and would drown the rest.
        if proper != "getUpdates" or answer.status not in (0, 200):
            world.calls.append(Call(proper, {**params, **files}, answer.status, answer.body, done))
    return answer


async def _trouble(fault: Fault) -> None:
    if fault.kind == "delay":
        await asyncio.sleep(fault.delay)
    elif fault.kind == "silence":
        raise errors.NoAnswer
    elif fault.kind == "drop":
        raise ConnectionDropped("the line was cut, as ordered")
    else:
        raise fault.error()


def _success(result: Any) -> bytes:
    if isinstance(result, Raw):
        return f'{{"ok":true,"result":{result.text}}}'.encode()
    if isinstance(result, Told):
        return json.dumps({"ok": True, "result": result.result, "description": result.description}).encode()
    return b'{"ok":true,"result":' + json.dumps(result).encode() + b"}"


def answer_error(refusal: ApiError) -> Answer:
    """The envelope of a refusal."""
    return Answer(refusal.code, json.dumps(refusal.body()).encode(), refusal.parameters.get("retry_after"))
