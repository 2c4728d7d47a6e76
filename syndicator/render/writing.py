"""The words of one copy: the form that was asked for, and the next best where that one fails.

Enters: the values of one post, the owner's style, the room there is, what hangs below the text. Leaves: a text that
fits, its spans, and what follows in the thread. It raises Withheld where the owner is strict, and for nothing else
tells them in a sentence.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from syndicator.connector import Capabilities, Part, Span
from syndicator.errors import ConfigError, Withheld
from syndicator.post import Kind, Post
from syndicator.render.characters import same_words
from syndicator.render.marking import JOINER, Marker, leads_to
from syndicator.render.pieces import Joined, Piece, Role, join
from syndicator.render.plain import lost_links
from syndicator.render.shapes import BLANK, Below, Shape, of_kind, of_template, of_wish, teaser, whole
from syndicator.render.shorten import Room, fit, fitted
from syndicator.render.style import Style
from syndicator.render.template import Tagger, Values, compile_template
from syndicator.render.thread import split

MOST_PARTS = 25
_FILM = re.compile(r"\.(?:mp4|m4v|webm|mov|ogv|mp3|m4a|ogg|oga|opus|flac|wav)$", re.IGNORECASE)
_SHRINKS = frozenset({Role.TITLE, Role.BODY, Role.TAGS})


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    spans: tuple[Span, ...] = ()
    rest: tuple[Part, ...] = ()  # of the thread
    leads_back: bool = False  # the card, if there is one, belongs to it


class Unfit(Exception):
    """This form cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Writer:
    post: Post
    style: Style
    can: Capabilities
    values: Values
    room: Room
    marker: Marker
    tagger: Tagger
    below: Below
    prose: str  # of an article: what a teaser is made of
    images: int  # that the copy carries
    of_images: int  # that the post has
    warn: Callable[[str], None]
    known: frozenset[str] = frozenset()  # addresses that need not stand in the text

    def written(self) -> Written:
        for form, uncut in self._forms():
            try:
                return self._in(form(), uncut=uncut)
            except (ConfigError, Unfit) as error:
                self._next_best(str(error))
        return self._in(self._default(), uncut=False)

    def _forms(self) -> Iterator[tuple[Callable[[], Shape], bool]]:
        """What was asked for, and whether nothing of it may be cut; the default comes last, and may."""
        uncut = self.style.wish.truncate is False
        if self.style.wish.format_string:
            yield self._wished, uncut
        elif self.style.template:
            yield self._templated, uncut
        if uncut:
            yield (self._whole if self._threads else self._default), True

    def _next_best(self, why: str) -> None:
        if self.style.strict:
            raise Withheld("template", f"the copy for {self.style.network} is not as you asked for: {why}")
        self.warn(f"{why}; the copy goes out in its next best form. Look at it with: syndicate preview")

    # Shapes

    def _default(self) -> Shape:
        words = self.values.summary if self._has_excerpt else self.prose
        shape = of_kind(self.post.kind, self.values, self.below, teaser(words, self.room.max_length))
        return self._led(self._with_its_page(shape))

    @property
    def _has_excerpt(self) -> bool:
        """Some engines put the title where the excerpt should be."""
        return bool(self.post.summary) and not same_words(self.values.summary, self.values.title)

    def _with_its_page(self, shape: Shape) -> Shape:
        """A note that is about one page elsewhere leads there by itself, if that makes it whole."""
        own = self.values.link
        elsewhere = list(dict.fromkeys(u for u in self._lost if u not in self.known and not leads_to(u, own)))
        if shape.announces or self.can.whole_post or len(elsewhere) != 1 or self.images < self.of_images:
            return shape
        if _FILM.search(urlsplit(elsewhere[0]).path):  # it is best seen in its post
            return shape
        longer = replace(shape, before=(*shape.before, BLANK, Piece(Role.LINK, elsewhere[0])))
        return longer if self._holds(_bare(longer.around(), longer)) else shape

    @property
    def _lost(self) -> tuple[str, ...]:
        return lost_links(self.post.html, self.values.text)

    def _whole(self) -> Shape:
        return self._led(whole(self.values)) if self.post.kind is Kind.ARTICLE else self._default()

    def _templated(self) -> Shape:
        template = compile_template(self.style.template or "", self.style.where)
        return self._led(of_template(template, self.values, self.tagger))

    def _wished(self) -> Shape:
        from syndicator.render.wording import form

        return self._led(of_wish(form(self.style.wish.format_string or "", self.values, self.warn), self.values))

    def _led(self, shape: Shape) -> Shape:
        """What the author wants to stand between the words and the link."""
        wish = self.style.wish
        gap = BLANK if wish.append_url_spacer is None else Piece(Role.WORDS, wish.append_url_spacer)
        return replace(shape, gap=gap, label=wish.append_url_label or "")

    # From a shape to a text

    def _in(self, shape: Shape, *, uncut: bool) -> Written:
        before = self._warning()
        tail, leads_back = self._backlink(shape, before)
        threaded = self._thread([*before, *shape.around(*tail)], shape)
        if threaded:
            return Written(threaded[0].text, threaded[0].spans, threaded[1:])
        if not self._adds(shape, leads_back):
            tail = ()
        pieces = [*before, *shape.around(*tail)]
        if shape.is_marked or (uncut and not shape.announces):
            return Written(*self._uncut(pieces, shape), leads_back=leads_back)
        text, spans = self._or_the_link(self._fitted(self._tags_last(pieces, shape)))
        if self.style.template and not self.style.wish.format_string:
            self._tell_of_lost_words(shape, text)
        return Written(text, spans, leads_back=leads_back)

    def _tell_of_lost_words(self, shape: Shape, text: str) -> None:
        """A template that marks nothing gives up its own words and the title last; but it does, and nobody sees it."""
        said = _plainly(text)
        own = (piece.text for piece in shape.before if piece.role in (Role.FIXED, Role.TITLE))
        if any(_plainly(words) not in said for words in own):
            self.warn(
                f"{self.style.where}: template: the copy is too long for {self.style.network}, so that words of the "
                "template or the title are cut; let something else shrink, with | shorten"
            )

    def _warning(self) -> list[Piece]:
        warning = "" if self.can.content_warning else self.style.content_warning
        return [Piece(Role.FIXED, f"CW: {warning}\n\n")] if warning else []

    def _backlink(self, shape: Shape, before: Sequence[Piece]) -> tuple[tuple[Piece, ...], bool]:
        """A copy that says everything needs no link: readers who follow one expect more. All others have one."""
        link = (Piece(Role.LINK, self.values.link),) if self.values.link else ()
        if self.style.backlink == "never" or not link:
            return (), False
        if self.style.backlink == "always" or shape.announces or not self._complete([*before, *shape.around()], shape):
            return link if self.style.backlink != "card" else (), True
        cited = (Piece(Role.FIXED, citation(self.values.link)),)
        if self.style.backlink == "cite" and self._complete([*before, *shape.around(*cited)], shape):
            return cited, False
        return (), False

    def _adds(self, shape: Shape, leads_back: bool) -> bool:
        """Whether the permalink goes into the text here; a template that names it has its own place for it."""
        always = self.style.backlink == "always"
        if shape.has_place:
            return always and not any(piece.own for piece in self.marker.mark(shape.around()))
        return always or not (leads_back and self.below is Below.POST)

    def _complete(self, pieces: Sequence[Piece], shape: Shape) -> bool:
        """Nothing of the post is missing: every word, every picture, every address it links to."""
        named = {piece.text for piece in pieces if piece.role is Role.LINK}
        if self.images < self.of_images or set(self._lost) - self.known - named:
            return False
        return self._holds(_bare(pieces, shape)) or bool(self._thread(pieces, shape))

    def _holds(self, pieces: Sequence[Piece]) -> bool:
        return self.room.takes(self.marker.mark(pieces))

    @property
    def _threads(self) -> bool:
        return self.can.thread and self.style.thread != "never"

    def _thread(self, pieces: Sequence[Piece], shape: Shape) -> tuple[Part, ...]:
        """Empty where there is nothing to part."""
        if not self._threads or shape.announces or shape.is_marked or self._holds(_bare(pieces, shape)):
            return ()
        text, spans = join(self.marker.mark(pieces))
        return split(text, spans, self.room, numbered=self.style.thread == "numbered", most=MOST_PARTS)

    def _fitted(self, pieces: Sequence[Piece]) -> Joined:
        return fitted(self.marker, pieces, self.room)

    def _tags_last(self, pieces: Sequence[Piece], shape: Shape) -> Sequence[Piece]:
        """Words that fit by themselves are not cut to make room for hashtags."""
        if shape.announces or not shape.after or not self._holds(_bare(pieces, shape)):
            return pieces
        return [piece if piece.role is Role.TAGS else replace(piece, firm=True) for piece in pieces]

    def _uncut(self, pieces: Sequence[Piece], shape: Shape) -> Joined:
        """Raises Unfit when what may shrink would have to go, and more."""
        marked = self._firm(self.marker.mark(pieces), shape)
        least = [piece if piece.firm else replace(piece, text="", spans=()) for piece in marked]
        if not self.room.takes(least):
            length = self.room.measure(join(least)[0])
            raise Unfit(
                f"what may not be cut of the copy for {self.style.network} is {length:,} long, "
                f"and there is room for {self.room.max_length:,}"
            )
        return fit(marked, self.room.measure, self.room.max_length, self.room.max_bytes)

    def _firm(self, pieces: Sequence[Piece], shape: Shape) -> list[Piece]:
        """Marking joins and parts the words between the values, so that they are made firm here."""
        shrinks = _SHRINKS if shape.is_marked else {Role.TAGS}
        return [replace(piece, firm=piece.firm or piece.role not in shrinks) for piece in pieces]

    def _or_the_link(self, written: Joined) -> Joined:
        """A post without a word still has an address; no network takes a copy without text and images."""
        if written[0] or self.images:
            return written
        return self._fitted([Piece(Role.LINK, self.values.link)])


def citation(link: str) -> str:
    """ "(blog.example 2026/11/post)": host, blank, path; read as an address by people and by discovery tools, but not
    linked (https://indieweb.org/permashortcitation)."""
    parts = urlsplit(link)
    path = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return f"({f'{parts.netloc} {path}'.strip()})"


def _plainly(text: str) -> str:
    return " ".join(text.replace(JOINER, "").split())


def _bare(pieces: Sequence[Piece], shape: Shape) -> list[Piece]:
    """Without the hashtags that stand at the end of every default form: they are an extra."""
    return [piece for piece in pieces if piece.role is not Role.TAGS or not shape.after]
