"""Voting: who may, what becomes of it, and what of a poll somebody sees before, after, and at the end."""

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox import polls, transcript_media
from sandbox.cannot import CannotDo
from sandbox.chats import Chat, Json, User, voice
from sandbox.delivery import meet
from sandbox.polls import Poll

if TYPE_CHECKING:
    from sandbox.world import World

DAY = 86_400  # seconds


def chosen(poll: Poll, options: "int | str | Iterable[int | str]") -> list[int]:
    """The options somebody means, by their words or their numbers from 0 on, in the poll's order."""
    named = [options] if isinstance(options, int | str) else list(options)
    words = [option.text for option in poll.design.options]
    found = set()
    for name in named:
        if isinstance(name, str) and name in words:
            found.add(words.index(name))
        elif isinstance(name, int) and not isinstance(name, bool) and 0 <= name < len(words):
            found.add(name)
        else:
            raise CannotDo(f"there is no option {name!r}; there is: {', '.join(words)}")
    return sorted(found)


def vote(world: "World", poll: Poll, chat: Chat, user: User, options: list[int]) -> None:
    """Count somebody's vote, or change it where that is allowed."""
    _open(poll)
    if not _old_enough(poll, user):
        raise CannotDo("only those who have been members for a day can vote")
    if not options:
        raise CannotDo("choose an option first")
    if len(options) > 1 and not poll.design.several:
        raise CannotDo("only one option can be chosen")
    before = poll.votes.get(user.id)
    if before == tuple(options):
        return
    if before is not None and not poll.design.revoting:
        raise CannotDo("this vote is final")
    _set(world, poll, chat, user, tuple(options))


def _old_enough(poll: Poll, user: User) -> bool:
    """Some channels let only those vote who had been there for more than a day when they were asked."""
    if not poll.design.members_only:
        return True
    return poll.home.has(user.id) and poll.home.since.get(user.id, 0) < poll.made - DAY


def retract(world: "World", poll: Poll, chat: Chat, user: User) -> None:
    """Take a vote back."""
    _open(poll)
    if user.id not in poll.votes:
        raise CannotDo("there is no vote to retract")
    if not poll.design.revoting:
        raise CannotDo("this vote is final")
    _set(world, poll, chat, user, ())


def _open(poll: Poll) -> None:
    if poll.closed:
        raise CannotDo("the poll is closed")


def _set(world: "World", poll: Poll, chat: Chat, user: User, options: tuple[int, ...]) -> None:
    mask = voice(chat, user).get("sender_chat")
    poll.masks.pop(user.id, None)
    if mask:
        poll.masks[user.id] = mask
    if options:
        poll.votes[user.id] = options
    else:
        del poll.votes[user.id]
    polls.changed(world, poll)
    if poll.author is not world.bot:
        return
    if not poll.design.anonymous:
        if not mask:
            meet(world, user)
        answer: Json = {
            "poll_id": poll.id,
            **({"voter_chat": mask} if mask else {"user": user.json()}),
            "option_ids": list(options),
            "option_persistent_ids": [poll.option_ids[option] for option in options],
        }
        world.tell("poll_answer", answer)
    polls.tell(world, poll)


# Seeing


def seen_by(world: "World", poll: Poll, user: User) -> Json:
    """The poll as one person sees it: no results before voting, nor before the end where they are kept secret.

    Whoever asked sees them from the beginning.
    """
    design, own = poll.design, poll.votes.get(user.id)
    barred = not _old_enough(poll, user)  # who cannot vote has nothing to wait for
    results = poll.closed or barred or poll.author is user or (own is not None and not design.hides_results)
    seen: Json = {
        "id": poll.id,
        "question": design.question.text,
        "entities": design.question.entities,
        "quiz": design.quiz,
        "anonymous": design.anonymous,
        "several": design.several,
        "revoting": design.revoting,
        "hides_results": design.hides_results,
        "adding": design.adding and not poll.closed and len(design.options) < polls.OPTIONS_LIMIT,
        "closed": poll.closed,
        "results": results,
        "voters": poll.voters,
        "voted": own is not None,
        "barred": barred,
        "mine": poll.author is user,
        "options": [_option(world, poll, number, own or (), results) for number in _order(poll, user)],
    }
    if design.media:
        seen["media"] = _media(world, design.media)
    if design.description.text:
        seen |= {"description": design.description.text, "description_entities": design.description.entities}
    if results and design.quiz:
        if own is not None:
            seen["right"] = list(own) == design.correct
        if design.explanation_media:
            seen["explanation_media"] = _media(world, design.explanation_media)
        if design.explanation.text:
            seen |= {"explanation": design.explanation.text, "explanation_entities": design.explanation.entities}
    if poll.close_date and not poll.closed:
        left = max(0, poll.close_date - world.clock.seconds())
        seen |= {"closes_at": poll.close_date, "open_period": poll.open_period, "seconds": left}
    return seen


