"""The people side over HTTP, for the chat page and for tests from outside. JSON in, JSON out, on this computer only.

POST bodies are JSON objects with ``Content-Type: application/json`` (which a foreign web page cannot send unasked).
``as`` is a person: an id, username or name. ``chat`` is a chat's id, title or username; left out (in a GET: ``bot``),
it is the person's chat with the bot.
In a forum ``topic`` is the topic that is open: what is sent goes there (1 is the General one; /messages shows only it).
Bytes travel as base64. What cannot be done answers 400 ``{"error": words}``.

==============================================  ===============================================================
GET  /sim/state                                 ``{now, moved, world, bot, people: [{id, name, username, language_code,
                                                phone, started, blocked, chats: [{id, type, title, last, recent}]}],
                                                groups: [{id, type, title, topics, members: [{id, name, status}],
                                                …}], pending}``;
                                                ``world`` changes with every reset; ``recent`` are the ids of what
                                                others said of late, to count what is unread
GET  /sim/chats/{chat}/messages?as=P[&after=N]  ``{chat, messages: [line, …], more, keyboard, commands, pinned,
[&last=N]                                       description}``; the lines' fields stand in ``transcript.py``;
                                                ``last`` asks for only the last N (then ``more`` tells of older ones);
                                                ``keyboard`` is the person's reply keyboard (or null), ``commands``
                                                their "/" menu, ``description`` what an empty chat shows;
                                                in a group ``me`` is what the person may (``group_view.py``)
GET  /sim/chats/{chat}/text?as=P                the same as plain text
GET  /sim/events                                server-sent events: ``event: changed`` with ``{chats: [id, …],
                                                people?, commands?, reset?, clock?}``; ``event: toast`` with
                                                ``{person_id, text, show_alert, url, data}``; ``event: action`` with
                                                ``{chat, action}`` ("typing")
GET  /sim/toasts?as=P                           ``{toasts: [{text, show_alert, url, data}]}``
GET  /sim/calls?[method=M][&last=N]             ``{calls: [{method, params, status, done, answer}]}``: what the bot did
GET  /sim/file/{file_id}                        the bytes of a file (or a ``Range`` of them)
POST /sim/start      {as, payload?}             ``{message}``
POST /sim/send       {as, chat?, text, reply_to?}                          ``{message}``
POST /sim/edit       {as, chat?, message, text}                            ``{message}``
POST /sim/delete     {as, chat?, message}                                  ``{}``
POST /sim/react      {as, chat?, message, emoji?}                          ``{}``
POST /sim/press      {as, chat?, message?, button} or {…, data} (forged)   ``{press: {id, data, url, copied}}``
POST /sim/tap        {as, chat?, button}        a reply-keyboard button    ``{message}``
POST /sim/photo      {as, chat?, bytes, caption?, spoiler?}                ``{message}``
POST /sim/document   {as, chat?, name, bytes, caption?, mime?}             ``{message}``
POST /sim/video      {as, chat?, bytes, caption?, name?, mime?, width?, height?, duration?, spoiler?}  ``{message}``
POST /sim/animation  the same                   a GIF                      ``{message}``
POST /sim/audio      {as, chat?, bytes, caption?, name?, mime?, duration?, performer?, title?}         ``{message}``
POST /sim/voice      {as, chat?, bytes, caption?, mime?, duration?}        ``{message}``
POST /sim/video_note {as, chat?, bytes, length?, duration?}                ``{message}``
POST /sim/sticker    {as, chat?, bytes, emoji?}                            ``{message}``
POST /sim/dice       {as, chat?, emoji?}        🎲 🎯 🏀 ⚽ 🎳 🎰            ``{message}``
POST /sim/album      {as, chat?, items: [{kind: photo|video|document|audio, bytes, caption?, …}, …]}   ``{messages}``
POST /sim/contact    {as, chat?, of?}           own number, or another's   ``{message}``
POST /sim/location   {as, chat?, latitude, longitude}                      ``{message}``
POST /sim/poll       {as, chat?, question, options, anonymous?: true, several?, revoting?, shuffled?, hides_results?,
                     adding?, seconds?, correct? ([number, …]: a quiz), explanation?}   ``{message}``
POST /sim/vote       {as, chat?, message?, options}  words or numbers      ``{}``
POST /sim/retract    {as, chat?, message?}      one's vote                 ``{}``
POST /sim/option     {as, chat?, message?, text}  one more option          ``{message}``
POST /sim/stop       {as, chat?, message?}      one's own poll             ``{}``
POST /sim/block      {as, blocked?: true}                                  ``{}``
POST /sim/join       {as, chat, action?: join|leave|add|kick|promote|upgrade|delete, who?, rights?}   ``{chat}``
POST /sim/people     {first_name, last_name?, username?, id?, language_code?, phone?}                 ``{id}``
POST /sim/groups     {as, title, members?, bot?: true, bot_admin?: false, kind?}                      ``{chat}``
                     kind: group, supergroup (so it is unless said otherwise), forum or channel
POST /sim/link       {as, link}                 follow an invite link      ``{chat, inside}``
POST /sim/invite     {as, chat, name?, expires?, limit?, asks?, primary?}                             ``{link}``
                     {as, chat, link}           revoke that link           ``{}``
POST /sim/ask        {as, chat, bio?}           ask to be let in           ``{}``
POST /sim/decide     {as, chat, who, approve?: true}                       ``{}``
POST /sim/member     {as, chat, who, action: promote|demote|mute|unmute|kick|unban, rights?, title?, anonymous?,
                     permissions?, until?}                                 ``{}``
POST /sim/chat       {as, chat, title?, description?, username?, permissions?, topics?: bool}         ``{}``
POST /sim/topic      {as, chat, action: open|rename|close|reopen|delete|hide|unhide, number?, name?}  ``{number}``
POST /sim/pin        {as, chat?, message, pinned?: true}                   ``{}``
POST /sim/clock      {days?, hours?, minutes?, seconds?} or {to: "2026-11-23T08:59:00+08:00"}         ``{now, moved}``
POST /sim/faults     {kind?, method?, chat_id?, times?, skip?, after?, code?, description?, retry_after?, delay?,
                     contains?} or {clear: true}; see ``faults.py``        ``{waiting}``
POST /sim/inject     {update: {…}}              any object as an update    ``{update_id}``
POST /sim/reset      {}                         begin again                ``{}``
==============================================  ===============================================================
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import group_view, topics
from sandbox.acts import there, who
from sandbox.chats import Chat, Json
from sandbox.delivery import SERVICE
from sandbox.errors import ApiError
from sandbox.group_acts import ACTS
from sandbox.people import Person
from sandbox.wire import Upload, json_object
from sandbox.world import World

RECENT = 99  # so many messages are looked at to count the unread ones
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
QUIET = 15.0  # seconds after which a comment keeps the event stream alive


def people_app(world: World, page: Path) -> Starlette:
    """The application for ``/sim`` and the page."""

    def answering(run: Callable[[World, Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return run(world, request)
            except (KeyError, ValueError, TypeError, OverflowError) as wrong:
                return _no(wrong)

        return answer

    async def post(request: Request) -> Response:
        run = ACTS.get(request.path_params["act"])
        if run is None:
            return JSONResponse({"error": "there is no such act"}, 404)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "Content-Type: application/json is needed"}, 415)
        try:
            raw = await request.body()
            body = json_object(raw or b"{}")
            if b"\\u" in raw and request.path_params["act"] != "inject":
                json.dumps(body, ensure_ascii=False).encode()  # half an emoji cannot be typed on a phone
            if "topic" in body:
                body["as"] = who(world, body["as"]).in_topic(int(body.pop("topic")))
            return JSONResponse(run(world, body))
        except (ApiError, KeyError, ValueError, TypeError, OverflowError) as wrong:
            return _no(wrong)

    async def watch(request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(world), media_type="text/event-stream", headers=headers)

    routes: list[BaseRoute] = [
        Route("/sim/state", answering(_state)),
        Route("/sim/chats/{chat:str}/messages", answering(_messages)),
        Route("/sim/chats/{chat:str}/text", answering(_text)),
        Route("/sim/toasts", answering(_toasts)),
        Route("/sim/calls", answering(_calls)),
        Route("/sim/file/{file_id:str}", answering(_file)),
        Route("/sim/events", watch),
        Route("/sim/{act:str}", post, methods=["POST"]),
        Mount("/", _Page(directory=page, html=True, check_dir=False)),
    ]
    return Starlette(routes=routes)


class _Page(StaticFiles):
    """The page's files: never a stale one after an upgrade, and nothing from elsewhere may run in them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, with the rules that the browser shall keep."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = POLICY
        return response


