"""Settings: whatever is wrong is named with its line, its value and what fits, and no secret is ever printed."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.config import ConfigError, load
from models.presets import PRESETS
from models.sealing import new_key

SECRET = "123456:AAbbCCddEEffGGhhIIjjKKll"


def write(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_file_we_ship_is_right() -> None:
    settings = load(Path("config.yaml"))
    assert settings.timezone == "Asia/Shanghai"
    assert settings.reminders == (1440, 60)
    assert settings.cases == PRESETS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timezone: Mars/Olympus\n", ["line 1", "timezone", "Mars/Olympus", "Asia/Shanghai"]),
        ("\n\nlanes: 900\n", ["line 3", "lanes", "900", "64"]),
        ("telegram:\n  tokn: x\n", ["line 2", "telegram.tokn", "no such setting"]),
        ("telegram:\n  transport: carrier-pigeon\n", ["line 2", "telegram.transport", "carrier-pigeon", "httpx"]),
        ("quiet:\n  start: bedtime\n", ["line 2", "quiet.start", "bedtime"]),
        ("reminders: [soon]\n", ["line 1", "reminders", "soon", "3h"]),
        ("database:\n  url: mysql://root:geheim@host/x\n", ["line 2", "database.url", "postgresql+psycopg"]),
        ("admins: [me]\n", ["line 1", "admins", "me"]),
        ("timezone: [\n", ["YAML"]),
        ("- one\n- two\n", ["line 1"]),
        ("telegram: 5\n", ["line 1", "telegram", "names and values"]),
        ("telegram: 123456:geheimgeheimgeheim\n", ["line 1", "telegram", "hidden", "names and values"]),
        ("telegram:\n  - token: geheim\n", ["line 1", "telegram", "hidden"]),
        ("telegram:\n  token:\n    is: geheim\n", ["line 2", "telegram.token", "hidden"]),
        ("database: postgresql+psycopg://u:geheim@h/db\n", ["line 1", "database", "hidden", "names and values"]),
        ("cases:\n  proposal:\n    seconders: many\n", ["line 3", "cases.proposal.seconders", "many", "integer"]),
        ("cases:\n  proposal:\n    second: 3\n", ["line 3", "cases.proposal.second", "no such setting"]),
        ("cases:\n  repair:\n    answer_days: 0\n", ["line 3", "cases.repair.answer_days", "greater"]),
        (
            "cases:\n  proposal:\n    unseconded: wish\n",
            ["line 3", "proposal.unseconded", "wish", "repair, suggestion"],
        ),
        ("cases:\n  proposal:\n    unseconded: proposal\n", ["line 3", "no seconders"]),
        ("cases:\n  comment:\n    grounds: [rude]\n", ["line 3", "cases.comment.grounds", "rude", "vague"]),
        ("cases:\n  Care Desk:\n    rated: false\n", ["line 2", "cases.Care Desk", "small letters"]),
        ("cases:\n  care:\n    confidential: true\n    seconders: 2\n", ["line 2", "cases.care", "without seconders"]),
        ("cases: 5\n", ["line 1", "cases", "names and values"]),
        ("cases:\n  proposal: 5\n", ["line 2", "cases.proposal", "names and values"]),
        ("sealing:\n  key: geheim\n", ["line 2", "sealing.key", "hidden", "staffhome key"]),
        ("sealing:\n  old_keys: [geheim]\n", ["line 2", "sealing.old_keys", "hidden", "staffhome key"]),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, expected: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    for part in expected:
        assert part in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_kind_of_case_is_changed_line_by_line_and_one_of_ones_own_is_added(tmp_path: Path) -> None:
    text = "cases:\n  proposal: {seconders: 3}\n  canteen: {name: {zh_CN: 食堂意见}, answer_days: 3}\n"
    kinds = load(write(tmp_path, text)).house.cases
    assert kinds["proposal"] == PRESETS["proposal"].model_copy(update={"seconders": 3})
    assert kinds["repair"] == PRESETS["repair"]
    assert (kinds["canteen"].answer_days, kinds["canteen"].name) == (3, {"zh_CN": "食堂意见"})


def test_kinds_of_case_are_one_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, "cases:\n  proposal: {answer_days: 20}\n")
    monkeypatch.setenv("STAFFHOME_CASES", '{"proposal": {"seconders": 4}, "repair": {"rated": false}}')
    kinds = load(file).cases
    assert (kinds["proposal"].seconders, kinds["proposal"].answer_days, kinds["repair"].rated) == (4, 20, False)
    monkeypatch.setenv("STAFFHOME_CASES", '{"proposal": {"seconders": "many"}}')
    with pytest.raises(ConfigError, match="seconders"):
        load(file)
    monkeypatch.setenv("STAFFHOME_CASES", "proposal")
    with pytest.raises(ConfigError):
        load(file)
    monkeypatch.delenv("STAFFHOME_CASES")
    monkeypatch.setenv("STAFFHOME_CASES__PROPOSAL__SECONDERS", "4")
    with pytest.raises(ConfigError, match="no such setting"):
        load(file)


def test_what_is_confidential_is_not_shown_unless_somebody_says_so_which_is_refused(tmp_path: Path) -> None:
    care = "cases:\n  care:\n    confidential: true\n"
    kind = load(write(tmp_path, care)).cases["care"]
    assert not kind.shown
    with pytest.raises(ConfigError, match="not shown"):
        load(write(tmp_path, f"{care}    shown: true\n"))


def test_the_keys_are_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [new_key() for _ in range(3)]
    monkeypatch.setenv("STAFFHOME_SEALING__KEY", keys[0])
    monkeypatch.setenv("STAFFHOME_SEALING__OLD_KEYS", f"{keys[1]}, {keys[2]}")
    settings = load(write(tmp_path, "{}\n"))
    house = settings.house
    assert (house.key, house.old_keys) == (keys[0].encode(), (keys[1].encode(), keys[2].encode()))
    assert not any(key in repr(settings) + repr(house) for key in keys)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "lanes: 0\ntimezone: x\n"))
    assert len(str(caught.value).splitlines()) == 2


def test_variables_win_and_a_misspelled_one_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, "lanes: 8\n")
    monkeypatch.setenv("STAFFHOME_LANES", "16")
    monkeypatch.setenv("STAFFHOME_ADMINS", "17, 5000000001")
    monkeypatch.setenv("STAFFHOME_REMINDERS", "3d,2h,15m")
    monkeypatch.setenv("STAFFHOME_TELEGRAM__TOKEN", SECRET)
    settings = load(file)
    assert (settings.lanes, settings.admins, settings.reminders) == (16, {17, 5000000001}, (4320, 120, 15))
    assert SECRET not in repr(settings)
    monkeypatch.setenv("STAFFHOME_TELEGRAM__TOKEM", SECRET)
    with pytest.raises(ConfigError, match="STAFFHOME_TELEGRAM__TOKEM"):
        load(file)


def test_a_wrong_variable_is_named_and_no_secret_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFFHOME_TELEGRAM__TOKEN", "not-a-token-but-secret")
    monkeypatch.setenv("STAFFHOME_DATABASE__URL", "postgres://union:hunter2@db/x")
    monkeypatch.setenv("STAFFHOME_LANES", "many")
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "{}\n"))
    words = str(caught.value)
    assert "STAFFHOME_TELEGRAM__TOKEN" in words
    assert "STAFFHOME_LANES" in words
    assert "many" in words
    assert "not-a-token" not in words
    assert "hunter2" not in words


def test_the_command_exits_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "nowhere.yaml"), "run"]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err
    assert main(["--config", str(write(tmp_path, "lanes: -1\n")), "run"]) == 2
    assert "lanes" in capsys.readouterr().err
