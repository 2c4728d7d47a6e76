"""Who may see a copy and who may answer it: from what is asked for to what the service can do.

Enters: the owner's or the author's word, and the words of the service. Leaves: the service's word, empty for what its
own settings say. A copy is never shown to more people than was asked for, unless it was to be open to everybody.
"""

from collections.abc import Callable, Sequence

from syndicator.connector import Capabilities
from syndicator.errors import Withheld
from syndicator.render.style import Style

_OPEN = frozenset({"public", "unlisted", "everybody", "everyone", "anyone", "anybody", "all"})
_NARROW = frozenset(
    {"private", "followers", "connections", "direct", "draft", "mutuals", "logged_in", "logged in", "local", "circle"}
)
_MAY_ANSWER = frozenset(
    {
        "followers",
        "following",
        "followed",
        "mutuals",
        "mentioned",
        "mentions",
        "connections",
        "nobody",
        "none",
        "no one",
    }
)


def visibility(style: Style, can: Capabilities, warn: Callable[[str], None]) -> str:
    """Raises Withheld where the service would show the copy to more people than was asked for, or nobody knows whom."""
    asked = style.visibility.strip()
    known = _found(asked, can.visibilities)
    if known is not None:
        return known
    if asked.casefold() in _OPEN:
        if asked.casefold() == "unlisted":
            warn(
                f"{style.network} has no visibility “{asked}”; the copy is as visible as the network's own settings say"
            )
        return ""
    if not style.released:
        raise Withheld("visibility", _lacks_visibility(asked, style.network, can.visibilities))
    warn(f"{style.network} has no visibility “{asked}”; you have released the copy, so everybody may see it")
    return ""


def replies(style: Style, can: Capabilities, warn: Callable[[str], None]) -> str:
    """Answers are no secret: where a service cannot restrict them, the copy goes out and its owner is told."""
    asked = style.replies.strip()
    known = _found(asked, can.replies)
    if known is not None or asked.casefold() in _OPEN:
        return known or ""
    sentence = _lacks_replies(asked, style.network, can.replies)
    if style.released or (asked.casefold() in _MAY_ANSWER and not style.strict):
        warn(f"{sentence}; everybody may answer this copy")
        return ""
    raise Withheld("replies", f"{sentence}; release the copy if everybody may answer it")


def _found(asked: str, words: Sequence[str]) -> str | None:
    if not asked:
        return ""
    return next((word for word in words if word.casefold() == asked.casefold()), None)


def _lacks_visibility(asked: str, network: str, words: Sequence[str]) -> str:
    if asked.casefold() not in _NARROW:
        return f"nobody knows the visibility “{asked}”: {_there_are(network, words)}"
    return f"only some people should see this copy (“{asked}”), and {_there_are(network, words)}"


def _lacks_replies(asked: str, network: str, words: Sequence[str]) -> str:
    there = f"{network} knows {', '.join(words)}" if words else f"{network} cannot restrict answers"
    return f"who may answer should be “{asked}”, but {there}"


def _there_are(network: str, words: Sequence[str]) -> str:
    return f"{network} knows {', '.join(words)}" if words else f"{network} shows every copy to everybody"
