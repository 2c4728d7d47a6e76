"""Feeds on this machine's disk, as the configuration names them → answers, for `polling`. No server is asked."""

from pathlib import Path

from syndicator.config.models import FeedConfig
from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators
from syndicator.feed.place import Source, Stamp
from syndicator.feed.place import look as look_at
from syndicator.host import Host
from syndicator.ledger.rows import FeedMemory


def look(
    host: Host, feed: FeedConfig, path: Path, memory: FeedMemory, *, is_read: bool
) -> Fetched | Unchanged | Unavailable:
    """`is_read`: this version of the parser has read what is remembered."""
    known = Validators(memory.etag) if is_read else Validators()
    same = memory.body_sha256 if is_read and memory.trouble is None else None
    source = Source(path, feed.url, is_page=feed.format == "h-feed")

    def gather(root: Path, stamps: dict[str, Stamp], state: str) -> bytes:
        from syndicator.feed.gathering import Gathering

        memory_of_pages = host.config.state_dir / "pages" / feed.name
        gathering = Gathering(feed.url, memory_of_pages, memory.etag, host.parser.parse)
        try:
            return gathering(root, stamps, state)
        finally:
            for reason in gathering.skipped[:20]:
                host.tell("page_skipped", feed=feed.name, reason=reason)

    return look_at(source, known, host.clock, gather, sha256=same)
