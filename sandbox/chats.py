"""Who and what exists: people, the bot, chats, memberships, messages. Plain records, no rules."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
    "can_post_messages",
    "can_edit_messages",
    "can_manage_direct_messages",
)
CHANNEL_RIGHTS = frozenset(("can_post_messages", "can_edit_messages", "can_manage_direct_messages"))
GROUP_RIGHTS = frozenset(("can_pin_messages", "can_manage_topics", "can_manage_tags"))
DEFAULT_ADMIN_RIGHTS = frozenset(
    ("can_manage_chat", "can_delete_messages", "can_restrict_members", "can_invite_users", "can_pin_messages")
)
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
# What people in a new group may do; pinning and the group's name are left to admins.
DEFAULT_PERMISSIONS = frozenset(PERMISSIONS) - {"can_change_info", "can_pin_messages", "can_manage_topics"}
PRESENT = frozenset(("creator", "administrator", "member", "restricted"))


@dataclass
class User:
    """A person with a phone, or the bot itself."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "zh-hans"
    phone: str = ""
    is_bot: bool = False
    seen: bool = False  # the bot has met this person (wrote to it, or shares a group)
    started: bool = False  # the person pressed Start, so the bot may write first
    blocked: bool = False
    deleted: bool = False

    @property
    def name(self) -> str:
        """The name as a chat list shows it."""
        return f"{self.first_name} {self.last_name}".strip()

    def json(self) -> Json:
        """Telegram's User."""
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if self.language_code and not self.is_bot:
            user["language_code"] = self.language_code
        return user


@dataclass
class Member:
    """How somebody stands in a group or channel."""

    user: User
    status: str = "member"
    rights: frozenset[str] = frozenset()  # an admin's rights, or what a restricted person still may
    until: int = 0  # when a ban or restriction ends (0: never)
    inside: bool = True  # a restricted person may be gone and is restricted all the same
    title: str = ""
    anonymous: bool = False
    editable: bool = False  # the bot made this admin, so it may unmake them

    @property
    def present(self) -> bool:
        """In the group now (not gone, not thrown out)."""
        return self.status in PRESENT and (self.inside or self.status != "restricted")

    @property
    def admin(self) -> bool:
        """May do what admins may."""
        return self.status in ("creator", "administrator")

    def may(self, right: str) -> bool:
        """The owner may everything, an admin what was granted."""
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)

    def json(self, kind: str = "supergroup") -> Json:
        """Telegram's ChatMember, in a chat of that type."""
        member: Json = {"user": self.user.json(), "status": self.status}
        if self.admin:
            if self.status == "administrator":
                member["can_be_edited"] = self.editable
                member |= {right: right in self.rights for right in rights_in(kind)}
            member["is_anonymous"] = self.anonymous
            if self.title:
                member["custom_title"] = self.title
        elif self.status == "restricted":
            member |= {"is_member": self.inside, "until_date": self.until}
            member |= {permission: permission in self.rights for permission in PERMISSIONS}
        elif self.status == "kicked":
            member["until_date"] = self.until
        return member


def rights_in(kind: str) -> tuple[str, ...]:
    """The rights an admin can have in a chat of that type."""
    foreign = GROUP_RIGHTS if kind == "channel" else CHANNEL_RIGHTS
    if kind == "group":
        foreign |= {"can_manage_topics"}
    return tuple(right for right in ADMIN_RIGHTS if right not in foreign)


@dataclass
class Message:
    """One message: what Telegram would show of it (``json``) and what only the sandbox knows."""

    json: Json
    author: User
    locked: bool = False  # sent with a reply keyboard: Telegram never lets such a message be edited
    protected: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Its number in the chat."""
        number: int = self.json["message_id"]
        return number

    @property
    def date(self) -> int:
        """When it was sent, in seconds since 1970."""
        date: int = self.json["date"]
        return date

    def quoted(self) -> Json:
        """The message as it is shown inside another one (Telegram never nests deeper)."""
        return {key: value for key, value in self.json.items() if key not in ("reply_to_message", "pinned_message")}


# Who speaks where an admin wishes to stay unknown.
NOBODY = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)


def voice(chat: "Chat", author: User) -> Json:
    """In whose name a message stands: the author's, the channel's, or the group's for an anonymous admin."""
    member = chat.members.get(author.id)
    if chat.channel:
        return {"sender_chat": chat.json()}
    if member and member.admin and member.anonymous:
        signature = {"author_signature": member.title} if member.title else {}
        return {"from": NOBODY.json(), "sender_chat": chat.json()} | signature
    return {"from": author.json()}


