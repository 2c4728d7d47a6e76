from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, field_validator

from syndicator.errors import ConfigError
from tests.unit.config_ground import CONFIG, NETWORK, FakeConnector, FakeSettings, Ground


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[defaults]\nburts = 3\n", "config.toml:5: defaults.burts: unknown key, did you mean “burst”?"),
        ("[default]\nburst = 3\n", "config.toml:4: default: unknown key, did you mean “defaults”?"),
        (
            "zzz = 1\n",
            (
                "config.toml:4: feed.zzz: unknown key; known here: "
                "every, first_run, format, name, networks, path, url, wait_for_page"
            ),
        ),
        ("evry = 1\n", "config.toml:4: feed.evry: unknown key, did you mean “every”?"),
        ('first_run = "send"\n', 'config.toml:4: feed.first_run: must be "record"'),
        (
            "every = 300\n",
            ('config.toml:4: feed.every: a number needs its unit; write "300s" for seconds or "300m" for minutes'),
        ),
        ("every = 0\n", 'config.toml:4: feed.every: that would ask without a pause; write "1h" or so'),
        ("networks = 5\n", 'config.toml:4: feed.networks: must be a list, such as ["one", "two"]'),
        ("networks = [5]\n", "config.toml:4: feed.networks: must be a text in quotes"),
        (
            "[defaults]\nbest_before = 0\n",
            ('config.toml:5: defaults.best_before: 0 would mean "at once"; write "never" for no limit'),
        ),
        (
            '[defaults]\nsettle = "never"\n',
            ('config.toml:5: defaults.settle: write a length of time such as "90s", "5m", "1h30m" or "2d"'),
        ),
        (
            '[defaults]\nbacklink = "CANARY"\n',
            ('config.toml:5: defaults.backlink: must be "auto", "always", "never" or "cite"'),
        ),
        ("[defaults]\nburst = 0\n", "config.toml:5: defaults.burst: must be greater than or equal to 1"),
        ("[defaults]\nburst = 1.5\n", "config.toml:5: defaults.burst: must be a whole number"),
        ('[defaults]\nburst = "CANARY"\n', "config.toml:5: defaults.burst: must be a whole number"),
        (
            '[defaults]\ntimezone = "Europe/Berln"\n',
            ("config.toml:5: defaults.timezone: no such time zone, did you mean “Europe/Berlin”?"),
        ),
        (
            '[defaults]\ntimezone = "../../etc/passwd"\n',
            ('config.toml:5: defaults.timezone: no such time zone; write one such as "Europe/Berlin"'),
        ),
        ("[linkback.file]\n", "config.toml:4: linkback.file.path: is missing"),
        ("[linkback]\nfile = 5\n", "config.toml:5: linkback.file: must be a table"),
        ("[linkback]\nmicropb = 5\n", "config.toml:5: linkback.micropb: unknown key; known here: file"),
        (
            '[http]\nallow_private = ["http://nas.lan/"]\n',
            (
                "config.toml:5: http.allow_private: write a host name or an"
                ' address only, such as "nas.lan" or "192.168.1.10"'
            ),
        ),
        (
            '[http]\ncontact = "me\\nCANARY"\n',
            ("config.toml:5: http.contact: write a web or mail address; it is sent along with every request"),
        ),
        (
            '[ledger]\nurl = "mysql://me:CANARY@db/x"\n',
            (
                "config.toml:5: ledger.url: the ledger is SQLite or PostgreSQL;"
                " write sqlite:///var/lib/syndicator/ledger.db (the path is always absolute) or postgresql+psycopg://…"
            ),
        ),
        ("[ledger]\nurl = 5\n", "config.toml:5: ledger.url: must be a text in quotes"),
        (
            '[networks.fake]\nconnector = "fake"\n',
            ("config.toml:4: networks: networks stand in files of their own: networks.d/NAME.toml"),
        ),
    ],
)
def test_a_mistake_has_file_line_key_and_remedy(text: str, problem: str, ground: Ground) -> None:
    ground.config(text)
    assert ground.problems() == [problem]


@pytest.mark.parametrize("key", ["path", "_env_file", "_cli_parse_args"])
def test_a_key_that_means_something_inside_the_program_is_unknown_to_the_owner(key: str, ground: Ground) -> None:
    ground.write("config.toml", f'{key} = "CANARY"\n{CONFIG}')
    assert ground.problems() == [f"config.toml:1: {key}: unknown key"]


