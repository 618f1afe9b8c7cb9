"""Spreadsheets: what the office sends us, and what we hand out.

Reading trusts nothing: the file is opened in a process of its own with little memory and little time (F14). Writing
never lets a cell become a formula, a link or a number by accident: a member called `=1+1` stays a name (F15).
"""

import io
import json
import math
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from models.base import Refused
from models.sheets_child import CELL, SECONDS

Cell = str | int | float | bool | date | datetime | time | None

SIZE = 2 * 1024 * 1024  # bytes of a file that we read
ENDINGS = (".xlsx", ".xls", ".csv")
CHILD = Path(__file__).with_name("sheets_child.py")


@dataclass
class Sheet:
    """One sheet: its name and its rows. When we write it, the first row is the heading."""

    name: str
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)


def read(content: bytes, name: str) -> list[Sheet]:
    """The visible sheets of an .xlsx, .xls or .csv file; every row of a sheet is equally long, and row 1 is row 1.

    Anything odd is Refused with `sheets.` and one of: kind, empty, too_big, bomb, too_long, too_wide, locked, macros,
    nested, odd_names, not_a_sheet, broken, too_slow. It takes seconds: no transaction should wait for it.
    """
    if not name.lower().endswith(ENDINGS):
        raise Refused("sheets.kind")
    if len(content) > SIZE:
        raise Refused("sheets.too_big", megabytes=SIZE // 1024 // 1024)
    if not content.strip():
        raise Refused("sheets.empty")
    try:
        # -I: our own interpreter and this one file, no path, no variables, no secrets.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(CHILD)], input=content, capture_output=True, timeout=SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refused("sheets.too_slow") from None
    if done.returncode:
        # Killed by its limits, or its allocator gave up: too much. A tidy end with an error: not readable.
        raise Refused("sheets.bomb" if done.returncode < 0 or b"MemoryError" in done.stderr else "sheets.broken")
    return unpack(json.loads(done.stdout))


def unpack(answer: dict[str, Any]) -> list[Sheet]:
    """The sheets as the child told them, or its no."""
    if "refused" in answer:
        raise Refused(f"sheets.{answer['refused']}")
    sheets = [Sheet(name, [[_cell(cell) for cell in row] for row in rows]) for name, rows in answer["sheets"]]
    if not any(sheet.rows for sheet in sheets):
        raise Refused("sheets.empty")
    return sheets


def _cell(cell: Any) -> Cell:
    if isinstance(cell, list):
        kind, text = cell
        kinds: dict[str, type[date] | type[time]] = {"day": date, "moment": datetime, "time": time}
        return kinds[kind].fromisoformat(text)
    result: Cell = cell
    return result


def letter(index: int) -> str:
    """The column as Excel calls it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write(sheets: Sequence[Sheet], zone: ZoneInfo | None = None) -> bytes:
    """An .xlsx file: the first row of each sheet is its heading, frozen, with filters; texts stay texts.

    Moments are written as the wall clock of `zone` shows them.
    """
    out = io.BytesIO()
    options = {
        "in_memory": True,  # what it holds is personal: not into a temporary file
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        formats = {
            "heading": book.add_format({"bold": True, "bg_color": "#F3E3E0", "bottom": 1, "valign": "vcenter"}),
            "text": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
            "number": book.add_format({"valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"}),
            "time": book.add_format({"num_format": "hh:mm", "align": "left", "valign": "top"}),
        }
        taken: set[str] = set()
        for sheet in sheets or [Sheet("")]:
            _write(book.add_worksheet(_title(sheet.name, taken)), sheet.rows, formats, zone)
    return out.getvalue()


def _write(page: Any, rows: Sequence[Sequence[Cell]], formats: dict[str, Any], zone: ZoneInfo | None) -> None:
    widths: dict[int, int] = {}
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            shown = _put(page, number, column, cell, formats, zone, heading=number == 0)
            widths[column] = max(widths.get(column, 0), min(_width(shown), 48))
    for column, width in widths.items():
        page.set_column(column, column, max(width + 2, 8))
    if rows:
        page.freeze_panes(1, 0)
        if len(rows) > 1 and rows[0]:
            page.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)


def _put(
    page: Any, row: int, column: int, cell: Cell, formats: dict[str, Any], zone: ZoneInfo | None, *, heading: bool
) -> str:
    """Write one cell by its own type, never by what its text looks like; returns what a reader sees."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        page.write_boolean(row, column, cell)
        return "FALSE"
    if isinstance(cell, datetime):
        cell = cell.astimezone(zone) if zone and cell.tzinfo else cell
        page.write_datetime(row, column, cell.replace(tzinfo=None), formats["moment"])
        return "2026-01-01 00:00"
    if isinstance(cell, date) and cell.year >= 1900:  # Excel knows no earlier day
        page.write_datetime(row, column, cell, formats["day"])
        return "2026-01-01"
    if isinstance(cell, time):
        page.write_datetime(row, column, cell.replace(tzinfo=None), formats["time"])
        return "00:00"
    if isinstance(cell, int | float) and math.isfinite(cell) and abs(cell) < 10**15:  # beyond, Excel loses digits
        page.write_number(row, column, cell, formats["number"])
        return str(cell)
    text = clean(str(cell))
    if _cut(text, CELL) != text:
        text = _cut(text, CELL - 1) + "…"
    page.write_string(row, column, text, formats["heading" if heading else "text"])
    return text


def clean(text: str) -> str:
    """Without what a spreadsheet or a database cannot hold: control characters, half emoji, non-characters."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n" or (unicodedata.category(letter) not in ("Cc", "Cs") and ord(letter) & 0xFFFE != 0xFFFE)
    )


def _cut(text: str, most: int) -> str:
    """The beginning of a text, counted as Excel counts: an emoji is two."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore")


def _width(text: str) -> int:
    """How wide the longest line is; a Chinese character takes two places."""
    lines = text.split("\n")[:5]
    return max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line[:60]) for line in lines)


def _title(name: str, taken: set[str]) -> str:
    """A sheet's name as Excel allows it: 31 characters, no []:*?/\\, no two alike."""
    base = "".join("_" if c in "[]:*?/\\" else c for c in clean(name).replace("\n", " "))
    base = _cut(base.strip("' "), 31).strip("' ")
    base = base if base and base.lower() != "history" else "Sheet"
    title, count = base, 1
    while title.lower() in taken:
        count += 1
        title = f"{_cut(base, 27)} {count}"
    taken.add(title.lower())
    return title
