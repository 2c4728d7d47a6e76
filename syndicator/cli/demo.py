"""`demo`: the real main job against pretend services on this machine, and a page that shows the result."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from syndicator.cli import show, words
from syndicator.cli.hosting import host_of
from syndicator.clock import SystemClock
from syndicator.config.files import load
from syndicator.errors import UsageError
from syndicator.exitcode import worst
from syndicator.ledger.lock import hold
from syndicator.report import PassReport
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.stage import Stage, stage


def demo(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep configuration, ledger and page in this directory."),
    ] = None,
) -> None:
    """Show the whole path: a blog with new posts, every network as a pretend service on loopback, three Passes."""
    with _place(keep) as directory, stage(directory, PretendBlog([_known()])) as scene:
        show.line(f"A small blog and {len(scene.services)} pretend services are running on this machine.")
        first = _pass(scene)
        _tell_first(first)
        scene.blog.publish(*_new())
        show.line(f"The author publishes {len(_new())} posts.")
        show.line()
        second = _pass(scene)
        _tell_sent(second)
        _tell_links(scene)
        third = _pass(scene)
        _tell_nothing_left(third)
        page = _page(scene, directory if keep else None)
    show.line(f"Every copy as its network would show it: {page}")
    raise typer.Exit(worst(report.exit_code for report in (first, second, third)))


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield _empty(keep).absolute()
        return
    with tempfile.TemporaryDirectory(prefix="syndicator-demo-") as name:
        yield Path(name)


def _empty(keep: Path) -> Path:
    """An earlier demo's ledger remembers services that are gone, and a directory of the owner's is not ours to fill."""
    hint = "syndicate demo --keep ANOTHER-DIRECTORY"
    try:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise UsageError(f"{keep} is not empty, and the demo wants a directory of its own", hint=hint)
    except OSError as error:
        raise UsageError(f"{keep} cannot be used: {error.strerror}", hint=hint) from error
    return keep


def _pass(scene: Stage) -> PassReport:
    config = load(scene.config)
    with hold(config.state_dir, config.ledger.url), host_of(config, level="error") as host:
        return make_pass(host, Scope())


def _tell_first(report: PassReport) -> None:
    show.line(f"First Pass: the feed is seen for the first time; {report.feeds[0].new} post recorded, nothing sent.")


def _tell_sent(report: PassReport) -> None:
    show.line("Second Pass:")
    show.table(
        ("network", "post", "result", "copy"),
        [
            (d.network, show.shorten(d.title or d.post, 40), d.result, d.url or words.why(d.reason or ""))
            for d in sorted(report.deliveries, key=lambda d: d.network)
        ],
    )
    show.line()


def _tell_links(scene: Stage) -> None:
    document = json.loads(scene.links.read_text(encoding="utf-8"))
    newest, *others = document["posts"]
    show.line("What the blog's templates read, syndication.json:")
    shown = {**document, "posts": {newest: document["posts"][newest]}}
    for text in json.dumps(shown, ensure_ascii=False, indent=2).splitlines():
        show.line(text)
    show.line(f"… and the same for {show.count(len(others), 'more post')}.")
    show.line()


def _tell_nothing_left(report: PassReport) -> None:
    sent = len(report.deliveries)
    show.line(
        f"Third Pass: the feed answered {report.feeds[0].result}; {sent} sent, because everything is there already."
    )


def _page(scene: Stage, directory: Path | None) -> Path:
    from syndicator.sandbox.page import page

    if directory is None:
        directory = Path(tempfile.mkdtemp(prefix="syndicator-demo-page-"))
    path = directory / "copies.html"
    path.write_text(page(scene.blog.title, scene.copies), encoding="utf-8")
    return path


def _known() -> Entry:
    return Entry("hello", "Hello, world", "<p>The first post, older than syndicator.</p>", _ago(days=30))


def _new() -> tuple[Entry, ...]:
    return (
        Entry(
            "lake",
            "",
            "<p>The lake this morning, before anyone was up.</p>",
            _ago(minutes=10),
            images=(("lake.png", "A still lake at dawn, mist above the water, a wooden jetty on the left"),),
        ),
        Entry(
            "note",
            "",
            "<p>Small thing I like: feeds. You read what you chose, in the order it was written, "
            "and nobody is in between. 📰</p>",
            _ago(minutes=20),
            tags=("feeds",),
        ),
        Entry(
            "own-your-words",
            "Own your words, share them everywhere",
            "<p>A post lives longest on the site you pay for yourself. Copies elsewhere are doors that lead back to "
            "it: each one made for its place, each one with a link home.</p><p>This blog sends every post to its "
            "networks exactly once, and remembers where the copies are.</p>",
            _ago(minutes=30),
            tags=("indieweb", "self hosting"),
        ),
    )


def _ago(**distance: float) -> datetime:
    return SystemClock().now() - timedelta(**distance)
