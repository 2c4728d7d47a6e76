import tomllib
from pathlib import Path

import pytest

from syndicator.config.secrets import UnreadSecret
from syndicator.config.starter import default_files, network_file
from tests.unit.config_ground import Ground

FILES = default_files("https://blog.example/", "https://blog.example/feed.xml", "blog", ["mastodon", "bluesky"])


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


def test_the_feed_stands_in_config_toml(ground: Ground) -> None:
    ground.write("config.toml", FILES["config.toml"])
    config = ground.load()
    assert [(feed.name, feed.url) for feed in config.feed] == [("blog", "https://blog.example/feed.xml")]


def test_a_strange_address_stays_inside_its_quotes() -> None:
    url = 'https://blog.example/"\n[x]\ny = "\\\x7f{name}ü'
    table = tomllib.loads(default_files(url, url, "blog", [])["config.toml"])
    assert table["feed"][0]["url"] == url
    assert set(table) == {"feed", "defaults"}


@pytest.mark.parametrize("name", ["mastodon", "bluesky", "someone-elses"])
def test_a_network_begins_switched_off_with_its_secret_in_a_file(name: str) -> None:
    table = tomllib.loads(network_file(name))
    assert (table["connector"], table["enabled"]) == (name, False)
    assert table["filter"] == {"exclude_tags": ["nosyndicate"]}


def test_a_second_account_has_its_own_secret() -> None:
    assert tomllib.loads(network_file("mastodon", "art"))["access_token"] == {"file": "secrets/art"}


def test_commented_options_are_right_when_uncommented(ground: Ground) -> None:
    ground.write("config.toml", FILES["config.toml"].replace("\n# ", "\n").replace("Every option", "# ").replace(
        "syndicator: what", "# ").replace("Where the copies go", "# "))  # fmt: skip
    ground.network('connector = "fake"\nenabled = false\naccess_token = "x"\n', "mastodon")
    ground.network('connector = "fake"\nenabled = false\naccess_token = "x"\n', "bluesky")
    config = ground.load()
    assert config.feed[0].networks == ["mastodon", "bluesky"]
    assert config.defaults.timezone == "Europe/Berlin"
    assert config.http.contact == "https://blog.example/"
    assert config.linkback.file is not None
    assert isinstance(config.networks["mastodon"].settings.access_token, UnreadSecret)
