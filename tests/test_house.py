"""The house's rules, as far as a machine can check them."""

import ast
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import discover
from bot.texts import FOLDER, LANGUAGES, Texts
from models.base import Base, Privacy
from models.rounds import GROUP_LOST, OURS

ROOMS = ("bot", "handlers", "models")
FILES = sorted(file for room in ROOMS for file in Path(room).rglob("*.py"))
TEXTS = Texts(ZoneInfo("Asia/Shanghai"))


def test_every_table_says_how_personal_it_is() -> None:
    for mapper in Base.registry.mappers:
        privacy = mapper.class_.__dict__.get("privacy")
        assert isinstance(privacy, Privacy), f"{mapper.class_.__name__} does not say its privacy"
        columns = set(mapper.columns.keys())
        assert privacy.whose is None or privacy.whose in columns
        assert set(privacy.blank) <= columns


@pytest.mark.parametrize("file", sorted((FOLDER / "zh_CN").glob("*.yaml")), ids=lambda file: file.stem)
def test_both_languages_say_the_same_things(file: Path) -> None:
    mine = {key for key in TEXTS.sources["zh_CN"] if key.startswith(file.stem + ".")}
    theirs = {key for key in TEXTS.sources["en"] if key.startswith(file.stem + ".")}
    assert mine == theirs


def test_both_languages_have_the_same_files() -> None:
    assert len({frozenset(file.name for file in (FOLDER / language).glob("*.yaml")) for language in LANGUAGES}) == 1


def test_both_languages_ask_for_the_same_facts() -> None:
    from jinja2 import Environment, meta

    environment = Environment(autoescape=True)
    environment.filters.update(dict.fromkeys(("moment", "clock", "day", "span"), str))
    for key, source in TEXTS.sources["zh_CN"].items():
        wanted = meta.find_undeclared_variables(environment.parse(source))
        theirs = meta.find_undeclared_variables(environment.parse(TEXTS.sources["en"][key]))
        assert theirs <= wanted | {"count"}, f"{key}: only English asks for {theirs - wanted}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_no_sentence_in_code(file: Path) -> None:
    """Chinese words that people see belong in locales/; words that are read from people are data."""
    if (
        file.name.startswith(("roster", "demo", "holidays", "audiences", "timetables"))
        or "sentence" in file.name
        or "moments" in file.parts
        or "forms" in file.parts
    ):
        return
    tree = ast.parse(file.read_text("utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            words = re.findall(r"[\u4e00-\u9fff]{3,}", node.value.replace("职工之家", ""))
            assert not words, f"{file}:{node.lineno}: {words}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_nobody_below_the_machine_commits_or_looks_at_the_clock(file: Path) -> None:
    source = file.read_text("utf-8")
    if file.parts[0] != "bot" and file.name not in ("schema.py",):
        assert ".commit(" not in source, f"{file} commits"
    if file.name not in ("clock.py", "doctor.py") and file.parts[0] != "sandbox":
        assert not re.search(r"datetime\.now\(|date\.today\(|utcnow\(", source), f"{file} looks at the clock"


@pytest.mark.parametrize("file", sorted(Path("handlers").glob("[a-z]*.py")), ids=lambda file: file.stem)
def test_every_public_function_says_what_it_means(file: Path) -> None:
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{file}: {node.name} has no docstring"


def test_every_sentence_a_handler_names_is_there() -> None:
    """Keys given to say, show, alert, paint and Refused as plain strings exist in the locales."""
    spoken = re.compile(r'(?:\.(?:say|show|alert|paint|html|plain)|Refused)\(\s*"([a-z_]+(?:\.[a-z_]+)+)"')
    for file in FILES:
        for key in spoken.findall(file.read_text("utf-8")):
            assert TEXTS.has(key), f"{file} says {key}, which has no sentence"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", sorted(GROUP_LOST | OURS | {"bug:KeyError", "never_heard_of"}))
@pytest.mark.parametrize("sentence", ["events.card", "people.letters.claim", "wishes.granted"])
def test_trouble_is_said_in_words_also_where_its_kind_is_new(sentence: str, cause: str, language: str) -> None:
    facts = {"sentence": sentence, "cause": cause, "number": 1}
    assert sentence in (said := TEXTS.html("common.letter_failed", language, facts))
    assert TEXTS.has(f"common.causes.{cause.split(':')[0]}") or cause == "never_heard_of"
    assert cause in said


def test_the_house_starts_with_what_its_handlers_declare() -> None:
    registry = discover()
    registry.check(TEXTS.has)
    assert registry.commands
