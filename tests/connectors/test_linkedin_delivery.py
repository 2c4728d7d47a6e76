"""Prepare and deliver, against the pretend LinkedIn over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from syndicator.connector import (
    AuthRequired,
    CanDelete,
    CanEdit,
    CanFind,
    CanHandOff,
    CanPrepare,
    Connector,
    ConnectorError,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    Retryable,
    Scope,
)
from syndicator.errors import LedgerError
from syndicator.sandbox.service import Fault
from syndicator_linkedin.connector import LinkedInConnector
from tests.connectors.linkedin_ground import (
    COMMENT,
    KEY,
    LINK,
    OTHER_KEY,
    POST,
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


def prepared(ground: Ground, **chosen: Any) -> tuple[LinkedInConnector, Rendering]:
    connector = ground.connector(**chosen)
    return connector, connector.prepare(carded(), KEY)


def error(code: str, message: str = "", *, details: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"status": 400, "code": code, "message": message}
    return body | ({"errorDetails": {"inputErrors": [{"code": details, "description": message}]}} if details else {})


def outcome_of(ground: Ground, fault: Fault, **answer: Any) -> ConnectorError | Receipt:
    connector, letter = prepared(ground)
    ground.service.fail_next(fault, POST, **answer)
    try:
        return connector.deliver(letter, KEY)
    except ConnectorError as raised:
        return raised


# What it is


def test_it_prepares_deletes_and_hands_off_but_neither_reads_nor_edits(ground: Ground) -> None:
    connector: Connector = ground.connector()
    assert isinstance(connector, CanPrepare)
    assert isinstance(connector, CanDelete)
    assert isinstance(connector, CanHandOff)
    assert not isinstance(connector, CanFind)
    assert not isinstance(connector, CanEdit)


def test_it_is_never_sent_again_unless_the_owner_asks_for_that(ground: Ground) -> None:
    assert ground.connector().capabilities.resend is Resend.NEVER
    can = ground.connector(probe_by_repeat=True).capabilities
    assert (can.resend, can.key_window) == (Resend.REPEAT, timedelta(minutes=8))


# What arrives


def test_an_article_arrives_whole_with_its_card_and_tag(ground: Ground) -> None:
    receipt = ground.publish(carded())
    copy = ground.service.copies()[0]
    assert (copy["text"], copy["cut"]) == ("Grüße (aus dem Norden) 👋 #Wetter", "")
    assert copy["card"] == {
        "url": LINK,
        "title": "Grüße (1) * & <2>",
        "description": "About [greetings] #north",
        "image": None,
    }
    assert [piece.get("tag") for piece in copy["pieces"]][-1] == "Wetter"
    assert (copy["url"], copy["visibility"]) == (receipt.url, "public")


def test_the_receipt_names_the_post_and_its_page_is_there(ground: Ground) -> None:
    receipt = ground.publish(carded())
    assert receipt.remote_id == next(iter(ground.service.posts.kept))
    assert (receipt.proof, receipt.warnings) == (Proof.REPLY, ())
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(str(receipt.url)).status_code == 200


def test_the_request_says_all_that_linkedin_wants_to_know(ground: Ground) -> None:
    ground.publish(carded(), visibility="connections", reshare=False)
    request = ground.service.seen(POST)[0]
    assert request.json() == {
        "author": ground.service.person,
        "commentary": r"Grüße \(aus dem Norden\) 👋 {hashtag|\#|Wetter}",
        "visibility": "CONNECTIONS",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": True,
        "content": {
            "article": {"source": LINK, "title": "Grüße (1) * & <2>", "description": "About [greetings] #north"}
        },
    }
    said = {name: request.headers[name] for name in ("linkedin-version", "x-restli-protocol-version", "content-type")}
    assert said == {
        "linkedin-version": "202609",
        "x-restli-protocol-version": "2.0.0",
        "content-type": "application/json",
    }


def test_a_page_posts_under_its_own_name(ground: Ground) -> None:
    connector = ground.for_page()
    connector.deliver(connector.prepare(carded(), KEY), KEY)
    assert ground.sent()[0]["author"] == "urn:li:organization:2414183"


def test_a_card_without_a_title_bears_the_name_of_the_host(ground: Ground) -> None:
    card = carded().card
    assert card is not None
    ground.publish(carded(card=replace(card, title=" ", description="")))
    assert ground.sent()[0]["content"]["article"] == {"source": LINK, "title": "blog.example.org"}


def test_long_titles_and_descriptions_of_the_card_are_cut_between_words(ground: Ground) -> None:
    card = carded().card
    assert card is not None
    ground.publish(carded(card=replace(card, title="word " * 60, description="word " * 80)))
    article = ground.sent()[0]["content"]["article"]
    assert [len(article["title"]), len(article["description"])] == [200, 255]
    assert article["title"].endswith("word…")


def test_a_picture_without_words_borrows_some(ground: Ground) -> None:
    ground.publish(rendering(text=" ", spans=(), title="", images=(picture(),)))
    assert ground.service.copies()[0]["text"] == "A harbour (at dawn)"


def test_a_post_without_any_word_is_rejected_before_anything_is_sent(ground: Ground) -> None:
    with pytest.raises(Rejected, match="without words"):
        ground.connector().prepare(rendering(text="", spans=(), title="", link=None), KEY)
    assert ground.service.seen(POST) == []


def test_a_text_at_the_limit_arrives_and_one_above_is_rejected(ground: Ground) -> None:
    connector = ground.connector()
    at_limit = "(" * 1500
    assert connector.measure(at_limit) == connector.capabilities.max_length
    connector.deliver(connector.prepare(rendering(text=at_limit, spans=()), KEY), KEY)
    with pytest.raises(Rejected, match="FIELD_LENGTH_TOO_LONG"):
        connector.deliver(connector.prepare(rendering(text=at_limit + "x", spans=()), OTHER_KEY), OTHER_KEY)


def test_preparing_publishes_nothing_and_gives_the_same_bytes_each_time(ground: Ground) -> None:
    connector, letter = prepared(ground)
    assert connector.prepare(carded(), KEY).prepared == letter.prepared
    assert ground.service.seen(POST) == []


def test_the_bytes_that_were_stored_are_the_bytes_that_are_sent(ground: Ground) -> None:
    connector, letter = prepared(ground)
    stored = replace(letter, prepared=json.loads(json.dumps(letter.prepared)))
    connector.deliver(stored, KEY)
    assert letter.prepared is not None
    assert ground.service.seen(POST)[0].body == letter.prepared["body"].encode()


# Yes


def test_a_yes_without_a_name_is_a_yes(ground: Ground) -> None:
    ground.service.posts.names_posts_made = False
    receipt = ground.publish(carded())
    assert (receipt.remote_id, receipt.url, receipt.proof) == ("", None, Proof.REPLY)
    assert "profile" in receipt.warnings[0]


def test_the_name_may_come_under_its_other_header_and_encoded(ground: Ground) -> None:
    name = {"x-linkedin-id": "urn%3Ali%3AugcPost%3A7130"}
    receipt = outcome_of(ground, Fault.REFUSE, status=201, headers=name)
    assert isinstance(receipt, Receipt)
    assert receipt.remote_id == "urn:li:ugcPost:7130"


def test_a_page_that_says_yes_is_not_linkedin(ground: Ground) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=200, body=b"<h1>Welcome to the hotel</h1>")
    assert isinstance(answer, OutcomeUnknown)


# Doubt


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.ERROR_AFTER, Fault.RESET])
def test_without_an_answer_it_is_unknown_and_was_sent_once(ground: Ground, fault: Fault) -> None:
    answer = outcome_of(ground, fault, status=502)
    assert isinstance(answer, OutcomeUnknown)
    assert "/in/me/recent-activity/all/" in answer.reason
    assert len(ground.service.seen(POST)) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
def test_a_failing_linkedin_may_have_published(ground: Ground, status: int) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=status, body=b"<html>Service Unavailable</html>")
    assert isinstance(answer, OutcomeUnknown)


def test_the_identical_bytes_again_find_the_copy_that_was_made(ground: Ground) -> None:
    connector, letter = prepared(ground, probe_by_repeat=True)
    ground.service.fail_next(Fault.LOSE_REPLY, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    ground.clock.advance(timedelta(seconds=20))
    receipt = connector.deliver(letter, KEY)
    assert (receipt.remote_id, receipt.proof) == (next(iter(ground.service.posts.kept)), Proof.DUPLICATE_ERROR)
    assert (receipt.url, receipt.warnings) == (ground.service.copies()[0]["url"], ())
    first, second = ground.service.seen(POST)
    assert first.body == second.body
    assert len(ground.service.copies()) == 1


def test_the_identical_bytes_again_publish_what_was_never_made(ground: Ground) -> None:
    connector, letter = prepared(ground, probe_by_repeat=True)
    ground.service.fail_next(Fault.RESET, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    assert connector.deliver(letter, KEY).proof is Proof.REPLY
    assert len(ground.service.copies()) == 1


def test_a_post_that_was_there_before_our_first_try_is_adopted_and_said(ground: Ground) -> None:
    first = ground.publish(carded(), OTHER_KEY)
    receipt = ground.publish(carded())
    assert (receipt.remote_id, receipt.proof) == (first.remote_id, Proof.DUPLICATE_ERROR)
    assert "already" in receipt.warnings[0]


@pytest.mark.parametrize("names", ["author", "nothing"])
def test_a_repeat_of_nothing_that_is_named_proves_nothing(ground: Ground, names: str) -> None:
    ground.publish(carded(), OTHER_KEY)
    ground.service.posts.names = names
    with pytest.raises(Rejected, match="does not name"):
        ground.publish(carded())
    assert len(ground.service.copies()) == 1


@pytest.mark.parametrize("names", ["author", "nothing"])
def test_after_doubt_a_repeat_of_nothing_that_is_named_stays_a_doubt(ground: Ground, names: str) -> None:
    connector, letter = prepared(ground)
    ground.service.fail_next(Fault.LOSE_REPLY, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    ground.service.posts.names = names
    with pytest.raises(OutcomeUnknown, match="does not say of which post"):
        ground.connector().deliver(letter, KEY)


def test_a_try_that_died_before_its_answer_is_remembered(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after SIGKILL: the next process must not take its repeat for a first try."""
    connector, letter = prepared(ground)
    sent: list[bool] = []

    def die(*_: object, **__: object) -> Any:
        sent.append(ground.tokens.load()["deliveries"][KEY]["sent"])
        raise KeyboardInterrupt

    monkeypatch.setattr(connector._http, "send", die)
    with pytest.raises(KeyboardInterrupt):
        connector.deliver(letter, KEY)
    assert sent == [True]


