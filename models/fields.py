"""What a form may ask, said on the fields of a `New…` model.

    class NewEvent(BaseModel):
        title: Annotated[str, Field(min_length=2, max_length=60)]
        starts_at: AwareDatetime
        photo: Annotated[int | None, Photo()] = None
        places: Annotated[int | None, Field(ge=1, le=100_000)] = None
        item: Annotated[int, Pick(open_items)]
        reason: Annotated[str | None, When(lambda answers: answers["late"])] = None

The type says what is asked (text, number, moment, day, yes or no, one of an enum, several of an enum); limits are
pydantic's own. A field with a default may be skipped. The markers below say the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session


class Spot(BaseModel):
    """A place on the map."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


@dataclass(frozen=True)
class Photo:
    """The answer is a photo; the value is the id of the kept file."""


@dataclass(frozen=True)
class Upload:
    """The answer is a document; the value is the id of the kept file."""

    kinds: tuple[str, ...] = ()  # allowed endings, lower case with dot; none: any
    limit: int = 10 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Pick:
    """The answer is one of what the database offers now: (value, label) pairs. With `several`, any number of them."""

    options: Callable[[Session], Sequence[tuple[int | str, str]]]


@dataclass(frozen=True)
class When:
    """Asked only if the answers so far call for it."""

    holds: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Long:
    """A text of several lines is welcome (else line breaks become blanks)."""
