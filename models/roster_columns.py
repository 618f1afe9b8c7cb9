"""Which column is which in an office's own file: by its heading, else by the usual order, else by what stands in it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models import roster_cells as cells
from models.people import Calendar
from models.sheets import Cell, letter

Rows = Sequence[Sequence[Cell]]

# The better heading stands first: where 部门 and 课题组 are both there, 部门 is the unit and the other is left aside.
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": (
        "工号", "职工号", "员工号", "职工编号", "员工编号", "职工代码", "员工代码", "人员编号", "人员编码",
        "人员代码", "人事编号", "工作证号", "胸卡号", "employeeid", "employeeno", "employeenumber", "staffid",
        "staffno", "staffnumber", "personnelno", "编号", "number", "id", "no",
    ),
    "name": (
        "姓名", "中文姓名", "名字", "name", "fullname", "chinesename", "employeename", "staffname",
    ),
    "sex": (
        "性别", "sex", "gender",
    ),
    "unit": (
        "部门", "所属部门", "所在部门", "工作部门", "部门/研究室", "研究室", "所属研究室", "所在研究室",
        "研究单元", "单位", "所在单位", "所属单位", "工作单位", "处室", "科室", "二级部门", "一级部门",
        "分工会", "工会小组", "课题组", "所在课题组", "department", "dept", "unit", "division", "lab",
        "laboratory", "group", "team",
    ),
    "born": (
        "生日", "出生日期", "出生年月日", "出生时间", "出生日", "公历生日", "阳历生日", "公历出生日期",
        "农历生日", "阴历生日", "农历出生日期", "出生年月", "birthday", "dateofbirth", "birthdate", "born",
        "dob",
    ),
    "calendar": (
        "历法", "生日历法", "公历/农历", "公历农历", "农历/公历", "阳历/阴历", "生日类型", "历别", "calendar",
    ),
    "joined": (
        "入职日期", "入职时间", "来所时间", "来所日期", "进所时间", "进所日期", "入所时间", "入所日期",
        "到所时间", "到所日期", "来院时间", "来院日期", "来本单位时间", "进本单位时间", "到岗日期", "报到日期",
        "参加工作时间", "参加工作日期", "joindate", "dateofjoining", "joined", "joinedon", "hiredate",
        "datehired", "entrydate", "startdate",
    ),
    "phone": (
        "手机", "手机号", "手机号码", "移动电话", "移动电话号码", "联系手机", "本人手机", "手机电话", "mobile",
        "mobilephone", "mobilenumber", "cellphone", "cell", "联系电话", "联系方式", "电话", "电话号码", "phone",
        "phonenumber", "telephone", "tel",
    ),
    "kinds": (
        "身份", "人员类别", "人员类型", "人员身份", "职工类别", "员工类别", "职工类型", "员工类型", "用工类别",
        "用工性质", "用工形式", "编制类型", "编制类别", "编制", "category", "type", "kind", "kinds",
        "employmenttype", "stafftype",
    ),
    "tags": (
        "标签", "标记", "标签/备注", "tags", "tag", "labels", "label",
    ),
}  # fmt: skip
RANKS = {heading: (field, rank) for field, all_ in HEADINGS.items() for rank, heading in enumerate(all_)}
ORDER = ("number", "name", "sex", "unit", "born", "calendar", "joined", "phone", "kinds", "tags")
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方"
    "石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤"
    "毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋甘景薄单包司柏宁柯"
    "阮桂闵欧阳解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟肖代区上官诸葛司马慕容闫晏付"
)
KINDS = frozenset((
    "在编", "在职", "在岗", "正式", "事业编", "编内", "编外", "聘用", "项目聘用", "岗位聘用", "合同制", "合同",
    "劳务派遣", "派遣", "人事代理", "博士后", "学生", "研究生", "博士生", "硕士生", "联培", "实习", "实习生",
    "客座", "访问学者", "外籍", "返聘", "退休", "离退休", "退休返聘", "会员", "工会会员", "非会员", "临时",
    "特别研究助理", "劳务",
))  # fmt: skip
UNIT_ENDS = (*"室部处组办科厂站会院所队", "团队", "中心", "公司", "图书馆")


@dataclass
class Column:
    """One column of the file: what it is taken for, and why. `field` None: left aside."""

    index: int
    heading: str
    field: str | None = None
    how: str = ""  # heading, order, content

    @property
    def letter(self) -> str:
        return letter(self.index)


@dataclass
class Mapping:
    """How one sheet is understood: its columns, and the index of the first row below the heading."""

    columns: list[Column]
    start: int
    lunar: bool = False  # the heading itself says that birthdays are lunar

    def at(self, field: str) -> int | None:
        """The index of the field's column."""
        return next((column.index for column in self.columns if column.field == field), None)

    @property
    def fields(self) -> set[str]:
        return {column.field for column in self.columns if column.field}

    @property
    def usable(self) -> bool:
        """A roster names people and their numbers; without both, nobody is known again next time."""
        return {"number", "name"} <= self.fields