@pytest.mark.parametrize(
    ("feed", "problem"),
    [
        ('[[feed]]\nurl = "https://b.example/f"\n', "config.toml:1: feed.name: is missing"),
        (
            '[[feed]]\nname = "b"\n',
            (
                'config.toml:1: feed.url: is missing; write url = "https://…", or path = "/srv/…" for a feed on this '
                "machine"
            ),
        ),
        (
            '[[feed]]\nname = "My Blog"\nurl = "https://b.example/f"\n',
            ("config.toml:2: feed.name: a name is made of a-z, 0-9, _ and -"),
        ),
        (
            '[[feed]]\nname = "b"\nurl = "ftp://b.example/f"\n',
            ("config.toml:3: feed.url: not a web address; write it as https://blog.example/feed.xml"),
        ),
        (
            '[[feed]]\nname = "b"\nurl = "https://b.example:port/"\n',
            ("config.toml:3: feed.url: not a web address; write it as https://blog.example/feed.xml"),
        ),
        (
            '[[feed]]\nname = "b"\nurl = "https://me:CANARY@b.example/"\n',
            ("config.toml:3: feed.url: a name or password in the address would end up in logs and in the ledger"),
        ),
        ('[feed]\nname = "b"\n', "config.toml:1: feed: a feed begins with [[feed]], in two brackets"),
        ("feed = 5\n", "config.toml:1: feed: a feed begins with [[feed]], in two brackets"),
        ("feed = [5]\n", "config.toml:1: feed: must be a table"),
        ("", "config.toml: feed: there is no [[feed]], so nothing to watch; syndicate init https://your.blog finds it"),
    ],
)
def test_a_feed_that_is_wrong(feed: str, problem: str, ground: Ground) -> None:
    ground.config(feed=feed)
    assert ground.problems() == [problem]


def test_two_feeds_cannot_share_a_name(ground: Ground) -> None:
    ground.config(CONFIG)
    assert ground.problems() == ["config.toml:5: feed.name: another feed is called “blog” as well"]


def test_a_feed_can_only_name_networks_that_exist(ground: Ground) -> None:
    ground.network()
    ground.config('networks = [\n  "fake",\n  "fkae",\n  "zzz",\n]\n')
    assert ground.problems() == [
        "config.toml:6: feed.networks: there is no networks.d/fkae.toml, did you mean “fake”?",
        "config.toml:7: feed.networks: there is no networks.d/zzz.toml, there are: fake",
    ]


def test_references_are_judged_even_when_other_things_are_wrong(ground: Ground) -> None:
    ground.network("broken =", "broken")
    ground.config('every = 1\nnetworks = ["broken", "none"]\n')
    assert [problem.split(": ")[0] for problem in ground.problems()] == [
        "config.toml:4",
        "config.toml:5",
        "networks.d/broken.toml:1",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('instance = "https://x.example"\naccess_token = "x"\n', "networks.d/fake.toml:1: connector: is missing"),
        (
            'connector = "fke"\n',
            (
                "networks.d/fake.toml:1: connector: no connector “fke” is installed, did you mean “fake”?"
                " installed: broken, fake"
            ),
        ),
        (
            'connector = "zzz"\n',
            ("networks.d/fake.toml:1: connector: no connector “zzz” is installed; installed: broken, fake"),
        ),
        (
            'connector = "broken"\n',
            (
                "networks.d/fake.toml:1: connector: the connector “broken” of given cannot be used"
                " (wrong-api): it is made for contract 99, this is contract 1"
            ),
        ),
        ('connector = "fake"\n', "networks.d/fake.toml:1: access_token: is missing"),
        (
            NETWORK + 'acces_token = "CANARY"\n',
            ("networks.d/fake.toml:4: acces_token: unknown key, did you mean “access_token”?"),
        ),
        (NETWORK + 'templat = "CANARY"\n', "networks.d/fake.toml:4: templat: unknown key, did you mean “template”?"),
        (
            NETWORK + 'name = "x"\n',
            (
                "networks.d/fake.toml:4: name: unknown key; known here: access_token, alt, approve, backlink,"
                " best_before, card, connector, content_warning, enabled, feed, filter, hashtag_place, hashtags,"
                " images, instance, language, schedule, sensitive, settle, spare, strict, tag, template, thread,"
                " visibility"
            ),
        ),
        (
            NETWORK + "[filter]\nexclude_tag = []\n",
            ("networks.d/fake.toml:5: filter.exclude_tag: unknown key, did you mean “exclude_tags”?"),
        ),
        (
            NETWORK + 'filter.include_tags = "web"\n',
            ('networks.d/fake.toml:4: filter.include_tags: must be a list, such as ["one", "two"]'),
        ),
        (NETWORK + 'visibility = "CANARY"\n', 'networks.d/fake.toml:4: visibility: must be "public" or "unlisted"'),
        (NETWORK + 'enabled = "CANARY"\n', "networks.d/fake.toml:4: enabled: must be true or false"),
        (
            NETWORK + 'language = "CANARY CANARY"\n',
            ('networks.d/fake.toml:4: language: write a language tag such as "en", "de" or "pt-BR"'),
        ),
        (NETWORK + 'template = " "\n', "networks.d/fake.toml:4: template: is empty; leave it out for the default"),
        (NETWORK + "hashtags = 31\n", "networks.d/fake.toml:4: hashtags: must be less than or equal to 30"),
        (
            NETWORK.replace("https://social.example", "CANARY"),
            ("networks.d/fake.toml:2: instance: … is not an https address"),
        ),
        (
            NETWORK.replace('"from-the-file"', '["CANARY"]'),
            (
                "networks.d/fake.toml:3: access_token: must be a text in"
                ' quotes or one of { file = "…" }, { env = "…" }, { credential = "…" }, { command = ["…"] }'
            ),
        ),
        (
            NETWORK.replace('"from-the-file"', '{ flie = "CANARY" }'),
            ("networks.d/fake.toml:3: access_token: a secret has no “flie”, did you mean “file”?"),
        ),
        (
            NETWORK + 'spare = { env = "NOT_SET_ANYWHERE" }\n',
            ("networks.d/fake.toml:4: spare: the environment variable NOT_SET_ANYWHERE is not set"),
        ),
    ],
)
def test_a_network_file_that_is_wrong(text: str, problem: str, ground: Ground) -> None:
    ground.registry = ground.registry.of({"fake": FakeConnector, "broken": _Broken})
    ground.config()
    ground.network(text)
    assert ground.problems() == [problem]


