"""The verbs that only look: status, list, explain, connectors.

Enters: words of the command line. Leaves: a screen, or JSON. None of them changes the ledger or asks a service.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syndicator import outbox
from syndicator.cli import find, moments, options, show, words
from syndicator.cli.opening import opened
from syndicator.cli.overview import CredentialLine, FeedLine, NetworkLine, Overview, Waiting, overview
from syndicator.cli.story import Chapter, Story, tell
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import OPEN, WAITS_FOR_PERSON, State

if TYPE_CHECKING:
    from pathlib import Path

    from syndicator.ledger.ledger import Ledger
    from syndicator.ledger.rows import Delivery

TITLE_WIDTH = 60
WHY_WIDTH = 80


def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Print nothing; answer with the exit code.")] = False,
    json: options.Json = False,
) -> ExitCode:
    """One screen: feeds, networks, what waits for whom, and what to type next."""
    with opened(ctx, read_only=True) as o:
        view = overview(o.config, o.ledger, o.now)
        if json:
            show.as_json({**show.plain(view), "exit": int(view.exit_code)})
        elif not check:
            _print_overview(view, o.now)
    return view.exit_code if check else ExitCode.OK


def list_deliveries(
    ctx: typer.Context,
    states: options.States = None,
    network: options.Network = None,
    cause: options.Cause = None,
    everything: Annotated[bool, typer.Option("--all", help="Delivered and skipped ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 for no limit.")] = 200,
    json: options.Json = False,
) -> None:
    """The deliveries that are not finished, one a line, each with the mark of its state."""
    wanted = tuple(State) if everything else tuple(states or (*WAITS_FOR_PERSON, *OPEN))
    with opened(ctx, read_only=True) as o:
        if network is not None:
            find.known_network(network, o.config.networks, [row.name for row in o.ledger.networks()])
        found = o.ledger.deliveries(network=network, states=wanted, cause=cause, limit=limit + 1 if limit else None)
        shown = found[:limit] if limit else found
        entries = _with_posts(shown, o.ledger, outbox.place(o.config))
        if json:
            show.as_json(entries)
        else:
            _print_list(entries, len(found) > len(shown), o.now)


def explain(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL|ID", help="A post's URL, a copy's URL, or a delivery.")],
    json: options.Json = False,
) -> None:
    """For each network: seen when, recognised how, decided why, tried when, and what happens next."""
    with opened(ctx, read_only=True) as o:
        stories = [tell(row, o.config, o.ledger, o.now) for row in find.posts_named(target, o.ledger)]
        if json:
            show.as_json(stories)
            return
        for story in stories:
            _print_story(story, o.zone)


def connectors(
    kinds: Annotated[list[str] | None, typer.Argument(metavar="[KIND]...", help="Only these.")] = None,
    selftest: Annotated[bool, typer.Option("--selftest", help="Check each against its own pretend service.")] = False,
    json: options.Json = False,
) -> ExitCode:
    """What is installed: kind, distribution, version, whether it can be used, and why not."""
    from syndicator.registry import Registry

    registry = Registry.discover()
    if selftest:
        from syndicator.cli.selftest import selftest as check_them

        return check_them(registry, kinds or (), json=json)
    records = [registry.record(kind) for kind in kinds or registry.kinds]
    if json:
        show.as_json(records)
    else:
        show.table(
            ("KIND", "STATUS", "DISTRIBUTION", "VERSION", "WHY NOT"),
            [(r.kind, r.status, r.distribution, r.version or "-", r.reason or "-") for r in records],
        )
    return ExitCode.OK


def _print_overview(view: Overview, now: datetime) -> None:
    if view.lost is not None:
        barred = f" to {', '.join(view.to_be_reconciled)}" if view.to_be_reconciled else ""
        show.line(f"{view.lost[:1].upper()}{view.lost[1:]}.")
        show.line(f"Nothing is sent{barred} before you run `syndicate reconcile`, which looks for what is out already.")
        show.line()
    show.table(("FEED", "LAST CHECK", "NEXT CHECK", "TROUBLE"), [_feed_row(feed, now) for feed in view.feeds])
    show.line()
    show.table(("NETWORK", "HEALTH", "ACCOUNT", "DELIVERIES"), [_network_row(n, now) for n in view.networks])
    show.line()
    served = [(what, line.host) for what, line in view.lines if line.host is not None]
    if served:
        show.table(("SERVED NOW", "BY"), served)
        show.line()
    if view.credentials:
        titles = ("NETWORK", "CREDENTIAL", "AGE", "ENDS", "LAST WORKED")
        show.table(titles, [_credential_row(held, now) for held in view.credentials])
        show.line()
    if view.waiting:
        show.table(("WAITS FOR", "NETWORK", "WHAT", "WHY"), [_waiting_row(w, now) for w in view.waiting])
    else:
        show.line("Nothing waits.")
    if view.next is not None:
        show.line()
        show.line(f"→ next: {view.next}")


def _feed_row(feed: FeedLine, now: datetime) -> Sequence[str | show.Cell]:
    trouble = show.Cell(show.shorten(feed.trouble or "-", WHY_WIDTH), "red" if feed.trouble else "")
    return feed.name, moments.ago(feed.checked_at, now), moments.until(feed.next_check_at, now), trouble


def _network_row(network: NetworkLine, now: datetime) -> Sequence[str | show.Cell]:
    health = words.HEALTH.get(network.health, network.health)
    if network.until is not None and network.until > now:
        health += f", {moments.until(network.until, now)} again"
    if network.reason and network.health not in ("ok", "paused"):
        health += f": {show.shorten(network.reason, WHY_WIDTH)}"
    counts = ", ".join(f"{network.counts[s.value]} {s.value}" for s in State if network.counts.get(s.value))
    style = {"ok": "green", "auth_broken": "bold red", "off": "dim", "gone": "dim"}.get(network.health, "yellow")
    return network.name, show.Cell(health, style), network.account or "-", counts or "none"


def _credential_row(held: CredentialLine, now: datetime) -> Sequence[str | show.Cell]:
    style = {"ending": "yellow", "ended": "bold red"}.get(held.standing, "")
    ends = show.Cell(words.end(held.expires_at, now) if held.kind is not None else "-", style)
    age = words.age(held.obtained_at, now)
    return held.network, held.kind or "nothing known", age, ends, moments.ago(held.worked_at, now)


def _waiting_row(waiting: Waiting, now: datetime) -> Sequence[str | show.Cell]:
    whom = waiting.waits_for
    if whom == "its time":
        whom = f"its time, {moments.until(waiting.due_at, now)}"
    what = show.Cell(f"{waiting.count} {waiting.state.value}", words.STATES[waiting.state].style)
    why = f"prepared in {waiting.place}" if waiting.place else show.shorten(words.why(waiting.cause), WHY_WIDTH)
    return whom, waiting.network, what, why


def _with_posts(deliveries: Iterable["Delivery"], ledger: "Ledger", root: "Path") -> list[dict[str, Any]]:
    """The deliveries as JSON knows them, each with the title and the link of its post, and where it lies prepared."""
    posts = {post_id: ledger.post(post_id).post for post_id in {d.post_id for d in deliveries}}
    return [
        {
            **show.plain(delivery),
            "title": posts[delivery.post_id].title or show.shorten(posts[delivery.post_id].text, TITLE_WIDTH),
            "link": posts[delivery.post_id].link or posts[delivery.post_id].guid,
            "due_at": None if delivery.state is State.HELD else delivery.due_at,
            "folder": outbox.folder_of(delivery, root) if delivery.state is State.HANDOFF else None,
        }
        for delivery in deliveries
    ]


def _print_list(entries: list[dict[str, Any]], more: bool, now: datetime) -> None:
    if not entries:
        show.line("Nothing is waiting.")
        return
    show.table(("ID", "NETWORK", "STATE", "NEXT TRY", "POST", "WHY"), [_entry_row(e, now) for e in entries])
    for entry in entries:
        if entry["folder"] is not None:
            number, page = entry["id"], entry["extra"].get("page")
            show.line(f"{number}: {entry['folder']}: publish it at {page}, then `syndicate done {number} URL`")
    counts = ", ".join(
        f"{n} {s.value} ({words.STATES[s].mark})" for s in State if (n := sum(e["state"] == s for e in entries))
    )
    show.line(f"-- {len(entries)} shown: {counts}{'; there are more, see --limit' if more else ''}")


def _entry_row(entry: dict[str, Any], now: datetime) -> Sequence[str | show.Cell]:
    word = words.STATES[State(entry["state"])]
    waits = entry["due_at"] is None or entry["state"] == State.HANDOFF
    due = "-" if waits else moments.until(entry["due_at"], now)
    name = show.shorten(entry["title"] or entry["link"] or "", TITLE_WIDTH)
    name += f" (part {entry['part'] + 1})" if entry["part"] else ""
    why = show.shorten(words.why(entry["cause"]), WHY_WIDTH)
    mark = show.Cell(f"{entry['id']}{word.mark}", word.style)
    return mark, entry["network"], show.Cell(entry["state"], word.style), due, name, why


def _print_story(story: Story, zone: tzinfo) -> None:
    show.heading(story.title or story.link or story.guid or "(untitled)")
    show.line(f"  {story.link or 'no link'}, from the feed {story.feed}")
    seen = f"first {moments.moment(story.first_seen, zone)}, last {moments.moment(story.last_seen, zone)}"
    dated = f"; dated {moments.moment(story.published, zone)}" if story.published is not None else "; undated"
    show.line(f"  Seen: {seen}{dated}.")
    show.line(f"  Recognised by: {'; '.join(story.aliases) or 'nothing but itself'}.")
    if story.live_at is not None:
        spelt = f", where it calls itself {story.canonical}" if story.canonical else ""
        show.line(f"  Its page was there {moments.moment(story.live_at, zone)}{spelt}.")
    for line in story.history:
        show.line(f"  {moments.moment(line.at, zone)}  {line.sentence}.")
    for sentence in story.open:
        show.line(f"  {sentence}.")
    for chapter in story.chapters:
        show.line()
        _print_chapter(chapter, zone)
    show.line()


def _print_chapter(chapter: Chapter, zone: tzinfo) -> None:
    if chapter.state is None:
        show.heading(f"{chapter.network}: nothing is owed there")
        show.line(f"  Why: {chapter.why}.")
        return
    part = f", part {chapter.part + 1} of {chapter.parts}" if chapter.parts > 1 else ""
    word = words.STATES[chapter.state]
    show.heading(f"{chapter.network}: {word.meaning} ({chapter.state.value}, delivery {chapter.delivery}{part})")
    if chapter.cause:
        show.line(f"  Why: {chapter.why}.")
    if chapter.folder is not None:
        show.line(f"  Prepared in {chapter.folder}, to be published at {chapter.page}.")
    if chapter.url or chapter.delivered_at:
        proof = f", proof: {chapter.proof}" if chapter.proof else ""
        show.line(f"  Copy: {chapter.url or 'no link known'}, {moments.moment(chapter.delivered_at, zone)}{proof}.")
    for attempt in chapter.attempts:
        reason = f": {attempt.reason}" if attempt.reason else ""
        kind = {"send": "Sent", "read": "Looked for it"}[attempt.kind]
        show.line(f"  {kind} {moments.moment(attempt.started_at, zone)}, {attempt.outcome or 'no answer yet'}{reason}")
    for event in chapter.events:
        way = f"{event.source or 'new'} → {event.target}"
        show.line(f"  {moments.moment(event.at, zone)}  {way}, by {event.actor}: {words.why(event.cause)}")
    show.line(f"  Next: {chapter.next}.")
    if chapter.command is not None:
        show.line(f"  → {chapter.command}")
