"""What is known of each network's credential: its kind, how old it is, when it ends, when it last worked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENTS = ("obtained_at", "expires_at", "worked_at", "warned_at")


def upgrade() -> None:
    op.add_column("network", sa.Column("credential", sa.Text(), nullable=True))
    for name in MOMENTS:
        op.add_column("network", sa.Column(name, sa.BigInteger(), nullable=True))
