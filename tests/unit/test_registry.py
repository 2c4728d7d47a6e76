import subprocess
import sys
from pathlib import Path

import pytest

from syndicator.errors import ConfigError
from syndicator.registry import Registry, Status
from tests.unit.config_ground import FakeConnector

ROOT = Path(__file__).parents[2]
CONNECTOR = """\
from tests.unit.config_ground import FakeConnector


class Connector(FakeConnector):
    kind = "{kind}"
    api = {api}
"""
GOOD = CONNECTOR.format(kind="strange", api=1)


class Shelf:
    """A directory on sys.path into which distributions are put as an installer would."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(self, kind: str, source: str, *, by: str | None = None, target: str = "Connector") -> None:
        distribution = by or f"syndicator-{kind}"
        module = f"shelf_{distribution.replace('-', '_')}_{self.path.name}"
        (self.path / f"{module}.py").write_text(source)
        info = self.path / f"{distribution.replace('-', '_')}-2.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.5\n")
        (info / "entry_points.txt").write_text(f"[syndicator.connectors]\n{kind} = {module}:{target}\n")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    path = tmp_path / f"shelf{abs(hash(tmp_path))}"
    path.mkdir()
    monkeypatch.syspath_prepend(str(path))
    return Shelf(path)


def test_a_strangers_connector_is_found_and_loaded(shelf: Shelf) -> None:
    shelf.install("strange", CONNECTOR.format(kind="strange", api=1))
    registry = Registry.discover()
    record = registry.record("strange")
    assert (record.distribution, record.version) == ("syndicator-strange", "2.5")
    assert (record.status, record.reason, record.stability) == (Status.READY, "", "experimental")
    assert registry.load("strange").kind == "strange"
    assert registry.load("strange") is registry.load("strange")


def test_one_that_lacks_packages_says_which_and_can_still_be_configured(shelf: Shelf) -> None:
    lacks = "    @classmethod\n    def lacks(cls):\n        return 'paper is missing: pip install paper'\n"
    shelf.install("strange", GOOD + lacks)
    registry = Registry.discover()
    record = registry.record("strange")
    assert (record.status, record.reason) == (Status.INCOMPLETE, "paper is missing: pip install paper")
    assert registry.load("strange").kind == "strange"


def test_one_that_cannot_even_say_what_it_lacks_is_not_used(shelf: Shelf) -> None:
    shelf.install("strange", GOOD + "    @classmethod\n    def lacks(cls):\n        raise KeyError('paper')\n")
    record = Registry.discover().record("strange")
    assert (record.status, record.reason) == (Status.LOAD_ERROR, "KeyError: 'paper'")


def test_finding_imports_nothing(shelf: Shelf) -> None:
    shelf.install("strange", "raise SystemExit('imported')")
    assert "strange" in Registry.discover().kinds


@pytest.mark.parametrize(
    ("source", "status", "reason"),
    [
        ("import no_such_library", Status.LOAD_ERROR, "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise SystemExit(3)", Status.LOAD_ERROR, "SystemExit: 3"),
        ("Connector = 1 / 0", Status.LOAD_ERROR, "ZeroDivisionError: division by zero"),
        ("raise ValueError('a\\x1b[31m\\nb' + 'x' * 5000)", Status.LOAD_ERROR, "ValueError: a [31m bxxx"),
        ("Other = 1", Status.LOAD_ERROR, "AttributeError"),
        ("def Connector(): ...", Status.WRONG_API, "it is made for contract None, this is contract 1"),
        (CONNECTOR.format(kind="strange", api=2), Status.WRONG_API, "it is made for contract 2, this is contract 1"),
        (CONNECTOR.format(kind="other", api=1), Status.LOAD_ERROR, "its class calls itself “other”"),
        ("class Connector: api = 1; kind = 'strange'", Status.LOAD_ERROR, "its class has no Settings"),
        ("import types; Connector = types.SimpleNamespace(api=1)", Status.LOAD_ERROR, "its entry point names no class"),
        (GOOD + "    Settings = int\n", Status.LOAD_ERROR, "its class has no Settings"),
        (
            GOOD.replace("(FakeConnector)", "") + "    Settings = FakeConnector.Settings\n",
            Status.LOAD_ERROR,
            "its class has no open, whoami, measure, deliver, close",
        ),
    ],
)
def test_a_connector_that_cannot_be_used_harms_nobody_else(
    source: str, status: Status, reason: str, shelf: Shelf
) -> None:
    shelf.install("strange", source)
    shelf.install("good", CONNECTOR.format(kind="good", api=1))
    registry = Registry.discover()
    record = registry.records["strange"]
    assert record.status is status
    assert record.reason.startswith(reason)
    assert len(record.reason) <= 300
    assert record.reason.isprintable()
    assert registry.records["good"].status is Status.READY
    with pytest.raises(ConfigError, match="the connector “strange” of syndicator-strange cannot be used") as caught:
        registry.load("strange")
    assert record.reason in caught.value.message


def test_two_distributions_with_one_kind_are_both_named_and_neither_is_used(shelf: Shelf) -> None:
    shelf.install("strange", "raise SystemExit", by="first-one")
    shelf.install("strange", "raise SystemExit", by="second-one")
    registry = Registry.discover()
    record = registry.record("strange")
    assert record.status is Status.DUPLICATE
    assert "first-one" in record.reason
    assert "second-one" in record.reason
    with pytest.raises(ConfigError, match="duplicate"):
        registry.load("strange")


def test_a_kind_that_is_not_installed_leads_to_the_nearest() -> None:
    registry = Registry.of({"fake": FakeConnector})
    with pytest.raises(ConfigError, match="no connector “fkae” is installed, did you mean “fake”") as caught:
        registry.load("fkae")
    assert caught.value.hint == "syndicate connectors"


def test_a_broken_connector_is_imported_only_once(shelf: Shelf) -> None:
    counter = shelf.path / "count"
    shelf.install("strange", f"with open({str(counter)!r}, 'a') as f:\n    f.write('x')\nimport no_such_library")
    registry = Registry.discover()
    assert [registry.record("strange").status for _ in range(3)] == [Status.LOAD_ERROR] * 3
    assert counter.read_text() == "x"


def test_the_registry_imports_no_library() -> None:
    script = (
        "import sys; from syndicator.registry import Registry; Registry.discover().kinds\n"
        "print(*({'pydantic', 'mastodon', 'requests', 'sqlmodel', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_a_connector_may_bring_the_text_that_its_networks_begin_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "shelf_with_text"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "network.toml").write_text('connector = "strange"\n')
    info = tmp_path / "strange-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[syndicator.connectors]\nstrange = shelf_with_text.connector:Strange\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Registry.discover().starter("strange") == 'connector = "strange"\n'


@pytest.mark.parametrize("source", [GOOD, "raise SystemError('broken')"])
def test_a_connector_of_one_module_brings_none(shelf: Shelf, source: str) -> None:
    shelf.install("strange", source)
    assert Registry.discover().starter("strange") is None
