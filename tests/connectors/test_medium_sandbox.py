"""The pretend Medium behaves as the real one is known to, bad habits included."""

from collections.abc import Iterator
from typing import Any

import pytest

from syndicator_medium.sandbox import PretendMedium
from tests.connectors.medium_ground import LINK, Caller, refusal


class Clock:
    now = 1_800_000_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def caller(clock: Clock) -> Iterator[Caller]:
    with PretendMedium(lambda: clock.now) as service:
        caller = Caller(service)
        with caller.http:
            yield caller


def test_an_answer_comes_in_an_envelope(caller: Caller) -> None:
    told = caller.post(tags=["a"], canonicalUrl=LINK).json()["data"]
    assert (told["publishStatus"], told["tags"], told["canonicalUrl"], told["authorId"]) == (
        "public",
        ["a"],
        LINK,
        caller.me(),
    )
    assert "publishedAt" in told
    assert "publishedAt" not in caller.post(publishStatus="draft").json()["data"]


@pytest.mark.parametrize(("token", "answer"), [("", (401, 6000)), ("2wrong", (401, 6003))])
def test_without_a_good_token_nothing_works(caller: Caller, token: str, answer: tuple[int, int]) -> None:
    caller.token = token
    assert refusal(caller.get("/v1/me")) == answer


def test_the_id_of_a_person_differs_from_token_to_token(caller: Caller) -> None:
    first = caller.me()
    caller.service.tokens["2other"] = caller.service.account
    caller.token = "2other"
    assert caller.me() != first
    assert refusal(caller.post(f"/users/{first}/posts")) == (403, 6004)


def test_access_can_be_taken_and_given_back(caller: Caller) -> None:
    caller.service.revoke()
    assert refusal(caller.get("/v1/me")) == (401, 6003)
    caller.service.restore()
    assert caller.me()


def test_the_same_token_may_open_another_account(caller: Caller) -> None:
    caller.service.become_another()
    assert caller.get("/v1/me").json()["data"]["username"] == "grace"
    caller.service.revoke()
    caller.service.restore()
    assert caller.get("/v1/me").json()["data"]["username"] == "grace"


def test_the_same_story_twice_is_two_stories(caller: Caller) -> None:
    assert caller.post().json()["data"]["id"] != caller.post().json()["data"]["id"]
    assert len(caller.service.created) == 2


def test_nothing_can_be_listed_changed_or_deleted(caller: Caller) -> None:
    assert refusal(caller.get(f"/v1/users/{caller.me()}/posts"))[0] == 404
    deleted = caller.http.delete(
        f"{caller.service.url}/v1/posts/1", headers={"Authorization": f"Bearer {caller.token}"}
    )
    assert refusal(deleted)[0] == 404


@pytest.mark.parametrize(
    "flaw",
    [
        {"contentFormat": "text"},
        {"content": ""},
        {"tags": "a,b"},
        {"publishStatus": "scheduled"},
        {"license": "mit"},
    ],
)
def test_what_medium_does_not_like_is_a_400(caller: Caller, flaw: dict[str, Any]) -> None:
    assert refusal(caller.post(**flaw))[0] == 400
    assert caller.service.created == []


def test_a_story_is_public_unless_something_else_is_said(caller: Caller) -> None:
    caller.post()
    assert caller.service.created[0].status == "public"


def test_three_tags_are_taken_and_long_ones_are_passed_over_in_silence(caller: Caller) -> None:
    caller.post(tags=["a", "x" * 26, "b", "c"])
    assert caller.service.created[0].tags == ["a", "b"]


def test_a_long_title_is_passed_over_and_one_is_made_up(caller: Caller) -> None:
    caller.post(title="x" * 101, content="<h1>Real</h1><p>y</p>")
    assert caller.service.created[0].title == "Real"


def test_only_the_first_h1_is_the_title_and_tables_run_together(caller: Caller) -> None:
    caller.post(content="<h1>A</h1><h1>B</h1><table><tr><td>1</td><td>2</td></tr></table><p><a href='#x'>y</a></p>")
    blocks = caller.service.copies()[0]["blocks"]
    assert [(block["as"], block["pieces"]) for block in blocks] == [
        ("h1", [{"text": "A"}]),
        ("h2", [{"text": "B"}]),
        ("p", [{"text": "1"}, {"text": "2"}]),
        ("p", [{"text": "y"}]),
    ]


def test_pictures_are_fetched_by_their_addresses_or_not_at_all(caller: Caller) -> None:
    caller.post(
        content='<p>x</p><img src="https://b.example/a.png" alt="a"><img src="data:image/png;base64,AA"><img src="/b">'
    )
    assert caller.service.side_loaded == ["https://b.example/a.png"]
    images = [block["image"] for block in caller.service.copies()[0]["blocks"] if block["as"] == "figure"]
    assert [(image["source"], image["alt"]) for image in images] == [("https://b.example/a.png", "a")]


@pytest.mark.parametrize("code", [1007, -1])
def test_ten_stories_a_day_and_the_day_begins_with_the_first(caller: Caller, clock: Clock, code: int) -> None:
    caller.service.quota_code = code
    for _ in range(10):
        assert caller.post().status_code == 201
        clock.now += 60
    assert refusal(caller.post()) == (429, code)
    clock.now += 24 * 3600 - 600
    assert caller.post().status_code == 201


