"""What goes wrong in everyday life: each ends with its exit code and one clear sentence, and nothing is lost."""

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from tests.system.cli_ground import Said
from tests.system.pass_ground import DAY, HOUR, Ground
from tests.system.processes import environment

Say = Callable[..., Said]


@pytest.fixture
def say(ground: Ground, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command on `ground` and give what it said, which is never a traceback nor a bug."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = ground.say(*words)
        out, err = capsys.readouterr()
        assert code != ExitCode.BUG, err
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return run


@pytest.fixture
def waiting(ground: Ground) -> Ground:
    """A post that is due now on both networks, and that no Pass has come to since."""
    ground.edit("config.toml", 'settle = "0s"', 'settle = "1h"')
    ground.later(-HOUR)
    ground.publish("walk")
    ground.walk()
    ground.later(HOUR)
    ground.edit("config.toml", 'settle = "1h"', 'settle = "0s"')
    return ground


def delivered(ground: Ground) -> bool:
    """Whether a Pass now sends the post, once to each network."""
    ground.walk()
    return [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


# Configuration


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("config.toml", "settle = ", "setle = ", ["config.toml:8", "setle", "did you mean “settle”"]),
        ("config.toml", 'settle = "0s"', 'settle = "soon"', ["config.toml:8", "settle"]),
        ("config.toml", 'settle = "0s"', "settle = [1]", ["config.toml:8", "settle"]),
        ("config.toml", "[defaults]", "[defaults", ["config.toml:7", "not TOML"]),
        ("config.toml", "[defaults]", "[[feed]]\nname = 'blog'\nurl = 'https://x.example/f'\n[defaults]", ["blog"]),
        ("networks.d/mastodon.toml", '"mastodon"', '"mastodno"', ["mastodon.toml:1", "did you mean “mastodon”"]),
        ("networks.d/mastodon.toml", "instance", "instanse", ["mastodon.toml", "instanse", "instance"]),
        ("networks.d/bluesky.toml", "handle = ", "handle = 7 #", ["bluesky.toml", "handle"]),
    ],
    ids=["misspelt", "no duration", "wrong type", "no TOML", "one name twice", "connector", "its key", "its type"],
)
def test_a_mistake_in_a_file_is_named_with_its_place(
    waiting: Ground, say: Say, file: str, old: str, new: str, says: list[str]
) -> None:
    waiting.edit(file, old, new)
    said = say("run")
    assert said.code == ExitCode.CONFIG
    assert [words for words in says if words not in said.err] == []
    assert "→ try: syndicate check" in said.err
    waiting.edit(file, new, old)
    assert delivered(waiting)


def test_all_mistakes_are_told_at_once(waiting: Ground, say: Say) -> None:
    waiting.edit("config.toml", "settle = ", "setle = ")
    waiting.edit("networks.d/mastodon.toml", "instance", "instanse")
    said = say("run")
    assert "setle" in said.err
    assert "instanse" in said.err


@pytest.mark.parametrize("mode", [None, 0o644], ids=["missing", "open to all"])
def test_a_secret_that_is_missing_or_open_is_refused(waiting: Ground, say: Say, mode: int | None) -> None:
    token = waiting.scene.services["mastodon"].token
    secret = waiting.scene.config.parent / "secret"
    waiting.edit("networks.d/mastodon.toml", f'"{token}"', f'{{ file = "{secret}" }}')
    if mode is not None:
        secret.write_text(f"{token}\n")
        secret.chmod(mode)
    said = say("run")
    assert (said.code, str(secret) in said.err, token in said.err) == (ExitCode.CREDENTIALS, True, False)
    assert "mastodon.toml" in said.err
    secret.write_text(f"{token}\n")
    secret.chmod(0o600)
    assert delivered(waiting)


