"""Whatever a blog does to its feed, what was there before is not announced, and what is new is never lost.

Real documents' worth of posts through the real path: recognised, planned and recorded in a real ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from json import dumps
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicator.feed.document import Document
from syndicator.feed.parse import parse
from syndicator.post import Kind, Post
from tests.feeds.replaying import START, Replay, Verdict, replay

Change = Callable[[list[Post], datetime], list[Post]]
SENT = ("announced", "scheduled")
FEW_EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOUNS = ("lake", "bicycle", "letter", "winter", "radio", "stone", "bread", "map", "wood", "type", "harbour", "crow")
VERBS = ("waits", "turns", "opens", "ends", "returns", "burns", "drifts", "rests", "breaks", "grows")


def sentence(random: Random) -> str:
    return f"The {random.choice(NOUNS)} {random.choice(VERBS)} while a {random.choice(NOUNS)} {random.choice(VERBS)}."


def text_of(random: Random, sentences: int) -> str:
    return "\n\n".join(f"{sentence(random)} {random.randrange(10_000)} {sentence(random)}" for _ in range(sentences))


def short(random: Random) -> str:
    """Notes of a few words repeat themselves now and then."""
    return f"{random.choice(NOUNS).title()} {random.choice(VERBS)}."


@st.composite
def blogs(draw: st.DrawFn) -> list[Post]:
    """Newest first: articles, notes, or both; every way in which engines make guids and addresses."""
    random = Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 9))
    guids = draw(st.sampled_from(["", "{link}", "{link}", "{n}@blog"]))
    pages = draw(st.sampled_from(["p/{slug}/", "2026/{n}/{slug}/", "{slug}/", "?p={n}", "day#{slug}"]))
    titled = draw(st.sampled_from(["all", "none", "some"]))
    dated = draw(st.sampled_from([True, True, True, False]))
    step = draw(st.sampled_from([timedelta(hours=5), timedelta(days=1), timedelta(days=9)]))
    long = draw(st.sampled_from([1, 8]))
    found = []
    for n in range(count):
        number = 1000 - n
        link = "http://blog.example/" + pages.format(n=number, slug=f"{random.choice(NOUNS)}-{number}")
        is_note = titled == "none" or (titled == "some" and random.random() < 0.5)
        found.append(
            Post(
                guid=guids.format(n=number, link=link) or None,
                link=link,
                title="" if is_note else f"{sentence(random)[:-1]} {random.choice(NOUNS)}",
                text=text_of(random, 1 if is_note else long) if not is_note or long == 8 else short(random),
                published=START - timedelta(hours=2) - n * step if dated else None,
                kind=Kind.NOTE if is_note else Kind.ARTICLE,
            )
        )
    return found


def each(change: Callable[[Post], Post]) -> Change:
    return lambda posts, now: [change(post) for post in posts]


def addressed(change: Callable[[str], str]) -> Change:
    """Guids that are addresses go along."""

    def changed(post: Post) -> Post:
        guid = change(post.guid) if post.guid and "://" in post.guid else post.guid
        return replace(post, link=change(post.link or ""), guid=guid)

    return each(changed)


def with_parameter(url: str) -> str:
    page, mark, fragment = url.partition("#")
    return f"{page}{'&' if '?' in page else '?'}utm_source=rss&utm_medium=feed{mark}{fragment}"


def on_page(url: str, change: Callable[[str], str]) -> str:
    path, mark, fragment = url.partition("#")
    return url if "?" in path else change(path) + mark + fragment


CHANGES: dict[str, Change] = {
    "nothing": lambda posts, now: posts,
    "shuffled": lambda posts, now: Random(len(posts)).sample(posts, len(posts)),
    "doubled": lambda posts, now: posts + posts,
    "halved": lambda posts, now: posts[: len(posts) // 2],
    "the other half": lambda posts, now: posts[len(posts) // 2 :],
    "https": addressed(lambda url: url.replace("http://", "https://")),
    "new host": addressed(lambda url: url.replace("blog.example", "elsewhere.example")),
    "preview host": addressed(lambda url: url.replace("blog.example", "deploy-12--blog.preview.example")),
    "no final slash": addressed(lambda url: on_page(url, lambda page: page.removesuffix("/"))),
    "final slash": addressed(lambda url: on_page(url, lambda page: page.removesuffix("/") + "/")),
    "html": addressed(lambda url: on_page(url, lambda page: page.removesuffix("/") + ".html")),
    "double slash": addressed(lambda url: url.replace("example/", "example//")),
    "guids removed": each(lambda post: replace(post, guid=None)),
    "guids added": each(lambda post: replace(post, guid=f"urn:made:{post.link}")),
    "tracking": each(lambda post: replace(post, link=with_parameter(post.link or ""))),
    "dates all now": lambda posts, now: [replace(post, published=now) for post in posts],
    "dates gone": each(lambda post: replace(post, published=None)),
    "dates in another zone": each(
        lambda post: replace(post, published=post.published and post.published + timedelta(hours=9))
    ),
    "rewrapped": each(lambda post: replace(post, text="\n".join(post.text.split()), html="<div>wrapped</div>")),
    "recased": each(lambda post: replace(post, title=post.title.upper())),
}
ORDERS = st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3)


def sent(verdicts: Sequence[Verdict]) -> list[str]:
    return [v.post.title or v.post.text for v in verdicts if v.outcome in SENT]


def doubled_up(names: Sequence[str]) -> Change:
    """One change after the other, upon the same document."""

    def changed(posts: list[Post], now: datetime) -> list[Post]:
        for name in names:
            posts = CHANGES[name](posts, now)
        return posts

    return changed


@pytest.mark.parametrize("name", sorted(CHANGES))
@settings(max_examples=12, deadline=None)
@given(blog=blogs())
def test_a_known_blog_is_known_after_any_one_change(name: str, blog: list[Post]) -> None:
    with replay() as one:
        one.read(blog)
        assert sent(one.read(CHANGES[name](blog, one.clock.now()))) == []
        assert sent(one.read(blog)) == []


@FEW_EXAMPLES
@given(blogs(), ORDERS)
def test_changes_one_after_the_other_announce_nothing(blog: list[Post], names: list[str]) -> None:
    with replay() as one:
        one.read(blog)
        for name in names:
            assert sent(one.read(CHANGES[name](blog, one.clock.now()))) == []


@FEW_EXAMPLES
@given(blogs(), ORDERS)
def test_changes_at_the_same_time_announce_nothing(blog: list[Post], names: list[str]) -> None:
    with replay() as one:
        one.read(blog)
        assert sent(one.read(doubled_up(names)(blog, one.clock.now()))) == []
        assert sent(one.read(blog)) == []


def new_post(random: Random, now: datetime, *, titled: bool, like: Post) -> Post:
    link = (like.link or "").replace("1000", "1001").replace("-", "-new-", 1)
    return Post(
        guid=like.guid and like.guid.replace("1000", "1001").replace("-", "-new-", 1),
        link=link,
        title=f"News of the {sentence(random)}" if titled else "",
        text=text_of(random, 2),
        published=now - timedelta(minutes=20) if like.published else None,
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blogs(), ORDERS, st.booleans(), st.integers(0, 2**32))
def test_one_new_post_among_any_changes_is_announced_or_held_and_only_once(
    blog: list[Post], names: list[str], titled: bool, seed: int
) -> None:
    with replay() as one:
        one.read(blog)
        new = new_post(Random(seed), one.clock.now(), titled=titled, like=blog[0])
        changed = doubled_up([name for name in names if "half" not in name and name != "halved"])
        found: list[str] = []
        for _ in range(2):
            verdicts = one.read(changed([new, *blog], one.clock.now()))
            ours = [v for v in verdicts if v.post.text.split() == new.text.split() and v.outcome != "duplicate"]
            assert sent([v for v in verdicts if v not in ours]) == []
            found += [v.outcome for v in ours]
        assert found in [[first, "known"] for first in ("announced", "scheduled", "held")]


@FEW_EXAMPLES
@given(blogs())
def test_one_new_post_in_an_unchanged_feed_is_announced(blog: list[Post]) -> None:
    with replay() as one:
        one.read(blog)
        new = new_post(Random(1), one.clock.now(), titled=True, like=blog[0])
        assert sent(one.read([new, *blog])) == [new.title]
        assert sent(one.read([new, *blog][: len(blog)])) == []


@FEW_EXAMPLES
@given(blogs(), st.permutations(["rss", "atom", "json"]))
def test_the_same_posts_in_another_format_are_the_same_posts(blog: list[Post], formats: list[str]) -> None:
    with replay() as one:
        for form in formats:
            assert sent(one.take(document(form, blog, one))) == []


def document(form: str, posts: Sequence[Post], one: Replay) -> Document:
    write = {"rss": as_rss, "atom": as_atom, "json": as_json}[form]
    return parse(write(posts).encode(), "", one.url, one.clock.now())


def html_of(post: Post) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in post.text.split("\n\n"))


def as_rss(posts: Sequence[Post]) -> str:
    items = [
        f"<item><title>{escape(p.title)}</title><link>{escape(p.link or '')}</link>"
        f"<guid>{escape(p.link or '')}</guid><description>{escape(html_of(p))}</description>"
        + (f"<pubDate>{format_datetime(p.published)}</pubDate></item>" if p.published else "</item>")
        for p in posts
    ]
    return f'<rss version="2.0"><channel><title>Blog</title>{"".join(items)}</channel></rss>'


def as_atom(posts: Sequence[Post]) -> str:
    entries = [
        f"<entry><title>{escape(p.title)}</title><link href={escape(p.link or '')!r}/>"
        f"<id>tag:blog.example,2026:{escape(p.link or '')}</id>"
        f"<content type='html'>{escape(html_of(p))}</content>"
        + (f"<published>{p.published.isoformat()}</published></entry>" if p.published else "</entry>")
        for p in posts
    ]
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>{"".join(entries)}</feed>'


def as_json(posts: Sequence[Post]) -> str:
    items = [
        {"id": f"{n}-{p.text[:9]}", "url": p.link, "content_html": html_of(p)}
        | ({"title": p.title} if p.title else {})
        | ({"date_published": p.published.isoformat()} if p.published else {})
        for n, p in enumerate(posts)
    ]
    return dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": items})
