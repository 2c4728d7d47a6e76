"""Several hosts' daemons on one ledger: when the serving one dies another takes over, and nothing goes out twice."""

import re
import signal
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest

from syndicator.sandbox.service import Fault
from syndicator_bluesky.sandbox import PretendBluesky
from syndicator_mastodon.sandbox import PretendMastodon
from tests.hosts.conftest import Among
from tests.hosts.hosts_ground import Hosts, Started
from tests.system.processes import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.needs("mastodon", "bluesky")]
PUBLISHING = PretendMastodon.publishing


@pytest.fixture
def ground(among: Among) -> Hosts:
    """A server that knows no keys, so that nothing but our own care keeps copies single; and one that does."""
    made = among({"mastodon": PretendMastodon(flavour="gotosocial"), "bluesky": PretendBluesky()})
    made.run("a", "--quiet")
    return made


def serving(ground: Hosts, host: str) -> Started:
    """A daemon that serves everything."""
    started = ground.start(host, "daemon")
    eventually(lambda: ground.serves(started, "mastodon"), "it serves mastodon")
    return started


def standing_by(ground: Hosts, host: str) -> Started:
    passes = ground.said(host).count("daemon_started")
    started = ground.start(host, "daemon")
    eventually(lambda: ground.said(host).count("daemon_started") > passes, "it is ready")
    return started


def in_the_middle(ground: Hosts, seconds: float = 60) -> None:
    """A request has had its effect, and its answer is still to come."""
    known = len(ground.scene.services["mastodon"].seen(PUBLISHING))
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING, seconds=seconds)
    ground.publish()
    eventually(lambda: len(ground.scene.services["mastodon"].seen(PUBLISHING)) > known, "it is sending")


def settles(ground: Hosts) -> None:
    """Two minutes and one more, until a server has been asked twice whether it has the copy."""
    for _ in range(100):
        if ground.is_all_done():
            return
        a_pass_later(ground)


def a_pass_later(ground: Hosts) -> None:
    passes = ground.told().count("pass_finished")
    ground.later(20)  # less than a host waits between intent and request
    eventually(lambda: ground.told().count("pass_finished") > passes, "somebody makes a Pass")


def test_the_host_that_came_first_serves_all_and_the_other_stands_by(ground: Hosts) -> None:
    first = serving(ground, "a")
    second = standing_by(ground, "b")
    ground.publish(2)
    eventually(ground.is_all_done, "both posts are out")
    assert ground.serves(first, "mastodon")
    assert ground.serves(first, "bluesky")
    assert not ground.serves(second, "bluesky")
    assert ground.run("c") == 75
    assert f":{first.pid}; it serves feed blog, network bluesky, network mastodon" in ground.said("c")
    assert ground.say("d", "status") == 0
    assert re.search(rf"network mastodon +\S+:{first.pid}\n", ground.said("d"))
    ground.say("e", "check")
    assert re.search(rf"feed blog +served by \S+:{first.pid}", ground.said("e"))
    settles(ground)
    ground.check()


def test_when_the_serving_host_is_killed_another_takes_over_and_settles(ground: Hosts) -> None:
    first, second, third = serving(ground, "a"), standing_by(ground, "b"), standing_by(ground, "c")
    in_the_middle(ground)
    first.kill()
    eventually(lambda: any(ground.serves(one, "mastodon") for one in (second, third)), "another serves mastodon")
    ground.publish()
    settles(ground)
    ground.check()
    assert "delivery_orphaned" in ground.said("b") + ground.said("c")


@pytest.mark.slow
def test_a_host_that_lives_has_no_orphans(ground: Hosts) -> None:
    first = serving(ground, "a")
    in_the_middle(ground, seconds=3)
    assert ground.run("b") == 75
    eventually(ground.is_all_done, "it is out")
    settles(ground)
    ground.check()
    assert "delivery_orphaned" not in ground.told()
    assert ground.serves(first, "mastodon")


def test_a_frozen_host_that_was_taken_over_sends_nothing_late(ground: Hosts, server: str) -> None:
    first, second = serving(ground, "a"), standing_by(ground, "b")
    in_the_middle(ground, seconds=8)
    first.signal(signal.SIGSTOP)
    ground.running.remove(first)  # time that passes wakes it not
    cut(server, first)
    eventually(lambda: ground.serves(second, "mastodon"), "the other serves mastodon")
    ground.publish()
    settles(ground)
    ground.running.append(first)
    first.signal(signal.SIGCONT)
    assert first.ends() == 74, ground.said("a")
    ground.check()


def test_a_server_that_starts_again_in_the_middle_costs_nothing(ground: Hosts, server: str) -> None:
    first, second = serving(ground, "a"), standing_by(ground, "b")
    in_the_middle(ground, seconds=3.0)  # whose answer is waited for, since nobody else knows of it yet
    restart(server)
    ground.later(60)
    assert [first.ends(), second.ends()] == [74, 74], ground.told()
    again = serving(ground, "b")
    ground.publish()
    settles(ground)
    ground.check()
    again.signal(signal.SIGTERM)
    assert again.ends() == 0


def test_what_is_paused_is_given_back_and_taken_again(ground: Hosts) -> None:
    first = serving(ground, "a")
    assert ground.say("a", "pause", "bluesky") == 0
    eventually(lambda: ground.server_of("bluesky") is None, "nobody serves what is paused")
    assert ground.serves(first, "mastodon")
    assert ground.say("a", "resume", "bluesky") == 0
    eventually(lambda: ground.serves(first, "bluesky"), "it is served again")


def test_what_leaves_the_configuration_is_given_back_at_a_reload(ground: Hosts) -> None:
    first, second = serving(ground, "a"), standing_by(ground, "b")
    (ground.config("a").parent / "networks.d" / "bluesky.toml").unlink()
    first.signal(signal.SIGHUP)
    eventually(lambda: ground.serves(second, "bluesky"), "the other host serves it")
    assert ground.serves(first, "mastodon")


def cut(server: str, process: Started) -> None:
    """What the server does about a host that answers no more."""
    with psycopg.connect(server, autocommit=True) as admin:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s"
        assert admin.execute(query, (f"syndicator %:{process.pid}",)).fetchall() == [(True,)]


def restart(server: str) -> None:
    """Hard, as after a crash. Only where the server is ours."""
    home = unquote(parse_qs(urlsplit(server).query).get("host", [""])[0])
    if not (Path(home) / "data").is_dir():
        pytest.skip("the server is not ours to stop")
    from tests.ledger.conftest import _binaries, _owner_of

    command = [*_owner_of(Path(home)), f"{_binaries()}/pg_ctl", "-D", f"{home}/data", "-m", "immediate", "-w"]
    subprocess.run(
        [*command, "-l", f"{home}/log", "restart"], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60
    )
