"""A blog's address → the feed to watch, by asking its server. Used by `syndicate init`.

Enters: what the owner typed, and a session. Leaves: a Found, or FeedError in a sentence. Nothing is asked twice, one
question at a time: the page itself, a few of the feeds that it names, and only where it names none, the usual places.
"""

import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from syndicator.clock import Clock
from syndicator.errors import FeedError
from syndicator.feed.discover import Candidate, Seen, choose, find_feeds, guesses, is_of_comments, ranked, same_posts
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators, fetch
from syndicator.feed.schedule import Trouble
from syndicator.feed.text import as_h_feed, decode, is_web_page
from syndicator.feed.walls import LET_IN, wall
from syndicator.http import GuardedSession
from syndicator.verdict import chain_of

MOST = 4  # feeds of one page that are looked at
ACCEPT = "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5"
Parse = Callable[[bytes, str, str], Document]
_BROWSER = "open it in a browser: is the address right?"
_DIRECT = "name the feed itself: syndicate init URL-OF-THE-FEED"


@dataclass(frozen=True, slots=True)
class Found:
    """`is_page`: the feed is a web page, read for its h-entry mark-up. `remarks`: what else there is, in sentences."""

    url: str
    document: Document
    why: str
    is_page: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Search:
    """One search. It remembers what it has asked for."""

    session: GuardedSession
    clock: Clock
    parse: Parse
    asked: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)  # feeds that are named and cannot be read, with the reason

    def find(self, typed: str) -> Found:
        """Raises FeedError."""
        page = self._front(typed)
        if (document := self._feed_in(page)) is not None:
            return Found(_lasting(page), document, "the address is the feed itself")
        named = self._named_by(page)
        return (
            self._best(named, "named by the page")
            or self._from_root(page)
            or self._at_usual_places(page)
            or self._page_itself(page, named)
            or self._nothing(page)
        )

    def _front(self, typed: str) -> requests.Response:
        """The page, under the scheme that answers, where none was typed."""
        addresses = _addresses(typed)
        for address in addresses:
            try:
                self.asked.add(address)
                return _usable(self.session.get(address, headers={"Accept": ACCEPT}), address)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                if address == addresses[-1] or _is_tls(error):
                    raise _unreachable(address, error) from error
        raise AssertionError(addresses)

    def _feed_in(self, page: requests.Response) -> Document | None:
        content_type = page.headers.get("Content-Type", "")
        if is_web_page(decode(page.content[:20_000], content_type)):
            return None
        try:
            return self.parse(page.content, content_type, page.url)
        except NotAFeed:
            return None

    def _named_by(self, page: requests.Response) -> list[Candidate]:
        html = decode(page.content, page.headers.get("Content-Type", ""))
        return find_feeds(html, page.url, page.headers.get("Link", ""))

    def _best(self, named: Iterable[Candidate], why: str) -> Found | None:
        """The best of the feeds among the candidates; pages only when there is no other."""
        named = list(named)
        feeds = [candidate for candidate in ranked(named) if not candidate.is_page]
        seen = [found for each in feeds[:MOST] if (found := self._look(each.url, each.title)) is not None]
        if seen:
            chosen, reason = choose(seen)
            why = f"{why}, {reason}" if reason else why
            remarks = (*_others(chosen, seen, feeds[MOST:]), *_comments(named))
            return Found(chosen.url, chosen.document, why, remarks=remarks)
        for candidate in [each for each in named if each.is_page][:MOST]:
            if (found := self._look(candidate.url, candidate.title, page=True)) is not None:
                return Found(found.url, found.document, f"{why} as an h-feed", is_page=True)
        return None

    def _look(self, url: str, title: str = "", *, page: bool = False) -> Seen | None:
        """A feed that is named somewhere; None when it cannot be read, or has been looked at before."""
        if url in self.asked and not page:
            return None
        answer = self._ask(url, page=page)
        try:
            if isinstance(answer, Fetched):
                return Seen(answer.moved_to or url, self.parse(answer.body, answer.content_type, answer.url), title)
            reason = answer.reason if isinstance(answer, Unavailable) else ""
        except NotAFeed as error:
            reason = error.reason
        self.refused.append(f"{url} ({reason})")
        return None

    def _ask(self, url: str, *, page: bool = False) -> Fetched | Unchanged | Unavailable:
        self.asked.add(url)
        return fetch(url, Validators(), self.session, self.clock.now(), pages=page)

    def _from_root(self, page: requests.Response) -> Found | None:
        """A page in the middle of a blog may name no feed where the front page does."""
        root = urljoin(page.url, "/")
        if root in {page.url, *self.asked}:
            return None
        self.asked.add(root)
        try:
            front = self.session.get(root, headers={"Accept": ACCEPT})
        except (requests.RequestException, HTTPError, OSError, ValueError):
            return None
        return self._best(self._named_by(front), f"named by {root}") if front.status_code == HTTPStatus.OK else None

    def _at_usual_places(self, page: requests.Response) -> Found | None:
        for url in guesses(page.url):
            if url in self.asked:
                continue
            answer = self._ask(url)
            if isinstance(answer, Unavailable) and answer.trouble is Trouble.LIMITED:
                raise FeedError(f"{page.url} names no feed, and its server wants no more questions", hint=_DIRECT)
            if isinstance(answer, Fetched):
                try:
                    document = self.parse(answer.body, answer.content_type, answer.url)
                except NotAFeed:
                    continue
                return Found(answer.moved_to or url, document, "the page names none; found by trying usual places")
        return None

    def _page_itself(self, page: requests.Response, named: Iterable[Candidate]) -> Found | None:
        content_type = as_h_feed(page.content, page.headers.get("Content-Type", ""))
        try:
            document = self.parse(page.content, content_type, page.url)
        except NotAFeed:
            return None
        why = "there is no other feed; the page's own posts, marked up as h-entry"
        return Found(_lasting(page), document, why, is_page=True, remarks=_comments(named))

    def _nothing(self, page: requests.Response) -> Found:
        if self.refused:
            named = ", ".join(self.refused[:3])
            raise FeedError(f"{page.url} names {named}; there is no other, nor any at the usual places", hint=_DIRECT)
        raise FeedError(f"{page.url} names no feed, and none is at the usual places", hint=_DIRECT)


