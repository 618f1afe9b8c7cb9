"""Routers: nothing undeclared runs, and what a button carries is only a request."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.context import Context
from bot.rights import table
from bot.router import ANYONE, MEMBER, PRIVATE, Garbled, Registry, Router, Undeclared


def router_with(**declaration: object) -> Router:
    router = Router("tests")

    @router.button("tests.go", **declaration)  # type: ignore[arg-type]
    def go(context: Context, number: int, word: str = "x") -> None:
        """Go."""

    return router


@pytest.mark.parametrize("declaration", [{}, {"who": MEMBER}, {"where": PRIVATE}])
def test_a_handler_that_does_not_say_who_and_where_stops_the_start(declaration: dict[str, object]) -> None:
    with pytest.raises(Undeclared, match=r"tests\.go"):
        router_with(**declaration)


def test_two_of_one_name_stop_the_start() -> None:
    with pytest.raises(Undeclared, match="twice"):
        Registry([router_with(who=ANYONE, where=PRIVATE), router_with(who=ANYONE, where=PRIVATE)])


def test_a_button_without_a_label_stops_the_start() -> None:
    with pytest.raises(Undeclared, match=r"tests\.buttons\.go"):
        Registry([router_with(who=ANYONE, where=PRIVATE)]).check(lambda key: False)


def test_a_desk_button_nobody_declares_stops_the_start() -> None:
    router = Router("tests")
    router.desk("tests.nothing", order=1)
    with pytest.raises(Undeclared, match=r"tests\.nothing"):
        Registry([router])


def test_a_button_on_the_first_page_that_nobody_declares_stops_the_start() -> None:
    router = Router("tests")
    router.home("tests.nothing", order=1)
    with pytest.raises(Undeclared, match=r"the first page wants the button tests\.nothing"):
        Registry([router])


def test_the_first_page_is_in_order_whoever_declares_it() -> None:
    late, early = router_with(who=ANYONE, where=PRIVATE), Router("more")
    late.home("tests.go", order=2)
    early.home("more.go", order=1)
    early.button("more.go", who=ANYONE, where=PRIVATE)(lambda context: None)
    assert [entry.button for entry in Registry([late, early]).home] == ["more.go", "tests.go"]


@given(st.lists(st.text(), max_size=4))
def test_whatever_a_button_carries_is_read_or_refused(parts: list[str]) -> None:
    route = Registry([router_with(who=ANYONE, where=PRIVATE)]).buttons["tests.go"]
    try:
        values = route.read(parts)
    except Garbled:
        return
    assert isinstance(values[0], int)
    assert -(2**31) <= values[0] < 2**31


def test_the_table_of_rights_in_the_handbook_is_the_one_that_holds() -> None:
    assert Path("docs/rights.md").read_text("utf-8").strip() == table().strip(), "make table"
