"""What the bot says about itself: its commands menu, its name and descriptions, the menu button."""

from dataclasses import dataclass, field

from sandbox.chats import Chat, Json, User

Scope = tuple[str, ...]  # ("default",), ("chat", "123"), ("chat_member", "-100…", "5…"), …


@dataclass
class Profile:
    """The bot's profile, by scope and language."""

    commands: dict[tuple[Scope, str], list[Json]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int, Json] = field(default_factory=dict)  # 0: everybody's

    def commands_for(self, user: User, chat: Chat) -> list[Json]:
        """The menu this person sees in this chat: the narrowest scope that has one, in their language first."""
        if chat.private:
            scopes: list[Scope] = [("chat", str(chat.id)), ("all_private_chats",)]
        else:
            member = chat.member(user.id)
            admin = bool(member and member.admin)
            scopes = [("chat_member", str(chat.id), str(user.id))]
            scopes += [("chat_administrators", str(chat.id))] if admin else []
            scopes += [("chat", str(chat.id))]
            scopes += [("all_chat_administrators",)] if admin else []
            scopes += [("all_group_chats",)]
        language = user.language_code.split("-")[0]
        for scope in [*scopes, ("default",)]:
            for code in (language, ""):
                if (scope, code) in self.commands:
                    return self.commands[scope, code]
        return []
