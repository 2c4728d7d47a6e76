"""The conditional request: what goes out, what is kept, and what each answer means."""

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators, fetch, freshness
from syndicator.http import Http
from syndicator.sandbox.service import Fault, Reply
from tests.unit.feed_ground import RSS, Blog

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTHING = Validators(None, None)
XML = {"Content-Type": "application/rss+xml"}


@pytest.fixture
def blog() -> Iterator[Blog]:
    with Blog({"/feed.xml": Reply(200, RSS, XML)}) as running:
        yield running


def ask(blog: Blog, path: str = "/feed.xml", known: Validators = NOTHING, **limits: float) -> object:
    http = Http(deadline=limits.get("deadline", 5.0), max_body=int(limits.get("max_body", 1_000_000)))
    return fetch(blog.url + path, known, http.allowing(blog.url).session(), NOW)


def got(answer: object) -> Fetched:
    assert isinstance(answer, Fetched), answer
    return answer


def missed(answer: object) -> Unavailable:
    assert isinstance(answer, Unavailable), answer
    return answer


def test_a_feed_comes_with_all_that_is_to_be_remembered(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(
        200, RSS, {**XML, "ETag": 'W/"x"', "Last-Modified": "Mon, 01 Jun 2026 10:00:00 GMT"}
    )
    answer = got(ask(blog))
    assert (answer.body, answer.content_type, answer.url) == (RSS, "application/rss+xml", blog.url + "/feed.xml")
    assert answer.validators == Validators('W/"x"', "Mon, 01 Jun 2026 10:00:00 GMT")
    assert len(answer.sha256) == 64
    assert answer.moved_to is None


def test_the_request_is_polite(blog: Blog) -> None:
    ask(blog)
    headers = blog.requests[0].headers
    assert headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert headers["user-agent"].startswith("syndicator/")
    assert "gzip" in headers["accept-encoding"]
    assert not {"cookie", "referer", "a-im", "if-none-match", "if-modified-since", "cache-control"} & set(headers)


def test_both_validators_go_back_byte_for_byte(blog: Blog) -> None:
    ask(blog, known=Validators('W/"a,b \xe9"', "yesterday, roughly"))
    headers = blog.requests[0].headers
    assert headers["if-none-match"] == 'W/"a,b \xe9"'
    assert headers["if-modified-since"] == "yesterday, roughly"


def test_a_full_answer_without_validators_forgets_the_old_ones(blog: Blog) -> None:
    assert got(ask(blog, known=Validators('"old"', "Mon, 01 Jun 2026 10:00:00 GMT"))).validators == NOTHING


def test_unchanged_keeps_the_validators_and_takes_new_ones(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(304, None, {"ETag": '"new"', "Cache-Control": "max-age=600"})
    answer = ask(blog, known=Validators('"old"', "Mon, 01 Jun 2026 10:00:00 GMT"))
    kept = Validators('"new"', "Mon, 01 Jun 2026 10:00:00 GMT")
    assert answer == Unchanged(kept, timedelta(minutes=10))


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"Cache-Control": "public, max-age=3600"}, timedelta(hours=1)),
        ({"Cache-Control": "max-age=3600", "Age": "600"}, timedelta(minutes=50)),
        ({"Cache-Control": "max-age=60", "Age": "600"}, timedelta(0)),
        ({"Cache-Control": "max-age=504576000"}, timedelta(hours=5)),
        ({"Cache-Control": "s-maxage=3600"}, None),
        ({"Cache-Control": "max-age=lots"}, None),
        ({"Expires": "Mon, 01 Jun 2026 14:00:00 GMT", "Date": "Mon, 01 Jun 2026 12:30:00 GMT"}, timedelta(minutes=90)),
        ({"Expires": "Tue, 01 Jun 2066 14:00:00 GMT"}, timedelta(hours=5)),
        ({"Expires": "0"}, None),
        ({"Expires": "Mon, 01 Jun 2020 14:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_server_says_how_long_its_answer_stays_fresh(headers: dict[str, str], hint: timedelta | None) -> None:
    response = requests.Response()
    response.headers.update(headers)
    assert freshness(response, NOW) == hint


def test_the_hint_comes_with_the_document(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, RSS, {"Cache-Control": "max-age=7200"})
    assert got(ask(blog)).hint == timedelta(hours=2)


@pytest.mark.parametrize("unlabelled", [True, False])
def test_a_compressed_body_is_unpacked_whether_it_says_so_or_not(blog: Blog, unlabelled: bool) -> None:
    said = {} if unlabelled else {"Content-Encoding": "gzip"}
    blog.pages["/feed.xml"] = Reply(200, gzip.compress(RSS), said)
    assert got(ask(blog)).body == RSS


def test_raw_deflate_is_unpacked(blog: Blog) -> None:
    raw = zlib.compressobj(wbits=-15)
    blog.pages["/feed.xml"] = Reply(200, raw.compress(RSS) + raw.flush(), {"Content-Encoding": "deflate"})
    assert got(ask(blog)).body == RSS


@pytest.mark.parametrize("said", [{}, {"Content-Encoding": "gzip"}])
def test_a_bomb_is_refused_at_the_size_limit(blog: Blog, said: dict[str, str]) -> None:
    blog.pages["/feed.xml"] = Reply(200, gzip.compress(b" " * 12_000_000), said)
    assert "more than 10,000,000 bytes" in missed(ask(blog, max_body=10_000_000)).reason.replace("larger", "more")


def test_damaged_compression_is_named(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, gzip.compress(RSS)[:-20])
    assert "compression is damaged" in missed(ask(blog)).reason


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><html></html>", b'\n<?xml version="1.0"?>\n<!-- x --><html xmlns="y"/>']
)
def test_a_web_page_is_named_as_such_and_advice_is_given(blog: Blog, page: bytes) -> None:
    blog.pages["/feed.xml"] = Reply(200, page, XML)
    answer = missed(ask(blog))
    assert answer.reason == "the answer is a web page, not a feed"
    assert "syndicate init" in (answer.hint_text or "")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(403, b"<html><head><title>Just a moment...</title>", {"Content-Type": "text/html"}),
        Reply(503, b"<html>checking", {"cf-mitigated": "challenge"}),
        Reply(200, b"<html><head><title>Just a moment...</title>", {"Content-Type": "text/html"}),
    ],
)
def test_a_bot_challenge_is_named_as_such(blog: Blog, reply: Reply) -> None:
    blog.pages["/feed.xml"] = reply
    answer = missed(ask(blog))
    assert "bot challenge" in answer.reason
    assert "exempt the feed's path" in (answer.hint_text or "")


