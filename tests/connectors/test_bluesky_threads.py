"""Threads, mentions and the control of answers on Bluesky: what the record says, and that a doubt costs nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syndicator.connector import OutcomeUnknown, Proof, Receipt, Rejected, Rendering, ReplyTo, Retryable, Span, SpanKind
from syndicator.sandbox.service import Fault, Reply, Request
from syndicator_bluesky import record
from syndicator_bluesky.sandbox_repo import put
from tests.connectors.bluesky_ground import KEY, NOW, PUT, Ground, carded, rendering

SECOND_KEY, THIRD_KEY = "2" * 64, "3" * 64
WORDS = "The same words, twice."


@pytest.fixture
def ground() -> Iterator[Ground]:
    made = Ground()
    with made.service:
        yield made


def part(root: Receipt, parent: Receipt, text: str = WORDS, **more: Any) -> Rendering:
    return rendering(text=text, spans=(), link_in_text=False, reply_to=ReplyTo(root, parent), **more)


def record_of(ground: Ground, receipt: Receipt) -> dict[str, Any]:
    return ground.service.account.records[receipt.remote_id.rpartition("/")[2]].record


def pages(ground: Ground) -> dict[str, str | None]:
    return {copy["url"]: copy["reply_to"] for copy in ground.service.copies()}


def test_each_part_answers_the_one_before(ground: Ground) -> None:
    first = ground.publish(rendering())
    second = ground.publish(part(first, first), SECOND_KEY)
    third = ground.publish(part(first, second), THIRD_KEY)
    assert pages(ground) == {first.url: None, second.url: first.url, third.url: second.url}
    assert record_of(ground, third)["reply"]["root"] == {"uri": first.remote_id, "cid": first.extra["cid"]}


def test_parts_of_one_moment_have_keys_of_their_own_and_times_that_rise(ground: Ground) -> None:
    """The host dates them all alike here; one of two posts with the same time could vanish from readers' lists."""
    receipts = [ground.publish(rendering())]
    for number in range(20):
        receipts.append(ground.publish(part(receipts[0], receipts[-1], f"Part {number}"), f"{number:064x}"))
    times = [record_of(ground, receipt)["createdAt"] for receipt in receipts]
    assert len({receipt.remote_id for receipt in receipts}) == len(receipts)
    assert times == sorted(set(times))


def test_the_same_part_again_changes_nothing(ground: Ground) -> None:
    first = ground.publish(rendering())
    connector = ground.connector()
    prepared = connector.prepare(part(first, first), SECOND_KEY)
    ground.service.fail_next(Fault.LOSE_REPLY, PUT)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, SECOND_KEY)
    again = ground.connector().deliver(prepared, SECOND_KEY)
    assert (again.proof, len(ground.service.commits)) == (Proof.SAME_RECORD, 2)
    assert prepared.prepared == ground.connector().prepare(part(first, first), SECOND_KEY).prepared


@pytest.mark.parametrize("known", ["nothing", "page"])
def test_a_parent_that_a_person_has_confirmed_is_looked_up(ground: Ground, known: str) -> None:
    first = ground.publish(rendering())
    human = Receipt(first.remote_id, proof=Proof.HUMAN) if known == "nothing" else Receipt("", first.url, Proof.HUMAN)
    second = ground.publish(part(human, human), SECOND_KEY)
    ground.publish(part(human, Receipt(second.remote_id)), THIRD_KEY)
    assert list(pages(ground).values()).count(None) == 1


@pytest.mark.parametrize(
    "named", ["", "7", "https://elsewhere.example/post/1", "at://did:plc:other/app.bsky.feed.post/x"]
)
def test_a_parent_that_is_not_known_here_ends_the_thread(ground: Ground, named: str) -> None:
    with pytest.raises(Rejected, match="which post this one answers"):
        ground.publish(part(Receipt(named), Receipt(named)))
    assert ground.service.commits == []


def test_a_parent_that_was_deleted_ends_the_thread(ground: Ground) -> None:
    first = ground.publish(rendering())
    connector = ground.connector()
    prepared = connector.prepare(part(first, first), SECOND_KEY)
    connector.delete(first)
    with pytest.raises(Rejected, match="not on Bluesky any more"):
        connector.prepare(part(first, first), SECOND_KEY)
    with pytest.raises(Rejected, match="not on Bluesky any more"):
        connector.deliver(prepared, SECOND_KEY)
    assert ground.service.copies() == []


def test_a_part_that_is_out_stays_so_although_its_parent_has_gone(ground: Ground) -> None:
    first = ground.publish(rendering())
    connector = ground.connector()
    prepared = connector.prepare(part(first, first), SECOND_KEY)
    ground.service.fail_next(Fault.LOSE_REPLY, PUT)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, SECOND_KEY)
    connector.delete(first)
    assert connector.deliver(prepared, SECOND_KEY).proof is Proof.SAME_RECORD