def _option(world: "World", poll: Poll, number: int, own: tuple[int, ...], results: bool) -> Json:
    words = poll.design.options[number]
    option: Json = {"index": number, "text": words.text, "entities": words.entities, "chosen": number in own}
    if media := poll.media_of(number):
        option["media"] = _media(world, media)
    if results:
        counts = poll.counts()
        option |= {"votes": counts[number], "percent": percentages(counts, poll.voters)[number]}
        if not poll.design.anonymous:
            voters = [user_id for user_id, vote in poll.votes.items() if number in vote]
            option["voters"] = [_voter(world, poll, user_id) for user_id in voters]
        if poll.design.quiz:
            option["correct"] = number in poll.design.correct
    return option


def _voter(world: "World", poll: Poll, user_id: int) -> Json:
    if mask := poll.masks.get(user_id):
        return {"id": mask["id"], "name": mask["title"]}
    return {"id": user_id, "name": world.users[user_id].name}


def _media(world: "World", media: Json) -> Json:
    """A file or place as in any line of a transcript."""
    return transcript_media.fields(world, media) | {key: media[key] for key in ("location", "venue") if key in media}


def _order(poll: Poll, user: User) -> list[int]:
    """The options' order: for everybody a different one, but always the same, where the poll is shuffled."""
    numbers = list(range(len(poll.option_ids)))
    if poll.design.shuffled and poll.author is not user:
        random.Random(f"{user.id} {poll.id}").shuffle(numbers)
    return numbers


def percentages(counts: list[int], voters: int) -> list[int]:
    """Whole percents as Telegram rounds them: equal counts get equal numbers, and one-vote polls never exceed 100."""
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    if voters != total:  # several answers each: the numbers need not add up
        return [(count * 200 + voters) // voters // 2 for count in counts]
    shares = [count * 100 // total for count in counts]
    missing = [(share + 1) * total - count * 100 for share, count in zip(shares, counts, strict=True)]
    left = 100 - sum(shares)
    # The nearest to the next whole number first, and among those what more options share.
    for count in sorted(
        set(counts), key=lambda one: (missing[counts.index(one)], -counts.count(one), counts.index(one))
    ):
        gap, alike = missing[counts.index(count)], counts.count(count)
        half = 2 * gap == total and shares[counts.index(count)] >= 50
        if 2 * gap > total or half or alike > left:
            continue
        left -= alike
        shares = [share + (one == count) for share, one in zip(shares, counts, strict=True)]
    return shares


def as_lines(poll: Json) -> list[str]:
    """The poll as plain lines, for reading and asserting."""
    kind = "quiz" if poll["quiz"] else "poll"
    lines = [f"<{kind}> {poll['question']}"]
    for option in poll["options"]:
        mark = "x" if option["chosen"] else " "
        result = f" {option['votes']} ({option['percent']}%)" if "votes" in option else ""
        sign = " ✓" if option.get("correct") else " ✗" if option["chosen"] and "correct" in option else ""
        lines.append(f"  ({mark}) {option['text']}{result}{sign}")
    state = "closed" if poll["closed"] else f"{poll['seconds']} s left" if "seconds" in poll else "open"
    lines.append(f"  {poll['voters']} voted, {state}")
    if "explanation" in poll:
        lines.append(f"  ({poll['explanation']})")
    return lines
