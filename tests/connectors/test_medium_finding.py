"""Looking for a copy: being on the feed is proof, not being there is none."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from syndicator.connector import OutcomeUnknown, Proof, Retryable
from syndicator.sandbox.service import Fault
from syndicator.unknown import Action, Doubt, next_step
from tests.connectors.medium_ground import FEED, KEY, LINK, NOW, POSTS, Ground, rendering

HTML = "<p>Grüße.</p>"


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def doubtful(ground: Ground, fault: Fault = Fault.LOSE_REPLY) -> Any:
    """A story of which nobody knows whether it was created."""
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(fault, POSTS)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)
    return prepared


# With a token


def test_a_story_whose_answer_was_lost_is_found(ground: Ground) -> None:
    prepared = doubtful(ground)
    receipt = ground.connector().find(prepared, KEY, NOW)
    story = ground.service.created[0]
    assert receipt is not None
    assert (receipt.remote_id, receipt.url, receipt.proof) == (
        story.id,
        story.page(ground.service.url),
        Proof.READ_BACK,
    )


def test_a_story_that_is_not_there_may_still_exist(ground: Ground) -> None:
    prepared = doubtful(ground, Fault.RESET)
    with pytest.raises(Retryable, match="proves nothing"):
        ground.connector().find(prepared, KEY, NOW)


def test_a_feed_that_lags_behind_shows_the_story_later(ground: Ground) -> None:
    ground.service.feed_delay = 900
    prepared = doubtful(ground)
    with pytest.raises(Retryable):
        ground.connector().find(prepared, KEY, NOW)
    ground.clock.advance(timedelta(minutes=15))
    assert ground.connector().find(prepared, KEY, NOW)


def test_ten_responses_push_a_story_out_of_sight(ground: Ground) -> None:
    prepared = doubtful(ground)
    for number in range(10):
        ground.clock.advance(timedelta(seconds=1))
        ground.service.write(f"Re: {number}", "<p>Yes.</p>", response=True)
    with pytest.raises(Retryable):
        ground.connector().find(prepared, KEY, NOW)


def test_a_story_in_a_publication_is_found_on_its_author_s_feed(ground: Ground) -> None:
    publication = ground.service.add_publication("Better Humans", "editor")
    connector = ground.connector(publication=publication.id)
    prepared = connector.prepare(rendering(), KEY)
    connector.deliver(prepared, KEY)
    assert connector.find(prepared, KEY, NOW)


@pytest.mark.parametrize("status", ["draft", "unlisted"])
def test_what_the_feed_never_shows_is_not_looked_for(ground: Ground, status: str) -> None:
    connector = ground.connector(status=status)
    prepared = connector.prepare(rendering(), KEY)
    with pytest.raises(Retryable, match=status):
        ground.connector(status="public").find(prepared, KEY, NOW)
    assert ground.service.seen(FEED) == []


def test_a_note_without_address_and_title_is_found_by_the_title_it_was_given(ground: Ground) -> None:
    note = rendering(link=None, title="", html="<p>Just shipped it, and it even works. Good night, everybody.</p>")
    connector = ground.connector()
    prepared = connector.prepare(note, KEY)
    connector.deliver(prepared, KEY)
    assert connector.find(prepared, KEY, NOW)


CANNOT_TELL: list[dict[str, Any]] = [
    {"fault": Fault.RESET},
    {"fault": Fault.CUT_BODY},
    {
        "fault": Fault.REFUSE,
        "status": 403,
        "body": b"<title>Just a moment...</title>",
        "headers": {"cf-mitigated": "challenge"},
    },
    {"fault": Fault.REFUSE, "status": 404, "body": b"<h1>404</h1>"},
    {"fault": Fault.REFUSE, "status": 503},
    {"fault": Fault.REFUSE, "status": 200, "body": b"<html>Just a moment..."},
    {"fault": Fault.REFUSE, "status": 200, "body": b" " * 2_100_000},
]


@pytest.mark.parametrize("fault", CANNOT_TELL)
def test_a_feed_that_cannot_be_read_proves_nothing_in_either_mode(ground: Ground, fault: dict[str, Any]) -> None:
    prepared = doubtful(ground)
    for connector in (ground.connector(), ground.by_hand()):
        ground.service.fail_next(pattern=FEED, **fault)
        with pytest.raises(Retryable):
            connector.find(prepared, KEY, NOW)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_wall_before_the_feed_is_called_one_whatever_stands_on_it(ground: Ground, status: int) -> None:
    ground.service.fail_next(Fault.REFUSE, FEED, status=status, body=b"<rss><channel/></rss>")
    with pytest.raises(Retryable, match=f"answers {status} .the wall in front of Medium., which says nothing"):
        ground.by_hand().find(rendering(), KEY, NOW)


@pytest.mark.parametrize("arrived", [True, False])
def test_in_doubt_nothing_is_sent_again_and_after_an_hour_a_person_is_asked(ground: Ground, arrived: bool) -> None:
    """As the host does it: looks, pauses, and asks in the end."""
    prepared = doubtful(ground, Fault.LOSE_REPLY if arrived else Fault.RESET)
    connector = ground.connector()
    ground.service.feed_delay = 30 * 60.0
    last_read, receipt, looks = None, None, []
    while receipt is None:
        doubt = Doubt(NOW, NOW, 0, last_read)
        step = next_step(doubt, connector.capabilities, findable=True, now=ground.clock.now())
        if step.action is Action.WAIT:
            assert step.at is not None
            ground.clock.advance(step.at - ground.clock.now())
            continue
        if step.action is not Action.LOOK:
            break
        last_read = ground.clock.now()
        looks.append(last_read - NOW)
        try:
            receipt = connector.find(prepared, KEY, NOW)
        except Retryable:
            continue
    assert ((receipt is not None), step.action is Action.ASK) == (arrived, not arrived)
    assert ground.clock.now() - NOW <= timedelta(minutes=70)
    assert (len(ground.service.seen(POSTS)), looks[0], len(looks) < 10) == (1, timedelta(minutes=2), True)


# By hand


def test_by_hand_a_story_that_is_not_there_is_not_there_yet(ground: Ground) -> None:
    assert ground.by_hand().find(rendering(), KEY, NOW) is None


def test_a_draft_of_import_is_not_published_yet(ground: Ground) -> None:
    ground.service.import_story(LINK, "Grüße 👋", HTML)
    assert ground.by_hand().find(rendering(), KEY, NOW) is None


def test_an_imported_story_is_found_though_it_is_dated_back_and_renamed(ground: Ground) -> None:
    long_ago = (NOW - timedelta(days=400)).timestamp()
    story = ground.service.publish_import(ground.service.import_story(LINK, "Another title", HTML, long_ago))
    receipt = ground.by_hand().find(rendering(), KEY, NOW)
    assert receipt is not None
    assert (receipt.remote_id, receipt.url, receipt.proof) == (
        story.id,
        story.page(ground.service.url),
        Proof.READ_BACK,
    )
    assert "source=" not in str(receipt.url)


def test_a_pasted_story_is_found_by_its_title(ground: Ground) -> None:
    ground.service.write("Grüße 👋", HTML)
    assert ground.by_hand().find(rendering(), KEY, NOW)


def test_a_pasted_note_is_found_by_the_title_that_the_steps_name(ground: Ground) -> None:
    note = rendering(title="", html="<p>Just shipped it.</p>")
    assert any("“Just shipped it.”" in step for step in ground.by_hand().hand_off(note).steps)
    ground.service.write("Just shipped it.", "<p>Just shipped it.</p>")
    assert ground.by_hand().find(note, KEY, NOW)


def test_a_feed_that_has_moved_is_followed(ground: Ground) -> None:
    ground.service.write("Grüße 👋", HTML)
    moved = {"Location": f"{ground.service.url}/feed/@ada"}  # as to ada.medium.com
    ground.service.fail_next(Fault.REFUSE, FEED, status=302, headers=moved)
    assert ground.by_hand().find(rendering(), KEY, NOW)
    assert len(ground.service.seen(FEED)) == 2


def test_a_story_that_was_there_before_under_the_same_title_is_another(ground: Ground) -> None:
    ground.service.write("Grüße 👋", HTML)
    assert ground.by_hand().find(rendering(), KEY, NOW + timedelta(hours=1)) is None


def test_without_a_name_nobody_can_tell(ground: Ground) -> None:
    with pytest.raises(Retryable, match="syndicate done"):
        ground.by_hand(user=None).find(rendering(), KEY, NOW)
    assert ground.service.requests == []


def test_by_hand_nothing_needs_a_token(ground: Ground) -> None:
    ground.by_hand(token="2left-over").find(rendering(), KEY, NOW)
    assert all("authorization" not in request.headers for request in ground.service.requests)
