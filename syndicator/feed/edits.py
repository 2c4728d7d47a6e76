"""Has a post been edited, in what, and is it more than a slip of the pen?

Enters: a post as it is known and as a document has it now. Leaves: how it is worded from now on, and an `Edit` once one
is believed. Pure; it reads no clock and sends nothing.

What counts is what a reader would notice: title, words, pictures, and where the link leads. Dates do not (most edits
leave them alone, and most changes of dates are builds), nor do mark-up, hosts and sizes of pictures, or the links by
which the blog points to our own copies.

An edit is believed when it has been seen twice, or stands for a while. One that goes back to an earlier wording has to
stand for a day, because engines that are unsure of themselves go to and fro. Many at once are not edits at all: the
blog has got another template.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from syndicator.feed.backlinks import own_words
from syndicator.feed.identify import nurl
from syndicator.feed.marks import tokens
from syndicator.post import Post

VERSION = 1  # of the fingerprint
STANDS = timedelta(minutes=15)
BACK_AND_FORTH = timedelta(days=1)  # how long a former wording has to stand before it is believed again
REMEMBERED = timedelta(days=30)  # how long a wording counts as a former one
FORMER = 5
MANY, SHARE = 3, 0.3  # more posts than this, and at least this part of the document: a template
SMALL = 3  # words

_SIGNS = {"So", "Sc", "Cn"}  # emoji younger than our tables have no category yet
_UNUSUAL = re.compile(r"[^\w\s!-#%-~]")  # cheap to find; most texts have few
_EXTENSION = re.compile(r"\.\w{2,5}$")
_RENDITION = re.compile(
    r"[-_.](?:\d{2,5}x\d{0,5}|\d{2,5}w|scaled|rotated|(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8,64}|hu_?[0-9a-f]{8,64}\w*)"
    r"(?=[-_.]|$)|@[23]x$|=[swh]\d{1,4}(?:-[\w-]+)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Former:
    """A wording that was given up at `until`."""

    fingerprint: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Wording:
    """`content` is what the post said last. While an edit is not believed yet, `accepted` is what it said before, and
    `changed_at` is when the edit was first seen."""

    content: Post
    accepted: Post | None = None
    changed_at: datetime | None = None
    former: tuple[Former, ...] = ()  # the latest first
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    parts: tuple[str, ...]  # of title, text, images, link
    material: bool
    rule: str  # what made it material or small
    again: bool  # the post said this before: nothing to act upon
    since: datetime  # when it was first seen
    revision: int


def fingerprint(post: Post, copies: frozenset[str] = frozenset()) -> str:
    """Of what counts. Equal ones mean that there is nothing to compare; others are compared part by part, so that a
    new formula makes no edits."""
    seen = [VERSION, *_face(post, copies)]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=True).encode(errors="surrogatepass")).hexdigest()


def parts(before: Post, after: Post, copies: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What of a post has changed. `copies` are the addresses of its copies."""
    pairs = zip(_face(before, copies), _face(after, copies), strict=True)
    return tuple(name for name, (one, other) in zip(_PARTS, pairs, strict=True) if one != other)


def weigh(before: Post, after: Post, changed: Sequence[str], copies: frozenset[str] = frozenset()) -> tuple[bool, str]:
    """Whether an edit is material, and by which rule."""
    for part in ("title", "link", "images"):
        if part in changed:
            return True, part
    old, new = Counter(_words(before, copies)), Counter(_words(after, copies))
    gone, come = old - new, new - old
    if any(any(c.isdigit() for c in word) for word in (*gone, *come)):
        return True, "numbers"
    if max(gone.total(), come.total()) > SMALL:
        return True, "words"
    return False, "few-words"


def watch(
    known: Wording, post: Post, now: datetime, *, quiet: bool = False, copies: frozenset[str] = frozenset()
) -> tuple[Wording, Edit | None]:
    """What a document that has been read does to a post. `quiet`: a difference is the doing of the template, or of a
    parser that reads better than the last one; an edit that is not believed yet stays so."""
    if quiet:
        return replace(known, content=post), None
    settled = known.accepted or known.content
    if not parts(settled, post, copies):
        return replace(known, content=post, accepted=None, changed_at=None), None
    if known.accepted is None or parts(known.content, post, copies):
        return replace(known, content=post, accepted=settled, changed_at=now), None
    return settle(replace(known, content=post), now, seen_again=True, copies=copies)


def settle(
    known: Wording, now: datetime, *, seen_again: bool, copies: frozenset[str] = frozenset()
) -> tuple[Wording, Edit | None]:
    """Believe an edit whose time has come. `seen_again`: a later answer of the feed has shown it too."""
    if known.accepted is None or known.changed_at is None:
        return known, None
    stood, again = now - known.changed_at, _is_former(known, now, copies)
    if stood < BACK_AND_FORTH if again else not seen_again and stood < STANDS:
        return known, None
    changed = parts(known.accepted, known.content, copies)
    material, rule = weigh(known.accepted, known.content, changed, copies)
    revision = known.revision + (not again)
    former = (Former(fingerprint(known.accepted, copies), now), *known.former)[:FORMER]
    believed = Wording(known.content, former=former, revision=revision)
    return believed, Edit(changed, material, rule, again, known.changed_at, revision)


def is_template(changed: int, posts: int) -> bool:
    """Whether so many changes in a document of so many posts are one change of the blog, not edits."""
    return changed > MANY and changed >= SHARE * posts


_PARTS = ("title", "text", "images", "link")


def _face(post: Post, copies: frozenset[str]) -> tuple[object, object, object, object]:
    return (
        _plain(post.title),
        [*_words(post, copies), _signs(own_words(post, copies))],
        sorted(_stem(image.url) for image in post.images),
        [nurl(url) or url for url in (post.link, post.external_link) if url],
    )


def _plain(title: str) -> str:
    return " ".join([*tokens(title), _signs(title)])


def _words(post: Post, copies: frozenset[str]) -> list[str]:
    return tokens(own_words(post, copies))


def _signs(text: str) -> str:
    """Signs that say something by themselves: emoji and currencies. Those of mathematics serve as arrows and rules."""
    return "".join(c for c in _UNUSUAL.findall(text) if unicodedata.category(c) in _SIGNS)


def _stem(url: str) -> str:
    """The name of a picture without its host, folder, type and size, which belong to whoever serves it."""
    try:
        name = unquote(urlsplit(url).path).rsplit("/", 1)[-1].casefold()
    except ValueError:
        name = url
    stem = _EXTENSION.sub("", name)
    return _RENDITION.sub("", stem) or stem


def _is_former(known: Wording, now: datetime, copies: frozenset[str]) -> bool:
    print_ = fingerprint(known.content, copies)
    return any(one.fingerprint == print_ and now - one.until <= REMEMBERED for one in known.former)
