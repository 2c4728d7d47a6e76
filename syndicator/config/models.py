"""The shape of the configuration: every option, its type and its default.

Enters: tables as tomllib reads them, with the environment laid over. Leaves: frozen values. The models judge and fill
in; they read no configuration file. docs/configuration.md describes the same options, and a test compares.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from syndicator.config import checks, ledger_url, places, secrets
from syndicator.config.duration import Duration, DurationOrNever
from syndicator.config.environment import EnvironmentOverFiles
from syndicator.config.loading import current
from syndicator.errors import ConfigError

Backlink = Literal["auto", "always", "never", "cite"]
Images = Literal["auto", "always", "never"]
Cards = Literal["auto", "always", "never"]
Alt = Literal["warn", "require", "link-only"]
Thread = Literal["never", "plain", "numbered"]
Name = Annotated[str, AfterValidator(checks.name)]
Words = Annotated[list[str], BeforeValidator(checks.words)]
Template = Annotated[str, AfterValidator(checks.not_empty)]
QuietTime = Annotated[str, AfterValidator(checks.quiet_time)]  # "22:00-07:00", "sat 22:00-09:00"
OwnerPath = Annotated[Path, AfterValidator(places.of_owner)]


class Table(BaseModel):
    """One table of a file. Unknown keys are mistakes, and no message quotes a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class FeedConfig(Table):
    name: Name
    path: OwnerPath | None = None  # a file or a directory on this machine, read in place of the address
    url: str = Field(default=None, validate_default=True)  # never None: a path without an address has its own
    format: Literal["auto", "h-feed"] = "auto"
    every: Duration = timedelta(hours=1)
    first_run: Literal["record"] = "record"
    networks: Annotated[list[str] | None, BeforeValidator(checks.words)] = None  # None: all of them
    wait_for_page: bool | None = None  # None: as in `[defaults]`

    @field_validator("url", mode="before")
    @classmethod
    def _address(cls, url: object, info: ValidationInfo) -> object:
        if url is not None:
            return checks.web_address(url) if isinstance(url, str) else url
        path = info.data.get("path")
        if path is None and "path" in info.data:
            raise ValueError('is missing; write url = "https://…", or path = "/srv/…" for a feed on this machine')
        return path.as_uri() if path is not None else ""

    @field_validator("every")
    @classmethod
    def _polite(cls, every: timedelta) -> timedelta:
        if every < timedelta(seconds=1):
            raise ValueError('that would ask without a pause; write "1h" or so')
        return every


def _address(value: object) -> str:
    """The ledger's address; it may hold a password, and so may come from where secrets come from."""
    loading = current()
    if isinstance(value, Mapping):
        directory = loading.path.parent if loading else Path.cwd()
        with secrets.at(secrets.Place(directory)):
            return ledger_url.normalise(secrets.resolve(value).get_secret_value())
    if not isinstance(value, str):
        raise ValueError("must be a text in quotes")
    address = ledger_url.normalise(value)
    password = ledger_url.password_of(address)
    if password:
        secrets.remember(password)
        if loading is not None and not isinstance(value, secrets.FromEnvironment):
            secrets.refuse_if_open(loading.path)
    return address


class LedgerConfig(Table):
    """`url` is filled in by Config when it is left out: a SQLite file in the state directory."""

    url: Annotated[str, BeforeValidator(_address)] = Field(default="", repr=False)


class Schedule(Table):
    """When copies may go out, and how fast. What has to wait is sent as soon as there is room for it."""

    quiet: Annotated[tuple[QuietTime, ...], BeforeValidator(checks.words), AfterValidator(checks.leaving_time)] = ()
    gap: Duration = timedelta(0)  # between two posts
    per_hour: int | None = Field(default=None, ge=1)
    per_day: int | None = Field(default=None, ge=1)


class HashtagConfig(Table):
    rename: dict[str, str] = {}  # a tag → its hashtag; empty: none


class Variation(Table):
    """What a network does otherwise for the posts of one feed, or with one tag."""

    template: Template | None = None
    backlink: Backlink | None = None
    images: Images | None = None
    card: Cards | None = None
    thread: Thread | None = None
    hashtags: int | None = Field(default=None, ge=0, le=30)
    language: Annotated[str, AfterValidator(checks.language)] | None = None
    content_warning: str | None = None
    sensitive: bool | None = None
    visibility: str | None = None
    replies: str | None = None


class Defaults(Table):
    settle: Duration = timedelta(minutes=5)
    backlink: Backlink = "auto"
    timezone: Annotated[str, AfterValidator(checks.timezone)] = "UTC"
    best_before: DurationOrNever = timedelta(hours=48)
    give_up: DurationOrNever = timedelta(days=5)
    burst: int = Field(default=5, ge=1)
    images: Images = "auto"
    alt: Alt = "warn"
    wait_for_page: bool = True
    schedule: Schedule = Schedule()


class Filter(Table):
    include_tags: Words = []
    exclude_tags: Words = []


