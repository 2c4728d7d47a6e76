"""Indexes for two questions: which threads have begun and go on, and what went out last on a network."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

THREADS = "part > 0 AND state NOT IN ('delivered', 'skipped')"
SENT = "part = 0 AND last_sent_at IS NOT NULL"


def upgrade() -> None:
    _index_of_some("delivery_of_thread", ["state", "network", "post_id", "part"], THREADS)
    _index_of_some("delivery_sent", ["network", "last_sent_at"], SENT)


def _index_of_some(name: str, columns: list[str], which: str) -> None:
    condition = sa.text(which)
    op.create_index(name, "delivery", columns, sqlite_where=condition, postgresql_where=condition)