def understand(rows: Rows) -> Mapping:
    """Find the heading and what each column is."""
    width = len(rows[0]) if rows else 0
    top = _heading(rows)
    if top is None:
        return _without_heading(rows, width)
    columns = [Column(index, cells.text(rows[top][index])) for index in range(width)]
    best: dict[str, tuple[int, Column]] = {}
    for column in columns:
        field, rank = known(column.heading) or ("", 0)
        if field and (field not in best or rank < best[field][0]):
            best[field] = (rank, column)
    data = [row for row in rows[top + 1 :] if _filled(row) > 1]
    for field, (_, column) in best.items():
        if field == "number" and _counts(data, column.index):
            continue  # a mere 1, 2, 3 is nobody's number
        column.field, column.how = field, "heading"
    mapping = Mapping(columns, top + 1)
    for field in ("number", "name"):
        if field not in mapping.fields:
            _by_content(data, columns, (field,))
    chosen = best.get("born")
    mapping.lunar = chosen is not None and bool(re.search("农历|阴历|旧历|lunar", chosen[1].heading.lower()))
    return mapping


def known(heading: str) -> tuple[str, int] | None:
    """The field a heading names, and how well it does; hints in brackets, stars and blanks do not count."""
    bare = re.sub(r"[\s*:：_.·#'\"-]+", "", re.sub(r"[(\[【〔（].*?[)\]】〕）]", "", cells.plain(heading).lower()))
    for form in (bare, re.sub(r"^(教职工|职工|员工|人员|本人|个人|会员)", "", bare)):
        for end in ("", "名称", "必填", "选填"):
            if form.endswith(end) and (found := RANKS.get(form.removesuffix(end) if end else form)):
                return found
    return None


def _heading(rows: Rows) -> int | None:
    """The row, among the first thirty, that names most fields: at least two, and people among them."""
    best, chosen = 1, None
    for index, row in enumerate(rows[:30]):
        fields = {found[0] for cell in row if isinstance(cell, str) and (found := known(cell))}
        if len(fields) > best and fields & {"number", "name"}:
            best, chosen = len(fields), index
    return chosen


def _without_heading(rows: Rows, width: int) -> Mapping:
    """No row names the columns: take the usual order if everything fits it, else look at what stands in them."""
    data = [row for row in rows if _filled(row) > 1]
    columns = [Column(index, "") for index in range(width)]
    if len(columns) >= 4 and all(_share(data, i, LOOKS[ORDER[i]]) > 0.7 for i in range(min(width, len(ORDER)))):
        for column, field in zip(columns, ORDER, strict=False):
            column.field, column.how = field, "order"
    else:
        _by_content(data, columns, ("phone", "sex", "calendar", "name", "number", "unit", "kinds"))
        _days(data, columns)
    mapping = Mapping(columns, 0)
    number, name = mapping.at("number"), mapping.at("name")
    if number is not None and name is not None:
        for index, row in enumerate(rows):  # titles and unknown headings above the first person
            if LOOKS["number"](row[number]) and LOOKS["name"](row[name]):
                mapping.start = index
                break
    return mapping


def _by_content(data: Rows, columns: list[Column], fields: Sequence[str]) -> None:
    """Give each field the one column that clearly looks like it, unless its heading says otherwise."""
    for field in fields:
        free = [c for c in columns if c.field is None and not known(c.heading) and not FOREIGN.search(c.heading)]
        fitting = [c for c in free if _share(data, c.index, STRICT[field]) >= 0.8 and _suits(data, c.index, field)]
        if len(fitting) == 1:
            fitting[0].field, fitting[0].how = field, "content"


