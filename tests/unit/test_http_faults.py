"""Every way in which a request can go wrong, over real sockets: was it sent or not? The table of verdict.py.

Measured with requests and urllib3, whose exceptions alone cannot answer that question.
"""

import gc
import gzip
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from syndicator.address import Address
from syndicator.connector import OutcomeUnknown, Rejected, Retryable
from syndicator.http import (
    GuardedSession,
    Http,
    NotSent,
    ReplyLost,
    TooLarge,
    cause_of,
    from_transport,
    is_cut,
    judge,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Script = Callable[[socket.socket], None]

LONG = 20.0  # seconds for which a service that keeps us waiting does so
SOON = 8  # seconds within which a deadline of a few tenths is noticed, even on a busy machine


class RawServer:
    """Runs one script per connection, and remembers what came in before the scripts began to answer."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, backlog: int = 8) -> None:
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port: int = self._listener.getsockname()[1]
        self.over = threading.Event()

    def __enter__(self) -> "RawServer":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/"

    def _serve(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(script, connection), daemon=True).start()

    def _run(self, script: Script, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                script(connection)
        except OSError:
            pass


def request_of(connection: socket.socket) -> bytes:
    """Read one whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*parts: bytes, every: float = 0.0, reset: bool = False) -> Script:
    def script(connection: socket.socket) -> None:
        request_of(connection)
        for part in parts:
            connection.sendall(part)
            time.sleep(every)
        if reset:
            rst(connection)

    return script


