"""Answers that are lost, servers that die, programs that die: each post ends on each network exactly once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syndicator import seat
from syndicator.connector import Proof, Receipt, Rendering
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from syndicator_mastodon.connector import MastodonConnector
from syndicator_mastodon.sandbox_rows import ROWS
from tests.system.pass_ground import DAY, EACH, HOUR, OTHER, PUBLISHING, Ground

SETTLED = {"mastodon": timedelta(seconds=120), "bluesky": timedelta(seconds=30)}
SECOND = timedelta(seconds=1)


@EACH
@pytest.mark.parametrize(
    "fault",
    [
        {"fault": Fault.LOSE_REPLY},
        {"fault": Fault.ERROR_AFTER, "status": 500},
        {"fault": Fault.ERROR_AFTER, "status": 504},
    ],
    ids=["reply lost", "500 after commit", "504 after commit"],
)
def test_a_copy_whose_answer_was_lost_is_found_and_not_sent_twice(
    ground: Ground, network: str, fault: dict[str, Any]
) -> None:
    ground.scene.services[network].fail_next(pattern=PUBLISHING[network], **fault)
    ground.publish("walk")
    assert ground.walk().exit_code == ExitCode.LATER
    assert ground.delivery(network).state is State.UNKNOWN
    assert ground.delivery(OTHER[network]).state is State.DELIVERED
    ground.later(SETTLED[network] - SECOND)
    assert ground.walk().exit_code == ExitCode.LATER
    ground.later(SECOND)
    assert ground.walk().exit_code == ExitCode.OK
    row, (copy,) = ground.delivery(network), ground.copies(network)
    proof = {"mastodon": Proof.READ_BACK, "bluesky": Proof.SAME_RECORD}[network]
    assert (row.state, row.proof, row.url) == (State.DELIVERED, proof, copy["url"])
    assert len(ground.copies(OTHER[network])) == 1


@EACH
def test_a_copy_that_never_arrived_is_sent_again_once_that_is_proven(ground: Ground, network: str) -> None:
    ground.scene.services[network].fail_next(Fault.RESET, PUBLISHING[network])
    ground.publish("walk")
    ground.walk()
    ground.later(SETTLED[network])
    assert ground.walk().exit_code == ExitCode.OK
    row = ground.delivery(network)
    assert (row.state, row.proof, row.attempts) == (State.DELIVERED, Proof.REPLY, 2)
    assert len(ground.copies(network)) == 1


@EACH
def test_every_try_goes_out_under_the_same_key(ground: Ground, network: str) -> None:
    ground.scene.services[network].fail_next(Fault.RESET, PUBLISHING[network])
    ground.publish("walk")
    ground.walk()
    ground.later(SETTLED[network])
    ground.walk()
    tries = ground.scene.services[network].seen(PUBLISHING[network])
    keys = [request.headers.get("idempotency-key") or request.json()["rkey"] for request in tries]
    assert (len(keys), len(set(keys))) == (2, 1)


@EACH
def test_after_doubt_the_same_words_go_out_although_the_post_has_changed(ground: Ground, network: str) -> None:
    """The lost try may be out already, and only the same words are recognised by services and by a look."""
    ground.scene.services[network].fail_next(Fault.RESET, PUBLISHING[network])
    ground.publish("walk")
    ground.walk()
    ground.scene.blog.entries.pop(0)
    ground.publish("walk", title="A better title")
    ground.later(SETTLED[network])
    ground.walk()
    (copy,) = ground.copies(network)
    assert ground.delivery(network).state is State.DELIVERED
    assert "A better title" not in copy["text"]


@EACH
def test_a_yes_whose_body_was_cut_off_is_a_yes(ground: Ground, network: str) -> None:
    ground.scene.services[network].fail_next(Fault.CUT_BODY, PUBLISHING[network])
    ground.publish("walk")
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.delivery(network).state is State.DELIVERED
    assert len(ground.copies(network)) == 1


@pytest.fixture
def keyless(unseen: Ground) -> Ground:
    """Mastodon's relative that takes keys and does nothing with them."""
    service = unseen.scene.services["mastodon"]
    service.flavour, service.row = "gotosocial", ROWS["gotosocial"]
    unseen.walk()
    return unseen


def test_a_server_that_forgets_keys_is_read_twice_before_anything_is_sent_again(keyless: Ground) -> None:
    service = keyless.scene.services["mastodon"]
    service.fail_next(Fault.RESET, PUBLISHING["mastodon"])
    keyless.publish("walk")
    keyless.walk()
    keyless.later(SETTLED["mastodon"])
    assert keyless.walk().exit_code == ExitCode.LATER
    assert len(service.seen(PUBLISHING["mastodon"])) == 1
    keyless.later(60 * SECOND)
    assert keyless.walk().exit_code == ExitCode.OK
    assert len(keyless.copies("mastodon")) == 1