def test_with_a_lost_ledger_a_part_is_told_from_its_twin_and_from_the_beginning(ground: Ground) -> None:
    first = ground.publish(rendering(text=WORDS, spans=(), link_in_text=False))
    second = ground.publish(part(first, first), SECOND_KEY)
    connector, since = ground.connector(), NOW - timedelta(hours=1)
    assert connector.find(part(first, second), THIRD_KEY, since) is None
    found = connector.find(part(first, first), "f" * 64, since)
    begun = connector.find(rendering(text=WORDS, spans=(), link_in_text=False), "e" * 64, since)
    assert found is not None
    assert begun is not None
    assert (found.remote_id, begun.remote_id) == (second.remote_id, first.remote_id)


@pytest.mark.parametrize("how", ["reply", "cut", "same-record", "read-back"])
def test_every_receipt_has_what_an_answer_needs(ground: Ground, how: str) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    if how == "cut":
        ground.service.fail_next(Fault.CUT_BODY, PUT)
    receipt: Receipt | None = connector.deliver(prepared, KEY)
    if how == "same-record":
        receipt = connector.deliver(prepared, KEY)
    elif how == "read-back":
        receipt = connector.find(prepared, KEY, NOW)
    (kept,) = ground.service.account.records.values()
    assert receipt is not None
    assert receipt.extra["cid"] == kept.cid


def test_a_record_prepared_by_an_older_version_is_sent_as_it_is(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    old = {name: value for name, value in (prepared.prepared or {}).items() if name != "gate"}
    assert connector.deliver(replace(prepared, prepared=old), KEY).extra.keys() == {"cid"}


def test_a_beginning_is_no_part_and_a_part_no_beginning() -> None:
    begins, root = rendering(text=WORDS, spans=(), link_in_text=False), Receipt("at://did:plc:you/post/1")
    said = {"text": WORDS}
    answer = {**said, "reply": {"parent": {"uri": root.remote_id}}}
    assert [record.is_copy(one, begins) for one in (said, answer)] == [True, False]
    assert [record.is_copy(one, part(root, root)) for one in (said, answer)] == [False, True]


# Who may answer


@pytest.mark.parametrize("asked", ["everybody", "mentioned", "following", "followers", "nobody"])
def test_who_may_answer_is_said(ground: Ground, asked: str) -> None:
    ground.publish(rendering(replies=asked))
    (copy,) = ground.service.copies()
    assert copy["replies"] == asked
    assert len(ground.service.seen(PUT)) == (1 if asked == "everybody" else 2)


def test_what_is_asked_for_one_copy_goes_before_the_networks_setting(ground: Ground) -> None:
    connector = ground.connector(replies="nobody")
    for key, asked in ((KEY, "everybody"), (SECOND_KEY, "")):
        connector.deliver(connector.prepare(carded() if asked else rendering(replies=asked), key), key)
    connector.deliver(connector.prepare(rendering(replies="everybody"), THIRD_KEY), THIRD_KEY)
    assert sorted(copy["replies"] for copy in ground.service.copies()) == ["everybody", "nobody", "nobody"]


def test_only_the_beginning_of_a_thread_says_who_may_answer(ground: Ground) -> None:
    first = ground.publish(rendering(replies="nobody"))
    ground.publish(part(first, first, replies="nobody"), SECOND_KEY)
    assert len(ground.service.account.gates) == 1


class Second:
    """Lets the first of two requests through, and meets the next with trouble."""

    def __init__(self, ground: Ground, reply: Reply | None, *, works: bool = False) -> None:
        service: Any = ground.service
        self.answer, self.reply, self.works, self.left = service.answer, reply, works, 1
        service.answer = self

    def __call__(self, request: Request) -> Any:
        if not request.path.endswith("putRecord") or self.left:
            self.left -= request.path.endswith("putRecord")
            return self.answer(request)
        self.left = 10
        if self.works:
            self.answer(request)
        return self.reply


@pytest.mark.parametrize("works", [False, True])
@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_post_whose_control_stays_unsaid_is_in_doubt_and_is_mended_by_sending_it_again(
    ground: Ground, status: int, works: bool
) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(replies="nobody"), KEY)
    Second(ground, Reply(status, {"error": "InternalServerError"}), works=works)
    with pytest.raises(OutcomeUnknown, match="it is out"):
        connector.deliver(prepared, KEY)
    receipt = connector.deliver(prepared, KEY)
    (copy,) = ground.service.copies()
    assert (copy["replies"], receipt.proof, receipt.warnings) == ("nobody", Proof.SAME_RECORD, ())
    assert len(ground.service.commits) == 2


def test_a_lost_connection_between_the_two_is_mended_likewise(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(replies="nobody"), KEY)
    Second(ground, None)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)
    connector.deliver(prepared, KEY)
    assert [copy["replies"] for copy in ground.service.copies()] == ["nobody"]


