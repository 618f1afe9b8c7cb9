"""Settings: config.yaml, overridden by STAFFHOME_… variables. A wrong one is named, with its line and what fits."""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import YamlConfigSettingsSource as YamlSource

from models.house import House
from models.presets import PRESETS, Preset

OK, FAILED, WRONG = 0, 1, 2  # exit codes: done; it failed; settings or words are wrong
PREFIX = "STAFFHOME_"
SECRET = {"telegram.token", "telegram.proxy", "database.url", "sealing.key", "sealing.old_keys"}


class ConfigError(Exception):
    """The settings cannot be used; the message says where, what stands there, and what was expected."""


def _minutes(value: Any) -> Any:
    """1d, 3h, 45m or plain minutes, as minutes."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,4})\s*([dhm]?)\s*", value)
        if not match:
            raise ValueError("a length of time like 1d, 3h or 45m")
        return int(match[1]) * {"d": 1440, "h": 60, "m": 1, "": 1}[match[2]]
    return value


def _list(value: Any) -> Any:
    """Several values in one variable, separated by commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) else value


Minutes = Annotated[int, BeforeValidator(_minutes), Field(ge=0, le=60 * 24 * 30)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TelegramSettings(Section):
    """How to reach Telegram."""

    token: SecretStr | None = None
    api: str = "https://api.telegram.org"
    proxy: SecretStr | None = None
    transport: Literal["aiohttp", "httpx"] = "aiohttp"

    @field_validator("api")
    @classmethod
    def _url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+(/.*)?", value):
            raise ValueError("an address like https://api.telegram.org")
        return value.rstrip("/")

    @field_validator("token", mode="after")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]{10,}", value.get_secret_value()):
            raise ValueError("a token as @BotFather gives it, like 123456:ABC…")
        return value


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: SecretStr = SecretStr("sqlite:///data/staffhome.db")

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        if not re.match(r"sqlite:///|postgresql\+psycopg://", value.get_secret_value()):
            raise ValueError("sqlite:///FILE or postgresql+psycopg://…")
        return value


class QuietSettings(Section):
    """When letters that can wait do wait, unless a person chose otherwise."""

    start: time = time(21, 0)
    end: time = time(8, 0)


class PaceSettings(Section):
    """How fast the bot speaks; Telegram's own limits, with a little room."""

    per_second: float = Field(28.5, gt=0, le=1000)
    per_chat: float = Field(1.0, gt=0, le=1000)
    per_group_minute: int = Field(20, ge=1, le=100_000)


class DeliverySettings(Section):
    """What is done about a letter of which nobody can tell whether it arrived."""

    probe: bool = False
    probe_after: float = Field(60, ge=1, le=600)


class GiftCaps(Section):
    """What one member may be given in a year, in yuan; none: as much as is decided."""

    birthday: int | None = Field(300, ge=0, le=1_000_000)
    festival: int | None = Field(1500, ge=0, le=1_000_000)
    other: int | None = Field(None, ge=0, le=1_000_000)


class GiftSettings(Section):
    caps: GiftCaps = GiftCaps()


