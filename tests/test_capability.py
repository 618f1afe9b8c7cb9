"""CONTRIBUTING.md says that a capability is added in ten minutes and touches no old file. This does what it says."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
PAGE = HOUSE / "CONTRIBUTING.md"
ROOMS = ("bot", "handlers", "models", "locales", "sandbox")
BESIDE = ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/institute.py", "tests/wire.py")
RULES = "tests/test_house.py"  # hold for new files too
NOT_OLD = "wishes or not (no_sentence_in_code or nobody_below_the_machine)"  # what asks file by file: only the new ones
BLOCK = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of(folder: Path) -> dict[str, str]:
    """Every file that is not a by-product, and what is in it."""
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in found}


def run(house: Path, *command: str) -> None:
    """Run it there, with that house's packages and not ours."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STAFFHOME_", "PYTEST_"))}
    environment |= {"PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=house, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house."""
    for room in ROOMS:
        shutil.copytree(HOUSE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*BESIDE, RULES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(HOUSE / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
def test_a_capability_is_added_as_the_page_says_and_touches_no_old_file(house: Path) -> None:
    before = files_of(house)
    blocks = dict(BLOCK.findall(PAGE.read_text("utf-8")))
    assert len(blocks) == 5, "a model, a handler, two files of sentences, a test"
    for name, content in blocks.items():
        file = house / name
        assert not file.exists(), f"{name} is there already: the page must show something new"
        file.write_text(content, "utf-8")
    run(house, "-m", "models.schema", "wishes")
    python = [name for name in blocks if name.endswith(".py")]
    run(house, "-m", "ruff", "check", "--no-cache", *python)
    run(house, "-m", "ruff", "format", "--no-cache", "--check", *python)
    run(house, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/test_wishes.py", RULES, "-k", NOT_OLD)
    after = files_of(house)
    assert {name: after.get(name) for name in before} == before
    made = set(after) - set(before) - set(blocks)
    assert len(made) == 1
    (migration,) = made
    assert re.fullmatch(r"models/migrations/versions/\d{4}_wishes\.py", migration)
    words = (house / migration).read_text("utf-8")
    assert words.count("op.create_table(") == 1, "the migration is about the new table only"
    assert "op.drop_column" not in words
