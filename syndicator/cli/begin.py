"""`init`: find the feed of a blog, write a commented configuration, record what is there. Nothing is sent."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from syndicator.cli import show
from syndicator.cli.hosting import hosted
from syndicator.cli.options import given
from syndicator.cli.plans import record_baseline
from syndicator.errors import ConfigError, FeedError, UsageError
from syndicator.registry import Registry

if TYPE_CHECKING:
    from requests import Response

    from syndicator.feed.document import Document
    from syndicator.http import GuardedSession


@dataclass(frozen=True, slots=True)
class Found:
    url: str
    document: "Document"
    why: str


def init(
    ctx: typer.Context,
    blog_url: Annotated[
        str | None, typer.Argument(metavar="[BLOG_URL]", help="The blog's address, or its feed's.")
    ] = None,
) -> None:
    """Find the feed of a blog, write config.toml and networks.d/, make the ledger, record what is there. Sends nothing.

    With a configuration that exists already, only the ledger is made and the feeds are recorded.
    """
    told, path = given(ctx).config, _existing(ctx)
    if path is None:
        if blog_url is None:
            raise UsageError(
                "there is no configuration yet, so say whose feed to watch", hint="syndicate init https://your.blog"
            )
        path = _begin(ctx, blog_url)
    elif blog_url is not None:
        raise ConfigError(
            f"{path} exists already and is not overwritten",
            hint="add a [[feed]] to it, or `syndicate init` to record the feeds it names",
        )
    given(ctx).config = path
    with hosted(ctx, level="error") as host:
        for name, new in record_baseline(host, None):
            show.line(f"{name}: {show.count(new, 'post')} recorded as known; none is sent.")
    command = "syndicate" if told is None else f"syndicate --config {told}"
    show.line(
        f"Next: {command} auth NETWORK for each of yours ({', '.join(_starters())}), then {command} run --dry-run"
    )


def _existing(ctx: typer.Context) -> Path | None:
    from syndicator.config.files import find

    told = given(ctx).config
    if told is not None and not _file(told).exists():
        return None
    try:
        return find(told)
    except ConfigError:
        return None


def _file(told: Path) -> Path:
    return told if told.suffix == ".toml" else told / "config.toml"


def _begin(ctx: typer.Context, blog_url: str) -> Path:
    """Find the feed first: nothing is written for a blog that has none."""
    from syndicator.config.starter import default_files

    address = blog_url if "://" in blog_url else f"{_usual_scheme(blog_url)}://{blog_url}"
    found = find_feed(address)
    show.line(f"Feed: {found.url} ({found.why}, {show.count(len(found.document.posts), 'post')})")
    told = given(ctx).config
    path = _file(told) if told is not None else _usual_place()
    files = default_files(address, found.url, _name(found), _starters())
    for name, text in files.items():
        _write_new(path.parent / name if name != "config.toml" else path, text)
    show.line(f"Wrote {path} and {', '.join(n for n in files if n != 'config.toml')} beside it.")
    return path


def _starters() -> dict[str, str | None]:
    """How a network of each installed kind begins, of those that say so."""
    registry = Registry.discover()
    return {kind: text for kind in registry.kinds if (text := registry.starter(kind)) is not None}


def find_feed(address: str) -> Found:
    """The feed at `address`, or the one its page names, or the first that answers at the usual places."""
    from syndicator.feed.discover import choose, find_feeds, guesses
    from syndicator.feed.text import decode
    from syndicator.http import Http

    session = Http().allowing(address).session(max_body=10_000_000, deadline=30.0)
    answer = _get(address, session)
    if (document := _parsed(answer)) is not None:
        return Found(answer.url, document, "the address is the feed itself")
    page = decode(answer.content, answer.headers.get("Content-Type", ""))
    named = choose(find_feeds(page, answer.url, answer.headers.get("Link", "")))
    tries = [(named.url, "named by the page")] if named is not None else []
    tries += [(url, "found by trying usual places") for url in guesses(answer.url)]
    for found in _first_feeds(tries, session):
        return found
    raise FeedError(f"{address} names no feed, and none is at the usual places", hint="syndicate init URL-OF-THE-FEED")


def _first_feeds(tries: list[tuple[str, str]], session: "GuardedSession") -> Iterator[Found]:
    for url, why in tries:
        try:
            answer = _get(url, session)
        except FeedError:
            continue
        if (document := _parsed(answer)) is not None:
            yield Found(answer.url, document, why)


def _get(url: str, session: "GuardedSession") -> "Response":
    from requests import RequestException

    from syndicator.feed.fetch import ACCEPT

    try:
        answer = session.get(url, headers={"Accept": ACCEPT})
    except (RequestException, ValueError) as error:
        raise FeedError(f"{url}: {error}", hint="check the address in a browser") from error
    if answer.status_code != 200:
        raise FeedError(f"{url}: the server answered {answer.status_code}", hint="check the address in a browser")
    return answer


def _parsed(answer: "Response") -> "Document | None":
    from syndicator.feed.parse import NotAFeed, parse

    try:
        return parse(answer.content, answer.headers.get("Content-Type", ""), answer.url)
    except NotAFeed:
        return None


def _usual_scheme(host: str) -> str:
    """Blogs speak https; a development server on this machine hardly ever does."""
    return "http" if host.startswith(("localhost", "127.", "[::1]")) else "https"


def _name(found: Found) -> str:
    """A short name for the feed, from its host: blog.example.org → blog."""
    host = (urlsplit(found.url).hostname or "").removeprefix("www.")
    label = host.split(".")[0]
    return label if label.isascii() and label.replace("-", "").isalnum() and not label.isdigit() else "blog"


def _usual_place() -> Path:
    """/etc/syndicator for root, the user's configuration directory for everyone else."""
    from syndicator.config.places import user_config

    return Path("/etc/syndicator/config.toml") if os.geteuid() == 0 else user_config()


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        show.line(f"{path} exists already and is kept.")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", hint="syndicate --config DIR init …"
        ) from error
