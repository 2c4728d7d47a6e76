"""Whose token it is. Enters: the token and what we remember. Leaves: an account and, for `syndicate check`, more of it.

Medium's id for a user differs from token to token, so it cannot say who somebody is; it is only what a story is
addressed to. An account is known by its name, and stays the same one when it is renamed while its token is in use.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from syndicator.connector import ConnectorError, Credential, Identity, Json, Retryable, TokenStore
from syndicator.errors import UserError
from syndicator.http import NotSent, ReplyLost
from syndicator_medium.api import Api, Refused
from syndicator_medium.settings import MediumSettings

PLACE = "account"
ARCHIVED = (
    "Medium has given up this API: it is unsupported since March 2023 and gives out no new tokens; "
    'this one works until Medium decides otherwise, then there is mode = "handoff"'
)


@dataclass(frozen=True, slots=True)
class Account:
    of: str  # which token, without telling it
    author: str  # what a story is addressed to; empty when Medium knows it no longer
    username: str
    identity: str


@dataclass(frozen=True, slots=True)
class Answer:
    account: Account
    name: str
    url: str


class Accounts:
    """Remembers the account of one token in the token store, so that Medium is asked once and not per story."""

    def __init__(self, api: Api, bearer: str, tokens: TokenStore) -> None:
        self._api, self._bearer, self._tokens = api, bearer, tokens
        self._of = hashlib.sha256(bearer.encode()).hexdigest()[:16]

    def current(self) -> Account:
        """The remembered account, or the one Medium names. Raises Refused, Retryable, NotSent or ReplyLost."""
        known = self.known()
        return known if known and known.of == self._of and known.author else self.ask().account

    def ask(self) -> Answer:
        data = self._api.get("/me", self._bearer)
        given = data if isinstance(data, dict) else {}
        author, username = str(given.get("id") or ""), str(given.get("username") or "")
        if not author or not username:
            raise Retryable("Medium did not say whose token this is")
        account = Account(self._of, author, username.lower(), self._identity(author, username.lower()))
        if account != self.known():
            self._remember(account)
        return Answer(account, str(given.get("name") or ""), str(given.get("url") or ""))

    def known(self) -> Account | None:
        stored = self._tokens.load().get(PLACE)
        try:
            return Account(**{name: str(value) for name, value in stored.items()}) if stored else None
        except (AttributeError, TypeError):
            return None

    def forget(self) -> None:
        """Medium does not know the id that we remember. A disk that refuses must not change what became of a story."""
        known = self.known()
        if known is not None:
            with suppress(UserError):
                self._remember(replace(known, author=""))

    def _identity(self, author: str, username: str) -> str:
        known = self.known()
        renamed = known is not None and (known.of, known.author) == (self._of, author)
        return known.identity if known and (renamed or known.username == username) else f"@{username}"

    def _remember(self, account: Account) -> None:
        self._tokens.save({**self._tokens.load(), PLACE: asdict(account)})


def introduce(accounts: Accounts, api: Api, bearer: str, settings: MediumSettings) -> Identity:
    """Ask Medium. Raises Refused, ConnectorError, NotSent or ReplyLost."""
    answer = accounts.ask()
    publications = _publications(api, bearer, answer.account.author)
    return Identity(
        id=answer.account.identity,
        name=f"@{answer.account.username}",
        url=answer.url or f"{settings.web}/@{answer.account.username}",
        warnings=tuple(_warnings(answer.account, settings, publications, api, bearer)),
        notes=(ARCHIVED, *_notes(publications or (), settings)),
        credential=Credential("integration token"),
    )


def by_hand(settings: MediumSettings) -> Identity:
    """Without an account: nothing is asked, because nothing is ever sent."""
    if settings.user is None:
        blind = "without `user` nothing can be looked up on the public feed: close each story with `syndicate done`"
        return Identity(id="", name="by hand", notes=(blind,))
    return Identity(
        id="",
        name=f"{settings.user}, by hand",
        url=f"{settings.web}/{settings.user}",
        notes=(f"stories are found by themselves on {settings.web}/feed/{settings.user}",),
    )


def _warnings(
    account: Account, settings: MediumSettings, publications: list[Mapping[str, Json]] | None, api: Api, bearer: str
) -> Iterator[str]:
    if settings.user not in (None, f"@{account.username}"):
        yield f"`user` says {settings.user}, but the token belongs to @{account.username}; write that, or leave it out"
    pid = settings.publication
    if pid is None or publications is None:
        return
    if all(str(one.get("id")) != pid for one in publications):
        yield f"{pid} is not among the publications of this account; check `publication`"
    elif settings.status != "draft" and _role(api, bearer, pid, account.author) == "writer":
        yield f'as a writer of {pid} you may only send in drafts; write status = "draft"'


def _notes(publications: "list[Mapping[str, Json]] | tuple[()]", settings: MediumSettings) -> Iterator[str]:
    yield f"stories are created as {settings.status}"
    for one in publications:
        chosen = ", where stories go" if str(one.get("id")) == settings.publication else ""
        yield f"publication “{one.get('name')}”: {one.get('id')}{chosen}"


def _publications(api: Api, bearer: str, author: str) -> list[Mapping[str, Json]] | None:
    """Only for information, so an account whose publications cannot be read is fine."""
    return _listed(api, bearer, f"/users/{author}/publications")


def _role(api: Api, bearer: str, pid: str, author: str) -> str | None:
    contributors = _listed(api, bearer, f"/publications/{pid}/contributors") or ()
    return next((str(one.get("role")) for one in contributors if str(one.get("userId")) == author), None)


def _listed(api: Api, bearer: str, path: str) -> list[Mapping[str, Json]] | None:
    try:
        data = api.get(path, bearer)
    except (Refused, NotSent, ReplyLost, ConnectorError):
        return None
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else None
