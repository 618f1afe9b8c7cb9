"""Spreadsheets: nothing we write acts by itself, nothing we read harms us."""

import io
import zipfile
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import sheets, sheets_child
from models.base import Refused
from models.sheets import Sheet


def in_process(content: bytes) -> list[Sheet]:
    """Read without the child process, for properties with many examples."""
    return sheets.unpack(sheets_child.answer(content))


def attempt(content: bytes) -> list[Sheet] | str:
    """The sheets, or the code of why not; anything else that is raised is a bug."""
    try:
        return in_process(content)
    except Refused as no:
        return no.code


def archive(parts: dict[str, bytes], base: bytes | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these parts, on top of those of another one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as target:
        if base is not None:
            with zipfile.ZipFile(io.BytesIO(base)) as source:
                for name in source.namelist():
                    if name not in parts:
                        target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


ORDINARY = sheets.write([Sheet("花名册", [["工号", "姓名"], ["000123", "张三"]])])


def refusal(content: bytes, name: str = "花名册.xlsx") -> str:
    with pytest.raises(Refused) as no:
        sheets.read(content, name)
    return no.value.code


def test_what_is_written_is_read_again_with_its_types() -> None:
    rows = [
        ["工号", "生日", "时间", "次数", "比例", "在职", "钟点"],
        ["000123", date(1990, 5, 1), datetime(2026, 11, 27, 7, 0, tzinfo=UTC), 3, 0.5, True, time(9, 30)],
    ]
    [sheet] = sheets.read(sheets.write([Sheet("花名册", rows)], ZoneInfo("Asia/Shanghai")), "a.xlsx")
    assert sheet.name == "花名册"
    assert sheet.rows[0] == rows[0]
    assert sheet.rows[1] == ["000123", date(1990, 5, 1), datetime(2026, 11, 27, 15, 0), 3, 0.5, True, time(9, 30)]


ACTING = ["=1+1", '=HYPERLINK("http://a")', "+1", "@SUM(1)", "-1", "\t=1", "{=1}", "00123"]
ACTING += ["https://a.b", "mailto:a@b.c", "internal:A1", "1e5", "TRUE"]


@pytest.mark.parametrize("text", ACTING)
def test_a_text_stays_a_text(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheets.write([Sheet("x", [["名字"], [text]])])))
    cell = book.active["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    assert cell.number_format == "@"
    assert cell.hyperlink is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=4), min_size=1, max_size=4), st.text(max_size=40))
def test_any_text_is_written_and_read_again(rows: list[list[str]], name: str) -> None:
    content = sheets.write([Sheet(name, rows), Sheet(name, rows)])
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    if any(sheets.clean(cell).strip() for row in rows for cell in row):
        first, second = in_process(content)
        assert first.rows == second.rows
        for row, read in zip(rows, first.rows, strict=False):
            for cell, seen in zip(row, read, strict=False):
                assert sheets.clean(cell).replace("\r", "") == (seen or "") or not str(seen or "").strip()


