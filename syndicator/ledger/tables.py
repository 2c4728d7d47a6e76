"""The ledger's tables. The only place where the schema is described; `migrations/` says how to get there.

Rows never leave this package as these classes: queries are written against the `Table` objects below and give the
values of `rows.py`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from syndicator.connector import Proof
from syndicator.ledger.columns import Digest, Duration, Facts, Moment, Name, Words
from syndicator.ledger.states import State

# Partial indexes serve only queries that repeat their condition word for word.
UNSETTLED = text("delivery.state NOT IN ('delivered', 'skipped')")
_UNSETTLED_IN_INDEX = text("state NOT IN ('delivered', 'skipped')")
LATER_PART = text("delivery.part > 0 AND delivery.state NOT IN ('delivered', 'skipped')")
_LATER_PART_IN_INDEX = text("part > 0 AND state NOT IN ('delivered', 'skipped')")
SENT_FIRST = text("delivery.part = 0 AND delivery.last_sent_at IS NOT NULL")
_SENT_FIRST_IN_INDEX = text("part = 0 AND last_sent_at IS NOT NULL")
CHANGING = text("post.changed_at IS NOT NULL")
_CHANGING_IN_INDEX = text("changed_at IS NOT NULL")
LOOKED_FOR = text("post.look_at IS NOT NULL")
_LOOKED_FOR_IN_INDEX = text("look_at IS NOT NULL")


class Base(SQLModel):
    metadata = MetaData()


def _moment() -> Any:
    return Field(default=None, sa_type=Moment)


def _words() -> Any:
    return Field(default=None, sa_type=Words)


class Meta(Base, table=True):
    """Facts about the ledger itself."""

    name: str = Field(primary_key=True, sa_type=Words)
    value: str = Field(sa_type=Words)


class Feed(Base, table=True):
    name: str = Field(primary_key=True, sa_type=Words)
    url: str = Field(sa_type=Words)
    etag: str | None = _words()
    last_modified: str | None = _words()
    checked_at: datetime | None = _moment()
    succeeded_at: datetime | None = _moment()
    next_check_at: datetime | None = _moment()
    failures: int = 0
    retry_after_until: datetime | None = _moment()
    body_sha256: str | None = _words()
    baseline: bool = False
    trouble: str | None = _words()
    moved_to: str | None = _words()
    moved_times: int = 0
    moved_since: datetime | None = _moment()
    same_bodies: int = 0
    full_at: datetime | None = _moment()
    read_at: datetime | None = _moment()
    reader: str | None = _words()
    gone_at: datetime | None = _moment()
    failing_since: datetime | None = _moment()
    address: str | None = _words()
    answered_by: str | None = _words()
    ttl: timedelta | None = Field(default=None, sa_type=Duration)


class Post(Base, table=True):
    __table_args__ = (
        Index("post_by_date", "feed", "dated"),
        Index("post_by_sight", "feed", "last_seen"),
        Index("post_changing", "changed_at", sqlite_where=_CHANGING_IN_INDEX, postgresql_where=_CHANGING_IN_INDEX),
        Index("post_looked_for", "look_at", sqlite_where=_LOOKED_FOR_IN_INDEX, postgresql_where=_LOOKED_FOR_IN_INDEX),
    )

    id: int | None = Field(default=None, primary_key=True)
    feed: str = Field(foreign_key="feed.name", sa_type=Words)
    link: str | None = _words()
    identity: str = Field(sa_type=Digest)  # what delivery keys are made of
    fingerprint: str = Field(sa_type=Digest)
    dated: datetime = Field(sa_type=Moment)  # published, or first seen
    first_seen: datetime = Field(sa_type=Moment)
    last_seen: datetime = Field(sa_type=Moment)
    content: str = Field(sa_type=Words)  # the Post as JSON
    accepted: str | None = _words()  # what it said before an edit that is not yet believed; None: nothing else
    changed_at: datetime | None = _moment()  # when that edit was first seen
    former: Mapping[str, Any] | None = Field(default=None, sa_column=Column(Facts))
    revision: int = 0
    live_at: datetime | None = _moment()
    page_since: datetime | None = _moment()
    page_tries: int = 0
    canonical: str | None = _words()
    page_language: str | None = _words()
    missing_since: datetime | None = _moment()
    looked_at: datetime | None = _moment()  # the look that `look` tells of
    look: str | None = _words()
    look_at: datetime | None = _moment()  # when its page is to be asked next
    gone_at: datetime | None = _moment()


class Mark(Base, table=True):
    """By what a post is known again whose names have all changed: digests of title, slug, words and date."""

    __table_args__ = (Index("mark_of_post", "post_id"), {"sqlite_with_rowid": False})

    digest: str = Field(primary_key=True, sa_type=Digest)
    kind: str = Field(primary_key=True, sa_type=Words)
    feed: str = Field(primary_key=True, foreign_key="feed.name", sa_type=Words)
    post_id: int = Field(primary_key=True, foreign_key="post.id")


class PostEvent(Base, table=True):
    """What befell a post at its source: known by new names, edited, vanished, gone, back."""

    __tablename__ = "post_event"

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    at: datetime = Field(sa_type=Moment)
    name: str = Field(sa_type=Words)
    detail: Mapping[str, Any] | None = Field(default=None, sa_column=Column(Facts))


class Alias(Base, table=True):
    """`digest` stands for `value`, which may be longer than an index takes. Guids mean something in one feed only."""

    __table_args__ = (Index("alias_of_post", "post_id"), {"sqlite_with_rowid": False})

    digest: str = Field(primary_key=True, sa_type=Digest)
    kind: str = Field(primary_key=True, sa_type=Words)
    feed: str = Field(primary_key=True, foreign_key="feed.name", sa_type=Words)
    post_id: int = Field(foreign_key="post.id")
    value: str = Field(sa_type=Words)


class Delivery(Base, table=True):
    __table_args__ = (
        UniqueConstraint("post_id", "network", "part"),
        Index(
            "delivery_unsettled",
            "state",
            "network",
            "post_id",
            "part",
            sqlite_where=_UNSETTLED_IN_INDEX,
            postgresql_where=_UNSETTLED_IN_INDEX,
        ),
        Index(
            "delivery_of_thread",
            "state",
            "network",
            "post_id",
            "part",
            sqlite_where=_LATER_PART_IN_INDEX,
            postgresql_where=_LATER_PART_IN_INDEX,
        ),
        Index(
            "delivery_sent",
            "network",
            "last_sent_at",
            sqlite_where=_SENT_FIRST_IN_INDEX,
            postgresql_where=_SENT_FIRST_IN_INDEX,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    network: str = Field(sa_type=Words)
    part: int = 0
    state: State = Field(sa_column=Column(Name(State), nullable=False))
    version: int = 1
    cause: str = Field(sa_type=Words)
    key: str = Field(sa_type=Digest)
    due_at: datetime | None = _moment()
    owed_since: datetime = Field(sa_type=Moment)
    attempts: int = 0
    first_sent_at: datetime | None = _moment()
    last_sent_at: datetime | None = _moment()
    negative_reads: int = 0
    last_read_at: datetime | None = _moment()
    rest: timedelta | None = Field(default=None, sa_type=Duration)
    restored: bool = False
    remote_id: str | None = _words()
    url: str | None = _words()
    proof: Proof | None = Field(default=None, sa_column=Column(Name(Proof)))
    delivered_at: datetime | None = _moment()
    account: str | None = _words()
    frozen: bool = False
    doubted: bool = False
    extra: Mapping[str, Any] | None = Field(default=None, sa_column=Column(Facts))


class Rendering(Base, table=True):
    """Apart from the delivery, so that walking over deliveries does not read their words."""

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    body: str = Field(sa_type=Words)  # JSON; attachments by their digest


class Attachment(Base, table=True):
    sha256: str = Field(primary_key=True, sa_type=Digest)
    data: bytes


class Enclosure(Base, table=True):
    """Which unfinished delivery needs which attachment."""

    __table_args__ = (Index("enclosure_of_attachment", "sha256"), {"sqlite_with_rowid": False})

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    sha256: str = Field(primary_key=True, foreign_key="attachment.sha256", sa_type=Digest)


class Attempt(Base, table=True):
    """Rows are added and closed once, never deleted: the highest id is the ledger's age (see epoch.py)."""

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    kind: str = Field(sa_type=Words)
    started_at: datetime = Field(sa_type=Moment)
    finished_at: datetime | None = _moment()
    outcome: str = Field(default="", sa_type=Words)
    reason: str = Field(default="", sa_type=Words)
    owner: str = Field(sa_type=Words)


