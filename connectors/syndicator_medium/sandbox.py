"""A pretend Medium: its archived API, its public feed, its Import, and the wall in front of it.

For `syndicate demo`, previews and tests. It fetches no picture; `side_loaded` says which ones Medium would fetch.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator_medium import sandbox_pages as pages
from syndicator_medium.sandbox_state import Account, Problem, Publication, Story, checked, titled
from syndicator_medium.sandbox_story import Graf, shown, taken

DAY = 24 * 60 * 60.0
_LOST_BY_IMPORT = frozenset({"pre", "figcaption"})


class PretendMedium(PretendService):
    """One account by default. `created` counts the stories made over the API, whatever was answered.

    Its bad habits: `wall` ("api", "feed"), `wall_against` a user agent, `wall_status`, `wall_header`, `quota`,
    `quota_code`, `quota_status`, `feed_delay` in seconds, `writers_refusal`.
    """

    publishing = r"^POST /v1/(users|publications)/[^/]+/posts$"
    identity = r"^GET /v1/me$"

    def __init__(self, now: Callable[[], float] = time.time, *, username: str = "ada", name: str = "Ada") -> None:
        super().__init__(now)
        self.token = "2" + "5ec7e7" * 10 + "beef"
        self.accounts: dict[str, Account] = {}
        self.account = self.add_account(username, name)
        self.tokens = {self.token: self.account}
        self.publications: dict[str, Publication] = {}
        self.stories: list[Story] = []
        self.side_loaded: list[str] = []
        self.wall: set[str] = set()
        self.wall_against = ""
        self.wall_status, self.wall_header = 403, True
        self.quota, self.quota_status, self.quota_code = 10, 429, 1007
        self.feed_delay = 0.0
        self.writers_refusal = 403  # unconfirmed: 400 is possible as well

    # What tests and the demo ask for

    @property
    def created(self) -> list[Story]:
        return [story for story in self.stories if not story.imported and not story.is_response]

    def add_account(self, username: str, name: str) -> Account:
        return self.accounts.setdefault(username, Account(username, name))

    def add_publication(self, name: str, role: str, id_: str = "b45573563f5a") -> Publication:
        publication = self.publications.setdefault(id_, Publication(id_, name))
        publication.roles[self.account.username] = role
        return publication

    def settings(self) -> dict[str, Any]:
        """What to write in a network's file to post here."""
        return {"mode": "token", "token": self.token, "status": "public", "api": self.url, "web": self.url}

    def settings_by_hand(self) -> dict[str, Any]:
        return {"mode": "handoff", "user": f"@{self.account.username}", "api": self.url, "web": self.url}

    def revoke(self) -> None:
        """The owner takes the token away."""
        self.tokens.pop(self.token, None)

    def restore(self) -> None:
        self.tokens[self.token] = self.account

    def become_another(self) -> None:
        """The same token opens another account from now on."""
        self.account = self.tokens[self.token] = self.add_account("grace", "Grace")

    def import_story(self, url: str, title: str, html: str, published: float | None = None) -> str:
        """What “Import a story” does: a draft, with canonical link and footer, dated back. Its id."""
        grafs = [Graf("h1", [{"text": title, "marks": ""}])]
        grafs += [graf for graf in taken(_without_tables(html)) if graf.kind not in _LOST_BY_IMPORT]
        at = self.now() if published is None else published
        with self.lock:
            story = self._keep("draft", title, [*grafs, _import_footer(url, at)], at, canonical=url, imported=True)
        return story.id

    def publish_import(self, id_: str) -> Story:
        """The owner publishes a draft; the date that Import gave it stays."""
        with self.lock:
            story = next(story for story in self.stories if story.id == id_)
            story.status, story.listed_at = "public", self.now()
        return story

    def write(self, title: str, html: str, *, response: bool = False) -> Story:
        """The owner writes a story, or a response to somebody else's, in the editor."""
        grafs = [Graf("h1", [{"text": title, "marks": ""}]), *taken(html)]
        with self.lock:
            return self._keep("public", title, grafs, self.now(), is_response=response)

    def copies(self) -> list[dict[str, Any]]:
        """Every story as its readers would see it, drafts as their author would; the oldest first."""
        with self.lock:
            return [self._copy(story) for story in self.stories if not story.is_response]

    def _copy(self, story: Story) -> dict[str, Any]:
        blocks = shown(story.grafs)
        return {
            "url": story.page(self.url),
            "author": story.account.name,
            "handle": f"@{story.account.username}",
            "visibility": story.status,
            "title": story.title,
            "tags": list(story.tags),
            "canonical": story.canonical,
            "pieces": [piece for block in blocks for piece in block["pieces"]],
            "blocks": blocks,
            "images": [],
            "card": None,
        }

    # Requests

    def answer(self, request: Request) -> Reply:
        path = unquote(request.path)
        if self._is_walled(request, path):
            return pages.challenge(self.wall_status, with_header=self.wall_header)
        try:
            return self._api(request, path) if path.startswith("/v1/") else self._page(path)
        except Problem as problem:
            return Reply(problem.status, problem.body())

    def _is_walled(self, request: Request, path: str) -> bool:
        if self.wall_against and re.search(self.wall_against, request.headers.get("user-agent", "")):
            return True
        return ("api" if path.startswith("/v1/") else "feed") in self.wall

    def _api(self, request: Request, path: str) -> Reply:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not token:
            raise Problem(401, 6000, "An access token is required.")
        account = self.tokens.get(token)
        if account is None:
            raise Problem(401, 6003, "Token was invalid.")  # unconfirmed
        match [request.method, *path.strip("/").split("/")[1:]]:
            case ["GET", "me"]:
                return _data(self._about(account, token))
            case ["GET", "users", author, "publications"]:
                self._own(account, token, author)
                return _data([self._publication(one) for one in self._publications_of(account)])
            case ["GET", "publications", pid, "contributors"]:
                return _data(self._contributors(self._known(pid), token))
            case ["POST", "users", author, "posts"]:
                self._own(account, token, author)
                return self._create(account, token, request, None)
            case ["POST", "publications", pid, "posts"]:
                return self._create(account, token, request, self._known(pid))
        raise Problem(404, 404, "Not found.")

    def _about(self, account: Account, token: str) -> dict[str, str]:
        about = {"id": account.id_for(token), "username": account.username, "name": account.name}
        return {**about, "url": f"{self.url}/@{account.username}", "imageUrl": f"{self.url}/fit/c/200/200/0*x.jpeg"}

    def _own(self, account: Account, token: str, author: str) -> None:
        if author != account.id_for(token):
            raise Problem(403, 6004, "User not found.")

    def _known(self, pid: str) -> Publication:
        if pid not in self.publications:
            raise Problem(404, 6006, "Publication not found.")  # number unconfirmed
        return self.publications[pid]

    def _publications_of(self, account: Account) -> list[Publication]:
        return [one for one in self.publications.values() if account.username in one.roles]

    def _publication(self, one: Publication) -> dict[str, str]:
        return {"id": one.id, "name": one.name, "description": "", "url": f"{self.url}/p-{one.id}", "imageUrl": ""}

    def _contributors(self, publication: Publication, token: str) -> list[dict[str, str]]:
        known = [(self.accounts[username], role) for username, role in publication.roles.items()]
        return [
            {"publicationId": publication.id, "userId": account.id_for(token), "role": role}
            for account, role in known
            if role in ("editor", "writer")
        ]

    def _create(self, account: Account, token: str, request: Request, publication: Publication | None) -> Reply:
        given = checked(_json(request))
        if publication is not None:
            self._may(account, publication, given["publishStatus"])
        self._count(account)
        grafs = taken(given["content"])
        self.side_loaded += [graf.src for graf in grafs if graf.kind == "figure"]
        story = self._keep(
            given["publishStatus"],
            titled(given["title"], grafs),
            grafs,
            self.now(),
            account=account,
            canonical=given.get("canonicalUrl", ""),
            tags=given["tags"],
            license=given["license"],
            notified=bool(given.get("notifyFollowers")) and given["publishStatus"] == "public",
            publication=publication,
        )
        return _data(self._told(story, token), 201)

    def _may(self, account: Account, publication: Publication, status: str) -> None:
        role = publication.roles.get(account.username)
        if role not in ("editor", "writer") or (role == "writer" and status != "draft"):
            raise Problem(self.writers_refusal, 6007, "You are not allowed to publish in this publication.")

    def _count(self, account: Account) -> None:
        """Ten stories; the count begins anew a day after the first of them."""
        if account.posted and self.now() - account.posted[0] >= DAY:
            account.posted.clear()
        if len(account.posted) >= self.quota:
            message = "User has reached the rate limit for publishing today."
            raise Problem(self.quota_status, self.quota_code, message)
        account.posted.append(self.now())

    def _keep(self, status: str, title: str, grafs: list[Graf], published: float, **more: Any) -> Story:
        account = more.pop("account", self.account)
        id_ = f"{0xE6F36A000000 + len(self.stories):012x}"
        story = Story(id_, account, title, grafs, status, published, **more)
        story.listed_at = self.now() if status == "public" else None
        self.stories.append(story)
        return story

    def _told(self, story: Story, token: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": story.id,
            "title": story.title,
            "authorId": story.account.id_for(token),
            "tags": story.tags,
            "url": story.page(self.url),
            "canonicalUrl": story.canonical,
            "publishStatus": story.status,
            "license": story.license,
            "licenseUrl": "",
        }
        if story.publication is not None:
            told["publicationId"] = story.publication.id
        return told | ({"publishedAt": int(story.published * 1000)} if story.status != "draft" else {})

    # Pages

    def _page(self, path: str) -> Reply:
        first, _, rest = path.strip("/").partition("/")
        if first == "feed":
            return self._feed(rest)
        if path in ("/p/import", "/new-story"):
            return pages.page("<h1>Import a story</h1>")
        id_ = path.rstrip("/").rpartition("-" if first != "p" else "/")[2]
        story = next((one for one in self.stories if one.id == id_ and one.status != "draft"), None)
        if story is not None:
            return pages.story_page(story, self.url)
        account = self.accounts.get(first.removeprefix("@")) if first.startswith("@") and not rest else None
        if account is not None:
            return pages.profile(account, self._public(account), self.url)
        return pages.page("<h1>404</h1>Out of nothing, something.", 404)

    def _feed(self, name: str) -> Reply:
        account = self.accounts.get(name.removeprefix("@").lower()) if name.startswith("@") else None
        if account is None:
            return pages.page("<h1>404</h1>", 404)
        seen = [one for one in self._public(account) if (one.listed_at or 0.0) + self.feed_delay <= self.now()]
        return pages.rss(account, seen, self.url)

    def _public(self, account: Account) -> list[Story]:
        """By when they came out; whether a story that Import dated back stands at its old date is unconfirmed."""
        mine = [one for one in self.stories if one.account is account and one.status == "public"]
        return sorted(mine, key=lambda one: one.listed_at or 0.0, reverse=True)


def _data(data: Any, status: int = 200) -> Reply:
    return Reply(status, {"data": data})


def _json(request: Request) -> Any:
    try:
        return request.json()
    except ValueError:
        raise Problem(400, 2001, "The request body is not JSON.") from None


def _without_tables(html: str) -> str:
    return re.sub(r"<table\b.*?</table>", "", html, flags=re.DOTALL | re.IGNORECASE)


def _import_footer(url: str, at: float) -> Graf:
    day = datetime.fromtimestamp(at, UTC)
    pieces = [
        {"text": "Originally published at ", "marks": "em"},
        {"text": urlsplit(url).netloc, "marks": "a em", "href": url},
        {"text": f" on {day:%B} {day.day}, {day.year}.", "marks": "em"},
    ]
    return Graf("p", pieces)