@pytest.mark.parametrize(
    ("role", "status", "answer"),
    [
        ("editor", "public", 201),
        ("editor", "draft", 201),
        ("writer", "draft", 201),
        ("writer", "public", 403),
        ("reader", "draft", 403),
    ],
)
def test_roles_of_a_publication_decide(caller: Caller, role: str, status: str, answer: int) -> None:
    publication = caller.service.add_publication("Better Humans", role)
    assert caller.post(f"/publications/{publication.id}/posts", publishStatus=status).status_code == answer
    contributors = caller.get(f"/v1/publications/{publication.id}/contributors").json()["data"]
    assert [one["role"] for one in contributors] == ([role] if role != "reader" else [])
    listed = caller.get(f"/v1/users/{caller.me()}/publications").json()["data"]
    assert [one["id"] for one in listed] == [publication.id]


def test_the_wall_stands_where_it_is_put(caller: Caller) -> None:
    caller.service.wall = {"feed"}
    walled = caller.get("/feed/@ada")
    assert (walled.status_code, walled.headers["cf-mitigated"], "Just a moment" in walled.text) == (
        403,
        "challenge",
        True,
    )
    assert caller.get("/v1/me").ok
    caller.service.wall = {"api"}
    assert (caller.get("/v1/me").status_code, caller.get("/feed/@ada").status_code) == (403, 200)


def test_the_wall_dislikes_browsers_that_are_none(caller: Caller) -> None:
    caller.service.wall_against = "Mozilla"
    assert caller.get("/v1/me", agent="Mozilla/5.0 (X11; Linux)").status_code == 403
    assert caller.get("/v1/me", agent="a-plain-tool/1.0").ok


def test_the_feed_has_ten_entries_and_counts_responses(caller: Caller, clock: Clock) -> None:
    for number in range(9):
        clock.now += 1
        caller.post(title=f"Story {number}")
    for number in range(3):
        clock.now += 1
        caller.service.write(f"Re {number}", "<p>x</p>", response=True)
    feed = caller.feed()
    assert (feed.count("<item>"), "Re 2" in feed, "Story 2" in feed, "Story 1" in feed) == (10, True, True, False)
    assert feed.index("Re 2") < feed.index("Re 0") < feed.index("Story 8")


def test_an_entry_is_as_medium_writes_it(caller: Caller) -> None:
    url = caller.post(
        content=f'<h1>T</h1><h2>S</h2><ul><li>x ]]> y</li></ul><p>Originally <a href="{LINK}">b</a></p>'
    ).json()
    feed = caller.feed()
    assert f"<link>{url['data']['url']}?source=rss-ada------2</link>" in feed
    assert f'<guid isPermaLink="false">https://medium.com/p/{url["data"]["id"]}</guid>' in feed
    assert "<h3>S</h3><ul><li>x ]]&gt; y</li></ul>" in feed
    assert f'<a href="{LINK}">b</a>' in feed
    assert "<h1>" not in feed


@pytest.mark.parametrize("status", ["draft", "unlisted"])
def test_only_public_stories_are_on_the_feed_and_the_profile(caller: Caller, status: str) -> None:
    url = caller.post(title="Hidden", publishStatus=status).json()["data"]["url"]
    assert "Hidden" not in caller.feed() + caller.get("/@ada").text
    page = caller.get(url.removeprefix(caller.service.url))
    assert page.status_code == (404 if status == "draft" else 200)


def test_the_feed_lags_behind(caller: Caller, clock: Clock) -> None:
    caller.service.feed_delay = 60
    caller.post(title="New")
    assert "New" not in caller.feed()
    clock.now += 60
    assert "New" in caller.feed()


def test_pages_are_there_for_those_who_look(caller: Caller) -> None:
    told = caller.post(title="Grüße, Welt", canonicalUrl=LINK).json()["data"]
    assert told["url"].startswith(f"{caller.service.url}/@ada/gr-e-welt-")
    page = caller.get(told["url"].removeprefix(caller.service.url))
    assert (page.status_code, LINK in page.text) == (200, True)
    assert caller.get(f"/p/{told['id']}").ok
    assert told["url"] in caller.get("/@ada").text
    assert (caller.get("/p/import").ok, caller.get("/new-story").ok) == (True, True)
    assert [caller.get(path).status_code for path in ("/@nobody", "/feed/@nobody", "/x", "/p/0")] == [404] * 4


def test_import_makes_a_draft_that_loses_code_and_tables_and_gains_a_footer(caller: Caller, clock: Clock) -> None:
    html = "<p>a</p><pre>let x</pre><figure><img src='https://b.example/x.png'><figcaption>c</figcaption></figure><table><tr><td>t</td></tr></table>"
    draft = caller.service.import_story(LINK, "Old post", html, clock.now - 86_400)
    assert (caller.service.copies()[0]["visibility"], "Old post" in caller.feed()) == ("draft", False)
    caller.service.publish_import(draft)
    feed = caller.feed()
    assert f'<em>Originally published at </em><a href="{LINK}"><em>blog.example.org</em></a>' in feed
    assert [word in feed for word in ("let x", "figcaption", "<td>", "<p>a</p>")] == [False, False, False, True]
    assert "14 Jan 2027" in feed
    assert (caller.service.copies()[0]["canonical"], caller.service.created) == (LINK, [])


def test_what_a_network_file_needs(caller: Caller) -> None:
    settings = caller.service.settings()
    assert (settings["mode"], settings["status"], settings["token"]) == ("token", "public", caller.token)
    assert caller.service.settings_by_hand() == {
        "mode": "handoff", "user": "@ada", "api": caller.service.url, "web": caller.service.url,
    }  # fmt: skip