class Event(Base, table=True):
    """Every change of state; replaying them gives the deliveries' states."""

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    at: datetime = Field(sa_type=Moment)
    move: str = Field(sa_type=Words)
    source: State | None = Field(default=None, sa_column=Column(Name(State)))
    target: State = Field(sa_column=Column(Name(State), nullable=False))
    cause: str = Field(sa_type=Words)
    actor: str = Field(sa_type=Words)


class Network(Base, table=True):
    name: str = Field(primary_key=True, sa_type=Words)
    health: str = Field(sa_type=Words)
    until: datetime | None = _moment()
    reason: str = Field(default="", sa_type=Words)
    account: str | None = _words()
    account_name: str | None = _words()
    since: datetime | None = _moment()
    connector: str | None = _words()
    credential: str | None = _words()  # its kind, never the secret
    obtained_at: datetime | None = _moment()
    expires_at: datetime | None = _moment()
    worked_at: datetime | None = _moment()
    warned_at: datetime | None = _moment()


METADATA = Base.metadata

meta = METADATA.tables["meta"]
feed = METADATA.tables["feed"]
post = METADATA.tables["post"]
alias = METADATA.tables["alias"]
mark = METADATA.tables["mark"]
post_event = METADATA.tables["post_event"]
delivery = METADATA.tables["delivery"]
rendering = METADATA.tables["rendering"]
attachment = METADATA.tables["attachment"]
enclosure = METADATA.tables["enclosure"]
attempt = METADATA.tables["attempt"]
event = METADATA.tables["event"]
network = METADATA.tables["network"]
