"""The Bot API's methods: in each file the requests of one subject, each followed by what it does."""

from sandbox.methods import answers, chats, editing, polls, profile, sending, session

__all__ = ["answers", "chats", "editing", "polls", "profile", "sending", "session"]
