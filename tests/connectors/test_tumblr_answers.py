"""Every row of Tumblr's error table, over real HTTP, and what it makes the connector do."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.sandbox.service import Fault
from syndicator_tumblr.answers import QUEUE_WAIT, TRANSCODING_WAIT, USUAL, day_ends, rate_limited
from tests.connectors.tumblr_ground import CREATE, KEY, LIMITS, NOW, OTHER_KEY, Ground, card, image, refusal, rendering

WHOLE = '<h2>b</h2><p><i>a</i></p><img src="https://blog.example.org/cat.png" alt="c">'
PICTURED = rendering(html=WHOLE, images=(image(source="https://blog.example.org/cat.png"),))


def answer_to(ground: Ground, status: int, code: int | None = None, **more: str) -> ConnectorError:
    sent = ground.prepared(rendering())
    ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(status, code, **more))
    with pytest.raises(ConnectorError) as refused:
        ground.connector().deliver(sent, KEY)
    return refused.value


@pytest.mark.parametrize(
    ("status", "code", "meaning", "words"),
    [
        (400, 8002, Rejected, "refuses the post"),
        (400, 8016, Rejected, "refuses the post"),
        (400, 0, OutcomeUnknown, "stumbled"),
        (403, 9999, Rejected, "refuses the post"),
        (404, None, AuthRequired, "check `blog`"),
        (410, 1, Rejected, "refuses the post"),
        (409, 1, OutcomeUnknown, "failed while publishing"),
        (500, None, OutcomeUnknown, "failed while publishing"),
        (500, 8009, OutcomeUnknown, "failed while publishing"),
        (503, None, OutcomeUnknown, "closed posting"),
    ],
)
def test_a_refusal_means_what_the_table_says(
    status: int, code: int | None, meaning: type[ConnectorError], words: str
) -> None:
    with Ground() as ground:
        answer = answer_to(ground, status, code, title="Its own words")
        assert len(ground.service.seen(CREATE)) == 1
    assert (type(answer), words in answer.reason, "Its own words" in answer.reason) == (meaning, True, True)


def test_closed_posting_asks_for_a_longer_rest() -> None:
    with Ground() as ground:
        answer = answer_to(ground, 503)
    assert isinstance(answer, OutcomeUnknown)
    assert answer.settle == timedelta(minutes=5)


def test_posting_that_stays_closed_is_asked_about_ever_more_rarely() -> None:
    with Ground() as ground:
        rests = [answer_to(ground, 503).settle for _ in range(6)]  # type: ignore[attr-defined]
        assert rests == [timedelta(minutes=n) for n in (5, 10, 20, 40, 60, 60)]
        sent = ground.prepared(rendering(), OTHER_KEY)
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(503))
        with pytest.raises(OutcomeUnknown) as other:
            ground.connector().deliver(sent, OTHER_KEY)
    assert other.value.settle == timedelta(minutes=5)


def test_a_post_over_which_tumblr_stumbles_is_sent_again_twice_and_then_not_by_itself() -> None:
    """A copy that is not found is what has the host send again."""
    with Ground() as ground:
        sent = ground.prepared(rendering())
        for _ in range(2):
            answer_to(ground, 400, 0)
            assert ground.find(sent) is None
        answer_to(ground, 400, 0)
        with pytest.raises(Retryable, match="not sent again by itself"):
            ground.find(sent)
        assert ground.find(ground.prepared(rendering(), OTHER_KEY), OTHER_KEY) is None
        ground.service.fail_next(Fault.ERROR_AFTER, CREATE, **refusal(400, 0))
        with pytest.raises(OutcomeUnknown):
            ground.connector().deliver(sent, KEY)
        assert ground.find(sent) is not None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"meta": {"status": 400}, "errors": [{"code": 8001}]}),
        (201, {"meta": {"status": 403}, "response": []}),
        (500, {"meta": {"status": 201}, "response": {"id": "1"}}),
        (400, {"meta": {"status": 201}, "response": {"id": "1"}}),
        (200, {"meta": {"status": 401}, "response": []}),
    ],
)
def test_an_answer_that_contradicts_itself_proves_nothing(status: int, body: dict[str, Any]) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.REFUSE, CREATE, status=status, body=body)
        with pytest.raises(OutcomeUnknown):
            ground.connector().deliver(sent, KEY)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_page_instead_of_an_answer_is_asked_again_where_nothing_is_published(status: int) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, ground.service.identity, status=status, body=b"<html>Not here</html>")
        with pytest.raises(Retryable) as refused:
            ground.prepared(rendering())
    assert refused.value.scope is Scope.NETWORK


def test_a_full_queue_and_a_video_at_work_have_waits_of_their_own() -> None:
    with Ground() as ground:
        full, working = answer_to(ground, 403, 8022), answer_to(ground, 403, 8010)
    assert isinstance(full, Retryable)
    assert isinstance(working, Retryable)
    assert (full.after, full.scope) == (QUEUE_WAIT, Scope.NETWORK)
    assert (working.after, working.scope) == (TRANSCODING_WAIT, Scope.DELIVERY)


@pytest.mark.parametrize(("code", "scope"), [(8023, Scope.NETWORK), (8004, Scope.DELIVERY), (8011, Scope.DELIVERY)])
def test_a_days_quota_ends_when_tumblr_says_so(code: int, scope: Scope) -> None:
    with Ground() as ground:
        answer = answer_to(ground, 403, code)
        asked = ground.service.seen(LIMITS)
    assert isinstance(answer, Retryable)
    wanted = timedelta(hours=19) if code != 8011 else timedelta(hours=19, minutes=5)  # videos: not listed here
    assert (answer.after, answer.scope, len(asked)) == (wanted, scope, 2)


def test_without_its_word_the_day_ends_at_five_past_five() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(403, 8023))
        ground.service.fail_next(Fault.REFUSE, LIMITS, status=500)
        with pytest.raises(Retryable) as refused:
            ground.connector().deliver(sent, KEY)
    assert refused.value.after == timedelta(hours=19, minutes=5)
    assert day_ends(NOW.replace(hour=3)) == NOW.replace(hour=5, minute=5)
    assert day_ends(NOW.replace(hour=5, minute=5)) == NOW.replace(day=21, hour=5, minute=5)


def test_a_used_up_day_is_met_for_real() -> None:
    with Ground() as ground:
        ground.service.posts.a_day = 1
        ground.publish(rendering())
        assert ground.connector().whoami().warnings[0].startswith("no more posts today")
        with pytest.raises(Retryable, match="8023"):
            ground.publish(rendering(), OTHER_KEY)
        ground.pass_time(hours=19)
        ground.publish(rendering(), OTHER_KEY)


def test_too_many_requests_wait_as_the_counter_says() -> None:
    with Ground(per_hour=4) as ground:
        connector = ground.connector()
        connector.whoami()
        ground.pass_time(minutes=20)
        connector.whoami()
        with pytest.raises(Retryable) as limited:
            connector.whoami()
    assert (limited.value.after, limited.value.scope) == (timedelta(minutes=40), Scope.NETWORK)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, USUAL),
        ({"X-Ratelimit-Perhour-Remaining": "0", "X-Ratelimit-Perhour-Reset": "-17"}, USUAL),
        ({"X-Ratelimit-Perhour-Remaining": "0", "X-Ratelimit-Perhour-Reset": "3"}, timedelta(seconds=60)),
        ({"X-Ratelimit-Perhour-Reset": "900"}, timedelta(minutes=15)),
        ({"X-Ratelimit-Perday-Remaining": "0", "X-Ratelimit-Perday-Reset": "999999"}, timedelta(hours=24)),
        (
            {
                "X-Ratelimit-Perhour-Remaining": "0",
                "X-Ratelimit-Perhour-Reset": "600",
                "X-Ratelimit-Perday-Remaining": "12",
                "X-Ratelimit-Perday-Reset": "40000",
            },
            timedelta(minutes=10),
        ),
        ({"X-Ratelimit-Perhour-Remaining": "500", "X-Ratelimit-Perhour-Reset": "600"}, USUAL),
        ({"Retry-After": "120"}, timedelta(minutes=2)),
    ],
)
def test_odd_counters_are_held_within_bounds(headers: dict[str, str], wait: timedelta) -> None:
    response = requests.Response()
    response.headers.update(headers)
    assert rate_limited(response, NOW) == wait


def test_a_limit_without_an_envelope_is_a_limit_too() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.REFUSE, CREATE, status=429, body=b"Limit Exceeded")
        with pytest.raises(Retryable) as limited:
            ground.connector().deliver(sent, KEY)
    assert limited.value.after == USUAL


# The account


def test_a_revoked_token_asks_for_a_new_login() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.revoke()
        for work in (lambda: ground.connector().whoami(), lambda: ground.connector().deliver(sent, KEY)):
            with pytest.raises(AuthRequired, match=r"revoked.*`syndicate auth`"):
                work()
        ground.service.restore()
        ground.connector().whoami()


@pytest.mark.parametrize(("minutes", "way"), [(7, "ahead of"), (-30, "behind")])
def test_a_wrong_clock_is_called_that_and_not_a_wrong_token(minutes: int, way: str) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.ahead = timedelta(minutes=minutes)
        for work in (lambda: ground.connector().whoami(), lambda: ground.connector().deliver(sent, KEY)):
            with pytest.raises(
                Retryable, match=f"clock is {abs(minutes)} minutes {way} Tumblr's.*set the clock"
            ) as off:
                work()
            assert off.value.scope is Scope.NETWORK
        ground.ahead = timedelta(0)
        ground.connector().whoami()


def test_a_clock_that_is_a_little_off_does_no_harm() -> None:
    with Ground() as ground:
        ground.ahead = timedelta(minutes=4)
        ground.connector().whoami()


@pytest.mark.parametrize("name", ["consumer_secret", "token_secret", "token", "consumer_key"])
def test_each_of_the_four_strings_is_checked(name: str) -> None:
    wrong: dict[str, Any] = {name: "wrong-wrong"}
    with Ground() as ground, pytest.raises(AuthRequired):
        ground.connector(**wrong).whoami()


def test_a_blog_of_somebody_else_is_named_with_those_of_the_account() -> None:
    with Ground() as ground:
        ground.service.add_blog("ada-too")
        with pytest.raises(AuthRequired, match=r"eva\.tumblr\.com; it has ada, ada-too"):
            ground.connector(blog="eva").whoami()
        assert ground.connector(blog="ada-too").whoami().id == "t:pretend-0002"


def test_who_we_are_and_what_is_left_today() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        identity = ground.connector().whoami()
    assert (identity.id, identity.name, identity.url) == ("t:pretend-0001", "ada", "https://ada.tumblr.com/")
    assert identity.notes[1] == "posts left today: 249 of 250, anew from 2026-11-21 05:00 UTC"
    assert (identity.credential and identity.credential.kind, identity.warnings) == ("OAuth 1 token", ())


def test_limits_that_cannot_be_had_are_no_trouble() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, LIMITS, status=500)
        assert len(ground.connector().whoami().notes) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", {"meta": {"status": 200}}, {"meta": {"status": 200}, "response": []}])
def test_an_answer_that_names_nobody_is_tried_again(body: object) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, ground.service.identity, status=200, body=body)
        with pytest.raises(Retryable):
            ground.connector().whoami()


# What is left out


def test_refused_blocks_are_sent_once_more_as_plain_ones() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, 8001, title="content[1]"))
        with pytest.raises(Retryable, match=r"content\[1\]") as refused:
            ground.publish(PICTURED, layout="full")
        assert refused.value.prepare_again
        ground.publish(PICTURED, layout="full")
        (post,) = ground.posts
    assert all("subtype" not in block and "formatting" not in block for block in post.content)
    assert any(block["type"] == "image" for block in post.content)


def test_plain_blocks_that_are_refused_are_given_up() -> None:
    with Ground() as ground:
        for meaning in (Retryable, Rejected):
            ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, 8001))
            with pytest.raises(meaning):
                ground.publish(rendering())


@pytest.mark.parametrize("code", [8005, 5002])
def test_a_refused_picture_is_left_out_once(code: int) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, code))
        with pytest.raises(Retryable):
            ground.publish(PICTURED, layout="full")
        receipt = ground.publish(PICTURED, layout="full")
        (post,) = ground.posts
        assert receipt.warnings == ("posted without pictures: Tumblr refused them",)
        assert not any(block["type"] == "image" for block in post.content)
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, code))
        with pytest.raises(Rejected):
            ground.publish(PICTURED, layout="full")


def test_a_correction_concerns_its_own_delivery() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, 8005))
        with pytest.raises(Retryable):
            ground.publish(PICTURED, layout="full")
        assert ground.publish(PICTURED, OTHER_KEY, layout="full").warnings == ()


def test_a_picture_on_the_card_that_is_refused_is_refused_once_and_for_all() -> None:
    with Ground(takes_posters=False) as ground:
        with pytest.raises(Retryable, match="poster"):
            ground.publish(rendering(card=card(image())))
        ground.publish(rendering(card=card(image())))
        ground.publish(rendering(card=card(image())), OTHER_KEY)
        assert len(ground.service.seen(CREATE)) == 3
        assert all(copy["card"] and not copy["card"]["image"] for copy in ground.service.copies())
        assert [post.content[0].get("subtype") for post in ground.posts] == ["heading1", "heading1"]


def test_a_card_without_its_picture_that_fails_as_well_teaches_nothing() -> None:
    with Ground() as ground:
        for _ in range(2):
            ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, 8001))
            with pytest.raises(Retryable):
                ground.publish(rendering(card=card(image())))
        ground.publish(rendering(card=card(image())))
        ground.publish(rendering(card=card(image())), OTHER_KEY)
        assert ground.service.copies()[-1]["card"]["image"]


def test_no_answer_shows_a_secret() -> None:
    from syndicator.log import remember_secret

    with Ground() as ground:
        secret = ground.service.token_secret
        remember_secret(secret)
        answer = answer_to(ground, 400, 8002, title=f"not {secret}")
    assert secret not in answer.reason
