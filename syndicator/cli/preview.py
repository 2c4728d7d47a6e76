"""`preview`: each network's copy of a post, on the terminal or as a page, and what another configuration would change.

Enters: a post's link or a number of posts. Leaves: text, JSON or one HTML file. Nothing is sent and nothing recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from syndicator.cli import against, show
from syndicator.cli.copies import Maker, Wanted
from syndicator.cli.copy_view import show_changes, show_copy, show_post
from syndicator.cli.go import Feeds, Only, scope_of
from syndicator.cli.hosting import host_of
from syndicator.cli.opening import configuration
from syndicator.cli.plans import refuse
from syndicator.config.models import FeedConfig
from syndicator.errors import UsageError
from syndicator.feed.document import NotAFeed
from syndicator.feed.fetch import Fetched, Unavailable
from syndicator.host import Host
from syndicator.ledger.rows import FeedMemory
from syndicator.material import Material
from syndicator.post import Post
from syndicator.preview.copy import Copy
from syndicator.preview.sheet import web
from syndicator.rendering import own_hosts
from syndicator.run import Scope, networks_in

_LEAD = "Each network’s copy, in the manner of that network. Nothing has been sent."
_FOOT = "Made by syndicate preview. Networks change their looks; the words, the counts and the pictures are exact."


@dataclass(frozen=True, slots=True)
class _Seen:
    posts: Sequence[Wanted]
    copies: tuple[Copy, ...]
    compared: tuple[against.Compared, ...] | None = None  # None: there is no other configuration

    @property
    def each(self) -> tuple[Post, ...]:
        return tuple(one.post for one in self.posts)


def preview(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Argument(help="The post's link; without it the latest posts.")] = None,
    latest: Annotated[int, typer.Option("--latest", min=1, metavar="N", help="How many of the latest posts.")] = 1,
    only: Only = None,
    feed: Feeds = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page that shows the copies as their networks would."),
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option("--against", metavar="CONFIG", help="Show what differs from copies made with this configuration."),
    ] = None,
) -> None:
    """Show each network's copy with its counts, card, images and warnings. Nothing is sent or recorded."""
    config = configuration(ctx)
    scope = scope_of(config, feed, only)
    old = against.load_other(other, config) if other is not None else None
    with host_of(config, level="error") as host, Material(host.http, own_hosts(config)) as pages:
        posts = _chosen(host, scope, url, latest)
        maker = Maker(host, introduce=html is not None, pages=pages)
        copies = tuple(copy for network in networks_in(host, scope) for copy in maker.copies(network, posts))
        compared = against.compare(maker, old, scope, posts, copies) if old is not None else None
    seen = _Seen(posts, copies, compared)
    if html is not None:
        _write(html, seen)
    if as_json:
        show.as_json(_as_json(seen))
    elif html is not None:
        show.line(f"The page is written: {html}")
    else:
        _show(seen)


def _chosen(host: Host, scope: Scope, url: str | None, latest: int) -> Sequence[Wanted]:
    feeds = [feed for feed in host.config.feed if scope.feeds is None or feed.name in scope.feeds]
    found = [Wanted(feed.name, post) for feed in feeds for post in _posts(host, feed)]
    if url is not None:
        found = [one for one in found if url in (one.post.link, one.post.guid)]
        if not found:
            raise UsageError(f"no post of the feeds has the link {url}", hint="syndicate preview --latest 5")
        return found[:1]
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: one.post.published or earliest, reverse=True)[:latest]


def _posts(host: Host, feed: FeedConfig) -> tuple[Post, ...]:
    """The feed as it is now; asked without validators, because the document itself is wanted."""
    from syndicator.polling import ask

    answer = ask(host, feed, FeedMemory(feed.name, feed.url))
    if not isinstance(answer, Fetched):
        reason = answer.reason if isinstance(answer, Unavailable) else "it sent nothing"
        refuse(feed, reason, None)
    try:
        return host.parser.parse(answer.body, answer.content_type, answer.url, host.clock.now()).posts
    except NotAFeed as error:
        refuse(feed, error.reason, None)


def _show(seen: _Seen) -> None:
    for post in seen.each:
        show_post(post)
        if seen.compared is None:
            for copy in (c for c in seen.copies if c.post is post):
                show_copy(copy)
        else:
            for one in (c for c in seen.compared if c.post is post):
                show_changes(one.network, one.verdict, one.changes)
    if seen.compared is not None:
        show.line(against.summary(seen.compared))
    elif not seen.posts:
        show.line("The feeds hold no post.")
    elif not seen.copies:
        show.line("No network is enabled; `syndicate auth NETWORK` connects one.")


def _as_json(seen: _Seen) -> object:
    if seen.compared is None:
        return [copy.as_json() for copy in seen.copies]
    return [one.as_json() for one in seen.compared]


def _write(path: Path, seen: _Seen) -> None:
    from syndicator.preview.before import shown
    from syndicator.preview.page import page
    from syndicator.preview.sheet import Sheet, Shown, ShownPost

    ready: list[tuple[Post, Shown]]
    if seen.compared is None:
        ready = [(copy.post, shown(copy)) for copy in seen.copies]
    else:
        ready = [(one.post, one.shown()) for one in seen.compared]
    posts = tuple(
        ShownPost(
            show.shorten(post.title or post.text, 90) or post.link or "A post without words",
            web(post.link),
            post.language or "",
            tuple(copy for of, copy in ready if of is post),
        )
        for post in seen.each
    )
    lead = _LEAD if seen.compared is None else against.summary(seen.compared)
    sheet = Sheet("Copies before they are sent", lead, posts, _FOOT)
    try:
        path.write_text(page(sheet), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint="syndicate preview --html copies.html"
        ) from error
