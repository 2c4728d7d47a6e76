"""A post becomes a copy that suits its kind and its network."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syndicator.connector import Attachment, Capabilities, Card, Hashtags, Rendering, SpanKind
from syndicator.errors import ConfigError
from syndicator.post import Image, Kind, Post
from syndicator.render.compose import citation, render
from syndicator.render.cutting import graphemes
from syndicator.render.style import Style

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
LINK = "https://blog.example/2026/a-post"
PLAIN = Capabilities(max_length=500, max_images=4, content_warning=True)
CARDED = Capabilities(max_length=300, max_bytes=3_000, hashtags=Hashtags.HYPHEN, max_images=4, card=True)
CARD = Card(LINK, "A title")
PICTURE = Attachment(b"x", "0" * 64, "image/png", 1, 1)
OWNERS = Style(template="{{ title }}\n\n{{ link }}\n\n{{ hashtags }}", where="networks.d/mastodon.toml")

ARTICLE = Post(
    guid="1",
    link=LINK,
    title="A title",
    text="The first paragraph.\n\nThe second.",
    tags=("self-hosting", "web dev"),
    kind=Kind.ARTICLE,
    language="en",
    published=datetime(2026, 11, 4, tzinfo=UTC),
)
NOTE = replace(ARTICLE, title="", text="Just a few words.", kind=Kind.NOTE)
LONG = replace(NOTE, text="Words that go on. " * 60)
LINKED = replace(ARTICLE, kind=Kind.LINK, external_link="https://else.example/page")
PHOTO = replace(NOTE, text="A cat.", kind=Kind.PHOTO, images=(Image("https://blog.example/cat.jpg"),))


def copy(post: Post, style: Style | None = None, can: Capabilities = PLAIN, **more: Any) -> Rendering:
    return render(post, style or Style(), can, graphemes, now=NOW, feed_name="blog", **more)


@pytest.mark.parametrize(
    ("post", "text"),
    [
        (ARTICLE, f"A title\n\n{LINK}\n\n#SelfHosting #WebDev"),
        (NOTE, "Just a few words."),
        (LINKED, f"A title\n\nhttps://else.example/page\n\n{LINK}\n\n#SelfHosting #WebDev"),
        (replace(ARTICLE, title=""), "The first paragraph.\n\nThe second."),
        (replace(NOTE, text="", title="", tags=()), LINK),
        (replace(ARTICLE, link=None), "A title\n\n#SelfHosting #WebDev"),
        (replace(LINKED, external_link=LINK), f"A title\n\n{LINK}\n\n#SelfHosting #WebDev"),
    ],
)
def test_each_kind_has_its_own_shape(post: Post, text: str) -> None:
    assert copy(post).text == text


def test_a_photo_speaks_for_itself() -> None:
    made = copy(PHOTO, images=[PICTURE])
    assert (made.text, made.images, made.link_in_text) == ("A cat.\n\n#SelfHosting #WebDev", (PICTURE,), False)


def test_a_photo_whose_picture_could_not_come_along_leads_to_it() -> None:
    assert copy(PHOTO).text == f"A cat.\n\n{LINK}\n\n#SelfHosting #WebDev"


def test_where_the_connector_brings_a_card_the_link_lives_in_it() -> None:
    made = copy(ARTICLE, can=CARDED, card=CARD)
    assert made.text == "A title\n\nThe first paragraph.\n\n#self-hosting #WebDev"
    assert (made.card, made.link_in_text, made.link) == (CARD, False, LINK)


def test_a_link_posts_own_permalink_lives_in_the_card_too() -> None:
    made = copy(LINKED, can=CARDED, card=CARD)
    assert made.text == "A title\n\nThe first paragraph.\n\nhttps://else.example/page\n\n#self-hosting #WebDev"
    assert made.card == CARD


@pytest.mark.parametrize("more", [{"images": [PICTURE], "card": CARD}, {"card": None}])
def test_without_a_card_the_link_stands_in_the_text(more: dict[str, Any]) -> None:
    made = copy(ARTICLE, can=CARDED, **more)
    assert (made.link_in_text, made.card) == (True, None)


@pytest.mark.parametrize(
    ("backlink", "post", "end", "carded"),
    [
        ("auto", NOTE, "words.", False),
        ("auto", LONG, "…", True),
        ("auto", ARTICLE, "#WebDev", True),
        ("always", NOTE, LINK, True),
        ("always", LONG, LINK, True),
        ("never", NOTE, "words.", False),
        ("never", LONG, "…", False),
        ("never", ARTICLE, "#WebDev", False),
        ("cite", NOTE, "(blog.example 2026/a-post)", False),
        ("cite", LONG, "…", True),
    ],
)
def test_the_card_is_there_when_the_copy_leads_back(backlink: str, post: Post, end: str, carded: bool) -> None:
    made = copy(post, Style(backlink=backlink), CARDED, card=CARD)
    assert (made.text.endswith(end), made.card is not None) == (True, carded)


@pytest.mark.parametrize(
    ("backlink", "post", "linked"),
    [
        ("auto", NOTE, False),
        ("auto", LONG, True),
        ("auto", ARTICLE, True),
        ("always", NOTE, True),
        ("never", LONG, False),
        ("never", ARTICLE, False),
        ("cite", NOTE, False),
        ("cite", LONG, True),
        ("cite", ARTICLE, True),
    ],
)
def test_the_link_stands_in_the_text_when_something_is_missing(backlink: str, post: Post, linked: bool) -> None:
    made = copy(post, Style(backlink=backlink))
    assert made.link_in_text is linked
    assert (LINK in made.text) is linked


def test_a_citation_that_does_not_fit_is_left_out() -> None:
    note = replace(NOTE, text="x" * 490)
    assert copy(note, Style(backlink="cite")).text == note.text


@pytest.mark.parametrize(
    ("link", "cited"),
    [
        ("https://blog.example/2026/p/", "(blog.example 2026/p)"),
        ("https://blog.example/?p=12", "(blog.example ?p=12)"),
        ("https://blog.example", "(blog.example)"),
    ],
)
def test_a_citation_is_host_blank_path(link: str, cited: str) -> None:
    assert citation(link) == cited


def test_a_note_that_hides_an_address_behind_words_leads_to_the_original() -> None:
    note = replace(NOTE, html='<p>Just a few <a href="https://x.example/">words</a>.</p>')
    assert copy(note).text == f"Just a few words.\n\n{LINK}"


def test_a_note_with_more_pictures_than_the_network_takes_leads_to_them() -> None:
    note = replace(NOTE, images=tuple(Image(f"https://blog.example/{n}.jpg") for n in range(6)))
    made = copy(note, images=[PICTURE] * 6)
    assert (len(made.images), made.link_in_text) == (4, True)


def test_the_owners_template_decides_where_the_link_stands() -> None:
    assert copy(ARTICLE, OWNERS).text == f"A title\n\n{LINK}\n\n#SelfHosting #WebDev"


def test_a_template_that_names_titles_only_serves_notes_too() -> None:
    assert copy(NOTE, OWNERS).text == f"Just a few words.\n\n{LINK}\n\n#SelfHosting #WebDev"


def test_a_template_with_a_link_has_it_whatever_the_card_does() -> None:
    made = copy(ARTICLE, OWNERS, CARDED, card=CARD)
    assert (made.link_in_text, made.card) == (True, CARD)


@pytest.mark.parametrize(
    ("template", "backlink", "text"),
    [
        ("New: {{ title }}", "auto", f"New: A title\n\n{LINK}"),
        ("New: {{ title }}", "never", "New: A title"),
        ("{{ text }}{% if kind == 'note' %} {{ link }}{% endif %}", "auto", "The first paragraph.\n\nThe second."),
        ("{{ title }}{% if kind == 'note' %} {{ link }}{% endif %}", "always", f"A title\n\n{LINK}"),
        ("{{ title }} {{ link }}?via={{ network }}", "always", f"A title {LINK}?via=mastodon"),
    ],
)
def test_a_template_without_a_link_follows_the_backlink_setting(template: str, backlink: str, text: str) -> None:
    style = Style(template=template, where="networks.d/mastodon.toml", backlink=backlink, network="mastodon")
    assert copy(ARTICLE, style).text == text


def test_a_broken_template_is_the_owners_to_mend() -> None:
    with pytest.raises(ConfigError, match=r"mastodon\.toml: template: line 1"):
        copy(ARTICLE, replace(OWNERS, template="{{ titel }}"))


def test_a_content_warning_goes_where_the_service_has_a_place_for_it() -> None:
    made = copy(NOTE, Style(content_warning="food", sensitive=True))
    assert (made.text, made.content_warning, made.sensitive) == ("Just a few words.", "food", True)


def test_a_content_warning_leads_the_text_elsewhere() -> None:
    made = copy(NOTE, Style(content_warning="food"), CARDED)
    assert (made.text, made.content_warning) == ("CW: food\n\nJust a few words.", "")


def test_a_content_warning_takes_room_of_the_text() -> None:
    made = copy(LONG, Style(content_warning="w" * 100))
    assert graphemes(made.text) <= 400


def test_a_copy_carries_what_the_connector_needs_to_know() -> None:
    made = copy(ARTICLE, Style(language="de"))
    assert (made.link, made.title, made.tags, made.language) == (LINK, "A title", ARTICLE.tags, "de")
    assert (made.published, made.composed) == (ARTICLE.published, NOW)


def test_a_post_without_a_date_is_dated_by_when_it_was_seen() -> None:
    seen = datetime(2026, 11, 5, 11, tzinfo=UTC)
    undated = replace(ARTICLE, published=None)
    assert (copy(undated, first_seen=seen).published, copy(undated).published) == (seen, NOW)


def test_the_posts_own_language_serves_when_the_owner_names_none() -> None:
    assert copy(ARTICLE).language == "en"


def test_spans_hold_exactly_what_they_point_at() -> None:
    made = copy(replace(ARTICLE, title="On @me and https://x.example/a_(b)."))
    shown = [(s.kind, made.text[s.start : s.end], s.target) for s in made.spans]
    assert shown == [
        (SpanKind.LINK, "https://x.example/a_(b)", "https://x.example/a_(b)"),
        (SpanKind.LINK, LINK, LINK),
        (SpanKind.TAG, "#SelfHosting", "SelfHosting"),
        (SpanKind.TAG, "#WebDev", "WebDev"),
    ]


def test_an_address_that_is_longer_than_the_network_goes() -> None:
    made = copy(replace(ARTICLE, link=f"{LINK}?{'x' * 600}"))
    assert (made.text, made.link_in_text) == ("A title\n\n#SelfHosting #WebDev", False)


@pytest.mark.parametrize(("inert", "text"), [(True, "@property and #selector"), (False, "@⁠property and #⁠selector")])
def test_words_are_left_as_they_are_where_nothing_comes_alive_by_itself(inert: bool, text: str) -> None:
    can = Capabilities(max_length=300, inert_text=inert)
    note = Post("guid", "https://blog.example/note/", text="@property and #selector", kind=Kind.NOTE)
    assert render(note, Style(), can, len, now=NOW).text == text


def test_only_a_copy_that_is_the_whole_post_carries_its_html() -> None:
    article = replace(ARTICLE, html="<p>The first paragraph.</p><p>The second.</p>")
    assert copy(article, can=CARDED).html == ""
    assert copy(article, can=replace(CARDED, whole_post=True)).html == article.html


def test_a_whole_post_has_its_pictures_and_its_card() -> None:
    whole = replace(CARDED, whole_post=True)
    made = copy(ARTICLE, can=whole, card=CARD, images=(PICTURE,))
    assert (made.images, made.card) == ((PICTURE,), CARD)
    assert copy(ARTICLE, can=CARDED, card=CARD, images=(PICTURE,)).card is None
