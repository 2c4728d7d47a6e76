"""Mastodon and the servers that speak its client API, on Mastodon.py.

Enters: a rendering and a key. Leaves: a receipt, or one of the contract's exceptions. It publishes with exactly one
request, never repeats it, and believes the reply rather than the library's reading of it. Where it goes under the
library, and why: docs/adr/0011-under-mastodon-py.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast
from urllib.parse import urlsplit

import requests

from syndicator.clock import Clock, SystemClock
from syndicator.connector import (
    API,
    Capabilities,
    Identity,
    Json,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Retryable,
    TokenStore,
)
from syndicator.http import is_cut
from syndicator.login import Authorised, Talk
from syndicator_mastodon import account, answers, copies, draft, instance, parents, server
from syndicator_mastodon.flavour import TRAITS, Flavour
from syndicator_mastodon.length import measure
from syndicator_mastodon.listing import Listing
from syndicator_mastodon.media import Uploaded, Uploads
from syndicator_mastodon.people import People, mentioned
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import ApiSession, object_in
from syndicator_mastodon.settings import MastodonSettings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from syndicator.http import Http

STILL_PROCESSING = timedelta(seconds=30)


class MastodonConnector:
    """One account. `clock` is replaced in tests; it paces the polling of uploads and nothing else."""

    kind: ClassVar[str] = "mastodon"
    api: ClassVar[int] = API
    Settings: ClassVar["type[BaseModel]"] = MastodonSettings
    sandbox: ClassVar[str | None] = "syndicator_mastodon.sandbox:PretendMastodon"
    clock: Clock = SystemClock()

    def __init__(self, settings: MastodonSettings, session: ApiSession, tokens: TokenStore) -> None:
        self._settings = settings
        self._session = session
        self._tokens = tokens
        self._known: Server | None = None
        self._account: str | None = None

    @classmethod
    def open(cls, settings: MastodonSettings, http: "Http", tokens: TokenStore) -> Self:
        """Mastodon's access tokens do not rotate; `tokens` only keeps who may be mentioned."""
        guarded = http.allowing(settings.instance).session()
        session = ApiSession(guarded, settings.instance, settings.access_token.get_secret_value())
        return cls(settings, session, tokens)

    @classmethod
    def authorise(cls, talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        from syndicator_mastodon import auth

        return auth.authorise(talk, http, known)

    def close(self) -> None:
        self._session.guarded.close()

    # What the server is

    @property
    def capabilities(self) -> Capabilities:
        return server.capabilities(self._server())

    def measure(self, text: str) -> int:
        flavour = self._known.flavour if self._known else self._settings.flavour or Flavour.MASTODON
        return measure(text, TRAITS[flavour])

    def whoami(self) -> Identity:
        known = self._server()
        response = self._session.look(self._library.account_verify_credentials)
        if response.status_code == 422:
            # No argument is sent that could be wrong: Mastodon says 422 of an app's token, snac of a bad one.
            raise answers.refused_token(response)
        answers.accept(response, known)
        found = object_in(response)
        if not found.get("id"):
            raise Retryable("the server did not say which account the token belongs to")
        self._account = str(found["id"])
        return account.identity(found, known, self._settings.instance, self._scopes())

    # Publishing

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Upload the images. One the server cannot use is left out, with a warning."""
        known = self._server()
        media, warnings = self._uploads().put_all(draft.images(rendering, known), key)
        if known.traits.image_required and not media:
            raise Rejected("; ".join(["this server wants an image in every post", *warnings]))
        prepared: dict[str, Json] = {
            "account": self._account_id(),
            "media": _kept(media),
            "waiting": [medium.id for medium in media if not medium.ready],
            "uploaded": _when(self._session.last) if media else None,
            "warnings": warnings,
        }
        handles = mentioned(rendering) if known.traits.guards_mentions else ()
        prepared |= {"mentions": list(self._people().ids(handles))} if handles else {}
        return replace(rendering, prepared=prepared)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        known = self._server()
        self._refuse_unready_media(rendering)
        parents.look_for(rendering, self._session, known)
        response = self._posted(rendering, key, known)
        uploaded = draft.uploaded_at(rendering)
        age = answers.time_of(response) - uploaded if uploaded else None
        error = answers.publishing(response, known, media_age=age, answering=rendering.reply_to is not None)
        if error is not None:
            raise self._now_known(response, rendering) or error
        status = object_in(response)
        # What names no post is a proxy's page, or an error in a 200. A cut one is a yes, but a thread needs the name.
        if not status.get("id") and (rendering.rest or not is_cut(response)):
            raise OutcomeUnknown("the server said yes without naming the post")
        return self._receipt(status, rendering, Proof.REPLY)

    def _posted(self, rendering: Rendering, key: str, known: Server) -> requests.Response:
        """The one publishing request."""
        fields = draft.of(rendering, self._settings, known)
        sent_key = key if known.traits.sends_key else None
        self._session.allowed_mentions = draft.allowed_mentions(rendering) if known.traits.guards_mentions else None
        return self._session.reply_to(lambda: self._library.status_post(idempotency_key=sent_key, **fields))

    def _now_known(self, response: requests.Response, rendering: Rendering) -> Retryable | None:
        """The guard stops people whom the server had never met, also those who may be mentioned; it tells their ids."""
        allowed, handles = draft.allowed_mentions(rendering), mentioned(rendering)
        if response.status_code != 422 or not handles or not self._people().learn(response, handles, allowed):
            return None
        return Retryable("the server has only now met somebody whom the copy mentions", prepare_again=True)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        """Look for the copy among everything the account has posted since. The key is not kept with posts."""
        self.whoami()
        sent_as = (rendering.prepared or {}).get("account")
        if sent_as is not None and sent_as != self._account:
            raise Retryable("it was sent as another account than the token now belongs to")
        listing = Listing(self._library, self._session, self._server())
        status = copies.ours(listing.since(self._account_id(), since), rendering)
        return None if status is None else self._receipt(status, rendering, Proof.READ_BACK)

    # Corrections

    def edit(self, receipt: Receipt, rendering: Rendering) -> Receipt:
        status_id, known = _id_of(receipt), self._server()
        have = {m["sha256"]: m["id"] for m in (*draft.media_of(rendering.prepared), *draft.media_of(receipt.extra))}
        media, warnings = self._uploads().put_all(draft.images(rendering, known), status_id, have)
        body = draft.replacement(rendering, known, [(medium.id, medium.alt) for medium in media])
        response = self._session.ask("PUT", f"/api/v1/statuses/{status_id}", json=body)
        answers.accept_edit(response, known)
        return replace(receipt, warnings=tuple(warnings), extra={**receipt.extra, "media": _kept(media)})

    def delete(self, receipt: Receipt) -> None:
        status_id = _id_of(receipt)
        response = self._session.look(lambda: self._library.status_delete(status_id))
        answers.accept_deletion(response, self._server())

    # Underneath

    @cached_property
    def _library(self) -> Any:
        """Mastodon.py. The token stays with the session: the library would look for a file of that name."""
        from mastodon import Mastodon

        return Mastodon(
            api_base_url=self._settings.instance,
            session=cast("requests.Session", self._session),
            ratelimit_method="throw",
            version_check_mode="none",
            user_agent="",
        )

    def _server(self) -> Server:
        if self._known is None:
            self._known = instance.ask(self._session, self._settings.flavour)
        return self._known

    def _account_id(self) -> str:
        if self._account is None:
            self.whoami()
        return str(self._account)

    def _scopes(self) -> list[str] | None:
        """What the token's application may ask for; only Mastodon 4.3 and later say so."""
        if not self._server().at_least(4, 3, 0):
            return None
        scopes = object_in(self._session.ask("GET", "/api/v1/apps/verify_credentials")).get("scopes")
        return scopes.split() if isinstance(scopes, str) else scopes if isinstance(scopes, list) else None

    def _people(self) -> People:
        domain = self._server().domain or urlsplit(self._settings.instance).netloc
        return People(self._session, self._tokens, domain)

    def _uploads(self) -> Uploads:
        return Uploads(self._session, self._server(), self.clock)

    def _refuse_unready_media(self, rendering: Rendering) -> None:
        """Posting too early is refused with words that differ by server, so those still in work are asked about."""
        for media_id in (rendering.prepared or {}).get("waiting") or []:
            response = self._session.ask("GET", f"/api/v1/media/{media_id}")
            if response.status_code in (202, 206):
                raise Retryable("the server is still working on an image", after=STILL_PROCESSING)
            if response.status_code == 422:
                raise Retryable(f"the server failed on an image{answers.said(response)}", prepare_again=True)

    def _receipt(self, status: Mapping[str, Any], rendering: Rendering, proof: Proof) -> Receipt:
        """An empty status stands for a yes whose details were lost: still a yes."""
        warnings = list((rendering.prepared or {}).get("warnings") or [])
        warnings += _other_than_asked(status, rendering, self._settings)
        return Receipt(
            remote_id=str(status.get("id") or ""),
            url=status.get("url") or status.get("uri") or None,
            proof=proof,
            warnings=tuple(warnings),
            extra={"media": draft.media_of(rendering.prepared)},
        )


def _other_than_asked(status: Mapping[str, Any], rendering: Rendering, settings: MastodonSettings) -> Iterator[str]:
    asked, became = draft.visibility(rendering, settings), status.get("visibility")
    if (asked, became) == ("public", "unlisted"):
        yield "the copy became unlisted: the account is limited by its moderators"
    elif became and became != asked:
        yield f"the copy was to be {asked}, and the server made it {became}; it cannot be changed afterwards"
    if parents.was_dropped(status, rendering):
        yield parents.DROPPED


def _when(response: requests.Response | None) -> str | None:
    return None if response is None else answers.time_of(response).isoformat()


def _kept(media: list[Uploaded]) -> list[Json]:
    return [{"id": medium.id, "sha256": medium.sha256} for medium in media]


def _id_of(receipt: Receipt) -> str:
    if not receipt.remote_id:
        raise Rejected("the copy's id was lost with the server's answer; change the copy by hand")
    return receipt.remote_id
