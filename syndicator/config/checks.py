"""What single values have to look like. Enters: one value. Leaves: the same, tidied, or a ValueError that says what to
write instead. Messages repeat values only where no secret can stand.
"""

import re
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from syndicator.config.secrets import FromEnvironment

_NAME = re.compile(r"[a-z0-9_-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_QUIET = re.compile(f"(?:{_DAY}(?:-{_DAY})? )?{_TIME}-{_TIME}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name is made of a-z, 0-9, _ and -")
    return value


def web_address(value: str) -> str:
    if value.lstrip().lower().startswith("file:"):
        raise ValueError('not a web address; a feed on this machine is named by path = "/srv/…"')
    try:
        url = urlsplit(value.strip())
        _ = url.port
    except ValueError:
        raise ValueError("not a web address; write it as https://blog.example/feed.xml") from None
    if url.scheme not in ("http", "https") or not url.hostname or any(c.isspace() for c in value.strip()):
        raise ValueError("not a web address; write it as https://blog.example/feed.xml")
    if url.username or url.password:
        raise ValueError("a name or password in the address would end up in logs and in the ledger")
    return url._replace(fragment="").geturl()


def host(value: str) -> str:
    bare = value.strip().removeprefix("[").removesuffix("]")
    if not _HOST.fullmatch(bare):
        raise ValueError('write a host name or an address only, such as "nas.lan" or "192.168.1.10"')
    return bare.lower()


def language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('write a language tag such as "en", "de" or "pt-BR"')
    return value


def quiet_time(value: str) -> str:
    tidied = " ".join(value.lower().split())
    if not _QUIET.fullmatch(tidied):
        raise ValueError('write times of the day such as "22:00-07:00", or "sat-sun 20:00-10:00" for some days only')
    return tidied


def leaving_time(values: tuple[str, ...]) -> tuple[str, ...]:
    from syndicator.schedule import leaves_time, quiet

    if not leaves_time(quiet(value) for value in values):
        raise ValueError("leaves no time of the week at which anything could go out; `approve = true` holds everything")
    return values


def contact(value: str) -> str:
    if not value.strip() or not value.isascii() or not value.isprintable():
        raise ValueError("write a web or mail address; it is sent along with every request")
    return value.strip()


def not_empty(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; leave it out for the default")
    return value


def timezone(value: str) -> str:
    if value == "UTC":
        return value
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        near = get_close_matches(value, available_timezones(), 1)
        guess = f", did you mean “{near[0]}”?" if near else '; write one such as "Europe/Berlin"'
        raise ValueError(f"no such time zone{guess}") from None


def words(value: Any) -> Any:
    """A list from the environment may be written with commas."""
    if isinstance(value, FromEnvironment):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value
