"""A desk to try forms at: the real engine over a real database, some forms, and no network."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from PIL import Image
from pydantic import AwareDatetime, BaseModel, Field, model_validator
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

import models
from bot import forms
from bot.context import Beforehand, Context, Fetch
from bot.forms.core import Understood
from bot.incoming import Attachment, Incoming
from bot.router import OFFICER, PRIVATE, Place, Registry, Router
from bot.texts import FOLDER, LANGUAGES, Texts
from bot.voice import Alert, Button, Say, Show
from models.base import Base, Refused
from models.database import make_engine
from models.drafts import Draft
from models.fields import EndOf, Files, Given, Long, Near, Photo, Pick, Spot, Upload, When
from models.house import House
from models.people import Account, Person, Role, Unit

models.load()

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)  # a Sunday
ME = 4200


class Sort(StrEnum):
    WALK = "walk"
    LECTURE = "lecture"
    OTHER = "other"


def units(session: Session) -> Sequence[tuple[int, str]]:
    """The departments on offer."""
    return [(unit.id, unit.name) for unit in session.scalars(select(Unit).order_by(Unit.id))]


class NewOuting(BaseModel):
    """Every kind of question there is."""

    title: Annotated[str, Field(min_length=2, max_length=20)]
    sort: Sort
    why: Annotated[str | None, Field(min_length=3), When(lambda said: said["sort"] is Sort.OTHER, required=True)] = None
    starts_at: AwareDatetime
    ends_at: Annotated[AwareDatetime | None, EndOf("starts_at")] = None
    closes_on: Annotated[date | None, Near((0, 1440))] = None
    places: Annotated[int, Field(ge=1, le=500)] = 30
    fee: Decimal | None = None
    bus: bool
    tags: Annotated[list[Sort], Field(max_length=2)] = []
    unit: Annotated[int, Pick(units)]
    others: Annotated[list[int], Pick(units)] = []
    about: Annotated[str | None, Long()] = None
    photo: Annotated[int | None, Photo()] = None
    paper: Annotated[int | None, Upload((".pdf",), 1000)] = None
    papers: Annotated[list[int], Files(most=3)] = []
    spot: Spot | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "NewOuting":
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_before_start")
        return self


class NewNote(BaseModel):
    text: Annotated[str, Field(min_length=2, max_length=4000), Long()]
    grade: Literal["low", "high"] = "low"
    about_id: Annotated[int | None, Given()] = None


class NewTalk(BaseModel):
    title: Annotated[str, Field(max_length=60)]
    starts_at: AwareDatetime
    ends_at: Annotated[AwareDatetime | None, EndOf("starts_at")] = None


OPTIONS = "options: {walk: 健步走, lecture: 讲座, other: 其他}"
OUTING = f"""
outings:
  new:
    form: {{title: 发布活动, submit: 预览, errors: {{ends_before_start: 结束要晚于开始。}}}}
    title: {{ask: 叫什么？, label: 名称}}
    sort: {{ask: 哪一类？, label: 类别, {OPTIONS}}}
    why: {{ask: 哪一种？, label: 说明类别}}
    starts_at: {{ask: 什么时候开始？, label: 开始}}
    ends_at: {{ask: 什么时候结束？, label: 结束}}
    closes_on: {{ask: 哪天截止？, label: 截止}}
    places: {{ask: 多少名额？, label: 名额, hint: 最多 500}}
    fee: {{ask: 每人多少钱？, label: 费用}}
    bus: {{ask: 有班车吗？, label: 班车, options: {{aye: 有, nay: 没有}}}}
    tags: {{ask: 还算哪几类？, label: 标签, {OPTIONS}}}
    unit: {{ask: 哪个部门办？, label: 部门}}
    others: {{ask: 还有哪些部门？, label: 协办}}
    about: {{ask: 说明？, label: 说明}}
    photo: {{ask: 照片？, label: 照片}}
    paper: {{ask: 通知原件？, label: 原件}}
    papers: {{ask: 附件？, label: 附件}}
    spot: {{ask: 在哪里？, label: 位置}}
  edit:
    form: {{title: 修改活动}}
notes:
  new:
    form: {{title: 写一句}}
    text: {{ask: 写什么？, label: 内容, errors: {{string_too_short: 多写几个字吧}}}}
    grade: {{ask: 急吗？, label: 缓急, options: {{low: 不急, high: 急}}}}
talks:
  new:
    form: {{title: 讲座}}
    title: {{ask: 题目？, label: 题目}}
    starts_at: {{ask: 何时？, label: 开始}}
    ends_at: {{ask: 何时结束？, label: 结束}}
