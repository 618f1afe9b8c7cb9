"""What a person does in groups and channels: come, go, invite, decide; a phone shows only what one may do."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox import groups, invites, membership, rights, topics
from sandbox.cannot import CannotDo
from sandbox.chats import GENERAL, Chat, Json, Message, Topic, User
from sandbox.errors import ApiError

if TYPE_CHECKING:
    from sandbox.people import Person
    from sandbox.world import World

Where = Chat | int | str


class GroupLife:
    """The part of a phone that deals with groups and channels."""

    if TYPE_CHECKING:
        world: World
        user: User

        @property
        def id(self) -> int: ...
        def _chat(self, chat: Where | None, message: int | Json | None = None) -> Chat: ...
        def _user(self, user_id: int) -> User: ...
        @staticmethod
        def _message(chat: Chat, message: int | Json) -> Message: ...

    # Coming and going

    def create_group(
        self, title: str, others: "Iterable[Person]" = (), *, bot: bool = True, supergroup: bool = False, kind: str = ""
    ) -> Chat:
        """Make a group with others, and with the bot unless told otherwise; ``kind`` may be a forum or a channel."""
        members = [other.user for other in others]
        what = kind or ("supergroup" if supergroup else "group")
        if what not in ("group", "supergroup", "forum", "channel"):
            raise CannotDo(f"there are no chats of the kind {what!r}")
        return groups.create(self.world, self.user, title, members, bot=bot, kind=what)

    def create_channel(self, title: str, others: "Iterable[Person]" = (), *, bot: bool = True) -> Chat:
        """Make a channel; a bot in it is an admin."""
        return self.create_group(title, others, bot=bot, kind="channel")

    def join(self, chat: Where) -> None:
        """Join a group or channel."""
        where = self.world.chat(chat)
        self._not_banned(where)
        groups.join(self.world, where, self.user)

    def join_link(self, link: str) -> Chat:
        """Follow an invite link: come in, or ask to be let in."""
        found = invites.find(self.world, link)
        if found is None:
            raise CannotDo("this invite link is not good any more")
        chat, invite = found
        self._not_banned(chat)
        invites.come(self.world, chat, self.user, invite)
        return chat

    def ask(self, chat: Where, bio: str = "") -> None:
        """Ask to be let in, without a link."""
        where = self.world.chat(chat)
        self._not_banned(where)
        if where.has(self.id):
            raise CannotDo("you are there already")
        invites.ask(self.world, where, self.user, bio=bio)

    def answer(self, chat: Where, user_id: int, approved: bool = True) -> None:
        """Let somebody in who asked, or not."""
        where = self._deciding(chat, "can_invite_users")
        with _in_plain_words():
            invites.answer(self.world, where, self.user, self._user(user_id), approved)

    def leave(self, chat: Where) -> None:
        """Leave a group or channel."""
        groups.leave(self.world, self.world.chat(chat), self.user)

    def add(self, chat: Where, user_id: int) -> None:
        """Bring somebody (or the bot) into a group."""
        where, user = self._chat(chat), self._user(user_id)
        banned = membership.known(where, user).status == "kicked"
        if not rights.may(where, self.id, "can_restrict_members" if banned else "can_invite_users"):
            raise CannotDo("you are not allowed to add members here")
        groups.join(self.world, where, user, by=self.user)

    # Deciding about others

    def kick(self, chat: Where, user_id: int, until: int | None = None) -> None:
        """Throw somebody (or the bot) out of a group, for good or until some moment (seconds since 1970)."""
        where, user = self._over(chat, user_id, "can_restrict_members")
        groups.leave(self.world, where, user, by=self.user, until=until)

    def unban(self, chat: Where, user_id: int) -> None:
        """Let somebody come back who was thrown out."""
        where, user = self._over(chat, user_id, "can_restrict_members")
        if membership.known(where, user).status == "kicked":
            membership.unban(self.world, where, self.user, user)

    def mute(self, chat: Where, user_id: int, permissions: Iterable[str] = (), until: int | None = None) -> None:
        """Leave somebody only these permissions (none: they can only read), for good or until some moment."""
        where, user = self._over(chat, user_id, "can_restrict_members")
        if where.type != "supergroup":
            raise CannotDo("only members of supergroups can be restricted")
        membership.restrict(self.world, where, self.user, user, permissions, until)

    def promote(
        self,
        chat: Where,
        user_id: int,
        rights: Iterable[str] | None = None,
        *,
        title: str = "",
        anonymous: bool = False,
    ) -> None:
        """Make somebody (or the bot) an admin; with no rights at all: an ordinary member again."""
        where, user = self._over(chat, user_id, "can_promote_members")
        given = groups.default_rights(where) if rights is None else rights
        membership.promote(self.world, where, self.user, user, given, title=title, anonymous=anonymous)

    def restrict(self, chat: Where, permissions: Iterable[str]) -> None:
        """Say what ordinary members (and a bot that is no admin) may do in a group."""
        where = self._deciding(chat, "can_restrict_members")
        where.permissions = frozenset(permissions)
        self.world.changed(where, people=True)

    # The group itself

    def upgrade(self, chat: Where) -> Chat:
        """Turn a group of one's own into a supergroup."""
        where = self._owned(chat)
        if where.type != "group" or where.migrated_to:
            raise CannotDo("only a group can become a supergroup")
        return groups.upgrade(self.world, where, self.user)

    def delete_group(self, chat: Where) -> None:
        """Delete a group of one's own for everybody."""
        where = self._owned(chat)
        where.deleted = True
        self.world.changed(where, people=True)

    def set_title(self, chat: Where, title: str) -> None:
        """Give a group or channel another name."""
        where = self._deciding(chat, "can_change_info")
        if title.strip() and title.strip() != where.title:
            groups.rename(self.world, where, self.user, title.strip())

    def set_description(self, chat: Where, description: str) -> None:
        """Say what a group or channel is about."""
        groups.describe(self.world, self._deciding(chat, "can_change_info"), description)

    def set_username(self, chat: Where, username: str) -> None:
        """Make a supergroup or channel public under a name (or, with an empty name, private again)."""
        where = self._deciding(chat, "can_change_info")
        if where.type not in ("supergroup", "channel"):
            raise CannotDo("only supergroups and channels can be public")
        where.username = username.removeprefix("@")
        self.world.changed(where, people=True)

    def invite_link(
        self,
        chat: Where,
        name: str = "",
        *,
        expires: int = 0,
        limit: int = 0,
        asks: bool = False,
        primary: bool = False,
    ) -> str:
        """A link that lets others in (or, with ``asks``, lets them ask)."""
        where = self._deciding(chat, "can_invite_users")
        if primary and (known := invites.primary_of(where, self.user)):
            return known.link
        with _in_plain_words():
            link = invites.make(
                self.world, where, self.user, name=name, expires=expires, limit=limit, asks=asks, primary=primary
            )
        return link.link

    def revoke_link(self, chat: Where, link: str) -> None:
        """Let nobody in by this link any more."""
        where = self._deciding(chat, "can_invite_users")
        with _in_plain_words():
            invites.revoke(self.world, where, invites.own(where, self.user, link))

    def pin(self, message: int | Json, chat: Where, pinned: bool = True) -> None:
        """Pin a message for everybody, or unpin it."""
        where = self._chat(chat)
        found = self._message(where, message)
        right = "can_edit_messages" if where.channel else "can_pin_messages"
        if not (where.private or rights.may(where, self.id, right)):
            raise CannotDo("you are not allowed to pin messages here")
        if found.id in where.pinned:
            where.pinned.remove(found.id)
        if pinned:
            where.pinned.append(found.id)
            thread = found.json.get("message_thread_id")
            groups.service(self.world, where, self.user, {"pinned_message": found.quoted()}, thread)
        self.world.changed(where)

    # Topics

    def divide(self, chat: Where, divided: bool = True) -> None:
        """Turn topics on in a supergroup, or off."""
        where = self._deciding(chat, "can_change_info")
        if where.type != "supergroup":
            raise CannotDo("only a supergroup can have topics")
        if divided:
            topics.divide(where)
        else:
            topics.unite(where)
        self.world.changed(where, people=True)

    def open_topic(self, chat: Where, name: str, colour: int | None = None) -> int:
        """Open a new topic; the answer is its number."""
        where = self._deciding(chat, "can_manage_topics")
        if not where.forum or not name.strip():
            raise CannotDo("a topic needs a forum and a name")
        return topics.create(self.world, where, self.user, name.strip(), colour).id

    def rename_topic(self, chat: Where, number: int, name: str) -> None:
        """Give a topic another name."""
        where, topic = self._topic(chat, number)
        with _in_plain_words():
            topics.edit(self.world, where, self.user, topic, name.strip(), None)

    def close_topic(self, chat: Where, number: int, closed: bool = True) -> None:
        """Close a topic, or open it again."""
        where, topic = self._topic(chat, number)
        with _in_plain_words():
            topics.close(self.world, where, self.user, topic, closed)

    def hide_general(self, chat: Where, hidden: bool = True) -> None:
        """Take the General topic out of the list, or show it again."""
        where, _ = self._topic(chat, GENERAL)
        with _in_plain_words():
            topics.hide(self.world, where, self.user, hidden)

    def delete_topic(self, chat: Where, number: int) -> None:
        """Delete a topic with everything in it."""
        where, topic = self._topic(chat, number, "can_delete_messages")
        if number == GENERAL:
            raise CannotDo("the General topic stays")
        topics.delete(self.world, where, topic)

    # What one may

    def _not_banned(self, chat: Chat) -> None:
        if chat.private or membership.known(chat, self.user).status == "kicked":
            raise CannotDo("nobody lets you in there")

    def _owned(self, chat: Where) -> Chat:
        where = self._chat(chat)
        if membership.known(where, self.user).status != "creator":
            raise CannotDo(f"only the owner of {where.title or 'a group'} can do this")
        return where

    def _deciding(self, chat: Where, right: str) -> Chat:
        where = self._chat(chat)
        if where.private or not rights.may(where, self.id, right):
            raise CannotDo(f"{self.user.name} is not allowed to do this in {where.title or 'this chat'}")
        return where

    def _over(self, chat: Where, user_id: int, right: str) -> tuple[Chat, User]:
        """Somebody one may decide about: never the owner, and of the admins only the owner decides."""
        where = self._chat(chat)
        if not rights.has_right(where, self.id, right):
            raise CannotDo(f"{self.user.name} is not allowed to do this in {where.title or 'this chat'}")
        member = membership.known(where, self._user(user_id))
        owner = membership.known(where, self.user).status == "creator"
        if member.status == "creator" or (member.admin and not owner):
            raise CannotDo(f"{member.user.name} is an admin of {where.title}")
        return where, member.user

    def _topic(self, chat: Where, number: int, right: str = "can_manage_topics") -> tuple[Chat, Topic]:
        where = self._chat(chat)
        topic = where.topics.get(number)
        if topic is None:
            raise CannotDo(f"there is no topic {number} here")
        if topic.author is not self.user and not rights.has_right(where, self.id, right):
            raise CannotDo("this is not your topic")
        return where, topic


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """What Telegram refuses to a bot, a phone just does not offer."""
    try:
        yield
    except ApiError as refused:
        raise CannotDo(refused.description.removeprefix("Bad Request: ")) from refused
