"""People the owner knows: from links to their pages to their names on this network.

Enters: a post, and people with their pages and their handles here. Leaves: the post's words, in which such a link reads
as the handle. It mentions nobody whom the owner has not named.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from syndicator.post import Post
from syndicator.render.characters import clean
from syndicator.render.style import Person

MOST_WORDS = 4  # a link of more words says something, and is not a name

_ON_A_SERVER = re.compile(r"@?(?P<user>[\w.\-]+)@(?P<server>[\w.\-]+\.\w+)")  # @ada@social.example
_DOMAIN = re.compile(r"@?(?P<name>(?:[\w\-]+\.)+[^\W\d]\w*)|(?P<did>did:[a-z]+:[\w.:%\-]+)")  # ada.example
_SEEN_FROM_ELSEWHERE = re.compile(r"[^/]+/@(?P<user>[\w.\-]+)@(?P<server>[\w.\-]+)")
_COMPANY = re.compile(r"urn:li:organization:(?P<number>\d+)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S|^[\w\-]+(?:\.[\w\-]+)+/\S*$", re.IGNORECASE)


def spoken(post: Post, people: Sequence[Person]) -> str:
    """`post.text`, with the names of known people as their handles here, where a link to their page said them."""
    from syndicator.render.plain import to_text

    known = {_bare(url): person for person in people if can_be_mentioned(person) for url in person.urls}
    html = post.html.casefold() if known else ""
    if not any(address.rsplit("/", 1)[-1] in html for address in known):
        return post.text
    as_read = clean(to_text(post.html))
    if not as_read.startswith(post.text):  # the words are not those of this markup
        return post.text
    tail = as_read[len(post.text) :]  # what an engine had put there, and normalising took away
    said = clean(to_text(post.html, called=lambda url, words: _called(known.get(_page(url)), words)))
    return said.removesuffix(tail) if said.endswith(tail) else post.text


def pages(known: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses of a person: their `url`, and the profiles that follow from the form of their handles."""
    found = [url for url in (known.get("url"),) if url]
    for network, handle in known.items():
        if network != "url":
            found += _profiles(handle.strip())
    return tuple(dict.fromkeys(found))


def meant(called: str, people: Sequence[Person]) -> Person | None:
    """Who is called by what stands behind an '@', if they can be mentioned here."""
    name = called.casefold()
    return next(
        (p for p in people if can_be_mentioned(p) and name in {p.name.casefold(), shown(p)[1:].casefold()}), None
    )


def named(text: str, at: int, people: Sequence[Person]) -> Person | None:
    """Who is called at `at` by a name of several words, as `spoken` writes it."""
    there = (p for p in people if can_be_mentioned(p) and " " in shown(p) and text.startswith(shown(p), at))
    return next((p for p in there if not text[at + len(shown(p)) : at + len(shown(p)) + 1].isalnum()), None)


def can_be_mentioned(person: Person) -> bool:
    return bool(person.handle) and "://" not in person.handle and not any(c.isspace() for c in person.handle)


def shown(person: Person) -> str:
    """Their handle as it is typed on the network; an identifier is nothing to read, so the name stands for it."""
    handle = person.handle.removeprefix("@")
    return "@" + (person.name if ":" in handle else handle)


def _called(person: Person | None, words: str) -> str | None:
    """What a link to somebody reads as; None: as its own words, since they are no name."""
    if person is None or not words or len(words.split()) > MOST_WORDS or _ADDRESS.search(words):
        return None
    return shown(person)


def _profiles(handle: str) -> Iterator[str]:
    if found := _ON_A_SERVER.fullmatch(handle):
        user, server = found["user"], found["server"]
        yield from (f"https://{server}/@{user}", f"https://{server}/users/{user}", f"https://{server}/{user}")
    elif found := _DOMAIN.fullmatch(handle):
        yield f"https://bsky.app/profile/{found['name'] or found['did']}"
    elif found := _COMPANY.fullmatch(handle):
        yield f"https://www.linkedin.com/company/{found['number']}"
    elif _ADDRESS.match(handle):
        yield handle


def _page(url: str) -> str:
    """As `_bare`; what a server shows of somebody from another server is their page there."""
    bare = _bare(url)
    elsewhere = _SEEN_FROM_ELSEWHERE.fullmatch(bare)
    return f"{elsewhere['server']}/@{elsewhere['user']}" if elsewhere else bare


def _bare(url: str) -> str:
    """Two addresses of one page are the same but for scheme, "www.", case and a slash at the end."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    host = (parts.netloc or "").casefold().removeprefix("www.")
    return host + parts.path.rstrip("/").casefold() + (f"?{parts.query.casefold()}" if parts.query else "")
