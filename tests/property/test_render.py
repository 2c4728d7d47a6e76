"""Whatever people write, in whatever script: a copy is never too long, and nothing in it is cut in two."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syndicator.connector import Capabilities, Card, Hashtags, Rendering, SpanKind
from syndicator.post import Kind, Post, Wish
from syndicator.render.characters import clean
from syndicator.render.compose import render
from syndicator.render.plain import sanitise, to_text
from syndicator.render.style import Style

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
LINK = "https://blog.example/2026/11/a-post_(again)"
STRICT = Capabilities(max_length=300, max_bytes=3_000, hashtags=Hashtags.HYPHEN, max_images=4, card=True)
ROOMY = Capabilities(max_length=500, max_images=4, content_warning=True)

SAMPLES = """
blog Grüße résumé e\u0301t\u0323e\u0301 Ελλάδα Привет 日本語の文章 中文字 한국어 ภาษาไทย हिन्दी क्ष العربية עברית
می\u200cخواهم
👨\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪🇯🇵 ❤\ufe0f\u200d🔥 #\ufe0f\u20e3 z͑ͫ̓a͐l̈g̃o @dataclass @me@x.example #selector #own ＃wide
https://x.example/a_(b)). https://long.example/path/that/goes/on?and=on&on http:// {{7*7}} C# a@b.example
word. Sentence! “quoted” (bracketed)
"""
words = st.sampled_from(SAMPLES.split())
several = st.lists(st.one_of(words, st.text(max_size=8)), min_size=1, max_size=30)
prose = st.builds(lambda some, times: " ".join(some * times), several, st.sampled_from([0, 1, 3, 12]))
long_prose = st.builds(lambda some: " ".join(some * 60), several)
tags = st.lists(st.one_of(words, st.text(max_size=30), st.sampled_from(["self-hosting", "web dev", "own"])), max_size=8)
posts = st.builds(
    Post,
    guid=st.none(),
    link=st.sampled_from([LINK, None]),
    title=st.one_of(st.just(""), prose),
    text=prose,
    summary=st.one_of(st.just(""), prose),
    tags=tags.map(tuple),
    kind=st.sampled_from(Kind),
    external_link=st.sampled_from([None, "https://else.example/x"]),
)
templates = st.sampled_from(
    [
        None,
        "{{ title }}\n\n{{ link }}\n\n{{ hashtags }}",
        "{{ title | upper }}: {{ summary }} ({{ link }}) {{ hashtags }}",
        "{{ hashtags }}{{ link }}?via={{ network }}.\n{{ text }}",
        "{% for t in tags %}#{{ t }} {% endfor %}{{ text | truncate(80) }} {{ title ~ ' ' ~ link }}",
        "{{ title | shorten }} {{ link }} {{ tags | hashtags }}",
        "{{ title }} {{ text | shorten(120) }}{% filter shorten %} {{ summary }} {{ link }}{% endfilter %}",
        "{{ html | markdown | shorten }}{{ 1 // images }}",
    ]
)
styles = st.builds(
    Style,
    template=templates,
    where=st.just("networks.d/n.toml"),
    backlink=st.sampled_from(["auto", "always", "never", "cite"]),
    hashtags=st.integers(0, 6),
    hashtag_place=st.sampled_from(["inline", "end"]),
    content_warning=st.sampled_from(["", "food"]),
    thread=st.sampled_from(["never", "plain", "numbered"]),
    network=st.just("n"),
)
wishes = st.builds(
    Wish,
    title=st.one_of(st.none(), prose),
    content=st.one_of(st.none(), prose),
    format_string=st.one_of(
        st.none(), prose, st.sampled_from(["{{title}} {{ content }}\n{{url}}", "{{hashtags}}{{x}}"])
    ),
    truncate=st.sampled_from([None, False, True]),
    append_url_spacer=st.sampled_from([None, "", " — ", "\n@you #it "]),
    append_url_label=st.sampled_from([None, "", "Read on:"]),
    short_url=st.sampled_from([None, "https://b.lg/1"]),
)


def clusters(text: str) -> list[str]:
    return list(regex.findall(r"\X", text))


def strict(text: str) -> int:
    return len(clusters(text))


def with_short_links(text: str) -> int:
    return strict(regex.sub(r"https?://[^\s<>()…]+(?:\([^\s<>()…]*\))?", "x" * 23, text))


@dataclass(frozen=True)
class Network:
    can: Capabilities
    measure: Callable[[str], int]
    card: Card | None

    def copy(self, post: Post, style: Style) -> Rendering:
        return render(post, style, self.can, self.measure, card=self.card, now=NOW, feed_name="blog")


networks = st.sampled_from([Network(STRICT, strict, Card(LINK, "t")), Network(ROOMY, with_short_links, None)])


@settings(max_examples=200, deadline=None)
@given(posts, styles, networks)
def test_a_copy_is_never_too_long(post: Post, style: Style, network: Network) -> None:
    copy = network.copy(post, style)
    assert network.measure(copy.text) + network.measure(copy.content_warning) <= network.can.max_length
    assert len(copy.text.encode()) <= (network.can.max_bytes or 10**6)


@settings(max_examples=200, deadline=None)
@given(posts, styles, networks)
def test_spans_are_in_order_and_hold_exactly_their_target(post: Post, style: Style, network: Network) -> None:
    copy = network.copy(post, style)
    shown = [copy.text[span.start : span.end] for span in copy.spans]
    edges = [edge for span in copy.spans for edge in (span.start, span.end)]
    assert shown == [{SpanKind.TAG: "#"}.get(span.kind, "") + span.target for span in copy.spans]
    assert edges == sorted(edges)
    assert all(span.start < span.end for span in copy.spans)


@settings(max_examples=200, deadline=None)
@given(posts, styles, networks)
def test_the_link_stands_whole_or_not_at_all(post: Post, style: Style, network: Network) -> None:
    copy = network.copy(post, style)
    assert copy.link_in_text is (LINK in copy.text)
    assert ("blog.example/2026" in copy.text) is copy.link_in_text


@settings(max_examples=100, deadline=None)
@given(posts, styles, networks)
def test_an_owner_who_always_wants_the_link_has_it_in_every_copy(post: Post, style: Style, network: Network) -> None:
    assert network.copy(replace(post, link=LINK), replace(style, backlink="always")).link_in_text


@settings(max_examples=200, deadline=None)
@given(long_prose)
def test_a_shortened_note_ends_where_the_note_has_a_seam(text: str) -> None:
    note = Post(guid=None, link=LINK, text=text, kind=Kind.NOTE)
    whole = Network(replace(STRICT, max_length=10**6, max_bytes=None), strict, None).copy(note, Style()).text
    kept = Network(STRICT, strict, None).copy(note, Style(backlink="never")).text
    assume(kept != LINK)  # what was left were marks that belong to words which are not there
    stem = regex.sub(r"…[\p{Pe}\p{Pf}\"'“‘]*\Z", "", kept).rstrip()  # brackets that stayed open are closed behind it
    assert whole.startswith(stem)
    assert clusters(whole)[: strict(stem)] == clusters(stem)


@settings(max_examples=200, deadline=None)
@given(posts, styles, wishes, networks)
def test_no_part_of_a_copy_is_too_long_whatever_its_author_wishes(
    post: Post, style: Style, wish: Wish, network: Network
) -> None:
    network = replace(network, can=replace(network.can, thread=True))
    copy = network.copy(post, replace(style, wish=wish))
    for text in (copy.text, *(part.text for part in copy.rest)):
        assert network.measure(text) + network.measure(copy.content_warning) <= network.can.max_length
        assert len(text.encode()) <= (network.can.max_bytes or 10**6)
    for text, spans in ((copy.text, copy.spans), *((part.text, part.spans) for part in copy.rest)):
        assert [text[s.start : s.end].removeprefix("#") for s in spans] == [s.target for s in spans]


SOURCE = "{{ 7 * 7 }}{% if true %}49{% endif %}{# gone #}{{ title.__class__ }}"


@settings(max_examples=100, deadline=None)
@given(posts, styles, st.sampled_from(["title", "content", "format_string", "append_url_label"]))
def test_what_a_feed_says_is_never_a_template(post: Post, style: Style, place: str) -> None:
    roomy = Network(replace(ROOMY, max_length=10**6), strict, None)
    said: dict[str, Any] = {place: SOURCE}
    wish = Wish(**said)
    if place == "append_url_label":
        style, post = replace(style, backlink="always", template=None), replace(post, link=LINK)
    if place == "content":
        style = replace(style, template="{{ text }}")
    if place == "title":
        style = replace(style, template="{{ title }}")
    copy = roomy.copy(replace(post, text=post.text or "x"), replace(style, wish=wish, thread="never"))
    assert SOURCE in copy.text.replace("\u2060", "")


@settings(max_examples=100, deadline=None)
@given(posts, styles, networks)
def test_rendering_twice_gives_the_same(post: Post, style: Style, network: Network) -> None:
    assert network.copy(post, style) == network.copy(post, style)


@settings(max_examples=100, deadline=None)
@given(posts, styles, networks)
def test_nothing_unseen_stays_in_a_copy_but_our_own_joiner(post: Post, style: Style, network: Network) -> None:
    text = network.copy(post, style).text
    assert clean(text).replace("\u2060", "") == text.replace("\u2060", "")
    assert text == text.strip()
    assert "\n\n\n" not in text


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), prose, st.text(alphabet="<>/ab=\"'&;!-pli #\n")))
def test_markup_of_any_kind_becomes_clean_text(html: str) -> None:
    text = to_text(html)
    assert clean(text) == text
    assert "\n\n\n" not in text
    assert sanitise(sanitise(html)) == sanitise(html)
