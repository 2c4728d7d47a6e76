"""Which monthly version of LinkedIn's API is spoken, when it ends, and which one comes after it.

Enters: the owner's choice, the clock, what was learnt before (kept in the token store). Leaves: a version. LinkedIn
refuses one that has ended before it looks at the request, so nothing has happened then and the next may be tried.
It sends nothing itself.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta

from syndicator.clock import Clock
from syndicator.connector import TokenStore

DEFAULT = "202609"
SOON = timedelta(days=60)
LOOK_AGAIN = timedelta(days=1)
_BACK = (2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11)  # months before now; the newest may be announced and not there yet


def sunset(version: str) -> date:
    """LinkedIn's calendar: a year later, in the middle of the month; a day or two either way."""
    return date(int(version[:4]) + 1, int(version[4:]), 15)


def candidates(now: datetime) -> Iterator[str]:
    """Versions that ought to be in service, the most likely first."""
    months = now.year * 12 + now.month - 1
    for back in _BACK:
        year, month = divmod(months - back, 12)
        yield f"{year}{month + 1:02d}"


@dataclass(frozen=True, slots=True)
class Step:
    """What was learnt about one chosen version: that it has ended, and what is used in its place."""

    chosen: str
    use: str
    refused: tuple[str, ...] = ()
    proven: bool = False
    told: bool = False  # a Receipt has carried the news
    asked: str = ""  # when LinkedIn was last asked about `use`, ISO 8601


class Versions:
    """The version in use. Read from the store each time: another process may have moved on."""

    def __init__(self, chosen: str | None, tokens: TokenStore, clock: Clock) -> None:
        self._written = chosen
        self._tokens = tokens
        self._clock = clock

    @property
    def _chosen(self) -> str:
        """The owner's, or ours unless the machine's clock stands before it: LinkedIn knows no versions to come."""
        now = self._clock.now()
        return self._written or (DEFAULT if f"{now:%Y%m}" >= DEFAULT else next(candidates(now)))

    @property
    def current(self) -> str:
        return self._step().use

    def refuse(self, version: str) -> str | None:
        """LinkedIn says that `version` is not in service. The one to try next; None when all have been tried."""
        step = self._step()
        refused = (*step.refused, version)
        following = next((c for c in candidates(self._clock.now()) if c not in refused), None)
        if following is None:
            self._forget()
            return None
        self._keep(Step(self._chosen, following, refused))
        return following

    def prove(self, version: str) -> None:
        """LinkedIn took a request in `version`."""
        step = self._step()
        if step.use == version and step.refused and not step.proven:
            self._keep(replace(step, proven=True))

    def is_doubtful(self) -> bool:
        """Whether to ask, before anything is published, if LinkedIn still speaks the version in use."""
        step = self._step()
        if step.refused and not step.proven:
            return True
        ended = self._today() >= sunset(step.use)
        return ended and not _is_recent(step.asked, self._clock.now())

    def note_asked(self) -> None:
        step = self._step()
        self._keep(replace(step, proven=True, asked=self._clock.now().isoformat()))

    def notes(self) -> Iterator[str]:
        version = self.current
        yield f"LinkedIn-Version {version}, in service until about {sunset(version).isoformat()}"

    def warnings(self) -> Iterator[str]:
        step = self._step()
        if step.refused:
            yield self._news(step)
        end, left = sunset(step.use), sunset(step.use) - self._today()
        if left <= timedelta(0):
            yield f"version {step.use} of LinkedIn’s API was to end on about {end.isoformat()}; {self._advice()}"
        elif left <= SOON:
            when = f"in {left.days} days, on about {end.isoformat()}"
            yield f"version {step.use} of LinkedIn’s API ends {when}; {self._advice()}"

    def news_once(self) -> tuple[str, ...]:
        """The sentence about a step, for the first Receipt after it."""
        step = self._step()
        if not step.refused or step.told:
            return ()
        self._keep(replace(step, told=True))
        return (self._news(step),)

    def _news(self, step: Step) -> str:
        return (
            f"LinkedIn no longer takes version {step.chosen} of its API, so {step.use} is used in its place; "
            f"{self._advice()}"
        )

    def _advice(self) -> str:
        if self._written is not None:
            return "change `version` in the network's file, or take the line out"
        return "update syndicator, or write a newer `version` in the network's file"

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()

    def _step(self) -> Step:
        stored = self._tokens.load().get("version")
        if not isinstance(stored, dict) or stored.get("chosen") != self._chosen:
            return Step(self._chosen, self._chosen)
        try:
            return Step(**{**stored, "refused": tuple(stored.get("refused", ()))})
        except TypeError:  # written by another release
            return Step(self._chosen, self._chosen)

    def _keep(self, step: Step) -> None:
        self._tokens.save({**self._tokens.load(), "version": {**asdict(step), "refused": list(step.refused)}})

    def _forget(self) -> None:
        self._tokens.save({name: kept for name, kept in self._tokens.load().items() if name != "version"})


def _is_recent(moment: str, now: datetime) -> bool:
    try:
        return timedelta(0) <= now - datetime.fromisoformat(moment) < LOOK_AGAIN
    except (ValueError, TypeError):
        return False
