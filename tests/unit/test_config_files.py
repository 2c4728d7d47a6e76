import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from syndicator.config import places
from syndicator.config.duration import NEVER
from syndicator.config.files import find, load
from syndicator.config.loading import Loading, during
from syndicator.config.models import Config, Defaults, FeedConfig, NetworkConfig
from syndicator.config.secrets import UnreadSecret
from syndicator.errors import ConfigError, CredentialError
from syndicator.exitcode import ExitCode
from syndicator.registry import Registry
from tests.unit.config_ground import CONFIG, NETWORK, FakeSettings, Ground


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


def test_one_feed_is_a_configuration(ground: Ground) -> None:
    path = ground.config()
    config = ground.load()
    assert config.path == path
    assert config.feed == [FeedConfig(name="blog", url="https://blog.example/feed.xml")]
    assert config.feed[0].every == timedelta(hours=1)
    assert config.feed[0].networks is None
    assert config.defaults == Defaults()
    assert config.networks == {}
    assert config.linkback.file is None


def test_a_network_is_its_file(ground: Ground) -> None:
    ground.config()
    path = ground.network(
        NETWORK + 'settle = "0s"\nbest_before = "never"\n[filter]\nexclude_tags = ["draft"]\n', "my-fake_2"
    )
    network = ground.load().networks["my-fake_2"]
    assert (network.name, network.path, network.connector, network.enabled) == ("my-fake_2", path, "fake", True)
    assert (network.settle, network.best_before, network.backlink) == (timedelta(0), NEVER, None)
    assert network.filter.exclude_tags == ["draft"]
    assert isinstance(network.settings, FakeSettings)
    assert network.settings.access_token.get_secret_value() == "from-the-file"


def test_only_toml_files_that_are_not_hidden_are_networks(ground: Ground) -> None:
    ground.config()
    ground.network()
    ground.write("networks.d/.fake.toml", "nonsense")
    ground.write("networks.d/fake.toml.bak", "nonsense")
    assert list(ground.load().networks) == ["fake"]


def test_what_is_loaded_cannot_be_changed(ground: Ground) -> None:
    ground.config()
    config = ground.load()
    with pytest.raises(ValidationError, match="frozen"):
        config.path = Path("elsewhere")
    with pytest.raises(ValidationError, match="frozen"):
        config.defaults.burst = 7


def test_relative_paths_start_at_the_configuration(ground: Ground) -> None:
    ground.config('state_dir = "state"\n[linkback.file]\npath = "../data/s.json"\nflat = "~/flat.json"\n', feed="")
    ground.write("config.toml", (ground.home / "config.toml").read_text() + CONFIG)
    ground.write("secrets/token", "from-a-secret-file\n")
    ground.network('connector = "fake"\naccess_token = { file = "secrets/token" }\n')
    ground.monkeypatch.chdir("/")
    config = ground.load()
    assert config.state_dir == ground.home / "state"
    assert config.linkback.file is not None
    assert config.linkback.file.path == ground.home.parent / "data" / "s.json"
    assert config.linkback.file.flat == ground.home / "user" / "flat.json"
    assert config.networks["fake"].settings.access_token.get_secret_value() == "from-a-secret-file"


def test_the_ledger_lies_in_the_state_directory(ground: Ground) -> None:
    ground.config()
    config = ground.load()
    assert config.state_dir == ground.home / "state"
    assert config.ledger.url == f"sqlite:///{config.state_dir}/ledger.db"


def test_state_lies_beside_a_ledger_that_is_named(ground: Ground) -> None:
    ground.config('[ledger]\nurl = "sqlite:///var/lib/syndicator/x.db"\n')
    config = ground.load()
    assert config.state_dir == Path("/var/lib/syndicator")
    assert config.ledger.url == "sqlite:////var/lib/syndicator/x.db"


def test_systemd_says_where_state_lies(ground: Ground) -> None:
    ground.config('[ledger]\nurl = "sqlite:////srv/x.db"\n')
    ground.monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/syndicator:/var/lib/other")
    assert ground.load().state_dir == Path("/var/lib/syndicator")


