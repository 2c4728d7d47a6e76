"""Rows F-01 to F-07: a process that is killed at an exact place of its work.

`mortal.py` ends the process there with SIGKILL, in the middle of a real Pass over real HTTP. Four services stand for
four kinds of memory: a record key, an idempotency key with a list, a list alone, and nothing at all.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from syndicator.clock import SystemClock
from syndicator.connector import Proof
from syndicator.errors import LedgerError
from syndicator.ledger import schema
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from syndicator.tokens import FileTokens
from tests.faults.deaths import KILLED, Field, Mortals, field_of, mortals

pytestmark = pytest.mark.needs("bluesky", "mastodon", "tumblr", "linkedin")

SERVICES = ("bluesky", "mastodon", "tumblr", "linkedin")
PLACES = (
    "before the intent is committed",
    "after the intent is committed",
    "in the middle of the body",
    "after the whole request",
    "after the reply",
    "after the commit",
)
NOTHING_IS_OUT = pytest.mark.parametrize("place", PLACES[1:3])
ALL_IS_OUT = pytest.mark.parametrize("place", PLACES[3:5])


@pytest.fixture(scope="module")
def made() -> Iterator[Mortals]:
    with mortals() as found:
        yield found


@dataclass(slots=True)
class Death:
    """What became of one post on one network: when the process was dead, after the next start, and in the end."""

    code: int
    there: int
    state: State
    then: State = State.SENDING
    end: State = State.SENDING
    proof: Proof | None = None
    copies: int = -1
    tries: int = -1


Deaths = dict[tuple[str, str], Death]  # place, network


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory, made: Mortals) -> Iterator[Deaths]:
    """Every place on every network, played once: a post for each place, and for each network a Pass that dies."""
    with field_of(tmp_path_factory.mktemp("deaths"), made, *SERVICES) as ground:
        found = {pair: death for place in PLACES for pair, death in _died(ground, place).items()}
        for _ in range(4):
            ground.later(130)
            ground.walk()
        for (place, network), death in found.items():
            row = ground.delivery(network, _name(place))
            death.end, death.proof = row.state, row.proof
            death.copies, death.tries = ground.copies(network, _name(place)), ground.tries(network, _name(place))
        yield found


def _died(ground: Field, place: str) -> Deaths:
    ground.publish(_name(place))
    found = {(place, network): _killed(ground, network, place) for network in SERVICES}
    ground.walk()
    for (_, network), death in found.items():
        death.then = ground.delivery(network, _name(place)).state
    return found


def _killed(ground: Field, network: str, place: str) -> Death:
    code = ground.walk(network, place=place)
    return Death(code, ground.copies(network, _name(place)), ground.delivery(network, _name(place)).state)


def _name(place: str) -> str:
    return place.replace(" ", "-")


@pytest.mark.parametrize("network", SERVICES)
def test_killed_before_its_intent_is_committed_a_post_is_sent_at_the_next_start(deaths: Deaths, network: str) -> None:
    """F-01. No byte of it can have left."""
    assert deaths[PLACES[0], network] == Death(
        KILLED, 0, State.READY, then=State.DELIVERED, end=State.DELIVERED, proof=Proof.REPLY, copies=1, tries=1
    )


@NOTHING_IS_OUT
@pytest.mark.parametrize("network", SERVICES[:3])
def test_killed_between_intent_and_the_end_of_the_body_a_post_is_sent_once_that_is_proven(
    deaths: Deaths, network: str, place: str
) -> None:
    """F-02, F-03."""
    death = deaths[place, network]
    assert (death.code, death.there, death.state) == (KILLED, 0, State.SENDING)
    assert death.then is State.UNKNOWN
    assert (death.end, death.copies, death.tries) == (State.DELIVERED, 1, 1)


@ALL_IS_OUT
@pytest.mark.parametrize("network", SERVICES[:3])
def test_killed_between_request_and_commit_a_copy_is_found_and_not_doubled(
    deaths: Deaths, network: str, place: str
) -> None:
    """F-04, F-05. Where the service keeps records by our key, finding is putting the same bytes there again."""
    again = network == "bluesky"
    death = deaths[place, network]
    assert (death.code, death.there, death.state) == (KILLED, 1, State.SENDING)
    assert death.then is State.UNKNOWN
    assert (death.end, death.copies, death.tries) == (State.DELIVERED, 1, 1 + again)
    assert death.proof is (Proof.SAME_RECORD if again else Proof.READ_BACK)


@pytest.mark.parametrize("place", PLACES[1:5])
def test_killed_while_sending_to_a_service_that_cannot_be_asked_a_person_is_asked_and_nothing_is_sent(
    deaths: Deaths, place: str
) -> None:
    """F-02 to F-05."""
    death = deaths[place, "linkedin"]
    assert (death.code, death.state) == (KILLED, State.SENDING)
    assert (death.then, death.end) == (State.ASK, State.ASK)
    assert death.copies == death.there == (place in PLACES[3:5])
    assert death.tries <= 1


@pytest.mark.parametrize("network", SERVICES)
def test_killed_after_its_answer_is_committed_nothing_is_left_to_do(deaths: Deaths, network: str) -> None:
    """F-06."""
    assert deaths[PLACES[5], network] == Death(
        KILLED, 1, State.DELIVERED, then=State.DELIVERED, end=State.DELIVERED, proof=Proof.REPLY, copies=1, tries=1
    )


# F-07


@pytest.mark.parametrize("place", ["while it is looked for", "when it was found"])
def test_killed_while_a_copy_is_looked_for_it_is_looked_for_again(tmp_path: Path, made: Mortals, place: str) -> None:
    with field_of(tmp_path, made, "mastodon") as ground:
        service = ground.scene.services["mastodon"]
        service.fail_next(Fault.LOSE_REPLY, service.publishing)
        ground.publish("walk")
        ground.walk()
        ground.later(130)
        assert ground.walk("mastodon", place=place) == KILLED
        assert ground.delivery("mastodon", "walk").state is State.UNKNOWN
        ground.walk()
        found = ground.delivery("mastodon", "walk")
        assert (found.state, found.proof) == (State.DELIVERED, Proof.READ_BACK)
        assert (ground.copies("mastodon", "walk"), ground.tries("mastodon", "walk")) == (1, 1)


OLD, NEW = {"refresh_token": "the-old-one"}, {"refresh_token": "the-new-one"}


@pytest.mark.parametrize(
    ("place", "kept"),
    [("before the new tokens replace the old", OLD), ("after the new tokens replaced the old", NEW)],
)
def test_killed_while_tokens_are_written_the_old_or_the_new_are_whole(
    tmp_path: Path, made: Mortals, place: str, kept: dict[str, str]
) -> None:
    store = FileTokens(tmp_path / "tokens" / "mastodon.json")
    store.save(OLD)
    assert made.do("tokens", place=place, path=str(store.path), tokens=NEW) == [KILLED]
    assert store.load() == kept
    store.save(NEW)
    assert store.load() == NEW


NEXT = """\
import os, signal

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("post", sa.Column("weather", sa.Text(), nullable=True))
    op.execute("UPDATE post SET weather = 'fair'")
    {then}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with a ledger of today's version, and migrations that lead one step beyond."""
    shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    Ledger.create(f"sqlite:///{tmp_path}/ledger.db", tmp_path / "state", SystemClock()).close()
    return tmp_path


