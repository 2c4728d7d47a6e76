"""Whose blog it is and what may still be sent today: the answer to `syndicate check`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from syndicator.connector import AuthRequired, ConnectorError, Credential, Identity, Json, Retryable
from syndicator.http import NotSent, ReplyLost
from syndicator_tumblr.transport import Refused

CREDENTIAL = Credential("OAuth 1 token")  # Tumblr names no end for it; whether it has one is unconfirmed
_KINDS = {"posts": ("posts",), "pictures": ("photos", "images"), "videos": ("videos",)}

Get = Callable[[str, dict[str, Any]], dict[str, Json]]


@dataclass(frozen=True, slots=True)
class Blog:
    uuid: str  # stays when the blog is renamed
    name: str
    host: str
    url: str
    primary: bool = False


def blogs(info: Mapping[str, Json]) -> list[Blog]:
    """The blogs of the user that `/user/info` describes. Raises Retryable for an answer that names none."""
    user = info.get("user")
    listed = user.get("blogs") if isinstance(user, dict) else None
    found = [_blog(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    known = [one for one in found if one.uuid and one.name]
    if not known:
        raise Retryable("Tumblr did not say which blogs the account has")
    return known


def _blog(one: Mapping[str, Json]) -> Blog:
    url, name = str(one.get("url") or ""), str(one.get("name") or "")
    # Blogs are shown as https://ada.tumblr.com, as https://www.tumblr.com/ada, or under a domain of their own.
    host = (urlsplit(url).hostname or "").lower()
    own = host if host and host not in ("www.tumblr.com", "tumblr.com") else f"{name}.tumblr.com"
    return Blog(str(one.get("uuid") or ""), name, own, url, bool(one.get("primary")))


def chosen(found: list[Blog], host: str) -> Blog:
    """The blog that the network's file names. Raises AuthRequired when it is none of the account's."""
    for blog in found:
        if host in (blog.host, f"{blog.name}.tumblr.com"):
            return blog
    names = ", ".join(blog.name for blog in found)
    raise AuthRequired(
        f"the account that is logged in may not post to {host}; it has {names}: write one of these for `blog`, or run "
        "`syndicate auth` for this network as the blog's owner"
    )


def identity(blog: Blog, limits: Mapping[str, Json]) -> Identity:
    left, of, resets = quota(limits, "posts")
    notes = [f"blog {blog.host}, id {blog.uuid}"]
    warnings = []
    if left is not None:
        again = f", anew from {resets:%Y-%m-%d %H:%M} UTC" if resets else ""
        notes.append(f"posts left today: {left}" + (f" of {of}" if of is not None else "") + again)
    if left == 0:
        warnings.append("no more posts today: Tumblr's daily limit is used up, and copies wait until it begins anew")
    return Identity(blog.uuid, blog.name, blog.url or None, tuple(warnings), tuple(notes), CREDENTIAL)


def quota(limits: Mapping[str, Json], what: str) -> tuple[int | None, int | None, datetime | None]:
    """Of posts, pictures or videos: how many are left, of how many, and when they begin anew."""
    user = limits.get("user")
    kinds = user if isinstance(user, dict) else {}
    found: dict[str, Json] = next((kinds[kind] for kind in _KINDS[what] if isinstance(kinds.get(kind), dict)), {})
    reset = found.get("reset_at")
    return _number(found.get("remaining")), _number(found.get("limit")), _moment(reset)


def limits(get: Get) -> dict[str, Json]:
    """Only for information, so an answer that does not come is fine."""
    try:
        return get("/v2/user/limits", {})
    except (Refused, NotSent, ReplyLost, ConnectorError):
        return {}


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value: Json) -> datetime | None:
    seconds = _number(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 < seconds < 1 << 34 else None
