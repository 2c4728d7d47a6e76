"""The one way out: where it goes, what it carries, and what it makes of answers."""

import gzip
import http.client
import json
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from syndicator import __version__, log
from syndicator.address import Address
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.http import (
    BlockedAddress,
    GuardedSession,
    Http,
    NotSent,
    ReplyLost,
    cause_of,
    judge,
    retry_after,
    said,
    user_agent,
)
from syndicator.sandbox.service import Fault, PretendService, Reply, Request

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Site(PretendService):
    """Redirects as its paths say, and answers everything else with what it was asked."""

    replies: dict[str, Reply]

    def __init__(self) -> None:
        super().__init__()
        self.replies = {}
        self.reached_by: set[threading.Thread] = set()  # one for each connection; kept, since numbers return

    def answer(self, request: Request) -> Reply:
        self.reached_by.add(threading.current_thread())
        return self.replies.get(request.path, Reply(200, {"path": request.path}))

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.replies[path] = Reply(status, b"moved", {"Location": location, "Set-Cookie": "session=1; Path=/"})


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as service:
        yield service


@pytest.fixture
def other() -> Iterator[Site]:
    with Site() as service:
        yield service


@pytest.fixture
def session() -> Iterator[GuardedSession]:
    with Http(allow_private=["127.0.0.1"], deadline=5.0).session() as guarded:
        yield guarded


# what it carries


def test_it_says_who_it_is_and_whom_to_write_to(site: Site) -> None:
    agent = user_agent("mailto:me@blog.example")
    Http(allow_private=[site.url], user_agent=agent).session().get(site.url)
    assert site.requests[0].headers["user-agent"] == agent
    assert agent.startswith(f"syndicator/{__version__} (+https://")
    assert agent.endswith("; mailto:me@blog.example)")


def test_it_accepts_only_what_it_can_unpack(site: Site, session: GuardedSession) -> None:
    session.get(site.url)
    assert site.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_packed_body_is_unpacked(site: Site, session: GuardedSession) -> None:
    site.replies["/"] = Reply(200, gzip.compress(b"words"), {"Content-Encoding": "gzip"})
    assert session.get(f"{site.url}/").text == "words"


def test_no_cookie_is_kept_or_sent(site: Site, session: GuardedSession) -> None:
    site.redirect("/a", "/b")
    session.get(f"{site.url}/a")
    session.get(f"{site.url}/c")
    assert ["cookie" in r.headers for r in site.requests] == [False, False, False]
    assert len(session.cookies) == 0


