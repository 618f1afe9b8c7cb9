"""What the pages say is so: commands, buttons, settings, links and tables are held against the code."""

import argparse
import re
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, SecretStr

from bot.__main__ import _parser
from bot.app import discover
from bot.config import PREFIX, Section, Settings
from bot.router import label
from bot.texts import Texts
from docs import tables

PAGES = sorted([*Path().glob("*.md"), *Path("docs").rglob("*.md")])
HANDBOOK = {"zh_CN": Path("docs/zh"), "en": Path("docs/en")}
OPERATE = Path("docs/operate.md").read_text("utf-8")
TEXTS = Texts(ZoneInfo("Asia/Shanghai"))
REGISTRY = discover()
ROOMS = ("bot", "handlers", "models", "locales", "sandbox", "tests", "docs", "bench")
LINK = re.compile(r"\]\(([^)\s]+)\)|<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`")
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


def prose(page: Path) -> str:
    """The page without its code."""
    return FENCE.sub("", page.read_text("utf-8"))


def handbook(language: str) -> str:
    """All pages for people, in one language."""
    return "\n".join(page.read_text("utf-8") for page in sorted(HANDBOOK[language].glob("*.md")))


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name, as they are made from its headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("language", HANDBOOK)
@pytest.mark.parametrize("name", sorted(REGISTRY.commands))
def test_every_command_is_written_about(name: str, language: str) -> None:
    assert re.search(rf"/{name}\b", handbook(language)), f"no page in {HANDBOOK[language]} tells of /{name}"


@pytest.mark.parametrize("language", HANDBOOK)
@pytest.mark.parametrize("name", [entry.button for entry in [*REGISTRY.entries, *REGISTRY.home]])
def test_every_button_on_the_desk_and_the_first_page_is_written_about(name: str, language: str) -> None:
    words = TEXTS.plain(label(name), language, {})
    assert words in handbook(language), f"no page in {HANDBOOK[language]} tells of the button {words}"


@pytest.mark.parametrize("language", HANDBOOK)
def test_every_button_that_a_page_names_exists(language: str) -> None:
    there = {source.strip() for source in TEXTS.sources[language].values()}
    there |= {source.strip() for key, source in TEXTS.sources["zh_CN"].items() if key.startswith("events.buttons.")}
    for page in sorted(HANDBOOK[language].glob("*.md")):
        bold = BOLD.findall(prose(page))
        missing = [words for words in bold if re.match(r"[^\w\s]", words) and words not in there]
        assert not missing, f"{page} names buttons that are nowhere: {missing}"


@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_every_button_of_the_first_two_minutes_exists(page: str, language: str) -> None:
    there = {source.strip() for source in TEXTS.sources["zh_CN"].values()}
    chips = re.findall(r'plus\w+: "([^"]+)"', Path("sandbox/page/words.js").read_text("utf-8"))
    there |= set(chips[:4] if language == "zh" else chips[4:])
    missing = [words for words in BOLD.findall(prose(Path(page))) if re.match(r"[^\w\s]", words) and words not in there]
    assert not missing, f"{page} names buttons that are nowhere: {missing}"


