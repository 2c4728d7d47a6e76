"""Prepare and deliver with a token, against the pretend Medium over real HTTP."""

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
    CanHandOff,
    CanPrepare,
    Connector,
    Hashtags,
    Proof,
    Rejected,
    Resend,
    Retryable,
    TokenStore,
)
from syndicator.http import Http
from syndicator.login import CanAuthorise
from syndicator.sandbox.service import Fault
from syndicator_medium.connector import MediumConnector
from syndicator_medium.settings import MediumSettings
from tests.connectors.medium_ground import FEED, KEY, LINK, ME, POSTS, Caller, Ground, Tokens, rendering

HOUR = timedelta(hours=1)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def error(code: int, message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "code": code}]}


def test_it_is_a_connector_that_prepares_finds_and_hands_off_but_cannot_take_back(ground: Ground) -> None:
    connector: Connector = ground.connector()
    can = [CanPrepare, CanFind, CanHandOff, CanAuthorise, CanEdit, CanDelete]
    assert [isinstance(connector, one) for one in can] == [True, True, True, True, False, False]


def test_a_whole_post_goes_out_with_its_pictures_where_they_are(ground: Ground) -> None:
    can = ground.connector().capabilities
    assert (can.whole_post, can.max_images, can.card, can.by_hand, can.hashtags) == (
        True,
        0,
        False,
        False,
        Hashtags.NONE,
    )


@pytest.mark.parametrize(
    ("status", "resend"), [("public", Resend.LOOKUP), ("draft", Resend.NEVER), ("unlisted", Resend.NEVER)]
)
def test_only_what_the_feed_shows_can_be_looked_for(ground: Ground, status: str, resend: Resend) -> None:
    can = ground.connector(status=status).capabilities
    assert can.resend is resend
    assert can.look_for == HOUR or resend is Resend.NEVER


def test_a_story_arrives(ground: Ground) -> None:
    receipt = ground.publish(rendering())
    copy = ground.service.copies()[0]
    assert (copy["title"], copy["visibility"], copy["canonical"]) == ("Grüße 👋", "public", LINK)
    assert copy["tags"] == ["sqlite", "python", "self hosting"]
    assert [block["as"] for block in copy["blocks"]] == ["h1", "p", "pre", "figure", "p"]
    assert ground.service.side_loaded == ["https://blog.example.org/a.jpg"]
    assert (receipt.url, receipt.proof, receipt.warnings) == (copy["url"], Proof.REPLY, ())
    assert receipt.remote_id == ground.service.created[0].id


def test_the_address_of_the_receipt_can_be_read(ground: Ground) -> None:
    receipt = ground.publish(rendering())
    page = Caller(ground.service).get(str(receipt.url).removeprefix(ground.service.url))
    assert (page.status_code, f'rel="canonical" href="{LINK}"' in page.text) == (200, True)


def test_everything_that_medium_would_guess_is_said(ground: Ground) -> None:
    ground.publish(rendering(), status="unlisted", license="cc-40-by")
    sent = ground.sent()
    assert (sent["contentFormat"], sent["publishStatus"], sent["notifyFollowers"]) == ("html", "unlisted", False)
    assert (sent["license"], sent["canonicalUrl"], sent["title"]) == ("cc-40-by", LINK, "Grüße 👋")


def test_a_post_without_an_address_names_no_canonical_one(ground: Ground) -> None:
    ground.publish(rendering(link=None))
    assert "canonicalUrl" not in ground.sent()


def test_followers_are_told_only_when_the_owner_says_so(ground: Ground) -> None:
    ground.publish(rendering(), notify_followers=True)
    assert ground.service.created[0].notified


def test_preparing_publishes_nothing_and_fixes_every_byte(ground: Ground) -> None:
    connector = ground.connector()
    first = connector.prepare(rendering(), KEY)
    assert connector.prepare(rendering(), KEY).prepared == first.prepared
    stored = replace(first, prepared=json.loads(json.dumps(first.prepared)))
    assert ground.service.created == []
    connector.deliver(stored, KEY)
    assert ground.service.seen(POSTS)[0].body.decode() == (first.prepared or {})["body"]


def test_what_was_prepared_is_sent_though_the_settings_have_changed(ground: Ground) -> None:
    prepared = ground.connector(status="draft").prepare(rendering(), KEY)
    receipt = ground.connector(status="public").deliver(prepared, KEY)
    assert (ground.service.created[0].status, receipt.url) == ("draft", None)


