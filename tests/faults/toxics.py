"""What can happen to one request between a program and a service, each as a function of one `Talk`.

`done` says whether the service does the work. Where nothing else is said the connection ends with the toxic.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

from tests.faults.proxy import Talk, Toxic, passing

LATER_THAN_ANYBODY_WAITS = 3600.0
PAGE = b"<!doctype html><title>Welcome</title><form>Please log in to this hotel's network</form>"


def answer(status: int, body: Any = b"", headers: Mapping[str, str] | None = None, *, done: bool = False) -> Toxic:
    """Another answer than the service's."""

    def toxic(talk: Talk) -> None:
        _work(talk, done)
        talk.send(_written(status, body, headers or {}))

    return toxic


def portal(talk: Talk) -> None:
    """A hotel's network: it says yes to everything, and shows its own page."""
    answer(200, PAGE, {"Content-Type": "text/html"})(talk)


def redirect(to: str, status: int = 307) -> Toxic:
    return answer(status, b"", {"Location": to})


def latency(seconds: float) -> Toxic:
    """The way there is long."""

    def toxic(talk: Talk) -> None:
        talk.pause(seconds)
        passing(talk)

    return toxic


def bandwidth(rate: int, piece: int = 100) -> Toxic:
    """No more than `rate` bytes of the answer in a second."""
    return trickle(piece, piece / rate)


def slicing(piece: int = 1) -> Toxic:
    """The answer comes in the smallest pieces, without a pause."""
    return trickle(piece, 0.0)


def trickle(piece: int, every: float) -> Toxic:
    def toxic(talk: Talk) -> None:
        whole = talk.forward()
        for start in range(0, len(whole), piece):
            talk.send(whole[start : start + piece])
            talk.pause(every)

    return toxic


def silence(*, done: bool = True) -> Toxic:
    """The request is read, and then nothing comes."""

    def toxic(talk: Talk) -> None:
        _work(talk, done)
        talk.hang()

    return toxic


def accept_and_say_nothing(talk: Talk) -> None:
    """A connection, and nobody at its other end."""
    talk.hang()


def late(talk: Talk) -> None:
    """The request lies in a queue; `Proxy.release` lets the service do it, long after the client has given up."""
    with talk.proxy._lock:
        talk.proxy.kept.append(talk.read())
    talk.hang()


def reset_unread(talk: Talk) -> None:
    talk.reset()


def reset(*, done: bool) -> Toxic:
    """The request was read, and perhaps done; then the connection breaks."""

    def toxic(talk: Talk) -> None:
        _work(talk, done)
        talk.reset()

    return toxic


def closing(*, done: bool) -> Toxic:
    def toxic(talk: Talk) -> None:
        _work(talk, done)
        talk.close()

    return toxic


def raw(*pieces: bytes, done: bool = True, every: float = 0.0, ends: bool = True) -> Toxic:
    """These bytes in place of an answer."""
    return stream(pieces, done=done, every=every, ends=ends)


def stream(pieces: Iterable[bytes], *, done: bool = True, every: float = 0.0, ends: bool = True) -> Toxic:
    def toxic(talk: Talk) -> None:
        _work(talk, done)
        for piece in pieces:
            talk.send(piece)
            talk.pause(every)
        if ends:
            talk.close()

    return toxic


def drip_head(*, done: bool = True, every: float = 0.02) -> Toxic:
    """A header that never ends, letter by letter: no pause is ever long."""
    return stream(_after(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"), done=done, every=every)


def drip_body(every: float = 0.02) -> Toxic:
    """The service's own head, and then its body letter by letter, slower than anybody waits."""

    def toxic(talk: Talk) -> None:
        head, _, body = talk.forward().partition(b"\r\n\r\n")
        talk.send(head + b"\r\n\r\n")
        for letter in body[:-1]:
            talk.send(bytes([letter]))
            talk.pause(every)
        talk.hang()

    return toxic


def endless_interim(status: int, *, done: bool = True, every: float = 0.005) -> Toxic:
    """“Wait”, over and over."""
    return stream(repeat(b"HTTP/1.1 %d Wait\r\n\r\n" % status), done=done, every=every)


def cut(*, with_length: bool, reset: bool = False) -> Toxic:
    """Half of the service's own answer."""

    def toxic(talk: Talk) -> None:
        head, _, body = talk.forward().partition(b"\r\n\r\n")
        talk.send((head if with_length else _without_length(head)) + b"\r\n\r\n" + body[: len(body) // 2])
        if reset:
            talk.pause(0.05)  # a reset makes the other side's kernel forget what has not been read
            talk.reset()
        talk.close()

    return toxic


def bad_chunking(talk: Talk) -> None:
    """The service's own yes, in chunks that cannot be counted."""
    head, _, body = talk.forward().partition(b"\r\n\r\n")
    talk.send(
        _without_length(head) + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\nzz\r\n"
    )
    talk.close()


def instead_of_its_body(body: Iterable[bytes], *headers: bytes) -> Toxic:
    """The head is the service's own, and says yes; what follows is not."""

    def toxic(talk: Talk) -> None:
        head = _without_length(talk.forward().partition(b"\r\n\r\n")[0])
        talk.send(b"\r\n".join([head, *headers, b"", b""]))
        for piece in body:
            talk.send(piece)
        talk.close()

    return toxic


def endless_body() -> Toxic:
    """As long as anybody reads; ten gigabytes would be enough."""
    return instead_of_its_body(repeat(b" " * 65_536, 160_000))


def bomb() -> Toxic:
    """A hundred gzip members of a megabyte of zeros each, in 100 kB."""
    return instead_of_its_body([gzip.compress(bytes(1_000_000)) * 100], b"Content-Encoding: gzip")


def large_header(*, done: bool = True) -> Toxic:
    return raw(b"HTTP/1.1 200 OK\r\nX-Large: " + b"a" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n", done=done)


def garbage(*, done: bool = True) -> Toxic:
    return raw(b"\x00\xff\x16SSH-2.0-OpenSSH_9.2\r\n\r\n", done=done)


# Before anything is said


def hello_and_reset(talk: Talk) -> None:
    """In the middle of the TLS handshake."""
    talk.client.recv(100)
    talk.reset()


def hello_and_goodbye(talk: Talk) -> None:
    talk.client.recv(100)
    talk.close()


def plain_http(talk: Talk) -> None:
    """A server that speaks no TLS on this port."""
    talk.client.recv(100)
    talk.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    talk.close()


def _work(talk: Talk, done: bool) -> None:
    if done:
        talk.forward()
    else:
        talk.read()


def _written(status: int, body: Any, headers: Mapping[str, str]) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kinds = {"Content-Type": "application/json"} if data is not body else {}
    lines = [f"{name}: {value}" for name, value in {**kinds, **headers, "Content-Length": str(len(data))}.items()]
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode("utf-8") + data


def _without_length(head: bytes) -> bytes:
    return b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length"))


def _after(first: bytes, then: bytes) -> Iterable[bytes]:
    yield first
    yield from repeat(then)
