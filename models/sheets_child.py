"""Reads one spreadsheet in a process of its own: content comes on stdin, cells go out on stdout as JSON.

Run as a script, never imported by the bot's own process except in tests: whatever a hostile file does, it does here,
with little memory, little time, no secrets in the environment and nothing to write to. It imports nothing of ours.
"""

import csv
import io
import json
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

UNPACKED = 20 * 1024 * 1024  # bytes a workbook may say it unpacks to
RATIO = 100  # unpacked bytes to each packed one
PARTS = 500  # files inside a workbook
ROWS, CELLS, COLUMNS = 6_000, 6_000 * 30, 200
CELL = 32_767  # characters in one cell, Excel's own limit
CHARACTERS = 8_000_000  # of all cells together: one shared text may stand in every cell
MEMORY = 256 * 1024 * 1024
SECONDS = 10
PACKED = (".zip", ".xlsx", ".xlsm", ".xls", ".docx", ".gz", ".rar", ".7z", ".jar", ".bin")

Tables = list[tuple[str, list[list[Any]]]]


class No(Exception):
    """This file is not read; the argument is the code."""


def read(content: bytes) -> Tables:
    """Names and rows of the visible sheets, as plain values; what the file is, its bytes say and not its name."""
    if content.startswith(b"PK"):
        check_archive(content)
        return workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        for mark, code in (("EncryptedPackage", "locked"), ("_VBA_PROJECT", "macros")):
            if mark.encode("utf-16-le") in content:
                raise No(code)
        return workbook(content)
    return [("", comma_separated(content))]


def check_archive(content: bytes) -> None:
    """Look at the table of contents before anything is unpacked."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except Exception as error:
        raise No("broken") from error
    names = [part.filename for part in parts]
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise No("bomb")
    if sum(part.file_size for part in parts) > RATIO * len(content):
        raise No("bomb")
    for part in parts:
        steps = part.filename.replace("\\", "/").split("/")
        if ".." in steps or part.filename.startswith(("/", "\\")) or ":" in part.filename or "\0" in part.orig_filename:
            raise No("odd_names")
        if part.flag_bits & 0x1:
            raise No("locked")
        if part.file_size > 64 * 1024 and part.file_size > RATIO * max(part.compress_size, 1):
            raise No("bomb")
    if len(set(names)) != len(names):
        raise No("odd_names")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise No("macros")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/workbook") for name in names):
        raise No("not_a_sheet")
    # Printer settings are small .bin parts of ordinary workbooks; anything else packed has no business here.
    if any(name.lower().endswith(PACKED) and "printerSettings" not in name for name in names):
        raise No("nested")


def workbook(content: bytes) -> Tables:
    """The visible sheets of an Excel workbook, from A1 on, so that row numbers are those of the file."""
    import python_calamine as calamine

    tables: Tables = []
    cells = 0
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in book.sheets_metadata:
            if (
                sheet.visible is not calamine.SheetVisibleEnum.Visible
                or sheet.typ is not calamine.SheetTypeEnum.WorkSheet
            ):
                continue
            rows = trim(book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False))
            cells += measure(rows, cells)
            tables.append((sheet.name, rows))
    except calamine.PasswordError as error:
        raise No("locked") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise No("broken") from error
    return tables


def comma_separated(content: bytes) -> list[list[Any]]:
    """A text file with commas, semicolons or tabs, in UTF-8 or in Windows' Chinese."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codecs: tuple[str, ...] = ("utf-16",)
    else:
        codecs = ("utf-8-sig", "gb18030")
    for codec in codecs:
        try:
            text = content.decode(codec)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise No("not_a_sheet")
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise No("not_a_sheet")
    if text.lstrip()[:200].lower().startswith(("<html", "<!doctype", "<?xml", "<table", "%pdf", "{")):
        raise No("not_a_sheet")  # many personnel systems call a web page .xls
    head = text[:4000]
    mark = max(",\t;", key=head.count)
    try:
        rows = trim([list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)])
    except csv.Error as error:
        raise No("broken") from error
    measure(rows, 0)
    return rows


def trim(rows: list[list[Any]]) -> list[list[Any]]:
    """Without the empty rows at the end and the empty columns on the right."""
    while rows and not any(filled(cell) for cell in rows[-1]):
        rows.pop()
    width = 0
    for row in rows:
        for index in range(len(row) - 1, width - 1, -1):
            if filled(row[index]):
                width = index + 1
                break
    return [row[:width] + [""] * (width - len(row)) for row in rows]


def filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def measure(rows: list[list[Any]], before: int) -> int:
    """How many cells there are; too many are refused."""
    width = len(rows[0]) if rows else 0
    if len(rows) > ROWS:
        raise No("too_long")
    if width > COLUMNS or before + len(rows) * width > CELLS:
        raise No("too_wide")
    return len(rows) * width


def plain(cell: Any) -> Any:
    """A cell as JSON holds it: dates and times become tagged pairs, whole numbers lose their .0."""
    if isinstance(cell, str):
        if len(cell) > CELL:
            raise No("bomb")
        return cell or None
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, datetime):
        return ["day", cell.date().isoformat()] if cell.time() == time() else ["moment", cell.isoformat()]
    if isinstance(cell, date):
        return ["day", cell.isoformat()]
    if isinstance(cell, time):
        return ["time", cell.isoformat()]
    if isinstance(cell, timedelta):
        return str(cell)
    return cell


def answer(content: bytes) -> dict[str, Any]:
    """What the parent is told: the sheets, or the code of why not."""
    try:
        tables = [(name, [[plain(cell) for cell in row] for row in rows]) for name, rows in read(content)]
        if sum(len(cell) for _, rows in tables for row in rows for cell in row if isinstance(cell, str)) > CHARACTERS:
            raise No("bomb")
    except No as no:
        return {"refused": str(no)}
    except MemoryError:
        return {"refused": "bomb"}
    return {"sheets": tables}


def confine() -> None:
    """Give up what reading a sheet does not need. Where the system knows no limits, the parent's clock remains."""
    try:
        import resource
    except ImportError:
        return
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": SECONDS, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in limits.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (ValueError, OSError, AttributeError):  # a system with other limits, or stricter ones already
            continue


def main() -> None:
    confine()
    json.dump(answer(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