def migrate(made: Mortals, home: Path, then: str) -> list[int]:
    (home / "migrations" / "versions" / "9999_next.py").write_text(NEXT.format(before=schema.SCHEMA, then=then))
    url, state_dir, migrations = f"sqlite:///{home}/ledger.db", str(home / "state"), str(home / "migrations")
    return made.do("open", url=url, state_dir=state_dir, migrations=migrations, schema="9999")


def test_killed_during_a_migration_a_ledger_is_as_it_was_and_the_next_start_migrates_it(
    home: Path, made: Mortals
) -> None:
    assert migrate(made, home, "os.kill(os.getpid(), signal.SIGKILL)") == [KILLED]
    Ledger.open(f"sqlite:///{home}/ledger.db", home / "state", SystemClock()).close()
    assert migrate(made, home, "pass") == [0]
    with pytest.raises(LedgerError, match="version 9999"):
        Ledger.open(f"sqlite:///{home}/ledger.db", home / "state", SystemClock())


def test_killed_during_a_backup_there_is_none_and_the_next_one_is_whole(tmp_path: Path, made: Mortals) -> None:
    with field_of(tmp_path, made, "mastodon") as ground:
        copy = tmp_path / "copy.db"
        words = ["--config", str(ground.scene.config), "backup", str(copy)]
        assert made.do("command", words=words, place="before the copy has its name") == [KILLED]
        assert not copy.exists()
        assert made.do("command", words=words) == [0]
        with Ledger.open(f"sqlite:///{copy}", tmp_path / "elsewhere", SystemClock(), read_only=True) as ledger:
            assert ledger.feed("blog").baseline
        assert [path.name for path in tmp_path.glob("*copy.db*")] == ["copy.db"]
