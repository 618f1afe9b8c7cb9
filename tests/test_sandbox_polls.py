"""Polls and quizzes: asked by the bot, answered by people, closed by hand or by their own clock."""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import telegram
from telegram.ext import Application, ExtBot, PollAnswerHandler, PollHandler

from sandbox import CannotDo, Clock, Group, Sandbox, Someone, World, membership
from sandbox.chats import Json, Member
from sandbox.voting import percentages
from tests.test_sandbox_people import picture
from tests.test_sandbox_socket import whole
from tests.wire import Wire

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LI = 5_000_000_001
OPEN = {"chat_id": LI, "question": "Where to?", "options": ["Park", "Lake"]}


@pytest.fixture
def world() -> World:
    people = [Someone("Li", id=LI), Someone("Wang"), Someone("Chen")]
    world = World(people=people, group=Group("Group", ["Li", "Wang", "Chen"]), clock=Clock(NOON, ticking=False))
    world.person("Li").start()
    world.queue.drop()
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def call(client: httpx.AsyncClient, world: World, method: str, **params: Any) -> Json:
    """Call a method as most libraries do: objects travel as JSON text."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    body: Json = (await client.post(f"/bot{world.token}/{method}", data=texts)).json()
    return body


async def ask(client: httpx.AsyncClient, world: World, **params: Any) -> Json:
    """Send a poll to the group; gives the message."""
    wanted = {"chat_id": world.chat("Group").id, "question": "Where to?", "options": ["Park", "Lake"]} | params
    answer = await call(client, world, "sendPoll", **wanted)
    assert answer["ok"], answer
    message: Json = answer["result"]
    return message


def told(world: World) -> list[tuple[str, Json]]:
    """The updates that wait, in order, as kind and content; and then they are gone."""
    updates = [json.loads(update.text) for update in world.queue.waiting]
    world.queue.drop()
    return [next(pair for pair in update.items() if pair[0] != "update_id") for update in updates]


async def test_a_poll_is_shown_to_the_bot_as_telegram_writes_it(client: httpx.AsyncClient, world: World) -> None:
    options = [{"text": "<b>Park</b>", "text_parse_mode": "HTML"}, "Lake "]
    poll = (
        await ask(client, world, options=options, description="All *welcome*", description_parse_mode="MarkdownV2")
    )["poll"]
    ids = [option.pop("persistent_id") for option in poll["options"]]
    assert len(set(ids)) == 2
    assert poll.pop("id").isdecimal()
    assert poll == {
        "question": "Where to?",
        "options": [{"text": "Park", "voter_count": 0}, {"text": "Lake", "voter_count": 0}],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
        "type": "regular",
        "description": "All welcome",
        "description_entities": [{"type": "bold", "offset": 4, "length": 7}],
    }


async def test_a_quiz_tells_the_bot_what_is_right_by_its_new_and_its_old_name(
    client: httpx.AsyncClient, world: World
) -> None:
    why = {"explanation": "It is <i>wet</i>", "explanation_parse_mode": "HTML", "open_period": 60}
    poll = (await ask(client, world, type="quiz", correct_option_ids=[1], **why))["poll"]
    assert poll["correct_option_ids"] == [1]
    assert poll["correct_option_id"] == 1
    assert poll["explanation"] == "It is wet"
    assert poll["explanation_entities"] == [{"type": "italic", "offset": 6, "length": 3}]
    assert poll["allows_revoting"] is False
    assert (poll["open_period"], poll["close_date"]) == (60, int(NOON.timestamp()) + 60)
    old = (await ask(client, world, type="quiz", correct_option_id=0))["poll"]
    assert old["correct_option_ids"] == [0]
    assert "open_period" not in old
    assert "close_date" not in old
    two = (await ask(client, world, type="quiz", correct_option_ids=[0, 1], allows_multiple_answers=True))["poll"]
    assert two["correct_option_ids"] == [0, 1]
    assert "correct_option_id" not in two
    date = int(NOON.timestamp()) + 100
    assert (await ask(client, world, close_date=date))["poll"]["open_period"] == 100
    assert (await ask(client, world, close_date=date, open_period=5))["poll"]["open_period"] == 5
    closed = (await ask(client, world, is_closed=True, open_period=60))["poll"]
    assert closed["is_closed"]
    assert "close_date" not in closed
    regular = (await ask(client, world, correct_option_ids=[7], explanation="x" * 300))["poll"]
    assert "correct_option_ids" not in regular
    assert "explanation" not in regular


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"question": None}, "text must be non-empty"),
    ({"question": "  "}, "text must be non-empty"),
    ({"question": "q" * 301}, "poll question length must not exceed 300"),
    (
        {"question": "<b>x", "question_parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    ({"options": None}, "can't parse options JSON object"),
    ({"options": "["}, "can't parse options JSON object"),
    ({"options": {"text": "x"}}, "expected an Array of String as options"),
    ({"options": []}, "poll must have at least one answer option"),
    ({"options": "null"}, "poll must have at least one answer option"),
    ({"options": [str(number) for number in range(13)]}, "poll can't have more than 12 options"),
    ({"options": ["x", ""]}, "text must be non-empty"),
    ({"options": ["x", " \n"]}, "text must be non-empty"),
    ({"options": ["x" * 101]}, "poll options length must not exceed 100"),
    ({"options": [1]}, "can't parse InputPollOption: Expected InputPollOption to be an Object"),
    ({"options": [{}]}, "can't parse InputPollOption: Can't find field \"text\""),
    ({"options": [{"text": "x", "colour": 1}]}, "can't parse InputPollOption: colour: Extra inputs are not permitted"),
    ({"options": [{"text": "x", "text_parse_mode": "BBCode"}]}, "can't parse InputPollOption: Unsupported parse_mode"),
    ({"type": "survey"}, "unsupported poll type specified"),
    ({"chat_id": 1}, "chat not found"),
    ({"chat_id": None}, "chat_id is empty"),
    ({"open_period": 4}, 'wrong value of parameter "open_period": it must be 5-2628000 seconds'),
    ({"open_period": 2628001}, 'wrong value of parameter "open_period": it must be 5-2628000 seconds'),
    (
        {"close_date": int(NOON.timestamp()) + 4},
        'wrong value of parameter "close_date": it must be 5-2628000 seconds ahead',
    ),
    (
        {"close_date": int(NOON.timestamp()) + 2628001},
        'wrong value of parameter "close_date": it must be 5-2628000 seconds ahead',
    ),
    ({"members_only": True}, 'wrong value of parameter "members_only": it is for channel chats only'),
    ({"country_codes": ["CN"]}, 'wrong value of parameter "country_codes": it is for channel chats only'),
    ({"description": "x" * 1025}, "message caption is too long"),
    ({"media": {"type": "photo", "media": "x"}}, "wrong file identifier/HTTP URL specified"),
    ({"media": {"type": "sticker", "media": "x"}}, 'can\'t parse InputMedia: type "sticker" is unsupported'),
    ({"media": {"type": "live_photo"}}, "the sandbox does not offer live photos"),
    ({"media": "{"}, "can't parse media JSON object"),
    (
        {"options": [{"text": "x", "media": {"type": "audio", "media": "x"}}]},
        'can\'t parse InputMedia: type "audio" is unsupported',
    ),
    ({"media": {"type": "location", "latitude": 91, "longitude": 0}}, "wrong location specified"),
    (
        {"allow_adding_options": True},
        'wrong value of parameter "allow_adding_options": it is not for anonymous polls and quizzes',
    ),
    ({"message_thread_id": 7}, "message thread not found"),
    ({"direct_messages_topic_id": 7}, 'unknown parameter "direct_messages_topic_id"'),
    ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ({"type": "quiz"}, "correct quiz option list must be non-empty"),
    ({"type": "quiz", "correct_option_ids": []}, "correct quiz option list must be non-empty"),
    ({"type": "quiz", "correct_option_ids": [1, 0]}, "correct quiz option list must be increasing"),
    ({"type": "quiz", "correct_option_ids": [1, 1]}, "correct quiz option list must be increasing"),
    ({"type": "quiz", "correct_option_ids": [2]}, "wrong quiz correct_option_id"),
    ({"type": "quiz", "correct_option_id": -1}, "wrong quiz correct_option_id"),
    ({"type": "quiz", "correct_option_ids": "first"}, "can't parse correct option identifiers JSON object"),
    ({"type": "quiz", "correct_option_ids": {}}, "expected an Array of correct option identifiers"),
    ({"type": "quiz", "correct_option_ids": ["0"]}, "correct option identifier must be of type Number"),
    ({"type": "quiz", "correct_option_ids": [0.5]}, "invalid correct option identifier specified"),
    (
        {"type": "quiz", "correct_option_ids": [0], "explanation": "x" * 201},
        'wrong value of parameter "explanation": more than 200 characters',
    ),
    (
        {"type": "quiz", "correct_option_ids": [0], "explanation": "a\nb\nc\nd"},
        'wrong value of parameter "explanation": more than 2 line feeds',
    ),
]


@pytest.mark.parametrize(("params", "words"), REFUSED)
async def test_a_wrong_poll_is_refused_in_telegrams_words_and_leaves_nothing(
    client: httpx.AsyncClient, world: World, params: dict[str, Any], words: str
) -> None:
    wanted = {name: value for name, value in (OPEN | params).items() if value is not None}
    answer = await call(client, world, "sendPoll", **wanted)
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}
    assert world.polls == {}
    assert "poll" not in world.person("Li").text()


async def test_limits_count_characters_after_parsing(client: httpx.AsyncClient, world: World) -> None:
    most = {"question": "问" * 300, "options": ["😀" * 100] + [str(number) for number in range(11)]}
    poll = (await ask(client, world, **most, type="quiz", correct_option_ids=[11], explanation="a\nb\n" + "x" * 196))[
        "poll"
    ]
    assert len(poll["options"]) == 12
    assert (await ask(client, world, open_period=2628000))["poll"]["open_period"] == 2628000
    tagged = [{"text": "<b>" + "x" * 100 + "</b>", "text_parse_mode": "HTML"}]
    assert (await ask(client, world, options=tagged))["poll"]["options"][0]["text"] == "x" * 100


async def test_where_polls_are_not_allowed_none_is_sent(client: httpx.AsyncClient, world: World) -> None:
    group = world.chat("Group")
    world.person("Li").restrict(group, ["can_send_messages"])
    answer = await call(client, world, "sendPoll", **OPEN | {"chat_id": group.id})
    assert answer["description"] == "Bad Request: not enough rights to send polls to the chat"
    message = (await call(client, world, "sendPoll", **OPEN))["result"]
    for method in ("forwardMessage", "copyMessage"):
        passed = {"chat_id": group.id, "from_chat_id": LI, "message_id": message["message_id"]}
        answer = await call(client, world, method, **passed)
        assert answer["description"] == "Bad Request: not enough rights to send polls to the chat"


async def test_in_a_channel_votes_are_secret(client: httpx.AsyncClient, world: World) -> None:
    channel = world.new_chat("channel", "News")
    channel.members[world.bot.id] = Member(world.bot, "creator")
    answer = await call(client, world, "sendPoll", **OPEN | {"chat_id": channel.id, "is_anonymous": False})
    assert answer["description"] == "Bad Request: non-anonymous polls can't be sent to channel chats"
    chosen = {"chat_id": channel.id, "members_only": True, "country_codes": ["CN", "FT"]}
    poll = (await call(client, world, "sendPoll", **OPEN | chosen))["result"]["poll"]
    assert poll["members_only"]
    assert poll["country_codes"] == ["CN", "FT"]
    answer = await call(client, world, "sendPoll", **OPEN | chosen | {"country_codes": ["CN"] * 13})
    assert answer["description"] == 'Bad Request: wrong value of parameter "country_codes": more than 12 of them'


async def test_in_some_channels_only_those_vote_who_have_been_there_for_a_day(
    client: httpx.AsyncClient, world: World
) -> None:
    li, wang, chen = world.person("Li"), world.person("Wang"), world.person("Chen")
    channel = li.create_channel("News", [wang])
    world.clock.move(timedelta(days=1, seconds=1))
    chen.join(channel)
    wanted = OPEN | {"chat_id": channel.id, "members_only": True}
    message = (await call(client, world, "sendPoll", **wanted))["result"]
    here = {"from_chat_id": channel.id, "message_id": message["message_id"]}
    forward = (await call(client, world, "forwardMessage", chat_id=LI, **here))["result"]
    wang.vote("Park", message)
    li.vote("Lake", forward)
    with pytest.raises(CannotDo, match="members for a day"):
        chen.vote("Park", message)
    assert chen.transcript(channel)[-1]["poll"]["options"][0]["votes"] == 1, "so the results are no secret"
    world.clock.move(timedelta(days=2))
    with pytest.raises(CannotDo, match="members for a day"):
        chen.vote("Park", message)
    chen.vote("Park", (await call(client, world, "sendPoll", **wanted))["result"])


async def test_an_anonymous_admin_votes_in_the_groups_name(client: httpx.AsyncClient, world: World) -> None:
    li, wang, group = world.person("Li"), world.person("Wang"), world.chat("Group")
    membership.promote(world, group, li.user, wang.user, ["can_pin_messages"], anonymous=True)
    message = await ask(client, world, is_anonymous=False)
    told(world)
    wang.vote("Park", message)
    (_, answer), _ = told(world)
    assert "user" not in answer
    assert answer["voter_chat"]["id"] == group.id
    whole(telegram.PollAnswer.de_json(answer, None))
    li.vote("Park", message)
    assert li.last(group)["poll"]["options"][0]["voters"] == [
        {"id": group.id, "name": "Group"},
        {"id": li.id, "name": "Li"},
    ]


async def test_an_open_vote_names_the_voter_and_a_secret_one_only_counts(
    client: httpx.AsyncClient, world: World
) -> None:
    li, group = world.person("Li"), world.chat("Group")
    message = await ask(client, world, is_anonymous=False, allows_multiple_answers=True)
    ids = [option["persistent_id"] for option in message["poll"]["options"]]
    li.vote(["Lake", "Park"], message)
    (first, answer), (second, poll) = told(world)
    assert (first, second) == ("poll_answer", "poll")
    assert answer == {
        "poll_id": message["poll"]["id"],
        "user": li.user.json(),
        "option_ids": [0, 1],
        "option_persistent_ids": ids,
    }
    assert [option["voter_count"] for option in poll["options"]] == [1, 1]
    assert poll["total_voter_count"] == 1
    li.vote([1, 0], message)
    assert told(world) == [], "the same vote once more changes nothing"
    li.vote("Lake", message)
    assert told(world)[0][1]["option_ids"] == [1]
    li.retract(message)
    (_, answer), (_, poll) = told(world)
    assert answer["option_ids"] == answer["option_persistent_ids"] == []
    assert poll["total_voter_count"] == 0

    await ask(client, world)
    li.vote(0, chat=group)
    ((kind, poll),) = told(world)
    assert kind == "poll"
    assert poll["options"][0]["voter_count"] == 1
    assert "Li" not in json.dumps(poll)


async def test_two_people_who_vote_in_the_same_instant_are_both_counted(
    client: httpx.AsyncClient, world: World
) -> None:
    message = await ask(client, world, is_anonymous=False)
    vote = {"chat": world.chat("Group").id, "message": message["message_id"], "options": ["Park"]}
    answers = await asyncio.gather(
        *(client.post("/sim/vote", json=vote | {"as": name}) for name in ("Li", "Wang", "Chen", "Wang"))
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    updates = told(world)
    assert [content["user"]["first_name"] for kind, content in updates if kind == "poll_answer"] == [
        "Li",
        "Wang",
        "Chen",
    ]
    assert [content["total_voter_count"] for kind, content in updates if kind == "poll"] == [1, 2, 3]


async def test_a_vote_that_a_phone_does_not_offer_is_refused(client: httpx.AsyncClient, world: World) -> None:
    li, stranger = world.person("Li"), world.add_person("Stranger")
    group = world.chat("Group")
    with pytest.raises(CannotDo, match="there is no poll"):
        li.vote("Park", chat=group)
    with pytest.raises(CannotDo, match="there is no poll"):
        li.vote("Park", li.send("not a poll", group))
    message = await ask(client, world)
    with pytest.raises(CannotDo, match="Stranger is not in Group"):
        stranger.vote("Park", message)
    for options, why in (
        ("Sea", "no option 'Sea'"),
        (2, "no option 2"),
        (-1, "no option"),
        ([], "choose an option"),
        ([0, 1], "only one"),
    ):
        with pytest.raises(CannotDo, match=why):
            li.vote(options, message)
    with pytest.raises(CannotDo, match="no vote to retract"):
        li.retract(message)
    assert [kind for kind, _ in told(world)] == []
    quiz = await ask(client, world, type="quiz", correct_option_ids=[0])
    li.vote("Lake", quiz)
    for change in (lambda: li.vote("Park", quiz), lambda: li.retract(quiz)):
        with pytest.raises(CannotDo, match="final"):
            change()
    free = await ask(client, world, type="quiz", correct_option_ids=[0], allows_revoting=True)
    li.vote("Lake", free)
    li.vote("Park", free)
    await call(client, world, "stopPoll", chat_id=group.id, message_id=free["message_id"])
    for change in (lambda: li.vote("Lake", free), lambda: li.retract(free)):
        with pytest.raises(CannotDo, match="closed"):
            change()
    for body in ({"as": "Li", "chat": group.id}, {"as": "Li", "chat": group.id, "options": [{}]}):
        assert (await client.post("/sim/vote", json=body)).status_code == 400


async def test_a_stopped_poll_is_final(client: httpx.AsyncClient, world: World) -> None:
    group = world.chat("Group")
    keys = {"inline_keyboard": [[{"text": "More", "callback_data": "m"}]]}
    message = await ask(client, world, open_period=60, reply_markup=keys, description="x")
    here = {"chat_id": group.id, "message_id": message["message_id"]}
    world.person("Wang").vote("Lake", message)
    told(world)
    poll = (await call(client, world, "stopPoll", **here))["result"]
    assert poll["is_closed"]
    assert poll["total_voter_count"] == 1
    assert "close_date" not in poll
    assert "description" not in poll, "that is for polls inside messages"
    assert told(world) == [("poll", poll)]
    line = world.person("Li").last(group)
    assert line["poll"]["closed"]
    assert "buttons" not in line
    assert (await call(client, world, "stopPoll", **here))["description"] == "Bad Request: poll has already been closed"
    world.clock.move(timedelta(hours=1))
    assert told(world) == [], "its clock has been stopped too"


async def test_only_the_bots_own_polls_can_be_stopped(client: httpx.AsyncClient, world: World) -> None:
    li, group = world.person("Li"), world.chat("Group")
    theirs = li.send_poll("Tea?", ["Yes", "No"], group)
    words = li.send("hi", group)
    mine = await ask(client, world)
    here = {"chat_id": group.id, "message_id": mine["message_id"]}
    forward = (await call(client, world, "forwardMessage", **here | {"from_chat_id": group.id}))["result"]
    for message_id, why in (
        (999, "message with poll to stop not found"),
        (words["message_id"], "message is not a poll"),
        (theirs["message_id"], "poll can't be stopped"),
        (forward["message_id"], "poll can't be stopped"),
    ):
        answer = await call(client, world, "stopPoll", chat_id=group.id, message_id=message_id)
        assert answer["description"] == f"Bad Request: {why}"
    answer = await call(client, world, "stopPoll", chat_id=group.id)
    assert answer["description"] == "Bad Request: message identifier is not specified"


async def test_a_poll_closes_itself_when_the_clock_is_moved(client: httpx.AsyncClient, world: World) -> None:
    li, group = world.person("Li"), world.chat("Group")
    message = await ask(client, world, open_period=60)
    later = await ask(client, world, close_date=int(NOON.timestamp()) + 120)
    li.vote("Park", message)
    told(world)
    world.clock.move(timedelta(seconds=59))
    assert told(world) == []
    assert li.transcript(group)[-2]["poll"]["seconds"] == 1
    world.clock.move(timedelta(seconds=1))
    ((kind, poll),) = told(world)
    assert (kind, poll["id"], poll["is_closed"]) == ("poll", message["poll"]["id"], True)
    with pytest.raises(CannotDo, match="closed"):
        world.person("Wang").vote("Park", message)
    assert not li.last(group)["poll"]["closed"]
    world.clock.move(timedelta(days=1))
    assert [content["id"] for _, content in told(world)] == [later["poll"]["id"]]
    await ask(client, world, open_period=60)
    world.reset()
    world.queue.drop()
    world.clock.move(timedelta(days=1))
    assert told(world) == []


async def test_a_poll_closes_itself_while_the_clock_ticks() -> None:
    world = World(people=[Someone("Li", id=LI)])
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        world.person("Li").start()
        await call(client, world, "sendPoll", **OPEN, open_period=5)
        world.clock.move(timedelta(seconds=3.5))
        assert not world.person("Li").last()["poll"]["closed"]
        for _ in range(300):
            if world.person("Li").last()["poll"]["closed"]:
                break
            await asyncio.sleep(0.01)
        assert told(world)[-1][1]["is_closed"]


async def test_nothing_is_seen_before_voting_and_a_quiz_shows_what_was_right(
    client: httpx.AsyncClient, world: World
) -> None:
    li, wang, group = world.person("Li"), world.person("Wang"), world.chat("Group")
    await ask(client, world, type="quiz", correct_option_ids=[1], explanation="Wet.", open_period=30)
    wang.vote("Lake", chat=group)
    before = li.last(group)["poll"]
    assert before["results"] is before["voted"] is False
    assert "Wet" not in str(before)
    assert all(option.keys() == {"index", "text", "entities", "chosen"} for option in before["options"])
    assert before["voters"] == 1
    assert li.text(group).endswith("<quiz> Where to?\n  ( ) Park\n  ( ) Lake\n  1 voted, 30 s left")
    li.vote("Park", chat=group)
    after = li.last(group)["poll"]
    assert (after["right"], after["explanation"]) == (False, "Wet.")
    assert [
        (option["chosen"], option["correct"], option["votes"], option["percent"]) for option in after["options"]
    ] == [
        (True, False, 1, 50),
        (False, True, 1, 50),
    ]
    assert wang.last(group)["poll"]["right"] is True
    assert li.text(group).endswith(
        "<quiz> Where to?\n  (x) Park 1 (50%) ✗\n  ( ) Lake 1 (50%) ✓\n  2 voted, 30 s left\n  (Wet.)"
    )
    world.clock.move(timedelta(seconds=30))
    end = world.person("Chen").last(group)["poll"]
    assert end["closed"]
    assert end["explanation"] == "Wet."
    assert "right" not in end, "who did not answer was neither right nor wrong"


async def test_results_kept_secret_are_seen_only_at_the_end(client: httpx.AsyncClient, world: World) -> None:
    li, group = world.person("Li"), world.chat("Group")
    message = await ask(client, world, hide_results_until_closes=True, type="quiz", correct_option_ids=[0])
    li.vote("Park", chat=group)
    seen = li.last(group)["poll"]
    assert seen["voted"]
    assert seen["options"][0]["chosen"]
    assert "votes" not in seen["options"][0]
    assert "right" not in seen
    await call(client, world, "stopPoll", chat_id=group.id, message_id=message["message_id"])
    seen = li.last(group)["poll"]
    assert seen["right"]
    assert seen["options"][0]["percent"] == 100


async def test_a_shuffled_poll_has_an_order_for_everybody_and_keeps_it(client: httpx.AsyncClient, world: World) -> None:
    group, names = world.chat("Group"), ("Li", "Wang", "Chen")
    options = [str(number) for number in range(12)]
    await ask(client, world, options=options, shuffle_options=True)
    orders = [[option["text"] for option in world.person(name).last(group)["poll"]["options"]] for name in names]
    assert all(sorted(order, key=int) == options for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    world.person("Li").vote("7", chat=group)
    again = world.person("Li").last(group)["poll"]["options"]
    assert [option["text"] for option in again] == orders[0]
    assert next(option["index"] for option in again if option["chosen"]) == 7


async def test_a_forwarded_poll_is_the_same_poll_and_a_copy_a_new_one(client: httpx.AsyncClient, world: World) -> None:
    li, group = world.person("Li"), world.chat("Group")
    message = await ask(client, world, type="quiz", correct_option_ids=[1], explanation="Wet.", open_period=60)
    here = {"from_chat_id": group.id, "message_id": message["message_id"]}
    forward = (await call(client, world, "forwardMessage", chat_id=LI, **here))["result"]
    assert forward["poll"]["id"] == message["poll"]["id"]
    assert "correct_option_ids" not in forward["poll"], "a forward keeps the secret"
    assert "explanation" not in forward["poll"]
    answer = await call(client, world, "copyMessage", chat_id=LI, from_chat_id=LI, message_id=forward["message_id"])
    assert answer["description"] == "Bad Request: message can't be copied"
    li.vote("Lake", forward)
    assert li.last(group)["poll"]["voters"] == 1
    world.clock.move(timedelta(seconds=10))
    await call(client, world, "copyMessage", chat_id=LI, **here)
    copy = world.chats[LI].messages[max(world.chats[LI].messages)].json["poll"]
    assert copy["id"] != message["poll"]["id"]
    assert (copy["total_voter_count"], copy["open_period"]) == (0, 60)
    assert copy["close_date"] == int(NOON.timestamp()) + 70
    assert copy["correct_option_ids"] == [1]
    told(world)
    world.clock.move(timedelta(seconds=50))
    assert [content["id"] for _, content in told(world)] == [message["poll"]["id"]]
    assert li.transcript()[-2]["poll"]["closed"]
    forwarded = world.chats[LI].messages[forward["message_id"]].json["poll"]
    assert forwarded["correct_option_id"] == 1, "what is right is no secret any more"


async def test_of_peoples_polls_the_bot_sees_only_the_message(client: httpx.AsyncClient, world: World) -> None:
    li, wang, group = world.person("Li"), world.person("Wang"), world.chat("Group")
    li.send_poll("Tea?", ["Yes", "No"], group, anonymous=False)
    assert told(world) == [], "privacy mode"
    wang.vote("Yes", chat=group)
    li.stop_poll(chat=group)
    assert told(world) == [], "not even its end"
    li.promote(group, world.bot.id)
    told(world)
    message = li.send_poll("Cake?", ["Yes", "No"], group, correct=[0], explanation="Sure.", seconds=60)
    ((kind, heard),) = told(world)
    assert kind == "message"
    assert heard["poll"]["question"] == "Cake?"
    assert "correct_option_ids" not in heard["poll"]
    wang.vote("No", chat=group)
    assert told(world) == []
    assert wang.transcript(group)[-1]["poll"]["right"] is False
    with pytest.raises(CannotDo, match="own"):
        wang.stop_poll(message)
    li.stop_poll(message)
    ((kind, poll),) = told(world)
    assert (kind, poll["is_closed"], poll["correct_option_id"]) == ("poll", True, 0)
    li.send_poll("Bye?", ["Yes"], group, seconds=5)
    told(world)
    world.clock.move(timedelta(seconds=5))
    assert told(world) == [], "nobody stopped it"
    with pytest.raises(CannotDo, match="open for"):
        li.send_poll("Hm?", ["Yes"], group, seconds=4)
    body = {"as": "Li", "chat": group.id, "question": "?", "options": ["a", "b"], "several": True}
    assert (await client.post("/sim/poll", json=body)).json()["message"]["poll"]["allows_multiple_answers"]
    for wrong in ({"colour": 1}, {"correct": []}, {"options": []}, {"question": "q" * 256}):
        assert (await client.post("/sim/poll", json=body | wrong)).status_code == 400
    sent = (await client.post("/sim/poll", json=body)).json()["message"]
    there = {"as": "Li", "chat": group.id, "message": sent["message_id"]}
    assert (await client.post("/sim/vote", json=there | {"options": ["a", 1]})).status_code == 200
    assert (await client.post("/sim/retract", json=there)).status_code == 200
    assert (await client.post("/sim/stop", json=there)).status_code == 200
    assert (await client.post("/sim/stop", json=there)).status_code == 400


async def test_voters_add_what_is_missing_where_they_may(client: httpx.AsyncClient, world: World) -> None:
    li, group = world.person("Li"), world.chat("Group")
    message = await ask(client, world, is_anonymous=False, allow_adding_options=True)
    here = {"from_chat_id": group.id, "message_id": message["message_id"]}
    li.add_option(" Sea ", message)
    (first, service), (second, poll) = told(world)
    assert (first, second) == ("message", "poll")
    assert service["poll_option_added"]["option_text"] == "Sea"
    assert service["poll_option_added"]["poll_message"]["message_id"] == message["message_id"]
    option = poll["options"][2]
    assert option["persistent_id"] == service["poll_option_added"]["option_persistent_id"]
    assert option["added_by_user"] == li.user.json()
    assert option["addition_date"] == int(NOON.timestamp())
    world.person("Wang").vote("Sea", message)
    assert told(world)[0][1]["option_ids"] == [2]
    assert "* poll_option_added Sea" in li.text(group)
    copy = (await call(client, world, "copyMessage", chat_id=group.id, **here))["result"]
    li.add_option("Hill", copy["message_id"], group)
    assert len(world.chats[group.id].messages[message["message_id"]].json["poll"]["options"]) == 3
    for text, why in (("Sea", "already"), ("Park", "already")):
        with pytest.raises(CannotDo, match=why):
            li.add_option(text, message)
    forward = (await call(client, world, "forwardMessage", chat_id=LI, **here))["result"]
    closed = await ask(client, world)
    for poll_message in (forward, closed):
        with pytest.raises(CannotDo, match="no options can be added"):
            li.add_option("Sky", poll_message)
    for number in range(9):
        li.add_option(str(number), message)
    (line,) = (line for line in li.transcript(group) if line["id"] == message["message_id"])
    assert line["poll"]["adding"] is False
    there = {"as": "Li", "chat": group.id, "message": message["message_id"]}
    answer = await client.post("/sim/option", json=there | {"text": "13th"})
    assert "can't have more than 12 options" in answer.json()["error"]
    own = li.send_poll("Bring?", ["Tea"], group, adding=True, anonymous=False)
    assert (
        await client.post("/sim/option", json=there | {"message": own["message_id"], "text": "x"})
    ).status_code == 200


async def test_polls_show_pictures_and_places(client: httpx.AsyncClient, world: World) -> None:
    li, group = world.person("Li"), world.chat("Group")
    place = {"type": "venue", "latitude": 40, "longitude": 116.5, "title": "Park", "address": "Gate 1"}
    wanted = {
        "chat_id": group.id,
        "question": "Which?",
        "options": [
            {"text": "This", "media": {"type": "photo", "media": "attach://one"}},
            {"text": "There", "media": place},
        ],
        "media": {"type": "document", "media": "attach://two"},
        "explanation_media": {"type": "location", "latitude": 1, "longitude": 2},
        "type": "quiz",
        "correct_option_ids": [0],
    }
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in wanted.items()}
    files = {"one": ("one.png", picture(), "image/png"), "two": ("two.txt", b"words", "text/plain")}
    body = (await client.post(f"/bot{world.token}/sendPoll", data=texts, files=files)).json()
    assert body["ok"], body
    poll = body["result"]["poll"]
    assert poll["media"]["document"]["file_name"] == "two.txt"
    assert poll["explanation_media"] == {"location": {"latitude": 1, "longitude": 2}}
    assert poll["options"][0]["media"]["photo"][-1]["width"] == 800
    assert poll["options"][1]["media"]["venue"]["title"] == "Park"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole(telegram.Message.de_json(body["result"], None))
    li.vote("This", chat=group)
    (_, update), *_ = told(world)
    assert "media" not in update, "that is for polls inside messages"
    seen = li.last(group)["poll"]
    assert seen["media"]["document"]["name"] == "two.txt"
    assert seen["options"][0]["media"]["photo"]
    assert seen["options"][1]["media"]["venue"]["address"] == "Gate 1"
    assert "location" in seen["explanation_media"]


async def test_in_a_forum_a_poll_stays_in_its_topic(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("Li")
    forum = li.create_group("Forum", kind="forum")
    li.promote(forum, world.bot.id, ["can_manage_topics"])
    topic = (await call(client, world, "createForumTopic", chat_id=forum.id, name="Trips"))["result"][
        "message_thread_id"
    ]
    more = {"is_anonymous": False, "allow_adding_options": True}
    message = await ask(client, world, chat_id=forum.id, message_thread_id=topic, **more)
    assert message["message_thread_id"] == topic
    assert li.add_option("Sea", message)["message_thread_id"] == topic


async def test_an_option_can_be_answered(client: httpx.AsyncClient, world: World) -> None:
    message = await ask(client, world)
    answer = {"message_id": message["message_id"]}
    for option, told_of in ((message["poll"]["options"][1]["persistent_id"], True), ("nonsense", False)):
        wanted = {
            "chat_id": world.chat("Group").id,
            "text": "?",
            "reply_parameters": answer | {"poll_option_id": option},
        }
        said = (await call(client, world, "sendMessage", **wanted))["result"]
        assert (said.get("reply_to_poll_option_id") == option) is told_of


async def test_whoever_asks_sees_the_results_from_the_beginning(client: httpx.AsyncClient, world: World) -> None:
    li, wang, group = world.person("Li"), world.person("Wang"), world.chat("Group")
    message = li.send_poll("Tea?", ["Yes", "No"], group, hides_results=True)
    wang.vote("Yes", message)
    assert li.transcript(group)[-1]["poll"]["options"][0]["votes"] == 1
    assert "votes" not in wang.transcript(group)[-1]["poll"]["options"][0]
    with pytest.raises(CannotDo, match="stays as it is"):
        li.edit(message, "Coffee?")


async def test_nobody_votes_in_a_group_that_is_gone(client: httpx.AsyncClient, world: World) -> None:
    li = world.person("Li")
    small = li.create_group("Small")
    message = (await call(client, world, "sendPoll", **OPEN | {"chat_id": small.id}))["result"]
    li.upgrade(small)
    with pytest.raises(CannotDo, match="any more"):
        li.vote("Park", message)


async def test_privacy_mode_does_not_keep_votes_from_the_bot(client: httpx.AsyncClient, world: World) -> None:
    assert world.settings.privacy
    stranger = world.add_person("Stranger")
    message = await ask(client, world, is_anonymous=False)
    stranger.join(world.chat("Group"))
    told(world)
    stranger.vote("Park", message)
    assert [kind for kind, _ in told(world)] == ["poll_answer", "poll"]


async def test_a_poll_button_works_only_in_private(client: httpx.AsyncClient, world: World) -> None:
    keys = {"keyboard": [[{"text": "Ask", "request_poll": {"type": "quiz"}}]]}
    answer = await call(client, world, "sendMessage", chat_id=world.chat("Group").id, text="?", reply_markup=keys)
    assert answer["description"] == "Bad Request: poll can be requested in private chats only"
    assert (await call(client, world, "sendMessage", chat_id=LI, text="?", reply_markup=keys))["ok"]
    li = world.person("Li")
    with pytest.raises(CannotDo, match="send_poll"):
        li.tap("Ask")
    quiz = li.send_poll("Two and two?", ["3", "4"], correct=[1])
    assert told(world)[-1][1]["poll"]["correct_option_ids"] == [1], "in a private chat the bot knows the answer"
    li.vote("4", quiz)
    assert told(world) == []


def test_percents_are_rounded_as_telegram_rounds_them() -> None:
    assert percentages([0, 0], 0) == [0, 0]
    assert percentages([1, 1, 1], 3) == [33, 33, 33]
    assert percentages([2, 1], 3) == [67, 33]
    assert percentages([1, 1, 4], 6) == [17, 17, 66]
    assert percentages([3, 3], 4) == [75, 75], "several answers each"
    for counts in ([5, 3, 3], [7, 1, 1, 1], [1, 2, 3, 4, 5], [199, 1], [1, 199]):
        shares = percentages(counts, sum(counts))
        assert sum(shares) <= 100
        assert all(abs(share - count * 100 / sum(counts)) < 1 for share, count in zip(shares, counts, strict=True))


async def test_python_telegram_bot_understands_polls_whole_and_hears_every_vote() -> None:
    world = World(people=[Someone("Li", id=LI), Someone("Wang")], group=Group("Group", ["Li", "Wang"]))
    world.queue.drop()
    group = world.chat("Group")
    wire = Wire(Sandbox(world))
    heard: list[telegram.Poll | telegram.PollAnswer] = []

    async def poll(update: telegram.Update, context: Any) -> None:
        assert update.poll
        heard.append(update.poll)

    async def answer(update: telegram.Update, context: Any) -> None:
        assert update.poll_answer
        heard.append(update.poll_answer)

    bot: ExtBot[None] = ExtBot(world.token, request=wire, get_updates_request=wire)
    application = Application.builder().bot(bot).updater(None).build()
    application.add_handlers([PollHandler(poll), PollAnswerHandler(answer)])
    async with application:
        regular = await bot.send_poll(group.id, "Where to?", ["Park", "Lake"], is_anonymous=False, open_period=60)
        with warnings.catch_warnings():  # the library complains of the old name that Telegram still sends
            warnings.simplefilter("ignore")
            quiz = await bot.send_poll(
                group.id,
                "Wet?",
                [telegram.InputPollOption("Park"), telegram.InputPollOption("Lake")],
                type="quiz",
                correct_option_ids=[1],
                explanation="<b>Lake</b>",
                explanation_parse_mode="HTML",
                description="Think",
            )
            whole(regular)
            whole(quiz)
            assert quiz.poll
            assert quiz.poll.correct_option_ids == (1,)
            world.person("Li").vote("Lake", regular.message_id, group)
            world.person("Wang").vote("Lake", quiz.message_id, group)
            whole(await bot.send_poll(group.id, "More?", ["No"], is_anonymous=False, allow_adding_options=True))
            world.person("Li").add_option("Yes", chat=group)
            whole(await bot.stop_poll(group.id, quiz.message_id))
            world.person("Li").retract(regular.message_id, group)
            world.clock.move(timedelta(seconds=61))
            for update in await bot.get_updates():
                whole(update)
                await application.process_update(update)
    answers = [one for one in heard if isinstance(one, telegram.PollAnswer)]
    polls = [one for one in heard if isinstance(one, telegram.Poll)]
    assert [one.option_ids for one in answers] == [(1,), ()]
    assert [(one.id == quiz.poll.id, one.total_voter_count, one.is_closed) for one in polls] == [
        (False, 1, False),
        (True, 1, False),
        (False, 0, False),
        (True, 1, True),
        (False, 0, False),
        (False, 0, True),
    ]
