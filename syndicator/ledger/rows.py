"""What the ledger takes and gives, as frozen values. No SQL, no table, nothing heavy is imported here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from syndicator.connector import Proof
from syndicator.feed.absence import Missing
from syndicator.feed.edits import Wording
from syndicator.feed.identify import Alias
from syndicator.ledger.states import State
from syndicator.post import Post

HealthName = Literal["ok", "cooling", "down", "auth_broken", "paused"]


@dataclass(frozen=True, slots=True)
class FeedMemory:
    """What is remembered about fetching one feed."""

    name: str
    url: str = ""  # empty: never fetched
    etag: str | None = None
    last_modified: str | None = None
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_check_at: datetime | None = None
    failures: int = 0  # in a row
    retry_after_until: datetime | None = None
    body_sha256: str | None = None
    baseline: bool = False  # its first document has been recorded
    trouble: str | None = None
    moved_to: str | None = None  # where permanent redirects have led, each time we asked
    moved_times: int = 0
    moved_since: datetime | None = None
    same_bodies: int = 0  # answers in a row that gave all the same bytes again, although we could have been told so
    full_at: datetime | None = None  # the last answer to a question without conditions
    read_at: datetime | None = None  # when its last document was recorded; its posts have this as `last_seen`
    reader: str | None = None  # the version of the parser that read it
    gone_at: datetime | None = None  # the server says that it is gone for good; not asked any more
    failing_since: datetime | None = None
    address: str | None = None  # where permanent redirects have led for good; asked in place of `url`
    answered_by: str | None = None  # the address that gave the validators, the only one they go back to
    ttl: timedelta | None = None  # how long its last document calls itself fresh


@dataclass(frozen=True, slots=True)
class Owed:
    """One delivery that is owed, and the state it begins in."""

    network: str
    state: State
    cause: str
    due_at: datetime | None = None
    part: int = 0


@dataclass(frozen=True, slots=True)
class NewPost:
    post: Post
    aliases: tuple[Alias, ...]
    first_seen: datetime
    owed: tuple[Owed, ...] = ()
    like: int | None = None  # the post for whose sake this one is held


@dataclass(frozen=True, slots=True)
class SeenPost:
    """A known post in a new document: new aliases are added, its words brought up to date."""

    post_id: int
    post: Post
    aliases: tuple[Alias, ...] = ()
    before: Post | None = None  # what it said so far, where a reader would notice the difference
    reasons: tuple[str, ...] = ()  # what it was known by, where all its names are new
    owed: tuple[Owed, ...] = ()  # known from another feed, and new to this one


@dataclass(frozen=True, slots=True)
class Recording:
    """All that one document changes. `new` in the order in which the copies are to appear."""

    feed: FeedMemory
    new: tuple[NewPost, ...]
    seen: tuple[SeenPost, ...]
    seen_at: datetime
    absent: tuple[int, ...] = ()  # stood in the document before, and not in this one; empty where that proves nothing
    returned: tuple[int, ...] = ()  # of those seen, the ones that the document before did not hold
    complete: bool = True  # False: the document is only a part, so it does not count as the one before the next
    watched: "Watched | None" = None  # what it tells about posts that are known
    since: int | None = None  # the documents recorded when it was decided; None: nobody else records


@dataclass(frozen=True, slots=True)
class Standing:
    """A post as far as recognising needs it; what it says is read apart, because it is long."""

    id: int
    feed: str
    link: str | None
    fingerprint: str
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class PostRow:
    id: int
    feed: str
    post: Post
    aliases: tuple[Alias, ...]
    first_seen: datetime
    last_seen: datetime
    fingerprint: str
    live_at: datetime | None = None  # when its page was seen to be there; None: nobody has
    canonical: str | None = None  # how its page spells its address
    page_language: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that befell a post at its source. `name`: rekeyed, resembles, edited, vanished, unlisted, moved, gone,
    unclear, back."""

    post_id: int
    at: datetime
    name: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found out about known posts; all else about them stays as it is."""

    wordings: Mapping[int, Wording] = field(default_factory=dict)
    kept: frozenset[int] = frozenset()  # posts whose words are not taken from this document
    missing: Mapping[int, Missing | None] = field(default_factory=dict)  # None: it is there again
    happenings: tuple[Happening, ...] = ()
    names: tuple[tuple[int, str, Alias], ...] = ()  # of posts whose pages have moved: post, feed, new name
    rewritten: int = 0  # posts that read differently because the blog has got another template


@dataclass(frozen=True, slots=True)
class Source:
    """How a post stands at its source, without its words."""

    id: int
    feed: str
    fingerprint: str
    published: datetime | None
    changed_at: datetime | None  # an edit waits to be believed
    missing: Missing | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An edit that may be believed now. `copies`: the addresses of the post's copies."""

    post_id: int
    feed: str
    seen_again: bool
    wording: Wording
    copies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Absentee:
    """A post whose page is to be asked whether it is gone."""

    post_id: int
    feed: str
    link: str | None
    missing: Missing


