"""What a copy looks like when its owner has written no template.

Enters: the values of one post, and what stands in the link card below. Leaves: the pieces before and after the place of
the permalink. A note is its own words; an article is announced by title and teaser; a link post leads with the page it
is about; a photo speaks for itself. What the card says, the text does not say again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syndicator.connector import Hashtags
from syndicator.post import Kind
from syndicator.render.cutting import graphemes
from syndicator.render.marking import Marker
from syndicator.render.pieces import Piece, Role
from syndicator.render.shorten import fit
from syndicator.render.template import Compiled, Tagger, Values

BLANK = Piece(Role.FIXED, "\n\n")
ROOMY = 1_000  # a network with more room than this has readers of more than a paragraph
SHORT_TEASER, LONG_TEASER = 300, 600  # grapheme clusters

_COLONS = (":", "：", "：", "፡", "։")
_PARAGRAPH = re.compile(r"\n\s*\n")


class Below(StrEnum):
    """What the link card below the text shows."""

    NOTHING = "nothing"
    POST = "post"
    SUBJECT = "subject"  # the page that a link post is about


@dataclass(frozen=True, slots=True)
class Shape:
    before: tuple[Piece, ...]
    after: tuple[Piece, ...] = ()
    announces: bool = False  # the copy points to the post and does not stand for it
    has_place: bool = False  # for the permalink, chosen by its owner
    gap: Piece = BLANK  # before the permalink
    label: str = ""  # likewise

    def around(self, *tail: Piece) -> tuple[Piece, ...]:
        """The whole copy with `tail` (a permalink, a citation) in its place."""
        label = (Piece(Role.WORDS, f"{self.label} "),) if self.label and tail else ()
        led = (self.gap, *label, *tail) if tail else ()
        return (*self.before, *led, *(part for piece in self.after for part in (BLANK, piece)))

    @property
    def is_marked(self) -> bool:
        """Whether its owner has said what may shrink."""
        return any(piece.firm for piece in self.before)


def of_kind(kind: Kind, values: Values, below: Below, teaser: str) -> Shape:
    title, body = Piece(Role.TITLE, values.title), Piece(Role.BODY, values.text)
    tags = _paragraphs(Piece(Role.TAGS, " ".join(f"#{word}" for word in values.hashtags)))
    about = Piece(Role.LINK, values.external_link if below is not Below.SUBJECT else "")
    if kind is Kind.PHOTO:
        return Shape(_paragraphs(title, body) or _paragraphs(Piece(Role.BODY, values.summary)), tags)
    if kind is Kind.NOTE or not values.title:
        said = values.external_link in values.text
        return Shape(_paragraphs(body, Piece(Role.LINK, "") if said else about) or _paragraphs(title), tags)
    words = Piece(Role.BODY, teaser)
    head = title if below is Below.NOTHING or not teaser else Piece(Role.TITLE, "")
    if kind is Kind.LINK:
        return Shape(_paragraphs(head, about, words), tags, announces=True)
    return Shape(_paragraphs(head, words), tags, announces=True)


def whole(values: Values) -> Shape:
    """An article as it stands, for a thread."""
    tags = _paragraphs(Piece(Role.TAGS, " ".join(f"#{word}" for word in values.hashtags)))
    return Shape(_paragraphs(Piece(Role.TITLE, values.title), Piece(Role.BODY, values.text)), tags)


def of_template(template: Compiled, values: Values, tagger: Tagger) -> Shape:
    return _of_pieces(template.pieces(values, tagger), values, has_place="link" in template.names)


def of_wish(pieces: Sequence[Piece], values: Values) -> Shape:
    return _of_pieces(pieces, values, has_place=any(p.role is Role.LINK and p.text == values.link for p in pieces))


def _of_pieces(pieces: Sequence[Piece], values: Values, *, has_place: bool) -> Shape:
    announces = bool(values.title) and values.kind != Kind.PHOTO
    return Shape(tuple(pieces), announces=announces, has_place=has_place)


def first_paragraph(text: str) -> str:
    return _PARAGRAPH.split(text, maxsplit=1)[0]


def teaser(text: str, room: int) -> str:
    """The first paragraph, and where there is room as many more as make no long read."""
    most = LONG_TEASER if room >= ROOMY else SHORT_TEASER
    kept, *others = _PARAGRAPH.split(text)
    for paragraph in others:
        longer = f"{kept}\n\n{paragraph}"
        announced = kept.endswith(_COLONS)  # what is announced has to follow, cut if need be
        if not announced and (room < ROOMY or graphemes(longer) > most):
            break
        kept = longer
    return within(kept, most)


def within(text: str, most: int) -> str:
    """At most `most` grapheme clusters of `text`, cut where a reader would, and never inside an address."""
    return fit(Marker("", Hashtags.NONE, joiner="").mark([Piece(Role.BODY, text)]), graphemes, most)[0]


def _paragraphs(*pieces: Piece) -> tuple[Piece, ...]:
    return tuple(part for piece in pieces if piece.text for part in (BLANK, piece))[1:]
