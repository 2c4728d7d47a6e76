"""Two hosts on one ledger, step by step on a real server: whose row it is, whose orphan, whose post, whose mark."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from syndicator.clock import ManualClock
from syndicator.connector import Rendering
from syndicator.errors import LedgerError
from syndicator.feed.identify import Alias
from syndicator.ledger import epoch
from syndicator.ledger.claims import feed, network
from syndicator.ledger.journal import Answer
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.lock import hold
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery, FeedMemory, Owed, Recording
from syndicator.ledger.schema import SCHEMA
from syndicator.ledger.states import State
from tests.ledger.conftest import _with_schema
from tests.ledger.ledger_ground import FEED, WORDS, document, done, one_owed, picture, ready, sent

pytestmark = pytest.mark.postgres
OTHER = FeedMemory("notes", "https://blog.example/notes.xml")


@dataclass(frozen=True, slots=True)
class Two:
    url: str
    home: Path
    clock: ManualClock
    a: Ledger
    b: Ledger

    def empty(self) -> None:
        """As it was made."""
        with self.a._transactions.writing() as connection:
            tables = "feed, post, delivery, attempt, event, network, attachment"
            connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            connection.exec_driver_sql("DELETE FROM meta WHERE name NOT IN ('uuid', 'host', 'place')")
            connection.exec_driver_sql(f"UPDATE ledger_version SET version_num = '{SCHEMA}'")

    def row(self, networks: str = "mastodon", number: int = 1) -> Delivery:
        return one_owed(self.a, self.clock, ready(networks), number)


@pytest.fixture(scope="module")
def tables(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ledger, made once for all tests of this file."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {name}".encode())
    url = _with_schema(server, name)
    Ledger.create(url, tmp_path_factory.mktemp("first"), ManualClock()).close()
    yield url
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture
def two(tables: str, tmp_path: Path) -> Iterator[Two]:
    clock = ManualClock()
    with ExitStack() as stack:
        ledgers = []
        for name in "ab":
            held = stack.enter_context(hold(tmp_path / name, tables))
            ledger = stack.enter_context(Ledger.open(tables, tmp_path / name, clock))
            ledger.hold = held
            ledgers.append(ledger)
        made = Two(tables, tmp_path, clock, *ledgers)
        stack.callback(made.empty)
        made.a.claim(["mastodon"], ["blog"])
        made.b.claim(["bluesky", "mastodon"], ["blog", "notes"])
        yield made


def test_each_is_served_by_one_and_everybody_knows_by_whom(two: Two) -> None:
    assert (two.a.serves("mastodon"), two.b.serves("mastodon"), two.b.serves("bluesky")) == (True, False, True)
    assert set(two.b.elsewhere()) == {network("mastodon"), feed("blog")}
    assert set(two.a.hosts([network("mastodon"), network("tumblr")])) == {network("mastodon")}


def test_nothing_is_sent_on_a_network_that_another_host_serves(two: Two) -> None:
    row = two.row()
    with pytest.raises(LedgerError, match="does not hold the claim on network mastodon"):
        two.b.start(row, WORDS, account="42")
    assert two.a.delivery(row.id) == row


def test_a_row_that_another_host_is_sending_has_a_sender(two: Two) -> None:
    row = sent(two.a, two.row())
    assert two.b.orphans() == []
    assert two.b.delivery(row.id).state is State.SENDING
    assert [orphan.id for orphan in two.a.orphans()] == [row.id]


def test_the_orphans_of_a_network_that_nobody_serves_are_found_and_it_stays_free(two: Two) -> None:
    row = sent(two.a, two.row())
    two.a.claim([], ["blog"])
    assert [orphan.id for orphan in two.b.orphans()] == [row.id]
    assert not two.b.serves("mastodon")
    assert two.a.hosts([network("mastodon")]) == {}


def test_what_was_taken_over_has_its_orphans_found_at_that_moment(two: Two) -> None:
    row = sent(two.a, two.row())
    two.a.claim([], ["blog"])
    two.b.claim(["bluesky", "mastodon"], ["notes"])
    assert two.b.serves("mastodon")
    assert [orphan.id for orphan in two.b.orphans()] == [row.id]
    with pytest.raises(Stale):
        two.a.finish(row, "delivered", outcome=done())


def test_an_answer_kept_by_a_host_counts_only_while_nobody_has_doubted_it(two: Two) -> None:
    row = sent(two.a, two.row())
    two.a.claim([], ["blog"])
    [doubted] = two.b.orphans()
    two.a._answers.journal.note(Answer(row.id, row.version, "delivered", two.clock.now(), None, done()))
    assert two.a.orphans() == []
    assert two.a.delivery(row.id) == doubted


def test_nobody_waits_for_a_row_that_another_transaction_holds(two: Two) -> None:
    row = two.row()
    with two.b._transactions.writing() as connection:
        connection.exec_driver_sql("SELECT id FROM delivery FOR UPDATE")
        with pytest.raises(Stale, match="being moved now"):
            two.a.start(row, WORDS, account="42")
    assert sent(two.a, row).state is State.SENDING


def test_what_is_due_elsewhere_is_not_woken_here(two: Two) -> None:
    row = two.row()
    two.a.move(row, "postponed", cause="503", due_at=two.clock.now())
    assert two.b.wake(two.clock.now()) == 0
    assert two.a.wake(two.clock.now()) == 1


def new_post(two: Two, ledger: Ledger, memory: FeedMemory) -> Recording:
    recording = document(two.clock, [1], (ready(),), feed=memory)
    names = (Alias("url", "//blog.example/1"),)
    return replace(recording, new=(replace(recording.new[0], aliases=names),), since=ledger.recordings())


def test_a_post_that_two_feeds_tell_of_at_once_is_recorded_once(two: Two) -> None:
    first, second = new_post(two, two.a, FEED), new_post(two, two.b, OTHER)
    [post_id] = two.a.record(first)
    with pytest.raises(Stale):
        two.b.record(second)
    assert two.b.known([Alias("url", "//blog.example/1")], feed="notes") == {Alias("url", "//blog.example/1"): post_id}
    assert len(two.b.posts()) == 1


def test_nobody_waits_for_another_host_that_is_recording(two: Two) -> None:
    first, second = new_post(two, two.a, FEED), new_post(two, two.b, OTHER)
    two.a.record(first)
    with two.a._transactions.writing() as connection:
        connection.exec_driver_sql("SELECT name FROM meta FOR UPDATE")
        with pytest.raises(Stale):
            two.b.record(replace(second, since=1))


def test_a_feed_that_another_host_polls_is_not_written_here(two: Two) -> None:
    with pytest.raises(LedgerError, match="feed blog"):
        two.b.remember_feed(FEED)
    with pytest.raises(LedgerError, match="feed blog"):
        two.b.record(new_post(two, two.b, FEED))
    assert two.a.posts() == []


def test_a_delivery_that_two_owe_at_once_is_owed_once(two: Two) -> None:
    row = two.row("bluesky")
    found: list[Delivery] = []

    def owe(ledger: Ledger) -> None:
        found.append(ledger.owe(row.post_id, Owed("mastodon", State.READY, "by hand"), actor="owner", cause="by hand"))

    threads = [threading.Thread(target=owe, args=(ledger,)) for ledger in (two.a, two.b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0].id == found[1].id


def test_two_hosts_may_keep_and_drop_the_same_picture_at_once(two: Two) -> None:
    """One network is done with it while the other begins to need it."""
    shown = Rendering("Look", images=(picture(b"one"), picture(b"two")))
    for number in range(8):
        first = two.row("mastodon", number=number)
        second = two.a.owe(first.post_id, ready("bluesky"), actor="owner", cause="new")
        sending = two.a.start(first, shown, account="42")
        drop = threading.Thread(target=two.a.finish, args=(sending, "delivered"), kwargs={"outcome": done(str(number))})
        drop.start()
        two.b.start(second, shown, account="43")
        drop.join()
        kept = two.b.rendering(second.id)
        assert kept is not None
        assert [image.data for image in kept.images] == [b"one", b"two"]
        assert two.a.delivery(first.id).state is State.DELIVERED


def test_each_host_has_a_mark_of_its_own_for_the_links_it_has_written(two: Two) -> None:
    two.a.finish(sent(two.a, two.row()), "delivered", outcome=done())
    two.clock.advance(timedelta(minutes=2))
    for ledger in (two.a, two.b):
        mark = ledger.links_to_write()
        assert mark is not None
        ledger.links_written(mark)
        assert ledger.links_to_write() is None


def test_a_mark_passes_over_no_event_that_is_still_to_come(two: Two) -> None:
    """Numbers are drawn before they are committed, so a lower one may appear later."""
    two.a.finish(sent(two.a, two.row()), "delivered", outcome=done())
    mark = two.b.links_to_write()
    assert mark is not None
    two.b.links_written(mark)
    assert two.b.links_to_write() == mark


def test_a_host_knows_how_far_the_others_have_come(two: Two) -> None:
    sent(two.a, two.row())
    two.b.claim(["bluesky"], ["notes"])
    witness = epoch.read(two.home / "b")
    assert witness is not None
    assert witness.attempts == 1


def test_a_number_that_is_committed_late_takes_nothing_back(two: Two) -> None:
    """Hosts draw numbers from one row, and commit them in any order."""
    for number in (7, 6):
        two.b._witness(replace(two.b._witnessed, attempts=number))
    witness = epoch.read(two.home / "b")
    assert witness is not None
    assert witness.attempts == 7


def test_a_ledger_that_loses_time_under_a_host_is_refused(two: Two, server: str) -> None:
    sent(two.a, two.row())
    two.b.claim(["bluesky"], ["notes"])
    with two.a._transactions.writing() as connection:
        connection.exec_driver_sql("DELETE FROM attempt")
    with pytest.raises(LedgerError, match="has lost time"):
        two.b.claim(["bluesky"], ["notes"])


def test_a_new_host_is_let_in_where_the_ledger_is_at_home(two: Two) -> None:
    sent(two.a, two.row())
    with Ledger.open(two.url, two.home / "c", two.clock) as third:
        assert third.uuid == two.a.uuid
    assert epoch.read(two.home / "c") is not None


def test_a_new_host_is_refused_a_copy_until_one_that_knows_it_has_moved_in(two: Two) -> None:
    sent(two.a, two.row())
    with two.a._transactions.writing() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = 'another server' WHERE name = 'place'")
    with pytest.raises(LedgerError, match="may be a copy"):
        Ledger.open(two.url, two.home / "c", two.clock)
    Ledger.open(two.url, two.home / "a", two.clock).close()
    Ledger.open(two.url, two.home / "c", two.clock).close()


def test_who_has_lost_its_connection_takes_nothing_again(two: Two, server: str) -> None:
    row = two.row()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    for _ in range(2):
        with pytest.raises(LedgerError, match=r"cannot be reached|was lost"):
            two.a.claim(["mastodon"], ["blog"])
        with pytest.raises(LedgerError, match="was lost"):
            sent(two.a, row)
    assert two.a.hosts([network("mastodon")]) == {}
    assert two.a.delivery(row.id).state is State.READY


def test_a_ledger_is_not_brought_up_to_date_under_other_hosts(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    with two.a._transactions.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger_version SET version_num = '0003'")
    monkeypatch.setattr("syndicator.ledger.opening.owner", lambda: "newer:1")
    with pytest.raises(LedgerError, match="other hosts work on it"):
        Ledger.open(two.url, two.home / "a", two.clock)