def test_a_definite_no_takes_the_doubt_back(ground: Ground) -> None:
    connector, letter = prepared(ground)
    ground.service.fail_next(Fault.REFUSE, POST, status=422, body=error("UNPROCESSABLE_ENTITY", "no"))
    with pytest.raises(Rejected):
        connector.deliver(letter, KEY)
    assert ground.tokens.load()["deliveries"][KEY]["sent"] is False


def test_a_definite_no_after_doubt_leaves_the_doubt(ground: Ground) -> None:
    connector, letter = prepared(ground)
    ground.service.fail_next(Fault.LOSE_REPLY, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    ground.service.fail_next(Fault.REFUSE, POST, status=429, body=error("TOO_MANY_REQUESTS"))
    with pytest.raises(Retryable):
        connector.deliver(letter, KEY)
    assert ground.tokens.load()["deliveries"][KEY]["sent"] is True


def test_nothing_is_remembered_of_what_has_arrived(ground: Ground) -> None:
    ground.publish(carded(picture()))
    assert ground.tokens.load()["deliveries"] == {}


def test_a_full_disk_does_not_turn_a_yes_into_a_doubt(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    connector, letter = prepared(ground)

    def full(_: object) -> None:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(ground.tokens, "save", full)
    assert connector.deliver(letter, KEY).proof is Proof.REPLY


# No


def test_a_linkedin_that_cannot_be_reached_got_nothing(ground: Ground) -> None:
    connector, letter = prepared(ground)
    ground.service.__exit__(None, None, None)
    connector.close()
    with pytest.raises(Retryable) as unreachable:
        connector.deliver(letter, KEY)
    assert unreachable.value.scope is Scope.NETWORK
    assert ground.tokens.load()["deliveries"][KEY]["sent"] is False


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "FIELD_LENGTH_TOO_LONG"),
        (400, "INVALID_VALUE_FOR_FIELD"),
        (400, "MISSING_FIELD"),
        (400, "INVALID_URN_TYPE"),
        (400, "INVALID_VALUE_BLANK_FIELD"),
        (422, "UNPROCESSABLE_ENTITY"),
    ],
)
def test_a_body_that_linkedin_refuses_is_rejected_in_its_words(ground: Ground, status: int, code: str) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=status, body=error(code, "the reason"))
    assert isinstance(answer, Rejected)
    assert code in answer.reason
    assert "the reason" in answer.reason


