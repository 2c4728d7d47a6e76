"""Prepare and deliver, against the pretend Bluesky over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.connector import (
    AuthRequired,
    CanDelete,
    CanEdit,
    CanFind,
    CanPrepare,
    Connector,
    OutcomeUnknown,
    Proof,
    Rejected,
    Resend,
    Retryable,
    Scope,
)
from syndicator.sandbox.service import Fault
from syndicator_bluesky import tid
from tests.connectors.bluesky_ground import (
    KEY,
    LINK,
    NOW,
    PUT,
    Ground,
    carded,
    foreign_record,
    picture,
    rendering,
)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def test_it_is_a_connector_that_prepares_finds_and_deletes_but_does_not_edit(ground: Ground) -> None:
    connector: Connector = ground.connector()
    assert isinstance(connector, CanPrepare)
    assert isinstance(connector, CanFind)
    assert isinstance(connector, CanDelete)
    assert not isinstance(connector, CanEdit)
    assert (connector.capabilities.resend, connector.capabilities.edit) == (Resend.SAME_RECORD, False)


def test_a_post_arrives_with_its_link_and_tag_alive(ground: Ground) -> None:
    receipt = ground.publish(rendering())
    copy = ground.service.copies()[0]
    assert [(part["text"], part["kind"], part["target"]) for part in copy["facets"]] == [
        (LINK, "link", LINK),
        ("#self-hosting", "tag", "self-hosting"),
    ]
    assert (ground.service.bad_facets(), copy["language"], copy["url"]) == ([], "de", receipt.url)


def test_the_receipt_names_the_copy_for_good(ground: Ground) -> None:
    receipt = ground.publish(rendering())
    did, rkey = ground.service.account.did, ground.service.commits[0]
    assert receipt.remote_id == f"at://{did}/app.bsky.feed.post/{rkey}"
    assert receipt.url == f"{ground.service.url}/profile/{did}/post/{rkey}"
    assert (receipt.proof, receipt.extra["cid"][:7]) == (Proof.REPLY, "bafyrei")


def test_preparing_publishes_nothing_and_gives_the_same_each_time(ground: Ground) -> None:
    connector = ground.connector()
    first = connector.prepare(carded(picture()), KEY)
    assert connector.prepare(carded(picture()), KEY).prepared == first.prepared
    assert ground.service.commits == []


def test_a_record_keeps_the_time_at_which_its_words_were_made(ground: Ground) -> None:
    """A later try that said another time would be another record."""
    first = ground.connector().prepare(rendering(), KEY)
    ground.clock.advance(timedelta(hours=3))
    assert ground.connector().prepare(rendering(), KEY).prepared == first.prepared


def test_a_post_dated_ahead_has_no_record_key_of_the_future(ground: Ground) -> None:
    prepared = ground.connector().prepare(rendering(published=NOW + timedelta(days=2)), KEY).prepared or {}
    assert tid.floor(NOW) <= str(prepared["rkey"]) < tid.floor(NOW + timedelta(seconds=1))


def test_what_is_prepared_survives_being_stored(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(carded(picture()), KEY)
    stored = replace(prepared, prepared=json.loads(json.dumps(prepared.prepared)))
    assert connector.deliver(stored, KEY).proof is Proof.REPLY


def test_a_post_is_only_created_where_nothing_is(ground: Ground) -> None:
    ground.publish(rendering())
    sent = ground.service.seen(PUT)[0].json()
    assert sent["swapRecord"] is None
    assert set(sent) == {"repo", "collection", "rkey", "record", "swapRecord"}


def test_the_same_record_again_changes_nothing(ground: Ground) -> None:
    first = ground.publish(rendering())
    again = ground.publish(rendering())
    assert (again.proof, again.remote_id, again.extra) == (Proof.SAME_RECORD, first.remote_id, first.extra)
    assert len(ground.service.commits) == 1


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.ERROR_AFTER, Fault.RESET])
def test_without_an_answer_it_is_unknown_and_a_resend_makes_one_copy(ground: Ground, fault: Fault) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(fault, PUT, status=502)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)
    assert len(ground.service.seen(PUT)) == 1
    connector.deliver(prepared, KEY)
    assert len(ground.service.copies()) == len(ground.service.commits) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_failing_server_may_have_done_the_work(ground: Ground, status: int) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=status, body={"error": "InternalServerError"})
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)


def test_a_yes_from_something_that_is_no_pds_is_unknown(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=200, body=b"<h1>Welcome to the hotel</h1>")
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)


def test_a_yes_whose_details_were_lost_is_a_yes(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.CUT_BODY, PUT)
    receipt = connector.deliver(prepared, KEY)
    (kept,) = ground.service.account.records.values()
    assert (receipt.remote_id.rpartition("/")[2], receipt.extra) == (ground.service.commits[0], {"cid": kept.cid})


def test_a_server_that_cannot_be_reached_got_nothing(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.__exit__(None, None, None)
    connector.close()
    with pytest.raises(Retryable) as unreachable:
        connector.deliver(prepared, KEY)
    assert unreachable.value.scope is Scope.NETWORK


def test_a_copy_under_our_key_is_recognised_though_the_bytes_differ(ground: Ground) -> None:
    first = ground.publish(rendering())
    later = ground.publish(rendering(composed=NOW + timedelta(hours=1)))
    assert (later.proof, later.remote_id, later.extra) == (Proof.SAME_RECORD, first.remote_id, first.extra)
    assert len(ground.service.copies()) == 1


def test_somebody_elses_record_under_our_key_is_left_alone(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    taken = prepared.prepared["rkey"] if prepared.prepared else ""
    foreign_record(ground, taken)
    with pytest.raises(Retryable) as stale:
        connector.deliver(prepared, KEY)
    assert stale.value.prepare_again
    receipt = ground.publish(rendering())
    assert receipt.remote_id.rpartition("/")[2] != taken
    assert ground.service.account.records[taken].record["text"] == "Somebody else's"


def test_a_record_under_our_key_that_cannot_be_read_leaves_doubt(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=400, body={"error": "InvalidSwap", "message": "Record was at x"})
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)


def test_the_copy_lands_on_the_same_key_when_the_ledger_is_lost(ground: Ground) -> None:
    first = ground.publish(rendering())
    ground.tokens.save({})
    again = ground.publish(rendering(composed=NOW + timedelta(days=30)))
    assert again.remote_id == first.remote_id


def test_a_text_that_is_too_long_is_rejected_in_the_servers_words(ground: Ground) -> None:
    with pytest.raises(Rejected, match="maximum 300, got 301"):
        ground.publish(rendering(text="x" * 301, spans=()))


def test_a_refusal_without_a_reason_is_tried_again_later(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=400, body=b"")
    with pytest.raises(Retryable):
        connector.deliver(prepared, KEY)


def test_a_rate_limit_makes_the_network_wait_until_the_moment_it_names(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    reset = str(int((NOW + timedelta(minutes=7)).timestamp()))
    ground.service.fail_next(
        Fault.REFUSE, PUT, status=429, body={"error": "RateLimitExceeded"}, headers={"RateLimit-Reset": reset}
    )
    with pytest.raises(Retryable) as limited:
        connector.deliver(prepared, KEY)
    assert limited.value.scope is Scope.NETWORK
    assert limited.value.after is not None
    assert timedelta(minutes=6) < limited.value.after <= timedelta(minutes=7)


def test_labels_of_the_settings_are_on_every_post(ground: Ground) -> None:
    connector = ground.connector(labels=["nudity", "graphic-media"])
    connector.deliver(connector.prepare(rendering(), KEY), KEY)
    assert ground.service.copies()[0]["labels"] == ["nudity", "graphic-media"]


def test_what_was_made_for_one_account_is_not_posted_by_another(ground: Ground) -> None:
    other = ground.service.add_account("other.example.org", "pass-pass-pass-pass")
    prepared = ground.connector().prepare(rendering(), KEY)
    with pytest.raises(AuthRequired, match=ground.service.account.did):
        ground.connector(handle=other.handle, app_password="pass-pass-pass-pass").deliver(prepared, KEY)
    assert ground.service.commits == []


def test_the_heavy_libraries_wait_until_they_are_needed() -> None:
    program = (
        "import sys, syndicator_bluesky.connector, syndicator_bluesky.auth; "
        "print([m for m in ('regex', 'tenacity', 'PIL', 'mastodon', 'syndicator_bluesky.sandbox') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ".:connectors"}
    )
    assert done.stdout.strip() == "[]"
