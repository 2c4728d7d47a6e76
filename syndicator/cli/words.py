"""What a state, a cause or a network's health means to the owner, in sentences, and what to type next.

Enters: states, causes, rows. Leaves: plain text. Pure; it prints nothing and reads no clock.
"""

from dataclasses import dataclass
from datetime import datetime

from syndicator import credentials
from syndicator.cli.moments import ago, span, until
from syndicator.ledger.rows import WAITING, Delivery, NetworkRow
from syndicator.ledger.states import OPEN, State


@dataclass(frozen=True, slots=True)
class Word:
    mark: str  # one character, for lists
    style: str  # for terminals that show colours
    meaning: str
    next: str  # what happens next by itself; `{when}` is when it is due
    command: str | None = None  # what the owner can type; `{id}` is the delivery


STATES: dict[State, Word] = {
    State.HELD: Word("!", "yellow", "held back", "nothing until you let it go", "syndicate release {id}"),
    State.READY: Word(">", "cyan", "ready to go", "it goes out {when}"),
    State.SENDING: Word(
        "*", "cyan", "being sent", "its answer is awaited; if the program was stopped, the next run finds out"
    ),
    State.UNKNOWN: Word(
        "?",
        "magenta",
        "sent, but the answer was lost",
        "it is looked for {when}, before anything is sent again",
        "syndicate resolve {id} --posted URL",
    ),
    State.DEFERRED: Word("~", "cyan", "not published yet", "it is tried again {when}", "syndicate retry {id}"),
    State.ASK: Word(
        "@",
        "bold red",
        "perhaps published; only you can tell",
        "nothing until you have looked at the account and say what you found, --posted URL or --not-posted",
        "syndicate resolve {id} --not-posted",
    ),
    State.HANDOFF: Word(
        "&",
        "yellow",
        "prepared for you to publish by hand",
        "nothing is sent; it waits until you have published it and say where",
        "syndicate done {id} URL",
    ),
    State.DELIVERED: Word("+", "green", "published", "nothing, it is done"),
    State.FAILED: Word("x", "red", "not published", "nothing, it is not tried again by itself", "syndicate retry {id}"),
    State.SKIPPED: Word("-", "dim", "left out on purpose", "nothing, it stays left out"),
}

CAUSES: dict[str, str] = {
    "new": "a new post of the feed",
    "scheduled": "its date lies ahead, and until then it waits",
    "baseline": "it was in the feed already when the feed was seen for the first time",
    "page-dead": "its page was not there, and has been looked for during a whole day",
    "source-gone": "the post is gone from the blog: its page says so",
    "approve": "each post waits for your word there (approve = true)",
    "burst": "more new posts came at once than usual, which may be a mishap of the blog",
    "look-alike": "it looks like an earlier post under another name, though not enough to be sure",
    "repurposed": "it bears the name of an earlier post, and says something else altogether",
    "strange": "nothing that came with it was known, as if another blog answered at the feed’s address",
    "undated": "it has no date, and stands in the feed below posts that were known already",
    "away": "it appeared while nobody looked at the feed for more than two weeks",
    "readdressed": "the feed was read at another address for the first time, and may know its posts by other names",
    "archive": "it came with others of old dates, as when an archive is moved",
    "withdrawn": "it was dated ahead, and left the feed before its day",
    "local-link": "its link leads to a developer's own machine",
    "old": "it was published too long ago to be announced without asking",
    "posse:off": "its author wishes so: posse:post in the feed says syndicate: false",
    "not-included": "none of its tags is among the network's include_tags",
    "crash": "the program stopped while it was being sent",
    "restored": "the ledger was put back to an earlier time, and the time lost may have sent it",
    "not-there": "the time lost may have sent it, but it was looked for afterwards, and is not there",
    "gave-up": "it was tried for as long as it may be",
    "stale": "it would now be announced too late",
    "by-hand": "it lies in the outbox, and you publish it",
    "backfill": "a post of the past, sent on purpose",
    "thread": "it goes on with a thread, and the part before it is out",
    "thread-unlinked": "it goes on with a thread, and what the service calls the part before it is not known",
    "no-threads": "it goes on with a thread, and this network takes no answers to a copy now",
    "quiet-hours": "nothing goes out there at this time (quiet)",
    "pace": "posts keep their distance there (gap, per_hour, per_day)",
    "no-alt": "a picture has no alt text, and you require one (alt)",
    "picture": "a picture cannot be had, and you want nothing less (strict)",
    "template": "it is not as its template wants it, and you want nothing less (strict)",
    "visibility": "the service does not offer the visibility that was asked for",
    "replies": "the service cannot limit who may answer as was asked for",
    "owner": "you said so",
    "reply": "the service confirmed it",
    "replay": "the service knew our key, and confirmed it again",
    "same-record": "the same record was there already",
    "read-back": "it was found on the account",
    "duplicate-error": "the service named it as there already",
    "human": "you said so",
}

