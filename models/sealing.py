"""Sealing: the words of confidential cases lie encrypted, under a key that is not in the database.

A copy of the database, or of its backup, tells nobody what a counsellor was told. Without the key no confidential case
can be opened or handed in, and `staffhome doctor` says so. What is not words stays as it is: who, when, how it stands.
"""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.orm import Session

from models import cases
from models.base import Refused
from models.cases import Case
from models.house import House, house

_END = b"\0"  # between what is said of a file and its bytes; JSON holds no such sign


def new_key() -> str:
    """A key that nobody has had before."""
    return Fernet.generate_key().decode()


def seal(session: Session, value: Any) -> bytes:
    """The value as nobody without the key can read it. Refused (`cases.no_key`) when there is none."""
    return keys(house(session)).encrypt(_plain(value))


def unseal(session: Session, sealed: bytes) -> Any:
    """What was sealed. Refused (`cases.no_key`) without the key it was sealed with."""
    return json.loads(_opened(session, sealed))


def seal_file(session: Session, name: str, kind: str, content: bytes) -> bytes:
    """A file with its name and kind, as nobody without the key can read them."""
    return keys(house(session)).encrypt(_plain({"name": name, "kind": kind}) + _END + content)


def unseal_file(session: Session, sealed: bytes) -> tuple[str, str, bytes]:
    """Name, kind and bytes of a sealed file. Refused (`cases.no_key`) without the key it was sealed with."""
    head, _, content = _opened(session, sealed).partition(_END)
    said = json.loads(head)
    return said["name"], said["kind"], content


def anew(session: Session, sealed: bytes) -> bytes:
    """The same, sealed with the key that seals now. Refused (`cases.no_key`) without the key it was sealed with."""
    try:
        return keys(house(session)).rotate(sealed)
    except InvalidToken:
        raise Refused("cases.no_key") from None


def split(session: Session, case: Case, words: str) -> tuple[str, bytes | None]:
    """Words as their row keeps them: in the open, or sealed if the case is confidential."""
    if not words or not cases.preset_of(session, case).confidential:
        return words, None
    return "", seal(session, words)


def keys(house: House) -> MultiFernet:
    """The key that seals, and those that only open what was sealed before. Refused (`cases.no_key`) without any."""
    if house.key is None:
        raise Refused("cases.no_key")
    return MultiFernet([Fernet(key) for key in (house.key, *house.old_keys)])


def _opened(session: Session, sealed: bytes) -> bytes:
    try:
        return keys(house(session)).decrypt(sealed)
    except InvalidToken:
        raise Refused("cases.no_key") from None


def _plain(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
