"""The body of a post: what Tumblr is told besides the words, and the words of both layouts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syndicator.connector import Rendering, Span, SpanKind
from syndicator_tumblr.corrections import Correction
from syndicator_tumblr.draft import LARGEST_POST, TOO_LONG, WITHOUT_PICTURES, Draft, draft, tags
from syndicator_tumblr.settings import TumblrSettings
from syndicator_tumblr.slug import ours, slug
from tests.connectors.tumblr_ground import KEY, LINK, NOW, card, image, linked, rendering

CAT = "https://blog.example.org/cat.png"
KEYS: dict[str, Any] = {
    "consumer_key": "ck-1234",
    "consumer_secret": "cs-1234",
    "token": "to-1234",
    "token_secret": "ts-1234",
}


def made(sent: Rendering, correction: Correction | None = None, **chosen: Any) -> Draft:
    return draft(sent, TumblrSettings(blog="ada", **KEYS, **chosen), KEY, correction or Correction(), NOW)


def texts(one: Draft) -> list[str]:
    return [block["text"] for block in one.body["content"] if block["type"] == "text"]


def test_a_post_says_everything_about_itself() -> None:
    body = made(rendering()).body
    assert {name: value for name, value in body.items() if name != "content"} == {
        "state": "published",
        "tags": "Web Log,Grüße",
        "slug": f"grusse-{KEY[:6]}",
        "source_url": LINK,
    }
    assert body["content"] == [
        {"type": "text", "subtype": "heading1", "text": "Grüße 👋"},
        {"type": "text", "text": "Ein Satz über Grüße."},
        {
            "type": "link",
            "url": LINK,
            "title": "Grüße 👋",
            "description": "Ein Satz über Grüße.",
            "site_name": "blog.example.org",
        },
    ]


def test_a_paragraph_is_a_block_and_links_move_with_it() -> None:
    text = f"👋 Eins\n\n  \n Zwei {LINK}\nDrei"
    at = text.index(LINK)
    sent = linked(text, spans=(Span(at, at + len(LINK), SpanKind.LINK, LINK),), title="")
    first, second = made(sent).body["content"]
    assert (first["text"], second["text"]) == ("👋 Eins", f"Zwei {LINK}\nDrei")
    assert second["formatting"] == [{"start": 5, "end": 5 + len(LINK), "type": "link", "url": LINK}]


def test_a_long_text_is_more_than_one_block() -> None:
    blocks = made(rendering("Wort. " * 2000, title="")).body["content"]
    assert [len(b["text"]) <= 4096 for b in blocks if b["type"] == "text"] == [True] * 3
    assert "".join(b["text"] for b in blocks if b["type"] == "text").strip() == ("Wort. " * 2000).strip()


def test_pictures_stand_below_the_announcement_and_go_under_their_own_names() -> None:
    one, two = image("a", source=CAT), image("b", b"GIF89a", mime="image/gif")
    body = made(rendering(card=None, images=(one, two)))
    media = [b["media"][0] for b in body.body["content"] if b["type"] == "image"]
    assert [m["identifier"] for m in media] == ["img0", "img1"]
    assert media[0] == {"type": "image/png", "identifier": "img0", "width": 80, "height": 60}
    assert body.pictures == {"img0": one.sha256, "img1": two.sha256}


def test_without_a_way_back_no_source_is_named() -> None:
    assert "source_url" not in made(rendering(card=None)).body
    assert made(linked()).body["source_url"] == LINK


def test_the_card_has_its_picture_unless_tumblr_refuses_it() -> None:
    sent = rendering(card=card(image()))
    (*_, link) = made(sent).body["content"]
    assert link["poster"] == [{"type": "image/png", "identifier": "img0", "width": 80, "height": 60}]
    for without in (Correction(no_poster=True), Correction(plain=True), Correction(bare=True)):
        other = made(sent, without)
        assert ("poster" in other.body["content"][-1], other.pictures) == (False, {})


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        (("a", "b c"), "a,b c"),
        (("Wien, Graz", "#tag", " x  y "), "Wien Graz,tag,x y"),
        (("Rust", "rust", "", ","), "Rust"),
        (("x" * 200,), "x" * 140),
        (tuple(str(n) for n in range(40)), ",".join(str(n) for n in range(30))),
    ],
)
def test_tags_are_what_tumblr_takes(own: tuple[str, ...], sent: str) -> None:
    assert tags(own) == sent


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Why I moved to SQLite", "why-i-moved-to-sqlite"),
        ("Straße & Øre, œuvre", "strasse-ore-oeuvre"),
        ("日本語", "post"),
        ("a" * 80, "a" * 43),
        ("word " * 20, "word-word-word-word-word-word-word-word"),
    ],
)
def test_a_slug_is_short_plain_and_ends_in_the_key(title: str, stem: str) -> None:
    found = slug(rendering(title=title), KEY)
    assert found == f"{stem}-{KEY[:6]}"
    assert len(found) <= 50
    assert ours(found, KEY)
    assert not ours(found, "0" * 64)


def test_a_slug_without_a_title_is_made_of_the_text() -> None:
    assert slug(rendering("Kurz gesagt.", title=""), KEY) == f"kurz-gesagt-{KEY[:6]}"


def test_what_is_queued_comes_out_at_its_time() -> None:
    body = made(rendering(), state="queue", publish_in="1h30m").body
    assert (body["state"], body["publish_on"]) == ("queue", (NOW + timedelta(minutes=90)).isoformat())
    assert "publish_on" not in made(rendering(), state="queue").body


def test_a_warning_stands_first_and_hides_the_rest() -> None:
    body = made(rendering(content_warning="Spinnen")).body
    assert body["content"][0]["text"] == "CW: Spinnen"
    (rows,) = body["layout"]
    assert (rows["truncate_after"], [row["blocks"] for row in rows["display"]]) == (0, [[0], [1], [2], [3]])


def test_sensitive_pictures_are_hidden_below_the_title_or_altogether() -> None:
    sent = rendering(card=None, images=(image(),), sensitive=True)
    assert made(sent).body["layout"][0]["truncate_after"] == 0
    assert made(replace(sent, title="", text="Ein Bild")).body["layout"][0]["truncate_after"] == -1
    assert "layout" not in made(rendering(sensitive=True)).body


def test_a_sensitive_post_shows_no_picture_on_its_card() -> None:
    assert "poster" not in made(rendering(card=card(image()), sensitive=True)).body["content"][-1]


def test_what_is_to_be_hidden_stays_hidden_in_the_simplest_form() -> None:
    warned = made(rendering(content_warning="Spinnen"), Correction(plain=True)).body
    assert (warned["content"][0]["text"], warned["layout"][0]["truncate_after"]) == ("CW: Spinnen", 0)
    pictured = rendering(card=None, images=(image(),), sensitive=True)
    assert made(pictured, Correction(plain=True)).body["layout"][0]["truncate_after"] == -1
    assert "layout" not in made(rendering(), Correction(plain=True)).body


# The whole post


def whole(html: str, **changes: Any) -> Rendering:
    return rendering(**{"html": html, **changes})


def test_a_whole_post_has_title_body_and_card() -> None:
    body = made(whole("<p>Eins</p><p>Zwei</p>"), layout="full")
    assert texts(body) == ["Grüße 👋", "Eins", "Zwei"]
    assert body.body["content"][-1]["type"] == "link"


@pytest.mark.parametrize("html", ["<h2>Grüße  👋</h2><p>Eins</p>", "<p>Eins</p>"])
def test_the_title_is_not_said_twice(html: str) -> None:
    assert texts(made(whole(html), layout="full")) == ["Grüße 👋", "Eins"]


def test_a_note_has_no_title_and_a_whole_one_no_card() -> None:
    assert texts(made(whole("<p>Eins</p>", title="", card=None), layout="full")) == ["Eins"]


def test_pictures_that_stand_nowhere_come_first() -> None:
    lead, inside = image("lead", b"GIF89a", "https://blog.example.org/lead.gif", "image/gif"), image(source=CAT)
    body = made(whole(f'<p>a</p><img src="{CAT}">', images=(lead, inside)), layout="full").body
    assert [b.get("alt_text") for b in body["content"]] == [None, "lead", None, "a cat", None]


def test_a_post_about_another_page_leads_there() -> None:
    text = "Titel\n\nhttps://other.example/page?a&b"
    span = (Span(7, len(text), SpanKind.LINK, "https://other.example/page?a&b"),)
    missing = made(whole("<p>Lies das.</p>", text=text, spans=span), layout="full")
    assert texts(missing)[-1] == "https://other.example/page?a&b"
    there = whole('<p><a href="https://other.example/page?a&amp;b">Das</a></p>', text=text, spans=span)
    assert texts(made(there, layout="full"))[-1] == "Das"


def test_a_post_without_markup_is_its_text() -> None:
    assert texts(made(rendering(html=""), layout="full")) == ["Grüße 👋", "Ein Satz über Grüße."]


def test_a_thousand_blocks_are_enough_for_the_card_too() -> None:
    body = made(whole("<p>x</p>" * 3000), layout="full").body
    assert (len(body["content"]) <= 1000, body["content"][-1]["type"]) == (True, "link")
    assert sum(text.count("x") for text in texts(made(whole("<p>x</p>" * 3000), layout="full"))) == 3000


def test_a_post_beyond_a_megabyte_is_announced() -> None:
    body = made(whole("<p>" + "Wörter " * (LARGEST_POST // 7) + "</p>"), layout="full")
    assert (body.warnings, texts(body)) == ((TOO_LONG,), ["Grüße 👋", "Ein Satz über Grüße."])


def test_after_a_refusal_it_is_plain_or_without_pictures() -> None:
    sent = whole(f'<h3>b</h3><p><i>a</i></p><img src="{CAT}">', images=(image(source=CAT),))
    plain = made(sent, Correction(plain=True), layout="full")
    assert all("formatting" not in b and "subtype" not in b for b in plain.body["content"])
    assert plain.pictures
    bare = made(sent, Correction(bare=True), layout="full")
    assert (bare.warnings, bare.pictures, texts(bare)[-1]) == ((WITHOUT_PICTURES,), {}, "a cat")
