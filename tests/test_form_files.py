"""Forms: several photos and documents, one after another or as an album."""

import contextlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.incoming import Attachment
from models import files, papers
from models.base import Refused
from models.cases import Attachment as Attached
from models.cases import Case
from models.files import File
from tests.form_desk import NOW, Desk, at_a_desk, jpeg, outing, until
from tests.institute import Institute, running

PDF = b"%PDF-1.7\n..."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with at_a_desk(tmp_path) as found:
        yield found


def office(*parts: str, **more: str) -> bytes:
    """An office file of these parts, as far as anybody looks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in ("[Content_Types].xml", *parts):
            made.writestr(part, more.get(part, "<x/>"))
    return out.getvalue()


def shot(desk: Desk, name: str, **facts: object) -> None:
    """A photo as a telephone sends it: without a name of its own. Another name is another picture."""
    desk.files[name] = jpeg((40 + len(name), 20 + ord(name[-1]) % 50))
    desk.send("photo", attachment=Attachment(name, "photo.jpg", "image/jpeg", 100), **facts)


def names(desk: Desk, field: str = "papers") -> list[str]:
    with Session(desk.engine) as session:
        return [session.get_one(File, number).name for number in desk.answers[field]]


def test_photos_and_papers_come_one_after_another(desk: Desk) -> None:
    until(desk, "papers")
    assert "最多 3 个，每个 10 MB 以内（pdf、doc" in desk.text
    assert desk.labels == ["没有附件", "上一步", "不填了"]
    shot(desk, "a")
    assert "已收到 1 个文件：照片 1 张" in desk.text
    assert desk.labels == ["就这些（1）", "去掉最后一个", "上一步", "不填了"]
    desk.send_file("document", "方案.pdf", "application/pdf", PDF)
    assert "已收到 2 个文件：照片 1 张、方案.pdf" in desk.text
    desk.send_file("document", "现场.PNG", "image/png", jpeg())
    assert "照片 1 张、方案.pdf、现场.jpg" in desk.text
    desk.tap("就这些（3）")
    assert "在哪里？" in desk.text
    desk.tap("跳过")
    assert "<b>附件</b>：3 个文件：照片 1 张、方案.pdf、现场.jpg" in desk.text
    desk.tap("预览")
    assert len(desk.finished[0][0].papers) == 3


def test_without_any(desk: Desk) -> None:
    until(desk, "papers")
    desk.type("没有")
    assert "请发照片或文件" in desk.text
    desk.tap("没有附件")
    assert desk.answers["papers"] == []


def test_the_last_one_can_be_taken_out_once_however_often_it_is_pressed(desk: Desk) -> None:
    until(desk, "papers")
    shot(desk, "a")
    shot(desk, "b")
    less = desk.find("去掉最后一个").data or ""
    desk.press(less)
    desk.press(less)
    assert "已收到 1 个文件" in desk.text
    desk.tap("去掉最后一个")
    assert "没有附件" in desk.labels
    shot(desk, "c")
    desk.tap("就这些（1）")
    assert len(desk.answers["papers"]) == 1


def test_what_is_refused_takes_nothing_else_along(desk: Desk) -> None:
    until(desk, "papers")
    shot(desk, "a")
    for sent, said in (
        (Attachment("x", "病毒.exe", "application/x", 10), "只收这些格式"),
        (Attachment("x", "大.pdf", "application/pdf", 11 << 20), "文件太大，请发 10 MB 以内的"),
    ):
        desk.send("document", attachment=sent)
        assert said in desk.text
        assert "已收到 1 个文件" in desk.text
    desk.send_file("document", "假.pdf", "application/pdf", b"MZ\x90")
    assert "“假.pdf”打不开" in desk.text
    assert "已收到 1 个文件" in desk.text
    desk.send_file("document", "假.jpg", "image/jpeg", b"<html>")
    assert "这张照片打不开" in desk.text
    assert "已收到 1 个文件" in desk.text
    shot(desk, "b")
    shot(desk, "c")
    shot(desk, "d")
    assert "最多 3 个文件，这一个没有加进去" in desk.text
    assert "已收到 3 个文件" in desk.text
    desk.tap("就这些（3）")
    assert len(desk.answers["papers"]) == 3


def test_the_same_one_twice_is_there_once(desk: Desk) -> None:
    until(desk, "papers")
    shot(desk, "a")
    shot(desk, "a")
    assert "这一份已经有了" in desk.text
    assert "已收到 1 个文件" in desk.text


def test_an_album_loses_none_even_when_done_is_pressed_too_early(desk: Desk) -> None:
    until(desk, "papers")
    shot(desk, "a")
    desk.tap("就这些（1）")
    assert "在哪里？" in desk.text
    shot(desk, "b")
    assert "已加到「附件」：2 个文件：照片 2 张" in desk.text
    assert "在哪里？" in desk.text
    desk.tap("跳过")
    shot(desk, "c")
    assert "<b>附件</b>：3 个文件：照片 3 张" in desk.text
    shot(desk, "d")
    assert "最多 3 个文件" in desk.text
    assert len(desk.answers["papers"]) == 3


def test_a_photo_that_comes_before_its_question_waits_there(desk: Desk) -> None:
    desk.begin("outings.new")
    shot(desk, "a", text="中秋健步走")  # what is written under it answers the question
    assert "已加到「附件」：1 个文件：照片 1 张" in desk.text
    assert desk.answers == {"title": "中秋健步走"}
    desk.tap("上一步")
    assert desk.answers == {}
    desk.begin("outings.edit", answers={key: value for key, value in outing().items() if key != "papers"})
    desk.tap("接着填")
    desk.type("健步走")
    shot(desk, "b")
    assert "2 个文件" in desk.text
    assert "哪一类？" in desk.text
    desk.tap("健步走")
    assert "papers" not in desk.answers
    assert (desk.draft.pending or {})["files"]["papers"] == [1, 2] if desk.draft else False


def test_words_under_a_photo_are_not_lost(desk: Desk) -> None:
    until(desk, "papers")
    shot(desk, "a", text="三楼 <漏水>")
    shot(desk, "b", text="四楼")
    assert "没用上：三楼 &lt;漏水&gt;\n四楼" in desk.text
    desk.tap("就这些（2）")
    desk.tap("跳过")
    assert "没用上：三楼 &lt;漏水&gt;\n四楼" in desk.text


def test_back_and_change_and_keep(desk: Desk) -> None:
    until(desk, "papers")
    shot(desk, "a")
    desk.tap("上一步")  # to the notice
    desk.send_file("document", "a.pdf", "application/pdf", b"%PDF")
    assert "已收到 1 个文件" in desk.text  # they are still there
    desk.tap("就这些（1）")
    desk.tap("上一步")
    assert "已收到 1 个文件" in desk.text
    desk.tap("就这些（1）")
    desk.tap("跳过")
    desk.tap("改：附件")
    assert "已收到 1 个文件" in desk.text
    assert desk.labels == ["就这些（1）", "去掉最后一个", "不改了"]
    shot(desk, "b")
    assert "已收到 2 个文件" in desk.text
    desk.tap("不改了")
    assert "<b>附件</b>：1 个文件" in desk.text
    desk.tap("改：附件")
    assert "已收到 1 个文件" in desk.text
    desk.tap("去掉最后一个")
    desk.tap("不填这一项")
    assert "<b>附件</b>：（未填）" in desk.text


def test_what_was_sent_hours_later_is_held_whole(desk: Desk) -> None:
    until(desk, "papers")
    desk.now += timedelta(hours=7)
    shot(desk, "a", text="楼道")
    shot(desk, "b")
    assert "先留着" in desk.text
    desk.tap("接着填，刚发的就是「附件」")
    assert desk.draft is not None
    assert (desk.draft.pending or {})["files"]["papers"] == [1, 2]
    assert "没用上：楼道" in desk.text
    desk.tap("就这些（2）")
    assert len(desk.answers["papers"]) == 2
    desk.now += timedelta(hours=7)
    shot(desk, "c")
    desk.type("39.9, 116.4")  # said after the photo, and about the question
    desk.tap("接着填，刚发的就是「位置」")
    assert "<b>附件</b>：3 个文件：照片 3 张" in desk.text
    assert "39.90000, 116.40000" in desk.text


def test_a_photo_keeps_neither_place_nor_size(desk: Desk) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    until(desk, "papers")
    desk.send_file("document", "大.jpeg", "image/jpeg", jpeg((4000, 100), exif=exif))
    desk.tap("就这些（1）")
    with Session(desk.engine) as session:
        file = session.get_one(File, desk.answers["papers"][0])
        with Image.open(io.BytesIO(file.content)) as kept:
            assert kept.size == (64, 2560)
            assert not kept.getexif()


def test_office_files_lose_who_wrote_them_and_nothing_else(desk: Desk) -> None:
    until(desk, "papers")
    secret = {
        "docProps/core.xml": "<a>李秀英</a>",
        "docProps/app.xml": "<b>研究所</b>",
        "word/document.xml": "<w>正文</w>",
    }
    desk.send_file("document", "方案.docx", "x/y", office(*secret, **secret))
    desk.tap("就这些（1）")
    assert names(desk) == ["方案.docx"]
    with Session(desk.engine) as session:
        file = session.get_one(File, desk.answers["papers"][0])
        assert file.kind.endswith("wordprocessingml.document")
        with zipfile.ZipFile(io.BytesIO(file.content)) as kept:
            assert kept.testzip() is None
            whole = b"".join(kept.read(name) for name in kept.namelist()).decode()
            assert set(kept.namelist()) == {"[Content_Types].xml", *secret}
    assert "李秀英" not in whole
    assert "研究所" not in whole
    assert "正文" in whole


def test_somebody_elses_name_for_the_same_bytes_stays_theirs(desk: Desk) -> None:
    with Session(desk.engine) as session, session.begin():
        first = files.keep(session, "张三的申诉.pdf", "application/pdf", PDF, NOW)
        again = files.keep(session, "张三的申诉.pdf", "application/pdf", PDF, NOW)
        other = files.keep(session, "附件.pdf", "application/pdf", PDF, NOW)
        twice = files.keep(session, "附件.pdf", "application/pdf", PDF, NOW)
    assert first is again
    assert other is twice
    assert first is not other


GOOD = {
    "a.pdf": PDF,
    "a.docx": office("word/document.xml"),
    "a.XLSX": office("xl/workbook.xml"),
    "a.pptx": office("ppt/presentation.xml"),
    "a.doc": papers.OLE + bytes(100),
    "a.txt": "第一行\r\n第二行".encode(),
    "b.txt": "第一行".encode("gb18030"),
    "c.txt": "第一行".encode("utf-16"),
    "a.zip": b"PK",
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_what_it_says_is_taken(name: str) -> None:
    kept = papers.clean(name, "x/y", GOOD[name])
    assert (kept.name, kept.content) == (name, GOOD[name])


BAD = {
    "a.pdf": b"PDF",
    "b.pdf": b"",
    "a.docx": office("xl/workbook.xml"),
    "b.docx": office("word/document.xml", "word/vbaProject.bin"),
    "c.docx": GOOD["a.docx"][:60],
    "d.docx": papers.OLE,
    "a.doc": b"{\\rtf1",
    "a.txt": b"MZ\x00\x01",
    "b.txt": b"\xff\xff\x00\xff",
    "a.zip": b"",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_what_it_says_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=r"form\.not_that_kind"):
        papers.clean(name, "x/y", BAD[name])


def test_a_bomb_of_an_office_file_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<x/>")
        made.writestr("docProps/core.xml", "<x/>")
        made.writestr("word/document.xml", bytes(papers.UNPACKED))
    assert len(out.getvalue()) < 1 << 20
    with pytest.raises(Refused):
        papers.clean("a.docx", "", out.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 600), st.sampled_from([".docx", ".xlsx", ".pdf", ".txt", ".doc"]))
def test_broken_papers_never_break_us(noise: bytes, at: int, ending: str) -> None:
    whole = office("word/document.xml", "xl/workbook.xml", "docProps/core.xml")
    with contextlib.suppress(Refused):
        assert papers.clean(f"a{ending}", "", whole[:at] + noise + whole[at + len(noise) :]).content


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("", "document"),
        ("长" * 200 + ".pdf", "长" * 80 + ".pdf"),
    ],
)
def test_names_are_short_and_without_folders(name: str, kept: str) -> None:
    assert papers.named(name) == kept


def test_english_too(desk: Desk) -> None:
    desk.language = "en"
    until(desk, "papers")
    shot(desk, "a")
    shot(desk, "b")
    desk.send_file("document", "plan.pdf", "application/pdf", PDF)
    assert "Here already: 3 files: 2 photos, plan.pdf" in desk.text
    assert desk.labels[:2] == ["That is all (3)", "Remove the last one"]


# Over the phones


async def test_an_album_comes_with_a_proposal(anywhere: Institute) -> None:
    """Four photos at once, one of them twice, and a paper; all of them are with the case, clean."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    li = anywhere.phone("李梅")
    await li.says("/propose")
    await li.taps(next(label for label in li.buttons() if "建议" in label))
    for words in ("食堂排队太长", "中午要等二十分钟"):
        await li.says(words)
    await li.taps("跳过")
    photos = [jpeg((300 + size, 200), exif=exif) for size in (0, 10, 20)]
    await li.sends_album(*photos, photos[0], caption="十二点拍的")
    assert "3 个文件：照片 3 张" in li.sees()
    assert "这一份已经有了" in li.reads()
    await li.sends_file("方案.pdf", PDF)
    await li.sends_file("脚本.exe", b"MZ")
    assert "只收这些格式" in li.sees()
    assert "没用上：十二点拍的" in li.sees()
    assert "4 个文件：照片 3 张、方案.pdf" in li.sees()
    await li.taps("就这些（4）")
    await li.taps("跳过")
    await li.taps("署名")
    assert "4 个文件" in li.sees()
    await li.taps(li.buttons()[0])

    def kept(session: Session) -> list[tuple[str, bytes]]:
        case = session.scalars(select(Case)).unique().one()
        query = select(File.name, File.content).join(Attached, Attached.file_id == File.id)
        return [(name, content) for name, content in session.execute(query.where(Attached.case_id == case.id))]

    found = await anywhere.look(kept)
    assert [name for name, _ in found] == ["photo.jpg"] * 3 + ["方案.pdf"]
    for _, content in found[:3]:
        with Image.open(io.BytesIO(content)) as photo:
            assert not photo.getexif()


async def test_half_an_album_survives_a_restart(sqlite_url: str) -> None:
    async with running(sqlite_url) as institute:
        li = institute.phone("李梅")
        await li.says("/propose")
        await li.taps(next(label for label in li.buttons() if "建议" in label))
        for words in ("食堂排队太长", "中午要等二十分钟"):
            await li.says(words)
        await li.taps("跳过")
        await li.sends_album(jpeg((300, 200)), jpeg((310, 200)))
        world = institute.world
    async with running(sqlite_url, world, seed=False) as again:
        li = again.phone("李梅")
        await li.sends_photo(jpeg((320, 200)))
        assert "3 个文件：照片 3 张" in li.sees()