def test_what_got_lost_in_telling_is_on_the_receipt(ground: Ground) -> None:
    receipt = ground.publish(rendering(html="<table><tr><td>a</td><td>b</td></tr></table>"))
    assert "no tables" in receipt.warnings[0]


# Whose story it is


def test_medium_is_asked_once_who_we_are(ground: Ground) -> None:
    ground.publish(rendering())
    ground.publish(rendering(link=f"{LINK}2"), "other")
    assert len(ground.service.seen(ME)) == 1


def test_the_account_is_remembered_without_the_token(ground: Ground) -> None:
    ground.publish(rendering())
    assert ground.service.token not in ground.tokens.text


def test_another_token_of_the_same_person_has_another_id_and_is_the_same_account(ground: Ground) -> None:
    before = ground.connector().whoami()
    prepared = ground.connector().prepare(rendering(), KEY)
    ground.service.tokens["2other"] = ground.service.account
    connector = ground.connector(token="2other")
    assert connector.whoami().id == before.id == "@ada"
    with pytest.raises(Retryable) as refused:
        connector.deliver(prepared, KEY)
    assert (refused.value.prepare_again, ground.service.seen(POSTS)) == (True, [])
    assert connector.deliver(connector.prepare(rendering(), KEY), KEY).url


def test_what_is_remembered_of_one_token_is_not_said_with_another(ground: Ground) -> None:
    ground.connector().whoami()
    ground.service.tokens["2other"] = ground.service.account
    assert ground.publish(rendering(), token="2other").url


def test_a_story_made_for_one_account_never_goes_to_another(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.become_another()
    connector.whoami()
    with pytest.raises(AuthRequired, match=r"@ada.*@grace"):
        connector.deliver(prepared, KEY)
    assert ground.service.seen(POSTS) == []


def test_an_account_that_is_renamed_stays_the_same_one(ground: Ground) -> None:
    author = Caller(ground.service).me()
    assert ground.connector().whoami().id == "@ada"
    ground.service.account.username = "lovelace"
    ground.service.account.id_for = lambda token: author  # type: ignore[method-assign]
    identity = ground.connector().whoami()
    assert (identity.id, identity.name) == ("@ada", "@lovelace")
    ground.service.tokens["2other"] = ground.service.account
    ground.service.account.id_for = lambda token: f"1{token}"  # type: ignore[method-assign]
    assert ground.connector(token="2other").whoami().id == "@ada"


def test_an_id_that_medium_forgot_is_asked_for_once_more(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.REFUSE, POSTS, status=403, body=error(6004, "User not found."))
    with pytest.raises(Retryable) as refused:
        connector.deliver(prepared, KEY)
    assert refused.value.prepare_again
    again = connector.prepare(rendering(), KEY)
    assert len(ground.service.seen(ME)) == 2
    ground.service.fail_next(Fault.REFUSE, POSTS, status=403, body=error(6004, "User not found."))
    with pytest.raises(AuthRequired, match="the token may not publish"):
        connector.deliver(again, KEY)


# One look at the feed before


def test_a_story_that_somebody_imported_is_not_sent_again(ground: Ground) -> None:
    imported = ground.service.publish_import(ground.service.import_story(LINK, "Other title", "<p>x</p>"))
    receipt = ground.publish(rendering())
    assert (receipt.proof, receipt.remote_id, receipt.url) == (
        Proof.READ_BACK,
        imported.id,
        imported.page(ground.service.url),
    )
    assert ("already" in receipt.warnings[0], ground.service.seen(POSTS)) == (True, [])


def test_a_story_that_only_points_to_the_post_does_not_keep_it_back(ground: Ground) -> None:
    ground.service.write("Later", f'<p>As I wrote in <a href="{LINK}">an earlier post</a>.</p>')
    assert ground.publish(rendering()).proof is Proof.REPLY


def test_an_equal_title_does_not_keep_a_post_back(ground: Ground) -> None:
    ground.service.write("Grüße 👋", "<p>Something else.</p>")
    assert ground.publish(rendering()).proof is Proof.REPLY


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": Fault.RESET},
        {"fault": Fault.REFUSE, "status": 403},
        {"fault": Fault.REFUSE, "status": 404},
        {"fault": Fault.REFUSE, "status": 500},
        {"fault": Fault.CUT_BODY},
        {"fault": Fault.REFUSE, "status": 200, "body": b"<html>no feed"},
    ],
)
def test_a_feed_that_cannot_be_read_never_keeps_a_post_back(ground: Ground, fault: dict[str, Any]) -> None:
    ground.service.fail_next(pattern=FEED, **fault)
    assert ground.publish(rendering()).proof is Proof.REPLY
    assert len(ground.service.seen(FEED)) == 1


