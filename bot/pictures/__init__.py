"""Cards as pictures: an SVG template filled with facts and words, and drawn.

A template is a file in templates/; adding one needs no code. Its words stand in locales/*/pictures.yaml like all
others. Whatever cannot be drawn rightly, a name with a character that the fonts lack above all, is no picture at all,
and whoever asked for one says it as text.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from bot.pictures.paint import paint
from bot.pictures.typesetting import Missing, block, round_about
from bot.texts import Texts

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "templates"


class Pictures:
    """All templates, with the sentences of the house. Safe to use from several threads."""

    def __init__(self, texts: Texts, folder: Path = FOLDER) -> None:
        self.texts = texts
        self.folder = folder
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(block=block, qr=qr, round_about=round_about)

    def names(self, kind: str = "") -> list[str]:
        """The pictures there are, or those of one kind: `birthday` has several moods, birthday_night among them."""
        files = (file.stem for file in self.folder.glob("[a-z]*.svg"))
        return sorted(name for name in files if not kind or name == kind or name.startswith(f"{kind}_"))

    def draw(self, name: str, facts: Mapping[str, Any], language: str | None) -> bytes | None:
        """The picture as JPEG, or None if it cannot be drawn rightly: then say it as text. It takes half a second."""
        try:
            return paint(self.fill(name, facts, language))
        except Missing:
            log.info("picture %s not drawn: no_glyph", name)
        except Exception as error:  # whatever it is, the words still reach the person
            log.warning("picture %s not drawn: %s", name, type(error).__name__)
        return None

    def fill(self, name: str, facts: Mapping[str, Any], language: str | None) -> str:
        """The template with the facts in it, as SVG."""
        known = self.texts.known(language)
        put = {key: self._said(value, known) for key, value in facts.items()}

        def say(key: str, **more: Any) -> str:
            return self.texts.plain(f"pictures.{key}", known, {**put, **more})

        template = self._environment.get_template(f"{name}.svg")
        return template.render({**put, "say": say, "facts": put, "chinese": known == "zh_CN"})

    def _said(self, value: Any, language: str) -> Any:
        """A fact that names a sentence, {"say": key, …}, is that sentence in the reader's language."""
        if not (isinstance(value, Mapping) and isinstance(value.get("say"), str)):
            return value
        return self.texts.plain(value["say"], language, {name: each for name, each in value.items() if name != "say"})


def qr(link: str, x: float, y: float, size: float, fill: str = "#222") -> Markup:
    """A code to scan, as one path that fills the square from x, y."""
    code = segno.make(link, error="m", micro=False)
    rows = list(code.matrix)
    cells = "".join(
        f"M{column} {row}h1v1h-1z" for row, line in enumerate(rows) for column, dark in enumerate(line) if dark
    )
    return Markup(
        '<path transform="translate({} {}) scale({})" fill="{}" d="{}" shape-rendering="crispEdges"/>'
    ).format(x, y, size / len(rows), fill, cells)
