"""Posts of the pretend Tumblr as their readers would see them, for the demo's page and for tests. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syndicator_tumblr.sandbox_rules import cut_after
from syndicator_tumblr.sandbox_state import Media, Post

_SHOWN_AS = {
    "heading1": "h1",
    "heading2": "h2",
    "indented": "blockquote",
    "chat": "pre",
    "ordered-list-item": "li",
    "unordered-list-item": "li",
}
_BLOG = "https://tmblr.co/m"  # where Tumblr's own mentions lead, by what was seen of them
_WARNING = "CW: "

Block = Mapping[str, Any]


def shown(post: Post, base: str, hosted: Mapping[str, Media]) -> dict[str, Any]:
    """What stands above “Keep reading” is the warning, if it says so."""
    warning, content = _split(post)
    texts = [block for block in content if block["type"] == "text"]
    plain = all(not block.get("subtype") for block in texts) and _texts_first(content)
    images = [_image(block, hosted) for block in content if block["type"] == "image"]
    return {
        "id": str(post.id),
        "url": post.url(base),
        "author": post.blog.title or post.blog.name,
        "handle": f"@{post.blog.name}",
        "text": "\n\n".join(block["text"] for block in texts),
        "pieces": list(_joined(texts)) if plain else [],
        "blocks": [] if plain else list(_blocks(content, hosted)),
        "images": images if plain else [],
        "card": next((_card(block, hosted) for block in content if block["type"] == "link"), None),
        "content_warning": warning,
        "visibility": "" if post.state == "published" else post.state,
        "tags": list(post.tags),
        "source": post.source_url,
        "content": post.content,
        "hidden_after": cut_after(post.layout, len(post.content)),
    }


def _split(post: Post) -> tuple[str, Sequence[Block]]:
    first = post.content[0]
    hidden = cut_after(post.layout, len(post.content)) == 0
    if hidden and first["type"] == "text" and first["text"].startswith(_WARNING):
        return first["text"].removeprefix(_WARNING), post.content[1:]
    return "", post.content


def _texts_first(content: Sequence[Block]) -> bool:
    kinds = [block["type"] for block in content]
    return kinds == sorted(kinds, key=lambda kind: kind != "text")


def _joined(texts: Sequence[Block]) -> Iterator[dict[str, str]]:
    for at, block in enumerate(texts):
        if at:
            yield {"text": "\n\n"}
        yield from pieces(block)


def pieces(block: Block) -> Iterator[dict[str, str]]:
    """The text cut at its links and mentions."""
    text, done = block["text"], 0
    links = [one for one in block.get("formatting") or () if one["type"] in ("link", "mention")]
    for one in sorted(links, key=lambda link: link["start"]):
        if one["start"] > done:
            yield {"text": text[done : one["start"]]}
        yield {"text": text[one["start"] : one["end"]], "href": one.get("url") or f"{_BLOG}{one['blog']['uuid']}"}
        done = one["end"]
    if done < len(text):
        yield {"text": text[done:]}


def _blocks(content: Sequence[Block], hosted: Mapping[str, Media]) -> Iterator[dict[str, Any]]:
    for block in content:
        if block["type"] == "text":
            yield {"as": _SHOWN_AS.get(block.get("subtype", ""), "p"), "pieces": list(pieces(block))}
        elif block["type"] == "image":
            caption = [{"text": block["caption"]}] if block.get("caption") else []
            yield {"as": "figure", "pieces": caption, "image": _image(block, hosted)}


def _image(block: Block, hosted: Mapping[str, Media]) -> dict[str, Any]:
    return {**_picture(block["media"][0], hosted), "alt": block.get("alt_text", "")}


def _picture(medium: Block, hosted: Mapping[str, Media]) -> dict[str, Any]:
    stored = hosted[medium["url"]]
    return {"data": stored.data, "mime": stored.mime}


def _card(block: Block, hosted: Mapping[str, Media]) -> dict[str, Any]:
    words = {"url": block["url"], "title": block.get("title", ""), "description": block.get("description", "")}
    poster = block.get("poster")
    return {**words, "image": _picture(poster[0], hosted) if poster else None}
