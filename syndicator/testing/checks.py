"""What a check is, what it needs, and in which of eleven groups it belongs.

Enters: a plain function over a Bench. Leaves: a Check: its name is the function's, its sentence the function's own.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from syndicator.connector import CanDelete, CanEdit, CanFind, CanPrepare
from syndicator.testing.bench import Bench


class Group(IntEnum):
    DECLARATION = 1
    IDENTITY = 2
    PUBLISHING = 3
    FAILURES = 4
    PATIENCE = 5
    RESENDING = 6
    MEASURE = 7
    PICTURES = 8
    SILENCE = 9
    THREADS = 10
    ABILITIES = 11


Need = Callable[[Bench], str]  # why a check does not apply; empty when it does


@dataclass(frozen=True, slots=True)
class Check:
    group: Group
    name: str
    sentence: str  # the promise that is checked
    needs: tuple[Need, ...]
    work: Callable[[Bench], None]  # raises Failed, or Skipped

    @property
    def title(self) -> str:
        return f"{self.group.value:02}_{self.name}"


def check(group: Group, *needs: Need) -> Callable[[Callable[[Bench], None]], Check]:
    """Make a check of a function. Its needs are looked at in order, so the cheap ones come first."""

    def made(work: Callable[[Bench], None]) -> Check:
        return Check(group, work.__name__, " ".join((work.__doc__ or "").split()), needs, work)

    return made


# Needs


def service(bench: Bench) -> str:
    return "" if bench.service is not None else "it has no pretend service"


def over_http(bench: Bench) -> str:
    return "" if bench.over_http else "its service does not speak HTTP"


def publishes(bench: Bench) -> str:
    return "a person publishes, as its capabilities say" if bench.can.by_hand else ""


def by_hand(bench: Bench) -> str:
    return "" if bench.can.by_hand else "it publishes by itself"


def prepares(bench: Bench) -> str:
    return "" if isinstance(bench.connector(), CanPrepare) else "it does not prepare"


def finds(bench: Bench) -> str:
    return "" if isinstance(bench.connector(), CanFind) else "it cannot read back"


def edits(bench: Bench) -> str:
    return "" if isinstance(bench.connector(), CanEdit) else "it does not edit"


def deletes(bench: Bench) -> str:
    return "" if isinstance(bench.connector(), CanDelete) else "it does not delete"


def pictures(bench: Bench) -> str:
    return "" if bench.can.max_images > 0 else "it carries no pictures"


def alts(bench: Bench) -> str:
    return "" if bench.can.max_alt > 0 else "it carries no alt texts"


def cards(bench: Bench) -> str:
    return "" if bench.can.card else "it attaches no link card"


def warnings(bench: Bench) -> str:
    return "" if bench.can.content_warning else "it has no content warnings"


def visibilities(bench: Bench) -> str:
    return "" if bench.can.visibilities else "its copies have one visibility"


def replies(bench: Bench) -> str:
    return "" if bench.can.replies else "who may answer its copies cannot be said"


def threads(bench: Bench) -> str:
    return "" if bench.can.thread else "its copies answer no other"


def people(bench: Bench) -> str:
    return "" if getattr(bench.service, "mentionable", None) else "its service has nobody to mention"


def account(bench: Bench) -> str:
    return "" if bench.connector().whoami().id else "it works without an account"


def revokes(bench: Bench) -> str:
    return "" if _offers(bench, "revoke") and _offers(bench, "restore") else "its service cannot withdraw its consent"


def becomes_another(bench: Bench) -> str:
    return "" if _offers(bench, "become_another") else "its service cannot become another account"


def _offers(bench: Bench, name: str) -> bool:
    """Whether the service has this method, and it can be called with nothing."""
    method = getattr(bench.service, name, None)
    if not callable(method):
        return False
    given = inspect.signature(method).parameters.values()
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given)
