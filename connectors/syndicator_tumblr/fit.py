"""Blocks → blocks within Tumblr's limits, losing nothing: what is too long is cut in parts, what is too much is put
into words. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syndicator_tumblr.blocks import (
    TEXT_LIMIT,
    Block,
    Card,
    Picture,
    Range,
    Text,
    joined,
    marked,
    piece,
    prefixed,
    split,
)
from syndicator_tumblr.pictures import pointer

MOST_BLOCKS = 1000
MOST_PICTURES = 30
MOST_LINKS = 100  # in running text
_NUMBER = 8  # letters that "99999. " may add to an item

ORDERED, UNORDERED = "ordered-list-item", "unordered-list-item"


def fit(blocks: Sequence[Block], most: int = MOST_BLOCKS) -> list[Block]:
    """Within every limit of the specification, in at most `most` blocks; a post's size as a whole is not looked at."""
    shown = list(_few_pictures(blocks))
    linked = list(_few_links(shown, MOST_LINKS))
    parts = [part for block in linked for part in _parts(block)]
    return _few_blocks(list(numbered(parts)), most)


def plain(blocks: Sequence[Block], most: int = MOST_BLOCKS) -> list[Block]:
    """The same words in the simplest form there is, for a post that was refused."""
    spelled = _few_links(list(_few_pictures(blocks)), 0)
    simple = (_simple(block) for block in spelled)
    parts = [part for group in simple for block in group for part in _parts(block)]
    return _few_blocks(parts, most)


def without_pictures(blocks: Sequence[Block]) -> list[Block]:
    return [_pointing(block) if isinstance(block, Picture) else block for block in blocks]


def numbered(blocks: Sequence[Block]) -> Iterator[Block]:
    """Tumblr counts the items that follow each other. An item that would get another number than it has in the post,
    because a list began elsewhere or was interrupted, has its number in the text instead."""
    counts: dict[int, int] = {}
    for block in blocks:
        subtype = block.subtype if isinstance(block, Text) else ""
        if not isinstance(block, Text) or subtype not in (ORDERED, UNORDERED):
            counts.clear()
            yield block
            continue
        counts = {level: count for level, count in counts.items() if level <= block.indent}
        if subtype == UNORDERED:
            counts.pop(block.indent, None)
            yield block
            continue
        counts[block.indent] = counts.get(block.indent, 0) + 1
        if counts[block.indent] == block.number:
            yield block
        else:
            counts.clear()
            yield prefixed(replace(block, subtype="", indent=0, number=None), f"{block.number}. ")


def _parts(block: Block) -> list[Block]:
    if not isinstance(block, Text):
        return [block]
    return list(split(block, TEXT_LIMIT - _NUMBER if block.number is not None else TEXT_LIMIT))


def _few_pictures(blocks: Sequence[Block]) -> Iterator[Block]:
    count = 0
    for block in blocks:
        count += isinstance(block, Picture)
        yield _pointing(block) if isinstance(block, Picture) and count > MOST_PICTURES else block


def _pointing(block: Picture) -> Block:
    """A picture in words: its caption or its description, leading to where it is."""
    if block.source:
        return pointer(block.source, block.caption or block.alt)
    return Text(block.caption or block.alt or "…")


def _few_links(blocks: Sequence[Block], most: int) -> Iterator[Block]:
    count = 0
    for block in blocks:
        links = [r for r in block.formatting if r.type == "link"] if isinstance(block, Text) else []
        excess = links[max(0, most - count) :]
        count += len(links)
        yield spelled_out(block, excess) if isinstance(block, Text) and excess else block


def spelled_out(block: Text, links: Sequence[Range]) -> Text:
    """`block` with these links as words: the address in brackets, where it does not stand there already."""
    kept = tuple(r for r in block.formatting if r not in links)
    text = replace(block, formatting=kept)
    for link in sorted(links, key=lambda r: r.end, reverse=True):
        if link.url not in block.text[link.start : link.end]:
            text = _inserted(text, link.end, f" ({link.url})")
    return text


def _inserted(block: Text, at: int, words: str) -> Text:
    before, after = piece(block, 0, at), prefixed(piece(block, at, len(block.text)), words)
    moved = [replace(r, start=r.start + at, end=r.end + at) for r in after.formatting]
    return replace(block, text=before.text + after.text, formatting=(*before.formatting, *moved))


def _simple(block: Block) -> list[Block]:
    """Without subtype, depth, formatting; what those said is said in words where there are any."""
    if isinstance(block, Card):
        return [replace(block, poster=None)]
    if isinstance(block, Picture):
        caption: list[Block] = [Text(block.caption)] if block.caption else []
        return [replace(block, caption="", link=""), *caption]
    return [Text(_marked_by_hand(block).text)]


def _marked_by_hand(block: Text) -> Text:
    if block.number is not None:
        return prefixed(block, f"{block.number}. ")
    return prefixed(block, "• ") if block.subtype == UNORDERED else block


def _few_blocks(blocks: list[Block], most: int) -> list[Block]:
    """A post of very many small pieces: neighbours share a block, as far as it takes to get below the limit."""
    if len(blocks) <= most:
        return blocks
    done: list[Block] = []
    group: list[Text] = []
    for block in blocks:
        if isinstance(block, Text) and sum(len(t.text) + 2 for t in group) + len(block.text) + _NUMBER <= TEXT_LIMIT:
            group.append(_marked_by_hand(block))
            continue
        done += [_together(group)] if group else []
        group = [_marked_by_hand(block)] if isinstance(block, Text) else []
        done += [] if isinstance(block, Text) else [block]
    done += [_together(group)] if group else []
    return done


def _together(texts: Sequence[Text]) -> Text:
    return texts[0] if len(texts) == 1 and not texts[0].subtype else marked(joined(texts, "\n"))
