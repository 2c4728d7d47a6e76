"""Mentions: from the blogs that the owner wrote down to the inner ids that Tumblr wants for them.

Enters: a rendering, and a way to ask for a blog's id. Leaves: its spans with ids, and a sentence for each blog that is
not there: its words stay words then. A blog that is there and has no id to be read is linked to instead.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from syndicator.connector import Rendering, Span, SpanKind
from syndicator_tumblr.settings import blog_host

MOST = 50  # mentions in a post
UUID = re.compile(r"t:[A-Za-z0-9_-]+")

Ask = Callable[[str], str | None]  # a host → the blog's id, empty where none is told; None: there is no such blog


@dataclass(frozen=True, slots=True)
class _Blog:
    host: str
    uuid: str


def resolved(rendering: Rendering, ask: Ask) -> tuple[Rendering, tuple[str, ...]]:
    spans = [span for span in rendering.spans if span.kind is SpanKind.MENTION]
    known = {target: _blog(target, ask) for target in dict.fromkeys(span.target for span in spans[:MOST])}
    warnings = tuple(
        f"there is no blog {target} on Tumblr, so it is not mentioned; see [mentions] in config.toml"
        for target, blog in known.items()
        if blog is None
    )
    made = (_resolved(span, known.get(span.target)) for span in rendering.spans if span not in spans[MOST:])
    return replace(rendering, spans=tuple(span for span in made if span is not None)), warnings


def _resolved(span: Span, blog: _Blog | None) -> Span | None:
    if span.kind is not SpanKind.MENTION:
        return span
    if blog is None:
        return None
    if blog.uuid:
        return replace(span, target=blog.uuid)
    return replace(span, kind=SpanKind.LINK, target=f"https://{blog.host}/")


def _blog(target: str, ask: Ask) -> _Blog | None:
    name = target.strip().removeprefix("@")
    if UUID.fullmatch(name):
        return _Blog("", name)
    try:
        host = blog_host(name)
    except ValueError:
        return None
    uuid = ask(host)
    return None if uuid is None else _Blog(host, uuid if UUID.fullmatch(uuid) else "")
