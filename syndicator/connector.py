"""The contract between syndicator and a connector: code that can talk to one kind of service.

A connector is given finished words and says what became of them. It sends once; it never sleeps, never retries a
publishing call, never sees the ledger, the feed or the scheduler. Retrying, waiting and remembering are the host's.

A connector either returns a `Receipt` or raises one of the four exceptions below, each of which is a promise.
Anything else that escapes from `deliver` promises nothing, and the host treats it as an unknown outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from syndicator.http import Http

API = 1

Json = Any  # what `json.dumps` takes; mypy cannot say it recursively without hindering every reader


class Resend(StrEnum):
    """How an unknown outcome may be settled, from the safest to the least."""

    SAME_RECORD = "same-record"  # repeating the same bytes is harmless, always
    KEY = "key"  # the service drops repeats of our key within a window; it can be read back as well
    LOOKUP = "lookup"  # what we sent can be found by reading back
    REPEAT = "repeat"  # the service refuses a repeat for a while and names the copy; weaker, so only if the owner asks
    NEVER = "never"  # only a person can say


class Hashtags(StrEnum):
    """Which characters a hashtag may have on a service."""

    WORD = "word"  # letters, digits, underscore
    HYPHEN = "hyphen"  # those, and hyphens
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service can carry, as data. Lengths are counted by the connector's own `measure`."""

    max_length: int
    max_bytes: int | None = None  # of the text in UTF-8
    hashtags: Hashtags = Hashtags.WORD
    inert_text: bool = False  # only spans come alive, so "@name" and "#word" in prose are just words
    max_images: int = 0
    image_required: bool = False  # text alone is refused (Pixelfed)
    max_image_bytes: int = 0
    max_image_pixels: int | None = None  # width × height
    image_types: frozenset[str] = frozenset({"image/jpeg", "image/png"})
    max_alt: int = 0  # graphemes; 0: no alt texts
    card: bool = False  # the connector attaches the link card itself, so the link need not stand in the text
    card_from_page: bool = False  # the service builds the card itself, from the page that the text links to
    whole_post: bool = False  # copies carry the post itself: `Rendering.html`, and the pictures in it
    by_hand: bool = False  # a person publishes; the connector only says what they need (CanHandOff)
    max_card_image_bytes: int = 0
    content_warning: bool = False
    visibilities: tuple[str, ...] = ()  # what `Rendering.visibility` may ask for, from the widest to the narrowest
    replies: tuple[str, ...] = ()  # what `Rendering.replies` may ask for
    thread: bool = False  # a copy can answer another one (`Rendering.reply_to`)
    edit: bool = False
    resend: Resend = Resend.NEVER
    settle: timedelta = timedelta(seconds=120)  # rest after a lost reply before a read-back counts
    look_for: timedelta = timedelta(hours=24)  # how long looking for a copy makes sense; then a person is asked
    key_window: timedelta | None = None  # how long the service remembers our key, or what it would refuse to repeat


class SpanKind(StrEnum):
    LINK = "link"  # target: the URL
    TAG = "tag"  # target: the tag without '#'
    MENTION = "mention"  # target: the service's own name for the person


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text that means something; `start` and `end` count code points, recorded while composing."""

    start: int
    end: int
    kind: SpanKind
    target: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An image ready to send: re-encoded for the network, metadata removed. `sha256` names `data`."""

    data: bytes = field(repr=False)
    sha256: str
    mime: str
    width: int
    height: int
    alt: str = ""
    name: str = ""  # unique per content; some servers take the file name for an identity
    source: str = ""  # the address it has in the post's html


@dataclass(frozen=True, slots=True)
class Card:
    """A link card for services whose clients build it."""

    url: str
    title: str
    description: str = ""
    image: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The words of one further copy of a thread."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where in a thread a copy belongs: the copy that the thread begins with, and the one it answers."""

    root: "Receipt"
    parent: "Receipt"


@dataclass(frozen=True, slots=True)
class Rendering:
    """The finished words and attachments of one Delivery; frozen and stored before anything is sent."""

    text: str
    spans: tuple[Span, ...] = ()
    html: str = ""  # the whole post, sanitised, with absolute addresses; only for services that carry it
    link: str | None = None  # the permalink of the original: the mark by which a copy is found again
    link_in_text: bool = False
    title: str = ""
    tags: tuple[str, ...] = ()
    images: tuple[Attachment, ...] = ()
    card: Card | None = None
    language: str | None = None
    content_warning: str = ""
    sensitive: bool = False
    visibility: str = ""  # one of `Capabilities.visibilities`; empty: as the network's own settings say
    replies: str = ""  # who may answer, one of `Capabilities.replies`; likewise
    reply_to: ReplyTo | None = None  # only where `Capabilities.thread`
    rest: tuple[
        Part, ...
    ] = ()  # what follows in the thread; each becomes a delivery of its own, so not the connector's
    published: datetime | None = None  # the post's own time, first seen when it has none; aware UTC
    composed: datetime | None = None  # when this rendering was made; later than any earlier one of its network
    prepared: Mapping[str, Json] | None = None  # what `prepare` worked out; opaque to the host, stored with the rest


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens the account, as far as its owner may see it: never the secret itself."""

    kind: str  # in the owner's words: "access token", "app password"
    obtained_at: datetime | None = None  # None: nobody knows
    expires_at: datetime | None = None  # None: never, or nobody says when
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """The account a network speaks as; `id` never changes, `name` may. Without an account (by hand) `id` is empty."""

    id: str
    name: str
    url: str | None = None
    warnings: tuple[str, ...] = ()  # moved, limited, scopes missing: sentences for the owner
    notes: tuple[str, ...] = ()  # server version, limits, scopes: facts for `syndicate check`
    credential: Credential | None = None


class Proof(StrEnum):
    """Why we believe that a copy exists."""

    REPLY = "reply"
    REPLAY = "replay"
    SAME_RECORD = "same-record"
    READ_BACK = "read-back"
    DUPLICATE_ERROR = "duplicate-error"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service gave back. `remote_id` is empty when it said yes and the rest of its answer was lost."""

    remote_id: str
    url: str | None = None
    proof: Proof = Proof.REPLY
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)  # what a later edit or delete will need (a cid, say)


