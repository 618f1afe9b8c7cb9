"""The Bot API's methods: in each file the requests of one subject, each followed by what it does."""

from sandbox.methods import (
    albums,
    answers,
    chats,
    editing,
    invites,
    media,
    members,
    passing,
    polls,
    profile,
    sending,
    session,
    things,
    topics,
)

__all__ = [
    "albums",
    "answers",
    "chats",
    "editing",
    "invites",
    "media",
    "members",
    "passing",
    "polls",
    "profile",
    "sending",
    "session",
    "things",
    "topics",
]