def test_a_control_that_the_server_will_not_have_is_told_about(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(replies="nobody"), KEY)
    Second(ground, Reply(400, {"error": "InvalidRequest", "message": "no such collection"}))
    (warning,) = connector.deliver(prepared, KEY).warnings
    assert "everybody may answer" in warning
    assert "no such collection" in warning


def test_what_the_owner_has_said_meanwhile_stays(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(replies="nobody"), KEY)
    letter = prepared.prepared or {}
    own = {**letter["gate"], "allow": [{"$type": "app.bsky.feed.threadgate#followingRule"}]}
    collection = {"collection": "app.bsky.feed.threadgate", "rkey": letter["rkey"]}
    put(ground.service.account, {**collection, "record": own}, [])
    assert connector.deliver(prepared, KEY).warnings == ()
    assert [copy["replies"] for copy in ground.service.copies()] == ["following"]


def test_a_read_back_tells_when_the_control_is_missing(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(replies="nobody"), KEY)
    connector.deliver(prepared, KEY)
    found = connector.find(prepared, KEY, NOW)
    ground.service.account.gates.clear()
    without = connector.find(prepared, KEY, NOW)
    assert found is not None
    assert without is not None
    assert (found.warnings, len(without.warnings)) == ((), 1)


def test_a_deletion_takes_the_control_along(ground: Ground) -> None:
    connector = ground.connector()
    receipt = ground.publish(rendering(replies="nobody"))
    connector.delete(receipt)
    connector.delete(receipt)
    assert (ground.service.account.records, ground.service.account.gates) == ({}, {})


# Mentions


def calling(handle: str, before: str = "Grüße 👋 an ") -> Rendering:
    shown = f"@{handle.removeprefix('@')}"
    span = Span(len(before), len(before) + len(shown), SpanKind.MENTION, handle)
    return rendering(text=f"{before}{shown}!", spans=(span,), link_in_text=False)


@pytest.mark.parametrize("written", ["ada.pretend.example", "@ada.pretend.example", "Ada.Pretend.Example"])
def test_a_handle_becomes_a_mention_of_the_account_behind_it(ground: Ground, written: str) -> None:
    receipt = ground.publish(calling(written))
    (copy,) = ground.service.copies()
    (facet,) = copy["facets"]
    expected = {"text": f"@{written.removeprefix('@')}", "kind": "mention", "target": ground.service.friend.did}
    assert (facet, receipt.warnings) == (expected, ())
    assert ground.service.bad_facets() == []


def test_a_did_needs_no_question(ground: Ground) -> None:
    did = ground.service.friend.did
    sent = calling("ada.pretend.example")
    connector = ground.connector()
    connector.whoami()
    asked = len(ground.service.seen("resolveHandle"))
    prepared = connector.prepare(replace(sent, spans=(replace(sent.spans[0], target=did),)), KEY)
    assert (prepared.prepared or {})["record"]["facets"][0]["features"][0]["did"] == did
    assert len(ground.service.seen("resolveHandle")) == asked


@pytest.mark.parametrize("handle", ["nobody.pretend.example", "no handle", "x" * 250 + ".example"])
def test_a_handle_that_nobody_has_stays_a_word_with_a_warning(ground: Ground, handle: str) -> None:
    receipt = ground.publish(calling(handle))
    (copy,) = ground.service.copies()
    assert copy["facets"] == []
    assert f"@{handle}" in copy["text"]
    assert f"nobody on Bluesky has the handle {handle}" in receipt.warnings[0]


def test_when_nobody_can_say_whose_a_handle_is_the_copy_waits(ground: Ground) -> None:
    connector = ground.connector()
    connector.whoami()
    for _ in range(2):
        ground.service.fail_next(Fault.REFUSE, "resolveHandle", status=502)
    with pytest.raises(Retryable):
        connector.prepare(calling("ada.pretend.example"), KEY)


def test_prepare_leaves_the_words_and_spans_of_the_rendering_alone(ground: Ground) -> None:
    sent = calling("ada.pretend.example")
    prepared = ground.connector().prepare(sent, KEY)
    assert replace(prepared, prepared=None) == sent


def test_times_that_cannot_be_read_do_not_stop_a_thread(ground: Ground) -> None:
    rkey = "3n2r4fzg7k222"
    odd = {"$type": "app.bsky.feed.post", "text": "x", "createdAt": "2026-13-45T99:00:00Z"}
    put(ground.service.account, {"rkey": rkey, "record": odd}, [])
    receipt = Receipt(f"at://{ground.service.account.did}/app.bsky.feed.post/{rkey}")
    second = ground.publish(part(receipt, receipt), SECOND_KEY)
    assert datetime.fromisoformat(record_of(ground, second)["createdAt"]) == NOW.replace(microsecond=123000)


def test_a_record_of_another_program_is_read_as_far_as_it_goes() -> None:
    oddities: tuple[Any, ...] = (None, "x", {"reply": "x"}, {"reply": {"parent": 7}}, {"reply": {"parent": {}}})
    for odd in oddities:
        assert record.answered(odd) is None