def test_the_environment_has_no_say(
    site: Site, session: GuardedSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password canary\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert session.get(site.url).ok
    assert "authorization" not in site.requests[0].headers


def test_a_proxy_that_a_library_asks_for_is_not_used(site: Site, session: GuardedSession) -> None:
    assert session.get(site.url, proxies={"http": "http://127.0.0.1:9"}).ok


def test_the_body_is_there_however_a_library_wants_to_read_it(site: Site, session: GuardedSession) -> None:
    response = session.get(f"{site.url}/x", stream=True)
    assert b"".join(response.iter_content(4)) == b'{"path": "/x"}'
    assert (response.json(), list(response.iter_lines())) == ({"path": "/x"}, [b'{"path": "/x"}'])


def test_connections_are_used_again(site: Site, session: GuardedSession) -> None:
    session.post(site.url, json={})
    session.post(site.url, json={})
    assert len(site.reached_by) == 1


def test_a_connection_that_was_idle_for_long_is_not_trusted_with_a_request(site: Site, session: GuardedSession) -> None:
    session.post(site.url, json={})
    session._used -= 60.0
    session.post(site.url, json={})
    assert len(site.reached_by) == 2


def test_the_latest_response_is_at_hand_for_libraries_that_hide_it(site: Site, session: GuardedSession) -> None:
    site.replies["/no"] = Reply(422, {"error": "no"})
    session.post(f"{site.url}/no")
    assert session.last is not None
    assert (session.last.status_code, session.last.json()) == (422, {"error": "no"})


def test_a_failed_request_does_not_leave_the_answer_of_an_earlier_one(site: Site, session: GuardedSession) -> None:
    session.get(site.url)
    site.fail_next(Fault.RESET)
    with pytest.raises(ReplyLost):
        session.post(site.url)
    assert session.last is None


def test_a_session_may_have_limits_of_its_own(site: Site) -> None:
    site.replies["/long"] = Reply(200, b"x" * 1000)
    site.fail_next(Fault.STALL, "/late", seconds=1.0)
    short = Http(allow_private=[site.url]).session(deadline=0.2, max_body=999)
    with pytest.raises(ReplyLost, match="larger than 999 bytes"):
        short.get(f"{site.url}/long")
    with pytest.raises(ReplyLost, match=r"no answer within 0\.2 s"):
        short.get(f"{site.url}/late")


def test_no_thread_stays_behind(site: Site, session: GuardedSession) -> None:
    session.get(site.url)
    assert [t.name for t in threading.enumerate() if isinstance(t, threading.Timer) and not t.finished.is_set()] == []


def test_no_descriptor_stays_behind(site: Site) -> None:
    with Http(allow_private=[site.url]).session() as warm:
        warm.get(site.url)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Http(allow_private=[site.url]).session() as session:
        session.get(site.url)
        session.get(site.url)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1  # the server's end may close later


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_get_follows_redirects(site: Site, session: GuardedSession, status: int) -> None:
    site.redirect("/old", "/new?x=1#there", status)
    response = session.get(f"{site.url}/old")
    assert (response.url, [r.status_code for r in response.history]) == (f"{site.url}/new?x=1#there", [status])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_else_does(site: Site, session: GuardedSession, method: str, status: int) -> None:
    site.redirect("/old", "/new", status)
    response = session.request(method, f"{site.url}/old", data=b"secret")
    assert (response.status_code, len(site.requests)) == (status, 1)
    assert isinstance(judge(response, NOW), Rejected)


def test_a_get_may_decline_to_follow(site: Site, session: GuardedSession) -> None:
    site.redirect("/old", "/new")
    assert session.get(f"{site.url}/old", allow_redirects=False).status_code == 302


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site, session: GuardedSession) -> None:
    site.replies = {f"/{n}": Reply(302, b"", {"Location": f"/{n + 1}"}) for n in range(6)}
    assert session.get(f"{site.url}/1").json() == {"path": "/6"}
    with pytest.raises(ReplyLost, match="more than 5 redirects"):
        session.get(f"{site.url}/0")


def test_a_token_goes_along_on_the_same_host_and_never_to_another(
    site: Site, other: Site, session: GuardedSession
) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", f"{other.url}/c")
    session.get(f"{site.url}/a", headers={"Authorization": "Bearer canary", "Cookie": "canary=1"})
    assert [r.headers.get("authorization") for r in site.requests] == ["Bearer canary", "Bearer canary"]
    assert "canary" not in str(other.requests[0].headers)


def test_a_token_does_not_come_back_after_it_was_dropped(site: Site, other: Site, session: GuardedSession) -> None:
    site.redirect("/a", f"{other.url}/b")
    other.redirect("/b", f"{site.url}/c")
    session.get(f"{site.url}/a", headers={"Authorization": "Bearer canary"})
    assert "authorization" not in site.requests[1].headers


@pytest.mark.parametrize(
    "location",
    ["http://localhost/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://2130706433/"],
)
def test_a_redirect_to_a_private_address_is_refused(site: Site, session: GuardedSession, location: str) -> None:
    site.redirect("/a", location)
    with pytest.raises(BlockedAddress, match="not a public address"):
        session.get(f"{site.url}/a")


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://x.example/", "gopher://x.example/", "data:text/plain,x", "javascript:1"]
)
def test_a_redirect_to_another_kind_of_service_is_refused(site: Site, session: GuardedSession, location: str) -> None:
    site.redirect("/a", location)
    with pytest.raises((BlockedAddress, ReplyLost)):
        session.get(f"{site.url}/a")
    assert len(site.requests) == 1


@pytest.mark.parametrize("location", ["http://[", "http://", "//", "http://\xff\xfe.example:port/"])
def test_a_redirect_to_nowhere_is_an_error_and_not_a_crash(site: Site, session: GuardedSession, location: str) -> None:
    site.redirect("/a", location)
    with pytest.raises((ReplyLost, NotSent)):
        session.get(f"{site.url}/a")


def test_the_words_in_front_of_a_redirect_are_capped_too(site: Site) -> None:
    site.replies["/a"] = Reply(302, b"x" * 5000, {"Location": "/b"})
    with pytest.raises(ReplyLost, match="larger than 1,000 bytes"):
        Http(allow_private=[site.url], max_body=1000).session().get(f"{site.url}/a")