@pytest.mark.parametrize(
    "code", ["EXPIRED_ACCESS_TOKEN", "REVOKED_ACCESS_TOKEN", "EMPTY_ACCESS_TOKEN", "INVALID_ACCESS_TOKEN"]
)
def test_a_dead_token_needs_the_owner(ground: Ground, code: str) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=401, body=error(code))
    assert isinstance(answer, AuthRequired)
    assert "syndicate auth" in answer.reason


def test_a_missing_permission_names_the_product_that_gives_it(ground: Ground) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=403, body=error("ACCESS_DENIED", "Not enough permissions"))
    assert isinstance(answer, AuthRequired)
    assert "Share on LinkedIn" in answer.reason
    assert "https://www.linkedin.com/developers/apps" in answer.reason


def test_a_wall_in_front_of_linkedin_is_waited_for(ground: Ground) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=403, body=b"<h1>Attention required</h1>")
    assert isinstance(answer, Retryable)
    assert answer.scope is Scope.NETWORK


def test_a_place_that_does_not_exist_needs_the_owner(ground: Ground) -> None:
    answer = outcome_of(ground, Fault.REFUSE, status=404, body=error("RESOURCE_NOT_FOUND"))
    assert isinstance(answer, AuthRequired)


def test_a_conflict_is_tried_again_once(ground: Ground) -> None:
    connector, letter = prepared(ground)
    for expected in (Retryable, OutcomeUnknown):
        ground.service.fail_next(Fault.REFUSE, POST, status=409, body=error("CONFLICT"))
        with pytest.raises(expected):
            connector.deliver(letter, KEY)


