"""Write the tables that are taken from the code: who may do what (docs/rights.md), what is stored (docs/privacy.md).

`make table` runs this; `tests/test_docs.py` insists that it was run.
"""

import sys
from pathlib import Path

import models
from bot.rights import table
from models.base import Base, Privacy

HERE = Path(__file__).parent
BEGIN, END = "<!-- begin: written by `make table` -->", "<!-- end -->"
KEPT = {
    "roster": "the rest stays: the membership register",
    "audit": "stays: codes and ids, for the audit",
    "records": "what was asked and answered stays, without the name: the union's records",
    "gifts": "what was received, its value and that it was signed for stay: the union's receipt",
}
OWNERS = {"id": "the member", "author_id": "the member", "member_id": "the member", "account_id": "the account"}


def rights() -> str:
    """docs/rights.md as it should be."""
    return table() + "\n"


def privacy() -> str:
    """docs/privacy.md as it should be: its own words, with the table in its place."""
    page = (HERE / "privacy.md").read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, "docs/privacy.md has lost the place of its table"
    return f"{before}{BEGIN}\n\n{stored()}\n\n{END}{after}"


def stored() -> str:
    """Every table that holds something: what, how personal, whose, and what becomes of it."""
    models.load()
    lines = [
        "| table | what it holds | columns | class | whose | when they ask to be forgotten |",
        "|---|---|---|---|---|---|",
    ]
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        kind = mapper.class_
        rule: Privacy = kind.privacy
        columns = ", ".join(column.name for column in mapper.columns)
        whose = OWNERS.get(rule.whose or "", rule.whose or "nobody's")
        cells = (f"`{kind.__tablename__}`", _holds(kind), columns, rule.level, whose, _fate(rule))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _holds(kind: type[Base]) -> str:
    """The first sentence about the table; where there is none, about its file, without the file's title."""
    words = kind.__doc__ or (sys.modules[kind.__module__].__doc__ or "").partition(": ")[2]
    sentence = " ".join(words.split()).partition(". ")[0].rstrip(".")
    return sentence[:1].upper() + sentence[1:]


def _fate(rule: Privacy) -> str:
    if rule.forget:
        return "the rows go"
    parts = [f"{', '.join(f'`{name}`' for name in rule.blank)} are blanked"] if rule.blank else []
    if rule.keeps:
        parts.append(KEPT.get(rule.keeps, rule.keeps))
    return "; ".join(parts) or "·"


if __name__ == "__main__":
    for name, content in (("rights", rights()), ("privacy", privacy())):
        (HERE / f"{name}.md").write_text(content, "utf-8")
