"""The conditional request: what goes out, what is kept, and what each answer means."""

import gzip
import hashlib
import os
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import brotli
import pytest
import requests

from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators, fetch
from syndicator.feed.hints import absence, freshness, ttl
from syndicator.feed.schedule import Trouble
from syndicator.http import Http
from syndicator.sandbox.service import Fault, Reply
from tests.unit.feed_ground import RSS, Blog

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTHING = Validators()
XML = {"Content-Type": "application/rss+xml"}


@pytest.fixture
def blog() -> Iterator[Blog]:
    with Blog({"/feed.xml": Reply(200, RSS, XML)}) as running:
        yield running


def ask(blog: Blog, path: str = "/feed.xml", known: Validators = NOTHING, **limits: float) -> object:
    http = Http(max_body=int(limits.get("max_body", 1_000_000)))
    session = http.allowing(blog.url).session()
    return fetch(blog.url + path, known, session, NOW, seconds=limits.get("deadline", 5.0))


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
    assert answer.validators == Validators('W/"x"', "Mon, 01 Jun 2026 10:00:00 GMT", blog.url + "/feed.xml")
    assert len(answer.sha256) == 64
    assert answer.moved_to is None


def test_the_request_is_polite(blog: Blog) -> None:
    ask(blog)
    headers = blog.requests[0].headers
    assert headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert headers["user-agent"].startswith("syndicator/")
    assert headers["accept-encoding"] == "gzip, deflate, br"
    assert not {"cookie", "referer", "a-im", "if-none-match", "if-modified-since", "cache-control"} & set(headers)


def test_both_validators_go_back_byte_for_byte(blog: Blog) -> None:
    ask(blog, known=Validators('W/"a,b \xe9"', "yesterday, roughly"))
    headers = blog.requests[0].headers
    assert headers["if-none-match"] == 'W/"a,b \xe9"'
    assert headers["if-modified-since"] == "yesterday, roughly"


def test_a_full_answer_without_validators_forgets_the_old_ones(blog: Blog) -> None:
    answer = got(ask(blog, known=Validators('"old"', "Mon, 01 Jun 2026 10:00:00 GMT")))
    assert answer.validators == Validators(url=blog.url + "/feed.xml")


@pytest.mark.parametrize("value", ["two\x7fwords", "\x01", "x" * 5000])
def test_a_validator_that_no_request_could_carry_is_no_validator(blog: Blog, value: str) -> None:
    blog.pages["/feed.xml"] = Reply(200, RSS, {"ETag": value, "Last-Modified": "today"})
    known = got(ask(blog)).validators
    assert (known.etag, known.last_modified) == (None, "today")
    assert got(ask(blog, known=known))


def test_the_answer_tells_with_which_conditions_it_was_asked_for(blog: Blog) -> None:
    known = Validators('"a"', None, blog.url + "/feed.xml")
    assert (got(ask(blog)).asked, got(ask(blog, known=known)).asked) == (NOTHING, known)


def test_the_same_bytes_again_are_no_news_and_bring_new_validators(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, RSS, {"ETag": '"new"', "Cache-Control": "max-age=60"})
    session = Http().allowing(blog.url).session()
    known = Validators('"old"', "yesterday")
    answer = fetch(blog.url + "/feed.xml", known, session, NOW, sha256=hashlib.sha256(RSS).hexdigest())
    new = Validators('"new"', None, blog.url + "/feed.xml")
    assert answer == Unchanged(new, timedelta(minutes=1), None, known, repeated=True)


