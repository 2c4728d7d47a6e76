"""config.example.toml and networks.example.d/ are right, and show every option."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from syndicator.config.files import load
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
    OutboxConfig,
    Schedule,
    Variation,
)
from syndicator.config.starter import default_files
from syndicator.registry import Registry
from tests.unit.config_ground import Ground

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS = PROJECT["entry-points"]["syndicator.connectors"]
FILES = sorted((ROOT / "networks.example.d").glob("*.toml"))
EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in FILES if path.stem in OURS}
CONFIG = (ROOT / "config.example.toml").read_text(encoding="utf-8")
TABLES = {"filter", "schedule", "feed", "tag"}
_OPTION = re.compile(r"^(?:# )?([a-z_]+) = ", re.MULTILINE)
_LOAD = (
    "import sys; from syndicator.config.files import load; load(); print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
)
_LIBRARIES = ["mastodon", "PIL", "feedparser", "jinja2", "nh3", "rich", "sqlmodel", "sqlalchemy", "structlog"]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """The examples in place, and our connectors installed as pyproject.toml says."""
    ground = Ground(tmp_path, monkeypatch)
    points = "".join(f"{kind} = {value}\n" for kind, value in OURS.items())
    ground.write("shelf/syndicator-0.dist-info/METADATA", "Metadata-Version: 2.1\nName: syndicator\nVersion: 0\n")
    ground.write("shelf/syndicator-0.dist-info/entry_points.txt", f"[syndicator.connectors]\n{points}")
    monkeypatch.syspath_prepend(str(tmp_path / "shelf"))
    for name in re.findall(r'env = "([A-Z_]+)"', "".join(EXAMPLES.values())):
        monkeypatch.setenv(name, f"CANARY-{name}")
    ground.registry = Registry.discover()
    return ground


def put(ground: Ground, files: dict[str, str]) -> None:
    for name, text in files.items():
        ground.write(name, text, 0o644)


def in_place(config: str, networks: dict[str, str]) -> dict[str, str]:
    return {"config.toml": config} | {f"networks.d/{name}.toml": text for name, text in networks.items()}


def config_for(networks: Collection[str]) -> str:
    """config.example.toml, where a feed names no network that is not installed."""

    def those(hit: re.Match[str]) -> str:
        return f"{hit[1]}{json.dumps([name for name in json.loads(hit[2]) if name in networks])}"

    return re.sub(r"^((?:# )?networks = )(\[[^\]]*\])", those, CONFIG, flags=re.MULTILINE)


def lifted(text: str) -> str:
    """The text with its commented tables and options switched on, unless the option is there already."""
    text = re.sub(r"^# (\[[a-z.]+\])$", r"\1", text, flags=re.MULTILINE)
    there = set(re.findall(r"^([a-z_]+) = ", text, re.MULTILINE))
    return re.sub(r"^# ([a-z_]+) = ", lambda hit: hit[0] if hit[1] in there else hit[0][2:], text, flags=re.MULTILINE)


def test_every_connector_of_ours_has_an_example() -> None:
    assert set(EXAMPLES) == set(OURS)


def test_the_examples_load(ground: Ground) -> None:
    put(ground, in_place(config_for(OURS), EXAMPLES))
    config = ground.load()
    assert set(config.feed[0].networks or ()) <= set(config.networks) == set(OURS)
    secrets = [v for n in config.networks.values() for v in vars(n.settings).values() if isinstance(v, SecretStr)]
    assert secrets
    assert all("CANARY-" in secret.get_secret_value() for secret in secrets)


def test_the_examples_load_with_every_option_switched_on(ground: Ground) -> None:
    put(ground, in_place(lifted(config_for(OURS)), {name: lifted(text) for name, text in EXAMPLES.items()}))
    config = ground.load()
    assert config.http.contact is not None
    assert {network.content_warning for network in config.networks.values()} == {"Politics"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_shows_every_option_of_its_network(name: str, ground: Ground) -> None:
    shown = set(_OPTION.findall(EXAMPLES[name]))
    own: Any = ground.registry.load(name).Settings
    expected = (OPTIONS_OF_NETWORK - TABLES) | set(Filter.model_fields) | set(own.model_fields)
    assert expected <= shown <= expected | set(Schedule.model_fields) | set(Variation.model_fields)


def test_config_toml_shows_every_option() -> None:
    tables: list[type[BaseModel]] = [FeedConfig, LedgerConfig, Defaults, Schedule, HashtagConfig, LinkbackFile]
    tables += [OutboxConfig, HttpConfig]
    expected = {"state_dir", "ada"}.union(*(table.model_fields for table in tables)) - {"schedule"}
    assert set(_OPTION.findall(CONFIG)) == expected
    assert set(tomllib.loads(CONFIG)) == set(Config.model_fields) - {"path", "state_dir", "networks"}


def test_what_init_writes_loads(ground: Ground) -> None:
    starters = {kind: ground.registry.starter(kind) for kind in OURS}
    files = default_files("https://blog.example/", "https://blog.example/feed.xml", "blog", starters)
    assert None not in starters.values()
    put(ground, files)
    networks = ground.load().networks
    assert {name: network.enabled for name, network in networks.items()} == dict.fromkeys(OURS, False)


def test_loading_imports_no_library_of_a_connector(ground: Ground) -> None:
    put(ground, in_place(config_for(OURS), EXAMPLES))
    ground.monkeypatch.setenv("PYTHONPATH", f"{ground.home}/shelf:{ROOT}:{ROOT}/connectors")
    done = subprocess.run([sys.executable, "-c", _LOAD, *_LIBRARIES], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_no_secret_of_an_example_shows(ground: Ground) -> None:
    put(ground, in_place(config_for(OURS), EXAMPLES))
    assert "CANARY" not in repr(load(ground.home))
