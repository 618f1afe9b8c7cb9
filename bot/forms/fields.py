"""What kind of question a field of a form is, told from its annotation and its markers in `models/fields.py`."""

import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache, cached_property
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import pydantic
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from bot.router import Undeclared
from models.fields import EndOf, Files, Given, Long, Near, Photo, Pick, Spot, Upload, When

MOMENTS = (datetime, pydantic.AwareDatetime, pydantic.FutureDatetime, pydantic.PastDatetime)
DAYS = (date, pydantic.FutureDate, pydantic.PastDate)
NUMBERS = (int, float, Decimal)
LISTS = (list, set, frozenset)

Mark = TypeVar("Mark")


class Kind(StrEnum):
    """The kinds of questions there are."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"  # yes or no
    CHOICE = "choice"  # of an enum
    PICK = "pick"  # of what the database offers now
    MOMENT = "moment"
    DAY = "day"
    PHOTO = "photo"
    UPLOAD = "upload"
    FILES = "files"  # photos and documents, one message after another
    SPOT = "spot"


@dataclass(frozen=True, eq=False)
class Ask:
    """One field of a form as a question."""

    name: str
    kind: Kind
    several: bool
    type: Any  # the innermost type
    info: FieldInfo
    marks: tuple[Any, ...]

    def mark(self, kind: type[Mark]) -> Mark | None:
        """The marker of this kind, if the field has one."""
        return next((mark for mark in self.marks if isinstance(mark, kind)), None)

    @cached_property
    def when(self) -> Callable[[dict[str, Any]], bool] | None:
        """Whether the earlier answers call for it; None: always asked."""
        mark = self.mark(When)
        return mark.holds if mark else None

    @cached_property
    def given(self) -> bool:
        """Never asked."""
        return self.mark(Given) is not None

    @cached_property
    def optional(self) -> bool:
        """Whether it may be skipped."""
        mark = self.mark(When)
        return not self.info.is_required() and not (mark and mark.required)

    @property
    def default(self) -> Any:
        """What a skipped field holds, as JSON; only for fields that have a default."""
        return to_jsonable_python(self.info.get_default(call_default_factory=True, validated_data={}))

    @property
    def choices(self) -> list[Any]:
        """The values of an enum or a Literal, as JSON."""
        if get_origin(self.type) is Literal:
            return list(get_args(self.type))
        return [member.value for member in self.type]

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        annotation: Any = self.info.annotation
        return TypeAdapter(annotation)

    def python(self, value: Any) -> Any:
        """The stored answer as the model would hold it; as it is if it does not fit."""
        try:
            return self._adapter.validate_python(value)
        except pydantic.ValidationError:
            return value


@cache
def asks(model: type[BaseModel]) -> tuple[Ask, ...]:
    """The questions of a form in their order. A field that cannot be asked stops the start."""
    found = tuple(_ask(model, name, info) for name, info in model.model_fields.items())
    names = {ask.name for ask in found}
    for ask in found:
        end, near = ask.mark(EndOf), ask.mark(Near)
        for other in (end.field if end else None, near.field if near else None):
            if other is not None and other not in names:
                raise Undeclared(f"{model.__name__}.{ask.name} speaks of {other}, which is no field")
    return found


def of(model: type[BaseModel], name: str | None) -> Ask | None:
    """The question of this name, if the form (still) asks it."""
    return next((ask for ask in asks(model) if ask.name == name and not ask.given), None)


def _ask(model: type[BaseModel], name: str, info: FieldInfo) -> Ask:
    where = f"{model.__name__}.{name}"
    inner, several, marks = _peel(info.annotation, tuple(info.metadata))
    kind = _kind(inner, marks)
    ask = Ask(name, kind or Kind.TEXT, several, inner, info, marks)
    if ask.given:
        return ask
    if kind is None:
        raise Undeclared(f"{where}: a form cannot ask for {info.annotation}")
    if several and kind not in (Kind.CHOICE, Kind.PICK, Kind.FILES):
        raise Undeclared(f"{where}: several are possible only of an enum, a Pick or Files")
    if kind is Kind.FILES and (inner is not int or not several):
        raise Undeclared(f"{where}: Files are a list[int]")
    if name == "form":
        raise Undeclared(f"{where}: `form` is the name of the form's own sentences")
    if ask.when and info.is_required():
        raise Undeclared(f"{where}: a field asked only sometimes needs a default")
    return ask


def _peel(annotation: Any, marks: tuple[Any, ...]) -> tuple[Any, bool, tuple[Any, ...]]:
    """The innermost type, whether there may be several, and every marker on the way."""
    several = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            marks = (*marks, *more)
        elif origin in (Union, types.UnionType):
            left = [part for part in get_args(annotation) if part is not type(None)]
            if len(left) != 1:
                return annotation, several, marks
            annotation = left[0]
        elif origin in LISTS and not several:
            (annotation,), several = get_args(annotation), True
        else:
            return annotation, several, marks


def _kind(inner: Any, marks: tuple[Any, ...]) -> Kind | None:
    for mark, kind in ((Photo, Kind.PHOTO), (Upload, Kind.UPLOAD), (Files, Kind.FILES), (Pick, Kind.PICK)):
        if any(isinstance(found, mark) for found in marks):
            return kind
    if get_origin(inner) is Literal:
        return Kind.CHOICE
    # bool and datetime stand before their parents int and date.
    for members, kind in (
        ((bool,), Kind.FLAG),
        (MOMENTS, Kind.MOMENT),
        (DAYS, Kind.DAY),
        (NUMBERS, Kind.NUMBER),
        ((Spot,), Kind.SPOT),
        ((str,), Kind.TEXT),
    ):
        if inner in members:
            return kind
    if isinstance(inner, type) and issubclass(inner, Enum):
        return Kind.CHOICE
    return None


def is_long(ask: Ask) -> bool:
    """Whether several lines are welcome."""
    return ask.mark(Long) is not None


def options_of(ask: Ask) -> Pick:
    """The marker that says what the database offers."""
    mark = ask.mark(Pick)
    assert mark is not None
    return mark


def files_of(ask: Ask) -> Files:
    """The marker that says which files are taken, and how many."""
    mark = ask.mark(Files)
    assert mark is not None
    return mark
