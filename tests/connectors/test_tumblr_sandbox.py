"""The pretend Tumblr: bad habits included, and no kinder than the real one is known to be."""

from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from syndicator.sandbox.service import Fault
from syndicator_tumblr.sandbox_rules import check, cut_after
from syndicator_tumblr.sandbox_state import Refusal
from tests.connectors.tumblr_ground import CREATE, NOW, PNG, Ground, rendering

TEXT = {"type": "text", "text": "abc"}


class Caller:
    """Signed requests without anything of the connector."""

    def __init__(self, ground: Ground, **keys: str) -> None:
        self.service = ground.service
        self.moment = str(int(ground.service_time()))
        given = ground.service.settings() | keys
        self.keys = [given[name] for name in ("consumer_key", "consumer_secret", "token", "token_secret")]

    def ask(self, method: str, path: str, **request: Any) -> requests.Response:
        auth = OAuth1(*self.keys, timestamp=self.moment)
        url = f"{self.service.url}/v2{path}"
        return requests.request(method, url, auth=auth, timeout=5, allow_redirects=False, **request)

    def post(self, **body: Any) -> requests.Response:
        return self.ask("POST", "/blog/ada.tumblr.com/posts", json={"content": [TEXT], **body})


def code(response: requests.Response) -> tuple[int, int]:
    return response.status_code, response.json()["errors"][0]["code"]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "a" * 4097},
        {"type": "text", "text": 5},
        {"type": "text", "text": "a", "subtype": "code"},
        {"type": "text", "text": "a", "indent_level": 1},
        {"type": "text", "text": "a", "subtype": "indented", "indent_level": 8},
        {"type": "text", "text": "abc", "formatting": [{"start": 0, "end": 4, "type": "bold"}]},
        {"type": "text", "text": "abc", "formatting": [{"start": 1, "end": 1, "type": "bold"}]},
        {"type": "text", "text": "abc", "formatting": [{"start": 0, "end": 1, "type": "code"}]},
        {"type": "text", "text": "abc", "formatting": [{"start": 0, "end": 1, "type": "link", "url": "/x"}]},
        {
            "type": "text",
            "text": "abc",
            "formatting": [{"start": 0, "end": 2, "type": "bold"}, {"start": 1, "end": 3, "type": "bold"}],
        },
        {"type": "link", "url": "mailto:a@b.example"},
        {"type": "image", "media": []},
        {"type": "image", "media": [{"type": "image/png", "identifier": "nobody"}]},
        {"type": "image", "media": [{"type": "image/png", "url": "https://elsewhere.example/a.png"}]},
        {"type": "image", "media": [{"type": "image/png", "identifier": "a"}], "alt_text": "a" * 4097},
        {"type": "table"},
        "text",
    ],
)
def test_blocks_that_break_the_specification_are_refused(block: Any) -> None:
    with pytest.raises(Refusal) as refused:
        check({"content": [block]}, {"a": (PNG, "image/png")}, [], NOW.timestamp())
    assert (refused.value.status, refused.value.code) == (400, 8001)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"content": {}},
        {"content": []},
        {"content": [{"type": "text", "text": ""}]},
        {"content": [TEXT] * 1001},
        {"content": [{"type": "link", "url": "https://x.example"}] * 11},
        {"content": [TEXT], "state": "queued"},
        {"content": [TEXT], "tags": ["a"]},
        {"content": [TEXT], "state": "queue", "publish_on": "2026-11-20T09:00:00+00:00"},
        {"content": [TEXT, TEXT], "layout": [{"type": "rows", "display": [{"blocks": [0]}]}]},
        {"content": [TEXT, TEXT], "layout": [{"type": "rows", "display": [{"blocks": [0, 1]}]}]},
    ],
)
def test_bodies_that_break_the_specification_are_refused(body: Any) -> None:
    with pytest.raises(Refusal) as refused:
        check(body, {}, [], NOW.timestamp())
    assert refused.value.code == 8001


@pytest.mark.parametrize("data", [b"%PDF", b"", b"GIF89a"])
def test_a_picture_is_told_by_its_first_bytes(data: bytes) -> None:
    block = {"type": "image", "media": [{"type": "image/png", "identifier": "a"}]}
    with pytest.raises(Refusal) as refused:
        check({"content": [block]}, {"a": (data, "image/png")}, [], 0.0)
    assert refused.value.code == 8005


