"""MarkdownV2 parse mode; not read yet, and refused rather than shown wrongly."""

from sandbox import errors
from sandbox.chats import Json


def parse(source: str) -> tuple[str, list[Json]]:
    """The clean text and its entities."""
    raise errors.NOT_OFFERED(what="MarkdownV2")
