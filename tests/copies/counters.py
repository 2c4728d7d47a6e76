"""What each pretend service itself finds in a rendering: its own counting, its own reading of ranges, its own rules.

Enters: a rendering and what it may link to. Leaves: what is wrong, in words. The code that judges is the sandboxes',
which share nothing with the connectors; what is checked is what the connectors would send.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

from syndicator.connector import Part, Rendering, Span, SpanKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOMEBODY = "did:plc:somebody"
KEY = "0" * 64

_ADDRESS = re.compile(r"https?://")


def faults(network: str, rendering: Rendering, links: Collection[str]) -> list[str]:
    """Of the copy and of everything that follows it in its thread."""
    found = list(_untrue(rendering.text, rendering.spans, links))
    found += _judge(network)(rendering, links)
    for part in rendering.rest:
        found += _untrue(part.text, part.spans, links)
        found += _judge(network)(_alone(rendering, part), links)
    return found


def _alone(rendering: Rendering, part: Part) -> Rendering:
    return replace(rendering, text=part.text, spans=part.spans, images=(), card=None, rest=())


def _untrue(text: str, spans: Sequence[Span], links: Collection[str]) -> Iterator[str]:
    """Spans that do not say what stands there, and addresses that are not the author's."""
    end = 0
    for span in spans:
        said = text[span.start : span.end]
        if not end <= span.start < span.end <= len(text):
            yield f"span {span.start}–{span.end} is outside, inverted, or over another one"
        if span.kind is SpanKind.TAG and said != f"#{span.target}":
            yield f"{said!r} is not the hashtag {span.target!r}"
        if span.kind is SpanKind.LINK and (said != span.target or span.target not in links):
            yield f"{said!r} leads to {span.target!r}"
        if span.kind is SpanKind.MENTION and said.lstrip("@") != span.target.lstrip("@"):
            yield f"{said!r} is not {span.target!r}"
        end = span.end
    starts = {span.start for span in spans if span.kind is SpanKind.LINK}
    if lost := [found.start() for found in _ADDRESS.finditer(text) if found.start() not in starts]:
        yield f"addresses that are no links at {lost} in {text!r}"


def _judge(network: str) -> Callable[[Rendering, Collection[str]], Iterator[str]]:
    return {"mastodon": _mastodon, "bluesky": _bluesky, "tumblr": _tumblr, "linkedin": _linkedin, "medium": _medium}[
        network
    ]


def _mastodon(rendering: Rendering, links: Collection[str]) -> Iterator[str]:
    from syndicator_mastodon.sandbox_text import clusters, mastodon_length

    length = mastodon_length(rendering.text) + clusters(rendering.content_warning)
    if length > 500:
        yield f"Mastodon counts {length}"


def _bluesky(rendering: Rendering, links: Collection[str]) -> Iterator[str]:
    from syndicator_bluesky.record import build
    from syndicator_bluesky.sandbox_accounts import Problem
    from syndicator_bluesky.sandbox_rules import check_record, flaws, slices

    spans = tuple(replace(s, target=SOMEBODY) if s.kind is SpanKind.MENTION else s for s in rendering.spans)
    record = build(replace(rendering, spans=spans), None, (), NOW)
    try:
        check_record(record)
    except Problem as problem:
        yield f"Bluesky says: {problem}"
    yield from flaws(record)
    shown = [facet["text"] for facet in slices(record)]
    if shown != [rendering.text[span.start : span.end] for span in rendering.spans]:
        yield f"facets show {shown}"


def _tumblr(rendering: Rendering, links: Collection[str]) -> Iterator[str]:
    from syndicator_tumblr import draft
    from syndicator_tumblr.corrections import Correction
    from syndicator_tumblr.sandbox_rules import check
    from syndicator_tumblr.sandbox_state import Refusal
    from syndicator_tumblr.settings import TumblrSettings

    made = draft.draft(rendering, TumblrSettings(blog="ada", mode="handoff"), KEY, Correction(), NOW)
    pictures = draft.attachments(rendering)
    uploads = {name: (pictures[sha].data, pictures[sha].mime) for name, sha in made.pictures.items()}
    try:
        if rendering.text or rendering.images or rendering.card:
            check(made.body, uploads, (), NOW.timestamp())
    except Refusal as refusal:
        yield f"Tumblr says: {refusal.args}"
    for block in made.body["content"]:
        for one in block.get("formatting") or ():
            said = block["text"][one["start"] : one["end"]]
            if one["type"] == "link" and (one["url"] != said or said not in links):
                yield f"the range {said!r} leads to {one['url']!r}"


def _linkedin(rendering: Rendering, links: Collection[str]) -> Iterator[str]:
    from syndicator_linkedin.commentary import little
    from syndicator_linkedin.sandbox_little import read, utf16

    commentary = little(rendering.text, rendering.spans)
    reading = read(commentary)
    if utf16(commentary) > 3000:
        yield f"LinkedIn counts {utf16(commentary)}"
    if reading.cut:
        yield f"LinkedIn stops before {reading.cut!r}"
    if unquote(reading.text) != unquote(rendering.text):  # addresses may be encoded further, which means the same
        yield f"LinkedIn shows {reading.text!r}"
    tags = [piece["tag"] for piece in reading.pieces if "tag" in piece]
    if tags != [span.target for span in rendering.spans if span.kind is SpanKind.TAG]:
        yield f"LinkedIn shows the hashtags {tags}"


def _medium(rendering: Rendering, links: Collection[str]) -> Iterator[str]:
    from syndicator_medium.sandbox_story import taken
    from syndicator_medium.story import tell

    story = tell(rendering)
    if len(story.listed_title.encode("utf-16-le")) // 2 > 100:
        yield f"Medium's title is too long: {story.listed_title!r}"
    hrefs = {piece["href"] for graf in taken(story.html) for piece in graf.pieces if "href" in piece}
    if strangers := {href for href in hrefs if href not in links and href != rendering.link}:
        yield f"the story leads to {strangers}"