def test_a_copy_that_appears_late_is_found_by_the_second_look(keyless: Ground) -> None:
    service = keyless.scene.services["mastodon"]
    service.list_lag = 150.0
    service.fail_next(Fault.LOSE_REPLY, PUBLISHING["mastodon"])
    keyless.publish("walk")
    keyless.walk()
    keyless.later(SETTLED["mastodon"])
    keyless.walk()
    keyless.later(60 * SECOND)
    assert keyless.walk().exit_code == ExitCode.OK
    assert keyless.delivery("mastodon").proof is Proof.READ_BACK
    assert len(keyless.copies("mastodon")) == 1


def test_an_account_that_cannot_be_read_proves_nothing(keyless: Ground) -> None:
    service = keyless.scene.services["mastodon"]
    service.fail_next(Fault.LOSE_REPLY, PUBLISHING["mastodon"])
    keyless.publish("walk")
    keyless.walk()
    for minutes in (2, 4, 8):
        service.fail_next(Fault.REFUSE, "GET /api/v1/accounts/.*/statuses", status=503)
        keyless.later(minutes * 60 * SECOND)
        keyless.walk()
        assert keyless.delivery("mastodon").state is State.UNKNOWN
    assert (keyless.delivery("mastodon").negative_reads, len(service.seen(PUBLISHING["mastodon"]))) == (0, 1)


@pytest.mark.parametrize(
    ("fault", "ends"), [(Fault.LOSE_REPLY, State.DELIVERED), (Fault.RESET, State.ASK)], ids=["it is there", "it is not"]
)
def test_after_a_day_one_last_look_decides_whether_a_person_is_asked(
    keyless: Ground, fault: Fault, ends: State
) -> None:
    keyless.scene.services["mastodon"].fail_next(fault, PUBLISHING["mastodon"])
    keyless.publish("walk")
    keyless.walk()
    keyless.later(24 * HOUR + SECOND)
    keyless.walk()
    assert keyless.delivery("mastodon").state is ends
    assert len(keyless.scene.services["mastodon"].seen(PUBLISHING["mastodon"])) == 1


@pytest.mark.parametrize(
    ("age", "back"),
    [
        (timedelta(0), DAY),
        (30 * HOUR, 30 * HOUR),
        (6 * DAY, 6 * DAY),
        (20 * DAY, 7 * DAY),
    ],
)
def test_a_copy_is_looked_for_from_a_day_before_it_was_sent_or_from_its_post_but_no_further_than_a_week(
    keyless: Ground, monkeypatch: pytest.MonkeyPatch, age: timedelta, back: timedelta
) -> None:
    """Our clock may have been ahead of the service's, which dates the copy; but never by more than the post is old."""
    since, find = list[datetime](), MastodonConnector.find

    def noting(connector: MastodonConnector, rendering: Rendering, key: str, moment: datetime) -> Receipt | None:
        since.append(moment)
        return find(connector, rendering, key, moment)

    monkeypatch.setattr(MastodonConnector, "find", noting)
    keyless.scene.services["mastodon"].fail_next(Fault.LOSE_REPLY, PUBLISHING["mastodon"])
    keyless.publish("walk", age=age)
    keyless.walk()
    if keyless.delivery("mastodon").state is State.HELD:
        with keyless.ledger() as ledger:
            ledger.move(keyless.delivery("mastodon"), "release", cause="owner", actor="owner")
        keyless.walk()
    keyless.later(SETTLED["mastodon"])
    keyless.walk()
    row = keyless.delivery("mastodon")
    assert row.state is State.DELIVERED
    assert row.first_sent_at is not None
    assert since == [row.first_sent_at - back]


def test_what_follows_a_lost_answer_waits_for_the_next_pass_and_then_goes_out(ground: Ground) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.LOSE_REPLY, PUBLISHING["mastodon"])
    ground.publish("first", "second")
    ground.walk()
    assert ground.states("mastodon") == [State.SKIPPED, State.UNKNOWN, State.READY]
    ground.walk()
    assert ground.states("mastodon") == [State.SKIPPED, State.UNKNOWN, State.DELIVERED]


def test_a_proof_that_has_grown_old_is_asked_for_again(ground: Ground) -> None:
    """One read-back is enough while the service knows our key; two hours later it has forgotten it."""
    ground.scene.services["mastodon"].fail_next(Fault.RESET, PUBLISHING["mastodon"])
    ground.publish("walk")
    ground.walk()
    ground.later(SETTLED["mastodon"])
    stop = threading.Event()
    ground.events.waiting["delivery_resent"] = stop.set
    ground.walk(stop=stop)
    assert ground.delivery("mastodon").state is State.READY
    ground.later(2 * HOUR)
    ground.walk()
    assert ground.delivery("mastodon").state is State.DELIVERED
    assert len(ground.events.of("delivery_resent")) == 2
    assert len(ground.copies("mastodon")) == 1


@EACH
def test_nothing_is_asked_of_a_service_before_a_lost_answer_has_rested(ground: Ground, network: str) -> None:
    ground.scene.services[network].fail_next(Fault.LOSE_REPLY, PUBLISHING[network])
    ground.publish("walk")
    ground.walk()
    assert ground.delivery(network).due_at == ground.clock.now() + SETTLED[network]
    asked = len(ground.requests(network))
    ground.walk(by_hand=False)
    assert len(ground.requests(network)) == asked