def test_not_modified_without_a_condition_is_a_failure_of_the_server(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(304)
    assert "set no conditions" in missed(ask(blog)).reason


def test_a_document_with_new_posts_only_is_marked(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(226, RSS, XML)
    assert (got(ask(blog)).partial, "a-im" in blog.requests[0].headers) == (True, False)


def test_unchanged_keeps_the_validators_and_takes_new_ones(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(304, None, {"ETag": '"new"', "Cache-Control": "max-age=600"})
    answer = ask(blog, known=Validators('"old"', "Mon, 01 Jun 2026 10:00:00 GMT"))
    kept = Validators('"new"', "Mon, 01 Jun 2026 10:00:00 GMT", blog.url + "/feed.xml")
    asked = Validators('"old"', "Mon, 01 Jun 2026 10:00:00 GMT")
    assert answer == Unchanged(kept, timedelta(minutes=10), asked=asked)


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


def test_brotli_is_unpacked(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, brotli.compress(RSS), {"Content-Encoding": "br"})
    assert got(ask(blog)).body == RSS


@pytest.mark.parametrize("said", ["gzip", "deflate", "br"])
def test_damage_under_a_label_is_a_reason(blog: Blog, said: str) -> None:
    blog.pages["/feed.xml"] = Reply(200, b"<rss>not compressed</rss>", {"Content-Encoding": said})
    assert missed(ask(blog)).trouble is Trouble.PASSING


def test_raw_deflate_is_unpacked(blog: Blog) -> None:
    raw = zlib.compressobj(wbits=-15)
    blog.pages["/feed.xml"] = Reply(200, raw.compress(RSS) + raw.flush(), {"Content-Encoding": "deflate"})
    assert got(ask(blog)).body == RSS


@pytest.mark.parametrize("said", [{}, {"Content-Encoding": "gzip"}])
def test_a_bomb_is_refused_at_the_size_limit(blog: Blog, said: dict[str, str]) -> None:
    noise = os.urandom(250_000) + b" " * 12_000_000
    blog.pages["/feed.xml"] = Reply(200, gzip.compress(noise), said)
    answer = missed(ask(blog, max_body=10_000_000))
    assert "more than 10,000,000 bytes" in answer.reason.replace("larger", "more")
    assert "shorten it" in (answer.hint_text or "")


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


@pytest.mark.parametrize("said", PACKERS)
def test_a_small_bomb_is_known_by_how_much_it_grows(blog: Blog, said: str) -> None:
    blog.pages["/feed.xml"] = Reply(200, PACKERS[said](b"<a>" * 2_000_000), {"Content-Encoding": said})
    answer = missed(ask(blog, max_body=10_000_000))
    assert "unpacks to over 100 times its size" in answer.reason


def test_a_brotli_bomb_takes_no_memory(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, brotli.compress(b"<a>" * 60_000_000), {"Content-Encoding": "br"})
    tracemalloc.start()
    try:
        assert missed(ask(blog, max_body=10_000_000)).reason
        assert tracemalloc.get_traced_memory()[1] < 15_000_000
    finally:
        tracemalloc.stop()


def test_an_unlabelled_bomb_is_refused_as_well(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, gzip.compress(b"<a>" * 2_000_000))
    assert "unpacks to over 100 times its size" in missed(ask(blog)).reason


@pytest.mark.parametrize("said", ["gzip, gzip", "br, gzip", "gzip,identity"])
def test_an_answer_that_is_compressed_twice_is_refused(blog: Blog, said: str) -> None:
    blog.pages["/feed.xml"] = Reply(200, gzip.compress(gzip.compress(RSS)), {"Content-Encoding": said})
    assert "compressed more than once" in missed(ask(blog)).reason


def test_a_compression_that_nobody_offered_is_named(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(200, b"\x28\xb5\x2f\xfd whatever")
    assert "zstd" in missed(ask(blog)).reason


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


WALLS = {
    "Cloudflare": Reply(403, b"<html><head><title>Just a moment...</title>", {"Content-Type": "text/html"}),
    "Cloudflare, by its header": Reply(503, b"<html>checking", {"cf-mitigated": "challenge"}),
    "Cloudflare, with success": Reply(200, b"<html><head><title>Just a moment...</title>", XML),
    "Cloudflare, blocking": Reply(403, b"<html><title>Attention Required! | Cloudflare</title>"),
    "Anubis": Reply(200, b"<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title>"),
    "AWS WAF": Reply(202, b"", {"x-amzn-waf-action": "challenge"}),
    "Vercel": Reply(429, b"<html><title>Vercel Security Checkpoint</title>", {"Retry-After": "60"}),
    "DDoS-Guard": Reply(403, b"<html><title>DDoS-Guard</title>"),
    "Imperva": Reply(200, b'<html><iframe src="/_Incapsula_Resource?x=1"></iframe></html>'),
    "SiteGround": Reply(202, b"<html>wait", {"SG-Captcha": "challenge"}),
    "a bot protection": Reply(200, b"<html><title>One moment, please...</title>"),
}


@pytest.mark.parametrize("name", WALLS)
def test_a_bot_challenge_is_named_as_such(blog: Blog, name: str) -> None:
    blog.pages["/feed.xml"] = WALLS[name]
    answer = missed(ask(blog))
    assert f"a bot challenge ({name.partition(',')[0]}) stands in front" in answer.reason
    assert "exempt the feed's path" in (answer.hint_text or "")
    assert answer.trouble is Trouble.REFUSED


def test_a_feed_may_speak_of_challenges(blog: Blog) -> None:
    talk = RSS.replace(b"Hello", b"&lt;title&gt;Just a moment... _Incapsula_Resource")
    blog.pages["/feed.xml"] = Reply(200, talk, XML)
    assert got(ask(blog)).body == talk


@pytest.mark.parametrize("body", [b"", b" \n "])
def test_an_empty_answer_is_no_feed(blog: Blog, body: bytes) -> None:
    blog.pages["/feed.xml"] = Reply(200, body, XML)
    assert missed(ask(blog)).reason == "the answer is empty"


@pytest.mark.parametrize(
    ("status", "trouble", "words"),
    [
        (401, Trouble.REFUSED, "Unauthorized"),
        (403, Trouble.REFUSED, "Forbidden"),
        (404, Trouble.REFUSED, "Not Found"),
        (410, Trouble.GONE, "Gone"),
        (429, Trouble.LIMITED, "Too Many"),
        (500, Trouble.PASSING, "Internal"),
        (503, Trouble.LIMITED, "Unavailable"),
        (599, Trouble.PASSING, "599"),
        (206, Trouble.PASSING, "Partial"),
        (301, Trouble.PASSING, "Moved"),
    ],
)
def test_a_refusal_is_told_by_its_status(blog: Blog, status: int, trouble: Trouble, words: str) -> None:
    blog.pages["/feed.xml"] = Reply(status, b"no")
    answer = missed(ask(blog))
    assert (answer.trouble, answer.retry_after) == (trouble, None)
    assert words in answer.reason


def test_headers_that_count_requests_are_no_wish_on_an_answer_that_limits_nothing(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(404, b"no", {"X-RateLimit-Reset": "300"})
    assert missed(ask(blog)).retry_after is None
    blog.pages["/feed.xml"] = Reply(429, b"no", {"X-RateLimit-Reset": "300"})
    assert missed(ask(blog)).retry_after == timedelta(minutes=5)


@pytest.mark.parametrize("status", [300, 403, 429, 503])
@pytest.mark.parametrize(
    ("wish", "wait"),
    [
        ("300", timedelta(minutes=5)),
        ("Mon, 01 Jun 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("604800", timedelta(days=7)),
        ("999999999999", timedelta(days=7)),
        ("Tue, 01 Jun 2066 12:00:00 GMT", timedelta(days=7)),
        ("0", None),
        ("Mon, 01 Jun 2020 12:00:00 GMT", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_handed_on(blog: Blog, status: int, wish: str, wait: timedelta | None) -> None:
    blog.pages["/feed.xml"] = Reply(status, b"", {"Retry-After": wish, "Date": "Mon, 01 Jun 2026 12:00:00 GMT"})
    assert missed(ask(blog)).retry_after == wait


def test_a_date_is_meant_by_the_clock_of_the_server() -> None:
    response = requests.Response()
    response.headers.update({"Retry-After": "Tue, 02 Jun 2026 00:05:00 GMT", "Date": "Tue, 02 Jun 2026 00:00:00 GMT"})
    assert absence(response, NOW) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        (b"<ttl>60</ttl>", 60),
        (b"<ttl> 90 </ttl>", 90),
        (b"<ttl>99999</ttl>", 300),
        (b"<ttl>soon</ttl>", None),
        (b"", None),
        (b"<item><ttl>60</ttl></item>", None),
    ],
)
def test_a_channel_says_how_long_it_stays_fresh(head: bytes, minutes: int | None) -> None:
    document = RSS.replace(b"<channel>", b"<channel>" + head)
    assert ttl(document) == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOSE_REPLY, Fault.CUT_BODY])
def test_a_broken_connection_is_a_reason_not_an_exception(blog: Blog, fault: Fault) -> None:
    blog.fail_next(fault)
    assert missed(ask(blog)).reason


def test_a_server_that_says_nothing_runs_into_the_deadline(blog: Blog) -> None:
    blog.fail_next(Fault.STALL, seconds=2.0)
    assert "no answer within 0.3" in missed(ask(blog, deadline=0.3)).reason


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/feed", "http://no-such-host.invalid/", "ftp://blog.example/", "http://[", "feed.xml"]
)
def test_an_address_that_cannot_be_reached_is_a_reason(url: str) -> None:
    session = Http(deadline=5.0).allowing("127.0.0.1").session()
    assert missed(fetch(url, NOTHING, session, NOW)).reason
