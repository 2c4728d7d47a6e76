"""Posts of one document → which are known and which are new. Pure: the ledger's aliases come in as a mapping.

A post is recognised by a set of aliases, never by one key: guids change when a blog moves, addresses change when a slug
is mended, and each of them may be shared by accident. What is compared is a normalised address (`nurl`), made for
comparing only; it is never shown and never sent.
"""

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urljoin, urlsplit

from syndicator.post import Post

LONGEST_URL = 4_096  # characters; what is longer was built to be
TRACKING = r"(?:utm_|at_|mc_|pk_|mtm_|_hs).*|fbclid|gclid|cmpid|ncid|ocid|xtor|igshid"
_NOT_COMPARED = re.compile(rf"{TRACKING}|ref|source|src", re.IGNORECASE)
_INDEX = re.compile(r"(?<=/)(?:index\.(?:html?|php)|default\.[a-z]+)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.html?$", re.IGNORECASE)
_DEFAULT_PORTS = {80, 443}  # the scheme is dropped, so both count
_PLAIN = "/!$&'()*+,;=:@-._~"  # stays as it is in a path or fragment


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """One name under which a post is known. An address is stored as its `nurl`."""

    kind: Literal["guid", "url"]
    value: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post in a document; `post_id` is None when nothing in the ledger bears one of its names."""

    post: Post
    aliases: tuple[Alias, ...]
    post_id: int | None


def identify(posts: Sequence[Post], known: Mapping[Alias, int]) -> list[Sighting]:
    """Match a document, in its order. A post that stands in it twice is reported once: the first wins.

    The guid decides before the address. An address whose post stands in the same document under its own guid cannot
    mean a second entry.
    """
    aliases = aliases_in(posts)
    by_guid = [_known("guid", names, known) for names in aliases]
    claimed = {post_id for post_id in by_guid if post_id is not None}
    found: list[Sighting] = []
    taken: set[int | Alias] = set()
    for post, names, post_id in zip(posts, aliases, by_guid, strict=True):
        match = _known("url", names, known) if post_id is None else post_id
        marks: set[int | Alias] = set(names) if match is None else {match}
        if taken & marks or (post_id is None and match in claimed):
            continue
        taken |= marks
        found.append(Sighting(post, tuple(name for name in names if known.get(name, match) == match), match))
    return found


def aliases_in(posts: Sequence[Post]) -> list[tuple[Alias, ...]]:
    """The usable names of every post of a document, in its order."""
    meanings = _meanings(posts)
    return [_usable(post, meanings) for post in posts]


def aliases_of(post: Post, posts_in_document: Iterable[Post]) -> tuple[Alias, ...]:
    """The names that can be trusted to mean this post: those that mean nothing else in the same document.

    For one post. Asking in turn for every post of a long document takes time quadratic in it; `aliases_in` does not.
    """
    names = set(_names(post))
    namesakes = [other for other in posts_in_document if names & set(_names(other))]
    return _usable(post, _meanings([post, *namesakes]))


@lru_cache(maxsize=16_384)
def nurl(url: str, base: str | None = None) -> str | None:
    """The address in the form that is compared: `//host/path?query#fragment`; None for what is not on the web.

    Scheme, `www.`, default port, index files, `.html`, final slashes and tracking parameters do not count; fragments
    do, because day pages name their notes by them.
    """
    if len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        host = _host(parts.hostname or "")
        if parts.scheme not in ("http", "https", "") or not host:
            return None
        port = f":{parts.port}" if parts.port and parts.port not in _DEFAULT_PORTS else ""
        query, fragment = _query(parts.query), _recode(parts.fragment)
        place = f"//{host}{port}{_path(parts.path)}"
    except ValueError:
        return None
    return place + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _known(kind: str, names: tuple[Alias, ...], known: Mapping[Alias, int]) -> int | None:
    return next((known[name] for name in names if name.kind == kind and name in known), None)


def _names(post: Post) -> tuple[Alias, ...]:
    """Every name a post goes by. One without a guid is also known by its title and date, because its address alone
    would lose it as soon as several such posts share one."""
    names = [Alias("guid", post.guid or _made(post))]
    address = nurl(post.link) if post.link else None
    if address and not _is_home(address):
        names.append(Alias("url", address))
    return tuple(names)


def _made(post: Post) -> str:
    words = [post.title, post.published.isoformat() if post.published else ""]
    if not all(words):
        words.append(post.text)
    return "made:" + hashlib.sha256(json.dumps(words).encode()).hexdigest()


def _meanings(posts: Sequence[Post]) -> Mapping[Alias, set[str]]:
    """What each name stands for in a document: a guid for addresses, an address for guids."""
    meanings: dict[Alias, set[str]] = defaultdict(set)
    for post in posts:
        guid, *address = _names(post)
        meanings[guid].add(address[0].value if address else post.title)
        for name in address:
            meanings[name].add(guid.value)
    return meanings


def _usable(post: Post, meanings: Mapping[Alias, set[str]]) -> tuple[Alias, ...]:
    usable = tuple(name for name in _names(post) if len(meanings[name]) == 1)
    return usable or (Alias("guid", _made(post)),)


def _is_home(address: str) -> bool:
    """Feeds without pages per post link every entry to the front page."""
    return "/" not in address[2:] and "?" not in address and "#" not in address


def _host(host: str) -> str:
    host = host.rstrip(".")
    if ":" in host:
        return f"[{host}]"
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = unicodedata.normalize("NFKC", host).lower()
    host = host.rstrip(".")  # once more: other characters than the dot have become one
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host if host.isprintable() and " " not in host else ""


def _path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", _recode(path))
    while (shorter := _SUFFIX.sub("", _INDEX.sub("", path)).rstrip("/")) != path:
        path = shorter
    return path


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not _NOT_COMPARED.fullmatch(name))
    return urlencode(kept, errors="surrogateescape")


def _recode(part: str) -> str:
    """One spelling for each percent-encoding; bytes that are not UTF-8 keep their difference."""
    raw = unquote_to_bytes(part)
    try:
        return quote(unicodedata.normalize("NFC", raw.decode()), safe=_PLAIN)
    except UnicodeDecodeError:
        return quote(raw, safe=_PLAIN)
