"""Documents that are not the blog's word: builds from a desk, feeds gone empty, strangers."""

import pytest

from syndicator.feed.gates import EMPTY, PATIENCE, emptied, is_local, is_strange, local_build, site_of
from syndicator.post import Post

FEED = "https://blog.example/feed.xml"
HOME = [f"https://blog.example/{n}/" for n in range(4)]
DESK = [f"http://localhost:1313/{n}/" for n in range(4)]


def posts(*links: str | None) -> list[Post]:
    return [Post(f"guid-{n}", link) for n, link in enumerate(links)]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/a/",
        "http://localhost:4000/a/",
        "http://127.0.0.1/a/",
        "http://0.0.0.0:4000/a/",
        "http://192.168.1.7/a/",
        "http://10.1.2.3/",
        "http://[::1]:1313/a/",
        "http://blog.local/a/",
        "http://blog.test/a/",
        "http://blog.localhost/",
        "http://nas.lan/",
        "http://blog.internal/",
    ],
)
def test_a_developer_s_own_machine_is_recognised(url: str) -> None:
    assert is_local(url)


@pytest.mark.parametrize(
    "url", [None, "", "https://blog.example/", "https://8.8.8.8/", "https://localhost.example/", "http://[", "tag:x"]
)
def test_everything_else_is_a_place_on_the_web_or_none(url: str | None) -> None:
    assert not is_local(url)


def test_a_document_whose_links_lead_to_a_desk_is_a_mishap_and_says_where_to() -> None:
    told = local_build(posts(*DESK), FEED, HOME)
    assert told == "its links lead to localhost:1313, a developer's own machine: 4 of 4 posts"


@pytest.mark.parametrize(
    ("links", "is_mishap"),
    [
        ([*DESK[:2], *HOME[:2]], True),
        ([*DESK[:1], *HOME[:2]], False),
        ([DESK[0], None, None], True),
        ([None, None], False),
        ([], False),
        (HOME, False),
    ],
)
def test_half_of_the_links_make_it_one(links: list[str | None], is_mishap: bool) -> None:
    assert (local_build(posts(*links), FEED, HOME) is not None) is is_mishap


def test_a_blog_on_the_owner_s_own_machine_is_none() -> None:
    assert local_build(posts(*DESK), "http://localhost:1313/feed.xml", HOME) is None


def test_a_blog_that_has_always_linked_there_is_none() -> None:
    assert local_build(posts(*DESK), FEED, DESK) is None
    assert local_build(posts(*DESK), FEED, [*DESK[:1], *HOME]) is not None


def test_an_emptied_feed_is_not_believed_twice_and_then_is() -> None:
    assert PATIENCE == 2
    assert [emptied([], 4, polls) for polls in range(3)] == [EMPTY, EMPTY, None]


def test_a_feed_of_a_few_posts_may_well_be_emptied() -> None:
    assert emptied([], 3, 0) is None
    assert emptied(posts("https://blog.example/"), 9, 0) is None


@pytest.mark.parametrize(
    ("known", "new", "stood", "strange"), [(0, 3, 3, True), (1, 3, 3, False), (0, 2, 3, False), (0, 3, 2, False)]
)
def test_a_document_of_which_nothing_is_known_is_strange_if_much_should_be(
    known: int, new: int, stood: int, strange: bool
) -> None:
    assert is_strange(known, new, stood) is strange


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.blog.example/feed.xml", "blog.example"),
        ("http://blog.example", "blog.example"),
        ("https://blog.example:8443/?feed=rss", "blog.example:8443"),
        ("tag:x", ""),
    ],
)
def test_feeds_of_one_host_are_of_one_site(url: str, site: str) -> None:
    assert site_of(url) == site