def _days(data: Rows, columns: list[Column]) -> None:
    """Of two columns of days, the birthdays lie well before the other; one alone is not told apart."""
    fitting = []
    for column in columns:
        if column.field is None and _share(data, column.index, LOOKS["born"]) >= 0.8:
            years = sorted(year for row in data if (year := _year(row[column.index])))
            if years:
                fitting.append((years[len(years) // 2], column))
    if len(fitting) == 2 and abs(fitting[0][0] - fitting[1][0]) >= 15:
        for field, (_, column) in zip(("born", "joined"), sorted(fitting, key=lambda each: each[0]), strict=True):
            column.field, column.how = field, "content"


def _year(cell: Cell) -> int | None:
    try:
        return cells.day(cells.moment_free(cell)).year
    except (cells.Wrong, cells.Doubtful):
        return None


def _readable(reader: Callable[[Cell], object]) -> Callable[[Cell], bool]:
    def readable(cell: Cell) -> bool:
        try:
            reader(cell)
        except cells.Wrong:
            return False
        except cells.Doubtful:
            return reader is not cells.phone
        return True

    return readable


def _named(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(re.fullmatch(rf"({cells.HAN}|[·•A-Za-z .'-]){{2,40}}", cells.text(cell)))


def _surnamed(cell: Cell) -> bool:
    found = cells.text(cell).replace(" ", "")
    return bool(re.fullmatch(rf"{cells.HAN}{{2,4}}", found)) and found[0] in SURNAMES


def _numbered(cell: Cell) -> bool:
    if isinstance(cell, float | bool):
        return False
    return (
        bool(re.fullmatch(r"[A-Za-z]{0,4}-?[0-9]{3,12}", cells.plain(cell))) and cells.dial(cells.plain(cell)) is None
    )


LOOKS: dict[str, Callable[[Cell], bool]] = {
    "number": _numbered,
    "name": _named,
    "sex": _readable(cells.sex),
    "unit": lambda cell: isinstance(cell, str),
    "born": _readable(cells.day),
    "calendar": _readable(cells.calendar),
    "joined": _readable(cells.day),
    "phone": _readable(cells.phone),
    "kinds": lambda cell: isinstance(cell, str),
    "tags": lambda cell: isinstance(cell, str),
}
STRICT: dict[str, Callable[[Cell], bool]] = LOOKS | {
    "name": _surnamed,
    "unit": lambda cell: isinstance(cell, str) and cells.text(cell).endswith(UNIT_ENDS),
    "kinds": lambda cell: bool(set(cells.several(cell)) & KINDS) if isinstance(cell, str) and len(cell) < 60 else False,
}
FOREIGN = re.compile(
    "身份证|证件|紧急|配偶|家属|子女|父|母|银行|拼音|曾用|推荐|导师|负责人|联系人|领导|序号|emergency|spouse|bank"
)


def _share(data: Rows, index: int, looks: Callable[[Cell], bool]) -> float:
    """Which part of the filled cells looks like it; of an empty column, all."""
    filled = [row[index] for row in data[:400] if not cells.blank(row[index])]
    return sum(looks(cell) for cell in filled) / len(filled) if filled else 1.0


def _suits(data: Rows, index: int, field: str) -> bool:
    """What the whole column must be like: numbers and names are always there, numbers never twice, units repeat."""
    filled = [cells.text(row[index]) for row in data if not cells.blank(row[index])]
    if not filled:
        return False
    if field in ("number", "name") and len(filled) < 0.9 * len(data):
        return False
    if field == "number":
        dates = _share(data, index, LOOKS["born"]) > 0.95
        return len(set(filled)) >= 0.98 * len(filled) and not dates and not _counts(data, index)
    if field == "name":
        return len(set(filled)) >= 0.5 * len(filled)
    return True


def _counts(data: Rows, index: int) -> bool:
    """Whether the column merely counts 1, 2, 3 …"""
    filled = [cells.plain(row[index]) for row in data if not cells.blank(row[index])]
    return len(filled) > 1 and all(cell == str(n) for n, cell in enumerate(filled[:200], 1))


def _filled(row: Sequence[Cell]) -> int:
    return sum(not cells.blank(cell) for cell in row)


def calendar_of(mapping: Mapping) -> Calendar | None:
    """The calendar the heading of the birthdays names."""
    return Calendar.LUNAR if mapping.lunar else None