def _fernet(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", value.get_secret_value()):
        raise ValueError("32 random bytes in url-safe base64, as `staffhome key` prints them")
    return value


Key = Annotated[SecretStr, AfterValidator(_fernet)]


class SealingSettings(Section):
    """The key for what must not be read by whoever gets hold of the database."""

    key: Key | None = None
    old_keys: Annotated[tuple[Key, ...], NoDecode, BeforeValidator(_list)] = ()


class LogSettings(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """Everything an operator may change."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    telegram: TelegramSettings = TelegramSettings()
    database: DatabaseSettings = DatabaseSettings()
    timezone: str = "Asia/Shanghai"
    language: Literal["zh_CN", "en"] = "zh_CN"
    admins: Annotated[frozenset[int], NoDecode, BeforeValidator(_list)] = frozenset()
    quiet: QuietSettings = QuietSettings()
    reminders: Annotated[tuple[Minutes, ...], NoDecode, BeforeValidator(_list)] = (1440, 60)
    pace: PaceSettings = PaceSettings()
    delivery: DeliverySettings = DeliverySettings()
    gifts: GiftSettings = GiftSettings()
    cases: dict[str, Preset] = dict(PRESETS)
    sealing: SealingSettings = SealingSettings()
    lanes: int = Field(32, ge=1, le=64)
    log: LogSettings = LogSettings()

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("a time zone like Asia/Shanghai")
        return value

    @field_validator("cases", mode="before")
    @classmethod
    def _on_top(cls, value: Any) -> Any:
        """What is said of a shipped kind changes that line of it; a name of one's own is a kind of one's own."""
        if not isinstance(value, Mapping) or not all(isinstance(said, Mapping) for said in value.values()):
            return value
        return {**PRESETS, **{name: {**_shipped(name), **said} for name, said in value.items()}}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def file(self) -> Path | None:
        """Where the database lies, if it is a file."""
        url = self.database.url.get_secret_value()
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None

    @property
    def house(self) -> House:
        """The few of these that decide what is true."""
        return House(
            zone=self.zone,
            language=self.language,
            admins=self.admins,
            quiet_from=self.quiet.start,
            quiet_until=self.quiet.end,
            leads=tuple(sorted(set(self.reminders), reverse=True)),
            cases=self.cases,
            key=self.sealing.key.get_secret_value().encode() if self.sealing.key else None,
            old_keys=tuple(key.get_secret_value().encode() for key in self.sealing.old_keys),
            gift_caps={kind: yuan * 100 for kind, yuan in self.gifts.caps if yuan is not None},
        )


def _shipped(name: str) -> dict[str, Any]:
    return PRESETS[name].model_dump() if name in PRESETS else {}


def load(path: Path = Path("config.yaml"), **overrides: Any) -> Settings:
    """Read the settings; whatever is wrong comes as one ConfigError that names every mistake and no secret."""
    lines = _lines(path)
    _no_strangers(os.environ)

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, YamlSource(settings_cls, yaml_file=path)

    try:
        settings = FromFile(**overrides)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(mistake, path, lines) for mistake in error.errors())) from None
    except (ValueError, TypeError) as error:  # the file is no mapping, or a variable is no value
        raise ConfigError(f"{path}: {type(error).__name__}: expected names and values, one a line") from None
    if mistakes := list(_strange_kinds(settings.cases)):
        raise ConfigError("\n".join(_explain(mistake, path, lines) for mistake in mistakes))
    return settings


def _strange_kinds(kinds: Mapping[str, Preset]) -> Iterator[dict[str, Any]]:
    """Kinds of case that do not go together, told as pydantic tells its mistakes."""
    for name, kind in kinds.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", name):
            yield {"loc": ("cases", name), "type": "value_error", "input": name, "msg": "A short name in small letters"}
        if not kind.seconders:
            continue
        fits = sorted(one for one, other in kinds.items() if not (other.seconders or other.confidential))
        if kind.unseconded not in fits:
            msg = f"A kind that needs no seconders: {', '.join(fits)}"
            loc = ("cases", name, "unseconded")
            yield {"loc": loc, "type": "value_error", "input": kind.unseconded, "msg": msg}


def _lines(path: Path) -> dict[str, int]:
    """The line of every key of the file; a missing or broken file is an error here and now."""
    if not path.is_file():
        raise ConfigError(f"{path} is not there. Give its place with --config FILE, or copy the one of the project.")
    try:
        root = yaml.compose(path.read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}, line {line}: this is not YAML: {error.problem}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    found: dict[str, int] = {}

    def walk(node: Any, prefix: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{prefix}{key.value}"
                found[name] = key.start_mark.line + 1
                walk(value, name + ".")

    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{path}, line 1: expected names and values like `timezone: Asia/Shanghai`")
    walk(root, "")
    return found


def _no_strangers(environment: Mapping[str, str]) -> None:
    """A misspelled variable would be ignored in silence; it is an error."""
    known = set(_variables(Settings, PREFIX))
    strangers = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    if strangers:
        near = ", ".join(sorted(known))
        raise ConfigError("\n".join(f"{name}: there is no such setting. Known are: {near}" for name in strangers))


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            yield from _variables(section, f"{prefix}{name}__")
        else:
            yield f"{prefix}{name}".upper()


def _explain(mistake: Any, path: Path, lines: Mapping[str, int]) -> str:
    parts = [str(part) for part in mistake["loc"]]
    key = ".".join(parts)
    while parts and ".".join(parts) not in lines and len(parts) > 1:
        parts.pop()
    where = next(
        (name for name in os.environ if name.upper() == PREFIX + key.upper().replace(".", "__")),
        f"{path}, line {lines['.'.join(parts)]}" if ".".join(parts) in lines else str(path),
    )
    value = "(hidden)" if _secret(key) else repr(mistake.get("input"))[:80]
    if mistake["type"] == "extra_forbidden":
        return f"{where}: {key}: there is no such setting"
    expected = str(mistake["msg"]).removeprefix("Value error, ")
    if mistake["type"] in ("model_type", "model_attributes_type", "dict_type"):
        expected = "names and values, indented under it"
    return f"{where}: {key}: {value} does not do; expected {expected[0].lower()}{expected[1:]}"


def _secret(key: str) -> bool:
    """Whether what stands there may be a secret, or hold one: a section, or anything below a secret."""
    return any(f"{secret}.".startswith(f"{key}.") or key.startswith(f"{secret}.") for secret in SECRET)