"""


@dataclass
class Desk:
    """One person's chat with the bot: the real engine over a real database, and no network."""

    engine: Engine
    texts: Texts
    registry: Registry
    now: datetime = NOW
    roles: frozenset[Role] = frozenset({Role.OFFICER})
    language: str = "zh_CN"
    finished: list[tuple[Any, int | None]] = field(default_factory=list)
    refusal: Refused | None = None
    update_id: int = 1000
    words: list[Say | Show] = field(default_factory=list)
    alert: Alert | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    def unit(self, act: Callable[[Context], Any], sort: str = "text", **facts: Any) -> Any:
        """One update as one transaction; files are fetched when they are wanted, as the machine does."""
        self.update_id += 1
        fetched: dict[str, Any] = {}
        while True:
            with Session(self.engine, info={"house": House(zone=ZONE)}) as session, session.begin():
                account = session.get_one(Account, ME)
                incoming = Incoming(sort, self.update_id, ME, "private", ME, "张伟", "zh", message_id=7, **facts)
                person = Person(account, None, self.roles)
                context = Context(
                    self.texts, self.language, self.registry, "bot", session, person, incoming, Place.PRIVATE, self.now,
                    fetched=fetched,
                )  # fmt: skip
                try:
                    result = act(context)
                except Fetch as wanted:
                    session.rollback()
                    fetched[wanted.attachment.file_id] = self.files[wanted.attachment.file_id]
                    continue
                except Beforehand as wanted:
                    session.rollback()
                    try:
                        fetched[wanted.key] = wanted.work()
                    except Refused as no:
                        fetched[wanted.key] = no
                    continue
            self.words, self.alert = context.voice.words, context.voice.alert
            for word in self.words:
                assert len(word.text.encode("utf-16-le")) // 2 < 4096
                for button in (one for row in word.keyboard or [] for one in row):
                    assert button.label
                    assert len((button.data or "").encode()) <= 64
            return result

    def begin(self, form: str, **given: Any) -> None:
        self.unit(lambda context: forms.begin(context, form, **given), sort="button")

    def type(self, text: str) -> bool:
        return bool(self.unit(forms.answer, text=text))

    def send(self, sort: str, **facts: Any) -> bool:
        return bool(self.unit(forms.answer, sort=sort, **facts))

    def send_file(self, sort: str, name: str, kind: str, content: bytes) -> bool:
        self.files[name] = content
        return self.send(sort, attachment=Attachment(name, name, kind, len(content)))

    def press(self, data: str) -> str | None:
        result = self.unit(lambda context: forms.press(context, data), sort="button", text=data)
        assert result is None or isinstance(result, str)
        return result

    def tap(self, label: str) -> str | None:
        """Press the button with this label in the last words."""
        return self.press(self.find(label).data or "")

    def command(self, text: str) -> bool:
        return bool(self.unit(lambda context: forms.interrupt(context, text), sort="command", text=text))

    def find(self, label: str) -> Button:
        return next(button for button in self.buttons if button.label == label)

    @property
    def buttons(self) -> list[Button]:
        return [button for row in self.words[-1].keyboard or [] for button in row]

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]

    @property
    def text(self) -> str:
        return self.words[-1].text

    @property
    def draft(self) -> Draft | None:
        with Session(self.engine) as session:
            return session.get(Draft, ME)

    @property
    def answers(self) -> dict[str, Any]:
        draft = self.draft
        assert draft is not None
        return draft.answers


def read_talk(context: Context, text: str) -> Understood | None:
    """A reader for the tests: title；start；rest."""
    title, semicolon, rest = text.partition("；")
    if not semicolon:
        return None
    first, _, left = rest.partition("；")
    if first == "周几":
        options = [NOW + timedelta(days=1), NOW + timedelta(days=2)]
        return Understood({"title": title}, {"starts_at": options}, left)
    return Understood({"title": title, "starts_at": datetime.fromisoformat(first)}, {}, left)


@lru_cache(maxsize=1)
def make_texts() -> Texts:
    """The engine's own sentences, and those of the forms above, in both languages."""
    with TemporaryDirectory() as name:
        for language in LANGUAGES:
            folder = Path(name) / language
            folder.mkdir()
            (folder / "form.yaml").write_text((FOLDER / language / "form.yaml").read_text("utf-8"), "utf-8")
            for file, tree in yaml.safe_load(OUTING).items():
                (folder / f"{file}.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
        return Texts(ZONE, folder=Path(name))


@contextmanager
def at_a_desk(folder: Path) -> Iterator[Desk]:
    """Somebody who may, before an empty desk."""
    engine = make_engine(f"sqlite:///{folder}/forms.db")
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(Account(id=ME, first_at=NOW))
        session.add_all(Unit(name=f"第{number}研究室") for number in range(1, 21))
    found = Desk(engine, make_texts(), Registry([]))
    router = Router("outings")

    def finish(context: Context, new: BaseModel, target_id: int | None) -> None:
        context.say("form.noted")
        if found.refusal is not None:
            context.session.add(Unit(name="not to stay"))
            raise found.refusal
        found.finished.append((new, target_id))

    router.form("outings.new", NewOuting, who=OFFICER, where=PRIVATE)(finish)
    router.form("outings.edit", NewOuting, who=OFFICER, where=PRIVATE, texts="outings.new")(finish)
    router.form("notes.new", NewNote, who=OFFICER, where=PRIVATE)(finish)
    router.form("talks.new", NewTalk, who=OFFICER, where=PRIVATE, reader=read_talk)(finish)
    found.registry = Registry([router])
    yield found
    engine.dispose()


def outing(**changes: Any) -> dict[str, Any]:
    """The answers of a whole outing, as python values."""
    return {
        "title": "健步走", "sort": Sort.WALK, "starts_at": datetime(2026, 12, 4, 15, tzinfo=ZONE),
        "ends_at": datetime(2026, 12, 4, 17, tzinfo=ZONE), "closes_on": None, "places": 20, "fee": None, "bus": False,
        "tags": [Sort.WALK], "unit": 2, "others": [], "about": None, "photo": None, "paper": None, "papers": [],
        "spot": None,
        **changes,
    }  # fmt: skip


def until(desk: Desk, name: str, **changes: Any) -> None:
    """A form that has come to this question: the fields before it are given."""
    answers = outing(**changes)
    names = list(NewOuting.model_fields)
    desk.begin("outings.new", answers={key: answers[key] for key in names[: names.index(name)] if key in answers})
    draft = desk.draft
    assert draft is not None
    assert draft.asking == name


def jpeg(size: tuple[int, int] = (40, 20), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", **how)
    return out.getvalue()
