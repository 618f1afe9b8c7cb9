"""The keys of what is sealed: a new one takes the place of an old one."""

import sys

from sqlalchemy.orm import Session

import models
from bot.config import FAILED, OK, Settings
from models import sealed
from models.base import Refused
from models.database import WRITE, make_engine


def reseal(settings: Settings) -> int:
    """Seal everything anew under the present key, in one go: after that the old keys open nothing any more."""
    models.load()
    engine = make_engine(settings.database.url.get_secret_value(), pool=1)
    try:
        with (
            engine.connect().execution_options(**WRITE) as connection,
            Session(connection, info={"house": settings.house}) as session,
            session.begin(),
        ):
            count = sealed.reseal(session)
    except Refused:
        print(
            "sealing.key and sealing.old_keys do not open everything that is there; nothing was changed.",
            file=sys.stderr,
        )
        return FAILED
    finally:
        engine.dispose()
    print(f"{count} sealed anew; sealing.old_keys may go, but keep them with the backups made until now")
    return OK
