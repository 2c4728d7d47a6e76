"""One Medium account: by hand, or with an integration token over an API that Medium has given up.

That API creates and does nothing else: no list, no edit, no delete, no key against repeats. So a lost answer is never
met by a resend. A public story may be found on the public feed, where being there is proof and not being there is
none; whether a draft was made only its owner can see.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from syndicator.clock import Clock, SystemClock
from syndicator.connector import (
    API,
    AuthRequired,
    Capabilities,
    ConnectorError,
    HandOff,
    Hashtags,
    Identity,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    Retryable,
    Scope,
    TokenStore,
)
from syndicator.http import NotSent, ReplyLost, from_transport, retry_after
from syndicator.login import Authorised, Talk
from syndicator_medium import feed, handoff, letter
from syndicator_medium.account import Account, Accounts, by_hand, introduce
from syndicator_medium.answers import NO_USER, harmless, is_quota, is_wall, publishing
from syndicator_medium.api import Api, Cut, Refused
from syndicator_medium.letter import Letter
from syndicator_medium.memory import Memory
from syndicator_medium.public import PublicFeed
from syndicator_medium.settings import MediumSettings
from syndicator_medium.story import tell

if TYPE_CHECKING:
    from pydantic import BaseModel

    from syndicator.http import Http

BY_TOKEN = Capabilities(
    max_length=100_000,  # the text is only used for feeds that give nothing more, and Medium names no limit
    hashtags=Hashtags.NONE,
    inert_text=True,
    max_images=0,  # Medium fetches pictures from their own addresses while it makes the story
    whole_post=True,
    content_warning=True,
    visibilities=("public", "unlisted", "draft"),
    resend=Resend.NEVER,
)
PUBLICLY = replace(
    BY_TOKEN,
    resend=Resend.LOOKUP,
    settle=timedelta(minutes=2),
    look_for=timedelta(hours=1),  # how long the feed lags behind is not known; later a person knows better
)
BY_HAND = replace(
    BY_TOKEN,
    max_length=1_000,  # a teaser; the whole story lies beside it
    max_images=20,
    max_image_bytes=10_000_000,
    image_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
    max_alt=500,
    card=True,
    max_card_image_bytes=5_000_000,
    by_hand=True,
)


class MediumConnector:
    kind: ClassVar[str] = "medium"
    api: ClassVar[int] = API
    Settings: ClassVar["type[BaseModel]"] = MediumSettings
    sandbox: ClassVar[str | None] = "syndicator_medium.sandbox:PretendMedium"

    def __init__(self, settings: MediumSettings, http: "Http", tokens: TokenStore, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        allowed = http.allowing(*settings.named_by_owner())
        self._http = allowed.session()
        self._public = PublicFeed(allowed, settings.web)
        self._bearer = settings.token.get_secret_value() if settings.token and not settings.by_hand else ""
        self._api = Api(self._http, settings.api)
        self._accounts = Accounts(self._api, self._bearer, tokens)
        self._memory = Memory(tokens)

    @classmethod
    def open(cls, settings: MediumSettings, http: "Http", tokens: TokenStore) -> Self:
        return cls(settings, http, tokens)

    @classmethod
    def authorise(cls, talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        from syndicator_medium import auth

        return auth.authorise(talk, http, tokens, known)

    @property
    def capabilities(self) -> Capabilities:
        if self._settings.by_hand:
            return BY_HAND
        return PUBLICLY if self._settings.status == "public" else BY_TOKEN

    def measure(self, text: str) -> int:
        return len(text)

    def whoami(self) -> Identity:
        if self._settings.by_hand:
            return by_hand(self._settings)
        with harmless(self._clock):
            return introduce(self._accounts, self._api, self._bearer, self._settings)

    def hand_off(self, rendering: Rendering) -> HandOff:
        return handoff.hand_off(rendering, self._settings.web, findable=self._settings.user is not None)

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Fix the story to the last byte, and to whom it is addressed. By hand there is nothing to fix."""
        if self._settings.by_hand:
            return rendering
        with harmless(self._clock):
            account = self._accounts.current()
        return replace(rendering, prepared=letter.written(rendering, account, self._settings))

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        if self._settings.by_hand:
            raise Rejected('nothing is sent to Medium while its mode is "handoff"; a person publishes there')
        if rendering.prepared is None:
            rendering = self.prepare(rendering, key)
        ready = rendering.prepared or {}
        account = self._addressee(ready)
        return self._is_there_already(ready, rendering, account) or self._send(ready, key)

    def _send(self, ready: Letter, key: str) -> Receipt:
        """The one publishing request."""
        try:
            given = self._api.post(str(ready["path"]), self._bearer, str(ready["body"]))
        except Cut:
            given = {}
        except Refused as refused:
            raise self._refusal(refused, ready, key) from refused
        except (NotSent, ReplyLost) as error:
            raise from_transport(error) from error
        self._memory.went_out(self._clock.now())
        return letter.receipt(ready, given, self._settings.web)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        ready = rendering.prepared or {}
        status = ready.get("status") or letter.status_of(rendering, self._settings)
        if status != "public" and not self._settings.by_hand:
            raise Retryable(f"a story that is {status} is not on the public feed")
        user = self._user()
        if user is None:
            raise Retryable("without `user` there is no public feed to look at; `syndicate done` closes the hand-off")
        title = str(ready.get("title") or tell(rendering).title)
        try:
            found = feed.copy_of(rendering.link, title, self._public.of(user), since)
        except feed.Unreadable as error:
            raise Retryable(str(error)) from error
        if found is None and not self._settings.by_hand:
            raise Retryable("not among the ten newest entries of the public feed, which proves nothing")
        return None if found is None else Receipt(found.id, found.url, Proof.READ_BACK)

    def close(self) -> None:
        self._http.close()
        self._public.close()

    def _user(self) -> str | None:
        if self._settings.by_hand:
            return self._settings.user
        with harmless(self._clock):
            return f"@{self._accounts.current().username}"

    def _addressee(self, ready: Letter) -> Account:
        """What was made for one account must not turn up on another."""
        with harmless(self._clock):
            account = self._accounts.current()
        if account.identity != ready["identity"]:
            raise AuthRequired(
                f"this story was made for {ready['identity']}, and the token now belongs to {account.identity}; "
                "put the old token back, or skip the delivery"
            )
        if account.author != ready["author"]:
            raise Retryable("Medium knows the account by another id now; addressing the story anew", prepare_again=True)
        return account

    def _is_there_already(self, ready: Letter, rendering: Rendering, account: Account) -> Receipt | None:
        """One look, in case somebody has imported the post. A feed that cannot be read never keeps a post back."""
        if ready["status"] != "public" or not rendering.link:
            return None
        try:
            found = feed.copy_of(rendering.link, str(ready["title"]), self._public.of(f"@{account.username}"))
        except feed.Unreadable:
            return None
        if found is None:
            return None
        return Receipt(
            found.id, found.url, Proof.READ_BACK, warnings=("the story was on Medium already; nothing was sent",)
        )

    def _refusal(self, refused: Refused, ready: Letter, key: str) -> ConnectorError:
        now = self._clock.now()
        if is_wall(refused) or refused.status >= 500:
            return publishing(refused, now, publication=None)
        if is_quota(refused):
            wait = retry_after(refused.response, now) or self._memory.until_next_day(now)
            words = "Medium takes about ten stories a day, and today's are used up"
            return Retryable(words, after=wait, scope=Scope.NETWORK)
        if NO_USER in refused.codes and self._memory.first_time(key):
            self._accounts.forget()
            return Retryable("Medium does not know the account by the id we have; asking anew", prepare_again=True)
        return publishing(refused, now, publication=ready["publication"])