def test_the_owner_has_the_last_word_on_state(ground: Ground) -> None:
    ground.config('[ledger]\nurl = "postgresql://me@db/x"\n', feed='state_dir = "/srv/state"\n' + CONFIG)
    ground.monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/syndicator")
    config = ground.load()
    assert config.state_dir == Path("/srv/state")
    assert config.ledger.url == "postgresql+psycopg://me@db/x"


@pytest.mark.parametrize(
    ("directory", "state"),
    [
        ("/etc/syndicator", "/var/lib/syndicator"),
        ("/home/me/.config/syndicator", "/srv/state/syndicator"),
        ("/srv/blog", "/srv/blog/state"),
    ],
)
def test_state_lies_where_it_belongs_for_this_configuration(
    monkeypatch: pytest.MonkeyPatch, directory: str, state: str
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/me/.config")
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    with during(Loading(Path(directory) / "config.toml", Registry.of({}))):
        assert places.default_state_dir(None) == Path(state)


def test_a_switched_off_network_needs_no_secret(ground: Ground) -> None:
    ground.config()
    ground.network('enabled = false\nconnector = "fake"\naccess_token = { file = "secrets/none" }\n')
    network = ground.load().networks["fake"]
    assert not network.enabled
    assert isinstance(network.settings.access_token, UnreadSecret)


def test_secrets_can_be_left_unread(ground: Ground) -> None:
    ground.config()
    ground.network('connector = "fake"\naccess_token = { file = "secrets/none" }\n')
    token = ground.load(with_secrets=False).networks["fake"].settings.access_token
    with pytest.raises(CredentialError, match="was not read"):
        token.get_secret_value()


def test_nothing_but_refused_secrets_is_a_matter_of_credentials(ground: Ground) -> None:
    ground.config()
    path = ground.network(mode=0o644)
    with pytest.raises(CredentialError) as caught:
        ground.load()
    assert caught.value.exit_code is ExitCode.CREDENTIALS
    assert caught.value.problems == (
        f"{path}:3: access_token: others can read this file, and a secret stands in it; type: chmod 600 {path}",
    )


def test_a_mistake_beside_a_refused_secret_is_a_matter_of_configuration(ground: Ground) -> None:
    ground.config("[defaults]\nburts = 3\n")
    ground.network('connector = "fake"\naccess_token = { env = "NOT_SET_ANYWHERE" }\n')
    with pytest.raises(ConfigError, match="2 mistakes") as caught:
        ground.load()
    assert caught.value.exit_code is ExitCode.CONFIG
    assert "NOT_SET_ANYWHERE is not set" in caught.value.problems[1]


def test_a_network_file_may_be_open_when_its_secret_stands_elsewhere(ground: Ground) -> None:
    ground.config()
    ground.write("token", "secret")
    ground.network('connector = "fake"\naccess_token = { file = "token" }\n', mode=0o644)
    assert ground.load().networks["fake"].settings.access_token.get_secret_value() == "secret"


def test_the_ledgers_password_is_a_secret_too(ground: Ground) -> None:
    ground.config('[ledger]\nurl = "postgresql://me:CANARY-pw@db/x"\n').chmod(0o640)
    with pytest.raises(CredentialError) as caught:
        ground.load()
    assert "config.toml:5: ledger.url: others can read this file" in caught.value.problems[0]
    assert "CANARY" not in f"{caught.value.problems}"
    ground.home.joinpath("config.toml").chmod(0o600)
    config = ground.load()
    assert "CANARY-pw" in config.ledger.url
    assert "CANARY" not in f"{config} {config!r}"


def test_the_ledgers_address_can_come_from_a_secret_file(ground: Ground) -> None:
    ground.config('[ledger]\nurl = { file = "ledger-url" }\n')
    ground.write("ledger-url", "postgresql://me:pw@db/x\n")
    assert ground.load(with_secrets=False).ledger.url == "postgresql+psycopg://me:pw@db/x"


def test_no_secret_is_in_what_a_configuration_prints(ground: Ground) -> None:
    ground.config()
    ground.network(NETWORK.replace("from-the-file", "CANARY"))
    config = ground.load()
    assert "CANARY" not in f"{config} {config!r} {config.model_dump()} {config.model_dump_json()}"


# Where it is looked for.


def test_a_directory_stands_for_the_file_in_it(ground: Ground) -> None:
    path = ground.config()
    assert find(ground.home) == find(path) == path


def test_a_path_that_is_named_is_the_only_one(ground: Ground) -> None:
    ground.config()
    with pytest.raises(ConfigError, match=r"nowhere\.toml, named by --config"):
        find(Path("nowhere.toml"))
    ground.monkeypatch.setenv("SYNDICATOR_CONFIG", "elsewhere")
    with pytest.raises(ConfigError, match="elsewhere, named by SYNDICATOR_CONFIG"):
        find(None)


def test_the_order_of_places(ground: Ground) -> None:
    etc = ground.write("etc/config.toml", CONFIG)
    ground.monkeypatch.setattr(places, "ETC", etc)
    assert find(None) == etc
    user = ground.write("user/.config/syndicator/config.toml", CONFIG)
    assert find(None) == user
    xdg = ground.write("xdg/syndicator/config.toml", CONFIG)
    ground.monkeypatch.setenv("XDG_CONFIG_HOME", str(ground.home / "xdg"))
    assert find(None) == xdg
    here = ground.config()
    assert find(None) == here
    variable = ground.write("variable/config.toml", CONFIG)
    ground.monkeypatch.setenv("SYNDICATOR_CONFIG", str(variable.parent))
    assert find(None) == variable
    assert find(here) == here


def test_the_file_of_a_site_generator_is_passed_over(ground: Ground) -> None:
    ground.write("config.toml", 'baseURL = "https://blog.example"\n[params]\nfeed = true\n')
    user = ground.write("user/.config/syndicator/config.toml", CONFIG)
    assert find(None) == user
    user.unlink()
    with pytest.raises(ConfigError) as caught:
        find(None)
    assert caught.value.problems[0] == "config.toml belongs to another program"


@pytest.mark.parametrize("text", ["", "feed = 1", "not toml"])
def test_a_broken_file_of_ours_is_not_passed_over(text: str, ground: Ground) -> None:
    ground.write("config.toml", text)
    assert find(None) == ground.home / "config.toml"


def test_nothing_found_tells_where_it_looked_and_how_to_begin(ground: Ground) -> None:
    with pytest.raises(ConfigError) as caught:
        load()
    assert caught.value.hint == "syndicate init https://your.blog"
    looked = "\n".join(caught.value.problems)
    assert "config.toml" in looked
    assert f"{ground.home}/user/.config/syndicator/config.toml" in looked
    assert "/etc/syndicator/config.toml" in looked


# By hand, as tests and the sandbox make them.


def test_models_can_be_made_by_hand(ground: Ground) -> None:
    ground.monkeypatch.setenv("SYNDICATOR_DEFAULTS__BURST", "99")
    settings = FakeSettings(access_token=SecretStr("x"))
    network = NetworkConfig(name="n", connector="whatever", path=Path("n.toml"), settings=settings)
    config = Config(path=Path("config.toml"), state_dir=Path("/s"), networks={"n": network})
    assert config.networks["n"].settings is settings
    assert config.ledger.url == "sqlite:////s/ledger.db"
    assert config.defaults.burst == 5


_HEAVY = ["mastodon", "feedparser", "PIL", "jinja2", "nh3", "rich", "sqlmodel", "typer", "requests", "structlog"]


def test_loading_imports_no_library_that_it_does_not_need(ground: Ground) -> None:
    ground.config()
    script = (
        "import sys; from pathlib import Path; from syndicator.registry import Registry\n"
        "from syndicator.config.files import load\n"
        f"load(Path({str(ground.home)!r}, 'config.toml'), registry=Registry.of({{}}))\n"
        f"print(*(set({_HEAVY}) & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_a_byte_order_mark_does_no_harm(ground: Ground) -> None:
    ground.config(feed="\ufeff" + CONFIG)
    assert ground.load().feed[0].name == "blog"
