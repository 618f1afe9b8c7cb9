"""Thrown dice: the six emoji that move, and how far each can count."""

import random

from sandbox.chats import Json

FACES = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}


def thrown(emoji: str) -> Json | None:
    """Telegram's Dice with a value that no longer changes; nothing where that emoji is no die."""
    plain = emoji.removesuffix("\ufe0f")
    if plain not in FACES:
        return None
    return {"emoji": plain, "value": random.randint(1, FACES[plain])}
