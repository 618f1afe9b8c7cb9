"""Every sentence, from locales/<language>/<capability>.yaml, put into words for one reader.

A sentence is a Jinja template in a sandbox. What is put into it is escaped for Telegram's HTML, so that a title like
`<b>` stays a title; labels and alerts are plain text and are not escaped. A missing parameter is an error, not a gap.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).resolve().parent.parent / "locales"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, ten times faster, where libyaml is there
LANGUAGES = ("zh_CN", "en")
WEEKDAYS = {
    "zh_CN": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Texts:
    """All sentences in all languages. `html` speaks to a chat, `plain` labels a button or an alert."""

    def __init__(self, zone: ZoneInfo, default: str = "zh_CN", folder: Path = FOLDER) -> None:
        self.zone = zone
        self.default = default
        self.sources = {language: dict(_read(folder / language)) for language in LANGUAGES}
        self._environments = {
            (language, html): self._environment(language, html) for language in LANGUAGES for html in (True, False)
        }
        self._template = lru_cache(maxsize=None)(self._compile)

    def _environment(self, language: str, html: bool) -> ImmutableSandboxedEnvironment:
        environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(self.sources[language]),  # a sentence may include another by its key
            autoescape=html,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(
            moment=lambda value: self.moment(value, language),
            clock=lambda value: f"{_moment(value).astimezone(self.zone):%H:%M}",
            day=lambda value: self.day(value, language),
            span=lambda minutes: span(int(minutes), language),
        )
        return environment

    def _compile(self, key: str, language: str, html: bool) -> Template:
        source = self.sources[language].get(key)
        if source is None:
            raise KeyError(f"no sentence {key!r} in {language}")
        return self._environments[language, html].from_string(source)

    def has(self, key: str) -> bool:
        """Whether the sentence exists."""
        return key in self.sources[self.default]

    def html(self, key: str, language: str | None, params: Mapping[str, Any]) -> str:
        """The sentence for a chat, as Telegram's HTML with everything put in escaped."""
        return self._template(key, self.known(language), True).render(params).strip()

    def plain(self, key: str, language: str | None, params: Mapping[str, Any]) -> str:
        """The sentence for a label, an alert or a file: no markup, nothing escaped."""
        return self._template(key, self.known(language), False).render(params).strip()

    def known(self, language: str | None) -> str:
        """The nearest language we speak: `zh-hans` is Chinese, everything unknown is the house's own."""
        if language is None:
            return self.default
        if language.lower().startswith("zh"):
            return "zh_CN"
        return language if language in LANGUAGES else "en" if language.lower().startswith("en") else self.default

    def moment(self, value: datetime | str, language: str) -> str:
        """A moment for a reader: 2026-11-27 周五 15:00, in the house's zone."""
        local = _moment(value).astimezone(self.zone)
        return f"{self.day(local.date(), language)} {local:%H:%M}"

    def day(self, value: date | str, language: str) -> str:
        """A day for a reader: 11月27日 周五 with the year, since people plan across New Year."""
        if isinstance(value, str):
            value = date.fromisoformat(value[:10])
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).date()
        weekday = WEEKDAYS[language][value.weekday()]
        if language == "zh_CN":
            return f"{value.year}年{value.month}月{value.day}日 {weekday}"
        return f"{weekday} {value.day} {MONTHS[value.month - 1]} {value.year}"


def span(minutes: int, language: str) -> str:
    """A length of time in the largest unit that fits: 1天, 90分钟, 1 day."""
    for size, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"{count}{zh}" if language == "zh_CN" else f"{count} {en}{'' if count == 1 else 's'}"
    raise ValueError(minutes)


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _read(folder: Path) -> Iterator[tuple[str, str]]:
    """Key and sentence of every file; the file's name is the first part of the key."""
    for file in sorted(folder.glob("*.yaml")):
        tree = yaml.load(file.read_text("utf-8"), LOADER) or {}  # noqa: S506 (both are safe)
        yield from _flat(file.stem, tree)


def _flat(prefix: str, tree: Any) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _flat(f"{prefix}.{key}", value)
    else:
        yield prefix, str(tree)
