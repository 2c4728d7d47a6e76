"""`check`: all that can be found out without publishing.

Configuration, permissions, ledger, feeds, accounts, clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from syndicator import credentials, health
from syndicator.cli import show, words
from syndicator.cli.copies import connected
from syndicator.cli.hosting import host_of
from syndicator.cli.opening import configuration
from syndicator.cli.overview import hosts_of
from syndicator.config.models import FeedConfig, NetworkConfig
from syndicator.connector import AuthRequired, ConnectorError, Identity
from syndicator.credentials import Standing
from syndicator.errors import UserError
from syndicator.exitcode import ExitCode, worst
from syndicator.feed.document import NotAFeed
from syndicator.feed.fetch import Fetched, Unavailable
from syndicator.host import Host
from syndicator.ledger.address import shown
from syndicator.ledger.rows import FeedMemory
from syndicator.polling import Answer, ask, memory_of, session_for
from syndicator.post import Post
from syndicator.rendering import own_hosts

if TYPE_CHECKING:
    from requests import Response

_EARLIEST = datetime.min.replace(tzinfo=UTC)
CLOCK_MAY_DIFFER = timedelta(minutes=5)
MARKS = {"ok": "green", "note": "dim", "warning": "yellow", "bad": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    mark: Literal["ok", "note", "warning", "bad"]
    what: str
    says: str
    code: ExitCode = ExitCode.OK
    hint: str | None = None


@dataclass(slots=True)
class _Seen:
    """What was learnt on the way."""

    newest: tuple[datetime, str] | None = None  # the newest post of all feeds, by its time and link
    makers: list[str] = field(default_factory=list)  # networks whose servers make the link card from the page

    def note(self, posts: Iterable[Post]) -> None:
        dated = [(post.published or _EARLIEST, post.link) for post in posts if post.link is not None]
        newest = max(dated, key=lambda pair: pair[0], default=None)
        if newest is not None and (self.newest is None or newest[0] > self.newest[0]):
            self.newest = newest


def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Test configuration, permissions, tokens, instance limits, feeds, clock and ledger. Publishes nothing."""
    config = configuration(ctx)
    findings = [Finding("ok", "configuration", str(config.path))]
    with host_of(config, level="error") as host:
        findings += _ledger(host)
        seen = _Seen()
        findings += [
            Finding("note", str(claim), f"served by {who}") for claim, who in hosts_of(config, host.ledger).items()
        ]
        findings += [finding for feed in config.feed for finding in _feed(host, feed, seen)]
        findings += [finding for network in config.networks.values() for finding in _network(host, network, seen)]
        findings += _cards(host, seen)
    if not config.feed:
        findings.append(Finding("warning", "feeds", "none is configured", hint="syndicate init https://your.blog"))
    _tell(findings, as_json=as_json)
    raise typer.Exit(worst(finding.code for finding in findings))


def _ledger(host: Host) -> Iterator[Finding]:
    place = f"{shown(host.config.ledger.url)}, {host.ledger.uuid}"
    loss = host.ledger.loss()
    barred = [n.name for n in host.config.networks.values() if n.enabled and loss is not None and loss.bars(n.name)]
    if loss is None or not barred:
        yield Finding("ok", "ledger", place)
        return
    says = f"{loss.why}; nothing is sent to {', '.join(barred)} before they have been looked at"
    yield Finding("bad", "ledger", says, ExitCode.PERSON, "syndicate reconcile")


def _feed(host: Host, feed: FeedConfig, seen: _Seen) -> Iterator[Finding]:
    what = f"feed {feed.name}"
    memory = memory_of(host, feed)
    session = session_for(host, feed)
    answer = ask(host, feed, memory, session)
    yield from _clock(host, session.last)
    if isinstance(answer, Unavailable):
        yield Finding("bad", what, answer.reason, ExitCode.FEED, answer.hint_text)
    elif isinstance(answer, Fetched):
        yield from _document(host, what, answer, seen)
    else:
        yield Finding("ok", what, "unchanged since it was last read")
        seen.note(row.post for row in host.ledger.posts(feed.name, last=1))
    yield from _source(what, memory, answer)


def _source(what: str, memory: FeedMemory, answer: Answer) -> Iterator[Finding]:
    """What the owner or the owner of the server can do about where the feed is and how it is asked for."""
    if isinstance(answer, Unavailable):
        return
    moved_to = memory.address or answer.moved_to
    if moved_to is not None:
        yield Finding("warning", what, f"it has moved for good to {moved_to}", hint=f'write url = "{moved_to}"')
    if not answer.validators.etag and not answer.validators.last_modified:
        says = "its server sends neither ETag nor Last-Modified, so each question costs the whole feed"
        yield Finding("warning", what, says, hint="it is asked every two hours at most; switch them on in the server")