def settings(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting with its default."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from settings(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field.get_default(call_default_factory=True)


def said(default: Any) -> str:
    """A default as an operator would write it."""
    match default:
        case None | frozenset() | ():
            return "none"
        case dict():
            return "[the kinds below](#kinds-of-case)"
        case SecretStr():
            words = default.get_secret_value()
        case time():
            words = f"{default:%H:%M}"
        case tuple():
            words = ", ".join(f"{each // 1440}d" if each % 1440 == 0 else f"{each // 60}h" for each in default)
        case bool():
            words = str(default).lower()
        case float():
            words = f"{default:g}"
        case _:
            words = str(default)
    return f"`{words}`"


@pytest.mark.parametrize(("name", "default"), [pytest.param(*each, id=each[0]) for each in settings()])
def test_every_setting_is_in_the_table_with_its_variable_and_default(name: str, default: Any) -> None:
    variable = PREFIX + name.upper().replace(".", "__")
    assert f"| `{name}` | `{variable}` | {said(default)} |" in OPERATE


def test_no_setting_is_in_the_table_that_is_not_there() -> None:
    known = {PREFIX + name.upper().replace(".", "__") for name, _ in settings()}
    for page in PAGES:
        named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", page.read_text("utf-8")))
        assert named <= known, f"{page} names {named - known}"


def subcommands(parser: argparse.ArgumentParser, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every subcommand with its options."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                options = [option for each in inner._actions for option in each.option_strings if option[:2] == "--"]
                if any(isinstance(each, argparse._SubParsersAction) for each in inner._actions):
                    yield from subcommands(inner, f"{prefix}{name} ")
                else:
                    yield prefix + name, options


@pytest.mark.parametrize(("name", "options"), [pytest.param(*each, id=each[0]) for each in subcommands(_parser())])
def test_every_subcommand_and_its_options_are_written_about(name: str, options: list[str]) -> None:
    rows = [line for line in OPERATE.splitlines() if line.startswith(f"| `staffhome {name}")]
    assert len(rows) == 1, f"docs/operate.md has no row for `staffhome {name}`"
    missing = [option for option in options if option != "--help" and f"`{option}" not in rows[0]]
    assert not missing, f"`staffhome {name}`: nothing is said about {missing}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    for found in LINK.findall(prose(page)):
        target, _, anchor = (found[0] or found[1]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target) if target else page
        assert file.exists(), f"{page} leads to {target}, which is not there"
        if anchor:
            assert anchor in anchors(file), f"{page} leads to {target}#{anchor}, which is no heading"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """Only what stands in the text: the code blocks of CONTRIBUTING are about files to come."""
    text = re.sub(r"^## Add a capability.*", "", prose(page), flags=re.MULTILINE | re.DOTALL)
    missing = [name for name in PLACE.findall(text) if not Path(name).exists()]
    assert not missing, f"{page} names {missing}"


def test_every_picture_is_shown_somewhere_and_none_is_heavy() -> None:
    everything = "\n".join(page.read_text("utf-8") for page in PAGES)
    pictures = sorted(file for kind in ("png", "jpg") for file in Path("docs/pictures").rglob(f"*.{kind}"))
    assert pictures
    for picture in pictures:
        assert f"pictures/{picture.parent.name}/{picture.name}" in everything, f"nobody shows {picture}"
        assert picture.stat().st_size < 250_000
    assert sum(picture.stat().st_size for picture in pictures) < 5_000_000


def test_the_table_of_rights_is_up_to_date() -> None:
    assert Path("docs/rights.md").read_text("utf-8") == tables.rights(), "run `make table`"


def test_the_table_of_what_is_stored_is_up_to_date() -> None:
    assert Path("docs/privacy.md").read_text("utf-8") == tables.privacy(), "run `make table`"


def test_both_languages_have_the_same_pages_with_the_same_headings() -> None:
    names = [{page.name for page in folder.glob("*.md")} for folder in HANDBOOK.values()]
    assert names[0] == names[1]
    for name in sorted(names[0]):
        levels = [re.findall(r"^#+(?= )", prose(folder / name), re.MULTILINE) for folder in HANDBOOK.values()]
        assert levels[0] == levels[1], f"{name}: the headings differ"


def test_the_handbook_and_the_decisions_can_be_found_from_the_index() -> None:
    index = Path("docs/index.md").read_text("utf-8")
    for page in Path("docs").rglob("*.md"):
        place = page.relative_to("docs")
        if place.parts[0] != "decisions" and place.name != "index.md":
            assert f"({place})" in index, f"docs/index.md does not lead to {place}"


def test_the_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted(Path("docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_changelog_tells_of_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', Path("pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    heading = re.search(r"^## (.+)$", Path("CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heading is not None
    assert heading[1].startswith((version[1], "Unreleased"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_no_page_tells_of_anything_but_the_project(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.search(r"(?<![\w.])/(?:root|tmp|work|home/\w+)/|localhost:\d{5}|\bpypi\.\w+|mirror", text), page
