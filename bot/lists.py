"""Lists: rows longer than a screen are pages with buttons."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bot.context import Context
from bot.voice import Button, Keyboard

Row = TypeVar("Row")

PAGE = 8  # buttons on a page
LINES = 30  # lines on a page


def show(
    context: Context,
    key: str,
    rows: Sequence[Row],
    number: int,
    turn: str,
    button: Callable[[Row], Button],
    *,
    tail: tuple[int | str, ...] = (),
    below: Keyboard | None = None,
    **params: Any,
) -> None:
    """A page of buttons, one a row; `turn` is the button that takes a page number and the `tail`."""
    number, pages, part = _page(rows, number, PAGE)
    keyboard = [[button(row)] for row in part] + _turns(
        context, number, pages, lambda n: context.button(turn, n, *tail)
    )
    context.show(key, count=len(rows), number=number, pages=pages, buttons=keyboard + (below or []), **params)


def lines(
    context: Context,
    key: str,
    rows: Sequence[Any],
    number: int,
    turn: str,
    subject_id: int,
    *,
    below: Keyboard | None = None,
    size: int = LINES,
    **params: Any,
) -> None:
    """A page of text lines about one thing; `turn` takes the thing's id and a page number."""
    number, pages, part = _page(rows, number, size)
    keyboard = _turns(context, number, pages, lambda n: context.button(turn, subject_id, n))
    context.show(
        key, rows=part, count=len(rows), number=number, pages=pages, buttons=keyboard + (below or []), **params
    )


def _page(rows: Sequence[Row], number: int, size: int) -> tuple[int, int, Sequence[Row]]:
    pages = max(1, -(-len(rows) // size))
    number = min(max(1, number), pages)
    return number, pages, rows[(number - 1) * size : number * size]


def _turns(context: Context, number: int, pages: int, turn: Callable[[int], Button]) -> Keyboard:
    if pages == 1:
        return []
    row = []
    if number > 1:
        row.append(Button(context.plain("common.previous"), turn(number - 1).data))
    if number < pages:
        row.append(Button(context.plain("common.next"), turn(number + 1).data))
    return [row]
