"""Logs that say what happened, never what people wrote, and never a secret."""

import json
import logging
import re
import sys
from collections.abc import Iterable

TOKEN = re.compile(
    r"(?<!\d)\d{1,20}:[A-Za-z0-9_-]{20,}"
)  # no \b: in /bot123:… there is no word boundary before the digits
URL_PASSWORD = re.compile(r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)")


class Redacting(logging.Formatter):
    """Formats the whole line, traceback included, and only then takes the secrets out."""

    def __init__(self, form: str, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self.form = form
        self.secrets = [secret for secret in secrets if len(secret) >= 6]

    def format(self, record: logging.LogRecord) -> str:
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
