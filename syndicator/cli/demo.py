"""`demo`: the real main job against pretend services on this machine, and a page that shows the result."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from syndicator.cli import demo_posts, show, words
from syndicator.cli.hosting import host_of
from syndicator.config.files import load
from syndicator.errors import UsageError
from syndicator.exitcode import worst
from syndicator.ledger.lock import hold
from syndicator.report import DeliveryReport, PassReport
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.painting import painting
from syndicator.sandbox.stage import Stage, stage

_DEFAULTS = {"burst": 20}  # several posts at once are what this is about, and nothing to be held for
_OPTIONS = {"thread": "numbered"}  # where the service has threads
_MOST_PASSES = 8
_LEAD = "What the pretend services received, each copy in the manner of its network."
_FOOT = "Made by syndicate demo. The services were pretend ones on this machine; the program was the real one."


def demo(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep configuration, ledger and page in this directory."),
    ] = None,
) -> None:
    """Show the whole path: a blog with new posts, every network as a pretend service on loopback, a few Passes."""
    blog = PretendBlog([demo_posts.known()])
    blog.draw = painting
    new = demo_posts.new()
    with _place(keep) as directory, stage(directory, blog, defaults=_DEFAULTS, options=_OPTIONS) as scene:
        show.line(f"A small blog and {len(scene.services)} pretend services are running on this machine.")
        first = _pass(scene)
        _tell_first(first)
        blog.publish(*new)
        show.line(f"The author publishes {len(new)} posts.")
        show.line()
        *busy, last = _passes(scene)
        sent = [delivery for report in busy for delivery in report.deliveries]
        _tell_sent(sent)
        _tell_links(scene)
        _tell_nothing_left(last)
        page = _page(scene, sent, directory if keep else None)
    show.line(f"Every copy as its network would show it: {page}")
    raise typer.Exit(worst(report.exit_code for report in (first, *busy, last)))


def _passes(scene: Stage) -> list[PassReport]:
    """Passes until one has nothing to send; a thread may need more than one."""
    reports = [_pass(scene)]
    while reports[-1].deliveries and len(reports) < _MOST_PASSES:
        reports.append(_pass(scene))
    return reports


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


def _tell_sent(sent: Sequence[DeliveryReport]) -> None:
    show.line("Second Pass:")
    show.table(
        ("network", "post", "result", "copy"),
        [
            (d.network, show.shorten(d.title or d.post, 40), d.result, d.url or words.why(d.reason or ""))
            for d in sorted(sent, key=lambda d: d.network)
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
        f"Another Pass: the feed answered {report.feeds[0].result}; {sent} sent, because everything is there already."
    )


def _page(scene: Stage, sent: Sequence[DeliveryReport], directory: Path | None) -> Path:
    from syndicator.preview.after import posts_of
    from syndicator.preview.page import page
    from syndicator.preview.sheet import Sheet, ShownPost

    if directory is None:
        directory = Path(tempfile.mkdtemp(prefix="syndicator-demo-page-"))
    known = [
        ShownPost(_title(entry), f"{scene.blog.url}/{entry.slug}/", entry.language or scene.blog.language)
        for entry in demo_posts.new()
    ]
    posts = posts_of(scene.copies, known, {d.url: d.post for d in sent if d.url})
    path = directory / "copies.html"
    path.write_text(page(Sheet(scene.blog.title, _LEAD, posts, _FOOT)), encoding="utf-8")
    return path


def _title(entry: Entry) -> str:
    """What a post is called: its title, or how it begins."""
    from syndicator.render.plain import to_text

    return entry.title or show.shorten(to_text(entry.body), 70)
