"""One Tumblr blog, on pytumblr with its transport replaced (`transport.py`).

Enters: a rendering and a key. Leaves: a receipt, or one of the contract's exceptions. It publishes with exactly one
request and never repeats it. Tumblr knows no keys and takes the same post twice, so after doubt only the blog itself
says what happened: our slug and the original's address are the marks (`copies.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
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
from syndicator_tumblr import account, answers, draft, handoff, letter, people
from syndicator_tumblr.answers import harmless, publishing
from syndicator_tumblr.corrections import Corrections
from syndicator_tumblr.looking import Looking
from syndicator_tumblr.puzzles import Puzzles
from syndicator_tumblr.reading import id_of
from syndicator_tumblr.settings import CREDENTIALS, TumblrSettings
from syndicator_tumblr.staging import GONE, Staging
from syndicator_tumblr.transport import Cut, Keys, Refused, Transport, client_class, lacks

if TYPE_CHECKING:
    from pydantic import BaseModel

    from syndicator.http import Http

CLOCKS_DIFFER = timedelta(minutes=10)
LOOK_BACK = 3  # pages, where a post is looked for to be deleted
RESENDS = 2  # of a post over which Tumblr stumbles
STUMBLES = (
    "Tumblr has stumbled over this post each time it was sent; it is not sent again by itself, and not being found "
    "proves little by now"
)


class TumblrConnector:
    kind: ClassVar[str] = "tumblr"
    api: ClassVar[int] = API
    Settings: ClassVar["type[BaseModel]"] = TumblrSettings
    sandbox: ClassVar[str | None] = "syndicator_tumblr.sandbox:PretendTumblr"

    def __init__(self, settings: TumblrSettings, http: "Http", tokens: TokenStore, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        by_hand = settings.mode == "handoff"
        keys = Keys(**{name: _told(getattr(settings, name)) for name in CREDENTIALS})
        self._client = None if by_hand else _client(keys, settings.api)
        self._http = http.allowing(*settings.named_by_owner()).session()
        self._transport = Transport(self._http, settings.api, keys, self._clock, signed=not by_hand)
        if self._client is not None:
            self._client.request = self._transport
        self._corrections = Corrections(tokens)
        self._puzzles = Puzzles(tokens)
        self._looking = Looking(settings, self._get if keys.consumer_key else None)
        self._blog: account.Blog | None = None

    @classmethod
    def open(cls, settings: TumblrSettings, http: "Http", tokens: TokenStore) -> Self:
        """Raises ConfigError when pytumblr is needed and not installed."""
        return cls(settings, http, tokens)

    @classmethod
    def lacks(cls) -> str:
        """What is to be installed before this connector can post, as a sentence; empty when all is there."""
        return lacks()

    @classmethod
    def authorise(cls, talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        from syndicator_tumblr import auth

        return auth.authorise(talk, http, known)

    @property
    def capabilities(self) -> Capabilities:
        full = self._settings.layout == "full"
        return Capabilities(
            max_length=50_000,  # ours: a text block holds 4,096, and there may be a thousand
            hashtags=Hashtags.NONE,  # tags stand below a post, apart from its text
            inert_text=True,
            max_images=30 if full else 10,
            max_image_bytes=10_000_000,  # of the older API; for this one no limit is stated
            image_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
            max_alt=4096,
            card=True,
            whole_post=full,
            by_hand=self._settings.mode == "handoff",
            max_card_image_bytes=2_000_000,
            content_warning=True,
            visibilities=("published", "queue", "private", "draft"),
            resend=Resend.LOOKUP,
            settle=timedelta(seconds=180),
        )

    def measure(self, text: str) -> int:
        return len(text)

    def whoami(self) -> Identity:
        with harmless(self._clock):
            if self._client is None:
                return self._reader()
            self._blog = account.chosen(account.blogs(self._client.info()), self._settings.blog)
            return account.identity(self._blog, account.limits(self._transport.get))

    # Publishing

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Fix the post to the last byte; in a staged network, make the draft."""
        if self._client is None:
            return replace(rendering, prepared={})
        now = self._clock.now()
        with harmless(self._clock):
            blog = self._own_blog()
            named, strangers = self._named(rendering)
        correction = self._corrections.of(key)
        start = max(now, rendering.composed or now)
        made = draft.draft(named, self._settings, key, correction, start)
        made = replace(made, warnings=(*made.warnings, *strangers))
        prepared = letter.of(made, blog.uuid, blog.name, self._settings.blog)
        if self._settings.stage and draft.state_of(rendering, self._settings) != "draft":
            prepared |= self._staged(replace(rendering, prepared=prepared), key)
        return replace(rendering, composed=rendering.composed or now, prepared=prepared)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        if self._client is None:
            raise Rejected('with mode = "handoff" a person publishes')
        if rendering.prepared is None:
            rendering = self.prepare(rendering, key)
        sent: Mapping[str, Json] = rendering.prepared or {}
        self._check(sent)
        try:
            answer = self._publish(rendering, key)
        except Cut:
            return self._adopted(rendering, key)
        except Refused as refused:
            return self._after_refusal(refused, rendering, key)
        except (NotSent, ReplyLost) as error:
            raise from_transport(error) from error
        self._corrections.learn(key)
        if not str(answer.get("id") or "").isdigit():
            return self._adopted(rendering, key)
        if sent.get("draft"):
            return self._adopted(rendering, key, str(answer["id"]))
        return letter.receipt(sent, str(answer["id"]), self._settings)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        """Look among everything on the blog that is new enough. None: it is not there."""
        with harmless(self._clock):
            post = self._looking.find(rendering, key, int((since - CLOCKS_DIFFER).timestamp()))
        if post is not None:
            return letter.read_receipt(post, rendering.prepared or {}, self._settings)
        if not (rendering.prepared or {}).get("draft") and self._puzzles.times(answers.STUMBLED, key) > RESENDS:
            raise Retryable(STUMBLES)
        return None

    def hand_off(self, rendering: Rendering) -> HandOff:
        return handoff.hand_off(rendering, self._settings)

    def delete(self, receipt: Receipt) -> None:
        """A draft or queued post has another number once it is out, so one that is gone is looked for by its slug."""
        if not receipt.remote_id.isdigit():
            raise Rejected("the copy's number was lost with Tumblr's answer; delete the copy by hand")
        if self._client is None:
            raise Rejected('with mode = "handoff" nothing is known of the copy; delete it by hand')
        with harmless(self._clock):
            if self._delete(receipt.remote_id):
                return
            slug = str(receipt.extra.get("slug") or "")
            named = [p for p in self._looking.reading().newest(LOOK_BACK) if slug and p.get("slug") == slug]
            for post in named:
                self._delete(id_of(post))

    def close(self) -> None:
        self._http.close()

    # Sending

    def _publish(self, rendering: Rendering, key: str) -> dict[str, Json]:
        sent = rendering.prepared or {}
        if sent.get("draft"):
            return self._transport.put(f"/v2/blog/{sent['host']}/posts/{sent['draft']}", sent["body"])
        return self._create(rendering, key, sent["body"])

    def _create(self, rendering: Rendering, key: str, body: Mapping[str, Json]) -> dict[str, Json]:
        path = f"/v2/blog/{self._settings.blog}/posts"
        parts = letter.parts(rendering)
        if parts:
            return self._transport.upload(path, body, parts, f"syndicator-{key[:40]}")
        posted: dict[str, Json] = self._library.send_api_request("post", path, dict(body), list(body))
        return posted

    def _staged(self, rendering: Rendering, key: str) -> dict[str, Json]:
        staging = Staging(self._looking.reading(), partial(self._create, rendering, key), self._delete)
        body = (rendering.prepared or {})["body"]
        try:
            draft_id, final = staging.stage(body, key)
        except Refused as refused:
            error = self._meaning(refused, rendering, key)
            raise (Retryable(error.reason) if isinstance(error, OutcomeUnknown) else error) from refused
        except (NotSent, ReplyLost) as error:
            raise Retryable(f"no answer: {error}") from error
        return {"draft": draft_id, "body": final}

    def _check(self, sent: Mapping[str, Json]) -> None:
        if sent["host"] != self._settings.blog:
            raise AuthRequired(
                f"this was made for {sent['host']}, and `blog` now says {self._settings.blog}; put the old one back, "
                "or skip the delivery"
            )
        planned = sent["body"].get("publish_on")
        if planned and datetime.fromisoformat(planned) <= self._clock.now():
            raise Retryable("the time at which it was to come out has passed; planning it anew", prepare_again=True)

    def _after_refusal(self, refused: Refused, rendering: Rendering, key: str) -> Receipt:
        if (rendering.prepared or {}).get("draft") and refused.spoke and refused.status == 404:
            return self._draft_is_gone(rendering, key)
        raise self._meaning(refused, rendering, key) from refused

    def _draft_is_gone(self, rendering: Rendering, key: str) -> Receipt:
        """An earlier request has published it, or somebody deleted it. Only finding it is an answer."""
        try:
            found = self.find(rendering, key, rendering.composed or self._clock.now())
        except ConnectorError as error:
            raise OutcomeUnknown(f"{GONE}: {error.reason}") from error
        if found is None:
            raise OutcomeUnknown(GONE)
        return replace(found, proof=Proof.SAME_RECORD)

    def _meaning(self, refused: Refused, rendering: Rendering, key: str) -> ConnectorError:
        """What a refusal means; what can be left out is, in the next try."""
        resets = None
        if refused.spoke and refused.status == 403 and refused.code in answers.DAILY:
            kind = {answers.POSTS_TODAY: "posts", answers.VIDEOS_TODAY: "videos"}.get(refused.code, "pictures")
            resets = account.quota(account.limits(self._transport.get), kind)[2]
        puzzle = answers.puzzle(refused)
        times = self._puzzles.note(puzzle, key) if puzzle else 1
        verdict = publishing(refused, self._clock.now(), resets, times=times)
        next_try = letter.corrected(refused, rendering.prepared or {}, self._corrections.of(key))
        if next_try is None or not isinstance(verdict, Rejected):
            return verdict
        self._corrections.note(key, next_try)
        return Retryable(f"{verdict.reason}; trying a simpler form", prepare_again=True)

    def _adopted(self, rendering: Rendering, key: str, answered: str = "") -> Receipt:
        """It is out. Its number was lost, or may be the draft's; a look at the blog tells, if it shows there yet."""
        sent = rendering.prepared or {}
        try:
            found = self.find(rendering, key, rendering.composed or self._clock.now())
        except ConnectorError:
            found = None
        if found is not None:
            return replace(found, proof=Proof.REPLY, warnings=tuple(sent.get("warnings") or ()))
        known = "" if answered == sent.get("draft") else answered
        return letter.receipt(sent, known, self._settings)

    # Reading

    def _get(self, path: str, params: dict[str, Any]) -> dict[str, Json]:
        if self._client is None:
            return self._transport.get(path, {**params, "api_key": self._transport.consumer_key})
        shown: dict[str, Json] = self._client.send_api_request("get", path, dict(params), list(params), True)
        return shown

    def _named(self, rendering: Rendering) -> tuple[Rendering, tuple[str, ...]]:
        """With the ids of the blogs that are mentioned; the whole post is not made of this text."""
        if self._settings.layout == "full" and rendering.html:
            return rendering, ()
        return people.resolved(rendering, self._uuid)

    def _uuid(self, host: str) -> str | None:
        try:
            blog = self._get(f"/v2/blog/{host}/info", {}).get("blog")
        except Refused as refused:
            if refused.spoke and refused.status == 404:
                return None
            raise
        return str(blog.get("uuid") or "") if isinstance(blog, dict) else ""

    def _reader(self) -> Identity:
        """Nobody, who knows the blog; with a consumer key, whether there is such a blog."""
        home = f"https://{self._settings.blog}/"
        if not self._transport.consumer_key:
            return Identity("", self._settings.blog, home, notes=("copies are published by hand, and not looked for",))
        self._get(f"/v2/blog/{self._settings.blog}/info", {})
        return Identity("", self._settings.blog, home, notes=("copies are published by hand, and looked for",))

    @property
    def _library(self) -> Any:
        """pytumblr's client, sending through our transport."""
        return self._client

    def _own_blog(self) -> account.Blog:
        if self._blog is None:
            self.whoami()
        if self._blog is None:
            raise AssertionError("whoami names the blog")
        return self._blog

    def _delete(self, post_id: str) -> bool:
        """Whether there was such a post."""
        try:
            self._library.delete_post(self._settings.blog, post_id)
        except Refused as refused:
            if refused.spoke and refused.status == 404:
                return False
            raise
        return True


def _told(value: Any) -> str:
    return "" if value is None else value.get_secret_value()


def _client(keys: Keys, host: str) -> Any:
    """pytumblr's client. Its own transport is replaced before it is used."""
    return client_class()(keys.consumer_key, keys.consumer_secret, keys.token, keys.token_secret, host)