def _lasting(page: requests.Response) -> str:
    """Where the page is to be asked for: at its end when every redirect on the way is for good."""
    permanent = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
    return page.url if all(hop.status_code in permanent for hop in page.history) else page.history[0].url


def _addresses(typed: str) -> list[str]:
    """What to ask, in turn: https, and http only where nobody asked for encryption."""
    typed = typed.strip()
    if typed.lower().startswith("http://"):
        return [typed, f"https://{typed[7:]}"]
    if "://" in typed:
        return [typed]
    if typed.startswith(("localhost", "127.", "[::1]")):  # a development server hardly ever has a certificate
        return [f"http://{typed}", f"https://{typed}"]
    return [f"https://{typed}", f"http://{typed}"]


def _usable(page: requests.Response, address: str) -> requests.Response:
    """Raises FeedError for an answer that is not the page."""
    name = wall(page.headers, page.content) if page.status_code != HTTPStatus.OK else _wall_in(page)
    if name is not None:
        raise FeedError(f"{address}: a bot challenge ({name}) stands in front of the blog", hint=LET_IN)
    if page.status_code != HTTPStatus.OK:
        phrase = next((known.phrase for known in HTTPStatus if known == page.status_code), "")
        raise FeedError(f"{address}: the server answered {page.status_code} {phrase}".rstrip(), hint=_BROWSER)
    if not page.content.strip():
        raise FeedError(f"{address}: the page is empty", hint=_BROWSER)
    return page


def _wall_in(page: requests.Response) -> str | None:
    """Real pages behind some walls carry their scripts too; a wall has no feed to name and no post."""
    text = decode(page.content, page.headers.get("Content-Type", ""))
    if find_feeds(text, page.url) or b"h-entry" in page.content or not is_web_page(text):
        return None
    return wall(page.headers, page.content)


def _unreachable(address: str, error: Exception) -> FeedError:
    host = urlsplit(address).hostname or address
    if _is_tls(error):
        reason = str(error).removeprefix(f"{host}: ")
        return FeedError(f"{host}: the connection is not safe: {reason}", hint="mend the certificate of the blog")
    return FeedError(f"{host} cannot be reached: {str(error).removeprefix(f'{host}: ')}", hint=_BROWSER)


def _is_tls(error: Exception) -> bool:
    return any(isinstance(link, ssl.SSLError) for link in chain_of(error))


def _others(chosen: Seen, seen: Iterable[Seen], unseen: Iterable[Candidate]) -> tuple[str, ...]:
    told = []
    for other in seen:
        if other is not chosen:
            count, same = len(other.document.posts), same_posts(chosen.document, other.document)
            what = "the same posts" if same else "other posts"
            named = f" “{other.title}”" if other.title else ""
            told.append(f"Also there:{named} {other.url} ({what}, {count} of them)")
    return (*told, *(f"Also there, not looked at: {candidate.url}" for candidate in unseen))


def _comments(named: Iterable[Candidate]) -> tuple[str, ...]:
    return tuple(f"Left aside: {c.url}, which is of comments" for c in named if is_of_comments(c))