def _no(wrong: Exception) -> Response:
    if isinstance(wrong, ValidationError):
        first = wrong.errors(include_url=False, include_input=False)[0]
        return JSONResponse({"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, 400)
    if isinstance(wrong, UnicodeEncodeError):
        return JSONResponse({"error": "half an emoji (a lone surrogate) is no text"}, 400)
    words = wrong.description if isinstance(wrong, ApiError) else str(wrong.args[0] if wrong.args else wrong)
    if isinstance(wrong, KeyError) and " " not in words:
        words = f"{words} is missing"
    return JSONResponse({"error": words}, 400)


# Looking


def _chat(world: World, request: Request, person: Person) -> Chat:
    """The chat in the path; ``bot`` is the person's own with the bot, as in the page's addresses."""
    return person.private if request.path_params["chat"] == "bot" else there(world, request.path_params)


def _title(world: World, chat: Chat) -> str:
    return world.bot.name if chat.private else chat.title


def _state(world: World, request: Request) -> Response:
    people = []
    for person in world.people():
        chats = []
        for chat in person.chats():
            last = next(iter(person.transcript(chat, 1)), None)
            shown = {"id": chat.id, "type": chat.type, "title": _title(world, chat), "last": last}
            chats.append(shown | {"recent": _recent(chat, person.id)})
        user = person.user
        people.append(
            {
                "id": user.id,
                "name": user.name,
                "username": user.username,
                "language_code": user.language_code,
                "phone": user.phone,
                "started": user.started,
                "blocked": user.blocked,
                "chats": chats,
            }
        )
    groups = [group_view.group(chat) for chat in world.chats.values() if not (chat.private or chat.deleted)]
    state = {
        "now": world.clock.now().isoformat(),
        "moved": world.clock.moved.total_seconds(),
        "world": world.chat_instance,
        "bot": world.bot.json(),
        "people": people,
        "groups": groups,
        "pending": world.pending(),
    }
    return JSONResponse(state)


def _recent(chat: Chat, person_id: int) -> list[int]:
    """What others said of late; that somebody joined is no news to count."""
    latest = islice(reversed(chat.messages.values()), RECENT)
    return [one.id for one in latest if one.author.id != person_id and SERVICE.isdisjoint(one.json)]


def _messages(world: World, request: Request) -> Response:
    person = who(world, request.query_params["as"])
    chat = _chat(world, request, person)
    after = int(request.query_params.get("after", 0))
    last = int(request.query_params["last"]) if "last" in request.query_params else None
    topic = int(request.query_params["topic"]) if "topic" in request.query_params else None
    lines = person.transcript(chat, last, topic)
    total = sum(topic is None or topics.belongs(one, topic) for one in chat.messages.values())
    view = {
        "chat": {"id": chat.id, "type": chat.type, "title": _title(world, chat)},
        "messages": [line for line in lines if line["id"] > after],
        "more": len(lines) < total,
        "keyboard": chat.keyboards.get(person.id),
        "commands": world.profile.commands_for(person.user, chat) if _bot_here(world, chat) else [],
        "pinned": chat.pinned,
        "description": _description(world, person) if chat.private else "",
    }
    if not chat.private:
        view["me"] = group_view.seen_by(world, person.user, chat, topic)
    return JSONResponse(view)


def _description(world: World, person: Person) -> str:
    known = world.profile.descriptions
    return known.get(person.user.language_code.split("-")[0], known.get("", ""))


def _bot_here(world: World, chat: Chat) -> bool:
    return chat.private or chat.has(world.bot.id)


def _text(world: World, request: Request) -> Response:
    person = who(world, request.query_params["as"])
    return PlainTextResponse(person.text(_chat(world, request, person)))


def _toasts(world: World, request: Request) -> Response:
    person = who(world, request.query_params["as"])
    return JSONResponse({"toasts": [asdict(toast) for toast in person.toasts()]})


def _calls(world: World, request: Request) -> Response:
    method = request.query_params.get("method", "")
    last = max(0, int(request.query_params.get("last", 100)))
    calls = [call for call in world.calls if not method or call.method == method]
    shown = [
        {
            "method": call.method,
            "params": {key: _shown(value) for key, value in call.params.items()},
            "status": call.status,
            "done": call.done,
            "answer": call.answer,
        }
        for call in calls[max(0, len(calls) - last) :]
    ]
    return JSONResponse({"calls": shown})


def _shown(value: Any) -> Any:
    return f"<{value.name}, {len(value.data)} bytes>" if isinstance(value, Upload) else value


def _file(world: World, request: Request) -> Response:
    file = world.files.find(request.path_params["file_id"])
    if file is None:
        return JSONResponse({"error": "no such file"}, 404)
    # A document may hold a script; shown on our own page it would run there.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Accept-Ranges": "bytes"}
    if file.kind == "Document":
        headers["Content-Disposition"] = "attachment"
    size = len(file.data)
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    if not asked or not size:
        return Response(file.data, media_type=file.mime, headers=headers)
    # Whoever moves about in a video asks for a piece of it.
    start = int(asked[1]) if asked[1] else max(0, size - int(asked[2] or 0))
    end = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(file.data[start : end + 1], 206, media_type=file.mime, headers=headers)


async def _events(world: World) -> AsyncIterator[str]:
    """What changes, as it changes; a burst of changes becomes one event."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Json] = asyncio.Queue()

    def hear(event: Json) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event)

    end = world.listen(hear)
    try:
        yield ": welcome\n\n"
        while True:
            try:
                async with asyncio.timeout(QUIET):
                    events = [await queue.get()]
            except TimeoutError:
                yield ": still here\n\n"
                continue
            while not queue.empty():
                events.append(queue.get_nowait())
            if any(event.get("closing") for event in events):
                return
            yield _told(events)
    finally:
        end()


def _told(events: list[Json]) -> str:
    out, changed = "", {}
    chats: list[int] = []
    for event in events:
        if "toast" in event:
            out += f"event: toast\ndata: {json.dumps(event['toast'])}\n\n"
        elif "action" in event:
            out += f"event: action\ndata: {json.dumps(event)}\n\n"
        else:
            if "chat" in event and event["chat"] not in chats:
                chats.append(event["chat"])
            changed.update({key: value for key, value in event.items() if key != "chat"})
    if chats or changed:
        out += f"event: changed\ndata: {json.dumps({'chats': chats} | changed)}\n\n"
    return out