class _Broken(FakeConnector):
    kind = "broken"
    api = 99


@pytest.mark.parametrize("name", ["Fake", "fake me", "fäke", "a.b"])
def test_a_files_name_has_to_be_a_networks_name(name: str, ground: Ground) -> None:
    ground.config()
    ground.network(name=name)
    problem = f"networks.d/{name}.toml: the file's name is the network's, and a name is made of a-z, 0-9, _ and -"
    assert ground.problems() == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'a = 1\nb = "CANARY\n', "config.toml:2: not TOML: Illegal character '\\n' (column 12)"),
        (b"a = CANARY\n", "config.toml:1: not TOML: Invalid value (column 5)"),
        (b"CANARY\n", "config.toml:1: not TOML: Expected '=' after a key in a key/value pair (column 7)"),
        (b'a = 1\nb = """CANARY\n', 'config.toml:3: not TOML: Expected \'"""\' (the file ends too early)'),
        (b'a = 1\n\nb = "CANARY \xff"\n', "config.toml:3: is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_toml_is_shown_with_line_and_column(text: bytes, problem: str, ground: Ground) -> None:
    (ground.home / "config.toml").write_bytes(text)
    assert [_without_details(p) for p in ground.problems()] == [_without_details(problem)]


def _without_details(problem: str) -> str:
    """tomllib's wording differs between versions of Python; file, line and column do not."""
    return problem.split(" TOML:", maxsplit=1)[0] + problem[problem.rfind(" (") :] if " TOML:" in problem else problem


def test_a_directory_is_no_network(ground: Ground) -> None:
    ground.config()
    (ground.home / "networks.d" / "fake.toml").mkdir(parents=True)
    assert ground.problems() == ["networks.d/fake.toml: cannot be read: Is a directory"]


def test_networks_d_has_to_be_a_directory(ground: Ground) -> None:
    ground.config()
    ground.write("networks.d", "")
    assert ground.problems() == ["networks.d: cannot be read: Not a directory"]


def test_all_mistakes_of_all_files_come_at_once(ground: Ground) -> None:
    ground.config("evry = 1\n[defaults]\nburst = 0\n[ledger]\nurl = 'sqlite:x.db'\n")
    ground.network("settle = 5\n", "a")
    ground.network("b = \n", "b")
    ground.network(NETWORK + "hashtags = -1\nzzz = 1\n", "c", mode=0o644)
    with pytest.raises(ConfigError, match="the configuration has 9 mistakes") as caught:
        ground.load()
    assert len(caught.value.problems) == 9


def test_no_problem_repeats_a_value(ground: Ground) -> None:
    ground.config('evry = "CANARY"\n[defaults]\nsettle = "CANARY"\ntimezone = "CANARY"\n[ledger]\nurl = "CANARY"\n')
    ground.network('connector = "fake"\nacces_token = "CANARY"\ninstance = "CANARY"\nvisibility = "CANARY"\n', "a")
    ground.network('connector = "fake"\naccess_token = { file = ["CANARY"] }\nspare = { "x" = "CANARY" }\n', "b")
    ground.network('connector = "fake"\naccess_token = "CANARY\n', "c")
    with pytest.raises(ConfigError) as caught:
        ground.load()
    assert len(caught.value.problems) == 11
    assert "CANARY" not in f"{caught.value!r} {caught.value} {caught.value.problems} {caught.value.__context__!r}"


def test_a_failing_validator_of_a_stranger_is_a_problem_and_not_a_crash(ground: Ground) -> None:
    ground.registry = ground.registry.of({"fake": _Careless})
    ground.config()
    ground.network(NETWORK + 'visibility = "public"\n')
    problem = "networks.d/fake.toml:1: the connector could not read its settings (KeyError)"
    assert ground.problems() == [problem]


class _CarelessSettings(FakeSettings):
    @field_validator("visibility")
    @classmethod
    def _careless(cls, value: str) -> str:
        raise KeyError(f"CANARY {value}")


class _Careless(FakeConnector):
    Settings: ClassVar[type[BaseModel]] = _CarelessSettings
