"""Finding what is live in the words: links, and hashtags that are meant as such. Silencing what is not.

Enters: raw pieces. Leaves: pieces with spans, links apart from the words around them. In the feed's words a '@' or '#'
that would call a person or open a hashtag by accident ("@dataclass", "#selector") gets an invisible word joiner behind
it; the author's own tags stay live, people whom the owner has named are mentioned, and addresses stay untouched.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import regex

from syndicator.connector import Hashtags, Span, SpanKind
from syndicator.render.hashtags import fold
from syndicator.render.inline import enlivened, in_code
from syndicator.render.mentions import meant, named, shown
from syndicator.render.pieces import Piece, Role, moved
from syndicator.render.style import Person

JOINER = "\u2060"

_URL = (
    r"(?<![A-Za-z0-9_@#＃$])https?://[\p{L}\p{N}]"
    r"[^\s\p{C}\p{Extended_Pictographic}<>\"“”„«»‹›「」『』【】（）《》〈〉，。、；：！？…{}|\\^`]*"
)
_CALL = r"(?<![\p{L}\p{N}_/])(?P<at>@)(?P<called>[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.\-]*(?:@[\p{L}\p{N}][\p{L}\p{N}.\-]*)?)"
_HASH = r"(?<![\p{L}\p{N}_/])(?P<hash>[#＃])(?P<word>[\p{L}\p{N}_][\p{L}\p{M}\p{N}_·・\-]*)"
_SCAN = regex.compile(f"(?P<url>{_URL})|{_CALL}|{_HASH}", regex.IGNORECASE)
_OWNER_CALL = regex.compile(_CALL)
_URLS = regex.compile(_URL, regex.IGNORECASE)
_OWNER_TAG = regex.compile(r"(?<!\S)#(?P<word>[\p{L}\p{N}_][\p{L}\p{M}\p{N}_\-]*)")
_LETTER = regex.compile(r"\p{L}")
_STOPS = frozenset(".,;:!?'\"*")
_PAIRS = {")": "(", "]": "["}
_RUN = frozenset({Role.FIXED, Role.WORDS, Role.LINK})


@dataclass(frozen=True, slots=True)
class Marker:
    """`link` is the post's permalink; `tags` are its hashtags as this service writes them, folded."""

    link: str
    rule: Hashtags
    tags: frozenset[str] = frozenset()
    joiner: str = JOINER  # what keeps a word in prose from coming alive
    people: tuple[Person, ...] = ()  # who may be mentioned
    inline: bool = False  # words of the text become hashtags where they first stand
    words: tuple[str, ...] | None = None  # which, as hashtags are written; None: whichever of `tags` is one word
    apart: frozenset[str] = frozenset()  # lines in which nothing comes alive: what `plain.code_lines` found

    def mark(self, pieces: Iterable[Piece]) -> list[Piece]:
        marked: list[Piece] = []
        for is_run, group in groupby(pieces, key=lambda piece: piece.role in _RUN):
            together = list(group)
            marked += self._run(together) if is_run else map(self._single, together)
        said = {fold(span.target) for piece in marked for span in piece.spans if span.kind is SpanKind.TAG}
        marked = self._enlivened(marked, said) if self.inline and self.rule is not Hashtags.NONE else marked
        return [_hashtag_line(piece, said) if piece.role is Role.TAGS else piece for piece in marked]

    def _enlivened(self, pieces: Iterable[Piece], said: set[str]) -> list[Piece]:
        """What comes alive is added to `said`."""
        words = sorted(self.tags) if self.words is None else self.words
        return [enlivened(piece, words, said, self.apart) if piece.role is Role.BODY else piece for piece in pieces]

    def _single(self, piece: Piece) -> Piece:
        return piece if piece.role is Role.TAGS else self._prose(piece)

    def _prose(self, piece: Piece) -> Piece:
        out = _Writing()
        position = 0
        for match in _SCAN.finditer(piece.text):
            out.plain(piece.text[position : match.start()])
            position = self._found(match, out)
        out.plain(piece.text[position:])
        return replace(piece, text="".join(out.parts), spans=tuple(out.spans))

    def _found(self, match: "regex.Match[str]", out: "_Writing") -> int:
        """Writes the match; returns where reading goes on."""
        at: int = match.start()
        if match["url"]:
            url = trimmed(match["url"])
            out.span(url, SpanKind.LINK, url)
            return at + len(url)
        if match["at"]:
            return self._called(match, out)
        word = self._word(match["word"])
        if self._is_own(match, word):
            out.span("#" + word, SpanKind.TAG, word)
        else:
            out.plain(match["hash"] + (self.joiner if _LETTER.search(word) else "") + word)
        return at + 1 + len(word)

    def _called(self, match: "regex.Match[str]", out: "_Writing") -> int:
        person = named(match.string, match.start(), self.people)
        called = match["called"].rstrip(".-") if person is None else shown(person)[1:]
        person = person or meant(called, self.people)
        if person is None or in_code(match.string, match.start(), self.apart):
            out.plain("@" + self.joiner)
            return match.start() + 1
        out.span(shown(person), SpanKind.MENTION, person.handle)
        return match.start() + 1 + len(called)

    def _word(self, found: str) -> str:
        return found.rstrip("-·・") if self.rule is Hashtags.HYPHEN else found.split("-", 1)[0].rstrip("·・")

    def _is_own(self, match: "regex.Match[str]", word: str) -> bool:
        before = match.string[match.start() - 1 : match.start()]
        return match["hash"] == "#" and not before.strip() and fold(word) in self.tags

    def _run(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Words that may not shrink, read as one: "{{ link }}?via={{ network }}" is one address."""
        text, fixed_links = "", []
        for piece in pieces:
            words = self._prose(piece).text if piece.role is Role.WORDS else piece.text
            if piece.role is Role.LINK and words:
                fixed_links.append((len(text), len(text) + len(words)))
            text += words
        found = [(m.start(), m.start() + len(trimmed(m[0]))) for m in _URLS.finditer(text)]
        stretches = [stretch for stretch in found if not any(_cuts(stretch, link) for link in fixed_links)]
        stretches += [link for link in fixed_links if not any(_holds(stretch, link) for stretch in stretches)]
        return self._split(text, sorted(stretches))

    def _split(self, text: str, links: Sequence[tuple[int, int]]) -> list[Piece]:
        pieces, position = [], 0
        for start, end in links:
            url = text[start:end]
            ours = leads_to(url, self.link)
            pieces.append(self._owner(text[position:start]))
            pieces.append(Piece(Role.LINK, url, (Span(0, len(url), SpanKind.LINK, url),), own=ours))
            position = end
        return [*pieces, self._owner(text[position:])]

    def _owner(self, text: str) -> Piece:
        """The owner's words are live as they stand; only people are called by their names here."""
        out, position = _Writing(), 0
        for match in _OWNER_CALL.finditer(text):
            person = meant(match["called"].rstrip(".-"), self.people)
            if person is not None:
                out.plain(text[position : match.start()])
                out.span(shown(person), SpanKind.MENTION, person.handle)
                position = match.start() + 1 + len(match["called"].rstrip(".-"))
        out.plain(text[position:])
        text = "".join(out.parts)
        return Piece(Role.FIXED, text, tuple(sorted([*out.spans, *self._owner_tags(text)], key=lambda s: s.start)))

    def _owner_tags(self, text: str) -> Iterator[Span]:
        words = ((match.start(), self._word(match["word"])) for match in _OWNER_TAG.finditer(text))
        if self.rule is not Hashtags.NONE:
            yield from (Span(at, at + 1 + len(w), SpanKind.TAG, w) for at, w in words if _LETTER.search(w))


@dataclass(slots=True)
class _Writing:
    parts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def plain(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def span(self, text: str, kind: SpanKind, target: str) -> None:
        self.spans.append(moved(Span(0, len(text), kind, target), self.length))
        self.plain(text)


def trimmed(url: str) -> str:
    """`url` without the punctuation of the sentence around it; brackets that it opened itself stay."""
    end, open_ends = len(url), {close: url.count(close) - url.count(opened) for close, opened in _PAIRS.items()}
    while end and (url[end - 1] in _STOPS or open_ends.get(url[end - 1], 0) > 0):
        end -= 1
        if url[end] in open_ends:
            open_ends[url[end]] -= 1
    return url[:end]


def leads_to(url: str, link: str) -> bool:
    """Whether `url` is the permalink, perhaps with a campaign or a fragment behind it."""
    return bool(link) and url.startswith(link) and url[len(link) : len(link) + 1] in {"", "?", "#", "&"}


def _hashtag_line(piece: Piece, said: Collection[str]) -> Piece:
    """A hashtag that stands in the words already is not said again."""
    out = _Writing()
    for word in piece.text.split():
        if fold(word[1:]) not in said:
            out.plain(" " if out.length else "")
            out.span(word, SpanKind.TAG, word[1:])
    return replace(piece, text="".join(out.parts), spans=tuple(out.spans))


def _holds(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _cuts(stretch: tuple[int, int], link: tuple[int, int]) -> bool:
    return stretch[0] < link[1] and link[0] < stretch[1] and not _holds(stretch, link)
