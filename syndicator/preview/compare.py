"""What differs between two copies of one post, word by word.

Enters: a Copy made with one configuration, and one made with another. Leaves: Changes of plain text, none where readers
would see the same. When a copy was composed is no difference.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from syndicator.preview.before import described
from syndicator.preview.copy import Copy
from syndicator.preview.sheet import Change, Changed
from syndicator.preview.whole import blocks_of

_MOST_WORDS = 4000  # beyond, whole lines are compared; the time it takes grows with the square


def changes(before: Copy, after: Copy) -> tuple[Change, ...]:
    old, new = dict(_facets(before)), dict(_facets(after))
    names = [*new, *(name for name in old if name not in new)]
    if old.get("text") != new.get("text"):
        names = [name for name in names if name != "links"]  # they moved with the words
    return tuple(
        Change(name, stretches(old.get(name, ""), new.get(name, "")))
        for name in names
        if old.get(name, "") != new.get(name, "")
    )


def stretches(before: str, after: str) -> tuple[Changed, ...]:
    """Both texts in one: what stayed, what went, what came. Joining all but "ins" gives `before`."""
    old, new = _words(before), _words(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    gone, come, found = "", "", list[Changed]()
    for how, i, j, k, m in [*SequenceMatcher(None, old, new, autojunk=False).get_opcodes(), ("end", 0, 0, 0, 0)]:
        same = "".join(old[i:j]) if how == "equal" else ""
        if how == "end" or (how == "equal" and (same.strip() or not (gone or come))):
            found += _both(gone, come)
            gone, come = "", ""
            found.append(Changed("same", same))
        else:  # a blank between two changes is part of them; so phrases stay phrases
            gone, come = gone + "".join(old[i:j]), come + "".join(new[k:m])
    return tuple(one for one in found if one.text)


def _both(gone: str, come: str) -> Iterator[Changed]:
    """White space that ends both belongs to neither."""
    tail = ""
    while gone and come and gone[-1] == come[-1] and gone[-1].isspace():
        gone, come, tail = gone[:-1], come[:-1], gone[-1] + tail
    yield from (Changed("del", gone), Changed("ins", come), Changed("same", tail))


def _words(text: str) -> Sequence[str]:
    """At the word boundaries of Unicode, so that scripts without blanks have words as well."""
    import regex

    return [word for word in regex.split(r"(?wV1)\b", text) if word]


def _facets(copy: Copy) -> Iterator[tuple[str, str]]:
    """Everything that readers or services would notice, by name."""
    if copy.made is None:
        yield "trouble", copy.trouble
        return
    rendering = copy.made.rendering
    if copy.is_whole:
        yield "title", rendering.title
        yield "post", "\n\n".join("".join(p.text for p in b.pieces) for b in blocks_of(rendering.html, ()))
    else:
        for at, text in enumerate(copy.texts, 1):
            yield "text" if at == 1 else f"part {at}", text
    yield "links", "\n".join(span.target for span in rendering.spans)
    yield "tags", ", ".join(rendering.tags)
    yield from _attached(copy)
    yield "content warning", rendering.content_warning
    yield "sensitive", "yes" if rendering.sensitive else ""
    yield "visibility", rendering.visibility
    yield "replies", rendering.replies
    yield "language", rendering.language or ""
    yield "warnings", "\n".join(copy.made.warnings)
    yield "held", copy.held


def _attached(copy: Copy) -> Iterator[tuple[str, str]]:
    rendering = copy.made.rendering if copy.made is not None else None
    if rendering is None:
        return
    for at, image in enumerate(rendering.images, 1):
        yield f"picture {at}", f"{described(image)}, {image.sha256[:8]}"
        yield f"alt text {at}", image.alt
    if (card := rendering.card) is not None:
        yield "card", "\n".join(filter(None, (card.title, card.description, card.url)))
        yield "card picture", f"{described(card.image)}, {card.image.sha256[:8]}" if card.image else ""
