"""Prepare, deliver, find, delete, against the pretend Bluesky over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

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
    Receipt,
    Rejected,
    Resend,
    Retryable,
    Scope,
)
from syndicator.sandbox.service import Fault
from syndicator_bluesky.sandbox_accounts import Stored
from syndicator_bluesky.sandbox_repo import put
from tests.connectors.bluesky_ground import (
    GET,
    KEY,
    LINK,
    NOW,
    PNG,
    PUT,
    UPLOAD,
    Ground,
    carded,
    picture,
    rendering,
)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def foreign_record(ground: Ground, rkey: str, **changes: Any) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "Somebody else's", "createdAt": "2026-11-20T09:00:00Z", **changes}
    put(ground.service.account, {"rkey": rkey, "record": record}, [])


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
    assert (ground.service.bad_facets(), copy["langs"], copy["url"]) == ([], ["de"], receipt.url)


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
    assert (receipt.remote_id.rpartition("/")[2], receipt.extra) == (ground.service.commits[0], {})


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


def test_pictures_that_were_swept_away_are_uploaded_again(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(images=(picture(),)), KEY)
    ground.service.account.blobs.clear()
    with pytest.raises(Retryable) as gone:
        connector.deliver(prepared, KEY)
    assert gone.value.prepare_again
    assert connector.deliver(connector.prepare(replace(prepared, prepared=None), KEY), KEY).proof is Proof.REPLY


def test_the_link_card_has_words_and_picture(ground: Ground) -> None:
    ground.publish(carded(picture()))
    assert ground.service.copies()[0]["embed"] == {
        "kind": "card",
        "url": LINK,
        "title": "Grüße",
        "description": "About greetings",
        "image": {"data": PNG, "mime": "image/png"},
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 413, "body": {"error": "PayloadTooLarge", "message": "request entity too large"}},
        {"status": 400, "body": {"error": "InvalidMimeType"}},
        {"status": 413, "body": b"<h1>413</h1>"},
    ],
)
def test_a_thumbnail_that_is_refused_does_not_cost_the_post(ground: Ground, answer: dict[str, Any]) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, **answer)
    receipt = ground.publish(carded(picture()))
    assert ground.service.copies()[0]["embed"]["image"] is None
    assert "no picture" in receipt.warnings[0]


def test_a_server_that_stumbles_over_the_thumbnail_twice_does_not_get_it(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=500)
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=500)
    assert len(ground.publish(carded(picture())).warnings) == 1


def test_a_thumbnail_over_the_limit_is_not_even_uploaded(ground: Ground) -> None:
    receipt = ground.publish(carded(picture(PNG + b"\0" * 1_000_000)))
    assert "1,000,000" in receipt.warnings[0]
    assert not ground.service.seen(UPLOAD)


def test_pictures_carry_alt_text_and_shape(ground: Ground) -> None:
    ground.publish(rendering(images=(picture(), picture(PNG + b"2", alt=""))))
    sent = ground.service.seen(PUT)[0].json()["record"]["embed"]["images"]
    assert [image["alt"] for image in sent] == ["A harbour at dawn", ""]
    assert sent[0]["aspectRatio"] == {"width": 800, "height": 600}


def test_a_picture_that_is_refused_is_left_out(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=400, body={"error": "InvalidMimeType"})
    receipt = ground.publish(rendering(images=(picture(), picture(PNG + b"2", alt="Kept"))))
    assert [image["alt"] for image in ground.service.copies()[0]["embed"]["images"]] == ["Kept"]
    assert "harbour.png" in receipt.warnings[0]


def test_when_no_picture_is_taken_the_card_stands_in(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=413)
    ground.publish(replace(carded(), images=(picture(),), link_in_text=True))
    assert ground.service.copies()[0]["embed"]["kind"] == "card"


def test_pictures_do_not_push_out_the_only_link(ground: Ground) -> None:
    ground.publish(replace(carded(), images=(picture(),)))
    assert ground.service.copies()[0]["embed"]["kind"] == "card"


def test_a_server_that_is_away_gets_the_pictures_later(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=502)
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=502)
    with pytest.raises(Retryable):
        ground.connector().prepare(carded(picture()), KEY)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "BlobTooLarge", "message": "This file is too large"},
        {"error": "InvalidRequest", "message": "Invalid record: blob too big at $.record.embed.images[0].image"},
    ],
)
def test_pictures_that_the_record_may_not_have_are_left_out_next_time(ground: Ground, body: dict[str, str]) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(images=(picture(),)), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=400, body=body)
    with pytest.raises(Retryable) as refused:
        connector.deliver(prepared, KEY)
    assert refused.value.prepare_again
    receipt = ground.publish(rendering(images=(picture(),)))
    assert (ground.service.copies()[0]["embed"], len(receipt.warnings)) == (None, 1)


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


def test_a_lost_post_is_found_without_logging_in(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    connector.deliver(prepared, KEY)
    ground.service.account.app_passwords.clear()
    found = connector.find(prepared, KEY, NOW)
    assert found is not None
    assert (found.proof, found.remote_id.rpartition("/")[2]) == (Proof.READ_BACK, ground.service.commits[0])


def test_a_post_that_is_not_there_is_conclusively_not_there(ground: Ground) -> None:
    connector = ground.connector()
    assert connector.find(connector.prepare(rendering(), KEY), KEY, NOW) is None


def test_somebody_elses_record_is_not_our_post(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    foreign_record(ground, prepared.prepared["rkey"] if prepared.prepared else "")
    assert connector.find(prepared, KEY, NOW) is None


def test_without_a_frozen_record_the_key_is_worked_out_again(ground: Ground) -> None:
    ground.publish(rendering())
    found = ground.connector().find(rendering(composed=NOW + timedelta(days=2)), KEY, NOW)
    assert found is not None
    assert not ground.service.seen("listRecords")


def test_a_copy_under_another_key_is_found_by_its_link(ground: Ground) -> None:
    external = {"uri": LINK, "title": "", "description": ""}
    embed = {"$type": "app.bsky.embed.external", "external": external}
    foreign_record(ground, "3n2zzzzzzzzzz", createdAt="2026-11-20T10:30:00.000Z", embed=embed)
    found = ground.connector().find(rendering(), KEY, NOW)
    assert found is not None
    assert found.remote_id.endswith("/3n2zzzzzzzzzz")


def test_an_older_copy_is_not_what_was_sent_since(ground: Ground) -> None:
    embed = {"$type": "app.bsky.embed.external", "external": {"uri": LINK, "title": "", "description": ""}}
    foreign_record(ground, "3n2zzzzzzzzzz", createdAt="2025-01-01T00:00:00.000Z", embed=embed)
    assert ground.connector().find(rendering(), KEY, NOW) is None


def test_the_list_is_read_page_by_page_down_to_the_time_of_the_post(ground: Ground) -> None:
    rkeys = [f"3n2z{a}{b}zzzzzzz" for a in "abcdefghij" for b in "abcdefghijklmnopqrstuvwxy"]
    ground.service.account.records.update(dict.fromkeys(rkeys, Stored("bafyrei", {"text": "Somebody else's"})))
    foreign_record(ground, "2222222222222")
    assert ground.connector().find(rendering(), KEY, NOW) is None
    assert len(ground.service.seen("listRecords")) == 3


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.REFUSE])
def test_a_read_that_fails_says_nothing(ground: Ground, fault: Fault) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(fault, GET, status=503)
    ground.service.fail_next(fault, GET, status=503)
    with pytest.raises(Retryable):
        connector.find(prepared, KEY, NOW)


def test_a_deleted_copy_is_gone_and_deleting_it_again_is_fine(ground: Ground) -> None:
    connector = ground.connector()
    receipt = ground.publish(rendering())
    connector.delete(receipt)
    connector.delete(receipt)
    assert ground.service.copies() == []


@pytest.mark.parametrize(
    "remote_id", ["", "https://bsky.app/x", "at://did:plc:x/app.bsky.feed.like/3k", "at://did:plc:x"]
)
def test_only_posts_are_deleted(ground: Ground, remote_id: str) -> None:
    with pytest.raises(Rejected, match="names no post"):
        ground.connector().delete(Receipt(remote_id))


def test_a_copy_of_another_account_is_not_deleted(ground: Ground) -> None:
    with pytest.raises(AuthRequired):
        ground.connector().delete(Receipt("at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3n2zzzzzzzzzz"))


def test_whoami_tells_account_server_and_limits(ground: Ground) -> None:
    ground.service.account.email_confirmed = False
    identity = ground.connector().whoami()
    assert (identity.id, identity.name) == (ground.service.account.did, "you.pretend.example")
    assert identity.url == f"{ground.service.url}/profile/{identity.id}"
    assert identity.notes == (
        f"account {identity.id}",
        f"server {ground.service.url}",
        "the e-mail address is not confirmed",
        "the server takes uploads of up to 5,242,880 bytes",
    )


def test_whoami_warns_of_a_new_handle_and_a_sleeping_account(ground: Ground) -> None:
    connector = ground.connector()
    connector.whoami()
    ground.service.account.handle = "new.example.org"
    ground.service.account.status = "deactivated"
    warnings = connector.whoami().warnings
    assert "deactivated" in warnings[0]
    assert "new.example.org" in warnings[1]


def test_a_server_that_does_not_describe_itself_is_fine(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, "describeServer", status=500)
    assert len(ground.connector().whoami().notes) == 2


def test_the_heavy_libraries_wait_until_they_are_needed() -> None:
    program = (
        "import sys, syndicator_bluesky.connector, syndicator_bluesky.auth; "
        "print([m for m in ('regex', 'tenacity', 'PIL', 'mastodon', 'syndicator_bluesky.sandbox') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ".:connectors"}
    )
    assert done.stdout.strip() == "[]"