WITHHELD = frozenset({"no-alt", "picture", "template", "visibility", "replies"})  # a sentence of their own follows

# What happens next, and what to type, where a cause says more than the state.
NEXT: dict[str, str] = {
    "thread-unlinked": "nothing until you release it, as an answer to the last part that is known, or skip it, which "
    "ends the thread",
    "no-threads": "nothing until you end the thread; released, it is tried again",
    "quiet-hours": "it goes out {when}, in its turn",
    "pace": "it goes out {when}, in its turn",
}
INSTEAD: dict[str, str] = {"no-threads": "syndicate skip {id}"}

HEALTH: dict[str, str] = {
    "ok": "ok",
    "cooling": "waits, as the service asked",
    "auth_broken": "waits for your login",
    "paused": "paused by you",
    "down": "cannot be reached",
    "off": "switched off in its file",
    "gone": "no longer configured",
}


def why(cause: str) -> str:
    """A cause as a sentence; one that is not in the table is text of its own and comes back unchanged."""
    if cause.startswith("tagged:syndicate:"):
        return f"its tags say where it goes ({cause.removeprefix('tagged:')}), and that is not here"
    if cause.startswith("tagged:"):
        return f"its author has tagged it {cause.removeprefix('tagged:')}"
    if cause.startswith("tag:"):
        return f"it is tagged {cause.removeprefix('tag:')}, which is among the network's exclude_tags"
    if cause.startswith(WAITING):
        looks, _, said = cause.removeprefix(WAITING).partition(":")
        return f"its page is not live yet ({said}), looked {'once' if looks == '1' else f'{looks} times'}"
    word, _, sentence = cause.partition(": ")
    return sentence if sentence and word in WITHHELD else CAUSES.get(cause, cause)


def happens_next(delivery: Delivery, network: NetworkRow | None, now: datetime, *, barred: bool = False) -> str:
    """What becomes of a delivery if nobody does anything. `barred`: its network has to be read back first."""
    if barred and delivery.state is State.UNKNOWN:
        return f"nothing before `syndicate reconcile {delivery.network}` has looked for it"
    sentence = _next_of(delivery).format(when=until(delivery.due_at, now))
    if delivery.state is State.READY and delivery.cause.startswith(WAITING):
        sentence = f"its page is looked for again {until(delivery.due_at, now)}, and it goes out when the page is there"
    if delivery.state is State.HANDOFF and delivery.due_at is not None:
        sentence += f"; the program comes back to it {until(delivery.due_at, now)}"
    stop = first_reconcile(delivery.network) if barred else standing_in_the_way(network) if network else None
    stop = stop if delivery.state in OPEN else None
    return f"{sentence}, but {stop}" if stop else sentence


def _next_of(delivery: Delivery) -> str:
    waits = delivery.state in (State.HELD, State.READY)
    return NEXT.get(delivery.cause, STATES[delivery.state].next) if waits else STATES[delivery.state].next


def first_reconcile(network: str) -> str:
    return f"nothing goes to {network} before `syndicate reconcile {network}`"


def standing_in_the_way(network: NetworkRow) -> str | None:
    match network.health:
        case "paused":
            return f"{network.name} is paused until `syndicate resume {network.name}`"
        case "auth_broken":
            return f"{network.name} waits for your login: `syndicate auth {network.name}`"
    return None


def credential(row: NetworkRow, now: datetime) -> str:
    """What opens an account: kind, age, end, and when it last worked."""
    worked = f"last worked {ago(row.worked_at, now)}"
    if row.credential is None:
        return f"nothing is known of what opens the account; it {worked}"
    old = f"{age(row.obtained_at, now)} old" if row.obtained_at is not None else "of unknown age"
    return f"{row.credential}, {old}, {_end(row.expires_at, now)}, {worked}"


def _end(at: datetime | None, now: datetime) -> str:
    if at is None or at <= now:
        return end(at, now)
    return f"ends on {credentials.day(at)}, {in_days(at, now)}"


def end(at: datetime | None, now: datetime) -> str:
    """For a column under “ends”."""
    if at is None:
        return "no end known"
    return f"ended {ago(at, now)}" if at <= now else in_days(at, now)


def in_days(at: datetime, now: datetime) -> str:
    """Begun days, as the warnings count them; the last one in hours."""
    days = credentials.days_left(at, now)
    return f"in {days} d" if days > 1 else until(at, now)


def age(at: datetime | None, now: datetime) -> str:
    return "-" if at is None else span(now - at)


def command(delivery: Delivery) -> str | None:
    template = STATES[delivery.state].command
    if delivery.state is State.HELD:
        template = INSTEAD.get(delivery.cause, template)
    return None if template is None else template.format(id=delivery.id)
