"""What a form may ask, said on the fields of a `New…` model.

    class NewEvent(BaseModel):
        title: Annotated[str, Field(min_length=2, max_length=60)]
        starts_at: AwareDatetime
        photo: Annotated[int | None, Photo()] = None
        places: Annotated[int | None, Field(ge=1, le=100_000)] = None
        item: Annotated[int, Pick(open_items)]
        ends_at: Annotated[AwareDatetime | None, EndOf("starts_at")] = None
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
class Files:
    """The answer is any number of photos and documents, sent one after another; the value is the list of kept ids."""

    kinds: tuple[str, ...] = (
        ".pdf",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ppt",
        ".pptx",
        ".txt",
        ".jpg",
        ".jpeg",
        ".png",
    )
    limit: int = 10 * 1024 * 1024  # bytes of each
    most: int = 6


@dataclass(frozen=True)
class Pick:
    """The answer is one of what the database offers now: (value, label) pairs. On a list, any number of them."""

    options: Callable[..., Sequence[tuple[int | str, str]]]  # of the session
    label: Callable[[Session, Any], str | None] | None = None  # of a value that is set but no longer offered
    of_target: bool = False  # the options are of the session and of the id of what the form is about


@dataclass(frozen=True)
class When:
    """Asked only if the answers so far call for it, and forgotten when they no longer do.

    `holds` sees the earlier answers as python values; the field needs a default for when it is not asked.
    """

    holds: Callable[[Mapping[str, Any]], bool]
    required: bool = False  # when asked, it may not be skipped


@dataclass(frozen=True)
class Long:
    """A text of several lines is welcome (else line breaks become blanks)."""


@dataclass(frozen=True)
class Given:
    """Never asked nor shown: whoever opens the form gives it (the thing the form is about)."""


@dataclass(frozen=True)
class EndOf:
    """The end of another moment: an answer there such as 周五15:00-17:00 answers this field too."""

    field: str


@dataclass(frozen=True)
class Near:
    """Quick choices for a moment, in minutes from another field's answer: -60 is an hour before it.

    For a day without `field` they count from today, in minutes too: 0 is today, 1440 tomorrow.
    """

    minutes: tuple[int, ...]
    field: str | None = None
