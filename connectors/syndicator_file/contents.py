"""The files of one copy.

Enters: a Rendering, its key, and what a copy can carry. Leaves: names and bytes, the record last, and a sentence for
each picture that stays out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from syndicator.connector import Capabilities, Rendering

from .markdown import markdown
from .page import page
from .pictures import ENDINGS, card_picture, kept_of
from .record import record

WORDS = "post.md"
PAGE = "post.html"
RECORD = "post.json"
_OURS = re.compile(rf"post\.(?:md|html|json)|(?:card|picture-\d+)\.(?:{'|'.join(ENDINGS.values())})")


@dataclass(frozen=True, slots=True)
class Contents:
    files: Mapping[str, bytes]
    warnings: tuple[str, ...]


def contents(rendering: Rendering, key: str, can: Capabilities) -> Contents:
    kept, warnings = kept_of(rendering.images, can)
    card, more = card_picture(rendering.card.image if rendering.card else None, can)
    files = {one.file: one.image.data for one in (*kept, *filter(None, [card]))}
    files[WORDS] = markdown(rendering, kept, card).encode(errors="replace")
    if can.whole_post:
        files[PAGE] = page(rendering, kept).encode(errors="replace")
    files[RECORD] = record(rendering, key, kept, card)
    return Contents(files, warnings + more)


def is_ours(file: str) -> bool:
    return _OURS.fullmatch(file) is not None
