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
)
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
    """How somebody stands in a group."""

    user: User
    status: str = "member"
    rights: frozenset[str] = frozenset()

    @property
    def present(self) -> bool:
        """In the group now (not gone, not thrown out)."""
        return self.status in PRESENT

    @property
    def admin(self) -> bool:
        """May do what admins may."""
        return self.status in ("creator", "administrator")

    def may(self, right: str) -> bool:
        """The owner may everything, an admin what was granted."""
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)

    def json(self) -> Json:
        """Telegram's ChatMember."""
        member: Json = {"user": self.user.json(), "status": self.status}
        if self.status == "creator":
            member["is_anonymous"] = False
        elif self.status == "administrator":
            member |= {"can_be_edited": False, "is_anonymous": False}
            member |= {right: right in self.rights for right in ADMIN_RIGHTS}
        elif self.status == "restricted":
            member |= {"is_member": True, "until_date": 0}
            member |= {permission: permission in self.rights for permission in PERMISSIONS}
        elif self.status == "kicked":
            member["until_date"] = 0
        return member


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


@dataclass
class Chat:
    """A private chat, a group or a supergroup."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    description: str = ""
    person: User | None = None  # the other side of a private chat
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    keyboards: dict[int, Json] = field(default_factory=dict)  # the reply keyboard each person sees
    permissions: frozenset[str] = DEFAULT_PERMISSIONS
    migrated_to: int | None = None
    deleted: bool = False
    bot_spoke: bool = False
    last_id: int = 0  # only supergroups count their messages themselves

    @property
    def private(self) -> bool:
        """A chat of one person with the bot."""
        return self.type == "private"

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
        return chat
