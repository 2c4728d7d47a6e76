"""Feeds that were mangled by chance: what is read of them keeps its promises, and nothing but NotAFeed is raised.

Hypothesis cuts, doubles, swaps and plants; the soup is made of what parsers trip over.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.normalise import LONGEST_TITLE, MOST_TAGS
from syndicator.feed.parse import parse
from syndicator.feed.transcript import understood, written
from syndicator.post import Post
from tests.feeds.hostile import HEAD, TAIL, item, stumbling
from tests.unit.feed_ground import FEED_URL, FEEDS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
SEEDS = [path.read_bytes() for path in sorted(FEEDS.iterdir()) if path.suffix in (".xml", ".json")]
SEEDS += [(HEAD + item(element) * 2 + TAIL).encode() for _, element in stumbling()]
SEEDS.append(
    b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x/" xml:lang="de"><title type="xhtml"><div>T</div></title>'
    b'<entry><id>urn:1</id><link rel="alternate" href="a"/><link rel="enclosure" type="image/png" href="i.png"/>'
    b"<updated>2026-05-01T10:00:00Z</updated><author><name>A</name><email>a@b.example</email></author>"
    b'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Words <img src="x.jpg"/></p></div></content>'
    b"<source><title>S</title></source></entry></feed>"
)
PIECES = [
    *(b"<item>", b"</item>", b"<entry>", b"</entry>", b"<channel>", b"</channel>", b"<title>", b"</title>", b"<item/>"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?", b"?>", b"<!DOCTYPE rss [", b"]>", b"<!", b"&", b"&#", b"&#x", b";"),
    *(
        b"&#55555;",
        b"&#0;",
        b"&lt;",
        b"&nbsp;",
        b"&amp;lt;",
        b"<",
        b">",
        b'"',
        b"'",
        b"=",
        b"/",
        b"\0",
        b"\xff",
        b"\xfe",
    ),
    *(
        b"xmlns='urn:x'",
        b"xmlns:a=''",
        b"xml:base='http://['",
        b"xml:lang='_'",
        b"<a:b>",
        b"</a:b>",
        b"<svg>",
        b"<math>",
    ),
    *(
        b"<image>",
        b"<source>",
        b"<textinput>",
        b"<author>",
        b"<width>",
        b"<category>",
        b"<cloud/>",
        b"<content type='x'>",
    ),
    *(b"<media:group>", b"<media:content>", b"<media:thumbnail>", b"<psc:chapter/>", b"<georss:point>", b"<guid>"),
    *(
        b"<description>",
        b"<summary type='text'>",
        b"<content:encoded>",
        b"<xhtml:body>",
        b"<link href='//['/>",
        b"<div>",
    ),
    *(b"<pubDate>", b"<updated>", b"0000-00-00", b"99999999999", b"Mon, 99 Foo 99 99:99:99 XYZ", b"24:00", b"<ttl>9e9"),
    *(b"{", b"}", b"[", b"]", b",", b":", b"null", b"1e999", b'"\\ud800"', b"\\u0000", b"NaN", b"true", b'"items"'),
    *("\u202e".encode(), "\u0301".encode(), "\ufeff".encode(), "İ".encode(), "ﬃ".encode(), "\U0010ffff".encode()),
]


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """One of the seeds after a few accidents."""
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 200)))
        accident = draw(st.sampled_from(("cut", "double", "plant", "plant", "plant", "replace", "end")))
        if accident == "cut":
            del body[start:end]
        elif accident == "double":
            body[end:end] = body[start:end]
        elif accident == "end":
            del body[max(start, len(body) // 2) :]
        else:
            piece = draw(st.sampled_from(PIECES))
            body[start : end if accident == "replace" else start] = piece
    return bytes(body)


def read(body: bytes) -> Document | None:
    try:
        return parse(body, "", FEED_URL, NOW)
    except NotAFeed:
        return None


def keeps_its_promises(post: Post) -> None:
    texts = (
        post.guid or "",
        post.link or "",
        post.title,
        post.html,
        post.text,
        post.summary,
        post.author or "",
        *post.tags,
    )
    assert not [text for text in texts if CONTROLS.search(text)]
    addresses = [post.link, post.external_link, *(image.url for image in post.images)]
    assert all(address is None or address.startswith(("http://", "https://")) for address in addresses)
    assert all(date is None or 1990 <= date.year <= 2028 for date in (post.published, post.updated))
    assert len(post.title) <= LONGEST_TITLE
    assert "\n" not in post.title
    assert len(post.tags) <= MOST_TAGS
    assert post.guid is None or post.guid.strip()
    assert "<script" not in post.html.lower()


def check(body: bytes) -> None:
    document = read(body)
    if document is None:
        return
    assert not [remark for remark in document.remarks if "was left out (" in remark]  # our own rules never stumble
    for post in document.posts:
        keeps_its_promises(post)
        assert understood(Post, written(post)) == post
    assert len(document.posts) + document.omitted <= max(document.declared, 1)
    assert understood(Document, written(document)) == document


def fuzzed(examples: int) -> Callable[[Callable[..., None]], Any]:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 1_000,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@fuzzed(200)
@given(mangled())
def test_a_mangled_feed_is_read_or_refused(body: bytes) -> None:
    check(body)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@fuzzed(10_000)
@given(mangled())
def test_a_mangled_feed_is_read_or_refused_at_length(body: bytes) -> None:
    check(body)


@fuzzed(100)
@given(
    st.lists(st.sampled_from(PIECES), max_size=60),
    st.sampled_from((b"", HEAD.encode(), b'{"version": "https://jsonfeed.org/version/1", "items": [')),
)
def test_soup_is_read_or_refused(pieces: list[bytes], beginning: bytes) -> None:
    check(beginning + b"".join(pieces))
