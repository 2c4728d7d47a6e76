"""Recognising posts: whatever a blog's engine does to its feed, what is known stays known and what is new is new."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syndicator.feed.identify import Alias, Sighting, aliases_in, aliases_of, identify, nurl
from syndicator.post import Post

Change = Callable[[list[Post]], list[Post]]


class Memory:
    """A ledger as far as recognising goes: aliases are only ever added."""

    def __init__(self) -> None:
        self.known: dict[Alias, int] = {}
        self.size = 0

    def read(self, posts: Sequence[Post]) -> list[Sighting]:
        """Take in a document; returns the posts that were new."""
        sightings = identify(posts, self.known)
        for sighting in sightings:
            self.size += sighting.post_id is None
            post_id = self.size if sighting.post_id is None else sighting.post_id
            self.known.update({alias: self.known.get(alias, post_id) for alias in sighting.aliases})
        return [sighting for sighting in sightings if sighting.post_id is None]


def written(numbers: Sequence[int], *, guids: str, pages: str) -> list[Post]:
    """A blog's posts: guids that are URLs, opaque, alike or missing; addresses of several shapes."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Post(
            guid=guids.format(n=n) or None,
            link=pages.format(n=n),
            title=f"Post {n}",
            text=f"Words of {n}",
            published=start + timedelta(hours=n),
        )
        for n in numbers
    ]


@st.composite
def blogs(draw: st.DrawFn) -> list[Post]:
    numbers = draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=12, unique=True))
    guids = draw(st.sampled_from(["", "id-{n}", "http://blog.example/p/{n}/", "tag:blog.example:{n}"]))
    pages = draw(
        st.sampled_from(["http://blog.example/p/{n}/", "http://blog.example/?p={n}", "http://blog.example/d#a{n}"])
    )
    return written(numbers, guids=guids, pages=pages)


def on_links(change: Callable[[str], str]) -> Change:
    return lambda posts: [replace(post, link=change(post.link or "")) for post in posts]


def on_both(change: Callable[[str], str]) -> Change:
    return lambda posts: [
        replace(post, link=change(post.link or ""), guid=change(post.guid) if post.guid else None) for post in posts
    ]


def with_parameter(url: str, parameter: str) -> str:
    page, mark, fragment = url.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{parameter}{mark}{fragment}"