class NetworkConfig(Table):
    """One file of networks.d. An option that is None follows `[defaults]`."""

    name: Name
    path: Path
    connector: str
    enabled: bool = True
    approve: bool = False  # True: each post is held until its owner releases it
    template: Template | None = None
    backlink: Backlink | None = None
    settle: Duration | None = None
    best_before: DurationOrNever | None = None
    images: Images | None = None
    alt: Alt | None = None
    card: Cards = "auto"
    thread: Thread = "never"
    strict: bool = False  # True: hold a post rather than send it in another form than was asked for
    language: Annotated[str, AfterValidator(checks.language)] | None = None
    content_warning: str = ""
    sensitive: bool = False
    hashtags: int = Field(default=5, ge=0, le=30)  # at most this many
    hashtag_place: Literal["inline", "end"] = "inline"
    filter: Filter = Filter()
    schedule: Schedule | None = None
    feed: dict[str, Variation] = {}
    tag: dict[str, Variation] = {}
    settings: Any = None  # an instance of the connector's own Settings

    @field_validator("connector")
    @classmethod
    def _installed(cls, connector: str) -> str:
        loading = current()
        if loading is not None:
            try:
                loading.registry.load(connector)
            except ConfigError as error:
                raise ValueError(error.message) from None
        return connector

    @field_validator("settings", mode="plain")
    @classmethod
    def _own_settings(cls, value: Any, info: ValidationInfo) -> Any:
        loading = current()
        if loading is None or "connector" not in info.data:
            return value
        model = loading.registry.load(info.data["connector"]).Settings
        with secrets.at(loading.place(info.data["path"], read=info.data.get("enabled", True))):
            return _validated(model, value)


OWN_OF_NETWORK = frozenset({"name", "path", "settings"})  # never keys of a file
OPTIONS_OF_NETWORK = frozenset(NetworkConfig.model_fields) - OWN_OF_NETWORK


class SettingsRefused(ValueError):
    """A connector's Settings found mistakes; carries them, because pydantic would keep only a sentence."""

    def __init__(self, model: type[BaseModel], error: ValidationError) -> None:
        super().__init__("the connector's settings are wrong")
        self.model = model
        self.error = error


def _validated(model: type[BaseModel], value: Any) -> BaseModel:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise SettingsRefused(model, error) from None
    except Exception as error:  # a stranger's validator; its words may quote what it was given
        raise ValueError(f"the connector could not read its settings ({type(error).__name__})") from None


class HttpConfig(Table):
    allow_private: Annotated[list[Annotated[str, AfterValidator(checks.host)]], BeforeValidator(checks.words)] = []
    contact: Annotated[str, AfterValidator(checks.contact)] | None = None


class LinkbackFile(Table):
    path: OwnerPath
    flat: OwnerPath | None = None


class Linkback(Table):
    file: LinkbackFile | None = None


class OutboxConfig(Table):
    path: OwnerPath | None = None  # None: below the state directory


class Config(BaseSettings):
    """Everything the owner has decided. `path` is the config.toml it came from."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    path: Path
    state_dir: OwnerPath
    feed: list[FeedConfig] = []
    ledger: LedgerConfig = Field(default=LedgerConfig(), validate_default=True)
    defaults: Defaults = Defaults()
    linkback: Linkback = Linkback()
    outbox: OutboxConfig = OutboxConfig()
    hashtags: HashtagConfig = HashtagConfig()
    mentions: dict[str, dict[str, str]] = {}  # a person → network or kind → their name there; "url": their own page
    http: HttpConfig = HttpConfig()
    networks: dict[str, NetworkConfig] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (EnvironmentOverFiles(settings_cls, init_settings),)

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: dict[str, Any]) -> dict[str, Any]:
        whole = dict(data)
        ledger = whole.get("ledger")
        url = ledger.get("url") if isinstance(ledger, Mapping) else getattr(ledger, "url", None)
        whole.setdefault("state_dir", places.default_state_dir(url))
        loading = current()
        if loading is not None and isinstance(whole.get("networks"), dict):
            whole["networks"] = {
                name: _split(name, loading.network_paths.get(name, loading.path), table)
                for name, table in whole["networks"].items()
            }
        return whole

    @field_validator("ledger")
    @classmethod
    def _beside_the_state(cls, ledger: LedgerConfig, info: ValidationInfo) -> LedgerConfig:
        if ledger.url or "state_dir" not in info.data:
            return ledger
        return LedgerConfig(url=ledger_url.of_path(info.data["state_dir"] / "ledger.db"))


def _split(name: str, path: Path, table: Any) -> Any:
    """Part the keys that are ours from those that the connector has to judge."""
    if not isinstance(table, Mapping):
        return table
    ours = {key: value for key, value in table.items() if key in OPTIONS_OF_NETWORK}
    rest = {key: value for key, value in table.items() if key not in OPTIONS_OF_NETWORK}
    return {**ours, "name": name, "path": path, "settings": rest}
