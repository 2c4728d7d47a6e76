"""Reading back: when a copy is found, when its absence is proven, and when neither can be said."""

from datetime import timedelta
from typing import Any

import pytest

from syndicator.connector import AuthRequired, Proof, Retryable
from syndicator.sandbox.service import Fault
from syndicator_mastodon import listing
from syndicator_mastodon.copies import is_copy, ours
from tests.connectors.mastodon_ground import KEY, LINK, LIST, OTHER_KEY, Ground, image, rendering

SENT = rendering()
NO_LINK = rendering(text="Just a thought & nothing <more>.", link=None)


def find(ground: Ground, sent: Any = SENT, minutes: float = 0) -> Any:
    return ground.connector().find(sent, KEY, ground.clock.now() - timedelta(minutes=minutes))


def fill(ground: Ground, count: int) -> None:
    token = ground.service.tokens[ground.service.token]
    for number in range(count):
        ground.service.posting.post({"status": f"post {number}"}, token, None)
        ground.pass_time(seconds=1)


@pytest.mark.parametrize("flavour", ["mastodon", "gotosocial", "takahe", "hollo", "snac", "pleroma"])
@pytest.mark.parametrize("sent", [SENT, NO_LINK, rendering(text=f"*Bold* words & <tags> {LINK}")])
def test_a_copy_is_found_on_every_server(flavour: str, sent: Any) -> None:
    with Ground(flavour) as ground:
        first = ground.publish(sent)
        found = find(ground, sent)
    assert found is not None
    assert (found.remote_id, found.url, found.proof) == (first.remote_id, first.url, Proof.READ_BACK)


def test_an_empty_account_is_a_proof_of_absence() -> None:
    with Ground() as ground:
        assert find(ground) is None


def test_other_posts_are_not_the_copy() -> None:
    with Ground() as ground:
        fill(ground, 3)
        assert find(ground, minutes=5) is None


def test_a_copy_from_before_is_not_the_one_in_doubt() -> None:
    with Ground() as ground:
        ground.publish(SENT)
        ground.pass_time(minutes=30)
        assert find(ground) is None


def test_clocks_may_differ_by_some_minutes() -> None:
    with Ground() as ground:
        ground.publish(SENT)
        ground.pass_time(minutes=4)
        assert find(ground) is not None


def test_a_copy_on_a_later_page_is_found() -> None:
    with Ground() as ground:
        first = ground.publish(SENT)
        fill(ground, 45)
        assert find(ground, minutes=10).remote_id == first.remote_id
        assert len(ground.service.seen(LIST)) == 3  # a short page is no proof that the list ends there


def test_the_list_is_read_until_it_is_older_than_the_doubt() -> None:
    with Ground() as ground:
        ground.publish(rendering(text="an old one", link=None), OTHER_KEY)
        ground.pass_time(hours=1)
        fill(ground, 41)
        assert find(ground, minutes=1) is None
        assert len(ground.service.seen(LIST)) == 2


def test_of_two_copies_the_older_is_taken() -> None:
    with Ground() as ground:
        first = ground.publish(SENT, KEY)
        ground.pass_time(minutes=1)
        ground.publish(SENT, OTHER_KEY)
        assert find(ground, minutes=2).remote_id == first.remote_id


def test_a_copy_that_is_not_listed_yet_is_not_found() -> None:
    with Ground(list_lag=90) as ground:
        ground.publish(SENT)
        assert find(ground) is None
        ground.pass_time(seconds=90)
        assert find(ground, minutes=2) is not None


def test_a_found_copy_can_be_edited_with_its_images() -> None:
    sent = rendering(images=(image(),))
    with Ground() as ground:
        prepared = ground.connector().prepare(sent, KEY)
        ground.connector().deliver(prepared, KEY)
        found = find(ground, prepared)
        ground.connector().edit(found, rendering(text=f"corrected {LINK}", images=(image(),)))
        assert len(ground.service.seen("POST /api/v2/media")) == 1


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        (Fault.REFUSE, {"status": 500}),
        (Fault.REFUSE, {"status": 503}),
        (Fault.REFUSE, {"status": 429}),
        (Fault.REFUSE, {"status": 404}),
        (Fault.REFUSE, {"status": 200, "body": b"<html>"}),
        (Fault.REFUSE, {"status": 200, "body": {"error": "no"}}),
        (Fault.REFUSE, {"status": 200, "body": [{"id": "1", "content": "no date"}]}),
        (Fault.REFUSE, {"status": 200, "body": [None]}),
        (Fault.RESET, {}),
        (Fault.CUT_BODY, {}),
    ],
)
def test_a_list_that_cannot_be_read_proves_nothing(fault: Fault, details: dict[str, Any]) -> None:
    with Ground() as ground:
        ground.service.fail_next(fault, LIST, **details)
        with pytest.raises(Retryable):
            find(ground)


