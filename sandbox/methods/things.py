"""What is neither words nor a file: a phone number, a throw of the dice."""

from sandbox import dice, errors
from sandbox.chats import Json
from sandbox.methods.sending import place, send
from sandbox.requests import Sending, method
from sandbox.world import World


class SendContact(Sending):
    phone_number: str
    first_name: str
    last_name: str | None = None
    vcard: str | None = None


@method
def send_contact(world: World, ask: SendContact) -> Json:
    """Hand over somebody's phone number."""
    chat, reply = place(world, ask, "contacts", "can_send_messages")
    contact: Json = {"phone_number": ask.phone_number, "first_name": ask.first_name}
    more = {"last_name": ask.last_name, "vcard": ask.vcard}
    contact |= {name: value for name, value in more.items() if value}
    return send(world, ask, chat, reply, {"contact": contact})


class SendDice(Sending):
    emoji: str | None = None


@method
def send_dice(world: World, ask: SendDice) -> Json:
    """Throw a die; what it shows is settled at once, while phones still see it roll."""
    chat, reply = place(world, ask, "dice", "can_send_other_messages")
    thrown = dice.thrown(ask.emoji or "🎲")
    if thrown is None:
        raise errors.DICE_EMOJI()
    return send(world, ask, chat, reply, {"dice": thrown})