# where it goes


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f.1",
        "2130706433",
        "127.1",
        "017700000001",
        "0",
        "LOCALHOST",
        "169.254.169.254",
        "[64:ff9b::a9fe:a9fe]",
        "10.1.2.3",
        "[fe80::1]",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_private_address_is_not_reached_however_it_is_spelt(method: str, host: str) -> None:
    with pytest.raises(BlockedAddress, match=r"allow_private under \[http\]"):
        Http().session().request(method, f"http://{host}:9/")


@pytest.mark.parametrize("host", ["①②⑦.0.0.1", "127。0。0。1", "⓪x7f.1", "loc\u00adalhost", "localhost."])
def test_no_disguise_of_the_letters_helps(host: str) -> None:
    with pytest.raises(NotSent):
        Http().session().post(f"http://{host}:9/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "data:,x"])
def test_only_the_web_is_spoken(url: str) -> None:
    with pytest.raises(NotSent):
        Http().session().get(url)


@pytest.mark.parametrize(
    "named",
    ["localhost", "LocalHost.", "localhost:8080", "http://localhost:1/feed.xml", "https://localhost", "x://localhost"],
)
def test_a_host_that_the_owner_named_is_reached_however_it_was_written(site: Site, named: str) -> None:
    url = site.url.replace("127.0.0.1", "localhost")
    assert Http(allow_private=[named]).session().get(url).ok


def test_a_host_with_letters_of_its_own_is_recognised(site: Site) -> None:
    asked: list[str] = []
    policy = Http(allow_private=["bücher.example"], resolve=_leading_to(site, asked))
    assert policy.session().get(site.url.replace("127.0.0.1", "BÜCHER.example")).ok
    assert asked == ["xn--bcher-kva.example"]


def test_allowing_makes_a_copy(site: Site) -> None:
    strict = Http()
    assert strict.allowing(site.url).session().get(site.url).ok
    with pytest.raises(BlockedAddress):
        strict.session().get(site.url)


def test_allowing_one_host_allows_no_other(site: Site) -> None:
    with pytest.raises(BlockedAddress):
        Http().allowing("localhost", "::1", "blog.example").session().get(site.url)


def test_the_name_is_looked_up_once_and_the_checked_address_is_the_one_connected_to(site: Site) -> None:
    asked: list[str] = []
    policy = Http(allow_private=["blog.example"], resolve=_leading_to(site, asked))
    policy.session().get(site.url.replace("127.0.0.1", "blog.example"))
    assert asked == ["blog.example"]
    assert site.requests[0].headers["host"].startswith("blog.example:")


def test_a_name_that_changes_its_mind_between_requests_is_checked_again(site: Site) -> None:
    asked: list[str] = []
    session = Http(resolve=_leading_to(site, asked)).session()
    with pytest.raises(BlockedAddress):
        session.get("http://rebinding.example/")
    assert site.requests == []


def test_the_next_address_is_tried_when_the_first_does_not_answer(site: Site) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    addresses = [Address(socket.AF_INET, ("127.0.0.1", port)), *_leading_to(site, [])("", 0, 0)]
    policy = Http(allow_private=["blog.example"], resolve=lambda *_: addresses)
    assert policy.session().get("http://blog.example/").ok


def _leading_to(site: Site, asked: list[str]) -> Callable[[str, int, float], list[Address]]:
    port = int(site.url.rpartition(":")[2])

    def resolve(host: str, _: int, seconds: float) -> list[Address]:
        asked.append(host)
        return [Address(socket.AF_INET, ("127.0.0.1", port))]

    return resolve


# what an answer means


def reply(status: int, body: bytes | str = b"", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body.encode() if isinstance(body, str) else body
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_success_needs_no_words(status: int) -> None:
    assert judge(reply(status, "garbage"), NOW) is None


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        *[(s, OutcomeUnknown) for s in (100, 101, 103, 199)],
        *[(s, Rejected) for s in (300, 301, 302, 303, 304, 307, 308)],
        *[(s, Rejected) for s in (400, 404, 405, 410, 411, 413, 414, 415, 422, 431, 451)],
        *[(s, AuthRequired) for s in (401, 403)],
        *[(s, Retryable) for s in (425, 429)],
        *[(s, OutcomeUnknown) for s in (402, 406, 408, 409, 412, 418, 421, 423, 424, 428)],
        *[(s, OutcomeUnknown) for s in (500, 501, 502, 503, 504, 507, 520, 522, 524, 527, 599, 600, 999)],
    ],
)
def test_every_status_has_one_meaning(status: int, meaning: type[ConnectorError]) -> None:
    assert type(judge(reply(status, '{"error": "no"}'), NOW)) is meaning


