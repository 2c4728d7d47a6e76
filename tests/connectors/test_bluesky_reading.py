"""Find, delete and whoami, against the pretend Bluesky over real HTTP."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syndicator.connector import (
    AuthRequired,
    Proof,
    Receipt,
    Rejected,
    Retryable,
)
from syndicator.sandbox.service import Fault
from syndicator_bluesky.sandbox_accounts import Stored
from tests.connectors.bluesky_ground import (
    GET,
    KEY,
    LINK,
    NOW,
    Ground,
    foreign_record,
    rendering,
)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


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


@pytest.mark.parametrize("frozen", [True, False])
def test_an_account_that_cannot_be_read_says_nothing_about_its_posts(ground: Ground, frozen: bool) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.account.status = "deactivated"
    with pytest.raises(Retryable, match="cannot be read"):
        connector.find(prepared if frozen else rendering(), KEY, NOW)


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
