"""The people one meets in an empty sandbox: a handful of invented colleagues and their group."""

from sandbox.world import TOKEN, Group, Someone, World


def default_world(token: str = TOKEN) -> World:
    """A small cast: five people and a group with the bot in it."""
    people = [
        Someone("李梅", username="limei"),
        Someone("王强", username="wangqiang"),
        Someone("陈静", username="chenjing"),
        Someone("赵磊", username="zhaolei"),
        Someone("Anna", "Keller", username="anna", language_code="en"),
    ]
    group = Group("工会群", ["李梅", "王强", "陈静", "赵磊", "Anna"])
    return World(token, people, group, bot_name="练习机器人", bot_username="practice_bot")
