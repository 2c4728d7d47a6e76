"""One Bluesky account, on any PDS, over plain XRPC.

A post is written with `putRecord`: record key and bytes are fixed beforehand and `swapRecord` is null, which says “only
if nothing is there”. The same bytes again change nothing, so a resend is always harmless; measured on the reference
PDS, eight at once made one commit. `createRecord` is not used: with a taken key it answers 500. Copies are not edited,
because bsky.app goes on showing the first version.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from syndicator.clock import Clock, SystemClock
from syndicator.connector import (
    API,
    Attachment,
    AuthRequired,
    Capabilities,
    ConnectorError,
    Hashtags,
    Identity,
    Json,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    Retryable,
    TokenStore,
)
from syndicator.http import NotSent, ReplyLost, from_transport
from syndicator.login import Authorised, Talk
from syndicator_bluesky import embed, reading, record, thread, tid
from syndicator_bluesky.account import introduce
from syndicator_bluesky.answers import ELSEWHERE, harmless, is_about_media, publishing
from syndicator_bluesky.corrections import Corrections
from syndicator_bluesky.gate import GATE_COLLECTION, REPLIES, gate
from syndicator_bluesky.identity import Place, did_of
from syndicator_bluesky.people import resolved
from syndicator_bluesky.session import Login, Session
from syndicator_bluesky.settings import BlueskySettings
from syndicator_bluesky.xrpc import POST_COLLECTION, Cut, Refused, Xrpc

if TYPE_CHECKING:
    from pydantic import BaseModel

    from syndicator.http import Http

CAPABILITIES = Capabilities(
    max_length=300,
    max_bytes=3000,
    hashtags=Hashtags.HYPHEN,
    inert_text=True,  # facets alone make links, tags and mentions
    max_images=embed.MAX_IMAGES,
    max_image_bytes=1_000_000,  # half of what new servers take, and all of what older ones do
    image_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
    max_alt=2000,  # ours: the service has no limit, readers have
    card=True,
    max_card_image_bytes=embed.MAX_THUMB_BYTES,
    replies=REPLIES,
    thread=True,
    resend=Resend.SAME_RECORD,
    settle=timedelta(seconds=30),
)


UNGATED = "it is out, and everybody may answer it: who may could not be said"
UNGATED_YET = "it is out, and who may answer it is not said yet"


class BlueskyConnector:
    kind: ClassVar[str] = "bluesky"
    api: ClassVar[int] = API
    Settings: ClassVar["type[BaseModel]"] = BlueskySettings
    sandbox: ClassVar[str | None] = "syndicator_bluesky.sandbox:PretendBluesky"

    def __init__(self, settings: BlueskySettings, http: "Http", tokens: TokenStore, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._http = http.allowing(*settings.named_by_owner()).session()
        self._xrpc = Xrpc(self._http)
        self._session = Session(settings, self._xrpc, tokens, self._clock)
        self._corrections = Corrections(tokens)

    @classmethod
    def open(cls, settings: BlueskySettings, http: "Http", tokens: TokenStore) -> Self:
        return cls(settings, http, tokens)

    @classmethod
    def authorise(cls, talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        from syndicator_bluesky import auth

        return auth.authorise(talk, http, tokens, known)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def measure(self, text: str) -> int:
        return record.graphemes(text)

    def whoami(self) -> Identity:
        with harmless(self._clock):
            return introduce(self._session, self._xrpc, self._settings)

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Upload the pictures and fix the record to the last byte. Repeating it gives the same record."""
        correction = self._corrections.of(key)
        with harmless(self._clock):
            login = self._session.current()
            belongs = self._position(rendering, Place(login.did, login.pds))
            named, strangers = resolved(rendering, self._whose)
            made = embed.make(rendering, self._upload, bare=correction.bare)
        composed, rkey = rendering.composed or self._clock.now(), self._rkey(rendering, key)
        created = max(composed, belongs.after + thread.STEP) if belongs and belongs.after else composed
        reply = belongs.reply if belongs else None
        prepared = {
            "repo": login.did,
            "rkey": rkey,
            "record": record.build(named, made.embed, self._settings.labels, created, reply),
            "gate": None if reply else gate(login.did, rkey, rendering.replies or self._settings.replies, created),
            "warnings": [*made.warnings, *strangers],
        }
        return replace(rendering, composed=composed, prepared=prepared)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        if rendering.prepared is None:
            rendering = self.prepare(rendering, key)
        letter = rendering.prepared or {}
        with harmless(self._clock):
            login = self._session.current()
        _same_account(letter, login.did)
        self._refuse_lost_parent(letter, login)
        return self._gated(self._posted(rendering, key, letter, login), letter)

    def _posted(self, rendering: Rendering, key: str, letter: Mapping[str, Json], login: Login) -> Receipt:
        """The one publishing request."""
        try:
            answer = self._publish(letter, login)
        except Cut:
            # The status said yes, and the name of the copy is ours: only its cid is missing.
            return self._receipt(letter, self._cid(letter, login), Proof.REPLY)
        except Refused as refused:
            return self._after_refusal(refused, rendering, key)
        except (NotSent, ReplyLost) as error:
            raise from_transport(error) from error
        if "uri" not in answer:
            raise OutcomeUnknown("the server said yes without naming the record")
        proof = Proof.REPLY if answer.get("commit") else Proof.SAME_RECORD
        return self._receipt(letter, str(answer.get("cid", "")), proof)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        with harmless(self._clock):
            place = self._session.place()
            found = self._find(rendering, key, since, place)
            if found is None:
                return None
            letter = {**(rendering.prepared or {}), "repo": place.did, "rkey": found.rkey, "warnings": ()}
            receipt = self._receipt(letter, found.cid, Proof.READ_BACK)
            if letter.get("gate") and reading.read(self._xrpc, self._clock, place, found.rkey, GATE_COLLECTION) is None:
                return replace(receipt, warnings=(UNGATED,))
        return receipt

    def delete(self, receipt: Receipt) -> None:
        """A record that is gone already is deleted as well, says the server."""
        repo, _, rest = receipt.remote_id.removeprefix("at://").partition("/")
        collection, _, rkey = rest.partition("/")
        if collection != POST_COLLECTION or not rkey:
            raise Rejected(f"{receipt.remote_id!r} names no post on Bluesky")
        with harmless(self._clock):
            _same_account({"repo": repo}, self._session.current().did)
            for one in (POST_COLLECTION, *([GATE_COLLECTION] if receipt.extra.get("gate") else [])):
                body = {"repo": repo, "collection": one, "rkey": rkey}
                self._session.call(partial(self._delete, body))

    def close(self) -> None:
        self._http.close()

    def _delete(self, body: Json, login: Login) -> dict[str, Json]:
        return self._xrpc.call(login.pds, "com.atproto.repo.deleteRecord", login.access, body)

    # Threads, and who may answer them

    def _position(self, rendering: Rendering, place: Place) -> thread.Position | None:
        to = rendering.reply_to
        return None if to is None else thread.position(to, self._xrpc, self._clock, place)

    def _refuse_lost_parent(self, letter: Mapping[str, Json], login: Login) -> None:
        """It was there when the record was made. Where it has gone since, nothing new is sent; what is out stays."""
        parent, place = record.answered(letter["record"]), Place(login.did, login.pds)
        if parent is None:
            return
        with harmless(self._clock):
            for rkey in (thread.rkey_of(parent), str(letter["rkey"])):
                if reading.read(self._xrpc, self._clock, place, rkey) is not None:
                    return
        raise Rejected(thread.GONE)

    def _gated(self, receipt: Receipt, letter: Mapping[str, Json]) -> Receipt:
        """Say who may answer, now that there is something to answer. Where that stays unsaid the whole delivery is in
        doubt: it is sent again, and the post that is there already stays as it is."""
        if not letter.get("gate"):
            return receipt
        try:
            self._publish({**letter, "record": letter["gate"]}, self._session.current(), GATE_COLLECTION)
        except Refused as refused:
            if refused.error == "InvalidSwap":  # the owner has been there meanwhile
                return receipt
            error = publishing(refused, self._clock.now())
            if not isinstance(error, Rejected):
                raise OutcomeUnknown(f"{UNGATED_YET}: {error.reason}") from refused
            return replace(receipt, warnings=(*receipt.warnings, f"{UNGATED}: {error.reason}"))
        except Cut:
            return receipt
        except (NotSent, ReplyLost, ConnectorError) as error:
            raise OutcomeUnknown(f"{UNGATED_YET}: {error}") from error
        return receipt

    def _whose(self, handle: str) -> str | None:
        return did_of(handle, self._settings, self._xrpc, self._clock)

    def _cid(self, letter: Mapping[str, Json], login: Login) -> str:
        """What answers to the post will need; they can look it up as well, so it may be missing."""
        try:
            found = reading.read(self._xrpc, self._clock, Place(login.did, login.pds), str(letter["rkey"]))
        except (Refused, NotSent, ReplyLost, ConnectorError):
            return ""
        return found.cid if found else ""

    # Sending

    def _publish(self, letter: Mapping[str, Json], login: Login, collection: str = POST_COLLECTION) -> dict[str, Json]:
        try:
            return self._put(letter, login, collection)
        except Refused as refused:
            if not refused.stale:
                raise
        # A token that has just ended was refused before any work was done, and the call is idempotent besides: the
        # one case in which sending once more is no retry of a publishing call.
        with harmless(self._clock):
            renewed = self._session.renew(login)
        return self._put(letter, renewed, collection)

    def _put(self, letter: Mapping[str, Json], login: Login, collection: str) -> dict[str, Json]:
        body = {
            "repo": letter["repo"],
            "collection": collection,
            "rkey": letter["rkey"],
            "record": letter["record"],
            "swapRecord": None,  # left out, it would mean “overwrite”
        }
        return self._xrpc.call(login.pds, "com.atproto.repo.putRecord", login.access, body)

    def _after_refusal(self, refused: Refused, rendering: Rendering, key: str) -> Receipt:
        if refused.error == "InvalidSwap":
            return self._taken(rendering, key)
        correction = self._corrections.of(key)
        if refused.status < 500 and is_about_media(refused) and not correction.bare:
            self._corrections.note(key, replace(correction, bare=True))
            raise Retryable(f"the server refuses the pictures: {refused}", prepare_again=True) from refused
        if refused.status < 500 and refused.error in ELSEWHERE:
            raise self._session.judged(refused) from refused
        raise publishing(refused, self._clock.now()) from refused

    def _taken(self, rendering: Rendering, key: str) -> Receipt:
        """Something stands under our record key: an earlier try of ours, or, by rare chance, another post."""
        letter = rendering.prepared or {}
        try:
            found = reading.read(self._xrpc, self._clock, self._session.place(), str(letter["rkey"]))
        except (Refused, NotSent, ReplyLost, ConnectorError) as error:
            raise OutcomeUnknown(f"a record is there already, and could not be read: {error}") from error
        if found is None:
            raise OutcomeUnknown("a record was there already, and is gone again")
        if record.has_our_place(found.record, rendering, letter["record"]):
            return self._receipt(letter, found.cid, Proof.SAME_RECORD)
        correction = self._corrections.of(key)
        self._corrections.note(key, replace(correction, salt=correction.salt + 1))
        raise Retryable("another post has this record key; taking the next one", prepare_again=True)

    def _find(self, rendering: Rendering, key: str, since: datetime, place: Place) -> reading.Found | None:
        letter = rendering.prepared
        if letter is not None:
            _same_account(letter, place.did)
        rkey = str(letter["rkey"]) if letter else self._rkey(rendering, key)
        found = reading.read(self._xrpc, self._clock, place, rkey)
        if found is not None and record.has_our_place(found.record, rendering, (letter or {}).get("record")):
            return found
        if letter is not None:
            return None
        began = min(since, rendering.composed or since)
        lowest = tid.floor(min(began, rendering.published or began))
        return reading.scan(self._xrpc, self._clock, place, rendering, began, lowest)

    def _rkey(self, rendering: Rendering, key: str) -> str:
        composed = rendering.composed or self._clock.now()
        return tid.derive(min(rendering.published or composed, composed), key, self._corrections.of(key).salt)

    def _upload(self, image: Attachment) -> Json:
        answer = self._session.call(lambda login: self._xrpc.upload(login.pds, login.access, image.data, image.mime))
        if not isinstance(answer.get("blob"), dict):
            raise Retryable("the server took a picture and did not say under which name")
        return answer["blob"]

    def _receipt(self, letter: Mapping[str, Json], cid: str, proof: Proof) -> Receipt:
        did, rkey = letter["repo"], letter["rkey"]
        return Receipt(
            remote_id=f"at://{did}/{POST_COLLECTION}/{rkey}",
            url=f"{self._settings.web}/profile/{did}/post/{rkey}",
            proof=proof,
            warnings=tuple(letter.get("warnings", ())),
            extra=({"cid": cid} if cid else {}) | ({"gate": True} if letter.get("gate") else {}),
        )


def _same_account(letter: Mapping[str, Json], did: str) -> None:
    """What was made for one account must not turn up on another, least of all when it may be on the first already."""
    if letter["repo"] != did:
        raise AuthRequired(
            f"this was made for the account {letter['repo']}, and `handle` now leads to {did}; "
            "put the old handle back, or skip the delivery"
        )