def test_an_invalid_cut_is_ignored() -> None:
    assert [cut_after([{"type": "rows", "truncate_after": at}], 3) for at in (-2, -1, 0, 1, 2)] == [
        None,
        -1,
        0,
        1,
        None,
    ]


def test_a_form_says_nothing_and_neither_does_half_of_json() -> None:
    with Ground() as ground:
        caller = Caller(ground)
        path = "/blog/ada.tumblr.com/posts"
        assert code(caller.ask("POST", path, data={"content": "x"})) == (400, 8001)
        half = caller.ask("POST", path, data=b'{"content"', headers={"Content-Type": "application/json"})
        assert code(half) == (400, 8001)


def test_signatures_times_and_repeats_are_checked() -> None:
    with Ground() as ground:
        assert Caller(ground).ask("GET", "/user/info").status_code == 200
        for wrong in ({"consumer_secret": "x"}, {"token_secret": "x"}, {"token": "x"}, {"consumer_key": "x"}):
            assert Caller(ground, **wrong).ask("GET", "/user/info").status_code == 401
        late = Caller(ground)
        ground.pass_time(seconds=301)
        assert late.ask("GET", "/user/info").status_code == 401
        auth = OAuth1(*Caller(ground).keys, timestamp=str(int(ground.service_time())), nonce="once")
        url = f"{ground.service.url}/v2/user/info"
        assert [requests.get(url, auth=auth, timeout=5).status_code for _ in range(2)] == [200, 401]
        assert requests.get(url, timeout=5).status_code == 401


def test_a_signed_request_may_not_be_changed_on_its_way() -> None:
    with Ground() as ground:
        keys, moment = Caller(ground).keys, str(int(ground.service_time()))
        url = f"{ground.service.url}/v2/blog/ada.tumblr.com/posts/draft"
        signed = requests.Request("GET", f"{url}?before_id=1", auth=OAuth1(*keys, timestamp=moment)).prepare()
        signed.url = f"{url}?before_id=2"
        assert requests.Session().send(signed, timeout=5).status_code == 401


def test_a_draft_that_comes_out_gets_another_number_and_only_its_owner_sees_the_old_one() -> None:
    with Ground() as ground:
        caller = Caller(ground)
        old = caller.post(state="draft").json()["response"]["id"]
        new = caller.ask("PUT", f"/blog/ada/posts/{old}", json={"content": [TEXT], "state": "published"})
        number = new.json()["response"]["id"]
        assert number != old
        assert caller.ask("GET", f"/blog/ada/posts/{old}").status_code == 404
        (mine,) = caller.ask("GET", "/blog/ada/posts", params={"npf": "true"}).json()["response"]["posts"]
        public = {"npf": "true", "api_key": ground.service.oauth.key}
        (theirs,) = requests.get(f"{ground.service.url}/v2/blog/ada/posts", params=public, timeout=5).json()[
            "response"
        ]["posts"]
    assert (mine["genesis_post_id"], mine["id_string"], "genesis_post_id" in theirs) == (old, number, False)


def test_a_queue_comes_out_in_its_order_and_at_its_time() -> None:
    with Ground() as ground:
        caller = Caller(ground)
        caller.post(state="queue", slug="first")
        caller.post(state="queue", slug="later", publish_on="2026-11-20T12:00:00+00:00")
        ground.service.publish_queue()
        assert [(post.slug, post.state) for post in ground.posts] == [("later", "queue"), ("first", "published")]
        ground.pass_time(hours=2)
        ground.service.publish_queue()
        assert {post.state for post in ground.posts} == {"published"}


def test_pictures_are_not_taken_when_a_post_is_changed() -> None:
    with Ground() as ground:
        caller = Caller(ground)
        number = caller.post(state="draft").json()["response"]["id"]
        parts = {"json": (None, '{"content": []}', "application/json"), "a": ("a.png", PNG, "image/png")}
        assert code(caller.ask("PUT", f"/blog/ada/posts/{number}", files=parts)) == (400, 5002)