def test_without_a_configuration_the_way_to_begin_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ground: Ground
) -> None:
    ground.scene.config.rename(tmp_path / "away.toml")
    assert ground.say("run") == ExitCode.CONFIG
    assert "syndicate init" in capsys.readouterr().err


# Services and feeds


def test_a_service_that_cannot_be_reached_says_which(waiting: Ground, say: Say) -> None:
    with waiting.unreachable("mastodon"):
        said = say("run")
        assert said.code == ExitCode.LATER
        assert "network_down network=mastodon" in said.err
        assert "refused" in said.err
        assert say("check").code == ExitCode.NETWORKS
    assert delivered(waiting)


def test_a_revoked_token_says_which_network_and_what_to_type(waiting: Ground, say: Say) -> None:
    mend = waiting.revoke("mastodon")
    said = say("run")
    assert said.code == ExitCode.CREDENTIALS
    assert "mastodon" in said.err
    assert "syndicate auth" in said.err
    assert say("status").code == ExitCode.OK
    mend()
    assert say("check").code == ExitCode.OK
    assert delivered(waiting)


HTML = b"<!doctype html><title>Welcome</title><p>Not here any more.</p>"


@pytest.mark.parametrize(
    ("body", "says"),
    [(HTML, "feed"), (b"", "feed"), (b"\x00\xff\xfe nothing", "feed"), (b'{"hello": "world"}', "feed")],
    ids=["a web page", "nothing", "bytes", "other JSON"],
)
def test_what_is_no_feed_is_told_and_what_is_known_stays(ground: Ground, say: Say, body: bytes, says: str) -> None:
    ground.serve(body)
    said = say("run")
    assert said.code == ExitCode.FEED
    assert "feed_failed feed=blog" in said.err
    assert says in said.err
    assert say("run", "--quiet").code == ExitCode.FEED
    with ground.ledger() as ledger:
        assert (ledger.feed("blog").baseline, ledger.feed("blog").failures) == (True, 2)
    ground.serve(None)
    ground.publish("walk")
    assert delivered(ground)


@pytest.mark.parametrize("status", [404, 410, 500, 503])
def test_a_feed_that_its_server_does_not_give_is_told(ground: Ground, say: Say, status: int) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=status)
    said = say("run")
    assert (said.code, f"HTTP {status}" in said.err) == (ExitCode.FEED, True)


def test_of_half_a_feed_whole_posts_are_taken_and_the_rest_is_taken_later(ground: Ground, say: Say) -> None:
    ground.publish("second", "first")
    whole = ground.feed()
    ground.serve(whole[: whole.index(b"Words of second")])
    said = say("run")
    assert said.code == ExitCode.FEED
    assert "ends too early" in said.err
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]
    ground.serve(None)
    assert say("run").code == ExitCode.OK
    assert "if-none-match" not in ground.scene.blog.seen("GET /feed.xml")[-1].headers
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [2, 2]


def test_half_a_feed_is_no_first_sight_lest_the_other_half_look_new(unseen: Ground) -> None:
    unseen.publish("a", "b", "c")
    whole = unseen.feed()
    unseen.serve(whole[: whole.index(b"Words of b")])
    assert unseen.walk().exit_code == ExitCode.FEED
    unseen.serve(None)
    assert unseen.walk().feeds[0].result == "recorded"
    assert set(unseen.states("mastodon")) == {State.SKIPPED}
    assert unseen.copies("mastodon") == []


# Disk and ledger


@pytest.mark.parametrize("state", ["file/state", "/proc/syndicator"], ids=["under a file", "read-only"])
def test_a_state_directory_that_cannot_be_used_is_named(waiting: Ground, say: Say, state: str) -> None:
    home = waiting.scene.config.parent
    (home / "file").write_text("")
    waiting.edit("config.toml", f'"{home}/state"', f'"{home / state}"')
    said = say("run")
    assert said.code == ExitCode.LEDGER
    assert str(home / state) in said.err
    assert "→ try: " in said.err
    waiting.edit("config.toml", f'"{home / state}"', f'"{home}/state"')
    assert delivered(waiting)


