"""Who sent a film and how large it is, for quotas; films of before belong to nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and their index."""
    op.add_column("jobs", sa.Column("owner", sa.String(120)))
    op.add_column("jobs", sa.Column("bytes", sa.BigInteger()))
    op.create_index("jobs_by_owner", "jobs", ["owner", "status"])