def test_a_conflict_that_is_not_in_linkedins_words_is_a_doubt(ground: Ground) -> None:
    assert isinstance(outcome_of(ground, Fault.REFUSE, status=409, body={"error": "what?"}), OutcomeUnknown)


def test_a_conflict_after_doubt_may_be_with_the_post_itself(ground: Ground) -> None:
    connector, letter = prepared(ground)
    ground.service.fail_next(Fault.RESET, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    ground.service.fail_next(Fault.REFUSE, POST, status=409, body=error("CONFLICT"))
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)


def test_what_was_made_for_one_account_is_not_posted_by_another(ground: Ground) -> None:
    connector, letter = prepared(ground)
    ground.service.become_another()
    connector.whoami()
    with pytest.raises(AuthRequired, match=r"AbC123dEf.*ZyX987wVu"):
        connector.deliver(letter, KEY)
    assert ground.service.seen(POST) == []


# Quota


def test_the_first_429_is_waited_out_shortly_and_the_second_until_tomorrow(ground: Ground) -> None:
    ground.service.quota = 0
    waits = []
    for _ in range(2):
        with pytest.raises(Retryable, match="TOO_MANY_REQUESTS") as limited:
            ground.publish(carded())
        waits.append((limited.value.after, limited.value.scope))
        ground.clock.advance(timedelta(minutes=15))
    assert waits == [
        (timedelta(minutes=15), Scope.NETWORK),
        (timedelta(hours=13, minutes=50), Scope.NETWORK),  # from 10:15 to five past midnight
    ]


def test_a_post_that_got_through_makes_the_next_429_a_first_one(ground: Ground) -> None:
    ground.service.quota = 0
    with pytest.raises(Retryable):
        ground.publish(carded())
    ground.service.quota = 1
    ground.publish(carded())
    with pytest.raises(Retryable) as limited:
        ground.publish(rendering(), OTHER_KEY)
    assert limited.value.after == timedelta(minutes=15)


def test_yesterdays_quota_says_nothing_about_today(ground: Ground) -> None:
    ground.service.quota = 0
    with pytest.raises(Retryable):
        ground.publish(carded())
    ground.clock.advance(timedelta(hours=14, minutes=5))
    with pytest.raises(Retryable) as limited:
        ground.publish(carded())
    assert limited.value.after == timedelta(minutes=15)