def rst(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resetting_at_once(connection: socket.socket) -> None:
    rst(connection)


def resetting_after_hello(connection: socket.socket) -> None:
    connection.recv(100)
    rst(connection)


def silent(connection: socket.socket) -> None:
    request_of(connection)
    time.sleep(LONG)


def silent_from_the_start(connection: socket.socket) -> None:
    time.sleep(LONG)


def forever(piece: bytes, *, first: bytes = b"", every: float = 0.02) -> Script:
    def script(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(first)
        for _ in range(int(LONG / every)):
            connection.sendall(piece)
            time.sleep(every)

    return script


def refusing_early(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    time.sleep(0.2)


def http(**options: Any) -> Http:
    return Http(**{"allow_private": ["127.0.0.1", "blog.example"], "deadline": 5.0, "connect": 0.3, **options})


def post(server: RawServer, body: bytes = b"hello", **options: Any) -> requests.Response:
    with http(**options).session() as session:
        return session.post(server.url, data=body, headers={"Authorization": "Bearer canary"})


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server context with a certificate of its own making, valid for blog.example, and the certificate's file."""
    where = tmp_path_factory.mktemp("tls")
    key, cert = where / "key.pem", where / "cert.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-subj", "/CN=blog.example", "-addext", "subjectAltName=DNS:blog.example"]
    made = ["openssl", "req", "-x509", *curve, "-nodes", "-keyout", str(key), "-out", str(cert), "-days", "2", *names]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs the openssl program")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


# not sent: the service cannot have seen anything


def test_a_refused_connection_was_not_sent() -> None:
    with RawServer() as server:
        pass
    with pytest.raises(NotSent, match=r"127\.0\.0\.1: Connection refused"):
        post(server)


def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    def unknown(host: str, port: int, seconds: float) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(
        NotSent, match=r"no-such-host\.example: the name cannot be looked up: Name or service not known"
    ):
        http(resolve=unknown).session().post("https://no-such-host.example/")


@pytest.mark.parametrize("host", ["nothing.invalid", f"{'a' * 64}.example"])
def test_a_name_that_the_real_resolver_refuses_was_not_sent(host: str) -> None:
    with pytest.raises(NotSent):
        http().session().post(f"http://{host}/")


def test_a_connection_that_never_comes_about_was_not_sent() -> None:
    with RawServer(backlog=0) as server, full(server.port), pytest.raises(NotSent, match="no answer in time"):
        post(server)


@contextmanager
def full(port: int) -> Iterator[None]:
    """Fill the queue of a server that accepts nothing, so that the kernel drops the next attempt."""
    waiting = [socket.socket() for _ in range(4)]
    for wire in waiting:
        wire.setblocking(False)
        wire.connect_ex(("127.0.0.1", port))
    time.sleep(0.05)
    try:
        yield
    finally:
        for wire in waiting:
            wire.close()


@pytest.mark.parametrize(
    "script",
    [
        answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        resetting_at_once,
        resetting_after_hello,
        silent_from_the_start,
        lambda connection: None,
    ],
    ids=["not TLS", "reset at once", "reset after hello", "silence", "closed at once"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_failed_handshake_was_not_sent(script: Script) -> None:
    with RawServer(script) as server, pytest.raises(NotSent):
        http().session().post(server.url.replace("http:", "https:"), data=b"hello")
    gc.collect()  # wrap_socket of 3.11 leaves a socket to the collector, which complains, when the reset came first


def test_a_handshake_that_drips_is_cut() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x40\x00")  # the head of a long handshake record
        for _ in range(int(LONG / 0.05)):
            connection.sendall(b"\x02")
            time.sleep(0.05)

    began = time.monotonic()
    with RawServer(drip) as server, pytest.raises(NotSent, match="no answer in time"):
        http().session().post(server.url.replace("http:", "https:"), data=b"hello")
    assert time.monotonic() - began < SOON


def test_a_bad_certificate_was_not_sent(tls: tuple[ssl.SSLContext, Path]) -> None:
    with RawServer(answering(), tls=tls[0]) as server, pytest.raises(NotSent, match="certificate is not valid: self"):
        post(server)


def test_a_certificate_for_another_host_was_not_sent(tls: tuple[ssl.SSLContext, Path]) -> None:
    with RawServer(answering(), tls=tls[0]) as server, pytest.raises(NotSent, match="certificate is not valid"):
        http().session().post(server.url, data=b"x", verify=str(tls[1]))


def test_checking_certificates_cannot_be_turned_off(tls: tuple[ssl.SSLContext, Path]) -> None:
    with RawServer(answering(), tls=tls[0]) as server, pytest.raises(NotSent, match="certificate is not valid: self"):
        http().session().post(server.url, data=b"x", verify=False)


@pytest.mark.parametrize(
    "url", ["https://", "no scheme", "http://[::1", "http://bad host/", "http://exa\nmple/", "mailto:a@b.example"]
)
def test_what_is_no_request_was_not_sent(url: str) -> None:
    with pytest.raises(NotSent):
        http().session().post(url, data=b"hello")


def test_a_header_that_cannot_be_sent_was_not_sent() -> None:
    with pytest.raises(NotSent):
        http().session().post("http://127.0.0.1:9/", headers={"Authorization": "Bearer two\nlines"})


# lost: it may have been processed

LOST: dict[str, Script] = {
    "reset after the request": answering(reset=True),
    "closed without an answer": answering(),
    "silence": silent,
    "a drip of headers": forever(b"X-A: b\r\n", first=b"HTTP/1.1 200 OK\r\n"),
    "a drip of one endless header": forever(b"a", first=b"HTTP/1.1 200 OK\r\nX-A: "),
    "endless 100": forever(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless 102": forever(b"HTTP/1.1 102 Processing\r\n\r\n"),
    "endless 103": forever(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "garbage": answering(b"\x00\x01garbage that is not HTTP at all\r\n\r\n"),
    "half a status line": answering(b"HTTP/1.1 20"),
    "status line and no end of headers": answering(b"HTTP/1.1 200 OK\r\nContent-Le", reset=True),
    "headers that break off": answering(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"),
    "a header that breaks off": answering(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "a header of 200 kB": answering(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n"),
    "a thousand headers": answering(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n"),
    "fifty headers of 2 kB": answering(b"HTTP/1.1 200 OK\r\n" + (b"X-A: " + b"b" * 2000 + b"\r\n") * 50 + b"\r\n"),
    "422 and half its body": answering(b'HTTP/1.1 422 No\r\nContent-Length: 99\r\n\r\n{"error":'),
    "500 and half its body": answering(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\noops", reset=True),
}


@pytest.mark.parametrize("script", LOST.values(), ids=LOST)
def test_once_a_byte_may_have_left_a_lost_reply_is_unknown(script: Script) -> None:
    began = time.monotonic()
    with RawServer(script) as server, pytest.raises(ReplyLost) as lost:
        post(server, deadline=0.4)
    assert isinstance(from_transport(lost.value), OutcomeUnknown)
    assert time.monotonic() - began < SOON


def test_an_upload_that_nobody_reads_is_unknown_at_the_deadline() -> None:
    with RawServer(silent_from_the_start) as server, pytest.raises(ReplyLost):
        post(server, body=bytes(20_000_000), deadline=0.4)


def test_an_upload_may_take_longer_than_connecting() -> None:
    def slow_reader(connection: socket.socket) -> None:
        time.sleep(0.4)
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(connection)

    with RawServer(slow_reader) as server:
        assert post(server, body=bytes(20_000_000), connect=0.2, deadline=5.0).text == "ok"


def test_a_reply_lost_through_tls_is_unknown(tls: tuple[ssl.SSLContext, Path]) -> None:
    with RawServer(silent, tls=tls[0]) as server, pytest.raises(ReplyLost, match=r"no answer within 0\.4 s"):
        _through_tls(server, tls[1], deadline=0.4)


def test_a_drip_through_tls_is_cut_at_the_deadline_and_nothing_of_the_cipher_leaks(
    tls: tuple[ssl.SSLContext, Path],
) -> None:
    drip = forever(b"y", first=b"HTTP/1.1 201 Created\r\n\r\nx", every=0.05)
    with RawServer(drip, tls=tls[0]) as server:
        response = _through_tls(server, tls[1], deadline=0.4)
    assert (is_cut(response), response.status_code, set(response.text)) == (True, 201, {"x", "y"})


def test_a_whole_answer_comes_through_tls_under_the_name_that_was_asked_for(tls: tuple[ssl.SSLContext, Path]) -> None:
    with RawServer(answering(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"), tls=tls[0]) as server:
        assert _through_tls(server, tls[1]).text == "ok"


def _through_tls(server: RawServer, ca: Path, **options: Any) -> requests.Response:
    def here(host: str, port: int, seconds: float) -> list[Address]:
        return [Address(socket.AF_INET, ("127.0.0.1", port))]

    with http(resolve=here, **options).session() as session:
        session.verify = str(ca)
        return session.post(f"https://blog.example:{server.port}/", data=b"hello")


def test_a_pooled_connection_that_died_is_unknown_because_nobody_can_tell() -> None:
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def once(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(first)
        request_of(connection)
        rst(connection)

    with RawServer(once) as server, http().session() as session:
        session.post(server.url, data=b"one")
        with pytest.raises(ReplyLost):
            session.post(server.url, data=b"two")


def test_a_drip_over_a_pooled_connection_is_cut_as_well() -> None:
    def then_drip(connection: socket.socket) -> None:
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(connection)
        forever(b"X-A: b\r\n", first=b"HTTP/1.1 200 OK\r\n")(connection)

    with RawServer(then_drip) as server, http(deadline=0.4).session() as session:
        session.post(server.url, data=b"one")
        with pytest.raises(ReplyLost, match=r"no answer within 0\.4 s"):
            session.post(server.url, data=b"two")


def test_a_lost_reply_is_not_asked_for_a_second_time() -> None:
    came: list[bytes] = []

    def note(connection: socket.socket) -> None:
        came.append(request_of(connection))

    with RawServer(note, note, note) as server, pytest.raises(ReplyLost):
        post(server)
    time.sleep(0.05)
    assert len(came) == 1


# the status is known, the body is not

CUT: dict[str, Script] = {
    "reset": answering(
        b"HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\nContent-Length: 99\r\n\r\n", b'{"id":', reset=True
    ),
    "closed": answering(b"HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\nContent-Length: 99\r\n\r\n", b'{"id":'),
    "silence": answering(b'HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\nContent-Length: 99\r\n\r\n{"id":', every=2.0),
    "drip": forever(b" ", first=b'HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\n\r\n{"id":'),
    "drip of chunks": forever(
        b"1\r\n \r\n",
        first=b'HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"id":\r\n',
    ),
    "bad chunk": answering(
        b'HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"id":\r\nzz\r\n'
    ),
    "over the cap": answering(b'HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\n\r\n{"id":' + b" " * 60_000),
    "a bomb": answering(
        b"HTTP/1.1 201 Created\r\nX-Restli-Id: urn:1\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(b'{"id":' + bytes(20_000_000))
    ),
}


@pytest.mark.parametrize("script", CUT.values(), ids=CUT)
def test_a_post_that_was_answered_with_yes_stays_answered_when_the_body_is_lost(script: Script) -> None:
    with RawServer(script) as server:
        response = post(server, max_body=50_000, deadline=0.4)
    assert (response.status_code, response.headers["X-Restli-Id"]) == (201, "urn:1")
    assert is_cut(response)
    assert response.content[:6] == b'{"id":'
    assert len(response.content) <= 50_000
    assert judge(response, NOW) is None


def test_bytes_that_are_not_gzip_after_a_yes_leave_the_yes() -> None:
    script = answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain")
    with RawServer(script) as server:
        assert is_cut(post(server))


@pytest.mark.parametrize("script", CUT.values(), ids=CUT)
def test_for_a_get_a_lost_body_is_a_lost_reply(script: Script) -> None:
    options = {"max_body": 50_000, "deadline": 0.4}
    with RawServer(script) as server, http(**options).session() as session, pytest.raises(ReplyLost):
        session.get(server.url)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_for_any_other_method_a_lost_body_is_a_lost_reply(method: str) -> None:
    with RawServer(CUT["closed"]) as server, http().session() as session, pytest.raises(ReplyLost):
        session.request(method, server.url, data=b"x")


@pytest.mark.parametrize("name", ["over the cap", "a bomb"])
def test_an_answer_over_the_cap_says_so(name: str) -> None:
    with RawServer(CUT[name]) as server, http(max_body=50_000).session() as session:
        with pytest.raises(TooLarge, match="larger than 50,000 bytes"):
            session.get(server.url)
        assert cause_of(TooLarge("x")) is not None


def test_a_cut_body_without_a_length_cannot_be_told_from_a_short_one() -> None:
    with RawServer(answering(b'HTTP/1.1 200 OK\r\n\r\n{"id":')) as server:
        response = post(server)
    assert (response.text, is_cut(response), judge(response, NOW)) == ('{"id":', False, None)


# definite answers


def test_a_refusal_in_the_middle_of_an_upload_is_heard() -> None:
    with RawServer(refusing_early) as server:
        response = post(server, body=bytes(20_000_000), deadline=5.0)
    assert (response.status_code, type(judge(response, NOW))) == (413, Rejected)


@pytest.mark.parametrize("interim", [100, 102, 103])
def test_an_interim_answer_is_not_the_answer_nor_left_for_the_next_request(interim: int) -> None:
    def twice(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(b"HTTP/1.1 %d Wait\r\nLink: </a>\r\n\r\n" % interim)
        time.sleep(0.05)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\none")
        request_of(connection)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\ntwo")

    with RawServer(twice) as server, http().session() as session:
        replies = [session.post(server.url, data=b"a"), session.post(server.url, data=b"b")]
    assert [(r.status_code, r.text) for r in replies] == [(201, "one"), (202, "two")]


def test_an_answer_that_is_slow_but_in_time_is_an_answer() -> None:
    parts = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"s", b"l", b"o", b"w"]
    with RawServer(answering(*parts, every=0.05)) as server:
        assert post(server).text == "slow"


def test_the_deadline_is_for_all_redirects_together() -> None:
    hop = answering(b"", b"HTTP/1.1 302 Found\r\nLocation: /next\r\nConnection: close\r\n\r\n", every=0.25)
    began = time.monotonic()
    with RawServer(hop, hop, hop, hop) as server, pytest.raises(ReplyLost, match=r"within 0\.6 s"):
        http(deadline=0.6).session().get(server.url)
    assert time.monotonic() - began < SOON


def test_a_caller_may_shorten_the_deadline_but_not_lengthen_it() -> None:
    began = time.monotonic()
    with RawServer(silent, silent) as server, http(deadline=0.3).session() as session:
        with pytest.raises(ReplyLost, match=r"within 0\.1 s"):
            session.post(server.url, timeout=0.1)
        with pytest.raises(ReplyLost, match=r"within 0\.3 s"):
            session.post(server.url, timeout=300)
    assert time.monotonic() - began < SOON


# what a library makes of it


def test_our_verdict_is_found_under_an_exception_of_a_library() -> None:
    def library(session: GuardedSession, url: str) -> None:
        try:
            session.post(url, data=b"x")
        except Exception as error:
            raise RuntimeError(f"could not complete request: {error}")  # noqa: B904 - as the library does

    with RawServer(answering(reset=True)) as server, pytest.raises(RuntimeError) as caught:
        library(http().session(), server.url)
    assert isinstance(cause_of(caught.value), ReplyLost)


def test_a_lost_reply_outweighs_a_later_request_that_was_not_sent() -> None:
    not_sent = NotSent("the second try")
    not_sent.__context__ = ReplyLost("the first try")
    assert cause_of(not_sent) is not_sent.__context__


def test_an_exception_with_another_cause_has_no_verdict() -> None:
    assert cause_of(KeyError("x")) is None


def test_a_context_that_was_put_aside_does_not_count() -> None:
    error = ValueError("x")
    error.__context__ = NotSent("an earlier matter")
    error.__suppress_context__ = True
    assert cause_of(error) is None


def test_a_circle_of_causes_ends() -> None:
    one, two = ValueError(1), ValueError(2)
    one.__context__, two.__context__ = two, one
    assert cause_of(one) is None


def test_not_sent_waits_with_the_whole_network() -> None:
    answer = from_transport(NotSent("blog.example: refused\x1b"))
    assert isinstance(answer, Retryable)
    assert (answer.reason, answer.scope) == ("blog.example: refused\\x1b", "network")


def test_an_error_does_not_quote_the_request() -> None:
    with RawServer(answering(reset=True)) as server, pytest.raises(ReplyLost) as lost:
        http().session().post(f"{server.url}?access_token=canary-61", headers={"Authorization": "canary-62"})
    assert "canary-6" not in f"{lost.value} {lost.value!r} {from_transport(lost.value)}"