class Scope(StrEnum):
    DELIVERY = "delivery"
    NETWORK = "network"


class ConnectorError(Exception):
    """Base of the four answers that are not a Receipt. `reason` is shown to the owner, redacted and escaped."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Retryable(ConnectorError):
    """Nothing was published; trying again later may work. `after` is the service's own wish; `scope` NETWORK lets all
    of the network's deliveries wait; `prepare_again`: what `prepare` made (uploaded media, say) has gone stale."""

    def __init__(
        self,
        reason: str,
        *,
        after: timedelta | None = None,
        scope: Scope = Scope.DELIVERY,
        prepare_again: bool = False,
    ) -> None:
        super().__init__(reason)
        self.after = after
        self.scope = scope
        self.prepare_again = prepare_again


class Rejected(ConnectorError):
    """Nothing was published, and never will be with this input."""


class AuthRequired(ConnectorError):
    """Nothing was published; the owner must act on the account. The network pauses, its queue waits."""


class OutcomeUnknown(ConnectorError):
    """The request left; nobody knows what became of it. `settle` asks for a longer rest before reading back."""

    def __init__(self, reason: str, *, settle: timedelta | None = None) -> None:
        super().__init__(reason)
        self.settle = settle


class TokenStore(Protocol):
    """Where a connector keeps tokens that rotate: one JSON object per network, replaced atomically, mode 0600."""

    def load(self) -> dict[str, Json]: ...

    def save(self, tokens: Mapping[str, Json]) -> None: ...


class Connector(Protocol):
    """One account of one service. An instance is used by one thread at a time."""

    kind: ClassVar[str]  # equals the entry-point name
    api: ClassVar[int]
    Settings: ClassVar["type[BaseModel]"]  # forbids unknown keys, hides input in errors
    sandbox: ClassVar[str | None]  # "package.module:Class" of the pretend service, loaded only by demo and tests

    @classmethod
    def open(cls, settings: Any, http: "Http", tokens: TokenStore) -> Self:
        """Make an instance. No network traffic; heavy libraries are imported here or later, never with the module."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the service carries; may ask the service once and remember. Raises as `whoami` does."""
        ...

    def whoami(self) -> Identity:
        """Ask the service who we are. Raises Retryable, AuthRequired or Rejected."""
        ...

    def measure(self, text: str) -> int:
        """The length of `text` in the service's own way of counting. Pure."""
        ...

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        """Publish once. `key` is the same for every try of one delivery (64 hex digits)."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class CanPrepare(Protocol):
    """Work that is harmless to repeat (uploads, building the record), done before the row is durably `sending`."""

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Return `rendering` with `prepared` filled. Nothing becomes public; raises as `deliver`, never unknown."""
        ...


@runtime_checkable
class CanFind(Protocol):
    """Read-back: the proof that a lost reply was a yes or a no."""

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        """Find what was sent at or after `since`. None means a conclusive no: complete list, same account, reaching
        back before `since`. A read that is not conclusive raises Retryable."""
        ...


@dataclass(frozen=True, slots=True)
class HandOff:
    """What a person needs who publishes a copy by hand. Words and pictures are the Rendering's."""

    page: str  # the address where it is done
    steps: tuple[str, ...]  # sentences, in the order in which to do them
    html: str = ""  # the story for those who would rather paste it than import it
    tags: tuple[str, ...] = ()  # for a field of their own, as the service takes them
    takes_text: bool = True  # whether the Rendering's text is pasted anywhere


@runtime_checkable
class CanHandOff(Protocol):
    """Prepares copies for a person, where `capabilities.by_hand`. Finding what they published is CanFind."""

    def hand_off(self, rendering: Rendering) -> HandOff:
        """Pure: no request, and the same rendering gives the same answer."""
        ...


@runtime_checkable
class MayLack(Protocol):
    """Needs packages that not every installation has, such as those of an extra."""

    @classmethod
    def lacks(cls) -> str:
        """A sentence with the command that installs what is missing; empty when all is there. Imports none of it."""
        ...


@runtime_checkable
class CanEdit(Protocol):
    def edit(self, receipt: Receipt, rendering: Rendering) -> Receipt:
        """Replace the copy. Text that is already there counts as success."""
        ...


@runtime_checkable
class CanDelete(Protocol):
    def delete(self, receipt: Receipt) -> None:
        """Delete the copy. One that is already gone counts as success."""
        ...
