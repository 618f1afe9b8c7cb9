"""Logs that say what happened, never what people wrote, and never a secret."""

import copy
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType

from jinja2 import TemplateError
from sqlalchemy.exc import IntegrityError, OperationalError

TOKEN = re.compile(
    r"(?<!\d)\d{1,20}:[A-Za-z0-9_-]{20,}"
)  # no \b: in /bot123:… there is no word boundary before the digits
URL_PASSWORD = re.compile(r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)")


# Errors whose first line names things of the program. That of any other may quote what somebody wrote, or a value.
SPEAKING = (AttributeError, ImportError, NameError, TypeError, IntegrityError, OperationalError, TemplateError)


class Redacting(logging.Formatter):
    """Formats the whole line, traceback included, and only then takes the secrets out."""

    def __init__(self, form: str, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self.form = form
        self.secrets = [secret for secret in secrets if len(secret) >= 6]

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The way to a mistake and its kind; its words only where they cannot be somebody's own."""
        error, told = ei[1], list[str]()
        while error is not None and len(told) < 5:
            words = f": {str(error).partition(chr(10))[0]}" if isinstance(error, SPEAKING) else ""
            frames = "".join(traceback.format_tb(error.__traceback__))
            told.append(f"Traceback (most recent call last):\n{frames}{type(error).__name__}{words}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n\nwhich led to\n\n".join(reversed(told))

    def format(self, record: logging.LogRecord) -> str:
        record = copy.copy(record)
        record.exc_text = None  # another handler's way of telling it
        line = super().format(record)
        for secret in self.secrets:
            line = line.replace(secret, "***")
        line = URL_PASSWORD.sub("***", TOKEN.sub("***", line))
        if self.form == "json":
            return json.dumps(
                {"at": self.formatTime(record), "level": record.levelname, "from": record.name, "line": line},
                ensure_ascii=False,
            )
        return line


def set_up(level: str, form: str, secrets: Iterable[str] = ()) -> None:
    """Send all logs of all libraries through one redacting handler to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(form, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "aiohttp", "apscheduler", "telegram", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # at DEBUG the library prints whole updates: what people wrote does not belong in a log
    logging.getLogger("telegram").setLevel(logging.INFO if level == "DEBUG" else logging.WARNING)
