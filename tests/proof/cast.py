"""Who plays in a simulation: a pretend service with its bad habits, and what the oracle has to know of it.

Enters: a name. Leaves: a Part. `policy` says by what right a delivery in doubt may be sent again, in the words of the
specification; it is written down here, and not read from the connector.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.conftest import is_here

LAG = 20.0  # seconds until a service's list shows what was published


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    policy: str  # record, key, lookup, repeat, never
    publishing: str = ""
    reading: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)  # settings
    habits: Mapping[str, Any] = field(default_factory=dict)  # of the pretend service, when it is made
    settle: timedelta = timedelta(0)  # the least rest before a read-back counts
    window: timedelta = timedelta(0)  # how long the service knows a key, or a repeat
    firsts: tuple[int, ...] = (86_400,)  # ages in seconds of the first send at which a rule changes its mind
    lasts: tuple[int, ...] = (30,)  # and of the last one


PARTS: dict[str, Part] = {
    "bluesky": Part("bluesky", "record", "putRecord", "repo.getRecord|listRecords", firsts=()),
    "mastodon": Part(
        "mastodon",
        "key",
        "POST /api/v1/statuses$",
        "GET /api/v1/accounts/[^/]+/statuses",
        habits={"list_lag": LAG},
        settle=timedelta(seconds=120),
        window=timedelta(hours=1),
        firsts=(3_000, 3_600, 86_400),
        lasts=(120,),
    ),
    "mastodon-4.5": Part(
        "mastodon",
        "lookup",
        "POST /api/v1/statuses$",
        "GET /api/v1/accounts/[^/]+/statuses",
        habits={"list_lag": LAG, "version": "4.5.2", "keys": "ignored"},
        settle=timedelta(seconds=120),
        lasts=(120,),
    ),
    "gotosocial": Part(
        "mastodon",
        "lookup",
        "POST /api/v1/statuses$",
        "GET /api/v1/accounts/[^/]+/statuses",
        habits={"list_lag": LAG, "flavour": "gotosocial"},
        settle=timedelta(seconds=120),
        lasts=(120,),
    ),
    "tumblr": Part(
        "tumblr",
        "lookup",
        r"POST /v2/blog/[^/]+/posts$",
        r"GET /v2/blog/[^/]+/posts",
        habits={"list_lag": LAG},
        settle=timedelta(seconds=180),
        lasts=(180,),
    ),
    "tumblr-staged": Part(
        "tumblr",
        "lookup",
        r"PUT /v2/blog/[^/]+/posts/\d+$",
        r"GET /v2/blog/[^/]+/posts",
        more={"stage": True},
        habits={"list_lag": LAG},
        settle=timedelta(seconds=180),
        lasts=(180,),
    ),
    "linkedin": Part("linkedin", "never", "POST /rest/posts$", firsts=(), lasts=()),
    "linkedin-repeat": Part(
        "linkedin",
        "repeat",
        "POST /rest/posts$",
        more={"probe_by_repeat": True},
        window=timedelta(minutes=10),
        firsts=(480, 600),
        lasts=(20, 60, 180),
    ),
    "medium": Part(
        "medium", "never", "POST /v1/users/[^/]+/posts$", "GET /feed/", firsts=(3_600, 86_400), lasts=(120,)
    ),
    "medium-draft": Part(
        "medium", "never", "POST /v1/users/[^/]+/posts$", "GET /feed/", more={"status": "draft"}, lasts=(120,)
    ),
    "file": Part("file", "record", firsts=()),
}
HERE = tuple(name for name, part in PARTS.items() if is_here(part.kind))
