"""The page of copies: read as text, as a tree, and as a list of colours. No browser is needed for any of it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from syndicator.connector import Span, SpanKind
from syndicator.preview.after import posts_of
from syndicator.preview.before import pieces, shown
from syndicator.preview.looks import LOOKS, PLAIN, look_of
from syndicator.preview.page import code, data_url, grouped, letters, page, tone
from syndicator.preview.sheet import Block, Picture, Sheet, ShownPost, web
from tests.unit import preview_ground as ground

CSS = files("syndicator.preview").joinpath("page.css").read_text(encoding="utf-8")
ENOUGH = 4.5  # to one, of WCAG 2.2 for text of any size


@cache
def source() -> str:
    return page(ground.sheet())


@cache
def tree() -> BeautifulSoup:
    return BeautifulSoup(source(), "html.parser")


def of(*copies: Any) -> BeautifulSoup:
    found = tuple(shown(copy) for copy in copies)
    return BeautifulSoup(page(Sheet("A title", "", (ShownPost("A walk", ground.LINK, "en", found),))), "html.parser")


def words(element: Any) -> str:
    return " ".join(element.get_text(" ").split())


# Nothing but itself


def test_it_loads_nothing_and_runs_nothing() -> None:
    policy = tree().select_one('meta[http-equiv="Content-Security-Policy"]')
    assert policy is not None
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    loading = {str(e.get("src") or "") for e in tree().find_all(src=True)}
    assert {address.partition(",")[0] for address in loading} == {"data:image/png;base64"}
    assert tree().find(["script", "link", "iframe", "object", "embed", "form"]) is None
    assert re.findall(r"url\(|@import|@font-face", CSS) == []
    handlers = [name for e in tree().find_all(True) for name in e.attrs if name.startswith("on")]
    assert handlers == []


def test_what_others_wrote_is_text() -> None:
    said = [words(e) for e in tree().select(".cw-words, .words, .held")]
    assert sum(ground.HOSTILE.replace("\n", " ") in text for text in said) == 3


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example", "mailto:a@b.c", "http://[", ""]
)
def test_an_address_that_is_not_of_the_web_is_no_link(address: str) -> None:
    text = "see here"
    (piece,) = pieces(text, [Span(0, len(text), SpanKind.LINK, address)], PLAIN)
    assert (piece.text, piece.href, web(address)) == (text, "", "")


def test_every_link_leads_into_the_web_or_to_a_part_of_the_page() -> None:
    links = [str(a["href"]) for a in tree().find_all("a")]
    ids = {f"#{e['id']}" for e in tree().find_all(id=True)}
    assert links
    assert [link for link in links if link not in ids and not link.startswith(("http://", "https://"))] == []


def test_the_same_copies_give_the_same_bytes() -> None:
    assert page(ground.sheet()) == source()


# What a copy shows


def test_each_copy_shows_its_words_links_tags_and_mentions() -> None:
    paper = of(ground.copy("mastodon")).select_one(".look-mastodon")
    assert paper is not None
    text = paper.select_one(".words")
    assert text is not None
    short = "blog.example/2026/a-walk-along…"
    assert text.get_text().split() == ground.WORDS.replace(ground.LINK, short).split()
    assert f"{short}</a>\n\n<a" in str(page(Sheet("", "", (ShownPost("", copies=(shown(ground.copy("mastodon")),)),))))
    assert [(a.get_text(), a["href"]) for a in text.find_all("a")] == [
        ("@ada", "https://social.example/@ada"),
        ("blog.example/2026/a-walk-along…", ground.LINK),
        ("#lake", "https://social.example/tags/lake"),
        ("#earlyMorning", "https://social.example/tags/earlyMorning"),
    ]


def test_spans_that_overlap_or_reach_too_far_cost_no_words() -> None:
    text = "one two three"
    odd = [Span(0, 7, SpanKind.TAG, "a"), Span(4, 9, SpanKind.TAG, "b"), Span(8, 99, SpanKind.LINK, ground.LINK)]
    assert "".join(piece.text for piece in pieces(text, odd, PLAIN)) == text


def test_counts_stand_beside_their_limits_and_too_many_are_told_in_words() -> None:
    long = ground.copy("bluesky", ground.a_copy(text="x" * 301, spans=()))
    (count,) = [words(e) for e in of(long).select(".meters li")]
    assert count == "Characters 301 of 300: 1 too many"


def test_bytes_are_counted_where_they_could_matter() -> None:
    family = "👩‍👩‍👧‍👦" * 70
    heavy = replace(ground.copy("bluesky", ground.a_copy(text=family, spans=())), lengths=(70,))
    assert [words(e) for e in of(heavy).select(".meters li")] == ["Characters 70 of 300", "Bytes 1,750 of 3,000"]


def test_alt_texts_are_counted_in_what_a_reader_takes_for_a_letter() -> None:
    soup = of(ground.copy("bluesky", ground.a_copy(images=ground.attached(1, "👩‍👩‍👧‍👦 e\u0301"))))
    assert [words(e) for e in soup.select(".meters li")][-1] == "Alt text 3 of 1,500"


def test_a_place_on_this_machine_does_not_travel_with_the_page() -> None:
    soup = of(ground.copy("file", handle="/home/ada/copies"))
    assert (words(soup.select_one(".names")), "/home/ada" in str(soup)) == ("You file", False)


def test_a_content_warning_folds_everything_under_it() -> None:
    (paper,) = of(ground.copy("mastodon", ground.a_copy(content_warning="Food", images=ground.attached(2)))).select(
        ".paper"
    )
    (fold,) = paper.select("details.cw")
    assert words(fold.summary).startswith("Food")
    assert (len(fold.select("img")), len(paper.select("img")), len(fold.select(".words"))) == (2, 2, 1)
    assert not fold.has_attr("open")


def test_sensitive_pictures_are_behind_a_fold_of_their_own() -> None:
    soup = of(ground.copy("bluesky", ground.a_copy(sensitive=True, images=ground.attached(1))))
    assert len(soup.select("details.veil img")) == 1
    assert soup.select("details.veil .words") == []


def test_alt_text_is_there_on_demand_and_a_missing_one_is_told() -> None:
    with_alt, without = (
        of(ground.copy("mastodon", ground.a_copy(images=ground.attached(1, alt)))) for alt in ("A jetty", "")
    )
    (fold,) = with_alt.select("details.alt")
    assert (words(fold.summary), words(fold.p)) == ("ALT text", "A jetty")
    assert words(without.select_one(".noalt")) == "No alt text"
    assert without.select("details.alt") == []


@pytest.mark.parametrize("count", range(1, 8))
def test_no_picture_is_left_out(count: int) -> None:
    soup = of(ground.copy("linkedin", ground.a_copy(images=ground.attached(count))))
    assert len(soup.select(f".shots.n{min(count, 5)} img")) == count


def test_the_parts_of_a_thread_stand_in_their_order() -> None:
    (article,) = [a for a in tree().find_all("article") if "The third. 3/3" in words(a)]
    assert [words(e)[:15] for e in article.select(".post .words")] == [
        "A walk along th",
        "The second part",
        "The third. 3/3",
    ]
    assert "thread of 3" in words(article.select_one(".facts"))


def test_a_whole_post_keeps_its_shape_and_loses_its_markup() -> None:
    (paper,) = of(ground.copy("medium", ground.story(), can=ground.WHOLE)).select(".whole")
    assert [e.name for e in paper.find_all(True, recursive=False)] == [
        *("h4", "p", "h5", "ul", "blockquote", "pre", "figure", "p", "h6", "p", "p")
    ]
    assert [words(e) for e in paper.select("li")] == ["one", "two"]
    assert paper.select("em, code, script") == []


def test_what_cannot_be_shown_says_why_instead() -> None:
    (article,) = [a for a in tree().find_all("article") if "Cannot be shown" in words(a)]
    assert "the template needs a title" in words(article)
    assert article.select(".paper") == []


def test_what_would_be_held_is_shown_and_says_so() -> None:
    soup = of(ground.copy("mastodon", held="a picture has no alt text"))
    assert words(soup.select_one(".held")) == "Held. a picture has no alt text"
    assert len(soup.select(".paper")) == 1


def test_a_comparison_marks_what_came_and_what_went() -> None:
    (article,) = [a for a in tree().find_all("article") if a.select(".changes")]
    diff = article.select_one(".diff")
    assert diff is not None
    assert (
        "".join(t.get_text() for t in diff.contents if getattr(t, "name", None) != "ins") == "A walk, read it at home."
    )
    assert "".join(t.get_text() for t in diff.contents if getattr(t, "name", None) != "del") == ground.WORDS
    assert len(article.select("details.earlier .paper")) == 1


# Looks


def test_a_connector_nobody_knows_looks_plain_unless_it_names_a_look() -> None:
    strange = ground.copy("postcard")
    assert of(strange).select(".stage.look-plain")
    assert of(replace(strange, look="tumblr")).select(".stage.look-tumblr")
    assert look_of("../../etc") is PLAIN


def test_every_look_has_its_style_and_every_icon_is_there() -> None:
    assert {name for name in LOOKS if f".look-{name} {{ --stage" not in CSS} == set()
    drawn = {str(use["href"]) for use in tree().find_all("use")}
    assert {f"#i-{name}" for look in LOOKS.values() for name, _ in look.actions} <= drawn
    assert drawn <= {f"#{symbol['id']}" for symbol in tree().find_all("symbol")}


# What services have received


def test_received_copies_stand_under_their_posts_and_strays_are_not_hidden() -> None:
    told: dict[str, list[dict[str, Any]]] = {
        "bluesky": [
            {"url": "https://b.example/1", "text": "First 1/2", "handle": "@me.b.example"},
            {"url": "https://b.example/3", "text": "A stray"},
            {"url": "https://b.example/2", "text": "Second 2/2", "reply_to": "https://b.example/1"},
        ],
        "file": [{"source": ground.LINK, "text": "In a folder #lake", "tags": ["lake", "early morning"]}],
    }
    known = [ShownPost("A walk", ground.LINK)]
    walk, others = posts_of(told, known, {"https://b.example/1": ground.LINK})
    assert [["".join(p.text for p in part) for part in copy.parts] for copy in walk.copies] == [
        ["First 1/2", "Second 2/2"],
        ["In a folder #lake"],
    ]
    assert walk.copies[1].tags == ("early morning",)
    assert [copy.parts[0][0].text for copy in others.copies] == ["A stray"]


def test_two_copies_of_one_post_are_seen_to_be_two() -> None:
    told = {"bluesky": [{"url": f"https://b.example/{n}", "text": "Twice"} for n in (1, 2)]}
    (walk,) = posts_of(told, [ShownPost("A walk", "l")], {f"https://b.example/{n}": "l" for n in (1, 2)})
    assert len(walk.copies) == 2


def test_what_a_service_tells_cannot_choose_elements_or_scripts() -> None:
    block = {"as": "script", "pieces": [{"text": "alert(1)", "href": "javascript:alert(2)"}]}
    told = {
        "blocks": [block],
        "url": "javascript:x",
        "card": {"url": "javascript:y", "title": "z"},
        "language": '"><b>',
    }
    (stray,) = posts_of({"medium": [told]}, (), {})
    soup = BeautifulSoup(page(Sheet("t", "", (stray,))), "html.parser")
    assert [e.name for e in soup.select(".whole > *")] == ["p"]
    assert (soup.select("script"), "javascript:" in str(soup), soup.select("div.card") != []) == ([], False, True)


# For everybody


def test_the_page_has_landmarks_a_language_and_a_title() -> None:
    assert tree().html is not None
    assert tree().html["lang"] == "en"  # type: ignore[index]
    assert [e.name for e in tree().body.find_all(["header", "nav", "main", "footer"], recursive=False)] == [  # type: ignore[union-attr]
        *("header", "nav", "main", "footer")
    ]
    assert tree().title is not None
    assert "user-scalable" not in source()


def test_headings_go_down_one_level_at_a_time() -> None:
    levels = [int(h.name[1]) for h in tree().find_all(re.compile(r"^h[1-6]$"))]
    assert levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_a_whole_post_that_begins_deep_begins_one_level_below_the_page() -> None:
    found = [tag for tag, _ in grouped([Block(tag) for tag in ("h3", "p", "h1", "h4", "li", "li", "h2")])]
    assert found == ["h4", "p", "h4", "h5", "ul", "h5"]


def test_every_region_and_copy_is_called_by_its_heading() -> None:
    named = tree().find_all(["section", "article"])
    assert len({str(e["aria-labelledby"]) for e in named}) == len(named)
    assert [e for e in named if tree().find(id=e["aria-labelledby"]) is None] == []


def test_every_picture_has_a_text_and_every_drawing_is_silent() -> None:
    assert [img for img in tree().find_all("img") if not img.has_attr("alt")] == []
    decoration = [img for img in tree().find_all("img") if img["alt"] == ""]
    assert [img for img in decoration if img.find_parent(class_="card") is None] == []
    assert [svg for svg in tree().find_all("svg") if svg.get("aria-hidden") != "true"] == []


def test_a_copy_says_its_language_and_its_words_choose_their_direction() -> None:
    (paper,) = [p for p in tree().select(".paper") if p.get("lang") == "ar"]
    assert paper.select_one(".words[dir=auto]") is not None
    assert [e for e in tree().select(".words, .cw-words, .diff, .card-words, h1, h2") if e.get("dir") != "auto"] == []


def test_every_fold_has_a_summary_with_words() -> None:
    folds = tree().find_all("details")
    assert folds
    assert [fold for fold in folds if not isinstance(fold.summary, Tag) or not words(fold.summary)] == []


def test_what_a_keyboard_reaches_can_be_seen_and_motion_can_be_refused() -> None:
    assert re.search(r":focus-visible \{ outline: 3px solid var\(--focus\)", CSS)
    assert re.findall(r"outline:\s*(?:none|0)", CSS) == []
    assert "@media (prefers-reduced-motion: reduce)" in CSS
    assert "transition" not in CSS
    assert [pre for pre in tree().find_all("pre") if pre.get("tabindex") != "0"] == []


# Colours

READ = {  # what is read on what, on the page itself and in every look
    "page": [
        *(
            ("ink", "page"),
            ("soft", "page"),
            ("link", "page"),
            ("link", "raised"),
            ("ink", "raised"),
            ("soft", "raised"),
        ),
        *(("warn-ink", "warn-paper"), ("bad-ink", "bad-paper"), ("ins-ink", "ins-paper"), ("del-ink", "del-paper")),
        *(("focus", "page"), ("bad-ink", "page")),
    ],
    "look": [
        *(("ink", "paper"), ("soft", "paper"), ("link", "paper"), ("ink", "well"), ("soft", "well"), ("link", "well")),
    ],
}


def colours(theme: str) -> dict[str, dict[str, str]]:
    """Selector → its variables; the dark ones stand on top of the light ones."""
    light, dark = CSS.split("@media (prefers-color-scheme: dark) {", 1)
    found: dict[str, dict[str, str]] = {}
    for part in (light, dark.split("\n}\n", 1)[0])[: 2 if theme == "dark" else 1]:
        for selector, body in re.findall(r"([:.][\w-]+) \{([^}]*)\}", part):
            found.setdefault(selector, {}).update(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", body))
    return found


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def read_in(theme: str) -> Iterator[tuple[str, str, str, float]]:
    for selector, known in colours(theme).items():
        for fore, back in (
            READ["page"] if selector == ":root" else READ["look"] if selector.startswith(".look-") else ()
        ):
            yield selector, fore, back, contrast(known[fore], known[back])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(theme: str) -> None:
    found = list(read_in(theme))
    assert len(found) == len(READ["page"]) + len(LOOKS) * len(READ["look"])
    assert [pair for pair in found if pair[3] < ENOUGH] == []


def test_letters_on_a_face_can_be_read() -> None:
    faces = re.findall(r"\.tone\d \{ --from: (#\w{6}); --to: (#\w{6}); \}", CSS)
    assert len(faces) == 6
    assert [face for face in faces for colour in face if contrast(colour, "#ffffff") < ENOUGH] == []


def test_the_measure_of_contrast_is_the_right_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_colours_stand_in_one_place() -> None:
    """So that none escapes the test above; what lies over pictures is white on nearly black."""
    rest = CSS.split("/* The page */", 1)[1]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rest)) == {"#fff", "#0d0d10e6"}


# Small things


def test_a_heavy_picture_is_made_lighter_and_a_broken_one_is_left_alone() -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((1600, 1200), 90).save(file, "PNG")
    heavy = Picture(file.getvalue(), "image/png")
    assert len(data_url(heavy)) < len(heavy.data) / 2
    assert data_url(heavy).startswith("data:image/jpeg;base64,")
    broken = Picture(b"\0" * 400_000, "text/html")
    assert data_url(broken).startswith("data:image/jpeg;base64,AAAA")


def test_a_face_has_letters_and_a_colour_that_stays() -> None:
    assert [letters(name) for name in ("Ada Lovelace", "ada", "湖の人", "", "…")] == ["AL", "A", "湖", "·", "·"]
    assert tone("Ada") == tone("Ada")
    assert {tone(str(n)) for n in range(60)} == set(range(6))


def test_only_languages_become_attributes() -> None:
    assert [code(c) for c in ("de-AT", "zh-Hant-TW", "", 'en" onload="x', "english language")] == [
        "de-AT",
        "zh-Hant-TW",
        "",
        "",
        "",
    ]