def test_a_list_that_repeats_itself_proves_nothing() -> None:
    page = [{"id": "5", "created_at": "2026-11-20T10:00:00.000Z", "content": ""}]
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, LIST, status=200, body=page)
        ground.service.fail_next(Fault.REFUSE, LIST, status=200, body=page)
        with pytest.raises(Retryable, match="repeats"):
            find(ground)


def test_a_list_that_is_too_long_to_read_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_PAGES", 2)
    with Ground() as ground:
        fill(ground, 81)
        with pytest.raises(Retryable, match="more than 80 posts"):
            find(ground, minutes=10)


def test_another_account_proves_nothing() -> None:
    with Ground() as ground:
        prepared = ground.connector().prepare(SENT, KEY)
        ground.service.account.id = "2000"
        with pytest.raises(Retryable, match="another account"):
            find(ground, prepared)


def test_a_token_that_may_not_read_needs_the_owner() -> None:
    with Ground() as ground:
        token = ground.service.issue_token(scopes="profile write:statuses write:media")
        with pytest.raises(AuthRequired, match="may not"):
            ground.connector(access_token=token).find(SENT, KEY, ground.clock.now())


def status(content: str, **more: Any) -> dict[str, Any]:
    return {"id": "1", "created_at": "2026-11-20T10:00:00Z", "content": content, **more}


@pytest.mark.parametrize(
    "content",
    [
        '<p>Grüße 👋 <a href="https://blog.example.org/2026/11/gruesse/?a=1&amp;b=2">blog…</a> #SelfHosting</p>',
        '<p>Grüße 👋 <a href="http://BLOG.example.org/2026/11/gruesse?a=1&amp;b=2">…</a> #SelfHosting</p>',
        "Grüße 👋 #SelfHosting<br>https://blog.example.org/2026/11/gruesse/?a=1&amp;b=2.",
        '<a href="https://blog.example.org/2026/11/gruesse/?a=1&amp;b=2">Grüße</a> #Self-Hosting',
    ],
)
def test_the_permalink_is_the_mark(content: str) -> None:
    assert is_copy(status(content), SENT)


@pytest.mark.parametrize(
    "content",
    [
        "<p>Grüße 👋 #SelfHosting</p>",
        '<p>Grüße 👋 <a href="https://blog.example.org/2026/11/another/">…</a> #SelfHosting</p>',
        '<p>Grüße 👋 <a href="https://blog.example.org/2026/11/gruesse/?a=1&amp;b=2&amp;c=3">…</a> #SelfHosting</p>',
        '<p>An answer to <a href="https://blog.example.org/2026/11/gruesse/?a=1&amp;b=2">what I wrote before</a></p>',
    ],
)
def test_another_page_or_a_post_about_ours_is_no_copy(content: str) -> None:
    assert not is_copy(status(content), SENT)


def test_a_post_without_a_link_is_known_by_its_words() -> None:
    assert is_copy(status("<p>Just a thought &amp; nothing &lt;more&gt;.</p>"), NO_LINK)
    assert is_copy(status("<p>Just a thought &amp; nothing <more>.</p>"), NO_LINK)
    assert not is_copy(status("<p>Just a thought &amp; nothing &lt;less&gt;.</p>"), NO_LINK)


def test_a_post_of_signs_alone_is_known_by_its_signs() -> None:
    assert is_copy(status("<p>🎉 🎉</p>"), rendering(text="🎉 🎉", link=None))
    assert not is_copy(status("<p>🎉</p>"), rendering(text="🎂", link=None))


def test_a_post_of_nothing_but_its_link_is_known_by_it() -> None:
    assert is_copy(status(f'<a href="{LINK}">x</a>'), rendering(text=LINK))


def test_a_copy_without_a_date_comes_last() -> None:
    dated, undated = status(f"Grüße SelfHosting {LINK}"), status(f"Grüße SelfHosting {LINK}", created_at=None)
    assert ours([undated, dated], SENT) is dated
