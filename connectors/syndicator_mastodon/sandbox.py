"""A pretend Mastodon, or one of its relatives, on loopback: what the connector needs of the client API, and its bugs.

Enters: requests as the connector sends them. Leaves: answers as real servers give them, from the rows in
`sandbox_rows.py`. One thing is not played: up to 4.5 two requests with one key at the same time could both publish
(mastodon #21840); here one request is answered after the other.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator_mastodon import sandbox_instances as instances
from syndicator_mastodon.flavour import numbers_of
from syndicator_mastodon.sandbox_bodies import body_of, data_of, is_json, multipart
from syndicator_mastodon.sandbox_oauth import OAuth
from syndicator_mastodon.sandbox_people import People
from syndicator_mastodon.sandbox_posting import Posting
from syndicator_mastodon.sandbox_rows import ROWS, Row
from syndicator_mastodon.sandbox_state import ALL_SCOPES, Account, App, Medium, Refusal, Status, Token, iso

UNATTACHED = 24 * 3600.0
WINDOW = 3 * 3600.0


class PretendMastodon(PretendService):
    """`token` belongs to `account`; `list_lag` and `polls` make new posts and uploads appear late."""

    publishing = "POST /api/v1/statuses$"
    identity = "GET /api/v1/accounts/verify_credentials"

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        *,
        flavour: str = "mastodon",
        version: str | None = None,
        list_lag: float = 0.0,  # seconds until a new post stands in the account's list
        polls: int = 0,  # how often an upload is "still processing"
        posts_per_window: int = 300,
        neighbours: tuple[str, ...] = ("alice",),
        far: tuple[str, ...] = ("ada@far.example",),  # people of other servers
        **row: Any,  # changes to the flavour's row
    ) -> None:
        super().__init__(now)
        self.flavour = flavour
        self.row: Row = (
            replace(ROWS[flavour], **row) if version is None else replace(ROWS[flavour], version=version, **row)
        )
        self.list_lag, self.polls, self.posts_per_window = list_lag, polls, posts_per_window
        self.people = People(self.url, neighbours, far)
        self.mentionable = ("@ada@far.example", "@ada@far.example")
        self.account = Account("1000", "blogger", f"{self.url}/@blogger")
        self.app = App("syndicator", "own-app", secrets.token_urlsafe(8), ALL_SCOPES)
        self.tokens: dict[str, Token] = {}
        self.revoked: dict[str, Token] = {}
        self.token = self.issue_token()
        modern = flavour == "mastodon" and numbers_of(self.row.version) >= (4, 3, 0)
        self.oauth = OAuth(self, modern=modern)
        self.oauth.apps[self.app.client_id] = self.app
        self.media: dict[str, Medium] = {}
        self.posting = Posting(self)

    # For tests and demonstrations

    def issue_token(self, account: Account | None = None, scopes: str = ALL_SCOPES, *, user: bool = True) -> str:
        """A new access token of an app made by hand; with user=False one that stands for the application alone."""
        app = self.app if scopes == self.app.scopes else replace(self.app, scopes=scopes)
        return self.issue(app, scopes, account, user=user)

    def issue(self, app: App, scopes: str, account: Account | None = None, *, user: bool = True) -> str:
        name = secrets.token_urlsafe(16)
        self.tokens[name] = Token((account or self.account) if user else None, app, scopes)
        return name

    def settings(self, **more: Any) -> dict[str, Any]:
        """What a network's file has to say to reach this service."""
        return {"instance": self.url, "access_token": self.token, **more}

    def copies(self) -> list[dict[str, Any]]:
        with self.lock:
            known = self.posting.statuses
            return [s.copy(known[s.answers].url if s.answers else None) for s in known.values()]

    def revoke(self) -> None:
        """The owner takes the app's access away."""
        self.revoked[self.token] = self.tokens.pop(self.token)

    def restore(self) -> None:
        self.tokens |= self.revoked

    def become_another(self) -> dict[str, Any]:
        """The same token opens another account; what else has to change in the settings for that: nothing."""
        self.tokens[self.token].account = Account("2000", "other", f"{self.url}/@other")
        return {}

    def approve(self, authorize_url: str) -> str:
        """Be the owner in front of the browser: the code that the page shows."""
        return self.oauth.agree(dict(parse_qsl(urlsplit(authorize_url).query)))

    # Answering

    def answer(self, request: Request) -> Reply:
        try:
            reply = self._route(request)
        except Refusal as refusal:
            reply = refusal.reply()
        return Reply(reply.status, reply.body, {**self._rate_headers(), **reply.headers})

    def _route(self, request: Request) -> Reply:
        if self.flavour == "takahe" and request.headers.get("authorization"):
            self._token(request)  # its middleware refuses a bad one at any address
        for method, pattern, work, scope in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if method == request.method and found:
                return (
                    work(self, request, *found.groups())
                    if scope is None
                    else self._guarded(request, work, scope, found)
                )
        raise Refusal(404, "Not Found", voice=self.row.missing)

    def _guarded(self, request: Request, work: Any, scope: str, found: re.Match[str]) -> Reply:
        token = self._token(request)
        if scope and self.row.scopes and not any(token.allows(s) for s in scope.split()):
            raise Refusal(403, "This action is outside the authorized scopes")
        if scope and token.account is None:
            raise Refusal(422, "This method requires an authenticated user")
        if token.account is not None and token.account.suspended:
            raise Refusal(403, "Your login is currently disabled")
        answered: Reply = work(self, request, token, *found.groups())
        return answered

    def _token(self, request: Request) -> Token:
        token = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if token is None:
            verify = request.path.endswith("/accounts/verify_credentials")
            status, voice = self.row.bad_token
            raise Refusal(self.row.bad_token_verify if verify else status, self._bad_token_words(), voice=voice)
        return token

    def _bad_token_words(self) -> str:
        return {"takahe": "Invalid Bearer token", "snac": ""}.get(self.flavour, "The access token is invalid")

    def _rate_headers(self) -> dict[str, str]:
        if not self.row.limits_rate:
            return {}
        resets = (self.now() // WINDOW + 1) * WINDOW  # windows are aligned to the epoch
        left = max(0, self.posts_per_window - self.posting.used(WINDOW))
        reset = iso(resets).replace("Z", "000Z")  # microseconds; Mastodon sends no Retry-After
        return {
            "X-RateLimit-Limit": str(self.posts_per_window),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset,
        }

    # What it is

    def instance_v2(self, request: Request) -> Reply:
        if not self.row.has_v2:
            raise Refusal(404, "Not Found", voice=self.row.missing)
        return Reply(200, instances.second(self.row, self.flavour, self.url))

    def instance_v1(self, request: Request) -> Reply:
        return Reply(200, instances.first(self.row, self.flavour, self.url))

    def nodeinfo_links(self, request: Request) -> Reply:
        schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return Reply(200, {"links": [{"rel": schema, "href": f"{self.url}/nodeinfo/2.0"}]})

    def nodeinfo(self, request: Request) -> Reply:
        return Reply(200, {"version": "2.0", "software": {"name": self.row.software, "version": self.row.version}})

    # Who is there

    def verify_credentials(self, request: Request, token: Token) -> Reply:
        return Reply(200, token.account.json() if token.account else {})

    def verify_app(self, request: Request, token: Token) -> Reply:
        # What the app was registered for; a token of it may have been granted less.
        return Reply(200, {"name": token.app.name, "scopes": token.app.scopes.split()})

    # Media

    def upload(self, request: Request, token: Token) -> Reply:
        part, fields = multipart(request)
        if part is None:
            raise Refusal(422, "Validation failed: File can't be blank")
        medium, max_alt = self._medium(part, fields, token), instances.max_alt(self.row, self.flavour)
        if not medium.is_image and self.row.bad_image[0] != 200:
            raise Refusal(self.row.bad_image[0], "Validation failed: File is invalid", voice=self.row.bad_image[1])
        if len(medium.description) > max_alt:
            raise Refusal(422, f"Validation failed: Description is too long (maximum is {max_alt} characters)")
        self.media[medium.id] = medium
        return Reply(202 if medium.polls_left else 200, medium.json(self.url))

    def _medium(self, part: EmailMessage, fields: Mapping[str, str], token: Token) -> Medium:
        return Medium(
            id=str(part.get_filename()) if self.flavour == "snac" else self.posting.next_id(),  # snac: one name, one id
            owner=token.account.id if token.account else "",
            data=data_of(part),
            mime=part.get_content_type(),
            name=part.get_filename() or "",
            description=fields.get("description", ""),
            at=self.now(),
            polls_left=self.polls,
        )

    def medium_state(self, request: Request, token: Token, media_id: str) -> Reply:
        medium = self.media_of(token).get(media_id)
        if medium is None or medium.attached_to:
            raise Refusal(404, "Record not found", voice=self.row.missing)
        if medium.broken:
            raise Refusal(422, "Error processing thumbnail for uploaded media")
        medium.polls_left = max(0, medium.polls_left - 1)
        return Reply(206 if medium.polls_left else 200, medium.json(self.url))

    def media_of(self, token: Token) -> dict[str, Medium]:
        """The account's media; what no post has used for a day is deleted."""
        stale = [m.id for m in self.media.values() if not m.attached_to and self.now() - m.at > UNATTACHED]
        for media_id in stale:
            del self.media[media_id]
        return {m.id: m for m in self.media.values() if token.account and m.owner == token.account.id}

    # Statuses

    def post(self, request: Request, token: Token) -> Reply:
        key = request.headers.get("idempotency-key")
        if is_json(request) or self.row.reads_forms:
            return self.posting.post(body_of(request), token, key)
        # Hollo takes a form for a request without fields, and publishes an empty post.
        return self.posting.post({}, token, key, checked=False)

    def list_statuses(self, request: Request, token: Token, account_id: str) -> Reply:
        bounds = {name: request.query[name][0] for name in ("max_id", "min_id", "since_id") if name in request.query}
        limit = min(int(request.query.get("limit", ["20"])[0]), 40)
        return Reply(200, [s.json(self.url) for s in self.posting.listed(account_id, bounds, limit)])

    def show(self, request: Request, token: Token, status_id: str) -> Reply:
        return Reply(200, self.own(token, status_id).json(self.url))

    def page(self, request: Request, _: str, status_id: str) -> Reply:
        """What readers see at the permalink."""
        status = self.posting.statuses.get(status_id)
        if status is None:
            raise Refusal(404, "Not Found", voice=self.row.missing)
        return Reply(200, f"<!doctype html>{status.html}".encode(), {"Content-Type": "text/html; charset=utf-8"})

    def source(self, request: Request, token: Token, status_id: str) -> Reply:
        status = self.own(token, status_id)
        return Reply(200, {"id": status.id, "text": status.text, "spoiler_text": status.spoiler_text})

    def edit(self, request: Request, token: Token, status_id: str) -> Reply:
        return self.posting.edit(self.own(token, status_id), body_of(request), token)

    def delete(self, request: Request, token: Token, status_id: str) -> Reply:
        status = self.own(token, status_id)
        self.posting.remove(status)
        return Reply(200, {**status.json(self.url), "text": status.text})

    def lookup(self, request: Request) -> Reply:
        """Open to everybody, but whoever shows a token has to have the scope (read in source, not tried)."""
        if request.headers.get("authorization") and not self._token(request).allows("read:accounts"):
            raise Refusal(403, "This action is outside the authorized scopes")
        person = self.people.asked(request.query.get("acct", [""])[0])
        if person is None:
            raise Refusal(404, "Record not found", voice=self.row.missing)
        return Reply(200, person.json())

    def own(self, token: Token, status_id: str) -> Status:
        status = self.posting.statuses.get(status_id)
        if status is None or status.account is not token.account:
            raise Refusal(404, "Record not found", voice=self.row.missing)
        return status


def _oauth(work: Callable[[OAuth, Request], Reply]) -> Callable[[PretendMastodon, Request], Reply]:
    return lambda service, request: work(service.oauth, request)


_ID = r"([^/]+)"
ROUTES: tuple[tuple[str, str, Any, str | None], ...] = (
    ("GET", f"/@{_ID}/{_ID}", PretendMastodon.page, None),
    ("GET", "/api/v2/instance", PretendMastodon.instance_v2, None),
    ("GET", "/api/v1/instance", PretendMastodon.instance_v1, None),
    ("GET", r"/\.well-known/nodeinfo", PretendMastodon.nodeinfo_links, None),
    ("GET", r"/nodeinfo/2\.0", PretendMastodon.nodeinfo, None),
    ("GET", r"/\.well-known/oauth-authorization-server", _oauth(OAuth.metadata), None),
    ("POST", "/api/v1/apps", _oauth(OAuth.register), None),
    ("GET", "/oauth/authorize", _oauth(OAuth.page), None),
    ("POST", "/oauth/authorize", _oauth(OAuth.decide), None),
    ("GET", "/oauth/authorize/native", _oauth(OAuth.native), None),
    ("POST", "/oauth/token", _oauth(OAuth.exchange), None),
    ("GET", "/api/v1/apps/verify_credentials", PretendMastodon.verify_app, ""),
    ("GET", "/api/v1/accounts/verify_credentials", PretendMastodon.verify_credentials, "profile read:accounts"),
    ("GET", "/api/v1/accounts/lookup", PretendMastodon.lookup, None),
    ("GET", f"/api/v1/accounts/{_ID}/statuses", PretendMastodon.list_statuses, "read:statuses"),
    ("POST", "/api/v[12]/media", PretendMastodon.upload, "write:media"),
    ("GET", f"/api/v1/media/{_ID}", PretendMastodon.medium_state, "write:media"),
    ("POST", "/api/v1/statuses", PretendMastodon.post, "write:statuses"),
    ("GET", f"/api/v1/statuses/{_ID}", PretendMastodon.show, "read:statuses"),
    ("GET", f"/api/v1/statuses/{_ID}/source", PretendMastodon.source, "read:statuses"),
    ("PUT", f"/api/v1/statuses/{_ID}", PretendMastodon.edit, "write:statuses"),
    ("DELETE", f"/api/v1/statuses/{_ID}", PretendMastodon.delete, "write:statuses"),
)
