"""Presets: the kinds of case there are (proposal, repair, suggestion, comment), as an operator may change them.

A kind is a row of settings and never a class: what it asks, how many colleagues must second it, how many working days
each desk has, and who hears when a desk is late. `config.yaml` changes one, or adds another.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Days = int  # working days


class Ground(StrEnum):
    """Why a case is not taken up. The first six are the institute's own rule for proposals."""

    LAW = "law"  # against law or policy
    OUTSIDE = "outside"  # beyond the powers of the institute and its congress
    DISCLOSURE = "disclosure"  # accuses somebody: there is another door for that
    ACADEMIC = "academic"
    PERSONAL = "personal"
    VAGUE = "vague"  # empty, or nobody could act on it
    KNOWN = "known"  # decided already, and the decision stands


class Preset(BaseModel):
    """One kind of case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Mapping[str, str] = {}  # by language; else the house's own word for it
    seconders: int = Field(0, ge=0, le=1000)  # colleagues needed before the office looks at it
    second_days: Days = Field(5, ge=1, le=60)  # to find them
    unseconded: str = "suggestion"  # the preset it becomes when too few are found
    intake_days: Days = Field(3, ge=1, le=60)  # to accept, or say why not
    assign_days: Days = Field(2, ge=1, le=60)
    answer_days: Days = Field(15, ge=1, le=250)
    sign_days: Days = Field(3, ge=1, le=60)  # for co-departments
    release_days: Days = Field(2, ge=1, le=60)
    rate_days: Days = Field(10, ge=1, le=60)
    remind_days: Days = Field(2, ge=0, le=30)  # before a term ends; 0: not
    late_days: Days = Field(1, ge=1, le=30)  # after a term, the officers hear
    grave_days: Days = Field(5, ge=2, le=60)  # after it, the chair hears, and again every so many days
    extensions: int = Field(1, ge=0, le=5)
    extend_days: Days = Field(10, ge=1, le=120)
    lead: str = ""  # the department that gets it at once, without intake; empty: the office looks first
    released: bool = True  # an officer releases what a department answers
    rated: bool = True
    dated: bool = True  # what is planned names a day, and comes back then
    themes: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = (
        Ground.LAW,
        Ground.OUTSIDE,
        Ground.DISCLOSURE,
        Ground.ACADEMIC,
        Ground.PERSONAL,
        Ground.VAGUE,
        Ground.KNOWN,
    )
    hidden: bool = True  # the author may be known to the office only
    shown: bool = True  # counted on the board, and may be published
    confidential: bool = False  # sealed at rest, and nothing but its number goes through Telegram

    @model_validator(mode="before")
    @classmethod
    def _hushed(cls, value: Any) -> Any:
        """What is confidential is counted and published nowhere, unless somebody says so: then it is refused below."""
        if isinstance(value, Mapping) and value.get("confidential") and "shown" not in value:
            return {**value, "shown": False}
        return value

    @model_validator(mode="after")
    def _alone(self) -> Self:
        if self.confidential and (self.seconders or self.shown):
            raise ValueError("a confidential kind without seconders, and not shown: nobody else may know of it")
        return self


THEMES = ("work", "research", "people", "welfare", "life", "health", "culture", "other")
PRESETS: Mapping[str, Preset] = {
    "proposal": Preset(seconders=2, themes=THEMES),
    "suggestion": Preset(answer_days=10, themes=THEMES),
    "repair": Preset(intake_days=1, assign_days=1, answer_days=5, release_days=1, released=False, hidden=False),
    "comment": Preset(
        answer_days=10,
        rated=False,
        dated=False,
        shown=False,  # published together, by its consultation
        grounds=(Ground.OUTSIDE, Ground.PERSONAL, Ground.VAGUE),
    ),
}
