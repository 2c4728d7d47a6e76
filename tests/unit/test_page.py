"""What a page says of itself, what its server's answer means, and when it is looked for again."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator import pages
from syndicator.cli import words
from syndicator.feed.identify import nurl
from syndicator.feed.page import LARGEST, Head, as_page_says, host_of, read_head, spelling
from syndicator.http import GuardedSession, Http
from syndicator.ledger.rows import DEAD, WAITING
from syndicator.pages import Live, Missing, next_look
from syndicator.post import Post
from syndicator.sandbox.service import Fault, PretendService, Reply, Request

LINK = "https://blog.example/walk/"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def head(html: str, **beside: str) -> Head:
    return read_head(html.encode(), LINK, **beside)


# What a page says

CANONICAL = {
    "plain": f'<link rel="canonical" href="{LINK}">',
    "unquoted": f"<link rel=canonical href={LINK}>",
    "upper case": f'<LINK REL="Canonical" HREF="{LINK}">',
    "among other words": f'<link rel="self canonical" href="{LINK}">',
    "href first": f'<link href="{LINK}" rel="canonical" />',
    "on several lines": f'<link\n  rel="canonical"\n  href="{LINK}"\n>',
    "relative": '<link rel="canonical" href="/walk/">',
    "below a base": '<base href="https://blog.example/walk/more/"><link rel="canonical" href="..">',
    "with entities": '<link rel="canonical" href="https&#58;//blog.example/walk/">',
    "after another link": f'<link rel="alternate" href="/feed.xml"><link rel="canonical" href="{LINK}">',
    "the first of two": f'<link rel="canonical" href="{LINK}"><link rel="canonical" href="/other/">',
    "after an empty one": f'<link rel="canonical" href=""><link rel="canonical" href="{LINK}">',
    "after a comment": f'<!-- <link rel="canonical" href="/draft/"> --><link rel="canonical" href="{LINK}">',
    "after a script": f"<script>'<link rel=canonical href=/x/>'</script><link rel=canonical href={LINK}>",
}


@pytest.mark.parametrize("form", CANONICAL)
def test_a_pages_own_address_is_read(form: str) -> None:
    assert head(f"<html><head>{CANONICAL[form]}</head><body>").canonical == LINK


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<html><head></head>",
        '<body><link rel="canonical" href="/in-a-comment-of-a-reader/">',
        '<link rel="canonical">',
        '<link rel="canonical" href="mailto:me@blog.example">',
        '<link rel="canonical" href="https://[broken/">',
        '<link rel="canonicals" href="/x/">',
        "<!-- <link rel=canonical href=/x/>",
        "<style><link rel=canonical href=/x/></style>",
        "<link rel=canonical href=/cut-o",
    ],
)
def test_what_is_not_said_in_the_head_is_not_read(html: str) -> None:
    assert head(html).canonical is None


def test_the_header_counts_where_the_page_is_silent() -> None:
    assert head("%PDF-1.7", canonical="/walk/").canonical == LINK
    assert head('<link rel="canonical" href="/a/">', canonical="/b/").canonical == "https://blog.example/a/"


@pytest.mark.parametrize(
    ("html", "header", "language"),
    [
        ('<html lang="de">', "", "de"),
        ('<html class="x" lang=pt_br>', "", "pt-BR"),
        ('<html xml:lang="fr">', "", "fr"),
        ('<html lang="de">', "en-gb", "en-GB"),
        ('<html lang="de">', "en, de", "de"),
        ('<html lang="{{ lang }}">', "", None),
        ("<html>", "", None),
        ('<p lang="de">', "", None),
    ],
)
def test_the_language_is_the_headers_or_the_documents(html: str, header: str, language: str | None) -> None:
    assert head(html, language=header).language == language


def test_a_page_that_was_cut_within_a_character_is_still_read_as_what_it_is() -> None:
    page = '<html lang="de"><link rel="canonical" href="/größe/"><body>'.encode()
    cut = page + b"x" * (LARGEST - len(page) - 1) + "ä".encode()
    assert read_head(cut, LINK).canonical == "https://blog.example/größe/"


@given(st.binary(max_size=300) | st.text(alphabet='<>!-="/ linkrelcanonicalhref:.&#x', max_size=300).map(str.encode))
def test_no_page_makes_it_fail(page: bytes) -> None:
    read_head(page, LINK)


@pytest.mark.parametrize(
    "piece", [b"<link ", b"<!--", b"<script>", b"</script ", b"<link rel=canonical href=", b"<html a"]
)
def test_no_page_takes_long(piece: bytes) -> None:
    began = time.process_time()
    read_head(piece * (LARGEST // len(piece)) + b">", LINK)
    assert time.process_time() - began < 1


# Whether it is believed


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("http://blog.example/walk", "https://blog.example/walk"),
        ("https://blog.example/walk", "https://blog.example/walk/"),
        ("https://blog.example/walk", "https://www.blog.example/walk"),
        ("https://blog.example/walk/index.html", "https://blog.example/walk/"),
        ("https://blog.example/?p=7&utm_source=rss", "https://blog.example/?p=7"),
        ("https://blog.example/gr%C3%B6%C3%9Fe/", "https://blog.example/größe/"),
        ("http://blog.example:8080/walk", "https://blog.example:8080/walk"),
    ],
)
def test_another_spelling_of_the_same_address_is_taken(link: str, canonical: str) -> None:
    assert spelling(link, canonical) == canonical


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        (LINK, None),
        (LINK, LINK),
        (LINK, "https://blog.example/"),
        (LINK, "https://blog.example/walk/2/"),
        (LINK, "https://elsewhere.example/walk/"),
        (LINK, "http://blog.example/walk/"),
        (LINK, "https://me:secret@blog.example/walk/"),
        (LINK, "https://evil.example@blog.example/walk/"),
        (LINK, "https://blog.example:80/walk/"),
        ("https://blog.example/day/#note-3", "https://blog.example/day/"),
        ("not an address", "not an address"),
        (LINK, "https://blog.example/walk/?utm_source=page&utm_campaign=x"),
    ],
)
def test_anything_else_is_not(link: str, canonical: str | None) -> None:
    assert spelling(link, canonical) is None


@given(st.text(alphabet="abc/:@.#?%2F=&wÖ", max_size=40))
def test_whatever_is_taken_means_the_same_page_on_the_same_host(rest: str) -> None:
    for canonical in (f"https://blog.example{rest}", f"https:{rest}", rest):
        found = spelling(LINK, canonical)
        assert found is None or (nurl(found) == nurl(LINK) and host_of(found) == "blog.example")


def test_a_host_is_compared_without_its_www() -> None:
    assert host_of("https://www.Blog.example:8443/x") == host_of("http://blog.example/") == "blog.example"
    assert host_of("mailto:me@blog.example") is None


def test_copies_are_made_from_the_pages_spelling_and_language() -> None:
    post = Post("1", "http://blog.example/walk")
    made = as_page_says(post, "https://blog.example/walk/", "de")
    assert (made.link, made.language, made.guid) == ("https://blog.example/walk/", "de", "1")


def test_the_feeds_own_language_and_a_link_that_has_changed_since_are_kept() -> None:
    post = Post("1", "https://blog.example/better-name/", language="fr")
    assert as_page_says(post, "https://blog.example/walk/", "de") == post
    assert as_page_says(Post("1", None), "https://blog.example/walk/", None) == Post("1", None)


# What an answer means


class Server(PretendService):
    reply = Reply(200, b"<html>", {"Content-Type": "text/html"})

    def answer(self, request: Request) -> Reply:
        return self.reply if request.path == "/walk/" else Reply(200, b"elsewhere")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def session(deadline: float = 10.0) -> GuardedSession:
    return Http(allow_private=["127.0.0.1"]).session(deadline=deadline, max_body=LARGEST)


def asked(server: Server, reply: Reply | None = None, deadline: float = 10.0) -> pages.Answer:
    server.reply = reply or server.reply
    return pages.ask(session(deadline), f"{server.url}/walk/")


@pytest.mark.parametrize("status", [200, 201, 203, 204, 206])
def test_any_success_means_that_it_is_there(server: Server, status: int) -> None:
    assert asked(server, Reply(status, b"" if status == 204 else b"<html>")) == Live(Head())


@pytest.mark.parametrize("status", [404, 408, 410, 425, 500, 502, 503, 504, 521])
def test_these_mean_that_it_is_not_there_yet(server: Server, status: int) -> None:
    assert asked(server, Reply(status, b"<title>Oops</title>")) == Missing(f"HTTP {status}")


@pytest.mark.parametrize("status", [304, 400, 401, 402, 403, 405, 406, 418, 429, 451])
def test_a_refusal_says_nothing_about_the_page_and_is_told(server: Server, status: int) -> None:
    answer = asked(server, Reply(status, b""))
    assert isinstance(answer, Live)
    assert f"refuses us the page (HTTP {status})" in str(answer.warning)
    assert "wait_for_page" in str(answer.hint)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, b"<html><head><title>Just a moment...</title>"),
        Reply(503, b"", {"cf-mitigated": "challenge"}),
    ],
    ids=["by its title", "by its header"],
)
def test_a_challenge_is_a_refusal(server: Server, reply: Reply) -> None:
    assert isinstance(asked(server, reply), Live)


def test_a_fault_behind_a_protection_is_a_fault_all_the_same(server: Server) -> None:
    page = b"<title>Internal error</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    assert asked(server, Reply(500, page)) == Missing("HTTP 500")


@pytest.mark.parametrize(("status", "there"), [(200, True), (404, False)])
def test_only_the_beginning_of_a_large_page_is_read(server: Server, status: int, *, there: bool) -> None:
    body = b'<link rel="canonical" href="/walk/?a">' + b"x" * 3 * LARGEST
    answer = asked(server, Reply(status, body))
    if there:
        assert isinstance(answer, Live)
        assert answer.head.canonical == f"{server.url}/walk/?a"
    else:
        assert answer == Missing("HTTP 404")


def test_a_page_that_breaks_off_is_there(server: Server) -> None:
    server.fail_next(Fault.CUT_BODY)
    assert isinstance(asked(server, Reply(200, b"<html>" * 50)), Live)


def test_no_answer_is_about_the_whole_host(server: Server) -> None:
    server.fail_next(Fault.STALL, seconds=1.0)
    late = asked(server, deadline=0.3)
    server.fail_next(Fault.RESET)
    reset = asked(server)
    refused = pages.ask(session(), "http://127.0.0.1:9/walk/")
    nameless = pages.ask(session(), "http://no-such-name.invalid/walk/")
    private = pages.ask(Http().session(), "http://127.0.0.1:9/walk/")
    assert [getattr(a, "of_host", None) for a in (late, reset, refused, nameless, private)] == [True] * 5
    assert "no answer within 0.3 s" in str(late)
    assert "allow_private" in str(private)


def test_what_cannot_be_a_request_is_not_taken_for_the_answer_before_it(server: Server) -> None:
    one = session()
    assert isinstance(pages.ask(one, f"{server.url}/walk/"), Live)
    assert isinstance(pages.ask(one, "http://[broken/"), Missing)


def test_a_redirect_on_the_same_host_is_nothing_special(server: Server) -> None:
    assert asked(server, Reply(302, None, {"Location": "/there/"})) == Live(Head())


def test_a_redirect_to_another_host_is_noted(server: Server) -> None:
    there = server.url.replace("127.0.0.1", "localhost") + "/there/"
    server.reply = Reply(302, None, {"Location": there})
    open_to_both = Http(allow_private=["127.0.0.1", "localhost"]).session()
    answer = pages.ask(open_to_both, f"{server.url}/walk/")
    assert isinstance(answer, Live)
    assert (answer.note, answer.warning) == ("its link leads on to another host, localhost", None)


def test_a_redirect_into_a_private_network_is_not_followed(server: Server) -> None:
    server.reply = Reply(302, None, {"Location": server.url.replace("127.0.0.1", "localhost")})
    answer = asked(server)
    assert isinstance(answer, Missing)
    assert (answer.of_host, "localhost: leads to" in answer.said) == (False, True)
    assert len(server.requests) == 1


def test_redirects_without_end_are_no_page(server: Server) -> None:
    answer = asked(server, Reply(302, None, {"Location": "/walk/"}))
    assert isinstance(answer, Missing)
    assert "more than 5 redirects" in answer.said


def test_a_page_that_names_another_host_as_the_original_is_told(server: Server) -> None:
    answer = asked(server, Reply(200, b'<link rel="canonical" href="https://medium.example/walk">'))
    assert isinstance(answer, Live)
    assert "https://medium.example/walk" in str(answer.warning)
    assert answer.note is None


def test_it_says_who_asks_and_what_for(server: Server) -> None:
    asked(server)
    (request,) = server.requests
    assert (request.method, request.headers["user-agent"][:11]) == ("GET", "syndicator/")
    assert "text/html" in request.headers["accept"]


# When it is looked for again


def test_the_pauses_grow_to_an_hour() -> None:
    found = [next_look(NOW, tries, NOW) for tries in range(1, 8)]
    assert [at - NOW for at in found if at] == [2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, HOUR, HOUR, HOUR]


@pytest.mark.parametrize(
    ("waited", "tries", "enough"),
    [(DAY, 3, True), (DAY - MINUTE, 99, False), (DAY, 2, False), (30 * DAY, 1, False), (-DAY, 99, False)],
)
def test_a_day_is_enough_for_who_has_looked_more_than_twice(waited: timedelta, tries: int, *, enough: bool) -> None:
    assert (next_look(NOW - waited, tries, NOW) is None) is enough


# How it is said


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (f"{WAITING}1:HTTP 404", "its page is not live yet (HTTP 404), looked once"),
        (f"{WAITING}3:blog.example: no answer", "its page is not live yet (blog.example: no answer), looked 3 times"),
        (DEAD, "its page was not there, and has been looked for during a whole day"),
    ],
)
def test_a_cause_becomes_a_sentence(cause: str, sentence: str) -> None:
    assert words.why(cause) == sentence
