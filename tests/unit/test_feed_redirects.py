"""Where a question may be led, what it carries there, and how long it may take."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.address import Address, resolve
from syndicator.clock import SystemClock
from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators, fetch
from syndicator.feed.redirects import with_login
from syndicator.feed.schedule import Trouble
from syndicator.http import GuardedSession, Http
from syndicator.sandbox.service import Reply, Request
from tests.unit.feed_ground import RSS, Blog
from tests.unit.test_http_faults import SOON, RawServer, answering, forever, tls

__all__ = ["tls"]

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTHING = Validators()
ETAG = {"ETag": '"one"'}
PRIVATE = (
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://017700000001/",
    "http://0/",
    "http://localhost/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://[64:ff9b::a9fe:a9fe]/",
)


class Careful(Blog):
    """Says "not modified" to whoever names what it gave."""

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        tag = reply.headers.get("ETag")
        return Reply(304) if tag and request.headers.get("if-none-match") == tag else reply


@pytest.fixture
def blog() -> Iterator[Careful]:
    with Careful({"/feed.xml": Reply(200, RSS, ETAG)}) as running:
        yield running


@pytest.fixture
def other() -> Iterator[Careful]:
    with Careful({"/feed.xml": Reply(200, RSS, ETAG)}) as running:
        yield running


def session(*hosts: str) -> GuardedSession:
    return Http(allow_private=hosts or ["127.0.0.1"], deadline=5.0).session()


def ask(url: str, known: Validators = NOTHING, *, seconds: float = 5.0) -> Fetched | Unchanged | Unavailable:
    return fetch(url, known, session(), NOW, seconds=seconds)


def missed(answer: object) -> Unavailable:
    assert isinstance(answer, Unavailable), answer
    return answer


@pytest.mark.parametrize(
    ("first", "second", "moved"),
    [
        (301, 308, True),
        (308, 301, True),
        (301, 302, False),
        (307, 301, False),
        (303, 303, False),
        (302, 307, False),
    ],
)
def test_a_feed_has_moved_when_every_redirect_is_permanent(blog: Blog, first: int, second: int, moved: bool) -> None:
    blog.pages["/old"] = Reply(first, b"", {"Location": "/older"})
    blog.pages["/older"] = Reply(second, b"", {"Location": "/feed.xml"})
    answer = ask(f"{blog.url}/old")
    assert isinstance(answer, Fetched)
    assert answer.url == blog.url + "/feed.xml"
    assert answer.moved_to == (answer.url if moved else None)


def test_where_nothing_redirects_nothing_has_moved(blog: Blog) -> None:
    answer = ask(f"{blog.url}/feed.xml#top")
    assert isinstance(answer, Fetched)
    assert (answer.url, answer.moved_to) == (f"{blog.url}/feed.xml", None)


def test_validators_go_to_the_address_that_gave_them_and_to_no_other(blog: Blog) -> None:
    blog.pages["/old"] = Reply(301, b"", {"Location": "/feed.xml"})
    first = ask(f"{blog.url}/old")
    assert isinstance(first, Fetched)
    answer = ask(f"{blog.url}/old", first.validators)
    assert isinstance(answer, Unchanged)
    assert (answer.moved_to, answer.validators) == (f"{blog.url}/feed.xml", first.validators)
    assert ["if-none-match" in request.headers for request in blog.requests] == [False, False, False, True]


def test_another_host_is_not_asked_with_what_the_first_one_gave(blog: Blog, other: Blog) -> None:
    known = Validators('"one"', "yesterday", f"{blog.url}/feed.xml")
    blog.pages["/feed.xml"] = Reply(302, b"", {"Location": f"{other.url}/feed.xml"})
    answer = ask(f"{blog.url}/feed.xml", known)
    assert isinstance(answer, Fetched)
    assert answer.asked == Validators()
    assert not {"if-none-match", "if-modified-since", "referer", "cookie"} & set(other.requests[0].headers)


def test_five_redirects_are_followed_and_a_sixth_is_not(blog: Blog) -> None:
    for number in range(6):
        blog.pages[f"/{number}"] = Reply(302, b"", {"Location": f"/{number + 1}"})
    blog.pages["/6"] = Reply(200, RSS)
    assert isinstance(ask(f"{blog.url}/1"), Fetched)
    assert "more than 5 redirects" in missed(ask(f"{blog.url}/0")).reason


def test_a_circle_is_left_after_five(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(301, b"", {"Location": "/feed.xml"})
    assert "more than 5 redirects" in missed(ask(f"{blog.url}/feed.xml")).reason
    assert len(blog.requests) == 6


@pytest.mark.parametrize("location", ["http://[", "/feed.xml\x00", "javascript:alert(1)", "file:///etc/passwd"])
def test_a_redirect_to_nowhere_is_a_reason(blog: Blog, location: str) -> None:
    blog.pages["/feed.xml"] = Reply(301, b"", {"Location": location})
    assert missed(ask(f"{blog.url}/feed.xml")).reason
    assert len([request for request in blog.requests if request.path == "/feed.xml"]) == 1


def test_a_redirect_that_asks_for_time_is_heard(blog: Blog) -> None:
    blog.pages["/old"] = Reply(302, b"", {"Location": "/feed.xml", "Retry-After": "7200"})
    answer = ask(f"{blog.url}/old")
    assert isinstance(answer, Fetched)
    assert answer.retry_after == timedelta(hours=2)


# Addresses


def public_name(blog: Blog) -> Http:
    """An owner who wrote down blog.example, which leads to the pretend blog; other names are looked up as ever."""

    def looked_up(host: str, port: int, seconds: float) -> list[Address]:
        return resolve("127.0.0.1" if host == "blog.example" else host, port, seconds)

    return Http(allow_private=["blog.example"], resolve=looked_up)


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("location", PRIVATE)
def test_a_feed_cannot_lead_us_to_a_private_address(blog: Blog, location: str, status: int) -> None:
    blog.pages["/feed.xml"] = Reply(status, b"", {"Location": location})
    url = f"http://blog.example:{blog.url.rpartition(':')[2]}/feed.xml"
    answer = missed(fetch(url, Validators(), public_name(blog).session(), NOW))
    assert "not a public address" in answer.reason or "cannot be looked up" in answer.reason
    assert len(blog.requests) == 1


def test_a_private_address_is_refused_in_the_second_redirect_too(blog: Blog) -> None:
    blog.pages["/feed.xml"] = Reply(302, b"", {"Location": "/next"})
    blog.pages["/next"] = Reply(302, b"", {"Location": blog.url + "/secret"})
    url = f"http://blog.example:{blog.url.rpartition(':')[2]}/feed.xml"
    assert "not a public address" in missed(fetch(url, Validators(), public_name(blog).session(), NOW)).reason
    assert [request.path for request in blog.requests] == ["/feed.xml", "/next"]


def test_a_private_feed_is_read_when_its_owner_wrote_its_host_down(blog: Blog) -> None:
    assert isinstance(fetch(f"{blog.url}/feed.xml", Validators(), Http().allowing(blog.url).session(), NOW), Fetched)
    assert missed(fetch(f"{blog.url}/feed.xml", Validators(), Http().session(), NOW))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/feed", "http://no-such-host.invalid/", "ftp://blog.example/", "http://[", "feed.xml"]
)
def test_an_address_that_cannot_be_reached_is_a_reason(url: str) -> None:
    answer = missed(ask(url))
    assert answer.reason
    assert answer.trouble is Trouble.PASSING


# Secrets


def test_a_password_in_the_address_stays_out_of_what_is_handed_on(blog: Blog) -> None:
    answer = ask(f"{blog.url.replace('http://', 'http://me:hush@')}/feed.xml")
    assert isinstance(answer, Fetched)
    assert answer.url == blog.url + "/feed.xml"
    assert answer.validators.url == blog.url + "/feed.xml"


@pytest.mark.parametrize("absolute", [True, False])
def test_a_password_follows_a_redirect_on_its_own_server_only(blog: Blog, other: Blog, absolute: bool) -> None:
    blog.pages["/old"] = Reply(301, b"", {"Location": (blog.url if absolute else "") + "/middle"})
    blog.pages["/middle"] = Reply(301, b"", {"Location": f"{other.url}/feed.xml"})
    answer = ask(f"{blog.url.replace('http://', 'http://me:hush@')}/old")
    assert isinstance(answer, Fetched)
    assert answer.moved_to == f"{other.url}/feed.xml"
    assert ["authorization" in request.headers for request in blog.requests] == [True, True]
    assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://blog.example/new", "https://me:hush@blog.example/new"),
        ("https://else.example/new", "https://else.example/new"),
        ("https://planted:pw@else.example/new", "https://else.example/new"),
        ("http://blog.example/new", "http://blog.example/new"),
        ("https://blog.example:8443/new", "https://blog.example:8443/new"),
    ],
)
def test_a_login_is_kept_for_the_server_it_was_written_for(url: str, expected: str) -> None:
    assert with_login(url, "https://me:hush@blog.example/feed", session()) == expected


# Time and encryption


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n<rss>", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_server_that_drips_is_left_at_the_deadline(head: bytes) -> None:
    with RawServer(forever(b" ", first=head)) as server:
        answer = missed(ask(server.url, seconds=0.3))
    assert "no answer within 0.3 s" in answer.reason
    assert answer.trouble is Trouble.PASSING


def test_redirects_share_one_deadline(blog: Blog) -> None:
    with RawServer(forever(b" ", first=b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        blog.pages["/feed.xml"] = Reply(302, b"", {"Location": server.url})
        began = SystemClock().monotonic()
        assert "no answer within 0." in missed(ask(f"{blog.url}/feed.xml", seconds=0.3)).reason
        assert SystemClock().monotonic() - began < SOON


def test_a_certificate_that_proves_nothing_is_never_accepted(tls: tuple[ssl.SSLContext, Path]) -> None:
    with RawServer(answering(b"HTTP/1.1 200 OK\r\n\r\n" + RSS), tls=tls[0]) as server:
        answer = missed(ask(server.url))
    assert "its certificate is not valid" in answer.reason
    assert "mend the certificate" in (answer.hint_text or "")


def over_tls(server: RawServer, certificate: Path) -> Fetched | Unchanged | Unavailable:
    """The feed of https://blog.example, whose certificate we trust for once."""
    trusting = Http(allow_private=["blog.example"], resolve=lambda _, *more: resolve("127.0.0.1", *more)).session()
    trusting.verify = str(certificate)
    return fetch(f"https://blog.example:{server.port}/feed.xml", Validators(), trusting, NOW)


def test_a_redirect_never_gives_up_encryption(tls: tuple[ssl.SSLContext, Path], blog: Blog) -> None:
    moved = f"HTTP/1.1 301 Moved\r\nLocation: {blog.url}/feed.xml\r\nContent-Length: 0\r\n\r\n".encode()
    with RawServer(answering(moved), tls=tls[0]) as server:
        answer = missed(over_tls(server, tls[1]))
    assert "from https to http" in answer.reason
    assert "config.toml" in (answer.hint_text or "")
    assert (answer.trouble, blog.requests) == (Trouble.REFUSED, [])


def test_a_feed_comes_over_an_encrypted_line(tls: tuple[ssl.SSLContext, Path]) -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(RSS) + RSS
    with RawServer(answering(whole), tls=tls[0]) as server:
        assert isinstance(over_tls(server, tls[1]), Fetched)
