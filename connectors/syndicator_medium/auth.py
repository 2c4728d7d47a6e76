"""Connecting Medium: an integration token for those who still have one, else only a name, to publish by hand.

Enters: a person to talk to. Leaves: settings and perhaps a token, proved. There is no login in a browser: Medium takes
no new applications.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError

from syndicator.clock import Clock, SystemClock
from syndicator.connector import AuthRequired, Rejected, TokenStore
from syndicator.errors import UsageError
from syndicator.login import Authorised, Talk
from syndicator.tokens import MemoryTokens
from syndicator_medium.account import Accounts, by_hand, introduce
from syndicator_medium.answers import harmless
from syndicator_medium.api import Api
from syndicator_medium.feed import Unreadable
from syndicator_medium.public import Nobody, PublicFeed
from syndicator_medium.settings import MediumSettings

if TYPE_CHECKING:
    from syndicator.http import Http

TOKEN = "Integration token, if you have one from before 2025; else just press Enter to publish by hand"  # noqa: S105
USER = "Your name on Medium, such as @ada, to find stories on the public feed; Enter leaves that out"


def authorise(
    talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any], clock: Clock | None = None
) -> Authorised:
    """Raises UsageError or Rejected for what cannot be, AuthRequired for a refusal, Retryable when Medium is away."""
    clock = clock or SystemClock()
    again = _with_known_token(talk, http, tokens, known, clock)
    if again is not None:
        return again
    token = talk.ask_secret(TOKEN).strip()
    if token:
        return _with_token(token, http, tokens, known, clock)
    return _by_hand(talk, http, known)


def _with_known_token(
    talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any], clock: Clock
) -> Authorised | None:
    """A token that is written down and works needs no question."""
    token = known.get("token")
    if not isinstance(token, SecretStr) or not token.get_secret_value() or known.get("mode") != "token":
        return None
    try:
        return _with_token(token.get_secret_value(), http, tokens, known, clock)
    except AuthRequired as refused:
        talk.show(f"The token that is written down does not work any more: {refused.reason}")
        return None


def _with_token(token: str, http: "Http", tokens: TokenStore, known: Mapping[str, Any], clock: Clock) -> Authorised:
    # Whatever the file says of `user`, the token knows better.
    settings = _settings({**known, "mode": "token", "user": None, "token": SecretStr(token)})
    proved = MemoryTokens()
    proved.save(tokens.load())
    with http.allowing(*settings.named_by_owner()).session() as session, harmless(clock):
        api = Api(session, settings.api)
        identity = introduce(Accounts(api, token, proved), api, token, settings)
    tokens.save(proved.load())
    return Authorised(identity, {"mode": "token", "user": identity.name}, {"token": token})


def _by_hand(talk: Talk, http: "Http", known: Mapping[str, Any]) -> Authorised:
    given = {name: value for name, value in known.items() if name != "token"} | {"mode": "handoff"}
    settings = _settings(given)
    if settings.user is None:
        settings = _settings({**given, "user": talk.ask(USER)})
    if settings.user is not None:
        _look_at_feed(talk, http, settings)
    user = {"user": settings.user} if settings.user else {}
    return Authorised(by_hand(settings), {"mode": "handoff", **user}, {})


def _look_at_feed(talk: Talk, http: "Http", settings: MediumSettings) -> None:
    """Prove that there is somebody of that name. A wall before the feed is no reason against publishing by hand."""
    public = PublicFeed(http.allowing(*settings.named_by_owner()), settings.web)
    try:
        stories = public.of(str(settings.user))
    except Nobody as nobody:
        raise Rejected(f"{nobody}; the name stands in the address of your profile, after the @") from nobody
    except Unreadable as error:
        talk.show(
            f"Could not look whether {settings.user} is right: {error}. Publishing by hand works all the same; "
            "a story that cannot be found on the feed is closed with `syndicate done`."
        )
    else:
        talk.show(f"{settings.user} is there, with {len(stories)} of ten possible entries on the public feed.")
    finally:
        public.close()


def _settings(values: Mapping[str, Any]) -> MediumSettings:
    try:
        return MediumSettings(**values)
    except ValidationError as error:
        told = ((flaw["loc"], flaw["msg"].removeprefix("Value error, ")) for flaw in error.errors())
        flaws = [": ".join([*(str(at) for at in where), words]) for where, words in told]
        raise UsageError("this cannot be a Medium account", problems=flaws) from error