def ledger_of(ground: Ground) -> Path:
    return ground.scene.config.parent / "state" / "ledger.db"


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def _overwritten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"\x55" * 60_000)


def _another_kind(path: Path) -> None:
    path.write_bytes(b"Dear diary, today I made a database by hand." * 100)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_torn, "damaged"),
        (_overwritten, "damaged"),
        (_another_kind, "is not a database"),
        (lambda path: path.write_bytes(b""), "0 bytes"),
        (Path.unlink, "is gone"),
    ],
    ids=["torn", "overwritten", "no database", "empty", "missing"],
)
def test_a_ledger_that_is_spoilt_sends_nothing_and_is_named(
    waiting: Ground, say: Say, spoil: Callable[[Path], object], says: str
) -> None:
    ledger = ledger_of(waiting)
    copy = waiting.scene.config.parent / "copy.db"
    assert say("backup", str(copy)).code == ExitCode.OK
    _without_its_log(ledger)
    spoil(ledger)
    said = say("run")
    assert said.code == ExitCode.LEDGER
    assert str(ledger) in said.err
    assert says in said.err
    assert "backup" in said.err
    assert waiting.copies("mastodon") == []
    _without_its_log(ledger)
    shutil.copy(copy, ledger)
    assert delivered(waiting)


def _without_its_log(ledger: Path) -> None:
    for name in ("-wal", "-shm"):
        ledger.with_name(ledger.name + name).unlink(missing_ok=True)


def test_a_full_disk_stops_before_anything_is_sent(waiting: Ground) -> None:
    """A limit on the size of files fails writes as a full disk does, for one process."""
    waiting.publish(*(f"post-{number}" for number in range(40)), long=True)
    size = ledger_of(waiting).stat().st_size
    done = subprocess.run(
        [sys.executable, "-m", "syndicator", "--config", str(waiting.scene.config), "run"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        preexec_fn=lambda: _limit(size),
    )
    assert done.returncode == ExitCode.LEDGER
    assert str(ledger_of(waiting)) in done.stderr
    assert "→ try: " in done.stderr
    assert "Traceback" not in done.stderr
    assert waiting.copies("mastodon") == []
    waiting.scene.blog.entries = [e for e in waiting.scene.blog.entries if not e.slug.startswith("post-")]
    assert delivered(waiting)


def _limit(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_ledger_set_back_to_an_earlier_time_sends_nothing(waiting: Ground, say: Say) -> None:
    copy = waiting.scene.config.parent / "copy.db"
    assert say("backup", str(copy)).code == ExitCode.OK
    assert delivered(waiting)
    _without_its_log(ledger_of(waiting))
    shutil.copy(copy, ledger_of(waiting))
    refused = say("release", "ALL")
    assert (refused.code, "has lost time" in refused.err, "syndicate reconcile" in refused.err) == (74, True, True)
    for _ in range(2):
        said = say("run")
        assert said.code == ExitCode.PERSON
        assert "has lost time" in said.err
        assert "until you run: syndicate reconcile" in said.err
    waiting.later(DAY)
    waiting.walk()
    assert [len(waiting.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


def test_a_network_whose_file_is_gone_keeps_its_queue(waiting: Ground, say: Say) -> None:
    file = waiting.scene.config.parent / "networks.d" / "mastodon.toml"
    away = file.with_suffix(".away")
    file.rename(away)
    assert say("run").code == ExitCode.OK
    assert waiting.delivery("mastodon").state is State.READY
    away.rename(file)
    assert delivered(waiting)


def test_a_dead_address_costs_no_traceback_in_a_dry_run(waiting: Ground, say: Say) -> None:
    with waiting.unreachable("mastodon"):
        said = say("run", "--dry-run")
    assert "mastodon: cannot be shown" in said.out
    assert delivered(waiting)
