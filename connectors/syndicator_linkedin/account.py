"""Who speaks: the member whose token it is, or the page that the member speaks for. And the answer to `check`.

Enters: the API and what is known of token and version. Leaves: an Identity, or the author of posts. A member's number
belongs to the app as well as to the person, so it is asked for anew with every token.
"""

from syndicator.clock import Clock
from syndicator.connector import Identity, Json, Retryable, TokenStore
from syndicator_linkedin.api import Api, Refused, patiently
from syndicator_linkedin.credential import Access, fingerprint
from syndicator_linkedin.settings import LinkedInSettings
from syndicator_linkedin.stepping import settle
from syndicator_linkedin.versions import Versions


class Account:
    def __init__(
        self, settings: LinkedInSettings, api: Api, access: Access, versions: Versions, tokens: TokenStore, clock: Clock
    ) -> None:
        self._settings = settings
        self._api = api
        self._access = access
        self._versions = versions
        self._tokens = tokens
        self._clock = clock

    def introduce(self) -> Identity:
        """Ask LinkedIn. Raises Refused, ConnectorError, NotSent or ReplyLost."""
        warnings = list(self._access.look_after())
        author, name = self._page() if self._settings.organisation else self._member()
        settle(self._api, self._versions, author)
        return Identity(
            id=author,
            name=name,
            url=self._url(),
            warnings=(*warnings, *self._versions.warnings()),
            notes=(*self._versions.notes(), f"your recent posts: {self.recent()}"),
            credential=self._access.credential(),
        )

    def author(self) -> str:
        """The URN that posts are made under."""
        if self._settings.organisation:
            return self._settings.organisation
        known = self._tokens.load().get("account")
        if isinstance(known, dict) and known.get("fingerprint") == fingerprint(self._access.token()):
            return str(known.get("id"))
        return self._member()[0]

    def recent(self) -> str:
        """Where the owner, logged in, sees what was posted."""
        return self._url() or f"{self._settings.www}/in/me/recent-activity/all/"

    def _url(self) -> str | None:
        """A page has its number for an address; a member's address is not told to apps."""
        page = self._settings.organisation
        return f"{self._settings.www}/company/{page.rpartition(':')[2]}/" if page else None

    def _member(self) -> tuple[str, str]:
        answer = patiently(self._api.userinfo, self._clock)
        number = _text(answer, "sub")
        if not number:
            raise Retryable("LinkedIn did not say whose token it is")
        author = f"urn:li:person:{number}"
        account = {"fingerprint": fingerprint(self._access.token()), "id": author}
        if self._tokens.load().get("account") != account:
            self._tokens.save({**self._tokens.load(), "account": account})
        return author, _text(answer, "name") or author

    def _page(self) -> tuple[str, str]:
        """Apps for pages may have no leave to ask for the member; a refusal of that kind still proves the token."""
        page = str(self._settings.organisation)
        try:
            member = _text(patiently(self._api.userinfo, self._clock), "name")
        except Refused as refused:
            if refused.status != 403 or not refused.spoken:
                raise
            member = ""
        return page, f"page {page.rpartition(':')[2]}" + (f" (by {member})" if member else "")


def _text(answer: dict[str, Json], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""
