"""The yearly report as a spreadsheet and as the facts of its picture; its words come from whoever asks."""

from collections.abc import Callable
from typing import Any

from models.case_report import SUMS, Figures, Row
from models.rating import Rate
from models.sheets import Cell, Sheet

Say = Callable[..., str]  # a sentence of the locale in plain words


def spreadsheet(found: Figures, say: Say) -> list[Sheet]:
    """The figures, by department, by theme, by month, and one row a case."""
    theme = _theme(say)
    return [
        Sheet(say("publishing.sheets.figures"), _figures(found, say)),
        Sheet(say("publishing.sheets.units"), _units(found, say)),
        Sheet(say("publishing.sheets.themes"), _groups(found, say, "theme", lambda row: theme(row.theme))),
        Sheet(say("publishing.sheets.months"), _months(found, say)),
        Sheet(say("publishing.sheets.cases"), _cases(found, say)),
    ]


def _theme(say: Say) -> Callable[[str | None], str]:
    return lambda theme: say("cases.theme", theme=theme) if theme else say("publishing.none")


def _figures(found: Figures, say: Say) -> list[list[Cell]]:
    rated, plans = found.all_rates, found.plans()
    rows: list[tuple[str, Cell]] = [
        ("received", found.board.received),
        ("withdrawn", found.withdrawn),
        ("seconded", sum(row.seconded for row in found.rows)),
        ("seconds", sum(row.seconds for row in found.rows)),
        ("waiting", found.board.waiting),
        ("accepted", found.board.accepted),
        ("declined", found.board.declined),
        *((f"ground.{ground}", count) for ground, count in found.by_ground().items()),
        ("merged", found.board.merged),
        ("turned", sum(row.turned for row in found.rows)),
        ("answered", found.board.answered),
        *((f"outcome.{outcome}", count) for outcome, count in found.board.classes.items()),
        ("plans", plans["all"]),
        ("plans_open", plans["open"]),
        ("plans_done", plans["done"]),
        ("plans_other", plans["other"]),
        ("overdue", found.count("overdue")),
        ("late_days", found.late_days),
        ("answer_days", found.answer_days),
        ("published", sum(row.published for row in found.rows)),
        ("rated", rated.rated),
        ("good", rated.good),
        ("fair", rated.fair),
        ("poor", rated.poor),
        ("satisfied", found.satisfied),
    ]
    head: list[Cell] = [say("publishing.columns.figure"), say("publishing.columns.count")]
    return [head, *([_named(say, name), value] for name, value in rows)]


def _named(say: Say, name: str) -> str:
    kind, _, code = name.partition(".")
    if code:
        return say("publishing.of_which", name=say(f"cases.{kind}s.{code}"))
    return say(f"publishing.figures.{name}")


def _groups(found: Figures, say: Say, first: str, key: Callable[[Row], str]) -> list[list[Cell]]:
    head: list[Cell] = [say(f"publishing.columns.{name}") for name in (first, *SUMS, "late_days")]
    rows: list[list[Cell]] = [[name, *sums.values()] for name, sums in found.groups(key)]
    return [head, *rows]


def _units(found: Figures, say: Say) -> list[list[Cell]]:
    head, *rows = _groups(found, say, "unit", lambda row: row.unit or say("publishing.union"))
    rates = {each.unit or say("publishing.union"): each for each in found.rates}
    shares: list[list[Cell]] = []
    for row in rows:
        each = rates.pop(str(row[0]), None)
        shares.append([*row, *_rated(each)])
    nothing: list[Cell] = [0] * (len(SUMS) + 1)  # answered this year what was handed in before
    shares += [[name, *nothing, *_rated(each)] for name, each in rates.items()]
    return [[*head, *(say(f"publishing.columns.{name}") for name in ("good", "fair", "poor", "satisfied"))], *shares]


def _rated(each: Rate | None) -> list[Cell]:
    if each is None:
        return [0, 0, 0, None]
    return [each.good, each.fair, each.poor, round(100 * each.share) if each.share is not None else None]


def _months(found: Figures, say: Say) -> list[list[Cell]]:
    head: list[Cell] = [say(f"publishing.columns.{name}") for name in ("month", "received", "answered")]
    rows: list[list[Cell]] = [[number, *each.values()] for number, each in enumerate(found.months(), 1)]
    return [head, *rows]


def _cases(found: Figures, say: Say) -> list[list[Cell]]:
    """One row a case. The congress reads it: nobody's name, and the title only of what everybody may read."""
    theme = _theme(say)
    names = ("number", "kind", "title", "theme", "author_unit", "seconds", "filed_on", "unit", "co", "state")
    more = ("outcome", "ground", "answered_on", "answer_days", "late_days", "rating", "published")
    rows: list[list[Cell]] = [
        [
            row.number,
            say("cases.name", preset=row.preset, kind={}),
            row.title if row.published else say("cases.named", preset=row.preset, kind={}, number=row.number),
            theme(row.theme),
            row.author_unit,
            row.seconds,
            row.filed_on,
            row.unit,
            "、".join(row.co),
            say(f"cases.states.{row.state}"),
            say("cases.outcome", preset=row.preset, outcome=row.outcome.value) if row.outcome else None,
            say(f"cases.grounds.{row.ground}") if row.ground else None,
            row.answered_on,
            row.answer_days,
            row.late_days,
            say(f"cases.ratings.{row.rating}") if row.rating else None,
            say("publishing.aye") if row.published else None,
        ]
        for row in found.rows
    ]
    return [[say(f"publishing.columns.{name}") for name in (*names, *more)], *rows]


def picture(found: Figures, say: Say) -> dict[str, Any]:
    """The facts of the picture: the great numbers, the classes, the months, and the departments."""
    satisfied = "—" if found.satisfied is None else f"{found.satisfied}%"
    tiles = [
        {"name": say(f"publishing.figures.{name}"), "value": value}
        for name, value in (
            ("received", found.board.received),
            ("accepted", found.board.accepted),
            ("answered", found.board.answered),
            ("satisfied_short", satisfied),
            ("overdue", found.count("overdue")),
            ("answer_days_short", "—" if found.answer_days is None else found.answer_days),
        )
    ]
    groups = found.groups(lambda row: row.unit or say("publishing.union"))
    return {
        "title": say("publishing.picture.title", year=found.year),
        "subtitle": say("publishing.picture.subtitle", until=found.until),
        "tiles": tiles,
        "classes": [
            {"code": code, "name": say(f"publishing.classes.{code}"), "value": count}
            for code, count in found.board.classes.items()
        ],
        "months": [[each["received"], each["answered"]] for each in found.months()],
        "rows": [{"name": name, "value": sums["received"], "part": sums["answered"]} for name, sums in groups],
        "sign": say("publishing.picture.sign"),
        "on": found.until.isoformat(),
    }
