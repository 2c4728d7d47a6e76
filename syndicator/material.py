"""What copies are made from besides the post: the blog's pages and pictures, each fetched once for all networks.

Enters: addresses, which strangers may have written. Leaves: what a page says of itself; pictures made to fit; or why
they cannot be had. Only public hosts are asked, and those that the owner has named. It lives as long as a Pass or a
preview, serves the seats of all networks, and holds no more than `MOST` bytes.
"""

import threading
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from syndicator.pictures.decoder import Decoder
from syndicator.render.card import LONGEST_PAGE, PageCard, read_page
from syndicator.render.encoding import MAX_BYTES, Encoded
from syndicator.render.header import BadImage
from syndicator.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import Response

    from syndicator.http import GuardedSession, Http
    from syndicator.pictures.worker import Bounds

MOST = 40_000_000  # bytes; and what each seat has in its hands
DEADLINE = 30.0  # seconds for one picture or page, redirects and all
_LONGEST = 300  # characters of a reason
_SMALL = 4_000  # bytes; of whatever is no picture
_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
_PICTURE = {"Accept": "image/jpeg, image/png, image/gif, image/webp, image/*;q=0.1"}


@dataclass(frozen=True, slots=True)
class NoPage:
    """Nothing can be said about a page; `reason` says why."""

    reason: str


class Material:
    """Safe to use from several threads."""

    def __init__(self, http: "Http", named: Iterable[str] = ()) -> None:
        """`named`: addresses and hosts that the owner wrote down, which may be private."""
        self._http = http.allowing(*named)
        self._decoder = Decoder()
        self._shelf = Shelf(MOST, _weight)
        self._idle: list[GuardedSession] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back connections and the process that decodes."""
        self._decoder.close()
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def page(self, url: str) -> PageCard | NoPage:
        """What the page at `url` says of itself."""
        return self._shelf.take(("page", url), lambda: self._ask_page(url))

    def picture(self, url: str, bounds: "Bounds") -> Encoded:
        """The picture at `url`, made to fit. Raises BadImage."""
        made = self._shelf.take((url, bounds), lambda: self._fitted(url, bounds))
        if isinstance(made, BadImage):
            raise BadImage(made.reason)
        return made

    def raw(self, url: str) -> bytes:
        """The picture as it is, not looked at. Raises BadImage."""
        found = self._shelf.take(("picture", url), lambda: self._ask_picture(url))
        if isinstance(found, BadImage):
            raise BadImage(found.reason)
        return found

    def _fitted(self, url: str, bounds: "Bounds") -> Encoded | BadImage:
        try:
            return self._decoder.fit_into(bounds, self.raw(url))
        except BadImage as error:
            return error

    def _ask_picture(self, url: str) -> bytes | BadImage:
        response, why = self._get(url, _PICTURE)
        if response is None or why:
            return BadImage(why)
        return bytes(response.content)

    def _ask_page(self, url: str) -> PageCard | NoPage:
        response, why = self._get(url, _PAGE)
        if response is None or (why and response.status_code != 200):
            return NoPage(why)
        if "html" not in response.headers.get("content-type", "html"):
            return NoPage("it is no web page")
        return read_page(response.content[:LONGEST_PAGE], response.url)

    def _get(self, url: str, headers: dict[str, str]) -> "tuple[Response | None, str]":
        """The answer, and what is wrong with it; of one that is too long its beginning."""
        import requests
        from urllib3.exceptions import HTTPError

        with self._session() as session:
            session.last = None
            try:
                response = session.get(url, headers=headers)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                return session.last, str(error)[:_LONGEST] or type(error).__name__
            finally:
                session.last = None
        return response, "" if response.status_code == 200 else f"its server answered {response.status_code}"

    @contextmanager
    def _session(self) -> "Iterator[GuardedSession]":
        """One that nobody else uses meanwhile; its connections are used again."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        session = session or self._http.session(max_body=MAX_BYTES, deadline=DEADLINE)
        try:
            yield session
        finally:
            with self._lock:
                self._idle.append(session)


def _weight(value: Any) -> int:
    with suppress(AttributeError):
        return _SMALL + len(value.data)
    return _SMALL + (len(value) if isinstance(value, bytes) else 0)
