"""What befell a post at its source, in sentences: the part of `syndicate explain` that is not about networks.

Enters: happenings as the ledger keeps them, and what is still open. Leaves: sentences with their times. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from syndicator.cli.moments import ago, span, until
from syndicator.feed.absence import Missing
from syndicator.ledger.rows import Happening, Source

_PARTS = {"title": "title", "text": "text", "images": "pictures", "link": "link"}
_RULES = {"few-words": "small: three words at most", "numbers": "a number differs", "words": "more than three words"}
_KNOWN_BY = {"title": "title", "address": "end of the address", "date": "date", "words": "words"}
_WAS = {"gone": "gone", "unlisted": "out of the feed", "moved": "out of the feed"}


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    name: str
    sentence: str


def lines(happenings: Sequence[Happening]) -> Iterator[Line]:
    for one in happenings:
        yield Line(one.at, one.name, _sentence(one))


def still_open(source: Source, now: datetime) -> Iterator[str]:
    """What is not decided yet, and what becomes of it."""
    if source.changed_at is not None:
        passed = span(now - source.changed_at)
        yield f"It has read differently for {passed}; that counts as an edit once it has been seen again"
    if source.missing is not None and source.missing.look_at is not None:
        yield _missing(source.missing, now)


def _missing(missing: Missing, now: datetime) -> str:
    away = f"It has been missing from the feed for {span(now - missing.since)}"
    if missing.look == "404" and missing.looked_at is not None:
        away += f", and its page answered 404 {ago(missing.looked_at, now)}"
    return f"{away}; its page is asked {until(missing.look_at, now)}, if it is not back in the feed by then"


def _sentence(one: Happening) -> str:
    detail = one.detail
    match one.name:
        case "edited":
            return _edited(one)
        case "rekeyed":
            by = _and([_KNOWN_BY.get(reason, reason) for reason in detail.get("by", ())])
            return f"Known again under new names{f', by its {by}' if by else ''}"
        case "resembles":
            return "Much like a post that is known, and therefore held"
        case "vanished":
            said = " (the feed itself calls it deleted)" if detail.get("deleted") else ""
            return f"Vanished from the feed{said}, and its page was asked"
        case "unlisted":
            return "Out of the feed, but its page is still there: nothing more is done"
        case "moved":
            return f"Out of the feed, and its page has moved to {detail.get('to')}, which is one of its names now"
        case "gone":
            return f"Gone: its page answered {detail.get('said')}; copies stay, and what was not sent is held"
        case "unclear":
            return f"Out of the feed, and its page never said clearly whether it is gone ({detail.get('said')})"
        case "back":
            return f"Back in the feed; it was {_WAS.get(detail.get('was', ''), 'missing')}"
    return one.name


def _edited(one: Happening) -> str:
    what = _and([_PARTS.get(part, part) for part in one.detail.get("parts", ())])
    rule = _RULES.get(one.detail.get("rule", ""))
    size = f" ({rule})" if rule else ""
    again = ", back to an earlier wording" if one.detail.get("again") else ""
    return f"Edited: {what}{size}{again}; nothing is sent for it"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
