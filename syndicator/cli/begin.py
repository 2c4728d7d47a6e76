"""`init`: find the feed of a blog, write a commented configuration, record what is there. Nothing is sent."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from syndicator.cli import show
from syndicator.cli.hosting import hosted
from syndicator.cli.options import given
from syndicator.cli.plans import record_baseline
from syndicator.errors import ConfigError, UsageError
from syndicator.registry import Registry

if TYPE_CHECKING:
    from syndicator.feed.search import Found


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

    if blog_url.startswith(("/", ".", "~")):
        raise UsageError(
            f"{blog_url} is no web address",
            hint=f'begin with the blog\'s address; a feed on this machine is then named by path = "{blog_url}"',
        )
    found = find_feed(blog_url)
    show.line(f"Feed: {found.url} ({found.why}, {show.count(len(found.document.posts), 'post')})")
    for remark in found.remarks:
        show.line(remark)
    if found.remarks:
        show.line("To watch another one, write its address as `url` into config.toml.")
    told = given(ctx).config
    path = _file(told) if told is not None else _usual_place()
    address = blog_url if "://" in blog_url else f"{urlsplit(found.url).scheme}://{blog_url}"
    files = default_files(address, found.url, _name(found), _starters(), is_page=found.is_page)
    for name, text in files.items():
        _write_new(path.parent / name if name != "config.toml" else path, text)
    show.line(f"Wrote {path} and {', '.join(n for n in files if n != 'config.toml')} beside it.")
    return path


def _starters() -> dict[str, str | None]:
    """How a network of each installed kind begins, of those that say so."""
    registry = Registry.discover()
    return {kind: text for kind in registry.kinds if (text := registry.starter(kind)) is not None}


def find_feed(typed: str) -> "Found":
    """The feed at the address, or the best one that its page names, or the first that answers at the usual places."""
    from syndicator.clock import SystemClock
    from syndicator.config import checks
    from syndicator.feed.fetch import DEADLINE, LARGEST
    from syndicator.feed.parser import Parser
    from syndicator.feed.search import Search
    from syndicator.http import Http

    address = typed if "://" in typed else f"https://{typed}"
    try:
        checks.web_address(address)
    except ValueError as error:
        raise UsageError(f"{typed}: {error}", hint="syndicate init https://your.blog") from None
    session = Http().allowing(address).session(max_body=LARGEST, deadline=DEADLINE)
    parser = Parser()
    try:
        return Search(session, SystemClock(), parser.parse).find(typed)
    finally:
        parser.close()


def _name(found: "Found") -> str:
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
