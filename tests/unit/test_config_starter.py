import tomllib
from pathlib import Path

import pytest

from syndicator.config.secrets import UnreadSecret
from syndicator.config.starter import default_files, network_file
from tests.unit.config_ground import Ground

THEIRS = 'connector = "mastodon"\nenabled = false\ntoken = { file = "secrets/{name}" }\ntemplate = "{{ title }}"\n'
NETWORKS = {"mastodon": THEIRS, "bluesky": None}
FILES = default_files("https://blog.example/", "https://blog.example/feed.xml", "blog", NETWORKS)


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


def test_the_feed_stands_in_config_toml(ground: Ground) -> None:
    ground.write("config.toml", FILES["config.toml"])
    config = ground.load()
    assert [(feed.name, feed.url) for feed in config.feed] == [("blog", "https://blog.example/feed.xml")]


def test_a_strange_address_stays_inside_its_quotes() -> None:
    url = 'https://blog.example/"\n[x]\ny = "\\\x7f{name}ü'
    table = tomllib.loads(default_files(url, url, "blog", {})["config.toml"])
    assert table["feed"][0]["url"] == url
    assert set(table) == {"feed", "defaults"}


def test_a_network_file_is_what_its_connector_brings_with_the_networks_name_in_it() -> None:
    table = tomllib.loads(network_file("mastodon", THEIRS, "art"))
    assert (table["token"], table["template"]) == ({"file": "secrets/art"}, "{{ title }}")


def test_a_connector_that_brings_nothing_begins_switched_off_all_the_same() -> None:
    table = tomllib.loads(network_file("someone-elses", None))
    assert table == {"connector": "someone-elses", "enabled": False, "filter": {"exclude_tags": ["nosyndicate"]}}


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
