"""A pretend LinkedIn: REST API, OAuth pages and upload address in one server, bad habits included.

For `syndicate demo`, previews and tests. It can be posted to and not read, as the real one by everybody's apps. Where a
fact about LinkedIn is not certain ([U]), the parts say so.
"""

import html
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator_linkedin.sandbox_images import Images
from syndicator_linkedin.sandbox_oauth import MEMBER_PRODUCTS, PAGE_PRODUCTS, App, Consent, Grant, Problem
from syndicator_linkedin.sandbox_posts import Post, Posts
from syndicator_linkedin.sandbox_versions import Calendar
from syndicator_linkedin.sandbox_view import shown

QUOTA = 150  # requests per member and UTC day


class PretendLinkedIn(PretendService):
    """One member, one page of theirs, one app. `posts.kept` is what was published."""

    publishing = r"POST /rest/posts$"
    identity = r"GET /v2/userinfo$"

    def __init__(self, now: Callable[[], float] = time.time, *, name: str = "Ada Pretend") -> None:
        super().__init__(now)
        self.sub, self.name, self.page = "AbC123dEf", name, "2414183"
        self.app = App("86pretendapp", "WPL_AP1.pretend.secret")
        self.consent = Consent(self.app)
        self.calendar = Calendar()
        self.images = Images()
        self.posts = Posts(self.images)
        self.quota = QUOTA
        self.comments_allowed = True
        self.spent: Counter[tuple[str, str]] = Counter()
        self.token = self.consent.grant(MEMBER_PRODUCTS, self.app.client_id, now())
        self.page_token = self.consent.grant(PAGE_PRODUCTS, self.app.client_id, now())

    def settings(self) -> dict[str, Any]:
        """What to write in a network's file to post here. Images are ready at once, so nothing has to be waited for."""
        return {"access_token": self.token, "api": self.url, "www": self.url, "image_grace": 0}

    def revoke(self) -> None:
        """The member withdraws the app's permission on LinkedIn's settings page."""
        with self.lock:
            for grant in self.consent.grants.values():
                grant.revoked = True

    def restore(self) -> None:
        with self.lock:
            for grant in self.consent.grants.values():
                grant.revoked = False

    def become_another(self) -> None:
        """The same token, and somebody else behind it: what a token of another app or person looks like."""
        with self.lock:
            self.sub, self.name = "ZyX987wVu", "Somebody Else"

    mentionable = ("@Grace Pretend", "urn:li:person:Grace1")

    @property
    def person(self) -> str:
        return f"urn:li:person:{self.sub}"

    def copies(self) -> list[dict[str, Any]]:
        """Every post as readers see it, oldest first."""
        with self.lock:
            return [shown(post, self.images, self._name_of(post), self.url) for post in self._visible()]

    def answer(self, request: Request) -> Reply:
        path = unquote(request.path)
        try:
            if path.startswith("/rest/"):
                return self._rest(request, path.removeprefix("/rest/"))
            return self._elsewhere(request, path)
        except Problem as problem:
            return Reply(problem.status, problem.body, {"x-li-uuid": "AAYPretend=="})

    def _elsewhere(self, request: Request, path: str) -> Reply:
        if path == "/v2/userinfo" and request.method == "GET":
            return self._userinfo(request)
        if path.startswith("/v2/"):
            raise Problem(403, "ACCESS_DENIED", f"Not enough permissions to access: {path}")
        if path == "/oauth/v2/authorization":
            return self.consent.page(request, self.now())
        if path == "/oauth/v2/accessToken":
            return self.consent.exchange(request, self.now())
        if path == "/oauth/v2/introspectToken":
            return self.consent.introspect(request, self.now())
        if path.startswith("/dms-uploads/") and request.method == "PUT":
            self._caller(request)
            return self.images.take(request, self.now())
        return self._page(path)

    def _rest(self, request: Request, path: str) -> Reply:
        self.calendar.check(request.headers.get("linkedin-version"), self.now())
        grant = self._caller(request)
        self._spend()
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise Problem(400, "PROTOCOL_VERSION", "this pretend service speaks Rest.li 2.0.0 only")
        method = f"{request.method} {path.partition('/')[0]}"
        if method == "POST posts" and path == "posts":
            return self._post(request, grant)
        if method == "POST images":
            return self.images.initialize(request, self._author(grant), self.url, self.now())
        if method == "DELETE posts":
            return self._delete(path.removeprefix("posts/"), grant)
        if method == "POST socialActions" and path.endswith("/comments"):
            return self._comment(request, path.split("/")[1], grant)
        if method in ("GET posts", "GET images"):
            raise Problem(403, "ACCESS_DENIED", f"Not enough permissions to access: {method}")
        raise Problem(404, "RESOURCE_NOT_FOUND", f"No root resource defined for path '/{path}'")

    # Who calls

    def _caller(self, request: Request) -> Grant:
        return self.consent.holder(request.headers.get("authorization", ""), self.now())

    def _author(self, grant: Grant) -> str:
        return f"urn:li:organization:{self.page}" if "w_organization_social" in grant.scopes else self.person

    def _allowed(self, grant: Grant, author: str, what: str) -> None:
        scope = "w_organization_social" if ":organization:" in author else "w_member_social"
        if scope not in grant.scopes or author not in (self.person, f"urn:li:organization:{self.page}"):
            raise Problem(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}")

    def _spend(self) -> None:
        """[U] Which requests count is not known; here all versioned ones do, and the PUT of an image does not."""
        day = datetime.fromtimestamp(self.now(), UTC).date().isoformat()
        if self.spent[self.person, day] >= self.quota:
            words = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."
            raise Problem(429, "TOO_MANY_REQUESTS", words)
        self.spent[self.person, day] += 1

    def _userinfo(self, request: Request) -> Reply:
        grant = self._caller(request)
        if not {"openid", "profile"} <= grant.scopes:
            raise Problem(403, "ACCESS_DENIED", "Not enough permissions to access: userinfo.GET.NO_VERSION")
        locale = {"country": "US", "language": "en"}
        return Reply(200, {"sub": self.sub, "name": self.name, "given_name": self.name.split()[0], "locale": locale})

    # What they do

    def _post(self, request: Request, grant: Grant) -> Reply:
        body = request.json()
        self._allowed(grant, str(body.get("author")), "posts.CREATE")
        post = self.posts.make(body, self.now())
        return Reply(201, None, {"x-restli-id": post.urn} if self.posts.names_posts_made else {})

    def _delete(self, urn: str, grant: Grant) -> Reply:
        """[U] With `w_member_social` alone; a second time changes nothing."""
        post = self.posts.kept.get(urn)
        if post is not None:
            self._allowed(grant, post.author, "posts.DELETE")
            post.gone = True
        return Reply(204)

    def _comment(self, request: Request, urn: str, grant: Grant) -> Reply:
        """[U] Whether a member's app may comment: reports disagree, so it can be forbidden here. The text is plain."""
        body, post = request.json(), self.posts.kept.get(urn)
        if post is None or post.gone:
            raise Problem(404, "NOT_FOUND", f"{urn} not found")
        self._allowed(grant, str(body.get("actor")), "socialActions.CREATE")
        if not self.comments_allowed:
            raise Problem(403, "ACCESS_DENIED", "Not enough permissions to access: partnerApiSocialActions.CREATE")
        if body.get("object") != urn:
            raise Problem(400, "INVALID_VALUE_FOR_FIELD", "object")
        post.comments.append(str(body["message"]["text"]))
        return Reply(201, {"$URN": f"urn:li:comment:({urn},1)"}, {"x-restli-id": "1"})

    # What readers see

    def _visible(self) -> list[Post]:
        return [post for post in self.posts.kept.values() if post.shown and not post.gone]

    def _name_of(self, post: Post) -> str:
        return self.name if post.author == self.person else f"Page {self.page}"

    def _page(self, path: str) -> Reply:
        as_html = {"Content-Type": "text/html; charset=utf-8"}
        if path.startswith("/sharing/share-offsite"):
            return Reply(200, b"<!doctype html><p>Share this</p>", as_html)
        urn = path.removeprefix("/feed/update/").strip("/")
        post = next((post for post in self._visible() if post.urn == urn), None)
        if post is None:
            return Reply(404, b"<!doctype html><p>This page doesn't exist</p>", as_html)
        return Reply(200, f"<!doctype html><p>{html.escape(post.reading.text)}</p>".encode(), as_html)