def test_a_title_is_cut_as_excel_counts() -> None:
    content = sheets.write(
        [Sheet("🎉" * 40, [["x"]]), Sheet("🎉" * 40, [["x"]]), Sheet("x" * 30 + "'y", [["🎉" * 20_000]])]
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [len(name.encode("utf-16-le")) // 2 for name in book.sheetnames] == [30, 28, 30]
    assert len(book.worksheets[2]["A1"].value) == 16_384


def test_huge_and_odd_values_are_kept_as_text() -> None:
    odd = Sheet(
        "",
        [["x"], [10**20], [float("nan")], ["".join(chr(0x4E00 + n % 9000) for n in range(40_000))], [date(1850, 1, 1)]],
    )
    [sheet] = sheets.read(sheets.write([odd]), "a.xlsx")
    assert [row[0] for row in sheet.rows[1:3]] == [str(10**20), "nan"]
    assert len(str(sheet.rows[3][0])) == 32_767
    assert sheet.rows[4][0] == "1850-01-01"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_text_file_from_any_windows(codec: str, mark: str) -> None:
    content = f"工号{mark}姓名\r\n000123{mark}张三\r\n".encode(codec)
    assert sheets.read(content, "A.CSV")[0].rows == [["工号", "姓名"], ["000123", "张三"]]


def test_hidden_sheets_are_not_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["工号"])
    book.create_sheet("旧").append(["x"])
    book["旧"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [sheet.rows for sheet in sheets.read(out.getvalue(), "a.xlsx")] == [[["工号"]]]


def test_rows_keep_the_numbers_they_have_in_the_file() -> None:
    book = openpyxl.Workbook()
    book.active["B3"] = "工号"
    out = io.BytesIO()
    book.save(out)
    assert sheets.read(out.getvalue(), "a.xlsx")[0].rows == [[None, None], [None, None], [None, "工号"]]


HOSTILE = {
    "kind": (b"x", "a.exe"),
    "empty": (b"  \n", "a.csv"),
    "too_big": (b"x" * (sheets.SIZE + 1), "a.csv"),
    "not_a_sheet": (b"\x89PNG\r\n\x1a\n\0\0", "a.xlsx"),
}


@pytest.mark.parametrize("code", HOSTILE)
def test_a_wrong_file_is_refused(code: str) -> None:
    assert refusal(*HOSTILE[code]) == f"sheets.{code}"


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("bomb", {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 19_000_000}),
        ("bomb", {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 21_000_000}),
        ("bomb", {f"xl/{n}.xml": b"" for n in range(600)}),
        ("odd_names", {"../../etc/passwd": b"x"}),
        ("odd_names", {"xl\\..\\..\\x": b"x"}),
        ("odd_names", {"/etc/passwd": b"x"}),
        ("odd_names", {"C:evil": b"x"}),
        ("macros", {"xl/vbaProject.bin": b"x"}),
        ("nested", {"xl/embeddings/inner.xlsx": ORDINARY}),
        ("nested", {"more.zip": b"PK"}),
        ("broken", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}),
        ("broken", {"xl/workbook.xml": b"\xff\xff"}),
    ],
)
def test_a_hostile_workbook_is_refused(code: str, parts: dict[str, bytes]) -> None:
    assert refusal(archive(parts, ORDINARY)) == f"sheets.{code}"


def test_other_archives_are_refused() -> None:
    assert refusal(archive({"word/document.xml": b"x", "[Content_Types].xml": b"x"})) == "sheets.not_a_sheet"
    assert refusal(b"PK\x03\x04 and then nothing") == "sheets.broken"
    assert refusal(ORDINARY[:-40]) == "sheets.broken"
    assert refusal(b"<html><table><tr><td>1</td></tr></table></html>", "a.xls") == "sheets.not_a_sheet"
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "a.xls") == "sheets.broken"
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert refusal(locked) == "sheets.locked"


def test_a_password_on_the_archive_is_noticed() -> None:
    content = bytearray(ORDINARY)
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refusal(bytes(content)) == "sheets.locked"


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_xml(rows: str) -> dict[str, bytes]:
    head = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>'
    return {"xl/worksheets/sheet1.xml": f"{head}{rows}</sheetData></worksheet>".encode()}


def test_a_cell_at_the_far_end_does_not_eat_the_memory() -> None:
    far = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert refusal(archive(far, ORDINARY)) in ("sheets.bomb", "sheets.broken", "sheets.too_long")


def test_one_long_text_in_every_cell_does_not_eat_the_memory() -> None:
    strings = f'<?xml version="1.0"?><sst xmlns="{MAIN}"><si><t>{"ab" * 15_000}</t></si></sst>'
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 6000))
    parts = sheet_xml(rows) | {"xl/sharedStrings.xml": strings.encode()}
    assert refusal(archive(parts, ORDINARY)) == "sheets.bomb"


def test_entities_are_not_expanded() -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><sst xmlns="{MAIN}"><si><t>&a8;</t></si></sst>'
    seen = attempt(archive({"xl/sharedStrings.xml": xml.encode()}, ORDINARY))
    assert isinstance(seen, str) or all(len(str(cell)) < 100 for row in seen[0].rows for cell in row)


def test_too_many_rows_and_columns_are_refused() -> None:
    assert refusal(b"1\n" * 6_001, "a.csv") == "sheets.too_long"
    assert refusal(("1," * 201 + "1\n").encode(), "a.csv") == "sheets.too_wide"
    assert refusal(("1," * 39 + "1\n").encode() * 4_600, "a.csv") == "sheets.too_wide"


def test_a_child_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(sheets, "SECONDS", 0.001)
    assert refusal(ORDINARY) == "sheets.too_slow"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]))
def test_any_bytes_are_read_or_refused(content: bytes, head: bytes) -> None:
    attempt(head + content)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(ORDINARY)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(content))