def _clock(host: Host, response: "Response | None") -> Iterator[Finding]:
    """Windows and expiry times are reckoned by our clock; a server's Date header says how far off it is."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"]) if response is not None else None
    except (KeyError, ValueError, TypeError, IndexError):
        return
    if theirs is not None and theirs.tzinfo is None:  # "-0000" promises no zone, and means UTC
        theirs = theirs.replace(tzinfo=UTC)
    if theirs is not None and abs(host.clock.now() - theirs) > CLOCK_MAY_DIFFER:
        says = f"this machine says {host.clock.now():%H:%M}, the blog's server {theirs:%H:%M} (UTC)"
        yield Finding("warning", "clock", says, hint="timedatectl")


def _document(host: Host, what: str, answer: Fetched, seen: _Seen) -> Iterator[Finding]:
    try:
        document = host.parser.parse(answer.body, answer.content_type, answer.url, host.clock.now())
    except NotAFeed as error:
        yield Finding("bad", what, error.reason, ExitCode.FEED, "syndicate init URL looks for the feed of a blog")
        return
    if document.partial:
        yield Finding("warning", what, f"damaged: only {len(document.posts)} posts can be read")
    else:
        yield Finding("ok", what, show.count(len(document.posts), "post"))
    seen.note(document.posts)
    for remark in document.remarks:
        yield Finding("note", what, remark)


def _network(host: Host, network: NetworkConfig, seen: _Seen) -> Iterator[Finding]:
    what = f"network {network.name}"
    if not network.enabled:
        yield Finding("note", what, "switched off in its file", hint=f"syndicate auth {network.name}")
        return
    try:
        with connected(host, network) as connector:
            identity = connector.whoami()
            if network.card != "never" and connector.capabilities.card_from_page:
                seen.makers.append(network.name)
    except AuthRequired as error:
        yield Finding("bad", what, error.reason, ExitCode.CREDENTIALS, f"syndicate auth {network.name}")
    except ConnectorError as error:
        yield Finding("bad", what, error.reason, ExitCode.NETWORKS, "syndicate check")
    except UserError as error:
        yield Finding("bad", what, error.message, error.exit_code, error.hint)
    else:
        yield from _account(host, network, what, identity)
        return
    yield from _credential(host, network)


def _account(host: Host, network: NetworkConfig, what: str, identity: Identity) -> Iterator[Finding]:
    row = host.ledger.network(network.name)
    if identity.id and row.account not in (None, identity.id):
        says = f"the token belongs to {identity.name}, the network has been {row.account_name or row.account} so far"
        yield Finding("bad", what, says, ExitCode.CREDENTIALS, f"syndicate auth {network.name} --replace")
        return
    health.remember(host, row, identity, network.connector)
    yield Finding("ok", what, identity.name + (f" <{identity.url}>" if identity.url else ""))
    yield from _credential(host, network)
    if row.health == "paused":
        yield Finding("note", what, "paused by you", hint=f"syndicate resume {network.name}")
    for warning in identity.warnings:
        yield Finding("warning", what, warning)
    for note in identity.notes:
        yield Finding("note", what, note)


def _credential(host: Host, network: NetworkConfig) -> Iterator[Finding]:
    """As the ledger knows it, from this very answer or from the last one."""
    row, now = host.ledger.network(network.name), host.clock.now()
    if not credentials.is_listed(row):
        return
    what, says, login = f"access to {network.name}", words.credential(row, now), f"syndicate auth {network.name}"
    match credentials.standing(row, now):
        case Standing.ENDED:
            yield Finding("bad", what, says, ExitCode.CREDENTIALS, login)
        case Standing.ENDING:
            yield Finding("warning", what, says, hint=login)
        case Standing.UNKNOWN:
            yield Finding("note", what, says)
        case Standing.FINE:
            yield Finding("ok", what, says)


def _cards(host: Host, seen: _Seen) -> Iterator[Finding]:
    """Whether the newest post's page has what a card needs, where the network's server makes it from the page."""
    if not seen.makers or not seen.newest:
        return
    from syndicator.material import Material
    from syndicator.pictures.looking import flaws

    what, link = f"link cards on {', '.join(seen.makers)}", seen.newest[1]
    with Material(host.http, own_hosts(host.config)) as material:
        found = flaws(link, material)
    for flaw in found:
        yield Finding("note" if flaw.is_wish else "warning", what, flaw.says, hint=flaw.hint)
    if all(flaw.is_wish for flaw in found):
        yield Finding("ok", what, f"the page {link} has what they need")


def _tell(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        show.as_json([{"mark": f.mark, "what": f.what, "says": f.says, "hint": f.hint} for f in findings])
        return
    rows = [(show.Cell(f.mark, MARKS[f.mark]), f.what, f.says + (f"  → {f.hint}" if f.hint else "")) for f in findings]
    show.table(("", "what", "found"), rows)