@pytest.mark.parametrize("seconds", [180, 3600])
def test_a_wish_of_linkedins_counts_more_than_our_guess(ground: Ground, seconds: int) -> None:
    answer = outcome_of(
        ground, Fault.REFUSE, status=429, body=error("TOO_MANY_REQUESTS"), headers={"Retry-After": str(seconds)}
    )
    assert isinstance(answer, Retryable)
    assert answer.after == timedelta(seconds=seconds)


# The first comment


def test_the_link_stands_in_the_first_comment_if_the_owner_wants_it(ground: Ground) -> None:
    link = "https://blog.example.org/a_(b)#c"
    receipt = ground.publish(carded(link=link), link_in_comment=True)
    assert ground.sent(COMMENT)[0] == {
        "actor": ground.service.person,
        "object": receipt.remote_id,
        "message": {"text": link},
    }
    assert (ground.service.copies()[0]["comments"], receipt.warnings) == ([link], ())


def test_there_is_no_comment_unless_asked_for(ground: Ground) -> None:
    ground.publish(carded())
    assert ground.service.seen(COMMENT) == []


def test_a_comment_that_is_refused_is_a_warning_and_no_more(ground: Ground) -> None:
    ground.service.comments_allowed = False
    receipt = ground.publish(carded(), link_in_comment=True)
    assert receipt.remote_id == next(iter(ground.service.posts.kept))
    assert "first comment" in receipt.warnings[0]
    assert "403" in receipt.warnings[0]


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.RESET, Fault.ERROR_AFTER])
def test_a_comment_without_an_answer_is_not_sent_again(ground: Ground, fault: Fault) -> None:
    ground.service.fail_next(fault, COMMENT, status=500)
    receipt = ground.publish(carded(), link_in_comment=True)
    assert receipt.proof is Proof.REPLY
    assert len(receipt.warnings) == len(ground.service.seen(COMMENT)) == 1


def test_an_adopted_copy_gets_no_second_comment(ground: Ground) -> None:
    connector, letter = prepared(ground, link_in_comment=True)
    ground.service.fail_next(Fault.LOSE_REPLY, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    connector.deliver(letter, KEY)
    assert ground.service.seen(COMMENT) == []


# Deleting


def test_a_deleted_copy_is_gone_and_deleting_again_is_fine(ground: Ground) -> None:
    connector = ground.connector()
    receipt = ground.publish(carded())
    connector.delete(receipt)
    connector.delete(receipt)
    assert ground.service.copies() == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_copy_that_linkedin_does_not_know_any_more_is_deleted(ground: Ground, status: int) -> None:
    ground.service.fail_next(Fault.REFUSE, "DELETE /rest/posts/", status=status, body=error("NOT_FOUND"))
    ground.connector().delete(Receipt("urn:li:share:1"))


def test_a_deletion_that_fails_is_told_apart(ground: Ground) -> None:
    receipt = ground.publish(carded())
    for status, expected in ((503, Retryable), (429, Retryable), (401, AuthRequired)):
        ground.service.fail_next(Fault.REFUSE, "DELETE /rest/posts/", status=status, body=error("X"))
        with pytest.raises(expected):
            ground.connector().delete(receipt)


def test_what_is_no_post_is_not_deleted(ground: Ground) -> None:
    with pytest.raises(Rejected, match="by hand"):
        ground.connector().delete(Receipt(""))


def test_a_ghost_is_never_adopted(ground: Ground) -> None:
    """LinkedIn goes on calling a deleted post the original of a repeat."""
    ground.service.posts.window = 7 * 86400
    connector = ground.connector()
    connector.delete(ground.publish(carded()))
    ground.clock.advance(timedelta(hours=1))
    with pytest.raises(Retryable) as remembered:
        ground.publish(carded(), OTHER_KEY)
    assert remembered.value.after == timedelta(hours=47)
    ground.clock.advance(timedelta(hours=47))
    with pytest.raises(Rejected, match="deleted"):
        ground.publish(carded(), OTHER_KEY)


def test_the_heavy_libraries_wait_until_they_are_needed() -> None:
    program = (
        "import sys, syndicator_linkedin.connector, syndicator_linkedin.auth; "
        "print([m for m in ('regex', 'tenacity', 'PIL', 'syndicator_linkedin.sandbox') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ".:connectors"}
    )
    assert done.stdout.strip() == "[]"