GONE = "source-gone"  # the cause of a delivery that is held because its post is gone

SCHEDULED = "scheduled"  # the cause of a delivery whose post is dated ahead

WAITING = "page:"  # begins the cause of a delivery whose page is missing; number of looks and last answer follow
DEAD = "page-dead"  # the cause of one that is held for it

THREAD = "thread"  # the cause of a delivery that goes on where another one, now out, has ended
UNLINKED = "thread-unlinked"  # of one that is held, because nobody knows which copy it should answer
THREADLESS = "no-threads"  # of one that is held, because its network cannot answer a copy any more

QUIET = "quiet-hours"  # the cause of a delivery that waits until things may go out again
PACE = "pace"  # of one that waits for its distance to the copies before it
SLOTS = (QUIET, PACE)


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a post that nobody has seen yet; `since` is the first look that found nothing."""

    post_id: int
    feed: str
    link: str
    since: datetime | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of promise 1. `version` grows with every change; a change based on an older one is refused."""

    id: int
    post_id: int
    network: str
    part: int
    state: State
    version: int
    cause: str  # why it is in this state: a word of ours, or the service's reason
    key: str  # 64 hex digits, the same for every try and after the loss of the ledger
    due_at: datetime | None  # None: as soon as possible, or, where nothing happens by itself, never
    owed_since: datetime
    attempts: int = 0  # sends since it was last queued by a person; one that met broken credentials does not count
    first_sent_at: datetime | None = None  # the first send that may have taken effect
    last_sent_at: datetime | None = None
    negative_reads: int = 0  # conclusive ones since the last send
    last_read_at: datetime | None = None
    rest: timedelta | None = None  # asked for by the service before a read-back counts
    restored: bool = False  # went through a ledger that had lost time
    remote_id: str | None = None
    url: str | None = None
    proof: Proof | None = None
    delivered_at: datetime | None = None
    account: str | None = None  # the account of the last send
    frozen: bool = False  # its rendering is stored
    doubted: bool = False  # an answer was lost since the rendering was frozen: the bytes must not change
    extra: Mapping[str, Any] = field(default_factory=dict)  # what the receipt says an edit or delete will need


@dataclass(frozen=True, slots=True)
class AttemptRow:
    id: int
    delivery_id: int
    kind: Literal["send", "read"]
    started_at: datetime
    finished_at: datetime | None
    outcome: str  # an outcome's kind; of a read: found, absent, inconclusive; empty while it goes on
    reason: str
    owner: str  # the process, as host:pid


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    delivery_id: int
    at: datetime
    move: str  # a name of MOVES, or "owed" for the first
    source: State | None  # None for the first
    target: State
    cause: str
    actor: str


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """The health of one network; a sick one never changes what its deliveries have been through."""

    name: str
    health: HealthName = "ok"
    until: datetime | None = None
    reason: str = ""
    account: str | None = None
    account_name: str | None = None
    since: datetime | None = None  # None: nothing was ever noted
    connector: str | None = None
    credential: str | None = None  # what opens the account, in the owner's words; None: nothing is known
    obtained_at: datetime | None = None
    expires_at: datetime | None = None  # None: never, or nobody says when
    worked_at: datetime | None = None  # when the service last said who we are
    warned_at: datetime | None = None  # when the owner was last told that it ends


class Health(NamedTuple):
    """A change of a network's health that belongs to the same fact as a delivery's outcome."""

    health: HealthName
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One copy of a post that can be visited."""

    permalink: str
    network: str
    connector: str
    url: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Time of which the ledger knows nothing, since it was put back: from its last entry to when that was noted."""

    start: datetime
    end: datetime


RESTORED = "restored"  # the cause of what may have been published in a gap
ABSENT = "not-there"  # of what was held for that, and was looked for in vain


@dataclass(frozen=True, slots=True)
class Loss:
    """Time was lost, and not every network has been read back since."""

    gap: Gap
    why: str  # a sentence
    done: frozenset[str] = frozenset()  # networks that have been

    def bars(self, network: str) -> bool:
        """Whether nothing goes to `network` for it."""
        return network not in self.done