def test_a_proof_ages_while_the_service_refuses_the_second_send(ground: Ground) -> None:
    """One read-back and the key allow one more send. That is refused, and hours later the key is forgotten."""
    service = ground.scene.services["mastodon"]
    service.fail_next(Fault.RESET, PUBLISHING["mastodon"])
    service.fail_next(Fault.REFUSE, PUBLISHING["mastodon"], status=429, headers={"Retry-After": "600"})
    ground.publish("walk")
    ground.walk()
    ground.later(SETTLED["mastodon"])
    ground.walk()
    assert ground.delivery("mastodon").state is State.DEFERRED
    ground.later(2 * HOUR)
    ground.walk()
    assert ground.delivery("mastodon").state is State.DELIVERED
    kinds = [attempt.kind for attempt in ground.attempts("mastodon")]
    assert kinds == ["send", "read", "send", "read", "send"]


def test_a_service_that_will_not_be_read_is_left_alone_for_as_long_as_it_says(ground: Ground) -> None:
    service = ground.scene.services["mastodon"]
    service.fail_next(Fault.LOSE_REPLY, PUBLISHING["mastodon"])
    service.fail_next(Fault.REFUSE, "GET /api/v1/accounts/[^/]+/statuses", status=429, headers={"Retry-After": "600"})
    ground.publish("walk")
    ground.walk()
    ground.later(SETTLED["mastodon"])
    ground.walk()
    assert (ground.network("mastodon").health, ground.delivery("mastodon").state) == ("cooling", State.UNKNOWN)
    asked = len(ground.requests("mastodon"))
    ground.later(timedelta(seconds=599))
    ground.walk()
    assert len(ground.requests("mastodon")) == asked
    ground.later(SECOND)
    ground.walk()
    assert ground.delivery("mastodon").proof is Proof.READ_BACK


@EACH
def test_a_doubt_that_nothing_ends_is_left_to_a_person_and_never_called_failed(ground: Ground, network: str) -> None:
    service = ground.scene.services[network]
    service.fail_next(Fault.RESET, PUBLISHING[network])
    service.fail_next(Fault.REFUSE, PUBLISHING[network], status=429, headers={"Retry-After": "600"})
    ground.publish("walk")
    ground.walk()
    ground.later(SETTLED[network])
    ground.walk()
    assert ground.delivery(network).state is State.DEFERRED
    ground.later(5 * 24 * HOUR)
    assert ground.walk().exit_code == ExitCode.PERSON
    assert (ground.delivery(network).state, ground.delivery(network).cause) == (State.ASK, "gave-up")
    assert ground.copies(network) == []


@EACH
def test_a_doubt_about_another_account_is_left_to_a_person(ground: Ground, network: str) -> None:
    ground.scene.services[network].fail_next(Fault.LOSE_REPLY, PUBLISHING[network])
    ground.publish("walk")
    ground.walk()
    ground.become_another(network)
    account = ground.account(network)
    with ground.ledger() as ledger:
        ledger.set_network(network, "ok", account=account)
    ground.later(SETTLED[network])
    assert ground.walk().exit_code == ExitCode.PERSON
    assert ground.delivery(network).state is State.ASK
    assert ground.network(network).health == "ok"


# Programs that die


class Died(BaseException):
    """Stands for SIGKILL: nothing of the program handles it."""


@contextmanager
def dying_when(ground: Ground, network: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Pass that ends at once when the service has the copy and has not answered yet."""
    monkeypatch.setattr(seat, "LOOK_UP", 0.01)
    ground.scene.services[network].fail_next(Fault.STALL, PUBLISHING[network], seconds=0.3)

    def beat() -> None:
        if ground.copies(network):
            raise Died

    with pytest.raises(Died):
        ground.walk(beat=beat)
    yield


@EACH
def test_a_program_that_dies_while_sending_publishes_once(
    ground: Ground, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.publish("walk")
    with dying_when(ground, network, monkeypatch):
        assert ground.delivery(network).state is State.SENDING
    assert ground.walk().exit_code == ExitCode.LATER
    assert ground.events.of("delivery_orphaned")
    ground.later(SETTLED[network])
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.delivery(network).state is State.DELIVERED
    assert len(ground.copies(network)) == 1


@EACH
def test_a_program_that_dies_before_it_sends_publishes_once(ground: Ground, network: str) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "5m"')
    ground.publish("walk")
    ground.walk()
    row, account = ground.delivery(network), ground.account(network)
    with ground.host() as host:
        host.ledger.start(row, _rendering(ground), account=account)
    ground.later(timedelta(minutes=10))
    ground.walk()
    ground.later(SETTLED[network])
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.delivery(network).state is State.DELIVERED
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


def _rendering(ground: Ground) -> Rendering:
    words = Rendering(f"About walk {ground.link('walk')}", link=ground.link("walk"), link_in_text=True)
    return replace(words, published=ground.clock.now(), composed=ground.clock.now())
