"""What a copy looks like when its owner has written no template.

Enters: the values of one post. Leaves: the pieces before and after the place of the permalink. A note is its own words;
an article is announced; a link post leads with the page it is about; a photo speaks for itself.
"""

import re
from dataclasses import dataclass

from syndicator.post import Kind
from syndicator.render.pieces import Piece, Role
from syndicator.render.template import Compiled, Values

BLANK = Piece(Role.FIXED, "\n\n")

_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Shape:
    before: tuple[Piece, ...]
    after: tuple[Piece, ...] = ()
    announces: bool = False  # the copy points to the post and does not stand for it

    def around(self, *tail: Piece) -> tuple[Piece, ...]:
        """The whole copy with `tail` (a permalink, a citation) in its place."""
        return (*self.before, *(part for piece in (*tail, *self.after) for part in (BLANK, piece)))


def of_kind(kind: Kind, values: Values, *, teaser: bool) -> Shape:
    """`teaser`: a link card stands below, so the text has room for more than the title."""
    title, body = Piece(Role.TITLE, values.title), Piece(Role.BODY, values.text)
    tags = Piece(Role.TAGS, " ".join(f"#{word}" for word in values.hashtags))
    if kind is Kind.PHOTO:
        return Shape(_paragraphs(title, body) or _paragraphs(Piece(Role.BODY, values.summary)), _paragraphs(tags))
    if kind is Kind.NOTE or not values.title:
        return Shape(_paragraphs(body) or _paragraphs(title))
    about = Piece(Role.LINK, values.external_link if kind is Kind.LINK else "")
    words = Piece(Role.BODY, values.summary if teaser else "")
    return Shape(_paragraphs(title, words, about), _paragraphs(tags), announces=True)


def of_template(template: Compiled, values: Values) -> Shape:
    return Shape(tuple(template.pieces(values)), announces=bool(values.title) and values.kind != Kind.PHOTO)


def first_paragraph(text: str) -> str:
    return _PARAGRAPH.split(text, maxsplit=1)[0]


def _paragraphs(*pieces: Piece) -> tuple[Piece, ...]:
    return tuple(part for piece in pieces if piece.text for part in (BLANK, piece))[1:]
