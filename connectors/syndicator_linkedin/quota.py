"""LinkedIn's daily quota: what a 429 means.

Enters: a refusal, the clock. Leaves: Retryable for the whole network. LinkedIn says neither which limit was met nor
for how long. So the first one may be a passing protection of its machines; a second on the same day, with no post
taken in between, is the daily quota, which is counted by UTC days.
"""

from datetime import UTC, datetime, time, timedelta

from syndicator.clock import Clock
from syndicator.connector import Retryable, Scope, TokenStore
from syndicator.http import retry_after
from syndicator_linkedin.answers import told
from syndicator_linkedin.api import Refused

FIRST_REST = timedelta(minutes=15)
AFTER_MIDNIGHT = time(0, 5, tzinfo=UTC)


class Quota:
    def __init__(self, tokens: TokenStore, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def met(self, refused: Refused) -> Retryable:
        """The answer to a 429."""
        now = self._clock.now()
        rest = _until_tomorrow(now) if self._just_met(now) else FIRST_REST
        self._tokens.save({**self._tokens.load(), "limited_at": now.isoformat()})
        wish = retry_after(refused.response, now)  # not documented; should it come, it is better than our guess
        sentence = "LinkedIn takes no more requests for now"
        return Retryable(told(refused, sentence), after=wish or rest, scope=Scope.NETWORK)

    def passed(self) -> None:
        """LinkedIn has taken a post again."""
        stored = self._tokens.load()
        if stored.pop("limited_at", None) is not None:
            self._tokens.save(stored)

    def _just_met(self, now: datetime) -> bool:
        try:
            before = datetime.fromisoformat(str(self._tokens.load()["limited_at"]))
            return before.astimezone(UTC).date() == now.astimezone(UTC).date()
        except (KeyError, ValueError, TypeError):
            return False


def _until_tomorrow(now: datetime) -> timedelta:
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, AFTER_MIDNIGHT) - now
