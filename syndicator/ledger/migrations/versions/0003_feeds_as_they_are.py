"""What is remembered of feeds that move, of posts that are edited or vanish, and how a post with new names is known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FEED_MOMENTS = ("moved_since", "full_at", "read_at", "gone_at", "failing_since", "ttl")
FEED_WORDS = ("moved_to", "reader", "address", "answered_by")
FEED_NUMBERS = ("moved_times", "same_bodies")
POST_MOMENTS = ("live_at", "page_since", "changed_at", "missing_since", "looked_at", "look_at", "gone_at")
POST_WORDS = ("canonical", "page_language", "accepted", "look", "former")
POST_NUMBERS = ("page_tries", "revision")


def upgrade() -> None:
    _add("feed", FEED_MOMENTS, FEED_WORDS, FEED_NUMBERS)
    _add("post", POST_MOMENTS, POST_WORDS, POST_NUMBERS)
    op.create_index("post_by_sight", "post", ["feed", "last_seen"])
    _index_of_some("post_changing", "changed_at")
    _index_of_some("post_looked_for", "look_at")
    _marks()
    _post_events()


def _add(table: str, moments: tuple[str, ...], words: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    for name in moments:
        op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=True))
    for name in words:
        op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    for name in numbers:
        op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def _index_of_some(name: str, column: str) -> None:
    """Over the few posts that something is open about."""
    condition = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, "post", [column], sqlite_where=condition, postgresql_where=condition)


def _marks() -> None:
    op.create_table(
        "mark",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "kind", "feed", "post_id"),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"]),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sqlite_with_rowid=False,
    )
    op.create_index("mark_of_post", "mark", ["post_id"])


def _post_events() -> None:
    op.create_table(
        "post_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
    )
    op.create_index("ix_post_event_post_id", "post_event", ["post_id"])
