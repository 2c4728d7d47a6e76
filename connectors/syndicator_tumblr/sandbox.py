"""A pretend Tumblr on loopback: API, website and login in one server, after Tumblr's documentation and what its clients
have met. For `syndicate demo`, previews and tests.

Every signature is checked. What real Tumblr is not known to do for certain is said where it is played: the picture of a
link by upload, cut slugs, a list's lag, private posts in lists, a refusal at the login.
"""

import email
import email.policy
import html
import json
import re
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, cast
from urllib.parse import parse_qs

from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator_tumblr.sandbox_oauth import OAuth
from syndicator_tumblr.sandbox_posts import Posts
from syndicator_tumblr.sandbox_rules import check
from syndicator_tumblr.sandbox_state import STUMBLED, Blog, Post, Refusal, envelope
from syndicator_tumblr.sandbox_view import shown

HOUR, DAY = 3_600, 86_400


class PretendTumblr(PretendService):
    """One account with one blog; `blogs` may be given more. `posts` holds what was posted and the day's limits."""

    # The first half is a new post, the second a draft that is published. In a staged network the draft itself is a new
    # post too, which a path cannot tell.
    publishing = r"POST /v2/blog/[^/]+/posts$|PUT /v2/blog/[^/]+/posts/\d+$"
    identity = "GET /v2/user/info$"

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        *,
        name: str = "ada",
        wraps_links: bool = True,
        takes_posters: bool = True,
        lists_private: bool = False,
        names_new_id: bool = True,
        per_hour: int = 1000,
        list_lag: float = 0.0,
    ) -> None:
        super().__init__(now)
        # Signatures and the Date of an answer go by this clock, also when `now` is exchanged later on: those who sign
        # have the machine's own then.
        handler: Any = self._server.RequestHandlerClass
        handler.date_time_string = lambda _, moment=None: formatdate(
            self.now() if moment is None else moment, usegmt=True
        )
        self.blog = Blog("t:pretend-0001", name, name.capitalize())
        self.blogs = [self.blog]
        self.others = [Blog("t:pretend-0500", "grace", "Grace")]  # of other people
        self.mentionable = ("@grace", "grace.tumblr.com")
        self.oauth = OAuth(self.url, now)
        self.token, self.token_secret = self.oauth.issue()
        self.posts = Posts(self.url, self._moment, list_lag=list_lag)
        self.wraps_links, self.takes_posters, self.lists_private = wraps_links, takes_posters, lists_private
        self.names_new_id = names_new_id
        self.per_hour = per_hour
        self.odd_headers: Mapping[str, str] | None = None  # instead of the usual ones with a 429
        self._asked: list[float] = []

    def _moment(self) -> float:
        """`now`, which may be exchanged later on."""
        return self.now()

    # For tests and demonstrations

    def settings(self, **more: Any) -> dict[str, Any]:
        """What a network's file has to say to post here."""
        return {
            "blog": self.blog.name,
            "consumer_key": self.oauth.key,
            "consumer_secret": self.oauth.secret,
            "token": self.token,
            "token_secret": self.token_secret,
            "api": self.url,
            "web": self.url,
            **more,
        }

    def copies(self) -> list[dict[str, Any]]:
        """Every post that is out, in the order in which they came out, and what waits to come out; drafts are nobody's
        to see."""
        with self.lock:
            seen = [post for _, post in sorted(self.posts.all.items()) if post.state != "draft"]
            return [shown(post, self.url, self.posts.media) for post in seen]

    def add_blog(self, name: str) -> Blog:
        blog = Blog(f"t:pretend-{len(self.blogs) + 1:04}", name, name.capitalize(), primary=False)
        self.blogs.append(blog)
        return blog

    def revoke(self) -> None:
        """The owner takes the access back."""
        self.oauth.tokens.pop(self.token, None)

    def restore(self) -> None:
        self.oauth.tokens[self.token] = self.token_secret

    def become_another(self) -> None:
        """The same four strings, and the blog's name, now belong to somebody else."""
        self.blog = Blog("t:pretend-9999", self.blog.name, self.blog.title)
        self.blogs = [self.blog]

    def publish_queue(self) -> None:
        with self.lock:
            self.posts.publish_queue()

    @staticmethod
    def stumble() -> Any:
        """The body of a failure that says nothing, for `fail_next` with the status 400."""
        return envelope(400, detail=STUMBLED)

    # Answering

    def answer(self, request: Request) -> Reply:
        try:
            if request.path.startswith("/v2/"):
                self._count()
                reply = self._route(request)
                return Reply(reply.status, reply.body, {**self._rates(), **reply.headers})
            return self._website(request)
        except Refusal as refusal:
            return refusal.reply()

    def _route(self, request: Request) -> Reply:
        for method, pattern, work in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                done: Reply = work(self, request, *found.groups())
                return done
        raise Refusal(404)

    def _count(self) -> None:
        self._asked = [moment for moment in self._asked if self.now() - moment < HOUR]
        if len(self._asked) >= self.per_hour:
            headers = self._rates() if self.odd_headers is None else dict(self.odd_headers)
            raise Refusal(429, None, "Limit Exceeded", "…", **{n.replace("-", "_"): v for n, v in headers.items()})
        self._asked.append(self.now())

    def _rates(self) -> dict[str, str]:
        """Seconds from now, not a moment."""
        left = self.per_hour - len(self._asked)
        wait = int(HOUR - (self.now() - self._asked[0])) if self._asked else HOUR
        return {
            "X-Ratelimit-Perhour-Limit": str(self.per_hour),
            "X-Ratelimit-Perhour-Remaining": str(left),
            "X-Ratelimit-Perhour-Reset": str(wait),
            "X-Ratelimit-Perday-Limit": "5000",
            "X-Ratelimit-Perday-Remaining": "4000",
            "X-Ratelimit-Perday-Reset": str(DAY // 2),
        }

    # Who is there

    def user_info(self, request: Request) -> Reply:
        self.oauth.signer(request)
        user = {"name": self.blog.name, "likes": 0, "blogs": [blog.json() for blog in self.blogs]}
        return Reply(200, envelope(200, {"user": user}))

    def user_limits(self, request: Request) -> Reply:
        self.oauth.signer(request)
        return Reply(200, envelope(200, {"user": self.posts.limits()}))

    def blog_info(self, request: Request, name: str) -> Reply:
        self._reader(request)
        found = next((blog for blog in self.others if name in (blog.name, blog.host, blog.uuid)), None)
        return Reply(200, envelope(200, {"blog": (found or self._blog(name)).json()}))

    # Posts

    def create(self, request: Request, name: str) -> Reply:
        self.oauth.signer(request)
        blog, (body, uploads) = self._own(name), _body(request)
        check(body, uploads, list(self.posts.media), self.now(), posters=self.takes_posters)
        post = self.posts.create(blog, body, uploads)
        about = {"id": str(post.id), "state": post.state, "display_text": f"Posted to {blog.name}"}
        return Reply(201, envelope(201, about))

    def change(self, request: Request, name: str, post_id: str) -> Reply:
        self.oauth.signer(request)
        post = self._post(self._own(name), post_id)
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Refusal(400, 5002, "The content of the request is invalid")  # tumblr/docs #87
        body, _ = _body(request)
        check(body, {}, list(self.posts.media), self.now(), posters=self.takes_posters)
        changed = self.posts.change(post, body)
        # Which of its two numbers the answer names is not documented.
        return Reply(200, envelope(200, {"id": str(changed.id) if self.names_new_id else post_id}))

    def show(self, request: Request, name: str, post_id: str) -> Reply:
        """For editing, so as it was written: nothing is wrapped."""
        self.oauth.signer(request)
        post = self._post(self._own(name), post_id)
        return Reply(200, envelope(200, post.json(self.url, npf=True, owner=True, wrapped=False)))

    def delete(self, request: Request, name: str) -> Reply:
        self.oauth.signer(request)
        fields = parse_qs(request.body.decode())
        post = self._post(self._own(name), fields.get("id", [""])[0])
        del self.posts.all[post.id]
        return Reply(200, envelope(200, {"id": str(post.id)}))

    def list_published(self, request: Request, name: str) -> Reply:
        owner = self._reader(request)
        if "before" in request.query and "offset" in request.query:
            raise Refusal(400, None, "before and offset exclude each other")
        blog = self._blog(name)
        found = self.posts.listed(blog, "published", private=owner and self.lists_private)
        if "before" in request.query:
            before = int(request.query["before"][0])
            found = [post for post in found if int(post.timestamp) < before]
        return self._page(request, blog, found, owner=owner)

    def list_drafts(self, request: Request, name: str) -> Reply:
        self.oauth.signer(request)
        blog = self._own(name)
        before = int(request.query.get("before_id", ["0"])[0])
        found = [post for post in self.posts.listed(blog, "draft") if not before or post.id < before]
        return self._page(request, blog, found, owner=True)

    def list_queue(self, request: Request, name: str) -> Reply:
        self.oauth.signer(request)
        blog = self._own(name)
        return self._page(request, blog, self.posts.listed(blog, "queue"), owner=True)

    def _page(self, request: Request, blog: Blog, found: list[Post], *, owner: bool) -> Reply:
        limit, offset = int(request.query.get("limit", ["20"])[0]), int(request.query.get("offset", ["0"])[0])
        if not 1 <= limit <= 20:
            raise Refusal(400, None, "limit must be between 1 and 20")
        npf = request.query.get("npf", ["false"])[0] == "true"
        page = [
            p.json(self.url, npf=npf, owner=owner, wrapped=self.wraps_links) for p in found[offset : offset + limit]
        ]
        about = {"blog": blog.json(), "posts": page, "total_posts": len(found)}
        return Reply(200, envelope(200, about))

    def _reader(self, request: Request) -> bool:
        """Whether the owner reads. Others need the consumer key, and nothing else."""
        if request.headers.get("authorization"):
            self.oauth.signer(request)
            return True
        if request.query.get("api_key", [""])[0] != self.oauth.key:
            raise Refusal(401, 1016)
        return False

    def _blog(self, name: str) -> Blog:
        found = next((b for b in self.blogs if name in (b.name, b.host, b.uuid)), None)
        if found is None:
            raise Refusal(404)
        return found

    _own = _blog  # all blogs here are the account's

    def _post(self, blog: Blog, post_id: str) -> Post:
        post = self.posts.all.get(int(post_id)) if post_id.isdigit() else None
        if post is None or post.blog is not blog:
            raise Refusal(404)
        return post

    # The website

    def _website(self, request: Request) -> Reply:
        if request.path == "/oauth/request_token":
            return self.oauth.request_token(request)
        if request.path == "/oauth/authorize":
            return self.oauth.authorize(request)
        if request.path == "/oauth/access_token":
            return self.oauth.access_token(request)
        media = self.posts.media.get(f"{self.url}{request.path}")
        if media is not None:
            return Reply(200, media.data, {"Content-Type": media.mime})
        return _html(200, "<h1>Share</h1>") if request.path == "/share" else self._permalink(request)

    def _permalink(self, request: Request) -> Reply:
        found = re.fullmatch(r"/([^/]+)/(\d+)(/[^/]*)?", request.path)
        post = self.posts.all.get(int(found[2])) if found else None
        if found is None or post is None or post.state != "published" or post.blog.name != found[1]:
            return _html(404, "<h1>There's nothing here.</h1>")
        words = (html.escape(block.get("text", "")) for block in post.content)
        return _html(200, "".join(f"<p>{text}</p>" for text in words))


def _html(status: int, body: str) -> Reply:
    return Reply(status, f"<!doctype html>{body}".encode(), {"Content-Type": "text/html; charset=utf-8"})


def _body(request: Request) -> tuple[Any, dict[str, tuple[bytes, str]]]:
    """The JSON body, and the uploads beside it: identifier → bytes and type."""
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("application/json"):
            return json.loads(request.body), {}
        if not kind.startswith("multipart/form-data"):
            raise Refusal(400, 8001, "'content' must be an array")  # a form says nothing here
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
        parts = [cast("EmailMessage", part) for part in message.iter_parts()]
        first, *media = [(str(p.get_param("name", header="content-disposition")), p) for p in parts]
        if first[0] != "json" or first[1].get_content_type() != "application/json":
            raise Refusal(400, 8001, "the first part must be named json")
        uploads = {name: (cast("bytes", p.get_payload(decode=True)), p.get_content_type()) for name, p in media}
        return json.loads(cast("bytes", first[1].get_payload(decode=True))), uploads
    except ValueError as error:
        raise Refusal(400, 8001, "the body cannot be read") from error


_BLOG = r"/v2/blog/([^/]+)"
ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/v2/user/info", PretendTumblr.user_info),
    ("GET", "/v2/user/limits", PretendTumblr.user_limits),
    ("GET", f"{_BLOG}/info", PretendTumblr.blog_info),
    ("GET", f"{_BLOG}/posts", PretendTumblr.list_published),
    ("GET", f"{_BLOG}/posts/draft", PretendTumblr.list_drafts),
    ("GET", f"{_BLOG}/posts/queue", PretendTumblr.list_queue),
    ("GET", rf"{_BLOG}/posts/(\d+)", PretendTumblr.show),
    ("POST", f"{_BLOG}/posts", PretendTumblr.create),
    ("PUT", rf"{_BLOG}/posts/(\d+)", PretendTumblr.change),
    ("POST", f"{_BLOG}/post/delete", PretendTumblr.delete),
)
