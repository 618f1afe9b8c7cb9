"""What of all that happens reaches the bot: privacy mode, who may know of members, whom the bot has met."""

from typing import TYPE_CHECKING

from sandbox.chats import Chat, InviteLink, Json, Member, Message, User

if TYPE_CHECKING:
    from sandbox.world import World

SERVICE = frozenset(
    (
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "poll_option_added",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
    )
)
# Of its own doings, the bot hears only what the chat says about them.
OWN = SERVICE - {"new_chat_members", "group_chat_created"}


def deliver(world: "World", chat: Chat, message: Message, kind: str = "message") -> None:
    """Tell the bot of a message, if it may hear it; its own words it never hears."""
    if message.author is world.bot and OWN.isdisjoint(message.json):
        return
    if hears(world, chat, message.json):
        if chat.channel:
            world.tell(kind.replace("message", "channel_post"), message.json)
            return
        meet(world, message.author)
        world.tell(kind, message.json)


def meet(world: "World", user: User) -> None:
    """From now on the bot knows this person."""
    world.users[user.id].seen = True


def hears(world: "World", chat: Chat, message: Json) -> bool:
    """Privacy mode: in a group the bot hears commands and answers meant for it, and what the group itself says."""
    if chat.private:
        return True
    member = chat.member(world.bot.id)
    if not member or not member.present:
        return False
    if chat.channel or not world.settings.privacy or member.admin or not SERVICE.isdisjoint(message):
        return True
    reply = message.get("reply_to_message")
    # In a topic every message formally answers the line that opened it: that is no word to the bot.
    if reply and reply.get("from", {}).get("id") == world.bot.id and "forum_topic_created" not in reply:
        return True
    name = world.bot.username.lower()
    for entity in message.get("entities", ()) or message.get("caption_entities", ()):
        if entity["type"] == "bot_command":
            command = _slice(message.get("text") or message.get("caption", ""), entity).lower()
            if command.endswith(f"@{name}"):
                return True
            # A bare command goes to the bot that spoke last; here there is only one.
            if entity["offset"] == 0 and "@" not in command and chat.bot_spoke:
                return True
    return False


def _slice(text: str, entity: Json) -> str:
    start = entity["offset"] * 2
    return text.encode("utf-16-le", "surrogatepass")[start : start + entity["length"] * 2].decode("utf-16-le")


def standing(
    world: "World",
    chat: Chat,
    by: User,
    old: Member,
    new: Member,
    *,
    link: InviteLink | None = None,
    asked: bool = False,
) -> None:
    """Tell the bot that somebody's standing in a chat changed: always its own, others' only if it is an admin."""
    payload: Json = {
        "chat": chat.json(),
        "from": by.json(),
        "date": world.clock.seconds(),
        "old_chat_member": old.json(chat.type),
        "new_chat_member": new.json(chat.type),
    }
    if link:
        payload["invite_link"] = link.json()
    if asked:
        payload["via_join_request"] = True
    if new.user.id == world.bot.id:
        meet(world, by)
        world.tell("my_chat_member", payload)
        return
    bot = chat.member(world.bot.id)
    if bot and bot.admin:
        meet(world, new.user)
        world.tell("chat_member", payload)
