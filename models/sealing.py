"""Sealing: the words of confidential cases lie encrypted, under a key that is not in the database.

A copy of the database, or of its backup, tells nobody what a counsellor was told. Without the key no confidential case
can be opened or handed in, and `staffhome doctor` says so.
"""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from models import cases
from models.base import Refused
from models.cases import Case
from models.house import house


def seal(session: Session, value: Any) -> bytes:
    """The value as nobody without the key can read it. Refused (`cases.no_key`) when there is none."""
    return _key(session).encrypt(json.dumps(value, ensure_ascii=False).encode())


def unseal(session: Session, sealed: bytes) -> Any:
    """What was sealed. Refused (`cases.no_key`) without the key it was sealed with."""
    try:
        return json.loads(_key(session).decrypt(sealed))
    except InvalidToken:
        raise Refused("cases.no_key") from None


def split(session: Session, case: Case, words: str) -> tuple[str, bytes | None]:
    """Words as their row keeps them: in the open, or sealed if the case is confidential."""
    if not words or not cases.preset_of(session, case).confidential:
        return words, None
    return "", seal(session, words)


def _key(session: Session) -> Fernet:
    key = house(session).key
    if key is None:
        raise Refused("cases.no_key")
    return Fernet(key)
