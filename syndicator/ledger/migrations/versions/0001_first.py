"""The first schema. Like every migration it is frozen: it describes the tables of its day, not those of today."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNSETTLED = sa.text("state NOT IN ('delivered', 'skipped')")


def upgrade() -> None:
    _feeds_and_posts()
    _deliveries()
    _renderings()
    _history()


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _moment(name: str, *, null: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _digest(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _feeds_and_posts() -> None:
    op.create_table("meta", _text("name"), _text("value"), sa.PrimaryKeyConstraint("name"))
    op.create_table(
        "feed",
        _text("name"),
        _text("url"),
        _text("etag", null=True),
        _text("last_modified", null=True),
        _moment("checked_at"),
        _moment("succeeded_at"),
        _moment("next_check_at"),
        _number("failures"),
        _moment("retry_after_until"),
        _text("body_sha256", null=True),
        _flag("baseline"),
        _text("trouble", null=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "post",
        _number("id"),
        _text("feed"),
        _text("link", null=True),
        _digest("identity"),
        _digest("fingerprint"),
        _moment("dated", null=False),
        _moment("first_seen", null=False),
        _moment("last_seen", null=False),
        _text("content"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"]),
    )
    op.create_index("post_by_date", "post", ["feed", "dated"])
    op.create_table(
        "alias",
        _digest("digest"),
        _text("kind"),
        _text("feed"),
        _number("post_id"),
        _text("value"),
        sa.PrimaryKeyConstraint("digest", "kind", "feed"),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"]),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sqlite_with_rowid=False,
    )
    op.create_index("alias_of_post", "alias", ["post_id"])


def _deliveries() -> None:
    op.create_table(
        "delivery",
        _number("id"),
        _number("post_id"),
        _text("network"),
        _number("part"),
        _text("state"),
        _number("version"),
        _text("cause"),
        _digest("key"),
        _moment("due_at"),
        _moment("owed_since", null=False),
        _number("attempts"),
        _moment("first_sent_at"),
        _moment("last_sent_at"),
        _number("negative_reads"),
        _moment("last_read_at"),
        _moment("rest"),
        _flag("restored"),
        _text("remote_id", null=True),
        _text("url", null=True),
        _text("proof", null=True),
        _moment("delivered_at"),
        _text("account", null=True),
        _flag("frozen"),
        _flag("doubted"),
        _text("extra", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sa.UniqueConstraint("post_id", "network", "part"),
    )
    op.create_index(
        "delivery_unsettled",
        "delivery",
        ["state", "network", "post_id", "part"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_table(
        "network",
        _text("name"),
        _text("health"),
        _moment("until"),
        _text("reason"),
        _text("account", null=True),
        _text("account_name", null=True),
        _moment("since"),
        _text("connector", null=True),
        sa.PrimaryKeyConstraint("name"),
    )


def _renderings() -> None:
    op.create_table(
        "rendering",
        _number("delivery_id"),
        _text("body"),
        sa.PrimaryKeyConstraint("delivery_id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
    )
    op.create_table("attachment", _digest("sha256"), _digest("data"), sa.PrimaryKeyConstraint("sha256"))
    op.create_table(
        "enclosure",
        _number("delivery_id"),
        _digest("sha256"),
        sa.PrimaryKeyConstraint("delivery_id", "sha256"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(["sha256"], ["attachment.sha256"]),
        sqlite_with_rowid=False,
    )
    op.create_index("enclosure_of_attachment", "enclosure", ["sha256"])


def _history() -> None:
    op.create_table(
        "attempt",
        _number("id"),
        _number("delivery_id"),
        _text("kind"),
        _moment("started_at", null=False),
        _moment("finished_at"),
        _text("outcome"),
        _text("reason"),
        _text("owner"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
    )
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"])
    op.create_table(
        "event",
        _number("id"),
        _number("delivery_id"),
        _moment("at", null=False),
        _text("move"),
        _text("source", null=True),
        _text("target"),
        _text("cause"),
        _text("actor"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
    )
    op.create_index("ix_event_delivery_id", "event", ["delivery_id"])
