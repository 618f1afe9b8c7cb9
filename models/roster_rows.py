"""An office's own file as rows of people: every cell read, every error found at once, nothing decided yet."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models import roster_cells as cells
from models.base import Refused
from models.people import Calendar
from models.roster_cells import Doubtful, Wrong
from models.roster_columns import Column, Mapping, calendar_of, understand
from models.sheets import Cell, Sheet

SHOWN = 20  # characters of a cell in a report
FEW = 10  # people of whom it is no chance that all are born on the first of a month
FOOT = re.compile("合计|总计|小计|共计|制表|填表|审核|备注|说明|注[:：]|total", re.IGNORECASE)
READERS = {"sex": cells.sex, "unit": cells.unit, "phone": cells.phone, "kinds": cells.several, "tags": cells.several}


@dataclass(frozen=True)
class Problem:
    """One cell that somebody should look at. `code` names the sentence `roster.problems.<code>`."""

    row: int  # as the spreadsheet counts, from 1
    column: str  # as the spreadsheet calls it: A; empty: the whole row
    code: str
    value: str = ""  # what stands there, kept short
    other: int = 0  # the row it clashes with


@dataclass
class Row:
    """One person as the file has them. What the file does not say, or says doubtfully, is not in `values`."""

    row: int
    number: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)  # by the name of Member's column; `unit` is a name


@dataclass
class Reading:
    """What a file says."""

    sheet: str
    mapping: Mapping
    rows: list[Row] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)  # rows that are nobody: titles below the heading, sums, signatures
    mentioned: set[str] = field(default_factory=set)  # every number that could be read, also in rows with errors
    others: list[str] = field(default_factory=list)  # further sheets that look like a roster and were not read

    @property
    def columns(self) -> list[Column]:
        return self.mapping.columns


def interpret(found: Sequence[Sheet], today: date, numbers: Collection[str] = (), *, typed: bool = True) -> Reading:
    """What a file's sheets say. `numbers` are those already on the roster, which tell whether zeros were lost.

    `typed`: its cells know texts from numbers. Refused when no sheet names both numbers and people.
    """
    understood = [(sheet, understand(sheet.rows)) for sheet in found if sheet.rows]
    usable = [each for each in understood if each[1].usable]
    if not usable:
        fields = max((mapping.fields for _, mapping in understood), key=len, default=set())
        raise Refused("roster.no_number" if "number" not in fields else "roster.no_name")
    # The sheet with most people is the roster; a list of leavers beside it is smaller. The report names the others.
    sheet, mapping = max(usable, key=lambda each: len(each[0].rows) - each[1].start)
    reading = Reading(sheet.name, mapping, others=[other.name for other, _ in usable if other is not sheet])
    _Reader(reading, today, typed).run(sheet.rows, numbers)
    return reading


class _Reader:
    def __init__(self, reading: Reading, today: date, typed: bool) -> None:
        self.reading = reading
        self.today = today
        self.typed = typed
        self.at = {column.field: column for column in reading.columns if column.field}
        self.numeric: list[tuple[Row, str]] = []  # numbers whose cell was one: their zeros may be lost

    def run(self, rows: Sequence[Sequence[Cell]], numbers: Collection[str]) -> None:
        heading = rows[self.reading.mapping.start - 1] if self.reading.mapping.start else None
        for index in range(self.reading.mapping.start, len(rows)):
            if any(not cells.blank(cell) for cell in rows[index]) and rows[index] != heading:
                self.row(index + 1, rows[index])
        self.zeros(numbers)
        self.twice("number", "number_twice", [(row.number, row.row) for row in self.reading.rows])
        self.twice("phone", "phone_twice", [(row.values.get("phone"), row.row) for row in self.reading.rows])
        if not self.reading.rows and not self.reading.errors:
            raise Refused("roster.nobody")
        self.first_days(rows)
        for problems in (self.reading.errors, self.reading.doubts):
            problems.sort(key=lambda problem: (problem.row, problem.column))

    def row(self, line: int, row: Sequence[Cell]) -> None:
        number, name = row[self.at["number"].index], row[self.at["name"].index]
        if self.nobody(line, row, number, name):
            self.reading.skipped.append(line)
            return
        before = len(self.reading.errors)
        found = Row(
            line, self.one(line, "number", number, cells.number) or "", self.one(line, "name", name, cells.name) or ""
        )
        self.reading.mentioned.add(found.number)
        for field_, reader in READERS.items():
            self.value(found, field_, row, reader)
        self.value(found, "joined", row, lambda cell: cells.joined(cells.moment_free(cell), self.today))
        self.birthday(found, row)
        if len(self.reading.errors) == before:
            self.reading.rows.append(found)
            if isinstance(number, int) or not self.typed:
                self.numeric.append((found, found.number))

    def nobody(self, line: int, row: Sequence[Cell], number: Cell, name: Cell) -> bool:
        """Whether the row is a sum, a signature, or the second line of a heading."""
        first = next(cells.text(cell) for cell in row if not cells.blank(cell))
        if cells.blank(number) and cells.blank(name):
            known = [row[column.index] for column in self.at.values()]
            return line == self.reading.mapping.start + 1 or bool(FOOT.search(first)) or all(map(cells.blank, known))
        if cells.blank(number) or cells.blank(name):
            return bool(FOOT.search(first)) or "：" in first or ":" in first
        return False

    def one(self, line: int, field_: str, cell: Cell, reader: Any) -> Any:
        try:
            return reader(cell)
        except Wrong as wrong:
            self.reading.errors.append(Problem(line, self.at[field_].letter, str(wrong), shown(cell)))
        return None

    def value(self, found: Row, field_: str, row: Sequence[Cell], reader: Any) -> None:
        """Read one cell into the row; a doubtful one is left out, so that what we know stays."""
        column = self.at.get(field_)
        if column is None:
            return
        cell = row[column.index]
        try:
            found.values["joined_on" if field_ == "joined" else field_] = reader(cell)
        except Wrong as wrong:
            self.reading.errors.append(Problem(found.row, column.letter, str(wrong), shown(cell)))
        except Doubtful as doubt:
            self.reading.doubts.append(Problem(found.row, column.letter, str(doubt), shown(cell)))

    def birthday(self, found: Row, row: Sequence[Cell]) -> None:
        column = self.at.get("born")
        if column is None:
            return
        calendar: Calendar | None = calendar_of(self.reading.mapping)
        if "calendar" in self.at:
            cell = row[self.at["calendar"].index]
            try:
                calendar = cells.calendar(cell) or calendar
            except Wrong as wrong:
                self.reading.errors.append(Problem(found.row, self.at["calendar"].letter, str(wrong), shown(cell)))
                return
        whole: dict[str, Any] = {}
        holder = Row(found.row, "", "", whole)
        self.value(holder, "born", row, lambda cell: cells.born(cells.moment_free(cell), calendar, self.today))
        if "born" in whole:
            kept, day = whole["born"] or (Calendar.SOLAR, None)
            found.values |= {"calendar": kept, "born_year": None, "born_month": None, "born_day": None}
            if day is not None:
                found.values |= {"born_year": day.year, "born_month": day.month, "born_day": day.day}

    def zeros(self, numbers: Collection[str]) -> None:
        """A numeric 工号 that is shorter than the others may have lost its zeros: it would be somebody else's.

        A text file knows no types; there only others with leading zeros make a shorter one suspicious.
        """
        digits = [each for each in (*numbers, *(row.number for row in self.reading.rows)) if each.isdigit()]
        if not self.typed:
            digits = [each for each in digits if each.startswith("0")]
        width = max(map(len, digits), default=0)
        lost = [
            row for row, number in self.numeric if len(number) < width and number not in numbers and number.isdigit()
        ]
        letter = self.at["number"].letter
        self.reading.errors += [Problem(row.row, letter, "number_lost_zeros", row.number) for row in lost]

    def first_days(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Birthdays that all fall on the first are months that Excel made into days: nobody is greeted by them."""
        column = self.at.get("born")
        people = [row for row in self.reading.rows if row.values.get("born_day")]
        if column is None or len(people) < FEW or any(row.values["born_day"] != 1 for row in people):
            return
        if all(isinstance(rows[row.row - 1][column.index], date) for row in people):
            for row in people:
                for name in ("calendar", "born_year", "born_month", "born_day"):
                    del row.values[name]
            self.reading.doubts.append(Problem(people[0].row, column.letter, "days_all_first"))

    def twice(self, field_: str, code: str, values: Sequence[tuple[str | None, int]]) -> None:
        """What may stand in a file only once."""
        often = {value for value, count in Counter(value for value, _ in values if value).items() if count > 1}
        first: dict[str, int] = {}
        for value, line in values:
            if value in often:
                assert value is not None
                if value in first:
                    problem = Problem(line, self.at[field_].letter, code, value[:SHOWN], first[value])
                    self.reading.errors.append(problem)
                first.setdefault(value, line)


def shown(cell: Cell) -> str:
    """The cell for a report."""
    found = cells.text(cell)
    return found if len(found) <= SHOWN else found[: SHOWN - 1] + "…"
