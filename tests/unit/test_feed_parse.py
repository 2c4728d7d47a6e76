"""Whole documents: engines' feeds, encodings, damage, and what is refused."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.feed.document import NotAFeed, Push
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
    assert post.images == (Image(cover, "Boats at low tide", lead=True),)  # the body shows it smaller


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
    "broken", ["<title>One & more</title>", "<title>One</title><description><p>a<br>b</description>", "<x:y>a</x:y>"]
)
def test_a_damaged_entry_costs_the_others_nothing(broken: str) -> None:
    pictured = (
        '<media:content url="https://blog.example/a.jpg" medium="image"><media:description>A hut</media:description>'
        "</media:content>"
    )
    whole = item(f"<title>Two</title><guid isPermaLink='false'> 2 </guid>{pictured}", "https://blog.example/2")
    document = read(rss(item(broken, "https://blog.example/1") + whole))
    assert [post.link for post in document.posts] == ["https://blog.example/1", "https://blog.example/2"]
    assert (document.posts[1].guid, document.posts[1].images[0].alt) == ("2", "A hut")
    assert "is not well-formed XML" in document.remarks[0]
    assert (document.partial, document.omitted) == (False, 0)


def test_a_guid_is_read_as_it_is_written_even_in_a_damaged_entry() -> None:
    post = only(rss(item("<title>A & B</title><guid><![CDATA[/posts/1]]></guid>")))
    assert post.guid == "/posts/1"


def test_entries_that_never_end_are_ended_by_the_next() -> None:
    document = read(rss("<item><link>https://blog.example/1</link><item><link>https://blog.example/2</link>"))
    assert [post.link for post in document.posts] == ["https://blog.example/1", "https://blog.example/2"]
    assert not document.partial


def test_items_of_other_vocabularies_are_no_posts() -> None:
    inside = '<shop:item xmlns:shop="urn:shop"><link>https://shop.example/</link></shop:item><item/>'
    (post,) = read(rss(item(f"<title>One</title>{inside}<description>Words</description>"))).posts
    assert (post.title, post.text) == ("One", "Words")


def test_entries_may_bear_the_prefix_of_their_format() -> None:
    document = read(
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:id>urn:1</a:id><a:title>One</a:title></a:entry>'
        "<a:entry><a:id>urn:2</a:id><a:title>Two & a half</a:title></a:entry></a:feed>"
    )
    assert [(post.guid, post.title) for post in document.posts] == [("urn:1", "One"), ("urn:2", "Two & a half")]


def archive(number: int, date: str = "<pubDate>{:02} {} {} 10:00:00 GMT</pubDate>") -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    dates = [date.format(i % 28 + 1, months[i // 28 % 12], 2000 + i // 336) for i in range(number)]
    return rss("".join(item(f"<title>P{i}</title>{dates[i]}", f"https://blog.example/{i}") for i in range(number)))


def test_of_an_archive_the_newest_are_read_and_the_rest_is_told() -> None:
    document = read(archive(800))
    assert [post.title for post in document.posts] == [f"P{i}" for i in range(300, 800)]
    assert (document.declared, document.omitted, document.partial) == (800, 300, False)
    assert document.remarks == (
        "the document holds 800 posts, and only the newest 500 were read; a shorter feed is enough",
    )


def test_of_an_archive_without_dates_both_ends_are_read() -> None:
    document = read(archive(800, ""))
    assert [post.title for post in document.posts] == [f"P{i}" for i in (*range(250), *range(550, 800))]
    assert "because most of them have no date" in document.remarks[0]


def test_an_archive_in_json_is_no_different() -> None:
    items = [{"id": str(i), "date_published": f"20{i // 400 + 10}-01-{i % 28 + 1:02}"} for i in range(800)]
    document = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))
    assert (len(document.posts), document.omitted, document.declared) == (500, 300, 800)
    assert all(post.published is not None for post in document.posts)
    assert sum(post.published.year == 2011 for post in document.posts if post.published) == 400


def test_500_posts_are_all_read() -> None:
    document = read(archive(500))
    assert (len(document.posts), document.omitted, document.remarks) == (500, 0, ())


def test_what_a_feed_says_of_itself_is_handed_on() -> None:
    head = (
        '<link>https://blog.example/</link><a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="/hub"/>'
        '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="/feed"/><ttl>90</ttl>'
        '<cloud domain="rpc.example" port="443" path="ping" protocol="http-post" registerProcedure=""/>'
    )
    document = read(rss(item(""), head=head))
    assert document.push == Push(
        ("https://blog.example/hub",), "https://blog.example/feed", "https://rpc.example:443/ping"
    )
    assert document.ttl == timedelta(minutes=90)


@pytest.mark.parametrize("ttl", ["", "soon", "-5", "0", "999999999", "1e3"])
def test_a_wish_that_means_nothing_is_none(ttl: str) -> None:
    assert read(rss(item(""), head=f"<ttl>{ttl}</ttl>")).ttl is None


def test_json_says_the_same_in_its_own_words() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": "/feed.json",
        "hubs": [
            {"type": "WebSub", "url": "https://hub.example/"},
            {"type": "other", "url": "https://x.example/"},
            7,
        ],
        "expired": True,
        "items": [],
    }
    document = read(json.dumps(feed))
    assert document.push == Push(("https://hub.example/",), "https://blog.example/feed.json")
    assert document.expired


def test_entries_that_the_feed_calls_deleted_are_named() -> None:
    deleted = '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="{}" when="2026-01-01"/>'
    document = read(atom(deleted.format("urn:1") + "<entry><id>urn:2</id></entry>" + deleted.format("urn:3")))
    assert document.deleted == ("urn:1", "urn:3")
    assert [post.guid for post in document.posts] == ["urn:2"]


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