def test_too_many_requests_makes_the_whole_network_wait() -> None:
    answer = judge(reply(429, Retry_After="120"), NOW)
    assert isinstance(answer, Retryable)
    assert (answer.after, answer.scope, answer.reason) == (
        timedelta(seconds=120),
        Scope.NETWORK,
        "HTTP 429 Too Many Requests",
    )


def test_a_page_in_front_of_the_service_is_no_word_about_the_account() -> None:
    answer = judge(reply(403, "<html><title>Just a moment…</title>", Retry_After="5"), NOW)
    assert isinstance(answer, Retryable)
    assert (answer.after, answer.scope) == (timedelta(hours=1), Scope.NETWORK)
    assert "Just a moment…" in answer.reason


def test_a_wall_may_ask_for_more_patience() -> None:
    answer = judge(reply(403, "", Retry_After="7200"), NOW)
    assert isinstance(answer, Retryable)
    assert answer.after == timedelta(hours=2)


def test_a_redirect_names_where_the_service_is() -> None:
    answer = judge(reply(308, Location="https://new.example/\x1b"), NOW)
    assert isinstance(answer, Rejected)
    assert "points to https://new.example/\\x1b;" in answer.reason


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": "Validation failed: Text too long"}', "Validation failed: Text too long"),
        ('{"error": "InvalidSwap", "message": "Record was at bafy"}', "InvalidSwap: Record was at bafy"),
        (
            '{"meta": {"status": 401, "msg": "Unauthorized"}, "errors": [{"title": "Unauthorized", "detail": "x"}]}',
            "Unauthorized: x",
        ),
        ('{"errors": [{"message": "Token was invalid.", "code": 6003}]}', "Token was invalid."),
        ('{"error": {"message": "deep"}}', "deep"),
        ('"just a string"', "just a string"),
        ('{"unheard": 1}', '{"unheard": 1}'),
        ("<html><head><title>502  Bad\nGateway</title></head><b>nginx</b>", "502 Bad Gateway nginx"),
        ("", ""),
        (b"\xff\x00\x1b[31mred", "�\\x00\\x1b[31mred"),
    ],
)
def test_the_words_of_the_service_are_found(body: bytes | str, words: str) -> None:
    assert said(reply(422, body)) == words


def test_long_words_are_shortened() -> None:
    words = said(reply(422, json.dumps({"error": "word " * 100})))
    assert (len(words), words[-1]) == (200, "…")


def test_the_words_of_the_service_do_not_give_a_secret_away() -> None:
    log.remember_secret("canary-word-8813")
    assert said(reply(401, '{"error": "bad token canary-word-8813"}')) == "bad token [redacted]"


def test_a_secret_at_the_place_of_shortening_is_not_cut_in_two() -> None:
    log.remember_secret("canary-edge-5520")
    assert "canary" not in said(reply(401, json.dumps({"error": "x" * 190 + " canary-edge-5520"})))


@pytest.mark.parametrize("body", ["[" * 100_000, '{"error":' * 50_000, "\ud83d".encode("utf-8", "surrogatepass"), "{"])
def test_no_body_is_too_strange(body: bytes | str) -> None:
    assert said(reply(500, body)).isprintable()


@given(st.binary(), st.integers(100, 999))
def test_any_answer_gives_one_printable_reason(body: bytes, status: int) -> None:
    answer = judge(reply(status, body), NOW)
    assert answer is None or (answer.reason.isprintable() and len(answer.reason) < 700)


