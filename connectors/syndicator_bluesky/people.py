"""Mentions: from the handles that the owner wrote down to the DIDs that a facet needs.

Enters: a rendering, and a way to ask whose a handle is. Leaves: its spans with DIDs, and a sentence for each handle
that nobody has: its words stay words then, for a link to an empty profile would lead nowhere.
"""

from collections.abc import Callable
from dataclasses import replace

from syndicator.connector import Rendering, Span, SpanKind
from syndicator_bluesky.settings import DID, HANDLE

Ask = Callable[[str], str | None]  # the DID; None when nobody has the handle


def resolved(rendering: Rendering, ask: Ask) -> tuple[Rendering, tuple[str, ...]]:
    known = {span.target: _did(span.target, ask) for span in rendering.spans if span.kind is SpanKind.MENTION}
    warnings = tuple(
        f"nobody on Bluesky has the handle {target}, so they are not mentioned; see [mentions] in config.toml"
        for target, did in known.items()
        if did is None
    )
    spans = (_resolved(span, known.get(span.target)) for span in rendering.spans)
    return replace(rendering, spans=tuple(span for span in spans if span is not None)), warnings


def _resolved(span: Span, did: str | None) -> Span | None:
    if span.kind is not SpanKind.MENTION:
        return span
    return replace(span, target=did) if did else None


def _did(target: str, ask: Ask) -> str | None:
    handle = target.strip().removeprefix("@")
    if DID.fullmatch(handle):
        return handle
    return ask(handle.lower()) if len(handle) <= 253 and HANDLE.fullmatch(handle.lower()) else None
