"""From a version of LinkedIn's API that has ended to one that has not, by means of requests that publish nothing."""

from collections.abc import Callable
from typing import TypeVar

from syndicator.connector import AuthRequired
from syndicator_linkedin.answers import NO_VERSION_LEFT
from syndicator_linkedin.api import Api, Refused
from syndicator_linkedin.versions import Versions

T = TypeVar("T")


def stepping(work: Callable[[], T], versions: Versions) -> T:
    """Do harmless work, in one version after the other until one is taken. Raises Refused when none is."""
    while True:
        used = versions.current
        try:
            done = work()
        except Refused as refused:
            if not refused.about_version or versions.refuse(used) is None:
                raise
            continue
        versions.prove(used)
        return done


def settle(api: Api, versions: Versions, author: str) -> None:
    """Find a version that LinkedIn speaks, if the one in use is doubtful. An unclear answer leaves things as they are.

    Raises AuthRequired when none is left.
    """
    while versions.is_doubtful():
        used = versions.current
        speaks = api.speaks(used, author)
        if speaks is None:
            return
        if speaks:
            versions.note_asked()
        elif versions.refuse(used) is None:
            raise AuthRequired(NO_VERSION_LEFT)
