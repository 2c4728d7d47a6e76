"""Words → LinkedIn's “little text”, the language of `commentary` and of no other field.

Enters: a text and its spans. Leaves: the same text with its fifteen reserved characters escaped in one pass, hashtags
as templates, addresses safe. One that is left bare makes LinkedIn publish only what stands before it, and say nothing.
Pure; it never changes or drops a word.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from syndicator.connector import Span, SpanKind

LONGEST = 3000  # [U] in which unit is not documented, nor whether escapes count: the strictest reading is kept

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_ADDRESS = re.compile(r"https?://\S*", re.IGNORECASE)
_WORD = re.compile(r"\w[^\s\\|{}@\[\]()<>#*~]*")  # marks too: "#हिन्दी" is one word
_PERSON_OR_PAGE = re.compile(r"urn:li:(person|organization):[A-Za-z0-9-]+")
_TAG = re.compile(r"[#＃](?=\w)")
_TEMPLATE = len(r"{hashtag|\#|}")


def little(text: str, spans: Sequence[Span] = ()) -> str:
    """`text` as LinkedIn reads it. Spans may come in any order; of two that overlap the later one is plain text."""
    parts: list[str] = []
    done = 0
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if span.start < done or span.end > len(text):
            continue
        parts += [_escaped(text[done : span.start]), _live(text[span.start : span.end], span)]
        done = span.end
    return "".join([*parts, _escaped(text[done:])])


def fitted(text: str, spans: Sequence[Span] = ()) -> tuple[str, bool]:
    """`little(text, spans)`; where it is too long for what mentions add, they are names without a link. Also whether
    any was given up."""
    made = little(text, spans)
    if units(made) <= LONGEST or not any(span.kind is SpanKind.MENTION for span in spans):
        return made, False
    return little(text, [span for span in spans if span.kind is not SpanKind.MENTION]), True


def measure(text: str) -> int:
    """UTF-16 units of `fitted(text)`, whatever its spans will be; never fewer, and never fewer with more text."""
    in_addresses = sum(len(_RESERVED.findall(found)) for found in _ADDRESS.findall(text))
    return units(text) + len(_RESERVED.findall(text)) + in_addresses + len(_TAG.findall(text)) * (_TEMPLATE - 1)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _live(shown: str, span: Span) -> str:
    if span.kind is SpanKind.TAG and _WORD.fullmatch(span.target):
        return rf"{{hashtag|\#|{_escaped(span.target)}}}"
    if span.kind is SpanKind.MENTION and _PERSON_OR_PAGE.fullmatch(span.target):
        return f"@[{_escaped(shown.removeprefix('@'))}]({span.target})"
    if span.kind is SpanKind.LINK and _ADDRESS.fullmatch(shown):
        return _address(shown)
    return _escaped(shown)


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)


def _address(url: str) -> str:
    """An address without a reserved character, so that no reading of the rules can hurt it.

    [U] Whether LinkedIn takes the backslash out of an address again: projects disagree, and `\\_` was seen to spoil
    links. So everything is percent-encoded, which means the same to servers; only '#' would mean something else.
    """
    return _RESERVED.sub(lambda hit: r"\#" if hit[0] == "#" else _percent(hit[0]), url)


def _percent(letter: str) -> str:
    """`quote` leaves '_' and '~' alone: by RFC 3986 they need no encoding, and mean the same with it."""
    quoted = quote(letter, safe="")
    return quoted if quoted != letter else f"%{ord(letter):02X}"
