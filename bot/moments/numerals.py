"""Numbers and letters as people type them, made plain enough for a small grammar to read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

CN = "〇零一二两三四五六七八九十"
"""The Chinese digits that occur in dates and clocks; 廿 and 卅 belong to the lunar calendar and are left out."""

# One character for one, so that a place in the plain text is a place in what was typed.
_TRADITIONAL = str.maketrans(
    "週點號後兩鐘鍾禮時間內個開結從農曆這過慶淩報會陰臘節舊為現剛當無歲閏",
    "周点号后两钟钟礼时间内个开结从农历这过庆凌报会阴腊节旧为现刚当无岁闰",
)
_SIGNS = dict.fromkeys("‐‑‒–—―−﹣－ー", "-") | dict.fromkeys("~〜～∼˜", "~") | {"∶": ":", "﹕": ":"}
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_ENGLISH = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_NUMBER_WORDS = {w: i for i, w in enumerate(_ENGLISH)} | {"a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50}


@dataclass(frozen=True, slots=True)
class Plain:
    """What was typed without width, case, script of digits and invisible signs; `origin` leads every sign back."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the typed text of a (non-empty) place in the plain text."""
        return self.origin[start], self.origin[end - 1] + 1


def plain(typed: str) -> Plain:
    """Make every way of typing the same words look the same; runs of white space become one blank."""
    signs: list[str] = []
    origin: list[int] = []
    for place, sign in enumerate(typed):
        for piece in _plain_sign(sign):
            if piece == " " and (not signs or signs[-1] == " "):
                continue
            signs.append(piece)
            origin.append(place)
    return Plain("".join(signs), tuple(origin))


def _plain_sign(sign: str) -> str:
    if "a" <= sign <= "z" or "0" <= sign <= "9":
        return sign
    if sign in _SIGNS:
        return _SIGNS[sign]
    kind = unicodedata.category(sign)
    if sign.isspace() or kind in ("Zs", "Zl", "Zp"):
        return " "
    # Invisible joiners, direction marks, the combining square of a keycap emoji: they say nothing about a date.
    if kind in ("Cf", "Mn", "Me", "Cc", "Cs"):
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    # ① and ½ are not opened: the first numbers a list, the second would turn "1½" into "11⁄2".
    if kind == "No":
        return sign
    return unicodedata.normalize("NFKC", sign).casefold().translate(_TRADITIONAL) or sign


def number(word: str) -> int | None:
    """The whole number that a word of digits, Chinese numerals or small English number words means, else None."""
    if not word:
        return None
    if word.isascii() and word.isdigit():
        return int(word)
    if word in _NUMBER_WORDS:
        return _NUMBER_WORDS[word]
    if all(c in _DIGITS for c in word):
        # 五五 is no number anybody says; 二〇二六 is a year read out digit by digit.
        return int("".join(str(_DIGITS[c]) for c in word)) if len(word) in (1, 4) or word[0] in "〇零" else None
    return _positional(word)


def _positional(word: str) -> int | None:
    total = 0
    digit: int | None = None
    last = 1000
    for sign in word:
        if sign in _UNITS:
            unit = _UNITS[sign]
            if unit >= last or (digit == 0):
                return None
            total += (1 if digit is None else digit) * unit
            last, digit = unit, None
        elif sign in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[sign]
        else:
            return None
    return None if digit == 0 else total + (digit or 0)
