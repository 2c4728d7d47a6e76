"""docs/configuration.md and the models say the same."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from syndicator.config import duration
from syndicator.config.models import (
    OPTIONS_OF_NETWORK,
    Config,
    Defaults,
    FeedConfig,
    Filter,
    HashtagConfig,
    HttpConfig,
    LedgerConfig,
    LinkbackFile,
    NetworkConfig,
    OutboxConfig,
    Schedule,
    Variation,
)

DOCS = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| `(.+?)` \| (.+?) \|$", re.MULTILINE)

SECTIONS: dict[str, tuple[type[BaseModel], frozenset[str]]] = {
    "## `config.toml`, before the first table": (Config, frozenset({"state_dir"})),
    "## `[[feed]]`": (FeedConfig, frozenset(FeedConfig.model_fields)),
    "## `[ledger]`": (LedgerConfig, frozenset(LedgerConfig.model_fields)),
    "## `[defaults]`": (Defaults, frozenset(Defaults.model_fields) - {"schedule"}),
    "## `[defaults.schedule]`": (Schedule, frozenset(Schedule.model_fields)),
    "## `[hashtags]`": (HashtagConfig, frozenset(HashtagConfig.model_fields)),
    "## `[mentions]`": (Config, frozenset()),
    "## `[linkback.file]`": (LinkbackFile, frozenset(LinkbackFile.model_fields)),
    "## `[outbox]`": (OutboxConfig, frozenset(OutboxConfig.model_fields)),
    "## `[http]`": (HttpConfig, frozenset(HttpConfig.model_fields)),
    "## `networks.d/NAME.toml`": (NetworkConfig, OPTIONS_OF_NETWORK - {"filter", "schedule", "feed", "tag"}),
    "### `[feed.NAME]` and `[tag.NAME]`": (Variation, frozenset(Variation.model_fields)),
    "### `[filter]`": (Filter, frozenset(Filter.model_fields)),
}
OPTIONS = [(section, name) for section, (_, names) in SECTIONS.items() for name in sorted(names)]


def rows(section: str) -> dict[str, tuple[str, str, str]]:
    text = DOCS.split(f"\n{section}\n")[1].split("\n##")[0]
    return {name: (default, example, meaning) for name, default, example, meaning in _ROW.findall(text)}


def default_of(section: str, name: str) -> Any:
    return SECTIONS[section][0].model_fields[name].get_default()


WRITTEN_OUT = [
    (section, name)
    for section, name in OPTIONS
    if default_of(section, name) not in (None, PydanticUndefined) and section != "## `[ledger]`"
]


def as_type_of(default: Any, written: Any) -> Any:
    if isinstance(default, timedelta):
        return duration.parse_or_never(written) if default else duration.parse(written)
    return tuple(written) if isinstance(default, tuple) else written


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_is_described_and_no_other(section: str) -> None:
    assert set(rows(section)) == SECTIONS[section][1]


def test_every_table_of_config_toml_has_its_section() -> None:
    tables = {"feed": "[[feed]]", "linkback": "[linkback.file]"}
    named = {tables.get(name, f"[{name}]") for name in set(Config.model_fields) - {"path", "state_dir", "networks"}}
    described = {section.strip("# `") for section in SECTIONS if section.startswith("## `[")}
    assert named == described - {"[defaults.schedule]"}


@pytest.mark.parametrize(("section", "name"), WRITTEN_OUT)
def test_its_default_is_the_models(section: str, name: str) -> None:
    default = default_of(section, name)
    written = tomllib.loads(f"x = {rows(section)[name][0].strip('`')}")["x"]
    assert as_type_of(default, written) == default


@pytest.mark.parametrize(("section", "name"), sorted(set(OPTIONS) - set(WRITTEN_OUT)))
def test_a_default_that_is_no_value_is_told_in_words(section: str, name: str) -> None:
    told = rows(section)[name][0]
    assert not told.startswith("`")
    assert (told == "required") is (default_of(section, name) is PydanticUndefined and name != "state_dir")


@pytest.mark.parametrize(("section", "name"), OPTIONS)
def test_its_example_is_understood(section: str, name: str) -> None:
    table = tomllib.loads(rows(section)[name][1])
    assert list(table) == [name]
    model = SECTIONS[section][0]
    checked = model.__pydantic_validator__.validate_assignment(model.model_construct(), name, table[name])
    assert checked is not None
