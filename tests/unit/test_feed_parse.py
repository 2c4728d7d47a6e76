"""Whole documents: engines' feeds, encodings, damage, and what is refused."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syndicator.feed.parse import NotAFeed
from syndicator.post import Image, Kind
from tests.unit.feed_ground import RSS, atom, item, only, read, rss, sample


def test_hugo() -> None:
    document = sample("hugo.xml", "https://garden.example/index.xml")
    article, note, page = document.posts
    assert (document.title, document.home, document.language) == (
        "A garden of notes",
        "https://garden.example/",
        "en-GB",
    )
    assert (document.partial, document.declared) == (False, 3)
    assert (article.title, article.kind) == ("Sowing peas & beans", Kind.ARTICLE)
    assert article.text == "The soil is warm enough, so the peas & beans went in today."
    assert article.published == datetime(2026, 4, 12, 7, tzinfo=UTC)
    assert (note.title, note.kind, note.text) == ("", Kind.NOTE, "First swallow of the year 🐦 over the barn.")
    assert (page.published, page.language) == (None, "en-GB")


def test_wordpress() -> None:
    (post,) = sample("wordpress.xml", "https://wandern.example/feed/").posts
    assert post.guid == "https://wandern.example/?p=412"
    assert post.link == "https://wandern.example/2026/05/grat/?lang=de"
    assert post.title == "Über den Grat & zurück"
    assert post.text.startswith("Um fünf Uhr los, um neun am Gipfel 🎉.")
    assert post.text.endswith("Abends in der Hütte.")
    assert post.summary == "Um fünf Uhr los, um neun am Gipfel…"
    assert post.tags == ("Berge & Täler",)
    assert post.images == (Image("https://wandern.example/wp-content/uploads/grat.jpg", "Der Grat im Morgenlicht"),)
    assert 'href="https://wandern.example/2026/05/huette/"' in post.html
    assert (post.author, post.language) == ("Änne", "de")


def test_ghost() -> None:
    (post,) = sample("ghost.xml").posts
    assert (post.title, post.kind, post.summary) == ("", Kind.NOTE, "")
    cover = "https://letters.example/content/images/2026/03/harbour.jpg"
    assert post.images[0] == Image(cover, "", lead=True)
    assert post.images[1].alt == "Boats at low tide"


def test_jekyll() -> None:
    document = sample("jekyll.xml", "https://cafe.example/feed.xml")
    (post,) = document.posts
    assert (document.title, document.language) == ("Café & código", "pt-BR")
    assert post.title == "Usando <b> em C++: vector<int>"
    assert post.published == datetime(2026, 2, 1, 13, tzinfo=UTC)
    assert post.updated == datetime(2026, 2, 2, 8, tzinfo=UTC)
    assert 'href="https://cafe.example/2026/02/01/exemplo.html"' in post.html
    assert 'href="https://cafe.example/2026/02/01/vector.html#nota"' in post.html
    assert "alert" not in post.html
    assert (post.summary, post.tags, post.author) == ("Um resumo.", ("C++",), "Zé")
    assert post.images == (Image("https://cafe.example/capa.png", lead=True),)


def test_rss_1_0() -> None:
    (post,) = sample("rss10.xml").posts
    assert (post.guid, post.link, post.title) == ("https://old.example/1", "https://old.example/1", "Still here")
    assert (post.author, post.tags) == ("Ada", ("history",))
    assert post.published == datetime(2004, 5, 6, 5, 8, 9, tzinfo=UTC)


def test_json_feed() -> None:
    document = sample("microblog.json", "https://kit.example/feed.json")
    note, link = document.posts
    assert (document.title, document.home, document.declared) == ("Kit", "https://kit.example/", 3)
    assert (note.kind, note.text, note.tags) == (Kind.NOTE, "Rain at last.", ("weather", "garden"))
    assert note.images == (Image("https://kit.example/2026/06/01/uploads/rain.jpg", "Drops on a window"),)
    assert (link.guid, link.kind, link.external_link) == ("2", Kind.LINK, "https://elsewhere.example/essay")
    assert link.text == "Two reasons:\n\n1 < 2\nand so on"
    assert link.images == (Image("https://kit.example/uploads/card.png", lead=True),)
    assert (link.author, link.language) == ("Kit", "en")


TITLED = "<title>Café — ’ κ</title>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss(item(TITLED)).encode(), ""),
        (rss(item(TITLED)).encode("utf-8-sig"), "text/xml; charset=iso-8859-1"),
        (rss(item(TITLED), declared="utf-16").encode("utf-16"), ""),
        (rss(item(TITLED)).encode("utf-16-be"), ""),
        (rss(item(TITLED)).encode("utf-32"), ""),
        (rss(item(TITLED), declared="iso-8859-1").encode(), "text/xml; charset=iso-8859-1"),
        (rss(item(TITLED), declared="x-unknown").encode(), "application/rss+xml"),
        (rss(item(TITLED), declared="rot13").encode(), ""),
        (rss(item(TITLED), declared="utf-16").encode(), ""),
        (rss(item(TITLED)).split("\n", 1)[1].encode(), "application/octet-stream"),
    ],
)
def test_an_encoding_is_found_even_where_it_is_named_wrongly(body: bytes, content_type: str) -> None:
    (post,) = read(body, content_type=content_type).posts
    assert post.title == "Café — ’ κ"


@pytest.mark.parametrize(
    ("text", "encoding", "declared", "content_type"),
    [
        ("Café ’", "cp1252", "iso-8859-1", ""),
        ("Café ’", "cp1252", "utf-8", ""),
        ("Привет", "cp1251", "windows-1251", ""),
        ("Привет", "cp1251", "utf-8", "text/xml; charset=windows-1251"),
        ("日本", "shift_jis", "Shift_JIS", ""),
    ],
)
def test_other_encodings_are_read(text: str, encoding: str, declared: str, content_type: str) -> None:
    document = rss(item(f"<title>{text}</title><category>{text}</category>"), declared=declared)
    (post,) = read(document.encode(encoding), content_type=content_type).posts
    assert (post.title, post.tags) == (text, (text,))


@pytest.mark.parametrize(
    "title",
    ["A & B", "A&nbsp;B", "A\x08 B", "A &#8; B", "A &unknown; B", "A &#x1F; B", "<![CDATA[A & B]]>", "A <b>B</b>"],
)
def test_everyday_damage_loses_nothing_else(title: str) -> None:
    post = only("\n\n" + rss(item(f"<title>{title}</title><description>Words</description>")))
    assert post.title[0] + post.title[-1] == "AB" or "unknown" in post.title
    assert post.text == "Words"
    assert not [c for c in post.title if ord(c) < 32]


COMPLETE = item("<title>One</title>", "https://blog.example/1") + item("<title>Two</title>", "https://blog.example/2")


@pytest.mark.parametrize(
    "end",
    [
        "<item><title>Three",
        "<item><title>Three</title><link>https://blog.example/3</link>",
        "<item><description><![CDATA[<p>half </item></channel></rss>",
        "<item><title>Three</title><!-- </item></rss>",
        "<item><link>https://blog.example/3</li",
    ],
)
def test_a_cut_document_gives_what_is_whole_and_says_so(end: str) -> None:
    document = read(rss(COMPLETE).removesuffix("</channel></rss>") + end)
    assert [post.title for post in document.posts] == ["One", "Two"]
    assert (document.partial, document.declared) == (True, 3)


def test_a_document_cut_between_entries_is_partial_too() -> None:
    document = read(rss(COMPLETE).removesuffix("</channel></rss>"))
    assert (len(document.posts), document.partial) == (2, True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("\ufeff \n", "empty"),
        ("<!doctype html><p>hello", "web page"),
        ("<HTML><head>", "web page"),
        ("<opml><body/></opml>", "neither RSS, Atom nor JSON Feed"),
        ("just words", "neither RSS, Atom nor JSON Feed"),
        ("https://blog.example/other.xml", "neither RSS, Atom nor JSON Feed"),
        ('{"version": "1", "items": []}', "not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1', "damaged or cut off"),
        ('{"a":' * 100_000, "damaged or cut off"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(body: str, reason: str) -> None:
    with pytest.raises(NotAFeed) as refusal:
        read(body)
    assert reason in refusal.value.reason


def test_a_body_that_is_a_file_name_opens_no_file(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(RSS)
    with pytest.raises(NotAFeed):
        read(str(tmp_path / "feed.xml"))


BOMB = '<!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize("before", ["", "<!-- <rss> -->", "<?x <![CDATA[ ?>", "<!-- <![CDATA[ -->"])
def test_a_document_with_entities_of_its_own_is_refused(before: str) -> None:
    with pytest.raises(NotAFeed, match="<!ENTITY"):
        read(f"{before}{BOMB}<rss version='2.0'><channel><title>&b;</title></channel></rss>")


def test_a_post_about_entities_is_not_a_bomb() -> None:
    post = only(
        rss(item("<title>XML</title><description><![CDATA[<p>On &lt;!ENTITY and <!ENTITY</p>]]></description>"))
    )
    assert "<!ENTITY" in post.text


@pytest.mark.parametrize(
    "extra", ["<psc:chapters xmlns:psc='http://podlove.org/simple-chapters'><psc:chapter/></psc:chapters>"]
)
def test_what_makes_the_library_stumble_is_a_refusal_not_a_crash(extra: str) -> None:
    with pytest.raises(NotAFeed, match="could not be parsed"):
        read(rss(item(extra)))


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss("")).posts == ()
    assert read('{"version": "https://jsonfeed.org/version/1.1", "items": []}').posts == ()


def test_an_entry_without_published_is_dated_by_updated() -> None:
    post = only(atom("<entry><id>1</id><updated>2026-01-02T03:04:05Z</updated></entry>"))
    assert post.published == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_parsing_leaves_the_heavy_libraries_alone_until_it_is_needed() -> None:
    program = "import sys, syndicator.feed.parse; print(sorted({'feedparser', 'nh3', 'requests'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "body",
    [
        "<!-- -->" * 2_000 + rss(""),
        rss("<!--" * 100_000),
        rss("<![CDATA[" * 100_000),
        rss("&" * 300_000),
        rss(item("<title>A</title>", "https://blog.example/" + "index.html/" * 50_000)),
        rss(item(f"<author>{'(@' * 100_000}</author>")),
        rss(item("<title>" + "&amp;lt;a " * 50_000 + "</title>")),
        rss(item("<media:group>" * 500)),
    ],
)
def test_hostile_documents_take_no_time(body: str) -> None:
    assert len(read(body).posts) < 2


CORPUS = Path(os.environ.get("SYNDICATOR_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))


@pytest.mark.skipif(not (CORPUS / "real").is_dir(), reason="no feed corpus here; SYNDICATOR_CORPUS names its folder")
def test_real_feeds_are_read() -> None:
    documents = [read(path.read_bytes()) for path in sorted((CORPUS / "real").iterdir())[::8] if path.suffix != ".csv"]
    assert all(document.posts or not document.declared for document in documents)
