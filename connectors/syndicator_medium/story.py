"""A Rendering → the story as Medium will have it: title, HTML, tags.

Enters: a Rendering. Leaves: a Story whose HTML holds only what Medium is known to take. The title stands in it as the
one first heading, because Medium does not show the title it is given; our own line about the original ends it, because
Medium shows no canonical link, and because a copy is found again by it. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from syndicator.connector import Rendering, SpanKind
from syndicator_medium import titles
from syndicator_medium.addresses import host_of
from syndicator_medium.blocks import Block, Kind, Run, written
from syndicator_medium.reader import Read, read

TAGS = 3
TAGS_BY_HAND = 5  # the editor takes more than the API
LONGEST_TAG = 25

_LOWER = {Kind.HEADING_1: Kind.HEADING_2, Kind.HEADING_2: Kind.HEADING_3, Kind.HEADING_3: Kind.HEADING_4}


@dataclass(frozen=True, slots=True)
class Story:
    title: str  # whole, as it stands in the story
    html: str
    tags: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def listed_title(self) -> str:
        return titles.cut(self.title, titles.LONGEST)


def tell(rendering: Rendering, *, tags: int = TAGS) -> Story:
    source = read(rendering.html if rendering.html.strip() else _as_html(rendering), rendering.link)
    title, body = _title_and_body(rendering, source)
    head = [Block(Kind.HEADING_1, [Run(title)])]
    if rendering.content_warning:
        head.append(Block(Kind.TEXT, [Run(rendering.content_warning, (("em", ""),))]))
    kept, warnings = _tags(rendering.tags, tags)
    html = written([*head, *_demoted(body), *_footer(rendering.link)])
    return Story(title, html, kept, (*source.lost, *warnings))


def _title_and_body(rendering: Rendering, source: Read) -> tuple[str, list[Block]]:
    title, blocks = " ".join(rendering.title.split()), source.blocks
    if title:
        repeated = blocks[:1] and blocks[0].kind in (Kind.HEADING_1, Kind.HEADING_2) and _alike(blocks[0].text, title)
        return title, blocks[1:] if repeated else blocks
    words = next((block.text for block in blocks if block.text.strip()), "")
    title = titles.from_words(words)
    if not title:
        alts = [block.alt for block in blocks if block.alt]
        return titles.from_words(alts[0]) if alts else host_of(rendering.link or "") or "Untitled", blocks
    first = blocks[0]
    told = first.kind is Kind.TEXT and first.text == title and not any(run.marks for run in first.runs)
    return title, blocks[1:] if told else blocks


def _alike(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _demoted(blocks: Sequence[Block]) -> list[Block]:
    """One step down where the post has first headings of its own: there is only one, and it is the title."""
    if all(block.kind is not Kind.HEADING_1 for block in blocks):
        return list(blocks)
    return [replace(block, kind=_LOWER.get(block.kind, block.kind)) for block in blocks]


def _footer(link: str | None) -> list[Block]:
    if not link:
        return []
    em = ("em", "")
    words = [Run("Originally published at ", (em,)), Run(host_of(link) or link, (("a", link), em)), Run(".", (em,))]
    return [Block(Kind.LINE), Block(Kind.TEXT, words)]


def _tags(tags: Sequence[str], most: int) -> tuple[tuple[str, ...], list[str]]:
    """The first that Medium takes, in their order: what is too long it would pass over without a word."""
    known: dict[str, str] = {}
    for tag in tags:
        plain = " ".join(tag.lstrip("#").split())
        known.setdefault(plain.casefold(), plain)
    named = [tag for tag in known.values() if tag]
    fitting = [tag for tag in named if titles.units(tag) <= LONGEST_TAG]
    long = [f"the tag “{tag}” is longer than Medium's {LONGEST_TAG} characters" for tag in named if tag not in fitting]
    return tuple(fitting[:most]), long


def _as_html(rendering: Rendering) -> str:
    """The text of a feed that gives no more than that, with its links alive."""
    out, at = [], 0
    links = sorted((span for span in rendering.spans if span.kind is SpanKind.LINK), key=lambda span: span.start)
    for span in links:
        if span.start < at:
            continue
        label = rendering.text[span.start : span.end]
        out += [_escaped(rendering.text[at : span.start]), f'<a href="{escape(span.target)}">{_escaped(label)}</a>']
        at = span.end
    out.append(_escaped(rendering.text[at:]))
    return f"<p>{re.sub(r'(?:<br>){2,}', '</p><p>', ''.join(out))}</p>"


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")
