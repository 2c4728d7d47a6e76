"""A post becomes a copy that suits its kind and its network."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syndicator.connector import Attachment, Capabilities, Card, Hashtags, Rendering, SpanKind
from syndicator.errors import Withheld
from syndicator.post import Image, Kind, Post, Wish
from syndicator.render.compose import render
from syndicator.render.cutting import graphemes
from syndicator.render.style import Person, Style
from syndicator.render.writing import citation

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
LINK = "https://blog.example/2026/a-post"
PLAIN = Capabilities(max_length=500, max_images=4, content_warning=True)
CARDED = Capabilities(max_length=300, max_bytes=3_000, hashtags=Hashtags.HYPHEN, max_images=4, card=True)
CARD = Card(LINK, "A title")
PICTURE = Attachment(b"x", "0" * 64, "image/png", 1, 1)
TAGS = "#SelfHosting #WebDev"
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
        (ARTICLE, f"A title\n\nThe first paragraph.\n\n{LINK}\n\n{TAGS}"),
        (replace(ARTICLE, summary="In short."), f"A title\n\nIn short.\n\n{LINK}\n\n{TAGS}"),
        (NOTE, f"Just a few words.\n\n{TAGS}"),
        (LINKED, f"A title\n\nhttps://else.example/page\n\nThe first paragraph.\n\n{LINK}\n\n{TAGS}"),
        (replace(ARTICLE, title=""), f"The first paragraph.\n\nThe second.\n\n{TAGS}"),
        (replace(NOTE, text="", title="", tags=()), LINK),
        (replace(ARTICLE, link=None), f"A title\n\nThe first paragraph.\n\n{TAGS}"),
        (replace(LINKED, external_link=LINK), f"A title\n\nThe first paragraph.\n\n{LINK}\n\n{TAGS}"),
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
    assert made.text == "The first paragraph.\n\n#self-hosting #WebDev"
    assert (made.card, made.link_in_text, made.link) == (CARD, False, LINK)


@pytest.mark.parametrize(
    "described", ["The first paragraph. The second.", "The first paragraph…", "THE FIRST  paragraph"]
)
def test_the_text_and_the_card_do_not_say_the_same(described: str) -> None:
    made = copy(ARTICLE, can=CARDED, card=replace(CARD, description=described))
    assert made.card == CARD


def test_a_card_keeps_a_description_of_its_own() -> None:
    described = replace(CARD, description="What the page says of itself.")
    assert copy(ARTICLE, can=CARDED, card=described).card == described


def test_an_article_without_a_teaser_says_its_title_above_the_card() -> None:
    assert copy(replace(ARTICLE, text="", tags=()), can=CARDED, card=CARD).text == "A title"


def test_a_roomy_network_gets_more_than_a_paragraph_and_no_long_read() -> None:
    long = replace(ARTICLE, tags=(), text="\n\n".join(f"{n} " + "word " * 50 for n in range(1, 9)))
    made = copy(long, can=replace(CARDED, max_length=3_000, max_bytes=None), card=CARD)
    assert [paragraph[0] for paragraph in made.text.split("\n\n")] == ["1", "2"]
    assert made.text.split("\n\n")[0] == copy(long, can=CARDED, card=CARD).text


def test_a_teaser_of_the_feed_is_enough_on_any_network() -> None:
    told = replace(ARTICLE, tags=(), summary="In short.")
    assert copy(told, can=replace(CARDED, max_length=3_000), card=CARD).text == "In short."


def test_a_link_posts_own_permalink_lives_in_the_card_too() -> None:
    made = copy(LINKED, can=CARDED, card=CARD)
    assert made.text == "https://else.example/page\n\nThe first paragraph.\n\n#self-hosting #WebDev"
    assert made.card == CARD


def test_a_card_of_the_page_that_a_link_post_is_about_stands_for_its_address() -> None:
    card = Card("https://else.example/page", "Their title")
    made = copy(LINKED, can=CARDED, card=card)
    assert made.text == f"The first paragraph.\n\n{LINK}\n\n#self-hosting #WebDev"
    assert (made.card, made.link_in_text) == (card, True)


@pytest.mark.parametrize("more", [{"images": [PICTURE], "card": CARD}, {"card": None}])
def test_without_a_card_the_link_stands_in_the_text(more: dict[str, Any]) -> None:
    made = copy(ARTICLE, can=CARDED, **more)
    assert (made.link_in_text, made.card) == (True, None)


@pytest.mark.parametrize(
    ("backlink", "post", "end", "carded"),
    [
        ("auto", NOTE, "words.", False),
        ("auto", LONG, "…", True),
        ("auto", ARTICLE, "paragraph.", True),
        ("always", NOTE, LINK, True),
        ("always", LONG, LINK, True),
        ("never", NOTE, "words.", False),
        ("never", LONG, "…", False),
        ("never", ARTICLE, "paragraph.", False),
        ("cite", NOTE, "(blog.example 2026/a-post)", False),
        ("cite", LONG, "…", True),
        ("card", NOTE, "words.", False),
        ("card", LONG, "…", True),
        ("card", ARTICLE, "paragraph.", True),
    ],
)
def test_the_card_is_there_when_the_copy_leads_back(backlink: str, post: Post, end: str, carded: bool) -> None:
    made = copy(replace(post, tags=()), Style(backlink=backlink), CARDED, card=CARD)
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


def test_a_template_that_has_no_room_for_its_hashtags_has_cut_the_note() -> None:
    note = replace(NOTE, text="Words that go on. " * 27)
    assert graphemes(note.text.strip()) == 485
    assert copy(note, Style(template="{{ text }}\n\n{{ hashtags }}")).link_in_text
    assert not copy(note).link_in_text


def test_without_a_card_a_link_that_belongs_into_the_card_stands_nowhere() -> None:
    assert not copy(ARTICLE, Style(backlink="card")).link_in_text


def test_a_note_that_fits_is_whole_whatever_becomes_of_its_hashtags() -> None:
    assert copy(replace(NOTE, text="x" * 480)).text == "x" * 480 + "\n\n#SelfHosting"
    assert copy(replace(NOTE, text="x" * 500)).text == "x" * 500


@pytest.mark.parametrize(
    ("card", "post", "images", "carded"),
    [
        ("never", ARTICLE, [], False),
        ("always", NOTE, [], True),
        ("always", PHOTO, [PICTURE], True),
        ("auto", PHOTO, [PICTURE], False),
    ],
)
def test_the_owner_decides_about_the_card(card: str, post: Post, images: list[Attachment], carded: bool) -> None:
    made = copy(post, Style(card=card), CARDED, card=CARD, images=images)
    assert (made.card is not None, made.images) == (carded, () if carded else tuple(images))
    assert made.link_in_text is (card == "never")


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


def test_a_note_that_hides_an_address_behind_words_leads_there_itself() -> None:
    note = replace(NOTE, html='<p>Just a few <a href="https://x.example/">words</a>.</p>')
    assert copy(note).text == f"Just a few words.\n\nhttps://x.example/\n\n{TAGS}"


def test_a_note_that_hides_several_addresses_leads_to_the_original() -> None:
    note = replace(
        NOTE, html='<p>Just <a href="https://x.example/">a few</a> <a href="https://y.example/">words</a>.</p>'
    )
    assert copy(note).text == f"Just a few words.\n\n{LINK}\n\n{TAGS}"


def test_a_teaser_is_made_of_sentences_and_not_of_what_stands_around_them() -> None:
    html = "<h2>Early</h2><figure><figcaption>At the pier</figcaption></figure><p>We left at five.</p>"
    article = replace(ARTICLE, html=html, text="Early\n\nAt the pier\n\nWe left at five.", summary="")
    assert "Early" not in copy(article).text
    assert "We left at five." in copy(article).text


def test_what_a_teaser_announces_follows_it() -> None:
    article = replace(ARTICLE, html="", text="It takes three things:\n\n• a pan\n• a fire\n\nThat is all.", summary="")
    assert "three things:\n\n• a pan\n• a fire\n\n" in copy(article).text
    assert "That is all." not in copy(article).text


def test_an_excerpt_that_is_the_title_is_none() -> None:
    article = replace(ARTICLE, summary=ARTICLE.title + ".", html="", text="Words of its own.")
    assert copy(article).text.count(ARTICLE.title) == 1
    assert "Words of its own." in copy(article).text


def test_a_content_warning_leaves_room_for_words() -> None:
    told: list[str] = []
    style = Style(content_warning="A very thorough warning. " * 40, network="mastodon")
    made = copy(NOTE, style, warn=told.append)
    assert NOTE.text in made.text
    assert len(made.content_warning) <= 500 // 3
    assert "is too long for mastodon" in told[0]


def test_a_page_of_somebody_who_is_mentioned_is_no_lost_address() -> None:
    ada = Person("ada", ("https://ada.example/",), "@ada@social.example")
    note = replace(NOTE, html='<p>I met <a href="https://ada.example/">Ada</a>.</p>', text="I met Ada.", tags=())
    made = copy(note, Style(people=(ada,)))
    assert (made.text, made.link_in_text) == ("I met @ada@social.example.", False)
    assert [span.kind for span in made.spans] == [SpanKind.MENTION]


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


@pytest.mark.parametrize("template", ["{{ titel }}", "{{ 1 // 0 }}", "{{ title | center }}", "{% if %}"])
def test_a_template_that_fails_is_told_and_the_post_goes_out(template: str) -> None:
    told: list[str] = []
    made = copy(ARTICLE, replace(OWNERS, template=template), warn=told.append)
    assert made.text == copy(ARTICLE).text
    (sentence,) = told
    assert sentence.startswith("networks.d/mastodon.toml: template: line 1: ")
    assert "syndicate preview" in sentence


@pytest.mark.parametrize(
    "template", ["{{ titel }}", "{{ 1 // 0 }}", "{{ text * 99 }}", "{{ 'x' }}" * 250 + "{{ title | shorten }}"]
)
def test_a_strict_owner_rather_has_it_held(template: str) -> None:
    style = replace(OWNERS, template=template, strict=True, network="mastodon")
    can = replace(PLAIN, max_length=200)
    with pytest.raises(Withheld) as caught:
        copy(ARTICLE, style, can)
    assert (caught.value.cause, "the copy for mastodon is not as you asked for" in caught.value.sentence) == (
        "template",
        True,
    )
    assert copy(ARTICLE, style.let_go(), can).text == copy(ARTICLE).text


# What may shrink

MARKED = "{{ title }}: {{ text | shorten }}\n\n{{ link }} {{ hashtags }}"


def test_only_what_is_marked_shrinks() -> None:
    long = replace(ARTICLE, title="A title " * 20 + "and its end", text="Words that go on. " * 60)
    made = copy(long, Style(template=MARKED))
    assert made.text.startswith("A title " * 20 + "and its end: Words")
    assert made.text.endswith(f"…\n\n{LINK} {TAGS}")
    assert 440 < graphemes(made.text) <= 500


def test_what_is_marked_goes_before_anything_else_does() -> None:
    made = copy(replace(ARTICLE, text="Words that go on. " * 60), Style(template=MARKED), replace(PLAIN, max_length=70))
    assert made.text == f"A title:\n\n{LINK} {TAGS}"


def test_what_may_not_be_cut_and_does_not_fit_goes_out_in_the_next_best_form() -> None:
    told: list[str] = []
    can = replace(PLAIN, max_length=60)
    made = copy(ARTICLE, Style(template=MARKED, network="mastodon"), can, warn=told.append)
    assert made.text == copy(ARTICLE, can=can).text
    (sentence,) = told
    assert sentence == (
        "what may not be cut of the copy for mastodon is 63 long, and there is room for 60; the copy goes out in its "
        "next best form. Look at it with: syndicate preview"
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ text | shorten(20) }}", f"The first…\n\n{LINK}"),
        ("{{ text | shorten(9) | upper }} {{ link }}", f"THE… {LINK}"),
        ("{% filter shorten(9) %}<{{ text }}>{% endfilter %} {{ link }}", f"<The… {LINK}"),
        ("{{ 'see https://x.example/a-long-path' | shorten(9) }} {{ link }}", f"see… {LINK}"),
        ("{{ tags | hashtags(1) }} {{ ['a b'] | hashtags }} {{ link }}", f"#SelfHosting #AB {LINK}"),
        ("{{ date | date('%-d.%-m.%Y %H:%M') }} {{ link }}", f"4.11.2026 01:00 {LINK}"),
        ("{{ text | first_paragraph }} {{ link }}", f"The first paragraph. {LINK}"),
        ("{{ html | plain }} {{ link }}", f"The second {LINK}"),
        ("{{ html | markdown }} {{ link }}", f"The **second** {LINK}"),
        ("{{ images }} {{ language }} {{ subtitle }}{{ link }}", f"0 en {LINK}"),
        ("{% if kind == 'note' %}{{ text }}{% else %}{{ title }} {{ link }}{% endif %}", f"A title {LINK}"),
    ],
)
def test_templates_have_the_filters_and_values_of_a_blogger(template: str, text: str) -> None:
    post = replace(ARTICLE, html="<p>The <strong>second</strong></p>")
    assert copy(post, Style(template=template, timezone="Europe/Berlin")).text == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ text | shorten('x') }}",
        "{{ text | shorten(-1) }}",
        "{{ text | shorten(true) }}",
        "{{ tags | hashtags(-1) }}",
        "{{ title | date }}",
        "{{ date | date('%999999999Y') }}",
        "{{ date | date('%c' * 99) }}",
        "{{ [1] | hashtags }}",
    ],
)
def test_a_filter_that_is_used_wrongly_fails_with_its_line(template: str) -> None:
    told: list[str] = []
    copy(ARTICLE, replace(OWNERS, template=f"\n{template}"), warn=told.append)
    assert told[0].startswith("networks.d/mastodon.toml: template: line 2: ")


# What the author wishes


def wished(post: Post = ARTICLE, can: Capabilities = PLAIN, card: Card | None = None, **wish: Any) -> Rendering:
    return copy(post, Style(wish=Wish(**wish)), can, card=card)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"title": "Other"}, f"Other\n\nThe first paragraph.\n\n{LINK}\n\n{TAGS}"),
        ({"title": ""}, f"The first paragraph.\n\nThe second.\n\n{TAGS}"),
        ({"subtitle": "A dek"}, f"A title\n\nA dek\n\n{LINK}\n\n{TAGS}"),
        ({"subtitle": "A dek", "summary": "In short."}, f"A title\n\nIn short.\n\n{LINK}\n\n{TAGS}"),
        ({"content": "My words.\n\nMore."}, f"A title\n\nMy words.\n\n{LINK}\n\n{TAGS}"),
        ({"alternate_url": "https://o.example/"}, f"A title\n\nThe first paragraph.\n\nhttps://o.example/\n\n{TAGS}"),
        ({"short_url": "https://b.lg/1"}, f"A title\n\nThe first paragraph.\n\nhttps://b.lg/1\n\n{TAGS}"),
        ({"short_url": LINK + "/that-is-longer"}, f"A title\n\nThe first paragraph.\n\n{LINK}\n\n{TAGS}"),
        (
            {"related_url": "https://r.example/"},
            f"A title\n\nhttps://r.example/\n\nThe first paragraph.\n\n{LINK}\n\n{TAGS}",
        ),
        (
            {"append_url_spacer": " → ", "append_url_label": "Read on:"},
            f"A title\n\nThe first paragraph. → Read on: {LINK}\n\n{TAGS}",
        ),
        ({"format_string": "{{title}}: {{ summary }}\n{{{url}}}"}, f"A title: The first paragraph.\n{LINK}"),
        ({"format_string": "New: {{title}}"}, f"New: A title\n\n{LINK}"),
        ({"format_string": "{{content}} {{hashtags}}"}, f"The first paragraph.\n\nThe second. {TAGS}\n\n{LINK}"),
        ({"format_string": "{{7*7}} {% if x %} {{title}}"}, f"{{{{7*7}}}} {{% if x %}} A title\n\n{LINK}"),
    ],
)
def test_an_author_words_a_copy(wish: dict[str, Any], text: str) -> None:
    assert wished(**wish).text == text


def test_a_wished_form_wins_over_the_owners_template_and_is_no_template() -> None:
    told: list[str] = []
    style = replace(OWNERS, wish=Wish(format_string="@you: {{title}}{{secrets}} @me #it"))
    assert copy(ARTICLE, style, warn=told.append).text == f"@\u2060you: A title @\u2060me #\u2060it\n\n{LINK}"
    assert "asks for “secrets”, which is left out" in told[0]


def test_a_note_that_may_not_be_cut_is_told_when_it_has_to_be() -> None:
    told: list[str] = []
    made = copy(LONG, Style(wish=Wish(truncate=False)), warn=told.append)
    assert (made.text, len(told)) == (copy(LONG).text, 1)
    assert told[0].startswith("what may not be cut")


def test_the_card_of_a_copy_leads_where_the_author_wishes() -> None:
    made = wished(can=CARDED, card=CARD, alternate_url="https://o.example/")
    assert made.card is not None
    assert (made.card.url, made.link) == ("https://o.example/", "https://o.example/")


def test_a_whole_post_names_its_true_original() -> None:
    made = wished(can=replace(CARDED, whole_post=True), card=CARD, alternate_url="https://o.example/")
    assert made.link == LINK


def test_a_copy_is_found_again_by_the_short_address_that_stands_in_it() -> None:
    made = wished(short_url="https://b.lg/1")
    assert (made.link, made.link_in_text) == ("https://b.lg/1", True)


# Who sees it, who answers

WORDED = replace(PLAIN, visibilities=("public", "unlisted", "private"), replies=("everybody", "nobody"))


@pytest.mark.parametrize(
    ("can", "asked", "found", "warnings"),
    [
        (WORDED, "", "", 0),
        (WORDED, "Unlisted", "unlisted", 0),
        (WORDED, "private", "private", 0),
        (PLAIN, "public", "", 0),
        (PLAIN, "unlisted", "", 1),
    ],
)
def test_a_visibility_is_the_services_own_word(can: Capabilities, asked: str, found: str, warnings: int) -> None:
    told: list[str] = []
    made = copy(NOTE, Style(visibility=asked, network="n"), can, warn=told.append)
    assert (made.visibility, len(told)) == (found, warnings)


@pytest.mark.parametrize(
    ("can", "asked"), [(PLAIN, "private"), (PLAIN, "followers"), (WORDED, "direct"), (WORDED, "pubic")]
)
def test_a_copy_is_never_shown_to_more_people_than_was_asked_for(can: Capabilities, asked: str) -> None:
    with pytest.raises(Withheld) as caught:
        copy(NOTE, Style(visibility=asked, network="n"), can)
    assert caught.value.cause == "visibility"
    assert asked in caught.value.sentence
    told: list[str] = []
    assert copy(NOTE, Style(visibility=asked, network="n").let_go(), can, warn=told.append).visibility == ""
    assert len(told) == 1


@pytest.mark.parametrize(
    ("can", "asked", "strict", "found", "warnings"),
    [
        (WORDED, "Nobody", False, "nobody", 0),
        (PLAIN, "everybody", True, "", 0),
        (PLAIN, "followers", False, "", 1),
        (PLAIN, "followers", True, None, 0),
        (WORDED, "nobdy", False, None, 0),
    ],
)
def test_who_may_answer(can: Capabilities, asked: str, strict: bool, found: str | None, warnings: int) -> None:
    told: list[str] = []
    style = Style(replies=asked, strict=strict, network="n")
    if found is None:
        with pytest.raises(Withheld):
            copy(NOTE, style, can)
        style = style.let_go()
        found, warnings = "", 1
    assert copy(NOTE, style, can, warn=told.append).replies == found
    assert len(told) == warnings


# Threads

THREADED = replace(PLAIN, thread=True)


def parts(made: Rendering) -> list[str]:
    return [made.text, *(part.text for part in made.rest)]


def test_a_note_that_does_not_fit_goes_on_in_answers() -> None:
    made = copy(LONG, Style(thread="plain"), THREADED)
    assert len(parts(made)) == 3
    assert " ".join(" ".join(parts(made)).split()) == " ".join(f"{LONG.text} {TAGS}".split())
    assert all(graphemes(text) <= 500 for text in parts(made))
    assert not made.link_in_text


def test_pictures_and_warning_come_with_the_first_part_and_the_link_with_the_last() -> None:
    note = replace(LONG, images=(Image("https://blog.example/1.jpg"),))
    made = copy(note, Style(thread="numbered", content_warning="food", backlink="always"), THREADED, images=[PICTURE])
    assert (made.images, made.content_warning) == ((PICTURE,), "food")
    assert [LINK in text for text in parts(made)] == [False] * (len(made.rest)) + [True]
    assert made.text.endswith(f"1/{len(parts(made))}")


@pytest.mark.parametrize(
    ("post", "style", "can"),
    [
        (LONG, Style(), THREADED),
        (LONG, Style(thread="plain"), PLAIN),
        (NOTE, Style(thread="plain"), THREADED),
        (replace(ARTICLE, text=LONG.text), Style(thread="plain"), THREADED),
        (replace(ARTICLE, text=LONG.text), Style(thread="plain"), replace(THREADED, max_length=150)),
        (replace(NOTE, text="x" * 500), Style(thread="plain"), THREADED),
    ],
)
def test_nothing_else_is_a_thread(post: Post, style: Style, can: Capabilities) -> None:
    assert copy(post, style, can).rest == ()


def test_an_article_that_its_author_wants_whole_becomes_a_thread() -> None:
    article = replace(ARTICLE, text=LONG.text)
    made = copy(article, Style(thread="plain", wish=Wish(truncate=False)), THREADED)
    assert made.text.startswith("A title\n\nWords that go on.")
    assert len(made.rest) > 1


def test_a_thread_has_no_card_unless_its_owner_always_wants_one() -> None:
    can = replace(CARDED, thread=True)
    gallery = replace(LONG, images=(Image("https://blog.example/1.jpg"),))
    made = copy(gallery, Style(thread="plain"), can, card=CARD)
    assert (made.card, LINK in made.rest[-1].text) == (None, True)
    assert copy(LONG, Style(thread="plain", card="always"), can, card=CARD).card == CARD


# Hashtags


def test_tags_that_cannot_be_hashtags_are_told_with_the_line_that_helps() -> None:
    told: list[str] = []
    copy(replace(NOTE, tags=("2026", "art")), warn=told.append)
    (sentence,) = told
    assert sentence == (
        "the tag “2026” cannot be written as a hashtag and is left out; name one in config.toml, under [hashtags]: "
        'rename = { "2026" = "…" }, or "" for none'
    )


def test_renamed_tags_are_so_in_the_text_and_below_it() -> None:
    made = copy(NOTE, Style(rename={"web dev": "Web", "self-hosting": ""}))
    assert (made.text, made.tags) == ("Just a few words.\n\n#Web", ("Web",))


def test_a_word_of_the_text_becomes_the_hashtag() -> None:
    note = replace(NOTE, text="On web dev and more.")
    assert copy(note).text == "On #WebDev and more.\n\n#SelfHosting"
    assert copy(note, Style(hashtag_place="end")).text == f"On web dev and more.\n\n{TAGS}"
    assert copy(note, Style(hashtags=0)).text == "On web dev and more."


def test_a_content_warning_goes_where_the_service_has_a_place_for_it() -> None:
    made = copy(NOTE, Style(content_warning="food", sensitive=True))
    assert (made.text, made.content_warning, made.sensitive) == (copy(NOTE).text, "food", True)


def test_a_content_warning_leads_the_text_elsewhere() -> None:
    made = copy(NOTE, Style(content_warning="food"), CARDED)
    assert (made.text, made.content_warning) == ("CW: food\n\nJust a few words.\n\n#self-hosting #WebDev", "")


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
    assert (made.text, made.link_in_text) == (f"A title\n\nThe first paragraph.\n\n{TAGS}", False)


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