@pytest.mark.parametrize("body", [b"", b" \n "])
def test_an_empty_answer_is_no_feed(blog: Blog, body: bytes) -> None:
    blog.pages["/feed.xml"] = Reply(200, body, XML)
    assert missed(ask(blog)).reason == "the answer is empty"


@pytest.mark.parametrize(
    ("status", "gone", "words"),
    [
        (404, False, "Not Found"),
        (410, True, "Gone"),
        (401, False, "Unauthorized"),
        (500, False, "Internal"),
        (599, False, "599"),
    ],
)
def test_a_refusal_is_told_by_its_status(blog: Blog, status: int, gone: bool, words: str) -> None:
    blog.pages["/feed.xml"] = Reply(status, b"no", {"X-RateLimit-Reset": "300"})
    answer = missed(ask(blog))
    assert (answer.gone, answer.retry_after) == (gone, None)
    assert words in answer.reason


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wish", ["300", "Mon, 01 Jun 2026 12:05:00 GMT"])
def test_retry_after_is_handed_on(blog: Blog, status: int, wish: str) -> None:
    blog.pages["/feed.xml"] = Reply(status, b"", {"Retry-After": wish})
    assert missed(ask(blog)).retry_after == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("first", "second", "moved"), [(301, 308, True), (301, 302, False), (307, 301, False), (303, 303, False)]
)
def test_a_feed_has_moved_when_every_redirect_is_permanent(blog: Blog, first: int, second: int, moved: bool) -> None:
    blog.pages["/old"] = Reply(first, b"", {"Location": "/older"})
    blog.pages["/older"] = Reply(second, b"", {"Location": "/feed.xml"})
    answer = got(ask(blog, "/old"))
    assert answer.url == blog.url + "/feed.xml"
    assert answer.moved_to == (answer.url if moved else None)


def test_a_password_in_the_address_stays_out_of_what_is_handed_on(blog: Blog) -> None:
    secret = blog.url.replace("http://", "http://me:hush@")
    answer = got(fetch(secret + "/feed.xml", NOTHING, Http().allowing(blog.url).session(), NOW))
    assert answer.url == blog.url + "/feed.xml"


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOSE_REPLY, Fault.CUT_BODY])
def test_a_broken_connection_is_a_reason_not_an_exception(blog: Blog, fault: Fault) -> None:
    blog.fail_next(fault)
    assert missed(ask(blog)).reason


def test_a_server_that_says_nothing_runs_into_the_deadline(blog: Blog) -> None:
    blog.fail_next(Fault.STALL, seconds=2.0)
    assert "0.3 s" in missed(ask(blog, deadline=0.3)).reason


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/feed", "http://no-such-host.invalid/", "ftp://blog.example/", "http://[", "feed.xml"]
)
def test_an_address_that_cannot_be_reached_is_a_reason(url: str) -> None:
    session = Http(deadline=5.0).allowing("127.0.0.1").session()
    assert missed(fetch(url, NOTHING, session, NOW)).reason


@pytest.mark.parametrize("location", ["http://[", "//", "/feed.xml\x00", "javascript:alert(1)", "/loop"])
def test_a_redirect_to_nowhere_is_a_reason(blog: Blog, location: str) -> None:
    blog.pages["/loop"] = Reply(301, b"", {"Location": location})
    assert missed(ask(blog, "/loop")).reason
