"""`demo`: the real main job against pretend services on this machine, and a page that shows the result."""

import tempfile
from contextlib import contextmanager
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from syndicator.cli import show
from syndicator.cli.hosting import host_of
from syndicator.config.files import load
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
    """Show the whole path: a blog with new posts, every network as a pretend service on loopback, two Passes."""
    with _place(keep) as directory, stage(directory, PretendBlog([_known()])) as scene:
        show.line(f"A small blog and {len(scene.services)} pretend services are running on this machine.")
        _tell_first(_pass(scene))
        scene.blog.publish(*_new())
        show.line(f"The author publishes {len(_new())} posts.")
        show.line()
        _tell_sent(_pass(scene))
        _tell_links(scene)
        _tell_second(_pass(scene))
        page = _page(scene, directory if keep else None)
    show.line(f"Every copy as its network would show it: {page}")


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="syndicator-demo-") as name:
        yield Path(name)


def _pass(scene: Stage) -> PassReport:
    config = load(scene.config)
    with hold(config.state_dir, config.ledger.url), host_of(config, level="error") as host:
        return make_pass(host, Scope())


def _tell_first(report: PassReport) -> None:
    feed = report.feeds[0]
    show.line(f"First Pass: the feed is seen for the first time; {feed.new} post recorded, nothing sent.")


def _tell_sent(report: PassReport) -> None:
    show.line("Second Pass:")
    show.table(
        ("network", "post", "result", "copy"),
        [
            (d.network, show.shorten(d.title or d.post, 40), d.result, d.url or d.reason or "")
            for d in report.deliveries
        ],
    )
    show.line()


def _tell_links(scene: Stage) -> None:
    show.line("What the blog's templates read, syndication.json:")
    show.line(scene.links.read_text(encoding="utf-8").rstrip())
    show.line()


def _tell_second(report: PassReport) -> None:
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
            "<p>A post lives longest on the site you pay for yourself. Copies elsewhere are doors that lead back to it: "
            "each one made for its place, each one with a link home.</p><p>This blog sends every post to its "
            "networks exactly once, and remembers where the copies are.</p>",
            _ago(minutes=30),
            tags=("indieweb", "self hosting"),
        ),
    )


def _ago(**distance: float) -> datetime:
    return datetime.now(UTC) - timedelta(**distance)