def test_quotas_are_counted_by_the_day() -> None:
    with Ground() as ground:
        caller, posts = Caller(ground), ground.service.posts
        posts.a_day, posts.in_queue = 1, 1
        assert [caller.post(state="queue").status_code for _ in range(2)] == [201, 403]
        assert code(caller.post(state="queue"))[1] == 8022
        assert caller.post().status_code == 201
        assert code(caller.post()) == (403, 8023)
        assert caller.post(state="draft").status_code == 201
        limits = caller.ask("GET", "/user/limits").json()["response"]["user"]
    assert (limits["posts"]["remaining"], limits["posts"]["reset_at"] - NOW.timestamp()) == (0, 19 * 3600)


def test_rates_are_told_in_seconds_from_now() -> None:
    with Ground(per_hour=2) as ground:
        caller = Caller(ground)
        first = caller.ask("GET", "/user/info")
        assert first.headers["X-Ratelimit-Perhour-Remaining"] == "1"
        caller.ask("GET", "/user/info")
        limited = caller.ask("GET", "/user/info")
        assert (limited.status_code, limited.headers["X-Ratelimit-Perhour-Reset"]) == (429, "3600")
        ground.service.odd_headers = {"X-Ratelimit-Perhour-Reset": "-3"}
        odd = caller.ask("GET", "/user/info").headers
    assert (odd["X-Ratelimit-Perhour-Reset"], "X-Ratelimit-Perday-Reset" in odd) == ("-3", False)


def test_lists_wrap_links_lag_and_give_twenty_at_most() -> None:
    with Ground(list_lag=30) as ground:
        caller = Caller(ground)
        caller.post(content=[{"type": "link", "url": "https://x.example/?a=1"}])
        path = "/blog/ada/posts"
        assert caller.ask("GET", path, params={"npf": "true"}).json()["response"]["posts"] == []
        ground.pass_time(seconds=30)
        (post,) = caller.ask("GET", path, params={"npf": "true"}).json()["response"]["posts"]
        assert post["content"][0]["url"].startswith("https://t.umblr.com/redirect?z=https%3A%2F%2Fx.example%2F%3Fa%3D1")
        assert caller.ask("GET", path, params={"limit": "21"}).status_code == 400
        assert caller.ask("GET", path, params={"before": "1", "offset": "1"}).status_code == 400
        assert "content" not in caller.ask("GET", path).json()["response"]["posts"][0]


def test_empty_texts_at_both_ends_are_dropped_and_slugs_may_be_cut() -> None:
    empty = {"type": "text", "text": ""}
    with Ground() as ground:
        ground.service.posts.slug_length = 5
        Caller(ground).post(content=[empty, TEXT, empty, TEXT, empty], slug="abcdefgh")
        (post,) = ground.posts
    assert (post.content, post.slug) == ([TEXT, empty, TEXT], "abcde")


def test_a_stranger_and_an_unknown_blog_get_nothing() -> None:
    with Ground() as ground:
        assert Caller(ground).ask("GET", "/blog/eva/posts").status_code == 404
        assert requests.get(f"{ground.service.url}/v2/blog/ada/posts?api_key=x", timeout=5).status_code == 401
        assert Caller(ground).ask("GET", "/blog/ada/posts/1").status_code == 404
        assert requests.get(f"{ground.service.url}/ada/1", timeout=5).status_code == 404


def test_drafts_and_private_posts_have_no_public_page() -> None:
    with Ground() as ground:
        for state in ("draft", "private", "published"):
            Caller(ground).post(state=state)
        pages = [requests.get(post.url(ground.service.url), timeout=5).status_code for post in ground.posts]
        assert (pages, len(ground.service.copies())) == ([404, 404, 200], 2)


def test_another_owner_has_the_same_four_strings() -> None:
    with Ground() as ground:
        before = ground.connector().whoami()
        ground.service.become_another()
        after = ground.connector().whoami()
    assert (before.name, before.id != after.id) == (after.name, True)


def test_what_is_published_matches_what_the_class_says() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        assert len(ground.service.seen(ground.service.publishing)) == len(ground.service.seen(CREATE)) == 1
        ground.service.fail_next(Fault.REFUSE, ground.service.identity, status=500)
        assert Caller(ground).ask("GET", "/user/info").status_code == 500
