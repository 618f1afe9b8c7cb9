"""A form is not a state machine, it is a dict being filled. This is the dict; it hears and says nothing.

Answers are JSON values in the order of answering. The next question is the first field without an answer, *back*
forgets the last answer, and after a deploy one look drops just the answers that no longer fit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python

from bot.forms.fields import Ask, asks
from models.base import Refused
from models.fields import EndOf

Answers = dict[str, Any]
Model = type[BaseModel]

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


@dataclass(frozen=True)
class Problem:
    """What is wrong with an answer: a code whose sentence is in the locale, and what it needs."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Understood:
    """What a reader made of a whole message: every word of it is in an answer, in a guess, or in the rest."""

    answers: Mapping[str, Any] = field(default_factory=dict)  # python values it is certain of
    guesses: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # moment or day → what it may mean; asked
    rest: str = ""  # words that found no place; shown, never dropped in silence
    ticked: Mapping[str, tuple[Sequence[Any], str]] = field(default_factory=dict)  # of several: what is certain, and
    # what is to be looked for; asked


def plan(model: Model, answers: Answers) -> list[Ask]:
    """The questions that these answers call for, as far as can be told yet."""
    return [ask for ask, called in _walk(model, answers) if called and not ask.given]


def asking(model: Model, answers: Answers) -> Ask | None:
    """The first question without an answer, or None when there is nothing left to ask."""
    return next((ask for ask in plan(model, answers) if ask.name not in answers), None)


def check(model: Model, answers: Answers, name: str, value: Any) -> Problem | None:
    """What is wrong with this value of this field, beside the answers so far.

    A rule of the form as a whole counts against it too, if the form was in order before; but not when a line is
    changed, for then the other line may be changed next.
    """
    for wrong, problem in problems(model, {**answers, name: value}):
        if wrong == name or (wrong is None and name not in answers and not problems(model, answers)):
            return problem
    return None


def accept(model: Model, answers: Answers, name: str, value: Any) -> tuple[Answers, Problem | None]:
    """Take one answer (a new one, or another in the place of an old one), or say what is wrong with it."""
    value = to_jsonable_python(value)
    problem = check(model, answers, name, value)
    if problem is not None:
        return answers, problem
    return fitting(model, {**answers, name: value}), None


def take_end(model: Model, before: Answers, answers: Answers, name: str, end: datetime | None) -> Answers:
    """Fill the field that is declared as the end of this moment, where there is one and it fits.

    If no end was said but there is one from before, it moves with the start, so that the duration stays.
    """
    for ask in plan(model, answers):
        mark = ask.mark(EndOf)
        if mark is None or mark.field != name:
            continue
        if end is None and isinstance(before.get(ask.name), str) and isinstance(before.get(name), str):
            moved = datetime.fromisoformat(answers[name]) - datetime.fromisoformat(before[name])
            end = datetime.fromisoformat(before[ask.name]) + moved
        if end is not None:
            answers, _ = accept(model, answers, ask.name, end)
    return answers


def back(model: Model, answers: Answers) -> Answers:
    """Forget the last answer; what was given beforehand stays."""
    given = {ask.name for ask in asks(model) if ask.given}
    last = next((name for name in reversed(answers) if name not in given), None)
    return {name: value for name, value in answers.items() if name != last}


def fitting(model: Model, answers: Answers) -> Answers:
    """The answers that still fit the model and one another; the others will be asked anew."""
    known = {ask.name for ask in asks(model)}
    left = {name: value for name, value in answers.items() if name in known}
    while left:
        wrong = {name for name, _ in problems(model, left) if name in left}
        if not wrong:
            break
        left = {name: value for name, value in left.items() if name not in wrong}
    called = {ask.name for ask, called in _walk(model, left) if called is not False}
    return {name: value for name, value in left.items() if name in called}


def problems(model: Model, answers: Answers) -> list[tuple[str | None, Problem]]:
    """Everything that is wrong, by field; None stands for the form as a whole."""
    try:
        model.model_validate(_data(model, answers))
    except ValidationError as failed:
        found: list[tuple[str | None, Problem]] = []
        for error in failed.errors():
            name = str(error["loc"][0]) if error["loc"] else None
            found.append((name, _problem(error, answers.get(name) if name else None)))
        return found
    except Refused as no:
        return [(None, Problem(no.code, no.params))]
    return []


def complete(model: Model, answers: Answers) -> BaseModel:
    """The finished thing. Raises pydantic's ValidationError; ask `problems` first."""
    return model.model_validate(_data(model, answers))


def _walk(model: Model, answers: Answers) -> list[tuple[Ask, bool | None]]:
    """Every field and whether the answers before it call for it; None: that cannot be told yet."""
    values: dict[str, Any] = {}
    found: list[tuple[Ask, bool | None]] = []
    for ask in asks(model):
        called: bool | None = True
        if ask.when is not None:
            try:
                called = bool(ask.when(values))
            except KeyError:  # it looks at a question that is not answered yet
                called = None
        found.append((ask, called))
        if called is False:
            values[ask.name] = ask.python(ask.default)
        elif ask.name in answers:
            values[ask.name] = ask.python(answers[ask.name])
    return found


def _data(model: Model, answers: Answers) -> Answers:
    """What pydantic gets: a skipped field is left out, so that a default need not pass the field's own limits."""
    skipped = {
        ask.name
        for ask in asks(model)
        if ask.name in answers and not ask.info.is_required() and answers[ask.name] == ask.default
    }
    return {name: value for name, value in answers.items() if name not in skipped}


def _problem(error: ErrorDetails, value: Any) -> Problem:
    context = error.get("ctx", {})
    params = {name: said for name, said in context.items() if not isinstance(said, Exception)}
    if isinstance(value, str | list):
        params["length"] = len(value)
    # raise ValueError("ends_before_start") in a validator names its sentence.
    said = str(context.get("error", ""))
    return Problem(said if _CODE.fullmatch(said) else error["type"], params)
