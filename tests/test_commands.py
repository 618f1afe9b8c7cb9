"""What an operator types: migrate, doctor, people import, backup, restore; each on a real database."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from bot import lease
from bot.__main__ import main
from models import facts, inbox, letters, sheets
from models.database import make_engine
from models.letters import Letter, State
from sandbox.serving import serving
from sandbox.world import Group, Someone, World
from tests.institute import MONDAY, settings_for


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's empty folder with nothing but a config.yaml."""
    (tmp_path / "config.yaml").write_text("timezone: Asia/Shanghai\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(place: Path, work: Any) -> Any:
    engine = make_engine(f"sqlite:///{place}/data/staffhome.db", pool=1)
    house = settings_for("sqlite:///x").house
    with (
        engine.connect().execution_options(write=True) as connection,
        Session(connection, info={"house": house}) as session,
        session.begin(),
    ):
        found = work(session)
    engine.dispose()
    return found


def roster(place: Path, *rows: list[str]) -> Path:
    file = place / "名册.xlsx"
    file.write_bytes(sheets.write([sheets.Sheet("名册", [["工号", "姓名", "部门", "手机"], *rows])]))
    return file


def test_migrate_twice_and_the_second_time_there_is_nothing_to_do(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_the_roster_is_shown_first_and_applied_only_with_a_yes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = roster(place, ["00017", "王䶮", "光电子实验室", "13900000001"], ["00018", "李梅", "材料实验室", ""])
    assert main(["people", "import", str(file)]) == 0
    assert "新增 2" in capsys.readouterr().out
    assert main(["people", "import", str(file), "--yes"]) == 0
    assert "导入好了" in capsys.readouterr().out
    assert main(["people", "import", str(file), "--yes"]) == 0
    assert "完全一样" in capsys.readouterr().out
    broken = roster(place, ["00017", "", "光电子实验室", "1390"], ["00018", "李梅", "材料实验室", ""])
    assert main(["people", "import", str(broken), "--yes"]) == 1
    assert main(["people", "import", str(place / "nothing.xlsx")]) == 1


def test_a_backup_comes_back_and_old_letters_are_held(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    change(place, lambda session: facts.put(session, facts.STAFF_GROUP, -5))
    for number, state in enumerate((State.DUE, State.SENDING, State.ASKED)):
        key = f"k:{number}"
        change(place, lambda session, k=key: letters.post(session, k, -5, "start.here", MONDAY))
        change(place, lambda s, k=key, to=state: s.execute(update(Letter).where(Letter.key == k).values(state=to)))
    assert main(["backup", "safe.db"]) == 0
    assert main(["backup", "safe.db"]) == 1  # never over another one
    change(place, lambda session: facts.put(session, facts.STAFF_GROUP, -6))
    assert main(["restore", "safe.db"]) == 0
    assert change(place, lambda session: facts.get(session, facts.STAFF_GROUP)) == -5
    held = change(place, lambda session: [letter.state for letter in session.query(Letter)])
    assert held == [State.UNKNOWN] * 3
    assert (place / "data/staffhome.db.before-restore").exists()
    (place / "bad.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert main(["restore", "bad.db"]) == 1
    assert change(place, lambda session: facts.get(session, facts.STAFF_GROUP)) == -5
    capsys.readouterr()


def test_nothing_is_restored_under_a_running_bot(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["backup", "safe.db"]) == 0
    held = {"id": "x", "host": "h", "pid": 1, "until": time.time() + 60}
    change(place, lambda session: facts.put(session, lease.NAME, held))
    assert main(["restore", "safe.db"]) == 1
    assert "stop it first" in capsys.readouterr().err
    change(place, lambda session: facts.put(session, lease.NAME, held | {"until": time.time() - 1}))
    other = sqlite3.connect(place / "data/staffhome.db")  # whoever still has it open keeps a log beside it
    other.execute("INSERT INTO facts VALUES ('late', '1')")
    other.commit()
    assert main(["restore", "safe.db"]) == 0
    other.execute("INSERT INTO facts VALUES ('later', '1')")
    other.commit()
    other.close()
    assert not (place / "data/staffhome.db-wal").exists()
    assert change(place, lambda session: facts.get(session, "later")) is None


def test_what_is_broken_can_be_replaced(place: Path) -> None:
    assert main(["migrate"]) == 0
    assert main(["backup", "safe.db"]) == 0
    (place / "data/staffhome.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert main(["restore", "safe.db"]) == 0
    assert change(place, lambda session: facts.get(session, facts.STAFF_GROUP)) is None


def test_a_backup_taken_while_somebody_writes_is_whole(place: Path) -> None:
    assert main(["migrate"]) == 0
    writer = sqlite3.connect(place / "data/staffhome.db")
    writer.execute("PRAGMA journal_mode=wal")
    for number in range(500):
        writer.execute("INSERT INTO facts VALUES (?, ?)", (f"n{number}", "1"))
        writer.commit()
    writer.execute("INSERT INTO facts VALUES ('not yet', '1')")
    assert main(["backup", "safe.db"]) == 0
    writer.commit()
    writer.close()
    copy = sqlite3.connect(place / "safe.db")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert copy.execute("SELECT count(*) FROM facts").fetchone() == (500,)
    copy.close()


def trouble(session: Session) -> None:
    now = datetime.now(UTC)
    inbox.keep(session, [{"update_id": 1}], now)
    letters.post(session, "k", -5, "start.here", now)
    session.execute(update(inbox.Inbox).values(parked="KeyError"))
    session.execute(update(Letter).values(state=State.UNKNOWN))


def no_trouble(session: Session) -> None:
    inbox.forget(session, datetime.now(UTC) + timedelta(days=10))
    session.execute(delete(Letter))


async def test_the_doctor_says_what_to_do_and_is_content_when_it_is_done(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(people=[Someone("周敏")], group=Group("职工群", ["周敏"]))
    assert await asyncio.to_thread(main, ["doctor"]) == 1
    words = capsys.readouterr().out
    assert "run `staffhome migrate`" in words
    assert "STAFFHOME_TELEGRAM__TOKEN" in words
    async with serving(world) as address:
        monkeypatch.setenv("STAFFHOME_TELEGRAM__API", address.url)
        monkeypatch.setenv("STAFFHOME_TELEGRAM__TOKEN", "1234567:a-token-nobody-knows-at-all")
        await asyncio.to_thread(main, ["migrate"])
        assert await asyncio.to_thread(main, ["doctor"]) == 1
        assert "ask @BotFather" in capsys.readouterr().out
        monkeypatch.setenv("STAFFHOME_TELEGRAM__TOKEN", world.token)
        assert await asyncio.to_thread(main, ["doctor"]) == 1
        assert "/here" in capsys.readouterr().out
        group = next(chat for chat in world.chats.values() if not chat.private)
        await asyncio.to_thread(change, place, lambda session: facts.put(session, facts.STAFF_GROUP, group.id))
        world.person("周敏").restrict(group, ())
        assert await asyncio.to_thread(main, ["doctor"]) == 1
        assert "may not speak" in capsys.readouterr().out
        world.person("周敏").promote(group, world.bot.id)
        assert await asyncio.to_thread(main, ["doctor"]) == 1
        assert "nobody may administer" in capsys.readouterr().out
        monkeypatch.setenv("STAFFHOME_ADMINS", "17")
        await asyncio.to_thread(change, place, trouble)
        assert await asyncio.to_thread(main, ["doctor"]) == 1
        words = capsys.readouterr().out
        assert "1 put aside" in words
        assert "1 of the last week may not have arrived" in words
        await asyncio.to_thread(change, place, no_trouble)
        assert await asyncio.to_thread(main, ["doctor"]) == 0
    words = capsys.readouterr().out
    assert "✗" not in words
    assert world.token not in words
    monkeypatch.setenv("STAFFHOME_TELEGRAM__API", "http://127.0.0.1:9")
    assert await asyncio.to_thread(main, ["doctor"]) == 1
    assert "telegram.proxy" in capsys.readouterr().out


def test_help_is_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["run", "--help"], ["people", "import", "--help"], ["demo", "--help"]):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 0
    assert "--config" in capsys.readouterr().out