CHANGES: dict[str, Change] = {
    "nothing": lambda posts: posts,
    "turned round": lambda posts: posts[::-1],
    "doubled": lambda posts: posts + posts,
    "halved": lambda posts: posts[: len(posts) // 2],
    "https": on_both(lambda url: url.replace("http://", "https://")),
    "www": on_both(lambda url: url.replace("//blog", "//www.blog")),
    "no final slash": on_both(lambda url: url.removesuffix("/")),
    "index file": on_links(lambda url: url + "index.html" if url.endswith("/") else url),
    "html": on_links(lambda url: url.removesuffix("/") + ".html" if url.endswith("/") else url),
    "tracking": on_links(lambda url: with_parameter(url, "utm_source=rss&utm_medium=feed")),
    "port": on_links(lambda url: url.replace("blog.example", "blog.example:80")),
    "capitals": on_links(lambda url: url.replace("blog.example", "Blog.Example")),
    "retitled": lambda posts: [replace(post, title=post.title + "!") for post in posts],
    "rewritten": lambda posts: [replace(post, text="Other words") for post in posts],
    "redated": lambda posts: [replace(post, published=None) for post in posts],
}
ORDERS = st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(blogs(), ORDERS, st.randoms(use_true_random=False))
def test_a_known_blog_has_nothing_new_whatever_happens_to_its_feed(
    blog: list[Post], changes: list[str], random: Random
) -> None:
    memory = Memory()
    memory.read(blog)
    shuffled = random.sample(blog, len(blog))
    assert [new for change in changes for new in memory.read(CHANGES[change](shuffled))] == []


@settings(max_examples=150, deadline=None)
@given(blogs(), ORDERS, st.integers(0, 12))
def test_one_new_post_among_the_known_ones_is_found_once(blog: list[Post], changes: list[str], place: int) -> None:
    memory = Memory()
    memory.read(blog)
    first = blog[0]
    new = replace(
        first,
        guid=first.guid and first.guid + "x",
        link=(first.link or "") + "x",
        title="The new one",
        text="New words",
    )
    grown = [*blog[:place], new, *blog[place:]]
    found = [
        sighting.post for change in ("nothing", *changes, "nothing") for sighting in memory.read(CHANGES[change](grown))
    ]
    assert found == [new]


@given(blogs())
def test_asking_for_one_post_or_for_all_gives_the_same_names(blog: list[Post]) -> None:
    doubled = [*blog, *blog[:1]]
    assert aliases_in(doubled) == [aliases_of(post, doubled) for post in doubled]
    assert aliases_of(blog[0], []) == aliases_of(blog[0], blog[:1])


SEGMENTS = ["a", "%41", "%2541", "é", "%E9", "%C3%A9", "", ".", "index.html", "x.html", "default.aspx", "%2F"]
ADDRESSES = st.one_of(
    st.text(max_size=40),
    st.text(max_size=40).map(lambda text: f"https://{text}"),
    st.builds(
        "http{}://{}{}/{}?{}#{}".format,
        st.sampled_from(["", "s"]),
        st.sampled_from(["www.", "", "www.www.", "WWW."]),
        st.sampled_from(["blog.example", "blog.example:80", "bücher.example", "[::1]:8080", "a..b", "b.example."]),
        st.lists(st.sampled_from(SEGMENTS)).map("/".join),
        st.text(alphabet="abp=&%41;+ utm_é", max_size=20),
        st.text(alphabet="a%41 é/?", max_size=8),
    ),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(ADDRESSES)
@example("HTTP://\N{ONE DOT LEADER}")
@example("HTTP://\N{MACRON}")
def test_normalising_an_address_twice_changes_nothing(url: str) -> None:
    once = nurl(url)
    assert once is None or nurl(once) == once


@given(st.text(min_size=1, max_size=20).filter(lambda text: text.isalnum()))
def test_percent_signs_make_no_difference(segment: str) -> None:
    assert nurl(f"https://blog.example/{quote(segment)}") == nurl(f"https://blog.example/{segment}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://blog.example/a", "https://www.blog.example:443/a/"),
        ("https://blog.example/a", "https://BLOG.example/a/index.html"),
        ("https://blog.example/a", "https://blog.example//a.htm"),
        ("https://blog.example/a?utm_source=x&b=1&a=2", "https://blog.example/a?a=2&b=1&ref=feed"),
        ("https://blog.example/caf%C3%A9", "https://blog.example/cafe\u0301"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
def test_spellings_of_one_address_are_the_same(one: str, other: str) -> None:
    assert nurl(one) == nurl(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://blog.example/?p=1", "https://blog.example/?p=2"),
        ("https://blog.example/day#1", "https://blog.example/day#2"),
        ("https://blog.example/A", "https://blog.example/a"),
        ("https://blog.example/%E9", "https://blog.example/%E8"),
        ("https://blog.example:8080/a", "https://blog.example/a"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert nurl(one) != nurl(other)


@pytest.mark.parametrize(
    "url", ["", "urn:x", "tag:blog.example,2026:1", "mailto:a@b.c", "/a", "http://", "http://[", "id-7"]
)
def test_what_is_not_on_the_web_has_no_address(url: str) -> None:
    assert nurl(url) is None


HOME = "https://blog.example/"


@pytest.mark.parametrize("guids", ["one", HOME, ""])
def test_a_guid_that_all_posts_share_merges_nothing(guids: str) -> None:
    assert len(Memory().read(written(range(5), guids=guids, pages="https://blog.example/{n}"))) == 5


@pytest.mark.parametrize("guids", ["id-{n}", ""])
@pytest.mark.parametrize("page", [HOME, "https://blog.example/changes.html"])
def test_an_address_that_all_posts_share_merges_nothing(guids: str, page: str) -> None:
    memory = Memory()
    posts = written(range(5), guids=guids, pages=page)
    assert len(memory.read(posts[:1])) == 1
    assert len(memory.read(posts)) == 4
    assert memory.read(posts[::-1]) == []


@pytest.mark.parametrize("home", [HOME, "http://www.blog.example", "https://blog.example/index.html?utm_source=rss"])
def test_a_link_to_the_front_page_names_no_post(home: str) -> None:
    memory = Memory()
    assert [len(memory.read(written([n], guids="id-{n}", pages=home))) for n in range(3)] == [1, 1, 1]


def test_a_post_without_any_name_is_still_recognised() -> None:
    memory, post = Memory(), Post(guid=None, link=None, text="Only words")
    assert len(memory.read([post])) == 1
    assert memory.read([post, post]) == []


def test_the_guid_decides_before_the_address() -> None:
    known = {Alias("guid", "b"): 2, Alias("url", "//blog.example/a"): 1}
    (sighting,) = identify([Post(guid="b", link="https://blog.example/a")], known)
    assert (sighting.post_id, sighting.aliases) == (2, (Alias("guid", "b"),))


def test_an_old_address_under_a_new_guid_is_no_new_post_while_its_owner_is_there() -> None:
    known = {Alias("guid", "a"): 1, Alias("url", "//blog.example/a"): 1}
    moved, reuse = Post(guid="a", link="https://blog.example/b"), Post(guid="c", link="https://blog.example/a")
    assert [sighting.post for sighting in identify([reuse, moved], known)] == [moved]


def test_old_names_are_remembered_when_a_blog_moves_away_and_back() -> None:
    memory = Memory()
    home = written(range(4), guids="", pages="https://blog.example/{n}")
    preview = [replace(post, link=(post.link or "").replace("blog.example", "preview.test")) for post in home]
    assert [len(memory.read(posts)) for posts in (home, preview, home, preview)] == [4, 0, 0, 0]


def test_the_address_of_the_blog_or_its_feed_names_no_post() -> None:
    posts = written(range(2), guids="id-{n}", pages="https://blog.example/notes/")
    assert [name.kind for names in aliases_in(posts[:1]) for name in names] == ["guid", "url"]
    nobodys = frozenset({"//blog.example/notes"})
    assert [name.kind for names in aliases_in(posts[:1], nobodys) for name in names] == ["guid"]
    known = {Alias("url", "//blog.example/notes"): 1}
    assert [s.post_id for s in identify(posts[:1], known, nobodys=nobodys)] == [None]


LONG = "Each of these words was written for one post and stands in no other, as far as anybody has counted. " * 4
ISSUE = Post("letter", "https://blog.example/letter/", "March", text=LONG, published=datetime(2026, 3, 1, tzinfo=UTC))
NEXT_ISSUE = replace(ISSUE, title="April", text="Nothing is left here of what was said before. " * 8)
NEXT_ISSUE = replace(NEXT_ISSUE, published=datetime(2026, 4, 1, tzinfo=UTC))


def test_a_guid_that_is_used_for_another_post_is_doubted() -> None:
    known = {Alias("guid", "letter"): 1, Alias("url", "//blog.example/letter"): 1}
    (sighting,) = identify([NEXT_ISSUE], known, {1: ISSUE})
    assert (sighting.post_id, sighting.doubt, sighting.like) == (None, "repurposed", 1)
    assert not set(sighting.aliases) & known.keys()


def test_a_page_that_is_used_for_another_post_is_a_new_one() -> None:
    known = {Alias("guid", "letter"): 1, Alias("url", "//blog.example/letter"): 1}
    (sighting,) = identify([replace(NEXT_ISSUE, guid="april")], known, {1: ISSUE})
    assert (sighting.post_id, sighting.doubt, sighting.aliases) == (None, None, (Alias("guid", "april"),))


def test_an_edited_post_is_known_by_its_guid_whatever_it_says() -> None:
    known = {Alias("guid", "letter"): 1}
    (sighting,) = identify([replace(NEXT_ISSUE, published=ISSUE.published)], known, {1: ISSUE})
    assert (sighting.post_id, sighting.doubt) == (1, None)


def test_the_address_decides_where_guids_count_from_the_top() -> None:
    old = written(range(3), guids="{n}", pages="https://blog.example/{n}/")[::-1]
    known = {alias: n for n, names in enumerate(aliases_in(old)) for alias in names}
    new = replace(old[0], guid=None, link="https://blog.example/9/", title="Quite another", text="And new.")
    new = replace(new, published=datetime(2026, 2, 1, tzinfo=UTC))
    renumbered = [replace(post, guid=guid) for post, guid in zip([new, *old], ["2", "1", "0", "7"], strict=True)]
    found = identify(renumbered, known, dict(enumerate(old)))
    assert [sighting.post_id for sighting in found] == [None, 0, 1, 2]
    assert found[0].doubt is None


def test_so_it_does_for_notes() -> None:
    old = [Post(str(n), f"https://blog.example/{n}/", text=f"Note {n}.") for n in range(3)]
    known = {alias: n for n, names in enumerate(aliases_in(old)) for alias in names}
    new = Post("0", "https://blog.example/9/", text="And new.")
    renumbered = [new, *(replace(post, guid=str(n + 1)) for n, post in enumerate(old))]
    assert [s.post_id for s in identify(renumbered, known, dict(enumerate(old)))] == [None, 0, 1, 2]
