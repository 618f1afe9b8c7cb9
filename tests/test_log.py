"""Logs: no secret in any line, traceback included."""

import json
import logging

from bot.log import Redacting

TOKEN = "8123456789:AAF-abcdefghijklmnopqrstuvwxyz_1234"


def line(message: str, form: str = "text", error: BaseException | None = None) -> str:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, message, (), None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    return Redacting(form, ["a-long-secret-key"]).format(record)


def test_a_token_in_an_address_is_taken_out() -> None:
    words = line(f"POST https://api.telegram.org/bot{TOKEN}/getMe a-long-secret-key")
    assert TOKEN not in words
    assert "AAF" not in words
    assert "a-long-secret-key" not in words
    assert "/getMe" in words


def test_a_password_in_an_address_is_taken_out_of_a_traceback() -> None:
    try:
        raise RuntimeError(f"cannot reach postgresql+psycopg://union:hunter2@db/x with {TOKEN}")
    except RuntimeError as error:
        words = line("failed", error=error)
    assert "hunter2" not in words
    assert TOKEN not in words
    assert "RuntimeError" in words


def test_json_lines_are_json() -> None:
    assert json.loads(line(f"bot{TOKEN}", "json"))["line"].endswith("bot***")
