"""Copies that services have received, as the page shows them.

Enters: what the pretend services tell of their copies (`docs/writing-a-connector.md`, “The pretend service”), and which
address belongs to which post. Leaves: posts with their copies. What a service does not tell is left out; what it tells
in a form nobody agreed on is shown as words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syndicator.preview.before import label
from syndicator.preview.looks import look_of
from syndicator.preview.sheet import BLOCKS, Block, LinkCard, Picture, Piece, Shown, ShownPost, host_of, web

Told = Mapping[str, Any]
_KINDS = {"#": "tag", "@": "mention"}


def posts_of(
    received: Mapping[str, Sequence[Told]], known: Sequence[ShownPost], addresses: Mapping[str, str]
) -> tuple[ShownPost, ...]:
    """`known`: the posts without copies, in order; `addresses`: of a copy → the link of its post. What belongs to none
    of them is shown under a heading of its own rather than not at all."""
    links = [post.link for post in known]
    found: dict[str, list[Shown]] = {}
    for network, copies in received.items():
        for link, shown in _threaded(network, copies, links, addresses):
            found.setdefault(link, []).append(shown)
    rest = found.pop("", [])
    posts = [replace(post, copies=tuple(found.get(post.link, ()))) for post in known]
    return (*posts, ShownPost("Copies of other posts", copies=tuple(rest))) if rest else tuple(posts)


def shown(network: str, told: Told) -> Shown:
    blocks = tuple(_block(block) for block in told.get("blocks") or ())
    handle = str(told.get("handle") or "")
    return Shown(
        network,
        label(network, network),
        look_of(str(told.get("look") or network)),
        author=str(told.get("author") or _name_in(handle) or "You"),
        handle=handle or network,
        parts=(_words(told),),
        blocks=blocks,
        pictures=tuple(_picture(image) for image in told.get("images") or ()),
        card=_card(told.get("card")),
        tags=tuple(_tags_apart(told)),
        warning=str(told.get("content_warning") or ""),
        sensitive=bool(told.get("sensitive") or told.get("labels")),
        language=str(told.get("language") or "").partition(",")[0],
        url=web(told.get("url")),
        facts=tuple(_facts(told)),
    )


def _threaded(
    network: str, copies: Sequence[Told], links: Sequence[str], addresses: Mapping[str, str]
) -> Iterator[tuple[str, Shown]]:
    """Each copy with its post; those that answer another one (`reply_to`) are parts of it, in reading order."""
    known = {str(told.get("url")): told for told in copies if told.get("url")}
    answers: dict[str, list[Told]] = {}
    for told in copies:
        answers.setdefault(_answered(told, known), []).append(told)
    for told in answers.get("", ()):
        first = shown(network, told)
        rest = _chain(told, answers)
        yield _post_of(told, links, addresses), replace(first, parts=(*first.parts, *(_words(one) for one in rest)))


def _answered(told: Told, known: Mapping[str, Told]) -> str:
    parent = str(told.get("reply_to") or "")
    return parent if parent in known else ""


def _chain(first: Told, answers: Mapping[str, Sequence[Told]]) -> Iterator[Told]:
    for answer in answers.get(str(first.get("url") or "-"), ()):
        yield answer
        yield from _chain(answer, answers)


def _words(told: Told) -> tuple[Piece, ...]:
    return tuple(_pieces(told))


def _post_of(told: Told, links: Sequence[str], addresses: Mapping[str, str]) -> str:
    if (link := addresses.get(str(told.get("url") or ""))) in links:
        return str(link)
    named = [told.get("source"), told.get("canonical"), (told.get("card") or {}).get("url")]
    return next((str(name) for name in named if name in links), "")


def _pieces(told: Told) -> Iterator[Piece]:
    for piece in told.get("pieces") or [{"text": told.get("text") or ""}]:
        if text := str(piece.get("text") or ""):
            href = web(piece.get("href"))
            yield Piece(text, _KINDS.get(text[0], "link") if piece.get("href") else "", href)


def _block(told: Told) -> Block:
    tag = str(told.get("as") or "p")
    image = told.get("image")
    return Block(tag if tag in BLOCKS else "p", tuple(_pieces(told)), _picture(image) if image else None)


def _picture(told: Told) -> Picture:
    data = told.get("data")
    return Picture(
        bytes(data) if isinstance(data, bytes) else b"",
        str(told.get("mime") or "image/jpeg"),
        str(told.get("alt") or ""),
        web(told.get("source") or told.get("src")),
    )


def _card(told: Told | None) -> LinkCard | None:
    if not told:
        return None
    url = web(told.get("url"))
    image = told.get("image")
    picture = replace(_picture(image), alt="") if image else None
    return LinkCard(url, str(told.get("title") or host_of(url)), str(told.get("description") or ""), picture)


def _tags_apart(told: Told) -> Iterator[str]:
    """Tags that stand in the words as well are shown there."""
    said = str(told.get("text") or "").casefold()
    for tag in map(str, told.get("tags") or ()):
        if "#" + "".join(tag.casefold().split()) not in said:
            yield tag


def _facts(told: Told) -> Iterator[str]:
    for name in ("visibility", "replies", "language"):
        if value := told.get(name):
            yield f"{name}: {value if isinstance(value, str) else ', '.join(map(str, value))}"
    for label_ in told.get("labels") or ():
        yield f"label: {label_}"


def _name_in(handle: str) -> str:
    return handle.removeprefix("@").partition("@")[0].partition(".")[0].capitalize()
