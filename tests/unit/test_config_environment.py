from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.config_ground import NETWORK, Ground


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


def test_a_variable_overrides_a_network_file(ground: Ground) -> None:
    ground.config()
    ground.network()
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__INSTANCE", "https://other.example")
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__HASHTAGS", "2")
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__SENSITIVE", "true")
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__FILTER__EXCLUDE_TAGS", '["a, b", "c"]')
    network = ground.load().networks["fake"]
    assert network.settings.instance == "https://other.example"
    assert (network.hashtags, network.sensitive) == (2, True)
    assert network.filter.exclude_tags == ["a, b", "c"]


def test_a_variable_overrides_config_toml(ground: Ground) -> None:
    ground.config('[ledger]\nurl = "sqlite:///srv/a.db"\n[defaults]\nburst = 3\nsettle = "1m"\n')
    ground.network(name="my-fake")
    ground.network(name="fake")
    ground.monkeypatch.setenv("SYNDICATOR_LEDGER__URL", "sqlite:///srv/b.db")
    ground.monkeypatch.setenv("SYNDICATOR_STATE_DIR", "/srv/state")
    ground.monkeypatch.setenv("SYNDICATOR_DEFAULTS__SETTLE", "15m")
    ground.monkeypatch.setenv("SYNDICATOR_LINKBACK__FILE__PATH", "/srv/links.json")
    ground.monkeypatch.setenv("SYNDICATOR_FEED__BLOG__EVERY", "2h")
    ground.monkeypatch.setenv("SYNDICATOR_FEED__BLOG__NETWORKS", "fake, my-fake")
    config = ground.load()
    assert (config.ledger.url, str(config.state_dir)) == ("sqlite:////srv/b.db", "/srv/state")
    assert (config.defaults.burst, config.defaults.settle) == (3, timedelta(minutes=15))
    assert config.linkback.file is not None
    assert (config.feed[0].every, config.feed[0].networks) == (timedelta(hours=2), ["fake", "my-fake"])


def test_hyphens_of_a_name_are_underscores_in_a_variable(ground: Ground) -> None:
    ground.config()
    ground.network(name="my-fake")
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__MY_FAKE__HASHTAGS", "1")
    networks = ground.load().networks
    assert {name: network.hashtags for name, network in networks.items()} == {"my-fake": 1}


@pytest.mark.parametrize("token", ["0012345", "1e5", "true", "null", "{half", "[x", '"quoted"', "a,b"])
def test_a_token_stays_what_it_is(token: str, ground: Ground) -> None:
    ground.config()
    ground.network()
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__ACCESS_TOKEN", token)
    assert ground.load().networks["fake"].settings.access_token.get_secret_value() == token


def test_a_token_from_the_environment_does_not_depend_on_the_files_mode(ground: Ground) -> None:
    ground.config()
    ground.network('connector = "fake"\n', mode=0o644)
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__ACCESS_TOKEN", "token")
    assert ground.load().networks["fake"].settings.access_token.get_secret_value() == "token"


def test_a_source_of_a_secret_can_be_written_as_an_object(ground: Ground) -> None:
    ground.config()
    ground.network()
    ground.write("token", "from-a-file")
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__ACCESS_TOKEN", '{"file": "token"}')
    assert ground.load().networks["fake"].settings.access_token.get_secret_value() == "from-a-file"


def test_a_network_can_live_in_the_environment_alone(ground: Ground) -> None:
    ground.config('networks = ["extra"]\n')
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__EXTRA__CONNECTOR", "fake")
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__EXTRA__ACCESS_TOKEN", "token")
    assert ground.load().networks["extra"].connector == "fake"


def test_what_is_set_does_not_change_the_next_load(ground: Ground) -> None:
    ground.config()
    ground.network()
    ground.monkeypatch.setenv("SYNDICATOR_NETWORKS__FAKE__HASHTAGS", "1")
    assert ground.load().networks["fake"].hashtags == 1
    ground.monkeypatch.delenv("SYNDICATOR_NETWORKS__FAKE__HASHTAGS")
    assert ground.load().networks["fake"].hashtags == 5


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("SYNDICATOR_DEFAULTS__BURTS", "3", "unknown key, did you mean “burst”?"),
        ("SYNDICATOR_DEFAULT__BURST", "3", "unknown key, did you mean “defaults”?"),
        ("SYNDICATOR_DEFAULTS__BURST", "CANARY", "must be a whole number"),
        ("SYNDICATOR_DEFAULTS__SETTLE", "5", 'a number needs its unit; write "5s" for seconds or "5m" for minutes'),
        ("SYNDICATOR_DEFAULTS", "CANARY", "must be a table"),
        ("SYNDICATOR_STATE_DIR__X", "CANARY", "must be a path in quotes"),
        ("SYNDICATOR_NETWORKS__FAKE__INSTANSE", "CANARY", "unknown key, did you mean “instance”?"),
        ("SYNDICATOR_NETWORKS__FAKE__ACCESS_TOKEN", " ", "the text is empty"),
        ("SYNDICATOR_NETWORKS__FKAE__INSTANCE", "CANARY", "networks.fkae.connector is missing"),
        (
            "SYNDICATOR_FEED__BOLG__EVERY",
            "1h",
            'feed.url is missing; write url = "https://…", or path = "/srv/…" for a feed on this machine',
        ),
        ("SYNDICATOR_FEED__BLOG__NETWORKS", "fkae", "there is no networks.d/fkae.toml, did you mean “fake”?"),
        ("SYNDICATOR_FEED__BLOG", "CANARY", "must be a table"),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(variable: str, value: str, problem: str, ground: Ground) -> None:
    ground.config()
    ground.network()
    ground.monkeypatch.setenv(variable, value)
    assert ground.problems() == [f"environment: {variable}: {problem}"]


@pytest.mark.parametrize(
    "variable", ["SYNDICATOR_CONFIG", "SYNDICATOR_MASTODON_TOKEN", "SYNDICATOR_PATH", "SYNDICATOR_"]
)
def test_other_variables_that_begin_the_same_way_are_left_alone(variable: str, ground: Ground) -> None:
    ground.config()
    ground.network(NETWORK)
    ground.monkeypatch.setenv(variable, "something")
    assert ground.load().networks["fake"].settings.access_token.get_secret_value() == "from-the-file"