@pytest.mark.parametrize("status", ["draft", "unlisted"])
def test_nobody_looks_for_what_the_feed_never_shows(ground: Ground, status: str) -> None:
    ground.publish(rendering(), status=status)
    assert ground.service.seen(FEED) == []


# Drafts


def test_a_draft_is_not_linked_from_the_blog_and_its_place_is_told(ground: Ground) -> None:
    receipt = ground.publish(rendering(), status="draft")
    where = ground.service.created[0].page(ground.service.url)
    assert (receipt.url, receipt.extra) == (None, {"status": "draft", "draft": where})
    assert where in receipt.warnings[-1]


def test_an_unlisted_story_has_an_address(ground: Ground) -> None:
    assert ground.publish(rendering(), status="unlisted").url


def test_another_status_than_asked_for_is_told(ground: Ground) -> None:
    answer = {"data": {"id": "abc123", "url": f"{ground.service.url}/@ada/x-abc123", "publishStatus": "draft"}}
    ground.service.fail_next(Fault.ERROR_AFTER, POSTS, status=201, body=answer)
    receipt = ground.publish(rendering())
    assert any("draft, though public" in warning for warning in receipt.warnings)


def test_an_address_that_is_none_is_not_passed_on(ground: Ground) -> None:
    answer = {"data": {"id": "abc123", "url": "javascript:alert(1)", "publishStatus": "public"}}
    ground.service.fail_next(Fault.ERROR_AFTER, POSTS, status=201, body=answer)
    assert ground.publish(rendering()).url is None


# Publications


@pytest.mark.parametrize("role", ["editor", "writer"])
def test_a_draft_goes_to_a_publication(ground: Ground, role: str) -> None:
    publication = ground.service.add_publication("Better Humans", role)
    ground.publish(rendering(), publication=publication.id, status="draft")
    assert ground.service.created[0].publication is publication


def test_an_editor_publishes_in_a_publication(ground: Ground) -> None:
    publication = ground.service.add_publication("Better Humans", "editor")
    assert ground.publish(rendering(), publication=publication.id).url


@pytest.mark.parametrize(("refusal", "answer"), [(403, AuthRequired), (400, Rejected)])
def test_a_writer_who_would_publish_learns_what_writers_may(
    ground: Ground, refusal: int, answer: type[Exception]
) -> None:
    publication = ground.service.add_publication("Better Humans", "writer")
    ground.service.writers_refusal = refusal
    with pytest.raises(answer, match='status = "draft"'):
        ground.publish(rendering(), publication=publication.id)


def test_a_publication_that_is_not_there_is_a_matter_of_settings_not_of_the_post(ground: Ground) -> None:
    with pytest.raises(AuthRequired, match="check `publication`"):
        ground.publish(rendering(), publication="abcdef012345")


def test_a_post_is_sent_in_one_request_without_cookies_by_a_plain_tool(ground: Ground) -> None:
    ground.service.wall_against = "Mozilla"
    ground.publish(rendering())
    sent = ground.service.seen(POSTS)
    assert (len(sent), sent[0].headers["user-agent"].startswith("syndicator/"), "cookie" in sent[0].headers) == (
        1,
        True,
        False,
    )


def test_opening_makes_no_traffic_and_loads_no_heavy_library(ground: Ground) -> None:
    ground.connector().close()
    assert ground.service.requests == []
    code = (
        "import sys; from syndicator_medium.connector import MediumConnector; "
        "print(*sorted({'nh3', 'feedparser', 'PIL', 'jinja2', 'rich', 'regex', 'syndicator_medium.auth', "
        "'syndicator_medium.sandbox'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_it_is_opened_by_the_contract() -> None:
    tokens: TokenStore = Tokens()
    assert MediumConnector.open(MediumSettings(), Http(), tokens).capabilities.by_hand
    assert MediumConnector.Settings is MediumSettings