# how long to wait

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
IN_A_MINUTE = NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry_After": "90"}, timedelta(seconds=90)),
        ({"Retry_After": " 90 "}, timedelta(seconds=90)),
        ({"Retry_After": "1.5"}, timedelta(seconds=1.5)),
        ({"Retry_After": "0"}, SECOND),
        ({"Retry_After": "-5"}, SECOND),
        ({"Retry_After": "315360000"}, DAY),
        ({"Retry_After": "1767268800"}, DAY),
        ({"Retry_After": "9" * 18}, DAY),
        ({"Retry_After": "9" * 5000}, None),
        ({"Retry_After": format_datetime(IN_A_MINUTE, usegmt=True)}, timedelta(minutes=1)),
        ({"Retry_After": "Thursday, 01-Jan-26 12:01:00 GMT"}, timedelta(minutes=1)),
        ({"Retry_After": "Thu Jan  1 12:01:00 2026"}, timedelta(minutes=1)),
        ({"Retry_After": "Thu, 01 Jan 2026 13:01:00 +0100"}, timedelta(minutes=1)),
        ({"Retry_After": "Thu, 01 Jan 2015 12:00:00 GMT"}, SECOND),
        ({"Retry_After": "Thu, 01 Jan 2036 12:00:00 GMT"}, DAY),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": ""}, None),
        ({"Retry_After": "nan"}, None),
        ({"Retry_After": "inf"}, None),
        ({"Retry_After": "1e9"}, None),
        ({"Retry_After": "0x10"}, None),
        ({"Retry_After": "٣"}, None),
        ({"Retry_After": "Thu, 99 Jan 2026 99:99:99 GMT"}, None),
        ({"Retry_After": "Fri, 31 Dec 9999 23:00:00 -2359"}, None),
        ({"X_RateLimit_Reset": "2026-01-01T12:01:00.123456Z"}, timedelta(minutes=1, microseconds=123456)),
        ({"X_RateLimit_Reset": "2026-01-01T13:01:00+01:00"}, timedelta(minutes=1)),
        ({"X_RateLimit_Reset": "2026-01-01 12:01:00"}, timedelta(minutes=1)),
        ({"X_RateLimit_Reset": "2020-01-01T00:00:00Z"}, SECOND),
        ({"X_RateLimit_Reset": str(int(IN_A_MINUTE.timestamp()))}, timedelta(minutes=1)),
        ({"X_RateLimit_Reset": "1"}, SECOND),
        ({"X_RateLimit_Reset": "0001-01-01T00:00:00+23:59"}, None),
        ({"RateLimit_Reset": str(int(IN_A_MINUTE.timestamp()))}, timedelta(minutes=1)),
        ({"RateLimit_Reset": "300"}, timedelta(minutes=5)),
        ({"RateLimit_Reset": "1e400"}, None),
        ({"Retry_After": "30", "X_RateLimit_Reset": "2026-01-01T12:01:00Z"}, timedelta(seconds=30)),
        ({"Retry_After": "soon", "X_RateLimit_Reset": "2026-01-01T12:01:00Z"}, timedelta(minutes=1)),
        ({"RateLimit_Reset": "60", "X_RateLimit_Reset": "2026-01-01T12:30:00Z"}, timedelta(minutes=1)),
    ],
)
def test_the_wish_of_a_service_is_read(headers: dict[str, str], wait: timedelta | None) -> None:
    assert retry_after(reply(429, **headers), NOW) == wait


@given(st.text(), st.sampled_from(["Retry_After", "RateLimit_Reset", "X_RateLimit_Reset"]))
def test_no_wish_is_too_strange_and_every_wait_is_between_a_second_and_a_day(value: str, name: str) -> None:
    wait = retry_after(reply(429, **{name: value}), NOW)
    assert wait is None or SECOND <= wait <= DAY


# under the library that stands on it


def test_a_library_that_hides_the_transport_error_still_gives_it_up(site: Site, session: GuardedSession) -> None:
    site.fail_next(Fault.LOSE_REPLY, "/api/v1/statuses")
    with pytest.raises(Exception, match="Could not complete request") as hidden:
        _mastodon(site, session).status_post("hello")
    assert isinstance(cause_of(hidden.value), ReplyLost)


def test_a_library_that_cannot_reach_its_server_has_not_sent(site: Site) -> None:
    with pytest.raises(Exception, match="Could not complete request") as hidden:
        _mastodon(site, Http().session()).status_post("hello")
    assert isinstance(cause_of(hidden.value), BlockedAddress)


def _mastodon(site: Site, session: GuardedSession) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mastodon import Mastodon

        return Mastodon(
            api_base_url=site.url,
            access_token="t",
            session=session,
            ratelimit_method="throw",
            version_check_mode="none",
        )


def test_the_standard_library_is_as_it_was() -> None:
    assert http.client.HTTPConnection.response_class is http.client.HTTPResponse