GENERAL = 1  # the number of a forum's first topic, which messages never name
ICON_COLOURS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)


@dataclass
class Topic:
    """One topic of a forum; its number is that of the message that opened it."""

    id: int
    name: str
    author: User | None = None
    colour: int = ICON_COLOURS[0]
    emoji: str = ""
    closed: bool = False
    hidden: bool = False  # only the General topic can be

    def json(self) -> Json:
        """Telegram's ForumTopic."""
        return {"message_thread_id": self.id} | self.created()

    def created(self) -> Json:
        """Telegram's ForumTopicCreated."""
        look: Json = {"name": self.name, "icon_color": self.colour}
        if self.emoji:
            look["icon_custom_emoji_id"] = self.emoji
        return look


@dataclass
class InviteLink:
    """A link that lets people in, or lets them ask."""

    link: str
    creator: User
    name: str = ""
    expires: int = 0
    limit: int = 0
    asks: bool = False
    primary: bool = False
    revoked: bool = False
    joined: set[int] = field(default_factory=set)

    def json(self, waiting: int = 0) -> Json:
        """Telegram's ChatInviteLink; ``waiting`` is how many have asked through it."""
        shown: Json = {
            "invite_link": self.link,
            "creator": self.creator.json(),
            "creates_join_request": self.asks,
            "is_primary": self.primary,
            "is_revoked": self.revoked,
        }
        if self.name:
            shown["name"] = self.name
        if self.expires:
            shown["expire_date"] = self.expires
        if self.limit:
            shown["member_limit"] = self.limit
        if waiting:
            shown["pending_join_request_count"] = waiting
        return shown


@dataclass(frozen=True)
class JoinRequest:
    """Somebody asks to be let in."""

    user: User
    date: int
    link: InviteLink | None = None
    bio: str = ""


@dataclass
class Chat:
    """A private chat, a group, a supergroup or a channel."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    description: str = ""
    person: User | None = None  # the other side of a private chat
    members: dict[int, Member] = field(default_factory=dict)
    since: dict[int, int] = field(default_factory=dict)  # when those who came later came
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    keyboards: dict[int, Json] = field(default_factory=dict)  # the reply keyboard each person sees
    permissions: frozenset[str] = DEFAULT_PERMISSIONS
    migrated_to: int | None = None
    deleted: bool = False
    bot_spoke: bool = False
    last_id: int = 0  # supergroups and channels count their messages themselves
    topics: dict[int, Topic] = field(default_factory=dict)  # of a forum, the General one first
    links: dict[str, InviteLink] = field(default_factory=dict)
    requests: dict[int, JoinRequest] = field(default_factory=dict)

    @property
    def private(self) -> bool:
        """A chat of one person with the bot."""
        return self.type == "private"

    @property
    def channel(self) -> bool:
        """Where only admins speak, in the channel's name."""
        return self.type == "channel"

    @property
    def forum(self) -> bool:
        """A supergroup that is divided into topics."""
        return bool(self.topics)

    @property
    def last_date(self) -> int:
        """When something was last said here (0: never)."""
        last = next(reversed(self.messages.values()), None)
        return last.date if last else 0

    def member(self, user_id: int) -> Member | None:
        """That person's standing, if they ever were in the group."""
        return self.members.get(user_id)

    def has(self, user_id: int) -> bool:
        """Whether the person is in the chat now."""
        if self.private:
            return user_id == self.id
        member = self.members.get(user_id)
        return member is not None and member.present

    def json(self) -> Json:
        """Telegram's Chat."""
        if self.person:
            user = self.person
            chat: Json = {"id": self.id, "first_name": user.first_name}
            if user.last_name:
                chat["last_name"] = user.last_name
            if user.username:
                chat["username"] = user.username
            chat["type"] = "private"
            return chat
        chat = {"id": self.id, "title": self.title}
        if self.username:
            chat["username"] = self.username
        chat["type"] = self.type
        if self.forum:
            chat["is_forum"] = True
        return chat
